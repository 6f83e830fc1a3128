"""Refuse rows that are wrong, and name them: five of them, and how many more there are."""

from __future__ import annotations

import pandas as pd

from . import words


def refuse(
    rows: pd.DataFrame, faults: dict[str, pd.Series], advice: dict[str, str] | None = None
) -> None:
    """
    Refuse rows that are wrong, and name them by their columns.

    Parameters
    ----------
    rows
        With the columns that are to be shown.
    faults
        By the text of a fault, whether each row has it.
    advice
        By the text of a fault, what to do.
    """
    lines = []
    hints = []
    for fault, is_wrong in faults.items():
        positions = is_wrong.to_numpy(dtype=bool).nonzero()[0].tolist()
        for position in positions:
            cells = _cells_text(rows.iloc[position])
            row = rows.index[position]
            line = words.term("refusals.row", row=row, fault=fault, cells=cells)
            lines.append(line)
        if positions and advice and fault in advice:
            hints.append(advice[fault])
    if not lines:
        return
    head = words.term("refusals.head", faults=len(lines), rows=len(rows))
    n_more = len(lines) - words.SHOWN
    if n_more > 0:
        rest = words.term("refusals.more", more=n_more)
        hints.insert(0, rest)
    msg = "\n".join([head, *lines[: words.SHOWN], *hints])
    raise ValueError(msg)


def _cells_text(row: pd.Series) -> str:
    """Write the cells of a row: " (code=31318, period=2023)"; nothing if there are none."""
    cells = [f"{column}={cell}" for column, cell in row.items()]
    if not cells:
        return ""
    return f" ({', '.join(cells)})"


def require_unique(table: pd.DataFrame, keys: list[str], advice: str = "") -> pd.DataFrame:
    """Refuse a table with two rows for the same keys: nobody knows which of them is right."""
    fault = words.term("refusals.twice")
    hints = {fault: advice} if advice else {}
    is_repeated = table.duplicated(keys, keep=False)
    refuse(table[keys], {fault: is_repeated}, hints)
    return table


def require_columns(table: pd.DataFrame, columns: list[str]) -> None:
    """Refuse what is no frame, and a frame that lacks one of these columns."""
    listed = ", ".join(columns)
    if not isinstance(table, pd.DataFrame):
        kind = type(table).__name__
        msg = words.term("refusals.no_frame", kind=kind, columns=listed)
        raise TypeError(msg)
    missing = []
    hints = []
    # a column that is not asked for may be one that is, written otherwise
    candidates = table.columns.difference(columns, sort=False)
    for column in columns:
        if column not in table.columns:
            missing.append(column)
            hints.append(words.did_you_mean(column, [*candidates]))
    if missing:
        names = ", ".join(missing)
        msg = words.term("refusals.columns", missing=names, expected=listed)
        raise ValueError(msg + "".join(hints))

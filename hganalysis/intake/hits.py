"""Say what is wrong with a cell: found by a rule, written down in the language in use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from .. import words
from .columns import PLACE
from .faults import FAULTS
from .safe import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d+)?")


@dataclass(frozen=True)
class Hit:
    """
    One rule that one cell breaks.

    `at` is the index of its row in the frame of rows, or None where a row is not there at all.
    `blanks` fills those of the texts of the rule.
    """

    at: int | None
    field: str
    rule: str
    severity: Literal["error", "warning"]
    blanks: Mapping[str, str]


def find(
    rows: pd.DataFrame,
    broken: pd.Series,
    *,
    field: str,
    rule: str,
    severity: Literal["error", "warning"] = "error",
) -> list[Hit]:
    """
    Give a hit for each row that is broken.

    Parameters
    ----------
    rows
        The frame of rows; its index names them. Numbers of columns whose names are identifiers
        become blanks of the text.
    broken
        True where the rule is broken; same index.
    field, rule, severity
        What is wrong, and how bad that is.

    Returns
    -------
    hits
        In the order of the rows.
    """
    wrong = rows[broken.fillna(value=False).astype(bool)]
    named = [column for column in wrong.columns if column.isidentifier()]
    return [
        Hit(int(at), field, rule, severity, dict(zip(named, map(show, cells), strict=True)))
        for at, cells in zip(
            wrong.index, wrong[named].itertuples(index=False, name=None), strict=True
        )
    ]


def show(value: object) -> str:
    """
    Write a value of a cell for a reader: a number as numbers are written, a text in one line.

    Examples
    --------
    >>> show(1234.0), show(0.5), show(None)
    ('1.234', '0,5', '')
    """
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, (int, float)) or hasattr(value, "dtype"):
        number = float(value)  # type: ignore[arg-type]
        if number != number:
            return ""
        whole = number.is_integer()
        return words.number(number, decimals=0 if whole else _decimals(number))
    return plain(value)


def _decimals(number: float) -> int:
    """Show three digits of what is small, and no more decimals than it has."""
    return next((d for d in range(1, 6) if round(number, d) == number), 3)


def write(hits: Sequence[Hit], rows: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """
    Write hits down as faults.

    Parameters
    ----------
    hits
        What was found.
    rows
        Index as in `Hit.at`; columns `sheet`, `row`.
    cells
        `sheet`, `row`, `field`, `column`, `raw`: where each field of a row stands. Where a row has
        no such cell the fault stands at the place of the first cell of the row.

    Returns
    -------
    faults
        One row for each hit; `found` is the text of the cell.
    """
    wanted = sorted({hit.at for hit in hits if hit.at is not None})
    at = pd.MultiIndex.from_frame(rows.loc[wanted, ["sheet", "row"]])
    places = at.get_indexer(pd.MultiIndex.from_frame(cells[["sheet", "row"]]))
    near = cells.assign(at=places)[places >= 0]
    known: dict[tuple[int, str], tuple[str, str]] = {}
    first: dict[int, str] = {}
    for number, field, column, raw in near[["at", "field", "column", "raw"]].itertuples(
        index=False, name=None
    ):
        known[wanted[number], field] = (column, raw)
        if column:
            first.setdefault(wanted[number], column)
    columns = {
        (sheet, field): column
        for sheet, field, column in cells[["sheet", "field", "column"]]
        .drop_duplicates(["sheet", "field"])
        .itertuples(index=False, name=None)
    }
    stands = dict(zip(wanted, rows.loc[wanted, ["sheet", "row"]].to_numpy().tolist(), strict=True))
    lines = []
    for hit in hits:
        if hit.at is None:
            sheet, row, column, raw = "", 0, "", ""
        else:
            sheet, row = stands[hit.at]
            # an empty cell is none of the filled ones: its column is that of its field
            there = columns.get((sheet, hit.field), first.get(hit.at, ""))
            column, raw = known.get((hit.at, hit.field), (there, ""))
        said = show(raw)
        if _NUMBER.fullmatch(said) and hit.field not in PLACE:
            said = show(float(said))
        texts = [
            words.term(f"sense.{hit.rule}{part}", **{**hit.blanks, "found": said})
            for part in ("", "_expected", "_suggestion")
        ]
        lines.append((sheet, row, column, hit.field, show(raw), hit.rule, hit.severity, *texts))
    return pd.DataFrame(lines, columns=FAULTS).astype({"row": "int64"})

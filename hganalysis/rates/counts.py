"""Refuse counts that can be none, and places that stand twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .. import indicators

KEYS = ["code", "year", "indicator"]
_SHOWN = 200


def sound(reports: pd.DataFrame) -> pd.DataFrame:
    """
    Stop where a place stands twice for one measure and year, or a number can be no count.

    Parameters
    ----------
    reports
        `code`, `year`, `indicator`, `count`, `out_of`; a number that is missing is NaN.

    Returns
    -------
    reports
        The same.

    Raises
    ------
    LookupError
        If there is no row, or a measure is not in the catalogue.
    ValueError
        With every row that is wrong, and without its count: messages are kept.
    """
    if reports.empty:
        msg = "there are no reports: the table has no row."
        raise LookupError(msg)
    once(reports, KEYS)
    count, out_of = (reports[name].to_numpy(dtype=float) for name in ("count", "out_of"))
    kind = {one: indicators.kind(one) for one in set(reports["indicator"])}
    kinds = reports["indicator"].map(kind).to_numpy()
    wrong = {
        "the count is negative": count < 0,
        "the count is infinite": np.isinf(count),
        "what it is out of is negative": out_of < 0,
        "what it is out of is infinite": np.isinf(out_of),
        "counted out of nothing": (count > 0) & (out_of == 0) & ~np.isinf(count),
        "more than what it is a part of": (count > out_of)
        & (out_of > 0)
        & (kinds == "share")
        & ~np.isinf(count),
    }
    at = {text: np.flatnonzero(rows) for text, rows in wrong.items()}
    if sum(map(len, at.values())):
        rows = [
            f"  {_named(reports.iloc[row], KEYS)}: {text}"
            for text, found in at.items()
            for row in found
        ]
        msg = _list(rows, f"numbers of {len(reports)} rows can be no counts")
        msg += "\nCorrect the reports; leave empty what is not known."
        raise ValueError(msg)
    return reports


def once(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """
    Stop where a place stands twice in a table: nobody knows which row is right.

    Raises
    ------
    ValueError
        With every such place.
    """
    twice = table.duplicated(keys, keep=False)
    if twice.any():
        found = table.loc[twice, keys].value_counts(sort=False).reset_index(name="rows")
        rows = [f"  {_named(row, keys)}: {row['rows']} rows" for _, row in found.iterrows()]
        msg = _list(rows, "places stand more than once")
        msg += "\nOne row a place is expected, and nothing is added up: keep the right one."
        raise ValueError(msg)
    return table


def _named(row: pd.Series, keys: list[str]) -> str:
    return ", ".join(str(row[key]) for key in keys)


def _list(rows: list[str], head: str) -> str:
    more = [f"  and {len(rows) - _SHOWN} more"] if len(rows) > _SHOWN else []
    return "\n".join([f"{len(rows)} {head}:", *rows[:_SHOWN], *more])

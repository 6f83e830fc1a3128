"""Find numbers that are ten times, or a tenth, of what is usual nearby or anywhere."""

from __future__ import annotations

import pandas as pd

from .census import measured, of_residents
from .row_faults import Hit, find

# A zero too many or too few makes ten times as much or a tenth.
TIMES = 10
# A median of fewer says little about what is usual.
ENOUGH = 4
# Below this many expected, a tenth or ten times as many may be chance.
CHANCE = 20


def unusual(rows: pd.DataFrame) -> list[Hit]:
    """
    Compare the rate of each row with the median of its district, and with that of all rows.

    Parameters
    ----------
    rows
        As `known.with_census` gives them.

    Returns
    -------
    hits
        Warnings: what is unusual may be right.
    """
    pairs = {"teams": "residents", "members": "residents"}
    for name in measured(rows):
        pairs[f"{name}.count"] = f"{name}.out_of"
        if not of_residents(name):
            pairs[f"{name}.out_of"] = "residents"
    return [
        hit
        for field, base in pairs.items()
        if field in rows.columns and base in rows.columns
        for hit in _compare(rows, field, base)
    ]


def _compare(rows: pd.DataFrame, field: str, base: str) -> list[Hit]:
    found, out_of = rows[field].astype("float64"), rows[base].astype("float64")
    rate = (found / out_of)[(found > 0) & (out_of > 0)]
    if rate.empty:
        return []
    year, district = rows["year"].reindex(rate.index), rows["district_code"].reindex(rate.index)
    medians = [_median(rate, [year, district]), _median(rate, [year])]
    usual = pd.concat(medians, axis=1)
    high, low = usual.min(axis=1), usual.max(axis=1)
    hits = []
    for rule, of, times in (
        ("unusually_high", high, rate / high),
        ("unusually_low", low, low / rate),
    ):
        expected = (of * out_of).reindex(rate.index)
        many = pd.concat([expected, found.reindex(rate.index)], axis=1).max(axis=1) >= CHANCE
        blanks = {"usual": expected.round(), "times": times.round(1)}
        hits += find((times >= TIMES) & many, field=field, rule=rule, blanks=blanks)
    return hits


def _median(rate: pd.Series, keys: list[pd.Series]) -> pd.Series:
    """Give the median of the group of each row, where the group is large enough."""
    groups = rate.groupby(keys)
    return groups.transform("median")[groups.transform("size") >= ENOUGH].reindex(rate.index)

"""Add up what is new in some periods to a longer one, such as quarters to their year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import indicators, suppress, words
from ..origins import worst_origin
from ..periods import count_steps, read_period
from .loading import reports
from .requirements import REPORT_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from ..periods import Period, PeriodKey


def sum_periods(name: str, period: PeriodKey | str) -> pd.DataFrame:
    """
    Add up what a measure counted anew in the periods that fill a longer one.

    Parameters
    ----------
    name
        Of a measure of the catalogue that counts what is new, by quarter or month.
    period
        The year, say, that these fill.

    Returns
    -------
    reports
        One row for each commune, for `hg.uptake` and `hg.compare`. Its count is missing where that
        of a part is missing or hidden. Residents are those of the last part.

    Raises
    ------
    ValueError
        Of a stock, and of people, who may be the same in two periods; or if a part is missing.

    Examples
    --------
    >>> try:
    ...     sum_periods("app_users", 2023)
    ... except ValueError:
    ...     print("people of two periods may be the same")
    people of two periods may be the same
    """
    whole = read_period(period)
    listed = [read_period(key) for key in indicators.periods(name)]
    parts = [part for part in listed if whole.start <= part.start and part.end <= whole.end]
    _require_sum(name, parts, whole)

    keys = [part.key for part in parts]
    rows = reports()
    is_meant = (rows["indicator"] == name) & rows["period"].isin(keys)
    rows = rows[is_meant].sort_values("period")
    numbers = rows[["count", "out_of"]].mask(suppress.is_hidden(rows))
    by_place = numbers.groupby(rows["code"])
    sums = by_place.sum(min_count=len(keys))
    if suppress.has_public_out_of(name):
        sums["out_of"] = by_place["out_of"].last()
    columns = REPORT_COLUMNS
    if "shared" in rows:  # an estimate of a former place that was divided
        sums["shared"] = rows.groupby("code")["shared"].any()
        columns = [*REPORT_COLUMNS, "shared"]
    sums = sums.reset_index().assign(period=whole.key, indicator=name)
    return sums.assign(origin=worst_origin(rows["origin"]))[columns]


def _require_sum(name: str, parts: list[Period], whole: Period) -> None:
    """Refuse periods whose counts do not add up, and say what to write instead."""
    keys = [part.key for part in parts]
    is_filled = bool(parts) and parts[0].start == whole.start and parts[-1].end == whole.end
    over_time = indicators.over_time(name)
    is_of_residents = indicators.kind(name) == "share" and suppress.has_public_out_of(name)
    if not is_filled or any(step > 1 for step in count_steps(keys)):
        listed = ", ".join(map(str, indicators.periods(name)))
        blanks = {"periods": listed, "whole": whole.key}
        msg = words.term(
            "frames_errors.not_filled",
            measure=name,
            **blanks,
        )
        raise ValueError(msg)
    if over_time == "stock":
        msg = words.term(
            "frames_errors.stock",
            measure=name,
            last=keys[-1],
        )
        raise ValueError(msg)
    if over_time == "new" and is_of_residents:
        msg = words.term(
            "frames_errors.same_people",
            measure=name,
            last=keys[-1],
        )
        raise ValueError(msg)

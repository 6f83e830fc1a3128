"""Say where far more was counted in a day of one period than of the other: no like is compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from ..periods import read_period

if TYPE_CHECKING:
    import pandas as pd

    from ..periods import PeriodKey
    from .measure import Measure

# What is due in a day doubles between seasons. Threefold is a source that was filling up, or one
# that counts otherwise: the national portal had 6 times as many in its second half-year.
LEAST_TIMES = 3.0


class Volumes(NamedTuple):
    """How much was in the denominator on a day of each of two periods."""

    before: float
    after: float
    out_of: str


def compare_volumes(
    counted: pd.DataFrame, measure: Measure, captured: str | None
) -> Volumes | None:
    """
    Compare the denominators of a day, if those of the later period are far more, or far less.

    Residents, and what is counted by the end of a period, are no volume of a day.

    Parameters
    ----------
    counted
        Rows of parts: `code`, `period`, `out_of`. Those that lack a period are left out.
    measure
        Of the rows; its last two periods are compared.
    captured
        The day on which the counts were captured, if the study says it.
    """
    indicator = measure.indicator
    if indicator is None or indicator.over_time == "stock" or indicator.denominator == "residents":
        return None
    periods = measure.periods[-2:]
    rows = counted[counted["period"].isin(periods)]
    by_part = rows.pivot_table(index="code", columns="period", values="out_of", aggfunc="sum")
    sums = by_part.reindex(columns=[*periods]).dropna().sum()
    before, after = (sums[period] / _count_days(period, captured) for period in periods)
    low, high = sorted([before, after])
    if low <= 0 or high / low < LEAST_TIMES:
        return None
    return Volumes(before, after, indicator.out_of)


def since_comparable(
    counted: pd.DataFrame, measure: Measure, captured: str | None
) -> tuple[PeriodKey, ...]:
    """
    List the last periods that are of one kind: no volume of a day differs from the next.

    Parameters are as for `compare_volumes`; all periods of the measure are compared.
    """
    periods = measure.periods
    for number in range(len(periods) - 1, 0, -1):
        pair = replace(measure, periods=periods[number - 1 : number + 1])
        if compare_volumes(counted, pair, captured):
            return periods[number:]
    return periods


def _count_days(key: PeriodKey, captured: str | None) -> int:
    """Count the days of a period, up to the day on which it was captured if it was not over."""
    period = read_period(key)
    end = period.end
    if captured:
        day = date.fromisoformat(captured)
        if period.start <= day < end:
            end = day
    return (end - period.start).days + 1

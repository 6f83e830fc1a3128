"""Say where far more was counted in a day of one period than of the other: no like is compared."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from ..periods import read_period

if TYPE_CHECKING:
    import pandas as pd

    from ..indicators import Indicator
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


def compare_volumes(counted: pd.DataFrame, measure: Measure) -> Volumes | None:
    """
    Compare the denominators of a day, if those of the later period are far more, or far less.

    Residents, and what is counted by the end of a period, are no volume of a day.

    Parameters
    ----------
    counted
        Rows of parts: `code`, `period`, `out_of`. Those that lack a period are left out.
    measure
        Of the rows; its last two periods are compared.
    """
    indicator = measure.indicator
    if indicator is None or not _is_volume(indicator):
        return None
    by_part = _add_up_parts(counted)
    before, after = _divide_by_days(by_part, measure.periods[-2:], indicator)
    if not _are_far_apart(before, after):
        return None
    return Volumes(before, after, indicator.out_of)


def since_comparable(counted: pd.DataFrame, measure: Measure) -> tuple[PeriodKey, ...]:
    """
    List the last periods that are of one kind: no volume of a day differs from the next.

    Parameters are as for `compare_volumes`; all periods of the measure are compared.
    """
    indicator, periods = measure.indicator, measure.periods
    if indicator is None or not _is_volume(indicator):
        return periods
    by_part = _add_up_parts(counted)
    for number in range(len(periods) - 1, 0, -1):
        pair = periods[number - 1 : number + 1]
        if _are_far_apart(*_divide_by_days(by_part, pair, indicator)):
            return periods[number:]
    return periods


def _is_volume(indicator: Indicator) -> bool:
    """Judge whether what it is out of comes in day by day: residents do not, nor does a stock."""
    return indicator.over_time != "stock" and indicator.denominator != "residents"


def _add_up_parts(counted: pd.DataFrame) -> pd.DataFrame:
    """Add denominators up by part and period."""
    return counted.pivot_table(index="code", columns="period", values="out_of", aggfunc="sum")


def _divide_by_days(
    by_part: pd.DataFrame, pair: tuple[PeriodKey, ...], indicator: Indicator
) -> tuple[float, float]:
    """Give the volume of a day of two periods, of the parts that have both."""
    sums = by_part.reindex(columns=[*pair]).dropna().sum()
    before, after = (sums[period] / _count_days(period, indicator.captured) for period in pair)
    return before, after


def _are_far_apart(before: float, after: float) -> bool:
    low, high = sorted([before, after])
    return low > 0 and high / low >= LEAST_TIMES


def _count_days(key: PeriodKey, captured: str | None) -> int:
    """Count the days of a period, up to the day on which it was captured if it was not over."""
    period = read_period(key)
    end = period.end
    if captured:
        day = date.fromisoformat(captured)
        if period.start <= day < end:
            end = day
    return (end - period.start).days + 1

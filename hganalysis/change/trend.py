"""How did the whole move from period to period, where there are four of them or more?"""

from __future__ import annotations

from itertools import takewhile
from typing import NamedTuple

import numpy as np
import pandas as pd

from .. import places
from ..periods import PeriodKey, count_steps, earlier_than
from ..ranking import counts

# Between four periods: fewer steps are no trend.
MIN_STEPS = 3


class Trend(NamedTuple):
    """In how many of the last steps the whole rose, and in how many it fell."""

    n_steps: int
    n_up: int
    n_down: int


def find_trend(what: str | pd.DataFrame, reports: pd.DataFrame, last: PeriodKey) -> Trend | None:
    """
    Count the last steps that the whole made in one direction; if these are few, all its steps.

    It is what was counted. Nothing is said of seasons: fewer than two years do not tell them.

    Parameters
    ----------
    what, reports
        As for `counts.select_periods`.
    last
        The period in which the trend ends.

    Returns
    -------
    trend
        None where fewer than four periods follow each other, each with all places.
    """
    periods = [*earlier_than(reports["period"].unique(), last), last]
    if len(periods) <= MIN_STEPS:
        return None
    shares = share_of_whole(counts.select_periods(what, reports, periods))

    # from the last step back to a gap: a period that is not there, or a place that lacks it
    skips_period = np.array(count_steps(periods)) > 1
    moves = shares.diff().iloc[1:].mask(skips_period)
    steps = np.sign(moves.to_numpy()[::-1]).tolist()
    steps = list(takewhile(lambda step: not np.isnan(step), steps))
    if len(steps) < MIN_STEPS:
        return None
    alike = list(takewhile(lambda step: step == steps[0], steps))
    if len(alike) >= MIN_STEPS:
        steps = alike
    return Trend(len(steps), n_up=steps.count(1), n_down=steps.count(-1))


def share_of_whole(counted: pd.DataFrame) -> pd.Series:
    """Divide the counts of the whole in each period; missing where a place lacks the period."""
    every_place = places.compared().index
    count = counts.sum_places(counted, "count").reindex(every_place)
    out_of = counts.sum_places(counted, "out_of").reindex(every_place)
    return count.sum(skipna=False) / out_of.sum(skipna=False)

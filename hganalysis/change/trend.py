"""How did the whole move from period to period, where there are four of them or more?"""

from __future__ import annotations

from itertools import takewhile
from typing import NamedTuple

import numpy as np
import pandas as pd

from .. import places
from ..periods import PeriodKey, count_steps, order_periods
from ..ranking import counts

# Between four periods: fewer steps are no trend.
MIN_STEPS = 3


class Trend(NamedTuple):
    """In how many of the last steps the whole rose and fell, and its level before them."""

    n_steps: int
    n_up: int
    n_down: int
    since: PeriodKey
    start: float


def find_trend(whole: pd.Series) -> Trend | None:
    """
    Count the last steps that the whole made in one direction; if these are few, all its steps.

    It is what was counted. Nothing is said of seasons: fewer than two years do not tell them.

    Parameters
    ----------
    whole
        The level of the whole in each period up to the one in which the trend ends; missing where a
        place lacks it.

    Returns
    -------
    trend
        None where fewer than four periods follow each other, each with all places.
    """
    periods = order_periods(whole.index)
    if len(periods) <= MIN_STEPS:
        return None
    shares = whole[periods]

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
    since = periods[-1 - len(steps)]
    n_up, n_down = steps.count(1), steps.count(-1)
    return Trend(len(steps), n_up, n_down, since=since, start=float(shares[since]))


def share_of_whole(counted: pd.DataFrame) -> pd.Series:
    """Divide the counts of the whole in each period; missing where a place lacks the period."""
    every_place = places.compared().index
    count = counts.sum_places(counted, "count").reindex(every_place)
    out_of = counts.sum_places(counted, "out_of").reindex(every_place)
    return count.sum(skipna=False) / out_of.sum(skipna=False)

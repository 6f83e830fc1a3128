"""Bound the estimate for distinct people, where each platform counts its own users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from . import rules
from .alternatives import log_rate
from .columns import Names, read
from .doubt import DOUBT
from .errors import cr2, standardised
from .estimate import Refused, half_width


@dataclass(frozen=True)
class Bounds:
    """Between what values the coefficient for distinct users must lie; nothing is in the middle."""

    low: float
    """Of the log rate ratio per unit of the exposure, over all overlaps of the platforms."""
    high: float
    interval_low: float
    """Lower end of the CR2 interval at the lower bound."""
    interval_high: float
    """Upper end of the CR2 interval at the upper bound."""
    sd: float
    units: int


def distinct_users(
    frame: pd.DataFrame,
    *,
    counts: Sequence[str],
    exposure: str,
    offset: str,
    cluster: str,
    controls: Sequence[str] = (),
    level: float = 0.95,
    rung: Literal[1, 2] = 2,
) -> Bounds:
    """
    Bound the regression of log distinct users per head on the exposure.

    A unit with counts c_k and population P has between max c_k and min(P, sum c_k) distinct users,
    and any overlap may be true, in each unit another. A least-squares coefficient is a weighted sum
    of the outcomes; its bounds put each unit at the end that its weight asks for. They are sharp.
    Midpoints would be one arbitrary choice among them, and are not offered.

    Parameters
    ----------
    frame, exposure, offset, cluster, controls
        As in `columns`; the offset is the number of people.
    counts
        Columns, one per platform: users of it.
    level
        Coverage of the intervals, between 0 and 1.
    rung
        1 (pooled) or 2 (fixed effects).

    Returns
    -------
    bounds
        For least squares of the log rate, the twin of rung 1 or 2.

    Raises
    ------
    Refused
        For values that cannot be used; if a unit has no users at all, or more users of one
        platform than people.
    """
    if isinstance(counts, str) or len(counts) < 2:
        msg = f"counts are two or more columns, one per platform, not {counts!r}."
        raise ValueError(msg)
    rules.require_choice("rung", rung, (1, 2))
    each = [
        read(frame, Names(one, exposure, offset, cluster, tuple(controls)), DOUBT) for one in counts
    ]
    users = np.column_stack([one.count for one in each])
    least = users.max(axis=1)
    data = replace(each[0], count=least)
    most = np.minimum(users.sum(axis=1), data.population)
    rules.require_comparable(data)
    wrong = (least == 0) | (least > data.population)
    if wrong.any():
        rows = "\n".join(
            f"  row {row!r}: {own:g} users, {people:g} people"
            for row, own, people in zip(
                data.rows[wrong], least[wrong], data.population[wrong], strict=True
            )
        )
        msg = (
            f"{wrong.sum()} units have no users, or more of one platform than people:\n{rows}\n"
            "Distinct people cannot be bounded there. Correct them, or count acts instead."
        )
        raise Refused(msg, reason="no distinct users")
    rules.weak_clusters(len(data.labels))
    rules.require_independent(data, fixed_effects=rung == 2)
    rules.carried_by_few(data, fixed_effects=rung == 2)
    # Raising the outcome of one unit by 1 moves the coefficient by its weight.
    weights = standardised(log_rate(data, rung)).influence(0)
    found = []
    for side in (-1.0, 1.0):
        count = np.where(side * weights > 0, most, least)
        fit = log_rate(replace(data, count=count), rung)
        error = cr2(fit, exposure)
        rules.weak_df(error.df, data, fit)
        b = fit.coefficient(exposure)
        found += [b, b + side * half_width(error.df, level) * error.standard_error]
    low, interval_low, high, interval_high = found
    return Bounds(low, high, interval_low, interval_high, data.sd, len(data.rows))

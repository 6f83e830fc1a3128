"""Look at neighbours: do places that had not started move where others beside them had?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from .. import places
from .estimate import Floats, p_value

if TYPE_CHECKING:
    from .answer import Rollout

# It is tested with fewer draws: each of them is a number for each place and period.
N_DRAWS = 1_000


class Spillover(NamedTuple):
    """What places that had not started have where all neighbours had, and its p-value."""

    log_ratio: float
    p_value: float


def estimate_spillover(answer: Rollout) -> Spillover | None:
    """
    Compare places that had not started: do those beside started ones move with them?

    The log rates, without the estimate, are regressed on the share of neighbours that had started;
    levels of places and movements of periods are taken out of both. Other draws make the test.
    """
    pairs = places.neighbours()
    codes = answer.panel.codes
    beside = pd.crosstab(pairs["code"], pairs["neighbour"])
    beside = beside.reindex(index=codes, columns=codes, fill_value=0)
    shares = beside.div(beside.sum(axis=1).clip(lower=1), axis=0).to_numpy()
    has_started = answer.comparison("place").has_started(answer.draws[:N_DRAWS])
    exposure = _centre(np.where(has_started, 0.0, shares @ has_started))
    # less what goes with the starts themselves
    treatment = _centre(has_started.astype(float))
    shared = _sum(exposure * treatment) / _sum(treatment**2)
    exposure -= shared[:, None, None] * treatment
    size = _sum(exposure**2)
    if not size[0] > 0:
        return None
    residual = _centre(answer.unaffected)
    slopes = _sum(exposure * residual) / np.where(size > 0, size, 1.0)
    return Spillover(float(slopes[0]), p_value(slopes))


def _sum(values: Floats) -> Floats:
    """Add up the places and periods of each draw."""
    total: Floats = values.sum(axis=(1, 2))
    return total


def _centre(values: Floats) -> Floats:
    """Take the means of places and of periods, the last two dimensions, out of values."""
    values = values - values.mean(axis=-1, keepdims=True)
    centred: Floats = values - values.mean(axis=-2, keepdims=True)
    return centred

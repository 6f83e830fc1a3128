"""
Estimate what came with starts, and test it by drawing the starts again.

The estimate is by imputation: the levels of places and the movements of periods are fitted, by
least squares, to log rates where nothing had started; what had started is compared with this fit.
The estimate is a weighted sum of log rates, and its weights follow from the starts alone. So
another draw of the starts is another set of weights, and a test is one product of two arrays.

References
----------
Borusyak, K., Jaravel, X., Spiess, J. (2024). "Revisiting Event-Study Designs: Robust and Efficient
Estimation." Review of Economic Studies 91 (6), 3253-3285.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# The start of a place that does not start within the periods.
NEVER = 9_999

# A test that rejects this often where nothing happened; intervals hold 95 %.
LEVEL = 0.05

# Statistics that differ by less, relative to themselves, are the same.
TIE = 1e-9

# Draws are weighed in blocks of so many numbers, or a country would not fit into memory.
BLOCK = 100_000


@dataclass(frozen=True, eq=False)
class Comparison:
    """
    What is compared with what.

    A number that follows has the place in its first dimension and the period in its second.
    """

    importance: Floats
    """How much each place counts in each period: 1, or its people."""
    movement: Integers
    """For each place, the number of a group of places that share their movements."""
    skip: int = 0
    """In so many periods before its start a place is compared with nothing."""
    event: int | None = None
    """Only the period that is so many after the start; negative for one before it."""
    is_centred: bool = False
    """Whether the mean of all draws is taken out: strata that share movements could drift apart."""

    @property
    def n_periods(self) -> int:
        """How many periods there are."""
        return int(self.importance.shape[1])

    def has_started(self, starts: Integers) -> NDArray[np.bool_]:
        """Say for each draw, place and period whether the place had started."""
        return self._periods_since(starts) >= 0

    def _periods_since(self, starts: Integers) -> Integers:
        return np.arange(self.n_periods) - starts[..., None]

    def weights(self, starts: Integers) -> Floats:
        """
        Weigh log rates so that their sum is the mean log ratio of what had started.

        Parameters
        ----------
        starts
            For each draw and place, the number of the period in which it starts, from 0.

        Returns
        -------
        weights
            For each draw, place and period; all 0 in a draw that leaves nothing to compare.
        """
        since = self._periods_since(starts)
        event, skip = self.event, self.skip
        if event is None:
            is_target = since >= 0
        else:
            is_target = since == event
            skip = max(skip, -event)
        is_free = since < -skip
        # a place needs a period before its start
        is_target &= is_free.any(axis=2, keepdims=True)
        for is_in_group in self._groups():
            # and in each period its group needs a place to compare with
            has_free_place = is_free[:, is_in_group].any(axis=1, keepdims=True)
            is_target[:, is_in_group] &= has_free_place
        target = np.where(is_target, self.importance, 0.0)
        total = target.sum(axis=(1, 2), keepdims=True)
        target /= np.where(total > 0, total, 1.0)
        free = np.where(is_free, self.importance, 0.0)
        weights = target.copy()
        for is_in_group in self._groups():
            fit = _weigh_fit(target[:, is_in_group], free[:, is_in_group])
            weights[:, is_in_group] -= fit
        return weights

    def _groups(self) -> list[NDArray[np.bool_]]:
        """Say of each group which places are in it."""
        return [self.movement == group for group in np.unique(self.movement)]

    def apply(self, draws: Integers, columns: Floats) -> Floats:
        """Weigh each column, which has a number for each place and period, by each draw."""
        flat = columns.reshape(len(columns), -1).T
        n_blocks = math.ceil(draws.shape[0] * flat.shape[0] / BLOCK)
        blocks = np.array_split(draws, n_blocks)
        sums = [self.weights(block).reshape(len(block), -1) @ flat for block in blocks]
        statistics = np.vstack(sums)
        return statistics - statistics.mean(axis=0) if self.is_centred else statistics


def _weigh_fit(target: Floats, free: Floats) -> Floats:
    """
    Weigh what is free so that its sum is the fit of a target.

    These are the weights of weighted least squares on a number for each place and each period; the
    numbers of places are eliminated from the normal equations.
    """
    n_periods = free.shape[2]
    sum_of_place = free.sum(axis=2, keepdims=True)
    sum_of_place = np.where(sum_of_place > 0, sum_of_place, 1.0)
    sum_of_period = free.sum(axis=1)
    share = free / sum_of_place
    target_of_place = target.sum(axis=2, keepdims=True)
    right_side = target.sum(axis=1) - (share * target_of_place).sum(axis=1)
    # a period in which nothing is free has an equation of its own, whose solution is 0
    diagonal = np.where(sum_of_period > 0, sum_of_period, 1.0)
    equations = diagonal[:, :, None] * np.eye(n_periods) - share.transpose(0, 2, 1) @ free
    # the first period is the one with which others are compared
    movement = np.zeros_like(right_side)
    movement[:, 1:] = np.linalg.solve(equations[:, 1:, 1:], right_side[:, 1:, None])[..., 0]
    level = target_of_place / sum_of_place - (share * movement[:, None]).sum(axis=2, keepdims=True)
    fit: Floats = free * (level + movement[:, None])
    return fit


class StartsEstimate(NamedTuple):
    """A log ratio, the log ratios that the test does not reject, and its p-value for none."""

    log_ratio: float
    low: float
    high: float
    p_value: float


def estimate(
    comparison: Comparison, draws: Integers, log_rates: Floats, affected: NDArray[Any]
) -> StartsEstimate:
    """
    Estimate a log ratio, and test it by what other draws make of the same counts.

    Parameters
    ----------
    draws
        Starts, the real ones first.
    log_rates
        For each place and period.
    affected
        Whether the log ratio is in the rate of a place and period.
    """
    columns = np.stack([log_rates, affected.astype(float)])
    statistic, carried = comparison.apply(draws, columns).T
    return invert(statistic, carried)


def invert(statistic: Floats, carried: Floats) -> StartsEstimate:
    """
    Find the log ratios that the test does not reject.

    Where a log ratio b is taken out of the counts, a draw is left with `statistic` - b `carried`.
    It is as far from 0 as the real draw for each b between two crossings, and the estimate is
    between them. So each end of the interval is an order statistic of crossings: no search is
    needed.

    Parameters
    ----------
    statistic
        What each draw makes of the log rates, the real draw first.
    carried
        What share of the log ratio is in it; the estimate is what makes that 1 in the real draw.
    """
    statistic, carried = statistic / carried[0], carried / carried[0]
    estimated = statistic[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        same_sign = (statistic - estimated) / (carried - 1)
        other_sign = (statistic + estimated) / (carried + 1)
    crossings = np.stack([same_sign, other_sign])
    # a draw with the same cells as the real one, or the opposite ones, is as far for each b
    is_always_as_far = np.abs(carried) >= 1 - TIE
    low = np.where(is_always_as_far, -np.inf, crossings.min(axis=0))
    high = np.where(is_always_as_far, np.inf, crossings.max(axis=0))
    tie = TIE * (1 + abs(estimated))
    p_value = np.mean((low <= tie) & (high >= -tie))
    n_rejected = math.floor(LEVEL * len(statistic) + TIE)
    return StartsEstimate(
        float(estimated),
        float(np.sort(low)[n_rejected]),
        float(np.sort(high)[-1 - n_rejected]),
        float(p_value),
    )


def p_value(statistic: Floats) -> float:
    """Say how often a draw is as far from 0 as the real one, which is the first."""
    size = np.abs(statistic)
    return float(np.mean(size >= size[0] * (1 - TIE)))

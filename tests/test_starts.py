"""What do starts drive? The estimate by second routes, the lot by hand, and what is refused."""

import itertools

import numpy as np
import pytest

from hganalysis.starts.estimate import NEVER, Comparison, estimate
from hganalysis.starts.lots import Lot


def least_squares(comparison, start, log_rates):
    """Fit what had not started with a dummy for each place and period; average what is left."""
    n_places, n_periods = log_rates.shape
    place, period = np.indices(log_rates.shape).reshape(2, -1)
    dummies = np.zeros((log_rates.size, n_places + 2 * n_periods))
    dummies[range(log_rates.size), place] = 1
    column = n_places + comparison.movement[place] * n_periods + period
    dummies[range(log_rates.size), column] = 1
    free = (period < start[place]).nonzero()[0]
    weight = comparison.importance.ravel()
    root = np.sqrt(weight[free])
    fit = np.linalg.lstsq(dummies[free] * root[:, None], log_rates.ravel()[free] * root, rcond=None)
    left = log_rates.ravel() - dummies @ fit[0]
    began = period >= start[place]
    return np.average(left[began], weights=weight[began])


@pytest.mark.parametrize("seed", range(12))
def test_the_estimate_is_that_of_least_squares(seed):
    draw = np.random.default_rng(seed)
    n_places, n_periods = draw.integers(6, 14), draw.integers(3, 7)
    start = draw.choice([*range(1, n_periods), NEVER], n_places)
    start[:4] = [NEVER, NEVER, 1, 1]
    movement = draw.integers(0, 2, n_places)
    movement[:2] = 0, 1
    log_rates = draw.normal(size=(n_places, n_periods))
    importance = draw.uniform(0.2, 3, log_rates.shape) if seed % 2 else np.ones(log_rates.shape)
    comparison = Comparison(importance, movement)
    weighted = (comparison.weights(start[None])[0] * log_rates).sum()
    assert weighted == pytest.approx(least_squares(comparison, start, log_rates), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_interval_has_what_a_search_over_all_35_draws_does_not_reject(seed):
    every = Lot([*"abcdefg"], [""] * 7, [1, 1, 1, *[NEVER] * 4], np.empty((7, 0)))
    chosen = itertools.combinations(range(7), 3)
    by_hand = [[1 if at in three else NEVER for at in range(7)] for three in chosen]
    real = np.array(by_hand[10 + seed])
    draws = every.draw_others(real, 35)
    assert sorted(draws.tolist()) == sorted(by_hand)
    assert every.allowed == (1.0, 35)

    log_rates = np.random.default_rng(seed).normal(size=(7, 3))
    comparison = Comparison(np.ones((7, 3)), np.zeros(7, dtype=int))
    began = comparison.has_started(real)
    found = estimate(comparison, draws, log_rates, began)

    def p_value(log_ratio):
        left = np.abs((comparison.weights(draws) * (log_rates - log_ratio * began)).sum((1, 2)))
        return np.mean(left >= left[0] * (1 - 1e-9))

    assert found.p_value == pytest.approx(p_value(0))
    for end, outwards in ((found.low, -1e-6), (found.high, 1e-6)):
        assert p_value(end + outwards) <= 0.05 < p_value(end - outwards)

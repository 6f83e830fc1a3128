"""
The lot: which starts it can give, how many, and which of them a public number draws.

Within each stratum the slots are dealt. Only those draws are allowed in which the waves are alike
in what was known before.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from .. import words
from .estimate import NEVER, Floats, Integers

# The lot is tried so often to see what it allows.
N_TRIES = 40_000

# Of so many ways to deal, or fewer, that many tries find each one.
FEW_WAYS = 2_000

# After so many tries a draw is not looked for any longer.
MAX_TRIES = 2_000_000

# A plan whose lot allows 40 draws of many ways finds one long before.
MAX_ATTEMPTS = 100_000

# The lot is tried in blocks of so many numbers.
BLOCK = 400_000

# There are more draws than is said, with this certainty.
CERTAINTY = 0.99


class Allowed(NamedTuple):
    """What share of all ways to deal the lot allows, and how many these are at least."""

    share: float
    at_least: int


class Trial(NamedTuple):
    """Draws that are allowed, and of how many that were tried."""

    draws: Integers
    n_tried: int


@dataclass(frozen=True, eq=False)
class Lot:
    """The slots of units, dealt within strata; a unit is a place, or places that start together."""

    units: list[str]
    """Stratum by stratum."""
    strata: list[str]
    """That of each unit, in their order."""
    slots: list[int]
    """What is dealt: for each unit the number of the period in which one of its stratum starts."""
    covariates: list[list[float]]
    """What was known of each unit before."""
    limit: float = math.inf
    """How many standard deviations a wave may differ from the others in what was known."""

    @property
    def n_ways(self) -> int:
        """How many ways there are to deal the slots, allowed or not."""
        n_ways = 1
        for _, slots in pd.Series(self.slots).groupby(self.strata):
            n_ways *= math.factorial(len(slots))
            for n_equal in slots.value_counts():
                n_ways //= math.factorial(n_equal)
        return n_ways

    def find(self, units: Iterable[str]) -> Integers:
        """Give the numbers of units."""
        return pd.Index(self.units).get_indexer(pd.Index(units))

    @property
    def movement(self) -> Integers:
        """
        For each unit, the number of a group of units that share their movements.

        Strata move on their own, if in each a unit never starts within the periods.
        """
        strata: Integers = pd.factorize(np.array(self.strata))[0]
        has_never = (pd.Series(self.slots) == NEVER).groupby(strata).any()
        return strata if has_never.all() else np.zeros_like(strata)

    @property
    def is_uneven(self) -> bool:
        """Whether strata share their movements: the mean of all draws is then not 0."""
        return len(set(self.strata)) > len(set(self.movement))

    def imbalance(self, starts: Integers) -> Floats:
        """Say of each draw how far a wave is from the others, at most, in standard deviations."""
        covariates = np.array(self.covariates)
        spread = covariates.std(axis=0)
        standard = (covariates - covariates.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        gaps = [np.zeros((len(starts), 1))]
        for slot in set(self.slots):
            in_wave = starts == slot
            n_in_wave = in_wave.sum(axis=1, keepdims=True)
            # the mean of all units is 0, so those outside have the opposite sum
            n_outside = np.maximum(len(self.units) - n_in_wave, 1)
            gaps.append(np.abs(in_wave @ standard) * (1 / n_in_wave + 1 / n_outside))
        largest: Floats = np.hstack(gaps).max(axis=1)
        return largest

    def _try(self, n_draws: float, n_tries: int, *, seed: int) -> Trial:
        """Deal the slots at random until so many draws are allowed, or so many were tried."""
        random = np.random.default_rng(seed)
        stratum = pd.factorize(np.array(self.strata))[0]
        block = (math.ceil(BLOCK / len(stratum)), len(stratum))
        n_tried = n_allowed = 0
        draws = []
        while n_tried < n_tries and n_allowed < n_draws:
            order = np.argsort(stratum + random.random(block), axis=1)
            starts = np.empty_like(order)
            np.put_along_axis(starts, order, np.array(self.slots)[None], axis=1)
            is_allowed = self.imbalance(starts) <= self.limit
            draws.append(starts[is_allowed].astype(np.int16))
            n_tried += len(starts)
            n_allowed += len(draws[-1])
        return Trial(np.vstack(draws).astype(np.int64), n_tried)

    @property
    def _has_few_ways(self) -> bool:
        return self.n_ways <= FEW_WAYS

    def draw_many(self, n_draws: int, *, seed: int) -> Integers:
        """Draw starts that are allowed; each of them once, if there are few ways."""
        if self._has_few_ways:
            return np.unique(self._try(math.inf, N_TRIES, seed=seed).draws, axis=0)
        return self._try(n_draws, MAX_TRIES, seed=seed).draws[:n_draws]

    def draw_beside(self, real: Integers, n_draws: int) -> Integers:
        """Draw starts to compare the real ones with; the real ones are first."""
        draws = self.draw_many(n_draws, seed=1)
        if self._has_few_ways:
            draws = draws[(draws != real).any(axis=1)]
        return np.vstack([real, draws])

    @cached_property
    def allowed(self) -> Allowed:
        """Count the draws that are allowed; of many ways, bound their number from below."""
        if self._has_few_ways:
            n_draws = len(self.draw_many(0, seed=2))
            return Allowed(n_draws / self.n_ways, n_draws)
        draws, n_tried = self._try(math.inf, N_TRIES, seed=2)
        least = betaincinv(len(draws), n_tried - len(draws) + 1, 1 - CERTAINTY)
        # whole numbers only: the number of ways may have more digits than a float
        n_millionths = int(np.nan_to_num(least) * 10**6)
        return Allowed(len(draws) / n_tried, self.n_ways * n_millionths // 10**6)

    def wider_limit(self, n_draws: int) -> float | None:
        """Give the limit that allows so many draws; None if there are not as many."""
        starts = replace(self, limit=math.inf).draw_many(N_TRIES, seed=3)
        if len(starts) < n_draws:
            return None
        return float(np.sort(self.imbalance(starts))[n_draws - 1])

    def draw(self, seal: str, number: str) -> Integers:
        """
        Draw the starts that count; anyone can repeat this with SHA-256 alone.

        The ticket of a unit is the hash of the seal, the public number, the number of the try and
        the unit. In each stratum the smallest tickets get the first slots. The first try that is
        allowed counts.
        """
        order = pd.DataFrame({"stratum": self.strata})
        for attempt in range(MAX_ATTEMPTS):
            tickets = [f"{seal}|{number}|{attempt}|{unit}" for unit in self.units]
            order["ticket"] = [hashlib.sha256(text.encode()).hexdigest() for text in tickets]
            starts = np.empty(len(order), dtype=np.int64)
            starts[order.sort_values(["stratum", "ticket"]).index] = self.slots
            if self.imbalance(starts[None])[0] <= self.limit:
                return starts
        raise ValueError(
            words.term("starts_errors.no_draw", draws=words.number(MAX_ATTEMPTS), limit=self.limit)
        )


def spread_slots(sizes: Mapping[int, int], n_units: int) -> list[int]:
    """
    Mix the slots of waves evenly, so that each stratum has its share of each wave.

    Examples
    --------
    >>> spread_slots({1: 2, 2: 2}, 6)
    [1, 2, 9999, 1, 2, 9999]
    """
    n_started = sum(sizes.values())
    positions = []
    for slot, n_slots in {**sizes, NEVER: n_units - n_started}.items():
        positions += [((number + 0.5) / n_slots, slot) for number in range(n_slots)]
    return [slot for _, slot in sorted(positions)]

"""
The lot: which starts it can give, how many, and which of them a public number draws.

Within each stratum the slots are dealt. Only those draws are allowed in which the waves are alike
in what was known before.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from .estimate import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .estimate import Floats, Integers

# Of so many ways to deal, or fewer, each is looked at; of more, so many are tried.
FEW_WAYS = 20_000

# The number of allowed draws is larger than what is said with this certainty.
CERTAINTY = 0.99

# Draws are tried in blocks of so many numbers, and at most so many blocks.
BLOCK = 2_000_000
MAX_BLOCKS = 500

# Digits of what was known that are kept: with more, another processor could draw another lot.
DIGITS = 9


class Allowed(NamedTuple):
    """What share of all ways to deal the lot allows, and how many these are at least."""

    share: float
    at_least: int


@dataclass(frozen=True, eq=False)
class Lot:
    """The slots of units, dealt within strata; a unit is a place, or places that start together."""

    units: list[str]
    """Stratum by stratum."""
    strata: list[str]
    """That of each unit."""
    slots: list[int]
    """What is dealt: for each unit the number of the period in which one of its stratum starts."""
    covariates: Floats
    """What was known of each unit, a column for each thing."""
    limit: float = math.inf
    """How many standard deviations a wave may differ from the others in what was known."""

    @cached_property
    def n_ways(self) -> int:
        """How many ways there are to deal the slots, allowed or not."""
        n_ways = 1
        for slots in self._slots_by_stratum():
            n_ways *= math.factorial(len(slots))
            for slot in set(slots):
                n_ways //= math.factorial(slots.count(slot))
        return n_ways

    def _slots_by_stratum(self) -> list[list[int]]:
        pairs = zip(self.strata, self.slots, strict=True)
        by_stratum = groupby(pairs, key=lambda pair: pair[0])
        return [[slot for _, slot in group] for _, group in by_stratum]

    def imbalance(self, starts: Integers) -> Floats:
        """Say of each draw how far a wave is from the others, at most, in standard deviations."""
        spread = self.covariates.std(axis=0)
        standard = (self.covariates - self.covariates.mean(axis=0)) / np.where(
            spread > 0, spread, 1.0
        )
        largest = np.zeros(len(starts))
        if standard.size == 0:
            return largest
        for slot in set(self.slots):
            in_wave = starts == slot
            n_in_wave = in_wave.sum(axis=1, keepdims=True)
            n_rest = len(self.units) - n_in_wave
            mean_of_wave = in_wave @ standard / n_in_wave
            # all units together have the mean 0
            mean_of_rest = -mean_of_wave * n_in_wave / np.maximum(n_rest, 1)
            gap = np.abs(mean_of_wave - mean_of_rest).max(axis=1)
            largest = np.maximum(largest, gap)
        return largest

    def is_allowed(self, starts: Integers) -> np.ndarray:
        """Say of each draw whether its waves are alike."""
        return self.imbalance(starts) <= self.limit

    def deal(self, *, seed: int) -> Iterator[Integers]:
        """Deal the slots, allowed or not: each way once if they are few, else blocks at random."""
        if self.n_ways <= FEW_WAYS:
            by_stratum = [_arrange(slots) for slots in self._slots_by_stratum()]
            yield np.array([list(chain(*parts)) for parts in product(*by_stratum)])
            return
        random = np.random.default_rng(seed)
        stratum = pd.factorize(np.array(self.strata))[0]
        n_units = len(stratum)
        n_draws = min(FEW_WAYS, math.ceil(BLOCK / n_units))
        for _ in range(MAX_BLOCKS):
            order = np.argsort(stratum + random.random((n_draws, n_units)), axis=1)
            starts = np.empty_like(order)
            np.put_along_axis(starts, order, np.array(self.slots)[None], axis=1)
            yield starts

    def draw_many(self, n_draws: int, *, seed: int) -> Integers:
        """Draw starts that are allowed; each of them once, if they are few."""
        allowed: list[Integers] = []
        n_allowed = 0
        for starts in self.deal(seed=seed):
            allowed.append(starts[self.is_allowed(starts)])
            n_allowed += len(allowed[-1])
            if n_allowed >= n_draws:
                break
        draws = np.vstack(allowed)
        return draws if self.n_ways <= FEW_WAYS else draws[:n_draws]

    def draw_others(self, real: Integers, n_draws: int) -> Integers:
        """Draw starts with which the real ones are compared, and put the real ones first."""
        draws = self.draw_many(n_draws, seed=1)
        if self.n_ways <= FEW_WAYS:
            draws = draws[(draws != real).any(axis=1)]
        return np.vstack([real, draws])

    @cached_property
    def allowed(self) -> Allowed:
        """Count the draws that are allowed; of many ways, bound their number from below."""
        n_dealt = n_allowed = 0
        for starts in self.deal(seed=2):
            n_dealt += len(starts)
            n_allowed += int(self.is_allowed(starts).sum())
            if n_dealt >= FEW_WAYS:
                break
        if self.n_ways <= FEW_WAYS:
            return Allowed(n_allowed / n_dealt, n_allowed)
        if n_allowed == 0:
            return Allowed(0.0, 0)
        share = stats.beta.ppf(1 - CERTAINTY, n_allowed, n_dealt - n_allowed + 1)
        # whole numbers only: the number of ways may have more digits than a float
        return Allowed(n_allowed / n_dealt, self.n_ways * int(share * 10**DIGITS) // 10**DIGITS)

    def wider_limit(self, n_draws: int) -> float | None:
        """Give the limit that allows so many draws; None if there are not as many."""
        starts = np.unique(next(self.deal(seed=3)), axis=0)
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
        attempt = 0
        while True:
            tickets = [f"{seal}|{number}|{attempt}|{unit}" for unit in self.units]
            order["ticket"] = [hashlib.sha256(text.encode()).hexdigest() for text in tickets]
            starts = np.empty(len(order), dtype=np.int64)
            starts[order.sort_values(["stratum", "ticket"]).index] = self.slots
            if self.is_allowed(starts[None])[0]:
                return starts
            attempt += 1


def _arrange(slots: Sequence[int]) -> list[list[int]]:
    """List the different orders of slots."""
    if len(slots) < 2:
        return [list(slots)]
    orders = []
    for first in sorted(set(slots)):
        rest = list(slots)
        rest.remove(first)
        orders += [[first, *order] for order in _arrange(rest)]
    return orders


def spread_slots(sizes: Mapping[int, int], n_units: int) -> list[int]:
    """
    Mix the slots of waves evenly, so that each stratum has its share of each wave.

    Examples
    --------
    >>> spread_slots({1: 2, 2: 2}, 6)
    [1, 2, 9999, 1, 2, 9999]
    """
    n_started = sum(sizes.values())
    sizes = {**sizes, NEVER: n_units - n_started}
    positions = [
        ((number + 0.5) / n_slots, slot)
        for slot, n_slots in sizes.items()
        for number in range(n_slots)
    ]
    return [slot for _, slot in sorted(positions)]

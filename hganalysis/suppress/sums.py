"""
Find numbers of places that add up to others, though nobody said that they do.

Compared are counts, what they leave over, what they are out of, by how much a count grew since the
period before, and what it came to in the quarter, the half-year, the year and in all.

Two sides of up to four numbers add up if they are equal in half of the places: reports have slips,
and each place in which the sides are equal gives its numbers away. So they must be in half of the
places in which any one of the numbers is not 0, and more often than by chance.

What adds up in other periods is looked for in `joined`.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from .. import indicators
from ..periods import find_period, read_period

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from ..periods import Grain, PeriodKey

    Floats = NDArray[np.float64]
    Cell = tuple[str, PeriodKey]

Kind = Literal["count", "rest", "out_of", "growth", "so far"]

MIN_SHARE = 0.5
"""Of the places: with 0.9, 21 of 107 small counts came back where 5 % of the reports had a slip."""
_MIN_PLACES = 3
"""Fewer places may add up by chance, whatever their counts."""
_MAX_BY_CHANCE = 1
"""Of all sides of as many numbers, so many may be expected to be as often equal by chance: lower
misses what adds up in few places, and at 1 none of 200 studies of unrelated measures hid more."""
_N_PROBES = 24
"""In so many places all sums are compared, and in all places those that are often equal there."""
_MIN_SHARE_OF_PROBES = 0.25
"""Sums that are equal more seldom than this there are not compared in all places."""
_MOST_TERMS = 40
"""Of more numbers than these, sums of three and four would take minutes."""
_OF_THREE = 3
"""Equations of more numbers than these, both sides together, are the slow ones."""
_SUMS: dict[tuple[int, int], set[Kind]] = {
    (1, 1): {"count", "rest", "out_of", "growth", "so far"},
    (1, 2): {"count", "rest", "out_of", "growth", "so far"},
    (2, 2): {"count", "out_of", "growth"},
    (1, 3): {"count", "out_of", "growth"},
    (1, 4): {"count"},
}
"""How many numbers each side has, and of which kinds they are."""
_WINDOWS: tuple[Grain, ...] = ("quarter", "half", "year")


class Term(NamedTuple):
    """A number of each place."""

    kind: Kind
    measure: str
    cells: frozenset[Cell]
    """The measure in the periods whose counts the number is made of."""
    numbers: Floats
    roles: frozenset[str]
    """What it is of its measure in any period: the same role in another period is its like."""

    @property
    def is_count(self) -> bool:
        """Whether it gives a count, and not only what is around it."""
        return self.kind in {"count", "growth", "so far"}


class Equation(NamedTuple):
    """Two sides that are equal in `n_equal` of the `n_places` that have their numbers."""

    first: tuple[Term, ...]
    second: tuple[Term, ...]
    n_equal: int
    n_places: int

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms of both sides."""
        return self.first + self.second


def list_terms(
    counts: pd.DataFrame, out_of: pd.DataFrame, periods: list[PeriodKey]
) -> Iterator[Term]:
    """
    List the numbers of each place at the last of some periods.

    Parameters
    ----------
    counts, out_of
        One row for each measure and period, one column for each place.
    periods
        From the first on, in order.
    """
    for measure in indicators.names():
        reported = [period for period in periods if (measure, period) in counts.index]
        if periods[-1] not in reported:
            continue
        keys = [(measure, period) for period in reported]
        count = counts.loc[keys].to_numpy()
        total = out_of.loc[keys].to_numpy()
        yield from _list_terms_over_time(measure, reported, count)
        yield from _list_terms_around(keys[-1], count[-1], total[-1])


def _list_terms_over_time(measure: str, periods: list[PeriodKey], counts: Floats) -> Iterator[Term]:
    """List a count, by how much it grew, and what it came to in spans of time."""
    spans = _list_spans(periods)
    only_this = spans.pop(1, set())
    roles = {"count", *only_this}
    cells = [(measure, period) for period in periods]
    last = frozenset(cells[-1:])
    yield Term("count", measure, last, counts[-1], frozenset(roles))

    if len(periods) > 1:
        last_two = frozenset(cells[-2:])
        growth = counts[-1] - counts[-2]
        yield Term("growth", measure, last_two, growth, frozenset(["growth"]))
    for length, names in spans.items():
        span = frozenset(cells[-length:])
        so_far = counts[-length:].sum(axis=0)
        yield Term("so far", measure, span, so_far, frozenset(names))


def _list_terms_around(cell: Cell, count: Floats, total: Floats) -> Iterator[Term]:
    """List what a count leaves over, and what it is out of, if this is not public."""
    measure, _ = cell
    cells = frozenset([cell])
    if indicators.kind(measure) == "share":
        rest = total - count
        yield Term("rest", measure, cells, rest, frozenset(["rest"]))
    if measure not in indicators.names(denominator="residents"):
        yield Term("out_of", measure, cells, total, frozenset(["out_of"]))


def _list_spans(periods: list[PeriodKey]) -> dict[int, set[str]]:
    """Give, by how many of the last periods they are, the names of quarter, year and the rest."""
    spans = {len(periods): {"all"}}
    starts = [read_period(period).start for period in periods]
    for grain in _WINDOWS:
        longer = [find_period(start, grain) for start in starts]
        length = longer.count(longer[-1])
        names = spans.setdefault(length, set())
        names.add(grain)
    return dict(sorted(spans.items()))


def add_up(terms: tuple[Term, ...]) -> Floats:
    """Add the numbers of terms up, place by place."""
    numbers = [term.numbers for term in terms]
    total: Floats = np.sum(numbers, axis=0)
    return total


def _may_show(term: Term) -> bool:
    """Say whether enough places have a number, and any of them one that is not 0."""
    n_known = np.isfinite(term.numbers).sum()
    has_others_than_0 = np.nansum(term.numbers != 0) > 0
    return bool(n_known >= _MIN_PLACES and has_others_than_0)


def find_equations(terms: list[Term]) -> Iterator[Equation]:
    """Find sums of terms that are equal to other sums."""
    telling = [term for term in terms if _may_show(term)]
    for sizes, kinds in _SUMS.items():
        of_kinds = [term for term in telling if term.kind in kinds]
        n_terms = sum(sizes)
        is_too_many = n_terms > _OF_THREE and len(of_kinds) > _MOST_TERMS
        if len(of_kinds) < n_terms or is_too_many:
            continue
        numbers = np.array([term.numbers for term in of_kinds])
        candidates = _Candidates(numbers, *sizes)
        for first, second in candidates.list_likely():
            equation = _compare(
                tuple(of_kinds[position] for position in first),
                tuple(of_kinds[position] for position in second),
                n_candidates=candidates.n_candidates,
            )
            if equation is not None:
                yield equation


class _Candidates:
    """All pairs of sides of as many numbers: which of them are worth a closer look."""

    def __init__(self, numbers: Floats, n_first: int, n_second: int) -> None:
        n_terms, n_places = numbers.shape
        step = max(n_places // _N_PROBES, 1)
        self.probes = numbers[:, ::step]
        self.first_sides = list(combinations(range(n_terms), n_first))
        self.second_sides = list(combinations(range(n_terms), n_second))
        self.second_sums = self.probes[np.array(self.second_sides)].sum(axis=1)
        self.are_alike = n_first == n_second
        self.n_candidates = len(self.first_sides) * len(self.second_sides)

    def list_likely(self) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
        """List the positions of sides that are often equal in some of the places."""
        for position, first in enumerate(self.first_sides):
            is_likely = self._is_likely(first)
            if self.are_alike:
                # each pair of sides comes once
                is_likely[: position + 1] = False
            for number in np.flatnonzero(is_likely):
                second = self.second_sides[number]
                if set(first).isdisjoint(second):
                    yield first, second

    def _is_likely(self, first: tuple[int, ...]) -> NDArray[np.bool_]:
        first_sum = self.probes[list(first)].sum(axis=0)
        is_compared = np.isfinite(first_sum) & (first_sum != 0)
        second_sums = self.second_sums[:, is_compared]
        n_equal = (second_sums == first_sum[is_compared]).sum(axis=1)
        n_known = np.isfinite(second_sums).sum(axis=1)
        is_often = n_equal >= _MIN_SHARE_OF_PROBES * n_known
        is_likely: NDArray[np.bool_] = is_often & (n_equal > 0)
        return is_likely


def _compare(
    first: tuple[Term, ...], second: tuple[Term, ...], *, n_candidates: int
) -> Equation | None:
    """Give the equation of two sides that are equal in enough places, or none."""
    terms = first + second
    measures = {term.measure for term in terms}
    says_itself = len(measures) < len(terms) and len(terms) > _OF_THREE
    if len(measures) == 1 or says_itself:
        return None
    numbers = np.array([term.numbers for term in terms])
    first_sum, second_sum = add_up(first), add_up(second)

    # numbers of which all but one are 0 add up wherever that one is 0
    is_other = numbers != 0
    has_others = is_other.sum(axis=0) >= 2
    is_known = np.isfinite(numbers).all(axis=0) & has_others
    is_equal = is_known & (first_sum == second_sum)
    n_equal = int(is_equal.sum())
    n_places = int(is_known.sum())
    if n_equal < max(_MIN_PLACES, MIN_SHARE * n_places):
        return None
    n_of_each = (is_other & is_known).sum(axis=1)
    n_equal_of_each = (is_other & is_equal).sum(axis=1)
    if (n_equal_of_each < MIN_SHARE * n_of_each).any():
        return None
    chance = _chance(first_sum[is_known], second_sum[is_known], n_equal)
    if chance * n_candidates > _MAX_BY_CHANCE:
        return None
    return Equation(first, second, n_equal, n_places)


def _chance(first: Floats, second: Floats, n_equal: int) -> float:
    """Give the chance that so many are equal, if what is equal in other places is any guide."""
    from scipy import special

    is_equal = first[:, np.newaxis] == second
    n_places = len(first)
    n_elsewhere = is_equal.sum() - np.trace(is_equal)
    share_elsewhere = n_elsewhere / (n_places * (n_places - 1))
    # where no two are equal, any number within their span may be as likely
    share_of_span = 1 / (1 + np.ptp(second))
    share = max(share_elsewhere, share_of_span)
    return float(special.bdtrc(n_equal - 1, n_places, share))

"""
Find measures that add up: one that is hidden would come back from the others.

Nobody has to say that all users are women and men, or that those who joined are what users grew by:
it is seen in the reports, before anything is hidden. A catalogue may say it, too (`parts_of`,
`stock_of`), for a study in which it cannot be seen: of few places, or with many slips.

Compared are counts, what they leave over, what they are out of, by how much a count grew since the
period before, and what it came to in the quarter, the half-year, the year and in all. Two sides of
up to four numbers are a relation if they are equal in half of the places: reports have slips, and
each place in which they are equal gives its numbers away. So they must be in half of the places in
which any one of the numbers is not 0, and far more often than by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd

from .. import indicators, words
from ..periods import find_period, order_periods, read_period
from ..refusals import SHOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..periods import Grain, PeriodKey

    Floats = NDArray[np.float64]

Cell = tuple[str, "PeriodKey"]
"""A measure in a period."""
Kind = Literal["count", "rest", "out_of", "growth", "so far"]

_MIN_SHARE = 0.5
"""Of the places: with 0.9, 21 of 107 small counts came back where 5 % of the reports had a slip."""
_MIN_PLACES = 3
"""Fewer places may add up by chance, whatever their counts."""
_MAX_BY_CHANCE = 1
"""Of all sides of as many numbers, so many may be expected to be as often equal by chance: lower
misses what adds up in few places, and at 1 none of 200 studies of unrelated measures hid more."""
_N_PROBES = 24
"""In so many places all sums are compared, and in all places those that are often equal there."""
_MIN_SHARE_OF_PROBES = 0.25
_MOST_TERMS = 40
"""Of more numbers than these, sums of three and four would take minutes."""
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
    """Whose counts it is made of."""
    numbers: Floats

    @property
    def is_count(self) -> bool:
        """Whether it gives a count, and not only what is around it."""
        return self.kind in {"count", "growth", "so far"}


class Relation(NamedTuple):
    """Numbers of a place that add up; a declared one has no sides."""

    cells: frozenset[Cell]
    triggers: frozenset[Cell]
    """Those whose count stands in it: once one is hidden in a place, all cells are."""
    sides: tuple[tuple[Term, ...], ...] = ()
    n_equal: int = 0
    n_places: int = 0


def find_relations(reports: pd.DataFrame) -> list[Relation]:
    """
    Find what adds up, period by period, and list what is declared.

    Parameters
    ----------
    reports
        `code`, `period`, `indicator`, `count`, `out_of`, before anything is hidden.
    """
    if reports.empty:
        return []
    keys = ["indicator", "period", "code"]
    numbers = reports.set_index(keys)[["count", "out_of"]].apply(pd.to_numeric, errors="coerce")
    tables = numbers.astype(float).unstack("code")
    periods = order_periods(set(reports["period"]))
    relations: dict[tuple[frozenset[Cell], ...], Relation] = {}
    for position in range(len(periods)):
        terms = _list_terms(tables["count"], tables["out_of"], periods[: position + 1])
        for relation in _find_sums(terms):
            relations.setdefault((relation.cells, relation.triggers), relation)
    return [*relations.values(), *_list_declared(set(tables.index), periods)]


def _list_declared(reported: set[Cell], periods: list[PeriodKey]) -> Iterator[Relation]:
    """List the relations that the catalogue declares, in each period that has them."""
    parts = indicators.declared_relations("parts_of")
    flows = indicators.declared_relations("stock_of")
    for position, period in enumerate(periods):
        last = periods[max(position - 1, 0)]
        declared = [
            [(whole, period), *((part, period) for part in parts[whole])] for whole in parts
        ]
        for flow, stocks in flows.items():
            levels = [(stock, each) for stock in stocks for each in (period, last)]
            declared.append([(flow, period), *levels])
        for listed in declared:
            cells = frozenset(listed) & reported
            if len({measure for measure, _ in cells}) > 1:
                yield Relation(cells, cells)


def _list_terms(counts: pd.DataFrame, out_of: pd.DataFrame, periods: list[PeriodKey]) -> list[Term]:
    """List the numbers of each place at the last of some periods."""
    period = periods[-1]
    of_residents = indicators.names(denominator="residents")
    terms = []
    for measure in indicators.names():
        if (measure, period) not in counts.index:
            continue
        cell = frozenset([(measure, period)])
        count = counts.loc[(measure, period)].to_numpy()
        total = out_of.loc[(measure, period)].to_numpy()
        terms.append(Term("count", measure, cell, count))
        if indicators.kind(measure) == "share":
            terms.append(Term("rest", measure, cell, total - count))
        if measure not in of_residents:
            terms.append(Term("out_of", measure, cell, total))
        reported = [each for each in periods if (measure, each) in counts.index]
        if len(reported) > 1:
            last = counts.loc[(measure, reported[-2])].to_numpy()
            cells = cell | {(measure, reported[-2])}
            terms.append(Term("growth", measure, cells, count - last))
        for window in _list_windows(reported):
            so_far = counts.loc[[(measure, each) for each in window]].to_numpy().sum(axis=0)
            cells = frozenset((measure, each) for each in window)
            terms.append(Term("so far", measure, cells, so_far))
    return [term for term in terms if np.nansum(term.numbers != 0) and _has_places(term)]


def _has_places(term: Term) -> bool:
    return bool(np.isfinite(term.numbers).sum() >= _MIN_PLACES)


def _list_windows(periods: list[PeriodKey]) -> set[tuple[PeriodKey, ...]]:
    """List the spans of several periods that end with the last: its quarter, its year, all."""
    windows = {tuple(periods)}
    starts = {period: read_period(period).start for period in periods}
    for grain in _WINDOWS:
        longer = {period: find_period(start, grain) for period, start in starts.items()}
        windows.add(tuple(each for each in periods if longer[each] == longer[periods[-1]]))
    return {window for window in windows if len(window) > 1}


def _find_sums(terms: list[Term]) -> Iterator[Relation]:
    """Find sums of terms that are equal to other sums."""
    for (n_first, n_second), kinds in _SUMS.items():
        pool = [term for term in terms if term.kind in kinds]
        if len(pool) < n_first + n_second or (n_first + n_second > 3 and len(pool) > _MOST_TERMS):
            continue
        values = np.array([term.numbers for term in pool])
        for first, second, n_candidates in _list_candidates(values, n_first, n_second):
            sides = tuple(tuple(pool[position] for position in side) for side in (first, second))
            if _may_be_related([*sides[0], *sides[1]]):
                relation = _relate(sides, n_candidates)
                if relation is not None:
                    yield relation


def _list_candidates(
    values: Floats, n_first: int, n_second: int
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], int]]:
    """List the sums that are often equal in some of the places, and how many were compared."""
    n_terms, n_places = values.shape
    step = max(n_places // _N_PROBES, 1)
    probes = values[:, ::step]
    first_sides = list(combinations(range(n_terms), n_first))
    second_sides = list(combinations(range(n_terms), n_second))
    second_sums = probes[np.array(second_sides)].sum(axis=1)
    for position, first in enumerate(first_sides):
        first_sum = probes[list(first)].sum(axis=0)
        is_compared = np.isfinite(first_sum) & (first_sum != 0)
        n_equal = (second_sums[:, is_compared] == first_sum[is_compared]).sum(axis=1)
        n_known = np.isfinite(second_sums[:, is_compared]).sum(axis=1)
        is_often = (n_equal > 0) & (n_equal >= _MIN_SHARE_OF_PROBES * n_known)
        # where both sides have as many numbers, each pair of sides comes once
        start = position + 1 if n_first == n_second else 0
        for number in np.flatnonzero(is_often[start:]) + start:
            if not set(first) & set(second_sides[number]):
                yield first, second_sides[number], len(first_sides) * len(second_sides)


def _may_be_related(terms: list[Term]) -> bool:
    """Say whether terms are of several measures, and none says the same as another of its own."""
    measures = {term.measure for term in terms}
    return len(measures) > 1 and (len(measures) == len(terms) or len(terms) <= 3)


def _relate(sides: tuple[tuple[Term, ...], ...], n_candidates: int) -> Relation | None:
    """Give the relation of two sides that are equal in enough places, or none."""
    terms = [term for side in sides for term in side]
    values = np.array([term.numbers for term in terms])
    first, second = (np.sum([term.numbers for term in side], axis=0) for side in sides)
    is_other = values != 0
    # numbers of which all but one are 0 add up wherever that one is 0
    is_known = np.isfinite(values).all(axis=0) & (is_other.sum(axis=0) >= 2)
    is_equal = is_known & (first == second)
    n_equal, n_places = int(is_equal.sum()), int(is_known.sum())
    if n_equal < max(_MIN_PLACES, _MIN_SHARE * n_places):
        return None
    for is_counted in is_other & is_known:
        if is_equal[is_counted].sum() < _MIN_SHARE * is_counted.sum():
            return None
    if _chance(first[is_known], second[is_known], n_equal) * n_candidates > _MAX_BY_CHANCE:
        return None
    cells = frozenset[Cell]().union(*(term.cells for term in terms))
    triggers = frozenset[Cell]().union(*(term.cells for term in terms if term.is_count))
    return Relation(cells, triggers, sides, n_equal, n_places)


def _chance(first: Floats, second: Floats, n_equal: int) -> float:
    """Give the chance that so many are equal, if what is equal in other places is any guide."""
    from scipy import special

    is_equal = first[:, np.newaxis] == second
    n_places = len(first)
    n_elsewhere = is_equal.sum() - np.trace(is_equal)
    share = max(n_elsewhere / (n_places * (n_places - 1)), 1 / (1 + np.ptp(second)))
    return float(special.bdtrc(n_equal - 1, n_places, share))


def list_public_out_of(relations: list[Relation]) -> set[Cell]:
    """List the cells whose out_of is shown by other measures."""
    public: set[Cell] = set()
    for relation in relations:
        terms = [term for side in relation.sides for term in side]
        totals = [term for term in terms if term.kind == "out_of"]
        counted = frozenset[Cell]().union(*(term.cells for term in terms if term.is_count))
        public.update(*(term.cells - counted for term in totals))
    return public


def tell_hidden(reports: pd.DataFrame, hidden: pd.Series, relations: list[Relation]) -> pd.Series:
    """Say which rows that are shown tell a hidden one of the same place by adding up."""
    if not relations or not hidden.any():
        return pd.Series(data=False, index=reports.index)
    cells = pd.MultiIndex.from_frame(reports[["indicator", "period"]])
    code, codes = pd.factorize(reports["code"])
    column, columns = pd.factorize(cells)
    is_hidden = np.zeros((len(codes), len(columns)), dtype=bool)
    is_hidden[code, column] = hidden
    position = {cell: number for number, cell in enumerate(columns)}
    asks = np.zeros_like(is_hidden)
    for relation in relations:
        triggers = [position[cell] for cell in relation.triggers]
        members = [position[cell] for cell in relation.cells]
        has_hidden = np.flatnonzero(is_hidden[:, triggers].any(axis=1))
        asks[has_hidden[:, np.newaxis], members] = True
    has_numbers = reports[["count", "out_of"]].notna().all(axis=1)
    is_asked: pd.Series = has_numbers & ~hidden & asks[code, column]
    return is_asked


def label_components(relations: list[Relation]) -> dict[Cell, int]:
    """Give cells that add up, directly or by others, one number."""
    label: dict[Cell, int] = {}
    for number, relation in enumerate(relations):
        joined = {label[cell] for cell in relation.cells if cell in label}
        label |= dict.fromkeys(relation.cells, number)
        label |= {cell: number for cell, former in label.items() if former in joined}
    return label


def note_relations(reports: pd.DataFrame) -> list[str]:
    """
    Say which counts add up, what is hidden for that, and what would hide less.

    There is one sentence for each set of measures. It is about the last period in which they
    add up.

    Parameters
    ----------
    reports
        As for `find_relations`.
    """
    notes = {}
    for relation in find_relations(reports):
        terms = [term for side in relation.sides for term in side]
        kinds = {term.kind for term in terms}
        if kinds == {"count"} or kinds == {"count", "growth"}:
            notes[frozenset((term.kind, term.measure) for term in terms)] = _write_note(relation)
    sentences = list(notes.values())
    if len(sentences) > SHOWN:
        n_more = words.number(len(sentences) - SHOWN)
        return [*sentences[:SHOWN], words.term("relations.more", number=n_more)]
    return sentences


def _write_note(relation: Relation) -> str:
    equation = " = ".join(" + ".join(map(_name_term, side)) for side in relation.sides)
    n_equal, n_places = words.number(relation.n_equal), words.number(relation.n_places)
    numbers = {"n_equal": n_equal, "n_places": n_places}
    sentence = words.term("relations.seen", equation=equation, **numbers)
    whole, *others = relation.sides[0]
    if any(term.kind == "growth" for side in relation.sides for term in side):
        return sentence + words.term("relations.growth")
    is_whole = not others and len(relation.sides[1]) > 1
    if is_whole:
        return sentence + words.term("relations.groups", whole=_name_term(whole))
    return sentence


def _name_term(term: Term) -> str:
    label = indicators.measure_label(term.measure)
    is_growth = term.kind == "growth"
    return words.term("relations.growth_of", measure=label) if is_growth else label

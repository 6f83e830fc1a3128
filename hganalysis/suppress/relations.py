"""
Find measures that add up: one that is hidden would come back from the others.

Nobody has to say that all users are women and men, or that those who joined are what users grew by:
it is seen in the reports, in nearly all places of a period, before anything is hidden.

What is compared are counts, what they are out of, what they leave over, by how much a count grew
since the period before, and what it came to so far.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from .. import indicators
from ..periods import order_periods

_NEARLY_ALL = 0.5
"""Of the places of a period: reports have slips, and each place where it holds is told."""
_MOST = 0.5
"""Of the places where one of its numbers is not 0: zeros add up by chance."""
_LEAST_PLACES = 3
"""Fewer may add up by chance."""
_MOST_TERMS = 6


class Term(NamedTuple):
    """A number of each place: the measures and periods it is of, and whether it is their count."""

    cells: frozenset
    is_count: bool
    kind: str


class Relation(NamedTuple):
    """Numbers of a place that add up."""

    triggers: frozenset
    """Measures and periods whose count stands in it: once one is hidden, all are."""
    cells: frozenset
    period: object
    sides: tuple


def find_relations(reports: pd.DataFrame) -> list[Relation]:
    """
    Find what adds up, period by period.

    Parameters
    ----------
    reports
        `code`, `period`, `indicator`, `count`, `out_of`, before anything is hidden.
    """
    if reports.empty:
        return []
    numbers = reports[["code", "period", "indicator"]].copy()
    numbers["count"] = pd.to_numeric(reports["count"], errors="coerce").astype(float)
    numbers["out_of"] = pd.to_numeric(reports["out_of"], errors="coerce").astype(float)
    wide = numbers.set_index(["code", "indicator", "period"])[["count", "out_of"]].unstack("code")
    counts, out_of = wide["count"], wide["out_of"]
    periods = order_periods(set(numbers["period"]))
    names = list(dict.fromkeys(numbers["indicator"]))
    found: dict = {}
    for at, period in enumerate(periods):
        terms, values = _terms(counts, out_of, names, periods[: at + 1])
        for sides in _sums(terms, values):
            members = [terms[number] for side in sides for number in side]
            cells = frozenset().union(*(term.cells for term in members))
            if len({name for name, _ in cells}) < 2:
                continue
            triggers = frozenset().union(*(term.cells for term in members if term.is_count))
            told = tuple(tuple(terms[number] for number in side) for side in sides)
            found.setdefault((triggers, cells), Relation(triggers, cells, period, told))
    return list(found.values())


def _terms(counts, out_of, names, periods):
    """List the numbers of each place at the last of some periods."""
    period, before = periods[-1], periods[:-1]
    terms, values = [], []

    def add(value, cells, *, is_count, kind):
        if np.nansum(value != 0) and np.isfinite(value).sum() >= _LEAST_PLACES:
            terms.append(Term(frozenset(cells), is_count, kind))
            values.append(value)

    def row(table, name, at):
        return table.loc[(name, at)].to_numpy(float) if (name, at) in table.index else None

    for name in names:
        count = row(counts, name, period)
        if count is None:
            continue
        here = (name, period)
        add(count, [here], is_count=True, kind="count")
        total = row(out_of, name, period)
        is_share = indicators.kind(name) == "share"
        entry = indicators.get(name, period=indicators.periods(name)[0])
        if is_share:
            add(total - count, [here], is_count=False, kind="rest")
        if entry.denominator != "residents":
            add(total, [here], is_count=False, kind="out_of")
        earlier = [at for at in before if row(counts, name, at) is not None]
        if earlier:
            last = row(counts, name, earlier[-1])
            add(count - last, [here, (name, earlier[-1])], is_count=True, kind="growth")
            so_far = [row(counts, name, at) for at in earlier]
            cells = [(name, at) for at in (*earlier, period)]
            add(count + sum(so_far), cells, is_count=True, kind="so far")
            of_year = [at for at in earlier if str(at)[:4] == str(period)[:4]]
            if 0 < len(of_year) < len(earlier):
                so_far = [row(counts, name, at) for at in of_year]
                cells = [(name, at) for at in (*of_year, period)]
                add(count + sum(so_far), cells, is_count=True, kind="so far in the year")
    return terms, np.array(values)


def _sums(terms, values):
    """Find which numbers, or sums of two, are sums of others; each as two sides of positions."""
    if len(values) < 2:
        return
    n = len(terms)
    is_plain = np.array([term.kind == "count" for term in terms])

    def holds(left, right):
        members = values[[*left, *right]]
        known = np.isfinite(members).all(axis=0)
        is_other = members != 0
        informative = known & (is_other.sum(axis=0) >= 2)
        if informative.sum() < _LEAST_PLACES:
            return False
        equal = members[: len(left)].sum(axis=0) == members[len(left) :].sum(axis=0)
        if equal[informative].mean() < _NEARLY_ALL:
            return False
        # numbers that are the same in all places show no relation
        left_sum = members[: len(left)].sum(axis=0)[informative & equal]
        if len(np.unique(left_sum)) < _LEAST_PLACES:
            return False
        return all(equal[informative & one].mean() >= _MOST
                   for one in is_other if (informative & one).any())

    def candidates(left_sums, right_sums):
        # a first look at the places that both have
        n_known = np.isfinite(left_sums + right_sums).sum(axis=-1)
        return (left_sums == right_sums).sum(axis=-1) / np.maximum(n_known, 1)

    singles = [(i,) for i in range(n)]
    plain = [i for i in range(n) if is_plain[i]]
    sides = {1: singles, 2: list(combinations(range(n), 2))}
    for size in range(3, _MOST_TERMS):
        pool = range(n) if size == 3 and n <= 30 else plain
        sides[size] = list(combinations(pool, size)) if len(pool) <= 16 or size == 3 else []
    pairs_done: set = set()
    for left_size, right_size in [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (2, 2)]:
        rights = sides.get(right_size, [])
        if not rights:
            continue
        right_sums = values[np.array(rights)].sum(axis=1)
        for left in sides[left_size]:
            left_sum = values[list(left)].sum(axis=0)
            share = candidates(left_sum[np.newaxis], right_sums)
            for at in np.flatnonzero(share >= 0.2):
                right = rights[at]
                key = frozenset((left, right))
                if key in pairs_done or set(left) & set(right):
                    continue
                pairs_done.add(key)
                kinds = {terms[i].kind for i in (*left, *right)}
                cells = [terms[i].cells for i in (*left, *right)]
                if len({name for one in cells for name, _ in one}) < 2:
                    continue
                # a count twice, as itself and in its own rest: what is left says nothing new
                names = [next(iter(one))[0] for one in cells]
                if len(set(names)) < len(names) and len(names) > 3:
                    continue
                if kinds and holds(left, right):
                    yield left, right


def known_out_of(relations: list[Relation]) -> set:
    """List the measures and periods whose out_of is told by what others show."""
    return {
        cell
        for relation in relations
        for side in relation.sides
        for term in side
        if term.kind == "out_of"
        for cell in term.cells
        if not any(cell in other.cells and other.is_count for each in relation.sides for other in each)
    }


def tells_of_related(reports: pd.DataFrame, hidden: pd.Series, relations: list[Relation]) -> pd.Series:
    """Say which rows would tell a hidden one of the same place by adding up."""
    rows = {key: at for at, key in
            zip(reports.index, reports[["code", "indicator", "period"]].itertuples(index=False, name=None), strict=True)}
    has_numbers = reports[["count", "out_of"]].notna().all(axis=1)
    tells = pd.Series(False, index=reports.index)
    for relation in relations:
        for code in reports["code"].unique():
            at = {cell: rows.get((code, *cell)) for cell in relation.cells}
            if any(at[cell] is not None and hidden[at[cell]] for cell in relation.triggers):
                for one in at.values():
                    if one is not None and not hidden[one] and has_numbers[one]:
                        tells[one] = True
    return tells


def components(relations: list[Relation]) -> dict:
    """Give measures and periods that add up, directly or by others, one number."""
    label: dict = {}
    for number, relation in enumerate(relations):
        old = {label[cell] for cell in relation.cells if cell in label}
        label |= dict.fromkeys(relation.cells, number)
        label |= {cell: number for cell, one in label.items() if one in old}
    return label

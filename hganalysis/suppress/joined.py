"""
Carry what adds up in one period to the others.

In a period of few places, or where a part is 0 nearly everywhere, chance could do as much, and what
adds up there cannot be seen; it would come back from the counts that are shown. So what adds up in
any period, or in all of them together, does so in each in which half of the places have it.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from .sums import MIN_SHARE, Equation, add_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sums import Term


def join_periods(terms_by_period: list[list[Term]]) -> Iterator[Term]:
    """
    Join what is the same of a measure in each period: as if each period had places of its own.

    Parameters
    ----------
    terms_by_period
        Of each period, what `list_terms` lists.
    """
    if len(terms_by_period) < 2:
        return
    by_role: dict[tuple[str, str], dict[int, Term]] = {}
    for position, terms in enumerate(terms_by_period):
        for term in terms:
            for role in sorted(term.roles):
                likes = by_role.setdefault((term.measure, role), {})
                likes[position] = term
    for (_, role), likes in by_role.items():
        kinds = {term.kind for term in likes.values()}
        # a span that is one period throughout is the count itself
        if kinds != {"count"} or role == "count":
            yield _join_terms(likes, role, len(terms_by_period))


def _join_terms(likes: dict[int, Term], role: str, n_periods: int) -> Term:
    """Join terms, by the position of their period; elsewhere there is no number."""
    terms = list(likes.values())
    first = terms[0]
    kinds = {term.kind for term in terms}
    cells = [cell for term in terms for cell in term.cells]
    numbers = np.full((n_periods, len(first.numbers)), np.nan)
    for position, term in likes.items():
        numbers[position] = term.numbers
    return first._replace(
        kind="so far" if "so far" in kinds else first.kind,
        cells=frozenset(cells),
        numbers=numbers.ravel(),
        roles=frozenset([role]),
    )


def carry_equations(
    equations: list[Equation], terms_by_period: list[list[Term]]
) -> Iterator[Equation]:
    """
    Carry what adds up somewhere to each period in which it does in half of the places.

    Parameters
    ----------
    equations
        Those of any period, or of all.
    terms_by_period
        Of each period, what `list_terms` lists.
    """
    # those of several periods that say the same are carried once
    distinct = {}
    for equation in equations:
        names = tuple((term.measure, term.roles) for term in equation.terms)
        distinct[len(equation.first), names] = equation

    for equation in distinct.values():
        for terms in terms_by_period:
            yield from _carry(equation, terms)


def _carry(equation: Equation, terms: list[Term]) -> Iterator[Equation]:
    """Carry what adds up to the period of these terms."""
    n_first = len(equation.first)
    likes = [_list_likes(term, terms) for term in equation.terms]
    for carried in product(*likes):
        first, second = carried[:n_first], carried[n_first:]
        difference = add_up(first) - add_up(second)
        n_places = int(np.isfinite(difference).sum())
        n_equal = int((difference == 0).sum())
        if n_equal >= max(MIN_SHARE * n_places, 1):
            yield Equation(first, second, n_equal, n_places)


def _list_likes(term: Term, terms: list[Term]) -> list[Term]:
    """List what is the same of its measure in another period."""
    of_measure = [like for like in terms if like.measure == term.measure]
    return [like for like in of_measure if like.roles & term.roles]

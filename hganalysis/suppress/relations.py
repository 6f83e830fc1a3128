"""
Hide measures that add up together: one that is hidden would come back from the others.

Nobody has to say that all users are women and men, or that those who joined are what users grew by:
it is seen in the reports, before anything is hidden (see `sums`). A catalogue may say it, too
(`parts_of`, `stock_of`), for a study in which it cannot be seen: of few places, or with many slips.

Once a count is hidden in a place, so are all that add up with it there, in all periods that do, and
their sums over places are hidden alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from .. import indicators, words
from ..periods import order_periods
from .joined import carry_equations, join_periods
from .sums import find_equations, list_terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..periods import PeriodKey
    from .sums import Cell, Equation, Term


class Relation(NamedTuple):
    """Measures in periods that add up in a place; what is declared has no equation."""

    cells: frozenset[Cell]
    triggers: frozenset[Cell]
    """Those whose count stands in it: once one is hidden in a place, all cells are."""
    equation: Equation | None = None


def find_relations(reports: pd.DataFrame) -> list[Relation]:
    """
    Find what adds up in any period, and list what is declared.

    What adds up in one period does so in all: see `joined`.

    Parameters
    ----------
    reports
        `code`, `period`, `indicator`, `count`, `out_of`, before anything is hidden.
    """
    if reports.empty:
        return []
    terms_by_period = _list_terms_by_period(reports)
    found = _find_equations(terms_by_period)
    joined = list(join_periods(terms_by_period))
    found_in_all = list(find_equations(joined))
    carried = carry_equations(found + found_in_all, terms_by_period)

    relations: dict[tuple[object, ...], Relation] = {}
    for equation in (*found, *carried):
        relation = _relate(equation)
        relations.setdefault(relation[:2], relation)
    reported = set(zip(reports["indicator"], reports["period"], strict=True))
    periods = order_periods(set(reports["period"]))
    return [*relations.values(), *_list_declared(reported, periods)]


def _list_terms_by_period(reports: pd.DataFrame) -> list[list[Term]]:
    by_cell = reports.set_index(["indicator", "period", "code"])[["count", "out_of"]]
    numbers = by_cell.apply(pd.to_numeric, errors="coerce").astype(float)
    tables = numbers.unstack("code")
    periods = order_periods(set(reports["period"]))
    terms_by_period = []
    for position in range(len(periods)):
        so_far = periods[: position + 1]
        terms = list_terms(tables["count"], tables["out_of"], so_far)
        terms_by_period.append(list(terms))
    return terms_by_period


def _find_equations(terms_by_period: list[list[Term]]) -> list[Equation]:
    equations: list[Equation] = []
    for terms in terms_by_period:
        equations += find_equations(terms)
    return equations


def _relate(equation: Equation) -> Relation:
    terms = equation.terms
    cells = _join(term.cells for term in terms)
    triggers = _join(term.cells for term in terms if term.is_count)
    return Relation(cells, triggers, equation)


def _join(sets: Iterator[frozenset[Cell]]) -> frozenset[Cell]:
    nothing: frozenset[Cell] = frozenset()
    return nothing.union(*sets)


def _list_declared(reported: set[Cell], periods: list[PeriodKey]) -> Iterator[Relation]:
    """List the relations that the catalogue declares, in each period that has them."""
    parts = indicators.declared_relations("parts_of")
    stocks = indicators.declared_relations("stock_of")
    for position, period in enumerate(periods):
        last = periods[max(position - 1, 0)]
        declared = []
        for whole, names in parts.items():
            declared.append([(name, period) for name in (whole, *names)])
        for flow, names in stocks.items():
            levels = [(name, at) for name in names for at in (last, period)]
            declared.append([(flow, period), *levels])
        for listed in declared:
            cells = frozenset(listed) & reported
            measures = {measure for measure, _ in cells}
            if len(measures) > 1:
                yield Relation(cells, cells)


def list_public_out_of(relations: list[Relation]) -> set[Cell]:
    """List the cells whose out_of is shown by other measures."""
    public: set[Cell] = set()
    for relation in relations:
        if relation.equation is None:
            continue
        terms = relation.equation.terms
        totals = _join(term.cells for term in terms if term.kind == "out_of")
        public |= totals - relation.triggers
    return public


def tell_hidden(reports: pd.DataFrame, hidden: pd.Series, relations: list[Relation]) -> pd.Series:
    """Say which rows that are shown tell a hidden one of the same place by adding up."""
    if not relations or not hidden.any():
        return pd.Series(data=False, index=reports.index)
    # a row for each place, and a column for each measure and period
    cells = pd.MultiIndex.from_frame(reports[["indicator", "period"]])
    row, codes = pd.factorize(reports["code"])
    column, columns = pd.factorize(cells)
    is_hidden = np.zeros((len(codes), len(columns)), dtype=bool)
    is_hidden[row, column] = hidden

    position = {cell: number for number, cell in enumerate(columns)}
    is_telling = np.zeros_like(is_hidden)
    for relation in relations:
        triggers = [position[cell] for cell in relation.triggers]
        members = [position[cell] for cell in relation.cells]
        hides_any = is_hidden[:, triggers].any(axis=1)
        rows = np.flatnonzero(hides_any)
        is_telling[rows[:, np.newaxis], members] = True
    has_numbers = reports[["count", "out_of"]].notna().all(axis=1)
    tells: pd.Series = has_numbers & ~hidden & is_telling[row, column]
    return tells


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
    equations = _find_equations(_list_terms_by_period(reports))
    for equation in equations:
        terms = equation.terms
        kinds = {term.kind for term in terms}
        # counts alone, or beside what another grew by; what follows from these is not said
        if "count" in kinds and kinds <= {"count", "growth"}:
            names = frozenset((term.kind, term.measure) for term in terms)
            notes[names] = _write_note(equation)
    sentences = list(notes.values())
    n_more = len(sentences) - words.SHOWN
    if n_more > 0:
        sentences[words.SHOWN :] = [words.term("relations.more", number=words.number(n_more))]
    return sentences


def _write_note(equation: Equation) -> str:
    sides = (equation.first, equation.second)
    names = [" + ".join(_name_term(term) for term in side) for side in sides]
    sentence = words.term(
        "relations.seen",
        equation=" = ".join(names),
        n_equal=words.number(equation.n_equal),
        n_places=words.number(equation.n_places),
    )
    if any(term.kind == "growth" for term in equation.terms):
        return sentence + words.term("relations.growth")
    has_whole = len(equation.first) == 1 and len(equation.second) > 1
    if has_whole:
        return sentence + words.term("relations.groups", whole=names[0])
    return sentence


def _name_term(term: Term) -> str:
    label = indicators.measure_label(term.measure)
    if term.kind == "growth":
        return words.term("relations.growth_of", measure=label)
    return label

"""Set the measures of a district by year into a table."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, places, words
from ..figures import texts
from ..figures.model import Cell, Table
from ..figures.states import LOOKS, NO_DATA, state_name

if TYPE_CHECKING:
    from ..atlas.views import View
    from .facts import Facts

HEADS = (
    *("columns.indicator", "columns.year", "columns.count", "columns.out_of"),
    *("profiles.head_share", "profiles.head_change", "profiles.head_rank"),
    *("profiles.head_communes", "columns.target", "columns.origin"),
)


def table(facts: Facts, code: str | None) -> Table:
    """
    Compose the table: a row for each measure and year, the last year first.

    Parameters
    ----------
    facts
        Of all pages.
    code
        The district; none: the whole.

    Returns
    -------
    table
        A column that no row has a number for is left out. Where a number is not shown, its cell
        says why.
    """
    rows = []
    for _, years in groupby(facts.views, key=lambda one: one.measure):
        for at, view in enumerate(sorted(years, key=lambda one: -one.year)):
            rows.append(_row(facts, view, code, head=at == 0))
    kept = [at for at in range(len(HEADS)) if any(row[at].text for row in rows)]
    if len({row[-1].text for row in rows if row[-1].text}) < 2:  # the source line says it once
        kept = [at for at in kept if at < len(HEADS) - 1]
    simulated = any(facts_of(one, code)["origin"] == "simulated" for one in facts.views)
    return Table(
        tuple(words.term(HEADS[at]) for at in kept),
        tuple(tuple(row[at] for at in kept) for row in rows),
        simulated,
        some="charts.some_rows",
    )


def facts_of(view: View, code: str | None) -> pd.Series:
    """Give what a view tells of a district, or of the whole."""
    return view.whole.iloc[0] if code is None else view.table.loc[[code]].iloc[0]


def _row(facts: Facts, view: View, code: str | None, *, head: bool) -> tuple[Cell, ...]:
    row = facts_of(view, code)
    known = pd.notna(row["value"])
    texts = (
        view.label() if head else "",
        str(view.year),
        words.number(row["count"]) if known else "",
        words.number(row["out_of"]) if known else "",
        "",
        _change(view, row),
        _rank(row) if code is not None else "",
        _reported(facts, view, code),
        _target(facts, view, code) if known else "",
        words.term(f"maps.origin_{row['origin']}") if pd.notna(row["origin"]) else "",
    )
    cells = [Cell(one, bold=head and at == 0) for at, one in enumerate(texts)]
    cells[HEADS.index("profiles.head_share")] = _share(view, row)
    return tuple(cells)


def _share(view: View, row: pd.Series) -> Cell:
    """Write the value with its interval on the colour of its class, or why there is none."""
    if pd.isna(row["value"]):
        state = row["state"] if row["state"] in LOOKS else NO_DATA
        return Cell(state_name(state), str(LOOKS[state].colour))
    number = view.classes.index(pd.Series([row["value"]])).iloc[0]
    span = words.span(row["low"], row["high"], view.classes)
    said = texts.spanned(words.value(row["value"], view.classes), span)
    return Cell(said, view.classes.colours[number], bold=True)


def _change(view: View, row: pd.Series) -> str:
    """Write what changed since the year before, which is one of the same measure."""
    if pd.isna(row["change_pp"]):
        return ""
    scale = indicators.change_scale(view.measure)
    span = words.span(row["change_low_pp"], row["change_high_pp"], scale)
    return texts.spanned(words.value(row["change_pp"], scale), span)


def _rank(row: pd.Series) -> str:
    if pd.isna(row["rank"]):
        return ""
    rank = words.number(row["rank"])
    if pd.isna(row["rank_low"]):
        return rank
    low, high = words.number(row["rank_low"]), words.number(row["rank_high"])
    return words.term("atlas.rank", rank=rank, low=low, high=high)


def _reported(facts: Facts, view: View, code: str | None) -> str:
    """Say how many communes reported, of all there are."""
    if view.measure not in indicators.names():
        return ""
    try:
        by_district = facts.reported.xs((view.measure, view.year), level=("indicator", "year"))
    except KeyError:
        return ""
    homes = places.parents(places.communes().index.to_series(), "district")
    mine = slice(None) if code is None else [code]
    sent, every = (
        by_district.reindex(homes.unique(), fill_value=0)[mine],
        homes.value_counts()[mine],
    )
    return words.term(
        "charts.coverage_of", number=words.number(sent.sum()), all=words.number(every.sum())
    )


def _target(facts: Facts, view: View, code: str | None) -> str:
    """Say whether the target is reached, and what is lacking."""
    lacks = facts.lacks.get((view.measure, view.year))
    if lacks is None or code is None or pd.isna(lacks[code]):
        return ""
    one = indicators.get(view.measure, year=view.year)
    target = words.value(one.target or math.nan, view.classes)
    if not lacks[code]:
        return words.term("profiles.reached", target=target)
    number = words.number(lacks[code])
    return words.term("profiles.lacks", target=target, lacks=number, unit=one.unit_label)

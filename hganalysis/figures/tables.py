"""Compose tables: measures side by side, and the emulation table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, places, words
from ..rates import pick
from . import inputs, texts
from .model import Cell, Table
from .states import KNOWN, LOOKS, NO_DATA, UNRELIABLE, state_name
from .uptake import possible_ranks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..indicators import Indicator


def side_by_side(
    rates: pd.DataFrame,
    *,
    measures: Sequence[Indicator],
    heads: Sequence[str],
    ordered: Indicator,
) -> Table:
    """
    Set measures side by side, each share with its interval on the colour of its class.

    Parameters
    ----------
    rates
        Of `rates.to_districts`: `code`, `year`, `indicator`, `share`, `share_low`, `share_high`,
        `state`, `origin`.
    measures, heads
        One a column, and what the columns are called.
    ordered
        That of the measures whose highest share is on top.

    Returns
    -------
    table
        A row a place. Where there is no number that may be shown, its cell says why.

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them.
    """
    columns = ["code", "year", "indicator", "share", "share_low", "share_high", "state"]
    inputs.require(rates, columns)
    shown = {one: _cells(pick(rates, one), one) for one in measures}
    order = shown[ordered]["share"].sort_values(ascending=False, kind="stable").index
    rows = [
        (Cell(places.label(code)), *(one["cell"].get(code, _missing()) for one in shown.values()))
        for code in order
    ]
    chosen = pick(rates, *measures)
    return Table(
        (words.term("columns.place"), *heads),
        tuple(rows),
        inputs.simulated(chosen["origin"]),
        note=_note(chosen["state"]),
    )


def _cells(rates: pd.DataFrame, measure: Indicator) -> pd.DataFrame:
    """Give the cell of each place by code, and its share where that may be shown."""
    classes = indicators.classes(measure.name)
    table = rates.set_index("code").sort_index()
    table["share"] = table["share"].where(table["state"].isin([KNOWN, UNRELIABLE]))
    cells = []
    for one, number in zip(inputs.rows(table), classes.index(table["share"]), strict=True):
        if pd.isna(one.share):
            cells.append(_missing(NO_DATA if one.state in (KNOWN, UNRELIABLE) else one.state))
            continue
        value = words.value(one.share, classes)
        span = words.span(one.share_low, one.share_high, classes)
        said = texts.spanned(value, span) + _mark(one.state)
        cells.append(Cell(said, classes.colours[number]))
    return table.assign(cell=pd.Series(cells, index=table.index, dtype=object))[["cell", "share"]]


def _mark(state: str) -> str:
    """Mark a number that is not to be trusted much."""
    return texts.footnotes([[state]])[0][0] if state == UNRELIABLE else ""


def _note(states: pd.Series) -> str:
    """Say what the mark means; nothing where there is none."""
    if not (states == UNRELIABLE).any():
        return ""
    return f"{_mark(UNRELIABLE).strip()} {state_name(UNRELIABLE)}"


def _missing(state: str = NO_DATA) -> Cell:
    """Say why there is no number."""
    return Cell(state_name(state), str(LOOKS[state].colour))


def emulation(table: pd.DataFrame, *, indicator: Indicator) -> Table:
    """
    Set the emulation table: each rank with the ranks that chance leaves possible.

    Parameters
    ----------
    table
        Of `ranks.rank_sets`: index `code`, `share`, `rank`, `rank_low`, `rank_high`,
        `could_be_first_three`, `surely_first_three`, `state`, `origin`.
    indicator
        The measure that was ranked: it gives the unit of the shares.

    Returns
    -------
    table
        A row a place that has a rank, bold where it surely is among the first three; the last
        column, whether it is, only where that differs.

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them.
    """
    ranked = ["rank", "rank_low", "rank_high", "could_be_first_three", "surely_first_three"]
    table = inputs.flat(table)
    inputs.require(table, ["code", "share", "state", *ranked], some="rank")
    unit = indicators.classes(indicator.name)
    rows = []
    for one in inputs.rows(table[table["rank"].notna()]):
        three = "surely" if one.surely_first_three else "could_be"
        said = (
            places.label(one.code),
            words.number(one.rank),
            words.value(one.share, unit) + _mark(one.state),
            possible_ranks(one),
            words.term(f"charts.three_{three if one.could_be_first_three else 'not'}"),
        )
        rows.append(tuple(Cell(text, bold=bool(one.surely_first_three)) for text in said))
    of_all = "share" if indicators.kind(indicator.name) == "share" else "ratio"
    heads: tuple[str, ...] = ("place", "rank", of_all, "set", "first_three")
    if len({row[-1].text for row in rows}) == 1 < len(rows):  # one thing of all is no column
        heads, rows = heads[:-1], [row[:-1] for row in rows]
    return Table(
        tuple(words.term(f"charts.{head}_head") for head in heads),
        tuple(rows),
        inputs.simulated(table["origin"]),
        note=_note(table["state"]),
    )

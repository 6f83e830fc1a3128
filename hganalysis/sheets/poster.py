"""The poster: all parts of all places on one A3 sheet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from .. import figure, places, words
from ..draw import Picture
from ..figure import PALE, Figure
from ..ranking import sentences as of_ranking
from ..ranking.pictures import note_on_tiny
from . import layout
from .numbers import Numbers, gather

if TYPE_CHECKING:
    from pathlib import Path

# More cannot be read on A3.
MAX_LISTED = 200

# A column has at least so many lines before there is another.
MAX_COLUMNS, LINES = 4, 18

EMPTY_LINE = {"name": "", "text": "", "change": "", "rest": "", "colour": PALE, "bold": False}


def write_poster(file: Path) -> None:
    """
    Write the headline in all parts, or in all places where these have no parts, as a PDF.

    Raises
    ------
    NotGivenError
        If there are more than fit one sheet.
    """
    Picture(compose_poster(gather())).save(file)


def compose_poster(numbers: Numbers) -> Figure:
    """Compose small multiples of all parts, place by place."""
    measure = numbers.measure
    listed = numbers.parts if len(numbers.parts) else numbers.table.reset_index()
    if len(listed) > MAX_LISTED:
        blanks = {"number": words.number(len(listed)), "most": MAX_LISTED}
        raise places.NotGivenError(words.term("sheet.too_many", **blanks))
    columns = {"text": measure.head}
    key, blanks = "poster_once", {"subtitle": measure.subtitle()}
    if numbers.change:
        columns["change"] = words.term("change.change")
        before = words.short_period(numbers.change.measure.periods[0])
        points = words.with_unit(numbers.change.measure.change_scale)
        key = "poster"
        blanks |= {"before": before, "after": measure.head, "points": points}
    ranked = listed.dropna(subset="rank").sort_values("share", ascending=False)
    line = layout.line_of_whole(numbers)
    notes = words.term("sheet.line", whole=line.label) if line else ""
    if (listed["share"].notna() & listed["rank"].isna()).any():
        notes += note_on_tiny(measure)
    lists = _fold(_blocks(numbers))
    poster = figure.compose(
        figure.capitalise(of_ranking.highest_and_lowest(ranked, measure.write)),
        words.term(f"sheet.{key}", **blanks),
        layout.compose_lists(lists, columns, numbers, line and line._replace(label="")),
        kind="sheet.poster_alt",
        table=pd.concat(lists)[["name", *columns]].dropna(),
        origin=layout.worst_origin(numbers),
        source=numbers.ranking.source,
        notes=notes + measure.estimates.note(),
    )
    return replace(poster, paper="A3")


def _blocks(numbers: Numbers) -> list[pd.DataFrame]:
    """Write one block for each place: the place in bold letters, and its parts below it."""
    rows = layout.write_rows(numbers.table.reset_index(), numbers)
    if numbers.parts.empty:
        return [rows.loc[[number]] for number in rows.index]
    blocks = []
    for number, code in enumerate(numbers.table.index):
        place = rows.loc[[number]].assign(bold=True)
        parts = layout.write_rows(numbers.parts_of(code), numbers)
        empty_line = parts.head(0).reindex([0]).fillna(EMPTY_LINE)
        blocks.append(pd.concat([empty_line, place, parts]))
    return blocks


def _fold(blocks: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Divide blocks, in their order, among columns that are as short as possible."""
    n_lines = sum(map(len, blocks))
    n_columns = min(n_lines // LINES + 1, MAX_COLUMNS)
    height = n_lines // n_columns
    while True:
        columns: list[list[pd.DataFrame]] = [[]]
        for block in blocks:
            if columns[-1] and sum(map(len, columns[-1])) + len(block) > height:
                columns.append([])
            columns[-1].append(block)
        if len(columns) <= n_columns:
            lists = [pd.concat(column, ignore_index=True) for column in columns]
            # nothing is above the first block of a column
            return [rows[rows["name"].ne("").cummax()].reset_index(drop=True) for rows in lists]
        height += 1

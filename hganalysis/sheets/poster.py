"""The poster: all parts of all places on one A3 sheet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import figure, places, words
from ..draw import Picture
from ..figure import PALE, Figure
from ..ranking import sentences as of_ranking
from .layout import compose_lists, line_of_whole, note_on_stars, worst_origin, write_rows
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
    line = line_of_whole(numbers)
    notes = note_on_stars(listed, measure)
    if line:
        notes = words.term("sheet.line", whole=line.label) + notes
        line = line._replace(label="")
    lists = _fold(_blocks(numbers))
    poster = figure.compose(
        figure.capitalise(of_ranking.highest_and_lowest(ranked, measure)),
        words.term(f"sheet.{key}", **blanks),
        compose_lists(lists, columns, numbers, line),
        kind="sheet.poster_alt",
        table=pd.concat(lists)[["name", *columns]].dropna(),
        origin=worst_origin(numbers),
        source=numbers.ranking.source,
        notes=notes,
    )
    return replace(poster, paper="A3")


def _blocks(numbers: Numbers) -> list[pd.DataFrame]:
    """Write a block for each place: the place in bold letters, its parts, and an empty line."""
    rows = write_rows(numbers.table.reset_index(), numbers)
    blocks = []
    for number, code in enumerate(numbers.table.index):
        block = rows.loc[[number]]
        parts = write_rows(numbers.parts_of(code), numbers)
        if len(parts):
            empty_line = parts.head(0).reindex([0]).fillna(EMPTY_LINE)
            block = pd.concat([block.assign(bold=True), parts, empty_line])
        blocks.append(block)
    return blocks


def _fold(blocks: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Divide blocks, in their order, among columns of about the same height."""
    heights = np.array([len(block) for block in blocks])
    n_columns = min(heights.sum() // LINES + 1, MAX_COLUMNS)
    middles = heights.cumsum() - heights / 2
    column_of_block = middles * n_columns // heights.sum()
    columns = []
    for column in np.unique(column_of_block):
        chosen = np.flatnonzero(column_of_block == column)
        columns.append(pd.concat([blocks[number] for number in chosen], ignore_index=True))
    return columns

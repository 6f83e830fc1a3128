"""The poster: all parts of all places on one A3 sheet."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from .. import figure, places, words
from ..draw import Picture
from ..figure import PALE, Figure
from ..ranking import sentences as of_ranking
from .layout import compose_lists, line_of_whole, note_on_stars, worst_origin, write_rows
from .numbers import Numbers, gather

# More cannot be read on A3.
MAX_LISTED = 200

# A column has at least so many lines before there is another.
MAX_COLUMNS, LINES = 3, 18

# More columns leave their dots no room beside a column of changes.
MAX_WITH_CHANGE = 2

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
        number = words.number(len(listed))
        raise places.NotGivenError(words.term("sheet.too_many", number=number, most=MAX_LISTED))
    columns = {"text": measure.head}
    key = "poster_once"
    blanks = {"subtitle": measure.subtitle()}
    if numbers.change:
        before = words.short_period(numbers.change.measure.periods[0])
        points = words.with_unit(numbers.change.measure.change_scale)
        key = "poster"
        blanks |= {"before": before, "after": measure.head, "points": points}
    line = line_of_whole(numbers)
    notes = note_on_stars(listed, numbers)
    if line:
        notes = words.term("sheet.line", whole=line.label) + notes
        line = line._replace(label="")
    lists = _fold(_blocks(numbers))
    if numbers.change and len(lists) <= MAX_WITH_CHANGE:  # else the dots alone say it
        columns["change"] = words.term("change.change")
    elif numbers.change:
        key = "poster_narrow"
    title = of_ranking.highest_and_lowest(listed, measure)
    table = pd.concat(lists)[["name", *columns]].dropna()
    poster = figure.compose(
        figure.capitalise(title),
        words.term(f"sheet.{key}", **blanks),
        compose_lists(lists, columns, numbers, line),
        kind="sheet.poster_alt",
        table=table,
        origin=worst_origin(numbers),
        source=numbers.ranking.source,
        measures=[measure.name],
        notes=notes,
    )
    return replace(poster, paper="A3")


def _blocks(numbers: Numbers) -> list[pd.DataFrame]:
    """Write a block for each place: the place in bold letters, its parts, and an empty line."""
    rows = write_rows(_short(numbers.table.reset_index()), numbers)
    blocks = []
    for number, code in enumerate(numbers.table.index):
        block = rows.loc[[number]]
        parts = write_rows(_short(numbers.parts_of(code)), numbers)
        if len(parts):
            block = pd.concat([block.assign(bold=True), parts, pd.DataFrame([EMPTY_LINE])])
        blocks.append(block)
    return blocks


def _short(rows: pd.DataFrame) -> pd.DataFrame:
    """Name places without the type that most of them have: large letters say more."""
    return rows.assign(name=[places.short(code) for code in rows["code"]])


def _fold(blocks: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Divide blocks, in their order, among columns of about the same height."""
    heights = np.array([len(block) for block in blocks])
    n_columns = min(heights.sum() // LINES + 1, MAX_COLUMNS)
    middles = heights.cumsum() - heights / 2
    column_of_block = middles * n_columns // heights.sum()
    rows = pd.concat(blocks, ignore_index=True)
    columns = rows.groupby(column_of_block.repeat(heights))
    return [rows_of_column.reset_index(drop=True) for _, rows_of_column in columns]

"""Choose the level of the places that a report is of, before it is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .. import grid, places
from ..frames import is_long
from .rows import level_of, unnumbered
from .tables import Table, find_tables
from .vocabulary import Vocabulary, gather_vocabulary, tidy_bare


def is_of_compared(*files: Path) -> bool:
    """
    Say whether a report is of the places that are compared, though those of a lower level report.

    It is if its columns of places name them, and no place that is certainly of the lower level.
    """
    if len(places.levels()) < 2 or any(map(is_long, files)):
        return False
    vocabulary = gather_vocabulary()
    try:
        sheets = [sheet for file in files for sheet in grid.read(file).sheets]
        tables = [table for sheet in sheets for table in find_tables(sheet, vocabulary).tables]
    except grid.UnreadableError:  # who reads it says why
        return False
    levels = {level for table in tables for level in _levels_named(table, vocabulary)}
    return levels == {"compared"}


def _levels_named(table: Table, vocabulary: Vocabulary) -> Iterator[str]:
    """Give the level of each place that a table names; the columns of units go first."""
    compared = places.compared()
    names = {*vocabulary.districts, *map(tidy_bare, compared["name_en"])}
    codes = {*compared.index.str.lstrip("0")}  # a spreadsheet drops zeros
    in_columns_of_units = _texts_of(table, "code", "commune")
    in_columns_above = _texts_of(table, "district_code", "district")
    has_both = bool(in_columns_of_units and in_columns_above)
    for text in in_columns_of_units or in_columns_above:
        name = unnumbered(text, vocabulary)
        level = level_of(name, vocabulary)
        may_be_compared = (
            level == "district" or tidy_bare(name) in names or name.lstrip("0") in codes
        )
        may_be_unit = level == "commune" or name in vocabulary.codes
        # a name of both levels is of a unit where the place above it stands beside it
        if may_be_unit and (has_both or not may_be_compared):
            yield "unit"
        elif may_be_compared:
            yield "compared"


def _texts_of(table: Table, *fields: str) -> set[str]:
    columns = table.columns_of(*fields)
    texts = {table.sheet.text_at(row, column) for row in table.rows for column in columns}
    return texts - {""}

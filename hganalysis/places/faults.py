"""Check every cell of a list of places, and name each one that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from .. import words
from ..countries import ANYWHERE, COUNTRIES, Country
from ..countries.letters import fold
from .lists import Level

REQUIRED = ("code", "name", "district_code", "district", "population")

# Columns of which a list has all or none, in every row.
_OPTIONAL_GROUPS = (("province_code", "province"), ("population",), ("households",))

# The code of each level above, and that of the level below it.
_CODE_COLUMNS = (("district_code", "code"), ("province_code", "district_code"))

WHOLE_NUMBER = "(?=0*[1-9])[0-9]{1,9}"
"""A whole number above 0."""

# Different days of a list are shown up to this many.
_MAX_DAYS = 5


class Fault(NamedTuple):
    """What is wrong in a cell."""

    row: int
    column: str
    text: str


def required_columns(level: Level | None, *, residents: bool) -> list[str]:
    """Name the columns that a list must have; with one level, its places have no district."""
    columns = [*REQUIRED]
    if level is not None:
        columns = [column for column in columns if column not in ("district_code", "district")]
    if not residents:
        columns.remove("population")
    return columns


def check(
    table: pd.DataFrame, level: Level | None, country: Country, cluster: str, *, residents: bool
) -> tuple[pd.DataFrame, list[Fault]]:
    """
    Write every name with its type, as official lists do, and list every fault, by row.

    Parameters
    ----------
    table
        Text, with every column that a list may have; an empty cell is "".
    level
        The one level of the list; none if it has several. With one, `district_code` and `district`
        repeat `code` and `name`; those of the province do so too, if that is the level.
    country
        Of the places: it has the types and the codes that are allowed.
    cluster
        The column that an estimate compares within, which is then required; "" for none.
    residents
        Whether the study needs them; if not, a list may leave them out.
    """
    typed_table, type_faults = _add_types(table, level, country)
    faults = [*_cell_faults(table, country, cluster, residents=residents)]
    faults += [*_code_faults(table, level), *_day_faults(table)]
    faults += type_faults
    if not faults:
        # columns can be compared only when each of them is right
        faults = list(_contradictions(typed_table, level))
    return typed_table, sorted(set(faults))


def guess_country(table: pd.DataFrame, level: Level | None) -> Country:
    """Find the country of the places by the types of names; one name with a type is enough."""
    pairs = list(zip(table["name"], table["type"], strict=True))
    for country in COUNTRIES.values():
        kinds = country.kinds_of("name", level=level or "commune")
        if any(country.split(name, kinds, kind) for name, kind in pairs):
            return country
    return ANYWHERE


def _add_types(
    table: pd.DataFrame, level: Level | None, country: Country
) -> tuple[pd.DataFrame, list[Fault]]:
    """Write names with their types, and list the names that have no known type."""
    table = table.copy()
    faults = []
    columns = ["name", "province", "old_names"]
    if level is None:
        columns.append("district")
    for column in columns:
        kinds = country.kinds_of("name" if column == "old_names" else column, level=level)
        types = table["type"] if column == "name" else [""] * len(table)
        cells = []
        for row, cell, kind in zip(table.index, table[column], types, strict=True):
            typed_names = []
            for name in _names_in(cell, column):
                pair = country.split(name, kinds, kind)
                typed_names.append(" ".join(pair or name.split()).strip())
                if country.code and pair is None:
                    blanks = {"found": f"{kind} {name}".strip(), "expected": ", ".join(kinds)}
                    faults.append(Fault(row, column, words.term("places.list_type", **blanks)))
            cells.append(";".join(typed_names))
        table[column] = cells
    if level is not None:
        table["district"] = table["name"]
    return table, faults


def _names_in(cell: str, column: str) -> list[str]:
    """Give the names of a cell: former names are separated by semicolons."""
    texts = cell.split(";") if column == "old_names" else [cell]
    return [text.strip() for text in texts if text.strip()]


def _same_fault(
    table: pd.DataFrame, column: str, rows: pd.Series | pd.Index, key: str, **blanks: object
) -> Iterator[Fault]:
    """Give the same fault for some rows of a column."""
    for row, cell in table.loc[rows, column].items():
        text = words.term(f"places.list_{key}", **{"found": cell, **blanks})
        yield Fault(int(str(row)), column, text)


def _pattern_faults(table: pd.DataFrame, column: str, pattern: str, key: str) -> Iterator[Fault]:
    """Find the cells of a column that are neither empty nor of its pattern."""
    is_wrong = (table[column] != "") & ~table[column].str.fullmatch(pattern)
    yield from _same_fault(table, column, is_wrong, key)


def _cell_faults(
    table: pd.DataFrame, country: Country, cluster: str, *, residents: bool
) -> Iterator[Fault]:
    """Find the cells that are empty, or not as their column has to be."""
    columns = required_columns(None, residents=residents)
    if cluster:
        columns = [*columns, cluster]
    for group in _OPTIONAL_GROUPS:
        if table[list(group)].any(axis=None):
            columns += group
    for column in dict.fromkeys(columns):
        yield from _same_fault(table, column, table[column] == "", "empty")

    for column in country.widths:
        yield from _pattern_faults(table, column, country.code_pattern, "code")
    for column in ("population", "households"):
        yield from _pattern_faults(table, column, WHOLE_NUMBER, "number")
    yield from _pattern_faults(table, "urban", "[01]", "urban")

    # points that are no numbers, lie outside the country, or are half given
    west, south, east, north = country.bounds
    for column, low, high in (("lon", west, east), ("lat", south, north)):
        degrees = pd.to_numeric(table[column], errors="coerce")
        is_wrong = (table[column] != "") & ~degrees.between(low, high)
        yield from _same_fault(table, column, is_wrong, "degrees", low=low, high=high)
    is_half = (table["lon"] == "") != (table["lat"] == "")
    yield from _same_fault(table, "lon", is_half, "half")


def _code_faults(table: pd.DataFrame, level: Level | None) -> Iterator[Fault]:
    """Find the codes of two places, or of two levels."""
    for column in ("code", "other_code"):
        is_written = table[column] != ""
        is_repeated = table[column].duplicated(keep=False) & is_written
        yield from _same_fault(table, column, is_repeated, "code_twice")
    n_repeated_levels = {None: 0, "province": 2}.get(level, 1)
    for column, below in _CODE_COLUMNS[n_repeated_levels:]:
        is_shared = table[below].isin(set(table[column]) - {""})
        yield from _same_fault(table, below, is_shared, "code_levels")
    if level == "province":  # a province alone has one row
        yield from _same_fault(table, "code", table.index[1:], "one")


def _day_faults(table: pd.DataFrame) -> Iterator[Fault]:
    """Check that the days of the list are days, in order, and the same in every row."""
    first_row = table.index[:1]
    for column in ("valid_from", "valid_to"):
        days = sorted(set(table[column]))
        date = pd.to_datetime(days[0], format="%Y-%m-%d", errors="coerce")
        if len(days) > 1:
            text = ", ".join(days[:_MAX_DAYS])
            yield from _same_fault(table, column, first_row, "constant", found=text)
        elif days[0] and days[0] != str(date)[:10]:
            yield from _same_fault(table, column, first_row, "day")
    first, last = table.iloc[0][["valid_from", "valid_to"]]
    if last and first > last:
        yield from _same_fault(table, "valid_to", first_row, "order", first=first, last=last)


def _contradictions(table: pd.DataFrame, level: Level | None) -> Iterator[Fault]:
    """Find codes with two names or two parents, and two districts of a province with one name."""
    pairs = (
        ("district_code", "district"),
        ("district_code", "province_code"),
        ("province_code", "province"),
    )
    for column, attribute in pairs:
        for code, texts in table[table[column] != ""].groupby(column)[attribute].unique().items():
            if len(texts) > 1:
                blanks = {"code": code, "found": ", ".join(sorted(texts))}
                yield from _same_fault(table, column, table[column] == code, "two", **blanks)
    # Two communes of a district may share a name (the country has such a pair): codes differ, and
    # `find_codes` calls the name ambiguous. Two districts of a province never share one.
    if level is None:
        names = [table["district"].map(fold), table["province_code"]]
        is_shared = table["district_code"].groupby(names).transform("nunique") > 1
        yield from _same_fault(table, "district", is_shared, "same")

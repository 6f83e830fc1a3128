"""Hold a list of places to what it must be, and name every cell that is not."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from .. import words
from ..countries import ANYWHERE, COUNTRIES, Country
from ..countries.letters import fold
from .lists import Level

REQUIRED = ("code", "name", "district_code", "district", "population")

WHOLE = "(?=0*[1-9])[0-9]{1,9}"
"""A whole number above 0."""

Fault = tuple[int, str, str]
"""Row, column, and what is wrong there."""


def checked(
    table: pd.DataFrame, *, level: Level | None, country: Country
) -> tuple[pd.DataFrame, list[Fault]]:
    """
    Write every name with its type, as the official lists do, and list every fault, by row.

    Parameters
    ----------
    table
        Text, with every column that a list may have; an empty cell is "".
    level
        The one that there is, where there is only one: `district_code` and `district` repeat `code`
        and `name`, and so do those of the province where it is that.
    country
        Whose places they are: what their types and codes must be.
    """
    whole, untyped = _typed(table, level=level, country=country)
    found = [*_cells(table, level=level, country=country), *_days(table), *untyped]
    # what belongs together can be held to each other only when each of it is right
    return whole, sorted(set(found or _agreement(whole, level=level)))


def country_of(table: pd.DataFrame, *, level: Level | None) -> Country:
    """Say of which country names are, by their types: one that has one tells what others lack."""
    pairs = list(zip(table["name"], table["type"], strict=True))
    for country in COUNTRIES.values():
        kinds = country.kinds_of("name", level=level or "commune")
        if any(country.split(name, kinds, kind) for name, kind in pairs):
            return country
    return ANYWHERE


def _typed(
    table: pd.DataFrame, *, level: Level | None, country: Country
) -> tuple[pd.DataFrame, list[Fault]]:
    """Write names with their types, and list those of which none is known."""
    table, faults = table.copy(), list[Fault]()
    for column in ("name", *["district"] * (level is None), "province", "old_names"):
        several, cells = column == "old_names", []
        kinds = country.kinds_of("name" if several else column, level=level)
        for row, cell, beside in zip(table.index, table[column], table["type"], strict=True):
            kind, texts = beside if column == "name" else "", []
            for text in filter(None, map(str.strip, cell.split(";") if several else [cell])):
                pair = country.split(text, kinds, kind)
                texts.append(" ".join(pair or text.split()).strip())
                if country.code and pair is None:
                    blanks = {"found": f"{kind} {text}".strip(), "expected": ", ".join(kinds)}
                    faults.append((row, column, words.term("places.list_type", **blanks)))
            cells.append(";".join(texts))
        table[column] = cells
    return table if level is None else table.assign(district=table["name"]), faults


def _at(
    table: pd.DataFrame, column: str, rows: pd.Series | pd.Index, key: str, **blanks: object
) -> Iterator[Fault]:
    """Say the same of some cells of a column."""
    for row, found in table.loc[rows, column].items():
        said = words.term(f"places.list_{key}", **{"found": found, **blanks})
        yield int(str(row)), column, said


def _cells(table: pd.DataFrame, *, level: Level | None, country: Country) -> Iterator[Fault]:
    together = (("province_code", "province"), ("households",))
    given = [each for some in together if table[list(some)].any(axis=None) for each in some]
    for column in (*REQUIRED, *given):
        yield from _at(table, column, table[column] == "", "empty")
    patterns = dict.fromkeys(country.widths, ("code", country.code_pattern))
    patterns |= dict.fromkeys(("population", "households"), ("number", WHOLE))
    for column, (key, pattern) in (*patterns.items(), ("urban", ("urban", "[01]"))):
        unlike = (table[column] != "") & ~table[column].str.fullmatch(pattern)
        yield from _at(table, column, unlike, key)
    twice = table["code"].duplicated(keep=False) & (table["code"] != "")
    yield from _at(table, "code", twice, "code_twice")
    pairs = (("district_code", "code"), ("province_code", "district_code"))
    for column, below in pairs[{None: 0, "province": 2}.get(level, 1) :]:
        shared = table[below].isin(set(table[column]) - {""})
        yield from _at(table, below, shared, "code_levels")
    if level == "province":  # of the whole alone there is one row
        yield from _at(table, "code", table.index[1:], "one")
    west, south, east, north = country.bounds
    for column, low, high in (("lon", west, east), ("lat", south, north)):
        plain = table[column].str.fullmatch(r"-?[0-9]{1,4}(\.[0-9]+)?")
        degrees = pd.to_numeric(table[column].where(plain), errors="coerce")
        wrong = (table[column] != "") & ~degrees.between(low, high)
        yield from _at(table, column, wrong, "degrees", low=low, high=high)
    yield from _at(table, "lon", (table["lon"] == "") != (table["lat"] == ""), "half")


def _days(table: pd.DataFrame) -> Iterator[Fault]:
    """Hold the days of the list to be days, and the same in every row."""
    first = table.index[:1]
    for column in ("valid_from", "valid_to"):
        values = sorted(set(table[column]))
        day = pd.to_datetime(values[0], format="%Y-%m-%d", errors="coerce")
        if len(values) > 1:
            yield from _at(table, column, first, "constant", found=", ".join(values[:5]))
        elif values[0] and values[0] != str(day)[:10]:
            yield from _at(table, column, first, "day")
    begin, end = table.iloc[0][["valid_from", "valid_to"]]
    if end and begin > end:
        yield from _at(table, "valid_to", first, "order", first=begin, last=end)


def _agreement(table: pd.DataFrame, *, level: Level | None) -> Iterator[Fault]:
    """Find codes with two names or two places above, and districts that nothing tells apart."""
    pairs = (
        ("district_code", "district"),
        ("district_code", "province_code"),
        ("province_code", "province"),
    )
    for one, other in pairs:
        several = table.groupby(one)[other].transform("nunique") > 1
        for row, code in table.loc[several & (table[one] != ""), one].items():
            found = ", ".join(sorted(set(table.loc[table[one] == code, other])))
            yield int(str(row)), one, words.term("places.list_two", code=code, found=found)
    # Two communes of one district may share a name (the country has such a pair): a code tells them
    # apart, and find_codes calls the name ambiguous. Districts of one province never do.
    if level is None:
        keys = [table["district"].map(fold), table["province_code"]]
        several = table["district_code"].groupby(keys).transform("nunique") > 1
        yield from _at(table, "district", several, "same")

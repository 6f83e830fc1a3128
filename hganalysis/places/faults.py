"""Hold a list of places to what it must be, and name every cell that is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pandas as pd

from .. import words
from ..countries import ANYWHERE, KNOWN, Country
from ..countries.letters import fold
from .lists import Level

REQUIRED = ("code", "name", "district_code", "district", "population")

Fault = tuple[int, str, str]
"""Row, column, and what is wrong there."""


def faults_of(table: pd.DataFrame, *, level: Level | None, country: Country) -> list[Fault]:
    """
    List every fault of a list of places, by row.

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
    found = [*_cells(table, level=level, country=country), *_constants(table)]
    if country.code:
        found += _types(table, level=level, country=country)
    # what belongs together can be held to each other only when each of it is right
    if not found:
        found = [*_agreement(whole_names(table, level=level, country=country), level=level)]
    return sorted(set(found))


def country_of(table: pd.DataFrame, *, level: Level | None) -> Country:
    """Say of which country names are, by their types: one that has one tells what others lack."""
    pairs = list(zip(table["name"], table["type"], strict=True))
    for country in KNOWN.values():
        kinds = country.kinds_of("name", level=level or "commune")
        if any(country.split(name, kinds, kind) for name, kind in pairs):
            return country
    return ANYWHERE


def whole_names(table: pd.DataFrame, *, level: Level | None, country: Country) -> pd.DataFrame:
    """Write every name with its type, as the official lists do."""
    table = table.copy()
    for column in country.kinds:
        kinds_beside = table["type"] if column == "name" else [""] * len(table)
        pairs = [
            country.split(text, country.kinds_of(column, level=level), kind) or ("", text)
            for text, kind in zip(table[column], kinds_beside, strict=True)
        ]
        table[column] = [f"{kind} {short}".strip() for kind, short in pairs]
    if level is not None:
        table["district"] = table["name"]
    return table


def _at(
    table: pd.DataFrame, column: str, rows: pd.Series | pd.Index, key: str, **blanks: object
) -> Iterator[Fault]:
    """Say the same of some cells of a column."""
    for row, found in table.loc[rows, column].items():
        said = words.term(f"places.list_{key}", **{"found": found, **blanks})
        yield int(str(row)), column, said


def _cells(table: pd.DataFrame, *, level: Level | None, country: Country) -> Iterator[Fault]:
    def unlike(column: str, pattern: str | re.Pattern[str]) -> pd.Series:
        return (table[column] != "") & ~table[column].str.fullmatch(pattern)

    together = (("province_code", "province"), ("households",))
    given = [each for some in together if table[list(some)].any(axis=None) for each in some]
    for column in (*REQUIRED, *given):
        yield from _at(table, column, table[column] == "", "empty")
    for column in country.widths:
        yield from _at(table, column, unlike(column, country.code_pattern), "code")
    twice = table["code"].duplicated(keep=False) & (table["code"] != "")
    yield from _at(table, "code", twice, "code_twice")
    pairs = (("district_code", "code"), ("province_code", "district_code"))
    for column, below in pairs[{None: 0, "province": 2}.get(level, 1) :]:
        shared = table[below].isin(set(table[column]) - {""})
        yield from _at(table, below, shared, "code_levels")
    if level == "province":  # of the whole alone there is one row
        yield from _at(table, "code", table.index[1:], "one")
    for column in ("population", "households"):
        yield from _at(table, column, unlike(column, "(?=0*[1-9])[0-9]{1,9}"), "number")
    yield from _at(table, "urban", unlike("urban", "[01]"), "urban")
    west, south, east, north = country.bounds
    for column, low, high in (("lon", west, east), ("lat", south, north)):
        plain = ~unlike(column, r"-?[0-9]{1,4}(\.[0-9]+)?")
        degrees = pd.to_numeric(table[column].where(plain), errors="coerce")
        wrong = (table[column] != "") & ~degrees.between(low, high)
        yield from _at(table, column, wrong, "degrees", low=low, high=high)
    yield from _at(table, "lon", (table["lon"] == "") != (table["lat"] == ""), "half")


def _constants(table: pd.DataFrame) -> Iterator[Fault]:
    first = table.index[:1]
    for column in ("valid_from", "valid_to"):
        if len(values := sorted(set(table[column]))) > 1:
            yield from _at(table, column, first, "constant", found=", ".join(values[:5]))
    begin, end = table.iloc[0][["valid_from", "valid_to"]]
    for column, text in (("valid_from", begin), ("valid_to", end)):
        if text and not _day(text):
            yield from _at(table, column, first, "day")
    if _day(begin) and _day(end) and begin > end:
        yield from _at(table, "valid_to", first, "order", first=begin, last=end)


def _day(text: str) -> bool:
    try:
        return text == date.fromisoformat(text).isoformat()
    except ValueError:
        return False


def _types(table: pd.DataFrame, *, level: Level | None, country: Country) -> Iterator[Fault]:
    for column in ("name", "province", "old_names", *(["district"] if level is None else [])):
        kinds = country.kinds_of("name" if column == "old_names" else column, level=level)
        for row, cell, beside in zip(table.index, table[column], table["type"], strict=True):
            kind = beside if column == "name" else ""
            for text in cell.split(";") if column == "old_names" else [cell]:
                if text.strip() and country.split(text.strip(), kinds, kind) is None:
                    blanks = {"found": f"{kind} {text}".strip(), "expected": ", ".join(kinds)}
                    yield int(str(row)), column, words.term("places.list_type", **blanks)


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

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
    found = [
        *_empty(table),
        *_codes(table, level=level, country=country),
        *_numbers(table, country=country),
        *_constants(table),
        *(_several(table) if level == "province" else ()),
        *(_types(table, level=level, country=country) if country.code else ()),
    ]
    # what belongs together can be held to each other only when each of it is right
    return sorted(
        dict.fromkeys(
            found or _agreement(whole_names(table, level=level, country=country), level=level)
        )
    )


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


def _empty(table: pd.DataFrame) -> Iterator[Fault]:
    together = (("province_code", "province"), ("households",))
    given = [each for some in together if table[list(some)].any(axis=None) for each in some]
    for column in (*REQUIRED, *given):
        for row in table.index[table[column] == ""]:
            yield row, column, words.term("places.list_empty")


def _codes(table: pd.DataFrame, *, level: Level | None, country: Country) -> Iterator[Fault]:
    for column in country.widths:
        for row, code in table.loc[table[column] != "", column].items():
            if not country.code_pattern.fullmatch(code):
                yield int(str(row)), column, words.term("places.list_code", found=code)
    for row, code in table.loc[table["code"].duplicated(keep=False), "code"].items():
        if code:
            yield int(str(row)), "code", words.term("places.list_code_twice", found=code)
    pairs = (("district_code", "code"), ("province_code", "district_code"))
    for column, below in pairs[{None: 0, "province": 2}.get(level, 1) :]:
        for row, code in table.loc[table[below].isin(set(table[column]) - {""}), below].items():
            yield int(str(row)), below, words.term("places.list_code_levels", found=code)


def _numbers(table: pd.DataFrame, *, country: Country) -> Iterator[Fault]:
    for column, low in (("population", 1), ("households", 1)):
        for row, text in table.loc[table[column] != "", column].items():
            if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < low:
                yield int(str(row)), column, words.term("places.list_number", found=text)
    for row, text in table.loc[~table["urban"].isin(["", "0", "1"]), "urban"].items():
        yield int(str(row)), "urban", words.term("places.list_urban", found=text)
    west, south, east, north = country.bounds
    lon, lat = (west, east), (south, north)
    for column, (low_, high) in (("lon", lon), ("lat", lat)):
        for row, text in table.loc[table[column] != "", column].items():
            number = _decimal(text)
            if not low_ <= number <= high:
                other_low, other_high = lat if column == "lon" else lon
                swapped = other_low <= number <= other_high
                key = "places.list_swapped" if swapped else "places.list_degrees"
                yield int(str(row)), column, words.term(key, found=text, low=low_, high=high)
    for row in table.index[(table["lon"] == "") != (table["lat"] == "")]:
        yield row, "lon", words.term("places.list_half")


def _constants(table: pd.DataFrame) -> Iterator[Fault]:
    for column in ("valid_from", "valid_to", "crs"):
        if len(set(table[column])) > 1:
            values = ", ".join(sorted(set(table[column]))[:5])
            yield int(table.index[0]), column, words.term("places.list_constant", found=values)
    first, last = table.iloc[0][["valid_from", "valid_to"]]
    for column, text in (("valid_from", first), ("valid_to", last)):
        if text and not _day(text):
            yield int(table.index[0]), column, words.term("places.list_day", found=text)
    if _day(first) and _day(last) and first > last:
        yield (
            int(table.index[0]),
            "valid_to",
            words.term("places.list_order", first=first, last=last),
        )
    crs = table.iloc[0]["crs"]
    if crs and not re.fullmatch(r"EPSG:[0-9]{4,5}", crs):
        yield int(table.index[0]), "crs", words.term("places.list_crs", found=crs)


def _several(table: pd.DataFrame) -> Iterator[Fault]:
    """Find what is too much in a list of the whole alone: every row but one."""
    for row in table.index[1:]:
        yield int(str(row)), "code", words.term("places.list_one")


def _types(table: pd.DataFrame, *, level: Level | None, country: Country) -> Iterator[Fault]:
    for column in country.kinds if level is None else ("name", "province"):
        kinds = country.kinds_of(column, level=level)
        expected = ", ".join(kinds)
        beside = table["type"] if column == "name" else [""] * len(table)
        for row, text, kind in zip(table.index, table[column], beside, strict=True):
            if text and country.split(text, kinds, kind) is None:
                yield (
                    int(str(row)),
                    column,
                    words.term(
                        "places.list_type", found=f"{kind} {text}".strip(), expected=expected
                    ),
                )
    for row, text in table.loc[table["old_names"] != "", "old_names"].items():
        for old in text.split(";"):
            if country.split(old, country.kinds_of("name", level=level)) is None:
                yield (
                    int(str(row)),
                    "old_names",
                    words.term(
                        "places.list_type",
                        found=old.strip(),
                        expected=", ".join(country.kinds["name"]),
                    ),
                )


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
    if level is not None:
        return
    keys = [table["district"].map(fold), table["province_code"]]
    several = table["district_code"].groupby(keys).transform("nunique") > 1
    for row, found in table.loc[several, "district"].items():
        yield int(str(row)), "district", words.term("places.list_same", found=found)


def _decimal(text: str) -> float:
    return float(text) if re.fullmatch(r"-?[0-9]{1,4}(\.[0-9]+)?", text) else float("nan")


def _day(text: str) -> bool:
    try:
        return text == date.fromisoformat(text).isoformat()
    except ValueError:
        return False

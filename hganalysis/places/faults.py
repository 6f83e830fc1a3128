"""Hold a list of places to what it must be, and name every cell that is not."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date

import pandas as pd

from .. import words
from .lists import Level
from .spelling import fold, readings

REQUIRED = ("code", "name", "district_code", "district", "population")
LENGTHS = {"code": 5, "district_code": 3, "province_code": 2}
_CODE = re.compile(r"[0-9A-Za-z]{1,12}")
# Elsewhere a code may have parts: KE-047, 01.02.
_ANY_CODE = re.compile(r"[0-9A-Za-z]([0-9A-Za-z._/-]{0,18}[0-9A-Za-z])?")
# The mainland and all islands: what lies outside was typed wrongly.
_LON, _LAT = (102.0, 118.0), (6.0, 24.0)
_WORLD = (-180.0, 180.0), (-85.0, 85.0)

KINDS = {
    "name": {
        "Phường": "Ward",
        "Thị trấn": "Township",
        "Xã": "Commune",
        "Đặc khu": "Special Zone",
    },
    "district": {"Thành phố": "City", "Thị xã": "Town", "Huyện": "District", "Quận": "District"},
    "province": {"Tỉnh": "Province", "Thành phố": "City"},
}
"""The types of each level, and their English words."""

Fault = tuple[int, str, str]
"""Row, column, and what is wrong there."""


def faults_of(table: pd.DataFrame, *, level: Level | None, typed: bool) -> list[Fault]:
    """
    List every fault of a list of places, by row.

    Parameters
    ----------
    table
        Text, with every column that a list may have; an empty cell is "".
    level
        The one that there is, where there is only one: `district_code` and `district` repeat `code`
        and `name`, and so do those of the province where it is that.
    typed
        Whether names have a type, as all in Viet Nam have.
    """
    found = [
        *_empty(table),
        *_codes(table, level=level, typed=typed),
        *_numbers(table, typed=typed),
        *_constants(table),
        *(_several(table) if level == "province" else ()),
        *(_types(table, level=level) if typed else ()),
    ]
    # what belongs together can be held to each other only when each of it is right
    return sorted(dict.fromkeys(found or _agreement(whole_names(table, level=level), level=level)))


def kinds_of(column: str, *, level: Level | None) -> dict[str, str]:
    """Give the types that a column may have: where there is one level, it may be either."""
    if level is None or column != "name":
        return KINDS[column]
    return KINDS["province"] if level == "province" else {**KINDS["name"], **KINDS["district"]}


def are_typed(table: pd.DataFrame, *, level: Level | None) -> bool:
    """Say whether names have a type of Viet Nam: one that has tells what the others lack."""
    kinds = kinds_of("name", level=level or "commune")
    pairs = zip(table["name"], table["type"], strict=True)
    return any(split_type(name, kinds, kind) for name, kind in pairs)


def whole_names(table: pd.DataFrame, *, level: Level | None) -> pd.DataFrame:
    """Write every name with its type, as the official lists do."""
    table = table.copy()
    for column in KINDS:
        kinds_beside = table["type"] if column == "name" else [""] * len(table)
        pairs = [
            split_type(text, kinds_of(column, level=level), kind) or ("", text)
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


def _codes(table: pd.DataFrame, *, level: Level | None, typed: bool) -> Iterator[Fault]:
    pattern = _CODE if typed else _ANY_CODE
    for column in LENGTHS:
        for row, code in table.loc[table[column] != "", column].items():
            if not pattern.fullmatch(code):
                yield int(str(row)), column, words.term("places.list_code", found=code)
    for row, code in table.loc[table["code"].duplicated(keep=False), "code"].items():
        if code:
            yield int(str(row)), "code", words.term("places.list_code_twice", found=code)
    pairs = (("district_code", "code"), ("province_code", "district_code"))
    for column, below in pairs[{None: 0, "province": 2}.get(level, 1) :]:
        for row, code in table.loc[table[below].isin(set(table[column]) - {""}), below].items():
            yield int(str(row)), below, words.term("places.list_code_levels", found=code)


def _numbers(table: pd.DataFrame, *, typed: bool) -> Iterator[Fault]:
    for column, low in (("population", 1), ("households", 1)):
        for row, text in table.loc[table[column] != "", column].items():
            if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < low:
                yield int(str(row)), column, words.term("places.list_number", found=text)
    for row, text in table.loc[~table["urban"].isin(["", "0", "1"]), "urban"].items():
        yield int(str(row)), "urban", words.term("places.list_urban", found=text)
    # a list without a type of Viet Nam may be of anywhere
    lon, lat = (_LON, _LAT) if typed else _WORLD
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


def _types(table: pd.DataFrame, *, level: Level | None) -> Iterator[Fault]:
    for column in KINDS if level is None else ("name", "province"):
        kinds = kinds_of(column, level=level)
        expected = ", ".join(kinds)
        beside = table["type"] if column == "name" else [""] * len(table)
        for row, text, kind in zip(table.index, table[column], beside, strict=True):
            if text and split_type(text, kinds, kind) is None:
                yield (
                    int(str(row)),
                    column,
                    words.term(
                        "places.list_type", found=f"{kind} {text}".strip(), expected=expected
                    ),
                )
    for row, text in table.loc[table["old_names"] != "", "old_names"].items():
        for old in text.split(";"):
            if split_type(old, kinds_of("name", level=level), "") is None:
                yield (
                    int(str(row)),
                    "old_names",
                    words.term(
                        "places.list_type", found=old.strip(), expected=", ".join(KINDS["name"])
                    ),
                )


def split_type(text: str, kinds: Collection[str], kind: str) -> tuple[str, str] | None:
    """
    Split an official name into its type and the rest, or take the type from beside it.

    Parameters
    ----------
    text
        A name, with or without its type.
    kinds
        The types that there may be.
    kind
        The type that stands beside the name; may be empty. None is found where the two differ.

    Examples
    --------
    >>> split_type("Thị trấn Cái Tắc", ["Thị trấn"], ""), split_type("Cái Tắc", ["Thị trấn"], "")
    (('Thị trấn', 'Cái Tắc'), None)
    """
    beside = next((known for known in kinds if fold(kind) == fold(known)), None)
    for reading in readings(fold(text)):
        found = reading.kind
        if found and found in kinds and reading.core and not reading.short:
            short = " ".join(text.split()[len(found.split()) :])
            return (found, short) if not kind or beside == found else None
    return (beside, text.strip()) if beside else None


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

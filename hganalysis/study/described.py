"""Read the file that describes a study, and stop with every fault that it has."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from ..countries import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "study.toml"
LANGUAGES = ("vi", "en")
ORIGINS = ("census", "published", "reported")
PER = (1000, 10_000)
"""For how many residents the exposure may be counted; the first unless a study says another."""
CONTROLS = "controls"
BELOW: tuple[Literal["district", "commune"], ...] = ("district", "commune")
"""The levels below the whole, the larger first: a study has none of them, one, or both."""

# Of each table: the texts that it must have, and those that it may have.
_NOUN = ("one", "many")
_TEXTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "": (("name",), ()),
    "levels.province": (_NOUN, ("long", "whole")),
    "levels.part": (_NOUN, ("long",)),
    "levels.district": (_NOUN, ("long",)),
    "levels.commune": (_NOUN, ("long", "urban", "rural", "codes", "code")),
    "levels.hamlet": (_NOUN, ("long",)),
    "residents": (("by",), ("who", "short", "kind", "day", "credit")),
    "exposure": (_NOUN, ("long", "day", "title", "density", "caution")),
    "exposure.team": (_NOUN, ("long",)),
    "outlines": ((), ("credit",)),
    "published": (("credit",), ("caution",)),
    "simulated": (("credit",), ()),
}
# What else they may have, and what it must be.
_OTHERS: dict[str, dict[str, str]] = {
    "": {
        "language": "one of " + ", ".join(LANGUAGES),
        "country": "one of " + ", ".join(KNOWN),
        "projection": "a projection such as EPSG:5897",
        "years": "a list of years",
    },
    "levels.district": {"types": "a list of texts"},
    "levels.commune": {"types": "a list of texts"},
    "residents": {"origin": "one of " + ", ".join(ORIGINS), "year": "a year"},
    "exposure": {"per": "1000 or 10000", "people": "true or false"},
    "outlines": {"generalised": "true or false"},
    "simulated": {"files": "a list of texts"},
}
# A text stands in sentences with blanks of their own, and on pages.
_BREAKS = re.compile(r"[\[\]{}<>&\n]")


@lru_cache(maxsize=16)
def read_description(written: str) -> dict[str, Any]:
    """
    Read what describes a study.

    Parameters
    ----------
    written
        The text of a file laid out as `data/study.toml`.

    Returns
    -------
    described
        Its tables, each with its keys; a text is a table of languages.

    Raises
    ------
    ValueError
        If it cannot be read, or with every entry that is wrong.
    """
    try:
        found = tomllib.loads(written)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        msg = f"{FILE} cannot be read: {error}. Start from a copy of data/{FILE}."
        raise ValueError(msg) from error
    tables = dict(_tables(found))
    faults = [*_faults_of_levels(tables), *(one for at in tables for one in _faults(at, tables))]
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        msg = (
            f"{FILE} has {len(faults)} faults:\n{lines}\n"
            f"Correct them; data/{FILE} says what each key is for."
        )
        raise ValueError(msg)
    return {at: _spoken(at, table) for at, table in tables.items()}


def _tables(found: dict[str, Any], at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Take tables apart: `[levels.district]` is one of its own, a text in languages is none."""
    inner = {
        key: value
        for key, value in found.items()
        if isinstance(value, dict) and not set(value) <= set(LANGUAGES)
    }
    if own := {key: value for key, value in found.items() if key not in inner}:
        yield at, own
    for key, value in inner.items():
        yield from _tables(value, f"{at}.{key}".strip("."))


def _spoken(at: str, table: dict[str, Any]) -> dict[str, Any]:
    """Give each text in every language."""
    required, optional = _TEXTS.get(at, (tuple(table), ()))
    return {
        key: dict.fromkeys(LANGUAGES, value)
        if key in {*required, *optional} and isinstance(value, str)
        else value
        for key, value in table.items()
    }


def _faults_of_levels(tables: dict[str, dict[str, Any]]) -> Iterator[str]:
    for at in ("", "levels.province"):
        if at not in tables:
            yield f"[{at}] is missing" if at else "name is missing"
    if "exposure.team" in tables and "exposure" not in tables:
        yield "[exposure.team] groups those of [exposure], which is missing"


def _faults(at: str, tables: dict[str, dict[str, Any]]) -> Iterator[str]:
    ahead = f"[{at}] " if at else ""
    table = tables[at]
    if at == CONTROLS:
        yield from _faults_of_controls(table)
        return
    if at not in _TEXTS:
        known = ", ".join([*filter(None, _TEXTS), CONTROLS])
        yield f"[{at}] is no table of a study; it has {known}"
        return
    required, optional = _TEXTS[at]
    others = _OTHERS.get(at, {})
    for key in table:
        if key not in {*required, *optional, *others}:
            known = ", ".join([*required, *optional, *others])
            yield f"{ahead}{key} is no key; it has {known}"
    for key in required:
        if key not in table:
            yield f"{ahead}{key} is missing"
    for key in (*required, *optional):
        if key in table:
            yield from (f"{ahead}{key} {fault}" for fault in _faults_of_text(table[key]))
    for key, expected in others.items():
        if key in table and not _is(table[key], expected):
            yield f"{ahead}{key} is {table[key]!r}, not {expected}"
    if (fault := _fault_of_long(table)) is not None:
        yield f"{ahead}{fault}"


def _faults_of_controls(table: dict[str, Any]) -> Iterator[str]:
    """Hold the columns of the list of places that are to be held equal: any name, and a text."""
    for key, text in table.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
            yield f"[{CONTROLS}] {key} is no name of a column: letters a to z, digits and _"
        yield from (f"[{CONTROLS}] {key} {fault}" for fault in _faults_of_text(text))


def _faults_of_text(text: object) -> Iterator[str]:
    texts = dict.fromkeys(LANGUAGES, text) if isinstance(text, str) else text
    if not isinstance(texts, dict):
        yield f"is {text!r}, not a text"
        return
    for language in LANGUAGES:
        one = texts.get(language)
        if not isinstance(one, str) or not one.strip():
            yield f"has no text in {language}"
        elif _BREAKS.search(one):
            yield f"has a sign in {language} that no text may have: one of [ ] {{ }} < > &"


def _fault_of_long(table: dict[str, Any]) -> str | None:
    """Hold the long form of a noun to the short one: its plural is made by it."""
    one, long = (
        value.get("en") if isinstance(value := table.get(key), dict) else value
        for key in ("one", "long")
    )
    if isinstance(one, str) and isinstance(long, str) and not long.endswith(one):
        return f"long is {long!r} in en, which does not end with {one!r}"
    return None


def _is(value: object, expected: str) -> bool:
    """Say whether a value is what is expected of it, as `_OTHERS` says it."""
    if expected.startswith("one of "):
        return isinstance(value, str) and value in expected.removeprefix("one of ").split(", ")
    if expected.startswith("a projection"):
        return isinstance(value, str) and bool(re.match(r"EPSG:\d{4,6}$|\+proj=", value))
    if expected == "true or false":
        return isinstance(value, bool)
    if expected == "1000 or 10000":
        return type(value) is int and value in PER
    if expected == "a year":
        return _is_year(value)
    if not isinstance(value, list) or not value:
        return False
    if expected == "a list of years":
        return all(map(_is_year, value))
    return all(isinstance(one, str) and one.strip() for one in value)


def _is_year(value: object) -> bool:
    return type(value) is int and 1000 <= value <= 9999

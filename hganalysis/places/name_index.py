"""Arrange the official names so that any way of writing one leads to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from .lists import (
    Level,
    communes,
    crosswalk,
    districts,
    former,
    levels,
    provinces,
    versions,
)
from .spelling import Reading, bare, fold, is_bare, key, readings

if TYPE_CHECKING:
    import pandas as pd

LEVELS: tuple[Level, ...] = ("commune", "district", "province")


@dataclass(frozen=True)
class Entry:
    """An official name: of a place on the list, of one before, or of one afterwards."""

    code: str
    name: str
    kind: str
    core: str
    """The name without its type, folded."""
    within: frozenset[str] = frozenset()
    """The codes of the places that it lies in."""


@dataclass(frozen=True)
class Book:
    """Official names by the forms in which names are compared, from the strictest."""

    full: dict[str, list[Entry]]
    soft: dict[str, list[Entry]]
    """With a last y taken for an i."""
    plain: dict[str, list[Entry]]
    """Without diacritics."""

    def look(self, reading: Reading, *, plain: bool) -> Iterator[tuple[Entry, tuple[str, ...]]]:
        """
        Give the entries with that name, of whatever type, and what was done to match it.

        Parameters
        ----------
        reading
            The name, without its type.
        plain
            Whether nothing in the whole text bears a diacritic: then Trung An may be Trung Ấn.
        """
        core = reading.core
        found: list[Entry] = []
        if not plain:
            found = self.full.get(key(core)) or self.soft.get(key(core, y_as_i=True)) or []
        if not found and is_bare(core):
            found = [
                entry
                for entry in self.plain.get(key(core, y_as_i=True, marks=False), [])
                # who writes the bar of one đ writes that of all
                if "đ" not in core or bare(entry.core, keep_d=True) == bare(core, keep_d=True)
            ]
        for entry in found:
            yield entry, _steps(core, entry.core)


@dataclass(frozen=True)
class Books:
    """All names that are known: those on the list, those of before, and those of 2025."""

    on_list: dict[Level, dict[str, Entry]]
    now: dict[Level, Book]
    before: dict[Level, Book]
    english: dict[Level, dict[str, list[str]]]
    """Codes by folded English name, as workbooks in English have it."""
    former: dict[str, list[str]]
    """The names that a place had before, by its code."""
    afterwards: Book
    parts: dict[str, frozenset[str]]
    """The communes of the list that each unit of 2025 was made of, by its code of 2025."""

    def name(self, code: str) -> str:
        """Give the official name of a code of any level."""
        return next(rows[code].name for rows in self.on_list.values() if code in rows)


def books() -> Books:
    """Read the names of all places; a second call for the same files costs next to nothing."""
    return _books(versions())


@lru_cache(maxsize=4)
def _books(_files: tuple[str, ...]) -> Books:
    district, commune = districts(), communes()
    district_in = {code: frozenset([upper]) for code, upper in district["province_code"].items()}
    commune_in = {
        code: frozenset([upper]) | district_in[upper]
        for code, upper in commune["district_code"].items()
    }
    tables = {"commune": commune, "district": district, "province": provinces()}
    within = {**district_in, **commune_in}
    if len(levels()) < 2:  # one name is looked for in one place
        tables["district"] = district.iloc[:0]
    if not levels():
        tables["province"] = tables["province"].iloc[:0]
    on_list = {
        level: {
            str(code): Entry(str(code), name, kind, fold(short), within.get(code, frozenset()))
            for code, name, kind, short in zip(
                tables[level].index, *(tables[level][part] for part in _PARTS), strict=True
            )
        }
        for level in LEVELS
    }
    old = former()
    before = {
        level: _book(
            entry
            for code, name in zip(old["code"], old["name_vi"], strict=True)
            if code in on_list[level]
            for entry in _entries(code, name, on_list[level][code].within)
        )
        for level in LEVELS
    }
    merged = crosswalk().reset_index()
    new = merged.drop_duplicates("code_2025")
    return Books(
        on_list=on_list,
        now={level: _book(on_list[level].values()) for level in LEVELS},
        before=before,
        english={level: _english(tables[level]) for level in LEVELS},
        former={str(code): list(names) for code, names in old.groupby("code")["name_vi"]},
        afterwards=_book(
            entry
            for code, name in zip(new["code_2025"], new["name_2025"], strict=True)
            for entry in _entries(code, name, frozenset())
        ),
        parts={str(code): frozenset(old) for code, old in merged.groupby("code_2025")["code"]},
    )


_PARTS = ["name_vi", "type_vi", "short_vi"]


def _english(table: pd.DataFrame) -> dict[str, list[str]]:
    found = defaultdict[str, list[str]](list)
    for code, name in zip(table.index, table["name_en"], strict=True):
        found[fold(name)].append(str(code))
    return dict(found)


def _entries(code: str, name: str, within: frozenset[str]) -> Iterator[Entry]:
    """Read the type out of an official name that stands alone."""
    for reading in readings(fold(name)):
        if reading.kind and not reading.short:
            yield Entry(code, name, reading.kind, reading.core, within)


def _book(entries: Iterable[Entry]) -> Book:
    full, soft, plain = (defaultdict[str, list[Entry]](list) for _ in range(3))
    for entry in entries:
        full[key(entry.core)].append(entry)
        soft[key(entry.core, y_as_i=True)].append(entry)
        plain[key(entry.core, y_as_i=True, marks=False)].append(entry)
    return Book(dict(full), dict(soft), dict(plain))


def _steps(written: str, official: str) -> tuple[str, ...]:
    """Name what sets a written name apart from the official one, beyond its spelling."""
    numbered = "#" in key(official) and written.split()[-1:] != official.split()[-1:]
    stripped = is_bare(written) and not is_bare(official)
    return (*["number"] * numbered, *["no diacritics"] * stripped)

"""Search the official names for one name: certain, or not with the reason."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from .. import study
from ..countries import Country, Reading
from ..countries.letters import bare, fold, has_marks, is_bare
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

if TYPE_CHECKING:
    import pandas as pd


def _country() -> Country:
    return study.current().country


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
            found = (
                self.full.get(_country().key(core))
                or self.soft.get(_country().key(core, y_as_i=True))
                or []
            )
        if not found and is_bare(core):
            found = [
                entry
                for entry in self.plain.get(_country().key(core, y_as_i=True, marks=False), [])
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
                tables[level].index, *(tables[level][part] for part in _OF_NAMES), strict=True
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


_OF_NAMES = ["name_vi", "type_vi", "short_vi"]


def _english(table: pd.DataFrame) -> dict[str, list[str]]:
    found = defaultdict[str, list[str]](list)
    for code, name in zip(table.index, table["name_en"], strict=True):
        found[fold(name)].append(str(code))
    return dict(found)


def _entries(code: str, name: str, within: frozenset[str]) -> Iterator[Entry]:
    """Read the type out of an official name that stands alone."""
    for reading in _country().readings(fold(name)):
        if reading.kind and not reading.short:
            yield Entry(code, name, reading.kind, reading.core, within)


def _book(entries: Iterable[Entry]) -> Book:
    full, soft, plain = (defaultdict[str, list[Entry]](list) for _ in range(3))
    for entry in entries:
        full[_country().key(entry.core)].append(entry)
        soft[_country().key(entry.core, y_as_i=True)].append(entry)
        plain[_country().key(entry.core, y_as_i=True, marks=False)].append(entry)
    return Book(dict(full), dict(soft), dict(plain))


def _steps(written: str, official: str) -> tuple[str, ...]:
    """Name what sets a written name apart from the official one, beyond its spelling."""
    numbered = "#" in _country().key(official) and written.split()[-1:] != official.split()[-1:]
    stripped = is_bare(written) and not is_bare(official)
    return (*["number"] * numbered, *["no diacritics"] * stripped)


# "Vĩnh Tường (TX. Long Mỹ)", "Xã Vĩnh Tường, H. Vị Thủy"; only then "Vĩnh Tường - Vị Thủy", since
# a name may have a dash of its own: Bà Rịa - Vũng Tàu.
_PARTS = (
    re.compile(r"\s*[,;()\[\]]\s*|\s+thuộc\s+"),
    re.compile(r"\s*[,;()\[\]]\s*|\s+thuộc\s+|\s+[-–—]\s+"),
)
# "1. Xã Vị Tân", "IV. Huyện Châu Thành", "a) Phường I"
_COUNTED = re.compile(r"^(?:(?:\d{1,3}\.)*\d{1,3}|[ivx]{1,5}|[a-e])\s*[.)]\s*(?=\D)")

_ABOVE: dict[Level, tuple[Level, ...]] = {
    "commune": ("district", "province"),
    "district": ("province",),
    "province": (),
}


@dataclass(frozen=True)
class Found:
    """What a name may mean; certain where no reason stands against it."""

    ways: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What was done to the name until it matched, by the code of what it may mean."""
    reason: str = "unknown"

    @property
    def codes(self) -> list[str]:
        """The codes in order."""
        return sorted(self.ways)

    def but(self, reason: str, *, kept: Iterable[str] | None = None) -> Found:
        """Give the same with another reason, and only the codes that are kept."""
        codes = self.ways if kept is None else kept
        return Found({code: self.ways[code] for code in codes}, reason)


def search(name: str, level: Level, known: Books, *, sure: bool) -> Found:
    """
    Search a name on the list of its level, from the plainest reading to the boldest.

    Parameters
    ----------
    name
        As it stands in a sheet.
    level
        What it names.
    known
        The books.
    sure
        Whether another cell says so: without it, a name without a type, which a place of a level
        above bears too, is ambiguous.
    """
    if not name.strip():
        return Found(reason="empty")
    if name.strip() in known.on_list[level]:
        return Found({name.strip(): ("code",)}, "")
    first = Found()
    for step, text in _texts(name):
        for found in (_whole(text, level, known, sure=sure), *_split(text, level, known)):
            stripped = any("no diacritics" in way for way in found.ways.values())
            if step.startswith("legacy") and (stripped or not found.ways):
                continue  # an old encoding is believed only where it gives official names
            if not found.reason:
                return _after(step, found)
            if not first.ways:
                first = _after(step, found)
        if first.ways:
            return first
    return first


def _after(step: str, found: Found) -> Found:
    ways = {code: (step, *way) if step else way for code, way in found.ways.items()}
    return Found(ways, found.reason)


def lies_in(within: str, level: Level, known: Books) -> set[str]:
    """List what the name of a place above may mean: an ambiguous one still rules places out."""
    for upper in _ABOVE[level]:
        found = search(within, upper, known, sure=True)
        if found.reason in ("", "ambiguous"):
            return set(found.ways)
    return set()


def narrow(found: Found, inside: set[str], level: Level, known: Books) -> Found:
    """Keep what lies in one of the given places."""
    here = known.on_list[level]
    kept = [code for code in found.codes if code in here and inside & here[code].within]
    if found.reason not in ("", "ambiguous"):
        return found.but(found.reason, kept=kept or None)
    if not kept:
        return found.but("elsewhere")
    return found.but("ambiguous" if len(kept) > 1 else "", kept=kept)


def dated(found: Found, on: date | None, period: tuple[str, str], known: Books) -> Found:
    """Hold what was found to the day that it is said to be of, and the days of the list."""
    first, last = period
    if on is not None:
        day = on.isoformat()
        outside = bool((first and day < first) or (last and day > last))
        return found.but("other_date") if outside else found
    if not found.reason and any("old name" in way for way in found.ways.values()):
        [code] = found.codes
        later = {entry.name for rows in known.afterwards.full.values() for entry in rows}
        if later & set(known.former[code]):
            return found.but("needs_date")
    return found


def _texts(name: str) -> Iterator[tuple[str, str]]:
    """Give a name as it stands, without a number before it, and out of every old encoding."""
    text = fold(name)
    yield "", text
    if counted := _COUNTED.match(text):
        yield "numbered", text[counted.end() :]
    for encoding, decoded in _country().decodings(name):
        yield f"legacy encoding: {encoding}", fold(decoded)


def _whole(text: str, level: Level, known: Books, *, sure: bool) -> Found:
    """Search a text that is one name."""
    now = _look(text, known.now[level])
    found = _of_type(now)
    if not found and (english := known.english[level].get(text)):
        return Found(dict.fromkeys(english, ("English name",)), "ambiguous" * (len(english) > 1))
    if not found:
        return _off_list(text, level, known) or Found(now, "other_type" if now else "unknown")
    if any("no type" in way for way in found.values()):
        if all(_country().key(known.on_list[level][code].core).startswith("#") for code in found):
            return Found(found, "number_alone")
        if not sure and (upper := _elsewhere(text, _ABOVE[level], known)):
            return Found(found | upper, "ambiguous_level")
    return Found(found, "ambiguous" if len(found) > 1 else "")


def _off_list(text: str, level: Level, known: Books) -> Found | None:
    """Search names that are not on the list of the level, or no longer, or not yet."""
    old = _of_type(_look(text, known.before[level]))
    if old:
        ways = {code: ("old name", *way) for code, way in old.items()}
        return Found(ways, "ambiguous" if len(ways) > 1 else "")
    later = _of_type(_look(text, known.afterwards)) if level == "commune" else {}
    other = _elsewhere(text, tuple(other for other in LEVELS if other != level), known)
    if other and not any("no type" not in way for way in later.values()):
        return Found(other, "other_level")
    if later:
        ways = {part: later[code] for code in later for part in known.parts[code]}
        return Found(ways, "other_structure")
    return None


def _of_type(looked: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {code: way for code, way in looked.items() if "other type" not in way}


def _elsewhere(text: str, levels: tuple[Level, ...], known: Books) -> dict[str, tuple[str, ...]]:
    """List the places of other levels that bear the name, or bore it."""
    found: dict[str, tuple[str, ...]] = {}
    for level in levels:
        now = _of_type(_look(text, known.now[level]))
        found |= now or _of_type(_look(text, known.before[level]))
    return found


def _look(text: str, book: Book) -> dict[str, tuple[str, ...]]:
    """Look a text up in every reading; of each place that has the name, say how it matched."""
    found: dict[str, tuple[str, ...]] = {}
    for reading in _country().readings(text):
        for entry, steps in book.look(reading, plain=not has_marks(text)):
            if reading.kind not in (None, entry.kind):
                found.setdefault(entry.code, ("other type",))
                continue
            untyped = reading.kind is None and entry.kind  # in another country no name has a type
            kind = "no type" if untyped else "abbreviation" if reading.short else ""
            if found.get(entry.code, ("other type",)) == ("other type",):
                found[entry.code] = (*([kind] if kind else []), *steps)
    return found


def _split(text: str, level: Level, known: Books) -> Iterator[Found]:
    """Search a text that names a place and what it lies in, or its type behind it."""
    cuts = {tuple(part for part in parts.split(text) if part): None for parts in _PARTS}
    for cut in cuts:
        yield from _parts(cut, level, known)


def _parts(cut: tuple[str, ...], level: Level, known: Books) -> Iterator[Found]:
    head, *rest = cut or ("",)
    kinds = [kind for part in rest if (kind := _country().kind_alone(part))]
    uppers = [part for part in rest if not _country().kind_alone(part)]
    if not rest or len(kinds) > 1:
        return
    found = _whole(" ".join([*kinds, head]).lower(), level, known, sure=bool(uppers))
    for part in uppers:
        inside = lies_in(part, level, known)
        if not inside:
            return
        found = narrow(found, inside, level, known)
    yield _after("with its district" if uppers else "", found)

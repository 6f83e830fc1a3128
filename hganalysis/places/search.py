"""Search the official names for one name: certain, or not with the reason."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from .. import study
from ..countries import Country
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


_OTHER_TYPE = ("other type",)


class Book:
    """Official names by the forms in which names are compared, from the strictest."""

    # as they are; with a last y taken for an i; and without diacritics besides
    forms: tuple[dict[str, bool], ...] = ({}, {"y_as_i": True}, {"y_as_i": True, "marks": False})

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_key: list[dict[str, list[Entry]]] = [defaultdict(list) for _ in self.forms]
        for entry in entries:
            for by_key, form in zip(self._by_key, self.forms, strict=True):
                by_key[_country().key(entry.core, **form)].append(entry)

    def look(self, text: str) -> dict[str, tuple[str, ...]]:
        """Say of each place that has a name, in any reading of it, how it matched."""
        found: dict[str, tuple[str, ...]] = {}
        plain = not has_marks(text)  # only then Trung An may be Trung Ấn
        for reading in _country().readings(text):
            for entry in self._entries(reading.core, plain=plain):
                if reading.kind not in (None, entry.kind):
                    found.setdefault(entry.code, _OTHER_TYPE)
                elif found.get(entry.code, _OTHER_TYPE) == _OTHER_TYPE:
                    # in another country no name has a type
                    untyped = reading.kind is None and entry.kind
                    kind = "no type" if untyped else "abbreviation" if reading.is_short else ""
                    found[entry.code] = (*filter(None, [kind]), *_steps(reading.core, entry.core))
        return found

    def named(self, text: str) -> dict[str, tuple[str, ...]]:
        """Give of what `look` finds what is not of another type."""
        return {code: way for code, way in self.look(text).items() if way != _OTHER_TYPE}

    def _entries(self, core: str, *, plain: bool) -> list[Entry]:
        *strict, bold = (
            by_key.get(_country().key(core, **form), [])
            for by_key, form in zip(self._by_key, self.forms, strict=True)
        )
        found = [] if plain else strict[0] or strict[1]
        if found or not is_bare(core):
            return found
        # who writes the bar of one đ writes that of all
        barred = bare(core, keep_d=True)
        return [one for one in bold if "đ" not in core or bare(one.core, keep_d=True) == barred]


@dataclass(frozen=True)
class Books:
    """All names that are known: those on the list, those of before, and those of 2025."""

    on_list: dict[Level, dict[str, Entry]]
    now: dict[Level, Book]
    before: dict[Level, Book]
    english: dict[Level, dict[str, list[str]]]
    """Codes by folded English name, as workbooks in English have it."""
    afterwards: Book
    doubtful: set[str]
    """Codes of places with a former name that is one of 2025, too."""
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
    district, commune, province = districts(), communes(), provinces()
    within = {code: frozenset([upper]) for code, upper in district["province_code"].items()}
    for code, upper in commune["district_code"].items():
        within[code] = frozenset([upper]) | within[upper]
    # one name is looked for in one place
    tables = {
        "commune": commune,
        "district": district if len(levels()) > 1 else district.iloc[:0],
        "province": province if levels() else province.iloc[:0],
    }
    old, merged = former(), crosswalk().reset_index()
    new = merged.drop_duplicates("code_2025")
    on_list: dict[Level, dict[str, Entry]] = {}
    before, english = {}, {}
    for level in LEVELS:
        table = tables[level]
        rows = zip(table.index.map(str), *(table[part] for part in _OF_NAMES), strict=True)
        on_list[level] = its = {
            code: Entry(code, name, kind, fold(short), within.get(code, frozenset()))
            for code, name, kind, short in rows
        }
        before[level] = Book(
            entry
            for code, name in zip(old["code"], old["name_vi"], strict=True)
            if code in its
            for entry in _entries(code, name, its[code].within)
        )
        folded = table["name_en"].groupby(table["name_en"].map(fold)).groups
        english[level] = {str(name): [*map(str, codes)] for name, codes in folded.items()}
    return Books(
        on_list=on_list,
        now={level: Book(its.values()) for level, its in on_list.items()},
        before=before,
        english=english,
        afterwards=Book(
            entry
            for code, name in zip(new["code_2025"], new["name_2025"], strict=True)
            for entry in _entries(code, name, frozenset())
        ),
        doubtful=set(old.loc[old["name_vi"].isin(new["name_2025"]), "code"]),
        parts={str(code): frozenset(its) for code, its in merged.groupby("code_2025")["code"]},
    )


_OF_NAMES = ["name_vi", "type_vi", "short_vi"]


def _entries(code: str, name: str, within: frozenset[str]) -> Iterator[Entry]:
    """Read the type out of an official name that stands alone."""
    for reading in _country().readings(fold(name)):
        if reading.kind and not reading.is_short:
            yield Entry(code, name, reading.kind, reading.core, within)


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


def find_later(name: str) -> frozenset[str]:
    """Give the codes of the units of 2025 that a name may mean, whatever else it may mean."""
    book = books().afterwards
    return frozenset(code for _, text in _texts(name) for code in book.named(text))


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
    kept = [code for code in sorted(found.ways) if code in here and inside & here[code].within]
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
    old = any("old name" in way and code in known.doubtful for code, way in found.ways.items())
    return found.but("needs_date") if old and not found.reason else found


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
    now = known.now[level].look(text)
    found = {code: way for code, way in now.items() if way != _OTHER_TYPE}
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
    if old := known.before[level].named(text):
        ways = {code: ("old name", *way) for code, way in old.items()}
        return Found(ways, "ambiguous" if len(ways) > 1 else "")
    later = known.afterwards.named(text) if level == "commune" else {}
    other = _elsewhere(text, tuple(other for other in LEVELS if other != level), known)
    if other and all("no type" in way for way in later.values()):
        return Found(other, "other_level")
    ways = {part: later[code] for code in later for part in known.parts[code]}
    return Found(ways, "other_structure") if ways else None


def _elsewhere(text: str, levels: tuple[Level, ...], known: Books) -> dict[str, tuple[str, ...]]:
    """List the places of other levels that bear the name, or bore it."""
    found: dict[str, tuple[str, ...]] = {}
    for level in levels:
        found |= known.now[level].named(text) or known.before[level].named(text)
    return found


def _split(text: str, level: Level, known: Books) -> Iterator[Found]:
    """Search a text that names a place and what it lies in, or its type behind it."""
    for cut in dict.fromkeys(tuple(filter(None, parts.split(text))) for parts in _PARTS):
        head, *rest = cut or ("",)
        kinds = [kind for part in rest if (kind := _country().kind_alone(part))]
        uppers = [part for part in rest if not _country().kind_alone(part)]
        if not rest or len(kinds) > 1:
            continue
        inside = [lies_in(part, level, known) for part in uppers]
        if all(inside):
            found = _whole(" ".join([*kinds, head]).lower(), level, known, sure=bool(uppers))
            for one in inside:
                found = narrow(found, one, level, known)
            yield _after("with its district" if uppers else "", found)

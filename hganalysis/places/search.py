"""Search the books for one name: certain, or not with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from . import encodings
from .lists import Level
from .name_index import LEVELS, Book, Books
from .spelling import fold, has_marks, key, kind_alone, readings

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
    for encoding, decoded in encodings.decodings(name):
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
        if all(key(known.on_list[level][code].core).startswith("#") for code in found):
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
    for reading in readings(text):
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
    kinds = [kind for part in rest if (kind := kind_alone(part))]
    uppers = [part for part in rest if not kind_alone(part)]
    if not rest or len(kinds) > 1:
        return
    found = _whole(" ".join([*kinds, head]).lower(), level, known, sure=bool(uppers))
    for part in uppers:
        inside = lies_in(part, level, known)
        if not inside:
            return
        found = narrow(found, inside, level, known)
    yield _after("with its district" if uppers else "", found)

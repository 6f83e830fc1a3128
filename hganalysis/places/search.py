"""Search the books for one name: certain, or not with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from . import legacy
from .book import LEVELS, Book, Books
from .lists import Level
from .spelling import fold, has_marks, key, kind_alone, readings

# "Vĩnh Tường (TX. Long Mỹ)", "Xã Vĩnh Tường, H. Vị Thủy", "Vĩnh Tường - Vị Thủy"
_PARTS = re.compile(r"\s*[,;()\[\]]\s*|\s+[-–—]\s+|\s+thuộc\s+")
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

    codes: frozenset[str] = frozenset()
    reason: str = "unknown"
    steps: tuple[str, ...] = ()
    """What was done to the name until it matched."""


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
        return Found(frozenset([name.strip()]), "", ("code",))
    first = Found()
    for step, text in _texts(name):
        legacy_step = step.startswith("legacy")
        for found in (_whole(text, level, known, sure=sure), *_split(text, level, known)):
            if not found.reason and not (legacy_step and "no diacritics" in found.steps):
                exact = name == known.name(min(found.codes))
                steps = ("exact",) if exact else (*([step] if step else []), *found.steps)
                return Found(found.codes, "", steps or ("normalised",))
            if not first.codes and not legacy_step:
                first = found
        if first.codes:
            return first
    return first


def lies_in(within: str, level: Level, known: Books) -> frozenset[str]:
    """List what the name of a place above may mean: an ambiguous one still rules places out."""
    for upper in _ABOVE[level]:
        found = search(within, upper, known, sure=True)
        if found.reason in ("", "ambiguous"):
            return found.codes
    return frozenset()


def narrow(found: Found, inside: frozenset[str], level: Level, known: Books) -> Found:
    """Keep what lies in one of the given places."""
    here = known.on_list[level]
    kept = frozenset(code for code in found.codes & here.keys() if inside & here[code].within)
    if found.reason in ("", "ambiguous"):
        if not kept:
            return Found(found.codes, "elsewhere")
        return Found(kept, "ambiguous" if len(kept) > 1 else "", found.steps or ("normalised",))
    return Found(kept or found.codes, found.reason)


def dated(found: Found, on: date | None, period: tuple[str, str], known: Books) -> Found:
    """Hold what was found to the day that it is said to be of, and the days of the list."""
    first, last = period
    if on is not None:
        day = on.isoformat()
        outside = bool((first and day < first) or (last and day > last))
        return Found(found.codes, "other_date") if outside else found
    if "old name" in found.steps and not found.reason:
        [code] = found.codes
        later = {entry.name for rows in known.afterwards.full.values() for entry in rows}
        if later & set(known.former[code]):
            return Found(found.codes, "needs_date")
    return found


def _texts(name: str) -> Iterator[tuple[str, str]]:
    """Give a name as it stands, without a number before it, and out of every old encoding."""
    text = fold(name)
    yield "", text
    if counted := _COUNTED.match(text):
        yield "numbered", text[counted.end() :]
    for encoding, decoded in legacy.decodings(name):
        yield f"legacy encoding: {encoding}", fold(decoded)


def _whole(text: str, level: Level, known: Books, *, sure: bool) -> Found:
    """Search a text that is one name."""
    now = _look(text, known.now[level])
    found = {code: steps for code, steps in now.items() if "other type" not in steps}
    if len(found) == 1:
        [(code, steps)] = found.items()
        if "no type" in steps:
            if key(known.on_list[level][code].core).startswith("#"):
                return Found(frozenset(found), "number_alone")
            if not sure and (upper := _others(text, _ABOVE[level], known)):
                return Found(upper | {code}, "ambiguous_level")
        return Found(frozenset(found), "", steps)
    if found:
        return Found(frozenset(found), "ambiguous")
    return _off_list(text, level, known) or (
        Found(frozenset(now), "other_type") if now else Found()
    )


def _off_list(text: str, level: Level, known: Books) -> Found | None:
    """Search names that are not on the list of the level, or no longer, or not yet."""
    old = {
        code: steps
        for code, steps in _look(text, known.before[level]).items()
        if "other type" not in steps
    }
    if len(old) == 1:
        [(code, steps)] = old.items()
        return Found(frozenset([code]), "", ("old name", *steps))
    later = _look(text, known.afterwards) if level == "commune" else {}
    typed = [code for code, steps in later.items() if not {"other type", "no type"} & set(steps)]
    untyped = [code for code, steps in later.items() if "no type" in steps]
    other = _others(text, tuple(other for other in LEVELS if other != level), known)
    if other and not typed:
        return Found(other, "other_level")
    if typed or untyped:
        parts = [known.parts[code] for code in typed or untyped]
        return Found(frozenset().union(*parts), "other_structure")
    return None


def _others(text: str, levels: tuple[Level, ...], known: Books) -> frozenset[str]:
    """List the places of other levels that bear the name."""
    return frozenset(
        code
        for level in levels
        for code, steps in _look(text, known.now[level]).items()
        if "other type" not in steps
    )


def _look(text: str, book: Book) -> dict[str, tuple[str, ...]]:
    """Look a text up in every reading; of each place that has the name, say how it matched."""
    found: dict[str, tuple[str, ...]] = {}
    for reading in readings(text):
        for entry, steps in book.look(reading, plain=not has_marks(text)):
            if reading.kind not in (None, entry.kind):
                found.setdefault(entry.code, ("other type",))
                continue
            kind = "no type" if reading.kind is None else "abbreviation" if reading.short else ""
            if found.get(entry.code, ("other type",)) == ("other type",):
                found[entry.code] = (*([kind] if kind else []), *steps)
    return found


def _split(text: str, level: Level, known: Books) -> Iterator[Found]:
    """Search a text that names a place and what it lies in, or its type behind it."""
    head, *rest = [part for part in _PARTS.split(text) if part] or [""]
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
    step = ("with its district",) if uppers else ()
    yield Found(found.codes, found.reason, (*found.steps, *step))

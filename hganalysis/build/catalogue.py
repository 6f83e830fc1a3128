"""Read a catalogue of one's own, and stop with every fault that it has."""

from __future__ import annotations

import math
import tomllib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from .. import indicators, study, words
from .fault import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROLES = ("headline", "ratio", "files", "people")
"""Roles that one measure has at most."""

# Far more than any catalogue needs, and nothing that could fill the memory.
MOST_BYTES = 1_000_000


def read_catalogue(file: Path) -> bytes:
    """
    Read a catalogue laid out as `data/indicators.toml`.

    Parameters
    ----------
    file
        TOML in UTF-8: `[indicators.NAME]` for each measure, `[quantities.NAME]` for each other
        mapped quantity that the notebooks draw.

    Returns
    -------
    text
        What to keep as the catalogue.

    Raises
    ------
    BuildError
        If it cannot be read, or with every entry that is wrong.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            msg = f"{file.name} is larger than {MOST_BYTES} bytes: no catalogue is."
            raise BuildError(msg)
        text = file.read_bytes().decode("utf-8-sig")
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        msg = f"{file.name} is no catalogue: {error}. Start from a copy of data/indicators.toml."
        raise BuildError(msg) from error
    faults = list(_faults(found))
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        msg = (
            f"{file.name} has {len(faults)} faults:\n{lines}\n"
            "Correct them; data/indicators.toml says what each key is for."
        )
        raise BuildError(msg)
    return text.encode("utf-8")


def _faults(found: dict[str, Any]) -> Iterator[str]:
    measures, quantities = found.get("indicators"), found.get("quantities")
    for group, entries in (("indicators", measures), ("quantities", quantities)):
        if not isinstance(entries, dict) or not entries:
            yield f"[{group}.NAME]: there is none"
    if not isinstance(measures, dict) or not isinstance(quantities, dict):
        return
    for name in sorted(indicators.quantities() - set(quantities)):
        yield f"[quantities.{name}] is missing: the notebooks draw it"
    for name, entry in measures.items():
        at = f"[indicators.{name}]"
        if not name.replace("_", "a").isascii() or not name.replace("_", "a").isalnum():
            yield f"{at}: a name has letters a to z, digits and _ only"
        if not isinstance(entry, dict):
            yield f"{at} is no table"
            continue
        yield from (f"{at} {fault}" for fault in _measure(entry))
    for name, entry in quantities.items():
        at = f"[quantities.{name}]"
        if not isinstance(entry, dict):
            yield f"{at} is no table"
            continue
        yield from (f"{at} {fault}" for fault in [*_texts(entry, "label"), *_breaks(entry)])
        if entry.get("unit") not in _UNITS:
            yield f"{at} unit is {entry.get('unit')!r}, not one of {', '.join(_UNITS)}"
    have = [entry.get("role") for entry in measures.values() if isinstance(entry, dict)]
    for role in ROLES:
        if have.count(role) > 1:
            yield f"role {role!r} is given to {have.count(role)} measures; one may have it"
    if "headline" not in have:
        yield 'no measure has role = "headline": the one that everything is shown for'


_UNITS = ("share", "points", "per_1000", "decimal", "count")


def _measure(entry: dict[str, Any]) -> Iterator[str]:
    for key in ("label", "counts", "out_of"):
        yield from _texts(entry, key)
    for key, allowed in {
        "kind": ("share", "ratio"),
        "users": (True, False),
        "role": (None, *ROLES, "platform"),
    }.items():
        if entry.get(key) not in allowed:
            names = ", ".join(str(one) for one in allowed if one is not None)
            yield f"{key} is {entry.get(key)!r}, not one of {names}"
    for key in ("unit", "denominator"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            yield f"{key} is missing"
    when = entry.get("when", dict.fromkeys(map(str, study.current().says("", "years") or ())))
    if not isinstance(when, dict) or not when:
        yield "when.YEAR is missing: in which years it was taken"
        return
    for year in when:
        if not (year.isascii() and year.isdecimal() and len(year) == 4):
            yield f"when.{year}: a year has four digits"
        if "when" in entry:
            yield from _texts(when, year)
    yield from _breaks(entry)
    if len(when) > 1 and entry.get("kind") == "share":
        yield from _breaks(entry, "change_breaks")
    breaks, targets = entry.get("breaks"), entry.get("target", {})
    if not isinstance(targets, dict):
        yield "target is no table of years"
    elif isinstance(breaks, list):
        yield from (
            f"target.{year} = {target} is none of the breaks"
            for year, target in targets.items()
            if target not in breaks
        )


def _texts(entry: dict[str, Any], key: str) -> Iterator[str]:
    texts = entry.get(key)
    for language in words.LANGUAGES:
        text = texts.get(language) if isinstance(texts, dict) else texts
        if not isinstance(text, str) or not text.strip():
            yield f"{key} has no text in {language}"


def _breaks(entry: dict[str, Any], key: str = "breaks") -> Iterator[str]:
    breaks = entry.get(key)
    if (
        not isinstance(breaks, list)
        or not breaks
        or not all(type(one) in {int, float} and math.isfinite(one) for one in breaks)
        or any(low >= high for low, high in pairwise(breaks))
    ):
        yield f"{key} is {breaks!r}, not a list of rising numbers"
    elif key == "change_breaks" and (len(breaks) % 2 == 0 or breaks[len(breaks) // 2] != 0):
        yield f"{key} is {breaks!r}: 0 must be in its middle"

"""Read what describes a study: its own file, its list of places and its measures."""

from __future__ import annotations

import json
import math
import re
import tomllib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from .. import indicators, places, sources, study, words
from ..study import CONTROLS, FILE, PER, Study
from .folders import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..places import OwnList

MOST_BYTES = 1_000_000
# Of the shipped study, what is said of every list of its country: its own count, its reports and
# its outlines are its alone.
_OF_COUNTRY = ("levels.province", "levels.district", "levels.commune", "levels.hamlet")
_EXPOSURE = ("exposure", "exposure.team")
_ITS_OWN = ("codes", "code")
# Several provinces are no province, and places of a country that is not known have no names.
_ALL = {
    "one": {"vi": "danh mục", "en": "list of places"},
    "many": {"vi": "danh mục", "en": "lists of places"},
    "whole": {"vi": "toàn bộ danh mục", "en": "whole list of places"},
}
_ELSEWHERE = {
    "levels.province": _ALL,
    "levels.district": {
        "one": {"vi": "khu vực", "en": "area"},
        "many": {"vi": "khu vực", "en": "areas"},
    },
    "levels.commune": {
        "one": {"vi": "địa phương", "en": "place"},
        "many": {"vi": "địa phương", "en": "places"},
    },
}


def given(file: Path) -> dict[str, bytes]:
    """
    Read a study that somebody described.

    Parameters
    ----------
    file
        A file laid out as `data/study.toml`, a folder with one, or a folder of data.

    Returns
    -------
    files
        The content of each file by its name below `data/`.

    Raises
    ------
    BuildError
        If it cannot be read, or with every fault of it.
    """
    try:
        if (file / study.SOURCES).is_file():
            return {name: (file / name).read_bytes() for name in Study.open(file).own}
        found = file / FILE if file.is_dir() else file
        if found.stat().st_size > MOST_BYTES:
            msg = f"{found.name} is larger than {MOST_BYTES} bytes: no description is."
            raise BuildError(msg)
        written = found.read_bytes().decode("utf-8-sig")
        study.read_description(written)
    except ValueError as error:
        msg = f"{file}: {error}"
        raise BuildError(msg) from error
    return {FILE: written.encode()}


def language(file: Path | None) -> str:
    """Name the language of a study that somebody described; of the shipped one if none is named."""
    written = Study.open().written if file is None else _text(given(file))
    found: str = study.read_description(written)[""].get("language", study.LANGUAGES[0])
    return found


def _text(files: dict[str, bytes]) -> str:
    return files[FILE].decode() if FILE in files else Study.open().written


def read_list(file: Path, described: bytes | None) -> tuple[OwnList, bytes]:
    """
    Read a list of places, as `places.read_list` does, and say what study it is of.

    Parameters
    ----------
    file
        The list.
    described
        What somebody wrote of the study; none where nobody did, and the list says what it can.

    Raises
    ------
    BuildError
        If the list has other levels than the study.
    """
    if described is None:
        listed = places.read_list(file)
        return listed, of_list(listed)
    with study.use(written=described.decode()):
        found = study.current()
        listed = places.read_list(file, country=found.country)
        below = {None: 2, "province": 0}.get(listed.level, 1)
        if len(found.levels) != below:
            raise BuildError(_other_levels(file.name, len(found.levels), below))
    whole = listed.province["code"] == places.WHOLE
    for language, name in found.says("", "name").items():
        for column in (f"name_{language}", f"short_{language}"):
            listed.province.loc[whole, column] = name
    return listed, described


def require_levels(described: bytes) -> None:
    """
    Refuse the description of a study that has other levels than the list of places in use, or
    names controls that are no columns of it.

    Reports by district alone are no others: the list in use knows the districts.
    """
    with study.use(written=described.decode()):
        found, controls = study.current().levels, study.current().controls
    listed, columns = places.levels(), sources.text(sources.LIST).splitlines()[0].split(",")
    if lacking := ", ".join(one for one in controls if one not in columns):
        known = {"file": sources.LIST, "found": ", ".join(columns)}
        raise BuildError(words.term("places.list_missing", columns=lacking, **known))
    if found != listed and (found, len(listed)) != (("district",), 2):
        raise BuildError(_other_levels(sources.LIST, len(found), len(listed)))


def _other_levels(file: str, described: int, listed: int) -> str:
    return words.term("own.levels", file=file, described=described, listed=listed)


def of_list(listed: OwnList) -> bytes:
    """
    Describe a study by its list of places alone.

    One of its country is called as the shipped study is: its levels, and its exposure. Of another,
    nobody knows what its levels are called.
    """
    shipped = Study.open().described
    named = {one: _plain(listed.province[f"short_{one}"].iloc[0]) for one in study.LANGUAGES}
    tables: dict[str, dict[str, Any]] = {"": {"name": named}}
    if listed.country.code:
        tables[""]["country"] = listed.country.code
    if listed.country is Study.open().country:
        tables |= {at: dict(shipped[at]) for at in (*_OF_COUNTRY, *_EXPOSURE)}
        for key in _ITS_OWN:
            del tables["levels.commune"][key]
        if len(listed.province) > 1:
            province = tables["levels.province"]
            tables["levels.part"] = {"one": province["one"], "many": province["many"]}
            tables["levels.part"]["long"] = listed.country.provinces
            tables["levels.province"] = _ALL
        if listed.level == "commune":
            tables["levels.commune"] |= listed.country.one_level
        if listed.level == "province":
            del tables["levels.hamlet"]
    else:
        tables |= _ELSEWHERE
        if listed.level == "province":
            tables["levels.province"] = _ELSEWHERE["levels.commune"]
        short = ("one", "many")
        tables |= {at: {key: shipped[at][key] for key in short} for at in _EXPOSURE}
    for level in study.BELOW:
        if listed.level not in (None, level):
            del tables[f"levels.{level}"]
    return write(tables)


def by_district() -> dict[str, bytes]:
    """Describe the study in use as one whose districts report."""
    tables = dict(study.current().described)
    del tables["levels.commune"]
    tables.pop(CONTROLS, None)  # they are of the communes
    return {FILE: write(tables)}


def with_outlines(crs: str | None) -> dict[str, bytes]:
    """
    Describe the study in use as one with outlines of its own, in a projection where there is one.

    What the shipped study says of its outlines is not true of others.
    """
    tables = dict(study.current().described)
    if FILE not in study.current().own:
        tables.pop("outlines", None)
    if crs is not None:
        tables[""] = {**tables[""], "projection": crs}
    return {FILE: write(tables)}


def write(tables: dict[str, dict[str, Any]]) -> bytes:
    """Write tables as `study.read_description` gives them: a file laid out as `data/study.toml`."""
    lines = []
    for at, table in sorted(tables.items()):
        lines += [f"[{at}]"] if at else []
        lines += [f"{key} = {_value(value)}" for key, value in table.items()]
    return ("\n".join(lines) + "\n").encode()


def _value(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_value(one)}' for key, one in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)  # texts, numbers and lists are written alike


def _plain(name: str) -> str:
    """Take out of a name what no text of a description may hold."""
    return " ".join(re.sub(r"[\[\]{}<>&]", " ", name).split()) or "–"


ROLES = ("headline", "ratio", "files", "people")
"""Roles that one measure has at most."""

# Far more than any catalogue needs, and nothing that could fill the memory.
MOST_OF_CATALOGUE = 1_000_000


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
        if file.stat().st_size > MOST_OF_CATALOGUE:
            msg = f"{file.name} is larger than {MOST_OF_CATALOGUE} bytes: no catalogue is."
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
    drawn = indicators.quantities() - {f"members_per_{one}" for one in PER}
    for name in sorted((drawn | {study.current().density}) - set(quantities)):
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

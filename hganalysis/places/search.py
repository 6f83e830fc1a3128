"""Search the official names for one name: it is certain, or there is a reason why not."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from ..countries import Country
from ..countries.letters import bare, fold, is_bare
from ..study import Study, current, once_each
from .lists import (
    Level,
    describe_province,
    list_compared,
    list_provinces,
    list_units,
    other_codes,
    read_crosswalk,
    read_former,
    write_with_dots,
)

LEVELS: tuple[Level, ...] = ("commune", "district", "province")
"""From the lowest: a place lies in places of the levels behind its own."""

Steps = tuple[str, ...]
"""What was done to a name until it matched an official one."""

_OTHER_TYPE = ("other type",)


@dataclass(frozen=True)
class Entry:
    """An official name: of a place on the list, a former one, or one of 2025."""

    code: str
    name: str
    kind: str
    core: str
    """The name without its type, folded."""
    within: frozenset[str] = frozenset()
    """The codes of the places that it lies in."""


def _forms(core: str, country: Country) -> tuple[str, str, str]:
    """Write a name with every letter; with a last y as an i; and without diacritics besides."""
    key = country.key
    return key(core), key(core, y_as_i=True), key(core, y_as_i=True, marks=False)


class NameIndex:
    """Official names by the forms in which names are compared, from the strictest."""

    def __init__(self, entries: Iterable[Entry], country: Country) -> None:
        self._country = country
        self._by_form: list[dict[str, list[Entry]]] = [defaultdict(list) for _ in range(3)]
        for entry in entries:
            for by_key, key in zip(self._by_form, _forms(entry.core, country), strict=True):
                by_key[key].append(entry)

    def find(self, text: str) -> dict[str, Steps]:
        """Give the steps to each place that any reading of a name matches, by code."""
        steps: dict[str, Steps] = {}
        without_marks = is_bare(text) and "đ" not in text  # only then Trung An may be Trung Ấn
        for reading in self._country.readings(text):
            for entry in self._same_core(reading.core, without_marks=without_marks):
                if not self._may_be_of_type(reading.kind, entry):
                    steps.setdefault(entry.code, _OTHER_TYPE)
                elif steps.get(entry.code, _OTHER_TYPE) == _OTHER_TYPE:
                    spelling = _spelling_steps(reading.core, entry.core, self._country)
                    if reading.kind is None and entry.kind:  # a country may have no types
                        spelling = ("no type", *spelling)
                    elif reading.is_short:
                        spelling = ("abbreviation", *spelling)
                    steps[entry.code] = spelling
        return steps

    def find_same_type(self, text: str) -> dict[str, Steps]:
        """Give what `find` does, without places of another type than the name has."""
        return {code: steps for code, steps in self.find(text).items() if steps != _OTHER_TYPE}

    def _same_core(self, core: str, *, without_marks: bool) -> list[Entry]:
        keys = _forms(core, self._country)
        forms = zip(self._by_form, keys, strict=True)
        exact, y_as_i, unmarked = (by_key.get(key, []) for by_key, key in forms)
        if not without_marks and (exact or y_as_i):
            return exact or y_as_i
        if not is_bare(core):
            return []
        if "đ" not in core:
            return unmarked
        # a person who writes the bar of one đ writes that of all
        barred = bare(core, keep_d=True)
        return [entry for entry in unmarked if bare(entry.core, keep_d=True) == barred]

    def _may_be_of_type(self, kind: str | None, entry: Entry) -> bool:
        """Say whether a place may have a type; the whole of a list may be named without its own."""
        if kind in (None, entry.kind):
            return True
        return not entry.kind and kind in self._country.kinds["province"]


@dataclass(frozen=True)
class Gazetteer:
    """All official names: those on the list, former ones, and those of 2025."""

    country: Country
    """Whose types and spelling are used."""
    other_codes: dict[str, str]
    """The code of each place by its code on another list, written with dots."""
    on_list: dict[Level, dict[str, Entry]]
    current: dict[Level, NameIndex]
    former: dict[Level, NameIndex]
    english: dict[Level, Mapping[Hashable, pd.Index]]
    """Codes by folded English name, as workbooks in English have it."""
    later: NameIndex
    """The communes of 2025."""
    ambiguous_former: set[str]
    """Codes of places with a former name that is also a name of 2025."""
    parts: Mapping[Hashable, pd.Index]
    """The communes of the list that each unit of 2025 was made of, by its code of 2025."""
    homonyms: Mapping[tuple[Level, str], Mapping[str, list[str]]]
    """
    Codes by name without type, its marks as letters of their own: the names of a level in a place
    of a higher one, or everywhere ("").
    """
    period: tuple[str, str]
    """The first and the last day of the list; empty where it does not say one."""

    def name(self, code: str) -> str:
        """Give the official name of a code of any level."""
        return next(entries[code].name for entries in self.on_list.values() if code in entries)


def gazetteer() -> Gazetteer:
    """Read the names of all places."""
    return gazetteer_of(current())


@once_each
def gazetteer_of(study: Study) -> Gazetteer:
    """Read the names of all places of a study."""
    country, tables = study.country, _tables(study)
    on_list = _entries_on_list(study, tables)
    former_names = read_former(study)[["code", "name_vi"]]
    units = read_crosswalk(study)
    later = units.drop_duplicates("code_2025")
    is_later_name = former_names["name_vi"].isin(later["name_2025"])
    whole = describe_province(study)
    first_day, last_day = whole[["structure_from", "structure_to"]].fillna("")
    # the names of each level: of today, of former places on the list, and in English
    present = {}
    former = {}
    english: dict[Level, Mapping[Hashable, pd.Index]] = {}
    for level, entries in on_list.items():
        present[level] = NameIndex(entries.values(), country)
        is_of_level = former_names["code"].isin(list(entries))
        former[level] = _typed_index(former_names[is_of_level], country)
    for level, table in tables.items():
        names = table["name_en"].map(fold)
        english[level] = table.groupby(names).groups
    return Gazetteer(
        country=country,
        other_codes=other_codes(study),
        on_list=on_list,
        current=present,
        former=former,
        english=english,
        later=_typed_index(later[["code_2025", "name_2025"]], country),
        ambiguous_former=set(former_names.loc[is_later_name, "code"]),
        parts=units.groupby("code_2025").groups,
        homonyms=_group_homonyms(on_list),
        period=(first_day, last_day),
    )


def _tables(study: Study) -> dict[Level, pd.DataFrame]:
    """Give the list of each level; a place that is of two levels is in one of them only."""
    tables: dict[Level, pd.DataFrame] = {
        "commune": list_units(study),
        "district": list_compared(study),
        "province": list_provinces(study),
    }
    if len(study.levels) < 2:
        tables["district"] = tables["district"].iloc[:0]
    if not study.levels:
        tables["province"] = tables["province"].iloc[:0]
    return tables


def _entries_on_list(
    study: Study, tables: Mapping[Level, pd.DataFrame]
) -> dict[Level, dict[str, Entry]]:
    # the codes of the places that each place lies in
    parents = list_compared(study)["province_code"].items()
    within = {code: frozenset([parent]) for code, parent in parents}
    for code, parent in tables["commune"]["compared_code"].items():
        within[code] = frozenset([parent]) | within[parent]

    on_list: dict[Level, dict[str, Entry]] = {}
    for level, table in tables.items():
        on_list[level] = {
            code: Entry(code, name, kind, fold(short), within.get(code, frozenset()))
            for code, name, kind, short in table[["name_vi", "type_vi", "short_vi"]].itertuples()
        }
    return on_list


def _group_homonyms(
    on_list: Mapping[Level, Mapping[str, Entry]],
) -> Mapping[tuple[Level, str], Mapping[str, list[str]]]:
    """Group the codes of each level by name, everywhere and in each place of a higher level."""
    homonyms: dict[tuple[Level, str], dict[str, list[str]]] = {}
    for level, entries in on_list.items():
        for code, entry in entries.items():
            for parent in ("", *entry.within):
                names = homonyms.setdefault((level, parent), defaultdict(list))
                names[decompose(entry.core)].append(code)
    return homonyms


def decompose(core: str) -> str:
    """Write marks as letters of their own, so that a wrong tone costs one letter of many."""
    return unicodedata.normalize("NFD", core)


def _typed_index(names: pd.DataFrame, country: Country) -> NameIndex:
    """Index codes and official names without a type beside them, by the type they begin with."""
    entries = [
        Entry(code, name, reading.kind, reading.core)
        for code, name in names.itertuples(index=False)
        for reading in country.readings(fold(name))
        if reading.kind and not reading.is_short
    ]
    return NameIndex(entries, country)


def _spelling_steps(written: str, official: str, country: Country) -> Steps:
    """Name the differences between a written and an official name, beyond its spelling."""
    steps: list[str] = []
    has_number = "#" in country.key(official)
    if has_number and written.split()[-1:] != official.split()[-1:]:
        steps.append("number")
    if is_bare(written) and not is_bare(official):
        steps.append("no diacritics")
    return tuple(steps)


# "Vĩnh Tường (TX. Long Mỹ)", "Xã Vĩnh Tường, H. Vị Thủy"; only then "Vĩnh Tường - Vị Thủy", since
# a name may have a dash of its own, Bà Rịa - Vũng Tàu; and what stands behind the last dash alone:
# "Lâm Viên - Đà Lạt - tỉnh Lâm Đồng".
_SEPARATORS = (
    re.compile(r"\s*[,;()\[\]]\s*|\s+thuộc\s+"),
    re.compile(r"\s*[,;()\[\]]\s*|\s+thuộc\s+|\s+[-–—]\s+"),
    re.compile(r"\s+[-–—]\s+(?!.*\s[-–—]\s)"),
)
# "1. Xã Vị Tân", "IV. Huyện Châu Thành", "a) Phường I"
_LIST_NUMBER = re.compile(r"^(?:(?:\d{1,3}\.)*\d{1,3}|[ivx]{1,5}|[a-e])\s*[.)]\s*(?=\D)")


@dataclass(frozen=True)
class Candidates:
    """The places that a name may mean; it is certain if there is no reason against it."""

    steps: Mapping[str, Steps] = field(default_factory=dict)
    """What was done to the name until it matched, by the code of the place."""
    reason: str = "unknown"
    """Why no place is certain; empty if one is."""

    def because(self, reason: str, *, only: Iterable[str] | None = None) -> Candidates:
        """Give the same with another reason, and only some of the codes."""
        codes = self.steps if only is None else only
        return Candidates({code: self.steps[code] for code in codes}, reason)


def _ambiguous_if_several(steps: Mapping[str, Steps]) -> Candidates:
    return Candidates(steps, "ambiguous" if len(steps) > 1 else "")


def search(name: str, level: Level, names: Gazetteer, *, is_level_sure: bool) -> Candidates:
    """
    Search a name on the list of its level, from the plainest reading to the boldest.

    Parameters
    ----------
    name
        As it is written in a sheet.
    level
        Of the place.
    names
        All official names.
    is_level_sure
        Whether another cell confirms the level. If not, a name without a type that a place of a
        higher level has, too, is ambiguous.
    """
    if not name.strip():
        return Candidates(reason="empty")
    code = name.strip()
    if level == "commune":
        code = names.other_codes.get(write_with_dots(code), code)
    if code in names.on_list[level]:
        return Candidates({code: ("code",)}, "")
    for step, text in _variants(name, names.country):
        all_candidates = [
            _search_name(text, level, names, is_level_sure=is_level_sure),
            *_search_parts(text, level, names),
        ]
        if step.startswith("legacy"):
            all_candidates = [*filter(_has_marks_of_list, all_candidates)]
        certain = [candidates for candidates in all_candidates if not candidates.reason]
        possible = [candidates for candidates in all_candidates if candidates.steps]
        if possible:
            return _with_step(step, [*certain, *possible][0])
    return Candidates()


def _has_marks_of_list(candidates: Candidates) -> bool:
    """Say whether a decoded text has its marks: else its encoding is not believed."""
    return not any("no diacritics" in steps for steps in candidates.steps.values())


def find_later(name: str) -> frozenset[str]:
    """Give the codes of the units of 2025 that a name may mean, even if not for certain."""
    names = gazetteer()
    texts = [text for _, text in _variants(name, names.country)]
    return frozenset(code for text in texts for code in names.later.find_same_type(text))


def _with_step(step: str, candidates: Candidates) -> Candidates:
    if not step:
        return candidates
    steps = {code: (step, *later_steps) for code, later_steps in candidates.steps.items()}
    return Candidates(steps, candidates.reason)


def without_parents(name: str, level: Level, names: Gazetteer) -> str:
    """Fold a name, and take off its office and the places that it lies in: ", tỉnh Phú Thọ"."""
    text = names.country.without_office(fold(name))
    for separator in _SEPARATORS:
        first, *rest = filter(None, separator.split(text)) if text else ("",)
        if rest and all(find_parents(part, level, names) for part in rest):
            return first
    return text


def find_parents(name: str, level: Level, names: Gazetteer) -> set[str]:
    """List the places of a higher level that a name may mean; an ambiguous name has several."""
    for higher_level in LEVELS[LEVELS.index(level) + 1 :]:
        candidates = search(name, higher_level, names, is_level_sure=True)
        if candidates.reason in ("", "ambiguous"):
            return set(candidates.steps)
    return set()


def keep_within(
    candidates: Candidates, parents: set[str], level: Level, names: Gazetteer
) -> Candidates:
    """Keep the candidates that lie in one of some places."""
    entries = names.on_list[level]
    codes = [
        code
        for code in sorted(candidates.steps)
        if code in entries and parents & entries[code].within
    ]
    if candidates.reason not in ("", "ambiguous"):
        return candidates.because(candidates.reason, only=codes or None)
    if not codes:
        return candidates.because("elsewhere")
    return candidates.because("ambiguous" if len(codes) > 1 else "", only=codes)


def check_day(candidates: Candidates, on: date | None, names: Gazetteer) -> Candidates:
    """Refuse a day on which the list of places did not hold, and a name that needs a day."""
    if on is not None:
        first_day, last_day = names.period
        day = on.isoformat()
        is_before = first_day and day < first_day
        is_after = last_day and day > last_day
        return candidates.because("other_date") if is_before or is_after else candidates
    needs_day = any(
        "old name" in steps and code in names.ambiguous_former
        for code, steps in candidates.steps.items()
    )
    if needs_day and not candidates.reason:
        return candidates.because("needs_date")
    return candidates


def _variants(name: str, country: Country) -> Iterator[tuple[str, str]]:
    """Give a name as written, without a number before it, and out of every old encoding."""
    plain = country.without_office
    text = fold(name)
    yield "", plain(text)
    number = _LIST_NUMBER.match(text)
    if number:
        yield "numbered", plain(text[number.end() :])
    for encoding, decoded in country.decodings(name):
        yield f"legacy encoding: {encoding}", plain(fold(decoded))


def _search_name(text: str, level: Level, names: Gazetteer, *, is_level_sure: bool) -> Candidates:
    """Search a text that is one name."""
    steps = names.current[level].find_same_type(text)
    if not steps:
        return _search_off_list(text, level, names)
    if not any("no type" in spelling for spelling in steps.values()):
        return _ambiguous_if_several(steps)
    cores = [names.on_list[level][code].core for code in steps]
    if all(names.country.key(core).startswith("#") for core in cores):
        return Candidates(steps, "number_alone")
    if not is_level_sure:
        higher = _search_levels(text, LEVELS[LEVELS.index(level) + 1 :], names)
        if higher:
            return Candidates(steps | higher, "ambiguous_level")
    return _ambiguous_if_several(steps)


def _search_off_list(text: str, level: Level, names: Gazetteer) -> Candidates:
    """Search English and former names, then other levels and 2025, then another type."""
    english = names.english[level].get(text)
    if english is not None:
        return _ambiguous_if_several(dict.fromkeys(english, ("English name",)))
    former_names = names.former[level].find_same_type(text)
    if former_names:
        steps = {code: ("old name", *spelling) for code, spelling in former_names.items()}
        return _ambiguous_if_several(steps)
    elsewhere = _search_elsewhere(text, level, names)
    if elsewhere.steps:
        return elsewhere
    other_type = names.current[level].find(text)
    return Candidates(other_type, "other_type") if other_type else Candidates()


def _search_elsewhere(text: str, level: Level, names: Gazetteer) -> Candidates:
    """Search the names of other levels, and of communes of 2025."""
    later = names.later.find_same_type(text) if level == "commune" else {}
    if all("no type" in spelling for spelling in later.values()):
        other_levels = tuple(name for name in LEVELS if name != level)
        steps = _search_levels(text, other_levels, names)
        if steps:
            return Candidates(steps, "other_level")
    steps = {part: later[code] for code in later for part in names.parts[code]}
    return Candidates(steps, "other_structure")


def _search_levels(text: str, levels: tuple[Level, ...], names: Gazetteer) -> dict[str, Steps]:
    """List the places of some levels that have the name, or had it."""
    steps: dict[str, Steps] = {}
    for level in levels:
        listed, former_names = names.current[level], names.former[level]
        steps |= listed.find_same_type(text) or former_names.find_same_type(text)
    return steps


def _search_parts(text: str, level: Level, names: Gazetteer) -> Iterator[Candidates]:
    """Search a text that names a place and its parents, or has its type behind it."""
    kind_alone = names.country.kind_alone
    splits = [tuple(filter(None, separator.split(text))) for separator in _SEPARATORS]
    for name, *rest in filter(None, dict.fromkeys(splits)):
        kinds = [kind for kind in map(kind_alone, rest) if kind]
        parent_names = [part for part in rest if not kind_alone(part)]
        parents = [find_parents(part, level, names) for part in parent_names]
        if not rest or len(kinds) > 1 or not all(parents):
            continue
        typed_name = " ".join([*kinds, name]).lower()
        candidates = _search_name(typed_name, level, names, is_level_sure=bool(parents))
        for codes in parents:
            candidates = keep_within(candidates, codes, level, names)
        yield _with_step("with its district" if parents else "", candidates)

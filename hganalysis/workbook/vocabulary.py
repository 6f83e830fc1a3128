"""Know the texts of reports: headers, measures, totals, districts, communes, notes."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import indicators, places, study, words
from ..countries import letters
from ..study import Study
from .template import measure_columns, number_fields, place_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd


PARTS = ("count", "out_of")
PLACE = ("code", "commune", "district", "district_code", "province")
UNUSED = ("number", "remark", "unit")
"""Columns that are known and hold nothing to read: running numbers, remarks, units."""

_KNOWN = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
PATTERNS = {name: re.compile(one) for name, one in _KNOWN.pop("patterns").items()}
TEXTS: dict[str, dict[str, list[str]]] = _KNOWN
"""Every text that is looked for, as the catalogue beside this module has it."""


@dataclass(frozen=True)
class Meaning:
    """
    What one text of a heading says: a `field`, or a measure (`indicator`) or a `part` of one.

    `unit` is what it counts in; `is_whole_year` is set where it says that a whole year is meant.
    """

    field: str = ""
    indicator: str = ""
    part: str = ""
    year: int | None = None
    unit: str = ""
    is_whole_year: bool = False

    @property
    def has_subject(self) -> bool:
        """Whether it says what is counted, or of which place or year a row is."""
        return bool(self.field or self.indicator or self.part)


@dataclass(frozen=True)
class Vocabulary:
    """
    Every text that is known.

    Of headings: the field of each machine name (`exact`), and `texts`; with what is written without
    diacritics all of them (`plain`), or those that are no other word then (`careful`). Of rows: the
    `bare` names of the districts and of the communes on the list, without
    what kind of place they are, and the codes of the communes. What changes nothing in a title are
    `phrases`, the longest first, and the names of places that hold brackets (`bracketed`), in small
    letters; `answers` is what a person said of headings and titles.
    """

    exact: dict[str, str]
    texts: dict[str, Meaning]
    plain: dict[str, Meaning]
    careful: dict[str, Meaning]
    districts: frozenset[str]
    communes: frozenset[str]
    codes: frozenset[str]
    phrases: tuple[str, ...]
    bracketed: tuple[str, ...]
    answers: Mapping[str, str]
    level: str | None
    """The one level of places that there is below the province, itself where there is none; none
    where there are two."""


# Where there is one level, districts are the units. Without districts a column of them says
# nothing; without communes it says which unit a row is.
_ALONE = {
    "district": {"district": "commune", "district_code": "code"},
    "commune": {"district": "remark", "district_code": "remark"},
    "province": {"province": "commune", "district": "remark", "district_code": "remark"},
}


def gather_vocabulary(answers: Mapping[str, str] | None = None) -> Vocabulary:
    """
    Gather what headers and rows can say, from the catalogue and the list of places in use.

    Parameters
    ----------
    answers
        What a person said of headings and titles, by their text.
    """
    levels = places.levels()
    level = None if len(levels) > 1 else next(iter(levels), "province")
    alone = _ALONE.get(level or "", {})
    texts = {
        text: replace(one, field=alone.get(one.field, one.field)) for text, one in _texts().items()
    }
    ways: dict[str, set[Meaning]] = defaultdict(set)
    for text, one in texts.items():
        ways[bare(text)].add(one)
    # what is two things without diacritics says nothing
    plain = {text: next(iter(said)) for text, said in ways.items() if len(said) == 1}
    careful = {text: one for text, one in plain.items() if text not in TEXTS["headings"]["risky"]}
    return Vocabulary(
        exact={name: alone.get(name, name) for name in field_names()},
        texts=texts,
        plain=plain | texts,
        careful=careful | texts,
        districts=_names(places.districts()) if level is None else frozenset(),
        communes=_names(places.communes()),
        codes=frozenset(places.communes().index),
        phrases=_phrases(),
        bracketed=_bracketed(),
        answers={tidy(text): said for text, said in (answers or {}).items()},
        level=level,
    )


def _texts() -> dict[str, Meaning]:
    """Give what each text of a heading says: of the catalogue, the measures, then of the form."""
    known = TEXTS["headers"] | TEXTS.get(
        f"headers_{study.current().country.code}", TEXTS["headers_anywhere"]
    )
    if study.current().says("exposure", "one") != Study.open().says("exposure", "one"):
        known |= {"teams": [], "members": []}
    said = {tidy(text): Meaning(field) for field, texts in known.items() for text in texts}
    parts = {
        tidy(text): Meaning(part=part)
        for part, texts in TEXTS["parts"].items()
        for text in texts
        if text != "%"
    }
    measures: dict[str, set[Meaning]] = defaultdict(set)
    forms: dict[str, set[Meaning]] = defaultdict(set)
    for name, year, entry in _catalogue():
        one = Meaning(indicator=name)
        for key in map(tidy, (name, entry.label, entry.counts)):
            measures[key].add(one)
            forms[tidy(f"{key} {entry.when}")].add(replace(one, year=year))
            for ahead in ("số", "number of"):
                measures[f"{ahead} {key}"].add(replace(one, part="count"))
            for text, part in parts.items():
                measures[f"{key} {text}"].add(replace(part, indicator=name))
                measures[f"{text} {key}"].add(replace(part, indicator=name))
        for column in measure_columns(name, year):
            own = replace(one, part=column.field.partition(".")[2])
            # a header that says when is of that year; what stands in brackets may be left out
            dated = replace(own, year=year if entry.when in column.label else None)
            forms[tidy(column.label)].add(dated)
            forms[tidy(_BRACKETED.sub(" ", column.label))].add(own)
    for language, nouns in zip(words.LANGUAGES, _nouns(), strict=True):
        with words.use(language):
            for name in (*place_fields(), *number_fields()):
                label = words.term(f"template.{name}")
                names = [nouns[one] for one in (name, f"{name}_long") if one in nouns]
                for text in (label, _BRACKETED.sub(" ", label), *names):
                    forms[tidy(text)].add(Meaning(name))
    return {**_certain(forms), **parts, **_certain(measures), **said}


def _certain(said: Mapping[str, set[Meaning]]) -> dict[str, Meaning]:
    """Leave out what two measures share; what two years do is of no year."""
    found = {}
    for text, (first, *others) in said.items():
        undated = replace(first, year=None)
        if all(replace(one, year=None) == undated for one in others):
            found[text] = undated if others else first
    return found


_BRACKETED = re.compile(r"\([^()]*\)")


def _phrases() -> tuple[str, ...]:
    """List what changes nothing in a title: of the catalogue, measures, places, nouns."""
    found = {tidy(one) for one in TEXTS["titles"]["phrases"]}
    found |= {one for one in map(tidy, TEXTS["headings"]["whole"]) if len(one.split()) > 2}
    found |= {tidy(text) for *_, x in _catalogue() for text in (x.label, x.counts, x.out_of)}
    nouns = (noun for some in _nouns() for noun in some.values())
    found |= {tidy(noun) for noun in nouns if not re.search("[0-9]", noun)}
    found |= set(map(tidy, _place_names()))
    cores = map(tidy, _names(places.districts()) | _names(places.communes()))
    found |= {one for one in cores if len(one) >= _LEAST}
    # a year is read of whatever it stands in
    found = {" ".join(_ANY_YEAR.sub(" ", one).split()) for one in found}
    return tuple(sorted(found - {""}, key=len, reverse=True))


def _place_names() -> set[str]:
    """Give the names of all places, with their types and without, in either language."""
    columns = {"name_vi", "name_en", "short_vi", "short_en"}
    tables = places.districts(), places.communes(), places.province().to_frame().T
    return {
        str(name)
        for table in tables
        for column in columns & set(table.columns)
        for name in table[column]
    }


def _bracketed() -> tuple[str, ...]:
    """List the names of places that hold brackets, in small letters, the longest first."""
    names = {unicodedata.normalize("NFC", name).lower() for name in _place_names()}
    return tuple(sorted((name for name in names if "(" in name), key=len, reverse=True))


_ANY_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")
_LEAST = 4  # letters of a name that may stand without its type


def _names(table: pd.DataFrame) -> frozenset[str]:
    pairs = zip(table["name_vi"], table["type_vi"], strict=True)
    return frozenset(bare(name.removeprefix(kind)) for name, kind in pairs)


FOOTNOTES = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎*†‡"
_NO_MARKS = dict.fromkeys(map(ord, FOOTNOTES), " ")


def tidy(text: str) -> str:
    """
    Write a text in small letters, NFC, with one space where there was anything else.

    Examples
    --------
    >>> tidy("  Tên XÃ/Phường *")
    'tên xã phường'
    """
    text = unicodedata.normalize("NFC", text).lower().replace("_", " ").translate(_NO_MARKS)
    return " ".join(re.findall(r"[^\W_]+|[%#]", text))


def bare(text: str) -> str:
    """
    Take the diacritics off as well.

    Examples
    --------
    >>> bare("Tên XÃ/Phường, Đông")
    'ten xa phuong dong'
    """
    return letters.bare(tidy(text))


def field_names() -> list[str]:
    """List every field that a column can be, by its machine name."""
    measures = [f"{name}.{part}" for name in indicators.names() for part in PARTS]
    return [*PLACE, "year", "indicator", *number_fields(), *measures]


def _catalogue() -> Iterator[tuple[str, int, indicators.Indicator]]:
    """Give each measure as it is in each of its years, in one language after the other."""
    for language in words.LANGUAGES:
        with words.use(language):
            for name in indicators.names():
                for year in indicators.years(name):
                    yield name, year, indicators.get(name, year=year)


def _nouns() -> list[dict[str, str]]:
    """Give what the study in use calls its things, in each language."""
    return [study.blanks(study.current().written, one) for one in study.LANGUAGES]


def level_nouns(level: str) -> set[str]:
    """
    Give what the study in use calls a level, or all of it, in either language.

    Examples
    --------
    >>> sorted(level_nouns("district"))
    ['district', 'huyện']
    """
    return {tidy(one[level]) for one in _nouns()}

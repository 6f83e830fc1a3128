"""Know the texts of reports: headers, measures, totals, districts, communes, notes."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from .. import indicators, places, study, words
from ..countries import letters
from ..study import Study
from .template import numbers, of_measure, of_place

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
    What one header text says: a `field`, or a measure (`indicator`) or a `part` of one, or a year.

    `exact` is set for the machine names of the template, which decide alone; `encoding` names
    the old encoding in which the text was recognised. `unit` is what it counts in; `when` is set
    where it says that the whole year is meant, `answered` where a person said what it is.
    """

    field: str = ""
    indicator: str = ""
    part: str = ""
    year: int | None = None
    exact: bool = False
    encoding: str = ""
    unit: str = ""
    when: bool = False
    answered: bool = False

    @property
    def names(self) -> bool:
        """Whether it says what is counted, or of which place or year a row is."""
        return bool(self.field or self.indicator or self.part)


@dataclass(frozen=True)
class Vocabulary:
    """
    Every text that is known.

    Of headers: machine names, tidy texts, and those without diacritics. Of rows: the `bare` names
    of the districts and of the communes on the list, without what kind of place they are.
    """

    exact: frozenset[str]
    texts: dict[str, Meaning]
    plain: dict[str, Meaning]
    districts: frozenset[str]
    communes: frozenset[str]
    codes: frozenset[str] = frozenset()
    """Of the communes on the list."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """What a person said of headings and titles, by their `tidy` text."""
    phrases: tuple[str, ...] = ()
    """What changes nothing in a title, the longest first."""
    level: str | None = None
    """The one level of places that there is below the province, itself where there is none; none
    where there are two."""

    def named(self, name: str) -> str:
        """Give the field that a column is, where there is one level: districts are the units."""
        return _ALONE.get(self.level or "", {}).get(name, name)


# Without districts a column of them says nothing; without communes it says which unit a row is.
_ALONE = {
    "district": {"district": "commune", "district_code": "code"},
    "commune": {"district": "remark", "district_code": "remark"},
    "province": {"province": "commune", "district": "remark", "district_code": "remark"},
}


def vocabulary(answers: Mapping[str, str] | None = None) -> Vocabulary:
    """
    Gather what headers and rows can say, from the catalogue and the list of places in use.

    Parameters
    ----------
    answers
        What a person said of headings and titles, by their text.
    """
    levels = places.levels()
    level = None if len(levels) > 1 else next(iter(levels), "province")
    known = {**TEXTS["headers"]}
    known |= TEXTS.get(f"headers_{study.current().country.code}", TEXTS["headers_anywhere"])
    if study.current().says("exposure", "one") != Study.open().says("exposure", "one"):
        known |= {"teams": [], "members": []}
    texts = {tidy(text): Meaning(field) for field, said in known.items() for text in said}
    parts = {
        tidy(text): Meaning(part=part)
        for part, said in TEXTS["parts"].items()
        for text in said
        if text != "%"
    }
    written: dict[str, set[str]] = defaultdict(set)
    for name, _, entry in _catalogue():
        written[name] |= {name, entry.label, entry.counts}
    for name, said in written.items():
        for key in map(tidy, said):
            texts.setdefault(key, Meaning(indicator=name))
            for ahead in ("số", "number of"):
                texts.setdefault(f"{ahead} {key}", Meaning(indicator=name, part="count"))
            for text, one in parts.items():
                both = Meaning(indicator=name, part=one.part)
                texts.setdefault(f"{key} {text}", both)
                texts.setdefault(f"{text} {key}", both)
    texts = {**_form_texts(), **parts, **texts}
    ways: dict[str, set[Meaning]] = defaultdict(set)
    for text, one in texts.items():
        ways[bare(text)].add(one)
    return Vocabulary(
        exact=frozenset(fields()),
        texts=texts,
        # what is two things without diacritics says nothing
        plain={text: next(iter(said)) for text, said in ways.items() if len(said) == 1},
        districts=_names(places.districts()) if level is None else frozenset(),
        communes=_names(places.communes()),
        codes=frozenset(places.communes().index),
        answers={tidy(text): said for text, said in (answers or {}).items()},
        phrases=_phrases(),
        level=level,
    )


def _phrases() -> tuple[str, ...]:
    """List what changes nothing in a title: of the catalogue, measures, places, nouns."""
    found = {tidy(one) for one in TEXTS["titles"]["phrases"]}
    found |= {one for one in map(tidy, TEXTS["headings"]["whole"]) if len(one.split()) > 2}
    found |= {tidy(text) for *_, x in _catalogue() for text in (x.label, x.counts, x.out_of)}
    nouns = (noun for some in _nouns() for noun in some.values())
    found |= {tidy(noun) for noun in nouns if not re.search("[0-9]", noun)}
    for table in (places.districts(), places.communes(), places.province().to_frame().T):
        for column in {"name_vi", "name_en", "short_vi", "short_en"} & set(table.columns):
            found |= set(map(tidy, table[column].astype(str)))
    cores = map(tidy, _names(places.districts()) | _names(places.communes()))
    found |= {one for one in cores if len(one) >= _LEAST}
    # a year is read of whatever it stands in
    found = {" ".join(_ANY_YEAR.sub(" ", one).split()) for one in found}
    return tuple(sorted(found - {""}, key=len, reverse=True))


_ANY_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")
_LEAST = 4  # letters of a name that may stand without its type


def _form_texts() -> dict[str, Meaning]:
    """
    Give the headers of the form that is handed out, whole and without what stands in brackets.

    A header that two measures share says nothing; one that says when is of that year.
    """
    said: dict[str, set[Meaning]] = defaultdict(set)

    def say(text: str, one: Meaning, year: int | None = None) -> None:
        said[tidy(text)].add(replace(one, year=year))
        said[tidy(BRACKETED.sub(" ", text))].add(one)

    for language in words.LANGUAGES:
        with words.use(language):
            for name in (*of_place(), *numbers()):
                say(words.term(f"template.{name}"), Meaning(name))
    for name in (*of_place(), *numbers()):
        for nouns, noun in product(_nouns(), _NOUNS.get(name, ())):
            said[tidy(nouns[noun])].add(Meaning(name))
    for name, year, entry in _catalogue():
        for column in of_measure(name, year):
            one = Meaning(indicator=name, part=column.field.partition(".")[2])
            say(column.label, one, year if entry.when in column.label else None)
        for text in (entry.label, entry.counts):
            said[tidy(f"{text} {entry.when}")].add(Meaning(indicator=name, year=year))
    found = {}
    for text, meanings in said.items():
        first = next(iter(meanings))
        dated = first if len(meanings) == 1 else replace(first, year=None)
        if {replace(one, year=None) for one in meanings} == {replace(first, year=None)}:
            found[text] = dated
    return found


# What a study calls what a column holds, beside the headers of its form.
_NOUNS = {
    "district": ("district", "district_long"),
    "commune": ("commune", "commune_long"),
    "teams": ("teams", "teams_long"),
    "members": ("members", "members_long"),
}


# What a header says beside its name, as the form does: when, and whether it has to be filled in.
BRACKETED = re.compile(r"\([^()]*\)")


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


def fields() -> list[str]:
    """List every field that a column can be, by its machine name."""
    measures = [f"{name}.{part}" for name in indicators.names() for part in PARTS]
    return [*PLACE, "year", "indicator", *numbers(), *measures]


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


def called(level: str) -> set[str]:
    """
    Give what the study in use calls a level, or all of it, in either language.

    Examples
    --------
    >>> sorted(called("district"))
    ['district', 'huyện']
    """
    return {tidy(one[level]) for one in _nouns()}

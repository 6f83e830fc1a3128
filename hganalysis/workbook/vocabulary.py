"""Know the texts of reports: headers, measures, totals, districts, communes, notes."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
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

_CATALOGUE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
PATTERNS = {name: re.compile(pattern) for name, pattern in _CATALOGUE.pop("patterns").items()}
TEXTS: dict[str, dict[str, list[str]]] = _CATALOGUE
"""Every text that is looked for, as the catalogue beside this module has it."""


@dataclass(frozen=True)
class Meaning:
    """
    What one text of a heading says.

    - `field`: what a column is; or
    - `indicator`, `part`: a measure, its count or what the count is out of;
    - `year`: the year that the text names;
    - `unit`: the unit of the numbers;
    - `is_whole_year`: whether the text says that a whole year is meant.
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

    - `exact`: the field of each machine name;
    - `texts`: what each text of a heading means;
    - `plain`: the same, also for texts without diacritics;
    - `careful`: as `plain`, less the texts that may be another word without diacritics;
    - `districts`, `communes`: bare names, without the type of the place; `codes` of communes;
    - `phrases`: what changes nothing in a title, the longest first;
    - `bracketed`: names of places that hold brackets, in small letters;
    - `answers`: what a person said of headings and titles.
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
    """The only level of places below the province; the province if it has none; None if two."""


# What the fields of places mean where there is only one level. Without districts, a column of them
# says nothing. Without communes, it says which unit a row is.
_FIELDS_OF_ONLY_LEVEL = {
    "district": {"district": "commune", "district_code": "code"},
    "commune": {"district": "remark", "district_code": "remark"},
    "province": {"province": "commune", "district": "remark", "district_code": "remark"},
}


def gather_vocabulary(answers: Mapping[str, str] | None = None) -> Vocabulary:
    """
    Gather all known texts, from the catalogue and the study in use.

    Parameters
    ----------
    answers
        What a person said of headings and titles, by their text.
    """
    current = study.current()
    checksums = tuple(card["sha256"] for card in current.cards.values())
    tidy_answers = {tidy(text): answer for text, answer in (answers or {}).items()}
    return replace(_gather_texts(current, checksums), answers=tidy_answers)


@lru_cache(maxsize=4)  # every report of a study asks for the same texts
def _gather_texts(_study: Study, _checksums: tuple[str, ...]) -> Vocabulary:
    """Gather all known texts, once for each study and state of its files."""
    levels = places.levels()
    level = None if len(levels) > 1 else next(iter(levels), "province")
    replaced = _FIELDS_OF_ONLY_LEVEL.get(level or "", {})
    texts = {
        text: replace(heading, field=replaced.get(heading.field, heading.field))
        for text, heading in _heading_texts().items()
    }
    by_bare_text: dict[str, set[Meaning]] = defaultdict(set)
    for text, heading in texts.items():
        by_bare_text[bare(text)].add(heading)
    # a text that means two things without diacritics means nothing
    plain = {text: next(iter(same)) for text, same in by_bare_text.items() if len(same) == 1}
    risky = TEXTS["headings"]["risky"]
    careful = {text: heading for text, heading in plain.items() if text not in risky}
    return Vocabulary(
        exact={field: replaced.get(field, field) for field in field_names()},
        texts=texts,
        plain=plain | texts,
        careful=careful | texts,
        districts=_bare_names(places.districts()) if level is None else frozenset(),
        communes=_bare_names(places.communes()),
        codes=frozenset(places.communes().index),
        phrases=_phrases(),
        bracketed=_bracketed(),
        answers={},
        level=level,
    )


def _heading_texts() -> dict[str, Meaning]:
    """Give what each text of a heading means; the catalogue decides, then measures, then forms."""
    parts = {
        tidy(text): Meaning(part=part)
        for part, texts in TEXTS["parts"].items()
        for text in texts
        if text != "%"
    }
    form_texts = _form_texts()
    measure_texts: dict[str, set[Meaning]] = defaultdict(set)
    for name, year, indicator in _indicators():
        of_measure = Meaning(indicator=name)
        for key in map(tidy, (name, indicator.label, indicator.counts)):
            measure_texts[key].add(of_measure)
            form_texts[tidy(f"{key} {indicator.when}")].add(replace(of_measure, year=year))
            for prefix in ("số", "number of"):
                measure_texts[f"{prefix} {key}"].add(replace(of_measure, part="count"))
            for text, part in parts.items():
                of_part = replace(part, indicator=name)
                measure_texts[f"{key} {text}"].add(of_part)
                measure_texts[f"{text} {key}"].add(of_part)
    certain_texts = _keep_certain(form_texts) | parts | _keep_certain(measure_texts)
    return certain_texts | _catalogue_texts()


def _catalogue_texts() -> dict[str, Meaning]:
    """Give the headers of the catalogue, for the study in use."""
    current = study.current()
    of_country = f"headers_{current.country.code}"
    headers = TEXTS["headers"] | TEXTS.get(of_country, TEXTS["headers_anywhere"])
    if current.says("exposure", "one") != Study.open().says("exposure", "one"):
        headers |= {"teams": [], "members": []}
    return {tidy(text): Meaning(field) for field, texts in headers.items() for text in texts}


def _form_texts() -> dict[str, set[Meaning]]:
    """Give the headers of the form, with what is in brackets and without."""
    texts: dict[str, set[Meaning]] = defaultdict(set)
    for name, year, indicator in _indicators():
        for column in measure_columns(name, year):
            undated = Meaning(indicator=name, part=column.field.partition(".")[2])
            # a header that names its period is of that year
            dated = replace(undated, year=year if indicator.when in column.label else None)
            texts[tidy(column.label)].add(dated)
            texts[tidy(_BRACKETED.sub(" ", column.label))].add(undated)
    for language, nouns in zip(words.LANGUAGES, _nouns(), strict=True):
        with words.use(language):
            for field in (*place_fields(), *number_fields()):
                label = words.term(f"template.{field}")
                names = nouns.get(field), nouns.get(f"{field}_long")
                for text in filter(None, (label, _BRACKETED.sub(" ", label), *names)):
                    texts[tidy(text)].add(Meaning(field))
    return texts


def _keep_certain(texts: Mapping[str, set[Meaning]]) -> dict[str, Meaning]:
    """Leave out texts of two measures, and the year where a text has two."""
    certain = {}
    for text, meanings in texts.items():
        undated = {replace(meaning, year=None) for meaning in meanings}
        if len(undated) == 1:
            [certain[text]] = meanings if len(meanings) == 1 else undated
    return certain


_BRACKETED = re.compile(r"\([^()]*\)")


def _phrases() -> tuple[str, ...]:
    """List what changes nothing in a title: of the catalogue, measures, places, nouns."""
    texts = [*TEXTS["titles"]["phrases"], *_place_names()]
    texts += [text for text in TEXTS["headings"]["whole"] if len(tidy(text).split()) > 2]
    for _, _, indicator in _indicators():
        texts += [indicator.label, indicator.counts, indicator.out_of]
    for nouns in _nouns():
        texts += [noun for noun in nouns.values() if not re.search("[0-9]", noun)]
    short_names = _bare_names(places.districts()) | _bare_names(places.communes())
    texts += [name for name in short_names if len(tidy(name)) >= _SHORTEST_NAME]
    # the year is read, whatever it is in
    phrases = {" ".join(_ANY_YEAR.sub(" ", tidy(text)).split()) for text in texts}
    return tuple(sorted(phrases - {""}, key=len, reverse=True))


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
_SHORTEST_NAME = 4  # letters of a name of a place that is known without its type


def _bare_names(table: pd.DataFrame) -> frozenset[str]:
    """Give the names of places without their types and diacritics."""
    pairs = zip(table["name_vi"], table["type_vi"], strict=True)
    return frozenset(bare(name.removeprefix(place_type)) for name, place_type in pairs)


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


def _indicators() -> Iterator[tuple[str, int, indicators.Indicator]]:
    """Give each measure in each language and each of its years."""
    for language in words.LANGUAGES:
        with words.use(language):
            for name in indicators.names():
                for year in indicators.years(name):
                    yield name, year, indicators.get(name, year=year)


def _nouns() -> list[dict[str, str]]:
    """Give what the study in use calls its things, in each language."""
    return [study.blanks(study.current().written, language) for language in study.LANGUAGES]


def level_nouns(level: str) -> set[str]:
    """
    Give the nouns of the study for a level, or the whole, in each language.

    Examples
    --------
    >>> sorted(level_nouns("district"))
    ['district', 'huyện']
    """
    return {tidy(nouns[level]) for nouns in _nouns()}

"""Know the texts of reports: headers, measures, totals, districts, communes, notes."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import indicators, places, study, words
from ..countries import letters
from ..periods import search_periods
from ..study import Study
from .template import measure_columns, number_fields, place_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..countries import Country
    from ..periods import Grain, PeriodKey

PARTS = ("count", "out_of")
PLACE = ("code", "commune", "district", "district_code", "province")
TIMES = ("period", "year")
"""Columns of periods; a year is beside a quarter or a month that has none."""
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
    - `group`: of which group of people;
    - `period`: the period that the text names;
    - `unit`: the unit of the numbers;
    - `is_whole_period`: whether the text says that a whole period is meant;
    - `scope`: whether it says "in" a period, "to" its end, or "since" January.
    """

    field: str = ""
    indicator: str = ""
    part: str = ""
    group: str = ""
    period: PeriodKey | None = None
    unit: str = ""
    is_whole_period: bool = False
    scope: str = ""

    @property
    def names_subject(self) -> bool:
        """Whether it names what a column is, or a measure."""
        return bool(self.field or self.indicator)


def whole_texts(grain: Grain) -> list[str]:
    """List the texts that mean all of a period of some length, or what was done in it."""
    return TEXTS["whole"]["any"] + TEXTS["whole"][grain]


def readings(text: str, country: Country) -> list[str]:
    """List a text, and what wrong decoding may have made it from, in the letters of a country."""
    decodings = country.decodings(text)
    return [text, *(decoded for _, decoded in decodings)]


def with_bare(texts: Iterable[str]) -> frozenset[str]:
    """Give texts as `tidy` writes them, with their marks and without."""
    return frozenset(written for text in texts for written in (tidy(text), tidy_bare(text)))


class Phrases:
    """Texts that are looked for as whole words: without marks only where the line has none."""

    def __init__(self, texts: Iterable[str]) -> None:
        lines = [*map(tidy, texts)]
        self._marked = re.compile(rf"(?<!\w){any_of(lines)}(?!\w)")
        self._bare = re.compile(rf"(?<!\w){any_of(map(tidy_bare, lines))}(?!\w)")

    def _pattern(self, line: str) -> re.Pattern[str]:
        return self._bare if line.isascii() else self._marked

    def are_in(self, line: str) -> bool:
        """Say whether a line, as `tidy` writes it, has any of them."""
        return self._pattern(line).search(line) is not None

    def without(self, line: str) -> str:
        """Take them out of a line."""
        return self._pattern(line).sub(" ", line)


def any_of(texts: Iterable[str]) -> str:
    """Write a pattern of texts, the longest first."""
    return f"(?:{'|'.join(map(re.escape, sorted(texts, key=len, reverse=True)))})"


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """
    Every text that is known.

    - `study`: whose texts they are;
    - `exact`: the field of each machine name;
    - `texts`: what each text of a heading means, with diacritics and without;
    - `districts`, `communes`: bare names, without the type of the place; `codes` of communes;
    - `harmless`: what changes nothing in a title;
    - `bracketed`: those of them that hold brackets, in small letters;
    - `answers`: what a person said of headings and titles.
    """

    study: Study
    exact: dict[str, str]
    texts: dict[str, Meaning]
    districts: frozenset[str]
    communes: frozenset[str]
    codes: frozenset[str]
    harmless: Phrases
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
    tidy_answers = {tidy(text): answer for text, answer in (answers or {}).items()}
    return replace(_gather_texts(study.current()), answers=tidy_answers)


@study.once_each  # every report of a study asks for the same texts
def _gather_texts(in_use: Study) -> Vocabulary:
    """Gather all known texts."""
    levels = in_use.levels
    level = None if len(levels) > 1 else next(iter(levels), "province")
    compared, units = places.list_compared(in_use), places.list_units(in_use)
    replaced = _FIELDS_OF_ONLY_LEVEL.get(level or "", {})
    grain = in_use.grain
    if grain == "year":
        replaced = {**replaced, "year": "period"}
    texts = {
        text: replace(heading, field=replaced.get(heading.field, heading.field))
        for text, heading in _heading_texts(in_use).items()
    }
    bare_texts: dict[str, set[Meaning]] = defaultdict(set)
    for text, heading in texts.items():
        if tidy_bare(text) not in TEXTS["headings"]["risky"]:
            bare_texts[tidy_bare(text)].add(heading)
    harmless_texts = _harmless_texts(in_use)
    # years are read before
    undated = {search_periods(tidy(text), "year").remainder for text in harmless_texts}
    return Vocabulary(
        study=in_use,
        exact={field: replaced.get(field, field) for field in field_names()},
        texts=_keep_certain(bare_texts) | texts,
        districts=frozenset() if level else frozenset(map(tidy_bare, compared["short_vi"])),
        communes=frozenset(map(tidy_bare, units["short_vi"])),
        codes=frozenset(units.index),
        # "quý" alone may be a quarter whose year is not named
        harmless=Phrases(undated - {"", *TEXTS["headers_of_periods"][grain]}),
        bracketed=_bracketed(harmless_texts),
        answers={},
        level=level,
    )


def _heading_texts(in_use: Study) -> dict[str, Meaning]:
    """Give what each text of a heading means: measures, then parts of them, then the catalogue."""
    parts = {
        tidy(text): Meaning(part=part, unit=_counted_in(text, part))
        for part, texts in TEXTS["parts"].items()
        for text in texts
        if text != "%"
    }
    parts |= _group_texts(parts)
    of_form = _form_texts(in_use)
    of_measures: dict[str, set[Meaning]] = defaultdict(set)
    of_denominators: dict[str, set[Meaning]] = defaultdict(set)
    for name, period, indicator in _indicators():
        of_measure = Meaning(indicator=name)
        if indicator.denominator != "residents":
            out_of = replace(of_measure, part="out_of")
            of_denominators[tidy(indicator.out_of)].add(out_of)
        for key in map(tidy, (name, indicator.label, indicator.counts)):
            of_measures[key].add(of_measure)
            of_form[tidy(f"{key} {indicator.when}")].add(replace(of_measure, period=period))
            for prefix in ("số", "number of"):
                of_measures[f"{prefix} {key}"].add(replace(of_measure, part="count"))
            for text, part in parts.items():
                if part.group:
                    continue  # its column is that of another measure
                of_part = replace(part, indicator=name)
                of_measures[f"{key} {text}"].add(of_part)
                of_measures[f"{text} {key}"].add(of_part)
    certain = _keep_certain(of_form) | parts | _keep_certain(of_measures)
    certain |= _catalogue_texts(in_use)
    # a text that means something else as well is no denominator
    return _keep_certain(of_denominators) | certain


def _counted_in(text: str, part: str) -> str:
    """Give the unit that the heading of a count names: "số lượt" are visits, and no people."""
    words = tidy(text).split()
    unit = " ".join(word for word in words if word not in {"số", "lượng"})
    is_unit = any(unit in map(tidy, texts) for texts in TEXTS["units"].values())
    return unit if part == "count" and is_unit else ""


def _group_texts(parts: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """Give what groups of people are called: alone, after "of which", before a part."""
    names: dict[str, str] = {}
    for language in words.LANGUAGES:
        with words.use(language):
            for split in indicators.splits():
                for measure, name in split.groups.items():
                    group = measure.removeprefix(f"{split.whole}_")
                    names |= {tidy(f"{of_which} {name}"): group for of_which in ("", *_OF_WHICH)}
    texts = dict.fromkeys(_OF_WHICH, Meaning()) if names else {}
    for name, group in names.items():
        for text, part in {"": Meaning(), **parts}.items():
            texts[tidy(f"{name} {text}")] = replace(part, group=group)
    return texts


_OF_WHICH = ("trong đó", "of which", "of whom")


def _catalogue_texts(in_use: Study) -> dict[str, Meaning]:
    """Give the headers of the catalogue, for a study."""
    of_country = f"headers_{in_use.country.code}"
    headers = TEXTS["headers"] | TEXTS.get(of_country, TEXTS["headers_anywhere"])
    headers["year"] = TEXTS["headers_of_periods"]["year"]
    headers["period"] = headers["period"] + TEXTS["headers_of_periods"][in_use.grain]
    shipped_exposure = Study.open().says("exposure", "one")
    if in_use.says("exposure", "one") != shipped_exposure:
        headers |= {"teams": [], "members": []}
    return {tidy(text): Meaning(field) for field, texts in headers.items() for text in texts}


def _form_texts(in_use: Study) -> dict[str, set[Meaning]]:
    """Give the headers of the form, with what is in brackets and without."""
    texts: dict[str, set[Meaning]] = defaultdict(set)
    for name, period, indicator in _indicators():
        for column in measure_columns(name, period):
            undated = Meaning(indicator=name, part=column.field.partition(".")[2])
            # a header that names its period is of that period
            dated = replace(undated, period=period if indicator.when in column.label else None)
            texts[tidy(column.label)].add(dated)
            texts[tidy(_BRACKETED.sub(" ", column.label))].add(undated)
    for language in words.LANGUAGES:
        nouns = in_use.nouns(language)
        with words.use(language):
            for field in (*place_fields(), *number_fields()):
                label = words.term(f"template.{field}")
                names = [label, _BRACKETED.sub(" ", label)]
                names += [nouns.get(field, ""), nouns.get(f"{field}_long", "")]
                for name in filter(None, names):
                    texts[tidy(name)].add(Meaning(field))
    return texts


def _keep_certain(texts: Mapping[str, set[Meaning]]) -> dict[str, Meaning]:
    """Leave out texts of two measures, and the period where a text has two."""
    certain = {}
    for text, meanings in texts.items():
        undated = {replace(meaning, period=None) for meaning in meanings}
        if len(undated) == 1:
            [certain[text]] = meanings if len(meanings) == 1 else undated
    return certain


_BRACKETED = re.compile(r"\([^()]*\)")


def _harmless_texts(in_use: Study) -> list[str]:
    """Gather what changes nothing in a title: of the catalogue, measures, places, nouns."""
    grain = in_use.grain
    texts = [*TEXTS["titles"]["phrases"], *TEXTS["titles_of_periods"][grain]]
    texts += _place_names(in_use)
    texts += [text for text in whole_texts(grain) if len(tidy(text).split()) > 2]
    if places.read_crosswalk(in_use).empty:
        texts += TEXTS["titles"]["merged"]
    # a title that names women may head their numbers alone
    of_groups = {name for split in indicators.splits() for name in split.groups}
    for name, _, indicator in _indicators():
        if name not in of_groups:
            texts += [indicator.label, indicator.counts, indicator.out_of]
    for language in words.LANGUAGES:
        nouns = in_use.nouns(language).values()
        texts += [noun for noun in nouns if not re.search("[0-9]", noun)]
    return texts


def _place_names(in_use: Study) -> set[str]:
    """
    Give the names of places that a title may have, with their types and without.

    Where there are districts, a title with the name of a commune is of that commune alone, and its
    rows may be hamlets: such a title is asked about.
    """
    columns = {"name_vi", "name_en", "short_vi", "short_en"}
    tables = [places.list_compared(in_use), places.describe_province(in_use).to_frame().T]
    if len(in_use.levels) < 2:
        tables.append(places.list_units(in_use))
    return {
        str(name)
        for table in tables
        for column in columns & set(table.columns)
        for name in table[column]
    }


def _bracketed(texts: list[str]) -> tuple[str, ...]:
    """List the texts that hold what else parts a title, in small letters, the longest first."""
    lines = set(map(letters.small, texts))
    bracketed = [line for line in lines if re.search(r"[;()]", line)]
    return tuple(sorted(bracketed, key=len, reverse=True))


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
    text = letters.small(text).replace("_", " ").translate(_NO_MARKS)
    return " ".join(re.findall(r"[^\W_]+|[%#]", text))


def without_dates_of_letters(text: str) -> str:
    """Write a text in small letters, without the days of its signature and of what it cites."""
    return PATTERNS["cited"].sub(" ", PATTERNS["signed"].sub(" ", text.lower()))


def tidy_bare(text: str) -> str:
    """
    Take the diacritics off as well.

    Examples
    --------
    >>> tidy_bare("Tên XÃ/Phường, Đông")
    'ten xa phuong dong'
    """
    return letters.bare(tidy(text))


SCOPES = {scope: Phrases(texts) for scope, texts in TEXTS["scopes"].items()}
"""What says that numbers are counted "in" a period, "to" its end, or "since" January."""


def is_since_january(fields: Iterable[str]) -> bool:
    """Say whether there are measures among some fields, and all of them are running totals."""
    names = {name for name, point, _ in (field.partition(".") for field in fields) if point}
    return bool(names) and all(indicators.over_time(name) == "since_january" for name in names)


def field_names() -> list[str]:
    """List every field that a column can be, by its machine name."""
    measures = [f"{name}.{part}" for name in indicators.names() for part in PARTS]
    return [*PLACE, *TIMES, "indicator", *number_fields(), *measures]


def _indicators() -> Iterator[tuple[str, PeriodKey, indicators.Indicator]]:
    """Give each measure in each language and each of its periods."""
    for language in words.LANGUAGES:
        with words.use(language):
            for name in indicators.names():
                for period in indicators.periods(name):
                    yield name, period, indicators.get(name, period=period)


def level_nouns(of: Study, level: str) -> set[str]:
    """
    Give the nouns of a study for a level, or the whole, in each language.

    Examples
    --------
    >>> sorted(level_nouns(Study.open(), "district"))
    ['district', 'huyện']
    """
    return {tidy(of.nouns(language)[level]) for language in study.LANGUAGES}

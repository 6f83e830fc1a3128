"""Read the texts of a sheet by words that are known, never by likeness; the rest is asked about."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from .. import indicators, suppress
from ..countries.letters import small
from .template import NUMBERS
from .times import find_periods, find_scope, is_year, join_scopes, only_period, without_whole
from .vocabulary import (
    PARTS,
    PATTERNS,
    PLACE,
    TEXTS,
    TIMES,
    UNUSED,
    Meaning,
    Phrases,
    Vocabulary,
    any_of,
    tidy,
    tidy_bare,
    with_bare,
    without_dates_of_letters,
)

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence, Set

    from ..periods import Grain, PeriodKey

ANY_YEAR = {"population", "households"}
"""Residents and households may come from a count of another period than the report."""
UNUSED_ANSWER = "unused"
"""What a person says of a heading whose column is not to be read."""


_NEUTRAL = with_bare(TEXTS["headings"]["neutral"])
_GROUPS = with_bare(TEXTS["headings"]["groups"])
# "nam" is "male", and never the unit "năm" without its mark
_UNITS = {name: with_bare(texts) - _GROUPS for name, texts in TEXTS["units"].items()}
_ALL_UNITS = frozenset().union(*_UNITS.values())
_DONE = Phrases(TEXTS["headings"]["done"])
_LONGEST_HEADING, _LONGEST_TITLE = 300, 2_000  # letters


def is_time(text: str) -> bool:
    """
    Say whether a text with figures tells a time, so that it can head a column.

    Examples
    --------
    >>> is_time("9 tháng đầu năm 2023"), is_time("9")
    (True, False)
    """
    return len(text) <= _LONGEST_HEADING and PATTERNS["time"].search(tidy(text)) is not None


def is_unit(text: str) -> bool:
    """
    Say whether a text names what is counted, and nothing else.

    Examples
    --------
    >>> [is_unit(text) for text in ("người", "%", "nghìn người", "Số tổ")]
    [True, True, False, False]
    """
    return tidy(text) in _ALL_UNITS


def is_group(text: str) -> bool:
    """
    Say whether a text names a part of what is counted: men, women, "of which".

    Examples
    --------
    >>> [is_group(text) for text in ("Nam", "Trong đó: nữ", "Năm", "Nam 2023")]
    [True, True, False, False]
    """
    name = tidy(text)
    return name in _GROUPS or name.startswith(("trong đó ", "trong do ", "of which "))


def says_done(text: str) -> bool:
    """
    Say whether a heading says that numbers are of what was done.

    Examples
    --------
    >>> says_done("Thực hiện năm 2023"), says_done("Chỉ tiêu")
    (True, False)
    """
    return _DONE.are_in(tidy(text))


def is_share(field: str) -> bool:
    """Say whether a field is a share: it is computed, not read."""
    return field == "share" or field.endswith(".share")


def fits(unit: str, field: str) -> bool:
    """
    Say whether a column may be counted in a unit.

    Examples
    --------
    >>> fits("người", "app_users.count"), fits("hộ", "app_users.count"), fits("hộ", "households")
    (True, False, True)
    """
    key = tidy(unit)
    if key in {"", *_UNITS["any"]} or field in {"", *PLACE, *UNUSED, *TIMES, "indicator"}:
        return True
    if is_share(field):
        return key in _UNITS["percent"]
    name, _, part = field.partition(".")
    if part:
        measure = indicators.get(name, period=indicators.periods(name)[0])
        is_of_files = part == "out_of" and measure.denominator == "files"
        name = "files" if is_of_files else measure.unit
    return key in _UNITS.get(name, _ALL_UNITS - _UNITS["percent"])


# --- headings ---


class Column(NamedTuple):
    """
    What a column is.

    Attributes
    ----------
    field
        Nothing where nobody knows it.
    period
        The period that its texts name.
    texts
        They are above it, from the top down, the last of them in `row`.
    is_answered
        Whether a person said what it is.
    """

    field: str = ""
    period: PeriodKey | None = None
    texts: tuple[str, ...] = ()
    row: int = 0
    is_answered: bool = False

    @property
    def title(self) -> str:
        """Its header as its sender wrote it, in one line."""
        return " – ".join(" ".join(text.split()) for text in self.texts)


def heading(texts: Sequence[str], vocabulary: Vocabulary) -> Column:
    """
    Say what a column is by the texts above it, from the top down.

    Parameters
    ----------
    texts
        Header texts of the column: of a group of columns first, its own last.
    vocabulary
        From `gather_vocabulary`.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import gather_vocabulary
    >>> vocabulary = gather_vocabulary()
    >>> heading(["Người dùng ví điện tử", "Trên tổng số"], vocabulary).field
    'ewallet_users.out_of'
    >>> unknown = (["Hộ nghèo", "Số hộ"], ["Số tổ kế hoạch"])
    >>> [heading(texts, vocabulary).field for texts in unknown]
    ['', '']
    """
    own_texts: list[str] = []
    meanings: list[Meaning | None] = []
    for text in dict.fromkeys(texts):
        if _is_unit_below(text, meanings):
            meanings.append(Meaning(unit=text))
        else:
            own_texts.append(text)
            meanings.append(meaning(text, vocabulary))
    column, grain = Column(texts=tuple(own_texts)), vocabulary.study.grain
    understood = [item for item in meanings if item is not None]
    answer = vocabulary.answers.get(tidy(" ".join(own_texts)), "")
    if answer in {UNUSED_ANSWER, *vocabulary.exact} and _fit(understood, answer):
        return _answered(column, answer, grain)
    merged = _merge(understood)
    if merged is None or None in meanings[-1:]:
        return column
    field = _field_of(merged)
    # Whose residents? An unknown heading above may say; a place is held to the official list.
    is_certain = None not in meanings or field in {*PLACE, *UNUSED, *TIMES}
    may_be_counted = _fit(understood, field) and _may_be_counted(field, merged.scope, grain)
    if not is_certain or not may_be_counted:
        return column
    return column._replace(field=field, period=None if field in ANY_YEAR else merged.period)


def _fit(meanings: Sequence[Meaning], field: str) -> bool:
    """Say whether a field may be counted in all units of its headings."""
    return all(fits(item.unit, field) for item in meanings)


def _may_be_counted(field: str, scope: str, grain: Grain) -> bool:
    """Say whether a field may be counted over time as its heading says."""
    name, _, part = field.partition(".")
    if not scope or (not part and field not in {*NUMBERS, *PARTS}):
        return True
    if field in NUMBERS:
        return scope == "to"
    # of a long table, nobody knows yet of which measure a row is
    names = [name] if part else indicators.names()
    return all(scope in _scopes_of(name, grain) for name in names)


def _scopes_of(name: str, grain: Grain) -> set[str]:
    """Give how the heading of a measure may say that it is counted over time."""
    over_time = indicators.over_time(name)
    # what is new in a year is all of it to the end of the year
    is_of_year = over_time == "new" and grain == "year"
    return {"in", "to"} if is_of_year else _SCOPES[over_time]


_SCOPES = {"stock": {"to"}, "new": {"in"}, "since_january": {"to", "since"}}


def _is_unit_below(text: str, above: Sequence[Meaning | None]) -> bool:
    """Say whether a heading is the unit of what the headings above it count."""
    if not is_unit(text) or tidy(text) in _UNITS["percent"]:
        return False
    fields = [
        item.field if item else ""
        for item in above
        if item is None or item.names_subject or item.part
    ]
    # teams head the column of their members, too
    return bool(fields) and (fields != ["teams"] or fits(text, "teams"))


def _answered(column: Column, answer: str, grain: Grain) -> Column:
    """Take for a column what a person said that it is."""
    search = find_periods(tidy(" ".join(column.texts)), grain)
    field = "number" if answer == UNUSED_ANSWER else answer
    return column._replace(field=field, period=only_period(search.keys, grain), is_answered=True)


def _field_of(meaning: Meaning) -> str:
    """Give the field that a meaning is, or nothing if its parts contradict each other."""
    if meaning.group:
        measure = f"{meaning.indicator}_{meaning.group}"
        return f"{measure}.{meaning.part or 'count'}" if measure in indicators.names() else ""
    if meaning.indicator:
        return f"{meaning.indicator}.{meaning.part or 'count'}"
    is_number = meaning.field in NUMBERS and meaning.part == "count"
    if meaning.field and meaning.part and not is_number:
        return ""
    return meaning.field or meaning.part


def meaning(text: str, vocabulary: Vocabulary) -> Meaning | None:
    """
    Say what one header text means, or None.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import gather_vocabulary
    >>> vocabulary = gather_vocabulary()
    >>> meaning("Số TV", vocabulary).field, meaning("Ví điện tử", vocabulary) is None
    ('members', True)
    >>> users = meaning("Người dùng ví điện tử (số đếm)", vocabulary)
    >>> users.indicator, users.part
    ('ewallet_users', 'count')
    """
    if text.strip() in vocabulary.exact:
        return Meaning(vocabulary.exact[text.strip()])
    return None if len(text) > _LONGEST_HEADING else _read_pieces(text, vocabulary)


_BRACKETED = re.compile(r"[(\[]([^()\[\]]*)[)\]]")


def _read_pieces(text: str, vocabulary: Vocabulary) -> Meaning | None:
    """Read a text as a whole, else what is in brackets, what is not, and what is beside a %."""
    whole = _look_up(tidy(text), vocabulary)
    if "%" not in text and whole:
        return whole
    in_brackets = _BRACKETED.findall(text)
    pieces = [*_BRACKETED.sub(" ", text).split("%")]
    for piece in in_brackets:
        pieces += piece.split("%")
    meanings: list[Meaning | None] = []
    for piece in filter(tidy, pieces):
        is_bracketed_unit = piece in in_brackets and is_unit(piece)
        read = Meaning(unit=piece) if is_bracketed_unit else _look_up(tidy(piece), vocabulary)
        meanings.append(read)
    if "%" in text:
        # a share of a measure, or of what the headings above say; never of a place or a period
        meanings.append(Meaning(part="share"))
    understood = [item for item in meanings if item is not None]
    if not understood or len(understood) < len(meanings):
        return None
    merged = _merge(understood, must_agree=True)
    return None if merged and merged.field and merged.part else merged


def _merge(meanings: Sequence[Meaning], *, must_agree: bool = False) -> Meaning | None:
    """
    Put together what texts say; nothing where they contradict each other.

    They may not name two periods. Of several subjects, parts and units the last one is meant,
    unless they `must_agree`.
    """
    meanings = _as_parts(meanings)
    subjects = [Meaning(item.field, item.indicator) for item in meanings if item.names_subject]
    parts = [item.part for item in meanings if item.part]
    units = [item.unit for item in meanings if item.unit]
    groups = [item.group for item in meanings if item.group]
    # what stands below a measure counts what is of it: its teams are not those of a place
    has_measure = any(item.indicator for item in subjects)
    is_of_measure = has_measure and subjects[-1].field in NUMBERS
    periods = {item.period for item in meanings if item.period}
    differ = any(len(set(values)) > 1 for values in (subjects, parts, units, groups))
    if len(periods) > 1 or is_of_measure or (must_agree and differ):
        return None
    return replace(
        [Meaning(), *subjects][-1],
        part=["", *parts][-1],
        unit=["", *units][-1],
        group=["", *groups][-1],
        period=max(periods, default=None),
        is_whole_period=any(item.is_whole_period for item in meanings),
        scope=join_scopes(item.scope for item in meanings),
    )


def _as_parts(meanings: Sequence[Meaning]) -> list[Meaning]:
    """Take "số hộ" below a measure that counts households for the count of the measure."""
    parts: list[Meaning] = []
    unit = ""
    for item in meanings:
        if item.indicator:
            period = indicators.periods(item.indicator)[0]
            unit = indicators.get(item.indicator, period=period).unit
        is_count = bool(unit) and item.field == unit and not item.part
        part = replace(item, field="", part="count") if is_count else item
        parts.append(part)
    return parts


def _look_up(key: str, vocabulary: Vocabulary) -> Meaning | None:
    """Look a text up as it is, then without its period and the whole periods at its ends."""
    texts, grain = vocabulary.texts, vocabulary.study.grain
    whole = _look_up_whole(key, texts)
    if whole is not None:
        return whole
    periods, remainder = find_periods(key, grain)
    rest = without_whole(remainder, grain)
    undated = _look_up_whole(rest, texts) if rest else Meaning()
    if undated is None:
        return None
    # the name of a measure is a target where a period is beside it
    if undated.field == "indicator" and periods:
        return None
    if undated.period:
        periods.add(undated.period)
    period = only_period(periods, grain)
    if periods and period is None:
        return None
    scope = find_scope(remainder, grain)
    # of "tính đến 30/9" the words are gone with the day
    n_ends = tidy_bare(key).split().count("den")
    n_ends_beside = tidy_bare(remainder).split().count("den")
    if n_ends > n_ends_beside:
        scope = join_scopes([scope, "to"])
    return replace(undated, period=period, is_whole_period=True, scope=scope)


def _look_up_whole(key: str, texts: Mapping[str, Meaning]) -> Meaning | None:
    if key in texts:
        return texts[key]
    if key in _NEUTRAL:
        return Meaning()
    return Meaning(unit=key) if key in _ALL_UNITS else None


# --- titles, notes and comments ---

_NAME = re.compile(r"(?:(?:ThS|TS|Mr|Ms|Dr)\.?\s+)?[^\W\d_][\w.]*(?:\s+[^\W\d_][\w.]*){1,4}")
_SURNAMES = with_bare(TEXTS["titles"]["surnames"])
_WORDS = frozenset(TEXTS["titles"]["words"])
_BARE_WORDS = with_bare(TEXTS["titles"]["words"])


_AUTHORITIES, _PROVINCES, _KINDS = (
    any_of(with_bare(texts))
    for texts in (
        TEXTS["titles"]["authorities"],
        TEXTS["titles"]["provinces"],
        ["tỉnh", "thành phố", "tp"],
    )
)
# "UBND thành phố Cần Thơ" says who wrote, and not of which place the numbers are
_LETTERHEAD = re.compile(rf"^({_AUTHORITIES}\b.*?)\b{_KINDS} {_PROVINCES}\b")
# and "Cần Thơ, ngày 5" where
_SIGNED_AT = re.compile(rf"(?m)^\W*(?:{_KINDS}\.? )?{_PROVINCES},(?=\s*(?:ngày|ngay)\b)")


class Content(NamedTuple):
    """
    What a text around a table says.

    Attributes
    ----------
    unknown
        Words that nobody knows.
    periods
        The periods that the numbers may be of.
    units
        What the numbers may be counted in.
    is_answered
        Whether a person said that the text changes nothing.
    """

    unknown: tuple[str, ...] = ()
    periods: frozenset[PeriodKey] = frozenset()
    units: tuple[str, ...] = ()
    is_answered: bool = False


@lru_cache(maxsize=4_096)  # a title is read again for each table below it
def read_text(text: str, vocabulary: Vocabulary) -> Content:
    """
    Take out of a title, a note or a comment all that is known to change nothing.

    Parameters
    ----------
    text
        As it is in the cell.
    vocabulary
        From `gather_vocabulary`; what a person said of a text holds.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import gather_vocabulary
    >>> vocabulary = gather_vocabulary()
    >>> read_text("BÁO CÁO PHONG TRÀO NĂM 2023 (tính đến 31/12/2023)", vocabulary).unknown
    ()
    >>> read_text("Báo cáo 9 tháng đầu năm 2023", vocabulary).unknown
    ('9', 'tháng', 'đầu')
    >>> read_text("Đơn vị: nghìn người", vocabulary).unknown
    ('nghìn',)
    >>> read_text("Hậu Giang, ngày 15 tháng 01 năm 2024", vocabulary).periods
    frozenset()
    """
    if len(text) > _LONGEST_TITLE:
        return Content((text[:40],))
    line = small(text)
    for name in vocabulary.bracketed:  # its brackets separate nothing
        line = line.replace(name, " ")
    line = without_dates_of_letters(_SIGNED_AT.sub(" ", line))
    unknown: list[str] = []
    periods: set[PeriodKey] = set()
    units: list[str] = []
    for piece in filter(tidy, re.split(r"[\n;()]", line)):
        if PATTERNS["contact"].search(piece):
            continue
        piece_units = _units_of(piece)
        if is_group(piece):
            unknown.append(piece.strip())
        elif piece_units:
            units += piece_units
        else:
            words, piece_periods = _unknown_words(piece, vocabulary)
            unknown += words
            periods |= piece_periods
    if vocabulary.answers.get(tidy(text)):
        return Content(periods=frozenset(periods), is_answered=True)
    return Content(tuple(unknown), frozenset(periods), tuple(units))


def _units_of(piece: str) -> list[str]:
    """Give the units that a piece of a text names, if it names nothing else."""
    line = PATTERNS["unit"].fullmatch(piece.strip())
    listed = re.split(r"[,;/+]|\bvà\b|\band\b", line[1]) if line else [piece]
    units = [unit.strip() for unit in listed if tidy(unit)]
    return units if all(map(is_unit, units)) else []


def _unknown_words(piece: str, vocabulary: Vocabulary) -> tuple[list[str], Set[PeriodKey]]:
    """Give the words of a piece that nobody knows, and its periods."""
    unit_line = PATTERNS["unit"].fullmatch(piece.strip())
    # take out periods, then phrases that change nothing, then numbers of lists
    undecorated = tidy(unit_line[1] if unit_line else piece)
    periods, line = find_periods(undecorated, vocabulary.study.grain)
    line = vocabulary.harmless.without(_LETTERHEAD.sub(r"\1", line))
    line = PATTERNS["numbering"].sub(" ", " ".join(line.split()))
    known_words = _BARE_WORDS if line.isascii() else _WORDS
    return [word for word in line.split() if word not in known_words], periods


def is_name(text: str) -> bool:
    """Say whether a text is two to five words in capitals, as a name is."""
    words = [word for word in re.split(r"[\s.]+", text) if word]
    return _NAME.fullmatch(text.strip()) is not None and all(word[0].isupper() for word in words)


def is_person(text: str) -> bool:
    """
    Say whether a text is the name of somebody: it begins as names do.

    Examples
    --------
    >>> is_person("Nguyễn Văn A"), is_person("Kế Hoạch Năm")
    (True, False)
    """
    return is_name(text) and re.split(r"[\s.]+", text.strip())[0].lower() in _SURNAMES


# --- small numbers ---

# the number of a quarter or a month counts nothing
_WRITTEN = re.compile(
    r"(?<![0-9A-Z])(?<!(?i:quý) )(?<!(?i:tháng) )(?<!(?i:tuần) )[0-9]+(?:[.,\u00a0][0-9]+)*"
)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:[.,\u00a0][0-9]{3})+")


def unsaid(text: str, hidden: Container[int] | None = ()) -> str:
    """
    Take small numbers, and counts that are hidden, out of a text that is printed; all where none.

    A screen is read by others too, and a log kept.

    Examples
    --------
    >>> unsaid("9 tháng năm 2023, số tổ: 3; 1.647 người, 3,5 %")
    '9 tháng năm 2023, số tổ: …; 1.647 người, … %'
    """
    return _WRITTEN.sub(lambda match: "…" if _is_hidden(match[0], hidden) else match[0], text)


def _is_hidden(number: str, hidden: Container[int] | None) -> bool:
    if hidden is None:
        return not is_year(number)
    ahead, mark, behind = re.sub(r"[,\u00a0]", ".", number).rpartition(".")
    value = float(f"{ahead.replace('.', '')}{mark}{behind}")
    if int(value) in hidden or int(re.sub("[^0-9]", "", number)) in hidden:
        return True
    return not _GROUPED.fullmatch(number) and value < suppress.threshold()

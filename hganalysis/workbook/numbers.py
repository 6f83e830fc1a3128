"""
Read numbers as people write them, a column at a time, and guess nothing.

1.234 is a thousand and more in Vietnamese and little more than one in English. Which, only other
cells of the same column can say: 1.234,5 or 12.345.678 decide, 567 does not, and 2,31 does not
either: nobody counts 2.31 people, so it is a slip, and a slip is no witness. Where no cell decides,
a person may: one answer for a whole file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..countries import letters
from ..grid.cell import BLANK_CHARACTERS, Value, as_int_if_whole
from .vocabulary import TEXTS, any_of, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Mark = Literal[",", "."]


@dataclass(frozen=True)
class Number:
    """
    What a cell says, once its column is known.

    Attributes
    ----------
    value
        The number, where there is one.
    rule
        Empty where the value is accepted; `"missing"` where the sender says that there is no
        number; else the key of what is wrong: `ambiguous` (both `readings` are possible),
        `zeros_lost` (2 that may have been 2.000), `contradiction`, `percent`, `approximate`,
        `date`, `multiplied`, `no_number`, `signed` (a plus: it may be an increase).
    readings
        The numbers that the text may mean, for suggestions.
    is_answered
        Whether a person said what the decimal mark is.
    suffixes
        The texts behind the digits: a unit, and what stands in brackets.
    """

    value: float | None = None
    rule: str = ""
    readings: tuple[float, ...] = ()
    is_answered: bool = False
    suffixes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Written:
    """The number of a text under each decimal mark that it may have."""

    values: Mapping[Mark, float]
    is_grouped: bool = False
    """Whether it has two kinds of marks, so that one of them separates groups of digits."""
    suffixes: tuple[str, ...] = ()

    @property
    def decides(self) -> Mark | None:
        """Name the decimal mark that this text alone makes certain, if it does."""
        if len(self.values) > 1 or self.lacks_digits:
            return None
        return next(iter(self.values))

    @property
    def lacks_digits(self) -> bool:
        """Say whether it is a fraction with one mark: a slip among counts."""
        if len(self.readings) != 1 or self.is_grouped:
            return False
        return not isinstance(self.readings[0], int)

    @property
    def readings(self) -> tuple[float, ...]:
        """List the numbers that the text may mean, each once."""
        return tuple(dict.fromkeys(self.values.values()))


class _Range(NamedTuple):
    """Numbers from the first to the last that may have lost their thousands."""

    low: float
    high: float


_NO_RANGE = _Range(0.0, 0.0)


def read_column(cells: Sequence[Value], answer: Mark | None = None) -> list[Number]:
    """
    Read the cells of one column of counts as numbers.

    Cells that leave no choice decide on the decimal mark. Where they contradict each other, each
    of them is refused; where none decides, each cell that could be two numbers is refused.

    Parameters
    ----------
    cells
        From top to bottom, as they stand in the sheet.
    answer
        The decimal mark as a person says it is, for columns in which no cell decides.

    Returns
    -------
    numbers
        One for each cell, in the same order. Whole numbers are of type int.

    Examples
    --------
    >>> [number.value for number in read_column(["1.234", "1.234,0", 7.0, "–"])]
    [1234, 1234, 7, None]
    >>> [number.rule for number in read_column(["1.234", "567"])]
    ['ambiguous', '']
    >>> [number.value for number in read_column(["1.234", "567"], answer=",")]
    [1234, 567]
    >>> [number.rule for number in read_column([1.647, 2.31, 2])]
    ['ambiguous', 'ambiguous', 'zeros_lost']
    """
    entries = [_parse(cell) for cell in cells]
    marks = {entry.decides for entry in entries if isinstance(entry, _Written)} - {None}
    mark = next(iter(marks)) if len(marks) == 1 else None
    doubtful = _NO_RANGE
    if marks != {"."}:
        # texts are explained by one that decides; a number of the workbook has lost its mark
        undecided = [entry for entry in entries if not marks or isinstance(entry, Number)]
        doubtful = _doubtful_range(undecided)
    numbers = []
    for entry in entries:
        if isinstance(entry, _Written):
            numbers.append(_decide(entry, mark, answer, is_contradicted=len(marks) > 1))
        else:
            numbers.append(_question(entry, doubtful, answer))
    return numbers


def _doubtful_range(entries: Sequence[Number | _Written]) -> _Range:
    """
    Give the range of numbers that may have lost their thousands.

    A spreadsheet that takes the dot of 1.647 for a decimal one keeps 1.647, but of 2.310 it keeps
    2.31, and of 2.000 it keeps 2. One fraction among many small numbers is a slip of its own. Texts
    of which one ends with a zero were never numbers of a spreadsheet. Larger whole numbers decide:
    2 among hundreds is 2.000, among dozens it is 2.
    """
    broken = [value for value in map(_broken_value, entries) if value is not None]
    dotted = _dotted_values(entries)
    fractions = [*broken, *dotted]
    if not fractions or not (broken or all(map(_has_three_decimals, dotted))):
        return _NO_RANGE
    high = 10 * max(fractions)
    counts = _whole_counts(entries)
    small = [count for count in counts if count <= min(high, _LARGEST_CUT)]
    larger = [count for count in counts if count > high]
    has_three_decimals = dotted or any(map(_has_three_decimals, broken))
    are_many = len(fractions) >= len(small) and (len(fractions) > 1 or not larger)
    if has_three_decimals and are_many:
        return _Range(0.0, high)
    return _range_like(larger, fractions, small, high) if larger else _NO_RANGE


def _range_like(
    larger: list[float], fractions: list[float], small: list[float], high: float
) -> _Range:
    """Give the range of what is like larger numbers without thousands, where it has both kinds."""
    usual = median(larger) / 1000
    similar = _Range(usual / _SIMILAR, min(usual * _SIMILAR, high))
    has_fraction = any(similar.low <= value <= similar.high for value in fractions)
    has_count = any(count >= similar.low for count in small)
    return similar if has_fraction and has_count else _NO_RANGE


_LARGEST_CUT = 999  # of a million, a spreadsheet takes no dot for a decimal one: it has two
_SIMILAR = 10  # numbers that are more than so many times as large are not similar


def _dotted_values(entries: Sequence[Number | _Written]) -> list[float]:
    """List the smaller readings of the texts that may be two numbers."""
    texts = [entry for entry in entries if isinstance(entry, _Written)]
    return [min(text.readings) for text in texts if len(text.readings) > 1]


def _whole_counts(entries: Sequence[Number | _Written]) -> list[float]:
    """List the whole numbers above zero that the workbook itself holds."""
    values = (entry.value for entry in entries if isinstance(entry, Number))
    return [value for value in values if value and value > 0 and isinstance(value, int)]


def _has_three_decimals(value: float) -> bool:
    """Say whether the third decimal is no zero; a spreadsheet drops a zero there."""
    return round(value, 2) != value


def _broken_value(entry: Number | _Written) -> float | None:
    """
    Give a fraction that may be thousands whose mark was taken for a decimal one.

    Nobody writes 100 as 0.100: a value below one was a fraction from the start.
    """
    if isinstance(entry, Number):
        value = None if isinstance(entry.value, int) else entry.value
    else:
        value = entry.readings[0] if entry.lacks_digits else None
    if value is None or not 1 < value < 1000:
        return None
    return value if round(value, 3) == value else None


def _question(number: Number, doubtful: _Range, answer: Mark | None) -> Number:
    """Refuse a number of the workbook that may have lost its thousands, or restore it."""
    value = number.value
    if answer == "." or value is None or not doubtful.low <= value <= doubtful.high:
        return number
    broken = _broken_value(number)
    if broken is not None:
        restored = round(broken * 1000)
        if answer:
            return Number(restored, is_answered=True)
        return Number(rule="ambiguous", readings=(restored, broken))
    if isinstance(value, int) and 0 < value <= _LARGEST_CUT:
        return Number(rule="zeros_lost", readings=(value, 1000 * value))
    return number


def looks_like_number(cell: Value) -> bool:
    """
    Say whether a cell holds a number, or something meant as one.

    Examples
    --------
    >>> [looks_like_number(cell) for cell in (5, "1.234", "12 %", "khoảng 500", "Xã Vị Tân", "-")]
    [True, True, True, True, False, False]
    """
    if not isinstance(cell, str):
        return cell is not None
    if not any(character in "0123456789" for character in _clean(cell)):
        return False
    entry = _parse(cell)
    if isinstance(entry, _Written) or entry.rule not in {"no_number", "missing"}:
        return True
    return sum(map(str.isalpha, cell)) <= _FEW_LETTERS  # 15/148, 12a


def says_missing(cell: Value) -> bool:
    """
    Say whether a cell says in words that there is no number.

    Examples
    --------
    >>> [says_missing(cell) for cell in ("chưa báo cáo", "–", "không", None)]
    [True, True, False, False]
    """
    return isinstance(cell, str) and _clean(cell) in _MISSING


def _parse(cell: Value) -> Number | _Written:
    """Read a cell alone: a number, or a text under either decimal mark."""
    if isinstance(cell, str) and cell.strip(BLANK_CHARACTERS):
        is_plain = cell.isascii() and cell.isdigit() and len(cell) <= _MOST_DIGITS
        return Number(int(cell)) if is_plain else _parse_text(_clean(cell))
    if isinstance(cell, bool):
        return Number(rule="no_number")
    if isinstance(cell, int | float):
        return Number(as_int_if_whole(cell))
    return Number(rule="missing" if cell is None or isinstance(cell, str) else "date")


def _decide(
    written: _Written, mark: Mark | None, answer: Mark | None, *, is_contradicted: bool
) -> Number:
    """Choose the reading of a text by the mark of its column or answer."""
    readings = written.readings
    if is_contradicted and (written.decides or len(readings) > 1):
        return Number(rule="contradiction", readings=readings)
    if len(readings) == 1:
        return Number(readings[0], suffixes=written.suffixes)
    decimal_mark = mark or answer
    if decimal_mark is None:
        return Number(rule="ambiguous", readings=readings)
    value = written.values[decimal_mark]
    return Number(value, is_answered=mark is None, suffixes=written.suffixes)


# --- one text ---

_FEW_LETTERS = 2
_MOST_DIGITS = 15  # as many as a spreadsheet keeps

_SPACES = re.compile(r"[\s\u200b\ufeff]+")
# Wide letters of East Asian keyboards, and signs that are written for a minus.
_PLAIN_SIGNS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN_SIGNS |= dict.fromkeys(map(ord, "−–—"), ord("-"))

_MISSING = frozenset(TEXTS["numbers"]["missing"])


def _any_of(name: str) -> str:
    """Match any text of a list, with or without diacritics, the longest first."""
    listed = TEXTS["numbers"][name]
    return any_of({*listed, *map(letters.bare, listed)})


_BODY = r"(?P<body>[0-9](?:[0-9., ]*[0-9])?|[.,][0-9]+)"
_NUMBER = re.compile(rf"(?:(?P<open>\( ?)|(?P<sign>[-+] ?))?{_BODY}(?(open) ?\))(?P<rest>.*)")
_RANGE = r"(?:từ |tu |from )?[0-9][0-9., ]*? ?(?:-|đến|den|to) ?[0-9][0-9., ]*"
# What stands behind a number that is not exact, or not one by one, by the rule that it breaks.
_BEHIND = {
    "percent": re.compile(rf" ?{_any_of('per_cent')}(?:\W.*)?"),
    "multiplied": re.compile(rf" ?{_any_of('times')}\b.*"),
    "approximate": re.compile(rf"\s*{_any_of('or_more')}|.*\b{_any_of('planned')}.*"),
}
# What may follow a number: a unit, a remark in brackets, a mark of a footnote.
_AFTER = re.compile(
    rf"\.? ?(?P<unit>{_any_of('units')})?\.? ?"
    r"(?:\((?P<round>[^()0-9]*)\)|\[(?P<square>[^\[\]0-9]*)\])? ?[*†‡¹²³⁴⁵⁶⁷⁸⁹]*"
)

_MONTH = _any_of("months")
_DATE = re.compile(
    rf"[0-9]{{1,4}}/[0-9]{{1,2}}(?:/[0-9]{{2,4}})?|[0-9]{{1,2}}[-.][0-9]{{1,2}}[-.][0-9]{{4}}|"
    rf"[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}(?:[ t].*)?|[0-9]{{1,2}}[- ]?{_MONTH}.*|"
    rf"{_MONTH}[a-z]*[- ]?[0-9]{{1,4}}"
)


# A count is exact: texts that are none, by the rule that they break.
_NO_COUNTS = {
    "date": _DATE,
    "approximate": re.compile(rf"{_any_of('about')}\s*[-+]? ?{_BODY}.*|{_RANGE}"),
}


def _clean(text: str) -> str:
    """Write a text in small letters, with plain digits, signs and spaces."""
    return _SPACES.sub(" ", text.translate(_PLAIN_SIGNS)).strip().strip("'").lower()


def _parse_text(text: str) -> Number | _Written:
    """Read a clean text: a number under either mark, or the rule that it breaks."""
    if text in _MISSING:
        return Number(rule="missing")
    rule = _broken_rule(text, _NO_COUNTS)
    match = _NUMBER.fullmatch(text)
    if match and not rule:
        rule = _broken_rule(match["rest"], _BEHIND)
    if rule or match is None:
        return Number(rule=rule or "no_number")
    sign = match["sign"] or ""
    is_negative = match["open"] or sign.startswith("-")
    factor = -1 if is_negative else 1
    values = {mark: _value(match["body"], mark, factor) for mark in _BY_MARK}
    possible = {mark: value for mark, value in values.items() if value is not None}
    after = _AFTER.fullmatch(match["rest"])
    if after is None or not possible:
        return Number(rule="no_number")
    if sign.startswith("+"):
        return Number(rule="signed")
    is_grouped = len(set(match["body"]) & set("., ")) > 1
    suffixes = tuple(suffix for suffix in after.groups() if suffix and tidy(suffix))
    return _Written(possible, is_grouped=is_grouped, suffixes=suffixes)


def _broken_rule(text: str, patterns: dict[str, re.Pattern[str]]) -> str:
    """Name the first rule whose pattern a text has; an empty text if it has none."""
    return next((rule for rule, pattern in patterns.items() if pattern.fullmatch(text)), "")


# What parts groups of three digits beside each decimal mark, and a number under that mark.
_GROUP_MARKS: dict[Mark, Mark] = {",": ".", ".": ","}
_BY_MARK = {
    mark: re.compile(
        rf"(?P<whole>[0-9]*|[1-9][0-9]{{0,2}}(?P<group>[{group} ])[0-9]{{3}}"
        rf"(?:(?P=group)[0-9]{{3}})*)(?:[{mark}](?P<decimals>[0-9]+))?"
    )
    for mark, group in _GROUP_MARKS.items()
}


def _value(body: str, mark: Mark, factor: int) -> float | None:
    """
    Read digits with one decimal mark; nothing where the separators do not allow it.

    Examples
    --------
    >>> [_value(body, ",", 1) for body in ("1.234", "1.234,5", "0.123", "1 234", "1.23.4")]
    [1234, 1234.5, None, 1234, None]
    """
    match = _BY_MARK[mark].fullmatch(body)
    if match is None or len(body) > 2 * _MOST_DIGITS:
        return None
    digits = re.sub("[., ]", "", match["whole"]) or "0"
    if len(digits) > _MOST_DIGITS:
        return None
    decimals = match["decimals"] or "0"
    return as_int_if_whole(factor * float(f"{digits}.{decimals}"))

"""
Read numbers as people write them, a column at a time, and guess nothing.

1.234 is a thousand and more in Vietnamese and little more than one in English. Which, only other
cells of the same column can say: 1.234,5 or 12.345.678 decide, 567 does not, and 2,31 does not
either: nobody counts 2.31 people, so it is a slip, and a slip is no witness. Where no cell decides,
a person may: one answer for a whole file.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

from ..countries import letters
from ..grid.cell import BLANK_CHARACTERS, Value, as_int_if_whole
from .vocabulary import TEXTS, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

Mark = Literal[",", "."]


@dataclass(frozen=True)
class Answer:
    """What the decimal mark of a file is, and who says so."""

    mark: Mark
    accepted_by: str


@dataclass(frozen=True)
class Number:
    """
    What a cell says, once its column is known.

    `rule` is empty where the value stands; `"missing"` where the sender says there is none; else
    the key of what is wrong: `ambiguous` (both `readings` are possible), `zeros_lost` (2 that may
    have been 2.000), `contradiction`, `percent`, `approximate`, `date`, `multiplied`, `no_number`,
    `signed` (a plus: it may be an increase). `readings` are the numbers that the text may mean: for
    suggestions. `answered` is true where it was a person who said what the mark is. `beside` are
    the texts behind the digits: a unit, and what stands in brackets.
    """

    value: float | None = None
    rule: str = ""
    readings: tuple[float, ...] = ()
    answered: bool = False
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Written:
    """The number of a text under either decimal mark."""

    comma: float | None = None
    point: float | None = None
    grouped: bool = False
    """Whether it has two marks or more, so that one of them parts groups of digits."""
    beside: tuple[str, ...] = ()

    @property
    def decides(self) -> Mark | None:
        """Name the decimal mark that this text alone makes certain, if it does."""
        if (self.comma is None) == (self.point is None) or self.lacks_digits:
            return None
        return "." if self.comma is None else ","

    @property
    def lacks_digits(self) -> bool:
        """Whether it is a fraction of one mark only: a slip, where things are counted."""
        return len(self.readings) == 1 and not (self.grouped or isinstance(self.readings[0], int))

    @property
    def readings(self) -> tuple[float, ...]:
        return tuple(dict.fromkeys(x for x in (self.comma, self.point) if x is not None))


def read_column(cells: Sequence[Value], answer: Mark | None = None) -> list[Number]:
    """
    Read the cells of one column of counts as numbers.

    The decimal mark is taken from the cells that leave no choice. Where they contradict each
    other, each of them is refused; where none decides, each cell that could be two numbers is.

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
    taken = [_take(cell) for cell in cells]
    texts = [one for one in taken if isinstance(one, _Written)]
    marks = {one.decides for one in texts} - {None}
    mark = next(iter(marks)) if len(marks) == 1 else None
    # where a text decides it explains the other texts; a number of the workbook is past helping
    open_ = [one for one in taken if not marks or isinstance(one, Number)]
    doubtful = _NONE if marks == {"."} else _doubtful(open_)
    return [
        _settle(one, mark, answer, torn=len(marks) > 1)
        if isinstance(one, _Written)
        else _looked_at(one, doubtful, answer)
        for one in taken
    ]


def _doubtful(taken: Sequence[Number | _Written]) -> tuple[float, float]:
    """
    Say from which number to which one may have lost its thousands; 0 to 0 where none has.

    A spreadsheet that takes the dot of 1.647 for a decimal one keeps 1.647, but of 2.310 it keeps
    2.31, and of 2.000 it keeps 2. One fraction among many small numbers is a slip of its own, and
    texts of which one ends with a zero were never such numbers. Where there are larger whole
    numbers they decide: 2 among hundreds is 2.000, among dozens it is 2.
    """
    broken = [broken for one in taken if (broken := _broken(one)) is not None]
    dotted = [
        min(one.readings) for one in taken if isinstance(one, _Written) and len(one.readings) > 1
    ]
    fractions = [*broken, *dotted]
    if not fractions or not (broken or all(map(_has_three_decimals, dotted))):
        return _NONE
    most = 10 * max(fractions)
    values = (one.value for one in taken if isinstance(one, Number))
    counted = [value for value in values if value and value > 0 and isinstance(value, int)]
    small = [value for value in counted if value <= min(most, _MOST_LOST)]
    three = dotted or any(map(_has_three_decimals, broken))
    larger = [value for value in counted if value > most]
    if three and len(fractions) >= len(small) and (len(fractions) > 1 or not larger):
        return 0.0, most
    if not larger:
        return _NONE
    usual = median(larger) / 1000
    alike = usual / _ALIKE, min(usual * _ALIKE, most)
    lost = [value for value in fractions if alike[0] <= value <= alike[1]]
    return alike if lost and any(value >= alike[0] for value in small) else _NONE


_NONE = (0.0, 0.0)
_MOST_LOST = 999  # of a million, a spreadsheet takes no dot for a decimal one: it has two
_ALIKE = 10  # numbers that are more than so many times as large are not alike


def _has_three_decimals(value: float) -> bool:
    """Say whether none of three decimals is a zero at the end, which a spreadsheet takes off."""
    return round(value, 2) != value


def _broken(one: Number | _Written) -> float | None:
    """
    Give a fraction that may be a thousand and more whose mark was taken for a decimal one.

    Nobody writes 100 as 0.100: what is below one was a fraction from the start.
    """
    if isinstance(one, Number):
        value = None if isinstance(one.value, int) else one.value
    else:
        value = one.readings[0] if one.lacks_digits else None
    return value if value is not None and 1 < value < 1000 and round(value, 3) == value else None


def _looked_at(one: Number, doubtful: tuple[float, float], answer: Mark | None) -> Number:
    """Ask of a number of the workbook, among others that lost their thousands, whether it did."""
    if answer == "." or one.value is None or not doubtful[0] <= one.value <= doubtful[1]:
        return one
    broken = _broken(one)
    if broken is not None:
        meant = round(broken * 1000)
        if answer:
            return Number(meant, answered=True)
        return Number(rule="ambiguous", readings=(meant, broken))
    if isinstance(one.value, int) and 0 < one.value <= _MOST_LOST:
        return Number(rule="zeros_lost", readings=(one.value, 1000 * one.value))
    return one


def looks_like_number(cell: Value) -> bool:
    """
    Say whether a cell holds a number, or something meant as one.

    Examples
    --------
    >>> [looks_like_number(cell) for cell in (5, "1.234", "12 %", "khoảng 500", "Xã Vị Tân", "-")]
    [True, True, True, True, False, False]
    """
    if isinstance(cell, str):
        if not any(character in "0123456789" for character in _clean(cell)):
            return False
        taken = _take(cell)
        if isinstance(taken, _Written) or taken.rule not in {"no_number", "missing"}:
            return True
        return sum(map(str.isalpha, cell)) <= _FEW_LETTERS  # 15/148, 12a
    return cell is not None


def says_missing(cell: Value) -> bool:
    """
    Say whether a cell says in words that there is no number.

    Examples
    --------
    >>> [says_missing(cell) for cell in ("chưa báo cáo", "–", "không", None)]
    [True, True, False, False]
    """
    return isinstance(cell, str) and _clean(cell) in _MISSING


def _take(cell: Value) -> Number | _Written:
    if isinstance(cell, str) and cell.strip(BLANK_CHARACTERS):
        plain = cell.isascii() and cell.isdigit() and len(cell) <= _MOST_DIGITS
        return Number(int(cell)) if plain else _text(_clean(cell))
    if isinstance(cell, bool):
        return Number(rule="no_number")
    if isinstance(cell, int | float):
        return Number(as_int_if_whole(cell))
    return Number(rule="missing" if cell is None or isinstance(cell, str) else "date")


def _settle(written: _Written, mark: Mark | None, answer: Mark | None, *, torn: bool) -> Number:
    readings, known = written.readings, mark or answer
    if torn and (written.decides or len(readings) > 1):
        return Number(rule="contradiction", readings=readings)
    if len(readings) == 1:
        return Number(readings[0], beside=written.beside)
    if known is None:
        return Number(rule="ambiguous", readings=readings)
    value = written.comma if known == "," else written.point
    return Number(value, answered=mark is None, beside=written.beside)


# --- one text ---

_FEW_LETTERS = 2
_MOST_DIGITS = 15  # as many as a spreadsheet keeps

_SPACES = re.compile(r"[\s\u200b\ufeff]+")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SIGNS = {ord("\N{MINUS SIGN}"): "-", ord("\N{EN DASH}"): "-", ord("\N{EM DASH}"): "-"}

_MISSING = frozenset(TEXTS["numbers"]["missing"])


def _one_of(name: str) -> str:
    """Match any of the texts of a list, as written or without diacritics, the longest first."""
    texts = {one for text in TEXTS["numbers"][name] for one in (text, letters.bare(text))}
    return f"(?:{'|'.join(map(re.escape, sorted(texts, key=len, reverse=True)))})"


# A count is exact or it is none: these say that it is not.
_RANGE = re.compile(r"(?:từ |tu |from )?[0-9][0-9., ]*? ?(?:-|đến|den|to) ?[0-9][0-9., ]*")

_BODY = r"(?P<body>[0-9](?:[0-9., ]*[0-9])?|[.,][0-9]+)"
_NUMBER = re.compile(
    rf"(?:(?P<open>\( ?)|(?P<sign>[-+] ?))?{_BODY}(?(open) ?\))(?P<rest>.*)", flags=re.DOTALL
)
_ABOUT = re.compile(rf"{_one_of('about')}\s*[-+]? ?{_BODY}.*", flags=re.DOTALL)
# What stands behind a number that is not exact, or not one by one, by the rule that it breaks.
_BEHIND = {
    "percent": re.compile(rf" ?{_one_of('per_cent')}(?:\W.*)?"),
    "multiplied": re.compile(rf" ?{_one_of('times')}\b.*"),
    "approximate": re.compile(rf"\s*{_one_of('or_more')}|.*\b{_one_of('planned')}.*", re.DOTALL),
}
# What may follow a number: a unit, a remark in brackets, a mark of a footnote.
_AFTER = re.compile(
    rf"\.? ?(?P<unit>{_one_of('units')})?\.? ?"
    r"(?:\((?P<round>[^()0-9]*)\)|\[(?P<square>[^\[\]0-9]*)\])? ?[*†‡¹²³⁴⁵⁶⁷⁸⁹]*"
)

_MONTH = _one_of("months")
_DATE = re.compile(
    rf"[0-9]{{1,4}}/[0-9]{{1,2}}(?:/[0-9]{{2,4}})?|[0-9]{{1,2}}[-.][0-9]{{1,2}}[-.][0-9]{{4}}|"
    rf"[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}(?:[ t].*)?|[0-9]{{1,2}}[- ]?{_MONTH}.*|"
    rf"{_MONTH}[a-z]*[- ]?[0-9]{{1,4}}"
)


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text).translate(_FULL_WIDTH).translate(_SIGNS)
    return _SPACES.sub(" ", text).strip().strip("'").lower()


def _text(text: str) -> Number | _Written:
    if text in _MISSING:
        return Number(rule="missing")
    if _DATE.fullmatch(text):
        return Number(rule="date")
    if _ABOUT.fullmatch(text) or _RANGE.fullmatch(text):
        return Number(rule="approximate")
    found = _NUMBER.fullmatch(text)
    rest = found["rest"] if found else ""
    rule = next((rule for rule, pattern in _BEHIND.items() if pattern.fullmatch(rest)), "")
    if found is None or rule:
        return Number(rule=rule or "no_number")
    sign = found["sign"] or ""
    negative = found["open"] or sign.startswith("-")
    comma, point = _values(found["body"], -1 if negative else 1)
    after = _AFTER.fullmatch(rest)
    if after is None or (comma is None and point is None):
        return Number(rule="no_number")
    if sign.startswith("+"):
        return Number(rule="signed")
    grouped = len(set(found["body"]) & set("., ")) > 1
    beside = tuple(text for text in after.groups() if text and tidy(text))
    return _Written(comma, point, grouped=grouped, beside=beside)


def _values(body: str, sign: int = 1) -> tuple[float | None, float | None]:
    """
    Read digits and separators with a comma, then with a point, as the decimal mark.

    Examples
    --------
    >>> _values("1.234"), _values("1.234,5"), _values("0.123"), _values("1 234"), _values("1.23.4")
    ((1234, 1.234), (1234.5, None), (None, 0.123), (1234, 1234), (None, None))
    """
    read = _value(body, decimal=",", group="."), _value(body, decimal=".", group=",")
    return tuple(None if one is None else sign * one for one in read)  # type: ignore[return-value]


def _value(body: str, *, decimal: str, group: str) -> float | None:
    ahead, mark, behind = body.partition(decimal)
    if (mark and not (behind.isascii() and behind.isdigit())) or len(body) > 2 * _MOST_DIGITS:
        return None
    separator = " " if " " in ahead else group
    first, *others = ahead.split(separator) if ahead else ["0"]
    if not first.isdigit() or not all(part.isdigit() and len(part) == 3 for part in others):
        return None
    if others and (len(first) > 3 or first.startswith("0")):
        return None
    digits = "".join([first, *others])
    if len(digits) > _MOST_DIGITS:
        return None
    return as_int_if_whole(float(f"{digits}.{behind}")) if behind else int(digits)

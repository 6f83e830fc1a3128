"""
Periods: years, half-years, quarters, months and weeks, which can be read, ordered and counted.

In frames and files a period is its key. The key of a year is a whole number, any other key is a
text as in ISO 8601 or near it: `2025`, `"2025-H2"`, `"2025-Q3"`, `"2025-07"`, `"2025-W30"`. Keys of
one grain sort as they are. A `Period` is made of a key to find its days, or to count steps.
"""

from __future__ import annotations

import re
from calendar import month_name
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, NoReturn

from .countries.letters import bare
from .wording import write_refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

Grain = Literal["year", "half", "quarter", "month", "week"]
PeriodKey = int | str
"""How a period is held in data: a whole number for a year, else a text."""

PERIODS_PER_YEAR = {"year": 1, "half": 2, "quarter": 4, "month": 12}
_SUFFIX = {"half": "H{}", "quarter": "Q{}", "month": "{:02}", "week": "W{:02}"}
EXAMPLES: dict[Grain, PeriodKey] = {
    "year": 2025,
    "half": "2025-H2",
    "quarter": "2025-Q3",
    "month": "2025-07",
    "week": "2025-W30",
}


class PeriodError(ValueError):
    """
    A text is no period that can be used; the message says what to write.

    `reason` is `"no_period"`, `"other_grain"`, or the name of what it looks like.
    """

    def __init__(self, message: str, reason: str = "no_period") -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Period:
    """A period of one grain: the `number`-th of its year. Weeks are those of ISO 8601."""

    grain: Grain
    year: int
    number: int = 1

    def __post_init__(self) -> None:
        """Refuse a fifth quarter, and week 53 of a year that has 52."""
        n_periods = PERIODS_PER_YEAR.get(self.grain)
        if n_periods is None:
            # 28 December is always in the last week of its year
            n_periods = date(self.year, 12, 28).isocalendar().week
        if not 1 <= self.number <= n_periods:
            blanks = {"year": self.year, "most": n_periods, "number": self.number}
            raise PeriodError(write_refusal(f"period_errors.no_{self.grain}", **blanks))

    @property
    def key(self) -> PeriodKey:
        """The period as frames and files hold it."""
        if self.grain == "year":
            return self.year
        return f"{self.year}-{_SUFFIX[self.grain].format(self.number)}"

    @property
    def start(self) -> date:
        """The first day."""
        if self.grain == "week":
            return date.fromisocalendar(self.year, self.number, 1)
        n_months = 12 // PERIODS_PER_YEAR[self.grain]
        month = 1 + n_months * (self.number - 1)
        return date(self.year, month, 1)

    @property
    def end(self) -> date:
        """The last day."""
        return self.later(1).start - timedelta(days=1)

    def later(self, n_steps: int) -> Period:
        """Give the period so many steps later; earlier, for a negative number."""
        if self.grain == "week":
            return find_period(self.start + timedelta(weeks=n_steps), "week")
        per_year = PERIODS_PER_YEAR[self.grain]
        years, index = divmod(self.number - 1 + n_steps, per_year)
        return Period(self.grain, self.year + years, index + 1)

    def steps_since(self, earlier: Period) -> int:
        """
        Count the steps from an earlier period of the same grain.

        Examples
        --------
        >>> read_period("2026-Q1").steps_since(read_period("2025-Q3"))
        2
        >>> read_period("2027-W01").steps_since(read_period("2026-W52"))
        2
        """
        if self.grain == "week":
            return (self.start - earlier.start).days // 7
        years = self.year - earlier.year
        return years * PERIODS_PER_YEAR[self.grain] + self.number - earlier.number

    def overlaps(self, second: Period) -> bool:
        """
        Say whether two periods have a day in common.

        Examples
        --------
        >>> year = read_period(2027)
        >>> read_period("2026-W53").overlaps(year), read_period("2026-W52").overlaps(year)
        (True, False)
        """
        return self.start <= second.end and second.start <= self.end


def find_period(day: date, grain: Grain) -> Period:
    """Find the period of a grain in which a day lies."""
    if grain == "week":
        year, week, _ = day.isocalendar()
        return Period("week", year, week)
    index = (day.month - 1) * PERIODS_PER_YEAR[grain] // 12
    return Period(grain, day.year, index + 1)


# --- how people write a period; texts are small and bare of marks ---

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_HALVES = {"dau": 1, "cuoi": 2, "first": 1, "second": 2}
# the lunar months, giêng and chạp, are refused
_VIETNAMESE_MONTHS = (
    "mot", "hai", "ba", "tu", "nam", "sau", "bay", "tam", "chin", "muoi", "muoi mot", "muoi hai",
)  # fmt: skip
_ENGLISH_MONTHS = [name.lower() for name in month_name[1:]]
_NUMBERS = {
    **_ROMAN,
    **_HALVES,
    **{name: number for number, name in enumerate(_VIETNAMESE_MONTHS, start=1)},
    **{name: number for number, name in enumerate(_ENGLISH_MONTHS, start=1)},
    **{name[:3]: number for number, name in enumerate(_ENGLISH_MONTHS, start=1)},
}
_MONTH_NAMES = [*_ENGLISH_MONTHS, *(name[:3] for name in _ENGLISH_MONTHS)]


def _alternatives(names: Iterable[str]) -> str:
    """Write a pattern of names, the longest first: `muoi` begins `muoi mot`."""
    return "|".join(sorted(names, key=len, reverse=True))


_YEAR = "(?P<year>(?:19|20)[0-9]{2})"
_YEARS = range(1900, 2100)  # those of that pattern; a day may be of any
_OF_YEAR = rf"[\s/.,-]*(?:(?:nam|of)\s+)?{_YEAR}"
# A number alone before a year: "7/2025" is a month.
_MONTH_NUMBER = "1[0-2]|0?[1-9]"


class _Pattern(NamedTuple):
    """One way to write a period of a grain; its groups are `number` and `year`."""

    grain: Grain
    text: str


_PATTERNS = (
    _Pattern("half", rf"(?:6 thang|nua(?: nam)?) (?P<number>dau|cuoi)(?: nam)?{_OF_YEAR}"),
    _Pattern("half", rf"(?P<number>first|second) half{_OF_YEAR}"),
    _Pattern("half", rf"(?:nua nam|half) (?P<number>i{{1,2}}|[12]){_OF_YEAR}"),
    _Pattern("half", rf"h(?P<number>[12]){_OF_YEAR}"),
    _Pattern("half", rf"{_YEAR}[\s-]*h(?P<number>[12])"),
    _Pattern("quarter", rf"(?:quy|quarter|q) ?(?P<number>iv|i{{1,3}}|0?[1-4]){_OF_YEAR}"),
    _Pattern("quarter", rf"{_YEAR}[\s,-]*(?:quy |quarter |q)(?P<number>iv|i{{1,3}}|[1-4])"),
    _Pattern("month", rf"(?:thang ?|t|month )(?P<number>{_MONTH_NUMBER}){_OF_YEAR}"),
    _Pattern("month", rf"thang (?P<number>{_alternatives(_VIETNAMESE_MONTHS)}){_OF_YEAR}"),
    _Pattern("month", rf"(?P<number>{_alternatives(_MONTH_NAMES)}){_OF_YEAR}"),
    _Pattern("month", rf"(?P<number>{_MONTH_NUMBER})[\s/.-]{_YEAR}"),
    _Pattern("month", rf"{_YEAR}[\s/-](?P<number>1[0-2]|0[1-9])"),
    _Pattern("week", rf"(?:tuan|week|w) ?(?P<number>[0-5]?[0-9]){_OF_YEAR}"),
    _Pattern("week", rf"{_YEAR}[\s-]*w(?P<number>[0-5][0-9])"),
    _Pattern("year", rf"(?:nam |year )?{_YEAR}(?P<number>)(?:\.0)?"),
)
# Excel numbers days from this one; these numbers are days of 1954 to 2119.
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_EXCEL_DAYS = range(20_000, 80_000)
_DAY = re.compile(r"(?:[0-9]{1,2}[/.-]){2}([0-9]{4})|([0-9]{4})-[0-9]{2}-[0-9]{2}")


class _Refusal(NamedTuple):
    """What looks like a period and is none; its reason names the text that says what to write."""

    reason: str
    pattern: str


_REFUSALS = (
    _Refusal(
        "running_total",
        r".*\b(?:[3-9]|1[0-2]) thang dau\b.*|.*\bfirst (?:[3-9]|1[0-2]) months\b.*",
    ),
    _Refusal(
        "school_year",
        r".*\bnam (?:hoc|tai chinh)\b.*|.*\b(?:school|fiscal) year\b.*|fy ?\d+|"
        r"(?:nam )?20\d\d ?[-/–] ?20\d\d",
    ),
    _Refusal(
        "lunar_month",
        r".*\bthang (?:gieng|chap)\b.*",
    ),
)


def read_period(value: object, grain: Grain | None = None) -> Period:
    """
    Read a period as people write it.

    Parameters
    ----------
    value
        A number, a text, or a date of a spreadsheet, which stands for the period in which it lies.
    grain
        What is expected; without it, a date is refused.

    Raises
    ------
    PeriodError
        If it is no period, or one of another grain, with what to write.

    Examples
    --------
    >>> texts = [2025, "2025-Q3", "Quý III/2025", "Q3 2025", "Tháng 7/2025", "07/2025", "July 2025"]
    >>> [read_period(text).key for text in texts]
    [2025, '2025-Q3', '2025-Q3', '2025-Q3', '2025-07', '2025-07', '2025-07']
    >>> texts = ["6 tháng cuối năm 2025", "tuần 30 năm 2025", "tháng Mười hai 2025"]
    >>> [read_period(text).key for text in texts]
    ['2025-H2', '2025-W30', '2025-12']
    """
    if isinstance(value, Period):
        period = value
    elif isinstance(value, date):
        period = find_period(value, grain) if grain else _refuse_day(str(value)[:10], value.year)
    else:
        text = " ".join(str(value).split())
        # a text of a day is as a date, but never a year
        day = _read_day(text) if grain != "year" else None
        period = find_period(day, grain) if day and grain else _read_text(text)
    if period.year not in _YEARS:
        blanks = {"text": str(value), "first": _YEARS[0], "last": _YEARS[-1]}
        raise PeriodError(write_refusal("period_errors.years", **blanks))
    if grain and period.grain != grain:
        blanks = {
            "text": str(value),
            "grain": name_grain(period.grain),
            "expected": name_grain(grain),
            "example": EXAMPLES[grain],
        }
        msg = write_refusal("period_errors.other_grain", **blanks)
        raise PeriodError(msg, "other_grain")
    return period


# How `words.period` ends where a period was not over.
_SO_FAR = re.compile(
    r" (so far to [0-9]{1,2} [a-z]+|tinh den [0-9]{1,2}/[0-9]{1,2})$",
)


@lru_cache(maxsize=4096)  # every row of a frame names its period
def _read_text(text: str) -> Period:
    plain = bare(text.casefold())
    plain = _SO_FAR.sub("", plain)
    for pattern in _PATTERNS:
        match = re.fullmatch(pattern.text, plain)
        if match:
            return _period_of(pattern.grain, match)
    for refusal in _REFUSALS:
        if re.fullmatch(refusal.pattern, plain):
            msg = write_refusal(f"period_errors.{refusal.reason}", text=text)
            raise PeriodError(msg, refusal.reason)
    number = text.removesuffix(".0")
    if number.isdigit() and int(number) in _EXCEL_DAYS:
        day = _EXCEL_DAY_ZERO + timedelta(days=int(number))
        _refuse_day(f"{text} (in Excel {day})", day.year)
    day_of_text = _DAY.match(plain)
    if day_of_text:
        _refuse_day(text, int(day_of_text[1] or day_of_text[2]))
    examples = ", ".join(map(str, EXAMPLES.values()))
    raise PeriodError(write_refusal("period_errors.no_period", text=text, examples=examples))


def _period_of(grain: Grain, match: re.Match[str]) -> Period:
    """Take the year and the number of a text that matches a pattern."""
    year = int(match["year"])
    number = _read_number(match["number"])
    return Period(grain, year, number)


def name_grain(grain: Grain) -> str:
    """Name a length of periods in the language of refusals."""
    return write_refusal(f"period_errors.{grain}")


def _read_day(text: str) -> date | None:
    """Read a day such as 31/8/2025 or 2025-08-31; nothing where there is none."""
    match = _DAY.match(text)
    if not match:
        return None
    numbers = [int(number) for number in re.findall("[0-9]+", match[0])]
    day, month, year = numbers if match[1] else reversed(numbers)
    with suppress(ValueError):
        return date(year, month, day)
    return None


def _refuse_day(text: str, year: int) -> NoReturn:
    raise PeriodError(write_refusal("period_errors.day", text=text, year=year))


def _read_number(text: str) -> int:
    """Take the number of a period within its year; a year has none."""
    if text == "":
        return 1
    return int(text) if text.isdigit() else _NUMBERS[text]


def read_column(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Read the `period` of each row; the column may be called `year`, as it was before 2026.

    Raises
    ------
    PeriodError
        If a row has none that can be read, with what to write; if some are longer than others.
    """
    if "year" in rows and "period" not in rows:
        rows = rows.rename(columns={"year": "period"})
    if "period" not in rows:
        return rows
    periods = {cell: read_period(cell) for cell in rows["period"].unique()}
    grains = {period.grain for period in periods.values()}
    if len(grains) > 1:
        listed = ", ".join(map(name_grain, sorted(grains)))
        raise PeriodError(write_refusal("period_errors.several_grains", grains=listed))
    keys = {cell: period.key for cell, period in periods.items()}
    return rows.assign(period=rows["period"].map(keys))


class Search(NamedTuple):
    """What a search in a text found, and the text without it."""

    keys: set[PeriodKey]
    remainder: str


# Before a period in a text, these mean all of it.
_ALL_OF = (
    "(?:(?:(?:tinh )?(?:den )?(?:het |cuoi )|ca |tron |trong )(?=nam |quy |thang |tuan |nua )|"
    "(?:the )?end of |all of )?"
)


# A day up to which was counted.
_LAST_DAY = re.compile(
    r"\b(?:(?:tinh )?den(?: het)?(?: ngay)?|as of|to|by) (?P<day>[0-9]{1,2})[\s/.-]"
    rf"(?P<month>[0-9]{{1,2}}|[a-z]{{3,9}})[\s/.-]{_YEAR}(?![0-9a-z])"
)


def search_periods(text: str, grain: Grain) -> Search:
    """
    Find the periods of a grain in a text, such as the title of a table.

    The last day of a period up to which was counted stands for that period.

    Examples
    --------
    >>> search_periods("báo cáo quý iii năm 2025", "quarter")
    Search(keys={'2025-Q3'}, remainder='báo cáo')
    >>> search_periods("đến 30/9/2025", "quarter"), search_periods("đến 31/8/2025", "quarter")
    (Search(keys={'2025-Q3'}, remainder=''), Search(keys=set(), remainder='đến 31/8/2025'))
    """
    keys: set[PeriodKey] = set()
    if not re.search(_YEAR, text):  # most texts have none
        return Search(keys, " ".join(text.split()))
    for match in reversed(list(_LAST_DAY.finditer(bare(text.casefold())))):
        with suppress(ValueError):  # there may be no such month or day
            month = read_period(f"{match['month']} {match['year']}", "month").start
            day = month.replace(day=int(match["day"]))
            period = find_period(day, grain)
            if period.end == day:
                keys.add(period.key)
                text = f"{text[: match.start()]} {text[match.end() :]}"
    for pattern in _PATTERNS:
        if pattern.grain != grain:
            continue
        within = re.compile(rf"(?<![0-9a-z]){_ALL_OF}{pattern.text}(?![0-9a-z])")
        matches = list(within.finditer(bare(text.casefold())))
        for match in reversed(matches):
            period = _period_of(grain, match)
            keys.add(period.key)
            text = f"{text[: match.start()]} {text[match.end() :]}"
    return Search(keys, " ".join(text.split()))


def order_periods(keys: Iterable[PeriodKey]) -> list[PeriodKey]:
    """Sort keys by their first day, without repetition; the longer of two first."""
    periods = {read_period(key) for key in keys}
    ordered = sorted(periods, key=lambda period: (period.start, -period.end.toordinal()))
    return [period.key for period in ordered]


def list_periods(first: PeriodKey, last: PeriodKey) -> list[PeriodKey]:
    """
    List all periods from one to another of the same grain.

    Examples
    --------
    >>> list_periods("2025-Q3", "2026-Q1")
    ['2025-Q3', '2025-Q4', '2026-Q1']
    """
    start = read_period(first)
    n_steps = read_period(last).steps_since(start)
    return [start.later(step).key for step in range(n_steps + 1)]


def earlier_than(keys: Iterable[PeriodKey], key: PeriodKey) -> list[PeriodKey]:
    """List the keys of the same grain that are before a period, first to last."""
    last = read_period(key)
    periods = map(read_period, keys)
    earlier = []
    for period in periods:
        is_alike = period.grain == last.grain
        if is_alike and period.start < last.start:
            earlier.append(period.key)
    return order_periods(earlier)


def require_later(before: PeriodKey, after: PeriodKey) -> None:
    """
    Refuse a change that does not go from a period to a later one of the same length.

    Raises
    ------
    PeriodError
        With both periods.
    """
    first, last = read_period(before), read_period(after)
    if first.grain != last.grain:
        blanks = {
            "before": before,
            "after": after,
            "grain": name_grain(first.grain),
            "other_grain": name_grain(last.grain),
        }
        refusal = write_refusal("period_errors.unlike", **blanks)
        raise PeriodError(refusal)
    if first.start >= last.start:
        raise PeriodError(write_refusal("period_errors.not_later", before=before, after=after))


def count_year(keys: Iterable[PeriodKey]) -> int:
    """
    Say after how many periods there is the same season again; 1 if there are too few to know.

    Examples
    --------
    >>> count_year([2022, 2023]), count_year(["2025-Q1", "2025-Q2", "2025-Q3"])
    (1, 1)
    >>> count_year(["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1"])
    4
    """
    keys = list(keys)
    grain = read_period(keys[0]).grain
    per_year = PERIODS_PER_YEAR.get(grain, len(keys))
    is_a_year = per_year < len(keys)
    if is_a_year and set(count_steps(keys)) == {1}:
        return per_year
    return 1


def count_steps(keys: Iterable[PeriodKey]) -> list[int]:
    """
    Count how many steps periods are from each other, one after the other.

    Examples
    --------
    >>> count_steps([2019, 2022, 2023]), count_steps(["2025-Q1", "2025-Q2", "2025-Q4"])
    ([3, 1], [1, 2])
    """
    periods = [read_period(key) for key in keys]
    return [later.steps_since(earlier) for earlier, later in pairwise(periods)]

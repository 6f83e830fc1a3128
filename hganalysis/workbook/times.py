"""Read the periods of a report: in cells, in headings, and in the texts around a table."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from .. import words
from ..periods import (
    Grain,
    Period,
    PeriodError,
    Search,
    find_period,
    order_periods,
    read_period,
    search_periods,
)
from .vocabulary import SCOPES, TEXTS, any_of, tidy, whole_texts, with_bare

if TYPE_CHECKING:
    from collections.abc import Iterable, Set

    from ..grid import Cell
    from ..periods import PeriodKey

# What is put before the bare number of a period, where a year is in a column of its own.
_PREFIXES = {"year": "", "half": "half ", "quarter": "Q", "month": "T", "week": "W"}


def read_cell(cell: Cell, grain: Grain, year: str = "") -> Period:
    """
    Read the period of a cell: a day stands for the period in which it lies.

    Parameters
    ----------
    cell
        Of the column of periods.
    grain
        How long the periods of the study are.
    year
        What a column of years says in its row: "III" or "Quý 3" need it.

    Raises
    ------
    PeriodError
        If it is no period of the length that the study has.
    """
    if isinstance(cell.value, date) and grain != "year":
        return read_period(cell.value, grain)
    text = cell.text
    if year and not re.search("[0-9]{4}", text):
        prefix = _PREFIXES[grain] if re.fullmatch("[0-9IViv]+", text) else ""
        text = f"{prefix}{text} {year}"
    period = read_period(text, grain)
    if year and str(period.year) not in year:
        msg = words.term("workbook_errors.year_beside", text=cell.text, year=year)
        raise PeriodError(msg, "year_beside")
    return period


_DAY_AND_MONTH = re.compile("([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_N_MONTHS = 12


def find_unclear_days(cells: Iterable[Cell], grain: Grain) -> set[int]:
    """
    Give the rows of days that would lie in another period if their month were first.

    A text has its day first, unless another text of its column can only have its month first.
    Beside texts of days, a date may be such a text whose month a spreadsheet read first.
    """
    dates = {cell.row: cell.value for cell in cells if isinstance(cell.value, date)}
    texts = {}
    for cell in cells:
        match = _DAY_AND_MONTH.match(cell.text)
        if match and cell.row not in dates:
            texts[cell.row] = (int(match[1]), int(match[2]), int(match[3]))
    has_month_first = any(month > _N_MONTHS for _, month, _ in texts.values())
    days = {}
    if texts:
        days = {row: (day.day, day.month, day.year) for row, day in dates.items()}
    if has_month_first:
        days |= texts
    return {row for row, day in days.items() if _is_unclear(*day, grain)}


def _is_unclear(day: int, month: int, year: int, grain: Grain) -> bool:
    """Say whether a day is one in two orders, and lies in another period in each."""
    with suppress(ValueError):
        orders = date(year, month, day), date(year, day, month)
        return len({find_period(order, grain) for order in orders}) > 1
    return False


def is_year(text: str) -> bool:
    """Say whether a text is the number of a year, and nothing else."""
    return re.fullmatch("(?:19|20)[0-9]{2}", text) is not None


def is_period(cell: Cell, grain: Grain) -> bool:
    """Say whether a cell holds a period and nothing else, so that it can head a column."""
    return not find_periods(tidy(cell.text), grain).remainder


def in_year(text: str, year: int) -> str:
    """Write a text with a year behind it; of "9", no month is made."""
    return f"{text} năm {year}"


def lacks_year(text: str, grain: Grain) -> bool:
    """
    Say whether a text names a period and nothing else, and not of which year.

    Examples
    --------
    >>> [lacks_year(text, "quarter") for text in ("Quý III", "Quý III/2025", "Số tổ")]
    [True, False, False]
    """
    line = tidy(text)
    if not line or find_periods(line, grain).keys:
        return False
    dated_line = tidy(in_year(text, 2000))
    return not find_periods(dated_line, grain).remainder


def find_periods(line: str, grain: Grain) -> Search:
    """
    Find the periods that a line names, as `tidy` writes it.

    A year is found in a study of quarters, too, where none of its quarters is named.

    Examples
    --------
    >>> find_periods("báo cáo năm 2023", "year"), find_periods("tính đến 31 12 2023", "year")
    (Search(keys={2023}, remainder='báo cáo'), Search(keys={2023}, remainder=''))
    """
    keys, remainder = search_periods(line, grain)
    years = search_periods(remainder, "year")
    named_years = {read_period(key).year for key in keys}
    return Search(keys | (years.keys - named_years), years.remainder)


def only_period(keys: Set[PeriodKey], grain: Grain) -> PeriodKey | None:
    """Give the only period of the study's length among keys; years around it say no more."""
    periods = [read_period(key) for key in keys]
    candidates = [period for period in periods if period.grain == grain]
    if len(candidates) == 1 and all(map(candidates[0].overlaps, periods)):
        return candidates[0].key
    return None


def period_name(key: PeriodKey | None) -> str:
    """Name a period as within a sentence; a dash where there is none."""
    return words.period(key) if key else "–"


def list_names(keys: Iterable[PeriodKey]) -> str:
    """Write periods beside each other, first to last."""
    return ", ".join(map(words.short_period, order_periods(keys)))


def without_whole(line: str, grain: Grain) -> str:
    """Take off a heading what means all of a period, at its ends."""
    return _whole_at_ends(grain).sub(" ", line).strip()


def find_scope(line: str, grain: Grain) -> str:
    """
    Say how a heading counts over time: "in" a period, "to" its end, or "since" January.

    Returns
    -------
    scope
        Blank where the heading does not say it; several where they contradict each other.

    Examples
    --------
    >>> texts = ("trong kỳ", "tính đến", "lũy kế từ đầu năm đến", "cả năm")
    >>> [find_scope(text, "year") for text in texts]
    ['', 'to', 'since', '']
    """
    whole = " ".join(_whole_at_ends(grain).findall(line))
    return join_scopes(scope for scope, phrases in SCOPES.items() if phrases.are_in(whole))


def join_scopes(scopes: Iterable[str]) -> str:
    """
    Put together what texts say of how numbers are counted over time.

    Examples
    --------
    >>> join_scopes(["since", "to"]), join_scopes(["", "in"]), join_scopes(["in", "since"])
    ('since', 'in', 'in since')
    """
    distinct = {*scopes} - {""}
    if len(distinct) > 1:
        distinct -= {"to"}  # what is counted in a period, or since January, ends somewhere, too
    return " ".join(sorted(distinct))


@cache  # a pattern of each length of periods, and of no study
def _whole_at_ends(grain: Grain) -> re.Pattern[str]:
    whole = any_of(with_bare([*whole_texts(grain), *TEXTS["scopes"]["since"]]))
    return re.compile(rf"^(?:{whole}(?: |$))+|(?:(?:^| ){whole})+$")

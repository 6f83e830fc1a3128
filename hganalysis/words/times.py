"""Write days and periods as people do."""

from __future__ import annotations

import re
from calendar import month_name
from datetime import date
from typing import TYPE_CHECKING

from .. import study
from ..periods import read_period
from .texts import language, term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..periods import PeriodKey
    from ..study import Study

_DAY = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])(?:-([0-9]{2}))?")
_ROMAN = ("", "I", "II", "III", "IV")


def period(key: PeriodKey) -> str:
    """
    Name a period as within a sentence, in the language in use.

    Examples
    --------
    >>> period(2025), period("2025-Q3"), period("2025-07")
    ('năm 2025', 'quý III năm 2025', 'tháng 7 năm 2025')
    >>> from hganalysis.words import use
    >>> with use("en"):
    ...     period(2025), period("2025-Q3"), period("2025-07")
    ('2025', 'Q3 2025', 'July 2025')
    """
    return _name_period(study.current(), key, "")


def short_period(key: PeriodKey) -> str:
    """
    Name a period as in a heading, or beside others.

    Examples
    --------
    >>> short_period(2025), short_period("2025-Q3"), short_period("2025-07")
    ('2025', 'quý III/2025', 'tháng 7/2025')
    """
    return _name_period(study.current(), key, "_short")


def _name_period(of: Study, key: PeriodKey, form: str) -> str:
    read = read_period(key)
    number = str(read.number)
    is_vietnamese = of.language == "vi"
    if read.grain == "half" and is_vietnamese:
        number = ("", "đầu", "cuối")[read.number]
    elif read.grain == "quarter" and is_vietnamese:
        number = _ROMAN[read.number]
    elif read.grain == "month" and not is_vietnamese:
        number = month_name[read.number]
    name = term(f"periods.{read.grain}{form}", year=read.year, number=number)
    captured = of.says("", "captured")
    # a period of a plan may have begun that day, and has no counts yet
    has_counts = not of.periods or read.key in of.periods
    is_open = captured and read.start.isoformat() <= captured <= read.end.isoformat()
    if is_open and has_counts:
        return term("periods.so_far", period=name, day=_day_of_year(captured))
    return name


def _day_of_year(text: str) -> str:
    """Write a day without its year, which stands beside it."""
    day_of_capture = date.fromisoformat(text)
    if language() == "vi":
        return f"{day_of_capture.day}/{day_of_capture.month}"
    return f"{day_of_capture.day} {month_name[day_of_capture.month]}"


def period_span(keys: Sequence[PeriodKey]) -> str:
    """
    Name the first and the last of some periods.

    Examples
    --------
    >>> period_span([2022, 2023]), period_span(["2025-Q3"])
    ('2022–2023', 'quý III/2025')
    """
    ends = dict.fromkeys([short_period(keys[0]), short_period(keys[-1])])
    return "–".join(ends)


def day(text: object) -> str:
    """
    Write a day that is kept as 2023-12-31 as people do; any other text stays as it is.

    Examples
    --------
    >>> day("2023-12-31"), day("2022-10"), day("cả năm 2022")
    ('31/12/2023', '10/2022', 'cả năm 2022')
    >>> from hganalysis.words import use
    >>> with use("en"):
    ...     day("2023-12-31"), day("2022-10")
    ('31 December 2023', 'October 2022')
    """
    match = _DAY.fullmatch(str(text))
    if not match:
        return str(text)
    year, month, day_of_month = match.groups()
    if language() == "vi":
        parts = [str(int(part)) for part in (day_of_month, month, year) if part]
        return "/".join(parts)
    month_and_year = f"{month_name[int(month)]} {year}"
    return f"{int(day_of_month)} {month_and_year}" if day_of_month else month_and_year

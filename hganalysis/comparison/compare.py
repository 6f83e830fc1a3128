"""Compare one measure in two years or more, and refuse what cannot be compared."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import pandas as pd

from .. import change, frames, indicators, rates
from ..maps.draw import said
from . import own
from .changed import Change

if TYPE_CHECKING:
    from ..indicators import Indicator


def compare(
    what: str | pd.DataFrame | Indicator | tuple[str, int],
    *years: int | Indicator | tuple[str, int],
    place: str = "place",
    year: str = "year",
    count: str = "count",
    out_of: str = "out_of",
    kind: Literal["share", "ratio"] = "share",
    origin: str | None = None,
    source: str | None = None,
    as_of: str = "",
) -> Change:
    """
    Compare a measure in two years or more, each with the one before it.

    Parameters
    ----------
    what
        A measure of the catalogue, by district from the reports in use; or any frame, one row a
        place and year. `("app_users", 2022)`, or one of `indicators.get`, names a measure with its
        year, as each of the others then does: two measures are refused.
    *years
        First to last, two at least.
    place, year, count, out_of
        Columns of a frame: names of the places, years, counts, and what these are out of. Of where
        the places lie it says what a frame does for `hg.map`: names or codes on the outlines in
        use, outlines of its own, or points.
    kind
        Whether the count of a frame is a part of what it is out of, or may be more.
    origin, source
        Of a frame, as for `hg.map`.
    as_of
        The dates of the data of a frame, in words; by default the years.

    Returns
    -------
    change
        `print(change)`, `change.table`, `change.map()`, `change.slopes()`. One count a place and
        year does not say how much it varies by chance: of a frame, only the change of all places
        together has an interval, from how their changes differ.

    Raises
    ------
    LookupError
        If there is no such measure, year or column.
    ValueError
        If two measures are not one and the same, with what can be compared in their stead; if
        years do not rise; if a number can be none, or is a small count that nobody hid; if origin
        or source is not said.

    Examples
    --------
    >>> change = compare("app_users", 2022, 2023)
    >>> print(str(change)[:78])
    Số liệu mô phỏng. Người dùng ứng dụng nền tảng số, từ 2022 đến 2023: toàn tỉnh
    >>> frame = pd.DataFrame({
    ...     "county": ["Lamu", "Meru"] * 2,
    ...     "year": [2023, 2023, 2024, 2024],
    ...     "letters": [310, 420, 350, 400],
    ...     "people": 1000,
    ... })
    >>> change = compare(frame, 2023, 2024, place="county", count="letters", out_of="people",
    ...                  origin="reported", source="a survey of our own")
    >>> change.table["change_pp"].round(1).tolist()
    [4.0, -2.0]
    """
    if isinstance(what, str | pd.DataFrame):
        named = what if isinstance(what, str) else count
        asked: tuple[int | Indicator | tuple[str, int], ...] = years
    else:
        named, asked = _pair(what, "")[0], (what, *years)
    pairs = [_pair(one, named) for one in asked]
    if len(pairs) < 2:
        msg = (
            "say two years at least: hg.compare(MEASURE, YEAR, LATER), or each year with its "
            "measure: hg.compare((MEASURE, YEAR), (MEASURE, LATER))."
        )
        raise ValueError(msg)
    if isinstance(what, pd.DataFrame):
        table, source = said(what, count, origin=origin, source=source)
        names = {"place": place, "year": year, "count": count, "out_of": out_of}
        wanted = [one for _, one in pairs]
        return own.changed(table, names, wanted, kind=kind, source=source, as_of=as_of)
    measures = [indicators.get(name, year=one) for name, one in pairs]
    for before, after in pairwise(measures):
        _require_comparable(before, after)
    reports = frames.reports()
    return Change(
        measures[0].name,
        tuple(one.year for one in measures),
        change.steps(reports, measures=measures),
        change.steps(reports, measures=measures, by="province"),
        rates.pick(rates.to_districts(reports), *measures),
    )


def _pair(one: int | Indicator | tuple[str, int], named: str) -> tuple[str, int]:
    """Give a measure and its year."""
    if isinstance(one, indicators.Indicator):
        return one.name, one.year
    return one if isinstance(one, tuple) else (named, one)


def _require_comparable(before: Indicator, after: Indicator) -> None:
    """Refuse unlike measures, and say which years of each can be compared."""
    try:
        indicators.require_comparable(before, after)
    except ValueError as unlike:
        if before.name == after.name:
            raise
        lines = [
            f"  hg.compare({one.name!r}, {', '.join(map(str, indicators.years(one.name)))})"
            for one in (before, after)
            if len(indicators.years(one.name)) > 1
        ]
        msg = "\n".join([f"{unlike}\nEach by itself, in the years that it has:", *lines])
        raise ValueError(msg if lines else str(unlike)) from None

"""Find which measures a frame of reports holds, for which years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators

if TYPE_CHECKING:
    import pandas as pd

    from ..indicators import Indicator


INSTEAD = {"headline": ("files", "people")}
"""What is shown in place of a measure that nobody reported: a log has files and people only."""


def reported_years(reports: pd.DataFrame, role: str) -> list[int]:
    """
    List the years with reports of the measure that has a role: none where nothing was reported.

    Examples
    --------
    >>> from hganalysis import frames
    >>> reported_years(frames.reports(), "headline")
    [2022, 2023]
    """
    name = _measure_of(reports, role)
    return sorted({int(year) for year in reports.loc[reports["indicator"] == name, "year"]})


def earlier(reports: pd.DataFrame, role: str) -> Indicator:
    """
    Give the measure that has a role in the year with reports before the last: what a change
    starts from. Where there is one year only, it is that year.

    Raises
    ------
    LookupError
        If no measure has the role, or nothing was reported for it.
    """
    name, found = _measure_of(reports, role), reported_years(reports, role)
    if name is None or not found:
        has = "is in no row of the reports" if name else "is given to no measure of the catalogue"
        msg = f"the role {role!r} {has}. See [roles] in the catalogue, and the measures reported."
        raise LookupError(msg)
    return indicators.get(name, year=found[max(-2, -len(found))])


def platforms(reports: pd.DataFrame, *, year: int | None = None) -> list[Indicator]:
    """
    List the platforms that were reported for a year, the headline first.

    Parameters
    ----------
    reports
        Reports of communes.
    year
        Unless named, the last of the years for which most platforms were reported.
    """
    rows = reports[reports["indicator"].isin(indicators.user_measures())]
    if year is None and len(rows):
        most = rows.groupby("year")["indicator"].nunique()
        year = int(most.index[most == most.max()].max())
    there = set(rows.loc[rows["year"] == year, "indicator"])
    return [
        indicators.get(name, year=int(year or 0))
        for name in indicators.user_measures()
        if name in there
    ]


def _measure_of(reports: pd.DataFrame, role: str) -> str | None:
    """Name the measure of a role, or of one that stands in for it where none of it was reported."""
    names = [indicators.role(one) for one in (role, *INSTEAD.get(role, ()))]
    reported = set(reports["indicator"])
    return next((name for name in names if name in reported), names[0])

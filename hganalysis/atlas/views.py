"""Gather what an atlas shows: one view for each measure, year or change, and level."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import change, findings, frames, indicators, places, ranks, rates, study, suppress, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..indicators import Classes, Indicator
    from ..places import Level

LEVELS: tuple[Level, ...] = ("district", "commune")
"""What is mapped; the province is told beside it."""


_ADD_UP: dict[Level, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "commune": rates.uptake,
    "district": rates.to_districts,
    "province": rates.to_province,
}
_FACTS = ["value", "low", "high", "count", "out_of"]
_CHANGES = ["change_pp", "change_low_pp", "change_high_pp"]
_RANKS = ["rank", "rank_low", "rank_high"]
COLUMNS = [*_FACTS, *_RANKS, *_CHANGES, "state", "origin"]


@dataclass(frozen=True)
class View:
    """
    What one map shows, with the table beside it.

    `table` has one row a place by `code` and the columns of `COLUMNS`; `whole` has the one row of
    the province. `before` is the year that changes are counted from, if any; where `of_change`,
    the change itself is what is mapped.
    """

    measure: str
    year: int
    before: int | None
    of_change: bool
    level: Level
    classes: Classes
    table: pd.DataFrame
    whole: pd.DataFrame

    @property
    def when(self) -> str:
        """Name its time in a key: a year, or two."""
        return f"{self.before}-{self.year}" if self.of_change else str(self.year)

    @property
    def key(self) -> str:
        """Name it among the views of a page."""
        return f"{self.measure}.{self.when}.{self.level}"

    @property
    def moved(self) -> Classes | None:
        """Give the classes of its change, where the catalogue has some."""
        return of_change(self.measure)

    def label(self) -> str:
        """Name what is measured, in the language in use."""
        return indicators.measure_label(self.measure)

    def title(self) -> str:
        """Say what is measured and when, in the language in use."""
        if self.of_change:
            return words.term(
                "atlas.change_title", label=self.label(), before=self.before, after=self.year
            )
        return words.term("atlas.when", label=self.label(), when=self.period())

    def period(self) -> str:
        """Say when, of a change from when to when, in the language in use."""
        if self.of_change:
            return findings.listed([one.period() for one in self._ends()])
        if self.measure not in indicators.names():
            return words.term("atlas.year_end", year=self.year)
        return indicators.get(self.measure, year=self.year).when

    def _ends(self) -> list[View]:
        return [replace(self, year=one, of_change=False) for one in (self.before, self.year) if one]

    def counts(self) -> tuple[str, str]:
        """Say what is counted, and out of what, in the language in use."""
        if self.measure not in indicators.names():
            residents = words.term("units.ratio_over", out_of=words.term("atlas.residents"))
            return words.term("atlas.members"), residents
        one = indicators.get(self.measure, year=self.year)
        return one.counts, one.over

    def unit_label(self) -> str:
        """Name what is counted as briefly as possible, in the language in use."""
        if self.measure not in indicators.names():
            return words.term("atlas.members")
        return indicators.get(self.measure, year=self.year).unit_label


def of_change(measure: str) -> Classes | None:
    """Find the classes of the change of a measure; none if the catalogue draws no such map."""
    try:
        return indicators.classes(measure, of_change=True)
    except LookupError:
        return None


def gather(
    reports: pd.DataFrame,
    teams: pd.DataFrame | None = None,
    *,
    levels: Sequence[Level] = LEVELS,
) -> list[View]:
    """
    Compute every view that the reports allow, in the order of the catalogue.

    Parameters
    ----------
    reports
        Reports of communes: `code`, `year`, `indicator`, `count`, `out_of`, `origin`.
    teams
        Teams of communes: `code`, `year`, `teams`, `members`, `origin`; none: no density.
    levels
        What is mapped.

    Returns
    -------
    views
        For each measure, its years from first to last, then its change where the catalogue has
        classes for one; each for every level. Small counts are hidden first.

    Raises
    ------
    LookupError
        If there are no reports.
    """
    released = suppress.small(reports)
    shares = {level: _ADD_UP[level](released) for level in (*levels, "province")}
    found = []
    for measure in indicators.names():
        years = sorted(reports.loc[reports["indicator"] == measure, "year"].unique())
        found += _of_measure(released, shares, measure, [int(year) for year in years])
    if teams is not None and len(teams):
        found += _of_teams(teams, levels)
    return found


def opening(views: Sequence[View]) -> View:
    """Choose what a reader sees first: districts, the headline of the catalogue, its last year."""
    measures = [view.measure for view in views]
    wanted = [indicators.role(role) for role in ("headline", *frames.INSTEAD["headline"])]
    measure = next((one for one in wanted if one in measures), measures[0])
    return next(
        view
        for view in reversed(views)
        if (view.measure, view.level, view.of_change) == (measure, LEVELS[0], False)
    )


def _of_measure(
    reports: pd.DataFrame, shares: dict[Level, pd.DataFrame], measure: str, years: list[int]
) -> list[View]:
    taken = {year: indicators.get(measure, year=year) for year in years}
    before = {after: first for first, after in pairwise(years)}
    tables = {
        (level, year): _ranked(_one(shares[level], one, level), _rank_sets(reports, one, level))
        for level in shares
        for year, one in taken.items()
    }
    for (level, year), table in list(tables.items()):
        if year in before:
            pair = taken[before[year]], taken[year]
            moved = change.difference(reports, before=pair[0], after=pair[1], by=level)
            moved = moved.set_index("code")
            # What must not be shown in either year must not be shown as a change.
            shown = tables[level, before[year]]["value"].notna() & table["value"].notna()
            tables[level, year] = table.assign(
                **moved[_CHANGES].where(shown), origin_of_change=moved["origin"]
            )
    return [
        view
        for level in shares
        if level != "province"
        for view in (
            *(_view(measure, year, before.get(year), level, tables) for year in years),
            *_changes(measure, before, level, tables),
        )
    ]


def _view(
    measure: str,
    year: int,
    before: int | None,
    level: Level,
    tables: dict[tuple[Level, int], pd.DataFrame],
) -> View:
    return View(
        measure=measure,
        year=year,
        before=before,
        of_change=False,
        level=level,
        classes=indicators.classes(measure),
        table=tables[level, year][COLUMNS],
        whole=tables["province", year][COLUMNS],
    )


def _changes(
    measure: str,
    before: dict[int, int],
    level: Level,
    tables: dict[tuple[Level, int], pd.DataFrame],
) -> list[View]:
    """Map the changes themselves, where the catalogue has classes for them."""
    classes = of_change(measure)
    if classes is None:
        return []
    return [
        replace(
            _view(measure, year, first, level, tables),
            of_change=True,
            classes=classes,
            table=_as_change(tables[level, year], tables[level, first]),
            whole=_as_change(tables["province", year], tables["province", first]),
        )
        for year, first in before.items()
    ]


def _one(shares: pd.DataFrame, indicator: Indicator, level: Level) -> pd.DataFrame:
    """Lay the rows of one measure and year out as a view has them, a row for every place."""
    rows = _everywhere(rates.pick(shares, indicator).set_index("code"), level)
    return rows.rename(columns={"share": "value", "share_low": "low", "share_high": "high"})


def _everywhere(rows: pd.DataFrame, level: Level) -> pd.DataFrame:
    """Add the places of which nothing was reported: they are on the map, and said to have none."""
    listed = {"commune": places.communes, "district": places.districts}
    if level not in listed:
        return rows
    found = rows.reindex(listed[level]().index)
    return found.assign(state=found["state"].where(found["state"].notna(), "no data"))


def _rank_sets(reports: pd.DataFrame, indicator: Indicator, level: Level) -> pd.DataFrame | None:
    """Say which ranks are possible, where there are not too many places for it."""
    if level == "province" or places.parents(reports["code"], level).nunique() > ranks.MOST_RANKED:
        return None
    return ranks.rank_sets(reports, indicator=indicator, by=level)[_RANKS].astype(float)


def _of_teams(teams: pd.DataFrame, levels: Sequence[Level]) -> list[View]:
    """Map how dense the teams are: counted, not estimated, so there is no interval."""
    tables: dict[tuple[Level, int], pd.DataFrame] = {}
    years, column = sorted(int(year) for year in teams["year"].unique()), study.current().density
    for level in (*levels, "province"):
        density = rates.density(teams, level=level).set_index("code")
        state = np.where(density[column].notna(), "known", "no data")
        names = {column: "value", "members": "count", "population": "out_of"}
        rows = density.rename(columns=names).assign(low=np.nan, high=np.nan, state=state)
        for year in years:
            tables[level, year] = _ranked(_everywhere(rows[rows["year"] == year], level), None)
    return [_view(column, year, None, level, tables) for level in levels for year in years]


def _ranked(rows: pd.DataFrame, sets: pd.DataFrame | None) -> pd.DataFrame:
    # Of a place whose value is not shown nothing is told: its count would give the value away.
    shown = rows["value"].notna() & rows["state"].isin(["known", "unreliable"])
    facts = rows[_FACTS].astype(float).where(shown)
    if sets is None:
        order = facts["value"].rank(ascending=False, method="min")
        sets = pd.DataFrame({"rank": order, "rank_low": np.nan, "rank_high": np.nan})
    empty = dict.fromkeys(_CHANGES, np.nan)
    return rows.assign(**facts, **sets.reindex(rows.index).where(shown), **empty)[COLUMNS]


def _as_change(table: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """Map the change itself; a place whose share is hidden in one year has a hidden change."""
    shown = table["change_pp"].notna()
    hidden = (table["state"] == "suppressed") | (earlier["state"] == "suppressed")
    moved = dict(zip(_FACTS, [table[one] for one in _CHANGES], strict=False))
    empty = dict.fromkeys(["count", "out_of", *_RANKS, *_CHANGES], np.nan)
    state = np.select([shown, hidden], ["known", "suppressed"], "no data")
    origin = table["origin_of_change"].where(shown, table["origin"])  # the worse of both years
    return table.assign(**moved, **empty, state=state, origin=origin)[COLUMNS]

"""Gather the numbers of all pages at once: what the atlas shows, and nothing of their own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from .. import change, frames, indicators, places, ranks, rates, suppress
from ..atlas.views import LEVELS, gather, opening
from ..figures.classify import locate, prepare
from ..maps.several import at_places

if TYPE_CHECKING:
    import geopandas as gpd

    from ..atlas.views import View
    from ..figures.classify import Map
    from ..indicators import Indicator


@dataclass(frozen=True)
class Facts:
    """
    What was handed in, released: small counts are hidden in all of it before a part is taken.

    Labels are in the language in which it was gathered.
    """

    reports: pd.DataFrame
    views: tuple[View, ...]
    """Of the districts: each measure in its years, then the density of teams."""
    measure: Indicator
    """What the maps show: the headline in its last year."""

    @cached_property
    def codes(self) -> list[str | None]:
        """List the districts that have a page; where places have one level, the whole has it."""
        if len(places.levels()) < 2:
            return [None]
        sent = self.reported.index.unique("district")
        return [str(one) for one in places.districts().index if one in sent]

    @property
    def without(self) -> list[str]:
        """Name the districts that have no page, as they sent nothing."""
        if len(places.levels()) < 2:
            return []
        return [places.label(one) for one in places.districts().index if one not in self.codes]

    @property
    def shown(self) -> View:
        """Give the view of the measure that the maps show."""
        return next(
            one
            for one in self.views
            if (one.measure, one.year) == (self.measure.name, self.measure.year)
        )

    @cached_property
    def located(self) -> gpd.GeoDataFrame | None:
        """Lay them where they lie: their outlines, squares or points, if that is known of all."""
        if len(places.levels()) < 2 or not places.placed():
            return None
        return at_places(self.communes.set_index("code"))

    @cached_property
    def around(self) -> Map | None:
        """Map all districts, where it is known where they lie."""
        try:
            areas = places.areas()
        except places.NotGivenError:
            return None
        classes = indicators.classes(self.measure.name)
        return prepare(locate(self.districts, areas), "share", classes)

    @cached_property
    def communes(self) -> pd.DataFrame:
        """Give the shares of all communes in that measure."""
        return rates.uptake(rates.pick(self.reports, self.measure))

    @cached_property
    def districts(self) -> pd.DataFrame:
        """Give those of the districts."""
        return rates.to_districts(rates.pick(self.reports, self.measure))

    @cached_property
    def ranks(self) -> pd.DataFrame | None:
        """Give the ranks of the districts; none of one alone, or of too many for a table."""
        known = int(self.districts["share"].notna().sum())
        if not 1 < known <= len(self.districts) <= ranks.MOST_RANKED:
            return None
        return ranks.rank_sets(self.reports, indicator=self.measure)

    @cached_property
    def outside(self) -> pd.Series:
        """Say which districts are certainly above or below the province: else "", or NaN."""
        found = ranks.funnel(self.reports, indicator=self.measure)
        return found["outside"].where(found[["share", "low_all"]].notna().all(axis=1))

    @cached_property
    def reported(self) -> pd.Series:
        """Count the communes that reported, by district, measure and year."""
        rows = self.reports[suppress.is_reported(self.reports)]
        homes = places.parents(rows["code"], "district").rename("district")
        return rows.groupby([homes, "indicator", "year"]).size()

    @cached_property
    def lacks(self) -> dict[tuple[str, int], pd.Series]:
        """Say what each district lacks to reach a target, by measure and year with one."""
        found = {}
        for one in self.views:
            if one.measure in indicators.names():
                taken = indicators.get(one.measure, year=one.year)
                if taken.target is not None:
                    gap = change.target_gap(self.reports, indicator=taken)
                    found[one.measure, one.year] = gap.set_index("code")["missing"]
        return found


def of(reports: pd.DataFrame | None, teams: pd.DataFrame | None) -> Facts:
    """
    Gather what all pages show, of reports that are handed in or else of those in use.

    Raises
    ------
    NotGivenError
        If there is one place alone.
    LookupError
        If there are no reports.
    """
    places.require_parts()
    released, teams = frames.released(reports, teams)
    views = gather(released, teams, levels=LEVELS[:1])
    shown = opening(views)
    years = tuple(one for one in views if not one.of_change)
    return Facts(released, years, indicators.get(shown.measure, year=shown.year))

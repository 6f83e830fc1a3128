"""Gather the numbers of a deck: the frames that the notebooks show, and nothing of its own."""

from __future__ import annotations

from contextlib import suppress as suppress_errors
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .. import change, effect, findings, frames, places, ranks, rates, study, words

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ..effect import Columns, Estimate, Ladder
    from ..indicators import Indicator


class Missing(LookupError):  # noqa: N818  (it names what a slide lacks)
    """A slide lacks what it would show: the key of the reason, and the reason as it is `said`."""

    def __init__(self, key: str, *, said: str = "") -> None:
        super().__init__(key)
        self.said = said or words.term(f"slides.missing_{key.replace(' ', '_')}")


@dataclass(frozen=True)
class Facts:
    """What was handed in, released: small counts are hidden before anything is computed."""

    reports: pd.DataFrame
    teams: pd.DataFrame
    shapes: gpd.GeoDataFrame | None

    @cached_property
    def districts(self) -> pd.DataFrame:
        """Give the shares of the districts."""
        return rates.to_districts(self.reports)

    @cached_property
    def province(self) -> pd.DataFrame:
        """Give the share of the province."""
        return rates.to_province(self.reports)

    @property
    def areas(self) -> gpd.GeoDataFrame:
        """Give the outlines of the districts, or say that a slide has no map to show."""
        if self.shapes is None:
            msg = "areas"
            raise Missing(msg)
        return self.shapes

    def both(self, role: str) -> tuple[Indicator, Indicator]:
        """Give the measure of a role in the two years that are compared."""
        if len(frames.reported_years(self.reports, role)) < 2:
            msg = "second year" if frames.reported_years(self.reports, role) else role
            raise Missing(msg)
        return frames.earlier(self.reports, role), frames.latest(self.reports, role)

    def taken(self, role: str) -> list[Indicator]:
        """Give the measure of a role in all its years."""
        return frames.taken(self.reports, role)

    def last(self, role: str) -> Indicator:
        """Give the measure of a role in its last year."""
        if not frames.reported_years(self.reports, role):
            raise Missing(role)
        return frames.latest(self.reports, role)

    def platforms(self) -> list[Indicator]:
        """Give the platforms that may be set side by side: of users, in one year."""
        found = frames.platforms(self.reports)
        if len(found) < 2:
            msg = "platforms"
            raise Missing(msg)
        return found

    def outcome(self) -> Indicator:
        """Give the measure and year that the estimate explains: the first one with teams."""
        both = self.reports[self.reports["year"].isin(self.teams["year"])]
        if not frames.reported_years(both, "headline"):
            msg = "teams"
            raise Missing(msg)
        return frames.earlier(both, "headline")

    def density(self) -> pd.DataFrame:
        """Give the density of teams by district, in the year of the estimate."""
        year = self.outcome().year
        return rates.density(self.teams[self.teams["year"] == year], level="district")

    def difference(self, role: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Give the change between the two years, by district and of the province."""
        if role not in self._differences:
            before, after = self.both(role)
            district, province = (
                change.difference(self.reports, before=before, after=after, by=by)
                for by in ("district", "province")
            )
            self._differences[role] = (district, province)
        return self._differences[role]

    @cached_property
    def _differences(self) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
        return {}

    @cached_property
    def relation(self) -> Relation:
        """Give the estimate; the same one to every slide that asks."""
        return _relation(self)

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """Give the emulation table: ranks of the last year, with their sets."""
        return ranks.rank_sets(self.reports, indicator=self.last("headline"))


@dataclass(frozen=True)
class Relation:
    """The estimate and what is known about its trust."""

    communes: pd.DataFrame
    ladder: Ladder
    columns: Columns

    def names(self) -> dict[str, str]:
        """Name the clusters, which are districts."""
        return {code: places.label(code) for code in self.communes["district_code"].unique()}

    @property
    def headline(self) -> Estimate:
        """Give the headline, or say that the slide about it has nothing to show."""
        try:
            return self.ladder.headline
        except effect.Refused as refused:
            msg = "estimate"
            raise Missing(msg) from refused


def gather(
    reports: pd.DataFrame | None, teams: pd.DataFrame | None, areas: gpd.GeoDataFrame | None
) -> Facts:
    """
    Take what was handed in, with small counts hidden before anything is computed from it; without
    reports those in use, in which they are.
    """
    released, its_teams = frames.released(reports, teams)
    if areas is None:
        with suppress_errors(places.NotGivenError):
            areas = places.areas("district")
    return Facts(
        reports=released,
        teams=frames.teams().iloc[:0] if its_teams is None else its_teams,
        shapes=areas,
    )


def _relation(facts: Facts) -> Relation:
    """Estimate how uptake goes with the density of teams, as the notebook on teams does."""
    try:
        communes = effect.units(facts.reports, facts.teams, indicator=facts.outcome())
    except effect.Refused as refused:
        msg = "estimate"
        raise Missing(msg) from refused
    if communes[["count", "members"]].isna().any(axis=None):
        msg = "teams"
        raise Missing(msg)
    try:
        columns = effect.columns(
            communes,
            count="count",
            exposure=study.current().density,
            offset="population",
            cluster="district_code",
            controls=effect.varying(communes, ["urban", *study.current().controls]),
        )
        ladder = effect.ladder(columns, neighbours=places.neighbours())
    except effect.Refused as refused:
        msg = "estimate"
        raise Missing(msg, said=findings.reason(refused.reason)) from refused
    return Relation(communes, ladder, columns)

"""Show rates and teams in the communes since 1 July 2025."""

from __future__ import annotations

import pandas as pd

from .. import indicators, intake, places, suppress
from .counts import sound
from .errors import GROUP
from .intervals import intervals
from .shares import phis, summed, with_state
from .teams import SUMS, density, per_head

KEY = places.CODE_2025


def uptake_2025(reports: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """
    Add the reports of communes up to the communes that they became on 1 July 2025.

    The interval is that of a mean of the communes that reported, each varying around the share
    of its district as in `to_districts`: two or three parts alone do not say how much.

    Parameters
    ----------
    reports
        Reports of communes, as for `uptake`.
    level
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    rates
        One row for each commune since 2025, year and indicator: `code_2025`, `year`, `indicator`,
        `count`, `out_of`, `origin`, `communes`, `share`, `share_low`, `share_high`, `phi`,
        `approximate` (whether it is out of residents that are an estimate in part), `state`. One
        with a part that did not report has `no data`; one with a part of what is hidden together
        is `suppressed`.

    Raises
    ------
    LookupError
        If a code is no commune's before 1 July 2025, or became a part of several.

    Examples
    --------
    >>> rates = uptake_2025(intake.reports())
    >>> int(rates.loc[rates["indicator"] == "app_users", "count"].sum())  # of two years
    384060
    """
    table = sound(reports).assign(**{KEY: places.translate(reports["code"])})
    sums = summed(table, [KEY, *GROUP])
    land = places.communes_2025()
    missing = sums["communes"] < sums[KEY].map(land["communes"])
    sums[["count", "out_of"]] = sums[["count", "out_of"]].mask(missing)
    sums["share"] = sums["count"] / sums["out_of"].where(sums["out_of"] > 0)
    ends = intervals(
        sums.assign(place=sums[KEY]),
        reports,
        of=table[KEY].to_numpy(),
        level="commune",
        confidence=level,
    )
    rates = with_state(
        sums.assign(
            share_low=ends["low"],
            share_high=ends["high"],
            phi=phis(sums, reports),
            approximate=sums[KEY].map(land["approximate"]) & sums["indicator"].map(_of_residents),
        )
    )
    keys = pd.MultiIndex.from_frame(sums[[KEY, *GROUP]])
    hidden = suppress.holds_part(reports, of=table[KEY]).reindex(keys).set_axis(rates.index)
    return suppress.blank(rates, hidden)


def density_2025(teams: pd.DataFrame) -> pd.DataFrame:
    """
    Compute how dense the teams are in the communes since 1 July 2025.

    Parameters
    ----------
    teams
        Teams of communes, as for `density`.

    Returns
    -------
    density
        As of `density`, with `code_2025` in place of `code`, and `approximate`.
    """
    table = density(teams)
    table = table.assign(**{KEY: places.translate(table["code"])})
    made = table.groupby([KEY, "year"], as_index=False).agg(
        **SUMS, origin=("origin", intake.worst_origin), communes=("teams", "size")
    )
    land = places.communes_2025()
    missing = made.pop("communes") < made[KEY].map(land["communes"])
    made[list(SUMS)] = made[list(SUMS)].mask(missing)
    return per_head(made).assign(approximate=made[KEY].map(land["approximate"]))


def _of_residents(indicator: str) -> bool:
    year = indicators.years(indicator)[0]
    return indicators.get(indicator, year=year).denominator == "residents"

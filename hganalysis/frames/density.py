"""Turn teams into density, and counts of platforms into bounds of different people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, places, study, suppress
from .loading import residents
from .requirements import require_unique, worst_origin

if TYPE_CHECKING:
    from ..places import Level


def density(teams: pd.DataFrame, *, level: Level = "commune") -> pd.DataFrame:
    """
    Compute how dense the teams are, per resident and household (see `frames.residents`).

    Parameters
    ----------
    teams
        Teams of communes: `code`, `year`, `teams`, `members`, `origin`.
    level
        `"commune"`, `"district"` or `"province"`: what to add up to first.

    Returns
    -------
    density
        One row for each place and year: `code`, `year`, `teams`, `members`, `origin`,
        `population`, `households`, `members_per_1000` (residents; 10,000 if the study says so),
        `teams_per_1000_households`, `members_per_team`. A place with a commune that did not
        report has none of these numbers: a part is not the whole.

    Examples
    --------
    >>> from hganalysis import frames
    >>> row = density(frames.teams(), level="province").iloc[0]
    >>> row[["members_per_1000", "teams_per_1000_households"]].astype(float).round(2).tolist()
    [5.36, 2.6]
    """
    sums = ["teams", "members", "population", "households"]
    people = residents(require_unique(teams, ["code", "year"]))[sums[2:]]
    table, ours = teams.join(people), study.current()
    if level != "commune":
        table["code"] = places.parents(table["code"], level)
        groups = table.groupby(["code", "year"])
        found = groups[sums].sum(skipna=False).join(groups["origin"].agg(worst_origin))
        every = places.parents(places.communes().index.to_series(), level).value_counts()
        whole = every.reindex(found.index.get_level_values("code"))
        found[sums] = found[sums].mask(groups.size() < whole.to_numpy())  # a part is not the whole
        table = found.reset_index()
    return table.assign(
        **{ours.density: ours.per * table["members"] / table["population"]},
        teams_per_1000_households=1000 * table["teams"] / table["households"],
        members_per_team=table["members"] / table["teams"],
    )


def distinct_users(reports: pd.DataFrame) -> pd.DataFrame:
    """
    Bound how many different people use at least one platform.

    Counts of several platforms count some people more than once, nobody knows whom. At least
    the largest count are different people; at most all counts together, and never more than
    the residents. The bounds of a larger place are the sums over its communes, which are
    tighter than bounds from its totals.

    Parameters
    ----------
    reports
        Reports of communes, or of any one level. Only measures of users out of residents enter.

    Returns
    -------
    bounds
        One row for each place and year: `code`, `year`, `users_low`, `users_high`, `out_of`
        (residents), `platforms` (how many counts), `origin`.

    Examples
    --------
    >>> from hganalysis import frames
    >>> distinct_users(frames.published_counts())[["users_low", "users_high"]].iloc[0].tolist()
    [173000, 376490]
    """
    chosen = [name for name in indicators.names() if indicators.counts_users(name)]
    table = require_unique(
        reports[reports["indicator"].isin(chosen)], ["code", "year", "indicator"]
    )
    # A count that is hidden may be any: it lifts no lower bound, and only residents bound it.
    hidden = suppress.is_hidden(table)
    table = table.assign(least=table["count"].mask(hidden, 0), count=table["count"].mask(hidden))
    found = table.groupby(["code", "year"], as_index=False).agg(
        users_low=("least", "max"),
        # A platform that did not report may have reached everybody: then only residents bound it.
        users_high=("count", lambda counts: counts.sum(skipna=False)),
        out_of=("out_of", "first"),
        platforms=("indicator", "size"),
        origin=("origin", worst_origin),
    )
    return found.assign(users_high=found[["users_high", "out_of"]].min(axis=1))

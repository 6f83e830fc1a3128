"""Relate teams to people, and bound how many different people several counts are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, intake, places, suppress
from .counts import KEYS, once

if TYPE_CHECKING:
    from ..places import Level

SUMS = {
    name: (name, lambda counts: counts.sum(skipna=False))
    for name in ("teams", "members", "population", "households")
}
"""What adds up; a part that is missing leaves the sum missing."""


def density(teams: pd.DataFrame, *, level: Level = "commune") -> pd.DataFrame:
    """
    Compute how dense the teams are, per resident and household (see `intake.residents`).

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
        `population`, `households`, `members_per_1000` (residents),
        `teams_per_1000_households`, `members_per_team`. A place with a commune that did not
        report has none of these numbers: a part is not the whole.

    Examples
    --------
    >>> row = density(intake.teams(), level="province").iloc[0]
    >>> row[["members_per_1000", "teams_per_1000_households"]].astype(float).round(2).tolist()
    [5.36, 2.6]
    """
    people = intake.residents(once(teams, ["code", "year"]))[["population", "households"]]
    table = teams.join(people)
    if level != "commune":
        table["code"] = places.parents(table["code"], level)
        table = table.groupby(["code", "year"], as_index=False).agg(
            **SUMS, origin=("origin", intake.worst_origin), communes=("teams", "size")
        )
        missing = table.pop("communes") < table["code"].map(places.commune_counts(level))
        table[list(SUMS)] = table[list(SUMS)].mask(missing)
    return per_head(table)


def per_head(table: pd.DataFrame) -> pd.DataFrame:
    """Divide teams and members by residents, households and each other."""
    return table.assign(
        members_per_1000=1000 * table["members"] / table["population"],
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
    >>> distinct_users(intake.published_counts())[["users_low", "users_high"]].iloc[0].tolist()
    [173000, 376490]
    """
    chosen = [name for name in indicators.names() if indicators.counts_users(name)]
    table = once(reports[reports["indicator"].isin(chosen)], KEYS)
    # A count that is hidden may be any: it lifts no lower bound, and only residents bound it.
    hidden = suppress.is_hidden(table)
    table = table.assign(least=table["count"].mask(hidden, 0), count=table["count"].mask(hidden))
    found = table.groupby(["code", "year"], as_index=False).agg(
        users_low=("least", "max"),
        # A platform that did not report may have reached everybody: then only residents bound it.
        users_high=("count", lambda counts: counts.sum(skipna=False)),
        out_of=("out_of", "first"),
        platforms=("indicator", "size"),
        origin=("origin", intake.worst_origin),
    )
    return found.assign(users_high=found[["users_high", "out_of"]].min(axis=1))

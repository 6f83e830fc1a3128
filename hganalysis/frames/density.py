"""Turn teams into density: members for residents, teams for households."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import places, study
from ..origins import worst_origin
from ..periods import read_column
from ..refusals import require_unique
from .loading import residents

if TYPE_CHECKING:
    from ..places import Level


def density(teams: pd.DataFrame, *, level: Level = "commune") -> pd.DataFrame:
    """
    Compute how dense the teams are, per resident and household (see `frames.residents`).

    A place has missing values if any of its communes did not report.

    Parameters
    ----------
    teams
        Teams of communes: `code`, `period`, `teams`, `members`, `origin`.
    level
        `"commune"`, `"district"` or `"province"`: what to add up to first.

    Returns
    -------
    density
        One row for each place and period:

        - `code`, `period`, `teams`, `members`, `origin`, `population`, `households`;
        - `members_per_1000`: of residents; the column is for 10,000 if the study says so;
        - `teams_per_1000_households`;
        - `members_per_team`.

    Examples
    --------
    >>> from hganalysis import frames
    >>> row = density(frames.teams(), level="province").iloc[0]
    >>> row[["members_per_1000", "teams_per_1000_households"]].astype(float).round(2).tolist()
    [5.36, 2.6]
    """
    teams = read_column(teams)
    people = residents(require_unique(teams, ["code", "period"]))
    table = teams.join(people[["population", "households"]])
    if level != "commune":
        table = _add_up_communes(table, level)
    in_use = study.current()
    density_of_members = in_use.per * table["members"] / table["population"]
    return table.assign(
        **{in_use.density: density_of_members},
        teams_per_1000_households=1000 * table["teams"] / table["households"],
        members_per_team=table["members"] / table["teams"],
    )


def _add_up_communes(table: pd.DataFrame, level: Level) -> pd.DataFrame:
    columns = ["teams", "members", "population", "households"]
    table["code"] = places.parents(table["code"], level)
    groups = table.groupby(["code", "period"])
    sums = groups[columns].sum(skipna=False).join(groups["origin"].agg(worst_origin))
    # where a commune has no row, the sum is not that of the whole place
    parents = places.parents(places.units().index.to_series(), level)
    n_communes = parents.value_counts().reindex(sums.index.get_level_values("code"))
    sums[columns] = sums[columns].mask(groups.size() < n_communes.to_numpy())
    return sums.reset_index()

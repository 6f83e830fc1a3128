"""Arrange a measure of the reports beside the teams of the same year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import frames, places, study, suppress
from .texts import Refused

if TYPE_CHECKING:
    from ..indicators import Indicator
    from .frame import Data


def units(reports: pd.DataFrame, teams: pd.DataFrame, *, indicator: Indicator) -> pd.DataFrame:
    """
    Arrange one measure of one year for `Design`.

    Parameters
    ----------
    reports
        Reports of communes: `code`, `year`, `indicator`, `count`, `out_of`, `origin`.
    teams
        Teams of communes: `code`, `year`, `teams`, `members`, `origin`.
    indicator
        The measure and its year; the teams are those of the same year.

    Returns
    -------
    units
        One row per commune that reported both its count and its teams (index `code`, sorted):
        `district_code`, `count`, `out_of` (in the units of the measure), `population` (residents:
        reported, else the list's), `members`, `teams`, `members_per_1000` (residents), `urban` (0
        or 1), the controls that the study names, `origin` (the less firm of report and teams).
        Where a small count is hidden there is `state`, too: a `Design` leaves these out.

    Raises
    ------
    ValueError
        If a commune reported twice, or a code is not a commune's; each is named.
    Refused
        If no commune has that measure and its teams in that year: not reported, or hidden.
    """
    exposure, controls = study.current().density, list(study.current().controls)
    asked = (reports["indicator"] == indicator.name) & (reports["year"] == indicator.year)
    counted = reports.loc[asked, ["code", "count", "out_of", "origin"]].set_index("code")
    hidden = suppress.is_hidden(reports[asked]).set_axis(counted.index)
    density = frames.density(teams[teams["year"] == indicator.year], level="commune")
    density = density.rename(columns={"origin": "origin_of_teams"}).set_index("code")
    density = density[["members", "teams", exposure, "origin_of_teams"]]
    land = places.communes()[["district_code", "urban", *controls]]
    for name, table in (("reports", counted), ("teams", density)):
        twice = sorted(set(table.index[table.index.duplicated()]))
        strange = sorted(set(table.index) - set(land.index))
        if twice or strange:
            msg = (
                f"The {name} of {indicator.year} need one row for each place.\n"
                f"  more than one row: {twice or 'none'}\n  not on the list: {strange or 'none'}"
            )
            raise ValueError(msg)

    here = pd.DataFrame({"code": counted.index, "year": indicator.year}, index=counted.index)
    counted["population"] = frames.residents(here)["population"]
    table = counted.join(land).join(density).sort_index()
    there = table[["count", "out_of", exposure]].notna().all(axis=1)
    table, hidden = table[there], hidden.reindex(table.index)[there]
    if table.empty:
        raise Refused(reason="nothing beside it", measure=lambda: str(indicator))
    pairs = list(zip(table["origin"], table["origin_of_teams"], strict=True))
    worst = {pair: frames.worst_origin(pd.Series(pair).dropna()) for pair in set(pairs)}
    table["origin"] = [worst[pair] for pair in pairs]
    columns = ["district_code", "count", "out_of", "population", "members", "teams"]
    columns += [exposure, "urban", *controls, "origin"]
    if hidden.any():
        table["state"] = hidden.map({True: suppress.SUPPRESSED, False: "known"})
        columns.append("state")
    return table[columns]


def varying(frame: pd.DataFrame, names: list[str]) -> list[str]:
    """
    Keep of the names of controls those of columns that take more than one value.

    Examples
    --------
    >>> varying(pd.DataFrame({"urban": [0, 1], "coast": [0, 0]}), ["urban", "coast"])
    ['urban']
    """
    return [name for name in names if len(set(frame[name])) > 1]


def beside_cluster(data: Data, slope: float) -> pd.DataFrame:
    """
    Set each unit beside its cluster as a whole.

    Parameters
    ----------
    data
        Checked.
    slope
        Log rate ratio for one more of the exposure: what goes with the exposure of the unit is not
        taken for its own.

    Returns
    -------
    beside
        Same index: `x`, the exposure above or below the cluster's (of people taken together); `y`,
        the rate over what the cluster's would be at its exposure, its count spread over its units
        as the slope says.
    """
    units = data.units

    def whole(part: pd.Series) -> pd.Series:
        return part.groupby(units["cluster"]).transform("sum")

    people = units["people"]
    x = units["exposure"] - whole(units["exposure"] * people) / whole(people)
    level = whole(units["count"]) / whole(people * np.exp(slope * x))
    return pd.DataFrame({"x": x, "y": units["count"] / people / level})

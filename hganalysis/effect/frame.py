"""Bring counts, people and teams together, one row per commune."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..indicators import Indicator


def units(reports: pd.DataFrame, teams: pd.DataFrame, *, indicator: Indicator) -> pd.DataFrame:
    """
    Arrange one measure of one year for `ladder`.

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
        or 1), `origin` (the less trustworthy of report and teams). Where a small count is hidden
        there is `state`, too: those communes enter at the rate they have in common.

    Raises
    ------
    ValueError
        If a commune reported twice, or a code is not a commune's; each is named.
    Refused
        If no commune has that measure and its teams in that year: not reported, or hidden.
    """
    from .. import intake, places, rates, suppress
    from .estimate import Refused

    asked = (reports["indicator"] == indicator.name) & (reports["year"] == indicator.year)
    counted = reports.loc[asked, ["code", "count", "out_of", "origin"]].set_index("code")
    hidden = suppress.is_hidden(reports[asked]).set_axis(counted.index)
    density = rates.density(teams[teams["year"] == indicator.year], level="commune")
    density = density.rename(columns={"origin": "origin_of_teams"}).set_index("code")
    density = density[["members", "teams", "members_per_1000", "origin_of_teams"]]
    land = places.communes()[["district_code", "urban"]]
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
    counted["population"] = intake.residents(here)["population"]
    table = counted.join(land).join(density).sort_index()
    there = table[["count", "population", "members_per_1000"]].notna().all(axis=1)
    table, hidden = table[there], hidden.reindex(table.index)[there]
    if table.empty:
        msg = (
            f"No place has both {indicator.name} and its exposure in {indicator.year}: none\n"
            "reported both, or the counts are hidden. Choose a measure and year that has both."
        )
        raise Refused(msg, reason="no counts")
    pairs = list(zip(table["origin"], table["origin_of_teams"], strict=True))
    worst = {pair: intake.worst_origin(pd.Series(pair).dropna()) for pair in set(pairs)}
    table["origin"] = [worst[pair] for pair in pairs]
    columns = ["district_code", "count", "out_of", "population", "members", "teams"]
    columns += ["members_per_1000", "urban", "origin"]
    if hidden.any():
        table["state"] = hidden.map({True: suppress.SUPPRESSED, False: "known"})
        columns.append("state")
    return table[columns]


def beside_district(units: pd.DataFrame, *, slope: float = 0.0) -> pd.DataFrame:
    """
    Set each commune beside its district as a whole.

    Parameters
    ----------
    units
        Of `units`, without gaps: `district_code`, `count`, `out_of`, `population`,
        `members_per_1000`.
    slope
        Log rate ratio per member per 1,000 residents: what goes with the density of the commune is
        not taken for its own.

    Returns
    -------
    beside
        Same index: `density`, members per 1,000 residents above or below the district's (of
        residents taken together); `multiple`, the rate over what the rate of the district would
        be at the district's density, its count spread over its communes as the slope says.

    Examples
    --------
    >>> import pandas as pd
    >>> one = {"district_code": "930", "population": 100, "members_per_1000": [4.0, 6.0]}
    >>> one |= {"count": [20, 40], "out_of": 100}
    >>> beside_district(pd.DataFrame(one)).round(2).to_numpy().tolist()
    [[-1.0, 0.67], [1.0, 1.33]]
    """
    import numpy as np
    import pandas as pd

    district, density = units["district_code"], units["members_per_1000"]

    def whole(part: pd.Series) -> pd.Series:
        total: pd.Series = part.groupby(district).transform("sum")
        return total

    people = units["population"]
    density = density - whole(density * people) / whole(people)
    level = whole(units["count"]) / whole(units["out_of"] * np.exp(slope * density))
    rate = units["count"] / units["out_of"]
    return pd.DataFrame({"density": density, "multiple": rate / level})


def varying(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """
    Keep of the names of controls those of columns that take more than one value: others control
    for nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> varying(pd.DataFrame({"urban": [0, 1], "coast": [0, 0]}), ["urban", "coast"])
    ['urban']
    """
    return [name for name in names if len(set(frame[name])) > 1]

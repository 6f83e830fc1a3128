"""Say which districts lie further from the province's share than chance carries their like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import places, rates
from ..rates.errors import dispersion
from . import chance

if TYPE_CHECKING:
    from ..indicators import Indicator


def funnel(reports: pd.DataFrame, *, indicator: Indicator, level: float = 0.95) -> pd.DataFrame:
    """
    Lay limits around the province's share, wider for small districts, and name who is outside.

    The limits are binomial ones widened by phi, the dispersion of communes around the share of
    their district, with t on its degrees of freedom. A large commune varies nearly as much as one
    of mean size, so what is more in it than in that one does not make its district surer.

    Parameters
    ----------
    reports
        Reports of communes. Rows of other measures and years are passed over.
    indicator
        The measure and year.
    level
        How sure it is that chance alone puts none of all districts outside the outer limits.

    Returns
    -------
    funnel
        One row a district, index `code`: `year`, `indicator`, `count`, `out_of`, `share`,
        `state`, `origin`, `province_share`, `phi`, `low` and `high` (between which chance carries
        one district like it in `level` of cases), `low_all` and `high_all` (between which it
        carries all of them), `outside`: `above` or `below` the limits for all, or nothing.

    Raises
    ------
    LookupError
        If there is no row of that measure and year.
    ValueError
        If the level is not between 0 and 1.

    References
    ----------
    Spiegelhalter, D. J. (2005). "Funnel plots for comparing institutional performance."
    Statistics in Medicine 24 (8), 1185-1202. https://doi.org/10.1002/sim.1970

    Examples
    --------
    >>> from hganalysis import indicators, intake
    >>> users = indicators.get("app_users", year=2022)
    >>> table = funnel(intake.reports(), indicator=users)
    >>> table.loc[table["outside"] != "", "outside"].to_dict()
    {'934': 'below'}
    """
    chosen = rates.pick(reports, indicator)
    table = rates.to_districts(chosen, level=level).set_index("code").sort_index()
    known, ratio = table["share"].notna(), indicator.kind == "ratio"
    sums = table.loc[known, ["count", "out_of"]].sum()
    share = float(sums["count"] / sums["out_of"]) if known.any() else np.nan
    spread = dispersion(chosen).iloc[0]
    error = chance.even_error(spread["phi"], _counting(chosen)[table.index].to_numpy())
    found = table[["year", "indicator", "count", "out_of", "share", "state", "origin"]].assign(
        province_share=share, phi=spread["phi"]
    )
    middle = chance.even(np.array([share]), ratio=ratio)
    for name, one in (("", level), ("_all", level ** (1 / max(known.sum(), 1)))):
        reach = rates.t_quantile(one, pd.Series([spread["df"]])).iloc[0] * error
        found[f"low{name}"] = chance.uneven(middle - reach, ratio=ratio)
        found[f"high{name}"] = chance.uneven(middle + reach, ratio=ratio)
    above, below = found["share"] > found["high_all"], found["share"] < found["low_all"]
    found["outside"] = np.select([above, below], ["above", "below"], "")
    return found


def _counting(reports: pd.DataFrame) -> pd.Series:
    """Say how many persons or files of each district count, by its code."""
    size = reports["out_of"].to_numpy(dtype=float)
    district = places.parents(reports["code"], "district")
    weight = size / reports.groupby(district)["out_of"].transform("sum").to_numpy(dtype=float)
    return 1 / pd.Series(weight**2 / chance.counting(size)).groupby(district.to_numpy()).sum()

"""Say which districts lie further from the province's share than chance carries their like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import rates
from ..rates.errors import dispersion, units
from ..rates.scale import from_log, inner, to_log
from ..rates.variance import variances

if TYPE_CHECKING:
    from ..indicators import Indicator


def funnel(reports: pd.DataFrame, *, indicator: Indicator, level: float = 0.95) -> pd.DataFrame:
    """
    Lay limits around the province's share, and name who is outside.

    The limits are those within which chance carries a district like it: with its communes, their
    chance of persons and what they vary by beyond it, one scale for all districts, and neighbours
    that may be alike (`rates.variance`), with t. Small districts have wider ones.

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
    >>> files = indicators.get("files_online", year=2023)
    >>> table = funnel(intake.reports(), indicator=files)
    >>> table.loc[table["outside"] != "", "outside"].to_dict()
    {}
    """
    chosen = rates.pick(reports, indicator)
    table = rates.to_districts(chosen, level=level).set_index("code").sort_index()
    known, ratio = table["share"].notna(), indicator.kind == "ratio"
    sums = table.loc[known, ["count", "out_of"]].sum()
    share = float(sums["count"] / sums["out_of"]) if known.any() else np.nan
    # What chance does to a district depends on the share that it would have, not on its own.
    spread = variances(units(chosen, level="district", if_all=share)).reindex(table.index)
    error = np.sqrt(spread["pooled"])
    found = table[["year", "indicator", "count", "out_of", "share", "state", "origin"]].assign(
        province_share=share, phi=dispersion(chosen)[0]
    )
    middle = to_log(inner(np.array(share), sums["out_of"], ratio=ratio), ratio=ratio)
    for name, one in (("", level), ("_all", level ** (1 / max(known.sum(), 1)))):
        reach = (rates.t_quantile(one, spread["df_pooled"]) * error).to_numpy()
        found[f"low{name}"] = from_log(middle - reach, ratio=ratio)
        found[f"high{name}"] = from_log(middle + reach, ratio=ratio)
    above, below = found["share"] > found["high_all"], found["share"] < found["low_all"]
    found["outside"] = np.select([above, below], ["above", "below"], "")
    return found

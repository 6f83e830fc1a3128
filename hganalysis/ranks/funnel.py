"""Say which places lie further from the province's share than chance carries their like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from .. import rates
from ..rates.errors import dispersion

if TYPE_CHECKING:
    from ..indicators import Indicator


def funnel(
    reports: pd.DataFrame,
    *,
    indicator: Indicator,
    by: Literal["district", "commune"] = "district",
    level: float = 0.95,
) -> pd.DataFrame:
    """
    Lay limits around the province's share, wider for small places, and name who is outside.

    The limits are binomial ones widened by phi, the dispersion of communes around the share of
    their district, with t on its degrees of freedom.

    Parameters
    ----------
    reports
        Reports of communes. Rows of other measures and years are passed over.
    indicator
        The measure and year.
    by
        `"district"` or `"commune"`.
    level
        How sure it is that chance alone puts none of all places outside the outer limits.

    Returns
    -------
    funnel
        One row a place, index `code`: `count`, `out_of`, `share`, `state`, `origin`,
        `province_share`, `phi`, `low` and `high` (between which chance carries one place of this
        size in `level` of cases), `low_all` and `high_all` (between which it carries all of
        them), `outside`: `above`, `below` (both of the limits for all) or nothing.

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
    """
    chosen = rates.pick(reports, indicator)
    add_up = {"district": rates.to_districts, "commune": rates.uptake}[by]
    table = add_up(chosen, level=level).set_index("code").sort_index()
    known = table["share"].notna()
    sums = table.loc[known, ["count", "out_of"]].sum()
    share = float(sums["count"] / sums["out_of"]) if known.any() else np.nan
    spread = dispersion(chosen).iloc[0]
    found = table[["count", "out_of", "share", "state", "origin"]].assign(
        province_share=share, phi=spread["phi"]
    )
    for name, one in (("", level), ("_all", level ** (1 / max(known.sum(), 1)))):
        low, high = limits(
            table["out_of"], share, spread, level=one, ratio=indicator.kind == "ratio"
        )
        found[f"low{name}"], found[f"high{name}"] = low, high
    above, below = found["share"] > found["high_all"], found["share"] < found["low_all"]
    found["outside"] = np.select([above, below], ["above", "below"], "")
    return found


def limits(
    size: pd.Series, share: float, spread: pd.Series, *, level: float, ratio: bool
) -> tuple[pd.Series, pd.Series]:
    """Give the ends between which chance carries the share of a place of a size."""
    variance = spread["phi"] * (share if ratio else share * (1 - share)) / size
    reach = rates.t_quantile(level, pd.Series([spread["df"]])).iloc[0] * np.sqrt(variance)
    high = share + reach
    return (share - reach).clip(lower=0), high if ratio else high.clip(upper=1)

"""Give every share an interval that respects how much its parts vary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import places

if TYPE_CHECKING:
    from pandas.core.groupby import SeriesGroupBy

    from ..places import Level

GROUP = ["year", "indicator"]


def spread(reports: pd.DataFrame, *, level: Level) -> pd.DataFrame:
    """
    Measure how far the parts of each place lie from its share: the linearised error of a ratio.

    Parameters
    ----------
    reports
        Reports of communes.
    level
        `"district"`: its communes are the parts. `"province"`: the districts are.

    Returns
    -------
    parts
        One row for each part, year and indicator: `place` (what it is a part of), `part`, `year`,
        `indicator`, and `pull`, its (count - share * out_of) divided by the place's `out_of`.
        Pulls of a place add up to 0.
    """
    table = reports.assign(
        place=places.parents(reports["code"], level),
        part=reports["code"]
        if level == "district"
        else places.parents(reports["code"], "district"),
    )
    keys = ["place", "part", *GROUP]
    parts = table.groupby(keys, as_index=False)[["count", "out_of"]].sum(min_count=1)
    sums = parts.groupby(["place", *GROUP])[["count", "out_of"]].transform("sum")
    share = sums["count"] / sums["out_of"]
    parts["pull"] = (parts["count"] - share * parts["out_of"]) / sums["out_of"]
    return parts[[*keys, "pull"]]


def standard_errors(pulls: SeriesGroupBy[Any, Any]) -> pd.Series:
    """Turn the pulls of the parts of each place, which add up to 0, into its standard error."""
    return pulls.std() * pulls.size() ** 0.5


def t_quantile(level: float, df: pd.Series) -> pd.Series:
    """
    Give the number of standard errors that an interval reaches to each side.

    Raises
    ------
    ValueError
        If the level is not between 0 and 1.
    """
    from scipy.special import stdtrit  # scipy.stats asks the same, after a third of a second

    if not 0 < level < 1:
        msg = f"level is the coverage of the interval, between 0 and 1 (say 0.95), not {level}."
        raise ValueError(msg)
    return pd.Series(stdtrit(df, (1 + level) / 2), index=df.index)


def around(share: pd.Series, reach: pd.Series, *, on_log: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Lay an interval around a share on the scale of its log odds, or of its log."""
    from scipy.special import expit, logit

    inside = share.where((share > 0) & ((share < 1) | on_log))
    logs = np.log(inside)
    step = reach / inside
    odds = logit(inside.where(inside < 1))
    odds_step = reach / (inside * (1 - inside))
    low = np.exp(logs - step).where(on_log, expit(odds - odds_step))
    high = np.exp(logs + step).where(on_log, expit(odds + odds_step))
    return low, high


def wilson(
    share: pd.Series, size: pd.Series, df: pd.Series, level: float
) -> tuple[pd.Series, pd.Series]:
    """Compute Wilson's interval, with t on the df of the dispersion in place of z."""
    t2 = t_quantile(level, df) ** 2
    middle = (share + t2 / (2 * size)) / (1 + t2 / size)
    half = np.sqrt(t2 * (share * (1 - share) / size + t2 / (4 * size**2))) / (1 + t2 / size)
    return (middle - half).clip(lower=0), (middle + half).clip(upper=1)


def dispersion(group: pd.DataFrame) -> pd.DataFrame:
    """Measure how communes disperse around their district's share: columns `phi` and `df`."""
    known = group.dropna(subset=["count", "out_of"])
    district = places.parents(known["code"], "district")
    sums = known.groupby(district)[["count", "out_of"]].transform("sum")
    share = sums["count"] / sums["out_of"]
    variance = known["out_of"] * share * (1 - share)
    squares = ((known["count"] - share * known["out_of"]) ** 2 / variance).where(variance > 0, 0.0)
    df = len(known) - district.nunique()
    # Less than binomial variation is luck, not knowledge.
    phi = max(squares.sum() / df, 1.0) if df > 0 else np.nan
    return pd.DataFrame({"phi": phi, "df": max(df, 1)}, index=group.index)

"""Lay intervals around the shares of places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import indicators
from .errors import GROUP, by_province, units
from .scale import around
from .variance import variances

if TYPE_CHECKING:
    from ..places import Level
    from .variance import Labels


def intervals(
    sums: pd.DataFrame, reports: pd.DataFrame, *, of: Labels, level: Level, confidence: float
) -> pd.DataFrame:
    """
    Lay an interval around each share: `low` and `high`, in the order of `sums`.

    Parameters
    ----------
    sums
        `year`, `indicator`, `place`, `share` and `out_of`.
    reports
        What they were added up from.
    of
        The place of each report.
    level
        As of `units`.
    confidence
        Coverage, between 0 and 1.
    """
    found = []
    rows = reports.groupby(GROUP, sort=False).indices
    for keys, asked in sums.groupby(GROUP, sort=False):
        chosen = np.asarray(rows[keys])
        parts = [chosen[one] for one in by_province(reports.take(chosen), level=level)]
        each = [variances(units(reports.take(one), level=level, of=of[one])) for one in parts]
        variance = pd.concat(each).reindex(asked["place"])
        reach = t_quantile(confidence, variance["df"]) * np.sqrt(variance["variance"])
        ratio = indicators.kind(str(keys[1])) == "ratio"
        share, out_of = (asked[name].to_numpy(dtype=float) for name in ("share", "out_of"))
        ends = around(share, out_of, reach.to_numpy(), ratio=ratio)
        found.append(pd.DataFrame(dict(zip(("low", "high"), ends, strict=True)), asked.index))
    return pd.concat(found).reindex(sums.index)


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

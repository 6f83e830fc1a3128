"""Say what a design can tell, before anyone looks at its answer."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from .estimate import Estimate, detected, half_width


def power_curve(
    estimate: Estimate,
    *,
    rate_ratios: Sequence[float] | None = None,
    clusters: int | None = None,
) -> pd.DataFrame:
    """
    Compute how often a true rate ratio would be told from 1, with the realised error and df.

    Parameters
    ----------
    estimate
        Any rung; of it only standard error, df, level and clusters are used, never the estimate.
    rate_ratios
        True rate ratios per unit of the exposure, above 0; if none are given, 41 from 1 to where
        power is nearly 1.
    clusters
        For the next campaign: as many clusters of the same kind, at least 4. The error shrinks
        with their square root, the df grow in proportion.

    Returns
    -------
    curve
        Columns `rate_ratio`, `rate_ratio_per_sd`, `power` (0 to 1; both sides of the test).

    Raises
    ------
    ValueError
        For fewer than 4 clusters, or a ratio not above 0.
    """
    if clusters is not None and clusters < 4:
        msg = f"{clusters} clusters carry no error at all; plan with at least 4."
        raise ValueError(msg)
    more = 1.0 if clusters is None else clusters / estimate.clusters
    if rate_ratios is None:
        error, df = estimate.standard_error / math.sqrt(more), estimate.df * more
        reach = (half_width(df, estimate.level) + 3) * error
        logs = np.linspace(0, estimate.doubt_part + reach, 41)
    else:
        ratios = np.asarray(rate_ratios, dtype=float)
        if not (ratios > 0).all():
            msg = f"Rate ratios are above 0, not {rate_ratios}."
            raise ValueError(msg)
        logs = np.log(ratios)
    return pd.DataFrame(
        {
            "rate_ratio": np.exp(logs),
            "rate_ratio_per_sd": np.exp(logs * estimate.sd),
            "power": detected(logs, estimate, more=more),
        }
    )

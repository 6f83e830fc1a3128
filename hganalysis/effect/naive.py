"""Compute the intervals that people reach for first, to show what they would have said."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .columns import Columns
from .errors import classical, sandwich
from .rungs import chosen, estimate, to_log_rate, without_zero_clusters


def naive(
    data: Columns,
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """
    Compute the intervals of rung 2 that do not hold with few clusters. Never report them.

    They are for one purpose: beside the headline, with their measured coverage, they show what
    the usual software would have said.

    Parameters
    ----------
    data, level
        As in `ladder`.

    Returns
    -------
    intervals
        One row a method, named as in the table of coverage: `headline` (CR2), `cluster-robust z`
        (CR1 with the normal distribution), `quasi-Poisson` and `Poisson model errors`. Columns
        `rate_ratio`, `low`, `high`, all per SD of the exposure, and `origin`.

    Raises
    ------
    Refused
        Where rung 2 is refused.
    """
    from scipy.special import ndtri

    found, exposure = estimate(data, level=level), data.names.exposure
    fit = chosen(without_zero_clusters(data), 2)
    scale = to_log_rate(fit)
    quasi = classical(fit, exposure).standard_error
    z = float(ndtri((1 + level) / 2))
    reach = {
        "cluster-robust z": z * sandwich(fit, exposure).standard_error,
        "quasi-Poisson": z * quasi,
        "Poisson model errors": z * quasi / np.sqrt(fit.pearson),
    }
    b = found.log_rate_ratio
    of = {"headline": (found.low, found.high)}
    of |= {method: (b - scale * half, b + scale * half) for method, half in reach.items()}
    low, high = (np.exp(found.sd * np.array(one)) for one in zip(*of.values(), strict=True))
    return pd.DataFrame(
        {
            "rate_ratio": found.rate_ratio_per_sd,
            "low": low,
            "high": high,
            "origin": found.origin,
        },
        index=pd.Index(of, name="method"),
    )

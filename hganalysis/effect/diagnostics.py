"""Show how far one cluster moves the estimate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from .climb import climb, fitted, read, without_zero_clusters
from .errors import cr2
from .estimate import half_width


def leave_one_out(
    frame: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    offset: str,
    cluster: str,
    controls: Sequence[str] = (),
    level: float = 0.95,
    rung: Literal[1, 2, 5] = 2,
) -> pd.DataFrame:
    """
    Estimate again with each cluster left out, as a new fit with the same offset.

    Parameters
    ----------
    frame, count, exposure, offset, cluster, controls, level
        As in `ladder`.
    rung
        1, 2 or 5.

    Returns
    -------
    refits
        One row per cluster left out (index `left_out`, its label as text): `log_rate_ratio`
        and `standard_error` per unit of the exposure; `df`; `rate_ratio`, `low`, `high`;
        `shift_in_se` (refit minus full estimate, in standard errors of the full estimate);
        `sign_changes` and `moves_over_one_se`. Error and interval are missing where the
        clusters that stay are too few for them (fewer than 4, or df below 2).

    Raises
    ------
    Refused
        Where the rung itself is refused.
    """
    data = read(frame, count, exposure, offset, cluster, controls)
    full = climb(data, rung, level)
    used = data.by_cluster() if rung == 5 else data
    used = without_zero_clusters(used) if rung == 2 else used
    fit = fitted(used, rung)
    rows = []
    for left_out in range(len(used.labels)):
        refit = fit.without(left_out)
        error = cr2(refit, exposure)
        holds = len(used.labels) > 4 and error.df >= 2
        rows.append(
            {
                "log_rate_ratio": refit.coefficient(exposure),
                "standard_error": error.standard_error if holds else np.nan,
                "df": error.df if holds else np.nan,
            }
        )
    refits = pd.DataFrame(rows, index=pd.Index(used.labels, name="left_out"))
    reach = refits["standard_error"] * [half_width(df, level) for df in refits["df"]]
    shift = (refits["log_rate_ratio"] - full.log_rate_ratio) / full.standard_error
    return refits.assign(
        rate_ratio=np.exp(refits["log_rate_ratio"]),
        low=np.exp(refits["log_rate_ratio"] - reach),
        high=np.exp(refits["log_rate_ratio"] + reach),
        shift_in_se=shift,
        sign_changes=np.sign(refits["log_rate_ratio"]) != np.sign(full.log_rate_ratio),
        moves_over_one_se=shift.abs() > 1,
    )

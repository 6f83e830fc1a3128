"""Show how far one cluster moves the estimate, and how much of it each carries."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from . import rules
from .columns import Columns
from .doubt import Part
from .errors import cr2, rows_of, standardised
from .estimate import Refused, ends, half_width
from .fit import Fit
from .rungs import chosen, doubted, to_log_rate, used_by


def leave_one_out(
    data: Columns,
    *,
    level: float = 0.95,
    rung: Literal[1, 2, 5] = 2,
) -> pd.DataFrame:
    """
    Estimate again with each cluster left out, as a new fit with the same offset.

    Parameters
    ----------
    data, level
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

    A rung whose error is refused is answered, too: why it is refused is what this shows. Without a
    cluster that carries the whole estimate nothing is left, and its row has no numbers.

    Raises
    ------
    Refused
        If the model itself cannot be fitted, or there is one cluster only.
    """
    half_width(1.0, level)
    exposure = data.names.exposure
    used = used_by(data, rung, known=(1, 2, 5))
    if len(used.labels) < 2:
        msg = f"There is one cluster, {used.labels[0]}: without it nothing is left."
        raise Refused(msg, reason="fewer than 4 clusters")
    rules.require_independent(used, fixed_effects=rung == 2)
    fit = chosen(used, rung)
    scale = to_log_rate(fit)
    full, full_error = scale * fit.coefficient(exposure), scale * cr2(fit, exposure).standard_error
    rows = [_without(fit, used, left_out, level) for left_out in range(len(used.labels))]
    refits = pd.DataFrame(rows, index=pd.Index(used.labels, name="left_out"))
    shift = (refits["log_rate_ratio"] - full) / full_error
    turned = np.sign(refits["log_rate_ratio"]) != np.sign(full)
    return refits.drop(columns=["low", "high"]).assign(
        rate_ratio=np.exp(refits["log_rate_ratio"]),
        low=np.exp(refits["low"]),
        high=np.exp(refits["high"]),
        shift_in_se=shift,
        sign_changes=turned & refits["log_rate_ratio"].notna(),
        moves_over_one_se=shift.abs() > 1,
    )


def leverage(
    data: Columns,
    *,
    rung: Literal[1, 2] = 2,
) -> pd.DataFrame:
    """
    Show how much each cluster has to say.

    Parameters
    ----------
    data
        As in `ladder`.
    rung
        1 or 2.

    Returns
    -------
    clusters
        One row per cluster (index `cluster`, its label as text): `units`; `leverage`, the sum of
        the hat values of its units (together: the number of coefficients); `exposure_share`, its
        share of the variance of the exposure that is left to compare, 0 to 1; `unit` (of the
        index of the frame) with most of it in the cluster, and its `unit_share` of the whole. One
        cluster, or one unit, with most of it decides the slope. A rung whose error is refused is
        answered, too.

    Raises
    ------
    Refused
        If the model itself cannot be fitted.
    """
    used = used_by(data, rung)
    rules.require_independent(used, fixed_effects=rung == 2)
    fit = chosen(used, rung)
    parts, share = standardised(fit), rules.shares(fit)
    hat = np.sum(parts.Q**2, axis=1) + (0 if parts.own is None else parts.own**2)
    most = [rows[np.argmax(share[rows])] for rows in rows_of(used.codes)]
    return pd.DataFrame(
        {
            "units": np.bincount(used.codes),
            "leverage": np.bincount(used.codes, hat),
            "exposure_share": np.bincount(used.codes, share),
            "unit": used.rows[most],
            "unit_share": share[most],
        },
        index=pd.Index(used.labels, name="cluster"),
    )


def _without(fit: Fit, used: Columns, left_out: int, level: float) -> dict[str, float]:
    """Estimate without one cluster: NaN for what is lost with it."""
    row = dict.fromkeys(("log_rate_ratio", "standard_error", "df", "low", "high"), np.nan)
    exposure = used.names.exposure
    try:
        refit = fit.without(left_out)
    except Refused:  # too few rows are left, or counts that do not settle
        return row
    if exposure not in refit.names:
        return row
    scale = to_log_rate(refit)
    b = row["log_rate_ratio"] = scale * refit.coefficient(exposure)
    error = cr2(refit, exposure)
    if refit.clusters.max() < 3 or error.df < 2:
        return row
    try:
        part = doubted(refit, used.only(used.codes != left_out)) or Part(0.0, 0.0)
    except Refused:  # the exposure of those that stay is in doubt
        return row
    se = scale * error.standard_error
    reach = half_width(error.df, level) * se
    low, high = ends(b - reach, b + reach, part.share, scale * part.log_rate_ratio)
    return {**row, "standard_error": se, "df": error.df, "low": low, "high": high}

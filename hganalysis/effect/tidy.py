"""Lay estimates out as tidy frames: one row an estimate, its log and its ratio, per unit and SD."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pandas as pd

from . import rules
from .alternatives import by_t
from .errors import Error, cr2
from .estimate import Estimate, Refused, half_width
from .random_intercept import random_intercept
from .rungs import chosen, to_log_rate, used_by

if TYPE_CHECKING:
    from .columns import Columns
    from .fit import Fit
    from .interval import Interval
    from .rungs import Rung

NUMBERS = [
    "log_rate_ratio",
    "standard_error",
    "df",
    "log_low",
    "log_high",
    "p_value",
    "rate_ratio",
    "low",
    "high",
    "sd",
    "rate_ratio_per_sd",
    "low_per_sd",
    "high_per_sd",
]


def row(one: Estimate | Interval, *, level: float = 0.95) -> dict[str, float]:
    """
    Lay out the numbers of one estimate, or of a second opinion on one.

    Parameters
    ----------
    one
        An estimate, or an interval of the same level; a bootstrap has no error and no df.
    level
        Coverage of an interval, between 0 and 1.

    Returns
    -------
    row
        `NUMBERS`: the log rate ratio with its error and ends and the rate ratio with its ends, per
        unit; the standard deviation of the variable between units, and the rate ratio per one.
    """
    df = math.nan if one.df is None else one.df
    if isinstance(one, Estimate):
        error = one.standard_error
    else:
        error = (one.high - one.low) / 2 / half_width(df, level)
    found = [one.log_rate_ratio, error, df, one.low, one.high, one.p_value]
    found += [one.rate_ratio, one.rate_ratio_low, one.rate_ratio_high, one.sd]
    found += [one.rate_ratio_per_sd, one.rate_ratio_per_sd_low, one.rate_ratio_per_sd_high]
    return dict(zip(NUMBERS, found, strict=True))


def tidy(data: Columns, found: Estimate) -> pd.DataFrame:
    """
    Lay out the coefficients of the model behind an estimate: the exposure's and its controls'.

    Parameters
    ----------
    data
        What the estimate was made from.
    found
        Of `ladder` or `estimate`. Of rungs 4 and 6 the exposure alone is laid out: the one takes
        controls that do not change out, the other has a model for each cluster.

    Returns
    -------
    coefficients
        One row a coefficient, the exposure first: `rung`, `term` (the name of the column),
        `method`; `log_rate_ratio` with its `standard_error`, `df`, ends `log_low` and `log_high`
        and `p_value`, and `rate_ratio` with `low` and `high`, per unit (a logit's are turned into
        log rate ratios, as the estimate's are); `sd` between units, and `rate_ratio_per_sd`,
        `low_per_sd`, `high_per_sd`; `units`, `clusters`; `flags`; `origin`. A control whose error
        the data cannot carry has the reason in `flags`, and no interval.

    Examples
    --------
    >>> import numpy as np
    >>> from hganalysis.effect import columns, estimate
    >>> frame = pd.DataFrame({
    ...     "county": np.repeat(list("abcdef"), 4),
    ...     "people": 9000.0,
    ...     "offices": np.arange(24) * 7 % 5,
    ...     "coast": np.arange(24) % 3 == 0,
    ...     "letters": 900 + np.arange(24) * 11 % 17,
    ... })
    >>> data = columns(frame, count="letters", exposure="offices", offset="people",
    ...                cluster="county", controls=["coast"])
    >>> tidy(data, estimate(data))["term"].tolist()
    ['offices', 'coast']
    """
    same = {"rung": found.rung, "method": found.method}
    size = {"units": found.units, "clusters": found.clusters}
    flags = "; ".join(found.flags)
    rows = [{**same, "term": found.exposure, **row(found), **size, "flags": flags}]
    if found.rung in (1, 2, 3, 5):
        used, fit = _model(data, cast("Rung", found.rung))
        for position, control in enumerate(data.names.controls):
            numbers, why = _control(data, used, fit, position, found)
            rows.append({**same, "term": control, **numbers, **size, "flags": why})
    return pd.DataFrame(rows).assign(origin=found.origin)


def _model(data: Columns, rung: Rung) -> tuple[Columns, Fit]:
    """Fit the model of a rung again, to the rows that it is of."""
    if rung == 3:
        return data, random_intercept(data).fit
    used = used_by(data, rung, known=(1, 2, 5))
    return used, chosen(used, rung)


def _control(
    data: Columns, used: Columns, fit: Fit, position: int, found: Estimate
) -> tuple[dict[str, float], str]:
    """Estimate one control as an exposure is; where that would be refused, without an interval."""
    control, scale = data.names.controls[position], to_log_rate(fit)
    error = cr2(fit, control)
    error = Error(scale * error.standard_error, error.df)
    b, sd = scale * fit.coefficient(control), float(data.controls[:, position].std(ddof=1))
    numbers = row(by_t("", b, error, sd, found.level), level=found.level)
    why = "df below 2" if error.df < 2 else ""
    try:
        rules.carried_by_few(_swapped(used, position), fixed_effects=found.rung == 2)
    except Refused as refused:
        why = refused.reason
    if not why:
        return numbers, ""
    unknown = [name for name in NUMBERS if "low" in name or "high" in name]
    return {**numbers, **dict.fromkeys([*unknown, "p_value"], math.nan)}, f"refused: {why}"


def _swapped(data: Columns, position: int) -> Columns:
    """Let a control and the exposure change places."""
    names, controls = data.names, data.controls.copy()
    others = list(names.controls)
    others[position], exposure = names.exposure, names.controls[position]
    controls[:, position] = data.exposure
    return replace(
        data,
        names=replace(names, exposure=exposure, controls=tuple(others)),
        exposure=data.controls[:, position],
        controls=controls,
    )

"""Look at other outcomes and other exposures, where the same estimator should find nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from .columns import Columns, read, require_counts
from .errors import cr2
from .estimate import Estimate, half_width, p_value
from .fit import least_squares
from .rungs import estimate


def placebos(
    data: Columns,
    *,
    level: float = 0.95,
    outcome: str | None = None,
    later: str | None = None,
) -> pd.DataFrame:
    """
    Put the estimate of rung 2 beside two that should be 1.

    Parameters
    ----------
    data, level
        As in `ladder`.
    outcome
        Column of another count over the same denominator, which the exposure cannot have moved.
    later
        Column of next year's exposure, which cannot have moved this year's count. This year's is
        held equal: densities last, and next year's alone would only repeat it.

    Returns
    -------
    estimates
        One row for the estimate and each placebo (index `label`: estimate, placebo outcome, later
        exposure); `rate_ratio`, `low`, `high` per standard deviation of the exposure in question,
        so that they share one axis; `p_value`, `df`, `origin`.

    Raises
    ------
    Refused
        Where rung 2 is refused, for any of them.
    """
    if outcome is None and later is None:
        msg = "Name a placebo outcome, a later exposure, or both: outcome=..., later=..."
        raise ValueError(msg)
    asked = {"estimate": data}
    if outcome is not None:
        asked["placebo outcome"] = data.other(count=outcome)
    if later is not None:
        held = (data.names.exposure, *data.names.controls)
        asked["later exposure"] = data.other(exposure=later, controls=held)
    rows = {label: _row(estimate(one, level=level)) for label, one in asked.items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=_COLUMNS)
    return table.rename_axis("label")


def platforms(
    data: Columns,
    *,
    others: Sequence[str],
    level: float = 0.95,
) -> pd.DataFrame:
    """
    Estimate rung 2 for one primary outcome and for others, whose p-values are Holm's.

    Parameters
    ----------
    data, level
        As in `ladder`; its count is the primary outcome, named beforehand.
    others
        Columns of the other counts.

    Returns
    -------
    estimates
        One row per outcome (index `outcome`, the primary one first); `rate_ratio`, `low`, `high`
        per standard deviation, `p_value`, `df`, `origin`; `p_holm`, which for the primary outcome
        is its p-value, for the others that of Holm over them.

    References
    ----------
    Holm, S. (1979). "A Simple Sequentially Rejective Multiple Test Procedure." Scandinavian Journal
    of Statistics 6 (2), 65-70.
    """
    from statsmodels.stats.multitest import multipletests

    count = data.names.count
    if isinstance(others, str) or not others or count in others:
        msg = f"others are the outcomes beside {count!r}, as a tuple of columns, not {others!r}."
        raise ValueError(msg)
    rows = {name: _row(estimate(data.other(count=name), level=level)) for name in (count, *others)}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=_COLUMNS).rename_axis("outcome")
    p = table["p_value"].to_numpy()
    return table.assign(p_holm=[p[0], *multipletests(p[1:], method="holm")[1]])


def timing(
    data: Columns,
    *,
    later: str,
    level: float = 0.95,
) -> pd.DataFrame:
    """
    Ask the other way round: does next year's exposure go with this year's rate?

    If members are sent where uptake lags (or leads), the coefficient is not 0, and the estimate of
    one year mixes cause and answer. Least squares with cluster fixed effects of next year's
    exposure on the log rate, this year's exposure and controls held equal; CR2.

    Parameters
    ----------
    data, level
        As in `ladder`.
    later
        Column of next year's exposure.

    Returns
    -------
    answer
        One row: `coefficient` (of the exposure, per unit of the log rate), `standard_error`, `df`,
        `low`, `high`, `p_value`.

    Raises
    ------
    Refused
        Where rung 2 is refused; if a unit has no counts.
    """
    estimate(data, level=level)
    held = (data.names.exposure, *data.names.controls)
    next_year = read(data.frame, replace(data.names, exposure=later, controls=held), data.doubt)
    require_counts(data)
    rate = np.log(data.count / data.population)
    X = np.column_stack([rate, next_year.controls])
    fit = least_squares(
        next_year.exposure - next_year.exposure.mean(),
        X - X.mean(axis=0),
        names=("log rate", *held),
        clusters=data.codes,
        absorb=True,
    )
    error, b = cr2(fit, "log rate"), fit.coefficient("log rate")
    reach = half_width(error.df, level) * error.standard_error
    p = p_value(b / error.standard_error, error.df)
    row = [b, error.standard_error, error.df, b - reach, b + reach, p]
    columns = ["coefficient", "standard_error", "df", "low", "high", "p_value"]
    return pd.DataFrame([row], index=pd.Index([later], name="later"), columns=columns)


_COLUMNS = ["rate_ratio", "low", "high", "p_value", "df", "origin"]


def _row(one: Estimate) -> list[object]:
    return [
        one.rate_ratio_per_sd,
        one.rate_ratio_per_sd_low,
        one.rate_ratio_per_sd_high,
        one.p_value,
        one.df,
        one.origin,
    ]

"""Check an estimate: a cluster left out, another form, placebos, the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from . import rules
from .columns import Columns, read, require_counts
from .errors import Error, cr2, rows_of, standardised
from .estimate import Estimate, Refused, ends, half_width
from .fit import Fit, Vector, least_squares
from .models import chosen, to_log_rate, used_by
from .rules import Part
from .rungs import doubted, estimate

INFLUENCE = ("sign_changes", "moves_over_one_se", "conclusion_changes")
"""What the absence of a cluster may do to an estimate, the weightiest first."""


def leave_one_out(
    data: Columns, *, level: float = 0.95, rung: Literal[1, 2, 5] = 2
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
        `sign_changes` and `moves_over_one_se`; `conclusion_changes` (whether the interval
        holds 1 where that of all clusters, with the same errors, does not, or the other way
        round). Error and interval are missing where the clusters that stay are too few for them
        (fewer than 4, or df below 2).

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
    full, error = scale * fit.coefficient(exposure), cr2(fit, exposure).times(scale)
    rows = [_without(fit, used, left_out, level) for left_out in range(len(used.labels))]
    refits = pd.DataFrame(rows, index=pd.Index(used.labels, name="left_out"))
    shift = (refits["log_rate_ratio"] - full) / error.standard_error
    turned = np.sign(refits["log_rate_ratio"]) != np.sign(full)
    low, high = _interval(fit, used, full, error, level)
    both = refits["low"].notna() & np.isfinite(low)
    holds_none = (refits["low"] <= 0) & (refits["high"] >= 0)
    return refits.drop(columns=["low", "high"]).assign(
        rate_ratio=np.exp(refits["log_rate_ratio"]),
        low=np.exp(refits["low"]),
        high=np.exp(refits["high"]),
        shift_in_se=shift,
        sign_changes=turned & refits["log_rate_ratio"].notna(),
        moves_over_one_se=shift.abs() > 1,
        conclusion_changes=both & (holds_none != (low <= 0 <= high)),
    )


def leverage(data: Columns, *, rung: Literal[1, 2] = 2) -> pd.DataFrame:
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
    error = cr2(refit, exposure).times(scale)
    low, high = _interval(refit, used.only(used.codes != left_out), b, error, level)
    return row if np.isnan(low) else {**row, **vars(error), "low": low, "high": high}


def _interval(fit: Fit, used: Columns, b: float, error: Error, level: float) -> tuple[float, float]:
    """Give the ends of an interval by clusters, with what the denominator adds; NaN if refused."""
    if fit.clusters.max() < 3 or error.df < 2:
        return np.nan, np.nan
    try:
        part = doubted(fit, used) or Part(0.0, 0.0)
    except Refused:  # the exposure of those that stay is in doubt
        return np.nan, np.nan
    made = to_log_rate(fit) * part.log_rate_ratio
    return ends(*error.interval(b, level), part.share, made)


KNOTS = (0.1, 0.5, 0.9)


def functional_form(data: Columns, *, rung: Literal[1, 2] = 2) -> pd.DataFrame:
    """
    Test a square, and the bend of a spline, beside the straight line.

    The spline is cubic and straight outside its knots, at the 10th, 50th and 90th percentile; with
    three knots it has one term more than the line, so each test is a t test of one coefficient.

    Parameters
    ----------
    data
        As in `ladder`.
    rung
        1 or 2.

    Returns
    -------
    tests
        Rows `square` and `spline` (index `term`): `coefficient`, `standard_error`, `df`,
        `p_value`. CR2 by cluster. The p-value is missing with df below 2.

    Raises
    ------
    Refused
        Where the rung is refused; if the exposure has too few values for a bend.

    References
    ----------
    Harrell, F. E. (2015). Regression Modeling Strategies, 2nd ed., section 2.4.5. Springer.
    """
    estimate(data, rung=rung)
    used = used_by(data, rung)
    rows = {}
    for term, column in (("square", _square(used.exposure)), ("spline", _bend(used.exposure))):
        asked = _with(used, term, column)
        fit = chosen(asked, rung)
        error, b = cr2(fit, term), fit.coefficient(term)
        p = error.p_value(b) if error.df >= 2 else np.nan
        rows[term] = [b, error.standard_error, error.df, p]
    columns = ["coefficient", "standard_error", "df", "p_value"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("term")


def _with(data: Columns, term: str, column: Vector) -> Columns:
    """Put a term in the place of the exposure, and the exposure among the controls."""
    controls = np.column_stack([data.exposure, data.controls])
    return data.with_exposure(term, column, (data.names.exposure, *data.names.controls), controls)


def _square(x: Vector) -> Vector:
    centred: Vector = x - x.mean()
    return centred**2


def _bend(x: Vector) -> Vector:
    """Make the one term by which a cubic spline with three knots differs from a line."""
    low, middle, high = np.quantile(x, KNOTS)
    if not low < middle < high or len(np.unique(x)) < 4:
        msg = (
            f"The exposure has {len(np.unique(x))} values, with {low:g}, {middle:g} and {high:g} "
            "at its 10th, 50th and 90th percentile: no bend can be seen. Show the rates by value."
        )
        raise Refused(msg, reason="too few values")

    def above(knot: float) -> Vector:
        cut: Vector = np.maximum(x - knot, 0)
        return cut**3

    one = above(low) - above(middle) * (high - low) / (high - middle)
    bend: Vector = (one + above(high) * (middle - low) / (high - middle)) / (high - low) ** 2
    return bend


def placebos(
    data: Columns, *, level: float = 0.95, outcome: str | None = None, later: str | None = None
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
        exposure); `rate_ratio`, `low`, `high` for one more unit of the exposure in question;
        `p_value`, `df`, `origin`.

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


def across_outcomes(data: Columns, *, others: Sequence[str], level: float = 0.95) -> pd.DataFrame:
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
        for one more unit of the exposure, `p_value`, `df`, `origin`; `p_holm`, which for the
        primary outcome is its p-value, for the others that of Holm over them.

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


def timing(data: Columns, *, later: str, level: float = 0.95) -> pd.DataFrame:
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
    row = [b, error.standard_error, error.df, *error.interval(b, level), error.p_value(b)]
    columns = ["coefficient", "standard_error", "df", "low", "high", "p_value"]
    return pd.DataFrame([row], index=pd.Index([later], name="later"), columns=columns)


_COLUMNS = ["rate_ratio", "low", "high", "p_value", "df", "origin"]


def _row(one: Estimate) -> list[object]:
    return [
        one.rate_ratio,
        one.rate_ratio_low,
        one.rate_ratio_high,
        one.p_value,
        one.df,
        one.origin,
    ]

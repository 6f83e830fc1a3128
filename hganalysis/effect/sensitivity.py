"""
Ask what else could make an estimate: errors of the shared denominator, or a confounder.

Errors of the denominator: Fuller, W. A. (1987), Measurement Error Models. Confounders that were not
measured: Cinelli, C., Hazlett, C. (2020), Making Sense of Sensitivity.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.genmod import families

from .. import words
from . import models
from .errors import Estimate, StandardError, estimate
from .frame import Data, Refused, numbers
from .models import Record, record_or_refusal
from .rungs import BETWEEN, DIFFERENCES, NOTHING_TO_COMPARE, Specification, check

if TYPE_CHECKING:
    from .design import Design

# Assumed where nobody says how far residents are off (a coefficient of variation): a census some
# years old, or a register that people do not leave, is no closer.
DENOMINATOR_ERROR = 0.10
DENOMINATOR_ERRORS = (0.05, DENOMINATOR_ERROR, 0.15)
"""Errors that are always shown."""

# An exposure may have been rounded to one decimal; a larger difference is another denominator.
MAX_ROUNDING = 0.01


class ErrorEffect(NamedTuple):
    """What independent errors in the denominator alone would make."""

    exposure_share: float
    """Share of the variation of the exposure, of what is left to compare, that would be errors."""
    log_rate_ratio: float
    """For one more of the exposure, if there were no relation."""


def find_numerator(data: Data, variable: pd.Series) -> str:
    """Find the column whose ratio to the denominator a variable is; "" if there is none."""
    product, names = variable * data.units["out_of"], data.names
    is_positive = product > 0
    if (product < 0).any() or not is_positive.any():
        return ""
    unused = data.frame.drop(columns=[*names.columns, *names.controls])
    for name, column in unused.select_dtypes("number").items():
        candidate = numbers(column).reindex(product.index)
        quotient = (candidate / product)[is_positive]
        distance = (quotient / quotient.median() - 1).abs()
        is_proportional = (distance <= MAX_ROUNDING).all()
        if is_proportional and ((candidate > 0) == is_positive).all():
            return str(name)
    return ""


def has_shared_denominator(data: Data) -> bool | None:
    """Say whether exposure and rate have one denominator; None where nobody knows."""
    names = data.names
    if names.exposure_per is None:
        return True if find_numerator(data, data.units["exposure"]) else None
    if names.exposure_per in ("", names.offset):
        return names.exposure_per == names.offset
    denominator = numbers(data.frame[names.exposure_per]).reindex(data.units.index)
    distance = (denominator / data.units["out_of"] - 1).abs()
    return bool((distance <= MAX_ROUNDING).all())


def denominator_error_effect(
    specification: Specification, error: float = DENOMINATOR_ERROR
) -> ErrorEffect | None:
    """
    Compute what errors of a shared denominator could make, to first order.

    A denominator that is recorded too small raises exposure x and rate alike. Let w be the weight
    of a row, v the variance of the log of its denominator, h its leverage without the exposure, and
    e the exposure less all other columns. Errors add the sum of w v x^2 (1 - h) to that of w e^2.
    They add the sum of w v x (1 - h) to that of the products of w, e and log rate. A control over
    the same denominator takes its errors out of the exposure.

    Returns
    -------
    effect
        For errors that are independent between units; None where the exposure is no such ratio.

    References
    ----------
    Fuller, W. A. (1987). Measurement Error Models, section 1.1. Wiley.
    Kronmal, R. A. (1993). JRSS A 156 (3), 379-392.
    """
    data, full_data = specification.data, specification.full_data
    if specification.rung == DIFFERENCES or not has_shared_denominator(full_data):
        return None
    fit = specification.fit
    influence = fit.influence(specification.exposure)
    variation = 1 / float(influence @ influence)  # sum of w e^2
    leverage = np.sum(fit.Q**2, axis=1) + fit.cluster_part**2 - influence**2 * variation

    variance = np.full(len(data.units), np.log1p(error**2))
    if specification.rung == BETWEEN:  # errors of single units cancel in the sum of many
        out_of, cluster = full_data.units["out_of"], full_data.units["cluster"]
        squares = (out_of**2).groupby(cluster).sum()
        variance = variance * (squares / out_of.groupby(cluster).sum() ** 2)

    x = _exposure_with_errors(specification)
    added = fit.scale**2 * np.asarray(variance) * (1 - leverage)
    response = x
    if specification.scale < 1:  # an error moves a logit the more
        response = x / (1 - specification.results.mu)
    log_rate_ratio = specification.scale * float(added @ np.asarray(response)) / variation
    return ErrorEffect(float(added @ x**2) / variation, log_rate_ratio)


def _exposure_with_errors(specification: Specification) -> models.Vector:
    """Give the exposure less the part of it that controls over the same denominator explain."""
    data, full_data, fit = specification.data, specification.full_data, specification.fit
    influence = fit.influence(specification.exposure)
    # the row of the exposure in the inverse of R'R has the coefficients of the exposure on others
    row = pd.Series(np.linalg.solve(fit.R, fit.Q.T @ influence), fit.results.params.index)
    coefficients = -row / row[specification.exposure]
    exposure = data.units["exposure"].to_numpy()
    for name, control in full_data.controls.items():
        if find_numerator(full_data, control):
            exposure = exposure - coefficients[str(name)] * data.controls[name].to_numpy()
    return exposure


def compute_denominators(design: Design) -> list[Record]:
    """
    Ask three questions about the denominator of an estimate.

    - What errors of 5, 10 and 15 % alone would make, and the error that is assumed.
    - What log numerator and log denominator give as two terms, each with its own coefficient.
    - What is left if those whom the exposure counts are taken off the count: team members may be
      users themselves.

    Returns
    -------
    records
        Each with its `question`, `term`, `log_rate_ratio` and, but for errors alone, its `error`.
    """
    specification, data = design.specification, design.data
    check(specification, NOTHING_TO_COMPARE)
    is_shared = has_shared_denominator(data)
    if not is_shared:
        reason = "exposure per what" if is_shared is None else "another denominator"
        raise Refused(data.names, reason=reason)
    numerator = find_numerator(data, data.units["exposure"])
    records: list[Record] = [{"question": "estimate", **specification.estimate._asdict()}]
    for error in sorted({*DENOMINATOR_ERRORS, design.denominator_error}):
        effect = denominator_error_effect(specification, error)
        if effect:
            record = {"question": "errors alone", "doubt": error, "share": effect.exposure_share}
            records.append(record | {"log_rate_ratio": effect.log_rate_ratio})
    if not numerator:
        return records

    numerator_counts = numbers(data.frame[numerator])
    records += _elasticity_records(data, numerator_counts, numerator)
    # what is no person, such as an office, is not among the persons counted
    in_use = data.names.study if data.names.has_study_exposure else None
    may_be_counted = in_use is None or in_use.says("exposure", "people") is not False
    reduced_count = data.units["count"] - numerator_counts
    if may_be_counted and (reduced_count >= 0).all():
        reduced_data = replace(data, units=data.units.assign(count=reduced_count))
        reduced = Specification(reduced_data, specification.rung)
        records.append({"question": "others", **reduced.estimate._asdict()})
    return records


def _elasticity_records(data: Data, numerator: pd.Series, name: str) -> list[Record]:
    """Put log numerator and log denominator in place of the exposure, without an offset."""
    if (numerator <= 0).any():
        return []
    columns = {
        f"log {name}": np.log(numerator),
        f"log {data.names.offset}": np.log(data.units["out_of"]),
    }
    X, codes = models.design_matrix(data, has_fixed_effects=True)
    X = X.drop(columns=data.names.exposure).assign(**columns)
    fit = models.fit_glm(data.units["count"], X, codes, family=families.Poisson())
    return [
        {"question": "free", "term": term, **estimate(fit, data.units["cluster"], term)._asdict()}
        for term in columns
    ]


# A confounder is measured by what was measured: as strong as a control, or so many times that.
TIMES = (1, 2, 3)


class Robustness(NamedTuple):
    """Shares of exposure and outcome that a confounder must explain."""

    value: float
    """To take all of the estimate away."""
    significant: float
    """To make it no longer significant."""


class PartialR2(NamedTuple):
    """Shares of what is left of exposure and outcome that a variable explains."""

    exposure: float
    outcome: float


def compute_sensitivity(design: Design) -> list[Record]:
    """
    Compute robustness values of the least-squares twin, and what strong confounders would leave.

    The textbook error belongs in these formulas, and the clustered one does not. The CR2 interval
    is shifted by the bias. Of the headline, `share_to_remove` is the share of both exposure and
    outcome at which this bias is all of it, `share_to_hide` that at which its interval holds 1.

    References
    ----------
    Cinelli, C., Hazlett, C. (2020). JRSS B 82 (1), 39-67.
    VanderWeele, T. J., Ding, P. (2017). Annals of Internal Medicine 167 (4), 268-274.
    """
    specification = design.by_unit()
    twin, name = specification.twin, specification.exposure
    twin_estimate = specification.twin_estimate
    df = int(twin.results.df_resid)
    # standard deviation of what is left of the outcome over that of the exposure
    sd_ratio = float(twin.results.bse[name]) * math.sqrt(df)
    f = abs(float(twin.results.tvalues[name])) / math.sqrt(df)
    shares, sd = robustness(f, df), specification.full_data.sd
    distance = abs(specification.log_rate_ratio)
    distance_of_interval = distance_to_none(specification.log_rate_ratio, specification.error)
    first: Record = {
        "control": "",
        "times": np.nan,
        **twin_estimate._asdict(),
        "partial_r2": f**2 / (1 + f**2),
        "robustness_value": shares.value,
        "robustness_value_significant": shares.significant,
        "e_value": e_value(distance * sd),
        "e_value_interval": e_value(distance_of_interval * sd),
        "share_to_remove": _share_of_both(distance / sd_ratio),
        "share_to_hide": _share_of_both(distance_of_interval / sd_ratio),
    }
    records = [first]

    X = pd.DataFrame(twin.results.model.exog, columns=twin.results.model.exog_names)
    exposure_fit = models.fit_least_squares(X.pop(name), X, twin.absorbed)
    for control in map(str, specification.data.controls):
        r2 = PartialR2(_partial_r2(exposure_fit, control), _partial_r2(twin, control))
        for times in TIMES:
            bias = record_or_refusal(_bias_record, twin_estimate, sd_ratio, r2, times)
            records.append({"control": control, "times": times} | bias)
    return records


def _bias_record(
    estimate: Estimate, sd_ratio: float, r2_of_control: PartialR2, times: int
) -> Record:
    """Shift the estimate and its interval by a confounder so many times as strong as a control."""
    r2 = bound_confounder(*r2_of_control, times)
    bias = sd_ratio * math.sqrt(r2.outcome * r2.exposure / (1 - r2.exposure))
    low, high = estimate.interval
    shift = math.copysign(bias, estimate.log_rate_ratio)
    return {
        "r2_exposure": r2.exposure,
        "r2_outcome": r2.outcome,
        "bias": bias,
        "log_rate_ratio": estimate.log_rate_ratio - shift,
        "ends": (low - shift, high - shift),
    }


def robustness(f: float, df: int) -> Robustness:
    """Compute robustness values from Cohen's f (t over the root of df)."""
    quantile = float(stats.t.ppf(0.975, df - 1))
    critical = quantile / math.sqrt(df - 1)
    significant = _share_of_both(max(0.0, f - critical))
    if f > 1 / critical:  # a confounder of the exposure alone would do
        significant = max(significant, (f**2 - critical**2) / (1 + f**2))
    return Robustness(_share_of_both(f), significant)


def bound_confounder(exposure: float, outcome: float, times: int) -> PartialR2:
    """Bound the partial R2 of a confounder some times as strong as a control with these two."""
    of_exposure = times * exposure / (1 - exposure)
    shared = times * exposure**2 / ((1 - times * exposure) * (1 - exposure))
    if of_exposure >= 1 or times * exposure >= 1 or shared >= 1:
        share = partial(words.percent, exposure)
        raise Refused(reason="impossible benchmark", times=times, share=share)
    root = (math.sqrt(times) + math.sqrt(shared)) / math.sqrt(1 - shared)
    of_outcome = root**2 * outcome / (1 - outcome)
    return PartialR2(of_exposure, min(1.0, of_outcome))


def distance_to_none(b: float, error: StandardError) -> float:
    """Measure how far the nearer end of an interval is from 0; 0 where the interval holds it."""
    low, high = error.interval(b)
    return 0.0 if low <= 0 <= high else min(abs(low), abs(high))


def e_value(log_ratio: float) -> float:
    """Compute how strong a confounder must be, as a rate ratio, to take a ratio away."""
    ratio = math.exp(log_ratio)
    return ratio + math.sqrt(ratio * (ratio - 1))


# How many values of a standard error its distribution is averaged over: twice as many move the
# third digit of no ratio.
N_QUANTILES = 200


def detectable(error: StandardError, power: float = 0.8) -> float:
    """
    Find the smallest log rate ratio that a fresh draw of the design detects so often.

    It is k times the error. The error here and that of the fresh draw both vary as the root of
    chi-square over df, independently. k is solved so that the power is right on average over both.
    With few df the usual t(.975) + t(.80) promises too much: of four in five it keeps 69 to 78 %.
    """
    from scipy.optimize import brentq

    quantiles = (np.arange(N_QUANTILES) + 0.5) / N_QUANTILES
    spread = np.sqrt(stats.chi2.ppf(quantiles, error.df) / error.df)
    reach = float(stats.t.ppf(0.975, error.df)) * spread[:, None]

    def missing_power(k: float) -> float:
        above = stats.norm.cdf(k * spread - reach)
        below = stats.norm.cdf(-k * spread - reach)
        return power - float(np.mean(above + below))

    highest = 1.0
    while missing_power(highest) > 0:
        highest *= 2
    return error.standard_error * float(brentq(missing_power, 0.0, highest, xtol=1e-10))


def _share_of_both(f: float) -> float:
    """Solve for the share that a confounder explains of exposure and outcome alike."""
    return (math.sqrt(f**4 + 4 * f**2) - f**2) / 2


def _partial_r2(fit: models.Fit, name: str) -> float:
    squared_t = float(fit.results.tvalues[name]) ** 2
    return squared_t / (squared_t + float(fit.results.df_resid))

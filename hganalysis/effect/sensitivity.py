"""What could make an estimate: errors of the shared denominator, or something unmeasured."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from .. import study, words
from . import models
from .errors import StandardError, cr2, standardise
from .frame import Data, Refused, numbers
from .models import Record, record_or_refusal
from .rungs import Specification

# Residents as recorded are taken to be off by this (coefficient of variation) where nobody said: a
# census some years old, or a register that people do not leave, is no closer.
DOUBT = 0.10
SHAKEN = (0.05, DOUBT, 0.15)
ROUNDED = 0.01  # an exposure may have been rounded to one decimal; more is another denominator


class Part(NamedTuple):
    """What independent errors in the denominator alone would make."""

    share: float
    """Share of the variation of the exposure that is left to compare: so much could be errors."""
    log_rate_ratio: float
    """Per unit of the exposure, were there no relation."""


def numerator(data: Data, x: pd.Series) -> str:
    """
    Find the column whose ratio to the denominator something is.

    Returns
    -------
    name
        "whole numbers" if x times the denominator is one in every row, up to a power of ten, and is
        not so by chance: then nobody said of what. "" if it is no such ratio.
    """
    made, names = x * data.units["out_of"], data.names
    if (made < 0).any() or not (made > 0).any():
        return ""
    asked = [names.count, names.exposure, names.offset, names.cluster, *names.controls]
    others = data.frame.drop(columns=asked).select_dtypes("number")
    for name, column in others.items():
        given = numbers(column).reindex(made.index)
        ratio = (given / made)[made > 0]
        alike = ((ratio / ratio.median() - 1).abs() <= ROUNDED).all()
        if alike and ((given > 0) == (made > 0)).all():
            return str(name)
    # Short decimals times round populations are whole by chance; long ones are not.
    long = ((1000 * x - (1000 * x).round()).abs() > 1e-6).mean() > 0.5
    scaled = (made[made > 0] / power for power in (1, 100, 1000, 10_000, 100_000))
    whole = any(((one - one.round().clip(1)).abs() < 1e-6).all() for one in scaled)
    return "whole numbers" if long and whole else ""


def has_shared_denominator(data: Data) -> bool | None:
    """Say whether exposure and rate have one denominator; None where nobody knows."""
    names = data.names
    if names.exposure_per is None:
        return True if numerator(data, data.units["exposure"]) else None
    if names.exposure_per in ("", names.offset):
        return names.exposure_per == names.offset
    denominator = numbers(data.frame[names.exposure_per]).reindex(data.units.index)
    distance = (denominator / data.units["out_of"] - 1).abs()
    return bool((distance <= ROUNDED).all())


def part_of(specification: Specification, doubt: float = DOUBT) -> Part | None:
    """
    Compute what errors in the denominator that exposure and rate share could make, to first order.

    A denominator recorded too small raises exposure x and rate alike: with w the weight of a row,
    v the variance of the log of its denominator, h its leverage without the exposure and e the
    exposure less all other columns, errors add the sum of w v x^2 (1 - h) to that of w e^2, and
    w v x (1 - h) to that of the products of w, e and log rate. A control that is a ratio over the
    same denominator takes its errors out of the exposure.

    Returns
    -------
    part
        For errors that are independent between units; None where the exposure is no such ratio.

    References
    ----------
    Fuller, W. A. (1987). Measurement Error Models, section 1.1. Wiley.
    Kronmal, R. A. (1993). JRSS A 156 (3), 379-392.
    """
    data, asked = specification.data, specification.full_data
    if specification.number == 4 or not has_shared_denominator(asked):
        return None
    parts = standardise(specification.results)
    influence = parts.influence(specification.exposure)
    length = 1 / float(influence @ influence)  # sum of w e^2
    hat = np.sum(parts.Q**2, axis=1) + parts.cluster_part**2 - influence**2 * length
    variance = np.full(len(data.units), np.log1p(doubt**2))
    if specification.number == 5:  # errors of single units cancel in the sum of many
        people, by = asked.units["out_of"], asked.units["cluster"]
        variance = variance * ((people**2).groupby(by).sum() / people.groupby(by).sum() ** 2)
    at = parts.names.index(specification.exposure)
    others = np.delete(parts.R, at, axis=1)
    taken = np.linalg.lstsq(others, parts.R[:, at], rcond=None)[0]
    x = data.units["exposure"].to_numpy()
    for name in asked.controls:
        if numerator(asked, asked.controls[name]):
            place = parts.names.index(str(name))
            x = x - taken[place - (place > at)] * data.controls[name].to_numpy()
    left = parts.scale**2 * np.asarray(variance) * (1 - hat)
    moved = (
        x / (1 - specification.results.mu) if specification.scale < 1 else x
    )  # an error moves a logit the more
    made = specification.scale * float(left @ np.asarray(moved)) / length
    return Part(float(left @ x**2) / length, made)


def denominators(specification: Specification, assumed: float) -> list[Record]:
    """
    Ask what three questions about the denominator make of an estimate.

    Errors of 5, 10 and 15 % alone, and of what is assumed; log numerator and log denominator as two
    terms with free coefficients; the counted who are not of the numerator (team members may be
    users themselves).

    Returns
    -------
    rows
        Each with its `question`, `term`, `b` and, but for errors alone, its `error`.
    """
    data = specification.full_data
    is_shared = has_shared_denominator(data)
    if not is_shared:
        reason = "exposure per what" if is_shared is None else "another denominator"
        raise Refused(data.names, reason=reason)
    name = numerator(data, data.units["exposure"])
    rows: list[Record] = [
        {
            "question": "estimate",
            "log_rate_ratio": specification.log_rate_ratio,
            "error": specification.error,
        }
    ]
    for doubt in sorted({*SHAKEN, assumed}):
        if part := part_of(specification, doubt):
            row = {"question": "errors alone", "doubt": doubt, "share": part.share}
            rows.append(row | {"log_rate_ratio": part.log_rate_ratio})
    if name in ("", "whole numbers"):
        return rows
    number = numbers(data.frame[name])
    rows += _free(data, number, name)
    less = replace(data, units=data.units.assign(count=data.units["count"] - number))
    people = (
        study.current().says("exposure", "people") is not False or not data.names.has_study_exposure
    )
    if people and (less.units["count"] >= 0).all():  # who are no people are not counted as such
        other = Specification(less, specification.number)
        rows.append(
            {"question": "others", "log_rate_ratio": other.log_rate_ratio, "error": other.error}
        )
    return rows


def _free(data: Data, number: pd.Series, name: str) -> list[Record]:
    """Put log numerator and log denominator in place of the exposure, without an offset."""
    if (number <= 0).any():
        return []
    pair = {name: np.log(number), data.names.offset: np.log(data.units["out_of"])}
    named = {f"log {key}": value for key, value in pair.items()}
    X, codes = models.design_matrix(data, fixed_effects=True)
    X = X.drop(columns=data.names.exposure).assign(**named)
    fit = models.fit_glm(data.units["count"], X, codes, family=sm.families.Poisson())
    cluster = data.units["cluster"]
    return [
        {
            "question": "free",
            "term": key,
            "log_rate_ratio": fit.params[key],
            "error": cr2(fit, cluster, key),
        }
        for key in named
    ]


# A confounder is measured by what was measured: as strong as a control, or so many times that.
TIMES = (1, 2, 3)
STRENGTH = ["partial_r2", "robustness_value", "robustness_value_significant"]
STRENGTH += ["e_value", "e_value_interval"]
TO_REMOVE = ["share_to_remove", "share_to_hide"]


def strength(specification: Specification) -> list[Record]:
    """
    Compute robustness values of the least-squares twin, and what controls so strong would leave.

    The textbook error belongs in these formulas, and the clustered one does not; the CR2 interval
    is shifted by the bias. Of the headline, `share_to_remove` is the share of both exposure and
    outcome at which this bias is all of it, `share_to_hide` that at which its interval holds 1.

    References
    ----------
    Cinelli, C., Hazlett, C. (2020). JRSS B 82 (1), 39-67.
    VanderWeele, T. J., Ding, P. (2017). Annals of Internal Medicine 167 (4), 268-274.
    """
    name = specification.exposure
    twin = specification.twin
    b, df = float(twin.params[name]), int(twin.df_resid)
    f = abs(float(twin.tvalues[name])) / math.sqrt(df)
    error = cr2(twin, specification.data.units["cluster"], name)
    low, high = error.interval(b)
    first: Record = {"control": "", "times": np.nan, "log_rate_ratio": b, "error": error}
    values = (
        f**2 / (1 + f**2),
        *robustness(f, df),
        *e_values(specification.log_rate_ratio, specification.error, specification.full_data.sd),
    )
    first |= dict(zip(STRENGTH, values, strict=True))
    spread = float(twin.bse[name]) * math.sqrt(df)  # of the outcome's rest to the exposure's
    distances = (
        abs(specification.log_rate_ratio),
        distance_to_none(specification.log_rate_ratio, specification.error),
    )
    first |= {key: _shares(end / spread) for key, end in zip(TO_REMOVE, distances, strict=True)}
    X = pd.DataFrame(twin.model.exog, columns=twin.model.exog_names)
    x, codes = X.pop(name), getattr(twin.model, "absorbed", None)
    fits = models.fit_least_squares(x, X, codes), twin

    def left(control: str, times: int) -> Record:
        of_x, of_y = (_partial_r2(one, control) for one in fits)
        r2_x, r2_y = bound(of_x, of_y, times)
        bias = spread * math.sqrt(r2_y * r2_x / (1 - r2_x))
        moved, *ends = (end - math.copysign(bias, b) for end in (b, low, high))
        row = {"r2_exposure": r2_x, "r2_outcome": r2_y, "bias": bias}
        return row | {"log_rate_ratio": moved, "ends": ends}

    asked = product(map(str, specification.data.controls), TIMES)
    told = [
        {"control": one, "times": times} | record_or_refusal(left, one, times)
        for one, times in asked
    ]
    return [first, *told]


def robustness(f: float, df: int) -> tuple[float, float]:
    """Compute RV and RV at significance from Cohen's f (t over the root of df)."""
    critical = float(stats.t.ppf(0.975, df - 1)) / math.sqrt(df - 1)
    value, significant = _shares(f), _shares(max(0.0, f - critical))
    if f > 1 / critical:  # a confounder of the exposure alone would do
        significant = max(significant, (f**2 - critical**2) / (1 + f**2))
    return value, significant


def bound(exposure: float, outcome: float, times: int) -> tuple[float, float]:
    """Bound the partial R2 of a confounder some times as strong as a control with these two."""
    of_exposure = times * exposure / (1 - exposure)
    shared = times * exposure**2 / ((1 - times * exposure) * (1 - exposure))
    if of_exposure >= 1 or times * exposure >= 1 or shared >= 1:
        share = partial(words.percent, exposure, decimals=0)
        raise Refused(reason="impossible benchmark", times=times, share=share)
    lifted = ((math.sqrt(times) + math.sqrt(shared)) / math.sqrt(1 - shared)) ** 2
    return of_exposure, min(1.0, lifted * outcome / (1 - outcome))


def distance_to_none(b: float, error: StandardError) -> float:
    """Measure how far the nearer end of an interval is from no relation; 0 where it holds that."""
    low, high = error.interval(b)
    return 0.0 if low <= 0 <= high else min(abs(low), abs(high))


def e_values(b: float, error: StandardError, sd: float) -> tuple[float, float]:
    """Compute E-values of the rate ratio per standard deviation, and of its nearer end."""
    distances = abs(b), distance_to_none(b, error)
    first, second = (math.exp(distance * sd) for distance in distances)
    return first + math.sqrt(first * (first - 1)), second + math.sqrt(second * (second - 1))


# How many values of a standard error its distribution is averaged over: twice as many move the
# third digit of no ratio.
GRID = 200


def detectable(error: StandardError, power: float = 0.8) -> float:
    """
    Find the smallest log rate ratio that a fresh draw of the design detects so often.

    It is k times the error. The error here and that of the fresh draw both vary as the root of
    chi-square over df, independently, and k is solved so that the power is right on average over
    both. With few df the usual t(.975) + t(.80) promises too much: of four in five it keeps 69 to
    78 %.
    """
    from scipy.optimize import brentq

    quantiles = (np.arange(GRID) + 0.5) / GRID
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


def _shares(f: float) -> float:
    return (math.sqrt(f**4 + 4 * f**2) - f**2) / 2


def _partial_r2(fit: models.Results, name: str) -> float:
    t = float(fit.tvalues[name])
    return t**2 / (t**2 + float(fit.df_resid))

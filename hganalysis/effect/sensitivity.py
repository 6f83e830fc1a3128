"""Ask what would change the conclusion: an unmeasured confounder, or more clusters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from .columns import Columns
from .errors import classical, cr2
from .estimate import Estimate, Refused, half_width
from .fit import Fit, Vector, least_squares
from .models import log_rate, used_by
from .rungs import estimate


@dataclass(frozen=True)
class Robustness:
    """
    How strong a confounder must be, measured by shares of residual variance.

    From the least-squares twin (log rate), with its textbook error: the clustered one has no
    place in these formulas. The interval is that of CR2, and is shifted by the bias.
    """

    log_rate_ratio: float
    """Of the twin, per unit of the exposure."""
    textbook_error: float
    df: int
    """Of the textbook error."""
    low: float
    """Of the twin's CR2 interval."""
    high: float
    sd: float
    partial_r2: float
    """Share of the residual variance of the outcome that the exposure explains."""
    q: float
    """Which share of the estimate is to be explained away; 1: all of it."""
    value: float
    """RV_q: a confounder that explains this share of the residual variance of exposure and of
    outcome takes that much off the estimate."""
    value_significant: float
    """RV_qa: one that explains this share takes away its (textbook) significance."""

    def bias(self, *, exposure: float, outcome: float) -> float:
        """
        Compute the bias, per unit of the exposure, of a confounder that explains these shares.

        Both are partial R2, 0 to 1, the first below 1. The sign is the confounder's choice.
        """
        if not (0 <= exposure < 1 and 0 <= outcome <= 1):
            msg = f"Shares are between 0 and 1, not {exposure} and {outcome}."
            raise ValueError(msg)
        odds = exposure / (1 - exposure)
        return self.textbook_error * math.sqrt(self.df * outcome * odds)


def robustness(
    data: Columns, *, level: float = 0.95, rung: Literal[1, 2] = 2, q: float = 1.0
) -> Robustness:
    """
    Compute the robustness value of rung 1 or 2.

    Parameters
    ----------
    data, level
        As in `ladder`.
    rung
        1 or 2.
    q
        Which share of the estimate is to be explained away, above 0.

    Returns
    -------
    robustness
        Of the least-squares twin.

    Raises
    ------
    Refused
        Where the rung is refused; if a unit has no counts.

    References
    ----------
    Cinelli, C., Hazlett, C. (2020). "Making Sense of Sensitivity: Extending Omitted Variable Bias."
    JRSS B 82 (1), 39-67. https://doi.org/10.1111/rssb.12348
    """
    if q <= 0:
        msg = f"q is the share of the estimate to be explained away, above 0, not {q}."
        raise ValueError(msg)
    fit, exposure = _twin(data, rung), data.names.exposure
    plain, robust = classical(fit, exposure), cr2(fit, exposure)
    b = fit.coefficient(exposure)
    f = abs(b) / plain.standard_error / math.sqrt(fit.df)
    return Robustness(
        b,
        plain.standard_error,
        fit.df,
        *robust.interval(b, level),
        data.sd,
        f**2 / (1 + f**2),
        q,
        *robustness_values(q * f, fit.df, level),
    )


def robustness_values(f: float, df: int, level: float) -> tuple[float, float]:
    """Compute RV_q and RV_qa from q times Cohen's f (t over the root of df)."""
    critical = half_width(df - 1, level) / math.sqrt(df - 1)
    less = max(0.0, f - critical)
    significant = _equal_shares(less)
    if critical > 0 and f > 1 / critical:  # a confounder of the exposure alone would do
        significant = max(significant, (f**2 - critical**2) / (1 + f**2))
    return _equal_shares(f), significant


def benchmarks(
    data: Columns,
    *,
    benchmark: str,
    level: float = 0.95,
    rung: Literal[1, 2] = 2,
    multiples: Sequence[float] = (1, 2, 3),
) -> pd.DataFrame:
    """
    Bound what confounders as strong as a known control, or some times as strong, could do.

    Parameters
    ----------
    data, level, rung
        As in `robustness`.
    benchmark
        One of the controls.
    multiples
        How many times as strong as it, for exposure and outcome alike.

    Returns
    -------
    bounds
        One row per multiple (index `times`): `r2_exposure`, `r2_outcome` (the most that such a
        confounder explains of what is left, 0 to 1); `bias` per unit, towards 0 and past it;
        `log_rate_ratio`, `low`, `high` less that bias (CR2 interval, shifted); `rate_ratio`,
        `rate_ratio_low`, `rate_ratio_high`.

    Raises
    ------
    LookupError
        If the benchmark is no control.
    Refused
        Where `robustness` refuses; if no confounder can be that many times as strong.
    """
    controls = data.names.controls
    if benchmark not in controls:
        msg = f"The benchmark is one of the controls, {list(controls)}, not {benchmark!r}."
        raise LookupError(msg)
    used, fit = used_by(data, rung), _twin(data, rung)
    found = robustness(data, level=level, rung=rung)
    of_exposure = least_squares(
        used.exposure - used.exposure.mean(),
        fit.X[:, 1:],
        names=fit.names[1:],
        clusters=fit.clusters,
        absorb=fit.effects is not None,
    )
    shares = _partial_r2(of_exposure, benchmark), _partial_r2(fit, benchmark)
    towards = math.copysign(1.0, found.log_rate_ratio)
    rows = []
    for times in multiples:
        r2 = bound(*shares, times=times)
        bias = found.bias(exposure=r2[0], outcome=r2[1])
        moved = [one - towards * bias for one in (found.log_rate_ratio, found.low, found.high)]
        rows.append([*r2, bias, *moved, *np.exp(moved)])
    columns = ["r2_exposure", "r2_outcome", "bias", "log_rate_ratio", "low", "high", "rate_ratio"]
    return pd.DataFrame(
        rows,
        index=pd.Index(multiples, name="times"),
        columns=[*columns, "rate_ratio_low", "rate_ratio_high"],
    )


def bound(exposure: float, outcome: float, *, times: float) -> tuple[float, float]:
    """
    Bound the partial R2 of a confounder some times as strong as a control with these two.

    Cinelli and Hazlett (2020), section 4.4 and appendix; the second is at most 1.
    """
    of_exposure = times * exposure / (1 - exposure)
    shared = times * exposure**2 / ((1 - times * exposure) * (1 - exposure))
    if of_exposure >= 1 or times * exposure >= 1 or shared >= 1:
        msg = (
            f"The control explains {exposure:.0%} of the exposure; no confounder can be {times:g} "
            "times as strong. Ask for fewer times."
        )
        raise Refused(msg, reason="impossible benchmark")
    lifted = ((math.sqrt(times) + math.sqrt(shared)) / math.sqrt(1 - shared)) ** 2
    return of_exposure, min(1.0, lifted * outcome / (1 - outcome))


@dataclass(frozen=True)
class EValue:
    """How strongly a confounder must go with exposure and outcome, each as a rate ratio."""

    estimate: float
    """To move the rate ratio per SD to 1."""
    interval: float
    """To move the nearer end of its interval to 1; 1 if the interval holds 1."""


def e_value(found: Estimate) -> EValue:
    """
    Compute the E-value of the rate ratio per standard deviation of the exposure.

    Secondary: it treats the exposure as two groups one standard deviation apart, and rates as
    risks of a rare outcome.

    References
    ----------
    VanderWeele, T. J., Ding, P. (2017). "Sensitivity Analysis in Observational Research:
    Introducing the E-Value." Annals of Internal Medicine 167 (4), 268-274. https://doi.org/10.7326/M16-2607
    """
    ends = found.rate_ratio_per_sd_low, found.rate_ratio_per_sd_high
    nearer = 1.0 if ends[0] <= 1 <= ends[1] else min(ends, key=lambda one: abs(math.log(one)))
    return EValue(e_value_of(found.rate_ratio_per_sd), e_value_of(nearer))


def e_value_of(ratio: float) -> float:
    """Compute the E-value of a ratio above 0; below 1, of its inverse."""
    above = max(ratio, 1 / ratio)
    return above + math.sqrt(above * (above - 1))


def _equal_shares(f: float) -> float:
    return (math.sqrt(f**4 + 4 * f**2) - f**2) / 2


def _partial_r2(fit: Fit, name: str) -> float:
    t = fit.coefficient(name) / classical(fit, name).standard_error
    return t**2 / (t**2 + fit.df)


def _twin(data: Columns, rung: Literal[1, 2]) -> Fit:
    """Fit the log rate by least squares, where the rung itself is not refused."""
    estimate(data, rung=rung)
    return log_rate(used_by(data, rung), rung)


def power_curve(
    estimate: Estimate, *, rate_ratios: Sequence[float] | None = None, clusters: int | None = None
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


@dataclass(frozen=True)
class Detectable:
    """The smallest rate ratios above 1 that a design would tell from 1."""

    power: float
    """How often, 0 to 1."""
    rate_ratio: float
    """Per unit of the exposure."""
    rate_ratio_per_sd: float
    """Per standard deviation of the exposure."""


def minimal_detectable(estimate: Estimate, *, power: float = 0.8) -> Detectable:
    """
    Compute the smallest rate ratio that this design would detect with the given power.

    Uses the realised standard error and df, never the estimate. With few df a realised error is
    more often too small than too large: it is put right to its median, and the power is that of a
    normal estimate over a random error, so that the promise is kept at the mean of what such
    designs promise. (The usual (t(0.975) + t(power)) x SE keeps 72 to 75 % of 80 there.) What the
    denominator could make is added: less than that is never told from it.

    Parameters
    ----------
    estimate
        Any rung. The test is at 1 - `estimate.level`, two-sided.
    power
        Between 0.5 and 1.

    Returns
    -------
    detectable
        Above 1; its inverse is detected at least as often.

    Raises
    ------
    ValueError
        If the power is not between 0.5 and 1.
    """
    from scipy import optimize

    if not 0.5 <= power < 1:
        msg = f"power must be at least 0.5 and below 1, not {power}."
        raise ValueError(msg)
    # Ten errors beyond the critical value are detected whatever the df.
    furthest = (half_width(estimate.df, estimate.level) + 10) * estimate.standard_error * 10
    smallest = optimize.brentq(
        lambda log: float(detected(np.array([log]), estimate)[0]) - power,
        estimate.doubt_part,
        estimate.doubt_part + furthest,
        xtol=1e-12 * furthest,
        rtol=1e-12,
    )
    return Detectable(power, math.exp(smallest), math.exp(smallest * estimate.sd))


def detected(logs: Vector, estimate: Estimate, *, more: float = 1.0) -> Vector:
    """
    Compute how often true log rate ratios would be told from 0, with the realised error and df.

    `more` times the clusters shrink the error with their square root and add df in proportion.
    """
    from scipy import special

    df = estimate.df * more
    # t around a true value is a normal over an estimated error, whose ratio to the true one is the
    # root of a chi-square over its df: averaged over 4,000 equally likely values of it.
    likely = (np.arange(4000) + 0.5) / 4000
    ratio = np.sqrt(2 * special.gammaincinv(df / 2, likely) / df)
    middle = math.sqrt(2 * special.gammaincinv(estimate.df / 2, 0.5) / estimate.df)
    error = estimate.standard_error / middle / math.sqrt(more)
    critical = half_width(df, estimate.level) * ratio[:, None]
    above = special.ndtr((logs - estimate.doubt_part) / error - critical)
    below = special.ndtr(-logs / error - critical)
    power: Vector = (above + below).mean(axis=0)
    return power

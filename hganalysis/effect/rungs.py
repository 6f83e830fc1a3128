"""Check the model of one rung, and estimate it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from . import rules
from .columns import Columns
from .errors import Error, cr2
from .estimate import WITHIN_FLAGGED, WITHIN_REFUSED, Estimate, Refused, half_width
from .fit import Fit, Vector
from .models import (
    PERMUTED_UP_TO,
    Rung,
    chosen,
    permutation_p,
    random_intercept,
    slopes_of,
    to_log_rate,
    without_zero_clusters,
)
from .rules import Part, looks_like_a_ratio, part_of, require_more_than_doubt


def estimate(data: Columns, *, rung: Rung = 2, level: float = 0.95) -> Estimate:
    """
    Estimate one rung, or refuse.

    Rung 1 compares all units with one another: Poisson quasi-likelihood with the log of the
    denominator as offset; CR2 by cluster with Satterthwaite's df. Differences between clusters
    count too, with all that hides behind them. Where no count exceeds its denominator and yet the
    fit expects more people than there are, a binomial model (logit) takes its place, and the rate
    ratio is the average at the shares as they are.

    Rung 2 (the headline where it can be had) compares units of the same cluster: as rung 1, with a
    fixed effect for each cluster, so that nothing shared by a whole cluster can pass for an effect.
    Clusters whose counts are all zero say nothing; they are left out and reported in `dropped`.

    Rung 3 weighs differences within and between clusters by what they tell: the log rate with a
    random intercept for each cluster, by REML; CR2 on the generalised least squares that it leads
    to. A check of efficiency: under a confounder that a cluster shares its interval covers 88 %
    where that of rung 2 covers 95.

    Rung 5 compares clusters only (all there is where data come by cluster). Counts and denominators
    are summed; exposure and control are averaged with the denominator as weight, which for a
    density is the density of the whole cluster. Then ordinary least squares of the log rate with
    the error of Bell and McCaffrey (HC2, with Satterthwaite's df: one far cluster that is more
    variable than the rest makes the textbook error cover 56 %), and beside it the p-value over all
    orders of the clusters (up to 8 of them; approximate, and flagged so, with a control).

    Rung 6 takes one slope from each cluster, and compares their mean with their scatter: Poisson
    with offset in each cluster by itself; t with one df less than slopes (Ibragimov and Müller),
    and beside it the p-value over all signs of the slopes. Clusters too small for a slope of their
    own, or without counts, are left out and reported in `dropped`.

    Rung 4 compares two years: see `changes`.

    Parameters
    ----------
    data
        As from `columns`.
    rung
        1, 2, 3, 5 or 6.
    level
        Coverage of the interval, between 0 and 1.

    Raises
    ------
    Refused
        Rungs 1, 2, 3, 5: with fewer than 4 clusters; if leaving out one cluster loses the
        coefficient; with df below 2. Rungs 2 and 6: if less than 5 % of the variance of the
        exposure is within clusters. Rung 2: if a control does not vary within any cluster. Rung 3:
        if a unit has no counts. Rung 5: with more than one control; with fewer than 5 rows beyond
        the coefficients; if a whole cluster has no count. Rung 6: if fewer than 4 clusters have a
        slope.
    """
    half_width(1.0, level)  # a wrong level stops here, before any work
    required: dict[Rung, Callable[[Columns], tuple[Columns, list[str]]]] = {
        1: _require_pooled,
        2: _require_within,
        3: _require_pooled,
        5: _require_between,
        6: _require_slopes,
    }
    rules.require_choice("rung", rung, tuple(required))
    used, flags = required[rung](data)
    exposure, permuted = data.names.exposure, None
    if rung == 6:
        slopes = slopes_of(used)
        used = used.only(np.isin(np.array(used.labels)[used.codes], slopes.labels))
        flags += rules.weak_clusters(len(used.labels))
        flags += ["clusters without a slope dropped"] * (len(used.labels) < len(data.labels))
        slope, phi = float(slopes.each.mean()), slopes.pearson
        return assemble(data, used, rung, slope, slopes.error, level, phi, flags, slopes.flipped_p)
    if rung == 3:
        mixed = random_intercept(used)
        fit, line = mixed.fit, mixed.line
    else:
        fit = chosen(used, rung)
        line = np.log(fit.mean / used.population) if fit.link == "log" else fit.mean
    if rung == 5 and len(used.labels) <= PERMUTED_UP_TO:
        permuted = permutation_p(fit, exposure)
        flags += ["permutation approximate"] * bool(data.names.controls)
    # On rung 5 each cluster is one row, and CR2 is HC2 with the df of Bell and McCaffrey: unlike
    # the textbook error it does not trust a far district that is more variable than the others.
    error = cr2(fit, exposure)
    flags += rules.weak_df(error.df, used, fit)
    part = doubted(fit, used) if rung != 3 else None
    slope, scale = fit.coefficient(exposure), to_log_rate(fit)
    if fit.link == "logit":
        flags.append("near the ceiling")
        part = part and replace(part, log_rate_ratio=scale * part.log_rate_ratio)
        phi = fit.pearson
    else:
        phi = scatter(used.count, used.population * np.exp(line), fit.df)
    made = assemble(
        data, used, rung, scale * slope, error.times(scale), level, phi, flags, permuted, part
    )
    if fit.link == "logit":
        return replace(made, method=BINOMIAL[rung], log_odds_ratio=slope)
    return made


def doubted(fit: Fit, used: Columns) -> Part | None:
    """Work out what errors in the denominator could make; None where the exposure has another."""
    if not used.numerator or not used.doubt:
        return None
    ratios = {1 + j: used.controls[:, j] for j in used.ratios}
    part = part_of(fit, used.exposure, used.variance, ratios)
    require_more_than_doubt(part, used.names.exposure, used.names.offset, used.doubt)
    return part


def assemble(
    data: Columns,
    used: Columns,
    rung: Literal[1, 2, 3, 4, 5, 6],
    slope: float,
    error: Error,
    level: float,
    phi: float,
    flags: list[str],
    permuted: float | None = None,
    part: Part | None = None,
) -> Estimate:
    """Put an estimate together from all the data, and those that were used."""
    if phi < NOTHING_LEFT:
        msg = (
            f"Every unit has just the {data.names.count} that the fit expects of it: nothing is "
            "left over from which an error could be had. Rates that are alike by rule, as those of "
            "counts that are hidden together, carry no estimate."
        )
        raise Refused(msg, reason="nothing left over")
    part = part or Part(0.0, 0.0)
    unknown = data.doubt and not data.numerator and rung in (1, 2, 5)
    if unknown and looks_like_a_ratio(data.exposure):
        flags = [*flags, "denominator unknown"]
    if (data.count > data.population).any():
        flags = [*flags, "acts, not people"]
    return Estimate(
        rung=rung,
        method=METHODS[rung],
        exposure=data.names.exposure,
        log_rate_ratio=slope,
        standard_error=error.standard_error,
        df=error.df,
        level=level,
        sd=data.sd,
        permutation_p=permuted,
        units=len(used.rows),
        clusters=len(used.labels),
        units_per_cluster=tuple(np.bincount(used.codes).tolist()),
        phi=phi,
        within_share=data.within_share,
        flags=tuple(flags),
        dropped=tuple(label for label in data.labels if label not in used.labels),
        origin=data.origin,
        formula=_formula(data, rung),
        doubt=data.doubt if part.share else 0.0,
        doubt_share=part.share,
        doubt_part=part.log_rate_ratio,
    )


# Chance alone leaves 1; what is this small is left by the last digits.
NOTHING_LEFT = 1e-9

METHODS: dict[int, str] = {
    1: "Poisson, pooled; CR2 by cluster",
    2: "Poisson, cluster fixed effects; CR2 by cluster",
    3: "log rate, random cluster intercept (REML); CR2 by cluster",
    4: "two years, first difference of log counts; CR2 by cluster",
    5: "clusters only, OLS of the log rate; HC2",
    6: "one Poisson slope per cluster; t of their mean",
}


BINOMIAL = {
    1: "binomial, pooled; CR2 by cluster",
    2: "binomial, cluster fixed effects; CR2 by cluster",
}


def _require_pooled(data: Columns) -> tuple[Columns, list[str]]:
    return data, rules.require_clusters(data)


def _require_within(data: Columns) -> tuple[Columns, list[str]]:
    if data.within_share < WITHIN_REFUSED:
        msg = (
            f"Only {data.within_share:.1%} of the variance of {data.names.exposure!r} is within "
            f"clusters (at least {WITHIN_REFUSED:.0%}): there is next to nothing to compare inside "
            "them. Compare the clusters instead: effect.estimate(columns, rung=5)."
        )
        raise Refused(msg, reason="within share below 5 %")
    used = without_zero_clusters(data)
    flags = rules.require_clusters(used, fixed_effects=True)
    if data.within_share < WITHIN_FLAGGED:
        flags.append("little within variance")
    if len(used.labels) < len(data.labels):
        flags.append("zero clusters dropped")
    return used, flags


def _require_slopes(data: Columns) -> tuple[Columns, list[str]]:
    if data.within_share < WITHIN_REFUSED:
        return _require_within(data)  # which refuses
    return without_zero_clusters(data), []


def _require_between(data: Columns) -> tuple[Columns, list[str]]:
    controls, clusters = data.names.controls, len(data.labels)
    if len(controls) > 1:
        msg = (
            f"{clusters} clusters carry the exposure and at most one control, not {len(controls)} "
            f"({', '.join(controls)}). Choose one before looking at the results."
        )
        raise Refused(msg, reason="too many regressors")
    df = clusters - 2 - len(controls)
    if df < 5:
        msg = (
            f"{clusters} clusters leave {df} degrees of freedom after the intercept, the exposure "
            f"and {len(controls)} controls (at least 5). Show the clusters in a plot instead."
        )
        raise Refused(msg, reason="too few clusters")
    used = data.by_cluster()
    zero = [label for label, count in zip(used.labels, used.count, strict=True) if count == 0]
    if zero:
        msg = f"No count at all in {', '.join(zero)}: the log of a rate of zero is not finite."
        raise Refused(msg, reason="a cluster without counts")
    return used, rules.require_clusters(used)


def scatter(count: Vector, mean: Vector, df: int) -> float:
    """Compare the scatter of counts around their means with Poisson's: phi."""
    return float(np.sum((count - mean) ** 2 / mean) / df)


def _formula(data: Columns, rung: int) -> str:
    count, offset, cluster = data.names.count, data.names.offset, data.names.cluster
    terms = [data.names.exposure, *data.names.controls]
    if rung == 5:
        return f"log({count} / {offset}) ~ {' + '.join(terms)}, summed by {cluster}"
    if rung == 4:
        changes = " + ".join(f"change of {term}" for term in terms)
        return f"change of log({count} / {offset}) ~ {changes}"
    if rung == 3:
        return f"log({count} / {offset}) ~ {' + '.join(terms)} + random intercept of {cluster}"
    if rung == 2:
        terms.append(f"fixed effect of {cluster}")
    each = f", for each {cluster}" if rung == 6 else ""
    return f"log E[{count}] ~ {' + '.join(terms)} + offset log({offset}){each}"

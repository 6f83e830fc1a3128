"""Say how uncertain a coefficient is when clusters are few: CR2, CV3, the bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from .. import words
from .frame import Refused
from .models import MANY_CLUSTERS, Fit, Vector, refit

# A test rejects this often where nothing is there; intervals hold 95 %.
ALPHA = 0.05


@dataclass(frozen=True)
class StandardError:
    """A standard error and the degrees of freedom of its t distribution."""

    standard_error: float
    df: float

    def interval(self, coefficient: float) -> tuple[float, float]:
        """Give the ends of the interval of a coefficient."""
        quantile = float(stdtrit(self.df, 1 - ALPHA / 2))
        half_width = quantile * self.standard_error
        return coefficient - half_width, coefficient + half_width

    def p_value(self, coefficient: float) -> float:
        """Test a coefficient against 0, two-sided."""
        t = abs(coefficient / self.standard_error)
        return float(2 * stdtr(self.df, -t))

    def times(self, scale: float) -> StandardError:
        """Give the standard error of a multiple of the coefficient."""
        return StandardError(abs(scale) * self.standard_error, self.df)


class Estimate(NamedTuple):
    """A log rate ratio and its error."""

    log_rate_ratio: float
    error: StandardError

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the interval of the log rate ratio."""
        return self.error.interval(self.log_rate_ratio)


def rows_by_cluster(clusters: pd.Series) -> list[Vector]:
    """List the rows of each cluster, in the order of their names."""
    groups = clusters.groupby(clusters.to_numpy())
    return [np.asarray(rows) for rows in groups.indices.values()]


def estimate(fit: Fit, clusters: pd.Series, name: str) -> Estimate:
    """Give a coefficient with its CR2 error."""
    return Estimate(fit.coefficient(name), cr2(fit, clusters, name))


def cr2(fit: Fit, clusters: pd.Series, name: str) -> StandardError:
    """
    Estimate the bias-reduced cluster-robust error (CR2) with Satterthwaite's df.

    Residuals are on the scale of the response and the working variance is that of the model, so
    that R's clubSandwich gives the same numbers. Only effects of clusters can be absorbed.

    References
    ----------
    Bell, R. M., McCaffrey, D. F. (2002). Survey Methodology 28 (2), 169-181.
    Pustejovsky, J. E., Tipton, E. (2018). Journal of Business & Economic Statistics 36, 672-683.
    """
    influence = fit.influence(name)
    hat_root = np.column_stack([fit.Q, fit.cluster_part])
    scores, projections, own_variances = [], [], []
    for rows in rows_by_cluster(clusters):
        adjusted = _adjust_influence(hat_root[rows], fit.variance[rows], influence[rows])
        scores.append(adjusted @ fit.residuals[rows])
        projections.append(fit.Q[rows].T @ adjusted)
        absorbed = (fit.cluster_part[rows] @ adjusted) ** 2
        own_variances.append(adjusted @ adjusted - absorbed)

    # under the working model the variance is a quadratic form: match its first two moments
    projected = np.stack(projections)
    form = np.diag(own_variances) - projected @ projected.T
    sum_of_squares = float(np.sum(form**2))
    # 0 where nothing is left to vary
    df = float(np.trace(form) ** 2 / sum_of_squares) if sum_of_squares else 0.0
    score = np.array(scores)
    return StandardError(float(np.sqrt(score @ score)), df)


def _adjust_influence(Q: Vector, variance: Vector, influence: Vector) -> Vector:
    """
    Apply Bell and McCaffrey's adjustment to one cluster: S B^(-1/2), B = S (I - Q Q') S.

    A fixed effect makes B singular. Along that direction residuals are zero, and it is left out.
    """
    scale = variance / variance.mean()
    unfitted = np.eye(len(Q)) - Q @ Q.T
    values, vectors = np.linalg.eigh(scale[:, None] * unfitted * scale)
    is_regular = values > 1e-12 * values[-1]
    regular_values = np.where(is_regular, np.abs(values), np.inf)
    rotated = regular_values**-0.5 * (vectors.T @ influence)
    return np.asarray(scale * (vectors @ rotated))


def cluster_robust(fit: Fit, clusters: pd.Series, name: str) -> StandardError:
    """Estimate the plain cluster-robust error (CR1), which is too small where clusters are few."""
    contributions = pd.Series(fit.influence(name) * fit.residuals)
    scores = contributions.groupby(clusters.to_numpy()).sum().to_numpy()
    G = len(scores)
    variance = G / (G - 1) * scores @ scores
    return StandardError(float(np.sqrt(variance)), G - 1)


def cv3(fit: Fit, clusters: pd.Series, name: str) -> StandardError:
    """
    Estimate the error by the cluster jackknife, centred at the full estimate, with t(G - 1).

    References
    ----------
    MacKinnon, J. G., Nielsen, M. Ø., Webb, M. D. (2023). Journal of Econometrics 232 (2), 272-299.
    """
    coefficients = []
    for cluster in sorted(clusters.unique()):
        is_elsewhere = (clusters != cluster).to_numpy()
        without_cluster = refit(fit, is_elsewhere)
        coefficients.append(without_cluster.coefficient(name))
    shift = np.array(coefficients) - fit.coefficient(name)
    G = len(shift)
    variance = (G - 1) / G * np.nansum(shift**2)
    return StandardError(float(np.sqrt(variance)), G - 1)


# Of random numbers: any number would do.
SEED = 93

# t values that differ by less, relative to themselves, are ties, and count against us.
TIE = 1e-9

# Half standard errors up to 8, then doubling: not rejected at 64, the set is called unbounded.
GRID = np.concatenate([np.arange(0.5, 8.5, 0.5), [12.0, 16.0, 32.0, 64.0]])

# Bisection stops at so many standard errors.
PRECISION = 1e-6

Pieces: TypeAlias = list[tuple[float, float]]


class BootstrapTest(NamedTuple):
    """The p-value of no relation, and the set of values that are not rejected."""

    p_value: float
    pieces: Pieces
    """Usually one interval, but shown as they are."""
    n_draws: int


def wild_bootstrap(
    fit: Fit, clusters: pd.Series, name: str, *, draws: int = 9999, weights: str = "webb"
) -> BootstrapTest:
    """
    Test a coefficient by the restricted wild cluster bootstrap, and invert the test.

    For counts it is the score version of Kline and Santos: the model is fitted with the coefficient
    fixed, and nothing is fitted again for each draw. Signs ("rademacher") are all counted, and
    refused below 6 clusters (no p below 2/32) and above 16.

    References
    ----------
    Cameron, A. C., Gelbach, J. B., Miller, D. L. (2008). REStat 90 (3), 414-427.
    Kline, P., Santos, A. (2012). Journal of Econometric Methods 1 (1), 23-41.
    Webb, M. D. (2023). Canadian Journal of Economics 56 (3), 839-858.
    """
    if clusters.nunique() > MANY_CLUSTERS:
        raise Refused(reason="many clusters need no bootstrap", found=MANY_CLUSTERS)
    V = _weights(weights, clusters.nunique(), draws)
    groups = rows_by_cluster(clusters)
    # among random draws the data count as one more
    n_extra = int(weights == "webb")

    def p_value(coefficient: float) -> float:
        n_extreme = _count_extreme_draws(fit, groups, name, coefficient, V)
        return (n_extreme + n_extra) / (len(V) + n_extra)

    monte_carlo_error = n_extra * float(np.sqrt(ALPHA * (1 - ALPHA) / len(V)))
    estimate = fit.coefficient(name)
    error = cr2(fit, clusters, name).standard_error
    return BootstrapTest(
        p_value=p_value(0.0),
        pieces=_invert(p_value, estimate, error, monte_carlo_error),
        n_draws=len(V),
    )


def _count_extreme_draws(
    full_fit: Fit, groups: list[Vector], name: str, value: float, V: Vector
) -> int:
    """Count the draws whose t is at least as far from 0 as that of the data, at one value."""
    model = full_fit.results.model
    every_row = np.ones(len(model.endog), dtype=bool)
    try:
        fit = refit(full_fit, every_row, fixed_term=name, fixed_value=value)
    except Refused:
        return len(V)  # so far off that nothing can be fitted: not rejected, rather than guessed

    # the column of the fixed coefficient, with the other columns taken out
    x = fit.scale * model.exog[:, model.exog_names.index(name)]
    x = x - fit.Q @ (fit.Q.T @ x)

    # cross-products of each cluster
    xy = np.array([x[rows] @ fit.residuals[rows] for rows in groups])
    xx = np.array([x[rows] @ x[rows] for rows in groups])
    Qx = np.stack([fit.Q[rows].T @ x[rows] for rows in groups])
    Qy = np.stack([fit.Q[rows].T @ fit.residuals[rows] for rows in groups])

    # the data themselves are the first draw
    multipliers = np.vstack([np.ones(len(groups)), V])
    total_score = multipliers @ xy
    slope = total_score / xx.sum()
    scores = multipliers * xy - (multipliers @ Qy) @ Qx.T
    scores -= np.outer(slope, xx)
    squared = total_score**2
    variance = np.sum(scores**2, axis=1)
    variance_unfitted = multipliers**2 @ xy**2

    # squared t at least that of the data, or a tie
    observed = squared[0] / variance[0]
    tolerance = TIE * (squared + observed * variance_unfitted)
    is_extreme = squared >= observed * variance - tolerance
    return int(is_extreme[1:].sum())


def _invert(
    p_value: Callable[[float], float], estimate: float, error: float, monte_carlo_error: float
) -> Pieces:
    """Find the set that is not rejected, by a scan and bisection."""
    grid = estimate + error * np.concatenate([-GRID[::-1], [0.0], GRID])
    p_values = np.array([p_value(value) for value in grid])
    is_inside = p_values > ALPHA

    # close a gap in which p is one Monte Carlo error from ALPHA: it says that draws are random
    has_piece_below = np.maximum.accumulate(is_inside)
    has_piece_above = np.maximum.accumulate(is_inside[::-1])[::-1]
    is_close = p_values > ALPHA - monte_carlo_error
    is_inside |= has_piece_below & has_piece_above & is_close

    pieces = Pieces()
    start = -np.inf
    for k in np.flatnonzero(is_inside[1:] != is_inside[:-1]):
        lower, upper = grid[k], grid[k + 1]
        while upper - lower > PRECISION * error:
            middle = (lower + upper) / 2
            if (p_value(middle) > ALPHA) == is_inside[k]:
                lower = middle
            else:
                upper = middle
        end = (lower + upper) / 2
        if is_inside[k]:
            pieces.append((start, end))
        else:
            start = end
    if is_inside[-1]:
        pieces.append((start, np.inf))
    return pieces


def _weights(kind: str, n_clusters: int, n_draws: int, seed: int = SEED) -> Vector:
    """Draw Webb's weights, one row for each draw; or list all signs."""
    if kind == "webb":
        positive = np.sqrt([0.5, 1.0, 1.5])
        values = np.concatenate([-positive, positive])
        random = np.random.default_rng(seed)
        return random.choice(values, (n_draws, n_clusters))
    if kind != "rademacher":
        msg = words.term("effect_errors.weights", kind=kind)
        raise ValueError(msg)
    if not 6 <= n_clusters <= 16:
        raise Refused(reason="signs need 6 to 16 clusters", found=n_clusters)
    bits = np.arange(2**n_clusters)[:, None] >> np.arange(n_clusters) & 1
    return np.asarray(1.0 - 2 * bits)

"""Say how uncertain a coefficient is when clusters are few: CR2, CV3, the bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from .frame import Refused
from .models import MANY_CLUSTERS, Results, Vector, refit


@dataclass(frozen=True)
class StandardError:
    """A standard error and the degrees of freedom of its t distribution."""

    standard_error: float
    df: float

    def interval(self, b: float) -> tuple[float, float]:
        """Lay an interval around a coefficient."""
        reach = float(stats.t.ppf(0.975, self.df)) * self.standard_error
        return b - reach, b + reach

    def p_value(self, b: float) -> float:
        """Test a coefficient against 0, two-sided."""
        return float(2 * stats.t.sf(abs(b / self.standard_error), self.df))

    def times(self, scale: float) -> StandardError:
        """Give the error of so many times the coefficient."""
        return StandardError(abs(scale) * self.standard_error, self.df)


class Estimate(NamedTuple):
    """A log rate ratio and its error."""

    log_rate_ratio: float
    error: StandardError

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the interval of the log rate ratio."""
        return self.error.interval(self.log_rate_ratio)


@dataclass(frozen=True)
class StandardisedFit:
    """Results in units of the working standard deviation, where the hat matrix is Q Q' + own."""

    Q: Vector
    R: Vector
    variance: Vector
    """Working variance of each row, on the scale of the response: the mean for counts."""
    scale: Vector
    """What a row of the design is multiplied by: slope of the mean over the root of `variance`."""
    residuals: Vector
    """Those of Pearson."""
    names: list[str]
    cluster_part: Vector
    """Each row's part in the absorbed effect of its cluster, of length 1 by cluster; else 0."""
    codes: Vector
    """Which cluster's effect was absorbed, by row."""

    def influence(self, name: str) -> Vector:
        """Find the weights whose sum over standardised data is the coefficient."""
        unit = (np.array(self.names) == name).astype(float)
        return np.asarray(self.Q @ np.linalg.solve(self.R.T, unit))

    def remove_fitted(self, values: Vector) -> Vector:
        """Take all that was fitted out of values, or out of each row of several."""
        if self.cluster_part.any():
            weighed = np.atleast_2d(values * self.cluster_part)
            sums = np.stack([np.bincount(self.codes, one) for one in weighed])
            values = values - self.cluster_part * sums[:, self.codes].reshape(values.shape)
        return np.asarray(values - (values @ self.Q) @ self.Q.T)


def standardise(results: Results) -> StandardisedFit:
    """Read what CR2 needs out of statsmodels' results, of least squares and GLM alike."""
    model = results.model
    if isinstance(model, sm.GLM):
        variance = model.family.variance(results.mu) / model.var_weights
        slope = 1 / model.family.link.deriv(results.mu)
        left = results.resid_response
    else:
        variance, slope, left = 1 / model.weights, np.ones(len(model.endog)), results.resid
    root = 1 / np.sqrt(variance)
    Q, R = np.linalg.qr(model.exog * (slope * root)[:, None])
    own, codes = np.zeros(len(root)), getattr(model, "absorbed", np.zeros(len(root), dtype=int))
    if hasattr(model, "absorbed"):
        own = slope * root / np.sqrt(np.bincount(codes, (slope * root) ** 2))[codes]
    left, names = root * np.asarray(left), list(model.exog_names)
    return StandardisedFit(Q, R, variance, slope * root, left, names, own, codes)


def rows_by_cluster(clusters: pd.Series) -> list[Vector]:
    """List the rows of each cluster, in the order of their names."""
    by = clusters.reset_index(drop=True).groupby(clusters.to_numpy()).indices
    return [np.asarray(rows) for rows in by.values()]


def cr2(results: Results, clusters: pd.Series, name: str) -> StandardError:
    """
    Estimate the bias-reduced cluster-robust error (CR2) with Satterthwaite's df.

    Residuals are on the scale of the response and the working variance is that of the model, so
    that R's clubSandwich gives the same numbers. Effects that were absorbed are those of clusters.

    References
    ----------
    Bell, R. M., McCaffrey, D. F. (2002). Survey Methodology 28 (2), 169-181.
    Pustejovsky, J. E., Tipton, E. (2018). Journal of Business & Economic Statistics 36, 672-683.
    """
    parts = standardise(results)
    influence, groups = parts.influence(name), rows_by_cluster(clusters)
    whole = np.column_stack([parts.Q, parts.cluster_part])
    adjusted = [_adjust_influence(whole[i], parts.variance[i], influence[i]) for i in groups]
    pulls = np.array([a @ parts.residuals[i] for a, i in zip(adjusted, groups, strict=True)])
    # Under the working model the variance is a quadratic form; match its first two moments.
    through = np.stack([parts.Q[i].T @ a for a, i in zip(adjusted, groups, strict=True)])
    alone = [
        a @ a - (parts.cluster_part[i] @ a) ** 2 for a, i in zip(adjusted, groups, strict=True)
    ]
    form = np.diag(alone) - through @ through.T
    spread = float(np.sum(form**2))  # nothing where nothing is left to vary
    df = float(np.trace(form) ** 2 / spread) if spread else 0.0
    return StandardError(float(np.sqrt(pulls @ pulls)), df)


def _adjust_influence(Q: Vector, variance: Vector, influence: Vector) -> Vector:
    """
    Apply Bell and McCaffrey's adjustment to one cluster: S B^(-1/2), B = S (I - Q Q') S.

    A fixed effect makes B singular; along that direction residuals are zero, and it is left out.
    """
    scale = variance / variance.mean()
    values, vectors = np.linalg.eigh(scale[:, None] * (np.eye(len(Q)) - Q @ Q.T) * scale)
    power = np.where(values > 1e-12 * values[-1], np.abs(values), np.inf) ** -0.5
    return np.asarray(scale * (vectors @ (power * (vectors.T @ influence))))


def cluster_robust(results: Results, clusters: pd.Series, name: str) -> StandardError:
    """Estimate the plain cluster-robust error (CR1), which is too small where clusters are few."""
    parts, groups = standardise(results), rows_by_cluster(clusters)
    influence, G = parts.influence(name), len(groups)
    pulls = np.array([influence[i] @ parts.residuals[i] for i in groups])
    return StandardError(float(np.sqrt(G / (G - 1) * pulls @ pulls)), G - 1)


def cv3(results: Results, clusters: pd.Series, name: str) -> StandardError:
    """
    Estimate the error by the cluster jackknife, centred at the full estimate, with t(G - 1).

    References
    ----------
    MacKinnon, J. G., Nielsen, M. Ø., Webb, M. D. (2023). Journal of Econometrics 232 (2), 272-299.
    """
    refits = [refit(results, (clusters != one).to_numpy()) for one in sorted(clusters.unique())]
    moved = np.array([fit.params.get(name, np.nan) for fit in refits]) - results.params[name]
    G = len(moved)
    return StandardError(float(np.sqrt((G - 1) / G * np.nansum(moved**2))), G - 1)


ALPHA = 0.05
SEED = 93  # any number would do
TIE = 1e-9  # t values that differ by less, relative to themselves, are ties, and count against us
# Half standard errors up to 8, then doubling: not rejected at 64, the set is called unbounded.
GRID = np.concatenate([np.arange(0.5, 8.5, 0.5), [12.0, 16.0, 32.0, 64.0]])

Pieces: TypeAlias = list[tuple[float, float]]


def wild_bootstrap(
    results: Results, clusters: pd.Series, name: str, *, draws: int = 9999, weights: str = "webb"
) -> tuple[float, Pieces, int]:
    """
    Test a coefficient by the restricted wild cluster bootstrap, and invert the test.

    For counts it is the score version of Kline and Santos: the model is fitted with the
    coefficient held, and nothing is fitted again per draw. Signs ("rademacher") are all counted,
    and refused below 6 clusters (no p below 2/32) and above 16.

    Returns
    -------
    p_value, pieces, draws
        The pieces are the values that are not rejected: usually one, but shown as they are.

    References
    ----------
    Cameron, A. C., Gelbach, J. B., Miller, D. L. (2008). REStat 90 (3), 414-427.
    Kline, P., Santos, A. (2012). Journal of Econometric Methods 1 (1), 23-41.
    Webb, M. D. (2023). Canadian Journal of Economics 56 (3), 839-858.
    """
    if clusters.nunique() > MANY_CLUSTERS:
        raise Refused(reason="many clusters need no bootstrap", found=MANY_CLUSTERS)
    V = _weights(weights, clusters.nunique(), draws)
    extra = int(weights == "webb")  # among random draws the observed one counts as one more
    groups = rows_by_cluster(clusters)

    def p(value: float) -> float:
        return (_count_extreme_draws(results, groups, name, value, V) + extra) / (len(V) + extra)

    # A gap in which p is one Monte Carlo error from ALPHA says that draws are random: it is closed.
    noise = extra * float(np.sqrt(ALPHA * (1 - ALPHA) / len(V)))
    centre, scale = float(results.params[name]), cr2(results, clusters, name).standard_error
    return p(0.0), _invert(p, centre, scale, noise), len(V)


def _count_extreme_draws(
    results: Results, groups: list[Vector], name: str, value: float, V: Vector
) -> int:
    """Count the draws whose t is at least as far from 0 as that of the data, at one value."""
    every = np.ones(len(results.model.endog), dtype=bool)
    try:
        held = refit(results, every, drop=name, held=value)
    except Refused:
        return len(V)  # so far off that nothing can be fitted: not rejected, rather than guessed
    parts = standardise(held)
    # The column goes back beside a fit that held its coefficient, the other columns taken out.
    x = parts.scale * results.model.exog[:, results.model.exog_names.index(name)]
    x = x - parts.Q @ (parts.Q.T @ x)
    xy = np.array([x[i] @ parts.residuals[i] for i in groups])
    xx = np.array([x[i] @ x[i] for i in groups])
    Zx = np.stack([parts.Q[i].T @ x[i] for i in groups])
    Zy = np.stack([parts.Q[i].T @ parts.residuals[i] for i in groups])
    pulls = np.vstack([np.ones(len(groups)), V])  # the data themselves are the first draw
    scores = pulls * xy - (pulls @ Zy) @ Zx.T - np.outer(pulls @ xy / xx.sum(), xx)
    squared, spread = (pulls @ xy) ** 2, np.sum(scores**2, axis=1)
    noise = pulls**2 @ xy**2  # what `spread` would be without anything fitted
    observed = squared[0] / spread[0]
    reached = squared >= observed * spread - TIE * (squared + observed * noise)
    return int(reached[1:].sum())


def _invert(p: Callable[[float], float], centre: float, scale: float, noise: float) -> Pieces:
    """Find the set that is not rejected, by a scan and bisection to 1e-6 standard errors."""
    grid = centre + scale * np.concatenate([-GRID[::-1], [0.0], GRID])
    found = np.array([p(value) for value in grid])
    inside = found > ALPHA
    among = np.maximum.accumulate(inside) & np.maximum.accumulate(inside[::-1])[::-1]
    inside |= among & (found > ALPHA - noise)
    pieces, low = Pieces(), -np.inf
    for left, right, was, now in zip(grid, grid[1:], inside, inside[1:], strict=False):
        if was == now:
            continue
        while right - left > 1e-6 * scale:
            middle = (left + right) / 2
            left, right = (middle, right) if (p(middle) > ALPHA) == was else (left, middle)
        if now:
            low = (left + right) / 2
        else:
            pieces.append((low, (left + right) / 2))
    return [*pieces, (low, np.inf)] if inside[-1] else pieces


def _weights(kind: str, clusters: int, draws: int, seed: int = SEED) -> Vector:
    if kind == "webb":
        values = np.sqrt([0.5, 1.0, 1.5])
        drawn = np.random.default_rng(seed).integers(0, 6, (draws, clusters))
        return np.asarray(np.concatenate([-values, values])[drawn])
    if kind != "rademacher":
        msg = f"weights are {kind!r}; expected 'webb' or 'rademacher'."
        raise ValueError(msg)
    if not 6 <= clusters <= 16:
        raise Refused(reason="signs need 6 to 16 clusters", found=clusters)
    return np.asarray(1.0 - 2 * (np.arange(2**clusters)[:, None] >> np.arange(clusters) & 1))

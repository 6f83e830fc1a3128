"""Rung 3: a random intercept for each cluster, on the log rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .columns import Columns, require_counts
from .fit import Codes, Fit, Matrix, Vector, least_squares, means


@dataclass(frozen=True)
class Mixed:
    """A linear model with a random intercept, fitted by restricted maximum likelihood."""

    between: float
    """Variance of the intercepts."""
    within: float
    """Variance of what is left."""
    fit: Fit
    """Least squares on the data that these variances make independent (feasible GLS)."""
    line: Vector
    """Log rates that exposure and controls call for, without the random intercepts."""


def random_intercept(data: Columns) -> Mixed:
    """
    Fit the log rate with a random intercept for each cluster.

    statsmodels' MixedLM returns zero effects now and then; here one ratio of variances is
    searched, and the rest follows from it.

    Parameters
    ----------
    data
        Checked; every unit has counts.

    Returns
    -------
    mixed
        Variances and the GLS fit, whose residuals carry CR2. The working model of that CR2 is
        the random intercept.

    References
    ----------
    Patterson, H. D., Thompson, R. (1971). "Recovery of Inter-Block Information when Block Sizes
    are Unequal." Biometrika 58 (3), 545-554.
    """
    from scipy import optimize

    require_counts(data)
    rate = np.log(data.count / data.population)
    columns = np.column_stack([data.exposure, data.controls])
    X = np.column_stack([columns - columns.mean(axis=0), np.ones(len(rate))])
    names = (data.names.exposure, *data.names.controls, "intercept")
    size = np.bincount(data.codes)

    def whitened(share: float) -> Fit:
        both = _white(data.codes, np.column_stack([X, rate]), _ratio(share))
        return least_squares(both[:, -1], both[:, :-1], names=names, clusters=data.codes)

    def minus_twice_likelihood(share: float) -> float:
        fit = whitened(share)
        R = np.linalg.qr(fit.X, mode="r")
        spread = fit.df * np.log(np.sum(fit.residuals**2))
        bread = 2 * np.log(np.abs(np.diag(R))).sum()
        return float(spread + np.log1p(size * _ratio(share)).sum() + bread)

    def its_slope(share: float) -> float:
        fit = whitened(share)
        Q, _ = np.linalg.qr(fit.X)
        taken = np.sum(size[:, None] * size[:, None] * means(data.codes, Q) ** 2, axis=1)
        left = np.bincount(data.codes, fit.residuals) ** 2 / fit.pearson
        return float(np.sum((size - taken - left) / (1 + size * _ratio(share))))

    # The search finds the minimum to half of all digits, the root of the slope the rest.
    found = optimize.minimize_scalar(
        minus_twice_likelihood, bounds=(0, 0.9999), method="bounded", options={"xatol": 1e-5}
    )
    share, low, high = float(found.x), max(0.0, found.x - 1e-3), min(0.9999, found.x + 1e-3)
    if minus_twice_likelihood(0.0) <= found.fun:
        share = 0.0  # a common answer, and the search never tries its ends
    elif its_slope(low) < 0 < its_slope(high):
        share = float(optimize.brentq(its_slope, low, high, xtol=1e-15))
    fit = whitened(share)
    return Mixed(fit.pearson * _ratio(share), fit.pearson, fit, X @ fit.coefficients)


def _ratio(share: float) -> float:
    """Turn the between share of the variance into between over within."""
    return share / (1 - share)


def _white(codes: Codes, columns: Matrix, ratio: float) -> Matrix:
    """Take off so much of the cluster means that the rest is independent."""
    size: Vector = np.bincount(codes).astype(float)
    pull = 1 - 1 / np.sqrt(1 + ratio * size)
    white: Matrix = columns - (pull[:, None] * means(codes, columns))[codes]
    return white

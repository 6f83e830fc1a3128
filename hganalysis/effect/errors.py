"""Say how uncertain one coefficient is, when the clusters are few."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from .fit import Codes, Fit, Matrix, Vector

# 8! = 40,320 orders take 20 ms; 9! would take a fifth of a second, 10! two seconds and 600 MB.
PERMUTED_UP_TO = 8


@dataclass(frozen=True)
class Error:
    """A standard error and the degrees of freedom of its t distribution."""

    standard_error: float
    df: float


def cr2(fit: Fit, name: str) -> Error:
    """
    Estimate the bias-reduced cluster-robust error (CR2), with Satterthwaite's df.

    Residuals are on the scale of the response and the working variance is that of the model
    (the mean for counts, 1/weights for least squares), so R's clubSandwich gives the same
    numbers. Fixed effects belong into the fit as columns: for weighted fits, absorbing them
    beforehand gives another adjustment.

    Parameters
    ----------
    fit
        Any fit of this package; at least two clusters.
    name
        The coefficient.

    Returns
    -------
    error
        On the scale of the coefficient.

    References
    ----------
    Bell, R. M., McCaffrey, D. F. (2002). "Bias Reduction in Standard Errors for Linear Regression
    with Multi-Stage Samples." Survey Methodology 28 (2), 169-181.
    Pustejovsky, J. E., Tipton, E. (2018). "Small-Sample Methods for Cluster-Robust Variance
    Estimation and Hypothesis Testing in Fixed Effects Models." Journal of Business & Economic
    Statistics 36 (4), 672-683. https://doi.org/10.1080/07350015.2016.1247004
    """
    # Everything in units of the working standard deviation: the hat matrix is then Q Q'.
    root = np.sqrt(fit.working_weights)
    Q, R = np.linalg.qr(fit.slopes * root[:, None])
    unit = np.zeros(len(fit.names))
    unit[fit.names.index(name)] = 1.0
    influence = Q @ np.linalg.solve(R.T, unit)  # the coefficient is influence @ standardised data
    standardised = root * fit.residuals

    groups = _rows(fit.clusters)
    adjusted = [_adjust(Q[i], 1 / fit.working_weights[i], influence[i]) for i in groups]
    variance = sum(float(a @ standardised[i]) ** 2 for a, i in zip(adjusted, groups, strict=True))

    # Under the working model the variance is a quadratic form; match its first two moments.
    through = np.stack([Q[i].T @ a for a, i in zip(adjusted, groups, strict=True)])
    P = np.diag([float(a @ a) for a in adjusted]) - through @ through.T
    return Error(float(np.sqrt(variance)), float(np.trace(P) ** 2 / np.sum(P**2)))


def classical(fit: Fit, name: str) -> Error:
    """
    Estimate the textbook error of least squares: one variance, independent rows, t(n - k).

    For a fit to clusters only, where each row is one; for units within clusters it is far too
    small.
    """
    root = np.sqrt(fit.working_weights)
    _, R = np.linalg.qr(fit.slopes * root[:, None])
    unit = np.zeros(len(fit.names))
    unit[fit.names.index(name)] = 1.0
    return Error(float(np.linalg.norm(np.linalg.solve(R.T, unit)) * np.sqrt(fit.pearson)), fit.df)


def permutation_p(fit: Fit, name: str) -> float:
    """
    Compute the two-sided p-value over all orders of the rows of a least-squares fit.

    What is left of the response after the other columns is dealt out to the rows in every
    possible order, and the t value is computed anew each time (Freedman and Lane). Exact where
    the only other column is the intercept; with a control it is a good approximation.

    Parameters
    ----------
    fit
        An unweighted least-squares fit with at most 8 rows.
    name
        The coefficient whose absence is tested.

    Returns
    -------
    p
        Share of the n! orders, the observed one among them, whose t is at least as far from 0.

    Raises
    ------
    ValueError
        If there are more than 8 rows, or the fit is not an unweighted least-squares fit.

    References
    ----------
    Freedman, D., Lane, D. (1983). "A Nonstochastic Interpretation of Reported Significance
    Levels." Journal of Business & Economic Statistics 1 (4), 292-298.
    """
    rows = len(fit.response)
    if fit.link != "identity" or np.ptp(fit.weights) > 0 or rows > PERMUTED_UP_TO:
        msg = (
            f"All orders are counted for unweighted least squares with at most {PERMUTED_UP_TO} "
            f"rows; this is a fit of {rows} rows with a {fit.link} link."
        )
        raise ValueError(msg)
    j = fit.names.index(name)
    Q, _ = np.linalg.qr(np.delete(fit.X, j, axis=1))
    exposure = fit.X[:, j] - Q @ (Q.T @ fit.X[:, j])
    rest = fit.response - Q @ (Q.T @ fit.response)
    dealt = rest[np.array(list(itertools.permutations(range(rows))))]
    # t grows with the squared correlation of the exposure and what the other columns leave.
    unexplained = np.sum(dealt**2, axis=1) - np.sum((dealt @ Q) ** 2, axis=1)
    squared = (dealt @ exposure) ** 2 / unexplained
    # itertools begins with the order as observed; orders that tie with it must count as ties.
    return float(np.mean(squared >= squared[0] * (1 - 1e-9)))


def _rows(clusters: Codes) -> list[Codes]:
    order = np.argsort(clusters, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(clusters[order])) + 1)


def _adjust(Q: Matrix, variance: Vector, influence: Vector) -> Vector:
    """Apply Bell and McCaffrey's adjustment of one cluster to its rows of the influence."""
    scale = variance / variance.mean()
    B = scale[:, None] * (np.eye(len(Q)) - Q @ Q.T) * scale
    values, vectors = np.linalg.eigh((B + B.T) / 2)
    # A fixed effect makes B singular; along that direction the residuals are zero anyway.
    held = values > 1e-12 * values[-1]
    power = np.zeros_like(values)
    power[held] = values[held] ** -0.5
    adjusted: Vector = scale * (vectors @ (power * (vectors.T @ influence)))
    return adjusted

"""Say how uncertain one coefficient is, when the clusters are few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .estimate import half_width, p_value
from .fit import Codes, Fit, Matrix, Vector


@dataclass(frozen=True)
class Error:
    """A standard error and the degrees of freedom of its t distribution."""

    standard_error: float
    df: float

    def interval(self, b: float, level: float) -> tuple[float, float]:
        """Lay an interval around a coefficient."""
        reach = half_width(self.df, level) * self.standard_error
        return b - reach, b + reach

    def p_value(self, b: float) -> float:
        """Test a coefficient against 0, two-sided."""
        return p_value(b / self.standard_error, self.df)

    def times(self, scale: float) -> Error:
        """Give the error of so many times the coefficient."""
        return Error(scale * self.standard_error, self.df)


@dataclass(frozen=True)
class Standardised:
    """
    A fit in units of the working standard deviation, in which its hat matrix is a projection.

    The projection is Q Q' and, where fixed effects were absorbed, a direction of its own in each
    cluster: nothing here has a column per cluster.
    """

    Q: Matrix
    """Orthonormal; the columns of the fit, less their absorbed effects."""
    R: Matrix
    root: Vector
    """Square root of the working weights: what makes data into standardised data."""
    own: Vector | None
    """Unit vector of the absorbed effect in each cluster, end to end."""
    residuals: Vector
    """Standardised: those of Pearson."""

    def influence(self, position: int) -> Vector:
        """Find the weights whose sum over standardised data is the coefficient."""
        unit = np.zeros(len(self.R))
        unit[position] = 1.0
        influence: Vector = self.Q @ np.linalg.solve(self.R.T, unit)
        return influence


def standardised(fit: Fit) -> Standardised:
    """Write a fit in units of its working standard deviation."""
    root = np.sqrt(fit.working_weights)
    columns = fit.slopes * root[:, None]
    own = None
    if fit.effects is not None:
        own = root * fit.gradient
        own = own / np.sqrt(np.bincount(fit.clusters, own**2))[fit.clusters]
        parts = [np.bincount(fit.clusters, own * column)[fit.clusters] for column in columns.T]
        columns = columns - own[:, None] * np.column_stack(parts)
    Q, R = np.linalg.qr(columns)
    return Standardised(Q, R, root, own, root * fit.residuals)


def sandwich(fit: Fit, name: str, *, kind: Literal["CR0", "CR1", "CR1S"] = "CR1") -> Error:
    """
    Estimate the plain cluster-robust error. It is too small where clusters are few.

    For comparison with other software; `cr2` and `cv3` are the ones to report.

    Parameters
    ----------
    fit
        Any fit of this package.
    name
        The coefficient.
    kind
        "CR0" as it is; "CR1" times G / (G - 1); "CR1S" times (N - 1) / (N - k) also, which is
        what Stata does. k counts fixed effects, absorbed or not.

    Returns
    -------
    error
        With G - 1 degrees of freedom.
    """
    factors = ("CR0", "CR1", "CR1S")
    if kind not in factors:
        msg = f"kind is {kind!r}; choose one of {', '.join(factors)}."
        raise ValueError(msg)
    parts = standardised(fit)
    pulls = np.bincount(fit.clusters, parts.influence(fit.position(name)) * parts.residuals)
    clusters, rows = len(pulls), len(fit.response)
    factor = {
        "CR0": 1.0,
        "CR1": clusters / (clusters - 1),
        "CR1S": clusters / (clusters - 1) * (rows - 1) / fit.df,
    }[kind]
    return Error(float(np.sqrt(factor * np.sum(pulls**2))), clusters - 1)


def cv3(fit: Fit, name: str) -> Error:
    """
    Estimate the error by a jackknife: fit again without each cluster in turn.

    Centred at the full estimate, as MacKinnon, Nielsen and Webb do; offset, weights and fixed
    effects go along into every refit. For least squares the refits are worked out from cross
    products; Poisson is fitted anew, from the full estimate on.

    Parameters
    ----------
    fit
        Any fit of this package; the coefficient must survive without any one cluster.
    name
        The coefficient.

    Returns
    -------
    error
        With G - 1 degrees of freedom.

    References
    ----------
    MacKinnon, J. G., Nielsen, M. Ø., Webb, M. D. (2023). "Cluster-Robust Inference: A Guide to
    Empirical Practice." Journal of Econometrics 232 (2), 272-299.
    https://doi.org/10.1016/j.jeconom.2022.04.001
    """
    refits = jackknife(fit, name)
    clusters = len(refits)
    variance = (clusters - 1) / clusters * np.sum((refits - fit.coefficient(name)) ** 2)
    return Error(float(np.sqrt(variance)), clusters - 1)


def jackknife(fit: Fit, name: str) -> Vector:
    """Estimate one coefficient without each cluster in turn, in the order of their codes."""
    clusters = int(fit.clusters.max()) + 1
    if fit.link != "identity":
        return np.array([fit.without(g).coefficient(name) for g in range(clusters)])
    parts = standardised(fit)
    # On orthonormal columns: without cluster g the cross products are I - Q_g' Q_g, and what is
    # lost of the coefficients is what the residuals of the cluster pull. pinv, because a control
    # may have nothing left, which does not touch the coefficient asked for.
    groups = rows_of(fit.clusters)
    grams = np.stack([parts.Q[i].T @ parts.Q[i] for i in groups])
    pulls = np.stack([parts.Q[i].T @ parts.residuals[i] for i in groups])
    inverse = np.linalg.pinv(np.eye(len(parts.R)) - grams, rcond=1e-9, hermitian=True)
    moved = np.linalg.solve(parts.R, (inverse @ pulls[:, :, None])[:, :, 0].T)
    left: Vector = fit.coefficient(name) - moved[fit.position(name)]
    return left


def cr2(fit: Fit, name: str) -> Error:
    """
    Estimate the bias-reduced cluster-robust error (CR2), with Satterthwaite's df.

    Residuals are on the scale of the response and the working variance is that of the model
    (the mean for counts, 1/weights for least squares), so R's clubSandwich gives the same
    numbers. Effects that the fit absorbed are put back into the adjustment, so the result is that
    of a column per cluster. (Absorbing them beforehand, by hand, gives another adjustment.)

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
    parts = standardised(fit)
    influence = parts.influence(fit.position(name))
    groups = rows_of(fit.clusters)
    adjusted = [adjust(_hat(parts, i), 1 / fit.working_weights[i], influence[i]) for i in groups]
    pairs = list(zip(adjusted, groups, strict=True))
    variance = sum(float(a @ parts.residuals[i]) ** 2 for a, i in pairs)

    # Under the working model the variance is a quadratic form; match its first two moments.
    through = np.stack([parts.Q[i].T @ a for a, i in pairs])
    size = np.array([float(a @ a) for a in adjusted])
    if parts.own is not None:  # it meets its own cluster only
        size -= np.array([float(parts.own[i] @ a) for a, i in pairs]) ** 2
    # P = diag(size) - through through', and of it only trace and sum of squares are asked.
    own = np.sum(through**2, axis=1)
    squares = np.sum(size**2) - 2 * size @ own + np.sum((through.T @ through) ** 2)
    return Error(float(np.sqrt(variance)), float((np.sum(size - own)) ** 2 / squares))


def classical(fit: Fit, name: str) -> Error:
    """
    Estimate the textbook error of least squares: one variance, independent rows, t(n - k).

    For a fit to clusters only, where each row is one; for units within clusters it is far too
    small.
    """
    influence = standardised(fit).influence(fit.position(name))
    return Error(float(np.linalg.norm(influence) * np.sqrt(fit.pearson)), fit.df)


def rows_of(clusters: Codes) -> list[Codes]:
    """List the rows of each cluster, in the order of their codes."""
    order = np.argsort(clusters, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(clusters[order])) + 1)


def _hat(parts: Standardised, rows: Codes) -> Matrix:
    """Take the columns whose outer product is the cluster's block of the hat matrix."""
    if parts.own is None:
        return parts.Q[rows]
    return np.column_stack([parts.own[rows], parts.Q[rows]])


# Up to this many rows the eigenvectors of the cluster are worked out; above, only solves are.
DENSE_UP_TO = 50
# Eigenvalues this small, as a share of the largest, are zero but for rounding.
NOTHING = 1e-12
# Of the integral in `_by_solves`: a step of 0.3 leaves exp(-pi^2 / 0.3), cutting it off 30 from
# the spectrum exp(-30), of the value.
STEP, TAIL = 0.3, 30.0


def adjust(Q: Matrix, variance: Vector, influence: Vector) -> Vector:
    """
    Apply Bell and McCaffrey's adjustment of one cluster to its rows of the influence.

    The adjustment is S B^(-1/2), where S is the diagonal of the working variances and
    B = S (I - Q Q') S. A fixed effect makes B singular; along that direction the residuals are
    zero anyway, and it is left out.

    Parameters
    ----------
    Q
        The cluster's rows of the columns whose outer product is the hat matrix.
    variance
        Working variances of the rows, above 0, up to a constant.
    influence
        What each standardised row adds to the coefficient.

    Returns
    -------
    adjusted
        As long as `influence`. For constant variance the adjustment is the identity outside the
        span of Q; in general it is not, so a large cluster is adjusted by `_by_solves`, whose
        work grows with its rows, not with their cube.
    """
    scale = variance / variance.mean()
    root = _by_eigenvectors if len(Q) <= DENSE_UP_TO else _by_solves
    adjusted: Vector = scale * root(Q, scale, influence)
    return adjusted


def _by_eigenvectors(Q: Matrix, scale: Vector, influence: Vector) -> Vector:
    """Compute B^(-1/2) times the influence from the eigenvectors of B."""
    B = scale[:, None] * (np.eye(len(Q)) - Q @ Q.T) * scale
    values, vectors = np.linalg.eigh((B + B.T) / 2)
    held = values > NOTHING * values[-1]
    power = np.zeros_like(values)
    power[held] = values[held] ** -0.5
    product: Vector = vectors @ (power * (vectors.T @ influence))
    return product


def _by_solves(Q: Matrix, scale: Vector, influence: Vector) -> Vector:
    """
    Compute B^(-1/2) times the influence from shifted solves.

    B^(-1/2) is 2/pi times the integral of (t^2 + B)^(-1) over t > 0. With t = exp(u) the integrand
    is smooth and dies away at both ends, so that equal steps in u gain digits geometrically; and
    B is diagonal but for the few columns of Q, so that each step costs as much as a regression.

    References
    ----------
    Hale, N., Higham, N. J., Trefethen, L. N. (2008). "Computing A^alpha, log(A), and Related Matrix
    Functions by Contour Integrals." SIAM Journal on Numerical Analysis 46 (5), 2505-2523.
    https://doi.org/10.1137/070700607
    """
    # What the fit takes out completely: Q v of length 1. There B is zero on S^(-1) Q v; it is
    # raised to a number inside the spectrum, which moves nothing else.
    lengths, turn = np.linalg.eigh(Q.T @ Q)
    gone = lengths > 1 - NOTHING * len(Q)
    null, _ = np.linalg.qr(Q @ turn[:, gone] / scale[:, None])
    raised = float(np.median(scale)) ** 2
    # B + raised * null null' = diagonal + U diag(signs) U'
    U = np.column_stack([scale[:, None] * Q, np.sqrt(raised) * null])
    signs = np.diag(np.repeat([-1.0, 1.0], [Q.shape[1], null.shape[1]]))

    # The eigenvalues lie between 1 / trace of the inverse and the largest of the diagonal.
    over = U / scale[:, None] ** 2
    trace = np.sum(scale**-2.0) - np.trace(np.linalg.solve(signs + U.T @ over, over.T @ over))
    low, high = -np.log(trace) / 2 - TAIL, np.log(scale.max()) + TAIL
    u = np.arange(low, high + STEP, STEP)
    diagonal = 1 / (np.exp(2 * u)[:, None] + scale**2)
    inner = signs + (diagonal @ (U[:, :, None] * U[:, None, :]).reshape(len(U), -1)).reshape(
        len(u), *signs.shape
    )
    solved = np.linalg.solve(inner, (diagonal @ (U * influence[:, None]))[:, :, None])[:, :, 0]
    steps = 2 / np.pi * STEP * np.exp(u)
    total = (steps @ diagonal) * influence
    total -= np.sum(((steps[:, None] * solved).T @ diagonal).T * U, axis=1)
    product: Vector = total - null @ (null.T @ influence) / np.sqrt(raised)
    return product

"""Fit a log-linear or a linear model, and keep what its errors will need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .estimate import Refused

Vector: TypeAlias = NDArray[np.float64]
Matrix: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.intp]

# A column whose part outside the span of the earlier columns is this small, as a share of its
# length, adds nothing but rounding.
DEPENDENT = 1e-8


@dataclass(frozen=True)
class Fit:
    """
    A fitted model, with the data it was fitted to.

    Everything after this (CR2, a jackknife, a bootstrap) reads only `slopes`,
    `working_weights`, `residuals` and `clusters`, so it holds for least squares and for Poisson
    quasi-likelihood alike, or refits by `without`, which carries the offset along.
    """

    link: Literal["identity", "log"]
    names: tuple[str, ...]
    """One per column of `X`."""
    X: Matrix
    response: Vector
    offset: Vector
    """Added to the linear predictor with a coefficient of exactly one."""
    weights: Vector
    """Prior weights, taken as inverse variances up to a constant."""
    clusters: Codes
    coefficients: Vector
    mean: Vector
    """Fitted values on the scale of the response."""

    @property
    def slopes(self) -> Matrix:
        """Derivative of the mean by the coefficients: `X`, times the mean under a log link."""
        return self.X * self.mean[:, None] if self.link == "log" else self.X

    @property
    def working_weights(self) -> Vector:
        """Inverse working variance on the scale of the response: 1/mean for counts."""
        return self.weights / self.mean if self.link == "log" else self.weights

    @property
    def residuals(self) -> Vector:
        """Response minus mean, on the scale of the response."""
        return self.response - self.mean

    @property
    def df(self) -> int:
        """Rows minus coefficients."""
        rows, columns = self.X.shape
        return int(rows - columns)

    @property
    def pearson(self) -> float:
        """Pearson's chi-square over its df: 1 for Poisson counts, the error variance in OLS."""
        return float(self.working_weights @ self.residuals**2 / self.df)

    def coefficient(self, name: str) -> float:
        """Look up one coefficient."""
        return float(self.coefficients[self.names.index(name)])

    def without(self, cluster: int) -> Fit:
        """Fit again with one cluster left out: offset, weights and link stay as they are."""
        keep = self.clusters != cluster
        X = self.X[keep]
        # Leaving out a cluster empties its own fixed effect, and may make a control redundant.
        stay = np.setdiff1d(np.arange(X.shape[1]), dependent(X))
        names = tuple(self.names[j] for j in stay)
        args = (self.response[keep], X[:, stay])
        if self.link == "log":
            return poisson(
                *args, names=names, clusters=self.clusters[keep], offset=self.offset[keep]
            )
        return least_squares(
            *args, names=names, clusters=self.clusters[keep], weights=self.weights[keep]
        )


def dependent(X: Matrix) -> list[int]:
    """
    Find the columns that are linear combinations of the columns before them.

    Order matters: put first what must stay. The units of the columns do not.
    """
    lengths = np.linalg.norm(X, axis=0)
    keep = [j for j in range(X.shape[1]) if lengths[j] > 0]
    while keep:
        _, R = np.linalg.qr(X[:, keep] / lengths[keep])
        own = np.zeros(len(keep))
        own[: min(R.shape)] = np.abs(np.diag(R))
        small = np.flatnonzero(own < DEPENDENT)
        if small.size == 0:
            break
        # One at a time: what QR puts in place of a dependent column blurs the later ones.
        del keep[small[0]]
    return [j for j in range(X.shape[1]) if j not in keep]


def poisson(
    response: Vector,
    X: Matrix,
    *,
    names: tuple[str, ...],
    clusters: Codes,
    offset: Vector,
) -> Fit:
    """
    Maximise the Poisson quasi-likelihood with a log link.

    Written here because a refit takes a tenth of the time of a general GLM, and the jackknife,
    the shaken denominators and the coverage runs need refits by the thousand.

    Parameters
    ----------
    response
        Counts, not negative; they need not be whole.
    X
        One row per unit, columns independent.
    names
        One per column.
    clusters
        Cluster of each row, as a number.
    offset
        Log of the denominator.

    Returns
    -------
    fit
        Coefficients exact to rounding (Newton's steps until the log mean moves by less than 1e-11).

    Raises
    ------
    Refused
        If no maximum exists, as where a group of units has zero counts only.
    """
    _require_df(X)
    eta = np.log(response + 0.5)
    for _ in range(60):
        mean = np.exp(eta)
        working = eta - offset + (response - mean) / mean
        coefficients = _solve(X, working, mean)
        before, eta = eta, X @ coefficients + offset
        if not np.isfinite(eta).all() or np.abs(eta).max() > 300:  # exp(300): no count is that far
            break
        if np.abs(eta - before).max() < 1e-11 * max(1.0, np.abs(eta).max()):
            return Fit(
                "log",
                names,
                X,
                response,
                offset,
                np.ones(len(response)),
                clusters,
                coefficients,
                np.exp(eta),
            )
    msg = (
        f"The Poisson fit on {', '.join(names)} does not settle: some coefficient runs away.\n"
        "Look for a 0/1 control whose units all have zero counts, and leave it out."
    )
    raise Refused(msg, reason="no convergence")


def least_squares(
    response: Vector,
    X: Matrix,
    *,
    names: tuple[str, ...],
    clusters: Codes,
    weights: Vector | None = None,
) -> Fit:
    """
    Fit by ordinary least squares, or weighted where `weights` (inverse variances) are given.

    Parameters and result as in `poisson`; the offset of the fit is zero.
    """
    _require_df(X)
    weights = np.ones(len(response)) if weights is None else weights
    coefficients = _solve(X, response, weights)
    offset = np.zeros(len(response))
    return Fit(
        "identity", names, X, response, offset, weights, clusters, coefficients, X @ coefficients
    )


def _solve(X: Matrix, response: Vector, weights: Vector) -> Vector:
    """Solve weighted least squares through QR, which does not mind the units of a column."""
    root = np.sqrt(weights)
    Q, R = np.linalg.qr(X * root[:, None])
    return np.linalg.solve(R, Q.T @ (root * response))


def _require_df(X: Matrix) -> None:
    rows, columns = X.shape
    if rows <= columns:
        msg = f"{rows} units cannot carry {columns} coefficients. Use fewer controls."
        raise Refused(msg, reason="too few units")

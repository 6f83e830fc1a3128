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
Link: TypeAlias = Literal["identity", "log", "logit"]

# A column whose part outside the span of the earlier columns is this small, as a share of its
# length, adds nothing but rounding.
DEPENDENT = 1e-8


@dataclass(frozen=True)
class Fit:
    """
    A fitted model, with the data it was fitted to.

    Everything after this (CR2, a jackknife, a bootstrap) reads only `gradient`, `X`,
    `working_weights`, `residuals`, `effects` and `clusters`, so it holds for least squares, Poisson
    and binomial quasi-likelihood alike, or refits by `without`, which carries the offset along.
    """

    link: Link
    names: tuple[str, ...]
    """One per column of `X`."""
    X: Matrix
    response: Vector
    offset: Vector
    """Added to the linear predictor with a coefficient of exactly one."""
    weights: Vector
    """Prior weights, taken as inverse variances up to a constant; under a logit link, trials."""
    clusters: Codes
    """0 to G - 1, none left out."""
    coefficients: Vector
    mean: Vector
    """Fitted values on the scale of the response."""
    effects: Vector | None = None
    """Fixed effect of each cluster, where these were absorbed and are no columns of `X`."""

    @property
    def gradient(self) -> Vector:
        """Derivative of the mean by the linear predictor."""
        if self.link == "identity":
            return np.ones(len(self.mean))
        return self.mean if self.link == "log" else self.mean * (1 - self.mean)

    @property
    def slopes(self) -> Matrix:
        """Derivative of the mean by the coefficients: `X` times the gradient."""
        return self.X * self.gradient[:, None]

    @property
    def working_weights(self) -> Vector:
        """Inverse working variance on the scale of the response: 1/mean for counts."""
        return self.weights if self.link == "identity" else self.weights / self.gradient

    @property
    def residuals(self) -> Vector:
        """Response minus mean, on the scale of the response."""
        return self.response - self.mean

    @property
    def df(self) -> int:
        """Rows minus coefficients, absorbed effects among them."""
        rows, columns = self.X.shape
        return int(rows - columns - (0 if self.effects is None else len(self.effects)))

    @property
    def pearson(self) -> float:
        """Pearson's chi-square over its df: 1 for Poisson counts, the error variance in OLS."""
        return float(self.working_weights @ self.residuals**2 / self.df)

    def position(self, name: str) -> int:
        """Find the column of a coefficient, or say which there are."""
        if name not in self.names:
            msg = f"The fit has no coefficient {name!r}; it has {', '.join(map(repr, self.names))}."
            raise LookupError(msg)
        return self.names.index(name)

    def coefficient(self, name: str) -> float:
        """Look up one coefficient."""
        return float(self.coefficients[self.position(name)])

    def without(self, cluster: int) -> Fit:
        """Fit again with one cluster left out: offset, weights and link stay as they are."""
        keep = self.clusters != cluster
        X, absorb = self.X[keep], self.effects is not None
        codes = np.unique(self.clusters[keep], return_inverse=True)[1]
        # Leaving out a cluster empties its own fixed effect, and may make a control redundant.
        left = inside(codes, X) if absorb else X
        stay = np.setdiff1d(np.arange(X.shape[1]), dependent(left))
        return self.refit(X[:, stay], tuple(self.names[j] for j in stay), keep=keep)

    def refit(
        self,
        X: Matrix,
        names: tuple[str, ...],
        *,
        offset: Vector | None = None,
        keep: NDArray[np.bool_] | None = None,
    ) -> Fit:
        """Fit other columns in the same way: to all rows, or from here on to those that stay."""
        rows = np.ones(len(self.response), dtype=bool) if keep is None else keep
        codes = np.unique(self.clusters[rows], return_inverse=True)[1]
        offset = (self.offset if offset is None else offset)[rows]
        near = np.log(self.mean[rows]) if keep is not None and self.link == "log" else None
        data = self.response[rows], X, names, codes, offset, self.weights[rows]
        return fit_model(self.link, *data, absorb=self.effects is not None, start=near)


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
    absorb: bool = False,
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
        One row per unit, columns independent (of the fixed effects too, where these are absorbed).
    names
        One per column.
    clusters
        Cluster of each row, as a number: 0 to G - 1.
    offset
        Log of the denominator.
    absorb
        Whether each cluster has a fixed effect. It is taken out before each step, which gives
        the coefficients of a column per cluster without the columns.

    Returns
    -------
    fit
        Coefficients exact to rounding (Newton's steps until the log mean moves by less than 1e-11).

    Raises
    ------
    Refused
        If no maximum exists, as where a group of units has zero counts only.
    """
    ones = np.ones(len(response))
    return fit_model("log", response, X, names, clusters, offset, ones, absorb=absorb)


def binomial(
    response: Vector,
    X: Matrix,
    *,
    names: tuple[str, ...],
    clusters: Codes,
    offset: Vector,
    trials: Vector,
    absorb: bool = False,
) -> Fit:
    """
    Maximise the binomial quasi-likelihood with a logit link.

    Of people counted among all people, where shares come near to 1; and of two counts of one unit,
    given their sum, where this is Poisson with a fixed effect of each unit.

    Parameters and result as in `poisson`; `response` is the share, and `trials`, above 0, are
    the sums. (CR2 depends on the scale of the response, and this is that of R.)
    """
    return fit_model("logit", response, X, names, clusters, offset, trials, absorb=absorb)


def least_squares(
    response: Vector,
    X: Matrix,
    *,
    names: tuple[str, ...],
    clusters: Codes,
    weights: Vector | None = None,
    absorb: bool = False,
) -> Fit:
    """
    Fit by ordinary least squares, or weighted where `weights` (inverse variances) are given.

    Parameters and result as in `poisson`; the offset of the fit is zero.
    """
    ones = np.ones(len(response))
    weights = ones if weights is None else weights
    return fit_model("identity", response, X, names, clusters, 0 * ones, weights, absorb=absorb)


def fit_model(
    link: Link,
    response: Vector,
    X: Matrix,
    names: tuple[str, ...],
    clusters: Codes,
    offset: Vector,
    weights: Vector,
    *,
    absorb: bool,
    start: Vector | None = None,
) -> Fit:
    """
    Fit by least squares, or for a link of counts by Newton's steps; see `poisson`.

    `start` are linear predictors to start from, if they are known to be near.
    """
    rows, columns = X.shape
    columns += int(clusters.max()) + 1 if absorb else 0
    if rows <= columns:
        msg = f"{rows} units cannot carry {columns} coefficients. Use fewer controls."
        raise Refused(msg, reason="too few units")
    within, same = clusters if absorb else None, (names, X, response, offset, weights, clusters)
    if link == "identity":
        coefficients, effects, line = _solve(X, response, weights, within)
        return Fit(link, *same, coefficients, line, effects)
    count = response * weights
    other = weights - count + 0.5 if link == "logit" else 1.0
    eta = np.log((count + 0.5) / other) if start is None else start
    for _ in range(60):
        mean = _mean(eta, link)
        slope = mean if link == "log" else mean * (1 - mean)
        if not (slope > 0).all():
            break
        working = eta - offset + (response - mean) / slope
        coefficients, effects, line = _solve(X, working, weights * slope, within)
        before, eta = eta, line + offset
        if not np.isfinite(eta).all() or np.abs(eta).max() > 300:  # exp(300): no count is that far
            break
        if np.abs(eta - before).max() < 1e-11 * max(1.0, np.abs(eta).max()):
            return Fit(link, *same, coefficients, _mean(eta, link), effects)
    msg = (
        f"The fit on {', '.join(names)} does not settle: some coefficient runs away.\n"
        "Look for a 0/1 control whose units all have zero counts, and leave it out."
    )
    raise Refused(msg, reason="no convergence")


def _mean(eta: Vector, link: Link) -> Vector:
    return np.asarray(np.exp(eta) if link == "log" else 1 / (1 + np.exp(-eta)))


def means(codes: Codes, columns: Matrix, weights: Vector | None = None) -> Matrix:
    """Average each column by cluster, weighted where weights are given."""
    w = np.ones(len(codes)) if weights is None else weights
    totals = [np.bincount(codes, w * column) for column in columns.T]
    size = np.bincount(codes, w)
    return np.column_stack([*totals, np.empty((len(size), 0))]) / size[:, None]


def inside(codes: Codes, columns: Matrix) -> Matrix:
    """Take the cluster means out of each column; one with nothing left becomes exactly zero."""
    centred = columns - columns.mean(axis=0)
    left = centred - means(codes, centred)[codes]
    nothing = np.linalg.norm(left, axis=0) < DEPENDENT * np.linalg.norm(centred, axis=0)
    kept: Matrix = np.where(nothing, 0.0, left)
    return kept


def _solve(
    X: Matrix, response: Vector, weights: Vector, absorb: Codes | None
) -> tuple[Vector, Vector | None, Vector]:
    """
    Solve weighted least squares through QR, which does not mind the units of a column.

    Hands back coefficients, absorbed effects, and the fitted line.
    """
    root = np.sqrt(weights)
    if absorb is None:
        Q, R = np.linalg.qr(X * root[:, None])
        coefficients = np.linalg.solve(R, Q.T @ (root * response))
        return coefficients, None, X @ coefficients
    both = means(absorb, np.column_stack([X, response]), weights)
    moving = X - both[absorb, :-1]
    Q, R = np.linalg.qr(moving * root[:, None])
    coefficients = np.linalg.solve(R, Q.T @ (root * (response - both[absorb, -1])))
    effects = both[:, -1] - both[:, :-1] @ coefficients
    return coefficients, effects, X @ coefficients + effects[absorb]

"""Make the model of each rung, and fit it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from . import rules
from .columns import Columns, require_counts, sums
from .errors import Error
from .estimate import Refused
from .fit import Codes, Fit, Matrix, Vector, binomial, dependent, least_squares, means, poisson

Rung = Literal[1, 2, 3, 5, 6]


def fitted(data: Columns, rung: Rung) -> Fit:
    """Fit one rung; the exposure is the first column, so that a refit never drops it."""
    exposure, controls = data.names.exposure, data.names.controls
    # Centring moves only the intercept, and keeps large means from costing digits.
    x, z = (column - column.mean(axis=0) for column in (data.exposure, data.controls))
    names: tuple[str, ...] = (exposure, *controls)
    X = np.column_stack([x, z])
    offset = np.log(data.population)
    if rung == 2:
        return poisson(data.count, X, names=names, clusters=data.codes, offset=offset, absorb=True)
    X, names = np.column_stack([X, np.ones(len(x))]), (*names, "intercept")
    if rung == 5:
        rate = np.log(data.count / data.population)
        return least_squares(rate, X, names=names, clusters=data.codes)
    return poisson(data.count, X, names=names, clusters=data.codes, offset=offset)


def chosen(data: Columns, rung: Rung) -> Fit:
    """
    Fit one rung; people near their ceiling by a binomial model, by a rule fixed in advance.

    The rule: no count exceeds its denominator, so that this is a measure of people, and yet the
    Poisson fit of rung 1 or 2 expects more people than there are in some unit. A log link cannot
    know that a share ends at 1: its interval covered 84 % there.
    """
    fit = fitted(data, rung)
    if rung not in (1, 2) or (data.count > data.population).any():
        return fit
    if not (fit.mean > data.population).any():
        return fit
    return binomial(
        data.count / data.population,
        fit.X,
        names=fit.names,
        clusters=data.codes,
        offset=np.zeros(len(fit.X)),
        trials=data.population,
        absorb=rung == 2,
    )


def to_log_rate(fit: Fit) -> float:
    """
    Turn a coefficient of `chosen` into a difference of the log of the whole count.

    With a logit link that depends on where the shares are: sum of P p (1 - p) over sum of P p, the
    average over people at the shares as they are. 1 for the other links.
    """
    if fit.link != "logit":
        return 1.0
    return float(fit.weights @ fit.gradient) / float(fit.weights @ fit.mean)


def used_by(data: Columns, rung: int, *, known: Sequence[int] = (1, 2)) -> Columns:
    """Take the rows that the model of a rung is fitted to, whether or not its error can be had."""
    rules.require_choice("rung", rung, known)
    if rung == 5:
        return data.by_cluster()
    return without_zero_clusters(data) if rung == 2 else data


def without_zero_clusters(data: Columns) -> Columns:
    """Leave out clusters whose counts are all zero: their fixed effect has no finite value."""
    return data.only(sums(data.codes, data.count)[data.codes] > 0)


def log_rate(data: Columns, rung: Literal[1, 2], weights: Vector | None = None) -> Fit:
    """Fit the log rate by least squares with the columns of rung 1 or 2."""
    require_counts(data)
    names: tuple[str, ...] = (data.names.exposure, *data.names.controls)
    X = np.column_stack([data.exposure, data.controls])
    X = X - X.mean(axis=0)
    if rung == 1:
        X, names = np.column_stack([X, np.ones(len(X))]), (*names, "intercept")
    return least_squares(
        np.log(data.count / data.population),
        X,
        names=names,
        clusters=data.codes,
        weights=weights,
        absorb=rung == 2,
    )


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


@dataclass(frozen=True)
class Slopes:
    """One coefficient per cluster that has one."""

    each: Vector
    labels: tuple[str, ...]
    error: Error
    """Of their plain mean, with one df less than slopes."""
    flipped_p: float | None
    """Over all choices of signs; None for more than 20 clusters."""
    pearson: float
    """Chi-square of Pearson over its df, all clusters together."""


def slopes_of(data: Columns) -> Slopes:
    """
    Fit each cluster by itself, and treat the slopes as so many independent draws.

    References
    ----------
    Ibragimov, R., Müller, U. K. (2010). "t-Statistic Based Correlation and Heterogeneity Robust
    Inference." Journal of Business & Economic Statistics 28 (4), 453-468.
    https://doi.org/10.1198/jbes.2009.08046
    """
    values, labels, chi_square, df = [], [], 0.0, 0
    for cluster, label in enumerate(data.labels):
        own = data.only(data.codes == cluster)
        X = np.column_stack([own.exposure, own.controls])
        X = np.column_stack([np.ones(len(X)), X - X.mean(axis=0)])
        # The exposure goes before the controls: a control that repeats it here is what goes.
        stay = [j for j in range(X.shape[1]) if j not in dependent(X)]
        if 1 not in stay or len(X) <= len(stay):
            continue
        names = tuple(str(j) for j in stay)
        try:
            fit = poisson(
                own.count,
                X[:, stay],
                names=names,
                clusters=own.codes,
                offset=np.log(own.population),
            )
        except Refused:  # no counts, or none where it would matter: this cluster has no slope
            continue
        values.append(fit.coefficient("1"))
        labels.append(label)
        chi_square, df = chi_square + fit.pearson * fit.df, df + fit.df
    if len(values) < 4:
        msg = (
            f"{len(values)} clusters have a slope of their own (at least 4): the others have too "
            "few units, no counts, or one exposure only. Compare units with fixed effects instead."
        )
        raise Refused(msg, reason="too few slopes")
    slopes = np.array(values)
    error = float(slopes.std(ddof=1) / np.sqrt(len(slopes)))
    flipped = sign_flip_p(slopes) if len(slopes) <= FLIPPED_UP_TO else None
    return Slopes(slopes, tuple(labels), Error(error, len(slopes) - 1), flipped, chi_square / df)


# 8! = 40,320 orders take 20 ms; 9! would take a fifth of a second, 10! two seconds and 600 MB.
PERMUTED_UP_TO = 8
# 2^20 = 1,048,576 choices of signs take a tenth of a second.
FLIPPED_UP_TO = 20


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
    j = fit.position(name)
    Q, _ = np.linalg.qr(np.delete(fit.X, j, axis=1))
    exposure = fit.X[:, j] - Q @ (Q.T @ fit.X[:, j])
    rest = fit.response - Q @ (Q.T @ fit.response)
    dealt = rest[np.array(list(itertools.permutations(range(rows))))]
    # t grows with the squared correlation of the exposure and what the other columns leave.
    unexplained = np.sum(dealt**2, axis=1) - np.sum((dealt @ Q) ** 2, axis=1)
    squared = (dealt @ exposure) ** 2 / unexplained
    # itertools begins with the order as observed; orders that tie with it must count as ties.
    return float(np.mean(squared >= squared[0] * (1 - 1e-9)))


def sign_flip_p(values: Vector) -> float:
    """
    Compute the two-sided p-value of a mean of zero over all choices of signs.

    Exact where each value is as likely to be as far below zero as above it.

    Parameters
    ----------
    values
        One per cluster (a slope, a difference); at most 20.

    Returns
    -------
    p
        Share of the 2^n choices, the observed one among them, whose mean is at least as far
        from 0.

    Raises
    ------
    ValueError
        If there are more than 20 values.

    References
    ----------
    Fisher, R. A. (1935). The Design of Experiments, section 21. Oliver and Boyd.
    Canay, I. A., Romano, J. P., Shaikh, A. M. (2017). "Randomization Tests under an Approximate
    Symmetry Assumption." Econometrica 85 (3), 1013-1030. https://doi.org/10.3982/ECTA13081
    """
    if len(values) > FLIPPED_UP_TO:
        msg = f"All signs are counted for at most {FLIPPED_UP_TO} values, not {len(values)}."
        raise ValueError(msg)
    # One value after the other, each added to and taken from all sums so far.
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums + value, sums - value])
    # The first sum is the observed one; sums that tie with it must count as ties.
    scale = 1e-9 * np.abs(values).sum()
    return float(np.mean(np.abs(sums) >= abs(sums[0]) - scale))

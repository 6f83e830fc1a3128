"""Count every order of the clusters, or every choice of signs: p-values without a distribution."""

from __future__ import annotations

import itertools

import numpy as np

from .fit import Fit, Vector

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

"""Adjust one cluster's influence for what the fit took out of its residuals (the A of CR2)."""

from __future__ import annotations

import numpy as np

from .fit import Matrix, Vector

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

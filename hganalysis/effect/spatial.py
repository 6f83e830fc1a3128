"""A spatial second opinion: errors that die away from neighbour to neighbour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .columns import Columns, numbers, require_counts
from .estimate import Refused
from .fit import Matrix, Vector

# Of the exponential covariance: after how many km it has fallen to 37 %, as multiples of the median
# distance of neighbours, and how much of the variance is each unit's own. Their restricted
# likelihoods weigh them.
RANGES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
OWN = (0.0, 0.005, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)
# The eigenvectors of all units take a second at a thousand, a minute at five thousand.
AT_MOST = 1500


@dataclass(frozen=True)
class Spatial:
    """A coefficient whose error knows that neighbours are alike."""

    log_rate_ratio: float
    standard_error: float
    df: int
    range_km: float
    """After so many km likeness has fallen to 37 %: the mean over the likelihood."""


def positions(units: pd.Index, neighbours: pd.DataFrame) -> Matrix:
    """Look up where units lie, in km: NaN for those without a neighbour, who are like nobody."""
    first = neighbours.drop_duplicates("code").set_index("code")
    return np.column_stack([numbers(first[name].reindex(units)) for name in ("x_km", "y_km")])


def spatial(data: Columns, at: Matrix, *, fixed_effects: bool) -> Spatial:
    """
    Fit the log rate by generalised least squares with a covariance that dies away with distance.

    The residuals of two units are alike by exp(-km / range), and each unit has a part of its own.
    Range and own part are not chosen but averaged
    over, each pair weighed by its restricted likelihood, so that the error holds what is not known
    of them. Where exposure and residuals both change smoothly over many districts, this is what
    holds best (see the table of worlds); errors by district are a little too small there.

    Parameters
    ----------
    data
        Checked; every unit has counts.
    at
        Where each unit lies, in km; a unit without a place is like nobody.
    fixed_effects
        Whether each cluster has an effect of its own.

    Returns
    -------
    spatial
        With rows less coefficients as df.

    Raises
    ------
    Refused
        For more than 1,500 units; if a unit has no counts.

    References
    ----------
    Cressie, N. (1993). Statistics for Spatial Columns, section 2.6. Wiley.
    """
    require_counts(data)
    n = len(data.rows)
    if n > AT_MOST:
        msg = f"{n} units are too many for a covariance of all pairs (at most {AT_MOST})."
        raise Refused(msg, reason="too many units")
    apart = np.sqrt(np.sum((at[:, None] - at[None]) ** 2, axis=2))
    nearest = np.nanmin(np.where(apart > 0, apart, np.nan), axis=1, initial=np.inf)
    known = nearest[np.isfinite(nearest)]
    if not len(known):
        msg = "Nobody knows how far the units are apart: give x_km and y_km that differ."
        raise Refused(msg, reason="no distances")
    apart[np.isnan(apart)] = np.inf
    np.fill_diagonal(apart, 0.0)
    columns = np.column_stack([data.exposure, data.controls])
    own = np.ones((n, 1))
    if fixed_effects:
        own = (data.codes[:, None] == np.arange(len(data.labels))).astype(float)
    both = np.column_stack(
        [columns - columns.mean(axis=0), own, np.log(data.count / data.population)]
    )
    found = []
    for reach in np.median(known) * np.array(RANGES):
        values, vectors = np.linalg.eigh(np.exp(-apart / reach))
        turned = vectors.T @ both
        # Below zero by rounding only, and at zero where two units lie in one place.
        covered = np.maximum(values, 1e-6)
        found += [(*_reml(turned, share + (1 - share) * covered), reach) for share in OWN]
    minus_twice, b, error, reach = np.array(found).T
    weight = np.exp(-(minus_twice - minus_twice.min()) / 2)
    weight /= weight.sum()
    mean = float(weight @ b)
    variance = float(weight @ (error**2 + (b - mean) ** 2))
    return Spatial(mean, np.sqrt(variance), n - both.shape[1] + 1, float(weight @ reach))


def _reml(turned: Matrix, variance: Vector) -> tuple[float, float, float]:
    """Give minus twice the restricted log likelihood, the first coefficient and its error."""
    white = turned / np.sqrt(variance)[:, None]
    Q, R = np.linalg.qr(white[:, :-1])
    inverse = np.linalg.inv(R)
    coefficients = inverse @ (Q.T @ white[:, -1])
    rest = white[:, -1] - white[:, :-1] @ coefficients
    df, squares = len(rest) - len(R), float(rest @ rest)
    likelihood = df * np.log(squares) + np.log(variance).sum()
    likelihood += 2 * np.log(np.abs(np.diag(R))).sum()
    error = np.sqrt(squares / df * np.sum(inverse[0] ** 2))
    return float(likelihood), float(coefficients[0]), float(error)

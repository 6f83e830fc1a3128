"""Are residuals of neighbours alike, and what would errors say that fade with distance?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import sparse
from scipy.spatial.distance import cdist

from .errors import StandardError, standardise
from .frame import Data, Refused, numbers
from .models import Results, Vector, design_matrix, require_counts

DRAWS, SEED = 999, 93  # any number would do
# A covariance of all pairs takes seconds at a thousand units, minutes at five thousand.
MAX_UNITS = 1000


def neighbour_weights(units: pd.Index, neighbours: pd.DataFrame) -> sparse.csr_array:
    """Give each unit's neighbours (pairs `code`, `neighbour`, in both directions) 1 together."""
    left, right = (units.get_indexer(pd.Index(neighbours[c])) for c in ("code", "neighbour"))
    here = (left >= 0) & (right >= 0) & (left != right)
    left, right, n = left[here], right[here], len(units)
    if not len(left):
        msg = f"no pair of neighbours is in the frame: its units are {list(units[:3])}."
        raise LookupError(msg)
    return sparse.csr_array((1 / np.bincount(left, minlength=n)[left], (left, right)), shape=(n, n))


def morans_i(values: Vector, W: sparse.csr_array) -> Vector:
    """Compute Moran's I of each row of values."""
    x = np.atleast_2d(values)
    x = x - x.mean(axis=1, keepdims=True)
    return np.asarray(x.shape[1] / W.sum() * np.sum(x * (W @ x.T).T, axis=1) / np.sum(x**2, axis=1))


def moran(results: Results, units: pd.Index, neighbours: pd.DataFrame) -> tuple[float, float]:
    """
    Test Pearson residuals by noise that is projected off the same columns.

    Residuals are correlated by the fit itself: dealt out to the places anew, as libraries do, the
    test has size 0 and no power.

    Returns
    -------
    statistic, p_value
        Moran's I, and how often pure noise that went through the fit shows as much.

    References
    ----------
    Cliff, A., Ord, K. (1972). Geographical Analysis 4 (3), 267-284.
    """
    parts, W = standardise(results), neighbour_weights(units, neighbours)
    noise = np.random.default_rng(SEED).standard_normal((DRAWS, len(units)))
    found = morans_i(np.vstack([parts.residuals, parts.remove_fitted(noise)]), W)
    reached = int(np.sum(found[1:] >= found[0] * (1 - 1e-12)))
    return float(found[0]), (1 + reached) / (1 + DRAWS)


# After how many median distances of neighbours likeness has fallen to 37 %, and how much of the
# variance is each unit's own: not chosen, but averaged by restricted likelihood.
RANGES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
NUGGETS = (0.0, 0.005, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)


def positions(units: pd.Index, neighbours: pd.DataFrame) -> Vector:
    """Look up where units lie, in km: NaN for those without a neighbour, who are like nobody."""
    first = neighbours.drop_duplicates("code").set_index("code")
    return first.reindex(index=units, columns=["x_km", "y_km"]).apply(numbers).to_numpy()


def fit_spatial_errors(data: Data, neighbours: pd.DataFrame) -> tuple[float, StandardError]:
    """
    Fit the log rate by least squares whose errors are alike by exp(-km / range).

    References
    ----------
    Cressie, N. (1993). Statistics for Spatial Data, section 2.6. Wiley.
    """
    require_counts(data)
    X, many = design_matrix(data, fixed_effects=True)
    if many is not None or len(X) > MAX_UNITS:
        raise Refused(data.names, reason="too many units", most=MAX_UNITS)
    at = positions(X.index, neighbours)
    apart = cdist(at, at)
    nearest = np.where(apart > 0, apart, np.inf).min(axis=1)
    nearest = nearest[np.isfinite(nearest)]
    if not len(nearest):
        raise Refused(reason="no distances")
    apart = np.where(np.isnan(apart), np.inf, apart)
    np.fill_diagonal(apart, 0.0)
    found, one, name = [], np.eye(len(X)), data.names.exposure
    for alike in (np.exp(-apart / (np.median(nearest) * reach)) for reach in RANGES):
        for own in NUGGETS:
            # Two units in one place would leave nothing to tell them apart.
            sigma = max(own, 1e-6) * one + (1 - max(own, 1e-6)) * alike
            fit = sm.GLS(data.log_rate, X, sigma=sigma).fit(method="qr")
            restricted = fit.df_resid * np.log(fit.ssr) + np.linalg.slogdet(sigma)[1]
            restricted -= np.linalg.slogdet(fit.normalized_cov_params)[1]
            found.append((restricted, fit.params[name], fit.bse[name]))
    least, b, error = np.array(found).T
    weight = np.exp((least.min() - least) / 2)
    weight /= weight.sum()
    mean = float(weight @ b)  # the error holds what is not known of range and own part
    spread = float(np.sqrt(weight @ (error**2 + (b - mean) ** 2)))
    return mean, StandardError(spread, len(X) - X.shape[1])

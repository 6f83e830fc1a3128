"""Are residuals of neighbours alike, and what would errors say that fade with distance?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from statsmodels.regression.linear_model import GLS

from .. import words
from .errors import Estimate, StandardError
from .frame import Data, Refused, numbers
from .models import Fit, Vector, design_matrix, require_counts

# Draws of noise that neighbours are held to; as a seed any number would do.
DRAWS, SEED = 999, 93

# A covariance of all pairs takes seconds at a thousand units, minutes at five thousand.
MAX_UNITS = 1000

# Two numbers of the covariance are not chosen, but averaged by restricted likelihood: after how
# many median distances of neighbours the correlation has fallen to 37 % (range), and which part of
# the variance is each unit's alone (nugget). Without any nugget, two units in one place would leave
# nothing to tell them apart.
RANGES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
NUGGETS = (1e-6, 0.005, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)


class MoranTest(NamedTuple):
    """Moran's I, and how often pure noise that went through the fit shows as much."""

    statistic: float
    p_value: float


def neighbour_weights(units: pd.Index, neighbours: pd.DataFrame) -> sparse.csr_array:
    """Give each unit's neighbours (pairs `code`, `neighbour`, in both directions) 1 together."""
    unit = units.get_indexer(pd.Index(neighbours["code"]))
    neighbour = units.get_indexer(pd.Index(neighbours["neighbour"]))
    is_pair = (unit >= 0) & (neighbour >= 0) & (unit != neighbour)
    if not is_pair.any():
        listed = ", ".join(map(str, units[:3]))
        msg = words.term("effect_errors.no_neighbours", units=listed)
        raise LookupError(msg)
    unit = unit[is_pair]
    neighbour = neighbour[is_pair]
    n_neighbours = np.bincount(unit)
    weights = 1 / n_neighbours[unit]
    return sparse.csr_array((weights, (unit, neighbour)), shape=(len(units), len(units)))


def morans_i(values: Vector, W: sparse.csr_array) -> Vector:
    """Compute Moran's I of each row of values."""
    deviation = values - values.mean(axis=1, keepdims=True)
    neighbour_mean = (W @ deviation.T).T
    products = np.sum(deviation * neighbour_mean, axis=1)
    squares = np.sum(deviation**2, axis=1)
    return np.asarray(values.shape[1] / W.sum() * products / squares)


def moran(fit: Fit, units: pd.Index, neighbours: pd.DataFrame) -> MoranTest:
    """
    Test Pearson residuals by noise that is projected off the same columns.

    The fit itself correlates residuals. If they were shuffled between places, as libraries do, the
    test would have size 0 and no power.

    References
    ----------
    Cliff, A., Ord, K. (1972). Geographical Analysis 4 (3), 267-284.
    """
    W = neighbour_weights(units, neighbours)
    random = np.random.default_rng(SEED)
    noise = random.standard_normal((DRAWS, len(units)))
    noise = fit.remove_fitted(noise)
    residuals = np.vstack([fit.residuals, noise])
    statistics = morans_i(residuals, W)
    observed = float(statistics[0])
    n_extreme = int(np.sum(statistics[1:] >= observed * (1 - 1e-12)))
    return MoranTest(observed, (1 + n_extreme) / (1 + DRAWS))


def positions(units: pd.Index, neighbours: pd.DataFrame) -> Vector:
    """Look up where units are, in km: NaN for a unit without a neighbour."""
    by_unit = neighbours.drop_duplicates("code").set_index("code")
    coordinates = by_unit.reindex(index=units, columns=["x_km", "y_km"])
    return coordinates.apply(numbers).to_numpy()


def fit_spatial_errors(data: Data, neighbours: pd.DataFrame) -> Estimate:
    """
    Fit the log rate by least squares with errors whose correlation is exp(-km / range).

    The standard error holds what is not known of range and nugget.

    References
    ----------
    Cressie, N. (1993). Statistics for Spatial Data, section 2.6. Wiley.
    """
    require_counts(data)
    X, absorbed = design_matrix(data, has_fixed_effects=True)
    if absorbed is not None or len(X) > MAX_UNITS:
        raise Refused(data.names, reason="too many units", most=MAX_UNITS)
    # ranges are tried in multiples of the distance to the nearest unit
    distance = _distances(X.index, neighbours)
    positive = np.where(distance > 0, distance, np.inf)
    nearest = positive.min(axis=1)
    nearest = nearest[np.isfinite(nearest)]
    if not nearest.size:
        raise Refused(reason="no distances")
    median_km = np.median(nearest)

    # fit under each range and nugget; the deviance is that of restricted likelihood
    name = data.names.exposure
    identity = np.eye(len(X))
    fits = []
    for n_medians in RANGES:
        correlation = np.exp(-distance / (median_km * n_medians))
        for nugget in NUGGETS:
            sigma = nugget * identity + (1 - nugget) * correlation
            fit = GLS(data.log_rate, X, sigma=sigma).fit(method="qr")
            deviance = fit.df_resid * np.log(fit.ssr)
            deviance += np.linalg.slogdet(sigma).logabsdet
            deviance -= np.linalg.slogdet(fit.normalized_cov_params).logabsdet
            fits.append((deviance, fit.params[name], fit.bse[name]))
    deviances, coefficients, errors = np.array(fits).T
    # mean of these fits, weighed by likelihood; the variance is that within and between them
    likelihood = np.exp((deviances.min() - deviances) / 2)
    weight = likelihood / likelihood.sum()
    mean = float(weight @ coefficients)
    variance = weight @ (errors**2 + (coefficients - mean) ** 2)
    df = len(X) - X.shape[1]
    error = StandardError(float(np.sqrt(variance)), df)
    return Estimate(mean, error)


def _distances(units: pd.Index, neighbours: pd.DataFrame) -> Vector:
    """Measure km between units; a unit of unknown place is at no finite distance."""
    from scipy.spatial.distance import cdist

    place = positions(units, neighbours)
    distance = cdist(place, place)
    distance = np.where(np.isnan(distance), np.inf, distance)
    np.fill_diagonal(distance, 0.0)
    return distance

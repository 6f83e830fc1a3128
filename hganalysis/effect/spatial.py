"""Ask whether residuals of neighbours are alike, and let the error know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from .. import suppress
from .bootstrap import SEED
from .columns import Columns, numbers, require_counts
from .errors import standardised
from .estimate import Refused
from .fit import Codes, Fit, Matrix, Vector
from .models import chosen, used_by
from .rungs import estimate


@dataclass(frozen=True)
class Moran:
    """Moran's I of the residuals of one rung, and how often pure noise shows as much."""

    statistic: float
    """1: neighbours are as alike as can be; near `expected`: as alike as any two units."""
    expected: float
    """Its mean over noise that went through the same fit; below 0, more so the more was fitted."""
    p_value: float
    """One-sided: share of noise with at least that much likeness between neighbours."""
    draws: int
    units: int
    alone: tuple[str, ...]
    """Units without a neighbour in the frame; they say nothing."""


def residuals(data: Columns, *, rung: Literal[1, 2] = 2) -> pd.DataFrame:
    """
    Compute how far each unit lies from what rung 1 or 2 expects of it, to be drawn on a map.

    Parameters
    ----------
    data, rung
        As in `moran`.

    Returns
    -------
    residuals
        Index as in the frame, without clusters that have zero counts only. `expected` (count),
        `residual` (Pearson's, over the square root of phi: most lie between -2 and 2), `origin`
        and `state` if the frame has them. A commune that is hidden has no numbers: what it has
        in common with others says nothing of it.

    Raises
    ------
    Refused
        Where the rung is refused.
    """
    estimate(data, rung=rung)
    used = used_by(data, rung)
    frame, fit = data.frame, chosen(used, rung)
    expected = fit.mean * used.population if fit.link == "logit" else fit.mean
    pearson = fit.residuals * np.sqrt(fit.working_weights)
    made = pd.DataFrame(
        {"expected": expected, "residual": pearson / np.sqrt(fit.pearson)},
        index=used.rows.rename(frame.index.name),
    )
    if "origin" in frame:
        made["origin"] = frame["origin"].loc[used.rows]
    if "state" in frame:
        made["state"] = frame["state"].loc[used.rows]
        made.loc[suppress.is_hidden(made), ["expected", "residual"]] = np.nan
    # Processors differ in the last digits, and a checksum of a map would too.
    return made.round(9)


def moran(
    data: Columns,
    *,
    neighbours: pd.DataFrame,
    rung: Literal[1, 2] = 2,
    draws: int = 999,
    seed: int = SEED,
) -> Moran:
    """
    Test the Pearson residuals of rung 1 or 2 for spatial correlation.

    Residuals are correlated by the fit itself, the more so with fixed effects, so they cannot be
    dealt out to the places anew: that test has size 0 and no power. Instead normal noise is put
    through the same fit (projected off the same columns), and its I is computed.

    Parameters
    ----------
    data
        As in `ladder`; the index of the frame names the units.
    neighbours
        Columns `code` and `neighbour`, each pair in both directions, as from
        `places.neighbours`. Each unit's neighbours weigh 1 together.
    rung
        1 or 2.
    draws
        Of noise.
    seed
        Of the noise.

    Returns
    -------
    moran
        I, and p with the observed one counted as one draw more.

    Raises
    ------
    LookupError
        If `neighbours` lacks a column, or no pair is in the frame.
    Refused
        Where the rung is refused.

    References
    ----------
    Cliff, A., Ord, K. (1972). "Testing for Spatial Autocorrelation Among Regression Residuals."
    Geographical Analysis 4 (3), 267-284. https://doi.org/10.1111/j.1538-4632.1972.tb00475.x
    """
    estimate(data, rung=rung)
    used = used_by(data, rung)
    left, right = pairs_of(used.rows, neighbours)
    _require_pairs(left, used.rows)
    return moran_test(used, chosen(used, rung), left, right, draws=draws, seed=seed)


def pairs_of(units: pd.Index, neighbours: pd.DataFrame) -> tuple[Codes, Codes]:
    """
    Find the positions of pairs of neighbours that are both among the units.

    There may be none; `LookupError` where no unit is named in the pairs that there are.
    """
    absent = [name for name in ("code", "neighbour") if name not in neighbours.columns]
    if absent:
        msg = f"neighbours has no {absent}; it has {list(neighbours.columns)}."
        raise LookupError(msg)
    left, right = (units.get_indexer(pd.Index(neighbours[name])) for name in ("code", "neighbour"))
    here = (left >= 0) & (right >= 0) & (left != right)
    if len(neighbours) and (left < 0).all():
        msg = (
            f"No pair of neighbours is in the frame: it names its units {units[0]!r}, "
            f"neighbours {neighbours['code'].iloc[0]!r}."
        )
        raise LookupError(msg)
    return left[here], right[here]


def _require_pairs(left: Codes, units: pd.Index) -> None:
    if not len(left):
        msg = f"No pair of neighbours is in the frame: none of its {len(units)} units has one."
        raise LookupError(msg)


def moran_test(
    used: Columns, fit: Fit, left: Codes, right: Codes, *, draws: int = 999, seed: int = SEED
) -> Moran:
    """Test the residuals of a fit against noise that went through it."""
    observed, noise = moran_of(fit, left, right, draws=draws, seed=seed)
    alone = used.rows[~np.isin(np.arange(len(used.rows)), left)]
    reached = int(np.sum(noise >= observed * (1 - 1e-12)))
    return Moran(
        observed,
        float(noise.mean()),
        (1 + reached) / (1 + draws),
        draws,
        len(used.rows),
        tuple(map(str, alone)),
    )


def morans_i(values: pd.Series, *, neighbours: pd.DataFrame) -> float:
    """
    Compute plain Moran's I of values, each unit's neighbours weighing 1 together.

    For residuals of a fit use `moran`: what the fit took out of them moves what is expected.

    Parameters
    ----------
    values
        One number per unit, which the index names.
    neighbours
        Columns `code` and `neighbour`, each pair in both directions.

    Returns
    -------
    statistic
        Expected near -1 / (units - 1) if values are dealt out at random.

    Raises
    ------
    LookupError
        If `neighbours` lacks a column, or no pair is among the values.
    ValueError
        If a value is no finite number, or all are equal.
    """
    x = numbers(values)
    if not np.isfinite(x).all() or np.ptp(x) == 0:
        msg = "Moran's I needs finite numbers that are not all equal."
        raise ValueError(msg)
    left, right = pairs_of(values.index, neighbours)
    _require_pairs(left, values.index)
    weights = 1 / np.bincount(left, minlength=len(x))[left]
    x = x - x.mean()
    return float(len(x) / weights.sum() * np.sum(weights * x[left] * x[right]) / np.sum(x**2))


def moran_of(fit: Fit, left: Codes, right: Codes, *, draws: int, seed: int) -> tuple[float, Vector]:
    """Compute I of the Pearson residuals of a fit, and of noise that went through the fit."""
    from scipy import sparse

    rows = len(fit.response)
    weights = 1 / np.bincount(left, minlength=rows)[left]
    W = sparse.csr_array((weights, (left, right)), shape=(rows, rows))
    parts = standardised(fit)
    noise = np.random.default_rng(seed).standard_normal((draws, rows))
    noise -= (noise @ parts.Q) @ parts.Q.T
    if parts.own is not None:
        # One column for each cluster, as a sparse matrix: what the fixed effects took.
        effects = sparse.csr_array((parts.own, (np.arange(rows), fit.clusters)))
        noise -= (effects @ (effects.T @ noise.T)).T
    both = np.vstack([parts.residuals, noise])
    both -= both.mean(axis=1, keepdims=True)
    lagged = (W @ both.T).T
    found = rows / weights.sum() * np.sum(both * lagged, axis=1) / np.sum(both**2, axis=1)
    return float(found[0]), found[1:]


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
        found += [_reml(turned, share + (1 - share) * covered) for share in OWN]
    minus_twice, b, error = np.array(found).T
    weight = np.exp(-(minus_twice - minus_twice.min()) / 2)
    weight /= weight.sum()
    mean = float(weight @ b)
    variance = float(weight @ (error**2 + (b - mean) ** 2))
    return Spatial(mean, np.sqrt(variance), n - both.shape[1] + 1)


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

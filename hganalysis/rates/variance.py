"""Say how uncertain figures of places are, from how their parts vary, neighbours alike or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from .. import places

Array: TypeAlias = npt.NDArray[np.float64]
Labels: TypeAlias = npt.NDArray[np.object_]

# The second of the two covariances that are weighed: four fifths of the variance are shared with
# those near, and fade as exp(-distance / range); the range is 3.6 times the median distance to the
# nearest commune of one district (12 km in Hau Giang). Two that are far from each other reach a
# coverage that the best of a fine grid does not, for 75 communes tell little of part and range.
SHARED, RANGE = 0.8, 3.6
# How likely it is before data are seen that those near are no more alike than others.
INDEPENDENT = 0.55
# A home's own variance counts with its own df, that of all homes together with so many.
PRIOR_DF = 8
# Of more units, likeness is measured within homes only, and not at all in a home of more.
MOST = 750


def positions(lon: Array, lat: Array) -> Array:
    """Place communes in km, a row each; NaN where neither coordinates nor outlines tell."""
    middle = lat[~np.isnan(lat)].mean() if not np.isnan(lat).all() else 0.0
    return np.column_stack([lon * 111.32 * np.cos(np.radians(middle)), lat * 110.57])


def neighbours_known() -> bool:
    """Say whether it is known where every commune lies: else those near count as any other."""
    return bool(places.centres().notna().all(axis=None))


@dataclass(frozen=True)
class Units:
    """What varies: one number a unit in each, in one order."""

    place: Labels
    """Whose mean it is a part of."""
    home: Labels
    """Around whose level it varies."""
    weight: Array
    """Its part of the mean; those of a place add up to 1."""
    level: Array
    """The share of its home, at least half one from 0 and 1."""
    residual: Array
    """How far it is from its home; NaN where that is not known."""
    sampling: Array
    """The variance of that by chance of persons alone."""
    chance: Array
    """The same at the level of its place, which may be another."""
    where: Array
    """Where it is, in km, a row each; NaN where that is not known."""


def variances(units: Units) -> pd.DataFrame:
    """
    Compute the variance of weighted means of units, however alike neighbours are.

    A unit varies by chance of persons, and beyond it as much as any other of like standing
    (Paule-Mandel). Two covariances of that are weighed by their restricted likelihood: units
    independent of each other, or neighbours mostly alike; a home's own scale is drawn towards
    that of all homes. What all units of a home share cannot be told from its level, and is not in
    the variance. Units without a position count as independent.

    Returns
    -------
    found
        Index `place`. `variance` and `df` of its mean; `pooled` and `df_pooled`, the same with
        the scale of all homes together. NaN where no home has two units that are known.

    References
    ----------
    Paule, R. C., Mandel, J. (1982). J. Res. Natl. Bur. Stand. 87 (5), 377-385.
    Patterson, H. D., Thompson, R. (1971). Biometrika 58 (3), 545-554 (restricted likelihood).
    Smyth, G. K. (2004). Stat. Appl. Genet. Mol. Biol. 3 (1), 3 (variances drawn together).
    """
    home, homes = pd.factorize(units.home)
    place, found = pd.factorize(units.place)
    index = pd.Index(found, name="place")
    known = ~np.isnan(units.residual)
    own = np.maximum(np.bincount(home, known, len(homes)) - 1, 0)
    df = int(own.sum())
    if df < 1:
        return pd.DataFrame(np.nan, index, ["variance", "df", "pooled", "df_pooled"])
    extra = beyond(units.residual[known], units.sampling[known], home[known], df)
    size = np.sqrt(extra + units.sampling)
    white, reach = units.residual / size, units.weight * np.sqrt(extra + units.chance)

    rooms = np.split(np.argsort(home, kind="stable"), np.cumsum(np.bincount(home))[:-1])
    told = [rows[known[rows]] for rows in rooms]
    ranges = (0.0, RANGE * nearest(units.where, rooms))
    fits = [
        [restricted(white[i], 1 / size[i, None], alike(units.where[i], km)) for i in told]
        for km in ranges
    ]
    squares = np.array([[fit[0] for fit in row] for row in fits])
    whole = squares.sum(axis=1) / df
    likely = np.array([1.0, 0.0])
    if whole.all():
        every = np.flatnonzero(known)
        if len(every) <= MOST:
            levels = (home[every, None] == np.unique(home[every])) / size[every, None]
            fits = [
                [restricted(white[every], levels, alike(units.where[every], km))] for km in ranges
            ]
        likely = plausible(np.array([deviance(row, df) for row in fits]))
    scale = (PRIOR_DF * whole[:, None] + squares) / (PRIOR_DF + own)

    variance, pooled = np.zeros((2, len(index)))
    least_df = np.full(len(index), df)
    for one, rows in enumerate(rooms):
        used, to = np.unique(place[rows], return_inverse=True)
        for model, km in enumerate(ranges):
            spread = likely[model] * squared(reach[rows], to, alike(units.where[rows], km))
            variance[used] += scale[model, one] * spread
            pooled[used] += whole[model] * spread
        least_df[used] = np.minimum(least_df[used], PRIOR_DF + own[one])
    # Less than chance of persons makes is luck, not knowledge.
    least = np.bincount(place, units.weight**2 * units.chance, len(index))
    return pd.DataFrame(
        {
            "variance": np.maximum(variance, least),
            "df": least_df,
            "pooled": np.maximum(pooled, least),
            "df_pooled": df,
        },
        index,
    )


def beyond(residual: Array, sampling: Array, home: npt.NDArray[np.intp], df: int) -> float:
    """Find what units vary by beyond chance of persons, one variance for all (Paule-Mandel)."""

    def left(extra: float) -> float:
        weight = 1 / (extra + sampling)
        sums = np.bincount(home, weight)
        middle = np.bincount(home, weight * residual) / np.where(sums > 0, sums, 1)
        return float((weight * (residual - middle[home]) ** 2).sum() - df)

    if left(0.0) <= 0:
        return 0.0
    low, high = 0.0, float((residual**2).sum())  # there the squares add up to less than 1
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if left(middle) > 0 else (low, middle)
    return high


def nearest(at: Array, rooms: list[npt.NDArray[np.intp]]) -> float:
    """Give the median distance of units to the nearest of their home, in km; 0 if there is none."""
    found = []
    for rows in rooms:
        if 1 < len(rows) <= MOST:
            far = np.hypot(*(at[rows, None] - at[rows]).T) + np.diag(np.full(len(rows), np.inf))
            found.append(far.min(axis=1))
    distances = np.concatenate(found) if found else np.empty(0)
    distances = distances[np.isfinite(distances)]
    return float(np.median(distances)) if len(distances) else 0.0


def alike(at: Array, km: float, *, shared: float = SHARED) -> Array | None:
    """Correlate units by how near they are; with 0 km, or of too many, they are independent."""
    if km == 0 or len(at) > MOST:
        return None
    same = np.eye(len(at))
    near = np.exp(-np.hypot(*(at[:, None] - at).T) / km)
    return (1 - shared) * same + shared * np.where(same, 1.0, np.nan_to_num(near))


def squared(reach: Array, to: npt.NDArray[np.intp], near: Array | None) -> Array:
    """Compute the variance of the sums of units that go `to` each place."""
    if near is None:
        alone: Array = np.bincount(to, reach**2).astype(float)
        return alone
    parts = np.zeros((to.max() + 1, len(to)))
    parts[to, np.arange(len(to))] = reach
    found: Array = ((parts @ near) * parts).sum(axis=1)
    return found


def restricted(white: Array, levels: Array, near: Array | None) -> tuple[float, float]:
    """Take levels out of residuals: their whitened square, and the log of the determinants."""
    if not len(white):
        return 0.0, 0.0
    both, logs = np.column_stack([white, levels]), 0.0
    if near is not None:
        root = np.linalg.cholesky(near)
        both, logs = np.linalg.solve(root, both), float(np.log(np.diag(root)).sum())
    basis, corner = np.linalg.qr(both[:, 1:])
    free = both[:, 0] - basis @ (basis.T @ both[:, 0])
    logs += float(np.log(np.abs(np.diag(corner))).sum())
    return float(free @ free), 2 * logs


def deviance(fits: list[tuple[float, float]], df: int) -> float:
    """Give minus twice the restricted log likelihood, but for what is the same in every model."""
    squares, logs = np.array(fits).sum(axis=0)
    return float(logs + df * np.log(squares))


def plausible(deviances: Array) -> Array:
    """Weigh both covariances by how likely they are, before and after data are seen."""
    logs = np.log([INDEPENDENT, 1 - INDEPENDENT]) - deviances / 2
    odds = np.exp(logs - logs.max())
    found: Array = odds / odds.sum()
    return found

"""Lay places out as equal squares, each near where it lies: a map that needs no outlines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd

MOST = 2_000
"""Places: squares of more could not be told apart, and take a matrix of n times n to lay out."""
GAP = 0.04
"""Of the side of a square, left free between two."""


def tiles(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Give each place a square of its own, as near as can be to where it lies.

    The squares are cells of one grid, with as much room for each as the places have together. The
    sum of the squared distances between places and their cells is the least there is, so that
    neighbours mostly stay neighbours, whatever the order of the rows.

    Parameters
    ----------
    points
        Points in metres, one a place.

    Returns
    -------
    tiles
        The same frame with squares in place of the points, and `tile` (true).

    Raises
    ------
    ValueError
        If there are more than 2,000 places, two at one point, or a place without a point.

    References
    ----------
    Meulemans, W., Dykes, J., Slingsby, A., Turkay, C., Wood, J. (2017). "Small Multiples with
    Gaps." IEEE Transactions on Visualization and Computer Graphics 23 (1), 381-390.
    """
    import shapely
    from scipy.optimize import linear_sum_assignment

    at = shapely.get_coordinates(shapely.centroid(points.geometry.to_numpy()))
    _require(points, at)
    side = _side(at)
    low, high = at.min(axis=0), at.max(axis=0)
    # One cell more at each side; a grid of fewer cells than places grows until there are enough.
    shape = np.ceil((high - low) / side).astype(int) + 2
    while shape.prod() < len(at):
        shape += 1
    start = (low + high - shape * side) / 2
    across, up = (np.arange(number) + 0.5 for number in shape)
    cells = start + side * np.stack(np.meshgrid(across, up, indexing="ij"), axis=-1).reshape(-1, 2)
    apart = ((at[:, None] - cells[None]) ** 2).sum(axis=2)
    rows, taken = linear_sum_assignment(apart)
    middle = cells[taken[np.argsort(rows)]]
    half = side * (1 - GAP) / 2
    squares = shapely.box(*(middle - half).T, *(middle + half).T)
    return points.set_geometry(list(squares), crs=points.crs).assign(tile=True)


def _side(at: np.ndarray) -> float:
    """Choose the side of a square: a grid of places keeps that of its cells."""
    import shapely

    others = len(at) - 1
    if not others:
        return 1000.0
    hull = shapely.convex_hull(shapely.multipoints(at))
    # Around the hull lies half a square: (others + 1) side^2 = area + half the way around x side
    # + side^2. Of places in a line the way around is there and back.
    half = hull.length / 2 if hull.area else hull.length
    return float(half + math.sqrt(half**2 + 4 * others * hull.area)) / (2 * others)


def _require(points: gpd.GeoDataFrame, at: np.ndarray) -> None:
    gone = points.geometry.isna() | points.geometry.is_empty
    if gone.any():
        msg = f"{gone.sum()} places have no point: {', '.join(map(str, points.index[gone]))}."
        raise ValueError(msg)
    if len(points) > MOST:
        msg = f"{len(points)} places are too many for squares (at most {MOST}): draw a part."
        raise ValueError(msg)
    _, first, many = np.unique(at.round(3), axis=0, return_inverse=True, return_counts=True)
    twice = points.index[many[first.ravel()] > 1]
    if len(twice):
        msg = f"{len(twice)} places lie where another does: {', '.join(map(str, twice))}."
        raise ValueError(msg)

"""The shapes in which places of a level are drawn, in metres."""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from .. import places, study

if TYPE_CHECKING:
    from ..places import Level

# The radius of the largest place's circle, as a part of the usual way to the nearest neighbour, and
# that of the smallest as a part of it.
CIRCLE, LEAST = 0.7, 0.5

# Of the side of a square, left free between two.
GAP = 0.06


def shapes_of(level: Level) -> tuple[gpd.GeoDataFrame, gpd.GeoSeries | None, str]:
    """
    Find the shapes of a level, what lies below them, and what they are.

    Returns
    -------
    shapes, ground, how
        `how` is `"outlines"` (generalised) or `"given_outlines"`, `"squares"` (of districts),
        `"part_squares"` (of their parts, each near where it lies), `"circles"`, or `"divided"`
        (squares within that of their district, where nobody knows where they lie): the key of the
        text that says so.

    Raises
    ------
    NotGivenError
        If nobody knows where the districts lie.
    """
    if level == "district" or len(places.levels()) < 2:
        return places.areas("district"), None, drawn_as()
    if places.has_areas(level):
        return places.areas(level), None, drawn_as()
    if not places.placed():
        return _divided(), None, "divided"
    drawn = places.footprints()
    if (drawn.geom_type == "Point").all():
        return _circles(drawn), places.areas("district").geometry, "circles"
    return drawn, None, "part_squares"


def drawn_as() -> str:
    """Say what districts are drawn as: the key of its text."""
    if places.as_tiles():
        return "squares"
    general = study.current().says("outlines", "generalised")
    return "outlines" if general else "given_outlines"


def _circles(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw points as circles, with areas in proportion to their residents."""
    near = points.sindex.nearest(points.geometry, exclusive=True, return_distance=True)[1]
    size = (points["population"] / points["population"].max()) ** 0.5
    radius = CIRCLE * np.median(near) * size.fillna(LEAST).clip(lower=LEAST)
    return points.set_geometry(points.buffer(radius))


def _divided() -> gpd.GeoDataFrame:
    """Divide the box of each district into a square for each of its parts, in their order."""
    parts, areas = places.communes(), places.areas("district")
    found = {}
    for home, codes in parts.groupby("district_code").groups.items():
        west, south, east, north = areas.geometry[home].bounds
        many = ceil(sqrt(len(codes)))
        side = min(east - west, north - south) / many
        for at, code in enumerate(codes):
            x, y = west + at % many * side, north - at // many * side
            found[code] = shapely.box(x, y - side, x + side, y).buffer(
                -GAP * side / 2, join_style=2
            )
    shapes = gpd.GeoSeries(found, crs=areas.crs).reindex(parts.index)
    return gpd.GeoDataFrame(parts, geometry=shapes, crs=areas.crs)

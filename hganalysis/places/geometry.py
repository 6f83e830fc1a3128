"""Mend shapes where that changes nothing, and find where they leave gaps or overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import limits

if TYPE_CHECKING:
    import geopandas as gpd

# One hectare: what is smaller is not seen on a map of a province.
LEAST = 10_000.0


def areal(shapes: gpd.GeoSeries) -> tuple[gpd.GeoSeries, pd.Series]:
    """
    Keep of each shape what has area, in two dimensions and valid.

    Parameters
    ----------
    shapes
        Any shapes: empty, invalid, with heights, of mixed kinds.

    Returns
    -------
    areas
        Valid polygons and multi-polygons; none where nothing with area is left.
    faults
        `"empty"`, `"no area"` (points and lines), `"mended"` (invalid before), `"tangled"` (crosses
        itself too often to be mended) or `""`, by shape.
    """
    import geopandas as gpd
    import shapely

    flat = shapely.force_2d(shapes.to_numpy())
    faults = pd.Series("", index=shapes.index, dtype="object")
    gone = shapely.is_missing(flat) | shapely.is_empty(flat)
    finite = np.array(
        [g is not None and bool(np.isfinite(shapely.get_coordinates(g)).all()) for g in flat]
    )
    faults[gone] = "empty"
    faults[~gone & ~finite] = "no area"
    usable = ~gone & finite
    # Whether a tangle of a million points is valid takes half a minute: its first segments tell.
    long = usable & (shapely.get_num_coordinates(flat) > _LONG)
    tangled = np.array(
        [at and _is_tangled(one, _FIRST) for one, at in zip(flat, long, strict=True)]
    )
    bad = usable & ~tangled
    bad[bad] = ~shapely.is_valid(flat[bad])
    tangled |= np.array([at and _is_tangled(one) for one, at in zip(flat, bad, strict=True)])
    usable, bad = usable & ~tangled, bad & ~tangled
    faults[bad] = "mended"
    faults[tangled] = "tangled"
    mended = np.array(flat, dtype=object)
    mended[bad] = shapely.make_valid(flat[bad])
    kept = np.array(
        [_polygons(one) if use else None for one, use in zip(mended, usable, strict=True)]
    )
    lost = usable & np.array([one is None for one in kept])
    faults[lost] = "no area"
    return gpd.GeoSeries(kept, index=shapes.index, crs=shapes.crs), faults


# Segments looked at in one go, at most: each may cross all others.
_AT_ONCE = 32
# Points from which an outline is long, and how many of its segments are looked at first.
_LONG, _FIRST = 100_000, 1_000


def _is_tangled(shape: Any, among: int | None = None) -> bool:  # noqa: ANN401 - no types there
    """Say whether a shape (its first segments) crosses itself too often to be mended."""
    import shapely

    points, ring = shapely.get_coordinates(shapely.get_rings(shape), return_index=True)
    ends = np.stack([points[:-1], points[1:]], axis=1)[ring[:-1] == ring[1:]]
    segments = shapely.linestrings(ends)
    tree = shapely.STRtree(segments)
    start, step, found = 0, 1, 0
    while start < min(among or len(segments), len(segments)):
        found += tree.query(segments[start : start + step], predicate="crosses").shape[1]
        if found > 2 * limits.MOST_CROSSINGS:  # each is met from both sides
            return True
        start, step = start + step, min(2 * step, _AT_ONCE)
    return False


def _polygons(shape: Any) -> Any:  # noqa: ANN401 - shapely ships no types
    import shapely

    parts = [
        part
        for part in shapely.get_parts(shapely.get_parts(shape))
        if part.geom_type == "Polygon" and part.area > 0
    ]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def overlaps(areas: gpd.GeoSeries) -> pd.DataFrame:
    """
    Pair the areas that cover a hectare or more twice: columns `one`, `other`, `m2`.

    Parameters
    ----------
    areas
        Valid areas, in metres.
    """
    import shapely

    shapes = areas.to_numpy()
    left, right = areas.sindex.query(shapes, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    m2 = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    table = pd.DataFrame({"one": areas.index[left], "other": areas.index[right], "m2": m2})
    return table[table["m2"] >= LEAST].sort_values("m2", ascending=False, ignore_index=True)


def gaps(areas: gpd.GeoSeries) -> gpd.GeoSeries:
    """
    Find the holes of a hectare or more between areas, the largest first.

    Parameters
    ----------
    areas
        Valid areas, in metres.
    """
    import geopandas as gpd
    import shapely

    whole = shapely.get_parts(areas.union_all())
    holes = [shapely.Polygon(ring) for part in whole for ring in part.interiors]
    large = sorted((hole for hole in holes if hole.area >= LEAST), key=lambda hole: -hole.area)
    return gpd.GeoSeries(large, crs=areas.crs)

"""Lay roads, post offices or borders over a map: lines and points, and who drew them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from .. import figure, limits, words

if TYPE_CHECKING:
    from collections.abc import Sequence

# In this order; told from each other, from all classes and from the red of the banner.
COLOURS = ("#1f2328", "#a3217c", "#7a4a12", "#5b3fa0")

# Of the length of the coast: borders that are those of the map lie on it, not a millimetre beyond.
SLACK = 1e-4


def layer(shapes: gpd.GeoDataFrame | gpd.GeoSeries, *, name: str, source: str) -> figure.Layer:
    """
    Say what is laid over a map: `hg.map(..., layers=hg.layer(roads, name="Roads", source="..."))`.

    Polygons keep their outline only, so that no colour of a class changes; what lies beyond the
    outlines of the map is cut off.

    Parameters
    ----------
    shapes
        Lines, points or polygons in any projection, at most `limits.MOST_CORNERS` corners in all.
    name, source
        As it stands in the legend, and who drew it.

    Raises
    ------
    TypeError
        If it is no frame or series of shapes.
    ValueError
        If it has no name, source or projection, or shapes of several kinds, or none, or too many
        corners.
    """
    if not isinstance(shapes, gpd.GeoDataFrame | gpd.GeoSeries):
        msg = f"a layer is a {type(shapes).__name__}; expected a GeoDataFrame or a GeoSeries."
        raise TypeError(msg)
    for said, text, most in (
        ("name", name, limits.MOST_IN_LAYER_NAME),
        ("source", source, limits.MOST_IN_LAYER_SOURCE),
    ):
        if not (isinstance(text, str) and len(text.strip()) > 0 and len(text) <= most):
            msg = f"the {said} of a layer is {text!r:.80}; expected 1 to {most} letters."
            raise ValueError(msg)
    there = shapes.geometry.dropna()
    there = there[~there.is_empty]
    corners = int(shapely.get_num_coordinates(there.to_numpy()).sum())
    kinds = {str(one).removeprefix("Multi") for one in there.geom_type.unique()}
    faults = {
        "does not say its projection. Say it: shapes.set_crs('EPSG:4326')": there.crs is None,
        f"has shapes of none or several kinds ({', '.join(sorted(kinds))}); expected lines, points "
        "or polygons, a layer for each": len(kinds) != 1
        or not kinds <= {"Point", "LineString", "Polygon"},
        f"has {corners:,} corners; at most {limits.MOST_CORNERS:,} are drawn: simplify it, "
        "shapes.simplify(50)": corners > limits.MOST_CORNERS,
    }
    for fault, found in faults.items():
        if found:
            msg = f"the layer {name!r} {fault}."
            raise ValueError(msg)
    return figure.Layer(name, source, there, COLOURS[0])


def lay(
    places: gpd.GeoDataFrame, layers: figure.Layer | Sequence[figure.Layer]
) -> tuple[figure.Layer, ...]:
    """
    Bring layers to the projection of a map, and cut off what lies beyond its outlines.

    Raises
    ------
    ValueError
        If there are more than `limits.MOST_LAYERS`, two of one name, or one that has nothing there.
    """
    given = [layers] if isinstance(layers, figure.Layer) else list(layers)
    if len(given) > limits.MOST_LAYERS or len({one.name for one in given}) < len(given):
        msg = f"expected at most {limits.MOST_LAYERS} layers, each with a name of its own."
        raise ValueError(msg)
    land = places.union_all()
    land = land.buffer(SLACK * land.length)
    laid = []
    for one, colour in zip(given, COLOURS, strict=False):
        shapes = one.shapes.to_crs(places.crs)
        whole = shapes.boundary if "Polygon" in shapes.geom_type.iloc[0] else shapes
        if not np.isfinite(shapely.get_coordinates(whole.to_numpy())).all():
            msg = f"shapes of the layer {one.name!r} lie nowhere on Earth: is its projection right?"
            raise ValueError(msg)
        cut = whole.intersection(land)
        cut = cut[~cut.is_empty].explode(ignore_index=True)
        if cut.empty:
            msg = (
                f"the layer {one.name!r} lies outside the map. Is its projection the right one "
                f"({one.shapes.crs})?"
            )
            raise ValueError(msg)
        named = one.name
        if "Point" in cut.geom_type.iloc[0]:
            named = f"{named} ({words.number(len(cut))})"
        laid.append(figure.Layer(named, one.source, cut, colour))
    return tuple(laid)

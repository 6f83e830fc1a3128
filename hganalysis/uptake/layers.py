"""Lay roads, post offices or borders over a map: lines and points, and who drew them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd

from ..figure import Layer, Map

if TYPE_CHECKING:
    from collections.abc import Sequence

# In this order; told from each other, from all classes and from the red of the banner.
COLOURS = ("#1f2328", "#a3217c", "#7a4a12", "#5b3fa0")

# Of the length of the coast: borders that are those of the map lie on it, not a millimetre beyond.
SLACK = 1e-4


def layer(shapes: gpd.GeoDataFrame | gpd.GeoSeries, *, name: str, source: str) -> Layer:
    """
    Say what is laid over a map: `hg.map(..., layers=hg.layer(roads, name="Roads", source="..."))`.

    Polygons keep their outline only, so that no colour of a class changes; what lies beyond the
    outlines of the map is cut off.

    Parameters
    ----------
    shapes
        Lines, points or polygons in any projection.
    name, source
        As it stands in the legend, and who drew it.

    Raises
    ------
    TypeError
        If it is no frame or series of shapes.
    ValueError
        If it has no name, source or projection.
    """
    if not isinstance(shapes, gpd.GeoDataFrame | gpd.GeoSeries):
        msg = f"a layer is a {type(shapes).__name__}; expected a GeoDataFrame or a GeoSeries."
        raise TypeError(msg)
    if not name or not source or shapes.crs is None:
        msg = (
            "a layer says its name, its source and its projection: hg.layer(shapes.set_crs("
            "'EPSG:4326'), name='Roads', source='who drew them')."
        )
        raise ValueError(msg)
    return Layer(name, source, shapes.geometry, COLOURS[0])


def lay(panel: Map, layers: Sequence[Layer]) -> Map:
    """
    Bring layers to the projection of a map, and cut off what lies beyond its outlines.

    Raises
    ------
    ValueError
        If squares stand for the places, if there are too many, or one has nothing there.
    """
    if panel.tiled:
        msg = (
            "squares stand for the places of this map, so a layer would lie on the wrong ones. "
            "Give outlines to the study, or to the frame."
        )
        raise ValueError(msg)
    if len(layers) > len(COLOURS):
        msg = f"there are {len(layers)} layers; at most {len(COLOURS)} can be told apart."
        raise ValueError(msg)
    land = panel.places.union_all() if panel.ground is None else panel.ground.union_all()
    land, laid = land.buffer(SLACK * land.length), []
    for one, colour in zip(layers, COLOURS, strict=False):
        shapes = one.shapes.dropna().to_crs(panel.places.crs)
        areas = shapes.geom_type.str.contains("Polygon")
        cut = shapes.mask(areas, shapes.boundary).intersection(land)
        cut = cut[~cut.is_empty].explode(ignore_index=True)
        if cut.empty:
            msg = (
                f"the layer {one.name!r} lies outside the map. Is its projection the right one "
                f"({one.shapes.crs})?"
            )
            raise ValueError(msg)
        laid.append(replace(one, shapes=cut, colour=colour))
    return replace(panel, layers=tuple(laid))

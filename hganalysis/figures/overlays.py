"""Lay roads, post offices or borders over a map: lines and points, and who drew them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .. import limits, words

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely
    from numpy.typing import NDArray

    from .classify import Map

# In this order; told from each other, from all classes and from the red of the banner.
COLOURS = ("#1f2328", "#a3217c", "#7a4a12", "#5b3fa0")
# Of the length of the coast: borders that are those of the map lie on it, not a millimetre beyond.
SLACK = 1e-4


@dataclass(frozen=True)
class Layer:
    """
    What is laid over a map: lines, points or polygons, which keep their outline only, so that no
    colour of a class changes.

    What lies beyond the outlines of the map is cut off. Where points are, the legend says how many.
    """

    shapes: gpd.GeoDataFrame | gpd.GeoSeries
    """In any projection; one kind, at most `limits.MOST_CORNERS` corners in all."""
    name: str
    """As it stands in the legend."""
    source: str
    """Who drew it; it joins the sources of the figure."""


@dataclass(frozen=True)
class Overlay:
    """A layer as it lies on a map, in metres: lines, or points."""

    name: str
    source: str
    """Nobody, "", of an outline of the map itself."""
    colour: str
    shape: shapely.Geometry

    @property
    def points(self) -> bool:
        """Is it one of points?"""
        return "Point" in self.shape.geom_type

    @property
    def text(self) -> str:
        """Name it, and say how many points there are."""
        import shapely

        count = words.number(shapely.get_num_geometries(self.shape))
        return f"{self.name} ({count})" if self.points else self.name

    @property
    def parts(self) -> list[NDArray[np.float64]]:
        """Give the corners of each line, or each point."""
        import shapely

        return [shapely.get_coordinates(one) for one in shapely.get_parts(self.shape)]

    @property
    def line(self) -> str:
        """Write it down for the passport: its name, and how many points or metres there are."""
        import shapely

        amount = shapely.get_num_geometries(self.shape) if self.points else self.shape.length
        return f"{self.name}\t{self.source}\t{amount:.4g}"


def lay(panel: Map, layers: Layer | Sequence[Layer]) -> Map:
    """
    Lay layers over a map, cut off where its outlines end.

    Raises
    ------
    TypeError
        If one is no `Layer`.
    ValueError
        If a layer has no name or source, or too long ones, no projection, shapes of several kinds
        or that lie nowhere, or nothing on the map; if there are too many layers or corners; if
        squares stand for the places of the map, so that nothing would lie where it is.
    """
    given = [layers] if isinstance(layers, Layer) else list(layers)
    if not given:
        return panel
    if len(given) > limits.MOST_LAYERS:
        msg = f"a map has room for {limits.MOST_LAYERS} layers, not for {len(given)}."
        raise ValueError(msg)
    if "tile" in panel.outlines:
        msg = (
            "squares stand for the places of this map, so a layer would lie on the wrong ones. "
            "Give outlines to the study, or to the frame."
        )
        raise ValueError(msg)
    for one in given:
        _require_plain(one)
    names = [one.name for one in given]
    if len(set(names)) < len(names):
        msg = f"two layers have one name: {', '.join(map(repr, names))}. Name each differently."
        raise ValueError(msg)
    land = panel.outlines.union_all()
    land = land.buffer(SLACK * land.length)
    laid = [
        Overlay(one.name, one.source, colour, _cut(one, land, panel))
        for one, colour in zip(given, COLOURS, strict=False)
    ]
    return replace(panel, overlays=tuple(laid))


def _require_plain(layer: Layer) -> None:
    """Stop before anything is drawn of a layer that cannot be right."""
    import geopandas as gpd

    if not isinstance(layer, Layer) or not isinstance(
        layer.shapes, gpd.GeoDataFrame | gpd.GeoSeries
    ):
        kind = type(layer.shapes if isinstance(layer, Layer) else layer).__name__
        msg = (
            f"a layer is a {kind}; expected hg.maps.Layer(shapes, name='Roads', source='...'), "
            "with a GeoDataFrame or a GeoSeries of shapes."
        )
        raise TypeError(msg)
    for said, text, most in (
        ("name", layer.name, limits.MOST_IN_LAYER_NAME),
        ("source", layer.source, limits.MOST_IN_LAYER_SOURCE),
    ):
        if not (isinstance(text, str) and len(text.strip()) > 0 and len(text) <= most):
            msg = (
                f"the {said} of the layer {layer.name!r:.80} is {text!r:.80}; expected 1 to {most} "
                "letters: a legend names each layer, and a source says who drew it."
            )
            raise ValueError(msg)
    _require_shapes(layer)


def _require_shapes(layer: Layer) -> None:
    import shapely

    shapes = _present(layer)
    corners = int(shapely.get_num_coordinates(shapes.to_numpy()).sum())
    kinds = {
        str(one).removeprefix("Multi").replace("LinearRing", "LineString")
        for one in shapes.geom_type.unique()
    }
    faults = {
        "does not say its projection. Say it: shapes.set_crs('EPSG:4326')": shapes.crs is None,
        "has no shapes": shapes.empty,
        f"has shapes of several kinds or none that can be drawn ({', '.join(sorted(kinds))}); "
        "expected lines, points or polygons, a layer for each": len(kinds) > 1
        or not kinds <= {"Point", "LineString", "Polygon"},
        f"has {corners:,} corners; at most {limits.MOST_CORNERS:,} are drawn: simplify it, "
        "shapes.simplify(50)": corners > limits.MOST_CORNERS,
    }
    for fault, found in faults.items():
        if found:
            msg = f"the layer {layer.name!r} {fault}."
            raise ValueError(msg)


def _present(layer: Layer) -> gpd.GeoSeries:
    shapes = layer.shapes.geometry.dropna()
    return shapes[~shapes.is_empty]


def _cut(layer: Layer, land: shapely.Geometry, panel: Map) -> shapely.Geometry:
    """Bring a layer to the projection of the map, and cut off what lies beyond its outlines."""
    import shapely

    shapes = _present(layer).to_crs(panel.outlines.crs)
    whole = shapes.to_numpy()
    if not np.isfinite(shapely.get_coordinates(whole)).all():
        msg = (
            f"shapes of the layer {layer.name!r} lie nowhere on Earth, or too far from the map to "
            "be laid out with it."
        )
        raise ValueError(msg)
    if "Polygon" in shapes.geom_type.iloc[0]:
        whole = shapely.boundary(whole)
    points = "Point" in shapes.geom_type.iloc[0]
    shapely.prepare(land)
    parts = shapely.get_parts(whole)
    near = parts[shapely.intersects(land, parts)]
    if not points:
        inside = shapely.contains_properly(land, near)
        crossing = shapely.get_parts(shapely.intersection(near[~inside], land))
        lines = shapely.get_type_id(crossing) == shapely.GeometryType.LINESTRING
        near = np.concatenate([near[inside], crossing[lines]])
    if not len(near):
        east, north = (f"{one:,.0f}" for one in shapely.get_coordinates(parts).mean(axis=0))
        west = ", ".join(f"{one:,.0f}" for one in shapely.bounds(land))
        msg = (
            f"the layer {layer.name!r} lies outside the map: its middle is at {east}, {north} "
            f"metres, the map from {west}. Is its projection the right one ({layer.shapes.crs})?"
        )
        raise ValueError(msg)
    return shapely.multipoints(near) if points else shapely.multilinestrings(near)

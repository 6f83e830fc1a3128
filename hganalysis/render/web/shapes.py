"""Write the shapes of a map for Leaflet: where they lie, how they look, how they are named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from ...figures.colours import INK, QUIET, WHITE
from ...figures.states import UNRELIABLE, is_dark
from ...places import zones
from .. import labels, typeset
from . import swatches

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ...figures.classify import Map

# Four decimals of a degree are 11 m here; the outlines are generalised to about 250 m.
DECIMALS = 4
MERCATOR = "EPSG:3857"  # what Leaflet draws in


def features(panel: Map) -> dict[str, object]:
    """Write where the places lie as GeoJSON; small circles come last, so they lie on top."""
    table = panel.table
    if panel.radius is not None:
        table = table.loc[panel.radius.sort_values(ascending=False, kind="stable").index]
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": str(code), "properties": {}, "geometry": shape}
            for code, shape in zip(table.index, _geometries(table), strict=True)
        ],
    }


def styles(panel: Map) -> dict[str, dict[str, object]]:
    """Say how each place looks, by its code, in the words of Leaflet."""
    radius = panel.radius
    return {
        str(code): _style(row, None if radius is None else radius[code])
        for code, row in panel.table.iterrows()
    }


def outlines(ground: gpd.GeoDataFrame) -> dict[str, object]:
    """Write the outlines below circles as GeoJSON."""
    return {"type": "GeometryCollection", "geometries": _geometries(ground)}


def overlays(panel: Map) -> list[tuple[str, object]]:
    """Give the layers over the places: the colour and GeoJSON of each."""
    import geopandas as gpd

    each = [gpd.GeoDataFrame(geometry=[one.shape], crs=panel.table.crs) for one in panel.overlays]
    return [
        (one.colour, _geometries(shape)[0]) for one, shape in zip(panel.overlays, each, strict=True)
    ]


def between(panel: Map) -> gpd.GeoDataFrame:
    """Leave of the outlines below circles what no circle covers, so that a name finds room."""
    import shapely

    assert panel.ground is not None
    assert panel.radius is not None
    discs = shapely.union_all(panel.table.buffer(panel.radius).to_numpy())
    return panel.ground.set_geometry(panel.ground.geometry.difference(discs))


def names(drawn: Map) -> list[dict[str, object]]:
    """
    Say what is written on each place, and where: `at` (latitude and longitude), the `lines` of its
    name, its `value`, the colours of letters (`ink`) and of the ground (`halo`), and the number of
    its `shape` among those drawn.
    """
    import geopandas as gpd
    import shapely

    if drawn.labels == "none":
        return []
    # Of many the legend alone has the unit; what circles cover all of has no room for a name.
    named = drawn.bare() if len(drawn.table) > labels.FEW else drawn.table
    table = drawn.written(named[~named.geometry.is_empty])
    # The middle of the largest circle in a place.
    middles = shapely.get_point(shapely.maximum_inscribed_circle(table.geometry.to_numpy()), 0)
    where = _degrees(table.set_geometry(gpd.GeoSeries(middles, table.index, crs=table.crs)))
    return [
        {
            "at": [round(point.y, DECIMALS), round(point.x, DECIMALS)],
            # Two even lines: a web map gives a name as much room as a map beside another does.
            "lines": typeset.foldings(str(row["label"]), typeset.BODY, most=2)[-1].split("\n"),
            "value": row["text"],
            "ink": WHITE if is_dark(row["colour"]) else INK,
            "halo": row["colour"],
            "shape": drawn.table.index.get_loc(code),
        }
        for point, (code, row) in zip(where, table.iterrows(), strict=True)
    ]


def bounds(table: gpd.GeoDataFrame) -> list[list[float]]:
    """Give the corners of the map: south-west, north-east, each latitude and longitude."""
    west, south, east, north = _degrees(table).total_bounds
    return [
        [round(float(part), DECIMALS) for part in corner]
        for corner in ((south, west), (north, east))
    ]


def _degrees(table: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Bring shapes to degrees; squares, which lie nowhere, so that they are square on a web map."""
    if "tile" in table:
        return table.geometry.set_crs(MERCATOR, allow_override=True).to_crs("EPSG:4326")
    return zones.to_degrees(table.geometry)


def _geometries(table: gpd.GeoDataFrame) -> list[object]:
    import shapely

    degrees = _degrees(table).to_numpy()
    rounded = shapely.transform(degrees, lambda xy: np.round(xy, DECIMALS))
    return [json.loads(shape) for shape in shapely.to_geojson(rounded)]


def _style(row: pd.Series, radius: float | None) -> dict[str, object]:
    """Say how a shape looks, in the words of Leaflet; the radius of a circle is in metres."""
    edge = QUIET if row["colour"] == WHITE else WHITE
    style = {"fillColor": swatches.fill(row), "fillOpacity": 1, "color": edge, "weight": 1.5}
    if radius is None:
        return style
    if row["state"] == UNRELIABLE:  # a hatch would drown a small circle
        style |= {"fillColor": row["colour"], "color": INK, "dashArray": "3 3"}
    return style | {"fill": True, "radius": round(radius)}

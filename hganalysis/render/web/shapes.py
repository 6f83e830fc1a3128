"""Write the shapes of a map for Leaflet: where they lie, how they look, how they are named."""

from __future__ import annotations

import json
import math
from html import escape
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
DEGREE = 111_000  # metres of a degree of latitude
MERCATOR = "EPSG:3857"  # what Leaflet draws in
HEIGHT = 1.2  # of a line, in its own size, as page.html has it


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


def names(drawn: Map) -> list[tuple[float | str, ...]]:
    """
    Say what is written on each place, and where: latitude, longitude, HTML; how much room it
    needs (half of its diagonal, on a square of its longer side, in its own size) and has (around
    that point, in degrees of latitude); the number of the place among those drawn.
    """
    import geopandas as gpd
    import shapely

    if drawn.labels == "none":
        return []
    # What circles cover all of has no room for a name.
    squares = "tile" in drawn.outlines
    named = drawn.bare() if squares and len(drawn.table) > labels.FEW else drawn.table
    table = drawn.written(named[~named.geometry.is_empty])
    # From the middle of the largest circle in a place to its edge.
    spokes = shapely.maximum_inscribed_circle(table.geometry.to_numpy())
    middles, radii = shapely.get_point(spokes, 0), shapely.length(spokes)
    where = _degrees(table.set_geometry(gpd.GeoSeries(middles, table.index, crs=table.crs)))
    written: list[tuple[float | str, ...]] = []
    for point, radius, (code, row) in zip(where, radii, table.iterrows(), strict=True):
        # Two even lines: a web map gives a name as much room as a map beside another does.
        folded = typeset.foldings(str(row["label"]), typeset.BODY, most=2)
        name = "<br>".join(map(escape, folded[-1].split("\n")))
        ink = WHITE if is_dark(row["colour"]) else INK
        style = f"color:{ink};--halo:{row['colour']}"
        label = f"<i>{name}</i>" + (f"<b>{escape(row['text'])}</b>" if row["text"] else "")
        text = f'<span style="{style}">{label}</span>'
        at = round(point.y, DECIMALS), round(point.x, DECIMALS)
        wide = typeset.width(f"{folded[-1]}\n{row['text']}", 1.0, bold=True)
        high = HEIGHT * (2 + name.count("<br>"))
        needed = round((max(wide, high) if squares else math.hypot(wide, high)) / 2, 1)
        number = drawn.table.index.get_loc(code)
        written.append((*at, text, needed, round(radius / DEGREE, DECIMALS), number))
    return written


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

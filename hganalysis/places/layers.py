"""Open a file of outlines, whatever the format: one layer of it, bounded, with valid shapes."""

from __future__ import annotations

import re
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import limits

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely

_STARTS = {
    ".gpkg": b"SQLite format 3\0",
    ".shp": b"\0\0\x27\x0a",
    ".zip": b"PK",
    ".geojson": b"{",
    ".json": b"{",
}
"""The formats, and how a file of each begins."""


def read_layer(file: Path) -> gpd.GeoDataFrame:
    """
    Read the shapes of a file.

    Parameters
    ----------
    file
        A GeoPackage, a Shapefile (`.shp` beside its `.dbf` and `.shx`, or all in one `.zip`), or
        GeoJSON: with one layer of areas.

    Raises
    ------
    ValueError
        If the file is too large, of another format, has no shapes, or several layers.
    """
    if not file.is_file():
        msg = f"there is no file {file}."
        raise FileNotFoundError(msg)
    suffix = file.suffix.lower()
    if suffix not in _STARTS:
        msg = f"{file.name} is none of {', '.join(_STARTS)}. Save the outlines as one of these."
        raise ValueError(msg)
    _bound(file.stat().st_size, file.name, limits.MOST_OUTLINES)
    raw = file.read_bytes().removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    # A reader that goes by content would follow a file that only points to others.
    if not raw.startswith(_STARTS[suffix]):
        msg = f"{file.name} is no {suffix} file, whatever its name says."
        raise ValueError(msg)
    if _STARTS[suffix] == b"{":
        return _geojson(raw, file)
    shapes = _read(_inside(file) if suffix == ".zip" else str(file), file.name)
    # a GeoPackage may hold "undefined", which is a system of coordinates but names no place
    named = shapes.crs is not None and (shapes.crs.is_geographic or shapes.crs.is_projected)
    return shapes if named else shapes.set_crs(None, allow_override=True)


def _bound(size: int, name: str, most: int) -> None:
    if size > most:
        msg = (
            f"{name} has more than {most // 1_000_000} MB. Simplify the outlines first (to\n"
            "10 m, say), or keep what is studied alone."
        )
        raise ValueError(msg)


def _inside(file: Path) -> str:
    """Find the one Shapefile within an archive."""
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(part.file_size for part in archive.infolist())
            names = [Path(name) for name in archive.namelist()]
    except zipfile.BadZipFile as reason:
        msg = f"{file.name} is a broken zip file: {reason}."
        raise ValueError(msg) from reason
    _bound(size, file.name, limits.MOST_OUTLINES)
    inside = [one for one in names if one.suffix.lower() == ".shp" and one.name[0] != "."]
    if len(inside) != 1:
        msg = f"{file.name} holds {len(inside)} shapefiles. Leave one in it."
        raise ValueError(msg)
    return f"/vsizip/{{{file.resolve()}}}/{inside[0]}"


def _geojson(raw: bytes, file: Path) -> gpd.GeoDataFrame:
    starts = [0, *(found.start() for found in re.finditer(rb'"Feature"', raw)), len(raw)]
    largest = max(end - start for start, end in pairwise(starts))
    _bound(largest, f"a shape of {file.name}", limits.MOST_SHAPE)
    shapes = _read(str(file), file.name)
    # Without a "crs" it is WGS 84 (RFC 7946); metres are written without one all the same.
    named = re.search(rb'"crs"\s*:\s*\{', raw[:10_000] + raw[-10_000:]) is not None
    west, south, east, north = shapes.geometry.bounds.median()
    degrees = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    return shapes if named or degrees else shapes.set_crs(None, allow_override=True)


def _read(source: str, name: str) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pyogrio

    try:
        kinds = {str(layer): str(kind) for layer, kind in pyogrio.list_layers(source)}
        layers = [layer for layer, kind in kinds.items() if "Polygon" in kind] or [*kinds]
        first, most = (layers[0] if layers else None), limits.MOST_SHAPES + 1
        shapes = gpd.read_file(source, engine="pyogrio", max_features=most, layer=first)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as reason:
        msg = f"{name} cannot be read: {reason}"
        raise ValueError(msg) from reason
    msg = ""
    if len(layers) > 1:
        msg = f"{name} has {len(layers)} layers with areas: {', '.join(layers)}. Leave one in it."
    elif "geometry" not in shapes or not len(shapes):
        msg = f"{name} has no shapes."
    elif len(shapes) > limits.MOST_SHAPES:
        msg = f"{name} has more than {limits.MOST_SHAPES} shapes: these are no places."
    if msg:
        raise ValueError(msg)
    return shapes


# From how many points on an outline is long; and how many segments are looked at in one go, at
# most: each may cross all others.
_LONG, _AT_ONCE = 100_000, 32


def areal(shapes: gpd.GeoSeries) -> tuple[gpd.GeoSeries, np.ndarray]:
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
    mended
        Which of them were not valid before.

    Raises
    ------
    ValueError
        If a shape crosses itself so often that to mend it would take minutes.
    """
    import geopandas as gpd
    import shapely

    flat = shapely.force_2d(shapes.to_numpy())
    flat[[not np.isfinite(shapely.get_coordinates(one)).all() for one in flat]] = None
    # whether a tangle of a million points is valid takes half a minute: its crossings are counted
    long = shapely.get_num_coordinates(flat) > _LONG
    for at in np.flatnonzero(long):
        _refuse_tangle(flat[at], at + 1)
    mended = ~shapely.is_valid(flat) & ~shapely.is_missing(flat)
    for at in np.flatnonzero(mended & ~long):
        _refuse_tangle(flat[at], at + 1)
    flat[mended] = shapely.make_valid(flat[mended], method="structure", keep_collapsed=False)
    for at in np.flatnonzero(shapely.get_type_id(flat) == shapely.GeometryType.GEOMETRYCOLLECTION):
        flat[at] = shapely.union_all([one for one in shapely.get_parts(flat[at]) if one.area > 0])
    areal = shapely.area(flat) > 0
    flat[~areal] = None
    return gpd.GeoSeries(flat, index=shapes.index, crs=shapes.crs), mended & areal


def _refuse_tangle(shape: shapely.Geometry, at: object) -> None:
    """Refuse a shape whose segments cross others too often: to mend n takes n * n steps."""
    import shapely

    rings = shapely.get_rings(shapely.get_parts(shape))
    # the longest first: there a tangle shows soonest
    rings = rings[np.argsort(-shapely.get_num_coordinates(rings))]
    points, ring = shapely.get_coordinates(rings, return_index=True)
    ends = np.stack([points[:-1], points[1:]], axis=1)
    segments = shapely.linestrings(ends[ring[:-1] == ring[1:]])
    tree, found = shapely.STRtree(segments), 0
    for some in np.split(segments, [1, *range(_AT_ONCE, len(segments), _AT_ONCE)]):
        found += tree.query(some, predicate="crosses").shape[1]
        if found > 2 * limits.MOST_CROSSINGS:  # each is met from both sides
            msg = (
                f"shape {at} crosses itself more than {limits.MOST_CROSSINGS} times: it is no\n"
                "outline. Mend it in a program for maps, or leave it out."
            )
            raise ValueError(msg)

"""Open a file of outlines of any format: one layer, of limited size, with valid shapes."""

from __future__ import annotations

import re
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import limits, words

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely

_FIRST_BYTES = {
    ".gpkg": b"SQLite format 3\0",
    ".shp": b"\0\0\x27\x0a",
    ".zip": b"PK",
    ".geojson": b"{",
    ".json": b"{",
}
"""The formats, and how a file of each begins."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Bytes at each end of a GeoJSON file in which it may name its projection.
_SEARCHED_BYTES = 10_000

# An outline with so many points is long. So many segments are compared at once, at most: each may
# cross all others.
_LONG, _BATCH = 100_000, 32


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
        msg = words.term("places_errors.no_file", file=file)
        raise FileNotFoundError(msg)
    suffix = file.suffix.lower()
    if suffix not in _FIRST_BYTES:
        formats = ", ".join(_FIRST_BYTES)
        msg = words.term("places_errors.format", file=file.name, formats=formats)
        raise ValueError(msg)
    _require_size(file.stat().st_size, file.name, limits.MOST_OUTLINES)
    content = file.read_bytes().removeprefix(_BYTE_ORDER_MARK).lstrip(b" \t\r\n")
    # a reader that goes by content would follow a file that only points to others
    if not content.startswith(_FIRST_BYTES[suffix]):
        msg = words.term("places_errors.other_format", file=file.name, suffix=suffix)
        raise ValueError(msg)
    if _FIRST_BYTES[suffix] == b"{":
        return _read_geojson(content, file)
    source = _find_shapefile(file) if suffix == ".zip" else str(file)
    shapes = _read(source, file.name)
    # the "undefined" system of a GeoPackage is neither of degrees nor of metres
    if shapes.crs is None or not (shapes.crs.is_geographic or shapes.crs.is_projected):
        return shapes.set_crs(None, allow_override=True)
    return shapes


def _require_size(size: int, name: str, max_size: int) -> None:
    if size > max_size:
        msg = words.term("places_errors.too_large", file=name, size=max_size // 1_000_000)
        raise ValueError(msg)


def _find_shapefile(file: Path) -> str:
    """Find the one Shapefile within an archive."""
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(part.file_size for part in archive.infolist())
            names = [Path(name) for name in archive.namelist()]
    except zipfile.BadZipFile as reason:
        msg = words.term("places_errors.zip", file=file.name, reason=reason)
        raise ValueError(msg) from reason
    _require_size(size, file.name, limits.MOST_OUTLINES)
    shapefiles = [name for name in names if name.suffix.lower() == ".shp" and name.name[0] != "."]
    if len(shapefiles) != 1:
        msg = words.term("places_errors.shapefiles", file=file.name, number=len(shapefiles))
        raise ValueError(msg)
    return f"/vsizip/{{{file.resolve()}}}/{shapefiles[0]}"


def _read_geojson(content: bytes, file: Path) -> gpd.GeoDataFrame:
    features = [match.start() for match in re.finditer(rb'"Feature"', content)]
    sizes = [end - start for start, end in pairwise([0, *features, len(content)])]
    _require_size(max(sizes), f"a shape of {file.name}", limits.MOST_SHAPE)
    shapes = _read(str(file), file.name)
    # a file without a "crs" is in WGS 84 (RFC 7946), but many in metres have none either
    both_ends = content[:_SEARCHED_BYTES] + content[-_SEARCHED_BYTES:]
    if re.search(rb'"crs"\s*:\s*\{', both_ends):
        return shapes
    west, south, east, north = shapes.geometry.bounds.median()
    if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
        return shapes
    return shapes.set_crs(None, allow_override=True)


def _read(source: str, name: str) -> gpd.GeoDataFrame:
    """Read the one layer with areas."""
    import geopandas as gpd
    import pyogrio

    max_shapes = limits.MOST_SHAPES
    try:
        kinds = {str(layer): str(kind) for layer, kind in pyogrio.list_layers(source)}
        layers = [layer for layer, kind in kinds.items() if "Polygon" in kind] or list(kinds)
        layer = layers[0] if layers else None
        shapes = gpd.read_file(source, engine="pyogrio", max_features=max_shapes + 1, layer=layer)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as reason:
        msg = words.term("places_errors.unreadable", file=name)
        raise ValueError(msg) from reason
    if len(layers) > 1:
        listed = ", ".join(layers)
        msg = words.term("places_errors.layers", file=name, layers=listed)
        raise ValueError(msg)
    if "geometry" not in shapes or not len(shapes):
        msg = words.term("places_errors.no_shapes", file=name)
        raise ValueError(msg)
    if len(shapes) > max_shapes:
        msg = words.term("places_errors.many_shapes", file=name, most=max_shapes)
        raise ValueError(msg)
    return shapes


def areal(shapes: gpd.GeoSeries) -> tuple[gpd.GeoSeries, np.ndarray]:
    """
    Keep the parts of each shape that have area, in two dimensions and valid.

    Parameters
    ----------
    shapes
        Any shapes: empty, invalid, with heights, of mixed kinds.

    Returns
    -------
    areas
        Valid polygons and multi-polygons; missing if no part has area.
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
    is_infinite = [not np.isfinite(shapely.get_coordinates(shape)).all() for shape in flat]
    flat[is_infinite] = None
    for row, shape in enumerate(flat, start=1):
        # to test a tangle of a million points takes half a minute: its crossings are counted first
        if shapely.get_num_coordinates(shape) > _LONG or not shapely.is_valid(shape):
            _refuse_tangle(shape, row)
    is_invalid = ~shapely.is_valid(flat) & ~shapely.is_missing(flat)
    flat[is_invalid] = shapely.make_valid(
        flat[is_invalid], method="structure", keep_collapsed=False
    )
    # of points, lines and areas together, the areas
    is_mixed = shapely.get_type_id(flat) == shapely.GeometryType.GEOMETRYCOLLECTION
    for number in np.flatnonzero(is_mixed):
        parts = shapely.get_parts(flat[number])
        flat[number] = shapely.union_all([part for part in parts if part.area > 0])
    has_area = shapely.area(flat) > 0
    flat[~has_area] = None
    return gpd.GeoSeries(flat, index=shapes.index, crs=shapes.crs), is_invalid & has_area


def _refuse_tangle(shape: shapely.Geometry, number: int) -> None:
    """Refuse a shape whose segments cross too often: to mend n of them takes n * n steps."""
    import shapely

    rings = shapely.get_rings(shapely.get_parts(shape))
    # the longest ring first: there a tangle shows soonest, often at its first segment
    rings = rings[np.argsort(-shapely.get_num_coordinates(rings))]
    points, ring = shapely.get_coordinates(rings, return_index=True)
    ends = np.stack([points[:-1], points[1:]], axis=1)
    segments = shapely.linestrings(ends[ring[:-1] == ring[1:]])
    tree, n_crossings = shapely.STRtree(segments), 0
    for batch in np.split(segments, [1, *range(_BATCH, len(segments), _BATCH)]):
        n_crossings += tree.query(batch, predicate="crosses").shape[1]
        if n_crossings > 2 * limits.MOST_CROSSINGS:  # each is found from both of its segments
            msg = words.term("places_errors.tangle", number=number, most=limits.MOST_CROSSINGS)
            raise ValueError(msg)

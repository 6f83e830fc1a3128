"""Open a file of outlines: one layer of it, whatever the format, bounded and never by content."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from .. import limits

if TYPE_CHECKING:
    import geopandas as gpd

_FORMATS = (".gpkg", ".shp", ".zip", ".geojson", ".json")


@dataclass(frozen=True)
class Layer:
    """Shapes as they stand in a file."""

    shapes: gpd.GeoDataFrame
    named: bool
    """Whether it is known by the file which projection it is in."""
    standard: bool = False
    """Whether the standard of its kind says so, WGS 84, and not the file itself."""


def read_layer(file: Path, layer: str | None = None) -> Layer:
    """
    Read the shapes of a file.

    Parameters
    ----------
    file
        A GeoPackage, a Shapefile (`.shp` beside its `.dbf` and `.shx`, or all in one `.zip`), or
        GeoJSON.
    layer
        The name of the layer, where a GeoPackage or a zip has several with areas.

    Raises
    ------
    ValueError
        If the file is too large, of another format, has no shapes, or several layers.
    """
    if not file.is_file():
        msg = f"there is no file {file}."
        raise FileNotFoundError(msg)
    suffix = file.suffix.lower()
    if suffix not in _FORMATS:
        msg = f"{file.name} is none of {', '.join(_FORMATS)}. Save the outlines as one of these."
        raise ValueError(msg)
    _bound(file.stat().st_size, file.name)
    # A reader that goes by content would follow a file that only points to others.
    head = file.read_bytes()[:16] if suffix != ".zip" else b""
    starts = {".gpkg": b"SQLite format 3\0", ".shp": b"\0\0\x27\x0a"}
    if suffix in starts and not head.startswith(starts[suffix]):
        msg = f"{file.name} is no {suffix} file, whatever its name says."
        raise ValueError(msg)
    if suffix == ".zip":
        return _zipped(file, layer)
    if suffix in (".geojson", ".json"):
        return _geojson(file.read_bytes(), file.name)
    if suffix == ".gpkg":
        return _one(str(file), _layer_of(file, layer), file.name)
    return _one(str(file), None, file.name)


def _bound(size: int, name: str) -> None:
    if size > limits.MOST_OUTLINES:
        most = limits.MOST_OUTLINES // 1_000_000
        msg = (
            f"{name} has more than {most} MB. Simplify the outlines first (to\n"
            "10 m, say), or keep what is studied alone."
        )
        raise ValueError(msg)


def _layer_of(file: Path, layer: str | None) -> str:
    import pyogrio

    try:
        kinds = {str(name): str(kind) for name, kind in pyogrio.list_layers(file)}
    except pyogrio.errors.DataSourceError as reason:
        msg = f"{file.name} cannot be read: {reason}"
        raise ValueError(msg) from reason
    shown = ", ".join(kinds)
    if layer is not None:
        if layer not in kinds:
            msg = f"{file.name} has no layer {layer!r}. Its layers: {shown}."
            raise ValueError(msg)
        return layer
    with_areas = [name for name, kind in kinds.items() if "Polygon" in kind] or list(kinds)
    if len(with_areas) != 1:
        names = ", ".join(with_areas)
        msg = f"{file.name} has {len(with_areas)} layers with areas: {names}. Name one."
        raise ValueError(msg)
    return with_areas[0]


def _zipped(file: Path, layer: str | None) -> Layer:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            _bound(sum(part.file_size for part in parts), file.name)
            inside = [
                part.filename
                for part in parts
                if Path(part.filename).suffix.lower() in (".shp", ".geojson")
                and not Path(part.filename).name.startswith(".")
            ]
            found = [name for name in inside if layer in (None, Path(name).stem)]
            if len(found) != 1:
                what = f"no shapefile {layer!r}" if layer else f"{len(inside)} shapefiles"
                names = ", ".join(Path(name).stem for name in inside) or "none"
                msg = f"{file.name} holds {what}. Shapefiles in it: {names}. Name one as the layer."
                raise ValueError(msg)
            if found[0].lower().endswith(".geojson"):
                return _geojson(archive.read(found[0]), found[0])
    except zipfile.BadZipFile as reason:
        msg = f"{file.name} is a broken zip file: {reason}."
        raise ValueError(msg) from reason
    return _one(f"/vsizip/{{{file.resolve()}}}/{found[0]}", None, file.name)


def _geojson(raw: bytes, name: str) -> Layer:
    if not raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        msg = f"{name} is no GeoJSON: it does not begin with a brace."
        raise ValueError(msg)
    starts = [0, *(found.start() for found in re.finditer(rb'"Feature"', raw)), len(raw)]
    if max(end - start for start, end in pairwise(starts)) > limits.MOST_SHAPE:
        msg = (
            f"{name} has a shape of more than {limits.MOST_SHAPE // 1_000_000} MB. Simplify the\n"
            "outlines first (to 10 m, say)."
        )
        raise ValueError(msg)
    named = re.search(rb'"crs"\s*:\s*\{', raw[:10_000] + raw[-10_000:]) is not None
    shapes = _read(io.BytesIO(raw), None, name)
    # Without a "crs" it is WGS 84 (RFC 7946). Metres are written without one all the same: these
    # name nothing. What half of the shapes are counts, since a broken coordinate may be among them.
    west, south, east, north = shapes.geometry.bounds.median()
    degrees = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    return Layer(shapes, named or degrees, standard=degrees and not named)


def _one(path: str, layer: str | None, name: str) -> Layer:
    shapes = _read(path, layer, name)
    # a GeoPackage may hold "undefined", which is a system of coordinates but names no place
    named = shapes.crs is not None and (shapes.crs.is_geographic or shapes.crs.is_projected)
    return Layer(shapes, named)


def _read(source: str | io.BytesIO, layer: str | None, name: str) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pyogrio

    options = {} if layer is None else {"layer": layer}
    try:
        shapes = gpd.read_file(
            source, engine="pyogrio", max_features=limits.MOST_SHAPES + 1, **options
        )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as reason:
        msg = f"{name} cannot be read: {reason}"
        raise ValueError(msg) from reason
    if "geometry" not in shapes or not len(shapes):
        msg = f"{name} has no shapes."
        raise ValueError(msg)
    if len(shapes) > limits.MOST_SHAPES:
        msg = f"{name} has more than {limits.MOST_SHAPES} shapes: these are no places."
        raise ValueError(msg)
    return shapes

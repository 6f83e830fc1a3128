"""Read your own outlines, in a given projection, with notes on shapes that are left out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from .. import words
from ..study import Study, current
from .layers import areal, read_layer
from .lists import Level, describe_province, name, of_level, parents, province, units
from .matching import ShapeMatch, match, note_cases

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from pyproj import CRS

# A point so far outside its outline, in metres, is no small error: two places were mixed up, or,
# if most are so far, the projection is another.
_MAX_DISTANCE = 3_000.0
# So far, in degrees, a projection is good enough outside the area that it is made for.
_MARGIN = 2.0


@dataclass(frozen=True)
class Outlines:
    """Outlines of places, with notes on them."""

    areas: gpd.GeoDataFrame
    """Only places that have an outline. Index `code`; the columns of `compared()` or `units()`
    and `geometry`, in metres: in the projection of the province, or if that is made for elsewhere,
    in one that is chosen for the outlines."""
    level: Level
    notes: dict[str, str]
    """What matched, what was mended or left out, and what to check: by kind, in the language in
    use."""


def read_areas(file: Path, *, crs: str | None = None) -> Outlines:
    """
    Read your own outlines of communes or districts from a file.

    Parameters
    ----------
    file
        GeoPackage, Shapefile (also zipped) or GeoJSON. Any column may have the codes. If none has
        codes, names are matched as `find_codes` does, with a column of districts if there is one.
    crs
        The projection of the file, such as `"EPSG:9209"`. It is needed if the file names none,
        and used even if the file names another.

    Returns
    -------
    outlines
        With a note on everything that was mended, left out or found wrong: shapes that are no
        place, places without a shape, places that do not lie where the list says.

    Raises
    ------
    ValueError
        If the file cannot be read, shows the structure of 2025, or names no projection; if most
        places do not lie where the list says, or the outlines reach around half of the Earth.
    """
    import geopandas as gpd

    layer = read_layer(file)
    matched = match(pd.DataFrame(layer.drop(columns=layer.geometry.name)))
    shapes, is_mended = areal(layer.geometry)
    file_crs = _crs(crs) if crs else layer.crs
    if file_crs is None:
        msg = words.term("places.areas_no_crs", file=file.name)
        raise ValueError(msg)

    # one outline for each place, of those that lie on the Earth
    is_used = matched.codes.notna() & shapes.notna()
    by_code = gpd.GeoDataFrame({"code": matched.codes[is_used]}, geometry=shapes[is_used])
    outlines = by_code.dissolve("code").geometry.set_crs(file_crs, allow_override=True)
    degrees = outlines.to_crs("EPSG:4326")
    on_earth = degrees.bounds.abs().le([180, 90, 180, 90]).all(axis=1)
    names = pd.Series(
        name(code) if isinstance(code, str) else words.term("places.areas_shape", row=number)
        for number, code in enumerate(matched.codes, start=1)
    )
    lost_names = [*names[shapes.isna()], *map(name, degrees.index[~on_earth])]
    shape_notes = {
        **matched.notes,
        **note_cases("lost", lost_names),
        **note_cases("mended", [*names[is_mended]]),
    }
    degrees = degrees[on_earth]
    if degrees.empty:
        refusal = words.term("places.areas_none", file=file.name)
        raise ValueError("\n".join([refusal, *shape_notes.values()]))

    map_crs = _choose_projection(current(), degrees.total_bounds)
    metres = degrees.to_crs(map_crs)
    far_km = _distances_too_far(metres, matched.level, file_crs) / 1000
    places = of_level(matched.level)
    has_outline = places.index.isin(metres.index)
    notes = {
        "match": _match_note(file, matched, n_shapes=len(layer)),
        "crs": words.term("places.areas_crs", crs=file_crs.name),
    }
    if map_crs != province()["crs"]:
        notes["projection"] = words.term("places.areas_projection", chosen=map_crs)
    notes |= shape_notes
    notes |= note_cases("missing", [name(code) for code in places.index[~has_outline]])
    far = [f"{name(str(code))}: {words.number(km, decimals=1)} km" for code, km in far_km.items()]
    notes |= note_cases("elsewhere", far)
    places = places[has_outline]
    areas = gpd.GeoDataFrame(places, geometry=metres.loc[places.index])
    return Outlines(areas, matched.level, notes)


def _match_note(file: Path, matched: ShapeMatch, *, n_shapes: int) -> str:
    """Say by which column shapes were matched, and how many places were found."""
    key = "places.areas_by_name" if matched.is_by_name else "places.areas_by_code"
    n_places = words.number(matched.codes.nunique())
    blanks = {"column": matched.column, "shapes": words.number(n_shapes), "places": n_places}
    return words.term(key, file=file.name, **blanks)


def _distances_too_far(areas: gpd.GeoSeries, level: Level, file_crs: CRS) -> pd.Series:
    """
    Measure in metres how far points of communes lie outside their outline, where it is too far.

    A file of which most places lie elsewhere is refused.
    """
    import geopandas as gpd

    degrees = units()[["lon", "lat"]].dropna()
    codes = parents(degrees.index.to_series(), level)
    codes = codes[codes.isin(areas.index)]
    degrees = degrees.loc[codes.index]
    points = gpd.GeoSeries.from_xy(degrees["lon"], degrees["lat"], crs="EPSG:4326")
    outlines = areas.loc[codes].set_axis(codes.index)
    distances: pd.Series = points.to_crs(areas.crs).distance(outlines)
    too_far = distances[distances > _MAX_DISTANCE]
    if len(too_far) > len(distances) / 2:
        blanks = {"lost": words.number(len(too_far)), "places": words.number(len(distances))}
        msg = words.term("places.areas_misplaced", crs=file_crs.name, **blanks)
        raise ValueError(msg)
    return too_far


def _crs(text: str) -> CRS:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(text)
    except CRSError as reason:
        msg = words.term("places_errors.projection", text=text)
        raise ValueError(msg) from reason


def _choose_projection(study: Study, bounds: Sequence[float]) -> str:
    """Choose the projection of the maps: that of the list, unless it is made for elsewhere."""
    from shapely import box

    list_crs = str(describe_province(study)["crs"])
    area = _crs(list_crs).area_of_use
    if area:
        served_area = box(*area.bounds).buffer(_MARGIN, join_style="mitre")
        if served_area.covers(box(*bounds)):
            return list_crs
    return study.country.projection(bounds)

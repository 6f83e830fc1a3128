"""Read outlines of one's own: in the projection that is said, and with what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from .. import study, words
from .layers import areal, read_layer
from .lists import Level, communes, name, of_level, parents, province
from .matching import match, noted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from pyproj import CRS

# A point this far outside its outline is no inaccuracy: two places were mixed up, or, of most of
# them, the projection is another.
_AWAY = 3_000.0
# So far, in degrees, a projection serves beyond the area that it is made for.
_BEYOND = 2.0


@dataclass(frozen=True)
class Outlines:
    """Outlines of places, and what is to be known of them."""

    areas: gpd.GeoDataFrame
    """Index `code`: the columns of `districts()` or `communes()` and `geometry`, in metres: in the
    projection of the province, or where that serves elsewhere, in one chosen for the outlines. Only
    places that have an outline."""
    level: Level
    notes: dict[str, str]
    """What matched, what was mended or left out, and what is to be looked at: by kind, in the
    language in use."""


def read_areas(file: Path, *, crs: str | None = None) -> Outlines:
    """
    Read outlines of communes or districts from a file of one's own.

    Parameters
    ----------
    file
        GeoPackage, Shapefile (also zipped) or GeoJSON. Any column may hold the codes; where none
        does, names are matched as `find_codes` does, with a column of districts if there is one.
    crs
        The projection of the file, such as `"EPSG:9209"`: needed where the file names none, and
        believed where it names another.

    Returns
    -------
    outlines
        Every note says what was mended, left out or found wrong: shapes that are no place, places
        without a shape, places that do not lie where the list says.

    Raises
    ------
    ValueError
        If the file cannot be read, shows the structure of 2025, names no projection, most places
        do not lie where the list says, or its outlines reach around half of the Earth.
    """
    import geopandas as gpd

    opened = read_layer(file)
    matched = match(pd.DataFrame(opened.drop(columns=opened.geometry.name)))
    shapes, mended = areal(opened.geometry)
    named = _crs(crs) if crs else opened.crs
    if named is None:
        raise ValueError(words.term("places.areas_no_crs", file=file.name))
    use = matched.codes.notna() & shapes.notna()
    by_code = gpd.GeoDataFrame({"code": matched.codes[use]}, geometry=shapes[use])
    placed = by_code.dissolve("code").geometry.set_crs(named, allow_override=True)
    degrees = placed.to_crs("EPSG:4326")
    on_earth = degrees.bounds.abs().le([180, 90, 180, 90]).all(axis=1)
    called = [
        name(code) if isinstance(code, str) else words.term("places.areas_shape", row=at)
        for at, code in enumerate(matched.codes, start=1)
    ]
    lost = [one for one, gone in zip(called, shapes.isna(), strict=True) if gone]
    lost += [name(code) for code in degrees.index[~on_earth]]
    left_out = {
        **matched.notes,
        **noted("lost", lost),
        **noted("mended", [one for one, bad in zip(called, mended, strict=True) if bad]),
    }
    degrees = degrees[on_earth]
    if degrees.empty:
        said = [words.term("places.areas_none", file=file.name), *left_out.values()]
        raise ValueError("\n".join(said))
    chosen = _projection(degrees.total_bounds)
    metres = degrees.to_crs(chosen)
    away = _away(metres, matched.level)
    far = away[away > _AWAY]
    if len(far) > len(away) / 2:
        many = {"lost": words.number(len(far)), "places": words.number(len(away))}
        raise ValueError(words.term("places.areas_misplaced", crs=named.name, **many))
    far_km = far.div(1000).map(lambda km: words.number(km, decimals=1))
    places = of_level(matched.level)
    known = places.index.isin(metres.index)
    by = f"places.areas_by_{'name' if matched.by_name else 'code'}"
    counts = {"shapes": len(opened), "places": matched.codes.nunique()}
    found = {one: words.number(many) for one, many in counts.items()}
    of_map = words.term("places.areas_projection", chosen=chosen)
    notes = {
        "match": words.term(by, file=file.name, column=matched.column, **found),
        "crs": words.term("places.areas_crs", crs=named.name),
        **({} if chosen == province()["crs"] else {"projection": of_map}),
        **left_out,
        **noted("missing", [name(code) for code in places.index[~known]]),
        **noted("elsewhere", [f"{name(str(at))}: {km} km" for at, km in far_km.items()]),
    }
    places = places[known]
    areas = gpd.GeoDataFrame(places, geometry=metres.loc[places.index])
    return Outlines(areas, matched.level, notes)


def _away(areas: gpd.GeoSeries, level: Level) -> pd.Series:
    """Measure how far the point of each commune lies outside the outline it should lie in."""
    import geopandas as gpd

    known = communes()[["lon", "lat"]].dropna()
    codes = known.index.to_series()
    home = parents(codes, "district") if level == "district" else codes
    home = home[home.isin(areas.index)]
    known = known.loc[home.index]
    points = gpd.GeoSeries.from_xy(known["lon"], known["lat"], crs="EPSG:4326").to_crs(areas.crs)
    its = gpd.GeoSeries(areas.loc[home].to_numpy(), index=known.index, crs=areas.crs)
    return pd.Series(points.distance(its))


def _crs(text: str) -> CRS:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(text)
    except CRSError as reason:
        msg = f"{text!r} is no projection: write it as EPSG:5897."
        raise ValueError(msg) from reason


def _projection(bounds: Sequence[float]) -> str:
    """Choose the projection of the maps: that of the list, unless it is made for elsewhere."""
    from shapely import box

    listed = str(province()["crs"])
    area = _crs(listed).area_of_use
    if area and box(*area.bounds).buffer(_BEYOND, join_style="mitre").covers(box(*bounds)):
        return listed
    return study.current().country.projection(bounds)

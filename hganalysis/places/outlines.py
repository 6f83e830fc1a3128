"""Read outlines of one's own: in the projection that is said, and with what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from .. import words
from .layers import areal, overlaps, read_layer
from .lists import Level, communes, districts, name, parents, province
from .matching import match, noted
from .zones import name_of, projection, serves, together

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

# A point this far outside its outline is no inaccuracy: two places were mixed up, or, of most of
# them, the projection is another.
_AWAY = 3_000.0
_INFO = ("match", "crs", "projection")
Note = tuple[str, str]
"""Kind and text."""


@dataclass(frozen=True)
class Outlines:
    """Outlines of places, and what is to be known of them."""

    areas: gpd.GeoDataFrame
    """Index `code`: the columns of `districts()` or `communes()` and `geometry`, in metres: in the
    projection of the province, or where that serves elsewhere, in one chosen for the outlines. Only
    places that have an outline."""
    level: Level
    notes: pd.DataFrame
    """Columns `kind`, `severity` (`"info"`, `"warning"`), `message` (in the language in use)."""


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
        without a shape, overlaps, places that do not lie where the list says.

    Raises
    ------
    ValueError
        If the file cannot be read, shows the structure of 2025, names no projection, most places
        do not lie where the list says, or its outlines reach around more than half of the Earth.
    """
    import geopandas as gpd

    opened = read_layer(file)
    matched = match(pd.DataFrame(opened.drop(columns=opened.geometry.name)))
    shapes, faults = areal(opened.geometry)
    left_out = [*matched.notes, *_fault_notes(faults, matched.codes)]
    use = matched.codes.notna() & shapes.notna()
    named = _crs(crs) if crs else opened.crs
    if named is None:
        raise ValueError(words.term("places.areas_no_crs", file=file.name))
    by_code = gpd.GeoDataFrame({"code": matched.codes[use]}, geometry=shapes[use])
    placed = by_code.dissolve("code").geometry.set_crs(named, allow_override=True)
    degrees = placed.to_crs("EPSG:4326")
    furthest = degrees.bounds.abs()  # NaN, where a shape is empty or not finite
    nowhere = ~(furthest.le([360, 90, 360, 90]).all(axis=1))
    left_out += noted("absurd", [name(code) for code in degrees.index[nowhere]])
    degrees = together(degrees[~nowhere])
    if degrees.empty:
        said = [words.term("places.areas_none", file=file.name), *(text for _, text in left_out)]
        raise ValueError("\n".join(said))
    chosen, of_map = _projected(degrees, file.name)
    metres = degrees.to_crs(chosen)
    away = _away(metres, matched.level)
    if (away > _AWAY).mean() > 0.5:
        lost = words.number((away > _AWAY).sum())
        blanks = {"crs": named.name, "lost": lost, "places": words.number(len(away))}
        raise ValueError(words.term("places.areas_misplaced", **blanks))
    places = communes() if matched.level == "commune" else districts()
    missing = [name(code) for code in places.index if code not in metres.index]
    far = [
        words.term("places.areas_away", place=name(str(code)), km=words.number(m / 1e3, decimals=1))
        for code, m in away[away > _AWAY].items()
    ]
    by, found = "name" if matched.by_name else "code", matched.codes.nunique()
    blanks = {"shapes": words.number(len(opened)), "places": words.number(found)}
    by_column = {"file": file.name, "column": matched.column, **blanks}
    notes = [
        ("match", words.term(f"places.areas_by_{by}", **by_column)),
        ("crs", words.term("places.areas_crs", crs=named.name)),
        *of_map,
        *left_out,
        *noted("missing", missing),
        *noted("elsewhere", far),
        *noted("overlaps", [_overlap(row) for row in overlaps(metres).itertuples()]),
    ]
    places = places.loc[[code for code in places.index if code in metres.index]]
    return Outlines(
        gpd.GeoDataFrame(places, geometry=metres.loc[places.index]),
        matched.level,
        pd.DataFrame(
            [(kind, "info" if kind in _INFO else "warning", text) for kind, text in notes],
            columns=["kind", "severity", "message"],
        ),
    )


def _fault_notes(faults: pd.Series, codes: pd.Series) -> list[Note]:
    """Note the shapes that were mended or left out."""
    called = [
        name(code) if isinstance(code, str) else words.term("places.areas_shape", row=at)
        for at, code in enumerate(codes, start=1)
    ]
    return [
        note
        for kind in ("empty", "no_area", "mended")
        for note in noted(kind, [one for one, of in zip(called, faults, strict=True) if of == kind])
    ]


def _overlap(row: tuple[object, ...]) -> str:
    _, one, other, m2 = row
    km2 = words.number(float(str(m2)) / 1e6, decimals=2)
    return words.term("places.areas_overlap", one=name(str(one)), other=name(str(other)), km2=km2)


def _away(areas: gpd.GeoSeries, level: Level) -> pd.Series:
    """Measure how far the point of each commune lies outside the outline it should lie in."""
    import geopandas as gpd

    known = communes()[["lon", "lat"]].dropna()
    home = parents(known.index.to_series(), "district") if level == "district" else known.index
    home = pd.Series(home, index=known.index)
    known, home = known[home.isin(areas.index)], home[home.isin(areas.index)]
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


def _projected(placed: gpd.GeoSeries, file: str) -> tuple[str, list[Note]]:
    """Choose the projection of the maps: that of the list, unless it is made for elsewhere."""
    west, south, east, north = placed.total_bounds.tolist()
    bounds = (west, south, east, north)
    if east - west > 180:
        raise ValueError(words.term("places.areas_around", file=file))
    listed_crs = str(province()["crs"])
    if serves(listed_crs, bounds):
        return listed_crs, []
    chosen = projection(bounds)
    called = name_of(_crs(chosen))
    called = called if called == chosen else f"{called} ({chosen})"
    # a list that does not say where its places lie has the projection of all of the Earth
    key = "places.areas_projection" if _crs(listed_crs).area_of_use else "places.areas_chosen"
    note = words.term(key, chosen=called, listed=_crs(listed_crs).name)
    return chosen, [("projection", note)]

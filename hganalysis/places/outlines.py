"""Read outlines of one's own, and report whatever about them a map would hide."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import words
from .layers import Layer, areal, gaps, overlaps, read_layer
from .lists import Level, communes, districts, name, province
from .matching import Match, listed, match
from .shapes import areas, has_areas
from .zones import Fit, fits, name_of, only, projection, serves, shift, together, unwrapped

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

# A centre this far outside its outline is no inaccuracy: two places were mixed up.
_AWAY = 3_000.0

Note = tuple[str, str]
"""Kind and text."""


def match_note(matched: Match, shapes: int, file: str) -> Note:
    """Say how many shapes were matched, and by which column."""
    key = "places.areas_by_name" if matched.by_name else "places.areas_by_code"
    found = matched.codes.dropna()
    return "match", words.term(
        key,
        file=file,
        shapes=words.number(shapes),
        places=words.number(found.nunique()),
        column=matched.column,
    )


def case_note(kind: str, cases: list[str]) -> list[Note]:
    """Note cases of one kind, if there are any."""
    return [(kind, words.term(f"places.areas_{kind}", cases=listed(cases)))] if cases else []


_FAULTS = {"empty": "empty", "no area": "no_area", "mended": "mended", "tangled": "tangled"}


def fault_notes(faults: pd.Series, codes: pd.Series) -> list[Note]:
    """Note the shapes that were mended or left out."""
    notes = []
    for fault, kind in _FAULTS.items():
        cases = [
            name(code) if isinstance(code, str) else words.term("places.areas_shape", row=at + 1)
            for at, (fault_, code) in enumerate(zip(faults, codes, strict=True))
            if fault_ == fault
        ]
        notes += case_note(kind, cases)
    return notes


def report(areas: gpd.GeoSeries, where: pd.DataFrame, level: Level) -> list[Note]:
    """Note what a map of these areas would hide."""
    missing = [code for code in table(level).index if code not in areas.index]
    lost = _points(where.loc[where.index.intersection(missing)], areas)
    away = _away(areas, where)
    twice = overlaps(areas)
    between = [
        # the hole where a place has no outline is reported as that
        hole
        for hole in gaps(areas)
        if not lost.within(hole).any()
    ]
    return [
        *case_note("missing", [name(code) for code in missing]),
        *case_note(
            "elsewhere",
            [
                words.term("places.areas_away", place=name(code), km=_km(metres))
                for code, metres in zip(away.index, away.tolist(), strict=True)
            ],
        ),
        *case_note(
            "overlaps",
            [
                words.term("places.areas_overlap", one=name(one), other=name(other), km2=_km2(m2))
                for one, other, m2 in zip(
                    twice["one"], twice["other"], twice["m2"].tolist(), strict=True
                )
            ],
        ),
        *case_note(
            "gaps",
            [
                words.term(
                    "places.areas_gap",
                    km2=_km2(hole.area),
                    places=", ".join(name(code) for code in areas.index[areas.intersects(hole)]),
                )
                for hole in between
            ],
        ),
    ]


def table(level: Level) -> pd.DataFrame:
    """List the places of a level."""
    return communes() if level == "commune" else districts()


def _km(metres: float) -> str:
    return words.number(metres / 1e3, decimals=1)


def _km2(m2: float) -> str:
    return words.number(m2 / 1e6, decimals=2)


def _points(known: pd.DataFrame, areas: gpd.GeoSeries) -> gpd.GeoSeries:
    import geopandas as gpd

    places = gpd.points_from_xy(known["lon"], known["lat"], crs="EPSG:4326")
    return gpd.GeoSeries(places, index=known.index).to_crs(areas.crs)


def _away(areas: gpd.GeoSeries, where: pd.DataFrame) -> pd.Series:
    """Measure how far a place's known centre lies outside its outline, where that is far."""
    codes = areas.index.intersection(where.index)
    metres = pd.Series(areas.loc[codes].distance(_points(where.loc[codes], areas)))
    return metres[metres > _AWAY]


# A shape this many times as far from the middle of all as half of them are, and so many degrees at
# least, is no part of the same country: a coordinate is missing or broken.
_STRAY, _STRAY_DEGREES = 10, 5.0
# Places further than this from where they should be are in another projection, or other places.
_FAR = 5_000.0
# A shift that two near projections make: more than the centres of places are uncertain by.
_NOTICEABLE = 150.0
_FEW = 3


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


def read_areas(
    file: Path, *, level: Level | None = None, crs: str | None = None, layer: str | None = None
) -> Outlines:
    """
    Read outlines of communes or districts from a file of one's own.

    Parameters
    ----------
    file
        GeoPackage, Shapefile (also zipped) or GeoJSON. Any column may hold the codes; where none
        does, names are matched as `find_codes` does, with a column of districts if there is one.
    level
        What is wanted; none for what the file has. Shapes of communes are joined to districts.
    crs
        The projection of the file, such as `"EPSG:9209"`. Needed only where the file names none,
        and its coordinates fit several.
    layer
        The layer, where the file has several.

    Returns
    -------
    outlines
        Every note says what was inferred, mended, left out or found wrong: shapes that are no
        place, places without a shape, gaps, overlaps, places that do not lie where they should.

    Raises
    ------
    ValueError
        If the file cannot be read, shows the structure of 2025, its projection is unknown or not
        the one that it names, or its outlines reach around more than half of the Earth.
    """
    import geopandas as gpd

    opened = read_layer(file, layer)
    attributes = pd.DataFrame(opened.shapes.drop(columns=opened.shapes.geometry.name))
    matched = match(attributes, level)
    shapes, faults = areal(opened.shapes.geometry)
    use = matched.codes.notna() & shapes.notna()
    left_out = [*matched.notes, *fault_notes(faults, matched.codes)]
    if not use.any():
        raise ValueError(_none(file, left_out))
    by_code = gpd.GeoDataFrame({"code": matched.codes[use]}, geometry=shapes[use])
    by_code = by_code.dissolve("code").geometry
    where = _known(matched.level)
    placed, crs_note = _placed(by_code, opened, crs, where)
    absurd = _strays(placed)
    left_out += case_note("absurd", [name(code) for code in placed.index[absurd]])
    if absurd.all():
        raise ValueError(_none(file, left_out))
    on_earth = together(placed[~absurd])
    crs_of_map, projection_note = _projected(on_earth, file.name)
    metres = on_earth.to_crs(crs_of_map)
    places = table(matched.level)
    places = places.loc[[code for code in places.index if code in metres.index]]
    notes = [
        match_note(matched, len(opened.shapes), file.name),
        crs_note,
        *projection_note,
        *left_out,
        *report(metres, where, matched.level),
    ]
    return Outlines(
        gpd.GeoDataFrame(places, geometry=metres.loc[places.index]),
        matched.level,
        pd.DataFrame(
            [(kind, "info" if kind in _INFO else "warning", text) for kind, text in notes],
            columns=["kind", "severity", "message"],
        ),
    )


_INFO = ("match", "crs", "joined", "projection")


def _known(level: Level) -> pd.DataFrame:
    """Say where places should lie: `lon`, `lat` by code, as far as it is known."""
    centres = communes()[["district_code", "lon", "lat"]].dropna()
    if level == "commune":
        return centres[["lon", "lat"]]
    if len(centres) < len(communes()):
        return centres.iloc[:0]
    if not has_areas("district"):
        centres = centres.assign(lon=unwrapped(centres["lon"]))
        return centres.groupby("district_code")[["lon", "lat"]].mean()
    outlines = areas("district")
    middle = outlines.centroid.to_crs("EPSG:4326")
    return pd.DataFrame({"lon": middle.x, "lat": middle.y}, index=outlines.index)


def _placed(
    shapes: gpd.GeoSeries, opened: Layer, crs: str | None, where: pd.DataFrame
) -> tuple[gpd.GeoSeries, Note]:
    """Bring shapes to degrees, out of the projection that is named or that alone fits."""
    shapes = together(shapes)
    x, y = _middle(shapes)
    enough = len(shapes.index.intersection(where.index)) >= _FEW
    found = fits(x, y, where) if enough else []
    named = _crs(crs) if crs else opened.shapes.crs if opened.named else None
    if named is not None:
        metres = shift(x, y, where, named) if enough else 0.0
        only_fit = only(found)
        if metres > _FAR and only_fit and only_fit.swapped and _crs(only_fit.crs) == named:
            return _swapped(shapes).set_crs(named, allow_override=True).to_crs("EPSG:4326"), (
                "swapped",
                words.term("places.areas_swapped", crs=named.name),
            )
        if metres > _FAR:
            raise ValueError(
                words.term(
                    "places.areas_misplaced",
                    crs=named.name,
                    km=words.number(metres / 1000) if np.isfinite(metres) else "∞",
                    fits=_shown(found),
                )
            )
        key = "places.areas_degrees" if opened.standard and not crs else "places.areas_crs"
        key = "places.areas_shifted" if metres > _NOTICEABLE else key
        note = (
            "shifted" if metres > _NOTICEABLE else "crs",
            words.term(key, crs=named.name, metres=words.number(metres)),
        )
        return shapes.set_crs(named, allow_override=True).to_crs("EPSG:4326"), note
    fit = only(found)
    if fit is None and not enough and x.between(-180, 180).all() and y.between(-90, 90).all():
        degrees = shapes.set_crs("EPSG:4326", allow_override=True)
        return degrees, ("crs", words.term("places.areas_degrees"))
    if fit is None:
        raise ValueError(words.term("places.areas_no_crs", fits=_shown(found)))
    turned = _swapped(shapes) if fit.swapped else shapes
    key = "places.areas_inferred_swapped" if fit.swapped else "places.areas_inferred"
    kind = "crs" if fit.crs == "EPSG:4326" and not fit.swapped else "inferred"
    text = words.term(key, crs=f"{_crs(fit.crs).name} ({fit.crs})", metres=words.number(fit.metres))
    return turned.set_crs(fit.crs, allow_override=True).to_crs("EPSG:4326"), (kind, text)


def _middle(shapes: gpd.GeoSeries) -> tuple[pd.Series, pd.Series]:
    # in the units of the file, whatever they are
    middle = shapes.set_crs(None, allow_override=True).centroid
    return middle.x, middle.y


def _crs(text: str) -> CRS:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(text)
    except CRSError as reason:
        msg = f"{text!r} is no projection: write it as EPSG:5897."
        raise ValueError(msg) from reason


def _swapped(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    return shapes.transform(lambda xy: xy[:, ::-1])


def _shown(found: list[Fit]) -> str:
    rows = [
        words.term(
            "places.areas_fit",
            crs=fit.crs,
            name=_crs(fit.crs).name,
            metres=words.number(fit.metres),
        )
        for fit in found
    ]
    return listed(rows) if rows else words.term("places.areas_no_fit")


def _none(file: Path, left_out: list[Note]) -> str:
    """Say that no shape is left, and what was left out."""
    said = [words.term("places.areas_none", file=file.name), *(text for _, text in left_out)]
    return "\n".join(said)


def _strays(placed: gpd.GeoSeries) -> pd.Series:
    """Find what lies nowhere on the Earth, or so far from all others that it is no part of them."""
    bounds = placed.bounds
    nowhere = ~np.isfinite(bounds).all(axis=1) | (bounds.abs().max(axis=1) > 360)
    nowhere |= bounds[["miny", "maxy"]].abs().max(axis=1) > 90
    lon, lat = (bounds["minx"] + bounds["maxx"]) / 2, (bounds["miny"] + bounds["maxy"]) / 2
    on_it = ~nowhere
    lon = pd.Series(unwrapped(lon.where(on_it)), lon.index)
    apart = np.hypot(lon - lon[on_it].median(), lat - lat[on_it].median())
    far = apart > max(_STRAY * float(apart[on_it].median()), _STRAY_DEGREES)
    return pd.Series(nowhere | far)


def _projected(placed: gpd.GeoSeries, file: str) -> tuple[str, list[Note]]:
    """Choose the projection of the maps: that of the list, unless it is made for elsewhere."""
    bounds = tuple(placed.total_bounds.tolist())
    west, _, east, _ = bounds
    if east - west > 180:
        raise ValueError(words.term("places.areas_around", file=file))
    listed_crs = str(province()["crs"])
    if serves(listed_crs, bounds):
        return listed_crs, []
    chosen = projection(bounds)
    name = name_of(_crs(chosen))
    name = name if name == chosen else f"{name} ({chosen})"
    # a list that does not say where its places lie has the projection of all of the Earth
    key = "places.areas_projection" if _crs(listed_crs).area_of_use else "places.areas_chosen"
    note = words.term(key, chosen=name, listed=_crs(listed_crs).name)
    return chosen, [("projection", note)]

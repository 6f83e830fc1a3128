"""Know projections: which fits a part of the Earth, and which a file may be in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from .. import study
from ..countries import Country, Extent

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS, Transformer

Floats = npt.NDArray[np.float64]

# What is wider than this is no UTM zone's: its distances would be wrong by more than one in 300.
_NARROW = 6.0
# So far, in degrees, a projection serves beyond the area that it is made for.
_BEYOND = 2.0
# How near each other places lie whose longitudes count on beyond 180 degrees: 1 is at one point.
_ONE_SIDE = 0.5


def projection(bounds: Extent, *, country: Country | None = None) -> str:
    """
    Choose the projection for maps of a part of the Earth, in metres.

    Parameters
    ----------
    bounds
        Of all places, in degrees.
    country
        Whose they are; that of the study in use unless said.

    Returns
    -------
    projection
        The official one in the country of a study; elsewhere the zone of UTM, and for what is
        wider than a zone, or at a pole, Lambert's azimuthal projection around its middle, in which
        areas are right.

    Examples
    --------
    >>> projection((105.3, 9.5, 105.9, 10.1)), projection((36.6, -1.5, 37.1, -1.1))
    ('EPSG:9209', 'EPSG:32737')
    >>> projection((-74, -34, -34, 6))
    '+proj=laea +lat_0=-14 +lon_0=-54 +datum=WGS84 +units=m'
    """
    west, south, east, north = (float(end) for end in bounds)
    lon, lat = _round((west + east) / 2), (south + north) / 2
    country = country or study.current().country
    if country.grids and _within(bounds, country.bounds):
        return country.projection(west, east)
    if east - west <= _NARROW and south >= -80 and north <= 84:
        return utm(lon, lat)
    return f"+proj=laea +lat_0={lat:.4g} +lon_0={lon:.4g} +datum=WGS84 +units=m"


def name_of(crs: CRS) -> str:
    """
    Name a projection; one that has no name, as it is written.

    Examples
    --------
    >>> from pyproj import CRS
    >>> name_of(CRS("EPSG:32737")), name_of(CRS("+proj=laea +lat_0=0 +lon_0=15"))
    ('WGS 84 / UTM zone 37S', '+proj=laea +lat_0=0 +lon_0=15')
    """
    text: str = crs.to_string().removesuffix(" +type=crs")
    return text if text.startswith("+") else str(crs.name)


def _within(bounds: Extent, whole: Extent) -> bool:
    west, south, east, north = bounds
    return west >= whole[0] and south >= whole[1] and east <= whole[2] and north <= whole[3]


def _round(lon: float) -> float:
    """Count a longitude from -180 to 180 degrees."""
    return (lon + 180) % 360 - 180


def unwrapped(lon: npt.ArrayLike) -> Floats:
    """
    Count longitudes on beyond 180 degrees, where places near each other lie on both sides of it.

    Examples
    --------
    >>> unwrapped([179.5, -179.5]).tolist(), unwrapped([-179.5, 20.0, 150.0]).tolist()
    ([179.5, 180.5], [-179.5, 20.0, 150.0])
    """
    found = np.asarray(lon, dtype=float)
    known = found[np.isfinite(found)]
    if not len(known) or np.ptp(known) <= 180 or np.abs(known).max() > 360:
        return found
    middle = np.exp(1j * np.radians(known)).mean()
    # of what lies all around the Earth there is no middle
    if abs(middle) < _ONE_SIDE:
        return found
    return _around(found, float(np.degrees(np.angle(middle))) % 360)


def _around(lon: Floats, middle: float) -> Floats:
    with np.errstate(invalid="ignore"):  # what is not finite lies nowhere
        moved = middle + (lon - middle + 180) % 360 - 180
    return np.where(np.abs(lon - middle) > 180, moved, lon)


def together(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """
    Lay shapes in degrees side by side that the meridian of 180 degrees parts.

    Longitudes then go on beyond 180, and the halves of a shape that is cut there are joined.
    """
    import geopandas as gpd
    import shapely

    flat = shapely.get_coordinates(shapes.to_numpy())
    lon = unwrapped(flat[:, 0])
    if np.array_equal(lon, flat[:, 0], equal_nan=True):
        return shapes
    moved = shapely.set_coordinates(
        shapely.force_2d(shapes.to_numpy()).copy(), np.column_stack([lon, flat[:, 1]])
    )
    areal = shapely.get_dimensions(moved) == 2
    moved[areal] = shapely.buffer(moved[areal], 0)
    return gpd.GeoSeries(moved, index=shapes.index, crs=shapes.crs)


def to_degrees(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """
    Bring shapes in metres to degrees, and cut none at 180: longitudes count from the middle of the
    projection, so that they are the same whichever shapes are asked for.
    """
    degrees = shapes.to_crs("EPSG:4326")
    origin = _origin(shapes.crs)
    return degrees.transform(lambda xy: np.column_stack([_around(xy[:, 0], origin), xy[:, 1]]))


@lru_cache(maxsize=64)
def _origin(crs: CRS) -> float:
    """Give the longitude in the middle of a projection."""
    operation = crs.coordinate_operation
    named = operation.params if operation else ()
    found = [one.value for one in named if one.name.startswith("Longitude of")]
    return float(found[0]) if found else 0.0


def serves(crs: str, bounds: Extent) -> bool:
    """Say whether a projection is made for a part of the Earth."""
    from pyproj import CRS

    area = CRS.from_user_input(crs).area_of_use
    if area is None:
        return False
    west, south, east, north = bounds
    return (
        area.west - _BEYOND <= west
        and area.south - _BEYOND <= south
        and east <= area.east + _BEYOND
        and north <= area.north + _BEYOND
    )


def utm(lon: float, lat: float) -> str:
    """Name the zone of UTM (WGS 84) that a point lies in."""
    number = int((lon + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if lat >= 0 else 32700) + number}"


# Beyond this, places do not lie where they should: zones are 27 km apart and more.
_FAR = 5_000.0
# Within this they do: centres are known to 100 m, and their middle better than each.
_NEAR = 150.0


@dataclass(frozen=True)
class Fit:
    """How far places lie from where they should, if a file is read in one projection."""

    crs: str
    swapped: bool
    """Whether the two coordinates must change places first."""
    metres: float


def fits(x: pd.Series, y: pd.Series, known: pd.DataFrame) -> list[Fit]:
    """
    Try a file in every projection that it may be in, the best first.

    Parameters
    ----------
    x, y
        The middle of each place, in the units of the file, by code.
    known
        Where each place lies: `lon`, `lat` in degrees, by code.

    Returns
    -------
    fits
        Those in which the places lie within 5 km of where they should: the distance is that of
        the median shift, in which the noise of single places cancels.
    """
    codes = [code for code in x.index if code in known.index]
    where = known.loc[codes]
    places = [(x[codes].to_numpy(), y[codes].to_numpy(), False)]
    places.append((places[0][1], places[0][0], True))
    found = [
        Fit(crs, swapped, metres)
        for crs in _candidates(where)
        for first, second, swapped in places
        if (metres := _shift(first, second, crs, where)) <= _FAR
    ]
    return sorted(found, key=lambda fit: fit.metres)


def shift(x: pd.Series, y: pd.Series, known: pd.DataFrame, crs: object) -> float:
    """Measure how far places lie from where they should in one projection, in metres."""
    codes = [code for code in x.index if code in known.index]
    return _shift(x[codes].to_numpy(), y[codes].to_numpy(), crs, known.loc[codes])


def only(found: list[Fit]) -> Fit | None:
    """
    Choose the one projection that fits, if one does and no other.

    Examples
    --------
    >>> near, utm = Fit("EPSG:5897", False, 9.0), Fit("EPSG:3405", False, 330.0)
    >>> only([near, utm]) == near, only([utm, Fit("EPSG:32648", False, 420.0)])
    (True, None)
    """
    if not found:
        return None
    best, *others = found
    alone = not others or (best.metres <= _NEAR and others[0].metres >= best.metres + _NEAR)
    return best if alone else None


def _candidates(where: pd.DataFrame) -> list[str]:
    """List the projections that a file of places may be in, by where these lie."""
    if not len(where):
        return []
    lon, lat = float(np.median(unwrapped(where["lon"]))), where["lat"].median()
    country = study.current().country
    if country.grids and _within((lon, lat, lon, lat), country.bounds):
        return ["EPSG:4326", *country.grids]
    nearby = [utm(lon + 6 * step, lat) for step in (-1, 0, 1)]
    return ["EPSG:4326", "EPSG:3857", *nearby]


@lru_cache(maxsize=64)
def _to_degrees(crs: object) -> Transformer:
    from pyproj import Transformer

    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def _shift(x: Floats, y: Floats, crs: object, where: pd.DataFrame) -> float:
    if not len(where):
        return float("nan")
    lon, lat = _to_degrees(crs).transform(x, y)
    degree = 111_320.0
    with np.errstate(invalid="ignore"):  # what no projection reaches is infinitely far
        apart = (lon - where["lon"].to_numpy() + 180) % 360 - 180
    east = np.median(apart) * degree * np.cos(np.radians(where["lat"].mean()))
    north = np.median(lat - where["lat"].to_numpy()) * degree
    metres = float(np.hypot(east, north))
    return metres if np.isfinite(metres) else float("inf")

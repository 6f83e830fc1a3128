"""Know projections: which fits a part of the Earth, and which a file may be in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from .. import study
from ..countries import Bounds, Country

if TYPE_CHECKING:
    from pyproj import Transformer

Floats = npt.NDArray[np.float64]

# What is wider than this is no UTM zone's: its distances would be wrong by more than one in 300.
_NARROW = 6.0
# So far, in degrees, a projection serves beyond the area that it is made for.
_BEYOND = 2.0


def projection(bounds: Bounds, *, country: Country | None = None) -> str:
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
    lon, lat = (west + east) / 2, (south + north) / 2
    country = country or study.current().country
    if country.grids and _within(bounds, country.bounds):
        return country.projection(west, east)
    if east - west <= _NARROW and south >= -80 and north <= 84:
        return utm(lon, lat)
    return f"+proj=laea +lat_0={lat:.4g} +lon_0={lon:.4g} +datum=WGS84 +units=m"


def _within(bounds: Bounds, whole: Bounds) -> bool:
    west, south, east, north = bounds
    return west >= whole[0] and south >= whole[1] and east <= whole[2] and north <= whole[3]


def serves(crs: str, bounds: Bounds) -> bool:
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
    number = min(int((lon + 180) // 6) + 1, 60)
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
    lon, lat = where["lon"].median(), where["lat"].median()
    country = study.current().country
    if country.grids and _within((lon, lat, lon, lat), country.bounds):
        return ["EPSG:4326", *country.grids]
    nearby = [utm((lon + 6 * step + 180) % 360 - 180, lat) for step in (-1, 0, 1)]
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
    east = (
        np.median(lon - where["lon"].to_numpy()) * degree * np.cos(np.radians(where["lat"].mean()))
    )
    north = np.median(lat - where["lat"].to_numpy()) * degree
    metres = float(np.hypot(east, north))
    return metres if np.isfinite(metres) else float("inf")

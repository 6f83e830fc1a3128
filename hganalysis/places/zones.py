"""Know the projections of VN-2000: which fits a place, and which a file may be in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from pyproj import Transformer

Floats = npt.NDArray[np.float64]

# Every projection of VN-2000 in metres that EPSG lists, by its central meridian. Zones of 3 degrees
# serve a province; UTM serves the country.
TM3 = {
    102.0: "EPSG:5896",
    103.0: "EPSG:9205",
    104.0: "EPSG:9206",
    104.5: "EPSG:9207",
    104.75: "EPSG:9208",
    105.0: "EPSG:5897",
    105.5: "EPSG:9209",
    105.75: "EPSG:9210",
    106.0: "EPSG:9211",
    106.25: "EPSG:9212",
    106.5: "EPSG:9213",
    107.0: "EPSG:9214",
    107.25: "EPSG:9215",
    107.5: "EPSG:9216",
    107.75: "EPSG:5899",
    108.0: "EPSG:5898",
    108.25: "EPSG:9217",
    108.5: "EPSG:9218",
}
UTM = {105.0: "EPSG:3405", 111.0: "EPSG:3406"}
COUNTRY = "EPSG:3405"
"""For what is wider than a zone: UTM 48N, which VN-2000 maps of the whole country use."""


def zone(west: float, east: float) -> str:
    """
    Choose the projection for maps of a stretch of longitudes, in degrees.

    Examples
    --------
    >>> zone(105.3, 105.9), zone(102.1, 109.5)
    ('EPSG:9209', 'EPSG:3405')
    """
    if east - west > 3:
        return COUNTRY
    middle = (west + east) / 2
    return TM3[min(TM3, key=lambda meridian: abs(meridian - middle))]


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
        for crs in ("EPSG:4326", "EPSG:4756", *TM3.values(), *UTM.values(), *_WGS84_UTM)
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


# Not VN-2000, but what a GPS and many programs write, some 200 m away from it.
_WGS84_UTM = ("EPSG:32648", "EPSG:32649")


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

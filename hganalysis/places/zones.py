"""Know which projection fits a part of the Earth, and lay side by side what its edge parts."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .. import study
from ..countries import Country, Extent

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

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
    if country.grid["zones"] and _within(bounds, country.bounds):
        return country.projection(west, east)
    if east - west <= _NARROW and south >= -80 and north <= 84:
        return f"EPSG:{(32601 if lat >= 0 else 32701) + int((lon + 180) // 6) % 60}"
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
    low, high = (area.west - _BEYOND, area.south - _BEYOND), (area.east, area.north)
    return _within(bounds, (*low, high[0] + _BEYOND, high[1] + _BEYOND))

"""
Know what is of one country alone: types of places, their codes, their spelling, its grids.

A study asks for one with `country` in its `study.toml`; one that does not is of `ANYWHERE`. Another
country is one more module with a `Country`, named in `KNOWN`.
"""

from .country import Bounds, Country, Reading
from .vietnam import VIET_NAM

__all__ = ["ANYWHERE", "KNOWN", "Bounds", "Country", "Reading", "at", "named"]

ANYWHERE = Country()
"""What is true of places of which no country is known."""
KNOWN = {one.code: one for one in (VIET_NAM,)}
"""Each country by its code in ISO 3166, as `study.toml` has it."""


def named(code: str | None) -> Country:
    """
    Give the country of a code, or what is true anywhere.

    Examples
    --------
    >>> named("VN").short["Phường"], named(None).short
    ('P.', {})
    """
    return KNOWN.get(code or "", ANYWHERE)


def at(bounds: Bounds) -> Country:
    """
    Give the country that a part of the Earth lies in, by the corners of that, in degrees.

    Examples
    --------
    >>> at((105.3, 9.5, 105.9, 10.1)).code, at((36.6, -1.5, 37.1, -1.1)).code
    ('VN', '')
    """
    west, south, east, north = bounds
    for one in KNOWN.values():
        least_lon, least_lat, most_lon, most_lat = one.bounds
        if west >= least_lon and south >= least_lat and east <= most_lon and north <= most_lat:
            return one
    return ANYWHERE

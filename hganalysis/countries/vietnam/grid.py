"""Know the projections of VN-2000."""

from __future__ import annotations

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
GRIDS = ("EPSG:4756", *TM3.values(), *UTM.values(), "EPSG:32648", "EPSG:32649")
"""
What a file may be in: degrees of VN-2000, its zones, and what a GPS and many programs write,
some 200 m away from it.
"""


def zone(west: float, east: float) -> str:
    """
    Choose the projection for maps of a stretch of longitudes of Viet Nam, in degrees.

    Examples
    --------
    >>> zone(105.3, 105.9), zone(102.1, 109.5)
    ('EPSG:9209', 'EPSG:3405')
    """
    if east - west > 3:
        return COUNTRY
    middle = (west + east) / 2
    return TM3[min(TM3, key=lambda meridian: abs(meridian - middle))]

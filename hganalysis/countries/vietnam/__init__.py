"""Viet Nam: what the types of its places are, how these are abbreviated, coded and spelt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from ..country import Country, Reading
from . import encodings, grid, spelling

__all__ = ["VIET_NAM", "VietNam"]


class VietNam(Country):
    """Viet Nam, by the lists of its General Statistics Office."""

    code = "VN"
    kinds: ClassVar = {
        "name": {
            "Phường": "Ward",
            "Thị trấn": "Township",
            "Xã": "Commune",
            "Đặc khu": "Special Zone",
        },
        "district": {
            "Thành phố": "City",
            "Thị xã": "Town",
            "Huyện": "District",
            "Quận": "District",
        },
        "province": {"Tỉnh": "Province", "Thành phố": "City"},
    }
    short: ClassVar = {
        "Thành phố": "TP.",
        "Thị xã": "TX.",
        "Quận": "Q.",
        "Huyện": "H.",
        "Phường": "P.",
        "Thị trấn": "TT.",
        "Xã": "X.",
        "Đặc khu": "ĐK.",
    }
    urban = ("Phường", "Thị trấn", "Quận", "Thành phố", "Thị xã")

    code_pattern = re.compile(r"[0-9A-Za-z]{1,12}")
    widths: ClassVar = {"code": 5, "district_code": 3, "province_code": 2}

    # The mainland and all islands: what lies outside was typed wrongly.
    bounds = (102.0, 6.0, 118.0, 24.0)
    grids = grid.GRIDS

    def projection(self, west: float, east: float) -> str:
        """Choose a zone of VN-2000."""
        return grid.zone(west, east)

    def key(self, core: str, *, y_as_i: bool = False, marks: bool = True) -> str:
        """Give a name with its tones at the end of syllables, and a last number as #."""
        return spelling.key(core, y_as_i=y_as_i, marks=marks)

    def readings(self, text: str) -> tuple[Reading, ...]:
        """Read a name as it stands, and after each type."""
        return spelling.readings(text)

    def decodings(self, text: str) -> Iterator[tuple[str, str]]:
        """Read text of the old fonts."""
        return encodings.decodings(text)


VIET_NAM = VietNam()

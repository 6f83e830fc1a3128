"""Viet Nam: what the types of its places are, how these are abbreviated, coded and spelt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from ..country import Country, Reading
from . import encodings, spelling
from .grid import COUNTRY, GRIDS, zone

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
    grid = COUNTRY
    grids = GRIDS

    heads: ClassVar = {
        "province": re.compile(r"(?:tỉnh|tinh) \S"),
        "district": re.compile(
            r"(?:huyện|thị xã|thành phố|quận) \S|(?:h|tx|tp|q)\s?\.\s?\S|(?:tx|tp)\s\S"
        ),
        "commune": re.compile(
            r"(?:xã|phường|thị trấn|xa|phuong|thi tran) \S|(?:x|p|tt)\s?\.\s?\S|tt\s\S"
        ),
    }
    bare_head = re.compile(r"(?:huyen|thi xa|thanh pho) (.+)")
    initials = "htqxpHTQXP"
    behind_total = (
        "huyện|thị xã|thành phố|quận|tỉnh|tx|tp|h|q|",
        "huyen|thi xa|thanh pho|quan|tinh|tx|tp|",
    )
    in_total: ClassVar = {
        "province": re.compile(r"\b(?:tỉnh|tinh)\b"),
        "district": re.compile(r"\b(?:huyện|thị xã|thành phố|huyen|tx|tp)\b"),
    }
    whole = frozenset({"tỉnh", "toàn tỉnh", "cả tỉnh"})
    hamlet = re.compile(
        r"\W*(?:ấp|khu vực|khu phố|kv|thôn|xóm|khóm|tổ dân phố|bản|buôn|hamlet)\b", re.IGNORECASE
    )
    # of the General Statistics Office
    headings: ClassVar = {
        "code": ("ma px", "ma xa", "ma phuong xa"),
        "name": ("phuong xa", "xa phuong", "ten xa", "xa"),
        "district_code": ("ma qh", "ma huyen", "ma quan huyen"),
        "district": ("quan huyen", "ten huyen", "huyen"),
        "province_code": ("ma tp", "ma tinh"),
        "province": ("tinh thanh pho", "ten tinh", "tinh"),
    }
    code_page = encodings.CODE_PAGE

    # of a province without districts, as since July 2025
    one_level: ClassVar = {
        "long": {"vi": "xã, phường, đặc khu", "en": "commune"},
        "types": ["Xã", "Phường", "Đặc khu"],
    }
    provinces: ClassVar = {"vi": "tỉnh, thành phố", "en": "province"}

    def projection(self, west: float, east: float) -> str:
        """Choose a zone of VN-2000."""
        return zone(west, east)

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

"""Recognise rows by their words: totals, districts, communes, notes."""

from __future__ import annotations

import re
import unicodedata

from .headers import bare, tidy

_MARKED = re.compile(
    r"(?:tổng|cộng|tổng cộng|tổng số|tổng chung|cộng chung|toàn|cả|tổng cộng chung)"
    r"(?: (?:toàn|cả|của|theo|số))?"
    r"(?: (?:huyện|thị xã|thành phố|quận|tỉnh|tx|tp|h|q|tổng)\b.*| [ivx+ ]+| [0-9+ ]+)?"
)
_PLAIN = re.compile(
    r"(?:tong|tong cong|tong so|tong chung|cong chung|cong|toan|ca|total|grand total|subtotal|"
    r"sub total|sum)(?: (?:toan|ca))?"
    r"(?: (?:huyen|thi xa|thanh pho|quan|tinh|tx|tp|province|district)\b.*)?"
)
_DISTRICT = re.compile(r"(?:huyện|thị xã|thành phố|quận) \S|(?:h|tx|tp|q)\s?\.\s?\S|(?:tx|tp)\s\S")
_PLAIN_DISTRICT = re.compile(r"(?:huyen|thi xa|thanh pho) (.+)")
_PROVINCE = re.compile(r"(?:tỉnh|tinh) \S")
_COMMUNE = re.compile(r"(?:xã|phường|thị trấn|xa|phuong|thi tran) \S|(?:x|p|tt)\s?\.\s?\S|tt\s\S")
_NOTE = re.compile(
    r"\W*(?:ghi chú|ghi chu|chú thích|chú ý|lưu ý|nguồn|nguon|người lập|nguoi lap|note|source|"
    r"ký tên|thủ trưởng|chủ tịch|tm\.|kt\.)",
)
_ALONE = {"toàn", "cả", "toan", "ca"}


def is_total(text: str) -> bool:
    """
    Say whether a text heads a row of totals, and nothing else can.

    Examples
    --------
    >>> [is_total(t) for t in ("Tổng cộng", "CỘNG:", "Cộng huyện Vị Thủy", "Toàn tỉnh")]
    [True, True, True, True]
    >>> [is_total(t) for t in ("Xã Cộng Hòa", "Cộng Hòa", "Tổng Cọt", "Công Bằng")]
    [False, False, False, False]
    """
    words = tidy(text)
    if words in _ALONE:
        return False
    if text.isascii():
        return _PLAIN.fullmatch(bare(text)) is not None
    return _MARKED.fullmatch(words) is not None


def district_of(text: str, districts: frozenset[str] = frozenset()) -> str:
    """
    Say whether a text names a district or a province: `"district"`, `"province"`, or nothing.

    Parameters
    ----------
    text
        What stands in the cell.
    districts
        The names on the list, bare.

    Examples
    --------
    >>> district_of("TX. Long Mỹ"), district_of("Tỉnh Hậu Giang"), district_of("Huyền Hội")
    ('district', 'province', '')
    """
    words = " ".join(unicodedata.normalize("NFC", text).lower().split())
    if _PROVINCE.match(words):
        return "province"
    if _DISTRICT.match(words):
        return "district"
    # "huyen" is also a name: without diacritics only a district of the list is one
    found = _PLAIN_DISTRICT.fullmatch(words) if text.isascii() else None
    return "district" if found and bare(found[1]) in districts else ""


def is_commune(text: str, communes: frozenset[str] = frozenset()) -> bool:
    """
    Say whether a text says of itself that it is a commune, ward or township, or is a known one.

    Parameters
    ----------
    text
        What stands in the cell.
    communes
        The names on the list, bare.

    Examples
    --------
    >>> is_commune("X. Vị Tân"), is_commune("Vĩnh Tường", frozenset({"vinh tuong"}))
    (True, True)
    >>> is_commune("Nguyễn Văn A")
    False
    """
    words = " ".join(unicodedata.normalize("NFC", text).lower().split())
    return _COMMUNE.match(words) is not None or bare(text) in communes


def is_note(text: str) -> bool:
    """
    Say whether a text begins as notes, sources and signatures do.

    Examples
    --------
    >>> is_note("Ghi chú: số liệu đến 31/12"), is_note("* Nguồn: UBND xã"), is_note("Vị Tân")
    (True, True, False)
    """
    return text.lstrip().startswith("*") or _NOTE.match(tidy_start(text)) is not None


def tidy_start(text: str) -> str:
    """Give the beginning of a text in small letters, as patterns are compared to it."""
    return unicodedata.normalize("NFC", text).lower().strip()[:40]

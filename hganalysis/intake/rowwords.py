"""Recognise rows by their words: totals, districts, communes, notes."""

from __future__ import annotations

import re
import unicodedata

from .. import study
from ..places.encodings import decodings
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
# "I. Huyện", "B/ Huyện", "2) Huyện", "III - Huyện", "IV Huyện", "- Huyện", "• Huyện"
_NUMBERED = re.compile(
    r"\s*(?:(?P<mark>[IVX]{1,6}|[A-EĐ]|[0-9]{1,3}(?:\.[0-9]{1,3})*)(?:\s*[.)/:–-]+\s*|\s+)|[-+•*–]+\s*)"
)
_ROMAN = re.compile(r"[IVX]{1,6}")
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
    if text.isascii():
        return bare(text) not in _ALONE and _PLAIN.fullmatch(bare(text)) is not None
    return any(
        tidy(one) not in _ALONE and _MARKED.fullmatch(tidy(one)) for one in _ways(text, "tcTC")
    )


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
    if study.current().country != "VN":  # no type tells: only a district of the list is one
        return "district" if bare(text) in districts else ""
    words = _line(text)
    for one in map(_line, _ways(text, "htqHTQ")):
        if _PROVINCE.match(one):
            return "province"
        if _DISTRICT.match(one):
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
    if bare(text) in communes or study.current().country != "VN":
        return bare(text) in communes
    return any(_COMMUNE.match(_line(one)) for one in _ways(text, "xptXPT"))


def called(level: str) -> set[str]:
    """
    Give what the study in use calls a level, or all of it, in either language.

    Examples
    --------
    >>> sorted(called("district"))
    ['district', 'huyện']
    """
    nouns = [study.blanks(study.current().written, one) for one in study.LANGUAGES]
    return {tidy(one[level]) for one in nouns}


def unnumbered(text: str, districts: frozenset[str] = frozenset()) -> str:
    """
    Take the number off the name of a block or a place, where what is left says what it is.

    Parameters
    ----------
    text
        What stands in the cell.
    districts
        The names on the list, bare: a Roman numeral is believed before one of them, too.

    Examples
    --------
    >>> unnumbered("I. Thành phố Vị Thanh"), unnumbered("- TX Long Mỹ"), unnumbered("A. Tổng số")
    ('Thành phố Vị Thanh', 'TX Long Mỹ', 'Tổng số')
    >>> unnumbered("X. Vị Tân"), unnumbered("P. Vị Thanh"), unnumbered("2. Vị Thủy")
    ('X. Vị Tân', 'P. Vị Thanh', '2. Vị Thủy')
    """
    found = _NUMBERED.match(text)
    if found is None:
        return text
    rest = text[found.end() :].strip()
    if is_total(rest) or district_of(rest, districts):
        return rest
    if found["mark"] == "X":  # rather short for a commune
        return text
    by_name = _ROMAN.fullmatch(found["mark"] or "") is not None and bare(rest) in districts
    return rest if by_name or is_commune(rest) else text


def is_roman(text: str) -> bool:
    """Say whether a text is a Roman numeral, as blocks are numbered."""
    return _ROMAN.fullmatch(text) is not None


def is_note(text: str) -> bool:
    """
    Say whether a text begins as notes, sources and signatures do.

    Examples
    --------
    >>> is_note("Ghi chú: số liệu đến 31/12"), is_note("* Nguồn: UBND xã"), is_note("Vị Tân")
    (True, True, False)
    """
    return text.lstrip().startswith("*") or _NOTE.match(_line(text)) is not None


def _line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def _ways(text: str, first: str) -> list[str]:
    """Give a text and, where it begins as what is looked for does, what else it may have been."""
    if text.isascii() or text[:1] not in first:
        return [text]
    return [text, *(decoded for _, decoded in decodings(text))]

"""Bring every way of writing a Vietnamese place name to one form, so that forms can be compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ..country import Reading
from ..letters import NO_SOUND, STRAY, bare

# Grave, acute, tilde, hook above, dot below: the five tones. What else a letter carries
# (circumflex, breve, horn) makes another letter of it and stays.
_TONES = dict(zip("\u0300\u0301\u0303\u0309\u0323", "12345", strict=True))

_VOWELS = "aeiouyăâêôơư"
# Mỹ and Mĩ, Lý and Lí: one sound, two spellings, where y ends a syllable after a consonant.
_FINAL_Y = re.compile(rf"^([^{_VOWELS}0-9]+|qu)y([1-5]?)$")
_ROMAN = re.compile(r"^(x{0,3})(ix|iv|v?i{0,3})$")

_TYPES = {
    "Tỉnh": ("tỉnh", r"t"),
    "Thành phố": ("thành phố", r"t ?[./]? ?p|tp"),
    "Thị xã": ("thị xã", r"t ?[./]? ?x|tx"),
    "Quận": ("quận", r"q"),
    "Huyện": ("huyện", r"h"),
    "Phường": ("phường", r"p|f"),
    "Thị trấn": ("thị trấn", r"t ?[./]? ?t|tt"),
    "Đặc khu": ("đặc khu", r"đk"),
    "Xã": ("xã", r"x"),
}


@lru_cache(maxsize=65_536)
def syllable(text: str) -> str:
    """
    Spell a syllable with its tone behind it, wherever the tone mark stood.

    Examples
    --------
    >>> syllable("hoà"), syllable("hòa"), syllable("thuỷ"), syllable("thủy")
    ('hoa1', 'hoa1', 'thuy4', 'thuy4')
    """
    marks = unicodedata.normalize("NFD", text)
    tones = "".join(sorted(_TONES[mark] for mark in marks if mark in _TONES))
    letters = "".join(mark for mark in marks if mark not in _TONES)
    return unicodedata.normalize("NFC", letters) + tones


@lru_cache(maxsize=65_536)
def key(core: str, *, y_as_i: bool = False, marks: bool = True) -> str:
    """
    Give the form in which names are compared: folded, tones at the end, a last number as #.

    Parameters
    ----------
    core
        A folded name without its type.
    y_as_i
        Take a last y after a consonant for an i: Mỹ and Mĩ.
    marks
        Keep tones and the marks of letters.

    Examples
    --------
    >>> key("hoà an"), key("vii"), key("07"), key("vị thanh 1")
    ('hoa1 an', '#7', '#7', 'vi5 thanh #1')
    >>> key("long mỹ", y_as_i=True), key("đông phú", marks=False)
    ('long mi3', 'dong phu')
    """
    words = core.translate(NO_SOUND).split()
    if not marks:
        words = [bare(word) for word in words]
    keys = [syllable(word) for word in words]
    if y_as_i:
        keys = [_FINAL_Y.sub(r"\1i\2", word) for word in keys]
    if words and (number := _number(words[-1])):
        keys[-1] = f"#{number}"
    return " ".join(keys)


@lru_cache(maxsize=65_536)
def readings(text: str) -> tuple[Reading, ...]:
    """
    Read a folded name in every way that its letters allow: as it stands, and after each type.

    Without diacritics "phuong binh" may be the ward Bình or the commune Phương Bình: both are
    given, and the list of places decides.

    Examples
    --------
    >>> [(reading.kind, reading.core) for reading in readings("tx. long mỹ")]
    [(None, 'tx. long mỹ'), ('Thị xã', 'long mỹ')]
    >>> [(reading.kind, reading.core) for reading in readings("phuong binh")]
    [(None, 'phuong binh'), ('Phường', 'binh')]
    """
    found = [Reading(None, text, short=False)]
    for kind, full, short in _PREFIXES:
        for pattern, is_short in ((full, False), (short, True)):
            match = pattern.match(text)
            if match:
                # as a name without its type is folded: "Xã +84" and "+84"
                core = text[match.end() :].lstrip(STRAY)
                found.append(Reading(kind, core, short=is_short))
    return tuple(found)


def _number(word: str) -> int | None:
    if word.isascii() and word.isdigit() and len(word) <= 3:
        return int(word)
    match = _ROMAN.match(word)
    if not word or not match:
        return None
    tens, ones = match.groups()
    units = {"ix": 9, "iv": 4}.get(ones, 5 * ones.startswith("v") + ones.count("i"))
    return 10 * len(tens) + units


def _prefix(kind: str, full: str, short: str) -> tuple[str, re.Pattern[str], re.Pattern[str]]:
    # Each word of a type is written with its marks, or with none.
    words = [f"(?:{word}|{bare(word)})" for word in full.split()]
    # A number may follow a type without a space: P5, Phường5, PhườngIV.
    behind = r"(?:\s*[.:]\s*|\s+|(?=[0-9]{1,2}$))"
    behind_full = r"(?:\s*[.:]\s*|\s+|(?=[0-9]{1,2}$|[ivx]+$))"
    return (
        kind,
        re.compile(r"\s*".join(words) + behind_full),
        re.compile(f"(?:{short})" + behind),
    )


_PREFIXES = [_prefix(kind, full, short) for kind, (full, short) in _TYPES.items()]

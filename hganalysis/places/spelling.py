"""Bring every way of writing a Vietnamese place name to one form, so that forms can be compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from .. import study

# Grave, acute, tilde, hook above, dot below: the five tones. What else a letter carries
# (circumflex, breve, horn) makes another letter of it and stays.
_TONES = dict(zip("\u0300\u0301\u0303\u0309\u0323", "12345", strict=True))

# Letters that look like đ and come out of old fonts, and marks that mean nothing in a name.
_LOOKS = str.maketrans(
    {"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "ɖ": "đ", "đ": "đ"}
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None)
)
_NO_SOUND = str.maketrans(dict.fromkeys("'’‘ʼ`´\"“”", None) | dict.fromkeys("-‐‑–—_.", " "))

_STRAY = " -–—+•*·."

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


@dataclass(frozen=True)
class Reading:
    """One way to read a name: its type, if it has one, and the rest."""

    kind: str | None
    """The official word for the type, such as `"Thị xã"`; none where no type is written."""
    core: str
    """The rest, folded."""
    short: bool
    """Whether the type is abbreviated."""


def fold(text: str) -> str:
    """
    Write a name in composed lower-case letters, with single spaces and without stray signs.

    Examples
    --------
    >>> fold("  TX.\N{NO-BREAK SPACE}LONG   MỸ * ")
    'tx. long mỹ'
    """
    plain = unicodedata.normalize("NFC", text).translate(_LOOKS)
    plain = " ".join(unicodedata.normalize("NFC", plain.casefold()).split())
    return plain.lstrip(_STRAY).rstrip(" *:;,.")


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
def bare(text: str, *, keep_d: bool = False) -> str:
    """
    Drop every mark from the letters, and the bar of đ unless it is kept.

    Examples
    --------
    >>> bare("đông phước"), bare("đông phước", keep_d=True)
    ('dong phuoc', 'đong phuoc')
    """
    letters = "".join(
        mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark)
    )
    return letters if keep_d else letters.replace("đ", "d")


def key(core: str, *, y_as_i: bool = False, marks: bool = True) -> str:
    """
    Give the form in which names are compared: folded, tones at the end, a last number as #.

    Of a study that is not of Viet Nam: folded, and without marks.

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
    if study.current().country != "VN":
        return " ".join(bare(core.translate(_NO_SOUND)).split())
    return _key(core, y_as_i=y_as_i, marks=marks)


@lru_cache(maxsize=65_536)
def _key(core: str, *, y_as_i: bool, marks: bool) -> str:
    words = core.translate(_NO_SOUND).split()
    if not marks:
        words = [bare(word) for word in words]
    keys = [syllable(word) for word in words]
    if y_as_i:
        keys = [_FINAL_Y.sub(r"\1i\2", word) for word in keys]
    if words and (number := _number(words[-1])):
        keys[-1] = f"#{number}"
    return " ".join(keys)


def readings(text: str) -> tuple[Reading, ...]:
    """
    Read a folded name in every way that its letters allow: as it stands, and after each type.

    A study that is not of Viet Nam has no types: there, only as it stands.

    Without diacritics "phuong binh" may be the ward Bình or the commune Phương Bình: both are
    given, and the list of places decides.

    Examples
    --------
    >>> [(reading.kind, reading.core) for reading in readings("tx. long mỹ")]
    [(None, 'tx. long mỹ'), ('Thị xã', 'long mỹ')]
    >>> [(reading.kind, reading.core) for reading in readings("phuong binh")]
    [(None, 'phuong binh'), ('Phường', 'binh')]
    """
    if study.current().country != "VN":
        return (Reading(None, text, short=False),)
    return _readings(text)


@lru_cache(maxsize=65_536)
def _readings(text: str) -> tuple[Reading, ...]:
    found = [Reading(None, text, short=False)]
    for kind, full, short in _PREFIXES:
        for pattern, is_short in ((full, False), (short, True)):
            match = pattern.match(text)
            if match:
                # as a name without its type is folded: "Xã +84" and "+84"
                core = text[match.end() :].lstrip(_STRAY)
                found.append(Reading(kind, core, short=is_short))
    return tuple(found)


def kind_alone(text: str) -> str | None:
    """
    Read a text that is nothing but a type.

    Examples
    --------
    >>> kind_alone("tx."), kind_alone("thị xã"), kind_alone("xa phien")
    ('Thị xã', 'Thị xã', None)
    """
    for reading in readings(f"{text} ."):
        if reading.kind and not reading.core.strip(" ."):
            return reading.kind
    return None


def is_bare(text: str) -> bool:
    """
    Say whether no letter carries a mark, but for the bar of đ.

    Examples
    --------
    >>> is_bare("xa Dong Phuoc"), is_bare("đong phuoc"), is_bare("đông phuoc")
    (True, True, False)
    """
    return bare(text, keep_d=True) == unicodedata.normalize("NFD", text)


def has_marks(text: str) -> bool:
    """
    Say whether any letter of a text carries a mark, or is a đ.

    Examples
    --------
    >>> has_marks("Xa Vi Tan"), has_marks("Xã Vi Tan")
    (False, True)
    """
    return bare(text) != unicodedata.normalize("NFD", text)


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

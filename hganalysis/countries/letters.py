"""Bring every way of writing a place name to one form, so that forms can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

# Letters that look like đ and come out of old fonts, and marks that mean nothing in a name.
_LOOKS = str.maketrans(
    {"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "ɖ": "đ", "đ": "đ"}
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None)
)
NO_SOUND = str.maketrans(dict.fromkeys("'’‘ʼ`´\"“”", None) | dict.fromkeys("-‐‑–—_.", " "))
"""What a name is pronounced without: for `str.translate`."""

STRAY = " -–—+•*·."
"""Signs that stand before a name and are no part of it."""


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
    return plain.lstrip(STRAY).rstrip(" *:;,.")


@lru_cache(maxsize=65_536)
def bare(text: str, *, keep_d: bool = False) -> str:
    """
    Drop every mark from the letters, and the bar of đ unless it is kept.

    Examples
    --------
    >>> bare("đông phước"), bare("đông phước", keep_d=True)
    ('dong phuoc', 'đong phuoc')
    """
    marks = unicodedata.normalize("NFD", text)
    letters = "".join(mark for mark in marks if not unicodedata.combining(mark))
    return letters if keep_d else letters.replace("đ", "d")


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


# Grave, acute, tilde, hook above, dot below: the five tones. What else a letter carries
# (circumflex, breve, horn) makes another letter of it and stays.
_TONES = dict(zip("\u0300\u0301\u0303\u0309\u0323", "12345", strict=True))
_VOWELS = "aeiouyăâêôơư"
# Mỹ and Mĩ, Lý and Lí: one sound, two spellings, where y ends a syllable after a consonant.
_FINAL_Y = re.compile(rf"^([^{_VOWELS}0-9]+|qu)y([1-5]?)$")
_ROMAN = re.compile(r"^(x{0,3})(ix|iv|v?i{0,3})$")

Prefix = tuple[str, re.Pattern[str], bool]
"""A type, how a name begins with it, and whether that is its short form."""
Decoder = Callable[[str], str | None]


class Reading(NamedTuple):
    """One way to read a name: its type, if it has one, and the rest."""

    kind: str | None
    """The official word for the type, such as `"Thị xã"`; none where no type is written."""
    core: str
    """The rest, folded."""
    short: bool
    """Whether the type is abbreviated."""


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
    Give a name with tones at the end of its syllables, and a last number as #: `Country.key`.

    Examples
    --------
    >>> key("hoà an"), key("07"), key("vị thanh 1"), key("đông phú", marks=False)
    ('hoa1 an', '#7', 'vi5 thanh #1', 'dong phu')
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


def _number(word: str) -> int | None:
    if word.isascii() and word.isdigit() and len(word) <= 3:
        return int(word)
    match = _ROMAN.match(word)
    if not word or not match:
        return None
    tens, ones = match.groups()
    units = {"ix": 9, "iv": 4}.get(ones, 5 * ones.startswith("v") + ones.count("i"))
    return 10 * len(tens) + units


def prefixes(types: Mapping[str, str]) -> tuple[Prefix, ...]:
    """Say how names begin, by the pattern of the short form of each type."""
    found: list[Prefix] = []
    # A number may follow a type without a space: P5, Phường5, PhườngIV.
    behind = r"(?:\s*[.:]\s*|\s+|(?=[0-9]{1,2}$))"
    behind_full = r"(?:\s*[.:]\s*|\s+|(?=[0-9]{1,2}$|[ivx]+$))"
    for kind, short in types.items():
        # Each word of a type is written with its marks, or with none.
        full = r"\s*".join(f"(?:{word}|{bare(word)})" for word in kind.casefold().split())
        found.append((kind, re.compile(full + behind_full), False))
        found.append((kind, re.compile(f"(?:{short})" + behind), True))
    return tuple(found)


def readings(text: str, known: tuple[Prefix, ...]) -> tuple[Reading, ...]:
    """Read a folded name as it stands, and after each type: `Country.readings`."""
    found = [Reading(None, text, short=False)]
    for kind, pattern, short in known:
        if match := pattern.match(text):
            # as a name without its type is folded: "Xã +84" and "+84"
            found.append(Reading(kind, text[match.end() :].lstrip(STRAY), short=short))
    return tuple(found)


def decoder(said: Mapping[str, str]) -> Decoder:
    """Make what undoes an encoding: of two code pages, or of the letters of a font."""
    if "stored" in said:
        # bytes without a letter in a code page are opened as the control of that number
        raw = {chr(byte): byte for byte in range(256)}
        raw |= {bytes([one]).decode(said["opened"], "ignore"): one for one in range(256)}

        def reread(text: str) -> str | None:
            try:
                return bytes(raw[letter] for letter in text).decode(said["stored"])
            except (KeyError, UnicodeDecodeError):
                return None

        return reread
    letters = {pair[:-1]: pair[-1] for pair in said.get("letters", "").split()}
    letters |= {chr(int(one[:2], 16)): one[2:] for one in said.get("bytes", "").split()}
    parts = re.compile("|".join(sorted(map(re.escape, letters), key=len, reverse=True)))

    def decode(text: str) -> str | None:
        text = text.lower() if said.get("small") else text
        # What is left beside the letters must be plain: a mark that follows none is no such text.
        if not parts.sub("", text).isascii():
            return None
        return parts.sub(lambda found: letters[found[0]], text)

    return decode

"""Bring every way of writing a place name to one form, so that forms can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

# Letters of old fonts that look like đ, and invisible marks that mean nothing in a name.
_LOOK_ALIKES = {"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "ɖ": "đ", "đ": "đ"}
_INVISIBLE = dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None)
_PLAIN_LETTERS = str.maketrans(_LOOK_ALIKES | _INVISIBLE)

_QUOTES = dict.fromkeys("'’‘ʼ`´\"“”", None)
_DASHES = dict.fromkeys("-‐‑–—_.", " ")
SILENT_SIGNS = str.maketrans(_QUOTES | _DASHES)
"""Signs that are not pronounced: quotes are dropped, dashes become spaces (`str.translate`)."""

STRAY_SIGNS = " -–—+•*·."
"""Signs before a name that are no part of it, such as those of a list."""


def small(text: str) -> str:
    """Write a text in small letters, each composed with its marks; spaces and line ends stay."""
    return unicodedata.normalize("NFC", text).lower()


def spaced(text: str) -> str:
    """Write a text in composed letters, in one line, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(text: str) -> str:
    """
    Write a name in composed lower-case letters, with single spaces and without stray signs.

    Examples
    --------
    >>> fold("  TX.\N{NO-BREAK SPACE}LONG   MỸ * ")
    'tx. long mỹ'
    """
    letters = unicodedata.normalize("NFC", text).translate(_PLAIN_LETTERS)
    return spaced(letters.casefold()).lstrip(STRAY_SIGNS).rstrip(" *:;,.")


@lru_cache(maxsize=65_536)  # reports name the same places on every sheet
def bare(text: str, *, keep_d: bool = False) -> str:
    """
    Drop every mark from the letters, and the bar of đ unless it is kept; capitals stay.

    Examples
    --------
    >>> bare("Đắk Lắk"), bare("đông phước", keep_d=True)
    ('Dak Lak', 'đong phuoc')
    """
    characters = unicodedata.normalize("NFD", text)
    letters = "".join(sign for sign in characters if not unicodedata.combining(sign))
    if keep_d:
        return letters
    return letters.replace("đ", "d").replace("Đ", "D")


def slug(text: str) -> str:
    """Write a text in small letters, digits and hyphens: what every disk and stick takes."""
    return re.sub(r"[^a-z0-9]+", "-", bare(text.lower())).strip("-")


def is_bare(text: str) -> bool:
    """
    Say whether no letter carries a mark; the bar of đ is no mark here.

    Examples
    --------
    >>> is_bare("xa Dong Phuoc"), is_bare("đong phuoc"), is_bare("đông phuoc")
    (True, True, False)
    """
    return bare(text, keep_d=True) == unicodedata.normalize("NFD", text)


# Grave, acute, tilde, hook above, dot below: the five tones. Any other mark of a letter
# (circumflex, breve, horn) makes another letter of it and stays.
_TONES = dict(zip("\u0300\u0301\u0303\u0309\u0323", "12345", strict=True))
_VOWELS = "aeiouyăâêôơư"
# Mỹ and Mĩ, Lý and Lí: one sound, two spellings, where y ends a syllable after a consonant.
_FINAL_Y = re.compile(rf"^([^{_VOWELS}0-9]+|qu)y([1-5]?)$")
_ROMAN = re.compile(r"^(x{0,3})(ix|iv|v?i{0,3})$")
# No name ends with a longer number.
_MAX_DIGITS = 3

Decode = Callable[[str], str | None]
"""Undo an encoding; none where a text cannot be in it."""


class Prefix(NamedTuple):
    """How a name begins with its type."""

    kind: str
    """The official word for the type."""
    pattern: re.Pattern[str]
    is_short: bool
    """Whether the pattern is of the short form."""


class Reading(NamedTuple):
    """One way to read a name: its type, if it has one, and the rest."""

    kind: str | None
    """The official word for the type, such as `"Thị xã"`; none where no type is written."""
    core: str
    """The rest, folded."""
    is_short: bool
    """Whether the type is abbreviated."""


@lru_cache(maxsize=65_536)  # names share their syllables
def syllable(text: str) -> str:
    """
    Spell a syllable with its tone at the end, wherever the tone mark was written.

    Examples
    --------
    >>> syllable("hoà"), syllable("hòa"), syllable("thuỷ"), syllable("thủy")
    ('hoa1', 'hoa1', 'thuy4', 'thuy4')
    """
    characters = unicodedata.normalize("NFD", text)
    tones = "".join(sorted(_TONES[sign] for sign in characters if sign in _TONES))
    letters = "".join(sign for sign in characters if sign not in _TONES)
    return unicodedata.normalize("NFC", letters) + tones


@lru_cache(maxsize=65_536)  # a name is compared with each of a list
def key(core: str, *, y_as_i: bool = False, marks: bool = True) -> str:
    """
    Write a name with tones at the end of its syllables, and a last number as #: `Country.key`.

    Examples
    --------
    >>> key("hoà an"), key("07"), key("vị thanh 1"), key("đông phú", marks=False)
    ('hoa1 an', '#7', 'vi5 thanh #1', 'dong phu')
    """
    words = core.translate(SILENT_SIGNS).split()
    if not marks:
        words = [bare(word) for word in words]
    if not words:
        return ""
    syllables = [syllable(word) for word in words]
    if y_as_i:
        syllables = [_FINAL_Y.sub(r"\1i\2", text) for text in syllables]
    number = _number(words[-1])
    if number:
        syllables[-1] = f"#{number}"
    return " ".join(syllables)


def _number(word: str) -> int | None:
    """Read an Arabic or Roman number; none where a word is no number."""
    if word.isascii() and word.isdigit() and len(word) <= _MAX_DIGITS:
        return int(word)
    match = _ROMAN.match(word)
    if not match:
        return None
    tens, units = match.groups()
    if units in ("ix", "iv"):
        number = {"ix": 9, "iv": 4}[units]
    else:
        number = 5 * units.count("v") + units.count("i")
    return 10 * len(tens) + number


def prefixes(types: Mapping[str, str]) -> tuple[Prefix, ...]:
    """List how names may begin with a type, from the pattern of the short form of each type."""
    # A number may follow a type without a space: P5, Phường5, PhườngIV.
    after_short = r"(?:\s*[.:]\s*|\s+|(?=[0-9]{1,2}$))"
    after_full = r"(?:\s*[.:]\s*|\s+|(?=[0-9]{1,2}$|[ivx]+$))"
    all_prefixes = []
    for kind, short in types.items():
        # each word of a type is written with its marks, or without any
        words = [f"(?:{word}|{bare(word)})" for word in kind.casefold().split()]
        full = re.compile(r"\s*".join(words) + after_full)
        all_prefixes.append(Prefix(kind, full, is_short=False))
        abbreviated = re.compile(f"(?:{short})" + after_short)
        all_prefixes.append(Prefix(kind, abbreviated, is_short=True))
    return tuple(all_prefixes)


def decoder(encoding: Mapping[str, str]) -> Decode:
    """
    Make the function that undoes an encoding.

    Parameters
    ----------
    encoding
        As `vietnam.toml` has it: two code pages, or the letters of a font.
    """
    if "stored" in encoding:
        return _page_decoder(encoding["stored"], encoding["opened"])
    return _font_decoder(encoding)


def _page_decoder(stored: str, opened: str) -> Decode:
    """Undo that a text was opened in another code page than it was stored in."""
    # bytes without a letter in a code page are opened as the control of that number
    bytes_of = {chr(byte): byte for byte in range(256)}
    bytes_of |= {bytes([byte]).decode(opened, "ignore"): byte for byte in range(256)}

    def decode(text: str) -> str | None:
        try:
            return bytes(bytes_of[letter] for letter in text).decode(stored)
        except (KeyError, UnicodeDecodeError):
            return None

    return decode


def _font_decoder(encoding: Mapping[str, str]) -> Decode:
    """Undo a font that shows other letters than were stored."""
    letters = {pair[:-1]: pair[-1] for pair in encoding.get("letters", "").split()}
    for entry in encoding.get("bytes", "").split():
        letters[chr(int(entry[:2], 16))] = entry[2:]
    longest_first = sorted(map(re.escape, letters), key=len, reverse=True)
    pattern = re.compile("|".join(longest_first))

    def decode(text: str) -> str | None:
        if encoding.get("small"):
            text = text.lower()
        # the other characters must be plain: a mark without its letter is not of this font
        if not pattern.sub("", text).isascii():
            return None
        return pattern.sub(lambda match: letters[match[0]], text)

    return decode

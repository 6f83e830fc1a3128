"""Write names in letters that can be compared, whatever the writing."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

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
    letters = "".join(
        mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark)
    )
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

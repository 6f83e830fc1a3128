"""Set text on a slide: make it harmless, measure it in Arial, wrap it, find the size that fits."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from .. import typeset

# What a text of a slide must be at least, in points, to be read from the third row.
SMALLEST = 18
LINE = 1.2
"""Height of a line in its own size, as PowerPoint sets Arial."""
LONGEST = 600
"""Letters of one text: a name of a user's file is bounded here, so that it cannot fill a deck."""

# XML cannot hold these; a line break is written as such elsewhere.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Widths that are not in the table of Latin letters, in thousandths of the size.
_OTHERS = {"Đ": 722, "đ": 611, "–": 556, "−": 584, "“": 500, "”": 500, "’": 278, "·": 333, "↑": 500}
_OTHERS |= dict.fromkeys("ìíîïĩ", 278)  # wider than their dot
_OTHERS |= {
    "\N{NO-BREAK SPACE}": 278,
    "±": 584,
    "×": 584,
    "≥": 549,
    "≤": 549,
    "φ": 720,
    "²": 333,
    "³": 333,
}
# An o or u with a horn is wider than its letter.
_HORN = 140


def clean(text: object) -> str:
    r"""
    Make a text harmless for a deck: composed letters, nothing that XML cannot hold, not endless.

    Examples
    --------
    >>> clean("Vị Thu\u0309y\x00")
    'Vị Thủy'
    """
    whole = unicodedata.normalize("NFC", str(text))
    whole = _FORBIDDEN.sub("", whole.replace("\r\n", "\n").replace("\t", " "))
    return whole if len(whole) <= LONGEST else whole[: LONGEST - 1] + "…"


def width(text: str, size: float, *, bold: bool = False) -> float:
    """
    Measure the longest line of a text in Arial, in points.

    Arial has the widths of Helvetica, whose table comes with matplotlib: so a deck is the same
    where the font is not installed. A letter that is not Latin counts as a full square.

    Examples
    --------
    >>> width("SỐ LIỆU", 100)
    394.6
    """
    table = _widths(bold=bold)
    return max(
        round(sum(_letter(letter, table) for letter in line) * size / 1000, 3)
        for line in unicodedata.normalize("NFC", text).split("\n")
    )


def wrap(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines as PowerPoint does: as many words as the room has points."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.append("")
        for word in typeset.BREAK.split(paragraph):
            longer = f"{lines[-1]} {word}" if lines[-1] else word
            if lines[-1] and width(longer, size, bold=bold) > room:
                lines.append(word)
            else:
                lines[-1] = longer
    return lines


def _words(text: str) -> list[str]:
    return [word for line in text.split("\n") for word in typeset.BREAK.split(line)]


def height(text: str, size: float, room: float, *, bold: bool = False) -> float:
    """Measure how high a text stands when it is wrapped into a room, in points."""
    return len(wrap(text, size, room, bold=bold)) * LINE * size


def fit(
    text: str, room: tuple[float, float], *, largest: float = SMALLEST, bold: bool = False
) -> tuple[str, float]:
    """
    Find the largest size at which a text fits into a room of a width and a height, in points.

    Where even the smallest is too large, the text ends in an ellipsis: it would run into what
    stands beside it.
    """
    wide, high = room
    for size in range(int(largest), SMALLEST - 1, -1):
        whole = max(width(word, size, bold=bold) for word in _words(text))
        if whole <= wide and height(text, size, wide, bold=bold) <= high:
            return text, size
    shorter = text
    while shorter and (
        height(f"{shorter}…", SMALLEST, wide, bold=bold) > high
        or max(width(word, SMALLEST, bold=bold) for word in _words(f"{shorter}…")) > wide
    ):
        shorter = shorter[:-1]
    return f"{shorter.rstrip()}…", SMALLEST


def shorten(text: str, room: float, *, bold: bool = False) -> str:
    """Cut the middle out of a name that has no room: names that begin alike still differ."""
    return typeset.shorten(text, room, lambda said: width(said, SMALLEST, bold=bold))


def _letter(letter: str, table: dict[str, int]) -> int:
    if letter in table:
        return table[letter]
    if letter in _OTHERS:
        return _OTHERS[letter]
    parts = unicodedata.normalize("NFD", letter)
    return table.get(parts[0], 1000) + (_HORN if "\N{COMBINING HORN}" in parts else 0)


@cache
def _widths(*, bold: bool) -> dict[str, int]:
    """Read the widths of plain letters, in thousandths of the size."""
    import matplotlib as mpl

    name = "Helvetica-Bold.afm" if bold else "Helvetica.afm"
    file = Path(mpl.get_data_path()) / "fonts" / "pdfcorefonts" / name
    rows = re.findall(r"^C (\d+) ; WX (\d+) ", file.read_text(encoding="ascii"), re.MULTILINE)
    return {chr(int(code)): int(wide) for code, wide in rows if int(code) < 127}

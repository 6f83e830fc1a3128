"""Set text: measure it, wrap it, draw it in a font that holds every Vietnamese letter."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.text import Text

# Comes with matplotlib, so it is the same everywhere.
FONT = "DejaVu Sans"
# Dark enough to be read, softer than black; and what is said in a low voice.
INK, QUIET, PALE = "#1f2328", "#5b6168", "#ffffff"
# Sizes in points on a page 16 inches wide: on a projector, 14 points are 2 % of its height, which
# can be read from the last row of a hall about eight picture heights deep.
TITLE, PANEL, BODY, SMALL = 26, 18, 14, 12
TINY = 10  # for what nobody reads in the hall: the passport
HALO = 6.0  # round letters, in points: wide enough to keep a hatch off them
# Where a line may be broken: not before a letter or a number that a name ends in, as Châu Thành A
# and Ward 7 do, since Châu Thành is another place.
BREAK = re.compile(r" (?![A-ZĐ](?!\w)|\d+$)")
_PARTS = re.compile(r"(?<=[/-])(?=\w)")
LINE = 1.3  # a line of text, in its own size: room for a circumflex with a grave on a capital


@cache
def font(size: float, *, bold: bool = False) -> FontProperties:
    """Describe the font, so that nobody's matplotlib settings can change it."""
    from matplotlib.font_manager import FontProperties

    return FontProperties(family=FONT, size=size, weight="bold" if bold else "normal")


@contextmanager
def boxes() -> Iterator[None]:
    """Draw a box for a letter that the font lacks: a name may hold any, and tables show it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield


def shorten(text: str, room: float, width: Callable[[str], float]) -> str:
    """
    Cut the middle out of a text that has no room, and mark the cut; its end tells it from others.

    Examples
    --------
    >>> shorten("Huyện Một Hai Ba 12", 12, len)
    'Huyện M…a 12'
    """
    if width(text) <= room:
        return text
    for kept in range(len(text) - 1, 0, -1):
        end = kept * 2 // 5
        said = f"{text[: kept - end].rstrip()}…{text[len(text) - end :].lstrip()}"
        if width(said) <= room:
            return said
    return "…"


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Measure the longest line of a text, in points."""
    return size * max(_em(line, bold=bold) for line in text.split("\n"))


@cache
def _em(line: str, *, bold: bool) -> float:
    """
    Measure a line in its own size: letters without hinting grow with it, so once is enough.

    Word by word, as a line is folded in many ways and its words stay: nothing is kerned to a space.
    """
    words = [_word(word, bold=bold) for word in line.split(" ")]
    return sum(words) + (len(words) - 1) * _word(" ", bold=bold)


@cache
def _word(word: str, *, bold: bool) -> float:
    from matplotlib.textpath import TextToPath

    with boxes():
        measured = TextToPath().get_text_width_height_descent(word, font(1, bold=bold), False)  # noqa: FBT003
    return float(measured[0])


@cache
def reach(line: str) -> tuple[float, float]:
    """Say how far the letters of a line reach below and above its foot, in its own size."""
    from matplotlib.textpath import TextToPath

    with boxes():
        measured = TextToPath().get_text_width_height_descent(line, font(1), False)  # noqa: FBT003
    _, high, below = map(float, measured)
    return below, high - below


def wrap(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Fold a text into as few even lines as fit into the room, in points."""
    folded = foldings(text, size, bold=bold, within=False)
    fitting = (one for one in folded if width(one, size, bold=bold) <= room)
    return next(fitting, folded[-1])


def foldings(
    text: str, size: float, *, most: int = 5, bold: bool = False, within: bool = True
) -> list[str]:
    """Fold a name into one line, two, three …, each time into lines that are nearly even."""
    whole = width(text, size, bold=bold)
    found: list[str] = []
    for lines in range(1, most + 1):
        room = whole / lines
        folded = fill(text, size, room, bold=bold, within=within)
        while folded.count("\n") >= lines:
            room *= 1.04
            folded = fill(text, size, room, bold=bold, within=within)
        if folded not in found:
            found.append(folded)
    return found


def fill(text: str, size: float, room: float, *, bold: bool = False, within: bool = False) -> str:
    """
    Put as many words on each line as fit into the room.

    A name is parted `within` a word, too: behind a slash or a hyphen, as Taita/Taveta is.
    """
    lines: list[str] = []
    for word in BREAK.split(text):
        for at, part in enumerate(_PARTS.split(word) if within else [word]):
            joined = f"{lines[-1]}{'' if at else ' '}{part}" if lines else part
            if lines and width(joined, size, bold=bold) <= room:
                lines[-1] = joined
            else:
                lines.append(part)
    return "\n".join(lines)


def write(
    on: Axes | Figure,
    x: float,
    y: float,
    text: str,
    *,
    size: float = BODY,
    bold: bool = False,
    colour: str = INK,
    ha: str = "left",
    va: str = "center",
    halo: str | None = None,
    zorder: float = 6,
) -> Text:
    """Write a text on axes or a page, taken as it is: a dollar sign starts no formula."""
    from matplotlib.patheffects import withStroke

    return on.text(
        x,
        y,
        text,
        fontproperties=font(size, bold=bold),
        color=colour,
        ha=ha,
        va=va,
        linespacing=1.25,
        path_effects=[withStroke(linewidth=min(HALO, size / 2), foreground=halo)] if halo else None,
        zorder=zorder,
        parse_math=False,
    )

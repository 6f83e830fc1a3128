"""
Lay out a page of any width: what has no room beside something else stands below it.

The page of the hall has a height, which its panels share; another is as high as what stands on it.
All is in inches, from the lower left corner, before the page is made smaller for its paper.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ... import limits
from .. import typeset
from .axes import FULL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...figures import Figure

Box = tuple[float, float, float, float]
"""Left, bottom, width and height."""

MEASURED = 0.985
"""Of the room, what a line may measure: letters are drawn on whole dots, and so a little wider."""
LEAST = FULL[0] / 72, FULL[1] / 72
"""Width and height of the smallest panel."""
BESIDE = 4.3
"""Width of a legend beside a map."""
GAP, AIR = 0.3, 0.1
"""Between two panels, and between a panel and what belongs to it."""
NAME = 0.45
"""Height of the title of a panel, where there are several."""
HEAD, FLOOR = 1.15, 0.65
"""What title and source take of the page of the hall, at least."""
ROW, TINY_ROW = 0.22, 0.018
"""Height of a line of the source; of one of the passport, a point of its letters."""
FIRST, FLAT = 0.3, 1.4
"""What the first band of a page takes of it at least; and at most, of the height that suits it."""
LOW = 0.06
"""Below the lowest line."""


@dataclass(frozen=True)
class Page:
    """A page: how wide it is, and how high if that is set."""

    wide: float = 16.0
    high: float | None = 9.0
    bands: tuple[tuple[float, ...], ...] = ()
    """Parts of the width for the panels of each band, the highest band first; else side by side."""

    @property
    def edge(self) -> float:
        """Air at both sides: what is printed has margins already."""
        return 0.4 if self.high else 0.08

    @property
    def room(self) -> float:
        """What is between the edges."""
        return self.wide - 2 * self.edge


# 16 x 9 at 120 dots an inch is 1920 x 1080, a projector; at 72 it fits a notebook.
HALL = Page()


@dataclass(frozen=True)
class Needs:
    """What a panel needs at a width: its height, and that of its legend, 0 if it has none."""

    tall: Callable[[float], float] = lambda _: 0.0
    legend: Callable[[float], float] = lambda _: 0.0
    grows: bool = False
    """Can it be of any height, as a map can?"""


@dataclass(frozen=True)
class Layout:
    """Where everything stands: panels, the legend of each, the one of all, and the foot."""

    size: tuple[float, float]
    panels: Sequence[Box]
    legends: Sequence[Box]
    shared: Box
    foot: float


@dataclass(frozen=True)
class Heading:
    """The title and what is below it, folded: text, size and height of the upper edge of each."""

    title: tuple[str, float, float]
    subtitle: tuple[str, float, float]
    height: float


@dataclass(frozen=True)
class Foot:
    """What stands below everything: lines with a left and a right end, and the passport."""

    rows: Sequence[tuple[str, str]]
    passport: Sequence[str]
    size: float
    """Of the letters of the passport, in points."""

    @property
    def start(self) -> float:
        """Say how high the passport reaches."""
        return LOW + len(self.passport) * self.step

    @property
    def step(self) -> float:
        """Give the height of a line of the passport."""
        return TINY_ROW * self.size

    @property
    def height(self) -> float:
        """Say how high all of it reaches."""
        return self.start + 0.03 + ROW * len(self.rows)

    def room(self, page: Page) -> float:
        """Say what it takes of a page; in the hall at least what was kept free for it."""
        return max(FLOOR, round(self.height + AIR, 3)) if page.high else self.height + GAP

    def least(self, page: Page) -> float:
        """Say what it cannot do without: on a sheet that was laid before, no air above it."""
        return round(self.height - LOW, 3) if page.high else self.height + GAP


def fits_beside(page: Page) -> bool:
    """Say whether one map has room for its legend beside it."""
    return page.room - BESIDE - GAP >= LEAST[0]


def arrange(
    page: Page, panels: Sequence[Needs], *, head: float, foot: float, strip: float = 0.0
) -> Layout:
    """
    Lay panels out side by side, as many as have room, with their legends beside or below them.

    Parameters
    ----------
    page, panels
        And what each needs.
    head, foot
        Heights of what stands above and below all.
    strip
        Height of the one legend below all panels; 0 if each has its own.
    """
    if page.bands:
        return _banded(page, panels, head=head, foot=foot, strip=strip)
    beside = len(panels) == 1 and panels[0].legend(BESIDE) > 0 and fits_beside(page)
    free = page.room - (BESIDE + GAP if beside else 0)
    columns = min(len(panels), max(1, int((free + GAP) / (LEAST[0] + GAP))))
    across = (free - GAP * (columns - 1)) / columns
    rows = [panels[at : at + columns] for at in range(0, len(panels), columns)]
    name = NAME if len(panels) > 1 else 0.0
    legends = [0.0 if beside or strip else max(one.legend(across) for one in row) for row in rows]
    legends[-1] = strip or legends[-1]
    if page.high is None:
        tall = [max(one.tall(across) for one in row) for row in rows]
        tall[0] = max(tall[0], panels[0].legend(BESIDE)) if beside else tall[0]
    else:
        tall = [page.high - head - foot - name - legends[0] - (AIR if legends[0] else 0)]
    under = [height + AIR if height else 0.0 for height in legends]
    high = page.high or head + foot + sum([*tall, *under]) + (name + GAP) * len(rows)
    at, boxes, rooms = high - head, [], []
    for number in range(len(panels)):
        row, column = divmod(number, columns)
        if column == 0:
            at -= name + tall[row]
        left = page.edge + column * (across + GAP)
        boxes.append((left, at, across, tall[row]))
        rooms.append((left, round(at - under[row], 6), across, legends[row]))
        if column == columns - 1:
            at -= under[row] + GAP
    left, bottom, _, height = rooms[-1]
    if beside:
        rooms = [(page.edge + across + GAP, bottom, BESIDE, tall[0])]
    shared = (page.edge, bottom, page.room, height)
    return Layout((page.wide, high), boxes, rooms, shared, foot)


def _banded(
    page: Page, panels: Sequence[Needs], *, head: float, foot: float, strip: float
) -> Layout:
    """
    Lay panels out in bands below one another; the one legend of the maps stands below the first.

    What the others leave is for the first, and some of it in any case; then the lowest has what it
    needs. What is over goes to bands in which something can grow.
    """
    assert page.high is not None, "a page of bands is a sheet of paper"
    across = [[part * (page.room - GAP * (len(band) - 1)) for part in band] for band in page.bands]
    left = iter(panels)
    bands = [[(next(left), wide) for wide in band] for band in across]
    needed = [
        max(one.tall(wide) for one, wide in band if not one.grows or number == 0)
        for number, band in enumerate(bands)
    ]
    under = strip + AIR if strip else 0.0
    free = page.high - head - foot - under - (NAME + GAP) * len(bands)
    tall = [min(max(free - sum(needed[1:]), FIRST * free), FLAT * needed[0])]
    for number, high in reversed([*enumerate(needed)][1:]):
        room = free - sum(tall) - LEAST[1] * (number - 1)
        grows = any(one.grows for one, _ in bands[number])
        tall.insert(1, min(high * (FLAT if grows else 1), room))
    at, boxes, shared = page.high - head, [], (page.edge, 0.0, page.room, 0.0)
    for number, (band, high) in enumerate(zip(across, tall, strict=True)):
        at -= NAME + high
        start = page.edge
        for wide in band:
            boxes.append((start, at, wide, high))
            start += wide + GAP
        if number == 0:
            at -= under
            shared = (page.edge, at, page.room, strip)
        at -= GAP
    return Layout((page.wide, page.high), boxes, [shared] * len(boxes), shared, foot)


def heading(page: Page, title: str, subtitle: str) -> Heading:
    """
    Fold the title and what is below it: as large as fits on a line, down to a size.

    Raises
    ------
    ValueError
        If a word is longer than a line, or the text longer than a few.
    """
    room, size = 72 * page.room, max(float(typeset.PANEL), typeset.TITLE * page.wide / HALL.wide)
    while size > typeset.PANEL and typeset.width(title, size, bold=True) > room:
        size = max(size - 1, typeset.PANEL)
    said = _even(title, size, room, bold=True)
    below, small = _even(subtitle, typeset.BODY + 1, room), typeset.BODY + 1
    lead = page.high is not None and title != ""  # without one, the panels have its room
    tall = _inches(said, size) if title else 0.0
    top = max(0.08, min(0.28, 0.79 - tall)) if lead else 0.08
    under = max(0.8 if lead else 0.0, top + tall + 0.02)
    height = under + (_inches(below, small) + 0.08 if below else 0.06)
    if lead:
        height = max(HEAD, height)
    return Heading((said, size, top), (below, small, under), height)


def foot(composed: Figure, page: Page, unnamed: int, *, tiny: float) -> Foot:
    """
    Fold the source, what else is said, and the passport in letters of a size.

    What is said stands at the right of the last line of the source, or below it.

    Raises
    ------
    ValueError
        If a text has no room.
    """
    small, room = typeset.SMALL, 72 * page.room
    said, outlines = composed.left_out(unnamed), composed.outlines
    whole = f"{said} {outlines}".strip()
    each = [whole] if typeset.width(whole, small) <= room else [said, outlines]
    source = fold(composed.source_line, small, room)
    notes = [line for one in each if one for line in fold(one, small, room)]
    rows = [(line, "") for line in source]
    wide = typeset.width(source[-1], small) + sum(typeset.width(one, small) for one in notes[:1])
    if notes and wide + 20 <= room:
        rows[-1] = (source[-1], notes.pop(0))
    rows += [(line, "") for line in notes]
    stamped = composed.passport
    if page.high and typeset.width(stamped.text, tiny) > room:
        stamped = replace(stamped, limits="")
    return Foot(rows, fold(stamped.text, tiny, room), tiny)


def fold(text: str, size: float, room: float) -> list[str]:
    """
    Fold a text into a room of so many points.

    Raises
    ------
    ValueError
        If a word is longer than a line, or the text longer than a few.
    """
    return _require(text, typeset.fill(text, size, room * MEASURED), size, room).split("\n")


def _even(text: str, size: float, room: float, *, bold: bool = False) -> str:
    folded = typeset.wrap(text, size, room, bold=bold)
    if typeset.width(folded, size, bold=bold) > room:  # no few even lines hold it: full ones may
        folded = typeset.fill(text, size, room, bold=bold)
    return _require(text, folded, size, room, bold=bold)


def _require(text: str, folded: str, size: float, room: float, *, bold: bool = False) -> str:
    lines = folded.count("\n") + 1
    if lines > limits.MOST_LINES or typeset.width(folded, size, bold=bold) > room:
        msg = f"there is no room at this width for {text!r:.200}: shorten it, or print it wider."
        raise ValueError(msg)
    return folded


def _inches(text: str, size: float) -> float:
    return (text.count("\n") + 1) * typeset.LINE * size / 72

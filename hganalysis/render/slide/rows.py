"""Draw rows on a slide: a native chart whose own labels are the names, the numbers, the ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ... import words
from ...figures.colours import GROUND, INK, PALE, QUIET, WHITE
from .. import scales
from . import native, page, series, text
from .native import LINE
from .page import Room
from .series import Series, Side, Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...figures.model import Piece, Row, Rows

STEP = LINE - 2
"""Least height of a row, in points."""
NAMES = 0.46
"""Of the width of a chart, what names beside its rows may take."""
BLANK = "\N{NO-BREAK SPACE}"
"""Half as wide as a digit, so that columns of numbers can be filled up with it."""
AROUND = 30.0
"""Points beside the words at both ends of the scale."""
STRIP = 8.0
"""How high the colours of a scale are, in points."""
AIR = 2 * BLANK
"""Between a label and what is drawn."""


def draw(panel: Rows, shapes: Any, room: Room, *, caption: native.Caption) -> None:  # noqa: ANN401
    """
    Draw as many rows as can be read in a hall, and say of how many they are.

    An interval is a series of two points, which a user can move, and a mark is one of its own:
    LibreOffice draws no series beside one of more points than two. What the scale measures stands
    in the line below the title of the slide.
    """
    heads = (len(panel.lines) + bool(panel.heads)) * LINE

    def fits(rows: Sequence[Row], said: str) -> bool:
        return len(rows) * STEP <= room.height - _key(panel, said, room)[1] - heads - LINE

    shown, said = panel.fitting(fits)
    key, above = _key(panel, said, room)
    names = [_name(one, NAMES * room.width) for one in shown]
    head, *texts = _columns([panel.heads, *(one.texts or (one.instead,) for one in shown)])
    left = max(one.width for one in names) + AROUND
    # why a row has no numbers is written where they would be drawn: there it has room
    ends = [said for one, said in zip(shown, texts, strict=True) if not one.instead]
    right = max(text.width(one, text.SMALLEST, bold=True) for one in (head, *ends)) + AROUND
    tall = room.height - above - LINE - 2
    inner = Room(room.left + left, room.top + above, room.width - left - right, tall)
    plane = _Plot(panel, shown, inner.width, right, heads * len(shown) / (tall - heads))
    every, simulated = [*plane.behind(head), *plane.rows(names, texts)], panel.simulated
    made = page.group(shapes, name=caption.name, alt=caption.alt)
    chart = series.plot(made.shapes, room, every, caption=caption, simulated=simulated)
    native.bare(chart.category_axis, ends=plane.between)
    native.bare(chart.value_axis, ends=(0, len(shown) + plane.above))
    if panel.scale.log:
        native.logarithmic(chart.category_axis)
    native.inner(chart, room, inner)
    for where, part, colour in key:
        page.write(made.shapes, where, part, colour=colour)
    native.close(made, chart, caption=caption, simulated=simulated)


@dataclass(frozen=True)
class _Plot:
    """
    The plane of a chart, with so many points at its right for texts: rows upwards from 0, and
    above them so many rows for labels.
    """

    panel: Rows
    shown: Sequence[Row]
    width: float
    right: float
    above: float

    @property
    def between(self) -> Piece:
        """The ends of its scale."""
        values = [end for one in self.shown for piece in one.pieces for end in piece]
        values += [at for one in self.shown for at in (one.at, one.start)]
        return scales.ends(self.panel.scale, [*values, *(line.at for line in self.panel.lines)])

    def behind(self, head: str) -> Iterator[Series]:
        """Compose what goes across all rows: the band, the ticks, the lines, the heads."""
        panel, between, top = self.panel, self.between, float(len(self.shown))
        if panel.band:
            middle = sum(panel.band) / 2
            low, high = map(self.across, panel.band)
            ends = [(middle, 0.0), (middle, top)]
            yield Series(words.term("slides.band"), ends, GROUND, width=high - low)
        yield from self.scale(between, top)
        step = self.above / max(len(panel.lines) + bool(head), 1)
        for number, one in enumerate(panel.lines):
            start = self.across(one.at)
            end = start + _width(one.label)
            others = map(self.across, (other.at for other in panel.lines[number + 1 :]))
            # The next lines rise past this label: keep out of their way.
            left = end > self.width + self.right or any(start < one < end for one in others)
            ends = [(one.at, 0), (one.at, top + (number + bool(head) + 0.5) * step)]
            label = Words(one.label, colour=one.colour)
            side: Side = "left" if left else "right"
            labels = [(1, side, label)]
            yield Series(one.label, ends, one.colour, width=1.75, style=one.style, labels=labels)
        if head:
            at = scales.inset(panel.scale, between)[1]
            label = Words(AIR + head, colour=QUIET)
            yield Series(
                _called(head.strip()), [(at, top + 0.5 * step)], labels=[(0, "right", label)]
            )

    def scale(self, between: Piece, top: float) -> Iterator[Series]:
        """Compose the ticks of the scale, and its colours, with a line where two of them meet."""
        parts = self.panel.scale.parts_between(*between)
        for (at, _), _ in parts[1:]:
            yield Series(words.term("slides.class_from"), [(at, 0), (at, top)], PALE, width=1)
        for piece, colour in parts:
            ends = [(at, 0.0) for at in piece]
            yield Series(words.term("slides.class"), ends, colour, width=STRIP)
        for at, said in scales.ticks(self.panel.scale, between, room=self.width, width=_width):
            label, ends = Words(said, colour=QUIET), [(at, 0), (at, 0 if parts else top)]
            yield Series(said, ends, PALE, width=1, labels=[(0, "below", label)])

    def across(self, at: float) -> float:
        """Measure where a value lies, in points from the left."""
        return scales.share(self.panel.scale, at, self.between) * self.width

    def rows(self, names: Sequence[Words], texts: Sequence[str]) -> Iterator[Series]:
        """Compose the rows: intervals, then marks, then words at both ends of the scale."""
        low, high = self.between
        placed = [(one, len(self.shown) - at - 0.5) for at, one in enumerate(self.shown)]
        for one, y in placed:
            for piece in one.pieces:
                ends = [(max(piece[0], low), y), (min(piece[1], high), y)]
                width, style = 6 if one.bold else 2 if one.minor else 4, ":" if one.dotted else "-"
                yield Series(one.label, ends, one.colour, width=width, style=style)
        for number in (1, 0):
            for one, y in placed:
                at, face = (one.start, WHITE) if number else (one.at, one.face)
                size = 9 if number or one.minor else 13
                called = f"{one.label}: {self.panel.marks[number]}"
                if not math.isnan(at):
                    yield Series(called, [(at, y)], one.colour, size=size, face=face)
        both = scales.inset(self.panel.scale, (low, high))
        for (one, y), name, said in zip(placed, names, texts, strict=True):
            tone = QUIET if one.minor or one.instead else INK
            ground = WHITE if one.instead else ""
            numbers = Words(AIR + said, bold=one.bold, colour=tone, ground=ground)
            labels: list[tuple[int, Side, Words]] = [(0, "left", name)]
            if one.instead:
                yield Series(_called(said), [(both[0], y)], labels=[(0, "right", numbers)])
            else:
                labels.append((1, "right", numbers))
            yield Series(_called(one.label), [(end, y) for end in both], labels=labels)


def _name(row: Row, room: float) -> Words:
    """Name a row in at most so many points."""
    bold = row.bold or row.heading
    tone = row.colour if row.heading else QUIET if row.minor or row.instead else INK
    return Words(text.shorten(row.label, room, bold=bold) + AIR, bold=bold, colour=tone)


def _called(said: str) -> str:
    """Name a series that has nothing but labels."""
    return f"{said}: {words.term('slides.label')}"


def _width(said: str) -> float:
    return text.width(said, text.SMALLEST)


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Write the columns of each row as one text, number below number from the right."""
    count = max(map(len, rows))
    if count < 2:
        return ["".join(one) for one in rows]
    blank = _width(BLANK)
    widths = [max(_width(one[at]) for one in rows if len(one) == count) for at in range(count)]
    return [
        BLANK.join(
            BLANK * (2 + round((wide - _width(said)) / blank)) + said
            for wide, said in zip(widths, one, strict=False)
        )
        for one in rows
    ]


def _key(panel: Rows, said: str, room: Room) -> tuple[list[tuple[Room, str, str]], float]:
    """Lay out the key with the sentence that says of how many rows those are, if not all."""
    lines = [*panel.key, *([(("", said),)] if said else [])]
    return native.key(lines, room, simulated=panel.simulated)

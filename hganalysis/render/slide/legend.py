"""Explain the colours of maps below them: a bar of classes, its borders in numbers, the states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import words
from ...figures import legend
from ...figures.classify import unit_text
from ...figures.colours import INK, LIT, WHITE, contrast
from ...figures.states import KNOWN, LOOKS, is_dark, state_name
from . import page, text
from .page import Room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...figures.classify import Map

BAR, ROW, GAP = 22.0, 26.0, 6.0
"""Heights of a colour, of a line of text and between the two, in points."""
READ, SEEN = 3.0, 1.6
"""Contrast of large letters on what they stand on (WCAG 2), and of a hatch in a lit hall."""
# The hatches of the static map in the words of office programs.
PATTERNS = {
    "//": "WIDE_UPWARD_DIAGONAL",
    "\\\\": "WIDE_DOWNWARD_DIAGONAL",
    "..": "PERCENT_10",
    "xx": "DIAGONAL_CROSS",
}


def height(shown: Sequence[Map]) -> float:
    """Measure how high a legend is."""
    target = ROW if shown[0].classes.target is not None else 0.0
    return target + BAR + ROW + len(legend.entries(shown)[1]) * (ROW + GAP)


def draw(shapes: Any, room: Room, shown: Sequence[Map]) -> None:  # noqa: ANN401
    """
    Draw one legend for maps of the same classes: the lowest class on the left, the states below.

    The numbers stand at the borders between classes; a value on a border belongs to the right.
    """
    classes = shown[0].classes
    kinds, others = legend.entries(shown)
    states = _states(shown)
    named = [*classes.labels, *(one.text for one in others)]
    alt = words.term("slides.legend_alt", each="; ".join(named))
    made = page.group(shapes, name=words.term("slides.legend"), alt=alt)
    unit = words.short_unit(classes) if unit_text(classes) else ""
    beside = text.width(unit, text.SMALLEST) + GAP if unit else 0.0
    step = min((room.width - beside) / len(kinds), 92.0)
    edges = words.series(classes.breaks, classes, bare=bool(unit))
    top = room.top + (ROW if classes.target is not None else 0)
    for number, entry in enumerate(kinds):
        sample = Room(room.left + number * step, top, step, BAR)
        shape = page.block(made.shapes, sample, entry.colour, name=entry.text, alt=entry.text)
        fill(shape, KNOWN, entry.colour)
    for number, said in enumerate(edges, start=1):
        x = room.left + number * step
        page.write(
            made.shapes, Room(x - step / 2, top + BAR + 2, step, ROW - 2), said, align="center"
        )
    if unit:  # beside the colours: below each of their borders it would be longer than the number
        end = room.left + len(kinds) * step + GAP
        page.write(made.shapes, Room(end, top - 2, beside, ROW - 2), unit)
    at = legend.target_at(classes)
    if at is not None:
        _target(made.shapes, room, room.left + at * step, classes.target_text)
    middle = classes.colours[len(classes.colours) // 2]
    y = top + BAR + ROW + GAP
    for state in states:
        said, colour = state_name(state), LOOKS[state].colour or middle
        shape = page.block(
            made.shapes, Room(room.left, y + 1, 40, BAR), colour, name=said, alt=said
        )
        fill(shape, state, colour)
        fitting, size = text.fit(said, (room.width - 50, ROW))
        page.write(made.shapes, Room(room.left + 50, y, room.width - 50, ROW), fitting, size=size)
        y += ROW + GAP
    for entry in others[len(states) :]:
        mark = Room(room.left, y + BAR / 2, 40, 3)
        if entry.mark == "point":
            mark = Room(room.left + 15, y + BAR / 2 - 4, 10, 10)
        page.block(made.shapes, mark, entry.colour, name=entry.text, alt=entry.text)
        fitting, size = text.fit(text.clean(entry.text), (room.width - 50, ROW))
        page.write(made.shapes, Room(room.left + 50, y, room.width - 50, ROW), fitting, size=size)
        y += ROW + GAP


def _target(shapes: Any, room: Room, x: float, said: str) -> None:  # noqa: ANN401
    page.line(
        shapes, (x, room.top + ROW - 4), (x, room.top + ROW + BAR), colour=INK, width=3, name=said
    )
    wide = text.width(said, text.SMALLEST, bold=True) + 4
    left = min(max(room.left, x - wide / 2), room.right - wide)
    page.write(shapes, Room(left, room.top, wide, ROW - 4), said, bold=True)


def _states(shown: Sequence[Map]) -> list[str]:
    return list(dict.fromkeys(state for one in shown for state in one.states))


def fill(shape: Any, state: str, colour: str) -> None:  # noqa: ANN401
    """Fill a place or a sample of the legend: its class, or the hatch of its state."""
    from pptx.dml.color import RGBColor
    from pptx.enum.dml import MSO_PATTERN

    page.paint(shape, colour, edge=INK if colour == WHITE else WHITE, thick=1.25)
    if state in LOOKS and LOOKS[state].hatch:
        shape.fill.patterned()
        shape.fill.pattern = getattr(MSO_PATTERN, PATTERNS[LOOKS[state].hatch])
        shape.fill.fore_color.rgb = RGBColor.from_string(ink(state, colour)[1:].upper())
        shape.fill.back_color.rgb = RGBColor.from_string(colour[1:].upper())


def ink(state: str, colour: str) -> str:
    """
    Choose the ink of a hatch. On that of a class stand letters without a halo: it is as faint as
    can be seen in a lit hall, and if need be as faint as can be read through.
    """
    if LOOKS[state].colour:
        return LOOKS[state].ink
    letters = WHITE if is_dark(colour) else INK
    inks = [page.mixed(one, colour, part / 20) for part in range(6, 21) for one in (INK, WHITE)]
    read = [one for one in inks if contrast(one, letters) >= READ]
    seen = [one for one in read if contrast(one, colour, glare=LIT) >= SEEN]
    return seen[0] if seen else max(read, key=lambda one: contrast(one, colour), default=colour)

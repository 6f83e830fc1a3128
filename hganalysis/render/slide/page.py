"""Put things on a slide: texts, colours, groups, and what each is for who hears it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ... import words
from ...figures.colours import ALARM, INK, QUIET, WHITE
from . import text

# A slide of 13 1/3 x 7.5 inches, in points.
WIDE, TALL = 960.0, 540.0
LEFT, RIGHT = 36.0, 924.0
FONT = "Arial"
POINT = 12700
"""The unit of a deck, EMU, in one point."""

Align = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Room:
    """A rectangle of a slide, in points from its upper left corner."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height

    def emu(self) -> tuple[Any, Any, Any, Any]:
        """Give left, top, width and height as python-pptx wants them."""
        from pptx.util import Emu

        return tuple(
            Emu(round(POINT * side)) for side in (self.left, self.top, self.width, self.height)
        )


def write(
    shapes: Any,  # noqa: ANN401
    room: Room,
    said: str,
    *,
    size: float = text.SMALLEST,
    bold: bool = False,
    colour: str = INK,
    align: Align = "left",
    middle: bool = False,
    ground: str | None = None,
    name: str = "",
) -> Any:  # noqa: ANN401
    """
    Write a text into a room; lines are broken here, so that they break alike everywhere.

    `ground` is the colour behind it, `name` what it is called in the list of shapes.
    """
    from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE

    box = shapes.add_textbox(*room.emu())
    box.name = text.clean(name or said)[:40]
    frame = box.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.word_wrap = False
    frame.auto_size = MSO_AUTO_SIZE.NONE
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE if middle else MSO_ANCHOR.TOP
    fill(frame, said, size=size, bold=bold, colour=colour, align=align, wide=room.width)
    if ground:
        paint(box, ground)
    return box


def fill(
    frame: Any,  # noqa: ANN401
    said: str,
    *,
    size: float,
    bold: bool = False,
    colour: str = INK,
    align: Align = "left",
    wide: float | None = None,
) -> None:
    """Put a text into a frame, one line a line; wrapped here if a width is given."""
    from pptx.enum.text import PP_ALIGN

    whole = text.clean(said)
    lines = text.wrap(whole, size, wide, bold=bold) if wide else whole.split("\n")
    paragraph = frame.paragraphs[0]
    paragraph.alignment = getattr(PP_ALIGN, align.upper())
    for number, line in enumerate(lines):
        if number:
            paragraph.add_line_break()
        run(paragraph, line, size=size, bold=bold, colour=colour)


def run(
    paragraph: Any,  # noqa: ANN401
    said: str,
    *,
    size: float = text.SMALLEST,
    bold: bool = False,
    colour: str = INK,
) -> None:
    """Add words to a paragraph, in the language in use."""
    from pptx.dml.color import RGBColor
    from pptx.enum.lang import MSO_LANGUAGE_ID
    from pptx.util import Pt

    made = paragraph.add_run()
    made.text = text.clean(said)
    font = made.font
    font.name, font.size, font.bold = FONT, Pt(size), bold
    font.color.rgb = RGBColor.from_string(colour.removeprefix("#").upper())
    font.language_id = getattr(
        MSO_LANGUAGE_ID, {"vi": "VIETNAMESE", "en": "ENGLISH_UK"}[words.language()]
    )


def add_number(box: Any, number: int) -> None:  # noqa: ANN401
    """End a text with the number of its slide, as a field that follows where the slide moves."""
    from copy import deepcopy

    from pptx.oxml.xmlchemy import OxmlElement

    last = box.text_frame.paragraphs[-1].runs[-1]._r
    field, said = OxmlElement("a:fld"), OxmlElement("a:t")
    field.set("id", "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}")  # the one that PowerPoint writes
    field.set("type", "slidenum")
    said.text = str(number)
    field.extend([deepcopy(last.rPr), said])
    last.addnext(field)


def block(shapes: Any, room: Room, colour: str, *, name: str, alt: str) -> Any:  # noqa: ANN401
    """Draw a coloured rectangle."""
    from pptx.enum.shapes import MSO_SHAPE

    shape = shapes.add_shape(MSO_SHAPE.RECTANGLE, *room.emu())
    paint(shape, colour)
    describe(shape, name=name, alt=alt)
    return shape


def line(
    shapes: Any,  # noqa: ANN401
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    colour: str = QUIET,
    width: float = 1,
    name: str,
) -> Any:  # noqa: ANN401
    """Draw a straight line between two points; it is decoration, and its name is its meaning."""
    from pptx.dml.color import RGBColor
    from pptx.enum.shapes import MSO_CONNECTOR
    from pptx.util import Emu, Pt

    ends = [Emu(round(POINT * one)) for one in (*start, *end)]
    drawn = shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *ends)
    drawn.line.color.rgb = RGBColor.from_string(colour.removeprefix("#").upper())
    drawn.line.width = Pt(width)
    _plain(drawn)
    describe(drawn, name=name, alt=name)
    return drawn


def paint(shape: Any, colour: str, *, edge: str | None = None, thick: float = 1) -> None:  # noqa: ANN401
    """Fill a shape with one colour; without an edge unless one is named."""
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    shape.fill.solid()
    shape.fill.fore_color.rgb = RGBColor.from_string(colour.removeprefix("#").upper())
    if edge is None:
        shape.line.fill.background()
    else:
        shape.line.color.rgb = RGBColor.from_string(edge.removeprefix("#").upper())
        shape.line.width = Pt(thick)
    _plain(shape)


def mixed(colour: str, other: str, part: float) -> str:
    """Mix a part of one colour into another."""
    pairs = [(int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(part * one + (1 - part) * two):02x}" for one, two in pairs)


def _plain(shape: Any) -> None:  # noqa: ANN401
    """Take away what the theme would add: shadows, and lines of its own."""
    for style in shape._element.xpath("./p:style"):
        style.getparent().remove(style)


def describe(shape: Any, *, name: str, alt: str) -> None:  # noqa: ANN401
    """Name a shape, and say in words what it shows: who cannot see it hears this."""
    shape.name = text.clean(name)[:80]
    properties = shape._element.xpath(".//p:cNvPr")[0]
    properties.set("descr", text.clean(alt))


def group(shapes: Any, *, name: str, alt: str) -> Any:  # noqa: ANN401
    """Open a group: what belongs together moves together."""
    made = shapes.add_group_shape()
    describe(made, name=name, alt=alt)
    return made


def lock(made: Any) -> None:  # noqa: ANN401
    """
    Keep a group from being taken apart: a banner that says "simulated" stays on its picture.

    Colours and texts inside can still be changed; only ungrouping is refused.
    """
    from pptx.oxml.ns import qn

    holder = made._element.xpath("./p:nvGrpSpPr/p:cNvGrpSpPr")[0]
    locks = holder.makeelement(qn("a:grpSpLocks"), {"noUngrp": "1"})
    holder.insert(0, locks)


def banner(shapes: Any, room: Room, *, size: float = 20) -> Any:  # noqa: ANN401
    """Say on the picture itself that its numbers are simulated, in a red that no class has."""
    said = words.term("words.simulated")
    lines = 1 if banner_size(size)[0] <= room.width + 0.5 else 2
    box = write(
        shapes,
        room,
        _banner(lines),
        size=size,
        bold=True,
        colour=WHITE,
        align="center",
        middle=True,
        ground=ALARM,
        name=said,
    )
    describe(box, name=said, alt=said)
    return box


def banner_size(size: float = 20, *, lines: int = 1) -> tuple[float, float]:
    """Measure the banner, in points: width and height."""
    wide = text.width(_banner(lines), size, bold=True)
    return wide + size, lines * text.LINE * size + 0.5 * size


def _banner(lines: int) -> str:
    """Break the banner in its middle: where the room decides, words that belong together part."""
    said = words.term("words.simulated").split(" ")
    first = (len(said) + 1) // 2 if lines > 1 else len(said)
    return "\n".join(" ".join(some) for some in (said[:first], said[first:]) if some)

"""Put texts and colours into boxes on a slide."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.slide import Slide
from pptx.util import Pt

from ..escaping import lines as readable
from ..figure import INK

SIZE = 14
"""Of letters, in points."""


class Box(NamedTuple):
    """A rectangle on a slide, in points; `x` and `y` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float


def without_style(shape: Any) -> Any:
    """Take the shadow off a shape that the template gives it."""
    shape._element.remove(shape._element.xpath("p:style")[0])
    return shape


@contextmanager
def added_at_once(group: Any) -> Iterator[None]:
    """
    Add many shapes to a group at the cost of each.

    Of itself the library looks through all shapes before each new one: for the highest of their
    numbers, and for the room that they take. Here numbers are counted up, and the room is measured
    once.
    """
    kind = type(group._element)
    patched = "_next_shape_id", "max_shape_id", "recalculate_extents"
    usual = {name: getattr(kind, name) for name in patched}
    resized: dict[Any, None] = {}
    numbers = itertools.count(group._element._next_shape_id)
    kind._next_shape_id = property(lambda _: next(numbers))
    kind.max_shape_id = property(lambda _: next(numbers) - 1)
    kind.recalculate_extents = lambda element: resized.setdefault(element)
    try:
        yield
    finally:
        for name, attribute in usual.items():
            setattr(kind, name, attribute)
    for element in resized:
        element.recalculate_extents()


def add_freeform(group: Any, points: NDArray[np.float64], *, is_closed: bool = True) -> Any:
    """Add a shape with these corners, to the hundredth of a point."""
    corners = np.round(points * 100)
    outline = group.shapes.build_freeform(*corners[0], scale=Pt(1) / 100)
    outline.add_line_segments(corners[1:], close=is_closed)
    return without_style(outline.convert_to_shape())


def add_box(slide: Slide, box: Box, text: str = "", *, fill: str = "", **look: Any) -> Any:
    """Add a box with a text, or with a colour."""
    shape = slide.shapes.add_textbox(*map(Pt, box))
    frame = shape.text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = look.pop("anchor", MSO_ANCHOR.TOP)
    if fill:
        fill_shape(shape, fill)
    write(shape, text, **look)
    return shape


def write(
    shape: Any,
    text: str,
    *,
    size: float = SIZE,
    colour: str = INK,
    bold: bool = False,
    align: Any = PP_ALIGN.LEFT,
    spacing: float = 1,
) -> None:
    """Write a text into a shape or a cell."""
    shape.text_frame.text = readable(text)
    for paragraph in shape.text_frame.paragraphs:
        paragraph.alignment = align
        paragraph.line_spacing = spacing
        for run in paragraph.runs:  # PowerPoint does not heed what only the paragraph says
            run.font.size = Pt(size)
            run.font.bold = bold
            run.font.color.rgb = rgb(colour)


def rgb(colour: str) -> RGBColor:
    """Read a colour (`#rrggbb`)."""
    return RGBColor.from_string(colour[1:])


def fill_shape(shape: Any, colour: str) -> None:
    """Fill a shape or a cell with a colour."""
    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb(colour)


def describe(shape: Any, name: str, alt: str) -> None:
    """Name a shape, and describe it for readers who cannot see it."""
    shape.name = readable(name)
    shape._element.xpath(".//p:cNvPr")[0].set("descr", readable(alt))

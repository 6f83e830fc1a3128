"""Put a native chart on a slide, bare: its words stand around it, its title is the banner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ... import words
from ...figures.colours import ALARM, INK, PALE, QUIET, WHITE
from . import chart_data, page, text
from .page import Room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...figures.model import Key

BANNER = 42.0
"""Room for the banner within a chart, in points."""
LINE = 24.0
"""Height of a line of text of the smallest size, with air."""


@dataclass(frozen=True)
class Caption:
    """What a chart is called, what is heard of it, and what its workbook says of its numbers."""

    name: str
    alt: str
    about: Sequence[str]


def add(
    shapes: Any,  # noqa: ANN401
    kind: str,
    frame: Room,
    data: Any,  # noqa: ANN401
    *,
    caption: Caption,
    simulated: bool,
) -> Any:  # noqa: ANN401
    """
    Add a chart of a kind of `XL_CHART_TYPE`, without a legend, that says what it is.

    Its title is the banner, at the upper right: so it goes wherever the chart goes.
    """
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Pt

    placed = shapes.add_chart(getattr(XL_CHART_TYPE, kind), *frame.emu(), data)
    page.describe(placed, name=caption.name, alt=caption.alt)
    chart = placed.chart
    chart.has_legend = False
    chart.font.size, chart.font.name = Pt(text.SMALLEST), page.FONT
    chart.has_title = simulated
    if simulated:
        title = chart.chart_title
        title.include_in_layout = False
        page.fill(title.text_frame, words.term("words.simulated"), size=20, bold=True, colour=WHITE)
        wide, _ = page.banner_size()
        _place(title, frame, Room(frame.right - wide - 16, frame.top + 3, 0, 0))
        title.format.fill.solid()
        title.format.fill.fore_color.rgb = RGBColor.from_string(ALARM[1:].upper())
    return chart


def close(made: Any, chart: Any, *, caption: Caption, simulated: bool) -> None:  # noqa: ANN401
    """Give a complete chart its own workbook, and keep the group with its banner together."""
    chart_data.replace(chart, about=caption.about)
    if simulated:
        page.lock(made)


def bare(
    axis: Any,  # noqa: ANN401
    *,
    ends: tuple[float, float] | None = None,
    step: float | None = None,
) -> None:
    """
    Set the ends of an axis, and leave nothing of it but its grid, where there is a `step`.

    Its numbers are written beside it: those of a native axis follow the language of the machine.
    """
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_TICK_LABEL_POSITION, XL_TICK_MARK
    from pptx.util import Pt

    if ends:
        axis.minimum_scale, axis.maximum_scale = ends
    axis.has_major_gridlines, axis.has_minor_gridlines = step is not None, False
    axis.tick_label_position = XL_TICK_LABEL_POSITION.NONE
    axis.major_tick_mark = axis.minor_tick_mark = XL_TICK_MARK.NONE
    axis.format.line.fill.background()
    if step is not None:
        axis.major_unit = step
        stroke = axis.major_gridlines.format.line
        stroke.color.rgb, stroke.width = RGBColor.from_string(PALE[1:].upper()), Pt(1)


def clear(chart: Any) -> None:  # noqa: ANN401
    """Let what lies behind a chart be seen."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    nothing = f"<c:spPr {nsdecls('c', 'a')}><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>"
    [whole], [area] = (chart._chartSpace.xpath(one) for one in ("./c:chart", ".//c:plotArea"))
    whole.addnext(parse_xml(nothing))
    area.append(parse_xml(nothing))


def edge_to_edge(axis: Any) -> None:  # noqa: ANN401
    """Let the first and the last year stand at the edges of a chart, not in the middle of parts."""
    from pptx.oxml.xmlchemy import OxmlElement

    for old in axis._element.xpath("./c:crossBetween"):
        old.getparent().remove(old)
    cross = OxmlElement("c:crossBetween")
    cross.set("val", "midCat")
    axis._element.xpath("./c:crosses | ./c:crossesAt")[0].addnext(cross)


def inner(chart: Any, frame: Room, where: Room) -> None:  # noqa: ANN401
    """Say where in its frame the marks lie, so that words beside them stand at their height."""
    from pptx.oxml.xmlchemy import OxmlElement

    area = chart._chartSpace.xpath(".//c:plotArea")[0]
    for old in area.xpath("./c:layout"):
        area.remove(old)
    layout = OxmlElement("c:layout")
    area.insert(0, layout)
    _manual(layout, frame, where, whole=True)


def title(axis: Any, said: str, *, frame: Room, inner: Room) -> None:  # noqa: ANN401
    """Name the horizontal axis at the foot of a frame, below the middle of the marks."""
    shown = text.shorten(text.clean(said), frame.width)
    page.fill(axis.axis_title.text_frame, shown, size=text.SMALLEST, colour=QUIET)
    wide = text.width(shown, text.SMALLEST)
    left = min(max(inner.left + (inner.width - wide) / 2, frame.left), frame.right - wide)
    _place(axis.axis_title, frame, Room(left, frame.bottom - LINE - 2, 0, 0))


def _place(title: Any, frame: Room, corner: Room) -> None:  # noqa: ANN401
    """Put a title of a chart or axis somewhere in its frame."""
    from pptx.oxml.xmlchemy import OxmlElement

    element = title._element
    for old in element.xpath("./c:layout"):
        element.remove(old)
    layout = OxmlElement("c:layout")
    element.xpath("./c:tx")[0].addnext(layout)
    _manual(layout, frame, corner)


def _manual(layout: Any, frame: Room, where: Room, *, whole: bool = False) -> None:  # noqa: ANN401
    """Place the corner of a part of a chart in its frame; of the marks, the `whole` room."""
    from pptx.oxml.xmlchemy import OxmlElement

    manual = OxmlElement("c:manualLayout")
    layout.append(manual)
    texts = {"layoutTarget": "inner"} if whole else {}
    texts |= {"xMode": "edge", "yMode": "edge"}
    parts = {
        "x": (where.left - frame.left) / frame.width,
        "y": (where.top - frame.top) / frame.height,
    }
    if whole:
        parts |= {"w": where.width / frame.width, "h": where.height / frame.height}
    for name, value in (texts | {name: f"{part:.6f}" for name, part in parts.items()}).items():
        part = OxmlElement(f"c:{name}")
        part.set("val", value)
        manual.append(part)


def stroke(series: Any, colour: str, width: float) -> None:  # noqa: ANN401
    """Draw the line of a series, without marks."""
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.util import Pt

    series.smooth = False
    series.marker.style = XL_MARKER_STYLE.NONE
    line = series.format.line
    line.color.rgb, line.width = RGBColor.from_string(colour[1:].upper()), Pt(width)


def dot(
    marked: Any,  # noqa: ANN401
    colour: str,
    *,
    face: str = "",
    size: float = 13,
    shape: str = "CIRCLE",
) -> None:
    """Mark a series, or a point of it, with a disc or another shape; its face may be another."""
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.util import Pt

    # Of a mark in white LibreOffice draws nothing.
    face = page.mixed(colour, WHITE, 0.25) if face == WHITE else face or colour
    marker = marked.marker
    marker.style, marker.size = getattr(XL_MARKER_STYLE, shape), min(max(round(size), 2), 72)
    marker.format.fill.solid()
    marker.format.fill.fore_color.rgb = RGBColor.from_string(face[1:].upper())
    edge = marker.format.line
    edge.color.rgb, edge.width = RGBColor.from_string(colour[1:].upper()), Pt(2)


def turn(chart: Any) -> None:  # noqa: ANN401
    """
    Write the series in the file from the last to the first, which keeps their order.

    PowerPoint draws them by that order, the last on top; LibreOffice as they stand in the file, the
    first on top.
    """
    every = list(chart.plots[0].series)
    first = every[0]._element.getprevious()
    for series in every:
        first.addnext(series._element)


def fitting(count: int, room: float) -> int:
    """
    Say how many of so many rows can be read in a height; if not all, there is a line to say so.

    Examples
    --------
    >>> fitting(8, 200), fitting(40, 200)
    (8, 8)
    """
    fit = int(room // (LINE - 2))
    return count if count <= fit else fit - 1


def said_below(shapes: Any, room: Room, said: str) -> Room:  # noqa: ANN401
    """Write a sentence at the foot of a room, and give the room above it."""
    tall = LINE * len(text.wrap(said, text.SMALLEST, room.width))
    page.write(shapes, Room(room.left, room.bottom - tall, room.width, tall), said, colour=QUIET)
    return replace(room, height=room.height - tall)


def key(
    lines: Sequence[Sequence[Key]], room: Room, *, simulated: bool
) -> tuple[list[tuple[Room, str, str]], float]:
    """
    Lay out a key at the upper left, beside the banner.

    Returns
    -------
    parts, height
        Where each part stands, what it says, its colour; and what all take from above, in points.
    """
    beside = room.width - (page.banner_size()[0] + 32 if simulated else 0)
    placed, y, step = [], 0.0, LINE - 2
    for parts in lines:
        x = 0.0
        for mark, whole in parts:
            wide = beside if y < BANNER else room.width
            sign, _, colour = mark.partition("#")
            start = 20.0 if sign else 0.0
            first, *others = text.wrap(whole, text.SMALLEST, wide - start)
            if x and (others or x + start + text.width(first, text.SMALLEST) > wide):
                x, y = 0.0, y + step
            if sign:
                where = Room(room.left + x, room.top + y, 20, step)
                placed.append((where, sign, f"#{colour}" if colour else INK))
            for at, line in enumerate((first, *others)):
                y += step if at else 0
                size = text.width(line, text.SMALLEST) + 2
                where = Room(room.left + x + start, room.top + y, size, step)
                placed.append((where, line, QUIET))
            x += start + text.width(first, text.SMALLEST) + 24
        y += step
    return placed, max(y + 4, BANNER if simulated else 0.0)


def logarithmic(axis: Any) -> None:  # noqa: ANN401
    """Make an axis of values logarithmic."""
    from pptx.oxml.xmlchemy import OxmlElement

    base = OxmlElement("c:logBase")
    base.set("val", "10")
    axis._element.xpath("./c:scaling")[0].insert(0, base)

"""Put a native chart on a slide, bare: its words stand around it, its title is the banner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ... import words
from ...figures.colours import ALARM, GREY, INK, PALE, QUIET, WHITE
from . import page, text, workbook
from .page import Room

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        [layout] = title._element.xpath("./c:layout")
        _manual(layout, frame, Room(frame.right - wide - 16, frame.top + 3, 0, 0))
        title.format.fill.solid()
        title.format.fill.fore_color.rgb = RGBColor.from_string(ALARM[1:].upper())
    return chart


def close(made: Any, chart: Any, *, caption: Caption, simulated: bool) -> None:  # noqa: ANN401
    """Give a complete chart its own workbook, and keep the group with its banner together."""
    workbook.replace(chart, about=caption.about)
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


def stroke(series: Any, colour: str, width: float, *, dashed: bool = False) -> None:  # noqa: ANN401
    """Draw the line of a series, without marks."""
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    series.smooth = False
    series.marker.style = XL_MARKER_STYLE.NONE
    line = series.format.line
    line.color.rgb, line.width = RGBColor.from_string(colour[1:].upper()), Pt(width)
    if dashed:
        line.dash_style = MSO_LINE.DASH


def dot(
    marked: Any,  # noqa: ANN401
    colour: str,
    *,
    hollow: bool = False,
    size: float = 13,
    shape: str = "CIRCLE",
) -> None:
    """Mark a series, or a point of it, with a disc or another shape; or with a ring."""
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.util import Pt

    marker, tone = marked.marker, RGBColor.from_string(colour[1:].upper())
    marker.style, marker.size = getattr(XL_MARKER_STYLE, shape), min(max(round(size), 2), 72)
    marker.format.fill.solid()
    marker.format.fill.fore_color.rgb = RGBColor.from_string(WHITE[1:]) if hollow else tone
    marker.format.line.color.rgb, marker.format.line.width = tone, Pt(2)


@dataclass(frozen=True)
class Words:
    """A part of a label: what it says, and how."""

    said: str
    bold: bool = False
    colour: str = INK

    @property
    def width(self) -> float:
        """Its width in points, in letters of the smallest size."""
        return text.width(self.said, text.SMALLEST, bold=self.bold)


def label(
    point: Any,  # noqa: ANN401
    parts: Sequence[Words],
    *,
    frame: Room,
    away: tuple[float, float],
) -> None:
    """
    Label a point of a series, on its right, or on its left where `away` leads there.

    The label is the chart's own: where the point moves, it follows. It stands `away` from where it
    would stand by itself, in points across and down, and a thin line leads to it.
    """
    from pptx.enum.chart import XL_LABEL_POSITION
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    made = point.data_label
    paragraph = made.text_frame.paragraphs[0]
    for part in parts:
        page.run(paragraph, part.said, bold=part.bold, colour=part.colour)
    made.position = XL_LABEL_POSITION.RIGHT if away[0] > 0 else XL_LABEL_POSITION.LEFT
    element = made._dLbl
    [body] = element.xpath(".//a:bodyPr")
    body.set("wrap", "none")
    across, down = away[0] / frame.width, away[1] / frame.height
    layout = (
        f'<c:layout {nsdecls("c")}><c:manualLayout><c:x val="{across:.6f}"/>'
        f'<c:y val="{down:.6f}"/></c:manualLayout></c:layout>'
    )
    element.xpath("./c:idx")[0].addnext(parse_xml(layout))
    around = element.getparent()
    if not around.xpath("./c:extLst"):
        around.append(parse_xml(_LEADERS.format(ns=nsdecls("c", "a"), grey=GREY[1:].upper())))


# Lines to labels of line charts came with PowerPoint 2013, as an extension of the format.
_LEADERS = """
<c:extLst {ns}><c:ext uri="{{CE6537A1-D6FC-4f65-9D91-7224C49458BB}}"
 xmlns:c15="http://schemas.microsoft.com/office/drawing/2012/chart">
 <c15:showLeaderLines val="1"/><c15:leaderLines><c:spPr><a:ln w="12700"><a:solidFill>
 <a:srgbClr val="{grey}"/></a:solidFill></a:ln></c:spPr></c15:leaderLines></c:ext></c:extLst>
"""


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
    page.write(shapes, Room(room.left, room.bottom - LINE, room.width, LINE), said, colour=QUIET)
    return replace(room, height=room.height - LINE)

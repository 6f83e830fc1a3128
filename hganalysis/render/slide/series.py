"""Plot series on a native chart, whose points have labels of their own: these follow them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ...figures.colours import GREY, INK, PALE, WHITE
from . import native, page, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...figures.model import Dot
    from .page import Room

_AIR = "\N{NO-BREAK SPACE}"
Side = Literal["left", "right", "above", "below"]


@dataclass(frozen=True)
class Words:
    """A part of a label: what it says, and how; on `ground` no line runs through its letters."""

    said: str
    bold: bool = False
    colour: str = INK
    ground: str = ""

    @property
    def width(self) -> float:
        """Its width in points, in letters of the smallest size."""
        return text.width(self.said, text.SMALLEST, bold=self.bold)


@dataclass(frozen=True)
class Series:
    """
    A series: its points, the line through them, and marks at them.

    All points have a mark of one `size`, or each that of a dot. `labels` go by point and side.
    """

    name: str
    points: Sequence[tuple[float, float]]
    colour: str = PALE
    width: float = 0.0
    style: str = "-"
    size: float = 0.0
    face: str = ""
    dots: Sequence[Dot] = ()
    labels: Sequence[tuple[int, Side, Words]] = ()

    def dress(self, series: Any) -> None:  # noqa: ANN401
        """Give a native series its looks and labels."""
        from pptx.enum.dml import MSO_LINE

        native.stroke(series, self.colour, self.width)
        line = series.format.line
        if not self.width:
            line.fill.background()
        elif self.style != "-":
            line.dash_style = MSO_LINE.DASH if self.style == "--" else MSO_LINE.ROUND_DOT
        if self.size:
            native.dot(series, self.colour, face=self.face, size=self.size)
        sizes = [math.sqrt(dot.area) for dot in self.dots]
        for at, (dot, size) in enumerate(zip(self.dots, sizes, strict=True)):
            # The first stands for all; a point has a size of its own where it differs.
            if at == 0 or round(size) != round(sizes[0]):
                shape = "DIAMOND" if dot.kind == "diamond" else "CIRCLE"
                marked, face = series.points[at] if at else series, WHITE * (dot.kind == "ring")
                native.dot(marked, dot.colour, face=face, size=size, shape=shape)
        for at, side, said in self.labels:
            if said.said.strip():
                label(series.points[at], [said], side=side)


def plot(
    shapes: Any,  # noqa: ANN401
    frame: Room,
    series: Sequence[Series],
    *,
    caption: native.Caption,
    simulated: bool,
) -> Any:  # noqa: ANN401
    """Plot series on a native chart of points, from the back to the front."""
    from pptx.chart.data import XyChartData

    data = XyChartData()
    for one in series:
        added = data.add_series(text.clean(one.name))
        for point in one.points:
            added.add_data_point(*point)
    kind = "XY_SCATTER_LINES_NO_MARKERS"
    chart = native.add(shapes, kind, frame, data, caption=caption, simulated=simulated)
    for one, drawn in zip(series, chart.plots[0].series, strict=True):
        one.dress(drawn)
    native.turn(chart)
    return chart


def label(
    point: Any,  # noqa: ANN401
    parts: Sequence[Words],
    *,
    side: Side,
    away: tuple[float, float] = (0.0, 0.0),
    frame: Room | None = None,
) -> None:
    """
    Label a point of a series on one of its sides.

    In a `frame` it stands `away` from its side of the point, in points across and down, and a thin
    line leads to it.
    """
    from pptx.enum.chart import XL_LABEL_POSITION
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    made = point.data_label
    paragraph = made.text_frame.paragraphs[0]
    # a blank keeps the line off the letters
    before, after = (Words(_AIR) if frame and side == one else None for one in ("right", "left"))
    for part in filter(None, [before, *parts, after]):
        page.run(paragraph, part.said, bold=part.bold, colour=part.colour)
    made.text_frame.word_wrap = False
    made.position = getattr(XL_LABEL_POSITION, side.upper())
    if ground := "".join(part.ground for part in parts):
        fill = f'<a:solidFill><a:srgbClr val="{ground[1:].upper()}"/></a:solidFill>'
        shape = parse_xml(f"<c:spPr {nsdecls('c', 'a')}>{fill}</c:spPr>")
        made._dLbl.xpath("./c:tx")[0].addnext(shape)
    if frame is None:
        return
    across, down = away[0] / frame.width, away[1] / frame.height
    layout = (
        f'<c:layout {nsdecls("c")}><c:manualLayout><c:x val="{across:.6f}"/>'
        f'<c:y val="{down:.6f}"/></c:manualLayout></c:layout>'
    )
    element = made._dLbl
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

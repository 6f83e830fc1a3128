"""Give points of a native chart labels of their own: where a point moves, its label follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ...figures.colours import GREY, INK
from . import page, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .page import Room

Side = Literal["left", "right", "above", "below"]


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
    for part in parts:
        page.run(paragraph, part.said, bold=part.bold, colour=part.colour)
    made.text_frame.word_wrap = False
    made.position = getattr(XL_LABEL_POSITION, side.upper())
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

"""Set tables of native cells; where numbers are simulated, the last row says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import words
from ...figures.colours import ALARM, INK, WHITE
from ...figures.model import Cell
from ...figures.states import is_dark
from . import page, text
from .page import Room

if TYPE_CHECKING:
    from ...figures.model import Table
    from .native import Caption

AIR = 8.0
"""Left and right of the text of a cell, in points."""
_HEADS = 0.75
"""Of the width, what headings may take beside the names of the rows."""
HEAD, EDGE = "#e6e9ed", "#b5bbc2"


def draw(panel: Table, shapes: Any, room: Room, *, caption: Caption) -> None:  # noqa: ANN401
    """
    Set a table: its first column names the rows and is the only one that stands to the left.

    Columns are as wide as their widest text, and what is left is shared out; text that has no room
    ends in an ellipsis. Of more rows than can be read in a hall the first are set, and a row says
    how many of how many.
    """
    from pptx.util import Emu

    # A word of a heading is not broken; one that would push the others off the slide is cut.
    share = _HEADS * room.width / max(len(panel.heads) - 1, 1) - 2 * AIR
    heads = [
        " ".join(text.shorten(word, share, bold=True) for word in head.split(" "))
        for head in panel.heads
    ]
    rows = panel.rows
    wanted = [
        max(
            min(_head_width(head), share),
            *(text.width(row[number].text, text.SMALLEST, bold=row[number].bold) for row in rows),
        )
        + 2 * AIR
        for number, head in enumerate(heads)
    ]
    spare = room.width - sum(wanted)
    if spare < 0:  # only a name can be shortened; numbers never are
        wanted[0] += spare
        spare = 0.0
    widths = [one + spare / len(wanted) for one in wanted]
    lines = max(
        len(text.wrap(head, text.SMALLEST, wide - 2 * AIR, bold=True))
        for head, wide in zip(heads, widths, strict=True)
    )
    head_height = lines * text.LINE * text.SMALLEST + 6
    extra = 30.0 if panel.simulated else 0.0
    fit = int((room.height - head_height - extra) // (text.LINE * text.SMALLEST + 2))
    rows, said = panel.first(fit if len(rows) + bool(panel.note) <= fit else fit - 1)
    below = [Cell(said)] if said else []
    step = min((room.height - head_height - extra) / (len(rows) + len(below)), 40.0)
    below += [Cell(words.term("words.simulated"), ALARM, bold=True)] if panel.simulated else []
    count = 1 + len(rows) + len(below)
    placed = shapes.add_table(count, len(heads), *room.emu())
    page.describe(placed, name=caption.name, alt=caption.alt)
    table = placed.table
    table.horz_banding = False
    for column, wide in zip(table.columns, widths, strict=True):
        column.width = Emu(round(page.POINT * wide))
    heights = [head_height, *[step] * (count - 1)]
    heights[-1] = extra if panel.simulated else step
    for row, tall in zip(table.rows, heights, strict=True):
        row.height = Emu(round(page.POINT * tall))
    for number, head in enumerate(heads):
        _set(table.cell(0, number), Cell(head, HEAD, bold=True), widths[number], first=number == 0)
    for at, row in enumerate(rows, start=1):
        for number, cell in enumerate(row):
            _set(table.cell(at, number), cell, widths[number], first=number == 0)
    for at, cell in enumerate(below, start=1 + len(rows)):
        whole = table.cell(at, 0)
        whole.merge(table.cell(at, len(heads) - 1))
        _set(whole, cell, sum(widths), first=False)


def _head_width(head: str) -> float:
    """Give a heading two lines if it has two words."""
    whole = text.width(head, text.SMALLEST, bold=True)
    longest = max(text.width(word, text.SMALLEST, bold=True) for word in head.split(" "))
    return max(longest, 0.56 * whole)


def _set(target: Any, cell: Cell, wide: float, *, first: bool) -> None:  # noqa: ANN401
    from pptx.dml.color import RGBColor
    from pptx.enum.text import MSO_ANCHOR
    from pptx.util import Pt

    target.fill.solid()
    target.fill.fore_color.rgb = RGBColor.from_string(cell.colour[1:].upper())
    target.margin_left = target.margin_right = Pt(AIR)
    target.margin_top = target.margin_bottom = 0
    target.vertical_anchor = MSO_ANCHOR.MIDDLE
    target.text_frame.word_wrap = True
    said = cell.text
    if cell.colour != HEAD:
        said = text.shorten(said, wide - 2 * AIR, bold=cell.bold)
    page.fill(
        target.text_frame,
        said,
        size=text.SMALLEST,
        bold=cell.bold,
        colour=WHITE if is_dark(cell.colour) else INK,
        align="left" if first else "center",
        wide=wide - 2 * AIR,
    )
    _edges(target)


def _edges(target: Any) -> None:  # noqa: ANN401
    """Draw thin lines around a cell; the style of the template has none that can be seen."""
    from pptx.oxml.xmlchemy import OxmlElement

    properties = target._tc.get_or_add_tcPr()
    for number, side in enumerate(("lnL", "lnR", "lnT", "lnB")):
        edge, fill, tone = (OxmlElement(f"a:{name}") for name in (side, "solidFill", "srgbClr"))
        edge.set("w", "9525")
        tone.set("val", EDGE[1:].upper())
        fill.append(tone)
        edge.append(fill)
        properties.insert(number, edge)

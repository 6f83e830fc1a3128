"""Put a figure on a slide: map and list as PowerPoint's own shapes, all else as a picture."""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.presentation import Presentation
from pptx.slide import Slide
from pptx.util import Pt

from ..escaping import lines as readable
from ..figure import (
    INK,
    PALE,
    QUIET,
    RED,
    Figure,
    Legend,
    Map,
    Rows,
    Slopes,
    Table,
    iterate_rows,
    text_colour,
)
from . import page
from .labels import labels, spread

# Of the layouts of PowerPoint's own template.
TITLE_ONLY = 5

# In points: letters, title, source; the least edge.
SIZE, TITLE, SMALL, EDGE = 14, 22, 11, 17

Box = tuple[float, float, float, float]
"""Left, top, width and height, in points."""

Points = NDArray[np.float64]
Look = dict[str, Any]


def add(figure: Figure, deck: Presentation) -> Slide:
    """Add a slide with title, banner, source, and all numbers in its notes."""
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    wide, high = deck.slide_width.pt - 2 * EDGE, deck.slide_height.pt
    top = SIZE * 1.8 if figure.banner else 0
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = map(Pt, (EDGE, top + 6, wide, 40))
    title.text_frame.margin_left = 0
    _say(title, figure.title, size=TITLE, bold=True)
    if figure.banner:
        _box(slide, (0, 0, wide + 2 * EDGE, top), fill=RED)
        _box(slide, (EDGE, 0, wide, top), figure.banner, colour="#ffffff", bold=True)
    _box(slide, (EDGE, top + 44, wide, 24), figure.subtitle, colour=QUIET)
    _box(slide, (EDGE, high - 40, wide, 34), figure.source, size=SMALL, colour=QUIET)
    left, parts = EDGE, figure.panel_sizes()
    for panel, share in zip(figure.panels, parts, strict=True):
        room = left, top + 74, wide * share / sum(parts) - EDGE, high - top - 122
        alone = isinstance(panel, Rows) and len(parts) == 1
        native = NATIVE.get(type(panel))
        if native and not alone and not getattr(panel, "layers", ()):
            native(slide, panel, room, figure.alt)
        else:
            _picture(slide, replace(figure, panels=(panel,)), room)
        left += room[2] + EDGE
    numbers = figure.table.to_csv(sep="|", index=False)
    slide.notes_slide.notes_text_frame.text = readable(f"{figure.alt}\n\n{numbers}")
    known = deck.core_properties.keywords
    deck.core_properties.keywords = f"{known} hganalysis:{figure.digest}".strip()
    return slide


def _map(slide: Slide, panel: Map, room: Box, alt: str) -> None:
    """Draw a freeform a place, what fits inside as text boxes, and the classes below."""
    left, top, wide, high = room
    land = panel.places if panel.ground is None else panel.ground
    west, south, east, north = land.total_bounds
    per = min(wide / (east - west), (high - 44) / (north - south))
    left += (wide - per * (east - west)) / 2

    def points(metres: Points) -> Points:
        return np.asarray((metres - (west, north)) * (per, -per) + (left, top))

    group = slide.shapes.add_group_shape()
    _describe(group, alt, alt)
    if panel.ground is not None:
        for shape in shapely.coverage_simplify(panel.ground.to_numpy(), 0.5 / per):
            list(_areas(group, shape, points, page.GROUND))
    places = panel.places.fillna({"text": panel.legend.grey})
    apart = panel.ground is not None  # circles lie apart; what has borders in common keeps them
    thin = shapely.simplify if apart else shapely.coverage_simplify
    for place, shape in zip(
        iterate_rows(places), thin(places.geometry.to_numpy(), 0.5 / per), strict=True
    ):
        for drawn in _areas(group, shape, points, place.colour):
            _describe(drawn, place.name, f"{place.name}: {place.text}")
    for colour, across, up, said in labels(panel, SIZE * 0.88, per):
        x, y = points(np.array([across, up]))
        look: Look = {"size": SIZE * 0.88, "align": PP_ALIGN.CENTER, "anchor": MSO_ANCHOR.MIDDLE}
        _box(slide, (x - 60, y - 30, 120, 60), said, colour=text_colour(colour), **look)
    _legend(slide, panel.legend, (room[0], top + high - 30, wide, 22))
    if panel.head:
        _box(slide, (room[0], top - 6, wide, 20), panel.head, bold=True)


def _areas(group: Any, shape: shapely.Geometry, points: Any, colour: str) -> Iterator[Any]:
    """Draw each part of a shape, whose `points` are found from metres."""
    for part in shapely.get_parts(shape):
        ring = points(shapely.get_coordinates(part.exterior))
        draft = group.shapes.build_freeform(*ring[0], scale=Pt(1))
        made = _plain(draft.add_line_segments(ring[1:]).convert_to_shape())
        _fill(made, colour)
        made.line.color.rgb = _rgb("#ffffff")
        yield made


def _legend(slide: Slide, legend: Legend, room: Box) -> None:
    """Draw the classes as a strip; each says where it begins, and grey what it means."""
    left, top, wide, high = room
    colours, texts = [*legend.colours], [*legend.edges[:-1]]
    widths = [wide * share for share in legend.shares]
    if legend.grey:
        n_boxes = len(colours) + 1
        widths = [width * (n_boxes - 1) / n_boxes for width in widths] + [wide / n_boxes]
        colours, texts = [*colours, PALE], [*texts, legend.grey]
    for colour, text, width in zip(colours, texts, widths, strict=True):
        look: Look = {"fill": colour, "colour": text_colour(colour), "size": SMALL}
        _box(slide, (left, top, width, high), text, **look)
        left += width


def _list(slide: Slide, panel: Rows, room: Box, _: str) -> None:
    """Draw the ordered list as a table: name, and the value on its colour of the map."""
    rows, head = panel.rows, panel.key["value"]
    lines = [["", head], *rows[["name", "text"]].to_numpy().tolist()]
    high = min(room[3] / len(lines), 30)
    size = min(SIZE, high * 0.55)
    frame = _lines(slide, lines, (*room[:3], high), [7, 3], rows["colour"], size)
    _describe(frame, head, "; ".join(f"{name} {text}" for name, text in lines[1:]))


def _table(slide: Slide, panel: Table, room: Box, _: str) -> None:
    """Lay a table out over its room, its columns as wide as their longest texts."""
    lines = [list(panel.rows.columns), *panel.rows.astype(str).to_numpy().tolist()]
    longest = [min(max(map(len, column)), 60) + 4 for column in zip(*lines, strict=True)]
    size = 18 if len(lines) < 6 else SIZE if len(lines) < 10 else SMALL
    _lines(slide, lines, (*room[:3], 2 * size), longest, ["#ffffff"] * len(lines[1:]), size)


def _lines(slide: Slide, lines: Any, room: Box, widths: Any, colours: Any, size: float) -> Any:
    """
    Add a table of PowerPoint's own, whose lines are as high as the `room`: a pale head, the last
    cell of each line in its colour.
    """
    left, top, wide, high = room
    shape = map(Pt, (left, top, wide, high * len(lines)))
    frame = slide.shapes.add_table(len(lines), len(widths), *shape)
    for column, part in zip(frame.table.columns, widths, strict=True):
        column.width = Pt(wide * part / sum(widths))
    for row, line, last in zip(frame.table.rows, lines, [PALE, *colours], strict=True):
        row.height, head = Pt(high), line is lines[0]
        grounds = [*[PALE if head else "#ffffff"] * (len(line) - 1), last]
        for cell, said, ground in zip(row.cells, line, grounds, strict=True):
            cell.margin_top = cell.margin_bottom = 0
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            _fill(cell, ground)
            _say(cell, said, size=size, colour=text_colour(ground), bold=head)
    return frame


def _slopes(slide: Slide, panel: Slopes, room: Box, alt: str) -> None:
    """Draw a line a place between dots, with texts beside them that are moved apart."""
    (left, top, wide, high), rows = room, panel.rows
    size = min(SIZE, high / len(rows) / 2)
    at, (low, most) = spread(rows[["before", "value"]], size, high - 2 * size)
    from_left, from_right = (
        0.62 * size * rows[end].str.len().max() + 2 * size for end in ("start", "end")
    )
    ends = left + from_left, left + wide - from_right
    sides = ("before", "start", left, from_left), ("value", "end", ends[1] + size, from_right)

    def up(value: float) -> float:
        return top + high - (high - 2 * size) * (value - low) / (most - low)

    group = slide.shapes.add_group_shape()
    _describe(group, alt, alt)
    for row in iterate_rows(rows):
        heights = up(row.before), up(row.value)
        line = zip(ends, heights, strict=True)
        corners = [Pt(one) for end in line for one in end]
        drawn = _plain(group.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *corners))
        drawn.line.width, drawn.line.color.rgb = Pt(size / (4 if row.bold else 8)), _rgb(row.colour)
        _describe(drawn, row.name, f"{row.start} – {row.end}")
        look: Look = {"size": size, "bold": row.bold, "anchor": MSO_ANCHOR.MIDDLE}
        look["colour"] = row.colour if row.bold else INK
        for x, y, (column, text, start, room_of) in zip(ends, heights, sides, strict=True):
            dot = x - 0.3 * size, y - 0.3 * size, 0.6 * size, 0.6 * size
            _fill(_plain(group.shapes.add_shape(MSO_SHAPE.OVAL, *map(Pt, dot))), row.colour)
            spot = start, up(at.loc[row.Index, column]) - size, room_of - size, 2 * size
            align = PP_ALIGN.RIGHT if column == "before" else PP_ALIGN.LEFT
            _box(slide, spot, getattr(row, text), align=align, **look)
    for x, head in zip(ends, panel.heads, strict=True):
        spot = x - 3 * size, top, 6 * size, 1.5 * size
        _box(slide, spot, head, size=size, align=PP_ALIGN.CENTER)


def _plain(shape: Any) -> Any:
    """Take the shadow off a shape that the template gives it."""
    shape._element.remove(shape._element.xpath("p:style")[0])
    return shape


def _picture(slide: Slide, figure: Figure, room: Box) -> None:
    width, height = (side / 72 * 25.4 for side in room[2:])
    drawn = page.draw(figure.panels_only(), width=width, height=height, kind="png")
    placed = slide.shapes.add_picture(io.BytesIO(drawn), *map(Pt, room))
    _describe(placed, figure.title, figure.alt)


def _box(slide: Slide, room: Box, text: str = "", *, fill: str = "", **look: Any) -> Any:
    """Add a box with a text, or with a colour."""
    made = slide.shapes.add_textbox(*map(Pt, room))
    made.text_frame.word_wrap = True
    made.text_frame.margin_left = made.text_frame.margin_right = 0
    made.text_frame.vertical_anchor = look.pop("anchor", MSO_ANCHOR.TOP)
    if fill:
        _fill(made, fill)
    _say(made, text, **look)
    return made


def _say(shape: Any, text: str, **look: Any) -> None:
    look = {"size": SIZE, "colour": INK, "bold": False, "align": PP_ALIGN.LEFT} | look
    shape.text_frame.text = readable(text)
    for paragraph in shape.text_frame.paragraphs:
        paragraph.alignment = look["align"]
        for run in paragraph.runs:  # PowerPoint does not heed what only the paragraph says
            run.font.size, run.font.bold = Pt(look["size"]), look["bold"]
            run.font.color.rgb = _rgb(look["colour"])


def _rgb(colour: str) -> RGBColor:
    return RGBColor.from_string(colour[1:])


def _fill(shape: Any, colour: str) -> None:
    shape.fill.solid()
    shape.fill.fore_color.rgb = _rgb(colour)


def _describe(shape: Any, name: str, alt: str) -> None:
    shape.name = readable(name)
    shape._element.xpath(".//p:cNvPr")[0].set("descr", readable(alt))


NATIVE: dict[type, Any] = {Map: _map, Rows: _list, Slopes: _slopes, Table: _table}
"""What PowerPoint has shapes for; of rows, those that stand beside a map."""

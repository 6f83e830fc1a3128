"""Put a figure on a slide: map and list as PowerPoint's own shapes, all else as a picture."""

import io
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
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
    Panel,
    Rows,
    Slopes,
    TextTable,
    iterate_rows,
    text_colour,
)
from . import page
from .labels import LETTER_WIDTH, fit_labels, spread
from .panels import DRAWINGS

# Of the layouts of PowerPoint's own template.
TITLE_ONLY = 5

# In points: letters, title, source; the least edge.
SIZE, TITLE, SMALL, EDGE = 14, 22, 11, 17

WHITE = "#ffffff"

# In a table, letters by the number of its lines: large below the first, small from the second.
FEW_LINES, MANY_LINES, LARGE = 6, 10, 18

# In letters: a column of a table is as wide as its longest text, up to this.
MAX_COLUMN = 60


class Box(NamedTuple):
    """A rectangle on a slide, in points; `x` and `y` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float


class Side(NamedTuple):
    """One end of the lines of a slope chart, and the texts beside it."""

    column: str
    """Of the values."""
    text_column: str
    x: float
    """Of the dots, in points."""
    text_x: float
    text_width: float
    align: Any


def add(figure: Figure, deck: Presentation) -> Slide:
    """Add a slide with title, banner, source, and all numbers in its notes."""
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    width = deck.slide_width.pt - 2 * EDGE
    top = SIZE * 1.8 if figure.banner else 0
    height = deck.slide_height.pt
    _add_texts(slide, figure, top, width, height)

    # panels beside each other
    x: float = EDGE
    whole_width = sum(panel.relative_width for panel in figure.panels)
    for panel in figure.panels:
        panel_width = width * panel.relative_width / whole_width - EDGE
        box = Box(x, top + 74, panel_width, height - top - 122)
        draw: Any = DRAWINGS.get((type(panel), "slide"), _add_picture)
        draw(slide, panel, box, figure)
        x += panel_width + EDGE

    numbers = figure.table.to_csv(sep="|", index=False)
    slide.notes_slide.notes_text_frame.text = readable(f"{figure.alt}\n\n{numbers}")
    # the name of a slide goes along where it is copied to
    slide._element.cSld.set("name", f"hganalysis:{figure.digest}")
    return slide


def _add_texts(slide: Slide, figure: Figure, top: float, width: float, height: float) -> None:
    """Write title and subtitle below the banner, and the source at the bottom."""
    title = slide.shapes.title
    title_box = Box(EDGE, top + 6, width, 40)
    title.left, title.top, title.width, title.height = map(Pt, title_box)
    title.text_frame.margin_left = 0
    _write(title, figure.title, size=TITLE, bold=True)
    if figure.banner:
        strip = Box(0, 0, width + 2 * EDGE, top)
        _add_box(slide, strip, fill=RED)
        inside = Box(EDGE, 0, width, top)
        _add_box(slide, inside, figure.banner, colour=WHITE, bold=True)
    subtitle_box = Box(EDGE, top + 44, width, 24)
    _add_box(slide, subtitle_box, figure.subtitle, colour=QUIET)
    source_box = Box(EDGE, height - 40, width, 34)
    _add_box(slide, source_box, figure.source, size=SMALL, colour=QUIET)


def _add_map(slide: Slide, panel: Map, box: Box, figure: Figure) -> None:
    """Draw a freeform for each place, the labels that fit, and the legend below."""
    if panel.layers:
        _add_picture(slide, panel, box, figure)
        return
    land = panel.places if panel.ground is None else panel.ground
    west, south, east, north = land.total_bounds
    scale = min(box.width / (east - west), (box.height - 44) / (north - south))
    land_x = box.x + (box.width - scale * (east - west)) / 2

    def to_slide(metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring coordinates from metres, to the north, to points on the slide, downwards."""
        offsets = metres - (west, north)
        return np.asarray(offsets * (scale, -scale) + (land_x, box.y))

    group = slide.shapes.add_group_shape()
    _describe(group, figure.alt, figure.alt)
    if panel.ground is not None:
        for shape in shapely.coverage_simplify(panel.ground.to_numpy(), 0.5 / scale):
            list(_add_areas(group, shapely.transform(shape, to_slide), page.GROUND))
    places = panel.places.fillna({"text": panel.legend.grey})
    # circles lie apart; places that have borders in common keep them
    simplify = shapely.coverage_simplify if panel.ground is None else shapely.simplify
    shapes = simplify(places.geometry.to_numpy(), 0.5 / scale)
    for place, shape in zip(iterate_rows(places), shapes, strict=True):
        for area in _add_areas(group, shapely.transform(shape, to_slide), place.colour):
            _describe(area, place.name, f"{place.name}: {place.text}")

    size = SIZE * 0.88
    for label in fit_labels(panel, size, scale):
        x, y = to_slide(np.array([label.x, label.y]))
        around = Box(x - 60, y - 30, 120, 60)
        _add_box(
            slide,
            around,
            label.text,
            size=size,
            colour=text_colour(label.colour),
            align=PP_ALIGN.CENTER,
            anchor=MSO_ANCHOR.MIDDLE,
        )
    _add_legend(slide, panel.legend, Box(box.x, box.y + box.height - 30, box.width, 22))
    if panel.head:
        _add_box(slide, Box(box.x, box.y - 6, box.width, 20), panel.head, bold=True)


DRAWINGS[Map, "slide"] = _add_map


def _add_areas(group: Any, shape: shapely.Geometry, colour: str) -> Iterator[Any]:
    """Draw each part of a shape, whose coordinates are points on the slide."""
    for polygon in shapely.get_parts(shape):
        ring = shapely.get_coordinates(polygon.exterior)
        outline = group.shapes.build_freeform(*ring[0], scale=Pt(1))
        area = _without_style(outline.add_line_segments(ring[1:]).convert_to_shape())
        _fill(area, colour)
        area.line.color.rgb = _rgb(WHITE)
        yield area


def _add_legend(slide: Slide, legend: Legend, box: Box) -> None:
    """Draw the classes as a strip; each says where it begins, or its name; grey what it means."""
    colours = [*legend.colours]
    texts = [*legend.edges[: len(colours)]]
    align = PP_ALIGN.CENTER if legend.is_of_categories else PP_ALIGN.LEFT
    widths = [box.width * share for share in legend.shares]
    if legend.grey:
        n_boxes = len(colours) + 1
        widths = [width * (n_boxes - 1) / n_boxes for width in widths]
        widths.append(box.width / n_boxes)
        colours.append(PALE)
        texts.append(legend.grey)
    x = box.x
    for colour, text, width in zip(colours, texts, widths, strict=True):
        class_box = Box(x, box.y, width, box.height)
        letters = text_colour(colour)
        _add_box(slide, class_box, text, fill=colour, colour=letters, size=SMALL, align=align)
        x += width


def _add_list(slide: Slide, panel: Rows, box: Box, figure: Figure) -> None:
    """Draw the list beside a map as a table: name, and the value on its colour of the map."""
    if len(figure.panels) == 1:
        _add_picture(slide, panel, box, figure)
        return
    head = panel.key["value"]
    rows = panel.rows[["name", "text"]].to_numpy().tolist()
    lines = [["", head], *rows]
    line_height = min(box.height / len(lines), 30)
    size = min(SIZE, line_height * 0.55)
    first_line = box._replace(height=line_height)
    frame = _add_lines(slide, lines, first_line, [7, 3], panel.rows["colour"], size)
    _describe(frame, head, "; ".join(f"{name} {text}" for name, text in rows))


DRAWINGS[Rows, "slide"] = _add_list


def _add_table(slide: Slide, panel: TextTable, box: Box, _: Figure) -> None:
    """Lay a table out over its room, its columns as wide as their longest texts."""
    rows = panel.rows.astype(str).to_numpy().tolist()
    lines = [list(panel.rows.columns), *rows]
    widths = []
    for column in zip(*lines, strict=True):
        longest = max(map(len, column))
        widths.append(min(longest, MAX_COLUMN) + 4)
    size = SIZE
    if len(lines) < FEW_LINES:
        size = LARGE
    elif len(lines) >= MANY_LINES:
        size = SMALL
    first_line = box._replace(height=2 * size)
    _add_lines(slide, lines, first_line, widths, [WHITE] * len(rows), size)


DRAWINGS[TextTable, "slide"] = _add_table


def _add_lines(
    slide: Slide,
    lines: Sequence[Sequence[str]],
    first_line: Box,
    widths: Sequence[float],
    colours: Sequence[str] | pd.Series,
    size: float,
) -> Any:
    """
    Add a table of PowerPoint's own.

    Parameters
    ----------
    lines
        The texts of the cells; the first line is the head.
    first_line
        Where the head is. All lines are as high.
    widths
        Of the columns, in any unit.
    colours
        Of the last cell of each line below the head.
    size
        Size of letters, in points.
    """
    shape = first_line._replace(height=first_line.height * len(lines))
    frame = slide.shapes.add_table(len(lines), len(widths), *map(Pt, shape))
    for column, width in zip(frame.table.columns, widths, strict=True):
        column.width = Pt(first_line.width * width / sum(widths))
    for row, texts, colour in zip(frame.table.rows, lines, [PALE, *colours], strict=True):
        row.height = Pt(first_line.height)
        is_head = texts is lines[0]
        backgrounds = [PALE if is_head else WHITE] * (len(texts) - 1)
        for cell, text, background in zip(row.cells, texts, [*backgrounds, colour], strict=True):
            cell.margin_top = cell.margin_bottom = 0
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            _fill(cell, background)
            _write(cell, text, size=size, colour=text_colour(background), bold=is_head)
    return frame


def _add_slopes(slide: Slide, panel: Slopes, box: Box, figure: Figure) -> None:
    """Draw a line for each place between two dots, with texts beside them that are moved apart."""
    rows = panel.rows
    size = min(SIZE, box.height / len(rows) / 2)
    start, end = _sides(rows, box, size)

    # heights on the slide, of the dots and of the texts beside them
    axis_height = box.height - 2 * size
    ends = rows[["before", "value"]]
    text_ends, (low, high) = spread(ends, size, axis_height)
    dot_y, text_y = (
        box.y + box.height - axis_height * (heights - low) / (high - low)
        for heights in (ends, text_ends)
    )

    group = slide.shapes.add_group_shape()
    _describe(group, figure.alt, figure.alt)
    for row in iterate_rows(rows):
        start_y, end_y = dot_y.loc[row.Index]
        corners = map(Pt, (start.x, start_y, end.x, end_y))
        line = _without_style(group.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *corners))
        line.line.width = Pt(size / (4 if row.bold else 8))
        line.line.color.rgb = _rgb(row.colour)
        _describe(line, row.name, f"{row.start} – {row.end}")
        for side, y in ((start, start_y), (end, end_y)):
            oval = Box(side.x - 0.3 * size, y - 0.3 * size, 0.6 * size, 0.6 * size)
            dot = group.shapes.add_shape(MSO_SHAPE.OVAL, *map(Pt, oval))
            _fill(_without_style(dot), row.colour)
            text_top = text_y.loc[row.Index, side.column] - size
            beside = Box(side.text_x, text_top, side.text_width, 2 * size)
            _add_box(
                slide,
                beside,
                getattr(row, side.text_column),
                size=size,
                colour=row.colour if row.bold else INK,
                bold=row.bold,
                align=side.align,
                anchor=MSO_ANCHOR.MIDDLE,
            )
    for side, head in zip((start, end), panel.heads, strict=True):
        width = max(6, LETTER_WIDTH * len(head) + 1) * size
        above = Box(side.x - width / 2, box.y, width, 1.5 * size)
        _add_box(slide, above, head, size=size, align=PP_ALIGN.CENTER)


DRAWINGS[Slopes, "slide"] = _add_slopes


def _sides(rows: pd.DataFrame, box: Box, size: float) -> tuple[Side, Side]:
    """Divide the width between the texts of both sides and the lines between them."""
    start_width, end_width = (
        LETTER_WIDTH * size * rows[texts].str.len().max() + 2 * size for texts in ("start", "end")
    )
    start_x, end_x = box.x + start_width, box.x + box.width - end_width
    return (
        Side("before", "start", start_x, box.x, start_width - size, PP_ALIGN.RIGHT),
        Side("value", "end", end_x, end_x + size, end_width - size, PP_ALIGN.LEFT),
    )


def _without_style(shape: Any) -> Any:
    """Take the shadow off a shape that the template gives it."""
    shape._element.remove(shape._element.xpath("p:style")[0])
    return shape


def _add_picture(slide: Slide, panel: Panel, box: Box, figure: Figure) -> None:
    """Add what a page draws of a panel: PowerPoint has no shapes for it."""
    width, height = box.width / 72 * 25.4, box.height / 72 * 25.4
    content = page.draw_page(figure.bare(panel), width=width, height=height, kind="png")
    picture = slide.shapes.add_picture(io.BytesIO(content), *map(Pt, box))
    _describe(picture, figure.title, figure.alt)


def _add_box(slide: Slide, box: Box, text: str = "", *, fill: str = "", **look: Any) -> None:
    """Add a box with a text, or with a colour."""
    shape = slide.shapes.add_textbox(*map(Pt, box))
    shape.text_frame.word_wrap = True
    shape.text_frame.margin_left = shape.text_frame.margin_right = 0
    shape.text_frame.vertical_anchor = look.pop("anchor", MSO_ANCHOR.TOP)
    if fill:
        _fill(shape, fill)
    _write(shape, text, **look)


def _write(
    shape: Any,
    text: str,
    *,
    size: float = SIZE,
    colour: str = INK,
    bold: bool = False,
    align: Any = PP_ALIGN.LEFT,
) -> None:
    """Write a text into a shape or a cell."""
    shape.text_frame.text = readable(text)
    for paragraph in shape.text_frame.paragraphs:
        paragraph.alignment = align
        for run in paragraph.runs:  # PowerPoint does not heed what only the paragraph says
            run.font.size = Pt(size)
            run.font.bold = bold
            run.font.color.rgb = _rgb(colour)


def _rgb(colour: str) -> RGBColor:
    return RGBColor.from_string(colour[1:])


def _fill(shape: Any, colour: str) -> None:
    shape.fill.solid()
    shape.fill.fore_color.rgb = _rgb(colour)


def _describe(shape: Any, name: str, alt: str) -> None:
    shape.name = readable(name)
    shape._element.xpath(".//p:cNvPr")[0].set("descr", readable(alt))

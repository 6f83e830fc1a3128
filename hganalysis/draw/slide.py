"""Put a figure on a slide as PowerPoint's own shapes, tables and charts."""

import io
import math
from collections.abc import Iterator, Sequence
from functools import singledispatch
from textwrap import shorten
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.presentation import Presentation
from pptx.slide import Slide
from pptx.util import Pt

from ..escaping import lines as readable
from ..figure import (
    PALE,
    QUIET,
    RED,
    Figure,
    Legend,
    Map,
    Rows,
    TextTable,
    iterate_rows,
    text_colour,
)
from . import chart, page, plots
from .boxes import SIZE, Box, add_box, add_freeform, added_at_once, describe, fill_shape, rgb, write
from .labels import LETTER_WIDTH, SMALLER, fit_labels

# Of the layouts of PowerPoint's own template.
TITLE_ONLY = 5

# In points: title, source; the least edge.
TITLE, SMALL, EDGE = 22, 11, 17

# In points: a line of the title, the subtitle below it, and a line of the source.
TITLE_LINE, SUBTITLE, SOURCE_LINE = 27, 26, 14

# The width of a bold letter where the template's are missing, as a share of its size.
BOLD_WIDTH = 0.7

# How much of the width a list takes beside a map.
LIST_WIDTH = 1.5

WHITE = "#ffffff"

# Heights in points: the strip of a legend, the legend, and the legend with a line for grey.
STRIP, LEGEND, GREY_LEGEND = 10, 34, 52

# In a table, the size of letters, in points: the first with which all lines fit.
TABLE_SIZES = (18, 16, 14, 12, 11, 10, 9, 8)

# In letters: a column of a table is as wide as its longest text, up to this.
MAX_COLUMN = 60


add_panel = singledispatch(chart.add_drawing)
"""Adds a panel: by the function of its kind, else by the shapes that a page draws of it."""


def add(figure: Figure, deck: Presentation) -> Slide:
    """Add a slide with title, banner and source; its notes say what it shows."""
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    width = deck.slide_width.pt - 2 * EDGE
    room = _add_texts(slide, figure, width, deck.slide_height.pt)

    # panels beside each other
    x: float = EDGE
    shares = [LIST_WIDTH if isinstance(panel, Rows) else 3 for panel in figure.panels]
    for panel, share in zip(figure.panels, shares, strict=True):
        panel_width = (width + EDGE) * share / sum(shares) - EDGE
        box = room._replace(x=x, width=panel_width)
        add_panel(panel, slide, box, figure)
        x += panel_width + EDGE

    slide.notes_slide.notes_text_frame.text = readable(figure.alt)
    # the name of a slide goes along where it is copied to
    slide._element.cSld.set("name", f"hganalysis:{figure.digest}")
    return slide


def _add_texts(slide: Slide, figure: Figure, width: float, height: float) -> Box:
    """Write banner, title, subtitle and source; give the room between them."""
    # the title, in as many lines as it needs, below the banner
    title = slide.shapes.title
    top = SIZE * 1.8 if figure.banner else 0
    n_lines = math.ceil(BOLD_WIDTH * TITLE * len(figure.title) / width)
    title_box = Box(EDGE, top + 4, width, n_lines * TITLE_LINE)
    below_title = top + 4 + n_lines * TITLE_LINE
    title.left, title.top, title.width, title.height = map(Pt, title_box)
    title.text_frame.margin_left = title.text_frame.margin_right = 0
    title.text_frame.margin_top = title.text_frame.margin_bottom = 0
    title.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
    write(title, figure.title, size=TITLE, bold=True)
    if figure.banner:
        add_box(slide, Box(0, 0, width + 2 * EDGE, top), fill=RED)
        inside = Box(EDGE, 0, width, top)
        middle = MSO_ANCHOR.MIDDLE
        add_box(slide, inside, figure.banner, colour=WHITE, bold=True, anchor=middle)
    # the subtitle in one line, smaller if need be
    size = min(SIZE, width / (LETTER_WIDTH * len(figure.subtitle) + 1))
    subtitle_box = Box(EDGE, below_title, width, SUBTITLE)
    add_box(slide, subtitle_box, figure.subtitle, size=size, colour=QUIET)
    # the source at the bottom
    n_lines = max(2, math.ceil(LETTER_WIDTH * SMALL * len(figure.source) / width))
    source_top = height - n_lines * SOURCE_LINE - 6
    source_box = Box(EDGE, source_top, width, n_lines * SOURCE_LINE)
    bottom = MSO_ANCHOR.BOTTOM
    add_box(slide, source_box, figure.source, size=SMALL, colour=QUIET, anchor=bottom)
    top = below_title + SUBTITLE
    return Box(EDGE, top, width, source_top - 8 - top)


@add_panel.register
def _add_map(panel: Map, slide: Slide, box: Box, figure: Figure) -> None:
    """Draw a freeform for each place, the labels that fit, and the legend below."""
    if panel.layers:
        _add_picture(slide, panel, box, figure)
        return
    west, south, east, north = panel.land.total_bounds
    legend_height = GREY_LEGEND if panel.legend.grey else LEGEND
    scale = min(box.width / (east - west), (box.height - legend_height) / (north - south))
    land_x = box.x + (box.width - scale * (east - west)) / 2

    def to_slide(metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring coordinates from metres, to the north, to points on the slide, downwards."""
        offsets = metres - (west, north)
        return np.asarray(offsets * (scale, -scale) + (land_x, box.y))

    group = slide.shapes.add_group_shape()
    describe(group, figure.alt, figure.alt)
    places = panel.places.fillna({"text": panel.legend.grey})
    # circles lie apart; places that have borders in common keep them
    simplify = shapely.coverage_simplify if panel.ground is None else shapely.simplify
    shapes = simplify(places.geometry.to_numpy(), 0.5 / scale)
    with added_at_once(group):
        if panel.ground is not None:
            ground = shapely.coverage_simplify(panel.ground.to_numpy(), 0.5 / scale)
            for shape in shapely.transform(ground, to_slide):
                list(_add_areas(group, shape, plots.GROUND))
        on_slide = shapely.transform(shapes, to_slide)
        for place, shape in zip(iterate_rows(places), on_slide, strict=True):
            for area in _add_areas(group, shape, place.colour):
                describe(area, place.name, f"{place.name}: {place.text}")

    size = SIZE * 0.88
    for label in fit_labels(panel, [size, SMALLER * size], scale):
        x, y = to_slide(np.array([label.x, label.y]))
        around = Box(x - 60, y - 30, 120, 60)
        add_box(
            slide,
            around,
            label.text,
            size=label.size,
            spacing=0.9,
            colour=text_colour(label.colour),
            align=PP_ALIGN.CENTER,
            anchor=MSO_ANCHOR.MIDDLE,
        )
    _add_legend(
        slide, panel.legend, Box(box.x, box.y + box.height - legend_height + 6, box.width, 0)
    )
    if panel.head:
        add_box(slide, Box(box.x, box.y - 6, box.width, 20), panel.head, bold=True)


def _add_areas(group: Any, shape: shapely.Geometry, colour: str) -> Iterator[Any]:
    """Draw each part of a shape, whose coordinates are points on the slide."""
    for polygon in shapely.get_parts(shape):
        ring = shapely.get_coordinates(polygon.exterior)
        area = add_freeform(group, ring)
        fill_shape(area, colour)
        area.line.color.rgb = rgb(WHITE)
        yield area


def _add_legend(slide: Slide, legend: Legend, box: Box) -> None:
    """Draw the classes as a strip, with the numbers between them below it, and grey on its own."""
    borders = box.x + box.width * np.cumsum([0, *legend.shares])
    for colour, start, end in zip(legend.colours, borders, borders[1:], strict=False):
        add_box(slide, Box(start, box.y, end - start, STRIP), fill=colour)
    for share, text in legend.ticks.items():
        text_width = (LETTER_WIDTH * len(text) + 1) * SMALL
        text_x = box.x + share * box.width - text_width / 2
        text_box = Box(text_x, box.y + STRIP + 2, text_width, SMALL * 1.3)
        add_box(slide, text_box, text, size=SMALL, align=PP_ALIGN.CENTER)
    if legend.grey:
        low = box.y + STRIP + 2 + 1.4 * SMALL
        add_box(slide, Box(box.x, low + 2, STRIP, STRIP), fill=PALE)
        beside = Box(box.x + 2 * STRIP, low, box.width - 2 * STRIP, SMALL * 1.3)
        add_box(slide, beside, legend.grey, size=SMALL)


@add_panel.register
def _add_list(panel: Rows, slide: Slide, box: Box, figure: Figure) -> None:
    """Draw the list beside a map as a table: name, and the value on its colour of the map."""
    if len(figure.panels) == 1:
        chart.add_drawing(panel, slide, box, figure)
        return
    head = panel.key["value"]
    rows = panel.rows[["name", "text"]].to_numpy().tolist()
    line_height = min(box.height / (len(rows) + 1), 30)
    size = min(SIZE, line_height * 0.55)
    n_letters = int(box.width / (LETTER_WIDTH * size))
    lines = [[shorten(head, n_letters, placeholder="…"), ""], *rows]
    heights = [line_height] * len(lines)
    frame = _add_lines(slide, lines, box, [7, 3], heights, panel.rows["colour"], size)
    frame.table.cell(0, 0).merge(frame.table.cell(0, 1))
    describe(frame, head, "; ".join(f"{name} {text}" for name, text in rows))


@add_panel.register
def _add_table(panel: TextTable, slide: Slide, box: Box, _: Figure) -> None:
    """Lay a table out over its room, its columns as wide as their longest texts."""
    rows = panel.rows.astype(str).to_numpy().tolist()
    lines = [list(panel.rows.columns), *rows]
    widths = []
    for column in zip(*lines, strict=True):
        longest = max(map(len, column))
        widths.append(min(longest, MAX_COLUMN) + 4)
    letters = [width * box.width / sum(widths) / LETTER_WIDTH for width in widths]
    for size in TABLE_SIZES:
        heights = [_line_height(line, letters, size) for line in lines]
        if sum(heights) <= box.height:
            break
    _add_lines(slide, lines, box, widths, heights, [WHITE] * len(rows), size)


def _line_height(texts: Sequence[str], letters: Sequence[float], size: float) -> float:
    """Give a line of a table the height of its highest cell; `letters` of 1 pt fit in a column."""
    n_lines = 1
    for text, width in zip(texts, letters, strict=True):
        n_lines = max(n_lines, math.ceil(len(text) / (width / size - 2)))
    return (1.2 * n_lines + 0.7) * size


def _add_lines(
    slide: Slide,
    lines: Sequence[Sequence[str]],
    box: Box,
    widths: Sequence[float],
    heights: Sequence[float],
    colours: Sequence[str] | pd.Series,
    size: float,
) -> Any:
    """
    Add a table of PowerPoint's own.

    Parameters
    ----------
    lines
        The texts of the cells; the first line is the head.
    box
        Where the table begins, and how wide it is.
    widths
        Of the columns, in any unit.
    heights
        Of the lines, in points.
    colours
        Of the last cell of each line below the head.
    size
        Size of letters, in points.
    """
    shape = box._replace(height=sum(heights))
    frame = slide.shapes.add_table(len(lines), len(widths), *map(Pt, shape))
    for column, width in zip(frame.table.columns, widths, strict=True):
        column.width = Pt(box.width * width / sum(widths))
    for row, height in zip(frame.table.rows, heights, strict=True):
        row.height = Pt(height)
    for row, texts, colour in zip(frame.table.rows, lines, [PALE, *colours], strict=True):
        is_head = texts is lines[0]
        backgrounds = [PALE if is_head else WHITE] * (len(texts) - 1)
        for cell, text, background in zip(row.cells, texts, [*backgrounds, colour], strict=True):
            cell.margin_top = cell.margin_bottom = 0
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            fill_shape(cell, background)
            write(cell, text, size=size, colour=text_colour(background), bold=is_head)
    return frame


def _add_picture(slide: Slide, panel: Map, box: Box, figure: Figure) -> None:
    """Add what a page draws of a map with layers: PowerPoint has no shapes for it."""
    width = box.width / 72 * 25.4
    height = box.height / 72 * 25.4
    content = page.draw_page(figure.bare(panel), width=width, height=height, kind="png")
    picture = slide.shapes.add_picture(io.BytesIO(content), *map(Pt, box))
    describe(picture, figure.title, figure.alt)

"""Read a slide: its shapes, tables and charts, as PowerPoint places them."""

from itertools import pairwise

import numpy as np
import pptx
import shapely
from pptx.enum.text import PP_ALIGN
from pptx.util import Pt
from trials.media import walk

from hganalysis.draw import Picture

from .drawing import Area, Dot, Marks, Strip, Text, clean

GROUP = 6
"""Of the kinds of shapes: its parts are read one by one."""
DESCRIBED = {GROUP, 3, 13, 19}
"""A group, a chart, a picture and a table: they have a description, as texts need none."""


def read_slide(figure):
    """Put a figure on a slide, and read it."""
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Pt(960), Pt(540)
    slide = Picture(figure).slide(deck)
    return read_shapes(slide.shapes)


def read_shapes(shapes):
    """Read the shapes of a slide."""
    marks = Marks()
    for shape in shapes:
        if shape.shape_type in DESCRIBED:
            [described] = shape._element.xpath("./*/p:cNvPr/@descr") or [""]
            marks.descriptions.append(clean(described))
    for shape in walk(shapes):
        if shape.shape_type != GROUP:
            read = _choose_reader(shape)
            read(shape, marks)
    return marks.drawing()


def _choose_reader(shape):
    """Choose what reads a shape, by its kind."""
    element = shape._element
    if getattr(shape, "has_chart", False):
        return _read_chart
    if getattr(shape, "has_table", False):
        return _read_table
    if element.tag.endswith("cxnSp"):
        return _read_connector
    if element.xpath("./p:spPr/a:custGeom"):
        return _read_freeform
    if shape.text_frame.text.strip():
        return _read_text
    return _read_ellipse if element.xpath(".//a:prstGeom[@prst='ellipse']") else _read_strip


def _box(shape):
    return shape.left.pt, shape.top.pt, shape.width.pt, shape.height.pt


def _fill(shape):
    return f"#{shape.fill.fore_color.rgb}".lower()


def _colour(line):
    return f"#{line.color.rgb}".lower()


def _read_text(shape, marks):
    """Read a text where its letters are: at the side of its box that it is aligned to."""
    x, y, width, height = _box(shape)
    sides = {PP_ALIGN.RIGHT: x + width, PP_ALIGN.LEFT: x}
    first = shape.text_frame.paragraphs[0]
    side = sides.get(first.alignment, x + width / 2)
    text = clean(shape.text_frame.text)
    marks.texts.append(Text(text, side, y + height / 2, x, x + width, height))


def _read_table(frame, marks):
    table = []
    for row in frame.table.rows:
        cells = [(clean(cell.text), _fill(cell)) for cell in row.cells]
        table.append(cells)
    marks.tables.append(table)


def _read_connector(shape, marks):
    start = shape.begin_x.pt, shape.begin_y.pt
    end = shape.end_x.pt, shape.end_y.pt
    line = shape.line
    is_dashed = line.dash_style is not None
    marks.add_line((start, end), _colour(line), line.width.pt, dashed=is_dashed)


def _read_freeform(shape, marks):
    """Read an area, or a line through several points."""
    x, y, width, height = _box(shape)
    [path] = shape._element.xpath(".//a:path")
    corners = [(float(corner.get("x")), float(corner.get("y"))) for corner in path.xpath(".//a:pt")]
    size = float(path.get("w")) or 1, float(path.get("h")) or 1
    corners = np.array(corners) / size * (width, height) + (x, y)
    if shape._element.xpath("./p:spPr/a:solidFill"):
        description = shape._element.xpath("./p:nvSpPr/p:cNvPr/@descr")
        area = Area(shapely.Polygon(corners), _fill(shape), clean("".join(description)))
        marks.areas.append(area)
        return
    for ends in pairwise(corners):
        marks.add_line(ends, _colour(shape.line), shape.line.width.pt)


def _read_ellipse(shape, marks):
    x, y, width, height = _box(shape)
    has_edge = shape._element.xpath(".//a:ln/a:solidFill")
    edge = _colour(shape.line) if has_edge else ""
    dot = Dot(x + width / 2, y + height / 2, _fill(shape), edge, width)
    marks.dots.append(dot)


def _read_strip(shape, marks):
    x, y, width, height = _box(shape)
    if shape._element.xpath("./p:spPr/a:solidFill"):
        strip = Strip(x, x + width, y + height / 2, _fill(shape))
        marks.strips.append(strip)


def _read_chart(frame, marks):
    """Read the dots of a chart whose plot fills it."""
    x, y, width, height = _box(frame)
    chart = frame.chart
    for series in chart.plots[0].series:
        across = _shares_of_axis(chart.category_axis, _numbers(series, "c:xVal"))
        up = _shares_of_axis(chart.value_axis, _numbers(series, "c:yVal"))
        marker = series.marker
        fill = _fill(marker.format)
        edge = _colour(marker.format.line)
        for share_x, share_y in zip(across, up, strict=True):
            middle = x + share_x * width, y + (1 - share_y) * height
            marks.dots.append(Dot(*middle, fill, edge, marker.size))


def _numbers(series, tag):
    texts = series._element.xpath(f"./{tag}//c:pt/c:v")
    return np.array([float(text.text) for text in texts])


def _shares_of_axis(axis, numbers):
    """Place numbers along an axis, from its start on the left or below to its end."""
    start = axis.minimum_scale
    end = axis.maximum_scale
    if axis._element.xpath("./c:scaling/c:logBase"):
        start, end, numbers = np.log(start), np.log(end), np.log(numbers)
    shares = (numbers - start) / (end - start)
    return 1 - shares if axis.reverse_order else shares

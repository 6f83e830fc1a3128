"""Turn what a page draws of a panel into PowerPoint's own lines, texts and charts."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray
from pptx.chart.data import XyChartData
from pptx.enum.chart import XL_CHART_TYPE, XL_MARKER_STYLE
from pptx.enum.dml import MSO_LINE
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.slide import Slide
from pptx.util import Pt

from ..figure import INK, Figure, Panel
from . import page
from .boxes import (
    Box,
    add_box,
    add_freeform,
    added_at_once,
    describe,
    fill_shape,
    rgb,
    without_style,
)

# Significant digits of a number in a chart: more than a picture shows would be given away.
DIGITS = 4

# Of dots in a chart, in points: each class has one size.
DOT = 9

# Of the edge of a dot, in points.
EDGE = 0.5

# Styles of matplotlib whose lines are broken.
BROKEN = (":", "--")

ALIGN = {"left": PP_ALIGN.LEFT, "center": PP_ALIGN.CENTER, "right": PP_ALIGN.RIGHT}

# Some programs break a line that is as wide as its box. So much room is added, in points, of which
# each alignment leaves a share on the left.
SLACK, LEFT_SLACK = 14, {"left": 0, "center": 0.5, "right": 1}

WHOLE_CHART = (
    f"<c:layout {nsdecls('c')}><c:manualLayout><c:layoutTarget val='inner'/>"
    "<c:xMode val='edge'/><c:yMode val='edge'/><c:x val='0'/><c:y val='0'/>"
    "<c:w val='1'/><c:h val='1'/></c:manualLayout></c:layout>"
)
"""The plot fills its chart, so that texts and lines around it lie where its dots are."""

Points = NDArray[np.float64]


def add_drawing(panel: Panel, slide: Slide, box: Box, figure: Figure) -> None:
    """Add what a page draws: lines and texts as shapes, dots as charts that can be recoloured."""
    drawing = page.lay_out_for_slide(figure.bare(panel), box.width, box.height)
    visible = drawing.findobj(lambda artist: artist.get_visible())
    artists = sorted(visible, key=lambda artist: artist.get_zorder())
    group = slide.shapes.add_group_shape()
    describe(group, figure.title, figure.alt)

    def to_slide(points: Any, transform: Any) -> Points:
        """Bring points from the page to the slide, where y is downwards, without missing ones."""
        coordinates = np.asarray(points, dtype=float).reshape(-1, 2)
        is_known = np.isfinite(coordinates).all(axis=1)
        pixels = transform.transform(coordinates[is_known])
        return np.asarray(pixels * (1, -1) + (box.x, box.y + box.height))

    with added_at_once(group):
        for artist in artists:
            transform = artist.get_transform()
            if isinstance(artist, LineCollection):
                segments = [to_slide(segment, transform) for segment in artist.get_segments()]
                _add_segments(group, segments, artist)
            elif isinstance(artist, PolyCollection):
                for path in artist.get_paths():
                    corners = to_slide(path.vertices, transform)
                    _fill(add_freeform(group, corners), artist.get_facecolor()[0])
            elif isinstance(artist, Line2D):
                _add_curve(group, to_slide(artist.get_xydata(), transform), artist)
            elif isinstance(artist, Annotation) and artist.arrow_patch is not None:
                leader = artist.arrow_patch
                corners = to_slide(leader.get_path().vertices, leader.get_transform())
                ends = corners[[0, -1]]
                _add_line(group, ends, leader.get_edgecolor(), leader.get_linewidth())
            elif isinstance(artist, PathCollection) and artist.axes is None:  # of the key
                middles = to_slide(artist.get_offsets(), artist.get_offset_transform())
                width = artist.get_sizes()[0] ** 0.5
                colour = artist.get_facecolor()[0]
                for dot in _add_dots(group, middles, width, colour):
                    _outline(dot)

    pixels = IdentityTransform()
    for artist in artists:
        if isinstance(artist, Axes):
            corners = to_slide(artist.bbox.get_points(), pixels)
            _add_chart(slide, artist, corners, figure)
        elif isinstance(artist, Text) and artist.get_text().strip():
            extent = Text.get_window_extent(artist)  # of the text alone, without its arrow
            corners = to_slide(extent.get_points(), pixels)
            _add_text(slide, artist, corners)


def _add_segments(group: Any, segments: list[Points], lines: Any) -> None:
    """Add lines that have one width, and one colour or a colour each."""
    _, dash = lines.get_linestyle()[0]
    colours = np.broadcast_to(lines.get_colors(), (len(segments), 4))
    for points, colour in zip(segments, colours, strict=True):
        if len(points) < 2:  # a row has no interval
            continue
        _add_line(group, points, colour, lines.get_linewidths()[0], is_dashed=bool(dash))


def _add_curve(group: Any, points: Points, curve: Line2D) -> None:
    """Add a line, and the dots or the upright strokes on it."""
    colour = curve.get_color()
    size = curve.get_markersize()
    n_points = len(points)
    style = curve.get_linestyle()
    marker = curve.get_marker()
    if style != "None" and n_points > 1:
        _add_line(group, points, colour, curve.get_linewidth(), is_dashed=style in BROKEN)
    # in a key, only the middle of a line has a mark
    every: Any = curve.get_markevery()
    if every is not None:
        points = points[every]
    if marker == "o":
        dots = _add_dots(group, points, size, curve.get_markerfacecolor())
        # an open dot is white as the slide: it is seen by its edge alone
        for dot in dots:
            dot.line.width = Pt(curve.get_markeredgewidth())
            dot.line.color.rgb = rgb(to_hex(curve.get_markeredgecolor()))
    elif marker == "|":
        for x, y in points:
            stroke = np.array([(x, y - size / 2), (x, y + size / 2)])
            _add_line(group, stroke, curve.get_markeredgecolor(), 1.5)


def _add_line(
    group: Any, points: Points, colour: Any, width: float, *, is_dashed: bool = False
) -> None:
    """Add a line through points."""
    if len(points) == 2:
        shape = group.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *map(Pt, points.ravel()))
        shape = without_style(shape)
    else:
        shape = add_freeform(group, points, is_closed=False)
        shape.fill.background()
    shape.line.width = Pt(width)
    shape.line.color.rgb = rgb(to_hex(colour))
    if is_dashed:
        shape.line.dash_style = MSO_LINE.ROUND_DOT


def _add_dots(group: Any, middles: Points, size: float, colour: Any) -> list[Any]:
    """Add a dot around each point, and give them."""
    dots = []
    for x, y in middles:
        corner = x - size / 2, y - size / 2, size, size
        dot = without_style(group.shapes.add_shape(MSO_SHAPE.OVAL, *map(Pt, corner)))
        _fill(dot, colour)
        dots.append(dot)
    return dots


def _fill(shape: Any, colour: Any) -> None:
    """Fill a shape; what shines through on a page is paler."""
    *parts, opacity = to_rgba(colour)
    paler: Any = [1 - opacity * (1 - part) for part in parts]
    fill_shape(shape, to_hex(paler))
    shape.line.fill.background()


def _outline(shape: Any) -> None:
    """Give a dot an edge: without one, the palest class is white on white."""
    shape.line.width = Pt(EDGE)
    shape.line.color.rgb = rgb(INK)


def _add_text(slide: Slide, text: Any, corners: Points) -> None:
    """Add a text where it lies on the page; letters of a slide are narrower."""
    (left, bottom), (right, top) = corners
    slack = 0 if text.get_rotation() else SLACK
    x = left - slack * LEFT_SLACK[text.get_ha()]
    box = Box(x, top, right - left + slack, bottom - top)
    shape = add_box(
        slide,
        box,
        text.get_text(),
        size=text.get_fontsize(),
        colour=to_hex(text.get_color()),
        bold=text.get_weight() == "bold",
        align=ALIGN[text.get_ha()],
        anchor=MSO_ANCHOR.MIDDLE,
    )
    shape.text_frame.word_wrap = False
    if text.get_rotation():
        shape.text_frame._txBody.bodyPr.set("vert", "vert270")


def _series(ax: Axes) -> Iterator[pd.DataFrame]:
    """Give the dots of axes, `x`, `y` and `colour`, by their colours."""
    for scattered in ax.collections:
        if isinstance(scattered, PathCollection):
            dots = pd.DataFrame(np.asarray(scattered.get_offsets()), columns=["x", "y"])
            colours = np.broadcast_to(scattered.get_facecolor(), (len(dots), 4))
            dots["colour"] = [to_hex(colour) for colour in colours]
            yield from (series for _, series in dots.dropna().groupby("colour", sort=False))


def _add_chart(slide: Slide, ax: Axes, corners: Points, figure: Figure) -> None:
    """Add the dots of axes as a chart without axes of its own, one series for each colour."""
    # LibreOffice does not draw a first series that is shorter than another
    series = sorted(_series(ax), key=len, reverse=True)
    if not series:
        return
    data: Any = XyChartData()
    for dots in series:
        table = data.add_series(dots["colour"].iloc[0])
        for x, y in dots[["x", "y"]].itertuples(index=False):
            table.add_data_point(float(f"{x:.{DIGITS}g}"), float(f"{y:.{DIGITS}g}"))
    (left, bottom), (right, top) = corners
    place = map(Pt, (left, top, right - left, bottom - top))
    frame: Any = slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *place, data)
    describe(frame, figure.title, figure.alt)
    chart = frame.chart
    chart.has_title = chart.has_legend = False
    spans = (ax.get_xlim(), ax.get_xscale()), (ax.get_ylim(), ax.get_yscale())
    for axis, (ends, scale) in zip((chart.category_axis, chart.value_axis), spans, strict=True):
        axis.minimum_scale, axis.maximum_scale = map(float, sorted(ends))
        axis.reverse_order = ends[0] > ends[1]
        axis.has_major_gridlines = axis.visible = False
        if scale == "log":
            axis._element.scaling.insert(0, parse_xml(f"<c:logBase {nsdecls('c')} val='10'/>"))
    chart._chartSpace.chart.plotArea.insert(0, parse_xml(WHOLE_CHART))
    for drawn_series, dots in zip(chart.plots[0].series, series, strict=True):
        marker = drawn_series.marker
        marker.style = XL_MARKER_STYLE.CIRCLE
        marker.size = DOT
        _fill(marker.format, dots["colour"].iloc[0])
        _outline(marker.format)

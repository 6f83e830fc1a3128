"""Draw dots and fitted lines on a slide as a chart of PowerPoint's own, to be recoloured."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from pptx.chart.data import XyChartData
from pptx.enum.chart import XL_CHART_TYPE, XL_MARKER_STYLE
from pptx.enum.dml import MSO_LINE
from pptx.enum.shapes import MSO_CONNECTOR
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.slide import Slide
from pptx.util import Pt

from ..figure import BLUE, INK, PALE, QUIET, Figure, Line, Rows, Scatter
from .boxes import SIZE, Box, add_box, describe, rgb, without_style
from .labels import LETTER_WIDTH
from .panels import DRAWINGS

# A share of the range of an axis that stays free at both ends.
MARGIN = 0.05

# As shares of the width: what names may take on the left, and texts on the right.
MAX_NAMES, MAX_TEXTS = 0.36, 0.28

# Significant digits of a number in a chart: more than a picture shows would be given away.
DIGITS = 4


class Series(NamedTuple):
    """Dots or a line of one colour, which a presenter recolours at once."""

    points: pd.DataFrame
    """`x` and `y`."""
    colour: str
    width: float = 0
    """Of the line, in points; 0 for dots."""
    dash: Any = None


class Axis(NamedTuple):
    """The range of an axis, and the texts along it."""

    low: float
    high: float
    ticks: dict[float, str]
    is_log: bool = False

    def share(self, value: float) -> float:
        """Say how far along the axis a value lies, from 0 to 1."""
        ends = np.array([self.low, self.high, value])
        low, high, number = np.log(ends) if self.is_log else ends
        return float((number - low) / (high - low))


def span_axis(values: ArrayLike, ticks: dict[float, str], *, is_log: bool = False) -> Axis:
    """Span an axis over values and the ticks, with some free space at both ends."""
    numbers = np.append(np.ravel(values), [*ticks]).astype(float)
    numbers = numbers[np.isfinite(numbers)]
    if is_log:
        numbers = np.log(numbers[numbers > 0])
    low, high = numbers.min(), numbers.max()
    margin = MARGIN * (high - low) or 0.5
    ends = np.array([low - margin, high + margin])
    low, high = np.exp(ends) if is_log else ends
    return Axis(float(low), float(high), ticks, is_log)


@dataclass(frozen=True, eq=False)
class Plot:
    """The part of a slide between two axes."""

    slide: Slide
    box: Box
    x_axis: Axis
    y_axis: Axis

    def x(self, value: float) -> float:
        """Say where a value of x lies on the slide, in points."""
        return self.box.x + self.box.width * self.x_axis.share(value)

    def y(self, value: float) -> float:
        """Say where a value of y lies on the slide, in points."""
        return self.box.y + self.box.height * (1 - self.y_axis.share(value))

    def add_lines(
        self,
        starts: tuple[ArrayLike, ArrayLike],
        ends: tuple[ArrayLike, ArrayLike],
        colour: str,
        *,
        width: float = 1,
        dash: Any = None,
    ) -> None:
        """Add a straight line from each start (x and y) to each end."""
        group = self.slide.shapes.add_group_shape()
        columns = np.broadcast_arrays(np.ravel(starts[0]), starts[1], *ends)
        for x, y, x_end, y_end in np.column_stack(columns).astype(float):
            corners = map(Pt, (self.x(x), self.y(y), self.x(x_end), self.y(y_end)))
            connector = group.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *corners)
            line = without_style(connector).line
            line.width, line.color.rgb = Pt(width), rgb(colour)
            if dash:
                line.dash_style = dash

    def add_chart(self, series: list[Series], figure: Figure) -> None:
        """Add a chart that fills the plot, without axes of its own."""
        # LibreOffice does not draw a first series that is shorter than another
        series = sorted(series, key=lambda part: len(part.points), reverse=True)
        data: Any = XyChartData()
        for part in series:
            table = data.add_series(part.colour)
            for x, y in part.points[["x", "y"]].itertuples(index=False):
                table.add_data_point(_shorten(x), _shorten(y))
        kind = XL_CHART_TYPE.XY_SCATTER
        frame: Any = self.slide.shapes.add_chart(kind, *map(Pt, self.box), data)
        describe(frame, figure.title, figure.alt)
        chart = frame.chart
        chart.has_title = chart.has_legend = False
        for axis, span in ((chart.category_axis, self.x_axis), (chart.value_axis, self.y_axis)):
            axis.minimum_scale, axis.maximum_scale = span.low, span.high
            axis.has_major_gridlines = axis.visible = False
            if span.is_log:
                base = parse_xml(f"<c:logBase {nsdecls('c')} val='10'/>")
                axis._element.scaling.insert(0, base)
        chart._chartSpace.chart.plotArea.insert(0, parse_xml(WHOLE_CHART))
        for styled, part in zip(chart.plots[0].series, series, strict=True):
            _style(styled, part)


WHOLE_CHART = (
    f"<c:layout {nsdecls('c')}><c:manualLayout><c:layoutTarget val='inner'/>"
    "<c:xMode val='edge'/><c:yMode val='edge'/><c:x val='0'/><c:y val='0'/>"
    "<c:w val='1'/><c:h val='1'/></c:manualLayout></c:layout>"
)
"""The plot fills its chart, so that texts and lines around it lie where its dots are."""


def _shorten(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")


def _style(styled: Any, part: Series) -> None:
    """Give a series its colour, as dots or as a line."""
    if part.width:
        styled.marker.style = XL_MARKER_STYLE.NONE
        styled.format.line.color.rgb = rgb(part.colour)
        styled.format.line.width = Pt(part.width)
        if part.dash:
            styled.format.line.dash_style = part.dash
        return
    marker = styled.marker
    marker.style, marker.size = XL_MARKER_STYLE.CIRCLE, 9
    marker.format.fill.solid()
    marker.format.fill.fore_color.rgb = rgb(part.colour)
    marker.format.line.color.rgb, marker.format.line.width = rgb(INK), Pt(0.5)


def _dots_by_colour(dots: pd.DataFrame) -> Iterator[Series]:
    """Make a series of the dots (`x`, `y`) of each colour."""
    for colour, points in dots.groupby("colour", sort=False):
        yield Series(points, str(colour))


def draw_rows(slide: Slide, panel: Rows, box: Box, figure: Figure) -> None:
    """Draw an ordered dot plot: names on the left, values on the right."""
    rows, n_rows, key = panel.rows, len(panel.rows), panel.key
    heights = np.arange(n_rows, 0, -1)
    plot_height = box.height - 4.5 * SIZE
    size = min(SIZE, plot_height / n_rows * 0.6)
    names_width = _text_width(rows["name"], size, MAX_NAMES * box.width)
    texts_width = _text_width(rows["text"], size, MAX_TEXTS * box.width)
    plot_width = box.width - names_width - texts_width
    numbers = rows.select_dtypes("number").to_numpy().ravel()
    values = [*numbers, panel.line.value] if panel.line else numbers
    plot = Plot(
        slide,
        Box(box.x + names_width, box.y + 1.5 * SIZE, plot_width, plot_height),
        span_axis(values, panel.ticks, is_log=panel.log),
        Axis(0.5, n_rows + 0.5, {}),
    )

    # lines below the dots
    low, high = plot.y_axis.low, plot.y_axis.high
    ticks = [*panel.ticks]
    plot.add_lines((ticks, low), (ticks, high), PALE)
    if panel.gap:
        gap = n_rows - panel.gap + 0.5
        left, right = plot.x_axis.low, plot.x_axis.high
        plot.add_lines((left, gap), (right, gap), PALE, dash=MSO_LINE.ROUND_DOT)
    if panel.line:
        value, label = panel.line
        plot.add_lines((value, low), (value, high), INK)
        _write_around(slide, label, plot.x(value), box.y)
    if "lowest" in key:
        lowest, highest = (rows["lowest"], heights), (rows["highest"], heights)
        plot.add_lines(lowest, highest, QUIET, dash=MSO_LINE.ROUND_DOT)
    if "low" in key:
        plot.add_lines((rows["low"], heights), (rows["high"], heights), PALE, width=size * 0.6)
    if "before" in key:
        plot.add_lines((rows["before"], heights), (rows["value"], heights), QUIET)
    if "target" in key:
        below, above = (rows["target"], heights - 0.3), (rows["target"], heights + 0.3)
        plot.add_lines(below, above, INK, width=2)
    series = [*_dots_by_colour(rows.assign(x=rows["value"], y=heights))]
    if "before" in key:
        before = rows.assign(x=rows["before"], y=heights).dropna(subset="x")
        series.insert(0, Series(before, PALE))
    plot.add_chart(series, figure)

    # texts beside them
    line_height = plot_height / n_rows
    look: Any = {"size": size, "anchor": MSO_ANCHOR.MIDDLE}
    for name, text, height in zip(rows["name"], rows["text"], heights.tolist(), strict=True):
        name_box = Box(box.x, plot.y(height + 0.5), names_width - size, line_height)
        text_x = box.x + box.width - texts_width + size
        text_box = name_box._replace(x=text_x, width=texts_width - size)
        add_box(slide, name_box, name, align=PP_ALIGN.RIGHT, **look)
        add_box(slide, text_box, text, bold=True, **look)
    _write_ticks_of_x(plot)
    colours = {"value": rows["colour"].iloc[0], "lowest": QUIET, "before": PALE, "target": INK}
    if len(key) > 1:
        labels = {label: colours.get(column, PALE) for column, label in key.items()}
        add_key(slide, labels, Box(box.x, box.y + box.height - SIZE, box.width, SIZE))


def _text_width(texts: pd.Series, size: float, limit: float) -> float:
    """Give texts beside a plot the room of the longest, up to a limit, in points."""
    longest = texts.str.len().max()
    return min((LETTER_WIDTH * longest + 2) * size, limit)


def _draw_scatter(slide: Slide, panel: Scatter, box: Box, figure: Figure) -> None:
    """Draw dots, and the fitted line between the ends of its interval."""
    line, dots = panel.line, panel.dots
    curves = {column: line[["x"]].assign(y=line[column]) for column in ("low", "high", "fit")}
    heights = np.append(dots["y"], line[["low", "high"]])
    plot = _add_axes(slide, panel, np.append(dots["x"], line["x"]), heights, box)
    series = [
        *_dots_by_colour(dots),
        Series(curves["low"], BLUE, 1, MSO_LINE.DASH),
        Series(curves["high"], BLUE, 1, MSO_LINE.DASH),
        Series(curves["fit"], BLUE, 2.5),
    ]
    plot.add_chart(series, figure)
    add_key(slide, {panel.line_label: BLUE}, Box(box.x, box.y + box.height - SIZE, box.width, SIZE))


DRAWINGS[Scatter, "slide"] = _draw_scatter


def _draw_line(slide: Slide, panel: Line, box: Box, figure: Figure) -> None:
    """Draw points along a line with their intervals, and the level to compare with."""
    points, level = panel.points, panel.reference.value
    heights = np.append(points[["low", "high"]], level)
    plot = _add_axes(slide, panel, points["x"], heights, box)
    ends = plot.x_axis.low, plot.x_axis.high
    plot.add_lines((ends[0], level), (ends[1], level), INK, width=2)
    plot.add_lines((points["x"], points["low"]), (points["x"], points["high"]), BLUE, width=2.5)
    dots = points.rename(columns={"value": "y"})
    joined = Series(dots, QUIET, 1, MSO_LINE.ROUND_DOT)
    plot.add_chart([joined, *_dots_by_colour(dots)], figure)
    labels = {panel.reference.label: INK, panel.label: BLUE}
    add_key(slide, labels, Box(box.x, box.y + box.height - SIZE, box.width, SIZE))


DRAWINGS[Line, "slide"] = _draw_line


def _add_axes(slide: Slide, panel: Scatter | Line, x: ArrayLike, y: ArrayLike, box: Box) -> Plot:
    """Lay out a plot with the titles and the ticks of both axes; y is on a logarithmic scale."""
    ticks_width = 4 * SIZE
    width, height = box.width - ticks_width - SIZE, box.height - 6.6 * SIZE
    plot = Plot(
        slide,
        Box(box.x + ticks_width, box.y + 1.8 * SIZE, width, height),
        span_axis(x, panel.x_ticks),
        span_axis(y, panel.y_ticks, is_log=True),
    )
    ticks = [*panel.y_ticks]
    plot.add_lines((plot.x_axis.low, ticks), (plot.x_axis.high, ticks), PALE)
    for value, text in panel.y_ticks.items():
        beside = Box(box.x, plot.y(value) - SIZE, ticks_width - SIZE / 2, 2 * SIZE)
        look: Any = {"align": PP_ALIGN.RIGHT, "anchor": MSO_ANCHOR.MIDDLE}
        add_box(slide, beside, text, colour=QUIET, **look)
    x_title, y_title = panel.axes
    _write_ticks_of_x(plot)
    add_box(slide, box._replace(height=1.5 * SIZE), y_title, colour=QUIET)
    under_ticks = Box(plot.box.x, plot.y(plot.y_axis.low) + 1.5 * SIZE, width, 1.5 * SIZE)
    add_box(slide, under_ticks, x_title, colour=QUIET, align=PP_ALIGN.CENTER)
    return plot


def _write_ticks_of_x(plot: Plot) -> None:
    for value, text in plot.x_axis.ticks.items():
        below = plot.y(plot.y_axis.low) + 2
        _write_around(plot.slide, text, plot.x(value), below, colour=QUIET)


def _write_around(slide: Slide, text: str, x: float, y: float, *, colour: str = INK) -> None:
    """Write a text whose middle is at x."""
    width = (LETTER_WIDTH * len(text) + 2) * SIZE
    box = Box(x - width / 2, y, width, 1.3 * SIZE)
    add_box(slide, box, text, colour=colour, align=PP_ALIGN.CENTER)


def add_key(slide: Slide, labels: dict[str, str], box: Box) -> None:
    """Say below a plot what each colour is."""
    n_letters = sum(map(len, labels)) + 4 * len(labels)
    size = min(SIZE * 0.88, box.width / n_letters / LETTER_WIDTH)
    x = box.x
    for label, colour in labels.items():
        add_box(slide, Box(x, box.y + size * 0.3, size, size * 0.6), fill=colour)
        width = (LETTER_WIDTH * len(label) + 1) * size
        add_box(slide, Box(x + 1.5 * size, box.y, width, 1.3 * size), label, size=size)
        x += width + 2.2 * size

"""Draw charts of native marks: rows with intervals, and slopes; their words stand around them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from .. import words
from ..figures.colours import FALL, GREY, MAIN, RISE
from ..maps.furniture import WARNING
from ..maps.typeset import INK, PALE, QUIET
from ..render.slide import page, text, workbook
from ..render.slide.page import Room
from ..render.static import spacing, style

if TYPE_CHECKING:
    from collections.abc import Sequence

Drawn = TypeVar("Drawn")
GRID = "#dddddd"
BANNER = 42.0
"""Room for the banner within a chart, in points."""
LINE = 24.0
"""Height of a line of text of the smallest size, with air."""


_NAMES, _ENDS = 0.4, 0.3
"""Of the width of a chart, what names beside its rows may take, and those at each end of slopes."""
FEW = 8
"""So many rows can be read on any slide."""


@dataclass(frozen=True)
class Row:
    """
    One row of a chart: a label, an interval from `low` to `high` with a mark `at`, a note.

    A second mark, `start`, is hollow: what it was before. NaN draws nothing.
    """

    label: str
    at: float
    low: float
    high: float
    note: str
    start: float = math.nan
    colour: str = MAIN
    bold: bool = False


@dataclass(frozen=True)
class Line:
    """A line across all rows, and what it is called."""

    at: float
    label: str


@dataclass(frozen=True)
class Plot:
    """What a chart is called, the unit of its scale, what its workbook says of it."""

    name: str
    alt: str
    unit: words.Scale | str
    about: Sequence[str]
    simulated: bool
    names: tuple[str, str] = ("", "")
    """Of the marks: what is, and what it was before."""
    some: str = "slides.some"
    """Text that says that only the first are drawn."""
    years: tuple[int, ...] = ()
    """Of slopes: all years that lines run through, where they are more than the two compared."""


def rows(
    shapes: Any,  # noqa: ANN401
    room: Room,
    drawn: Sequence[Row],
    *,
    plot: Plot,
    lines: Sequence[Line] = (),
) -> None:
    """
    Draw rows from top to bottom: each interval is a series of two points, the marks one more.

    There are no error bars in python-pptx, and a user can move the two points. Of more rows than
    can be read in a hall the first are drawn, and a line says how many of how many.
    """
    from pptx.chart.data import XyChartData

    made = page.group(shapes, name=plot.name, alt=plot.alt)
    taken = (BANNER if plot.simulated else 0) + (LINE if lines else 0) + LINE
    drawn, room = _first(made.shapes, room, drawn, plot=plot, taken=taken)
    # However long a name is, there is room for what is drawn.
    shown = [
        replace(row, label=text.shorten(row.label, _NAMES * room.width, bold=row.bold))
        for row in drawn
    ]
    left = max(text.width(row.label, text.SMALLEST, bold=row.bold) for row in shown) + 12
    right = max(text.width(row.note, text.SMALLEST, bold=row.bold) for row in drawn) + 12
    frame = Room(room.left + left, room.top, room.width - left - right, room.height)
    above = (BANNER if plot.simulated else 0) + (LINE if lines else 0)
    inner = Room(frame.left + 14, frame.top + above, frame.width - 28, room.height - above - LINE)
    ticks = _ticks(
        [
            *(one for row in drawn for one in (row.at, row.low, row.high, row.start)),
            *(line.at for line in lines),
        ],
        width=inner.width,
        unit=plot.unit,
    )
    count = len(drawn)
    height = [count - number - 0.5 for number in range(count)]
    data = XyChartData()
    for row, y in zip(drawn, height, strict=True):
        series = data.add_series(text.clean(row.label))
        for x in (row.low, row.high):
            if not math.isnan(x):
                series.add_data_point(x, y)
    # A mark is a series of its own: LibreOffice draws no series beside a longer one.
    marks = [
        (row, x, y, named, hollow)
        for named, hollow in ((plot.names[1], True), (plot.names[0], False))
        for row, y in zip(drawn, height, strict=True)
        if not math.isnan(x := row.start if hollow else row.at)
    ]
    for row, x, y, named, _ in marks:
        data.add_series(text.clean(f"{row.label}: {named}")).add_data_point(x, y)
    for line in lines:
        series = data.add_series(text.clean(line.label))
        series.add_data_point(line.at, 0)
        series.add_data_point(line.at, count)
    chart = _xy(made.shapes, frame, data, plot)
    _limits(chart, (ticks[0], ticks[-1], ticks[1] - ticks[0]), count)
    _inner(chart, frame, inner)
    every = list(chart.plots[0].series)
    for row, series in zip(drawn, every[:count], strict=True):
        _stroke(series, row.colour, 6 if row.bold else 4)
    for (row, *_, hollow), series in zip(marks, every[count : count + len(marks)], strict=True):
        _stroke(series, row.colour, 4)
        _dot(series, row.colour, hollow=hollow)
    for series in every[count + len(marks) :]:
        _stroke(series, INK, 1.75)
    _words(made.shapes, (room, frame, inner), shown, plot, (ticks, lines))
    workbook.replace(chart, about=plot.about)
    if plot.simulated:
        page.lock(made)


def _words(
    shapes: Any,  # noqa: ANN401
    rooms: tuple[Room, Room, Room],
    drawn: Sequence[Row],
    plot: Plot,
    scale: tuple[list[float], Sequence[Line]],
) -> None:
    """Write labels, notes and the scale around the marks."""
    room, frame, inner = rooms
    ticks, lines = scale
    step = inner.height / len(drawn)
    tall = min(LINE, step)
    for number, row in enumerate(drawn):
        top = inner.top + number * step + (step - tall) / 2
        where = Room(room.left, top, frame.left - room.left - 8, tall)
        page.write(shapes, where, row.label, bold=row.bold, middle=True)
        where = Room(frame.right + 8, top, room.right - frame.right - 8, tall)
        tone = INK if row.bold or not math.isnan(row.at) else QUIET
        page.write(shapes, where, row.note, bold=row.bold, middle=True, colour=tone)

    def across(x: float) -> float:
        return inner.left + inner.width * (x - ticks[0]) / (ticks[-1] - ticks[0])

    for tick, said in zip(ticks, words.series(ticks, plot.unit), strict=True):
        wide = text.width(said, text.SMALLEST) + 4
        where = Room(across(tick) - wide / 2, inner.bottom + 2, wide, LINE - 2)
        page.write(shapes, where, said, align="center", colour=QUIET)
    at = spacing.apart(
        [across(line.at) for line in lines],
        gap=max((text.width(line.label, text.SMALLEST) + 16 for line in lines), default=0),
        low=frame.left,
        high=frame.right,
    )
    for line, middle in zip(lines, at, strict=True):
        wide = text.width(line.label, text.SMALLEST) + 4
        left = min(max(middle - wide / 2, room.left), room.right - wide)
        where = Room(left, inner.top - LINE, wide, LINE - 2)
        page.write(shapes, where, line.label, align="center", colour=QUIET)


@dataclass(frozen=True)
class Slope:
    """
    One place in two years: its name, both values, what is written at both ends, its colour.

    `past` are its values in the years before those two, as `years` of the plot has them; `left` is
    then of the first of them, and empty where that is not known.
    """

    label: str
    before: float
    after: float
    left: str
    right: str
    change: str
    moved: int
    past: tuple[float, ...] = ()

    @property
    def values(self) -> tuple[float, ...]:
        """All that its line runs through."""
        return (*self.past, self.before, self.after)


def slopes(shapes: Any, room: Room, drawn: Sequence[Slope], *, plot: Plot) -> None:  # noqa: ANN401
    """
    Draw a line for each place from one year to the next; grey where it may be chance. The years
    before lead up to it as thin grey lines, as far apart as they are.

    Of more places than can be read those with the highest values of the later year are drawn.
    """
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    made = page.group(shapes, name=plot.name, alt=plot.alt)
    taken = LINE + 12 + (BANNER if plot.simulated else 0)
    highest = sorted(drawn, key=lambda one: -one.after)
    shown, room = _first(made.shapes, room, highest, plot=plot, taken=taken)
    drawn = [one for one in drawn if one in shown]
    drawn = [
        replace(
            one,
            left=text.shorten(one.left, _ENDS * room.width),
            right=text.shorten(one.right, _ENDS * room.width),
        )
        for one in drawn
    ]
    left = max(text.width(one.left, text.SMALLEST) for one in drawn) + 35
    right = max(text.width(one.right, text.SMALLEST) for one in drawn) + 35
    extra = max(text.width(one.change, text.SMALLEST, bold=True) for one in drawn) + 12
    above = LINE + 4
    frame = Room(room.left + left, room.top, room.width - left - right - extra, room.height)
    inner = Room(frame.left + 10, frame.top + above, frame.width - 20, room.height - above - 8)
    if plot.simulated:
        inner = replace(inner, top=inner.top + BANNER, height=inner.height - BANNER)
    years = plot.years or (0, 1)
    data = CategoryChartData()
    # A category for every year, so that years lie as far apart as they are.
    span = range(years[0], years[-1] + 1)
    data.categories = [str(year) for year in span] if plot.years else _clean(plot.names)
    for one in drawn if plot.years else ():
        called = words.term("slides.years_before", label=one.label)
        data.add_series(text.clean(called), _at(span, years[:-1], one.values[:-1]))
    for one in drawn:
        data.add_series(text.clean(one.label), _at(span, years[-2:], (one.before, one.after)))
    placed = made.shapes.add_chart(XL_CHART_TYPE.LINE_MARKERS, *frame.emu(), data)
    page.describe(placed, name=plot.name, alt=plot.alt)
    chart = placed.chart
    _furniture(chart, frame, plot)
    values = [value for one in drawn for value in one.values if not math.isnan(value)]
    low, high = min(values), max(values)
    # A mark on the very edge of a chart is cut away by some programs.
    margin = 0.02 * (high - low) or 0.01
    low, high = low - margin, high + margin
    axis = chart.value_axis
    axis.minimum_scale, axis.maximum_scale = low, high
    _bare(axis, grid=False)
    _bare(chart.category_axis, grid=False)
    _edge_to_edge(axis)
    _inner(chart, frame, inner)
    colours = {1: RISE, 0: GREY, -1: FALL}
    every = list(chart.plots[0].series)
    if plot.years:
        _bridge(chart)
    for series in every[: -len(drawn)]:
        series.smooth = False
        _stroke(series, GREY, 1.25)
        _dot(series, GREY, size=5)
    for one, series in zip(drawn, every[-len(drawn) :], strict=True):
        series.smooth = False
        _stroke(series, colours[one.moved], 4 if one.moved else 2.5)
        _dot(series, colours[one.moved])
    up = inner.height / (high - low)
    for side, end, x in (("left", 0, inner.left), ("right", -1, inner.right)):
        there = [one for one in drawn if not math.isnan(one.values[end])]
        ys = [inner.bottom - (one.values[end] - low) * up for one in there]
        at = spacing.apart(ys, gap=LINE - 1, low=inner.top + 2, high=inner.bottom - 4)
        for one, y, middle in zip(there, ys, at, strict=True):
            toward = -1 if side == "left" else 1
            called = f"{one.label}: {words.term('slides.leader')}"
            ends = (x + toward * 10, y), (x + toward * 30, middle)
            page.line(made.shapes, *ends, colour=GREY, name=called)
            wide = (left if side == "left" else right) - 34
            where = Room(
                x - 34 - wide if side == "left" else x + 34, middle - LINE / 2, wide, LINE - 1
            )
            align: page.Align = "right" if side == "left" else "left"
            page.write(made.shapes, where, getattr(one, side), align=align, middle=True)
            if side == "right":
                where = Room(room.right - extra + 12, where.top, extra - 12, where.height)
                tone = colours[one.moved] if one.moved else QUIET
                page.write(
                    made.shapes,
                    where,
                    one.change,
                    bold=True,
                    colour=tone,
                    align="right",
                    middle=True,
                )
    top = inner.top - LINE - 10
    for named, x in ((plot.names[0], room.left), (plot.names[1], inner.right)):
        wide = text.width(named, text.SMALLEST, bold=True) + 4
        page.write(made.shapes, Room(x, top, wide, LINE - 2), named, bold=True, colour=QUIET)
    for year in plot.years[1:-1]:
        x = inner.left + inner.width * (year - years[0]) / (years[-1] - years[0])
        wide = text.width(str(year), text.SMALLEST, bold=True) + 4
        where = Room(x - wide / 2, top, wide, LINE - 2)
        page.write(made.shapes, where, str(year), bold=True, colour=QUIET, align="center")
    workbook.replace(chart, about=plot.about)
    if plot.simulated:
        page.lock(made)


def _clean(names: Sequence[str]) -> list[str]:
    return [text.clean(name) for name in names]


def _at(span: Sequence[int], years: Sequence[int], values: Sequence[float]) -> list[float | None]:
    """Lay values out over all years: none where nothing is known."""
    known = {
        year: value for year, value in zip(years, values, strict=True) if not math.isnan(value)
    }
    return [known.get(year) for year in span]


def _bridge(chart: Any) -> None:  # noqa: ANN401
    """Let a line pass over years of which nothing is known."""
    for blanks in chart._chartSpace.xpath(".//c:dispBlanksAs"):
        blanks.set("val", "span")


def _first(
    shapes: Any,  # noqa: ANN401
    room: Room,
    drawn: Sequence[Drawn],
    *,
    plot: Plot,
    taken: float,
) -> tuple[Sequence[Drawn], Room]:
    """Leave the rows that can be read, and say below them of how many they are the first."""
    fit = int((room.height - taken) // (LINE - 2))
    if len(drawn) <= fit:
        return drawn, room
    below = Room(room.left, room.bottom - LINE, room.width, LINE)
    page.write(shapes, below, style.some(plot.some, fit - 1, len(drawn)), colour=QUIET)
    return drawn[: fit - 1], replace(room, height=room.height - LINE)


def _xy(shapes: Any, frame: Room, data: Any, plot: Plot) -> Any:  # noqa: ANN401
    from pptx.enum.chart import XL_CHART_TYPE

    placed = shapes.add_chart(XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, *frame.emu(), data)
    page.describe(placed, name=plot.name, alt=plot.alt)
    _furniture(placed.chart, frame, plot)
    return placed.chart


def _furniture(chart: Any, frame: Room, plot: Plot) -> None:  # noqa: ANN401
    """Take the legend away; the title is the banner, so that it goes wherever the chart goes."""
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    chart.has_legend = False
    chart.font.size, chart.font.name = Pt(text.SMALLEST), page.FONT
    chart.has_title = plot.simulated
    if not plot.simulated:
        return
    title = chart.chart_title
    title.include_in_layout = False
    page.fill(title.text_frame, words.term("words.simulated"), size=20, bold=True, colour=PALE)
    wide, _ = page.banner_size()
    _place(title, frame, Room(frame.right - wide - 16, frame.top + 3, 0, 0))
    title.format.fill.solid()
    title.format.fill.fore_color.rgb = RGBColor.from_string(WARNING[1:].upper())


def _limits(chart: Any, x: tuple[float, float, float], rows: int) -> None:  # noqa: ANN401
    across, up = chart.category_axis, chart.value_axis
    across.minimum_scale, across.maximum_scale, across.major_unit = x
    up.minimum_scale, up.maximum_scale, up.major_unit = 0, rows, rows
    _bare(across, grid=True)
    _bare(up, grid=False)


def _bare(axis: Any, *, grid: bool) -> None:  # noqa: ANN401
    """Leave of an axis at most its grid: its numbers are written beside it, in our language."""
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_TICK_LABEL_POSITION, XL_TICK_MARK
    from pptx.util import Pt

    axis.has_major_gridlines = grid
    axis.has_minor_gridlines = False
    axis.tick_label_position = XL_TICK_LABEL_POSITION.NONE
    axis.major_tick_mark = axis.minor_tick_mark = XL_TICK_MARK.NONE
    axis.format.line.fill.background()
    if grid:
        stroke = axis.major_gridlines.format.line
        stroke.color.rgb, stroke.width = RGBColor.from_string(GRID[1:].upper()), Pt(1)


def _edge_to_edge(axis: Any) -> None:  # noqa: ANN401
    """Let the two years stand at the edges of the chart, not in the middle of its halves."""
    from pptx.oxml.xmlchemy import OxmlElement

    for old in axis._element.xpath("./c:crossBetween"):
        old.getparent().remove(old)
    cross = OxmlElement("c:crossBetween")
    cross.set("val", "midCat")
    axis._element.xpath("./c:crosses | ./c:crossesAt")[0].addnext(cross)


def _inner(chart: Any, frame: Room, inner: Room) -> None:  # noqa: ANN401
    """Say where in its frame the marks lie, so that words beside them stand at their height."""
    from pptx.oxml.xmlchemy import OxmlElement

    area = chart._chartSpace.xpath(".//c:plotArea")[0]
    for old in area.xpath("./c:layout"):
        area.remove(old)
    layout = OxmlElement("c:layout")
    area.insert(0, layout)
    sides = (
        {"x": inner.left - frame.left, "w": inner.width},
        {"y": inner.top - frame.top, "h": inner.height},
    )
    _manual(layout, frame, *sides, inner=True)


def _place(title: Any, frame: Room, corner: Room) -> None:  # noqa: ANN401
    """Put the title of a chart at the upper right, where no mark is."""
    layout = title._element.xpath("./c:layout")[0]
    across, down = {"x": corner.left - frame.left}, {"y": corner.top - frame.top}
    _manual(layout, frame, across, down, inner=False)


def _manual(
    layout: Any,  # noqa: ANN401
    frame: Room,
    across: dict[str, float],
    down: dict[str, float],
    *,
    inner: bool,
) -> None:
    from pptx.oxml.xmlchemy import OxmlElement

    manual = OxmlElement("c:manualLayout")
    layout.append(manual)
    parts = {name: f"{value / frame.width:.6f}" for name, value in across.items()}
    parts |= {name: f"{value / frame.height:.6f}" for name, value in down.items()}
    texts = {"layoutTarget": "inner"} if inner else {}
    texts |= {"xMode": "edge", "yMode": "edge"}
    texts |= {name: parts[name] for name in ("x", "y", "w", "h") if name in parts}
    for name, value in texts.items():
        part = OxmlElement(f"c:{name}")
        part.set("val", value)
        manual.append(part)


def _stroke(series: Any, colour: str, width: float) -> None:  # noqa: ANN401
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.util import Pt

    series.smooth = False
    series.marker.style = XL_MARKER_STYLE.NONE
    stroke = series.format.line
    stroke.color.rgb, stroke.width = RGBColor.from_string(colour[1:].upper()), Pt(width)


def _dot(series: Any, colour: str, *, hollow: bool = False, size: int = 13) -> None:  # noqa: ANN401
    """Mark the points of a series with a disc, or with a ring."""
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.util import Pt

    marker, tone = series.marker, RGBColor.from_string(colour[1:].upper())
    marker.style, marker.size = XL_MARKER_STYLE.CIRCLE, 9 if hollow else size
    marker.format.fill.solid()
    marker.format.fill.fore_color.rgb = RGBColor.from_string(PALE[1:].upper()) if hollow else tone
    marker.format.line.color.rgb, marker.format.line.width = tone, Pt(2)


def _ticks(values: Sequence[float], *, width: float, unit: words.Scale | str) -> list[float]:
    """Choose round numbers around all values, as many as can be written side by side."""
    known = [one for one in values if math.isfinite(one)]
    low, high = min(known), max(known)
    if high == low:
        low, high = low - abs(low) / 10 - 0.01, high + abs(high) / 10 + 0.01
    for about in (8, 6, 5, 4, 3, 2):
        step = _step((high - low) / about)
        ticks = [
            round(step * number, 12)
            for number in range(math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9) + 1)
        ]
        widest = max(text.width(said, text.SMALLEST) for said in words.series(ticks, unit)) + 14
        if len(ticks) > 1 and widest * (len(ticks) - 1) <= width:
            break
    return ticks


def _step(least: float) -> float:
    """Round up to 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= least * (1 - 1e-9))

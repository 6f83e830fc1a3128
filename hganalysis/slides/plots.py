"""Draw charts of native marks: rows with intervals; their words stand around them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from .. import words
from ..figures.colours import MAIN
from ..maps.typeset import INK, QUIET
from ..render.slide import native, page, text
from ..render.slide.native import BANNER, LINE
from ..render.slide.page import Room
from ..render.static import spacing, style

if TYPE_CHECKING:
    from collections.abc import Sequence

Drawn = TypeVar("Drawn")
_NAMES = 0.4
"""Of the width of a chart, what names beside its rows may take."""
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
    kind, simulated = "XY_SCATTER_LINES_NO_MARKERS", plot.simulated
    caption = native.Caption(plot.name, plot.alt, plot.about)
    chart = native.add(made.shapes, kind, frame, data, caption=caption, simulated=simulated)
    native.bare(chart.category_axis, ends=(ticks[0], ticks[-1]), step=ticks[1] - ticks[0])
    native.bare(chart.value_axis, ends=(0, count))
    native.inner(chart, frame, inner)
    every = list(chart.plots[0].series)
    for row, series in zip(drawn, every[:count], strict=True):
        native.stroke(series, row.colour, 6 if row.bold else 4)
    for (row, *_, hollow), series in zip(marks, every[count : count + len(marks)], strict=True):
        native.stroke(series, row.colour, 4)
        native.dot(series, row.colour, hollow=hollow, size=9 if hollow else 13)
    for series in every[count + len(marks) :]:
        native.stroke(series, INK, 1.75)
    _words(made.shapes, (room, frame, inner), shown, plot, (ticks, lines))
    native.close(made, chart, caption=caption, simulated=simulated)


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

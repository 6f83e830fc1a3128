"""Draw slopes on a slide: a native line chart whose own labels say both ends."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ... import words
from ...figures.colours import GREY, MOVED, QUIET
from .. import scales
from . import native, page, text
from .native import BANNER, LINE
from .page import Room
from .series import Words
from .series import label as beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...figures.model import Slope, Slopes

NAME = 0.24
"""Of the width of a chart, what a name may take at each end."""
LEADER = 22.0
"""Length of the line from the end of a slope to its label, in points."""


def draw(panel: Slopes, shapes: Any, room: Room, *, caption: native.Caption) -> None:  # noqa: ANN401
    """
    Draw a line for each place from one year to the next; grey where it may be chance. The years
    before lead up to it as thin grey lines.

    Of more places than can be read the first are drawn, and that is said, as is which are missing.
    """
    made = page.group(shapes, name=caption.name, alt=caption.alt)
    head = LINE * max(one.count("\n") + 1 for one in panel.heads)
    above = head + 10 + (BANNER if panel.simulated else 0)
    wide = room.width
    gone = panel.left_out(lambda said: text.width(said, text.SMALLEST) <= wide)
    for said in [*gone, *panel.notes[::-1]]:
        room = native.said_below(made.shapes, room, said)
    shown, said = panel.first(native.fitting(len(panel.slopes), room.height - above))
    if said:
        room = native.said_below(made.shapes, room, said)
    some = [replace(one, label=_name(one, room)) for one in shown]
    left, right = (
        max(sum(part.width for part in label(one)) for one in some) + LEADER + 14
        for label in (_left, _right)
    )
    inner = Room(
        room.left + left,
        room.top + above,
        room.width - left - right,
        room.height - above - LINE / 2,
    )
    data, simulated = _data(panel, some), panel.simulated
    chart = native.add(
        made.shapes, "LINE_MARKERS", room, data, caption=caption, simulated=simulated
    )
    values = [value for one in some for value in one.values if not math.isnan(value)]
    # A mark on the very edge of a chart is cut away by some programs.
    margin = 0.02 * (max(values) - min(values)) or 0.01
    low, high = min(values) - margin, max(values) + margin
    native.bare(chart.value_axis, ends=(low, high))
    native.bare(chart.category_axis)
    native.edge_to_edge(chart.value_axis)
    native.inner(chart, room, inner)
    for blanks in chart._chartSpace.xpath(".//c:dispBlanksAs"):
        blanks.set("val", "span")  # a line passes over years of which nothing is known
    every = list(chart.plots[0].series)
    before, last = every[: -len(some)], every[-len(some) :]
    for series in before:
        native.stroke(series, GREY, 1.25)
        native.dot(series, GREY, size=5)
    for one, series in zip(some, last, strict=True):
        native.stroke(series, MOVED[one.moved], 4 if one.moved else 2.5)
        native.dot(series, MOVED[one.moved])
    for end, ended in ((0, before or last), (-1, last)):
        known = [at for at, one in enumerate(some) if not math.isnan(one.values[end])]
        heights = [inner.height * (high - some[at].values[end]) / (high - low) for at in known]
        number = end % len(chart.plots[0].categories)
        points = [ended[at].points[number] for at in known]
        _label(points, [some[at] for at in known], heights, end=end, rooms=(room, inner))
    _heads(made.shapes, panel, room, inner)
    native.close(made, chart, caption=caption, simulated=simulated)


def _label(
    points: Sequence[Any],
    some: Sequence[Slope],
    heights: Sequence[float],
    *,
    end: int,
    rooms: tuple[Room, Room],
) -> None:
    """Label one end of slopes (0: the first year), moved apart where they would meet."""
    frame, inner = rooms
    moved = scales.apart(heights, gap=LINE - 1, low=0, high=inner.height)
    for point, one, height, middle in zip(points, some, heights, moved, strict=True):
        if end:
            beside(point, _right(one), side="right", away=(LEADER, middle - height), frame=frame)
        else:
            beside(point, _left(one), side="left", away=(-LEADER, middle - height), frame=frame)


def _name(one: Slope, room: Room) -> str:
    return text.shorten(one.label, NAME * room.width)


def _left(one: Slope) -> list[Words]:
    return [Words(f"{one.label}  {one.first}")]


def _right(one: Slope) -> list[Words]:
    tone = MOVED[one.moved] if one.moved else QUIET
    change = Words(f"{one.change}  ", bold=True, colour=tone)
    return [Words(f"{one.last}  "), change, Words(one.label)]


def _data(panel: Slopes, some: Sequence[Slope]) -> Any:  # noqa: ANN401
    """Lay out a category for every year, so that years lie as far apart as they are."""
    from pptx.chart.data import CategoryChartData

    data = CategoryChartData()
    if len(panel.years) == 2:
        data.categories = [text.clean(head).replace("\n", ", ") for head in panel.heads[:2]]
        for one in some:
            data.add_series(text.clean(one.label), one.values)
        return data
    span = range(panel.years[0], panel.years[-1] + 1)
    data.categories = [str(year) for year in span]
    ends = ("slides.years_before", slice(None, -1)), ("", slice(-2, None))
    for key, part in ends:
        for one in some:
            at = dict(zip(panel.years[part], one.values[part], strict=True))
            values = [None if math.isnan(at.get(year, math.nan)) else at[year] for year in span]
            called = words.term(key, label=one.label) if key else one.label
            data.add_series(text.clean(called), values)
    return data


def _heads(shapes: Any, panel: Slopes, room: Room, inner: Room) -> None:  # noqa: ANN401
    """Head both ends, and the years between."""
    first, last = panel.years[0], panel.years[-1]
    heads = [(inner.left, panel.heads[0], -1.0), (inner.right, panel.heads[1], 0.0)]
    for year in panel.years[1:-1]:
        heads.append((inner.left + inner.width * (year - first) / (last - first), str(year), -0.5))
    for x, said, part in heads:
        wide = text.width(said, text.SMALLEST, bold=True) + 4
        tall = LINE * (said.count("\n") + 1) - 2
        left = min(max(x + part * wide, room.left), room.right - wide)
        where = Room(left, inner.top - tall - 12, wide, tall)
        page.write(shapes, where, said, bold=True, colour=QUIET)

"""Draw a scatter on a slide: a native XY chart with dots of each kind, curves and both scales."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ... import words
from ...figures.colours import GREY, GROUND, QUIET, WHITE
from .. import lettering, scales
from ..lettering import Box
from . import native, page, series, text
from .native import LINE
from .page import Room
from .series import Series, Side, Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...figures.model import Line, Scatter

AIR = 4 * "\N{NO-BREAK SPACE}"
"""Between the vertical scale and its numbers: half of a number of the other scale."""
BELOW = 2 * LINE
"""Room for the horizontal scale and its title, in points."""


def draw(panel: Scatter, shapes: Any, room: Room, *, caption: native.Caption) -> None:  # noqa: ANN401
    """
    Draw all dots and curves; a band is two thin curves, and there is no native mark for a rug.

    Ticks are series with labels of their own, in our language: the numbers of a native axis follow
    the language of the machine.
    """
    made = page.group(shapes, name=caption.name, alt=caption.alt)
    head = [*panel.key, *([(("", panel.y.label),)] if panel.y.label else [])]
    key, above = native.key(head, room, simulated=panel.simulated)
    for where, said, colour in key:
        page.write(made.shapes, where, said, colour=colour)
    unnamed = LINE if any(dot.label for dot in panel.dots) else 0.0
    above += LINE / 3 + LINE * sum(bool(line.label) for line in panel.lines)
    tall = room.height - above - BELOW - unnamed
    ups = scales.ticks(panel.y, panel.ends[1], room=tall, width=lambda _: LINE / 2)
    left = max((_wide(name) for _, name in ups), default=0.0) + _wide(AIR) + 8
    wide = room.width - left - lettering.right(panel.curves, width=_wide)
    inner = Room(room.left + left, room.bottom - BELOW - unnamed - tall, wide, tall)
    ticks = scales.ticks(panel.x, panel.ends[0], room=wide, width=lambda name: _wide(name) + 8)
    surface = Surface(made.shapes, room, inner, panel)
    for low, high in panel.grounds:
        surface.ground(low, high)
    every, simulated = list(_series(panel, ticks, ups)), panel.simulated
    # LibreOffice draws every line only where the first series of the file is as long as any.
    longest = max(range(len(every)), key=lambda at: len(every[at].points))
    every.append(every.pop(longest))
    chart = series.plot(made.shapes, room, every, caption=caption, simulated=simulated)
    native.clear(chart)
    for axis, scale in ((chart.category_axis, panel.x), (chart.value_axis, panel.y)):
        native.bare(axis, ends=scale.ends)
        if scale.log:
            native.logarithmic(axis)
    foot = replace(room, height=room.height - unnamed)
    native.title(chart.category_axis, panel.x.label, frame=foot, inner=inner)
    native.inner(chart, room, inner)
    lettering.draw(surface, panel)
    native.close(made, chart, caption=caption, simulated=simulated)


def _wide(said: str, *, bold: bool = False) -> float:
    return text.width(said, text.SMALLEST, bold=bold)


def _series(
    panel: Scatter, ticks: Sequence[tuple[float, str]], ups: Sequence[tuple[float, str]]
) -> Iterator[Series]:
    """Compose all that is drawn from the back to the front: scales, lines, dots, curves, rings."""
    (left, right), (low, high) = panel.ends
    low = low + 1e-9 * (high - low)  # just inside: what an axis is rounded to cuts nothing off
    left = left + 1e-9 * (right - left)
    for at, said in ticks:
        yield Series(said, [(at, low), (at, high)], width=1, labels=[_tick(said, "below")])
    for at, said in ups:
        label = _tick(said + AIR, "left")
        yield Series(said, [(left, at), (right, at)], width=1, labels=[label])
    for line in panel.across:
        name = line.label or words.value(line.at, panel.y.unit)
        across = [(left, line.at), (right, line.at)]
        yield Series(name, across, line.colour, 1.75, style=line.style)
    named = {mark.partition("#")[2]: said for parts in panel.key for mark, said in parts}
    for dot in panel.dots:
        for start, end, width in dot.whiskers:
            name = dot.label or panel.y.label
            yield Series(name, [(dot.x, start), (dot.x, end)], GREY, width)
    kinds = [("disc",), ("ring", "diamond")]
    below, above = kinds if panel.curves else reversed(kinds)  # what differs lies on what does not
    yield from _dots(panel, named, below)
    for curve in panel.curves:
        name = curve.label or named.get(curve.colour[1:], panel.y.label)
        for key, ends in (("band_low", curve.low), ("band_high", curve.high)):
            shown = [one for one in zip(curve.x, ends, strict=False) if low <= one[1] <= high]
            if shown:
                called = words.term(f"slides.{key}", label=name)
                yield Series(called, shown, curve.colour, 1)
        points = [*zip(curve.x, curve.y, strict=True)]
        yield Series(name, points, curve.colour, curve.width, style=curve.style)
    yield from _dots(panel, named, above)


def _tick(said: str, side: Side) -> tuple[int, Side, Words]:
    return 0, side, Words(said, colour=QUIET)


def _dots(panel: Scatter, named: dict[str, str], kinds: Sequence[str]) -> Iterator[Series]:
    """Compose a series for each colour of dots of some kinds: discs lie behind curves."""
    some = [dot for dot in panel.dots if dot.kind in kinds]
    for kind, colour in dict.fromkeys((dot.kind, dot.colour) for dot in some):
        dots = [dot for dot in some if (dot.kind, dot.colour) == (kind, colour)]
        name = named.get(colour[1:], panel.y.label)
        yield Series(name, [(dot.x, dot.y) for dot in dots], colour, dots=dots)


@dataclass(frozen=True)
class Surface:
    """A room of a slide as what labels are written on."""

    shapes: Any
    room: Room
    inner: Room
    panel: Scatter
    line: float = LINE

    @property
    def plot(self) -> Box:
        """Say where dots and curves lie."""
        room, inner = self.room, self.inner
        left, low = inner.left - room.left, room.bottom - inner.bottom
        return Box(left, low, left + inner.width, low + inner.height)

    @property
    def edge(self) -> float:
        """Say where the room ends at the right."""
        return self.room.width

    def width(self, said: str, *, bold: bool) -> float:
        """Measure a text."""
        return _wide(said, bold=bold)

    def short(self, said: str, room: float, *, bold: bool) -> str:
        """Shorten a text to a room."""
        return text.shorten(said, room, bold=bold)

    def spots(self, x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
        """Say where data lie."""
        panel, plot = self.panel, self.plot
        return [
            (
                plot.left + self.inner.width * scales.share(panel.x, one, panel.ends[0]),
                plot.low + self.inner.height * scales.share(panel.y, other, panel.ends[1]),
            )
            for one, other in zip(x, y, strict=True)
        ]

    def write(self, place: tuple[float, float], said: str, *, colour: str, bold: bool) -> None:
        """Write from a place on, at the middle of its height; hide what runs behind."""
        x, y = self._on_slide(place)
        where = Room(x, y - LINE / 2, _wide(said, bold=bold) + 2, LINE - 2)
        page.write(self.shapes, where, said, middle=True, colour=colour, bold=bold, ground=WHITE)

    def lead(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw a thin line to a label."""
        name = words.term("slides.leader")
        page.line(self.shapes, self._on_slide(start), self._on_slide(end), colour=GREY, name=name)

    def rise(self, line: Line, top: float) -> None:
        """Draw an upright line from the lower edge of the plot to a height."""
        [(x, low)] = self.spots([line.at], [self.panel.ends[1][0]])
        ends = self._on_slide((x, low)), self._on_slide((x, top))
        page.line(self.shapes, *ends, colour=line.colour, width=1.75, name=line.label)

    def ground(self, low: float, high: float) -> None:
        """Lay a part of the horizontal scale on grey."""
        (left, _), (right, _) = self.spots([low, high], [self.panel.ends[1][0]] * 2)
        where = Room(self.room.left + left, self.inner.top, right - left, self.inner.height)
        said = words.term("slides.ground")
        page.block(self.shapes, where, GROUND, name=said, alt=said)

    def _on_slide(self, place: tuple[float, float]) -> tuple[float, float]:
        return self.room.left + place[0], self.room.bottom - place[1]

"""Explain the colours of maps: intervals in words, how many places each holds, the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ... import words
from ...figures.classify import unit_text
from ...figures.colours import INK, QUIET, WHITE
from ...figures.legend import entries, sizes, target_at
from .. import typeset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...figures.classify import Map
    from ...figures.legend import Entry
    from .layout import Box

SWATCH = 44.0
"""Width of a colour in a legend beside a map, in points."""
BAR = 24.0
"""Height of a colour in a legend below maps, in points."""
LINE, STRIP = 26.0, 500.0
"""Height of a class in a column; the width from which all classes stand side by side, in points."""
STROKE, POINT = 1.5, 7.0
"""Width of a line over a map, and across a point, in points."""
DASHES = (0.0, (2.2, 1.6))
"""Edge of a circle whose value is unreliable."""


@dataclass(frozen=True)
class Placed:
    """
    A map as it lies on axes: metres a point, and the codes of places whose label found no room.
    """

    panel: Map
    metres: float
    left_out: tuple[str, ...] = ()

    @property
    def sizes(self) -> tuple[tuple[float, float], ...]:
        """Give the round sizes of circles, each with its radius in points."""
        return tuple((one, radius / self.metres) for one, radius in sizes(self.panel))


def height(panel: Map, wide: float) -> float:
    """Measure the legend of a map in a room of a width, in inches: see `draw`."""
    if 72 * wide >= STRIP:
        return strip([panel])
    kinds, states = entries([panel])
    target, sizes = panel.classes.target is not None, panel.radius is not None
    return (LINE * (len(kinds) + len(states) + target) + 44 + 110 * sizes) / 72


def strip(maps: Sequence[Map]) -> float:
    """Measure the one legend of several maps, in inches."""
    return (125 + LINE * len(maps)) / 72


def draw(figure: Figure, room: Box, shown: Sequence[tuple[str, Placed]]) -> Axes:
    """
    Draw the legend of maps: a strip where the room is wide, else a column for the one map.

    Parameters
    ----------
    figure
        Where to draw.
    room
        Left, bottom, width and height, in inches.
    shown
        The name of each map and what it shows, all with the same classes.
    """
    if 72 * room[2] >= STRIP:
        return _strip(figure, room, shown)
    return _column(figure, room, shown[0][1])


def _column(figure: Figure, room: Box, panel: Placed) -> Axes:
    """Draw the legend of one map as a column, the highest class on top."""
    ax, wide, high = paper(figure, room)
    kinds, states = entries([panel.panel])
    classes = panel.panel.classes
    most = max((2 * radius for _, radius in panel.sizes), default=0.0)
    extras = 38 + (26 if classes.target is not None else 0) + (most + 60 if most else 0)
    step = min(42.0, (high - extras) / (len(kinds) + len(states)))
    small = typeset.SMALL
    texts = [
        typeset.wrap(entry.text, typeset.BODY, wide - SWATCH - 62) for entry in (*kinds, *states)
    ]
    # Numbers stand near their words, not at the far edge of the page.
    wide = SWATCH + 62 + max(140, *(typeset.width(text, typeset.BODY) for text in texts))
    typeset.write(ax, 0, high - 10, unit_text(classes), size=small, colour=QUIET)
    typeset.write(
        ax, wide, high - 10, words.term("maps.places"), size=small, colour=QUIET, ha="right"
    )
    y = high - 24
    for number in reversed(range(len(kinds))):
        _sample(ax, (0, y - step, SWATCH, step), kinds[number])
        _row(ax, wide, y - step / 2, kinds[number])
        y -= step
        if number == target_at(classes):
            ax.plot([0, SWATCH + 6], [y - 13, y - 13], color=INK, linewidth=2.5, gid="target")
            typeset.write(ax, SWATCH + 12, y - 13, classes.target_text, bold=True)
            y -= 26
    y -= 14
    for entry in states:
        _sample(ax, (0, y - 0.85 * step, SWATCH, 0.7 * step), entry)
        _row(ax, wide, y - step / 2, entry)
        y -= step
    if panel.sizes:
        _sizes(ax, 0, y - 16, panel)
    return ax


def _strip(figure: Figure, room: Box, shown: Sequence[tuple[str, Placed]]) -> Axes:
    """Draw one legend for one or more maps as a strip, the lowest class on the left."""
    ax, wide, high = paper(figure, room)
    panels = [panel for _, panel in shown]
    kinds, states = entries([one.panel for one in panels])
    classes = panels[0].panel.classes
    heads = [name or words.term("maps.places") for name, _ in shown]
    start, gap = 0.0, 24.0 if states else 0.0
    if len(shown) > 1:
        heads_wide = [typeset.width(head, typeset.BODY) for head in heads]
        start = 20 + max(*heads_wide, 60 if unit_text(classes) else 0)
    sizes = panels[0].sizes
    end = 30 + sum(2 * radius + 50 for _, radius in sizes) if sizes else 0.0
    step = min((wide - start - gap - end) / (len(kinds) + len(states)), 170.0)
    columns = [start + step * at for at in range(len(kinds))]
    columns += [columns[-1] + gap + step * (at + 1) for at in range(len(states))]
    top = high - (24 if classes.target is not None else 0)
    size = typeset.BODY
    texts, floor = _interval_texts([*kinds, *states], size, step - 10, top)
    if floor < len(shown) * typeset.LINE * size:
        size = typeset.SMALL
        texts, floor = _interval_texts([*kinds, *states], size, step - 10, top)
    for x, entry, text in zip(columns, [*kinds, *states], texts, strict=True):
        wanted = step if entry in kinds else min(step - 12, 60)
        _sample(ax, (x, top - BAR, wanted, BAR), entry)
        typeset.write(ax, x + 1, top - BAR - 5, text, size=size, va="top")
    for row, head in enumerate(heads):
        y = floor - row * typeset.LINE * size
        if len(shown) > 1:
            typeset.write(ax, 0, y, head, size=size, va="top", colour=QUIET)
        counted = (one for one in zip(columns, [*kinds, *states], strict=True) if one[1].places)
        for x, entry in counted:
            text = words.number(entry.places[row])
            if len(shown) == 1:
                text = words.term("maps.n_places", number=text)
            typeset.write(ax, x + 1, y, text, size=size, va="top", colour=QUIET)
    border = target_at(classes)
    if border is not None:
        x = columns[border]
        ax.plot([x, x], [top - BAR - 3, top + 5], color=INK, linewidth=2.5, gid="target")
        typeset.write(ax, x, top + 14, classes.target_text, bold=True, ha="center")
    if unit_text(classes):
        unit = typeset.wrap(unit_text(classes), typeset.SMALL, start - 10)
        typeset.write(ax, 0, top - BAR / 2, unit, size=typeset.SMALL, colour=QUIET)
    if sizes:
        _sizes(ax, wide - end + 20, high, panels[0])
    return ax


def paper(figure: Figure, room: Box) -> tuple[Axes, float, float]:
    """Open axes whose unit is a point of the page."""
    left, bottom, width, height = room
    page = figure.get_size_inches()
    box = (left / page[0], bottom / page[1], width / page[0], height / page[1])
    ax = figure.add_axes(box, label="legend")
    ax.set_xlim(0, 72 * width)
    ax.set_ylim(0, 72 * height)
    ax.set_axis_off()
    return ax, 72 * width, 72 * height


def _interval_texts(
    entries: list[Entry], size: float, room: float, top: float
) -> tuple[list[str], float]:
    """Fold the texts below their colours, and say how far down the longest one reaches."""
    texts = [typeset.wrap(entry.text, size, room) for entry in entries]
    lines = max(text.count("\n") + 1 for text in texts)
    return texts, top - BAR - 9 - lines * typeset.LINE * size


def _row(ax: Axes, wide: float, y: float, entry: Entry) -> None:
    room = wide - SWATCH - 62
    size = typeset.BODY
    typeset.write(ax, SWATCH + 12, y, typeset.wrap(entry.text, size, room), size=size)
    if entry.places:
        typeset.write(ax, wide, y, words.number(entry.places[0]), ha="right", colour=QUIET)


def _sample(ax: Axes, box: tuple[float, float, float, float], entry: Entry) -> None:
    from matplotlib.patches import Circle, Rectangle

    x, y, width, height = box
    if entry.mark == "line":
        ax.plot([x, x + width], [y + height / 2] * 2, color=entry.colour, linewidth=STROKE)
        return
    if entry.mark == "point":
        middle = (x + width / 2, y + height / 2)
        ax.add_patch(Circle(middle, POINT / 2, facecolor=entry.colour, linewidth=0))
        return
    if entry.dashed:
        middle, radius = (x + width / 2, y + height / 2), min(width, height) / 2
        circle = Circle(middle, radius, facecolor=entry.colour, edgecolor=INK, linestyle=DASHES)
        ax.add_patch(circle)
        return
    fill = Rectangle((x, y), width, height, facecolor=entry.colour, edgecolor=WHITE, linewidth=1)
    ax.add_patch(fill)
    if entry.hatch:
        hatch, frame = (
            Rectangle((x, y), width, height, facecolor="none", edgecolor=ink, linewidth=line)
            for ink, line in ((entry.ink, 0), (QUIET, 0.8))
        )
        hatch.set_hatch(entry.hatch)
        ax.add_patch(hatch)
        ax.add_patch(frame)


def _sizes(ax: Axes, x: float, top: float, panel: Placed) -> None:
    """Draw a circle for each of a few round sizes, in a row on the same ground."""
    from matplotlib.patches import Circle

    size = typeset.SMALL
    typeset.write(ax, x, top, words.term("maps.population"), size=size, colour=QUIET, va="top")
    ground = top - 26 - 2 * panel.sizes[-1][1]
    for persons, radius in panel.sizes:
        room = max(2 * radius, typeset.width(words.number(persons), size))
        middle = x + room / 2
        circle = Circle((middle, ground + radius), radius, facecolor="none", edgecolor=INK)
        ax.add_patch(circle)
        text = words.number(persons)
        typeset.write(ax, middle, ground - 4, text, size=size, ha="center", va="top")
        x += room + 20

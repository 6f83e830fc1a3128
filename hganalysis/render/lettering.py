"""Write on a scatter of any medium: beside dots, at the ends of curves, on top of lines."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from .. import words
from ..figures.colours import INK, QUIET
from . import scales

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from ..figures.model import Curve, Dot, Line, Scatter

LEADER = 26.0
"""Length of the line from the end of a curve to its label, in points."""
AIR = 5.0
"""Between a dot and its label, in points."""
MARGIN = 8.0
"""Free at the right edge, in points."""
STEPS = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0)
"""How many lines a label beside its dot may stand above or below it: the nearest first."""
OFF = 0.5
"""How many lines it is worse to stand over or under a dot than beside it."""
LEANS = (0.0, 0.2, -0.2, 0.4, -0.4)
"""How far the middle of such a label may be off its dot, of its width."""
FAR = 0.25
"""Of a line, for each line that whiskers keep a label away from its dot."""
BORDER = 1e-9
"""Points that two boxes may share: lines that are stacked touch, and sums are rounded."""


@dataclass(frozen=True)
class Box:
    """A rectangle: `low` and `high` are its ends upwards or downwards, as its surface goes."""

    left: float
    low: float
    right: float
    high: float

    def holds(self, other: Box) -> bool:
        """Say whether another one lies within."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.low <= other.low and other.high <= self.high


@dataclass(frozen=True)
class Label:
    """
    A label to be placed: the middle of its dot, what that takes to each side, its own size, and
    how far the whiskers of the dot go, if it has any.
    """

    x: float
    y: float
    reach: float
    width: float
    height: float
    whiskers: tuple[float, float] | None = None

    @property
    def ends(self) -> tuple[float, float]:
        """Say where the dot ends with its whiskers, and some air, downwards and upwards."""
        low, high = self.whiskers or (self.y, self.y)
        return min(low - AIR, self.y - self.reach), max(high + AIR, self.y + self.reach)

    def box(self, side: int, step: float) -> Box:
        """Measure it on one side of its dot (-1: left), some lines above."""
        left = self.x + self.reach if side > 0 else self.x - self.reach - self.width
        middle = self.y + step * self.height
        return Box(left, middle - self.height / 2, left + self.width, middle + self.height / 2)

    def sides(self) -> list[int]:
        """Say where it may stand over or under: not at the other end of whiskers from its dot."""
        low, high = self.whiskers or (self.y, self.y)
        return [side for side in (1, -1) if side * self.y >= side * (low if side > 0 else high)]

    def away(self, side: int) -> float:
        """Say how bad it is to stand over the dot and its whiskers (-1: under), in lines."""
        gap = self.ends[1] - self.y if side > 0 else self.y - self.ends[0]
        return OFF + FAR * (gap - self.reach) / self.height

    def over(self, side: int, step: float, lean: float, inside: Box) -> Box:
        """
        Measure it over its dot and whiskers (-1: under), some lines away, its middle off them by
        a part of its width.
        """
        left = self.x + (lean - 0.5) * self.width
        left = max(inside.left, min(left, inside.right - self.width))
        low = self.ends[1] + step * self.height
        if side < 0:
            low = self.ends[0] - (step + 1) * self.height
        return Box(left, low, left + self.width, low + self.height)

    def leader(self, box: Box) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """Give the line from the dot to where the label stands, if it needs one."""
        middle = (box.low + box.high) / 2
        if box.left <= self.x <= box.right:
            under, over = self.ends
            end, near = (over, box.low) if middle > self.y else (under, box.high)
            return None if math.isclose(end, near) else ((self.x, end), (self.x, near))
        near = box.left - 2 if box.left > self.x else box.right
        return None if math.isclose(middle, self.y) else ((self.x, self.y), (near, middle))


def wider(label: Label, inside: Box) -> float:
    """Measure the wider of both sides of a dot: a longer label has to be shortened."""
    return max(inside.right - label.x, label.x - inside.left) - label.reach


def place(
    labels: Sequence[Label],
    *,
    inside: Box,
    taken: Sequence[Box] = (),
    crossed: Sequence[Box] = (),
    dots: Sequence[Box] = (),
) -> list[Box | None]:
    """
    Place labels beside, over or under their dots, the first first; one without room is None.

    No label lies on another, on `dots` or on what else is `taken`, nor where it would be read as
    another dot's. Of the places that are left it takes one that no line to a label strikes out, of
    these one that meets nothing of what may be `crossed`, with its own line, and of these the
    nearest.

    Examples
    --------
    >>> low, high = (Label(10, y, reach=2, width=30, height=10) for y in (20, 21))
    >>> [box.low for box in place([low, high], inside=Box(0, 0, 100, 100))]
    [15.0, 26.0]
    """
    full, lines, spots = _array([*dots, *taken]), _array(crossed), _array(dots)
    leaders = np.empty((0, 2, 2))
    placed: list[Box | None] = []
    for one in labels:
        roomier = 1 if inside.right - one.x >= one.x - inside.left else -1
        ways = [
            (abs(step), side != roomier, one.box(side, step)) for side in (1, -1) for step in STEPS
        ]
        ways += [
            (one.away(side) + step + abs(lean), side != roomier, one.over(side, step, lean, inside))
            for side in one.sides()
            for step in STEPS
            if step >= 0
            for lean in LEANS
        ]
        # What follows the taken ones are labels; its own whiskers lead to a label.
        written = full[len(dots) + len(taken) :]
        beside = spots[~_on_dot(one, spots)]
        others = lines[(np.abs(lines[:, 0] - one.x) >= BORDER) | (lines[:, 0] != lines[:, 2])]
        uprights = others[others[:, 0] == others[:, 2]]
        found = []
        for at, (far, other, box) in enumerate(ways):
            if not inside.holds(box) or _meets(box, full):
                continue
            led = np.array([one.leader(box) or ()]).reshape(-1, 2, 2)
            if _on_leader(led, beside) if len(led) else _misread(one, box, beside, uprights):
                continue
            struck = _on_leader(leaders, _array([box])) or _on_leader(led, written)
            crosses = _meets(box, lines) or _on_leader(led, others)
            found.append((struck, crosses, far, other, at, box, led))
        if not found:
            placed.append(None)
            continue
        *_, best, led = min(found, key=lambda each: each[:5])
        placed.append(best)
        full, leaders = np.vstack([full, _array([best])]), np.vstack([leaders, led])
    return placed


def _on_dot(label: Label, dots: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Find its own dot, and those that hide its middle: nobody tells them apart."""
    left, low, right, high = dots.T
    off = np.hypot((left + right) / 2 - label.x, (low + high) / 2 - label.y)
    return np.asarray(off < (right - left) / 2)


def _misread(
    label: Label, box: Box, others: NDArray[np.float64], uprights: NDArray[np.float64]
) -> bool:
    """
    Say whether a label without a line seems to be that of another dot: one that is nearer to it, or
    to its middle where it stands over or under its own, as the whiskers of another may be.
    """
    left, low, right, high = others.T
    middle = (box.low + box.high) / 2
    under, over = label.whiskers or (label.y, label.y)
    own = min(max(middle, under), over)  # its whiskers are its own, too
    x, y = np.append((left + right) / 2, label.x), np.append((low + high) / 2, own)
    if box.left <= label.x <= box.right:
        centre = (box.left + box.right) / 2
        _, ends, _, tops = uprights.T
        near = (ends < box.high + label.height) & (tops > box.low - label.height)
        if (np.abs(uprights[near, 0] - centre) < abs(label.x - centre) - BORDER).any():
            return True
        far = np.hypot(x - centre, y - middle)
    else:
        across = np.maximum(np.maximum(box.left - x, x - box.right), 0)
        far = np.hypot(across, np.maximum(np.maximum(box.low - y, y - box.high), 0))
    return bool((far[:-1] < far[-1] - BORDER).any())


def _on_leader(leaders: NDArray[np.float64], boxes: NDArray[np.float64]) -> bool:
    """Say whether one of some lines runs through one of some boxes."""
    import shapely

    if not len(leaders) or not len(boxes):
        return False
    lines = shapely.linestrings(leaders)
    inner = shapely.box(*(boxes + np.array([BORDER, BORDER, -BORDER, -BORDER])).T)
    return bool(shapely.intersects(lines[:, None], inner).any())


def _array(boxes: Sequence[Box]) -> NDArray[np.float64]:
    rows = [(one.left, one.low, one.right, one.high) for one in boxes]
    return np.array(rows, dtype=float).reshape(-1, 4)


def _meets(box: Box, others: NDArray[np.float64]) -> bool:
    """Say whether one of the others shares more than a border with a box, rounding aside."""
    left, low, right, high = others.T
    across = (box.left + BORDER < right) & (left + BORDER < box.right)
    return bool((across & (box.low + BORDER < high) & (low + BORDER < box.high)).any())


class Surface(Protocol):
    """What a scatter is drawn on, measured in points from its lower left corner upwards."""

    @property
    def plot(self) -> Box:
        """Say where dots and curves lie."""

    @property
    def edge(self) -> float:
        """Say where the surface ends at the right."""

    @property
    def line(self) -> float:
        """Give the height of a line of text."""

    def width(self, said: str, *, bold: bool) -> float:
        """Measure a text."""

    def short(self, said: str, room: float, *, bold: bool) -> str:
        """Shorten a text to a room."""

    def spots(self, x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
        """Say where data lie."""

    def write(self, place: tuple[float, float], said: str, *, colour: str, bold: bool) -> None:
        """Write from a place on, at the middle of its height; hide what runs behind."""

    def lead(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw a thin line to a label."""

    def rise(self, line: Line, top: float) -> None:
        """Draw an upright line from the lower edge of the plot to a height."""


def right(curves: Sequence[Curve], *, width: Callable[..., float]) -> float:
    """Measure the room that the labels of curves take at the right."""
    widths = [width(one.label, bold=one.bold) for one in curves if one.label]
    return max(widths) + LEADER + 2 * MARGIN if widths else 28.0


def draw(surface: Surface, panel: Scatter) -> None:
    """
    Write all labels around and into a plot, none on another.

    Dots have theirs beside them where there is room; how many have none is said at the foot.
    """
    _stairs(surface, panel)
    taken = _at_ends(surface, panel)
    taken += [_flat(surface, panel, one) for one in panel.across if one.label]
    unnamed = _beside(surface, panel, taken)
    if unnamed:
        said = words.term(panel.unnamed, number=words.number(unnamed))
        foot = surface.plot.left, surface.line / 2 + 4
        surface.write(foot, said, colour=QUIET, bold=False)


def _stairs(surface: Surface, panel: Scatter) -> None:
    """Draw upright lines; their labels stand on stairs, that of the line at the right lowest."""
    step, low = 0, panel.ends[1][0]
    for one in sorted(panel.lines, key=lambda one: -one.at):
        top = surface.plot.high + (MARGIN + step * surface.line) * bool(one.label)
        surface.rise(one, top)
        if one.label:
            [(x, _)] = surface.spots([one.at], [low])
            last = surface.edge - MARGIN - surface.width(one.label, bold=one.bold)
            start = min(x + AIR, last), top + surface.line / 2 - 4
            surface.write(start, one.label, colour=one.colour, bold=one.bold)
            step += 1


def _at_ends(surface: Surface, panel: Scatter) -> list[Box]:
    """Write the labels of curves at the right, moved apart, each on a line to its curve."""
    named = [one for one in panel.curves if one.label]
    spots = surface.spots([one.x[-1] for one in named], [one.y[-1] for one in named])
    ends, half, plot = [y for _, y in spots], surface.line / 2, surface.plot
    heights = scales.apart(ends, gap=surface.line, low=plot.low - half, high=plot.high)
    for one, end, y in zip(named, ends, heights, strict=True):
        surface.lead((plot.right + 4, end), (plot.right + LEADER - 4, y))
        surface.write((plot.right + LEADER, y), one.label, colour=one.colour, bold=one.bold)
    return [Box(plot.right, y - half, surface.edge, y + half) for y in heights]


def _flat(surface: Surface, panel: Scatter, line: Line) -> Box:
    """Write the label of a flat line above it, where no dot is for the longest stretch."""
    at = [panel.ends[0][0], *(dot.x for dot in panel.dots), panel.ends[0][1]]
    spots = sorted(surface.spots(at, [line.at] * len(at)))
    (start, y), (end, _) = max(pairwise(spots), key=lambda pair: pair[1][0] - pair[0][0])
    width, half = surface.width(line.label, bold=line.bold), surface.line / 2
    left, middle = (start + end - width) / 2, y + 4 + half
    surface.write((left, middle), line.label, colour=line.colour, bold=line.bold)
    return Box(left, middle - half, left + width, middle + half)


def _beside(surface: Surface, panel: Scatter, taken: list[Box]) -> int:
    """Write labels beside their dots, the weightiest first, and count those without room."""
    spots = surface.spots([dot.x for dot in panel.dots], [dot.y for dot in panel.dots])
    placed = sorted(zip(panel.dots, spots, strict=True), key=lambda one: -one[0].weight)
    named = [(dot, spot) for dot, spot in placed if dot.label]
    if not named:
        return 0
    plot = surface.plot
    # Beside the plot stand the labels of its curves, if there are any: no name runs into them.
    right = plot.right if taken else surface.edge - MARGIN
    inside = Box(plot.left, plot.low, right, plot.high)
    dots = [
        Box(x - reach, y - reach, x + reach, y + reach)
        for dot, (x, y) in placed
        for reach in (_reach(dot),)
    ]
    wanted, said = [], []
    for dot, (x, y) in named:
        ends = [end for low, high, _ in dot.whiskers for end in (low, high)]
        heights = [at for _, at in surface.spots([dot.x] * len(ends), ends)]
        whiskers = (min(heights), max(heights)) if heights else None
        empty = Label(x, y, _reach(dot) + AIR, 0.0, surface.line, whiskers)
        room = wider(empty, inside) - AIR
        said.append(surface.short(dot.label, room, bold=dot.bold))
        wide = surface.width(said[-1], bold=dot.bold) + AIR
        wanted.append(replace(empty, width=wide))
    found = place(wanted, inside=inside, taken=taken, crossed=_crossed(surface, panel), dots=dots)
    for (dot, _), label, name, box in zip(named, wanted, said, found, strict=True):
        if box is None:
            continue
        if (leader := label.leader(box)) is not None:
            surface.lead(*leader)
        surface.write((box.left, (box.low + box.high) / 2), name, colour=INK, bold=dot.bold)
    return sum(box is None for box in found)


def _reach(dot: Dot) -> float:
    return 0.5 * math.sqrt(dot.area) + 1


def _crossed(surface: Surface, panel: Scatter) -> list[Box]:
    """List what labels had better not lie on: whiskers, and the points of curves."""
    whiskers = [(dot.x, low, high) for dot in panel.dots for low, high, _ in dot.whiskers]
    x = [at for at, *_ in whiskers]
    low, high = (surface.spots(x, [one[end] for one in whiskers]) for end in (1, 2))
    boxes = [Box(*one, *other) for one, other in zip(low, high, strict=True)]
    for curve in panel.curves:
        boxes += [Box(*spot, *spot) for spot in surface.spots(curve.x, curve.y)]
    return boxes

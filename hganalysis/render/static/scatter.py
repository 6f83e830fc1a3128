"""Draw a scatter on axes: dots and curves between two scales, and lines across both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import lettering, scales
from ..lettering import Box
from . import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from ...figures.model import Curve, Dot, Line, Scatter

RUG = 9.0
"""Height of a mark on the lower edge, in points."""


def draw(panel: Scatter, ax: Axes) -> Axes:
    """Draw all dots and curves, and the labels that have room; how many have none is said."""
    x, y = panel.ends
    head = [list(parts) for parts in panel.key]
    if panel.y.label:  # above its scale, where it is read without turning the head
        head.append([("", panel.y.label)])
    top = style.head(ax, head, simulated=panel.simulated) + 14
    top += style.LINE * sum(bool(line.label) for line in panel.lines)
    wide, tall = style.points(ax)
    bottom = style.bottom(panel.x.label, wide)
    ups = scales.ticks(panel.y, y, room=tall - bottom - top, width=lambda _: 2 * style.LINE)
    names = [name for _, name in ups]
    right = lettering.right(panel.curves, width=style.width)
    room = style.Room(left=style.widest(names) + 38, right=right, bottom=bottom, top=top)
    style.stage(ax, x=x, y=y, room=room, log=panel.x.log, log_y=panel.y.log)
    _grid(ax, [at for at, _ in ups], names, ends=x, room=room)
    length = wide - room.left - room.right
    across = scales.ticks(panel.x, x, room=length, width=lambda name: style.width(name) + 8)
    ticks, names = [at for at, _ in across], [name for _, name in across]
    style.scale(ax, ticks, names, label=panel.x.label, room=room)
    for start, end in panel.grounds:
        ax.fill_between([start, end], *y, color=style.GROUND, lw=0, zorder=0, gid="ground")
    for line in panel.across:
        ax.hlines([line.at], *x, color=line.colour, lw=2, linestyles=line.style, zorder=1)
    for curve in panel.curves:
        _curve(ax, curve, within=y)
    for kind in ("disc", "ring", "diamond"):
        _dots(
            ax,
            [dot for dot in panel.dots if dot.kind == kind],
            kind=kind,
            behind=bool(panel.curves),
        )
    if panel.rug:
        ends = room.bottom / tall, (room.bottom + RUG) / tall
        side, places = ax.get_xaxis_transform(), [dot.x for dot in panel.dots]
        ax.vlines(places, *ends, transform=side, color=style.QUIET, lw=1.5, zorder=3, gid="rug")
    plot = Box(room.left, room.bottom, wide - room.right, tall - room.top)
    lettering.draw(Surface(ax, plot), panel)
    return ax


def _grid(
    ax: Axes,
    heights: Sequence[float],
    names: Sequence[str],
    *,
    ends: tuple[float, float],
    room: style.Room,
) -> None:
    """
    Draw lines from one end of the data to the other, after the `stage`.

    Parameters
    ----------
    ax
        Of a `stage`.
    heights, names
        Where, in data, and what is written at the left of each.
    ends
        Of the data, from left to right.
    room
        That of the stage; `left` must hold the widest name and 20 points.
    """
    ax.hlines(heights, *ends, color=style.PALE, lw=1, zorder=0.5)
    side, wide = ax.get_yaxis_transform(), style.points(ax)[0]
    for height, name in zip(heights, names, strict=True):
        style.text(ax, (room.left - 20) / wide, height, name, ha="right", within=side)


def _curve(ax: Axes, curve: Curve, *, within: tuple[float, float]) -> None:
    """Draw a curve on its band, of which no part lies beyond the scale, over words."""
    colour, x = curve.colour, curve.x
    if curve.low:
        low, high = np.clip([curve.low, curve.high], *within)
        ax.fill_between(x, low, high, color=colour, alpha=0.18, lw=0, zorder=2, gid="band")
    ax.plot(x, curve.y, color=colour, lw=curve.width, ls=curve.style, zorder=5, gid="curve")


def _dots(ax: Axes, dots: list[Dot], *, kind: str, behind: bool) -> None:
    """
    Draw dots of one kind, with their whiskers.

    Rings and diamonds stand above curves, and discs `behind` these; where there is none, discs lie
    on rings: they are what differs.
    """
    if not dots:
        return
    x = [dot.x for dot in dots]
    for whiskers in zip(*(dot.whiskers for dot in dots), strict=True):
        low, high, width = zip(*whiskers, strict=True)
        ax.vlines(x, low, high, color=style.GREY, lw=width, zorder=2, gid="whisker")
    colours: list[Any] = [dot.colour for dot in dots]
    ring = kind == "ring"
    ax.scatter(
        x,
        [dot.y for dot in dots],
        s=[dot.area for dot in dots],
        marker="D" if kind == "diamond" else "o",
        c=[style.WHITE] * len(dots) if ring else colours,
        edgecolors=colours if ring else style.WHITE,
        linewidths=2 if ring else 1,
        alpha=0.9 if kind == "disc" else 1,
        zorder=4 if kind == "disc" and behind else 6 + 0.1 * (kind == "disc"),
        gid=kind,
    )


@dataclass(frozen=True)
class Surface:
    """Axes as what labels are written on."""

    ax: Axes
    plot: Box
    line: float = style.LINE

    @property
    def edge(self) -> float:
        """Say where the axes end at the right."""
        return style.points(self.ax)[0]

    def width(self, said: str, *, bold: bool) -> float:
        """Measure a text."""
        return style.width(said, bold=bold)

    def short(self, said: str, room: float, *, bold: bool) -> str:
        """Shorten a text to a room."""
        return style.short(said, room, bold=bold)

    def spots(self, x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
        """Say where data lie."""
        return style.spots(self.ax, x, y)

    def write(self, place: tuple[float, float], said: str, *, colour: str, bold: bool) -> None:
        """Write from a place on, at the middle of its height; hide what runs behind."""
        x, y = self._share(place)
        where = self.ax.transAxes
        style.text(self.ax, x, y, said, colour=colour, bold=bold, ground=True, within=where)

    def lead(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw a thin line to a label."""
        x, y = zip(self._share(start), self._share(end), strict=True)
        self.ax.plot(
            x, y, transform=self.ax.transAxes, color=style.GREY, lw=1, zorder=3, gid="leader"
        )

    def rise(self, line: Line, top: float) -> None:
        """Draw an upright line from the lower edge of the plot to a height."""
        (_, low), (_, high) = self._share((0, self.plot.low)), self._share((0, top))
        self.ax.vlines(
            [line.at],
            low,
            high,
            transform=self.ax.get_xaxis_transform(),
            color=line.colour,
            lw=1.5,
            linestyles=line.style,
            zorder=2,
            gid="upright",
        )

    def _share(self, place: tuple[float, float]) -> tuple[float, float]:
        """Turn points into parts of the axes."""
        wide, tall = style.points(self.ax)
        return place[0] / wide, place[1] / tall

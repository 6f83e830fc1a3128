"""Draw slopes on axes: a line for each place from year to year, both its ends written out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...figures.colours import MOVED
from .. import scales, typeset
from . import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from ...figures.model import Slope, Slopes

LEADER = 26.0
"""Length of the line from the end of a slope to its label, in points."""
NAME = 0.22
"""Of the width of the axes, what a name may take."""


def draw(panel: Slopes, ax: Axes) -> Axes:
    """Draw as many places as can be read, those that are first in the last year."""
    wide = style.points(ax)[0] - 16
    notes = [*panel.notes, *panel.left_out(lambda said: style.width(said) <= wide)]
    shown, said = panel.first(style.fit(ax, taken=(len(notes) + 6) * style.LINE + 44))
    notes += filter(None, [said])
    notes = [line for note in notes for line in typeset.wrap(note, style.SIZE, wide).split("\n")]
    lines = shown[::-1]
    across = style.points(ax)[0]
    names = [style.short(one.label, NAME * across) for one in lines]
    left = [f"{name}   {one.first}" for name, one in zip(names, lines, strict=True)]
    right = [f"{one.last}   {name}" for name, one in zip(names, lines, strict=True)]
    extra = style.widest(right) + LEADER + 16
    changes = style.widest([*(one.change for one in lines), panel.heads[2]], bold=True)
    sides = style.widest(left) + LEADER + 12, extra + changes + 12
    heads = [style.width(head, bold=True) + 12 for head in panel.heads]
    free = (1 - style.LEAST) * across
    if sum(map(max, sides, heads)) > free:  # then a place is named at its last year only
        left = [one.first for one in lines]
        sides = max(style.widest(left) + LEADER + 12, free - sides[1]), sides[1]
        panel = replace(panel, heads=_folded(panel, sides))
    head_lines = max(head.count("\n") + 1 for head in panel.heads)
    room = style.Room(
        left=max(sides[0], style.width(panel.heads[0], bold=True) + 12),
        right=max(sides[1], style.width(panel.heads[1], bold=True) + 12),
        bottom=style.LINE * len(notes) + 18,
        top=style.head(ax, [], simulated=panel.simulated) + style.LINE * head_lines + 26,
    )
    values = np.array([one.values for one in lines], dtype=float)
    bottom, top = float(np.nanmin(values)), float(np.nanmax(values))
    top = top if top > bottom else bottom + 1
    style.stage(ax, x=(0, 1), y=(bottom, top), room=room)
    first, last = panel.years[0], panel.years[-1]
    x = [(year - first) / (last - first) for year in panel.years]
    ax.vlines(x, bottom, top, color=style.PALE, lw=1.5, zorder=0)
    for one in lines:
        _line(ax, one, x)
    _ends(ax, lines, left, side=-1, within=(bottom, top))
    _ends(ax, lines, right, side=1, within=(bottom, top), extra=extra)
    _heads(ax, panel, x, top=top, extra=extra)
    middle, tall = (room.left + across - room.right) / 2, style.points(ax)[1]
    for at, note in enumerate(reversed(notes)):
        half = style.width(note) / 2 + 8
        place = min(max(middle, half), across - half) / across
        height = (at + 0.5) * style.LINE / tall
        style.text(ax, place, height, note, ha="center", colour=style.QUIET, within=ax.transAxes)
    return ax


def _folded(panel: Slopes, sides: tuple[float, float]) -> tuple[str, str, str]:
    """Fold the heads of both ends into the room at their side."""
    first, last, change = panel.heads
    rooms = sides[0] - 12, sides[1] - style.width(change, bold=True) - 28
    first, last = (
        typeset.wrap(head.replace("\n", " "), style.SIZE, room, bold=True)
        for head, room in zip((first, last), rooms, strict=True)
    )
    return first, last, change


def _line(ax: Axes, one: Slope, x: Sequence[float]) -> None:
    """Draw what led up thin and grey, and the last step in the colour of its change."""
    values = np.array(one.values)
    # Through a year without a number it goes from the one before to the next.
    there = ~np.isnan(values[:-1])
    if len(values) > 2:
        before = np.array(x[:-1])[there], values[:-1][there]
        ax.plot(*before, "o-", color=style.GREY, lw=1.2, ms=5, zorder=1, mec="white")
    colour, width = MOVED[one.moved], 3.5 if one.moved else 2
    ax.plot(x[-2:], values[-2:], color=colour, lw=width, zorder=2 + abs(one.moved))
    ax.plot(x[-2:], values[-2:], "o", color=colour, ms=9, zorder=4, mec="white")


def _ends(
    ax: Axes,
    lines: Sequence[Slope],
    labels: Sequence[str],
    *,
    side: int,
    within: tuple[float, float],
    extra: float = 0.0,
) -> None:
    """Write labels at one end (-1: left), moved apart where they would lie on one another."""
    across, up = style.per_point(ax)
    end = 0.0 if side < 0 else 1.0
    values = [one.values[0 if side < 0 else -1] for one in lines]
    known = [at for at, value in enumerate(values) if not np.isnan(value)]
    heights = scales.apart(
        [values[at] for at in known],
        gap=style.LINE * up,
        low=within[0] - 8 * up,
        high=within[1] + 8 * up,
    )
    ha: style.Align = "left" if side > 0 else "right"
    for at, y in zip(known, heights, strict=True):
        leader = [end + side * 7 * across, end + side * (LEADER - 3) * across]
        ax.plot(leader, [values[at], y], color=style.GREY, lw=1, zorder=1)
        style.text(ax, end + side * LEADER * across, y, labels[at], ha=ha)
        if side > 0:
            one = lines[at]
            tone = MOVED[one.moved] if one.moved else style.QUIET
            style.text(ax, end + extra * across, y, one.change, bold=True, colour=tone)


def _heads(ax: Axes, panel: Slopes, x: Sequence[float], *, top: float, extra: float) -> None:
    """Head both ends and the changes, and the years between."""
    across, up = style.per_point(ax)
    aligned: list[tuple[float, style.Align, str]] = [
        (0.0, "right", panel.heads[0]),
        *((at, "center", str(year)) for at, year in zip(x[1:-1], panel.years[1:-1], strict=True)),
        (1.0, "left", panel.heads[1]),
        (1 + extra * across, "left", panel.heads[2]),
    ]
    for place, align, head in aligned:
        y = top + 26 * up
        style.text(ax, place, y, head, ha=align, va="bottom", bold=True, colour=style.QUIET)

"""Draw rows on axes: a label, an interval with its mark on a common scale, the numbers beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ... import words
from . import spacing, style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from ...figures.model import Row, Rows

BOTTOM = 64.0
"""Height of the scale below the rows, in points."""
SQUEEZED = 0.8
"""Of their usual height, rows can still be read one above the other: letters do not touch."""
GAP = 22.0
"""Between two columns of texts, in points."""


def draw(panel: Rows, ax: Axes) -> Axes:
    """
    Draw as many rows as can be read, and say of how many they are.

    Raises
    ------
    ValueError
        If the axes are too low for a single row.
    """
    shown, key = _fitting(panel, ax)
    columns = _columns(shown, panel.heads)
    across, _ = style.points(ax)
    taken = sum(columns) + 20 + 34
    labels = style.beside(ax, [one.label for one in shown], taken=taken, bold=True)
    above = (len(panel.lines) + bool(panel.heads and not panel.lines)) * style.LINE
    room = style.Room(
        left=max(
            style.widest(labels, bold=any(one.bold for one in shown)) + 34,
            style.widest(one.under for one in shown) + 34,
        ),
        right=sum(columns) + 20,
        bottom=BOTTOM,
        top=style.head(ax, key, simulated=panel.simulated) + above + 4,
    )
    middles, tall = _places(shown, (style.points(ax)[1] - room.bottom - room.top) / style.LINE)
    low, high = _ends(panel, shown)
    style.stage(ax, x=(low, high), y=(tall - 0.5, -0.5), room=room, log=panel.scale.log)
    ticks = _ticks(panel, low, high, across - room.left - room.right)
    names = [name for _, name in ticks]
    places = [at for at, _ in ticks]
    if panel.band:
        ax.axvspan(*panel.band, *_between(ax, room), color=style.GROUND, lw=0, zorder=0, gid="band")
    ax.vlines(places, -0.5, tall - 0.5, color=style.PALE, lw=1, zorder=0.5)
    style.scale(ax, places, names, label=panel.scale.label, room=room)
    style.marks(ax, panel.lines, rows=tall)
    edges = [1 - (sum(columns[at:]) / across) for at in range(len(columns))]
    _heads(ax, panel.heads, edges)
    for y, one, label in zip(middles, shown, labels, strict=True):
        _row(ax, one, y, label=label, edges=edges, limits=(low, high))
    return ax


def _fitting(panel: Rows, ax: Axes) -> tuple[list[Row], list[list[tuple[str, str]]]]:
    """Leave the rows that there is room for, and say in the key of how many they are, if not all."""
    tall = style.points(ax)[1]
    above = (len(panel.lines) + bool(panel.heads and not panel.lines)) * style.LINE + 4
    key = [list(parts) for parts in panel.key]
    rows, order = list(panel.rows), _order(panel.rows)
    count = len(rows)
    while True:
        said = key if count == len(rows) else [*key, [("", _some(panel, count))]]
        lines = (
            tall - BOTTOM - above - style.head_height(ax, said, simulated=panel.simulated)
        ) / style.LINE
        shown = [one for at, one in enumerate(rows) if at in set(order[:count])]
        if SQUEEZED * sum(map(_height, shown)) <= lines:
            return shown, said
        count -= 1
        if not count:
            msg = (
                f"there is no room for a single row of {len(rows)} on axes that are {tall:.0f} "
                "points high. Draw fewer at once, or on taller axes."
            )
            raise ValueError(msg)


def _some(panel: Rows, count: int) -> str:
    return style.some(panel.some, count, len(panel.rows))


def _order(rows: Sequence[Row]) -> list[int]:
    """Say which rows stay before which where not all have room."""
    return sorted(range(len(rows)), key=lambda at: (-rows[at].weight, at))


def _height(row: Row) -> float:
    """Measure a row, in lines."""
    if row.heading or row.minor:
        return 1.0
    return 1.3 + 1.0 * bool(row.under or row.note)


def _places(rows: Sequence[Row], lines: float) -> tuple[list[float], float]:
    """Find the middle of each row and the height of all, in rows of one line."""
    heights = np.array([_height(one) for one in rows])
    if len(set(heights)) == 1:  # alike: they share what there is
        return [float(at) for at in range(len(rows))], float(len(rows))
    middles = heights.cumsum() - heights / 2 - 0.5
    return [float(middle) for middle in middles], float(heights.sum())


def _columns(rows: Sequence[Row], heads: Sequence[str]) -> list[float]:
    """Measure the columns of texts, in points."""
    count = max([len(heads), *(len(one.texts) for one in rows)])
    widths = []
    for at in range(count):
        texts = [one.texts[at] for one in rows if len(one.texts) > at]
        bold = any(one.bold for one in rows)
        widths.append(max(style.widest(texts, bold=bold), style.widest(heads[at : at + 1])) + GAP)
    if count and (notes := [one.note for one in rows if one.note]):
        widths[0] = max(widths[0], style.widest(notes) + GAP)
    return widths


def _ends(panel: Rows, rows: Sequence[Row]) -> tuple[float, float]:
    """Find the limits of the scale: all that is drawn lies within, what has no end is an arrow."""
    if panel.scale.ends:
        return panel.scale.ends
    found = [
        end
        for one in rows
        for end in (one.at, one.start, *(end for piece in one.pieces for end in piece))
    ]
    found += [line.at for line in panel.lines]
    log = panel.scale.log
    found = [end for end in found if math.isfinite(end) and (end > 0 or not log)]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    if log:
        return low / 1.03, high * 1.03
    margin = 0.02 * (high - low or 1)
    return low - margin, high + margin


def _ticks(panel: Rows, low: float, high: float, wide: float) -> list[tuple[float, str]]:
    """Choose ticks that can be written side by side."""
    scale = panel.scale
    if scale.names:
        ticks = [one for one in scale.names if low <= one[0] <= high]
    elif scale.log:
        ratios = spacing.ratio_ticks(low, high)
        ticks = [(at, spacing.ratio(at)) for at in ratios]
    else:
        round_ones = spacing.round_ticks(low, high, about=6)
        ticks = list(zip(round_ones, words.series(round_ones, scale.unit), strict=True))
    if not ticks:
        return []

    def place(at: float) -> float:
        if scale.log:
            return math.log(at / low) / math.log(high / low) * wide
        return (at - low) / (high - low) * wide

    places = [place(at) for at, _ in ticks]
    widths = [style.width(name) + 10 for _, name in ticks]
    keep = min(range(len(ticks)), key=lambda one: abs(math.log(ticks[one][0]))) if scale.log else 0
    return [ticks[one] for one in spacing.thinned(places, widths, keep=keep)]


def _between(ax: Axes, room: style.Room) -> tuple[float, float]:
    """Tell where the rows begin and end, as shares of the height of the axes."""
    tall = style.points(ax)[1]
    return room.bottom / tall, 1 - room.top / tall


def _heads(ax: Axes, heads: Sequence[str], edges: Sequence[float]) -> None:
    per_point = abs(ax.get_ylim()[1] - ax.get_ylim()[0]) / style.points(ax)[1]
    above = -0.5 - (4 + 0.5 * style.LINE) * per_point
    for edge, head in zip(edges, heads, strict=False):
        style.text(ax, edge, above, head, colour=style.QUIET, within=ax.get_yaxis_transform())


def _row(
    ax: Axes,
    one: Row,
    y: float,
    *,
    label: str,
    edges: Sequence[float],
    limits: tuple[float, float],
) -> None:
    """Draw one row."""
    across, side = style.points(ax)[0], ax.get_yaxis_transform()
    up = abs(ax.get_ylim()[1] - ax.get_ylim()[0]) / style.points(ax)[1]
    step = 0.55 * style.LINE * up
    indent, tone = (24, style.QUIET) if one.minor else (8, style.INK)
    bold = one.bold or one.heading
    shift = step if one.under else 0.0
    if one.heading:
        tone = one.colour
    style.text(ax, indent / across, y - shift, label, bold=bold, colour=tone, within=side)
    style.text(ax, 8 / across, y + shift, one.under, colour=style.QUIET, within=side)
    shift = step if one.note else 0.0
    for edge, said in zip(edges, one.texts, strict=False):
        style.text(ax, edge, y - shift, said, bold=one.bold, colour=tone, within=side)
    if edges:
        style.text(ax, edges[0], y + shift, one.note, colour=style.QUIET, within=side)
    if one.instead:
        style.text(ax, limits[0], y, one.instead, colour=style.QUIET)
    width, size = (5, 15) if one.bold else (2, 7) if one.minor else (3.5, 12)
    for piece in one.pieces:
        _piece(ax, piece, y, one=one, width=width, limits=limits)
    face = one.face or one.colour
    for at, inner, part in ((one.start, "white", 0.7), (one.at, face, 1.0)):
        if not math.isnan(at):
            edge = one.colour if inner == "white" else style.INK if one.face else "white"
            ax.plot(
                [at], [y], "o", ms=part * size, color=one.colour, mfc=inner, mec=edge, mew=1.5,
                zorder=4,
            )  # fmt: skip


def _piece(
    ax: Axes,
    piece: tuple[float, float],
    y: float,
    *,
    one: Row,
    width: float,
    limits: tuple[float, float],
) -> None:
    """Draw one part of an interval; where it has no end it goes on as an arrow."""
    style = ":" if one.dotted else "-"
    ends = [max(piece[0], limits[0]), min(piece[1], limits[1])]
    ax.plot(ends, [y, y], color=one.colour, lw=width, ls=style, zorder=3, gid="interval")
    if piece[0] < limits[0]:
        ax.plot(ends[:1], [y], "<", ms=9, color=one.colour, zorder=3)
    if piece[1] > limits[1]:
        ax.plot(ends[1:], [y], ">", ms=9, color=one.colour, zorder=3)

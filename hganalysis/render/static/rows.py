"""Draw rows on axes: a label, an interval with its mark on a common scale, texts beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .. import scales, typeset
from . import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from ...figures.model import Key, Piece, Row, Rows

SQUEEZED = 0.8
"""Of their usual height, rows can still be read one above the other: letters do not touch."""
NARROW = 500.0
"""Wide axes keep words beside intervals, and cut the names that are too long, in points."""
APART = 0.3
"""Over words that stand above their interval, in lines."""
GAP = 22.0
"""Between two columns of texts, in points."""
STRIP = 0.7
"""Below the rows for the colours of a scale, in lines."""
EDGE, INDENT = 8.0, 24.0
"""Where labels begin, and those below a row or a heading, in points from the left."""


def draw(panel: Rows, ax: Axes) -> Axes:
    """
    Draw as many rows as can be read, and say of how many they are.

    Raises
    ------
    ValueError
        If the axes are too low for any.
    """
    across = style.points(ax)[0]
    shown, said = fitting(panel, ax)
    columns, right = _columns(shown, panel.heads), _right(shown, panel.heads)
    rows = _stacked(shown, across, right=right)
    needed = sum(_height(one, stacked=True) for one in rows)
    stacked = bool(rows) and SQUEEZED * needed * style.LINE <= _free(panel, said, ax)
    rows = rows if stacked else _beside(shown, across, right=right)
    left = 2 * EDGE if stacked else _left(rows)
    top = style.head(ax, _key(panel, said), simulated=panel.simulated) + _above(panel)
    bottom = style.bottom(panel.scale.label, across)
    room = style.Room(left=left, right=right, bottom=bottom, top=top)
    _Drawing(ax, panel, room, columns, stacked).draw(rows)
    return ax


def fitting(panel: Rows, ax: Axes) -> tuple[tuple[Row, ...], str]:
    """Choose the rows that can be read on axes, and say of how many they are: `Rows.fitting`."""
    return panel.fitting(
        lambda rows, said: SQUEEZED * sum(map(_height, rows)) * style.LINE <= _free(panel, said, ax)
    )


def _free(panel: Rows, said: str, ax: Axes) -> float:
    across, tall = style.points(ax)
    return tall - _around(panel, said, across)


def height(panel: Rows, across: float) -> float:
    """Measure how high all rows are on axes so many points wide, with air between them."""
    stacked = _stacked(panel.rows, across, right=_right(panel.rows, panel.heads))
    lines = sum(_height(one, stacked=bool(stacked)) for one in stacked or panel.rows)
    return 1.15 * lines * style.LINE + _around(panel, "", across)


def _key(panel: Rows, said: str) -> list[Sequence[Key]]:
    return [*panel.key, *([[("", said)]] if said else [])]


def _above(panel: Rows) -> float:
    """Measure the labels of lines and columns above the rows."""
    return (len(panel.lines) + bool(panel.heads)) * style.LINE + 4


def _around(panel: Rows, said: str, across: float) -> float:
    """Measure what is taken above and below the rows."""
    head = style.head_height(across, _key(panel, said), simulated=panel.simulated)
    strip = STRIP * style.LINE if panel.scale.parts else 0.0
    return head + _above(panel) + strip + style.bottom(panel.scale.label, across)


def _height(row: Row, *, stacked: bool = False) -> float:
    """Measure a row, in lines."""
    own = 1.0 if row.heading or row.minor else 1.3
    if stacked:
        return _lines(row) + (0.0 if row.heading else own + bool(row.note))
    return own + (own > 1) * bool(row.under or row.note)


def _lines(row: Row) -> float:
    """Count the lines of words above an interval, with the air over them."""
    return APART + sum(said.count("\n") + 1 for said in (row.label, row.under) if said)


def _right(rows: Sequence[Row], heads: Sequence[str]) -> float:
    return sum(_columns(rows, heads)) + EDGE


def _indent(rows: Sequence[Row]) -> float:
    return INDENT if any(one.minor or one.heading for one in rows) else EDGE


def _is_bold(row: Row) -> bool:
    return row.bold or row.heading


def _left(rows: Sequence[Row]) -> float:
    """Measure what words take beside the intervals."""
    bold = any(map(_is_bold, rows))
    labels = style.widest((one.label for one in rows), bold=bold) + _indent(rows)
    return max(labels, style.widest(one.under for one in rows) + EDGE) + GAP


def _beside(rows: Sequence[Row], across: float, *, right: float) -> list[Row]:
    """Shorten labels so that the data and the columns keep their room."""
    room = across * (1 - style.LEAST) - right - _indent(rows) - GAP
    bold = any(map(_is_bold, rows))
    return [replace(one, label=style.short(one.label, room, bold=bold)) for one in rows]


def _stacked(rows: Sequence[Row], across: float, *, right: float) -> list[Row]:
    """Fold words that have no room beside the intervals, to stand above them; else give none."""
    if across >= NARROW or _left(rows) + right <= across * (1 - style.LEAST):
        return []
    room = across - _indent(rows) - EDGE

    def folded(said: str, *, bold: bool = False) -> str:
        lines = typeset.wrap(said, style.SIZE, room, bold=bold)
        return (
            lines if style.width(lines, bold=bold) <= room else style.short(said, room, bold=bold)
        )

    return [
        replace(one, label=folded(one.label, bold=_is_bold(one)), under=folded(one.under))
        for one in rows
    ]


def _columns(rows: Sequence[Row], heads: Sequence[str]) -> list[float]:
    """Measure the columns of texts, in points."""
    count = max([len(heads), *(len(one.texts) for one in rows)])
    widths = []
    for at in range(count):
        texts = [(one.texts[at], one.bold) for one in rows if len(one.texts) > at]
        said = max((style.width(text, bold=bold) for text, bold in texts), default=0.0)
        widths.append(max(said, style.widest(heads[at : at + 1])) + GAP)
    if widths:
        widths[0] = max(widths[0], style.widest(one.note for one in rows) + GAP)
    return widths


@dataclass(frozen=True)
class _Drawing:
    """Where rows are drawn: the room for words, and the columns of texts."""

    ax: Axes
    panel: Rows
    room: style.Room
    columns: Sequence[float]
    stacked: bool
    """Whether words stand above the intervals."""

    def draw(self, rows: Sequence[Row]) -> None:
        """Draw the scale, what goes across, and all rows."""
        ax, panel, room = self.ax, self.panel, self.room
        heights = [_height(one, stacked=self.stacked) for one in rows]
        values = [end for one in rows for piece in one.pieces for end in piece]
        values += [at for one in rows for at in (one.at, one.start)]
        between = scales.ends(panel.scale, [*values, *(line.at for line in panel.lines)])
        bottom = sum(heights) - 0.5 + (STRIP if panel.scale.parts else 0.0)
        style.stage(ax, x=between, y=(bottom, -0.5), room=room, log=panel.scale.log)
        across, tall = style.points(ax)
        wide = across - room.left - room.right
        ticks = scales.ticks(panel.scale, between, room=wide, width=style.width)
        if panel.band:
            ends = room.bottom / tall, 1 - room.top / tall
            ax.axvspan(*panel.band, *ends, color=style.GROUND, lw=0, zorder=0, gid="band")
        places, names = [at for at, _ in ticks], [name for _, name in ticks]
        parts = panel.scale.parts_between(*between)
        across_rows = [low for (low, _), _ in parts[1:]] or places
        ax.vlines(across_rows, -0.5, bottom, color=style.PALE, lw=1, zorder=0.5)
        for piece, colour in parts:
            ax.fill_between(
                piece, bottom - STRIP, bottom, color=colour, lw=0, zorder=1, gid="class"
            )
        style.scale(ax, places, names, label=panel.scale.label, room=room)
        self.lines(bottom)
        top = -0.5 - (4 + 0.5 * style.LINE) * self.up
        for at, head in enumerate(panel.heads):
            self.text(at, top, head, colour=style.QUIET)
        y = -0.5
        for one, height in zip(rows, heights, strict=True):
            words = _lines(one) if self.stacked else 0
            self.words(one, y, words or height)
            self.row(one, y + (words + height) / 2, between)
            y += height

    @property
    def up(self) -> float:
        """How many rows a point is high."""
        low, high = self.ax.get_ylim()
        return abs(high - low) / style.points(self.ax)[1]

    def text(self, at: int, y: float, said: str, *, bold: bool = False, colour: str) -> None:
        """Write into a column; below a head numbers stand to the right, digit below digit."""
        across = style.points(self.ax)[0]
        right = across - EDGE - sum(self.columns[at + 1 :])
        ha: style.Align = "right" if self.panel.heads else "left"
        x = right if self.panel.heads else right - self.columns[at] + GAP
        within = self.ax.get_yaxis_transform()
        style.text(self.ax, x / across, y, said, bold=bold, colour=colour, ha=ha, within=within)

    def lines(self, bottom: float) -> None:
        """Draw lines across all rows; their labels stand above one another, and above the heads."""
        ax, lifted = self.ax, bool(self.panel.heads)
        right = ax.get_window_extent().x1
        at = [ax.transData.transform((line.at, 0))[0] for line in self.panel.lines]
        pixels = ax.figure.dpi / 72
        for step, line in enumerate(self.panel.lines):
            top = -0.5 - (4 + (step + lifted) * style.LINE) * self.up
            dashes, tone = line.style, line.colour
            ax.vlines([line.at], top, bottom, color=tone, lw=2, linestyles=dashes, zorder=1)
            # The next lines rise past this label: keep out of their way.
            end = at[step] + style.width(f" {line.label} ") * pixels
            left = end > right or any(at[step] < other < end for other in at[step + 1 :])
            ha: style.Align = "right" if left else "left"
            said = f"{line.label} " if left else f" {line.label}"
            style.text(ax, line.at, top, said, ha=ha, va="bottom", colour=tone)

    @property
    def step(self) -> float:
        """How many rows half a line is high."""
        return 0.55 * style.LINE * self.up

    def words(self, one: Row, top: float, height: float) -> None:
        """Write what a row is called into its height, or above its interval."""
        ax, across = self.ax, style.points(self.ax)[0]
        within = ax.get_yaxis_transform()
        headed = any(other.heading for other in self.panel.rows)
        x = (INDENT if one.minor or (headed and not one.heading) else EDGE) / across
        lines = one.label.count("\n") + 1
        y, below = top + height / 2, top + height / 2
        if self.stacked:
            y, below = top + APART + lines / 2, top + (APART + lines + height) / 2
        elif one.under:
            y, below = y - self.step, y + self.step
        tone = _tone(one)
        each = (y, one.label, _is_bold(one), tone), (below, one.under, False, style.QUIET)
        for place, said, bold, colour in each:
            style.text(
                ax, x, place, said, bold=bold, colour=colour, ground=self.stacked, within=within
            )

    def row(self, one: Row, y: float, between: Piece) -> None:
        """Draw one row: its texts, its interval, its marks."""
        ax, across = self.ax, style.points(self.ax)[0]
        quiet, within, tone = style.QUIET, ax.get_yaxis_transform(), _tone(one)
        shift = self.step if one.note else 0.0
        for number, said in enumerate(one.texts):
            self.text(number, y - shift, said, bold=one.bold, colour=tone)
        if one.note:
            self.text(0, y + shift, one.note, colour=quiet)
        if one.instead:
            left = self.room.left
            said = style.short(one.instead, across - left - EDGE)
            style.text(ax, left / across, y, said, colour=quiet, ground=True, within=within)
        width, size = (5.0, 15) if one.bold else (2.0, 7) if one.minor else (3.5, 12)
        for piece in one.pieces:
            self.interval(one, piece, y, width, between)
        for at, face, part in ((one.start, "white", 0.7), (one.at, one.face or one.colour, 1.0)):
            edge = "white" if face == one.colour else one.colour
            if not math.isnan(at):
                ax.plot([at], [y], "o", ms=part * size, color=one.colour, mfc=face, mec=edge,
                        mew=1.5, zorder=4)  # fmt: skip

    def interval(self, one: Row, piece: Piece, y: float, width: float, between: Piece) -> None:
        """Draw one part of an interval; where it has no end it goes on as an arrow."""
        ends = [max(piece[0], between[0]), min(piece[1], between[1])]
        dashes = ":" if one.dotted else "-"
        (drawn,) = self.ax.plot(ends, [y, y], color=one.colour, lw=width, ls=dashes, zorder=3)
        drawn.set(gid="interval", solid_capstyle="butt")  # no longer than it is
        beyond = piece[0] < between[0], piece[1] > between[1]
        for end, sign, more in zip(ends, "<>", beyond, strict=True):
            if more:
                self.ax.plot([end], [y], sign, ms=9, color=one.colour, zorder=3)


def _tone(row: Row) -> str:
    return row.colour if row.heading else style.QUIET if row.minor else style.INK

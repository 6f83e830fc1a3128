"""Draw a table on axes: cells folded into their columns, a line below each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...figures.states import is_dark
from .. import typeset
from . import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from ...figures.model import Cell, Table

GAP, AIR = 18.0, 9.0
"""Between two columns, and above and below the words of a row, in points."""
STEP = 0.97
"""How much narrower the widest column becomes at a time, until all have room."""


def draw(panel: Table, ax: Axes) -> Axes:
    """
    Draw as many rows as have room, and say of how many they are.

    Raises
    ------
    ValueError
        If a word is wider than its column can be, or not even one row has room.
    """
    across, tall = style.points(ax)
    widths = _widths(panel, across)
    most = len(panel.rows)
    while most and _tall(panel, widths, most, across) > tall + 0.5:
        most -= 1
    if not most:
        msg = f"there is too little room for a table of {len(panel.rows)} rows: print it larger."
        raise ValueError(msg)
    rows, said = panel.first(most)
    style.stage(ax, x=(0, across), y=(0, tall), room=style.Room())
    top = tall - style.head(ax, _key(said), simulated=panel.simulated)
    heads = [
        typeset.wrap(one, style.SIZE, wide) for one, wide in zip(panel.heads, widths, strict=True)
    ]
    high = _high(heads)
    for at, (head, right) in enumerate(zip(heads, _ends(widths), strict=True)):
        x = right - widths[at] if at == 0 else right
        style.text(ax, x, top - high + AIR, head, colour=style.QUIET, ha=_side(at), va="bottom")
    y = top - high
    ax.plot([0, across], [y, y], color=style.INK, lw=1.2)
    for row in rows:
        y = _row(ax, row, widths, y)
        ax.plot([0, across], [y, y], color=style.PALE, lw=1)
    return ax


def height(panel: Table, across: float) -> float:
    """Measure how high all rows are on axes so many points wide."""
    return _tall(panel, _widths(panel, across), len(panel.rows), across)


def _row(ax: Axes, row: Sequence[Cell], widths: Sequence[float], top: float) -> float:
    """Write a row below a height, and say where it ends."""
    from matplotlib.patches import Rectangle

    texts = _folded(row, widths)
    bottom = top - _high(texts)
    for at, (cell, said, right) in enumerate(zip(row, texts, _ends(widths), strict=True)):
        wide = widths[at]
        if cell.colour != "#ffffff":
            size = wide + GAP, top - bottom
            ax.add_patch(Rectangle((right - wide - GAP / 2, bottom), *size, fc=cell.colour, lw=0))
        colour = style.WHITE if is_dark(cell.colour) else style.INK
        x, y = (right - wide if at == 0 else right), (top + bottom) / 2
        style.text(ax, x, y, said, bold=cell.bold, colour=colour, ha=_side(at))
    return bottom


def _side(at: int) -> style.Align:
    """Set the first column, of names, to the left and all others, of numbers, to the right."""
    return "right" if at else "left"


def _key(said: str) -> list[list[tuple[str, str]]]:
    return [[("", said)]] if said else []


def _tall(panel: Table, widths: Sequence[float], most: int, across: float) -> float:
    rows, said = panel.first(most)
    head = style.head_height(across, _key(said), simulated=panel.simulated)
    heads = [
        typeset.wrap(one, style.SIZE, wide) for one, wide in zip(panel.heads, widths, strict=True)
    ]
    return head + _high(heads) + sum(_high(_folded(row, widths)) for row in rows) + 2


def _high(texts: Sequence[str]) -> float:
    return (max(one.count("\n") for one in texts) + 1) * style.LINE + AIR


def _folded(row: Sequence[Cell], widths: Sequence[float]) -> list[str]:
    return [
        typeset.wrap(cell.text, style.SIZE, wide, bold=cell.bold)
        for cell, wide in zip(row, widths, strict=True)
    ]


def _ends(widths: Sequence[float]) -> list[float]:
    """Give the right end of each column."""
    ends, at = [], GAP / 2
    for wide in widths:
        ends.append(at + wide)
        at += wide + GAP
    return ends


def _widths(panel: Table, across: float) -> list[float]:
    """Make columns as wide as their texts, and where they have no room fold the widest first."""
    columns = [
        [(head, False), *((row[at].text, row[at].bold) for row in panel.rows)]
        for at, head in enumerate(panel.heads)
    ]
    whole = [max(style.width(said, bold=bold) for said, bold in one) + 1 for one in columns]
    least = [
        max(style.width(word, bold=bold) for said, bold in one for word in said.split(" ")) + 1
        for one in columns
    ]
    room = across - GAP * len(columns)
    if sum(least) > room:
        msg = (
            f"a table of {len(columns)} columns has no room on {across / 72:.1f} inches: its "
            "longest words are wider. Shorten them, or print it wider."
        )
        raise ValueError(msg)
    while sum(whole) > room:
        at = max(
            (one for one in range(len(whole)) if whole[one] > least[one]), key=whole.__getitem__
        )
        whole[at] = max(least[at], STEP * whole[at])
    spare = (room - sum(whole)) / len(whole)
    return [wide + spare for wide in whole]

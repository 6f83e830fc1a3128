"""Draw the funnel that shows who stands out."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import indicators, words
from ..render.static import grid, spacing, style
from . import frames
from .two_years import named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..indicators import Indicator


def funnel(table: pd.DataFrame, *, indicator: Indicator, ax: Axes) -> Axes:
    """
    Draw the share of each district against its size, with the limits of chance variation.

    Parameters
    ----------
    table
        Of `ranks.funnel`: index `code`, `out_of`, `share`, `province_share`, `low`, `high`,
        `low_all`, `high_all`, `outside`, `state`, `origin`.
    indicator
        The measure: its classes give the unit.
    ax
        Where to draw. Limits and scales are set here; titles are not.

    Returns
    -------
    ax
        A dot a district, named where it lies outside the limits for all districts together; a
        thick line where chance puts 95 % of its like, a thin one for all together. Of names that
        have no room beside their dot, the number is said.

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them.
    """
    table = _flat(table)
    frames.require(table, ["code", "out_of", "share", "state", "outside", *_LIMITS], some="share")
    rows = table.assign(label=named(table)["label"])[table["share"].notna()]
    unit = indicators.classes(indicator.name)
    ends = frames.numbers(rows, ["share", *_LIMITS]) or [0.0, 1.0]
    low, high = min(ends), max(ends)
    sizes = frames.numbers(rows, ["out_of"]) or [0.0, 1.0]
    ticks = spacing.round_ticks(low, high)
    names = words.series(ticks, unit)
    key = [
        ("┃" + style.GREY, words.term("charts.funnel_one")),
        ("│" + style.GREY, words.term("charts.funnel_all")),
        ("●" + style.ALARM, words.term("charts.funnel_outside")),
    ]
    room = style.Room(
        left=style.widest(names) + 34,
        right=36,
        bottom=64,
        top=style.head(ax, table["origin"], [[one] for one in key]) + style.LINE,
    )
    wide = 0.06 * (max(sizes) - min(sizes) or max(sizes))
    x, margin = (min(sizes) - wide, max(sizes) + wide), 0.04 * (high - low or 1)
    style.stage(ax, x=x, y=(low - margin, high + margin), room=room)
    grid.across(ax, ticks, names, ends=x, room=room)
    marks = spacing.round_ticks(*x, about=4)
    style.scale(
        ax, marks, [words.number(mark) for mark in marks], label=_size(indicator), room=room
    )
    if len(rows):
        share = float(rows["province_share"].iloc[0])
        ax.hlines([share], *x, color=style.QUIET, lw=2, zorder=1)
        text = words.term("charts.province", value=words.value(share, unit))
        per_point = (high - low + 2 * margin) / (style.points(ax)[1] - room.top - room.bottom)
        at = _widest_gap([x[0], *sizes, x[1]])
        style.text(
            ax, at, share + 4 * per_point, text, ha="center", va="bottom", colour=style.QUIET
        )
    for one in frames.rows(rows):
        for least, most, thick in ((one.low, one.high, 5), (one.low_all, one.high_all, 1)):
            ax.plot(
                [one.out_of] * 2,
                [least, most],
                color=style.GREY,
                lw=thick,
                solid_capstyle="butt",
                zorder=2,
            )
        face = style.ALARM if one.outside else "white"
        ax.plot([one.out_of], [one.share], "o", ms=12, mfc=face, mec=style.INK, mew=1.5, zorder=4)
    unnamed = _names(ax, rows[rows["outside"].astype(bool)], x)
    if unnamed:
        said = words.term("charts.funnel_unnamed", number=words.number(unnamed))
        across, tall = style.points(ax)
        style.text(ax, room.left / across, 4 / tall, said, colour=style.QUIET, within=ax.transAxes)
    return ax


_LIMITS = ["province_share", "low", "high", "low_all", "high_all"]


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    return table.reset_index() if table.index.name == "code" else table


def _size(indicator: Indicator) -> str:
    return words.term("charts.funnel_size", out_of=indicator.out_of)


def _widest_gap(ends: list[float]) -> float:
    """Find the middle of the widest gap between dots, where words have room."""
    ordered = sorted(ends)
    low, high = max(pairwise(ordered), key=lambda pair: pair[1] - pair[0])
    return (low + high) / 2


def _names(ax: Axes, rows: pd.DataFrame, x: tuple[float, float]) -> int:
    """
    Write names on the side of their dots where there is more room, none on another.

    Returns
    -------
    unnamed
        How many have no room beside their dot: those nearest to the province, if many lie outside.
    """
    limits = ax.get_xlim(), ax.get_ylim()
    across, up = (
        abs(end - start) / points
        for (start, end), points in zip(limits, style.points(ax), strict=True)
    )
    left = rows["out_of"] > sum(x) / 2
    gap = 1.4 * style.LINE * up
    written = []
    for some, side, edge in ((rows[left], -1, limits[0][0]), (rows[~left], 1, limits[0][1])):
        # Dots may lie on the line of a name, too: it is moved past them.
        at = spacing.apart(some["share"].tolist(), gap=gap)
        for y, one in zip(at, frames.rows(some), strict=True):
            start = one.out_of + side * 14 * across
            name = style.short(one.label, abs(edge - start) / across, bold=True)
            written.append((start, y, name, side, one))
    if all(abs(y - one.share) <= _MOVED * gap for _, y, _, _, one in written):
        for start, y, name, side, _ in written:
            style.text(ax, start, y, name, bold=True, ha="right" if side < 0 else "left")
        return 0
    # Names that were moved far would name other dots: each stands beside its own, or nowhere.
    dots = [(one.out_of, one.share) for *_, one in written]
    taken: list[tuple[float, float, float, float]] = []
    unnamed = 0
    for start, _, name, side, one in sorted(written, key=lambda each: -_apart(each[-1])):
        wide, half = style.width(name, bold=True) * across, 0.5 * style.LINE * up
        ends = sorted((start, start + side * wide))
        box = (ends[0], one.share - half, ends[1], one.share + half)
        others = [*taken, *((dot[0], dot[1], dot[0], dot[1]) for dot in dots)]
        if any(_meet(box, other) for other in others):
            unnamed += 1
            continue
        taken.append(box)
        style.text(ax, start, one.share, name, bold=True, ha="right" if side < 0 else "left")
    return unnamed


_MOVED = 1.5
"""How many lines a name may stand above or below its dot."""


def _apart(one: Any) -> float:  # noqa: ANN401
    return abs(float(one.share) - float(one.province_share))


def _meet(box: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Say whether two boxes have a point in common: left, low, right, high."""
    return box[0] <= other[2] and other[0] <= box[2] and box[1] <= other[3] and other[1] <= box[3]

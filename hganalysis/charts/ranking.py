"""Draw ranks with what is sure about them, and the funnel that shows who stands out."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import indicators, ranks, suppress, words
from ..maps import typeset
from ..render.static import grid, spacing, style
from . import frames
from .two_years import named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..indicators import Indicator

SURE, POSSIBLE, NOT = style.MAIN, indicators.SEQUENTIAL[2], style.GREY
"""Surely among the first three, possibly, surely not."""


def ranking(table: pd.DataFrame, *, indicator: Indicator, ax: Axes) -> Axes:
    """
    Draw an emulation table: the rank of each place, and the ranks that chance leaves possible.

    Parameters
    ----------
    table
        Of `ranks.rank_sets`, or its first rows: index `code`, `share`, `rank`, `rank_low`,
        `rank_high`, `could_be_first_three`, `surely_first_three`, `state`, `origin`.
    indicator
        The measure that was ranked: it gives the unit of the shares.
    ax
        Where to draw. Limits and scales are set here; titles are not.

    Returns
    -------
    ax
        A row a place, the highest share on top, with a bar over its possible ranks. The first
        three ranks stand on a ground of their own. A place without a rank has a row that says why.
        Of more places than can be read, the first are drawn, and a line says how many of how many.

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them.
    """
    table = _flat(table)
    frames.require(table, ["code", "share", "state", *_RANKS, *_FIRST], some="rank")
    rows = table.assign(label=named(table)["label"]).sort_values(
        ["rank", "code"], na_position="last", ignore_index=True
    )
    unit = indicators.classes(indicator.name)
    most = max([ranks.FIRST, *frames.numbers(rows[rows["rank"].notna()], ["rank_high"])])
    shares = ["" if pd.isna(one) else words.value(one, unit) for one in rows["share"]]
    sets = [_between(one) for one in frames.rows(rows)]
    heads = [words.term(f"charts.ranking_{name}") for name in ("share", "set")]
    columns = [
        max(style.widest(texts), style.width(head, bold=True))
        for head, texts in zip(heads, (shares, sets), strict=True)
    ]
    key = [
        (f"■{colour}", words.term(f"charts.ranking_{name}"))
        for name, colour in (("sure", SURE), ("possible", POSSIBLE), ("not", NOT))
    ]
    note = words.term("charts.ranking_note", level=words.percent(ranks.LEVEL, decimals=0))
    top = style.head(ax, rows["origin"], [[one] for one in key]) + 1.6 * style.LINE
    lines = (style.points(ax)[1] - top) / style.LINE - 2
    note, fit = _note(ax, note, len(rows), lines)
    rows = rows.head(fit)
    taken = sum(columns) + _NUMBER + 78
    rows = rows.assign(label=style.beside(ax, rows["label"], taken=taken))
    room = style.Room(
        left=style.widest(rows["label"]) + _NUMBER + 22,
        right=sum(columns) + 56,
        bottom=note.count("\n") * style.LINE + 2 * style.LINE,
        top=top,
    )
    style.stage(ax, x=(0.5, most + 0.5), y=(len(rows) - 0.5, -0.5), room=room)
    across, side = style.points(ax)[0], ax.get_yaxis_transform()
    ax.fill_betweenx([-0.5, len(rows) - 0.5], 0.5, ranks.FIRST + 0.5, color=_GROUND, lw=0, zorder=0)
    step = (across - room.left - room.right) / most
    for at, name in _ticks(int(most), step):
        style.text(ax, at, -0.62, name, ha="center", va="bottom", colour=style.QUIET)
        ax.vlines([at], -0.5, len(rows) - 0.5, color="white" if at <= ranks.FIRST else style.PALE)
    places = (1 - (room.right - 24) / across, 1 - (room.right - 44 - columns[0]) / across)
    for place, head in zip(places, heads, strict=True):
        style.text(ax, place, -0.62, head, va="bottom", bold=True, colour=style.QUIET, within=side)
    for y, one in enumerate(frames.rows(rows)):
        style.text(ax, (room.left - _NUMBER - 16) / across, y, one.label, ha="right", within=side)
        for place, text in zip(places, (shares[y], sets[y]), strict=True):
            style.text(ax, place, y, text, within=side)
        if pd.isna(one.rank):
            continue
        number = words.number(one.rank)
        style.text(ax, (room.left - 12) / across, y, number, ha="right", bold=True, within=side)
        tone = SURE if one.surely_first_three else POSSIBLE if one.could_be_first_three else NOT
        ends = [one.rank_low - _OVER, one.rank_high + _OVER]
        ax.plot(ends, [y, y], color=tone, lw=9, solid_capstyle="butt", zorder=3)
        ax.plot([one.rank], [y], "o", ms=13, mfc="white", mec=style.INK, mew=2, zorder=4)
    height = (0.5 * room.bottom - 0.2 * style.LINE) / style.points(ax)[1]
    style.text(ax, 8 / across, height, note, colour=style.QUIET, within=ax.transAxes)
    return ax


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


_RANKS = ["rank", "rank_low", "rank_high"]
_FIRST = ["could_be_first_three", "surely_first_three"]
_LIMITS = ["province_share", "low", "high", "low_all", "high_all"]
_GROUND = "#ececea"
_OVER = 0.35
"""A bar reaches a little beyond its ranks, so that one rank alone is a bar too."""
_NUMBER = 34.0
"""Width of the rank as a number, in points."""


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    return table.reset_index() if table.index.name == "code" else table


def _between(one: object) -> str:
    """Write the set of a place, or why it has none."""
    rank, low, high, state = (getattr(one, name) for name in (*_RANKS, "state"))
    if pd.isna(rank):
        hidden = state == suppress.SUPPRESSED
        return words.term(f"maps.state_{'suppressed' if hidden else 'no_data'}")
    if low == high:
        return words.number(low)
    return words.term("words.interval", low=words.number(low), high=words.number(high))


def _ticks(most: int, step: float) -> list[tuple[int, str]]:
    """Name the ranks along the top, the first three in the words of emulation if they have room."""
    first = {at: words.term(f"charts.rank_{at}") for at in range(1, ranks.FIRST + 1)}
    spelt = step > style.widest(first.values()) + 8
    every = next((jump for jump in (1, 2, 5, 10, 20, 50) if jump * step > 16), most)
    some = [1, *range(every, most + 1, every)] if every > 1 else range(1, most + 1)
    return [(at, first[at] if spelt and at in first else words.number(at)) for at in some]


def _note(ax: Axes, note: str, rows: int, lines: float) -> tuple[str, int]:
    """Fold the note, say in it if not all rows fit into so many lines, and how many do."""
    wide = style.points(ax)[0] - 16
    folded = typeset.wrap(note, style.SIZE, wide)
    fit = int(lines - folded.count("\n"))
    while rows > fit:
        some = style.some("charts.some", fit, rows)
        folded = typeset.wrap(f"{some} {note}", style.SIZE, wide)
        if int(lines - folded.count("\n")) >= fit:
            break
        fit -= 1
    return folded, fit


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

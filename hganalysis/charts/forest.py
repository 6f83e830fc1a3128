"""Draw rows of rate ratios: a label, an interval on a log scale, the numbers beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import words
from . import frames, ink, spacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(
    ax: Axes, rows: pd.DataFrame, *, label: str, line: ink.Mark | None, levels: set[float]
) -> Axes:
    """
    Draw rate ratios with their intervals from top to bottom, on a logarithmic scale.

    Parameters
    ----------
    ax
        Where to draw.
    rows
        `label`, `rate_ratio`, `low`, `high`, `origin`; if wanted `under` (below the label), `note`
        and `flags` (beside the interval), `refused` (in place of an estimate), `headline` (bool:
        emphasised) and `moved` (bool: coloured).
    label
        Of the scale.
    line
        A line across all rows, besides the one at 1.
    levels
        Coverages of the intervals; said where there is but one.
    """
    rows = _filled(rows)
    known = rows.dropna(subset=["rate_ratio"])
    written = pd.Series(
        [
            words.term("charts.rate_ratio", **_texts(one))
            if pd.notna(one.low)
            else f"{words.value(one.rate_ratio, 'decimal')} ({words.term('charts.no_interval')})"
            for one in frames.rows(known)
        ],
        index=known.index,
        dtype="str",
    )
    ends = [
        1.0,
        *frames.numbers(known, ["rate_ratio", "low", "high"]),
        *([line.at] if line else []),
    ]
    low, high = min(ends) / 1.03, max(ends) * 1.03
    two_lines = bool((rows["under"] + rows["note"] + rows["flags"]).any())
    lines_above = 2 if line else 1
    room = ink.Room(
        left=max(ink.widest(rows["label"], bold=True), ink.widest(rows["under"])) + 34,
        right=max(ink.widest(written, bold=True), ink.widest([*rows["note"], *rows["flags"]])) + 30,
        bottom=64,
        top=ink.head(ax, rows["origin"], _bars(levels)) + lines_above * ink.LINE + 4,
    )
    ink.stage(ax, x=(low, high), y=(len(rows) - 0.5, -0.5), room=room, log=True)
    ticks = spacing.ratio_ticks(low, high)
    ink.scale(ax, ticks, [spacing.ratio(tick) for tick in ticks], label=label, room=room)
    up = abs(ax.get_ylim()[1] - ax.get_ylim()[0]) / ink.points(ax)[1]
    step = 0.55 * ink.LINE * up if two_lines else 0.0

    ax.vlines(ticks, -0.5, len(rows) - 0.5, color=ink.PALE, lw=1, zorder=0)
    one_is = ink.Mark(1, words.term("charts.no_difference"))
    ink.marks(ax, [one_is, line] if line else [one_is], rows=len(rows))

    across = ink.points(ax)[0]
    edge = 1 - (room.right - 20) / across
    for y, one in enumerate(frames.rows(rows)):
        main = bool(one.headline)
        shift = step if one.under else 0.0
        side = ax.get_yaxis_transform()
        ink.text(ax, 8 / across, y - shift, one.label, bold=main, within=side)
        ink.text(ax, 8 / across, y + shift, one.under, colour=ink.QUIET, within=side)
        if one.refused:
            middle = (room.left + across - room.right) / 2 / across
            ink.text(ax, middle, y, one.refused, ha="center", colour=ink.QUIET, within=side)
            continue
        colour = ink.MAIN if main else ink.FALL if one.moved else ink.QUIET
        ax.plot([one.low, one.high], [y, y], color=colour, lw=5 if main else 3, zorder=3)
        hollow = pd.isna(one.low)
        ax.plot(
            [one.rate_ratio],
            [y],
            "o",
            color=colour,
            ms=15 if main else 11,
            mfc="white" if hollow else colour,
            mec=colour if hollow else "white",
            mew=2,
            zorder=4,
        )
        beside = [part for part in (one.note, one.flags) if part]
        up_by = step * len(beside)
        ink.text(ax, edge, y - up_by, written[one.Index], bold=main, within=side)
        for number, content in enumerate(beside, start=1):
            tone = ink.FALL if content == one.flags else ink.QUIET
            ink.text(ax, edge, y - up_by + 2 * step * number, content, colour=tone, within=side)
    return ax


def _bars(levels: set[float]) -> list[list[tuple[str, str]]]:
    """Say what the bars are, where all estimates have the same level."""
    if len(levels) != 1:
        return []
    level = words.value(next(iter(levels)), "share", short=True)
    return [[("", words.term("charts.confidence", level=level))]]


def _filled(table: pd.DataFrame) -> pd.DataFrame:
    """Give every row all that may be written beside it."""
    texts: dict[str, object] = dict.fromkeys(("under", "note", "flags", "refused"), "")
    texts |= dict.fromkeys(("headline", "moved"), False)
    table = table.reset_index(drop=True)
    for name, nothing in texts.items():
        given = table[name] if name in table else pd.Series(nothing, index=table.index)
        table[name] = given.astype(object).where(given.notna(), nothing)
    return table


def _texts(one: object) -> dict[str, str]:
    names = {"ratio": "rate_ratio", "low": "low", "high": "high"}
    return {name: words.value(getattr(one, field), "decimal") for name, field in names.items()}

"""Draw rows of rate ratios: a label, an interval on a log scale, the numbers beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import words
from . import frames, ink, spacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SQUEEZED = 0.8
"""Of their usual height, rows can still be read one above the other: letters do not touch."""


_WIDEST = (1e-6, 1e9)
"""Of a scale: the ratios that `spacing.ratio_ticks` can write."""
_BOTTOM = 64.0
"""Height of the scale below the rows, in points."""


def draw(
    ax: Axes,
    rows: pd.DataFrame,
    *,
    label: str,
    line: ink.Mark | None,
    levels: set[float],
    said: str = "",
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
        emphasised), `moved` (bool: coloured), `minor` (bool: one thin line, below another row),
        and `pieces` (pairs of ends, in place of `low` and `high`) with the numbers `written` out.
    label
        Of the scale.
    line
        A line across all rows, besides the one at 1.
    levels
        Coverages of the intervals; said where there is but one.
    said
        What else is said at the top.
    """
    rows = _filled(rows)
    known = rows.dropna(subset=["rate_ratio"])
    written = pd.Series(
        [one.written or _written(one) for one in frames.rows(known)],
        index=known.index,
        dtype="str",
    )
    ends = [
        1.0,
        *frames.numbers(known, ["rate_ratio", "low", "high"]),
        *(end for pieces in known["pieces"] for piece in pieces for end in piece),
        *([line.at] if line else []),
    ]
    ends = [end for end in ends if _WIDEST[0] <= end <= _WIDEST[1]]  # the others are arrows
    low, high = min(ends) / 1.03, max(ends) * 1.03
    lines_above = 2 if line else 1
    above = [*_bars(levels), *([[("", said)]] if said else [])]
    across, up_and_down = ink.points(ax)
    around = _BOTTOM + (lines_above + 1 + len(above)) * ink.LINE
    crowded = _TIGHT * _heights(rows).sum() * ink.LINE > up_and_down - around
    if (crowded and rows["minor"].any()) or ink.widest(rows["flags"]) > _FLAGGED * across:
        rows, marks = _marked(rows)
        above += [marks] if marks else []
    others = rows["minor"].astype(bool) & ~_below_headline(rows)
    taken = ink.head_height(ax, rows["origin"], above) + lines_above * ink.LINE + 4
    left = up_and_down - _BOTTOM - taken
    too_many = SQUEEZED * _heights(rows).sum() * ink.LINE > left
    if too_many and others.any() and rows["headline"].any():
        rows = rows[~others]
        above += [[("", words.term("charts.opinions_of_headline"))]]
    top = ink.head(ax, rows["origin"], above) + lines_above * ink.LINE + 4
    lines = (up_and_down - _BOTTOM - top) / ink.LINE
    two_lines = bool((rows["under"] + rows["note"] + rows["flags"]).any())
    right = max(ink.widest(written, bold=True), ink.widest([*rows["note"], *rows["flags"]])) + 30
    rows = rows.assign(label=ink.beside(ax, rows["label"], taken=right + 34, bold=True))
    room = ink.Room(
        left=max(ink.widest(rows["label"], bold=True), ink.widest(rows["under"])) + 34,
        right=right,
        bottom=_BOTTOM,
        top=top,
    )
    middles, tall = _places(rows, lines)
    ink.stage(ax, x=(low, high), y=(tall - 0.5, -0.5), room=room, log=True)
    ticks = _ticks(low, high, ink.points(ax)[0] - room.left - room.right)
    ink.scale(ax, ticks, [spacing.ratio(tick) for tick in ticks], label=label, room=room)
    up = abs(ax.get_ylim()[1] - ax.get_ylim()[0]) / ink.points(ax)[1]
    step = 0.55 * ink.LINE * up if two_lines else 0.0

    ax.vlines(ticks, -0.5, tall - 0.5, color=ink.PALE, lw=1, zorder=0)
    one_is = ink.Mark(1, words.term("charts.no_difference"))
    ink.marks(ax, [one_is, line] if line else [one_is], rows=tall)

    edge = 1 - (room.right - 20) / across
    for y, one in zip(middles, frames.rows(rows), strict=True):
        main = bool(one.headline)
        shift = step if one.under else 0.0
        side = ax.get_yaxis_transform()
        indent, tone = (24, ink.QUIET) if one.minor else (8, ink.INK)
        ink.text(ax, indent / across, y - shift, one.label, bold=main, colour=tone, within=side)
        ink.text(ax, 8 / across, y + shift, one.under, colour=ink.QUIET, within=side)
        if one.refused:
            middle = (room.left + across - room.right) / 2 / across
            ink.text(ax, middle, y, one.refused, ha="center", colour=ink.QUIET, within=side)
            continue
        colour = ink.MAIN if main else ink.FALL if one.moved else ink.QUIET
        width, size = (5, 15) if main else (2, 7) if one.minor else (3, 11)
        for piece in one.pieces or [(one.low, one.high)]:
            _bar(ax, piece, y, colour=colour, width=width, limits=(low, high))
        hollow = pd.isna(one.low)
        ax.plot(
            [one.rate_ratio],
            [y],
            "o",
            color=colour,
            ms=size,
            mfc="white" if hollow else colour,
            mec=colour if hollow else "white",
            mew=2,
            zorder=4,
        )
        beside = [part for part in (one.note, one.flags) if part]
        up_by = step * len(beside)
        ink.text(ax, edge, y - up_by, written[one.Index], bold=main, colour=tone, within=side)
        for number, content in enumerate(beside, start=1):
            tone = ink.FALL if content == one.flags else ink.QUIET
            ink.text(ax, edge, y - up_by + 2 * step * number, content, colour=tone, within=side)
    return ax


def _ticks(low: float, high: float, wide: float) -> list[float]:
    """Choose the ratios of a scale of so many points that can be written side by side, 1 first."""
    ticks = spacing.ratio_ticks(low, high)
    per_point = math.log(high / low) / max(wide, 1)
    places = [math.log(tick) / per_point for tick in ticks]
    widths = [ink.width(spacing.ratio(tick)) + 10 for tick in ticks]
    nearest = min(range(len(ticks)), key=lambda one: abs(places[one]))
    return [ticks[one] for one in spacing.thinned(places, widths, keep=nearest)]


def _places(rows: pd.DataFrame, lines: float) -> tuple[list[float], float]:
    """Find the middle of each row and the height of all: alike, or with thin rows, in lines."""
    if not rows["minor"].any():
        return [float(row) for row in range(len(rows))], float(len(rows))
    heights = _heights(rows)
    needed = SQUEEZED * heights.sum()
    if needed > lines:
        msg = (
            f"{len(rows)} rows with second opinions need {needed:.0f} lines; there is room for "
            f"{lines:.0f}, too few to read. Draw fewer estimates, or taller axes."
        )
        raise ValueError(msg)
    tops = heights.cumsum() - heights
    return [float(middle) for middle in tops + heights / 2 - 0.5], float(heights.sum())


def _below_headline(rows: pd.DataFrame) -> pd.Series:
    """Say of thin rows whether they stand below the emphasised one."""
    main = rows["headline"].astype(bool).groupby((~rows["minor"].astype(bool)).cumsum())
    return main.transform("first").astype(bool)


def _heights(rows: pd.DataFrame) -> pd.Series:
    """Measure rows of their own height, in lines."""
    beside = 1 + (rows["note"] != "").astype(int) + (rows["flags"] != "").astype(int)
    left = 1 + (rows["under"] != "").astype(int)
    return pd.Series(np.maximum(beside, left) * 1.1 + 0.3 * ~rows["minor"].astype(bool))


def _marked(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """Put a mark behind what each row is flagged with, and say at the top what each mark means."""
    each = [flags.split("; ") if flags else [] for flags in rows["flags"]]
    every = dict.fromkeys(flag for flags in each for flag in flags)
    marks = {flag: str(number).translate(_RAISED) for number, flag in enumerate(every, start=1)}
    notes = [
        " ".join([note, *(mark for flag, mark in marks.items() if flag in flags)]).strip()
        for note, flags in zip(rows["note"], each, strict=True)
    ]
    said = [(f"{mark}{ink.FALL}", flag) for flag, mark in marks.items()]
    return rows.assign(note=notes, flags=""), said


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_TIGHT = 0.95
"""Of their usual height, rows of three lines can be read: what is below is flagged at the top."""
_FLAGGED = 0.35
"""Of the width, what flags may take beside their rows: longer ones are said at the top."""


def _bar(
    ax: Axes,
    piece: tuple[float, float],
    y: float,
    *,
    colour: str,
    width: float,
    limits: tuple[float, float],
) -> None:
    """Draw one piece of an interval; where it has no end on the scale it goes on as an arrow."""
    ends = [max(piece[0], limits[0]), min(piece[1], limits[1])]
    ax.plot(ends, [y, y], color=colour, lw=width, zorder=3)
    if piece[0] < limits[0]:
        ax.plot(ends[:1], [y], "<", ms=9, color=colour, zorder=3)
    if piece[1] > limits[1]:
        ax.plot(ends[1:], [y], ">", ms=9, color=colour, zorder=3)


def _written(one: Any) -> str:  # noqa: ANN401
    if pd.notna(one.low):
        return words.term("charts.rate_ratio", **_texts(one))
    return f"{words.value(one.rate_ratio, 'ratio')} ({words.term('charts.no_interval')})"


def _bars(levels: set[float]) -> list[list[tuple[str, str]]]:
    """Say what the bars are, where all estimates have the same level."""
    if len(levels) != 1:
        return []
    level = words.series([*levels], "share")[0]
    return [[("", words.term("charts.confidence", level=level))]]


def _filled(table: pd.DataFrame) -> pd.DataFrame:
    """Give every row all that may be written beside it."""
    texts: dict[str, object] = dict.fromkeys(("under", "note", "flags", "refused", "written"), "")
    texts |= dict.fromkeys(("headline", "moved", "minor"), False)
    texts["pieces"] = ()
    table = table.reset_index(drop=True)
    for name, nothing in texts.items():
        given = table[name].tolist() if name in table else [nothing] * len(table)
        filled = [nothing if one is None or one != one else one for one in given]
        table[name] = pd.Series(filled, index=table.index, dtype=object)
    return table


def _texts(one: object) -> dict[str, str]:
    texts = words.ratios(*(getattr(one, name) for name in ("rate_ratio", "low", "high")))
    return dict(zip(("ratio", "low", "high"), texts, strict=True))

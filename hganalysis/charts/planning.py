"""Draw what a design can tell, before anyone looks at its answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import words
from ..render.static import grid, spacing, style
from . import frames

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..effect import Estimate

POWER = 0.8
"""Marked across: what campaigns are usually planned for, as `effect.minimal_detectable` is."""


def power(curve: pd.DataFrame, *, ax: Axes, estimate: Estimate | None = None) -> Axes:
    """
    Draw how often a true rate ratio would be told from 1, for one or several designs.

    Above each line stands the ratio nearest to 1 that it detects four times out of five, read
    off the curve.

    Parameters
    ----------
    curve
        Of `effect.power_curve`: `rate_ratio_per_sd` (above 0), `power` (0 to 1); for several
        designs one below the other, with `clusters` to tell them apart. Also `origin`, unless
        the estimate says it.
    ax
        Where to draw. Limits and scales are set here; titles are not.
    estimate
        Behind the curve. It says the origin of the data, and its number of clusters is
        emphasised; nothing is drawn of its value, which says nothing about power.

    Returns
    -------
    ax

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them; if a ratio is not above 0, a power not
        between 0 and 1, or one ratio stands twice for one design. Every such row is shown.
    """
    table = _checked(curve, estimate)
    own = None if estimate is None else estimate.clusters
    ends = table["rate_ratio_per_sd"].min(), table["rate_ratio_per_sd"].max()
    designs = _designs(table, own)
    seen = designs.dropna(subset=["at"])

    heights = [0.0, 0.2, 0.4, 0.6, POWER, 1.0]
    names = words.series(heights, "share")
    room = style.Room(
        left=style.widest(names) + 38,
        right=28,
        bottom=64,
        top=style.head(ax, table["origin"], _head(designs, upwards=ends[1] > 1))
        + style.LINE * len(seen)
        + 14,
    )
    style.stage(ax, x=ends, y=(0, 1), room=room, log=True)
    ticks = spacing.ratio_ticks(*ends)
    marks = [spacing.ratio(tick) for tick in ticks]
    style.scale(ax, ticks, marks, label=words.term("charts.ratio_per_sd"), room=room)
    grid.across(ax, heights, names, ends=ends, room=room)
    ax.hlines([POWER], *ends, color=style.GREY, lw=3, zorder=1)
    for one in frames.rows(designs):
        line = table[table["clusters"] == one.clusters]
        colour, width = (style.MAIN, 5) if one.own else (style.QUIET, 3)
        ax.plot(line["rate_ratio_per_sd"], line["power"], color=colour, lw=width, zorder=3)
    _detected(ax, seen, right=room.right)
    return ax


def _checked(curve: pd.DataFrame, estimate: Estimate | None) -> pd.DataFrame:
    """Check the curves, and sort each from the left."""
    given = curve
    if estimate is not None:
        own = frames.origin_of(estimate)
        simulated = own == "simulated" or "origin" not in curve
        given = curve.assign(origin=own) if simulated else curve
    columns = ["rate_ratio_per_sd", "power"]
    frames.require(given, columns)
    if "clusters" not in given:
        given = given.assign(clusters=0 if estimate is None else estimate.clusters)
    table = given[[*columns, "clusters", "origin"]]
    frames.refuse(table[~(table["rate_ratio_per_sd"] > 0)], "have a ratio that is not above 0")
    frames.refuse(table[~table["power"].between(0, 1)], "have a power that is not between 0 and 1")
    twice = table[table.duplicated(["clusters", "rate_ratio_per_sd"], keep=False)]
    frames.refuse(
        twice, "stand twice for one design; add a column `clusters` that tells them apart"
    )
    if table.empty:
        msg = "the curve has no row: there is nothing to draw."
        raise ValueError(msg)
    return table.sort_values(["clusters", "rate_ratio_per_sd"], ignore_index=True)


def _designs(table: pd.DataFrame, own: int | None) -> pd.DataFrame:
    """List the designs, fewest clusters first, each with what it detects; none is NaN."""
    alone = len(table["clusters"].unique()) == 1
    rows = []
    for clusters in sorted(table["clusters"].unique()):
        at = _reached(table[table["clusters"] == clusters])
        number = words.number(float(clusters))
        ratio = "" if math.isnan(at) else words.value(at, "ratio")
        label, name = (
            ("charts.power_clusters", "charts.power_districts")
            if clusters
            else ("charts.power_detected", "charts.power_this")
        )
        rows.append(
            {
                "clusters": clusters,
                "at": at,
                "label": words.term(label, clusters=number, ratio=ratio),
                "name": words.term(name, clusters=number),
                "own": clusters == own or alone,
            }
        )
    return pd.DataFrame(rows)


def _reached(line: pd.DataFrame) -> float:
    """Find the ratio nearest to 1 that is detected often enough, above 1 if the curve is there."""
    above = line["rate_ratio_per_sd"] >= 1
    side = line[above] if (line["rate_ratio_per_sd"] > 1).any() else line
    away = side["rate_ratio_per_sd"].map(math.log).abs().to_numpy()
    order = np.argsort(away)
    power, away = side["power"].to_numpy()[order], away[order]
    if power.max() < POWER or power.min() > POWER:
        return math.nan
    log = float(np.interp(POWER, power, away))
    return math.exp(log if above.any() and side["rate_ratio_per_sd"].max() > 1 else -log)


def _head(designs: pd.DataFrame, *, upwards: bool) -> list[list[tuple[str, str]]]:
    level = words.series([POWER], "share")[0]
    key = "charts.power_80" if upwards else "charts.power_80_below"
    lines = [[("", words.term("charts.power"))], [("", words.term(key, power=level))]]
    never = designs.loc[designs["at"].isna(), "name"]
    if len(never):
        said = words.term("charts.power_never", power=level, names=", ".join(never))
        lines.append([("", said)])
    return lines


def _detected(ax: Axes, seen: pd.DataFrame, *, right: float) -> None:
    """Mark what each design detects; the labels stand on stairs, so that no two can meet."""
    across, tall = style.points(ax)
    per_point = (ax.get_ylim()[1] - ax.get_ylim()[0]) / tall
    low, high = (math.log(end) for end in ax.get_xlim())
    for step, one in enumerate(frames.rows(seen.sort_values("at", ascending=False))):
        colour = style.MAIN if one.own else style.QUIET
        top = 1 + (8 + step * style.LINE) * per_point
        ax.vlines([one.at], 0, top, color=colour, lw=1.5, linestyles=":", zorder=2)
        ax.plot([one.at], [POWER], "o", ms=13, color=colour, mec="white", mew=2, zorder=5)
        place = (math.log(one.at) - low) / (high - low) * across
        fits = place + style.width(one.label, bold=True) + 8 <= across - min(right, 8)
        said = f" {one.label}" if fits else f"{one.label} "
        ha: style.Align = "left" if fits else "right"
        style.text(ax, one.at, top, said, ha=ha, va="bottom", colour=colour, bold=one.own)

"""Draw how often intervals hold the truth, method by method, where the truth is known."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pandas as pd

from .. import study, words
from . import frames, ink, spacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NOMINAL = 0.95
"""What all intervals of the table promise."""

# What people reach for first, on the same models: the table has them to show what they cost, and
# to prove that the invented provinces are hard enough. Named here, never by how they came out.
NAIVE = (
    "Poisson model errors",
    "quasi-Poisson",
    "cluster-robust z",
    "two years, errors by commune",
)
NO_COVERAGE = ("Moran's I",)
"""Rows of the table that are about the size of a test, not about intervals."""


def coverage(table: pd.DataFrame, *, ax: Axes) -> Axes:
    """
    Draw the mean coverage of each method as a dot, and a line to its worst scenario.

    The picture bears the banner of simulated data always: truth is known of inventions only.

    Parameters
    ----------
    table
        Of `intake.coverage`, one row per scenario and method: `scenario`, `method`,
        `replications`, `coverage` (0 to 1, of 95 % intervals). A column `naive` (bool), if there
        is one, says which methods are there for contrast; else those of `NAIVE` are. Methods
        without a name in both languages keep their own.
    ax
        Where to draw. Limits and scales are set here; titles are not.

    Returns
    -------
    ax

    Raises
    ------
    ValueError
        If a column is missing, a coverage is not between 0 and 1, or a method stands twice in
        one scenario. Every such row is shown.
    """
    methods, scenarios, replications = _methods(_checked(table))
    rows = _with_groups(methods)
    heads = [words.term(f"charts.coverage_{name}_head") for name in ("mean", "worst", "count")]
    cells = [
        [words.value(one.mean, "share"), words.value(one.worst, "share"), _of(one.count, scenarios)]
        for one in frames.rows(methods)
    ]
    widths = [
        max(ink.width(head), ink.widest(column, bold=True)) + 22
        for head, column in zip(heads, zip(*cells, strict=True), strict=True)
    ]
    noise = 1.96 * math.sqrt(NOMINAL * (1 - NOMINAL) / replications)
    low = min(float(methods["worst"].min()), NOMINAL - noise)
    room = ink.Room(
        left=ink.widest(rows["label"], bold=True) + 48,
        right=sum(widths) + 12,
        bottom=64,
        top=ink.head(ax, pd.Series(["simulated"]), _key(replications)) + ink.LINE + 8,
    )
    ink.stage(ax, x=(low - 0.02, 1), y=(len(rows) - 0.5, -0.5), room=room)
    level = words.series([NOMINAL], "share")[0]
    ticks = spacing.round_ticks(low - 0.02, 1, about=6)
    marks = words.series(ticks, "share")
    ink.scale(ax, ticks, marks, label=words.term("charts.coverage", level=level), room=room)
    ax.vlines(ticks, -0.5, len(rows) - 0.5, color=ink.PALE, lw=1, zorder=0)
    ax.axvspan(NOMINAL - noise, NOMINAL + noise, *_between(ax, room), color="#e4e4e4", lw=0)
    across, tall = ink.points(ax)
    side = ax.get_yaxis_transform()
    edges = [across - 12 - sum(widths[number + 1 :]) for number in range(3)]
    above = -0.5 - (4 + 0.5 * ink.LINE) * (ax.get_ylim()[0] - ax.get_ylim()[1]) / tall
    promised = words.term("charts.coverage_nominal", level=level)
    ax.vlines([NOMINAL], above, len(rows) - 0.5, color=ink.QUIET, lw=2, zorder=1)
    ink.text(ax, NOMINAL, above, f"{promised} ", ha="right", colour=ink.QUIET)
    for edge, head in zip(edges, heads, strict=True):
        ink.text(ax, edge / across, above, head, ha="right", colour=ink.QUIET, within=side)
    for y, one in enumerate(frames.rows(rows)):
        indent = 8 if one.heading else 24
        bold = bool(one.heading or one.headline)
        colour = ink.FALL if one.naive else ink.MAIN
        tone = colour if one.heading else ink.INK
        ink.text(ax, indent / across, y, one.label, bold=bold, colour=tone, within=side)
        if one.heading:
            continue
        ax.plot([one.worst, one.mean], [y, y], color=colour, lw=5 if one.headline else 3, zorder=3)
        ax.plot([one.worst], [y], "|", ms=11, color=colour, mew=2.5, zorder=3)
        face = "white" if one.naive else colour
        ring = colour if one.naive else "white"
        size = 12 if one.headline else 9
        ax.plot([one.mean], [y], "o", ms=size, color=colour, mfc=face, mec=ring, mew=2, zorder=4)
        for edge, said in zip(edges, cells[one.number], strict=True):
            ink.text(ax, edge / across, y, said, ha="right", bold=bold, within=side)
    return ax


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    """Check the table; coverage is of invented provinces, whatever the table says."""
    columns = ["scenario", "method", "replications", "coverage"]
    frames.require(table.assign(origin="simulated"), columns)
    rows = table[~table["method"].isin(NO_COVERAGE)]
    if rows.empty:
        msg = "the table has no row about intervals: there is nothing to draw."
        raise ValueError(msg)
    shown = rows[columns]
    wrong = shown[~shown["coverage"].between(0, 1)]
    frames.refuse(wrong, "have a coverage that is not between 0 and 1")
    twice = shown[shown.duplicated(["scenario", "method"], keep=False)]
    frames.refuse(twice, "stand twice for one method in one scenario")
    naive = rows["naive"] if "naive" in rows else rows["method"].isin(NAIVE)
    frames.refuse(rows[naive.isna()], "do not say whether their method is naive")
    return shown.assign(naive=naive.astype(bool))


def _methods(table: pd.DataFrame) -> tuple[pd.DataFrame, int, int]:
    """Sum up each method: the headline first, then by the worst; scenarios and replications."""
    by = table.groupby("method")
    methods = pd.DataFrame(
        {
            "mean": by["coverage"].mean(),
            "worst": by["coverage"].min(),
            "count": by["scenario"].nunique(),
            "naive": by["naive"].any(),
        }
    ).reset_index()
    methods["headline"] = methods["method"] == "headline"
    methods["label"] = methods["method"].map(_name)
    methods = methods.sort_values(
        ["naive", "headline", "worst", "method"], ascending=[True, False, False, True]
    ).reset_index(drop=True)
    return methods, table["scenario"].nunique(), int(table["replications"].min())


def _with_groups(methods: pd.DataFrame) -> pd.DataFrame:
    """Put a heading above the honest methods, and one above the naive."""
    rows = methods.assign(heading=False, number=range(len(methods)))
    parts = []
    for naive, group in rows.groupby("naive"):
        name = words.term(f"charts.coverage_{'naive' if naive else 'honest'}")
        head = group.head(1).assign(label=name, heading=True, headline=False)
        parts += [head, group]
    return pd.concat(parts, ignore_index=True)


def _name(method: str) -> str:
    """Name a method in the language in use, as far as it is known."""
    rung = re.fullmatch(r"rung (\d)", method)
    slug = re.sub(r"\W+", "_", method.lower())
    keys = [f"charts.rung_{rung[1]}" if rung else f"charts.coverage_{slug}", f"naive.{method}"]
    # what was simulated has two levels
    with study.use(written=study.nested(study.current().written)):
        return next((words.term(key) for key in keys if key in words.strings()), method)


def _key(replications: int) -> list[list[tuple[str, str]]]:
    number = words.number(replications)
    return [
        [
            ("●", words.term("charts.coverage_marks")),
            ("━", words.term("charts.coverage_worst")),
            ("", words.term("charts.coverage_band", number=number)),
        ]
    ]


def _of(count: int, scenarios: int) -> str:
    return words.term("charts.coverage_of", number=count, all=scenarios)


def _between(ax: Axes, room: ink.Room) -> tuple[float, float]:
    """Tell where the rows begin and end, as shares of the height of the axes."""
    tall = ink.points(ax)[1]
    return room.bottom / tall, 1 - room.top / tall

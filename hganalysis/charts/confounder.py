"""Draw what is left of an estimate, for every strength of a factor that nobody measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import words
from ..render.static import grid, spacing, style
from . import frames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ..effect import Estimate, Robustness

_ROOM = 1.15
"""The scales end this much beyond what must be seen: the value at which nothing is left."""
_LEADER = 26.0
"""Length of the line from a contour or a point to its label, in points."""


def robustness(
    found: Robustness,
    *,
    estimate: Estimate,
    ax: Axes,
    benchmarks: pd.DataFrame | None = None,
) -> Axes:
    """
    Draw contours of the rate ratio that an unmeasured factor would leave.

    Across: which share of what is left of the exposure (0 to 1) the factor explains; up: of the
    outcome. On the thick curve nothing of the estimate is left; from the dashed one on, its
    interval holds 1. Thin curves lie between. The factor is taken to pull towards 1.

    Parameters
    ----------
    found
        Of `effect.robustness`: the least-squares twin of the estimate.
    estimate
        Of the same rung and data, which knows their origin.
    ax
        Where to draw. Limits and scales are set here; titles are not.
    benchmarks
        Of `effect.benchmarks`, index `times`: `r2_exposure`, `r2_outcome`, and per unit of the
        exposure `log_rate_ratio`, `low`, `high`. Its column `benchmark`, if there is one, names
        the control that each row is measured by, in the reader's words.

    Returns
    -------
    ax

    Raises
    ------
    ValueError
        If a column is missing, a share is not between 0 and 1, the estimate is of another
        exposure, or does not know the origin of its data.

    References
    ----------
    Cinelli, C., Hazlett, C. (2020). "Making Sense of Sensitivity: Extending Omitted Variable Bias."
    JRSS B 82 (1), 39-67. https://doi.org/10.1111/rssb.12348
    """
    origin = frames.origin_of(estimate)
    if not math.isclose(found.sd, estimate.sd, rel_tol=1e-9):
        msg = (
            f"the estimate is of an exposure with a standard deviation of {estimate.sd:g}, the "
            f"robustness of one with {found.sd:g}. Compute both from the same frame."
        )
        raise ValueError(msg)
    points = _points(found, benchmarks, origin)
    curves = _curves(found)
    gone = _equal(found, abs(found.log_rate_ratio))
    ends = tuple(
        min(1.0, _ROOM * max([0.02, gone, *points[share]]))
        for share in ("r2_exposure", "r2_outcome")
    )

    ticks, heights = (spacing.round_ticks(0, end) for end in ends)
    names = words.series(heights, "share")
    room = style.Room(
        left=style.widest(names) + 38,
        right=style.widest(curves["label"], bold=True) + _LEADER + 16,
        bottom=64,
        top=style.head(ax, pd.Series([origin, *points["origin"]]), _head(found, gone)) + 12,
    )
    style.stage(ax, x=(0, ends[0]), y=(0, ends[1]), room=room)
    marks = words.series(ticks, "share")
    style.scale(ax, ticks, marks, label=words.term("charts.r2_exposure"), room=room)
    grid.across(ax, heights, names, ends=(0, ends[0]), room=room)
    _draw_curves(ax, found, curves, ends)
    if gone > 0:
        ax.plot([gone], [gone], "o", ms=13, mfc="white", mec=style.MAIN, mew=3, zorder=5)
    _draw_points(ax, points, ends)
    return ax


def _points(found: Robustness, benchmarks: pd.DataFrame | None, origin: str) -> pd.DataFrame:
    """Check the benchmarks, and say what each leaves of the estimate."""
    columns = ["r2_exposure", "r2_outcome", "log_rate_ratio", "low", "high"]
    if benchmarks is None:
        return pd.DataFrame(columns=[*columns, "origin", "label"], dtype=float)
    given = benchmarks if "origin" in benchmarks else benchmarks.assign(origin=origin)
    frames.require(given, columns)
    table = given[columns].astype(float)
    shares = table[["r2_exposure", "r2_outcome"]]
    frames.refuse(
        table[~((shares >= 0) & (shares <= 1)).all(axis=1)],
        "explain a share of the variance that is not between 0 and 1",
    )
    control = given.get("benchmark", words.term("charts.known_control"))
    texts = []
    for times, one in zip(given.index, frames.rows(table.assign(control=control)), strict=True):
        ratio, low, high = words.ratios(
            *(math.exp(found.sd * log) for log in (one.log_rate_ratio, one.low, one.high))
        )
        left = words.term("charts.rate_ratio", ratio=ratio, low=low, high=high)
        name = "charts.benchmark_once" if times == 1 else "charts.benchmark"
        times = words.series([times], "decimal")[0]
        texts.append(words.term(name, times=times, control=one.control, left=left))
    return table.assign(origin=given["origin"], label=texts)


def _curves(found: Robustness) -> pd.DataFrame:
    """List the contours: the bias on each, and what it is called at the right."""
    b = found.log_rate_ratio
    now = math.exp(found.sd * b)
    ratios = spacing.hundredths(min(1.0, now), max(1.0, now), about=4)
    # Not too near the ends, where curves would lie on the axes or on the thick one.
    between = [ratio for ratio in ratios if 0.1 < math.log(ratio) / (found.sd * b or 1) < 0.9]
    rows: list[tuple[float, str, str]] = [
        (abs(b) - abs(math.log(ratio)) / found.sd, spacing.ratio(ratio), "between")
        for ratio in between
    ]
    if found.low * found.high > 0:
        nearer = min(abs(found.low), abs(found.high))
        rows.append((nearer, words.term("charts.interval_holds_1"), "interval"))
    rows.append((abs(b), words.term("charts.nothing_left"), "gone"))
    return pd.DataFrame(rows, columns=["bias", "label", "kind"])


def _contour(
    found: Robustness, bias: float, ends: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Trace the factors with this bias, from the upper border or the left to the right end."""
    strength = (bias / found.textbook_error) ** 2 / found.df
    enters = max(strength / (strength + ends[1]), ends[0] / 2000)
    x = np.geomspace(enters, ends[0], 200)
    return x, strength * (1 - x) / x


def _equal(found: Robustness, bias: float) -> float:
    """Find where a contour has the same share of both."""
    f = bias / found.textbook_error / math.sqrt(found.df)
    return (math.sqrt(f**4 + 4 * f**2) - f**2) / 2


def _head(found: Robustness, gone: float) -> list[list[tuple[str, str]]]:
    ends = (found.log_rate_ratio, found.low, found.high)
    now, *_ = words.ratios(*(math.exp(found.sd * log) for log in ends))
    share = words.value(gone, "share")
    lines = [
        [("", words.term("charts.contours", ratio=now))],
        [(f"○{style.MAIN}", words.term("charts.robustness_value", share=share))],
        [("", words.term("charts.r2_outcome"))],
    ]
    if found.low * found.high <= 0:
        lines.insert(2, [("", words.term("charts.interval_holds_1_already"))])
    return lines


def _draw_curves(
    ax: Axes, found: Robustness, curves: pd.DataFrame, ends: tuple[float, float]
) -> None:
    """Draw every contour inside the ends, and name it where it leaves at the right."""
    looks: dict[str, tuple[str, float, str]] = {
        "between": (style.GREY, 1.5, "-"),
        "interval": (style.MAIN, 3, "--"),
        "gone": (style.MAIN, 5, "-"),
    }
    across, up = _per_point(ax)
    traced = [_contour(found, bias, ends) for bias in curves["bias"]]
    curves = curves.assign(at=[float(heights[-1]) for _, heights in traced])
    low, high = -0.5 * style.LINE * up, ends[1]
    labels = spacing.apart(curves["at"].tolist(), gap=style.LINE * up, low=low, high=high)
    for one, line, y in zip(frames.rows(curves), traced, labels, strict=True):
        colour, width, style = looks[one.kind]
        ax.plot(*line, color=colour, lw=width, ls=style, zorder=3, gid=one.kind)
        if one.kind == "gone":
            ax.fill_between(*line, ends[1], color="#efefef", lw=0, zorder=0)
        leader = [ends[0] + 4 * across, ends[0] + (_LEADER - 4) * across]
        ax.plot(leader, [one.at, y], color=style.GREY, lw=1, zorder=1)
        tone = style.QUIET if one.kind == "between" else style.MAIN
        bold = one.kind == "gone"
        style.text(ax, ends[0] + _LEADER * across, y, one.label, colour=tone, bold=bold)


def _draw_points(ax: Axes, points: pd.DataFrame, ends: tuple[float, float]) -> None:
    """Draw the benchmarks, and name them on the side that has more room: of long names, each."""
    if points.empty:
        return
    across, up = _per_point(ax)
    left, right = points["r2_exposure"].min(), points["r2_exposure"].max()
    common = 1 if ends[0] - right >= left else -1
    start = (right if common > 0 else left) + common * _LEADER * across
    half = 0.5 * style.LINE * up
    heights = spacing.apart(
        points["r2_outcome"].tolist(), gap=1.2 * style.LINE * up, low=half, high=ends[1] - half
    )
    wide = style.widest(points["label"]) * across
    together = start + wide <= ax.get_xlim()[1] if common > 0 else start - wide >= 0
    for one, y in zip(frames.rows(points), heights, strict=True):
        side = common
        if not together:
            side = 1 if ends[0] - one.r2_exposure >= one.r2_exposure else -1
            start = one.r2_exposure + side * _LEADER * across
            space = (ax.get_xlim()[1] - start if side > 0 else start) / across
        name = one.label if together else style.short(one.label, space)
        ax.plot([one.r2_exposure], [one.r2_outcome], "D", ms=10, color=style.FALL, mec="white")
        leader: Sequence[float] = [one.r2_exposure, start - side * 3 * across]
        ax.plot(leader, [one.r2_outcome, y], color=style.FALL, lw=1, zorder=4)
        ha: style.Align = "left" if side > 0 else "right"
        style.text(ax, start, y, name, ha=ha, colour=style.FALL, ground=True)


def _per_point(ax: Axes) -> tuple[float, float]:
    """Measure a point in data, across and up."""
    ends = ax.get_xlim(), ax.get_ylim()
    across, up = (
        (high - low) / points for (low, high), points in zip(ends, style.points(ax), strict=True)
    )
    return across, up

"""Draw how a rate goes with density, commune by commune, where communes were observed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import indicators, suppress, words
from ..indicators import SEQUENTIAL
from ..maps.looks import NothingToShow
from ..render.static import spacing, style
from . import frames

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..effect import Estimate
    from ..indicators import Indicator

# Beyond these there are few communes, and the line says little: their ground is grey.
FEW = (0.05, 0.95)
# Of a dot's area in points: how many people one stands for, and the most that a dot may have, so
# that units of millions do not cover the picture.
_PEOPLE, _LARGEST = 40, 900
URBAN, RURAL = SEQUENTIAL[5], SEQUENTIAL[2]  # far apart in lightness, so in greyscale too


def dose_response(
    units: pd.DataFrame,
    *,
    indicator: Indicator,
    ax: Axes,
    estimate: Estimate | None = None,
    within: bool = True,
) -> Axes:
    """
    Draw the rate of each commune over its density of team members, and the fitted line.

    The line and its band are drawn over the observed range only; a rug shows where communes
    are, and the ground is grey beyond the 5th and 95th percentile. What `controls` of the
    estimate took out is not taken out of the dots.

    Parameters
    ----------
    units
        Of `effect.units`: `district_code`, `count`, `out_of`, `population`,
        `members_per_1000`, `urban` (0 or 1), `origin`. Communes without a number, or whose
        `state` is hidden, are left out; how many are hidden is said.
    indicator
        The measure, which names the vertical scale.
    ax
        Where to draw. Limits and scales are set here; titles are not.
    estimate
        Per member per 1,000 residents. Its band holds the uncertainty of the slope alone.
    within
        Compare each commune with its own district: density minus the district's, rate divided
        by what the district's rate would be at the district's density. Otherwise as they are.

    Returns
    -------
    ax

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them.
    NothingToShow
        If no commune has both numbers and may be shown.
    """
    columns = ["district_code", "count", "out_of", "population", "members_per_1000", "urban"]
    frames.require(units, columns)
    slope = estimate.log_rate_ratio if estimate else 0.0
    dots = _dots(units, slope=slope, within=within)
    if not len(dots):
        raise NothingToShow(len(units))
    ends = dots["x"].min(), dots["x"].max()
    line = _line(dots, estimate, within=within)
    heights = [*dots["y"], *line[["low", "fit", "high"]].to_numpy().ravel()]
    low, high = min(heights) / 1.12, max(heights) * 1.06
    most = min(high, 1) if indicator.kind == "share" else high
    wide = spacing.ratio_ticks(low, high) if within else spacing.round_ticks(low, most)
    unit = indicators.classes(indicator.name)
    names = [spacing.ratio(y) for y in wide] if within else words.series(wide, unit)
    kinds = sorted(dots["urban"].unique(), reverse=True)
    key = [(f"●{URBAN if urban else RURAL}", _kind(urban)) for urban in kinds]
    key += [("", words.term(f"charts.{name}")) for name in ("units_dots", "few_units")]
    if hidden := int(suppress.is_hidden(units).sum()):
        key.append(("", words.term("charts.suppressed_dots", hidden=words.number(hidden))))
    notes = [*_fitted(estimate), [("", _axis(indicator, within=within))], key]
    room = style.Room(
        left=style.widest(names) + 38,
        right=24,
        bottom=64,
        top=style.head(ax, units["origin"], notes) + 4,
    )
    edges = (math.log(low), math.log(high)) if within else (low, high)
    style.stage(ax, x=ends, y=edges, room=room)
    ticks = spacing.round_ticks(*ends, about=8)
    label = words.term("charts.relative_density") if within else words.term("charts.density")
    marks = [words.number(tick, decimals=_decimals(ticks), signed=within) for tick in ticks]
    style.scale(ax, ticks, marks, label=label, room=room)

    def up(y: Any) -> Any:  # noqa: ANN401
        return np.log(y) if within else y

    across, tall = style.points(ax)
    for start, end in (
        (ends[0], dots["x"].quantile(FEW[0])),
        (dots["x"].quantile(FEW[1]), ends[1]),
    ):
        ax.fill_between([start, end], *edges, color="#efefef", lw=0, zorder=0)
    ax.hlines([up(y) for y in wide], *ends, color=style.PALE, lw=1, zorder=0.5)
    side = ax.get_yaxis_transform()
    for y, name in zip(wide, names, strict=True):
        style.text(ax, (room.left - 20) / across, up(y), name, ha="right", within=side)
    if within:
        ax.hlines([0], *ends, color=style.GREY, lw=1.5, zorder=1)
    if estimate:
        ax.fill_between(
            line["x"],
            up(line["low"]),
            up(line["high"]),
            color=style.MAIN,
            alpha=0.18,
            lw=0,
            zorder=2,
        )
        ax.plot(line["x"], up(line["fit"]), color=style.MAIN, lw=4, zorder=5)
    ax.scatter(
        dots["x"],
        up(dots["y"]),
        s=dots["population"] / max(_PEOPLE, dots["population"].max() / _LARGEST),
        c=[URBAN if urban else RURAL for urban in dots["urban"]],
        edgecolors="white",
        linewidths=1,
        alpha=0.9,
        zorder=4,
    )
    per_point = (edges[1] - edges[0]) / (tall - room.bottom - room.top)
    ax.vlines(dots["x"], edges[0], edges[0] + 9 * per_point, color=style.QUIET, lw=1.5, zorder=3)
    return ax


def _dots(units: pd.DataFrame, *, slope: float, within: bool) -> pd.DataFrame:
    """Place each commune; within its district, both scales start from the district as a whole."""
    table = units.dropna(subset=["count", "out_of", "members_per_1000", "population"])
    table = table[table["count"] > 0] if within else table
    x, rate = table["members_per_1000"], table["count"] / table["out_of"]
    if within:
        district = table["district_code"]
        people = table["population"].groupby(district).transform("sum")
        centre = (x * table["population"]).groupby(district).transform("sum") / people
        x = x - centre
        # The district's own count, spread over its communes as the slope says.
        weight = table["out_of"] * np.exp(slope * x)
        sums = [part.groupby(district).transform("sum") for part in (table["count"], weight)]
        rate = rate / (sums[0] / sums[1])
    # Processors differ in the last digits, and a pixel may hang on them: draw nine.
    dots = table[["population", "urban"]].assign(x=x, y=rate).round(9)
    return dots[~suppress.is_hidden(table)]


def _line(dots: pd.DataFrame, estimate: Estimate | None, *, within: bool) -> pd.DataFrame:
    """Compute the fitted line and its band; both turn around the middle of the dots."""
    if estimate is None:
        return pd.DataFrame(columns=["x", "fit", "low", "high"], dtype=float)
    x = np.linspace(dots["x"].min(), dots["x"].max(), 101)
    middle = 0.0 if within else float(np.average(dots["x"], weights=dots["population"]))
    level = 1.0
    if not within:
        expected = np.exp(estimate.log_rate_ratio * (dots["x"] - middle)) * dots["population"]
        level = float((dots["y"] * dots["population"]).sum() / expected.sum())
    fit, one, other = (
        level * np.exp(slope * (x - middle))
        for slope in (estimate.log_rate_ratio, estimate.low, estimate.high)
    )
    if not within and (dots["y"] <= 1).all():  # people: no more of them than there are
        fit, one, other = (np.minimum(line, 1.0) for line in (fit, one, other))
    return pd.DataFrame(
        {"x": x, "fit": fit, "low": np.minimum(one, other), "high": np.maximum(one, other)}
    ).round(9)


def _fitted(estimate: Estimate | None) -> list[list[tuple[str, str]]]:
    """Say in words what the line says."""
    if estimate is None:
        return []
    texts = words.ratios(estimate.rate_ratio, estimate.rate_ratio_low, estimate.rate_ratio_high)
    values = dict(zip(("ratio", "low", "high"), texts, strict=True))
    return [[(f"━{style.MAIN}", words.term("charts.fitted", **values))]]


def _axis(indicator: Indicator, *, within: bool) -> str:
    if within:
        return words.term("charts.relative_rate", label=indicator.label)
    return words.term("charts.of_out_of", label=indicator.label, out_of=indicator.out_of)


def _decimals(ticks: list[float]) -> int:
    return 0 if all(tick == round(tick) for tick in ticks) else 1


def _kind(urban: int) -> str:
    return words.term("charts.urban" if urban else "charts.rural")

"""Compose how a rate goes with density, commune by commune, where communes were observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import effect, indicators, study, suppress, words
from ..indicators import SEQUENTIAL
from ..places import NotGivenError
from . import inputs
from .colours import GREY, MAIN
from .model import Curve, Dot, Line, Scale, Scatter
from .states import NothingToShow

if TYPE_CHECKING:
    from ..effect import Estimate
    from ..indicators import Indicator
    from .model import Key

# Beyond these there are few communes, and the line says little: their ground is grey.
FEW = (0.05, 0.95)
# Of a dot's area in points: how many people one stands for, and the most that a dot may have, so
# that units of millions do not cover the picture.
_PEOPLE, _LARGEST = 40, 900
# Of a scale, beyond its dots: half of the largest stands over its middle.
DISC = 0.06
URBAN, RURAL = SEQUENTIAL[5], SEQUENTIAL[2]  # far apart in lightness, so in greyscale too


def dose_response(
    units: pd.DataFrame,
    *,
    indicator: Indicator,
    estimate: Estimate | None = None,
    within: bool = True,
) -> Scatter:
    """
    Compose the rate of each commune over its density of team members, and the fitted line.

    The line and its band are drawn over the observed range only; a rug shows where communes
    are, and the ground is grey beyond the 5th and 95th percentile: the vertical scale has room
    for all dots and the line, and for the band between the two. What `controls` of the estimate
    took out is not taken out of the dots.

    Parameters
    ----------
    units
        Of `effect.units`: `district_code`, `count`, `out_of`, `population`,
        `members_per_1000`, `urban` (0 or 1), `origin`. Communes without a number, or whose
        `state` is hidden, are left out; how many are hidden is said.
    indicator
        The measure, which names the vertical scale.
    estimate
        Per member per 1,000 residents. Its band holds the uncertainty of the slope alone.
    within
        Compare each commune with its own district: density minus the district's, rate divided
        by what the district's rate would be at the district's density. Otherwise as they are.

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them.
    NothingToShow
        If no commune has both numbers and may be shown.
    NotGivenError
        If one alone has.
    """
    columns = ["district_code", "count", "out_of", "population", study.current().density, "urban"]
    inputs.require(units, columns)
    slope = estimate.log_rate_ratio if estimate else 0.0
    dots = _dots(units, slope=slope, within=within)
    if dots.empty:
        raise NothingToShow(len(units))
    if len(dots) == 1:
        raise NotGivenError(words.term("charts.one_dot"))
    air = DISC * float(dots["x"].max() - dots["x"].min())
    ends = float(dots["x"].min()) - air, float(dots["x"].max()) + air
    line = _line(dots, estimate, within=within)
    few = [float(dots["x"].quantile(part)) for part in FEW]
    # One far commune would let the band, which fans out, press all dots into a strip.
    band = line.loc[line["x"].between(few[0], few[1]), ["low", "high"]]
    heights = [*dots["y"], *line["fit"], *band.to_numpy().ravel()]
    air = (max(heights) / min(heights)) ** DISC if within else 1.06
    low, high = min(heights) / air, max(heights) * air
    if not within and indicator.kind == "share" and max(heights) <= 1:  # no share is above all
        high = min(high, 1.0)
    return Scatter(
        x=Scale(
            words.term("charts.relative_density" if within else "charts.density"),
            "decimal_change" if within else "decimal",
            ends=ends,
        ),
        y=Scale(
            _axis(indicator, within=within),
            "ratio" if within else indicators.classes(indicator.name),
            log=within,
            ends=(low, high),
        ),
        simulated=inputs.simulated(units["origin"]),
        dots=tuple(
            Dot(one.x, one.y, colour=URBAN if one.urban else RURAL, area=one.area)
            for one in inputs.rows(dots)
        ),
        curves=_curves(line),
        across=(Line(1.0, "", GREY),) if within else (),
        grounds=((ends[0], few[0]), (few[1], ends[1])),
        rug=True,
        key=_key(units, dots, estimate),
    )


def _dots(units: pd.DataFrame, *, slope: float, within: bool) -> pd.DataFrame:
    """Place each commune; within its district, both scales start from the district as a whole."""
    table = units.dropna(subset=["count", "out_of", study.current().density, "population"])
    if within:
        beside = effect.beside_district(table, slope=slope)
        x, y = beside["density"], beside["multiple"]
    else:
        x, y = table[study.current().density], table["count"] / table["out_of"]
    # Processors differ in the last digits, and a pixel may hang on them: draw nine.
    dots = table[["population", "urban"]].assign(x=x, y=y).round(9)
    dots = dots[~suppress.is_hidden(table) & ((dots["y"] > 0) | (not within))]
    most = max(_PEOPLE, dots["population"].max() / _LARGEST)
    return dots.assign(area=dots["population"] / most)


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


def _curves(line: pd.DataFrame) -> tuple[Curve, ...]:
    if line.empty:
        return ()
    x, y, low, high = (tuple(line[name].tolist()) for name in ("x", "fit", "low", "high"))
    return (Curve(x, y, MAIN, width=4, low=low, high=high),)


def _key(
    units: pd.DataFrame, dots: pd.DataFrame, estimate: Estimate | None
) -> tuple[tuple[Key, ...], ...]:
    """Say in words what the line says, then what the dots are and where there are few."""
    kinds = sorted(dots["urban"].unique(), reverse=True)
    key = [
        (f"●{URBAN}", words.term("charts.urban"))
        if urban
        else (f"●{RURAL}", words.term("charts.rural"))
        for urban in kinds
        if len(kinds) > 1  # of one kind, nobody may have said which
    ]
    key += [("", words.term(f"charts.{name}")) for name in ("units_dots", "few_units")]
    if hidden := int(suppress.is_hidden(units).sum()):
        key.append(("", words.term("charts.suppressed_dots", hidden=words.number(hidden))))
    if estimate is None:
        return (tuple(key),)
    texts = words.ratios(estimate.rate_ratio, estimate.rate_ratio_low, estimate.rate_ratio_high)
    values = dict(zip(("ratio", "low", "high"), texts, strict=True))
    return ((f"━{MAIN}", words.term("charts.fitted", **values)),), tuple(key)


def _axis(indicator: Indicator, *, within: bool) -> str:
    if within:
        return words.term("charts.relative_rate", label=indicator.label)
    return words.term("charts.of_out_of", label=indicator.label, over=indicator.over)

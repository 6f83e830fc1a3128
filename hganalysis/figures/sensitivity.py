"""Compose what is left of an estimate, for every strength of a factor that nobody measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import words
from . import inputs, texts
from .colours import FALL, MAIN, QUIET
from .model import Curve, Dot, Scale, Scatter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..effect import Estimate, Robustness
    from .model import Key

_ROOM = 1.15
"""The scales end this much beyond what must be seen: the value at which nothing is left."""


def robustness(
    found: Robustness, *, estimate: Estimate, benchmarks: pd.DataFrame | None = None
) -> Scatter:
    """
    Compose contours of the rate ratio that an unmeasured factor would leave.

    Across: which share of what is left of the exposure (0 to 1) the factor explains; up: of the
    outcome. On the thick curve nothing of the estimate is left; from the dashed one on, its
    interval holds 1. Thin curves lie between. The factor is taken to pull towards 1.

    Parameters
    ----------
    found
        Of `effect.robustness`: the least-squares twin of the estimate.
    estimate
        Of the same rung and data, which knows their origin.
    benchmarks
        Of `effect.benchmarks`, index `times`: `r2_exposure`, `r2_outcome`, and per unit of the
        exposure `log_rate_ratio`, `low`, `high`. Its column `benchmark`, if there is one, names
        the control that each row is measured by, in the reader's words.

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
    origin = inputs.origin_of(estimate)
    if not math.isclose(found.sd, estimate.sd, rel_tol=1e-9):
        msg = (
            f"the estimate is of an exposure with a standard deviation of {estimate.sd:g}, the "
            f"robustness of one with {found.sd:g}. Compute both from the same frame."
        )
        raise ValueError(msg)
    points = _points(benchmarks, origin)
    gone = _equal(found, abs(found.log_rate_ratio))
    across, up = (
        min(1.0, _ROOM * max([0.02, gone, *points[share]]))
        for share in ("r2_exposure", "r2_outcome")
    )
    ring = (Dot(gone, gone, area=169, kind="ring"),) if gone > 0 else ()
    return Scatter(
        x=Scale(words.term("charts.r2_exposure"), "share", ends=(0.0, across)),
        y=Scale(words.term("charts.r2_outcome"), "share", ends=(0.0, up)),
        simulated=inputs.simulated(pd.Series([origin]), points["origin"]),
        dots=(
            *ring,
            *(
                Dot(one.r2_exposure, one.r2_outcome, FALL, kind="diamond", label=one.label)
                for one in inputs.rows(points)
            ),
        ),
        curves=_curves(found, (across, up)),
        key=_key(found, gone),
    )


def _points(benchmarks: pd.DataFrame | None, origin: str) -> pd.DataFrame:
    """Check the benchmarks, and say what each leaves of the estimate."""
    columns = ["r2_exposure", "r2_outcome", "log_rate_ratio", "low", "high"]
    if benchmarks is None:
        return pd.DataFrame(columns=[*columns, "origin", "label"])
    given = benchmarks if "origin" in benchmarks else benchmarks.assign(origin=origin)
    inputs.require(given, columns)
    table = given[columns].astype(float)
    shares = table[["r2_exposure", "r2_outcome"]]
    inputs.refuse(
        table[~((shares >= 0) & (shares <= 1)).all(axis=1)],
        "explain a share of the variance that is not between 0 and 1",
    )
    control = given.get("benchmark", words.term("charts.known_control"))
    labels = []
    for times, one in zip(given.index, inputs.rows(table.assign(control=control)), strict=True):
        logs = one.log_rate_ratio, one.low, one.high
        left = texts.ratio(*(math.exp(log) for log in logs))
        name = "charts.benchmark_once" if times == 1 else "charts.benchmark"
        times = words.series([times], "decimal")[0]
        labels.append(words.term(name, times=times, control=one.control, left=left))
    return table.assign(origin=given["origin"], label=labels)


def _curves(found: Robustness, ends: tuple[float, float]) -> tuple[Curve, ...]:
    """Draw the contours of what is left, and name each at its right end."""
    b = found.log_rate_ratio
    curves = []
    # Not too near the ends, where curves would lie on the axes or on the thick one.
    for ratio in _round_ratios(*sorted((math.exp(0.1 * b), math.exp(0.9 * b)))):
        line = _contour(found, abs(b) - abs(math.log(ratio)), ends)
        label = words.series([ratio], "decimal")[0]
        curves.append(Curve(*line, QUIET, width=1.5, label=label))
    if found.low * found.high > 0:
        line = _contour(found, min(abs(found.low), abs(found.high)), ends)
        curves.append(Curve(*line, style="--", label=words.term("charts.interval_holds_1")))
    x, y = _contour(found, abs(b), ends)
    top = (ends[1],) * len(x)
    label = words.term("charts.nothing_left")
    return *curves, Curve(x, y, width=5, label=label, bold=True, low=y, high=top)


def _round_ratios(low: float, high: float) -> list[float]:
    """List a few round ratios between two, of the fewest decimals that have so many."""
    for step in (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01):
        ratios = [round(step * at, 2) for at in range(math.ceil(low / step), int(high / step) + 1)]
        if len(ratios) >= 2:
            break
    return ratios


def _contour(
    found: Robustness, bias: float, ends: tuple[float, float]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Trace the factors with this bias, from the upper border or the left to the right end."""
    strength = (bias / found.textbook_error) ** 2 / found.df
    enters = max(strength / (strength + ends[1]), ends[0] / 2000)
    x: NDArray[np.float64] = np.geomspace(enters, ends[0], 200)
    return tuple(x.tolist()), tuple((strength * (1 - x) / x).tolist())


def _equal(found: Robustness, bias: float) -> float:
    """Find where a contour has the same share of both."""
    f = bias / found.textbook_error / math.sqrt(found.df)
    return (math.sqrt(f**4 + 4 * f**2) - f**2) / 2


def _key(found: Robustness, gone: float) -> tuple[tuple[Key, ...], ...]:
    ends = (found.log_rate_ratio, found.low, found.high)
    now, *_ = words.ratios(*(math.exp(log) for log in ends))
    share = words.value(gone, "share")
    said: list[Key] = [
        ("", words.term("charts.contours", ratio=now)),
        (f"○{MAIN}", words.term("charts.robustness_value", share=share)),
    ]
    if found.low * found.high <= 0:
        said.append(("", words.term("charts.interval_holds_1_already")))
    return tuple((one,) for one in said)

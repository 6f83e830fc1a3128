"""Compose what a design can tell, before anyone looks at its answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import words
from . import inputs
from .colours import GREY, MAIN, QUIET
from .model import Curve, Dot, Line, Scale, Scatter

if TYPE_CHECKING:
    from ..effect import Estimate
    from .model import Key

POWER = 0.8
"""Marked across: what campaigns are usually planned for, as `effect.minimal_detectable` is."""


def power(curve: pd.DataFrame, *, estimate: Estimate | None = None) -> Scatter:
    """
    Compose how often a true rate ratio would be told from 1, for one or several designs.

    Above each line stands the ratio nearest to 1 that it detects four times out of five, read
    off the curve.

    Parameters
    ----------
    curve
        Of `effect.power_curve`: `rate_ratio` (above 0), `power` (0 to 1); for several
        designs one below the other, with `clusters` to tell them apart. Also `origin`, unless
        the estimate says it.
    estimate
        Behind the curve. It says the origin of the data, and its number of clusters is
        emphasised; nothing is drawn of its value, which says nothing about power.

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them; if a ratio is not above 0, a power not
        between 0 and 1, or one ratio stands twice for one design. Every such row is shown.
    """
    table = _checked(curve, estimate)
    ratios = table["rate_ratio"]
    designs = _designs(table, None if estimate is None else estimate.clusters)
    seen = inputs.rows(designs.dropna(subset=["at"]))
    curves = []
    for one in inputs.rows(designs):
        line = table[table["clusters"] == one.clusters]
        x, y = (tuple(line[name].tolist()) for name in ("rate_ratio", "power"))
        curves.append(Curve(x, y, _colour(own=one.own), width=5 if one.own else 3))
    return Scatter(
        x=Scale(
            words.term("charts.ratio_per_unit"),
            "ratio",
            log=True,
            ends=(float(ratios.min()), float(ratios.max())),
        ),
        y=Scale(words.term("charts.power"), "share", ends=(0.0, 1.0)),
        simulated=inputs.simulated(table["origin"]),
        dots=tuple(Dot(one.at, POWER, _colour(own=one.own), area=169, kind="ring") for one in seen),
        curves=tuple(curves),
        lines=tuple(
            Line(one.at, one.label, _colour(own=one.own), "--", bold=one.own) for one in seen
        ),
        across=(Line(POWER, "", GREY),),
        key=_key(designs, upwards=ratios.max() > 1),
    )


def _colour(*, own: bool) -> str:
    return MAIN if own else QUIET


def _checked(curve: pd.DataFrame, estimate: Estimate | None) -> pd.DataFrame:
    """Check the curves, and sort each from the left."""
    given = curve
    if estimate is not None:
        own = inputs.origin_of(estimate)
        simulated = own == "simulated" or "origin" not in curve
        given = curve.assign(origin=own) if simulated else curve
    columns = ["rate_ratio", "power"]
    inputs.require(given, columns)
    if "clusters" not in given:
        given = given.assign(clusters=0 if estimate is None else estimate.clusters)
    table = given[[*columns, "clusters", "origin"]]
    inputs.refuse(table[~(table["rate_ratio"] > 0)], "have a ratio that is not above 0")
    inputs.refuse(table[~table["power"].between(0, 1)], "have a power that is not between 0 and 1")
    twice = table[table.duplicated(["clusters", "rate_ratio"], keep=False)]
    inputs.refuse(
        twice, "stand twice for one design; add a column `clusters` that tells them apart"
    )
    if table.empty:
        msg = "the curve has no row: there is nothing to draw."
        raise ValueError(msg)
    return table.sort_values(["clusters", "rate_ratio"], ignore_index=True)


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
    above = line["rate_ratio"] >= 1
    side = line[above] if (line["rate_ratio"] > 1).any() else line
    away = side["rate_ratio"].map(math.log).abs().to_numpy()
    order = np.argsort(away)
    power, away = side["power"].to_numpy()[order], away[order]
    if power.max() < POWER or power.min() > POWER:
        return math.nan
    log = float(np.interp(POWER, power, away))
    return math.exp(log if above.any() and side["rate_ratio"].max() > 1 else -log)


def _key(designs: pd.DataFrame, *, upwards: bool) -> tuple[tuple[Key, ...], ...]:
    level = words.series([POWER], "share")[0]
    key = "charts.power_80" if upwards else "charts.power_80_below"
    said = [words.term(key, power=level)]
    never = designs.loc[designs["at"].isna(), "name"]
    if len(never):
        said.append(words.term("charts.power_never", power=level, names=", ".join(never)))
    return tuple((("", one),) for one in said)

"""Compose the funnel: who stands out by more than the chance variation of a place of its size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import indicators, words
from . import inputs
from .colours import ALARM, GREY, INK, QUIET
from .model import Dot, Line, Scale, Scatter

if TYPE_CHECKING:
    import pandas as pd

    from ..indicators import Indicator

_LIMITS = ["province_share", "low", "high", "low_all", "high_all"]

FEW = 20
"""Up to so many places each has its name; of more, those outside: the others lie on one another."""
FAR = 1e6
"""Those outside find room for their names before any other."""


def funnel(table: pd.DataFrame, *, indicator: Indicator) -> Scatter:
    """
    Compose the share of each district against its size, with the limits of chance variation.

    A dot a district, named where there are few, else where it lies outside the limits for all
    districts together; a thick line where chance puts 95 % of its like, a thin one for all at once.

    Parameters
    ----------
    table
        Of `ranks.funnel`: index `code`, `out_of`, `share`, `province_share`, `low`, `high`,
        `low_all`, `high_all`, `outside`, `state`, `origin`.
    indicator
        The measure: its classes give the unit.

    Raises
    ------
    NothingToShow
        If no district has a share.
    ValueError
        If a column is missing, `origin` among them.
    """
    table = table.reset_index() if table.index.name == "code" else table
    inputs.require(table, ["code", "out_of", "share", "state", "outside", *_LIMITS], some="share")
    rows = table.assign(label=inputs.named(table)["label"])[table["share"].notna()]
    unit = indicators.classes(indicator.name)
    heights = inputs.numbers(rows, ["share", *_LIMITS])
    low, high = min(heights), max(heights)
    margin = 0.1 * (high - low or 1)  # names stand over and under whiskers
    small, large = float(rows["out_of"].min()), float(rows["out_of"].max())
    beyond = 0.06 * (large - small or large)
    share = float(rows["province_share"].iloc[0])
    province = words.term("charts.province", value=words.value(share, unit))
    key = (
        (f"┃{GREY}", words.term("charts.funnel_one")),
        (f"│{GREY}", words.term("charts.funnel_all")),
        (f"●{ALARM}", words.term("charts.funnel_outside")),
    )
    return Scatter(
        x=Scale(
            words.term("charts.funnel_size", out_of=indicator.out_of),
            "count",
            ends=(small - beyond, large + beyond),
        ),
        y=Scale("", unit, ends=(low - margin, high + margin)),
        simulated=inputs.simulated(table["origin"]),
        dots=tuple(_dot(one, named=len(rows) <= FEW) for one in inputs.rows(rows)),
        across=(Line(share, province, QUIET),),
        key=tuple((one,) for one in key),
    )


def _dot(one: Any, *, named: bool) -> Dot:  # noqa: ANN401
    outside = bool(one.outside)
    return Dot(
        float(one.out_of),
        float(one.share),
        ALARM if outside else INK,
        area=144,
        kind="disc" if outside else "ring",
        label=one.label if outside or named else "",
        name=one.label,
        bold=outside,
        whiskers=((one.low, one.high, 5.0), (one.low_all, one.high_all, 1.0)),
        weight=abs(one.share - one.province_share) + FAR * outside,
    )

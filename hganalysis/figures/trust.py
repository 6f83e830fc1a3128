"""Compose how far to trust an estimate: what moves it, what it would leave, what intervals hold."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import effect, study, words
from ..findings.common import called
from . import estimates, inputs, texts
from .colours import FALL, INK, MAIN, QUIET, WHITE
from .model import Line, Row, Rows, Scale

if TYPE_CHECKING:
    from ..effect import Estimate


def influence(refits: pd.DataFrame, *, estimate: Estimate) -> Rows:
    """
    Compose the rate ratio with each district left out, beside that of all districts.

    A district whose absence turns the sign, moves the estimate by more than one of its standard
    errors, or changes whether the interval holds 1, is coloured and says so.

    Parameters
    ----------
    refits
        Of `effect.leave_one_out`: index `left_out` (codes of districts); `rate_ratio`, `low`,
        `high` per unit of the exposure; `sign_changes`, `moves_over_one_se`,
        `conclusion_changes`.
    estimate
        The estimate of all districts, which also knows the origin of the data.

    Returns
    -------
    panel
        In the order of the ratios. Where not all districts have room, those stay that move the
        estimate most.

    Raises
    ------
    ValueError
        If a column is missing, or the estimate does not know the origin of its data.
    """
    origin = inputs.origin_of(estimate)
    inputs.require(refits.assign(origin=origin), ["rate_ratio", "low", "high", *effect.INFLUENCE])
    table = refits.assign(
        label=[
            words.term("charts.left_out", name=called(code, short=True)) for code in refits.index
        ],
        moves=(np.log(refits["rate_ratio"]) - math.log(estimate.rate_ratio)).abs(),
    ).sort_values(["rate_ratio", "label"], ascending=[False, True])
    # a place has one mark, for the weightiest
    flags = [
        [words.term(f"charts.{flag}") for flag in effect.INFLUENCE if getattr(one, flag)][:1]
        for one in inputs.rows(table)
    ]
    marks, key = texts.footnotes(flags)
    rows = tuple(
        estimates.row(
            one.label,
            (one.rate_ratio, one.low, one.high),
            mark=mark,
            colour=FALL if mark else QUIET,
            weight=one.moves,
        )
        for one, mark in zip(inputs.rows(table), marks, strict=True)
    )
    ratio, *_ = words.ratios(*_ends(estimate))
    every = Line(estimate.rate_ratio, words.term("charts.all_districts", ratio=ratio), MAIN)
    return estimates.ratios(
        rows,
        words.term("charts.ratio_per_unit"),
        simulated=origin == "simulated",
        lines=(every,),
        levels={estimate.level},
        key=key,
        some="charts.influence_some",
    )


def benchmarks(times: pd.DataFrame, *, estimate: Estimate) -> Rows:
    """
    Compose what an unmeasured factor would leave, so many times as strong as what was measured.

    Parameters
    ----------
    times
        Of `effect.benchmarks`, index `times` from 0 (nothing added, the regression of the log rate
        as it is): `rate_ratio`, `rate_ratio_low`, `rate_ratio_high`.
    estimate
        Knows the origin of the data, and the level of the intervals.

    Returns
    -------
    panel

    Raises
    ------
    ValueError
        If a column is missing, or the estimate does not know the origin of its data.
    """
    origin = inputs.origin_of(estimate)
    columns = ["rate_ratio", "rate_ratio_low", "rate_ratio_high"]
    inputs.require(times.assign(origin=origin), columns)
    rows = []
    for one in inputs.rows(times):
        key = {0: "now", 1: "as_strong"}.get(one.Index, "times_as_strong")
        label = words.term(f"charts.{key}", times=words.series([one.Index], "decimal")[0])
        ends = one.rate_ratio, one.rate_ratio_low, one.rate_ratio_high
        colour = QUIET if one.Index else MAIN
        rows.append(estimates.row(label, ends, colour=colour, bold=not one.Index))
    return estimates.ratios(
        tuple(rows),
        words.term("charts.ratio_per_unit"),
        simulated=origin == "simulated",
        levels={estimate.level},
    )


def _ends(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.rate_ratio, estimate.rate_ratio_low, estimate.rate_ratio_high


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


def coverage(table: pd.DataFrame) -> Rows:
    """
    Compose the mean coverage of each method, and a line to its worst scenario.

    The panel bears the banner of simulated data always: truth is known of inventions only.

    Parameters
    ----------
    table
        Of `frames.coverage`, one row per scenario and method: `scenario`, `method`,
        `replications`, `coverage` (0 to 1, of 95 % intervals). A column `naive` (bool), if there
        is one, says which methods are there for contrast; else those of `NAIVE` are. Methods
        without a name in both languages keep their own.

    Returns
    -------
    panel
        The headline first, then by the worst scenario; below a heading of their own the naive
        methods, which stay with the headline where not all have room.

    Raises
    ------
    ValueError
        If a column is missing, a coverage is not between 0 and 1, or a method stands twice in
        one scenario. Every such row is shown.
    """
    methods, scenarios, replications = _methods(_checked(table))
    noise = 1.96 * math.sqrt(NOMINAL * (1 - NOMINAL) / replications)
    low = min(float(methods["worst"].min()), NOMINAL - noise)
    rows: list[Row] = []
    for naive, group in methods.groupby("naive"):
        rows.append(_heading(naive=bool(naive)))
        rows += [_method(one, scenarios) for one in inputs.rows(group)]
    level = words.series([NOMINAL], "share")[0]
    key = (
        (f"●{INK}", words.term("charts.coverage_marks")),
        (f"━{INK}", words.term("charts.coverage_worst")),
        ("", words.term("charts.coverage_band", number=words.number(replications))),
    )
    return Rows(
        tuple(rows),
        Scale(words.term("charts.coverage", level=level), "share", ends=(low - 0.02, 1.0)),
        simulated=True,
        lines=(Line(NOMINAL, words.term("charts.coverage_nominal", level=level), QUIET),),
        key=(key,),
        heads=tuple(
            words.term(f"charts.coverage_{name}_head") for name in ("mean", "worst", "count")
        ),
        band=(NOMINAL - noise, NOMINAL + noise),
        marks=(words.term("charts.coverage_marks"), ""),
        some="charts.coverage_some",
    )


_STAYS = 2.0
"""Weight of headings and headline; naive methods have 1, the others less, the worst least."""


def _heading(*, naive: bool) -> Row:
    name, colour = ("naive", FALL) if naive else ("honest", MAIN)
    return Row(words.term(f"charts.coverage_{name}"), colour=colour, heading=True, weight=_STAYS)


def _method(one: Any, scenarios: int) -> Row:  # noqa: ANN401
    """Compose the row of one method; `Index` says which it is from the top."""
    count = words.term("charts.coverage_of", number=one.count, all=scenarios)
    return Row(
        one.label,
        at=one.mean,
        pieces=((one.worst, one.mean),),
        texts=(words.value(one.mean, "share"), words.value(one.worst, "share"), count),
        colour=FALL if one.naive else MAIN,
        face=WHITE if one.naive else "",
        bold=one.headline,
        weight=_STAYS if one.headline else 1.0 if one.naive else -float(one.Index),
    )


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    """Check the table; coverage is of invented provinces, whatever the table says."""
    columns = ["scenario", "method", "replications", "coverage"]
    inputs.require(table.assign(origin="simulated"), columns)
    rows = table[~table["method"].isin(NO_COVERAGE)]
    if rows.empty:
        msg = "the table has no row about intervals: there is nothing to draw."
        raise ValueError(msg)
    shown = rows[columns]
    wrong = shown[~shown["coverage"].between(0, 1)]
    inputs.refuse(wrong, "have a coverage that is not between 0 and 1")
    twice = shown[shown.duplicated(["scenario", "method"], keep=False)]
    inputs.refuse(twice, "stand twice for one method in one scenario")
    naive = rows["naive"] if "naive" in rows else rows["method"].isin(NAIVE)
    inputs.refuse(rows[naive.isna()], "do not say whether their method is naive")
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


def _name(method: str) -> str:
    """Name a method in the language in use, as far as it is known."""
    rung = re.fullmatch(r"rung (\d)", method)
    slug = re.sub(r"\W+", "_", method.lower())
    keys = [f"charts.rung_{rung[1]}" if rung else f"charts.coverage_{slug}", f"naive.{method}"]
    # what was simulated has two levels
    with study.use(written=study.nested(study.current().written)):
        return next((words.term(key) for key in keys if key in words.strings()), method)

"""Compose estimates with their intervals: the rungs of a ladder, and second opinions on them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import findings, words
from ..effect import Estimate, Ladder, Refused
from ..effect.estimate import ratio as to_ratio
from ..findings import teams
from ..findings.trust import opinion
from . import inputs, texts
from .colours import MAIN, QUIET, WHITE
from .model import Key, Line, Number, Row, Rows, Scale, Statement

if TYPE_CHECKING:
    from ..effect import Interval

FOR_NOTES = ("permutation approximate",)
"""Flags that say nothing to a hall: tables and sentences have them."""


def coefficients(
    estimates: Iterable[Estimate] | pd.DataFrame,
    *,
    truth: float | None = None,
    opinions: bool = False,
) -> Rows:
    """
    Compose rate ratios for one more unit of the exposure with their intervals, one row each.

    Parameters
    ----------
    estimates
        A `Ladder` (its headline is emphasised, what it refused is named with the reason), other
        estimates of `effect`, or a frame: `label`, `rate_ratio`, `low`, `high`, `origin`, and if
        wanted `note` (beside the interval), `under` (below the label), `headline` (bool).
    truth
        What was planted in simulated data: a log rate ratio for one unit of the exposure.
    opinions
        Whether second opinions (`Estimate.alternatives`) stand below each estimate that has any.
        Where not all have room, those on the headline of a ladder stay.

    Returns
    -------
    panel

    Raises
    ------
    ValueError
        If there is nothing to draw, a column is missing, or an estimate does not know the origin
        of its data.

    Examples
    --------
    >>> frame = pd.DataFrame({"label": ["2022"], "rate_ratio": [1.2], "low": [1.1], "high": [1.3]})
    >>> coefficients(frame.assign(origin="reported")).rows[0].texts
    ('1,20 (1,10–1,30)',)
    """
    planted = () if truth is None else (_planted(truth),)
    if isinstance(estimates, pd.DataFrame):
        inputs.require(estimates, ["label", "rate_ratio", "low", "high"])
        rows = tuple(_given(one) for one in inputs.rows(estimates))
        scale = words.term("charts.ratio_plain")
        return ratios(rows, scale, simulated=inputs.simulated(estimates["origin"]), lines=planted)
    found = list(estimates)
    ladder = estimates if isinstance(estimates, Ladder) else None
    if not found:
        if ladder is not None:
            str(ladder.headline)  # is refused, and says why
        msg = "there is no estimate to draw. Say in words why: the refusals of the ladder know."
        raise ValueError(msg)
    headline = None if ladder is None else _headline(ladder)
    marks, key = texts.footnotes(
        [[teams.flag(flag) for flag in one.flags if flag not in FOR_NOTES] for one in found]
    )
    each: list[tuple[int, Row]] = []
    for one, mark in zip(found, marks, strict=True):
        main = one is headline
        each.append((one.rung, _estimated(one, mark, main=main)))
        for other in one.alternatives if opinions else ():
            weight = 0 if main or headline is None else -1
            each.append((one.rung, _opinion(other, weight=weight)))
    if ladder is not None:
        each += [(one.rung, _refused(one.rung, one.reason)) for one in ladder.refusals]
        each.sort(key=lambda one: one[0])
    others = any(one.weight for _, one in each)
    return ratios(
        tuple(row for _, row in each),
        words.term("charts.ratio_per_unit"),
        simulated="simulated" in {inputs.origin_of(one) for one in found},
        lines=planted,
        levels={one.level for one in found},
        key=key,
        some="charts.opinions_of_headline" if others else "charts.some_rows",
    )


def statement(found: Estimate) -> Statement:
    """
    Compose an estimate as one big number with its interval, and what must be said of it.

    The number is in a low voice where its interval holds that there is no difference.

    Raises
    ------
    ValueError
        If the estimate does not know the origin of its data.
    """
    number, low, high = words.ratios(found.rate_ratio, found.rate_ratio_low, found.rate_ratio_high)
    level = words.percent(found.level, decimals=0)
    said = Number(
        words.term("slides.times", number=number),
        (
            words.term("slides.interval", level=level, low=low, high=high),
            findings.exposure(found.exposure),
        ),
        quiet=found.low <= 0 <= found.high,
    )
    simulated = inputs.origin_of(found) == "simulated"
    return Statement(simulated, (said,), tuple(findings.titles.limits(found)))


def ratios(
    rows: tuple[Row, ...],
    label: str,
    *,
    simulated: bool,
    lines: tuple[Line, ...] = (),
    levels: Iterable[float] = (),
    key: tuple[Key, ...] = (),
    some: str = "charts.some_rows",
) -> Rows:
    """Lay rows of rate ratios on a logarithmic scale with a line at 1; say what the bars are."""
    every = sorted(levels)
    said: list[tuple[Key, ...]] = []
    if len(every) == 1:
        level = words.series(every, "share")[0]
        said.append((("", words.term("charts.confidence", level=level)),))
    return Rows(
        rows,
        Scale(label, "ratio", log=True),
        simulated=simulated,
        lines=(Line(1.0, words.term("charts.no_difference"), QUIET), *lines),
        key=(*said, *((key,) if key else ())),
        marks=(words.term("charts.estimate"), ""),
        some=some,
    )


def row(
    label: str,
    ends: tuple[float, float, float],
    *,
    mark: str = "",
    under: str = "",
    note: str = "",
    colour: str = QUIET,
    bold: bool = False,
    weight: float = 0.0,
) -> Row:
    """Compose one row of a ratio with its interval; without one its mark is hollow."""
    pieces = texts.interval(*ends[1:])
    return Row(
        label,
        at=ends[0],
        pieces=pieces,
        texts=(texts.ratio(*ends) + mark,),
        colour=colour,
        face="" if pieces else WHITE,
        under=under,
        note=note,
        bold=bold,
        weight=weight,
    )


def _estimated(one: Estimate, mark: str, *, main: bool) -> Row:
    df = words.number(one.df, decimals=1)
    return row(
        words.term(f"charts.rung_{one.rung}"),
        (one.rate_ratio, one.rate_ratio_low, one.rate_ratio_high),
        mark=mark,
        under=words.term(f"charts.method_{one.rung}"),
        note=words.term("charts.df", df=df, clusters=one.clusters),
        colour=MAIN if main else QUIET,
        bold=main,
    )


def _given(one: Any) -> Row:  # noqa: ANN401
    """Compose a row of a frame, with all that its frame says of it."""
    under, note = (getattr(one, name, "") for name in ("under", "note"))
    main = bool(getattr(one, "headline", False))
    return row(
        one.label,
        (one.rate_ratio, one.low, one.high),
        under=under if isinstance(under, str) else "",
        note=note if isinstance(note, str) else "",
        colour=MAIN if main else QUIET,
        bold=main,
    )


def _opinion(one: Interval, *, weight: float) -> Row:
    """Compose a second opinion: a set without an end, or in pieces, as it is."""
    pieces = tuple((to_ratio(low), to_ratio(high)) for low, high in one.pieces)
    ratio = to_ratio(one.log_rate_ratio)
    return Row(
        opinion(one.method),
        at=ratio,
        pieces=pieces,
        texts=(texts.set_of_ratios(ratio, pieces),),
        minor=True,
        weight=weight,
    )


def _refused(rung: int, reason: str) -> Row:
    said = words.term("charts.refused", reason=teams.reason(reason))
    under = words.term(f"charts.method_{rung}")
    return Row(words.term(f"charts.rung_{rung}"), under=under, instead=said)


def _planted(log_rate_ratio: float) -> Line:
    ratio = math.exp(log_rate_ratio)
    return Line(ratio, words.term("charts.truth", ratio=words.value(ratio, "ratio")), MAIN, "--")


def _headline(ladder: Ladder) -> Estimate | None:
    try:
        return ladder.headline
    except Refused:
        return None

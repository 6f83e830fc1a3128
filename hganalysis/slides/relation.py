"""The slides about teams and uptake: the estimate, and how far to trust it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import effect, findings, intake, words
from ..charts.estimates import moves
from ..figures import frames
from ..figures.colours import FALL, MAIN, QUIET
from ..render.slide import page, text
from ..render.slide.page import Room
from . import plots
from .facts import Facts, Missing, Relation
from .slide import Slide, about, short, spanned, statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..effect import Estimate


def estimate(facts: Facts) -> Slide:
    """Say the estimate in one sentence, with its interval and what it is not."""
    relation = facts.relation
    try:
        found = relation.headline
    except Missing:
        return _refused(facts, relation)
    title = findings.titles.estimate(relation.ladder)
    unclear = found.low <= 0 <= found.high

    def draw(shapes: Any, room: Room) -> None:  # noqa: ANN401
        left = Room(room.left, room.top, 330, room.height)
        if frames.origin_of(found) == "simulated":
            page.banner(shapes, Room(left.left, room.top, 260, 34), size=22)
        number, *ends = words.ratios(found.rate_ratio, *_ends(found))
        said = words.term("slides.times", number=number)
        page.write(
            shapes,
            Room(left.left, room.top + 60, left.width, 104),
            said,
            size=84,
            bold=True,
            colour=QUIET if unclear else MAIN,
        )
        interval = words.term(
            "slides.interval",
            level=words.percent(found.level, decimals=0),
            low=ends[0],
            high=ends[1],
        )
        exposure = findings.exposure(found.exposure)
        page.write(
            shapes,
            Room(left.left, room.top + 176, left.width, 130),
            f"{interval}\n{exposure}",
            size=22,
        )
        right = Room(left.right + 40, room.top, room.right - left.right - 40, room.height)
        statements(shapes, right, findings.titles.limits(found))

    return Slide(
        title=title,
        under=_under(facts, "slides.under_estimate"),
        draw=draw,
        shown=[_row(found)],
        as_of=facts.outcome().when,
        notes=(findings.estimate(found), findings.dispersion(found)),
        method=("estimate",),
        limits=("relation", "ecological"),
    )


def rungs(facts: Facts) -> Slide:
    """Draw every feasible way to compare beside the headline."""
    relation = facts.relation
    found = relation.headline
    every = list(relation.ladder)
    table = relation.ladder.table().assign(origin=frames.origin_of(found))
    drawn = [
        plots.Row(
            label=words.term(f"charts.rung_{one.rung}"),
            at=one.rate_ratio,
            low=one.rate_ratio_low,
            high=one.rate_ratio_high,
            note=_ratio(one.rate_ratio, *_ends(one)),
            colour=MAIN if one is found else QUIET,
            bold=one is found,
        )
        for one in every
    ]
    title = findings.titles.rungs(relation.ladder)
    refused = [
        words.term(
            "slides.refused",
            way=words.term(f"charts.rung_{one.rung}"),
            reason=findings.reason(one.reason),
        )
        for one in relation.ladder.refusals
    ]
    return _rows(
        facts,
        drawn,
        table,
        title=title,
        key="slides.under_rungs",
        notes=(findings.headline(relation.ladder), *refused),
        method=("estimate",),
        limits=("relation",),
    )


def left_out(facts: Facts) -> Slide:
    """Draw the estimate without each district in turn."""
    relation = facts.relation
    found = relation.headline
    refits = effect.leave_one_out(relation.columns)
    names = relation.names()
    # Of many those count that move the estimate; of few all stand in the order of their ratios.
    by = moves(refits, found) if len(refits) > plots.FEW else refits["rate_ratio"]
    order = by.sort_values().index[::-1]
    drawn = [
        plots.Row(
            label=short(words.term("charts.left_out", name=names.get(str(row.Index), row.Index))),
            at=row.rate_ratio,
            low=row.low,
            high=row.high,
            note=_ratio(row.rate_ratio, row.low, row.high),
            colour=FALL if row.sign_changes or row.moves_over_one_se else QUIET,
        )
        for row in frames.rows(refits.loc[order])
    ]
    return _rows(
        facts,
        drawn,
        refits.assign(origin=frames.origin_of(found)),
        title=findings.titles.left_out(refits, found),
        key="slides.under_left_out",
        notes=(findings.influence(refits, found),),
        some="charts.influence_some",
        method=("left_out",),
        limits=("relation",),
    )


def robustness(facts: Facts) -> Slide:
    """Draw what something unmeasured, as strong as what was measured, would leave."""
    relation = facts.relation
    found = relation.headline
    origin = relation.communes["origin"]
    controls = relation.columns.names.controls
    if not controls or found.rung != 2:
        msg = "estimate"
        raise Missing(msg)
    if found.low <= 0 <= found.high:  # nothing is there that could be overturned
        msg = "unclear"
        raise Missing(msg)
    control = controls[0]
    strength = effect.robustness(relation.columns)
    table = effect.benchmarks(relation.columns, benchmark=control)
    rows = table.reset_index()
    covariate = words.term(f"covariates.{control}")
    drawn = [
        plots.Row(
            label=words.term("slides.now"),
            at=found.rate_ratio,
            low=found.rate_ratio_low,
            high=found.rate_ratio_high,
            note=_ratio(found.rate_ratio, *_ends(found)),
            bold=True,
        ),
        *(
            plots.Row(
                label=words.term(
                    "slides.as_strong" if row.times == 1 else "slides.times_as_strong",
                    times=words.number(row.times),
                ),
                at=row.rate_ratio,
                low=row.rate_ratio_low,
                high=row.rate_ratio_high,
                note=_ratio(row.rate_ratio, row.rate_ratio_low, row.rate_ratio_high),
                colour=QUIET,
            )
            for row in frames.rows(rows)
        ),
    ]
    said = findings.robustness(strength, table, covariate=control, origin=origin)
    return _rows(
        facts,
        drawn,
        rows.assign(origin=intake.worst_origin(origin)),
        title=findings.titles.robustness(strength, origin=origin),
        key="slides.under_robustness",
        notes=(said,),
        method=("robustness",),
        limits=("relation",),
        covariate=covariate,
    )


def coverage(facts: Facts) -> Slide:
    """
    Draw how often such intervals held the truth, in the committed simulation: it bears the banner
    whatever is studied, since truth is known of inventions only.
    """
    facts.outcome()
    simulation = intake.coverage()
    table = findings.titles.coverage_by_method(simulation)
    drawn = [
        plots.Row(
            label=row.label,
            at=row.mean,
            low=row.worst,
            high=row.mean,
            note=words.term(
                "slides.mean_worst", mean=words.percent(row.mean), worst=words.percent(row.worst)
            ),
            colour=MAIN if row.Index == "headline" else FALL,
            bold=row.Index == "headline",
        )
        for row in frames.rows(table)
    ]
    title, under = findings.titles.coverage(simulation), words.term("slides.under_coverage")
    source, as_of = words.term("sources.coverage"), str(simulation["date"].iloc[0])
    line = words.term("maps.source", source=source, as_of=as_of)
    plot = plots.Plot(
        name=words.term("slides.intervals"),
        alt=_alt(title, drawn, origin="simulated"),
        unit="share",
        about=[words.term("words.simulated"), title, under, line],
        simulated=True,
        names=(words.term("slides.estimates"), ""),
    )
    promised = plots.Line(
        0.95, words.term("slides.promised", level=words.percent(0.95, decimals=0))
    )
    return Slide(
        title=title,
        under=under,
        draw=lambda shapes, room: plots.rows(shapes, room, drawn, plot=plot, lines=[promised]),
        shown=[table[["mean", "worst"]].assign(origin="simulated")],
        as_of=as_of,
        notes=(findings.coverage(simulation),),
        named_source=source,
        method=("coverage",),
        limits=("coverage",),
    )


def _rows(
    facts: Facts,
    drawn: Sequence[plots.Row],
    rows: pd.DataFrame,
    *,
    title: str,
    key: str,
    notes: tuple[str, ...],
    method: tuple[str, ...],
    limits: tuple[str, ...],
    covariate: str = "",
    some: str = "slides.some",
) -> Slide:
    """Make a slide of rate ratios in rows, with a line at 1."""
    under, as_of = _under(facts, key, covariate=covariate), facts.outcome().when
    plot = plots.Plot(
        name=words.term("slides.intervals"),
        alt=_alt(title, drawn, origin=str(rows["origin"].iloc[0])),
        unit="ratio",
        about=about(title, under, rows, as_of),
        simulated=bool((rows["origin"] == "simulated").any()),
        names=(words.term("slides.estimates"), ""),
        some=some,
    )
    one = plots.Line(1.0, words.term("charts.no_difference"))
    return Slide(
        title=title,
        under=under,
        draw=lambda shapes, room: plots.rows(shapes, room, drawn, plot=plot, lines=[one]),
        shown=[rows],
        as_of=as_of,
        notes=notes,
        method=method,
        limits=limits,
    )


def _refused(facts: Facts, relation: Relation) -> Slide:
    """Say that there is no estimate, and why: that is a finding too."""
    title = findings.titles.estimate(relation.ladder)
    messages = [findings.reason(one.reason) for one in relation.ladder.refusals]
    said = list(dict.fromkeys(messages))

    def draw(shapes: Any, room: Room) -> None:  # noqa: ANN401
        statements(shapes, room, [title, *said])

    return Slide(
        title=title,
        under=_under(facts, "slides.under_estimate"),
        draw=draw,
        shown=[relation.communes[["origin"]]],
        as_of=facts.outcome().when,
        notes=(title, *said),
        method=("estimate",),
        limits=("relation",),
    )


def _row(found: Estimate) -> pd.DataFrame:
    low, high = _ends(found)
    return pd.DataFrame(
        {
            "rate_ratio": [found.rate_ratio],
            "low": [low],
            "high": [high],
            "origin": [frames.origin_of(found)],
        }
    )


def _ends(found: Estimate) -> tuple[float, float]:
    return found.rate_ratio_low, found.rate_ratio_high


def _ratio(ratio: float, low: float, high: float) -> str:
    if math.isnan(ratio):
        return "–"
    said, *ends = words.ratios(ratio, low, high)
    known = not (math.isnan(low) or math.isnan(high))
    return spanned(said, words.term("words.span", low=ends[0], high=ends[1]) if known else "–")


def _under(facts: Facts, key: str, **blanks: str) -> str:
    outcome = facts.outcome()
    return text.clean(words.term(key, label=outcome.label, when=outcome.when, **blanks))


def _alt(title: str, drawn: Sequence[plots.Row], *, origin: str) -> str:
    each = "; ".join(f"{row.label} {row.note}" for row in drawn)
    marked = [words.term("words.simulated")] if origin == "simulated" else []
    return ". ".join([*marked, words.term("slides.chart_alt", title=title, each=each)])

"""The slides about teams and uptake: the estimate, and how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import effect, figures, findings, intake, words
from ..figures import frames
from ..figures.colours import MAIN, QUIET
from ..render.slide import page, text
from ..render.slide.page import Room
from .facts import Facts, Missing, Relation
from .slide import Slide, about, drawing, statements

if TYPE_CHECKING:
    from ..effect import Estimate
    from ..figures.model import Rows


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


def relation(facts: Facts) -> Slide:
    """Draw the communes behind the estimate: density across, the rate up, and the fitted line."""
    units, found = facts.relation.communes, facts.relation.headline
    outcome, within = facts.outcome(), findings.teams.within(found)
    panel = figures.dose_response(units, indicator=outcome, estimate=found, within=within)
    title, under = findings.titles.relation(units, found), _under(facts, "slides.under_relation")
    told = about(title, under, units, outcome.when)
    return Slide(
        title=title,
        under=under,
        draw=drawing(panel, name="slides.relation", title=title, about=told),
        shown=[units.reset_index()],
        as_of=outcome.when,
        notes=(findings.relation(units, found), findings.estimate(found)),
        method=("estimate",),
        limits=("relation", "ecological"),
    )


def rungs(facts: Facts) -> Slide:
    """Draw every feasible way to compare beside the headline."""
    relation = facts.relation
    found = relation.headline
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
        figures.coefficients(relation.ladder, per="unit"),
        relation.ladder.table().assign(origin=frames.origin_of(found)),
        title=title,
        key="slides.under_rungs",
        notes=(findings.headline(relation.ladder), *refused),
        method=("estimate",),
    )


def left_out(facts: Facts) -> Slide:
    """Draw the estimate without each district in turn."""
    relation = facts.relation
    found = relation.headline
    refits = effect.leave_one_out(relation.columns)
    return _rows(
        facts,
        figures.influence(refits, estimate=found),
        refits.assign(origin=frames.origin_of(found)),
        title=findings.titles.left_out(refits, found),
        key="slides.under_left_out",
        notes=(findings.influence(refits, found),),
        method=("left_out",),
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
    said = findings.robustness(strength, table, covariate=control, origin=origin)
    return _rows(
        facts,
        figures.benchmarks(table, estimate=found),
        table.reset_index().assign(origin=intake.worst_origin(origin)),
        title=findings.titles.robustness(strength, origin=origin),
        key="slides.under_robustness",
        notes=(said,),
        method=("robustness",),
        covariate=words.term(f"covariates.{control}"),
    )


def coverage(facts: Facts) -> Slide:
    """
    Draw how often such intervals held the truth, in the committed simulation: it bears the banner
    whatever is studied, since truth is known of inventions only.
    """
    facts.outcome()
    simulation = intake.coverage()
    title, under = findings.titles.coverage(simulation), words.term("slides.under_coverage")
    source, as_of = words.term("sources.coverage"), str(simulation["date"].iloc[0])
    line = words.term("maps.source", source=source, as_of=as_of)
    told = [words.term("words.simulated"), title, under, line]
    return Slide(
        title=title,
        under=under,
        draw=drawing(
            figures.coverage(simulation), name="slides.intervals", title=title, about=told
        ),
        shown=[simulation.assign(origin="simulated")],
        as_of=as_of,
        notes=(findings.coverage(simulation),),
        named_source=source,
        method=("coverage",),
        limits=("coverage",),
    )


def _rows(
    facts: Facts,
    panel: Rows,
    rows: pd.DataFrame,
    *,
    title: str,
    key: str,
    notes: tuple[str, ...],
    method: tuple[str, ...],
    covariate: str = "",
) -> Slide:
    """Make a slide of rate ratios in rows."""
    under, as_of = _under(facts, key, covariate=covariate), facts.outcome().when
    told = about(title, under, rows, as_of)
    return Slide(
        title=title,
        under=under,
        draw=drawing(panel, name="slides.intervals", title=title, about=told),
        shown=[rows],
        as_of=as_of,
        notes=notes,
        method=method,
        limits=("relation",),
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


def _under(facts: Facts, key: str, **blanks: str) -> str:
    outcome = facts.outcome()
    return text.clean(words.term(key, label=outcome.label, when=outcome.when, **blanks))

"""The slides about teams and uptake: the estimate, and how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import effect, figures, findings, frames, sources, words
from ..figures import Figure, inputs
from ..figures.model import Statement
from ..render.slide import text
from .facts import Facts, Missing, Relation
from .slide import Slide

if TYPE_CHECKING:
    from ..effect import Estimate
    from ..figures.model import Rows


def estimate(facts: Facts) -> Slide:
    """Say how large the estimate is, what it rests on and what it is not."""
    relation = facts.relation
    try:
        found = relation.headline
    except Missing:
        return _refused(facts, relation)
    return Slide(
        Figure(
            findings.titles.relation(relation.communes, found),
            (figures.statement(found),),
            facts.outcome().when,
            subtitle=_under(facts, "slides.under_estimate"),
            rows=(_row(found),),
        ),
        notes=(
            findings.relation(relation.communes, found),
            findings.estimate(found),
            findings.dispersion(found),
        ),
        method=("estimate",),
        limits=("relation", "ecological"),
    )


def relation(facts: Facts) -> Slide:
    """Draw the communes behind the estimate: density across, the rate up, and the fitted line."""
    units, found = facts.relation.communes, facts.relation.headline
    outcome, within = facts.outcome(), findings.teams.within(found)
    panel = figures.dose_response(units, indicator=outcome, estimate=found, within=within)
    return Slide(
        Figure(
            findings.titles.estimate(facts.relation.ladder),
            (panel,),
            outcome.when,
            subtitle=_under(facts, "slides.under_relation"),
            kind="slides.relation",
            rows=(units.reset_index(),),
        ),
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
        figures.coefficients(relation.ladder),
        relation.ladder.table().assign(origin=inputs.origin_of(found)),
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
        refits.assign(origin=inputs.origin_of(found)),
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
    table = effect.benchmarks(relation.columns, benchmark=control, multiples=(0, 1, 2, 3))
    said = findings.robustness(strength, table, covariate=control, origin=origin)
    return _rows(
        facts,
        figures.benchmarks(table, estimate=found),
        table.reset_index().assign(origin=frames.worst_origin(origin)),
        title=findings.titles.robustness(strength, benchmarks=table, covariate=control),
        key="slides.under_robustness",
        notes=(said,),
        method=("robustness",),
        covariate=findings.covariate(control),
    )


def coverage(facts: Facts) -> Slide | list[Slide]:
    """
    Draw how often such intervals held the truth, in the committed simulation: it bears the banner,
    since truth is known of inventions only, and stands beside no real numbers.
    """
    facts.outcome()
    if not sources.has("demo/truth.csv"):
        return []
    simulation = frames.coverage()
    return Slide(
        Figure(
            findings.titles.coverage(simulation),
            (figures.coverage(simulation),),
            str(simulation["date"].iloc[0]),
            subtitle=words.term("slides.under_coverage"),
            kind="slides.intervals",
            rows=(simulation.assign(origin="simulated"),),
            named_source=words.term("sources.coverage"),
        ),
        notes=(findings.coverage(simulation),),
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
    return Slide(
        Figure(
            title,
            (panel,),
            facts.outcome().when,
            subtitle=_under(facts, key, covariate=covariate),
            kind="slides.intervals",
            rows=(rows,),
        ),
        notes=notes,
        method=method,
        limits=("relation",),
    )


def _refused(facts: Facts, relation: Relation) -> Slide:
    """Say that there is no estimate, and why: that is a finding too."""
    title = findings.titles.estimate(relation.ladder)
    messages = [findings.reason(one.reason) for one in relation.ladder.refusals]
    said = list(dict.fromkeys(messages))
    return Slide(
        Figure(
            title,
            # no number is shown
            (Statement(simulated=False, sentences=(title, *said)),),
            facts.outcome().when,
            subtitle=_under(facts, "slides.under_estimate"),
            rows=(relation.communes[["origin"]],),
        ),
        notes=(title, *said),
        method=("estimate",),
        limits=("relation",),
    )


def _row(found: Estimate) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rate_ratio": [found.rate_ratio],
            "low": [found.rate_ratio_low],
            "high": [found.rate_ratio_high],
            "origin": [inputs.origin_of(found)],
        }
    )


def _under(facts: Facts, key: str, **blanks: str) -> str:
    outcome = facts.outcome()
    return text.clean(words.term(key, label=outcome.label, when=outcome.when, **blanks))

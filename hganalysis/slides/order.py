"""The slides for an emulation table: how sure the order is, and the ranks with their sets."""

from __future__ import annotations

from .. import figures, findings, ranks, rates, words
from .facts import Facts, Missing
from .slide import Slide, about, drawing


def order(facts: Facts) -> Slide:
    """Draw the share of each district with its interval, the highest on top."""
    measure = facts.last("headline")
    rows = rates.pick(facts.districts, measure)
    whole = rates.pick(facts.province, measure)
    if rows["share"].notna().sum() < 2:
        msg = "two places"
        raise Missing(msg)
    title = findings.titles.order(rows)
    under = words.term("slides.under", label=measure.label, out_of=measure.out_of)
    panel = figures.intervals(rows, indicator=measure, province=whole)
    told = about(title, under, rows, measure.when)
    return Slide(
        title=title,
        under=under,
        draw=drawing(panel, name="slides.intervals", title=title, about=told),
        shown=[rows, whole],
        as_of=measure.when,
        measures=(measure,),
        notes=(
            findings.order(rows),
            findings.uptake(facts.reports, indicator=measure),
        ),
        method=("rates",),
        limits=("order",),
    )


def emulation(facts: Facts) -> Slide:
    """Set the emulation table: each rank with the ranks that chance leaves possible."""
    measure = facts.last("headline")
    found = facts.ranks
    known = int(found["rank"].notna().sum())
    if known <= ranks.FIRST:  # all of them would surely be among the first three
        msg = "fourth place" if known > 1 else "two places"
        raise Missing(msg)
    title = findings.titles.first_three(found)
    under = words.term("slides.under_ranks", label=measure.label, out_of=measure.out_of)
    told = about(title, under, found, measure.when)
    panel = figures.emulation(found, indicator=measure)
    return Slide(
        title=title,
        under=under,
        draw=drawing(panel, name="slides.emulation", title=title, about=told),
        shown=[found.reset_index()],
        as_of=measure.when,
        measures=(measure,),
        notes=(title,),
        method=("ranks",),
        limits=("order",),
    )

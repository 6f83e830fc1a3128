"""The slides for an emulation table: how sure the order is, and the ranks with their sets."""

from __future__ import annotations

from .. import findings, indicators, places, ranks, rates, words
from ..figures import frames
from ..figures.colours import MAIN
from . import plots, tables
from .facts import Facts, Missing
from .slide import Slide, about, short, simulated, spanned


def order(facts: Facts) -> Slide:
    """Draw the share of each district with its interval, the highest on top."""
    measure = facts.last("headline")
    rows = rates.pick(facts.districts, measure)
    whole = rates.pick(facts.province, measure)
    known = rows.dropna(subset=["share"]).sort_values("share", ascending=False)
    if len(known) < 2:
        msg = "two places"
        raise Missing(msg)
    unit = indicators.classes(measure.name)
    drawn = [
        plots.Row(
            label=short(places.label(row.code)),
            at=row.share,
            low=row.share_low,
            high=row.share_high,
            note=spanned(
                words.value(row.share, unit), words.span(row.share_low, row.share_high, unit)
            ),
            colour=MAIN,
        )
        for row in frames.rows(known)
    ]
    title = findings.titles.order(rows)
    under = words.term("slides.under", label=measure.label, out_of=measure.out_of)
    lines = [
        plots.Line(share, words.term("charts.province", value=words.value(share, unit)))
        for share in whole["share"].dropna()
    ]
    marked = [words.term("words.simulated")] if simulated(rows) else []
    each = "; ".join(f"{row.label} {row.note}" for row in drawn)
    alt = ". ".join([*marked, words.term("slides.chart_alt", title=title, each=each)])
    plot = plots.Plot(
        name=words.term("slides.intervals"),
        alt=alt,
        unit=unit,
        about=about(title, under, rows, measure.when),
        simulated=simulated(rows),
        names=(words.term("slides.shares"), ""),
    )
    return Slide(
        title=title,
        under=under,
        draw=lambda shapes, room: plots.rows(shapes, room, drawn, plot=plot, lines=lines),
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
    known = found[found["rank"].notna()]
    if len(known) <= ranks.FIRST:  # all of them would surely be among the first three
        msg = "fourth place" if len(known) > 1 else "two places"
        raise Missing(msg)
    unit = indicators.classes(measure.name)
    heads = [
        words.term(f"slides.{head}")
        for head in ("place", "rank", "share", "possible_ranks", "first_three")
    ]
    cells = []
    for row in frames.rows(known):
        three = "surely" if row.surely_first_three else "could_be"
        three = three if row.could_be_first_three else "not"
        alike = row.rank_low == row.rank_high
        possible = words.number(row.rank_low)
        if not alike:
            possible = words.term(
                "words.span", low=words.number(row.rank_low), high=words.number(row.rank_high)
            )
        said = [
            short(places.label(row.Index), 300),
            words.number(row.rank),
            words.value(row.share, unit),
            possible,
            words.term(f"slides.three_{three}"),
        ]
        cells.append([tables.Cell(one, bold=row.surely_first_three) for one in said])
    title = findings.titles.first_three(found)
    marked = [words.term("words.simulated")] if simulated(found) else []
    each = "; ".join(" ".join(cell.said for cell in row) for row in cells)
    alt = ". ".join([*marked, words.term("slides.chart_alt", title=title, each=each)])
    return Slide(
        title=title,
        under=words.term("slides.under_ranks", label=measure.label, out_of=measure.out_of),
        draw=lambda shapes, room: tables.draw(
            shapes,
            room,
            heads,
            cells,
            name=words.term("slides.emulation"),
            alt=alt,
            simulated=simulated(found),
        ),
        shown=[found.reset_index()],
        as_of=measure.when,
        measures=(measure,),
        notes=(title,),
        method=("ranks",),
        limits=("order",),
    )

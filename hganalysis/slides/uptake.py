"""The slides about uptake: how high, where, what changed, platforms, teams, ranks."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from .. import figures, findings, indicators, maps, places, ranks, rates, study, words
from ..figures import Figure
from ..figures.classify import prepare
from ..figures.legend import whose
from ..maps.several import apportion
from .facts import Facts, Missing
from .slide import Slide

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ..indicators import Indicator


def headline(facts: Facts) -> Slide:
    """Say how many, in the province, in the last year."""
    pairs = [(one, rates.pick(facts.province, one)) for one in _years(facts)]
    pairs = [(one, row) for one, row in pairs if row["share"].notna().all()]
    if not pairs:
        msg = "complete"
        raise Missing(msg)
    years, found = tuple(one for one, _ in pairs), [row for _, row in pairs]
    measure = years[-1]
    change = facts.difference("headline")[1] if len(years) > 1 else None
    return Slide(
        Figure(
            findings.titles.headline(found[-1], indicator=measure, change=change, before=years[0]),
            (figures.shares(found, measures=years),),
            findings.period(*years),
            subtitle=findings.titles.subtitle(measure, "maps.out_of"),
            rows=tuple(found),
        ),
        measures=years,
        dates=_dates(*years),
        notes=(
            findings.uptake(facts.reports, indicator=measure),
            findings.compared(facts.taken("headline")),
        ),
        method=("rates",),
        limits=("counts",),
    )


def where(facts: Facts) -> Slide:
    """Map the districts, two years in the same classes."""
    pairs = [(one, rates.pick(facts.districts, one)) for one in _years(facts)]
    # A year without a single number has no map, and that is said.
    missing = tuple(str(one) for one, table in pairs if table["share"].isna().all())
    pairs = [(one, table) for one, table in pairs if table["share"].notna().any()]
    if not pairs:
        msg = "complete"
        raise Missing(msg)
    years, rows = [one for one, _ in pairs], [table for _, table in pairs]
    classes = indicators.classes(years[-1].name)
    drawn = [prepare(maps.locate(one, facts.areas), "share", classes) for one in rows]
    shown = [replace(one, marking=True) for one in drawn]
    return Slide(
        Figure(
            findings.titles.where(rows[-1], indicator=years[-1], ranks=_ranks(facts)),
            tuple(shown),
            findings.period(*years),
            subtitle=findings.titles.subtitle(years[-1], "maps.under"),
            names=tuple(one.when for one in years),
            rows=tuple(rows),
            missing=missing,
        ),
        measures=tuple(years),
        dates=_dates(*years),
        notes=tuple(findings.uptake(facts.reports, indicator=one) for one in years),
        method=("rates", "classes"),
        limits=("order", whose(shown[0].table)),
    )


def communes(facts: Facts) -> Slide:
    """Map the communes, where their outlines are at hand."""
    measure = facts.last("headline")
    if len(places.levels()) < 2:
        msg = "two levels"
        raise Missing(msg)
    try:
        areas = places.areas("commune")
    except (ValueError, LookupError):
        msg = "outlines"
        raise Missing(msg) from None
    rows = rates.pick(rates.uptake(facts.reports), measure)
    panel = prepare(maps.locate(rows, areas), "share", indicators.classes(measure.name))
    if panel.table["value"].isna().all():
        msg = "complete"
        raise Missing(msg)
    return Slide(
        Figure(
            findings.titles.communes(rows),
            (panel,),
            measure.when,
            subtitle=findings.titles.subtitle(measure, "slides.under_communes"),
            names=(measure.when,),
            rows=(rows,),
        ),
        measures=(measure,),
        notes=(findings.reliability(rows),),
        method=("rates", "classes"),
        limits=("order", whose(panel.table)),
    )


def changed(facts: Facts) -> Slide:
    """Draw what changed in one measure, district by district."""
    before, after = facts.both("headline")
    rows, whole = facts.difference("headline")
    known = rows.dropna(subset=["share_before", "share_after"])
    if known.empty:
        msg = "complete"
        raise Missing(msg)
    every = facts.taken("headline")
    key = "slides.under_change" if len(every) == 2 else "slides.under_change_years"
    subtitle = words.term(
        key,
        label=after.label,
        over=after.over,
        before=before.year,
        after=after.year,
        unit=words.with_unit(indicators.change_scale(after.name)),
    )
    shares = rates.pick(facts.districts, *every)
    return Slide(
        Figure(
            findings.titles.change(rows, whole, before=before, after=after),
            (figures.slopes(rows, before=before, after=after, history=shares),),
            findings.period(*every),
            subtitle=subtitle,
            kind="slides.slopes",
            rows=(rows, whole) if len(every) == 2 else (rows, whole, shares),
        ),
        dates=_dates(*every),
        notes=(
            findings.change(rows, whole, before=before, after=after),
            findings.compared(every),
        ),
        method=("change",),
        limits=("change",),
    )


def files(facts: Facts) -> Slide:
    """Draw the change of the other measure, out of files."""
    before, after = facts.both("files")
    rows, whole = facts.difference("files")
    known = rows.dropna(subset=["share_before", "share_after"])
    if known.empty:
        msg = "complete"
        raise Missing(msg)
    said = [
        findings.change(rows, whole, before=before, after=after),
        findings.compared(facts.taken("files")),
    ]
    with suppress(Missing):
        said.append(findings.gate(facts.both("headline")[0], after))
    return Slide(
        Figure(
            findings.titles.change(rows, whole, before=before, after=after),
            (figures.dumbbell(rows, before=before, after=after),),
            findings.period(before, after),
            subtitle=findings.titles.subtitle(after, "slides.under_files"),
            kind="slides.dumbbell",
            rows=(rows, whole),
        ),
        dates=_dates(before, after),
        notes=tuple(said),
        method=("change",),
        limits=("change", "unlike"),
    )


def platforms(facts: Facts) -> list[Slide]:
    """Set the platforms side by side in tables of up to three, each in classes of its own."""
    made = []
    for measures in apportion(facts.platforms()):
        rows = rates.pick(facts.districts, *measures)
        if rows["share"].isna().all():  # the last slide says that it is on none
            continue
        made.append(
            _table(
                facts,
                measures,
                title=findings.titles.platforms(rows, measures=measures),
                subtitle=words.term(
                    "slides.under_platforms",
                    out_of=findings.listed([*dict.fromkeys(one.out_of for one in measures)]),
                ),
                heads=[one.label for one in measures],
                ordered=measures[0],
                limits=("order", "platforms"),
            )
        )
    if not made:
        msg = "complete"
        raise Missing(msg)
    return made


def years(facts: Facts) -> list[Slide]:
    """Set the headline in all its years side by side, where there are more than two."""
    return _in_every_year(facts, "headline")


def years_of_files(facts: Facts) -> list[Slide]:
    """Set the measure of files in all its years side by side, where there are more than two."""
    return _in_every_year(facts, "files")


def _in_every_year(facts: Facts, role: str) -> list[Slide]:
    """Set one measure in all its years in tables of up to three, where two slides do not do."""
    every = facts.taken(role)
    if len(every) < 3:
        return []
    made = []
    for measures in apportion(every):
        if rates.pick(facts.districts, *measures)["share"].isna().all():
            continue
        whole = rates.pick(facts.province, *measures)
        made.append(
            _table(
                facts,
                measures,
                title=findings.titles.years(whole, measures=measures),
                subtitle=findings.titles.subtitle(measures[-1], "slides.under"),
                heads=[one.when for one in measures],
                ordered=measures[-1],
                limits=("order",),
            )
        )
    return made


def _table(
    facts: Facts,
    measures: Sequence[Indicator],
    *,
    title: str,
    subtitle: str,
    heads: Sequence[str],
    ordered: Indicator,
    limits: tuple[str, ...],
) -> Slide:
    """Set measures side by side, the district with the highest share of one of them on top."""
    rows = rates.pick(facts.districts, *measures)
    return Slide(
        Figure(
            title,
            (figures.side_by_side(rows, measures=measures, heads=heads, ordered=ordered),),
            findings.period(*measures),
            subtitle=subtitle,
            kind="slides.platforms",
            rows=(rows,),
            graded=tuple(dict.fromkeys(indicators.classes(one.name) for one in measures)),
        ),
        measures=tuple(measures),
        dates=_dates(*measures),
        notes=tuple(findings.uptake(facts.reports, indicator=one) for one in measures),
        method=("rates", "classes"),
        limits=limits,
    )


def teams(facts: Facts) -> Slide:
    """Map how dense team members are."""
    rows = facts.density()
    when = study.current().exposed or facts.outcome().when
    column = study.current().density
    if rows[column].isna().all():
        msg = "teams"
        raise Missing(msg)
    panel = prepare(maps.locate(rows, facts.areas), column, indicators.classes(column))
    return Slide(
        Figure(
            findings.titles.density(rows),
            (panel,),
            when,
            subtitle=words.term("slides.under_teams", label=indicators.measure_label(column)),
            names=(when,),
            rows=(rows,),
        ),
        notes=(findings.density(rows),),
        method=("density", "classes"),
        limits=("teams", whose(panel.table)),
    )


def order(facts: Facts) -> Slide:
    """Draw the share of each district with its interval, the highest on top."""
    measure = facts.last("headline")
    rows = rates.pick(facts.districts, measure)
    whole = rates.pick(facts.province, measure)
    if rows["share"].notna().sum() < 2:
        msg = "two places"
        raise Missing(msg)
    return Slide(
        Figure(
            findings.titles.order(facts.ranks),
            (figures.intervals(rows, indicator=measure, province=whole),),
            measure.when,
            subtitle=findings.titles.subtitle(measure, "slides.under"),
            kind="slides.intervals",
            rows=(rows, whole),
        ),
        measures=(measure,),
        notes=(
            findings.order(facts.ranks),
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
    return Slide(
        Figure(
            findings.titles.first_three(found),
            (figures.emulation(found, indicator=measure),),
            measure.when,
            subtitle=findings.titles.subtitle(measure, "slides.under_ranks"),
            kind="slides.emulation",
            rows=(found.reset_index(),),
        ),
        measures=(measure,),
        notes=(findings.ranking(found, indicator=measure),),
        method=("ranks",),
        limits=("order",),
    )


def _ranks(facts: Facts) -> pd.DataFrame | None:
    """Give the possible ranks, where there are several places and not too many for a table."""
    known = facts.districts.loc[facts.districts["share"].notna(), "code"].nunique()
    return facts.ranks if 1 < known <= ranks.MOST_RANKED else None


def _years(facts: Facts) -> tuple[Indicator, ...]:
    """Give both years, or the one there is."""
    try:
        return facts.both("headline")
    except Missing:
        return (facts.last("headline"),)


def _dates(*measures: Indicator) -> tuple[str, ...]:
    return tuple(one.when for one in measures)

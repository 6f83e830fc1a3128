"""The slides about uptake: the headline, where it is high, what changed, platforms, teams."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .. import figures, findings, indicators, maps, places, rates, words
from ..figures.classify import Map, prepare
from ..figures.colours import MAIN, QUIET
from ..figures.legend import whose
from ..maps.several import apportion
from ..render.slide import areas as outlines
from ..render.slide import legend, page, text
from ..render.slide.page import Room
from .facts import Facts, Missing
from .slide import Slide, about, drawing, simulated

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from ..indicators import Classes, Indicator

SIDE = 300.0
"""Width of the column beside a large map, in points."""
MARK = Room(page.RIGHT - 260, 0, 260, 34)
"""The banner of a slide of words: its size, at the upper right of the body."""


def headline(facts: Facts) -> Slide:
    """Say how many, in the province, in the last year."""
    pairs = [(one, rates.pick(facts.province, one)) for one in _years(facts)]
    pairs = [(one, row) for one, row in pairs if row["share"].notna().all()]
    if not pairs:
        msg = "complete"
        raise Missing(msg)
    years, found = tuple(one for one, _ in pairs), [row for _, row in pairs]
    measure = years[-1]
    unit = indicators.classes(measure.name)

    def draw(shapes: Any, room: Room) -> None:  # noqa: ANN401
        top = room.top
        if simulated(found[-1]):
            page.banner(shapes, Room(MARK.left, top, MARK.width, MARK.height), size=22)
        left = room.left
        for one, row, size in zip(years, found, (60, 130)[-len(years) :], strict=True):
            share = words.value(float(row["share"].iloc[0]), unit)
            last = one is years[-1]
            wide = max(text.width(share, size, bold=True) + 16, 300)
            page.write(
                shapes,
                Room(left, top + 196 - text.LINE * size, wide, text.LINE * size),
                share,
                size=size,
                bold=True,
                colour=MAIN if last else QUIET,
            )
            low, high = (float(row[name].iloc[0]) for name in ("share_low", "share_high"))
            lines = [
                one.when,
                words.term(
                    "slides.count_of",
                    count=words.number(row["count"].iloc[0]),
                    out_of=words.number(row["out_of"].iloc[0]),
                ),
            ]
            if not math.isnan(low):
                lines.append(words.term("slides.chance", span=words.span(low, high, unit)))
            said = "\n".join(lines)
            wide = max(wide, text.width(said, 22) + 8)
            page.write(shapes, Room(left, top + 206, wide, 90), said, size=22)
            left += wide + 40

    return Slide(
        title=findings.titles.headline(found[-1], indicator=measure),
        under=_under(measure, "slides.under"),
        draw=draw,
        shown=found,
        as_of=findings.period(*years),
        measures=years,
        notes=(
            findings.uptake(facts.reports, indicator=measure),
            findings.compared(facts.taken("headline")),
        ),
        method=("rates",),
        limits=("counts",),
    )


def where(facts: Facts) -> list[Slide]:
    """Map the districts, two years in the same classes; of more years follows a table of all."""
    pairs = [(one, rates.pick(facts.districts, one)) for one in _years(facts)]
    # A year without a single number has no map; the last slide says that it is on none.
    pairs = [(one, table) for one, table in pairs if table["share"].notna().any()]
    if not pairs:
        msg = "complete"
        raise Missing(msg)
    years, rows = [one for one, _ in pairs], [table for _, table in pairs]
    classes = indicators.classes(years[-1].name)
    shown = [_prepared(one, facts.areas, "share", classes) for one in rows]
    mapped = Slide(
        title=findings.titles.where(rows[-1], indicator=years[-1]),
        under=_under(years[-1], "slides.under"),
        draw=_maps(shown, [one.when for one in years]),
        shown=rows,
        as_of=findings.period(*years),
        measures=tuple(years),
        notes=tuple(findings.uptake(facts.reports, indicator=one) for one in years),
        classes=(classes,),
        method=("rates", "classes"),
        limits=("order", whose(shown[0].table)),
    )
    return [mapped, *_in_every_year(facts, "headline")]


def communes(facts: Facts) -> Slide:
    """Map the communes, where their outlines are at hand."""
    measure = facts.last("headline")
    if len(places.levels()) == 1:
        msg = "two levels"
        raise Missing(msg)
    try:
        areas = places.areas("commune")
    except (ValueError, LookupError):
        msg = "outlines"
        raise Missing(msg) from None
    rows = rates.pick(rates.uptake(facts.reports), measure)
    classes = indicators.classes(measure.name)
    shown = [_prepared(rows, areas, "share", classes)]
    if shown[0].table["value"].isna().all():
        msg = "complete"
        raise Missing(msg)
    return Slide(
        title=findings.reliability(rows),
        under=_under(measure, "slides.under_communes"),
        draw=_maps(shown, [measure.when]),
        shown=[rows],
        as_of=measure.when,
        measures=(measure,),
        notes=(findings.reliability(rows),),
        classes=(classes,),
        method=("rates", "classes"),
        limits=("order", whose(shown[0].table)),
    )


def changed(facts: Facts) -> Slide:
    """Draw what changed in one measure, district by district."""
    before, after = facts.both("headline")
    rows, whole = facts.difference("headline")
    known = rows.dropna(subset=["share_before", "share_after"])
    if known.empty:
        msg = "complete"
        raise Missing(msg)
    title = findings.titles.change(rows, whole, before=before, after=after)
    every = facts.taken("headline")
    key = "slides.under_change" if len(every) == 2 else "slides.under_change_years"
    under = words.term(
        key,
        label=after.label,
        out_of=after.out_of,
        before=before.year,
        after=after.year,
        unit=words.unit_text(indicators.change_scale(after.name)),
    )
    shares, as_of = rates.pick(facts.districts, *every), findings.period(*every)
    panel = figures.slopes(rows, before=before, after=after, history=shares)
    told = about(title, under, shares, as_of)
    return Slide(
        title=title,
        under=under,
        draw=drawing(panel, name="slides.slopes", title=title, about=told),
        shown=[rows, whole] if len(every) == 2 else [rows, whole, shares],
        as_of=as_of,
        notes=(
            findings.change(rows, whole, before=before, after=after),
            findings.compared(every),
        ),
        method=("change",),
        limits=("change",),
    )


def files(facts: Facts) -> list[Slide]:
    """Draw the change of the other measure, out of files; of more years follows a table of all."""
    before, after = facts.both("files")
    rows, whole = facts.difference("files")
    known = rows.dropna(subset=["share_before", "share_after"])
    if known.empty:
        msg = "complete"
        raise Missing(msg)
    title = findings.titles.change(rows, whole, before=before, after=after)
    under = _under(after, "slides.under_files")
    panel = figures.dumbbell(rows, before=before, after=after)
    as_of = findings.period(before, after)
    told = about(title, under, rows, as_of)
    said = [
        findings.change(rows, whole, before=before, after=after),
        findings.compared(facts.taken("files")),
    ]
    with suppress(Missing):
        said.append(findings.gate(facts.both("headline")[0], after))
    drawn_change = Slide(
        title=title,
        under=under,
        draw=drawing(panel, name="slides.dumbbell", title=title, about=told),
        shown=[rows, whole],
        as_of=as_of,
        notes=tuple(said),
        method=("change",),
        limits=("change", "unlike"),
    )
    return [drawn_change, *_in_every_year(facts, "files")]


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
                under=words.term("slides.under_platforms", out_of=measures[0].out_of),
                heads=[one.label for one in measures],
                ordered=measures[0],
                limits=("order", "platforms"),
            )
        )
    if not made:
        msg = "complete"
        raise Missing(msg)
    return made


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
                under=_under(measures[-1], "slides.under"),
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
    under: str,
    heads: Sequence[str],
    ordered: Indicator,
    limits: tuple[str, ...],
) -> Slide:
    """Set measures side by side, the district with the highest share of one of them on top."""
    rows, as_of = rates.pick(facts.districts, *measures), findings.period(*measures)
    panel = figures.side_by_side(rows, measures=measures, heads=heads, ordered=ordered)
    told = about(title, under, rows, as_of)
    return Slide(
        title=title,
        under=under,
        draw=drawing(panel, name="slides.platforms", title=title, about=told),
        shown=[rows],
        as_of=as_of,
        measures=tuple(measures),
        notes=tuple(findings.uptake(facts.reports, indicator=one) for one in measures),
        classes=tuple(dict.fromkeys(indicators.classes(one.name) for one in measures)),
        method=("rates", "classes"),
        limits=limits,
    )


def teams(facts: Facts) -> Slide:
    """Map how dense team members are."""
    rows = facts.density()
    outcome = facts.outcome()
    if rows["members_per_1000"].isna().all():
        msg = "teams"
        raise Missing(msg)
    classes = indicators.classes("members_per_1000")
    shown = [_prepared(rows, facts.areas, "members_per_1000", classes)]
    label = indicators.label("members_per_1000")
    return Slide(
        title=findings.titles.density(rows),
        under=words.term("slides.under_teams", label=label),
        draw=_maps(shown, [outcome.when]),
        shown=[rows],
        as_of=outcome.when,
        notes=(findings.density(rows),),
        classes=(classes,),
        method=("density", "classes"),
        limits=("teams", whose(shown[0].table)),
    )


def _maps(shown: Sequence[Map], titles: Sequence[str]) -> Any:  # noqa: ANN401
    """
    Lay the last map large, with names; the year before small on its left, with values only; and
    the legend they share below that.
    """

    def draw(shapes: Any, room: Room) -> None:  # noqa: ANN401
        first = len(shown) > 1  # time runs from left to right
        side = Room(room.left if first else room.right - SIDE, room.top, SIDE, room.height)
        main = Room(
            room.left + (SIDE + 24 if first else 0), room.top, room.width - SIDE - 24, room.height
        )
        tall, unnamed = legend.height(shown), set()
        for area, drawn, title in zip((main, side), shown[::-1], titles[::-1], strict=False):
            page.write(shapes, Room(area.left, area.top, 250, 26), title, size=20, bold=True)
            below = room.height - 30 - (tall + 8 if area is side else 0)
            unnamed |= {
                *outlines.draw(
                    shapes,
                    Room(area.left, area.top + 30, area.width, below),
                    drawn,
                    name=words.term("slides.map", title=title),
                    names=area is main,
                )
            }
        if unnamed:
            said = words.term("maps.left_out", number=words.number(len(unnamed)))
            where = Room(main.left + 250, main.top + 2, main.width - 250, 24)
            page.write(shapes, where, said, colour=QUIET, align="right")
        legend.draw(shapes, Room(side.left, room.bottom - tall, SIDE, tall), shown)

    return draw


def _prepared(rows: pd.DataFrame, areas: gpd.GeoDataFrame, column: str, classes: Classes) -> Map:
    return prepare(maps.locate(rows, areas), column, classes)


def _years(facts: Facts) -> tuple[Indicator, ...]:
    """Give both years, or the one there is."""
    try:
        return facts.both("headline")
    except Missing:
        return (facts.last("headline"),)


def _under(measure: Indicator, key: str) -> str:
    unit = words.unit_text(indicators.change_unit(measure.name))
    return words.term(key, label=measure.label, out_of=measure.out_of, unit=unit)

"""Compose the page of a district as one figure: maps, ranks and measures, title and source."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from .. import figures, findings, indicators, places, study, words
from ..figures import Figure, texts
from ..figures.classify import circled, prepare
from ..figures.overlays import Overlay
from ..figures.states import LOOKS, NO_DATA, state_name
from .measures import facts_of, table

if TYPE_CHECKING:
    from ..figures.classify import Map
    from ..figures.figure import Panel
    from ..figures.model import Rows
    from .facts import Facts

BESIDE = (0.38, 0.62)
"""Parts of the width: the map of the province, and the ranks beside it."""
Bands = tuple[tuple[float, ...], ...]
MARK = "#a3217c"
"""Outline of the district on the map of the province: no class and no banner has this colour."""


def page(facts: Facts, code: str | None) -> tuple[Figure, Bands]:
    """
    Compose the page of a district, or of the whole where `code` is none.

    Returns
    -------
    figure, bands
        The figure, and which parts of the width its panels take, band by band.
    """
    inside, around = _communes(facts, code), None if code is None else _around(facts, code)
    ranking = _ranking(facts, code)
    every: list[tuple[str, int, Panel | None]] = [
        ("inside", 0, inside),
        ("around", 1, around),
        ("ranking", 1, ranking),
        ("measures", 2, table(facts, code)),
    ]
    panels = {name: panel for name, _, panel in every if panel is not None}
    bands = [[name for name, at, _ in every if at == band and name in panels] for band in range(3)]
    measured = sorted(facts.views, key=lambda one: one.year)
    dates = dict.fromkeys(one.period() for one in measured if one.measure in indicators.names())
    figure = Figure(
        title(facts, code),
        tuple(panels.values()),
        findings.listed([*dates]),
        subtitle=words.term(
            "profiles.under",
            label=facts.measure.label,
            over=facts.measure.over,
            when=facts.measure.when,
        ),
        names=tuple(words.term(f"profiles.name_{name}") for name in panels),
        rows=_rows(facts, code),
        remark=_remark(maps_there=inside is not None),
    )
    return figure, tuple((1.0,) * len(one) if len(one) < 2 else BESIDE for one in bands if one)


def title(facts: Facts, code: str | None) -> str:
    """Say in one sentence what the uptake is, where it ranks, and whether that is certain."""
    if code is None:
        return findings.titles.where(facts.districts, indicator=facts.measure, ranks=facts.ranks)
    row, place = facts_of(facts.shown, code), places.name(code)
    if pd.isna(row["value"]):
        state = row["state"] if row["state"] in LOOKS else NO_DATA
        return words.term("profiles.title_unknown", place=place, state=state_name(state))
    unit = facts.shown.classes
    span = words.span(row["low"], row["high"], unit)
    share = texts.spanned(words.value(row["value"], unit), span)
    ranked, outside = "", facts.outside.get(code)
    if pd.notna(row["rank_low"]):
        low, high = words.number(row["rank_low"]), words.number(row["rank_high"])
        known = words.number(facts.shown.table["value"].notna().sum())
        possible = low if low == high else words.term("words.span", low=low, high=high)
        ranked = words.term("profiles.ranked", ranks=possible, known=known)
    return words.term(
        "profiles.title",
        place=place,
        share=share,
        ranked=ranked,
        side="" if pd.isna(outside) else words.term(f"profiles.{outside or 'alike'}"),
    )


def _communes(facts: Facts, code: str | None) -> Map | None:
    """Map the communes of a district, as circles on it where they have no outlines."""
    if code is None:
        return facts.around
    if facts.located is None:
        return None
    mine = facts.located[facts.located["district_code"] == code]
    classes = indicators.classes(facts.measure.name)
    if not (mine.geom_type == "Point").all():
        return prepare(mine, "share", classes)
    if facts.around is None:
        return None
    return circled(places.areas().loc[[code]], mine, "share", classes=classes)


def _around(facts: Facts, code: str) -> Map | None:
    """Show on the map of all districts which one it is."""
    if facts.around is None:
        return None
    import shapely

    line = shapely.get_parts(facts.around.table.geometry.loc[code].boundary)
    own = Overlay(places.label(code), "", MARK, shapely.multilinestrings(line))
    return replace(facts.around, overlays=(own,))


def _ranking(facts: Facts, code: str | None) -> Rows | None:
    if facts.ranks is None:
        return None
    return figures.ranking(facts.ranks, indicator=facts.measure, marked=code)


def _rows(facts: Facts, code: str | None) -> tuple[pd.DataFrame, ...]:
    """Give the numbers of the page, as they are shown, with their origins."""
    measured = [
        pd.DataFrame([facts_of(one, code)]).assign(indicator=one.measure, year=one.year)
        for one in facts.views
    ]
    homes = places.parents(facts.communes["code"], "district")
    inside = facts.communes[(homes == code).to_numpy()]
    every = [pd.concat(measured), inside, facts.districts]
    return tuple(one.dropna(subset="origin") for one in every)


def _remark(*, maps_there: bool) -> str:
    """Say what the intervals assume, who drew the outlines, and why there is no map."""
    said = [findings.assumption()]
    if maps_there and study.current().says("outlines", "credit"):
        said.append(words.term("maps.outlines_credit"))
    if len(places.levels()) > 1 and not maps_there:
        said.append(words.term("atlas.no_communes"))
    return " ".join(said)

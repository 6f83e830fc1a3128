"""Compose the shares of places as rows: in order, in two years, as ranks."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import indicators, places, ranks, words
from ..rates import pick
from . import inputs, texts
from .colours import ALARM, GREY, INK, MAIN, MOVED, POSSIBLE, QUIET, WHITE
from .model import Key, Line, Number, Row, Rows, Scale, Statement
from .states import KNOWN, NO_DATA, SUPPRESSED, UNRELIABLE, state_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..indicators import Classes, Indicator
    from .model import Piece


def shares(whole: Sequence[pd.DataFrame], *, measures: Sequence[Indicator]) -> Statement:
    """
    Compose the share of the whole in each year as big numbers, the last the largest.

    Parameters
    ----------
    whole
        Of `rates.to_province`, one row each: `share`, `share_low`, `share_high`, `count`, `out_of`,
        `origin`.
    measures
        One for each, in the order of their years.

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them.
    """
    for one in whole:
        inputs.require(one, ["share", "share_low", "share_high", "count", "out_of"])
    unit = indicators.classes(measures[-1].name)
    numbers = []
    for measure, one in zip(measures, whole, strict=True):
        row = one.iloc[0]
        lines = [measure.when, measure.counted(row["count"], row["out_of"])]
        if not pd.isna(row["share_low"]):
            span = words.span(row["share_low"], row["share_high"], unit)
            lines.append(words.term("slides.chance", span=span))
        if row.get("state") == UNRELIABLE:
            lines.append(state_name(UNRELIABLE))
        last = measure is measures[-1]
        numbers.append(Number(words.value(row["share"], unit), tuple(lines), quiet=not last))
    return Statement(inputs.simulated(*(one["origin"] for one in whole)), tuple(numbers))


def intervals(
    rates: pd.DataFrame, *, indicator: Indicator, province: pd.DataFrame | None = None
) -> Rows:
    """
    Compose the share of each place with its interval, the highest first, and the target if any.

    Parameters
    ----------
    rates
        Of `rates.to_districts`: `code`, `year`, `indicator`, `share`, `share_low`, `share_high`,
        `state`, `origin`. Rows of other measures and years are passed over.
    indicator
        The measure and year to draw. Its classes give colours, unit and target.
    province
        Of `rates.to_province`, for a line across.

    Returns
    -------
    panel
        A row a place. One whose number may not be shown, or is not there, stands last and says why.
        The scale has the colours of the map, with its limits as ticks, and so have the dots; the
        key says how many places chance may have given another colour: their interval crosses one.

    Raises
    ------
    LookupError
        If there is no row of that measure and year.
    ValueError
        If a column is missing, `origin` among them, or a place stands twice.
    """
    places.require_parts()
    table = _measured(rates, indicator)
    inputs.require(table, ["share"], some="share")
    twice = sorted(table.loc[table["code"].duplicated(), "code"])
    if twice:
        msg = f"{len(twice)} places stand twice: {', '.join(twice)}. One row a place is needed."
        raise ValueError(msg)
    whole = table.iloc[:0] if province is None else _measured(province, indicator)
    classes = indicators.classes(indicator.name)
    table = table.assign(
        label=inputs.named(table)["label"],
        share=table["share"].where(table["state"].isin([KNOWN, UNRELIABLE])),
    ).sort_values(["share", "code"], ascending=[False, True], na_position="last")
    shown = inputs.rows(table)
    marks, key = texts.footnotes(
        [[state_name(UNRELIABLE)] if one.state == UNRELIABLE else [] for one in shown]
    )
    return Rows(
        tuple(_ranked(one, mark, classes) for one, mark in zip(shown, marks, strict=True)),
        Scale(_of_out_of(indicator), classes, names=_limits(classes), parts=_parts(classes)),
        simulated=inputs.simulated(table["origin"], whole["origin"]),
        lines=(*_province(whole, classes), *_target(classes)),
        key=(
            (("", words.term("charts.chance")),),
            *((key,) if key else ()),
            *_class_risk(table, classes),
        ),
        marks=(words.term(f"charts.{indicators.kind(indicator.name)}_head"), ""),
    )


def _parts(classes: Classes) -> tuple[tuple[Piece, str], ...]:
    """Give each class its part of the scale."""
    edges = pairwise((-math.inf, *classes.breaks, math.inf))
    return tuple(zip(edges, classes.colours, strict=True))


def _limits(classes: Classes) -> tuple[tuple[float, str], ...]:
    """Name the limits between classes, for the ticks of a scale that has their colours."""
    return tuple(zip(classes.breaks, words.series(classes.breaks, classes), strict=True))


def _class_risk(table: pd.DataFrame, classes: Classes) -> tuple[tuple[Key, ...], ...]:
    """Say in how many places chance leaves open another class than that of the map."""
    known = table.dropna(subset=["share", "share_low", "share_high"])
    if known.empty:
        return ()
    several = sum(
        words.class_number(one.share_low, classes) != words.class_number(one.share_high, classes)
        for one in inputs.rows(known)
    )
    number, every = words.number(several), words.number(len(known))
    return ((("", words.term("charts.classes_below", number=number, known=every)),),)


def _ranked(one: Any, mark: str, classes: Classes) -> Row:  # noqa: ANN401
    """Compose the row of one place."""
    if pd.isna(one.share):
        state = NO_DATA if one.state in (KNOWN, UNRELIABLE) else one.state
        return Row(one.label, instead=state_name(state))
    value = words.value(one.share, classes)
    span = words.span(one.share_low, one.share_high, classes)
    return Row(
        one.label,
        at=one.share,
        pieces=texts.interval(one.share_low, one.share_high),
        texts=(texts.spanned(value, span) + mark,),
        face=classes.colours[words.class_number(one.share, classes)],
        dotted=one.state == UNRELIABLE,
    )


def dumbbell(difference: pd.DataFrame, *, before: Indicator, after: Indicator) -> Rows:
    """
    Compose the share of each place in two years, with its change; the highest last share on top.

    Parameters
    ----------
    difference
        Of `change.difference`: `code`, `share_before`, `share_after` (0 to 1), `change_pp`,
        `change_low_pp`, `change_high_pp` (percentage points), `origin`.
    before, after
        What was compared: they name the marks.

    Returns
    -------
    panel
        A row a place, coloured where its change is more than chance variation. One without a share
        in both years stands last and says why.

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them.
    """
    columns = ["code", "share_before", "share_after", "change_pp", *_REACH]
    inputs.require(difference, columns, some="change_pp")
    classes = indicators.classes(after.name)
    table = difference.assign(**inputs.named(difference)[["label", "hidden"]]).sort_values(
        ["share_after", "code"], ascending=[False, True], na_position="last"
    )
    shown = table[["share_before", "share_after"]].notna().all(axis=1)
    table = pd.concat([table[shown], table[~shown]])
    rows = tuple(_changed(one, after) for one in inputs.rows(table))
    key: list[tuple[Key, ...]] = [((f"○{INK}", before.when), (f"●{INK}", after.when))]
    if any(one.colour == MOVED[0] for one in rows):
        key.append((("", words.term("charts.slopes_grey")),))
    return Rows(
        rows,
        Scale(_of_out_of(after), classes),
        simulated=inputs.simulated(table["origin"]),
        lines=_target(classes),
        key=tuple(key),
        heads=(words.short_unit(indicators.change_scale(after.name)),),
        marks=(after.when, before.when),
    )


_REACH = ("change_low_pp", "change_high_pp")


def _changed(one: Any, measure: Indicator) -> Row:  # noqa: ANN401
    """Compose the row of one place."""
    if pd.isna(one.share_before) or pd.isna(one.share_after):
        return Row(one.label, instead=state_name(SUPPRESSED if one.hidden else NO_DATA))
    unit = indicators.change_scale(measure.name)
    value = words.value(one.change_pp, unit, bare=True)
    moved = int(one.change_low_pp > 0) - int(one.change_high_pp < 0)
    return Row(
        one.label,
        at=one.share_after,
        start=one.share_before,
        pieces=((min(one.share_before, one.share_after), max(one.share_before, one.share_after)),),
        texts=(texts.spanned(value, words.span(one.change_low_pp, one.change_high_pp, unit)),),
        colour=MOVED[moved],
    )


def ranking(table: pd.DataFrame, *, indicator: Indicator, marked: str | None = None) -> Rows:
    """
    Compose an emulation table: the rank of each place, and the ranks that chance leaves possible.

    Parameters
    ----------
    table
        Of `ranks.rank_sets`, or its first rows: index `code`, `share`, `rank`, `rank_low`,
        `rank_high`, `could_be_first_three`, `surely_first_three`, `state`, `origin`.
    indicator
        The measure that was ranked: it gives the unit of the shares.
    marked
        Code of the place that all is about: where not all have room, those next to it stay.

    Returns
    -------
    panel
        A row a place, the first rank on top, with a bar over its possible ranks. The first three
        ranks lie on a ground of their own. A place without a rank has a row that says why.

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them.
    """
    table = inputs.flat(table)
    inputs.require(table, ["code", "share", "state", *_RANKS, *_FIRST], some="rank")
    table = table.assign(label=inputs.named(table)["label"]).sort_values(
        ["rank", "code"], na_position="last"
    )
    unit = indicators.classes(indicator.name)
    most = max([ranks.FIRST, *inputs.numbers(table[table["rank"].notna()], ["rank_high"])])
    colours = {"sure": MAIN, "possible": POSSIBLE, "not": GREY}
    note = words.term("charts.ranking_note", level=words.percent(ranks.LEVEL, decimals=0))
    digits = len(words.number(most))
    rows = [_placed(one, unit, colours, digits) for one in inputs.rows(table)]
    there = {one.colour for one in rows if one.pieces}
    key = [
        ((f"■{colour}", words.term(f"charts.ranking_{name}")),)
        for name, colour in colours.items()
        if colour in there
    ]
    if marked is not None:
        own = table["code"].tolist().index(marked)
        rows = [
            replace(one, bold=at == own, weight=-float(abs(at - own)))
            for at, one in enumerate(rows)
        ]
    return Rows(
        tuple(rows),
        Scale(
            words.term("charts.rank_head"),
            "count",
            ends=(0.5, most + 0.5),
            names=tuple((at, words.number(at)) for at in range(1, int(most) + 1)),
        ),
        simulated=inputs.simulated(table["origin"]),
        key=(*key, (("", note),)),
        heads=tuple(
            words.term(f"charts.{name}_head") for name in (indicators.kind(indicator.name), "set")
        ),
        band=(0.5, ranks.FIRST + 0.5),
        some="charts.some" if marked is None else "charts.some_near",
    )


_RANKS = ("rank", "rank_low", "rank_high")
_FIRST = ("could_be_first_three", "surely_first_three")
_BLANK = "\N{FIGURE SPACE}"
_OVER = 0.35
"""A bar reaches a little beyond its ranks, so that one rank alone is a bar too."""


def _placed(one: Any, unit: Classes, colours: dict[str, str], digits: int) -> Row:  # noqa: ANN401
    """Compose the row of one place, its rank before its name."""
    if pd.isna(one.rank):
        return Row(
            one.label, instead=state_name(SUPPRESSED if one.state == SUPPRESSED else NO_DATA)
        )
    kind = "sure" if one.surely_first_three else "possible" if one.could_be_first_three else "not"
    return Row(
        f"{words.number(one.rank).rjust(digits, _BLANK)}  {one.label}",
        at=one.rank,
        pieces=((one.rank_low - _OVER, one.rank_high + _OVER),),
        texts=(words.value(one.share, unit), possible_ranks(one)),
        colour=colours[kind],
        face=WHITE,
    )


def possible_ranks(one: Any) -> str:  # noqa: ANN401
    """Write the ranks that a place may have."""
    low, high = words.number(one.rank_low), words.number(one.rank_high)
    return low if low == high else words.term("words.span", low=low, high=high)


def _measured(rates: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    shown = ["code", "year", "indicator", "share", "share_low", "share_high", "state"]
    inputs.require(rates, shown)
    return pick(rates, indicator)[[*shown, "origin"]]


def _of_out_of(indicator: Indicator) -> str:
    return words.term("charts.of_out_of", label=indicator.label, over=indicator.over)


def _province(whole: pd.DataFrame, classes: Classes) -> tuple[Line, ...]:
    """Name the share of the province, where it is known."""
    return tuple(
        Line(share, words.term("charts.province", value=words.value(share, classes)), QUIET)
        for share in whole["share"].dropna()
    )


def _target(classes: Classes) -> tuple[Line, ...]:
    if classes.target is None:
        return ()
    return (Line(classes.target, classes.target_text, ALARM, "--"),)

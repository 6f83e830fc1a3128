"""The figures: what came before and after the start, who starts when, and what would be found."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import figure, places, words
from ..effect.frame import say
from ..effect.pictures import GREY
from ..figure import BLUE, Figure, Legend, LineChart, ReferenceLine, compose
from ..indicators import FALLS, Classes
from ..ranking.pictures import find_shapes, map_panel
from .sentences import name_measure, plan_blanks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..periods import PeriodKey
    from .answer import Rollout
    from .planning import Plan

# Shares of the places that start at once, for which the smallest ratio is shown.
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)


def compose_events(answer: Rollout) -> Figure:
    """Compose the ratios in the periods before and after the start; those before are grey."""
    events = answer.before if answer.withheld else answer.events
    ratios = np.exp([effect[:3] for effect in events.values()])
    points = pd.DataFrame(ratios, columns=["value", "low", "high"]).assign(x=list(events))
    points["colour"] = np.where(points["x"] < 0, GREY, BLUE)
    key = "starts.events_drawn" if answer.is_drawn else "starts.events_staged"
    span = words.period_span(answer.panel.periods)
    subtitle = say(key, measure=name_measure(answer.panel), periods=span)
    title = figure.fit_title(answer.describe())
    return _compose_line("events", title, subtitle, points, 1.0, answer)


def compose_smallest(plan: Plan) -> Figure:
    """Compose the smallest ratio that would be found, by how many start; the plan is orange."""
    n_units = len(plan.lot.units)
    plans = [plan.with_one_wave(max(1, round(share * n_units))) for share in SHARES]
    rows = [(sum(tried.sizes.values()), tried.smallest, BLUE) for tried in [*plans, plan]]
    points = pd.DataFrame(rows, columns=["x", "value", "colour"])
    points.loc[len(plans), "colour"] = FALLS[0]
    points = points.assign(low=points["value"], high=points["value"])
    blanks = plan_blanks(plan)
    title, subtitle = say("starts.smallest_title", **blanks), say("starts.smallest_under", **blanks)
    return _compose_line("smallest", title, subtitle, points, plan.wanted_ratio, plan)


def _compose_line(
    name: str,
    title: str,
    subtitle: str,
    points: pd.DataFrame,
    reference: float,
    answer: Rollout | Plan,
) -> Figure:
    """Compose points along a line, by the texts of this name; all are in the table."""
    heads = (say(f"starts.{name}_x"), say(f"starts.{name}_y"))
    table = {
        heads[0]: points["x"].map(words.number),
        heads[1]: points["value"].map(partial(words.value, scale="ratio")),
        say("starts.interval"): figure.write_spans(points[["low", "high"]], "ratio"),
    }
    # what lies on a log axis
    has_ends = np.isfinite(points["high"]) & (points["low"] > 0)
    drawn = points[has_ends].sort_values("x")
    x_ticks = {float(number): words.number(number) for number in drawn["x"]}
    values = [reference, *drawn["low"], *drawn["high"]]
    y_ticks = figure.axis_ticks(values, partial(words.series, scale="decimal"))
    panel = LineChart(
        drawn,
        say(f"starts.{name}_line"),
        ReferenceLine(reference, say(f"starts.{name}_reference")),
        heads,
        x_ticks,
        y_ticks,
    )
    return compose(
        title,
        subtitle,
        panel,
        kind=f"starts.{name}",
        table=pd.DataFrame(table),
        numbers={
            heads[0]: figure.number_column(points["x"], "count"),
            heads[1]: figure.number_column(points["value"], "ratio"),
            say("starts.interval"): figure.number_column(points[["low", "high"]], "ratio"),
        },
        origin=answer.origin,
        source=answer.source,
        measures=[answer.panel.measure],
        notes=say(f"starts.{name}_note"),
    )


def compose_waves(plan: Plan, starts: Mapping[str, PeriodKey | None]) -> Figure:
    """Compose the map of who starts when; later is darker."""
    keys = [plan.periods[number] for number in sorted(plan.sizes)]
    # the palest colour is left out: it is too near to the grey of what does not start
    _, *colours = Classes("starts", tuple(range(len(keys))), "count").colours
    start = pd.Series(starts, name="text").rename_axis("code").dropna()
    rows = start.map(words.short_period).reset_index()
    rows["colour"] = start.map(dict(zip(keys, colours, strict=True))).tolist()
    strip = Legend(
        tuple(colours),
        tuple(map(words.short_period, keys)),
        (1.0,) * len(keys),
        say("starts.not_started"),
    )
    shapes = find_shapes(places.levels()[-1])
    names = rows["code"].map(places.label)
    table = pd.DataFrame({say("figure.part"): names, say("starts.start"): rows["text"]})
    return compose(
        say("starts.waves_title", **plan_blanks(plan)),
        say("starts.waves_under"),
        map_panel(rows, strip, shapes),
        kind="starts.waves",
        table=table,
        origin=plan.origin,
        source=plan.source,
        measures=[plan.panel.measure],
    )

"""The figures: what came before and after the start, who starts when, and what would be found."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import figure, words
from ..effect.frame import say
from ..effect.pictures import GREY
from ..figure import BLUE, Figure, Line, ReferenceLine, compose
from .sentences import write_ratio

if TYPE_CHECKING:
    from .answer import Rollout

write_decimals = partial(words.series, scale="decimal")


def compose_events(answer: Rollout) -> Figure:
    """Compose the ratios in the periods before and after the start; those before are grey."""
    events = answer.events
    if answer.withheld:
        events = answer.before
    points = pd.DataFrame(
        np.exp([effect[:3] for effect in events.values()]), columns=["value", "low", "high"]
    ).assign(x=list(events))
    points["colour"] = np.where(points["x"] < 0, GREY, BLUE)
    texts = [write_ratio(effect) for effect in events.values()]
    heads = (say("starts.since"), say("starts.ratio"))
    table = pd.DataFrame(
        {
            heads[0]: points["x"].map(words.number),
            heads[1]: [text["ratio"] for text in texts],
            say("starts.interval"): [f"{text['low']}–{text['high']}" for text in texts],
        }
    )
    # an interval without an end is in the table only
    points = points[np.isfinite(points["high"]) & (points["low"] > 0)]
    panel = Line(
        points,
        label=say("starts.estimate"),
        reference=ReferenceLine(1.0, say("starts.no_change")),
        axes=heads,
        x_ticks={float(event): words.number(event) for event in points["x"]},
        y_ticks=figure.axis_ticks([1, *points["low"], *points["high"]], write_decimals),
    )
    return compose(
        figure.fit_title(answer.describe()),
        say("starts.events_drawn" if answer.is_drawn else "starts.events_staged"),
        panel,
        kind="starts.events",
        table=table,
        origin=answer.origin,
        source=answer.source,
        notes=say("starts.events_note"),
    )

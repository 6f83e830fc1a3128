"""Two figures of one answer: both groups in each place, and where the gap is large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import words
from ..change.pictures import RISE
from ..figure import (
    BLUE,
    MAX_ROWS,
    ROWS_PER_END,
    Figure,
    NumberColumn,
    Panel,
    Rows,
    axis_ticks,
    compose,
    head_and_tail,
    number_column,
)
from ..indicators import Classes, round_breaks
from ..ranking.levels import SMALL
from ..ranking.pictures import class_colours, find_shapes, legend, list_panel, map_panel
from . import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from . import Gap

# More borders on a side of 0 cannot be told apart.
MAX_BREAKS = 2


def compose_rows(answer: Gap) -> Figure:
    """Compose one row for each place with a dot for each group; the whole is below a rule."""
    rows = _with_texts(answer).dropna(subset="gap_pp")
    places = rows.dropna(subset="code")
    whole = rows[rows["code"].isna()]
    shown = pd.concat([head_and_tail(places), whole], ignore_index=True)
    shown = shown.rename(columns={"upper": "value", "lower": "before"})
    is_sure = shown["sure"].astype(bool)
    shown["colour"] = np.where(is_sure, BLUE, RISE.pale)
    shown["is_whole"] = shown["code"].isna()
    columns = ["name", "text", "colour", "before", "value", "is_whole"]
    key = {"value": answer.upper, "before": answer.lower}
    ticks = axis_ticks(shown[["value", "before"]], answer.measure.write_series)
    n_above_gap = ROWS_PER_END if len(places) > MAX_ROWS else 0
    panel = Rows(shown[columns], key, ticks, gap=n_above_gap)
    return _compose(answer, "rows", panel)


def compose_map(answer: Gap) -> Figure:
    """Compose the map of gaps with the ordered list."""
    rows = _with_texts(answer).dropna(subset=["code", "gap_pp"])
    classes = _classes(answer)

    def write(gaps: Sequence[float]) -> list[str]:
        texts = words.series(gaps, classes.unit, bare=True)
        return [text.lstrip("+") for text in texts]

    colours = class_colours(rows["gap_pp"], classes)
    rows = rows.assign(value=rows["gap_pp"], colour=colours)
    key = {"value": words.term("gap.gap")}
    if answer.measure.evidence == "periods":
        start, *_, end = map(words.short_period, answer.measure.evidence_periods)
        rows = rows.rename(columns={"low_pp": "low", "high_pp": "high"})
        key["low"] = words.term("gap.similar", start=start, end=end)
    grey = words.term("uptake.not_shown")
    strip = legend(classes, write, set(colours), grey)
    map_ = map_panel(rows, strip, find_shapes("district"))
    return _compose(answer, "map", map_, list_panel(rows, key, write))


def subtitle(answer: Gap, kind: str) -> str:
    """Say what is counted, of which groups, when; `kind` is `"rows"` or `"map"`."""
    indicator, measure = answer.measure.indicator, answer.measure
    blanks = {
        "label": words.term("gap.own"),
        "when": words.short_period(measure.periods[-1]),
        "unit": words.term(f"figure.{measure.classes.unit}"),
        "points": words.with_unit(measure.change_scale),
        "lower": answer.lower,
        "upper": answer.upper,
    }
    if indicator is not None:
        blanks |= {"label": indicator.label, "when": indicator.when}
    return words.term(f"gap.subtitle_{kind}", **blanks)


def _compose(answer: Gap, kind: str, *panels: Panel) -> Figure:
    """Put the texts around the panels."""
    measure = answer.measure
    notes = [sentences.left_out(answer), measure.estimates.note()]
    if answer.gaps["small"].any():
        notes.append(words.term("figure.small", small=SMALL))
    if kind == "rows" and measure.evidence == "periods" and not answer.gaps["sure"].all():
        notes.append(words.term("gap.pale"))
    return compose(
        sentences.title(answer, is_of_map=kind == "map"),
        subtitle(answer, kind),
        *panels,
        kind=f"gap.{kind}",
        table=_text_table(answer),
        numbers=_numbers(answer),
        origin=answer.origin,
        source=answer.source,
        measures=[measure.name],
        notes="".join(notes),
    )


def _with_texts(answer: Gap) -> pd.DataFrame:
    """Give each place, and last the whole, the text of its gap."""
    whole = pd.DataFrame([answer.whole])
    whole = whole.assign(name=words.term("gap.all"), small=False, sure=True)
    rows = pd.concat([answer.table, whole], ignore_index=True)
    # a complete count is a fact, and pale only where gaps are known to move as much
    if answer.measure.evidence != "periods":
        rows["sure"] = True
    texts = [sentences.write_gap(answer, gap_pp) for gap_pp in rows["gap_pp"]]
    stars = np.where(rows["small"].astype(bool), "*", "")
    return rows.assign(text=texts + stars)


def _classes(answer: Gap) -> Classes:
    """Choose round classes: rising ones, or both sides of 0 where the order turns somewhere."""
    gaps = answer.gaps["gap_pp"].dropna()
    scale = answer.measure.change_scale
    unit = scale.unit if isinstance(scale, Classes) else scale
    if gaps.min() >= 0:
        lowest, highest = float(gaps.min()), float(gaps.max())
        rising = round_breaks(lowest, highest) or [highest]
        return Classes("own", tuple(rising), unit)
    above = round_breaks(0, gaps.abs().max())[:MAX_BREAKS]
    below = [-number for number in reversed(above)]
    breaks = (*below, 0, *above)
    return Classes("own", breaks, unit, is_diverging=True)


def _text_table(answer: Gap) -> pd.DataFrame:
    """Write all numbers under column heads, the whole last."""
    rows = _with_texts(answer)
    shares = answer.measure.write_rows(rows[["lower", "upper"]])
    table = pd.concat([rows["name"], shares, rows["text"]], axis=1)
    place, gap = words.term("figure.place"), words.term("gap.gap")
    return table.set_axis([place, answer.lower, answer.upper, gap], axis="columns")


def _numbers(answer: Gap) -> dict[str, NumberColumn]:
    """Give the numbers that the table writes."""
    rows = _with_texts(answer)
    measure = answer.measure
    lower = number_column(rows["lower"], measure.classes)
    upper = number_column(rows["upper"], measure.classes)
    gap = number_column(rows["gap_pp"], measure.change_scale)
    return {answer.lower: lower, answer.upper: upper, words.term("gap.gap"): gap}

"""Two figures of one answer: each place in both periods, and where it rose and fell."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from .. import words
from ..figure import ALL, BLUE, ENDS, INK, ROUND, Figure, Panel, Slopes, compose, ends, ticks
from ..indicators import Classes
from ..uptake.levels import SMALL
from ..uptake.pictures import colours, listed, outlined, shapes_of
from . import sentences

if TYPE_CHECKING:
    from . import Change

# Lines that rise and that fall: those that are meant, and the others.
RISES, FALLS = (BLUE, "#8aa0bd"), ("#9a4209", "#d3a680")


def slopes(answer: Change) -> Figure:
    """Compose a line a place and one of the whole; the largest and smallest change are strong."""
    drawn, about = _drawn(answer), answer.measure
    rows = ends(drawn.dropna(subset=["code", "change_pp"]))
    rows["bold"] = rows.index.isin(rows.index[[0, -1]])
    pairs = zip(rows["change_pp"], rows["bold"], strict=True)
    rows["colour"] = [(FALLS if moved < 0 else RISES)[not bold] for moved, bold in pairs]
    whole = drawn.tail(1).dropna(subset="change_pp").assign(bold=True, colour=INK)
    rows = pd.concat([rows, whole], ignore_index=True).rename(columns={"after": "value"})
    rows["start"] = rows["before"].map(about.write)
    rows["end"] = rows["value"].map(about.write) + "  " + rows["text"] + "  " + rows["name"]
    before, after = about.years
    return _figure(answer, "slopes", Slopes(rows, (str(before), str(after))))


def where(answer: Change) -> Figure:
    """Compose the map of changes with the ordered list."""
    drawn, classes = _drawn(answer), _classes(answer)
    known, whole = drawn.iloc[:-1].dropna(subset="change_pp"), drawn.iloc[-1]
    moved, write = known["change_pp"], partial(words.series, scale=classes.unit, bare=True)
    known = known.assign(value=moved, colour=colours(moved, classes))
    at = whole["change_pp"], words.term("figure.whole", share=whole["text"])
    line = at if sentences.whole(answer) else None
    rows = listed(known, {"value": words.term("change.change")}, write, line=line)
    rows = replace(rows, ticks=ticks([0, *rows.rows["value"]], write))
    return _figure(answer, "map", outlined(known, classes, write, shapes_of("district")), rows)


def _figure(answer: Change, kind: str, *panels: Panel) -> Figure:
    about, label = answer.measure.described, words.term("change.own")
    if about:
        unit = words.term(f"figure.{answer.measure.classes.unit}")
        label = words.term("change.label", label=about.label, unit=unit, out_of=about.out_of)
    before, after = answer.measure.years
    said = {"points": words.with_unit(_classes(answer).unit), "before": before, "after": after}
    notes = sentences.left_out(answer)
    notes += words.term("figure.small", small=SMALL) * bool(answer.changed["small"].any())
    if kind == "slopes" and answer.changed["change_pp"].notna().sum() > ALL:
        notes += words.term("change.ends", ends=ENDS)
    return compose(
        sentences.title(answer, of_map=kind == "map"),
        words.term(f"change.subtitle_{kind}", label=label, **said),
        *panels,
        kind=f"change.{kind}",
        table=_table(answer),
        origin=answer.origin,
        source=answer.source,
        notes=notes,
    )


def _drawn(answer: Change) -> pd.DataFrame:
    """Give each place, and last the whole, the text of its change."""
    whole = {"name": words.term("change.all"), "small": False, **answer.whole}
    rows = pd.concat([answer.table, pd.DataFrame([whole])], ignore_index=True)
    texts = [sentences.signed(answer, moved) for moved in rows["change_pp"]]
    return rows.assign(text=texts + np.where(rows["small"].astype(bool), "*", ""))


def _classes(answer: Change) -> Classes:
    """Take the classes of the catalogue, else round ones on both sides of 0."""
    found = answer.measure.of_change
    if isinstance(found, Classes):
        return found
    most = answer.changed["change_pp"].abs().max() or 1
    step = MaxNLocator(3, steps=ROUND).tick_values(0, most)[1]
    return Classes("own", tuple(step * at for at in (-2, -1, 0, 1, 2)), found, diverging=True)


def _table(answer: Change) -> pd.DataFrame:
    """All numbers as texts under heads, the whole last."""
    drawn, write = _drawn(answer)[["name", "before", "after", "text"]], answer.measure.write
    years = map(str, answer.measure.years)
    heads = [words.term("figure.place"), *years, words.term("change.change")]
    return drawn.assign(**drawn[["before", "after"]].map(write)).set_axis(heads, axis="columns")

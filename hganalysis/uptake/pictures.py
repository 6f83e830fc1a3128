"""Three figures of one answer: where it is high, in what order, and in which parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import places, suppress, words
from ..figure import ALL, ENDS, PALE, Figure, Legend, Map, Rows, banner, capital, credit, ends
from . import sentences
from .classes import rounded
from .levels import SHOWN, SMALL
from .measure import ROUND
from .shapes import drawn_as, shapes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..places import Level
    from . import Uptake


def require_known(rows: pd.DataFrame) -> None:
    """Refuse to draw what no place has."""
    if rows["share"].isna().all():
        raise places.NotGivenError(words.term("uptake.nowhere") + ".")


def where(answer: Uptake) -> Figure:
    """Compose the map with the ordered list."""
    require_known(answer.counted)
    return _figure(answer, sentences.first(answer), "map", map_of(answer), _rows(answer))


def order(answer: Uptake) -> Figure:
    """Compose the ordered list alone, with how unlike the parts of each place are."""
    require_known(answer.counted)
    return _figure(answer, sentences.order(answer), "order", _rows(answer, spread=True))


def parts(answer: Uptake) -> Figure:
    """Compose the map of the parts, by their outlines, or as circles or squares, and their list."""
    about, rows = answer.measure, answer.parts.copy()
    require_known(rows)
    shown = rows["share"].notna()
    rows["colour"] = colours(rows["share"], answer)
    rows["text"] = rows["share"].map(about.write) + np.where(rows["small"], "*", "")
    rows["text"] = rows["text"].where(shown, None)
    known = rows[shown].sort_values("share", ascending=False, kind="stable")
    title = capital(sentences.ends(known, "share", about.write))
    legend = about.classes.colours, about.ticks(about.classes.breaks)
    panel, how = outlined(rows, *legend, level="commune")
    shown_rows = ends(known.assign(value=known["share"]))
    line = Rows(
        shown_rows[["name", "value", "text", "colour"]],
        {"value": str(about.years[-1])},
        ticks(shown_rows["value"], answer),
        gap=ENDS * (len(known) > ALL),
    )
    source = credit(answer.origin, named=answer.source) + words.term(f"figure.{how}")
    source += words.term("figure.ends", ends=ENDS) * (len(known) > ALL)
    source += words.term("figure.small", small=SMALL) * bool(known["small"].any())
    table = rows.fillna({"text": words.term("figure.grey")})
    heads = [words.term("figure.part"), words.term("figure.place"), str(about.years[-1])]
    home = [places.label(code) for code in rows["place"]]
    return Figure(
        title=title,
        subtitle=about.subtitle(),
        panels=(panel, line),
        source=source,
        alt=alt("uptake.parts", title, about.subtitle()),
        table=pd.DataFrame(dict(zip(heads, [rows["name"], home, table["text"]], strict=True))),
        banner=banner(answer.origin),
    )


def parts_table(found: pd.DataFrame) -> pd.DataFrame:
    """
    Count each part of the places in its last period.

    Parameters
    ----------
    found
        As `levels.counts` gives them.
    """
    last = found[(found["year"] == found["year"].max()) & (found["code"] != found["place"])]
    known = ~last["hidden"] & (last["count"] >= SHOWN)
    share = (last["count"] / last["out_of"]).where(known)
    names = [places.label(code) for code in last["code"]]
    kept = last[["code", "place", "count", "out_of"]].assign(name=names, share=share)
    kept["small"] = kept["count"] < SMALL
    kept[["count", "out_of"]] = kept[["count", "out_of"]].astype(float).where(known)
    kept["hidden"] = last["hidden"]
    told = kept.join(last.filter(["indicator"]))  # a ratio leaves nothing over
    return suppress.refuse_small(told)[[*kept]].reset_index(drop=True)


def alt(kind: str, title: str, subtitle: str, **blanks: str) -> str:
    """Say what a picture is to who cannot see it."""
    what = words.term(kind, **blanks)
    return words.term("figure.alt", kind=what, title=title, subtitle=subtitle)


def _figure(answer: Uptake, title: str, kind: str, *panels: Map | Rows) -> Figure:
    title, subtitle = capital(title), answer.measure.subtitle()
    return Figure(
        title=title,
        subtitle=subtitle,
        panels=panels,
        source=_source(answer, has_map=kind == "map"),
        alt=alt(f"uptake.{kind}", title, subtitle),
        table=_table(answer),
        banner=banner(answer.origin),
    )


def colours(values: pd.Series, answer: Uptake) -> list[str]:
    """Give each level the colour of its class, and grey to none."""
    classes = answer.measure.classes
    return [PALE if pd.isna(at) else classes.colours[at] for at in classes.index(values)]


def drawn(answer: Uptake) -> pd.DataFrame:
    """Give each place of the table what pictures need: a text and a colour."""
    table = answer.table
    text = table["share"].map(answer.measure.write) + np.where(table["small"], "*", "")
    return table.assign(value=table["share"], text=text, colour=colours(table["share"], answer))


def map_of(answer: Uptake, *, head: str = "") -> Map:
    """Draw the places in the classes of their measure."""
    rows, classes = drawn(answer).dropna(subset="share"), answer.measure.classes
    return outlined(rows, classes.colours, answer.measure.ticks(classes.breaks), head=head)[0]


def outlined(
    rows: pd.DataFrame,
    colours: Sequence[str],
    borders: Sequence[str],
    *,
    level: Level = "district",
    head: str = "",
) -> tuple[Map, str]:
    """Give places (`code`, `text`, `colour`) their shapes, and say what these are; others grey."""
    columns = rows.set_index("code")[["text", "colour"]]
    shapes, ground, how = shapes_of(level)
    drawn = shapes[["geometry"]].join(columns).fillna({"colour": PALE})
    drawn["name"] = [places.label(code) for code in drawn.index]
    grey = words.term("figure.grey") if drawn["text"].isna().any() else ""
    legend = Legend(tuple(colours), tuple(borders), grey)
    tiled = how in ("squares", "part_squares", "divided")
    return Map(drawn, legend, head=head, ground=ground, tiled=tiled), how


def ticks(values: pd.Series | pd.DataFrame, answer: Uptake) -> dict[float, str]:
    """Write a few round levels within values."""
    steps = rounded(pd.Series(np.ravel(values)).dropna(), ROUND)
    return dict(zip(steps, answer.measure.ticks(steps), strict=True))


def _rows(answer: Uptake, *, spread: bool = False) -> Rows:
    known, years = drawn(answer).dropna(subset="share"), answer.measure.years
    rows = ends(known)
    columns = ["value", "before", "low", "high"] + ["lowest", "highest"] * spread
    numbers = rows[columns].dropna(axis="columns", how="all")
    key = {"value": str(years[-1]), "before": str(years[-2:][0])}
    key |= {"low": words.term("uptake.similar"), "lowest": words.term("uptake.spread")}
    line = None
    if len(known) == len(answer.table):  # a sum without a place is not the whole
        whole = known["count"].sum() / known["out_of"].sum()
        line = whole, words.term("figure.whole", share=answer.measure.write(whole))
    return Rows(
        rows[["name", "text", "colour"]].join(numbers),
        {name: said for name, said in key.items() if name in numbers},
        ticks(numbers, answer) if len(rows) else {},
        line=line,
        gap=ENDS * (len(known) > ALL),
    )


def _table(answer: Uptake) -> pd.DataFrame:
    """All numbers as texts under heads: at most four columns, which a phone has room for."""
    rows, about = drawn(answer).set_index("code"), answer.measure
    text = rows["text"].where(rows["share"].notna(), words.term("figure.grey"))
    found = {words.term("figure.place"): rows["name"], str(about.years[-1]): text}
    if len(about.years) > 1:
        found[str(about.years[-2])] = rows["before"].map(about.write)
    if about.told == "periods":
        ends = zip(rows["low"], rows["high"], strict=True)
        similar = [words.span(*both, about.classes) for both in ends]
        found[words.term("uptake.similar")] = pd.Series(similar, rows.index)
    return pd.DataFrame(found).rename_axis(None)


def _source(answer: Uptake, *, has_map: bool) -> str:
    said = credit(answer.origin, named=answer.source)
    if has_map:
        said += words.term(f"figure.{drawn_as()}")
    if answer.counted["share"].notna().sum() > ALL:
        said += words.term("figure.ends", ends=ENDS)
    return said + words.term("figure.small", small=SMALL) * bool(answer.counted["small"].any())

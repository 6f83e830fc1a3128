"""Three figures of one answer: where it is high, in what order, and in which parts."""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .. import places, study, suppress, words
from ..figure import ALL, ENDS, PALE, Figure, Legend, Map, Rows, capital, compose, ends, ticks
from . import sentences
from .levels import SHOWN, SMALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..indicators import Classes
    from ..places import Level
    from . import Uptake


def require_known(rows: pd.DataFrame) -> None:
    """Refuse to draw what no place has."""
    if rows["share"].isna().all():
        raise places.NotGivenError(words.term("uptake.nowhere") + ".")


def where(answer: Uptake) -> Figure:
    """Compose the map with the ordered list."""
    rows = drawn(answer, answer.table)
    return _figure(answer, sentences.first(answer), "map", rows, map_of(answer), _rows(answer))


def order(answer: Uptake) -> Figure:
    """Compose the ordered list alone, with how unlike the parts of each place are."""
    rows, listed = drawn(answer, answer.table), _rows(answer, spread=True)
    return _figure(answer, sentences.order(answer), "order", rows, listed)


def parts(answer: Uptake) -> Figure:
    """Compose the map of the parts, by their outlines, or as circles or squares, and their list."""
    about, rows = answer.measure, drawn(answer, answer.parts)
    known = rows.dropna(subset="share").sort_values("share", ascending=False, kind="stable")
    title = sentences.ends(known, "share", about.write)
    borders = about.series(about.classes.breaks)
    panel, how = outlined(rows, about.classes.colours, borders, level="commune")
    shown = ends(known)
    key, steps = {"value": str(about.years[-1])}, ticks(shown["value"], about.series)
    listed = Rows(
        shown[["name", "value", "text", "colour"]], key, steps, gap=ENDS * (len(known) > ALL)
    )
    return _figure(answer, title, "parts", rows, panel, listed, how=how)


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


def drawn(answer: Uptake, rows: pd.DataFrame) -> pd.DataFrame:
    """Give each place, or part, what pictures need: a text and a colour, or none and grey."""
    text = rows["share"].map(answer.measure.write) + np.where(rows["small"], "*", "")
    text = text.where(rows["share"].notna(), None)
    colour = colours(rows["share"], answer.measure.classes)
    return rows.assign(value=rows["share"], text=text, colour=colour)


def colours(values: pd.Series, classes: Classes) -> list[str]:
    """Give each value the colour of its class, and grey to none."""
    return [PALE if pd.isna(at) else classes.colours[at] for at in classes.index(values)]


def map_of(answer: Uptake) -> Map:
    """Draw the places in the classes of their measure."""
    rows = drawn(answer, answer.table).dropna(subset="share")
    classes = answer.measure.classes
    return outlined(rows, classes.colours, answer.measure.series(classes.breaks))[0]


def outlined(
    rows: pd.DataFrame, colours: Sequence[str], borders: Sequence[str], *, level: Level = "district"
) -> tuple[Map, str]:
    """Give places (`code`, `text`, `colour`) their shapes, and say what these are; others grey."""
    columns = rows.set_index("code")[["text", "colour"]]
    shapes, ground, how = shapes_of(level)
    drawn = shapes[["geometry"]].join(columns).fillna({"colour": PALE})
    drawn["name"] = [places.label(code) for code in drawn.index]
    grey = words.term("figure.grey") if drawn["text"].isna().any() else ""
    legend = Legend(tuple(colours), tuple(borders), grey)
    tiled = how in ("squares", "part_squares", "divided")
    return Map(drawn, legend, ground=ground, tiled=tiled), how


def _rows(answer: Uptake, *, spread: bool = False) -> Rows:
    known, years = drawn(answer, answer.table).dropna(subset="share"), answer.measure.years
    rows = ends(known)
    columns = ["value", "before", "low", "high"] + ["lowest", "highest"] * spread
    numbers = rows[columns].dropna(axis="columns", how="all")
    key = {"value": str(years[-1]), "before": str(years[-2:][0])}
    key |= {"low": words.term("uptake.similar"), "lowest": words.term("uptake.spread")}
    line = None
    if len(known) == len(answer.counted):  # a sum without a place is not the whole
        whole = known["count"].sum() / known["out_of"].sum()
        line = whole, words.term("figure.whole", share=answer.measure.write(whole))
    return Rows(
        rows[["name", "text", "colour"]].join(numbers),
        {name: said for name, said in key.items() if name in numbers},
        ticks(numbers, answer.measure.series),
        line=line,
        gap=ENDS * (len(known) > ALL),
    )


def _figure(
    answer: Uptake, title: str, kind: str, rows: pd.DataFrame, *panels: Map | Rows, how: str = ""
) -> Figure:
    require_known(rows)
    how = drawn_as() if kind == "map" else how
    notes = words.term(f"figure.{how}") if how else ""
    notes += words.term("figure.ends", ends=ENDS) * bool(rows["share"].notna().sum() > ALL)
    notes += words.term("figure.small", small=SMALL) * bool(rows["small"].any())
    return compose(
        capital(title),
        answer.measure.subtitle(),
        *panels,
        kind=f"uptake.{kind}",
        table=_table(answer, rows),
        origin=answer.origin,
        source=answer.source,
        notes=notes,
    )


def _table(answer: Uptake, rows: pd.DataFrame) -> pd.DataFrame:
    """All numbers as texts under heads: at most four columns, which a phone has room for."""
    rows, about = rows.set_index("code"), answer.measure
    found = {words.term("figure.place"): rows["name"]}
    if "place" in rows:
        found = {words.term("figure.part"): rows["name"]}
        found[words.term("figure.place")] = rows["place"].map(places.label)
    found[str(about.years[-1])] = rows["text"].fillna(words.term("figure.grey"))
    if "before" in rows and len(about.years) > 1:
        found[str(about.years[-2])] = rows["before"].map(about.write)
    if "low" in rows and about.told == "periods":
        ends = zip(rows["low"], rows["high"], strict=True)
        similar = [words.span(*both, about.classes) for both in ends]
        found[words.term("uptake.similar")] = pd.Series(similar, rows.index)
    return pd.DataFrame(found).rename_axis(None)


# The radius of the largest place's circle, as a part of the usual way to the nearest neighbour, and
# that of the smallest as a part of it.
CIRCLE, LEAST = 0.7, 0.5

# Of the side of a square, left free between two.
GAP = 0.06


def shapes_of(level: Level) -> tuple[gpd.GeoDataFrame, gpd.GeoSeries | None, str]:
    """
    Find the shapes of a level, what lies below them, and what they are.

    Returns
    -------
    shapes, ground, how
        `how` is `"outlines"` (generalised) or `"given_outlines"`, `"squares"` (of districts),
        `"part_squares"` (of their parts, each near where it lies), `"circles"`, or `"divided"`
        (squares within that of their district, where nobody knows where they lie): the key of the
        text that says so.

    Raises
    ------
    NotGivenError
        If nobody knows where the districts lie.
    """
    if level == "district" or len(places.levels()) < 2:
        return places.areas("district"), None, drawn_as()
    if places.has_areas(level):
        return places.areas(level), None, drawn_as()
    if not places.placed():
        return _divided(), None, "divided"
    drawn = places.footprints()
    if (drawn.geom_type == "Point").all():
        return _circles(drawn), places.areas("district").geometry, "circles"
    return drawn, None, "part_squares"


def drawn_as() -> str:
    """Say what districts are drawn as: the key of its text."""
    if places.as_tiles():
        return "squares"
    general = study.current().says("outlines", "generalised")
    return "outlines" if general else "given_outlines"


def _circles(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw points as circles, with areas in proportion to their residents."""
    near = points.sindex.nearest(points.geometry, exclusive=True, return_distance=True)[1]
    size = (points["population"] / points["population"].max()) ** 0.5
    radius = CIRCLE * np.median(near) * size.fillna(LEAST).clip(lower=LEAST)
    return points.set_geometry(points.buffer(radius))


def _divided() -> gpd.GeoDataFrame:
    """Divide the box of each district into a square for each of its parts, in their order."""
    parts, areas = places.communes(), places.areas("district")
    found = {}
    for home, codes in parts.groupby("district_code").groups.items():
        west, south, east, north = areas.geometry[home].bounds
        many = ceil(sqrt(len(codes)))
        side = min(east - west, north - south) / many
        for at, code in enumerate(codes):
            x, y = west + at % many * side, north - at // many * side
            found[code] = shapely.box(x, y - side, x + side, y).buffer(
                -GAP * side / 2, join_style=2
            )
    shapes = gpd.GeoSeries(found, crs=areas.crs).reindex(parts.index)
    return gpd.GeoDataFrame(parts, geometry=shapes, crs=areas.crs)

"""Three figures of one answer: where it is high, in what order, and in which parts."""

from collections.abc import Callable, Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .. import places, study, suppress, words
from ..figure import ALL, ENDS, PALE, Figure, Legend, Map, Rows, capital, compose, ends, ticks
from ..indicators import Classes
from ..places import Level
from . import sentences
from .levels import SHOWN, SMALL

if TYPE_CHECKING:
    from . import Uptake


def where(answer: "Uptake") -> Figure:
    """Compose the map with the ordered list."""
    rows, about = drawn(answer, answer.table), answer.measure
    panel, how = outlined(rows.dropna(subset="share"), about.classes, about.series)
    both = panel, _rows(answer, rows)
    return _figure(answer, "map", sentences.first(answer), rows, *both, how=how)


def order(answer: "Uptake") -> Figure:
    """Compose the ordered list alone, with how unlike the parts of each place are."""
    rows = drawn(answer, answer.table)
    listed = _rows(answer, rows, "lowest", "highest")
    return _figure(answer, "order", sentences.order(answer), rows, listed)


def parts(answer: "Uptake") -> Figure:
    """Compose the map of the parts, by their outlines, or as circles or squares, and their list."""
    rows, about = drawn(answer, answer.parts), answer.measure
    known = rows.dropna(subset="share").sort_values("share", ascending=False, kind="stable")
    title = sentences.ends(known, "share", about.write)
    panel, how = outlined(rows, about.classes, about.series, shapes_of("commune"))
    both = panel, listed(known, {"value": str(about.years[-1])}, about.series)
    return _figure(answer, "parts", title, rows, *both, how=how)


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
    kept = last[["code", "place"]].join(last[["count", "out_of"]].astype(float).where(known))
    kept["name"] = [places.label(code) for code in kept["code"]]
    kept["share"] = kept["count"] / kept["out_of"]
    kept = kept.assign(small=last["count"] < SMALL, hidden=last["hidden"])
    told = kept.join(last.filter(["indicator"]))  # a ratio leaves nothing over
    return suppress.refuse_small(told)[[*kept]].reset_index(drop=True)


def drawn(answer: "Uptake", rows: pd.DataFrame) -> pd.DataFrame:
    """Give each place, or part, what pictures need: a text and a colour, or none and grey."""
    if rows["share"].isna().all():
        raise places.NotGivenError(words.term("uptake.nowhere") + ".")
    text = rows["share"].map(answer.measure.write) + np.where(rows["small"], "*", "")
    text = text.where(rows["share"].notna(), None)
    colour = colours(rows["share"], answer.measure.classes)
    return rows.assign(value=rows["share"], text=text, colour=colour)


def colours(values: pd.Series, classes: Classes) -> list[str]:
    """Give each value the colour of its class, and grey to none."""
    return [PALE if pd.isna(at) else classes.colours[at] for at in classes.index(values)]


Shapes = tuple[gpd.GeoDataFrame, gpd.GeoSeries | None, str]
"""Of all places, what lies below them, and what they are: see `shapes_of`."""


Write = Callable[[Sequence[float]], list[str]]


def outlined(
    rows: pd.DataFrame, classes: Classes, write: Write, shapes: Shapes | None = None
) -> tuple[Map, str]:
    """Give places (`code`, `text`, `colour`) their shapes, and say what these are; others grey."""
    every, ground, how = shapes or shapes_of("district")
    drawn = every[["geometry"]].join(rows.set_index("code")[["text", "colour"]])
    own = "own_name" in every
    drawn["name"] = every["own_name"] if own else [places.label(code) for code in drawn.index]
    drawn = drawn.fillna({"colour": PALE})
    grey = words.term("figure.grey") if drawn["text"].isna().any() else ""
    legend = Legend(classes.colours, tuple(write(classes.breaks)), grey)
    return Map(drawn, legend, ground=ground, tiled=how.endswith("squares") or how == "divided"), how


def listed(
    known: pd.DataFrame,
    key: dict[str, str],
    write: Write,
    *columns: str,
    line: tuple[float, str] | None = None,
) -> Rows:
    """List places with their `value` and what else is known of them, so many from each end."""
    rows = ends(known)
    numbers = rows[["value", *columns]].dropna(axis="columns", how="all")
    return Rows(
        rows[["name", "text", "colour"]].join(numbers),
        {name: said for name, said in key.items() if name in numbers},
        ticks(numbers, write),
        line=line,
        gap=ENDS * (len(known) > ALL),
    )


def shortened(known: pd.DataFrame) -> str:
    """Say that a list has the ends only, if it has."""
    return words.term("figure.ends", ends=ENDS) * (len(known) > ALL)


def _rows(answer: "Uptake", rows: pd.DataFrame, *spread: str) -> Rows:
    known, about = rows.dropna(subset="share"), answer.measure
    key = {"value": str(about.years[-1]), "before": str(about.years[-2:][0])}
    key |= {"low": words.term("uptake.similar"), "lowest": words.term("uptake.spread")}
    line = None
    if len(known) == len(rows):  # a sum without a place is not the whole
        whole = known["count"].sum() / known["out_of"].sum()
        line = whole, words.term("figure.whole", share=about.write(whole))
    return listed(known, key, about.series, "before", "low", "high", *spread, line=line)


def _figure(
    answer: "Uptake", kind: str, title: str, rows: pd.DataFrame, *panels: Map | Rows, how: str = ""
) -> Figure:
    notes = words.term(f"figure.{how}") if how else ""
    notes += shortened(rows.dropna(subset="share"))
    notes += words.term("figure.small", small=SMALL) * bool(rows["small"].any())
    said = {"kind": f"uptake.{kind}", "origin": answer.origin, "source": answer.source}
    heads, table = (capital(title), answer.measure.subtitle()), _table(answer, rows)
    return compose(*heads, *panels, table=table, notes=notes, **said)


def _table(answer: "Uptake", rows: pd.DataFrame) -> pd.DataFrame:
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


def shapes_of(level: Level) -> Shapes:
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
    level = level if len(places.levels()) > 1 else "district"
    if level == "district" or places.has_areas(level):
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
            square = shapely.box(x, y - side, x + side, y)
            found[code] = square.buffer(-GAP * side / 2, join_style=2)
    shapes = gpd.GeoSeries(found, crs=areas.crs).reindex(parts.index)
    return gpd.GeoDataFrame(parts, geometry=shapes, crs=areas.crs)

"""The figure of levels: their ordered list, beside the map of their places or parts."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .. import figure, places, study, suppress, words
from ..figure import ALL, ENDS, PALE, Figure, Legend, Map, Panel, Rows
from ..indicators import Classes
from ..places import Level
from ..places.shapes import MOST, tiles
from . import sentences
from .levels import SHOWN, SMALL
from .measure import Measure

if TYPE_CHECKING:
    from . import Uptake

Shapes = tuple[gpd.GeoDataFrame, gpd.GeoSeries | None, str]
"""Of all places, with their `name`; what lies below them; what they are: see `shapes_of`."""

Write = Callable[[Sequence[float]], list[str]]

BESIDE = {"low": "high", "lowest": "highest"}
"""The other end of what begins in a column."""


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


def composed(
    answer: "Uptake", rows: pd.DataFrame, kind: str, shapes: Shapes | None = None
) -> Figure:
    """
    Compose the ordered list of levels, beside their map if there are `shapes`.

    `rows`: a row a place, `code`, `name`, `share` and `small`, and any columns of `Uptake.table`.
    """
    about, of_order = answer.measure, kind == "order"
    if rows["share"].isna().all():
        raise places.NotGivenError(words.term("uptake.nowhere") + ".")
    text = rows["share"].map(about.write) + np.where(rows["small"], "*", "")
    text = text.where(rows["share"].notna(), None)
    rows = rows.assign(value=rows["share"], text=text, colour=colours(rows["share"], about.classes))
    known = rows.dropna(subset="share").sort_values("share", ascending=False, kind="stable")
    key = {"value": about.head, "before": "".join(map(str, about.years[-2:-1]))}
    key["low"] = words.term("uptake.similar")
    key |= {"lowest": words.term("uptake.spread")} if of_order else {}
    line = None
    if len(known) == len(rows) and "out_of" in rows:  # a sum without a place is not the whole
        whole = known["count"].sum() / known["out_of"].sum()
        line = whole, words.term("figure.whole", share=about.write(whole))
    panels: list[Panel] = [listed(known, key, about.series, line)]
    if shapes:
        panels.insert(0, outlined(rows, about.classes, about.series, shapes))
    title = sentences.order(answer)[0] if of_order else sentences.ends(known, about.write)
    return figure.compose(
        figure.capital(title),
        about.subtitle(),
        *panels,
        kind=f"uptake.{kind}",
        table=_table(rows, about),
        origin=answer.origin,
        source=answer.source,
        notes=words.term("figure.small", small=SMALL) * bool(rows["small"].any()),
    )


def colours(values: pd.Series, classes: Classes) -> list[str]:
    """Give each value the colour of its class, and grey to none."""
    return [PALE if pd.isna(at) else classes.colours[at] for at in classes.index(values)]


def outlined(rows: pd.DataFrame, classes: Classes, write: Write, shapes: Shapes) -> Map:
    """Give places (`code`, `text`, `colour`) their shapes; others are grey."""
    every, ground, how = shapes
    drawn = every.join(rows.set_index("code")[["text", "colour"]]).fillna({"colour": PALE})
    grey = words.term("figure.grey") if drawn["text"].isna().any() else ""
    legend = Legend(classes.colours, tuple(write(classes.breaks)), grey)
    tiled = how.endswith("squares") or how == "divided"
    return Map(drawn, legend, ground=ground, tiled=tiled, note=words.term(f"figure.{how}"))


def listed(
    known: pd.DataFrame, key: dict[str, str], write: Write, line: tuple[float, str] | None = None
) -> Rows:
    """List places with what the `key` names of them, so many from each end."""
    rows = figure.ends(known)
    numbers = rows.reindex(columns=[*key, *(BESIDE[name] for name in key if name in BESIDE)])
    numbers = numbers.dropna(axis="columns", how="all")
    return Rows(
        rows[["name", "text", "colour"]].join(numbers),
        {name: said for name, said in key.items() if name in numbers},
        figure.ticks(numbers, write),
        line=line,
        gap=ENDS * (len(known) > ALL),
    )


def _table(rows: pd.DataFrame, about: Measure) -> pd.DataFrame:
    """All numbers as texts under heads: at most four columns, which a phone has room for."""
    rows = rows.set_index("code")
    first = "part" if "place" in rows else "name" if about.column else "place"
    found = {words.term(f"figure.{first}"): rows["name"]}
    if "place" in rows:
        found[words.term("figure.place")] = rows["place"].map(places.label)
    found[about.head] = rows["text"].fillna(words.term("figure.grey"))
    if "before" in rows and len(about.years) > 1:
        found[str(about.years[-2])] = rows["before"].map(about.write)
    if "low" in rows and about.told == "periods":
        both = zip(rows["low"], rows["high"], strict=True)
        similar = [words.span(*ends, about.classes) for ends in both]
        found[words.term("uptake.similar")] = pd.Series(similar, rows.index)
    return pd.DataFrame(found).rename_axis(None)


# The radius of the largest place's circle, as a part of the usual way to the nearest neighbour, and
# that of the smallest as a part of it.
CIRCLE, LEAST = 0.7, 0.5

# Of the side of a square, left free at each edge.
GAP = 0.03


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
    ground = None
    if level == "district" or places.has_areas(level):
        general = study.current().says("outlines", "generalised")
        how = "squares" if places.as_tiles() else "outlines" if general else "given_outlines"
        drawn = places.areas(level)
    elif not places.placed():
        drawn, how = _divided(), "divided"
    elif places.as_tiles() and len(places.communes()) <= MOST:
        drawn, how = tiles(places.points()), "part_squares"
    else:
        drawn, how, ground = _circles(places.points()), "circles", places.areas().geometry
    names = [places.label(code) for code in drawn.index]
    return drawn[["geometry"]].assign(name=names), ground, how


def _circles(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw points as circles, with areas in proportion to their residents."""
    near = points.sindex.nearest(points.geometry, exclusive=True, return_distance=True)[1]
    size = (points["population"] / points["population"].max()) ** 0.5
    radius = CIRCLE * np.median(near) * size.fillna(LEAST).clip(lower=LEAST)
    return points.set_geometry(points.buffer(radius))


def _divided() -> gpd.GeoDataFrame:
    """Divide the box of each district into a square for each of its parts, in their order."""
    parts, areas = places.communes(), places.areas("district")
    homes = parts.groupby("district_code")["district_code"]
    box = areas.bounds.loc[parts["district_code"]].set_axis(parts.index)
    at, many = homes.cumcount(), np.ceil(np.sqrt(homes.transform("size")))
    side = np.minimum(box["maxx"] - box["minx"], box["maxy"] - box["miny"]) / many
    west, north, gap = box["minx"] + at % many * side, box["maxy"] - at // many * side, GAP * side
    squares = shapely.box(west + gap, north - side + gap, west + side - gap, north - gap)
    return gpd.GeoDataFrame(parts, geometry=squares, crs=areas.crs)

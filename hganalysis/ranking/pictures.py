"""The figure of a ranking: an ordered list, beside the map of its places or of their parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .. import figure, places, suppress, words
from ..figure import MAX_ROWS, PALE, ROWS_PER_END, Figure, Legend, Map, Panel, ReferenceLine, Rows
from ..indicators import Classes
from ..places import Level
from ..places.shapes import MAX_TILES, tiles
from . import sentences
from .levels import (
    FEW_RESIDENTS,
    SMALL,
    add_levels,
    are_alike,
    are_unranked,
    rank_rule,
)
from .measure import Measure

if TYPE_CHECKING:
    from .answer import Uptake

WriteSeries = Callable[[Sequence[float]], list[str]]

OTHER_END = {"low": "high", "lowest": "highest"}
"""The column with the other end of an interval."""

# Circles: the radius of the largest as a share of the usual distance between neighbours, and that
# of the smallest as a share of the largest.
CIRCLE_RADIUS, MIN_CIRCLE = 0.7, 0.5

# Free space at each edge of a small square, as a share of its side.
SQUARE_GAP = 0.03


class Shapes(NamedTuple):
    """Shapes of places for a map."""

    places: gpd.GeoDataFrame
    """With the `name` of each place."""
    ground: gpd.GeoSeries | None
    """Land that is drawn below them."""
    kind: str
    """Key of the text that says what the shapes are: see `find_shapes`."""
    unmapped: tuple[str, ...] = ()
    """Codes of the places of this level that have no shape: nobody knows where they lie."""

    @property
    def is_tiled(self) -> bool:
        """Whether places are drawn as squares, which nobody recognises by their shape."""
        return self.kind.endswith("squares") or self.kind == "divided"

    def names(self) -> pd.DataFrame:
        """Give the `name` of every place, those that are not on the map last."""
        unmapped = pd.DataFrame({"name": places.labels(self.unmapped)}, [*self.unmapped])
        return pd.concat([pd.DataFrame(self.places[["name"]]), unmapped])

    def note(self) -> str:
        """Say what the shapes are, and which places are not on the map."""
        note = words.term(f"figure.{self.kind}")
        if self.unmapped:
            names = words.join_some(places.labels(self.unmapped))
            note += words.term("figure.unmapped", names=names)
        return note


class Wording(NamedTuple):
    """What is said of a ranking, beside its numbers."""

    kind: str
    """Key of the text that says what kind of picture this is."""
    key: dict[str, str]
    """Labels of the columns that the list draws."""
    title: str | None = None
    """By default where it is highest and lowest."""
    grey: str = "figure.grey"
    """Key of the text for a place without a number."""
    note: str = ""
    """A sentence for the source line."""


def parts_table(counts: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """
    List the parts of the places in the last period, with the numbers that may be shown.

    Parameters
    ----------
    counts
        As `counts.select_periods` gives them.
    """
    is_last_period = counts["period"] == counts["period"].max()
    is_part = counts["code"] != counts["place"]  # a place without parts is no part of itself
    parts = counts[is_last_period & is_part]

    numbers = parts[["count", "out_of"]].astype(float).mask(parts["hidden"])
    table = parts[["code", "place", "origin"]].join(numbers)
    table["name"] = places.labels(table["code"])
    table = add_levels(table, measure, parts["hidden"])
    table.loc[table["count"].isna(), "out_of"] = np.nan
    table = table.assign(small=table["count"] < SMALL, hidden=parts["hidden"])

    # the indicator tells whether the rest of the denominator is a count of people, too
    checked = suppress.refuse_small(table.join(parts.filter(["indicator"])))
    return checked[list(table.columns)].reset_index(drop=True)


def compose_answer(answer: Uptake, name: str) -> Figure:
    """Compose one of the figures of an answer: `"map"`, `"order"` or `"communes"`."""
    measure, shapes, title = answer.measure, None, None
    rows = answer.parts if name == "communes" else answer.table
    key = {"value": measure.head}
    if measure.evidence == "periods":
        # an interval at the common movement: the share of an earlier period is not on its axis
        key["low"] = interval_label(measure)
    elif len(measure.periods) > 1:
        key["before"] = words.short_period(measure.periods[-2])
    if "target" in rows:
        key["target"] = words.term("uptake.own_target")
    if name == "order":
        rows = rows.assign(name=_names_with_ranks(rows))
        title = sentences.order(answer).title
        key["lowest"] = words.term("uptake.spread")
    else:
        shapes = find_shapes("commune" if name == "communes" else "district")
    kind = "parts" if name == "communes" else name
    note = sentences.within_sentence(rows) if name == "communes" else ""
    return compose_ranking(
        rows,
        measure,
        Wording(f"uptake.{kind}", key, title, grey="uptake.not_shown", note=note),
        shapes,
        origin=answer.origin,
        source=answer.source,
    )


def _names_with_ranks(rows: pd.DataFrame) -> pd.Series:
    """Write before each name the ranks that the place could have, where these are known."""
    ranks = pd.Series(write_ranks(rows), rows.index)
    is_known = ranks != ""
    return rows["name"].mask(is_known, ranks + ". " + rows["name"])


def write_ranks(rows: pd.DataFrame) -> list[str]:
    """Write `rank_low` and `rank_high`: "7", or "1–6" where the order may turn."""
    texts = []
    for row in rows[["rank_low", "rank_high"]].to_numpy(dtype=float):
        ends = [words.number(rank) for rank in row if rank == rank]
        different_ends = dict.fromkeys(ends)
        texts.append("–".join(different_ends))
    return texts


def interval_label(measure: Measure) -> str:
    """Say what the interval is: where a place would be if places shuffled again as before."""
    return words.term("uptake.similar", **measure.evidence_span)


def compose_ranking(
    rows: pd.DataFrame,
    measure: Measure,
    wording: Wording,
    shapes: Shapes | None = None,
    *,
    origin: str,
    source: str,
) -> Figure:
    """
    Compose an ordered list, beside a map if there are shapes.

    Parameters
    ----------
    rows
        One row for each place: `code`, `name` and `share`, and any columns of `Uptake.table`. If
        they have `rank`, places without it are listed last.

    Raises
    ------
    NotGivenError
        If no place has a share.
    """
    if rows["share"].isna().all():
        raise places.NotGivenError(words.term("uptake.nowhere") + ".")
    rows = _with_texts(rows, measure)
    in_order = rows.dropna(subset="share").sort_values("share", ascending=False, kind="stable")
    ranked, tiny = in_order[~in_order["is_tiny"]], in_order[in_order["is_tiny"]]
    # a long list has room for its ends only, and tiny places are none of them
    listed = ranked
    if len(in_order) <= MAX_ROWS:
        listed = pd.concat([ranked, tiny])

    panels: list[Panel] = []
    if shapes:
        used, grey = set(rows["colour"]), words.term(wording.grey)
        strip = legend(measure.classes, measure.write_series, used, grey)
        panels.append(map_panel(rows, strip, shapes))
    has_all = len(in_order) == len(rows) and "out_of" in rows
    line = _line_of_whole(rows, measure) if has_all else None
    panels.append(list_panel(listed, wording.key, measure.write_series, line))

    notes = note_on_ranks(rows, measure) + wording.note + measure.estimates.note()
    title = wording.title or sentences.highest_and_lowest(rows, measure)
    return figure.compose(
        figure.capitalise(title),
        measure.subtitle(),
        *panels,
        kind=wording.kind,
        table=_text_table(rows, measure, words.term(wording.grey)),
        numbers=_numbers(rows, measure),
        origin=origin,
        source=source,
        measures=[measure.name],
        notes=notes,
    )


def _with_texts(rows: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Give each place its text and colour, and say whether it is so tiny that it has no rank."""
    has_share = rows["share"].notna()
    is_tiny = are_unranked(rows, measure)
    texts = rows["share"].map(measure.write) + np.where(is_tiny, "*", "")
    return rows.assign(
        value=rows["share"],
        text=texts.where(has_share, None),
        colour=class_colours(rows["share"], measure.classes),
        is_tiny=is_tiny,
    )


def note_on_ranks(rows: pd.DataFrame, measure: Measure) -> str:
    """Say what a star means, or why no place has a rank; nothing where all have one."""
    if "rank" not in rows:
        return ""
    if are_alike(rows, measure):
        return words.term("uptake.no_ranks")
    return note_on_star(rows, measure) if are_unranked(rows, measure).any() else ""


def note_on_star(rows: pd.DataFrame, measure: Measure) -> str:
    """Say what a star means, by what a place among these rows needs for a rank."""
    rule = rank_rule(rows, measure)
    return words.term(f"uptake.star_{rule}", events=SMALL, residents=FEW_RESIDENTS)


def write_reasons(rows: pd.DataFrame, otherwise: str) -> pd.Series:
    """Write why each row has no level: why it is `left_out`, if that is known."""
    if "left_out" not in rows:
        return pd.Series(otherwise, rows.index)
    texts = [
        words.term(f"uptake.why_{reason}") if isinstance(reason, str) else otherwise
        for reason in rows["left_out"]
    ]
    return pd.Series(texts, rows.index, dtype="object")


def _line_of_whole(rows: pd.DataFrame, measure: Measure) -> ReferenceLine:
    """Mark the share of all places together; only a complete list adds up to it."""
    share = rows["count"].sum() / rows["out_of"].sum()
    return ReferenceLine(share, words.term("figure.whole", share=measure.write(share)))


def class_colours(values: pd.Series, classes: Classes) -> list[str]:
    """Give each value the colour of its class, and grey to a missing one."""
    numbers = classes.index(values)
    return [PALE if pd.isna(number) else classes.colours[number] for number in numbers]


def map_panel(rows: pd.DataFrame, strip: Legend, shapes: Shapes) -> Map:
    """Draw places (`code`, `text`, `colour`); those without a text are grey."""
    every_place = shapes.places.join(rows.set_index("code")[["text", "colour"]])
    every_place = every_place.fillna({"colour": PALE})
    if every_place["text"].notna().all():
        strip = replace(strip, grey="")
    return Map(
        every_place,
        strip,
        ground=shapes.ground,
        is_tiled=shapes.is_tiled,
        note=shapes.note(),
    )


def legend(classes: Classes, write: WriteSeries, used: set[str], grey: str) -> Legend:
    """List classes; of classes on both sides of 0, no side where no place lies."""
    colours = classes.colours
    edges = ("", *write(classes.breaks), "")
    first = 0
    end = len(colours)
    if classes.is_diverging:
        zero = end // 2
        if used.isdisjoint(colours[:zero]):
            first = zero
        elif used.isdisjoint(colours[zero:]):
            end = zero
    widths = classes.widths[first:end]
    return Legend(colours[first:end], edges[first : end + 1], widths, grey)


def list_panel(
    ranked: pd.DataFrame,
    key: dict[str, str],
    write: WriteSeries,
    line: ReferenceLine | None = None,
) -> Rows:
    """List places in their order, with the columns that the key names, where they have numbers."""
    rows = figure.head_and_tail(ranked)
    columns = list(key) + [OTHER_END[column] for column in key if column in OTHER_END]
    numbers = rows.reindex(columns=columns).dropna(axis="columns", how="all")
    return Rows(
        rows[["name", "text", "colour"]].join(numbers),
        {column: label for column, label in key.items() if column in numbers},
        figure.axis_ticks(numbers, write),
        line=line,
        gap=ROWS_PER_END if len(ranked) > MAX_ROWS else 0,
    )


def _text_table(rows: pd.DataFrame, measure: Measure, grey: str) -> pd.DataFrame:
    """Write all numbers under column heads: at most four columns, as many as fit on a phone."""
    rows = rows.set_index("code")
    has_places = "place" in rows
    first_head = "name" if measure.column else "place"
    if has_places:
        first_head = "part"
    columns = {words.term(f"figure.{first_head}"): rows["name"]}
    if has_places:
        columns[words.term("figure.place")] = rows["place"].map(places.label)
    grey_texts = write_reasons(rows, grey)
    columns[measure.head] = rows["text"].fillna(grey_texts)
    if "target" in rows:
        targets = rows["target"].map(measure.write, na_action="ignore").fillna("")
        columns[words.term("uptake.own_target")] = targets
    elif "before" in rows and len(measure.periods) > 1:
        texts = measure.write_rows(rows[["share", "before"]])
        last = texts["share"] + rows["text"].str.extract(r"(\*?)$")[0]
        columns[measure.head] = last.fillna(grey_texts)
        columns[words.short_period(measure.periods[-2])] = texts["before"]
    if "low" in rows and measure.evidence == "periods":
        intervals = figure.write_spans(rows[["low", "high"]], measure.classes)
        columns[interval_label(measure)] = intervals
    return pd.DataFrame(columns).rename_axis(None)


def _numbers(rows: pd.DataFrame, measure: Measure) -> dict[str, figure.NumberColumn]:
    """Give the numbers that the table writes."""
    rows = rows.set_index("code")
    columns = {measure.head: figure.number_column(rows["share"], measure.classes)}
    if "target" in rows:
        target = words.term("uptake.own_target")
        columns[target] = figure.number_column(rows["target"], measure.classes)
    elif "before" in rows and len(measure.periods) > 1:
        before = words.short_period(measure.periods[-2])
        columns[before] = figure.number_column(rows["before"], measure.classes)
    if "low" in rows and measure.evidence == "periods":
        interval = figure.number_column(rows[["low", "high"]], measure.classes)
        columns[interval_label(measure)] = interval
    return columns


def find_shapes(level: Level) -> Shapes:
    """
    Find the shapes of a level of places.

    Returns
    -------
    shapes
        Their `kind` is `"outlines"` (generalised) or `"given_outlines"`; `"squares"` of districts;
        `"part_squares"` of their parts, each near where it lies; `"circles"`; or `"divided"`, where
        nobody knows where parts lie: squares within the square of their district.

    Raises
    ------
    NotGivenError
        If nobody knows where the districts lie.
    """
    if level == "district" or places.has_areas(level):
        return _named_shapes(places.areas(level), level, _kind_of_areas())
    if not places.is_located():
        return _named_shapes(_divide_districts(), level, "divided")
    if places.is_tiled() and len(places.units()) <= MAX_TILES:
        return _named_shapes(tiles(places.points()), level, "part_squares")
    ground = places.areas().geometry
    return _named_shapes(_circles(places.points()), level, "circles", ground)


def _kind_of_areas() -> str:
    if places.is_tiled():
        return "squares"
    return "outlines" if places.are_generalised() else "given_outlines"


def _named_shapes(
    shapes: gpd.GeoDataFrame, level: Level, kind: str, ground: gpd.GeoSeries | None = None
) -> Shapes:
    names = places.labels(shapes.index)
    unmapped = places.of_level(level).index.difference(shapes.index)
    return Shapes(shapes[["geometry"]].assign(name=names), ground, kind, tuple(unmapped))


def _circles(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw points as circles, areas in proportion to residents; small ones lie over large."""
    points = points.assign(weight=places.weights(points))
    points = points.sort_values("weight", ascending=False, kind="stable")
    nearest = points.sindex.nearest(points.geometry, exclusive=True, return_distance=True)
    distance = np.median(nearest[1])
    relative_area = points["weight"] / points["weight"].max()
    size = relative_area**0.5
    size = size.fillna(MIN_CIRCLE).clip(lower=MIN_CIRCLE)
    return points.set_geometry(points.buffer(CIRCLE_RADIUS * distance * size))


def _divide_districts() -> gpd.GeoDataFrame:
    """Divide the box of each district into a square for each of its parts, in their order."""
    areas = places.areas("district")
    # each part with the box of its district: minx, miny, maxx, maxy
    parts = places.units().join(areas.bounds, on="compared_code", how="inner")
    by_district = parts.groupby("compared_code")["compared_code"]

    # row and column of each part in its box, from the north-west corner
    number = by_district.cumcount()
    n_columns = np.ceil(np.sqrt(by_district.transform("size")))
    column = number % n_columns
    row = number // n_columns

    width = parts["maxx"] - parts["minx"]
    height = parts["maxy"] - parts["miny"]
    side = np.minimum(width, height) / n_columns
    west = parts["minx"] + column * side
    north = parts["maxy"] - row * side
    gap = SQUARE_GAP * side
    squares = shapely.box(west + gap, north - side + gap, west + side - gap, north - gap)
    return gpd.GeoDataFrame(parts, geometry=squares, crs=areas.crs)

"""Lay a sheet out on A4: what there is nothing to say of is left out, and leaves its room."""

import math
from collections.abc import Iterator
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import figure, frames, indicators, places, words
from ..change import sentences as of_change
from ..figure import INK, PALE, Figure, Layer, Map, ReferenceLine, TextTable
from ..ranking.levels import are_compared, are_unranked
from ..ranking.pictures import Shapes, class_colours, find_shapes, legend, note_on_star
from . import sentences
from .numbers import Numbers, share_of_all
from .panels import Band, DotLists, HeadedPanel, Stack, Strip

# In mm, of the 235 between the subtitle and the source: large numbers; the map beside the others;
# a row of a list, and what a list has above and below its rows.
FACTS, MAP, ROW, AROUND_ROWS, ALL = 29, 92, 5.6, 18, 235
# Beside the map: the strip; a row of the other measures, and what they have around their rows.
STRIP, TEXT_ROW, AROUND_TEXTS, GAP = 44, 7, 14, 4

# Of a narrow axis.
MAX_TICKS = 3

# More parts have too small letters: those at both ends are shown.
MAX_PARTS = 40

# More measures leave no room for the parts.
MAX_OTHERS = 7

# More places are one land: each sheet draws it, and edges so close to each other hide it.
MAX_OTHERS_ON_MAP = 300


def compose_sheet(numbers: Numbers, code: str) -> Figure:
    """Compose the sheet about one place."""
    facts = dict(sentences.facts(numbers, code))
    dots = list_dots(numbers, code)
    cells = tuple(HeadedPanel(head, fact) for head, fact in facts.items())
    bands = [Band(GAP, ()), Band(FACTS, cells)]

    # where the place lies, and beside it the other places and measures
    right = [*_strip_bands(numbers, code), *_table_bands(numbers, code)]
    height = sum(band.height for band in right)
    middle = []
    map_panel = _map_panel(numbers, code) if places.may_be_mapped() else None
    if map_panel:
        height = max(height, MAP)
        middle.append(HeadedPanel("", map_panel))
    if right:
        middle.append(HeadedPanel("", _fill_up(right, height)))
    if middle:
        bands.append(Band(height, tuple(middle)))

    if dots:
        room = ALL - sum(band.height for band in bands)
        wanted = AROUND_ROWS + ROW * len(dots.lists[0])
        cell = HeadedPanel(_head_of_dots(numbers, code), dots)
        bands.append(Band(min(wanted, room), (cell,)))
    stack = _fill_up(bands, ALL)
    origin = worst_origin(numbers)
    rankings = numbers.ranking, *numbers.beside
    measures = [ranking.measure.name for ranking in rankings]
    source = figure.credit(origin, source=numbers.ranking.source, measures=measures)
    table = pd.DataFrame({head: [fact.number] for head, fact in facts.items()})
    return Figure(
        sentences.title(numbers, code),
        numbers.measure.subtitle(),
        (stack,),
        source + stack.note + _notes(numbers, code),
        alt=sentences.full_text(numbers, code),
        table=table,
        banner=figure.banner(origin),
        paper="A4",
    )


def worst_origin(numbers: Numbers) -> str:
    """Give the least reliable origin of all numbers on a sheet."""
    origins = [numbers.ranking.origin, *(ranking.origin for ranking in numbers.beside)]
    if numbers.change:
        origins.append(numbers.change.origin)
    return frames.worst_origin(pd.Series(origins))


def _fill_up(bands: list[Band], height: float) -> Stack:
    """Leave free what bands do not take of a height, in mm."""
    rest = height - sum(band.height for band in bands)
    if rest > 0:
        bands = [*bands, Band(rest, ())]
    return Stack(tuple(bands))


def _map_panel(numbers: Numbers, code: str) -> Map | None:
    """
    Draw a place or its parts in the colours of their classes; the others are land.

    There is no map where nobody knows where they lie.
    """
    measure = numbers.measure
    parts = numbers.parts_of(code)
    level: places.Level = "commune" if len(parts) else "district"
    shapes = _shapes(numbers, level)
    rows = parts.set_index("code") if len(parts) else numbers.table.loc[[code]]
    rows = rows.assign(text=None, colour=class_colours(rows["share"], measure.classes))
    drawn = shapes.places.join(rows[["text", "colour"]], how="inner")
    if drawn.empty:
        return None
    layers: tuple[Layer, ...] = ()
    if shapes.ground is not None and code in shapes.ground.index:
        outline = shapes.ground.loc[[code]].boundary
        layers = (Layer(places.label(code), "", outline, INK),)
    colours = set(drawn["colour"])
    grey = words.term("uptake.not_shown") if PALE in colours else ""
    return Map(
        drawn,
        legend(measure.classes, measure.write_series, colours, grey),
        ground=_land(numbers, level),
        layers=layers,
        is_tiled=shapes.is_tiled,
        note=shapes.note(),
    )


@lru_cache(maxsize=2)  # the numbers are of one study, and each has a sheet for every place
def _shapes(_: Numbers, level: places.Level) -> Shapes:
    """Find the shapes of a level once for all sheets of the same numbers."""
    return find_shapes(level)


@lru_cache(maxsize=2)  # as above: to join many places takes longer than to draw a sheet
def _land(numbers: Numbers, level: places.Level) -> gpd.GeoSeries:
    """Give what is drawn below a place: the others, or one land where they are many."""
    shapes = _shapes(numbers, level)
    others = shapes.places.geometry if shapes.ground is None else shapes.ground
    if len(others) <= MAX_OTHERS_ON_MAP:
        return others
    return gpd.GeoSeries([others.union_all()], crs=others.crs)


def _strip_bands(numbers: Numbers, code: str) -> Iterator[Band]:
    """Show where a place stands among the others, if it can be compared."""
    place = numbers.place(code)
    measure = numbers.measure
    shares = numbers.table["share"].dropna()
    if pd.isna(place["share"]) or len(shares) < 2:
        return
    interval = place["low"], place["high"]
    ticks = figure.axis_ticks([*shares, *interval], measure.write_series)
    strip = Strip(
        shares.drop(code),
        place["share"],
        interval,
        line_of_whole(numbers),
        ticks,
        sentences.standing(numbers, code),
    )
    number = words.number(are_compared(numbers.table, measure).sum())
    has_ranks = numbers.table["rank"].notna().any()
    head = words.term("sheet.among" if has_ranks else "sheet.among_alike", number=number)
    yield Band(STRIP, (HeadedPanel(head, strip),))


def line_of_whole(numbers: Numbers) -> ReferenceLine | None:
    """Mark the share of the whole; nothing where a place has none."""
    text = sentences.whole_text(numbers)
    return ReferenceLine(numbers.whole.iloc[-1], text) if text else None


def _table_bands(numbers: Numbers, code: str) -> Iterator[Band]:
    """Set each other measure of a place beside that of the whole."""
    rows = []
    for ranking in numbers.beside[:MAX_OTHERS]:
        share = float(ranking.counted.set_index("code")["share"][code])
        if math.isnan(share):
            continue
        measure = ranking.measure
        whole = share_of_all(ranking)
        texts = words.values([share, whole], measure.classes, bare=measure.is_ratio)
        difference = words.value(100 * (share - whole), measure.change_scale, bare=True)
        label = indicators.measure_label(measure.name)
        subject = words.term("sheet.measure", label=label, period=measure.head)
        if measure.is_ratio:
            subject += words.with_unit(measure.classes.unit)
        rows.append((subject, *texts, difference))
    if rows:
        heads = [
            "",
            words.term("figure.place"),
            words.term("sheet.whole"),
            words.term("sheet.difference"),
        ]
        table = TextTable(pd.DataFrame(rows, columns=heads))
        height = AROUND_TEXTS + TEXT_ROW * len(rows)
        panel = HeadedPanel(words.term("sheet.others"), table)
        yield Band(height, (panel,))


def _head_of_dots(numbers: Numbers, code: str) -> str:
    """Say what the dots are: parts in two periods or in one, or the place in each period."""
    after = numbers.measure.head
    if numbers.parts_of(code).empty:
        return words.term("sheet.trend")
    if numbers.change is None:
        return words.term("sheet.parts_once", after=after)
    before = words.short_period(numbers.change.measure.periods[0])
    return words.term("sheet.parts", before=before, after=after)


def list_dots(numbers: Numbers, code: str) -> DotLists | None:
    """List the parts of a place; a place without parts in each period; none of one period."""
    parts = numbers.parts_of(code)
    line = line_of_whole(numbers)
    columns = {"text": numbers.measure.head}
    if len(parts):
        rows = write_rows(parts, numbers)
        if len(rows) > MAX_PARTS:
            rows = figure.head_and_tail(rows)
        if numbers.change:
            columns["change"] = words.term("change.change")
        if parts["not_reached"].notna().any():
            columns["rest"] = words.term("sheet.not_reached")
    elif numbers.shares.loc[code].count() > 1:
        line = None  # the whole has a dot in each period
        rows = _rows_of_periods(numbers, code)
        columns = {"text": words.term("sheet.here"), "change": words.term("change.all")}
    else:
        return None
    return compose_lists([rows], columns, numbers, line)


def compose_lists(
    lists: list[pd.DataFrame],
    columns: dict[str, str],
    numbers: Numbers,
    line: ReferenceLine | None,
) -> DotLists:
    """Put lists on axes that are alike."""
    values = pd.concat([rows[["value", "before"]] for rows in lists])
    ticks = figure.axis_ticks(values, numbers.measure.write_series)
    if len(lists) > 1 and len(ticks) > MAX_TICKS:  # on a narrow axis their texts would meet
        ticks = dict([*ticks.items()][::2])
    return DotLists(tuple(lists), columns, ticks, line)


def all_beside(rows: pd.DataFrame, numbers: Numbers) -> pd.DataFrame:
    """Give all places, or all parts, that these rows are ranked among."""
    return numbers.parts if "place" in rows else numbers.table.reset_index()


def are_starred(rows: pd.DataFrame, numbers: Numbers) -> pd.Series:
    """Say which rows have no rank among all where others have one."""
    beside = all_beside(rows, numbers)
    codes = beside.loc[are_unranked(beside, numbers.measure), "code"]
    return rows["code"].isin(codes)


def write_rows(rows: pd.DataFrame, numbers: Numbers) -> pd.DataFrame:
    """Write the numbers of places or parts as texts; those without a number are grey."""
    measure = numbers.measure
    # the share with its star, or why there is none
    texts = measure.write_rows(rows[["share", "before"]])["share"]
    texts += np.where(are_starred(rows, numbers), "*", "")
    is_few = rows["left_out"] == "few"
    reasons = np.where(is_few, words.term("sheet.few"), words.term("sheet.hidden"))
    has_share = rows["share"].notna()
    texts = texts.where(has_share, reasons)
    change_pp = 100 * (rows["share"] - rows["before"])
    changes = [words.value(change, measure.change_scale, bare=True) for change in change_pp]
    return pd.DataFrame(
        {
            "name": rows["name"],
            "value": rows["share"],
            "before": rows["before"],
            "colour": class_colours(rows["share"], measure.classes),
            "bold": False,
            "text": texts,
            "change": changes,
            "rest": rows["not_reached"].map(words.number),
        }
    )


def _rows_of_periods(numbers: Numbers, code: str) -> pd.DataFrame:
    """Write the share of a place, and of the whole, in each period."""
    measure = numbers.measure
    rows = pd.DataFrame({"value": numbers.shares.loc[code], "before": numbers.whole})
    texts = measure.write_rows(rows)
    return rows.assign(
        name=list(map(words.short_period, rows.index)),
        colour=class_colours(rows["value"], measure.classes),
        bold=False,
        text=texts["value"],
        change=texts["before"],
    ).reset_index(drop=True)


def note_on_stars(rows: pd.DataFrame, numbers: Numbers) -> str:
    """Say what a star means, if a row has one; and which numbers are estimates."""
    stars = ""
    if are_starred(rows, numbers).any():
        stars = note_on_star(all_beside(rows, numbers), numbers.measure)
    return stars + numbers.measure.estimates.note()


def _notes(numbers: Numbers, code: str) -> str:
    """Say what stars are, what the rest is, and what two counts cannot say."""
    measure = numbers.measure
    change = numbers.change
    parts = numbers.parts_of(code)
    notes = [note_on_stars(parts, numbers)]
    if measure.indicator and pd.notna(numbers.place(code)["not_reached"]):
        notes.append(words.term("sheet.note", out_of=measure.indicator.out_of))
    if change:
        notes.append(of_change.unlike_periods(change))
        notes.append(of_change.in_step(change))
    if len(parts) > MAX_PARTS:
        notes.append(words.term("figure.ends", ends=figure.ROWS_PER_END))
    return "".join(notes)

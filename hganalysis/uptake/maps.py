"""Draw a map in one line: of a measure in its years, of a quantity, or of any frame."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import frames, indicators, places, study, suppress, words
from ..draw import Picture
from ..figure import (
    ALL,
    ENDS,
    TITLE,
    Figure,
    Layer,
    Legend,
    Map,
    Rows,
    capital,
    compose,
    ends,
    some,
    ticks,
    worst,
)
from ..indicators import Classes
from ..places.shapes import tiles
from . import pictures, sentences, uptake
from .measure import chosen, palette
from .pictures import shapes_of

if TYPE_CHECKING:
    from collections.abc import Sequence


# What whoever asked otherwise is told to write.
WRITE = "hg.map(frame, 'column', origin='reported', source='who counted this')"


def draw(
    what: str | pd.DataFrame,
    which: int | str | Sequence[int] | Sequence[str] | None = None,
    *,
    origin: str | None = None,
    source: str | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    classes: int | Sequence[float] | Classes | None = None,
    colours: str | Sequence[str] | None = None,
    unit: str | None = None,
    names: str | None = None,
    layers: Layer | Sequence[Layer] = (),
    **unknown: object,
) -> Picture:
    """
    Draw a map with its title, classes, list, source and, where it must, the banner.

    Parameters
    ----------
    what
        A measure of the catalogue, drawn by district from the reports in use; a quantity of it,
        such as the density of teams; or any frame, one row a place. A frame says which by its
        column or index `code`, or by names, or has outlines of its own (a `GeoDataFrame` in any
        projection). Of places that it says by points only, `lon` and `lat` in degrees or a
        `GeoDataFrame`, each is drawn as a square near its point; communes of the list in use
        without outlines are circles.
    which
        The year of a measure, of a frame the column of numbers; or two of them (of one unit), side
        by side in the same classes.
    origin
        Where the numbers of a frame come from: one of `frames.ORIGINS`. Needed, unless the frame
        has a column `origin`.
    source
        Who says so; needed for a frame.
    title, subtitle
        By default where it is highest and lowest, and what is drawn.
    classes
        Breaks as they should be drawn, or how many classes of about as many places each (5), with
        borders rounded; or one of `indicators.classes(...)`.
    colours
        From the lowest class to the highest: a colormap of matplotlib, or colours, in an order of
        lightness that is seen in greyscale.
    unit
        Of a column, as in `words.value`: by default `"share"` (0 to 1) where the name of the column
        has that word, `"count"` where all numbers are whole, else `"decimal"`.
    names
        Column with the names of the places; by default the first column of texts.
    layers
        One `hg.layer(shapes, name=..., source=...)` or several.

    Returns
    -------
    picture
        Shown by a notebook; `picture.save("map.svg")`, `picture.web()`, `picture.keep("map")`.

    Raises
    ------
    LookupError
        If there is no such measure, year, column or place.
    ValueError
        If the origin or the source is not said; if a name does not say for certain which place is
        meant; if a `count` is small and nobody hid it (published and census figures are public).

    Examples
    --------
    >>> draw("app_users", 2023).figure.title.replace("\N{NO-BREAK SPACE}", " ")
    'Cao nhất: H. Châu Thành A, 37,2 %; thấp nhất: H. Phụng Hiệp, 19,4 %'
    >>> frame = pd.DataFrame({"place": ["TP. Vị Thanh", "H. Vị Thủy"], "share": [0.42, 0.31]})
    >>> title = draw(frame, "share", origin="reported", source="our survey").figure.title
    >>> title.replace("\N{NO-BREAK SPACE}", " ")
    'Cao nhất: TP. Vị Thanh, 42,0 %; thấp nhất: H. Vị Thủy, 31,0 %'
    """
    if unknown:
        msg = f"hg.map has no {', '.join(unknown)}=. Write {WRITE}."
        raise TypeError(msg)
    if isinstance(what, str) and what not in indicators.quantities():
        figure = _measured(what, _several(which))
    else:
        asked = _several(which)
        if isinstance(what, str):
            what, asked, source = _quantity(what, asked)
        shapes, how = _located(_checked(what, asked, origin=origin, source=source), names)
        values = pd.concat([shapes[f"value {at}"] for at in range(len(asked))])
        own = chosen(values, str(asked[-1]), classes, unit)
        own = own if colours is None else replace(own, palette=palette(colours, own))
        figures = [
            _of_column(shapes.assign(value=shapes[f"value {at}"]), how, str(one), own, str(source))
            for at, one in enumerate(asked)
        ]
        figure = _together(figures, asked)
    if layers:
        figure = _with_layers(figure, layers)
    title = figure.title if title is None else title
    subtitle = figure.subtitle if subtitle is None else subtitle
    return Picture(replace(figure, title=title, subtitle=subtitle))


def _several(which: object) -> list[Any]:
    return list(which) if isinstance(which, list | tuple) else [] if which is None else [which]


def _measured(name: str, years: list[Any]) -> Figure:
    """Draw a measure in one year, or in two side by side."""
    if name not in indicators.names():
        msg = (
            f"{name!r} is no measure ({', '.join(indicators.names())}) and no frame. Write {WRITE}."
        )
        raise LookupError(msg)
    if len(years) not in (1, 2) or not all(isinstance(year, int) for year in years):
        msg = f"say the year of {name!r}, or two: one of {indicators.years(name)}."
        raise LookupError(msg)
    found = [uptake(name, year) for year in years]
    figure = _together([pictures.where(one) for one in found], years)
    when = None if len(found) == 1 else "–".join(map(str, years))
    return replace(figure, subtitle=found[-1].measure.subtitle(when=when))


def _together(figures: list[Figure], heads: list[Any]) -> Figure:
    """Give the figure that there is; of two, their maps side by side, and what the second says."""
    last = figures[-1]
    if len(figures) == 1:
        return last
    maps: list[Any] = [one.panels[0] for one in figures]
    panels = [replace(one, head=str(head)) for one, head in zip(maps, heads, strict=True)]
    title = words.term("uptake.in_year", year=heads[-1], said=last.title)
    alt = words.term("uptake.two_maps", heads="–".join(map(str, heads)))
    return replace(
        last,
        title=title if len(title) <= TITLE else last.title,
        panels=tuple(panels),
        table=last.table.iloc[:, :2].join(figures[0].table.iloc[:, 1:2]),
        alt=words.term("figure.alt", kind=alt, title=title, subtitle=last.subtitle),
        banner=max(one.banner for one in figures),
    )


def _quantity(name: str, years: list[Any]) -> tuple[pd.DataFrame, list[Any], str]:
    """Take a quantity of the catalogue by district: of the teams in a year, or of the list."""
    listed = places.districts().rename(columns={"origin_of_residents": "origin"}).reset_index()
    if name not in listed:
        teams = frames.teams()
        if len(years) != 1 or years[0] not in set(teams["year"]):
            msg = f"say the year of {name!r}: one of {sorted({int(at) for at in teams['year']})}."
            raise LookupError(msg)
        found = frames.density(teams[teams["year"] == years[0]], level="district")
        listed = found if name in found else listed
    if name not in listed:
        msg = f"{name!r} is a quantity of the catalogue, and no number of it is at hand."
        raise LookupError(msg)
    return listed, [name], words.term(f"figure.by_{worst(listed)}")


def _checked(
    what: object, asked: list[Any], *, origin: str | None, source: str | None
) -> pd.DataFrame:
    """Refuse what is no frame, or lacks a column, numbers, the origin of its rows or a source."""
    if not isinstance(what, pd.DataFrame):
        msg = f"a {type(what).__name__} is no measure and no frame. Write {WRITE}."
        raise TypeError(msg)
    if what.empty:
        msg = f"the frame has no rows, so there is no map to draw. Write {WRITE}."
        raise ValueError(msg)
    if len(asked) not in (1, 2) or not set(asked) <= set(what.columns):
        missing = ", ".join(map(repr, asked)) or "None"
        msg = (
            f"there is no column {missing} to draw, of {', '.join(map(str, what))}. Write {WRITE}."
        )
        raise LookupError(msg)
    rows = frames.require_said(what, str(asked[-1]), origin=origin, source=source)
    suppress.refuse_small(rows)
    for at, column in enumerate(asked):
        value = pd.to_numeric(what[column], errors="coerce").astype(float)
        wrong = (what[column].notna() & value.isna()) | np.isinf(value)
        if wrong.any():
            cases = ", ".join(map(repr, what.loc[wrong, column].iloc[:5]))
            msg = f"{wrong.sum()} of {len(rows)} cells of {column!r} are no finite number: {cases}."
            raise ValueError(msg)
        frames.require_origins(rows.loc[value.notna(), "origin"])
        rows = rows.assign(**{f"value {at}": value})
    return rows


def _located(rows: pd.DataFrame, names: str | None) -> tuple[gpd.GeoDataFrame, str]:
    """Give each row its `name` and shape, and say what the shapes are."""
    rows = rows.reset_index() if rows.index.name == "code" else rows
    listed = {*places.districts().index, *places.communes().index}
    coded = "code" in rows and rows["code"].astype(str).isin(listed).any()
    if not coded and {"lon", "lat"} <= set(rows) and not isinstance(rows, gpd.GeoDataFrame):
        degrees = rows[["lon", "lat"]].apply(pd.to_numeric, errors="coerce")
        spots = gpd.points_from_xy(degrees["lon"], degrees["lat"], crs="EPSG:4326")
        on_earth = degrees.abs().le([180, 90]).all(axis=1)
        rows = gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries(spots, rows.index).where(on_earth))
    if isinstance(rows, gpd.GeoDataFrame):
        return _own(rows, names)
    codes = _codes(rows, names)
    twice = codes[codes.duplicated()].unique()
    if len(twice):
        msg = f"one row a place is drawn; {len(twice)} stand more than once: {some(list(twice))}."
        raise ValueError(msg)
    level = "district" if codes.isin(places.districts().index).all() else "commune"
    shapes, ground, how = shapes_of(level)  # type: ignore[arg-type]
    strange = sorted(set(codes) - set(shapes.index))
    if strange:
        msg = f"{len(strange)} codes are of no place of the list: {some(strange)}."
        raise LookupError(msg)
    numbers = rows.filter(regex="^value [01]$|^origin$").set_axis(codes.to_numpy())
    found = shapes[["geometry"]].join(numbers)
    found["name"] = [places.label(code) for code in found.index]
    found.attrs["ground"] = ground
    return found, how


def _own(rows: gpd.GeoDataFrame, names: str | None) -> tuple[gpd.GeoDataFrame, str]:
    """Lay outlines or points of one's own out in metres."""
    if rows.crs is None:
        msg = "the outlines do not say their projection. Say it: frame.set_crs('EPSG:4326')."
        raise ValueError(msg)
    gone = rows.geometry.isna() | rows.geometry.is_empty
    if gone.any():
        cases = ", ".join(map(str, rows.index[gone][:5]))
        msg = f"{int(gone.sum())} rows have no shape, or lie nowhere on Earth: {cases}."
        raise ValueError(msg)
    if not rows.crs.is_projected:
        degrees = rows.to_crs("EPSG:4326").total_bounds
        rows = rows.to_crs(study.current().country.projection(degrees))
    tiled = bool((rows.geom_type == "Point").all())
    rows = tiles(rows) if tiled else rows.set_geometry(rows.make_valid())
    called = names or _first_texts(rows)
    named = rows.index if called is None else rows[called]
    index = rows["code"] if "code" in rows else pd.Series(named, dtype="object")
    found = rows.set_index(pd.Index(index.astype(str), name="code"))
    found["name"] = [str(one) for one in named]
    return found, "own_squares" if tiled else "own_outlines"


def _codes(rows: pd.DataFrame, names: str | None) -> pd.Series:
    """Find which places are meant: by code, else by name."""
    if names is None and "code" in rows:
        return rows["code"].astype(str)
    called = names or _first_texts(rows)
    if called is None:
        msg = "no column says which place a row is of: give codes (`code`) or names."
        raise LookupError(msg)
    tried = [places.find_codes(rows[called], level=level) for level in ("district", "commune")]
    found = min(tried, key=lambda one: int(one["code"].isna().sum()))
    unknown = found["code"].isna().to_numpy()
    if unknown.any():
        said = zip(rows.loc[unknown, called], found["message"][unknown], strict=True)
        lines = some([f"\n  {name}: {message}" for name, message in said])
        msg = f"{unknown.sum()} names in {called!r} do not say which place is meant: {lines}"
        raise ValueError(msg)
    return found["code"]


def _first_texts(rows: pd.DataFrame) -> str | None:
    """Find the column that names the places: the first one of texts."""
    known = ("origin", "state", "code")
    texts = (
        str(name) for name in rows if name not in known and pd.api.types.is_string_dtype(rows[name])
    )
    return next(texts, None)


def _of_column(
    shapes: gpd.GeoDataFrame, how: str, column: str, own: Classes, source: str
) -> Figure:
    """Compose the map of a column, and its list."""
    once = own.unit in words.NAMED_ONCE or own.unit == "per_1000"
    write = partial(words.value, scale=own, bare=once)
    series = partial(words.series, scale=own, bare=once)
    rows = shapes.sort_values("value", ascending=False, kind="stable", na_position="last")
    rows["text"] = rows["value"].map(write).where(rows["value"].notna(), None)
    rows["colour"] = pictures.colours(rows["value"], own)
    known = rows[rows["value"].notna()]
    label = column
    if column in indicators.quantities():
        label = indicators.measure_label(column)
    grey = words.term("figure.grey") if len(known) < len(rows) else ""
    legend = Legend(own.colours, tuple(series(own.breaks)), grey)
    tiled = how.endswith("squares") or how == "divided"
    drawn = rows[["name", "text", "colour", "geometry"]]
    panel = Map(drawn, legend, ground=shapes.attrs.get("ground"), tiled=tiled)
    shown = ends(pd.DataFrame(known[["name", "value", "text", "colour"]]))
    gap = ENDS * (len(known) > ALL)
    listed = Rows(shown, {"value": label}, ticks(shown["value"], series), gap=gap)
    texts = {words.term("figure.name"): rows["name"], label: rows["text"].fillna(grey)}
    return compose(
        capital(sentences.ends(known, "value", write)),
        label + words.with_unit(own) * once,
        *(panel, listed)[: 1 + (len(known) > 1)],
        kind="uptake.any_map",
        table=pd.DataFrame(texts),
        origin=worst(known) if len(known) else "reported",
        source=source,
        notes=words.term(f"figure.{how}") + words.term("figure.ends", ends=ENDS) * bool(gap),
    )


def _with_layers(figure: Figure, layers: Layer | Sequence[Layer]) -> Figure:
    """Lay layers over each map of a figure; their sources join the source line."""
    given = [layers] if isinstance(layers, Layer) else layers
    panels = [lay(one, given) if isinstance(one, Map) else one for one in figure.panels]
    named = "".join(f" {one.name}: {one.source}." for one in given)
    return replace(figure, panels=tuple(panels), source=figure.source + named)


# In this order; told from each other, from all classes and from the red of the banner.
COLOURS = ("#1f2328", "#a3217c", "#7a4a12", "#5b3fa0")

# Of the length of the coast: borders that are those of the map lie on it, not a millimetre beyond.
SLACK = 1e-4


def layer(shapes: gpd.GeoDataFrame | gpd.GeoSeries, *, name: str, source: str) -> Layer:
    """
    Say what is laid over a map: `hg.map(..., layers=hg.layer(roads, name="Roads", source="..."))`.

    Polygons keep their outline only, so that no colour of a class changes; what lies beyond the
    outlines of the map is cut off.

    Parameters
    ----------
    shapes
        Lines, points or polygons in any projection.
    name, source
        As it stands in the legend, and who drew it.

    Raises
    ------
    TypeError
        If it is no frame or series of shapes.
    ValueError
        If it has no name, source or projection.
    """
    if not isinstance(shapes, gpd.GeoDataFrame | gpd.GeoSeries):
        msg = f"a layer is a {type(shapes).__name__}; expected a GeoDataFrame or a GeoSeries."
        raise TypeError(msg)
    if not name or not source or shapes.crs is None:
        msg = (
            "a layer says its name, its source and its projection: hg.layer(shapes.set_crs("
            "'EPSG:4326'), name='Roads', source='who drew them')."
        )
        raise ValueError(msg)
    return Layer(name, source, shapes.geometry, COLOURS[0])


def lay(panel: Map, layers: Sequence[Layer]) -> Map:
    """
    Bring layers to the projection of a map, and cut off what lies beyond its outlines.

    Raises
    ------
    ValueError
        If squares stand for the places, if there are too many, or one has nothing there.
    """
    if panel.tiled:
        msg = (
            "squares stand for the places of this map, so a layer would lie on the wrong ones. "
            "Give outlines to the study, or to the frame."
        )
        raise ValueError(msg)
    if len(layers) > len(COLOURS):
        msg = f"there are {len(layers)} layers; at most {len(COLOURS)} can be told apart."
        raise ValueError(msg)
    land = panel.places.union_all() if panel.ground is None else panel.ground.union_all()
    land, laid = land.buffer(SLACK * land.length), []
    for one, colour in zip(layers, COLOURS, strict=False):
        shapes = one.shapes.dropna().to_crs(panel.places.crs)
        areas = shapes.geom_type.str.contains("Polygon")
        cut = shapes.mask(areas, shapes.boundary).intersection(land)
        cut = cut[~cut.is_empty].explode(ignore_index=True)
        if cut.empty:
            msg = (
                f"the layer {one.name!r} lies outside the map. Is its projection the right one "
                f"({one.shapes.crs})?"
            )
            raise ValueError(msg)
        laid.append(replace(one, shapes=cut, colour=colour))
    return replace(panel, layers=tuple(laid))

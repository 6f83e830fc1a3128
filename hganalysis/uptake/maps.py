"""Draw a map in one line: of a measure in its years, of a quantity, or of any frame."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import frames, indicators, places, study, suppress, words
from ..draw import Picture
from ..figure import TITLE, Figure, Layer, Map, capital, compose, some, worst
from ..indicators import Classes
from ..places.shapes import tiles
from . import pictures, sentences, uptake
from .measure import Asked, chosen
from .pictures import Shapes


def draw(
    what: str | pd.DataFrame,
    which: int | str | Sequence[int] | Sequence[str] | None = None,
    *,
    origin: str | None = None,
    source: str | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    classes: Asked = None,
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
        borders rounded.
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
        _refuse(f"hg.map has no {', '.join(unknown)}=.", TypeError)
    asked = list(which) if isinstance(which, list | tuple) else [] if which is None else [which]
    if isinstance(what, str) and what not in indicators.quantities():
        figure = _measured(what, asked)
    else:
        if isinstance(what, str):
            what, asked, source = _quantity(what, asked)
        rows, shapes = _located(_checked(what, asked, origin=origin, source=source), names)
        own = chosen(pd.concat([rows[one] for one in asked]), str(asked[-1]), classes, unit)
        drawn = [_column(rows, one, shapes, own, str(source)) for one in asked]
        figure = _together(drawn, asked)
    heads = title or figure.title, subtitle or figure.subtitle
    given = [layers] if isinstance(layers, Layer) else layers
    panels = [lay(one, given) if given and isinstance(one, Map) else one for one in figure.panels]
    source = figure.source + "".join(f" {one.name}: {one.source}." for one in given)
    return Picture(Figure(*heads, tuple(panels), source, figure.alt, figure.table, figure.banner))


def _refuse(said: str, error: type[Exception] = LookupError) -> NoReturn:
    """Say what is wrong, and what to write instead."""
    msg = f"{said} Write hg.map(frame, 'column', origin='reported', source='who counted this')."
    raise error(msg)


def _measured(name: str, years: list[Any]) -> Figure:
    """Draw a measure in one year, or in two side by side."""
    if name not in indicators.names():
        _refuse(f"{name!r} is no measure ({', '.join(indicators.names())}) and no frame.")
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
    title = f"{heads[-1]}: {last.title}"
    kind = words.term("uptake.two_maps", heads="–".join(map(str, heads)))
    alt = words.term("figure.alt", kind=kind, title=title, subtitle=last.subtitle)
    title = title if len(title) <= TITLE else last.title
    table = last.table.iloc[:, :2].join(figures[0].table.iloc[:, 1:2])
    banner = max(one.banner for one in figures)
    return replace(last, title=title, panels=tuple(panels), table=table, alt=alt, banner=banner)


def _quantity(name: str, years: list[Any]) -> tuple[pd.DataFrame, list[Any], str]:
    """Take a quantity of the catalogue by district: of the list, or of the teams in a year."""
    found = places.districts().rename(columns={"origin_of_residents": "origin"}).reset_index()
    if name not in found:
        teams = frames.teams()
        if len(years) != 1 or years[0] not in set(teams["year"]):
            msg = f"say the year of {name!r}: one of {sorted({int(at) for at in teams['year']})}."
            raise LookupError(msg)
        found = frames.density(teams[teams["year"] == years[0]], level="district")
    if name not in found:
        msg = f"{name!r} is a quantity of the catalogue, and no number of it is at hand."
        raise LookupError(msg)
    return found, [name], words.term(f"figure.by_{worst(found)}")


def _checked(what: object, asked: list[Any], **said: str | None) -> pd.DataFrame:
    """Refuse what is no frame, or lacks a column, numbers, the origin of its rows or a source."""
    if not isinstance(what, pd.DataFrame):
        _refuse(f"a {type(what).__name__} is no measure and no frame.", TypeError)
    if what.empty:
        _refuse("the frame has no rows, so there is no map to draw.", ValueError)
    if len(asked) not in (1, 2) or not set(asked) <= set(what.columns):
        missing = ", ".join(map(repr, asked)) or "None"
        _refuse(f"there is no column {missing} to draw, of {', '.join(map(str, what))}.")
    rows = frames.require_said(what, str(asked[-1]), **said).copy()
    suppress.refuse_small(rows)
    for column in asked:
        value = pd.to_numeric(rows[column], errors="coerce").astype(float)
        wrong = (rows[column].notna() & value.isna()) | np.isinf(value)
        if wrong.any():
            cases = ", ".join(map(repr, rows.loc[wrong, column].iloc[:5]))
            msg = f"{wrong.sum()} of {len(rows)} cells of {column!r} are no finite number: {cases}."
            raise ValueError(msg)
        frames.require_origins(rows.loc[value.notna(), "origin"])
        rows[column] = value
    return rows


def _located(rows: pd.DataFrame, names: str | None) -> tuple[pd.DataFrame, pictures.Shapes]:
    """Give each row the `code` of its place, and find the shapes of all places."""
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
    if twice := [*codes[codes.duplicated()].unique()]:
        msg = f"one row a place is drawn; {len(twice)} stand more than once: {some(twice)}."
        raise ValueError(msg)
    district = codes.isin(places.districts().index).all()
    shapes = pictures.shapes_of("district" if district else "commune")
    if strange := sorted(set(codes) - set(shapes[0].index)):
        msg = f"{len(strange)} codes are of no place of the list: {some(strange)}."
        raise LookupError(msg)
    return rows.assign(code=codes), shapes


def _own(rows: gpd.GeoDataFrame, names: str | None) -> tuple[pd.DataFrame, pictures.Shapes]:
    """Lay outlines or points of one's own out in metres."""
    if rows.crs is None:
        msg = "the outlines do not say their projection. Say it: frame.set_crs('EPSG:4326')."
        raise ValueError(msg)
    if gone := [*map(str, rows.index[rows.geometry.isna() | rows.geometry.is_empty])]:
        msg = f"{len(gone)} rows have no shape, or lie nowhere on Earth: {some(gone)}."
        raise ValueError(msg)
    if not rows.crs.is_projected:
        degrees = rows.to_crs("EPSG:4326").total_bounds
        rows = rows.to_crs(study.current().country.projection(degrees))
    tiled = bool((rows.geom_type == "Point").all())
    rows = tiles(rows) if tiled else rows.set_geometry(rows.make_valid())
    called = names or _first_texts(rows)
    named = pd.Series(rows.index if called is None else rows[called], rows.index).map(str)
    rows = rows.assign(own_name=named, code=[f"{at}" for at in range(len(rows))])
    how = "own_squares" if tiled else "own_outlines"
    return pd.DataFrame(rows), (rows.set_index("code"), None, how)


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
    unknown = found["code"].isna()
    if unknown.any():
        said = zip(rows.loc[unknown, called], found.loc[unknown, "message"], strict=True)
        lines = some([f"\n  {name}: {message}" for name, message in said])
        msg = f"{unknown.sum()} names in {called!r} do not say which place is meant: {lines}"
        raise ValueError(msg)
    return found["code"]


def _first_texts(rows: pd.DataFrame) -> str | None:
    """Find the column that names the places: the first one of texts."""
    texts = rows.columns[[pd.api.types.is_string_dtype(kind) for kind in rows.dtypes]]
    return next(iter(texts.drop(["origin", "state", "code"], errors="ignore")), None)


def _column(rows: pd.DataFrame, asked: Any, shapes: Shapes, own: Classes, source: str) -> Figure:  # noqa: ANN401
    """Compose the map of a column, and its list."""
    once = own.unit in words.NAMED_ONCE or own.unit == "per_1000"
    write = partial(words.value, scale=own, bare=once)
    series = partial(words.series, scale=own, bare=once)
    text = rows[asked].map(write).where(rows[asked].notna(), None)
    rows = rows.assign(value=rows[asked], text=text, colour=pictures.colours(rows[asked], own))
    panel, how = pictures.outlined(rows, own, series, shapes)
    every = panel.places.join(rows.set_index("code")[["value", "origin"]])
    every = every.sort_values("value", ascending=False, kind="stable")
    known = every[every["value"].notna()]
    named = asked in indicators.quantities()
    label = indicators.measure_label(asked) if named else str(asked)
    listed, texts = pictures.listed(known, {"value": label}, series), every["text"]
    return compose(
        capital(sentences.ends(known, "value", write)),
        label + words.with_unit(own) * once,
        *(replace(panel, places=every), listed)[: 1 + (len(known) > 1)],
        kind="uptake.any_map",
        table=pd.DataFrame(
            {words.term("figure.name"): every["name"], label: texts.fillna(panel.legend.grey)}
        ),
        origin=worst(known) if len(known) else "reported",
        source=source,
        notes=words.term(f"figure.{how}") + pictures.shortened(known),
    )


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
    ValueError
        If these are no shapes, or have no name, source or projection.
    """
    if not name or not source or getattr(shapes, "crs", None) is None:
        msg = "a layer needs shapes, their projection (set_crs), a name= and a source=."
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
    if panel.tiled or len(layers) > len(COLOURS):
        msg = f"at most {len(COLOURS)} layers lie over a map, and none where squares are places."
        raise ValueError(msg)
    land = (panel.places if panel.ground is None else panel.ground).union_all()
    land, laid = land.buffer(SLACK * land.length), []
    for one, colour in zip(layers, COLOURS, strict=False):
        shapes = one.shapes.dropna().to_crs(panel.places.crs)
        areas = shapes.geom_type.str.contains("Polygon")
        cut = gpd.clip(shapes.mask(areas, shapes.boundary), land).explode(ignore_index=True)
        if cut.empty:
            msg = f"the layer {one.name!r} lies outside the map: is it really in {one.shapes.crs}?"
            raise ValueError(msg)
        laid.append(replace(one, shapes=cut, colour=colour))
    return replace(panel, layers=tuple(laid))

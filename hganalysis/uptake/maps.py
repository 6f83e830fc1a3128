"""Draw a map in one line: of a measure in its years, of a quantity, or of any frame."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import frames, indicators, places, study, suppress, words
from ..draw import Picture
from ..figure import TITLE, Figure, Layer, Map, worst
from ..indicators import Classes
from ..places.shapes import tiles
from . import Uptake, pictures, uptake
from .measure import Asked, Measure, chosen
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
    figure = _together([one.map().figure for one in found], years)
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
        found = frames.density(teams[teams["year"].isin(years)], level="district")
        if name not in found or len(years) != 1 or found.empty:
            there = sorted({int(at) for at in teams["year"]})
            msg = f"say the year of {name!r}: one of {there}, if a number of it is at hand."
            raise LookupError(msg)
    return found, [name], words.term(f"figure.by_{worst(found)}")


def _checked(what: object, asked: list[Any], **said: str | None) -> pd.DataFrame:
    """Refuse what is no frame, or lacks a column, numbers, the origin of its rows or a source."""
    if not isinstance(what, pd.DataFrame):
        _refuse(f"a {type(what).__name__} is no measure and no frame.", TypeError)
    if len(asked) not in (1, 2) or not set(asked) <= set(what.columns):
        missing = ", ".join(map(repr, asked)) or "None"
        _refuse(f"there is no column {missing} to draw, of {', '.join(map(str, what))}.")
    rows = suppress.refuse_small(what).copy()
    for column in asked:
        rows = frames.require_said(rows, column, **said)
        value = pd.to_numeric(rows[column], errors="coerce").astype(float)
        wrong = (rows[column].notna() & value.isna()) | np.isinf(value)
        frames.refuse(rows[[column]], {"is no finite number": wrong | value.isna().all()})
        rows[column] = value
    return rows


def _located(rows: pd.DataFrame, names: str | None) -> tuple[pd.DataFrame, Shapes]:
    """Give each row the `code` of its place, and find the shapes of all places."""
    rows = rows.reset_index() if rows.index.name == "code" else rows
    texts = rows.columns[[pd.api.types.is_string_dtype(kind) for kind in rows.dtypes]]
    texts = texts.drop(["origin", "state", "code"], errors="ignore")
    called = rows[names or texts[0]] if names or len(texts) else None
    listed = {*places.districts().index, *places.communes().index}
    coded = "code" in rows and rows["code"].astype(str).isin(listed).any()
    if not coded and {"lon", "lat"} <= set(rows) and not isinstance(rows, gpd.GeoDataFrame):
        degrees = rows[["lon", "lat"]].apply(pd.to_numeric, errors="coerce")
        spots = gpd.points_from_xy(degrees["lon"], degrees["lat"], crs="EPSG:4326")
        on_earth = degrees.abs().le([180, 90]).all(axis=1)
        rows = gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries(spots, rows.index).where(on_earth))
    if isinstance(rows, gpd.GeoDataFrame):
        return _own(rows, rows.index.to_series() if called is None else called)
    codes = rows["code"].astype(str) if names is None and "code" in rows else _codes(called)
    district = codes.isin(places.districts().index).all()
    shapes = pictures.shapes_of("district" if district else "commune")
    strange, twice = ~codes.isin(shapes[0].index), codes.duplicated(keep=False)
    faults = {"is of no place of the list": strange, "stands more than once": twice}
    frames.refuse(codes.to_frame("code"), faults)
    return rows.assign(code=codes), shapes


def _own(rows: gpd.GeoDataFrame, names: pd.Series) -> tuple[pd.DataFrame, Shapes]:
    """Lay outlines or points of one's own out in metres."""
    if rows.crs is None:
        msg = "the outlines do not say their projection. Say it: frame.set_crs('EPSG:4326')."
        raise ValueError(msg)
    nowhere = rows.geometry.isna() | rows.geometry.is_empty
    frames.refuse(names.to_frame("name"), {"has no shape, or lies nowhere on Earth": nowhere})
    if not rows.crs.is_projected:
        degrees = rows.to_crs("EPSG:4326").total_bounds
        rows = rows.to_crs(study.current().country.projection(degrees))
    tiled = bool((rows.geom_type == "Point").all())
    shapes = (tiles(rows) if tiled else rows.set_geometry(rows.make_valid())).geometry
    codes = [*map(str, range(len(rows)))]
    drawn = gpd.GeoDataFrame({"name": [*map(str, names)]}, codes, geometry=shapes.array)
    how = "own_squares" if tiled else "own_outlines"
    return pd.DataFrame(rows).assign(code=codes), (drawn, None, how)


def _codes(names: pd.Series | None) -> pd.Series:
    """Find which places are meant by their names."""
    if names is None:
        msg = "no column says which place a row is of: give codes (`code`) or names."
        raise LookupError(msg)
    tried = [places.find_codes(names, level=level) for level in ("district", "commune")]
    found = min(tried, key=lambda one: int(one["code"].isna().sum()))
    why = found["message"][found["code"].isna()].unique()
    frames.refuse(names.to_frame("name"), {said: found["message"] == said for said in why})
    return found["code"]


def _column(rows: pd.DataFrame, asked: Any, shapes: Shapes, own: Classes, source: str) -> Figure:  # noqa: ANN401
    """Compose the map of a column, and its list."""
    drawn, ground, how = shapes
    every = drawn[["name"]].assign(share=rows.set_index("code")[asked], small=False)
    every = every.rename_axis("code").sort_values("share", ascending=False, kind="stable")
    label = indicators.measure_label(asked) if asked in indicators.quantities() else str(asked)
    about, none = Measure("", (), own, column=label), pd.DataFrame()
    answer = Uptake(none, none, none, about, worst(rows.dropna(subset=asked)), source)
    shapes = drawn.loc[every.index], ground, how
    return pictures.composed(answer, every.reset_index(), "any_map", shapes)


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

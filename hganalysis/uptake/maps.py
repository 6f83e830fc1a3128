"""Draw a map in one line: of a measure in its years, of a quantity, or of any frame."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import frames, indicators, places, suppress, words
from ..draw import Picture
from ..figure import (
    ALL,
    ENDS,
    PALE,
    TITLE,
    Figure,
    Legend,
    Map,
    Rows,
    banner,
    capital,
    credit,
    ends,
    worst,
)
from ..indicators import Classes
from ..places import zones
from ..places.shapes import tiles
from . import pictures, sentences, uptake
from .classes import chosen, palette, rounded
from .layers import lay
from .measure import ROUND
from .shapes import shapes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..figure import Layer


def draw(
    what: str | pd.DataFrame,
    which: int | Sequence[int] | str | None = None,
    *,
    origin: str | None = None,
    source: str | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    classes: int | Sequence[float] | Classes | None = None,
    colours: str | Sequence[str] | None = None,
    unit: str | None = None,
    names: str | None = None,
    only: str | Sequence[str] | None = None,
    layers: Layer | Sequence[Layer] = (),
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
        The year of a measure, or two, side by side in the same classes; of a frame, the column of
        numbers.
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
        ends so, `"count"` where all numbers are whole, else `"decimal"`.
    names
        Column with the names of the places; by default the first column of texts.
    only
        Codes or names of the places to draw; the source line says which are left out.
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
        meant; if a count is small and nobody hid it.

    Examples
    --------
    >>> draw("app_users", 2023).figure.title.replace("\N{NO-BREAK SPACE}", " ")
    'Cao nhất: H. Châu Thành A, 37,2 %; thấp nhất: H. Phụng Hiệp, 19,4 %'
    >>> frame = pd.DataFrame({"place": ["TP. Vị Thanh", "H. Vị Thủy"], "share": [0.42, 0.31]})
    >>> title = draw(frame, "share", origin="reported", source="our survey").figure.title
    >>> title.replace("\N{NO-BREAK SPACE}", " ")
    'Cao nhất: TP. Vị Thanh, 42,0 %; thấp nhất: H. Vị Thủy, 31,0 %'
    """
    if isinstance(what, str) and what not in indicators.quantities():
        figure = _measured(what, which)
    else:
        column = which
        if isinstance(what, str):
            what, column, source = _quantity(what, which)
        rows = _checked(what, column, origin=origin, source=source)
        shapes, kept_out = _part(*_located(rows, names), only)
        figure = _of_column(shapes, str(column), str(source), kept_out, classes, colours, unit)
    if layers:
        figure = _with_layers(figure, layers)
    title, subtitle = (
        own if given is None else given
        for given, own in ((title, figure.title), (subtitle, figure.subtitle))
    )
    return Picture(replace(figure, title=title, subtitle=subtitle))


def _measured(name: str, which: int | Sequence[int] | str | None) -> Figure:
    """Draw a measure in one year, or in two side by side."""
    asked = [which] if isinstance(which, int) else list(which or [])
    years = [year for year in asked if isinstance(year, int)]
    if not years or len(years) < len(asked) or len(years) > 2:
        msg = f"say the year of {name!r}, or two: one of {indicators.years(name)}."
        raise LookupError(msg)
    found = [uptake(name, year) for year in years]
    figure = pictures.where(found[-1])
    if len(found) == 1:
        return figure
    panels = tuple(pictures.map_of(one, head=str(one.measure.years[-1])) for one in found)
    heads, said = "–".join(map(str, years)), sentences.first(found[-1])
    title = words.term("uptake.in_year", year=years[-1], said=said)
    subtitle = found[-1].measure.subtitle(when=heads)
    tables = [pictures.where(one).table.iloc[:, :2] for one in reversed(found)]
    return replace(
        figure,
        table=tables[0].merge(tables[1], on=words.term("figure.place")),
        title=title if len(title) <= TITLE else figure.title,
        subtitle=subtitle,
        panels=panels,
        alt=pictures.alt("uptake.two_maps", title, subtitle, heads=heads),
        banner=banner(worst(pd.DataFrame({"origin": [one.origin for one in found]}))),
    )


def _quantity(name: str, which: object) -> tuple[pd.DataFrame, str, str]:
    """Take a quantity of the catalogue by district: of the teams in a year, or of the list."""
    listed = places.districts().rename(columns={"origin_of_residents": "origin"}).reset_index()
    if name not in listed:
        teams = frames.teams()
        years = sorted({int(year) for year in teams["year"]})
        if which not in years:
            msg = f"say the year of {name!r}: one of {years}."
            raise LookupError(msg)
        found = frames.density(teams[teams["year"] == which], level="district")
        listed = found if name in found else listed
    if name not in listed:
        msg = f"{name!r} is a quantity of the catalogue, and no number of it is at hand."
        raise LookupError(msg)
    return listed, name, words.term(f"figure.by_{worst(listed)}")


def _checked(
    what: pd.DataFrame, column: object, *, origin: str | None, source: str | None
) -> pd.DataFrame:
    """Refuse a frame that lacks a column, numbers, the origin of its rows or a source."""
    if not isinstance(what, pd.DataFrame):
        msg = f"a {type(what).__name__} is no measure and no frame: hg.map(frame, 'column', ...)."
        raise TypeError(msg)
    if not isinstance(column, str) or column not in what.columns:
        columns = ", ".join(map(str, what))
        msg = f"there is no column {column!r} to draw. Columns: {columns}."
        raise LookupError(msg)
    if what.empty:
        msg = "the frame has no rows, so there is no map to draw."
        raise ValueError(msg)
    if origin is None and "origin" not in what.columns:
        msg = (
            f"nobody knows where {column!r} comes from, so nobody could tell simulated numbers "
            f"from real ones. Say origin=..., one of {', '.join(frames.ORIGINS)}."
        )
        raise ValueError(msg)
    if not source:
        msg = f"a picture has to say who says so: source='...', who counted {column!r}."
        raise ValueError(msg)
    rows = what if origin is None else what.assign(origin=origin)
    value = pd.to_numeric(rows[column], errors="coerce").astype(float)
    wrong = (rows[column].notna() & value.isna()) | np.isinf(value)
    if wrong.any():
        cases = ", ".join(map(repr, rows.loc[wrong, column].iloc[:5]))
        msg = (
            f"{int(wrong.sum())} of {len(rows)} cells of {column!r} are no finite number: {cases}."
        )
        raise ValueError(msg)
    frames.require_origins(rows.loc[value.notna(), "origin"])
    counted = column == "count" or "count" in rows
    suppress.refuse_small(rows if counted else rows.assign(count=np.nan).drop(columns="count"))
    return rows.assign(value=value)


def _located(rows: pd.DataFrame, names: str | None) -> tuple[gpd.GeoDataFrame, str]:
    """Give each row its `name` and shape, and say what the shapes are."""
    listed = {*places.districts().index, *places.communes().index}
    coded = "code" in rows and rows["code"].astype(str).isin(listed).any()
    if not coded and {"lon", "lat"} <= set(rows) and not isinstance(rows, gpd.GeoDataFrame):
        rows = _at_points(rows)
    if isinstance(rows, gpd.GeoDataFrame):
        return _own(rows, names)
    codes = _codes(rows, names)
    twice = codes[codes.duplicated()].unique()
    if len(twice):
        cases = ", ".join(twice[:5])
        msg = f"{len(twice)} places stand more than once: {cases}. One row a place is drawn."
        raise ValueError(msg)
    level = "district" if codes.isin(places.districts().index).all() else "commune"
    shapes, ground, how = shapes_of(level)  # type: ignore[arg-type]
    strange = sorted(set(codes) - set(shapes.index))
    if strange:
        msg = f"{len(strange)} codes are of no place of the list: {', '.join(strange[:5])}."
        raise LookupError(msg)
    found = shapes[["geometry"]].join(rows.set_axis(codes.to_numpy())[["value", "origin"]])
    found["name"] = [places.label(code) for code in found.index]
    found.attrs["ground"] = ground
    return found, how


def _at_points(rows: pd.DataFrame) -> gpd.GeoDataFrame:
    lon, lat = (pd.to_numeric(rows[name], errors="coerce") for name in ("lon", "lat"))
    wrong = (~(lon.between(-180, 180) & lat.between(-90, 90))).to_numpy()
    if wrong.any():
        cases = ", ".join(map(str, rows.index[wrong][:5]))
        msg = f"{int(wrong.sum())} places lie nowhere on Earth (lon, lat in degrees): rows {cases}."
        raise ValueError(msg)
    return gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")


def _own(rows: gpd.GeoDataFrame, names: str | None) -> tuple[gpd.GeoDataFrame, str]:
    """Lay outlines or points of one's own out in metres."""
    if rows.crs is None:
        msg = "the outlines do not say their projection. Say it: frame.set_crs('EPSG:4326')."
        raise ValueError(msg)
    gone = rows.geometry.isna() | rows.geometry.is_empty
    if gone.any():
        cases = ", ".join(map(str, rows.index[gone][:5]))
        msg = f"{int(gone.sum())} rows have no shape: {cases}."
        raise ValueError(msg)
    degrees = rows.geometry.to_crs("EPSG:4326")
    beside = zones.together(degrees)
    # a projection of one's own stays, unless it parts what lies side by side on the Earth
    if not rows.crs.is_projected or beside is not degrees:
        crs = zones.projection((*beside.total_bounds,))
        rows = rows.set_geometry(beside).to_crs(crs)
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
    if names is None and rows.index.name == "code":
        return pd.Series(rows.index.astype(str))
    called = names or _first_texts(rows)
    if called is None:
        msg = "no column says which place a row is of: give codes (`code`) or names."
        raise LookupError(msg)
    tried = [places.find_codes(rows[called], level=level) for level in ("district", "commune")]
    found = min(tried, key=lambda one: int(one["code"].isna().sum()))
    unknown = found["code"].isna().to_numpy()
    if unknown.any():
        said = zip(rows.loc[unknown, called], found["message"][unknown], strict=True)
        lines = [f"  {name}: {message}" for name, message in said]
        more = [f"  and {len(lines) - 5} more"] * (len(lines) > 5)
        msg = f"{len(lines)} names in {called!r} do not say which place is meant:\n"
        raise ValueError(msg + "\n".join(lines[:5] + more))
    return found["code"]


def _first_texts(rows: pd.DataFrame) -> str | None:
    """Find the column that names the places: the first one of texts."""
    known = ("origin", "state", "code")
    texts = (
        str(name) for name in rows if name not in known and pd.api.types.is_string_dtype(rows[name])
    )
    return next(texts, None)


def _part(
    found: gpd.GeoDataFrame, how: str, only: str | Sequence[str] | None
) -> tuple[tuple[gpd.GeoDataFrame, str], list[str]]:
    """Take the places that are named, by code or name; and name those that are left out."""
    if only is None:
        return (found, how), []
    asked = {str(one).casefold() for one in ([only] if isinstance(only, str) else only)}
    name, code = (pd.Series(one, found.index) for one in (found["name"], found.index))
    called = [one.astype(str).str.casefold() for one in (name, code)]
    kept = called[0].isin(asked) | called[1].isin(asked)
    strange = sorted(asked - set(called[0]) - set(called[1]))
    if strange or not kept.any():
        cases = ", ".join(name.iloc[:5])
        msg = f"only= names {', '.join(strange[:5])}: no place of the map. Places are {cases}."
        raise LookupError(msg)
    return (found[kept], how), name[~kept].tolist()


def _of_column(
    located: tuple[gpd.GeoDataFrame, str],
    column: str,
    source: str,
    left_out: list[str],
    classes: int | Sequence[float] | Classes | None,
    colours: str | Sequence[str] | None,
    unit: str | None,
) -> Figure:
    """Compose the map of a column, and its list."""
    shapes, how = located
    own = chosen(shapes["value"], column, classes, unit)
    if colours is not None:
        own = replace(own, palette=palette(colours, own))
    once = own.unit in words.NAMED_ONCE or own.unit == "per_1000"
    rows = shapes.sort_values("value", ascending=False, kind="stable", na_position="last")
    rows["text"] = [
        None if np.isnan(one) else words.value(one, own, bare=once) for one in rows["value"]
    ]
    numbers = own.index(rows["value"])
    rows["colour"] = [PALE if pd.isna(at) else own.colours[at] for at in numbers]
    known = rows[rows["value"].notna()]
    title = capital(sentences.ends(known, "value", lambda one: words.value(one, own, bare=once)))
    quantity = column in indicators.quantities()
    label = indicators.measure_label(column) if quantity else column
    subtitle = label + words.with_unit(own) * once
    grey = words.term("figure.grey") if len(known) < len(rows) else ""
    borders = words.series(own.breaks, own.unit, bare=once)
    legend = Legend(own.colours, tuple(borders), grey)
    tiled = how.endswith("squares") or how == "divided"
    columns = ["name", "text", "colour", "geometry"]
    panel = Map(rows[columns], legend, ground=shapes.attrs.get("ground"), tiled=tiled)
    shown = ends(pd.DataFrame(known.drop(columns="geometry")))
    steps = rounded(shown["value"], ROUND)
    listed = Rows(
        shown[["name", "value", "text", "colour"]],
        {"value": label},
        dict(zip(steps, words.series(steps, own.unit, bare=once), strict=True)),
        gap=ENDS * (len(known) > ALL),
    )
    origin = worst(known) if len(known) else "reported"
    said = credit(origin, named=source)
    said += words.term(f"figure.{how}") + words.term("figure.ends", ends=ENDS) * bool(listed.gap)
    if left_out:
        more = words.term("figure.more", more=len(left_out) - 5) if len(left_out) > 5 else ""
        said += words.term("uptake.left_out", names=", ".join(left_out[:5]) + more)
    texts = [rows["name"], rows["text"].fillna(grey)]
    return Figure(
        title=title,
        subtitle=subtitle,
        panels=(panel, listed) if len(known) > 1 else (panel,),
        source=said,
        alt=pictures.alt("uptake.any_map", title, subtitle),
        table=pd.DataFrame(dict(zip([words.term("figure.name"), label], texts, strict=True))),
        banner=banner(origin),
    )


def _with_layers(figure: Figure, layers: Layer | Sequence[Layer]) -> Figure:
    """Lay layers over each map of a figure; their sources join the source line."""
    panels = []
    for panel in figure.panels:
        if isinstance(panel, Map):
            if panel.tiled:
                msg = (
                    "squares stand for the places of this map, so a layer would lie on the wrong "
                    "ones. Give outlines to the study, or to the frame."
                )
                raise ValueError(msg)
            land = panel.places if panel.ground is None else panel.ground
            laid = lay(gpd.GeoDataFrame(geometry=land.geometry), layers)
            panel = replace(panel, layers=laid)
        panels.append(panel)
    named = " ".join(f" {one.name}: {one.source}." for one in laid)
    return replace(figure, panels=tuple(panels), source=figure.source + named)

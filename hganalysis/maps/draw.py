"""Draw a map in one line: of a measure in its years, or of any frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import pandas as pd

from .. import findings, indicators, intake, places, rates
from ..figures.classify import locate
from ..places.tiles import tiles
from ..render.static.areas import choropleth
from ..render.static.page import sheet
from ..render.static.picture import Picture, finish
from .several import Album, album

if TYPE_CHECKING:
    import geopandas as gpd

    from ..indicators import Classes
    from ..places import Level


def draw(
    what: str | pd.DataFrame,
    which: int | Sequence[int] | str,
    *,
    origin: str | None = None,
    source: str | None = None,
    as_of: str = "",
    title: str | None = None,
    subtitle: str = "",
    classes: int | Sequence[float] | Classes | None = None,
    unit: str | None = None,
    names: str | None = None,
) -> Picture | Album:
    """
    Draw a map with its title, classes, legend, source and, where it must, the banner.

    Parameters
    ----------
    what
        A measure of the catalogue, drawn by district from the reports in use; or any frame, one
        row a place. A frame says which by its column or index `code`, or by names, or has outlines
        of its own (a `GeoDataFrame` in any projection). Of places that it says by points only,
        `lon` and `lat` in degrees or a `GeoDataFrame`, each is drawn as a square near its point.
    which
        The year of the measure, or several years, side by side in the same classes; of a frame, the
        column of numbers.
    origin
        Where the numbers of a frame come from: one of `intake.ORIGINS`. Needed, unless the frame
        has a column `origin`; outlines and lists say nothing of it.
    source
        Who says so; needed for a frame.
    as_of
        The date or period of the data of a frame, in words.
    title, subtitle
        Of the page; without a title, the name of the measure or of the column.
    classes
        Breaks as they should be drawn, or how many classes of about as many places each (5), with
        borders rounded; or one of `indicators.classes(...)`. A measure has its own.
    unit
        Of a column, as in `words.value`: by default `"share"` (0 to 1) where the name of the column
        ends so, `"count"` where all numbers are whole, else `"decimal"`.
    names
        Column with the names of the places; by default the first column of texts.

    Returns
    -------
    picture
        Shown by a notebook; `picture.save("map.svg")`, `picture.pages()` for the web. An `Album`
        where there are more than three years.

    Raises
    ------
    LookupError
        If there is no such measure, year or column.
    ValueError
        If the origin or the source is not said; if a name does not say for certain which place is
        meant (each is listed, with what it may be); if a count is small and nobody hid it.

    Examples
    --------
    >>> draw("app_users", 2023).pages()
    (WebMap('Người dùng ứng dụng nền tảng số', 8 shapes),)
    >>> frame = pd.DataFrame({"place": ["TP. Vị Thanh", "H. Vị Thủy"], "share": [0.42, 0.31]})
    >>> draw(frame, "share", origin="reported", source="our survey").pages()
    (WebMap('share', 8 shapes),)
    """
    if isinstance(what, str):
        years = [which] if isinstance(which, int) else list(cast("Sequence[int]", which))
        return _measure(what, years, title=title)
    column = str(which)
    if column not in what.columns:
        msg = f"there is no column {column!r} to draw. Columns: {', '.join(map(str, what))}."
        raise LookupError(msg)
    table, source = said(what, column, origin=origin, source=source)
    located = laid_out(table, names)
    known = (
        classes
        if isinstance(classes, indicators.Classes)
        else _classes(located[column], column, classes, unit)
    )
    figure, [ax] = sheet(title=title or column, subtitle=subtitle)
    choropleth(located, column, classes=known, ax=ax)
    return finish(figure, source=source, as_of=as_of)


def said(
    frame: pd.DataFrame, column: str, *, origin: str | None, source: str | None
) -> tuple[pd.DataFrame, str]:
    """Ask where the numbers of a frame come from, and who says so; it then says both."""
    if origin is None and "origin" not in frame.columns:
        msg = (
            f"nobody knows where {column!r} comes from, so nobody could tell simulated numbers "
            f"from real ones. Say origin=..., one of {', '.join(intake.ORIGINS)}."
        )
        raise ValueError(msg)
    if source is None:
        msg = f"a picture has to say who says so: source='...', who counted {column!r}."
        raise ValueError(msg)
    return frame if origin is None else frame.assign(origin=origin), source


def laid_out(table: pd.DataFrame, names: str | None = None) -> gpd.GeoDataFrame:
    """Lay a frame out in metres: by shapes or points of its own, else on the outlines in use."""
    if not _is_located(table) and {"lon", "lat"} <= set(table):
        table = _at_points(table)
    return _own(table, names) if _is_located(table) else _on_outlines(table, names)


def _measure(name: str, years: Sequence[int], *, title: str | None) -> Picture | Album:
    reports = intake.reports()
    measures = [indicators.get(name, year=year) for year in years]
    table = rates.to_districts(reports)
    made = album(
        table,
        places.areas("district"),
        measures=measures,
        title=title or measures[-1].label,
        source=findings.source(rates.pick(table, *measures)),
    )
    return made.pictures[0] if len(made.pictures) == 1 and not made.missing else made


def _is_located(table: pd.DataFrame) -> bool:
    import geopandas as gpd

    return isinstance(table, gpd.GeoDataFrame)


def _at_points(table: pd.DataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd

    points = gpd.points_from_xy(*(pd.to_numeric(table[name]) for name in ("lon", "lat")))
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")


def _own(table: pd.DataFrame, names: str | None) -> gpd.GeoDataFrame:
    """Name the places of outlines or points of one's own, and lay them out in metres."""
    own = cast("gpd.GeoDataFrame", table)
    if own.crs is None:
        msg = "the outlines do not say their projection. Say it: frame.set_crs('EPSG:4326')."
        raise ValueError(msg)
    if not own.crs.is_projected:
        own = own.to_crs(own.estimate_utm_crs())
    if (own.geom_type == "Point").all():
        own = tiles(own)
    called = names or _first_texts(own)
    index = own.index if called is None else own[called].astype(str)
    return own.set_axis(own["code"].astype(str) if "code" in own else index.astype(str)).assign(
        name_vi=list(index), name_en=list(index)
    )


def _on_outlines(table: pd.DataFrame, names: str | None) -> gpd.GeoDataFrame:
    """Lay a frame on the outlines in use, by its codes or by its names."""
    codes = _codes(table, names)
    level: Level = "commune" if codes.isin(places.communes().index).all() else "district"
    rows = table.drop(columns="code", errors="ignore").set_axis(codes.to_numpy())
    return locate(rows.rename_axis("code"), places.areas(level))


def _codes(table: pd.DataFrame, names: str | None) -> pd.Series:
    if names is None and "code" in table:
        return table["code"].astype(str)
    if names is None and table.index.name == "code":
        return pd.Series(table.index.astype(str))
    called = names or _first_texts(table)
    if called is None:
        msg = "no column says which place a row is of: give codes (`code`) or names."
        raise LookupError(msg)
    levels: list[Level] = ["district", "commune"]
    tried = [places.find_codes(table[called], level=level) for level in levels]
    found = min(tried, key=lambda one: int(one["code"].isna().sum()))
    unknown = found["code"].isna()
    if unknown.any():
        lines = [
            f"  row {row!r}: {name}: {message}"
            for row, name, message in zip(
                table.index[unknown],
                table.loc[unknown, called],
                found["message"][unknown],
                strict=True,
            )
        ]
        msg = f"{len(lines)} names in {called!r} do not say which place is meant:\n"
        raise ValueError(msg + "\n".join(lines))
    return found["code"]


def _first_texts(table: pd.DataFrame) -> str | None:
    """Find the column that names the places: the first one of texts, the origin apart."""
    texts = (
        str(name)
        for name in table
        if name not in ("origin", "state", "code") and pd.api.types.is_string_dtype(table[name])
    )
    return next(texts, None)


def _classes(
    values: pd.Series, column: str, classes: int | Sequence[float] | None, unit: str | None
) -> Classes:
    if classes is None and column in indicators.quantities():
        return indicators.classes(column)
    known = pd.to_numeric(values, errors="coerce").dropna()
    if unit is None:
        whole = bool((known == known.round()).all())
        unit = "share" if column.endswith("share") else "count" if whole else "decimal"
    if classes is None or isinstance(classes, int):
        breaks = rounded_breaks(known, classes or 5)
    else:
        breaks = tuple(classes)
    return indicators.Classes(column, breaks, unit)


def rounded_breaks(values: pd.Series, number: int) -> tuple[float, ...]:
    """Choose borders with about as many places between each two, as round as keeps them apart."""
    import mapclassify  # type: ignore[import-untyped]

    number = min(number, values.nunique())
    if number < 2:
        return (float(values.iloc[0]) if len(values) else 0.0,)
    borders = mapclassify.Quantiles(values, k=number).bins[:-1]
    digits = -math.floor(math.log10(max(abs(values.max()), abs(values.min()))))
    for more in range(12):
        rounded = sorted({round(float(one), digits + more) for one in borders})
        if len(rounded) == len(set(borders)) and values.min() < rounded[0] <= values.max():
            return tuple(rounded)
    return tuple(sorted(set(map(float, borders))))

"""Draw a map in one line: of a measure in its years, or of any frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import pandas as pd

from .. import findings, indicators, intake, places, rates, words
from ..figures.classify import circled, locate, prepare
from ..places.tiles import tiles
from .several import Panel, album, bound, of_communes

if TYPE_CHECKING:
    import geopandas as gpd

    from ..figures.classify import Map
    from ..indicators import Classes, Indicator
    from ..places import Level
    from ..render.static import Album, Picture


def draw(
    what: str | Indicator | Sequence[Indicator] | pd.DataFrame,
    which: int | str | Sequence[int] | Sequence[str] | None = None,
    *,
    origin: str | None = None,
    source: str | None = None,
    as_of: str | None = None,
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
        A measure of the catalogue, drawn by district from the reports in use, or several of
        `indicators.get`, each in its year; or any frame, one row a place. A frame says which by its
        column or index `code` (`code_2025`: communes since 1 July 2025), or by names, or has
        outlines of its own (a `GeoDataFrame` in any projection). Of places that it says by points
        only, `lon` and `lat` in degrees or a `GeoDataFrame`, each is drawn as a square near its
        point; communes of the list in use without outlines are circles.
    which
        The year of a measure, or several years, side by side in the same classes; of a frame, the
        column of numbers, or several, each in classes of its own.
    origin
        Where the numbers of a frame come from: one of `intake.ORIGINS`. Needed, unless the frame
        has a column `origin`; outlines and lists say nothing of it.
    source
        Who says so; needed for a frame.
    as_of
        The date or period of the data of a frame, in words; by default that of its measure, if it
        has one of the catalogue (`indicator` and `year`).
    title, subtitle
        Of the page; without a title, the name of the measure or of the column.
    classes
        Breaks as they should be drawn, or how many classes of about as many places each (5), with
        borders rounded; or one of `indicators.classes(...)`. A measure has its own, and so has its
        `share` or `change_pp` in a frame.
    unit
        Of a column, as in `words.value`: by default `"share"` (0 to 1) where the name of the column
        ends so, `"count"` where all numbers are whole, else `"decimal"`.
    names
        Column with the names of the places; by default the first column of texts.

    Returns
    -------
    picture
        Shown by a notebook; `picture.save("map.svg")`, `picture.web()`, `picture.keep("map")`. An
        `Album` where there are more than three maps.

    Raises
    ------
    LookupError
        If there is no such measure, year or column.
    ValueError
        If the origin or the source is not said; if a name does not say for certain which place is
        meant (each is listed, with what it may be); if a count is small and nobody hid it.

    Examples
    --------
    >>> draw("app_users", 2023).web()
    WebMap('Người dùng ứng dụng nền tảng số', 8 shapes)
    >>> frame = pd.DataFrame({"place": ["TP. Vị Thanh", "H. Vị Thủy"], "share": [0.42, 0.31]})
    >>> draw(frame, "share", origin="reported", source="our survey").web()
    WebMap('share', 8 shapes)
    """
    if not isinstance(what, pd.DataFrame):
        made = _measures(_asked(what, which), title=title)
    else:
        columns = [which] if isinstance(which, str) else list(cast("Sequence[str]", which or ()))
        missing = [one for one in columns if one not in what.columns]
        if missing or not columns:
            named = ", ".join(map(repr, missing)) or "None"
            msg = f"there is no column {named} to draw. Columns: {', '.join(map(str, what))}."
            raise LookupError(msg)
        table, source = said(what, *columns, origin=origin, source=source)
        dates = tuple(one.when for one in indicators.of(table)) if as_of is None else (as_of,)
        panels = [
            Panel(
                _label(table, one),
                of_column(table, one, classes=classes, unit=unit, names=names),
                dates,
            )
            for one in columns
        ]
        heading = title or findings.listed([one.name for one in panels])
        made = bound(panels, title=heading, subtitle=subtitle, source=source)
    return made.single()


def said(
    frame: pd.DataFrame, *columns: str, origin: str | None, source: str | None
) -> tuple[pd.DataFrame, str]:
    """Ask where the numbers of a frame come from, and who says so; it then says both."""
    asked = ", ".join(map(repr, columns))
    if origin is None and "origin" not in frame.columns:
        msg = (
            f"nobody knows where {asked} comes from, so nobody could tell simulated numbers "
            f"from real ones. Say origin=..., one of {', '.join(intake.ORIGINS)}."
        )
        raise ValueError(msg)
    if source is None:
        msg = f"a picture has to say who says so: source='...', who counted {asked}."
        raise ValueError(msg)
    return frame if origin is None else frame.assign(origin=origin), source


def _asked(
    what: str | Indicator | Sequence[Indicator],
    which: int | str | Sequence[int] | Sequence[str] | None,
) -> list[Indicator]:
    """Name the measures, each in its year."""
    if isinstance(what, str):
        years = [which] if isinstance(which, int) else list(cast("Sequence[int]", which or ()))
        if not years:
            msg = f"say the year of {what!r}, or several: one of {indicators.years(what)}."
            raise LookupError(msg)
        return [indicators.get(what, year=year) for year in years]
    return [what] if isinstance(what, indicators.Indicator) else list(what)


def _measures(measures: Sequence[Indicator], *, title: str | None) -> Album:
    table = rates.to_districts(intake.reports())
    return album(
        table,
        places.areas("district"),
        measures=measures,
        title=title or _title(measures),
        source=findings.source(rates.pick(table, *measures)),
    )


def _title(measures: Sequence[Indicator]) -> str:
    """Name one measure, or several that stand side by side in a year."""
    labels = list(dict.fromkeys(one.label for one in measures))
    years = {one.year for one in measures}
    if len(labels) > 1 and len(years) == 1:
        return words.term("titles.platforms", year=years.pop())
    return findings.listed(labels)


def of_column(
    table: pd.DataFrame,
    column: str,
    *,
    classes: int | Sequence[float] | Classes | None = None,
    unit: str | None = None,
    names: str | None = None,
) -> Map:
    """
    Compose the map of a column of a frame that says its origin, where its places lie.

    By shapes or points of its own, else on the outlines or points in use. Parameters are those of
    `draw`.
    """

    def known(located: pd.DataFrame) -> Classes:
        own = _of_measure(table, column) if classes is None else classes
        if isinstance(own, indicators.Classes):
            return own
        return _classes(located[column], column, own, unit)

    if not _is_located(table) and {"lon", "lat"} <= set(table):
        table = _at_points(table)
    if _is_located(table):
        own = _own(table, names)
        return prepare(own, column, known(own))
    if places.CODE_2025 in (*table, table.index.name):
        points = locate(table, places.points_2025())
        areas = places.areas("district")
        return circled(areas, points, column, classes=known(points))
    codes = _codes(table, names)
    rows = table.drop(columns="code", errors="ignore").set_axis(codes.to_numpy())
    rows = rows.rename_axis("code")
    # Where there is one level, its places are both.
    if codes.isin(places.districts().index).all():
        areas = places.areas("district")
        return prepare(locate(rows, areas), column, known(rows))
    return of_communes(rows, column, classes=known(rows))


def _of_measure(table: pd.DataFrame, column: str) -> Classes | None:
    """Take the classes of the one measure of a frame for its share or its change."""
    measures = indicators.of(table) if column in ("share", "change_pp") else []
    if len({one.name for one in measures}) != 1:
        return None
    return indicators.classes(measures[0].name, of_change=column == "change_pp")


def _label(table: pd.DataFrame, column: str) -> str:
    """Name what a column holds: as the catalogue does, or as it is called."""
    measures = indicators.of(table) if column == "share" else []
    if len(measures) == 1:
        return measures[0].label
    return indicators.label(column) if column in indicators.quantities() else column


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

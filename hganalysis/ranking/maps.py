"""Draw a map in one line: of a measure in its periods, of a quantity, or of any frame."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import frames, indicators, places, refusals, study, suppress, words
from ..countries import Country
from ..draw import Picture, in_one_study
from ..figure import MAX_TITLE_LENGTH, Figure, Layer, Map, worst_origin
from ..indicators import Classes
from ..periods import order_periods, read_period
from ..places.shapes import tiles
from ..study import Study
from . import pictures
from .answer import uptake
from .measure import ClassesOption, Measure, choose_classes
from .pictures import Shapes


@in_one_study
def draw_map(
    what: str | pd.DataFrame,
    which: int | str | Sequence[int | str] | None = None,
    *,
    origin: str | None = None,
    source: str | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    classes: ClassesOption = None,
    unit: str | None = None,
    names: str | None = None,
    layers: Layer | Sequence[Layer] = (),
    **unknown: object,
) -> Picture:
    """
    Draw a map with its title, classes, list and source, and with the banner if data are simulated.

    Parameters
    ----------
    what
        A measure of the catalogue, drawn by district from the reports in use; a quantity of it,
        such as the density of teams; or any frame, one row for each place.

        A frame names its places by a column or index `code`, or by their names; or it has outlines
        of its own (a `GeoDataFrame` in any projection). If it has points only (`lon` and `lat` in
        degrees, or a `GeoDataFrame`), each place is drawn as a square near its point. Communes
        without outlines are drawn as circles.
    which
        For a measure, its period; for a frame, the column of numbers. Two periods, or two columns
        with the same unit, are drawn side by side in the same classes.
    origin
        Where the numbers of a frame come from: one of `frames.ORIGINS`. Needed, unless the frame
        has a column `origin`.
    source
        Who counted this. Needed for a frame.
    title, subtitle
        By default, where the values are highest and lowest, and what is drawn.
    classes
        The breaks; or the number of classes (5), with about as many places in each and rounded
        breaks.
    unit
        For a column, as in `words.value`; or `"percent"` where its numbers, and `classes`, are
        written as 65.3 for 65.3 %. By default `"share"` (0 to 1) if the name of the column has
        that word, `"count"` if all numbers are whole, else `"decimal"`.
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
        If there is no such measure, period, column or place.
    ValueError
        If the origin or the source is not said; if a name does not say for certain which place is
        meant, or is of another place than the code beside it; if a `count` is small and nobody hid
        it, and no kept file shows that its source published it.

    Examples
    --------
    >>> draw_map("app_users", 2023).figure.title.replace("\N{NO-BREAK SPACE}", " ")
    'Cao nhất: H. Châu Thành A, 37,2 %; thấp nhất: H. Phụng Hiệp, 19,4 %'
    >>> frame = pd.DataFrame({"place": ["TP. Vị Thanh", "H. Vị Thủy"], "share": [0.42, 0.31]})
    >>> title = draw_map(frame, "share", origin="reported", source="our survey").figure.title
    >>> title.replace("\N{NO-BREAK SPACE}", " ")
    'Cao nhất trong số nêu: TP. Vị Thanh, 42,0 %; thấp nhất: H. Vị Thủy, 31,0 %'
    """
    if unknown:
        _refuse("map_argument", TypeError, names=", ".join(unknown))
    heads = _as_list(which)
    layers = _as_list(layers)
    for name in (*heads, names):
        if not isinstance(name, Hashable):
            _refuse("map_column_name", TypeError, kind=type(name).__name__)
    if isinstance(what, str) and what not in indicators.quantities():
        figure = _map_measure(what, heads)
    else:
        if isinstance(what, str):
            what, heads, source = _load_quantity(what, heads)
        rows = _checked_rows(what, heads, origin=origin, source=source)
        rows, shapes = _locate(study.current(), rows, names)
        if unit == "percent":
            rows[heads] /= 100
            unit = "share"
            if not isinstance(classes, int | None):
                classes = [border / 100 for border in classes]
        all_values = pd.concat([rows[column] for column in heads])
        shared_classes = choose_classes(all_values, str(heads[-1]), classes, unit)
        figures = [_map_column(rows, head, shapes, shared_classes, str(source)) for head in heads]
        figure = _side_by_side(figures, heads)
    if layers:
        figure = _with_layers(figure, layers)
    return Picture(
        replace(figure, title=title or figure.title, subtitle=subtitle or figure.subtitle)
    )


def _as_list(value: Any) -> list[Any]:  # noqa: ANN401
    """Take one thing, several or none as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _refuse(key: str, error: type[Exception] = LookupError, **blanks: object) -> NoReturn:
    """Say what is wrong, and what to write instead."""
    reason = words.term(f"uptake_errors.{key}", **blanks)
    raise error(" ".join([reason, words.term("uptake_errors.map_example")]))


def _map_measure(name: str, periods: list[Any]) -> Figure:
    """Map a measure in one period, or in two side by side."""
    if name not in indicators.names():
        near = words.did_you_mean(name, indicators.names())
        _refuse("map_name", name=name, near=near, names=", ".join(indicators.names()))
    if len(periods) not in (1, 2):
        listed = ", ".join(map(str, indicators.periods(name)))
        msg = words.term(
            "uptake_errors.map_period",
            measure=name,
            periods=listed,
        )
        raise LookupError(msg)
    periods = [read_period(period).key for period in periods]
    answers = [uptake(name, period) for period in periods]
    heads = [words.short_period(period) for period in periods]
    figure = _side_by_side([answer.map().figure for answer in answers], heads)
    when = words.period_span(periods) if len(periods) > 1 else None
    return replace(figure, subtitle=answers[-1].measure.subtitle(when=when))


def _side_by_side(figures: list[Figure], heads: list[Any]) -> Figure:
    """Give the figure if there is one; of two, both maps, with the title and list of the second."""
    if len(figures) == 1:
        return figures[0]
    first, last = figures
    maps: list[Any] = [figure.panels[0] for figure in figures]
    panels = [replace(panel, head=str(head)) for panel, head in zip(maps, heads, strict=True)]

    title = f"{heads[-1]}: {last.title}"
    kind = words.term("uptake.two_maps", heads="–".join(map(str, heads)))
    alt = words.term("figure.alt", kind=kind, title=title, subtitle=last.subtitle)
    if len(title) > MAX_TITLE_LENGTH:
        title = title.partition("; ")[0]
    if len(title) > MAX_TITLE_LENGTH:
        title = last.title

    table = last.table.iloc[:, :2].join(first.table.iloc[:, 1:2])
    numbers = {
        head: column._replace(columns=column.columns.reindex(table.index))
        for head, column in {**first.numbers, **last.numbers}.items()
        if head in table
    }
    banner = first.banner or last.banner
    return replace(
        last,
        title=title,
        panels=tuple(panels),
        table=table,
        alt=alt,
        banner=banner,
        numbers=numbers,
    )


def _load_quantity(name: str, periods: list[Any]) -> tuple[pd.DataFrame, list[Any], str]:
    """Take a quantity of the catalogue by district: its rows, its column and its source."""
    rows = places.compared().rename(columns={"origin_of_residents": "origin"}).reset_index()
    if name not in rows:
        teams = frames.teams()
        rows = frames.density(teams[teams["period"].isin(periods)], level="district")
        if name not in rows or len(periods) != 1 or rows.empty:
            available = order_periods(teams["period"].unique())
            listed = ", ".join(map(str, available))
            msg = words.term(
                "uptake_errors.map_period",
                measure=name,
                periods=listed,
            )
            raise LookupError(msg)
    return rows, [name], words.term(f"figure.by_{worst_origin(rows)}")


def _checked_rows(
    what: object, columns: list[Any], *, origin: str | None, source: str | None
) -> pd.DataFrame:
    """Refuse what is no frame, or lacks a column, numbers, the origin of its rows or a source."""
    if not isinstance(what, pd.DataFrame):
        _refuse("map_kind", TypeError, kind=type(what).__name__)
    if len(columns) not in (1, 2) or not set(columns) <= set(what.columns):
        missing = ", ".join(map(repr, columns)) or "None"
        near = "".join(words.did_you_mean(column, what) for column in columns)
        _refuse("map_column", missing=missing, near=near, columns=", ".join(map(str, what)))
    rows = suppress.refuse_small(what).copy()
    for column in columns:
        rows = frames.require_provenance(rows, column, origin=origin, source=source)
        values = frames.read_numbers(rows[column])
        faults = {words.term("uptake_errors.not_finite"): np.isinf(values) | values.isna().all()}
        refusals.refuse(rows[[column]], faults)
        if column not in indicators.quantities():
            # the number of a hidden row is that of its pool, and no place's own
            values = values.mask(suppress.is_hidden(rows))
        rows[column] = values
    return rows


def _locate(of: Study, rows: pd.DataFrame, names_column: str | None) -> tuple[pd.DataFrame, Shapes]:
    """Give each row the `code` of its place, and find the shapes of all places."""
    if rows.index.name == "code":
        rows = rows.reset_index()
    names = _names_of_places(rows, names_column)
    if not isinstance(rows, gpd.GeoDataFrame) and not _has_listed_code(rows):
        rows = _with_points(rows)
    if isinstance(rows, gpd.GeoDataFrame):
        names = rows.index.to_series() if names is None else names
        return _own_shapes(rows, names, of.country)

    if names_column is None and "code" in rows:
        codes = frames.read_codes(rows["code"])
    else:
        codes = _find_codes(names)
    all_districts = codes.isin(places.compared().index).all()
    shapes = pictures.find_shapes("district" if all_districts else "commune")
    faults = {
        words.term("uptake_errors.not_listed"): ~codes.isin(shapes.names().index),
        words.term("refusals.twice"): codes.duplicated(keep=False),
    }
    refusals.refuse(codes.to_frame("code"), faults)
    rows = rows.assign(code=codes)
    frames.require_names(rows)
    return rows, shapes


def _names_of_places(rows: pd.DataFrame, names_column: str | None) -> pd.Series | None:
    """Take the column that the caller names, else the first column of texts."""
    if names_column:
        return rows[names_column]
    texts = rows.select_dtypes(["object", "string"])
    text_columns = texts.columns.drop(["origin", "state", "code"], errors="ignore")
    return rows[text_columns[0]] if len(text_columns) else None


def _has_listed_code(rows: pd.DataFrame) -> bool:
    if "code" not in rows:
        return False
    listed_codes = {*places.compared().index, *places.units().index}
    return bool(frames.read_codes(rows["code"]).isin(listed_codes).any())


def _with_points(rows: pd.DataFrame) -> pd.DataFrame:
    """Turn `lon` and `lat`, if there are any, into points; none where they are not on Earth."""
    if not {"lon", "lat"} <= set(rows):
        return rows
    degrees = rows[["lon", "lat"]].apply(pd.to_numeric, errors="coerce")
    points = gpd.points_from_xy(degrees["lon"], degrees["lat"], crs="EPSG:4326")
    on_earth = degrees.abs().le([180, 90]).all(axis=1)
    geometry = gpd.GeoSeries(points, rows.index).where(on_earth)
    located: pd.DataFrame = gpd.GeoDataFrame(rows, geometry=geometry)
    return located


def _own_shapes(
    rows: gpd.GeoDataFrame, names: pd.Series, country: Country
) -> tuple[pd.DataFrame, Shapes]:
    """Bring a user's outlines or points to metres; draw points as squares."""
    if rows.crs is None:
        raise ValueError(words.term("uptake_errors.no_crs"))
    is_empty = rows.geometry.isna() | rows.geometry.is_empty
    refusals.refuse(names.to_frame("name"), {words.term("uptake_errors.no_shape"): is_empty})
    if not rows.crs.is_projected:
        degrees = rows.to_crs("EPSG:4326").total_bounds
        rows = rows.to_crs(country.projection(degrees))
    if (rows.geom_type == "Point").all():
        kind, geometry = "own_squares", tiles(rows).geometry
    else:
        kind, geometry = "own_outlines", rows.make_valid()
    codes = [str(number) for number in range(len(rows))]
    columns = {"name": [str(name) for name in names]}
    shapes = gpd.GeoDataFrame(columns, index=codes, geometry=geometry.array)
    return pd.DataFrame(rows).assign(code=codes), Shapes(shapes, None, kind)


def _find_codes(names: pd.Series | None) -> pd.Series:
    """Find which places are meant by their names: all districts, or all communes."""
    if names is None:
        raise LookupError(words.term("uptake_errors.no_place"))
    districts = places.find_codes(names, level="district")
    communes = places.find_codes(names, level="commune")
    if communes["code"].isna().sum() < districts["code"].isna().sum():
        matches = communes
    else:
        matches = districts
    reasons = matches.loc[matches["code"].isna(), "message"].unique()
    faults = {reason: matches["message"] == reason for reason in reasons}
    refusals.refuse(names.to_frame("name"), faults)
    return matches["code"]


def _map_column(
    rows: pd.DataFrame,
    column: Any,  # noqa: ANN401
    shapes: Shapes,
    classes: Classes,
    source: str,
) -> Figure:
    """Compose the map of a column, and its list."""
    values = rows.set_index("code")[column]
    table = shapes.names().assign(share=values).rename_axis("code")
    table = table.sort_values("share", ascending=False, kind="stable")
    is_quantity = column in indicators.quantities()
    label = head = indicators.measure_label(column) if is_quantity else str(column)
    if is_quantity and "period" in rows:
        period = rows["period"].iloc[0]
        label += ", " + words.period(period)
        head = words.short_period(period)
    measure = Measure("", (), classes, column=label)
    return pictures.compose_ranking(
        table.reset_index(),
        measure,
        pictures.Wording("uptake.any_map", {"value": head}),
        shapes,
        origin=worst_origin(rows.dropna(subset=column)),
        source=source,
    )


# In this order; they differ from each other, from all classes and from the red banner.
LAYER_COLOURS = ("#1f2328", "#a3217c", "#7a4a12", "#5b3fa0")

# As a share of the length of the coast: a border of the map itself lies on it, not a millimetre
# beyond.
CLIP_TOLERANCE = 1e-4


def layer(shapes: gpd.GeoDataFrame | gpd.GeoSeries, *, name: str, source: str) -> Layer:
    """
    Describe a layer over a map: `hg.map(..., layers=hg.layer(roads, name="Roads", source="..."))`.

    Polygons keep their outline only, so that no colour of a class changes; what lies beyond the
    outlines of the map is cut off.

    Parameters
    ----------
    shapes
        Lines, points or polygons in any projection.
    name, source
        Its name in the legend, and who drew it.

    Raises
    ------
    ValueError
        If these are no shapes, or have no name, source or projection.

    Examples
    --------
    >>> import hganalysis as hg
    >>> border = hg.places.areas().boundary
    >>> lines = layer(border, name="Borders", source="generalised outlines")
    >>> picture = hg.map("app_users", 2023, layers=lines)
    """
    if not name or not source or getattr(shapes, "crs", None) is None:
        raise ValueError(words.term("uptake_errors.layer"))
    return Layer(name, source, shapes.geometry, LAYER_COLOURS[0])


def _with_layers(figure: Figure, layers: Sequence[Layer]) -> Figure:
    """Draw layers over every map of a figure, and credit them."""
    panels = [
        add_layers(panel, layers) if isinstance(panel, Map) else panel for panel in figure.panels
    ]
    sources = "".join(f" {layer.name}: {layer.source}." for layer in layers)
    return replace(figure, panels=tuple(panels), source=figure.source + sources)


def add_layers(panel: Map, layers: Sequence[Layer]) -> Map:
    """
    Bring layers to the projection of a map, and cut off what lies beyond its outlines.

    Raises
    ------
    ValueError
        If squares stand for the places, if there are too many layers, or if one lies elsewhere.
    """
    if panel.is_tiled or len(layers) > len(LAYER_COLOURS):
        max_layers = len(LAYER_COLOURS)
        msg = words.term("uptake_errors.many_layers", most=max_layers)
        raise ValueError(msg)
    land = panel.land.union_all()
    land = land.buffer(CLIP_TOLERANCE * land.length)
    added = []
    for layer, colour in zip(layers, LAYER_COLOURS, strict=False):
        shapes = layer.shapes.dropna().to_crs(panel.places.crs)
        is_polygon = shapes.geom_type.str.contains("Polygon")
        lines = shapes.mask(is_polygon, shapes.boundary)
        visible = gpd.clip(lines, land).explode(ignore_index=True)
        if visible.empty:
            crs = layer.shapes.crs
            msg = words.term(
                "uptake_errors.layer_outside",
                layer=layer.name,
                crs=crs,
            )
            raise ValueError(msg)
        added.append(replace(layer, shapes=visible, colour=colour))
    return replace(panel, layers=tuple(added))

"""Draw a map in one line: of a measure in its years, or of any frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypedDict, Unpack, cast, overload

import pandas as pd

from .. import findings, frames, indicators, places, rates, words
from ..figures.classify import circled, locate, prepare
from ..figures.overlays import Layer, lay
from ..figures.states import KNOWN, UNRELIABLE
from ..places import zones
from ..places.shapes import tiles
from ..rates.shares import state
from ..rates.shrunken import SHRUNKEN
from ..render.static.areas import on_axes
from .several import Panel, at_places, bound, drawable, heads

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from ..figures.classify import Labels, Map
    from ..indicators import Classes, Indicator
    from ..places import Level
    from ..render.static import Album, Picture


What: TypeAlias = "str | Indicator | Sequence[Indicator] | pd.DataFrame"
Which: TypeAlias = "int | str | Sequence[int] | Sequence[str] | None"
_Drawn: TypeAlias = "tuple[pd.DataFrame, str, str, tuple[str, ...], Indicator | None]"
"""A frame, the column drawn, what stands above it, its dates, and its measure if it has one."""


class Choices(TypedDict, total=False):
    """What may be chosen of every map, for whoever checks types: see `draw`."""

    origin: str | None
    source: str | None
    as_of: str | None
    title: str | None
    subtitle: str | None
    note: str
    classes: int | Sequence[float] | Classes | None
    colours: str | Sequence[str] | None
    unit: str | None
    names: str | None
    only: str | Sequence[str] | None
    labels: bool | str
    layers: Layer | Sequence[Layer]
    width: float | None
    dpi: float | None


@overload
def draw(what: What, which: Which = None, *, ax: Axes, **choices: Unpack[Choices]) -> Axes: ...


@overload
def draw(
    what: What, which: Which = None, *, ax: None = None, **choices: Unpack[Choices]
) -> Picture | Album: ...


def draw(
    what: What,
    which: Which = None,
    *,
    origin: str | None = None,
    source: str | None = None,
    as_of: str | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    note: str = "",
    classes: int | Sequence[float] | Classes | None = None,
    colours: str | Sequence[str] | None = None,
    unit: str | None = None,
    names: str | None = None,
    only: str | Sequence[str] | None = None,
    labels: bool | str = True,
    layers: Layer | Sequence[Layer] = (),
    width: float | None = None,
    dpi: float | None = None,
    ax: Axes | None = None,
) -> Picture | Album | Axes:
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
        Where the numbers of a frame come from: one of `frames.ORIGINS`. Needed, unless the frame
        has a column `origin`; outlines and lists say nothing of it.
    source
        Who says so; needed for a frame.
    as_of
        The date or period of the data of a frame, in words; by default that of its measure, if it
        has one of the catalogue (`indicator` and `year`).
    title, subtitle
        Of the page; by default where a measure is highest and lowest and what it is out of, or the
        name of the column.
    note
        What else has to be said below the picture, and beside it on a page or a slide.
    classes
        Breaks as they should be drawn, or how many classes of about as many places each (5), with
        borders rounded; or one of `indicators.classes(...)`. A measure has its own, and so has its
        `share` or `change_pp` in a frame.
    colours
        From the lowest class to the highest, instead of those of the house: the name of a colormap
        of matplotlib, or one colour a class, or a few to mix as many from. They have to be ordered
        in lightness, so that their order is seen in greyscale; of changes, lightest at 0.
    unit
        Of a column, as in `words.value`: by default `"share"` (0 to 1) where the name of the column
        ends so, `"count"` where all numbers are whole, else `"decimal"`.
    names
        Column with the names of the places; by default the first column of texts.
    only
        Codes or names of the places to draw; the picture says how many are left out, and which if
        they are few.
    labels
        What is written on each place: name and value (true), nothing (false), `"names"` or
        `"values"`.
    layers
        Roads, post offices, borders over the places: one `maps.Layer(shapes, name=..., source=...)`
        or several, in any projection. They reach the picture, its page and its slide, each with a
        line in the legend and its source; what lies beyond the outlines is cut off.
    width, dpi
        Millimetres on paper, and dots an inch: see `Picture.save`. Else it is a page for the hall.
    ax
        Axes of a figure of your own, for one map with its banner and a legend beside it. What has
        no room there (title, subtitle, note, date, source) is refused: say it in your caption.

    Returns
    -------
    picture
        Shown by a notebook; `picture.save("map.svg")`, `picture.web()`, `picture.keep("map")`. An
        `Album` where there are more than three maps; `ax` where it was given.

    Raises
    ------
    LookupError
        If there is no such measure, year or column.
    ValueError
        If the origin or the source is not said; if a name does not say for certain which place is
        meant (each is listed, with what it may be); if a count is small and nobody hid it; if a
        layer cannot be right, see `figures.overlays.lay`.

    Examples
    --------
    >>> draw("app_users", 2023).web().title.split(": ")[0]
    'Người dùng ứng dụng nền tảng số, năm 2023'
    >>> frame = pd.DataFrame({"place": ["TP. Vị Thanh", "H. Vị Thủy"], "share": [0.42, 0.31]})
    >>> draw(frame, "share", origin="reported", source="our survey").web()
    WebMap('share', 8 shapes)
    """
    if ax is not None:
        _require_bare(title=title, subtitle=subtitle, note=note, as_of=as_of, source=source)
        _require_bare(layers=layers, width=width, dpi=dpi)
        source = ""
    if isinstance(what, pd.DataFrame):
        table, asked, source = _columns(what, which, origin=origin, source=source)
        dates = tuple(one.when for one in indicators.of(table)) if as_of is None else (as_of,)
        drawn: list[_Drawn] = [
            (table, column, _label(table, column, beside=asked), dates, None) for column in asked
        ]
        missing: tuple[str, ...] = ()
        heading: str | None = findings.listed([_label(table, column) for column in asked])
        under = ""
    else:
        measures = _asked(what, which)
        drawn, missing, told = _measured(measures, as_of=as_of)
        heading, source = _title(measures), told if source is None else source
        under = _subtitle(measures, own=title is not None)
    of = partial(of_column, classes=classes, colours=colours, unit=unit, names=names, only=only)
    panels = []
    for frame, column, label, day, measure in drawn:
        made = replace(lay(of(frame, column), layers), labels=_labels(labels))
        panels.append(Panel(label, made, day, _found(frame, measure, made)))
    if ax is not None:
        return on_axes([one.map for one in panels], ax)
    return bound(
        panels,
        title=heading if title is None else title,
        subtitle=under if subtitle is None else subtitle,
        remark=" ".join(filter(None, [note, _projection(what, panels[0])])),
        source=source,
        missing=missing,
        width=width,
        dpi=dpi,
    ).single()


def _found(rows: pd.DataFrame, measure: Indicator | None, drawn: Map) -> str:
    """Say where a measure is highest and lowest, of the places that are drawn."""
    if measure is None:
        return ""
    rows = rows[rows["code"].isin(drawn.table.index)]
    return findings.titles.where(rows, indicator=measure)


def _projection(what: What, drawn: Panel) -> str:
    """Say in which projection outlines are drawn that came in another, in degrees say."""
    own, crs = getattr(what, "geometry", None), drawn.map.outlines.crs
    given = getattr(own, "crs", None)
    if own is None or given is None or given == crs or (own.geom_type == "Point").all():
        return ""
    return words.term("maps.projection", crs=zones.name_of(crs))


def _columns(
    what: pd.DataFrame,
    which: int | str | Sequence[int] | Sequence[str] | None,
    *,
    origin: str | None,
    source: str | None,
) -> tuple[pd.DataFrame, list[str], str]:
    """Find the columns to draw of a frame that says where they come from, and who says so."""
    asked = [which] if isinstance(which, str) else list(cast("Sequence[str]", which or ()))
    lost = [one for one in asked if one not in what.columns]
    if lost or not asked:
        named = ", ".join(map(repr, lost)) or "None"
        msg = f"there is no column {named} to draw. Columns: {', '.join(map(str, what))}."
        raise LookupError(msg)
    table, source = said(what, *asked, origin=origin, source=source)
    return table, asked, source


def _measured(
    measures: Sequence[Indicator], *, as_of: str | None
) -> tuple[list[_Drawn], tuple[str, ...], str]:
    """Take the shares of each measure, apart from those of which no number may be shown."""
    table = rates.to_districts(frames.reports())
    rows_of, missing = drawable(table, measures, places=len(places.districts()))
    drawn: list[_Drawn] = [
        (rows, "share", head, (measure.when if as_of is None else as_of,), measure)
        for head, (measure, rows) in zip(heads(list(rows_of)), rows_of.items(), strict=True)
    ]
    return drawn, missing, findings.source(rates.pick(table, *measures))


def _require_bare(**given: object) -> None:
    """Refuse what has no room on axes of one's own."""
    named = [f"{name}=" for name, one in given.items() if one]
    if named:
        msg = (
            f"there is no room for {', '.join(named)} on axes of your own: say it in the title of "
            "your figure, or in its caption."
        )
        raise ValueError(msg)


def _labels(labels: bool | str) -> Labels:  # noqa: FBT001  (a choice of the caller)
    found: dict[bool | str, Labels] = {
        True: "both",
        False: "none",
        "names": "names",
        "values": "values",
    }
    if labels not in found:
        msg = f"labels is {labels!r}; expected True, False, 'names' or 'values'."
        raise ValueError(msg)
    return found[labels]


def said(
    frame: pd.DataFrame, *columns: str, origin: str | None, source: str | None
) -> tuple[pd.DataFrame, str]:
    """Ask where the numbers of a frame come from, and who says so; it then says both."""
    asked = ", ".join(map(repr, columns))
    if origin is None and "origin" not in frame.columns:
        msg = (
            f"nobody knows where {asked} comes from, so nobody could tell simulated numbers "
            f"from real ones. Say origin=..., one of {', '.join(frames.ORIGINS)}."
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


def _title(measures: Sequence[Indicator]) -> str | None:
    """Name several measures that stand side by side; of one, its map says what it shows."""
    labels = list(dict.fromkeys(one.label for one in measures))
    years = {one.year for one in measures}
    if len(labels) > 1 and len(years) == 1:
        return words.term("titles.platforms", year=years.pop())
    return findings.listed(labels) if len(labels) > 1 else None


def _subtitle(measures: Sequence[Indicator], *, own: bool) -> str:
    """Say what one measure is out of; below a title of the caller's own there are no brackets."""
    if len({one.name for one in measures}) > 1:
        return ""
    return findings.titles.subtitle(measures[-1], "maps.out_of" if own else "maps.under")


def of_column(
    table: pd.DataFrame,
    column: str,
    *,
    classes: int | Sequence[float] | Classes | None = None,
    colours: str | Sequence[str] | None = None,
    unit: str | None = None,
    names: str | None = None,
    only: str | Sequence[str] | None = None,
) -> Map:
    """
    Compose the map of a column of a frame that says its origin, where its places lie.

    By shapes or points of its own, else on the outlines or points in use. Parameters are those of
    `draw`.
    """

    def made(located: gpd.GeoDataFrame) -> Map:
        kept, left_out = _part(located, only)
        if column == SHRUNKEN and {"state", f"{SHRUNKEN}_low"} <= set(kept):  # not of the share
            shown = kept["state"].isin([KNOWN, UNRELIABLE])
            kept = kept.assign(state=kept["state"].mask(shown, state(kept, SHRUNKEN)))
        own = _of_measure(table, column) if classes is None else classes
        if not isinstance(own, indicators.Classes):
            own = _classes(located[column], column, own, unit)
        if colours is not None:
            own = replace(own, palette=_palette(colours, own))
        points = (kept.geom_type == "Point").all()
        areas = places.areas("district") if points else None
        panel = (
            prepare(kept, column, own)
            if areas is None
            else circled(areas, kept, column, classes=own)
        )
        return replace(panel, without=tuple(left_out))

    if not _is_located(table) and {"lon", "lat"} <= set(table):
        table = _at_points(table)
    if _is_located(table):
        return made(_own(table, names))
    if places.CODE_2025 in (*table, table.index.name):
        return made(locate(table, places.points_2025()))
    codes = _codes(table, names)
    rows = table.drop(columns="code", errors="ignore").set_axis(codes.to_numpy())
    rows = rows.rename_axis("code")
    # Where there is one level, its places are both.
    if codes.isin(places.districts().index).all():
        return made(locate(rows, places.areas("district")))
    return made(at_places(rows))


def _part(
    located: gpd.GeoDataFrame, only: str | Sequence[str] | None
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Take the places that are named, by code or name; and name those that are left out."""
    if only is None:
        return located, []
    asked = [only] if isinstance(only, str) else list(only)
    called = [one for one in ("name_vi", "name_en", "label_vi", "label_en") if one in located]
    known: dict[str, set[str]] = {str(code).casefold(): {code} for code in located.index}
    for name in called:
        for code, one in located[name].items():
            known.setdefault(str(one).casefold(), set()).add(code)
    found = [known.get(str(one).casefold(), set()) for one in asked]
    strange = [repr(one) for one, codes in zip(asked, found, strict=True) if not codes]
    several = [
        f"{one!r} ({', '.join(sorted(codes))})"
        for one, codes in zip(asked, found, strict=True)
        if len(codes) > 1
    ]
    if several:
        msg = f"only= names more than one place by {'; '.join(several)}: say the code."
        raise LookupError(msg)
    label = words.column("label")
    shown = (
        located[label if label in located else called[0]] if called else located.index.to_series()
    )
    if strange or not asked:
        msg = (
            f"only= names {', '.join(strange) or 'nothing'}, which is no place of the map; "
            f"expected codes or names, such as {', '.join(map(str, shown.iloc[:5]))}."
        )
        raise LookupError(msg)
    codes = list(dict.fromkeys(code for some in found for code in some))
    return located.loc[codes], shown.drop(codes).astype(str).tolist()


def _palette(colours: str | Sequence[str], classes: Classes) -> tuple[str, ...]:
    """Take colours as #rrggbb: one a class, or as many as there are classes, mixed."""
    import matplotlib as mpl
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    number = len(classes.breaks) + 1
    try:
        given = [colours] if isinstance(colours, str) else [to_hex(one) for one in colours]
        if len(given) == number:
            return tuple(to_hex(one) for one in given)
        ramp = (
            mpl.colormaps[colours]
            if isinstance(colours, str)
            else LinearSegmentedColormap.from_list("own", given)
        )
    except (KeyError, ValueError):
        msg = (
            f"colours is {colours!r}; expected the name of a colormap of matplotlib, such as "
            f"'YlGnBu', or {number} colours, one a class, such as '#2f7f9c'."
        )
        raise ValueError(msg) from None
    return tuple(to_hex(ramp(at / (number - 1))) for at in range(number))


def _of_measure(table: pd.DataFrame, column: str) -> Classes | None:
    """Take the classes of the one measure of a frame for its share, drawn or not, or its change."""
    shown = ("share", SHRUNKEN, "change_pp")
    measures = indicators.of(table) if column in shown else []
    if len({one.name for one in measures}) != 1:
        return None
    return indicators.classes(measures[0].name, of_change=column == "change_pp")


def _label(table: pd.DataFrame, column: str, *, beside: Sequence[str] = ()) -> str:
    """Name what a column holds: as the catalogue does, or as it is called."""
    measures = indicators.of(table) if column == "share" else []
    if len(measures) == 1:
        drawn = SHRUNKEN in beside
        return words.term("columns.share_counted") if drawn else measures[0].label
    if column == SHRUNKEN:
        return words.term(f"columns.{column}")
    return indicators.measure_label(column) if column in indicators.quantities() else column


def _is_located(table: pd.DataFrame) -> bool:
    import geopandas as gpd

    return isinstance(table, gpd.GeoDataFrame)


def _at_points(table: pd.DataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd

    lon, lat = (pd.to_numeric(table[name], errors="coerce") for name in ("lon", "lat"))
    wrong = (~(lon.between(-180, 180) & lat.between(-90, 90))).to_numpy()
    if wrong.any():
        rows = [
            f"  row {row!r}: lon {east}, lat {north}"
            for row, east, north in zip(
                table.index[wrong], table.loc[wrong, "lon"], table.loc[wrong, "lat"], strict=True
            )
        ]
        msg = (
            f"{len(rows)} places lie nowhere on Earth; expected lon from -180 to 180 and lat from "
            "-90 to 90, in degrees:\n"
        )
        raise ValueError(msg + "\n".join(rows))
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")


def _own(table: pd.DataFrame, names: str | None) -> gpd.GeoDataFrame:
    """Name the places of outlines or points of one's own, and lay them out in metres."""
    own = cast("gpd.GeoDataFrame", table)
    if own.crs is None:
        msg = "the outlines do not say their projection. Say it: frame.set_crs('EPSG:4326')."
        raise ValueError(msg)
    degrees = own.geometry.to_crs("EPSG:4326")
    beside = zones.together(degrees)
    # a projection of one's own stays, unless it parts what lies side by side on the Earth
    if not own.crs.is_projected or beside is not degrees:
        bounds = beside.total_bounds
        own = own.set_geometry(beside).to_crs(zones.projection((*bounds,)))
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
    # what is no finite number is refused, place by place, where the map is composed
    known = pd.to_numeric(values, errors="coerce").replace([math.inf, -math.inf], math.nan).dropna()
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

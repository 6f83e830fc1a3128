"""Draw what there is: one measure in its years or several measures, communes as they are known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from .. import findings, frames, indicators, places, rates, words
from ..figures import Figure
from ..figures.classify import circled, locate, prepare
from ..figures.states import NothingToShow
from ..render.static import Album, draw, place, sheet
from ..render.static.areas import blank
from ..render.static.page import MOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawn

    from ..figures.classify import Map
    from ..indicators import Classes, Indicator


Shown = TypeVar("Shown")


def album(
    table: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    *,
    measures: Sequence[Indicator],
    title: str,
    source: str,
) -> Album:
    """
    Draw a map for each measure, none left out: the same in all its years, or several in one year.

    Parameters
    ----------
    table, areas, title
        As for `side_by_side`.
    measures
        Any number; one that stands twice is drawn once. A page holds three maps at most, so that
        they can be read in a hall: of more there are several pages, of about as many maps each.
    source
        Who says so.

    Returns
    -------
    album
        Its pages finished. Where there are several the title says which of how many each is. A
        map without a single number is left out, and it is said which that are.

    Raises
    ------
    NothingToShow
        If no measure has a number that may be shown.
    """
    drawn, missing = drawable(table, measures, places=len(areas))
    panels = [
        Panel(head, _map(rows, areas, measure), (measure.when,))
        for head, (measure, rows) in zip(heads(list(drawn)), drawn.items(), strict=True)
    ]
    return bound(panels, title=title, source=source, missing=missing)


@dataclass(frozen=True)
class Panel:
    """A map, the title above it where it is one of several, and the dates of its numbers."""

    name: str
    map: Map
    dates: tuple[str, ...]


def bound(
    panels: Sequence[Panel],
    *,
    title: str,
    subtitle: str = "",
    remark: str = "",
    source: str,
    missing: tuple[str, ...] = (),
    width: float | None = None,
    dpi: float | None = None,
) -> Album:
    """Draw maps on as few pages as hold them all; `missing` names those that there are not."""
    pages = apportion(panels)
    pictures = []
    for number, page in enumerate(pages, start=1):
        heading = words.term("maps.page", title=title, number=number, all=len(pages))
        figure = Figure(
            heading if len(pages) > 1 else title,
            tuple(one.map for one in page),
            findings.listed(list(dict.fromkeys(on for one in page for on in one.dates))),
            subtitle=subtitle,
            names=tuple(one.name for one in page) if len(page) > 1 else (),
            named_source=source,
            remark=remark,
        )
        pictures.append(place(figure, width=width, dpi=dpi))
    return Album(tuple(pictures), missing)


def drawable(
    table: pd.DataFrame, measures: Sequence[Indicator], *, places: int
) -> tuple[dict[Indicator, pd.DataFrame], tuple[str, ...]]:
    """Take the rows of each measure of which a number may be shown, and name the others."""
    each = {one: rates.pick(table, one) for one in dict.fromkeys(measures)}
    drawn = {one: rows for one, rows in each.items() if rows["share"].notna().any()}
    if not drawn:
        raise NothingToShow(places)
    return drawn, tuple(str(one) for one in each if one not in drawn)


def heads(measures: Sequence[Indicator]) -> list[str]:
    """Title the maps of one measure by the years, those of several by the measures."""
    one = len({measure.name for measure in measures}) == 1
    return [measure.when if one else measure.label for measure in measures]


def _map(rows: pd.DataFrame, areas: gpd.GeoDataFrame, measure: Indicator) -> Map:
    return prepare(locate(rows, areas), "share", indicators.classes(measure.name))


def apportion(measures: Sequence[Shown], *, most: int = MOST) -> list[list[Shown]]:
    """
    Share measures out among as few pages as hold them all, as evenly as can be, in their order.

    Examples
    --------
    >>> [len(page) for page in apportion(["a", "b", "c", "d", "e"])]
    [3, 2]
    """
    pages = -(-len(measures) // most)
    ends = [-(-len(measures) * number // pages) for number in range(pages + 1)] if pages else []
    return [list(measures[start:end]) for start, end in pairwise(ends)]


def side_by_side(
    table: pd.DataFrame, areas: gpd.GeoDataFrame, *, measures: Sequence[Indicator], title: str
) -> Drawn:
    """
    Open a page with a map for each measure: the same in its years, or several in one year.

    Parameters
    ----------
    table
        Rates of the measures, of `rates.to_districts`.
    areas
        The outlines of its places.
    measures
        One to three, or `album`; one that stands twice, as where there is one year, is drawn once.
    title
        Of the page; each map has its own above it: the years of one measure, or the measures.

    Returns
    -------
    figure
        For `finish`.
    """
    each = list(dict.fromkeys(measures))
    figure, axes = sheet(title=title, panels=heads(each) if len(each) > 1 else 1)
    for one, ax in zip(each, axes, strict=True):
        draw(_map(rates.pick(table, one), areas, one), ax)
    return figure


def communes(table: pd.DataFrame, column: str, *, classes: Classes, ax: Axes | None = None) -> Axes:
    """
    Draw the communes by their outlines where the data in use have them, else as circles, or as
    squares where districts are.

    Parameters
    ----------
    table
        One row a commune, with `code` as a column or as the index; its `year`, if it has one,
        says which residents make the size of a circle.
    column, classes, ax
        As for `choropleth`.

    Returns
    -------
    ax
        As for `choropleth` or `circles`.
    """
    panel = of_communes(table, column, classes=classes)
    return draw(panel, blank() if ax is None else ax)


def of_communes(table: pd.DataFrame, column: str, *, classes: Classes) -> Map:
    """Compose the map of `communes`."""
    located = at_places(table)
    if not (located.geom_type == "Point").all():
        return prepare(located, column, classes)
    return circled(places.areas("district"), located, column, classes=classes)


def at_places(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """
    Lay communes on their outlines or squares, or else on their centres, with the residents that
    make the size of a circle.
    """
    shapes = places.footprints()
    if not (shapes.geom_type == "Point").all():
        return locate(table, shapes)
    rows = table if "code" in table else table.reset_index()
    people = frames.residents(rows)["population"].set_axis(table.index)
    points = locate(table.assign(population=people), shapes)
    points["population"] = points["population"].fillna(shapes["population"])
    return points

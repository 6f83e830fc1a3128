"""Draw what there is: one measure in its years or several measures, communes as they are known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from .. import figures, findings, indicators, intake, places, rates, words
from ..figures.classify import Map, locate, prepare
from ..figures.states import NothingToShow
from ..render.static.areas import choropleth, circles
from ..render.static.drawers import draw
from ..render.static.page import MOST, sheet
from ..render.static.picture import Picture, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..indicators import Classes, Indicator
    from ..render.web.leaflet import WebMap


Shown = TypeVar("Shown")


@dataclass(frozen=True)
class Album:
    """
    Pictures that belong together, as of more maps than one page holds; a notebook shows all.

    `missing` names the maps of which there is no picture, as nothing on them may be shown.
    """

    pictures: tuple[Picture, ...]
    missing: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Give the digests, one below the other."""
        return "\n\n".join([*map(repr, self.pictures), *self._said()])

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(*self.pictures, *map(findings.say, self._said()))  # type: ignore[no-untyped-call]

    def _said(self) -> list[str]:
        if not self.missing:
            return []
        return [words.term("maps.no_page", names="; ".join(self.missing))]

    def pages(self) -> tuple[WebMap, ...]:
        """Make a web map of each map of all the pictures."""
        return tuple(page for picture in self.pictures for page in picture.pages())


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
    each = list(dict.fromkeys(measures))
    drawn = [one for one in each if rates.pick(table, one)["share"].notna().any()]
    if not drawn:
        raise NothingToShow(len(areas))
    pages = apportion(drawn)
    pictures = []
    for number, page in enumerate(pages, start=1):
        heading = words.term("maps.page", title=title, number=number, all=len(pages))
        names, panels = _composed(table, areas, page)
        figure = figures.Figure(
            heading if len(pages) > 1 else title,
            tuple(panels),
            findings.period(*page),
            names=tuple(names),
            named_source=source,
        )
        pictures.append(place(figure))
    return Album(tuple(pictures), tuple(str(one) for one in each if one not in drawn))


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
) -> Figure:
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
    names, panels = _composed(table, areas, measures)
    figure, axes = sheet(title=title, panels=names or len(panels))
    for panel, ax in zip(panels, axes, strict=True):
        draw(panel, ax)
    return figure


def _composed(
    table: pd.DataFrame, areas: gpd.GeoDataFrame, measures: Sequence[Indicator]
) -> tuple[list[str], list[Map]]:
    """Compose a map for each measure, and name it where there are several."""
    each = list(dict.fromkeys(measures))
    one = len({measure.name for measure in each}) == 1
    names = [measure.when if one else measure.label for measure in each]
    panels = [
        prepare(
            locate(rates.pick(table, measure), areas), "share", indicators.classes(measure.name)
        )
        for measure in each
    ]
    return names if len(names) > 1 else [], panels


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
    shapes = places.footprints()
    if not (shapes.geom_type == "Point").all():
        return choropleth(locate(table, shapes), column, classes=classes, ax=ax)
    rows = table if "code" in table else table.reset_index()
    people = intake.residents(rows)["population"].set_axis(table.index)
    points = locate(table.assign(population=people), shapes)
    points["population"] = points["population"].fillna(shapes["population"])
    return circles(places.areas("district"), points, column, classes=classes, ax=ax)

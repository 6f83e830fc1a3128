"""Compose what there is: measures in their years, page by page; communes as they are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from .. import findings, frames, places, rates, words
from ..figures import Figure
from ..figures.classify import circled, locate, prepare
from ..figures.states import NothingToShow
from ..render.static import Album, place
from ..render.static.page import MOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from ..figures.classify import Map
    from ..indicators import Classes, Indicator


Shown = TypeVar("Shown")


@dataclass(frozen=True)
class Panel:
    """
    A map, the title above it where it is one of several, the dates of its numbers, and what it
    shows where it stands alone.
    """

    name: str
    map: Map
    dates: tuple[str, ...]
    finding: str = ""


def bound(
    panels: Sequence[Panel],
    *,
    title: str | None = None,
    subtitle: str = "",
    remark: str = "",
    source: str,
    missing: tuple[str, ...] = (),
    width: float | None = None,
    dpi: float | None = None,
) -> Album:
    """
    Draw maps on as few pages as hold them all; `missing` names those that there are not. A page
    without a title has the finding of its last map.
    """
    pages = apportion(panels)
    pictures = []
    for number, page in enumerate(pages, start=1):
        said = page[-1].finding if title is None else title
        heading = words.term("maps.page", title=said, number=number, all=len(pages))
        figure = Figure(
            heading if len(pages) > 1 else said,
            tuple(replace(one.map, marking=True) for one in page),
            findings.listed(list(dict.fromkeys(on for one in page for on in one.dates))),
            dates=tuple(findings.listed(list(one.dates)) for one in page),
            subtitle=subtitle,
            names=tuple(one.name for one in page) if len(page) > 1 else (),
            findings=tuple(one.finding for one in page) if title is None else (),
            named_source=source,
            remark=remark,
            missing=missing if page is pages[-1] else (),
        )
        pictures.append(place(figure, width=width, dpi=dpi))
    return Album(tuple(pictures))


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

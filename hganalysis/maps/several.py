"""Draw what there is: one measure in its years or several measures, communes as they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import indicators, intake, places, rates
from .drawn import locate
from .layout import sheet
from .static import choropleth, circles

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..indicators import Classes, Indicator


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
        One to three; one that stands twice, as where there is one year only, is drawn once.
    title
        Of the page; each map has its own above it: the years of one measure, or the measures.

    Returns
    -------
    figure
        For `finish`.
    """
    each = list(dict.fromkeys(measures))
    one = len({measure.name for measure in each}) == 1
    names = [measure.when if one else measure.label for measure in each]
    figure, axes = sheet(title=title, panels=names if len(names) > 1 else 1)
    for measure, ax in zip(each, axes, strict=True):
        located = locate(rates.pick(table, measure), areas)
        choropleth(located, "share", classes=indicators.classes(measure.name), ax=ax)
    return figure


def communes(table: pd.DataFrame, column: str, *, classes: Classes, ax: Axes | None = None) -> Axes:
    """
    Draw the communes by their outlines where the data in use have them, else as circles.

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
    if places.has_areas("commune"):
        return choropleth(locate(table, places.areas("commune")), column, classes=classes, ax=ax)
    rows = table if "code" in table else table.reset_index()
    people = intake.residents(rows)["population"].set_axis(table.index)
    points = locate(table.assign(population=people), places.points())
    points["population"] = points["population"].fillna(places.points()["population"])
    return circles(places.areas("district"), points, column, classes=classes, ax=ax)

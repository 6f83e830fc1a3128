"""Draw a map of a frame on axes: by outlines, as circles, as places are known, of two measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import figures
from ..figures.classify import circled, prepare
from ..render.static import draw, sheet
from .several import of_communes

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes

    from ..figures.bivariate import Quantity
    from ..figures.classify import Map
    from ..indicators import Classes


def choropleth(
    areas: gpd.GeoDataFrame,
    column: str,
    *,
    classes: Classes,
    ax: Axes | None = None,
) -> Axes:
    """
    Colour each place by the class of its value, and write the value on it.

    Parameters
    ----------
    areas
        One row a place, index `code`, outlines in metres: see `locate`. `origin` is required;
        `state` may be missing (all known). Names come from `label_vi` or `label_en`.
    column
        The value to draw, in the unit of the classes.
    classes
        Breaks and colours: one of `indicators.classes(...)`.
    ax
        Where to draw: one axes of a sheet, or of a figure of your own, at least 2.3 by 1.7 inches;
        a new sheet if none. Letters are smaller on axes smaller than a third of a sheet, and are
        written anew where the axes change until they are drawn.

    Returns
    -------
    ax
        The axes, with labels, a scale bar, a north arrow and, if any row is simulated, the
        banner that says so. The legend comes with `finish`.

    Raises
    ------
    LookupError
        If there is no such column.
    ValueError
        If the frame does not say its `origin`, is empty, not in metres, or has rows that cannot
        be drawn. Every such row is shown. If the axes hold a map already, are too small for one,
        share limits with others, or are not plain.
    """
    return _drawn(prepare(areas, column, classes), ax)


def circles(
    areas: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    column: str,
    *,
    classes: Classes,
    ax: Axes | None = None,
) -> Axes:
    """
    Draw points as circles, their area in proportion to `population`, their colour by class.

    Parameters
    ----------
    areas
        Outlines below the circles, in metres; their labels say where one is.
    points
        As `areas` of `choropleth`, with points for outlines and a column `population` (persons).
    column, classes, ax
        As for `choropleth`. An unreliable value has a dashed edge.

    Returns
    -------
    ax
        As for `choropleth`. Small circles lie on large ones.
    """
    return _drawn(circled(areas, points, column, classes=classes), ax)


def commune_map(
    table: pd.DataFrame, column: str, *, classes: Classes, ax: Axes | None = None
) -> Axes:
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
    return _drawn(of_communes(table, column, classes=classes), ax)


def bivariate(areas: gpd.GeoDataFrame, *, across: Quantity, up: Quantity, ax: Axes) -> Axes:
    """
    Colour each place by two measures at once, in thirds of the places by each.

    Parameters
    ----------
    areas, across, up
        As for `figures.bivariate`.
    ax
        The one panel of a sheet; the legend takes the room beside it.

    Returns
    -------
    ax
        With both values on each place, a scale bar, and the banner if any row is simulated.
    """
    return draw(figures.bivariate(areas, across=across, up=up), ax)


def _drawn(panel: Map, ax: Axes | None) -> Axes:
    """Draw on the axes that are given, or on a new sheet."""
    return draw(panel, sheet(title="")[1][0] if ax is None else ax)

"""Draw any panel on axes, each kind by its own drawer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...figures.bivariate import Bivariate
from ...figures.classify import Map, Places
from ...figures.model import Bars, Rows, Scatter, Slopes, Table
from . import areas, bars, bivariate, rows, scatter, slopes, tables
from .layout import LEAST
from .page import PANELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...figures.figure import Panel

_DRAWERS: dict[type, Any] = {
    Bars: bars.draw,
    Bivariate: bivariate.draw,
    Map: areas.draw,
    Rows: rows.draw,
    Scatter: scatter.draw,
    Slopes: slopes.draw,
    Table: tables.draw,
}


def draw(panel: Panel, ax: Axes) -> Axes:
    """
    Draw a panel on axes; limits and scales are set here, titles are not.

    Everything is drawn inside the axes, so that a figure fits any sheet.

    Raises
    ------
    TypeError
        If it is a statement, which stands in the text beside a picture.
    """
    if type(panel) not in _DRAWERS:
        msg = f"a {type(panel).__name__} is not drawn on axes: it stands as text beside a picture."
        raise TypeError(msg)
    _DRAWERS[type(panel)](panel, ax)
    PANELS[ax] = panel
    return ax


def height(panel: Panel, across: float) -> float:
    """Say how high a panel should be that is so wide, in inches: a map as its outlines are."""
    if isinstance(panel, Places):
        west, south, east, north = panel.outlines.total_bounds
        return float(max(LEAST[1] + 0.02, across * min((north - south) / (east - west), 1.4)))
    if isinstance(panel, Rows):
        return max(LEAST[1], rows.height(panel, 72 * across) / 72)
    if isinstance(panel, Bars):
        return max(LEAST[1], bars.height(panel, 72 * across) / 72)
    if isinstance(panel, Table):
        return max(LEAST[1], tables.height(panel, 72 * across) / 72)
    return min(7.2, max(1.2 * across, 4.5))

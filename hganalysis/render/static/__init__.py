"""Draw panels of figures on axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...figures.model import Bars, Charted, Rows, Scatter, Slopes
from . import bars, rows, scatter, slopes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DRAWERS: dict[type, Any] = {
    Bars: bars.draw,
    Rows: rows.draw,
    Scatter: scatter.draw,
    Slopes: slopes.draw,
}


def draw(panel: Charted, ax: Axes) -> Axes:
    """
    Draw a panel on axes; limits and scales are set here, titles are not.

    Everything is drawn inside the axes, so that a figure fits any sheet.
    """
    _DRAWERS[type(panel)](panel, ax)
    return ax

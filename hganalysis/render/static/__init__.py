"""Draw panels of figures on axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...figures.model import Rows, Slopes
from . import rows, slopes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DRAWERS: dict[type, Any] = {
    Rows: rows.draw,
    Slopes: slopes.draw,
}


def draw(panel: Rows | Slopes, ax: Axes) -> Axes:
    """
    Draw a panel on axes; limits and scales are set here, titles are not.

    Everything is drawn inside the axes, so that a figure fits any sheet.
    """
    _DRAWERS[type(panel)](panel, ax)
    return ax

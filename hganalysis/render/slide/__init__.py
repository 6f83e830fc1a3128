"""Draw panels of figures on slides, of native shapes, charts and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...figures.model import Rows, Scatter, Slopes, Table
from . import rows, scatter, slopes, tables

if TYPE_CHECKING:
    from .native import Caption
    from .page import Room

_DRAWERS: dict[type, Any] = {
    Rows: rows.draw,
    Scatter: scatter.draw,
    Slopes: slopes.draw,
    Table: tables.draw,
}


def draw(
    panel: Rows | Scatter | Slopes | Table,
    shapes: Any,  # noqa: ANN401
    room: Room,
    *,
    caption: Caption,
) -> None:
    """Draw a panel among the shapes of a slide, in a room."""
    _DRAWERS[type(panel)](panel, shapes, room, caption=caption)

"""Draw panels of figures on slides, of native shapes, charts and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...figures.model import Rows, Slopes, Table
from . import rows, slopes, tables

if TYPE_CHECKING:
    from .native import Caption
    from .page import Room

_DRAWERS: dict[type, Any] = {Rows: rows.draw, Slopes: slopes.draw, Table: tables.draw}


def draw(panel: Rows | Slopes | Table, shapes: Any, room: Room, *, caption: Caption) -> None:  # noqa: ANN401
    """Draw a panel among the shapes of a slide, in a room."""
    _DRAWERS[type(panel)](panel, shapes, room, caption=caption)

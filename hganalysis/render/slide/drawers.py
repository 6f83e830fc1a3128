"""Draw any figure that a slide has room for, each panel by the drawer of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import words
from ...figures.classify import Map
from ...figures.model import Rows, Scatter, Slopes, Statement, Table
from . import areas, rows, scatter, slopes, statement, tables
from .native import Caption, said_below

if TYPE_CHECKING:
    from ...figures import Figure
    from ...figures.figure import Panel
    from .page import Room

_DRAWERS: dict[type, Any] = {
    Rows: rows.draw,
    Scatter: scatter.draw,
    Slopes: slopes.draw,
    Statement: statement.draw,
    Table: tables.draw,
}


def draw(
    panel: Panel,
    shapes: Any,  # noqa: ANN401
    room: Room,
    *,
    caption: Caption,
) -> list[str]:
    """Draw a panel among the shapes of a slide, in a room; give the sentences without room."""
    left: list[str] = _DRAWERS[type(panel)](panel, shapes, room, caption=caption) or []
    return left


def fits(figure: Figure) -> bool:
    """Say whether a slide has room for a figure: one panel, or two maps of one short legend."""
    if len(figure.panels) == len(figure.maps) == 2:
        alike = len(set(figure.classes)) == 1
        return alike and max(len(one.overlays) for one in figure.maps) <= 1
    return len(figure.panels) == 1 and type(figure.panels[0]) in {Map, *_DRAWERS}


def place(figure: Figure, shapes: Any, room: Room) -> list[str]:  # noqa: ANN401
    """
    Place a figure among the shapes of a slide: maps with their legend, or one panel of a kind.

    Returns
    -------
    left
        Sentences for which there was no room, to be said elsewhere.

    Raises
    ------
    TypeError
        If it is no figure that has room on a slide: see `fits`.
    """
    if not fits(figure):
        names = ", ".join(type(one).__name__ for one in figure.panels)
        msg = (
            "a slide has room for one map, two in the same classes, or one other panel of those "
            f"that are native in PowerPoint, not for {names}."
        )
        raise TypeError(msg)
    if figure.maps:
        return areas.place(figure, shapes, room)
    name = words.term(figure.kind) if figure.kind else figure.title
    caption = Caption(name, figure.alt, figure.about)
    if said := figure.left_out():
        room = said_below(shapes, room, said)
    return draw(figure.panels[0], shapes, room, caption=caption)

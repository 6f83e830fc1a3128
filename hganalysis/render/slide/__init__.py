"""Draw figures and their panels on slides, of native shapes, charts and tables."""

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
        If it is no figure that has room on a slide: several charts, or bars.
    """
    kinds = [type(one) for one in figure.panels]
    if kinds in ([Map], [Map, Map]):
        return areas.place(figure, shapes, room)
    if len(kinds) != 1 or kinds[0] not in _DRAWERS:
        names = ", ".join(one.__name__ for one in kinds)
        msg = f"a slide has room for one or two maps, or for one other panel, not for {names}."
        raise TypeError(msg)
    name = words.term(figure.kind) if figure.kind else figure.title
    caption = Caption(name, figure.alt, figure.about)
    if said := figure.left_out():
        room = said_below(shapes, room, said)
    return draw(figure.panels[0], shapes, room, caption=caption)

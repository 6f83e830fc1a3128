"""Draw two measures on one map, and beside it what its nine colours mean, corners in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import words
from ...figures.bivariate import COLOURS
from ...figures.colours import INK, QUIET, WHITE
from ...figures.legend import outlines_note
from ...figures.states import LOOKS, is_dark, state_name
from .. import typeset
from . import areas, legend
from .page import legend_room

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...figures.bivariate import Bivariate
    from ...figures.states import Look
    from .layout import Box

CELL = 66.0
"""Side of a square of the legend, in points."""


def draw(panel: Bivariate, ax: Axes) -> None:
    """
    Draw the map, and its legend in the room beside it.

    Raises
    ------
    ValueError
        If the axes are not the one panel of a sheet.
    """
    room = legend_room(ax)
    if room is None:
        msg = (
            "two measures need the one panel of a sheet, whose legend stands beside it:\n"
            "figure, axes = maps.sheet(title=...), and ax=axes[0]."
        )
        raise ValueError(msg)
    areas.draw(panel, ax)
    _legend(panel, ax, room)


def height(panel: Bivariate, _: float) -> float:
    """Measure the legend, in inches: squares, corners, states and notes."""
    return (52 + 3 * CELL + 62 + 34 * (4 + len(panel.states)) + 60) / 72


def _legend(panel: Bivariate, ax: Axes, room: Box) -> None:
    """Draw the square of nine colours, the places in each, and its corners in words."""
    from matplotlib.patches import Rectangle

    figure = ax.get_figure(root=True)
    assert figure is not None
    paper, wide, high = legend.paper(figure, room)
    left, top = 6.0, high - 52
    small = typeset.SMALL
    head = typeset.wrap(words.term("maps.bivariate_up", name=panel.up), small, wide)
    typeset.write(paper, left, high - 28, head, size=small, colour=QUIET)
    for row, colours in enumerate(COLOURS):
        for column, colour in enumerate(colours):
            x, y = left + column * CELL, top - (3 - row) * CELL
            paper.add_patch(Rectangle((x, y), CELL, CELL, facecolor=colour, edgecolor=WHITE))
            ink = WHITE if is_dark(colour) else INK
            text = words.number(panel.places_in(row, column))
            typeset.write(paper, x + CELL / 2, y + CELL / 2, text, ha="center", colour=ink)
    foot = typeset.wrap(words.term("maps.bivariate_across", name=panel.across), small, wide)
    typeset.write(paper, left, top - 3 * CELL - 14, foot, size=small, colour=QUIET, va="top")
    corners = {"both": (2, 2), "up_only": (2, 0), "across_only": (0, 2), "neither": (0, 0)}
    y = top - 3 * CELL - 62

    def sample(said: str, colour: str | None, look: Look | None = None) -> None:
        nonlocal y
        box = ((left, y - 9), 24, 18)
        paper.add_patch(Rectangle(*box, facecolor=colour, edgecolor=QUIET))
        if look:
            hatched = Rectangle(*box, facecolor="none", edgecolor=look.ink, hatch=look.hatch)
            paper.add_patch(hatched)
        typeset.write(paper, left + 34, y, said, size=small)
        y -= 34

    for key, (row, column) in corners.items():
        said = words.term(f"maps.bivariate_{key}", across=panel.across, up=panel.up)
        sample(typeset.wrap(said, small, wide - 44), COLOURS[row][column])
    for state in panel.states:
        said = f"{state_name(state)}: {words.number(panel.places_with(state))}"
        sample(said, LOOKS[state].colour, LOOKS[state])
    note = f"{words.term('maps.bivariate_note')} {outlines_note(panel.outlines)}".strip()
    note = typeset.wrap(note, small, wide)
    typeset.write(paper, left, y - 6, note, size=small, colour=QUIET, va="top")

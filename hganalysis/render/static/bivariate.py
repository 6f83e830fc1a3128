"""Draw two measures on one map, and beside it what its nine colours mean, on two axes of words."""

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
    from .layout import Box

CELL = 66.0
"""Side of a square of the legend, in points."""
THIRDS = ("low", "middle", "high")


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
    """Measure the legend, in inches: squares, axes, states and notes."""
    return (52 + 3 * CELL + 78 + 34 * len(panel.states) + 100) / 72


def _legend(panel: Bivariate, ax: Axes, room: Box) -> None:
    """Draw the square of nine colours, the places in each, and which third each side is."""
    from matplotlib.patches import Rectangle

    figure = ax.get_figure(root=True)
    assert figure is not None
    paper, wide, high = legend.paper(figure, room)
    small, edge, top = typeset.SMALL, 6.0, high - 52
    thirds = [words.term(f"maps.bivariate_{one}") for one in THIRDS]
    left = edge + max(typeset.width(one, small) for one in thirds) + 8
    head = typeset.wrap(words.term("maps.bivariate_up", name=panel.up), small, wide)
    typeset.write(paper, edge, high - 28, head, size=small, colour=QUIET)
    for row, colours in enumerate(COLOURS):
        middle = top - (2.5 - row) * CELL
        typeset.write(paper, left - 8, middle, thirds[row], size=small, ha="right")
        for column, colour in enumerate(colours):
            x, y = left + column * CELL, middle - CELL / 2
            paper.add_patch(Rectangle((x, y), CELL, CELL, facecolor=colour, edgecolor=WHITE))
            ink = WHITE if is_dark(colour) else INK
            text = words.number(panel.places_in(row, column))
            typeset.write(paper, x + CELL / 2, middle, text, ha="center", colour=ink)
    below = top - 3 * CELL - 16
    for column, said in enumerate(thirds):
        x = left + (column + 0.5) * CELL
        typeset.write(paper, x, below, said, size=small, ha="center", va="baseline")
    foot = typeset.wrap(words.term("maps.bivariate_across", name=panel.across), small, wide)
    typeset.write(paper, left, below - 10, foot, size=small, colour=QUIET, va="top")
    y = below - 66
    for state in panel.states:
        look, box = LOOKS[state], ((edge, y - 9), 24, 18)
        paper.add_patch(Rectangle(*box, facecolor=look.colour, edgecolor=QUIET))
        hatched = Rectangle(*box, facecolor="none", edgecolor=look.ink, hatch=look.hatch)
        paper.add_patch(hatched)
        said = f"{state_name(state)}: {words.number(panel.places_with(state))}"
        typeset.write(paper, edge + 34, y, said, size=small)
        y -= 34
    said = words.term("maps.bivariate_note", up=panel.up, across=panel.across)
    note = typeset.wrap(f"{said} {outlines_note(panel.outlines)}".strip(), small, wide)
    typeset.write(paper, edge, y - 6, note, size=small, colour=QUIET, va="top")

"""Draw two measures on one map: thirds of the places by each, nine colours, corners in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ... import indicators, words
from ...figures.classify import Map, prepare
from ...figures.colours import INK, QUIET, WHITE
from ...figures.legend import outlines_note
from ...figures.model import Statement
from ...figures.states import LOOKS, NO_DATA, SUPPRESSED, is_dark, state_name
from .. import labels, typeset
from . import axes, furniture, legend
from .areas import draw_outline
from .page import BESIDE, CEILING, FLOOR, PANELS, RIGHT, is_sheet

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

# Towards blue by the one measure, towards orange by the other: two colours that nearly everybody
# can tell apart, dark where both are high. Printed in grey the middle ones are alike, so both
# values are written on each place.
COLOURS = (
    ("#e8e6e1", "#a9c7dc", "#4f94c4"),
    ("#e9c08a", "#a3a08f", "#476f92"),
    ("#d9822b", "#8a5a2b", "#1c2b40"),
)
"""A row for each third of `up`, the lowest first; a column for each third of `across`."""
CELL = 66.0
"""Side of a square of the legend, in points."""


@dataclass(frozen=True)
class Quantity:
    """One of the two measures: its column, its unit and breaks in the catalogue, its short name."""

    column: str
    classes: indicators.Classes
    name: str


def thirds(values: pd.Series) -> pd.Series:
    """
    Sort places into three groups of (nearly) equal number: 0, 1, 2; equal values stay together.

    Examples
    --------
    >>> thirds(pd.Series([1, 5, 9, 2, 8, 8])).tolist()
    [0, 1, 2, 0, 1, 1]
    """
    below = values.rank(method="min") - 1
    return (3 * below // max(values.notna().sum(), 1)).astype("Int64")


def bivariate(areas: gpd.GeoDataFrame, *, across: Quantity, up: Quantity, ax: Axes) -> Axes:
    """
    Colour each place by two measures at once, in thirds of the places by each.

    The breaks of the catalogue would leave most of the squares empty with eight districts, so
    places are compared with each other: "high" is the upper third of them, nothing more. That
    the two go together, or not, is no finding about why.

    Parameters
    ----------
    areas
        As for `choropleth`, with the columns of both measures.
    across, up
        The two measures: from left to right in the legend, and from bottom to top.
    ax
        The one panel of a sheet; the legend takes the room beside it.

    Returns
    -------
    ax
        With both values on each place, a scale bar, and the banner if any row is simulated.

    Raises
    ------
    LookupError, ValueError
        As for `choropleth`.
    """
    both = [prepare(areas, one.column, one.classes) for one in (across, up)]
    table = both[0].table
    shown = both[0].table["value"].notna() & both[1].table["value"].notna()
    groups = [thirds(one.table["value"].where(shown)) for one in both]
    hidden = (both[0].table["state"] == SUPPRESSED) | (both[1].table["state"] == SUPPRESSED)
    state = pd.Series(np.where(hidden, SUPPRESSED, NO_DATA), table.index)
    table["colour"] = [
        COLOURS[row][column] if shows else LOOKS[why].colour
        for column, row, shows, why in zip(*groups, shown, state, strict=True)
    ]
    table["text"] = [_text(pair, (across, up)) for pair in _values(both, shown)]
    if not is_sheet(ax, panels=1):
        msg = (
            "two measures need the one panel of a sheet, whose legend stands beside it:\n"
            "figure, axes = maps.sheet(title=...), and ax=axes[0]."
        )
        raise ValueError(msg)
    axes.take(ax, table)
    table.plot(ax=ax, color=table["colour"].tolist(), edgecolor=WHITE, linewidth=1.5, zorder=1)
    for why, rows in table[~shown].groupby(state[~shown]):
        look = LOOKS[str(why)]
        rows.plot(
            ax=ax, facecolor="none", edgecolor=look.ink, hatch=look.hatch, linewidth=0, zorder=2
        )
    outline = table.union_all()
    draw_outline(ax, outline, INK)
    simulated = bool((areas["origin"] == "simulated").any())

    def write(ground: axes.Ground) -> None:
        blocked = furniture.draw(ax, outline, ground, simulated=simulated)
        size = furniture.label_size(ground) - 2
        labels.place(labels.Writing(ax, ground.metres, size=size), table, blocked=blocked)

    axes.lay(ax, table, write)
    said = tuple(f"{row.label} {row.text}" for row in table.itertuples() if row.text)
    PANELS[ax] = Statement(simulated, sentences=said)
    _legend(ax, groups, names=(across.name, up.name), states=state[~shown], outlines=table)
    return ax


def _values(both: list[Map], shown: pd.Series) -> list[tuple[float, float] | None]:
    pairs = zip(both[0].table["value"], both[1].table["value"], strict=True)
    return [pair if shows else None for pair, shows in zip(pairs, shown, strict=True)]


def _text(pair: tuple[float, float] | None, measures: tuple[Quantity, Quantity]) -> str:
    """Write both values, the one of `up` first, as the sentence of the legend does."""
    if pair is None:
        return ""
    texts = [words.value(one, of.classes) for one, of in zip(pair, measures, strict=True)]
    return " · ".join(reversed(texts))


def _legend(
    ax: Axes,
    groups: list[pd.Series],
    *,
    names: tuple[str, str],
    states: pd.Series,
    outlines: gpd.GeoDataFrame,
) -> None:
    """Draw the square of nine colours, the places in each, and its corners in words."""
    from matplotlib.patches import Rectangle

    figure = ax.get_figure(root=True)
    assert figure is not None
    paper, wide, high = legend.paper(figure, (RIGHT - BESIDE, FLOOR, BESIDE, CEILING - FLOOR))
    left, top = 6.0, high - 52
    small = typeset.SMALL
    head = typeset.wrap(words.term("maps.bivariate_up", name=names[1]), small, wide)
    typeset.write(paper, left, high - 28, head, size=small, colour=QUIET)
    for row in range(3):
        for column in range(3):
            x, y = left + column * CELL, top - (3 - row) * CELL
            colour = COLOURS[row][column]
            paper.add_patch(Rectangle((x, y), CELL, CELL, facecolor=colour, edgecolor=WHITE))
            number = int(((groups[0] == column) & (groups[1] == row)).sum())
            ink = WHITE if is_dark(colour) else INK
            text = words.number(number)
            typeset.write(paper, x + CELL / 2, y + CELL / 2, text, ha="center", colour=ink)
    foot = typeset.wrap(words.term("maps.bivariate_across", name=names[0]), small, wide)
    typeset.write(paper, left, top - 3 * CELL - 14, foot, size=small, colour=QUIET, va="top")
    y = top - 3 * CELL - 62
    for row, column, key in (
        (2, 2, "both"),
        (2, 0, "up_only"),
        (0, 2, "across_only"),
        (0, 0, "neither"),
    ):
        sample = Rectangle((left, y - 9), 24, 18, facecolor=COLOURS[row][column], edgecolor=QUIET)
        paper.add_patch(sample)
        said = words.term(f"maps.bivariate_{key}", across=names[0], up=names[1])
        said = typeset.wrap(said, small, wide - 44)
        typeset.write(paper, left + 34, y, said, size=small)
        y -= 34
    for why, rows in states.groupby(states):
        look = LOOKS[str(why)]
        box = ((left, y - 9), 24, 18)
        paper.add_patch(Rectangle(*box, facecolor=look.colour, edgecolor=QUIET))
        paper.add_patch(Rectangle(*box, facecolor="none", edgecolor=look.ink, hatch=look.hatch))
        said = f"{state_name(str(why))}: {words.number(len(rows))}"
        typeset.write(paper, left + 34, y, said, size=small)
        y -= 34
    note = typeset.wrap(
        f"{words.term('maps.bivariate_note')} {outlines_note(outlines)}".strip(),
        small,
        wide,
    )
    typeset.write(paper, left, y - 6, note, size=small, colour=QUIET, va="top")

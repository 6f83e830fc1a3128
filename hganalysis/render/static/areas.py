"""Draw a map on axes: areas by colour, or points as circles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict
from weakref import WeakKeyDictionary

import numpy as np

from ...figures.bivariate import Bivariate
from ...figures.classify import Map
from ...figures.colours import INK, QUIET, WHITE
from ...figures.legend import entries
from ...figures.states import BORDER, LAND, LOOKS, UNRELIABLE, hatch_ink, is_dark
from .. import labels, typeset
from . import axes, furniture
from .legend import DASHES, POINT, STROKE, Placed
from .page import PANELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    import shapely
    from matplotlib.axes import Axes

    from ...figures.classify import Places
    from ...figures.overlays import Overlay

# What each axes shows, for the legend and the digest of the page it stands on.
SHOWN: WeakKeyDictionary[Axes, Placed] = WeakKeyDictionary()


def draw(panel: Places, ax: Axes) -> Axes:
    """Draw a map on axes: areas by their colour, or circles on their ground."""
    axes.take(ax, panel.outlines)
    outline, homes = panel.outlines.union_all(), panel.homes()
    rim = [outline] if homes is None else homes.geometry.tolist()
    (_draw_areas if panel.ground is None else _draw_circles)(panel, ax, rim)
    for number, one in enumerate(panel.overlays):
        _draw_overlay(ax, one, zorder=2.4 + number / 10)
    own, named = panel.labelled, panel.outlines
    discs: list[shapely.Geometry] = []
    if panel.radius is not None:
        circles = panel.table.set_geometry(panel.table.buffer(panel.radius))
        named, discs = circles if own else named, list(circles.geometry)

    def write(ground: axes.Ground) -> None:
        scale = "tile" not in panel.outlines
        simulated = panel.simulated
        blocked = furniture.draw(ax, outline, ground, simulated=simulated, scale=scale)
        few = own and len(named) <= labels.FEW
        size = furniture.label_size(ground) if few else typeset.SMALL * ground.part
        size -= 2 * isinstance(panel, Bivariate)  # two values are long
        written, squares = panel.written(named), own and "tile" in named
        if squares:
            whole = size
            size = _on_squares(written, whole, metres=ground.metres)
            if size < LEAST_ON_SQUARES * whole:  # a few short names among many values say nothing
                written = written.assign(label="")
        writing = labels.Writing(ax, ground.metres, size=size, squares=squares)
        if not own:
            writing = replace(writing, colour=QUIET, leaders=False)
        left_out: Sequence[str] = ()
        if panel.labels != "none":
            left_out = labels.place(writing, written, blocked=[*blocked, *discs])
            if homes is not None:
                beside = replace(writing, size=typeset.SMALL * ground.part, leaders=False)
                labels.place(beside, homes, blocked=[*blocked, *homes.geometry])
        if isinstance(panel, Map):
            SHOWN[ax] = Placed(panel, ground.metres, tuple(left_out) if own else ())

    axes.lay(ax, panel.outlines, write)
    return ax


def _on_squares(table: gpd.GeoDataFrame, size: float, *, metres: float) -> float:
    """Make letters smaller where that gives the widest label room on its square, within limits."""
    west, _, east, _ = table.bounds.iloc[0]
    said = zip(table["label"], table["text"], strict=True)
    texts = [f"{typeset.foldings(name, size, most=2)[-1]}\n{text}" for name, text in said]
    side = float(east - west) / metres
    room = min(WITHIN * side, side - 2 * labels.TIGHT)

    def of_all(written: Iterable[str]) -> float:
        widest = max((typeset.width(one, 1.0, bold=True) for one in written), default=1.0)
        return room / max(widest, 1.0)

    fit = min(size, max(LEAST_ON_SQUARES * size, of_all(texts)))
    return max(LEAST_OF_VALUES * size, min(fit, of_all(table["text"])))


LEAST_ON_SQUARES, LEAST_OF_VALUES = 0.8, 0.65
"""Of the size that letters have elsewhere. On paper, smaller ones would hardly be read: a name is
left out first, but of all squares only the highest would lack their values."""
WITHIN = 0.93
"""Of the width of a square, what its label may take."""


def on_axes(panels: Sequence[Map], ax: Axes) -> Axes:
    """
    Draw one map on axes of somebody's own, with a legend at its right.

    Raises
    ------
    ValueError
        If there are several maps, or no room: for the banner and labels (see `axes.take`), or for
        the legend between the axes and what stands beside them.
    """
    from matplotlib.patches import Patch

    if len(panels) != 1:
        msg = f"axes hold one map, not {len(panels)}: draw each on axes of its own."
        raise ValueError(msg)
    kinds, states = entries(panels)
    size, box = typeset.SMALL * LEAST_LETTERS, ax.get_position()
    figure = ax.get_figure(root=True)
    assert figure is not None
    texts = [one.text for one in (*kinds, *states)]
    needed = (max(typeset.width(text, size) for text in texts) + 4 * size) / 72
    others = [one.get_position().x0 for one in figure.axes if one is not ax]
    edge = min([x for x in others if x >= box.x1], default=1.0)
    beside = (edge - box.x1) * figure.get_figwidth()
    if beside < needed and figure.get_layout_engine() is None:
        msg = (
            f"there are {beside:.1f} inches for the legend at the right of the axes, and it needs "
            f"{needed:.1f}: make the axes narrower, or give the figure layout='constrained'."
        )
        raise ValueError(msg)
    draw(panels[0], ax)
    PANELS[ax] = panels[0]
    handles = [
        Patch(facecolor=one.colour, edgecolor=one.ink, hatch=one.hatch, linewidth=0, label=one.text)
        for one in (*reversed(kinds), *states)
    ]
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        prop=typeset.font(size),
        frameon=False,
    )
    return ax


LEAST_LETTERS = 0.6
"""Of the letters of a page for a hall: a figure of somebody's own is read on paper."""


def _draw_areas(panel: Places, ax: Axes, rim: Sequence[shapely.Geometry]) -> None:
    panel.table.plot(
        ax=ax, color=panel.table["colour"].tolist(), edgecolor=WHITE, linewidth=1.5, zorder=1
    )
    for state in panel.states:
        for colour, rows in panel.table[panel.table["state"] == state].groupby("colour"):
            ink = hatch_ink(state, str(colour))
            # Width 0: the hatch is drawn in the edge's colour, and the edge is not drawn again.
            rows.plot(
                ax=ax,
                facecolor="none",
                edgecolor=ink,
                hatch=LOOKS[state].hatch,
                linewidth=0,
                zorder=2,
            )
    _draw_outline(ax, rim, INK)


def _draw_circles(panel: Places, ax: Axes, rim: Sequence[shapely.Geometry]) -> None:
    from matplotlib.patches import Circle

    assert panel.ground is not None
    assert panel.radius is not None
    panel.ground.plot(ax=ax, color=LAND, edgecolor=BORDER, linewidth=1, zorder=1)
    table = panel.table
    for code in table["population"].sort_values(ascending=False, kind="stable").index:
        row, shape = table.loc[code], table.geometry.loc[code]
        edge = _edge(row["state"], row["colour"])
        ax.add_patch(
            Circle(
                (shape.x, shape.y),
                panel.radius[code],
                facecolor=row["colour"],
                zorder=3,
                **edge,
            )
        )
    _draw_outline(ax, rim, BORDER)


def _draw_overlay(ax: Axes, overlay: Overlay, *, zorder: float) -> None:
    """Draw lines or points, with white around them, so that they are seen on dark land."""
    from matplotlib.collections import LineCollection

    if overlay.points:
        x, y = np.concatenate(overlay.parts).T
        dots = ax.scatter(x, y, s=POINT**2, facecolors=overlay.colour, edgecolors=WHITE)
        dots.set(zorder=zorder, gid="layer", linewidths=0.8)
        return
    for colour, width in ((WHITE, 2.4 * STROKE), (overlay.colour, STROKE)):
        lines = LineCollection(overlay.parts, colors=colour, linewidths=width, zorder=zorder)
        lines.set(gid="layer", capstyle="round")
        ax.add_collection(lines, autolim=False)


class Edge(TypedDict, total=False):
    """Edge and hatch of a circle, in the words of matplotlib."""

    edgecolor: str
    linewidth: float
    linestyle: tuple[float, tuple[float, float]]
    hatch: str


def _edge(state: str, colour: str) -> Edge:
    """Say how the edge of a circle is drawn: dashed where it is unreliable."""
    if state == UNRELIABLE:
        return {"edgecolor": INK, "linewidth": 1.2, "linestyle": DASHES}
    if state in LOOKS:
        return {"edgecolor": LOOKS[state].ink, "linewidth": 1, "hatch": 2 * LOOKS[state].hatch}
    return {"edgecolor": WHITE if is_dark(colour) else INK, "linewidth": 0.8}


def _draw_outline(ax: Axes, rim: Sequence[shapely.Geometry], colour: str) -> None:
    """Draw a line around all of the land, or around each of its parts."""
    import geopandas as gpd

    wide = 2.0 if len(rim) > 1 else 1.2
    gpd.GeoSeries(rim).boundary.plot(ax=ax, color=colour, linewidth=wide, zorder=4)
    ax.set(xlabel="", ylabel="")  # geopandas names them; hidden text is still text of an SVG

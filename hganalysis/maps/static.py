"""Draw a map on axes: areas by colour, or points as circles."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from .. import words
from . import axes, furniture, labels, typeset
from .drawn import prepare
from .furniture import WARNING as WARNING  # charts wear the same
from .legends import DASHES, RISK, Panel
from .looks import BORDER, LAND, LOOKS, UNRELIABLE, hatch_ink, is_dark
from .typeset import INK, PALE, QUIET

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely
    from matplotlib.axes import Axes

    from ..indicators import Classes

# What each axes shows, for the legend and the digest of the page it stands on.
SHOWN: WeakKeyDictionary[Axes, Panel] = WeakKeyDictionary()

CIRCLES_COVER = 0.18
"""Part of the land that all circles together cover: large enough to see, few overlaps."""


def choropleth(
    areas: gpd.GeoDataFrame,
    column: str,
    *,
    classes: Classes,
    ax: Axes | None = None,
    class_risk: bool = False,
) -> Axes:
    """
    Colour each place by the class of its value, and write the value on it.

    Parameters
    ----------
    areas
        One row a place, index `code`, outlines in metres: see `locate`. `origin` is required;
        `state` may be missing (all known). Names come from `label_vi` or `label_en`.
    column
        The value to draw, in the unit of the classes.
    classes
        Breaks and colours: one of `indicators.classes(...)`.
    ax
        Where to draw: one axes of a sheet, or of a figure of your own, at least 2.3 by 1.7 inches;
        a new sheet if none. Letters are smaller on axes smaller than a third of a sheet, and are
        written anew where the axes change until they are drawn.
    class_risk
        Whether to hatch each place whose interval (`share_low` to `share_high` for `share`)
        reaches another class than its own, and to count them in the legend.

    Returns
    -------
    ax
        The axes, with labels, a scale bar, a north arrow and, if any row is simulated, the
        banner that says so. The legend comes with `finish`.

    Raises
    ------
    LookupError
        If there is no such column.
    ValueError
        If the frame does not say its `origin`, is empty, not in metres, or has rows that cannot
        be drawn. Every such row is shown. If the axes hold a map already, are too small for one,
        share limits with others, or are not plain.
    """
    drawn = prepare(areas, column, classes)
    ax = axes.take(_blank() if ax is None else ax, drawn.table)
    drawn.table.plot(
        ax=ax, color=drawn.table["colour"].tolist(), edgecolor=PALE, linewidth=1.5, zorder=1
    )
    for state in drawn.states:
        for colour, rows in drawn.table[drawn.table["state"] == state].groupby("colour"):
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
    if class_risk:
        for colour, rows in drawn.table[drawn.table["flips"]].groupby("colour"):
            ink = hatch_ink(UNRELIABLE, str(colour))
            rows.plot(ax=ax, facecolor="none", edgecolor=ink, hatch=RISK, linewidth=0, zorder=2)
    outline = drawn.table.union_all()
    draw_outline(ax, outline, INK)

    def write(ground: axes.Ground) -> None:
        scale = "tile" not in drawn.table
        blocked = furniture.draw(ax, outline, ground, simulated=drawn.simulated, scale=scale)
        few = len(drawn.table) <= labels.FEW
        size = furniture.label_size(ground) if few else typeset.SMALL * ground.part
        writing = labels.Writing(ax, ground.metres, size=size)
        left_out = labels.place(writing, drawn.table, blocked=blocked)
        SHOWN[ax] = Panel(drawn, left_out=tuple(left_out), risk=class_risk)

    axes.lay(ax, drawn.table, write)
    return ax


def circles(
    areas: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    column: str,
    *,
    classes: Classes,
    ax: Axes | None = None,
) -> Axes:
    """
    Draw points as circles, their area in proportion to `population`, their colour by class.

    Parameters
    ----------
    areas
        Outlines below the circles, in metres; their labels say where one is.
    points
        As `areas` of `choropleth`, with points for outlines and a column `population` (persons).
    column, classes, ax
        As for `choropleth`. An unreliable value has a dashed edge.

    Returns
    -------
    ax
        As for `choropleth`. Small circles lie on large ones.
    """
    import shapely
    from matplotlib.patches import Circle

    drawn = prepare(points, column, classes)
    table = drawn.table
    _require_sizes(table)
    ax = axes.take(_blank() if ax is None else ax, areas)
    areas.plot(ax=ax, color=LAND, edgecolor=BORDER, linewidth=1, zorder=1)
    outline = areas.union_all()
    radius = _radii(table["population"], outline.area)
    for code in table["population"].sort_values(ascending=False, kind="stable").index:
        row, shape = table.loc[code], table.geometry.loc[code]
        state = row["state"]
        ax.add_patch(
            Circle(
                (shape.x, shape.y),
                radius[code],
                facecolor=row["colour"],
                zorder=3,
                **_edge(state, row["colour"]),
            )
        )
    draw_outline(ax, outline, BORDER)
    discs = shapely.buffer(table.geometry.to_numpy(), radius.to_numpy())
    names = areas.assign(label=areas[words.column("label")], text="", colour=LAND)

    def write(ground: axes.Ground) -> None:
        blocked = furniture.draw(ax, outline, ground, simulated=drawn.simulated)
        size = typeset.SMALL * ground.part
        writing = labels.Writing(ax, ground.metres, size=size, colour=QUIET, leaders=False)
        labels.place(writing, names, blocked=[*blocked, *discs])
        sizes = _samples(table["population"], outline.area, ground.metres)
        SHOWN[ax] = Panel(drawn, sizes, ground=names, radius=radius)

    axes.lay(ax, areas, write)
    return ax


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
    return {"edgecolor": PALE if is_dark(colour) else INK, "linewidth": 0.8}


def _samples(size: pd.Series, land: float, metres: float) -> tuple[tuple[float, float], ...]:
    """Choose three round sizes for the legend, each with its radius in points."""
    round_sizes = {furniture.round_down(size.max() / part) for part in (1, 3, 8)}
    per_size = CIRCLES_COVER * land / np.pi / size.sum()
    return tuple((one, float(np.sqrt(one * per_size)) / metres) for one in sorted(round_sizes))


def _radii(size: pd.Series, land: float) -> pd.Series:
    """Turn sizes into radii in metres, areas in proportion."""
    return size.div(size.sum()).mul(CIRCLES_COVER * land / np.pi).pow(0.5)


def _blank() -> Axes:
    from .layout import sheet

    return sheet(title="")[1][0]


def draw_outline(ax: Axes, outline: shapely.Geometry, colour: str) -> None:
    """Draw a line around all of the land."""
    import geopandas as gpd

    gpd.GeoSeries([outline]).boundary.plot(ax=ax, color=colour, linewidth=1.2, zorder=4)
    ax.set(xlabel="", ylabel="")  # geopandas names them; hidden text is still text of an SVG


def _require_sizes(table: gpd.GeoDataFrame) -> None:
    if "population" not in table.columns:
        msg = "circles need a column 'population' for their size: places.points() has it."
        raise LookupError(msg)
    wrong = table[~(table["population"] > 0)]
    if len(wrong):
        rows = "\n".join(f"  {code}: {size}" for code, size in wrong["population"].items())
        msg = f"{len(wrong)} of {len(table)} points have no population above 0:\n{rows}"
        raise ValueError(msg)

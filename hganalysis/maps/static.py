"""Draw a map on axes: areas by colour, or points as circles."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from .. import words
from . import furniture, labels, typeset
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

MARGIN = 0.02
"""Air around the outlines, as a part of the map."""
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
        Where to draw; a new sheet if none.
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
        be drawn. Every such row is shown.
    """
    drawn = prepare(areas, column, classes)
    ax = _blank() if ax is None else ax
    metres = frame(ax, drawn.table)
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
    blocked = furniture.draw(ax, outline, metres, simulated=drawn.simulated)
    size = typeset.SMALL if len(drawn.table) > labels.FEW else furniture.label_size(ax)
    writing = labels.Writing(ax, metres, size=size)
    left_out = labels.place(writing, drawn.table, blocked=blocked)
    SHOWN[ax] = Panel(drawn, left_out=tuple(left_out), risk=class_risk)
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
    ax = _blank() if ax is None else ax
    metres = frame(ax, areas)
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
    blocked = furniture.draw(ax, outline, metres, simulated=drawn.simulated)
    discs = shapely.buffer(table.geometry.to_numpy(), radius.to_numpy())
    names = areas.assign(label=areas[words.column("label")], text="", colour=LAND)
    writing = labels.Writing(ax, metres, size=typeset.SMALL, colour=QUIET, leaders=False)
    labels.place(writing, names, blocked=[*blocked, *discs])
    sizes = _samples(table["population"], outline.area, metres)
    SHOWN[ax] = Panel(drawn, sizes, ground=names, radius=radius)
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


def frame(ax: Axes, shapes: gpd.GeoDataFrame) -> float:
    """Fit the shapes into the axes, and say how many metres a point of the page is."""
    west, south, east, north = shapes.total_bounds
    wide, high = (1 + 2 * MARGIN) * (east - west), (1 + 2 * MARGIN) * (north - south)
    figure = ax.get_figure(root=True)
    assert figure is not None
    if figure.get_layout_engine() is not None:
        with typeset.boxes():
            figure.draw_without_rendering()
    page = 72 * figure.get_size_inches()
    room = ax.get_position(original=True)
    metres = max(wide / (room.width * page[0]), high / (room.height * page[1]))
    # The limits fill the whole axes: white land around the map is room for labels and banner.
    middle = np.array([(west + east) / 2, (south + north) / 2])
    half = metres * page * np.array([room.width, room.height]) / 2
    ax.set_xlim(middle[0] - half[0], middle[0] + half[0])
    ax.set_ylim(middle[1] - half[1], middle[1] + half[1])
    ax.set_aspect("equal")
    ax.set_autoscale_on(False)
    ax.set_axis_off()
    return float(metres)


def _require_sizes(table: gpd.GeoDataFrame) -> None:
    if "population" not in table.columns:
        msg = "circles need a column 'population' for their size: places.points() has it."
        raise LookupError(msg)
    wrong = table[~(table["population"] > 0)]
    if len(wrong):
        rows = "\n".join(f"  {code}: {size}" for code, size in wrong["population"].items())
        msg = f"{len(wrong)} of {len(table)} points have no population above 0:\n{rows}"
        raise ValueError(msg)

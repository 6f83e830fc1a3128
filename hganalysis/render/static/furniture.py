"""Put on each map what it must not be without: a scale, north, and the banner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ... import words
from ...figures.colours import ALARM, INK, WHITE
from ...figures.legend import round_down
from .. import typeset

if TYPE_CHECKING:
    import shapely
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from .axes import Ground

# Of the land the banner covers no more than this, unless its letters became smaller than labels.
BANNER_COVERS = 0.12
COVERS = 0.1
"""Part of the scale bar that may lie on land."""


def label_size(ground: Ground) -> float:
    """Choose larger letters for a map that has the page for itself, smaller ones in three."""
    inches = ground.width / 72
    size = 17 if inches > 9 else typeset.BODY if inches > 6 else typeset.SMALL
    return size * ground.part


def draw(
    ax: Axes, outline: shapely.Geometry, ground: Ground, *, simulated: bool, scale: bool = True
) -> list[shapely.Geometry]:
    """
    Draw banner, scale bar and north arrow into the emptiest corners; return their boxes. Squares
    that stand for places have no `scale`.
    """
    west, south, east, north = outline.bounds
    # Corners of the box around the outlines: what stands there is lost by no crop of the map.
    corners = np.array([(west, north), (east, south), (east, north), (west, south)])
    blocked = []
    if simulated:
        blocked.append(_banner(ax, outline, ground, corners))
    if scale:
        blocked.append(_scale(ax, outline, ground, corners[[1, 3, 0, 2]], blocked))
    return blocked


def emptiest(
    outline: shapely.Geometry,
    corners: NDArray[np.float64],
    size: tuple[float, float],
    taken: list[shapely.Geometry],
) -> shapely.Geometry:
    """Find the corner where a box covers least of the land and nothing of what stands already."""
    import shapely

    middle = corners.mean(axis=0)
    boxes = []
    for corner in corners:
        other = corner + np.sign(middle - corner) * np.array(size)
        boxes.append(shapely.box(*np.minimum(corner, other), *np.maximum(corner, other)))
    full = shapely.union_all(taken)
    return min(
        boxes,
        key=lambda box: (box.intersects(full), round(box.intersection(outline).area / box.area, 2)),
    )


def _banner(
    ax: Axes, outline: shapely.Geometry, ground: Ground, corners: NDArray[np.float64]
) -> shapely.Geometry:
    size = 1.35 * label_size(ground)
    text = typeset.foldings(words.term("words.simulated"), size, most=2)[-1]

    def place(size: float) -> shapely.Geometry:
        wide = (typeset.width(text, size, bold=True) + 1.2 * size) * ground.metres
        high = (2 * typeset.LINE + 0.7) * size * ground.metres
        return emptiest(outline, corners, (wide, high), [])

    box = place(size)
    while (
        box.intersection(outline).area > BANNER_COVERS * outline.area
        and 0.95 * size > typeset.SMALL * ground.part
    ):
        size *= 0.95
        box = place(size)
    ax.fill(*box.exterior.xy, color=ALARM, linewidth=0, zorder=8, gid="banner")
    typeset.write(
        ax,
        box.centroid.x,
        box.centroid.y,
        text,
        size=size,
        bold=True,
        colour=WHITE,
        ha="center",
        zorder=9,
    )
    return box


def _scale(
    ax: Axes,
    outline: shapely.Geometry,
    ground: Ground,
    corners: NDArray[np.float64],
    taken: list[shapely.Geometry],
) -> shapely.Geometry:
    metres, size = ground.metres * ground.part, typeset.BODY * ground.part
    west, _, east, _ = outline.bounds
    length = round_down((east - west) / 4)
    room = length + 60 * metres, 56 * metres
    box = emptiest(outline, corners, room, taken)
    for steps in (2, 20):  # then beside the land, if there is room, or in a bay
        if _covers(box, outline):
            x, y = np.linspace(*ax.get_xlim(), steps), np.linspace(*ax.get_ylim()[::-1], steps)
            tried = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
            box = emptiest(outline, np.vstack([corners, tried]), room, taken)
    if _covers(box, outline):
        ax.fill(*box.exterior.xy, color=WHITE, alpha=0.85, linewidth=0, zorder=6.5)
    left, bottom = box.bounds[0] + 8 * metres, box.bounds[1] + 8 * metres
    tick = 5 * metres
    ax.plot(
        [left, left, left + length, left + length],
        [bottom + tick, bottom, bottom, bottom + tick],
        color=INK,
        linewidth=1.5,
        zorder=7,
        gid="scale",
    )
    text = distance(length)
    middle = left + length / 2
    typeset.write(ax, middle, bottom + tick, text, size=size, ha="center", va="bottom", zorder=7)
    at, half = left + length + 30 * metres, 8 * metres
    ax.fill(
        [at, at + half, at, at - half],
        [bottom + 26 * metres, bottom, bottom + 7 * metres, bottom],
        color=INK,
        zorder=7,
        linewidth=0,
        gid="north",
    )
    up = bottom + 28 * metres
    letter = words.term("maps.north")
    typeset.write(ax, at, up, letter, size=size, bold=True, ha="center", va="bottom", zorder=7)
    return box


def _covers(box: shapely.Geometry, land: shapely.Geometry) -> bool:
    return bool(box.intersection(land).area > COVERS * box.area)


def distance(metres: float) -> str:
    """
    Write a round distance, below a kilometre in metres.

    Examples
    --------
    >>> distance(20_000), distance(500)
    ('20 km', '500 m')
    """
    if metres < 1000:
        return words.term("maps.metres", number=words.number(metres))
    return words.term("maps.km", number=words.number(metres / 1000))

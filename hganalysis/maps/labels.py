"""Place the labels of a map so that none lies on another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import typeset
from .looks import is_dark
from .typeset import INK, PALE

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

PAD = 3.0  # points of air around a label
# What is worse than what, where 1 is a label that lies wholly outside its own place: to fold a
# name once more; to move by the size of place or label; to need a leader line; to have no name.
FOLD, AWAY, LEADER, NAMELESS = 0.06, 0.35, 0.5, 5.0
# A label that stands mostly on its own place takes its colours from there.
WITHIN = 0.6
# Up to so many places, each gets its label, beside it on a leader line if need be. On a map of more
# there are only labels that fit on their own place: lines all over would hide what the map shows.
FEW, FITS = 20, 0.8
# Letters without a halo are lost outside of their place: there, there is less air, and none leaves.
TIGHT, STRICT_FITS = 1.0, 0.99


@dataclass(frozen=True)
class Spot:
    """A way to write one label: its folded name, centre and size in metres, and how bad it is."""

    name: str
    x: float
    y: float
    width: float
    height: float
    inside: float
    cost: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north, in metres."""
        half, up = self.width / 2, self.height / 2
        return self.x - half, self.y - up, self.x + half, self.y + up


@dataclass(frozen=True)
class Writing:
    """
    How labels are written: axes, metres a point, size in points, colour, leader lines or not.

    `width` measures a text in points, given its size and whether it is bold. `strict` is for
    letters without a halo: a label stands on its own place, or beside all the land.
    """

    ax: Axes
    metres: float
    size: float = typeset.BODY
    colour: str = INK
    leaders: bool = True
    width: Callable[..., float] = typeset.width
    strict: bool = False


def place(
    writing: Writing, table: gpd.GeoDataFrame, *, blocked: list[shapely.Geometry]
) -> list[str]:
    """
    Write `label` and `text` of each place on the map.

    Parameters
    ----------
    writing
        Axes in metres, with their final limits, and the manner.
    table
        Places with `label`, `text` (may be empty), `colour` (below the label) and `geometry`.
    blocked
        What must stay free, as shapes in metres.

    Returns
    -------
    left_out
        Codes of places for which there was no room, not even for the value alone.
    """
    chosen = choose(writing, table, blocked=blocked)
    for at, spot in sorted(chosen.items()):
        _write(writing, spot, table.iloc[at], table.geometry.iloc[at])
    return [str(code) for at, code in enumerate(table.index) if at not in chosen]


def choose(
    writing: Writing, table: gpd.GeoDataFrame, *, blocked: list[shapely.Geometry]
) -> dict[int, Spot]:
    """
    Choose where the label of each place stands, without writing any.

    Parameters
    ----------
    writing, table, blocked
        As for `place`; of the axes only the limits are read.

    Returns
    -------
    chosen
        By the number of the row; a place without room is not among them.
    """
    import shapely

    ground = None
    if writing.strict or not writing.leaders:
        ground = shapely.union_all(table.geometry.to_numpy())
        shapely.prepare(ground)
    options = [
        _options(writing, table.iloc[at], shape, table.geometry, ground)
        for at, shape in enumerate(table.geometry)
    ]
    boxes = [
        shapely.box(*np.array([spot.box for spot in spots]).reshape(-1, 4).T) for spots in options
    ]
    # The place with the least room chooses first; a second round mends what came out badly.
    frame = shapely.box(*np.transpose([writing.ax.get_xlim(), writing.ax.get_ylim()]).ravel())
    inside_frame = [shapely.covers(frame, one) for one in boxes]
    order = np.argsort(table.geometry.minimum_bounding_radius().to_numpy(), kind="stable")
    chosen: dict[int, Spot] = {}
    for at in [*order, *order]:
        others = [shapely.box(*spot.box) for key, spot in chosen.items() if key != at]
        taken = shapely.union_all([*others, *blocked])
        shapely.prepare(taken)
        clear = np.flatnonzero(inside_frame[at] & ~shapely.intersects(taken, boxes[at]))
        if len(clear):
            chosen[at] = min((options[at][key] for key in clear), key=lambda spot: spot.cost)
    return chosen


def _options(
    writing: Writing,
    row: gpd.GeoDataFrame,
    shape: shapely.Geometry,
    land: gpd.GeoSeries,
    ground: shapely.Geometry | None,
) -> list[Spot]:
    """List the ways to write one label: foldings of the name times points in or near the place."""
    import shapely

    size, metres = writing.size, writing.metres
    many = len(land) > FEW
    pad, fits = (TIGHT, STRICT_FITS) if many and writing.strict else (PAD, FITS)
    if many and row["text"] and not _may_fit(shape, *_box(writing, "", row, pad), fits=fits):
        return []
    middle = heart(shape)
    points, outside = _points(shape, size * metres, far=writing.strict)
    metres_away = np.hypot(points[:, 0] - middle[0], points[:, 1] - middle[1])
    names = typeset.foldings(row["label"], size)
    shapely.prepare(shape)
    found = []
    for fold, name in enumerate([*names, ""] if row["text"] else names):
        wide, high = _box(writing, name, row, pad)
        if many and not _may_fit(shape, wide, high, fits=fits):
            continue
        x, y = points.T
        boxes = shapely.box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        area = wide * high
        # A shape is clipped to a box in a third of the time that an intersection takes.
        inside = shapely.covers(shape, boxes).astype(float)
        for at in np.flatnonzero((inside == 0) & shapely.intersects(shape, boxes)):
            inside[at] = shapely.clip_by_rect(shape, *shapely.bounds(boxes[at])).area / area
        # Beside its place, a label lies neither half on it nor, without a line, on another.
        touches = inside > 0
        if ground is not None:
            touches = touches | shapely.intersects(ground, boxes)
        cost = (
            (FOLD * fold if name else NAMELESS)
            + AWAY * metres_away / max(np.sqrt(shape.area), wide)
            + np.where(
                outside, LEADER + touches * NAMELESS, (6 if writing.strict else 1) * (1 - inside)
            )
        )
        found += [
            Spot(name, float(point[0]), float(point[1]), wide, high, float(part), float(bad))
            for point, part, bad in zip(points, inside, cost, strict=True)
            if not many or part >= fits
        ]
    return found


def _box(writing: Writing, name: str, row: gpd.GeoDataFrame, pad: float) -> tuple[float, float]:
    """Say how wide and high a label is on the map, in metres, with the air around it."""
    wide, high = _extent(writing, name, row["text"])
    return writing.metres * (wide + 2 * pad), writing.metres * (high + 2 * pad)


def _may_fit(shape: shapely.Geometry, wide: float, high: float, *, fits: float) -> bool:
    """Say whether a label might lie on its place, before every point of it is tried."""
    west, south, east, north = shape.bounds
    most = min(shape.area, min(wide, east - west) * min(high, north - south))
    return bool(most >= fits * wide * high)


def heart(shape: shapely.Geometry) -> tuple[float, float]:
    """Find the middle of the largest circle in a shape: where it has most room."""
    import shapely

    x, y = shapely.maximum_inscribed_circle(shape).coords[0]
    return float(x), float(y)


def _points(
    shape: shapely.Geometry, line: float, *, far: bool
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Try the heart of the place, a grid over it, and rings around it (these are outside)."""
    import shapely

    west, south, east, north = shape.bounds
    steps = 25 if far else 15
    grid = np.array(
        [(x, y) for x in np.linspace(west, east, steps) for y in np.linspace(south, north, steps)]
    )
    inside = grid[shapely.contains_xy(shape, grid[:, 0], grid[:, 1])]
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    middle = np.array([(west + east) / 2, (south + north) / 2])
    half = np.array([east - west, north - south]) / 2
    rings = [
        middle
        + (half + away * line * np.array([2, 1]))
        * np.column_stack([np.cos(angles), np.sin(angles)])
        for away in ((0.5, 1.5, 3, 4.5, 6) if far else (0.5, 1.5, 3))
    ]
    points = np.vstack([np.array([heart(shape)]), inside, *rings])
    return points, np.arange(len(points)) > len(inside)


def _extent(writing: Writing, name: str, text: str) -> tuple[float, float]:
    """Measure a label in points: the name, and the value in bold below it."""
    size = writing.size
    wide = max(writing.width(name, size), writing.width(text, size, bold=True))
    lines = (name.count("\n") + 1 if name else 0) + (1 if text else 0)
    return wide, lines * typeset.LINE * size


def _write(writing: Writing, spot: Spot, row: gpd.GeoDataFrame, shape: shapely.Geometry) -> None:
    own = spot.inside >= WITHIN
    colour = PALE if own and is_dark(row["colour"]) else writing.colour
    halo = row["colour"] if own else PALE
    if writing.leaders and spot.inside == 0:
        _leader(writing, spot, shape)
    step = typeset.LINE * writing.size * writing.metres
    y = spot.y + spot.height / 2 - PAD * writing.metres + 0.3 * step
    lines = spot.name.split("\n") if spot.name else []
    for at, text in enumerate([*lines, row["text"]]):
        y -= step
        typeset.write(
            writing.ax,
            spot.x,
            y,
            text,
            size=writing.size,
            bold=at == len(lines),
            colour=colour,
            ha="center",
            va="baseline",
            halo=halo,
        )


def _leader(writing: Writing, spot: Spot, shape: shapely.Geometry) -> None:
    import shapely

    middle = heart(shape)
    line = shapely.LineString([middle, (spot.x, spot.y)]).difference(shapely.box(*spot.box))
    writing.ax.plot(*line.xy, color=INK, linewidth=1, zorder=5, gid="leader")
    writing.ax.plot(*middle, marker="o", markersize=4, color=INK, zorder=5)

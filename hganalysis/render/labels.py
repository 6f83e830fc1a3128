"""Place the labels of a map so that none lies on another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..figures.colours import INK, WHITE
from ..figures.states import LOOKS, is_dark
from . import typeset

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import shapely
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

PAD = 3.0  # points of air around a label
# What is worse than what: to fold a name once more; to move by the size of place or label; to need
# a leader line; to lead it over others, by the same size; to stand on them; to leave the own place
# with all letters; to have no name.
FOLD, AWAY, LEADER, ACROSS, OVER, LEAVE, NAMELESS = 0.06, 0.35, 0.5, 4.0, 1.5, 4.0, 5.0
# So bad is a label that another may have to make room for: it needs a line, and the line is long.
BAD = 1.0
# A label that stands mostly on its own place takes its colours from there; one that stands less on
# it names its neighbour, unless a line leads to it.
WITHIN = 0.6
# Up to so many places, each gets its label, beside it on a leader line if need be. On a map of more
# there are only labels whose letters lie on their own place: lines all over would hide what the map
# shows.
FEW, FITS = 20, 0.99
# Points of air between letters and a border; where there are many labels, it is all the air.
TIGHT = 1.5
# So many points a line without a dot at its end leads into a place.
INTO = 6.0
# How far the foot of its letters lies below the middle of a line, in their own size.
FOOT = 0.3
# So many ways to write a label are laid on the map at once, the first time and then: nearly always
# the best is among the first, and of the others the work of a hundred calls is one.
AT_ONCE = 8, 64


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
    letters without a halo: a label stands on its own place, or beside all the land. On `squares`,
    which touch, a label keeps to its own and needs no more air than that gives it.
    """

    ax: Axes
    metres: float
    size: float = typeset.BODY
    colour: str = INK
    leaders: bool = True
    width: Callable[..., float] = typeset.width
    strict: bool = False
    squares: bool = False


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

    ground, many = None, len(table) > FEW
    if writing.strict or not writing.leaders or not many:
        ground = shapely.union_all(table.geometry.to_numpy())
        shapely.prepare(ground)
    # The place with the least room chooses first; a second round mends what came out badly.
    frame = shapely.box(*np.transpose([writing.ax.get_xlim(), writing.ax.get_ylim()]).ravel())
    order = np.argsort(table.geometry.minimum_bounding_radius().to_numpy(), kind="stable")
    closed = shapely.union_all(blocked)
    shapely.prepare(closed)
    candidates = {
        at: _Candidates(ways, frame, closed, ground)
        for at, shape in enumerate(table.geometry)
        if (ways := _ways(writing, table.iloc[at], shape, many=many)) is not None
    }
    chosen: dict[int, Spot] = {}

    def best(at: int, others: dict[int, Spot]) -> Spot | None:
        boxes = [spot.box for key, spot in others.items() if key != at]
        return candidates[at].best(np.reshape(boxes, (-1, 4))) if at in candidates else None

    for at in [*order, *order]:
        if (spot := best(at, chosen)) is not None:
            chosen[at] = spot
    return chosen if many else _exchanged(chosen, best)


def _exchanged(
    chosen: dict[int, Spot], best: Callable[[int, dict[int, Spot]], Spot | None]
) -> dict[int, Spot]:
    """Let labels that came out badly choose before one of the others, where both gain by it."""
    for bad in sorted(chosen, key=lambda at: -chosen[at].cost):
        for other in chosen:
            if chosen[bad].cost < BAD:
                break
            without = {at: spot for at, spot in chosen.items() if at not in (bad, other)}
            first = None if other == bad else best(bad, without)
            second = first and best(other, {**without, bad: first})
            if first is None or second is None:
                continue
            if first.cost + second.cost < chosen[bad].cost + chosen[other].cost:
                chosen = {**chosen, bad: first, other: second}
    return chosen


@dataclass(frozen=True)
class Ways:
    """
    The ways to write one label: foldings of its name times points in and around its place.

    `names`, `sizes` (width and height, in metres) and `letters` (west, south, east and north of
    each line, from the middle) go by folding. `points`, `folding`, `beside` (the place) and `least`
    go by way: how bad it is at its best, before the place is looked at. A part of `fits` of the
    letters must be on the place. With `lines`, what is not on its place is beside it altogether,
    and a line leads there. Beside it, to stand on others costs `over`.
    """

    shape: shapely.Geometry
    names: list[str]
    sizes: NDArray[np.float64]
    letters: list[NDArray[np.float64]]
    points: NDArray[np.float64]
    folding: NDArray[np.int_]
    beside: NDArray[np.bool_]
    least: NDArray[np.float64]
    fits: float
    lines: bool
    over: float


def _ways(writing: Writing, row: pd.Series, shape: shapely.Geometry, *, many: bool) -> Ways | None:
    """List the ways to write the label of a place, if there are any."""
    import shapely

    pad = TIGHT if many and (writing.strict or writing.squares) else PAD

    def may_fit(name: str) -> bool:
        return not many or _may_fit(shape, _letters(writing, name, row["text"]))

    bare = [""] if row["text"] else []
    # Where the value alone has no room, no name has: there, none is folded.
    folded = typeset.foldings(row["label"], writing.size) if all(map(may_fit, bare)) else []
    costs = {name: FOLD * fold for fold, name in enumerate(folded)} | dict.fromkeys(bare, NAMELESS)
    names = [name for name in costs if may_fit(name)]
    if not names:
        return None
    sizes = np.array([_box(writing, name, row, pad) for name in names])
    points, beside = _points(shape, writing.size * writing.metres, far=writing.strict)
    away = AWAY * np.hypot(*(points - points[0]).T)
    room = np.maximum(np.sqrt(shape.area), sizes[:, :1])
    bad = np.array([costs[name] for name in names]).reshape(-1, 1)
    shapely.prepare(shape)
    return Ways(
        shape=shape,
        names=names,
        sizes=sizes,
        letters=[_letters(writing, name, row["text"]) for name in names],
        points=np.tile(points, (len(names), 1)),
        folding=np.repeat(np.arange(len(names)), len(points)),
        beside=np.tile(beside, len(names)),
        least=(bad + away / room + LEADER * beside).ravel(),
        fits=FITS if many or writing.strict else WITHIN if writing.leaders else 0.0,
        lines=writing.leaders and not many,
        over=NAMELESS if writing.strict or not writing.leaders else OVER,
    )


class _Candidates:
    """
    The ways to write one label, laid on the map by their promise and no more of them than needed.

    How good a way is does not hang on other labels, and each is asked for many times, beside
    others; so it is worked out once.
    """

    def __init__(
        self,
        ways: Ways,
        frame: shapely.Geometry,
        closed: shapely.Geometry,
        ground: shapely.Geometry | None,
    ) -> None:
        self.ways, self.frame, self.closed, self.ground = ways, frame, closed, ground
        self.promising = np.argsort(ways.least, kind="stable")
        self.laid: list[tuple[NDArray[np.int_], NDArray[np.float64], NDArray[np.float64]]] = []

    def best(self, others: NDArray[np.float64]) -> Spot | None:
        """
        Find the best way within the frame that is clear of what is closed and of other labels.

        Nearly always it is among the first that promise most; so ways are laid on the map by
        their promise, until none that is left can be better than the best that was found.
        """
        ways = self.ways
        found: tuple[float, int, float] | None = None
        start = number = 0
        while start < len(self.promising):
            if found and ways.least[self.promising[start]] > found[0]:
                break
            end = start + AT_ONCE[number > 0]
            if number == len(self.laid):
                self.laid.append(self._lay(self.promising[start:end]))
            some, costs, inside = self.laid[number]
            half = ways.sizes[ways.folding[some]] / 2
            low, high = ways.points[some] - half, ways.points[some] + half
            apart = (high[:, None] < others[:, :2]) | (low[:, None] > others[:, 2:])
            clear = np.all(apart.any(axis=2), axis=1)
            rows = zip(costs[clear], some[clear], inside[clear], strict=True)
            found = min([*([found] if found else []), *rows], default=None)
            start, number = end, number + 1
        if found is None:
            return None
        cost, at, part = found
        fold = ways.folding[at]
        (x, y), (width, height) = ways.points[at].tolist(), ways.sizes[fold].tolist()
        return Spot(ways.names[fold], x, y, width, height, float(part), float(cost))

    def _lay(
        self, some: NDArray[np.int_]
    ) -> tuple[NDArray[np.int_], NDArray[np.float64], NDArray[np.float64]]:
        """Give those of some ways that fit, how bad each is, and what part is on its place."""
        import shapely

        ways, ground = self.ways, self.ground
        half = ways.sizes[ways.folding[some]] / 2
        boxes = shapely.box(*(ways.points[some] - half).T, *(ways.points[some] + half).T)
        clear = shapely.covers(self.frame, boxes) & ~shapely.intersects(self.closed, boxes)
        some, boxes = some[clear], boxes[clear]
        inside = _inside(ways, some, boxes)
        # Beside its place, a label lies neither half on it nor, without a line, on another.
        left = np.where(ways.beside[some], (inside > 0) * NAMELESS, LEAVE * (1 - inside))
        if ground is not None:
            over = ways.beside[some] & (inside == 0) & shapely.intersects(ground, boxes)
            left = left + over * ways.over
            if ways.lines:
                left = left + _across(ways, some, ground)
        fits = inside >= ways.fits
        if ways.lines:
            fits |= ways.beside[some] & (inside == 0)
        return some[fits], (ways.least[some] + left)[fits], inside[fits]


def _across(ways: Ways, some: NDArray[np.int_], ground: shapely.Geometry) -> NDArray[np.float64]:
    """Say how bad it is that the lines of some ways lead over other places."""
    import shapely

    found = np.zeros(len(some))
    led = np.flatnonzero(ways.beside[some])
    if len(led):
        ends = np.stack([np.tile(ways.points[0], (len(led), 1)), ways.points[some[led]]], axis=1)
        lines = shapely.difference(shapely.linestrings(ends), ways.shape)
        over = shapely.length(shapely.intersection(lines, ground))
        found[led] = ACROSS * over / np.sqrt(ways.shape.area)
    return found


def _inside(ways: Ways, some: NDArray[np.int_], boxes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Say what part of the letters of some ways is on the place; each has a box around it."""
    import shapely

    inside = np.asarray(shapely.covers(ways.shape, boxes), dtype=float)
    partly = np.flatnonzero((inside == 0) & shapely.intersects(ways.shape, boxes))
    for fold in np.unique(ways.folding[some[partly]]):
        of = partly[ways.folding[some[partly]] == fold]
        letters = ways.letters[fold]
        # All lines of all these labels: west, south, east, north.
        lines = np.tile(ways.points[some[of]], 2)[:, None] + letters
        drawn = shapely.box(*np.moveaxis(lines, 2, 0))
        sizes = (letters[:, 2] - letters[:, 0]) * (letters[:, 3] - letters[:, 1])
        on = np.where(shapely.covers(ways.shape, drawn), sizes, 0.0)
        # A shape is clipped to a box in a third of the time that an intersection takes.
        for at in zip(*np.nonzero((on == 0) & shapely.intersects(ways.shape, drawn)), strict=True):
            on[at] = shapely.clip_by_rect(ways.shape, *lines[at]).area
        inside[of] = on.sum(axis=1) / sizes.sum()
    return inside


def _box(writing: Writing, name: str, row: pd.Series, pad: float) -> tuple[float, float]:
    """Say how wide and high a label is on the map, in metres, with the air around it."""
    wide, high = _extent(writing, name, row["text"])
    return writing.metres * (wide + 2 * pad), writing.metres * (high + 2 * pad)


def _letters(writing: Writing, name: str, text: str) -> NDArray[np.float64]:
    """Give the sides of each line of a label with some air, in metres from its middle."""
    size, names = writing.size, name.split("\n")
    lines = [*names, text] if name and text else [text] if text else names
    wide = [writing.width(one, size, bold=one is text) for one in lines]
    half = np.array(wide) / 2 + TIGHT
    feet = typeset.LINE * ((len(lines) - 1) / 2 - np.arange(len(lines))) - FOOT
    below, above = np.transpose([typeset.reach(one) for one in lines])
    sides = [-half, size * (feet - below) - TIGHT, half, size * (feet + above) + TIGHT]
    return writing.metres * np.column_stack(sides)


def _may_fit(shape: shapely.Geometry, letters: NDArray[np.float64]) -> bool:
    """Say whether letters might lie on their place, before every point of it is tried."""
    west, south, east, north = shape.bounds
    wide, high = (letters[:, 2:] - letters[:, :2]).T
    most = min(shape.area, (np.minimum(wide, east - west) * np.minimum(high, north - south)).sum())
    return bool(most >= FITS * (wide * high).sum())


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
    columns, rows = np.linspace(west, east, steps), np.linspace(south, north, steps)
    grid = np.stack(np.meshgrid(columns, rows, indexing="ij"), axis=2).reshape(-1, 2)
    inside = grid[shapely.contains_xy(shape, grid[:, 0], grid[:, 1])]
    angles = np.linspace(0, 2 * np.pi, 48 if far else 24, endpoint=False)
    middle = np.array([(west + east) / 2, (south + north) / 2])
    half = np.array([east - west, north - south]) / 2
    rings = [
        middle
        + (half + away * line * np.array([2, 1]))
        * np.column_stack([np.cos(angles), np.sin(angles)])
        for away in ((0.5, 1, 1.5, 2, 3, 4.5, 6) if far else (0.5, 1.5, 3))
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
    colour = WHITE if own and is_dark(row["colour"]) else writing.colour
    halo = row["colour"] if own else WHITE
    if spot.inside == 0:
        (_leader if writing.leaders else _pointer)(writing, spot, shape)
    if own:
        _plate(writing, spot, row, shape)
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


def _plate(writing: Writing, spot: Spot, row: gpd.GeoDataFrame, shape: shapely.Geometry) -> None:
    """Keep the hatch of a place off the letters of its label, and its border from between them."""
    import shapely

    at = np.tile([spot.x, spot.y], 2)
    lines = shapely.union_all(shapely.box(*(_letters(writing, spot.name, row["text"]) + at).T))
    kept = shape.boundary.buffer(TIGHT * writing.metres)
    if row.get("state") in LOOKS and LOOKS[row["state"]].hatch:  # land below circles has none
        kept = shape.union(kept)
    for part in shapely.get_parts(lines.intersection(kept)):
        if part.geom_type == "Polygon":
            writing.ax.fill(*part.exterior.xy, color=row["colour"], lw=0, zorder=3, gid="plate")


def leader(spot: Spot, shape: shapely.Geometry) -> shapely.LineString:
    """
    Give the line from the heart of a place to its label.

    It is empty where the place is so small that the air around its label holds all of it.
    """
    import shapely

    line = shapely.LineString([heart(shape), (spot.x, spot.y)])
    return line.difference(shapely.box(*spot.box))


def _leader(writing: Writing, spot: Spot, shape: shapely.Geometry) -> None:
    line = leader(spot, shape)
    if line.is_empty:
        return
    writing.ax.plot(*line.xy, color=INK, linewidth=1, zorder=5, gid="leader")
    writing.ax.plot(*heart(shape), marker="o", markersize=4, color=INK, zorder=5)


def _pointer(writing: Writing, spot: Spot, shape: shapely.Geometry) -> None:
    """Lead a name just over the border of its place: what lies on it stays free."""
    import shapely

    inner = shape.buffer(-INTO * writing.metres)
    line = shapely.shortest_line(shapely.box(*spot.box), shape if inner.is_empty else inner)
    writing.ax.plot(*line.xy, color=writing.colour, linewidth=1, zorder=2.3, gid="pointer")

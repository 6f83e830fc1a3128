"""Draw a map of native shapes: one named freeform a place, its label, and the banner on top."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import words
from ...figures.colours import INK, QUIET, WHITE
from ...figures.states import KNOWN, is_dark, state_name
from .. import labels
from ..static import furniture
from . import legend, page, text
from .page import POINT, Room

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely
    from numpy.typing import NDArray

    from ...figures import Figure
    from ...figures.classify import Map
    from ...figures.overlays import Overlay

# Simplified together, so that neighbours still meet; half a point cannot be seen on a slide.
SIMPLIFY = 0.5
HIDDEN = 0.05
"""Part of the banner that may lie on land."""
SIDE = 330.0
"""Width of the column beside a large map, in points."""
MARGIN = 2.0
"""Air around the outlines, in points."""
AIR = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25)
"""Parts of the room left for labels beside a map, while one is nameless or stands on others."""


@dataclass(frozen=True)
class Frame:
    """How a map lies on a slide: its corner in metres and in points, and metres a point."""

    west: float
    north: float
    left: float
    top: float
    metres: float

    def points(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn metres into points of the slide."""
        return np.column_stack(
            [
                self.left + (xy[:, 0] - self.west) / self.metres,
                self.top + (self.north - xy[:, 1]) / self.metres,
            ]
        )

    def room(self, box: tuple[float, float, float, float]) -> Room:
        """Turn a box in metres (west, south, east, north) into a room of the slide."""
        west, south, east, north = box
        (left, top), (right, bottom) = self.points(np.array([(west, north), (east, south)]))
        return Room(left, top, right - left, bottom - top)


def place(figure: Figure, shapes: Any, room: Room) -> list[str]:  # noqa: ANN401
    """
    Lay the last map large, with names; the one before small on its left, with values only, and says
    where the names are; and the legend they share below that. What is left out is said above the
    map; if that has no room it is given back, to be said elsewhere.
    """
    first = len(figure.maps) > 1  # time runs from left to right
    side = Room(room.left if first else room.right - SIDE, room.top, SIDE, room.height)
    main = Room(
        room.left + (SIDE + 24 if first else 0), room.top, room.width - SIDE - 24, room.height
    )
    tall, unnamed = legend.height(figure.maps), set()
    last = len(figure.maps) - 1
    # Above the legend there is room for labels where no other map stands.
    free = Room(side.left, room.top, SIDE, room.height - tall - 2 * text.LINE * text.SMALLEST)
    above = max((_head(one)[1] for one in figure.names), default=26.0) + 4
    for area, number in zip((main, side), range(last, -1, -1), strict=False):
        title = figure.names[number] if figure.names else figure.title
        if figure.names:  # else it is that of the slide
            head = Room(area.left, area.top, *_head(title))
            page.write(shapes, head, title, size=20, bold=True)
        foot = (tall + 8 + text.LINE * text.SMALLEST) if area is side else 0
        name = words.term("slides.map", title=title)
        unnamed |= {
            *draw(
                shapes,
                Room(area.left, area.top + above, area.width, room.height - above - foot),
                figure.maps[number],
                name=name,
                alt=replace(figure.part(number), title=name).alt,
                names=area is main,
                beside=None if first else free,
            )
        }
    whole, named = figure.left_out(len(unnamed)), figure.names[-1] if figure.names else ""
    wide = main.width - _head(named)[0]
    said, _ = text.fit(whole, (wide, 24))
    if said:
        where = Room(main.right - wide, main.top + 2, wide, 24)
        page.write(shapes, where, said, colour=QUIET, align="right")
    if first:
        where = Room(side.left, room.bottom - tall - 30, SIDE, 24)
        page.write(shapes, where, words.term("slides.names_beside"), colour=QUIET)
    legend.draw(shapes, Room(side.left, room.bottom - tall, SIDE, tall), figure.maps)
    return [whole] if said != whole else []


def _head(title: str) -> tuple[float, float]:
    """Say how much room the title of a map takes; a long one is folded."""
    wide = min(SIDE, text.width(title, 20, bold=True) + 24)
    return wide, text.height(title, 20, wide, bold=True) + 2


def draw(
    shapes: Any,  # noqa: ANN401
    room: Room,
    panel: Map,
    *,
    name: str,
    alt: str,
    names: bool = True,
    beside: Room | None = None,
) -> list[str]:
    """
    Draw a map into a room: a group with one freeform a place, labels, and the banner.

    Parameters
    ----------
    shapes
        Of a slide.
    room
        Where, in points.
    panel
        What the map shows, of `classify.prepare`.
    name, alt
        What the map is called in the list of shapes, and what is heard of it.
    names
        Whether names are written beside the values; a small map beside another needs none.
    beside
        At the right of the room: what labels may take, and no outline.

    Returns
    -------
    left_out
        Codes of the places whose label found no room.
    """
    table = panel.table
    said = panel.bare() if len(table) > labels.FEW else table  # the letters of a hall are large
    # a small map has no room for more than its values
    written = panel.written(said if names else said.assign(label=""), marked=names)
    bad = labels.NAMELESS * (1 if names else 2)  # whose name is not to be written is not nameless
    for air in AIR if len(table) <= labels.FEW else AIR[:1]:
        frame, box, chosen = _lay(panel, written, room, air, beside=beside)
        if all(one.cost < bad for one in chosen.values()):
            break
    if "tile" in table and 2 * sum(bool(one.name) for one in chosen.values()) < len(chosen):
        # a few names among many values would say nothing, and hide how the squares are hatched
        chosen = {at: replace(one, name="") for at, one in chosen.items()}
    made = page.group(shapes, name=name, alt=alt)
    first = made.shapes._next_shape_id
    simple = _simple(table.geometry, frame.metres)
    for number, (code, row, shape) in enumerate(
        zip(table.index, table.itertuples(), simple, strict=True), start=first
    ):
        placed = _freeform(made.shapes, number, frame, shape)
        legend.fill(placed, row.state, row.colour)
        described = row.text or state_name(row.state)
        if row.text and row.state != KNOWN:
            described = f"{row.text} ({state_name(row.state)})"
        page.describe(placed, name=f"{row.name[:60]} ({code})", alt=f"{row.name}: {described}")
    for one in panel.overlays:
        _overlay(made.shapes, frame, one)
    if panel.simulated:
        page.banner(made.shapes, box)
    _labels(made.shapes, written, frame, chosen)
    if panel.simulated:
        page.lock(made)
    return [str(code) for at, code in enumerate(table.index) if at not in chosen]


def _lay(
    panel: Map, written: gpd.GeoDataFrame, room: Room, air: float, *, beside: Room | None = None
) -> tuple[Frame, Room, dict[int, labels.Spot]]:
    """Lay a map into a room with some air beside it: its frame, its banner, where labels stand."""
    import shapely

    bounds = written.total_bounds
    strip = Room(room.left, room.top, room.width, page.banner_size()[1])
    frame, limits = _frame(bounds, room, air)
    corner = _corner(written, frame) if panel.simulated else None
    if panel.simulated and corner is None:  # no corner is free, so the map makes room
        below = Room(room.left, strip.bottom + 6, room.width, room.height - strip.height - 6)
        frame, limits = _frame(bounds, below, air)
    blocked = [] if corner is None else [corner]
    if beside is not None:
        west, south, east, north = limits
        limits = (west, south, east + frame.metres * (beside.right - room.right), north)
        above = south + frame.metres * (room.bottom - beside.bottom)
        blocked.append(shapely.box(east, south, limits[2], above))
    chosen = {} if panel.labels == "none" else _choose(written, frame, limits, blocked)
    return frame, strip if corner is None else frame.room(corner.bounds), chosen


def _frame(bounds: NDArray[np.float64], room: Room, air: float) -> tuple[Frame, tuple[float, ...]]:
    """Fit the outlines into the middle of the room; its limits in metres, west to north."""
    west, south, east, north = bounds
    metres = max(
        (east - west) / ((1 - air) * room.width - 2 * MARGIN),
        (north - south) / ((1 - air) * room.height - 2 * MARGIN),
    )
    left = (west + east) / 2 - metres * room.width / 2
    top = (south + north) / 2 + metres * room.height / 2
    frame = Frame(left, top, room.left, room.top, metres)
    return frame, (left, top - metres * room.height, left + metres * room.width, top)


def _simple(outlines: gpd.GeoSeries, metres: float) -> list[shapely.Geometry]:
    """Leave out corners that nobody would see, the same ones for both sides of a border."""
    import shapely

    shapes = outlines.to_numpy()
    if shapely.coverage_is_valid(shapes):
        shapes = shapely.coverage_simplify(shapes, SIMPLIFY * metres)
    return list(shapely.orient_polygons(shapes))


def _freeform(shapes: Any, number: int, frame: Frame, shape: shapely.Geometry) -> Any:  # noqa: ANN401
    """
    Draw an outline with all its parts and holes; its corners are whole units of the deck.

    Its number is given: the builder of python-pptx looks for a free one among all shapes, each
    time, which takes hours for the communes of a country.
    """
    import shapely

    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    contours = [frame.points(shapely.get_coordinates(ring)) for ring in rings]
    return _path(shapes, number, contours)


def _overlay(shapes: Any, frame: Frame, overlay: Overlay) -> None:  # noqa: ANN401
    """Draw a layer over the places as one shape: a diamond for each point, or lines on white."""
    import shapely

    lines = overlay.parts
    if overlay.points:
        half = 5.0
        diamond = half * np.array([(0, -1), (1, 0), (0, 1), (-1, 0), (0, -1)])
        placed = [frame.points(one) + diamond for one in lines]
        made = _path(shapes, shapes._next_shape_id, placed)
        page.paint(made, overlay.colour, edge=WHITE, thick=0.75)
        page.describe(made, name=overlay.name, alt=overlay.text)
    else:
        simple = shapely.simplify(overlay.shape, SIMPLIFY * frame.metres)
        lines = [shapely.get_coordinates(one) for one in shapely.get_parts(simple)]
        placed = [frame.points(one) for one in lines]
        for colour, width in ((WHITE, 4.0), (overlay.colour, 1.75)):
            made = _path(shapes, shapes._next_shape_id, placed, closed=False)
            page.paint(made, colour, edge=colour, thick=width)
            made.fill.background()
            page.describe(made, name=overlay.name, alt=overlay.text)


def _path(
    shapes: Any,  # noqa: ANN401
    number: int,
    points: list[NDArray[np.float64]],
    *,
    closed: bool = True,
) -> Any:  # noqa: ANN401
    """Draw one shape of many contours, of so many points of the slide."""
    from pptx.oxml.shapes.autoshape import CT_Shape

    contours = [np.rint(POINT * one).astype(int) for one in points]
    corners = np.concatenate(contours)
    start, size = corners.min(axis=0), np.ptp(corners, axis=0)
    made = CT_Shape.new_freeform_sp(number, "", *start.tolist(), *size.tolist())
    path = made.add_path(*size.tolist())
    for contour in contours:
        first, *others = (contour - start).tolist()
        if closed:
            others.pop()
        path.add_moveTo(*first)
        for corner in others:
            path.add_lnTo(*corner)
        if closed:
            path.add_close()
    shapes._spTree.insert_element_before(made, "p:extLst")
    return shapes._shape_factory(made)


def _corner(table: gpd.GeoDataFrame, frame: Frame) -> shapely.Geometry | None:
    """Find a corner of the map where the banner hides no land to speak of."""
    wide, high = page.banner_size(lines=2)
    west, south, east, north = table.total_bounds
    corners = np.array([(west, north), (east, south), (east, north), (west, south)])
    outline = table.union_all()
    box = furniture.emptiest(outline, corners, (frame.metres * wide, frame.metres * high), [])
    return box if box.intersection(outline).area < HIDDEN * box.area else None


def _choose(
    table: gpd.GeoDataFrame,
    frame: Frame,
    limits: tuple[float, ...],
    blocked: list[shapely.Geometry],
) -> dict[int, labels.Spot]:
    """Choose where name and value of each place stand, beside it if need be."""
    from matplotlib.figure import Figure as Canvas

    ax = Canvas().add_axes((0, 0, 1, 1))
    ax.set(xlim=limits[::2], ylim=limits[1::2])
    writing = labels.Writing(ax, frame.metres, size=text.SMALLEST, width=text.width, strict=True)
    return labels.choose(writing, table, blocked=blocked)


def _labels(
    shapes: Any,  # noqa: ANN401
    table: gpd.GeoDataFrame,
    frame: Frame,
    chosen: dict[int, labels.Spot],
) -> None:
    """Write name and value of each place where they were found room."""
    for at, spot in sorted(chosen.items()):
        row = table.iloc[at]
        own = spot.inside >= labels.WITHIN
        colour = WHITE if own and is_dark(row["colour"]) else INK
        if spot.inside == 0:
            _leader(shapes, frame, spot, table.geometry.iloc[at], str(row["name"]))
        box = page.write(
            shapes,
            frame.room(spot.box),
            "\n".join(part for part in (spot.name, row["text"]) if part),
            colour=colour,
            align="center",
            middle=True,
            name=f"{row['name']}: {words.term('slides.label')}",
        )
        runs = box.text_frame.paragraphs[0].runs
        runs[-1].font.bold = bool(row["text"])


def _leader(
    shapes: Any,  # noqa: ANN401
    frame: Frame,
    spot: labels.Spot,
    shape: shapely.Geometry,
    name: str,
) -> None:
    import shapely

    path = labels.leader(spot, shape)
    if path.is_empty:
        return
    start, end = frame.points(shapely.get_coordinates(path)[[0, -1]])
    called = f"{name}: {words.term('slides.leader')}"
    for colour, width in ((WHITE, 3.5), (INK, 1.25)):  # to be seen on dark land and on white
        page.line(shapes, tuple(start), tuple(end), colour=colour, width=width, name=called)

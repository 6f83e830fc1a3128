"""Draw places as SVG: outlines as short paths of whole numbers, centres as circles."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from .. import places, words
from ..figures.classify import in_proportion
from ..figures.legend import keyed, round_down
from ..render import labels, typeset
from ..render.static import furniture

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    import shapely

# Across the map: on A3 one step is a quarter of a millimetre, and about 30 m of Hậu Giang.
WIDE, MARGIN = 1600, 16
# What the scale bar and its words take, on a phone too, where letters are large beside the map.
BAR = (450, 100)


@dataclass(frozen=True)
class Paper:
    """
    How metres become steps of the drawing: its west and north, metres a step, its height.

    `land` is how many square steps are land; `corners` are from the emptiest to the fullest.
    """

    west: float
    north: float
    metres: float
    height: int
    land: float
    corners: tuple[str, ...]

    def at(self, x: float, y: float) -> tuple[int, int]:
        """Say where a point in metres is drawn."""
        across, down = (x - self.west) / self.metres, (self.north - y) / self.metres
        return round(across) + MARGIN, round(down) + MARGIN


def paper(areas: gpd.GeoDataFrame) -> Paper:
    """Fit the outlines into the drawing."""
    import shapely

    west, south, east, north = (float(edge) for edge in areas.total_bounds)
    metres = (east - west) / (WIDE - 2 * MARGIN)
    height = round((north - south) / metres) + 2 * MARGIN
    land = areas.union_all()
    across, up = 0.3 * (east - west), 0.2 * (north - south)
    boxes = {
        "nw": shapely.box(west, north - up, west + across, north),
        "ne": shapely.box(east - across, north - up, east, north),
        "se": shapely.box(east - across, south, east, south + up),
        "sw": shapely.box(west, south, west + across, south + up),
    }
    corners = tuple(sorted(boxes, key=lambda corner: land.intersection(boxes[corner]).area))
    # The scale bar stands where nothing lies: else below all land, on paper that is added.
    wide, high = BAR[0] * metres, BAR[1] * metres
    bar = boxes[corners[1]].boundary.bounds
    left = bar[0] if corners[1][1] == "w" else bar[2] - wide
    low = bar[1] if corners[1][0] == "s" else bar[3] - high
    if land.intersects(shapely.box(left, low, left + wide, low + high)):
        side = next(corner for corner in corners[1:] if corner[0] == "s")
        corners = (corners[0], side, *(one for one in corners[1:] if one != side))
        height += BAR[1]
    return Paper(west, north, metres, height, land.area / metres**2, corners)


def path(shape: shapely.Geometry, on: Paper) -> str:
    """
    Write an outline as an SVG path: relative steps, points that fall together once.

    Places that share a border are rounded to the same points, so no gap opens between them.
    """
    import shapely

    rings = [
        ring
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]
    return "".join(_ring(shapely.get_coordinates(ring), on) for ring in rings)


def _ring(metres: np.ndarray, on: Paper) -> str:
    steps = np.rint(
        np.column_stack([metres[:, 0] - on.west, on.north - metres[:, 1]]) / on.metres
    ).astype(int)
    moves = np.diff(steps, axis=0)
    moves = moves[moves.any(axis=1)][:-1]  # the last leads back to the start, and z does too
    if len(moves) < 2:  # smaller than a step
        return ""
    start = steps[0] + MARGIN
    # A minus parts two numbers as well as a blank does.
    line = " ".join(f"{x} {y}" for x, y in moves.tolist()).replace(" -", "-")
    return f"M{start[0]} {start[1]}l{line}z"


def shapes(
    table: gpd.GeoDataFrame, on: Paper, *, fills: Mapping[str, str] | None = None
) -> list[str]:
    """
    Write each place of a level as an SVG element with its code; small circles come last.

    Parameters
    ----------
    table
        Outlines or points by code, in metres; points with their `population`.
    on
        The paper.
    fills
        What fills each place, by its code; none: the script fills them.
    """
    given = fills or {}

    def known(code: object) -> str:
        fill = f' fill="{given[str(code)]}"' if str(code) in given else ""
        return f'data-code="{escape(str(code))}"{fill}'

    if (table.geom_type == "Point").all():
        radius = radii(table["population"], on).sort_values(ascending=False, kind="stable")
        where = {code: on.at(shape.x, shape.y) for code, shape in table.geometry.items()}
        return [
            f'<circle {known(code)} cx="{where[code][0]}" cy="{where[code][1]}" r="{size:.0f}"/>'
            for code, size in radius.items()
        ]
    return [
        f'<path {known(code)} d="{path(shape, on)}"/>' for code, shape in table.geometry.items()
    ]


def radii(population: pd.Series, on: Paper) -> pd.Series:
    """Give circles an area in proportion to the residents, in steps, as the static map does."""
    return in_proportion(population, on.land).clip(lower=3)


def sizes(table: gpd.GeoDataFrame, on: Paper) -> list[tuple[str, float]]:
    """Say for circles of round sizes how many people they are, and how large; none of outlines."""
    if not (table.geom_type == "Point").all():
        return []
    of = keyed(table["population"], radii(table["population"], on))
    return [(words.number(people), round(radius, 1)) for people, radius in of]


def middles(table: gpd.GeoDataFrame, on: Paper) -> dict[str, tuple[int, int]]:
    """Say where the label of each place stands: where the place has most room."""
    return {
        str(code): on.at(shape.x, shape.y)
        if shape.geom_type == "Point"
        else on.at(*labels.heart(shape))
        for code, shape in table.geometry.items()
    }


def folded(label: str) -> str:
    """Fold a label into two even lines, where that makes it narrower."""
    return typeset.foldings(label, typeset.BODY, most=2)[-1]


def scale(on: Paper) -> str:
    """
    Draw the scale bar and the arrow to the north, in the corner after the banner's; neither beside
    squares that only lie near their places.
    """
    if places.as_tiles():
        return ""
    corner = on.corners[1]
    side = corner[1]
    metres = round_down(WIDE * on.metres / 5)
    long = round(metres / on.metres)
    x = MARGIN if side == "w" else WIDE - MARGIN - long
    edge = MARGIN if side == "w" else WIDE - MARGIN  # a text grows away from it, never over it
    y = 120 if "n" in corner else on.height - MARGIN
    texts = []
    for language in words.LANGUAGES:
        with words.use(language):
            far = escape(furniture.distance(metres))
            up = escape(words.term("maps.north"))
        texts.append(f'<text lang="{language}" x="{edge}" y="{y - 16}">{far}, {up} ▲</text>')
    return f'<g class="scale {side}"><path d="M{x} {y - 12}v12h{long}v-12"/>{"".join(texts)}</g>'


def between(areas: dict[str, gpd.GeoDataFrame], on: Paper) -> list[tuple[int, int]]:
    """Say where each district is named below communes: where no circle covers it."""
    import shapely

    if "commune" not in areas:
        return []
    districts, communes = areas["district"], areas["commune"]
    if not (communes.geom_type == "Point").all():
        return list(middles(districts, on).values())
    radius = radii(communes["population"], on) * on.metres
    discs = shapely.union_all(communes.buffer(radius).to_numpy())
    free = districts.set_geometry(districts.geometry.difference(discs))
    return list(middles(free, on).values())

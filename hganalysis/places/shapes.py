"""Draw the places: outlines, or squares in their place, centres, and who is next to whom."""

from __future__ import annotations

import io
import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import sources, words
from .lists import Level, NotGivenError, communes, districts, levels, of_level, province

if TYPE_CHECKING:
    import geopandas as gpd

MOST = 2_000
"""Places: squares of more could not be told apart, and take a matrix of n times n to lay out."""
SHARED = 0.5
"""From this part of the places on that lie where another does, points are those of districts."""
GAP = 0.04
"""Of the side of a square, left free between two."""


def tiles(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Give each place a square of its own, as near as can be to where it lies.

    The squares are cells of one grid, with as much room for each as the places have together. The
    sum of the squared distances between places and their cells is the least there is, so that
    neighbours mostly stay neighbours, whatever the order of the rows.

    Parameters
    ----------
    points
        Points in metres, one a place.

    Returns
    -------
    tiles
        The same frame with squares in place of the points, and `tile` (true).

    Raises
    ------
    ValueError
        If there are more than 2,000 places.

    References
    ----------
    Meulemans, W., Dykes, J., Slingsby, A., Turkay, C., Wood, J. (2017). "Small Multiples with
    Gaps." IEEE Transactions on Visualization and Computer Graphics 23 (1), 381-390.
    """
    import shapely
    from scipy.optimize import linear_sum_assignment

    if len(points) > MOST:
        msg = f"{len(points)} places are too many for squares (at most {MOST}): draw a part."
        raise ValueError(msg)
    at = shapely.get_coordinates(shapely.centroid(points.geometry.to_numpy()))
    side = _side(at)
    low, high = at.min(axis=0), at.max(axis=0)
    # One cell more at each side; a grid of fewer cells than places grows until there are enough.
    shape = np.ceil((high - low) / side).astype(int) + 2
    while shape.prod() < len(at):
        shape += 1
    start = (low + high - shape * side) / 2
    across, up = (np.arange(number) + 0.5 for number in shape)
    cells = start + side * np.stack(np.meshgrid(across, up, indexing="ij"), axis=-1).reshape(-1, 2)
    apart = ((at[:, None] - cells[None]) ** 2).sum(axis=2)
    rows, taken = linear_sum_assignment(apart)
    middle = cells[taken[np.argsort(rows)]]
    half = side * (1 - GAP) / 2
    squares = shapely.box(*(middle - half).T, *(middle + half).T)
    return points.set_geometry(list(squares), crs=points.crs).assign(tile=True)


def _side(at: np.ndarray) -> float:
    """Choose the side of a square: a grid of places keeps that of its cells."""
    import shapely

    others, hull = len(at) - 1, shapely.convex_hull(shapely.multipoints(at))
    if not hull.length:
        return 1000.0
    # Around the hull lies half a square: (others + 1) side^2 = area + half the way around x side
    # + side^2. Of places in a line the way around is there and back.
    half = hull.length / 2 if hull.area else hull.length
    return float(half + math.sqrt(half**2 + 4 * others * hull.area)) / (2 * others)


OUTLINES = {
    "district": "places/districts_generalised.geojson",
    "commune": "places/communes.geojson",  # none is shipped; one's own may be there
}


def has_areas(level: Level) -> bool:
    """Say whether there are outlines of a level among the data in use."""
    return level in OUTLINES and sources.has(OUTLINES[level])


def areas(level: Level = "district") -> gpd.GeoDataFrame:
    """
    Draw the outlines of places: those of the districts, generalised to about 250 m, or your own.

    Parameters
    ----------
    level
        `"district"`; `"commune"` too where your own data have outlines of them. None are shipped,
        only their centres: see `points`. Outlines of one's own are read by `read_areas`.

    Returns
    -------
    areas
        The columns of `districts()` or `communes()` and `geometry`, in the province's projection
        (metres).

    Raises
    ------
    NotGivenError
        If there are no outlines of that level, or there is one place alone. Districts without
        outlines are squares near their centres (see `as_tiles`), where these are known.
    """
    import geopandas as gpd

    crs = province()["crs"]
    if not levels():
        raise NotGivenError(words.term("places.whole_alone"))
    if not has_areas(level):
        if level != "district" or not as_tiles():
            said = f"there are no outlines of level {level!r}; places.points() has their centres."
            raise NotGivenError(no_outlines() if level == "district" else said)
        at = _middles()
        middles = gpd.points_from_xy(at["x"], at["y"], crs=crs)
        return tiles(gpd.GeoDataFrame(districts(), geometry=middles))
    content = sources.path(OUTLINES[level]).read_bytes()
    found = of_level(level).join(_projected(content, crs), validate="one_to_one")
    return gpd.GeoDataFrame(found, geometry="geometry", crs=crs)


@lru_cache(maxsize=2)
def _projected(content: bytes, crs: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    return gpd.read_file(io.BytesIO(content)).set_index("code")[["geometry"]].to_crs(crs)


def no_outlines() -> str:
    """Say why there is no map."""
    return words.term("places.no_outlines", most=words.number(MOST))


def as_tiles() -> bool:
    """
    Say whether places are drawn as equal squares, each near where it lies: there are no outlines,
    every place has a point of its own, and squares of so many can be told apart.
    """
    if not levels() or has_areas("district"):  # one place alone is not drawn
        return False
    at = _middles().round(3)
    return len(at) <= MOST and bool(at.notna().all(axis=None)) and not at.duplicated().any()


def _middles() -> pd.DataFrame:
    """Find the centre of each district, `x` and `y` in metres: the middle of its residents."""
    listed = communes()
    weights, at = listed["population"].astype(float), _in_metres(listed)
    sums = pd.DataFrame({"x": at.x * weights, "y": at.y * weights, "people": weights})
    home = listed["district_code"]
    # one without a point, or without residents, has no middle
    found = sums.groupby(home).sum().mask(sums.isna().any(axis=1).groupby(home).any())
    return found[["x", "y"]].div(found["people"], axis=0).reindex(districts().index)


def _in_metres(at: pd.DataFrame) -> gpd.GeoSeries:
    import geopandas as gpd

    return gpd.GeoSeries.from_xy(at["lon"], at["lat"], crs="EPSG:4326").to_crs(province()["crs"])


def points() -> gpd.GeoDataFrame:
    """
    Place the centres of the communes: the columns of `communes()` and `geometry`, in metres.

    Where a list of your own has no coordinates, a point inside the outline serves.

    Raises
    ------
    ValueError
        If communes have neither coordinates of their own nor an outline, with each of them.
    """
    import geopandas as gpd

    at = centres()
    if len(lost := at.index[at.isna().any(axis=1)]):
        msg = (
            f"{len(lost)} places have neither coordinates of their own nor an outline:\n"
            f"{', '.join(lost)}.\n"
            "Fill lon and lat in your list of places, or give their outlines."
        )
        raise ValueError(msg)
    return gpd.GeoDataFrame(communes(), geometry=_in_metres(at))


def centres() -> pd.DataFrame:
    """
    Say where communes lie: index `code`, columns `lon` and `lat` (degrees), NaN where not known.

    Where a list of your own has no coordinates, a point inside the outline serves.
    """
    table = communes()[["lon", "lat"]]
    lost = table.isna().any(axis=1)
    if not lost.any() or not has_areas("commune"):
        return table
    inside = areas("commune").representative_point().to_crs("EPSG:4326")
    return table.mask(lost, pd.DataFrame({"lon": inside.x, "lat": inside.y}, inside.index))


def placed() -> bool:
    """
    Say whether it is known where the communes lie, and how large the circle of each would be.

    Where a list has one point for all of a district, circles would lie upon each other, and
    neighbours be drawn by lot.
    """
    at = centres()
    known = at.notna().all(axis=None) and communes()["population"].notna().all()
    return has_areas("commune") or bool(known and at.duplicated().mean() < SHARED)


def neighbours(places: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """
    Pair the places that touch.

    Parameters
    ----------
    places
        Outlines, or points: these get Thiessen cells within the province first. Such cells say
        who is next to whom; they are no boundaries and are never drawn as if they were. None: the
        communes.

    Returns
    -------
    pairs
        Columns `code`, `neighbour`; each pair stands in both directions; `x_km` and `y_km`, where
        the point of `code` lies, or the middle of its outline, in the projection of `places`. No
        row where nobody knows where the communes lie.
    """
    if places is None:
        if not placed() or len(communes()) < 2:
            return pd.DataFrame(columns=["code", "neighbour", "x_km", "y_km"])
        places = areas("commune") if has_areas("commune") else points()
    cells = places
    if (places.geom_type == "Point").all():
        cells = places.set_geometry(_cells(places))
    pairs = cells[[cells.geometry.name]].sjoin(cells[[cells.geometry.name]], predicate="touches")
    left, right = pairs.index, pairs.iloc[:, -1].to_numpy()
    # Cells that meet in a corner only are no neighbours.
    shared = cells.geometry.loc[left].intersection(cells.geometry.loc[right], align=False).length
    table = pd.DataFrame({"code": left, "neighbour": right, "metres": shared.to_numpy()})
    touching = table[table["metres"] > 1].drop(columns="metres")
    at = places.geometry.representative_point().get_coordinates() / 1000
    touching[["x_km", "y_km"]] = at.loc[touching["code"]].to_numpy().round(3)
    return touching.sort_values(["code", "neighbour"], ignore_index=True)


def _cells(points: gpd.GeoDataFrame) -> gpd.GeoSeries:
    import geopandas as gpd
    import shapely

    outline = areas().union_all()
    if as_tiles():
        outline = outline.convex_hull
    cells = gpd.GeoSeries(
        shapely.voronoi_polygons(points.union_all(), extend_to=outline, ordered=False).geoms,
        crs=points.crs,
    )
    inside = gpd.GeoDataFrame(geometry=cells)
    owner = points[[points.geometry.name]].sjoin(inside, predicate="within")
    return cells.loc[owner["index_right"]].set_axis(owner.index).intersection(outline)

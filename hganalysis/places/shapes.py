"""Give the shapes of places: outlines, or squares instead, centres, and pairs of neighbours."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import words
from ..study import Study, current, once_each
from .lists import (
    Level,
    NotGivenError,
    compared,
    describe_province,
    levels,
    list_compared,
    list_units,
    middle_of_residents,
    of_level,
    province,
    units,
    weights,
)

if TYPE_CHECKING:
    import geopandas as gpd

MAX_TILES = 2_000
"""Places: nobody could see more squares, and n of them take a matrix of n times n to lay out."""
MAX_SHARED = 0.5
"""If this share of the places lie on the point of another, points are those of districts."""
GAP = 0.04
"""Between two squares, as a share of their side."""
# If this share of the places have a point or an outline, there is a map; it names the others.
_MIN_PLACED = 0.5
# Of the squares, where all places lie on one point, in metres.
_DEFAULT_SIDE = 1000.0
# Cells that share less of a border, in metres, meet in a corner only.
_MIN_BORDER = 1


def tiles(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Give each place a square of its own, as near as possible to where it lies.

    The squares are cells of one grid, which has the area of all places together. The sum of the
    squared distances between places and their cells is as small as possible. So neighbours mostly
    stay neighbours, and the order of the rows does not matter.

    Parameters
    ----------
    points
        Points in metres, one for each place.

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

    if len(points) > MAX_TILES:
        msg = words.term("places_errors.many_squares", number=len(points), most=MAX_TILES)
        raise ValueError(msg)
    centres = shapely.get_coordinates(shapely.centroid(points.geometry.to_numpy()))
    side = _side(centres)
    cells = _grid(centres, side)
    squared_distances = ((centres[:, None] - cells[None]) ** 2).sum(axis=2)
    rows, cell_numbers = linear_sum_assignment(squared_distances)
    middles = cells[cell_numbers[np.argsort(rows)]]
    half = side * (1 - GAP) / 2
    squares = shapely.box(*(middles - half).T, *(middles + half).T)
    return points.set_geometry(list(squares), crs=points.crs).assign(tile=True)


def _grid(centres: np.ndarray, side: float) -> np.ndarray:
    """Lay the middles of cells around all centres, with one cell more at each side."""
    low, high = centres.min(axis=0), centres.max(axis=0)
    shape = np.ceil((high - low) / side).astype(int) + 2
    # a grid of fewer cells than places grows until there are enough
    while shape.prod() < len(centres):
        shape += 1
    start = (low + high - shape * side) / 2
    cells: np.ndarray = start + side * (np.argwhere(np.ones(shape)) + 0.5)
    return cells


def _side(centres: np.ndarray) -> float:
    """Choose the side of a square: a grid of places keeps that of its cells."""
    import shapely

    hull = shapely.convex_hull(shapely.multipoints(centres))
    if not hull.length:
        return _DEFAULT_SIDE
    # Around the hull lies half a square: (n + 1) side^2 = area + half the way around x side
    # + side^2, where n is one less than the places. In a line the way goes there and back.
    n = len(centres) - 1
    half = hull.length / 2 if hull.area else hull.length
    return float(half + math.sqrt(half**2 + 4 * n * hull.area)) / (2 * n)


def is_enough_for_map(n_placed: int, n_places: int) -> bool:
    """Say whether a map is drawn of the places of which somebody knows where they lie."""
    return n_placed >= _MIN_PLACED * n_places


OUTLINES = {
    "district": "places/districts_generalised.geojson",
    "commune": "places/communes.geojson",  # none is shipped; your own data may have it
}


def has_areas(level: Level) -> bool:
    """Say whether there are outlines of a level among the data in use."""
    return level in OUTLINES and OUTLINES[level] in current().cards


def are_generalised() -> bool:
    """
    Say whether the outlines in use leave out what is smaller than their maps show.

    Examples
    --------
    >>> are_generalised()
    True
    """
    return bool(current().says("outlines", "generalised"))


def may_be_mapped() -> bool:
    """Say whether a map can be drawn: of outlines, or of squares near where places lie."""
    return bool(levels()) and (has_areas("district") or is_tiled())


def areas(level: Level = "district") -> gpd.GeoDataFrame:
    """
    Give the outlines of places: those of the districts, generalised to about 250 m, or your own.

    Parameters
    ----------
    level
        `"district"`; also `"commune"` if your own data have outlines of them, which `read_areas`
        reads. No outlines of communes are shipped, only their centres: see `points`.

    Returns
    -------
    areas
        The columns of `compared()` or `units()` and `geometry`, in the province's projection
        (metres). A place that nobody can draw is left out.

    Raises
    ------
    NotGivenError
        If there are no outlines of that level, or there is only one place. Districts without
        outlines are squares near their centres (see `is_tiled`), if these are known.

    Examples
    --------
    >>> areas().geometry.geom_type.nunique(), areas().crs.to_epsg()
    (1, 5897)
    >>> areas()["name_vi"].head(2).tolist()
    ['Thành phố Vị Thanh', 'Thành phố Ngã Bảy']
    """
    import geopandas as gpd

    crs = province()["crs"]
    if not levels():
        raise NotGivenError(words.term("places.whole_alone"))
    if not has_areas(level):
        if level != "district":
            msg = words.term("places_errors.no_outlines", level=level)
            raise NotGivenError(msg)
        if not is_tiled():
            raise NotGivenError(no_outlines())
        metres = _district_centres(current()).dropna()
        middles = gpd.points_from_xy(metres["x"], metres["y"], crs=crs)
        return tiles(gpd.GeoDataFrame(compared().loc[metres.index], geometry=middles))
    outlines = _read_outlines(current(), OUTLINES[level], crs)
    table = of_level(level).join(outlines, how="inner", validate="one_to_one")
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs)


@once_each
def _read_outlines(study: Study, file: str, crs: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    content = study.path(file).read_bytes()
    shapes = gpd.read_file(io.BytesIO(content)).set_index("code")
    return shapes[["geometry"]].to_crs(crs)


def no_outlines() -> str:
    """Say why there is no map."""
    return words.term("places.no_outlines", most=words.number(MAX_TILES))


def is_tiled() -> bool:
    """
    Say whether places are drawn as equal squares, each near where it lies.

    They are if there are no outlines, at least half of the places have a point, which no other
    place has, and there are not too many.
    """
    if not levels() or has_areas("district"):  # one place alone is not drawn
        return False
    middles = _district_centres(current()).round(3)
    known = middles.dropna()
    is_placed = is_enough_for_map(len(known), len(middles))
    return len(middles) <= MAX_TILES and is_placed and not known.duplicated().any()


@once_each  # each picture of a study without outlines asks for them
def _district_centres(study: Study) -> pd.DataFrame:
    """Find the middle of the residents of each district, `x` and `y` in metres."""
    # a part without a point, or without residents, is left out
    table = list_units(study)
    table = table.assign(weight=weights(table)).dropna(subset=["lon", "lat", "weight"])
    crs = describe_province(study)["crs"]
    points = _in_metres(table, crs).get_coordinates()
    middles = middle_of_residents(points, table["weight"], table["compared_code"])
    return middles.reindex(list_compared(study).index)


def _in_metres(degrees: pd.DataFrame, crs: str) -> gpd.GeoSeries:
    import geopandas as gpd

    points = gpd.GeoSeries.from_xy(degrees["lon"], degrees["lat"], crs="EPSG:4326")
    return points.to_crs(crs)


def points() -> gpd.GeoDataFrame:
    """
    Give the centres of the communes: the columns of `units()` and `geometry`, in metres.

    If your own list has no coordinates, the centre is a point inside the outline. A commune that
    has neither is left out.

    Raises
    ------
    ValueError
        If most communes have neither coordinates nor an outline. The message lists them.

    Examples
    --------
    >>> points().geometry.geom_type.unique().tolist()
    ['Point']
    """
    import geopandas as gpd

    degrees = centres()
    is_missing = degrees.isna().any(axis=1)
    missing = degrees.index[is_missing]
    if not is_enough_for_map(len(degrees) - len(missing), len(degrees)):
        msg = words.term("places_errors.nowhere", number=len(missing), names=", ".join(missing))
        raise ValueError(msg)
    middles = _in_metres(degrees[~is_missing], province()["crs"])
    return gpd.GeoDataFrame(units()[~is_missing], geometry=middles)


def centres() -> pd.DataFrame:
    """
    Say where communes lie: index `code`, columns `lon` and `lat` (degrees), NaN if not known.

    If your own list has no coordinates, the centre is a point inside the outline.
    """
    table = units()[["lon", "lat"]]
    is_missing = table.isna().any(axis=1)
    if not is_missing.any() or not has_areas("commune"):
        return table
    points = areas("commune").representative_point().to_crs("EPSG:4326").get_coordinates()
    return table.mask(is_missing, points.set_axis(table.columns, axis="columns"))


def is_located() -> bool:
    """
    Say whether it is known where the communes lie, and how large the circle of each would be.

    A list may have one point for all communes of a district. Then circles would cover each other,
    and neighbours would be a matter of chance.
    """
    if has_areas("commune"):
        return True
    table = units()[["lon", "lat"]].assign(weight=weights(units()))
    known = table.dropna()
    is_placed = is_enough_for_map(len(known), len(table))
    is_shared = known.duplicated(["lon", "lat"])
    return is_placed and bool(is_shared.mean() < MAX_SHARED)


def neighbours(places: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """
    Pair the places that touch.

    Parameters
    ----------
    places
        Outlines or points; by default the communes. Points get Thiessen cells within the
        province first. These cells say which places are next to each other. They are no
        boundaries and are never drawn.

    Returns
    -------
    pairs
        One row for each direction of a pair; empty if it is unknown where any commune lies.

        - `code`, `neighbour`;
        - `x_km`, `y_km`: the point of `code`, or the middle of its outline, in the projection of
          `places`.

    Examples
    --------
    >>> pairs = neighbours(areas())
    >>> pairs.loc[pairs["code"] == "930", "neighbour"].tolist()
    ['935', '936']
    """
    if places is None:
        is_unknown = not is_located() or bool(centres().isna().any(axis=None))
        if is_unknown or len(units()) < 2:
            return pd.DataFrame(columns=["code", "neighbour", "x_km", "y_km"])
        places = areas("commune") if has_areas("commune") else points()
    shapes = places.geometry
    if (shapes.geom_type == "Point").all():
        shapes = _thiessen_cells(shapes)
    cells = shapes.to_frame("geometry")
    pairs = cells.sjoin(cells, predicate="touches")
    # cells that meet in a corner only are not neighbours
    first, second = shapes.loc[pairs.index], shapes.loc[pairs.iloc[:, -1]]
    borders: np.ndarray = first.intersection(second, align=False).length.to_numpy()
    is_beside = borders > _MIN_BORDER
    codes, neighbour_codes = first.index[is_beside], second.index[is_beside]

    middles = places.geometry.representative_point().get_coordinates() / 1000
    x_km, y_km = middles.loc[codes].to_numpy().round(3).T
    table = {"code": codes, "neighbour": neighbour_codes, "x_km": x_km, "y_km": y_km}
    return pd.DataFrame(table).sort_values(["code", "neighbour"], ignore_index=True)


def _thiessen_cells(points: gpd.GeoSeries) -> gpd.GeoSeries:
    """Divide the province into cells, each of what is nearest to one point."""
    outline = areas().union_all()
    if is_tiled():
        outline = outline.convex_hull
    cells = points.voronoi_polygons(extend_to=outline).to_frame("geometry")
    # the place of each cell is the one whose point lies in it
    owner = points.to_frame("geometry").sjoin(cells, predicate="within")
    return cells.geometry.loc[owner["index_right"]].set_axis(owner.index).intersection(outline)

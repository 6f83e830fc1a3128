"""Squares in place of outlines: laws over invented points, and the places of the shipped list."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from hganalysis import places
from hganalysis.places.shapes import GAP, tiles


def points(at):
    return gpd.GeoDataFrame(
        {"name": [f"place {row}" for row in range(len(at))]},
        geometry=gpd.points_from_xy(*np.asarray(at, dtype=float).T),
        crs="EPSG:32648",
    )


def cells(made):
    """Number the rows and columns of the grid."""
    bounds = made.geometry.bounds
    side = (bounds["maxx"] - bounds["minx"]).iloc[0] / (1 - GAP)
    return ((bounds[["minx", "miny"]] - bounds[["minx", "miny"]].min()) / side).round().astype(int)


@pytest.mark.parametrize("seed", range(8))
def test_each_place_has_a_square_of_its_own_and_all_are_alike(seed):
    rng = np.random.default_rng(seed)
    number = [1, 2, 3, 12, 47, 75, 165, 345][seed]
    spread = [1, 1, 1, 50_000, 500_000, 30_000, 900_000, 500_000][seed]
    made = tiles(points(rng.normal(size=(number, 2)) * spread))
    assert not cells(made).duplicated().any()
    np.testing.assert_allclose(made.area, made.area.iloc[0])
    assert shapely.union_all(made.geometry.to_numpy()).area == pytest.approx(made.area.sum())
    assert made["tile"].all()


def test_a_grid_stays_as_it_is():
    at = [(1000 * x, 1000 * y) for x in range(9) for y in range(6)]
    found = cells(tiles(points(at)))
    expected = np.array(at) // 1000
    for axis, name in enumerate(("minx", "miny")):
        assert np.corrcoef(found[name], expected[:, axis])[0, 1] == pytest.approx(1)


def test_the_order_of_the_rows_says_nothing():
    own = points(np.random.default_rng(3).uniform(size=(40, 2)) * 1e5)
    one, two = tiles(own), tiles(own.sample(frac=1, random_state=2)).sort_index()
    assert one.geometry.geom_equals_exact(two.geometry, 1e-6).all()


def test_neighbours_mostly_stay_neighbours():
    communes = places.points()
    made = tiles(communes)
    at = communes.geometry
    east = np.corrcoef(at.x.rank(), made.centroid.x.rank())[0, 1]
    north = np.corrcoef(at.y.rank(), made.centroid.y.rank())[0, 1]
    assert min(east, north) > 0.97
    grid = cells(made).to_numpy()
    kept = []
    for row in range(len(made)):
        near = np.argsort(at.distance(at.iloc[row]).to_numpy())[1:4]
        kept += [np.abs(grid[row] - grid[other]).max() <= 2 for other in near]
    assert np.mean(kept) > 0.9


def test_places_in_a_line_have_a_square_each():
    assert len(cells(tiles(points([(0, 1000 * at) for at in range(20)])))) == 20


def test_what_cannot_be_laid_out_is_refused():
    with pytest.raises(ValueError, match="2 places lie where another does: 0, 2"):
        tiles(points([(0, 0), (1, 1), (0, 0)]))
    gone = points([(0, 0), (5, 5)])
    gone.loc[1, "geometry"] = None
    with pytest.raises(ValueError, match="1 places have no point: 1"):
        tiles(gone)
    with pytest.raises(ValueError, match="2001 places are too many"):
        tiles(points(np.random.default_rng(1).uniform(size=(2001, 2))))

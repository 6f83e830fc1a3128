"""Hold the places to their anchors: the census, the structures of 2020 and 2025, their squares."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hganalysis import places, sources
from hganalysis.places.shapes import GAP, tiles


@pytest.fixture(scope="module")
def communes():
    return places.communes()


@pytest.fixture(scope="module")
def districts():
    return places.districts()


@pytest.fixture(scope="module")
def areas():
    return places.areas()


def test_eight_districts_and_75_communes(communes, districts):
    assert districts.index.tolist() == [str(code) for code in range(930, 938)]
    assert len(communes) == 75
    assert communes.index.is_unique
    assert communes.index.str.fullmatch(r"31[34]\d\d").all()


def test_thirteen_wards_eleven_townships_51_rural_communes(communes):
    kinds = communes.groupby("type_vi")["urban"].agg(["size", "min", "max"])
    assert kinds.T.to_dict("list") == {
        "Phường": [13, 1, 1],
        "Thị trấn": [11, 1, 1],
        "Xã": [51, 0, 0],
    }


def test_communes_add_up_to_districts_and_these_to_the_census(communes, districts):
    sums = communes.groupby("district_code")[["population", "households"]].sum()
    pd.testing.assert_frame_equal(
        sums, districts[["population", "households"]], check_names=False, check_index_type=False
    )
    assert sums.sum().tolist() == [733_017, 201_970]
    counts = communes.groupby("district_code").size()
    assert counts.tolist() == districts["communes"].tolist() == [9, 6, 10, 8, 15, 10, 8, 9]


def test_urban_status_differs_from_the_census_in_931_933_936(communes, districts):
    urban = communes[communes["urban"] == 1].groupby("district_code")["population"].sum()
    differs = urban - districts["urban_population"]
    assert differs[differs != 0].to_dict() == {"931": 7_903, "933": 1_157, "936": 10_593}


def by_age():
    file = sources.path("census/population_by_age_2019.csv")
    return pd.read_csv(file, dtype={"unit_code": "str"}).rename(columns={"unit_code": "code"})


def test_ages_add_up_to_the_residents(districts):
    ages = by_age()
    assert len(ages) == 162
    assert (ages["urban"] + ages["rural"] == ages["total"]).all()
    totals = ages.groupby("code")[["total", "urban"]].sum()
    assert totals.loc["93"].tolist() == [733_017, 186_098]
    assert totals["total"].drop("93").tolist() == districts["population"].tolist()
    assert totals["urban"].drop("93").tolist() == districts["urban_population"].tolist()


def test_labels_tell_all_places_of_a_level_apart(communes, districts):
    for table in (communes, districts):
        for column in ("name_vi", "name_en", "label_vi", "label_en"):
            assert table[column].is_unique, column
    labels = districts["label_vi"].str.replace("\N{NO-BREAK SPACE}", " ")
    assert labels[["936", "937"]].tolist() == ["H. Long Mỹ", "TX. Long Mỹ"]
    assert communes.loc[["31459", "31475"], "name_vi"].tolist() == [
        "Xã Vĩnh Tường",
        "Phường Vĩnh Tường",
    ]


def test_every_commune_has_one_place_in_the_structure_of_2025(communes):
    crosswalk = places.crosswalk()
    assert crosswalk.index.is_unique
    assert set(crosswalk.index) == set(communes.index)
    new = crosswalk.drop_duplicates("code_2025")
    assert len(new) == 28
    assert new["code_2025"].isin(communes.index).all()  # all codes were used again
    assert crosswalk.groupby("code_2025")["name_2025"].nunique().eq(1).all()
    # a code that lives on is part of the commune that bears it now
    assert (crosswalk.loc[new["code_2025"], "code_2025"] == new["code_2025"].to_numpy()).all()
    same = new["name_2025"].to_numpy() == communes.loc[new["code_2025"], "name_vi"].to_numpy()
    assert same.sum() == 10
    assert crosswalk.groupby("code_2025").size().min() == 2  # ten names, all on a larger territory


def test_outlines_are_a_valid_coverage_of_399_points(areas):
    assert areas.crs == "EPSG:5897"
    assert shapely.coverage_is_valid(areas.geometry.to_numpy())  # no gaps, no overlaps
    assert len(areas.union_all().interiors) == 0
    degrees = areas.to_crs("EPSG:4326")
    corners = shapely.get_coordinates(degrees.geometry.to_numpy()).round(3)
    assert len({tuple(corner) for corner in corners}) == 399


def test_outlines_have_about_the_published_areas(areas):
    measured = areas.area / 1e6
    off = (measured / areas["area_km2"] - 1).abs().dropna()
    assert len(off) == 7
    assert off.max() < 0.01


def test_every_commune_point_lies_in_its_own_district(areas):
    points = places.points()
    assert points.crs == areas.crs
    found = points.sjoin(areas[["geometry"]], predicate="within")
    assert len(found) == 75
    assert (found["code_right"] == found["district_code"]).all()


def test_neighbours_stand_in_both_directions(areas):
    pairs = places.neighbours(areas)
    both = set(pairs[["code", "neighbour"]].itertuples(index=False, name=None))
    assert {(there, here) for here, there in both} == both
    assert all(here != there for here, there in both)
    assert ("936", "937") in both
    assert ("930", "931") not in both  # the two cities lie at opposite ends
    assert len(both) == len(pairs) == 26


def test_places_that_meet_in_a_corner_are_no_neighbours():
    squares = [shapely.box(x, y, x + 1000, y + 1000) for y in (0, 1000) for x in (0, 1000)]
    index = pd.Index(["a", "b", "c", "d"], name="code")
    grid = gpd.GeoDataFrame(index=index, geometry=squares, crs="EPSG:5897")
    found = places.neighbours(grid)
    pairs = set(found[["code", "neighbour"]].itertuples(index=False, name=None))
    assert found.groupby("code")[["x_km", "y_km"]].first().loc["d"].tolist() == [1.5, 1.5]
    once = {("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")}
    assert pairs == once | {(there, here) for here, there in once}


def test_parents(communes):
    codes = communes.index.to_series()
    assert (places.parents(codes, "district") == communes["district_code"]).all()
    assert set(places.parents(codes, "province")) == {"93"}
    assert places.parents(codes, "commune").tolist() == codes.tolist()


def test_a_code_that_is_no_commune_is_refused_and_named():
    codes = pd.Series(["31318", "930", "99999"])
    for level in ("commune", "district", "province"):
        with pytest.raises(LookupError, match="2 codes are of no place that reports: 930, 99999"):
            places.parents(codes, level)


# --- squares in place of outlines ---


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


def test_what_cannot_be_laid_out_is_refused():
    with pytest.raises(ValueError, match="2 places lie where another does: 0, 2"):
        tiles(points([(0, 0), (1, 1), (0, 0)]))
    gone = points([(0, 0), (5, 5)])
    gone.loc[1, "geometry"] = None
    with pytest.raises(ValueError, match="1 places have no point: 1"):
        tiles(gone)
    with pytest.raises(ValueError, match="2001 places are too many"):
        tiles(points(np.random.default_rng(1).uniform(size=(2001, 2))))


# --- since 1 July 2025: nothing lost, nothing taken for what carries the same code ---

CROSSWALK = places.crosswalk()

# Resolution 1668/NQ-UBTVQH15 of 16 June 2025, as a second source lists it, unit by unit: each is
# made of whole communes, and none of them stands in two units.
RESOLUTION = {
    "Phường Vị Thanh": "Phường I, Phường III, Phường VII",
    "Phường Đại Thành": "Phường Hiệp Lợi, Xã Tân Thành, Xã Đại Thành",
    "Xã Đông Phước": "Thị trấn Cái Tắc, Xã Đông Thạnh, Xã Đông Phước A",
    "Xã Vĩnh Thuận Đông": "Xã Vĩnh Thuận Tây, Xã Vị Thủy, Xã Vĩnh Thuận Đông",
    "Xã Tân Hòa": "Thị trấn Một Ngàn, Thị trấn Bảy Ngàn, Xã Nhơn Nghĩa A, Xã Tân Hòa",
    "Phường Long Bình": "Phường Bình Thạnh, Phường Vĩnh Tường, Xã Long Bình",
}


@pytest.mark.parametrize("name", RESOLUTION)
def test_units_are_made_of_what_the_resolution_says(name):
    names = places.communes()["name_vi"]
    made_of = CROSSWALK.index[CROSSWALK["name_2025"] == name]
    assert sorted(names[made_of]) == sorted(RESOLUTION[name].split(", "))

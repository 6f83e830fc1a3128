"""Hold the places to their anchors: the census, the structure of 2020, the outlines."""

import pandas as pd
import pytest
import shapely

from hganalysis import places, sources, words


@pytest.fixture(scope="module")
def communes():
    return places.communes()


@pytest.fixture(scope="module")
def districts():
    return places.districts()


@pytest.fixture(scope="module")
def areas():
    return places.areas()


def test_province():
    province = places.province()
    assert province["code"] == "93"
    assert province["name_vi"] == "Tỉnh Hậu Giang"
    assert (province["population"], province["households"]) == (733_017, 201_970)
    assert province["crs"] == "EPSG:5897"
    assert (province["structure_from"], province["structure_to"]) == ("2020-02-01", "2025-06-30")


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


def test_every_place_of_the_census_says_so(communes, districts):
    for table in (communes, districts):
        assert set(table["origin_of_residents"]) == {"census"}
        assert "origin" not in table  # what is laid beside a list would take it over


def test_urban_status_differs_from_the_census_in_931_933_936(communes, districts):
    urban = communes[communes["urban"] == 1].groupby("district_code")["population"].sum()
    differs = urban - districts["urban_population"]
    assert differs[differs != 0].to_dict() == {"931": 7_903, "933": 1_157, "936": 10_593}


def test_the_former_commune_phu_an_is_split_as_resolution_869_says(communes):
    total, parts = 1_157 + 2_924, (1_030, 2_602)
    assert round(total * parts[0] / sum(parts)) == 1_157
    assert total - 1_157 == 2_924
    households = 312 + 789
    assert round(households * parts[0] / sum(parts)) == 312
    # the townships of 933 were urban in the census but for the part of Phú An
    urban = communes[(communes["district_code"] == "933") & (communes["urban"] == 1)]
    assert urban["population"].sum() - 1_157 == places.districts().loc["933", "urban_population"]


def test_only_932_has_no_published_area(districts):
    assert districts.index[districts["area_km2"].isna()].tolist() == ["932"]


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


def test_each_age_group_of_the_districts_adds_up_to_that_of_the_province():
    table = by_age().pivot_table(index="age_group", columns="code", values="total")
    assert (table.drop(columns="93").sum(axis=1) == table["93"]).all()
    assert len(table) == 18


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


def test_hamlets_and_their_two_conflicts(communes):
    hamlets = places.hamlets().set_index("code")
    assert len(hamlets) == 18
    assert hamlets.index.isin(communes.index).sum() == 16
    inside = communes.index[communes["district_code"] == "930"]
    assert hamlets.loc[inside, "hamlets"].sum() == 53
    assert hamlets.loc["930", "hamlets"] == 51
    assert hamlets.loc["935", "hamlets"] == 75
    assert hamlets.loc["31384", ["hamlets", "note"]].tolist() == [10, "says 10 but names 9"]


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


def test_outlines_of_communes_are_refused():
    with pytest.raises(ValueError, match=r"no outlines of level 'commune'.*\n.*hg\.map"):
        places.areas("commune")


def test_neighbours_stand_in_both_directions(areas):
    pairs = places.neighbours(areas)
    both = set(pairs[["code", "neighbour"]].itertuples(index=False, name=None))
    assert {(there, here) for here, there in both} == both
    assert all(here != there for here, there in both)
    assert ("936", "937") in both
    assert ("930", "931") not in both  # the two cities lie at opposite ends
    assert len(both) == len(pairs) == 26


def test_places_that_meet_in_a_corner_are_no_neighbours():
    import geopandas as gpd

    squares = [shapely.box(x, y, x + 1000, y + 1000) for y in (0, 1000) for x in (0, 1000)]
    index = pd.Index(["a", "b", "c", "d"], name="code")
    grid = gpd.GeoDataFrame(index=index, geometry=squares, crs="EPSG:5897")
    found = places.neighbours(grid)
    pairs = set(found[["code", "neighbour"]].itertuples(index=False, name=None))
    assert found.groupby("code")[["x_km", "y_km"]].first().loc["d"].tolist() == [1.5, 1.5]
    once = {("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")}
    assert pairs == once | {(there, here) for here, there in once}


def test_every_commune_has_neighbours():
    points = places.points()
    before = points.copy()
    pairs = places.neighbours(points)
    assert set(pairs["code"]) == set(points.index)
    assert (points.geometry == before.geometry).all()
    # planar: fewer than 3 n - 6 edges
    assert len(pairs) // 2 <= 3 * len(points) - 6


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


def test_names_of_every_level_in_both_languages():
    assert [places.name(code) for code in ("93", "936", "31318")] == [
        "Tỉnh Hậu Giang",
        "Huyện Long Mỹ",
        "Phường I",
    ]
    with words.use("en"):
        assert places.name("936") == "Long My District"
    with pytest.raises(LookupError, match="'94' is no code of a place"):
        places.name("94")


def test_each_call_gives_a_frame_of_its_own():
    mine = places.communes()
    mine.loc["31318", "population"] = 0
    assert places.communes().loc["31318", "population"] == 5_628

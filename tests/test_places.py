"""Hold the places to their anchors, their squares, and lists of one's own with every fault."""

from contextlib import ExitStack

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from refusal_texts import says
from shapely.geometry import box

from hganalysis import places, study, words
from hganalysis.places import shapes
from hganalysis.places.shapes import GAP, tiles
from hganalysis.publish.own import write


@pytest.fixture(scope="module")
def communes():
    return places.units()


@pytest.fixture(scope="module")
def districts():
    return places.compared()


@pytest.fixture(scope="module")
def areas():
    return places.areas()


def test_eight_districts_and_75_communes_of_three_kinds(communes, districts):
    codes = districts.index.tolist()
    assert codes == [str(code) for code in range(930, 938)]
    assert len(communes) == 75
    assert communes.index.is_unique
    assert communes.index.str.fullmatch(r"31[34]\d\d").all()
    by_type = communes.groupby("type_vi")["urban"]
    kinds = by_type.agg(["size", "min", "max"]).T.to_dict("list")
    assert kinds == {
        "Phường": [13, 1, 1],
        "Thị trấn": [11, 1, 1],
        "Xã": [51, 0, 0],
    }


def test_communes_add_up_to_districts_and_these_to_the_census(communes, districts):
    sums = communes.groupby("compared_code")[["population", "households"]].sum()
    expected = districts[["population", "households"]]
    pd.testing.assert_frame_equal(sums, expected, check_names=False, check_index_type=False)
    assert sums.sum().tolist() == [733_017, 201_970]
    counts = communes.groupby("compared_code").size()
    n_communes = [9, 6, 10, 8, 15, 10, 8, 9]
    assert counts.tolist() == districts["communes"].tolist() == n_communes


def test_every_commune_has_one_place_in_the_structure_of_2025(communes):
    crosswalk = places.crosswalk()
    assert crosswalk.index.is_unique
    assert set(crosswalk.index) == set(communes.index)
    new = crosswalk.drop_duplicates("code_2025")
    assert len(new) == 28
    assert new["code_2025"].isin(communes.index).all()  # all codes were used again
    n_names = crosswalk.groupby("code_2025")["name_2025"].nunique()
    assert n_names.eq(1).all()
    # a code that lives on is part of the commune that bears it now
    codes_now = crosswalk.loc[new["code_2025"], "code_2025"]
    assert (codes_now == new["code_2025"].to_numpy()).all()
    old_names = communes.loc[new["code_2025"], "name_vi"].to_numpy()
    same = new["name_2025"].to_numpy() == old_names
    assert same.sum() == 10
    assert crosswalk.groupby("code_2025").size().min() == 2  # ten names, all on a larger territory
    # Resolution 1668/NQ-UBTVQH15 of 16 June 2025, as a second source lists it
    parts_of_dai_thanh = crosswalk.index[crosswalk["name_2025"] == "Phường Đại Thành"]
    parts = {"Phường Hiệp Lợi", "Xã Tân Thành", "Xã Đại Thành"}
    assert set(communes.loc[parts_of_dai_thanh, "name_vi"]) == parts


def test_outlines_are_a_valid_coverage_of_399_points_with_the_published_areas(areas):
    assert areas.crs == "EPSG:5897"
    assert shapely.coverage_is_valid(areas.geometry.to_numpy())  # no gaps, no overlaps
    assert len(areas.union_all().interiors) == 0
    degrees = areas.to_crs("EPSG:4326")
    corners = shapely.get_coordinates(degrees.geometry.to_numpy()).round(3)
    assert len({tuple(corner) for corner in corners}) == 399
    measured = areas.area / 1e6
    ratio = measured / areas["area_km2"]
    off = (ratio - 1).abs().dropna()
    assert len(off) == 7
    assert off.max() < 0.01


def test_every_commune_point_lies_in_its_own_district(areas):
    points = places.points()
    assert points.crs == areas.crs
    located = points.sjoin(areas[["geometry"]], predicate="within")
    assert len(located) == 75
    assert (located["code_right"] == located["compared_code"]).all()


def test_neighbours_stand_in_both_directions(areas):
    pairs = places.neighbours(areas)
    columns = pairs[["code", "neighbour"]]
    district_pairs = set(columns.itertuples(index=False, name=None))
    assert {(place, neighbour) for neighbour, place in district_pairs} == district_pairs
    assert all(neighbour != place for neighbour, place in district_pairs)
    assert ("936", "937") in district_pairs
    assert ("930", "931") not in district_pairs  # the two cities lie at opposite ends
    assert len(district_pairs) == len(pairs) == 26
    # communes have no outlines: their Thiessen cells part the plane, so fewer than six at a mean
    cells = places.neighbours()
    columns = cells[["code", "neighbour"]]
    commune_pairs = set(columns.itertuples(index=False, name=None))
    assert {(neighbour, place) for place, neighbour in commune_pairs} == commune_pairs
    assert set(cells["code"]) == set(places.units().index)
    assert 4 * 75 < len(commune_pairs) < 6 * 75


def test_places_that_meet_in_a_corner_are_no_neighbours():
    corners = [(x, y) for y in (0, 1000) for x in (0, 1000)]
    squares = [shapely.box(x, y, x + 1000, y + 1000) for x, y in corners]
    index = pd.Index(["a", "b", "c", "d"], name="code")
    grid = gpd.GeoDataFrame(index=index, geometry=squares, crs="EPSG:5897")
    neighbours = places.neighbours(grid)
    columns = neighbours[["code", "neighbour"]]
    pairs = set(columns.itertuples(index=False, name=None))
    middles = neighbours.groupby("code")[["x_km", "y_km"]]
    assert middles.first().loc["d"].tolist() == [1.5, 1.5]
    one_way = {("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")}
    assert pairs == one_way | {(place, neighbour) for neighbour, place in one_way}


def test_what_a_commune_lies_in_and_what_is_none_is_named(communes):
    codes = communes.index.to_series()
    assert (places.parents(codes, "district") == communes["compared_code"]).all()
    assert set(places.parents(codes, "province")) == {"93"}
    assert places.parents(codes, "commune").tolist() == codes.tolist()
    codes = pd.Series(["31318", "930", "99999"])
    for level in ("commune", "district", "province"):
        with pytest.raises(
            LookupError, match=says("places_errors.no_commune", number=2, codes="930, 99999")
        ):
            places.parents(codes, level)


# --- squares in place of outlines ---


def points(coordinates):
    names = [f"place {number}" for number in range(len(coordinates))]
    geometry = gpd.points_from_xy(*np.asarray(coordinates, dtype=float).T)
    return gpd.GeoDataFrame({"name": names}, geometry=geometry, crs="EPSG:32648")


def cells(squares):
    """Number the rows and columns of the grid."""
    bounds = squares.geometry.bounds
    side = (bounds["maxx"] - bounds["minx"]).iloc[0] / (1 - GAP)
    corners = bounds[["minx", "miny"]]
    return ((corners - corners.min()) / side).round().astype(int)


@pytest.mark.parametrize("seed", range(8))
def test_each_place_has_a_square_of_its_own_and_all_are_alike(seed):
    rng = np.random.default_rng(seed)
    all_numbers = [1, 2, 3, 12, 47, 75, 165, 345]
    number = all_numbers[seed]
    all_spreads = [1, 1, 1, 50_000, 500_000, 30_000, 900_000, 500_000]
    spread = all_spreads[seed]
    drawn_points = points(rng.normal(size=(number, 2)) * spread)
    squares = tiles(drawn_points)
    assert not cells(squares).duplicated().any()
    np.testing.assert_allclose(squares.area, squares.area.iloc[0])
    union = shapely.union_all(squares.geometry.to_numpy())
    assert union.area == pytest.approx(squares.area.sum())
    assert squares["tile"].all()
    at_one_point = tiles(points([(0, 0)] * number))
    assert not cells(at_one_point).duplicated().any()


def test_a_grid_stays_as_it_is():
    coordinates = [(1000 * x, 1000 * y) for x in range(9) for y in range(6)]
    numbers = cells(tiles(points(coordinates)))
    expected = np.array(coordinates) // 1000
    for axis, name in enumerate(("minx", "miny")):
        correlation = np.corrcoef(numbers[name], expected[:, axis])[0, 1]
        assert correlation == pytest.approx(1)


def test_more_than_can_be_told_apart_is_refused():
    coordinates = np.random.default_rng(1).uniform(size=(2001, 2))
    with pytest.raises(ValueError, match=says("places_errors.many_squares", number=2001)):
        tiles(points(coordinates))


# --- a list of one's own ---

LIST_COLUMNS = ["code", "name", "district_code", "district"]
LIST_COLUMNS += ["province_code", "province", "population", "households"]
NORTH = ("001", "Thành phố Bắc", "01", "Thành phố Một")
CHAU_THANH = ("002", "Huyện Châu Thành", "01", "Thành phố Một")
OTHER_CHAU_THANH = ("101", "Huyện Châu Thành", "80", "Tỉnh Hai")
TWO_PROVINCES = pd.DataFrame(
    [
        ("00001", "Phường 1", *NORTH, "1200", "300"),
        ("00004", "Phường 2", *NORTH, "2400", "600"),
        ("00007", "Xã Trung An", *CHAU_THANH, "3100", "800"),
        ("00010", "Xã Trung Ấn", *CHAU_THANH, "900", "200"),
        ("10001", "Xã Tân Bình", *CHAU_THANH, "5000", "1200"),
        ("20001", "Thị trấn Tân Bình", *OTHER_CHAU_THANH, "700", "150"),
        ("20004", "Xã Tân Bình", *OTHER_CHAU_THANH, "4100", "1000"),
        ("20007", "Phường Phường Đúc", "102", "Quận Hai", "80", "Tỉnh Hai", "9000", "2100"),
    ],
    columns=LIST_COLUMNS,
)


@pytest.fixture
def table():
    """List two provinces, with what is easily mixed up."""
    return TWO_PROVINCES.copy()


@pytest.fixture
def ours():
    """The shipped list as somebody else would write it."""
    land = places.units().reset_index()
    names_of_districts = places.compared()["name_vi"]
    columns = ["code", "population", "households", "lon", "lat"]
    listed = land[columns].assign(name=land["name_vi"], district_code=land["compared_code"])
    listed["district"] = land["compared_code"].map(names_of_districts)
    listed = listed.assign(province_code="93", province="Tỉnh Hậu Giang")
    return listed.assign(valid_from="2020-02-01", valid_to="2025-06-30")


@pytest.fixture
def use(tmp_path):
    """Put a list in the place of the shipped one."""
    with ExitStack() as until_the_end:

        def put(places_read, **files):
            names = ("province", "districts", "communes", "old_names")
            for name in names:
                files[f"{name}.csv"] = getattr(places_read, name).to_csv(index=False)
            contents = {f"places/{name}": text.encode() for name, text in files.items()}
            contents["study.toml"] = places.own.described_by(places_read)
            own_study = study.Study.open(write(tmp_path / "data", contents)).use()
            until_the_end.enter_context(own_study)

        yield put


def read(table, tmp_path, name="list.csv", **options):
    file = tmp_path / name
    if file.suffix == ".xlsx":
        table.to_excel(file, index=False)
    else:
        text = table.to_csv(index=False, **options).encode("utf-8")
        file.write_bytes(text)
    return places.read_list(file)


def faults(table, tmp_path):
    with pytest.raises(ValueError, match="list") as stopped, words.use("en"):
        read(table, tmp_path)
    lines = str(stopped.value).splitlines()[1:]
    return [line.strip() for line in lines]


# --- what is read ---


def test_the_shipped_list_comes_back(ours, tmp_path, use):
    shipped = places.units()
    shipped_districts = places.compared()
    shipped_province = places.province()
    use(read(ours, tmp_path))
    land = places.units()
    districts = places.compared()
    province = places.province()
    # the projection is chosen by the middle, and the shipped one by decree; areas are not asked for
    same = ["name_vi", "label_vi", "compared_code", "urban", "population", "households", "lon"]
    pd.testing.assert_frame_equal(land.loc[shipped.index, same], shipped[same])
    names_in_english = land["name_en"].to_frame()
    pd.testing.assert_frame_equal(names_in_english, shipped["name_en"].to_frame())
    columns = ["name_vi", "name_en", "label_vi", "population", "households", "communes"]
    pd.testing.assert_frame_equal(districts[columns], shipped_districts[columns])
    keys = ["code", "name_vi", "short_vi", "name_en", "population", "structure_from"]
    assert province[keys].to_dict() == shipped_province[keys].to_dict()
    assert province["crs"] == "EPSG:9209"


def test_a_workbook_that_lost_the_zeros_of_its_codes_gives_the_same(table, tmp_path):
    texts = ("name", "district", "province")
    numbers = [column for column in table if not column.endswith(texts)]
    plain = read(table, tmp_path)
    as_numbers = table.astype(dict.fromkeys(numbers, int))
    without_zeros = read(as_numbers, tmp_path, "a.xlsx")
    for frame in ("province", "districts", "communes", "old_names"):
        expected = getattr(plain, frame)
        pd.testing.assert_frame_equal(expected, getattr(without_zeros, frame), obj=frame)


def test_the_code_list_of_the_statistics_office_is_taken_as_it_is(tmp_path, table):
    headings = ["Mã PX", "Phường Xã", "Mã QH", "Quận Huyện"]
    headings += ["Mã TP", "Tỉnh Thành Phố", "Dân số", "Số hộ"]
    theirs = table.set_axis(headings, axis="columns")
    theirs["Cấp"] = table["name"].str.extract("^(Thị trấn|Phường|Xã)")[0]
    theirs["Ghi chú"] = "x"
    ours = read(table, tmp_path, "b.csv")
    pd.testing.assert_frame_equal(read(theirs, tmp_path).communes, ours.communes)


def test_districts_are_added_up_and_the_whole_comes_before_the_provinces(table, tmp_path):
    places_read = read(table, tmp_path)
    districts = places_read.districts
    assert districts["code"].tolist() == ["001", "002", "101", "102"]
    assert districts["population"].tolist() == [3_600, 9_000, 4_800, 9_000]
    assert districts["urban_population"].tolist() == [3_600, 0, 700, 9_000]
    assert districts["communes"].tolist() == [2, 3, 2, 1]
    assert districts["province_code"].tolist() == ["01", "01", "80", "80"]
    assert places_read.province["code"].tolist() == ["00", "01", "80"]
    assert places_read.communes["short_vi"].tolist()[-1] == "Phường Đúc"
    english_names = places_read.communes["name_en"]
    assert english_names.tolist()[:2] == ["Ward 1", "Ward 2"]


def test_a_list_of_one_level_has_its_places_as_both(table, tmp_path):
    is_of_80 = table["province_code"] == "80"
    province_80 = table[is_of_80].drop(columns="households")
    districts = province_80.drop_duplicates("district_code").drop(columns=["code", "name"])
    with_names = districts.rename(columns={"district_code": "code", "district": "name"})
    whole = districts.head(1).drop(columns=["district_code", "district"])
    lists = (
        (province_80.drop(columns=["district_code", "district"]), "commune", 3),
        (districts, "district", 2),
        (with_names, "district", 2),
        (whole, "province", 1),
    )
    for frame, level, number in lists:
        places_read = read(frame, tmp_path)
        assert places_read.level == level
        assert len(places_read.communes) == len(places_read.districts) == number
        districts_of = places_read.communes["district_code"].tolist()
        assert places_read.communes["code"].tolist() == districts_of
    another = whole.assign(province_code="81", province="Tỉnh Ba")
    twice = pd.concat([whole, another])
    assert "a list without a level below the whole has one row" in str(faults(twice, tmp_path))


def test_days_and_old_names_are_read(table, tmp_path):
    days = table.assign(valid_from="2020-02-01", valid_to="2025-06-30", old_names="")
    days.loc[0, "old_names"] = "Phường Cũ;  Xã  Xưa"
    places_read = read(days, tmp_path)
    assert places_read.old_names["name_vi"].tolist() == ["Phường Cũ", "Xã Xưa"]
    assert places_read.province["structure_to"].tolist() == ["2025-06-30"] * 3
    wrong_days = (
        ("valid_to", "2019-12-31", "the last day 2019-12-31 is before the first"),
        ("valid_from", "1/2/2020", "is not a day such as"),
    )
    for column, day, message in wrong_days:
        wrong = days.assign(**{column: day})
        assert message in str(faults(wrong, tmp_path))


def test_without_coordinates_a_point_inside_the_outline_serves(table, tmp_path, use):
    use(read(table, tmp_path))
    with pytest.raises(ValueError, match=says("places_errors.nowhere", number=8)):
        places.points()
    squares = [box(105 + n / 10, 10, 105.1 + n / 10, 10.1) for n in range(8)]
    outlines = gpd.GeoDataFrame({"code": table["code"]}, geometry=squares, crs="EPSG:4326")
    files = {"communes.geojson": outlines.to_json(drop_id=True)}
    use(read(table, tmp_path), **files)
    is_inside = places.areas("commune").contains(places.points().geometry)
    assert is_inside.all()


# --- what is refused ---

WRONG = {
    "code": [
        (2, "31 318", "“31 318” is not a code"),
        (2, "", "the cell is empty"),
        (3, "00001", "code 00001 appears more than once"),
    ],
    "name": [
        (2, "Trung An", "“Trung An” must begin with its type (Phường, Thị trấn, Xã, Đặc khu)"),
        (2, "P. 1", "“P. 1” must begin with its type"),
    ],
    "district": [
        (2, "Bắc", "“Bắc” must begin with its type (Thành phố, Thị xã, Huyện, Quận)"),
        (3, "Thành phố Nam", "the code 001 goes with several: Thành phố Bắc, Thành phố Nam"),
    ],
    "province_code": [(2, "80", "the code 001 goes with several: 01, 80")],
    "population": [
        (2, "1.200", "“1.200” is not a whole number above 0"),
        (2, "0", "“0” is not a whole number above 0"),
    ],
    "urban": [(2, "x", "“x” must be 1 (urban) or 0 (rural)")],
    "lon": [
        (2, "587000", "“587000” is not in decimal degrees"),
        (2, "105,4", "“105,4” is not in decimal degrees"),
    ],
    "valid_from": [(2, "1/2/2020", "must be the same in every row")],
    "old_names": [(2, "Cũ", "“Cũ” must begin with its type")],
}


CASES = [(column, *case) for column, cases in WRONG.items() for case in cases]


@pytest.mark.parametrize(
    ("column", "row", "cell", "expected"),
    CASES,
)
def test_every_fault_is_listed_where_it_stands(table, tmp_path, column, row, cell, expected):
    if column not in table:
        table[column] = "105.4" if column == "lon" else ""
        if column == "lon":
            table["lat"] = "9.7"
    table.loc[row - 2, column] = cell
    listed = faults(table, tmp_path)
    assert any(f"row {row}, column" in line and expected in line for line in listed), listed


def test_a_code_serves_one_level(table, tmp_path):
    table.loc[[0, 1], "district_code"] = "A1"
    table.loc[4, "code"] = "A1"
    assert faults(table, tmp_path) == ["row 6, column code: the code A1 is used at two levels."]


def test_a_column_that_is_missing_or_stands_twice_is_named(table, tmp_path):
    for column in ("code", "name", "district_code", "district", "population"):
        with pytest.raises(ValueError, match=f"thiếu cột {column}"):
            read(table.drop(columns=column), tmp_path)
    with pytest.raises(ValueError, match="cùng nghĩa population"):
        read(table.assign(**{"Dân số": "1"}), tmp_path)


NO_TABLES = [
    (
        "a.csv",
        "Xã Vị Tân".encode("cp1258", errors="replace") + b"\xe3",
        says("places_errors.not_utf8"),
    ),
    ("a.csv", b"", "rỗng"),
    ("a.csv", b"code,code\n1,2\n", "cùng nghĩa code"),
    pytest.param(
        "a.csv", b"code\n" + b"1\n" * 20_001, says("places_errors.many_rows", most=20000), id="long"
    ),
    ("a.xlsx", b"PK\x03\x04 nothing", "bị hỏng"),
]


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    NO_TABLES,
)
def test_a_file_that_is_no_table_is_refused(tmp_path, name, raw, expected):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(ValueError, match=expected):
        places.read_list(tmp_path / name)


def test_a_list_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"Không tìm thấy tệp none\.csv"):
        places.read_list(tmp_path / "none.csv")


# --- how names are found on it ---


def test_what_the_loss_of_diacritics_makes_one_is_ambiguous(table, tmp_path, use):
    use(read(table, tmp_path))
    names = pd.Series(["Xã Trung An", "Xã Trung Ấn", "Xa Trung An", "X. Trung An", "TRUNG AN"])
    matches = places.find_codes(names)
    codes = matches["code"]
    assert codes.tolist() == ["00007", "00010", None, None, None]
    candidates = matches["candidates"]
    assert candidates.tolist()[2:] == [["00007", "00010"]] * 3


def test_a_district_that_several_provinces_have_is_settled_by_its_province(table, tmp_path, use):
    use(read(table, tmp_path))
    district = pd.Series(["Châu Thành", "Châu Thành (Tỉnh Hai)", "H. Châu Thành, TP. Một", "80"])
    names = pd.Series(["Xã Tân Bình"] * 4)
    communes_matched = places.find_codes(names, within=district)
    assert communes_matched["code"].tolist() == [None, "20004", "10001", "20004"]
    alone = places.find_codes(district[:3], level="district")
    assert alone["code"].tolist() == [None, "101", "002"]
    labels = places.compared()["label_vi"].str.replace("\N{NO-BREAK SPACE}", " ")
    assert labels[["002", "101"]].tolist() == ["H. Châu Thành, Một", "H. Châu Thành, Hai"]
    assert places.compared()["label_vi"].is_unique
    assert places.units()["label_vi"].is_unique
    assert places.name("80") == "Tỉnh Hai"


def test_within_a_province_there_are_its_places_only_and_their_labels_stay(table, use, tmp_path):
    use(read(table, tmp_path))
    tables = {level: getattr(places, level)() for level in ("compared", "units")}
    assert places.province()["code"] == "00"
    assert len(shapes.centres()) == 8
    tan_binh = pd.Series(["Xã Tân Bình"])
    with places.within("80"):
        assert list(shapes.centres().index) == ["20001", "20004", "20007"]
        province = places.province()[["code", "population"]]
        assert province.tolist() == ["80", 700 + 4100 + 9000]
        assert list(places.provinces().index) == ["80"]
        assert list(places.compared().index) == ["101", "102"]
        for level, whole in tables.items():
            inside = getattr(places, level)()
            pd.testing.assert_frame_equal(inside, whole.loc[inside.index])
        assert places.name("01") == "Thành phố Một"
        assert places.find_codes(tan_binh)["code"].tolist() == ["20004"]
    assert places.find_codes(tan_binh)["code"].tolist() == [None]
    for level, whole in tables.items():
        pd.testing.assert_frame_equal(getattr(places, level)(), whole)
    with (
        pytest.raises(LookupError, match=says("places_errors.no_part", code="81")),
        places.within("81"),
    ):
        pass


def test_what_is_done_to_the_province_that_was_given_is_not_given_to_the_next():
    given = places.province()
    crs = given["crs"]
    given["crs"] = "EPSG:4326"
    assert places.province()["crs"] == crs

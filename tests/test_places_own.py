"""Read lists of places of one's own: any province, every fault, and then use them."""

import hashlib
import io
import zipfile
from contextlib import ExitStack

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from hganalysis import places, sources, words

TWO_PROVINCES = pd.DataFrame(
    [
        ("00001", "Phường 1", "001", "Thành phố Bắc", "01", "Thành phố Một", 1200, 300),
        ("00004", "Phường 2", "001", "Thành phố Bắc", "01", "Thành phố Một", 2400, 600),
        ("00007", "Xã Trung An", "002", "Huyện Châu Thành", "01", "Thành phố Một", 3100, 800),
        ("00010", "Xã Trung Ấn", "002", "Huyện Châu Thành", "01", "Thành phố Một", 900, 200),
        ("10001", "Xã Tân Bình", "002", "Huyện Châu Thành", "01", "Thành phố Một", 5000, 1200),
        ("20001", "Thị trấn Tân Bình", "101", "Huyện Châu Thành", "80", "Tỉnh Hai", 700, 150),
        ("20004", "Xã Tân Bình", "101", "Huyện Châu Thành", "80", "Tỉnh Hai", 4100, 1000),
        ("20007", "Phường Phường Đúc", "102", "Quận Hai", "80", "Tỉnh Hai", 9000, 2100),
    ],
    columns=[
        "code", "name", "district_code", "district",
        "province_code", "province", "population", "households",
    ],
).astype({"population": str, "households": str})  # fmt: skip


@pytest.fixture
def table():
    return TWO_PROVINCES.copy()


@pytest.fixture
def ours():
    """The shipped list as somebody else would write it."""
    land, district = places.communes(), places.districts()
    return pd.DataFrame(
        {
            "code": land.index,
            "name": land["name_vi"].to_numpy(),
            "district_code": land["district_code"].to_numpy(),
            "district": land["district_code"].map(district["name_vi"]).to_numpy(),
            "province_code": "93",
            "province": "Tỉnh Hậu Giang",
            "population": land["population"].astype(str).to_numpy(),
            "households": land["households"].astype(str).to_numpy(),
            "lon": land["lon"].astype(str).to_numpy(),
            "lat": land["lat"].astype(str).to_numpy(),
            "valid_from": "2020-02-01",
            "valid_to": "2025-06-30",
        }
    )


@pytest.fixture
def use(tmp_path):
    """Put a list in the place of the shipped one."""
    with ExitStack() as until_the_end:

        def put(found):
            folder = tmp_path / "data"
            (folder / "places").mkdir(parents=True)
            lines = ["file,sha256,real_or_invented"]
            names = ("province", "districts", "communes", "old_names")
            files = {
                f"places/{name}.csv": getattr(found, name).to_csv(index=False, lineterminator="\n")
                for name in names
            } | {"study.toml": places.described_by(found).decode()}
            for name, text in files.items():
                (folder / name).write_text(text, encoding="utf-8", newline="")
                lines.append(f"{name},{hashlib.sha256(text.encode()).hexdigest()},reported")
            (folder / "sources.csv").write_text("\n".join(lines), encoding="utf-8")
            until_the_end.enter_context(sources.use(folder))

        yield put


def read(table, tmp_path, name="list.csv", **options):
    file = tmp_path / name
    if file.suffix == ".xlsx":
        table.to_excel(file, index=False)
    else:
        file.write_bytes(table.to_csv(index=False, **options).encode("utf-8"))
    return places.read_list(file)


def faults(table, tmp_path):
    with pytest.raises(ValueError, match="list") as stopped, words.use("en"):
        read(table, tmp_path)
    return [line.strip() for line in str(stopped.value).splitlines()[1:]]


# --- what is read ---


def test_the_shipped_list_comes_back(ours, tmp_path, use):
    shipped = places.communes(), places.districts(), places.province()
    found = read(ours, tmp_path)
    use(found)
    land, districts, province = places.communes(), places.districts(), places.province()
    # the projection is chosen by the middle, and the shipped one by decree; areas are not asked for
    same = ["name_vi", "label_vi", "district_code", "urban", "population", "households", "lon"]
    pd.testing.assert_frame_equal(land.loc[shipped[0].index, same], shipped[0][same])
    pd.testing.assert_frame_equal(land["name_en"].to_frame(), shipped[0]["name_en"].to_frame())
    columns = ["name_vi", "name_en", "label_vi", "population", "households", "communes"]
    pd.testing.assert_frame_equal(districts[columns], shipped[1][columns])
    keys = ["code", "name_vi", "short_vi", "name_en", "population", "structure_from"]
    assert province[keys].to_dict() == shipped[2][keys].to_dict()
    assert province["crs"] == "EPSG:9209"


def test_every_file_of_the_same_cells_gives_the_same(table, tmp_path):
    plain = read(table, tmp_path)
    numbers = table.astype({"population": int, "households": int})
    others = {
        "semicolons": read(table, tmp_path, sep=";"),
        "tabs": read(table, tmp_path, sep="\t"),
        "workbook": read(numbers, tmp_path, "list.xlsx"),
        # what a spreadsheet does to codes
        "zeros lost": read(
            numbers.astype({"code": int, "district_code": int, "province_code": int}),
            tmp_path,
            "lost.xlsx",
        ),
    }
    for name, encoding in (("bom", "utf-8-sig"), ("utf16", "utf-16")):
        file = tmp_path / f"{name}.csv"
        file.write_bytes(table.to_csv(index=False).encode(encoding))
        others[name] = places.read_list(file)
    for name, other in others.items():
        for frame in ("province", "districts", "communes", "old_names"):
            left, right = getattr(plain, frame), getattr(other, frame)
            pd.testing.assert_frame_equal(left, right, obj=f"{name} {frame}")


def test_the_code_list_of_the_statistics_office_is_taken_as_it_is(tmp_path, table):
    theirs = table.rename(
        columns={
            "code": "Mã PX",
            "name": "Phường Xã",
            "district_code": "Mã QH",
            "district": "Quận Huyện",
            "province_code": "Mã TP",
            "province": "Tỉnh Thành Phố",
            "population": "Dân số",
            "households": "Số hộ",
        }
    ).assign(**{"Cấp": table["name"].str.extract("^(Thị trấn|Phường|Xã)")[0], "Ghi chú": "x"})
    pd.testing.assert_frame_equal(
        read(theirs, tmp_path).communes, read(table, tmp_path, "b.csv").communes
    )


def test_districts_are_added_up_and_the_whole_comes_before_the_provinces(table, tmp_path):
    found = read(table, tmp_path)
    assert found.districts["code"].tolist() == ["001", "002", "101", "102"]
    assert found.districts["population"].tolist() == [3_600, 9_000, 4_800, 9_000]
    assert found.districts["urban_population"].tolist() == [3_600, 0, 700, 9_000]
    assert found.districts["communes"].tolist() == [2, 3, 2, 1]
    assert found.districts["province_code"].tolist() == ["01", "01", "80", "80"]
    assert found.province["code"].tolist() == ["00", "01", "80"]
    assert found.communes["short_vi"].tolist()[-1] == "Phường Đúc"
    assert found.communes["name_en"].tolist()[:2] == ["Ward 1", "Ward 2"]


def test_without_coordinates_a_point_inside_the_outline_serves(table, tmp_path, use):
    use(read(table, tmp_path))
    with pytest.raises(ValueError, match=r"8 places have neither[\s\S]*00001, 00004"):
        places.points()
    squares = [box(105 + n / 10, 10, 105.1 + n / 10, 10.1) for n in range(8)]
    outlines = gpd.GeoDataFrame({"code": table["code"]}, geometry=squares, crs="EPSG:4326")
    raw = outlines.to_json(drop_id=True).encode()
    (tmp_path / "data" / "places" / "communes.geojson").write_bytes(raw)
    with (tmp_path / "data" / "sources.csv").open("a", encoding="utf-8") as register:
        sha256 = hashlib.sha256(raw).hexdigest()
        register.write(f"\nplaces/communes.geojson,{sha256},reported\n")
    with sources.use(tmp_path / "data"):
        assert places.areas("commune").contains(places.points().geometry).all()


# --- what is refused ---

WRONG = {
    "code": [
        (2, "31-318", "“31-318” is not a code"),
        (2, "", "the cell is empty"),
        (3, "00001", "the code 00001 stands more than once"),
    ],
    "name": [
        (2, "Trung An", "“Trung An” must begin with its type (Phường, Thị trấn, Xã, Đặc khu)"),
        (2, "P. 1", "“P. 1” must begin with its type"),
        (2, "Huyện Trung An", "must begin with its type"),
    ],
    "district": [
        (2, "Bắc", "“Bắc” must begin with its type (Thành phố, Thị xã, Huyện, Quận)"),
        (3, "Thành phố Nam", "the code 001 goes with several: Thành phố Bắc, Thành phố Nam"),
    ],
    "province_code": [(2, "80", "the code 001 goes with several: 01, 80")],
    "population": [
        (2, "1.200", "“1.200” is not a whole number above 0"),
        (2, "0", "“0” is not a whole number above 0"),
        (2, "-5", "“-5” is not a whole number"),
        (2, "khoảng 500", "“khoảng 500” is not a whole number"),
    ],
    "urban": [(2, "x", "“x” must be 1 (urban) or 0 (rural)")],
    "lon": [
        (2, "587000", "“587000” is not in decimal degrees"),
        (2, "105,4", "“105,4” is not in decimal degrees"),
    ],
    "valid_from": [(2, "1/2/2020", "must be the same in every row")],
    "old_names": [(2, "Cũ", "“Cũ” must begin with its type")],
}


@pytest.mark.parametrize(
    ("column", "row", "cell", "expected"),
    [(column, *case) for column, cases in WRONG.items() for case in cases],
)
def test_every_fault_is_listed_where_it_stands(table, tmp_path, column, row, cell, expected):
    if column not in table:
        table[column] = "105.4" if column == "lon" else ""
        if column == "lon":
            table["lat"] = "9.7"
    table.loc[row - 2, column] = cell
    found = faults(table, tmp_path)
    assert any(f"row {row}, column" in line and expected in line for line in found), found


def test_a_code_serves_one_level(table, tmp_path):
    table.loc[[0, 1], "district_code"] = "A1"
    table.loc[4, "code"] = "A1"
    assert faults(table, tmp_path) == ["row 6, column code: the code A1 is used at two levels."]


@pytest.mark.parametrize("column", ["code", "name", "district_code", "district", "population"])
def test_a_column_that_is_missing_is_named(table, tmp_path, column):
    with pytest.raises(ValueError, match=f"thiếu cột {column}"):
        read(table.drop(columns=column), tmp_path)


def test_two_columns_for_one_thing_are_refused(table, tmp_path):
    with pytest.raises(ValueError, match="cùng nghĩa population"):
        read(table.assign(**{"Dân số": "1"}), tmp_path)
    (tmp_path / "a.csv").write_text("code,code\n1,2\n", encoding="utf-8")
    with pytest.raises(ValueError, match="two columns with the heading code"):
        places.read_list(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("a.csv", "Xã Vị Tân".encode("cp1258", errors="replace") + b"\xe3", "is not UTF-8"),
        ("a.csv", b"", "rỗng"),
        ("a.xlsx", b"PK\x03\x04 nothing", "bị hỏng"),
        ("a.xls", b"\xd0\xcf\x11\xe0 nothing", "bị hỏng"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, name, raw, expected):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(ValueError, match=expected):
        places.read_list(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        places.read_list(tmp_path / "none.csv")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(250_000_000))
    (tmp_path / "bomb.xlsx").write_bytes(packed.getvalue())
    with pytest.raises(ValueError, match="bung ra"):
        places.read_list(tmp_path / "bomb.xlsx")


def test_too_many_rows_are_refused(tmp_path):
    (tmp_path / "long.csv").write_text("code\n" + "1\n" * 20_001, encoding="utf-8")
    with pytest.raises(ValueError, match="at most 20000"):
        places.read_list(tmp_path / "long.csv")


# --- how names are found on it ---


def test_what_the_loss_of_diacritics_makes_one_is_ambiguous(table, tmp_path, use):
    use(read(table, tmp_path))
    names = pd.Series(["Xã Trung An", "Xã Trung Ấn", "Xa Trung An", "X. Trung An", "TRUNG AN"])
    found = places.find_codes(names)
    assert found["code"].tolist() == ["00007", "00010", None, None, None]
    assert found["candidates"].tolist()[2:] == [["00007", "00010"]] * 3


def test_a_district_that_several_provinces_have_is_settled_by_its_province(table, tmp_path, use):
    use(read(table, tmp_path))
    district = pd.Series(["Châu Thành", "Châu Thành (Tỉnh Hai)", "H. Châu Thành, TP. Một", "80"])
    found = places.find_codes(pd.Series(["Xã Tân Bình"] * 4), within=district)
    assert found["code"].tolist() == [None, "20004", "10001", "20004"]
    alone = places.find_codes(district[:3], level="district")
    assert alone["code"].tolist() == [None, "101", "002"]
    labels = places.districts()["label_vi"].str.replace("\N{NO-BREAK SPACE}", " ")
    assert labels[["002", "101"]].tolist() == ["H. Châu Thành, Một", "H. Châu Thành, Hai"]
    assert places.districts()["label_vi"].is_unique
    assert places.communes()["label_vi"].is_unique
    assert places.name("80") == "Tỉnh Hai"


def test_within_a_province_there_are_its_places_only_and_their_labels_stay(table, use, tmp_path):
    use(read(table, tmp_path))
    every = {level: getattr(places, level)() for level in ("districts", "communes")}
    assert places.province()["code"] == "00"
    assert len(places.centres()) == 8
    with places.within("80"):
        assert list(places.centres().index) == ["20001", "20004", "20007"]
        assert places.province()["code"] == "80"
        assert places.province()["name_vi"] == "Tỉnh Hai"
        assert places.province()["population"] == 700 + 4100 + 9000
        assert list(places.provinces().index) == ["80"]
        assert list(places.districts().index) == ["101", "102"]
        assert list(places.communes().index) == ["20001", "20004", "20007"]
        for level, whole in every.items():
            mine = getattr(places, level)()
            pd.testing.assert_frame_equal(mine, whole.loc[mine.index])
        assert places.label("101").startswith("H.\N{NO-BREAK SPACE}Châu Thành, Hai")
        assert places.name("01") == "Thành phố Một"
        with places.within("80"):
            assert len(places.communes()) == 3
    for level, whole in every.items():
        pd.testing.assert_frame_equal(getattr(places, level)(), whole)

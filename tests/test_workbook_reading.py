"""Check that any layout is read as it stands: every row accounted for, nothing guessed."""

import codecs
import datetime
import struct
from pathlib import Path
from types import SimpleNamespace

import old_excel
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hganalysis import limits, sources, study
from hganalysis.workbook import cells, containers, layout, ods, reading

GOLDEN = Path(__file__).parent / "golden"
HEADER = ["Mã xã", "Tên xã", "Năm", "Số tổ", "Số thành viên"]
ROWS = [
    ["31318", "Phường I", 2023, 4, 27],
    ["31321", "Phường III", 2023, 6, 41],
    ["31336", "Xã Hỏa Lựu", 2023, 5, 33],
]


@pytest.fixture
def sheet(tmp_path):
    """Write rows into a workbook and read it; `change` may do anything to the sheet before."""

    def write(rows, change=None, *, title="Báo cáo", **others):
        workbook = openpyxl.Workbook()
        page = workbook.active
        page.title = title
        for row in rows:
            page.append(row)
        for name, more in others.items():
            other = workbook.create_sheet(name)
            for row in more:
                other.append(row)
        if change:
            change(page)
        file = tmp_path / "report.xlsx"
        workbook.save(file)
        return reading.read_table(file)

    return write


@pytest.fixture
def text(tmp_path):
    """Write bytes into a csv file and read it."""

    def write(data, name="report.csv"):
        file = tmp_path / name
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        return reading.read_table(file)

    return write


def kinds(read, name=None):
    """Give the kinds of the rows of a sheet, one letter each."""
    rows = read.rows if name is None else read.rows[read.rows["sheet"] == name]
    letters = {"accepted": "a", "rejected": "r", "total": "T", "title": "t", "header": "h"}
    return "".join(
        letters.get(kind, {"note": "n", "blank": "."}.get(kind)) for kind in rows["kind"]
    )


def values(read, field):
    """Give the values of a field, from the top down."""
    return read.cells.loc[read.cells["field"] == field, "value"].tolist()


def rules(read, severity=None):
    """Give the rules broken, with the cell of each."""
    faults = read.faults if severity is None else read.faults[read.faults["severity"] == severity]
    return [
        f"{rule} {column}{row}"
        for rule, column, row in zip(faults["rule"], faults["column"], faults["row"], strict=True)
    ]


def whys(read):
    return list(
        zip(read.changes["row"], read.changes["before"], read.changes["after"], strict=True)
    )


# --- a clean table, in every layout ---


def test_a_clean_table(sheet):
    read = sheet([HEADER, *ROWS])
    assert kinds(read) == "haaa"
    assert rules(read) == []
    assert whys(read) == []
    assert values(read, "code") == ["31318", "31321", "31336"]
    assert values(read, "commune") == ["Phường I", "Phường III", "Xã Hỏa Lựu"]
    assert values(read, "year") == [2023] * 3
    assert values(read, "members") == [27, 41, 33]
    assert read.kind == "xlsx"
    first = read.cells.iloc[0]
    assert (first["sheet"], first["row"], first["column"]) == ("Báo cáo", 2, "A")


def test_codes_that_excel_made_numbers_are_text_again(sheet):
    rows = [[int(code), *others] for code, *others in ROWS]
    assert values(sheet([HEADER, *rows]), "code") == ["31318", "31321", "31336"]


def test_zeros_that_only_the_format_shows_are_part_of_a_code(sheet):
    def pad(page):
        page["A2"] = 27
        page["A2"].number_format = "00000"

    assert values(sheet([HEADER, *ROWS], pad), "code")[0] == "00027"


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ([["UBND TỈNH HẬU GIANG"], ["BÁO CÁO"]], []),
        ([["BÁO CÁO"], [], []], [[], ["Ghi chú: số liệu đến cuối năm"], ["Người lập biểu"]]),
        (
            [["UBND TỈNH", None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"], []],
            [[None, None, None, "Hậu Giang, ngày 15 tháng 01 năm 2024"], [None, "Nguyễn Văn A"]],
        ),
    ],
)
def test_titles_above_and_notes_below(sheet, above, below):
    read = sheet([*above, HEADER, *ROWS, *below])
    expected = (
        ["t" if row else "." for row in above] + list("haaa") + ["n" if r else "." for r in below]
    )
    assert kinds(read) == "".join(expected)
    assert rules(read) == []
    assert values(read, "members") == [27, 41, 33]


def test_blank_rows_between(sheet):
    read = sheet([HEADER, ROWS[0], [], [" ", "\xa0"], *ROWS[1:]])
    assert kinds(read) == "ha..aa"
    assert rules(read) == []


def test_a_header_in_two_rows_under_groups(sheet):
    rows = [
        [
            "STT",
            "Tên xã",
            "Tổ công nghệ số cộng đồng",
            None,
            "Người dùng ví điện tử",
            None,
            "Ghi chú",
        ],
        [None, None, "Số tổ", "Số TV", "Số đếm", "Trên tổng số"],
        ["A", "B", 1, 2, 3, 4, "C"],
        [1, "Phường I", 4, 27, 501, 5628, "đủ"],
        [2, "Phường III", 6, 41, 950, 10703],
    ]

    def merge(page):
        for block in ("A1:A2", "B1:B2", "C1:D1", "E1:F1", "G1:G2"):
            page.merge_cells(block)

    for change in (merge, None):  # csv and ods from elsewhere lose what is merged
        read = sheet(rows, change, title="2022")
        assert kinds(read) == "hhhaa"
        assert rules(read) == []
        assert values(read, "ewallet_users.count") == [501, 950]
        assert values(read, "ewallet_users.out_of") == [5628, 10703]
        assert values(read, "teams") == [4, 6]
        assert values(read, "members") == [27, 41]


def test_machine_names_below_any_labels(sheet):
    rows = [
        ["Mã", "Gì đó", "Của năm", "Tổ", "Bao nhiêu người?", "Thêm"],
        ["code", "commune", "year", "teams", "app_users.count", None],
        ["31318", "Phường I", 2023, 4, 1647, "x"],
    ]
    read = sheet(rows)
    assert kinds(read) == "hha"
    assert values(read, "app_users.count") == [1647]
    assert rules(read) == ["unknown_column F1"]


def test_a_long_table(sheet):
    rows = [
        ["Mã xã", "Năm", "Chỉ tiêu", "Số lượng", "Trên tổng số"],
        ["31318", 2023, "app_users", 1647, 5628],
        ["31318", 2023, "Hồ sơ nộp trực tuyến", 500, 600],
        ["31318", 2023, "Applications filed online", 500, 600],
        ["31318", 2023, "Hồ sơ nộp", 500, 600],
    ]
    read = sheet(rows)
    assert values(read, "app_users.count") == [1647]
    assert values(read, "files_online.out_of") == [600, 600]
    assert rules(read) == ["unknown_indicator C5"]
    assert kinds(read) == "haaar"


def test_several_sheets_and_a_repeated_header(sheet):
    other = [
        ["Báo cáo năm 2022"],
        ["Tên xã", "Số tổ"],
        ["Xã Vị Tân", 9],
        ["Tên xã", "Số tổ"],
        ["Xã Tân Tiến", 8],
    ]
    read = sheet([HEADER, *ROWS, HEADER, ROWS[0]], **{"Năm 2022": other, "Hướng dẫn": [["Đọc kỹ"]]})
    assert kinds(read, "Báo cáo") == "haaaha"
    assert kinds(read, "Năm 2022") == "thaha"
    assert kinds(read, "Hướng dẫn") == "n"
    assert values(read, "teams") == [4, 6, 5, 4, 9, 8]
    assert values(read, "year") == [2023] * 4 + [2022] * 2
    assert rules(read) == []


def test_two_tables_with_a_year_each(sheet):
    header = ["Tên xã", "Số tổ"]
    rows = [["NĂM 2022"], header, ["Xã Vị Tân", 9], [], ["NĂM 2023"], [], header, ["Xã Vị Tân", 10]]
    read = sheet(rows)
    assert kinds(read) == "tha.t.ha"
    assert values(read, "year") == [2022, 2023]


# --- header texts ---


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Tên xã/phường", "commune"),
        ("TÊN XÃ, PHƯỜNG, THỊ TRẤN", "commune"),
        ("Ten xa", "commune"),
        ("Tªn x·", "commune"),  # TCVN3
        ("Teân xaõ", "commune"),  # VNI
        ("Xã/\nphường", "commune"),
        ("Tên xã (nếu có)", "commune"),
    ],
)
def test_ways_to_head_the_names(sheet, header, field):
    read = sheet([["Mã xã", header, "Năm", "Số tổ"], *[row[:4] for row in ROWS]])
    assert rules(read) == []
    assert values(read, field) == ["Phường I", "Phường III", "Xã Hỏa Lựu"]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("SL tổ", "teams"),
        ("Tổ", "teams"),
        ("Số TV", "members"),
        ("TV", "members"),
        ("SỐ THÀNH VIÊN (người)", "members"),
        ("So thanh vien", "members"),
        ("Sè thµnh viªn", "members"),  # TCVN3
        ("Members", "members"),
        ("Dân số (2019)", "population"),
        ("Dân số (điều tra 2019)", "population"),
        ("D©n sè", "population"),
        ("Số hộ", "households"),
        ("Người dùng ví điện tử", "ewallet_users.count"),
        ("Người dùng ví điện tử - số đếm", "ewallet_users.count"),
        ("Người dùng ví điện tử: trên tổng số", "ewallet_users.out_of"),
        ("USERS OF AN E-WALLET (count)", "ewallet_users.count"),
        ("Users of an e-wallet – out of", "ewallet_users.out_of"),
        ("ewallet_users.out_of", "ewallet_users.out_of"),
        ("Số tổ năm 2023", "teams"),
    ],
)
def test_ways_to_head_numbers(sheet, header, field):
    others = [] if not field.endswith("out_of") else ["ewallet_users.count"]
    read = sheet([["Tên xã", header, "Năm", *others], ["Xã Vị Tân", 9, 2023, *[3 for _ in others]]])
    assert rules(read) == []
    assert values(read, field) == [9]


@pytest.mark.parametrize(
    "header", ["Nam", "Số hộ nghèo", "Sô TV", "Thành viên mới", "Dân số nữ", "Tổng số", "", "Số"]
)
def test_what_is_only_alike_is_not_used(sheet, header):
    read = sheet([["Tên xã", "Số tổ", "Năm", header], ["Xã Vị Tân", 9, 2023, 7]])
    assert rules(read) == ["unknown_column D1"]
    assert 7 not in read.cells["value"].tolist()
    assert kinds(read) == "ha"


def test_a_header_that_is_nearly_known_is_proposed_and_not_used(sheet):
    read = sheet([["Tên xã", "Số tổ", "Năm", "Số thành vien"], ["Xã Vị Tân", 9, 2023, 7]])
    assert rules(read) == ["unknown_column D1"]
    assert "“số thành viên”" in read.faults["suggestion"][0]
    far = sheet([["Tên xã", "Số tổ", "Năm", "Kinh phí"], ["Xã Vị Tân", 9, 2023, 7]])
    assert "“" not in far.faults["suggestion"][0]


def test_a_group_that_nobody_knows_changes_what_is_counted(sheet):
    rows = [
        ["Tên xã", "Năm", "Số tổ", "Hộ nghèo"],
        [None, None, None, "Số hộ"],
        ["Xã Vị Tân", 2023, 9, 77],
    ]
    read = sheet(rows, lambda page: [page.merge_cells(f"{c}1:{c}2") for c in "ABC"])
    assert rules(read) == ["unknown_column D2"]
    assert kinds(read) == "hha"


def test_a_share_is_no_count(sheet):
    rows = [
        ["Tên xã", "Năm", "Người dùng ví điện tử", None, "Tỷ lệ người dùng ví điện tử"],
        [None, None, "Số đếm", "Tỷ lệ (%)", None],
        ["Xã Vị Tân", 2022, 77, 12.5, 13],
    ]
    read = sheet(rows, lambda page: page.merge_cells("C1:D1"))
    assert rules(read) == ["share_column D2", "share_column E1"]
    assert values(read, "ewallet_users.count") == [77]
    assert 12.5 not in read.cells["value"].tolist()


def test_a_share_below_a_number_is_not_that_number(sheet):
    rows = [
        ["Tên xã", "Năm", "Số tổ", "Số thành viên", None],
        [None, None, None, "Số lượng", "Tỷ lệ"],
        ["Xã Vị Tân", 2023, 9, 77, 12],
    ]
    merged = ("A1:A2", "B1:B2", "C1:C2", "D1:E1")
    read = sheet(rows, lambda page: [page.merge_cells(block) for block in merged])
    assert values(read, "members") == [77]
    assert 12 not in read.cells["value"].tolist()
    assert kinds(read) == "hha"


def test_two_columns_that_are_one_field(sheet):
    read = sheet([[*HEADER, "Số TV"], *[[*row, 5] for row in ROWS]])
    assert rules(read) == ["same_field E1", "same_field F1"]
    assert "E (Số thành viên), F (Số TV)" in read.faults["message"][0]
    assert kinds(read) == "hrrr"


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        (["Huyện", "Năm", "Số tổ"], "missing_place"),
        (["Tên xã", "Năm", "Ghi chú"], "missing_numbers"),
        (["Tên xã", "Năm", "Số lượng"], "missing_indicator"),
        (["Tên xã", "Năm", "Chỉ tiêu"], "missing_count"),
        (["Tên xã", "Năm", "Người dùng ví điện tử: trên tổng số"], "missing_count_of"),
        (["Tên xã", "STT", "Số tổ"], "missing_year"),
    ],
)
def test_a_missing_column_says_what_was_looked_for(sheet, header, rule):
    read = sheet([header, ["Xã Vị Tân", 2023, 5], ["Xã Tân Tiến", 2023, 6]])
    assert rule in set(read.faults["rule"])
    assert "a" not in kinds(read)
    told = read.faults[read.faults["rule"] == rule].iloc[0]
    assert told["expected"]
    assert told["suggestion"]


def test_years_side_by_side_are_read(sheet):
    read = sheet([["Tên xã", "Số tổ 2022", "Số tổ 2023", "Dân số"], ["Xã Vị Tân", 9, 10, 99]])
    assert rules(read) == []
    assert kinds(read) == "ha"
    assert values(read, "teams@2022") == [9]
    assert values(read, "teams@2023") == [10]
    assert values(read, "population") == [99]


# --- the year ---


@pytest.mark.parametrize(
    ("title", "name", "year"),
    [
        ("BÁO CÁO NĂM 2023", "Sheet1", 2023),
        ("Báo cáo năm 2023 (tính đến ngày 31/12/2023)", "Sheet1", 2023),
        ("Kết quả 2022", "Sheet1", 2022),
        ("Báo cáo", "2022", 2022),
        ("Báo cáo", "Năm 2022", 2022),
        ("Report of the year 2023", "2023", 2023),
        ("Kế hoạch số 12/KH-UBND ngày 05 tháng 01 năm 2022 - kết quả năm 2023", "Sheet1", 2023),
    ],
)
def test_the_year_of_a_title_or_a_sheet(sheet, title, name, year):
    read = sheet([[title], ["Tên xã", "Số tổ"], ["Xã Vị Tân", 9]], title=name)
    assert values(read, "year") == [year]
    assert rules(read) == []
    [(_, _, after)] = whys(read)
    assert after == str(year)


@pytest.mark.parametrize(
    ("title", "name", "rule"),
    [
        ("Báo cáo", "Sheet1", "missing_year"),
        ("Hậu Giang, ngày 15 tháng 01 năm 2024", "Sheet1", "missing_year"),
        ("So sánh năm 2022 và năm 2023", "Sheet1", "years_differ"),
        ("Báo cáo năm 2023", "2022", "years_differ"),
    ],
)
def test_a_year_that_is_not_certain(sheet, title, name, rule):
    read = sheet([[title], ["Tên xã", "Số tổ"], ["Xã Vị Tân", 9]], title=name)
    assert rules(read) == [f"{rule} 2"]
    assert kinds(read) == "thr"
    assert values(read, "year") == []


@pytest.mark.parametrize("year", ["Năm 2023", "2023", 2023, 2023.0])
def test_years_of_a_column(sheet, year):
    read = sheet([["Tên xã", "Năm", "Số tổ"], ["Xã Vị Tân", year, 9]])
    assert values(read, "year") == [2023]
    assert rules(read) == []


@pytest.mark.parametrize(
    "year", ["2.023", "23", 23, 2023.5, "31/12/2023", datetime.date(2023, 12, 31)]
)
def test_what_is_no_year(sheet, year):
    read = sheet([["Tên xã", "Năm", "Số tổ"], ["Xã Vị Tân", year, 9]])
    assert kinds(read) == "hr"
    assert values(read, "year") == []


# --- rows that are no communes ---


@pytest.mark.parametrize(
    ("label", "level"),
    [
        ("Tổng cộng", "all"),
        ("TỔNG CỘNG:", "all"),
        ("Cộng", "all"),
        ("Tong cong", "all"),
        ("Tæng céng", "all"),  # TCVN3
        ("Toàn tỉnh", "province"),
        ("Tỉnh Hậu Giang", "province"),
        ("Toàn huyện", "district"),
        ("Cộng huyện Vị Thủy", "district"),
        ("Huyện Vị Thủy", "district"),
        ("TX. Long Mỹ", "district"),
        ("Huyen Vi Thuy", "district"),
        ("HuyÖn VÞ Thñy", "district"),  # TCVN3
        ("Total", "all"),
    ],
)
def test_totals_are_recognised_and_kept(sheet, label, level):
    for at in (1, 4):
        rows = [HEADER, *ROWS]
        rows.insert(at, [None, label, 2023, 15, 101])
        read = sheet(rows)
        assert kinds(read) == "h" + "".join("T" if row == at else "a" for row in range(1, 5))
        assert read.rows.set_index("row")["level"][at + 1] == level
        assert sorted(values(read, "members")) == [27, 33, 41, 101]
        assert rules(read) == []


@pytest.mark.parametrize("name", ["Xã Cộng Hòa", "Cộng Hòa", "Tổng Cọt", "Huyền Hội", "Toàn Thắng"])
def test_communes_that_sound_like_totals(sheet, name):
    read = sheet([HEADER, *ROWS, [None, name, 2023, 15, 101]])
    assert kinds(read) == "haaaa"


def test_totals_in_the_first_column_merged(sheet):
    rows = [
        ["STT", *HEADER],
        *[[at, *row] for at, row in enumerate(ROWS, 1)],
        ["Tổng cộng", None, None, None, 15, 101],
    ]
    read = sheet(rows, lambda page: page.merge_cells("A5:D5"))
    assert kinds(read) == "haaaT"
    assert rules(read) == []


def test_rows_of_districts_above_their_communes_give_the_district(sheet):
    rows = [
        ["STT", "Đơn vị", "Năm", "Số tổ"],
        [None, "TOÀN TỈNH", None, 19],
        ["I", "Thành phố Vị Thanh", None, None],
        [1, "Phường I", 2023, 4],
        [2, "Phường III", 2023, 6],
        ["II", "Huyện Vị Thủy", 2023, 9],
        [1, "Xã Vị Đông", 2023, 9],
        [None, "Tổng cộng", None, 19],
    ]
    read = sheet(rows)
    assert kinds(read) == "hThaaTaT"
    assert values(read, "district") == ["Thành phố Vị Thanh"] * 2 + ["Huyện Vị Thủy"]
    assert [why[0] for why in whys(read)] == [4, 5, 7]
    assert rules(read) == []


def test_rows_of_districts_below_their_communes_give_none(sheet):
    rows = [
        ["Đơn vị", "Năm", "Số tổ"],
        ["Phường I", 2023, 4],
        ["Thành phố Vị Thanh", 2023, 4],
        ["Xã Vị Đông", 2023, 9],
    ]
    read = sheet(rows)
    assert kinds(read) == "haTa"
    assert values(read, "district") == []


WITH_DISTRICTS = ["Huyện", "Tên xã", "Năm", "Số tổ"]


def test_merged_districts_are_filled_down_and_noted(sheet):
    rows = [
        WITH_DISTRICTS,
        ["TP. Vị Thanh", "Phường I", 2023, 4],
        [None, "Phường III", 2023, 6],
        ["H. Vị Thủy", "Xã Vị Đông", 2023, 9],
    ]
    read = sheet(rows, lambda page: page.merge_cells("A2:A3"))
    assert values(read, "district") == ["TP. Vị Thanh", "TP. Vị Thanh", "H. Vị Thủy"]
    assert whys(read) == [(3, "", "TP. Vị Thanh")]
    assert kinds(read) == "haaa"


def test_a_district_in_its_first_row_only(sheet):
    rows = [
        WITH_DISTRICTS,
        ["TP. Vị Thanh", "Phường I", 2023, 4],
        [None, "Phường III", 2023, 6],
        ["Cộng TP. Vị Thanh", None, None, 10],
        ["H. Vị Thủy", None, None, 9],
        [None, "Xã Vị Đông", 2023, 9],
    ]
    read = sheet(rows)
    assert kinds(read) == "haaTTa"
    districts = read.cells[read.cells["field"] == "district"].set_index("row")["value"]
    assert districts[[2, 3, 6]].tolist() == ["TP. Vị Thanh", "TP. Vị Thanh", "H. Vị Thủy"]
    assert [why[0] for why in whys(read)] == [3, 6]


def test_a_district_of_one_commune_may_stand_at_its_total_too(sheet):
    rows = [
        ["Huyện", "Xã", "Số tổ", "Năm"],
        ["TP. Vị Thanh", "Phường I", 4, 2023],
        ["TP. Vị Thanh", "Cộng", 4, None],
        ["H. Vị Thủy", "Xã Vị Đông", 9, 2023],
        [None, "Xã Vị Bình", 7, 2023],
    ]
    read = sheet(rows)
    assert kinds(read) == "haTaa"
    assert values(read, "district") == [*["TP. Vị Thanh"] * 2, *["H. Vị Thủy"] * 2]


def test_a_district_in_its_first_row_of_each_year(sheet):
    communes = ["Phường I", "Phường III"]
    names = ["TP. Vị Thanh", None]
    rows = [
        [district, commune, year, 4]
        for year in (2022, 2023)
        for district, commune in zip(names, communes, strict=True)
    ]
    read = sheet([WITH_DISTRICTS, *rows])
    assert values(read, "district") == ["TP. Vị Thanh"] * 4
    assert [why[0] for why in whys(read)] == [3, 5]


def test_a_district_that_is_missing_is_not_made_up(sheet):
    rows = [
        WITH_DISTRICTS,
        ["TP. Vị Thanh", "Phường I", 2023, 4],
        ["TP. Vị Thanh", "Phường III", 2023, 6],
        [None, "Xã Vị Đông", 2023, 9],
    ]
    read = sheet(rows)
    assert values(read, "district") == ["TP. Vị Thanh"] * 2
    assert whys(read) == []


def test_a_row_without_a_commune_is_no_total_where_districts_stand_in_each_row(sheet):
    rows = [
        WITH_DISTRICTS,
        ["TP. Vị Thanh", "Phường I", 2023, 4],
        ["TP. Vị Thanh", "Phường III", 2023, 6],
        ["TP. Vị Thanh", None, 2023, 9],
    ]
    read = sheet(rows)
    assert kinds(read) == "haar"
    assert rules(read) == ["no_commune 4"]


def test_a_merged_district_over_a_row_without_a_commune_is_no_total(sheet):
    rows = [WITH_DISTRICTS, ["TP. Vị Thanh", None, 2023, 4], [None, "Phường III", 2023, 6]]
    read = sheet(rows, lambda page: page.merge_cells("A2:A3"))
    assert kinds(read) == "hra"
    assert rules(read) == ["no_commune 2"]


def test_words_below_a_column_of_districts_are_a_note(sheet):
    read = sheet([WITH_DISTRICTS, ["TP. Vị Thanh", "Phường I", 2023, None], ["Người lập"]])
    assert kinds(read) == "han"


def test_numbers_of_no_place_are_refused(sheet):
    read = sheet([HEADER, *ROWS, [None, None, None, 15, 101], ROWS[0]])
    assert kinds(read) == "haaara"
    assert rules(read) == ["no_place 5"]


def test_a_commune_that_reported_nothing_is_no_note(sheet):
    silent = [
        ["31339", "Xã Hỏa Tiến", 2023],
        [None, "Vị Tân", 2023],
        [None, "Tân Lạ", 2023, "chưa báo cáo", "-"],
    ]
    read = sheet([HEADER, *ROWS, *silent])
    assert kinds(read) == "haaaaaa"
    assert values(read, "teams") == [4, 6, 5, None]


def test_a_name_nobody_knows_within_the_table_is_not_lost(sheet):
    read = sheet([HEADER, ROWS[0], [None, "Nguyễn Văn A", None, None, None], *ROWS[1:]])
    assert kinds(read) == "haaaa"  # the names are checked later, against the list
    assert "Nguyễn Văn A" in values(read, "commune")


def test_a_sheet_of_as_many_tables_as_a_report_has_is_read_and_one_of_more_is_not(
    sheet, monkeypatch
):
    monkeypatch.setattr(limits, "MOST_TABLES", 2)
    tables = [[HEADER, ROWS[at], []] for at in range(3)]
    assert kinds(sheet(tables[0] + tables[1])) == "ha.ha"
    assert rules(sheet(tables[0] + tables[1] + tables[2])) == ["too_many_tables 0"]


@pytest.mark.parametrize(("rows", "told"), [(2, {"no_table"}), (3, {"no_header", "no_table"})])
def test_rows_of_numbers_below_no_header_are_said_to_lack_it(sheet, rows, told):
    for row in (["A", 4, 27], [4, 27], ["4", "27", "Phường I"]):
        found = sheet([row] * rows)
        assert {*found.faults["rule"]} - {"left_block"} == told
        assert found.cells.empty
    assert "no_header" not in {*sheet([["A", 4, "x"]] * rows).faults["rule"]}


# --- cells ---


def test_beside_a_hidden_column_none_is_called_hidden(sheet):
    def hide(page):
        page.column_dimensions["D"].hidden = True

    [said] = sheet([HEADER, *ROWS], hide).faults["message"]
    assert said.rpartition(": ")[2] == "D."


def test_hidden_rows_columns_and_sheets_are_read_and_told(sheet):
    def hide(page):
        page.row_dimensions[3].hidden = True
        page.row_dimensions[4].hidden = True
        page.column_dimensions["E"].hidden = True
        page.parent["Phụ"].sheet_state = "hidden"

    read = sheet([HEADER, *ROWS], hide, **{"Phụ": [HEADER, ROWS[0]]})
    assert rules(read) == ["hidden_rows 3", "hidden_columns E0", "hidden_sheet 0"]
    assert set(read.faults["severity"]) == {"warning"}
    assert "3–4" in read.faults["message"][0]
    assert kinds(read) == "haaaha"
    assert len(values(read, "members")) == 4


@given(st.sets(st.integers(1, 40), min_size=1))
def test_spans_of_hidden_rows_name_each_of_them_once_and_as_shortly_as_can_be(rows):
    spans = [one.split("–") for one in reading._spans(sorted(rows)).split(", ")]
    named = [row for one in spans for row in range(int(one[0]), int(one[-1]) + 1)]
    assert named == sorted(rows)
    assert len(spans) == sum(row - 1 not in rows for row in rows)


@pytest.mark.parametrize("how", ["collapse", "filter"])
def test_rows_of_an_ods_are_hidden_by_hand_or_by_a_filter(how):
    page = f"""<table:table table:name="A"><table:table-row table:visibility="visible"/>
        <table:table-row table:visibility="{how}"/><table:table-row/></table:table>"""
    assert ods.facts({"content.xml": page.encode()})["A"].hidden_rows == {2}


def test_formulas_are_read_as_their_results(tmp_path):
    import xlsxwriter

    file = tmp_path / "formulas.xlsx"
    with xlsxwriter.Workbook(file) as workbook:
        page = workbook.add_worksheet("Báo cáo")
        for at, row in enumerate([HEADER, *ROWS]):
            page.write_row(at, 0, row)
        page.write_formula("E2", "=20+7", None, 27)
        page.write_formula("E3", "=1/0", None, "#DIV/0!")
        page.write_formula("B2", '="Phường "&"I"', None, "Phường I")
    read = reading.read_table(file)
    assert values(read, "members") == [27, 33]
    assert rules(read) == ["formula_error E3"]
    assert kinds(read) == "hara"
    assert whys(read) == [(2, '="Phường "&"I"', "Phường I"), (2, "=20+7", "27")]


def test_a_formula_without_its_result_is_an_error(sheet):
    def change(page):
        page["E2"] = "=SUM(1,2)"
        page["B3"] = "=A1"
        page["E5"] = "=SUM(E2:E4)"
        page["B5"] = "Tổng cộng"

    read = sheet([HEADER, *ROWS], change)
    assert kinds(read) == "hrraT"
    assert set(rules(read, "error")) == {"uncomputed E2", "uncomputed B3"}
    assert rules(read, "warning") == ["uncomputed E5"]  # a total that nobody can check
    assert read.faults["found"].tolist().count("=SUM(1,2)") == 1


def test_a_per_cent_is_never_a_count(sheet):
    def change(page):
        page["E2"], page["E3"], page["E4"] = 0.12, 1, "15 %"
        page["E2"].number_format = "0%"
        page["E3"].number_format = "0.0%"

    read = sheet([HEADER, *ROWS], change)
    assert rules(read) == ["percent E2", "percent E3", "percent E4"]
    assert read.faults["found"].tolist() == ["12 %", "100 %", "15 %"]
    assert kinds(read) == "hrrr"
    assert values(read, "members") == []


def test_dates_that_excel_made_are_refused(sheet):
    def change(page):
        page["E2"] = datetime.date(2023, 2, 1)
        page["E2"].number_format = "d-mmm"
        page["D3"] = datetime.time(1, 2)
        page["E4"] = "1-Feb"

    read = sheet([HEADER, *ROWS], change)
    assert rules(read) == ["date D3", "date E2", "date E4"]
    assert kinds(read) == "hrrr"


def test_a_merged_number_belongs_to_nobody(sheet):
    def change(page):
        page["E3"] = None
        page.merge_cells("E2:E3")

    read = sheet([HEADER, *ROWS], change)
    assert rules(read) == ["merged_number E2", "merged_number E3"]
    assert kinds(read) == "hrra"


def test_a_number_merged_over_two_columns_belongs_to_neither(sheet):
    def change(page):
        page["E2"] = None
        page.merge_cells("D2:E2")

    read = sheet([HEADER, *ROWS], change)
    assert rules(read) == ["merged_number D2"]
    assert kinds(read) == "hraa"


def test_what_is_missing_is_not_zero(sheet):
    rows = [[*row[:4], said] for row, said in zip(ROWS, ["-", "chưa báo cáo", 0], strict=True)]
    read = sheet([HEADER, *rows])
    assert values(read, "members") == [None, None, 0]
    assert whys(read) == [(2, "-", ""), (3, "chưa báo cáo", "")]
    assert kinds(read) == "haaa"


def test_text_numbers_and_what_stands_behind_them(sheet):
    rows = [
        [*row[:4], said] for row, said in zip(ROWS, ["27 người", "41*", "33 (ước)"], strict=True)
    ]
    read = sheet([HEADER, *rows])
    assert values(read, "members") == [27, 41, 33]
    assert [change[1:] for change in whys(read)] == [
        ("27 người", "27"),
        ("41*", "41"),
        ("33 (ước)", "33"),
    ]
    assert rules(read) == ["estimate E4"]
    assert kinds(read) == "haaa"


@pytest.mark.parametrize(
    "said", ["khoảng 500", "~500", "trên 500", "gần 500", "500+", "500-600", "5 nghìn", "năm trăm"]
)
def test_a_number_about_right_is_no_count(sheet, said):
    read = sheet([HEADER, [*ROWS[0][:4], said], *ROWS[1:]])
    assert kinds(read) == "hraa"
    assert values(read, "members") == [41, 33]


def test_one_column_of_two_conventions_lists_its_cells(sheet):
    rows = [
        [*row[:4], said] for row, said in zip(ROWS, ["1.234,5", "1,234.5", "1.234"], strict=True)
    ]
    read = sheet([HEADER, *rows])
    assert rules(read) == ["contradiction E2", "contradiction E3", "contradiction E4"]


def test_a_total_may_decide_what_a_dot_is(sheet):
    rows = [[*row[:4], said] for row, said in zip(ROWS, ["1.234", "2.345", "999"], strict=True)]
    assert rules(sheet([HEADER, *rows])) == ["ambiguous E2", "ambiguous E3"]
    read = sheet([HEADER, *rows, [None, "Tổng cộng", None, None, "1.004.578"]])
    assert rules(read) == []
    assert values(read, "members") == [1234, 2345, 999, 1004578]


# --- csv ---

TABLE = (
    "Mã xã;Tên xã;Năm;Số tổ;Số thành viên\n31318;Phường I;2023;4;27\n31336;Xã Hỏa Lựu;2023;5;33\n"
)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("cp1258", b""),
    ],
)
def test_csv_in_every_encoding_and_separator(text, separator, encoding, mark):
    table = TABLE.replace(";", separator)
    if encoding == "cp1258":
        table = _for_1258(table)
    read = text(mark + table.encode(encoding))
    assert values(read, "commune") == ["Phường I", "Xã Hỏa Lựu"]
    assert values(read, "members") == [27, 33]
    assert kinds(read) == "haa"
    assert rules(read) == (["encoding 0"] if encoding == "cp1258" else [])
    assert read.rows["sheet"].unique().tolist() == ["report"]


def _for_1258(table):
    """Write text as Windows-1258 wants it: tone marks on their own, behind the letter."""
    import unicodedata

    tones = "\u0300\u0301\u0303\u0309\u0323"
    written = ""
    for letter in table:
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in parts if mark in tones)
        rest = "".join(mark for mark in parts if mark not in tones)
        written += unicodedata.normalize("NFC", rest) + tone
    return written


def test_csv_is_parted_as_most_of_its_rows_are(text):
    above, below = "Báo cáo;;;;;;\n", "Ghi chú: một, hai\nNguồn: ba, bốn\n"
    read = text((above + TABLE + below).encode())
    assert values(read, "members") == [27, 33]


def test_csv_of_an_old_font(text):
    # the letter of "Vị" is a tone mark in Windows-1258, and there on no vowel
    table = "M· x·;Tªn x·;N¨m;Sè tæ\n31333;X· VÞ T©n;2023;4\n"
    read = text(table.encode("cp1252"))
    assert values(read, "code") == ["31333"]
    assert values(read, "commune") == ["X· VÞ T©n"]  # for who knows the names
    assert values(read, "teams") == [4]
    assert kinds(read) == "ha"
    assert "cp1252" in read.faults["message"][0]


def test_csv_that_says_its_separator(text):
    read = text("sep=;\n" + TABLE)
    assert kinds(read) == "haa"


def test_csv_with_decimal_commas_between_semicolons(text):
    read = text('Tên xã;Năm;Số tổ;Dân số\nXã Vị Tân;2023;9;"1.234,0"\nXã Tân Tiến;2023;8;1.000\n')
    assert values(read, "population") == [1234, 1000]


def test_csv_with_quotes_and_line_ends_within(text):
    read = text('Tên xã,Năm,Số tổ\r\n"Xã Vị\nTân",2023,9\r\n\r\n"Xã ""Tân"" Tiến",2023,8\r\n')
    assert values(read, "commune") == ["Xã Vị Tân", 'Xã "Tân" Tiến']
    assert kinds(read) == "ha.a"


@pytest.mark.parametrize("end", [";;;;\n", ";;;;\n\n;;;;\n"])
def test_csv_rows_below_the_last_that_holds_something_are_none(text, end):
    inside = TABLE.replace("31336", ";;;;\n31336")
    assert kinds(text(inside)) == "ha.a"
    assert kinds(text(inside + end)) == "ha.a"


def test_csv_codes_as_excel_needs_them(text):
    read = text('Mã xã,Năm,Số tổ\n"=""00027""",2023,9\n')
    assert values(read, "code") == ["00027"]
    assert kinds(read) == "ha"


def test_csv_formulas_are_text(text):
    read = text("Tên xã,Năm,Số tổ\nXã Vị Tân,2023,=1+2\n")
    assert rules(read) == ["no_number C2"]
    assert kinds(read) == "hr"


# --- the same in old Excel and LibreOffice ---


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_other_formats_say_the_same(kind):
    read = reading.read_table(GOLDEN / f"messy.{kind}")
    assert read.kind == kind
    assert kinds(read, "Báo cáo") == "t.harrrT"
    assert kinds(read, "Phụ") == "ha"
    assert values(read, "district") == ["TP. Vị Thanh"] * 2 + ["H. Vị Thủy"] * 2
    assert values(read, "code") == ["31318", "31321", "00027", "31462"]
    assert values(read, "members") == [27, 41, 60, None, 128]
    assert values(read, "population") == [5628, 9000.5]
    assert rules(read, "error") == ["date D7", "ambiguous F5", "percent F6"]
    assert rules(read, "warning") == [
        *("hidden_rows 7", "hidden_columns F0", "formula_error F8", "hidden_sheet 0"),
    ]
    assert (5, "", "TP. Vị Thanh") in whys(read)
    assert read.sheets[0].formulas.keys() >= {(8, 5), (8, 6)}
    assert [str(merge) for merge in read.sheets[0].merges] == ["A4:A5", "A6:A7"]


def test_old_excel_as_it_writes_itself(tmp_path):
    # LibreOffice writes its own format for 0 % and no error without a formula; Excel does
    def record(kind, *fields, form):
        body = struct.pack("<" + form, *fields)
        return struct.pack("<HH", kind, len(body)) + body

    top = [
        record(0x809, 0x600, 5, form="HH12x"),
        *(record(0xE0, 0, style, form="HH16x") for style in (0, 9, 10)),
        record(0x85, 0, 0, 0, 1, 0, b"S", form="IBBBB1s"),
        record(0x0A, form=""),
    ]
    start = sum(map(len, top))
    top[4] = record(0x85, start, 0, 0, 1, 0, b"S", form="IBBBB1s")
    page = [
        record(0x809, 0x600, 16, form="HH12x"),
        record(0x203, 0, 0, 1, 1.0, form="HHHd"),
        record(0x27E, 0, 1, 2, 0, form="HHHI"),
        record(0x27E, 0, 2, 0, 0, form="HHHI"),
        record(0x205, 1, 0, 0, 0x2A, 1, form="HHHBB"),
        record(0x205, 1, 1, 0, 1, 0, form="HHHBB"),
        record(0xBD, 2, 3, 0, 0, 1, 0, 4, form="HHHIHIH"),
        record(0x0A, form=""),
    ]
    top.insert(1, old_excel._font(0, 0))
    start += len(top[1])
    top[5] = record(0x85, start, 0, 0, 1, 0, b"S", form="IBBBB1s")
    (tmp_path / "s.xls").write_bytes(old_excel._container(b"".join([*top, *page])))
    [found] = containers.sheets(tmp_path / "s.xls")
    assert found.formats == {(1, 1): "0%", (1, 2): "0.00%", (3, 5): "0%"}
    assert found.errors == {(2, 1): "#N/A"}
    assert (found.last_row, found.last_column) == (3, 5)


def test_all_formats_give_equal_frames(tmp_path):
    import importlib.util

    spec = importlib.util.spec_from_file_location("workbooks", GOLDEN / "workbooks.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    maker.messy(tmp_path / "messy.xlsx")
    first = reading.read_table(tmp_path / "messy.xlsx")
    for kind in ("xls", "ods"):
        other = reading.read_table(GOLDEN / f"messy.{kind}")
        pd.testing.assert_frame_equal(first.cells, other.cells)
        pd.testing.assert_frame_equal(first.rows, other.rows)
        same = ["sheet", "row", "column", "field", "rule", "severity"]
        pd.testing.assert_frame_equal(first.faults[same], other.faults[same])


def test_a_total_of_the_province_is_one_in_a_study_that_calls_it_otherwise():
    with sources.use(study.find("kenya_2019")):
        found = [layout._level_of(one) for one in ("Province total", "Country, total", "Total")]
    assert found == ["province", "province", ""]


def test_a_text_is_read_with_what_its_number_format_puts_around_it():
    formats = {(1, 1): '@" (mới)"', (1, 2): '0" người"'}
    page = SimpleNamespace(grid=[["Vị Đông", 5, "không"]], formats=formats)
    found = [cells._as_shown(page, 1, column) for column in (1, 2, 3)]
    assert found == ["Vị Đông (mới)", 5, "không"]

"""Check that what stands around a table counts: its unit, its year, its period, a plan."""

import openpyxl
import pytest

from hganalysis import places, words, workbook
from hganalysis.workbook import headers, periods, units
from hganalysis.workbook.vocabulary import TEXTS

ROWS = [["31318", "Phường I", 4, 27], ["31321", "Phường III", 6, 41]]
HEADER = ["Mã xã", "Tên xã", "Số tổ", "Số thành viên"]
TEAMS = [["31318", 2023, 4, 27], ["31321", 2023, 6, 41]]
APP = "Người dùng ứng dụng nền tảng số"


@pytest.fixture
def sheet(tmp_path):
    """Write rows into a workbook and read it."""

    def write(rows, *, title="Báo cáo", merge=()):
        book = openpyxl.Workbook()
        page = book.active
        page.title = title
        for row in rows:
            page.append(row)
        for block in merge:
            page.merge_cells(block)
        book.save(tmp_path / "report.xlsx")
        return workbook.read(tmp_path / "report.xlsx")

    return write


def rules(found, severity="error"):
    """Give the rules broken, with their cells; what is not there at all is no matter here."""
    faults = found.faults[found.faults["severity"] == severity]
    faults = faults[~faults["rule"].str.endswith("_missing")]
    return [
        f"{rule} {column}{row}"
        for rule, column, row in zip(faults["rule"], faults["column"], faults["row"], strict=True)
    ]


def teams(found):
    return found.teams[["code", "year", "teams", "members"]].to_numpy().tolist()


def counts(found):
    return found.reports[["code", "year", "count", "out_of"]].to_numpy().tolist()


# --- units ---


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("Đơn vị tính: %", "unit_percent"),
        ("(ĐVT: phần trăm)", "unit_percent"),
        ("DON VI TINH: NGHIN NGUOI", "unit_scaled"),
        ("Đơn vị tính: 1.000 người", "unit_scaled"),
        ("§¬n vÞ tÝnh: ngh×n ng­êi", "unit_scaled"),  # TCVN3
        ("Đơn vị: triệu đồng", "unit_money"),
        ("Tỷ lệ người dân sử dụng (%)", "unit_percent"),
        ("Đơn vị tính: sào", "unit_unknown"),
    ],
)
def test_a_unit_above_a_table_is_that_of_its_numbers(sheet, line, rule):
    found = sheet([["BÁO CÁO NĂM 2023"], [None, None, line], HEADER, *ROWS])
    assert rules(found) == [f"{rule} C2"]
    assert found.accepted.empty
    assert "Số thành viên" in found.errors["message"].iloc[0]


@pytest.mark.parametrize(
    "line",
    [
        "Đơn vị tính: người",
        "ĐVT: tổ, người, hộ",
        "Đơn vị: UBND thành phố Vị Thanh",
        "Đơn vị tính: tổ",
    ],
)
def test_units_that_count_one_by_one_are_no_matter(sheet, line):
    found = sheet([["BÁO CÁO NĂM 2023"], [line], HEADER, *ROWS])
    assert rules(found) == []
    assert teams(found) == TEAMS


def test_a_unit_below_a_table_counts_too(sheet):
    found = sheet([["NĂM 2023"], HEADER, *ROWS, ["Ghi chú: đơn vị tính: nghìn người"]])
    assert rules(found) == ["unit_scaled A5"]
    assert teams(found) == []


def test_the_unit_of_a_column_is_nearer_than_that_of_the_table(sheet):
    own = ["Mã xã", "Tên xã", "Số tổ (tổ)", "Số thành viên (người)"]
    assert teams(sheet([["NĂM 2023", None, "Đơn vị tính: %"], own, *ROWS])) == TEAMS


def test_a_row_of_units_is_no_heading(sheet):
    header = [*HEADER, APP, None]
    rows = [[*row, 1000, 20] for row in ROWS]
    unit = [None, "ĐVT", "tổ", "người", "người", "%"]
    found = sheet([["NĂM 2022"], header, unit, *rows], merge=["E2:F2"])
    assert rules(found) == []
    assert rules(found, "warning") == ["share_column F3"]
    assert found.complete  # units are headings: nothing was left out
    assert found.teams["members"].tolist() == [27, 41]
    assert found.reports["count"].tolist() == [1000, 1000]
    unit[3] = "nghìn người"
    assert rules(sheet([["NĂM 2022"], header, unit, *rows], merge=["E2:F2"])) == ["unit_scaled D3"]


def test_what_looks_like_units_may_be_the_only_headings(sheet):
    rows = [
        ["NĂM 2023"],
        ["Mã xã", "Tên xã", "Tổ CNSCĐ", None],
        [None, None, "Tổ", "Thành viên"],
        *ROWS,
    ]
    for merge in (["C2:D2"], []):
        assert teams(sheet(rows, merge=merge)) == TEAMS


@pytest.mark.parametrize(
    "said",
    [
        "Số thành viên (nghìn người)",
        "Số thành viên - nghìn người",
        "Số thành viên\n(ĐVT: triệu đồng)",
        "Số thành viên, đơn vị tính: nghìn người",
    ],
)
def test_a_unit_in_a_heading(sheet, said):
    found = sheet([["NĂM 2023"], [*HEADER[:3], said], *ROWS])
    assert [rule[:6] for rule in rules(found)] == ["unit_s" if "đồng" not in said else "unit_m"]
    assert rules(found)[0].endswith(" D2")


def test_a_column_of_units(sheet):
    rows = [
        ["NĂM 2023"],
        ["Mã xã", "Chỉ tiêu", "Đơn vị tính", "Số lượng", "Trên tổng số"],
        ["31318", "Hồ sơ nộp trực tuyến", "hồ sơ", 400, 500],
        ["31321", "Hồ sơ nộp trực tuyến", "nghìn hồ sơ", 4, 5],
    ]
    found = sheet(rows)
    assert rules(found) == ["unit_scaled C4"]
    assert counts(found) == [["31318", 2023, 400, 500]]


# --- years ---


def test_years_side_by_side_are_read_with_their_totals(sheet):
    rows = [
        ["Mã xã", "Tên xã", "Năm 2022", None, "Năm 2023", None],
        [None, None, "Số tổ", "Số TV", "Số tổ", "Số TV"],
        ["31318", "Phường I", 4, 27, 5, 28],
        ["31321", "Phường III", 6, 41, 7, 44],
        [None, "Tổng cộng", 10, 68, 12, 73],
    ]
    for merge in (["C1:D1", "E1:F1"], []):  # files from elsewhere lose what is merged
        found = sheet(rows, merge=merge)
        assert rules(found) == ["sum_differs F5"]
        first = [["31318", 2022, 4, 27], ["31321", 2022, 6, 41]]
        assert teams(found) == [*first, ["31318", 2023, 5, 28], ["31321", 2023, 7, 44]]
        assert found.rows["kind"].tolist() == ["header"] * 2 + ["accepted"] * 2 + ["total"]
        assert set(found.faults["field"]) <= {"members", ""}


def test_years_below_each_measure_are_read_without_merged_cells(sheet):
    rows = [
        ["Mã xã", "Tên xã", "Số tổ", None, "Số TV", None],
        [None, None, 2022, 2023, "Năm 2022", "Năm 2023"],
        ["31318", "Phường I", 4, 5, 27, 28],
    ]
    found = sheet(rows)
    assert found.complete
    assert teams(found) == [["31318", 2022, 4, 27], ["31318", 2023, 5, 28]]


def test_a_year_below_no_name_is_of_the_name_to_its_left_only_where_years_begin_there(sheet):
    rows = [["Mã xã", "Tên xã", "Số tổ", "Số TV", None], [*[None] * 4, "Năm 2023"]]
    found = sheet([*rows, *[[*row, 99] for row in ROWS]], title="2023")
    assert rules(found, "warning") == ["unknown_column E2"]
    assert teams(found) == TEAMS


def test_a_defect_of_one_year_is_found_in_its_column(sheet):
    rows = [
        ["Mã xã", "Số tổ 2022", "Số TV 2022", "Số tổ 2023", "Số TV 2023"],
        ["31318", 4, 27, 5, -28],
        ["31321", 6, "nhiều", 7, 44],
        ["99999", 6, 41, 7, 44],
    ]
    assert sorted(rules(sheet(rows))) == ["code_unknown A4", "negative E2", "no_number C3"]


def test_a_column_without_a_year_among_others_is_asked_for(sheet):
    rows = [["Mã xã", "Số tổ 2022", "Số tổ 2023", "Số TV", "Dân số"], ["31318", 4, 5, 28, 5628]]
    found = sheet(rows)
    assert rules(found) == ["years_across D1"]  # residents may be of any year
    assert found.accepted.empty


@pytest.mark.parametrize(
    ("title", "heading", "name", "rule"),
    [
        ("BÁO CÁO NĂM 2022", "Số tổ", "Báo cáo", "year_of_title A1"),
        ("BÁO CÁO", "Số tổ", "2022", "year_of_title 2"),
        ("BÁO CÁO", "Số tổ năm 2022", "Báo cáo", "year_of_column C2"),
        ("BÁO CÁO 9 THÁNG ĐẦU NĂM 2023", "Số tổ", "Báo cáo", "part_of_year A1"),
        ("(tính đến 30/9/2023)", "Số tổ", "Báo cáo", "part_of_year A1"),
        ("BAO CAO QUY III", "Số tổ", "Báo cáo", "part_of_year A1"),
    ],
)
def test_the_year_of_the_rows_is_held_to_what_is_said_above(sheet, title, heading, name, rule):
    header = ["Mã xã", "Tên xã", heading, "Số thành viên", "Năm"]
    found = sheet([[title], header, *[[*row, 2023] for row in ROWS]], title=name)
    assert rules(found) == [rule]
    assert found.accepted.empty


@pytest.mark.parametrize(("others", "said"), [(1, ["E3"]), (2, ["C1"]), (3, ["C1"])])
def test_the_year_of_a_heading_is_wrong_where_half_of_the_rows_are_of_another(sheet, others, said):
    header = ["Mã xã", "Tên xã", "Số tổ năm 2022", "Số thành viên", "Năm"]
    codes = places.communes().index[:4]
    years = [2022, 2023, 2023, 2023][: 1 + others] + [2022] * (3 - others)
    rows = [[code, places.name(code), 4, 28, year] for code, year in zip(codes, years, strict=True)]
    faults = [one.split() for one in rules(sheet([header, *rows]))]
    assert [cell for rule, cell in faults if rule == "year_of_column"] == said


@pytest.mark.parametrize(
    "title",
    [
        "BÁO CÁO 12 THÁNG NĂM 2023",
        "BÁO CÁO NĂM 2023 (tính đến ngày 31/12/2023)",
        "So sánh năm 2022 và năm 2023",
        "Kèm theo Kế hoạch số 12/KH-UBND năm 2021",
        "Kết quả thực hiện kế hoạch năm 2023",
        "SỞ KẾ HOẠCH VÀ ĐẦU TƯ",
        "Vị Thanh, ngày 15 tháng 9 năm 2024",
    ],
)
def test_titles_that_fit(sheet, title):
    found = sheet([[title], [*HEADER, "Năm"], *[[*row, 2023] for row in ROWS]])
    assert rules(found) == []
    assert teams(found) == TEAMS


@pytest.mark.parametrize("title", ["Báo cáo quý IV năm 2023", "Báo cáo 6 tháng đầu năm 2023"])
def test_a_part_of_a_year_is_no_year(sheet, title):
    assert rules(sheet([[title], HEADER, *ROWS])) == ["part_of_year A1"]


def test_a_table_below_another_is_of_what_is_said_above_it_all(sheet):
    second = ["II. Số liệu bổ sung"]
    for line, rule in ((["NĂM 2023"], []), (["NĂM 2023 (ĐVT: %)"], ["unit_percent A1"])):
        found = sheet([line, HEADER, ROWS[0], second, HEADER, ROWS[1]])
        assert rules(found) == rule
        assert teams(found) == ([] if rule else TEAMS)
    # a table that says its own time is held to that alone
    rows = [["9 THÁNG NĂM 2023"], HEADER, ROWS[0], ["NĂM 2023"], HEADER, ROWS[1]]
    found = sheet(rows)
    assert rules(found) == ["part_of_year A1"]
    assert teams(found) == TEAMS[1:]


def test_the_year_of_a_row_without_numbers_is_no_heading(sheet):
    header = [*HEADER, "Năm"]
    empty = [["31318", "Phường I", None, None, 2023], [None, "Phường I", None, None, "Năm 2023"]]
    for row in empty:  # right below a header, and right above one
        found = sheet([header, row, header, [*ROWS[1], 2023]])
        assert found.rows["kind"].tolist() == ["header", "blank", "header", "accepted"]


# --- plans ---


@pytest.mark.parametrize("over", ["Kế hoạch năm 2024", "Giao chỉ tiêu", "Năm sau", "Chỉ tiêu 2024"])
def test_a_plan_is_no_outcome_where_cells_are_not_merged(sheet, over):
    rows = [
        ["Mã xã", "Tên xã", "Thực hiện năm 2023", None, over, None],
        [None, None, "Số tổ", "Số TV", "Số tổ", "Số TV"],
        *[[*row, 50, 300] for row in ROWS],
    ]
    found = sheet(rows)
    assert rules(found) == []
    assert rules(found, "warning") == ["plan_column E2", "plan_column F2"]
    assert teams(found) == TEAMS
    assert found.sound
    assert not found.complete  # what was planned was not read
    assert found.uses["left"].tolist() == [4]


@pytest.mark.parametrize("target", ["chỉ tiêu", "chi tieu"])
def test_a_target_of_a_year_is_a_plan_and_what_was_reached_of_it_is_none(target):
    def kind(heading):
        return list(periods.said(heading))[-1].kind

    assert kind(target) == ""  # what a column of names of measures is called
    assert {kind(f"{target} 2023"), kind(f"{target} năm 2023"), kind(f"2023 {target}")} == {"plan"}
    for done in TEXTS["periods"]["done"]:
        for heading in (f"{done} {target} 2023", f"2023 {target} {done}"):
            assert kind(heading) == "done", heading


def test_plan_and_outcome_below_each_measure(sheet):
    rows = [
        ["Mã xã", "Tên xã", "Số tổ", None, "Số TV", None],
        [None, None, "Kế hoạch", "Thực hiện", "KH", "TH"],
        ["31318", "Phường I", 9, 4, 90, 27],
    ]
    for merge in (["A1:A2", "B1:B2", "C1:D1", "E1:F1"], []):
        found = sheet(rows, title="2023", merge=merge)
        assert rules(found, "warning") == ["plan_column C2", "plan_column E2"]
        assert teams(found) == TEAMS[:1]


@pytest.mark.parametrize(
    ("title", "name", "cell"),
    [
        ("GIAO CHỈ TIÊU NĂM 2023", "Báo cáo", "A1"),
        ("Biểu số 3: Kế hoạch thực hiện năm 2023", "Báo cáo", "A1"),
        ("NĂM 2023", "Kế hoạch", "2"),
    ],
)
def test_a_table_that_is_a_plan_is_refused(sheet, title, name, cell):
    found = sheet([[title], HEADER, *ROWS], title=name)
    assert rules(found) == [f"plan {cell}"]
    assert found.accepted.empty


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ("Số tổ 9 tháng", "part_column"),
        ("Số tổ năm trước", "other_column"),
        ("Số tổ KH", "plan_column"),
    ],
)
def test_columns_of_another_time_are_named(sheet, header, rule):
    found = sheet([["NĂM 2023"], [*HEADER, header], *[[*row, 8] for row in ROWS]])
    assert rules(found, "warning") == [f"{rule} E2"]
    assert teams(found) == TEAMS
    assert not found.complete


def test_twelve_months_and_all_files_are_understood(sheet):
    header = ["Mã xã", "Hồ sơ nộp trực tuyến 12 tháng năm 2023", "Tổng số hồ sơ"]
    found = sheet([header, ["31318", 400, 500]])
    assert rules(found, "warning") == []
    assert counts(found) == [["31318", 2023, 400, 500]]


def test_a_measure_of_another_year_in_a_row_is_no_measure_of_this_one(sheet):
    header = ["Mã xã", "Năm", "Chỉ tiêu", "Số lượng", "Trên tổng số"]
    name = "Hồ sơ nộp trực tuyến"
    rows = [["31318", 2023, f"{name} năm 2022", 4, 5], ["31321", 2023, f"Kế hoạch {name}", 4, 5]]
    found = sheet([header, *rows])
    assert rules(found) == ["unknown_indicator C2", "unknown_indicator C3"]


def test_every_text_is_there_in_both_languages():
    known = words.strings()
    for rule in (
        *("unit_percent", "unit_scaled", "unit_money", "unit_unknown", "plan", "part_of_year"),
        *("plan_column", "part_column", "other_column", "year_of_title", "year_of_column"),
    ):
        for part in ("", "_expected", "_suggestion"):
            assert set(known[f"reading.{rule}{part}"]) == {"vi", "en"}


def test_long_lines_take_no_time():
    # a regex that grows with the square would take minutes
    for text in ("1" * 60_000, "1 tháng " * 8_000, "(" * 60_000, "đơn vị " * 9_000):
        assert not periods.years_in(text)
        periods.part_in(text)
        periods.plan_in(text)
        units.stated(text)
        headers.is_time(text)

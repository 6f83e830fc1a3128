"""Check that what stands around a table counts: its unit, its year, its period, a plan."""

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment

from hganalysis import places, workbook
from hganalysis.workbook import corrections

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


# --- what a title, a note, a comment or a sheet says ---

STRANGE = [
    *("DON VI TINH: NGHIN NGUOI", "Đơn vị tính: 1.000 người"),
    *("§¬n vÞ tÝnh: ngh×n ng­êi", "Đơn vị: triệu đồng", "Tỷ lệ người dân sử dụng (%)"),
    *("Đơn vị tính: sào", "in '000", "lakh", "(households, thousands)", "nghìn người"),
    *("BÁO CÁO 9 THÁNG ĐẦU NĂM 2023", "(tính đến 30/9/2023)", "BAO CAO QUY III", "Quý IV năm 2023"),
    *("January - September", "H1", "Q3 2023", "as of 30 September 2023", "bình quân tháng"),
    *("GIAO CHỈ TIÊU NĂM 2023", "Biểu số 3: Kế hoạch thực hiện năm 2023", "Số liệu sơ bộ"),
    *("số tăng thêm", "projected", "provisional", "lũy kế", "trong năm"),
]


@pytest.mark.parametrize("line", STRANGE)
@pytest.mark.parametrize("where", ["title", "note", "comment", "page"])
def test_words_that_nobody_knows_hold_the_numbers_until_somebody_says(tmp_path, line, where):
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Năm 2023"
    rows = [["BÁO CÁO"], *([[None, line]] if where == "title" else []), HEADER, *ROWS]
    for row in [*rows, *([[line]] if where == "note" else [])]:
        page.append(row)
    if where == "comment":
        page["C2"].comment = Comment(line, "office")
    elif where == "page":
        page.oddHeader.center.text = line.replace("&", "&&")
    file = tmp_path / "report.xlsx"
    book.save(file)
    found = workbook.read(file)
    assert set(found.errors["rule"]) <= {"unknown_words", "years_differ", "unit_differs"}
    assert found.accepted.empty
    [*_, asked] = [rule for rule in rules(found) if rule.startswith("unknown_words")]
    assert asked == {"title": "unknown_words B2", "note": "unknown_words A5"}.get(
        where,
        {"comment": "unknown_words C2", "page": "unknown_words 2"}[where]
        if where in {"comment", "page"}
        else "",
    )
    # answered once, it holds for every file that says the same
    lines = corrections.question(found.faults, file.name)
    assert corrections.propose(lines, tmp_path / "corrections.csv") == len(lines) == 1
    text = (tmp_path / "corrections.csv").read_text("utf-8-sig").splitlines()
    text = [text[0], *(f"{one}head of office" for one in text[1:])]
    (tmp_path / "corrections.csv").write_text("\n".join(text), encoding="utf-8")
    again = workbook.read(file)
    assert "unknown_words" not in set(again.faults["rule"])
    assert teams(again) == TEAMS or set(again.errors["rule"]) <= {"years_differ", "missing_year"}


@pytest.mark.parametrize(
    "line",
    [
        *("Đơn vị tính: người", "ĐVT: tổ, người, hộ", "Đơn vị: UBND thành phố Vị Thanh"),
        *(
            "Đơn vị tính: tổ",
            "Người lập biểu",
            "Nguyễn Văn A",
            "Vị Thanh, ngày 05 tháng 01 năm 2024",
            "Page",
        ),
    ],
)
def test_what_is_known_changes_nothing(sheet, line):
    for rows in ([["BÁO CÁO NĂM 2023"], [line], HEADER, *ROWS], [HEADER, *ROWS, [], [line]]):
        found = sheet(rows, title="Năm 2023")
        assert rules(found) == []
        assert teams(found) == TEAMS


def test_a_unit_that_none_of_the_columns_is_counted_in_is_asked_about(sheet):
    header = ["Mã xã", "Tên xã", APP]
    rows = [[*row[:2], 1000] for row in ROWS]
    for unit in ("Đơn vị tính: hộ", "(ĐVT: %)", "Đơn vị tính: phần trăm"):
        assert rules(sheet([["NĂM 2022"], [unit], header, *rows])) == ["unit_differs A2"]
    for heading in (f"{APP} (hộ)", f"{APP} (households)", f"{APP} tăng thêm", f"{APP} trong năm"):
        found = sheet([["NĂM 2022"], [*header[:2], heading, "Số tổ"], *[[*r, 4] for r in rows]])
        assert rules(found, "warning") == ["unknown_column C2"]
        assert found.reports.empty


def test_what_looks_like_units_may_be_the_only_headings(sheet):
    rows = [
        ["NĂM 2023"],
        ["Mã xã", "Tên xã", "Tổ CNSCĐ", None],
        [None, None, "Tổ", "Thành viên"],
        *ROWS,
    ]
    for merge in (["C2:D2"], []):
        assert teams(sheet(rows, merge=merge)) == TEAMS


def test_a_column_of_units(sheet):
    rows = [
        ["NĂM 2023"],
        ["Mã xã", "Chỉ tiêu", "Đơn vị tính", "Số lượng", "Trên tổng số"],
        ["31318", "Hồ sơ nộp trực tuyến", "hồ sơ", 400, 500],
        ["31321", "Hồ sơ nộp trực tuyến", "nghìn hồ sơ", 4, 5],
    ]
    found = sheet(rows)
    assert rules(found) == ["unit_differs C4"]
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
        ("BÁO CÁO 9 THÁNG ĐẦU NĂM 2023", "Số tổ", "Báo cáo", "unknown_words A1"),
        ("(tính đến 30/9/2023)", "Số tổ", "Báo cáo", "unknown_words A1"),
        ("BAO CAO QUY III", "Số tổ", "Báo cáo", "unknown_words A1"),
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


def test_a_table_below_another_is_of_what_is_said_above_it_all(sheet):
    second = ["II. Số liệu bổ sung"]
    for line, rule in ((["NĂM 2023"], []), (["NĂM 2023 (ĐVT: %)"], ["unit_differs A1"])):
        found = sheet([line, HEADER, ROWS[0], second, HEADER, ROWS[1]])
        assert rules(found) == rule
        assert teams(found) == ([] if rule else TEAMS)
    # a table that says its own time is held to that alone
    rows = [["9 THÁNG NĂM 2023"], HEADER, ROWS[0], ["NĂM 2023"], HEADER, ROWS[1]]
    found = sheet(rows)
    assert rules(found) == ["unknown_words A1"]
    assert teams(found) == TEAMS[1:]


# --- headings that are not known ---


@pytest.mark.parametrize("over", ["Kế hoạch năm 2024", "Giao chỉ tiêu", "Năm sau", "Chỉ tiêu 2024"])
def test_a_group_that_nobody_knows_takes_all_of_its_columns_where_cells_are_not_merged(sheet, over):
    rows = [
        ["Mã xã", "Tên xã", "Thực hiện năm 2023", None, over, None],
        [None, None, "Số tổ", "Số TV", "Số tổ", "Số TV"],
        *[[*row, 50, 300] for row in ROWS],
    ]
    found = sheet(rows)
    assert rules(found) == []
    assert rules(found, "warning") == ["unknown_column E2", "unknown_column F2"]
    assert teams(found) == TEAMS
    assert found.sound
    assert not found.complete
    assert found.uses["asked"].tolist() == [4]


@pytest.mark.parametrize("header", ["Số tổ 9 tháng", "Số tổ năm trước", "Số tổ KH", "Số tổ Q3"])
def test_a_heading_is_asked_about_once_and_remembered(sheet, tmp_path, header):
    rows = [["NĂM 2023"], [*HEADER, header], *[[*row, 8] for row in ROWS]]
    found = sheet(rows)
    assert rules(found, "warning") == ["unknown_column E2"]
    assert teams(found) == TEAMS
    assert not found.complete
    lines = corrections.question(found.faults, "report.xlsx")
    assert set(lines["level"]) == {"heading"}
    assert lines["code"].tolist()[-1] == "unused"
    signed = f"written,district,level,code,name,accepted_by\n{header},,heading,unused,,office\n"
    (tmp_path / "corrections.csv").write_text(signed, encoding="utf-8")
    assert sheet(rows).complete
    meant = [["NĂM 2023"], [*HEADER[:2], "Số máy", "Số thành viên"], *ROWS]
    signed = signed.replace(header, "Số máy").replace("unused", "teams")
    (tmp_path / "corrections.csv").write_text(signed, encoding="utf-8")
    assert teams(sheet(meant)) == TEAMS
    (tmp_path / "corrections.csv").write_text(signed.replace("teams", "thing"), encoding="utf-8")
    with pytest.raises(ValueError, match="'thing' is none of"):
        sheet(meant)


def test_a_measure_of_another_year_in_a_row_is_no_measure_of_this_one(sheet):
    header = ["Mã xã", "Năm", "Chỉ tiêu", "Số lượng", "Trên tổng số"]
    name = "Hồ sơ nộp trực tuyến"
    rows = [["31318", 2023, f"{name} năm 2022", 4, 5], ["31321", 2023, f"Kế hoạch {name}", 4, 5]]
    found = sheet([header, *rows])
    assert rules(found) == ["unknown_indicator C2"]


def test_formulas_that_all_give_nothing_were_not_computed(tmp_path):
    file = tmp_path / "report.xlsx"
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet("Năm 2023")
        for at, row in enumerate([HEADER, *ROWS]):
            page.write_row(at, 0, row)
            if at:
                page.write_formula(at, 3, "=10+17", None, 0)
    found = workbook.read(file)
    assert rules(found) == ["uncomputed D2"]
    assert found.accepted.empty


def test_a_comma_within_a_number_of_a_csv_shifts_nothing_unseen(tmp_path):
    file = tmp_path / "2023.csv"
    lines = ["Mã xã,Số tổ,Số thành viên,Dân số", "31318,4,1,429,", "31321,6,41,"]
    file.write_text("\n".join(lines), encoding="utf-8")
    found = workbook.read(file)
    assert "ragged 2" in rules(found)
    assert teams(found) == [["31321", 2023, 6, 41]]


def test_a_year_below_the_table_is_held_to_that_of_the_file(tmp_path):
    file = tmp_path / "bao-cao-2022.csv"
    text = "Mã xã,Số tổ,Số thành viên\n31318,4,27\n31321,6,41\n\nSố liệu năm 2023,,\n"
    file.write_text(text, encoding="utf-8")
    assert rules(workbook.read(file)) == ["years_differ 1"]

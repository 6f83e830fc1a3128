"""Check what goes back to the sender, what a person accepts, and what the commands say."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import country
import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from corpus import Formula, Layout, change_row, district_names, put, report, several, write
from cost import grows_less_than
from openpyxl.comments import Comment
from rich.console import Console
from typer.testing import CliRunner

from hganalysis import escaping, places, sources, words, workbook
from hganalysis.cli import app
from hganalysis.publish.checking import report as print_report
from hganalysis.publish.own import write as write_data
from hganalysis.workbook import corrections
from hganalysis.workbook.give_back import MOST_TEXT, ORANGE, RED, free_name, mark


def make(folder, *plants, layout=None, name="report", years=(2022,)):
    """Write a report with these defects."""
    made = report(years)
    several(*plants)(made)
    layout = layout or Layout()
    return write(made, layout, folder / f"{name}.{layout.file}").file


def check(file, *options):
    """Run the command, and give its status and what it printed."""
    done = CliRunner().invoke(app, ["check", str(file), *options])
    return done.exit_code, done.output


FULL = """import resource, sys
from hganalysis import cli
import lxml.etree, openpyxl, xlsxwriter
sys.argv = ["hganalysis", *sys.argv[1:]]
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
cli.main()
"""


def test_a_full_disk_leaves_nothing_and_is_said(tmp_path):
    make(tmp_path)
    for typed in (["template", "new.xlsx"], ["check", "report.xlsx"]):
        run = [sys.executable, "-c", FULL, *typed, "--lang", "en"]
        done = subprocess.run(run, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
        assert (done.returncode, done.stderr.startswith("The disk is full: ")) == (1, True)
        assert [file.name for file in tmp_path.iterdir()] == ["report.xlsx"]


@pytest.mark.parametrize("encoding", ["cp1258", "cp1252", "ascii"])
def test_what_a_console_cannot_write_is_written_another_way(encoding, tmp_path):
    make(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "hganalysis", "check", "report.xlsx", "--lang", "vi"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode(encoding).startswith("Kiem tra report.xlsx")
    assert (tmp_path / "report.checked.xlsx").is_file()


@pytest.fixture
def wrong(tmp_path):
    """Give a report with an error, a warning and a formula, and what goes back."""
    file = make(
        tmp_path,
        put("teams", -3, "negative"),
        put("informed.count", 50_000, "unusually_high", at=9, severity="warning"),
        put("members", Formula("=20+21", 41), "", at=12),
    )
    found = workbook.read(file)
    back = workbook.give_back(found, file, to=tmp_path / "back.xlsx")
    return file, found, openpyxl.load_workbook(back.file)


# --- what goes back ---


def test_bad_cells_are_coloured_and_say_why(wrong):
    _, found, book = wrong
    sheet = book["Báo cáo"]
    assert found.faults[["column", "row"]].to_numpy().tolist() == [["E", 9], ["K", 11]]
    assert sheet["E9"].fill.fgColor.rgb == RED
    assert sheet["K11"].fill.fgColor.rgb == ORANGE
    assert sheet["E10"].fill.fill_type is None
    text = sheet["E9"].comment.text.splitlines()
    assert text[0] == "LỖI: −3 là số âm."
    assert text[1].startswith("Cần: ")
    assert text[2].startswith("Cách sửa: ")
    assert sheet["K11"].comment.text.startswith("CẢNH BÁO: ")


@pytest.mark.parametrize("found", [["warning", "error"], ["error", "warning"]])
def test_a_cell_with_an_error_is_red_whatever_was_found_first(found):
    book = openpyxl.Workbook()
    texts = dict.fromkeys(["found", "message", "expected", "suggestion"], "900")
    at = {"sheet": book.active.title, "row": 2, "column": "B", "cells": [("B2",), ("B2",)]}
    mark(book, pd.DataFrame({"severity": found, **at, **texts}))
    assert book.active["B2"].fill.fgColor.rgb == RED


def test_formulas_come_back_as_values_and_are_logged(wrong):
    file, _, book = wrong
    assert openpyxl.load_workbook(file)["Báo cáo"]["F14"].value == "=20+21"
    assert book["Báo cáo"]["F14"].value == 41
    log = [[cell.value for cell in row] for row in book["Nhật ký thay đổi"].iter_rows()]
    assert ["Báo cáo", "F14", "=20+21", "41"] in [line[:4] for line in log]


def test_every_other_cell_is_as_it_was(wrong):
    file, _, book = wrong
    before = openpyxl.load_workbook(file, data_only=True)["Báo cáo"]
    for row in before.iter_rows():
        for cell in row:
            assert book["Báo cáo"][cell.coordinate].value == cell.value


def test_the_sheet_of_changes_lists_them_or_says_that_there_are_none(tmp_path):
    sheet, none = words.term("check.sheet_changes"), words.term("check.no_changes")
    for file, changed in (
        (make(tmp_path), False),
        (Path(__file__).parents[1] / "notebooks" / "report.xlsx", True),
    ):
        found = workbook.read(file)
        assert len(found.changes) > 0 if changed else found.changes.empty
        back = workbook.give_back(found, file, to=tmp_path / f"back-{changed}.xlsx")
        rows = openpyxl.load_workbook(back.file)[sheet].iter_rows(values_only=True)
        assert (none in [cell for row in rows for cell in row]) != changed


def test_the_senders_file_is_never_written_over(tmp_path):
    file = make(tmp_path, put("teams", -3, "negative"))
    before = file.read_bytes()
    found = workbook.read(file)
    (tmp_path / "link.xlsx").symlink_to(file)
    for target in (file, tmp_path / "link.xlsx", tmp_path / ".." / tmp_path.name / file.name):
        with pytest.raises(ValueError, match="the sender's file"):
            workbook.give_back(found, file, to=target)
    with pytest.raises(ValueError, match=r"does not end in \.xlsx"):
        workbook.give_back(found, file, to=tmp_path / "back.xls")
    assert file.read_bytes() == before


def test_a_workbook_that_somebody_worked_in_is_not_written_over(tmp_path):
    file = make(tmp_path, put("teams", -3, "negative"))
    found = workbook.read(file)
    first = free_name(file)
    workbook.give_back(found, file, to=first)
    assert free_name(file) == first  # nobody has touched it: it may be replaced
    workbook.give_back(found, file, to=first)
    book = openpyxl.load_workbook(first)
    book.properties.lastModifiedBy = "Nguyễn Văn A"
    book.save(first)
    with pytest.raises(FileExistsError, match="somebody has worked in it"):
        workbook.give_back(found, file, to=first)
    assert free_name(file).name == "report.checked-2.xlsx"
    assert free_name(first).name == "report.checked-2.xlsx"


def test_marks_of_an_earlier_check_are_gone_when_the_cell_is_mended(tmp_path):
    file = make(tmp_path, put("teams", -3, "negative"), put("members", 3.5, "fractional", at=3))
    workbook.give_back(workbook.read(file), file, to=tmp_path / "once.xlsx")
    book = openpyxl.load_workbook(tmp_path / "once.xlsx")
    book["Báo cáo"]["E9"].value = 3
    book["Báo cáo"]["E9"].comment.text += ""
    book.save(tmp_path / "mended.xlsx")
    again = workbook.read(tmp_path / "mended.xlsx")
    assert again.errors["column"].tolist() == ["F"]
    workbook.give_back(again, tmp_path / "mended.xlsx", to=tmp_path / "twice.xlsx")
    twice = openpyxl.load_workbook(tmp_path / "twice.xlsx")
    assert twice["Báo cáo"]["E9"].comment is None
    assert twice["Báo cáo"]["E9"].fill.fill_type is None
    assert twice["Báo cáo"]["F5"].comment is not None
    assert twice.sheetnames == ["Báo cáo", "Kết quả kiểm tra", "Nhật ký thay đổi"]


def test_the_senders_own_comment_stays(tmp_path):
    file = make(tmp_path, put("teams", -3, "negative"))
    book = openpyxl.load_workbook(file)
    book["Báo cáo"]["E9"].comment = Comment("Đã hỏi lại xã", "Chị Hoa")
    book["Báo cáo"]["E10"].comment = Comment("Đã kiểm tra", "Chị Hoa")
    book.save(file)
    back = workbook.give_back(workbook.read(file), file, to=tmp_path / "back.xlsx")
    sheet = openpyxl.load_workbook(back.file)["Báo cáo"]
    assert sheet["E9"].comment.text.startswith("Đã hỏi lại xã\n\nLỖI: ")
    assert sheet["E10"].comment.text == "Đã kiểm tra"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1258"])
def test_csv_comes_back_as_a_workbook_of_the_same_layout(tmp_path, encoding):
    layout = Layout(file="csv", encoding=encoding, titles=("BÁO CÁO",), totals="all")
    file = make(tmp_path, put("teams", -3, "negative"), layout=layout)
    found = workbook.read(file)
    back = workbook.give_back(found, file, to=tmp_path / "back.xlsx")
    sheet = openpyxl.load_workbook(back.file)["report"]
    assert sheet["A1"].value == "BÁO CÁO"
    assert sheet["C10"].value == "Xã Tân Tiến"
    assert sheet["E10"].comment.text.startswith("LỖI")
    assert len(back.lost) == 1


# --- what could do harm ---


def test_a_formula_in_a_csv_comes_back_as_text(tmp_path):
    live = '=HYPERLINK("http://x")'
    file = make(tmp_path, layout=Layout(file="csv", encoding="utf-8", titles=(live,)))
    back = workbook.give_back(workbook.read(file), file, to=tmp_path / "back.xlsx")
    cell = openpyxl.load_workbook(back.file)["report"]["A1"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (live, "s", True)


def hostile(file):
    """Write a report whose texts are formulas, and which carries macros, links and a picture."""
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Báo cáo")
        sheet.write_row(0, 0, ["Mã xã", "Xã", "Năm", "Số tổ", "Số thành viên"])
        for row, name in enumerate(['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)"], start=1):
            sheet.write_string(row, 1, name)
            sheet.write_row(row, 2, [2022, 3, 20])
        sheet.write_url(7, 0, "https://example.org", string="trang web")
        sheet.insert_chart(10, 1, _chart(book))
        book.define_name("Ngoai", "='C:\\[khac.xlsx]Sheet1'!$A$1")
        sheet.data_validation(1, 3, 4, 3, {"validate": "list", "source": ["1", "2"]})
    with zipfile.ZipFile(file, "a") as parts:
        parts.writestr("xl/vbaProject.bin", b"macro")
        parts.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
        parts.writestr("xl/media/image1.png", b"picture")
    return file


def _chart(book):
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "='Báo cáo'!$D$2:$D$5"})
    return chart


@pytest.fixture
def returned(tmp_path):
    file = hostile(tmp_path / "report.xlsx")
    return workbook.give_back(workbook.read(file), file, to=tmp_path / "back.xlsx")


def test_no_text_of_the_sender_becomes_a_formula(returned):
    book = openpyxl.load_workbook(returned.file)
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    texts = [cell for cell in cells if str(cell.value).startswith(("=", "+", "-", "@"))]
    assert len(texts) > 4
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in texts)
    with zipfile.ZipFile(returned.file) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not [name for name in sheets if b"<f>" in parts.read(name)]


def test_macros_links_and_pictures_do_not_go_back_and_that_is_said(returned):
    with zipfile.ZipFile(returned.file) as parts:
        names = " ".join(parts.namelist())
        everything = b"".join(parts.read(name) for name in parts.namelist())
    for part in ("vbaProject", "externalLink", "media", "charts/", "drawings/drawing"):
        assert part not in names
    for word in (b"example.org", b"khac.xlsx"):
        assert word not in everything
    assert set(returned.lost) == {
        "macro",
        "liên kết tới tệp khác hay trang web",
        "biểu đồ",
        "hình ảnh",
        "hình vẽ",
    }
    told = openpyxl.load_workbook(returned.file)["Kết quả kiểm tra"]
    assert "Bản trả về không còn: macro." in [row[0].value for row in told.iter_rows()]


@pytest.mark.parametrize("name", ["[red]x[/red]", "\x1b]0;pwned\x07", "\x1b[31mđỏ", "\u202eđảo"])
def test_what_stands_in_a_workbook_is_printed_as_plain_text(tmp_path, name):
    made = report()
    change_row(3, commune=name, code=None)(made)
    file = write(made, Layout(file="csv", encoding="utf-8"), tmp_path / "r.csv").file
    out = io.StringIO()
    console = Console(file=out, width=300, force_terminal=True)
    print_report(workbook.read(file), file, console=console)
    told = out.getvalue()
    assert escaping.plain(name) in told.replace("\x1b", "") or "[red]x[/red]" in told
    for sign in ("\x07", "\x1b]0", "\u202e", "\x1b[31mđỏ"):
        assert sign not in told


@pytest.mark.parametrize(("number", "shown"), [(-4321, "−4.321"), (-3, "−…")])
def test_a_terminal_shows_the_number_of_a_cell_that_is_not_small(tmp_path, number, shown):
    file = make(tmp_path, put("teams", number, "negative"))
    found = workbook.read(file)
    out = io.StringIO()
    print_report(found, file, console=Console(file=out, width=300))
    assert out.getvalue().count(f"{shown} là số âm") == 2  # among the kinds, and cell by cell


@pytest.mark.parametrize("told", ["khoảng {}", "{} nghìn", "{}a", "trên {},0 người"])
def test_nor_a_small_one_beside_words(tmp_path, told):
    for number in ("3", "4321"):
        text = told.format(number)
        found = workbook.read(file := make(tmp_path, put("teams", text, "no_number")))
        assert text in " ".join(found.faults["message"])
        out = io.StringIO()
        print_report(found, file, console=Console(file=out, width=300))
        assert (text in out.getvalue()) == (number == "4321")


def test_no_comment_is_longer_than_a_reader_bears(tmp_path):
    made = report()
    change_row(3, commune="Xã " + "dài " * 500, code=None)(made)
    file = write(made, Layout(file="csv", encoding="utf-8"), tmp_path / "r.csv").file
    back = workbook.give_back(workbook.read(file), file, to=tmp_path / "b.xlsx")
    sheet = openpyxl.load_workbook(back.file).worksheets[0]
    comments = [cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment]
    assert comments
    assert max(map(len, comments)) <= MOST_TEXT


# --- what a person accepts ---


@pytest.fixture
def misspelt(tmp_path):
    made = report()
    row = made.data()[6]
    change_row(6, commune="Xã Hỏa Liễu", code=None)(made)
    assert row.cells["_home"] == "31336"
    return write(made, Layout(), tmp_path / "report.xlsx").file


def test_a_proposal_that_is_signed_is_applied_and_logged(misspelt):
    status, told = check(misspelt)
    assert status == 1
    assert "corrections.csv" in told
    file = misspelt.with_name("corrections.csv")
    table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert table.columns.tolist() == list(corrections.COLUMNS)
    assert set(table["written"]) == {"Xã Hỏa Liễu"}
    assert set(table["accepted_by"]) == {""}
    assert table["name"][table["code"] == "31336"].item() == "Xã Hỏa Lựu, Thành phố Vị Thanh"
    table.loc[table["code"] == "31336", "accepted_by"] = "Trần Thị B"
    table.to_csv(file, index=False, sep=";", encoding="utf-8-sig")
    status, _ = check(misspelt)
    assert status == 0
    found = workbook.read(misspelt)
    change = found.changes.iloc[0]
    assert (change["before"], change["after"]) == ("Xã Hỏa Liễu", "Xã Hỏa Lựu")
    assert "Trần Thị B" in change["why"]
    assert "31336" in set(found.teams["code"])


def test_an_unsigned_proposal_changes_nothing_and_a_persons_lines_stay(misspelt):
    check(misspelt)
    file = misspelt.with_name("corrections.csv")
    before = file.read_bytes()
    status, told = check(misspelt)
    assert status == 1
    assert "không có trong danh mục xã" in told
    assert file.read_bytes() == before
    table = pd.read_csv(file, dtype=str, encoding="utf-8-sig")
    table.head(1).to_csv(file, index=False)
    assert workbook.read(misspelt).errors["rule"].tolist() == ["name_proposed"]


def accept(file, *lines):
    head = ",".join(corrections.COLUMNS)
    file.write_text("\n".join([head, *lines]), encoding="utf-8")
    return file


def test_signed_lines_that_cannot_be_applied_are_all_listed(tmp_path):
    file = accept(
        tmp_path / "corrections.csv",
        "Xã A,,commune,99999,,B",
        "Xã C,,village,31336,,B",
        ",,commune,31336,,B",
        "Xã D,,commune,31336,,B",
        "xã  d,,commune,31338,,C",
        "Xã E,,commune,99999,,",
    )
    with pytest.raises(ValueError, match="4 signed lines") as stopped:
        corrections.read(file)
    lines = str(stopped.value).splitlines()
    assert [line.strip()[:6] for line in lines[1:5]] == ["line 2", "line 3", "line 4", "'xã d'"]


def test_a_code_whose_zeros_a_spreadsheet_dropped_is_read(tmp_path, monkeypatch):
    land = places.communes().rename(index={"31336": "00036"})
    monkeypatch.setattr(places, "communes", lambda: land)
    file = accept(tmp_path / "c.csv", "Xã A,,commune,36,,B")
    assert corrections.read(file).commune("xã a", "") == "00036"


def test_corrections_of_a_district_and_for_one_district_only(tmp_path):
    file = accept(
        tmp_path / "c.csv",
        "Châu Thánh,,district,933,,B",
        "Xã A,Huyện Vị Thủy,commune,31441,,B",
        "Xã B,,commune,31336,,B",
        "Xã B,Huyện Vị Thủy,commune,31444,,C",
    )
    found = corrections.read(file)
    # what holds for one district goes before what holds for all
    assert found.commune("Xã B", "Huyện Vị Thủy") == "31444"
    assert found.who("Xã B", "Huyện Vị Thủy") == "C"
    assert found.commune("Xã B", "Huyện Long Mỹ") == found.commune("xã b", "") == "31336"
    assert found.who("Xã B", "Huyện Long Mỹ") == "B"
    assert found.district("châu  thánh") == "933"
    assert found.commune("Xã A", "huyện vị thủy") == "31441"
    assert found.commune("Xã A", "") == found.commune("Xã A", "Huyện Long Mỹ") == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n", "lacks the columns"),
        ("written,Xã".encode("cp1258", "ignore") + b"\xff", "UTF-8"),
    ],
)
def test_a_file_that_is_no_list_of_corrections_is_refused(tmp_path, content, message):
    (tmp_path / "c.csv").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        corrections.read(tmp_path / "c.csv")


@pytest.fixture
def dotted(tmp_path):
    """A report in which nothing says what the dots mark."""
    made = report()
    for row in made.rows:
        row.cells["app_users.count"] = f"{row.cells['app_users.count']:,}".replace(",", ".")
    return write(made, Layout(file="csv", encoding="utf-8"), tmp_path / "report.csv").file


def lines_of(file):
    return pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def sign(file, code):
    table = lines_of(file)
    table.loc[table["code"] == code, "accepted_by"] = "Trần Thị B"
    table.to_csv(file, index=False, encoding="utf-8-sig")


def test_dots_that_nothing_explains_are_one_question(dotted):
    status, told = check(dotted)
    assert status == 1
    assert told.count("LỖI: ") == 1
    [fault] = workbook.read(dotted).errors.itertuples()
    number = len(fault.cells)
    assert number > 50
    [line] = [line for line in told.splitlines() if line.startswith("  dot_thousands: ")]
    assert f"({number} ô: " in line
    assert line.endswith(", …)")
    table = lines_of(dotted.with_name("corrections.csv"))
    assert table["code"].tolist() == ["dot_thousands", "dot_decimals"]
    assert set(table["written"]) == {"report.csv"}
    assert set(table["level"]) == {"number"}
    assert "1.234 là 1234" in table["name"].iloc[0]


def test_one_line_says_for_a_file_what_its_dots_mark(dotted):
    check(dotted)
    file = dotted.with_name("corrections.csv")
    sign(file, "dot_thousands")
    status, told = check(dotted)
    assert status == 0
    assert "dot_thousands" not in told
    found = workbook.read(dotted)
    sent = {row.cells["code"]: row.cells["app_users.count"] for row in report().rows}
    read = found.reports[found.reports["indicator"] == "app_users"].set_index("code")["count"]
    assert read.to_dict() == sent
    why = found.changes.loc[found.changes["column"] != "", "why"]
    assert why.str.contains("Trần Thị B").sum() == sum(number > 999 for number in sent.values())
    # the workbook that goes back is the same report; another file beside it is another one
    back = dotted.with_name("report.checked.xlsx")
    assert workbook.read(back).complete
    other = dotted.with_name("other.csv")
    other.write_bytes(dotted.read_bytes())
    assert set(workbook.read(other).errors["rule"]) == {"ambiguous"}
    before = file.read_bytes()
    check(back)
    assert file.read_bytes() == before
    check(other)
    assert set(lines_of(file)["written"]) == {"report.csv", "other.csv"}


def test_both_answers_signed_contradict_each_other(dotted):
    file = accept(
        dotted.with_name("corrections.csv"),
        "report.csv,,number,dot_thousands,,B",
        "Report.checked.xlsx,,number,dot_decimals,,C",
    )
    with pytest.raises(ValueError, match="dot_thousands and for dot_decimals"):
        workbook.read(dotted)
    accept(file, "report.csv,,number,31336,,B", ",,number,dot_thousands,,B")
    with pytest.raises(ValueError, match="2 signed lines") as stopped:
        workbook.read(dotted)
    assert "none of dot_thousands, dot_decimals" in str(stopped.value)


def test_no_formula_gets_into_the_file_of_corrections(tmp_path):
    line = pd.DataFrame(
        [{"written": "=1+1", "district": "@x", "level": "commune", "code": "31336"}]
    )
    corrections.propose(line, tmp_path / "c.csv")
    text = (tmp_path / "c.csv").read_text(encoding="utf-8-sig")
    assert "'=1+1,'@x,commune" in text
    # and it is still the same name when it is read again: it is not proposed twice
    assert corrections.propose(line, tmp_path / "c.csv") == 0


# --- the commands ---


def test_exit_is_0_only_when_all_is_accepted(tmp_path):
    status, told = check(make(tmp_path, name="good"))
    assert status == 0
    assert "Tất cả đã được nhận" in told
    status, told = check(make(tmp_path, put("teams", -3, "negative"), name="bad"), "--lang", "en")
    assert status == 1
    assert "Errors: 1." in told
    assert "Báo cáo!E9" in told


def test_a_file_that_is_no_report_is_refused_in_one_message(tmp_path):
    (tmp_path / "x.xlsx").write_bytes(b"%PDF-1.7")
    status, told = check(tmp_path / "x.xlsx")
    assert status == 1
    assert "Traceback" not in told
    assert not list(tmp_path.glob("*.checked*"))
    status, told = check(tmp_path / "absent.xlsx")
    assert status == 1


def test_the_template_command_writes_a_new_file_only(tmp_path):
    file = tmp_path / "t.xlsx"
    done = CliRunner().invoke(app, ["template", str(file), "--year", "2022", "--lang", "en"])
    assert done.exit_code == 0
    assert openpyxl.load_workbook(file).sheetnames == ["Report", "How to fill in"]
    before = file.read_bytes()
    assert CliRunner().invoke(app, ["template", str(file)]).exit_code == 1
    assert file.read_bytes() == before


# --- every text of every rule ---


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_rule_has_its_three_texts(language):
    keys = {key.removeprefix("sense.") for key in words.strings() if key.startswith("sense.")}
    rules = {key.removesuffix("_expected") for key in keys if key.endswith("_expected")}
    assert len(rules) > 25
    for rule in rules:
        assert {rule, f"{rule}_expected", f"{rule}_suggestion"} <= keys
    with words.use(language):
        assert words.term("check.error")


# --- how long it takes ---


def test_four_times_the_communes_take_about_four_times_as_long(tmp_path):
    made = {}
    for share in (0.05, 0.2):
        folder = tmp_path / str(share)
        folder.mkdir()
        made[share] = country.write_checked(folder, share)

    def run(share):
        data, file = made[share]
        with sources.use(data):
            found = workbook.read(file)
            workbook.give_back(found, file, to=tmp_path / "back.xlsx")
        assert set(found.errors["rule"]) == {"negative"}
        (tmp_path / "back.xlsx").unlink()

    grows_less_than(8, run, 0.05, 0.2)  # quadratic would be 16 times


def test_a_sum_over_a_row_whose_place_is_not_clear_is_held_to_nothing(tmp_path):
    made = report((2022,))
    several(put("commune", "Xã Không Ai Biết", "name_unknown", at=1))(made)
    made.off.append((district_names()["930"], "teams", 5))
    layout = Layout(totals="districts", without=("code",))
    file = write(made, layout, tmp_path / "report.xlsx").file
    assert workbook.read(file).errors["rule"].tolist() == ["name_unknown"]


# --- units of another structure ---

UNTIL = places.province()["structure_to"]


def catalogue_of(tmp_path, year):
    """Use the shipped catalogue as if its second year were another."""
    text = sources.text("indicators.toml").replace("2023", str(year))
    return write_data(tmp_path / "data", {"indicators.toml": text.encode()})


@pytest.mark.parametrize("year", [2025, 2026])  # a year is counted at its end
@pytest.mark.parametrize("names", [True, False])
def test_the_date_decides_the_structure_and_where_it_cannot_the_row_is_refused(
    tmp_path, names, year
):
    made = report(codes=["31318", "31340", "31471"])
    for row in made.rows:
        row.cells = {**row.cells, "year": year}
        row.cells = {key: cell for key, cell in row.cells.items() if names or key != "commune"}
    layout = Layout() if names else Layout(without=("commune", "district"))
    file = write(made, layout, tmp_path / "r.xlsx").file
    with sources.use(catalogue_of(tmp_path, year)):
        found = workbook.read(file)
    wrong = found.errors[found.errors["rule"] != "measure_not_taken"]
    assert wrong["rule"].tolist() == ["structure_undecided"] * 3
    assert set(wrong["field"]) == {"year"}
    assert "Phường Ngã Bảy (trước ngày 1/7/2025)" in wrong["message"].iloc[1]
    assert found.reports.empty


def test_the_year_in_which_the_list_came_into_force_is_of_that_list(tmp_path):
    made = report(codes=["31318", "31340", "31471"])
    for row in made.rows:
        row.cells = {**row.cells, "year": 2020}
    file = write(made, Layout(), tmp_path / "r.xlsx").file
    with sources.use(catalogue_of(tmp_path, 2020)):
        found = workbook.read(file)
    assert found.rows["code"].dropna().tolist() == ["31318", "31340", "31471"]
    assert set(found.errors["rule"]) == {"measure_not_taken"}

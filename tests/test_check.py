"""Check what goes back to the sender, and what the commands say."""

import errno
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from corpus import Formula, Layout, change_row, district_names, put, report, several, write
from openpyxl.comments import Comment
from typer.testing import CliRunner

from hganalysis import escaping, study, workbook
from hganalysis.cli import app
from hganalysis.publish import BuildError
from hganalysis.publish.own import write as write_data
from hganalysis.workbook.give_back import MOST_TEXT, ORANGE, RED, free_name, mark


def make(folder, *plants, layout=None, name="report", periods=(2022,)):
    """Write a report with these defects."""
    made = report(periods)
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
        assert (done.returncode, done.stderr.startswith("The disk is full, ")) == (1, True)
        assert [file.name for file in tmp_path.iterdir()] == ["report.xlsx"]


@pytest.mark.parametrize("reason", [errno.EACCES, errno.EPERM, errno.EROFS])
@pytest.mark.parametrize("command", [["template"], ["check", "report.xlsx", "--out"]])
def test_a_folder_that_may_not_be_written_in_is_named_without_the_number_of_an_error(
    command, reason, tmp_path, monkeypatch
):
    make(tmp_path)
    monkeypatch.chdir(tmp_path)

    may_open = Path.open

    def refuse(file, mode="r", *options, **named):
        if "x" not in mode:
            return may_open(file, mode, *options, **named)
        raise OSError(reason, os.strerror(reason), str(file))

    monkeypatch.setattr(Path, "open", refuse)
    done = CliRunner().invoke(app, [*command, str(tmp_path / "new.xlsx"), "--lang", "en"])
    assert isinstance(done.exception, BuildError)
    told = str(done.exception)
    assert "does not allow" in told
    assert str(tmp_path) in told
    assert not re.search(r"Errno|/\.", told)


def test_a_report_of_teams_alone_is_checked(tmp_path):
    made = report((2022,))
    for row in made.rows:
        row.cells = {field: cell for field, cell in row.cells.items() if "." not in field}
    layout = Layout(file="csv")
    status, told = check(write(made, layout, tmp_path / "r.csv").file, "--lang", "en")
    assert (status, "Errors: 0." in told) == (0, True)


def test_what_a_console_cannot_write_is_written_another_way(tmp_path):
    make(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "hganalysis", "check", "report.xlsx", "--lang", "vi"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "cp1258"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("cp1258").startswith("Kiem tra report.xlsx")


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


def test_a_cell_with_an_error_is_red_whatever_was_found_first():
    for found in (["warning", "error"], ["error", "warning"]):
        book = openpyxl.Workbook()
        texts = dict.fromkeys(["found", "message", "expected", "suggestion"], "900")
        at = {"sheet": book.active.title, "row": 2, "column": "B", "cells": [("B2",), ("B2",)]}
        mark(book, pd.DataFrame({"severity": found, **at, **texts}))
        assert book.active["B2"].fill.fgColor.rgb == RED


def test_formulas_come_back_as_values_and_are_logged_and_all_else_is_as_it_was(wrong):
    file, _, book = wrong
    assert openpyxl.load_workbook(file)["Báo cáo"]["F14"].value == "=20+21"
    assert book["Báo cáo"]["F14"].value == 41
    log = [[cell.value for cell in row] for row in book["Nhật ký thay đổi"].iter_rows()]
    assert ["Báo cáo", "F14", "=20+21", "41"] in [line[:4] for line in log]
    for row in openpyxl.load_workbook(file, data_only=True)["Báo cáo"].iter_rows():
        for cell in row:
            assert book["Báo cáo"][cell.coordinate].value == cell.value


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


def test_there_is_a_free_name_beside_any_number_of_copies(tmp_path, monkeypatch):
    module = sys.modules["hganalysis.workbook.give_back"]
    monkeypatch.setattr(module, "_may_replace", lambda file: file.name.endswith("-1000.xlsx"))
    assert free_name(tmp_path / "report.xlsx").name == "report.checked-1000.xlsx"


def test_an_edited_copy_is_kept_also_where_its_editor_leaves_no_name(tmp_path):
    file = make(tmp_path, put("teams", -3, "negative"))
    found = workbook.read(file)
    first = free_name(file)
    workbook.give_back(found, file, to=first)
    assert free_name(file) == first
    book = openpyxl.load_workbook(first)
    book["Báo cáo"]["E9"].value = 3
    book.save(first)  # who saved it last stays as it was
    with pytest.raises(FileExistsError, match="somebody has worked in it"):
        workbook.give_back(found, file, to=first)
    check(file)
    assert openpyxl.load_workbook(first)["Báo cáo"]["E9"].value == 3
    assert (tmp_path / "report.checked-2.xlsx").exists()


def test_a_workbook_and_a_csv_of_one_name_do_not_share_what_goes_back(tmp_path):
    for kind, name in (("xlsx", "report.checked.xlsx"), ("csv", "report.csv.checked.xlsx")):
        file = make(tmp_path, layout=Layout(file=kind))
        check(file)
        assert (tmp_path / name).exists()
        assert free_name(tmp_path / name).name == name.replace(".checked", ".checked-2")
    assert len(list(tmp_path.glob("*.checked*"))) == 2


def test_marks_of_an_earlier_check_go_when_the_cell_is_mended_and_the_senders_stay(tmp_path):
    file = make(tmp_path, put("teams", -3, "negative"), put("members", 3.5, "fractional", at=3))
    workbook.give_back(workbook.read(file), file, to=tmp_path / "once.xlsx")
    book = openpyxl.load_workbook(tmp_path / "once.xlsx")
    book["Báo cáo"]["E9"].value = 3
    book["Báo cáo"]["F5"].comment = Comment("Đã hỏi lại xã", "Chị Hoa")
    book["Báo cáo"]["E10"].comment = Comment("Đã kiểm tra", "Chị Hoa")
    book.save(tmp_path / "mended.xlsx")
    again = workbook.read(tmp_path / "mended.xlsx")
    assert set(again.errors["column"]) == {"F"}  # a comment is asked about, too
    workbook.give_back(again, tmp_path / "mended.xlsx", to=tmp_path / "twice.xlsx")
    twice = openpyxl.load_workbook(tmp_path / "twice.xlsx")
    sheet = twice["Báo cáo"]
    assert (sheet["E9"].comment, sheet["E9"].fill.fill_type) == (None, None)
    assert sheet["F5"].comment.text.startswith("Đã hỏi lại xã\n\nLỖI: ")
    assert sheet["E10"].comment.text == "Đã kiểm tra"
    assert twice.sheetnames == ["Báo cáo", "Kết quả kiểm tra", "Nhật ký thay đổi"]


def test_csv_comes_back_as_a_workbook_of_the_same_layout_and_its_formulas_as_texts(tmp_path):
    live, long = '=HYPERLINK("http://x")', change_row(3, commune="Xã " + "dài " * 500, code=None)
    layout = Layout(file="csv", encoding="utf-8", titles=("BÁO CÁO", live), totals="all")
    file = make(tmp_path, put("teams", -3, "negative"), long, layout=layout)
    back = workbook.give_back(workbook.read(file), file, to=tmp_path / "back.xlsx")
    sheet = openpyxl.load_workbook(back.file)["report"]
    assert (sheet["A1"].value, sheet["C11"].value) == ("BÁO CÁO", "Xã Tân Tiến")
    assert sheet["E11"].comment.text.startswith("LỖI")
    comments = [cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment]
    assert len(comments) > 1
    assert max(map(len, comments)) <= MOST_TEXT
    assert len(back.lost) == 1
    cell = sheet["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (live, "s", True)


# --- what could do harm ---


def hostile(file):
    """Write a report whose texts are formulas, and which carries macros, links and a picture."""
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Báo cáo")
        sheet.write_row(0, 0, ["Mã xã", "Xã", "Năm", "Số tổ", "Số thành viên"])
        for row, name in enumerate(['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)"], start=1):
            sheet.write_string(row, 1, name)
            sheet.write_row(row, 2, [2022, 3, 20])
        sheet.write_url(7, 0, "https://example.org", string="trang web")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "='Báo cáo'!$D$2:$D$5"})
        sheet.insert_chart(10, 1, chart)
        book.define_name("Ngoai", "='C:\\[khac.xlsx]Sheet1'!$A$1")
        sheet.data_validation(1, 3, 4, 3, {"validate": "list", "source": ["1", "2"]})
    with zipfile.ZipFile(file, "a") as parts:
        parts.writestr("xl/vbaProject.bin", b"macro")
        parts.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
        parts.writestr("xl/media/image1.png", b"picture")
    return file


def test_nothing_that_acts_goes_back_and_that_is_said(tmp_path):
    file = hostile(tmp_path / "report.xlsx")
    returned = workbook.give_back(workbook.read(file), file, to=tmp_path / "back.xlsx")
    book = openpyxl.load_workbook(returned.file)
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    texts = [cell for cell in cells if str(cell.value).startswith(("=", "+", "-", "@"))]
    assert len(texts) > 4
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in texts)
    with zipfile.ZipFile(returned.file) as parts:
        names = " ".join(parts.namelist())
        everything = b"".join(parts.read(name) for name in parts.namelist())
    for part in ("vbaProject", "externalLink", "media", "charts/", "drawings/drawing"):
        assert part not in names
    for word in (b"example.org", b"khac.xlsx", b"<f>"):
        assert word not in everything
    links = "liên kết tới tệp khác hay trang web"
    assert set(returned.lost) == {"macro", links, "biểu đồ", "hình ảnh", "hình vẽ"}
    told = [row[0].value for row in book["Kết quả kiểm tra"].iter_rows()]
    assert "Tệp đã kiểm tra không còn: macro." in told


def printed(file):
    """Give what the check prints of a file."""
    return check(file)[1]


def test_what_stands_in_a_workbook_is_printed_as_plain_text(tmp_path):
    names = ["[red]x[/red]", "\x1b]0;pwned\x07", "\x1b[31mđỏ", "\u202eđảo"]
    made = report()
    for at, name in enumerate(names, start=3):
        change_row(at, commune=name, code=None)(made)
    told = printed(write(made, Layout(file="csv", encoding="utf-8"), tmp_path / "r.csv").file)
    assert "[red]x[/red]" in told
    assert escaping.plain(names[2]) in told
    assert not [sign for sign in ("\x07", "\x1b]0", "\u202e", "\x1b[31mđỏ") if sign in told]


def test_a_terminal_shows_the_number_of_a_cell_that_is_not_small(tmp_path):
    shown = {-4321: "−4.321 là số âm", -3: "−… là số âm", "khoảng 4321": "khoảng 4321"}
    plants = [put("teams", one, "", at=at) for at, one in enumerate(shown, 4)]
    told = printed(make(tmp_path, *plants))
    assert [told.count(one) for one in shown.values()] == [1, 1, 1]
    hidden = ["3 nghìn", "3a", "trên 3,0 người", "khoảng 3"]  # nor a small one beside words
    fields = ["teams", "teams", "teams", "members"]
    plants = [
        put(field, one, "", at=at)
        for at, (field, one) in enumerate(zip(fields, hidden, strict=True), 4)
    ]
    file = make(tmp_path, *plants)
    known, told = " ".join(workbook.read(file).faults["message"]), printed(file)
    assert [(one in known, one in told) for one in hidden] == [(True, False)] * 4


# --- the commands ---


def test_exit_is_0_only_when_all_is_accepted(tmp_path):
    (tmp_path / "x.xlsx").write_bytes(b"%PDF-1.7")
    for name in ("x.xlsx", "absent.xlsx"):
        assert check(tmp_path / name)[0] == 1
    assert not list(tmp_path.glob("*.checked*"))
    status, told = check(make(tmp_path, name="good"))
    assert (status, "Tất cả đã được nhận" in told) == (0, True)
    status, told = check(make(tmp_path, put("teams", -3, "negative"), name="bad"), "--lang", "en")
    assert (status, "Errors: 1." in told, "Báo cáo!E9" in told) == (1, True, True)


def test_the_template_command_writes_a_new_file_only(tmp_path):
    file = tmp_path / "t.xlsx"
    done = CliRunner().invoke(app, ["template", str(file), "--period", "2022", "--lang", "en"])
    assert done.exit_code == 0
    assert openpyxl.load_workbook(file).sheetnames == ["Report", "Instructions"]
    before = file.read_bytes()
    assert CliRunner().invoke(app, ["template", str(file)]).exit_code == 1
    assert file.read_bytes() == before


def test_a_sum_over_a_row_whose_place_is_not_clear_is_held_to_nothing(tmp_path):
    made = report((2022,))
    several(put("commune", "Xã Không Ai Biết", "name_unknown", at=1))(made)
    made.off.append((district_names()["930"], "teams", 5))
    layout = Layout(totals="districts", without=("code",))
    file = write(made, layout, tmp_path / "report.xlsx").file
    assert workbook.read(file).errors["rule"].tolist() == ["name_unknown"]


# --- units of another structure ---


def catalogue_of(tmp_path, period):
    """Use the shipped catalogue as if its second year were another."""
    text = study.current().text("indicators.toml").replace("2023", str(period))
    return write_data(tmp_path / "data", {"indicators.toml": text.encode()})


@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize("period", [2020, 2025])
def test_the_date_decides_the_structure_and_where_it_cannot_the_row_is_refused(
    tmp_path, names, period
):
    """A year is counted at its end."""
    made = report(codes=["31318", "31340", "31471"])
    for row in made.rows:
        row.cells = {**row.cells, "period": period}
        row.cells = {key: cell for key, cell in row.cells.items() if names or key != "commune"}
    layout = Layout() if names else Layout(without=("commune", "district"))
    file = write(made, layout, tmp_path / "r.xlsx").file
    with study.Study.open(catalogue_of(tmp_path, period)).use():
        found = workbook.read(file)
    wrong = found.errors[found.errors["rule"] != "measure_not_taken"]
    if period == 2020:  # in which the list came into force
        assert found.rows["code"].dropna().tolist() == ["31318", "31340", "31471"]
        assert wrong.empty
        return
    assert wrong[["rule", "field"]].to_numpy().tolist() == [["structure_undecided", "period"]]
    assert wrong["cells"].map(len).tolist() == [3]
    assert "từ ngày 1/7/2025, cùng tên hay cùng mã này" in wrong["message"].iloc[0]
    assert found.reports.empty

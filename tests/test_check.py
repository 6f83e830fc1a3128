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
from refusal_texts import says
from typer.testing import CliRunner

from hganalysis import escaping, study, workbook
from hganalysis.cli import app
from hganalysis.publish import BuildError
from hganalysis.publish.own import write as write_data
from hganalysis.workbook.give_back import MOST_TEXT, ORANGE, RED, free_name, mark


def write_report(folder, *plants, layout=None, name="report", periods=(2022,)):
    """Write a report with these defects."""
    report_made = report(periods)
    several(*plants)(report_made)
    layout = layout or Layout()
    return write(report_made, layout, folder / f"{name}.{layout.file}").file


def check(file, *options):
    """Run the command, and give its status and what it printed."""
    command = ["check", str(file), *options]
    done = CliRunner().invoke(app, command)
    return done.exit_code, done.output


FULL = """import resource, sys
from hganalysis import cli
import lxml.etree, openpyxl, xlsxwriter
sys.argv = ["hganalysis", *sys.argv[1:]]
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
cli.main()
"""


def test_a_full_disk_leaves_nothing_and_is_said(tmp_path):
    write_report(tmp_path)
    for typed in (["template", "new.xlsx"], ["check", "report.xlsx"]):
        run = [sys.executable, "-c", FULL, *typed, "--lang", "en"]
        options = {
            "capture_output": True,
            "encoding": "utf-8",
            "check": False,
        }
        done = subprocess.run(run, cwd=tmp_path, **options)
        assert done.returncode == 1
        assert done.stderr.startswith("The disk is full, ")
        assert [file.name for file in tmp_path.iterdir()] == ["report.xlsx"]


@pytest.mark.parametrize("reason", [errno.EACCES, errno.EPERM, errno.EROFS])
@pytest.mark.parametrize("command", [["template"], ["check", "report.xlsx", "--out"]])
def test_a_folder_that_may_not_be_written_in_is_named_without_the_number_of_an_error(
    command, reason, tmp_path, monkeypatch
):
    write_report(tmp_path)
    monkeypatch.chdir(tmp_path)

    may_open = Path.open

    def refuse(file, mode="r", *options, **choices):
        if "x" not in mode:
            return may_open(file, mode, *options, **choices)
        raise OSError(reason, os.strerror(reason), str(file))

    monkeypatch.setattr(Path, "open", refuse)
    new_file = str(tmp_path / "new.xlsx")
    done = CliRunner().invoke(app, [*command, new_file, "--lang", "en"])
    assert isinstance(done.exception, BuildError)
    output = str(done.exception)
    assert "does not allow" in output
    assert str(tmp_path) in output
    assert not re.search(r"Errno|/\.", output)


def test_a_report_of_teams_alone_is_checked(tmp_path):
    report_made = report((2022,))
    for row in report_made.rows:
        is_of_teams = {field: "." not in field for field in row.cells}
        row.cells = {field: cell for field, cell in row.cells.items() if is_of_teams[field]}
    layout = Layout(file="csv")
    file = write(report_made, layout, tmp_path / "r.csv").file
    status, output = check(file, "--lang", "en")
    assert status == 0
    assert "Errors: 0." in output


def test_what_a_console_cannot_write_is_written_another_way(tmp_path):
    write_report(tmp_path)
    command = [sys.executable, "-m", "hganalysis", "check", "report.xlsx", "--lang", "vi"]
    environment = {**os.environ, "PYTHONIOENCODING": "cp1258"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stderr == b""
    assert done.stdout.decode("cp1258").startswith("Kiem tra report.xlsx")


@pytest.fixture
def wrong(tmp_path):
    """Give a report with an error, a warning and a formula, and what goes back."""
    negative = put("teams", -3, "negative")
    high = put("informed.count", 50_000, "unusually_high", row_number=9, severity="warning")
    formula = put("members", Formula("=20+21", 41), "", row_number=12)
    file = write_report(tmp_path, negative, high, formula)
    bundle = workbook.read(file)
    back = workbook.give_back(bundle, file, to=tmp_path / "back.xlsx")
    return file, bundle, openpyxl.load_workbook(back.file)


# --- what goes back ---


def test_bad_cells_are_coloured_and_say_why(wrong):
    _, bundle, book = wrong
    sheet = book["Báo cáo"]
    cells = bundle.faults[["column", "row"]]
    assert cells.to_numpy().tolist() == [["E", 9], ["K", 11]]
    assert sheet["E9"].fill.fgColor.rgb == RED
    assert sheet["K11"].fill.fgColor.rgb == ORANGE
    assert sheet["E10"].fill.fill_type is None
    text = sheet["E9"].comment.text.splitlines()
    assert text[0] == "LỖI: −3 là số âm."
    assert text[1].startswith("Cần: ")
    assert text[2].startswith("Cách sửa: ")
    assert sheet["K11"].comment.text.startswith("CẢNH BÁO: ")


def test_a_cell_with_an_error_is_red_whatever_was_found_first():
    for severities in (["warning", "error"], ["error", "warning"]):
        book = openpyxl.Workbook()
        texts = dict.fromkeys(["found", "message", "expected", "suggestion"], "900")
        cells = [("B2",), ("B2",)]
        position = {
            "sheet": book.active.title,
            "row": 2,
            "column": "B",
            "cells": cells,
        }
        faults = pd.DataFrame({"severity": severities, **position, **texts})
        mark(book, faults)
        assert book.active["B2"].fill.fgColor.rgb == RED


def test_formulas_come_back_as_values_and_are_logged_and_all_else_is_as_it_was(wrong):
    file, _, book = wrong
    assert openpyxl.load_workbook(file)["Báo cáo"]["F14"].value == "=20+21"
    assert book["Báo cáo"]["F14"].value == 41
    lines = book["Nhật ký thay đổi"].iter_rows()
    log = [[cell.value for cell in row][:4] for row in lines]
    assert ["Báo cáo", "F14", "=20+21", "41"] in log
    before = openpyxl.load_workbook(file, data_only=True)["Báo cáo"]
    for row in before.iter_rows():
        for cell in row:
            assert book["Báo cáo"][cell.coordinate].value == cell.value


def test_the_senders_file_is_never_written_over(tmp_path):
    file = write_report(tmp_path, put("teams", -3, "negative"))
    before = file.read_bytes()
    bundle = workbook.read(file)
    (tmp_path / "link.xlsx").symlink_to(file)
    same_file = tmp_path / ".." / tmp_path.name / file.name
    for target in (file, tmp_path / "link.xlsx", same_file):
        with pytest.raises(ValueError, match=says("workbook_errors.own_file")):
            workbook.give_back(bundle, file, to=target)
    with pytest.raises(ValueError, match=says("workbook_errors.copy_suffix", stem="back")):
        workbook.give_back(bundle, file, to=tmp_path / "back.xls")
    assert file.read_bytes() == before


def test_a_workbook_that_somebody_worked_in_is_not_written_over(tmp_path):
    file = write_report(tmp_path, put("teams", -3, "negative"))
    bundle = workbook.read(file)
    first = free_name(file)
    workbook.give_back(bundle, file, to=first)
    assert free_name(file) == first  # nobody has touched it: it may be replaced
    workbook.give_back(bundle, file, to=first)
    book = openpyxl.load_workbook(first)
    book.properties.lastModifiedBy = "Nguyễn Văn A"
    book.save(first)
    with pytest.raises(FileExistsError, match=says("workbook_errors.worked_in")):
        workbook.give_back(bundle, file, to=first)
    assert free_name(file).name == "report.checked-2.xlsx"
    assert free_name(first).name == "report.checked-2.xlsx"


def test_there_is_a_free_name_beside_any_number_of_copies(tmp_path, monkeypatch):
    module = sys.modules["hganalysis.workbook.give_back"]
    monkeypatch.setattr(module, "_may_replace", lambda file: file.name.endswith("-1000.xlsx"))
    assert free_name(tmp_path / "report.xlsx").name == "report.checked-1000.xlsx"


def test_an_edited_copy_is_kept_also_where_its_editor_leaves_no_name(tmp_path):
    file = write_report(tmp_path, put("teams", -3, "negative"))
    bundle = workbook.read(file)
    first = free_name(file)
    workbook.give_back(bundle, file, to=first)
    assert free_name(file) == first
    book = openpyxl.load_workbook(first)
    book["Báo cáo"]["E9"].value = 3
    book.save(first)  # who saved it last stays as it was
    with pytest.raises(FileExistsError, match=says("workbook_errors.worked_in")):
        workbook.give_back(bundle, file, to=first)
    check(file)
    assert openpyxl.load_workbook(first)["Báo cáo"]["E9"].value == 3
    assert (tmp_path / "report.checked-2.xlsx").exists()


def test_a_workbook_and_a_csv_of_one_name_do_not_share_what_goes_back(tmp_path):
    for kind, name in (("xlsx", "report.checked.xlsx"), ("csv", "report.csv.checked.xlsx")):
        file = write_report(tmp_path, layout=Layout(file=kind))
        check(file)
        assert (tmp_path / name).exists()
        assert free_name(tmp_path / name).name == name.replace(".checked", ".checked-2")
    assert len(list(tmp_path.glob("*.checked*"))) == 2


def test_marks_of_an_earlier_check_go_when_the_cell_is_mended_and_the_senders_stay(tmp_path):
    negative = put("teams", -3, "negative")
    file = write_report(tmp_path, negative, put("members", 3.5, "fractional", row_number=3))
    workbook.give_back(workbook.read(file), file, to=tmp_path / "once.xlsx")
    book = openpyxl.load_workbook(tmp_path / "once.xlsx")
    book["Báo cáo"]["E9"].value = 3
    book["Báo cáo"]["F5"].comment = Comment("Đã hỏi lại xã", "Chị Hoa")
    book["Báo cáo"]["E10"].comment = Comment("Đã kiểm tra", "Chị Hoa")
    book.save(tmp_path / "mended.xlsx")
    mended = workbook.read(tmp_path / "mended.xlsx")
    assert set(mended.errors["column"]) == {"F"}  # a comment is asked about, too
    workbook.give_back(mended, tmp_path / "mended.xlsx", to=tmp_path / "twice.xlsx")
    twice = openpyxl.load_workbook(tmp_path / "twice.xlsx")
    sheet = twice["Báo cáo"]
    assert sheet["E9"].comment is None
    assert sheet["E9"].fill.fill_type is None
    assert sheet["F5"].comment.text.startswith("Đã hỏi lại xã\n\nLỖI: ")
    assert sheet["E10"].comment.text == "Đã kiểm tra"
    assert twice.sheetnames == ["Báo cáo", "Kết quả kiểm tra", "Nhật ký thay đổi"]


def test_csv_comes_back_as_a_workbook_of_the_same_layout_and_its_formulas_as_texts(tmp_path):
    live = '=HYPERLINK("http://x")'
    long = change_row(3, commune="Xã " + "dài " * 500, code=None)
    titles = ("BÁO CÁO", live)
    layout = Layout(file="csv", encoding="utf-8", titles=titles, totals="all")
    file = write_report(tmp_path, put("teams", -3, "negative"), long, layout=layout)
    bundle = workbook.read(file)
    back = workbook.give_back(bundle, file, to=tmp_path / "back.xlsx")
    sheet = openpyxl.load_workbook(back.file)["report"]
    assert sheet["A1"].value == "BÁO CÁO"
    assert sheet["C11"].value == "Xã Tân Tiến"
    assert sheet["E11"].comment.text.startswith("LỖI")
    cells = [cell for row in sheet.iter_rows() for cell in row]
    comments = [cell.comment.text for cell in cells if cell.comment]
    assert len(comments) > 1
    assert max(map(len, comments)) <= MOST_TEXT
    assert len(back.lost) == 1
    cell = sheet["A2"]
    assert (cell.value, cell.data_type) == (live, "s")
    assert cell.quotePrefix


# --- what could do harm ---


def hostile(file):
    """Write a report whose texts are formulas, and which carries macros, links and a picture."""
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Báo cáo")
        sheet.write_row(0, 0, ["Mã xã", "Xã", "Năm", "Số tổ", "Số thành viên"])
        names = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)"]
        for row, name in enumerate(names, start=1):
            sheet.write_string(row, 1, name)
            sheet.write_row(row, 2, [2022, 3, 20])
        sheet.write_url(7, 0, "https://example.org", string="trang web")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "='Báo cáo'!$D$2:$D$5"})
        sheet.insert_chart(10, 1, chart)
        book.define_name("Ngoai", "='C:\\[khac.xlsx]Sheet1'!$A$1")
        rule = {"validate": "list", "source": ["1", "2"]}
        sheet.data_validation(1, 3, 4, 3, rule)
    with zipfile.ZipFile(file, "a") as parts:
        parts.writestr("xl/vbaProject.bin", b"macro")
        parts.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
        parts.writestr("xl/media/image1.png", b"picture")
    return file


def test_nothing_that_acts_goes_back_and_that_is_said(tmp_path):
    file = hostile(tmp_path / "report.xlsx")
    bundle = workbook.read(file)
    returned = workbook.give_back(bundle, file, to=tmp_path / "back.xlsx")
    book = openpyxl.load_workbook(returned.file)
    rows = [row for sheet in book.worksheets for row in sheet.iter_rows()]
    cells = [cell for row in rows for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    signs = ("=", "+", "-", "@")
    texts = [cell for cell in cells if str(cell.value).startswith(signs)]
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
    lines = book["Kết quả kiểm tra"].iter_rows()
    output = [row[0].value for row in lines]
    assert "Tệp đã kiểm tra không còn: macro." in output


def print_check(file):
    """Give what the check prints of a file."""
    return check(file)[1]


def test_what_stands_in_a_workbook_is_printed_as_plain_text(tmp_path):
    names = ["[red]x[/red]", "\x1b]0;pwned\x07", "\x1b[31mđỏ", "\u202eđảo"]
    report_made = report()
    for number, name in enumerate(names, start=3):
        change_row(number, commune=name, code=None)(report_made)
    layout = Layout(file="csv", encoding="utf-8")
    output = print_check(write(report_made, layout, tmp_path / "r.csv").file)
    assert "[red]x[/red]" in output
    assert escaping.plain(names[2]) in output
    dangerous = ("\x07", "\x1b]0", "\u202e", "\x1b[31mđỏ")
    assert not [sign for sign in dangerous if sign in output]


def test_a_terminal_shows_the_number_of_a_cell_that_is_not_small(tmp_path):
    shown = {
        -4321: "−4.321 là số âm",
        -3: "−… là số âm",
        "khoảng 4321": "khoảng 4321",
    }
    plants = [put("teams", cell, "", row_number=row) for row, cell in enumerate(shown, 4)]
    output = print_check(write_report(tmp_path, *plants))
    assert [output.count(text) for text in shown.values()] == [1, 1, 1]
    hidden = ["3 nghìn", "3a", "trên 3,0 người", "khoảng 3"]  # nor a small one beside words
    fields = ["teams", "teams", "teams", "members"]
    pairs = zip(fields, hidden, strict=True)
    plants = [put(field, cell, "", row_number=row) for row, (field, cell) in enumerate(pairs, 4)]
    file = write_report(tmp_path, *plants)
    message = " ".join(workbook.read(file).faults["message"])
    output = print_check(file)
    for cell in hidden:
        assert cell in message
        assert cell not in output


# --- the commands ---


def test_exit_is_0_only_when_all_is_accepted(tmp_path):
    (tmp_path / "x.xlsx").write_bytes(b"%PDF-1.7")
    for name in ("x.xlsx", "absent.xlsx"):
        assert check(tmp_path / name)[0] == 1
    assert not list(tmp_path.glob("*.checked*"))
    status, output = check(write_report(tmp_path, name="good"))
    assert status == 0
    assert "Tất cả đã được nhận" in output
    bad = write_report(tmp_path, put("teams", -3, "negative"), name="bad")
    status, output = check(bad, "--lang", "en")
    assert status == 1
    assert "Errors: 1." in output
    assert "Báo cáo!E9" in output


def test_the_template_command_writes_a_new_file_only(tmp_path):
    file = tmp_path / "t.xlsx"
    command = ["template", str(file), "--period", "2022", "--lang", "en"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0
    assert openpyxl.load_workbook(file).sheetnames == ["Report", "Instructions"]
    before = file.read_bytes()
    again = CliRunner().invoke(app, ["template", str(file)])
    assert again.exit_code == 1
    assert file.read_bytes() == before


def test_a_sum_over_a_row_whose_place_is_not_clear_is_held_to_nothing(tmp_path):
    report_made = report((2022,))
    several(put("commune", "Xã Không Ai Biết", "name_unknown", row_number=1))(report_made)
    report_made.off.append((district_names()["930"], "teams", 5))
    layout = Layout(totals="districts", without=("code",))
    file = write(report_made, layout, tmp_path / "report.xlsx").file
    assert workbook.read(file).errors["rule"].tolist() == ["name_unknown"]


# --- units of another structure ---


def catalogue_of(tmp_path, period):
    """Use the shipped catalogue as if its second year were another."""
    catalogue = study.current().text("indicators.toml")
    text = catalogue.replace("2023", str(period))
    return write_data(tmp_path / "data", {"indicators.toml": text.encode()})


@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize("period", [2020, 2025])
def test_the_date_decides_the_structure_and_where_it_cannot_the_row_is_refused(
    tmp_path, names, period
):
    """A year is counted at its end."""
    report_made = report(codes=["31318", "31340", "31471"])
    for row in report_made.rows:
        row.cells = {**row.cells, "period": period}
        if not names:
            del row.cells["commune"]
    layout = Layout() if names else Layout(without=("commune", "district"))
    file = write(report_made, layout, tmp_path / "r.xlsx").file
    with study.Study.open(catalogue_of(tmp_path, period)).use():
        bundle = workbook.read(file)
    wrong = bundle.errors[bundle.errors["rule"] != "measure_not_taken"]
    if period == 2020:  # in which the list came into force
        codes = bundle.rows["code"]
        assert codes.dropna().tolist() == ["31318", "31340", "31471"]
        assert wrong.empty
        return
    cells = wrong[["rule", "field"]]
    assert cells.to_numpy().tolist() == [["structure_undecided", "period"]]
    assert wrong["cells"].map(len).tolist() == [3]
    assert "từ ngày 1/7/2025, cùng tên hay cùng mã này" in wrong["message"].iloc[0]
    assert bundle.reports.empty

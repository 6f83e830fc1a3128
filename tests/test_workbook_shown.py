"""Check that what a cell shows counts: number formats, what is struck out, what is raised."""

import importlib.util
import struct
import time
from pathlib import Path

import old_excel
import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from hganalysis import workbook
from hganalysis.workbook import formats, reading
from hganalysis.workbook.sheets import Run

GOLDEN = Path(__file__).parent / "golden"
GIVE_BACK = importlib.import_module("hganalysis.workbook.give_back")


@pytest.fixture(scope="module", params=["xlsx", "xls", "ods"])
def file(request, tmp_path_factory):
    """Give the workbook of what cells show, in each format."""
    if request.param != "xlsx":
        return GOLDEN / f"shown.{request.param}"
    spec = importlib.util.spec_from_file_location("workbooks", GOLDEN / "workbooks.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    made = tmp_path_factory.mktemp("shown") / "shown.xlsx"
    maker.shown(made)
    return made


def rules(read):
    faults = read.faults[read.faults["row"] > 0]
    return {
        f"{column}{row}": rule
        for rule, column, row in zip(faults["rule"], faults["column"], faults["row"], strict=True)
    }


def test_what_a_cell_shows_is_held_to_what_it_holds(file):
    read = reading.read_table(file)
    assert rules(read) == {
        "C2": "shown_differs",  # 29%
        "C3": "shown_differs",  # 164, and holds 164,000
        "C5": "shown_differs",  # about 29
        "C6": "shown_empty",
        "C8": "shown_differs",  # 28 thousand
        "C9": "shown_differs",  # nothing, and holds 45
        "C10": "shown_differs",  # 2.000
        "C11": "shown_differs",  # 90 dong
        "C12": "shown_differs",  # 1K
        "C13": "percent",
        "C17": "struck_part",
        "C18": "struck",
        "A20": "struck",
    }
    members = read.cells[read.cells["field"] == "members"].set_index("row")["value"].to_dict()
    assert members == {4: 29, 6: 0, 7: 0, 14: 31, 15: 38, 16: 16, 19: 40, 20: 40}
    kinds = read.rows.set_index("row")["kind"]
    assert kinds[[4, 6, 7, 14, 15, 16, 19]].unique().tolist() == ["accepted"]


def test_both_what_is_shown_and_what_is_held_are_said(file):
    faults = reading.read_table(file).faults.set_index(["column", "row"])["message"]
    for place, shown, held in [
        (("C", 2), "29%", "29"),
        (("C", 3), "164", "164000"),
        (("C", 9), "–", "45"),
        (("C", 11), "90 ₫", "90"),
    ]:
        assert f"“{shown}”" in faults[place]
        assert f" {held}" in faults[place]
    assert "“21”" in faults["C", 17]
    assert "“25”" in faults["C", 17]


def test_marks_of_footnotes_are_set_aside_and_noted(file):
    read = reading.read_table(file)
    told = {row: (a, b) for row, a, b in read.changes[["row", "before", "after"]].to_numpy()}
    assert told[16] == ("16²", "16")
    assert told[19] == ("Xã Tân Tiến⁽¹⁾", "Xã Tân Tiến")
    commune = read.cells[(read.cells["field"] == "commune") & (read.cells["row"] == 19)]
    assert commune["value"].tolist() == ["Xã Tân Tiến"]


def test_what_goes_back_is_refused_for_the_same_reasons(file, tmp_path):
    # a number that came back without its format, or a text without its line, would be accepted
    back = GIVE_BACK.give_back(workbook.read(file), file, to=tmp_path / "back.checked.xlsx").file
    first, again = reading.read_table(file), reading.read_table(back)
    own = again.faults[again.faults["sheet"] == "Năm 2023"]
    same = ["row", "column", "rule"]
    assert own[same].to_numpy().tolist() == first.faults[same].to_numpy().tolist()


def test_rich_text_within_its_cell_and_of_a_struck_cell(tmp_path):
    # openpyxl writes such text into the cell, not into the table of texts
    book = openpyxl.Workbook()
    page = book.active
    page.append(["Tên xã", "Năm", "Số tổ", "Số thành viên"])
    struck, valid = InlineFont(strike=True), InlineFont(strike=False)
    texts = [
        CellRichText(TextBlock(struck, "21"), TextBlock(valid, "25")),
        CellRichText("164", TextBlock(InlineFont(vertAlign="subscript"), "2")),
        CellRichText("21", TextBlock(valid, "25")),
        CellRichText(TextBlock(valid, "2"), TextBlock(valid, "5")),
        CellRichText(TextBlock(struck, "25")),
        CellRichText(TextBlock(struck, "2"), TextBlock(struck, "5")),
        CellRichText(TextBlock(struck, "25"), TextBlock(valid, " ")),  # nothing is left of it
    ]
    for at, text in enumerate(texts, start=2):
        page.append([f"Xã {at}", 2023, 1, None])
        page.cell(at, 4).value = text
    page["D4"].font = Font(strike=True)  # what says nothing of itself looks as the cell does
    book.save(tmp_path / "r.xlsx")
    read = reading.read_table(tmp_path / "r.xlsx")
    assert rules(read) == {
        **{"D2": "struck_part", "D3": "no_number", "D4": "struck_part", "D6": "struck"},
        **{"D7": "struck", "D8": "struck"},
    }
    assert read.sheets[0].runs[4, 4] == (Run("21", struck=True), Run("25", struck=False))
    assert read.cells.loc[read.cells["field"] == "members", "value"].tolist() == [25]


def test_a_size_that_leads_back_into_the_shared_texts_is_refused_at_once(tmp_path):
    file = tmp_path / "r.xls"
    rich = [[(f"Xã Vị Tân {at}" * 5, "struck"), ("25", "super")] for at in range(200)]
    old_excel.write(file, [old_excel.Page("A", [["Tên xã"], *([one] for one in rich)])])
    assert reading.read_table(file).sheets
    data = file.read_bytes()
    # the first of them says that what stands beside it ends before it begins
    first = data.index(struct.pack("<HBH", sum(len(text) for text, _ in rich[0]), 9, 2))
    back = struct.pack("<HBi", struct.unpack_from("<H", data, first)[0], 4, -500)
    file.write_bytes(data[:first] + back + data[first + len(back) :])
    start = time.process_time()
    assert reading.read_table(file).faults["rule"].tolist() == ["damaged"]
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (1234, "#,##0", "1234"),
        (-5, "0;(0)", "5"),
        (0, "0;-0;", ""),
        (0, '0;"fell by "0', "0"),  # of two parts the second is for less than nothing
        (12, '"Mã "00000', "Mã 00012"),
        (7, "[$VND-42A] #,##0", "VND 7"),
        (7, "[$-42A]#,##0", "7"),
        (7, r"0\%", "7%"),
        (7, "[<10]0;[>=10]0,", "7"),
        (70_000, "[<10]0;[>=10]0,", "70"),
        (0.5, "0.0%;-0.0%", "50 %"),
        (1e-7, "General", "1e-07"),
    ],
)
def test_number_formats(value, code, shown):
    assert formats.shown(value, code) == shown

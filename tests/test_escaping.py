"""Attack everything that writes for a spreadsheet: no text of a user's file runs there."""

import codecs
import csv
import io
import re

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

import hganalysis as hg
from hganalysis import caselog, escaping, places, workbook
from hganalysis.draw.picture import OUT
from hganalysis.workbook import corrections

NUMBER = re.compile(r"-?[\d.]+(,|$)")
SIGNS = "=+-@＝＋－＠"
ATTACKS = [
    *(f"{sign}HYPERLINK(1)" for sign in SIGNS),
    "  =1+1",
    "\N{IDEOGRAPHIC SPACE}=1+1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "'=1+1",
    "Xã;=1+1",
    "Xã\t＝1+1",
    'Xã";=1+1',
]
# A name is one line before it gets anywhere.
ONE_LINE = [attack for attack in ATTACKS if not set(attack) & set("\t\r\n")]


def find_live(text):
    """
    List the cells that a spreadsheet would run, whichever sign parts them for it.

    A number is none, nor what begins with a number and a comma.
    """
    cells_live = []
    for separator in (",", ";", "\t"):
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        for row in lines:
            bare = [cell.strip() for cell in row]
            signed = [cell for cell in bare if cell.startswith(tuple(SIGNS))]
            cells_live += [cell for cell in signed if not NUMBER.match(cell)]
    return cells_live


def require_quiet(file):
    """Assert that no cell of a workbook runs, now or once it was edited; give its texts."""
    texts = []
    for sheet in openpyxl.load_workbook(file):
        for cell in (cell_of_row for row in sheet for cell_of_row in row):
            assert cell.data_type != "f", cell.coordinate
            assert cell.hyperlink is None
            if isinstance(cell.value, str):
                texts.append(cell.value)
                if cell.value.lstrip().startswith(tuple(SIGNS)):
                    assert cell.quotePrefix, (sheet.title, cell.coordinate, cell.value)
    return texts


# --- the escaping itself ---


@given(st.text(alphabet=f"{SIGNS}';, \t\r\n\"a1", max_size=8))
def test_escaping_runs_nothing_and_loses_nothing(text):
    written = escaping.csv_text(text)
    assert escaping.from_csv_text(written) == text
    table = pd.DataFrame({text: [text, "y"], 0: [-1.5, 2]})
    assert find_live(escaping.csv(table)) == []


def test_numbers_stay_numbers():
    columns = {
        "a": [-1.5, 2.25],
        "b": pd.array([-3, None], dtype="Int64"),
        "c": [-1, "=1"],
    }
    table = pd.DataFrame(columns, index=[7, 8])
    table = table.assign(d=pd.Categorical(["-x", "y"]))
    text = escaping.csv(table, digits="%.12g")
    assert text == "a,b,c,d\n-1.5,-3,-1,'-x\n2.25,,'=1,y\n"
    assert pd.api.types.is_object_dtype(table["c"])  # the caller's is as it was
    assert table["c"].tolist() == [-1, "=1"]


# --- one writer after the other: each gives the text that a spreadsheet would read ---


def write_kept(attack, folder, patch):
    patch.setenv(OUT, str(folder))
    table = pd.DataFrame({"name": [attack], "change": [-0.5]})
    hg.keep(table, "a")
    written = (folder / "tables" / "a.csv").read_bytes()
    assert written.startswith(codecs.BOM_UTF8), "Excel would read it as of Windows"
    text = written.decode("utf-8-sig")
    assert text.rstrip("\n").endswith(",-0.5")
    return text


def write_log(attack, folder, patch):  # noqa: ARG001
    columns = {
        "code": ["31318"],
        "value": [-1],
        "platform": [attack],
    }
    table = pd.DataFrame(columns)
    caselog.save(table, folder / "x.parquet")  # which holds texts as texts
    assert pd.read_parquet(folder / "x.parquet")["platform"].tolist() == [attack]
    return caselog.save(table, folder / "x.csv").read_text(encoding="utf-8")


def write_proposal(attack, folder, patch):  # noqa: ARG001
    names = {"written": [attack], "district": [attack]}
    names |= {"level": ["commune"], "code": ["31318"]}
    corrections.propose(pd.DataFrame(names), folder / "c.csv")
    # A person's program reads it back as it was: the proposal is there already.
    assert corrections.propose(pd.DataFrame(names), folder / "c.csv") == 0
    written = (folder / "c.csv").read_bytes()
    assert written.startswith(codecs.BOM_UTF8), "Excel would read it as of Windows"
    return written.decode("utf-8-sig")


writers = [write_kept, write_log, write_proposal]


@pytest.mark.parametrize("writer", writers, ids=lambda writer: writer.__name__)
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_of_a_file_runs(writer, attack, tmp_path, monkeypatch):
    text = writer(attack, tmp_path, monkeypatch)
    assert attack.strip(" \t\r\n'=")[:3] in text
    assert find_live(text) == []


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_workbook_that_goes_back(kind, tmp_path):
    file = tmp_path / f"r.{kind}"
    rows = [["Mã xã", "Xã", "Năm", "Số tổ", "Số thành viên"]]
    rows += [["", attack, 2022, 3, 20] for attack in ONE_LINE]
    if kind == "xlsx":
        with escaping.create_workbook(file) as book:
            sheet = book.add_worksheet("Báo cáo")
            for row_number, row in enumerate(rows):
                sheet.write_row(row_number, 0, row)
    else:
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows)
    bundle = workbook.read(file)
    back = workbook.give_back(bundle, file, to=tmp_path / "back.xlsx")
    texts = require_quiet(back.file)
    with_attack = [text for text in texts if "1+1" in text or "HYPERLINK" in text]
    assert len(with_attack) > 2 * len(ONE_LINE)


def test_the_form_to_fill_in(monkeypatch, tmp_path):
    for level in ("units", "compared"):
        listed = getattr(places, level)().assign
        table = listed(name_vi="＝HYPERLINK(1)", name_en="=1")
        monkeypatch.setattr(places, level, lambda table=table: table)
    texts = require_quiet(workbook.template(tmp_path / "form.xlsx", period=2023))
    assert texts.count("＝HYPERLINK(1)") > 100


def test_an_attack_is_seen(tmp_path):
    """The two witnesses of this file are no blind ones."""
    columns = [{1: [1], attack: attack} for attack in ATTACKS if attack[0] != "'"]
    raw = [pd.DataFrame(table).to_csv() for table in columns]
    assert all(map(find_live, raw))
    book = Workbook()
    book.active["A1"] = "=1+1"
    book.save(tmp_path / "live.xlsx")
    with pytest.raises(AssertionError):
        require_quiet(tmp_path / "live.xlsx")

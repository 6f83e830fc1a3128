"""Check that a small file stays a small one: little time, little memory, and words for the rest."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import hostile
import openpyxl
import pandas as pd
import pytest

from hganalysis import escaping, limits, places
from hganalysis.workbook import cells, faults, formats, guard, headers, numbers, vocabulary
from hganalysis.workbook.check import read
from hganalysis.workbook.containers import sheets
from hganalysis.workbook.titles import said

GOLDEN = Path(__file__).parent / "golden"
MEGABYTES, SECONDS = 1_000, 20
"""The bound is a gigabyte, and ten seconds: of a processor that does nothing else."""

needs_linux = pytest.mark.skipif(
    not Path("/proc/self/status").is_file(), reason="peak memory is read from /proc"
)


@pytest.fixture(scope="module")
def weighed(tmp_path_factory):
    """Read every file in one other process: what its peak is below, each of them is below."""
    folder = tmp_path_factory.mktemp("hostile")
    most = 6_000_000_000  # of addresses, so that the machine is not harmed; the test is the peak
    done = subprocess.run(
        [sys.executable, hostile.__file__, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HGANALYSIS_LANG": "en", "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {one["name"]: one for one in found}


@needs_linux
@pytest.mark.parametrize("name", hostile.FILES)
def test_a_small_file_takes_little_time_and_memory(weighed, name):
    assert weighed[name]["megabytes"] < MEGABYTES
    assert weighed[name]["seconds"] < SECONDS


@needs_linux
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("texts_repeated_ods", "have 6,000,000,000 letters"),
        ("one_shared_text", "have 12,000,060,017 letters"),
        ("digits_as_title", "Cell A1 of sheet report"),
        ("stacked_marks", "more than 30 marks"),
        ("rows_of_csv", "has 1,000,001 rows"),
        ("more_styled_rows", "unpacks to an abnormal size"),
        ("many_merges", "has 50,000 merged cells"),
        ("far_merge", "cover 17,179,803,648 cells"),
        ("faults_in_every_cell", "the first is at A!B2"),
        ("headers_everywhere", "more than 1,000 rows of headers"),
    ],
)
def test_what_is_refused_is_refused_in_words(weighed, name, said):
    assert weighed[name]["told"] is False
    assert said in " ".join(weighed[name]["said"].split())
    assert "{" not in weighed[name]["said"]


@needs_linux
def test_what_is_harmless_is_read(weighed):
    assert weighed["styled_rows"]["told"] is True
    assert "tangled" in weighed["crossing_outline"]["told"]
    assert "tangled" in weighed["tangled_outline"]["told"]
    assert "tangled" not in weighed["long_outline"]["told"]
    assert "10,000,000 rows" in weighed["runs_in_parquet"]["told"]


# --- texts: every way of looking at one takes a time that grows as it does ---

UNITS = [
    *("1", "a", "ă", " ", "(", "1 ", "1.", "1,", "1.234.", "tháng ", "1 tháng ", "quý "),
    *("ngày 1 ", "2023-", "12/", "năm: ", "tổng cộng ", "xã, ", "thuộc ", "=;", "'", "%", "["),
    *("Þ", "Vá»‹ ", "aø", "1 - ", "từ 1 đến ", "()", "q. ", "i", "y", "- "),
]


@pytest.fixture(scope="module")
def looks():
    known = vocabulary.vocabulary()
    return {
        "titles": lambda text: said(text, known),
        "header": lambda text: headers.meaning(text, known),
        "total": vocabulary.is_total,
        "district": lambda text: vocabulary.district_of(text, known.districts),
        "commune": lambda text: vocabulary.is_commune(text, known.communes),
        "note": vocabulary.is_note,
        "number": numbers.looks_like_one,
        "column": lambda text: numbers.read_column([text]),
        "format": formats.matters,
        "shown": cells.shown,
        "told": faults.show,
        "csv": escaping.csv_text,
        "place": lambda text: places.find_codes(pd.Series([text]), level="commune"),
    }


LONGEST = {"format": 255, "place": 3_000, "titles": 2_000}


@pytest.mark.parametrize(
    "name",
    [
        *("titles", "header", "total", "district", "commune", "note", "number", "column", "format"),
        *("shown", "told", "csv", "place"),
    ],
)
def test_no_text_of_a_cell_takes_long(looks, name):
    # the longest that a cell holds: a second is a hundred times what it takes, and a tenth of what
    # it took where the time grew with the square
    size = LONGEST.get(name, limits.MOST_IN_CELL)
    slow = {}
    for unit in UNITS:
        start = time.process_time()
        looks[name]((unit * size)[:size])
        slow[unit] = time.process_time() - start
    assert max(slow.values()) < 1, max(slow, key=slow.get)


def test_a_title_that_is_too_long_is_asked_about():
    known = vocabulary.vocabulary()
    assert said("Báo cáo năm 2023", known).years == {2023}
    assert said("1" * 40_000 + " năm 2023", known).strange


# --- the bounds themselves ---


def test_marks_upon_one_letter_are_counted():
    guard.require_marks("Việt Nam " * 100 + "a" + "\u0300" * limits.MOST_MARKS)
    with pytest.raises(guard.UnreadableError, match="heaped_marks"):
        guard.require_marks("a" + "\u0300\u0323" * limits.MOST_MARKS)
    guard.require_marks("ว่าด้วยการ" * 100)  # another writing


@pytest.mark.parametrize("name", ["messy.ods", "messy.xls", ""])
def test_letters_are_counted_as_they_are_read(name, monkeypatch, tmp_path):
    file = GOLDEN / name if name else hostile.zipped(tmp_path / "a.xlsx", hostile.workbook())
    read_ = sum(
        len(cell) for one in sheets(file) for row in one.grid for cell in row if type(cell) is str
    )
    assert read_ > 20
    counted = []
    monkeypatch.setattr(
        "hganalysis.workbook.containers.require_room",
        lambda **found: counted.append(found["letters"]),
    )
    sheets(file)
    # numbers as an ods shows them, and what stands in a record beside a text, are counted too
    assert read_ <= counted[0] <= 1.5 * read_


def test_sheets_are_counted_together(tmp_path, monkeypatch):
    file = hostile.many_merges(tmp_path, 50)
    assert sheets(file)[0].merges
    for name, rule in (
        ("MOST_ROWS", "too_many_rows"),
        ("MOST_MERGES", "too_many_merges"),
        ("MOST_LETTERS", "too_many_letters"),
        ("MOST_CELLS", "too_many_cells"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(limits, name, 10)
            with pytest.raises(guard.UnreadableError, match=rule):
                sheets(file)


@pytest.mark.parametrize(
    ("what", "most", "rule"),
    [
        ("rows", limits.MOST_ROWS, "too_many_rows"),
        ("cells", limits.MOST_CELLS, "too_many_sheets"),
        ("merges", limits.MOST_MERGES, "too_many_merges"),
        ("letters", limits.MOST_LETTERS, "too_many_letters"),
    ],
)
def test_as_much_as_is_allowed_is_allowed_and_one_more_is_told_by_its_name(what, most, rule):
    others = dict.fromkeys(("rows", "cells", "merges", "letters"), 0)
    guard.require_room(**others | {what: most})
    with pytest.raises(guard.UnreadableError, match=rule):
        guard.require_room(**others | {what: most + 1})


def test_a_text_is_as_long_as_a_cell_holds_and_no_longer():
    guard.require_text("a" * limits.MOST_IN_CELL, sheet="A", cell="B2")
    with pytest.raises(guard.UnreadableError, match="long_text") as why:
        guard.require_text("a" * (limits.MOST_IN_CELL + 1), sheet="A", cell="B2")
    assert why.value.blanks["cell"] == "B2"


@pytest.mark.parametrize("wide", [3, 4])
def test_merged_cells_reach_as_far_as_may_be_walked_over_and_no_farther(
    tmp_path, monkeypatch, wide
):
    monkeypatch.setattr(limits, "MOST_STYLED", 2 * 3 + 2 * 3)
    book = openpyxl.Workbook()
    book.active.append(["x"] * 9)
    for at, right in ((1, 3), (4, wide)):
        book.active.merge_cells(start_row=at, end_row=at + 1, start_column=1, end_column=right)
    book.save(tmp_path / "a.xlsx")
    if wide == 3:
        assert len(sheets(tmp_path / "a.xlsx")[0].merges) == 2
        return
    with pytest.raises(guard.UnreadableError, match="merged_far"):
        sheets(tmp_path / "a.xlsx")


def test_rows_that_are_all_wrong_are_one_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_FAULTS", 10)
    assert len(read(hostile.rows_of_csv(tmp_path, 10)).errors) == 9
    many = hostile.rows_of_csv(tmp_path, 20)
    found = read(many)
    assert found.rows.empty
    [fault] = found.faults.to_dict("records")
    assert fault["rule"] == "too_many_faults"
    assert "report!A3" in fault["message"]
    assert "{" not in fault["message"]

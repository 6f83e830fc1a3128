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

from hganalysis import escaping, grid, limits, places
from hganalysis.grid import guard
from hganalysis.grid.cell import of_format
from hganalysis.workbook import faults, headings, numbers, rows, vocabulary
from hganalysis.workbook.check import read
from hganalysis.workbook.headings import said

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
        ("texts_repeated_ods", "have 30,0"),
        ("one_shared_text", "has 60,000 letters"),
        ("digits_as_title", "Cell A1 of sheet report"),
        ("stacked_marks", "more than 30 marks"),
        ("rows_of_csv", "too far out: C100001"),
        ("more_styled_rows", "unpacks to an abnormal size"),
        ("many_merges", "cover too many cells: 20,001"),
        ("far_merge", "cover too many cells: 17,179,803,648"),
        ("faults_in_every_cell", "is a per cent"),
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
    for name in ("crossing_outline", "tangled_outline"):
        assert "crosses itself more than 1000 times" in weighed[name]["told"]
    assert "match" in weighed["long_outline"]["told"]
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
        "header": lambda text: headings.meaning(text, known),
        "total": rows.is_total,
        "district": lambda text: rows.district_of(text, known.districts),
        "commune": lambda text: rows.is_commune(text, known.communes),
        "note": rows.is_note,
        "number": numbers.looks_like_one,
        "column": lambda text: numbers.read_column([text]),
        "format": lambda text: of_format(text, 2.5),
        "told": faults.show,
        "csv": escaping.csv_text,
        "place": lambda text: places.find_codes(pd.Series([text]), level="commune"),
    }


LONGEST = {"format": 3_000, "place": 3_000, "titles": 2_000}


@pytest.mark.parametrize(
    "name",
    [
        *("titles", "header", "total", "district", "commune", "note", "number", "column", "format"),
        *("told", "csv", "place"),
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


def test_sheets_are_counted_together_as_they_are_read(tmp_path, monkeypatch):
    merged = hostile.many_merges(tmp_path, 50)
    assert grid.read(merged).sheets[0].merges
    for file in (merged, GOLDEN / "messy.ods", GOLDEN / "messy.xls"):
        for name, rule in (
            ("MOST_ROWS", "too_many_cells"),
            ("MOST_LETTERS", "too_many_letters"),
            ("MOST_CELLS", "too_many_cells"),
        ):
            with monkeypatch.context() as patch:
                patch.setattr(limits, name, 3)
                with pytest.raises(guard.UnreadableError, match=rule):
                    grid.read(file)
    monkeypatch.setattr(limits, "MOST_MERGES", 10)
    with pytest.raises(guard.UnreadableError, match="too_many_merges"):
        grid.read(merged)


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
        assert len(grid.read(tmp_path / "a.xlsx").sheets[0].merges) == 2
        return
    with pytest.raises(guard.UnreadableError, match="too_many_merges"):
        grid.read(tmp_path / "a.xlsx")


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

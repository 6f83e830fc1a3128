"""What is printed of the faults of a report: nothing that a count is, and everything else."""

import re

import corpus
import pytest
from openpyxl import load_workbook

from hganalysis import suppress, words, workbook
from hganalysis.publish.own import first_faults, printable_faults

SECRET = ("43.217", "43.218", "7.654", "43.220", "43.221", "43.222", "43.223", "43.224", "2012")
"""What no row that is accepted says."""


def printed(file):
    """Give all lines that a command prints of the faults of a report."""
    read = workbook.read(file)
    faults = printable_faults(read)
    texts = faults[["message", "expected", "suggestion"]].to_numpy().ravel()
    return read, [*texts, *workbook.not_read(read), *first_faults(read, read.faults)]


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """Write a report with a number in each place where nobody can say what it counts."""
    report = corpus.report((2022,), more=("population",))
    cells = [
        ("app_users.count", "khoảng 43.217"),
        ("app_users.count", "43.218,5"),
        ("app_users.count", "43.219 (nữ 7.654 lượt)"),
        ("ewallet_users.count", "khoảng 2012"),
        ("app_users.count", -43_220),
        ("population", 12),
    ]
    for row, (field, value) in zip(report.data()[3:], cells, strict=False):
        row.cells[field] = value
    file = corpus.write(report, corpus.Layout(), tmp_path_factory.mktemp("faulty") / "f.xlsx").file
    book = load_workbook(file)
    sheet = book.active
    last = sheet.max_column
    headed = {1: "Ghi chú", 3: "Máy"}
    for shift, text in headed.items():
        sheet.cell(1, last + shift).value = text
    sheet.cell(20, last + 1).value = "Ước tính, số cũ là 43.221 người"
    for row in (22, 23, 24, 25):
        sheet.cell(row, last + 3).value = 43_222
    sheet.cell(30, last + 6).value = "43.223"
    sheet.cell(sheet.max_row + 4, 2).value = 43_224
    book.save(file)
    return file


def test_no_blank_of_a_sentence_says_a_number_that_nobody_has_accepted(faulty):
    read, lines = printed(faulty)
    with suppress.use(fewer_than=0):
        _, all_lines = printed(faulty)
    for secret in SECRET:
        forms = {secret, secret.replace(".", ","), secret.replace(".", "")}
        pattern = re.compile(rf"(?<![0-9])(?:{'|'.join(map(re.escape, forms))})(?![0-9])")
        assert any(map(pattern.search, all_lines)), f"{secret} was never said: the law is idle"
        assert [line for line in lines if pattern.search(line)] == []
    # the sender's own workbook has them
    assert any("43.217" in text for text in read.faults["message"])


def test_a_number_of_our_own_in_a_sentence_is_said(faulty):
    """The day of a census was hidden with the small numbers that a sentence was searched for."""
    with words.use("en"):
        _, lines = printed(faulty)
    [census] = [line for line in lines if "April 2019" in line and "ERROR" not in line][:1]
    assert "census of 1 April 2019" in census
    assert not [line for line in lines if "…." in line]


def test_readings_of_a_number_are_left_unsaid_with_it(tmp_path):
    report = corpus.report((2022,), more=("population",))
    for row in report.data():
        row.cells["app_users.count"] = "43.217"
    report.data()[3].cells["app_users.count"] = "4.321,5"
    report.data()[4].cells["app_users.count"] = "43,217.5"
    file = corpus.write(report, corpus.Layout(), tmp_path / "readings.xlsx").file
    read, lines = printed(file)
    assert {"ambiguous", "contradiction"} & {*read.faults["rule"]}
    assert any("43.217" in text for text in read.faults.loc[:, ["message", "suggestion"]].sum())
    assert [line for line in lines if "43.217" in line or "43217" in line] == []


def test_a_file_that_is_refused_for_its_many_faults_quotes_no_count(tmp_path, monkeypatch):
    monkeypatch.setattr("hganalysis.limits.MOST_FAULTS", 3)
    report = corpus.report((2022,))
    for row, count in zip(report.data(), range(43_210, 43_220), strict=False):
        row.cells["app_users.count"] = -count
    file = corpus.write(report, corpus.Layout(), tmp_path / "many.xlsx").file
    read, lines = printed(file)
    assert [*read.faults["rule"]] == ["too_many_faults"]
    assert "43.210" in read.faults["message"].item()
    assert [line for line in lines if "43.21" in line] == []

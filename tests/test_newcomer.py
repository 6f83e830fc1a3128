"""A workbook of one's own, no template: two commands to its maps, as the README says."""

import subprocess
import sys

import corpus
import openpyxl
import pytest

from hganalysis import frames, workbook

HEADS = {
    "teams": "Số tổ CNSCĐ",
    "members": "Số thành viên",
    "app_users.count": "Số người dùng ứng dụng nền tảng số",
    "files_online.count": "Số hồ sơ nộp trực tuyến",
    "files_online.out_of": "Tổng số hồ sơ tiếp nhận",
}
YEARS = (2022, 2023)


def by_sheet(file):
    """Write two years on a sheet each, as an office does: titles, running numbers, a sum."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for year in YEARS:
        sheet = book.create_sheet(f"Năm {year}")
        sheet.append(["ỦY BAN NHÂN DÂN TỈNH HẬU GIANG"])
        sheet.append([f"KẾT QUẢ PHONG TRÀO NĂM {year}"])
        sheet.append([])
        sheet.append(["TT", "Huyện, thị xã, thành phố", "Xã, phường, thị trấn", *HEADS.values()])
        rows = corpus.report((year,)).data()
        for at, row in enumerate(rows, 1):
            cells = row.cells
            sheet.append([at, cells["district"], cells["commune"], *(cells[one] for one in HEADS)])
        sums = [sum(row.cells[one] for row in rows) for one in HEADS]
        sheet.append([None, "TỔNG CỘNG", None, *sums])
    book.save(file)


def side_by_side(file):
    """Write two years beside each other below one heading each; a district only where it begins."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["KẾT QUẢ PHONG TRÀO HAI NĂM"])
    sheet.append(["Huyện", "Tên xã", *(told for head in HEADS.values() for told in (head, None))])
    sheet.append([None, None, *YEARS * len(HEADS)])
    for at in range(3, 3 + 2 * len(HEADS), 2):
        sheet.merge_cells(start_row=2, start_column=at, end_row=2, end_column=at + 1)
    before = ""
    made = corpus.report(YEARS)
    for row in made.data(YEARS[0]):
        both = [row.cells, made.of(row.cells["code"], YEARS[1]).cells]
        district = row.cells["district"]
        numbers = [cells[one] for one in HEADS for cells in both]
        sheet.append([district if district != before else None, row.cells["commune"], *numbers])
        before = district
    book.save(file)


def run(folder, *typed):
    return subprocess.run(
        [sys.executable, "-m", *typed], cwd=folder, capture_output=True, encoding="utf-8"
    )


@pytest.mark.parametrize("lay_out", [by_sheet, side_by_side])
def test_headings_as_offices_write_them_are_all_read(lay_out, tmp_path):
    lay_out(tmp_path / "so-lieu.xlsx")
    found = workbook.read(tmp_path / "so-lieu.xlsx")
    assert found.complete, found.faults
    sent = frames.reports()
    sent = sent[sent["indicator"].isin([one.split(".")[0] for one in HEADS])]
    keys = ["code", "year", "indicator"]
    numbers = [*keys, "count", "out_of"]
    read = found.reports[numbers].sort_values(keys, ignore_index=True)
    assert (read == sent[numbers].sort_values(keys, ignore_index=True)).all(axis=None)
    assert len(found.teams) == 2 * len(corpus.lists()[0])


def test_two_commands_lead_from_a_workbook_of_ones_own_to_its_maps(tmp_path):
    by_sheet(tmp_path / "so-lieu.xlsx")
    handed_in = (tmp_path / "so-lieu.xlsx").read_bytes()
    checked = run(tmp_path, "hganalysis", "check", "so-lieu.xlsx")
    assert checked.returncode == 0, checked.stdout
    assert "Tất cả đã được nhận" in checked.stdout
    built = run(tmp_path, "hganalysis", "build", "--reports", "so-lieu.xlsx", "--out", "ket-qua")
    assert built.returncode == 0, built.stderr
    out = tmp_path / "ket-qua"
    assert (out / "index.html").is_file()
    assert (out / "notebooks" / "01_where_uptake_is_high.ipynb").is_file()
    assert "MÔ PHỎNG" not in (out / "01_where_uptake_is_high.html").read_text("utf-8")
    assert not list(out.rglob("reports.csv")), "what was handed in lies among the results"
    assert (tmp_path / "so-lieu.xlsx").read_bytes() == handed_in

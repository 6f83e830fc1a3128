"""
Make the workbooks in formats that no library here writes: old Excel and LibreOffice.

    python tests/golden/workbooks.py      (needs LibreOffice)

One messy sheet, a hidden one, and one of formulas, in the same cells in each format.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import xlsxwriter

HERE = Path(__file__).parent
FORMATS = ("xls", "ods")

ROWS = [
    ["BÁO CÁO NĂM 2023"],
    [],
    ["Huyện", "Mã xã", "Tên xã", "Số tổ", "Số thành viên", "Dân số"],
    ["TP. Vị Thanh", 31318, "Phường I", 4, 27, 5628],
    [None, 31321, "Phường III", 6, 41, "10.703"],
    ["H. Vị Thủy", 27, "Xã Vị Đông", 9, 60, 1],
    [None, 31462, "Xã Vị Thanh", 8, "chưa báo cáo", 9000.5],
    [None, None, "Tổng cộng", 27, None, None],
]


def messy(file: Path) -> None:
    """Write the sheets as xlsx: merged, hidden, per cent, padded, with a date and formulas."""
    with xlsxwriter.Workbook(file) as workbook:
        share = workbook.add_format({"num_format": "0%"})
        day = workbook.add_format({"num_format": "d-mmm"})
        padded = workbook.add_format({"num_format": "00000"})
        page = workbook.add_worksheet("Báo cáo")
        for at, row in enumerate(ROWS):
            page.write_row(at, 0, row)
        page.merge_range("A4:A5", ROWS[3][0])
        page.merge_range("A6:A7", ROWS[5][0])
        page.write("B6", 27, padded)
        page.write("F6", 1, share)
        page.set_row(6, None, None, {"hidden": True})
        page.set_column("F:F", None, None, {"hidden": True})
        page.write_formula("E8", "=SUM(E4:E7)", None, 128)
        page.write_formula("F8", "=1/0", None, "#DIV/0!")
        page.write("D7", 44593, day)
        hidden = workbook.add_worksheet("Phụ")
        hidden.hide()
        hidden.write_row(0, 0, ["Tên xã", "Năm", "Số tổ"])
        hidden.write_row(1, 0, ["Xã Vị Tân", 2022, 9])


def main() -> None:
    """Convert them."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "messy.xlsx"
        messy(source)
        for name in FORMATS:
            subprocess.run(
                ["soffice", "--headless", "--convert-to", name, "--outdir", folder, source],
                check=True,
                capture_output=True,
            )
            shutil.move(source.with_suffix(f".{name}"), HERE / f"messy.{name}")


if __name__ == "__main__":
    main()

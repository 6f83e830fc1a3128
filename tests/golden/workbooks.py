"""
Make the workbooks in formats that no library here writes: old Excel and LibreOffice.

    python tests/golden/workbooks.py      (needs LibreOffice)

`messy`: a messy sheet, and a hidden one. `shown`: cells that show another thing than they hold.
In the same cells in each format.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import xlsxwriter

FOLDER = Path(__file__).parent
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
        for number, row in enumerate(ROWS):
            page.write_row(number, 0, row)
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


# Members of each commune: a number, and the format that shows it.
SHOWN = [
    (29, '0"%"'),
    (164_000, "#,##0,"),
    (29, '#,##0" người"'),
    (29, '"khoảng "0'),
    (0, "0;-0;;@"),
    (0, '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-'),
    (28, '#,##0.00" nghìn"'),
    (45, ";;;"),
    (2, "0.000"),
    (90, '#,##0 "₫"'),
    (1200, '[>=1000]0.0,"K";0'),
    (1, "0%"),
    (31, "#,##0.00"),
    (38, "[$-42A]#,##0"),
]


def shown(file: Path) -> None:
    """Write cells that show another thing than they hold: formats, struck out, raised."""
    with xlsxwriter.Workbook(file) as workbook:
        page = workbook.add_worksheet("Năm 2023")
        raised = workbook.add_format({"font_script": 1})
        struck = workbook.add_format({"font_strikeout": True})
        plain = workbook.add_format()
        page.write_row(0, 0, ["Tên xã", "Số tổ", "Số thành viên"])
        for row, (number, code) in enumerate(SHOWN, start=1):
            page.write_row(row, 0, [f"Xã {row}", 1])
            page.write(row, 2, number, workbook.add_format({"num_format": code}))
        page.write_rich_string("C16", "16", raised, "2")
        page.write_rich_string("C17", struck, "21", plain, " 25")
        page.write("C18", 333, struck)
        page.write_rich_string("A19", "Xã Tân Tiến", raised, "(1)")
        page.write("A20", "Xã Hỏa Tiến", struck)
        for row in range(16, 21):
            page.write(f"B{row}", 1)
            if row < 19:
                page.write(f"A{row}", f"Xã {row - 1}")
            else:
                page.write(f"C{row}", 40)


def main() -> None:
    """Convert them."""
    with tempfile.TemporaryDirectory() as folder:
        for make in (messy, shown):
            source = Path(folder) / f"{make.__name__}.xlsx"
            make(source)
            for name in FORMATS:
                subprocess.run(
                    ["soffice", "--headless", "--convert-to", name, "--outdir", folder, source],
                    check=True,
                    capture_output=True,
                )
                shutil.move(source.with_suffix(f".{name}"), FOLDER / f"{make.__name__}.{name}")


if __name__ == "__main__":
    main()

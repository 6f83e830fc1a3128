"""Make small files that would cost their reader much: each has to be refused in words, or read."""

import contextlib
import ctypes
import gc
import io
import json
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

HEAD = ["Tên xã", "Năm", "Số tổ"]
ROW = ["Xã Vị Tân", 2023, 9]
DISTRICTS = Path(__file__).parents[1] / "data" / "places" / "districts_generalised.geojson"
COLUMNS = [
    f"{first_letter}{second_letter}"
    for first_letter in "ABCD"
    for second_letter in "ABCDEFGHIJKLMNOPQRSTUVWXY"
]
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"

MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
CONTENT = '<office:spreadsheet><table:table table:name="A">{}</table:table></office:spreadsheet>'


def pack(parts):
    """Zip parts."""
    buffer = io.BytesIO()
    write_zip(buffer, parts)
    return buffer.getvalue()


def write_zip(file, parts):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file


def workbook():
    """Give the parts of a small workbook."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet("Báo cáo")
        for row_number, row in enumerate((HEAD, ROW)):
            page.write_row(row_number, 0, row)
    with zipfile.ZipFile(buffer) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def insert_texts(file, **parts):
    """Write a small workbook with text put in before the end of an element: `end=text`."""
    parts_found = workbook()
    text = parts_found[SHEET]
    for end, text_added in parts.items():
        closing = f"</{end}>".encode()
        text = text.replace(closing, text_added.encode() + closing)
    return write_zip(file, {**parts_found, SHEET: text})


def texts_repeated_ods(folder, size):
    """One text of 30,000 letters, in as many cells, in less than a kilobyte."""
    cell = f'office:value-type="string"><text:p>{"a" * 30_000}</text:p></table:table-cell>'
    row = (
        f'<table:table-row table:number-rows-repeated="{size // 100}"><table:table-cell '
        f'table:number-columns-repeated="100" {cell}</table:table-row>'
    )
    parts = {"mimetype": MIMETYPE, "content.xml": CONTENT.format(row)}
    return write_zip(folder / "report.ods", parts)


def one_shared_text(folder, size):
    """One text of 60,000 letters, in as many cells: a hundred in a row."""
    cells = [column.join(('<c r="', '{0}" t="s"><v>0</v></c>')) for column in COLUMNS]
    row = f'<row r="{{0}}">{"".join(cells)}</row>'
    numbers = range(3, 3 + size // 100)
    rows = "".join(row.format(number) for number in numbers)
    parts_found = workbook()
    with_rows = rows.encode() + b"</sheetData>"
    parts_found[SHEET] = parts_found[SHEET].replace(b"</sheetData>", with_rows)
    parts_found[STRINGS] = parts_found[STRINGS].replace("Tên xã".encode(), b"a" * 60_000)
    return write_zip(folder / "report.xlsx", parts_found)


def runs_in_parquet(folder, size):
    """A report of as many rows, which are all alike."""
    file = folder / "reports.parquet"
    step = min(size, 1_000_000)
    row = {
        "code": "31318",
        "indicator": "app_users",
        "origin": "reported",
    }
    row |= {"period": 2023, "count": 9, "out_of": 99}
    columns = {name: [value] * step for name, value in row.items()}
    table = pa.table(columns)
    options = {"compression": "zstd", "use_dictionary": True}
    with pq.ParquetWriter(file, table.schema, **options) as writer:
        for _ in range(size // step):
            writer.write_table(table, row_group_size=step)
    return file


TABLE = ",".join(HEAD) + "\n", "Xã Vị Tân,2023,9\n"


def write_csv(folder, text):
    """Write a report as csv."""
    file = folder / "report.csv"
    file.write_text(text, encoding="utf-8")
    return file


def digits_as_title(folder, size):
    """A title of as many digits over a small table."""
    title = "1" * size
    return write_csv(folder, "\n".join([title, "".join(TABLE)]))


def outline(folder, offsets):
    """Write the districts, one of them with another ring: points from -1 to 1 around its middle."""
    whole = json.loads(DISTRICTS.read_text(encoding="utf-8"))
    shape = whole["features"][0]["geometry"]
    coordinates = shape["coordinates"][0]
    if shape["type"] != "Polygon":
        coordinates = coordinates[0]
    middle = np.array(coordinates).mean(axis=0)
    ring = (middle + 0.05 * offsets).round(9).tolist()
    polygon = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    whole["features"][0]["geometry"] = polygon
    file = folder / "outlines.geojson"
    file.write_text(json.dumps(whole), encoding="utf-8")
    return file


def crossing_outline(folder, size):
    """An outline of as many points that crosses itself wherever it can."""
    points = np.random.default_rng(1).uniform(-1, 1, (size, 2))
    return outline(folder, points)


def long_outline(folder, size):
    """An outline of as many points that does not."""
    turn = np.linspace(0, 2 * np.pi, size, endpoint=False)
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    return outline(folder, circle)


def rows_of_csv(folder, size):
    """A report of as many rows."""
    return write_csv(folder, TABLE[0] + TABLE[1] * size)


def styled_row(number):
    height = 12 + number % 977 / 100
    cells = "".join(f'<c r="{column}{number}" s="1"/>' for column in "ABC")
    row = f'<row r="{number}" s="1" customFormat="1" ht="{height}" customHeight="1">'
    return f"{row}{cells}</row>"


def styled_rows(folder, size):
    """As many rows that hold nothing and are formatted, under a small table."""
    parts_found = workbook()
    head, tail = parts_found.pop(SHEET).split(b"</sheetData>")
    file = write_zip(folder / "report.xlsx", parts_found)
    # in parts: what is weighed is the reader, not the writer
    archive = zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED)
    with archive, archive.open(SHEET, "w") as sheet:
        sheet.write(head)
        for start in range(3, size, 1000):
            numbers = range(start, min(start + 1000, size))
            sheet.write("".join(map(styled_row, numbers)).encode())
        sheet.write(b"</sheetData>" + tail)
    return file


def many_merges(folder, size):
    """As many merged cells beside a small table."""
    merges = "".join(
        f'<mergeCell ref="E{row_number}:F{row_number}"/>' for row_number in range(1, size + 1)
    )
    parts_found = workbook()
    parts_found[SHEET] = parts_found[SHEET].replace(
        b"</sheetData>",
        f'<row r="{size}"><c r="A{size}" t="s"><v>0</v></c></row></sheetData>'
        f'<mergeCells count="{size}">{merges}</mergeCells>'.encode(),
    )
    return write_zip(folder / "report.xlsx", parts_found)


def far_merge(folder, size):
    """One merged cell that reaches down as many rows, and over all columns."""
    merge = f'<mergeCells count="1"><mergeCell ref="A5:XFD{size}"/></mergeCells>'
    return insert_texts(folder / "report.xlsx", worksheet=merge)


def stacked_marks(folder, size):
    """A title of one letter under as many marks, in an order that has to be mended."""
    marks = "\u0300\u0323" * (size // 2)
    return write_csv(folder, "\n".join(["a" + marks, "".join(TABLE)]))


def faults_in_every_cell(folder, size):
    """Shares where counts are expected, in as many rows, in less than a kilobyte."""
    head = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        for text in HEAD
    )
    cell = 'office:value-type="percentage" office:value="0.5"'
    rows = (
        f"<table:table-row>{head}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="{size}">'
        '<table:table-cell office:value-type="string"><text:p>Xã Vị Tân</text:p></table:table-cell>'
        f'<table:table-cell table:number-columns-repeated="2" {cell}/></table:table-row>'
    )
    parts = {"mimetype": MIMETYPE, "content.xml": CONTENT.format(rows)}
    return write_zip(folder / "report.ods", parts)


def headers_everywhere(folder, size):
    """As many rows of headers, and one row of figures under each."""
    return write_csv(folder, "".join(TABLE) * size)


SIZES = {
    texts_repeated_ods: 200_000,
    one_shared_text: 200_000,
    runs_in_parquet: 10_000_000,
    digits_as_title: 60_000,
    stacked_marks: 60_000,
    crossing_outline: 3_000,
    long_outline: 300_000,
    rows_of_csv: 1_000_000,
    styled_rows: 255_000,
    many_merges: 50_000,
    far_merge: 1_048_576,
    faults_in_every_cell: 16_000,
    headers_everywhere: 2_000,
}
FILES = {make.__name__: (make, size) for make, size in SIZES.items()}
FILES["tangled_outline"] = crossing_outline, 1_000_000  # is it valid? that takes half a minute
FILES["more_styled_rows"] = styled_rows, 1_048_000  # twelve megabytes of them
"""How to make each, and how large: as large as was found to do harm, or large enough to show it."""


def weigh(folder):
    """Make each file and read it in this process; print what it took and what was said, as JSON."""
    from hganalysis import places
    from hganalysis.publish.checking import check

    for name, (make, size) in FILES.items():
        file = make(folder, size)
        # the most that this file takes, and not what an earlier one did
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
        start = time.process_time()
        output = io.StringIO()
        try:
            with contextlib.redirect_stdout(output):
                if file.suffix == ".geojson":
                    outcome = [*places.read_areas(file).notes]
                else:
                    outcome = check(file).is_complete
        except ValueError as error:
            outcome = str(error)
        spent = time.process_time() - start
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        lines = [line for line in status.splitlines() if line.startswith("VmHWM")]
        peak = lines[0].split()[1]
        weight = {
            "name": name,
            "seconds": spent,
            "megabytes": int(peak) / 1000,
        }
        weight |= {"told": outcome, "said": output.getvalue()}
        print(json.dumps(weight))


if __name__ == "__main__":
    weigh(Path(sys.argv[1]))

"""Harmful files are refused in words, harmless twins are read, small files stay small."""

import io
import json
import os
import re
import struct
import subprocess
import sys
import time
import zipfile
from contextlib import nullcontext
from pathlib import Path

import hostile
import openpyxl
import pandas as pd
import pytest
from hostile import SHEET, pack
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hganalysis import escaping, grid, limits, places, words, workbook
from hganalysis.grid import guard
from hganalysis.grid.cell import format_flag
from hganalysis.workbook import faults, headings, numbers, rows, vocabulary

GOLDEN = Path(__file__).parent / "golden"
XLS = (GOLDEN / "messy.xls").read_bytes()
ODS = (GOLDEN / "messy.ods").read_bytes()
PARTS = hostile.workbook()
PLAIN = pack(PARTS)


def unpacked(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sheet(old, new, part=SHEET):
    """Give the clean workbook with one text put for another."""
    assert old in PARTS[part]
    changed = PARTS[part].replace(old, new)
    return pack({**PARTS, part: changed})


def ods(old, new, part="content.xml"):
    contents = unpacked(ODS)
    assert old in contents[part]
    changed = contents[part].replace(old, new, 1)
    return pack({**contents, part: changed})


@pytest.fixture
def read(tmp_path):
    def write(data, name="report.xlsx"):
        file = tmp_path / name
        file.write_bytes(data)
        return workbook.read(file)

    return write


def is_refused(bundle, rule):
    """Say whether a file was refused as a whole, for one reason, in words."""
    [fault] = bundle.faults.to_dict("records")
    empty = bundle.rows.empty and bundle.uses.empty
    is_in_words = "{" not in fault["message"]
    is_whole = fault["rule"] == rule and fault["severity"] == "error"
    return empty and is_whole and is_in_words


def list_rules(bundle):
    """List what is said of a file, but for the places that it lacks."""
    return [rule for rule in bundle.faults["rule"] if not rule.endswith("_missing")]


# --- what is refused ---

LAUGHS = b"""<!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol9 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">]>"""
EXTERNAL = b'<!DOCTYPE x [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>'
NO_ENTITY = b'<!DOCTYPE worksheet SYSTEM "http://example.com/x.dtd">'


def declare(declaration, part=SHEET, *, entity=b"", encoding="utf-8"):
    """Put a declaration before a part, and an entity into its text."""
    text = PARTS[part]
    value = b"<v>" + entity + b"</v>"
    body = text[text.index(b"?>") + 2 :].replace(b"<v>9</v>", value)
    head = f'<?xml version="1.0" encoding="{encoding}"?>'.encode()
    whole = (head + declaration + body).decode().encode(encoding)
    return pack({**PARTS, part: whole})


def lie_about_size():
    """A directory that says of a part that it is small."""
    bomb = SPACES
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        true = archive.getinfo(SHEET).file_size
    size = struct.pack("<I", true)
    lie = bomb.replace(size, struct.pack("<I", 2_000))
    with zipfile.ZipFile(io.BytesIO(lie)) as archive:
        assert archive.getinfo(SHEET).file_size == 2_000
    return lie


def lock():
    data = bytearray(PLAIN)
    position = data.index(b"PK\x01\x02")
    while position >= 0:
        data[position + 8] |= 1
        position = data.find(b"PK\x01\x02", position + 4)
    return bytes(data)


def locked_xls(*, modern):
    if modern:
        name = "Workbook".encode("utf-16-le")
        encrypted = "EncryptedPackage".encode("utf-16-le")
        position = XLS.index(name)
        data = XLS[:position] + encrypted + XLS[position + len(encrypted) :]
        length_of_name = struct.pack("<H", len(encrypted) + 2)
        return data[: position + 64] + length_of_name + data[position + 66 :]
    # the record that says so stands right after the beginning of the workbook
    record = struct.pack("<HHH", 0x809, 16, 0x600)
    start = XLS.index(record) + 20
    kind, length = struct.unpack_from("<HH", XLS, start)
    assert kind != 0x2F
    locked_record = struct.pack("<HH", 0x2F, length)
    return XLS[:start] + locked_record + XLS[start + 4 :]


def hidden_columns(first, number):
    column = f'<col min="{first}" max="16384" hidden="1"/>'.encode()
    return sheet(b"<sheetData", b"<cols>" + column * number + b"</cols><sheetData")


HIDDEN = b"""<table:table><table:table-row table:visibility="collapse"
table:number-rows-repeated="90000"><table:table-cell><text:p/></table:table-cell></table:table-row>
</table:table>"""
SPACES = sheet(b"<sheetData>", b"<sheetData>" + b" " * 20_000_000)
FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
MERGES = b"<mergeCells>" + b'<mergeCell ref="A1:C2"/>' * 9_999 + b"</mergeCells>"
NUMBER = b'office:value="9000.5"'
REPEATED = NUMBER + b' table:number-columns-repeated="%d"'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BROKEN_XML = (b"", b"<worksheet>", b"<a></b>", b"\xff\xfe\x00", b"no xml at all")
ODD_NAMES = ("../../e.xml", "/etc/e.xml", "..\\e.xml", "C:/e.xml", "xl/../../x")
REFUSED = {
    "laughs": ("entities", declare(LAUGHS, entity=b"&lol9;")),
    "external": ("entities", declare(EXTERNAL, entity=b"&xxe;")),
    "a type without entities": ("entities", declare(NO_ENTITY)),
    "behind a comment": ("entities", declare(b"<!-- a comment -->" + EXTERNAL)),
    "in another encoding": ("entities", declare(EXTERNAL, encoding="utf-16")),
    "entities in texts": ("entities", declare(EXTERNAL, "xl/sharedStrings.xml")),
    "entities of a part that nobody reads": ("entities", declare(EXTERNAL, "docProps/app.xml")),
    "entities of an ods": ("entities", ods(b"?>", b"?>" + EXTERNAL)),
    **{f"broken xml {text}": ("damaged", pack({**PARTS, SHEET: text})) for text in BROKEN_XML},
    "a bomb": ("bomb", SPACES),
    "a bomb in a directory that lies": ("damaged", lie_about_size()),
    **{f"a part {name}": ("odd_parts", pack({**PARTS, name: b"<a/>"})) for name in ODD_NAMES},
    "a password": ("password", lock()),
    "a password of an old workbook": ("password", locked_xls(modern=False)),
    "a password of a new one": ("password", locked_xls(modern=True)),
    "a password of an ods": (
        "password",
        ods(b"</manifest:", b"<encryption-data/></manifest:", "META-INF/manifest.xml"),
    ),
    "a cell far outside": ("too_many_cells", sheet(b"</sheetData>", FAR)),
    "a cell of another row": ("too_many_cells", sheet(b'r="C2"', b'r="C99999999"')),
    "overlapping merges": ("damaged", sheet(b"</sheetData>", b"</sheetData>" + MERGES)),
    "hidden columns nowhere": ("damaged", hidden_columns(-999_999_999, 1)),
    "hidden columns that overlap": ("damaged", hidden_columns(1, 50_000)),
    "hidden rows of many sheets": (
        "damaged",
        ods(b"<table:table ", HIDDEN * 99 + b"<table:table "),
    ),
    "a row repeated": ("too_many_cells", ods(NUMBER, REPEATED % 16_384)),
    "a row repeated without end": ("too_many_cells", ods(NUMBER, REPEATED % 999_999_999)),
    "a wide csv": ("too_many_cells", b"a," * 3_000 + b"\n"),
    "nothing": ("empty_file", b""),
    "a half": ("damaged", PLAIN[: len(PLAIN) // 2]),
    "a few bytes": ("damaged", PLAIN[:10]),
    "a pdf": ("not_ours", b"%PDF-1.7 ..."),
    "a page": ("not_ours", b"<html><table><tr><td>1</td></tr></table></html>"),
    "xml": ("not_ours", b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>'),
    "a document": ("not_ours", pack({"word/document.xml": b"<a/>"})),
    "a binary workbook": ("not_ours", pack({"xl/workbook.bin": b"\0"})),
    "a picture": ("not_ours", b"\x89PNG\r\n\x1a\n\0\0"),
    "no text": ("no_text", b"a\0b\0c"),
    "the head of an old file": ("damaged", OLE),
    "an empty old file": ("damaged", OLE + b"\0" * 2_000),
    "an open quotation": ("quotes", 'Tên xã,"Năm\n1,2\n'.encode()),
    "two separators": ("separator", b"a;b,c\n1;2,3\n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_harm_or_is_no_workbook_is_refused_soon_and_in_words(read, name):
    rule, data = REFUSED[name]
    started = time.process_time()
    for language in words.LANGUAGES:
        with words.use(language):
            bundle = read(data)
        assert is_refused(bundle, rule)
        assert "report.xlsx" in bundle.faults["message"][0]
    assert time.process_time() - started < 10


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_stands_twice(read):
    twice = io.BytesIO(PLAIN)
    with zipfile.ZipFile(twice, "a") as archive:
        changed = PARTS[SHEET].replace(b"9", b"8")
        archive.writestr(SHEET, changed)
    assert is_refused(read(twice.getvalue()), "odd_parts")


def test_a_file_that_is_not_there(tmp_path):
    assert is_refused(workbook.read(tmp_path / "none.xlsx"), "no_file")
    assert is_refused(workbook.read(tmp_path), "no_file")
    with pytest.raises(grid.UnreadableError, match="no_file"):
        grid.read(tmp_path / "none.xlsx")


def test_bounds_are_those_of_the_house(read, monkeypatch):
    bounds = (
        ("MOST_UNPACKED", 5_000, "bomb", PLAIN),
        ("MOST_BYTES", len(PLAIN) - 1, "too_large", PLAIN),
        ("MOST_CELLS", 1_000, "too_many_cells", b"a,b\n" * 600),
    )
    for name, bound, rule, data in bounds:
        with monkeypatch.context() as patch:
            patch.setattr(limits, name, bound)
            assert is_refused(read(data), rule)
    monkeypatch.setattr(limits, "MOST_BYTES", len(PLAIN))
    assert list_rules(read(PLAIN)) == []


def test_what_an_old_file_claims_to_hold_is_not_made_room_for(tmp_path):
    # a library that believed these would end the whole process, so another one tries
    size = XLS.index(struct.pack("<HHI", 0x200, 14, 0))
    wide_sheet = XLS[: size + 4] + b"\0\0\0\0\xff\xff\xff\xff\0\0\xff\xff" + XLS[size + 16 :]
    first_text = XLS.index("Báo cáo".encode("latin-1"))
    texts = XLS.index(struct.pack("<H", 0xFC), first_text - 2_000)
    many_texts = XLS[: texts + 8] + b"\xff\xff\xff\x7f" + XLS[texts + 12 :]
    files = [tmp_path / "wide.xls", tmp_path / "many.xls", tmp_path / "broken.xlsx"]
    contents = (wide_sheet, many_texts, b"PK\x03\x04 broken")
    for file, data in zip(files, contents, strict=True):
        file.write_bytes(data)
    check = (
        "import sys; from hganalysis import workbook;"
        "print([len(workbook.read(file).rows) for file in sys.argv[1:]], 'openpyxl' in sys.modules)"
    )
    command = [sys.executable, "-c", check, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # nor is a library loaded that opens what was not looked at
    assert done.stdout.strip() == "[10, 0, 0] False", done.stderr[-500:]


HITS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6)


@settings(max_examples=60)
@given(
    source=st.sampled_from([PLAIN, XLS, ODS, "Tên xã;Năm;Số tổ\nXã Vị Tân;2023;9\n".encode()]),
    hits=HITS,
    keep=st.floats(0.5, 1),
)
@example(source=XLS, hits=[(0.0, 0)], keep=1.0)
def test_damaged_bytes_never_break_the_reader(tmp_path, source, hits, keep):
    length = max(1, int(len(source) * keep))
    data = bytearray(source[:length])
    for where, byte in hits:
        data[int(where * len(data))] = byte
    file = tmp_path / "report.xlsx"
    file.write_bytes(bytes(data))
    bundle = workbook.read(file)
    assert len(bundle.uses) or not bundle.faults.empty


# --- what is read ---


def test_clean_twins_are_read_whatever_their_name_and_whatever_lies_beside(read):
    elsewhere = {**PARTS, "xl/somewhere.xml": PARTS[SHEET]}
    relations = "xl/_rels/workbook.xml.rels"
    elsewhere[relations] = elsewhere[relations].replace(b"worksheets/sheet1", b"somewhere")
    del elsewhere[SHEET]
    beside = {**PARTS, "xl/vbaProject.bin": b"\0", "xl/externalLinks/1.xml": b"<a/>"}
    twins = (
        (PLAIN, "report.xls"),
        (pack(elsewhere), "report.xlsx"),
        ("Tên xã,Năm,Số tổ\nXã Vị Tân,2023,9\n".encode(), "a.xls"),
        (pack(beside), "a.xlsm"),
    )
    for data, name in twins:
        bundle = read(data, name)
        assert list_rules(bundle) == []
        assert bundle.rows["kind"].tolist() == ["header", "accepted"]
        assert bundle.is_sound


def test_quotation_marks_and_a_comma_in_a_cell_before_a_semicolon(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('Xã;Tổ\n"Xã ""A"", cũ";2\n', encoding="utf-8")
    cells = grid.read(file).sheets[0].cells
    assert cells[2, 1].value == 'Xã "A", cũ'


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_first_line_that_names_the_separator_is_obeyed_and_is_no_row(tmp_path, end):
    file = tmp_path / "a.csv"
    file.write_bytes(end.join(["sep=;", "Name,Area;Teams", "Ash,North;2", ""]).encode())
    cells = grid.read(file).sheets[0].cells
    values = {place: cell.value for place, cell in cells.items()}
    first = {(1, 1): "Name,Area", (1, 2): "Teams"}
    second = {(2, 1): "Ash,North", (2, 2): "2"}
    assert values == first | second


def test_columns_of_an_ods_lead_no_way_back(read):
    back = b'<table:table-column table:number-columns-repeated="%d" table:visibility="collapse"/>'
    columns = back % -(10**8) + back % 10**8
    started = time.process_time()
    read(ods(b"<table:table-row", columns + b"<table:table-row"), name="report.ods")
    assert time.process_time() - started < 5


def test_numbers_that_are_none(read):
    for value in (b"1e999", b"NaN", b"-inf"):
        with_number = sheet(b"<v>9</v>", b"<v>" + value + b"</v>")
        assert read(with_number).teams.empty


def test_what_the_pages_of_an_ods_say_is_heard(read):
    styles = unpacked(ODS)["styles.xml"]
    page = re.search(rb'<style:master-page style:name="PageStyle[^>]*>', styles)
    page_with_header = page[0] + b"<style:header><text:p>9 th\xc3\xa1ng</text:p></style:header>"
    with_header = ods(page[0], page_with_header, "styles.xml")
    assert "unknown_words" in list_rules(read(with_header, "report.ods"))
    assert "unknown_words" not in list_rules(read(ODS, "report.ods"))


# --- how much a small file takes ---

MEGABYTES = 1_000
SECONDS = 20
"""The bound is a gigabyte, and ten seconds: of a processor that does nothing else."""

has_proc = Path("/proc/self/status").is_file()
needs_linux = pytest.mark.skipif(not has_proc, reason="peak memory is read from /proc")


@pytest.fixture(scope="module")
def weighed(tmp_path_factory):
    """Read every file in one other process: what its peak is below, each of them is below."""
    resource = pytest.importorskip("resource")  # Windows has none
    folder = tmp_path_factory.mktemp("hostile")
    most_addresses = (
        6_000_000_000  # of addresses, so that the machine is not harmed; the test is the peak
    )
    environment = {**os.environ, "HGANALYSIS_LANG": "en", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, hostile.__file__, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most_addresses, most_addresses)),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    weights = [json.loads(line) for line in done.stdout.splitlines()]
    return {file["name"]: file for file in weights}


REFUSAL_TEXTS = {
    "texts_repeated_ods": "contain 30,0",
    "one_shared_text": "has 60,000 characters",
    "digits_as_title": "Cell A1 of sheet report",
    "stacked_marks": "more than 30 stacked accents",
    "rows_of_csv": "too far out: C100001",
    "more_styled_rows": "unpacks to an abnormal size",
    "many_merges": "cover too many cells: 20,001",
    "far_merge": "cover too many cells: 17,179,803,648",
    "faults_in_every_cell": "is a per cent",
    "headers_everywhere": "more than 1,000 rows of headers",
}


@needs_linux
@pytest.mark.parametrize("name", hostile.FILES)
def test_a_small_file_takes_little_time_and_memory_and_is_read_or_refused_in_words(weighed, name):
    weight = weighed[name]
    assert weight["megabytes"] < MEGABYTES
    assert weight["seconds"] < SECONDS
    if name in REFUSAL_TEXTS:
        assert weight["told"] is False
        assert REFUSAL_TEXTS[name] in " ".join(weight["said"].split())
        assert "{" not in weight["said"]


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


LONGEST = {
    "format": 3_000,
    "place": 3_000,
    "titles": 2_000,
}


def test_no_text_of_a_cell_takes_long():
    # the longest that a cell holds: a second is a hundred times what it takes, and a tenth of what
    # it took where the time grew with the square
    known_words = vocabulary.gather_vocabulary()
    looks = {
        "titles": lambda text: headings.read_text(text, known_words),
        "header": lambda text: headings.meaning(text, known_words),
        "total": lambda text: rows.is_total(text, known_words.study.country),
        "level": lambda text: rows.level_of(text, known_words),
        "note": rows.is_note,
        "number": numbers.looks_like_number,
        "column": lambda text: numbers.read_column([text]),
        "format": lambda text: format_flag(text, 2.5),
        "told": faults.show,
        "csv": escaping.csv_text,
        "place": lambda text: places.find_codes(pd.Series([text]), level="commune"),
    }
    slow = {}
    for name, look in looks.items():
        size = LONGEST.get(name, limits.MOST_IN_CELL)
        for unit in UNITS:
            text = (unit * size)[:size]
            start = time.process_time()
            look(text)
            slow[name, unit] = time.process_time() - start
    slowest = max(slow.values())
    assert slowest < 1, max(slow, key=slow.get)


# --- the bounds themselves ---


def test_a_text_is_as_long_and_marked_as_a_cell_holds_and_no_more():
    texts_and_rules = (
        ("a" * limits.MOST_IN_CELL, ""),
        ("a" * (limits.MOST_IN_CELL + 1), "long_text"),
        ("Việt Nam " * 100 + "a" + "\u0300" * limits.MOST_MARKS, ""),
        ("a" + "\u0300" * (limits.MOST_MARKS + 1), "heaped_marks"),
        ("ว่าด้วยการ" * 100, ""),  # another writing
    )
    for text, rule in texts_and_rules:
        with pytest.raises(guard.UnreadableError, match=rule) if rule else nullcontext():
            guard.require_text(text, sheet="A", cell="B2")


def test_sheets_are_counted_together_as_they_are_read(tmp_path, monkeypatch):
    merged = hostile.many_merges(tmp_path, 50)
    assert grid.read(merged).sheets[0].merges
    for file in (merged, GOLDEN / "messy.ods", GOLDEN / "messy.xls"):
        rules = (
            ("MOST_ROWS", "too_many_cells"),
            ("MOST_LETTERS", "too_many_letters"),
            ("MOST_CELLS", "too_many_cells"),
        )
        for name, rule in rules:
            with monkeypatch.context() as patch:
                patch.setattr(limits, name, 3)
                with pytest.raises(guard.UnreadableError, match=rule):
                    grid.read(file)
    monkeypatch.setattr(limits, "MOST_MERGES", 10)
    with pytest.raises(guard.UnreadableError, match="too_many_merges"):
        grid.read(merged)


def test_merged_cells_reach_as_far_as_may_be_walked_over_and_no_farther(tmp_path, monkeypatch):
    book = openpyxl.Workbook()
    book.active.append(["x"] * 9)
    for block in ("A1:C2", "A4:C5"):
        book.active.merge_cells(block)
    book.save(tmp_path / "a.xlsx")
    monkeypatch.setattr(limits, "MOST_STYLED", 12)
    first_sheet = grid.read(tmp_path / "a.xlsx").sheets[0]
    assert len(first_sheet.merges) == 2
    monkeypatch.setattr(limits, "MOST_STYLED", 11)
    with pytest.raises(guard.UnreadableError, match="too_many_merges"):
        grid.read(tmp_path / "a.xlsx")


def test_rows_that_are_all_wrong_are_one_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_FAULTS", 10)
    ten_rows = workbook.read(hostile.rows_of_csv(tmp_path, 10)).errors
    assert len(ten_rows) == 9
    too_many = hostile.rows_of_csv(tmp_path, 20)
    bundle = workbook.read(too_many)
    assert bundle.rows.empty
    [fault] = bundle.faults.to_dict("records")
    assert fault["rule"] == "too_many_faults"
    assert "report!A3" in fault["message"]
    assert "{" not in fault["message"]

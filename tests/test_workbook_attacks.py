"""Check that files that would harm their reader are refused, and their harmless twins are not."""

import io
import re
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hganalysis import grid, limits, words, workbook

GOLDEN = Path(__file__).parent / "golden"
ROWS = [["Tên xã", "Năm", "Số tổ"], ["Xã Vị Tân", 2023, 9]]
SHEET = "xl/worksheets/sheet1.xml"


def plain():
    """Give the bytes of a small, clean workbook."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as workbook:
        page = workbook.add_worksheet("Báo cáo")
        for at, row in enumerate(ROWS):
            page.write_row(at, 0, row)
    return file.getvalue()


PLAIN = plain()


def parts(data=PLAIN):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def packed(contents, *, more=()):
    """Zip parts; `more` are further entries, which may repeat a name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in [*contents.items(), *more]:
            archive.writestr(name, text)
    return file.getvalue()


def with_part(name, change):
    """Give the workbook with one part changed."""
    contents = parts()
    return packed({**contents, name: change(contents[name])})


@pytest.fixture
def read(tmp_path):
    def write(data, name="report.xlsx"):
        file = tmp_path / name
        file.write_bytes(data)
        return workbook.read(file)

    return write


def refused(read, rule):
    """Say whether a file was refused as a whole, for one reason, in both languages."""
    [fault] = read.faults.to_dict("records")
    empty = read.rows.empty and read.uses.empty
    return (
        empty
        and (fault["rule"], fault["severity"]) == (rule, "error")
        and "{" not in fault["message"]
    )


def told(read):
    """List what is said of a file, but for the places that it lacks."""
    return [one for one in read.faults["rule"] if not one.endswith("_missing")]


def accepted(read):
    return told(read) == [] and read.rows["kind"].tolist() == ["header", "accepted"]


def test_the_clean_twin_is_read(read):
    assert accepted(read(PLAIN))
    assert accepted(read(packed(parts())))


# --- XML ---

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol9 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">]>"""
QUADRATIC = b'<?xml version="1.0"?><!DOCTYPE bomb [<!ENTITY a "' + b"a" * 100_000 + b'">]>'
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>'
EMPTY_TYPE = b'<?xml version="1.0"?><!DOCTYPE worksheet SYSTEM "http://example.com/x.dtd">'


def declared(declaration, entity=b""):
    """Put a declaration before a part, and an entity into its text."""

    def change(text):
        body = text[text.index(b"<", text.index(b"?>")) :] if text.startswith(b"<?xml") else text
        return declaration + body.replace("Xã Vị Tân".encode(), entity or "Xã Vị Tân".encode())

    return change


@pytest.mark.parametrize(
    "name", [SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]
)
@pytest.mark.parametrize(
    ("declaration", "entity"),
    [
        (LAUGHS, b"&lol9;"),
        (QUADRATIC, b"&a;" * 1000),
        (EXTERNAL, b"&xxe;"),
        (EMPTY_TYPE, b""),
        (b"<!-- a comment -->" + EXTERNAL.partition(b"?>")[2], b"&xxe;"),
    ],
)
def test_entities_are_refused_in_every_part(read, name, declaration, entity):
    found = read(with_part(name, declared(declaration, entity)))
    assert refused(found, "entities")


def test_entities_in_another_encoding_are_refused(read):
    def change(text):
        whole = declared(EXTERNAL.replace(b'"1.0"', b'"1.0" encoding="UTF-16"'), b"&xxe;")(text)
        return whole.decode().encode("utf-16")

    assert refused(read(with_part(SHEET, change)), "entities")


def test_entities_of_an_ods_are_refused(read):
    contents = parts((GOLDEN / "messy.ods").read_bytes())
    text = contents["content.xml"]
    contents["content.xml"] = EXTERNAL + text[text.index(b"?>") + 2 :]
    assert refused(read(packed(contents), "report.ods"), "entities")


@pytest.mark.parametrize(
    "text", [b"", b"<worksheet>", b"<a></b>", b"\xff\xfe\x00", b"no xml at all"]
)
def test_broken_xml_is_damage(read, text):
    assert refused(read(with_part(SHEET, lambda _: text)), "damaged")


# --- the container ---


def test_a_part_that_unpacks_a_thousandfold(read):
    bomb = with_part(
        SHEET, lambda text: text.replace(b"<sheetData>", b"<sheetData>" + b" " * 20_000_000)
    )
    assert len(bomb) < 50_000
    assert refused(read(bomb), "bomb")


def test_the_sum_of_the_parts_is_bounded(read, monkeypatch):
    monkeypatch.setattr(limits, "MOST_UNPACKED", 5_000)
    assert refused(read(PLAIN), "bomb")


def test_a_directory_that_lies_about_sizes(read):
    bomb = with_part(
        SHEET, lambda text: text.replace(b"<sheetData>", b"<sheetData>" + b" " * 20_000_000)
    )
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        true = archive.getinfo(SHEET)
    lie = bomb.replace(struct.pack("<I", true.file_size), struct.pack("<I", 2_000))
    with zipfile.ZipFile(io.BytesIO(lie)) as archive:
        assert archive.getinfo(SHEET).file_size == 2_000
    assert refused(read(lie), "damaged")


@pytest.mark.parametrize(
    "name", ["../../evil.xml", "/etc/evil.xml", "..\\evil.xml", "C:/evil.xml", "xl/../../x"]
)
def test_names_that_point_outside(read, name):
    assert refused(read(packed(parts(), more=[(name, b"<a/>")])), "odd_parts")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_stands_twice(read):
    twice = packed(parts(), more=[(SHEET, parts()[SHEET].replace(b"9", b"8"))])
    assert refused(read(twice), "odd_parts")


def test_an_archive_locked_with_a_password(read):
    locked = bytearray(PLAIN)
    at = locked.index(b"PK\x01\x02")
    while at >= 0:
        locked[at + 8] |= 1
        at = locked.find(b"PK\x01\x02", at + 4)
    assert refused(read(bytes(locked)), "password")


# --- what reaches too far ---


def test_a_cell_far_outside_is_refused_before_it_is_made_room_for(read):
    def far(text):
        return text.replace(
            b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        )

    found = read(with_part(SHEET, far))
    assert refused(found, "too_many_cells")
    assert "XFD1048576" in found.faults["message"][0]


def test_a_cell_that_says_another_row_than_its_own(read):
    def elsewhere(text):
        return text.replace(b'r="C2"', b'r="C99999999"')

    assert refused(read(with_part(SHEET, elsewhere)), "too_many_cells")


def test_a_sheet_under_another_name_is_not_lost(read):
    contents = parts()
    contents["xl/somewhere.xml"] = contents.pop(SHEET)
    links = contents["xl/_rels/workbook.xml.rels"]
    contents["xl/_rels/workbook.xml.rels"] = links.replace(b"worksheets/sheet1", b"somewhere")
    assert accepted(read(packed(contents)))


def test_overlapping_merges_are_refused(read):
    merges = b'<mergeCells count="9999">' + b'<mergeCell ref="A1:C2"/>' * 9_999 + b"</mergeCells>"

    def overlap(text):
        return text.replace(b"</sheetData>", b"</sheetData>" + merges)

    assert refused(read(with_part(SHEET, overlap)), "damaged")


@pytest.mark.parametrize(("first", "number"), [(-999_999_999, 1), (1, 50_000)])
def test_hidden_columns_that_overlap_or_lie_nowhere_are_refused(read, first, number):
    column = f'<col min="{first}" max="16384" hidden="1"/>'.encode()
    columns = b"<cols>" + column * number + b"</cols>"

    def put(text):
        return text.replace(b"<sheetData", columns + b"<sheetData")

    started = time.process_time()
    assert refused(read(with_part(SHEET, put)), "damaged")
    assert time.process_time() - started < 5


def test_columns_of_an_ods_lead_no_way_back(read):
    contents = parts((GOLDEN / "messy.ods").read_bytes())
    back = b'<table:table-column table:number-columns-repeated="%d" table:visibility="collapse"/>'
    columns = back % -(10**8) + back % 10**8
    text = contents["content.xml"].replace(b"<table:table-row", columns + b"<table:table-row", 1)
    started = time.process_time()
    read(packed({**contents, "content.xml": text}), name="report.ods")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "repeat",
    [
        b'table:number-columns-repeated="16384"',
        b'table:number-columns-repeated="999999999"',
    ],
)
def test_repeated_cells_of_an_ods_are_refused(read, repeat):
    contents = parts((GOLDEN / "messy.ods").read_bytes())
    text = contents["content.xml"]
    at = text.index(b"<table:table-cell", text.index(b'office:value="9000.5"') - 300)
    contents["content.xml"] = text.replace(
        b'office:value="9000.5"', b'office:value="9000.5" ' + repeat
    )
    assert at > 0
    assert refused(read(packed(contents), "report.ods"), "too_many_cells")


def test_what_an_old_file_claims_to_hold_is_not_made_room_for(tmp_path):
    # a library that believed these would end the whole process, so another one tries
    old = (GOLDEN / "messy.xls").read_bytes()
    size = old.index(struct.pack("<HHI", 0x200, 14, 0))
    wide = old[: size + 4] + b"\0\0\0\0\xff\xff\xff\xff\0\0\xff\xff" + old[size + 16 :]
    texts = old.index(struct.pack("<H", 0xFC), old.index("Báo cáo".encode("latin-1")) - 2_000)
    many = old[: texts + 8] + b"\xff\xff\xff\x7f" + old[texts + 12 :]
    (tmp_path / "wide.xls").write_bytes(wide)
    (tmp_path / "many.xls").write_bytes(many)
    check = (
        "import sys; from hganalysis import workbook;"
        "print([len(workbook.read(file).rows) for file in sys.argv[1:]])"
    )
    files = [str(tmp_path / "wide.xls"), str(tmp_path / "many.xls")]
    done = subprocess.run(
        [sys.executable, "-c", check, *files], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[10, 0]", done.stderr[-500:]


def test_csv_out_of_bounds(read, monkeypatch):
    assert refused(read(("a," * 3_000 + "\n").encode(), "a.csv"), "too_many_cells")
    monkeypatch.setattr(limits, "MOST_CELLS", 1_000)
    assert refused(read(b"a,b\n" * 600, "a.csv"), "too_many_cells")


def test_a_large_file_is_not_even_read(read, monkeypatch):
    monkeypatch.setattr(limits, "MOST_BYTES", len(PLAIN) - 1)
    assert refused(read(PLAIN), "too_large")
    monkeypatch.setattr(limits, "MOST_BYTES", len(PLAIN))
    assert "too_large" not in set(read(PLAIN).faults["rule"])


# --- what is no workbook, or not what it says ---


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty_file"),
        (PLAIN[: len(PLAIN) // 2], "damaged"),
        (PLAIN[:10], "damaged"),
        (b"%PDF-1.7 ...", "not_ours"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "not_ours"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "not_ours"),
        (packed({"word/document.xml": b"<a/>"}), "not_ours"),
        (packed({"xl/workbook.bin": b"\0"}), "not_ours"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not_ours"),
        (b"a\0b\0c", "no_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000, "damaged"),
        (b'T\xc3\xaan x\xc3\xa3,"N\xc4\x83m\n1,2\n', "quotes"),
        (b"a;b,c\n1;2,3\n", "separator"),
    ],
)
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_other_files_are_refused_with_one_clear_sentence(read, data, rule, language):
    with words.use(language):
        found = read(data)
    assert refused(found, rule)
    assert "report.xlsx" in found.faults["message"][0]


def test_a_file_that_is_not_there(tmp_path):
    assert refused(workbook.read(tmp_path / "none.xlsx"), "no_file")
    assert refused(workbook.read(tmp_path), "no_file")


def test_passwords_are_named(read):
    old = (GOLDEN / "messy.xls").read_bytes()
    name = "Workbook".encode("utf-16-le")
    locked = "EncryptedPackage".encode("utf-16-le")
    at = old.index(name)
    modern = old[:at] + locked + old[at + len(locked) :]
    modern = modern[: at + 64] + struct.pack("<H", len(locked) + 2) + modern[at + 66 :]
    assert refused(read(modern), "password")
    contents = parts((GOLDEN / "messy.ods").read_bytes())
    contents["META-INF/manifest.xml"] = contents["META-INF/manifest.xml"].replace(
        b"</manifest:manifest>", b"<manifest:encryption-data/></manifest:manifest>"
    )
    assert refused(read(packed(contents), "report.ods"), "password")
    # the record that says so stands right after the beginning of the workbook
    start = old.index(struct.pack("<HHH", 0x809, 16, 0x600)) + 20
    kind, length = struct.unpack_from("<HH", old, start)
    assert kind != 0x2F
    record = struct.pack("<HH", 0x2F, length)
    assert refused(read(old[:start] + record + old[start + 4 :], "report.xls"), "password")


def test_the_content_decides_and_the_wrong_name_is_told(read):
    found = read(PLAIN, "report.xls")
    assert told(found) == ["extension"]
    assert found.sound
    assert "extension" in told(read((GOLDEN / "messy.xls").read_bytes(), "report.xlsx"))
    assert told(read("Tên xã,Năm,Số tổ\nXã Vị Tân,2023,9\n".encode(), "a.xls")) == ["extension"]


def test_macros_are_told_and_not_run(read):
    found = read(packed(parts(), more=[("xl/vbaProject.bin", b"\0")]), "report.xlsm")
    assert told(found) == ["macros"]
    assert found.rows["kind"].tolist() == ["header", "accepted"]


def test_links_to_other_files_are_told_and_not_followed(read):
    found = read(packed(parts(), more=[("xl/externalLinks/externalLink1.xml", b"<a/>")]))
    assert told(found) == ["external_links"]
    assert found.rows["kind"].tolist() == ["header", "accepted"]


def test_numbers_that_are_none(read):
    for value in (b"1e999", b"NaN", b"-inf"):
        found = read(
            with_part(
                SHEET, lambda text, value=value: text.replace(b"<v>9</v>", b"<v>" + value + b"</v>")
            )
        )
        assert found.teams.empty


def test_the_sheets_alone_raise(tmp_path):
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"")
    with pytest.raises(grid.UnreadableError, match="empty_file"):
        grid.read(file)
    file.write_bytes(PLAIN)
    assert [sheet.name for sheet in grid.read(file).sheets] == ["Báo cáo"]
    assert grid.read(file).kind == "xlsx"


def test_reading_loads_no_library_that_unpacks_before_the_guard():
    # nothing else may open a file that was not looked at
    check = (
        "import sys, pathlib; from hganalysis import workbook;"
        "p = pathlib.Path(sys.argv[1]); p.write_bytes(b'PK\\x03\\x04 broken');"
        "print(workbook.read(p).faults['rule'].tolist(),"
        "[m for m in ('openpyxl',) if m in sys.modules])"
    )
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", check, str(Path(folder) / "a.xlsx")],
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout.strip() == "['damaged'] []"


# --- any bytes at all ---

XLS = (GOLDEN / "messy.xls").read_bytes()
ODS = (GOLDEN / "messy.ods").read_bytes()


@settings(max_examples=60)
@given(
    source=st.sampled_from([PLAIN, XLS, ODS, "Tên xã;Năm;Số tổ\nXã Vị Tân;2023;9\n".encode()]),
    hits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    keep=st.floats(0.5, 1),
)
@example(source=XLS, hits=[(0.0, 0)], keep=1.0)
def test_damaged_bytes_never_break_the_reader(tmp_path, source, hits, keep):
    data = bytearray(source[: max(1, int(len(source) * keep))])
    for where, byte in hits:
        data[int(where * len(data))] = byte
    file = tmp_path / "report.xlsx"
    file.write_bytes(bytes(data))
    found = workbook.read(file)
    assert len(found.uses) or not found.faults.empty


def test_what_the_pages_of_an_ods_say_is_heard(read):
    contents = parts((GOLDEN / "messy.ods").read_bytes())
    said = b"<style:header><text:p>9 th\xc3\xa1ng</text:p></style:header>"
    text = re.sub(
        rb'(<style:master-page style:name="PageStyle[^>]*>)', rb"\1" + said, contents["styles.xml"]
    )
    assert "unknown_words" in told(read(packed({**contents, "styles.xml": text}), "report.ods"))
    assert "unknown_words" not in told(read(packed(contents), "report.ods"))

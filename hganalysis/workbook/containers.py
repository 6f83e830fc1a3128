"""Open any spreadsheet: find out what it is, refuse what is unsafe, give its sheets."""

from __future__ import annotations

import io
import math
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import limits
from . import csv, ods, xls, xlsx
from .faults import Fault, warning
from .formats import shown
from .guard import (
    UnreadableError,
    contents,
    repack,
    require_room,
    require_text,
    unpack,
)
from .sheets import (
    Sheet,
    Value,
    address,
    is_marked,
    settled_runs,
    struck_text,
    valid_text,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
_OLD_MACROS = "_VBA_PROJECT".encode("utf-16-le")
_EXTENSIONS = {
    "xlsx": (".xlsx", ".xlsm"),
    "xls": (".xls",),
    "ods": (".ods",),
    "csv": (".csv", ".txt", ".tsv"),
}
# What people send under the name of a workbook: how it begins, and the key of what to tell them.
_NOT_OURS = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"<", "web_page"),
)


@dataclass(frozen=True)
class Book:
    """A spreadsheet file: its sheets, what it really is (xlsx, xls, ods, csv), and remarks."""

    sheets: tuple[Sheet, ...]
    kind: str
    remarks: tuple[Fault, ...] = ()


def sheets(file: Path | str) -> list[Sheet]:
    """
    Give the sheets of a file, hidden ones too, as their sender sees them.

    Raises
    ------
    UnreadableError
        If the file cannot be read, or must not be: see `book`.
    """
    return list(book(file).sheets)


def book(file: Path | str) -> Book:
    """
    Open a file, whatever its name says it is.

    Parameters
    ----------
    file
        An xlsx, xlsm, xls, ods or csv file. Macros are not run, links are not followed.

    Returns
    -------
    book
        Its sheets, in order.

    Raises
    ------
    UnreadableError
        If there is no such file, it is empty, too large, damaged, locked with a password,
        of another kind, or made to harm its reader (zip bomb, XML entities).
    """
    path = Path(file)
    data = contents(path)
    kind, found = _read(data, path)
    if path.suffix.lower() not in _EXTENSIONS[kind]:
        remark = warning("extension", blanks={"extension": path.suffix or "–", "kind": kind})
        found = Book(found.sheets, kind, (remark, *found.remarks))
    return found


def _read(data: bytes, path: Path) -> tuple[str, Book]:
    if data.startswith(_ZIP):
        return _read_container(data)
    if data.startswith(_OLD):
        return "xls", _read_xls(data)
    head = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:16]
    for mark, kind in _NOT_OURS:
        if head.startswith(mark):
            raise UnreadableError(rule="not_ours", kind=kind)
    return "csv", _read_csv(data, path.stem)


def _read_container(data: bytes) -> tuple[str, Book]:
    parts = unpack(data)
    remarks = []
    if b"xl/vbaProject.bin" in data or b"Basic/" in data:
        remarks.append(warning("macros"))
    if any(name.startswith("xl/externalLinks/") for name in parts):
        remarks.append(warning("external_links"))
    if "xl/workbook.xml" in parts:
        kind, beside = "xlsx", xlsx.facts
    elif parts.get("mimetype", b"").startswith(_OPEN_DOCUMENT):
        kind, beside = "ods", ods.facts
    else:
        binary = b"xl/workbook.bin" in data
        raise UnreadableError(rule="not_ours", kind="binary_workbook" if binary else "other")
    with _refusing_damage():
        facts = beside(parts)
    _require_room(facts.values())
    return kind, Book(_join(repack(parts), facts), kind, tuple(remarks))


def _read_xls(data: bytes) -> Book:
    remarks = (warning("macros"),) if _OLD_MACROS in data else ()
    read = xls.read(data)
    _require_room([sheet for sheet, _ in read])
    for sheet, rows in read:
        width = max(map(len, rows), default=0)
        _fill(sheet, [[*row, *[None] * (width - len(row))] for row in rows])
    return Book(tuple(sheet for sheet, _ in read), "xls", remarks)


def _require_room(facts: Collection[Sheet]) -> None:
    """Stop before a library makes room for what the sheets together hold."""
    require_room(
        rows=sum(one.last_row for one in facts),
        cells=sum(one.last_row * one.last_column for one in facts),
        merges=sum(len(one.merges) for one in facts),
        letters=sum(one.letters for one in facts),
    )


def _join(data: io.BytesIO, facts: dict[str, Sheet]) -> tuple[Sheet, ...]:
    """Join the values that calamine reads to what was found beside them."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    found = []
    with _refusing_damage():
        workbook = CalamineWorkbook.from_filelike(data)
        for one in workbook.sheets_metadata:
            sheet = facts.get(one.name)
            if one.typ != SheetTypeEnum.WorkSheet:
                continue
            if sheet is None:  # a sheet that was not looked at first is not opened
                raise UnreadableError(rule="damaged")
            values = workbook.get_sheet_by_name(one.name)
            sheet.name, sheet.hidden = one.name, one.visible != SheetVisibleEnum.Visible
            _fill(sheet, values.to_python(skip_empty_area=False))
            found.append(sheet)
    return tuple(found)


@contextmanager
def _refusing_damage() -> Iterator[None]:
    """Refuse a file that a library fails on, instead of failing with it."""
    from python_calamine import CalamineError, PasswordError

    try:
        yield
    except UnreadableError:
        raise
    except PasswordError as error:
        raise UnreadableError(rule="password") from error
    except (CalamineError, OSError, ValueError, LookupError) as error:
        raise UnreadableError(rule="damaged") from error
    except (OverflowError, RecursionError) as error:  # numbers, or XML within XML, without end
        raise UnreadableError(rule="damaged") from error
    except BaseException as error:
        # A panic of compiled code is no Exception, so that nobody catches it by chance.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableError(rule="damaged") from error


def _fill(sheet: Sheet, rows: list[list[Any]]) -> None:
    """Put values into a sheet, of which all else is gathered already."""
    sheet.grid = values = [[_value(cell) for cell in row] for row in rows]
    _require_texts(sheet)
    _grow(values, rows=sheet.last_row, columns=sheet.last_column)
    _require_merges(sheet)
    for row, column in sheet.uncomputed | set(sheet.errors):
        values[row - 1][column - 1] = None
    runs = {
        place: settled_runs(parts, struck=place in sheet.struck)
        for place, parts in sheet.runs.items()
    }
    sheet.runs = {place: parts for place, parts in runs.items() if is_marked(parts)}
    struck = {place: out for place, parts in sheet.runs.items() if (out := struck_text(parts))}
    for (row, column), parts in sheet.runs.items():
        whole = "".join(one.text for one in parts)
        require_text(whole, sheet=sheet.name, cell=address(row, column))
        valid = valid_text(parts)
        if valid.strip():  # where all is struck out it is shown, and refused
            values[row - 1][column - 1] = valid
    for place in sheet.struck:
        out = shown(sheet.value(*place), sheet.formats.get(place, ""))
        struck |= {place: out} if out and place not in sheet.runs else {}
    sheet.struck = struck


def _value(cell: Any) -> Value:  # noqa: ANN401 - calamine gives any of them
    if cell == "" or (isinstance(cell, float) and not math.isfinite(cell)):
        return None
    return cell  # type: ignore[no-any-return]


def _require_texts(sheet: Sheet) -> None:
    """Stop at a text that would take long to look at, the name of the sheet among them."""
    require_text(sheet.name, sheet=sheet.name[:31], cell="–")
    for place, text in sheet.notes.items():
        require_text(text, sheet=sheet.name, cell=address(*place))
    for row, cells in enumerate(sheet.grid, 1):
        for column, cell in enumerate(cells, 1):
            if type(cell) is str and len(cell) > limits.MOST_MARKS:
                require_text(cell, sheet=sheet.name, cell=address(row, column))


def _require_merges(sheet: Sheet) -> None:
    """Stop if merged cells overlap, or reach too far: walking over them could take for ever."""
    merges, rows, columns = sheet.merges, len(sheet.grid), sheet.width
    covered = sum(
        max(merge.bottom - merge.top + 1, 0) * max(merge.right - merge.left + 1, 0)
        for merge in merges
    )
    if len(merges) > limits.MOST_MERGES or covered > limits.MOST_STYLED:
        raise UnreadableError(rule="merged_far", number=covered, most=limits.MOST_STYLED)
    area = sum(
        max(min(merge.bottom, rows) - merge.top + 1, 0)
        * max(min(merge.right, columns) - merge.left + 1, 0)
        for merge in merges
    )
    if area > rows * columns:
        raise UnreadableError(rule="damaged")


def _grow(values: list[list[Value]], *, rows: int, columns: int) -> None:
    """Make room for cells at the edge that have a formula or an error and no value."""
    width = max([columns, *(len(row) for row in values[:1])])
    for row in values:
        row.extend([None] * (width - len(row)))
    values.extend([[None] * width for _ in range(rows - len(values))])


def _read_csv(data: bytes, name: str) -> Book:
    text, encoding = csv.decode(data)
    rows = csv.table(text)
    sheet = Sheet(name, csv.pad(rows), widths=[len(row) for row in rows])
    _require_texts(sheet)
    remark = warning("encoding", blanks={"encoding": encoding})
    return Book((sheet,), "csv", (remark,) if encoding.startswith("cp") else ())

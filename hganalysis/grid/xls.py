"""Read an old Excel file by xlrd, after a look at what it claims to hold."""

from __future__ import annotations

import io
import re
import struct
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from .cell import Block, Cell, Quota, Sheet, Value, as_formatted, flag_set
from .guard import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Record = tuple[int, bytes]
"""The kind of a record, and what it holds."""

# Kinds of records of [MS-XLS]: a sheet begins, the shared texts, what goes on, formulas, what pages
# say at head and foot, an end. xlrd reads neither formulas nor pages.
_SHEET, _STRINGS, _CONTINUE, _FORMULAS, _EOF = 0x85, 0xFC, 0x3C, {0x06, 0x206, 0x406}, 0x0A
_PAGES = {0x14, 0x15}
_OPTIONS = 14  # where in a formula its options are: behind row, column, style and result
_CODES = re.compile(r'&(?:"[^"]*"|[0-9]{1,3}|[A-Za-z])')


def read(data: bytes, quota: Quota) -> list[Sheet]:
    """
    Read the sheets of an old workbook.

    Raises
    ------
    UnreadableError
        If the file is locked with a password, is no workbook, is broken, or claims to hold what it
        cannot.
    """
    import xlrd

    log = io.StringIO()
    try:
        folder = xlrd.book.Book()
        folder.biff2_8_load(file_contents=data, logfile=log)
        stream = bytes(folder.mem[folder.base : folder.base + folder.stream_len])
        starts = _starts(stream)
        book = xlrd.open_workbook(
            file_contents=data, formatting_info=True, ragged_rows=True, logfile=log
        )
        pages = zip_longest(book.sheets(), starts[: book.nsheets], fillvalue=len(stream))
        return [_sheet(page, quota, _records(stream, start)) for page, start in pages]
    except UnreadableError:
        raise
    except Exception as error:  # it raises whatever the bytes make it meet
        raise UnreadableError(rule=_refusal(data, error)) from error


def _refusal(data: bytes, error: Exception) -> str:
    """Name the rule by which a file is refused that xlrd could not read."""
    message = str(error).lower()
    if "encrypted" in message or "EncryptedPackage".encode("utf-16-le") in data:
        return "password"
    return "not_ours" if "can't find workbook" in message else "damaged"


def _starts(stream: bytes) -> list[int]:
    """Find where each sheet begins, and check the texts that all sheets share."""
    starts: list[int] = []
    texts: list[list[bytes]] = []
    last_kind = 0
    for kind, body in _records(stream, 0):
        if kind == _SHEET and body[5] == 0:  # a page of cells, no chart
            starts.append(struct.unpack_from("<I", body)[0])
        elif kind == _STRINGS:
            texts.append([body])
        elif (last_kind, kind) == (_STRINGS, _CONTINUE):
            texts[-1].append(body)
        if kind != _CONTINUE:
            last_kind = kind
    for pieces in texts:
        _require_texts(pieces)
    return starts


def _page_text(body: bytes) -> str:
    """Read the head or foot of a page: its letters are of one byte or of two."""
    text = body[3:].decode("utf-16-le" if body[2] & 1 else "latin-1", errors="replace")
    return _CODES.sub(" ", text)


def _records(stream: bytes, start: int) -> Iterator[Record]:
    """Give the records of a part of the stream up to its end."""
    while start + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, start)
        if kind == _EOF:
            return
        yield kind, stream[start + 4 : start + 4 + length]
        start += 4 + length


def _require_texts(pieces: list[bytes]) -> None:
    """
    Walk over the shared texts once: a size that leads back in them is read again and again.

    Raises
    ------
    UnreadableError
        If there are fewer of them than are claimed.
    """
    reader = _TextReader(pieces)
    try:
        n_texts = struct.unpack_from("<I", reader.body, 4)[0]
        for _ in range(n_texts):
            reader.skip_text()
    except (StopIteration, struct.error, IndexError) as error:
        raise UnreadableError(rule="damaged") from error


class _TextReader:
    """Where a walk over the shared texts is: in a record, and at a byte of it."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = iter(pieces)
        self.body = next(self.pieces)
        self.position = 8  # behind two counts of texts

    def skip_text(self) -> None:
        """Go behind a text, its fonts and what else is with it."""
        while self.position >= len(self.body):
            self.position -= len(self.body)
            self.body = next(self.pieces)
        n_letters, options = struct.unpack_from("<HB", self.body, self.position)
        self.position += 3
        n_fonts = extra_size = 0
        if options & 8:
            (n_fonts,) = struct.unpack_from("<H", self.body, self.position)
            self.position += 2
        if options & 4:
            (extra_size,) = struct.unpack_from("<I", self.body, self.position)
            self.position += 4
        if n_letters:
            self._skip_letters(n_letters, 1 + (options & 1))
        self.position += 4 * n_fonts + extra_size

    def _skip_letters(self, n_letters: int, size: int) -> None:
        """Go behind letters of some bytes each, in this record and those that continue it."""
        while n_letters:
            n_here = min(n_letters, (len(self.body) - self.position) // size)
            n_letters -= n_here
            self.position += n_here * size
            if n_letters:  # what goes on says anew how many bytes a letter has
                self.body = next(self.pieces)
                self.position = 1
                size = 1 + (self.body[0] & 1)


def _is_to_compute(body: bytes) -> bool:
    """Say whether a formula asks to be computed whenever, or once, its file is opened."""
    if len(body) <= _OPTIONS:
        return False
    return bool(body[_OPTIONS] & 3)


def _uncomputed(
    page: Any,  # noqa: ANN401
    asks_to_compute: dict[tuple[int, int], bool],
) -> set[tuple[int, int]]:
    """
    Find the formulas that were saved without their result.

    Programs that do not compute write an empty text, or 0 and the request to compute. A formula
    may also give those: they are believed where another formula of the sheet has a result.
    """
    for position, asks in asks_to_compute.items():
        result = page.cell_value(*position)
        is_empty = result == ""
        if not is_empty and (result or not asks):
            return set()
    return {*asks_to_compute}


def _sheet(page: Any, quota: Quota, records: Iterable[Record]) -> Sheet:  # noqa: ANN401
    sheet = Sheet(page.name, quota, is_hidden=bool(page.visibility))
    asks_to_compute: dict[tuple[int, int], bool] = {}
    for kind, body in records:
        if kind in _FORMULAS:
            asks_to_compute[struct.unpack_from("<HH", body)] = _is_to_compute(body)
        elif kind in _PAGES and len(body) > 3:
            sheet.add_note(0, 0, _page_text(body))
    # xlrd counts rows and columns from 0, and names the first one behind a block
    for top, bottom, start, end in page.merged_cells:
        sheet.merge(Block(top + 1, start + 1, bottom, end))
    sheet.hidden_rows = {row + 1 for row, look in page.rowinfo_map.items() if look.hidden}
    sheet.hidden_columns = {column + 1 for column, look in page.colinfo_map.items() if look.hidden}
    for (row, column), note in page.cell_note_map.items():
        sheet.add_note(row + 1, column + 1, str(note.text))
    uncomputed = _uncomputed(page, asks_to_compute)
    for row, column in _positions(page):
        cell = _cell(page, row, column)
        if (row, column) in asks_to_compute:
            cell.formula = "="
            cell.flags |= flag_set(formula=True, uncomputed=(row, column) in uncomputed)
        sheet.put(cell)
    return sheet.finish()


def _positions(page: Any) -> Iterator[tuple[int, int]]:  # noqa: ANN401
    """Give the rows and columns, from 0, of the cells that hold something."""
    import xlrd

    for row in range(page.nrows):
        for column, kind in enumerate(page.row_types(row)):
            if kind not in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}:
                yield row, column


def _cell(page: Any, row: int, column: int) -> Cell:  # noqa: ANN401
    """Read a cell, but for its formula."""
    import xlrd

    book = page.book
    source = page.cell(row, column)
    kind = source.ctype
    raw = source.value
    style = book.xf_list[source.xf_index]
    number_format = book.format_map[style.format_key].format_str
    # a text may have parts in other fonts
    runs = page.rich_text_runlist_map.get((row, column), ())
    indices = [style.font_index, *(font for start, font in runs if start < len(str(raw)))]
    fonts = [book.font_list[index] for index in indices]
    flags = flag_set(
        struck=any(font.struck_out for font in fonts),
        raised=any(font.escapement for font in fonts),
    )
    value: Value = raw
    if kind == xlrd.XL_CELL_ERROR:
        value = xlrd.error_text_from_code.get(raw, "#ERROR!")
        flags |= {"formula_error"}
    elif kind == xlrd.XL_CELL_BOOLEAN:
        value = bool(raw)
    elif kind != xlrd.XL_CELL_TEXT:
        code = "d" if kind == xlrd.XL_CELL_DATE else number_format
        value, value_flags = as_formatted(raw, code, is_1904=bool(book.datemode))
        flags |= value_flags
    return Cell(row + 1, column + 1, value, flags, number_format=number_format)

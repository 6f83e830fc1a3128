"""Read an old Excel file by xlrd, after a look at what it claims to hold."""

from __future__ import annotations

import io
import re
import struct
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from .cell import PLAIN, Cell, Room, Sheet, as_formatted, looks
from .guard import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Kinds of records of [MS-XLS]: a sheet begins, the shared texts, what goes on, formulas, what pages
# say at head and foot, an end. xlrd tells neither formulas nor pages.
_SHEET, _STRINGS, _CONTINUE, _FORMULAS, _EOF = 0x85, 0xFC, 0x3C, {0x06, 0x206, 0x406}, 0x0A
_PAGES = {0x14, 0x15}
_OPTIONS = 14  # where in a formula its options stand: behind row, column, look and result
_CODES = re.compile(r'&(?:"[^"]*"|[0-9]{1,3}|[A-Za-z])')


def read(data: bytes, room: Room) -> list[Sheet]:
    """
    Read the sheets of an old workbook.

    Raises
    ------
    UnreadableError
        If the file is locked with a password, is no workbook, is broken, or claims to hold what it
        cannot.
    """
    import xlrd

    quiet = io.StringIO()
    try:
        folder = xlrd.book.Book()
        folder.biff2_8_load(file_contents=data, logfile=quiet)
        stream = bytes(folder.mem[folder.base : folder.base + folder.stream_len])
        starts = _starts(stream)
        book = xlrd.open_workbook(
            file_contents=data, formatting_info=True, ragged_rows=True, logfile=quiet
        )
        said = zip_longest(book.sheets(), starts[: book.nsheets], fillvalue=len(stream))
        return [_sheet(book, one, room, _records(stream, at)) for one, at in said]
    except UnreadableError:
        raise
    except Exception as error:  # it raises whatever the bytes make it meet
        told = str(error).lower()
        locked = "encrypted" in told or "EncryptedPackage".encode("utf-16-le") in data
        rule = "not_ours" if "can't find workbook" in told else "damaged"
        raise UnreadableError(rule="password" if locked else rule) from error


def _starts(stream: bytes) -> list[int]:
    """Find where each sheet begins, and look through the texts that they share."""
    starts: list[int] = []
    texts: list[list[bytes]] = []
    last = 0
    for kind, body in _records(stream, 0):
        if kind == _SHEET and body[5] == 0:  # a page of cells, no chart
            starts.append(struct.unpack_from("<I", body)[0])
        elif kind == _STRINGS:
            texts.append([body])
        elif (last, kind) == (_STRINGS, _CONTINUE):
            texts[-1].append(body)
        last = last if kind == _CONTINUE else kind
    for pieces in texts:
        _require_texts(pieces)
    return starts


def _page(body: bytes) -> str:
    """Read what a page says at its head or foot: its letters are of one byte or of two."""
    text = body[3:].decode("utf-16-le" if body[2] & 1 else "latin-1", errors="replace")
    return _CODES.sub(" ", text)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Give the records of a part of the stream up to its end."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _EOF:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _require_texts(pieces: list[bytes]) -> None:
    """
    Walk over the shared texts once: a size that leads back in them is read again and again.

    Raises
    ------
    UnreadableError
        If there are fewer of them than are claimed.
    """
    rest = iter(pieces)
    body, at = next(rest), 8
    try:
        for _ in range(struct.unpack_from("<I", body, 4)[0]):
            while at >= len(body):
                body, at = next(rest), at - len(body)
            letters, kind = struct.unpack_from("<HB", body, at)
            at += 3
            fonts = struct.unpack_from("<H", body, at)[0] if kind & 8 else 0
            at += 2 if kind & 8 else 0
            beside = struct.unpack_from("<I", body, at)[0] if kind & 4 else 0
            at += 4 if kind & 4 else 0
            size = 1 + (kind & 1)
            while letters:
                there = min(letters, (len(body) - at) // size)
                letters, at = letters - there, at + there * size
                if letters:  # what goes on says anew how many bytes a letter has
                    body, at = next(rest), 1
                    size = 1 + (body[0] & 1)
            at += 4 * fonts + beside
    except (StopIteration, struct.error, IndexError) as error:
        raise UnreadableError(rule="damaged") from error


def _is_to_compute(body: bytes) -> bool:
    """Say whether a formula asks to be computed whenever, or once, its file is opened."""
    if len(body) <= _OPTIONS:
        return False
    return bool(body[_OPTIONS] & 3)


def _uncomputed(page: Any, formulas: dict[tuple[int, int], bool]) -> set[tuple[int, int]]:  # noqa: ANN401
    """
    Find the formulas that were saved without their result.

    Programs that do not compute write an empty text, or 0 and the request to compute. A formula
    may also give those: they are believed where another formula of the sheet has a result.
    """
    places: set[tuple[int, int]] = set()
    for place, asks in formulas.items():
        result = page.cell_value(*place)
        is_empty = result == ""
        if not is_empty and (result or not asks):
            return set()
        places.add(place)
    return places


def _sheet(book: Any, page: Any, room: Room, records: Iterable[tuple[int, bytes]]) -> Sheet:  # noqa: ANN401
    import xlrd

    found = Sheet(page.name, room, is_hidden=bool(page.visibility))
    formulas: dict[tuple[int, int], bool] = {}
    for kind, body in records:
        if kind in _FORMULAS:
            formulas[struct.unpack_from("<HH", body)] = _is_to_compute(body)
        elif kind in _PAGES and len(body) > 3:
            found.note(0, 0, _page(body))
    for top, bottom, left, right in page.merged_cells:
        found.merge(top + 1, left + 1, bottom, right)
    found.hidden_rows = {row + 1 for row, one in page.rowinfo_map.items() if one.hidden}
    found.hidden_columns = {at + 1 for at, one in page.colinfo_map.items() if one.hidden}
    for (row, at), note in page.cell_note_map.items():
        found.note(row + 1, at + 1, str(note.text))
    uncomputed = _uncomputed(page, formulas)
    for row in range(page.nrows):
        for at in range(page.row_len(row)):
            kind, raw = page.cell_type(row, at), page.cell_value(row, at)
            if kind in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}:
                continue
            look = book.xf_list[page.cell_xf_index(row, at)]
            code = book.format_map[look.format_key].format_str
            runs = page.rich_text_runlist_map.get((row, at), ())
            fonts = [look.font_index, *(font for start, font in runs if start < len(str(raw)))]
            styles = [book.font_list[one] for one in fonts]
            flags = looks(
                struck=any(one.struck_out for one in styles),
                raised=any(one.escapement for one in styles),
            )
            value, own = raw, PLAIN
            if kind == xlrd.XL_CELL_ERROR:
                value, own = xlrd.error_text_from_code.get(raw, "#ERROR!"), frozenset({"error"})
            elif kind == xlrd.XL_CELL_BOOLEAN:
                value = bool(raw)
            elif kind != xlrd.XL_CELL_TEXT:
                shown = "d" if kind == xlrd.XL_CELL_DATE else code
                value, own = as_formatted(raw, shown, early=bool(book.datemode))
            formula = "=" if (row, at) in formulas else ""
            flags |= looks(
                formula=formula,
                uncomputed=(row, at) in uncomputed,
            )
            found.put(Cell(row + 1, at + 1, value, flags | own, formula, code))
    return found.finish()

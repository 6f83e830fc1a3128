"""
Tell of an old Excel file what its values do not: what is hidden, computed, in error, how shown.

The values are read by calamine, which does not tell 100 % from 1, nor an error from nothing. The
layout of the records is that of Microsoft's [MS-CFB] and [MS-XLS].
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from .guard import UnreadableError, require_size
from .sheets import address
from .xls_styles import Looks
from .xlsx import Facts

_TABLE, _END, _FREE = 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
# Kinds of records: of the workbook, of a sheet, and of cells that hold something.
_BOF, _EOF, _PASSWORD, _SHEET = 0x809, 0x0A, 0x2F, 0x85
_ROW, _COLUMNS, _FORMULA, _STRING, _ERROR = 0x208, 0x7D, 0x06, 0x207, 0x205
_SIZE, _STRINGS = 0x200, 0xFC
_NUMBER, _SHORT, _SHORTS = 0x203, 0x27E, 0xBD
_SHARED = 0xFD
_TEXTS = {_SHARED, 0x204, 0xD6}
_FORMULAS = {_FORMULA, 0x206, 0x406}


def unpack(data: bytes) -> bytes:
    """
    Take the stream of the workbook out of its container.

    What a library would make room for without looking is taken out or refused: the size a sheet
    claims to have, and a number of texts that the stream cannot hold.

    Parameters
    ----------
    data
        The bytes of the file.

    Returns
    -------
    stream
        All records of the workbook and its sheets.

    Raises
    ------
    UnreadableError
        If the file is locked with a password, is no workbook, or is broken.
    """
    try:
        stream = bytearray(_workbook(data))
        at = 0
        while at + 4 <= len(stream):
            kind, length = struct.unpack_from("<HH", stream, at)
            body = slice(at + 4, at + 4 + length)
            if kind == _SIZE:
                stream[body] = bytes(len(stream[body]))
            elif kind == _STRINGS and _u32(stream, at + 8) > len(stream) // 3:
                raise UnreadableError(rule="damaged")
            at += 4 + length
    except (struct.error, IndexError) as error:
        raise UnreadableError(rule="damaged") from error
    return bytes(stream)


def repack(stream: bytes) -> io.BytesIO:
    """Put the stream of a workbook into a container of its own, with nothing else in it."""
    size = 4096
    blocks = max(-(-len(stream) // size), 1)
    tables = -(-(blocks + 3) // (size // 4 - 1))
    first = tables + 2  # after the tables of links, the folder, and an empty block for the root
    links = [*[_TABLE] * tables, _END, _END, *range(first + 1, first + blocks), _END]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + struct.pack(
        "<16x5H6x9I", 0x3E, 4, 0xFFFE, 12, 6, 1, tables, tables, 0, size, _END, 0, _END, 0
    )
    heads = [*range(tables), *[_FREE] * (109 - tables)]
    return io.BytesIO(
        (header + struct.pack("<109I", *heads)).ljust(size, b"\0")
        + struct.pack(f"<{len(links)}I", *links).ljust(tables * size, b"\xff")
        + (
            _entry("Root Entry", 5, tables + 1, 0) + _entry("Workbook", 2, first, blocks * size)
        ).ljust(2 * size, b"\0")
        + stream.ljust(blocks * size, b"\0")
    )


def _entry(name: str, kind: int, start: int, length: int) -> bytes:
    text = name.encode("utf-16-le")
    child = 1 if kind == 5 else _FREE
    return struct.pack(
        "<64sHBBIII36xIQ", text, len(text) + 2, kind, 1, _FREE, _FREE, child, start, length
    )


def facts(stream: bytes) -> dict[str, Facts]:
    """
    Read what stands beside the values, sheet by sheet.

    Parameters
    ----------
    stream
        From `unpack`.

    Returns
    -------
    facts
        By the number of the sheet as text ("0", "1", ...), in order: its name is calamine's to
        read. Formulas are told as "=", their text is not.

    Raises
    ------
    UnreadableError
        If the file is locked with a password or broken, or a sheet reaches further than any
        report does.
    """
    try:
        return _sheets(stream)
    except (struct.error, IndexError) as error:
        raise UnreadableError(rule="damaged") from error


def _workbook(data: bytes) -> bytes:
    """Find the stream of the workbook in the container."""
    size, mini_size = 1 << _u16(data, 30), 1 << _u16(data, 32)
    if size not in {512, 4096} or mini_size != 64:
        raise UnreadableError(rule="damaged")
    sectors = [*struct.unpack_from("<109I", data, 76)]
    block, count = _u32(data, 68), _u32(data, 72)
    while block < _END and count and len(sectors) * size <= len(data):
        sectors += struct.unpack_from(f"<{size // 4}I", data, size * (block + 1))
        block, count = sectors.pop(), count - 1
    table: list[int] = []
    for sector in sectors:
        if sector < _END:
            table += struct.unpack_from(f"<{size // 4}I", data, size * (sector + 1))
    folder = _chain(data, table, _u32(data, 48), size, offset=size)
    entries: dict[str, tuple[int, int]] = {}
    for at in range(0, len(folder), 128):
        length = min(_u16(folder, at + 64), 64)
        name = folder[at : at + max(length - 2, 0)].decode("utf-16-le", errors="replace")
        entries.setdefault(name, (_u32(folder, at + 116), _u32(folder, at + 120)))
    if "EncryptedPackage" in entries:
        raise UnreadableError(rule="password")
    found = entries.get("Workbook") or entries.get("Book")
    if found is None:
        raise UnreadableError(rule="not_ours", kind="other")
    start, length = found
    if length >= _u32(data, 56):
        return _chain(data, table, start, size, offset=size)[:length]
    small = _chain(data, table, _u32(data, 60), size, offset=size)
    links = list(struct.unpack(f"<{len(small) // 4}I", small))
    root = _chain(data, table, next(iter(entries.values()))[0], size, offset=size)
    return _chain(root, links, start, mini_size, offset=0)[:length]


def _chain(data: bytes, table: list[int], start: int, size: int, *, offset: int) -> bytes:
    pieces, sector = [], start
    while sector < _END:
        pieces.append(data[offset + size * sector : offset + size * (sector + 1)])
        sector = table[sector]
        if len(pieces) > len(table):  # a chain that bites its own tail
            raise UnreadableError(rule="damaged")
    return b"".join(pieces)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Give the records of a part of the stream up to its end, as calamine reads them."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _EOF:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _sheets(stream: bytes) -> dict[str, Facts]:
    looks = Looks()
    starts: list[int] = []
    for kind, body in _records(stream, 0):
        if kind == _PASSWORD:
            raise UnreadableError(rule="password")
        if kind == _SHEET:
            starts.append(_u32(body, 0))
        looks.take(kind, body)
    looks.settle()
    return {str(at): _sheet(stream, start, looks, at) for at, start in enumerate(starts)}


def _sheet(stream: bytes, start: int, looks: Looks, number: int) -> Facts:
    found = Facts()

    def cell(row: int, column: int, style: int) -> tuple[int, int]:
        place = row + 1, column + 1
        found.last_row = max(found.last_row, place[0])
        found.last_column = max(found.last_column, place[1])
        if style in looks.formats:
            found.formats[place] = looks.formats[style]
        if style in looks.struck:
            found.struck.add(place)
        return place

    for kind, body in _records(stream, start):
        if kind == _ROW:
            if _u16(body, 12) & 0x20:
                found.hidden_rows.add(_u16(body, 0) + 1)
        elif kind == _COLUMNS:
            if _u16(body, 8) & 1:
                first, last = _u16(body, 0), min(_u16(body, 2), 255)
                found.hidden_columns.update(range(first + 1, last + 2))
        elif kind == _SHORTS:
            row, first = _u16(body, 0), _u16(body, 2)
            for at in range((len(body) - 6) // 6):
                cell(row, first + at, _u16(body, 4 + 6 * at))
        elif kind in {_NUMBER, _SHORT} | _TEXTS:
            place = cell(*struct.unpack_from("<HHH", body))
            shared = _u32(body, 6) if kind == _SHARED else -1
            found.letters += looks.lengths[shared] if shared >= 0 else len(body)
            if shared in looks.texts:
                found.runs[place] = looks.texts[shared]
        elif kind == _ERROR:
            place = cell(*struct.unpack_from("<HHH", body))
            if body[7]:
                found.errors[place] = _ERRORS.get(body[6], "#ERROR!")
        elif kind in _FORMULAS:
            place = cell(*struct.unpack_from("<HHH", body))
            found.formulas[place] = "="
            if body[12:14] == b"\xff\xff" and body[6] == 2:
                found.errors[place] = _ERRORS.get(body[8], "#ERROR!")
    corner = address(found.last_row, found.last_column)
    sheet = f"#{number + 1}"  # its name is not known here
    require_size(sheet=sheet, rows=found.last_row, columns=found.last_column, last=corner)
    return found


def _u16(data: bytes | bytearray, at: int) -> int:
    return int(struct.unpack_from("<H", data, at)[0])


def _u32(data: bytes | bytearray, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])

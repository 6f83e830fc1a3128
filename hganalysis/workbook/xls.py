"""
Tell of an old Excel file what its values do not: what is hidden, computed, in error, how shown.

The values are read by calamine, which does not tell 100 % from 1, nor an error from nothing. The
layout of the records is that of Microsoft's [MS-CFB] and [MS-XLS].
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from .formats import BUILT_IN, matters
from .guard import UnreadableError, require_size
from .sheets import Run, Sheet, is_marked

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
_ROW, _COLUMNS, _FORMULA, _ERROR = 0x208, 0x7D, 0x06, 0x205
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


def facts(stream: bytes) -> dict[str, Sheet]:
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


def _sheets(stream: bytes) -> dict[str, Sheet]:
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


def _sheet(stream: bytes, start: int, looks: Looks, number: int) -> Sheet:
    found = Sheet()

    def cell(row: int, column: int, style: int) -> tuple[int, int]:
        place = row + 1, column + 1
        found.reach(*place)
        if style in looks.formats:
            found.formats[place] = looks.formats[style]
        if style in looks.struck:
            found.struck[place] = ""
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
    # its name is not known here
    require_size(f"#{number + 1}", found.last_row, found.last_column)
    return found


Rich = tuple[str, list[tuple[int, int]]]
"""A text, and where its font changes, and to which."""

_FONT, _FORMAT, _STYLE, _CONTINUE = 0x31, 0x41E, 0xE0, 0x3C
_STRIKES, _NO_FONT = 0x08, 4  # a bit of a font; the number that no font has


@dataclass
class Looks:
    """The fonts, formats, styles and shared texts of a workbook, gathered record by record."""

    formats: dict[int, str] = field(default_factory=dict)  # of the styles whose format matters
    struck: set[int] = field(default_factory=set)  # styles
    texts: dict[int, tuple[Run, ...]] = field(default_factory=dict)  # by their number
    codes: dict[int, str] = field(default_factory=lambda: dict(BUILT_IN))
    fonts: list[tuple[bool, int]] = field(default_factory=list)  # struck; raised or lowered
    styles: list[tuple[int, int]] = field(default_factory=list)  # font, number format
    strings: list[bytes] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)  # letters of each shared text
    last: int = 0
    old: bool = False

    def take(self, kind: int, body: bytes) -> None:
        """Take in a record of the workbook."""
        if kind == _BOF:
            self.old = _u16(body, 0) < 0x600
        elif kind == _FONT:
            place = {1: 1, 2: -1}.get(_u16(body, 8), 0)
            self.fonts.append((bool(_u16(body, 2) & _STRIKES), place))
        elif kind == _FORMAT:
            self.codes[_u16(body, 0)] = _format(body[2:], old=self.old)
        elif kind == _STYLE:
            self.styles.append((_u16(body, 0), _u16(body, 2)))
        elif kind == _STRINGS or (kind == _CONTINUE and self.last in {_STRINGS, _CONTINUE}):
            self.strings.append(body)
        self.last = kind if kind != _CONTINUE or self.last in {_STRINGS, _CONTINUE} else 0

    def settle(self) -> None:
        """Put together what was taken in, once all of it is there."""
        for at, (font, code) in enumerate(self.styles):
            if matters(self.codes.get(code, "")):
                self.formats[at] = self.codes[code]
            if self._font(font)[0]:
                self.struck.add(at)
        self.lengths, rich = shared(self.strings)
        if not any(struck or place for struck, place in self.fonts) or self.old:
            return
        for at, (text, changes) in rich.items():
            ends = [*(start for start, _ in changes), len(text)]
            parts = [Run(text[: ends[0]])]  # up to the first change it looks as its cell does
            for (start, font), end in zip(changes, ends[1:], strict=True):
                struck, place = self._font(font)
                parts.append(Run(text[start:end], struck=struck, place=place))
            if is_marked(parts):
                self.texts[at] = tuple(one for one in parts if one.text)

    def _font(self, number: int) -> tuple[bool, int]:
        at = number - (number > _NO_FONT)
        return self.fonts[at] if at < len(self.fonts) else (False, 0)


def shared(pieces: list[bytes]) -> tuple[list[int], dict[int, Rich]]:
    """
    Read the table of the texts that cells share, over the records that it stands in.

    Parameters
    ----------
    pieces
        The records, in order.

    Returns
    -------
    lengths
        The letters of each text, as far as the records reach.
    rich
        By their number, the texts whose font changes: the text, and where it changes to which.
    """
    lengths: list[int] = []
    rich: dict[int, Rich] = {}
    with suppress(StopIteration):  # where the records end, whatever they claimed to hold
        _gather(iter(pieces), lengths, rich)
    return lengths, rich


def _gather(rest: Iterator[bytes], lengths: list[int], rich: dict[int, Rich]) -> None:
    body, at = next(rest), 8
    for number in range(_u32(body, 4)):
        while at >= len(body):
            body, at = next(rest), at - len(body)
        letters, kind = _u16(body, at), body[at + 2]
        lengths.append(letters)
        at += 3
        changes = _u16(body, at) if kind & 8 else 0
        at += 2 if kind & 8 else 0
        beside = _u32(body, at) if kind & 4 else 0
        at += 4 if kind & 4 else 0
        size = 1 + (kind & 1)
        said: list[str] = []
        while letters:
            there = min(letters, (len(body) - at) // size)
            if changes:
                part = body[at : at + there * size]
                said.append(part.decode(_LETTERS[size], errors="replace"))
            letters, at = letters - there, at + there * size
            if letters:  # what goes on says anew how many bytes a letter has
                body, at = next(rest), 1
                size = 1 + (body[0] & 1)
        fonts = bytearray()
        while len(fonts) < 4 * changes:
            if at >= len(body):
                body, at = next(rest), at - len(body)
            part = body[at : at + 4 * changes - len(fonts)]
            fonts += part
            at += len(part)
        if changes:
            # in order, or the parts between could be longer than the text together
            rich[number] = "".join(said), sorted(struct.iter_unpack("<HH", fonts))
        at += beside


_LETTERS = {1: "latin-1", 2: "utf-16-le"}


def _format(body: bytes, *, old: bool) -> str:
    r"""
    Read the text of a number format: one byte a letter before 1997, one or two since.

    Examples
    --------
    >>> _format(b"\x020%", old=True), _format(b"\x02\0\x010\0%\0", old=False)
    ('0%', '0%')
    """
    if old:
        return body[1 : 1 + body[0]].decode("latin-1")
    wide = body[2] & 1
    length = _u16(body, 0) * (1 + wide)
    return body[3 : 3 + length].decode("utf-16-le" if wide else "latin-1", errors="replace")


def _u16(data: bytes | bytearray, at: int) -> int:
    return int(struct.unpack_from("<H", data, at)[0])


def _u32(data: bytes | bytearray, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])

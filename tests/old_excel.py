"""
Write an old Excel file as a program does that does not compute: one sheet, and formulas.

Only what a reader needs: [MS-XLS] records in one stream, in a compound file of 512-byte sectors.
"""

import struct
from dataclasses import dataclass

WORKBOOK, WORKSHEET = 0x0005, 0x0010
EMPTY_TEXT = struct.pack("<BxxxxxH", 3, 0xFFFF)
"""What stands where a formula has its result, if that is an empty text."""


@dataclass(frozen=True)
class Formula:
    """A formula, its saved result (eight bytes), and whether it asks to be computed."""

    result: bytes = EMPTY_TEXT
    asks: bool = False

    @classmethod
    def of(cls, number, *, asks=False):
        return cls(struct.pack("<d", number), asks)


def write(rows, file, sheet="Năm 2023"):
    """Write texts, numbers, formulas and empty cells (None)."""
    name = sheet.encode("utf-16-le")
    body = _record(0x809, _begin(WORKSHEET))
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                body += _cell(struct.pack("<HHH", row, column, 0), cell)
    body += _record(0x0A, b"")
    font_options = (200, 0, 0x7FFF, 400, 0, 0, 0, 0, 5, 0)
    font = struct.pack("<HHHHHBBBxBB", *font_options) + b"Arial"
    code_page = struct.pack("<H", 1200)
    head = _record(0x809, _begin(WORKBOOK)) + _record(0x42, code_page)
    head += _record(0x31, font) * 5
    head += _record(0xE0, bytes(20))
    names = struct.pack("<HBB", 0, len(sheet), 1) + name
    start = len(head) + 4 + 4 + len(names) + 4
    head += _record(0x85, struct.pack("<I", start) + names)
    head += _record(0x0A, b"")
    file.write_bytes(_container(head + body))
    return file


def _record(kind, body):
    return struct.pack("<HH", kind, len(body)) + body


def _begin(kind):
    return struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 1996, 0x41, 6)


def _cell(place, cell):
    if isinstance(cell, str):
        size = struct.pack("<HB", len(cell), 1)
        return _record(0x204, place + size + cell.encode("utf-16-le"))
    if isinstance(cell, Formula):
        tokens = struct.pack("<BH", 0x1E, 1)  # the whole number 1
        flags = 2 if cell.asks else 0
        options = struct.pack("<HIH", flags, 0, len(tokens))
        return _record(0x06, place + cell.result + options + tokens)
    return _record(0x203, place + struct.pack("<d", cell))


def _container(stream):
    """Wrap a stream: a header, a table of sectors, a directory, and the sectors of the stream."""
    size = max(len(stream), 4096)  # a shorter one would stand in a stream of its own
    stream = stream.ljust(-(-size // 512) * 512, b"\0")
    n_sectors = len(stream) // 512
    assert n_sectors < 126
    end = 0xFFFFFFFE
    free = 0xFFFFFFFF
    chain = [*range(3, n_sectors + 2), end]
    sectors = [0xFFFFFFFD, end, *chain]
    unused = [free] * (128 - len(sectors))
    table = struct.pack("<128I", *sectors, *unused)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    numbers = (0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<HHHHH6xIIIIIIIII", *numbers)
    header += struct.pack("<109I", 0, *[free] * 108)
    directory = _entry("Root Entry", 5, child=1, start=end, size=0)
    directory += _entry("Workbook", 2, child=free, start=2, size=size)
    directory += bytes(256)
    return header + table + directory + stream


def _entry(name, kind, *, child, start, size):
    text = (name + "\0").encode("utf-16-le")
    free = 0xFFFFFFFF
    fields = struct.pack("<HBBIII", len(text), kind, 1, free, free, child)
    head = text.ljust(64, b"\0") + fields
    return head + bytes(36) + struct.pack("<IQ", start, size)

"""
Write workbooks of old Excel, record by record: no library here does.

The layout is that of [MS-XLS] and [MS-CFB]. Nothing here uses the reader that is tested.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_SECTOR, _SMALLEST = 512, 4096

Part = tuple[str, str]
"""A part of a text, and how it looks: `struck`, `super`, or nothing."""


@dataclass
class Page:
    """A sheet: rows of values (a list of parts is rich text), merged cells, looks; all from 1."""

    name: str
    grid: list[list[object]]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    struck: set[tuple[int, int]] = field(default_factory=set)


def write(file: Path, pages: list[Page]) -> None:
    """Write a workbook of old Excel."""
    looks = {("", False): 0}
    rich: list[list[Part]] = []
    bodies = [_page(page, looks, rich) for page in pages]
    codes = {code: 164 + at for at, code in enumerate(dict.fromkeys(c for c, _ in looks)) if code}
    top = [
        _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)),
        _record(0x42, struct.pack("<H", 1200)),
        *(_font(bits, place) for bits, place in ((0, 0), (8, 0), (0, 1))),
        *(_record(0x41E, struct.pack("<H", at) + _text(code)) for code, at in codes.items()),
        *(
            _record(0xE0, struct.pack("<HH16x", int(struck), codes.get(code, 0)))
            for code, struck in looks
        ),
    ]
    heads = [_text(page.name, short=True) for page in pages]
    strings = _strings(rich)
    start = sum(map(len, top)) + sum(10 + len(head) for head in heads) + len(strings) + 4
    for head, body in zip(heads, bodies, strict=True):
        top.append(_record(0x85, struct.pack("<IBB", start, 0, 0) + head))
        start += len(body)
    stream = b"".join([*top, strings, _record(0x0A, b""), *bodies])
    file.write_bytes(_container(stream))


def _page(page: Page, looks: dict[tuple[str, bool], int], rich: list[list[Part]]) -> bytes:
    parts = [_record(0x809, struct.pack("<HHHHII", 0x600, 16, 0, 0, 0, 0))]
    for row, line in enumerate(page.grid, 1):
        for column, value in enumerate(line, 1):
            place = row, column
            look = page.formats.get(place, ""), place in page.struck
            if value is None:
                continue
            head = struct.pack("<HHH", row - 1, column - 1, looks.setdefault(look, len(looks)))
            if isinstance(value, list):
                parts.append(_record(0xFD, head + struct.pack("<I", len(rich))))
                rich.append(value)
            elif isinstance(value, str):
                parts.append(_record(0x204, head + _text(value)))
            else:
                parts.append(_record(0x203, head + struct.pack("<d", value)))
    for top, left, bottom, right in page.merges:
        block = struct.pack("<5H", 1, top - 1, bottom - 1, left - 1, right - 1)
        parts.append(_record(0xE5, block))
    return b"".join([*parts, _record(0x0A, b"")])


def _strings(rich: list[list[Part]]) -> bytes:
    body = struct.pack("<II", len(rich), len(rich))
    for parts in rich:
        whole = "".join(text for text, _ in parts)
        body += struct.pack("<HBH", len(whole), 9, len(parts)) + whole.encode("utf-16-le")
        at = 0
        for text, look in parts:
            body += struct.pack("<HH", at, {"struck": 1, "super": 2}.get(look, 0))
            at += len(text)
    return _record(0xFC, body)


def _font(bits: int, place: int) -> bytes:
    head = struct.pack("<HHHHHBBBB", 200, bits, 0x7FFF, 400, place, 0, 0, 0, 0)
    return _record(0x31, head + _text("Arial", short=True))


def _text(text: str, *, short: bool = False) -> bytes:
    return struct.pack("<BB" if short else "<HB", len(text), 1) + text.encode("utf-16-le")


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _container(stream: bytes) -> bytes:
    """Put a stream into a container: the tables of links, the folder, the stream itself."""
    stream = stream.ljust(_SMALLEST, b"\0")
    blocks = -(-len(stream) // _SECTOR)
    tables = next(n for n in range(1, 110) if n * _SECTOR // 4 >= n + 1 + blocks)
    first = tables + 1
    links = [*[_TABLE] * tables, _END, *range(first + 1, first + blocks), _END]
    links += [_FREE] * (tables * _SECTOR // 4 - len(links))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + struct.pack(
        "<16x5H6x9I", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, tables, 0, _SMALLEST, _END, 0, _END, 0
    )
    head += struct.pack("<109I", *range(tables), *[_FREE] * (109 - tables))
    folder = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, first, len(stream))
    return b"".join(
        [
            *(head, struct.pack(f"<{len(links)}I", *links)),
            *(folder.ljust(_SECTOR, b"\0"), stream.ljust(blocks * _SECTOR, b"\0")),
        ]
    )


def _entry(name: str, kind: int, child: int, start: int, length: int) -> bytes:
    text = name.encode("utf-16-le")
    return struct.pack(
        *("<64sHBBIII36xIQ", text, len(text) + 2, kind, 1, _FREE, _FREE, child, start, length)
    )

"""
Read how the cells of an old Excel file look: formats that matter, what is struck out or raised.

The layout of the records is that of Microsoft's [MS-XLS].
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from . import runs
from .formats import BUILT_IN, matters
from .sheets import Run

Rich = tuple[str, list[tuple[int, int]]]
"""A text, and where its font changes, and to which."""

_BOF, _FONT, _FORMAT = 0x809, 0x31, 0x41E
_STYLE, _STRINGS, _CONTINUE = 0xE0, 0xFC, 0x3C
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
            if runs.is_marked(parts):
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
    rest = iter(pieces)
    body, at = next(rest, bytes(8)), 8
    for number in range(_u32(body, 4)):
        while at >= len(body):
            if (more := next(rest, None)) is None:
                return lengths, rich
            body, at = more, at - len(body)
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
            if letters:
                if (more := next(rest, None)) is None:
                    return lengths, rich
                # what goes on says anew how many bytes a letter has
                body, at = more, 1
                size = 1 + (body[0] & 1)
        fonts = bytearray()
        while len(fonts) < 4 * changes:
            if at >= len(body):
                if (more := next(rest, None)) is None:
                    return lengths, rich
                body, at = more, at - len(body)
            part = body[at : at + 4 * changes - len(fonts)]
            fonts += part
            at += len(part)
        if changes:
            # in order, or the parts between could be longer than the text together
            rich[number] = "".join(said), sorted(struct.iter_unpack("<HH", fonts))
        at += beside
    return lengths, rich


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


def _u16(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<H", data, at)[0])


def _u32(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])

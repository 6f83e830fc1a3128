"""Read text whose cells a sign parts: in which encoding it is, and which sign it is."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from .. import limits, study
from .cell import Cell, Room, Sheet, address
from .guard import UnreadableError, require_marks

if TYPE_CHECKING:
    import re

SEPARATORS = ("\t", ";", ",")

# In front of a file, each says how the rest is written.
_BYTE_ORDER = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes) -> tuple[str, str]:
    """
    Turn bytes into text, and name the encoding.

    A mark in front decides; else what is valid UTF-8 is UTF-8, for nothing else looks like it.
    The rest comes from old Windows: in the code page of the country where its letters then can
    be, else as windows-1252, which leaves the letters of old fonts as such.

    Parameters
    ----------
    data
        The bytes of the file.

    Returns
    -------
    text
        In NFC.
    encoding
        As Python names it.

    Raises
    ------
    UnreadableError
        If it is no text in any of these.

    Examples
    --------
    >>> decode("Xã Vị Tân".encode())
    ('Xã Vị Tân', 'utf-8')
    """
    page = study.current().country.code_page
    tries: list[tuple[str, re.Pattern[str] | None]]
    tries = [(encoding, None) for mark, encoding in _BYTE_ORDER if data.startswith(mark)]
    if not tries and b"\x00" not in data:
        tries = [("utf-8", None), *([page] if page else []), ("cp1252", None)]
    for encoding, never in tries:
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            if never is None or not never.search(text):
                require_marks(text)
                return unicodedata.normalize("NFC", text), encoding
    raise UnreadableError(rule="no_text")


def sheet(text: str, name: str, room: Room) -> Sheet:
    """
    Split text into cells, by the separator under which most rows have as many.

    Raises
    ------
    UnreadableError
        If two separators fit equally well, a quotation mark is not closed, or it is too large.
    """
    found = Sheet(name, room)
    for row, cells in enumerate(_table(text), 1):
        found.widths[row] = len(cells)
        for column, cell in enumerate(cells, 1):
            if cell:
                found.put(Cell(row, column, cell))
    return found.finish()


def _table(text: str) -> list[list[str]]:
    parted = [one for one in SEPARATORS if one in text] or [","]
    fits = {one: _regularity(_split(text, one, strict=False)) for one in parted}
    fitting = [one for one in parted if fits[one] == max(fits.values())]
    if len(fitting) > 1:
        raise UnreadableError(rule="separator")
    return _split(text, fitting[0])


def _split(text: str, separator: str, *, strict: bool = True) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in reader:
            rows.append(row)
            cells += len(row)
            if cells > limits.MOST_CELLS or len(rows) > limits.MOST_ROWS:
                last = address(len(rows), len(row))
                raise UnreadableError(rule="too_many_cells", sheet="csv", last=last)
    except csv.Error as error:
        raise UnreadableError(rule="quotes", line=reader.line_num) from error
    return rows


def _regularity(rows: list[list[str]]) -> tuple[int, int]:
    """Say how many rows have as many cells, above one, and how many cells that is."""
    lengths = Counter(len(row) for row in rows if len(row) > 1)
    return max(((number, length) for length, number in lengths.items()), default=(0, 0))

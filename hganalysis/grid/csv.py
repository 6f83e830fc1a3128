"""Read text whose cells a sign parts: in which encoding it is, and which sign it is."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections import Counter
from contextlib import suppress

from .. import limits, study
from .cell import Room, Sheet, address
from .guard import UnreadableError, require_marks

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
    for mark, encoding in _BYTE_ORDER:
        if data.startswith(mark):
            return _strict(data, encoding), encoding
    if b"\x00" in data:
        raise UnreadableError(rule="no_text")
    try:
        return _composed(data.decode("utf-8")), "utf-8"
    except UnicodeDecodeError:
        pass
    if page := study.current().country.code_page:
        encoding, never = page
        with suppress(UnicodeDecodeError):
            if not never.search(text := data.decode(encoding)):
                return _composed(text), encoding
    return _strict(data, "cp1252"), "cp1252"


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
                found.put(row, column, cell)
    return found.finish()


def _table(text: str) -> list[list[str]]:
    first, _, rest = text.partition("\n")
    stated = first.strip().strip('"').lower()
    if stated.startswith("sep=") and stated[4:] in SEPARATORS:  # Excel's own way to say it
        return _split(rest, stated[4:])
    splits = {one: _split(text, one) for one in SEPARATORS if one in text}
    if not splits:
        return _split(text, ",")
    scores = {separator: _regularity(rows) for separator, rows in splits.items()}
    fitting = [one for one, score in scores.items() if score == max(scores.values())]
    if len(fitting) > 1:
        raise UnreadableError(rule="separator")
    return splits[fitting[0]]


def _strict(data: bytes, encoding: str) -> str:
    try:
        return _composed(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise UnreadableError(rule="no_text") from error


def _composed(text: str) -> str:
    require_marks(text)
    return unicodedata.normalize("NFC", text)


def _split(text: str, separator: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in reader:
            rows.append(row)
            cells += len(row)
            if (
                cells > limits.MOST_CELLS
                or len(row) > limits.MOST_COLUMNS
                or len(rows) > limits.MOST_ROWS
            ):
                last = address(len(rows), len(row))
                raise UnreadableError(rule="too_many_cells", sheet="csv", last=last)
    except csv.Error as error:
        raise UnreadableError(rule="quotes", line=reader.line_num) from error
    return rows


def _regularity(rows: list[list[str]]) -> tuple[int, int]:
    lengths = Counter(len(row) for row in rows if len(row) > 1)
    if not lengths:
        return (0, 0)
    length, rows_of_it = max(lengths.items(), key=lambda item: (item[1], item[0]))
    return (rows_of_it, length)

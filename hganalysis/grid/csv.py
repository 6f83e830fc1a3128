"""Read a csv: find its encoding, and which sign is between its cells."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from .. import limits
from .cell import Cell, Quota, Sheet, address
from .guard import UnreadableError, require_marks

if TYPE_CHECKING:
    CodePage = tuple[str, re.Pattern[str]]
    """An encoding, and letters that no text in it has."""

SEPARATORS = ("\t", ";", ",")
_SETTING = re.compile("sep=([\t;,])(?:\r\n|\r|\n)")
"""A first line that tells Excel the separator, and that Excel does not show."""

# Marks in front of a file, and the encoding that each stands for.
_BYTE_ORDER = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, code_page: CodePage | None = None) -> tuple[str, str]:
    """
    Turn bytes into text, and name the encoding.

    A mark in front decides. Without one, what is valid UTF-8 is UTF-8: nothing else looks like it.
    The rest comes from old Windows. It is read in the code page of the country, if that gives
    letters that can be; else as windows-1252, which leaves the letters of old fonts as they are.

    Parameters
    ----------
    data
        The bytes of the file.
    code_page
        Of old Windows in the country, if it has one: its name, and letters that no text has.

    Returns
    -------
    text
        What they say.
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
    for encoding, impossible in _encodings(data, code_page):
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            if impossible is None or not impossible.search(text):
                require_marks(text)
                return text, encoding
    raise UnreadableError(rule="no_text")


def _encodings(data: bytes, code_page: CodePage | None) -> list[tuple[str, re.Pattern[str] | None]]:
    """List the encodings to try, and the letters that no text in each of them has."""
    for mark, encoding in _BYTE_ORDER:
        if data.startswith(mark):
            return [(encoding, None)]
    if b"\x00" in data:
        return []
    country = [code_page] if code_page else []
    return [("utf-8", None), *country, ("cp1252", None)]


def read_sheet(text: str, name: str, quota: Quota) -> Sheet:
    """
    Split text into cells, by the separator that it names or under which most rows have as many.

    Raises
    ------
    UnreadableError
        If two separators fit equally well, a quotation mark is not closed, or it is too large.
    """
    sheet = Sheet(name, quota)
    setting = _SETTING.match(text)
    if setting:
        text = text[setting.end() :]
    separator = setting[1] if setting else _separator(text)
    for row, texts in enumerate(_split(text, separator), 1):
        sheet.widths[row] = len(texts)
        for column, cell_text in enumerate(texts, 1):
            if cell_text:
                sheet.put(Cell(row, column, cell_text))
    return sheet.finish()


def _separator(text: str) -> str:
    """Find the separator under which most rows have as many cells."""
    candidates = [separator for separator in SEPARATORS if separator in text] or [","]
    fits = {
        separator: _regularity(_split(text, separator, strict=False)) for separator in candidates
    }
    best = max(fits.values())
    fitting = [separator for separator in candidates if fits[separator] == best]
    if len(fitting) > 1:
        raise UnreadableError(rule="separator")
    return fitting[0]


def _split(text: str, separator: str, *, strict: bool = True) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
    rows: list[list[str]] = []
    n_cells = 0
    try:
        for row in reader:
            rows.append(row)
            n_cells += len(row)
            if n_cells > limits.MOST_CELLS or len(rows) > limits.MOST_ROWS:
                last = address(len(rows), len(row))
                raise UnreadableError(rule="too_many_cells", sheet="csv", last=last)
    except csv.Error as error:
        raise UnreadableError(rule="quotes", line=reader.line_num) from error
    return rows


def _regularity(rows: list[list[str]]) -> tuple[int, int]:
    """Say how many rows have as many cells, above one, and how many cells that is."""
    lengths = Counter(len(row) for row in rows if len(row) > 1)
    return max(((n_rows, length) for length, n_rows in lengths.items()), default=(0, 0))

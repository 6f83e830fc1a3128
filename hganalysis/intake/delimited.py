"""Read a csv file whose encoding and separator nobody wrote down, without guessing either."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter

from .. import limits
from .guard import UnreadableError, require_marks, require_size
from .sheets import Value, address

SEPARATORS = ("\t", ";", ",")

# In front of a file, each says how the rest is written.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes) -> tuple[str, str]:
    """
    Turn bytes into text, and name the encoding.

    A mark in front decides; else what is valid UTF-8 is UTF-8, for nothing else looks like it.
    The rest comes from old Windows: as windows-1258 where every tone mark then stands on a
    vowel, else as windows-1252, which leaves the letters of TCVN3 and VNI fonts as such.

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
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data, encoding), encoding
    if b"\x00" in data:
        raise UnreadableError(rule="no_text")
    try:
        return _composed(data.decode("utf-8")), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("cp1258")
    except UnicodeDecodeError:
        return _strict(data, "cp1252"), "cp1252"
    if _NO_1258.search(text):
        return _strict(data, "cp1252"), "cp1252"
    return _composed(text), "cp1258"


# A tone mark that stands on no vowel, or a sign in the middle of a word: letters of an old font.
_NO_1258 = re.compile(
    "(?<![aăâeêioôơuưyAĂÂEÊIOÔƠUƯY])[\u0300\u0301\u0303\u0309\u0323]|[A-Za-z][¨©ª¬\u00ad®µ¶·¸¹¼½¾]"
)


def table(text: str) -> tuple[list[list[Value]], str]:
    """
    Split text into rows and cells, and name the separator.

    Parameters
    ----------
    text
        Of the whole file.

    Returns
    -------
    values
        Rows of equal length; cells are text, or None where empty.
    separator
        One of `SEPARATORS`: the one under which the most rows have the same number of cells.

    Raises
    ------
    UnreadableError
        If two separators fit equally well, a quotation mark is not closed, or it is too large.
    """
    first, _, rest = text.partition("\n")
    stated = first.strip().strip('"').lower()
    if stated.startswith("sep=") and stated[4:] in SEPARATORS:  # Excel's own way to say it
        return _pad(_split(rest, stated[4:])), stated[4:]
    splits = {}
    for separator in SEPARATORS:
        if separator in text:
            splits[separator] = _split(text, separator)
    if not splits:
        return _pad(_split(text, ",")), ","
    scores = {separator: _regularity(rows) for separator, rows in splits.items()}
    best = max(scores.values())
    fitting = [separator for separator, score in scores.items() if score == best]
    if len(fitting) > 1:
        raise UnreadableError(rule="separator")
    return _pad(splits[fitting[0]]), fitting[0]


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
            if cells > limits.MOST_CELLS or len(row) > limits.MOST_COLUMNS:
                last = address(len(rows), len(row))
                raise UnreadableError(rule="too_many_cells", sheet="csv", last=last)
            if len(rows) > limits.MOST_ROWS:
                raise UnreadableError(
                    rule="too_many_rows", number=text.count("\n"), most=limits.MOST_ROWS
                )
    except csv.Error as error:
        raise UnreadableError(rule="quotes", line=reader.line_num) from error
    return rows


def _regularity(rows: list[list[str]]) -> tuple[int, int]:
    lengths = Counter(len(row) for row in rows if len(row) > 1)
    if not lengths:
        return (0, 0)
    length, rows_of_it = max(lengths.items(), key=lambda item: (item[1], item[0]))
    return (rows_of_it, length)


def _pad(rows: list[list[str]]) -> list[list[Value]]:
    while rows and not any(rows[-1]):  # a spreadsheet ends with the last cell that holds something
        rows.pop()
    width = max(map(len, rows), default=0)
    require_size(sheet="csv", rows=len(rows), columns=width, last=address(len(rows), width))
    return [[*(cell or None for cell in row), *[None] * (width - len(row))] for row in rows]

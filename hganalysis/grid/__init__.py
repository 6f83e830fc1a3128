"""Read any spreadsheet, xlsx, xls, ods or csv, into one grid of cells; refuse what does harm."""

from __future__ import annotations

from pathlib import Path

from . import csv, ods, xls, xlsx
from .cell import Cell, Grid, Room, Sheet, address, letter
from .guard import UnreadableError, read_bytes, unpack

__all__ = ["Cell", "Grid", "Sheet", "UnreadableError", "address", "letter", "read"]

_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
# What people send under the name of a workbook begins like this: PDF, pictures, archives, pages.
_NOT_OURS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"<")


def read(file: Path | str) -> Grid:
    """
    Read a spreadsheet, whatever its name says it is: all of its sheets, hidden ones too.

    Parameters
    ----------
    file
        An xlsx, xlsm, xls, ods or csv file. Macros are not run, links are not followed.

    Raises
    ------
    UnreadableError
        If there is no such file, it is empty, too large, damaged, locked with a password,
        of another kind, or made to harm its reader (zip bomb, XML entities).
    """
    path = Path(file)
    data = read_bytes(path)
    try:
        found = _read(data, path.stem)
    except UnreadableError:
        raise
    except (OSError, ValueError, LookupError, OverflowError, RecursionError) as error:
        raise UnreadableError(rule="damaged") from error
    if len({one.name for one in found.sheets}) < len(found.sheets):
        raise UnreadableError(rule="odd_parts")
    return found


def _read(data: bytes, name: str) -> Grid:
    if data.startswith(_ZIP):
        parts = unpack(data)
        if "xl/workbook.xml" in parts:
            return Grid(xlsx.read(parts, Room()))
        if parts.get("mimetype", b"").startswith(_OPEN_DOCUMENT):
            return Grid(ods.read(parts, Room()))
        raise UnreadableError(rule="not_ours")
    if data.startswith(_OLD):
        return Grid(xls.read(data, Room()))
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_NOT_OURS):
        raise UnreadableError(rule="not_ours")
    text, encoding = csv.decode(data)
    return Grid([csv.sheet(text, name, Room())], encoding)

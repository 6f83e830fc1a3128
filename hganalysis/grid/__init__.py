"""Read any spreadsheet, xlsx, xls, ods or csv, into one grid of cells; refuse what does harm."""

from __future__ import annotations

from pathlib import Path

from .. import study
from . import csv, ods, xls, xlsx
from .cell import Cell, Grid, Quota, Sheet, address, letter
from .guard import UnreadableError, read_bytes, unpack

__all__ = ["Cell", "Grid", "Sheet", "UnreadableError", "address", "letter", "read"]

# The first bytes of a zip container (xlsx and ods), and of an old Excel file.
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
# What people send under the name of a workbook begins like this: PDF, pictures, archives, pages.
_FOREIGN = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"<")
_BYTE_ORDER_AND_SPACES = b"\xef\xbb\xbf \t\r\n"


def read(file: Path | str) -> Grid:
    """
    Read all sheets of a spreadsheet, hidden ones too; its bytes decide what kind it is.

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
    code_page = study.current().country.code_page
    try:
        grid = _read(data, path.stem, code_page)
    except UnreadableError:
        raise
    except (OSError, ValueError, LookupError, OverflowError, RecursionError) as error:
        raise UnreadableError(rule="damaged") from error
    names = {sheet.name for sheet in grid.sheets}
    if len(names) < len(grid.sheets):
        raise UnreadableError(rule="odd_parts")
    return grid


def _read(data: bytes, name: str, code_page: csv.CodePage | None) -> Grid:
    if data.startswith(_ZIP):
        parts = unpack(data)
        if "xl/workbook.xml" in parts:
            return Grid(xlsx.read(parts, Quota()))
        if parts.get("mimetype", b"").startswith(_OPEN_DOCUMENT):
            return Grid(ods.read(parts, Quota()))
        raise UnreadableError(rule="not_ours")
    if data.startswith(_OLD_EXCEL):
        return Grid(xls.read(data, Quota()))
    if data.lstrip(_BYTE_ORDER_AND_SPACES).startswith(_FOREIGN):
        raise UnreadableError(rule="not_ours")
    text, encoding = csv.decode(data, code_page)
    return Grid([csv.read_sheet(text, name, Quota())], encoding)

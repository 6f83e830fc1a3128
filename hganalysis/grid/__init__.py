"""Read any spreadsheet, xlsx, xls, ods or csv, into one grid of cells; refuse what does harm."""

from __future__ import annotations

from pathlib import Path

from . import csv, ods, xls, xlsx
from .cell import Cell, Grid, Remark, Room, Sheet, address, letter
from .guard import UnreadableError, contents, unpack

__all__ = ["Cell", "Grid", "Sheet", "UnreadableError", "address", "letter", "read"]

_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
_MACROS = (b"xl/vbaProject.bin", b"Basic/", "_VBA_PROJECT".encode("utf-16-le"))
_EXTENSIONS = {
    "xlsx": (".xlsx", ".xlsm"),
    "xls": (".xls",),
    "ods": (".ods",),
    "csv": (".csv", ".txt", ".tsv"),
}
# What people send under the name of a workbook: how it begins, and the key of what to tell them.
_NOT_OURS = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"<", "web_page"),
)


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
    data = contents(path)
    try:
        grid = _read(data, path.stem)
    except UnreadableError:
        raise
    except (OSError, ValueError, LookupError, OverflowError, RecursionError) as error:
        raise UnreadableError(rule="damaged") from error
    if path.suffix.lower() not in _EXTENSIONS[grid.kind]:
        blanks = {"extension": path.suffix or "–", "kind": grid.kind}
        grid.remarks.insert(0, ("extension", blanks))
    return grid


def _read(data: bytes, name: str) -> Grid:
    remarks: list[Remark] = []
    if data.startswith(_ZIP):
        parts = unpack(data)
        if "xl/workbook.xml" in parts:
            kind, sheets = "xlsx", xlsx.read(parts, Room())
        elif parts.get("mimetype", b"").startswith(_OPEN_DOCUMENT):
            kind, sheets = "ods", ods.read(parts, Room())
        else:
            binary = b"xl/workbook.bin" in data
            raise UnreadableError(rule="not_ours", kind="binary_workbook" if binary else "other")
        if any(part.startswith("xl/externalLinks/") for part in parts):
            remarks.append(("external_links", {}))
    elif data.startswith(_OLD):
        kind, sheets = "xls", xls.read(data, Room())
    else:
        head = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:16]
        for mark, other in _NOT_OURS:
            if head.startswith(mark):
                raise UnreadableError(rule="not_ours", kind=other)
        text, encoding = csv.decode(data)
        kind, sheets = "csv", [csv.sheet(text, name, Room())]
        if encoding.startswith("cp"):
            remarks.append(("encoding", {"encoding": encoding}))
    if kind != "csv" and any(mark in data for mark in _MACROS):
        remarks.insert(0, ("macros", {}))
    return Grid(kind, sheets, remarks)

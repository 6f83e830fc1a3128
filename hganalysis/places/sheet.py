"""Read a small table out of a CSV file or a workbook: plain cells under one row of headings."""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from pathlib import Path

import pandas as pd

from .. import limits


def read_sheet(file: Path) -> pd.DataFrame:
    """
    Read the first sheet of a workbook, or a CSV file, as text.

    Parameters
    ----------
    file
        `.csv` (UTF-8 or UTF-16; commas, semicolons or tabs), `.xlsx`, `.xls` or `.ods`. The
        first row that is not empty holds the headings.

    Returns
    -------
    table
        Text in NFC, an empty cell as "". The index counts rows as a spreadsheet shows them.

    Raises
    ------
    ValueError
        If the file is too large, is neither kind, or has no heading or one twice.
    """
    if not file.is_file():
        msg = f"there is no file {file}."
        raise FileNotFoundError(msg)
    if file.stat().st_size > limits.MOST_BYTES:
        most = limits.MOST_BYTES // 1_000_000
        msg = f"{file.name} has more than {most} MB: it is no list of places."
        raise ValueError(msg)
    raw = file.read_bytes()
    rows = _workbook(raw, file.name) if raw[:4] in _MAGIC else _plain(raw, file.name)
    filled = [(at, row) for at, row in enumerate(rows, start=1) if any(row)]
    if len(filled) > limits.MOST_PLACES:
        msg = f"{file.name} has {len(filled)} rows; at most {limits.MOST_PLACES} are expected."
        raise ValueError(msg)
    if not filled:
        msg = f"{file.name} is empty: expected a row of headings and a row for each place."
        raise ValueError(msg)
    (_, head), *body = filled
    named = [at for at, heading in enumerate(head) if heading]
    twice = sorted({head[at] for at in named if head.count(head[at]) > 1})
    if twice:
        msg = f"{file.name} has two columns with the heading {', '.join(twice)}. Keep one of each."
        raise ValueError(msg)
    cells = [[row[at] if at < len(row) else "" for at in named] for _, row in body]
    return pd.DataFrame(
        cells, columns=[head[at] for at in named], index=[at for at, _ in body], dtype="str"
    )


# zip (xlsx, ods) and OLE (xls)
_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def _workbook(raw: bytes, name: str) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    if raw[:2] == b"PK":
        try:
            unpacked = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(raw)).infolist())
        except zipfile.BadZipFile as reason:
            msg = f"{name} is a broken workbook: {reason}. Open it, save it anew, try again."
            raise ValueError(msg) from reason
        if unpacked > limits.MOST_UNPACKED:
            msg = f"{name} unpacks to {unpacked // 1_000_000} MB: it is no list of places."
            raise ValueError(msg)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        rows = book.get_sheet_by_index(0).to_python(
            skip_empty_area=False, nrows=limits.MOST_PLACES + 100
        )
    except (CalamineError, IndexError) as reason:
        msg = f"{name} is no workbook that can be read: {reason}."
        raise ValueError(msg) from reason
    return [[_cell(cell) for cell in row] for row in rows]


def _plain(raw: bytes, name: str) -> list[list[str]]:
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as reason:
        msg = (
            f"{name} is not UTF-8 text (byte {reason.start}). In Excel, save it as\n"
            "'CSV UTF-8 (Comma delimited)', or as a workbook (.xlsx)."
        )
        raise ValueError(msg) from reason
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    try:
        return [
            [_cell(cell) for cell in row]
            for row in csv.reader(io.StringIO(text), delimiter=delimiter)
        ]
    except csv.Error as reason:
        msg = f"{name} is no CSV file: {reason}."
        raise ValueError(msg) from reason


def _cell(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a spreadsheet stores 31318 as 31318.0
    if isinstance(cell, bool) or cell is None:
        cell = "" if cell is None else int(cell)
    text = unicodedata.normalize("NFC", str(cell))
    shown = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
    return " ".join(shown[: limits.MOST_IN_NAME].split())

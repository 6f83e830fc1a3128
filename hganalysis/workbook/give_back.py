"""Give the sender's own workbook back: bad cells coloured, each with a comment that says why."""

from __future__ import annotations

import errno
import hashlib
import io
import re
import warnings
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import grid, limits, words
from ..escaping import plain, runs
from ..grid import letter
from ..grid.cell import AUTHOR
from ..grid.guard import read_bytes, unpack
from .faults import account, comment, table
from .template import write_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..grid import Sheet
    from .check import Checked

# What a workbook may carry that is not given back: how its part begins, and the key of its name.
_PARTS = {
    "xl/vbaProject": "macros",
    "xl/externalLinks/": "links",
    "xl/charts/": "charts",
    "xl/media/": "pictures",
    "xl/drawings/drawing": "drawings",
    "xl/embeddings/": "objects",
    "xl/activeX/": "objects",
    "xl/ctrlProps/": "objects",
    "xl/pivotTables/": "pivots",
    "xl/connections": "links",
    "xl/queryTables/": "links",
}
# The relations behind those that openpyxl would look for.
_RELATIONS = re.compile(rb"<Relationship\b[^<>]*?Type=\"[^\"<>]*/(?:drawing|pivot\w+)\"[^<>]*?/>")


@dataclass(frozen=True)
class Returned:
    """The workbook that goes back, and the names of what the sender's had and this has not."""

    file: Path
    lost: tuple[str, ...]


def give_back(checked: Checked, file: str | Path, *, to: str | Path) -> Returned:
    """
    Write the sender's workbook with every fault marked where it is.

    Bad cells are red, doubtful ones orange, and a comment on each says what is wrong, what was
    expected and what to do. Two sheets are added: what was found, and every change that was made.
    Formulas come back as their values; macros, links, pictures and charts do not come back.

    Parameters
    ----------
    checked
        What `read` gave for that file.
    file
        The sender's file. It is left as it is.
    to
        The workbook to write, its name ending in `.xlsx`. One that this function wrote and nobody
        has saved since is replaced.

    Returns
    -------
    returned
        Where it is, and what it lacks.

    Raises
    ------
    ValueError
        If `to` is the sender's file or no `.xlsx`.
    FileExistsError
        If there is such a file and somebody has worked in it.
    """
    from lxml.etree import SerialisationError  # type: ignore[import-untyped]

    source, target = Path(file), Path(to)
    if target.suffix.lower() != ".xlsx":
        msg = f"{target.name!r} does not end in .xlsx; the workbook that goes back is of that kind."
        raise ValueError(msg)
    if _same(source, target):
        msg = f"{target} is the sender's file, which is never written over. Choose another name."
        raise ValueError(msg)
    if not _may_replace(target):
        msg = f"{target} exists and somebody has worked in it: choose another name, or move it away"
        raise FileExistsError(msg)
    book, lost = _load(source)
    keys = ("check.sheet_found", "check.sheet_changes")
    own = {title for key in keys for title in words.strings()[key].values()}  # of an earlier check
    for title in own & {*book.sheetnames}:
        if len(book.worksheets) > 1:
            del book[title]
    mark(book, checked.faults)
    add_sheets(book, checked, lost=lost)
    book.properties.contentStatus = _NO_SEAL
    content = io.BytesIO()
    try:
        book.save(content)
    except SerialisationError as error:  # its parts are written to the disk all the same
        raise OSError(errno.ENOSPC, str(error)) from error
    write_file(_sealed(content), target)
    return Returned(target, lost)


def free_name(file: Path) -> Path:
    """
    Name the workbook that goes back: beside the file, and over nothing that was worked in.

    Examples
    --------
    >>> free_name(Path("nowhere/report.xlsx")).name, free_name(Path("nowhere/report.csv")).name
    ('report.checked.xlsx', 'report.csv.checked.xlsx')
    """
    stem = re.sub(r"\.checked(-\d+)?$", "", file.stem)
    # a report may lie there as a workbook and as a csv
    stem += "" if file.suffix.lower() == ".xlsx" else file.suffix.lower()
    ends = ("", *(f"-{number}" for number in range(2, 1000)))
    free = (file.with_name(f"{stem}.checked{end}.xlsx") for end in ends)
    return next(name for name in free if _may_replace(name) and not _same(name, file))


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _may_replace(file: Path) -> bool:
    """Say whether there is no such file, or one that was written here and not saved since."""
    if not file.exists():
        return True
    if file.is_symlink() or not file.is_file():
        return False
    try:
        with zipfile.ZipFile(file) as archive, archive.open(_CORE) as part:
            core = part.read(10_000)
            if sum(entry.file_size for entry in archive.infolist()) > limits.MOST_UNPACKED:
                return False
            seal = _seal(archive)
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        return False
    return seal in core


_CORE = "docProps/core.xml"
_NO_SEAL = "0" * 64


def _seal(archive: zipfile.ZipFile) -> bytes:
    """Give the digest of all parts of a workbook, but for the one that names its editor."""
    digest = hashlib.sha256()
    for name in sorted(set(archive.namelist()) - {_CORE}):
        digest.update(name.encode() + b"\0" + archive.read(name) + b"\0")
    return digest.hexdigest().encode()


def _sealed(content: io.BytesIO) -> io.BytesIO:
    """Write into a workbook what its contents are, so that a later change of them shows."""
    sealed = io.BytesIO()
    with zipfile.ZipFile(content) as archive, zipfile.ZipFile(sealed, "w") as copy:
        seal = _seal(archive)
        for entry in archive.infolist():
            part = archive.read(entry)
            if entry.filename == _CORE:
                part = part.replace(_NO_SEAL.encode(), seal)
            copy.writestr(entry, part)
    return sealed


def _load(source: Path) -> tuple[Any, tuple[str, ...]]:
    """Open a workbook as its sender has it, but for what could do harm; build one from others."""
    data = read_bytes(source)
    lost: tuple[str, ...] = ()
    parts = unpack(data) if zipfile.is_zipfile(io.BytesIO(data)) else {}
    if "xl/workbook.xml" in parts:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
        if any(b"/hyperlink" in text for text in parts.values() if b"<Relat" in text):
            names.append("xl/externalLinks/")
        had = (key for start, key in _PARTS.items() if any(one.startswith(start) for one in names))
        lost = tuple(words.term(f"check.lost_{key}") for key in dict.fromkeys(had))
        # so many cells, empty ones too, that openpyxl has no room for them?
        cells = (one for text in parts.values() for one in _CELL.finditer(text))
        with suppress(KeyError, ValueError, TypeError, AttributeError, IndexError):
            if next(islice(cells, limits.MOST_STYLED, None), None) is None:
                return _own(parts), lost
    return _rebuilt(grid.read(source).sheets), (*lost, words.term("check.lost_looks"))


_CELL = re.compile(rb"<(?:\w+:)?(?:c|row)[\s/>]")


def _own(parts: dict[str, bytes]) -> Any:  # noqa: ANN401
    from openpyxl import load_workbook

    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name in parts:
            if not name.startswith(tuple(_PARTS)):
                text = _RELATIONS.sub(b"", parts[name]) if name.endswith(".rels") else parts[name]
                archive.writestr(name, text)
    with warnings.catch_warnings():
        # it warns of what it does not keep; that is said in the workbook itself
        warnings.simplefilter("ignore")
        # formulas come back as the values they had, and what is struck out stays struck out
        book = load_workbook(kept, data_only=True, keep_links=False, rich_text=True)
    for owner in (book, *book.worksheets):
        for name, one in [*owner.defined_names.items()]:
            if re.search(r"[\[(|]|#REF!", one.attr_text or ""):  # more than cells of this workbook
                del owner.defined_names[name]
    for sheet in book.worksheets:
        for column in (one for own in sheet.tables.values() for one in own.tableColumns):
            column.calculatedColumnFormula = column.totalsRowFormula = None
        _quiet(sheet)
    return book


def _quiet(sheet: Any) -> None:  # noqa: ANN401
    """Keep every text a text, also when its cell is edited; take away marks of an earlier check."""
    from openpyxl.styles import PatternFill

    for cell in (one for row in sheet.iter_rows() for one in row):
        if cell.hyperlink is not None:
            cell.hyperlink = None
        if cell.data_type == "f":
            cell.data_type = "s"
        if isinstance(cell.value, str | list) and runs(str(cell.value)):
            cell.quotePrefix = True
        if cell.comment is not None and cell.comment.author == AUTHOR:
            cell.comment = None
            if cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb in {RED, ORANGE}:
                cell.fill = PatternFill()
    sheet._hyperlinks.clear()  # those of the cells above, for its relations


def _rebuilt(sheets: list[Sheet]) -> Any:  # noqa: ANN401
    """Make a workbook of the same layout from the values of another kind of file."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.active)
    for found in sheets:
        sheet = book.create_sheet(sheet_name(found.name))
        sheet.sheet_format.defaultColWidth = 16
        for (row, column), one in found.cells.items():
            cell, value = sheet.cell(row, column), one.value
            if isinstance(value, str):
                value = ILLEGAL_CHARACTERS_RE.sub(" ", value)[: limits.MOST_IN_CELL]
            cell.value = value
            if one.flags & {"percent", "format"} and one.number_format:
                cell.number_format = one.number_format
            if one.flags & {"struck", "raised"}:
                raised = "superscript" if "raised" in one.flags else None
                cell.font = Font(strike="struck" in one.flags, vertAlign=raised)
        for top, left, bottom, right in found.merges:
            sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
        _quiet(sheet)
    return book


# --- marks ---

RED, ORANGE = "FFFFB3BA", "FFFFCC80"
"""What is wrong, and what is doubtful; the comment says which in words."""

# So many comments open quickly; a report with more faults has one cause, and the list has all.
MOST_COMMENTS = 3_000
MOST_TEXT = 900
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


def mark(book: Any, faults: pd.DataFrame) -> None:  # noqa: ANN401
    """
    Colour every cell with a fault, and put a comment on it.

    Parameters
    ----------
    book
        An openpyxl workbook; it is changed.
    faults
        As of an `Checked`. A fault of a row as a whole stands on its first cell.
    """
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill, Protection

    red, orange = (PatternFill("solid", fgColor=colour) for colour in (RED, ORANGE))
    titles = {sheet.title: sheet for sheet in book.worksheets}
    placed = faults[faults["row"] > 0].explode("cells")
    # a cell of another sheet has the name of that sheet before it
    other = placed["cells"].str.extract("^(.*)!([^!]*)$")
    placed["sheet"], placed["cells"] = (
        other[0].fillna(placed["sheet"]),
        other[1].fillna(placed["cells"]).str.replace(r"^(?=\d)", "A", regex=True),
    )
    groups = placed.groupby(["sheet", "cells"], sort=False)
    for number, ((title, where), group) in enumerate(groups):
        sheet = titles.get(str(title), titles.get(sheet_name(str(title))))
        if sheet is None:
            continue
        blocks = (one for one in sheet.merged_cells.ranges if where in one)
        cell = next((sheet.cell(one.min_row, one.min_col) for one in blocks), sheet[where])
        if "error" in set(group["severity"]):
            cell.fill = red
        elif cell.fill.fgColor.rgb != RED:
            cell.fill = orange
        cell.protection = Protection(locked=False)
        told = next(filter(None, group["found"]), "")
        if cell.value is None and told.startswith("="):
            # a formula that was saved without its value: shown, and not run
            cell.value, cell.data_type, cell.quotePrefix = told, "s", True
        if number < MOST_COMMENTS:
            text = _text(group)
            if cell.comment is not None:
                text = f"{plain(cell.comment.text, longest=MOST_TEXT)}\n\n{text}"
            lines = sum(1 + len(line) // 46 for line in text.splitlines())
            cell.comment = Comment(text, AUTHOR, height=min(480, 18 * lines + 12), width=330)


def _text(group: pd.DataFrame) -> str:
    """Write what is wrong with one cell, in words that need no other page."""
    told = ["\n".join(text for _, text in comment(one)) for one in group.to_dict("records")]
    text = "\n\n".join(dict.fromkeys(told))
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"


def add_sheets(book: Any, checked: Checked, *, lost: tuple[str, ...]) -> None:  # noqa: ANN401
    """
    Add what was found and what was changed, as two sheets behind those of the sender.

    Parameters
    ----------
    book
        An openpyxl workbook; it is changed.
    checked
        What became of its rows.
    lost
        What the sender's workbook had and this one has not.
    """
    told = [*account(checked), *(words.term("check.lost", what=what) for what in lost)]
    _page(book, "check.sheet_found", told, (18, 8, 12, 24, 52, 40, 60), table(checked.faults))
    told = [] if len(checked.changes) else [words.term("check.no_changes")]
    _page(book, "check.sheet_changes", told, (18, 8, 36, 36, 60), table(checked.changes))
    book.properties.lastModifiedBy = AUTHOR


def _page(book: Any, key: str, told: list[str], widths: Sequence[int], rows: pd.DataFrame) -> None:  # noqa: ANN401
    """Add a sheet of texts that stay texts: its title, some lines, and a table."""
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(words.term(key))
    head = len(told) + 3
    lines = [[words.term(key)], *([text] for text in told), []]
    lines += [[str(rows.index.name), *rows], *map(list, rows.itertuples())]
    wrapped = Alignment(wrap_text=True, vertical="top")
    for row, texts in enumerate(lines, start=1):
        for at, text in enumerate(texts, start=1):
            cell = sheet.cell(row, at, plain(text))
            cell.data_type, cell.quotePrefix = "s", True
            if row >= head:
                cell.alignment = wrapped
    sheet["A1"].font = Font(size=14, bold=True)
    for at, width in enumerate(widths, start=1):
        sheet.cell(head, at).font = Font(bold=True)
        sheet.column_dimensions[letter(at)].width = width
    sheet.freeze_panes = sheet.cell(head + 1, 1)
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def sheet_name(name: str) -> str:
    """
    Give the name under which a sheet of another kind of file comes back.

    Examples
    --------
    >>> sheet_name("báo cáo 2023/quý 4: chính thức")
    'báo cáo 2023 quý 4  chính thức'
    """
    return _FORBIDDEN.sub(" ", plain(name, longest=31)).strip("' ") or "1"

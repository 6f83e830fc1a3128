"""Give the sender's workbook back: bad cells are coloured, comments say why."""

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

from .. import grid, limits, words
from ..escaping import plain, runs
from ..grid import letter
from ..grid.cell import AUTHOR
from ..grid.guard import read_bytes, unpack
from .faults import account, comment, table
from .template import write_file

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import pandas as pd

    from ..grid import Cell, Sheet
    from .check import Checked

# What is not given back: how the name of its part begins, and the key of what it is.
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
    """The workbook that is given back, and what it lacks."""

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
        What `read` returned for that file.
    file
        The sender's file. It is not changed.
    to
        The workbook to write, its name ending in `.xlsx`. A workbook that this function wrote, and
        nobody has saved since, is replaced.

    Returns
    -------
    returned
        The file that was written, and what it lacks.

    Raises
    ------
    ValueError
        If `to` is the sender's file or no `.xlsx`.
    FileExistsError
        If there is such a file and somebody has worked in it.

    Examples
    --------
    >>> import tempfile
    >>> import hganalysis as hg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     form = hg.workbook.template(f"{folder}/form.xlsx", period=2023)
    ...     checked = hg.workbook.read(form)
    ...     give_back(checked, form, to=f"{folder}/back.xlsx").file.name
    'back.xlsx'
    """
    from lxml.etree import SerialisationError  # type: ignore[import-untyped]

    source = Path(file)
    target = Path(to)
    if target.suffix.lower() != ".xlsx":
        raise ValueError(
            words.term("workbook_errors.copy_suffix", file=target.name, stem=target.stem)
        )
    if _is_same_file(source, target):
        raise ValueError(words.term("workbook_errors.own_file", file=target))
    if not _may_replace(target):
        raise FileExistsError(words.term("workbook_errors.worked_in", file=target))
    book, losses = _load(source)
    _remove_added_sheets(book)
    mark(book, checked.faults)
    add_sheets(book, checked, losses=losses)
    book.properties.contentStatus = _NO_SEAL
    content = io.BytesIO()
    try:
        book.save(content)
    except SerialisationError as error:  # openpyxl writes parts to the disk all the same
        raise OSError(errno.ENOSPC, str(error)) from error
    write_file(_seal(content), target)
    return Returned(target, losses)


def free_name(file: Path) -> Path:
    """
    Name the workbook that is given back, beside the file.

    Examples
    --------
    >>> free_name(Path("nowhere/report.xlsx")).name, free_name(Path("nowhere/report.csv")).name
    ('report.checked.xlsx', 'report.csv.checked.xlsx')
    """
    stem = re.sub(r"\.checked(-\d+)?$", "", file.stem)
    # a report may lie there as a workbook and as a csv
    if file.suffix.lower() != ".xlsx":
        stem += file.suffix.lower()
    name, number = file.with_name(f"{stem}.checked.xlsx"), 1
    while not _may_replace(name) or _is_same_file(name, file):
        number += 1
        name = file.with_name(f"{stem}.checked-{number}.xlsx")
    return name


def _is_same_file(first: Path, second: Path) -> bool:
    """Say whether two paths are of one file that exists."""
    return first.exists() and second.exists() and first.samefile(second)


def _may_replace(file: Path) -> bool:
    """Say whether no file is there, or one that was not saved since."""
    if not file.exists():
        return True
    if file.is_symlink() or not file.is_file():
        return False
    try:
        with zipfile.ZipFile(file) as archive, archive.open(_CORE) as part:
            core = part.read(10_000)
            if sum(entry.file_size for entry in archive.infolist()) > limits.MOST_UNPACKED:
                return False
            digest = _digest(archive)
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        return False
    return digest in core


_CORE = "docProps/core.xml"
_NO_SEAL = "0" * 64


def _digest(archive: zipfile.ZipFile) -> bytes:
    """Compute the digest of all parts, except the one that names the editor."""
    digest = hashlib.sha256()
    for name in sorted(set(archive.namelist()) - {_CORE}):
        digest.update(name.encode() + b"\0" + archive.read(name) + b"\0")
    return digest.hexdigest().encode()


def _seal(content: io.BytesIO) -> io.BytesIO:
    """Write the digest of a workbook into it, so that a later change shows."""
    sealed = io.BytesIO()
    with zipfile.ZipFile(content) as archive, zipfile.ZipFile(sealed, "w") as copy:
        digest = _digest(archive)
        for entry in archive.infolist():
            part = archive.read(entry)
            if entry.filename == _CORE:
                part = part.replace(_NO_SEAL.encode(), digest)
            copy.writestr(entry, part)
    return sealed


def _load(source: Path) -> tuple[Any, tuple[str, ...]]:
    """Open a workbook safely, or build one, and say what is lost."""
    data = read_bytes(source)
    losses: tuple[str, ...] = ()
    parts = unpack(data) if zipfile.is_zipfile(io.BytesIO(data)) else {}
    if "xl/workbook.xml" in parts:
        losses = _losses(data, parts)
        # openpyxl has no room for too many cells, empty ones among them
        cells = (cell for text in parts.values() for cell in _CELL.finditer(text))
        has_room = next(islice(cells, limits.MOST_STYLED, None), None) is None
        with suppress(KeyError, ValueError, TypeError, AttributeError, IndexError):
            if has_room:
                return _open_safely(parts), losses
    return _rebuild(grid.read(source).sheets), (*losses, words.term("check.lost_looks"))


def _losses(data: bytes, parts: dict[str, bytes]) -> tuple[str, ...]:
    """Name what the sender's workbook has and what is not given back."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    relations = [text for text in parts.values() if b"<Relat" in text]
    if any(b"/hyperlink" in text for text in relations):
        names.append("xl/externalLinks/")
    keys = [key for start, key in _PARTS.items() if any(name.startswith(start) for name in names)]
    return tuple(words.term(f"check.lost_{key}") for key in dict.fromkeys(keys))


def _remove_added_sheets(book: Any) -> None:  # noqa: ANN401
    """Remove the sheets that an earlier check added, in any language."""
    texts = words.strings()
    titles = {*texts["check.sheet_found"].values(), *texts["check.sheet_changes"].values()}
    for title in titles & {*book.sheetnames}:
        if len(book.worksheets) > 1:
            del book[title]


_CELL = re.compile(rb"<(?:\w+:)?(?:c|row)[\s/>]")


def _open_safely(parts: dict[str, bytes]) -> Any:  # noqa: ANN401
    """Open a workbook from its parts, without those that are not given back."""
    from openpyxl import load_workbook

    safe = io.BytesIO()
    with zipfile.ZipFile(safe, "w") as archive:
        for name, part in parts.items():
            if name.startswith(tuple(_PARTS)):
                continue
            archive.writestr(name, _RELATIONS.sub(b"", part) if name.endswith(".rels") else part)
    with warnings.catch_warnings():
        # it warns of what it does not keep; the workbook itself has a list of that
        warnings.simplefilter("ignore")
        # formulas come back as the values they had, and what is struck out stays struck out
        book = load_workbook(safe, data_only=True, keep_links=False, rich_text=True)
    for owner in (book, *book.worksheets):
        _remove_formulas(owner.defined_names)
    for sheet in book.worksheets:
        for listed in sheet.tables.values():
            for column in listed.tableColumns:
                column.calculatedColumnFormula = column.totalsRowFormula = None
        _make_safe(sheet)
    return book


def _remove_formulas(defined_names: Any) -> None:  # noqa: ANN401
    """Remove the names that stand for more than cells of this workbook."""
    for name, defined in [*defined_names.items()]:
        if re.search(r"[\[(|]|#REF!", defined.attr_text or ""):
            del defined_names[name]


def _make_safe(sheet: Any) -> None:  # noqa: ANN401
    """Keep every text a text, and remove the marks of an earlier check."""
    for cell in [cell for row in sheet.iter_rows() for cell in row]:
        _remove_mark(cell)
        if cell.hyperlink is not None:
            cell.hyperlink = None
        if cell.data_type == "f":
            cell.data_type = "s"
        if isinstance(cell.value, str | list) and runs(str(cell.value)):
            cell.quotePrefix = True
    sheet._hyperlinks.clear()  # the relations of the links that are removed above


def _remove_mark(cell: Any) -> None:  # noqa: ANN401
    """Remove the comment and the colour of an earlier check."""
    from openpyxl.styles import PatternFill

    if cell.comment is None or cell.comment.author != AUTHOR:
        return
    cell.comment = None
    if cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb in {RED, ORANGE}:
        cell.fill = PatternFill()


def _rebuild(sheets: list[Sheet]) -> Any:  # noqa: ANN401
    """Make a workbook of the same layout from the values of another kind of file."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for source in sheets:
        sheet = book.create_sheet(sheet_name(source.name))
        sheet.sheet_format.defaultColWidth = 16
        for (row, column), cell in source.cells.items():
            _copy_cell(cell, sheet.cell(row, column))
        for top, left, bottom, right in source.merges:
            sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
        _make_safe(sheet)
    return book


def _copy_cell(source: Cell, target: Any) -> None:  # noqa: ANN401
    """Copy the value of a cell, and what a reader sees of its format."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    value = source.value
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub(" ", value)[: limits.MOST_IN_CELL]
    target.value = value
    if source.flags & {"percent", "shown_differs"} and source.number_format:
        target.number_format = source.number_format
    if source.flags & {"struck", "raised"}:
        position = "superscript" if "raised" in source.flags else None
        target.font = Font(strike="struck" in source.flags, vertAlign=position)


# --- marks ---

RED, ORANGE = "FFFFB3BA", "FFFFCC80"
"""What is wrong, and what is doubtful; the comment says which in words."""

# So many comments open quickly; with more faults there is one cause, and the list has all faults.
MOST_COMMENTS = 3_000
# Letters of a comment.
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
        As of a `Checked`. A fault of a row as a whole is marked on its first cell.
    """
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    for number, ((title, address), cell_faults) in enumerate(_by_cell(faults).items()):
        sheet = sheets.get(title, sheets.get(sheet_name(title)))
        if sheet is None:
            continue
        cell = _first_cell(sheet, address)
        _colour(cell, cell_faults)
        if number < MOST_COMMENTS:
            _add_comment(cell, cell_faults)


def _colour(cell: Any, cell_faults: list[dict[Hashable, Any]]) -> None:  # noqa: ANN401
    """Colour a cell, and let its sender change it."""
    from openpyxl.styles import PatternFill, Protection

    is_wrong = any(fault["severity"] == "error" for fault in cell_faults)
    colour = RED if is_wrong or cell.fill.fgColor.rgb == RED else ORANGE
    cell.fill = PatternFill("solid", fgColor=colour)
    cell.protection = Protection(locked=False)
    formula = next((fault["found"] for fault in cell_faults if fault["found"]), "")
    if cell.value is None and formula.startswith("="):
        # a formula that was saved without its value is shown, and does not run
        cell.value = formula
        cell.data_type = "s"
        cell.quotePrefix = True


def _by_cell(faults: pd.DataFrame) -> dict[tuple[str, str], list[dict[Hashable, Any]]]:
    """List the faults of each cell, by the title of its sheet and its address."""
    faults_of_cell: dict[tuple[str, str], list[dict[Hashable, Any]]] = {}
    for fault in faults[faults["row"] > 0].to_dict("records"):
        for cell in fault["cells"]:
            # a cell of another sheet has the name of that sheet before it
            title, _, address = cell.rpartition("!")
            if address.isdigit():
                address = f"A{address}"  # a row as a whole has no column
            key = title or str(fault["sheet"]), address
            faults_of_cell.setdefault(key, []).append(fault)
    return faults_of_cell


def _first_cell(sheet: Any, address: str) -> Any:  # noqa: ANN401
    """Give the cell of an address; of a merged cell, its first one."""
    for block in sheet.merged_cells.ranges:
        if address in block:
            return sheet.cell(block.min_row, block.min_col)
    return sheet[address]


def _add_comment(cell: Any, cell_faults: list[dict[Hashable, Any]]) -> None:  # noqa: ANN401
    """Say what is wrong with a cell in its comment, below what its sender wrote there."""
    from openpyxl.comments import Comment

    paragraphs = dict.fromkeys("\n".join(comment(fault)) for fault in cell_faults)
    text = "\n\n".join(paragraphs)
    if len(text) > MOST_TEXT:
        text = f"{text[: MOST_TEXT - 1]}…"
    if cell.comment is not None:
        text = f"{plain(cell.comment.text, longest=MOST_TEXT)}\n\n{text}"
    n_lines = sum(1 + len(line) // 46 for line in text.splitlines())
    cell.comment = Comment(text, AUTHOR, height=min(480, 18 * n_lines + 12), width=330)


# Widths of the columns of the two sheets, in characters.
_FOUND_WIDTHS = (18, 8, 12, 24, 52, 40, 60)
_CHANGE_WIDTHS = (18, 8, 36, 36, 60)


def add_sheets(book: Any, checked: Checked, *, losses: tuple[str, ...]) -> None:  # noqa: ANN401
    """
    Add two sheets behind those of the sender: faults and changes.

    Parameters
    ----------
    book
        An openpyxl workbook; it is changed.
    checked
        What became of its rows.
    losses
        What the sender's workbook had and this one has not.
    """
    lines = account(checked)
    for loss in losses:
        lines.append(words.term("check.lost", what=loss))
    _add_sheet(book, "check.sheet_found", lines, _FOUND_WIDTHS, table(checked.faults))
    lines = [] if len(checked.changes) else [words.term("check.no_changes")]
    _add_sheet(book, "check.sheet_changes", lines, _CHANGE_WIDTHS, table(checked.changes))
    book.properties.lastModifiedBy = AUTHOR


def _add_sheet(
    book: Any,  # noqa: ANN401
    key: str,
    lines: list[str],
    widths: Sequence[int],
    rows: pd.DataFrame,
) -> None:
    """Add a sheet of texts that stay texts: its title, some lines, and a table."""
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(words.term(key))
    head = len(lines) + 3
    texts = [[words.term(key)], *([line] for line in lines), []]
    texts += [[str(rows.index.name), *rows], *map(list, rows.itertuples())]
    wrapped = Alignment(wrap_text=True, vertical="top")
    for row, row_texts in enumerate(texts, start=1):
        for column, text in enumerate(row_texts, start=1):
            cell = sheet.cell(row, column, plain(text))
            cell.data_type = "s"
            cell.quotePrefix = True
            if row >= head:
                cell.alignment = wrapped
    sheet["A1"].font = Font(size=14, bold=True)
    for column, width in enumerate(widths, start=1):
        sheet.cell(head, column).font = Font(bold=True)
        sheet.column_dimensions[letter(column)].width = width
    sheet.freeze_panes = sheet.cell(head + 1, 1)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
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

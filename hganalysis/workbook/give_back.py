"""Give the sender's own workbook back: bad cells coloured, each with a comment that says why."""

from __future__ import annotations

import errno
import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import grid, limits, words
from ..escaping import plain, runs
from ..grid.cell import OURS as AUTHOR
from ..grid.guard import contents, repack, unpack
from .account import account, table
from .template import put

if TYPE_CHECKING:
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
# The relations behind them: without these a library does not look for the parts.
_RELATIONS = re.compile(
    rb"<Relationship\b[^<>]*?Type=\"[^\"<>]*/(?:drawing|image|oleObject|control|ctrlProp|package|"
    rb"externalLink|externalLinkPath|vmlDrawing|pivotTable|pivotCacheDefinition|queryTable|"
    rb"connections|vbaProject|attachedToolbars)\"[^<>]*?/>"
)
# A cell of a spreadsheet holds no more.
_MOST_TEXT = 32_767


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
    _require_target(source, target)
    book, lost = _load(source)
    clean(book)
    mark(book, checked.faults)
    add_sheets(book, checked, lost=lost)
    content = io.BytesIO()
    try:
        book.save(content)
    except SerialisationError as error:  # its parts are written to the disk all the same
        raise OSError(errno.ENOSPC, str(error)) from error
    put(content, target)
    return Returned(target, lost)


def free_name(file: Path) -> Path:
    """
    Name the workbook that goes back: beside the file, and over nothing that was worked in.

    Examples
    --------
    >>> free_name(Path("nowhere/report.xls")).name
    'report.checked.xlsx'
    """
    stem = re.sub(r"\.checked(-\d+)?$", "", file.stem)
    names = [
        f"{stem}.checked.xlsx",
        *(f"{stem}.checked-{number}.xlsx" for number in range(2, 1000)),
    ]
    free = (file.with_name(name) for name in names)
    return next(name for name in free if _may_replace(name) and not _same(name, file))


def _require_target(source: Path, target: Path) -> None:
    if target.suffix.lower() != ".xlsx":
        msg = f"{target.name!r} does not end in .xlsx; the workbook that goes back is of that kind."
        raise ValueError(msg)
    if _same(source, target):
        msg = f"{target} is the sender's file, which is never written over. Choose another name."
        raise ValueError(msg)
    if not _may_replace(target):
        msg = (
            f"{target} exists and somebody has worked in it. Choose another name, or move it away."
        )
        raise FileExistsError(msg)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve() or (
        one.exists() and other.exists() and one.samefile(other)
    )


def _may_replace(file: Path) -> bool:
    """Say whether there is no such file, or one that was written here and not saved since."""
    if not file.exists():
        return True
    if file.is_symlink() or not file.is_file():
        return False
    try:
        with zipfile.ZipFile(file) as parts:
            core = parts.read("docProps/core.xml")[:10_000]
    except (OSError, KeyError, zipfile.BadZipFile):
        return False
    return f"<cp:lastModifiedBy>{AUTHOR}</cp:lastModifiedBy>".encode() in core


def _load(source: Path) -> tuple[Any, tuple[str, ...]]:
    """Open a workbook as its sender has it, but for what could do harm; build one from others."""
    data = contents(source)
    if zipfile.is_zipfile(io.BytesIO(data)):
        parts = unpack(data)
        if "xl/workbook.xml" in parts:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = archive.namelist()
            linked = any(b"/hyperlink" in text for text in parts.values() if b"<Relat" in text)
            lost = _lost([*names, *(["xl/externalLinks/"] if linked else [])])
            try:
                if not _is_swollen(parts):
                    return _own(parts), lost
            except (KeyError, ValueError, TypeError, AttributeError, IndexError):
                pass
            return _rebuilt(grid.read(source).sheets), (*lost, words.term("check.lost_looks"))
    return _rebuilt(grid.read(source).sheets), (words.term("check.lost_looks"),)


_CELL = re.compile(rb"<(?:\w+:)?(?:c|row)[\s/>]")


def _is_swollen(parts: dict[str, bytes]) -> bool:
    """Say whether sheets have so many cells, empty ones too, that openpyxl has no room for them."""
    room = limits.MOST_STYLED
    for name, text in parts.items():
        if not name.endswith(".rels"):
            room -= sum(1 for _ in islice(_CELL.finditer(text), room + 1))
    return room < 0


def _lost(names: list[str]) -> tuple[str, ...]:
    found = {key for start, key in _PARTS.items() if any(name.startswith(start) for name in names)}
    return tuple(
        words.term(f"check.lost_{key}") for key in dict.fromkeys(_PARTS.values()) if key in found
    )


def _own(parts: dict[str, bytes]) -> Any:  # noqa: ANN401
    from openpyxl import load_workbook

    kept = {
        name: _RELATIONS.sub(b"", text) if name.endswith(".rels") else text
        for name, text in parts.items()
        if not name.startswith(tuple(_PARTS))
    }
    with warnings.catch_warnings():
        # it warns of what it does not keep; that is said in the workbook itself
        warnings.simplefilter("ignore")
        # formulas come back as the values they had, and what is struck out stays struck out
        book = load_workbook(repack(kept), data_only=True, keep_links=False, rich_text=True)
    for name in [one for one, is_ in book.defined_names.items() if _acts(is_.attr_text)]:
        del book.defined_names[name]
    for sheet in book.worksheets:
        for name in [one for one, is_ in sheet.defined_names.items() if _acts(is_.attr_text)]:
            del sheet.defined_names[name]
        for one in sheet.tables.values():
            for column in one.tableColumns:
                column.calculatedColumnFormula = None
                column.totalsRowFormula = None
        _quiet(sheet)
    return book


def _acts(text: str | None) -> bool:
    """Say whether a defined name does more than name cells of this workbook."""
    return bool(re.search(r"[\[(|]|#REF!", text or ""))


def _quiet(sheet: Any) -> None:  # noqa: ANN401
    """Keep every text of a sheet a text, also when somebody edits its cell."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.hyperlink is not None:
                cell.hyperlink = None
            if cell.data_type == "f":
                cell.data_type = "s"
            if isinstance(cell.value, str | list) and runs(str(cell.value)):
                cell.quotePrefix = True
    sheet._hyperlinks.clear()  # those of the cells above, for its relations


def _rebuilt(sheets: list[Sheet]) -> Any:  # noqa: ANN401
    """Make a workbook of the same layout from the values of another kind of file."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.active)
    for found in sheets:
        sheet = book.create_sheet(sheet_name(found.name))
        widths: dict[int, int] = {}
        for (row, column), one in found.cells.items():
            cell = sheet.cell(row, column)
            if isinstance(one.value, str):
                cell.value, cell.data_type = _legal(one.value), "s"
            else:
                cell.value = one.value
            if one.flags & {"percent", "format"} and one.code:
                cell.number_format = one.code
            if one.flags & {"struck", "raised"}:
                raised = "superscript" if "raised" in one.flags else None
                cell.font = Font(strike="struck" in one.flags, vertAlign=raised)
            widths[column] = max(widths.get(column, 8), len(one.shown))
        for top, left, bottom, right in found.merges:
            sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
        for row in found.hidden_rows:
            sheet.row_dimensions[row].hidden = True
        for column, width in widths.items():
            look = sheet.column_dimensions[get_column_letter(column)]
            look.width, look.hidden = min(40, max(9, width + 2)), column in found.hidden_columns
        if found.hidden and any(not other.hidden for other in sheets):
            sheet.sheet_state = "hidden"
        _quiet(sheet)
    return book


def _legal(text: str) -> str:
    """Take out of a text what no workbook may hold."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return str(ILLEGAL_CHARACTERS_RE.sub(" ", text))[:_MOST_TEXT]


# --- marks ---

RED, ORANGE = "FFFFB3BA", "FFFFCC80"
"""What is wrong, and what is doubtful; the comment says which in words."""

# So many comments open quickly; a report with more faults has one cause, and the list has all.
MOST_COMMENTS = 3_000
MOST_TEXT = 900
_INK = "FF17224D"
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


def clean(book: Any) -> None:  # noqa: ANN401  (openpyxl ships no types)
    """Take away what an earlier check left in a workbook: its sheets, comments and colours."""
    for title in [sheet.title for sheet in book.worksheets if sheet.title in own_sheets()]:
        if len(book.worksheets) > 1:
            del book[title]
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment is not None and cell.comment.author == AUTHOR:
                    cell.comment = None
                    _uncolour(cell)


def own_sheets() -> set[str]:
    """Name the sheets that a check adds, in both languages: they are no part of a report."""
    keys = ("check.sheet_found", "check.sheet_changes")
    return {title for key in keys for title in words.strings()[key].values()}


def _uncolour(cell: Any) -> None:  # noqa: ANN401
    from openpyxl.styles import PatternFill

    if cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb in {RED, ORANGE}:
        cell.fill = PatternFill()


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

    fills = {
        "error": PatternFill("solid", fgColor=RED),
        "warning": PatternFill("solid", fgColor=ORANGE),
    }
    placed = faults[faults["row"] > 0].explode("cells")
    bare = placed["cells"].str.isdigit()
    placed = placed.assign(cells=placed["cells"].where(~bare, "A" + placed["cells"]))
    groups = placed.groupby(["sheet", "cells"], sort=False)
    for number, ((title, where), group) in enumerate(groups):
        sheet = _sheet(book, str(title))
        if sheet is None:
            continue
        cell = _first_of_merge(sheet, str(where))
        severity = "error" if "error" in set(group["severity"]) else "warning"
        if severity == "error" or cell.fill.fgColor.rgb != RED:
            cell.fill = fills[severity]
        cell.protection = Protection(locked=False)
        told = [found for found in group["found"] if found]
        if cell.value is None and told and told[0].startswith("="):
            # a formula that was saved without its value: shown, and not run
            cell.value, cell.data_type, cell.quotePrefix = told[0], "s", True
        if number < MOST_COMMENTS:
            text = _text(group)
            if cell.comment is not None:
                text = f"{plain(cell.comment.text, longest=MOST_TEXT)}\n\n{text}"
            lines = sum(1 + len(line) // 46 for line in text.splitlines())
            cell.comment = Comment(text, AUTHOR, height=min(480, 18 * lines + 12), width=330)


def _sheet(book: Any, title: str) -> Any:  # noqa: ANN401
    names = {sheet.title: sheet for sheet in book.worksheets}
    return names.get(title) or names.get(sheet_name(title))


def _first_of_merge(sheet: Any, address: str) -> Any:  # noqa: ANN401
    """Give the cell that is shown there: of merged cells, the first."""
    cell = sheet[address]
    if type(cell).__name__ == "MergedCell":
        for block in sheet.merged_cells.ranges:
            if address in block:
                return sheet.cell(block.min_row, block.min_col)
    return cell


def _text(group: pd.DataFrame) -> str:
    """Write what is wrong with one cell, in words that need no other page."""
    parts = []
    for fault in group.itertuples():
        lines = [
            words.term(f"check.comment_{fault.severity}", message=plain(fault.message)),
            words.term("check.comment_expected", expected=plain(fault.expected)),
            words.term("check.comment_suggestion", suggestion=plain(fault.suggestion)),
        ]
        parts.append("\n".join(line for line in lines if line.split(":", 1)[-1].strip()))
    text = "\n\n".join(dict.fromkeys(parts))
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
    found = _Page(book, "check.sheet_found")
    for text in [*account(checked), *(words.term("check.lost", what=what) for what in lost)]:
        found.line([text], wrap=False)
    found.line([])
    found.head(
        {
            **{"sheet": 18, "cell": 8, "severity": 12, "found": 24},
            **{"message": 52, "expected": 40, "suggestion": 60},
        }
    )
    for texts in table(checked.faults).itertuples():
        found.line([*texts])
    changes = _Page(book, "check.sheet_changes")
    changes.line([])
    changes.head({"sheet": 18, "cell": 8, "before": 36, "after": 36, "why": 60})
    for texts in table(checked.changes).itertuples():
        changes.line([*texts])
    if not len(checked.changes):
        changes.line([words.term("check.no_changes")], wrap=False)
    book.properties.lastModifiedBy = AUTHOR


class _Page:
    """A sheet of texts that stay texts, written from the top down."""

    def __init__(self, book: Any, title: str) -> None:  # noqa: ANN401
        from openpyxl.styles import Alignment, Font

        self.sheet, self.row = book.create_sheet(words.term(title)), 0
        self.font = Font(name="Arial", size=10)
        self.wrapped = Alignment(wrap_text=True, vertical="top")
        self.line([words.term(title)], wrap=False)
        self.sheet["A1"].font = Font(name="Arial", size=14, bold=True)

    def line(self, texts: list[object], *, wrap: bool = True) -> None:
        """Write one row."""
        self.row += 1
        for at, text in enumerate(texts, start=1):
            cell = self.sheet.cell(self.row, at)
            cell.value = plain(text)
            cell.data_type, cell.quotePrefix, cell.font = "s", True, self.font
            if wrap:
                cell.alignment = self.wrapped

    def head(self, widths: dict[str, int]) -> None:
        """Write the row of headers, with the widths of their columns, and keep it in view."""
        from openpyxl.styles import Font, PatternFill
        from openpyxl.utils import get_column_letter

        self.line([words.term(f"check.head_{name}") for name in widths])
        for at, width in enumerate(widths.values(), start=1):
            cell = self.sheet.cell(self.row, at)
            cell.font = Font(name="Arial", size=10, bold=True, color="FFFFFFFF")
            cell.fill = PatternFill("solid", fgColor=_INK)
            self.sheet.column_dimensions[get_column_letter(at)].width = width
        self.sheet.freeze_panes = self.sheet.cell(self.row + 1, 1)
        self.sheet.print_title_rows = f"{self.row}:{self.row}"
        self.sheet.page_setup.orientation, self.sheet.page_setup.paperSize = "landscape", 9
        self.sheet.page_setup.fitToHeight = 0
        self.sheet.sheet_properties.pageSetUpPr.fitToPage = True


def sheet_name(name: str) -> str:
    """
    Give the name under which a sheet of another kind of file comes back.

    Examples
    --------
    >>> sheet_name("báo cáo 2023/quý 4: chính thức")
    'báo cáo 2023 quý 4  chính thức'
    """
    return _FORBIDDEN.sub(" ", plain(name, longest=31)).strip("' ") or "1"

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

from .. import limits, words
from ..escaping import runs
from . import containers as opened
from . import marks
from .guard import contents, repack, unpack
from .template import put

if TYPE_CHECKING:
    from .check import Checked
    from .sheets import Run, Sheet

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
    marks.clean(book)
    marks.mark(book, checked.faults)
    marks.add_sheets(book, checked, lost=lost)
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
    return f"<cp:lastModifiedBy>{marks.AUTHOR}</cp:lastModifiedBy>".encode() in core


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
            return _rebuilt(opened.sheets(source)), (*lost, words.term("check.lost_looks"))
    return _rebuilt(opened.sheets(source)), (words.term("check.lost_looks"),)


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
        for table in sheet.tables.values():
            for column in table.tableColumns:
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
        sheet = book.create_sheet(marks.sheet_name(found.name))
        for number, row in enumerate(found.grid, start=1):
            for column, value in enumerate(row, start=1):
                if value is None:
                    continue
                cell = sheet.cell(number, column)
                place = number, column
                if isinstance(value, str):
                    text = _rich(found.runs[place]) if place in found.runs else _legal(value)
                    cell.value, cell.data_type = text, "s"
                else:
                    cell.value = value
                if place in found.formats:
                    cell.number_format = found.formats[place]
                if place in found.struck and place not in found.runs:
                    cell.font = Font(strike=True)
        for merge in found.merges:
            sheet.merge_cells(str(merge))
        for row_number in found.hidden_rows:
            sheet.row_dimensions[row_number].hidden = True
        for column in range(1, found.width + 1):
            texts = [
                str(row[column - 1]) for row in found.grid[:200] if row[column - 1] is not None
            ]
            width = max((len(text) for text in texts), default=8)
            sheet.column_dimensions[get_column_letter(column)].width = min(40, max(9, width + 2))
            sheet.column_dimensions[get_column_letter(column)].hidden = (
                column in found.hidden_columns
            )
        if found.hidden and any(not other.hidden for other in sheets):
            sheet.sheet_state = "hidden"
        _quiet(sheet)
    return book


def _legal(text: str) -> str:
    """Take out of a text what no workbook may hold."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return str(ILLEGAL_CHARACTERS_RE.sub(" ", text))[:_MOST_TEXT]


def _rich(runs: tuple[Run, ...]) -> Any:  # noqa: ANN401
    """Write text of which a part is struck out, raised or lowered: else it came back unmarked."""
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    places = {1: "superscript", -1: "subscript"}
    return CellRichText(
        [
            TextBlock(
                InlineFont(strike=bool(one.struck), vertAlign=places.get(one.place)),
                _legal(one.text),
            )
            for one in runs
        ]
    )

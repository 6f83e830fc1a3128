"""Mark faults in a workbook: a colour and a comment on each cell, and two sheets that list all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import places, words
from ..escaping import plain
from .account import USES

if TYPE_CHECKING:
    from .check import Checked

AUTHOR = "hganalysis"

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
    placed = faults[faults["row"] > 0]
    placed = placed.assign(column=placed["column"].where(placed["column"] != "", "A"))
    groups = placed.groupby(["sheet", "row", "column"], sort=False)
    for number, ((title, row, column), group) in enumerate(groups):
        sheet = _sheet(book, str(title))
        if sheet is None:
            continue
        cell = _first_of_merge(sheet, f"{column}{row}")
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


# Of a list of cells, in the order of a row that is read from its place to what is to be done.
_HEADS = [
    *("sheet", "cell", "severity", "found", "before", "after"),
    *("message", "why", "expected", "suggestion", "number", "place"),
]


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """
    Lay what was found, changed or proposed out for reading, in the language in use.

    Parameters
    ----------
    frame
        Rows of `faults`, `changes` or `proposals` of a `Checked`, with all of their columns or
        some; a column `number` counts cells.

    Returns
    -------
    table
        Texts under the headers of the two sheets that go back, the first of them as its index.
        Column letter and row are one cell; a proposed code is the name of its place, with the
        code behind it.
    """
    shown = {name: [str(one) for one in frame[name]] for name in _HEADS if name in frame}
    if {"column", "row"} <= set(frame):
        pairs = zip(frame["column"], frame["row"], strict=True)
        shown["cell"] = [address(column, row) for column, row in pairs]
    if "severity" in frame:
        shown["severity"] = [words.term(f"check.{one}") for one in frame["severity"]]
    if "number" in frame:
        shown["number"] = [words.number(one) for one in frame["number"]]
    if "written" in frame:
        shown["found"] = [str(one) for one in frame["written"]]
        shown["place"] = [f"{places.name(one)} ({one})" for one in frame["code"]]
    heads = {name: words.term(f"check.head_{name}") for name in _HEADS if name in shown}
    made = pd.DataFrame({head: shown[name] for name, head in heads.items()})
    return made.set_index(made.columns[0])


def address(column: str, row: int) -> str:
    """
    Write where a fault is; nothing where it is no cell's and no row's.

    Examples
    --------
    >>> address("F", 12), address("", 12), address("", 0)
    ('F12', '12', '')
    """
    return f"{column}{row}" if row > 0 else ""


def account(checked: Checked) -> list[str]:
    """
    Say what became of the rows and of the cells: how many there are, and that they add up.

    Returns
    -------
    lines
        Sentences in the language in use. What was not read is listed, each with its first values.
    """
    kinds = checked.rows["kind"].value_counts()
    number = {kind: words.number(int(kinds.get(kind, 0))) for kind in KINDS}
    uses = checked.uses[[*USES]].sum()
    cells = {use: words.number(int(uses[use])) for use in USES}
    severity = checked.faults["severity"].value_counts()
    lines = [
        words.term("check.account", rows=words.number(len(checked.rows)), **number),
        words.term("check.cells", cells=words.number(int(uses.sum())), **cells),
        words.term(
            "check.faults",
            errors=words.number(int(severity.get("error", 0))),
            warnings=words.number(int(severity.get("warning", 0))),
            changes=words.number(len(checked.changes)),
        ),
    ]
    if checked.complete:
        return [*lines, words.term("check.all")]
    if not checked.sound:
        nothing = checked.accepted.empty and checked.errors.empty
        lines.append(words.term("check.nothing" if nothing else "check.not_all"))
    return [*lines, *not_read(checked)]


def not_read(checked: Checked) -> list[str]:
    """
    List what was not read: the columns and blocks that nobody knows, each with its first values.

    Returns
    -------
    lines
        Sentences in the language in use; none where every cell was read or is known.
    """
    left = checked.left_out
    if left.empty:
        return []
    number = words.number(int(checked.uses["left"].sum()))
    head = words.term("check.left" if checked.sound else "check.left_too", left=number)
    places = left[["sheet", "column", "row", "message"]].itertuples(index=False)
    return [
        head,
        *(
            words.term(
                "own.fault", sheet=plain(sheet), cell=address(column, row), text=plain(message)
            )
            for sheet, column, row, message in places
        ),
    ]


KINDS = ("accepted", "rejected", "total", "title", "header", "note", "blank")
"""What a row can be; every row is one of these."""


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

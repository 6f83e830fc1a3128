"""One grid of cells: what each holds, what a reader of the sheet sees, and what became of it."""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

from .. import limits
from .guard import UnreadableError, require_few, require_text

Value = str | int | float | bool | datetime.date | None
"""What a cell holds; None where a formula was saved without its value."""

Position = tuple[int, int]
"""The row and the column of a cell, each from 1."""

AUTHOR = "hganalysis"
"""The author of comments, and the text at the foot of pages, that are no sender's."""

NO_FLAGS: frozenset[str] = frozenset()


def flag_set(**is_on: object) -> frozenset[str]:
    """Give the names of the flags that are on."""
    return frozenset(flag for flag, on in is_on.items() if on)


@dataclass(slots=True)
class Cell:
    """
    One cell that holds something.

    `flags` say what a reader does not see in the value:

    - `formula`;
    - `uncomputed`: a formula that was saved without its value;
    - `formula_error`;
    - `struck`: a part of the text is struck out;
    - `raised`: a part of the text is raised or lowered;
    - `date`;
    - `percent`;
    - `shown_differs`: the cell shows another number than it holds.
    """

    row: int
    column: int
    value: Value
    flags: frozenset[str] = NO_FLAGS
    formula: str = ""
    number_format: str = ""
    """The code of the number format, where it matters."""
    status: str = ""
    """What became of the cell, once that is known."""

    @property
    def text(self) -> str:
        """What a reader sees, as far as it matters: whole numbers as whole, per cent as such."""
        if "percent" in self.flags and isinstance(self.value, int | float):
            return f"{self.value * 100:.15g} %"
        return value_text(self.value)

    @property
    def is_number(self) -> bool:
        """Whether it holds a number, and no date."""
        return isinstance(self.value, int | float) and not isinstance(self.value, bool)


class Block(NamedTuple):
    """Cells that are shown as one, with the value of the first of them."""

    top: int
    left: int
    bottom: int
    right: int


class Quota:
    """How much of a file was read; a file with more than any report is not read to its end."""

    def __init__(self) -> None:
        self.n_cells = self.n_letters = self.n_hidden = 0
        self.n_merges = self.n_merged_cells = 0

    def take(self, sheet: str, row: int, column: int, text: str) -> None:
        """Count a cell, or a text beside it."""
        self.n_cells += 1
        self.n_letters += len(text)
        is_outside = row > limits.MOST_ROWS or column > limits.MOST_COLUMNS
        if is_outside or self.n_cells > limits.MOST_CELLS:
            raise UnreadableError(rule="too_many_cells", sheet=sheet, last=address(row, column))
        if len(text) > limits.MOST_MARKS:
            require_text(text, sheet=sheet, cell=address(row, column))
        require_few("too_many_letters", self.n_letters, limits.MOST_LETTERS)


@dataclass(eq=False)
class Sheet:
    """One sheet of a workbook; a csv file is one."""

    name: str
    quota: Quota
    is_hidden: bool = False
    cells: dict[Position, Cell] = field(default_factory=dict)
    """The cells that hold something."""
    merges: list[Block] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    notes: dict[Position, str] = field(default_factory=dict)
    """Comments by their cell; at row 0 heads and feet of pages, and boxes of text. None is ours."""
    widths: dict[int, int] = field(default_factory=dict)
    """Of a csv, how many fields each row has."""
    repeated_cells: list[Position] = field(default_factory=list)
    """The cells that are in the file more than once, with different contents."""
    rows: dict[int, list[Cell]] = field(default_factory=dict)
    """The cells of each row that has any, from the left; from the top down."""
    merged_cells: dict[Position, Cell] = field(default_factory=dict)
    """For each position in merged cells, the cell that holds the value."""
    last_column: int = 0

    def put(self, cell: Cell) -> None:
        """Add a cell that holds something; a blank one is left out."""
        text = cell.value if isinstance(cell.value, str) else None
        self.quota.take(self.name, cell.row, cell.column, text or "")
        if text and not text.isascii():
            cell.value = unicodedata.normalize("NFC", text)
        is_blank = not text.strip(BLANK_CHARACTERS) if text is not None else cell.value is None
        if is_blank and not cell.flags & {"uncomputed", "formula_error"}:
            return
        position = cell.row, cell.column
        earlier = self.cells.get(position, cell)
        if earlier.value != cell.value:
            self.repeated_cells.append(position)
        self.cells[position] = cell

    def add_note(self, row: int, column: int, text: str) -> None:
        """Add a comment of a cell; or a text of the sheet, at row and column 0."""
        is_ours = row == 0 and AUTHOR in text
        if is_ours or not text.strip():
            return
        self.quota.take(self.name, row, column, text)
        if column == 0:
            column = 1 + sum(row_of_note == 0 for row_of_note, _ in self.notes)
        self.notes[row, column] = unicodedata.normalize("NFC", text)

    def merge(self, block: Block) -> None:
        """Add merged cells; they are counted, for a walk over too many would not end."""
        top, left, bottom, right = block
        if (top, left) == (bottom, right):
            return
        self.merges.append(block)
        self.quota.n_merges += 1
        self.quota.n_merged_cells += max(bottom - top + 1, 0) * max(right - left + 1, 0)
        require_few("too_many_merges", self.quota.n_merges, limits.MOST_MERGES)
        require_few("too_many_merges", self.quota.n_merged_cells, limits.MOST_STYLED)

    def hide(self, hidden: set[int], first: int, last: int) -> None:
        """Add hidden rows or columns; they are counted, for a few bytes may name millions."""
        numbers = range(first, last + 1)
        self.quota.n_hidden += len(numbers)
        if self.quota.n_hidden > limits.MOST_CELLS:
            raise UnreadableError(rule="damaged")
        hidden.update(numbers)

    def finish(self) -> Sheet:
        """Put the rows in order, and say for each merged position which cell has its value."""
        self.quota.take(self.name[:31], 0, 0, self.name)
        for row, column in sorted(self.cells):
            self.rows.setdefault(row, []).append(self.cells[row, column])
        last_row = max(self.rows, default=0)
        self.last_column = max((column for _, column in self.cells), default=0)
        seen: set[Position] = set()
        for block in self.merges:
            first = self.cells.get((block.top, block.left))
            rows = range(block.top, min(block.bottom, last_row) + 1)
            columns = range(block.left, min(block.right, self.last_column) + 1)
            for position in product(rows, columns):
                if position in seen:
                    raise UnreadableError(rule="damaged")  # they overlap
                seen.add(position)
                if first:
                    self.merged_cells[position] = first
        return self

    def cell_at(self, row: int, column: int) -> Cell | None:
        """Give a cell, or the merged one that it is a part of."""
        return self.merged_cells.get((row, column)) or self.cells.get((row, column))

    def text_at(self, row: int, column: int) -> str:
        """Give the text of a cell, or of the merged one that it is a part of."""
        cell = self.cell_at(row, column)
        return cell.text if cell else ""


@dataclass
class Grid:
    """A spreadsheet: its sheets, and the encoding of a csv."""

    sheets: list[Sheet]
    encoding: str = ""


BLANK_CHARACTERS = "\u200b\ufeff \t\r\n\xa0"
"""What a cell may hold and show nothing."""


def letter(column: int) -> str:
    """
    Write a column, counted from 1, as spreadsheets do.

    Examples
    --------
    >>> letter(1), letter(27), letter(16384)
    ('A', 'AA', 'XFD')
    """
    from xlsxwriter.utility import xl_col_to_name

    return xl_col_to_name(column - 1) if column > 0 else ""


def address(row: int, column: int) -> str:
    """
    Write the address of a cell; of a row or a column, where the other number is 0.

    Examples
    --------
    >>> address(12, 28), address(12, 0), address(0, 0)
    ('AB12', '12', '')
    """
    return f"{letter(column)}{row}" if row > 0 else letter(column)


def as_int_if_whole(number: float) -> float:
    """
    Give a whole number as int; a computed one may be off by what computers cannot write.

    Examples
    --------
    >>> as_int_if_whole(7.0), as_int_if_whole(0.1 * 30), as_int_if_whole(7.5)
    (7, 3, 7.5)
    """
    nearest = round(number)
    return nearest if abs(number - nearest) <= 1e-9 * max(1.0, abs(number)) else number


def value_text(value: Value) -> str:
    """
    Write a value as text.

    Examples
    --------
    >>> value_text(1234.0), value_text(True), value_text(None)
    ('1234', 'TRUE', '')
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{as_int_if_whole(value):.15g}"
    return "" if value is None else str(value).strip()


MAX_FORMAT_LENGTH = 255
"""Letters of a number format: a spreadsheet takes no more."""
# Of number formats, what changes nothing a reader sees but grouping and decimals.
_HARMLESS = r"[#0?,. ]|_.|\*.|\[(?:Red|Black|Blue|Green)\]|\[\$-[0-9A-F]+\]"
# A sign, a dash and brackets show that a number is below zero, or none.
_SIGN = r'[()]|"[-–—]"|\\?[-+]'
_UNSIGNED = re.compile(f"(?:{_HARMLESS})*", re.IGNORECASE)
_SIGNED = re.compile(f"(?:{_HARMLESS}|{_SIGN})*", re.IGNORECASE)
THOUSANDS_DIGITS = 3
"""A number with three decimals misleads: 2.000 is two, and looks like two thousand."""
_LAST_DAY = 2_958_466  # of the year 9999


def format_flag(code: str, value: Value) -> str:
    """
    Say what a number format makes of a number: nothing a reader would mistake, or a flag.

    Examples
    --------
    >>> [format_flag(code, 2) for code in ("#,##0", "0.0%", "0.000", '0"%"', "#,##0,", ";;;")]
    ['', 'percent', 'shown_differs', 'shown_differs', 'shown_differs', 'shown_differs']
    >>> [format_flag(code, 2) for code in ("+0;-0", "(0)", "#,##0_);(#,##0)")]
    ['shown_differs', 'shown_differs', '']
    >>> format_flag('_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-', 2), format_flag("0;-0;;@", 0)
    ('', 'shown_differs')
    """
    if code in {"", "General", "@", "Standard"} or not isinstance(value, int | float):
        return ""
    # the section for texts, and what only looks, matter to no number
    code = re.sub(r";\s*(?:_.)?@(?:_.)?\s*$", "", code[:MAX_FORMAT_LENGTH])
    symbols = re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]', "", code)
    if re.search("[dmyhs]", symbols, re.IGNORECASE) and "General" not in symbols:
        return "date"
    if "%" in symbols:
        return "percent"

    # sections are for numbers above zero, below zero, and zero
    sections = code.split(";")
    position = 0
    if value < 0 and len(sections) > 1:
        position = 1
    elif not value and len(sections) > 2:
        position = 2
    section = sections[position]
    n_decimals = len(re.sub(r"[^0#?]", "", section.partition(".")[2]))
    allowed = _SIGNED if position else _UNSIGNED
    shows_value = (
        allowed.fullmatch(section) is not None
        and re.search("[0#?]|[-–—]", section) is not None
        # a comma behind the last digit divides by a thousand
        and not re.search(r"[#0?],+(?![#0?,])", section)
        and (position > 1 or abs(round(value, n_decimals) - value) < 1e-9 * max(1, abs(value)))
        # zeros are put in front
        and not (re.fullmatch("0{2,}", section) and len(value_text(value)) < len(section))
        and n_decimals != THOUSANDS_DIGITS
    )
    return "" if shows_value else "shown_differs"


def as_formatted(raw: float, code: str, *, is_1904: bool) -> tuple[Value, frozenset[str]]:
    """
    Give a number with its flags, or the day that its format shows.

    Parameters
    ----------
    raw
        As the file has it.
    code
        The number format.
    is_1904
        Whether the first day is in 1904, as in some files, and not in 1900.
    """
    value = int(raw) if raw.is_integer() else raw
    flag = format_flag(code, value)
    if flag == "date" and 0 < raw < _LAST_DAY:
        day_zero = datetime.date(1904, 1, 1) if is_1904 else datetime.date(1899, 12, 30)
        return day_zero + datetime.timedelta(days=int(raw)), frozenset({flag})
    return value, frozenset({flag}) if flag else NO_FLAGS

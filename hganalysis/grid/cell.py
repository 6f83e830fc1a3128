"""One grid of cells: what each holds, what a reader of the sheet sees, and what became of it."""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass, field
from itertools import product

from .. import limits
from .guard import UnreadableError, require_few, require_text

Value = str | int | float | bool | datetime.date | None
"""What stands in a cell; none where a formula was saved without its value."""

AUTHOR = "hganalysis"
"""The author of comments, and what stands at the foot of pages, that are no sender's."""

PLAIN: frozenset[str] = frozenset()


def looks(**said: object) -> frozenset[str]:
    """Give the flags that are said to be on."""
    return frozenset(flag for flag, on in said.items() if on)


@dataclass(slots=True)
class Cell:
    """
    One cell that holds something.

    `flags` say what a reader does not see in the value: `formula`, `uncomputed` (saved without a
    value), `error`, `struck`, `raised` (a part of it, or lowered), `date`, `percent`, `format` (it
    shows another number than it holds). `status` says what became of it, once that is known.
    """

    row: int
    column: int
    value: Value
    flags: frozenset[str] = PLAIN
    formula: str = ""
    number_format: str = ""
    """The number format, where it matters."""
    status: str = ""

    @property
    def text(self) -> str:
        """What a reader sees, as far as it matters: whole numbers as whole, per cent as such."""
        if "percent" in self.flags and isinstance(self.value, int | float):
            return f"{self.value * 100:.15g} %"
        return write(self.value)

    @property
    def is_number(self) -> bool:
        """Whether it holds a number, and no date."""
        return isinstance(self.value, int | float) and not isinstance(self.value, bool)


class Room:
    """How much of a file was taken in: what holds more than any report is not read to its end."""

    def __init__(self) -> None:
        self.cells = self.letters = self.merges = self.covered = self.hidden = 0

    def take(self, sheet: str, row: int, column: int, text: str = "") -> None:
        """Take a cell in, or a text beside it."""
        self.cells += 1
        self.letters += len(text)
        if row > limits.MOST_ROWS or column > limits.MOST_COLUMNS or self.cells > limits.MOST_CELLS:
            raise UnreadableError(rule="too_many_cells", sheet=sheet, last=address(row, column))
        if len(text) > limits.MOST_MARKS:
            require_text(text, sheet=sheet, cell=address(row, column))
        require_few("too_many_letters", self.letters, limits.MOST_LETTERS)


@dataclass
class Sheet:
    """
    One sheet; a csv file is one.

    `cells` are those that hold something, by row and column from 1. `notes` are comments by their
    cell, and at row 0 what pages say at head and foot, and boxes of text; none of them ours.
    `widths` says of a csv how many fields each row has.
    """

    name: str
    room: Room = field(default_factory=Room)
    is_hidden: bool = False
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Top, left, bottom and right of cells that are shown as one, by the first of them."""
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    notes: dict[tuple[int, int], str] = field(default_factory=dict)
    widths: dict[int, int] = field(default_factory=dict)
    repeated_cells: list[tuple[int, int]] = field(default_factory=list)
    """The cells that stand in the file more than once, with different contents."""
    rows: dict[int, list[Cell]] = field(default_factory=dict)
    """The cells of each row that has any, from the left; from the top down."""
    merged_cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    """Of merged cells, the one that holds the value."""

    def put(self, cell: Cell) -> None:
        """Take in a cell that holds something; a blank one is none."""
        text = cell.value if isinstance(cell.value, str) else None
        self.room.take(self.name, cell.row, cell.column, text or "")
        if text and not text.isascii():
            cell.value = unicodedata.normalize("NFC", text)
        blank = not text.strip(BLANK_CHARACTERS) if text is not None else cell.value is None
        if blank and not cell.flags & {"uncomputed", "error"}:
            return
        place = cell.row, cell.column
        before = self.cells.get(place, cell)
        if before.value != cell.value:
            self.repeated_cells.append(place)
        self.cells[place] = cell

    def note(self, row: int, column: int, text: str) -> None:
        """Take in a comment, or at row 0 what else is said of the sheet."""
        if text.strip() and not (row == 0 and AUTHOR in text):
            self.room.take(self.name, row, column, text)
            at = column or 1 + sum(not one for one, _ in self.notes)
            self.notes[row, at] = unicodedata.normalize("NFC", text)

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """Take in merged cells: walking over them could take for ever."""
        if (top, left) == (bottom, right):
            return
        self.merges.append((top, left, bottom, right))
        self.room.merges += 1
        self.room.covered += max(bottom - top + 1, 0) * max(right - left + 1, 0)
        require_few("too_many_merges", self.room.merges, limits.MOST_MERGES)
        require_few("too_many_merges", self.room.covered, limits.MOST_STYLED)

    def hide(self, hidden: set[int], first: int, last: int) -> None:
        """Take in rows or columns that are hidden: a few bytes may name millions of them."""
        self.room.hidden += len(range(first, last + 1))
        if self.room.hidden > limits.MOST_CELLS:
            raise UnreadableError(rule="damaged")
        hidden.update(range(first, last + 1))

    def finish(self) -> Sheet:
        """Put the rows in order, and spread merged cells over what they cover."""
        self.room.take(self.name[:31], 0, 0, self.name)
        for place in sorted(self.cells):
            self.rows.setdefault(place[0], []).append(self.cells[place])
        last = max(self.rows, default=0)
        reach = max((column for _, column in self.cells), default=0)
        seen: set[tuple[int, int]] = set()
        for top, left, bottom, right in self.merges:
            first = self.cells.get((top, left))
            below, beside = range(top, min(bottom, last) + 1), range(left, min(right, reach) + 1)
            for place in product(below, beside):
                if place in seen:
                    raise UnreadableError(rule="damaged")  # they overlap
                seen.add(place)
                if first:
                    self.merged_cells[place] = first
        return self

    def cell_at(self, row: int, column: int) -> Cell | None:
        """Give a cell, or the merged one that it is a part of."""
        return self.merged_cells.get((row, column)) or self.cells.get((row, column))


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
    Write the address of a cell; nothing where it is no cell's and no row's.

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


def write(value: Value) -> str:
    """
    Write a value as text.

    Examples
    --------
    >>> write(1234.0), write(True), write(None)
    ('1234', 'TRUE', '')
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{as_int_if_whole(value):.15g}"
    return "" if value is None else str(value).strip()


LONGEST = 255
"""Letters of a number format: a spreadsheet takes no more."""
# Of number formats, what changes nothing a reader sees but grouping and decimals.
_PLAIN = r"[#0?,. ]|_.|\*.|\[(?:Red|Black|Blue|Green)\]|\[\$-[0-9A-F]+\]"
# A sign, a dash and brackets show that a number is below zero, or none.
_SIGN = r'[()]|"[-–—]"|\\?[-+]'
_UNSIGNED = re.compile(f"(?:{_PLAIN})*", re.IGNORECASE)
_SIGNED = re.compile(f"(?:{_PLAIN}|{_SIGN})*", re.IGNORECASE)
THREE = 3
"""Decimals: 2.000 is two, and looks like two thousand."""
_LAST_DAY = 2_958_466  # of the year 9999


def format_flag(code: str, value: Value) -> str:
    """
    Say what a number format makes of a number: nothing a reader would mistake, or a flag.

    Examples
    --------
    >>> [format_flag(code, 2) for code in ("#,##0", "0.0%", "0.000", '0"%"', "#,##0,", ";;;")]
    ['', 'percent', 'format', 'format', 'format', 'format']
    >>> [format_flag(code, 2) for code in ("+0;-0", "(0)", "#,##0_);(#,##0)")]
    ['format', 'format', '']
    >>> format_flag('_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-', 2), format_flag("0;-0;;@", 0)
    ('', 'format')
    """
    if code in {"", "General", "@", "Standard"} or not isinstance(value, int | float):
        return ""
    code = re.sub(r";\s*(?:_.)?@(?:_.)?\s*$", "", code[:LONGEST])
    bare = re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]', "", code)
    if re.search("[dmyhs]", bare, re.IGNORECASE) and "General" not in bare:
        return "date"
    if "%" in bare:
        return "percent"
    parts = code.split(";")
    position = 0
    if value < 0 and len(parts) > 1:
        position = 1
    elif not value and len(parts) > 2:
        position = 2
    section = parts[position]
    decimals = len(re.sub(r"[^0#?]", "", section.partition(".")[2]))
    allowed = _SIGNED if position else _UNSIGNED
    harmless = (
        allowed.fullmatch(section) is not None
        and re.search("[0#?]|[-–—]", section) is not None
        and not re.search(r"[#0?],+(?![#0?,])", section)
        and (position > 1 or abs(round(value, decimals) - value) < 1e-9 * max(1, abs(value)))
        and not (re.fullmatch("0{2,}", section) and len(write(value)) < len(section))
        and decimals != THREE
    )
    return "" if harmless else "format"


def as_formatted(raw: float, code: str, *, early: bool) -> tuple[Value, frozenset[str]]:
    """Give a number, or the day that its format shows (in some files the first is in 1904)."""
    value = int(raw) if raw.is_integer() else raw
    said = format_flag(code, value)
    if said == "date" and 0 < raw < _LAST_DAY:
        start = datetime.date(1904, 1, 1) if early else datetime.date(1899, 12, 30)
        return start + datetime.timedelta(days=int(raw)), frozenset({said})
    return value, frozenset({said}) if said else PLAIN

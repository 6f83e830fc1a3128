"""Hold a sheet as its sender sees it: the values, what is hidden, merged, computed, struck out."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


Value = str | int | float | bool | datetime.date | datetime.time | datetime.timedelta | None
"""What stands in a cell. A date is a `date` or `datetime`; an empty cell is None."""

Cell = tuple[int, int]
"""Row and column, both counted from 1, as spreadsheets do."""


@dataclass(frozen=True)
class Merge:
    """A block of cells that are shown as one; its value stands in the first. All from 1."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        """Write it as spreadsheets do: B2:C5."""
        return f"{address(self.top, self.left)}:{address(self.bottom, self.right)}"


@dataclass(frozen=True, slots=True)
class Run:
    """
    A part of a text that looks alike: rich text is a row of them.

    `struck` is None where the part says nothing, so that the cell decides; `place` is 1 for a
    superscript, -1 for a subscript, else 0.
    """

    text: str
    struck: bool | None = None
    place: int = 0


@dataclass
class Sheet:
    """
    One sheet of a workbook; a csv file is one sheet.

    `grid` holds the values: it begins at A1, its rows have the same length. Everything else is
    told by row and column from 1: `formulas` (their text, or "=" where the format hides it),
    `uncomputed` (formulas that were saved without a value), `errors` (such as #DIV/0!),
    `formats` (number formats that change what a reader sees: `formats.matters`), `struck` (what of
    a cell is struck out: it is not in the grid, unless nothing else is) and `runs` (texts of which
    a part is struck out, raised or lowered; in the grid a raised 2 is ²), `notes` (comments, but
    for our own, and at row 0 what pages say at head and foot, and boxes of text). `widths` says of
    a csv how many fields each row has.

    What stands beside the values is gathered first, and `last_row`, `last_column` and `letters`
    with it: how far the sheet reaches, and how long its texts are together.
    """

    name: str = ""
    grid: list[list[Value]] = field(default_factory=list)
    hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merges: list[Merge] = field(default_factory=list)
    formulas: dict[Cell, str] = field(default_factory=dict)
    uncomputed: set[Cell] = field(default_factory=set)
    errors: dict[Cell, str] = field(default_factory=dict)
    formats: dict[Cell, str] = field(default_factory=dict)
    struck: dict[Cell, str] = field(default_factory=dict)
    runs: dict[Cell, tuple[Run, ...]] = field(default_factory=dict)
    notes: dict[Cell, str] = field(default_factory=dict)
    widths: list[int] = field(default_factory=list)
    last_row: int = 0
    last_column: int = 0
    letters: int = 0

    @property
    def width(self) -> int:
        """How many columns the sheet uses."""
        return len(self.grid[0]) if self.grid else 0

    def value(self, row: int, column: int) -> Value:
        """Give the value of a cell, both counted from 1; none outside the sheet."""
        if 1 <= row <= len(self.grid) and 1 <= column <= self.width:
            return self.grid[row - 1][column - 1]
        return None

    def reach(self, row: int, column: int) -> None:
        """Take in that the sheet reaches as far as a cell."""
        if row > self.last_row:
            self.last_row = row
        if column > self.last_column:
            self.last_column = column


def letter(column: int) -> str:
    """
    Write a column, counted from 1, as spreadsheets do.

    Examples
    --------
    >>> letter(1), letter(27), letter(16384)
    ('A', 'AA', 'XFD')
    """
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """
    Read a column written in letters; 0 where there are none.

    Examples
    --------
    >>> column_number("AA"), column_number("")
    (27, 0)
    """
    number = 0
    for character in letters:
        number = number * 26 + ord(character) - ord("A") + 1
    return number


def address(row: int, column: int) -> str:
    """
    Write the address of a cell.

    Examples
    --------
    >>> address(12, 28)
    'AB12'
    """
    return f"{letter(column)}{row}"


def is_blank(value: Value) -> bool:
    """Say whether a cell shows nothing: empty, or only spaces of any kind."""
    return value is None or (isinstance(value, str) and not value.strip("\u200b\ufeff \t\r\n\xa0"))


_RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")

FOOTNOTES = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎*†‡"
"""Signs of a footnote, once what is raised is written as such."""


def valid_text(runs: Iterable[Run]) -> str:
    """
    Write what is valid of a text: struck parts are left away, raised and lowered ones are marks.

    Examples
    --------
    >>> valid_text([Run("164"), Run("2", place=1)]), valid_text([Run("21", struck=True), Run("25")])
    ('164²', '25')
    """
    return "".join(
        one.text.translate(_RAISED)
        if one.place > 0
        else one.text.translate(_LOWERED)
        if one.place < 0
        else one.text
        for one in runs
        if not one.struck
    )


def struck_text(runs: Iterable[Run]) -> str:
    """
    Give the parts of a text that are struck out.

    Examples
    --------
    >>> struck_text([Run("21", struck=True), Run("25")])
    '21'
    """
    return " ".join(one.text.strip() for one in runs if one.struck and one.text.strip())


def is_marked(runs: Iterable[Run]) -> bool:
    """Say whether any part of a text is struck out, raised or lowered, or may be, in its cell."""
    told = {(one.struck, one.place) for one in runs if one.text.strip()}
    return len(told) > 1 or any(struck or place for struck, place in told)


def settled_runs(runs: Iterable[Run], *, struck: bool) -> tuple[Run, ...]:
    """Give the parts that say nothing of themselves what the whole cell says: struck or not."""
    return tuple(
        Run(one.text, struck=struck if one.struck is None else one.struck, place=one.place)
        for one in runs
    )

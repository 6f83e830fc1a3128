"""Tell of an ods what its values do not: what is hidden, merged, computed, in error, per cent."""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import limits
from .guard import UnreadableError, require_size
from .sheets import Merge, address
from .xlsx import Facts, parse

_MOST_ROWS = 1_048_576  # of any spreadsheet


def facts(parts: dict[str, bytes]) -> dict[str, Facts]:
    """
    Read what stands beside the values, sheet by sheet.

    Parameters
    ----------
    parts
        The parts of the container, from `guard.unpack`.

    Returns
    -------
    facts
        By the name of the sheet, in order.

    Raises
    ------
    UnreadableError
        If the file is locked with a password or broken, names a sheet twice, or a sheet reaches
        further than any report does.
    """
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise UnreadableError(rule="password")
    if "content.xml" not in parts:
        raise UnreadableError(rule="damaged")
    walk = _Walk()
    if "styles.xml" in parts:  # number formats may stand here as well
        parse(parts["styles.xml"], walk.start, walk.end)
        walk.found.clear()
    parse(parts["content.xml"], walk.start, walk.end, walk.said)
    return walk.found


@dataclass
class _Walk:
    """Where a walk over the sheets is. Rows and cells may stand for many: `repeat`."""

    found: dict[str, Facts] = field(default_factory=dict)
    zeros: dict[str, int] = field(default_factory=dict)  # digits of a number style, by name
    style: str = ""
    padded: dict[str, int] = field(default_factory=dict)  # digits of a cell style, by name
    columns: list[tuple[int, str]] = field(default_factory=list)  # last column, its cell style
    name: str = ""
    sheet: Facts = field(default_factory=Facts)
    row: int = 0
    rows: int = 1
    column: int = 0
    cells: int = 0  # as many as the one stands for that a text is in

    def start(self, tag: str, at: dict[str, str]) -> None:
        """Take in what an element says."""
        if tag in {"table-cell", "covered-table-cell"}:
            self._cell(at)
        elif tag == "p" and self.columns:
            self._reach()  # text, whatever the cell says of itself
        elif tag == "s" and self.cells:
            self.sheet.letters += self.cells * int(at.get("text:c", 1))  # so many spaces
        elif tag == "table-row":
            self.row += self.rows
            self.rows = min(int(at.get("table:number-rows-repeated", 1)), _MOST_ROWS)
            self.column = 0
            if at.get("table:visibility", "visible") != "visible" and self.rows < _MOST_ROWS // 2:
                last = min(self.row + self.rows - 1, limits.MOST_ROWS)
                self.sheet.hidden_rows.update(range(self.row, last + 1))
        elif tag == "table-column":
            self._columns(at)
        elif tag == "table":
            self.name = at.get("table:name", "")
            if self.name in self.found:
                raise UnreadableError(rule="odd_parts")
            self.sheet = self.found[self.name] = Facts()
            self.row, self.rows, self.column, self.columns = 1, 0, 0, []
        elif tag == "number-style":
            self.style = at.get("style:name", "")
        elif tag == "number" and self.style and "number:grouping" not in at:
            self.zeros[self.style] = int(at.get("number:min-integer-digits", 0))
        elif tag == "style" and at.get("style:data-style-name") in self.zeros:
            self.padded[at["style:name"]] = self.zeros[at["style:data-style-name"]]

    def end(self, tag: str) -> None:
        """Leave a number style or a cell: what follows is not its own."""
        if tag == "number-style":
            self.style = ""
        elif tag in {"table-cell", "covered-table-cell"}:
            self.cells = 0

    def said(self, letters: str) -> None:
        """Count the letters of a cell, for each cell that it stands for."""
        self.sheet.letters += self.cells * len(letters)

    def _columns(self, at: dict[str, str]) -> None:
        first = self.columns[-1][0] + 1 if self.columns else 1
        last = first + int(at.get("table:number-columns-repeated", 1)) - 1
        self.columns.append((last, at.get("table:default-cell-style-name", "")))
        if at.get("table:visibility", "visible") != "visible":
            self.sheet.hidden_columns.update(range(first, min(last, limits.MOST_COLUMNS) + 1))

    def _cell(self, at: dict[str, str]) -> None:
        first, repeat = self.column + 1, int(at.get("table:number-columns-repeated", 1))
        self.column += repeat
        self.cells = repeat * self.rows
        self.sheet.letters += self.cells * len(at.get("office:string-value", ""))
        kind = at.get("office:value-type", "")
        if not kind and "table:formula" not in at:
            self._merge(at, first)
            return
        last_row = self._reach()
        self._merge(at, first)
        code = self._format(at, kind, first)
        if not code and "table:formula" not in at:
            return
        for row in range(self.row, last_row + 1):
            for column in range(first, self.column + 1):
                if code:
                    self.sheet.formats[row, column] = code
                if "table:formula" in at:
                    self._formula(at, row, column)

    def _reach(self) -> int:
        """Take in that the sheet reaches as far as this cell and its repetitions."""
        last = self.row + self.rows - 1
        self.sheet.last_row = max(self.sheet.last_row, last)
        self.sheet.last_column = max(self.sheet.last_column, self.column)
        corner = address(self.sheet.last_row, self.sheet.last_column)
        require_size(
            sheet=self.name,
            rows=self.sheet.last_row,
            columns=self.sheet.last_column,
            last=corner,
        )
        return last

    def _format(self, at: dict[str, str], kind: str, column: int) -> str:
        if kind == "percentage":
            return "0%"
        if kind != "float" or not self.padded:
            return ""
        style = at.get("table:style-name") or next(
            (style for last, style in self.columns if column <= last), ""
        )
        digits = self.padded.get(style, 0)
        return "0" * digits if digits > 1 else ""

    def _formula(self, at: dict[str, str], row: int, column: int) -> None:
        self.sheet.formulas[row, column] = "=" + at["table:formula"].partition("=")[2]
        if at.get("calcext:value-type") == "error":
            self.sheet.errors[row, column] = "#ERROR!"
        elif not at.get("office:value-type"):
            self.sheet.uncomputed.add((row, column))

    def _merge(self, at: dict[str, str], column: int) -> None:
        wide = int(at.get("table:number-columns-spanned", 1))
        high = int(at.get("table:number-rows-spanned", 1))
        if wide * high > 1:
            right = min(column + wide - 1, limits.MOST_COLUMNS)
            self.sheet.merges.append(Merge(self.row, column, self.row + high - 1, right))

"""Read an ods: one pass over the XML of its content, values and looks at once."""

from __future__ import annotations

import datetime
import math
import re
from typing import TYPE_CHECKING

from .. import limits
from .cell import (
    AUTHOR,
    NO_FLAGS,
    THOUSANDS_DIGITS,
    Block,
    Cell,
    Quota,
    Sheet,
    Value,
    flag_set,
    value_text,
)
from .guard import UnreadableError, elements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

# Elements whose text the program fills in, such as the number of a page.
_FIELDS = {"sheet-name", "page-number", "page-count", "title", "date", "time", "file-name"}
_SPACES = {"s", "tab", "line-break"}
# The flag that a property of a style means, unless its value is one of those without effect.
_FLAGS = {
    "style:text-line-through-style": "struck",
    "style:text-line-through-type": "struck",
    "style:text-position": "raised",
}
_NO_EFFECT = {"none", "0%", "normal"}


def read(parts: dict[str, bytes], quota: Quota) -> list[Sheet]:
    """
    Read the sheets of a workbook, in order.

    Raises
    ------
    UnreadableError, LookupError
        If the file is locked with a password or broken, or there is too much of it.
    """
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise UnreadableError(rule="password")
    styles = _Styles()
    for style in elements(parts.get("styles.xml", b"<nothing/>"), "style", "master-page"):
        styles.add(style)
    readers: list[_OdsReader] = []
    names = ("style", "table-row", "table-column")
    for element in elements(parts["content.xml"], *names, heads=("table",)):
        if element.tag == "table":
            readers.append(_OdsReader(element, styles, quota))
        elif element.tag == "style":
            styles.add(element)
        elif element.tag == "table-column":
            readers[-1].read_column(element)
        else:
            readers[-1].read_row(element)
    return [reader.sheet.finish() for reader in readers]


class _Styles:
    """The styles of a file: what strikes out or raises, which sheets are hidden, texts of pages."""

    def __init__(self) -> None:
        self.flags: dict[str, frozenset[str]] = {}
        self.hidden: set[str] = set()
        self.masters: dict[str, str] = {}
        self.page_texts: dict[str, list[str]] = {}

    def add(self, style: Element) -> None:
        """Add a style, or the head and foot of pages."""
        name = style.get("style:name", "")
        if style.tag == "master-page":
            self._add_page(name, style)
            return
        flags = set(self.flags_of(style.get("style:parent-style-name", "")))
        for properties in style:
            for key, value in properties.items():
                flag = _FLAGS.get(key)
                if flag and value.split(" ")[0] in _NO_EFFECT:
                    flags.discard(flag)
                elif flag:
                    flags.add(flag)
                elif key == "table:display" and value == "false":
                    self.hidden.add(name)
        self.masters[name] = style.get("style:master-page-name", "")
        self.flags[name] = frozenset(flags)

    def _add_page(self, name: str, page: Element) -> None:
        for side in page:
            if side.get("style:display") == "false":
                continue
            lines = ["".join(self.texts(line, set(), _FIELDS)) for line in side.iter("p")]
            text = " ".join(lines)
            if text.strip(" ?()/"):
                self.page_texts.setdefault(name, []).append(text)

    def flags_of(self, style_name: str) -> frozenset[str]:
        return self.flags.get(style_name, NO_FLAGS)

    def texts(self, text: Element, flags: set[str], skipped: set[str]) -> list[str]:
        """Give the pieces of a text without those of skipped elements; add its looks to `flags`."""
        if text.tag in skipped:
            return []
        if text.tag in _SPACES:
            return [" " * min(int(text.get("text:c", 1)), limits.MOST_IN_CELL + 1)]
        if text.tag == "span" and "".join(text.itertext()).strip():
            flags |= self.flags_of(text.get("text:style-name", ""))
        pieces = [text.text or ""]
        for child in text:
            pieces += self.texts(child, flags, skipped)
            pieces.append(child.tail or "")
        return pieces


def _repeats(element: Element, name: str) -> int:
    """Say how many rows, columns or cells an element means; with none a walk would go back."""
    return max(1, int(element.get(name, 1)))


class _OdsReader:
    """Reads a sheet row by row. Rows, columns and cells may be repeated."""

    def __init__(self, table: Element, styles: _Styles, quota: Quota) -> None:
        style = table.get("table:style-name", "")
        self.sheet = Sheet(table.get("table:name", ""), quota, style in styles.hidden)
        master = styles.masters.get(style, "")
        for text in styles.page_texts.get(master, ()):
            self.sheet.add_note(0, 0, text)
        self.styles = styles
        self.row = 0
        self.column = 0
        """The last row and column that were read."""
        self.columns: list[tuple[int, str]] = []
        """For each group of columns, its last column and the style of its cells."""

    def read_column(self, column: Element) -> None:
        """Read whether columns are hidden, and the style of their cells."""
        first = self.columns[-1][0] + 1 if self.columns else 1
        last = first + _repeats(column, "table:number-columns-repeated") - 1
        self.columns.append((last, column.get("table:default-cell-style-name", "")))
        if _is_hidden(column):
            last = min(last, limits.MOST_COLUMNS)
            self.sheet.hide(self.sheet.hidden_columns, first, last)

    def read_row(self, row: Element) -> None:
        """Read a row and its cells, once for each row that it means."""
        first = self.row + 1
        self.column = 0
        self.row += _repeats(row, "table:number-rows-repeated")
        # there may be a million more below the table
        has_cells = any(map(len, row))
        if has_cells and _is_hidden(row):
            self.sheet.hide(self.sheet.hidden_rows, first, self.row)
        for cell in row:
            if cell.tag in {"table-cell", "covered-table-cell"}:
                self._read_cell(cell, range(first, self.row + 1))

    def _read_cell(self, cell: Element, rows: range) -> None:
        first = self.column + 1
        self.column += _repeats(cell, "table:number-columns-repeated")
        self._merge(cell, rows.start, first)
        kind = cell.get("office:value-type", "")
        formula = cell.get("table:formula", "")
        if not (len(cell) or kind or formula):
            return

        column_styles = (style for last, style in self.columns if first <= last)
        style = cell.get("table:style-name") or next(column_styles, "")
        flags = set(self.styles.flags_of(style))
        for note in _notes(cell):
            self.sheet.add_note(rows.start, first, note)
        text = self._text(cell, flags)
        value = _value(cell, kind, text, flags)
        if formula:
            is_error = cell.get("calcext:value-type") == "error"
            flags |= flag_set(formula=True, uncomputed=not kind, formula_error=is_error)
            formula = "=" + formula.partition("=")[2]
        if value is None and not flags & {"uncomputed", "formula_error"}:
            return
        number_format = text if text and "shown_differs" in flags else ""
        for row in rows:
            for column in range(first, self.column + 1):  # a product would list what may be endless
                self.sheet.put(Cell(row, column, value, frozenset(flags), formula, number_format))

    def _merge(self, cell: Element, top: int, left: int) -> None:
        width = _repeats(cell, "table:number-columns-spanned")
        height = _repeats(cell, "table:number-rows-spanned")
        if width * height > 1:
            right = min(left + width - 1, limits.MOST_COLUMNS)
            self.sheet.merge(Block(top, left, top + height - 1, right))

    def _text(self, cell: Element, flags: set[str]) -> str | None:
        """Join the lines of a cell, and add how they look to its flags; None without a line."""
        lines = [
            "".join(self.styles.texts(line, flags, {"annotation"}))
            for line in cell
            if line.tag in {"p", "h"}
        ]
        return "\n".join(lines) if lines else None


def _is_hidden(element: Element) -> bool:
    return element.get("table:visibility", "visible") != "visible"


def _notes(cell: Element) -> Iterator[str]:
    """Give the comments of a cell that are not ours."""
    for note in cell.findall("annotation"):
        if note.findtext("creator") != AUTHOR:
            yield " ".join("".join(line.itertext()) for line in note.findall("p"))


def _value(cell: Element, kind: str, text: str | None, flags: set[str]) -> Value:
    """Give the value of a cell, and flag what a reader takes for another number."""
    if kind in {"float", "percentage", "currency"}:
        number = float(cell.get("office:value", "nan"))
        if not math.isfinite(number):
            return None
        if kind == "percentage":
            flags.add("percent")
        elif text is not None and not _is_shown_as(number, text):
            flags.add("shown_differs")
        return int(number) if number.is_integer() else number
    if kind in {"date", "time"}:
        flags.add("date")
        day = cell.get("office:date-value", "")[:10]
        return datetime.date.fromisoformat(day) if kind == "date" else text
    if kind == "boolean":
        return cell.get("office:boolean-value") == "true"
    return text or cell.get("office:string-value")


def _is_shown_as(number: float, text: str) -> bool:
    """
    Say whether a text shows a number as it is: its digits, grouped or not, and nothing else.

    Examples
    --------
    >>> texts = ("1.234", "1234,00", "", "1234 người", "1,234 %", "1")
    >>> [_is_shown_as(1234, text) for text in texts]
    [True, True, False, False, False, False]
    >>> _is_shown_as(2, "2,000"), _is_shown_as(2, "0002"), _is_shown_as(0, "-")
    (False, False, True)
    """
    text = text.strip()
    if number == 0 and text in {"-", "–", "—"}:
        return True
    digits = _digits(value_text(number))
    shown_digits = _digits(text)
    decimals = re.search("[.,](0+)$", text.strip("() "))
    has_zero_decimals = (
        decimals is not None
        and shown_digits == digits + decimals[1]
        and len(decimals[1]) != THOUSANDS_DIGITS
    )
    has_only_digits = re.fullmatch(r"[(]?-?[0-9., \u00a0\u202f']*[)]?", text) is not None
    return has_only_digits and (shown_digits == digits or has_zero_decimals)


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)

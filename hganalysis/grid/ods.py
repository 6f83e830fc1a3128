"""Read an ods: one pass over the XML of its content, values and looks at once."""

from __future__ import annotations

import datetime
import math
import re
from typing import TYPE_CHECKING

from .. import limits
from .cell import AUTHOR, PLAIN, THREE, Cell, Room, Sheet, Value, write
from .guard import UnreadableError, elements

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_FIELDS = {"sheet-name", "page-number", "page-count", "title", "date", "time", "file-name"}
_SPACES = {"s", "tab", "line-break"}
_FLAGS = {
    "style:text-line-through-style": "struck",
    "style:text-line-through-type": "struck",
    "style:text-position": "raised",
}


def read(parts: dict[str, bytes], room: Room) -> list[Sheet]:
    """
    Read the sheets of a workbook, in order.

    Raises
    ------
    UnreadableError, LookupError
        If the file is locked with a password or broken, or there is too much of it.
    """
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise UnreadableError(rule="password")
    looks = _Looks()
    for one in elements(parts.get("styles.xml", b"<nothing/>"), "style", "master-page"):
        looks.take(one)
    found: list[_Walk] = []
    named = ("style", "table-row", "table-column")
    for one in elements(parts["content.xml"], *named, heads=("table",)):
        if one.tag == "table":
            found.append(_Walk(one, looks, room))
        elif one.tag == "style":
            looks.take(one)
        else:
            found[-1].take(one)
    return [one.sheet.finish() for one in found]


class _Looks:
    """The styles of a file: what strikes out or raises, which sheets are hidden, what pages say."""

    def __init__(self) -> None:
        self.flags: dict[str, frozenset[str]] = {}
        self.hidden: set[str] = set()
        self.masters: dict[str, str] = {}
        self.pages: dict[str, list[str]] = {}

    def take(self, style: Element) -> None:
        """Take in a style, or what the pages of one say at head and foot."""
        name = style.get("style:name", "")
        if style.tag == "master-page":
            for side in (one for one in style if one.get("style:display") != "false"):
                lines = ("".join(self.written(one, set(), _FIELDS)) for one in side.iter("p"))
                if (said := " ".join(lines)).strip(" ?()/"):
                    self.pages.setdefault(name, []).append(said)
            return
        flags = set(self.flags.get(style.get("style:parent-style-name", ""), PLAIN))
        for key, value in (pair for one in style for pair in one.items()):
            if flag := _FLAGS.get(key):
                plain = value.split(" ")[0] in {"none", "0%", "normal"}
                (flags.discard if plain else flags.add)(flag)
            elif key == "table:display" and value == "false":
                self.hidden.add(name)
        self.masters[name] = style.get("style:master-page-name", "")
        self.flags[name] = frozenset(flags)

    def written(self, text: Element, flags: set[str], others: set[str]) -> list[str]:
        """Give the parts of a text that are its own, and take in how they look."""
        if text.tag in others:
            return []
        if text.tag in _SPACES:
            return [" " * min(int(text.get("text:c", 1)), limits.MOST_IN_CELL + 1)]
        if text.tag == "span" and "".join(text.itertext()).strip():
            flags |= self.flags.get(text.get("text:style-name", ""), PLAIN)
        found = [text.text or ""]
        for part in text:
            found += [*self.written(part, flags, others), part.tail or ""]
        return found


def _times(one: Element, name: str) -> int:
    """Say for how many a row, column or cell stands: no less than itself, or a walk went back."""
    return max(1, int(one.get(name, 1)))


class _Walk:
    """Where a walk over a sheet is. Rows, columns and cells may stand for many."""

    def __init__(self, table: Element, looks: _Looks, room: Room) -> None:
        style = table.get("table:style-name", "")
        self.sheet = Sheet(table.get("table:name", ""), room, style in looks.hidden)
        for text in looks.pages.get(looks.masters.get(style, ""), ()):
            self.sheet.note(0, 0, text)
        self.looks, self.row, self.column = looks, 0, 0
        self.columns: list[tuple[int, str]] = []  # last column, its cell style

    def take(self, one: Element) -> None:
        """Take in what a column says, or a row and its cells, once for each that it stands for."""
        hidden = one.get("table:visibility", "visible") != "visible"
        if one.tag == "table-column":
            first = self.columns[-1][0] + 1 if self.columns else 1
            last = first + _times(one, "table:number-columns-repeated") - 1
            self.columns.append((last, one.get("table:default-cell-style-name", "")))
            if hidden:
                last = min(last, limits.MOST_COLUMNS)
                self.sheet.hide(self.sheet.hidden_columns, first, last)
            return
        first, self.column = self.row + 1, 0
        self.row += _times(one, "table:number-rows-repeated")
        if hidden and any(map(len, one)):  # there may be a million more below the table
            self.sheet.hide(self.sheet.hidden_rows, first, self.row)
        for cell in one:
            if cell.tag in {"table-cell", "covered-table-cell"}:
                self._cell(cell, range(first, self.row + 1))

    def _cell(self, cell: Element, rows: range) -> None:
        at, sheet = cell.attrib, self.sheet
        first = self.column + 1
        self.column += _times(cell, "table:number-columns-repeated")
        wide = _times(cell, "table:number-columns-spanned")
        high = _times(cell, "table:number-rows-spanned")
        if wide * high > 1:
            right = min(first + wide - 1, limits.MOST_COLUMNS)
            sheet.merge(rows.start, first, rows.start + high - 1, right)
        kind, formula = at.get("office:value-type", ""), at.get("table:formula", "")
        if not (len(cell) or kind or formula):
            return
        style = at.get("table:style-name") or next(
            (style for last, style in self.columns if first <= last), ""
        )
        flags = set(self.looks.flags.get(style, PLAIN))
        for note in cell.findall("annotation"):
            if note.findtext("creator") != AUTHOR:
                texts = ("".join(part.itertext()) for part in note.findall("p"))
                sheet.note(rows.start, first, " ".join(texts))
        written = self.looks.written
        lines = [
            "".join(written(one, flags, {"annotation"})) for one in cell if one.tag in {"p", "h"}
        ]
        text = "\n".join(lines)
        value = _value(at, kind, text if lines else None, flags)
        if formula:
            flags |= {"formula"} if kind else {"formula", "uncomputed"}
            flags |= {"error"} if at.get("calcext:value-type") == "error" else set()
            formula = "=" + formula.partition("=")[2]
        if value is None and not flags & {"uncomputed", "error"}:
            return
        code = text if "format" in flags else ""
        for row in rows:
            for column in range(first, self.column + 1):  # a product would list what may be endless
                sheet.put(Cell(row, column, value, frozenset(flags), formula, code))


def _value(at: dict[str, str], kind: str, text: str | None, flags: set[str]) -> Value:
    """Give the value of a cell, and flag what a reader takes for another number."""
    if kind in {"float", "percentage", "currency"}:
        number = float(at.get("office:value", "nan"))
        if not math.isfinite(number):
            return None
        if kind == "percentage":
            flags.add("percent")
        elif text is not None and not _alike(number, text):
            flags.add("format")
        return int(number) if number.is_integer() else number
    if kind in {"date", "time"}:
        flags.add("date")
        day = at.get("office:date-value", "")[:10]
        return datetime.date.fromisoformat(day) if kind == "date" else text
    if kind == "boolean":
        return at.get("office:boolean-value") == "true"
    return text or at.get("office:string-value")


def _alike(number: float, text: str) -> bool:
    """
    Say whether a number is shown as itself: its digits, grouped or not, and nothing else.

    Examples
    --------
    >>> [_alike(1234, one) for one in ("1.234", "1234,00", "", "1234 người", "1,234 %", "1")]
    [True, True, False, False, False, False]
    >>> _alike(2, "2,000"), _alike(2, "0002"), _alike(0, "-")
    (False, False, True)
    """
    text = text.strip()
    if number == 0 and text in {"-", "–", "—"}:
        return True
    own, digits = (re.sub("[^0-9]", "", one) for one in (write(number), text))
    zeros = re.search("[.,](0+)$", text.strip("() "))
    filled = zeros is not None and digits == own + zeros[1] and len(zeros[1]) != THREE
    plain = re.fullmatch(r"[(]?-?[0-9., \u00a0\u202f']*[)]?", text) is not None
    return plain and (digits == own or filled)

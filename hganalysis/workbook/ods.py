"""Tell of an ods what its values do not: what is hidden, merged, computed, in error, how shown."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import limits
from .formats import is_percent, matters
from .guard import UnreadableError, parse, require_size
from .sheets import Cell, Facts, Merge, Run, is_marked

if TYPE_CHECKING:
    from collections.abc import Iterator


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
        parse(parts["styles.xml"], walk.start, walk.end, walk.said)
        walk.found.clear()
    parse(parts["content.xml"], walk.start, walk.end, walk.said)
    return walk.found


_NUMBERS = {"number-style", "percentage-style", "currency-style", "text-style"}


@dataclass
class Looks:
    """
    The styles of a file, gathered in a walk over them.

    Number formats are written as other spreadsheets write them, so that one place reads them.
    """

    codes: dict[str, str] = field(default_factory=dict)  # number formats, by name
    formats: dict[str, str] = field(default_factory=dict)  # those of cell styles that matter
    texts: dict[str, tuple[bool | None, int]] = field(default_factory=dict)  # struck; raised
    struck: set[str] = field(default_factory=set)  # cell styles
    number: str = ""
    percentage: bool = False
    code: list[str] = field(default_factory=list)
    maps: list[str] = field(default_factory=list)
    text: str = ""
    literal: bool = False
    style: str = ""
    family: str = ""

    def start(self, tag: str, at: dict[str, str]) -> None:
        """Take in what an element of a style says."""
        if tag in _NUMBERS:
            self.number, self.code, self.maps = at.get("style:name", ""), [], []
            self.percentage = tag == "percentage-style"
        elif self.number:
            self._number(tag, at)
        elif tag == "style":
            self.style, self.family = at.get("style:name", ""), at.get("style:family", "")
            self._cell(at)
        elif tag == "text-properties" and self.style:
            self._text(at)

    def said(self, text: str) -> None:
        """Take in text between the digits."""
        if self.literal:
            self.text += text

    def end(self, tag: str) -> None:
        """Take in that an element of a style ends."""
        if tag in _NUMBERS and self.number:
            self.codes[self.number] = ";".join([*self.maps, "".join(self.code)])
            self.number = ""
        elif tag in {"text", "currency-symbol"} and self.literal:
            if tag == "currency-symbol":
                self.text = self.text or "¤"  # empty where it is that of the country
            quoted = "".join(f'"{part}"' if part else "" for part in self.text.split('"'))
            per_cent = self.percentage and "%" in self.text
            self.code.append(self.text if per_cent else quoted)
            self.literal = False
        elif tag == "style":
            self.style = ""

    def of(self, style: str, kind: str) -> str:
        """Give the number format of a cell of a style and a kind, where it matters."""
        found = self.formats.get(style, "") if kind in {"float", "percentage", "currency"} else ""
        if kind == "string":
            found = self.formats.get(style, "") if "@" in self.formats.get(style, "") else ""
        return "0%" if kind == "percentage" and not is_percent(found) else found

    def _number(self, tag: str, at: dict[str, str]) -> None:
        if tag in {"text", "currency-symbol"}:
            self.text, self.literal = "", True
        elif tag in {"number", "scientific-number", "fraction"}:
            self.code.append(_digits(at))
        elif tag == "text-content":
            self.code.append("@")
        elif tag == "map":
            condition = at.get("style:condition", "").replace("value()", "").replace("!=", "<>")
            other = self.codes.get(at.get("style:apply-style-name", ""), "")
            self.maps.append(f"[{condition}]{other}")

    def _cell(self, at: dict[str, str]) -> None:
        parent = at.get("style:parent-style-name", "")
        if self.family == "table-cell":
            data = at.get("style:data-style-name", "")
            code = self.codes.get(data, "") if data else self.formats.get(parent, "")
            if matters(code):
                self.formats[self.style] = code
            if parent in self.struck:
                self.struck.add(self.style)
        elif self.family == "text" and parent in self.texts:
            self.texts[self.style] = self.texts[parent]

    def _text(self, at: dict[str, str]) -> None:
        lines = [at.get(f"style:text-line-through-{one}") for one in ("style", "type")]
        struck = None if lines == [None, None] else any(one not in {None, "none"} for one in lines)
        if self.family == "table-cell" and struck is not None:
            (self.struck.add if struck else self.struck.discard)(self.style)
        elif self.family == "text":
            place = at.get("style:text-position", "").split(" ")[0]
            percent = place.removesuffix("%")
            number = float(percent) if percent.lstrip("-").isdigit() else 0.0
            step = {"super": 1, "sub": -1}.get(place, (number > 0) - (number < 0))
            if struck is not None or step:
                self.texts[self.style] = struck, step


def _digits(at: dict[str, str]) -> str:
    least = int(at.get("number:min-integer-digits", 1))
    decimals = min(int(at.get("number:decimal-places", 0)), 20)
    digits = "#,##0" if "number:grouping" in at else "0" * min(max(least, 1), 20)
    factor = float(at.get("number:display-factor", 1) or 1)
    times = round(math.log10(factor) / 3) if factor > 1 else 0
    return digits + ("." + "0" * decimals if decimals else "") + "," * times


@dataclass
class _Walk:
    """Where a walk over the sheets is. Rows and cells may stand for many: `repeat`."""

    found: dict[str, Facts] = field(default_factory=dict)
    looks: Looks = field(default_factory=Looks)
    columns: list[tuple[int, str]] = field(default_factory=list)  # last column, its cell style
    name: str = ""
    tables: int = 0  # that are begun: outside of them are the styles
    sheet: Facts = field(default_factory=Facts)
    row: int = 0
    rows: int = 1
    column: int = 0
    cells: int = 0  # as many as the one stands for that a text is in
    block: tuple[range, range] = range(0), range(0)  # their rows and columns
    spans: list[tuple[bool | None, int]] = field(default_factory=list)  # of the text at hand
    runs: list[Run] = field(default_factory=list)
    aside: bool = False

    def start(self, tag: str, at: dict[str, str]) -> None:
        """Take in what an element says."""
        if tag in {"table-cell", "covered-table-cell"}:
            self._cell(at)
        elif tag == "annotation":
            self.aside = True  # a comment is no text of its cell
        elif tag == "p" and self.tables:
            self._reach()  # text, whatever the cell says of itself
            if not self.aside:
                self.spans.append((None, 0))
        elif tag == "span" and self.spans:
            self.spans.append(self.looks.texts.get(at.get("text:style-name", ""), self.spans[-1]))
        elif tag in {"s", "tab", "line-break"} and self.cells:
            self.sheet.letters += self.cells * (int(at.get("text:c", 1)) - 1)  # so many spaces
            self.said(" ")
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
            self.tables += 1
            self.name = at.get("table:name", "")
            if self.name in self.found:
                raise UnreadableError(rule="odd_parts")
            self.sheet = self.found[self.name] = Facts()
            self.row, self.rows, self.column, self.columns = 1, 0, 0, []
        elif not self.tables:
            self.looks.start(tag, at)

    def said(self, text: str) -> None:
        """Take in text, of a style or of a cell."""
        if not self.tables:
            self.looks.said(text)
            return
        self.sheet.letters += self.cells * len(text)  # for each cell that it stands for
        if self.cells and self.spans and self.looks.texts and not self.aside:
            struck, place = self.spans[-1]
            self.runs.append(Run(text, struck=struck, place=place))

    def end(self, tag: str) -> None:
        """Take in that an element ends: what follows is not its own."""
        if not self.tables:
            self.looks.end(tag)
        elif tag == "table":
            self.tables -= 1
        elif tag == "annotation":
            self.aside = False
        elif tag in {"p", "span"} and self.spans and not self.aside:
            self.spans.pop()
        elif tag in {"table-cell", "covered-table-cell"}:
            if is_marked(self.runs):
                self.sheet.runs |= dict.fromkeys(self._cells(), tuple(self.runs))
            self.runs, self.cells = [], 0

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
        self.block = range(self.row, self.row + self.rows), range(first, self.column + 1)
        kind = at.get("office:value-type", "")
        if not kind and "table:formula" not in at:
            self._merge(at, first)
            return
        self._reach()
        self._merge(at, first)
        style = at.get("table:style-name") or next(
            (style for last, style in self.columns if first <= last), ""
        )
        code = self.looks.of(style, kind)
        struck = style in self.looks.struck
        if code:
            self.sheet.formats |= dict.fromkeys(self._cells(), code)
        if struck:
            self.sheet.struck |= set(self._cells())
        if "table:formula" in at:
            for place in self._cells():
                self._formula(at, *place)

    def _cells(self) -> Iterator[Cell]:
        """List the cells that the element at hand stands for."""
        rows, columns = self.block
        return ((row, column) for row in rows for column in columns)

    def _reach(self) -> None:
        """Take in that the sheet reaches as far as this cell and its repetitions."""
        self.sheet.reach(self.row + self.rows - 1, self.column)
        require_size(self.name, self.sheet.last_row, self.sheet.last_column)

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

"""Tell of an ods what its values do not: what is hidden, merged, computed, in error, how shown."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

from .. import limits
from .formats import is_percent, matters
from .guard import UnreadableError, elements, require_size
from .sheets import Merge, Run, Sheet, is_marked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element


_MOST_ROWS = 1_048_576  # of any spreadsheet


def facts(parts: dict[str, bytes]) -> dict[str, Sheet]:
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
    looks, found = Looks(), {}
    for one in elements(parts.get("styles.xml", b"<nothing/>"), *_STYLES):
        looks.take(one)  # number formats may stand here as well
    walk = _Walk("", looks)
    for one in elements(parts["content.xml"], *_STYLES, *_WALKED, heads=("table",)):
        if one.tag == "table":
            walk = _Walk(one.get("table:name", ""), looks)
            if walk.sheet.name in found:
                raise UnreadableError(rule="odd_parts")
            found[walk.sheet.name] = walk.sheet
        elif one.tag == "table-row":
            walk.take_row(one)
        elif one.tag == "table-column":
            walk.take_column(one)
        else:
            looks.take(one)
    return found


_NUMBERS = {"number-style", "percentage-style", "currency-style", "text-style"}
_STYLES = (*_NUMBERS, "style")
_WALKED = ("table-row", "table-column")

Look = tuple[bool | None, int]
"""Of a part of a text: whether it is struck out, where it says so; raised, lowered or neither."""


@dataclass
class Looks:
    """
    The styles of a file.

    Number formats are written as other spreadsheets write them, so that one place reads them.
    """

    codes: dict[str, str] = field(default_factory=dict)  # number formats, by name
    formats: dict[str, str] = field(default_factory=dict)  # those of cell styles that matter
    texts: dict[str, Look] = field(default_factory=dict)
    struck: set[str] = field(default_factory=set)  # cell styles

    def take(self, style: Element) -> None:
        """Take in a style: of numbers, of cells, or of parts of a text."""
        name, family = style.get("style:name", ""), style.get("style:family", "")
        if style.tag in _NUMBERS:
            self.codes[name] = self._code(style)
        elif family == "table-cell":
            self._cell(name, style)
        elif family == "text":
            parent = self.texts.get(style.get("style:parent-style-name", ""))
            struck, step = _struck(style), _step(style)
            if struck is not None or step:
                self.texts[name] = struck, step
            elif parent is not None:
                self.texts[name] = parent

    def of(self, style: str, kind: str) -> str:
        """Give the number format of a cell of a style and a kind, where it matters."""
        found = self.formats.get(style, "") if kind in {"float", "percentage", "currency"} else ""
        if kind == "string":
            found = self.formats.get(style, "") if "@" in self.formats.get(style, "") else ""
        return "0%" if kind == "percentage" and not is_percent(found) else found

    def _code(self, style: Element) -> str:
        """Write a number format as other spreadsheets do."""
        code, maps = "", ""
        for one in style:
            if one.tag in {"text", "currency-symbol"}:
                # empty where it is that of the country
                text = "".join(one.itertext()) or ("¤" if one.tag == "currency-symbol" else "")
                per_cent = style.tag == "percentage-style" and "%" in text
                quoted = "".join(f'"{part}"' if part else "" for part in text.split('"'))
                code += text if per_cent else quoted
            elif one.tag in {"number", "scientific-number", "fraction"}:
                code += _digits(one.attrib)
            elif one.tag == "text-content":
                code += "@"
            elif one.tag == "map":
                holds = one.get("style:condition", "").replace("value()", "")
                other = self.codes.get(one.get("style:apply-style-name", ""), "")
                maps += f"[{holds.replace('!=', '<>')}]{other};"
        return maps + code

    def _cell(self, name: str, style: Element) -> None:
        parent = style.get("style:parent-style-name", "")
        data = style.get("style:data-style-name", "")
        code = self.codes.get(data, "") if data else self.formats.get(parent, "")
        if matters(code):
            self.formats[name] = code
        struck = _struck(style)
        if parent in self.struck if struck is None else struck:
            self.struck.add(name)


def _struck(style: Element) -> bool | None:
    """Say whether a style strikes out, or nothing where it does not tell."""
    lines = [
        line
        for one in style.iter("text-properties")
        for what in ("style", "type")
        if (line := one.get(f"style:text-line-through-{what}")) is not None
    ]
    return any(line != "none" for line in lines) if lines else None


def _step(style: Element) -> int:
    """Say whether a style raises a text (1), lowers it (-1), or neither."""
    said = [one.get("style:text-position", "") for one in style.iter("text-properties")]
    place = (said or [""])[-1].split(" ")[0]
    percent = place.removesuffix("%")
    number = float(percent) if percent.lstrip("-").isdigit() else 0.0
    return {"super": 1, "sub": -1}.get(place, (number > 0) - (number < 0))


def _digits(at: dict[str, str]) -> str:
    least = int(at.get("number:min-integer-digits", 1))
    decimals = min(int(at.get("number:decimal-places", 0)), 20)
    digits = "#,##0" if "number:grouping" in at else "0" * min(max(least, 1), 20)
    factor = float(at.get("number:display-factor", 1) or 1)
    times = round(math.log10(factor) / 3) if factor > 1 else 0
    return digits + ("." + "0" * decimals if decimals else "") + "," * times


def _times(one: Element, name: str) -> int:
    """Say for how many a row, column or cell stands: no less than itself, or a walk went back."""
    return max(1, int(one.get(name, 1)))


class _Walk:
    """Where a walk over a sheet is. Rows, columns and cells may stand for many."""

    def __init__(self, name: str, looks: Looks) -> None:
        self.looks, self.sheet, self.row = looks, Sheet(name), 1
        self.columns: list[tuple[int, str]] = []  # last column, its cell style
        self.rows = self.column = 0

    def take_column(self, one: Element) -> None:
        """Take in what a column says."""
        first = self.columns[-1][0] + 1 if self.columns else 1
        last = first + _times(one, "table:number-columns-repeated") - 1
        self.columns.append((last, one.get("table:default-cell-style-name", "")))
        if one.get("table:visibility", "visible") != "visible":
            self.sheet.hidden_columns.update(range(first, min(last, limits.MOST_COLUMNS) + 1))

    def take_row(self, row: Element) -> None:
        """Take in what a row says, and its cells."""
        self.row, self.column = self.row + self.rows, 0
        self.rows = min(_times(row, "table:number-rows-repeated"), _MOST_ROWS)
        hidden = row.get("table:visibility", "visible") != "visible"
        if hidden and self.rows < _MOST_ROWS // 2:
            last = min(self.row + self.rows - 1, limits.MOST_ROWS)
            self.sheet.hidden_rows.update(range(self.row, last + 1))
        for one in row:
            if one.tag in {"table-cell", "covered-table-cell"}:
                self._cell(one)

    def _cell(self, cell: Element) -> None:
        at, sheet = cell.attrib, self.sheet
        first, repeat = self.column + 1, _times(cell, "table:number-columns-repeated")
        self.column += repeat
        kind, formula = at.get("office:value-type", ""), "table:formula" in at
        texts = list(cell.iter("p"))
        letters = len(at.get("office:string-value", "")) + sum(map(len, cell.itertext()))
        letters += sum(int(one.get("text:c", 1)) for one in cell.iter() if one.tag in _SPACES)
        sheet.letters += repeat * self.rows * letters  # for each cell that it stands for
        if kind or formula or texts:  # text, whatever the cell says of itself
            sheet.reach(self.row + self.rows - 1, self.column)
            require_size(sheet.name, sheet.last_row, sheet.last_column)
        self._merge(at, first)
        for note in cell.iter("annotation"):
            said = " ".join("".join(one.itertext()) for one in note.iter("p"))
            sheet.notes[self.row, first] = said
        block = range(self.row, self.row + self.rows), range(first, self.column + 1)
        if self.looks.texts:
            # a comment is no text of its cell
            texts = [text for one in cell if one.tag != "annotation" for text in one.iter("p")]
            parts = [run for text in texts for run in _runs(text, (None, 0), self.looks)]
            if is_marked(parts):
                runs = tuple(run for run in parts if run.text)
                sheet.runs |= dict.fromkeys(product(*block), runs)
        if not kind and not formula:
            return
        style = at.get("table:style-name") or next(
            (style for last, style in self.columns if first <= last), ""
        )
        if code := self.looks.of(style, kind):
            sheet.formats |= dict.fromkeys(product(*block), code)
        if style in self.looks.struck:
            sheet.struck |= dict.fromkeys(product(*block), "")
        for place in product(*block) if formula else ():
            sheet.formulas[place] = "=" + at["table:formula"].partition("=")[2]
            if at.get("calcext:value-type") == "error":
                sheet.errors[place] = "#ERROR!"
            elif not kind:
                sheet.uncomputed.add(place)

    def _merge(self, at: dict[str, str], column: int) -> None:
        wide = int(at.get("table:number-columns-spanned", 1))
        high = int(at.get("table:number-rows-spanned", 1))
        if wide * high > 1:
            right = min(column + wide - 1, limits.MOST_COLUMNS)
            self.sheet.merges.append(Merge(self.row, column, self.row + high - 1, right))


_SPACES = {"s", "tab", "line-break"}


def _runs(text: Element, look: Look, looks: Looks) -> Iterator[Run]:
    """Part a text where its looks change; what comes behind it is not its own."""
    if text.tag == "annotation":
        return
    if text.tag == "span":
        look = looks.texts.get(text.get("text:style-name", ""), look)
    yield Run(" " if text.tag in _SPACES else text.text or "", struck=look[0], place=look[1])
    for part in text:
        yield from _runs(part, look, looks)
        yield Run(part.tail or "", struck=look[0], place=look[1])

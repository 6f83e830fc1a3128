"""Read an xlsx: one pass over the XML of each sheet, values and looks at once."""

from __future__ import annotations

import posixpath
import re
from math import inf, isfinite
from typing import TYPE_CHECKING, NamedTuple

from .. import limits
from .cell import (
    AUTHOR,
    MAX_FORMAT_LENGTH,
    NO_FLAGS,
    Block,
    Cell,
    Position,
    Quota,
    Sheet,
    Value,
    as_formatted,
    flag_set,
)
from .guard import UnreadableError, elements

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# Number formats that every workbook has without writing them, where they matter.
BUILT_IN = {
    **dict.fromkeys(map(str, (5, 6, 7, 8, 42, 44)), '"$"#,##0'),
    **dict.fromkeys(map(str, (*range(14, 23), *range(27, 37), *range(45, 48))), "d/m/y"),
    **{"9": "0%", "10": "0.00%", "11": "0.00E+00", "12": "# ?/?", "13": "# ??/??"},
}
_CODES = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|[0-9]{1,3}|[A-Za-z])')
_REFERENCE = re.compile(r"[A-Z]{1,3}[0-9]{1,9}")
_FLAGS_OF_KIND = {"e": frozenset({"formula_error"}), "d": frozenset({"date"})}
_NOTHING = b"<nothing/>"
_ON, _OFF = {"1", "true"}, {"0", "false"}


class _Style(NamedTuple):
    """How cells look: the code of their number format, and the flags of their font."""

    number_format: str
    flags: frozenset[str]


_NO_STYLE = _Style("", NO_FLAGS)


def read(parts: dict[str, bytes], quota: Quota) -> list[Sheet]:
    """
    Read the sheets of a workbook, in order; those of charts are left out.

    Raises
    ------
    UnreadableError, LookupError
        If a part is broken or missing, or there is too much of it.
    """
    workbook = parts["xl/workbook.xml"]
    targets = {
        link.attrib["Id"]: _target("xl", link)
        for link in elements(parts["xl/_rels/workbook.xml.rels"], "Relationship")
        if link.get("Type", "").endswith("/worksheet")
    }
    is_1904 = any(book.get("date1904") in _ON for book in elements(workbook, "workbookPr"))
    shared = _Shared(parts, is_1904=is_1904)
    sheets: list[Sheet] = []
    for element in elements(workbook, "sheet"):
        link = next((value for key, value in element.items() if key.endswith(":id")), "")
        if link in targets:
            is_hidden = element.get("state", "visible") != "visible"
            sheet = Sheet(element.attrib["name"], quota, is_hidden)
            _XlsxReader(sheet, shared).read(parts[targets[link]])
            _add_notes(sheet, parts, targets[link])
            sheets.append(sheet.finish())
    return sheets


def _target(folder: str, link: Element) -> str:
    """Name the part that a link of a part in that folder leads to."""
    return posixpath.normpath(posixpath.join("/", folder, link.get("Target", ""))).lstrip("/")


class _Shared:
    """What the sheets of a workbook share: its styles and its texts."""

    def __init__(self, parts: dict[str, bytes], *, is_1904: bool) -> None:
        self.is_1904 = is_1904
        xml = parts.get("xl/styles.xml", _NOTHING)
        lists = {element.tag: element for element in elements(xml, "numFmts", "fonts", "cellXfs")}
        formats = dict(BUILT_IN)
        for element in lists.get("numFmts", ()):
            code = element.get("formatCode", "")
            formats[element.get("numFmtId", "")] = code[:MAX_FORMAT_LENGTH]
        flags_by_font = {
            str(number): _font_flags(font) for number, font in enumerate(lists.get("fonts", ()))
        }
        self.styles = {
            str(number): _Style(
                formats.get(style.get("numFmtId", "0"), ""),
                flags_by_font.get(style.get("fontId", "0"), NO_FLAGS),
            )
            for number, style in enumerate(lists.get("cellXfs", ()))
        }
        texts = elements(parts.get("xl/sharedStrings.xml", _NOTHING), "si")
        self.texts = [_flagged_text(text) for text in texts]


def _font_flags(properties: Element) -> frozenset[str]:
    """Say whether a font, or how a part of a text looks, strikes out or raises."""
    values = {element.tag: element.get("val", "1") for element in properties}
    return flag_set(
        struck=values.get("strike", "0") not in _OFF,
        raised=values.get("vertAlign") in {"superscript", "subscript"},
    )


def _flagged_text(text: Element) -> tuple[str, frozenset[str]]:
    """Give a text, shared or in its cell, and how any part of it looks."""
    all_text = ""
    flags = NO_FLAGS
    for run in text:
        texts = run if run.tag == "r" else [run]
        piece = "".join(element.text or "" for element in texts if element.tag == "t")
        if piece.strip():
            flags = flags.union(*(_font_flags(font) for font in run if font.tag == "rPr"))
        all_text += piece
    return all_text, flags


class _XlsxReader:
    """Reads a sheet, and remembers where it is: a row or a cell need not say its number."""

    def __init__(self, sheet: Sheet, shared: _Shared) -> None:
        self.sheet = sheet
        self.shared = shared
        self.row = 0
        self.column = 0
        self.columns: dict[str, int] = {}
        """The numbers of letters: the same few, 636,000 times."""

    def read(self, xml: bytes) -> None:
        """Read the cells, merged cells, hidden rows and columns, and the texts of pages."""
        sheet = self.sheet
        names = ("row", "c", "col", "mergeCell", "headerFooter")
        for element in elements(xml, *names):
            if element.tag == "row":
                self.row = int(element.get("r", self.row + 1))
                self.column = 0
                if element.get("hidden") in _ON:
                    sheet.hide(sheet.hidden_rows, self.row, self.row)
            elif element.tag == "headerFooter":
                for side in element:
                    sheet.add_note(0, 0, _CODES.sub(" ", "".join(side.itertext())))
            elif element.tag == "mergeCell":
                first, _, last = element.get("ref", "").partition(":")
                sheet.merge(Block(*_position(first), *_position(last)))
            elif element.tag == "col" and element.get("hidden") in _ON:
                last_column = min(int(element.attrib["max"]), limits.MOST_COLUMNS)
                sheet.hide(sheet.hidden_columns, int(element.attrib["min"]), last_column)
            # a cell is in a row; or is given itself, if it is in none
            for cell in element.iter("c"):
                self._read_cell(cell)

    def _read_cell(self, cell: Element) -> None:
        row = self.row
        reference = cell.get("r", "")
        if reference:
            letters = reference.rstrip("0123456789")
            if letters not in self.columns:
                self.columns[letters] = _position(reference)[1]
            self.column = self.columns[letters]
            # the row it names need not be the one that it is in
            row = int(reference[len(letters) :])
        else:
            self.column += 1
        if not len(cell):
            return
        kind = cell.get("t", "n")
        code, flags = self.shared.styles.get(cell.get("s", ""), _NO_STYLE)
        raw = cell.findtext("v", "")
        value, value_flags = _value(cell, kind, raw, code, self.shared)
        flags |= value_flags
        formula = ""
        if cell.find("f") is not None:
            formula = "=" + cell.findtext("f", "")
            flags |= {"formula"} if raw or kind == "str" else {"formula", "uncomputed"}
        self.sheet.put(Cell(row, self.column, value, flags, formula, code))


def _position(reference: str) -> Position:
    """Read the address of a cell."""
    from xlsxwriter.utility import xl_cell_to_rowcol

    if not _REFERENCE.fullmatch(reference):
        raise UnreadableError(rule="damaged")
    row, column = xl_cell_to_rowcol(reference)
    return row + 1, column + 1


def _value(
    cell: Element, kind: str, raw: str, code: str, shared: _Shared
) -> tuple[Value, frozenset[str]]:
    """Give what a cell holds, and what a reader does not see in it."""
    own_text = cell.find("is")
    if own_text is not None:
        return _flagged_text(own_text)
    if kind == "b":
        return raw == "1", NO_FLAGS
    if kind not in {"s", "n"}:
        return raw, _FLAGS_OF_KIND.get(kind, NO_FLAGS)
    if kind == "s" and raw:
        return shared.texts[int(raw)]
    number = float(raw) if raw else inf
    if isfinite(number):
        return as_formatted(number, code, is_1904=shared.is_1904)
    return None, NO_FLAGS


def _add_notes(sheet: Sheet, parts: dict[str, bytes], path: str) -> None:
    """Add comments and boxes of text to a sheet: what somebody else wrote."""
    folder, name = posixpath.split(path)
    links = elements(parts.get(f"{folder}/_rels/{name}.rels", _NOTHING), "Relationship")
    for link in links:
        part = parts.get(_target(folder, link), _NOTHING)
        authors = {
            str(number): "".join(author.itertext())
            for number, author in enumerate(elements(part, "author"))
        }
        for element in elements(part, "comment", "txBody"):
            if authors.get(element.get("authorId", "")) == AUTHOR:
                continue
            is_comment = element.tag == "comment"
            position = _position(element.get("ref", "")) if is_comment else (0, 0)
            text = " ".join("".join(run.itertext()) for run in element.iter("t"))
            sheet.add_note(*position, text)

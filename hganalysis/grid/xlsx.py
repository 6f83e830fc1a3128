"""Read an xlsx: one pass over the XML of each sheet, values and looks at once."""

from __future__ import annotations

import posixpath
import re
from math import isfinite
from typing import TYPE_CHECKING

from .. import limits
from .cell import AUTHOR, LONGEST, PLAIN, Cell, Room, Sheet, Value, as_formatted, looks
from .guard import UnreadableError, elements

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# Number formats that stand in every workbook without being written in it, where they matter.
BUILT_IN = {
    **dict.fromkeys(map(str, (5, 6, 7, 8, 42, 44)), '"$"#,##0'),
    **dict.fromkeys(map(str, (*range(14, 23), *range(27, 37), *range(45, 48))), "d/m/y"),
    **{"9": "0%", "10": "0.00%", "11": "0.00E+00", "12": "# ?/?", "13": "# ??/??"},
}
_CODES = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|[0-9]{1,3}|[A-Za-z])')
_REFERENCE = re.compile(r"[A-Z]{1,3}[0-9]{1,9}")
_KINDS = {"e": frozenset({"error"}), "d": frozenset({"date"})}
_NOTHING = b"<nothing/>"
_ON = {"1", "true"}


def read(parts: dict[str, bytes], room: Room) -> list[Sheet]:
    """
    Read the sheets of a workbook, in order; those of charts are left out.

    Raises
    ------
    UnreadableError, LookupError
        If a part is broken or missing, or there is too much of it.
    """
    workbook = parts["xl/workbook.xml"]
    links = elements(parts["xl/_rels/workbook.xml.rels"], "Relationship")
    targets = {
        link.attrib["Id"]: _target("xl", link)
        for link in links
        if link.get("Type", "").endswith("/worksheet")
    }
    early = any(one.get("date1904") in _ON for one in elements(workbook, "workbookPr"))
    look = _Looks(parts, early=early)
    found: list[Sheet] = []
    for one in elements(workbook, "sheet"):
        link = next((value for key, value in one.items() if key.endswith(":id")), "")
        if link in targets:
            sheet = Sheet(one.attrib["name"], room, one.get("state", "visible") != "visible")
            _walk(sheet, parts[targets[link]], look)
            _beside(sheet, parts, targets[link])
            found.append(sheet.finish())
    return found


def _target(folder: str, link: Element) -> str:
    """Name the part that a relation of another one, in that folder, leads to."""
    return posixpath.normpath(posixpath.join("/", folder, link.get("Target", ""))).lstrip("/")


class _Looks:
    """Formats and flags of the styles of a workbook; its shared texts, each with its flags."""

    def __init__(self, parts: dict[str, bytes], *, early: bool) -> None:
        self.early = early
        text = parts.get("xl/styles.xml", _NOTHING)
        listed = {one.tag: one for one in elements(text, "numFmts", "fonts", "cellXfs")}
        codes = dict(BUILT_IN)
        for one in listed.get("numFmts", ()):
            codes[one.get("numFmtId", "")] = one.get("formatCode", "")[:LONGEST]
        fonts = {str(at): _font(one) for at, one in enumerate(listed.get("fonts", ()))}
        self.styles = {
            str(at): (
                codes.get(one.get("numFmtId", "0"), ""),
                fonts.get(one.get("fontId", "0"), PLAIN),
            )
            for at, one in enumerate(listed.get("cellXfs", ()))
        }
        shared = elements(parts.get("xl/sharedStrings.xml", _NOTHING), "si")
        self.texts = [_rich(one) for one in shared]


def _font(properties: Element) -> frozenset[str]:
    """Say whether a font, or how a part of a text looks, strikes out or raises."""
    said = {one.tag: one.get("val", "1") for one in properties}
    struck = said.get("strike", "0") not in {"0", "false"}
    return looks(struck=struck, raised=said.get("vertAlign") in {"superscript", "subscript"})


def _rich(text: Element) -> tuple[str, frozenset[str]]:
    """Give a text, shared or in its cell, and how any part of it looks."""
    found, flags = "", PLAIN
    for one in text:
        said = "".join(part.text or "" for part in ([one], one)[one.tag == "r"] if part.tag == "t")
        if said.strip():
            flags = flags.union(*(_font(part) for part in one if part.tag == "rPr"))
        found += said
    return found, flags


def _walk(sheet: Sheet, text: bytes, look: _Looks) -> None:
    columns: dict[str, int] = {}  # of letters: the same few, 636,000 times
    line, column = 0, 0
    for one in elements(text, "row", "c", "col", "mergeCell", "headerFooter"):
        if one.tag == "row":
            line, column = int(one.get("r", line + 1)), 0
            if one.get("hidden") in _ON:
                sheet.hide(sheet.hidden_rows, line, line)
        elif one.tag == "headerFooter":
            for side in one:
                sheet.note(0, 0, _CODES.sub(" ", "".join(side.itertext())))
        elif one.tag == "mergeCell":
            first, _, last = one.get("ref", "").partition(":")
            sheet.merge(*_place(first), *_place(last))
        elif one.tag == "col" and one.get("hidden") in _ON:
            end = min(int(one.attrib["max"]), limits.MOST_COLUMNS)
            sheet.hide(sheet.hidden_columns, int(one.attrib["min"]), end)
        for cell in one.iter("c"):
            reference = cell.get("r", "")
            letters = reference.rstrip("0123456789")
            if not reference:
                column += 1
            elif letters not in columns:
                columns[letters] = _place(reference)[1]
            column = columns.get(letters, column)
            # the row it names need not be the one it stands in
            row = int(reference[len(letters) :]) if reference else line
            if len(cell):
                _cell(sheet, cell, row, column, look)


def _place(reference: str) -> tuple[int, int]:
    """Read the address of a cell."""
    from xlsxwriter.utility import xl_cell_to_rowcol

    if not _REFERENCE.fullmatch(reference):
        raise UnreadableError(rule="damaged")
    row, column = xl_cell_to_rowcol(reference)
    return row + 1, column + 1


def _cell(sheet: Sheet, cell: Element, row: int, column: int, look: _Looks) -> None:
    kind = cell.get("t", "n")
    code, flags = look.styles.get(cell.get("s", ""), ("", PLAIN))
    said = {part.tag: part for part in cell}
    raw = said["v"].text or "" if "v" in said else ""
    value: Value = None
    own = PLAIN
    if "is" in said:
        value, own = _rich(said["is"])
    elif kind == "s" and raw:
        value, own = look.texts[int(raw)]
    elif kind == "n" and raw and isfinite(number := float(raw)):
        value, own = as_formatted(number, code, early=look.early)
    elif kind == "b":
        value = raw == "1"
    elif kind not in {"s", "n"}:
        value, own = raw, _KINDS.get(kind, PLAIN)
    flags, formula = flags | own, ""
    if "f" in said:
        formula = "=" + (said["f"].text or "")
        flags |= {"formula"} if raw or kind == "str" else {"formula", "uncomputed"}
    sheet.put(Cell(row, column, value, flags, formula, code))


def _beside(sheet: Sheet, parts: dict[str, bytes], path: str) -> None:
    """Gather comments and boxes of text: what somebody else wrote."""
    folder, name = posixpath.split(path)
    links = elements(parts.get(f"{folder}/_rels/{name}.rels", _NOTHING), "Relationship")
    for link in links:
        authors: list[str] = []
        part = parts.get(_target(folder, link), _NOTHING)
        for one in elements(part, "author", "comment", "txBody"):
            if one.tag == "author":
                authors.append("".join(one.itertext()))
                continue
            own = int(one.get("authorId", len(authors)))
            if 0 <= own < len(authors) and authors[own] == AUTHOR:
                continue
            text = " ".join("".join(t.itertext()) for t in one.iter("t"))
            sheet.note(*(_place(one.get("ref", "")) if one.tag == "comment" else (0, 0)), text)

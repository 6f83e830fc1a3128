"""Read an xlsx: one pass over the XML of each sheet, values and looks at once."""

from __future__ import annotations

import datetime
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import limits
from .cell import LONGEST, OURS, PLAIN, Room, Sheet, Value, column_number, of_format
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
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,9})")
_NOTHING = b"<nothing/>"
_ON = {"1", "true"}
_COLUMNS = 16_384  # that a sheet has
_LAST_DAY = 2_958_466  # of the year 9999


def read(parts: dict[str, bytes], room: Room) -> list[Sheet]:
    """
    Read the sheets of a workbook, in order; those of charts are left out.

    Raises
    ------
    UnreadableError
        If a part is missing or broken, two sheets have one name, or there is too much of it.
    """
    workbook = _one(parts, "xl/workbook.xml")
    links = elements(_one(parts, "xl/_rels/workbook.xml.rels"), "Relationship")
    targets = {
        link.attrib["Id"]: posixpath.normpath(_under_xl(link.attrib["Target"]))
        for link in links
        if link.get("Type", "").endswith("/worksheet")
    }
    early = any(one.get("date1904") in _ON for one in elements(workbook, "workbookPr"))
    look = _Looks(parts, early=early)
    found: dict[str, Sheet] = {}
    for one in elements(workbook, "sheet"):
        name = one.attrib["name"]
        link = next((value for key, value in one.items() if key.endswith(":id")), "")
        if link not in targets:
            continue
        if name in found:
            raise UnreadableError(rule="odd_parts")
        hidden = one.get("state", "visible") != "visible"
        sheet = found[name] = Sheet(name, room, hidden)
        _walk(sheet, _one(parts, targets[link]), look)
        _beside(sheet, parts, targets[link])
        sheet.finish()
    return [*found.values()]


def _one(parts: dict[str, bytes], name: str) -> bytes:
    if name not in parts:
        raise UnreadableError(rule="damaged")
    return parts[name]


def _under_xl(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


class _Looks:
    """The styles of a workbook, and its shared texts, each with the flags that it brings."""

    def __init__(self, parts: dict[str, bytes], *, early: bool) -> None:
        self.early = early
        codes, fonts, section = dict(BUILT_IN), [], ""
        styles: list[_Style] = []
        named = ("numFmts", "fonts", "cellStyleXfs", "cellXfs", "dxfs")
        text = parts.get("xl/styles.xml", _NOTHING)
        for one in elements(text, "numFmt", "font", "xf", heads=named):
            if one.tag in named:
                section = one.tag
            elif one.tag == "numFmt" and section != "dxfs":
                codes[one.get("numFmtId", "")] = one.get("formatCode", "")[:LONGEST]
            elif one.tag == "font" and section == "fonts":
                fonts.append(_font(one))
            elif one.tag == "xf" and section == "cellXfs":
                at = int(one.get("fontId", 0))
                flags = fonts[at] if 0 <= at < len(fonts) else PLAIN
                styles.append(_Style(codes.get(one.get("numFmtId", "0"), ""), flags))
        self.styles = {str(at): style for at, style in enumerate(styles)}
        shared = elements(parts.get("xl/sharedStrings.xml", _NOTHING), "si")
        self.texts = [_rich(one) for one in shared]


@dataclass
class _Style:
    code: str
    flags: frozenset[str]


_PLAIN_STYLE = _Style("", PLAIN)


def _font(properties: Element) -> frozenset[str]:
    """Say whether a font, or how a part of a text looks, strikes out or raises."""
    found: set[str] = set()
    for one in properties:
        if one.tag == "strike":
            (found.discard if one.get("val", "1") in {"0", "false"} else found.add)("struck")
        elif one.tag == "vertAlign" and one.get("val") in {"superscript", "subscript"}:
            found.add("raised")
    return frozenset(found)


def _rich(text: Element) -> tuple[str, frozenset[str], bool]:
    """Give a text, shared or in its cell, its flags, and whether all of it says how it looks."""
    found: list[str] = []
    flags: set[str] = set()
    own = True
    for one in text:
        if one.tag == "t":
            found.append(one.text or "")
            own = False
        elif one.tag == "r":
            said = "".join(part.text or "" for part in one if part.tag == "t")
            looks = next((part for part in one if part.tag == "rPr"), None)
            own = own and looks is not None
            if said.strip() and looks is not None:
                flags |= _font(looks)
            found.append(said)
    return "".join(found), frozenset(flags), own and bool(found)


def _walk(sheet: Sheet, text: bytes, look: _Looks) -> None:
    columns: dict[str, int] = {}  # of letters: the same few, 636,000 times
    line, column, across = 0, 0, 0
    for one in elements(text, "row", "c", "col", "mergeCell", "headerFooter"):
        if one.tag == "row":
            line, column = int(one.get("r", line + 1)), 0
            if one.get("hidden") in _ON and line <= limits.MOST_ROWS:
                sheet.hidden_rows.add(line)
        elif one.tag == "headerFooter":
            for side in one:
                sheet.note(0, 0, _CODES.sub(" ", "".join(side.itertext())))
        elif one.tag == "mergeCell":
            (left, top), (right, bottom) = _corners(one.get("ref", ""))
            sheet.merge((int(top), column_number(left), int(bottom), column_number(right)))
        elif one.tag == "col" and one.get("hidden") in _ON:
            first, last = int(one.attrib["min"]), min(int(one.attrib["max"]), _COLUMNS)
            across += last - first + 1
            if first < 1 or across > _COLUMNS:  # they overlap, or lie nowhere
                raise UnreadableError(rule="damaged")
            sheet.hidden_columns.update(range(first, last + 1))
        for cell in one.iter("c"):
            reference = cell.get("r", "")
            letters = reference.rstrip("0123456789")
            column = columns.get(letters) or _learn(letters, columns) if reference else column + 1
            # the row it names need not be the one it stands in
            row = int(reference[len(letters) :]) if reference else line
            if len(cell):
                _cell(sheet, cell, row, column, look)


def _corners(reference: str) -> list[tuple[str, str]]:
    corners = _REFERENCE.findall(reference)
    if len(corners) != 2:
        raise UnreadableError(rule="damaged")
    return corners


def _learn(letters: str, columns: dict[str, int]) -> int:
    if re.fullmatch(r"[A-Z]{1,3}", letters) is None:
        raise UnreadableError(rule="damaged")
    return columns.setdefault(letters, column_number(letters))


def _cell(sheet: Sheet, cell: Element, row: int, column: int, look: _Looks) -> None:
    kind = cell.get("t", "n")
    style = look.styles.get(cell.get("s", ""), _PLAIN_STYLE)
    raw, formula, inline = "", None, None
    for part in cell:
        if part.tag == "v":
            raw = part.text or ""
        elif part.tag == "f":
            formula = "=" + (part.text or "")
        elif part.tag == "is":
            inline = part
    value: Value = None
    flags = style.flags
    if kind == "n":
        if raw:
            value, flags = _number(float(raw), style, early=look.early)
    elif kind == "s" or inline is not None:
        if raw or inline is not None:
            value, own, whole = look.texts[int(raw)] if inline is None else _rich(inline)
            flags = own if whole else flags | own
    elif kind == "b":
        value = raw == "1"
    else:
        value = raw
        flags |= {"e": {"error"}, "d": {"date"}}.get(kind, PLAIN)
    if formula is not None:
        flags |= {"formula"}
        if not raw and kind != "str":
            flags |= {"uncomputed"}
    sheet.put(row, column, value, flags, formula or "", style.code)


def _number(number: float, style: _Style, *, early: bool) -> tuple[Value, frozenset[str]]:
    if number != number or number in {float("inf"), float("-inf")}:
        return None, PLAIN
    value = int(number) if number.is_integer() else number
    if not style.code:
        return value, style.flags
    said = of_format(style.code, value)
    if said == "date" and 0 < number < _LAST_DAY:
        start = datetime.date(1904, 1, 1) if early else datetime.date(1899, 12, 30)
        return start + datetime.timedelta(days=int(number)), style.flags | {said}
    return value, style.flags | {said} if said else style.flags


def _beside(sheet: Sheet, parts: dict[str, bytes], path: str) -> None:
    """Gather comments and boxes of text: what somebody else wrote."""
    folder, name = posixpath.split(path)
    links = elements(parts.get(f"{folder}/_rels/{name}.rels", _NOTHING), "Relationship")
    targets = [one.get("Target", "") for one in links if one.get("TargetMode") != "External"]
    for target in targets:
        at = posixpath.normpath(posixpath.join(folder, target)).lstrip("/")
        part = parts.get(at if not target.startswith("/") else target.lstrip("/"), _NOTHING)
        authors: list[str] = []
        for one in elements(part, "author", "comment", "txBody"):
            if one.tag == "author":
                authors.append("".join(one.itertext()))
                continue
            own = int(one.get("authorId", len(authors)))
            if 0 <= own < len(authors) and authors[own] == OURS:
                continue
            text = "".join("".join(t.itertext()) + " " for t in one.iter("t"))
            found = _REFERENCE.fullmatch(one.get("ref", "")) if one.tag == "comment" else None
            sheet.note(*((int(found[2]), column_number(found[1])) if found else (0, 0)), text)

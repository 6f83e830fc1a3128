"""
Tell of an xlsx what its values do not: what is hidden, merged, computed, in error, or per cent.

The values themselves are read by calamine. This is one pass over the text of each sheet, which
takes a second for 636,000 cells; openpyxl takes twenty, and its quick way tells less.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from .guard import UnreadableError, require_size
from .sheets import Cell, Merge, address, column_number

if TYPE_CHECKING:
    from collections.abc import Callable

# Number formats that stand in every workbook without being written in it.
_BUILT_IN_PER_CENT = {"9": "0%", "10": "0.00%"}
_LONGEST_FORMAT = 255  # letters: a spreadsheet takes no more
_TEXTS = {"s", "str", "inlineStr"}


@dataclass
class Facts:
    """What a sheet says beside its values; `sheets.Sheet` explains each."""

    hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merges: list[Merge] = field(default_factory=list)
    formulas: dict[Cell, str] = field(default_factory=dict)
    uncomputed: set[Cell] = field(default_factory=set)
    errors: dict[Cell, str] = field(default_factory=dict)
    formats: dict[Cell, str] = field(default_factory=dict)
    last_row: int = 0
    last_column: int = 0
    letters: int = 0


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
        By the name of the sheet, in the order of the workbook; sheets of charts are left out.

    Raises
    ------
    UnreadableError
        If a part is missing or broken, two sheets have one name, or a sheet reaches further than
        any report does.
    """
    workbook = _one(parts, "xl/workbook.xml")
    links = _all(_one(parts, "xl/_rels/workbook.xml.rels"), "Relationship")
    targets = {
        link["Id"]: posixpath.normpath(_under_xl(link["Target"]))
        for link in links
        if link.get("Type", "").endswith("/worksheet")
    }
    marked = _marked_styles(parts.get("xl/styles.xml", b""))
    lengths = _lengths(parts.get("xl/sharedStrings.xml", b""))
    found = {}
    for one in _all(workbook, "sheet"):
        link = next((value for key, value in one.items() if key.endswith(":id")), "")
        if link not in targets:
            continue
        if one["name"] in found:
            raise UnreadableError(rule="odd_parts")
        found[one["name"]] = _sheet(_one(parts, targets[link]), one["name"], marked, lengths)
    return found


def shows_more(code: str) -> bool:
    """
    Say whether a number format changes what a reader takes a number for: per cent, zeros ahead.

    Examples
    --------
    >>> shows_more("0.0%"), shows_more("00000"), shows_more("#,##0"), shows_more('0 "%"')
    (True, True, False, False)
    """
    plain = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", code)
    return "%" in plain or re.fullmatch(r"0{2,}", plain) is not None


def parse(
    text: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    said: Callable[[str], None] | None = None,
) -> None:
    """
    Walk over XML.

    Parameters
    ----------
    text
        XML without a document type: `guard.unpack` refuses those.
    start
        Called for each element, with its name (no prefix) and its attributes.
    end
        Called where an element ends, with its name.
    said
        Called with the text between.

    Raises
    ------
    UnreadableError
        If it is no well-formed XML.
    """
    parser = _parser()
    if end is not None:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    if said is not None:
        parser.CharacterDataHandler = said
    _walk(parser, text, start)


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def _walk(
    parser: expat.XMLParserType, text: bytes, start: Callable[[str, dict[str, str]], None]
) -> None:
    def first(tag: str, at: dict[str, str]) -> None:
        # a file whose first element has no prefix has none anywhere that matters
        plain = start if ":" not in tag else lambda tag, at: start(tag.rpartition(":")[2], at)
        parser.StartElementHandler = plain
        plain(tag, at)

    parser.StartElementHandler = first
    try:
        parser.Parse(text, True)  # noqa: FBT003 - expat takes no keyword
    except (expat.ExpatError, ValueError, KeyError) as error:
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError(rule="damaged") from error


def _refuse(*_: object) -> None:
    raise UnreadableError(rule="entities", part="")


def _one(parts: dict[str, bytes], name: str) -> bytes:
    if name not in parts:
        raise UnreadableError(rule="damaged")
    return parts[name]


def _all(text: bytes, wanted: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    parse(text, lambda tag, at: found.append(at) if tag == wanted else None)
    return found


def _under_xl(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _marked_styles(text: bytes) -> dict[str, str]:
    """Give the number format of each cell style that changes what a reader sees."""
    codes, styles = dict(_BUILT_IN_PER_CENT), []
    inside = False

    def start(tag: str, at: dict[str, str]) -> None:
        nonlocal inside
        if tag == "numFmt":
            codes[at.get("numFmtId", "")] = at.get("formatCode", "")[:_LONGEST_FORMAT]
        elif tag in {"cellXfs", "cellStyleXfs"}:
            inside = tag == "cellXfs"
        elif tag == "xf" and inside:
            styles.append(at.get("numFmtId", "0"))

    def end(tag: str) -> None:
        nonlocal inside
        inside = inside and tag != "cellXfs"

    if text:
        parse(text, start, end)
    shown = {str(at): codes.get(style, "") for at, style in enumerate(styles)}
    return {at: code for at, code in shown.items() if shows_more(code)}


def _lengths(text: bytes) -> list[int]:
    """Count the letters of each text that cells share: a cell has its number, and shows it all."""
    lengths: list[int] = []

    def start(tag: str, _: dict[str, str]) -> None:
        if tag == "si":
            lengths.append(0)

    def said(letters: str) -> None:
        if lengths:
            lengths[-1] += len(letters)

    if text:
        parse(text, start, said=said)
    return lengths


def _sheet(text: bytes, name: str, marked: dict[str, str], lengths: list[int]) -> Facts:
    found = Facts()
    columns: dict[str, int] = {}  # of letters: the same few, 636,000 times
    row = column = 0  # of the cell
    line, line_text = 0, "0"  # the row it stands in, which need not be the same
    kind, inside = "n", ""
    said: list[str] = []
    parser = _parser()

    def start(tag: str, at: dict[str, str]) -> None:
        nonlocal row, column, kind, line, line_text
        if tag == "c":
            place = at.get("r", "")
            letters = place.rstrip("0123456789")
            column = (columns.get(letters) or _learn(letters, columns)) if place else column + 1
            digits = place[len(letters) :]
            row = line if digits == line_text or not place else int(digits)
            kind = at.get("t", "n")
            if marked and at.get("s", "") in marked:
                found.formats[row, column] = marked[at["s"]]
        elif tag in {"v", "is"}:
            if column > found.last_column:
                found.last_column = column
            if row > found.last_row:
                found.last_row = row
            found.uncomputed.discard((row, column))
            if kind in _TEXTS or kind == "e" or (row, column) in found.formulas:
                listen(tag)
        elif tag == "row":
            line, column = int(at.get("r", line + 1)), 0
            line_text = str(line)
            if at.get("hidden") in {"1", "true"}:
                found.hidden_rows.add(line)
        elif tag == "f":
            found.formulas[row, column] = "="
            found.uncomputed.add((row, column))
            found.last_row = max(found.last_row, row)
            found.last_column = max(found.last_column, column)
            listen("f")
        elif tag == "col" and at.get("hidden") in {"1", "true"}:
            found.hidden_columns.update(range(int(at["min"]), min(int(at["max"]), 16384) + 1))
        elif tag == "mergeCell":
            found.merges.append(_merge(at.get("ref", "")))

    def listen(tag: str) -> None:
        nonlocal inside
        inside = tag
        said.clear()
        parser.CharacterDataHandler = said.append
        parser.EndElementHandler = end

    def end(tag: str) -> None:
        if tag.rpartition(":")[2] != inside:
            return
        shown = "".join(said)
        if inside == "f":
            found.formulas[row, column] = f"={shown}"
        elif kind == "e":
            found.errors[row, column] = shown
        elif not shown and kind != "str" and (row, column) in found.formulas:
            found.uncomputed.add((row, column))
        elif kind == "s":
            found.letters += lengths[int(shown or 0)] if lengths else 0
        else:
            found.letters += len(shown)
        parser.CharacterDataHandler = parser.EndElementHandler = None

    _walk(parser, text, start)
    last = address(found.last_row, found.last_column)
    require_size(sheet=name, rows=found.last_row, columns=found.last_column, last=last)
    return found


def _learn(letters: str, columns: dict[str, int]) -> int:
    if re.fullmatch(r"[A-Z]{1,3}", letters) is None:
        raise UnreadableError(rule="damaged")
    return columns.setdefault(letters, column_number(letters))


def _merge(reference: str) -> Merge:
    corners = re.findall(r"([A-Z]{1,3})([0-9]{1,7})", reference)
    if len(corners) != 2:
        raise UnreadableError(rule="damaged")
    (left, top), (right, bottom) = corners
    return Merge(int(top), column_number(left), int(bottom), column_number(right))

"""
Tell of an xlsx what its values do not: what is hidden, merged, computed, in error, how it is shown.

The values themselves are read by calamine. This is one pass over the text of each sheet, which
takes a second for 636,000 cells; openpyxl takes twenty, and its quick way tells less.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from . import guard
from .formats import BUILT_IN, LONGEST, matters
from .guard import UnreadableError, elements, parse, require_size
from .sheets import Facts, Merge, Run, address, column_number, is_marked

_TEXTS = {"s", "str", "inlineStr"}


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
    links = elements(_one(parts, "xl/_rels/workbook.xml.rels"), "Relationship")
    targets = {
        link["Id"]: posixpath.normpath(_under_xl(link["Target"]))
        for link in links
        if link.get("Type", "").endswith("/worksheet")
    }
    look = looks(parts)
    found = {}
    for one in elements(workbook, "sheet"):
        link = next((value for key, value in one.items() if key.endswith(":id")), "")
        if link not in targets:
            continue
        if one["name"] in found:
            raise UnreadableError(rule="odd_parts")
        found[one["name"]] = _sheet(_one(parts, targets[link]), one["name"], look)
    return found


def _one(parts: dict[str, bytes], name: str) -> bytes:
    if name not in parts:
        raise UnreadableError(rule="damaged")
    return parts[name]


def _under_xl(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _sheet(text: bytes, name: str, look: Looks) -> Facts:
    found = Facts()
    marked = {style: look.formats.get(style, "") for style in {*look.formats, *look.struck}}
    rich = Rich() if is_rich(text) else None
    columns: dict[str, int] = {}  # of letters: the same few, 636,000 times
    row = column = 0  # of the cell
    line, line_text = 0, "0"  # the row it stands in, which need not be the same
    kind, inside = "n", ""
    said: list[str] = []
    parser = guard.parser()

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
                if marked[at["s"]]:
                    found.formats[row, column] = marked[at["s"]]
                if at["s"] in look.struck:
                    found.struck.add((row, column))
        elif tag in {"v", "is"}:
            if column > found.last_column:
                found.last_column = column
            if row > found.last_row:
                found.last_row = row
            found.uncomputed.discard((row, column))
            if rich and tag == "is":
                rich.start(tag, at)
            if kind in _TEXTS or kind == "e" or tag == "is" or (row, column) in found.formulas:
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
        elif inside == "is" and rich:
            rich.start(tag, at)

    def listen(tag: str) -> None:
        nonlocal inside
        inside = tag
        said.clear()
        parser.CharacterDataHandler = said_in_cell if tag == "is" else said.append
        parser.EndElementHandler = end

    def said_in_cell(text: str) -> None:
        said.append(text)
        if rich:
            rich.said(text)

    def end(tag: str) -> None:
        nonlocal inside
        if tag.rpartition(":")[2] != inside:
            if inside == "is" and rich:
                rich.end(tag.rpartition(":")[2])
            return
        shown = "".join(said)
        if inside == "is" and rich and is_marked(rich.runs):
            found.runs[row, column] = tuple(rich.runs)
        if inside == "f":
            found.formulas[row, column] = f"={shown}"
        elif kind == "e":
            found.errors[row, column] = shown
        elif not shown and kind != "str" and (row, column) in found.formulas:
            found.uncomputed.add((row, column))
        elif kind == "s" and inside == "v":
            number = int(shown or 0)
            found.letters += look.lengths[number] if look.lengths else 0
            if number in look.texts:
                found.runs[row, column] = look.texts[number]
        else:
            found.letters += len(shown)
        inside = ""
        parser.CharacterDataHandler = parser.EndElementHandler = None

    guard.walk(parser, text, start)
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


@dataclass(frozen=True)
class Looks:
    """
    How cells look: the number formats of styles that matter, the styles that strike out, the
    letters of each shared text, and those of which a part is struck out, raised or lowered.
    """

    formats: dict[str, str]
    struck: frozenset[str]
    lengths: list[int]
    texts: dict[int, tuple[Run, ...]]


def looks(parts: dict[str, bytes]) -> Looks:
    """Read the styles and the shared texts of a workbook out of its parts."""
    codes = {str(at): code for at, code in BUILT_IN.items()}
    styles: list[tuple[str, str]] = []  # number format and font of each
    fonts: list[bool] = []  # whether it strikes out
    inside = ""

    def start(tag: str, at: dict[str, str]) -> None:
        nonlocal inside
        if tag == "numFmt" and inside != "dxfs":
            codes[at.get("numFmtId", "")] = at.get("formatCode", "")[:LONGEST]
        elif tag in {"cellXfs", "cellStyleXfs", "fonts", "dxfs"}:
            inside = tag
        elif tag == "font" and inside == "fonts":
            fonts.append(False)
        elif tag == "strike" and inside == "fonts" and fonts:
            fonts[-1] = _is_on(at)
        elif tag == "xf" and inside == "cellXfs":
            styles.append((at.get("numFmtId", "0"), at.get("fontId", "0")))

    def end(tag: str) -> None:
        nonlocal inside
        inside = "" if tag == inside else inside

    if "xl/styles.xml" in parts:
        parse(parts["xl/styles.xml"], start, end)
    shown = {str(at): codes.get(code, "") for at, (code, _) in enumerate(styles)}
    lengths, texts = _texts(parts.get("xl/sharedStrings.xml", b""))
    strikes = {str(at) for at, strike in enumerate(fonts) if strike}
    return Looks(
        formats={at: code for at, code in shown.items() if matters(code)},
        struck=frozenset(str(at) for at, (_, font) in enumerate(styles) if font in strikes),
        lengths=lengths,
        texts=texts,
    )


def _is_on(at: dict[str, str]) -> bool:
    return at.get("val", "1") not in {"0", "false"}


def is_rich(text: bytes) -> bool:
    """Say whether XML can hold such text at all: most files need not be looked through for it."""
    words = ("strike", "vertAlign")
    return any(word.encode(code) in text for word in words for code in ("ascii", "utf-16-le"))


def _texts(text: bytes) -> tuple[list[int], dict[int, tuple[Run, ...]]]:
    """Count the letters of each shared text; give those struck out, raised or lowered in part."""
    lengths: list[int] = []
    found: dict[int, tuple[Run, ...]] = {}
    rich = Rich() if is_rich(text) else None

    def start(tag: str, at: dict[str, str]) -> None:
        if tag == "si":
            lengths.append(0)
        if rich:
            rich.start(tag, at)

    def said(letters: str) -> None:
        if lengths:
            lengths[-1] += len(letters)
        if rich:
            rich.said(letters)

    def end(tag: str) -> None:
        if rich and tag == "si" and is_marked(rich.runs):
            found[len(lengths) - 1] = tuple(rich.runs)
        if rich:
            rich.end(tag)

    if text:
        parse(text, start, end if rich else None, said)
    return lengths, found


class Rich:
    """Gather the runs of one text, shared or in its cell, while somebody walks over it."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.struck: bool | None = None
        self.place, self.text, self.aside = 0, "", False
        self.inside = False

    def start(self, tag: str, at: dict[str, str]) -> None:
        """Take in what an element says."""
        if tag in {"si", "is"}:
            self.runs = []
        elif tag == "r":
            self.struck, self.place = None, 0
        elif tag == "rPr":
            self.struck = False  # it says itself how it looks
        elif tag == "strike":
            self.struck = _is_on(at)
        elif tag == "vertAlign":
            self.place = {"superscript": 1, "subscript": -1}.get(at.get("val", ""), 0)
        elif tag == "rPh":  # how a word is spoken is no part of it
            self.aside = True
        elif tag == "t":
            self.text, self.inside = "", True

    def said(self, text: str) -> None:
        """Take in text."""
        if self.inside:
            self.text += text

    def end(self, tag: str) -> None:
        """Take in that an element ends."""
        if tag == "t":
            self.inside = False
            if self.text and not self.aside:
                self.runs.append(Run(self.text, struck=self.struck, place=self.place))
        elif tag == "rPh":
            self.aside = False
        elif tag == "r":
            self.struck, self.place = None, 0

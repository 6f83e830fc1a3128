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
from .sheets import Facts, Merge, Run, column_number, is_marked

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
        sheet = found[one["name"]] = _Walk(_one(parts, targets[link]), look).found
        require_size(one["name"], sheet.last_row, sheet.last_column)
    return found


def _one(parts: dict[str, bytes], name: str) -> bytes:
    if name not in parts:
        raise UnreadableError(rule="damaged")
    return parts[name]


def _under_xl(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


class _Walk:
    """Where a walk over the XML of a sheet is, and what was found of it."""

    def __init__(self, text: bytes, look: Looks) -> None:
        self.look, self.found = look, Facts()
        self.rich = Rich() if is_rich(text) else None
        self.columns: dict[str, int] = {}  # of letters: the same few, 636,000 times
        self.row = self.column = 0  # of the cell
        self.line, self.line_text = 0, "0"  # the row it stands in, which need not be the same
        self.kind, self.inside = "n", ""
        self.texts: list[str] = []
        self.parser = guard.parser()
        guard.walk(self.parser, text, self.start)

    def start(self, tag: str, at: dict[str, str]) -> None:
        """Take in what an element says."""
        found = self.found
        if tag == "c":
            self._cell(at)
        elif tag in {"v", "is"}:
            place = self.row, self.column
            found.reach(*place)
            found.uncomputed.discard(place)
            if self.kind in _TEXTS or self.kind == "e" or tag == "is" or place in found.formulas:
                self._listen(tag)
        elif tag == "row":
            self.line, self.column = int(at.get("r", self.line + 1)), 0
            self.line_text = str(self.line)
            if at.get("hidden") in {"1", "true"}:
                found.hidden_rows.add(self.line)
        elif tag == "f":
            found.formulas[self.row, self.column] = "="
            found.uncomputed.add((self.row, self.column))
            found.reach(self.row, self.column)
            self._listen("f")
        elif tag == "col" and at.get("hidden") in {"1", "true"}:
            found.hidden_columns.update(range(int(at["min"]), min(int(at["max"]), 16384) + 1))
        elif tag == "mergeCell":
            found.merges.append(_merge(at.get("ref", "")))
        if self.rich and self.inside == "is":
            self.rich.start(tag, at)

    def _cell(self, at: dict[str, str]) -> None:
        place = at.get("r", "")
        letters = place.rstrip("0123456789")
        if place:
            self.column = self.columns.get(letters) or _learn(letters, self.columns)
        else:
            self.column += 1
        digits = place[len(letters) :]
        self.row = self.line if digits == self.line_text or not place else int(digits)
        self.kind, style = at.get("t", "n"), at.get("s", "")
        if style in self.look.formats:
            self.found.formats[self.row, self.column] = self.look.formats[style]
        if style in self.look.struck:
            self.found.struck.add((self.row, self.column))

    def _listen(self, tag: str) -> None:
        """Take in text up to the end of an element: most need none to be listened to."""
        self.inside = tag
        self.texts.clear()
        self.parser.CharacterDataHandler = self._said if tag == "is" else self.texts.append
        self.parser.EndElementHandler = self._end

    def _said(self, text: str) -> None:
        self.texts.append(text)
        if self.rich:
            self.rich.said(text)

    def _end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag != self.inside:
            if self.inside == "is" and self.rich:
                self.rich.end(tag)
            return
        found, place, shown = self.found, (self.row, self.column), "".join(self.texts)
        if tag == "is" and self.rich and is_marked(self.rich.runs):
            found.runs[place] = tuple(self.rich.runs)
        if tag == "f":
            found.formulas[place] = f"={shown}"
        elif self.kind == "e":
            found.errors[place] = shown
        elif not shown and self.kind != "str" and place in found.formulas:
            found.uncomputed.add(place)
        elif self.kind == "s" and tag == "v":
            number = int(shown or 0)
            found.letters += self.look.lengths[number] if self.look.lengths else 0
            if number in self.look.texts:
                found.runs[place] = self.look.texts[number]
        else:
            found.letters += len(shown)
        self.inside = ""
        self.parser.CharacterDataHandler = self.parser.EndElementHandler = None


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

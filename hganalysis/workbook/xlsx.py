"""
Tell of an xlsx what its values do not: what is hidden, merged, computed, in error, how it is shown.

The values themselves are read by calamine. This is one pass over the text of each sheet, which
takes a second for 636,000 cells; openpyxl takes twenty, and its quick way tells less.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .formats import BUILT_IN, LONGEST, matters
from .guard import UnreadableError, elements, require_size
from .sheets import Cell, Merge, Run, Sheet, column_number, is_marked

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_TEXTS = {"s", "str", "inlineStr"}


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
        link.attrib["Id"]: posixpath.normpath(_under_xl(link.attrib["Target"]))
        for link in links
        if link.get("Type", "").endswith("/worksheet")
    }
    look = looks(parts)
    found = {}
    for one in elements(workbook, "sheet"):
        name = one.attrib["name"]
        link = next((value for key, value in one.items() if key.endswith(":id")), "")
        if link not in targets:
            continue
        if name in found:
            raise UnreadableError(rule="odd_parts")
        sheet = found[name] = _sheet(_one(parts, targets[link]), look)
        require_size(name, sheet.last_row, sheet.last_column)
        _beside(parts, targets[link], sheet)
    return found


OURS = "hganalysis"
"""The author of comments, and what stands at the foot of pages, that are no sender's."""
_CODES = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|[0-9]{1,3}|[A-Za-z])')


def _beside(parts: dict[str, bytes], path: str, sheet: Sheet) -> None:
    """Gather comments and boxes of text, and tidy what pages say at head and foot."""
    pages = [_CODES.sub(" ", text) for text in sheet.notes.values()]
    told = [text for text in pages if text.strip() and OURS not in text]
    sheet.notes = {(0, at): text for at, text in enumerate(told, 1)}
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
            text = "".join("".join(t.itertext()) + " " for t in one.iter("t"))
            place = 0, len(sheet.notes) + 1
            if one.tag == "comment" and (found := _REFERENCE.fullmatch(one.get("ref", ""))):
                place = int(found[2]), column_number(found[1])
            sheet.letters += len(text)
            if not (own < len(authors) and authors[own] == OURS):
                sheet.notes[place] = text


_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def _one(parts: dict[str, bytes], name: str) -> bytes:
    if name not in parts:
        raise UnreadableError(rule="damaged")
    return parts[name]


def _under_xl(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _sheet(text: bytes, look: Looks) -> Sheet:
    found = Sheet()
    columns: dict[str, int] = {}  # of letters: the same few, 636,000 times
    line, column, across = 0, 0, 0
    for one in elements(text, "row", "c", "col", "mergeCell", "headerFooter"):
        if one.tag == "row":
            line, column = int(one.get("r", line + 1)), 0
            if one.get("hidden") in _ON:
                found.hidden_rows.add(line)
        elif one.tag == "headerFooter":
            found.notes |= {(0, at): "".join(side.itertext()) for at, side in enumerate(one)}
        elif one.tag == "mergeCell":
            found.merges.append(_merge(one.get("ref", "")))
        elif one.tag == "col" and one.get("hidden") in _ON:
            first, last = int(one.attrib["min"]), min(int(one.attrib["max"]), _COLUMNS)
            across += last - first + 1
            if first < 1 or across > _COLUMNS:  # they overlap, or lie nowhere
                raise UnreadableError(rule="damaged")
            found.hidden_columns.update(range(first, last + 1))
        for cell in one.iter("c"):
            reference = cell.get("r", "")
            letters = reference.rstrip("0123456789")
            column = columns.get(letters) or _learn(letters, columns) if reference else column + 1
            # the row it names need not be the one it stands in
            row = int(reference[len(letters) :]) if reference else line
            _cell(cell, (row, column), look, found)
    return found


_ON = {"1", "true"}
_COLUMNS = 16_384  # that a sheet has


def _cell(cell: Element, place: Cell, look: Looks, found: Sheet) -> None:
    kind, style = cell.get("t", "n"), cell.get("s", "")
    if style in look.formats:
        found.formats[place] = look.formats[style]
    if style in look.struck:
        found.struck[place] = ""
    for part in cell.iter():
        if part.tag == "v" and kind == "n" and part.text and place not in found.formulas:
            found.reach(*place)  # a number: nothing is to be told of it
            continue
        if part.tag not in {"f", "v", "is"}:
            continue
        found.reach(*place)
        if part.tag == "f":
            found.formulas[place] = f"={part.text or ''}"
            found.uncomputed.add(place)
            continue
        found.uncomputed.discard(place)
        text = "".join(part.itertext())
        if part.tag == "is" and is_marked(rich := runs(part)):
            found.runs[place] = rich
        if kind == "e":
            found.errors[place] = text
        elif not text and kind != "str" and place in found.formulas:
            found.uncomputed.add(place)
        elif kind == "s" and part.tag == "v":
            number = int(text or 0)
            found.letters += look.lengths[number] if look.lengths else 0
            if number in look.texts:
                found.runs[place] = look.texts[number]
        else:
            found.letters += len(text)


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
    section = ""
    named = ("numFmts", "fonts", "cellStyleXfs", "cellXfs", "dxfs")
    text = parts.get("xl/styles.xml", _NOTHING)
    for one in elements(text, "numFmt", "font", "xf", heads=named):
        if one.tag in named:
            section = one.tag
        elif one.tag == "numFmt" and section != "dxfs":
            codes[one.get("numFmtId", "")] = one.get("formatCode", "")[:LONGEST]
        elif one.tag == "font" and section == "fonts":
            fonts.append(_strikes(one))
        elif one.tag == "xf" and section == "cellXfs":
            styles.append((one.get("numFmtId", "0"), one.get("fontId", "0")))
    shown = {str(at): codes.get(code, "") for at, (code, _) in enumerate(styles)}
    lengths: list[int] = []
    texts: dict[int, tuple[Run, ...]] = {}
    for at, one in enumerate(elements(parts.get("xl/sharedStrings.xml", _NOTHING), "si")):
        lengths.append(sum(map(len, one.itertext())))
        if is_marked(rich := runs(one)):
            texts[at] = rich
    strikes = {str(at) for at, strike in enumerate(fonts) if strike}
    return Looks(
        formats={at: code for at, code in shown.items() if matters(code)},
        struck=frozenset(str(at) for at, (_, font) in enumerate(styles) if font in strikes),
        lengths=lengths,
        texts=texts,
    )


_NOTHING = b"<nothing/>"


def _strikes(properties: Element) -> bool:
    """Say whether a font, or how a part of a text looks, strikes out."""
    said = [one.get("val", "1") for one in properties.iter("strike")]
    return bool(said) and said[-1] not in {"0", "false"}


def runs(text: Element) -> tuple[Run, ...]:
    """Part a text, shared or in its cell, where its looks change; how it is spoken is left out."""
    found = []
    for one in text:
        struck, place = None, 0
        for look in one.iter("rPr"):
            struck = _strikes(look)  # it says itself how it looks
            for font in look.iter("vertAlign"):
                place = {"superscript": 1, "subscript": -1}.get(font.get("val", ""), 0)
        for part in {"t": [one], "r": list(one)}.get(one.tag, []):
            if part.tag == "t" and part.text:
                found.append(Run(part.text, struck=struck, place=place))
    return tuple(found)

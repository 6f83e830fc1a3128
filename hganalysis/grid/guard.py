"""Refuse files that harm their reader, before a library unpacks them, and walk over their XML."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from functools import cache, partial
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from .. import limits, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class UnreadableError(ValueError):
    """
    A file that is refused as a whole.

    `rule` is the key of its text in `texts.toml`, `blanks` fills the blanks of that text.
    """

    def __init__(self, *, rule: str, **values: object) -> None:
        for name in {"number", "most"} & {*values}:
            values[name] = words.number(int(str(values[name])))
        super().__init__(rule, values)
        self.rule, self.blanks = rule, values


def read_bytes(file: Path) -> bytes:
    """
    Read the bytes of a file that is neither empty nor too large.

    Raises
    ------
    UnreadableError
        If there is no such file, or it is empty or above `limits.MOST_BYTES`.
    """
    if not file.is_file():
        raise UnreadableError(rule="no_file")
    size, most = file.stat().st_size, limits.MOST_BYTES
    if size == 0:
        raise UnreadableError(rule="empty_file")
    if size > most:
        raise UnreadableError(rule="too_large", size=size // 1_000_000, most=most // 1_000_000)
    return file.read_bytes()


def unpack(data: bytes) -> dict[str, bytes]:
    """
    Unpack the XML parts of a zip container, bounded in number, size and ratio.

    Nothing is written to disk, and only what was unpacked here is read later: pictures, macros
    and odd names never leave the container, and a directory that lies about sizes is caught.

    Parameters
    ----------
    data
        The bytes of the container.

    Returns
    -------
    parts
        The text of each XML part, by its name.

    Raises
    ------
    UnreadableError
        If the container is damaged, locked with a password, names a part twice or out of its
        own folder, is out of bounds, or a part declares a document type (which entity attacks
        need and no spreadsheet does).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_directory(entries)
            parts = {one.filename: archive.read(one) for one in entries if _is_xml(one.filename)}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise UnreadableError(rule="damaged") from error
    for name, text in parts.items():
        if name != "mimetype":  # a document type stands before the first element
            next(elements(text), None)
    return parts


def require_few(rule: str, number: int, most: int, **where: object) -> None:
    """Stop at more than is taken in."""
    if number > most:
        raise UnreadableError(rule=rule, number=number, most=most, **where)


def require_text(text: str, *, sheet: str, cell: str) -> None:
    """Stop at a text that no cell of a spreadsheet holds, or that nobody can have written."""
    require_few("long_text", len(text), limits.MOST_IN_CELL, sheet=sheet, cell=cell)
    require_marks(text)


def require_marks(text: str) -> None:
    """
    Stop at a heap of marks upon one letter: to bring n of them in order takes n * n steps.

    Raises
    ------
    UnreadableError
        If there is one.
    """
    if not text.isascii() and _heap().search(text):
        raise UnreadableError(rule="heaped_marks", most=limits.MOST_MARKS)


@cache
def _heap() -> re.Pattern[str]:
    marks = "".join(filter(unicodedata.combining, map(chr, range(0x300, 0x20000))))
    return re.compile(f"[{re.escape(marks)}]{{{limits.MOST_MARKS + 1},}}")


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels")) or name == "mimetype"


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    names = [one.filename for one in entries]
    dense = any(
        one.file_size > max(limits.RATIO_MATTERS, limits.MOST_RATIO * one.compress_size)
        for one in entries
    )
    unpacked = sum(one.file_size for one in entries)
    if dense or unpacked > limits.MOST_UNPACKED or len(names) > limits.MOST_PARTS:
        raise UnreadableError(rule="bomb")
    if any(one.flag_bits & 1 for one in entries):
        raise UnreadableError(rule="password")
    outside = re.compile(r"[/\\]|.*:|(?:.*[/\\])?\.\.(?:[/\\]|$)", re.DOTALL)
    if any(map(outside.match, names)) or len(set(names)) < len(names):
        raise UnreadableError(rule="odd_parts")


_AT_ONCE = 1 << 16  # bytes
_MOST_IN_ELEMENT = 10_000_000  # bytes: a row of 16,384 cells has one or two million


def elements(text: bytes, *whole: str, heads: tuple[str, ...] = ()) -> Iterator[Element]:
    """
    Walk over XML, and give the elements of some names in order.

    Parameters
    ----------
    text
        XML; a document type, which entity attacks need and no spreadsheet does, is refused.
    *whole
        Names, without a prefix, of elements that are given with all that stands in them.
    heads
        Names of elements that are given as they begin, without what stands in them.

    Yields
    ------
    element
        Its name, and those of all within it, without a prefix; none of those inside one that is
        given whole.

    Raises
    ------
    UnreadableError
        If it is no well-formed XML, or more stands in one element than in any of a report.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    ready: list[Element] = []
    build, root = TreeBuilder(), Element("")
    since: int | None = None

    def start(tag: str, at: dict[str, str]) -> None:
        nonlocal build, root, since
        name = tag.rpartition(":")[2]
        if name in whole:
            build, since = TreeBuilder(), parser.CurrentByteIndex
            root = build.start(name, at)
            # where it has no prefix, none that matters in it has one
            parser.StartElementHandler = partial(_named, build) if ":" in tag else build.start
            parser.CharacterDataHandler, parser.EndElementHandler = build.data, end
        elif name in heads:
            ready.append(Element(name, at))

    def end(tag: str) -> None:
        nonlocal since
        if build.end(tag) is root:
            ready.append(root)
            since = None
            parser.StartElementHandler = start
            parser.CharacterDataHandler = parser.EndElementHandler = None

    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = start if whole or heads else None
    for at in range(0, max(1, len(text)), _AT_ONCE):
        try:
            parser.Parse(text[at : at + _AT_ONCE], at + _AT_ONCE >= len(text))
        except (expat.ExpatError, LookupError) as error:
            raise UnreadableError(rule="damaged") from error
        if since is not None and at - since > _MOST_IN_ELEMENT:
            raise UnreadableError(rule="damaged")
        yield from ready
        ready.clear()


def _named(build: TreeBuilder, tag: str, at: dict[str, str]) -> None:
    build.start(tag.rpartition(":")[2], at)


def _refuse(*_: object) -> None:
    raise UnreadableError(rule="entities")

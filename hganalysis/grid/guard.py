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

    def __init__(self, *, rule: str, **blanks: object) -> None:
        for name in {"number", "most"} & blanks.keys():
            blanks[name] = words.number(int(str(blanks[name])))
        super().__init__(rule, blanks)
        self.rule = rule
        self.blanks = {name: str(value) for name, value in blanks.items()}


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
    n_bytes = file.stat().st_size
    if n_bytes == 0:
        raise UnreadableError(rule="empty_file")
    if n_bytes > limits.MOST_BYTES:
        megabytes = n_bytes // 1_000_000
        limit = limits.MOST_BYTES // 1_000_000
        raise UnreadableError(rule="too_large", size=megabytes, most=limit)
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
            names = [entry.filename for entry in entries]
            parts = {
                name: archive.read(name)
                for name in names
                if name == "mimetype" or name.lower().endswith((".xml", ".rels"))
            }
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise UnreadableError(rule="damaged") from error
    for name, text in parts.items():
        if name != "mimetype":  # a document type is before the first element
            next(elements(text), None)
    return parts


def require_few(rule: str, number: int, limit: int, **blanks: object) -> None:
    """Refuse a file that has more of something than the limit."""
    if number > limit:
        raise UnreadableError(rule=rule, number=number, most=limit, **blanks)


def require_text(text: str, *, sheet: str, cell: str) -> None:
    """Refuse a text that no cell of a spreadsheet holds, or that nobody can have written."""
    require_few("long_text", len(text), limits.MOST_IN_CELL, sheet=sheet, cell=cell)
    require_marks(text)


def require_marks(text: str) -> None:
    """
    Refuse a heap of marks upon one letter: to bring n of them in order takes n * n steps.

    Raises
    ------
    UnreadableError
        If there is one.
    """
    # the pattern of all marks is slow, and hardly any text has so many signs that may be marks
    for piece in re.findall(rf"[^\x00-\x7f]{{{limits.MOST_MARKS + 1},}}", text):
        if _heap_of_marks().search(piece):
            raise UnreadableError(rule="heaped_marks", most=limits.MOST_MARKS)


@cache  # a pattern of so many marks takes long to compile
def _heap_of_marks() -> re.Pattern[str]:
    marks = "".join(filter(unicodedata.combining, map(chr, range(0x300, 0x20000))))
    return re.compile(f"[{re.escape(marks)}]{{{limits.MOST_MARKS + 1},}}")


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    unpacked_size = sum(entry.file_size for entry in entries)
    is_too_large = unpacked_size > limits.MOST_UNPACKED or len(entries) > limits.MOST_PARTS
    is_too_dense = any(
        entry.file_size > max(limits.RATIO_MATTERS, limits.MOST_RATIO * entry.compress_size)
        for entry in entries
    )
    if is_too_large or is_too_dense:
        raise UnreadableError(rule="bomb")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableError(rule="password")
    names = [entry.filename for entry in entries]
    outside = re.compile(r"[/\\]|.*:|(?:.*[/\\])?\.\.(?:[/\\]|$)", re.DOTALL)
    if any(map(outside.match, names)) or len(set(names)) < len(names):
        raise UnreadableError(rule="odd_parts")


_CHUNK = 1 << 16  # bytes that are read at once
_MAX_ELEMENT = 10_000_000  # bytes: a row of 16,384 cells has one or two million


def elements(text: bytes, *names: str, heads: tuple[str, ...] = ()) -> Iterator[Element]:
    """
    Walk over XML, and give the elements of some names in order.

    Parameters
    ----------
    text
        XML; a document type, which entity attacks need and no spreadsheet does, is refused.
    *names
        Names, without a prefix, of elements that are given with all that is in them.
    heads
        Names of elements that are given as they begin, without what is in them.

    Yields
    ------
    element
        Its name, and those of all within it, without a prefix. An element inside one of `names`
        is not given again.

    Raises
    ------
    UnreadableError
        If it is no well-formed XML, or one element is larger than any of a report.
    """
    reader = _ElementReader(names, heads)
    for start in range(0, max(1, len(text)), _CHUNK):
        end = start + _CHUNK
        try:
            reader.parser.Parse(text[start:end], end >= len(text))
        except (expat.ExpatError, LookupError) as error:
            raise UnreadableError(rule="damaged") from error
        if reader.first_byte is not None and start - reader.first_byte > _MAX_ELEMENT:
            raise UnreadableError(rule="damaged")
        yield from reader.complete
        reader.complete.clear()


class _ElementReader:
    """A parser that builds elements of some names, and passes over the rest."""

    def __init__(self, names: tuple[str, ...], heads: tuple[str, ...]) -> None:
        self.names = names
        self.heads = heads
        self.complete: list[Element] = []
        self.builder = TreeBuilder()
        self.root = Element("")
        self.first_byte: int | None = None
        """Where the element begins that is built now."""
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = _refuse_document_type
        self.parser.StartElementHandler = self._start if names or heads else None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name in self.names:
            parser = self.parser
            builder = TreeBuilder()
            self.builder = builder
            self.first_byte = parser.CurrentByteIndex
            self.root = builder.start(name, attributes)
            # if the element has no prefix, none that matters in it has one
            parser.StartElementHandler = builder.start
            if ":" in tag:
                parser.StartElementHandler = partial(_start_without_prefix, builder)
            parser.CharacterDataHandler = builder.data
            parser.EndElementHandler = self._end
        elif name in self.heads:
            self.complete.append(Element(name, attributes))

    def _end(self, tag: str) -> None:
        if self.builder.end(tag) is self.root:
            self.complete.append(self.root)
            self.first_byte = None
            self.parser.StartElementHandler = self._start
            self.parser.CharacterDataHandler = None
            self.parser.EndElementHandler = None


def _start_without_prefix(builder: TreeBuilder, tag: str, attributes: dict[str, str]) -> None:
    builder.start(tag.rpartition(":")[2], attributes)


def _refuse_document_type(*_: object) -> None:
    raise UnreadableError(rule="entities")

"""Refuse files that would harm the reader, before any library unpacks them."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# The largest real report, 10,600 communes in three years with twenty columns, has 4 MB, unpacks
# to 40 MB at a ratio of about 12, and has 636,000 cells. Each bound leaves several times that.
MOST_BYTES = 50_000_000
MOST_UNPACKED = 300_000_000
MOST_RATIO = 150
MOST_PARTS = 5_000
MOST_CELLS = 4_000_000
MOST_COLUMNS = 2_000
# Below this size a high ratio does no harm: an empty style sheet is small anyhow.
_RATIO_MATTERS = 2_000_000


class UnreadableError(ValueError):
    """
    A file that is refused as a whole.

    `rule` is the key of its text in `strings.toml`, `blanks` fills the blanks of that text.
    """

    def __init__(self, *, rule: str, **values: object) -> None:
        told = ", ".join(f"{name}={value}" for name, value in values.items())
        super().__init__(f"{rule} ({told})" if told else rule)
        self.rule = rule
        self.blanks = values


def contents(file: Path) -> bytes:
    """
    Read the bytes of a file that is neither empty nor too large.

    Raises
    ------
    UnreadableError
        If there is no such file, or it is empty or above `MOST_BYTES`.
    """
    if not file.is_file():
        raise UnreadableError(rule="no_file")
    size = file.stat().st_size
    if size == 0:
        raise UnreadableError(rule="empty_file")
    if size > MOST_BYTES:
        raise UnreadableError(
            rule="too_large", size=size // 1_000_000, most=MOST_BYTES // 1_000_000
        )
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
            parts = {entry.filename: archive.read(entry) for entry in entries if _is_xml(entry)}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise UnreadableError(rule="damaged") from error
    for name, text in parts.items():
        _refuse_document_type(name, text)
    return parts


def repack(parts: dict[str, bytes]) -> io.BytesIO:
    """Put checked parts into a container again, for a library that wants one."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    packed.seek(0)
    return packed


def require_size(*, sheet: str, rows: int, columns: int, last: str) -> None:
    """
    Stop if a sheet reaches further than any report does.

    Raises
    ------
    UnreadableError
        If it has too many columns, or too many cells between A1 and `last`.
    """
    if columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        raise UnreadableError(rule="too_many_cells", sheet=sheet, last=last)


def _is_xml(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.lower().endswith((".xml", ".rels")) or entry.filename == "mimetype"


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > MOST_PARTS:
        raise UnreadableError(rule="bomb")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableError(rule="password")
    unpacked = sum(entry.file_size for entry in entries)
    dense = any(
        entry.file_size > _RATIO_MATTERS
        and entry.file_size > MOST_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    if unpacked > MOST_UNPACKED or dense:
        raise UnreadableError(rule="bomb")
    outside = [
        name
        for name in names
        if name.startswith(("/", "\\")) or ":" in name or ".." in name.replace("\\", "/").split("/")
    ]
    if outside or len(set(names)) < len(names):
        raise UnreadableError(rule="odd_parts")


def _refuse_document_type(name: str, text: bytes) -> None:
    # A document type can only stand before the first element: reading up to that is enough.
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    if name == "mimetype":
        return
    try:
        for _ in iterparse(io.BytesIO(text), events=("start",), forbid_dtd=True):
            return
    except DefusedXmlException as error:
        raise UnreadableError(rule="entities", part=name) from error
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableError(rule="damaged") from error

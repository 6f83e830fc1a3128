"""Put passports into files, and read them out of files that anybody may have touched."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .record import Passport, parse

Kind = Literal["png", "svg", "pdf", "html", "pptx"]
KINDS: tuple[Kind, ...] = ("png", "svg", "pdf", "html", "pptx")

LARGEST = 200_000_000
"""Bytes; also of a deck that is unpacked."""

# The seal is the start of the SHA-256 of everything else in the file and of the line itself. It
# shows that a file was changed after it was made; whoever means to forge can make a new seal.
SEAL = 16
STAMPED = re.compile(rb"(hganalysis/[\x21-\x7e]{1,30} [\x20-\x7e]{1,3000}?) seal/([0-9a-f]{16})")
SIGNATURE = b"\x89PNG\r\n\x1a\n"
CORE = "docProps/core.xml"
# Where the passport stands in a text: what is before, and after, its line.
AROUND: dict[str, tuple[bytes, bytes]] = {
    "svg": (b'<metadata id="passport">', b"</metadata>\n"),
    "html": (b'<meta name="hganalysis" content="', b'">\n'),
    "pdf": (b"/Keywords (", b")"),
    "pptx": (b"<dc:identifier>", b"</dc:identifier>"),
}


@dataclass(frozen=True)
class Found:
    """
    What a file says of itself: its passport, or why there is none to go by.

    `reason` is empty, or one of `kind` (no kind of file that has one), `none` (it has none) and
    `altered` (the file was changed after the passport was put in).
    """

    passport: Passport | None
    reason: Literal["", "kind", "none", "altered"]


def stamp(content: bytes, passport: Passport, *, kind: Kind) -> bytes:
    """
    Put a passport into a finished file.

    Parameters
    ----------
    content
        The file, without a passport. A PDF keeps room for it in its keywords: `hold(passport)`.
    passport
        Of `of`.
    kind
        What file it is.

    Returns
    -------
    content
        The file with its passport, and a seal by which `read` sees whether it was changed since.

    Raises
    ------
    ValueError
        If the file is not of that kind.
    """
    line = passport.line.encode("ascii")
    stamped = line + b" seal/" + _seal(_rest(content, kind), line)
    if kind == "png":
        if not content.startswith(SIGNATURE):
            raise ValueError(_NOT.format(kind=kind))
        at = len(SIGNATURE) + 25  # after the header, which has 13 bytes
        return content[:at] + _chunk(b"tEXt", b"hganalysis\x00" + stamped) + content[at:]
    if kind == "pptx":
        return _repacked(content, stamped)
    before, after = AROUND[kind]
    if kind == "pdf":
        return _replaced(content, before + _held(line) + after, before + stamped + after, kind)
    anchor = {"svg": rb"<svg\b[^>]*>\n?", "html": rb"<meta charset=[^>]*>\n?"}[kind]
    found = re.search(anchor, content)
    if found is None:
        raise ValueError(_NOT.format(kind=kind))
    return content[: found.end()] + before + stamped + after + content[found.end() :]


def hold(passport: Passport) -> str:
    """Keep room for a passport and its seal in the keywords of a PDF, before it is written."""
    return _held(passport.line.encode("ascii")).decode("ascii")


def read(file: str | Path) -> Found:
    """
    Read the passport of a file.

    Parameters
    ----------
    file
        PNG, SVG, PDF, HTML or PPTX, by its ending. Nothing in it is believed before the seal fits.
    """
    file = Path(file)
    kind = file.suffix.lower().removeprefix(".")
    if kind not in KINDS or file.stat().st_size > LARGEST:
        return Found(None, "kind")
    content = file.read_bytes()
    try:
        stamped = _stamped(content, kind)
        if stamped is None:
            return Found(None, "none")
        line, seal = stamped
        passport = parse(line.decode("ascii"))
        if passport is None or _seal(_rest(content, kind), line) != seal:
            return Found(None, "altered")
    except (ValueError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError):
        return Found(None, "altered")
    return Found(passport, "")


_NOT = "this is no file of kind {kind!r}, so no passport can be put into it."


def _seal(rest: bytes, line: bytes) -> bytes:
    return hashlib.sha256(line + b"\n" + rest).hexdigest()[:SEAL].encode("ascii")


def _held(line: bytes) -> bytes:
    return line + b" seal/" + SEAL * b"0"


def _stamped(content: bytes, kind: str) -> tuple[bytes, bytes] | None:
    """Find the line and the seal; a file with two passports is not believed."""
    if kind == "png":
        if not content.startswith(SIGNATURE):
            return None
        texts = [data for name, data in _chunks(content) if name == b"tEXt"]
        places = [
            text.partition(b"\x00")[2] for text in texts if text.startswith(b"hganalysis\x00")
        ]
    else:
        within = _member(content, CORE) if kind == "pptx" else content
        before, after = AROUND[kind]
        places = re.findall(
            re.escape(before) + rb"([^<>\"()]{1,3200})" + re.escape(after.strip()), within
        )
        if kind in {"pdf", "pptx"}:  # others may have written there
            places = [place for place in places if place.startswith(b"hganalysis/")]
    if not places:
        return None
    found = STAMPED.fullmatch(places[0])
    if len(places) > 1 or found is None:
        msg = "more than one passport, or one that is broken"
        raise ValueError(msg)
    return found[1], found[2]


def _rest(content: bytes, kind: str) -> bytes:
    """Give the content without its passport."""
    if kind == "png":
        kept = [
            name + data
            for name, data in _chunks(content)
            if not (name == b"tEXt" and data.startswith(b"hganalysis\x00"))
        ]
        return b"".join(kept)
    if kind == "pptx":
        return b"\x00".join(
            name.encode() + b"\x00" + data for name, data in _members(content) if name != CORE
        )
    before, after = AROUND[kind]
    return re.sub(re.escape(before) + rb"hganalysis/[^<>\"()]*" + re.escape(after), b"", content)


def _chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Take a PNG apart; what stands after its end is a part as well."""
    at = len(SIGNATURE)
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4])
        name, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        if zlib.crc32(name + data).to_bytes(4) != content[at + 8 + length : at + 12 + length]:
            msg = "a part of the PNG is broken"
            raise ValueError(msg)
        yield name, data
        at += 12 + length
        if name == b"IEND":
            break
    yield b"rest", content[at:]


def _members(content: bytes) -> list[tuple[str, bytes]]:
    """Unpack a deck, in the order of the names; one that would burst is refused."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(one.file_size for one in packed.infolist()) > LARGEST:
            msg = "the deck unpacks to more than is read"
            raise ValueError(msg)
        return sorted((one.filename, packed.read(one)) for one in packed.infolist())


def _member(content: bytes, name: str) -> bytes:
    return dict(_members(content)).get(name, b"")


def _repacked(content: bytes, stamped: bytes) -> bytes:
    """Write the passport among the properties of a deck, all else as it was."""
    before, after = AROUND["pptx"]
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        if CORE not in old.namelist():
            raise ValueError(_NOT.format(kind="pptx"))
        for one in old.infolist():
            data = old.read(one)
            if one.filename == CORE:
                data = re.sub(rb"<dc:identifier>[^<]*</dc:identifier>|<dc:identifier/>", b"", data)
                end = data.rindex(b"</cp:coreProperties>")
                data = data[:end] + before + stamped + after + data[end:]
            new.writestr(one, data)
    return written.getvalue()


def _replaced(content: bytes, old: bytes, new: bytes, kind: str) -> bytes:
    if content.count(old) != 1:
        raise ValueError(_NOT.format(kind=kind))
    return content.replace(old, new)

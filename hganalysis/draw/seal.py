"""
Seal what a file draws, so that a picture that was painted over is known.

The seal is a digest: of the pixels of a PNG, which may be stored in another way, and of all bytes
of an SVG or a PDF. It has no key, so it shows that a file was edited, and not who made it.
"""

import hashlib
import io
import re
import struct
import zlib
from typing import Literal

from .. import words

BLANK = "drawn:0000000000000000"
"""What is written where the seal is to stand: a seal has the same length."""

_SEAL = re.compile(rb"drawn:[0-9a-f]{16}")
_PNG = b"\x89PNG\r\n\x1a\n"
# In bytes: the length and the kind before the content of a chunk, the sum behind it.
_CHUNK_HEAD, _CHUNK_SUM = 8, 4
MAX_PIXELS = 60_000_000
"""A larger picture is not looked into."""

State = Literal["drawn", "edited", "unsealed"]


def seal(content: bytes) -> bytes:
    """Write the seal of a file where its blank is."""
    mark = f"drawn:{_digest(content)}".encode()
    sealed = content.replace(BLANK.encode(), mark)
    return _renew_sum(sealed, mark) if content.startswith(_PNG) else sealed


def find_state(content: bytes) -> State:
    """
    Say whether a file shows what was drawn when it was saved.

    Examples
    --------
    >>> drawn = seal(f"<svg><!-- {BLANK} -->8</svg>".encode())
    >>> find_state(drawn), find_state(drawn.replace(b">8<", b">9<")), find_state(b"<svg/>")
    ('drawn', 'edited', 'unsealed')
    """
    seals = set(_SEAL.findall(content))
    if not seals:
        return "unsealed"
    try:
        expected = f"drawn:{_digest(content)}".encode()
    except (OSError, ValueError, SyntaxError):  # what Pillow raises of a file that is no picture
        return "edited"
    return "drawn" if seals == {expected} else "edited"


def _digest(content: bytes) -> str:
    """Shorten what a file draws to a few digits, whatever its seal is."""
    if content.startswith(_PNG):
        drawn = _read_pixels(content)
    else:
        # an SVG that goes through a text editor gets other ends of lines
        drawn = _SEAL.sub(BLANK.encode(), content).replace(b"\r\n", b"\n")
    return hashlib.sha256(drawn).hexdigest()[: len(BLANK.partition(":")[2])]


def _read_pixels(content: bytes) -> bytes:
    """Read the size and all pixels of a PNG."""
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            msg = words.term("draw_errors.too_many_pixels", width=width, height=height)
            raise ValueError(msg)
        pixels = picture.convert("RGBA").tobytes()
    return struct.pack(">II", width, height) + pixels


def _renew_sum(content: bytes, mark: bytes) -> bytes:
    """Write the sum of the chunk of a PNG that holds a mark anew."""
    start = len(_PNG)
    while start < len(content):
        (length,) = struct.unpack_from(">I", content, start)
        end = start + _CHUNK_HEAD + length
        chunk = content[start + 4 : end]
        if mark in chunk and chunk.startswith(b"tEXt"):
            total = struct.pack(">I", zlib.crc32(chunk))
            return content[:end] + total + content[end + _CHUNK_SUM :]
        start = end + _CHUNK_SUM
    return content

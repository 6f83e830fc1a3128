"""Walk over the XML of a workbook, and refuse what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from .guard import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable


def parse(
    text: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    said: Callable[[str], object] | None = None,
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
        Called with the text between elements.

    Raises
    ------
    UnreadableError
        If it is no well-formed XML.
    """
    reader = parser()
    if end is not None:
        reader.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    if said is not None:
        reader.CharacterDataHandler = said
    walk(reader, text, start)


def parser() -> expat.XMLParserType:
    """Make a parser that refuses document types, for who wants to set its handlers on the way."""
    made = expat.ParserCreate()
    made.buffer_text = True
    made.StartDoctypeDeclHandler = _refuse
    return made


def walk(
    parser: expat.XMLParserType, text: bytes, start: Callable[[str, dict[str, str]], None]
) -> None:
    """Walk over XML with a parser of one's own; as `parse`."""

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


def elements(text: bytes, wanted: str) -> list[dict[str, str]]:
    """List the attributes of every element of a name, in order."""
    found: list[dict[str, str]] = []
    parse(text, lambda tag, at: found.append(at) if tag == wanted else None)
    return found

"""Open a deck in the house's type, and close it with the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

from ... import words
from ...figures.colours import INK, WHITE
from ...indicators import SEQUENTIAL
from . import text
from .page import FONT, LEFT, POINT, RIGHT, TALL, WIDE, Room

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLE = Room(LEFT, 14, RIGHT - LEFT, 84)
"""Where the title stands: up to three lines."""
LAYOUT = "Title Only"
_LONGEST = 255  # letters of a property, as office programs allow
# Every entry of the archive has this time: a deck of the same numbers has the same bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def open_deck() -> Any:  # noqa: ANN401
    """Open an empty deck of 16:9 in Arial; new slides of the user's own look like ours."""
    from pptx import Presentation
    from pptx.opc.constants import RELATIONSHIP_TYPE
    from pptx.util import Emu

    deck = Presentation()
    deck.slide_width, deck.slide_height = Emu(round(POINT * WIDE)), Emu(round(POINT * TALL))
    master = deck.slide_master
    for layout in list(deck.slide_layouts):
        if layout.name != LAYOUT:
            deck.slide_layouts.remove(layout)
    for one in (master, deck.slide_layouts[0]):
        for shape in list(one.placeholders):
            if shape.placeholder_format.type.name == "TITLE":
                shape.left, shape.top, shape.width, shape.height = TITLE.emu()
            elif shape.placeholder_format.type.name != "BODY":
                shape._element.getparent().remove(shape._element)
            else:
                body = Room(LEFT, TITLE.bottom + 8, RIGHT - LEFT, 360)
                shape.left, shape.top, shape.width, shape.height = body.emu()
    theme = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme._blob = _theme(theme.blob)
    return deck


def _theme(blob: bytes) -> bytes:
    """Set Arial and the colours of the maps, for whatever a user adds."""
    theme = blob.decode("utf-8")
    theme = re.sub(r'(<a:latin typeface=")[^"]*"', rf'\g<1>{FONT}"', theme)
    colours = {"dk1": INK, "lt1": WHITE, "dk2": SEQUENTIAL[4], "lt2": SEQUENTIAL[0]}
    colours |= {f"accent{at}": colour for at, colour in enumerate(SEQUENTIAL[::-1], start=1)}
    for name, colour in colours.items():
        theme = re.sub(
            rf"(<a:{name}>).*?(</a:{name}>)",
            rf'\g<1><a:srgbClr val="{colour[1:].upper()}"/>\g<2>',
            theme,
            flags=re.DOTALL,
        )
    return theme.encode("utf-8")


def close_deck(deck: Any, *, title: str, properties: Mapping[str, str]) -> bytes:  # noqa: ANN401
    """
    Close a deck: its properties, no clock in it, and the same bytes for the same content.

    `properties` are shown by PowerPoint under File, Info, Properties, Custom.
    """
    core = deck.core_properties
    core.title = text.clean(title)[:_LONGEST]
    core.author = core.last_modified_by = "hganalysis"
    core.language = {"vi": "vi-VN", "en": "en-GB"}[words.language()]
    subject = "; ".join(f"{name}: {value}" for name, value in properties.items())
    core.subject = text.clean(subject)[:_LONGEST]
    core.keywords = ""
    for clock in core._element.xpath("./dcterms:created | ./dcterms:modified"):
        clock.getparent().remove(clock)
    _custom(deck, properties)
    buffer = io.BytesIO()
    deck.save(buffer)
    return timeless(buffer.getvalue())


def timeless(archive: bytes) -> bytes:
    """Write an archive anew without the time at which it was written."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=_NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            new.writestr(entry, old.read(name))
    return buffer.getvalue()


def _custom(deck: Any, properties: Mapping[str, str]) -> None:  # noqa: ANN401
    """Write properties of the file's own, as office programs keep them."""
    from xml.sax.saxutils import escape, quoteattr

    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI

    space = "http://schemas.openxmlformats.org/officeDocument/2006"
    kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
    rows = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{number}" '
        f"name={quoteattr(name)}><vt:lpwstr>{escape(text.clean(value))}</vt:lpwstr></property>"
        for number, (name, value) in enumerate(properties.items(), start=2)
    )
    xml = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<Properties xmlns="{space}/custom-properties" xmlns:vt="{space}/docPropsVTypes">'
        f"{rows}</Properties>"
    )
    package = deck.part.package
    part = Part(PackURI("/docProps/custom.xml"), kind, package, xml.encode("utf-8"))
    package.relate_to(part, f"{space}/relationships/custom-properties")

"""Put a figure on a slide of a deck, with all that goes with it; and close the deck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import __version__, words
from ...figures import passport
from ...figures.colours import QUIET
from . import package, page, text
from .page import Room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...figures import Figure

FOOT = 488.0
"""Where the footer begins, in points from the top."""
GAP = 12.0


def open_slide(opened: Any, title: str, under: str) -> tuple[Any, Room]:  # noqa: ANN401
    """Add a slide with its title and the line below it; the room is what is left for a figure."""
    made = opened.slides.add_slide(opened.slide_layouts[0])
    return made, _heading(made, title, under)


def close(opened: Any, shown: Sequence[Figure], *, title: str) -> bytes:  # noqa: ANN401
    """Close a deck of figures: the passport of all, and whether a number of any is simulated."""
    whole = passport.of(
        [one.passport.hash for one in shown],
        classes=[every for one in shown for every in one.classes],
        recipe=[one.subtitle + one.as_of for one in shown],
    )
    properties = {
        words.term("slides.property_hash"): whole.hash,
        words.term("slides.property_version"): f"hganalysis {__version__}",
        words.term("slides.property_classes"): whole.classes,
    }
    if any(one.simulated for one in shown):
        properties[words.term("words.simulated")] = words.term("slides.simulated")
    content = package.close_deck(opened, title=title, properties=properties)
    return passport.stamp(content, whole, kind="pptx")


def _heading(made: Any, title: str, under: str) -> Room:  # noqa: ANN401
    """Write the title and the line below it; what is left is the body."""
    from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE

    shape = made.shapes.title
    room = package.TITLE
    # PowerPoint breaks the lines of a title, which a user will change: so a little is to spare.
    wide = 0.98 * room.width
    said, size = text.fit(text.clean(title), (wide, room.height), largest=32, bold=True)
    frame = shape.text_frame
    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = MSO_ANCHOR.TOP
    page.fill(frame, said, size=size, bold=True)
    tall = text.height(said, size, wide, bold=True)
    shape.left, shape.top, shape.width, shape.height = Room(
        room.left, room.top, room.width, tall + 2
    ).emu()
    top = room.top + tall + 4
    said, size = text.fit(text.clean(under), (room.width, 2 * text.LINE * text.SMALLEST))
    tall = text.height(said, size, room.width)
    page.write(
        made.shapes,
        Room(room.left, top, room.width, tall),
        said,
        colour=QUIET,
        name=words.term("slides.under_name"),
    )
    top += tall + GAP
    return Room(room.left, top, room.width, FOOT - GAP - top)


def footer(made: Any, source: str, stamp: str, number: int) -> None:  # noqa: ANN401
    """Write source and date, the passport, and the number of the slide."""
    tall = text.LINE * text.SMALLEST
    right = f"{stamp}   {number}"
    wide = text.width(right, text.SMALLEST) + 4
    said, _ = text.fit(text.clean(source), (page.RIGHT - page.LEFT, tall * 2))
    lines = text.wrap(said, text.SMALLEST, page.RIGHT - page.LEFT)
    # The passport stands beside the end of the source, or below it.
    fits = len(lines) < 2 or (
        text.width(lines[-1], text.SMALLEST) + wide + 24 <= page.RIGHT - page.LEFT
    )
    if not fits:
        said, _ = text.fit(text.clean(source), (page.RIGHT - page.LEFT - wide - 24, tall * 2))
        lines = text.wrap(said, text.SMALLEST, page.RIGHT - page.LEFT - wide - 24)
    room = Room(page.LEFT, FOOT, max(text.width(one, text.SMALLEST) for one in lines) + 1, tall)
    for at, line in enumerate(lines):
        where = Room(room.left, FOOT + at * tall, text.width(line, text.SMALLEST) + 1, tall)
        page.write(made.shapes, where, line, colour=QUIET, name=words.term("slides.source_name"))
    where = Room(page.RIGHT - wide, FOOT + tall, wide, tall)
    box = page.write(
        made.shapes,
        where,
        right.removesuffix(str(number)),
        colour=QUIET,
        align="right",
        name=words.term("slides.passport_name"),
    )
    page.add_number(box, number)


def write_notes(made: Any, lines: Sequence[str]) -> None:  # noqa: ANN401
    """Give the speaker what there is to say, a line a paragraph."""
    made.notes_slide.notes_text_frame.text = "\n".join(map(text.clean, lines))

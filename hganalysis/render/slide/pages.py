"""Put a figure on a slide of a deck, with all that goes with it; and close the deck."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ... import __version__, words
from ...figures import passport
from ...figures.colours import QUIET
from . import package, page, text
from .drawers import fits
from .drawers import place as draw
from .page import Room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...figures import Figure

FOOT = 488.0
"""Where the footer begins, in points from the top; higher up where many are named as sources."""
ROWS, MOST_ROWS = 2, 5
"""Lines of the footer, and at most."""
GAP = 12.0


class Drawn(Protocol):
    """Whatever was drawn of figures: a picture, or an album of some."""

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Give what was drawn."""


@dataclass
class Deck:
    """
    A deck of one's own: pictures on slides, in the order in which they are added.

    Examples
    --------
    >>> from hganalysis import maps
    >>> deck = Deck().add(maps.draw("app_users", 2023), notes=["Nói chậm."])
    >>> deck.add(maps.draw("app_users", [2022, 2023]))
    Deck(2 slides)
    """

    title: str = ""
    """What the file is called among its properties; where it is empty, as its first figure."""
    slides: list[tuple[Figure, tuple[str, ...]]] = field(default_factory=list, init=False)
    """The figures, each with what the speaker is to say."""

    def __repr__(self) -> str:
        return f"Deck({len(self.slides)} slides)"

    def add(self, picture: Drawn, *, notes: Sequence[str] = ()) -> Deck:
        """
        Add a slide of native shapes, charts or tables, with banner, source, passport and number.

        Parameters
        ----------
        picture
            What `hg.map` or `hg.chart` gives, or a result that is drawn. Where all of its panels
            have no room on one slide, each has one of its own.
        notes
            Sentences for the speaker, before source and passport.

        Returns
        -------
        deck
            The same, to go on with.

        Raises
        ------
        TypeError
            If it is no picture, or of a kind that is not drawn on slides.
        """
        if not hasattr(picture, "figures"):
            msg = f"a {type(picture).__name__} is no picture: add what hg.map or hg.chart gives."
            raise TypeError(msg)
        each = [one for figure in picture.figures for one in _slides(figure)]
        for figure in each:
            place(figure, package.open_deck(), 1)  # refused before anything is added
        self.slides += [(one, tuple(notes)) for one in each]
        return self

    def save(self, file: str | Path, *, force: bool = False) -> Path:
        """
        Write the deck: the same bytes for the same slides, in the language in use.

        Parameters
        ----------
        file
            A name that ends in `.pptx`.
        force
            Whether to write over a file that holds something else: somebody may have worked on it.

        Raises
        ------
        ValueError
            If the file is no `.pptx`, or the deck has no slide.
        FileExistsError
            If something else is there.
        """
        file = Path(file)
        if file.suffix != ".pptx":
            msg = f"{file.name} is no name of a deck: let it end in .pptx."
            raise ValueError(msg)
        if not self.slides:
            msg = "the deck has no slide yet: picture.slide(deck), or deck.add(picture)."
            raise ValueError(msg)
        opened = package.open_deck()
        for number, (figure, notes) in enumerate(self.slides, start=1):
            also = [figure.left_out(), figure.outlines]
            place(figure, opened, number, notes=[*notes, *filter(None, also)])
        figures = [one for one, _ in self.slides]
        content = close(opened, figures, title=self.title or figures[0].title)
        if file.exists() and not force and file.read_bytes() != content:
            msg = (
                f"{file} is there already, and holds something else. Choose another name, or write "
                "over it: deck.save(file, force=True)."
            )
            raise FileExistsError(msg)
        file.write_bytes(content)
        return file


def _slides(figure: Figure) -> list[Figure]:
    """Give a figure that one slide has room for as it is, and of another each panel."""
    if fits(figure):
        return [figure]
    parts = [figure.part(number) for number in range(len(figure.panels))]
    return [replace(one, title=one.full_title, names=()) for one in parts]


def place(
    figure: Figure,
    opened: Any,  # noqa: ANN401
    number: int,
    *,
    notes: Sequence[str] = (),
    after: Sequence[str] = (),
) -> None:
    """
    Add a slide: title, what is measured, the figure, source, passport and number; and its notes.

    `after` are notes on how it was made: they stand behind the source.
    """
    made, body = open_slide(opened, figure.title, figure.subtitle)
    stamped, source = figure.passport, figure.source_line
    stamp = words.term("maps.passport", hash=stamped.hash, version=__version__)
    above = (_rows(source, f"{stamp}   {number}") - ROWS) * text.LINE * text.SMALLEST
    left = draw(figure, made.shapes, replace(body, height=body.height - above))
    footer(made, source, stamp, number)
    lines = [f"{said}. {words.term('slides.simulated')}" for said in figure.banner]
    lines += [*notes, *left, source, *after, stamped.text]
    write_notes(made, lines)


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


def _rows(source: str, right: str) -> int:
    """Say how many lines the footer needs: the passport stands at the right end of the last."""
    wide = page.RIGHT - page.LEFT
    lines = text.wrap(text.clean(source), text.SMALLEST, wide)
    last = text.width(f"{lines[-1]}{right}", text.SMALLEST) + 28
    # A line more or less of a source that two hardly hold is cut, and whole in the notes.
    needed = len(lines) + (last > wide)
    return min(needed, MOST_ROWS) if needed > ROWS else ROWS


def footer(made: Any, source: str, stamp: str, number: int) -> None:  # noqa: ANN401
    """Write source and date, the passport, and the number of the slide."""
    tall = text.LINE * text.SMALLEST
    right = f"{stamp}   {number}"
    wide = text.width(right, text.SMALLEST) + 4
    rows = _rows(source, right)
    top = FOOT - (rows - ROWS) * tall
    said, _ = text.fit(text.clean(source), (page.RIGHT - page.LEFT, tall * rows))
    lines = text.wrap(said, text.SMALLEST, page.RIGHT - page.LEFT)
    # The passport stands beside the end of the source, or below it.
    fits = len(lines) < rows or (
        text.width(lines[-1], text.SMALLEST) + wide + 24 <= page.RIGHT - page.LEFT
    )
    if not fits:
        said, _ = text.fit(text.clean(source), (page.RIGHT - page.LEFT - wide - 24, tall * rows))
        lines = text.wrap(said, text.SMALLEST, page.RIGHT - page.LEFT - wide - 24)
    room = Room(page.LEFT, top, max(text.width(one, text.SMALLEST) for one in lines) + 1, tall)
    for at, line in enumerate(lines):
        where = Room(room.left, top + at * tall, text.width(line, text.SMALLEST) + 1, tall)
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

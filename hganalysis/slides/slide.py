"""What a slide is: one message, what shows it, and what a speaker must know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import findings, intake, render, words
from ..figures.model import Scatter, Slopes, Table
from ..render.slide import native, page, text
from ..render.slide.page import Room

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from ..figures.model import Row, Rows
    from ..indicators import Classes, Indicator


@dataclass(frozen=True)
class Slide:
    """
    One message.

    `title` is the finding; `under` says what is measured; `draw` puts the figure into a room;
    `shown` holds the numbers it shows, with their `origin`, released; `as_of` is the date of the
    numbers; `notes` are sentences for the speaker. `measures` are those whose shares can be read
    off it, each in its year. `source` is that of the rows, unless named.
    """

    title: str
    under: str
    draw: Callable[[Any, Room], None]
    shown: Sequence[pd.DataFrame]
    as_of: str
    notes: tuple[str, ...]
    measures: tuple[Indicator, ...] = ()
    classes: tuple[Classes, ...] = ()
    named_source: str = ""
    method: tuple[str, ...] = field(default=())
    limits: tuple[str, ...] = field(default=())

    @property
    def simulated(self) -> bool:
        """Is a single number of it simulated?"""
        return any(simulated(one) for one in self._told)

    @property
    def source(self) -> str:
        """Name the sources of what is shown."""
        if self.named_source:
            return self.named_source
        import pandas as pd

        return findings.source(pd.concat([one[["origin"]] for one in self._told]))

    @property
    def _told(self) -> list[pd.DataFrame]:
        """Give the frames that must say where they come from: all, unless the slide itself does."""
        return [
            intake.require_origin(one)
            for one in self.shown
            if "origin" in one or not self.named_source
        ]

    @property
    def source_line(self) -> str:
        """Write the line below the figure."""
        return words.term("maps.source", source=self.source, as_of=self.as_of)

    @property
    def about(self) -> list[str]:
        """Say what the numbers are, for whoever meets them without the slide."""
        marked = [words.term("words.simulated")] if self.simulated else []
        return [*marked, self.title, self.under, self.source_line]


def drawing(
    panel: Rows | Scatter | Slopes | Table, *, name: str, title: str, about: Sequence[str]
) -> Callable[[Any, Room], None]:
    """Draw a panel: the key of its name, what it finds, what the numbers behind it are."""
    marked = [words.term("words.simulated")] if panel.simulated else []
    said = words.term("slides.chart_alt", title=title, each="; ".join(_each(panel)))
    caption = native.Caption(words.term(name), ". ".join([*marked, said]), about)
    return lambda shapes, room: render.slide.draw(panel, shapes, room, caption=caption)


def _each(panel: Rows | Scatter | Slopes | Table) -> list[str]:
    """Say what a panel shows, mark by mark; of a scatter, what its marks are."""
    if isinstance(panel, Table):
        return [" ".join(cell.text for cell in row) for row in panel.rows]
    if isinstance(panel, Slopes):
        return [f"{one.label} {one.first} – {one.last}" for one in panel.slopes]
    if isinstance(panel, Scatter):
        return [said for parts in panel.key for _, said in parts]
    return [_heard(row, panel.heads) for row in panel.rows if not row.heading]


def _heard(row: Row, heads: Sequence[str]) -> str:
    """Say a row; of several numbers each with its head."""
    if len(row.texts) < 2:
        return " ".join([row.label, *(row.texts or [row.instead])])
    return ", ".join([row.label, *map(" ".join, zip(heads, row.texts, strict=True))])


def about(title: str, under: str, rows: pd.DataFrame, as_of: str) -> list[str]:
    """Say what the numbers behind a chart are, before its slide is made."""
    marked = []
    if intake.worst_origin(rows["origin"]) == "simulated":
        marked = [words.term("words.simulated")]
    line = words.term("maps.source", source=findings.source(rows), as_of=as_of)
    return [*marked, title, under, line]


def statements(
    shapes: Any,  # noqa: ANN401
    room: Room,
    said: Sequence[str],
    *,
    largest: float = 26,
) -> list[str]:
    """
    Write sentences below one another, each beside a mark, as large as they all fit.

    Returns
    -------
    left
        The sentences for which there was no room, for another slide.
    """
    from ..figures.colours import MAIN

    wide, gap = room.width - 24, 16.0
    for size in range(int(largest), text.SMALLEST - 1, -1):
        heights = [text.height(one, size, wide) for one in said]
        if sum(heights) + gap * (len(said) - 1) <= room.height:
            break
    top = room.top
    for number, (one, tall) in enumerate(zip(said, heights, strict=True)):
        if number and top + tall > room.bottom + 0.5:
            return list(said[number:])
        shown = one if tall <= room.height + 0.5 else text.fit(one, (wide, room.height))[0]
        tall = text.height(shown, size, wide)
        page.block(
            shapes,
            Room(room.left, top + 0.28 * size, 9, 0.65 * size),
            MAIN,
            name=words.term("slides.mark"),
            alt=words.term("slides.mark"),
        )
        page.write(shapes, Room(room.left + 24, top, wide, tall), shown, size=size)
        top += tall + gap
    return []


def simulated(frame: pd.DataFrame) -> bool:
    """Is a single row of a frame simulated?"""
    return bool((frame["origin"] == "simulated").any())


def short(label: str, room: float = 250) -> str:
    """Shorten a name of a place to a room; names of a user's list may be long."""
    return text.shorten(text.clean(label), room)

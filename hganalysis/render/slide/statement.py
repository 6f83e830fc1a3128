"""Write a statement on a slide: big numbers, the last the largest, and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import words
from ...figures.colours import MAIN, QUIET
from . import page, text
from .page import Room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...figures.model import Number, Statement
    from .native import Caption

WIDE, TALL = 260, 34
"""The banner, in points."""
GAP, LEAST = 40, 22
"""Between two numbers, in points; and the size below which none is made smaller."""
BESIDE = 330
"""Width of a number that has sentences beside it, in points."""


def draw(panel: Statement, shapes: Any, room: Room, *, caption: Caption) -> list[str]:  # noqa: ANN401, ARG001
    """
    Write numbers from left to right; or one, and beside it what must be said of it.

    Returns
    -------
    left
        The sentences for which there was no room.
    """
    if not panel.sentences:
        _row(panel, shapes, room)
        return []
    beside = room
    if panel.simulated and not panel.numbers:
        page.banner(shapes, Room(page.RIGHT - WIDE, room.top, WIDE, TALL), size=22)
        beside = Room(room.left, room.top + TALL + 12, room.width, room.height - TALL - 12)
    if panel.numbers:
        left = Room(room.left, room.top, BESIDE, room.height)
        if panel.simulated:
            page.banner(shapes, Room(left.left, left.top, WIDE, TALL), size=22)
        _number(shapes, panel.numbers[-1], Room(left.left, left.top + 60, BESIDE, 104), size=84)
        below = Room(left.left, left.top + 176, BESIDE, 130)
        page.write(shapes, below, "\n".join(panel.numbers[-1].lines), size=22)
        beside = Room(left.right + 40, room.top, room.right - left.right - 40, room.height)
    return sentences(shapes, beside, panel.sentences)


def _row(panel: Statement, shapes: Any, room: Room) -> None:  # noqa: ANN401
    if panel.simulated:
        page.banner(shapes, Room(page.RIGHT - WIDE, room.top, WIDE, TALL), size=22)
    left = room.left
    sizes: Sequence[float] = (60, 130)[-len(panel.numbers) :]
    while sum(wide := _widths(panel.numbers, sizes)) > room.width + GAP and min(sizes) > LEAST:
        sizes = [0.97 * size for size in sizes]
    for one, size, taken in zip(panel.numbers, sizes, wide, strict=True):
        tall, across = text.LINE * size, taken - GAP
        _number(shapes, one, Room(left, room.top + 196 - tall, across, tall), size=size)
        said = "\n".join(one.lines)
        page.write(shapes, Room(left, room.top + 206, across, 90), said, size=22)
        left += taken


def _widths(numbers: Sequence[Number], sizes: Sequence[float]) -> list[float]:
    """Measure what each number takes with the lines below it, and the gap to the next."""
    return [
        GAP
        + max(
            300.0,
            text.width(one.text, size, bold=True) + 16,
            text.width("\n".join(one.lines), 22) + 8,
        )
        for one, size in zip(numbers, sizes, strict=True)
    ]


def _number(shapes: Any, one: Number, room: Room, *, size: float) -> None:  # noqa: ANN401
    colour = QUIET if one.quiet else MAIN
    page.write(shapes, room, one.text, size=size, bold=True, colour=colour)


def sentences(
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

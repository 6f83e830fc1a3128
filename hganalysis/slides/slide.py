"""What a slide is: a figure, and what a speaker must know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import findings, words
from ..figures import Figure
from ..figures.model import Statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..indicators import Indicator


@dataclass(frozen=True)
class Slide:
    """
    One message.

    `notes` are sentences for the speaker; `method` and `limits` are keys of what is said of how it
    was made, and of what not to say. `measures` are those whose shares can be read off it, each in
    its year. `dates` are those of its figure one by one, where there are several.
    """

    figure: Figure
    notes: tuple[str, ...]
    method: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    measures: tuple[Indicator, ...] = ()
    dates: tuple[str, ...] = ()

    @property
    def when(self) -> tuple[str, ...]:
        """Give the dates of its numbers, one by one."""
        return tuple(map(words.day, self.dates or (self.figure.as_of,)))

    @property
    def after(self) -> list[str]:
        """Say how it was made, and what not to say."""
        after = [words.term("slides.note_method", text=text) for text in map(method, self.method)]
        limits = [words.term(f"slides.limit_{key}") for key in filter(None, self.limits)]
        # nothing is said of an exposure that the study says no caution of
        return after + [words.term("slides.note_limit", text=text) for text in filter(None, limits)]


def contents(title: str, said: Sequence[str], shown: Sequence[Slide], *, subtitle: str) -> Figure:
    """
    Set findings of some slides below one another, with the numbers and sources of all of them.

    What is simulated on one of them is simulated here, too, and it is stamped as they are.
    """
    figures = [one.figure for one in shown]
    simulated = any(one.simulated for one in figures)
    return Figure(
        title,
        (Statement(simulated, sentences=tuple(said)),),
        findings.listed(list(dict.fromkeys(date for one in shown for date in one.when))),
        subtitle=subtitle,
        named_source="; ".join(dict.fromkeys(one.source for one in figures)),
        rows=tuple(rows for one in figures for rows in one.rows),
    )


def method(key: str) -> str:
    """Say how something was computed."""
    said = words.term(f"slides.method_{key}")
    return f"{said} {findings.assumption()}" if key in {"rates", "ranks"} else said

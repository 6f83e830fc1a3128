"""What a slide is: a figure, and what a speaker must know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import findings, words

if TYPE_CHECKING:
    from ..figures import Figure
    from ..indicators import Indicator


@dataclass(frozen=True)
class Slide:
    """
    One message.

    `notes` are sentences for the speaker; `method` and `limits` are keys of what is said of how it
    was made, and of what not to say. `measures` are those whose shares can be read off it, each in
    its year.
    """

    figure: Figure
    notes: tuple[str, ...]
    method: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    measures: tuple[Indicator, ...] = ()

    @property
    def after(self) -> list[str]:
        """Say how it was made, and what not to say."""
        after = [words.term("slides.note_method", text=text) for text in map(method, self.method)]
        limits = [words.term(f"slides.limit_{key}") for key in filter(None, self.limits)]
        # nothing is said of an exposure that the study says no caution of
        return after + [words.term("slides.note_limit", text=text) for text in filter(None, limits)]


def method(key: str) -> str:
    """Say how something was computed."""
    said = words.term(f"slides.method_{key}")
    return f"{said} {findings.assumption()}" if key in {"rates", "ranks"} else said

"""What a slide is: a figure, and what a speaker must know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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

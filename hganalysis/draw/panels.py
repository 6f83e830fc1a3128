"""The one table of what draws each kind of panel: page, slide and web enter their functions."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from ..figure import Panel

Medium = Literal["page", "page_texts", "slide", "web"]
"""`page_texts` are those that are placed when it is known how large the panels of a page are."""

Draw = TypeVar("Draw", bound=Callable[..., Any])

DRAWINGS: dict[tuple[type[Panel], Medium], Callable[..., Any]] = {}
"""Every kind is drawn on a page; a slide shows that picture of a kind that it cannot draw."""


def draws(kind: type[Panel], medium: Medium) -> Callable[[Draw], Draw]:
    """Enter a function in the table: write `@draws(Map, "page")` above it."""

    def enter(function: Draw) -> Draw:
        DRAWINGS[kind, medium] = function
        return function

    return enter

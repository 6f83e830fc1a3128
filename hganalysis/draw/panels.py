"""The one table of what draws each kind of panel: page, slide and web enter their functions."""

from collections.abc import Callable
from typing import Any, Literal

from ..figure import Panel

Medium = Literal["page", "page_texts", "slide", "web"]
"""`page_texts` are those that are placed when it is known how large the panels of a page are."""

DRAWINGS: dict[tuple[type[Panel], Medium], Callable[..., Any]] = {}
"""Of a kind without an entry for slides, a slide has the shapes that the page draws."""

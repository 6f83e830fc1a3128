"""Write names one after the other: the first few, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .numbers import number
from .texts import term

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 5
"""Of many names, so many are said."""


def join_some(names: Sequence[str]) -> str:
    """Name the first few, and count the rest: a, b, c, d, e and 3 more."""
    text = ", ".join(names[:SHOWN])
    n_more = len(names) - SHOWN
    if n_more > 0:
        text += term("words.more", more=number(n_more))
    return text


def join_all(names: Sequence[str]) -> str:
    """Name all: a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + term("words.and") + names[-1]

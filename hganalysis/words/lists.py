"""Write names one after the other: the first few, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .numbers import number
from .texts import term

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 5
"""Of many names, so many are said."""


def join_some(names: Sequence[str], *, more: str = "words.more_places") -> str:
    """
    Name the first few, and count the rest: a, b, c, d, e and 3 more.

    Parameters
    ----------
    names
        All of them, in the order in which they are to be said.
    more
        The text that counts the rest; Vietnamese says of what.

    Examples
    --------
    >>> join_some(["a", "b", "c", "d", "e", "f"], more="words.more_files")
    'a, b, c, d, e và 1 tệp khác'
    """
    text = ", ".join(names[:SHOWN])
    n_more = len(names) - SHOWN
    if n_more > 0:
        text += term(more, more=number(n_more))
    return text


def join_all(names: Sequence[str]) -> str:
    """Name all: a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + term("words.and") + names[-1]

"""Read rich text: what is struck out is not said, and what is raised is a mark, not a digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .sheets import Run

if TYPE_CHECKING:
    from collections.abc import Iterable

_RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")

MARKS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎*†‡"
"""Signs of a footnote, once what is raised is written as such."""


def text(runs: Iterable[Run]) -> str:
    """
    Write what is valid of a text: struck parts are left away, raised and lowered ones are marks.

    Examples
    --------
    >>> text([Run("164"), Run("2", place=1)]), text([Run("21", struck=True), Run("25")])
    ('164²', '25')
    """
    return "".join(
        one.text.translate(_RAISED)
        if one.place > 0
        else one.text.translate(_LOWERED)
        if one.place < 0
        else one.text
        for one in runs
        if not one.struck
    )


def struck(runs: Iterable[Run]) -> str:
    """
    Give the parts of a text that are struck out.

    Examples
    --------
    >>> struck([Run("21", struck=True), Run("25")])
    '21'
    """
    return " ".join(one.text.strip() for one in runs if one.struck and one.text.strip())


def is_marked(runs: Iterable[Run]) -> bool:
    """Say whether any part of a text is struck out, raised or lowered, or may be, in its cell."""
    told = {(one.struck, one.place) for one in runs if one.text.strip()}
    return len(told) > 1 or any(struck or place for struck, place in told)


def settled(runs: Iterable[Run], *, struck: bool) -> tuple[Run, ...]:
    """Give the parts that say nothing of themselves what the whole cell says: struck or not."""
    return tuple(
        Run(one.text, struck=struck if one.struck is None else one.struck, place=one.place)
        for one in runs
    )

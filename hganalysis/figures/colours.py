"""The colours of figures: of what is said, of what is compared, of the banner."""

from __future__ import annotations

from ..indicators import FALLS, RISES, SEQUENTIAL, luminance

# Dark enough to be read, softer than black; and what is said in a low voice.
INK, QUIET, WHITE = "#1f2328", "#5b6168", "#ffffff"
GREY, PALE, GROUND = "#9a9a9a", "#dddddd", "#ececea"
RISE, FALL = RISES[-1], FALLS[0]
MAIN, POSSIBLE = SEQUENTIAL[4], SEQUENTIAL[3]
MOVED = {1: RISE, 0: GREY, -1: FALL}
"""Of a change that is more than chance, or is not."""
ALARM = "#b3261e"
"""A red that no class has: of the banner, and of what must be seen."""

GLARE, LIT = 0.05, 0.15
"""Light that lies on black, of that of white: on a screen as WCAG 2 has it, and in a lit hall."""


def contrast(one: str, other: str, *, glare: float = GLARE) -> float:
    """
    Measure how well a colour is told from another by its light alone: 1 is not at all.

    Examples
    --------
    >>> contrast("#ffffff", "#000000")
    21.0
    """
    low, high = sorted(map(luminance, (one, other)))
    return (high + glare) / (low + glare)

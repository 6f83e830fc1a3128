"""Find the ends of a scale, and ticks that can be written side by side, in any medium."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .. import words
from .static import spacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..figures.model import Piece, Scale


def ends(scale: Scale, values: Iterable[float]) -> Piece:
    """
    Find the ends of a scale with a little room about all values; infinite ones lie beyond, and so
    do ratios that nobody could write.

    Examples
    --------
    >>> from hganalysis.figures.model import Scale
    >>> ends(Scale("", "ratio"), [1, 2, math.nan, math.inf])
    (0.98, 2.02)
    """
    if scale.ends:
        return scale.ends
    least, most = _WIDEST if scale.log else (-math.inf, math.inf)
    found = [one for one in values if math.isfinite(one) and least <= one <= most]
    low, high = (min(found), max(found)) if found else (0.5, 1.5)
    if scale.log:
        return low / _ROOM, high * _ROOM
    margin = 0.02 * (high - low) or 0.02 * abs(high) or 0.02
    return low - margin, high + margin


_WIDEST = (1e-6, 1e9)
"""Ratios that a tick can name: see `spacing.ratio_ticks`."""
_ROOM = 1.03
"""Times that a logarithmic scale goes beyond what is drawn."""


def share(scale: Scale, at: float, between: Piece) -> float:
    """Say where on a scale a value lies: 0 at its low end, 1 at its high one."""
    low, high = between
    if scale.log:
        return math.log(at / low) / math.log(high / low)
    return (at - low) / (high - low)


def inset(scale: Scale, between: Piece) -> Piece:
    """Give both ends, a little inside: at the very ends some programs leave labels away."""
    low, high = between
    if scale.log:
        return low * (high / low) ** 0.001, high * (low / high) ** 0.001
    return low + 0.001 * (high - low), high - 0.001 * (high - low)


def ticks(
    scale: Scale, between: Piece, *, room: float, width: Callable[[str], float]
) -> list[tuple[float, str]]:
    """
    Choose ticks, and their names, that can be written side by side.

    Parameters
    ----------
    scale, between
        And its ends.
    room
        Its length.
    width
        Measures a name, in the same unit.
    """
    kept: list[tuple[float, str]] = []
    for some in _choices(scale, *between):
        places = [share(scale, at, between) * room for at, _ in some]
        widths = [width(name) + _AIR for _, name in some]
        nearest = min(range(len(some)), key=lambda one: abs(some[one][0] - 1)) if scale.log else 0
        kept = [some[one] for one in spacing.thinned(places, widths, keep=nearest)]
        if len(kept) == len(some):
            break
    return kept


_AIR = 10.0
"""Between two names, in points."""


def _choices(scale: Scale, low: float, high: float) -> Iterator[list[tuple[float, str]]]:
    """List ticks, fewer each time."""
    if scale.names:
        inside = [one for one in scale.names if low <= one[0] <= high]
        yield from (inside[::step] for step in (1, 2, 5, 10, 20, 50, 100) if inside)
    elif scale.log:
        if ratios := spacing.ratio_ticks(low, high):
            yield [(at, spacing.ratio(at)) for at in ratios]
    else:
        for about in (6, 5, 4, 3, 2):
            if at := spacing.round_ticks(low, high, about=about):
                yield list(zip(at, words.series(at, scale.unit), strict=True))

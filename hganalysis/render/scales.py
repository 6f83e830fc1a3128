"""Find the ends of a scale, ticks that can be named side by side, positions apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .. import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

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
"""Ratios that a tick can name: see `ratio_ticks`."""
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
        kept = [some[one] for one in thinned(places, widths, keep=nearest)]
        if len(kept) == len(some):
            break
    return kept


_AIR = 10.0
"""Between two names, in points."""


def _choices(scale: Scale, low: float, high: float) -> Iterator[list[tuple[float, str]]]:
    """List ticks, fewer each time."""
    inside = [one for one in scale.names if low <= one[0] <= high]
    if scale.parts and len(inside) > 1:  # limits are not evenly apart: as many as have room
        yield inside
    elif scale.names and not scale.parts:
        yield from (inside[::step] for step in (1, 2, 5, 10, 20, 50, 100) if inside)
    elif scale.log:
        if ratios := ratio_ticks(low, high):
            yield [(at, ratio(at)) for at in ratios]
    else:
        for about in (6, 5, 4, 3, 2):
            if at := round_ticks(low, high, about=about):
                yield list(zip(at, words.series(at, scale.unit), strict=True))


def apart(
    wanted: Sequence[float], *, gap: float, low: float = -math.inf, high: float = math.inf
) -> list[float]:
    """
    Move positions as little as possible (least squares) until no two are nearer than `gap`.

    Parameters
    ----------
    wanted
        Positions, in any order; order and ties are kept.
    gap
        The least distance; less where they would not fit between `low` and `high`.

    Examples
    --------
    >>> apart([1.0, 1.0, 5.0], gap=2.0)
    [0.0, 2.0, 5.0]
    """
    from scipy.optimize import isotonic_regression

    count = len(wanted)
    if count < 2:
        return [min(max(position, low), high) for position in wanted]
    gap = min(gap, (high - low) / (count - 1))
    order = sorted(range(count), key=lambda one: wanted[one])
    # Taking the gaps out turns "at least a gap apart" into "never falling".
    rising = isotonic_regression([wanted[one] - gap * step for step, one in enumerate(order)]).x
    moved = [0.0] * count
    for step, one in enumerate(order):
        moved[one] = min(max(float(rising[step]), low), high - gap * (count - 1)) + gap * step
    return moved


def round_ticks(low: float, high: float, *, about: int = 5) -> list[float]:
    """Choose round numbers between two ends, for a linear scale."""
    from matplotlib.ticker import MaxNLocator

    ticks = MaxNLocator(about, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    slack = (high - low) * 1e-9
    return [round(float(tick), 12) for tick in ticks if low - slack <= tick <= high + slack]


def ratio_ticks(low: float, high: float) -> list[float]:
    """
    Choose ratios that a reader can hold, with 1 among them, for a logarithmic scale.

    Examples
    --------
    >>> ratio_ticks(0.7, 2.1), min(ratio_ticks(1e-12, 1e3))
    ([0.7, 1, 1.4, 2], 1e-06)
    """
    tens = [10.0**power for power in range(-6, 10)]  # a millionth is the least that is written
    thirds = sorted([*tens, *(3 * ten for ten in tens)])
    wide = (tens, thirds) if high / low > _DECADES else ()
    halves = [2.0**power for power in range(-8, 9)]
    roots = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 5, 7, 10]
    fifths = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3]
    for choice in (*wide, halves, roots, fifths, [0.1 * step for step in range(1, 31)]):
        inside = [round(ratio, 6) for ratio in choice if low <= ratio <= high]
        if len(inside) >= 4:
            return inside
    return hundredths(low, high)


_DECADES = 150
"""From this ratio of its ends on, a scale goes in tens: halves would be too many to write."""


def thinned(places: Sequence[float], widths: Sequence[float], *, keep: int) -> list[int]:
    """
    Choose which of rising positions can be named side by side: one for certain, others around it.

    Parameters
    ----------
    places, widths
        Where each name has its middle, and how wide it is, in one unit.
    keep
        The position of the one that stays.

    Examples
    --------
    >>> thinned([0, 5, 10, 15, 20], [8] * 5, keep=2)
    [0, 2, 4]
    """
    kept = [keep]
    for order in (range(keep - 1, -1, -1), range(keep + 1, len(places))):
        last = keep
        for one in order:
            if abs(places[one] - places[last]) >= (widths[one] + widths[last]) / 2:
                kept.append(one)
                last = one
    return sorted(kept)


def hundredths(low: float, high: float, *, about: int = 5) -> list[float]:
    """
    Choose round numbers that two decimals write exactly, as `ratio` does.

    Examples
    --------
    >>> hundredths(1, 1.12)
    [1.0, 1.02, 1.04, 1.06, 1.08, 1.1, 1.12]
    """
    for number in (about, *range(about + 1, 10), *range(about - 1, 0, -1)):
        ticks = round_ticks(low, high, about=number)
        if ticks == [round(tick, 2) for tick in ticks]:
            return ticks
    return [tick for tick in round_ticks(low, high) if tick == round(tick, 2)]


def ratio(amount: float) -> str:
    """Write a ratio with at most two decimals, none of them an idle zero."""
    return words.series([amount], "decimal")[0]

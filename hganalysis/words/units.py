"""Units of numbers, and with how many decimals a number says what it has to."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 6
"""Decimals that are ever written: what then still looks like nothing is a rounding error."""


class Scale(Protocol):
    """What a number is read against: its unit, and the breaks of its classes."""

    @property
    def unit(self) -> str:
        """Name the unit."""

    @property
    def breaks(self) -> tuple[float, ...]:
        """List the borders between classes, rising."""


@dataclass(frozen=True)
class Unit:
    """What frames' numbers are multiplied by for a reader, and how they are then written."""

    factor: float
    decimals: int
    signed: bool = False
    key: str = ""
    nulls: tuple[float, ...] = ()
    """As they are shown: what a number must not seem to be."""
    difference: bool = False
    """Whether it says how far two things are apart: then an interval must not seem to end there."""


UNITS = {
    "share": Unit(100, 1, key="words.percent", nulls=(0, 100)),
    "points": Unit(1, 1, signed=True, key="words.points", nulls=(0,), difference=True),
    "per_1000": Unit(1000, 1, key="words.per_1000", nulls=(0,)),
    "per_1000_change": Unit(
        10, 1, signed=True, key="words.per_1000_change", nulls=(0,), difference=True
    ),
    "per_1": Unit(1, 1, key="words.per_1", nulls=(0,)),
    "per_1_change": Unit(
        0.01, 1, signed=True, key="words.per_1_change", nulls=(0,), difference=True
    ),
    "ratio": Unit(1, 2, nulls=(1,), difference=True),
    "decimal": Unit(1, 2, nulls=(0,)),
    "decimal_change": Unit(1, 2, signed=True, nulls=(0,), difference=True),
    "count": Unit(1, 0),
}
CHANGES = ("points", "per_1000_change", "per_1_change")
"""Units of a change, whose numbers carry a sign."""
NAMED_ONCE = (*CHANGES, "per_1")
"""Units that a legend or a head names once: with each number, they would be longer than it."""


def unit_of(scale: str | Scale) -> Unit:
    """Give the unit of a scale, or the one of that name."""
    name = scale if isinstance(scale, str) else scale.unit
    if name not in UNITS:
        msg = f"unit is {name!r}; expected one of {', '.join(UNITS)}."
        raise ValueError(msg)
    return UNITS[name]


def enough(scale: str | Scale, tells: Callable[[int], bool]) -> int:
    """Count the decimals with which a number tells what it has to; the usual where none do."""
    unit = unit_of(scale)
    breaks = () if isinstance(scale, str) else scale.breaks
    # Two units of the last digit at least lie between the breaks of two classes.
    apart = min((unit.factor * (high - low) for low, high in pairwise(breaks)), default=math.inf)
    usual = unit.decimals
    while usual < MOST and apart < 1.999 * 10**-usual and unit.decimals:
        usual += 1
    return next((count for count in range(usual, MOST + 1) if tells(count)), usual)


def lies(amount: float, decimals: int, unit: Unit, scale: str | Scale) -> bool:
    """Say whether a number, rounded, is on the same side of what matters."""
    if not math.isfinite(amount):
        return True
    shown = unit.factor * amount
    rounded = _rounded(shown, decimals)
    if any(rounded == null and not _same(shown, null) for null in unit.nulls):
        return False
    if isinstance(scale, str) or unit.decimals == 0:
        return True
    return class_number(amount, scale) == bisect_right(_shown(scale.unit, scale.breaks), rounded)


def class_number(amount: float, scale: Scale) -> int:
    """
    Give the number of the class of an amount, as it is told by the most decimals that are written.

    What no decimals tell from a border is on it, and so in the class above: 4,0 that is the
    difference of two shares may be 3.9999999999999996 in a computer.

    Examples
    --------
    >>> from hganalysis import indicators
    >>> classes = indicators.Classes("x", (0.3, 0.4), "share")
    >>> class_number(0.29999, classes), class_number(0.3 - 1e-15, classes)
    (0, 1)
    """
    shown = unit_of(scale).factor * amount
    edges = _shown(scale.unit, scale.breaks)
    return sum(shown >= edge or _same(shown, edge) for edge in edges)


@lru_cache(maxsize=256)
def _shown(unit: str, breaks: tuple[float, ...]) -> list[float]:
    """Give the borders of classes as they are shown: 57.3 of 0.573, which floats only come near."""
    factor = Decimal(str(unit_of(unit).factor))
    return [float(factor * Decimal(str(one))) for one in breaks]


def differ(low: float, high: float, decimals: int, unit: Unit) -> bool:
    """Say whether two ends, rounded, are two ends, on the same side of no difference."""
    ends = [unit.factor * end for end in (low, high)]
    rounded = [_rounded(end, decimals) for end in ends]
    if rounded[0] == rounded[1] and not _same(*ends):
        return False
    return not unit.difference or all(
        end != null or _same(exact, null)
        for end, exact in zip(rounded, ends, strict=True)
        for null in unit.nulls
    )


def _rounded(shown: float, decimals: int) -> float:
    """Round as `number` does, by the decimals that are written and halves to the even digit."""
    if not abs(shown) < 1e15:  # beyond, no float has decimals
        return shown
    return float(Decimal(str(shown)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN))


def _same(one: float, other: float) -> bool:
    """Say whether no number of decimals that is ever written would tell two numbers apart."""
    return math.isclose(one, other, rel_tol=0, abs_tol=0.5 * 10**-MOST)

"""Write numbers and intervals as people do, with as many decimals as are needed."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from .texts import language, term

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


# From here on nobody counts digits, and a decimal of twenty-eight of them has no room.
_HUGE = 1e21
# From here on no float has decimals.
_NO_DECIMALS = 1e15
# Units of the last digit between the breaks of two classes: two, less a rounding error.
_UNITS_BETWEEN_BREAKS = 1.999


def number(value: float, *, decimals: int = 0, signed: bool = False) -> str:
    """
    Write a number: 1.234,5 in Vietnamese, 1,234.5 in English, a dash where there is none.

    Examples
    --------
    >>> number(1234.5, decimals=1)
    '1.234,5'
    >>> number(-0.25, decimals=2)
    '−0,25'
    """
    if _is_missing(value):
        return "–"
    if abs(value) >= _HUGE:
        return "∞" if value > 0 else "−∞"
    text = _write_decimal(abs(value), decimals, language())
    is_zero = not re.search("[1-9]", text)
    if is_zero:
        return text
    if value < 0:
        return f"−{text}"
    return f"+{text}" if signed else text


def _is_missing(value: float) -> bool:
    """Say whether a number is None, NaN, or the NA of a whole number."""
    import pandas as pd

    return bool(pd.isna(value))


@lru_cache(maxsize=100_000)  # tables of a whole country write the same numbers again and again
def _write_decimal(value: float, decimals: int, locale: str) -> str:
    from babel.numbers import format_decimal

    pattern = "#,##0"
    if decimals:
        pattern += "." + "0" * decimals
    return format_decimal(value, format=pattern, locale=locale)


def percent(share: float, *, decimals: int = 0) -> str:
    """
    Write a share between 0 and 1 as a rounded percentage; `value` writes it as figures do.

    Examples
    --------
    >>> percent(0.505, decimals=1).replace("\N{NO-BREAK SPACE}", " ")
    '50,5 %'
    """
    return _with_unit(number(100 * share, decimals=decimals), "words.percent")


def value(amount: float, scale: str | Scale, *, bare: bool = False) -> str:
    """
    Write an amount in its unit, with the same digits in every table, sentence, map and slide.

    The decimals are the usual ones of the unit. There are more where a rounded number would say
    something wrong:

    - the classes of its measure must differ;
    - a number must not seem to be in another class ("6,00" in the colour of "below 6");
    - a number that is not nothing must not look like nothing ("0,0"), and a share that is not all
      must not look like all ("100,0 %").

    `values` writes amounts that are compared with each other.

    Parameters
    ----------
    amount
        In the unit that frames hold: a share is between 0 and 1, `points` are percentage points.
    scale
        Classes of a measure, or the name of a unit alone: `"share"`, `"points"`, `"per_1000"` (a
        ratio, shown for 1,000 of what it is out of; also 10,000 and 100,000), `"per_1"` (one that
        is more than one), `"per_1000_change"` (a difference of such ratios in hundredths, as a
        share's in points; also of the others),
        `"ratio"` (of two rates), `"decimal"` (two decimals), `"decimal_change"` (a difference of
        such) or `"count"`.
    bare
        Without the unit, which is written above or beside it.

    Examples
    --------
    >>> value(5.357, "decimal"), value(173000, "count"), value(0.0024, "per_1000")[:3]
    ('5,36', '173.000', '2,4')
    >>> value(0.031, "points", bare=True), value(1.0012, "ratio")
    ('+0,03', '1,001')
    """
    return values([amount], scale, bare=bare)[0]


def values(amounts: Sequence[float], scale: str | Scale, *, bare: bool = False) -> list[str]:
    """
    Write amounts that are compared with each other, so that those that differ look different.

    Parameters
    ----------
    amounts, scale, bare
        As for `value`; all amounts get the same decimals.

    Examples
    --------
    >>> values([0.00019, 0.000191], "per_1000", bare=True), values([0.3, 0.3], "decimal")
    (['0,190', '0,191'], ['0,30', '0,30'])
    """
    unit = unit_of(scale)
    amounts = _without_noise(amounts, unit.factor)
    present = sorted(amount for amount in amounts if not _is_missing(amount))
    shown = [unit.factor * amount for amount in present]

    def suffices(decimals: int) -> bool:
        if not all(keeps_side(amount, decimals, unit, scale) for amount in present):
            return False
        return all(_look_different(low, high, decimals) for low, high in pairwise(shown))

    decimals = choose_decimals(scale, suffices)
    return _write_all(amounts, unit, decimals, bare=bare)


def _write_all(amounts: Sequence[float], unit: Unit, decimals: int, *, bare: bool) -> list[str]:
    """Write amounts with the same decimals; a dash where one is missing."""
    texts = []
    for amount in amounts:
        shown = math.nan if _is_missing(amount) else unit.factor * amount
        texts.append(number(shown, decimals=decimals, signed=unit.signed))
    if bare or not unit.key:
        return texts
    return [_with_unit(text, unit.key) for text in texts]


def _without_noise(amounts: Sequence[float], factor: float) -> list[float]:
    """Make amounts one that look the same; else one is rounded up at a half, and the other down."""
    smallest_alike: dict[float, float] = {}
    level = math.nan
    for amount in sorted({amount for amount in amounts if not _is_missing(amount)}):
        if not _is_same(factor * level, factor * amount):
            level = amount
        smallest_alike[amount] = level
    return [smallest_alike.get(amount, amount) for amount in amounts]


def _look_different(low: float, high: float, decimals: int) -> bool:
    """Say whether two numbers that differ look different when they are rounded."""
    return _is_same(low, high) or _round(low, decimals) != _round(high, decimals)


def span(low: float, high: float, scale: str | Scale) -> str:
    """
    Write an interval as short as a title needs it: its ends, and the unit once.

    A unit of many letters is left out: it follows a number that has its unit.

    Examples
    --------
    >>> span(0.201, 0.302, "share").replace("\N{NO-BREAK SPACE}", " ")
    '20,1–30,2 %'
    """
    unit = unit_of(scale)
    if _is_missing(low) or _is_missing(high):
        return "–"
    decimals = choose_decimals(scale, lambda decimals: ends_differ(low, high, decimals, unit))
    low_text, high_text = _write_all([low, high], unit, decimals, bare=True)
    # a sign behind a dash could be read as another dash
    key = "words.span_signed" if unit.signed or low < 0 else "words.span"
    text = term(key, low=low_text, high=high_text)
    if unit_name(scale) in NAMED_ONCE or not unit.key:
        return text
    return term(unit.key, number=text)


def ratios(ratio: float, low: float, high: float) -> tuple[str, ...]:
    """
    Write a ratio of rates and the ends of its interval, all with the same decimals.

    Examples
    --------
    >>> ratios(1.053, 0.991, 1.119), ratios(1.0012, 1.0003, 1.0021)
    (('1,05', '0,99', '1,12'), ('1,0012', '1,0003', '1,0021'))
    """
    unit = unit_of("ratio")
    has_interval = not (_is_missing(low) or _is_missing(high))

    def suffices(decimals: int) -> bool:
        if has_interval:
            return ends_differ(low, high, decimals, unit)
        return keeps_side(ratio, decimals, unit, "ratio")

    decimals = choose_decimals("ratio", suffices)
    amounts = ratio, low, high
    return tuple(number(amount, decimals=decimals) for amount in amounts)


def series(amounts: Sequence[float], scale: str | Scale, *, bare: bool = False) -> list[str]:
    """
    Write round numbers that are read together, as short as they all are: ticks, breaks of classes.

    Examples
    --------
    >>> series([0.0018, 0.002], "per_1000")[1][:3], series([4, 4.5], "decimal")
    ('2,0', ['4,0', '4,5'])
    """
    unit = unit_of(scale)
    decimals = _decimals_of_series(amounts, unit)
    return _write_all(amounts, unit, decimals, bare=bare)


def _decimals_of_series(amounts: Sequence[float], unit: Unit) -> int:
    """Count the decimals with which numbers are exact, or at least differ; else the most."""
    shown = [unit.factor * amount for amount in amounts]
    n_different = len({*amounts})
    enough_to_differ = []
    for decimals in range(MAX_DECIMALS + 1):
        rounded = [round(value, decimals) for value in shown]
        if all(map(math.isclose, rounded, shown)):
            return decimals
        if len({*rounded}) == n_different and decimals >= unit.decimals:
            enough_to_differ.append(decimals)
    return enough_to_differ[0] if enough_to_differ else MAX_DECIMALS


def unit_text(scale: str | Scale) -> str:
    """
    Name a unit as it follows a number; an empty text if there is no unit.

    Examples
    --------
    >>> unit_text("points"), unit_text("decimal")
    ('điểm phần trăm', '')
    """
    key = unit_of(scale).key
    return term(key, number="").strip(" \N{NO-BREAK SPACE}") if key else ""


def with_unit(scale: str | Scale) -> str:
    """Give what follows on "change": a comma and its unit, or an empty text without a unit."""
    unit = unit_text(scale)
    return f", {unit}" if unit else ""


def _with_unit(text: str, key: str) -> str:
    return text if text == "–" else term(key, number=text)


MAX_DECIMALS = 6
"""The most decimals: a number that then still looks like nothing is a rounding error."""


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
    """How a number of a frame is written for a reader: multiplied by a factor, and rounded."""

    factor: float
    decimals: int
    signed: bool = False
    key: str = ""
    nulls: tuple[float, ...] = ()
    """Values that a number must not seem to have, as they are shown."""
    difference: bool = False
    """Whether it says how far two things are apart: then no interval may seem to end at a null."""


_CHANGE: dict[str, Any] = {"signed": True, "nulls": (0,), "difference": True}
UNITS = {
    "share": Unit(100, 1, key="words.percent", nulls=(0, 100)),
    "points": Unit(1, 1, **_CHANGE, key="words.points"),
    "ratio": Unit(1, 2, nulls=(1,), difference=True),
    "decimal": Unit(1, 2, nulls=(0,)),
    "decimal_change": Unit(1, 2, **_CHANGE),
    "count": Unit(1, 0),
}
PERS = (1, 1000, 10_000, 100_000)
"""For how many of what it is out of a ratio may be shown."""
for _per in PERS:
    UNITS[f"per_{_per}"] = Unit(_per, 1, key=f"words.per_{_per}", nulls=(0,))
    # a change is in hundredths, as that of a share is in points
    UNITS[f"per_{_per}_change"] = Unit(_per / 100, 1, **_CHANGE, key=f"words.per_{_per}_change")
CHANGES = ("points", *(f"per_{_per}_change" for _per in PERS))
"""Units of a change, whose numbers carry a sign."""
NAMED_ONCE = (*CHANGES, "per_1", "per_10000", "per_100000")
"""Units that a legend or a heading names once: they are longer than a number."""


def unit_of(scale: str | Scale) -> Unit:
    """Give the unit of a scale, or the unit of that name."""
    name = unit_name(scale)
    if name not in UNITS:
        raise ValueError(term("words.no_unit", name=name, units=", ".join(UNITS)))
    return UNITS[name]


def unit_name(scale: str | Scale) -> str:
    """Name the unit of a scale; a text is the name."""
    return scale if isinstance(scale, str) else scale.unit


def choose_decimals(scale: str | Scale, suffices: Callable[[int], bool]) -> int:
    """Count the decimals that suffice; the usual ones if none suffice."""
    unit = unit_of(scale)
    breaks = () if isinstance(scale, str) else scale.breaks
    widths = [unit.factor * (high - low) for low, high in pairwise(breaks)]
    narrowest = min(widths, default=math.inf)
    usual = unit.decimals
    while usual < MAX_DECIMALS and narrowest < _UNITS_BETWEEN_BREAKS * 10**-usual and unit.decimals:
        usual += 1
    return next(filter(suffices, range(usual, MAX_DECIMALS + 1)), usual)


def keeps_side(amount: float, decimals: int, unit: Unit, scale: str | Scale) -> bool:
    """Say whether a number, rounded, stays in its class and apart from the nulls of its unit."""
    shown = unit.factor * amount
    rounded = _round(shown, decimals)
    if any(rounded == null and not _is_same(shown, null) for null in unit.nulls):
        return False
    if isinstance(scale, str) or unit.decimals == 0:
        return True
    return class_number(amount, scale) == bisect_right(_shown_breaks(scale), rounded)


def class_number(amount: float, scale: Scale) -> int:
    """
    Give the number of the class of an amount, judged with the most decimals that are written.

    If no decimals tell it from a break, it is on the break, and in the class above: 4,0 that is the
    difference of two shares may be 3.9999999999999996 in a computer.

    Examples
    --------
    >>> from hganalysis import indicators
    >>> classes = indicators.Classes("x", (0.3, 0.4), "share")
    >>> class_number(0.29999, classes), class_number(0.3 - 1e-15, classes)
    (0, 1)
    """
    shown = unit_of(scale).factor * amount
    return sum(shown >= edge or _is_same(shown, edge) for edge in _shown_breaks(scale))


def _shown_breaks(scale: Scale) -> list[float]:
    """Give breaks as they are shown: 57.3 of 0.573, which floats only come near."""
    factor = unit_of(scale).factor
    return [round(factor * edge, 12) for edge in scale.breaks]


def ends_differ(low: float, high: float, decimals: int, unit: Unit) -> bool:
    """Say whether two ends, rounded, differ, and are on the same side of no difference."""
    if not _look_different(unit.factor * low, unit.factor * high, decimals):
        return False
    return not unit.difference or all(keeps_side(end, decimals, unit, "") for end in (low, high))


def _round(shown: float, decimals: int) -> float:
    """Round as `number` does, by the decimals that are written and halves to the even digit."""
    if not abs(shown) < _NO_DECIMALS:
        return shown
    last_digit = Decimal(1).scaleb(-decimals)
    return float(Decimal(str(shown)).quantize(last_digit, ROUND_HALF_EVEN))


def _is_same(first: float, second: float) -> bool:
    """Say whether two numbers look the same with the most decimals that are written."""
    return math.isclose(first, second, rel_tol=0, abs_tol=0.5 * 10**-MAX_DECIMALS)

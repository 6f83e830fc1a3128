"""Write numbers, intervals and days as people do, with the decimals that tell what they have to."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from calendar import month_name
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from .texts import language, term

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


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
    if _missing(value):
        return "–"
    if abs(value) >= _HUGE:
        return "∞" if value > 0 else "−∞"
    text = _decimal(abs(value), decimals, language())
    sign = "−" if value < 0 else "+" if signed else ""
    return sign * bool(re.search("[1-9]", text)) + text  # no sign before a zero


_HUGE = 1e21  # from here on nobody counts digits, and a decimal of twenty-eight of them has no room


def _missing(value: float) -> bool:
    """Say whether it is None, NaN, or the NA of a whole number."""
    import pandas as pd

    return bool(pd.isna(value))


@lru_cache(maxsize=100_000)  # tables of a whole country write the same numbers again and again
def _decimal(value: float, decimals: int, locale: str) -> str:
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
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

    The decimals are the usual ones of the unit, and more where a number would else say what it does
    not: so many that the classes of its measure can be told apart, that it does not seem to lie
    in another class than it does ("6,00" in the colour of "below 6"), and that what is not nothing
    is not written as nothing ("0,0"), nor what is not all as all ("100,0 %"). `values` writes
    amounts that are compared with each other.

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
        Without the unit, which stands above or beside it.

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
    known = [amount for amount in amounts if not _missing(amount)]
    in_order = [unit.factor * amount for amount in sorted(known)]

    def suffices(decimals: int) -> bool:
        if not all(lies(amount, decimals, unit, scale) for amount in known):
            return False
        return all(_apart(low, high, decimals) for low, high in pairwise(in_order))

    decimals = enough(scale, suffices)
    texts = [
        number(unit.factor * amount, decimals=decimals, signed=unit.signed)
        if not _missing(amount)
        else "–"
        for amount in amounts
    ]
    return texts if bare or not unit.key else [_with_unit(text, unit.key) for text in texts]


def _apart(low: float, high: float, decimals: int) -> bool:
    """Say whether two numbers that differ look different when they are rounded."""
    return _same(low, high) or _rounded(low, decimals) != _rounded(high, decimals)


def span(low: float, high: float, scale: str | Scale) -> str:
    """
    Write an interval as short as a title needs it: its ends, and the unit once; behind a number
    that has its unit, one of many letters is not said again.

    Examples
    --------
    >>> span(0.201, 0.302, "share").replace("\N{NO-BREAK SPACE}", " ")
    '20,1–30,2 %'
    """
    unit = unit_of(scale)
    if _missing(low) or _missing(high):
        return "–"
    decimals = enough(scale, lambda count: differ(low, high, count, unit))
    ends = [number(unit.factor * end, decimals=decimals, signed=unit.signed) for end in (low, high)]
    # A sign behind a dash could be read as another dash.
    between = "words.span_signed" if unit.signed or low < 0 else "words.span"
    text = term(between, low=ends[0], high=ends[1])
    name = scale if isinstance(scale, str) else scale.unit
    return text if name in NAMED_ONCE or not unit.key else term(unit.key, number=text)


def ratios(ratio: float, low: float, high: float, *others: float) -> tuple[str, ...]:
    """
    Write a ratio of rates, the ends of its interval, and others that are read beside it, all with
    the same decimals.

    Examples
    --------
    >>> ratios(1.053, 0.991, 1.119), ratios(1.0012, 1.0003, 1.0021)
    (('1,05', '0,99', '1,12'), ('1,0012', '1,0003', '1,0021'))
    """
    unit = unit_of("ratio")
    if _missing(low) or _missing(high):
        decimals = enough("ratio", lambda count: lies(ratio, count, unit, "ratio"))
    else:
        decimals = enough("ratio", lambda count: differ(low, high, count, unit))
    return tuple(number(one, decimals=decimals) for one in (ratio, low, high, *others))


def day(text: object) -> str:
    """
    Write a day that is kept as 2023-12-31 as people do; what is no such day stays as it is.

    Examples
    --------
    >>> day("2023-12-31"), day("2022-10"), day("cả năm 2022")
    ('31/12/2023', '10/2022', 'cả năm 2022')
    >>> from hganalysis.words import use
    >>> with use("en"):
    ...     day("2023-12-31"), day("2022-10")
    ('31 December 2023', 'October 2022')
    """
    found = _DAY.fullmatch(str(text))
    if not found:
        return str(text)
    year, month, last = found.groups()
    if language() == "en":
        parts = [last and str(int(last)), month_name[int(month)], year]
        return " ".join(filter(None, parts))
    return "/".join(str(int(part)) for part in (last, month, year) if part)


_DAY = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])(?:-([0-9]{2}))?")


def series(amounts: Sequence[float], scale: str | Scale, *, bare: bool = False) -> list[str]:
    """
    Write round numbers that are read together, as short as they all are: ticks, breaks of classes.

    Examples
    --------
    >>> series([0.0018, 0.002], "per_1000")[1][:3], series([4, 4.5], "decimal")
    ('2,0', ['4,0', '4,5'])
    """
    unit = unit_of(scale)
    shown = [unit.factor * one for one in amounts]

    rounded = [[round(one, count) for one in shown] for count in range(MOST + 1)]
    exact = (at for at, ends in enumerate(rounded) if all(map(math.isclose, ends, shown)))
    apart = (at for at, ends in enumerate(rounded) if len({*ends}) == len({*amounts}))
    decimals = next(exact, next((at for at in apart if at >= unit.decimals), MOST))
    texts = [number(one, decimals=decimals, signed=unit.signed) for one in shown]
    return texts if bare or not unit.key else [_with_unit(text, unit.key) for text in texts]


def unit_text(scale: str | Scale) -> str:
    """
    Name a unit as it stands behind a number; nothing where there is none.

    Examples
    --------
    >>> unit_text("points"), unit_text("decimal")
    ('điểm phần trăm', '')
    """
    key = unit_of(scale).key
    return term(key, number="").strip(" \N{NO-BREAK SPACE}") if key else ""


def with_unit(scale: str | Scale) -> str:
    """Give what follows on "change": a comma and its unit, or nothing where a number has none."""
    unit = unit_text(scale)
    return f", {unit}" if unit else ""


def _with_unit(text: str, key: str) -> str:
    return text if text == "–" else term(key, number=text)


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


_MOVED: dict[str, Any] = {"signed": True, "nulls": (0,), "difference": True}
UNITS = {
    "share": Unit(100, 1, key="words.percent", nulls=(0, 100)),
    "points": Unit(1, 1, **_MOVED, key="words.points"),
    "ratio": Unit(1, 2, nulls=(1,), difference=True),
    "decimal": Unit(1, 2, nulls=(0,)),
    "decimal_change": Unit(1, 2, **_MOVED),
    "count": Unit(1, 0),
}
PERS = (1, 1000, 10_000, 100_000)
"""For how many of what it is out of a ratio may be shown."""
for _per in PERS:
    UNITS[f"per_{_per}"] = Unit(_per, 1, key=f"words.per_{_per}", nulls=(0,))
    # a change is in hundredths, as that of a share is in points
    UNITS[f"per_{_per}_change"] = Unit(_per / 100, 1, **_MOVED, key=f"words.per_{_per}_change")
CHANGES = ("points", *(f"per_{_per}_change" for _per in PERS))
"""Units of a change, whose numbers carry a sign."""
NAMED_ONCE = (*CHANGES, "per_1", "per_10000", "per_100000")
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
    shown = unit.factor * amount
    rounded = _rounded(shown, decimals)
    if any(rounded == null and not _same(shown, null) for null in unit.nulls):
        return False
    if isinstance(scale, str) or unit.decimals == 0:
        return True
    return class_number(amount, scale) == bisect_right(_shown(scale), rounded)


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
    return sum(shown >= edge or _same(shown, edge) for edge in _shown(scale))


def _shown(scale: Scale) -> list[float]:
    """Give the borders of classes as they are shown: 57.3 of 0.573, which floats only come near."""
    return [round(unit_of(scale).factor * one, 12) for one in scale.breaks]


def differ(low: float, high: float, decimals: int, unit: Unit) -> bool:
    """Say whether two ends, rounded, are two ends, on the same side of no difference."""
    if not _apart(unit.factor * low, unit.factor * high, decimals):
        return False
    return not unit.difference or all(lies(end, decimals, unit, "") for end in (low, high))


def _rounded(shown: float, decimals: int) -> float:
    """Round as `number` does, by the decimals that are written and halves to the even digit."""
    if not abs(shown) < 1e15:  # beyond, no float has decimals
        return shown
    return float(Decimal(str(shown)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN))


def _same(one: float, other: float) -> bool:
    """Say whether no number of decimals that is ever written would tell two numbers apart."""
    return math.isclose(one, other, rel_tol=0, abs_tol=0.5 * 10**-MOST)

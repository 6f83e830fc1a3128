"""Write what stands beside marks: values with their intervals, and marks of footnotes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .. import words
from .colours import FALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import Key, Piece


def spanned(value: str, span: str) -> str:
    """Write a value with its interval in brackets, or without where there is none."""
    return value if span == "–" else words.term("charts.value_span", value=value, span=span)


def ratio(rate_ratio: float, low: float, high: float) -> str:
    """
    Write a ratio of rates with its interval; where there is none, that is said.

    Examples
    --------
    >>> ratio(1.053, 0.991, 1.119), ratio(1.2, math.nan, math.nan)
    ('1,05 (0,99–1,12)', '1,20 (không tính được khoảng)')
    """
    said, *ends = words.ratios(rate_ratio, low, high)
    span = words.term("charts.no_interval")
    if not (math.isnan(low) or math.isnan(high)):
        span = words.term("words.span", low=ends[0], high=ends[1])
    return spanned(said, span)


def set_of_ratios(rate_ratio: float, pieces: Sequence[Piece]) -> str:
    """
    Write a ratio of rates with a set, perhaps in pieces; an infinite end is not written.

    Examples
    --------
    >>> set_of_ratios(1.16, [(0, 0.9), (1.11, math.inf)])
    '1,16 (đến 0,90 và từ 1,11 trở lên)'
    """
    texts = []
    for low, high in pieces:
        ends = dict(zip(("low", "high"), words.ratios(1.0, low, high)[1:], strict=True))
        if low > 0 and math.isfinite(high):
            key = "words.span"
        elif low > 0:
            key = "charts.opinion_from"
        else:
            key = "charts.opinion_up_to" if math.isfinite(high) else "charts.opinion_any"
        texts.append(words.term(key, **ends))
    return spanned(words.value(rate_ratio, "ratio"), words.term("charts.opinion_and").join(texts))


def footnotes(flags: Sequence[Sequence[str]]) -> tuple[list[str], tuple[Key, ...]]:
    """
    Mark what rows are flagged with: the marks of each row, and once what each mark means.

    Examples
    --------
    >>> marks, key = footnotes([["few"], [], ["few", "old"]])
    >>> marks, [said for _, said in key]
    ([' ¹', '', ' ¹ ²'], ['few', 'old'])
    """
    every = dict.fromkeys(flag for some in flags for flag in some)
    marks = {flag: str(number).translate(_RAISED) for number, flag in enumerate(every, start=1)}
    each = ["".join(f" {marks[flag]}" for flag in some) for some in flags]
    return each, tuple((f"{mark}{FALL}", flag) for flag, mark in marks.items())


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def interval(low: float, high: float) -> tuple[Piece, ...]:
    """Give an interval as the pieces of a row: none where it is not known."""
    return () if math.isnan(low) or math.isnan(high) else ((low, high),)

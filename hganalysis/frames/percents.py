"""Say whether numbers are per cents where counts belong: 39 % of a county is not 39 people."""

from __future__ import annotations

import pandas as pd

from .. import words
from ..suppress import is_hidden

MIN_ROWS = 10
"""Of fewer numbers nobody can say that they are alike, or grow with what they are out of."""
MOST = 100
"""No part is more than so many per cent."""
MIN_FRACTIONS = 0.5
"""More than this share of per cents is not whole; counts have no fractions."""
MIN_MEDIAN, MIN_RANGE, MAX_CORRELATION = 20, 10, 0.2
"""
Whole numbers are per cents if half of them are at least so large, what they are out of differs by
this factor, and they do not grow with it: Spearman's coefficient is below the last.

Of 50 columns of rare events, with medians from 1 to 60, none is so; of 534 counties' whole per
cents the column is. A count is rarely that regular: it would have to fall where places grow.
"""


def are_percents(count: pd.Series, out_of: pd.Series) -> bool:
    """
    Say whether numbers are those of per cents, and not of counts.

    Parameters
    ----------
    count, out_of
        Of the same rows; a row without a count is left out.

    Examples
    --------
    >>> people = pd.Series(range(1_000, 21_000, 1_000))
    >>> alike = pd.Series([39, 65, 41, 58] * 5)
    >>> are_percents(alike, people), are_percents(people // 250, people)
    (True, False)
    """
    count = count.dropna()
    if len(count) < MIN_ROWS:
        return False
    if count.max() > MOST or count.min() < 0:
        return False
    n_fractions = (count % 1 != 0).sum()
    if n_fractions:
        return bool(n_fractions > MIN_FRACTIONS * len(count))
    people = out_of.reindex(count.index)
    people = people[people > 0]
    if len(people) < MIN_ROWS:
        return False
    if people.max() < MIN_RANGE * people.min():
        return False
    # where all numbers are equal there is no coefficient: they do not grow either
    correlation = count.rank().corr(people.rank())
    grows = correlation >= MAX_CORRELATION
    return bool(count.median() >= MIN_MEDIAN and not grows)


ARE_COUNTS = "are_counts"
"""The column of a frame in which a person says that its numbers are counts."""


def refuse_percents(frame: pd.DataFrame, count: str, out_of: str) -> None:
    """
    Refuse a frame whose counts look like per cents, unless its column `are_counts` says otherwise.

    Parameters
    ----------
    frame
        Of a user: there is nobody to ask.
    count, out_of
        Its columns. Rows that `suppress.hide_counts` hid have the rate of their pool and do not
        matter.

    Raises
    ------
    ValueError
        With what was seen, and what to do.

    Examples
    --------
    >>> frame = pd.DataFrame({"count": [39, 65, 41, 58] * 5, "out_of": range(1_000, 21_000, 1_000)})
    >>> try:
    ...     refuse_percents(frame, "count", "out_of")
    ... except ValueError as error:
    ...     print(str(error).partition(",")[0])
    Cột 'count' có vẻ là phần trăm: 20 số
    >>> refuse_percents(frame.assign(are_counts=True), "count", "out_of")
    """
    if ARE_COUNTS in frame and frame[ARE_COUNTS].eq(other=True).all():
        return
    shown = frame[~is_hidden(frame)]
    shown = shown[[count, out_of]].reset_index(drop=True)
    numbers = pd.to_numeric(shown[count], errors="coerce")
    people = pd.to_numeric(shown[out_of], errors="coerce")
    if not are_percents(numbers, people):
        return
    seen = words.term("frames_errors.decimals")
    if (numbers.dropna() % 1 == 0).all():
        seen = words.term("frames_errors.no_larger", out_of=out_of)
    # no number is shown: they may be counts that are hidden
    blanks = {"column": count, "number": int(numbers.count()), "most": MOST, "seen": seen}
    msg = words.term("frames_errors.percents", **blanks)
    raise ValueError(msg)

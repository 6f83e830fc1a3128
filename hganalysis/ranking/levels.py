"""
Which levels can be said, and which places have a rank.

A share goes by the width of its interval (Clopper-Pearson, 95 %), as proportions do in NCHS Series
2, Number 175. A ratio keeps the floor of events that rates have. What has to stay hidden is decided
before either, and a place that is hidden or lacks a report has no other reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy.special import betaincinv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .measure import Measure

Reason = Literal["missing", "hidden", "few"]
"""Why a place has no level: no report, a number that is hidden, or too few to say."""

RankRule = Literal["width", "events", "residents"]
"""What a place needs for a rank: a narrow interval, many events, or many residents as well."""

# A share is left out if it is out of fewer, or if its interval is wider than this; or if it is no
# longer narrow, and wide beside the share itself (NCHS Series 2, Number 175).
MIN_OUT_OF = 30
MAX_WIDTH = 0.30
NARROW = 0.05
MAX_RELATIVE_WIDTH = 1.3

# A ratio of fewer than SHOWN events is left out. Chance alone changes a count below SMALL by half:
# it is marked, and without a rank where events rank.
SMALL = 20
SHOWN = 10

# A ratio to fewer residents has no rank: a few persons would decide where it stands.
FEW_RESIDENTS = 500

# With at least so many places, a share has a rank if its interval is no wider than half the
# distance between two percentiles of all. If most have none, the places are alike.
MIN_PLACES_BY_WIDTH = 10
MIDDLE = (0.1, 0.9)
MAX_WIDTH_OF_MIDDLE = 0.5
MAX_UNRANKED = 0.5

# Of the interval of a share.
CONFIDENCE = 0.95


def interval_widths(rows: pd.DataFrame) -> pd.Series:
    """
    Give the width of the Clopper-Pearson interval of `count` out of `out_of`.

    Examples
    --------
    >>> interval_widths(pd.DataFrame({"count": [7, 5], "out_of": [41, 803]})).round(3).tolist()
    [0.249, 0.012]
    """
    count = rows["count"].to_numpy(dtype=float)
    rest = rows["out_of"].to_numpy(dtype=float) - count
    tail = (1 - CONFIDENCE) / 2
    count_or_1 = np.where(count > 0, count, 1)
    rest_or_1 = np.where(rest > 0, rest, 1)
    low = betaincinv(count_or_1, rest + 1, tail)
    high = betaincinv(count + 1, rest_or_1, 1 - tail)
    high = np.where(rest > 0, high, 1)
    low = np.where(count > 0, low, 0)
    widths: NDArray[np.float64] = high - low
    return pd.Series(widths, rows.index)


def are_too_few(rows: pd.DataFrame, measure: Measure) -> pd.Series:
    """
    Say which counts are too few for a level; none is that is missing.

    Parameters
    ----------
    rows
        With `count` and `out_of`.
    """
    if measure.is_ratio:
        return rows["count"] < SHOWN
    width = interval_widths(rows)
    share = rows["count"] / rows["out_of"]
    is_wide = (width > NARROW) & (width > MAX_RELATIVE_WIDTH * share)
    is_known = rows["count"].notna()
    return is_known & ((rows["out_of"] < MIN_OUT_OF) | (width > MAX_WIDTH) | is_wide)


def find_reasons(rows: pd.DataFrame, measure: Measure, is_hidden: pd.Series) -> pd.Series:
    """
    Say why each place has no level; missing where it has one.

    Parameters
    ----------
    rows
        With `count` and `out_of`, missing where there is no sum.
    is_hidden
        Whether the number is missing since it is hidden.
    """
    reasons = pd.Series(None, rows.index, dtype="object")
    is_missing = rows[["count", "out_of"]].isna().any(axis="columns")
    is_few = are_too_few(rows, measure) | (rows["out_of"] == 0)
    reasons[is_few] = "few"
    reasons[is_missing] = "missing"
    reasons[is_hidden] = "hidden"
    return reasons


def add_levels(rows: pd.DataFrame, measure: Measure, is_hidden: pd.Series) -> pd.DataFrame:
    """
    Add the `share` of each place, or why it is `left_out`, and its `rank`.

    Of a share, too few are still said to be so many out of so many; of other numbers, nothing is.
    """
    reasons = find_reasons(rows, measure, is_hidden)
    share = (rows["count"] / rows["out_of"]).mask(reasons.notna())
    is_few_of_share = reasons.eq("few") & (not measure.is_ratio)
    is_told = reasons.isna() | is_few_of_share
    count = rows["count"].where(is_told)
    rows = rows.assign(count=count, share=share, left_out=reasons)
    return rows.assign(rank=rank_shares(rows, measure))


def rank_shares(rows: pd.DataFrame, measure: Measure) -> pd.Series:
    """Give the rank of each row by its `share`; missing where chance or a few persons decide."""
    rule = rank_rule(rows, measure)
    if rule == "width":
        shown = rows.dropna(subset="share")
        low, high = shown["share"].quantile(list(MIDDLE))
        is_ranked = interval_widths(shown) <= MAX_WIDTH_OF_MIDDLE * (high - low)
        if is_ranked.mean() < 1 - MAX_UNRANKED:
            is_ranked[:] = False
        is_tiny = ~is_ranked.reindex(rows.index, fill_value=False)
    else:
        is_tiny = rows["count"] < SMALL
        if rule == "residents":
            is_tiny |= rows["out_of"] < FEW_RESIDENTS
    return rows["share"].mask(is_tiny).rank(ascending=False, method="min")


def rank_rule(rows: pd.DataFrame, measure: Measure) -> RankRule:
    """Say what a row needs for a rank: it depends on how many have a share."""
    if measure.is_ratio:
        return "residents" if measure.is_of_residents else "events"
    return "width" if rows["share"].count() >= MIN_PLACES_BY_WIDTH else "events"


def are_alike(rows: pd.DataFrame, measure: Measure) -> bool:
    """Say whether places are alike within what can be told, so that none has a rank."""
    return rank_rule(rows, measure) == "width" and bool(rows["rank"].isna().all())


def are_unranked(rows: pd.DataFrame, measure: Measure) -> pd.Series:
    """Say which rows have a share and no rank where others have one; none if there are no ranks."""
    if "rank" not in rows or are_alike(rows, measure):
        return pd.Series(data=False, index=rows.index)
    return rows["share"].notna() & rows["rank"].isna()


def are_compared(rows: pd.DataFrame, measure: Measure) -> pd.Series:
    """Say which rows are set against each other: those with a rank, and all that are alike."""
    return rows["share"].notna() & ~are_unranked(rows, measure)

"""
Where each place stands, in a study with more places than anybody compares in pairs.

In one period a place is so many points above or below the whole, as counted. From two periods or
more, a place is lastingly above or below the others if it is further from them than places moved
against each other; the places are tested at once (Holm 1979).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtr

from .stability import CONFIDENCE, Noise, measure_log_odds

if TYPE_CHECKING:
    from .stability import Floats

MANY_PLACES = 30
"""With more places, nothing is said of their pairs, and nobody gets a range of ranks."""

FAR_POINTS = 5.0
"""From so many percentage points on, a place is said to be above or below the whole."""

FAR_FACTOR = 1.25
"""The same for rates and ratios, which have no points: a quarter above, or a fifth below."""

TENTH = 0.1
"""The share of places that is called the highest, and the lowest."""


def measure_distance(table: pd.DataFrame, *, in_points: bool) -> pd.Series:
    """
    Measure how far each place is from the whole, as counted.

    Parameters
    ----------
    table
        One row for each place: `count`, `out_of`, `share`.
    in_points
        Whether the distance is in percentage points; else it is the ratio to the whole.

    Returns
    -------
    distance
        Missing where a place has no share.

    Examples
    --------
    >>> table = pd.DataFrame({"count": [30, 10], "out_of": [100, 100], "share": [0.3, 0.1]})
    >>> measure_distance(table, in_points=True).round(9).tolist()
    [10.0, -10.0]
    """
    whole = share_of_known(table)
    return 100 * (table["share"] - whole) if in_points else table["share"] / whole


def share_of_known(table: pd.DataFrame) -> float:
    """
    Divide the counts of all places whose numbers can be told, also of those with too few to rank.

    Examples
    --------
    >>> share_of_known(pd.DataFrame({"count": [30, 5, None], "out_of": [100, 40, 9]}))
    0.25
    """
    sums = table[["count", "out_of"]].astype(float).dropna().sum()
    return float(sums["count"] / sums["out_of"])


def side_as_counted(distance: pd.Series, *, in_points: bool) -> pd.Series:
    """
    Say whether each place is far above or below the whole, as counted.

    Parameters
    ----------
    distance
        As `measure_distance` gives it.
    in_points
        Whether it is in percentage points; else it is a ratio.

    Returns
    -------
    side
        `"above"`, `"below"`, or "" between; missing where the distance is.

    Examples
    --------
    >>> side_as_counted(pd.Series([5.1, 4.9, -7.0]), in_points=True).tolist()
    ['above', '', 'below']
    """
    far_above, far_below = FAR_POINTS, -FAR_POINTS
    if not in_points:
        far_above, far_below = FAR_FACTOR, 1 / FAR_FACTOR
    side = pd.Series("", distance.index, dtype=object)
    side = side.mask(distance > far_above, "above").mask(distance < far_below, "below")
    return side.where(distance.notna(), np.nan)


def lasting_side(noise: Noise, count: Floats, out_of: Floats, *, error: float) -> list[str]:
    """
    Say which places stand lastingly above or below all others together.

    The distance of a place on the log odds is held against the larger of two noises: of its parts
    (or of its persons, if it has none), and of places against each other.

    Parameters
    ----------
    noise
        Of these places, in this order.
    count, out_of
        Of each place, in the last period.
    error
        How far each denominator may be off, from 0 to 1, in the direction that brings the place
        nearer to the others.

    Returns
    -------
    side
        `"above"`, `"below"` or "" for each place.
    """
    # the others of a place, taken together
    others_count, others_out_of = count.sum() - count, out_of.sum() - out_of
    of_others = measure_log_odds(others_count, others_out_of, is_ratio=noise.is_ratio)
    distance = noise.log_odds - of_others.value

    # the mean of the others moves, too, by so much of the movement of one place
    weight = out_of / out_of.sum()
    var_of_others = noise.var_between * (weight**2).sum()
    p_values = np.maximum(
        _two_sided(distance, noise.var_between + var_of_others, noise.df_between),
        _two_sided(distance, noise.var_from_parts + var_of_others, noise.df_from_parts),
    )
    is_sure = correct_by_holm(p_values) <= 1 - CONFIDENCE

    # and what an error of the denominators could turn
    share, share_of_others = count / out_of, others_count / others_out_of
    is_above = share * (1 - error) > share_of_others * (1 + error)
    is_below = share * (1 + error) < share_of_others * (1 - error)
    side = np.select([is_sure & is_above, is_sure & is_below], ["above", "below"], "")
    return [str(text) for text in side]


def correct_by_holm(p_values: Floats) -> Floats:
    """
    Correct p-values for being many (Holm 1979).

    That of statsmodels takes a second to import, and cleans the memory up at each call.

    Examples
    --------
    >>> correct_by_holm(np.array([0.04, 0.01, 0.03])).tolist()
    [0.06, 0.03, 0.06]
    """
    order = np.argsort(p_values)
    # each is held against as many as are no smaller; none is surer than a smaller one
    n_left = np.arange(len(p_values), 0, -1)
    in_order = np.maximum.accumulate(p_values[order] * n_left)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(in_order, 1)
    return corrected


def _two_sided(distance: Floats, variance: Floats | float, df: float) -> Floats:
    """Give the p-value of a distance with a variance that was estimated (t)."""
    p_value: Floats = 2 * stdtr(df, -np.abs(distance) / np.sqrt(variance))
    return p_value


def count_tenth(n_places: int) -> int:
    """
    Count the places of a tenth, rounded.

    Examples
    --------
    >>> count_tenth(148), count_tenth(31)
    (15, 3)
    """
    return round(TENTH * n_places)

"""Bring shares to the scale on which their intervals are even, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from .variance import Array, Labels


def shared(count: Array, out_of: Array, by: Labels, rows: Array) -> tuple[Array, Array]:
    """Give each row the share, and what it is out of, of all rows that have its label."""
    numbers, labels = pd.factorize(by)
    counts, wholes = (
        np.bincount(numbers[rows], column[rows], len(labels)) for column in (count, out_of)
    )
    whole = np.where(wholes > 0, wholes, np.nan)
    return (counts / whole)[numbers], whole[numbers]


def inner(share: Array, out_of: Array, *, ratio: bool) -> Array:
    """
    Move shares of 0 and 1 inwards by half a person or file, to where their log odds are.

    References
    ----------
    Anscombe, F. J. (1956). Biometrika 43 (3/4), 461-464.
    """
    half = 0.5 / np.where(out_of > 0, out_of, np.nan)
    found: Array = np.clip(share, half, np.inf if ratio else 1 - half)
    return found


def steepness(share: Array, *, ratio: bool) -> Array:
    """Say how much a share changes per step of its log odds, a ratio per step of its log."""
    return share if ratio else share * (1 - share)


def to_log(share: Array, *, ratio: bool) -> Array:
    """Bring shares between 0 and 1 to their log odds, ratios to their log."""
    found: Array = np.log(share) if ratio else np.log(share / (1 - share))
    return found


def from_log(value: Array, *, ratio: bool) -> Array:
    """Bring log odds back to shares, logs to ratios."""
    from scipy.special import expit

    found: Array = np.exp(value) if ratio else expit(value)
    return found


def around(share: Array, out_of: Array, reach: Array, *, ratio: bool) -> tuple[Array, Array]:
    """Lay an interval around shares on the scale of their log odds, ratios on their log."""
    middle = to_log(inner(share, out_of, ratio=ratio), ratio=ratio)
    low, high = from_log(middle - reach, ratio=ratio), from_log(middle + reach, ratio=ratio)
    # A share of 0 or 1 is the end of its interval.
    low = np.where((share == 0) & ~np.isnan(low), 0.0, low)
    high = np.where((share == 1) & (not ratio) & ~np.isnan(high), 1.0, high)
    return low, high

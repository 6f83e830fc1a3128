"""
Would a level, or an order, hold again?

A level that every part counted is a fact about one period. What a similar period would find, only
periods tell: by how much parts moved within their place, and places against each other, on the log
odds (the log, for a ratio). The larger of the two is used; both come from differences of successive
periods, so that what wanders off slowly counts for what it does in one period. How parts of a place
differ lasts: it is described, and enters no interval. Not in it: what is wrong alike in every
period, and the movement that all have in common.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

Floats = NDArray[np.float64]

SURE = 0.95

# Parts that move by so nearly one factor were apportioned, copied, or are a running total.
STEP = 0.02

# Degrees of freedom where places have no parts: the chance of persons is left, which is known.
KNOWN = 1e6

# Above so many places the lasting order is not asked for, only that of the next period.
MANY = 10


@dataclass(frozen=True, eq=False)
class Noise:
    """What does not repeat itself in the last `level`: variances of it, by place and for all."""

    level: Floats
    parts: Floats
    places: float
    df_parts: float
    df_places: float
    in_step: bool
    ratio: bool


def noise(count: Floats, out_of: Floats, place: NDArray[np.intp], *, ratio: bool = False) -> Noise:
    """
    Measure what does not repeat itself, from two periods or more.

    Parameters
    ----------
    count, out_of
        A row a part, a column a period, first to last, nothing missing.
    place
        That of each part, 0 to D - 1.
    ratio
        Whether counts are no part of what they are out of.
    """
    (n, periods), d = count.shape, int(place.max()) + 1

    def add(parts: Floats) -> Floats:
        return np.stack([np.bincount(place, column, d) for column in parts.T], axis=1)

    level, steep_all, _ = _logs(add(count), add(out_of), ratio=ratio)
    y, steep, persons = _logs(count, out_of, ratio=ratio)
    pull = out_of[:, -1] * steep[:, -1] / (add(out_of)[:, -1] * steep_all[:, -1])[place]
    step = np.diff(y, axis=1)
    inside = step - (add(step) / np.bincount(place, minlength=d)[:, None])[place]
    steps = (periods - 1) ** 2 / (periods - 1 + (periods - 2) / 2)  # neighbours share a period
    mean_square = (inside**2).sum() / max(n - d, 1) / (periods - 1)
    beyond = mean_square - (persons[:, 1:] + persons[:, :-1]).mean() * (n > d)
    own = max(beyond / 2, 0.0) + persons[:, -1]
    moved = np.diff(level, axis=1)
    return Noise(
        level=level[:, -1],
        parts=np.bincount(place, pull**2 * own, d).astype(float),
        places=float(((moved - moved.mean(axis=0)) ** 2).sum() / (d - 1) / (periods - 1) / 2),
        df_parts=(n - d) * steps if n > d else KNOWN,
        df_places=(d - 1) * steps,
        in_step=n > d and bool(mean_square < STEP**2),
        ratio=ratio,
    )


def again(found: Noise) -> Floats:
    """Between what each level lies in a similar period, at the movement that all have in common."""
    t_parts, t_places = stats.t.ppf((1 + SURE) / 2, [found.df_parts, found.df_places])
    reach = np.maximum(t_parts * np.sqrt(found.parts), t_places * np.sqrt(found.places))
    reach = reach * np.sqrt(2)
    back = np.exp if found.ratio else expit
    return np.column_stack([back(found.level - reach), back(found.level + reach)])


def surely_above(found: Noise) -> NDArray[np.bool_]:
    """Say whether the row's level lasts above the column's, all pairs at once (Tukey-Kramer)."""
    d = len(found.level)
    parts = _range(d, found.df_parts) * np.sqrt((found.parts[:, None] + found.parts) / 2)
    need = np.maximum(parts, _range(d, found.df_places) * np.sqrt(found.places))
    apart: NDArray[np.bool_] = found.level[:, None] - found.level > need * np.sqrt(
        2 if d > MANY else 1
    )
    return apart


@lru_cache
def _range(places: int, df: float) -> float:
    """Quantile of the studentized range; drawn where the integral is slow and poor."""
    if places <= 100 and df <= 1e5:
        return float(stats.studentized_range.ppf(SURE, places, df))
    random = np.random.default_rng(93)
    ranges = np.ptp(random.normal(size=(4000, places)), axis=1)
    return float(np.quantile(ranges / np.sqrt(random.chisquare(df, 4000) / df), SURE))


def _logs(count: Floats, out_of: Floats, *, ratio: bool) -> tuple[Floats, Floats, Floats]:
    """Log odds (log, for a ratio), how steep the share is there, the variance by persons alone."""
    share = np.clip(count / out_of, 0.5 / out_of, np.inf if ratio else 1 - 0.5 / out_of)
    steep = share if ratio else share * (1 - share)
    return np.log(share) if ratio else np.log(share / (1 - share)), steep, 1 / (out_of * steep)

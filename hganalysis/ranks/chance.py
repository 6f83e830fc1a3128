"""Draw what chance does to the shares of places, and to what is known of their errors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..rates.errors import units
from ..rates.scale import inner, steepness
from ..rates.variance import variances

if TYPE_CHECKING:
    from ..indicators import Indicator

Array: TypeAlias = npt.NDArray[np.float64]

SEED = 93  # the province's code; any number would do


# So many units are dealt out again as they were found; of fewer, the noise is taken to be normal.
DEALT = 20


@dataclass(frozen=True)
class Chance:
    """
    Shares on a scale where errors are even, and draws of what chance does to both.

    The scale is the arc sine of the root of a share, the root of a ratio: it keeps the order, and
    shares near 0 or 1 are as sure there as others. `value`, `error` and `df` have one number a
    place; an error is NaN where nobody can know it. In `noise` (how far chance moves a value) and
    `error_drawn` (the error that would have been found then) a row is a draw.
    """

    value: Array
    error: Array
    df: Array
    noise: Array
    error_drawn: Array


def draw(
    reports: pd.DataFrame,
    found: pd.DataFrame,
    *,
    indicator: Indicator,
    by: Literal["district", "commune"],
    draws: int,
) -> Chance:
    """
    Draw places with the errors of their shares, which are drawn on their degrees of freedom.

    Six communes do not say well how much they vary: errors that came out too small by chance are
    among the draws as they are in the world. Places with one home share that luck. Among 75
    communes the outermost decide, so their noise is dealt out again as it was found and not taken
    to be normal; and what chance does to one depends on the level it varies around, not on where
    chance has put it.

    Parameters
    ----------
    reports
        Reports of the communes of these places, of one measure and year.
    found
        Of `rates.to_districts` or `rates.uptake`, index `code`: the places.
    indicator
        The measure.
    by
        What they are.
    draws
        How many.
    """
    random, ratio = np.random.default_rng(SEED), indicator.kind == "ratio"
    parts = units(reports, level=by)
    alone = len(set(parts.place)) == len(parts.place)
    known = variances(replace(parts, chance=parts.sampling) if alone else parts)
    share, out_of = (found[name].to_numpy(dtype=float) for name in ("share", "out_of"))
    value = even(share, ratio=ratio)
    homes = pd.DataFrame({"home": parts.home, "level": parts.level}, parts.place)
    homes = homes[~homes.index.duplicated()].reindex(found.index)
    level = homes["level"].to_numpy(dtype=float) if alone else inner(share, out_of, ratio=ratio)
    known = known.reindex(found.index)
    error, df = np.sqrt(known["variance"].to_numpy()), known["df"].to_numpy(dtype=float)
    error = error * np.sqrt(steepness(level, ratio=ratio)) / 2

    noise = random.normal(size=(draws, len(found)))
    if alone and len(found) >= DEALT:
        apart = (value - even(level, ratio=ratio)) / error
        apart = apart[np.isfinite(apart)]
        apart = apart - apart.mean()
        unit = np.sqrt((apart**2).mean())
        noise = random.choice(apart / unit, size=noise.shape) if unit > 0 else noise
    number, names = pd.factorize(homes["home"])
    own = pd.Series(df).groupby(number).first().to_numpy()
    luck = random.chisquare(np.nan_to_num(own, nan=1.0), size=(draws, len(names))) / own
    return Chance(value, error, df, noise * error, np.sqrt(luck)[:, number] * error)


def even(share: Array, *, ratio: bool) -> Array:
    """Bring shares to the scale of `Chance`."""
    root = np.sqrt(share)
    return root if ratio else np.arcsin(root)

"""Draw what chance does to the shares of places, and to what is known of their errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from .. import places, rates
from ..rates.errors import dispersion

if TYPE_CHECKING:
    import pandas as pd

    from ..indicators import Indicator

Array: TypeAlias = npt.NDArray[np.float64]

SEED = 93  # the province's code; any number would do


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


def of_districts(
    reports: pd.DataFrame, found: pd.DataFrame, *, indicator: Indicator, draws: int
) -> Chance:
    """
    Draw districts through their communes: the ratio estimator, and its linearised error.

    Six communes do not say well how much they vary. So each draw gives every commune a normal
    number, and makes from these the share and its error as `rates.to_districts` does: errors that
    came out too small by chance are among the draws as they are in the world.

    Parameters
    ----------
    reports
        Reports of the communes of these districts, of one measure and year.
    found
        Of `rates.to_districts`, index `code`: the districts.
    indicator
        The measure.
    draws
        How many.
    """
    random = np.random.default_rng(SEED)
    table = rates.spread(reports, level="district")
    table = table.merge(reports[["code", "out_of"]], left_on="part", right_on="code")
    parts = dict(tuple(table.groupby("place")))
    share, ratio = found["share"].to_numpy(dtype=float), indicator.kind == "ratio"
    # Less than binomial variation is luck, not knowledge.
    least = np.sqrt(_binomial(share, ratio=ratio) / found["out_of"].to_numpy(dtype=float))
    error = rates.standard_errors(table.groupby("place")["pull"])[found.index].to_numpy()
    error = np.maximum(error, least)
    noise, drawn = np.empty((2, draws, len(found)))
    for at, code in enumerate(found.index):
        weight = parts[code]["out_of"].to_numpy(dtype=float)
        noise[:, at], drawn[:, at] = _through_parts(random, weight / weight.sum(), draws)
    # All communes at 0, or at 1, do not say how much they vary.
    error[least == 0] = np.nan
    scale = error / _steepness(share, ratio=ratio)
    count = found["communes"].to_numpy(dtype=float)
    return Chance(even(share, ratio=ratio), scale, count - 1, noise * scale, drawn * scale)


def of_communes(
    reports: pd.DataFrame, found: pd.DataFrame, *, indicator: Indicator, draws: int
) -> Chance:
    """
    Draw communes with binomial errors times phi, from how far communes lie from their districts.

    Among 75 the outermost decide, so their noise is dealt out again as it was found and not taken
    to be normal; phi itself is drawn on its degrees of freedom. Where communes differ by more
    than chance of persons, phi grows with their size: so the error of a commune larger than the
    mean is not taken to be smaller than that of the mean.

    Parameters
    ----------
    reports, found, indicator, draws
        As for `of_districts`, with `found` of `rates.uptake`.
    """
    random = np.random.default_rng(SEED)
    share, ratio = found["share"].to_numpy(dtype=float), indicator.kind == "ratio"
    size, spread = found["out_of"].to_numpy(dtype=float), dispersion(reports).iloc[0]
    value, error = even(share, ratio=ratio), even_error(spread["phi"], counting(size))
    home = places.parents(found.index.to_series(), "district")
    sums = found.groupby(home)[["count", "out_of"]].transform("sum")
    around = even((sums["count"] / sums["out_of"]).to_numpy(dtype=float), ratio=ratio)
    apart = (value - around) / error
    apart -= apart.mean()
    unit = np.sqrt((apart**2).mean())
    dealt = random.choice(apart / unit if unit > 0 else apart, size=(draws, len(found)))
    factor = np.sqrt(random.chisquare(spread["df"], size=(draws, 1)) / spread["df"])
    df = np.full(len(found), float(spread["df"]))
    return Chance(value, error, df, dealt * error, factor * error)


def counting(size: Array) -> Array:
    """Say how many persons or files of each commune count towards less chance variation."""
    counted: Array = np.minimum(size, size.mean())
    return counted


def even_error(phi: float, size: Array) -> Array:
    """Give the binomial error times phi on the even scale, where it depends on the size only."""
    error: Array = np.sqrt(phi / size) / 2
    return error


def _through_parts(random: np.random.Generator, weight: Array, draws: int) -> tuple[Array, Array]:
    """Draw a weighted mean and its linearised error, in units of what that error is like."""
    parts = len(weight)
    if parts < 2:
        return np.full(draws, np.nan), np.full(draws, np.nan)
    numbers = random.normal(size=(draws, parts))
    mean = numbers @ weight
    pulls = (numbers - mean[:, None]) * weight
    error = np.sqrt(parts / (parts - 1) * (pulls**2).sum(axis=1))
    unit = np.sqrt((error**2).mean())
    return mean / unit, error / unit


def _binomial(share: Array, *, ratio: bool) -> Array:
    return share if ratio else share * (1 - share)


def even(share: Array, *, ratio: bool) -> Array:
    """Bring shares to the scale of `Chance`."""
    root = np.sqrt(share)
    return root if ratio else np.arcsin(root)


def uneven(value: Array, *, ratio: bool) -> Array:
    """Bring values of the scale of `Chance` back to shares."""
    root = np.clip(value, 0, None if ratio else np.pi / 2)
    return root**2 if ratio else np.sin(root) ** 2


def _steepness(share: Array, *, ratio: bool) -> Array:
    """Say how much a share changes per step of the even scale."""
    return 2 * np.sqrt(_binomial(share, ratio=ratio))

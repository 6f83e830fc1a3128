"""Draw what chance does to the shares of places, and to what is known of their errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from .. import rates
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
    error, noise, drawn = np.empty(len(found)), *np.empty((2, draws, len(found)))
    for at, code in enumerate(found.index):
        weight = parts[code]["out_of"].to_numpy(dtype=float)
        noise[:, at], drawn[:, at] = _through_parts(random, weight / weight.sum(), draws)
        error[at] = max(rates.standard_error(parts[code]["pull"]), least[at])
    # All communes at 0, or at 1, do not say how much they vary.
    error[least == 0] = np.nan
    scale = error / _steepness(share, ratio=ratio)
    count = found["communes"].to_numpy(dtype=float)
    return Chance(_even(share, ratio=ratio), scale, count - 1, noise * scale, drawn * scale)


def of_communes(
    reports: pd.DataFrame, found: pd.DataFrame, *, indicator: Indicator, draws: int
) -> Chance:
    """
    Draw communes with binomial errors times phi, which itself is known on few degrees of freedom.

    Phi grows with the size of communes where they differ by more than chance of persons, so the
    error of a commune larger than the mean is not taken to be smaller than that of the mean.

    Parameters
    ----------
    reports, found, indicator, draws
        As for `of_districts`, with `found` of `rates.uptake`.
    """
    random = np.random.default_rng(SEED)
    share, ratio = found["share"].to_numpy(dtype=float), indicator.kind == "ratio"
    size = found["out_of"].to_numpy(dtype=float)
    spread = dispersion(reports).iloc[0]
    error = np.sqrt(spread["phi"] / np.minimum(size, size.mean())) / 2
    noise = random.normal(size=(draws, len(found))) * error
    factor = np.sqrt(random.chisquare(spread["df"], size=(draws, 1)) / spread["df"])
    df = np.full(len(found), float(spread["df"]))
    return Chance(_even(share, ratio=ratio), error, df, noise, factor * error)


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


def _even(share: Array, *, ratio: bool) -> Array:
    root = np.sqrt(share)
    return root if ratio else np.arcsin(root)


def _steepness(share: Array, *, ratio: bool) -> Array:
    """Say how much a share changes per step of the even scale."""
    return 2 * np.sqrt(_binomial(share, ratio=ratio))

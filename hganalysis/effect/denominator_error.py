"""Shake the denominator: how large a relation would its errors make, were there none?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from .columns import Columns, numbers
from .estimate import Estimate, Refused
from .fit import Vector, poisson
from .rungs import estimate, fitted, without_zero_clusters

# An exposure may have been rounded to one decimal; more than that is another denominator.
ROUNDED = 0.01
SEED = 93  # any number would do


def shaken_population(
    data: Columns,
    *,
    members: str,
    errors: Sequence[float] = (0.05, 0.10, 0.15),
    draws: int = 500,
    seed: int = SEED,
) -> pd.DataFrame:
    """
    Show how large a relation errors in the population alone would make.

    A world without any relation is made: the recorded population is its truth, the members are
    as recorded, and each unit has exactly the count that its true population, its cluster and
    its controls call for (the fit of rung 2 without the exposure). Then somebody records that
    population with error: each unit's is multiplied by an independent lognormal error with
    median 1 and the given coefficient of variation. Rate and density are computed from the one
    wrong population, as always, and rung 2 is fitted. Where it was recorded too small, both
    come out too large: a relation, made of nothing.

    The counts carry no noise, so the spread over draws is that of the errors alone, and an
    error of zero gives exactly zero. Each draw is per standard deviation of the density as
    recorded in that draw, because that is what its reader would have been told. Three limits:
    an error shared by a whole cluster does nothing here, the fixed effect takes it; the recorded
    density already holds the errors of the real record, so a real error of that size makes
    slightly more than shown; and where members were allotted by the true population the real
    density is mostly error, and no simulation from the record can show it.

    Parameters
    ----------
    data, members
        As in `denominator_test`.
    errors
        Coefficients of variation of the error, 0 or more (0.05 is 5 %).
    draws
        How many wrong records for each.
    seed
        Of the random numbers.

    Returns
    -------
    shaken
        One row per error (index `error`): `spurious_per_sd`, the mean log rate ratio per
        standard deviation; `low` and `high`, between which 95 % of the draws lie;
        `rate_ratio_per_sd`, the exponential of the mean; `estimate_per_sd`, the estimate of
        rung 2 to hold it against; `share`, the one over the other; `draws`.
    """
    if min(errors, default=-1) < 0 or draws < 1:
        msg = f"errors must be 0 or more and draws 1 or more, not {tuple(errors)} and {draws}."
        raise ValueError(msg)
    members_of(data, members)
    return shake(data, estimate(data), errors=errors, draws=draws, seed=seed)


def shake(
    data: Columns, found: Estimate, *, errors: Sequence[float], draws: int, seed: int
) -> pd.DataFrame:
    """Shake the population of checked data; see `shaken_population`."""
    used = without_zero_clusters(data)
    full = fitted(used, 2)
    null = poisson(
        used.count,
        full.X[:, 1:],
        names=full.names[1:],
        clusters=used.codes,
        offset=full.offset,
        absorb=True,
    )
    # The same draws for each size of error, so that the rows differ by the size alone.
    noise = np.random.default_rng(seed).standard_normal((draws, len(used.rows)))
    of_estimate = found.log_rate_ratio * found.sd
    rows = []
    for size in errors:
        spurious = []
        for error in np.exp(np.sqrt(np.log1p(size**2)) * noise):
            recorded = used.exposure / error
            wrong = replace(
                used, count=null.mean, exposure=recorded, population=used.population * error
            )
            slope = fitted(wrong, 2).coefficients[0]
            spurious.append(slope * recorded.std(ddof=1))
        mean = float(np.mean(spurious))
        low, high = np.quantile(spurious, [0.025, 0.975])
        rows.append([mean, low, high, np.exp(mean), of_estimate, mean / of_estimate, draws])
    columns = ["spurious_per_sd", "low", "high", "rate_ratio_per_sd", "estimate_per_sd"]
    index = pd.Index(errors, name="error")
    shaken = pd.DataFrame(rows, index=index, columns=[*columns, "share", "draws"])
    return shaken.astype({"draws": "int64"})


def members_of(data: Columns, members: str) -> Vector:
    """Read the members, of which the exposure must be the density."""
    frame, exposure, offset = data.frame, data.names.exposure, data.names.offset
    if members not in frame.columns:
        msg = f"No such column: {members!r}. The frame has {list(frame.columns)}."
        raise LookupError(msg)
    number = numbers(frame[members])
    if not (np.isfinite(number) & (number > 0)).all():
        bad = frame[members][~(np.isfinite(number) & (number > 0))]
        rows = "\n".join(f"  row {row!r}: {members} = {value!r}" for row, value in bad.items())
        msg = f"{len(bad)} units have no number of {members} above 0, so no log:\n{rows}"
        raise Refused(msg, reason="units without members")
    ratio = data.exposure * data.population / number
    usual = float(np.median(ratio))
    off = np.abs(ratio / usual - 1) > ROUNDED
    if off.any():
        rows = "\n".join(
            f"  row {row!r}: {exposure} = {x:g}, but {members} / {offset} = {m / p:g}"
            for row, x, m, p, is_off in zip(
                data.rows, data.exposure, number, data.population, off, strict=True
            )
            if is_off
        )
        msg = (
            f"{exposure!r} is not {members} over {offset} (times {usual:g}):\n{rows}\n"
            "The test is about a denominator that count and exposure share."
        )
        raise Refused(msg, reason="another denominator")
    return number

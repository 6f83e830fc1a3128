"""Ask how much of the estimate could come from the denominator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from . import rules
from .bootstrap import SEED
from .columns import Columns, Names, numbers, read
from .errors import cr2, standardised
from .estimate import Estimate, Refusal, Refused
from .fit import Vector
from .models import fitted, log_rate, without_zero_clusters
from .rules import DOUBT, ROUNDED
from .rungs import estimate


@dataclass(frozen=True)
class Denominators:
    """The estimate, and what three questions about its denominator make of it."""

    estimate: Estimate
    free: pd.DataFrame
    """Members and population as two regressors; see `free_population`."""
    shaken: pd.DataFrame
    """What errors in the population alone would make; see `shaken_population`."""
    others: Estimate | None
    """The estimate for the users who are not members; None where that is refused or not asked."""
    refusals: tuple[Refusal, ...]
    """Why `others` is None; empty where it was not asked."""


def denominator_test(
    data: Columns, *, members: str, people: bool = True, level: float = 0.95
) -> Denominators:
    """
    Ask three questions about the denominator that count and exposure share.

    1. Does the relation hold with members and population as regressors of their own?
       (`free_population`)
    2. How large a relation would errors in the population alone make? (`shaken_population`,
       with errors of 5, 10 and 15 %)
    3. Members use the platform themselves: does the relation hold for all others? The members
       are taken off the counts, and the exposure stays.

    All three are with cluster fixed effects, as rung 2.

    Parameters
    ----------
    data, level
        As in `ladder`; the exposure is members per head (or per 1,000) of the denominator.
    members
        Column of the number of members, above 0.
    people
        Whether members are people, who may be among those counted; else the third is not asked.

    Returns
    -------
    test
        The estimate of rung 2 and the three answers. The third is a refusal where the members
        of some unit outnumber its count: then not all of them can be in it.

    Raises
    ------
    Refused
        Where rung 2 is refused; where a unit has no members; where the exposure is not
        members over the denominator.
    """
    number = members_of(data, members)
    found = estimate(data, level=level)
    others, refusals = None, []
    if people:
        try:
            others = estimate(_without_members(data, number, members), level=level)
        except Refused as refused:
            refusals.append(Refusal.of(2, refused))
    return Denominators(
        found,
        free_population(data, members=members, level=level),
        shaken_population(data, members=members),
        others,
        tuple(refusals),
    )


def free_population(data: Columns, *, members: str, level: float = 0.95) -> pd.DataFrame:
    """
    Put log members and log population in place of the density, both with a free coefficient.

    Two ratios over one denominator move together whenever that denominator is off; as
    regressors of their own they need not. If density matters, log members keeps a positive
    coefficient, the percentage of more users with one percent more members at equal population.
    It is no proof: where teams follow the true population, members know what the recorded
    population has wrong, and take up a part of it, also upwards.

    Parameters as in `denominator_test`.

    Returns
    -------
    coefficients
        Rows `log members` and `log population` (with the names of the columns): `elasticity`,
        `standard_error`, `df`, `low`, `high`. CR2 by cluster.

    References
    ----------
    Kronmal, R. A. (1993). "Spurious Correlation and the Fallacy of the Ratio Standard
    Revisited." JRSS A 156 (3), 379-392. https://doi.org/10.2307/2983064
    """
    pair = (f"log {members}", f"log {data.names.offset}")
    # The same checks as for any exposure, once for each of the two.
    logs = [np.log(members_of(data, members)), np.log(data.population)]
    rows = []
    for j, name in enumerate(pair):
        held = np.column_stack([logs[1 - j], data.controls])
        asked = data.with_exposure(name, logs[j], (pair[1 - j], *data.names.controls), held)
        used = without_zero_clusters(asked)
        rules.require_clusters(used, fixed_effects=True)
        design = fitted(used, 2)
        fit = design.refit(design.X, design.names, offset=np.zeros(len(used.rows)))
        error = cr2(fit, name)
        rules.weak_df(error.df, used, fit)
        b = fit.coefficient(name)
        rows.append([b, error.standard_error, error.df, *error.interval(b, level)])
    columns = ["elasticity", "standard_error", "df", "low", "high"]
    return pd.DataFrame(rows, index=pd.Index(pair, name="regressor"), columns=columns)


def _without_members(data: Columns, number: Vector, members: str) -> Columns:
    left = data.count - number
    if (left < 0).any():
        rows = "\n".join(
            f"  row {row!r}: {count:g} counted, {has:g} members"
            for row, count, has in zip(data.rows, data.count, number, strict=True)
            if count < has
        )
        msg = (
            f"{np.sum(left < 0)} units have more {members} than {data.names.count}:\n{rows}\n"
            "So not every one of them is in the count, and they cannot be taken off it."
        )
        raise Refused(msg, reason="more members than counted")
    return replace(data, count=left)


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
    found = estimate(data)
    used = without_zero_clusters(data)
    full = fitted(used, 2)
    null = full.refit(full.X[:, 1:], full.names[1:])
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


@dataclass(frozen=True)
class Bounds:
    """Between what values the coefficient for distinct users must lie; nothing is in the middle."""

    low: float
    """Of the log rate ratio per unit of the exposure, over all overlaps of the platforms."""
    high: float
    interval_low: float
    """Lower end of the CR2 interval at the lower bound."""
    interval_high: float
    """Upper end of the CR2 interval at the upper bound."""
    sd: float
    units: int


def bound_distinct_users(
    frame: pd.DataFrame,
    *,
    counts: Sequence[str],
    exposure: str,
    offset: str,
    cluster: str,
    controls: Sequence[str] = (),
    level: float = 0.95,
    rung: Literal[1, 2] = 2,
) -> Bounds:
    """
    Bound the regression of log distinct users per head on the exposure.

    A unit with counts c_k and population P has between max c_k and min(P, sum c_k) distinct users,
    and any overlap may be true, in each unit another. A least-squares coefficient is a weighted sum
    of the outcomes; its bounds put each unit at the end that its weight asks for. They are sharp.
    Midpoints would be one arbitrary choice among them, and are not offered.

    Parameters
    ----------
    frame, exposure, offset, cluster, controls
        As in `columns`; the offset is the number of people.
    counts
        Columns, one per platform: users of it.
    level
        Coverage of the intervals, between 0 and 1.
    rung
        1 (pooled) or 2 (fixed effects).

    Returns
    -------
    bounds
        For least squares of the log rate, the twin of rung 1 or 2.

    Raises
    ------
    Refused
        For values that cannot be used; if a unit has no users at all, or more users of one
        platform than people.
    """
    if isinstance(counts, str) or len(counts) < 2:
        msg = f"counts are two or more columns, one per platform, not {counts!r}."
        raise ValueError(msg)
    rules.require_choice("rung", rung, (1, 2))
    each = [
        read(frame, Names(one, exposure, offset, cluster, tuple(controls)), DOUBT) for one in counts
    ]
    users = np.column_stack([one.count for one in each])
    least = users.max(axis=1)
    data = replace(each[0], count=least)
    most = np.minimum(users.sum(axis=1), data.population)
    rules.require_comparable(data)
    wrong = (least == 0) | (least > data.population)
    if wrong.any():
        rows = "\n".join(
            f"  row {row!r}: {own:g} users, {people:g} people"
            for row, own, people in zip(
                data.rows[wrong], least[wrong], data.population[wrong], strict=True
            )
        )
        msg = (
            f"{wrong.sum()} units have no users, or more of one platform than people:\n{rows}\n"
            "Distinct people cannot be bounded there. Correct them, or count acts instead."
        )
        raise Refused(msg, reason="no distinct users")
    rules.require_clusters(data, fixed_effects=rung == 2)
    # Raising the outcome of one unit by 1 moves the coefficient by its weight.
    weights = standardised(log_rate(data, rung)).influence(0)
    found = []
    for side in (-1.0, 1.0):
        count = np.where(side * weights > 0, most, least)
        fit = log_rate(replace(data, count=count), rung)
        error = cr2(fit, exposure)
        rules.weak_df(error.df, data, fit)
        b = fit.coefficient(exposure)
        found.append((b, *error.interval(b, level)))
    (low, interval_low, _), (high, _, interval_high) = found
    return Bounds(low, high, interval_low, interval_high, data.sd, len(data.rows))

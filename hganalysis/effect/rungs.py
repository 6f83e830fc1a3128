"""Climb the ladder: units pooled, clusters compared with themselves, clusters only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pandas as pd

from . import reml
from .climb import chosen, climb, read, to_log_rate, used_by
from .data import Data
from .doubt import DOUBT
from .errors import Error
from .estimate import ALIKE, SPATIAL, Estimate, Refusal, Refused
from .fit import Fit, Vector
from .opinions import by_t, opinions, twin
from .reml import Mixed
from .residuals import moran_test, pairs_of
from .spatial import positions, spatial
from .table import Ladder
from .years import climb_years, match_years

if TYPE_CHECKING:
    from ..indicators import Indicator


def ladder(
    frame: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    offset: str,
    cluster: str,
    controls: Sequence[str] = (),
    level: float = 0.95,
    doubt: float = DOUBT,
    before: pd.DataFrame | None = None,
    indicators: tuple[Indicator, Indicator] | None = None,
    bootstrap: int = 0,
    neighbours: pd.DataFrame | None = None,
) -> Ladder:
    """
    Estimate how a count goes with an exposure, on every rung that the data allow.

    Rung 1 pools the units, rung 2 compares each cluster with itself, rung 3 lies between the two
    (a check of efficiency only: a confounder shared by a cluster gets in), rung 4 compares each
    unit with itself a year before, rung 5 knows the clusters only, rung 6 takes one slope from
    each. The headline is fixed by rule (see `Ladder.headline`), not by the results.

    Parameters
    ----------
    frame
        One row per unit (say, a commune).
    count
        Column of counts, 0 or more.
    exposure
        Column of the exposure, in any unit; the rate ratio is per one of it.
    offset
        Column of the denominator itself, above 0 (say, population). Its log is taken here.
    cluster
        Column that says which units share shocks (say, the district).
    controls
        Columns of numbers to hold equal.
    level
        Coverage of the intervals, between 0 and 1.
    doubt
        What the denominator may be off by, as a coefficient of variation of errors that are
        independent between units (0.1 is 10 %); 0 takes it for exact. Where the exposure is a ratio
        over the same denominator (a column of the frame over the offset, or whole numbers over
        it), such errors make a relation of their own: the intervals of rungs 1, 2 and 5 hold what
        they could make, and the headline is withheld where they could make all of it.
    before
        The earlier year, with the same columns and index; without it there is no rung 4.
    indicators
        The measure before and after, which must be one and the same; see `changes`.
    bootstrap
        Draws of the wild cluster bootstrap on rungs 1, 2 and 4 (say 9999). With it each of them
        carries its `alternatives`: jackknife, the other model, bootstrap. 0: none of these.
    neighbours
        Columns `code` and `neighbour`, as from `places.neighbours`; no rows, or none of these
        units: nothing is asked. With them rungs 1 and 2 carry
        Moran's I of their residuals (`Estimate.moran`) and a flag where neighbours are alike; with
        `x_km` and `y_km`, too, an interval among the `alternatives` whose errors die away with
        distance, which the estimate's own interval then holds where neighbours are alike.

    Returns
    -------
    ladder
        The estimates, and one refusal with its reason for each rung that was not climbed.

    Raises
    ------
    LookupError
        If a column is not in the frame.
    Refused
        A `ValueError`, if no rung is possible: values missing, not finite, negative counts or
        denominators not above 0 (every row is listed), an exposure that does not vary, controls
        that repeat one another.

    Examples
    --------
    Eight districts of four communes, where one more member goes with a tenth more users:

    >>> import numpy as np
    >>> place = np.arange(32)
    >>> members_per_1000 = 4 + place * 7 % 5
    >>> frame = pd.DataFrame({
    ...     "district": place // 4,
    ...     "population": 9000 + 100 * place,
    ...     "members_per_1000": members_per_1000,
    ...     "users": (900 + 10 * place) * 1.1**members_per_1000 * (1 + place * 11 % 7 / 50),
    ... })
    >>> climbed = ladder(frame, count="users", exposure="members_per_1000",
    ...                  offset="population", cluster="district")
    >>> [estimate.rung for estimate in climbed]
    [1, 2, 3, 5, 6]
    >>> climbed.headline.rung, round(climbed.headline.rate_ratio, 2)
    (2, 1.1)
    """
    data = read(frame, count, exposure, offset, cluster, controls, doubt)
    if neighbours is not None:
        pairs_of(data.rows, neighbours)  # those of other places stop here
    estimates: list[Estimate] = []
    refusals: list[Refusal] = []
    rungs: tuple[Literal[1, 2, 3, 4, 5, 6], ...] = (1, 2, 3, 4, 5, 6)
    for rung in rungs:
        try:
            if rung != 4:
                found = climb(data, rung, level)
                if bootstrap and (rung == 1 or rung == 2):
                    used = used_by(data, rung)
                    fit, other = chosen(used, rung), twin(used, rung)
                    scale = to_log_rate(fit)
            elif before is not None:
                matched, flags = match_years(data, frame, before, indicators)
                found, fit, other = _two_years(matched, flags, level)
                scale = 1.0
            else:
                continue
            if bootstrap and rung in (1, 2, 4):
                second = opinions(fit, exposure, data.sd, level, other, bootstrap, scale=scale)
                found = replace(found, alternatives=second)
            if neighbours is not None and (rung == 1 or rung == 2):
                found = among_neighbours(found, used_by(data, rung), rung, neighbours)
            estimates.append(found)
        except Refused as refused:
            refusals.append(
                Refusal(rung, refused.reason, str(refused), refused.unit, refused.share)
            )
    return Ladder(tuple(estimates), tuple(refusals), data.within_share)


def among_neighbours(
    found: Estimate, used: Data, rung: Literal[1, 2], neighbours: pd.DataFrame
) -> Estimate:
    """Ask whether residuals of neighbours are alike, and for the opinion that knows of it."""
    left, right = pairs_of(used.rows, neighbours)
    if not len(left):
        return found
    alike = moran_test(used, chosen(used, rung), left, right)
    flags = (*found.flags, *["neighbours alike"] * (alike.p_value <= ALIKE))
    found = replace(found, moran=alike, flags=flags)
    if not {"x_km", "y_km"} <= set(neighbours.columns):
        return found
    try:
        at = positions(used.rows, neighbours)
        other = spatial(used, at, fixed_effects=rung == 2)
    except Refused:  # units without counts, or too many of them: there is no such opinion
        return found
    b, error = other.log_rate_ratio, Error(other.standard_error, other.df)
    opinion = by_t(SPATIAL, b, error, found.sd, found.level)
    return replace(found, alternatives=(*found.alternatives, opinion))


def _two_years(
    matched: tuple[Data, Vector, Vector], flags: list[str], level: float
) -> tuple[Estimate, Fit, tuple[str, Fit] | None]:
    """Take the first difference, or where a count is zero the conditional model, and the other."""
    conditional, given_sum = climb_years(matched, flags, level, model="conditional")
    try:
        difference, fit = climb_years(matched, flags, level)
    except Refused as refused:
        if refused.reason != "units without counts":
            raise
        return conditional, given_sum, None
    return difference, fit, (conditional.method, given_sum)


def pooled(
    frame: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    offset: str,
    cluster: str,
    controls: Sequence[str] = (),
    level: float = 0.95,
    doubt: float = DOUBT,
) -> Estimate:
    """
    Compare all units with one another (rung 1).

    Poisson quasi-likelihood with the log of the denominator as offset; CR2 by cluster with
    Satterthwaite's df. Where no count exceeds its denominator and yet the fit expects more people
    than there are, a binomial model (logit) takes its place, and the rate ratio is the average at
    the shares as they are. Differences between clusters count too, with all that hides behind them.

    Parameters, and errors for bad values, as in `ladder`.

    Raises
    ------
    Refused
        With fewer than 4 clusters; if leaving out one cluster loses the coefficient; with df
        below 2.
    """
    data = read(frame, count, exposure, offset, cluster, controls, doubt)
    return climb(data, 1, level)


def within(
    frame: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    offset: str,
    cluster: str,
    controls: Sequence[str] = (),
    level: float = 0.95,
    doubt: float = DOUBT,
) -> Estimate:
    """
    Compare units of the same cluster (rung 2, the headline where it can be had).

    As `pooled`, with a fixed effect for each cluster, so that nothing shared by a whole cluster
    can pass for an effect. Clusters whose counts are all zero say nothing; they are left out
    and reported in `dropped`.

    Parameters, and errors for bad values, as in `ladder`.

    Raises
    ------
    Refused
        Where `pooled` refuses; if less than 5 % of the variance of the exposure is within
        clusters; if a control does not vary within any cluster.
    """
    data = read(frame, count, exposure, offset, cluster, controls, doubt)
    return climb(data, 2, level)


def between(
    frame: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    offset: str,
    cluster: str,
    controls: Sequence[str] = (),
    level: float = 0.95,
    doubt: float = DOUBT,
) -> Estimate:
    """
    Compare clusters only (rung 5, all there is where data come by cluster).

    Counts and denominators are summed; exposure and control are averaged with the denominator
    as weight, which for a density is the density of the whole cluster. Then ordinary least
    squares of the log rate with the error of Bell and McCaffrey (HC2, with Satterthwaite's df: one
    far cluster that is more variable than the rest makes the textbook error cover 56 %), and beside
    it the p-value over all orders of the clusters (up to 8 of them; approximate, and flagged so,
    with a control).

    Parameters, and errors for bad values, as in `ladder`.

    Raises
    ------
    Refused
        With more than one control; with fewer than 5 rows beyond the coefficients; if a whole
        cluster has no count; if leaving out one cluster loses the coefficient; with df below 2.
    """
    data = read(frame, count, exposure, offset, cluster, controls, doubt)
    return climb(data, 5, level)


def mixed(
    frame: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    offset: str,
    cluster: str,
    controls: Sequence[str] = (),
    level: float = 0.95,
) -> Estimate:
    """
    Weigh differences within and between clusters by what they tell (rung 3).

    The log rate with a random intercept for each cluster, by REML; CR2 on the generalised least
    squares that it leads to. A check of efficiency: under a confounder that a cluster shares its
    interval covers 88 % where that of rung 2 covers 95.

    Parameters, and errors for bad values, as in `ladder`.

    Raises
    ------
    Refused
        Where `pooled` refuses; if a unit has no counts.
    """
    return climb(read(frame, count, exposure, offset, cluster, controls), 3, level)


def random_intercept(
    frame: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    offset: str,
    cluster: str,
    controls: Sequence[str] = (),
) -> Mixed:
    """
    Fit the model behind rung 3: the log rate with a random intercept of each cluster, by REML.

    Parameters, and errors for bad values, as in `ladder`.

    Returns
    -------
    mixed
        The variances `between` and `within` clusters, and the least-squares `fit` that they lead
        to, for `cr2` and the other errors.

    Raises
    ------
    Refused
        If a unit has no counts.
    """
    return reml.random_intercept(read(frame, count, exposure, offset, cluster, controls))


def slopes(
    frame: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    offset: str,
    cluster: str,
    controls: Sequence[str] = (),
    level: float = 0.95,
) -> Estimate:
    """
    Take one slope from each cluster, and compare their mean with their scatter (rung 6).

    Poisson with offset in each cluster by itself; t with one df less than slopes (Ibragimov and
    Müller), and beside it the p-value over all signs of the slopes. Clusters too small for a slope
    of their own, or without counts, are left out and reported in `dropped`.

    Parameters, and errors for bad values, as in `ladder`.

    Raises
    ------
    Refused
        If fewer than 4 clusters have a slope; if less than 5 % of the variance of the exposure is
        within clusters.
    """
    return climb(read(frame, count, exposure, offset, cluster, controls), 6, level)

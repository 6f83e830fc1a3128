"""Climb the ladder: units pooled, clusters compared with themselves, clusters only."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from .climb import Rung, climb, read
from .estimate import Estimate, Ladder, Refusal, Refused


def ladder(
    frame: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    offset: str,
    cluster: str,
    controls: Sequence[str] = (),
    level: float = 0.95,
) -> Ladder:
    """
    Estimate how a count goes with an exposure, on every rung that the data allow.

    Rung 1 pools the units, rung 2 compares each cluster with itself, rung 5 knows the clusters
    only. The headline is fixed by rule (see `Ladder.headline`), not by the results.

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
    [1, 2, 5]
    >>> climbed.headline.rung, round(climbed.headline.rate_ratio, 2)
    (2, 1.1)
    """
    data = read(frame, count, exposure, offset, cluster, controls)
    estimates: list[Estimate] = []
    refusals: list[Refusal] = []
    rungs: tuple[Rung, ...] = (1, 2, 5)
    for rung in rungs:
        try:
            estimates.append(climb(data, rung, level))
        except Refused as refused:
            refusals.append(Refusal(rung, refused.reason, str(refused)))
    return Ladder(tuple(estimates), tuple(refusals), data.within_share)


def pooled(
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
    Compare all units with one another (rung 1).

    Poisson quasi-likelihood with the log of the denominator as offset; CR2 by cluster with
    Satterthwaite's df. Differences between clusters count too, with all that hides behind them.

    Parameters, and errors for bad values, as in `ladder`.

    Raises
    ------
    Refused
        With fewer than 4 clusters; if leaving out one cluster loses the coefficient; with df
        below 2.
    """
    data = read(frame, count, exposure, offset, cluster, controls)
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
    data = read(frame, count, exposure, offset, cluster, controls)
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
) -> Estimate:
    """
    Compare clusters only (rung 5, all there is where data come by cluster).

    Counts and denominators are summed; exposure and control are averaged with the denominator
    as weight, which for a density is the density of the whole cluster. Then ordinary least
    squares of the log rate, t(G - k), and beside it the p-value over all orders of the clusters
    (up to 8 of them; approximate, and flagged so, with a control).

    Parameters, and errors for bad values, as in `ladder`.

    Raises
    ------
    Refused
        With more than one control; with fewer than 5 df left; if a whole cluster has no count;
        if leaving out one cluster loses the coefficient.
    """
    data = read(frame, count, exposure, offset, cluster, controls)
    return climb(data, 5, level)

"""Climb the ladder: units pooled, clusters compared with themselves, clusters only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pandas as pd

from .climb import chosen, estimate, to_log_rate, used_by
from .columns import Columns
from .errors import Error
from .estimate import ALIKE, SPATIAL, Estimate, Refusal, Refused
from .fit import Fit, Vector
from .opinions import by_t, opinions, twin
from .residuals import moran_test, pairs_of
from .spatial import positions, spatial
from .table import Ladder
from .years import climb_years, match_years

if TYPE_CHECKING:
    from ..indicators import Indicator


def ladder(
    data: Columns,
    *,
    level: float = 0.95,
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
    data
        As from `columns`.
    level
        Coverage of the intervals, between 0 and 1.
    before
        Frame of the earlier year, with the same columns and index; without it there is no rung 4.
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

    Examples
    --------
    Eight districts of four communes, where one more member goes with a tenth more users:

    >>> import numpy as np
    >>> from hganalysis.effect import columns
    >>> place = np.arange(32)
    >>> members_per_1000 = 4 + place * 7 % 5
    >>> frame = pd.DataFrame({
    ...     "district": place // 4,
    ...     "population": 9000 + 100 * place,
    ...     "members_per_1000": members_per_1000,
    ...     "users": (900 + 10 * place) * 1.1**members_per_1000 * (1 + place * 11 % 7 / 50),
    ... })
    >>> data = columns(frame, count="users", exposure="members_per_1000",
    ...                offset="population", cluster="district")
    >>> climbed = ladder(data)
    >>> [estimate.rung for estimate in climbed]
    [1, 2, 3, 5, 6]
    >>> climbed.headline.rung, round(climbed.headline.rate_ratio, 2)
    (2, 1.1)
    """
    exposure = data.names.exposure
    if neighbours is not None:
        pairs_of(data.rows, neighbours)  # those of other places stop here
    estimates: list[Estimate] = []
    refusals: list[Refusal] = []
    rungs: tuple[Literal[1, 2, 3, 4, 5, 6], ...] = (1, 2, 3, 4, 5, 6)
    for rung in rungs:
        try:
            if rung != 4:
                found = estimate(data, rung=rung, level=level)
                if bootstrap and (rung == 1 or rung == 2):
                    used = used_by(data, rung)
                    fit, other = chosen(used, rung), twin(used, rung)
                    scale = to_log_rate(fit)
            elif before is not None:
                matched, flags = match_years(data, before, indicators)
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
    found: Estimate, used: Columns, rung: Literal[1, 2], neighbours: pd.DataFrame
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
    matched: tuple[Columns, Vector, Vector], flags: list[str], level: float
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

"""Climb the ladder: estimate every rung that the data allow, pick the headline by rule."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import pandas as pd

from .alternatives import by_t, opinions, twin
from .columns import Columns
from .errors import Error
from .estimate import ALIKE, SPATIAL, WITHIN_REFUSED, Estimate, Refusal, Refused
from .fit import Fit, Vector
from .interval import Ratios
from .moran import moran_test, pairs_of
from .rungs import chosen, estimate, to_log_rate, used_by
from .spatial import positions, spatial
from .years import climb_years, match_years

if TYPE_CHECKING:
    from ..indicators import Indicator


@dataclass(frozen=True)
class Ladder:
    """Every rung that the data allow, and the refusals of the others."""

    estimates: tuple[Estimate, ...]
    refusals: tuple[Refusal, ...]
    within_share: float
    """Share of the variance of the exposure that lies within clusters, 0 to 1."""

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self.estimates)

    def __len__(self) -> int:
        return len(self.estimates)

    @property
    def headline(self) -> Estimate:
        """
        The rung to report, by rule: 2 (clusters compared with themselves), or 5 (clusters only)
        where less than 5 % of the variance of the exposure is within clusters.

        Raises `Refused`, with the reason of that rung, where the data cannot carry it (a second
        best is never promoted), and where errors in the denominator could make all of it.
        """
        rung = 5 if self.within_share < WITHIN_REFUSED else 2
        for one in self.estimates:
            if one.rung == rung:
                if one.denominator_could_make_it:
                    raise _withheld(one)
                return one
        refusal = next(refusal for refusal in self.refusals if refusal.rung == rung)
        msg = (
            f"There is no headline. By rule it is rung {rung}, refused because:\n{refusal.message}"
        )
        raise Refused(msg, reason=refusal.reason, unit=refusal.unit, share=refusal.share)

    @property
    def second(self) -> Estimate | None:
        """
        The second headline, by rule: rung 4 (two years), if the exposure moved between them by
        at least 0.3 of its standard deviation between units. Else None.
        """
        for one in self.estimates:
            if one.rung == 4 and "little change" not in one.flags:
                return one
        return None

    def second_opinions(self) -> pd.DataFrame:
        """
        Lay out the alternatives of all rungs, one row each, as far as they were asked for.

        Returns
        -------
        table
            Columns `rung`, `method`; `rate_ratio`, `low`, `high` per unit of the exposure;
            `rate_ratio_per_sd`, `low_per_sd`, `high_per_sd`; `p_value`, `df`; `shape` (interval,
            unbounded or disjoint; then `low` and `high` are the outermost ends).
        """
        rows = [
            [
                one.rung,
                other.method,
                *_ratios(other),
                other.p_value,
                other.df,
                other.shape,
            ]
            for one in self.estimates
            for other in one.alternatives
        ]
        columns = ["rung", "method", *_NUMBERS[:6], "p_value", "df", "shape"]
        return pd.DataFrame(rows, columns=columns).astype({"rung": "int64", "df": "float64"})

    def table(self) -> pd.DataFrame:
        """
        Lay out the rungs, one row each; a refused rung has its reason in `flags`, and no numbers.

        Returns
        -------
        table
            Columns `rung`, `method`; `rate_ratio`, `low`, `high` per unit of the exposure;
            `rate_ratio_per_sd`, `low_per_sd`, `high_per_sd`; `p_value`, `permutation_p`, `df`,
            `clusters`, `units`, `phi`, `doubt` (what the denominator was taken to be off by),
            `made_by_doubt` (the rate ratio per unit that it makes by itself; missing where the
            rung was not asked), `flags` (text). Nothing is rounded.
        """
        rows: list[dict[str, object]] = [
            {
                "rung": one.rung,
                "method": one.method,
                **dict(zip(_NUMBERS, _ratios(one), strict=False)),
                "p_value": one.p_value,
                "permutation_p": one.permutation_p,
                "df": one.df,
                "clusters": one.clusters,
                "units": one.units,
                "phi": one.phi,
                "doubt": one.doubt or None,
                "made_by_doubt": math.exp(one.doubt_part) if one.doubt else None,
                "flags": "; ".join(one.flags),
            }
            for one in self.estimates
        ]
        rows += [
            {"rung": refusal.rung, "method": "refused", "flags": f"refused: {refusal.reason}"}
            for refusal in self.refusals
        ]
        table = pd.DataFrame(rows, columns=_TABLE).sort_values("rung", ignore_index=True)
        whole = {"rung": "int64", "clusters": "Int64", "units": "Int64"}
        return table.astype({**dict.fromkeys(_NUMBERS, "float64"), **whole})


def _ratios(one: Ratios) -> list[float]:
    """Give a rate ratio with its ends, per unit and per standard deviation of the exposure."""
    return [
        one.rate_ratio,
        one.rate_ratio_low,
        one.rate_ratio_high,
        one.rate_ratio_per_sd,
        one.rate_ratio_per_sd_low,
        one.rate_ratio_per_sd_high,
    ]


def _withheld(one: Estimate) -> Refused:
    """Withhold an estimate that errors in the denominator could make by themselves."""
    alone = math.exp(one.doubt_part * one.sd)
    msg = (
        f"The headline is withheld. Per standard deviation of {one.exposure!r} its rate ratio "
        f"is {one.rate_ratio_per_sd:.2f}, and denominators that are off by "
        f"{one.doubt:.0%} make {alone:.2f} where there is no relation at all. Get a better "
        "denominator, and say how far it may be off (doubt=0.02)."
    )
    return Refused(msg, reason="denominator could make it")


_NUMBERS = ["rate_ratio", "low", "high", "rate_ratio_per_sd", "low_per_sd", "high_per_sd"]
_NUMBERS += ["p_value", "permutation_p", "df", "phi", "doubt", "made_by_doubt"]
_TABLE = ["rung", "method", *_NUMBERS[:-3], "clusters", "units", *_NUMBERS[-3:], "flags"]


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

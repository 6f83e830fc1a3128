"""Climb the ladder: estimate every rung that the data allow, pick the headline by rule."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

import pandas as pd

from . import rules
from .alternatives import by_t, opinions, opinions_on
from .columns import Columns
from .errors import Error, cr2
from .estimate import ALIKE, SPATIAL, WITHIN_REFUSED, Estimate, Refusal, Refused, half_width
from .fit import Fit
from .models import chosen, random_intercept, to_log_rate, used_by
from .rungs import estimate
from .spatial import moran_test, pairs_of, positions, spatial
from .years import climb_years, match_years

if TYPE_CHECKING:
    from ..indicators import Indicator
    from .estimate import Interval
    from .models import Rung


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
            {"rung": one.rung, "method": other.method, "shape": other.shape, **row(other)}
            for one in self.estimates
            for other in one.alternatives
        ]
        columns = ["rung", "method", *_RATIOS, "p_value", "df", "shape"]
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
                **row(one),
                "permutation_p": one.permutation_p,
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
        numbers = [*_RATIOS, "p_value", "permutation_p", "df"]
        of_model = ["phi", "doubt", "made_by_doubt"]
        columns = ["rung", "method", *numbers, "clusters", "units", *of_model, "flags"]
        whole = {"rung": "int64", "clusters": "Int64", "units": "Int64"}
        table = pd.DataFrame(rows, columns=columns).sort_values("rung", ignore_index=True)
        return table.astype({**dict.fromkeys([*numbers, *of_model], "float64"), **whole})


_RATIOS = ["rate_ratio", "low", "high", "rate_ratio_per_sd", "low_per_sd", "high_per_sd"]


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
    if neighbours is not None:
        pairs_of(data.rows, neighbours)  # those of other places stop here
    estimates: list[Estimate] = []
    refusals: list[Refusal] = []
    rungs: tuple[Literal[1, 2, 3, 4, 5, 6], ...] = (1, 2, 3, 4, 5, 6)
    for rung in rungs:
        try:
            if rung == 4:
                if before is None:
                    continue
                found = _two_years(data, before, indicators, level, bootstrap)
            else:
                found = estimate(data, rung=rung, level=level)
            if rung in (1, 2):
                if bootstrap:
                    second = opinions_on(data, rung, level, bootstrap)
                    found = replace(found, alternatives=second)
                if neighbours is not None:
                    found = among_neighbours(found, used_by(data, rung), rung, neighbours)
            estimates.append(found)
        except Refused as refused:
            refusals.append(Refusal.of(rung, refused))
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
    data: Columns,
    before: pd.DataFrame,
    indicators: tuple[Indicator, Indicator] | None,
    level: float,
    bootstrap: int,
) -> Estimate:
    """Take the first difference, or where a count is zero the conditional model, and the other."""
    matched, flags = match_years(data, before, indicators)
    found, fit = climb_years(matched, flags, level, model="conditional")
    other = None
    try:
        difference = climb_years(matched, flags, level)
    except Refused as refused:
        if refused.reason != "units without counts":
            raise
    else:
        other, (found, fit) = (found.method, fit), difference
    if bootstrap:
        second = opinions(fit, data.names.exposure, data.sd, level, other, bootstrap)
        found = replace(found, alternatives=second)
    return found


NUMBERS = ["log_rate_ratio", "standard_error", "df", "log_low", "log_high", "p_value"]
NUMBERS += ["rate_ratio", "low", "high", "sd", "rate_ratio_per_sd", "low_per_sd", "high_per_sd"]


def row(one: Estimate | Interval, *, level: float = 0.95) -> dict[str, float]:
    """
    Lay out the numbers of one estimate, or of a second opinion on one.

    Parameters
    ----------
    one
        An estimate, or an interval of the same level; a bootstrap has no error and no df.
    level
        Coverage of an interval, between 0 and 1.

    Returns
    -------
    row
        `NUMBERS`: the log rate ratio with its error and ends and the rate ratio with its ends, per
        unit; the standard deviation of the variable between units, and the rate ratio per one.
    """
    df = math.nan if one.df is None else one.df
    if isinstance(one, Estimate):
        error = one.standard_error
    else:
        error = (one.high - one.low) / 2 / half_width(df, level)
    found = [one.log_rate_ratio, error, df, one.low, one.high, one.p_value]
    found += [one.rate_ratio, one.rate_ratio_low, one.rate_ratio_high, one.sd]
    found += [one.rate_ratio_per_sd, one.rate_ratio_per_sd_low, one.rate_ratio_per_sd_high]
    return dict(zip(NUMBERS, found, strict=True))


def tidy(data: Columns, found: Estimate) -> pd.DataFrame:
    """
    Lay out the coefficients of the model behind an estimate: the exposure's and its controls'.

    Parameters
    ----------
    data
        What the estimate was made from.
    found
        Of `ladder` or `estimate`. Of rungs 4 and 6 the exposure alone is laid out: the one takes
        controls that do not change out, the other has a model for each cluster.

    Returns
    -------
    coefficients
        One row a coefficient, the exposure first: `rung`, `term` (the name of the column),
        `method`; `log_rate_ratio` with its `standard_error`, `df`, ends `log_low` and `log_high`
        and `p_value`, and `rate_ratio` with `low` and `high`, per unit (a logit's are turned into
        log rate ratios, as the estimate's are); `sd` between units, and `rate_ratio_per_sd`,
        `low_per_sd`, `high_per_sd`; `units`, `clusters`; `flags`; `origin`. A control whose error
        the data cannot carry has the reason in `flags`, and no interval.

    Examples
    --------
    >>> import numpy as np
    >>> from hganalysis.effect import columns, estimate
    >>> frame = pd.DataFrame({
    ...     "county": np.repeat(list("abcdef"), 4),
    ...     "people": 9000.0,
    ...     "offices": np.arange(24) * 7 % 5,
    ...     "coast": np.arange(24) % 3 == 0,
    ...     "letters": 900 + np.arange(24) * 11 % 17,
    ... })
    >>> data = columns(frame, count="letters", exposure="offices", offset="people",
    ...                cluster="county", controls=["coast"])
    >>> tidy(data, estimate(data))["term"].tolist()
    ['offices', 'coast']
    """
    same = {"rung": found.rung, "method": found.method}
    size = {"units": found.units, "clusters": found.clusters}
    flags = "; ".join(found.flags)
    rows = [{**same, "term": found.exposure, **row(found), **size, "flags": flags}]
    if found.rung in (1, 2, 3, 5):
        used, fit = _model(data, cast("Rung", found.rung))
        for position, control in enumerate(data.names.controls):
            numbers, why = _control(data, used, fit, position, found)
            rows.append({**same, "term": control, **numbers, **size, "flags": why})
    return pd.DataFrame(rows).assign(origin=found.origin)


def _model(data: Columns, rung: Rung) -> tuple[Columns, Fit]:
    """Fit the model of a rung again, to the rows that it is of."""
    if rung == 3:
        return data, random_intercept(data).fit
    used = used_by(data, rung, known=(1, 2, 5))
    return used, chosen(used, rung)


def _control(
    data: Columns, used: Columns, fit: Fit, position: int, found: Estimate
) -> tuple[dict[str, float], str]:
    """Estimate one control as an exposure is; where that would be refused, without an interval."""
    control, scale = data.names.controls[position], to_log_rate(fit)
    error = cr2(fit, control).times(scale)
    b, sd = scale * fit.coefficient(control), float(data.controls[:, position].std(ddof=1))
    numbers = row(by_t("", b, error, sd, found.level), level=found.level)
    why, flags = "df below 2" if error.df < 2 else "", rules.low_df(error.df)
    try:
        flags += rules.carried_by_few(_swapped(used, position), fixed_effects=found.rung == 2)
    except Refused as refused:
        why = refused.reason
    if not why:
        return numbers, "; ".join(flags)
    unknown = [name for name in NUMBERS if "low" in name or "high" in name]
    return {**numbers, **dict.fromkeys([*unknown, "p_value"], math.nan)}, f"refused: {why}"


def _swapped(data: Columns, position: int) -> Columns:
    """Let a control and the exposure change places."""
    names, controls = data.names, data.controls.copy()
    others = list(names.controls)
    others[position], exposure = names.exposure, names.controls[position]
    controls[:, position] = data.exposure
    return data.with_exposure(exposure, data.controls[:, position], others, controls)

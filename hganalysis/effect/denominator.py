"""Ask how much of the estimate could come from the denominator."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from . import rules
from .columns import Columns
from .denominator_error import SEED, members_of, shake
from .errors import cr2
from .estimate import Estimate, Refusal, Refused, half_width
from .fit import Vector, poisson
from .rungs import estimate, fitted, without_zero_clusters


@dataclass(frozen=True)
class Denominators:
    """The estimate, and what three questions about its denominator make of it."""

    estimate: Estimate
    free: pd.DataFrame
    """Members and population as two regressors; see `free_population`."""
    shaken: pd.DataFrame
    """What errors in the population alone would make; see `shaken_population`."""
    others: Estimate | None
    """The estimate for the users who are not members; None where that is refused."""
    refusals: tuple[Refusal, ...]
    """Why `others` is None."""


def denominator_test(
    data: Columns,
    *,
    members: str,
    level: float = 0.95,
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
    try:
        others = estimate(_without_members(data, number, members), level=level)
    except Refused as refused:
        refusals.append(Refusal(2, refused.reason, str(refused), refused.unit, refused.share))
    return Denominators(
        found,
        _free(data, number, members, level),
        shake(data, found, errors=(0.05, 0.10, 0.15), draws=500, seed=SEED),
        others,
        tuple(refusals),
    )


def free_population(
    data: Columns,
    *,
    members: str,
    level: float = 0.95,
) -> pd.DataFrame:
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
    number = members_of(data, members)
    return _free(data, number, members, level)


def _free(data: Columns, number: Vector, members: str, level: float) -> pd.DataFrame:
    population = f"log {data.names.offset}"
    pair = (f"log {members}", population)
    # The same checks as for any exposure, once for each of the two.
    logs = [np.log(number), np.log(data.population)]
    rows = []
    for j, name in enumerate(pair):
        asked = replace(
            data,
            names=replace(data.names, exposure=name, controls=(pair[1 - j], *data.names.controls)),
            exposure=logs[j],
            controls=np.column_stack([logs[1 - j], data.controls]),
        )
        used = without_zero_clusters(asked)
        rules.weak_clusters(len(used.labels))
        rules.require_independent(used, fixed_effects=True)
        rules.carried_by_few(used, fixed_effects=True)
        design = fitted(used, 2)
        fit = poisson(
            used.count,
            design.X,
            names=design.names,
            clusters=used.codes,
            offset=np.zeros(len(used.rows)),
            absorb=True,
        )
        error = cr2(fit, name)
        rules.weak_df(error.df, used, fit)
        reach = half_width(error.df, level) * error.standard_error
        b = fit.coefficient(name)
        rows.append([b, error.standard_error, error.df, b - reach, b + reach])
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

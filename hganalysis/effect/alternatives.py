"""Second opinions on a rung: the jackknife, the other model, the wild bootstrap."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from . import rules
from .bootstrap import SEED, Weights, wild_bootstrap
from .columns import Columns, numbers
from .errors import Error, classical, cr2, cv3, sandwich
from .estimate import Interval, Refused
from .fit import Fit
from .models import chosen, fitted, log_rate, to_log_rate, used_by, without_zero_clusters
from .rungs import estimate


def alternatives(
    data: Columns,
    *,
    level: float = 0.95,
    rung: Literal[1, 2] = 2,
    bootstrap: int = 9999,
    weights: Weights = "webb",
    seed: int = SEED,
) -> tuple[Interval, ...]:
    """
    Ask for second opinions on rung 1 or 2.

    Parameters
    ----------
    data, level
        As in `ladder`.
    rung
        1 or 2.
    bootstrap
        Draws of the restricted wild cluster bootstrap; 0 leaves it out.
    weights
        "webb", or "rademacher" for all signs (6 to 16 clusters).
    seed
        Of the random weights.

    Returns
    -------
    intervals
        CV3 with t(G - 1); least squares of the log rate with CR2, its twin (left out where a
        unit has no counts); the bootstrap.

    Raises
    ------
    Refused
        Where the rung itself is refused; signs for fewer than 6 clusters.
    """
    rules.require_choice("rung", rung, (1, 2))
    estimate(data, rung=rung, level=level)
    return opinions_on(data, rung, level, bootstrap, weights, seed)


def model(
    data: Columns,
    *,
    rung: Literal[1, 2] = 2,
    of: Literal["count", "log rate"] = "count",
    weights: str | None = None,
) -> Fit:
    """
    Fit the model behind rung 1 or 2, to ask it what you like.

    `cr2`, `cv3`, `sandwich` and `wild_bootstrap` take it, with the name of the exposure or of a
    control.

    Parameters
    ----------
    data
        As in `ladder`.
    rung
        1 (pooled) or 2 (fixed effects of the clusters).
    of
        "count": Poisson with offset. "log rate": least squares.
    weights
        Column of inverse variances, for the log rate only: above 0, up to a constant.

    Returns
    -------
    fit
        Columns centred; clusters without counts left out, with fixed effects of counts.

    Raises
    ------
    Refused
        For values that cannot be used; units without counts, where the log rate is asked for.
    """
    rules.require_choice("rung", rung, (1, 2))
    rules.require_choice("of", of, ("count", "log rate"))
    frame = data.frame
    if of == "count":
        if weights is not None:
            msg = "Counts carry their own weights: weights are for the log rate, of='log rate'."
            raise ValueError(msg)
        return fitted(used_by(data, rung), rung)
    if weights is None:
        return log_rate(data, rung)
    if weights not in frame.columns:
        msg = f"No such column: {weights!r}. The frame has {list(frame.columns)}."
        raise LookupError(msg)
    given = numbers(frame[weights])
    bad = frame[weights][~(np.isfinite(given) & (given > 0))]
    if len(bad):
        rows = "\n".join(f"  row {row!r}: {weights} = {value}" for row, value in bad.items())
        msg = f"{len(bad)} weights are not above 0:\n{rows}\nGive inverse variances."
        raise Refused(msg, reason="missing or impossible values")
    return log_rate(data, rung, given)


def opinions_on(
    data: Columns,
    rung: Literal[1, 2],
    level: float,
    bootstrap: int,
    weights: Weights = "webb",
    seed: int = SEED,
) -> tuple[Interval, ...]:
    """Ask for second opinions on a rung that is not refused."""
    used = used_by(data, rung)
    fit, name = chosen(used, rung), data.names.exposure
    try:
        other = "OLS of the log rate; CR2", log_rate(used, rung)
    except Refused:  # a unit has no counts
        other = None
    scale = to_log_rate(fit)
    return opinions(fit, name, data.sd, level, other, bootstrap, weights, seed, scale)


def opinions(
    fit: Fit,
    name: str,
    sd: float,
    level: float,
    other: tuple[str, Fit] | None,
    bootstrap: int,
    weights: Weights = "webb",
    seed: int = SEED,
    scale: float = 1.0,
) -> tuple[Interval, ...]:
    """
    Collect the opinions on one coefficient of a fit, and that of one other model.

    `scale` turns the coefficient of the fit into a log rate ratio; see `to_log_rate`.
    """
    b, error = scale * fit.coefficient(name), cv3(fit, name).times(scale)
    found = [by_t("CV3, cluster jackknife", b, error, sd, level)]
    if other is not None:
        method, model = other
        found.append(by_t(method, model.coefficient(name), cr2(model, name), sd, level))
    if bootstrap:
        made = wild_bootstrap(fit, name, level=level, draws=bootstrap, weights=weights, seed=seed)
        kind = "wild cluster bootstrap" if fit.link == "identity" else "score wild bootstrap"
        method = f"{kind}, {weights.capitalize()}, {made.draws:,} draws"
        pieces = tuple((scale * low, scale * high) for low, high in made.pieces)
        found.append(Interval(method, b, pieces, made.p_value, None, sd))
    return tuple(found)


def by_t(method: str, b: float, error: Error, sd: float, level: float) -> Interval:
    """Make an interval from a coefficient and its error."""
    return Interval(method, b, (error.interval(b, level),), error.p_value(b), error.df, sd)


def naive(data: Columns, *, level: float = 0.95) -> pd.DataFrame:
    """
    Compute the intervals of rung 2 that do not hold with few clusters. Never report them.

    They are for one purpose: beside the headline, with their measured coverage, they show what
    the usual software would have said.

    Parameters
    ----------
    data, level
        As in `ladder`.

    Returns
    -------
    intervals
        One row a method, named as in the table of coverage: `headline` (CR2, without what the
        denominator or neighbours add to it), `cluster-robust z`
        (CR1 with the normal distribution), `quasi-Poisson` and `Poisson model errors`. Columns
        `rate_ratio`, `low`, `high`, all for one more unit of the exposure, and `origin`.

    Raises
    ------
    Refused
        Where rung 2 is refused.
    """
    from scipy.special import ndtri

    found, exposure = estimate(data, level=level), data.names.exposure
    fit = chosen(without_zero_clusters(data), 2)
    scale = to_log_rate(fit)
    quasi = classical(fit, exposure).standard_error
    z = float(ndtri((1 + level) / 2))
    reach = {
        "cluster-robust z": z * sandwich(fit, exposure).standard_error,
        "quasi-Poisson": z * quasi,
        "Poisson model errors": z * quasi / np.sqrt(fit.pearson),
    }
    b = found.log_rate_ratio
    of = {"headline": found.by_cluster}
    of |= {
        method: (float(np.exp(b - scale * half)), float(np.exp(b + scale * half)))
        for method, half in reach.items()
    }
    low, high = zip(*of.values(), strict=True)
    return pd.DataFrame(
        {"rate_ratio": found.rate_ratio, "low": low, "high": high, "origin": found.origin},
        index=pd.Index(of, name="method"),
    )

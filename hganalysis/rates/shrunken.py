"""Draw the shares of small places towards their district and their neighbours (empirical Bayes)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import indicators, places, suppress
from .errors import GROUP, Rows, around, by_province, rows_by, steepness, t_quantile, units
from .shares import sound, uptake
from .variance import MOST, RANGE, Array, alike, beyond, nearest, plausible

if TYPE_CHECKING:
    from .variance import Units

# Of what places vary by beyond chance of persons, a part is chance that each has alone; the rest is
# its level. One year does not tell how large that part is, so each is as likely as any other before
# data are seen (the uniform shrinkage prior): these are the middles of ten steps.
PARTS = (np.arange(10) + 0.5) / 10
# Where one place alone is known in its home, there is nothing to draw it towards.
ALONE = 1e-9
# Of the squares that equal shares leave: rounding.
TINY = 1e-12
SHRUNKEN = "shrunken_share"
NUMBERS = [SHRUNKEN, f"{SHRUNKEN}_low", f"{SHRUNKEN}_high", "weight", "towards"]


@dataclass(frozen=True)
class Fits:
    """
    The places whose residual is known, in every model: a row each for a part that is chance, in
    each of two covariances of the levels (independent; neighbours alike), a column each for places.
    """

    residual: Array
    """How far each is from its home."""
    noise: Array
    """The variance of what is chance in it, by part and place."""
    pull: Array
    """The residuals times the inverse covariance, levels of homes taken out."""
    own: Array
    """The diagonal of that inverse: 1 over the variance of a place, given all others."""
    squares: Array
    """The residuals squared, in each model."""
    logs: Array
    """The logs of the determinants in the restricted likelihood."""
    df: int
    """Places less homes."""


def shrink(reports: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """
    Draw the share of each commune towards its district and its neighbours.

    A commune's share is taken apart into its level and chance: that of persons, and what a commune
    has alone in its year. The level is predicted by the shares of all (the best linear prediction),
    the own counting for as much as it tells. Two covariances of levels are weighed by their
    restricted likelihood, as in `rates.variance`: independent within the district, or alike where
    communes are near each other; where nobody knows where they lie, the first stands alone. How
    much of what communes vary by is chance, is averaged over as well: the ends of the interval are
    quantiles of what all models together predict. So it covers the level whether what a commune has
    alone is chance or its own. It is no share that was counted: never rank by it.

    Parameters
    ----------
    reports
        Reports of communes: `code`, `year`, `indicator`, `count`, `out_of`, `origin`.
    level
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    rates
        A copy with `share`, `shrunken_share`, `shrunken_share_low`, `shrunken_share_high`,
        `towards` (what the others predict; all per unit of `out_of`), `weight` (of the own share, 0
        to 1: `shrunken_share` is `weight` times `share` and the rest times `towards`) and `state`,
        that of `share` in `uptake`: `known`, `unreliable`, `no data` or `suppressed`. Same order. A
        commune that did not report, or whose
        count is hidden, tells nothing and is told nothing: no number stands in for a report. One
        that is alone in its district keeps its share, with weight 1.

    Raises
    ------
    ValueError
        If a commune stands twice for one measure and year, or a number can be no count.

    References
    ----------
    Fay, R. E., Herriot, R. A. (1979). JASA 74 (366), 269-277. Daniels, M. J. (1999). Canadian
    Journal of Statistics 27 (3), 567-578. Rao, J. N. K., Molina, I. (2015). Small Area Estimation,
    2nd ed., chapters 6 and 10.

    Examples
    --------
    >>> from hganalysis import frames
    >>> rates = shrink(frames.reports())
    >>> shown = ["share", "towards", "weight", "shrunken_share"]
    >>> rates.loc[0, shown].astype(float).round(2).tolist()
    [0.29, 0.32, 0.42, 0.31]
    """
    table = sound(reports).reset_index(drop=True)
    share = table["count"] / table["out_of"].where(table["out_of"] > 0)
    found = table.assign(share=share, **dict.fromkeys(NUMBERS, np.nan))
    district = places.parents(table["code"], "district")
    province = by_province(district, level="commune").to_numpy()
    for rows in rows_by(table, [*GROUP, province]).values():
        part = table.take(rows)
        ratio = indicators.kind(str(part["indicator"].iloc[0])) == "ratio"
        numbers = drawn(units(part, level="commune"), ratio=ratio, level=level)
        out_of = part["out_of"].to_numpy(dtype=float)
        middle = numbers["shrunken_share"].to_numpy()
        below, above = (numbers[name].to_numpy() for name in ("below", "above"))
        numbers["shrunken_share_low"] = around(middle, out_of, below, ratio=ratio)[0]
        numbers["shrunken_share_high"] = around(middle, out_of, above, ratio=ratio)[1]
        found.loc[rows, NUMBERS] = numbers[NUMBERS].to_numpy()
    alone = uptake(reports)["state"].to_numpy()
    state = np.where(found["shrunken_share"].isna(), "no data", alone)
    hidden = suppress.is_hidden(table)
    return suppress.blank(found.assign(state=state), hidden).drop(columns="pool", errors="ignore")


def drawn(parts: Units, *, ratio: bool, level: float = 0.95) -> pd.DataFrame:
    """
    Draw shares towards what the others predict: `shrunken_share`, `towards`, `weight`.

    Also how far the interval reaches `below` and `above`, on the log odds (the log of a ratio). NaN
    for what is not known.
    """
    known = ~np.isnan(parts.residual)
    found = pd.DataFrame(np.nan, range(len(known)), ["moved", "below", "above", "weight", "by"])
    one = fit(parts)
    if one is None:  # each is alone in its home, and nobody knows how far chance carries it
        found.loc[known, "moved"], found.loc[known, "weight"] = parts.residual[known], 1.0
    else:
        moved = one.residual - one.noise * one.pull
        likely = weigh(one.squares, one.logs, one.df)
        mean = average(likely, moved)
        # Chance of persons is the least: less is luck, not knowledge.
        scale = np.maximum(one.squares / one.df, 1.0)[..., None]
        error = np.sqrt(np.maximum(scale * (one.noise - one.noise**2 * one.own), TINY**2))
        weights = np.broadcast_to(likely[..., None], moved.shape)
        low, high = ends(weights, moved, error, df=one.df, level=level)
        weight = average(likely, 1 - one.noise * one.own)
        rest = np.where(1 - weight > ALONE, 1 - weight, np.nan)
        by = (mean - weight * one.residual) / rest
        found[known] = np.column_stack([mean, mean - low, high - mean, weight, by])
    shares = {
        name: at_home(parts, found[of].to_numpy(), ratio=ratio)
        for name, of in (("shrunken_share", "moved"), ("towards", "by"))
    }
    return found[["weight", "below", "above"]].assign(**shares)


def fit(parts: Units) -> Fits | None:
    """Fit every model to the places whose residual is known; none where each is alone."""
    known = ~np.isnan(parts.residual)
    residual, sampling, where = parts.residual[known], parts.sampling[known], parts.where[known]
    home = pd.factorize(parts.home[known])[0]
    count = np.bincount(home)
    df = len(home) - len(count)
    if df < 1:
        return None
    extra = beyond(residual, sampling, home, df)
    noise = extra * PARTS[:, None, None] + sampling
    rooms = np.split(np.argsort(home, kind="stable"), np.cumsum(count)[:-1])
    km = RANGE * nearest(where, rooms)
    blocks = [np.arange(len(home))] if len(home) <= MOST else rooms
    pull, own = np.empty((2, len(PARTS), 2, len(home)))
    squares, logs = np.zeros((2, len(PARTS), 2))
    for model, reach in enumerate((0.0, km)):
        for rows in blocks:
            near = alike(where[rows], reach, shared=1.0)
            levels = (home[rows, None] == np.unique(home[rows])).astype(float)
            for at, part in enumerate(PARTS):
                signal = (1 - part) * extra
                one = projected(residual[rows], levels, signal, noise[at, 0, rows], near)
                pull[at, model, rows], own[at, model, rows] = one[:2]
                squares[at, model] += one[2]
                logs[at, model] += one[3]
    return Fits(residual, noise, pull, own, np.maximum(squares, TINY), logs, df)


def projected(
    residual: Array, levels: Array, signal: float, noise: Array, near: Array | None
) -> tuple[Array, Array, float, float]:
    """
    Take levels out of residuals: `pull`, `own`, `squares` and `logs` of `Fits`.

    References
    ----------
    Searle, S. R., Casella, G., McCulloch, C. E. (1992). Variance Components, 6.6 and 7.4 (the
    matrix P).
    """
    if near is None:
        inverse = 1 / (signal + noise)
        sums = levels.T @ inverse
        own = inverse - inverse**2 / (levels @ sums)
        pull = inverse * (residual - levels @ (levels.T @ (inverse * residual) / sums))
        logs = np.log(sums).sum() - np.log(inverse).sum()
    else:
        whole = np.linalg.inv(signal * near + np.diag(noise))
        seen = whole @ levels
        of_levels = levels.T @ seen
        free = whole - seen @ np.linalg.solve(of_levels, seen.T)
        own, pull = np.diag(free), free @ residual
        logs = np.linalg.slogdet(of_levels)[1] - np.linalg.slogdet(whole)[1]
    return pull, own, float(residual @ pull), float(logs)


def weigh(squares: Array, logs: Array, df: int) -> Array:
    """Weigh all models by how likely they are: parts alike, covariances as in `variances`."""
    return plausible(logs + df * np.log(squares))


def average(likely: Array, values: Array) -> Array:
    """Average over all models."""
    found: Array = (likely[..., None] * values).sum(axis=(0, 1))
    return found


def ends(
    likely: Array, middle: Array, error: Array, *, df: int, level: float
) -> tuple[Array, Array]:
    """
    Find both ends of an interval of what all models together predict, with equal chance beyond.

    Parameters
    ----------
    likely, middle, error
        Of each model and place: the weight, over all models 1; what is predicted; its error.
    df, level
        Of each t distribution; the chance between the ends.
    """
    from scipy.optimize.elementwise import find_root
    from scipy.special import stdtr

    reach = t_quantile(level, pd.Series([df])).iloc[0] * error

    def end(tail: float, own: Array) -> Array:
        def beyond(at: Array, place: Rows) -> Array:
            z = (at - middle[..., place]) / error[..., place]
            found: Array = (likely[..., place] * stdtr(df, z)).sum(axis=(0, 1)) - tail
            return found

        # that of all lies between the ends of the single models
        within = own.min(axis=(0, 1)) - TINY, own.max(axis=(0, 1)) + TINY
        found: Array = find_root(beyond, within, args=(np.arange(own.shape[-1]),)).x
        return found

    tail = (1 - level) / 2
    return end(tail, middle - reach), end(1 - tail, middle + reach)


def at_home(parts: Units, moved: Array, *, ratio: bool) -> Array:
    """Bring residuals back to shares: no less than nothing, no part more than the whole."""
    share = parts.level + moved * steepness(parts.level, ratio=ratio)
    found: Array = np.clip(share, 0.0, np.inf if ratio else 1.0)
    return found

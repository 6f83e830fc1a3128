"""Rank places, with what is sure about each rank."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import places, rates
from .rates.errors import dispersion, from_log, inner, steepness, to_log, units
from .rates.variance import Array, variances

if TYPE_CHECKING:
    from .indicators import Indicator

__all__ = ["FIRST", "LEVEL", "MOST_RANKED", "funnel", "rank_sets"]

SEED = 93  # the province's code; any number would do
# So many units are dealt out again as they were found; of fewer, the noise is taken to be normal.
DEALT = 20


@dataclass(frozen=True)
class Chance:
    """
    Shares on a scale where errors are even, and draws of what chance does to both.

    The scale is the arc sine of the root of a share, the root of a ratio: it keeps the order, and
    shares near 0 or 1 are as sure there as others. `value`, `error` and `df` have one number a
    place; an error is NaN where nobody can know it. In `noise` (how far chance moves a value) and
    `error_drawn` (the error that would have been found then) a row is a draw.
    """

    value: Array
    error: Array
    df: Array
    noise: Array
    error_drawn: Array


def draw(
    reports: pd.DataFrame,
    found: pd.DataFrame,
    *,
    indicator: Indicator,
    by: Literal["district", "commune"],
    draws: int,
) -> Chance:
    """
    Draw places with the errors of their shares, which are drawn on their degrees of freedom.

    Six communes do not say well how much they vary: errors that came out too small by chance are
    among the draws as they are in the world. Places with one home share that luck. Among 75
    communes the outermost decide, so their noise is dealt out again as it was found and not taken
    to be normal; and what chance does to one depends on the level it varies around, not on where
    chance has put it.

    Parameters
    ----------
    reports
        Reports of the communes of these places, of one measure and year.
    found
        Of `rates.to_districts` or `rates.uptake`, index `code`: the places.
    indicator
        The measure.
    by
        What they are.
    draws
        How many.
    """
    random, ratio = np.random.default_rng(SEED), indicator.kind == "ratio"
    parts = units(reports, level=by)
    alone = len(set(parts.place)) == len(parts.place)
    known = variances(replace(parts, chance=parts.sampling) if alone else parts)
    share, out_of = (found[name].to_numpy(dtype=float) for name in ("share", "out_of"))
    value = even(share, ratio=ratio)
    homes = pd.DataFrame({"home": parts.home, "level": parts.level}, parts.place)
    homes = homes[~homes.index.duplicated()].reindex(found.index)
    level = homes["level"].to_numpy(dtype=float) if alone else inner(share, out_of, ratio=ratio)
    known = known.reindex(found.index)
    error, df = np.sqrt(known["variance"].to_numpy()), known["df"].to_numpy(dtype=float)
    error = error * np.sqrt(steepness(level, ratio=ratio)) / 2

    noise = random.normal(size=(draws, len(found)))
    if alone and len(found) >= DEALT:
        apart = (value - even(level, ratio=ratio)) / error
        apart = apart[np.isfinite(apart)]
        apart = apart - apart.mean()
        unit = np.sqrt((apart**2).mean())
        noise = random.choice(apart / unit, size=noise.shape) if unit > 0 else noise
    number, names = pd.factorize(homes["home"])
    own = pd.Series(df).groupby(number).first().to_numpy()
    luck = random.chisquare(np.nan_to_num(own, nan=1.0), size=(draws, len(names))) / own
    return Chance(value, error, df, noise * error, np.sqrt(luck)[:, number] * error)


def even(share: Array, *, ratio: bool) -> Array:
    """Bring shares to the scale of `Chance`."""
    root = np.sqrt(share)
    return root if ratio else np.arcsin(root)


FIRST = 3
"""First, second and third are honoured."""
LEVEL = 0.95
"""How sure all sets together are, unless it is asked for otherwise."""
MOST_RANKED = 750
"""Places in one table: all districts of the country, in half a minute."""
# Draws times pairs: 8 districts get the most draws, 75 communes 1,081 and an answer at once. The
# chance error of a 95 % that rests on 999 draws is 0.7 points.
WORK, FEWEST, MOST_DRAWS = 3_000_000, 999, 9_999


def rank_sets(
    reports: pd.DataFrame,
    *,
    indicator: Indicator,
    by: Literal["district", "commune"] = "district",
    level: float = LEVEL,
) -> pd.DataFrame:
    """
    Rank places by their share, and say which ranks chance leaves possible for each.

    All sets hold together: in `level` of cases every place's true rank lies in its set. All
    pairwise differences are bounded at once by a parametric bootstrap with step-down; then the
    places that are surely above and surely below each are counted. Errors are those of `rates`,
    which leave room for neighbours that are alike. The bootstrap draws the errors too, since few
    communes do not say well how much they vary.

    Parameters
    ----------
    reports
        Reports of communes. Rows of other measures and years are passed over.
    indicator
        The measure and year to rank.
    by
        `"district"` or `"commune"`.
    level
        How sure all sets together are, between 0 and 1.

    Returns
    -------
    ranks
        One row a place, index `code`, the highest share first: `year`, `indicator`, `count`,
        `out_of`, `share` (per unit of `out_of`), `state`, `origin`, `rank` (1 is the highest;
        equal shares have equal ranks), `rank_low` and `rank_high` (best and worst rank that is
        possible), `could_be_first_three`, `surely_first_three`. A place without a share
        has no rank and stands last. One of which nobody can know the error may have any rank.

    Raises
    ------
    LookupError
        If there is no row of that measure and year.
    NotGivenError
        If there is one place alone.
    ValueError
        If the level is not between 0 and 1, or there are more than 750 places.

    References
    ----------
    Mogstad, M., Romano, J. P., Shaikh, A. M., Wilhelm, D. (2024). "Inference for Ranks with
    Applications to Mobility across Neighbourhoods and Academic Achievement across Countries."
    Review of Economic Studies 91 (1), 476-518. https://doi.org/10.1093/restud/rdad006

    Examples
    --------
    >>> from hganalysis import frames, indicators
    >>> users = indicators.get("app_users", year=2022)
    >>> table = rank_sets(frames.reports(), indicator=users)
    >>> table.loc["930", ["rank", "rank_low", "rank_high"]].tolist()
    [1, 1, 8]
    """
    places.require_parts()
    chosen = rates.pick(reports, indicator)
    add_up = {"district": rates.to_districts, "commune": rates.uptake}[by]
    table = add_up(chosen, level=level).set_index("code")
    known = table[table["share"].notna()]
    if len(known) > MOST_RANKED:
        msg = (
            f"{len(known)} places are too many for one table of ranks: at most {MOST_RANKED}.\n"
            "Rank the level above (by='district'), or each part by itself: places.within()."
        )
        raise ValueError(msg)
    low = high = pd.Series(dtype="Int64")
    if len(known):
        pairs = max(1, len(known) * (len(known) - 1) // 2)
        draws = min(max(WORK // pairs, FEWEST), MOST_DRAWS)
        drawn = draw(chosen, known, indicator=indicator, by=by, draws=draws)
        above = surely_above(drawn, level=level)
        low = pd.Series(1 + above.sum(axis=0), known.index)
        high = pd.Series(len(known) - above.sum(axis=1), known.index)
    found = table.assign(
        rank=table["share"].rank(ascending=False, method="min").astype("Int64"),
        rank_low=low.astype("Int64"),
        rank_high=high.astype("Int64"),
        could_be_first_three=(low <= FIRST).reindex(table.index, fill_value=False),
        surely_first_three=(high <= FIRST).reindex(table.index, fill_value=False),
    )
    shown = [*_SHOWN, "rank", "rank_low", "rank_high", "could_be_first_three", "surely_first_three"]
    return found.sort_index().sort_values("share", ascending=False, kind="stable")[shown]


_SHOWN = ["year", "indicator", "count", "out_of", "share", "state", "origin"]


def surely_above(drawn: Chance, *, level: float) -> npt.NDArray[np.bool_]:
    """
    Say of each pair of places whether the first is surely above the second.

    Parameters
    ----------
    drawn
        The shares, and what chance does to them.
    level
        How sure all answers together are.

    Returns
    -------
    above
        A row and a column for each place: the place of the row is surely above that of the column.
    """
    variance = drawn.error**2
    apart = drawn.value[:, None] - drawn.value
    with np.errstate(invalid="ignore", divide="ignore"):
        both = variance[:, None] + variance
        df = both**2 / (variance[:, None] ** 2 / drawn.df[:, None] + variance**2 / drawn.df)
        distance = _as_normal(apart / np.sqrt(both), df)
    # Each ordered pair is a hypothesis: the first is not above the second.
    open_pairs = np.isfinite(distance) & ~np.eye(len(distance), dtype=bool)
    above = np.zeros_like(open_pairs)
    while open_pairs.any():
        farthest = _farthest(drawn, df, open_pairs)
        limit = np.sort(farthest)[int(np.ceil((len(farthest) + 1) * level)) - 1]
        found = open_pairs & (distance > limit)
        if not found.any():
            break
        above |= found
        # Step down: what is settled no longer widens the limit of what is not.
        open_pairs &= ~found
    return above


def _farthest(drawn: Chance, df: Array, pairs: npt.NDArray[np.bool_]) -> Array:
    """Give, for each draw, the largest distance that chance makes among the pairs."""
    # A row a place, so that what is computed together lies together.
    noise, variance = drawn.noise.T.copy(), drawn.error_drawn.T**2
    both_ways = pairs & pairs.T
    once = pairs & ~np.tril(both_ways)
    found = np.full(len(drawn.noise), -np.inf)
    for first, seconds in enumerate(map(np.flatnonzero, once)):
        if not len(seconds):
            continue
        distance = noise[first] - noise[seconds]
        distance /= np.sqrt(variance[first] + variance[seconds])
        either = both_ways[first, seconds, None]
        np.abs(distance, out=distance, where=either)
        measure = df[first, seconds, None]
        if (measure == measure[0]).all():  # in one measure, what is farthest stays so
            distance, measure = distance.max(axis=0, keepdims=True), measure[:1]
        np.maximum(found, _as_normal(distance, measure).max(axis=0), out=found)
    return found


def _as_normal(t: Array, df: Array) -> Array:
    """
    Bring t values of different df to one measure, near that of a normal number (Wallace 1959).

    Else the one district with two communes would set the limit for all others. The bootstrap
    makes the limit hold whatever the measure.
    """
    return np.sign(t) * (8 * df + 1) / (8 * df + 3) * np.sqrt(df * np.log1p(t**2 / df))


def funnel(reports: pd.DataFrame, *, indicator: Indicator, level: float = 0.95) -> pd.DataFrame:
    """
    Lay limits around the province's share, and name who is outside.

    The limits are those within which chance carries a district like it: with its communes, their
    chance of persons and what they vary by beyond it, one scale for all districts, and neighbours
    that may be alike (`rates.variance`), with t. Small districts have wider ones.

    Parameters
    ----------
    reports
        Reports of communes. Rows of other measures and years are passed over.
    indicator
        The measure and year.
    level
        How sure it is that chance alone puts none of all districts outside the outer limits.

    Returns
    -------
    funnel
        One row a district, index `code`: `year`, `indicator`, `count`, `out_of`, `share`,
        `state`, `origin`, `province_share`, `phi`, `low` and `high` (between which chance carries
        one district like it in `level` of cases), `low_all` and `high_all` (between which it
        carries all of them), `outside`: `above` or `below` the limits for all, or nothing.

    Raises
    ------
    NotGivenError
        If the whole is the one place there is: there is nothing to differ from.
    LookupError
        If there is no row of that measure and year.
    ValueError
        If the level is not between 0 and 1.

    References
    ----------
    Spiegelhalter, D. J. (2005). "Funnel plots for comparing institutional performance."
    Statistics in Medicine 24 (8), 1185-1202. https://doi.org/10.1002/sim.1970

    Examples
    --------
    >>> from hganalysis import frames, indicators
    >>> files = indicators.get("files_online", year=2023)
    >>> table = funnel(frames.reports(), indicator=files)
    >>> table.loc[table["outside"] != "", "outside"].to_dict()
    {}
    """
    places.require_parts()
    chosen = rates.pick(reports, indicator)
    table = rates.to_districts(chosen, level=level).set_index("code").sort_index()
    known, ratio = table["share"].notna(), indicator.kind == "ratio"
    sums = table.loc[known, ["count", "out_of"]].sum()
    share = float(sums["count"] / sums["out_of"]) if known.any() else np.nan
    # What chance does to a district depends on the share that it would have, not on its own.
    spread = variances(units(chosen, level="district", if_all=share)).reindex(table.index)
    error = np.sqrt(spread["pooled"])
    found = table[["year", "indicator", "count", "out_of", "share", "state", "origin"]].assign(
        province_share=share, phi=dispersion(units(chosen, level="commune"))
    )
    middle = to_log(inner(np.array(share), sums["out_of"], ratio=ratio), ratio=ratio)
    for name, one in (("", level), ("_all", level ** (1 / max(known.sum(), 1)))):
        reach = (rates.t_quantile(one, spread["df_pooled"]) * error).to_numpy()
        found[f"low{name}"] = from_log(middle - reach, ratio=ratio)
        found[f"high{name}"] = from_log(middle + reach, ratio=ratio)
    above, below = found["share"] > found["high_all"], found["share"] < found["low_all"]
    found["outside"] = np.select([above, below], ["above", "below"], "")
    return found


def __dir__() -> list[str]:
    return __all__

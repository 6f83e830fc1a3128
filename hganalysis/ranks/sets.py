"""Give every rank the set of ranks that chance leaves possible, for all places at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from .. import rates
from . import chance

if TYPE_CHECKING:
    from ..indicators import Indicator
    from .chance import Array, Chance

FIRST = 3
"""First, second and third are honoured."""
LEVEL = 0.95
"""How sure all sets together are, unless it is asked for otherwise."""
MOST = 750
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
    ValueError
        If the level is not between 0 and 1, or there are more than 750 places.

    References
    ----------
    Mogstad, M., Romano, J. P., Shaikh, A. M., Wilhelm, D. (2024). "Inference for Ranks with
    Applications to Mobility across Neighbourhoods and Academic Achievement across Countries."
    Review of Economic Studies 91 (1), 476-518. https://doi.org/10.1093/restud/rdad006

    Examples
    --------
    >>> from hganalysis import indicators, intake
    >>> users = indicators.get("app_users", year=2022)
    >>> table = rank_sets(intake.reports(), indicator=users)
    >>> table.loc["930", ["rank", "rank_low", "rank_high"]].tolist()
    [1, 1, 8]
    """
    chosen = rates.pick(reports, indicator)
    add_up = {"district": rates.to_districts, "commune": rates.uptake}[by]
    table = add_up(chosen, level=level).set_index("code")
    known = table[table["share"].notna()]
    if len(known) > MOST:
        msg = (
            f"{len(known)} places are too many for one table of ranks; it holds {MOST} at most.\n"
            "Rank the level above (by='district'), or each part by itself: places.within()."
        )
        raise ValueError(msg)
    low = high = pd.Series(dtype="Int64")
    if len(known):
        pairs = max(1, len(known) * (len(known) - 1) // 2)
        draws = min(max(WORK // pairs, FEWEST), MOST_DRAWS)
        drawn = chance.draw(chosen, known, indicator=indicator, by=by, draws=draws)
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

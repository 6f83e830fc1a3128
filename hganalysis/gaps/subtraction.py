"""
Subtract one group from another, and ask whether the gap would repeat.

A gap is a change from one group to another. So it is split as a change is: into what lies within
the parts of a place, and what comes from where the two groups live (Kitagawa 1955, see
`change.decompose`). Both are facts of a complete count. Whether a gap would repeat is measured on
the difference of log odds, from which all that both groups share cancels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ..change import Changes, subtract_periods
from ..periods import PeriodKey, count_steps, count_year, order_periods
from ..ranking import counts, stability, volume
from ..ranking.measure import Measure

_NAMES = {"before": "lower", "after": "upper", "change_pp": "gap_pp", "parts_up": "parts_lower"}


class Gaps(NamedTuple):
    """The gaps of places, and the measure with what is known of a similar period."""

    table: pd.DataFrame
    measure: Measure


def subtract_groups(
    lower: pd.DataFrame, upper: pd.DataFrame, period: PeriodKey, measure: Measure
) -> Changes:
    """
    Subtract one group from another in a period.

    Parameters
    ----------
    lower, upper
        As `counts.select_periods` gives them.

    Returns
    -------
    table, whole
        As of `Gap.table`, by `code`.
    """
    first = lower[lower["period"] == period].assign(period=0)
    second = upper[upper["period"] == period].assign(period=1)
    both = pd.concat([first, second], ignore_index=True)
    changes = subtract_periods(both, measure)
    table = changes.table.rename(columns=_NAMES)
    whole = {_NAMES.get(key, key): value for key, value in changes.whole.items()}
    return Changes(table.set_index("code"), whole)


def compare_volumes(
    lower: pd.DataFrame, upper: pd.DataFrame, measure: Measure
) -> tuple[tuple[PeriodKey, ...], volume.Volumes | None]:
    """
    Compare how much of the groups was counted in a day: of both together, and of each.

    Parameters
    ----------
    lower, upper
        As `counts.select_periods` gives them.
    measure
        As of `ranking.volume.compare_volumes`.

    Returns
    -------
    comparable
        The last periods that are of one kind for both groups.
    volumes
        Of the first that differs between the last two periods; None if none does.
    """
    if len(measure.periods) < counts.MIN_PERIODS:
        return measure.periods, None
    volumes = None
    comparable = measure.periods
    for rows in (pd.concat([lower, upper]), lower, upper):
        alike = volume.since_comparable(rows, measure)
        comparable = min(comparable, alike, key=len)
        volumes = volumes or volume.compare_volumes(rows, measure)
    return comparable, volumes


def add_intervals(
    table: pd.DataFrame, lower: pd.DataFrame, upper: pd.DataFrame, measure: Measure
) -> Gaps:
    """Add `low_pp`, `high_pp` and `sure` from how gaps moved, if two periods are known."""
    table = table.assign(low_pp=np.nan, high_pp=np.nan, sure=False)
    table["gap_before_pp"] = table.get("gap_before_pp", np.nan)
    has_gap = table.index[table["gap_pp"].notna()]
    shares = counts.shares_by_period(lower, measure)
    shares += counts.shares_by_period(upper, measure)
    shares = counts.most_complete(shares.reindex(has_gap))
    periods, judged = shares.columns, shares.index
    if len(periods) < counts.MIN_PERIODS or len(judged) < counts.MIN_PLACES:
        table["sure"] = _beyond_chance(table, lower, upper, is_ratio=measure.is_ratio)
        return Gaps(table, counts.with_evidence(measure, None))

    # parts in which both groups have people, in each of these periods
    rows = pd.concat({"lower": lower, "upper": upper}, names=["group"])
    rows = rows.reset_index("group")
    rows = rows[rows["place"].isin(judged)]
    rows = rows[rows["period"].isin(periods)]
    is_somebody = rows["out_of"] > 0
    has_people = is_somebody.groupby(rows["code"]).transform("all")
    keys, columns = ["place", "code"], ["group", "period"]
    wide = rows[has_people].pivot(index=keys, columns=columns, values=["count", "out_of"])
    place = judged.get_indexer(wide.index.get_level_values("place"))
    noise = stability.measure_noise_of_gap(
        _counts_of(wide, "lower"),
        _counts_of(wide, "upper"),
        place,
        is_ratio=measure.is_ratio,
        steps=count_steps(periods),
        lag=count_year(periods),
    )
    repetition = counts.Repetition(noise, judged, tuple(order_periods(periods)))
    measure = counts.with_evidence(measure, repetition)
    if measure.evidence == "periods":
        judged_rows = table.loc[judged, ["lower", "upper"]]
        of_groups = judged_rows.to_numpy(dtype=float)
        ends = stability.gap_interval(noise, *of_groups.T)
        table.loc[judged, ["low_pp", "high_pp"]] = 100 * ends
        ends = stability.gap_interval(noise, *of_groups.T, n_at_once=len(judged))
        low, high = ends.T
        table.loc[judged, "sure"] = (low > 0) | (high < 0)
    return Gaps(table, measure)


def _beyond_chance(
    table: pd.DataFrame, lower: pd.DataFrame, upper: pd.DataFrame, *, is_ratio: bool
) -> pd.Series:
    """Say whether gaps of the last period are larger than the chance of persons, all at once."""
    last = order_periods(lower["period"])[-1]
    variance = pd.Series(0.0, table.index)
    for rows, share in ((lower, table["lower"]), (upper, table["upper"])):
        of_last = rows[rows["period"] == last]
        people = counts.sum_places(of_last, "out_of").iloc[:, 0]
        of_person = share if is_ratio else share * (1 - share)
        variance += of_person / people.reindex(table.index)
    # at once: the chance of a false one among all places is that of one
    n_places = max(len(table), 1)
    chance = (1 - stability.CONFIDENCE) / 2 / n_places
    luck_pp: pd.Series = 100 * ndtri(1 - chance) * np.sqrt(variance)
    return table["gap_pp"].abs() > luck_pp


def _counts_of(wide: pd.DataFrame, group: str) -> stability.GroupCounts:
    counted = wide["count"][group].to_numpy(dtype=float)
    out_of = wide["out_of"][group].to_numpy(dtype=float)
    return stability.GroupCounts(counted, out_of)

"""
Subtract one group from another, and ask whether the gap would repeat.

A gap is a change from one group to another. So it is split as a change is: into what lies within
the parts of a place, and what comes from where the two groups live (Kitagawa 1955, see
`change.decompose`). Both are facts of a complete count. Whether a gap would repeat is measured on
the difference of log odds, from which all that both groups share cancels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from ..change import Changes, subtract_periods
from ..periods import count_steps, order_periods
from ..ranking import counts, stability

if TYPE_CHECKING:
    from ..periods import PeriodKey
    from ..ranking.measure import Measure

_NAMES = {"before": "lower", "after": "upper", "change_pp": "gap_pp", "parts_up": "parts_lower"}


class Gaps(NamedTuple):
    """The gaps of places, and the measure with what is known of a similar period."""

    table: pd.DataFrame
    measure: Measure


def subtract_groups(lower: pd.DataFrame, upper: pd.DataFrame, period: PeriodKey) -> Changes:
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
    groups = [
        rows[rows["period"] == period].assign(period=number)
        for number, rows in enumerate((lower, upper))
    ]
    changes = subtract_periods(pd.concat(groups, ignore_index=True))
    table = changes.table.rename(columns=_NAMES).set_index("code")
    return Changes(table, {_NAMES.get(key, key): value for key, value in changes.whole.items()})


def add_intervals(
    table: pd.DataFrame, lower: pd.DataFrame, upper: pd.DataFrame, measure: Measure
) -> Gaps:
    """Add `low_pp`, `high_pp` and `sure` from how gaps moved, if two periods are known."""
    table = table.assign(low_pp=np.nan, high_pp=np.nan, sure=False)
    table["gap_before_pp"] = table.get("gap_before_pp", np.nan)
    has_gap = table.index[table["gap_pp"].notna()]
    shares = counts.shares_by_period(lower) + counts.shares_by_period(upper)
    shares = counts.most_complete(shares.reindex(has_gap)) if len(has_gap) else shares.iloc[:0]
    periods, judged = shares.columns, shares.index
    if len(periods) < counts.MIN_PERIODS or len(judged) < counts.MIN_PLACES:
        return Gaps(table, counts.with_evidence(measure, None))

    # parts in which both groups have people, in each of these periods
    rows = pd.concat({"lower": lower, "upper": upper}, names=["group"]).reset_index("group")
    rows = rows[rows["place"].isin(judged) & rows["period"].isin(periods)]
    has_people = (rows["out_of"] > 0).groupby(rows["code"]).transform("all")
    wide = rows[has_people].pivot(
        index=["place", "code"], columns=["group", "period"], values=["count", "out_of"]
    )
    low, high = (
        stability.GroupCounts(
            wide["count"][group].to_numpy(dtype=float), wide["out_of"][group].to_numpy(dtype=float)
        )
        for group in ("lower", "upper")
    )
    noise = stability.measure_noise_of_gap(
        low,
        high,
        judged.get_indexer(wide.index.get_level_values("place")),
        is_ratio=measure.is_ratio,
        steps=count_steps(periods),
    )
    repetition = counts.Repetition(noise, judged, tuple(order_periods(periods)))
    measure = counts.with_evidence(measure, repetition)
    if measure.evidence == "periods":
        ends = [table.loc[judged, name].to_numpy(dtype=float) for name in ("lower", "upper")]
        table.loc[judged, ["low_pp", "high_pp"]] = 100 * stability.gap_interval(noise, *ends)
        all_at_once = stability.gap_interval(noise, *ends, n_at_once=len(judged))
        table.loc[judged, "sure"] = (all_at_once[:, 0] > 0) | (all_at_once[:, 1] < 0)
    return Gaps(table, measure)

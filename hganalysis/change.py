"""Compare two years, and refuse what cannot be compared."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from . import frames, indicators, places, rates, suppress
from .rates import errors
from .rates.shares import known
from .rates.variance import variances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .indicators import Indicator
    from .places import Level

__all__ = [
    "decompose",
    "difference",
    "distance",
    "rank_shift",
    "steps",
    "target_gap",
    "two_readings",
]


def difference(
    reports: pd.DataFrame,
    *,
    before: Indicator,
    after: Indicator,
    by: Level = "district",
    level: float = 0.95,
) -> pd.DataFrame:
    """
    Subtract the share of one year from that of another, in percentage points.

    Parameters
    ----------
    reports
        Reports of communes for both years.
    before, after
        One measure in two years. Two measures are refused.
    by
        `"district"` or `"province"`. The interval is the paired one: the error is linearised in
        each year over the same parts (communes of a district, districts of the province), so
        that what lasts in a part cancels out, and parts count as independent in what changes;
        with t. It ends where the levels of both years would end: no level is below nothing, so none
        falls by more than it may have been. `"commune"` gives no interval: two counts of one
        commune do not say how much they vary by chance.
    level
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    difference
        One row a place: `code`, `share_before`, `share_after` (0 to 1), `change_pp`,
        `change_low_pp`, `change_high_pp` (percentage points), `parts`, `indicator`, `origin`,
        `state`.

    Raises
    ------
    ValueError
        If `before` and `after` are different measures.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., 6.17 (comparison of two ratios).
    """
    indicators.require_comparable(before, after)
    first, second = (rates.pick(reports, one) for one in (before, after))
    shares, state = _pair(first, second, by=by)
    table = pd.DataFrame(
        {
            "share_before": shares["before"],
            "share_after": shares["after"],
            "change_pp": 100 * (shares["after"] - shares["before"]),
        }
    )
    low = high = pd.Series(np.nan, index=table.index)
    parts = pd.Series(1, index=table.index)
    if by != "commune":
        years = pd.concat([first, second], ignore_index=True)
        earlier = np.arange(len(years)) < len(first)
        apart = errors.by_province(places.parents(years["code"], "district"), level=by)
        pairs = [
            (years.take(rows[earlier[rows]]), years.take(rows[~earlier[rows]]))
            for rows in errors.rows_by(years, [apart]).values()
        ]
        moved = [errors.changes(one, other, level=by) for one, other in pairs]
        named = np.concatenate([one.place for one in moved])
        parts = pd.Series(named).value_counts().reindex(table.index)
        found = pd.concat([variances(one) for one in moved]).reindex(table.index)
        reach = 100 * rates.t_quantile(level, found["df"]) * np.sqrt(found["variance"])
        low, high = _possible(table, reach, first, second, by=by, level=level)
    both = frames.require_origin(pd.concat([first, second]))
    origin = both.assign(code=lambda both: _places(both, by))
    return table.assign(
        change_low_pp=low,
        change_high_pp=high,
        parts=parts,
        indicator=before.name,
        origin=origin.groupby("code")["origin"].agg(frames.worst_origin),
        state=state,
    ).reset_index()


def _possible(
    table: pd.DataFrame,
    reach: pd.Series,
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    by: Level,
    level: float,
) -> tuple[pd.Series, pd.Series]:
    """End the interval of a change at what the levels of both years allow, by their intervals."""
    low, high = table["change_pp"] - reach, table["change_pp"] + reach
    # Intervals of levels cost most, and where neither end is beyond a level none is beyond its own.
    if not ((low < -100 * table["share_before"]) | (high > 100 * table["share_after"])).any():
        return low, high
    whole = rates.to_province if by == "province" else rates.to_districts
    most = [
        100 * whole(one, level=level).set_index("code")["share_high"].reindex(table.index)
        for one in (first, second)
    ]
    return low.mask(low < -most[0], -most[0]), high.mask(high > most[1], most[1])


def steps(
    reports: pd.DataFrame, *, measures: Sequence[Indicator], by: Level = "district"
) -> pd.DataFrame:
    """
    Subtract each year of one measure from the next, through all the years there are.

    Parameters
    ----------
    reports
        Reports of communes for the years.
    measures
        One measure in two years or more, first to last, as `frames.taken` lists it.
    by
        As for `difference`.

    Returns
    -------
    steps
        The rows of `difference` for each year and the one before it, `since` and `year` first.

    Raises
    ------
    ValueError
        If there is one year only, or if two years are different measures.
    """
    pairs = list(pairwise(measures))
    if not pairs:
        msg = f"a change needs two years; there are {len(measures)}."
        raise ValueError(msg)
    found = []
    for before, after in pairs:
        table = difference(reports, before=before, after=after, by=by)
        table.insert(0, "year", after.year)
        table.insert(0, "since", before.year)
        found.append(table)
    return pd.concat(found, ignore_index=True)


def rank_shift(reports: pd.DataFrame, *, before: Indicator, after: Indicator) -> pd.DataFrame:
    """
    Rank the districts within each year, and say how far each one moved.

    Ranks may be compared where the measures may not: each is a place among its own year's.

    Returns
    -------
    ranks
        One row a district: `code`, `share_before`, `share_after` (0 to 1), `rank_before`,
        `rank_after` (1 is the highest share), `places_up` (positive: it rose), `origin`, `state`.
    """
    places.require_parts()
    first, second = (rates.pick(reports, one) for one in (before, after))
    shares, state = _pair(first, second, by="district")
    ranks = shares.rank(ascending=False, method="min").astype("Int64")
    both = frames.require_origin(pd.concat([first, second]))
    return pd.DataFrame(
        {
            "share_before": shares["before"],
            "share_after": shares["after"],
            "rank_before": ranks["before"],
            "rank_after": ranks["after"],
            "places_up": ranks["before"] - ranks["after"],
            "origin": frames.worst_origin(both["origin"]),
            "state": state,
        }
    ).reset_index()


def distance(reports: pd.DataFrame, *, indicator: Indicator) -> pd.DataFrame:
    """
    Measure how far each district lies from the province's share in one year.

    Returns
    -------
    distance
        One row a district: `code`, `year`, `indicator`, `share`, `province_share` (0 to 1),
        `distance_pp` (percentage points, positive above the province), `origin`, `state`.
    """
    places.require_parts()
    table = rates.pick(reports, indicator)
    whole = rates.to_province(table)["share"].iloc[0]
    found = rates.to_districts(table)
    found = found.assign(province_share=whole, distance_pp=100 * (found["share"] - whole))
    numbers = ["share", "province_share", "distance_pp"]
    return found[["code", "year", "indicator", *numbers, "origin", "state"]]


def target_gap(reports: pd.DataFrame, *, indicator: Indicator) -> pd.DataFrame:
    """
    Count what each district lacks to reach the target, in people or files.

    Returns
    -------
    gap
        One row a district: `code`, `year`, `indicator`, `count`, `out_of`, `share`, `target`
        (0 to 1), `missing` (in the unit of the indicator; 0 where the target is reached),
        `origin`, `state`.

    Raises
    ------
    ValueError
        If no target was set for this measure.
    """
    if indicator.target is None:
        have = [
            f"{name} {year}"
            for name in indicators.names()
            for year in indicators.years(name)
            if indicators.get(name, year=year).target is not None
        ]
        msg = (
            f"no target was set for {indicator.name} {indicator.year}. "
            f"Measures with a target: {', '.join(have)}.\n"
            "A target for another unit (households, say) cannot be used for this one."
        )
        raise ValueError(msg)
    found = rates.to_districts(rates.pick(reports, indicator))
    needed = (indicator.target * found["out_of"]).round(6).map(np.ceil)
    lacking = (needed - found["count"]).clip(lower=0)
    return found[["code", "year", "indicator", "count", "out_of", "share"]].assign(
        target=indicator.target,
        missing=lacking.astype("Int64"),
        origin=found["origin"],
        state=found["state"],
    )


def two_readings(published: pd.DataFrame) -> pd.DataFrame:
    """
    Read the one published pair of years both ways that its wording allows.

    The share of files handed in online was "nearly 87 %" in 2023, "up more than 36 %". If points
    are meant, the share of 2022 was below the one minus 0.36; if a relative rise, below the one
    divided by 1.36. Neither is chosen.

    Parameters
    ----------
    published
        The published figures, of `frames.published()`.

    Returns
    -------
    readings
        Two rows, `reading` (`points` and `relative`): `share_after_nearly`, `rise` (over, as
        printed, in per cent), `share_before_below`, `change_pp_above` (points), `origin`.

    Examples
    --------
    >>> two_readings(frames.published())["share_before_below"].round(3).tolist()
    [0.51, 0.64]
    """
    row = published[published["indicator"] == "files_online_share_rise"].iloc[0]
    same_date = (published["indicator"] == "files_online_share") & (
        published["as_of"] == row["as_of"]
    )
    after, rise = published.loc[same_date, "value"].iloc[0], row["value"]
    below = [after - rise / 100, after / (1 + rise / 100)]
    return pd.DataFrame(
        {
            "reading": ["points", "relative"],
            "share_after_nearly": after,
            "rise": rise,
            "share_before_below": below,
            "change_pp_above": [100 * (after - before) for before in below],
            "origin": "published",
        }
    )


def decompose(
    reports: pd.DataFrame, *, before: Indicator, after: Indicator, by: Level = "province"
) -> pd.DataFrame:
    """
    Split a change into what changed within communes and what their weights did to it.

    Parameters
    ----------
    reports
        Reports of communes for both years.
    before, after
        One measure in two years. Two measures are refused.
    by
        `"province"` or `"district"`.

    Returns
    -------
    parts
        One row a place: `code`, `since`, `year`, `indicator`, `change_pp`, `within_pp` (communes'
        own shares changed), `between_pp` (more of the people or files are where the share is
        higher), `origin`. The two add up to the change exactly.

    References
    ----------
    Kitagawa, E. M. (1955). "Components of a Difference Between Two Rates." JASA 50 (272),
    1168-1194. https://doi.org/10.1080/01621459.1955.10501299
    """
    places.require_parts()
    indicators.require_comparable(before, after)
    pair = rates.pick(reports, before).merge(
        rates.pick(reports, after), on="code", suffixes=("_before", "_after"), validate="one_to_one"
    )
    place = places.parents(pair["code"], by)
    share, weight = {}, {}
    for year in ("before", "after"):
        out_of = pair[f"out_of_{year}"]
        share[year] = pair[f"count_{year}"] / out_of
        weight[year] = out_of / out_of.groupby(place).transform("sum")
    within = (share["after"] - share["before"]) * (weight["before"] + weight["after"]) / 2
    between = (weight["after"] - weight["before"]) * (share["before"] + share["after"]) / 2
    origin = pd.concat([pair["origin_before"], pair["origin_after"]])
    parts = pd.DataFrame({"within_pp": 100 * within, "between_pp": 100 * between})
    found = parts.groupby(place.rename("code")).sum()
    # A part is not the whole: a place with a commune that did not report has no split.
    whole, _ = _pair(rates.pick(reports, before), rates.pick(reports, after), by=by)
    found = found.reindex(whole.index).where(whole.notna().all(axis=1)).reset_index()
    found["change_pp"] = found["within_pp"] + found["between_pp"]
    found = found.assign(since=before.year, year=after.year, indicator=before.name)
    numbers = ["change_pp", "within_pp", "between_pp"]
    return found[["code", "since", "year", "indicator", *numbers]].assign(
        origin=frames.worst_origin(origin)
    )


def _places(reports: pd.DataFrame, by: Level) -> pd.Series:
    return reports["code"] if by == "commune" else places.parents(reports["code"], by)


def _pair(
    first: pd.DataFrame, second: pd.DataFrame, *, by: Level
) -> tuple[pd.DataFrame, pd.Series]:
    """Lay the shares of two years side by side, `before` and `after`, with a common state."""
    years = [known(one, by=by).set_index("code")[["share", "state"]] for one in (first, second)]
    shares, states = (
        pd.concat([one[column] for one in years], axis=1, keys=["before", "after"]).sort_index()
        for column in ("share", "state")
    )
    # Hidden in one year is hidden, missing in one is missing.
    hidden = (states == suppress.SUPPRESSED).any(axis=1)
    missing = (states.isna() | (states == "no data")).any(axis=1)
    state = np.select([hidden, missing], [suppress.SUPPRESSED, "no data"], "known")
    return shares, pd.Series(state, index=states.index)


def __dir__() -> list[str]:
    return __all__

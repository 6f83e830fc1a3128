"""
Carry counts of former places to the places that they became.

A code is a place only together with a day: all 28 new codes of July 2025 are old codes, too. So a
report is of a former place if its period ended before the day of the change, and of a new one if
its period began on that day or later.
"""

from __future__ import annotations

import pandas as pd

from .. import words
from ..origins import worst_origin
from ..periods import read_column, read_period
from ..refusals import refuse, require_columns, require_unique

_CHANGES = ["code", "code_new", "share", "since"]
_REPORTS = ["code", "period", "count", "out_of", "origin"]
_NUMBERS = ["count", "out_of"]

# Shares may be rounded to so much.
ROUNDING = 1e-6

ALONE = "none"
"""The pool of a count that is hidden together with every sum that holds it."""


def carry(reports: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """
    Carry counts of former places to the places that they became, so that a series goes on.

    Counts, and what they are out of, are summed; shares are never averaged. The sum is exact where
    all parts were merged whole. A former place that was divided gives each new place the share of
    its people that went there, which is an estimate.

    Parameters
    ----------
    reports
        One row for each place and period, and for each measure if there are several:

        - `code`, `period`, `count`, `out_of`, `origin`;
        - `indicator`, where there are several measures;
        - `pool`, where small counts are hidden, as of `suppress.hide_counts`.
    changes
        One row for each former place, or for each part of it if it was divided. Former places
        that stayed as they were have a row, too.

        - `code`, `code_new`;
        - `share`: of the people of the former place, above 0, at most 1;
        - `since`: the first day of the new places, such as `"2025-07-01"`, the same in each row.

    Returns
    -------
    reports
        The reports of former places by new place, then those of new places as they were:

        - the columns as above, without any others;
        - `count`, `out_of`: missing where a part has no report, or is hidden together with a part
          of another new place;
        - `origin`: the least firm one of the parts;
        - `pool`: `"none"` where a part is so hidden;
        - `shared`: whether a part is estimated from the share of its people.

    Raises
    ------
    ValueError
        If shares do not add up to 1, if a code is in no list of its day, or if a period holds the
        day of the change.

    Examples
    --------
    >>> changes = pd.DataFrame({"code": ["1", "2"], "code_new": "1", "share": 1.0})
    >>> old = pd.DataFrame({"code": ["1", "2"], "period": 2024, "count": [30, 12], "out_of": 100})
    >>> carried = carry(old.assign(origin="reported"), changes.assign(since="2025-07-01"))
    >>> carried[["code", "count", "out_of"]].to_dict("records")
    [{'code': '1', 'count': 42.0, 'out_of': 200.0}]
    """
    changes, reports = _read_changes(changes), read_column(reports)
    require_columns(reports, _REPORTS)
    keys = [key for key in ("indicator", "period") if key in reports]
    columns = ["code", *keys, *_NUMBERS, "origin", *reports.columns.intersection(["pool"])]
    reports = reports[columns].astype({"code": "str"})
    require_unique(reports, ["code", *keys], words.term("places_errors.add_up"))
    is_former = _is_of_former_places(reports, changes)

    # one row for each part of a new place
    parts = reports[is_former].merge(changes, on="code")
    parts["shared"] = parts["share"] < 1
    parts["hidden"] = False
    if "pool" in parts:
        # the share of a hidden count is as unknown as the count
        is_divided = parts["shared"] & (parts["pool"].fillna("") != "")
        parts["hidden"] = is_divided | is_pooled_across(parts, parts["code_new"], keys)
    shares = parts["share"].mask(parts["hidden"])
    parts[_NUMBERS] = parts[_NUMBERS].astype(float).mul(shares, axis=0)

    by_place = parts.groupby(["code_new", *keys])
    sums = by_place[_NUMBERS].sum(skipna=False).round()
    n_expected = changes.groupby("code_new").size()
    codes = sums.index.get_level_values("code_new")
    has_all_parts = by_place.size() == n_expected[codes].to_numpy()
    sums = sums.where(has_all_parts)
    sums["origin"] = by_place["origin"].agg(worst_origin)
    if "pool" in reports:
        sums["pool"] = by_place["hidden"].any().map({True: ALONE, False: ""})
    sums["shared"] = by_place["shared"].any()

    carried = sums.reset_index().rename(columns={"code_new": "code"})
    unchanged = reports[~is_former].assign(shared=False)
    tables = [table for table in (carried, unchanged) if len(table)]
    return pd.concat(tables or [carried], ignore_index=True)[[*columns, "shared"]]


def is_pooled_across(rows: pd.DataFrame, place: pd.Series, keys: list[str]) -> pd.Series:
    """
    Say which rows are hidden together with a row of another place.

    What is hidden together is known together, so the rows of one pool have a known sum.

    Parameters
    ----------
    rows
        With the `pool` of each row: empty where nothing is hidden.
    place
        The place that each row is added to.
    keys
        The columns that pools are of, such as the period.
    """
    pool = rows["pool"].fillna("")
    n_places = place.groupby([pool, *(rows[key] for key in keys)]).transform("nunique")
    return (pool == ALONE) | ((n_places > 1) & (pool != ""))


def _read_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """Refuse changes that are not what became of each former place on one day."""
    require_columns(changes, _CHANGES)
    changes = changes[_CHANGES].astype({"code": "str", "code_new": "str"})
    if changes.empty:
        raise ValueError(words.term("places_errors.no_changes"))
    share = pd.to_numeric(changes["share"], errors="coerce")
    day = pd.to_datetime(changes["since"].astype("str"), format="%Y-%m-%d", errors="coerce")
    sums = share.groupby(changes["code"]).transform("sum")
    is_first_day = changes["since"] == changes["since"].iloc[0]
    is_share = (share > 0) & (share <= 1)
    is_repeated = changes.duplicated(["code", "code_new"], keep=False)
    faults = {
        words.term("places_errors.share"): ~is_share,
        words.term("places_errors.day"): day.isna(),
        words.term("places_errors.other_day"): ~is_first_day,
        words.term("places_errors.sum"): (sums - 1).abs() > ROUNDING,
        words.term("refusals.twice"): is_repeated,
    }
    refuse(changes, faults)
    return changes.assign(share=share, since=day.dt.date)


def _is_of_former_places(reports: pd.DataFrame, changes: pd.DataFrame) -> pd.Series:
    """Say which reports are of former places, and refuse a code that no list of its day has."""
    since = changes["since"].min()
    read = {key: read_period(key) for key in reports["period"].unique()}
    is_before = reports["period"].map({key: period.end < since for key, period in read.items()})
    is_after = reports["period"].map({key: period.start >= since for key, period in read.items()})
    is_old_code = reports["code"].isin(changes["code"])
    is_new_code = reports["code"].isin(changes["code_new"])
    is_of_other_list = is_after & is_old_code & ~is_new_code
    is_unlisted_before = is_before & ~is_old_code
    is_unlisted_after = is_after & ~is_new_code & ~is_of_other_list
    period_of_change = words.term("places_errors.period_of_change", since=since)
    faults = {
        period_of_change: ~(is_before | is_after),
        words.term("places_errors.old_code"): is_of_other_list,
        words.term("places_errors.not_listed"): is_unlisted_before | is_unlisted_after,
    }
    refuse(reports[["code", "period"]], faults)
    return is_before.astype(bool)

"""Turn running totals since January into what is new in each period."""

from __future__ import annotations

import pandas as pd

from .. import indicators, suppress, words
from ..periods import read_period
from ..refusals import refuse

_KEYS = ["code", "indicator", "period"]
_NUMBERS = ["count", "out_of"]


def turn_totals(reports: pd.DataFrame) -> pd.DataFrame:
    """
    Subtract from each running total the one before; two that are shown would give it away.

    The first period of a year stays as it is. Where the total before is missing, nobody knows what
    is new. What a count is out of is a running total, too, unless it is the residents.

    Parameters
    ----------
    reports
        As they came in: `code`, `period`, `indicator`, `count`, `out_of`.

    Returns
    -------
    reports
        The same rows. A total that is below the one before gives a negative number: see
        `require_rise`.
    """
    is_total = _are_totals(reports)
    totals = reports[is_total]
    if totals.empty:
        return reports
    numbers = totals[_NUMBERS].astype("float64")

    # the totals of the period before, of the same place and measure
    periods = totals["period"].map(read_period)
    keys = totals[_KEYS].assign(period=[period.later(-1).key for period in periods])
    by_key = totals[_KEYS].join(numbers).dropna().drop_duplicates(_KEYS).set_index(_KEYS)
    before = by_key.reindex(pd.MultiIndex.from_frame(keys)).set_axis(totals.index)
    is_first = [period.number == 1 for period in periods]
    before = before.mask(pd.Series(is_first, totals.index), 0)
    is_of_residents = totals["indicator"].map(suppress.has_public_out_of)
    before["out_of"] = before["out_of"].mask(is_of_residents, 0)

    new = numbers - before
    new = new.mask(new["out_of"] == 0)  # nothing came in, of which it could be a part
    turned = reports.astype(dict.fromkeys(_NUMBERS, "float64"))
    turned.loc[is_total, _NUMBERS] = new
    return turned


def require_rise(reports: pd.DataFrame) -> pd.DataFrame:
    """Refuse running totals that fall, or that are hidden; give back what is new in each period."""
    new = turn_totals(reports)
    is_share = reports["indicator"].isin(indicators.names(kind="share"))
    is_hidden_total = _are_totals(reports) & suppress.is_hidden(reports)
    falls = (new[_NUMBERS] < 0).any(axis=1)
    is_too_large = is_share & (new["count"] > new["out_of"])
    faults = {
        words.term("frames_errors.falls"): falls,
        words.term("frames_errors.rises"): is_too_large,
        words.term("frames_errors.hidden_total"): is_hidden_total,
    }
    refuse(reports[_KEYS], faults)
    return new


def _are_totals(reports: pd.DataFrame) -> pd.Series:
    """Say which rows are running totals."""
    return reports["indicator"].isin(indicators.names(over_time="since_january"))

"""Turn counts into shares, of communes, districts and the province."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import indicators, intake, places, suppress
from .errors import GROUP, around, dispersion, spread, standard_errors, t_quantile, wilson

if TYPE_CHECKING:
    from ..indicators import Indicator
    from ..places import Level

# An interval wider than this part of the share to either side says little about the place.
UNRELIABLE_ABOVE = 0.30


def uptake(reports: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """
    Compute the share of each commune, with an interval for chance variation.

    The counts of communes vary far more than a binomial allows. The interval is Wilson's with
    the commune's size divided by phi, the dispersion of the communes around the share of their
    district (Pearson X2 / df), and with t on the same df: never with binomial errors alone.

    Parameters
    ----------
    reports
        Reports of communes: `code`, `year`, `indicator`, `count`, `out_of`, `origin`.
    level
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    rates
        A copy with `share`, `share_low`, `share_high` (per unit of `out_of`), `phi` and `state`:
        `known`, `no data`, `suppressed` where the count is hidden, or `unreliable` where the
        interval is wider than 30 % of the share to either side. Same order.

    References
    ----------
    McCullagh, P., Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., 4.5.
    Wilson, E. B. (1927). JASA 22 (158), 209-212. https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> rates = uptake(intake.reports())
    >>> rates.loc[0, ["share", "share_low", "share_high"]].astype(float).round(3).tolist()
    [0.293, 0.137, 0.519]
    """
    table = _some(reports).reset_index(drop=True)
    table["share"] = table["count"] / table["out_of"]
    pieces = [dispersion(group) for _, group in table.groupby(GROUP, sort=False)]
    phi = pd.concat(pieces).reindex(table.index)
    low, high = wilson(table["share"], table["out_of"] / phi["phi"], phi["df"], level)
    # A ratio has no ceiling at 1, and Wilson's interval does; it is only used far below it.
    rates = with_state(table.assign(share_low=low, share_high=high, phi=phi["phi"]))
    return suppress.blank(rates, suppress.is_hidden(table)).drop(columns="pool", errors="ignore")


def to_districts(reports: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """
    Add communes up to districts, each share with an interval from the spread of its communes.

    The share is a ratio of two sums; its error is the linearised one over the communes, taken
    on the log odds so that the interval stays between 0 and 1 (on the log for a ratio), with
    t on communes - 1 df.

    Parameters
    ----------
    reports
        Reports of communes, as for `uptake`.
    level
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    rates
        One row for each district, year and indicator: `code`, `year`, `indicator`, `count`,
        `out_of`, `origin`, `communes`, `share`, `share_low`, `share_high`, `state`. A district
        with a commune that did not report has `no data`: a part is not the whole. One whose own
        sum is hidden is `suppressed`.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., 6.4 (the ratio estimator).

    Examples
    --------
    >>> rates = to_districts(intake.reports())
    >>> int(rates.loc[rates["indicator"] == "app_users", "count"].sum())  # of two years
    384060
    """
    return _add_up(reports, "district", level)


def to_province(reports: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """
    Add communes up to the province: as `to_districts`, with the districts as the units that
    vary, since communes of a district share what moves it.
    """
    return _add_up(reports, "province", level)


def pick(table: pd.DataFrame, *measures: Indicator) -> pd.DataFrame:
    """
    Pick the rows of each measure in its year; there being none is a mistake, not an answer.

    Raises
    ------
    LookupError
        If the table has no row of one of them.
    """
    rows: list[int] = []
    for one in measures:
        chosen = (table["indicator"] == one.name) & (table["year"] == one.year)
        if not chosen.any():
            msg = f"there is no row of {one.name} in {one.year}."
            raise LookupError(msg)
        rows += np.flatnonzero(chosen).tolist()
    return table.iloc[rows].reset_index(drop=True)


def _add_up(reports: pd.DataFrame, level: Level, confidence: float) -> pd.DataFrame:
    table = _some(reports).assign(code=places.parents(reports["code"], level))
    sums = summed(table, ["code", *GROUP])
    missing = sums["communes"] < sums["code"].map(places.commune_counts(level))
    sums[["count", "out_of"]] = sums[["count", "out_of"]].mask(missing)
    share = sums["count"] / sums["out_of"]

    pulls = spread(reports, level=level).groupby(["place", *GROUP])["pull"]
    keys = pd.MultiIndex.from_frame(sums[["code", *GROUP]])
    reach = t_quantile(confidence, pulls.size() - 1) * standard_errors(pulls)
    reach = reach.reindex(keys).set_axis(sums.index)
    ratio = sums["indicator"].map(indicators.kind) == "ratio"
    low, high = around(share, reach, on_log=ratio)
    rates = with_state(sums.assign(share=share, share_low=low, share_high=high))
    unknown = suppress.holds_part(table, of=table["code"]).reindex(keys)
    return suppress.blank(rates, unknown.set_axis(rates.index))


def summed(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Add reports up by keys: a part that did not report makes its sum unknown."""
    # By columns and not group by group: this is done for nearly every table and picture.
    intake.require_origins(intake.require_origin(table)["origin"])
    firm = table.assign(origin=table["origin"].map(intake.ORIGINS.index))
    groups = firm.groupby(keys, as_index=False)
    sums = groups[["count", "out_of"]].sum(skipna=False)
    worst = groups["origin"].max()["origin"].map(dict(enumerate(intake.ORIGINS)))
    return sums.assign(origin=worst.astype("str"), communes=groups.size()["size"])


def with_state(rates: pd.DataFrame) -> pd.DataFrame:
    """Say what is known of each share: it is missing, or its interval is wide, or neither."""
    half = np.maximum(rates["share_high"] - rates["share"], rates["share"] - rates["share_low"])
    reliable = half <= UNRELIABLE_ABOVE * rates["share"]
    state = np.where(rates["share"].isna(), "no data", np.where(reliable, "known", "unreliable"))
    first = [column for column in rates if column not in {"share_low", "share_high"}]
    at = first.index("share") + 1
    return rates.assign(state=state)[[*first[:at], "share_low", "share_high", *first[at:], "state"]]


def _some(reports: pd.DataFrame) -> pd.DataFrame:
    if reports.empty:
        msg = "there are no reports: the table has no row."
        raise LookupError(msg)
    return reports

"""Turn counts into shares, of communes, districts and the province."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import intake, places, suppress
from .counts import sound
from .errors import GROUP, dispersion
from .intervals import intervals

if TYPE_CHECKING:
    from ..indicators import Indicator
    from ..places import Level

# An interval wider than this part of the share to either side says little about the place.
UNRELIABLE_ABOVE = 0.30


def uptake(reports: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """
    Compute the share of each commune, with an interval for chance variation.

    The counts of communes vary far more than a binomial allows. The variance of a commune is that
    of chance of persons and what communes vary by beyond it around the share of their district
    (`rates.variance`), on the log odds (on the log for a ratio). Where districts have too few
    communes to tell, it is around the share of the province.

    Parameters
    ----------
    reports
        Reports of communes: `code`, `year`, `indicator`, `count`, `out_of`, `origin`.
    level
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    rates
        A copy with `share`, `share_low`, `share_high` (per unit of `out_of`), `phi` (dispersion
        of the communes: Pearson X2 / df, at least 1) and `state`: `known`, `no data`,
        `suppressed` where the count is hidden, or `unreliable` where the interval is wider than
        30 % of the share to either side, or there is none. Same order.

    Raises
    ------
    ValueError
        If a commune stands twice for one measure and year, or a number can be no count.

    Examples
    --------
    >>> rates = uptake(intake.reports())
    >>> rates.loc[0, ["share", "share_low", "share_high"]].astype(float).round(3).tolist()
    [0.293, 0.139, 0.515]
    """
    table = sound(reports).reset_index(drop=True)
    table["share"] = table["count"] / table["out_of"].where(table["out_of"] > 0)
    place = table["code"]
    ends = intervals(
        table.assign(place=place), table, of=place.to_numpy(), level="commune", confidence=level
    )
    rates = with_state(
        table.assign(share_low=ends["low"], share_high=ends["high"], phi=phis(table, table))
    )
    return suppress.blank(rates, suppress.is_hidden(table)).drop(columns="pool", errors="ignore")


def to_districts(reports: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """
    Add communes up to districts, each share with an interval from the spread of its communes.

    The share is a ratio of two sums; its variance is that of a weighted mean of communes which
    may be alike where they are near each other (`rates.variance`), taken on the log odds so that
    the interval stays between 0 and 1 (on the log for a ratio), with t. What all communes of a
    district share cannot be told from its level, and is not in the interval. Nor is that
    neighbours are alike, where the list of places does not say where communes lie.

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

    Raises
    ------
    ValueError
        If a commune stands twice for one measure and year, or a number can be no count.

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
    vary, since communes of a district share what moves it. Of one or two districts, communes are.
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
    parts = sound(reports)
    table = parts.assign(code=places.parents(parts["code"], level))
    sums = summed(table, ["code", *GROUP])
    missing = sums["communes"] < sums["code"].map(places.commune_counts(level))
    sums[["count", "out_of"]] = sums[["count", "out_of"]].mask(missing)
    sums["share"] = sums["count"] / sums["out_of"].where(sums["out_of"] > 0)
    ends = intervals(
        sums.assign(place=sums["code"]),
        parts,
        of=table["code"].to_numpy(),
        level=level,
        confidence=confidence,
    )
    rates = with_state(sums.assign(share_low=ends["low"], share_high=ends["high"]))
    unknown = suppress.holds_part(table, of=table["code"])
    keys = pd.MultiIndex.from_frame(sums[["code", *GROUP]])
    return suppress.blank(rates, unknown.reindex(keys).set_axis(rates.index))


def phis(sums: pd.DataFrame, reports: pd.DataFrame) -> pd.Series:
    """Give each row of sums the dispersion of the communes of its measure and year."""
    found = {keys: dispersion(rows)[0] for keys, rows in reports.groupby(GROUP)}
    keys = zip(*(sums[name] for name in GROUP), strict=True)
    return pd.Series([found[key] for key in keys], sums.index)


def summed(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Add reports up by keys: a part that did not report makes its sum unknown."""
    # By columns and not group by group: this is done for nearly every table and picture.
    intake.require_origins(intake.require_origin(table)["origin"])
    firm = table.assign(origin=table["origin"].map(intake.ORIGINS.index))
    # an empty row stands for a commune that sent nothing
    firm["told"] = table["count"].notna() | suppress.is_hidden(table)
    groups = firm.groupby(keys, as_index=False)
    sums = groups[["count", "out_of"]].sum(skipna=False)
    worst = groups["origin"].max()["origin"].map(dict(enumerate(intake.ORIGINS)))
    return sums.assign(origin=worst.astype("str"), communes=groups["told"].sum()["told"])


def with_state(rates: pd.DataFrame) -> pd.DataFrame:
    """Say what is known of each share: it is missing, or its interval is wide, or neither."""
    half = np.maximum(rates["share_high"] - rates["share"], rates["share"] - rates["share_low"])
    reliable = half <= UNRELIABLE_ABOVE * rates["share"]
    state = np.where(rates["share"].isna(), "no data", np.where(reliable, "known", "unreliable"))
    first = [column for column in rates if column not in {"share_low", "share_high"}]
    at = first.index("share") + 1
    return rates.assign(state=state)[[*first[:at], "share_low", "share_high", *first[at:], "state"]]

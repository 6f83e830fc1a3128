"""Turn counts into rates with errors that hold, and teams into density."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from . import indicators, intake, places

if TYPE_CHECKING:
    from .places import Level

GROUP = ["year", "indicator"]
# An interval wider than this part of the share to either side says little about the place.
UNRELIABLE_ABOVE = 0.30

_SUMMED = {
    "count": ("count", lambda counts: counts.sum(skipna=False)),
    "out_of": ("out_of", lambda counts: counts.sum(skipna=False)),
    "origin": ("origin", intake.worst_origin),
    "communes": ("count", "size"),
}


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
        `known`, `no data`, or `unreliable` where the interval is wider than 30 % of the share to
        either side. Same order.

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
    table = reports.reset_index(drop=True)
    table["share"] = table["count"] / table["out_of"]
    pieces = [_with_phi(group) for _, group in table.groupby(GROUP, sort=False)]
    phi = pd.concat(pieces).reindex(table.index)
    low, high = _wilson(table["share"], table["out_of"] / phi["phi"], phi["df"], level)
    # A ratio has no ceiling at 1, and Wilson's interval does; it is only used far below it.
    return _with_state(table.assign(share_low=low, share_high=high, phi=phi["phi"]))


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
        with a commune that did not report has `no data`: a part is not the whole.

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


def spread(reports: pd.DataFrame, *, level: Level) -> pd.DataFrame:
    """
    Measure how far the parts of each place lie from its share: the linearised error of a ratio.

    Parameters
    ----------
    reports
        Reports of communes.
    level
        `"district"`: its communes are the parts. `"province"`: the districts are.

    Returns
    -------
    parts
        One row for each part, year and indicator: `place` (what it is a part of), `part`, `year`,
        `indicator`, and `pull`, its (count - share * out_of) divided by the place's `out_of`.
        Pulls of a place add up to 0.
    """
    table = reports.assign(
        place=places.parents(reports["code"], level),
        part=reports["code"]
        if level == "district"
        else places.parents(reports["code"], "district"),
    )
    keys = ["place", "part", *GROUP]
    parts = table.groupby(keys, as_index=False)[["count", "out_of"]].sum(min_count=1)
    sums = parts.groupby(["place", *GROUP])[["count", "out_of"]].transform("sum")
    share = sums["count"] / sums["out_of"]
    parts["pull"] = (parts["count"] - share * parts["out_of"]) / sums["out_of"]
    return parts[[*keys, "pull"]]


def standard_error(pulls: pd.Series) -> float:
    """Turn the pulls of the parts of one place into the standard error of its share."""
    parts = len(pulls)
    return float(np.sqrt(parts / (parts - 1) * (pulls**2).sum())) if parts > 1 else np.nan


def pick(table: pd.DataFrame, indicator: indicators.Indicator) -> pd.DataFrame:
    """
    Pick the rows of one measure in one year; there being none is a mistake, not an answer.

    Raises
    ------
    LookupError
        If the table has no such row.
    """
    chosen = (table["indicator"] == indicator.name) & (table["year"] == indicator.year)
    if not chosen.any():
        msg = f"there is no row of {indicator.name} in {indicator.year}."
        raise LookupError(msg)
    return table[chosen].reset_index(drop=True)


def density(teams: pd.DataFrame, *, level: Level = "commune") -> pd.DataFrame:
    """
    Compute how dense the teams are, per resident and household of the census of 2019.

    Parameters
    ----------
    teams
        Teams of communes: `code`, `year`, `teams`, `members`, `origin`.
    level
        `"commune"`, `"district"` or `"province"`: what to add up to first.

    Returns
    -------
    density
        One row for each place and year: `code`, `year`, `teams`, `members`, `origin`,
        `population`, `households`, `members_per_1000` (residents),
        `teams_per_1000_households`, `members_per_team`. A place with a commune that did not
        report has none of these numbers: a part is not the whole.

    Examples
    --------
    >>> row = density(intake.teams(), level="province").iloc[0]
    >>> row[["members_per_1000", "teams_per_1000_households"]].astype(float).round(2).tolist()
    [5.36, 2.6]
    """
    people = places.communes()[["population", "households"]]
    table = teams.join(people, on="code")
    if level != "commune":
        table["code"] = places.parents(table["code"], level)
        sums = {
            name: (name, lambda counts: counts.sum(skipna=False))
            for name in ("teams", "members", "population", "households")
        }
        table = table.groupby(["code", "year"], as_index=False).agg(
            **sums, origin=("origin", intake.worst_origin), communes=("teams", "size")
        )
        missing = table.pop("communes") < table["code"].map(_communes(level))
        table[list(sums)] = table[list(sums)].mask(missing)
    return table.assign(
        members_per_1000=1000 * table["members"] / table["population"],
        teams_per_1000_households=1000 * table["teams"] / table["households"],
        members_per_team=table["members"] / table["teams"],
    )


def distinct_users(reports: pd.DataFrame) -> pd.DataFrame:
    """
    Bound how many different people use at least one platform.

    Counts of several platforms count some people more than once, nobody knows whom. At least
    the largest count are different people; at most all counts together, and never more than
    the residents. The bounds of a larger place are the sums over its communes, which are
    tighter than bounds from its totals.

    Parameters
    ----------
    reports
        Reports of communes, or of any one level. Only measures of users out of residents enter.

    Returns
    -------
    bounds
        One row for each place and year: `code`, `year`, `users_low`, `users_high`, `out_of`
        (residents), `platforms` (how many counts), `origin`.

    Examples
    --------
    >>> distinct_users(intake.published_counts())[["users_low", "users_high"]].iloc[0].tolist()
    [173000, 376490]
    """
    chosen = [name for name in indicators.names() if _counts_users(name)]
    table = reports[reports["indicator"].isin(chosen)]
    found = table.groupby(["code", "year"], as_index=False).agg(
        users_low=("count", "max"),
        # A platform that did not report may have reached everybody: then only residents bound it.
        users_high=("count", lambda counts: counts.sum(skipna=False)),
        out_of=("out_of", "first"),
        platforms=("indicator", "size"),
        origin=("origin", intake.worst_origin),
    )
    return found.assign(users_high=found[["users_high", "out_of"]].min(axis=1))


def _add_up(reports: pd.DataFrame, level: Level, confidence: float) -> pd.DataFrame:
    from scipy import stats

    table = reports.assign(code=places.parents(reports["code"], level))
    sums = table.groupby(["code", *GROUP], as_index=False).agg(**_SUMMED)
    missing = sums["communes"] < sums["code"].map(_communes(level))
    sums[["count", "out_of"]] = sums[["count", "out_of"]].mask(missing)
    share = sums["count"] / sums["out_of"]

    pulls = spread(reports, level=level).groupby(["place", *GROUP])["pull"]
    errors = pulls.agg([standard_error, "size"]).reindex(
        pd.MultiIndex.from_frame(sums[["code", *GROUP]])
    )
    error, df = errors["standard_error"].to_numpy(), errors["size"].to_numpy() - 1
    ratio = sums["indicator"].map(_kind) == "ratio"
    reach = pd.Series(stats.t.ppf((1 + confidence) / 2, df) * error, index=sums.index)
    low, high = _around(share, reach, on_log=ratio)
    return _with_state(sums.assign(share=share, share_low=low, share_high=high))


def _communes(level: Level) -> pd.Series:
    """Count the communes of each place, to notice one that did not report."""
    return places.parents(places.communes().index.to_series(), level).value_counts()


def _around(
    share: pd.Series, reach: pd.Series, *, on_log: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """Lay an interval around a share on the scale of its log odds, or of its log."""
    from scipy.special import expit, logit

    inside = share.where((share > 0) & ((share < 1) | on_log))
    logs = np.log(inside)
    step = reach / inside
    odds = logit(inside.where(inside < 1))
    odds_step = reach / (inside * (1 - inside))
    low = np.exp(logs - step).where(on_log, expit(odds - odds_step))
    high = np.exp(logs + step).where(on_log, expit(odds + odds_step))
    return low, high


def _wilson(
    share: pd.Series, size: pd.Series, df: pd.Series, level: float
) -> tuple[pd.Series, pd.Series]:
    from scipy import stats

    t2 = stats.t.ppf((1 + level) / 2, df) ** 2
    middle = (share + t2 / (2 * size)) / (1 + t2 / size)
    half = np.sqrt(t2 * (share * (1 - share) / size + t2 / (4 * size**2))) / (1 + t2 / size)
    return (middle - half).clip(lower=0), (middle + half).clip(upper=1)


def _with_phi(group: pd.DataFrame) -> pd.DataFrame:
    """Dispersion of communes around the share of their district, for one measure and year."""
    known = group.dropna(subset=["count", "out_of"])
    district = places.parents(known["code"], "district")
    sums = known.groupby(district)[["count", "out_of"]].transform("sum")
    share = sums["count"] / sums["out_of"]
    variance = known["out_of"] * share * (1 - share)
    squares = ((known["count"] - share * known["out_of"]) ** 2 / variance).where(variance > 0, 0.0)
    df = len(known) - district.nunique()
    # Less than binomial variation is luck, not knowledge.
    phi = max(squares.sum() / df, 1.0) if df > 0 else np.nan
    return pd.DataFrame({"phi": phi, "df": max(df, 1)}, index=group.index)


def _with_state(rates: pd.DataFrame) -> pd.DataFrame:
    half = np.maximum(rates["share_high"] - rates["share"], rates["share"] - rates["share_low"])
    reliable = half <= UNRELIABLE_ABOVE * rates["share"]
    state = np.where(rates["share"].isna(), "no data", np.where(reliable, "known", "unreliable"))
    first = [column for column in rates if column not in {"share_low", "share_high"}]
    at = first.index("share") + 1
    return rates.assign(state=state)[[*first[:at], "share_low", "share_high", *first[at:], "state"]]


def _kind(name: str) -> Literal["share", "ratio"]:
    return indicators.get(name, year=indicators.years(name)[0]).kind


def _counts_users(name: str) -> bool:
    return indicators.get(name, year=indicators.years(name)[0]).users

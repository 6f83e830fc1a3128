"""Turn counts into shares, and teams into density, of communes and what they add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import frames, indicators, places, study, suppress
from ..suppress.hide import is_part, public
from .errors import GROUP, intervals, phis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..indicators import Indicator
    from ..places import Level


KEYS = ["code", "year", "indicator"]
_SHOWN = 200


def sound(reports: pd.DataFrame) -> pd.DataFrame:
    """
    Stop where a place stands twice for one measure and year, or a number can be no count.

    Parameters
    ----------
    reports
        `code`, `year`, `indicator`, `count`, `out_of`; a number that is missing is NaN.

    Returns
    -------
    reports
        The same.

    Raises
    ------
    LookupError
        If there is no row, or a measure is not in the catalogue.
    ValueError
        With every row that is wrong, and without its count: messages are kept.
    """
    if reports.empty:
        msg = "there are no reports: the table has no row."
        raise LookupError(msg)
    once(reports, KEYS)
    count, out_of = (reports[name].to_numpy(dtype=float) for name in ("count", "out_of"))
    kind = {one: indicators.kind(one) for one in set(reports["indicator"])}
    kinds = reports["indicator"].map(kind).to_numpy()
    wrong = {
        "the count is negative": count < 0,
        "the count is infinite": np.isinf(count),
        "what it is out of is negative": out_of < 0,
        "what it is out of is infinite": np.isinf(out_of),
        "counted out of nothing": (count > 0) & (out_of == 0) & ~np.isinf(count),
        "more than what it is a part of": (count > out_of)
        & (out_of > 0)
        & (kinds == "share")
        & ~np.isinf(count),
    }
    at = {text: np.flatnonzero(rows) for text, rows in wrong.items()}
    if sum(map(len, at.values())):
        rows = [
            f"  {_named(reports.iloc[row], KEYS)}: {text}"
            for text, found in at.items()
            for row in found
        ]
        msg = _list(rows, f"numbers of {len(reports)} rows can be no counts")
        msg += "\nCorrect the reports; leave empty what is not known."
        raise ValueError(msg)
    return reports


def once(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """
    Stop where a place stands twice in a table: nobody knows which row is right.

    Raises
    ------
    ValueError
        With every such place.
    """
    twice = table.duplicated(keys, keep=False)
    if twice.any():
        found = table.loc[twice, keys].value_counts(sort=False).reset_index(name="rows")
        rows = [f"  {_named(row, keys)}: {row['rows']} rows" for _, row in found.iterrows()]
        msg = _list(rows, "places stand more than once")
        msg += "\nOne row a place is expected, and nothing is added up: keep the right one."
        raise ValueError(msg)
    return table


def _named(row: pd.Series, keys: list[str]) -> str:
    return ", ".join(str(row[key]) for key in keys)


def _list(rows: list[str], head: str) -> str:
    more = [f"  and {len(rows) - _SHOWN} more"] if len(rows) > _SHOWN else []
    return "\n".join([f"{len(rows)} {head}:", *rows[:_SHOWN], *more])


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
    >>> rates = uptake(frames.reports())
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
    >>> rates = to_districts(frames.reports())
    >>> int(rates.loc[rates["indicator"] == "app_users", "count"].sum())  # of two years
    384060
    """
    return _to_level(reports, "district", level)


def to_province(reports: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """
    Add communes up to the province: as `to_districts`, with the districts as the units that
    vary, since communes of a district share what moves it. Of one or two districts, communes are.
    """
    return _to_level(reports, "province", level)


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


def _to_level(reports: pd.DataFrame, level: Level, confidence: float) -> pd.DataFrame:
    table = sound(reports)
    parts = table.assign(code=places.parents(table["code"], level))
    sums = summed(parts, "code", places.commune_counts(level))
    return _with_intervals(sums, table, of=parts["code"], level=level, confidence=confidence)


def known(reports: pd.DataFrame, *, by: Level) -> pd.DataFrame:
    """Compute shares of a level without intervals, which cost most: `code`, `share`, `state`."""
    table = sound(reports)
    if by == "commune":
        share = table["count"] / table["out_of"].where(table["out_of"] > 0)
        sums = table.assign(share=share, hidden=suppress.is_hidden(table))
    else:
        parts = table.assign(code=places.parents(table["code"], by))
        sums = summed(parts, "code", places.commune_counts(by))
    state = np.where(sums["share"].isna(), "no data", "known")
    return suppress.blank(sums.assign(state=state), sums["hidden"])[["code", "share", "state"]]


def _with_intervals(
    sums: pd.DataFrame, reports: pd.DataFrame, *, of: pd.Series, level: Level, confidence: float
) -> pd.DataFrame:
    """Lay intervals around the shares of `summed`, each of a place that reports are part `of`."""
    asked = sums.assign(place=sums[of.name])
    ends = intervals(asked, reports, of=of.to_numpy(), level=level, confidence=confidence)
    rates = with_state(sums.assign(share_low=ends["low"], share_high=ends["high"]))
    return suppress.blank(rates.drop(columns="hidden"), rates["hidden"])


def summed(table: pd.DataFrame, key: str, whole: pd.Series) -> pd.DataFrame:
    """
    Add reports up by the `key` of the `whole` communes of each: a part that did not report makes
    its sum unknown, and one that is hidden with another's makes it `hidden`.
    """
    # By columns and not group by group: this is done for nearly every table and picture.
    frames.require_origins(frames.require_origin(table)["origin"])
    groups = table.groupby([key, *GROUP], as_index=False)
    sums = groups[["count", "out_of"]].sum(skipna=False)
    number, worst = groups.ngroup().to_numpy(), np.zeros(len(sums), dtype=int)
    # an empty row stands for a commune that sent nothing
    sent = suppress.is_reported(table)
    communes = np.bincount(number, sent, len(sums)).astype(int)
    hidden = np.bincount(number, is_part(table, of=table[key]), len(sums)) > 0
    np.maximum.at(worst, number, pd.Index(frames.ORIGINS).get_indexer(pd.Index(table["origin"])))
    missing = communes < sums[key].map(whole)
    if missing.any():
        sums[["count", "out_of"]] = sums[["count", "out_of"]].mask(missing)
    return sums.assign(
        origin=np.array(frames.ORIGINS)[worst],
        communes=communes,
        share=sums["count"] / sums["out_of"].where(sums["out_of"] > 0),
        hidden=hidden,
    )


def with_state(rates: pd.DataFrame) -> pd.DataFrame:
    """Say what is known of each share: it is missing, or its interval is wide, or neither."""
    rates = rates.assign(state=state(rates, "share"))
    first = [column for column in rates if column not in {"share_low", "share_high"}]
    at = first.index("share") + 1
    return rates[[*first[:at], "share_low", "share_high", *first[at:]]]


def state(rates: pd.DataFrame, column: str) -> NDArray[np.str_]:
    """Say what is known of each number of a column, by its own interval (`_low`, `_high`)."""
    names = (f"{column}_low", column, f"{column}_high")
    low, share, high = (rates[name].to_numpy(dtype=float) for name in names)
    reliable = np.maximum(high - share, share - low) <= UNRELIABLE_ABOVE * share
    return np.where(np.isnan(share), "no data", np.where(reliable, "known", "unreliable"))


SUMS = {
    name: (name, lambda counts: counts.sum(skipna=False))
    for name in ("teams", "members", "population", "households")
}
"""What adds up; a part that is missing leaves the sum missing."""


def density(teams: pd.DataFrame, *, level: Level = "commune") -> pd.DataFrame:
    """
    Compute how dense the teams are, per resident and household (see `frames.residents`).

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
        `population`, `households`, `members_per_1000` (residents; 10,000 if the study says so),
        `teams_per_1000_households`, `members_per_team`. A place with a commune that did not
        report has none of these numbers: a part is not the whole.

    Examples
    --------
    >>> row = density(frames.teams(), level="province").iloc[0]
    >>> row[["members_per_1000", "teams_per_1000_households"]].astype(float).round(2).tolist()
    [5.36, 2.6]
    """
    people = frames.residents(once(teams, ["code", "year"]))[["population", "households"]]
    table = teams.join(people)
    if level != "commune":
        table["code"] = places.parents(table["code"], level)
        table = _summed_teams(table, "code", places.commune_counts(level))
    return per_head(table)


def _summed_teams(teams: pd.DataFrame, key: str, whole: pd.Series) -> pd.DataFrame:
    table = teams.groupby([key, "year"], as_index=False).agg(
        **SUMS, origin=("origin", frames.worst_origin), communes=("teams", "size")
    )
    missing = table.pop("communes") < table[key].map(whole)
    table[list(SUMS)] = table[list(SUMS)].mask(missing)
    return table


def per_head(table: pd.DataFrame) -> pd.DataFrame:
    """Divide teams and members by residents, households and each other."""
    found = study.current()
    return table.assign(
        **{found.density: found.per * table["members"] / table["population"]},
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
        (residents), `platforms` (how many counts), `origin`; and `approximate`, if the reports have
        a `qualifier`: whether one of the counts was printed as "nearly" or "over".

    Examples
    --------
    >>> distinct_users(frames.published_counts())[["users_low", "users_high"]].iloc[0].tolist()
    [173000, 376490]
    """
    chosen = [name for name in indicators.names() if indicators.counts_users(name)]
    table = once(reports[reports["indicator"].isin(chosen)], KEYS)
    # A count that is hidden may be any: it lifts no lower bound, and only residents bound it.
    hidden = suppress.is_hidden(table)
    table = table.assign(least=table["count"].mask(hidden, 0), count=table["count"].mask(hidden))
    printed = "qualifier" in table
    rough = {"approximate": ("qualifier", lambda told: (told != "exact").any())} if printed else {}
    found = table.groupby(["code", "year"], as_index=False).agg(
        users_low=("least", "max"),
        # A platform that did not report may have reached everybody: then only residents bound it.
        users_high=("count", lambda counts: counts.sum(skipna=False)),
        out_of=("out_of", "first"),
        platforms=("indicator", "size"),
        origin=("origin", frames.worst_origin),
        **rough,
    )
    return found.assign(users_high=found[["users_high", "out_of"]].min(axis=1))


KEY = places.CODE_2025


def uptake_2025(reports: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """
    Add the reports of communes up to the communes that they became on 1 July 2025.

    The interval is that of a mean of the communes that reported, each varying around the share
    of its district as in `to_districts`: two or three parts alone do not say how much.

    Parameters
    ----------
    reports
        Reports of communes, as for `uptake`.
    level
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    rates
        One row for each commune since 2025, year and indicator: `code_2025`, `year`, `indicator`,
        `count`, `out_of`, `origin`, `communes`, `share`, `share_low`, `share_high`, `phi`,
        `approximate` (whether it is out of residents that are an estimate in part), `state`. One
        with a part that did not report has `no data`; one with a part of what is hidden together
        is `suppressed`.

    Raises
    ------
    LookupError
        If a code is no commune's before 1 July 2025, or became a part of several.

    Examples
    --------
    >>> rates = uptake_2025(frames.reports())
    >>> int(rates.loc[rates["indicator"] == "app_users", "count"].sum())  # of two years
    384060
    """
    land = places.communes_2025()
    table = sound(reports).assign(**{KEY: places.translate(reports["code"])})
    sums = summed(table, KEY, land["communes"])
    rates = _with_intervals(sums, reports, of=table[KEY], level="commune", confidence=level)
    of_residents = rates["indicator"].map(public)
    approximate = rates[KEY].map(land["approximate"]) & of_residents
    state = rates.pop("state")
    return rates.assign(phi=phis(rates, reports), approximate=approximate, state=state)


def density_2025(teams: pd.DataFrame) -> pd.DataFrame:
    """
    Compute how dense the teams are in the communes since 1 July 2025.

    Parameters
    ----------
    teams
        Teams of communes, as for `density`.

    Returns
    -------
    density
        As of `density`, with `code_2025` in place of `code`, and `approximate`.
    """
    table, land = density(teams), places.communes_2025()
    table = table.assign(**{KEY: places.translate(table["code"])})
    made = per_head(_summed_teams(table, KEY, land["communes"]))
    return made.assign(approximate=made[KEY].map(land["approximate"]))

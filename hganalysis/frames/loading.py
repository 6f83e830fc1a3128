"""Read the reports, teams and published figures of the study in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, places, study, suppress, words
from ..periods import read_column
from ..refusals import require_unique
from .requirements import add_missing_communes, require_reports, require_teams

if TYPE_CHECKING:
    from ..indicators import Indicator
    from ..study import Study


PUBLISHED, PRESS = "published/published.csv", "published/press.csv"
TEAMS = "reports/teams.csv"


def reports() -> pd.DataFrame:
    """
    Read what each commune reported: your own reports, if any, else the simulated province.

    A commune that sent nothing has a row without numbers wherever another commune reported. Small
    counts are hidden before anything is computed from them: see `suppress.hide_counts`.

    Returns
    -------
    reports
        One row for each commune, period and measure:

        - `code`, `period`, `indicator`;
        - `count`, `out_of`: in the units of the catalogue;
        - `origin`;
        - `shared`, where a former place was divided: whether a count is estimated from a share of
          its people.

    Raises
    ------
    LookupError
        If there is a list of places of your own and no reports of theirs.

    Examples
    --------
    >>> ward = reports().query("code == '31318' and period == 2023")
    >>> ward[["indicator", "count"]].values.tolist()
    [['app_users', 2207], ['files_online', 1550]]
    """
    in_use = study.current()
    file = study.REPORTS if study.REPORTS in in_use.cards else "demo/reports.csv"
    in_use.path(file)  # one that was changed since it was read is refused
    return _reports(in_use, file, suppress.threshold()).copy()


@study.once_each  # every figure and table asks for them
def _reports(in_use: Study, file: str, _threshold: int) -> pd.DataFrame:
    hidden = hide_small(require_reports(_read_table(in_use, file)), of=in_use)
    if study.BEFORE not in in_use.cards:
        return hidden
    return _join_former(_read_former(in_use), hidden)


def hide_small(sent: pd.DataFrame, *, of: Study) -> pd.DataFrame:
    """
    Add a row for each commune of a study that sent nothing, and hide small counts.

    A stock only grows, so a later count is the most that a hidden former one may be. A
    place whose former stock is hidden has its later one hidden, too.
    """
    table = add_missing_communes(sent, each=["period", "indicator"])
    if study.BEFORE not in of.cards:
        return suppress.hide_counts(table)
    former = _read_former(of)
    is_stock = former["indicator"].map(indicators.over_time) == "stock"
    hidden = former[suppress.is_hidden(former) & is_stock]
    of_one_place = ["code", "indicator"]
    pairs = pd.MultiIndex.from_frame(hidden[of_one_place])
    pairs_of_table = pd.MultiIndex.from_frame(table[of_one_place])
    tells = pairs_of_table.isin(pairs)
    return suppress.hide_counts(table, also=pd.Series(tells, table.index))


def _read_former(in_use: Study) -> pd.DataFrame:
    return _read_table(in_use, study.BEFORE).fillna({"pool": ""})


def _join_former(former: pd.DataFrame, hidden: pd.DataFrame) -> pd.DataFrame:
    """Put the reports of former places before those of the study."""
    table = pd.concat([former, hidden], ignore_index=True)
    advice = words.term("frames_errors.former_period")
    require_unique(table, ["code", "period", "indicator"], advice)
    table = table.fillna({"pool": "", "shared": False}).astype({"shared": bool})
    return table if table["shared"].any() else table.drop(columns="shared")


def teams() -> pd.DataFrame:
    """
    Read the community digital technology teams of each commune: your own, else simulated ones.

    A commune that sent nothing has a row without numbers in each period that has teams. There is no
    row if your own reports name no team.

    Returns
    -------
    teams
        One row for each commune and period: `code`, `period`, `teams`, `members` (persons) and
        `origin`.

    Examples
    --------
    >>> teams().head(1)[["code", "period", "teams", "members"]].to_dict("records")
    [{'code': '31318', 'period': 2022, 'teams': 4, 'members': 27}]
    """
    in_use = study.current()
    file = TEAMS if study.REPORTS in in_use.cards else "demo/teams.csv"
    table = require_teams(_read_table(in_use, file))
    return add_missing_communes(table, each=["period"])


def residents(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Count the residents and households of communes: as reported for the period, else by the list.

    A commune that reported only one of the two has the other from the list.

    Parameters
    ----------
    rows
        Any frame with the `code` of a commune and a `period` in each row. Without a period, all
        numbers are from the list.

    Returns
    -------
    residents
        The same index in the same order:

        - `population`: persons;
        - `households`;
        - `listed`: whether the population is from the list.

    Examples
    --------
    >>> residents(pd.DataFrame({"code": ["31318"], "period": [2023]})).to_dict("records")
    [{'population': 5628, 'households': 1640, 'listed': True}]
    """
    columns = ["population", "households"]
    in_use = study.current()
    units = places.list_units(in_use)[columns]
    listed = units.reindex(rows["code"]).set_index(rows.index)
    if study.RESIDENTS not in in_use.cards or "period" not in rows:
        return listed.assign(listed=True)
    keys = ["code", "period"]
    reported = read_column(_read_table(in_use, study.RESIDENTS)).set_index(keys)
    reported = reported[reported["origin"] == "reported"]
    reported = reported.reindex(pd.MultiIndex.from_frame(rows[keys])).set_index(rows.index)
    numbers = reported[columns].fillna(listed)
    return numbers.assign(listed=reported["population"].isna())


def planted_coefficient(indicator: Indicator) -> float | None:
    """
    Give the log rate ratio for one more member per 1,000 that was planted in the simulation.

    Parameters
    ----------
    indicator
        The measure that is explained.

    Returns
    -------
    coefficient
        None where the data in use are no simulation of this package, or nothing was planted.
    """
    in_use = study.current()
    if "demo/truth.csv" not in in_use.cards:
        return None
    table = _read_table(in_use, "demo/truth.csv")
    truth = table.set_index("name")["value"].astype(float)
    for_one_sd = truth.get(f"{indicator.name}_per_sd")
    if for_one_sd is None:
        return None
    return float(for_one_sd / truth["density_sd"])


def published() -> pd.DataFrame:
    """
    Read every published figure that was found, as it was printed.

    There is no row where the places are your own.

    Returns
    -------
    published
        - `indicator`, `unit_code`, `period`, `as_of`;
        - `value`: a number, missing for the two dates;
        - `qualifier`: `exact`, `over` or `nearly`;
        - `unit`, `publisher`, `published`, `url`, `note`;
        - `origin`: `published`.

    Examples
    --------
    >>> list(published().columns[:4])
    ['indicator', 'unit_code', 'period', 'as_of']
    """
    in_use = study.current()
    if PUBLISHED not in in_use.cards:  # of another province: nothing was collected
        columns = "indicator unit_code period as_of value qualifier unit publisher published url"
        return pd.DataFrame(columns=[*columns.split(), "note", "origin"])
    table = _read_table(in_use, PUBLISHED)
    return table.assign(value=pd.to_numeric(table["value"], errors="coerce"), origin="published")


def printed(subject: str) -> pd.DataFrame:
    """
    Read what was printed on a subject, and what it can carry, as texts in the language in use.

    Parameters
    ----------
    subject
        - `"province"`: every published figure;
        - `"found"`: how many figures there are, and of what there is none;
        - `"total"`: why the total of the campaign counts no people, and what it is made of;
        - `"contested"`: figures that sources print differently, for one and the same thing;
        - `"readings"`: the two readings of one published pair of periods;
        - `"elsewhere"`: figures of other provinces and of the country.

    Returns
    -------
    printed
        One row for each figure or reading, under heads for `hg.table`. Numbers, units, addresses
        and notes are in `data/published/press.csv`.

    Raises
    ------
    LookupError
        If nothing was printed on the subject, or the places are your own.

    Examples
    --------
    >>> printed("total").columns.tolist()
    ['Số liệu đã công bố', 'Đơn vị', 'Kỳ', 'Giá trị', 'Nơi công bố']
    """
    table = pd.read_csv(study.current().path(PRESS), dtype="str", keep_default_na=False)
    rows = table[table["subject"] == subject]
    if rows.empty:
        subjects = ", ".join(table["subject"].unique())
        msg = words.term(
            "frames_errors.not_printed",
            subject=subject,
            subjects=subjects,
        )
        raise LookupError(msg)
    names = ("figure", "place", "period", "value", "source")
    heads = {words.column(name): words.term(f"published.{name}") for name in names}
    return rows[[*heads]].rename(columns=heads)


def coverage() -> pd.DataFrame:
    """
    Read how often intervals held the truth in simulation: one row for each scenario and method.

    Returns
    -------
    coverage
        - `scenario`, `method`, `replications`;
        - `estimated`: how many of the replications were not refused;
        - `coverage`: from 0 to 1; of Moran's I, how often it found what is not there;
        - `median_width`, `seed`, `date`.
    """
    return read_file("benchmarks/coverage.csv")


def read_file(file: str) -> pd.DataFrame:
    """Read a data file of the study in use; its codes are texts."""
    return _read_table(study.current(), file)


def _read_table(in_use: Study, file: str) -> pd.DataFrame:
    texts = {"code": "str", "unit_code": "str", "pool": "str"}
    return pd.read_csv(in_use.path(file), dtype=texts)

"""Say what a frame of reports or teams must be."""

from __future__ import annotations

import pandas as pd

from .. import indicators, places, suppress, words
from ..origins import ORIGINS, require_origins, worst_origin
from ..periods import order_periods, read_column
from ..refusals import refuse, require_columns
from ..suppress.splits import find_faults

REPORT_COLUMNS = ["code", "period", "indicator", "count", "out_of", "origin"]
"""The columns of reports; where small counts are hidden, `pool` follows."""

TEAM_COLUMNS = ["code", "period", "teams", "members", "origin"]

KINDS = ("share", "ratio")
"""Whether counts are part of what they are out of, or acts, which may be more."""


def require_provenance(
    rows: pd.DataFrame, what: str, *, origin: str | None, source: str | None
) -> pd.DataFrame:
    """
    Refuse numbers of `what` without their origin, or without the source: who counted them.

    Returns
    -------
    rows
        With the column `origin`.

    Raises
    ------
    ValueError
        If one of them is missing, or the origin is none of `ORIGINS`; if simulated rows are given
        as of another origin.
    """
    if origin is None and "origin" not in rows:
        origins = ", ".join(ORIGINS)
        msg = words.term(
            "frames_errors.no_origin",
            column=what,
            origins=origins,
        )
        raise ValueError(msg)
    if rows.empty:
        msg = words.term("frames_errors.empty", column=what)
        raise ValueError(msg)
    if not source:
        msg = words.term(
            "frames_errors.no_source",
            column=what,
            rows=len(rows),
        )
        raise ValueError(msg)
    if origin is not None:
        if "origin" in rows and origin != "simulated":
            _refuse_simulated(rows, what, origin)
        rows = rows.assign(origin=origin)
    require_origins(rows.loc[rows[what].notna(), "origin"])
    return rows


def _refuse_simulated(rows: pd.DataFrame, what: str, origin: str) -> None:
    """Refuse to call rows of another origin that say themselves that they are simulated."""
    n_simulated = rows["origin"].eq("simulated").sum()
    if n_simulated:
        blanks = {"column": what, "origin": origin, "number": n_simulated, "rows": len(rows)}
        msg = words.term("frames_errors.simulated", **blanks)
        raise ValueError(msg)


def require_reports(table: pd.DataFrame) -> pd.DataFrame:
    """
    Refuse rows that are no reports: of an unknown commune or measure, or with impossible counts.

    A hidden count (`pool` of `suppress.hide_counts`) has the rate of several communes. It need not
    be a whole number.

    Raises
    ------
    ValueError
        With the rows that are wrong, and what was expected of them.

    Examples
    --------
    >>> import hganalysis as hg
    >>> reports = hg.frames.reports()
    >>> len(require_reports(reports)) == len(reports)
    True
    >>> try:
    ...     require_reports(reports.assign(count=-1))
    ... except ValueError:
    ...     print("no count is below 0")
    no count is below 0
    """
    table = read_column(table)
    require_columns(table, REPORT_COLUMNS)
    names = indicators.names()
    catalogue = {(name, period) for name in names for period in indicators.periods(name)}
    measure_and_period = pd.MultiIndex.from_frame(table[["indicator", "period"]])
    is_unlisted = pd.Series(~measure_and_period.isin(catalogue))
    is_share = table["indicator"].isin(indicators.names(kind="share"))
    # hidden rows have the rate of their pool, and need no whole number
    no_pool = pd.Series("", index=table.index)
    pool = table.get("pool", no_pool).fillna("")
    is_hidden = pool != ""
    province = str(places.province()["code"])
    pools = {suppress.ALONE, province, *places.compared().index}
    is_no_pool = is_hidden & ~pool.isin(pools)
    count = _numbers(table["count"])
    out_of = _numbers(table["out_of"])
    may_be_count = _is_whole(table["count"]) | is_hidden
    is_no_count = (count < 0) | ~may_be_count
    may_be_out_of = _is_whole(table["out_of"]) | is_hidden
    # a group of people may be nobody in a place; and a source may publish that nothing was due
    measures_of_nothing = [*filter(indicators.may_be_of_nothing, names)]
    is_published = table["origin"] == "published"
    may_be_nothing = table["indicator"].isin(measures_of_nothing) | is_published
    is_nothing = (out_of == 0) & ~(count > 0) & may_be_nothing
    is_out_of_nothing = (out_of <= 0) & ~is_nothing
    is_no_out_of = is_out_of_nothing | ~may_be_out_of
    is_too_large = is_share & (count > out_of)
    unlisted = words.term("frames_errors.unlisted")
    faults = {
        **_common_faults(table, ["code", "period", "indicator"]),
        unlisted: is_unlisted,
        words.term("frames_errors.count"): is_no_count,
        words.term("frames_errors.out_of"): is_no_out_of,
        words.term("frames_errors.pool"): is_no_pool,
        words.term("frames_errors.too_large"): is_too_large,
        **find_faults(table),
    }
    # of an unknown measure or period, say which there are
    first, *_, last = order_periods(period for _, period in catalogue) * 2
    listed = words.join_some(names, more="words.more_measures")
    advice = words.term(
        "frames_errors.listed",
        names=listed,
        first=first,
        last=last,
    )
    refuse(table, faults, {unlisted: advice})
    reports = table[REPORT_COLUMNS]
    if "pool" in table:
        return reports.assign(pool=pool)
    return reports


def kind_of(rows: pd.DataFrame, kind: str | None = None) -> str:
    """
    Say whether a frame has shares, which is the default, or ratios.

    Parameters
    ----------
    rows
        If they name their `indicator`, the catalogue decides; else the column `kind`, if any.
    kind
        `"share"` or `"ratio"`, if the caller says so. It goes before the column.

    Returns
    -------
    kind
        `"share"` or `"ratio"`.

    Raises
    ------
    ValueError
        If the kind is neither, or there are both.

    Examples
    --------
    >>> kind_of(pd.DataFrame({"count": [900], "kind": "ratio"}))
    'ratio'
    """
    listed = {*indicators.names()} & {*rows.get("indicator", ())}
    if listed:
        kinds = {indicators.kind(name) for name in listed}
    elif kind is not None:
        kinds = {kind}
    else:
        kinds = {*rows.get("kind", pd.Series()).dropna()} or {"share"}
    if len(kinds) > 1 or not kinds <= {*KINDS}:
        texts = ", ".join(map(repr, kinds))
        msg = words.term(
            "frames_errors.kind",
            kinds=", ".join(KINDS),
            texts=texts,
        )
        raise ValueError(msg)
    return str(kinds.pop())


def require_counts(rows: pd.DataFrame, kind: str) -> None:
    """
    Refuse numbers that can be no counts: negative, no whole number, or too large.

    Rows that `suppress.hide_counts` hid have the rate of their pool, which need not be whole.

    Parameters
    ----------
    rows
        Any frame with `count` and `out_of`; `code` and `period` name its rows, if it has them.
    kind
        As `kind_of` gives it. No count of a share is larger than what it is out of.

    Raises
    ------
    ValueError
        With the rows that are wrong, and what to do. Their counts are not shown.
    """
    counts = _numbers(rows["count"])
    totals = _numbers(rows["out_of"])
    has_decimals = (counts % 1 != 0) & counts.notna()
    is_shown = ~suppress.is_hidden(rows)
    is_number = counts.notna() | rows["count"].isna()
    is_not_whole = ~is_number | (has_decimals & is_shown)
    not_whole = words.term("frames_errors.not_whole")
    too_large = words.term("frames_errors.too_large")
    faults = {
        words.term("frames_errors.negative"): (counts < 0) | (totals < 0),
        words.term("frames_errors.of_nothing"): (counts > 0) & (totals == 0),
        not_whole: is_not_whole,
    }
    if kind == "share":
        faults[too_large] = (counts > totals) & is_shown
    advice = {
        not_whole: words.term("frames_errors.not_whole_advice"),
        too_large: words.term("frames_errors.too_large_advice"),
    }
    keys = rows.columns.intersection(["code", "period"])
    refuse(rows[keys], faults, advice)


def require_teams(table: pd.DataFrame) -> pd.DataFrame:
    """
    Refuse rows that are not the teams of one commune in one period.

    Raises
    ------
    ValueError
        With the rows that are wrong, and what was expected of them.

    Examples
    --------
    >>> import hganalysis as hg
    >>> teams = hg.frames.teams()
    >>> len(require_teams(teams)) == len(teams)
    True
    """
    table = read_column(table)
    require_columns(table, TEAM_COLUMNS)
    teams = _numbers(table["teams"])
    members = _numbers(table["members"])
    faults = _common_faults(table, ["code", "period"])
    for column in ("teams", "members"):
        not_whole = words.term("frames_errors.whole", column=column)
        faults[not_whole] = ~_is_whole(table[column])
    columns = {"teams": "teams", "members": "members"}
    no_team = words.term("frames_errors.no_team", **columns)
    faults[no_team] = (members > 0) & (teams == 0)
    many_teams = words.term("frames_errors.many_teams", **columns)
    faults[many_teams] = teams > members
    refuse(table, faults)
    return table[TEAM_COLUMNS]


def require_names(rows: pd.DataFrame) -> None:
    """
    Refuse rows with the code of one place and the name of another.

    The units of July 2025 have codes that old communes had, so that a code alone would be drawn on
    other territory.

    Parameters
    ----------
    rows
        With the column `code`. Every column of texts is compared that names places.

    Raises
    ------
    ValueError
        With the code, the name, and the place that has the code.
    """
    codes = rows["code"].astype(str)
    are_compared = codes.isin(places.compared().index).all()
    level: places.Level = "district" if are_compared else "commune"
    listed = places.of_level(level)
    listed_codes = codes.where(codes.isin(listed.index))
    owners = listed_codes.map(listed[words.column("name")])
    is_text = [pd.api.types.is_string_dtype(dtype) for dtype in rows.dtypes]
    for column in rows.columns[is_text].drop(["code", "origin"], errors="ignore"):
        differs = places.name_differs(listed_codes, rows[column], level)
        compared = codes.to_frame("code")
        compared[column] = rows[column]
        compared[words.term("frames_errors.owner")] = owners
        refuse(compared, {words.term("frames_errors.two_places"): differs})


def add_missing_communes(table: pd.DataFrame, *, each: list[str]) -> pd.DataFrame:
    """
    Add an empty row for each commune that sent nothing where others sent something.

    Every map and table then shows these communes, as "no data".

    Parameters
    ----------
    table
        Reports or teams, as `require_reports` or `require_teams` gives them.
    each
        The columns for whose combinations every commune has to be there, such as
        `["period", "indicator"]`.

    Returns
    -------
    table
        The same if no commune is missing; else with the empty rows, sorted by `each` and `code`.
        The `origin` of an empty row is the least firm of its combination.
    """
    communes = places.units().index
    n_communes = table.groupby(each).size()
    if n_communes.eq(len(communes)).all():
        return table
    combinations = table[each].drop_duplicates()
    keys = combinations.merge(communes.to_frame(index=False), how="cross")
    full = keys.merge(table, on=[*each, "code"], how="left")
    origins = full.groupby(each)["origin"]
    worst = origins.transform(lambda group: worst_origin(group.dropna()))
    full["origin"] = full["origin"].fillna(worst)
    if "pool" in full:
        full["pool"] = full["pool"].fillna("")
    return full[table.columns].sort_values([*each, "code"], ignore_index=True)


def _numbers(cells: pd.Series) -> pd.Series:
    """Read cells as numbers; what is missing or no number becomes NaN, which equals nothing."""
    return pd.to_numeric(cells, errors="coerce").astype("float64")


def _is_whole(cells: pd.Series) -> pd.Series:
    # A missing count is allowed: it is drawn as "no data", never as zero.
    numbers = _numbers(cells)
    return cells.isna() | ((numbers >= 0) & (numbers % 1 == 0))


def _common_faults(table: pd.DataFrame, keys: list[str]) -> dict[str, pd.Series]:
    has_code = table["code"].isin(places.units().index)
    has_origin = table["origin"].isin(ORIGINS)
    origins = ", ".join(ORIGINS)
    return {
        words.term("frames_errors.code"): ~has_code,
        words.term("frames_errors.origin", origins=origins): ~has_origin,
        words.term("refusals.twice"): table.duplicated(keys, keep=False),
    }

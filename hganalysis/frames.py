"""Say what a frame of reports or teams must be, read those in use, and find what they measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from . import indicators, limits, places, sources, suppress

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from .indicators import Indicator


ORIGINS = ("published", "census", "reported", "simulated")
"""Where a number may come from, from the firmest to what is not real at all."""

REPORT_COLUMNS = ["code", "year", "indicator", "count", "out_of", "origin"]
"""The columns of reports; where small counts are hidden, `pool` follows."""

TEAM_COLUMNS = ["code", "year", "teams", "members", "origin"]


def worst_origin(origins: pd.Series) -> str:
    """
    Name the least firm of several origins: one simulated row makes the sum simulated.

    Raises
    ------
    ValueError
        If a row does not say its origin, with every such row.

    Examples
    --------
    >>> worst_origin(pd.Series(["census", "simulated", "reported"]))
    'simulated'
    """
    try:
        return str(max(origins, key=ORIGINS.index))
    except ValueError:  # looked at only where it went wrong: this is done for every place
        require_origins(origins)
        raise


def require_origin(table: pd.DataFrame) -> pd.DataFrame:
    """
    Stop unless a frame has a column `origin`: it is never taken from outlines or another frame.

    Parameters
    ----------
    table
        What is about to be shown.

    Returns
    -------
    table
        The same; whether each row says a known origin is for `require_origins`.

    Raises
    ------
    ValueError
        With what to add.
    """
    if "origin" in table.columns:
        return table
    others = [str(name) for name in table.columns if str(name).startswith("origin_")]
    joined = f"\n{', '.join(others)}: which of these holds for the numbers?" if others else ""
    msg = (
        "the frame has no column 'origin', so nobody could tell simulated numbers from real ones.\n"
        f"Add a column 'origin', row by row one of {', '.join(ORIGINS)}, for example\n"
        f"frame.assign(origin='reported').{joined}"
    )
    raise ValueError(msg)


def require_origins(origins: pd.Series) -> None:
    """Stop unless every origin is one of the known ones; each that is not is listed."""
    strange = origins[~origins.isin(ORIGINS)]
    if len(strange):
        rows = "\n".join(f"  row {row!r}: {origin!r}" for row, origin in strange.items())
        msg = (
            f"{len(strange)} of {len(origins)} rows do not say where they come from:\n{rows}\n"
            f"`origin` is one of {', '.join(ORIGINS)}."
        )
        raise ValueError(msg)


def require_reports(table: pd.DataFrame) -> pd.DataFrame:
    """
    Stop unless every row is a report: known commune, measure and year, counts that can be.

    What was hidden (`pool` of `suppress.small`) has the rate of several communes: no whole number.

    Raises
    ------
    ValueError
        With every row that is wrong, and what was expected of it.
    """
    _require_columns(table, REPORT_COLUMNS)
    catalogue = {(name, year) for name in indicators.names() for year in indicators.years(name)}
    shares = [name for name in indicators.names() if indicators.kind(name) == "share"]
    taken = pd.Series(
        [pair in catalogue for pair in zip(table["indicator"], table["year"], strict=True)],
        index=table.index,
    )
    count, out_of = _numbers(table["count"]), _numbers(table["out_of"])
    pool = table["pool"].fillna("") if "pool" in table else pd.Series("", index=table.index)
    hidden = pool != ""
    pools = {suppress.ALONE, str(places.province()["code"]), *places.districts().index}
    _refuse(
        table,
        {
            **_common(table, ["code", "year", "indicator"]),
            "is no measure and year of the catalogue": ~taken,
            "has a count that is negative or no whole number": (count < 0)
            | ~(_whole(table["count"]) | hidden),
            "has an out_of that is not a whole number above 0": ~(_whole(table["out_of"]) | hidden)
            | (out_of <= 0),
            "is hidden with places that are not known": hidden & ~pool.isin(pools),
            "counts more than it is out of": table["indicator"].isin(shares) & (count > out_of),
        },
    )
    return table[REPORT_COLUMNS].assign(pool=pool) if "pool" in table else table[REPORT_COLUMNS]


def require_teams(table: pd.DataFrame) -> pd.DataFrame:
    """
    Stop unless every row is a commune's teams in a year.

    Raises
    ------
    ValueError
        With every row that is wrong, and what was expected of it.
    """
    _require_columns(table, TEAM_COLUMNS)
    teams, members = _numbers(table["teams"]), _numbers(table["members"])
    _refuse(
        table,
        {
            **_common(table, ["code", "year"]),
            "has teams that are negative or no whole number": ~_whole(table["teams"]),
            "has members that are negative or no whole number": ~_whole(table["members"]),
            "has members and no team": (members > 0) & (teams == 0),
            "has more teams than members": teams > members,
        },
    )
    return table[TEAM_COLUMNS]


def every_commune(table: pd.DataFrame, *, each: list[str]) -> pd.DataFrame:
    """
    Add an empty row for each commune that sent nothing where others sent something.

    What did not come is then seen like any other report: as "no data", in every map and table.

    Parameters
    ----------
    table
        Reports or teams, as `require_reports` or `require_teams` gives them.
    each
        The columns within which every commune has to stand: `["year", "indicator"]`, say.

    Returns
    -------
    table
        The same where all is there; else with the empty rows, sorted by `each` and `code`. Their
        `origin` is the least firm of those beside them.
    """
    communes = places.communes().index
    groups = table.groupby(each)["origin"]
    if groups.size().eq(len(communes)).all():
        return table
    there = groups.agg(worst_origin).rename("beside").reset_index()
    every = there.merge(pd.DataFrame({"code": communes}), how="cross")
    full = every.merge(table, on=[*each, "code"], how="left")
    full["origin"] = full["origin"].fillna(full["beside"])
    if "pool" in full:
        full["pool"] = full["pool"].fillna("")
    return full[table.columns].sort_values([*each, "code"], ignore_index=True)


def _numbers(cells: pd.Series) -> pd.Series:
    """Read cells as numbers; what is missing or no number becomes NaN, which equals nothing."""
    return pd.to_numeric(cells, errors="coerce").astype("float64")


def _whole(cells: pd.Series) -> pd.Series:
    # A missing count is allowed: it is drawn as "no data", never as zero.
    numbers = _numbers(cells)
    return cells.isna() | ((numbers >= 0) & (numbers % 1 == 0))


def _common(table: pd.DataFrame, keys: list[str]) -> dict[str, pd.Series]:
    return {
        "has a code of no place that reports": ~table["code"].isin(places.communes().index),
        f"has an origin that is none of {', '.join(ORIGINS)}": ~table["origin"].isin(ORIGINS),
        "stands twice": table.duplicated(keys, keep=False),
    }


def _require_columns(table: pd.DataFrame, columns: list[str]) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        msg = f"columns are missing: {', '.join(missing)}. Expected: {', '.join(columns)}."
        raise ValueError(msg)


def _refuse(table: pd.DataFrame, faults: dict[str, pd.Series]) -> None:
    lines = [
        f"  row {table.index[at]}: {fault} "
        f"({', '.join(f'{column}={cell}' for column, cell in table.iloc[at].items())})"
        for fault, rows in faults.items()
        for at in rows.to_numpy(dtype=bool).nonzero()[0].tolist()
    ]
    if lines:
        msg = f"{len(lines)} faults in {len(table)} rows:\n" + "\n".join(lines)
        raise ValueError(msg)


_COUNTED = ("reported", "simulated")


def is_long(file: Path) -> bool:
    """Say whether a file has this form: any Parquet file, or a CSV with just these columns."""
    if file.suffix.lower() != ".csv" or not file.is_file():
        return file.suffix.lower() == ".parquet"
    with file.open("rb") as lines:
        first = lines.readline(1000).decode("utf-8", errors="replace")
    return first.strip().split(",")[: len(REPORT_COLUMNS)] == REPORT_COLUMNS


class _TooLargeError(ValueError):
    """A file holds more than reports do."""


def _require_fewer(found: int, most: int, of: str, file: Path) -> None:
    if found > most:
        msg = (
            f"{file.name} has {found:,} {of}; reports have at most {most:,} (a row for a place,\n"
            "a year and a measure). Is it the log itself? Count it first: hganalysis counts."
        )
        raise _TooLargeError(msg)


def _parquet(file: Path) -> pd.DataFrame:
    """
    Read the columns of reports, if there is room for them.

    A run of a billion rows takes a few bytes, and a long text stands in the file once: what it
    says of its rows is looked at first, and texts are kept once until they are known to be short.
    """
    import pyarrow.parquet as pq
    from pyarrow.types import is_large_string, is_string

    with pq.ParquetFile(file) as opened:
        about = opened.metadata
        groups = [about.row_group(at) for at in range(about.num_row_groups)]
        rows = max(about.num_rows, sum(one.num_rows for one in groups))
        _require_fewer(rows, limits.MOST_REPORTS, "rows", file)
        unpacked = sum(one.total_byte_size for one in groups)
        _require_fewer(unpacked, limits.MOST_UNPACKED, "bytes", file)
        known = [one for one in opened.schema_arrow if one.name in {*REPORT_COLUMNS, "pool"}]
    texts = [one.name for one in known if is_string(one.type) or is_large_string(one.type)]
    table = pd.read_parquet(file, columns=[one.name for one in known], read_dictionary=texts)
    for name in texts:
        longest = max(map(len, table[name].cat.categories), default=0)
        _require_fewer(longest, limits.MOST_IN_NAME, f"letters in {name}", file)
    return table.astype(dict.fromkeys(texts, "str"))


def read_long(file: Path) -> pd.DataFrame:
    """
    Read the reports that `hganalysis counts` wrote, and hold them to what reports are.

    Parameters
    ----------
    file
        Parquet or CSV: `code`, `year`, `indicator`, `count`, `out_of`, `origin`, and `pool` where
        counts are hidden, as of `suppress.small`.

    Returns
    -------
    reports
        The same. What is hidden stays hidden.

    Raises
    ------
    ValueError
        If it cannot be read, has no row or too many, or with every row that is wrong.
    """
    try:
        if file.suffix.lower() == ".parquet":
            table = _parquet(file)
        else:
            _require_fewer(file.stat().st_size, limits.MOST_UNPACKED, "bytes", file)
            types = {"code": "str", "pool": "str"}
            table = pd.read_csv(file, dtype=types, nrows=limits.MOST_REPORTS + 1)
            _require_fewer(len(table), limits.MOST_REPORTS, "rows", file)
    except (FileNotFoundError, _TooLargeError):
        raise
    except Exception as error:  # pyarrow has errors of its own
        msg = f"{file.name} cannot be read: {str(error).splitlines()[0]}"
        raise ValueError(msg) from None
    try:
        reports = require_reports(table.astype({"code": "str"}) if "code" in table else table)
    except ValueError as error:
        msg = f"{file.name} does not hold reports as hganalysis counts writes them (--out): {error}"
        raise ValueError(msg) from None
    if reports.empty:
        msg = f"{file.name} has no row: nothing was counted."
        raise ValueError(msg)
    others = sorted(set(reports["origin"]) - set(_COUNTED))
    if others:
        msg = f"{file.name} has rows of origin {', '.join(others)}; a log is {_COUNTED[0]}."
        raise ValueError(msg)
    return reports


PUBLISHED = "published/published.csv"
TEAMS = "reports/teams.csv"


def reports() -> pd.DataFrame:
    """
    Read what each commune reported: your own reports, if any, else the simulated province.

    Returns
    -------
    reports
        One row for each commune, year and measure: `code`, `year`, `indicator`, `count`,
        `out_of` (both in the units of the catalogue), `origin`. A commune that sent nothing has a
        row without numbers wherever another one reported. Small counts are hidden, before
        anything is computed from them: see `suppress.small`.

    Raises
    ------
    LookupError
        If there is a list of places of your own and no reports of theirs.
    """
    own = sources.has(sources.REPORTS)
    table = require_reports(_read(sources.REPORTS if own else "demo/reports.csv"))
    return suppress.small(every_commune(table, each=["year", "indicator"]))


def teams() -> pd.DataFrame:
    """
    Read the community digital technology teams of each commune: your own, else simulated ones.

    Returns
    -------
    teams
        One row for each commune and year: `code`, `year`, `teams`, `members` (persons), `origin`.
        A commune that sent nothing has a row without numbers in each year that has teams. No row
        where your own reports name no team.
    """
    own = sources.has(sources.REPORTS)
    table = require_teams(_read(TEAMS if own else "demo/teams.csv"))
    return every_commune(table, each=["year"])


def residents(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Count the residents and households of communes: as reported for the year, else by the list.

    Parameters
    ----------
    rows
        Any frame with a commune's `code` and a `year` in each row; without a year, the list says.

    Returns
    -------
    residents
        Same index, same order: `population` (persons), `households`, `listed` (whether the
        population is the list's). A commune that reported one of the two only has the other from
        the list.
    """
    listed = places.communes()[["population", "households"]]
    found = listed.reindex(rows["code"]).set_index(rows.index).assign(listed=True)
    if not sources.has(sources.RESIDENTS) or "year" not in rows:
        return found
    keys = ["code", "year"]
    said = _read(sources.RESIDENTS).set_index(keys)
    said = said[said["origin"] == "reported"]
    own = said.reindex(pd.MultiIndex.from_frame(rows[keys])).set_index(rows.index)
    reported = own["population"].notna()
    return found.assign(
        population=own["population"].where(reported, found["population"]),
        households=own["households"].where(own["households"].notna(), found["households"]),
        listed=~reported,
    )


def truth() -> pd.DataFrame:
    """Read what was planted in the simulated province: index `name`; `value`, `unit`, `note`."""
    return _read("demo/truth.csv").set_index("name")


def published() -> pd.DataFrame:
    """
    Read every published figure that was found, as it was printed.

    Returns
    -------
    published
        Columns `indicator`, `unit_code`, `period`, `as_of`, `value` (a number, none for the two
        dates), `qualifier` (`exact`, `over`, `nearly`), `unit`, `publisher`, `published`, `url`,
        `note`, `origin` (`published`). No row where the places are your own.
    """
    if not sources.has(PUBLISHED):  # of another province: nothing was collected
        columns = ["indicator", "unit_code", "period", "as_of", "value", "qualifier", "unit"]
        return pd.DataFrame(columns=[*columns, "publisher", "published", "url", "note", "origin"])
    table = _read(PUBLISHED)
    return table.assign(value=pd.to_numeric(table["value"], errors="coerce"), origin="published")


def published_counts() -> pd.DataFrame:
    """
    Arrange the published counts of the campaign as reports of the province.

    Returns
    -------
    reports
        `code` (of the province), `year`, `indicator`, `count`, `out_of`, `qualifier`, `origin`
        (`published`). Only measures out of residents: no number of files was published.
    """
    table = published().rename(columns={"unit_code": "code", "value": "count"})
    campaign = table["period"].str.extract(r"^(\d{4}) campaign$", expand=False)
    residents = [name for name in indicators.names() if _first(name).denominator == "residents"]
    table = table[campaign.notna() & table["indicator"].isin(residents)]
    return table.assign(
        year=campaign.dropna().astype(int),
        count=table["count"].astype(int),
        out_of=places.province()["population"],
    )[["code", "year", "indicator", "count", "out_of", "qualifier", "origin"]].reset_index(
        drop=True
    )


def coverage() -> pd.DataFrame:
    """
    Read how often intervals held the truth in simulation: one row for each scenario and method.

    Returns
    -------
    coverage
        `scenario`, `method`, `replications`, `estimated` (of them, not refused), `coverage` (0
        to 1; of Moran's I, how often it found what is not there), `median_width`, `seed`, `date`.
    """
    return _read("benchmarks/coverage.csv")


def _read(file: str) -> pd.DataFrame:
    return pd.read_csv(sources.path(file), dtype={"code": "str", "unit_code": "str", "pool": "str"})


def _first(name: str) -> indicators.Indicator:
    return indicators.get(name, year=indicators.years(name)[0])


INSTEAD = {"headline": ("files", "people")}
"""What is shown in place of a measure that nobody reported: a log has files and people only."""


def years(reports: pd.DataFrame, role: str) -> list[int]:
    """
    List the years with reports of the measure that has a role: none where nothing was reported.

    Examples
    --------
    >>> from hganalysis import frames
    >>> years(frames.reports(), "headline")
    [2022, 2023]
    """
    name = _measure_of(reports, role)
    return sorted({int(year) for year in reports.loc[reports["indicator"] == name, "year"]})


def taken(reports: pd.DataFrame, role: str) -> list[Indicator]:
    """
    List the measure that has a role in every year with reports of it, first to last.

    Examples
    --------
    >>> from hganalysis import frames
    >>> [one.year for one in taken(frames.reports(), "files")]
    [2022, 2023]
    """
    found = years(reports, role)
    return [indicators.get(str(_measure_of(reports, role)), year=year) for year in found]


def targeted(reports: pd.DataFrame, role: str) -> list[Indicator]:
    """List the measure that has a role in the years for which it had a target, first to last."""
    return [one for one in taken(reports, role) if one.target is not None]


def latest(reports: pd.DataFrame, role: str) -> Indicator:
    """
    Give the measure that has a role, in the last year with reports of it.

    Raises
    ------
    LookupError
        If no measure has the role, or nothing was reported for it.
    """
    return _nth(reports, role, -1)


def earlier(reports: pd.DataFrame, role: str) -> Indicator:
    """
    Give the measure that has a role in the year with reports before the last: what a change
    starts from. Where there is one year only, it is that year.

    Raises
    ------
    LookupError
        If no measure has the role, or nothing was reported for it.
    """
    return _nth(reports, role, -2)


def platforms(reports: pd.DataFrame, *, year: int | None = None) -> list[Indicator]:
    """
    List the platforms that were reported for a year, the headline first.

    Parameters
    ----------
    reports
        Reports of communes.
    year
        Unless named, the last of the years for which most platforms were reported.
    """
    rows = reports[reports["indicator"].isin(indicators.platforms())]
    if year is None and len(rows):
        most = rows.groupby("year")["indicator"].nunique()
        year = int(most.index[most == most.max()].max())
    there = set(rows.loc[rows["year"] == year, "indicator"])
    return [
        indicators.get(name, year=int(year or 0))
        for name in indicators.platforms()
        if name in there
    ]


def _nth(reports: pd.DataFrame, role: str, at: int) -> Indicator:
    name, found = _measure_of(reports, role), years(reports, role)
    if name is None or not found:
        has = "is in no row of the reports" if name else "is given to no measure of the catalogue"
        msg = f"the role {role!r} {has}. See [roles] in the catalogue, and the measures reported."
        raise LookupError(msg)
    return indicators.get(name, year=found[max(at, -len(found))])


def _measure_of(reports: pd.DataFrame, role: str) -> str | None:
    """Name the measure of a role, or of one that stands in for it where none of it was reported."""
    names = [indicators.role(one) for one in (role, *INSTEAD.get(role, ()))]
    reported = set(reports["indicator"])
    return next((name for name in names if name in reported), names[0])

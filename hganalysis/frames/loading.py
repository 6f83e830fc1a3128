"""Read the reports, teams and published figures of the study in use."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, limits, places, sources, study, suppress, words
from .requirements import (
    REPORT_COLUMNS,
    add_missing_communes,
    refuse,
    require_reports,
    require_teams,
)

if TYPE_CHECKING:
    from pathlib import Path

    from ..indicators import Indicator


PUBLISHED, ELSEWHERE = "published/published.csv", "published/elsewhere.csv"
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
    found = study.current()
    file = sources.REPORTS if sources.has(sources.REPORTS) else "demo/reports.csv"
    sources.path(file)  # one that was changed since it was read is refused
    files = tuple(card["sha256"] for card in found.cards.values())
    names = tuple(indicators.names())
    limit = suppress.threshold()
    return _reports(file, limit, (found.written, found.province, *names, *files)).copy()


@lru_cache(maxsize=4)  # every figure and table asks for them
def _reports(file: str, limit: int, _read_from: tuple[str | None, ...]) -> pd.DataFrame:
    table = add_missing_communes(require_reports(_read(file)), each=["year", "indicator"])
    return suppress.small(table, fewer_than=limit)


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
    return add_missing_communes(table, each=["year"])


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
    numbers = own[["population", "households"]].fillna(found)
    return numbers.assign(listed=own["population"].isna())


def planted_coefficient(indicator: Indicator) -> float | None:
    """
    Give the log rate ratio for one more member per 1,000 that was planted in the simulation.

    Parameters
    ----------
    indicator
        The measure that is explained.

    Returns
    -------
    planted
        None where the data in use are no simulation of this package, or nothing was planted.
    """
    if not sources.has("demo/truth.csv"):
        return None
    value = _read("demo/truth.csv").set_index("name")["value"].astype(float)
    # per standard deviation of the density
    slope = value.get(f"{indicator.name}_per_sd")
    return None if slope is None else float(slope / value["density_sd"])


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
        columns = "indicator unit_code period as_of value qualifier unit publisher published url"
        return pd.DataFrame(columns=[*columns.split(), "note", "origin"])
    table = _read(PUBLISHED)
    return table.assign(value=pd.to_numeric(table["value"], errors="coerce"), origin="published")


def published_elsewhere() -> pd.DataFrame:
    """
    Read what was printed of other provinces and of the country: a ledger, never an estimate.

    Returns
    -------
    published
        Columns as of `published`; `unit_code` is the name of the place in the language in use. No
        row where the places are your own.
    """
    if not sources.has(ELSEWHERE):
        return published().iloc[:0]
    table = _read(ELSEWHERE)
    days = table["as_of"].astype("str").map(words.day)  # some fall within weeks of each other
    place = table[f"place_{words.language()}"]
    return table.assign(unit_code=place, period=days, origin="published")


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
    residents = [*filter(suppress.public, indicators.names())]
    table = table[campaign.notna() & table["indicator"].isin(residents)].reset_index(drop=True)
    year, whole = table["period"].str[:4].astype(int), places.province()["population"]
    table = table.assign(year=year, count=table["count"].astype(int), out_of=whole)
    return table[[*REPORT_COLUMNS[:5], "qualifier", "origin"]]


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


# Reports that `hganalysis counts` wrote.

_COUNTED = ("reported", "simulated")


def is_long(file: Path) -> bool:
    """Say whether a file has this form: any Parquet file, or a CSV with just these columns."""
    if file.suffix.lower() != ".csv" or not file.is_file():
        return file.suffix.lower() == ".parquet"
    with file.open("rb") as lines:
        first = lines.readline(1000).decode("utf-8", errors="replace")
    return first.strip().split(",")[: len(REPORT_COLUMNS)] == REPORT_COLUMNS


def _require_fewer(found: int, most: int, of: str) -> None:
    if found > most:
        msg = f"it has {found:,} {of}; reports have at most {most:,} (a row for a place, a year\n"
        msg += "and a measure). Is it the log itself? Count it first: hganalysis counts."
        raise ValueError(msg)


def _parquet(file: Path) -> pd.DataFrame:
    """
    Read the columns of reports, if there is room for them.

    A run of a billion rows takes a few bytes, and a long text stands in the file once: what it
    says of its rows is looked at first, and texts are kept once until they are known to be short.
    """
    try:
        import pyarrow.parquet as pq
        from pyarrow.types import is_large_string, is_string
    except ImportError:
        msg = 'Parquet is read after: pip install "hganalysis[log]"'
        raise ValueError(msg) from None
    with pq.ParquetFile(file) as opened:
        about = opened.metadata
        groups = [about.row_group(at) for at in range(about.num_row_groups)]
        rows = max(about.num_rows, sum(one.num_rows for one in groups))
        _require_fewer(rows, limits.MOST_REPORTS, "rows")
        unpacked = sum(one.total_byte_size for one in groups)
        _require_fewer(unpacked, limits.MOST_UNPACKED, "bytes")
        known = [one for one in opened.schema_arrow if one.name in {*REPORT_COLUMNS, "pool"}]
    texts = [one.name for one in known if is_string(one.type) or is_large_string(one.type)]
    table = pd.read_parquet(file, columns=[one.name for one in known], read_dictionary=texts)
    for name in texts:
        longest = max(map(len, table[name].cat.categories), default=0)
        _require_fewer(longest, limits.MOST_IN_NAME, f"letters in {name}")
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
        table = _parquet(file) if file.suffix.lower() == ".parquet" else _csv(file)
        reports = require_reports(table.astype({"code": "str"}) if "code" in table else table)
        strange = ~reports["origin"].isin(_COUNTED)
        refuse(reports[["code", "origin"]], {f"is none of {', '.join(_COUNTED)}": strange})
    except FileNotFoundError:
        raise
    except Exception as error:  # pyarrow has errors of its own
        msg = f"{file.name} does not hold reports as hganalysis counts writes them (--out): {error}"
        raise ValueError(msg) from None
    if reports.empty:
        msg = f"{file.name} has no row: nothing was counted."
        raise ValueError(msg)
    return reports


def _csv(file: Path) -> pd.DataFrame:
    _require_fewer(file.stat().st_size, limits.MOST_UNPACKED, "bytes")
    types = {"code": "str", "pool": "str"}
    table = pd.read_csv(file, dtype=types, nrows=limits.MOST_REPORTS + 1)
    _require_fewer(len(table), limits.MOST_REPORTS, "rows")
    return table

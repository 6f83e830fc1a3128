"""Read the reports, teams and published figures of the study in use."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, limits, places, study, suppress, words
from ..periods import read_column
from ..refusals import refuse
from .requirements import (
    REPORT_COLUMNS,
    add_missing_communes,
    require_reports,
    require_teams,
)

if TYPE_CHECKING:
    from pathlib import Path

    from ..indicators import Indicator


PUBLISHED, PRESS = "published/published.csv", "published/press.csv"
TEAMS = "reports/teams.csv"


def reports() -> pd.DataFrame:
    """
    Read what each commune reported: your own reports, if any, else the simulated province.

    A commune that sent nothing has a row without numbers wherever another commune reported. Small
    counts are hidden before anything is computed from them: see `suppress.small`.

    Returns
    -------
    reports
        One row for each commune, period and measure:

        - `code`, `period`, `indicator`;
        - `count`, `out_of`: in the units of the catalogue;
        - `origin`.

    Raises
    ------
    LookupError
        If there is a list of places of your own and no reports of theirs.
    """
    current = study.current()
    file = study.REPORTS if study.REPORTS in current.cards else "demo/reports.csv"
    current.path(file)  # one that was changed since it was read is refused
    hashes = [card["sha256"] for card in current.cards.values()]
    cache_key = (current.written, current.province, *indicators.names(), *hashes)
    return _reports(file, suppress.threshold(), cache_key).copy()


@lru_cache(maxsize=4)  # every figure and table asks for them
def _reports(file: str, threshold: int, _cache_key: tuple[str | None, ...]) -> pd.DataFrame:
    sent = require_reports(_read(file))
    table = add_missing_communes(sent, each=["period", "indicator"])
    return suppress.small(table, fewer_than=threshold)


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
    """
    has_reports = study.REPORTS in study.current().cards
    table = require_teams(_read(TEAMS if has_reports else "demo/teams.csv"))
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
    """
    columns = ["population", "households"]
    listed = places.communes()[columns].reindex(rows["code"]).set_index(rows.index)
    if study.RESIDENTS not in study.current().cards or "period" not in rows:
        return listed.assign(listed=True)
    keys = ["code", "period"]
    reported = read_column(_read(study.RESIDENTS)).set_index(keys)
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
    if "demo/truth.csv" not in study.current().cards:
        return None
    truth = _read("demo/truth.csv").set_index("name")["value"].astype(float)
    for_one_sd = truth.get(f"{indicator.name}_per_sd")
    return None if for_one_sd is None else float(for_one_sd / truth["density_sd"])


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
    """
    if PUBLISHED not in study.current().cards:  # of another province: nothing was collected
        columns = "indicator unit_code period as_of value qualifier unit publisher published url"
        return pd.DataFrame(columns=[*columns.split(), "note", "origin"])
    table = _read(PUBLISHED)
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
    """
    table = pd.read_csv(study.current().path(PRESS), dtype="str", keep_default_na=False)
    rows = table[table["subject"] == subject]
    if rows.empty:
        subjects = ", ".join(table["subject"].unique())
        msg = f"nothing was printed about {subject!r}; there is {subjects}."
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
    return _read("benchmarks/coverage.csv")


def _read(file: str) -> pd.DataFrame:
    return pd.read_csv(
        study.current().path(file), dtype={"code": "str", "unit_code": "str", "pool": "str"}
    )


# Reports that `hganalysis counts` wrote.

_ORIGINS_OF_COUNTS = ("reported", "simulated")


def is_long(file: Path) -> bool:
    """Say whether a file has this form: any Parquet file, or a CSV with just these columns."""
    suffix = file.suffix.lower()
    if suffix != ".csv" or not file.is_file():
        return suffix == ".parquet"
    with file.open("rb") as lines:
        header = lines.readline(1000).decode("utf-8", errors="replace")
    columns = header.strip().split(",")
    columns = ["period" if column == "year" else column for column in columns]
    return columns[: len(REPORT_COLUMNS)] == REPORT_COLUMNS


def _require_few(number: int, limit: int, unit: str) -> None:
    if number > limit:
        msg = f"it has {number:,} {unit}; reports have at most {limit:,} (a row for a place, "
        msg += "a period\nand a measure). Is it the log itself? Count it first: hganalysis counts."
        raise ValueError(msg)


def _read_parquet(file: Path) -> pd.DataFrame:
    """
    Read the columns of reports, if there is room for them.

    A run of a billion rows takes a few bytes, and the file has a long text only once. So the
    numbers of rows and bytes are read first, and each text is read once to see its length.
    """
    try:
        import pyarrow.parquet as pq
        from pyarrow.types import is_large_string, is_string
    except ImportError:
        msg = 'Parquet is read after: pip install "hganalysis[log]"'
        raise ValueError(msg) from None
    with pq.ParquetFile(file) as parquet:
        metadata = parquet.metadata
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        n_rows = max(metadata.num_rows, sum(group.num_rows for group in groups))
        _require_few(n_rows, limits.MOST_REPORTS, "rows")
        unpacked_size = sum(group.total_byte_size for group in groups)
        _require_few(unpacked_size, limits.MOST_UNPACKED, "bytes")
        columns = [
            column
            for column in parquet.schema_arrow
            if column.name in {*REPORT_COLUMNS, "year", "pool"}
        ]
    names = [column.name for column in columns]
    text_names = [
        column.name for column in columns if is_string(column.type) or is_large_string(column.type)
    ]
    table = pd.read_parquet(file, columns=names, read_dictionary=text_names)
    for name in text_names:
        longest = max(map(len, table[name].cat.categories), default=0)
        _require_few(longest, limits.MOST_IN_NAME, f"letters in {name}")
    return table.astype(dict.fromkeys(text_names, "str"))


def read_long(file: Path) -> pd.DataFrame:
    """
    Read the reports that `hganalysis counts` wrote, and hold them to what reports are.

    Parameters
    ----------
    file
        Parquet or CSV: `code`, `period`, `indicator`, `count`, `out_of`, `origin`, and `pool` where
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
        is_parquet = file.suffix.lower() == ".parquet"
        table = _read_parquet(file) if is_parquet else _read_csv(file)
        if "code" in table:
            table = table.astype({"code": "str"})
        reports = require_reports(table)
        has_other_origin = ~reports["origin"].isin(_ORIGINS_OF_COUNTS)
        fault = f"is none of {', '.join(_ORIGINS_OF_COUNTS)}"
        refuse(reports[["code", "origin"]], {fault: has_other_origin})
    except FileNotFoundError:
        raise
    except Exception as error:  # pyarrow has errors of its own
        msg = f"{file.name} does not hold reports as hganalysis counts writes them (--out): {error}"
        raise ValueError(msg) from None
    if reports.empty:
        msg = f"{file.name} has no row: nothing was counted."
        raise ValueError(msg)
    return reports


def _read_csv(file: Path) -> pd.DataFrame:
    _require_few(file.stat().st_size, limits.MOST_UNPACKED, "bytes")
    types = {"code": "str", "pool": "str"}
    table = pd.read_csv(file, dtype=types, nrows=limits.MOST_REPORTS + 1)
    _require_few(len(table), limits.MOST_REPORTS, "rows")
    return table

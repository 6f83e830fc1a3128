"""Read reports that `hganalysis counts` wrote: one row for each place, period and measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, limits, suppress, words
from ..periods import read_column
from ..refusals import refuse, require_columns
from .requirements import REPORT_COLUMNS, require_reports
from .totals import require_rise

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


def _require_few(number: int, limit: int, unit: str, name: str = "") -> None:
    if number > limit:
        blanks = {"number": words.number(number), "most": words.number(limit)}
        msg = words.term(f"frames_errors.many_{unit}", name=name, **blanks)
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
        msg = words.term("frames_errors.no_parquet", package="hganalysis[log]")
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
        _require_few(longest, limits.MOST_IN_NAME, "letters", name)
    return table.astype(dict.fromkeys(text_names, "str"))


def read_long(
    file: Path, *, take_out: Callable[[pd.DataFrame], pd.DataFrame] | None = None
) -> pd.DataFrame:
    """
    Read the reports that `hganalysis counts` wrote, and hold them to what reports are.

    Parameters
    ----------
    file
        Parquet or CSV: `code`, `period`, `indicator`, `count`, `out_of`, `origin`, and `pool` where
        counts are hidden, as of `suppress.hide_counts`.
    take_out
        Gives the rows that may be read: others wait for the answer of a person.

    Returns
    -------
    reports
        The same, with what is new in place of running totals. What is hidden stays hidden.

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
        has_rows = len(table) > 0
        require_columns(read_column(table), REPORT_COLUMNS)
        if take_out:
            table = take_out(table)
        reports = require_rise(require_reports(_add_rest(table)))
        has_other_origin = ~reports["origin"].isin(_ORIGINS_OF_COUNTS)
        fault = words.term("frames_errors.origin", origins=", ".join(_ORIGINS_OF_COUNTS))
        refuse(reports[["code", "origin"]], {fault: has_other_origin})
    except FileNotFoundError:
        raise
    except Exception as error:  # pyarrow has errors of its own
        msg = words.term(
            "frames_errors.not_reports",
            file=file.name,
            error=error,
        )
        raise ValueError(msg) from None
    if not has_rows:
        msg = words.term("frames_errors.no_row", file=file.name)
        raise ValueError(msg)
    return reports


def _add_rest(table: pd.DataFrame) -> pd.DataFrame:
    """Add a group that nobody reported: it is what the other groups leave of the whole."""
    keys = ["code", "period", "origin"]
    table = read_column(table)
    require_columns(table, REPORT_COLUMNS)
    tables = [table]
    for split in indicators.splits():
        rows = table[table["indicator"].isin([split.whole, *split.groups])]
        rows = rows[~suppress.is_hidden(rows)].dropna(subset=["count", "out_of"])
        rows = rows.drop_duplicates([*keys, "indicator"])
        is_whole = rows["indicator"] == split.whole
        signs = is_whole.map({True: 1, False: -1})
        numbers = rows[["count", "out_of"]].mul(signs, axis=0)
        by_place = numbers.join(rows[keys]).groupby(keys)
        names = rows.groupby(keys)["indicator"].agg(frozenset)
        for missing in split.groups:
            members = frozenset([split.whole, *split.groups]) - {missing}
            rest = by_place.sum()[names == members].reset_index()
            if len(rest):
                tables.append(rest.assign(indicator=missing))
    return pd.concat(tables, ignore_index=True)


def _read_csv(file: Path) -> pd.DataFrame:
    _require_few(file.stat().st_size, limits.MOST_UNPACKED, "bytes")
    types = {"code": "str", "pool": "str"}
    table = pd.read_csv(file, dtype=types, nrows=limits.MOST_REPORTS + 1)
    _require_few(len(table), limits.MOST_REPORTS, "rows")
    return table

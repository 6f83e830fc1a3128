"""Read the long file of reports that `hganalysis counts` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import limits
from .requirements import REPORT_COLUMNS, require_reports

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


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
    try:
        import pyarrow.parquet as pq
        from pyarrow.types import is_large_string, is_string
    except ImportError:
        msg = f'{file.name} is Parquet, which is read after: pip install "hganalysis[log]"'
        raise ValueError(msg) from None
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

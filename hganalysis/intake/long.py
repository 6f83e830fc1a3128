"""Read reports that a count of a log wrote: a row for each commune, year and measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .frames import REPORT_COLUMNS, require_reports

if TYPE_CHECKING:
    from pathlib import Path

_ORIGINS = ("reported", "simulated")


def is_long(file: Path) -> bool:
    """Say whether a file has this form: any Parquet file, or a CSV with just these columns."""
    if file.suffix.lower() != ".csv" or not file.is_file():
        return file.suffix.lower() == ".parquet"
    with file.open("rb") as lines:
        first = lines.readline(1000).decode("utf-8", errors="replace")
    return first.strip().split(",")[: len(REPORT_COLUMNS)] == REPORT_COLUMNS


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
        If it cannot be read, has no row, or with every row that is wrong.
    """
    try:
        if file.suffix.lower() == ".parquet":
            table = pd.read_parquet(file)
        else:
            table = pd.read_csv(file, dtype={"code": "str", "pool": "str"})
    except FileNotFoundError:
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
    others = sorted(set(reports["origin"]) - set(_ORIGINS))
    if others:
        msg = f"{file.name} has rows of origin {', '.join(others)}; a log is {_ORIGINS[0]}."
        raise ValueError(msg)
    return reports

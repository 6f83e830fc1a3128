"""Count a log, and account for every row of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from .. import words
from ..periods import find_period
from .engine import LogError, describe_error
from .tally import COUNTED, FAULTS, Period, tally

if TYPE_CHECKING:
    import ibis.expr.types as ir

_KEYS = ["code", "structure", "period"]


@dataclass(frozen=True)
class Counts:
    """
    The counts of a log.

    People of two places, periods or platforms must not be added: one person may be in both.
    """

    files: pd.DataFrame
    """
    One row for each place and period.

    - `code` of the place;
    - `structure`: first day of the list of places that the code belongs to, because codes are used
      again;
    - `period`: its key, such as `2025` or `"2025-Q3"`;
    - `received` and `online`: files;
    - `people`: different persons who handed in online, on any platform.
    """
    platforms: pd.DataFrame
    """The `people` of each `code`, `structure`, `period` and `platform` of the log."""
    faults: pd.DataFrame
    """For each `fault`, and for repeated rows, how many `rows` it kept out, and an `example` (a
    code or a date, never a person)."""
    rows: int
    """How many rows the log has."""
    period: Period
    """What was counted together."""
    origin: str
    """`simulated` if any row says so of itself, else `reported`."""


def counts(log: ir.Table, *, period: Period = "year", until: date | None = None) -> Counts:
    """
    Count the files of a log, and the different people who handed in online.

    A file that is repeated with the same facts counts once. A row that cannot be counted is counted
    as a fault, so that no row is lost in silence.

    Parameters
    ----------
    log
        From `read`, or any Ibis table with its columns.
    period
        `"year"`, `"quarter"` or `"month"`.
    until
        Last day that a file may have; today, unless given.

    Returns
    -------
    counts
        The same on every engine.

    Raises
    ------
    LogError
        If the engine stops (a file that is cut off, a line of a CSV that does not fit, a disk
        that is full), or the rows do not add up.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> numbers = range(30)
    >>> rows = {"file": [f"F{n}" for n in numbers], "received": "2023-03-01", "commune": "31318",
    ...         "channel": "online", "platform": "A", "person": [f"p{n}" for n in numbers]}
    >>> import hganalysis as hg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pd.DataFrame(rows).to_csv(Path(folder, "log.csv"), index=False)
    ...     engine = hg.caselog.connect(spill=Path(folder))
    ...     log = hg.caselog.open_log(engine, [Path(folder, "log.csv")])
    ...     counted = counts(log, until=date(2023, 12, 31))
    >>> counted.files[["code", "received", "online"]].values.tolist()
    [['31318', 30, 30]]
    """
    engine = log.get_backend()
    until = until or date.today()
    try:
        # as Arrow: Ibis's own way to pandas loads libraries for maps
        table = engine.to_pyarrow(tally(log, period=period, until=until)).to_pandas()
        # counted apart, so that a row that the tally loses is noticed
        n_rows = int(engine.to_pyarrow(log.count()).as_py())
        # one simulated row is enough, and none after it is read
        first_simulated = log.filter(log.origin == "simulated").limit(1)
        is_simulated = engine.to_pyarrow(first_simulated.count()).as_py()
    except Exception as error:  # each engine has errors of its own
        reason = f"{type(error).__name__}: {describe_error(error)}"
        msg = words.term("log_errors.not_counted", reason=reason)
        raise LogError(msg) from None  # what it says in full may hold a person

    # engines name a period by its first day; rows that were not counted have none
    table["structure"] = pd.to_datetime(table["structure"])
    counted = table[table["period"].notna()]
    counted = counted.assign(period=[find_period(day, period).key for day in counted["period"]])
    counts = Counts(
        files=_files(counted),
        platforms=_platforms(counted),
        faults=_faults(table),
        rows=n_rows,
        period=period,
        origin="simulated" if is_simulated else "reported",
    )
    n_counted = int(counts.files["received"].sum())
    n_missing = n_rows - n_counted - int(counts.faults["rows"].sum())
    if n_missing:
        msg = words.term("log_errors.changed", missing=n_missing, rows=n_rows)
        raise LogError(msg)
    return counts


def _files(counted: pd.DataFrame) -> pd.DataFrame:
    """Take the files and people of each place and period, over all platforms."""
    columns = [*_KEYS, "files", "online", "people"]
    over_all = counted.loc[counted["platform"].isna(), columns]
    files = over_all.rename(columns={"files": "received"})
    return files.sort_values(_KEYS, ignore_index=True)


def _platforms(counted: pd.DataFrame) -> pd.DataFrame:
    """Take the people of each platform; nobody on a platform is a count, too."""
    by_platform = counted[counted["platform"].notna()]
    platforms = by_platform[["platform"]].drop_duplicates()
    every_cell = _files(counted)[_KEYS].merge(platforms, how="cross")
    keys = [*_KEYS, "platform"]
    people = every_cell.merge(by_platform[[*keys, "people"]], how="left")
    people["people"] = people["people"].fillna(0).astype("int64")
    return people.sort_values(keys, ignore_index=True)


def _faults(tally_table: pd.DataFrame) -> pd.DataFrame:
    """Say how many rows each fault kept out, and how many only repeat a file."""
    over_all = tally_table[tally_table["platform"].isna()]
    is_counted = over_all["status"] == COUNTED
    by_fault = over_all[~is_counted].groupby("status")
    faults = by_fault.agg({"rows": "sum", "example": "min"}).reindex([*FAULTS, "repeated"])
    counted = over_all[is_counted]
    faults.loc["repeated", "rows"] = (counted["rows"] - counted["files"]).sum()
    faults = faults[faults["rows"] > 0].rename_axis("fault").reset_index()
    return faults.astype({"rows": "int64"})

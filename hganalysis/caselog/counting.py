"""Count a log, and account for every row of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from .engine import LogError, said
from .tally import COUNTED, FAULTS, Period, tally

if TYPE_CHECKING:
    import ibis.expr.types as ir

_KEYS = ["code", "structure", "period"]


@dataclass(frozen=True)
class Counts:
    """
    What a log adds up to.

    `files` has one row for each place and period: `code`, `structure` (first day of the list of
    places that the code belongs to, since codes are used again), `period` (its first day),
    `received` and `online` (files), `people` (different ones who handed in online, on whatever
    platform). `platforms` has `people` for each of these and each `platform` of the log.
    `faults` says for each fault, and for `repeated` rows, how many `rows` it kept out, with an
    `example` (a code or a date, never a person). `rows` is how many the log has; `period` what was
    counted together; `origin` is `simulated` if any row says so of itself, else `reported`.

    People of two places, periods or platforms must not be added: one person may be in both.
    """

    files: pd.DataFrame
    platforms: pd.DataFrame
    faults: pd.DataFrame
    rows: int
    period: Period
    origin: str


def counts(log: ir.Table, *, period: Period = "year", until: date | None = None) -> Counts:
    """
    Count the files of a log, and the different people who handed in online.

    A file that stands several times with the same facts counts once. Whatever cannot be counted
    is counted as a fault; nothing is dropped in silence.

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
    """
    engine = log.get_backend()
    until = until or date.today()
    try:
        # As Arrow: the way of Ibis to pandas asks for maps, and loads all that they need.
        found = engine.to_pyarrow(tally(log, period=period, until=until)).to_pandas()
        # Asked apart, so that a row that the tally loses is missed.
        rows = int(engine.to_pyarrow(log.count()).as_py())
        # One such row is enough: none after it is read.
        simulated = log.filter(log.origin == "simulated").limit(1)
        origin = "simulated" if engine.to_pyarrow(simulated.count()).as_py() else "reported"
    except Exception as error:  # each engine has errors of its own
        msg = f"The log was not counted: {type(error).__name__}: {said(error)}"
        raise LogError(msg) from None  # what it says in full may hold a person
    result = _arrange(found, rows=rows, period=period, origin=origin)
    missing = rows - int(result.files["received"].sum()) - int(result.faults["rows"].sum())
    if missing:
        msg = (
            f"{missing} of {rows} rows are neither counted nor a fault: the log changed meanwhile."
        )
        raise LogError(msg)
    return result


def _arrange(found: pd.DataFrame, *, rows: int, period: Period, origin: str) -> Counts:
    days = {name: pd.to_datetime(found[name]) for name in ("structure", "period")}
    found = found.assign(**days)
    whole, each = found[found["platform"].isna()], found[found["platform"].notna()]
    taken = whole[whole["status"] == COUNTED]
    files = taken[[*_KEYS, "files", "online", "people"]].rename(columns={"files": "received"})
    # nobody on a platform is a count, too
    every = files[_KEYS].merge(each[["platform"]].drop_duplicates(), how="cross")
    each = every.merge(each[[*every, "people"]], how="left").fillna({"people": 0})
    kept_out = whole[whole["status"] != COUNTED].groupby("status")
    faults = kept_out.agg({"rows": "sum", "example": "min"}).reindex([*FAULTS, "repeated"])
    faults.loc["repeated", "rows"] = (taken["rows"] - taken["files"]).sum()
    faults = faults[faults["rows"] > 0].rename_axis("fault").reset_index()
    return Counts(
        files=files.sort_values(_KEYS, ignore_index=True),
        platforms=each.astype({"people": "int64"}).sort_values([*every], ignore_index=True),
        faults=faults.astype({"rows": "int64"}),
        rows=rows,
        period=period,
        origin=origin,
    )

"""Count a log, and account for every row of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from .engine import LogError, said
from .tally import COUNTED, FAULTS, Period, tally

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir
    from ibis.backends import BaseBackend


_KEYS = ["code", "structure", "period"]
_SECONDS = 0.2  # between two looks at how far an engine is


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


def counts(
    log: ir.Table,
    *,
    period: Period = "year",
    until: date | None = None,
    watch: Callable[[float | None], None] | None = None,
) -> Counts:
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
    watch
        Is told now and then what share is done (0 to 1), or none where the engine does not say.

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
        found = _watched(engine, tally(log, period=period, until=until), watch)
        # Asked apart, so that a row that the tally loses is missed.
        rows = int(engine.to_pyarrow(log.count()).as_py())
        # One such row is enough: none after it is read.
        simulated = log.filter(log.origin == "simulated").limit(1)
        origin = "simulated" if engine.to_pyarrow(simulated.count()).as_py() else "reported"
    except Exception as error:  # each engine has errors of its own
        msg = f"The log was not counted: {type(error).__name__}: {said(error)}"
        raise LogError(msg) from None  # what it says in full may hold a person
    result = _arrange(found, rows=rows, period=period, origin=origin)
    kept = int(found.loc[(found["status"] == COUNTED) & found["platform"].isna(), "files"].sum())
    missing = rows - kept - int(result.faults["rows"].sum())
    if missing:
        msg = (
            f"{missing} of {rows} rows are neither counted nor a fault: the log changed meanwhile."
        )
        raise LogError(msg)
    return result


def _arrange(found: pd.DataFrame, *, rows: int, period: Period, origin: str) -> Counts:
    found = found.assign(
        structure=pd.to_datetime(found["structure"]), period=pd.to_datetime(found["period"])
    )
    whole = found[found["platform"].isna()]
    taken = whole[whole["status"] == COUNTED]
    files = taken[[*_KEYS, "files", "online", "people"]].rename(columns={"files": "received"})
    each = _filled(files[_KEYS], found.loc[found["platform"].notna()])
    faults = whole[whole["status"] != COUNTED].rename(columns={"status": "fault"})
    faults = faults.groupby("fault", as_index=False).agg({"rows": "sum", "example": "min"})
    again = pd.DataFrame({"fault": ["repeated"], "rows": [(taken["rows"] - taken["files"]).sum()]})
    faults = pd.concat([faults, again], ignore_index=True).astype({"rows": "int64"})
    faults = faults.sort_values("fault", key=lambda names: names.map([*FAULTS, "repeated"].index))
    return Counts(
        files=files.sort_values(_KEYS, ignore_index=True),
        platforms=each.sort_values([*_KEYS, "platform"], ignore_index=True),
        faults=faults[faults["rows"] > 0].reset_index(drop=True),
        rows=rows,
        period=period,
        origin=origin,
    )


def _filled(places: pd.DataFrame, platforms: pd.DataFrame) -> pd.DataFrame:
    """Give every place and period a row for each platform: nobody there is a count, too."""
    every = places.merge(platforms[["platform"]].drop_duplicates(), how="cross")
    keys = [*_KEYS, "platform"]
    each = every.merge(platforms[[*keys, "people"]], on=keys, how="left")
    return each.assign(people=each["people"].fillna(0).astype("int64"))


def _watched(
    engine: BaseBackend, expression: ir.Table, watch: Callable[[float | None], None] | None
) -> pd.DataFrame:
    """Compute in a thread, so that the one who waits can be told how far it is, and stop it."""
    # As Arrow: the way of Ibis to pandas asks whether there are maps in it, for which it loads all
    # that maps need.
    if watch is None:
        return pd.DataFrame(engine.to_pyarrow(expression).to_pandas())
    progress = getattr(getattr(engine, "con", None), "query_progress", None)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(engine.to_pyarrow, expression)
        try:
            while not running.done():
                share = progress() / 100 if progress else None
                watch(share if share is not None and share >= 0 else None)
                time.sleep(_SECONDS)
        except KeyboardInterrupt:
            con = getattr(engine, "con", None)
            # each engine has a word of its own, or none: then it goes on to its end
            (getattr(con, "interrupt", None) or getattr(con, "cancel", None) or bool)()
            raise
        return pd.DataFrame(running.result().to_pandas())

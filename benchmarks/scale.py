"""
What does a log cost that is ten times longer? Counting 1, 10 and 100 million rows.

Run: python benchmarks/scale.py --csv data/benchmarks/scale.csv

The log is `case_log.caselog`. Two ways to the same counts, each run in a process of its own, in
turns, so that what else the machine does meets both; the middle one of the runs is kept:

- `caselog`: `caselog.counts` with its limit of memory;
- `sql`: the same SQL typed straight into DuckDB, under the same limits, without this package.

The bar: at most 1.15 times the SQL from 10 million rows up (below that, writing the SQL down, a
fraction of a second at any length, is most of the difference), 100 million rows within 4 GB of
peak memory (all of the process), and ten times the rows in not much more than ten times the time.
The counts have to be the same. Eight minutes on two cores; the disk needs 12 GB for the log and
what is spilled.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

RUNS = {1_000_000: 7, 10_000_000: 5, 100_000_000: 5}
MEMORY = "3GB"
"""What DuckDB may use. The libraries, and what it does not count itself, come on top."""
UNTIL = datetime.date(2024, 12, 31)
MOST_RATIO, MOST_MB = 1.15, 4000
MOST_MORE = 0.5
"""Seconds more than the SQL, for a log that is counted in less than a few."""
MOST_GROWTH = 10**1.1
"""Times the time of processors for ten times the rows: 10 is linear, and what must be put on disk
costs a little more. Comparing all with all would be 100."""
RATIO_FROM = 10_000_000
KEYS = ["code", "structure", "period"]


def write(folder: Path, rows: int) -> None:
    """Write the log."""
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    from case_log import caselog

    with told():
        caselog(rows, folder / "log.parquet")
    os.sync()  # who counts first is not to wait for what was written


def count(folder: Path) -> None:
    """Count it as the package does."""
    from hganalysis import caselog

    with tempfile.TemporaryDirectory(dir=folder) as spill:
        engine = caselog.connect(memory=MEMORY, spill=Path(spill))
        log = caselog.open_log(engine, [folder / "log.parquet"])
        with told():
            counts = caselog.counts(log, until=UNTIL)
    counts.files.to_parquet(folder / "caselog.parquet")
    counts.platforms.to_parquet(folder / "caselog.platforms.parquet")


def prepare(folder: Path) -> None:
    """Write down the SQL, and the two small tables of places that it joins."""
    import ibis
    from ibis.expr.operations import DatabaseTable, InMemoryTable

    from hganalysis import caselog
    from hganalysis.caselog.tally import tally

    engine = caselog.connect(spill=folder)
    log = caselog.open_log(engine, [folder / "log.parquet"])
    expression = tally(log, period="year", until=UNTIL)
    tables = []
    for node in expression.op().find(InMemoryTable):
        node.data.to_frame().to_parquet(folder / f"{node.name}.parquet")
        tables.append(node.name)
    [view] = {node.name for node in expression.op().find(DatabaseTable)}
    sql = str(ibis.to_sql(expression, dialect="duckdb"))
    (folder / "sql.json").write_text(json.dumps({"sql": sql, "view": view, "tables": tables}))


def straight(folder: Path) -> None:
    """Type the SQL straight into DuckDB."""
    import duckdb

    typed = json.loads((folder / "sql.json").read_text())
    with tempfile.TemporaryDirectory(dir=folder) as spill:
        limits = {"memory_limit": MEMORY, "temp_directory": spill}
        engine = duckdb.connect(config={**limits, "preserve_insertion_order": "false"})
        engine.execute("SET TimeZone = 'UTC'")
        for name in typed["tables"]:
            file = folder / f"{name}.parquet"
            engine.execute(f"CREATE TABLE {name} AS FROM read_parquet('{file}')")
        file = folder / "log.parquet"
        engine.execute(f"CREATE VIEW {typed['view']} AS FROM read_parquet('{file}')")
        with told():
            counts = engine.execute(typed["sql"]).df()
    counts.to_parquet(folder / "straight.parquet")


class told:  # noqa: N801  (used as a verb)
    """Print what a block of code cost: seconds, seconds of processors, peak of the process."""

    def __enter__(self) -> None:
        """Start the clocks."""
        self.clocks = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        """Read them. A process that was started anew has a peak of its own only in /proc."""
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        [peak] = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
        seconds = time.perf_counter() - self.clocks[0]
        processor = time.process_time() - self.clocks[1]
        cost = {"seconds": seconds, "processor_s": processor, "peak_mb": int(peak) * 1024 // 10**6}
        print(json.dumps(cost))


ROUTES = {"caselog": count, "sql": straight}


def same(folder: Path) -> None:
    """Stop if the SQL did not give the counts of the package."""
    files, platforms = (
        pd.read_parquet(folder / f"caselog{part}.parquet") for part in ("", ".platforms")
    )
    counts = pd.read_parquet(folder / "straight.parquet")
    whole = counts[counts["platform"].isna()].rename(columns={"files": "received"})
    totals = whole[[*KEYS, "received", "online", "people"]]
    each = counts.loc[counts["platform"].notna(), [*KEYS, "platform", "people"]]
    for ours, theirs, keys in ((files, totals, KEYS), (platforms, each, [*KEYS, "platform"])):
        for table in (ours, theirs):
            table[["structure", "period"]] = table[["structure", "period"]].astype("datetime64[s]")
        pd.testing.assert_frame_equal(
            ours.sort_values(keys, ignore_index=True),
            theirs.astype({"code": "str"}).sort_values(keys, ignore_index=True),
            check_dtype=False,
            check_categorical=False,
        )


def run(folder: Path, rows: int, runs: int) -> pd.DataFrame:
    """Run every route on a log of some length: one row for each."""
    costs = [{"route": "write", **_apart("write", folder, rows)}]
    _apart("prepare", folder)
    for number in range(runs):
        # A B, B A: whoever comes first finds the file cold, or the machine.
        for route in list(ROUTES)[:: 1 if number % 2 == 0 else -1]:
            costs.append({"route": route, **_apart(route, folder)})
            print(rows, costs[-1], file=sys.stderr, flush=True)
    same(folder)
    each = pd.DataFrame(costs).groupby("route", sort=False)
    table = each.agg(
        runs=("seconds", "size"),
        seconds=("seconds", "median"),
        fastest=("seconds", "min"),
        slowest=("seconds", "max"),
        processor_s=("processor_s", "median"),
        peak_mb=("peak_mb", "max"),
        load=("load", "mean"),
    )
    return table.reset_index().assign(rows=rows)


def _apart(step: str, folder: Path, rows: int = 0) -> dict[str, Any]:
    load = os.getloadavg()[0]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "--step", step, "--rows", str(rows), folder],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {**json.loads(done.stdout or "{}"), "load": load}


def machine() -> dict[str, object]:
    """Say on what it was run."""
    import duckdb

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 10**9
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    cores = len(os.sched_getaffinity(0))
    return {"cores": cores, "memory_gb": round(memory), "duckdb": duckdb.__version__, "date": today}


def bar(table: pd.DataFrame) -> pd.DataFrame:
    """Hold a run against what is demanded of it."""
    seconds, processor = (
        table.pivot_table(index="rows", columns="route", values=clock)
        for clock in ("seconds", "processor_s")
    )
    lines = []
    for rows, row in seconds.iterrows():
        ratio, difference = row["caselog"] / row["sql"], row["caselog"] - row["sql"]
        if rows < RATIO_FROM:
            lines.append(
                [
                    f"{rows} rows, s more than the SQL",
                    difference,
                    MOST_MORE,
                    difference <= MOST_MORE,
                ]
            )
        else:
            lines.append([f"{rows} rows, times the SQL", ratio, MOST_RATIO, ratio <= MOST_RATIO])
    used = processor["caselog"].to_numpy()
    tenfold = np.log10(processor.index[1:] / processor.index[:-1])
    for rows, times in zip(
        processor.index[1:], (used[1:] / used[:-1]) ** (1 / tenfold), strict=True
    ):
        lines.append(
            [f"to {rows} rows, times for tenfold", times, MOST_GROWTH, times <= MOST_GROWTH]
        )
    of_ours = table[table["route"] == "caselog"].set_index("rows")["peak_mb"]
    peak = of_ours[max(of_ours.index)]
    lines.append(
        [f"{max(of_ours.index)} rows, peak of memory in MB", peak, MOST_MB, peak <= MOST_MB]
    )
    return pd.DataFrame(lines, columns=["demand", "found", "bound", "met"])


def main(
    folder: Annotated[Path | None, typer.Argument(help="Where there is room.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Where to write the table.")] = None,
    rows: Annotated[int, typer.Option(help="Of one length only; of all, unless given.")] = 0,
    step: Annotated[str | None, typer.Option(help="One step of it, in this process.")] = None,
) -> None:
    """Run all lengths, print the table and the bar, and end with a status."""
    if step is not None and folder is not None:
        steps = {"write": lambda place: write(place, rows), "prepare": prepare, **ROUTES}
        steps[step](folder)
        return
    parts = []
    for length in [rows] if rows else RUNS:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            parts.append(run(Path(place), length, RUNS.get(length, 3)))
    first = ["rows", "route"]
    table = pd.concat(parts, ignore_index=True).assign(**machine())
    table = table[[*first, *table.columns.drop(first)]].round(
        {"seconds": 3, "fastest": 3, "slowest": 3, "processor_s": 3, "load": 1}
    )
    if csv:
        table.to_csv(csv, index=False, lineterminator="\n")
    demands = bar(table)
    print(table.to_string(), demands.to_string(), sep="\n")
    raise typer.Exit(int(not demands["met"].all()))


if __name__ == "__main__":
    typer.run(main)

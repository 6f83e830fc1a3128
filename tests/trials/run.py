"""
Run trial studies: `python -m trials.run` in `tests/`, or `make trials`.

Each seed has a process of its own time: what one leaves behind in memory is no other's. What came
of each is a row of `data/benchmarks/trials.csv`; the seeds that break something are named at the
end with the command that runs them again.
"""

import argparse
import csv
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import unicodedata
from datetime import date
from pathlib import Path

from trials import bring, laws, study

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "data" / "benchmarks" / "trials.csv"
COLUMNS = (
    *("seed", "districts", "communes", "years", "measures", "study", "route", "built", "refused"),
    *("laws", "crashes", "broken", "failed", "seconds", "date"),
)
# A process is replaced after so many studies: the memory of drawn figures grows.
STUDIES_EACH = 8


def main():
    """Run the seeds that are named, or the first 60, and write the table."""
    wanted = argparse.ArgumentParser(prog="python -m trials.run")
    wanted.add_argument("seeds", nargs="*", type=int, help="seeds; the first 60 unless named")
    wanted.add_argument("--cores", type=int, default=os.cpu_count())
    wanted.add_argument("--keep", type=Path, help="a folder to keep files and outputs in")
    wanted.add_argument("--table", type=Path, help="where to write the table, if seeds are named")
    found = wanted.parse_args()
    seeds = found.seeds or list(range(1, 61))
    table = found.table or (None if found.seeds else TABLE)
    begun, rows = time.monotonic(), []
    context = multiprocessing.get_context("spawn")
    with context.Pool(found.cores, maxtasksperchild=STUDIES_EACH) as pool:
        jobs = [(seed, found.keep) for seed in seeds]
        for row in pool.imap_unordered(run, jobs, chunksize=1):
            rows.append(row)
            took = time.monotonic() - begun
            state = "crashed" if row["crashes"] else "broken" if row["broken"] else "ok"
            spent = f"seed {row['seed']:3}  {row['seconds']:5.1f} s  {state}"
            print(f"{len(rows):3}/{len(seeds)}  {took:5.0f} s  {spent}",
                  flush=True)  # fmt: skip
            for text in row["failed"]:
                print(f"      {text[:400]}", flush=True)
    rows.sort(key=lambda row: row["seed"])
    if table:
        write(rows, table)
    bad = [row["seed"] for row in rows if row["crashes"] or row["broken"]]
    print(f"{len(rows)} studies, {sum(bool(row['crashes']) for row in rows)} with a crash, "
          f"{sum(bool(row['broken']) for row in rows)} with a broken law.")  # fmt: skip
    if bad:
        print(f"Again: PYTHONPATH=tests python -m trials.run {' '.join(map(str, bad))}")
    return bool(bad)


def run(job):
    """Run one seed, and describe what came of it in a row."""
    seed, kept = job
    folder = Path(tempfile.mkdtemp()) if kept is None else kept / str(seed)
    shutil.rmtree(folder, ignore_errors=True)
    begun = used()
    try:
        made = bring.trial(study.study(seed), folder)
        checked = laws.hold(made)
        found = described(made, checked, folder)
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)
    return {"seed": seed, **found, "seconds": round(used() - begun, 1)}


def described(made, checked, folder):
    """Describe in a row what came of a study; no folder of this machine is named."""

    def lines(texts):
        return [one_line(text).replace(f"{folder}/", "") for text in texts]

    found = made.study
    levels = {"districts": found.listed["district_code"].nunique(), "communes": len(found.listed)}
    gone = {"districts": "communes", "communes": "districts"}.get(found.traits.places)
    return {
        **levels,
        **({gone: 0} if gone else {}),
        "years": len(found.years),
        "measures": len(found.measures),
        "study": str(found),
        "route": found.traits.route,
        "built": laws.built(made),
        "refused": lines(f"{where}: {laws.short(why)}" for where, why in made.refused.items()),
        "laws": len(checked),
        "crashes": len(made.crashes),
        "broken": len(made.broken),
        "failed": lines([*(f"{at}: {why}" for at, why in made.crashes.items()), *made.broken]),
        "date": date.today().isoformat(),
    }


def used():
    """Give the seconds that processors worked for this process, and for those it started."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def one_line(text):
    """Write a text on one line."""
    lines = unicodedata.normalize("NFC", text).splitlines()
    return " / ".join(line.strip() for line in lines if line.strip())


def write(rows, table):
    """Write the table: lists joined by semicolons, none where there are none."""
    with table.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(COLUMNS)
        for row in rows:
            lines.writerow(
                " ; ".join(map(str, row[name])) if isinstance(row[name], list) else row[name]
                for name in COLUMNS
            )


if __name__ == "__main__":
    sys.exit(main())

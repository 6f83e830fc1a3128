"""
Run trial studies: `python -m trials.run` in `tests/`, or `make trials`.

Each seed has a process of its own time: what one leaves behind in memory is no other's. The seeds
that break something are named at the end with the command that runs them again.
"""

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from trials import bring, laws, study

# A process is replaced after so many studies: the memory of drawn figures grows.
STUDIES_EACH = 8


def main():
    """Run the seeds that are named, or the first 200; end with a status if a law is broken."""
    wanted = argparse.ArgumentParser(prog="python -m trials.run")
    wanted.add_argument("seeds", nargs="*", type=int, help="seeds; the first 200 unless named")
    wanted.add_argument("--cores", type=int, default=os.cpu_count())
    wanted.add_argument("--keep", type=Path, help="a folder to keep files and outputs in")
    found = wanted.parse_args()
    seeds = found.seeds or list(range(1, 201))
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
    bad = [row["seed"] for row in rows if row["crashes"] or row["broken"]]
    print(f"{len(rows)} studies, {sum(bool(row['crashes']) for row in rows)} with a crash, "
          f"{sum(bool(row['broken']) for row in rows)} with a broken law.")  # fmt: skip
    if bad:
        print(f"Again: PYTHONPATH=tests python -m trials.run {' '.join(map(str, bad))}")
    return bool(bad)


def run(job):
    """Run one seed, and say what crashed or broke a law."""
    seed, kept = job
    folder = Path(tempfile.mkdtemp()) if kept is None else kept / str(seed)
    shutil.rmtree(folder, ignore_errors=True)
    begun = used()
    try:
        made = bring.trial(study.study(seed), folder)
        laws.hold(made)
        failed = [*(f"{at}: {why}" for at, why in made.crashes.items()), *made.broken]
        found = {"crashes": len(made.crashes), "broken": len(made.broken), "failed": failed}
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)
    return {"seed": seed, **found, "seconds": round(used() - begun, 1)}


def used():
    """Give the seconds that processors worked for this process, and for those it started."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


if __name__ == "__main__":
    sys.exit(main())

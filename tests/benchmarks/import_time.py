"""
Print how long `import hganalysis` takes beside the libraries that it puts off.

Run as `python tests/benchmarks/import_time.py`. The ratio should stay below a third; what keeps it
there is tested without a clock, in `tests/test_setup.py`.
"""

import statistics
import subprocess
import sys
import time

OURS = "import hganalysis"
ALL = "import hganalysis as hg; [getattr(hg, name) for name in hg.__all__]"
HEAVY = "import geopandas, statsmodels.api, folium"
ROUNDS = 5
LIMIT = 1 / 3


def run(statement: str) -> float:
    """Time a fresh interpreter that runs a statement."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def seconds(statement: str) -> float:
    """Give the median of a few rounds, each less the time of an interpreter that does nothing."""
    return statistics.median(run(statement) - run("pass") for _ in range(ROUNDS))


if __name__ == "__main__":
    run(HEAVY)  # so that all are read from a warm disk
    heavy, ours, every = (seconds(statement) for statement in (HEAVY, OURS, ALL))
    print(f"{heavy:.2f} s  {HEAVY}")
    print(f"{ours:.2f} s  {OURS}: ratio {ours / heavy:.3f}, target below {LIMIT:.2f}")
    print(f"{every:.2f} s  the same and all its modules: ratio {every / heavy:.2f}")
    sys.exit(ours / heavy >= LIMIT)

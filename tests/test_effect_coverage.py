"""Coverage: a small part of the benchmark, and the committed table of a full run."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parent / "benchmarks"
TABLE = Path(__file__).parents[1] / "data" / "benchmarks" / "coverage.csv"


@pytest.fixture(scope="module")
def benchmark():
    # By path, because a package named coverage exists.
    spec = importlib.util.spec_from_file_location("coverage_of_effect", BENCHMARKS / "coverage.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_intervals_hold_the_truth_and_the_naive_ones_do_not(benchmark):
    scenarios = [benchmark.SCENARIOS[4], benchmark.SCENARIOS[8]]  # the middle one; districts only
    assert [(s.icc, s.share) for s in scenarios] == [(0.15, 0.5), (0.30, 1.0)]
    table = benchmark.run(60, 7, scenarios, quiet=True)
    cover = table.pivot_table(index="method", columns="scenario", values="coverage")
    # 120 runs of 95 %: within four binomial errors.
    assert cover.loc["headline"].mean() > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 120)
    assert cover.loc["Poisson model errors"].mean() < 0.6
    assert cover.loc["two years, errors by commune"].mean() < 0.88
    # Where the exposure is the district's, rung 2 is refused and the headline is rung 5.
    districts_only = table[table["scenario"] == scenarios[1].name].set_index("method")
    assert "rung 2" not in districts_only.index
    assert districts_only.loc["headline", "coverage"] == districts_only.loc["rung 5", "coverage"]


def test_same_seed_same_table(benchmark):
    one, two = (benchmark.run(2, 7, benchmark.SCENARIOS[9:10], quiet=True) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    assert "Moran's I" in set(one["method"])


def test_the_bar_is_met_by_the_committed_run(benchmark):
    table = pd.read_csv(TABLE)
    assert set(table["scenario"]) == {s.name for s in benchmark.SCENARIOS}
    assert set(table["replications"]) == {1000}
    assert table[["seed", "date"]].nunique().tolist() == [1, 1]
    held = benchmark.bar(table)
    assert held["met"].all(), held[~held["met"]].to_string()
    # Beside it stands what the design sees of a ratio of 1.05: little, and less the wider it is.
    headline = table[table["method"] == "headline"]
    assert headline["power"].between(0, 1).all()
    assert headline["power"].corr(headline["median_width"], method="spearman") < -0.8
    assert table.loc[table["method"] != "headline", "power"].isna().all()
    # The demands are all there, not only those that are met.
    assert len(held) == 8


def test_the_bar_sees_what_misses_it(benchmark):
    table = pd.read_csv(TABLE)
    narrow = table.assign(
        coverage=table["coverage"].where(table["method"] != "headline", table["coverage"] - 0.05)
    )
    assert not benchmark.bar(narrow).set_index("demand")["met"]["headline, mean coverage"]
    wide = table.assign(median_width=1.5 * table["median_width"])
    assert not benchmark.bar(wide).set_index("demand")["met"]["median width, rung 2"]
    broken = table.assign(
        coverage=table["coverage"].where(table["method"] != "Poisson model errors", 0.95)
    )
    assert not benchmark.bar(broken).set_index("demand")["met"]["must fail: Poisson model errors"]

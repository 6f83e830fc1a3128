"""What a longer log costs: the committed table of a full run, and a small one."""

import importlib.util
import sys
from pathlib import Path

import pandas as pd
import pytest
from case_log import caselog

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def benchmark():
    file = ROOT / "tests" / "benchmarks" / "scale.py"
    found = importlib.util.spec_from_file_location("scale", file)
    module = importlib.util.module_from_spec(found)
    sys.modules["scale"] = module
    found.loader.exec_module(module)
    return module


@pytest.fixture
def table():
    return pd.read_csv(ROOT / "data" / "benchmarks" / "scale.csv")


def test_the_committed_run_has_all_lengths_and_routes(benchmark, table):
    runs = {(rows, route): one for rows, route, one in table[["rows", "route", "runs"]].to_numpy()}
    expected = {
        (rows, route): 1 if route == "write" else many
        for rows, many in benchmark.RUNS.items()
        for route in ("write", *benchmark.ROUTES)
        if route != "pandas" or rows <= benchmark.PANDAS_FITS
    }
    assert runs == expected
    assert list(benchmark.RUNS) == [1_000_000, 10_000_000, 100_000_000]
    assert (table["fastest"] <= table["seconds"]).all()
    assert (table["seconds"] <= table["slowest"]).all()
    assert table["date"].nunique() == table["cores"].nunique() == table["duckdb"].nunique() == 1


def missed(held):
    return set(held["demand"][~held["met"]])


def test_the_bar_is_met_by_the_committed_run(benchmark, table):
    held = benchmark.bar(table)
    assert len(held) == 6
    assert not missed(held), held.to_string()


@pytest.mark.parametrize(
    ("route", "rows", "column", "times"),
    [
        ("caselog", 10_000_000, "seconds", 1.5),
        ("caselog", 100_000_000, "seconds", 1.5),
        ("caselog", 1_000_000, "seconds", 3),
        ("caselog", 10_000_000, "processor_s", 2),
        ("caselog", 100_000_000, "peak_mb", 1.3),
    ],
)
def test_the_bar_sees_what_misses_it(benchmark, table, route, rows, column, times):
    there = (table["route"] == route) & (table["rows"] == rows)
    worse = table[column].where(~there, table[column] * times)
    assert missed(benchmark.bar(table.assign(**{column: worse})))


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The 'future.infer_string'")
def test_every_route_gives_the_same_counts(benchmark, tmp_path):
    caselog(20_000, tmp_path / "log.parquet")
    benchmark.prepare(tmp_path)
    for route in benchmark.ROUTES.values():
        route(tmp_path)
    for route in ("sql", "pandas"):
        benchmark.same(tmp_path, route)
    counted = pd.read_parquet(tmp_path / "caselog.parquet")
    counted.loc[3, "people"] += 1
    counted.to_parquet(tmp_path / "caselog.parquet")
    for route in ("sql", "pandas"):
        with pytest.raises(AssertionError):
            benchmark.same(tmp_path, route)

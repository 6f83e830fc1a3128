"""Worlds that the method was not made for: a small run of the benchmark."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hganalysis import effect, findings, words

BENCHMARKS = Path(__file__).parent / "benchmarks"
TABLE = Path(__file__).parents[1] / "data" / "benchmarks" / "worlds.csv"


@pytest.fixture(scope="module")
def worlds():
    spec = importlib.util.spec_from_file_location("worlds_of_effect", BENCHMARKS / "worlds.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]
    del sys.modules["coverage_of_effect"]


def named(worlds, *names):
    chosen = [world for world in worlds.WORLDS if world.name in names]
    assert len(chosen) == len(names)
    return chosen


def test_a_wrong_record_is_held_and_a_log_link_misses_the_ceiling(worlds):
    some = named(worlds, "population off by 10 %, SD 0.15", "log link, capped near 100 %")
    table = worlds.run(60, 5, some, slopes=(0.05,), quiet=True).set_index(["world", "method"])
    cover = table["coverage"]
    for world in some:
        assert cover[world.name, "headline"] > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 60)
    assert cover[some[0].name, "population taken for exact"] < 0.85
    assert table.loc[(some[1].name, "log link kept"), "shown"] > 10


def test_nearly_equal_densities_are_never_shown(worlds):
    (equal,) = named(worlds, "population off by 10 %, density nearly equal")
    table = worlds.run(20, 5, [equal], quiet=True)
    assert (table["shown"] == 0).all()
    assert (table["refused"] == 1).all()
    assert (table["claimed"] == 0).all()


@pytest.mark.parametrize("name", ["hidden urbanity by commune", "teams sent where uptake lags"])
def test_what_no_method_can_cure_is_said_in_every_sentence(worlds, name):
    (world,) = named(worlds, name)
    frame, truth = worlds.province(world, 0.0, worlds.coverage.Layout(), np.random.default_rng(3))
    assert truth == 0
    climbed = effect.ladder(
        effect.columns(
            frame.assign(origin="reported"),
            count="count",
            exposure="density",
            offset="population",
            cluster="district",
        )
    )
    assert not climbed.headline.low <= 0 <= climbed.headline.high
    assert words.term("findings.estimate_limit") in findings.headline(climbed)
    # On a slide there may be room for two lines: this is one of them.
    assert words.term("findings.estimate_limit") in findings.titles.limits(climbed.headline)[:2]


def test_same_seed_same_table(worlds):
    one, two = (worlds.run(2, 7, worlds.WORLDS[8:9], quiet=True) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    others = {"population taken for exact", "errors by district alone"}
    assert {"headline", "spatial GLS"} == set(one["method"]) - others


def test_the_bar_is_met_by_the_committed_run(worlds):
    table = pd.read_csv(TABLE)
    assert set(table["world"]) == {world.name for world in worlds.WORLDS}
    assert table[["seed", "date"]].nunique().tolist() == [1, 1]
    held = worlds.bar(table)
    assert held["met"].all(), held[~held["met"]].to_string()
    assert len(held) == 13


def test_the_bar_sees_what_misses_it(worlds):
    table = pd.read_csv(TABLE)
    head = table["method"] == "headline"
    demands = {
        "headline, worst world": table.assign(
            coverage=table["coverage"].where(~head, table["coverage"] - 0.08)
        ),
        "smooth: headline, worst": table.assign(
            coverage=table["coverage"].where(~head, table["coverage"] - 0.08)
        ),
        "smooth: flagged, least": table.assign(flagged=table["flagged"] - 0.2),
        "hidden: the difference itself, worst": table.assign(
            coverage=table["coverage"].where(table["method"] != worlds.ITSELF, 0.9)
        ),
        "withheld in honest worlds": table.assign(withheld=table["withheld"] + 0.05),
        "claimed where density is nearly equal": table.assign(claimed=table["claimed"] + 0.05),
        "must fail: population taken for exact": table.assign(
            coverage=table["coverage"].where(head, 0.95)
        ),
    }
    for demand, wrong in demands.items():
        assert not worlds.bar(wrong).set_index("demand")["met"][demand], demand

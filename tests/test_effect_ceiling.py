"""Shares near 100 %: a model that keeps them below takes the place of the log link, by rule."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hganalysis import effect, findings, words
from hganalysis.effect.errors import cr2, sandwich
from hganalysis.effect.models import chosen, fitted, to_log_rate

GOLDEN = Path(__file__).parent / "golden"
COLUMNS = {"count": "near", "exposure": "density", "offset": "population", "cluster": "district"}


@pytest.fixture
def communes():
    table = pd.read_csv(GOLDEN / "effect_input.csv", index_col="commune")
    density = 1000 * table["members"] / table["population"]
    return table.assign(density=density, origin="reported")


@pytest.mark.parametrize("rung", [1, 2])
def test_binomial_agrees_with_r(communes, rung):
    witness = pd.read_csv(GOLDEN / "effect.csv", index_col=["model", "quantity"])["value"]
    expected = witness["binomial pooled" if rung == 1 else "binomial within"]
    fit = chosen(effect.columns(communes, controls=["urban"], **COLUMNS), rung)
    assert fit.link == "logit"
    error = cr2(fit, "density")
    assert fit.coefficient("density") == pytest.approx(expected["coefficient"], rel=1e-6)
    assert error.standard_error == pytest.approx(expected["cr2"], rel=1e-6)
    assert error.df == pytest.approx(expected["df"], rel=1e-6)


def test_the_rule_is_the_fitted_count_and_nothing_else(communes):
    data = effect.columns(communes, controls=["urban"], **COLUMNS)
    assert (fitted(data, 2).mean > data.population).any()
    found = effect.estimate(effect.columns(communes, controls=["urban"], **COLUMNS))
    assert "near the ceiling" in found.flags
    assert found.method.startswith("binomial")
    fewer = communes.assign(near=communes["near"] // 2)
    assert (fitted(effect.columns(fewer, **COLUMNS), 2).mean < fewer["population"]).all()
    assert effect.estimate(effect.columns(fewer, **COLUMNS)).log_odds_ratio is None
    # Acts have no ceiling: more of them than people in one commune, and the log link stays.
    acts = communes.assign(near=communes["near"] + 30000 * (communes.index == 7))
    found = effect.estimate(effect.columns(acts, **COLUMNS))
    assert "acts, not people" in found.flags
    assert found.log_odds_ratio is None


def test_ratio_is_that_of_the_predicted_counts(communes):
    # A second route: predict every commune with a little more density, and compare the totals.
    data = effect.columns(communes, controls=["urban"], **COLUMNS)
    fit = chosen(data, 2)
    line = np.log(fit.mean / (1 - fit.mean))
    step = 1e-6
    more = 1 / (1 + np.exp(-line - fit.coefficient("density") * step))
    assert (more < 1).all()
    expected = math.log(data.population @ more / (data.population @ fit.mean)) / step
    found = effect.estimate(effect.columns(communes, controls=["urban"], **COLUMNS))
    assert found.log_rate_ratio == pytest.approx(expected, rel=1e-4)
    assert found.log_odds_ratio == fit.coefficient("density")
    assert found.standard_error == pytest.approx(
        to_log_rate(fit) * cr2(fit, "density").standard_error
    )


def test_everything_that_stands_beside_it_is_of_the_same_model(communes):
    climbed = effect.ladder(effect.columns(communes, controls=["urban"], **COLUMNS), bootstrap=199)
    found = climbed.headline
    for one in found.alternatives:
        if not one.method.startswith("OLS"):
            assert one.log_rate_ratio == pytest.approx(found.log_rate_ratio)
            assert one.low < found.log_rate_ratio < one.high
    refits = effect.leave_one_out(effect.columns(communes, controls=["urban"], **COLUMNS))
    again = effect.estimate(
        effect.columns(communes[communes["district"] != 4], controls=["urban"], **COLUMNS)
    )
    assert again.log_odds_ratio is not None
    assert refits.loc["4", "log_rate_ratio"] == pytest.approx(again.log_rate_ratio, rel=1e-8)
    assert refits.loc["4", "low"] == pytest.approx(again.rate_ratio_low, rel=1e-8)
    left = effect.residuals(effect.columns(communes, controls=["urban"], **COLUMNS))
    assert (left["expected"] < communes["population"]).all()
    naive = effect.naive(effect.columns(communes, controls=["urban"], **COLUMNS))
    assert naive.loc["headline", ["low", "high"]].tolist() == pytest.approx(found.by_cluster)
    assert found.rate_ratio_low < found.by_cluster[0] < found.rate_ratio
    fit, usual = chosen(effect.columns(communes, controls=["urban"], **COLUMNS), 2), 1.959963984540
    half = to_log_rate(fit) * usual * sandwich(fit, "density").standard_error
    low, high = np.log(naive.loc["cluster-robust z", ["low", "high"]].astype(float))
    assert high - low == pytest.approx(2 * half)


def test_sentence_says_so_and_gives_the_odds(communes):
    climbed = effect.ladder(effect.columns(communes, controls=["urban"], **COLUMNS))
    odds = words.number(math.exp(climbed.headline.log_odds_ratio), decimals=2)
    said = words.term("findings.estimate_ceiling", odds=odds)
    assert said in findings.headline(climbed)
    assert said in findings.titles.limits(climbed.headline)
    assert findings.teams.ceiling(climbed.headline)[0] in findings.headline(climbed)
    table = climbed.table().set_index("rung")
    assert table.loc[2, "method"].startswith("binomial")

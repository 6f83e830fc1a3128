"""What errors in the denominator could make of an estimate, beside it and instead of it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hganalysis import effect, findings, words
from hganalysis.effect.models import fitted
from hganalysis.effect.rules import part_of

GOLDEN = Path(__file__).parent / "golden"
COLUMNS = {"count": "users", "exposure": "density", "offset": "population", "cluster": "district"}


@pytest.fixture
def communes():
    table = pd.read_csv(GOLDEN / "effect_input.csv", index_col="commune")
    density = 1000 * table["members"] / table["population"]
    return table.assign(density=density, origin="reported")


def misrecorded(rng, *, error, spread, slope=0.0, noise=0.1, shared=0.1, units=(12,) * 8):
    """Record wrong populations of a province whose density differs by `spread` (log SD)."""
    district = np.repeat(np.arange(len(units)), units)
    n = len(district)
    people = 9000 * np.exp(0.35 * rng.normal(size=n))
    density = 5 * np.exp(spread * rng.normal(size=n))
    shocks = noise * rng.normal(size=n) + shared * rng.normal(size=len(units))[district]
    users = people * np.exp(-1.5 + slope * (density - 5) + shocks)
    members = density * people / 1000
    recorded = people * np.exp(error * rng.normal(size=n))
    return pd.DataFrame(
        {
            "users": users,
            "members": members,
            "population": recorded,
            "density": 1000 * members / recorded,
            "district": district,
            "origin": "reported",
        }
    )


@pytest.mark.parametrize("rung", [1, 2, 5])
@pytest.mark.parametrize("spread", [0.12, 0.3])
def test_part_is_what_errors_make_on_average(spread, rung):
    # A second route: worlds without a relation, recorded with error, fitted and averaged.
    rng = np.random.default_rng(3)
    made, parts = [], []
    for _ in range(400 if rung == 5 else 60):
        table = misrecorded(rng, error=0.1, spread=spread, noise=0.02, shared=0.0)
        data = effect.columns(table, **COLUMNS)
        used = data.by_cluster() if rung == 5 else data
        fit = fitted(used, rung)
        made.append(fit.coefficients[0])
        part = part_of(fit, used.exposure, used.variance)
        parts.append(part.log_rate_ratio)
    # Of eight rows the variation of the exposure is known loosely, and its inverse is too large.
    assert np.median(parts) == pytest.approx(np.median(made), rel=0.3 if rung == 5 else 0.1)


@pytest.mark.parametrize("slope", [0.0, 0.05])
def test_interval_holds_the_truth_where_populations_are_off(slope):
    rng = np.random.default_rng(11)
    plain, held, runs = 0, 0, 150
    for _ in range(runs):
        found = effect.estimate(
            effect.columns(misrecorded(rng, error=0.1, spread=0.2, slope=slope), **COLUMNS)
        )
        plain += found.sampling_low <= slope <= found.sampling_high
        held += found.low <= slope <= found.high
    assert plain / runs < 0.8
    assert held / runs > 0.92


def test_nearly_equal_densities_are_refused_and_different_ones_are_not():
    rng = np.random.default_rng(12)
    for _ in range(20):
        with pytest.raises(effect.Refused) as why:
            effect.estimate(effect.columns(misrecorded(rng, error=0.1, spread=0.02), **COLUMNS))
        assert why.value.reason == "denominator in doubt"
        honest = misrecorded(rng, error=0.0, spread=0.25, slope=0.1)
        assert effect.ladder(effect.columns(honest, **COLUMNS)).headline.doubt_share < 0.3
    # Who knows the population to a hundredth has an estimate.
    close = misrecorded(rng, error=0.01, spread=0.1)
    assert effect.ladder(effect.columns(close, doubt=0.01, **COLUMNS)).headline.doubt == 0.01
    climbed = effect.ladder(effect.columns(misrecorded(rng, error=0.1, spread=0.02), **COLUMNS))
    with pytest.raises(effect.Refused, match="that alone makes"):
        _ = climbed.headline
    assert words.term("reasons.denominator in doubt") in findings.headline(climbed)


def test_headline_is_withheld_where_the_denominator_could_make_all_of_it():
    # One percent more members for 0.2 % more users, which errors of 10 % could make by themselves.
    table = misrecorded(np.random.default_rng(13), error=0.0, spread=0.2)
    noise = np.exp(0.01 * np.random.default_rng(14).normal(size=len(table)))
    users = 0.1 * table["population"] * table["density"] ** 0.18 * noise
    sure = effect.ladder(effect.columns(table.assign(users=users), **COLUMNS))
    found = next(one for one in sure if one.rung == 2)
    assert 0 < found.sampling_low < found.log_rate_ratio < found.doubt_part
    assert found.low < 0
    _, low, high = words.ratios(found.rate_ratio, found.rate_ratio_low, found.rate_ratio_high)
    unclear = words.term("findings.estimate_unclear", low=low, high=high)
    assert unclear in findings.titles.limits(found)
    # Of a stronger one they could make a part only, and it is shown.
    users = 0.1 * table["population"] * table["density"] ** 0.5 * noise
    assert effect.ladder(effect.columns(table.assign(users=users), **COLUMNS)).headline.low > 0
    with pytest.raises(effect.Refused, match="The headline is withheld") as why:
        _ = sure.headline
    assert why.value.reason == "denominator could make it"
    assert words.term("reasons.denominator could make it") in findings.headline(sure)


def test_part_stands_beside_every_headline(communes):
    climbed = effect.ladder(effect.columns(communes, **COLUMNS))
    found = climbed.headline
    assert found.doubt == 0.1
    assert found.low < found.sampling_low < found.sampling_high < found.high
    alone = math.exp(found.doubt_part)
    row = climbed.table().set_index("rung").loc[2]
    assert row["doubt"] == 0.1
    assert row["made_by_doubt"] == pytest.approx(alone)
    said = words.term(
        "findings.estimate_doubt",
        doubt=words.percent(0.1, decimals=0),
        alone=words.number(alone, decimals=2),
        low=words.number(math.exp(found.sampling_low), decimals=2),
        high=words.number(math.exp(found.sampling_high), decimals=2),
    )
    assert said in findings.headline(climbed)
    assert said in findings.titles.limits(found)
    exact = effect.ladder(effect.columns(communes, doubt=0, **COLUMNS))
    assert exact.headline.low == exact.headline.sampling_low
    assert words.percent(0.1, decimals=0) not in findings.headline(exact)


def test_interval_and_p_value_say_the_same(communes):
    # The p-value is the largest over all errors up to the doubt, so it is 0.05 where an end is 0.
    found = effect.estimate(effect.columns(communes, **COLUMNS))
    reach = found.sampling_high - found.log_rate_ratio
    for slope in (found.doubt_part + reach, -reach):
        edge = type(found)(**{**vars(found), "log_rate_ratio": slope})
        assert edge.p_value == pytest.approx(0.05)
        assert min(abs(edge.low), abs(edge.high)) == pytest.approx(0, abs=1e-12)
    inside = type(found)(**{**vars(found), "log_rate_ratio": found.doubt_part / 2})
    assert inside.p_value == 1
    # Errors would have hidden a part of a very strong one: its interval never loses the plain ends.
    strong = type(found)(**{**vars(found), "log_rate_ratio": 10.0})
    assert strong.low == strong.sampling_low
    assert strong.high > strong.sampling_high


def test_a_control_over_the_same_denominator_takes_its_errors(communes):
    # Both densities are wrong together, so what is left of one beside the other is less so: errors
    # worked out by shaking the recorded numbers a little, everything else as it is.
    rng = np.random.default_rng(4)
    table = communes.assign(helpers=np.round(communes["members"] * rng.uniform(0.6, 1.6, 75)))
    table = table.assign(help=1000 * table["helpers"] / table["population"])
    data = effect.columns(table, controls=["help"], doubt=0.01, **COLUMNS)
    fit = fitted(data, 2)
    beside = part_of(fit, data.exposure, data.variance, {1: data.controls[:, 0]})
    assert data.ratios == (0,)
    made = []
    for _ in range(400):
        error = np.exp(0.01 * rng.normal(size=75))
        shaken = table.assign(
            population=table["population"] * error,
            density=table["density"] / error,
            help=table["help"] / error,
            users=data.population * np.exp(-2.0),
        )
        wrong = effect.columns(shaken, controls=["help"], doubt=0.01, **COLUMNS)
        made.append(fitted(wrong, 2).coefficients[0])
    null = effect.columns(
        table.assign(users=table["population"] * np.exp(-2.0)), controls=["help"], **COLUMNS
    )
    weighed = fitted(null, 2)
    expected = part_of(weighed, data.exposure, data.variance, {1: data.controls[:, 0]})
    assert np.mean(made) == pytest.approx(expected.log_rate_ratio, rel=0.3)
    alone = part_of(weighed, data.exposure, data.variance)
    assert abs(np.mean(made) - alone.log_rate_ratio) > 0.5 * abs(np.mean(made))
    assert beside.share < part_of(fit, data.exposure, data.variance).share


NOT_SHARED = {
    "another denominator": lambda t: t.assign(population=t["population"] * np.exp(np.sin(t.index))),
    "below zero": lambda t: t.assign(density=t["density"] - 9),
    "whole": lambda t: t.assign(density=np.round(t["density"]), members=1.0),
}


@pytest.mark.parametrize("case", NOT_SHARED)
def test_an_exposure_over_something_else_has_no_part(communes, case):
    assert effect.estimate(effect.columns(NOT_SHARED[case](communes), **COLUMNS)).doubt == 0


def test_a_ratio_is_known_by_its_numerator_or_by_whole_numbers(communes):
    rounded = communes.assign(density=communes["density"].round(2))
    assert effect.estimate(effect.columns(rounded, **COLUMNS)).doubt == 0.1
    assert effect.estimate(effect.columns(communes.drop(columns="members"), **COLUMNS)).doubt == 0.1
    # Rounded and without its numerator it may be one or not: that is said.
    alone = effect.estimate(effect.columns(rounded.drop(columns="members"), **COLUMNS))
    assert alone.doubt == 0
    assert "denominator unknown" in alone.flags
    zero = communes.assign(members=communes["members"].where(communes.index != 9, 0))
    zero = zero.assign(density=1000 * zero["members"] / zero["population"])
    assert effect.estimate(effect.columns(zero, **COLUMNS)).doubt == 0.1
    assert (
        "denominator unknown"
        not in effect.estimate(
            effect.columns(rounded.drop(columns="members"), doubt=0, **COLUMNS)
        ).flags
    )
    with pytest.raises(ValueError, match="doubt is what 'population' may be off by"):
        effect.estimate(effect.columns(communes, doubt=10, **COLUMNS))

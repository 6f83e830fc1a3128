"""Diagnostics, sensitivity, other outcomes, bounds and planning: golden values, laws, refusals."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hganalysis import effect
from hganalysis.effect.sensitivity import bound, e_value_of, robustness_values
from hganalysis.effect.spatial import moran_of

GOLDEN = Path(__file__).parent / "golden"
COLUMNS = {"count": "users", "exposure": "density", "offset": "population", "cluster": "district"}


@pytest.fixture(scope="module")
def witness():
    table = pd.read_csv(GOLDEN / "effect_layer.csv", index_col=["model", "quantity"])
    return table["value"]


@pytest.fixture
def communes():
    table = pd.read_csv(GOLDEN / "effect_input.csv", index_col="commune")
    return table.assign(density=1000 * table["members"] / table["population"])


def steps(index):
    """Call units neighbours that stand one or five apart in the list, as in effect_layer.R."""
    pairs = [(a, b) for a in index for b in index if abs(a - b) in (1, 5)]
    return pd.DataFrame(pairs, columns=["code", "neighbour"])


# Moran's I.


@pytest.mark.parametrize("rung", [1, 2])
def test_moran_agrees_with_spdep(communes, witness, rung):
    found = effect.moran(
        effect.columns(communes, controls=["urban"], **COLUMNS),
        neighbours=steps(communes.index),
        rung=rung,
    )
    expected = witness["poisson pooled" if rung == 1 else "poisson within"]["moran"]
    assert found.statistic == pytest.approx(expected, rel=1e-6)
    assert (found.units, found.alone, found.draws) == (75, (), 999)
    assert found.expected < 0


def test_moran_sees_a_shock_that_neighbours_share(communes):
    shared = np.sin(communes.index.to_numpy() / 2.5)
    rough = communes.assign(users=communes["users"] * np.exp(0.5 * shared))
    ring = steps(communes.index)
    assert effect.moran(effect.columns(rough, **COLUMNS), neighbours=ring).p_value < 0.01
    # Mixing up who is where leaves nothing.
    names = pd.Series(np.random.default_rng(1).permutation(communes.index), index=communes.index)
    mixed = ring.assign(**{c: ring[c].map(names) for c in ring.columns})
    assert effect.moran(effect.columns(rough, **COLUMNS), neighbours=mixed).p_value > 0.05


def test_moran_has_its_size_under_fixed_effects():
    # Noise through the fit: p is uniform, so 5 % are below 0.05. 400 runs, four errors wide.
    rng = np.random.default_rng(5)
    district = np.repeat(np.arange(8), (9, 6, 10, 8, 15, 10, 8, 9))
    ring = steps(range(75))
    below = []
    for k in range(400):
        x, shock = rng.normal(size=(2, 75))
        population = 9000 * np.exp(0.35 * rng.normal(size=75))
        users = rng.poisson(population * np.exp(-2 + 0.1 * x + 0.3 * shock))
        table = pd.DataFrame(
            {"users": users, "density": x, "population": population, "district": district}
        )
        fit = effect.model(effect.columns(table, **COLUMNS))
        left, right = (ring[c].to_numpy() for c in ring.columns)
        one, noise = moran_of(fit, left, right, draws=99, seed=k)
        below.append((1 + np.sum(noise >= one)) / 100 <= 0.05)
    assert abs(np.mean(below) - 0.05) < 0.044


@pytest.mark.parametrize("rung", [1, 2])
def test_noise_has_the_mean_of_cliff_and_ord(communes, rung):
    # E[I] = n / S0 * trace(M W) / (n - k), where M projects off all columns; many smooth ones, so
    # that the projection matters.
    waves = {f"wave {k}": np.cos(np.pi * k * (communes.index - 0.5) / 75) for k in range(1, 13)}
    table = communes.assign(**waves)
    fit = effect.model(
        effect.columns(table, controls=list(waves), **COLUMNS), rung=rung, of="log rate"
    )
    ring = steps(range(75))
    left, right = (ring[c].to_numpy() for c in ring.columns)
    W = np.zeros((75, 75))
    W[left, right] = 1
    W /= W.sum(axis=1, keepdims=True)
    D = (communes["district"].to_numpy()[:, None] == np.arange(1, 9)).astype(float)
    X = np.column_stack([fit.X, D]) if rung == 2 else fit.X
    M = np.eye(75) - X @ np.linalg.pinv(X)
    expected = np.trace(M @ W) / (75 - X.shape[1])
    _, noise = moran_of(fit, left, right, draws=4000, seed=1)
    assert noise.mean() == pytest.approx(expected, abs=4 * noise.std() / math.sqrt(4000))
    assert expected < -0.1


def test_moran_names_units_alone_and_refuses_strangers(communes):
    few = steps(communes.index).query("code < 70 and neighbour < 70")
    assert effect.moran(effect.columns(communes, **COLUMNS), neighbours=few).alone == tuple(
        map(str, range(70, 76))
    )
    with pytest.raises(LookupError, match="No pair of neighbours is in the frame"):
        effect.moran(effect.columns(communes, **COLUMNS), neighbours=few.astype(str) + "x")
    with pytest.raises(LookupError, match="neighbours has no"):
        effect.moran(effect.columns(communes, **COLUMNS), neighbours=few[["code"]])


# Functional form and leverage.


def test_square_agrees_with_r(communes, witness):
    found = effect.functional_form(effect.columns(communes, controls=["urban"], **COLUMNS)).loc[
        "square"
    ]
    expected = witness["square within"]
    assert found["coefficient"] == pytest.approx(expected["coefficient"], rel=1e-6)
    assert found["standard_error"] == pytest.approx(expected["cr2"], rel=1e-6)
    assert found["df"] == pytest.approx(expected["df"], rel=1e-6)


def test_a_bend_is_seen_and_a_line_is_not(communes):
    rng = np.random.default_rng(2)
    x = pd.Series(rng.uniform(2, 8, size=75), index=communes.index)
    straight = communes["population"] * np.exp(0.1 * x - 2 + 0.05 * rng.normal(size=75))
    line = communes.assign(density=x, users=straight.round())
    assert (effect.functional_form(effect.columns(line, **COLUMNS))["p_value"] > 0.05).all()
    bent = line.assign(users=(straight * np.exp(0.2 * (x - 5) ** 2)).round())
    assert (effect.functional_form(effect.columns(bent, **COLUMNS))["p_value"] < 0.01).all()
    assert (effect.functional_form(effect.columns(bent, **COLUMNS), rung=1)["p_value"] < 0.01).all()
    with pytest.raises(effect.Refused, match="no bend can be seen") as refused:
        effect.functional_form(
            effect.columns(communes.assign(density=communes.index % 2), **COLUMNS)
        )
    assert refused.value.reason == "too few values"


def test_spline_is_straight_outside_its_knots():
    from hganalysis.effect.checks import _bend

    x = np.linspace(0, 10, 101)
    bend = _bend(x)
    assert bend[x <= 1] == pytest.approx(0)
    assert np.diff(bend[x >= 9], 2) == pytest.approx(0, abs=1e-9)
    # It bends all the way between the 10th and the 90th percentile, most at the median.
    curved, at = np.diff(bend, 2), x[1:-1]
    assert (curved[(at > 1.05) & (at < 8.95)] > 1e-6).all()
    assert at[np.argmax(curved)] == pytest.approx(5)


@pytest.mark.parametrize("rung", [1, 2])
def test_leverage_adds_up(communes, rung):
    table = effect.leverage(effect.columns(communes, controls=["urban"], **COLUMNS), rung=rung)
    assert table["leverage"].sum() == pytest.approx(3 if rung == 1 else 10)
    assert table["exposure_share"].sum() == pytest.approx(1)
    assert table["units"].sum() == 75
    wide = communes["density"].where(communes["district"] != 5, 1.5 * communes["density"])
    skewed = effect.leverage(effect.columns(communes.assign(density=wide), **COLUMNS), rung=rung)
    assert skewed["exposure_share"].idxmax() == "5"


# Sensitivity. Cinelli and Hazlett (2020), table 1: directly harmed, estimate 0.097, error 0.023,
# t 4.18, df 783: RV 13.9 %, at 5 % 7.6 %; as strong as `female`: 0.9 % and 12.5 %.


def test_robustness_values_are_the_published_ones():
    value, significant = robustness_values(4.18 / math.sqrt(783), 783, 0.95)
    assert round(value, 3) == 0.139
    assert round(significant, 3) == 0.076
    # Their bound, from the shares that `female` itself explains (0.91 % and 10.9 %).
    exposure, outcome = bound(0.00908, 0.109, times=1)
    assert (round(exposure, 3), round(outcome, 3)) == (0.009, 0.125)


def test_robustness_value_explains_the_estimate_away(communes):
    found = effect.robustness(effect.columns(communes, controls=["urban"], **COLUMNS))
    bias = found.bias(exposure=found.value, outcome=found.value)
    assert bias == pytest.approx(abs(found.log_rate_ratio), rel=1e-9)
    half = effect.robustness(effect.columns(communes, controls=["urban"], **COLUMNS), q=0.5)
    bias = half.bias(exposure=half.value, outcome=half.value)
    assert bias == pytest.approx(abs(found.log_rate_ratio) / 2, rel=1e-9)
    # At the second value the textbook t, adjusted as an omitted variable would, is just t.
    r2 = found.value_significant
    left = abs(found.log_rate_ratio) - found.bias(exposure=r2, outcome=r2)
    error = found.textbook_error * math.sqrt((1 - r2) / (1 - r2) * found.df / (found.df - 1))
    assert left / error == pytest.approx(stats.t.ppf(0.975, found.df - 1), rel=1e-6)


def test_bias_is_that_of_a_variable_left_out(communes):
    # Leave a real control out: the formula must give exactly what that did.
    rate = np.log(communes["users"] / communes["population"]).to_numpy()
    D = (communes["district"].to_numpy()[:, None] == np.arange(1, 9)).astype(float)
    x, z = (communes[c].to_numpy(dtype=float) for c in ("density", "urban"))

    def rest(y, *columns):
        X = np.column_stack([*columns, D])
        return y - X @ np.linalg.lstsq(X, y, rcond=None)[0]

    def r2(a, b):
        return np.corrcoef(a, b)[0, 1] ** 2

    short = effect.robustness(effect.columns(communes, **COLUMNS))
    long = effect.robustness(effect.columns(communes, controls=["urban"], **COLUMNS))
    bias = short.bias(exposure=r2(rest(x), rest(z)), outcome=r2(rest(rate, x), rest(z, x)))
    assert bias == pytest.approx(abs(short.log_rate_ratio - long.log_rate_ratio), rel=1e-9)


def test_benchmarks_shift_the_interval_towards_zero(communes):
    found = effect.robustness(effect.columns(communes, controls=["urban"], **COLUMNS))
    table = effect.benchmarks(
        effect.columns(communes, controls=["urban"], **COLUMNS), benchmark="urban"
    )
    assert table.index.tolist() == [1, 2, 3]
    assert table["bias"].is_monotonic_increasing
    np.testing.assert_allclose(table["log_rate_ratio"], found.log_rate_ratio - table["bias"])
    np.testing.assert_allclose(table["high"] - table["low"], found.high - found.low)
    down = communes.assign(density=-communes["density"])
    mirrored = effect.benchmarks(
        effect.columns(down, controls=["urban"], **COLUMNS), benchmark="urban"
    )
    np.testing.assert_allclose(mirrored["log_rate_ratio"], -table["log_rate_ratio"])
    np.testing.assert_allclose(mirrored["low"], -table["high"])
    with pytest.raises(LookupError, match="one of the controls"):
        effect.benchmarks(effect.columns(communes, controls=["urban"], **COLUMNS), benchmark="rain")
    with pytest.raises(effect.Refused, match="no confounder can be 3 times") as refused:
        bound(0.4, 0.1, times=3)
    assert refused.value.reason == "impossible benchmark"
    with pytest.raises(ValueError, match="above 0, not 0"):
        effect.robustness(effect.columns(communes, **COLUMNS), q=0)
    with pytest.raises(ValueError, match="Shares are between 0 and 1"):
        found.bias(exposure=1.0, outcome=0.5)


# VanderWeele and Ding (2017): breast feeding, RR 3.9 (1.8 to 8.7), E-values 7.2 and 3.0.
def test_e_values_are_the_published_ones(communes):
    assert e_value_of(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value_of(1.8) == pytest.approx(3.0, abs=0.005)
    assert e_value_of(1 / 3.9) == pytest.approx(e_value_of(3.9))
    estimate = effect.estimate(effect.columns(communes, doubt=0, **COLUMNS))
    sure = replace(estimate, standard_error=estimate.log_rate_ratio / 5)
    assert sure.low > 0
    assert effect.e_value(sure).interval == e_value_of(sure.rate_ratio_per_sd_low)
    unsure = replace(estimate, standard_error=estimate.log_rate_ratio)
    assert effect.e_value(unsure).interval == 1
    below = replace(sure, log_rate_ratio=-sure.log_rate_ratio)
    assert effect.e_value(below).interval == pytest.approx(effect.e_value(sure).interval)


# Other outcomes and exposures.


def test_placebos_stand_on_one_axis(communes):
    rng = np.random.default_rng(3)
    table = communes.assign(
        births=rng.poisson(0.015 * communes["population"]),
        later=communes["density"] + rng.normal(size=75),
        origin="reported",
    )
    found = effect.placebos(effect.columns(table, **COLUMNS), outcome="births", later="later")
    assert found.index.tolist() == ["estimate", "placebo outcome", "later exposure"]
    main = effect.estimate(effect.columns(table, **COLUMNS))
    assert found.loc["estimate", "rate_ratio"] == main.rate_ratio
    for placebo in found.index[1:]:
        assert found.loc[placebo, "low"] < 1 < found.loc[placebo, "high"]
    beside = effect.estimate(
        effect.columns(table, **{**COLUMNS, "exposure": "later"}, controls=["density"])
    )
    assert found.loc["later exposure", "high"] == beside.rate_ratio_high
    assert set(found["origin"]) == {"reported"}
    with pytest.raises(ValueError, match="Name a placebo outcome"):
        effect.placebos(effect.columns(table, **COLUMNS))


@pytest.mark.parametrize("doubt", [0, 0.02])
def test_other_outcomes_keep_the_doubt_that_was_given(communes, doubt):
    rng = np.random.default_rng(4)
    table = communes.assign(wallet=rng.poisson(0.1 * communes["population"]))
    data = effect.columns(table, doubt=doubt, **COLUMNS)
    other = effect.estimate(effect.columns(table, doubt=doubt, **{**COLUMNS, "count": "wallet"}))
    for row in (
        effect.across_outcomes(data, others=("wallet",)).loc["wallet"],
        effect.placebos(data, outcome="wallet").loc["placebo outcome"],
    ):
        assert row["low"] == other.rate_ratio_low
        assert row["high"] == other.rate_ratio_high
        assert row["p_value"] == other.p_value


def test_one_other_platform_pays_nothing(communes):
    rng = np.random.default_rng(4)
    table = communes.assign(wallet=rng.poisson(0.1 * communes["population"]))
    data = effect.columns(table, **{**COLUMNS, "count": "wallet"})
    found = effect.across_outcomes(data, others=("users",))
    assert found.loc["wallet", "p_value"] > found.loc["users", "p_value"]
    assert found["p_holm"].tolist() == found["p_value"].tolist()


def test_other_platforms_pay_for_being_many(communes):
    rng = np.random.default_rng(4)
    table = communes.assign(
        **{name: rng.poisson(0.1 * communes["population"]) for name in ("wallet", "files", "shop")}
    )
    others = ("wallet", "files", "shop")
    found = effect.across_outcomes(effect.columns(table, **COLUMNS), others=others)
    assert found.index.tolist() == ["users", *others]
    assert found["p_holm"].iloc[0] == found["p_value"].iloc[0]
    p = np.sort(found["p_value"].iloc[1:])
    by_hand = np.minimum(np.maximum.accumulate(p * [3, 2, 1]), 1)
    np.testing.assert_allclose(np.sort(found["p_holm"].iloc[1:]), by_hand)
    for wrong in ("wallet", (), ("users",)):
        with pytest.raises(ValueError, match="as a tuple of columns"):
            effect.across_outcomes(effect.columns(table, **COLUMNS), others=wrong)


def test_teams_sent_where_uptake_lags_are_seen(communes):
    rate = np.log(communes["users"] / communes["population"])
    noise = np.random.default_rng(5).normal(size=75)
    sent = communes.assign(later=communes["density"] - 2 * rate + 0.3 * noise)
    found = effect.timing(effect.columns(sent, **COLUMNS), later="later").loc["later"]
    assert found["low"] < -2 < found["high"] < 0
    alone = communes.assign(later=communes["density"] + noise)
    found = effect.timing(effect.columns(alone, **COLUMNS), later="later").loc["later"]
    assert found["low"] < 0 < found["high"]


# Bounds for distinct users.


@pytest.mark.parametrize("rung", [1, 2])
def test_bounds_hold_every_overlap_and_are_reached(communes, rung):
    small = communes[communes["district"] <= 5]
    two = small.assign(wallet=(0.6 * small["users"]).round())
    asked = {name: COLUMNS[name] for name in ("exposure", "offset", "cluster")}
    found = effect.bound_distinct_users(two, counts=("users", "wallet"), rung=rung, **asked)
    rng = np.random.default_rng(6)
    for _ in range(50):
        distinct = two["users"] + rng.choice([0, rng.uniform(), 1], size=len(two)) * two["wallet"]
        fit = effect.model(
            effect.columns(two.assign(users=distinct), **COLUMNS), rung=rung, of="log rate"
        )
        assert found.low <= fit.coefficient("density") <= found.high
    assert found.interval_low < found.low < found.high < found.interval_high


def test_bounds_are_sharp():
    # Few units: try every corner.
    rng = np.random.default_rng(7)
    table = pd.DataFrame(
        {
            "a": rng.integers(100, 300, 12),
            "b": rng.integers(50, 200, 12),
            "density": rng.normal(size=12),
            "population": 400,
            "district": np.repeat([1, 2, 3, 4], 3),
        }
    )
    asked = {"exposure": "density", "offset": "population", "cluster": "district"}
    found = effect.bound_distinct_users(table, counts=("a", "b"), rung=1, **asked)
    ends = np.column_stack(
        [table[["a", "b"]].max(axis=1), np.minimum(table["a"] + table["b"], 400)]
    )
    x = table["density"] - table["density"].mean()
    slopes = [
        x @ np.log(ends[np.arange(12), list(corner)]) / (x @ x)
        for corner in itertools.product([0, 1], repeat=12)
    ]
    assert (found.low, found.high) == pytest.approx((min(slopes), max(slopes)))


def test_platforms_with_the_same_users_leave_nothing_open(communes):
    nobody = communes.assign(none=0)
    asked = {name: COLUMNS[name] for name in ("exposure", "offset", "cluster")}
    found = effect.bound_distinct_users(nobody, counts=("users", "none"), **asked)
    twin = effect.model(effect.columns(communes, **COLUMNS), of="log rate").coefficient("density")
    assert found.low == pytest.approx(twin)
    assert found.high == pytest.approx(twin)
    with pytest.raises(effect.Refused, match="more of one platform than people") as refused:
        effect.bound_distinct_users(
            nobody.assign(none=nobody["population"] + 1), counts=("users", "none"), **asked
        )
    assert refused.value.reason == "no distinct users"
    with pytest.raises(ValueError, match="two or more columns"):
        effect.bound_distinct_users(nobody, counts=("users",), **asked)


# Planning.


def test_power_at_the_detectable_ratio_is_the_power_asked_for(communes):
    estimate = effect.estimate(effect.columns(communes, doubt=0, **COLUMNS))
    for df in (2.2, estimate.df, 200.0):
        one = replace(estimate, df=df)
        smallest = effect.minimal_detectable(one, power=0.8).rate_ratio
        power = effect.power_curve(one, rate_ratios=[1, smallest, 1 / smallest])["power"]
        assert power[0] == pytest.approx(0.05, abs=1e-4)
        assert power[1] == pytest.approx(0.8, abs=1e-9)
        assert power[2] == pytest.approx(power[1])


def test_more_clusters_more_power(communes):
    estimate = effect.estimate(effect.columns(communes, doubt=0, **COLUMNS))
    now, later = effect.power_curve(estimate), effect.power_curve(estimate, clusters=30)
    assert now["power"].is_monotonic_increasing
    assert now["power"].iloc[-1] > 0.95
    assert now["rate_ratio"].iloc[0] == 1
    same = effect.power_curve(estimate, rate_ratios=now["rate_ratio"], clusters=30)
    assert (same["power"].iloc[1:-1] > now["power"].iloc[1:-1]).all()
    assert later["rate_ratio"].iloc[-1] < now["rate_ratio"].iloc[-1]
    # Four times the clusters: half the error, and four times the df. The error that is halved is
    # the one put right with the df that it was estimated with.
    fourfold = effect.power_curve(estimate, rate_ratios=[1.1, 1.2], clusters=32)["power"]
    middle = [np.sqrt(stats.chi2.ppf(0.5, df) / df) for df in (estimate.df, 4 * estimate.df)]
    half = estimate.standard_error / 2 * middle[1] / middle[0]
    by_hand = replace(estimate, standard_error=half, df=4 * estimate.df)
    by_hand = effect.power_curve(by_hand, rate_ratios=[1.1, 1.2])["power"]
    np.testing.assert_allclose(fourfold, by_hand, rtol=1e-9)
    with pytest.raises(ValueError, match="at least 4"):
        effect.power_curve(estimate, clusters=3)
    with pytest.raises(ValueError, match="above 0"):
        effect.power_curve(estimate, rate_ratios=[0, 1])


def test_the_frame_is_left_alone(communes):
    before = communes.copy(deep=True)
    ring = steps(communes.index)
    effect.moran(effect.columns(communes, **COLUMNS), neighbours=ring)
    effect.functional_form(effect.columns(communes, **COLUMNS))
    effect.leverage(effect.columns(communes, **COLUMNS))
    effect.benchmarks(effect.columns(communes, controls=["urban"], **COLUMNS), benchmark="urban")
    effect.timing(effect.columns(communes, **COLUMNS), later="members")
    pd.testing.assert_frame_equal(communes, before)

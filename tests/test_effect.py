"""The estimate: laws, refusals and flags, what answers say, own frames, tables for papers."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import docx
import numpy as np
import pandas as pd
import pytest
from benchmarks import coverage as benchmark
from effect_cases import SIZES, communes, design, earlier, invented, misrecorded, rung, smooth
from scipy import stats

import hganalysis as hg
from hganalysis import escaping, frames, indicators, places, suppress, words
from hganalysis.effect import rungs, sensitivity, sentences, spatial
from hganalysis.effect.answer import LOGS, RATIOS
from hganalysis.effect.errors import (
    StandardError,
    _adjust_influence,
    cr2,
    rows_by_cluster,
)
from hganalysis.effect.rungs import check, match_periods
from hganalysis.figure import BLUE, MAX_TITLE_LENGTH

NUMBERS = [*LOGS, *RATIOS]
T = communes()


def numbers(table, *controls):
    """Every number of the ladder, with two years."""
    return design(table, *controls).ladder(before=earlier_of(table)).table[NUMBERS].to_numpy()


def earlier_of(table):
    before = earlier().assign(district=T["district"])
    return before.loc[table.index].assign(district=table["district"])


def test_order_of_rows_and_names_of_clusters_do_not_matter():
    names = dict(zip(range(1, 9), "hcagbfed", strict=True))
    others = [T.sample(frac=1, random_state=1)]
    others.append(T.assign(district=T["district"].map(names)))
    blank = [f"{one}\N{NO-BREAK SPACE}" * (at % 2) or one for at, one in enumerate(T["district"])]
    others.append(T.assign(district=blank))  # nobody sees that two are written in two ways
    for other in others:
        np.testing.assert_allclose(numbers(other, "urban"), numbers(T, "urban"), rtol=1e-8)


@pytest.mark.parametrize(("column", "power"), [("density", -1), ("population", 0)])
def test_another_unit_of_exposure_or_denominator_changes_only_the_unit(column, power):
    for number in (1, 2, 5):
        one = rung(T, number, "urban")
        two = rung(T.assign(**{column: 250.0 * T[column]}), number, "urban")
        for old, new in (
            (one.log_rate_ratio, two.log_rate_ratio),
            (one.error.standard_error, two.error.standard_error),
        ):
            assert new == pytest.approx(old * 250.0**power, rel=1e-8)
        assert two.error.df == pytest.approx(one.error.df, rel=1e-8)


def test_two_periods_are_matched_by_unit_and_never_by_row():
    given, before = design(T), earlier()
    one, two = (
        given.ladder(before=then).table[NUMBERS].to_numpy()
        for then in (before, before.sample(frac=1, random_state=2))
    )
    np.testing.assert_allclose(two, one, rtol=1e-9)


def test_leaving_one_out_is_fitting_without_it():
    for column in ("users", "near"):
        found = design(T, "urban", count=column).leave_one_out().table.set_index("left_out")
        again = rung(T[T["district"] != 4], 2, "urban", count=column)
        row = found.loc["4"]
        assert row["log_rate_ratio"] == pytest.approx(again.log_rate_ratio, rel=1e-7)
        assert row["standard_error"] == pytest.approx(again.error.standard_error, rel=1e-6)


def test_one_district_that_moves_the_estimate_is_flagged():
    table = invented(4, slope=-0.1)
    shock = 1.5 * (table["district"] == 3) * table["density"]
    answer = design(table.assign(users=table["users"] * np.exp(shock))).leave_one_out()
    found = answer.table.set_index("left_out")
    for flag in ("turns", "moves"):
        assert found.index[found[flag]].tolist() == ["3"]
    with words.use("en"):
        assert "Caution: leaving out 3 reverses" in str(answer)


@pytest.mark.parametrize(("share", "number"), [(0.04, 5), (0.06, 2), (0.6, 2)])
def test_headline_is_picked_by_rule_and_is_never_the_second_best(share, number):
    means = T.groupby("district")["density"].transform("mean")
    inside = T["density"] - means
    between = means - means.mean()
    scale = math.sqrt(share / (1 - share) * (between**2).sum() / (inside**2).sum())
    spread = T.assign(density=10 + between + scale * inside)
    asked = design(spread)
    assert asked.data.within_share == pytest.approx(share)
    assert asked.headline().table["rung"].iloc[0] == number
    # Where the one that the rule picks is refused, no other takes its place.
    few = design(spread[spread["district"] <= 3]).headline()
    assert few.refused is not None
    assert few.table["rate_ratio"].isna().all()


def test_ratio_near_the_ceiling_is_that_of_the_predicted_counts():
    # A second route: predict every commune with a little more density, and compare the totals.
    found = rung(communes(), 2, "urban", count="near")
    people, share = found.results.model.var_weights, found.results.mu
    step, line = 1e-6, np.log(share / (1 - share))
    more = 1 / (1 + np.exp(-line - found.results.params["density"] * step))
    assert found.log_rate_ratio == pytest.approx(
        math.log(people @ more / (people @ share)) / step, rel=1e-4
    )
    # The rule is the fitted count: with half as many, or with acts, it is the log link.
    assert rung(T.assign(near=T["near"] // 2), 2, "urban", count="near").scale == 1
    assert rung(T, 2, "urban", count="near", kind="ratio").scale == 1


# METHODS: the smallest ratio that is detected four times in five, in standard errors, by df.
K_BY_DF = {3.0: 5.69, 4.7: 4.29, 5.1: 4.14, 8.0: 3.56, 20.0: 3.07}


@pytest.mark.parametrize("df", K_BY_DF)
def test_detectable_ratio_is_found_four_times_in_five_by_a_fresh_draw(df):
    assert sensitivity.detectable(StandardError(1.0, df)) == pytest.approx(K_BY_DF[df], abs=0.015)
    # A second route: errors of the first draw and of the fresh one, each drawn by itself.
    rng = np.random.default_rng(8)
    first, fresh = np.sqrt(rng.chisquare(df, (2, 40_000)) / df)
    estimate = sensitivity.detectable(StandardError(1.0, df)) * first + rng.normal(size=40_000)
    power = np.mean(np.abs(estimate) / fresh > stats.t.ppf(0.975, df))
    assert power == pytest.approx(0.8, abs=0.01)


def test_more_power_needs_a_larger_ratio_and_many_clusters_the_usual_one():
    assert sensitivity.detectable(StandardError(1.0, 5000)) == pytest.approx(
        1.96 + 0.8416, rel=0.005
    )
    assert design(T).power().table["rate_ratio"].is_monotonic_increasing


# Sizes of districts, and by how much slopes differ between them (log rate for one SD).
WORLDS = {
    "plain": (SIZES, 0.0),
    "unequal districts": ((2, 4, 6, 8, 9, 10, 11, 25), 0.0),
    "slopes that differ": (SIZES, 0.1),
}


@pytest.mark.parametrize("world", WORLDS)
def test_promised_power_is_that_of_fresh_draws_of_a_design(world):
    sizes, spread_of_slopes = WORLDS[world]
    detected = []
    for seed in range(20):
        found = rung(invented(seed, sizes=sizes), 2)
        cluster, x = found.data.units["cluster"], found.data.units["exposure"].to_numpy()
        fit, codes = found.twin, pd.factorize(cluster)[0]
        parts, df = fit, cr2(fit, cluster, "density").df
        influence = parts.influence("density")
        pulls = np.zeros((len(sizes), len(x)))
        for number, rows in enumerate(rows_by_cluster(cluster)):
            pulls[number, rows] = _adjust_influence(
                parts.Q[rows], parts.variance[rows], influence[rows]
            )
        # Of each pair of draws the first says what the second would detect.
        rng = np.random.default_rng(seed)
        noise = 0.35 * rng.normal(size=(2000, len(x)))
        noise += spread_of_slopes * rng.normal(size=(2000, len(sizes)))[:, codes] * x
        estimates = noise @ influence
        errors = np.sqrt(((parts.remove_fitted(noise) @ pulls.T) ** 2).sum(axis=1))
        least = sensitivity.detectable(StandardError(1.0, df)) * errors[:1000]
        t = np.abs(least + estimates[1000:]) / errors[1000:]
        detected.append(np.mean(t > stats.t.ppf(0.975, df)))
    assert 0.78 <= np.mean(detected) <= 0.82


def test_shares_of_something_unmeasured_are_those_that_move_the_headline_s_interval():
    table = invented(4, slope=0.3)
    found, answer = rung(table, 2, "z"), design(table, "z").sensitivity()
    first = answer.table.iloc[0]
    # A second route: what neither districts nor the control explain, by dummies and lstsq.
    others = pd.get_dummies(table["district"]).astype(float).assign(z=table["z"]).to_numpy()
    columns = np.column_stack([np.log(table["users"] / table["population"]), table["density"]])
    y, x = (columns - others @ np.linalg.lstsq(others, columns, rcond=None)[0]).T
    y = y - x * (x @ y) / (x @ x)

    def bias(share):
        return math.sqrt(share**2 / (1 - share)) * np.linalg.norm(y) / np.linalg.norm(x)

    low, _ = found.error.interval(found.log_rate_ratio)
    assert bias(first["share_to_remove"]) == pytest.approx(found.log_rate_ratio, rel=1e-6)
    assert bias(first["share_to_hide"]) == pytest.approx(low, rel=1e-6)
    with words.use("en"):
        share = words.percent(first["share_to_hide"])
        assert f"at {share} it is no longer significant" in str(answer)
    # Where the interval holds 1 as it is, no share would be needed to hide it.
    flat = invented(2).assign(users=lambda t: np.round(0.2 * t["population"] * np.exp(0.3 * NOISE)))
    unclear = design(flat).sensitivity()
    assert unclear.table["share_to_hide"].iloc[0] == 0
    with words.use("en"):
        assert "is not statistically significant even without it" in str(unclear)


def test_another_estimate_and_far_pieces_are_no_ways_to_compute_the_interval():
    with hg.Study.open("india_2023").use():
        asked = hg.Design.of_reports("transactions", 2023)
        answer = asked.bootstrap(draws=199)
        table = answer.table
        assert table["method"].tolist().count("webb") == 2  # one piece holds the estimate
        kept = table[table["method"].isin(["cr2", "cv3"])]
        _, low, high = words.ratios(1.0, kept["low"].min(), kept["high"].max())
        [twin] = table[table["method"] == "twin"].to_dict("records")
        twin_texts = words.ratios(twin["rate_ratio"], twin["low"], twin["high"])
        with words.use("en"):
            said, headline = str(answer), str(asked.headline())
            low, high, *twin_texts = (text.replace(",", ".") for text in (low, high, *twin_texts))
        assert f"2 methods give intervals from {low} to {high}" in said
        # the pieces of a set are one row with one estimate, and the title is of all rows
        figure = answer.figures["ratios"]()
        rows = figure.panels[0].rows
        assert len(rows) == 4
        [pieces] = rows.loc[rows["text"].str.contains(" and "), "text"]
        assert pieces.count("–") == 2
        assert (rows["low"] <= rows["value"]).all()
        assert (rows["value"] <= rows["high"]).all()
        assert "beside 3 checks" in figure.title
        named = "weighted alike the ratio is {} ({}–{})".format(*twin_texts)
        assert named in said
        assert named in headline
    # A twin that is near is not named, and one bounded set is a way.
    with words.use("en"):
        near = str(design(T, "urban").bootstrap(draws=99))
        assert near.startswith("3 methods give intervals")
        assert "weighted alike" not in near + str(design(T, "urban").headline())


@pytest.mark.parametrize(("share", "is_named"), [(0.30, False), (0.36, True), (2.1, True)])
def test_the_twin_is_named_where_it_is_a_third_away_or_of_the_other_sign(share, is_named):
    found = rung(T, 2)
    found.log_rate_ratio = float(found.twin.results.params["density"]) / (1 - share)
    assert bool(found.far_twin) == is_named


def test_something_as_strong_as_a_control_moves_the_interval_and_keeps_its_width():
    table = design(T, "urban").sensitivity().table
    first, left = table.iloc[0], table.iloc[1:]
    assert left["bias"].is_monotonic_increasing
    moved = first["log_rate_ratio"] - left["bias"]
    np.testing.assert_allclose(left["log_rate_ratio"], moved.astype(float))
    width = first["log_high"] - first["log_low"]
    np.testing.assert_allclose(left["log_high"] - left["log_low"], width)
    # As strong as its robustness value, it would leave nothing.
    value = first["robustness_value"]
    bias = value / math.sqrt(1 - value)
    assert bias == pytest.approx(math.sqrt(first["partial_r2"] / (1 - first["partial_r2"])))


def test_other_outcomes_pay_for_being_many():
    rng, table = np.random.default_rng(4), communes()
    others = ["wallet", "files", "shop"]
    many = table.assign(**{name: rng.poisson(0.1 * table["population"]) for name in others})
    found = design(many).outcomes(others).table
    assert found["count"].tolist() == ["users", *others]
    assert np.isnan(found["p_holm"].iloc[0])
    p = np.sort(found["p_value"].iloc[1:].astype(float))
    by_hand = np.minimum(np.maximum.accumulate(p * [3, 2, 1]), 1)
    np.testing.assert_allclose(np.sort(found["p_holm"].iloc[1:].astype(float)), by_hand)


def test_a_later_exposure_is_asked_with_this_periods_held():
    table = communes()
    table = table.assign(later=table["density"] + np.random.default_rng(3).normal(size=75))
    found = design(table).placebos("later").table.iloc[1]
    beside = rung(table, 2, "density", exposure="later")
    assert found["log_rate_ratio"] == pytest.approx(beside.log_rate_ratio, rel=1e-12)
    assert found["log_low"] < 0 < found["log_high"]


def confounded(seed):
    """Let a hidden cause make all of the relation: teams of both years follow it, and uptake."""
    table = invented(seed, slope=0.0)
    rng = np.random.default_rng(seed)
    cause, *noise = rng.normal(size=(3, len(table)))
    users = table["users"] * np.exp(0.15 * cause)
    periods = {
        name: cause + 0.5 * one for name, one in zip(("density", "later"), noise, strict=True)
    }
    return table.assign(users=np.round(users), **periods)


def test_a_hidden_cause_is_not_called_absent_by_a_later_exposure():
    clear = "A later exposure shows no relation"
    with words.use("en"):
        texts = [str(design(confounded(seed)).placebos("later")) for seed in range(40)]
    # A 95 % interval leaves out the headline's ratio, which is what the cause made, now and then.
    assert sum(text.startswith(clear) for text in texts) <= 8
    assert sum(text.startswith("A later exposure does not settle it") for text in texts) >= 20


PLACEBOS = [
    ((-0.01, 0.09), "no relation"),
    ((-0.01, 0.11), "does not settle"),
    ((0.01, 0.2), "caution"),
]


@pytest.mark.parametrize(("ends", "outcome"), PLACEBOS)
def test_a_later_exposure_has_three_outcomes(ends, outcome):
    asked = design(T.assign(later=T["density"] + NOISE))
    table, read = asked.placebos("later").table, sentences.choose_step(asked.specification)
    asked.specification.log_rate_ratio = 0.1
    row = dict(zip(["log_rate_ratio", "log_low", "log_high"], [0.05, *ends], strict=True))
    later = table.copy()
    later.loc[1, list(row)] = list(row.values())
    with words.use("en"):
        said = sentences.describe_placebos(asked, later, read)
    assert outcome in said.split(".")[0]
    assert sum(one in said.split(".")[0] for _, one in PLACEBOS) == 1


@pytest.mark.parametrize("number", [1, 2, 5])
@pytest.mark.parametrize("spread", [0.12, 0.3])
def test_part_is_what_errors_make_on_average(spread, number):
    # A second route: worlds without a relation, recorded with error, fitted and averaged.
    rng = np.random.default_rng(3)
    made, parts = [], []
    for _ in range(400 if number == 5 else 40):
        found = rung(misrecorded(rng, error=0.1, spread=spread, noise=0.02, shared=0.0), number)
        made.append(found.log_rate_ratio)
        parts.append(sensitivity.denominator_error_effect(found, 0.1).log_rate_ratio)
    # Of eight rows the variation of the exposure is known loosely, and its inverse is too large.
    assert np.median(parts) == pytest.approx(np.median(made), rel=0.3 if number == 5 else 0.1)


def test_a_control_over_the_same_denominator_takes_its_errors():
    rng, null = np.random.default_rng(4), communes()
    null["helpers"] = null["members"] * rng.uniform(0.6, 1.6, 75)
    null["help"] = 1000 * null["helpers"] / null["population"]
    null["users"] = null["population"] * np.exp(-2.0)
    made = []
    for _ in range(200):
        error = np.exp(0.01 * rng.normal(size=75))
        wrong = {"population": null["population"] * error}
        wrong |= {name: null[name] / error for name in ("density", "help")}
        made.append(rung(null.assign(**wrong), 2, "help").log_rate_ratio)
    alone = null.drop(columns="helpers")  # as if help were over something else
    held, more = (
        sensitivity.denominator_error_effect(rung(one, 2, "help"), 0.01).log_rate_ratio
        for one in (null, alone)
    )
    assert np.mean(made) == pytest.approx(held, rel=0.3)
    assert abs(np.mean(made) - more) > 0.5 * abs(np.mean(made))


# What is known to be over the same denominator: that whose numerator is in the frame.
APART = T["population"] * np.exp(np.sin(T.index))
SHARED = {
    "rounded": (True, T.assign(density=T["density"].round(2))),
    "no numerator": (False, T.drop(columns="members")),
    "another denominator": (False, T.assign(population=APART)),
    "below zero": (False, T.assign(density=T["density"] - 9)),
    "whole": (False, T.assign(density=np.round(T["density"]), members=1.0)),
}


@pytest.mark.parametrize("case", SHARED)
def test_a_shared_denominator_is_known_or_asked_for(case):
    shared, table = SHARED[case]
    asked = design(table)
    assert (sensitivity.denominator_error_effect(asked.specification) is not None) == shared
    doubted = design(table, doubt=0.01).headline()
    if shared:
        assert doubted.refused is None
        return
    with words.use("en"):
        assert "It is not known whether density is counted per population" in str(asked.headline())
        assert "exposure_per" in str(asked.headline())
        assert "exposure_per" in str(doubted)
    assert asked.denominators().refused.reason == "exposure per what"
    # A doubt that is stated is not passed over, and one of nothing needs no answer.
    assert doubted.refused.reason == "exposure per what"
    assert design(table, doubt=0.0).headline().refused is None


def test_what_the_exposure_is_counted_per_is_said():
    table = T.assign(density=T["density"].round(2), homes=T["population"] * np.exp(np.sin(T.index)))
    table = table.drop(columns="members")
    asked = design(table, exposure_per="population")
    part = sensitivity.denominator_error_effect(asked.specification)
    assert part.log_rate_ratio > 0
    assert design(table, exposure_per="population", doubt=0.9).headline().refused is not None
    assert set(asked.denominators().table["question"]) == {"estimate", "errors alone"}
    # Another column with the same numbers is the same denominator.
    same = design(table.assign(people=table["population"]), exposure_per="people")
    assert sensitivity.denominator_error_effect(same.specification) == part
    for other in ("homes", ""):
        apart = design(table, exposure_per=other, doubt=0.9)
        assert apart.headline().refused is None
        assert apart.denominators().refused.reason == "another denominator"
        with words.use("en"):
            assert "density is not counted per population" in str(apart.headline())
    with pytest.raises(LookupError, match="villages"):
        design(table, exposure_per="villages")


def test_an_estimate_is_withheld_only_at_a_doubt_that_is_stated():
    # One percent more members for 0.2 % more users, which errors of 10 % could make by themselves.
    table = misrecorded(np.random.default_rng(13), error=0.0, spread=0.2)
    noise = np.exp(0.01 * np.random.default_rng(14).normal(size=len(table)))
    users = 0.1 * table["population"] * table["density"] ** 0.18 * noise
    weak, nearly = (
        table.assign(users=users),
        misrecorded(np.random.default_rng(1), error=0.1, spread=0.02),
    )
    for frame, reason in ((weak, "denominator could make it"), (nearly, "denominator in doubt")):
        assert design(frame).headline().refused is None
        withheld = design(frame, doubt=0.1).headline()
        assert withheld.refused.reason == reason
        assert design(frame, doubt=0.0).headline().refused is None
        # What could make it is still told.
        assert design(frame, doubt=0.1).denominators().refused is None
    strong = table.assign(users=0.1 * table["population"] * table["density"] ** 0.5 * noise)
    assert design(strong, doubt=0.1).headline().refused is None
    # The interval is the sampling interval whatever is doubted.
    one, two = (design(strong, doubt=doubt).headline().table for doubt in (None, 0.1))
    pd.testing.assert_frame_equal(one, two)


def test_neighbours_alike_are_flagged_and_a_second_opinion_stands_in_the_ladder():
    pairs = places.neighbours()
    asked = design(smooth(1), neighbours=pairs)
    assert "neighbours alike" in asked.headline().table["flags"].iloc[0]
    table = asked.ladder().table.set_index("way")
    units = asked.data.units.index
    b, error = spatial.fit_spatial_errors(asked.data, pairs)
    assert table.loc["spatial", "log_rate_ratio"] == b
    assert table.loc["spatial", "standard_error"] == error.standard_error
    # The same residuals dealt to the places anew are alike by luck only, at 5 %.
    rng, flagged = np.random.default_rng(5), 0
    for _ in range(40):
        dealt = pairs.replace(dict(zip(units, rng.permutation(units), strict=True)))
        flagged += spatial.moran(asked.specification.fit, units, dealt)[1] <= 0.05
    assert flagged <= 6
    # Neighbours without places: Moran, and no opinion that would need them.
    nowhere = design(smooth(1), neighbours=pairs.drop(columns="x_km")).ladder().table
    assert nowhere.set_index("way").loc["spatial", "flags"] == "refused: no distances"
    with pytest.raises(LookupError, match="no pair of neighbours"):
        design(smooth(1), neighbours=pairs.assign(code="x")).headline()


APP, BOTH = indicators.get("app_users", period=2022), (frames.reports(), frames.teams())


def test_units_of_the_province():
    reports, teams = BOTH
    table = hg.design_frame(reports, teams, indicator=APP)
    assert table.index.name == "code"
    assert table.groupby("compared_code").size().tolist() == list(SIZES)
    asked = (reports["indicator"] == "app_users") & (reports["period"] == 2022)
    assert table["count"].sum() == reports.loc[asked, "count"].sum()
    assert table["members"].sum() == teams.loc[teams["period"] == 2022, "members"].sum()
    density = 1000 * table["members"] / table["population"]
    np.testing.assert_allclose(table["members_per_1000"], density)
    with pytest.raises(ValueError, match="31318"):
        hg.design_frame(pd.concat([reports, reports.iloc[:1]]), teams, indicator=APP)
    fewer = hg.design_frame(reports, teams[teams["code"] != "31318"], indicator=APP)
    assert sorted(fewer.index) == sorted(set(table.index) - {"31318"})


OF_COMMUNES = {"count": "count", "exposure": "members_per_1000", "offset": "out_of"}
OF_COMMUNES |= {"cluster": "compared_code", "controls": ["urban"]}


def test_the_planted_answer_is_in_the_interval_and_its_own_frame_gives_the_same():
    asked = hg.Design.of_reports("app_users", 2022)
    row = asked.headline().table.iloc[0]
    planted = frames.planted_coefficient(APP)
    assert row["log_low"] < planted < row["log_high"]
    own = hg.Design(hg.design_frame(*BOTH, indicator=APP), **OF_COMMUNES)
    pd.testing.assert_frame_equal(own.headline().table, asked.headline().table)
    assert own.origin == "simulated"


def test_a_design_shows_its_question():
    with words.use("en"):
        question = repr(hg.Design.of_reports("app_users", 2022))
        own = repr(design(communes()))
    said = "Users of a platform app (as of 31 December 2022); 8 districts, 75 communes."
    assert question.startswith(f"Is uptake associated with team density? {said} Answer with ")
    assert own.startswith("Is users per population associated with density? 8 clusters, 75 units.")
    for name in re.findall(r"\.(\w+)\(\)", question):
        assert callable(getattr(hg.Design, name))


def test_the_offset_is_what_the_measure_is_out_of(monkeypatch):
    # Deaths out of births, of which there are more the denser the teams are.
    rng = np.random.default_rng(7)
    teams, land = frames.teams().query("period == 2022"), places.units()
    dense = frames.density(teams).set_index("code")["members_per_1000"]
    people, more = land["population"].reindex(dense.index), dense - dense.mean()
    births = rng.poisson(people * 0.015 * np.exp(0.4 * more))
    made = pd.DataFrame({"code": dense.index, "period": 2022, "indicator": "app_users"})
    made = made.assign(count=rng.poisson(births * 0.05 * np.exp(-0.2 * more)), out_of=births)
    monkeypatch.setattr(frames, "reports", lambda: made.assign(origin="reported"))
    monkeypatch.setattr(frames, "teams", lambda: teams.assign(origin="reported"))
    asked = hg.Design.of_reports("app_users", 2022)
    assert asked.headline().table["high"].iloc[0] < 1  # of births, fewer die with denser teams
    # With residents in its place the sign turns.
    wrong = hg.Design(asked.data.frame, **OF_COMMUNES | {"offset": "population"})
    assert wrong.headline().table["rate_ratio"].iloc[0] > 1
    # Density and rate share no denominator then, and the sentence says so.
    assert sensitivity.denominator_error_effect(asked.specification) is None
    assert sensitivity.denominator_error_effect(wrong.specification) is not None


@pytest.mark.parametrize("hidden", [5, 8])
def test_hidden_counts_are_left_out_and_said_and_above_a_tenth_there_is_no_headline(hidden):
    table = hg.design_frame(*BOTH, indicator=APP)
    away = table.index[:: len(table) // hidden][:hidden]
    state = pd.Series("known", table.index)
    state[away] = suppress.SUPPRESSED
    # What they were filled with must not matter.
    filled = table.assign(state=state, count=table["count"].where(state == "known", 10**5))
    asked = hg.Design(filled, **OF_COMMUNES)
    answer = asked.headline()
    with words.use("en"):
        said = str(answer)
    if hidden > 7:
        assert answer.refused.reason == "hidden counts"
        assert "8 of 75 communes" in said
        assert "--no-suppress" not in said
        assert all(a.refused for a in (asked.ladder(), asked.leave_one_out(), asked.power()))
        assert any("8 trong 75" in note for note in hg.tables(asked.ladder()).notes)
        with pytest.raises(hg.Refused):
            asked.related()
        return
    assert "Left out: 5 of 75 communes" in said
    without = hg.Design(table.drop(away), **OF_COMMUNES)
    pd.testing.assert_frame_equal(answer.table, without.headline().table)


def test_periods_and_other_measures_of_the_catalogue_are_named():
    now = hg.Design.of_reports("app_users", 2023)
    then = hg.Design.of_reports("app_users", 2022)
    one, two = (now.ladder(before=b).table for b in (2022, then.data.frame))
    pd.testing.assert_frame_equal(one, two)
    later = then.placebos(2023).table
    assert later["term"].tolist() == ["members_per_1000", "members_per_1000, 2023"]
    other = then.outcomes(["ewallet_users"]).table.iloc[1]
    wallet = hg.Design.of_reports("ewallet_users", 2022).headline().table.iloc[0]
    assert other["log_rate_ratio"] == wallet["log_rate_ratio"]


def first(table, number):
    return table[table["district"] <= number]


def moving_in(table, districts):
    """Let the exposure differ within these districts only."""
    mean = table.groupby("district")["density"].transform("mean")
    return table.assign(density=table["density"].where(table["district"].isin(districts), mean))


def between(table):
    """Let nearly all of the exposure lie between districts."""
    return table.assign(density=table["district"] + 1e-3 * table["density"])


def zero(table, district):
    return table.assign(users=table["users"].where(table["district"] != district, 0))


def periods(now, then, *controls):
    """Refuse two years, as the ladder does in their row."""
    row = design(now, *controls).ladder(before=then).table.set_index("way").loc["4"]
    with pytest.raises(hg.Refused) as refused:
        check(match_periods(rung(now, 1, *controls).data, then))
    assert row["flags"] == f"refused: {refused.value.reason}"
    assert row["reason"] == str(refused.value)
    raise refused.value


def left(share):
    """A year before from which so much of the exposure's change is left."""
    return E.assign(density=T["density"] + share * (E["density"] - T["density"]))


E = earlier()
Z = T.assign(zone=np.array(["đồng", "biển", "dừa"])[T.index % 3])
# Each rule of the ladder, in its order; then other ways to the same, and frames that are none.
RULES = {
    "no counts": lambda: check(rung(T.assign(users=0))),
    "constant exposure": lambda: check(rung(T.assign(density=5.2))),
    "nothing lies above": lambda: check(rung(T.assign(district=T.index))),
    "within share below 5 %": lambda: check(rung(between(T))),
    "too many regressors": lambda: check(rung(T, 5, "urban", "members")),
    "too few clusters": lambda: check(rung(first(T, 6), 5)),
    "a cluster without counts": lambda: check(rung(zero(T, 3), 5)),
    "fewer than 4 clusters": lambda: design(first(T, 3)).headline(),
    "unbalanced periods": lambda: periods(T, E.iloc[8:]),
    "hardly any change": lambda: periods(T, left(0.09)),
    "collinear controls": lambda: design(T.assign(rural=1 - T["urban"]), "urban", "rural").power(),
    "one cluster carries it": lambda: design(moving_in(T, [5])).headline(),
    "nothing left over": lambda: check(
        rung(T.assign(users=T["population"] * (0.2 + 0.01 * T["district"])))
    ),
    "df below 2": lambda: design(moving_in(T, [5, 6])).headline(),
}


def more_than_all(more, unit=7):
    """Let one commune have that many more users than residents."""
    return T.assign(users=T["users"].where(T.index != unit, T["population"] + more))


NO_COUNTS = T.assign(users=T["users"] * (1 - T["urban"]))
ALONE = T["density"] + (T["district"] == 4) * np.arange(75) % 3
REFUSED = [
    *RULES.items(),
    ("more than its denominator", lambda: design(more_than_all(1))),
    ("collinear controls", lambda: design(T.assign(x=T["density"] / 10 + 3), "x").headline()),
    ("collinear controls", lambda: design(T.assign(x=1.0), "x").headline()),
    ("collinear controls", lambda: design(T.assign(x=T["district"] % 2), "x").headline()),
    ("one cluster carries it", lambda: design(T.assign(x=ALONE), "x").headline()),
    ("no convergence", lambda: design(NO_COUNTS, "urban").headline()),
    ("a unit twice", lambda: design(pd.concat([T, T.iloc[:1]]))),
    ("sum over platforms", lambda: design(T, count=["users", "members"])),
    ("not the same indicator", lambda: periods(T.assign(indicator="a"), E.assign(indicator="b"))),
    ("units without names", lambda: periods(T.reset_index(drop=True), E.reset_index(drop=True))),
    ("units in other clusters", lambda: periods(T, E.assign(district=T["district"].replace(1, 9)))),
    ("texts of one period only", lambda: periods(Z, E.assign(zone="?" + Z["zone"]), "zone")),
    ("fewer than 4 clusters", lambda: periods(first(T, 3), first(E, 3))),
    ("compared by cluster only", lambda: design(between(T)).sensitivity()),
    ("compared by cluster only", lambda: design(between(T)).naive()),
    ("compared by cluster only", lambda: design(between(T)).placebos("members")),
    ("nothing beside it", lambda: hg.design_frame(BOTH[0].iloc[:0], BOTH[1], indicator=APP)),
    ("many clusters need no bootstrap", lambda: design(invented(3, sizes=(4,) * 201)).bootstrap()),
    ("signs need 6 to 16 clusters", lambda: signs(5)),
    ("signs need 6 to 16 clusters", lambda: signs(17)),
]


def signs(clusters):
    return design(invented(7, sizes=(9,) * clusters)).bootstrap(weights="rademacher")


def test_every_rule_is_tried_here():
    assert list(RULES) == [rule.reason for rule in rungs.REFUSALS]
    assert set(FLAGGED) == {rule.reason for rule in rungs.FLAGS}


@pytest.mark.parametrize(("reason", "ask"), REFUSED)
def test_what_cannot_be_estimated_is_refused_with_its_reason(reason, ask):
    refused = why(ask)
    assert refused.reason == reason
    for language in words.LANGUAGES:
        with words.use(language):
            assert not re.search(r"[{}]|\[[a-zA-Z]", str(refused))


def why(ask):
    """The refusal that was raised, or that an answer has in its table."""
    try:
        answer = ask()
    except hg.Refused as raised:
        return raised
    assert answer.picture() is None
    assert answer.table["flags"].tolist() == [f"refused: {answer.refused.reason}"]
    assert answer.table["reason"].iloc[0] == str(answer.refused)
    return answer.refused


FLAGGED = {
    "low information": lambda: rung(first(T, 5)),
    "little within variance": lambda: rung(T.assign(density=2.2 * T["district"] + T["density"])),
    "zero clusters dropped": lambda: rung(zero(T, 3)),
    "two clusters carry it": lambda: rung(moving_in(T, [5, 6])),
    "df below 3": lambda: rung(moving_in(T, [5, 6, 1])),
    "near the ceiling": lambda: rung(T, 2, "urban", count="near"),
    "acts, not people": lambda: rung(T.assign(users=T["users"] + 90_000), kind="ratio"),
    "little change": lambda: match_periods(rung(T).data, left(0.25)),
    "permutation approximate": lambda: rung(T, 5, "urban"),
}


@pytest.mark.parametrize("reason", FLAGGED)
def test_what_is_weak_is_flagged(reason):
    found = FLAGGED[reason]()
    holds = next(rule.holds for rule in rungs.FLAGS if rule.reason == reason)
    assert holds(found)
    plain = match_periods(rung(T).data, earlier()) if reason == "little change" else rung(T)
    if reason != "permutation approximate":
        assert not holds(plain)


def test_a_control_of_few_districts_is_flagged_and_a_ladder_of_two_is_refused_rung_by_rung():
    two = T.assign(z=np.where(T["district"] > 1, 0.0, NOISE))
    assert design(two, "z").headline().table["flags"].tolist()[1] == "df below 3"
    for few in (first(T, 2), T.head(1)):
        found = design(few).ladder()
        assert all([str(found), *found.table["reason"]])


VALUES = [("users", -1), ("users", np.inf), ("users", None), ("users", "many"), ("population", 0)]
VALUES += [("density", np.nan), ("urban", pd.Timestamp("2022-01-01")), ("district", None)]


@pytest.mark.parametrize(("column", "value"), VALUES)
def test_every_bad_value_is_listed(column, value):
    table = T.astype({column: object})
    table.loc[[7, 9], column] = value
    with pytest.raises(hg.Refused) as refused:
        design(table, "members" if column != "urban" else "urban")
    assert refused.value.reason == "missing or impossible values"
    assert f"7: {column}" in str(refused.value)
    assert f"9: {column}" in str(refused.value)
    with words.use("en"):
        assert str(refused.value).startswith("2 values of 75 rows")


def test_counts_above_their_denominator_are_refused_for_a_share_and_named():
    with pytest.raises(hg.Refused) as refused:
        design(more_than_all(1))
    with words.use("en"):
        said = str(refused.value)
    assert said.startswith("In 1 of 75 rows, users is larger than population")
    assert ": 7. Correct" in said
    assert 'kind="ratio"' in said
    assert str(more_than_all(1).loc[7, "users"]) not in said
    assert design(more_than_all(0)).headline().refused is None  # all of them is a share
    # A ratio is said, by word or by column, and then it is one of acts.
    for acts in (
        design(more_than_all(1), kind="ratio"),
        design(more_than_all(1).assign(kind="ratio")),
    ):
        assert "acts, not people" in acts.headline().table["flags"].iloc[0]
        assert acts.specification.scale == 1
    with pytest.raises(ValueError, match="kind of a frame"):
        design(T, kind="rate")
    # Another outcome, and the year before, are held to the same.
    table = T.assign(other=more_than_all(1)["users"])
    assert design(table).outcomes(["other"]).table["flags"].iloc[1].startswith("refused: more than")
    with pytest.raises(hg.Refused):
        match_periods(rung(T).data, E.assign(users=E["population"] + 1))
    # Places are named by their names, five of them.
    units = hg.design_frame(*BOTH, indicator=APP)
    assert set(units["kind"]) == {"share"}
    with pytest.raises(hg.Refused) as refused:
        hg.Design(units.assign(count=units["out_of"] + 1), **OF_COMMUNES)
    assert places.label(units.index[0]) in str(refused.value)
    with words.use("en"):
        assert "and 70 more" in str(refused.value)


WRONG = [
    (LookupError, "rain", lambda: design(T, "rain")),
    (ValueError, "density", lambda: design(T, "density")),
    (ValueError, "users", lambda: design(pd.concat([T, T[["users"]]], axis=1))),
    (ValueError, "doubt", lambda: design(T, doubt=10)),
    (ValueError, "mammen", lambda: design(T).bootstrap(draws=9, weights="mammen")),
    (ValueError, "an earlier period can be named", lambda: design(T).ladder(before=2022)),
    (ValueError, ", ".join(frames.ORIGINS), lambda: design(T, origin=None)),
    (ValueError, r"'hearsay' \(75 rows\)", lambda: design(T.assign(origin="hearsay"), origin=None)),
    (ValueError, "source='who counted users'", lambda: design(T, source=None)),
]


@pytest.mark.parametrize(("kind", "said", "ask"), WRONG)
def test_wrong_questions_are_errors(kind, said, ask):
    with pytest.raises(kind, match=said) as wrong:
        ask()
    assert not isinstance(wrong.value, hg.Refused)


def test_zeros_in_two_periods_are_counted_and_a_unit_without_any_is_dropped():
    now, then = T.assign(users=T["users"] * (T.index != 9)), earlier()
    found = match_periods(rung(now).data, then)
    assert found.results.model.family.__class__.__name__ == "Binomial"
    assert found.scale == 1  # that odds ratio is the ratio of rates
    assert len(found.data.units) == 75
    none = match_periods(rung(now).data, then.assign(users=then["users"] * (then.index != 9)))
    assert 9 not in none.data.units.index


def test_a_refused_design_names_the_unit_and_leaving_out_is_answered():
    asked = design(moving_in(T, [5, 6]))
    answer = asked.headline()
    assert answer.refused.reason == "df below 2"
    assert str(asked.specification.variation_shares.idxmax()) in str(answer)
    with words.use("en"):
        assert "describe it as a case" in str(answer)
        assert "use fewer controls" not in str(answer)  # there are none
        assert "use fewer controls" in str(design(moving_in(T, [5, 6]), "urban").headline())
        few = design(T.groupby("district").head(1)).ladder().table
        assert "controls" not in few.loc[few["way"] == "1", "reason"].iloc[0]
    left = asked.leave_one_out()
    assert left.refused is None
    assert len(left.table) == 8
    carried = design(moving_in(T, [5])).leave_one_out().table.set_index("left_out")
    assert np.isnan(carried.loc["5", "rate_ratio"])


def test_a_heavy_place_and_a_carrier_are_called_by_their_names():
    units = hg.design_frame(*BOTH, indicator=APP)
    *_, heavy = units.index[units["compared_code"] == "934"]
    flat = units.groupby("compared_code")["members_per_1000"].transform("mean")
    lonely = flat.where(units.index != heavy, flat + 40)
    lonely[units.index[0]] += 0.5
    answer = hg.Design(units.assign(members_per_1000=lonely), **OF_COMMUNES).headline()
    assert answer.refused.reason == "df below 2"
    with words.use("en"):
        assert f"{places.label(heavy)} alone accounts for" in str(answer)
        assert heavy not in str(answer)
    carried = flat.where(units["compared_code"] != "934", units["members_per_1000"])
    answer = hg.Design(units.assign(members_per_1000=carried), **OF_COMMUNES).headline()
    assert answer.refused.reason == "one cluster carries it"
    with words.use("en"):
        assert f"Without {places.label('934')} there is no variation" in str(answer)


def test_several_carriers_are_five_names_and_a_number():
    table = invented(1, sizes=(3,) * 12).assign(
        district=lambda t: [f"d{k:03}" for k in t["district"]]
    )
    lonely = rung(table)
    lonely.carriers = rungs.Carriers([*sorted(set(table["district"]))], has_pair=True)
    with words.use("en"):
        text = str(rungs.FACTS["carrier"](lonely))
    assert text == "any one of d000, d001, d002, d003, d004 and 7 more"


def test_bootstraps_are_repeated_and_sets_without_an_end_are_said():
    same = [design(T).bootstrap(draws=99).table["p_value"].iloc[-1] for _ in range(2)]
    assert same[0] == same[1] >= 1 / 100
    with hg.Study.open("india_2023").use(), words.use("en"):
        answer = hg.Design.of_reports("registered_users", 2023).bootstrap(draws=999)
        assert np.isinf(answer.table["high"]).any()
        assert "–∞)" in str(answer)


QUESTIONS = dict.fromkeys(["headline", "leave_one_out", "denominators", "sensitivity"], ())
QUESTIONS |= {"ladder": (), "power": (), "naive": (), "bootstrap": (99,)}
QUESTIONS |= {"placebos": ("later",), "outcomes": (["near"],)}
OF_REPORTS = {"ladder": (2022,), "placebos": (2022,), "outcomes": (["files_online"],)}


NOISE = np.random.default_rng(3).normal(size=75)


def own(**others):
    table = communes().rename(columns={"district": "county"})
    later = table["density"] + NOISE
    return design(table.assign(later=later), "urban", cluster="county", **others)


@pytest.fixture(scope="module")
def demo():
    return hg.Design.of_reports("app_users", 2023)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_speaks_both_languages_and_fills_its_blanks(question, demo):
    for asked, given in ((demo, QUESTIONS | OF_REPORTS), (own(), QUESTIONS)):
        answer = getattr(asked, question)(*given[question])
        assert answer.refused is None, str(answer.refused)
        said = []
        for language in words.LANGUAGES:
            with words.use(language):
                said.append(str(answer))
                picture = answer.picture()
                if picture is not None:
                    assert len(picture.figure.title) <= MAX_TITLE_LENGTH
                    said[-1] += picture.figure.title + picture.figure.subtitle
            assert not re.search(r"[\[\]{}<>]|nan|None", said[-1]), said[-1]
        assert said[0] != said[1]
        if asked.data.names.has_study_places is False:
            study = r"district|commune|resident|uptake|huyện|\bxã\b|thành viên|mức sử dụng"
            assert not re.search(study, " ".join(said))


def test_the_headline_says_what_was_found_how_sure_and_what_it_does_not_show(demo):
    row = demo.headline().table.iloc[0]
    made = sensitivity.denominator_error_effect(demo.specification).log_rate_ratio
    least = sensitivity.detectable(demo.specification.error)
    with words.use("en"):
        said = str(demo.headline())
        numbers = [*words.ratios(row["rate_ratio"], row["low"], row["high"])]
        numbers += [words.number(np.exp(one), decimals=2) for one in (made, least)]
        numbers += [words.number(row["df"], decimals=1), "8 districts, 75 communes"]
        assert [one for one in numbers if one not in said] == []
        assert (
            f"is associated with {words.percent(row['rate_ratio'] - 1, decimals=0)} higher uptake"
            in said
        )
    for part in ("Miscounted members pull the ratio towards 1", "does not show"):
        assert said.count(part) == 1
    for part in ("they push it up", "one team per hamlet"):
        assert said.count(part) == 1
    assert "(one standard deviation, independent across communes)" in said


def test_the_headline_names_measure_period_weights_and_what_is_held_equal(demo):
    with words.use("en"):
        first, second, *_ = str(demo.headline()).removeprefix("Simulated data. ").split(". ")
        bare = str(own().headline())
        assert "adjusting for urban" in bare
        assert "adjusting" not in str(design(T).headline())
    assert first.startswith("Users of a platform app, as of 31 December 2023: within districts")
    assert "CR2" not in first  # a card has the first sentence
    assert "weighted by expected counts" in second
    assert "adjusting for the difference between town and countryside" in second
    assert "CR2, 5.1 df" in second
    vietnamese = str(demo.headline())
    assert "Người dùng ứng dụng nền tảng số, đến 31/12/2023: trong cùng huyện, thêm 1" in vietnamese
    assert "mỗi nơi có trọng số là số đếm kỳ vọng" in vietnamese
    # Clusters weigh alike where they alone are compared; near 100 % weights are others.
    with words.use("en"):
        assert "clusters alone, each weighted alike" in str(design(between(T)).headline())
        assert "weighted" not in str(design(T, "urban", count="near").headline())


def test_a_title_says_where_and_is_short_enough(demo):
    title = demo.headline().picture().figure.title
    assert title.startswith("Trong cùng huyện, thêm 1 thành viên/1.000 dân: mức sử dụng cao hơn")
    assert len(title) <= MAX_TITLE_LENGTH


def test_two_periods_are_called_an_association(demo):
    with words.use("en"):
        assert "shows an association only, not a cause" in str(demo.ladder(before=2022))
        assert "not a cause" not in str(demo.ladder())


def test_errors_of_a_denominator_are_said_to_be_a_standard_deviation(demo):
    with words.use("en"):
        assert "as a standard deviation, independent between communes" in str(demo.denominators())
    assert "độ lệch chuẩn, độc lập giữa các xã" in str(demo.denominators())


def test_an_interval_that_holds_1_is_not_called_no_effect():
    table = invented(2)
    flat = table.assign(users=np.round(0.2 * table["population"] * np.exp(0.3 * NOISE)))
    answer = design(flat).headline()
    row = answer.table.iloc[0]
    assert row["low"] < 1 < row["high"]
    with words.use("en"):
        _, low, high = words.ratios(row["rate_ratio"], row["low"], row["high"])
        said = str(answer)
    assert "no statistically significant difference" in said
    assert f"Ratios above {high} and below {low} can be ruled out." in said


@pytest.mark.parametrize(("factor", "step"), [(1, "one"), (1 / 80, "sd"), (20, "sd")])
def test_a_ratio_is_said_for_the_first_step_that_can_be_read_aloud(factor, step):
    table = invented(4, slope=0.1)
    found = rung(table.assign(density=table["density"] / factor), 2, "z")
    read = sentences.choose_step(found)
    assert read.kind == step
    ratios = read.ratio_blanks(found.log_rate_ratio, *found.interval)
    texts = [*ratios.values()]
    assert all(re.fullmatch(r"\d,\d\d", one) for one in texts)
    scale = found.full_data.sd if step == "sd" else 1
    assert texts[0] == words.number(np.exp(scale * found.log_rate_ratio), decimals=2)


READABLE = [
    (("1.00", "1.00", "1.00"), False),
    (("1.00", "1.00", "1.01"), True),
    (("1.01", "1.01", "1.01"), True),
    (("1.001", "1.000", "1.002"), False),
]


@pytest.mark.parametrize(("texts", "is_readable"), READABLE)
def test_a_ratio_can_be_read_aloud_if_it_says_something_in_two_decimals(texts, is_readable):
    with words.use("en"):
        assert sentences.is_readable(*texts) == is_readable


def test_an_exposure_in_small_units_is_said_for_its_standard_deviation():
    table = invented(4, slope=0.1)
    with words.use("en"):
        said, in_units = (
            str(design(table.assign(density=table["density"] * unit)).headline())
            for unit in (1e8, 1.0)
        )
        weak = table.assign(users=(2e7 * np.exp(0.0004 * table["density"] + 1e-5 * NOISE)).round())
        weak = str(design(weak.assign(population=10**8)).headline())
    assert "1.00, 95% CI 1.00–1.00" not in said
    assert "a ratio of 1.00" not in said
    assert "one standard deviation more of density" in said
    assert re.search(r"0\.0[1-9]% higher", weak)
    assert in_units != said


def test_columns_with_markup_and_blanks_are_told_as_they_are():
    names = {"users": "{users} [district]", "density": "<b>x</b>"}
    table = communes().rename(columns=names)
    answer = design(table, count=names["users"], exposure=names["density"]).headline()
    assert "{users} [district]" in str(answer)
    assert "<b>x</b>" in str(answer)


def test_texts_are_what_dummies_made_by_hand_are_and_it_is_said():
    table = Z
    made = pd.get_dummies(table["zone"]).astype(float)
    by_hand = design(table.join(made), "dừa", "đồng").headline().table
    answer = design(table, "zone").headline()
    assert answer.table["term"].tolist()[1:] == ["zone: dừa", "zone: đồng"]
    for column in ("log_rate_ratio", "standard_error", "df"):
        np.testing.assert_allclose(answer.table[column], by_hand[column], rtol=1e-9)
    with words.use("en"):
        assert "zone contains text" in str(answer)
    codes = table.assign(zone=table["zone"].map({"đồng": "1", "biển": "2", "dừa": "3"}))
    for frame in (codes, table.assign(zone=table["zone"].astype("category"))):
        assert len(design(frame, "zone").headline().table) == 3
    for wrong in (table["zone"].where(table.index != 7), "everywhere the same"):
        with pytest.raises(hg.Refused, match=": zone"):
            design(table.assign(zone=wrong), "zone")


def test_a_study_whose_exposure_is_no_people_says_so():
    with hg.Study.open("india_2023").use(), words.use("en"):
        asked = hg.Design.of_reports("transactions", 2023)
        assert "others" not in asked.denominators().table["question"].tolist()
        assert "post office" in str(asked.headline())


def test_related_sets_each_commune_beside_its_district(demo):
    with words.use("en"):
        figure = demo.related().figure
    [panel] = figure.panels
    row, frame = demo.headline().table.iloc[0], demo.data.frame
    one = frame[frame["compared_code"] == "930"]
    x = one["members_per_1000"] - 1000 * one["members"].sum() / one["population"].sum()
    np.testing.assert_allclose(panel.dots.loc[one.index, "x"], x, atol=1e-9)
    expected = one["count"] / one["out_of"] / np.exp(row["log_rate_ratio"] * x)
    left = panel.dots.loc[one.index, "y"] / np.exp(row["log_rate_ratio"] * x) / expected
    assert left.max() / left.min() == pytest.approx(1, abs=1e-6)
    line = panel.line.set_index("x")
    at = line.index[-1]
    for column, name in (("fit", "rate_ratio"), ("low", "low"), ("high", "high")):
        assert line.loc[at, column] == pytest.approx(row[name] ** at)
    assert words.number(row["high"], decimals=2).replace(",", ".") in panel.line_label
    assert "does not show that adding members raises uptake" in figure.source
    assert len(figure.table) == len(panel.dots) == 75


def test_ways_has_ladder_denominators_and_each_district_left_out(demo):
    with words.use("en"):
        [panel] = demo.ways(before=2022).figure.panels
    rows = panel.rows.set_index("name")
    ladder, left = demo.ladder(before=2022).table, demo.leave_one_out().table
    assert len(rows) == len(ladder) + 2 + len(left)
    [main] = rows[rows["colour"] == BLUE].to_dict("records")
    headline = demo.headline().table.iloc[0]
    for column, name in (("value", "rate_ratio"), ("low", "low"), ("high", "high")):
        assert main[column] == pytest.approx(headline[name])
    each = rows.loc["Each commune against itself a year before"]
    assert each["value"] == pytest.approx(ladder.set_index("way").loc["4", "rate_ratio"])
    errors = rows.loc["Denominators off by 10% (SD) alone"]
    assert errors["low"] == errors["value"] == errors["high"]
    assert panel.line[0] == 1
    with hg.Study.open("india_2023").use():
        ladder = hg.Design.of_reports("transactions", 2023).ladder(before=2022).table
    assert "2022" in ladder.set_index("way").loc["4", "reason"]


@pytest.fixture(scope="module")
def models():
    return design(Z, "zone", origin="simulated").headline(), design(T).headline()


def test_what_is_no_model_and_labels_that_do_not_match_are_refused(models):
    asked = design(T, "urban")
    for answer in (asked.power(), asked.naive(), asked.leave_one_out(), asked.denominators()):
        with pytest.raises(ValueError, match="only headlines and ladders"):
            hg.tables(answer)
    assert repr(hg.tables(asked)) == repr(hg.tables(asked.headline()))
    for wrong, labels in ((models, ["one"]), ((), None)):
        with pytest.raises(ValueError, match=f"{len(wrong)} models and"):
            hg.tables(*wrong, labels=labels)


HOSTILE = [r"50 % of \input{/etc/passwd} & a_b $x$ #1 ~ ^ <b>", "<script>x</script> \x1b[31m −∞"]


@pytest.fixture(scope="module")
def hostile(models):
    names = {"density": r"x_{1} & \def", "zone": "<i>zone</i>", "users": "<b>&"}
    columns = {"exposure": names["density"], "count": names["users"]}
    other = design(Z.rename(columns=names), names["zone"], **columns)
    with words.use("en"):
        return hg.tables(models[0], other.headline(), labels=HOSTILE)


def test_intervals_hold_the_truth_and_the_naive_ones_do_not():
    scenarios = [benchmark.SCENARIOS[4], benchmark.SCENARIOS[8]]  # the middle one; districts only
    assert [(s.icc, s.share) for s in scenarios] == [(0.15, 0.5), (0.30, 1.0)]
    table = benchmark.run(60, 7, scenarios, quiet=True)
    cover = table.pivot_table(index="method", columns="scenario", values="coverage")
    # 120 runs of 95 %: within four binomial errors.
    assert cover.loc["headline"].mean() > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 120)
    assert cover.loc["Poisson model errors"].mean() < 0.6
    assert cover.loc["two years, errors by commune"].mean() < 0.88
    # Where the exposure is the district's, rung 2 is refused and the headline is rung 5.
    only = cover[scenarios[1].name].dropna()
    assert "rung 2" not in only
    assert only["headline"] == only["rung 5"]


def test_the_bar_is_met_by_the_committed_run_and_its_picture_has_its_numbers():
    table, by = frames.coverage(), frames.coverage().groupby("method")
    assert set(table["scenario"]) == {s.name for s in benchmark.SCENARIOS}
    assert set(table["replications"]) == {1000}
    held = benchmark.bar(table)
    assert held["met"].tolist() == [True] * 8, held[~held["met"]].to_string()
    # Beside it stands what the design sees of a ratio of 1.05: little, and less the wider it is.
    headline = by.get_group("headline")
    assert headline["power"].corr(headline["median_width"], method="spearman") < -0.8
    with words.use("en"):
        figure = hg.coverage().figure
    assert f"detected in {headline['power'].mean():.0%}" in figure.subtitle
    rows, ours = figure.panels[0].rows, headline["coverage"].agg(["mean", "min", "max"]).tolist()
    assert rows[["value", "low", "high"]].iloc[0].tolist() == pytest.approx(ours)
    assert len(rows) == len(by) - 1  # Moran's is no interval


def test_a_column_a_model_with_its_interval_below_and_what_it_is(models):
    few = design(first(T, 3))
    with words.use("en"):
        table = hg.tables(*models, few, labels=["with zones", "plain", "few"])
        rows = table.texts.set_index("")
        for name, answer in zip(["with zones", "plain"], models, strict=True):
            row = answer.table.iloc[0]
            ratio, low, high = words.ratios(row["rate_ratio"], row["low"], row["high"])
            assert rows.loc["density", name] == ratio
            assert table.texts.loc[1, name] == f"({low}, {high})"
            assert rows.loc["df", name] == words.number(row["df"], decimals=1)
        assert rows.loc["zone: dừa", "plain"] == ""
        assert table.texts["few"].tolist()[:2] == ["–", "–"]
        assert table.notes[0] == "SIMULATED DATA"
        assert any(note.startswith("few: There are only 3 clusters") for note in table.notes)
        assert "SIMULATED" not in repr(hg.tables(models[1]))
    assert len(hg.tables(design(T).ladder()).texts.columns) == 1 + 3


def test_latex_holds_the_table_and_runs_nothing(hostile):
    text = hostile.to_latex()
    commands = set(re.findall(r"\\[a-z]+", text))
    known = {"begin", "end", "toprule", "midrule", "bottomrule", "par", "small"}
    known |= {"textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater"}
    assert commands <= {rf"\{name}" for name in known | {"infty"}}
    assert len(re.findall(r"(?<!\\)&", text)) == 2 * (1 + len(hostile.texts))
    assert re.findall(r"(?<!\\)[%#_]", text) == []
    assert "\x1b" not in text
    assert escaping.latex(HOSTILE[0]) in text
    assert r"x\_\{1\} \& \textbackslash{}def & " in text


def test_html_and_word_hold_the_table_and_no_markup_of_the_data(hostile, tmp_path):
    lines = [list(hostile.texts), *hostile.texts.to_numpy().tolist()]
    page = ET.fromstring(f"<div>{hostile.to_html()}</div>")
    assert [["".join(cell.itertext()) for cell in row] for row in page.iter("tr")] == lines
    known = {"div", "table", "thead", "tbody", "tr", "th", "td", "p", "small"}
    assert {one.tag for one in page.iter()} == known
    document = docx.Document(str(hostile.to_word(tmp_path / "table.docx")))
    [table] = document.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == lines
    assert [one.text for one in document.paragraphs if one.text] == list(hostile.notes)


def test_where_nothing_lies_above_places_that_is_said_and_no_share_of_variance():
    alone = T.assign(district=T.index)
    with words.use("en"):
        said = str(design(alone).ladder())
    assert "There is no level above" in said
    assert "variance" not in said

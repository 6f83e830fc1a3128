"""Rungs 3, 4 and 6, and second opinions: golden values from R, second routes, laws, refusals."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hganalysis import effect, indicators, words
from hganalysis.effect.fit import poisson
from hganalysis.effect.models import random_intercept
from hganalysis.findings import teams

GOLDEN = Path(__file__).parent / "golden"
COLUMNS = {"count": "users", "exposure": "density", "offset": "population", "cluster": "district"}


@pytest.fixture(scope="module")
def witness():
    table = pd.read_csv(GOLDEN / "effect_layer.csv", index_col=["model", "quantity"])
    return table["value"]


def with_density(table):
    return table.assign(density=1000 * table["members"] / table["population"])


@pytest.fixture
def communes():
    return with_density(pd.read_csv(GOLDEN / "effect_input.csv", index_col="commune"))


@pytest.fixture
def earlier(communes):
    before = pd.read_csv(GOLDEN / "effect_before.csv", index_col="commune")
    return with_density(communes.assign(users=before["users"], members=before["members"]))


# Golden values: R's lme4, glm, clubSandwich (tests/golden/effect_layer.R).


def test_random_intercept_agrees_with_lme4(communes, witness):
    data = effect.columns(communes, controls=["urban"], **COLUMNS)
    found, expected = random_intercept(data), witness["random intercept"]
    assert found.between == pytest.approx(expected["between"], rel=1e-6)
    assert found.within == pytest.approx(expected["within"], rel=1e-6)
    public = effect.random_intercept(effect.columns(communes, controls=["urban"], **COLUMNS))
    assert (public.between, public.within) == (found.between, found.within)
    estimate = effect.estimate(effect.columns(communes, controls=["urban"], **COLUMNS), rung=3)
    assert estimate.log_rate_ratio == pytest.approx(expected["coefficient"], rel=1e-6)
    assert estimate.standard_error == pytest.approx(expected["cr2"], rel=1e-6)
    assert estimate.df == pytest.approx(expected["df"], rel=1e-6)


@pytest.mark.parametrize("model", ["difference", "conditional"])
def test_two_years_agree_with_r(communes, earlier, witness, model):
    estimate = effect.changes(
        effect.columns(communes, controls=["urban"], **COLUMNS), earlier, model=model
    )
    expected = witness[model]
    assert estimate.log_rate_ratio == pytest.approx(expected["coefficient"], rel=1e-6)
    assert estimate.standard_error == pytest.approx(expected["cr2"], rel=1e-6)
    assert estimate.df == pytest.approx(expected["df"], rel=1e-6)
    assert estimate.sd == pytest.approx(communes["density"].std())
    assert (estimate.rung, estimate.flags) == (4, ())


# Second routes.


def test_no_variance_between_clusters_is_plain_least_squares(communes):
    # Every district has the same mean of rate and of exposure: nothing is left between them.
    rate = np.log(communes["users"] / communes["population"])
    flat = rate - rate.groupby(communes["district"]).transform("mean") - 2
    density = communes["density"]
    table = communes.assign(
        users=communes["population"] * np.exp(flat),
        density=density - density.groupby(communes["district"]).transform("mean") + 5,
    )
    data = effect.columns(table, **COLUMNS)
    assert random_intercept(data).between == 0
    one = effect.estimate(effect.columns(table, **COLUMNS), rung=3)
    two = effect.cr2(
        effect.model(effect.columns(table, **COLUMNS), rung=1, of="log rate"), "density"
    )
    assert one.standard_error == pytest.approx(two.standard_error, rel=1e-9)


def test_random_intercept_lies_between_pooled_and_within(communes):
    # Large variance between districts: REML weighs the within comparison only.
    apart = communes.assign(users=communes["users"] * np.exp(3.0 * (communes["district"] % 3)))
    within = effect.model(effect.columns(apart, **COLUMNS), of="log rate").coefficient("density")
    assert effect.estimate(
        effect.columns(apart, **COLUMNS), rung=3
    ).log_rate_ratio == pytest.approx(within, abs=0.01)


def test_conditional_model_is_poisson_with_an_effect_of_each_unit(communes, earlier):
    both = pd.concat([communes.assign(year=1.0), earlier.assign(year=0.0)])
    codes = both.index.to_numpy() - 1
    fit = poisson(
        both["users"].to_numpy(dtype=float),
        both[["density", "year"]].to_numpy(dtype=float),
        names=("density", "year"),
        clusters=codes,
        offset=np.log(both["population"].to_numpy()),
        absorb=True,
    )
    estimate = effect.changes(effect.columns(communes, **COLUMNS), earlier, model="conditional")
    assert estimate.log_rate_ratio == pytest.approx(fit.coefficient("density"), rel=1e-9)
    # Pearson's chi-square of both years; the df of the pairs are those left after their effects.
    assert estimate.phi * 73 == pytest.approx(fit.pearson * fit.df, rel=1e-9)


def test_slopes_are_those_of_each_district(communes):
    estimate = effect.estimate(effect.columns(communes, controls=["urban"], **COLUMNS), rung=6)
    found, left = [], []
    for _, own in communes.groupby("district"):
        X = own[["density", "urban"]].assign(one=1.0).to_numpy(dtype=float)
        keep = [0, 1, 2] if np.ptp(own["urban"]) > 0 else [0, 2]
        fit = poisson(
            own["users"].to_numpy(dtype=float),
            X[:, keep],
            names=tuple("abc"[: len(keep)]),
            clusters=np.zeros(len(own), dtype=int),
            offset=np.log(own["population"].to_numpy()),
        )
        found.append(fit.coefficient("a"))
        left.append((fit.pearson * fit.df, fit.df))
    assert estimate.phi == pytest.approx(np.divide(*np.sum(left, axis=0)), rel=1e-9)
    assert estimate.log_rate_ratio == pytest.approx(np.mean(found), rel=1e-9)
    assert estimate.standard_error == pytest.approx(np.std(found, ddof=1) / math.sqrt(8), rel=1e-9)
    assert (estimate.df, estimate.clusters, estimate.units) == (7, 8, 75)
    assert estimate.permutation_p * 256 == round(estimate.permutation_p * 256)


# Laws.


def test_whole_ladder_does_not_mind_rows_names_units_or_offsets(communes, earlier):
    def climbed(one, two):
        table = effect.ladder(
            effect.columns(one, controls=["urban"], **COLUMNS), before=two
        ).table()
        columns = ["rung", "rate_ratio_per_sd", "low_per_sd", "high_per_sd", "df", "phi"]
        return table[columns].to_numpy(dtype=float)

    def changed(table):
        names = dict(zip(range(1, 9), "hcagbfed", strict=True))
        return table.assign(
            district=table["district"].map(names),
            density=40 * table["density"],
            population=table["population"] / 1000,
        )

    expected = climbed(communes, earlier)
    assert expected[:, 0].tolist() == [1, 2, 3, 4, 5, 6]
    mixed_up = changed(communes).sample(frac=1, random_state=3)
    moved = changed(earlier).sample(frac=1, random_state=4)
    np.testing.assert_allclose(climbed(mixed_up, moved), expected, rtol=1e-8)


def test_what_stays_the_same_cannot_matter_between_years(communes, earlier):
    one = effect.changes(effect.columns(communes, **COLUMNS), earlier)
    factor = np.exp(np.random.default_rng(1).normal(size=75))
    raised = [t.assign(users=t["users"] * factor) for t in (communes, earlier)]
    two = effect.changes(effect.columns(raised[0], **COLUMNS), raised[1])
    assert two.log_rate_ratio == pytest.approx(one.log_rate_ratio, rel=1e-9)
    # Growing populations are growing denominators: more people, as many users, lower rates.
    moved = communes["density"] - earlier["density"]
    grown = communes.assign(population=communes["population"] * np.exp(0.1 * moved))
    three = effect.changes(effect.columns(grown, **COLUMNS), earlier)
    assert three.log_rate_ratio == pytest.approx(one.log_rate_ratio - 0.1, abs=1e-9)


@pytest.mark.parametrize("origins", [("reported", "simulated"), ("simulated", "reported")])
def test_two_years_are_no_firmer_than_the_less_firm_of_them(communes, earlier, origins):
    after, before = (
        table.assign(origin=origin)
        for table, origin in zip((communes, earlier), origins, strict=True)
    )
    assert effect.changes(effect.columns(after, **COLUMNS), before).origin == "simulated"


def test_frames_are_left_alone(communes, earlier):
    before = communes.copy(deep=True), earlier.copy(deep=True)
    effect.ladder(effect.columns(communes, **COLUMNS), before=earlier, bootstrap=99)
    pd.testing.assert_frame_equal(communes, before[0])
    pd.testing.assert_frame_equal(earlier, before[1])


# The ladder with two years and second opinions.


def test_second_headline_needs_change(communes, earlier):
    assert effect.ladder(effect.columns(communes, **COLUMNS)).second is None
    climbed = effect.ladder(effect.columns(communes, **COLUMNS), before=earlier)
    assert climbed.second == effect.changes(effect.columns(communes, **COLUMNS), earlier)
    assert climbed.headline.rung == 2
    moved = communes["density"] - earlier["density"]
    for share, second in ((0.31, True), (0.29, False), (0.11, False)):
        factor = share * communes["density"].std() / moved.std()
        less = earlier.assign(density=communes["density"] - factor * moved)
        climbed = effect.ladder(effect.columns(communes, **COLUMNS), before=less)
        found = next(e for e in climbed if e.rung == 4)
        assert ("little change" in found.flags) == (not second)
        assert (climbed.second is not None) == second


def test_it_is_said_of_what_and_of_how_many_each_rung_is(communes, earlier):
    climbed = list(effect.ladder(effect.columns(communes, **COLUMNS), before=earlier))
    assert {one.rung for one in climbed} == {1, 2, 3, 4, 5, 6}
    for one in climbed:
        counted = {"clusters": one.clusters, "units": one.units}
        said = words.term("findings.size", **counted)
        if one.rung == 4:
            said = words.term("findings.size_years", size=said)
        if one.rung == 5:
            said = words.term("findings.size_districts", **counted)
        assert teams.size(one) == said


def test_second_opinions(communes, earlier):
    climbed = effect.ladder(effect.columns(communes, **COLUMNS), before=earlier, bootstrap=999)
    table = climbed.second_opinions()
    assert table["rung"].tolist() == [1] * 3 + [2] * 3 + [4] * 3
    assert set(table["shape"]) == {"interval"}
    assert table["df"].isna().sum() == 3
    assert (table["low"] < table["rate_ratio"]).all()
    assert (table["rate_ratio"] < table["high"]).all()
    jackknife = effect.cv3(effect.model(effect.columns(communes, **COLUMNS)), "density")
    t = table.iloc[3]
    reach = math.log(t["high"] / t["rate_ratio"])
    assert reach == pytest.approx(2.364624 * jackknife.standard_error, rel=1e-6)
    alone = effect.alternatives(effect.columns(communes, **COLUMNS), bootstrap=999)
    assert alone == climbed.estimates[1].alternatives
    assert alone[0].rate_ratio_low == pytest.approx(t["low"])
    signs = effect.alternatives(effect.columns(communes, **COLUMNS), weights="rademacher")
    assert signs[-1].method == "score wild bootstrap, Rademacher, 256 draws"
    assert effect.ladder(effect.columns(communes, **COLUMNS)).second_opinions().empty
    zero = communes.assign(users=communes["users"].where(communes.index != 4, 0))
    assert len(effect.alternatives(effect.columns(zero, **COLUMNS), bootstrap=0)) == 1


def test_unbounded_and_disjoint_sets_are_named():
    def shape(*pieces):
        return effect.Interval("", 0.0, pieces, 0.5, None, 1.0).shape

    assert shape((-1.0, 1.0)) == "interval"
    assert shape((-math.inf, 1.0)) == "unbounded"
    assert shape((-1.0, 1.0), (2.0, 3.0)) == "disjoint"
    open_ended = effect.Interval("", 0.0, ((-math.inf, math.inf),), 1.0, None, 1.0)
    assert (open_ended.rate_ratio_low, open_ended.rate_ratio_high) == (0, math.inf)


def test_model_takes_weights_for_the_log_rate(communes):
    even = communes.assign(w=3.0)
    plain = effect.model(effect.columns(communes, **COLUMNS), of="log rate")
    weighted = effect.model(effect.columns(even, **COLUMNS), of="log rate", weights="w")
    for error in (effect.cr2, effect.cv3, effect.sandwich):
        one, two = error(plain, "density"), error(weighted, "density")
        assert one.standard_error == pytest.approx(two.standard_error, rel=1e-9)
    heavy = effect.model(effect.columns(communes, **COLUMNS), of="log rate", weights="population")
    assert heavy.coefficient("density") != pytest.approx(plain.coefficient("density"), rel=1e-3)
    with pytest.raises(ValueError, match="Counts carry their own"):
        effect.model(effect.columns(even, **COLUMNS), weights="w")
    with pytest.raises(LookupError, match="No such column: 'v'"):
        effect.model(effect.columns(even, **COLUMNS), of="log rate", weights="v")
    zero = even.assign(w=even["w"].where(even.index != 1, 0.0))
    with pytest.raises(effect.Refused, match="row 1: w = 0") as refused:
        effect.model(effect.columns(zero, **COLUMNS), of="log rate", weights="w")
    assert refused.value.reason == "missing or impossible values"


# Flags and refusals.


def test_errors_by_unit_warn_and_are_not_given(communes, earlier):
    with pytest.warns(UserWarning, match="cover 80 to 83 %"):
        estimate = effect.changes(effect.columns(communes, **COLUMNS), earlier, errors="unit")
    assert estimate == effect.changes(effect.columns(communes, **COLUMNS), earlier)


def test_units_without_any_count_are_dropped_and_reported(communes, earlier):
    zero = [t.assign(users=t["users"].where(t.index != 4, 0)) for t in (communes, earlier)]
    estimate = effect.changes(effect.columns(zero[0], **COLUMNS), zero[1], model="conditional")
    assert estimate.dropped == ("4",)
    assert "zero units dropped" in estimate.flags
    without = effect.changes(
        effect.columns(communes.drop(index=4), **COLUMNS), earlier, model="conditional"
    )
    assert estimate.log_rate_ratio == pytest.approx(without.log_rate_ratio, rel=1e-9)
    assert "unbalanced years" in without.flags
    # In a ladder, one zero in one year is met by the conditional model.
    once = communes.assign(users=communes["users"].where(communes.index != 4, 0))
    climbed = effect.ladder(effect.columns(once, **COLUMNS), before=earlier, bootstrap=99)
    four = next(e for e in climbed if e.rung == 4)
    assert four.method.startswith("two years, Poisson with a fixed effect of each unit")
    assert [r.reason for r in climbed.refusals] == ["units without counts"]  # rung 3
    assert len(four.alternatives) == 2


def test_districts_without_a_slope_are_dropped_and_reported(communes):
    still = communes["density"].where(communes["district"] != 3, 5.0)
    estimate = effect.estimate(effect.columns(communes.assign(density=still), **COLUMNS), rung=6)
    assert estimate.dropped == ("3",)
    assert "clusters without a slope dropped" in estimate.flags
    assert (estimate.clusters, estimate.df) == (7, 6)
    four = effect.estimate(effect.columns(communes[communes["district"] <= 4], **COLUMNS), rung=6)
    assert "low information" in four.flags


def app(year):
    return indicators.get("app_users", year=year)


REFUSED = {
    "hardly moved": (
        lambda t, b: effect.changes(
            effect.columns(t, **COLUMNS),
            b.assign(density=t["density"] + 0.09 * (b["density"] - t["density"])),
        ),
        "hardly any change",
        r"of that between units \(at least 10%\)",
    ),
    "too few in both": (
        lambda t, b: effect.changes(effect.columns(t, **COLUMNS), b.iloc[8:]),
        "unbalanced years",
        "67 of 75 units are in both years .at least 90%.; only in one: 1, 2, 3",
    ),
    "too few of both": (
        lambda t, b: effect.changes(effect.columns(t.iloc[8:], **COLUMNS), b),
        "unbalanced years",
        "67 of 75 units are in both years .at least 90%.; only in one: 1, 2, 3",
    ),
    "another indicator, by column": (
        lambda t, b: effect.changes(
            effect.columns(t.assign(indicator="app"), **COLUMNS), b.assign(indicator="wallet")
        ),
        "not the same indicator",
        "earlier year counts .'wallet'., the later .'app'.",
    ),
    "another indicator, by catalogue": (
        lambda t, b: effect.changes(
            effect.columns(t, **COLUMNS),
            b,
            indicators=(indicators.get("informed", year=2022), app(2023)),
        ),
        "not the same indicator",
        "different measures",
    ),
    "no log of zero": (
        lambda t, b: effect.changes(
            effect.columns(t.assign(users=t["users"] * (t.index != 9)), **COLUMNS), b
        ),
        "units without counts",
        "row 9",
    ),
    "no log of zero before": (
        lambda t, b: effect.changes(
            effect.columns(t, **COLUMNS), b.assign(users=b["users"] * (b.index != 9))
        ),
        "units without counts",
        "row 9",
    ),
    "three districts, two years": (
        lambda t, b: effect.changes(
            effect.columns(t[t["district"] < 4], **COLUMNS), b[b["district"] < 4]
        ),
        "fewer than 4 clusters",
        "There are 3 clusters",
    ),
    "one district moves": (
        lambda t, b: effect.changes(
            effect.columns(t, **COLUMNS),
            b.assign(density=b["density"].where(t["district"] == 5, t["density"])),
        ),
        "one cluster carries it",
        "Without district 5",
    ),
    "random intercept of three": (
        lambda t, _: effect.estimate(effect.columns(t[t["district"] < 4], **COLUMNS), rung=3),
        "fewer than 4 clusters",
        "There are 3 clusters",
    ),
    "random intercept of zero": (
        lambda t, _: effect.estimate(
            effect.columns(t.assign(users=t["users"] * (t.index != 9)), **COLUMNS), rung=3
        ),
        "units without counts",
        "row 9",
    ),
    "three slopes": (
        lambda t, _: effect.estimate(effect.columns(t[t["district"] < 4], **COLUMNS), rung=6),
        "too few slopes",
        "3 clusters have a slope",
    ),
    "slopes of nothing": (
        lambda t, _: effect.estimate(
            effect.columns(t.assign(density=t["district"] + 1e-3 * t["density"]), **COLUMNS), rung=6
        ),
        "within share below 5 %",
        "next to nothing to compare",
    ),
    "a sum of platforms": (
        lambda t, _: effect.ladder(effect.columns(t, **{**COLUMNS, "count": ("users", "members")})),
        "sum over platforms",
        "users, members cannot be added up",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_estimated_is_refused_with_its_reason(communes, earlier, case):
    ask, reason, message = REFUSED[case]
    with pytest.raises(effect.Refused, match=message) as refused:
        ask(communes, earlier)
    assert refused.value.reason == reason


def test_the_same_indicator_of_two_years_is_welcome(communes, earlier):
    years = sorted(indicators.years("app_users"))
    if len(years) < 2:
        pytest.skip("one year only")
    pair = (app(years[0]), app(years[1]))
    try:
        indicators.require_comparable(*pair)
    except ValueError:
        pytest.skip("the catalogue has no second year of that measure")
    assert effect.changes(effect.columns(communes, **COLUMNS), earlier, indicators=pair).rung == 4


def test_two_years_are_matched_by_unit_never_by_row(communes, earlier):
    found = effect.changes(effect.columns(communes, **COLUMNS), earlier)
    shuffled = earlier.sample(frac=1, random_state=5)
    again = effect.changes(effect.columns(communes, **COLUMNS), shuffled)
    assert again.log_rate_ratio == pytest.approx(found.log_rate_ratio, rel=1e-12)
    # Numbered rows name nobody: row 3 of a shuffled file is another commune.
    for first, second in ((communes, shuffled), (communes, earlier)):
        with pytest.raises(effect.Refused, match="numbered, not named") as refused:
            effect.changes(
                effect.columns(first.reset_index(drop=True), **COLUMNS),
                second.reset_index(drop=True),
            )
        assert refused.value.reason == "units without names"
    # A unit in another district than the year before is another unit, or has other boundaries.
    moved = earlier.assign(district=earlier["district"].where(earlier.index != 4, 7))
    with pytest.raises(effect.Refused, match="4: 7 before, 1 after") as refused:
        effect.changes(effect.columns(communes, **COLUMNS), moved)
    assert refused.value.reason == "units in other clusters"
    climbed = effect.ladder(effect.columns(communes, **COLUMNS), before=moved)
    assert [one.reason for one in climbed.refusals if one.rung == 4] == ["units in other clusters"]


@pytest.mark.parametrize(("weight", "flag"), [(1, ""), (8, "df below 3")])
def test_a_control_is_flagged_by_its_own_degrees_of_freedom(weight, flag):
    """Three clusters of eight have nearly all that there is of it."""
    draw, places = np.random.default_rng(3), np.repeat(list("abcdefgh"), 6)
    frame = pd.DataFrame({"county": places, "people": 9000.0, "offices": draw.normal(size=48)})
    coast = draw.normal(size=48) * np.where(frame["county"] <= "c", weight, 1)
    frame = frame.assign(coast=coast, letters=draw.poisson(900, 48))
    named = {"exposure": "offices", "offset": "people", "cluster": "county"}
    data = effect.columns(frame, count="letters", **named, controls=["coast"])
    found = effect.tidy(data, effect.estimate(data)).set_index("term")
    assert (found["df"]["coast"] < 3) == bool(flag)
    assert found["flags"].to_dict() == {"offices": "", "coast": flag}

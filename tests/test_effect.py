"""Laws of the estimate: what must not matter does not, and what is promised is kept."""

import importlib
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from effect_cases import (
    SIZES,
    communes,
    design,
    earlier,
    invented,
    misrecorded,
    rung,
    smooth,
    with_density,
)
from scipy import stats

import hganalysis as hg
from hganalysis import frames, indicators, places, suppress, words
from hganalysis.effect import denominator, sensitivity, spatial
from hganalysis.effect.answer import LOGS, RATIOS
from hganalysis.effect.errors import Error

NUMBERS = [*LOGS, *RATIOS]


def numbers(table, *controls):
    """Every number of the ladder, with two years."""
    return design(table, *controls).ladder(before=earlier_of(table)).table[NUMBERS].to_numpy()


def earlier_of(table):
    before = earlier().assign(district=communes()["district"])
    return before.loc[table.index].assign(district=table["district"])


# What must not matter.


def test_order_of_rows_and_names_of_clusters_do_not_matter():
    table = communes()
    names = dict(zip(range(1, 9), "hcagbfed", strict=True))
    others = [table.sample(frac=1, random_state=1)]
    others.append(table.assign(district=table["district"].map(names)))
    for other in others:
        np.testing.assert_allclose(numbers(other, "urban"), numbers(table, "urban"), rtol=1e-8)


@pytest.mark.parametrize("factor", [1e-3, 250.0])
def test_unit_of_the_exposure_changes_only_the_unit(factor):
    table = communes()
    for number in (1, 2, 5):
        one = rung(table, number, "urban")
        two = rung(table.assign(density=factor * table["density"]), number, "urban")
        assert two.b * factor == pytest.approx(one.b, rel=1e-8)
        assert two.error.df == pytest.approx(one.error.df, rel=1e-8)
        assert two.b * two.asked.sd == pytest.approx(one.b * one.asked.sd, rel=1e-8)


def test_a_constant_in_the_denominator_moves_no_ratio():
    table = communes()
    thousands = table.assign(population=table["population"] / 1000)
    for number in (1, 2, 5):
        one, two = (rung(t, number, "urban") for t in (table, thousands))
        assert (two.b, two.error.error) == pytest.approx((one.b, one.error.error), rel=1e-8)


def test_the_offset_has_a_coefficient_of_one():
    # Rates that follow the exposure exactly, populations that do not: without the offset, or with
    # the population in place of its log, the planted slope is missed.
    table = invented(5)
    exact = table.assign(users=table["population"] * np.exp(-2 + 0.1 * table["density"]))
    for number in (1, 2):
        assert rung(exact, number).b == pytest.approx(0.1, rel=1e-8)


def test_something_shared_by_a_district_is_no_effect_within():
    table = communes()
    means = table.groupby("district")["density"].transform("mean")
    raised = table.assign(users=table["users"] * np.exp(0.5 * (means - means.mean())))
    assert rung(raised).b == pytest.approx(rung(table).b, abs=0.03)
    assert rung(raised, 1).b > rung(table, 1).b + 0.1


def test_what_stays_the_same_cannot_matter_between_years():
    table, before = communes(), earlier()
    wild = np.exp(np.sin(table.index.to_numpy() * 7.0))
    moved = [one.assign(users=one["users"] * 100 * wild) for one in (table, before)]
    one, two = (
        design(now).ladder(before=then).table.set_index("way").loc["4"]
        for now, then in ((table, before), moved)
    )
    assert two["log_rate_ratio"] == pytest.approx(one["log_rate_ratio"], rel=1e-9)
    # Matched by unit, never by row.
    shuffled = design(table).ladder(before=before.sample(frac=1, random_state=2)).table
    assert shuffled.set_index("way").loc["4", "p_value"] == pytest.approx(one["p_value"], rel=1e-9)


def test_clusters_only_need_no_units():
    table = communes()
    summed = table.groupby("district", as_index=False)[["users", "population", "members"]].sum()
    one, two = rung(table, 5), rung(with_density(summed), 5)
    assert (two.b, two.error.error) == pytest.approx((one.b, one.error.error), rel=1e-9)
    assert two.permutation_p == one.permutation_p


def test_leaving_one_out_is_fitting_without_it():
    table = communes()
    for column in ("users", "near"):
        found = design(table, "urban", count=column).leave_one_out().table.set_index("left_out")
        again = rung(table[table["district"] != 4], 2, "urban", count=column)
        row = found.loc["4"]
        assert row["log_rate_ratio"] == pytest.approx(again.b, rel=1e-7)
        assert row["standard_error"] == pytest.approx(again.error.error, rel=1e-6)


@pytest.mark.parametrize("pull", [-0.6, 0.6])
def test_a_district_that_moves_the_estimate_is_flagged_whichever_way(pull):
    table = communes()
    odd = np.exp(pull * (table["density"] - table["density"].mean()) * (table["district"] == 5))
    found = design(table.assign(users=table["users"] * odd)).leave_one_out()
    moved = found.table[found.table["moves"] | found.table["turns"]]
    assert "5" in moved["left_out"].tolist()
    with words.use("en"):
        assert "Caution: without" in str(found)


def test_the_frame_is_left_alone():
    table = communes()
    before = table.copy()
    asked = design(table, "urban")
    for answer in (asked.headline(), asked.denominators(), asked.leave_one_out()):
        assert answer.refused is None
    pd.testing.assert_frame_equal(table, before)


# The headline.


@pytest.mark.parametrize(("share", "number"), [(0.04, 5), (0.06, 2), (0.6, 2)])
def test_headline_is_picked_by_rule_and_is_never_the_second_best(share, number):
    table = communes()
    means = table.groupby("district")["density"].transform("mean")
    inside = table["density"] - means
    between = means - means.mean()
    scale = math.sqrt(share / (1 - share) * (between**2).sum() / (inside**2).sum())
    spread = table.assign(density=10 + between + scale * inside)
    asked = design(spread)
    assert asked.data.within_share == pytest.approx(share)
    assert asked.headline().table["rung"].iloc[0] == number
    # Where the one that the rule picks is refused, no other takes its place.
    few = design(spread[spread["district"] <= 3]).headline()
    assert few.refused is not None
    assert few.table["rate_ratio"].isna().all()


def test_headline_fits_the_headline_alone(monkeypatch):
    fitted = []
    for name in ("counts", "log_rates", "changes", "again"):
        module = importlib.import_module("hganalysis.effect.models")
        real = getattr(module, name)

        def counted(*args, real=real, name=name, **options):
            fitted.append(name)
            return real(*args, **options)

        monkeypatch.setattr(module, name, counted)
    str(design(communes(), "urban").headline())
    assert fitted == ["counts"]


def test_a_headline_draws_nothing_before_it_is_asked_to():
    code = (
        "import sys, hganalysis as hg; str(hg.Design.of_reports('app_users', 2022).headline()); "
        "print([m for m in sys.modules if m in ('matplotlib.pyplot', 'folium', 'pptx', "
        "'hganalysis.draw.page', 'hganalysis.draw.slide', 'hganalysis.draw.web')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_control_has_the_coefficient_that_it_has_as_the_exposure():
    table = communes()
    answer = design(table, "urban").headline().table.set_index("term")
    swapped = rung(table, 2, "density", exposure="urban")
    assert answer.loc["urban", "log_rate_ratio"] == pytest.approx(swapped.b, rel=1e-8)
    assert answer.loc["urban", "standard_error"] == pytest.approx(swapped.error.error, rel=1e-7)


def test_ratio_near_the_ceiling_is_that_of_the_predicted_counts():
    # A second route: predict every commune with a little more density, and compare the totals.
    found = rung(communes(), 2, "urban", count="near")
    people, share = found.results.model.var_weights, found.results.mu
    step, line = 1e-6, np.log(share / (1 - share))
    more = 1 / (1 + np.exp(-line - found.results.params["density"] * step))
    assert found.b == pytest.approx(math.log(people @ more / (people @ share)) / step, rel=1e-4)
    # The rule is the fitted count: with half as many, or with acts, it is the log link.
    table = communes()
    for other in (table["near"] // 2, table["near"] + 30_000 * (table.index == 7)):
        assert rung(table.assign(near=other), 2, "urban", count="near").scale == 1


def test_power_that_is_promised_is_kept():
    # A normal estimate over the root of a chi-square: at the median of what such designs promise,
    # the true effect is found four times in five.
    rng = np.random.default_rng(8)
    for df in (4, 7):
        errors = np.sqrt(rng.chisquare(df, 4000) / df)
        promised = sensitivity.detectable(Error(float(np.median(errors)), df))
        found = promised + rng.normal(size=4000)
        power = np.mean(found / errors > stats.t.ppf(0.975, df))
        assert power == pytest.approx(0.8, abs=0.03)
    many = sensitivity.detectable(Error(1.0, 500))
    assert many == pytest.approx(1.96 + 0.8416, rel=0.005)
    table = design(communes()).power().table
    assert table["power"].tolist() == [0.5, 0.8, 0.9, 0.95]
    assert table["rate_ratio"].is_monotonic_increasing


def test_robustness_value_explains_the_estimate_away():
    first = design(communes(), "urban").sensitivity().table.iloc[0]
    value, df = first["robustness_value"], 75 - 10
    f2 = first["partial_r2"] / (1 - first["partial_r2"])
    error = abs(first["log_rate_ratio"]) / math.sqrt(f2 * df)
    bias = error * math.sqrt(df * value * value / (1 - value))
    assert bias == pytest.approx(abs(first["log_rate_ratio"]), rel=1e-9)
    # As strong as a control: the interval moves towards 0, as wide as it was.
    left = design(communes(), "urban").sensitivity().table.iloc[1:]
    assert left["bias"].is_monotonic_increasing
    moved = first["log_rate_ratio"] - left["bias"]
    np.testing.assert_allclose(left["log_rate_ratio"], moved.astype(float))
    width = first["log_high"] - first["log_low"]
    np.testing.assert_allclose(left["log_high"] - left["log_low"], width)


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
    with pytest.raises(TypeError, match="others is a list"):
        design(many).outcomes("wallet")


def test_a_later_exposure_is_asked_with_this_years_held():
    table = communes()
    table = table.assign(later=table["density"] + np.random.default_rng(3).normal(size=75))
    found = design(table).placebos("later").table.iloc[1]
    beside = rung(table, 2, "density", exposure="later")
    assert found["log_rate_ratio"] == pytest.approx(beside.b, rel=1e-12)
    assert found["log_low"] < 0 < found["log_high"]


# The denominator.


@pytest.mark.parametrize("number", [1, 2, 5])
@pytest.mark.parametrize("spread", [0.12, 0.3])
def test_part_is_what_errors_make_on_average(spread, number):
    # A second route: worlds without a relation, recorded with error, fitted and averaged.
    rng = np.random.default_rng(3)
    made, parts = [], []
    for _ in range(400 if number == 5 else 40):
        found = rung(misrecorded(rng, error=0.1, spread=spread, noise=0.02, shared=0.0), number)
        made.append(found.b)
        parts.append(denominator.part_of(found, 0.1).log_rate_ratio)
    # Of eight rows the variation of the exposure is known loosely, and its inverse is too large.
    assert np.median(parts) == pytest.approx(np.median(made), rel=0.3 if number == 5 else 0.1)


def test_a_control_over_the_same_denominator_takes_its_errors():
    rng, table = np.random.default_rng(4), communes()
    table = table.assign(helpers=table["members"] * rng.uniform(0.6, 1.6, 75))
    table = table.assign(help=1000 * table["helpers"] / table["population"])
    null = table.assign(users=table["population"] * np.exp(-2.0))
    made = []
    for _ in range(200):
        error = np.exp(0.01 * rng.normal(size=75))
        ratios = {name: null[name] / error for name in ("density", "help")}
        wrong = null.assign(population=null["population"] * error, **ratios)
        made.append(rung(wrong, 2, "help").b)
    held = denominator.part_of(rung(null, 2, "help"), 0.01).log_rate_ratio
    alone = denominator.part_of(rung(null.drop(columns="helpers"), 2, "help"), 0.01).log_rate_ratio
    assert np.mean(made) == pytest.approx(held, rel=0.3)
    assert abs(np.mean(made) - alone) > 0.5 * abs(np.mean(made))


NOT_SHARED = {
    "another denominator": lambda t: t.assign(population=t["population"] * np.exp(np.sin(t.index))),
    "below zero": lambda t: t.assign(density=t["density"] - 9),
    "whole": lambda t: t.assign(density=np.round(t["density"]), members=1.0),
}


@pytest.mark.parametrize("case", NOT_SHARED)
def test_an_exposure_over_something_else_has_no_part(case):
    asked = design(NOT_SHARED[case](communes()))
    assert denominator.part_of(asked.rung) is None
    assert asked.denominators().refused.reason == "another denominator"
    with words.use("en"):
        assert "not counted per population" in str(asked.headline())


def test_a_ratio_is_known_by_its_numerator_or_by_whole_numbers():
    table = communes()
    rounded = table.assign(density=table["density"].round(2))
    assert denominator.part_of(rung(rounded)) is not None
    assert denominator.part_of(rung(table.drop(columns="members"))) is not None
    assert denominator.part_of(rung(rounded.drop(columns="members"))) is None


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


def test_free_population_is_not_fooled_by_a_shared_denominator():
    # No relation at all: members ignore the population, users follow it; it is recorded with
    # error. The ratio sees an effect, members beside population see none.
    rng = np.random.default_rng(11)
    true = 9000 * np.exp(0.35 * rng.normal(size=480))
    table = pd.DataFrame(
        {
            "district": np.repeat(np.arange(12), 40),
            "population": true * np.exp(0.3 * rng.normal(size=480)),
            "members": np.round(40 * np.exp(0.3 * rng.normal(size=480))),
            "users": rng.poisson(0.2 * true),
        }
    )
    found = design(with_density(table)).denominators().table.set_index("term")
    assert found.loc["density", "log_low"].iloc[0] > 0
    assert found.loc["log members", "log_low"] < 0 < found.loc["log members", "log_high"]


def test_members_are_taken_off_the_count():
    table = communes()
    found = design(table).denominators().table.set_index("question")
    less = rung(table.assign(users=table["users"] - table["members"]))
    assert found.loc["others", "log_rate_ratio"] == pytest.approx(less.b, rel=1e-12)
    few = table.assign(users=np.where(table.index.isin([3, 9]), 2, table["users"]))
    assert "others" not in design(few).denominators().table["question"].tolist()


# Neighbours.


def test_neighbours_alike_are_flagged_and_a_second_opinion_stands_in_the_ladder():
    pairs = places.neighbours()
    asked = design(smooth(1), neighbours=pairs)
    assert "neighbours alike" in asked.headline().table["flags"].iloc[0]
    table = asked.ladder().table.set_index("way")
    at = spatial.positions(asked.data.units.index, pairs)
    b, error = spatial.second_opinion(asked.data, at, fixed_effects=True)
    assert table.loc["spatial", "log_rate_ratio"] == b
    assert table.loc["spatial", "standard_error"] == error.error
    # Neighbours without places: Moran, and no opinion that would need them.
    nowhere = design(smooth(1), neighbours=pairs.drop(columns="x_km")).ladder().table
    assert nowhere.set_index("way").loc["spatial", "flags"] == "refused: no distances"
    with pytest.raises(LookupError, match="no pair of neighbours"):
        design(smooth(1), neighbours=pairs.assign(code="x")).headline()


def test_units_dealt_out_anew_are_not_flagged():
    pairs, table, flagged = places.neighbours(), smooth(3), 0
    for seed in range(20):
        own = 0.35 * np.random.default_rng(seed).normal(size=len(table))
        dealt = table.assign(users=table["population"] * np.exp(-1.8 + own))
        flagged += (
            "neighbours alike" in design(dealt, neighbours=pairs).headline().table["flags"][0]
        )
    assert flagged <= 4


# The study in use.


def test_units_of_the_province():
    reports, teams = frames.reports(), frames.teams()
    app = indicators.get("app_users", year=2022)
    table = hg.units(reports, teams, indicator=app)
    assert table.index.name == "code"
    assert table.groupby("district_code").size().tolist() == list(SIZES)
    asked = (reports["indicator"] == "app_users") & (reports["year"] == 2022)
    assert table["count"].sum() == reports.loc[asked, "count"].sum()
    assert table["members"].sum() == teams.loc[teams["year"] == 2022, "members"].sum()
    density = 1000 * table["members"] / table["population"]
    np.testing.assert_allclose(table["members_per_1000"], density)
    with pytest.raises(ValueError, match="more than one row: \\['31318'\\]"):
        hg.units(pd.concat([reports, reports.iloc[:1]]), teams, indicator=app)
    with pytest.raises(hg.Refused) as refused:
        hg.units(reports[~asked], teams, indicator=app)
    assert refused.value.reason == "nothing beside it"
    fewer = hg.units(reports, teams[teams["code"] != "31318"], indicator=app)
    assert sorted(fewer.index) == sorted(set(table.index) - {"31318"})


def test_the_planted_answer_is_in_the_interval_and_its_own_frame_gives_the_same():
    asked = hg.Design.of_reports("app_users", 2022)
    row = asked.headline().table.iloc[0]
    planted = frames.planted(indicators.get("app_users", year=2022))
    assert row["log_low"] < planted < row["log_high"]
    table = hg.units(
        frames.reports(), frames.teams(), indicator=indicators.get("app_users", year=2022)
    )
    own = hg.Design(
        table,
        count="count",
        exposure="members_per_1000",
        offset="out_of",
        cluster="district_code",
        controls=["urban"],
    )
    pd.testing.assert_frame_equal(own.headline().table, asked.headline().table)
    assert own.origin == "simulated"


@pytest.fixture
def _births(monkeypatch):
    """Deaths out of births, of which there are more the denser the teams are."""
    rng = np.random.default_rng(7)
    teams, land = frames.teams().query("year == 2022"), places.communes()
    dense = frames.density(teams).set_index("code")["members_per_1000"]
    people = land["population"].reindex(dense.index)
    births = rng.poisson(people * 0.015 * np.exp(0.4 * (dense - dense.mean())))
    deaths = rng.poisson(births * 0.05 * np.exp(-0.2 * (dense - dense.mean())))
    made = pd.DataFrame({"code": dense.index, "year": 2022, "indicator": "app_users"})
    made = made.assign(count=deaths, out_of=births, origin="reported")
    monkeypatch.setattr(frames, "reports", lambda: made)
    monkeypatch.setattr(frames, "teams", lambda: teams.assign(origin="reported"))


@pytest.mark.usefixtures("_births")
def test_the_offset_is_what_the_measure_is_out_of():
    asked = hg.Design.of_reports("app_users", 2022)
    row = asked.headline().table.iloc[0]
    assert row["outcome"] == "count / out_of"
    assert row["high"] < 1  # of births, fewer die where teams are denser
    # With residents in its place the sign turns.
    wrong = hg.Design(
        asked.data.frame,
        count="count",
        exposure="members_per_1000",
        offset="population",
        cluster="district_code",
        controls=["urban"],
    )
    assert wrong.headline().table["rate_ratio"].iloc[0] > 1
    # Density and rate share no denominator then, and the sentence says so.
    assert denominator.part_of(asked.rung) is None
    assert denominator.part_of(wrong.rung) is not None


@pytest.mark.parametrize("hidden", [5, 8])
def test_hidden_counts_are_left_out_and_said_and_above_a_tenth_there_is_no_headline(hidden):
    table = hg.units(
        frames.reports(), frames.teams(), indicator=indicators.get("app_users", year=2022)
    )
    away = table.index[:: len(table) // hidden][:hidden]
    state = pd.Series("known", table.index)
    state[away] = suppress.SUPPRESSED
    # What they were filled with must not matter.
    filled = table.assign(state=state, count=table["count"].where(state == "known", 10**5))
    columns = {"count": "count", "exposure": "members_per_1000", "offset": "out_of"}
    asked = hg.Design(filled, cluster="district_code", controls=["urban"], **columns)
    answer = asked.headline()
    with words.use("en"):
        said = str(answer)
    if hidden > 7:
        assert answer.refused.reason == "hidden counts"
        assert "8 of 75 communes" in said
        assert "--no-suppress" in said
        assert all(a.refused for a in (asked.ladder(), asked.leave_one_out(), asked.power()))
        with pytest.raises(hg.Refused):
            asked.related()
        return
    assert "Left out: 5 of 75 communes" in said
    without = hg.Design(table.drop(away), cluster="district_code", controls=["urban"], **columns)
    pd.testing.assert_frame_equal(answer.table, without.headline().table)


def test_years_and_other_measures_of_the_catalogue_are_named():
    now = hg.Design.of_reports("app_users", 2023)
    then = hg.Design.of_reports("app_users", 2022)
    one, two = (now.ladder(before=b).table for b in (2022, then.data.frame))
    pd.testing.assert_frame_equal(one, two)
    later = then.placebos(2023).table
    assert later["term"].tolist() == ["members_per_1000", "members_per_1000, 2023"]
    other = then.outcomes(["ewallet_users"]).table.iloc[1]
    wallet = hg.Design.of_reports("ewallet_users", 2022).headline().table.iloc[0]
    assert other["log_rate_ratio"] == wallet["log_rate_ratio"]
    with pytest.raises(ValueError, match="an earlier year can be named"):
        design(communes()).ladder(before=2022)


def test_two_years_are_no_firmer_than_the_less_firm_of_them():
    before = earlier().assign(origin="simulated")
    answer = design(communes()).ladder(before=before)
    assert answer.table.set_index("way").loc[["1", "4"], "origin"].tolist() == [
        "reported",
        "simulated",
    ]
    assert str(answer).startswith(words.term("figure.prefix", sentence=""))

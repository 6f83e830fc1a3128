"""What is too regular to have been counted: laws, planted patterns, real data, what is said."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path

import invented
import numpy as np
import pandas as pd
import pytest
import real
from scipy.stats import binom
from trials import files as trial_files
from trials.study import study as invent
from typer.testing import CliRunner

from hganalysis import build, frames, places, sources, suppress, words, workbook
from hganalysis.build.checking import MOST_FINDINGS, regular
from hganalysis.build.command import app
from hganalysis.workbook import regularity
from hganalysis.workbook.screen import COLUMNS, LEVEL, PATTERNS

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "data" / "benchmarks" / "screen.csv"
needs_examples = pytest.mark.skipif(
    not real.EXAMPLES.is_dir(), reason="the two real places lie beside the project"
)


@pytest.fixture(scope="module")
def benchmark():
    file = ROOT / "tests" / "benchmarks" / "screen.py"
    spec = importlib.util.spec_from_file_location("coverage_of_screen", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def reports():
    return frames.reports()


@pytest.fixture(scope="module")
def teams():
    return frames.teams()


def put(reports, counts, *, name="app_users", year=2023):
    """Put counts, by code, in the place of those of a measure and year."""
    rows = (reports["indicator"] == name) & (reports["year"] == year)
    made = reports["code"].map(counts).where(rows)
    return reports.assign(count=made.fillna(reports["count"]).astype(float))


def of(reports, *, name="app_users", year=2022, column="count"):
    """Give a column of a measure and year, by code."""
    rows = (reports["indicator"] == name) & (reports["year"] == year)
    return reports[rows].set_index("code")[column]


def inside(code):
    home = places.communes()["district_code"]
    return home.index[home == code].tolist()


def copied(reports, codes):
    return put(reports, of(reports)[codes])


# --- how unlikely it is ---


@pytest.mark.parametrize("number", [5, 8, 75])
def test_the_bound_is_above_the_chance_of_as_many(number):
    draw = np.random.default_rng(4)
    near = np.sort(draw.uniform(size=(200, number)), axis=1)
    bound, _ = regularity.least_chance(near, 0)
    ranks = np.arange(1, number + 1)
    exact = binom.sf(ranks - 1, number, near)[:, regularity.LEAST_SHOWN - 1 :].min(axis=1)
    assert (bound >= np.minimum(exact, 1) - 1e-12).all()


@pytest.mark.parametrize("free", [0, 1, 2])
@pytest.mark.parametrize("number", [6, 30])
def test_honest_places_are_close_no_more_often_than_the_chance_says(number, free):
    near = np.random.default_rng(5).uniform(size=(20_000, number))
    bound, _ = regularity.least_chance(near, free)
    for level in (0.2, 0.05, 0.01):
        # what is free proves nothing: without it, the others are closer than they are
        assert (bound <= level).mean() <= level * 1.1


def test_all_places_at_once_have_the_product_of_their_chances():
    bound, shown = regularity.least_chance(np.full((1, 10), 0.02), 0)
    assert bound[0] == pytest.approx(10 * 0.02**10)
    assert shown == 10
    half = np.where(np.arange(20) < 10, 0.02, 1.0)[None]
    bound, shown = regularity.least_chance(half, 0)
    assert shown == 10
    assert binom.sf(9, 20, 0.02) < bound[0] < 1e-9
    few = np.array([[1e-9, 1e-9, 1.0, 1.0, 1.0, 1.0]])
    assert regularity.least_chance(few, 0)[0] == 1  # two that are alike are no pattern


def test_the_middle_is_the_median_of_what_is_known():
    draw = np.random.default_rng(6)
    values = draw.normal(size=(50, 9))
    values[draw.random(values.shape) < 0.4] = np.nan
    values[:, 0] = 1.0
    np.testing.assert_allclose(
        regularity.middle(values)[:, 0], np.nanmedian(values, axis=1), rtol=1e-12
    )


def test_the_chance_to_be_close_is_that_of_whole_numbers():
    # within half a count on either side: the chance of one number, and never of none
    sd = np.array([10.0, 100.0])
    found = regularity.within(np.zeros(2), sd)
    np.testing.assert_allclose(found, 1 / (sd * np.sqrt(2 * np.pi)), rtol=1e-3)
    assert regularity.within(np.array([0.0, np.nan]), np.array([0.0, 1.0])).tolist() == [1, 1]


# --- what is planted is found, and nothing else is ---


def test_the_demonstration_is_clean(reports, teams):
    found = workbook.screen(reports, teams=teams)
    assert found.columns.tolist() == COLUMNS
    assert found.empty


def test_values_of_the_year_before_are_named_place_by_place(reports, teams):
    codes = inside("932")
    found = workbook.screen(copied(reports, codes), teams=teams)
    [one] = found.to_dict("records")
    assert (one["pattern"], one["indicator"], one["year"]) == ("copied", "app_users", 2023)
    assert one["code"] == "932"
    assert sorted(one["places"]) == sorted(codes)
    assert one["looked_at"] == len(codes)
    assert one["chance"] < 1e-9
    assert 0 < one["adjusted"] <= LEVEL


def test_an_honest_place_among_them_hides_nothing(reports):
    codes = inside("932")
    [one] = workbook.screen(copied(reports, codes[1:])).to_dict("records")
    assert sorted(one["places"]) == sorted(codes[1:])


def test_more_copies_are_less_likely(reports):
    scattered = of(reports).sort_index().index[::5].tolist()
    chances = [
        workbook.screen(copied(reports, scattered[:number]))["chance"].min()
        for number in (9, 12, 15)
    ]
    assert chances == sorted(chances, reverse=True)
    assert workbook.screen(copied(reports, scattered[:2])).empty


def test_one_factor_of_growth_is_said_with_its_value(reports):
    grown = put(reports, (1.18 * of(reports)).round())
    [one] = workbook.screen(grown).to_dict("records")
    assert (one["pattern"], one["code"], one["looked_at"]) == ("growth", "93", 75)
    assert one["value"] == pytest.approx(1.18, abs=0.002)
    assert "1,18" in one["sentence"]
    [one] = workbook.screen(put(reports, (1.3 * of(reports)[inside("930")]).round())).to_dict(
        "records"
    )
    assert (one["pattern"], one["code"]) == ("growth", "930")


def test_half_a_district_that_grew_alike_proves_nothing_as_it_settled_the_factor(reports):
    codes = inside("936")
    assert len(codes) == 8
    times = pd.Series([0.7, 0.9, 1.2, 1.2, 1.2, 1.2, 1.5, 1.8], index=codes)
    last = of(reports)[codes]
    assert workbook.screen(put(reports, (times * last).round())).empty
    all_but_one = times.clip(1.2, 1.2).mask(times == 1.8, 1.5)
    [one] = workbook.screen(put(reports, (all_but_one * last).round())).to_dict("records")
    assert (one["code"], len(one["places"])) == ("936", 7)


def test_what_is_unlikely_in_one_look_is_likely_somewhere_in_all_of_them(reports):
    now = of(reports, year=2023).sort_index() // 10 * 10
    near = np.where(np.arange(9) < 6, 0.1, 1.0)  # six of the nine of a district end in 0
    assert regularity.least_chance(near[None], 0)[0][0] < LEVEL
    assert workbook.screen(put(reports, now.head(6))).empty
    assert len(workbook.screen(put(reports, now.head(8)))) == 1


def test_growth_that_varies_as_people_come_is_honest(reports):
    draw = np.random.default_rng(8)
    last = of(reports)
    come = pd.Series(draw.poisson(0.2 * last), index=last.index)
    grown = put(reports, last + come + (0.03 * last * draw.normal(size=len(last))).round())
    assert workbook.screen(grown).empty


@pytest.mark.parametrize("pattern", ["digits", "percents", "target", "equal", "plan", "members"])
def test_each_pattern_is_called_what_it_is(benchmark, reports, teams, pattern):
    draw, plan = np.random.default_rng(9), benchmark._plan(reports)
    # not one factor for all: that would be growth, too
    plan["count"] = (plan["count"] * draw.uniform(0.9, 1.1, len(plan))).round()
    honest = benchmark.World(reports, teams, plan)
    assert workbook.screen(reports, teams=teams, plan=plan).empty
    planted, name = benchmark.plant(draw, pattern, honest)
    found = workbook.screen(planted.reports, teams=planted.teams, plan=planted.plan)
    assert set(found["pattern"]) == {pattern}
    assert set(found["indicator"]) == {name}
    assert (found["adjusted"] <= LEVEL).all()


def test_a_plan_that_those_who_come_meet_on_average_is_not_met_too_well(reports):
    last = of(reports)
    come = np.random.default_rng(14).poisson(0.2 * last)
    plan = pd.DataFrame({"count": (1.2 * last).round(), "year": 2023, "indicator": "app_users"})
    found = workbook.screen(put(reports, last + come), plan=plan.reset_index())
    assert "plan" not in set(found["pattern"])
    met = put(reports, plan["count"] + np.random.default_rng(15).integers(-2, 3, len(plan)))
    found = workbook.screen(met, plan=plan.reset_index())
    assert set(found["pattern"]) == {"plan", "growth"}


def test_a_total_shared_out_by_residents_is_told_from_equal_shares(reports):
    files = of(reports, name="files_online", column="out_of")
    level = put(reports, (0.47 * files).round(), name="files_online", year=2022)
    assert set(workbook.screen(level)["pattern"]) == {"equal"}
    people = places.communes()["population"]
    shared = put(reports, (0.08 * people).round(), name="files_online", year=2022)
    assert set(workbook.screen(shared)["pattern"]) == {"population"}
    users = put(reports, (0.213 * people).round(), year=2022)
    assert "population" in set(workbook.screen(users)["pattern"])


def test_the_target_is_said_before_that_shares_are_whole_percents_or_equal(reports):
    files = of(reports, name="files_online", column="out_of")
    [one] = workbook.screen(
        put(reports, (0.5 * files).round(), name="files_online", year=2022)
    ).to_dict("records")
    assert one["pattern"] == "target"
    assert one["value"] == 0.5


def test_a_small_version_of_the_bar(benchmark):
    scenarios = [benchmark.SCENARIOS[1], benchmark.SCENARIOS[4]]
    table = benchmark.run(2, 1, 3, scenarios, quiet=True)
    found = table.pivot_table(index="planted", columns="scenario", values="found")
    assert (found.loc[benchmark.HONEST] == 0).all()
    assert (found.drop(benchmark.HONEST) == 1).all(axis=None), found
    one, two = (benchmark.run(1, 0, 7, scenarios[:1], quiet=True) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


def test_the_bar_is_met_by_the_committed_run(benchmark):
    table = pd.read_csv(TABLE)
    assert set(table["scenario"]) == {one.name for one in benchmark.SCENARIOS}
    assert set(table["planted"]) == {benchmark.HONEST, *benchmark.PLANTED}
    assert {one.partition(",")[0] for one in benchmark.PLANTED} == set(PATTERNS)
    honest = table["planted"] == benchmark.HONEST
    assert table.loc[honest, "replications"].sum() >= 1000
    assert table.groupby("planted")["replications"].sum().min() >= 60
    held = benchmark.bar(table)
    assert held["met"].all(), held.to_string()
    worse = table["found"].where(table["planted"] != "growth", table["found"] - 0.2)
    assert not benchmark.bar(table.assign(found=worse))["met"].all()
    worse = table["found"].where(~honest, table["found"] + 0.03)
    assert not benchmark.bar(table.assign(found=worse))["met"].all()


# --- laws ---


def test_order_of_rows_and_language_change_nothing_but_words(reports, teams):
    made = copied(reports, inside("935"))
    found = workbook.screen(made, teams=teams)
    mixed = made.sample(frac=1, random_state=1), teams.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(workbook.screen(mixed[0], teams=mixed[1]), found)
    with words.use("en"):
        english = workbook.screen(made, teams=teams)
    said = ["sentence", "innocent"]
    pd.testing.assert_frame_equal(english.drop(columns=said), found.drop(columns=said))
    assert (english[said] != found[said]).all(axis=None)


def test_arguments_are_left_alone(benchmark, reports, teams):
    plan = benchmark._plan(reports)
    given = copied(reports, inside("935")), teams.copy(), plan.copy()
    kept = [one.copy() for one in given]
    workbook.screen(given[0], teams=given[1], plan=given[2])
    for one, before in zip(given, kept, strict=True):
        pd.testing.assert_frame_equal(one, before)


def test_what_is_hidden_has_no_say(reports, teams):
    codes = inside("934")
    draw = np.random.default_rng(11)
    found = []
    for _ in range(2):
        few = {code: int(draw.integers(0, 5)) for code in codes[:3]}
        raw = put(put(copied(reports, inside("932")), few, year=2022), few, year=2023)
        released = suppress.small(raw)
        assert (released["pool"] != "").any()
        found += [workbook.screen(raw, teams=teams), workbook.screen(released, teams=teams)]
    for one in found[1:]:
        pd.testing.assert_frame_equal(one, found[0])
    gone = set(released.loc[released["pool"] != "", "code"])
    assert not gone & {code for named in found[0]["places"] for code in named}


def test_what_shares_a_rate_because_it_is_hidden_is_not_called_equal(reports):
    few = reports["indicator"] == "ecommerce_guided"
    raw = reports.assign(count=reports["count"].mask(few, 2).astype(float))
    assert workbook.screen(raw).empty


def test_a_place_that_is_not_there_is_not_looked_at(reports, teams):
    codes = inside("936")
    made = copied(reports, codes)
    gone = made["code"].isin([codes[0], inside("931")[0]]) & (made["year"] == 2023)
    for some in (made[~gone], made.assign(count=made["count"].mask(gone))):
        [one] = workbook.screen(some, teams=teams).to_dict("records")
        assert sorted(one["places"]) == sorted(codes[1:])
        assert one["looked_at"] == len(codes) - 1


# --- edges ---


def test_little_is_no_pattern(reports, teams):
    assert workbook.screen(reports.head(0)).empty
    assert workbook.screen(reports.head(0), teams=teams.head(0)).empty
    for number in (1, 2, regularity.FEWEST - 1):
        some = copied(reports, inside("930"))
        some = some[some["code"].isin(inside("930")[:number])]
        assert workbook.screen(some, teams=teams[teams["code"].isin(some["code"])]).empty


def test_one_year_has_levels_and_digits_only(reports):
    one_year = reports[reports["year"] == 2022]
    assert workbook.screen(one_year).empty
    tens = one_year.assign(count=(one_year["count"] // 10 * 10).astype(float))
    assert set(workbook.screen(tens)["pattern"]) == {"digits"}


def test_teams_alone_are_looked_at(reports, teams):
    fixed = teams.assign(members=7 * teams["teams"])
    found = workbook.screen(reports.head(0), teams=fixed)
    assert found["pattern"].tolist() == ["members", "members"]
    assert found["value"].tolist() == [7, 7]
    assert set(found["indicator"]) == {""}
    none = teams.assign(members=0, teams=0)
    assert workbook.screen(reports.head(0), teams=none).empty


def test_what_stands_twice_is_refused(benchmark, reports, teams):
    with pytest.raises(ValueError, match="stands twice"):
        workbook.screen(pd.concat([reports, reports.head(1)]))
    with pytest.raises(ValueError, match="stands twice"):
        workbook.screen(reports, teams=pd.concat([teams, teams.head(1)]))
    plan = benchmark._plan(reports)
    with pytest.raises(ValueError, match="2 rows of the plan stand twice"):
        workbook.screen(reports, plan=pd.concat([plan, plan.head(1)]))
    with pytest.raises(ValueError, match="columns of the plan are missing: count"):
        workbook.screen(reports, plan=plan.drop(columns="count"))


@pytest.mark.parametrize("times", [10**6, 10**9])
def test_counts_may_be_huge(reports, times):
    draw = np.random.default_rng(12)
    rest = draw.integers(0, times, len(reports))
    large = reports.assign(
        count=reports["count"] * times + rest, out_of=reports["out_of"] * times + times
    )
    assert workbook.screen(large).empty
    assert set(workbook.screen(copied(large, inside("932")))["pattern"]) == {"copied"}


def test_small_counts_and_zeros_may_be_shown_in_the_office(reports):
    few = reports.assign(count=np.random.default_rng(13).binomial(reports["count"], 1 / 400))
    with suppress.use(fewer_than=0):
        assert workbook.screen(few).empty
        assert workbook.screen(reports.assign(count=0)).empty
    assert workbook.screen(reports.assign(count=0)).empty


@pytest.mark.parametrize("levels", ["both", "districts", "communes", "whole"])
def test_a_study_of_any_levels_and_names_is_screened(tmp_path, levels):
    for seed in (3, 4):
        made = invent(seed, places=levels, names="hostile", twice="none", outlines="none")
        laid = build.own(tmp_path / f"data{seed}", **trial_files.write(made, tmp_path / str(seed)))
        with sources.use(laid.folder), words.use("en"):
            reports, teams = frames.reports(), frames.teams()
            assert workbook.screen(reports, teams=teams).empty
            large = reports["count"] >= 2 * regularity.ENOUGH
            large &= reports["out_of"] - reports["count"] >= 2 * regularity.ENOUGH
            tens = reports.assign(count=reports["count"].mask(large, reports["count"] // 10 * 10))
            found = workbook.screen(tens, teams=teams)
            assert set(found["pattern"]) <= {"digits"}
            each = reports[large].groupby(["indicator", "year"])["code"].nunique()
            assert len(found) or each.max() < 2 * regularity.FEWEST


# --- two real places ---


@needs_examples
def test_users_of_a_payment_service_in_india_grew_by_one_factor_and_nothing_else(tmp_path):
    with real.india(tmp_path) as reports:
        found = workbook.screen(reports)
    assert set(found["indicator"]) == {"users"}
    assert set(found["pattern"]) == {"growth"}
    whole = found.iloc[0]
    assert (whole["year"], whole["looked_at"]) == (2023, 165)
    assert whole["value"] == pytest.approx(1.18, abs=0.01)
    assert len(whole["places"]) > 150
    assert whole["chance"] < 1e-20


@needs_examples
def test_nothing_in_the_census_of_kenya_is_too_regular(tmp_path):
    with real.kenya(tmp_path) as reports:
        assert reports["code"].nunique() == 345
        assert workbook.screen(reports).empty


# --- what is said of it ---


@pytest.fixture
def handed_in(tmp_path):
    """Give a report that is right in each cell, and too regular; with the options of the check."""
    files = invented.write(tmp_path)
    table = pd.read_csv(files["reports"], dtype={"code": "str"})
    name = "vneid_users.count"
    last = table[table["year"] == 2024].set_index("code")[name]
    now = table["year"] == 2025
    table[name] = table[name].mask(now, table["code"].map(last))
    table["wallet_users.count"] = table["wallet_users.count"] // 10 * 10
    made = tmp_path / "deu-dan.csv"
    table.to_csv(made, index=False)
    options = ["--places", str(files["places"]), "--indicators", str(files["indicators"])]
    return files["reports"], made, options, table


def test_the_check_says_it_as_no_fault_and_ends_as_before(handed_in):
    honest, made, options, table = handed_in
    before = made.read_bytes()
    clean, done = (CliRunner().invoke(app, ["check", str(one), *options]) for one in (honest, made))
    assert clean.exit_code == done.exit_code == 0
    heading = words.term("screen.heading", number="{number}").partition("(")[0]
    assert heading not in clean.output
    assert heading in done.output
    assert "0 lỗi, 0 cảnh báo" in done.output
    assert "30 trong 30 xã báo cáo đúng bằng số của năm 2024" in done.output
    assert "không quy trách nhiệm" in done.output
    assert words.strings()["screen.innocent_copied"]["vi"] in done.output
    assert made.read_bytes() == before
    counts = table.filter(like=".count").to_numpy().ravel()
    told = done.output.split(heading)[1]
    assert not [one for one in counts if f" {words.number(one)} " in told and one > 100]


def test_the_check_says_a_few_of_many_and_no_sign_of_a_terminal(reports, monkeypatch):
    found = workbook.screen(reports.assign(count=(reports["count"] // 10 * 10).astype(float)))
    many = pd.concat([found] * 12, ignore_index=True)
    many["sentence"] = "\x1b[31m" + many["sentence"]
    monkeypatch.setattr("hganalysis.build.checking.screen", lambda *_, **__: many)
    checked = type("Checked", (), {"reports": None, "teams": None})()
    said = list(regular(checked))
    assert not [one for one in said if "\x1b" in one]
    assert len(said) == 2 + 4 * MOST_FINDINGS
    assert said[-1].strip() == words.term("screen.more", number=len(many) - MOST_FINDINGS)


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_has_words_that_accuse_nobody(pattern, language):
    with words.use(language):
        said = words.strings()[f"screen.{pattern}"][language]
        innocent = words.strings()[f"screen.innocent_{pattern}"][language]
    for text in (said, innocent):
        for word in ("fraud", "fake", "lie", "false", "gian", "bịa", "giả", "dối"):
            assert word not in text.lower().split()
    assert not innocent.endswith(".")


def test_a_study_of_many_measures_takes_less_than_two_seconds(reports, teams):
    started = time.process_time()
    workbook.screen(reports, teams=teams)
    assert time.process_time() - started < 2

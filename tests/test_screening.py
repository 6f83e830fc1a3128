"""Find what is too regular to have been counted, where it is planted, and nowhere else."""

import numpy as np
import pandas as pd
import pytest
from refusal_texts import says
from scipy.stats import binom

from hganalysis import frames, places, study, suppress, words
from hganalysis.publish.checking import MOST_FINDINGS, regular
from hganalysis.screening import COLUMNS, FEWEST, LEAST_SHOWN, least_chance, screen


@pytest.fixture(scope="module")
def reports():
    return frames.reports()


def put(reports, counts, *, name="app_users", period=2023):
    """Put counts, by code, in the place of those of a measure and year."""
    rows = (reports["indicator"] == name) & (reports["period"] == period)
    counts_put = reports["code"].map(counts).where(rows)
    counts = counts_put.fillna(reports["count"])
    return reports.assign(count=counts.astype(float))


def of(reports, *, name="app_users", period=2022, column="count"):
    """Give a column of a measure and year, by code."""
    rows = (reports["indicator"] == name) & (reports["period"] == period)
    return reports[rows].set_index("code")[column]


def inside(code):
    home = places.units()["compared_code"]
    return home.index[home == code].tolist()


def copy_counts(reports, codes):
    return put(reports, of(reports)[codes])


def test_the_bound_is_above_the_chance_of_as_many():
    for number in (5, 75):
        ranks = np.arange(1, number + 1)
        draws = np.random.default_rng(4).uniform(size=(200, number))
        for near in np.sort(draws, axis=1):
            chances = binom.sf(ranks - 1, number, near)
            exact = chances[LEAST_SHOWN - 1 :].min()
            bound = least_chance(near, 0)[0]
            assert bound >= min(exact, 1) - 1e-12, number


@pytest.mark.parametrize("free", [0, 2])
def test_honest_places_are_close_no_more_often_than_the_chance_says(free):
    draw = np.random.default_rng(5)
    near = draw.uniform(size=(5_000, 30))
    bounds = [least_chance(distances, free)[0] for distances in near]
    bound = np.array(bounds)
    for level in (0.2, 0.05, 0.01):
        # what is free proves nothing: without it, the others are closer than they are
        assert (bound <= level).mean() <= level * 1.1


def test_honest_studies_are_hardly_ever_found_too_regular(reports):
    draw = np.random.default_rng(10)
    n_found = 0
    for _ in range(12):
        rate = np.exp(draw.normal(0, 0.3, len(reports)))
        expected = np.minimum(reports["count"] * rate, 0.9 * reports["out_of"])
        rates = expected / reports["out_of"]
        honest = reports.assign(count=draw.binomial(reports["out_of"], rates))
        n_found += len(screen(honest)) > 0
    assert n_found <= 1


# --- what is planted is found, and nothing else is ---


def test_the_demonstration_is_clean(reports):
    findings = screen(reports)
    assert findings.columns.tolist() == COLUMNS
    assert findings.empty


def test_values_of_the_period_before_are_named_place_by_place(reports):
    codes = inside("932")
    [finding] = screen(copy_counts(reports, codes)).to_dict("records")
    assert (finding["pattern"], finding["indicator"]) == ("copied", "app_users")
    assert finding["period"] == 2023
    assert finding["code"] == "932"
    assert sorted(finding["places"]) == sorted(codes)
    assert finding["looked_at"] == len(codes)
    assert finding["chance"] < 1e-6
    # an honest place among them hides nothing
    fewer = copy_counts(reports, codes[1:])
    [finding] = screen(fewer).to_dict("records")
    assert sorted(finding["places"]) == sorted(codes[1:])
    assert screen(copy_counts(reports, codes[:2])).empty


def test_one_factor_of_growth_is_said_with_its_value(reports):
    grown = (1.18 * of(reports)).round()
    [finding] = screen(put(reports, grown)).to_dict("records")
    assert (finding["pattern"], finding["code"]) == ("growth", "93")
    assert finding["looked_at"] == 75
    assert finding["value"] == pytest.approx(1.18, abs=0.002)
    assert "1,18" in finding["sentence"]
    counts = (1.3 * of(reports)[inside("930")]).round()
    district = put(reports, counts)
    [finding] = screen(district).to_dict("records")
    assert (finding["pattern"], finding["code"]) == ("growth", "930")


def test_growth_that_varies_as_people_come_is_honest(reports):
    draw = np.random.default_rng(8)
    last = of(reports)
    come = pd.Series(draw.poisson(0.2 * last), index=last.index)
    noise = (0.03 * last * draw.normal(size=len(last))).round()
    grown = put(reports, last + come + noise)
    assert screen(grown).empty


def test_the_target_and_round_numbers_are_called_what_they_are(reports):
    files = of(reports, name="files_online", column="out_of")
    counts = (0.5 * files).round()
    met = put(reports, counts, name="files_online", period=2022)
    [finding] = screen(met).to_dict("records")
    assert (finding["pattern"], finding["value"]) == ("target", 0.5)
    one_period = reports[reports["period"] == 2022]
    rounded = one_period["count"] // 10 * 10
    tens = one_period.assign(count=rounded.astype(float))
    assert set(screen(tens)["pattern"]) == {"round"}


# --- laws ---


def test_what_is_hidden_has_no_say(reports):
    codes = inside("934")
    draw = np.random.default_rng(11)
    all_findings = []
    for _ in range(2):
        few = {code: int(draw.integers(0, 5)) for code in codes[:3]}
        raw = copy_counts(reports, inside("932"))
        raw = put(put(raw, few, period=2022), few, period=2023)
        released = suppress.hide_counts(raw)
        assert (released["pool"] != "").any()
        all_findings += [screen(raw), screen(released)]
    for findings in all_findings[1:]:
        pd.testing.assert_frame_equal(findings, all_findings[0])
    hidden_codes = set(released.loc[released["pool"] != "", "code"])
    codes_named = {code for codes in all_findings[0]["places"] for code in codes}
    assert not hidden_codes & codes_named


def test_a_place_that_is_not_there_is_not_looked_at(reports):
    codes = inside("932")
    reports_copied = copy_counts(reports, codes)
    is_one_of_two = reports_copied["code"].isin([codes[0], inside("931")[0]])
    is_missing = is_one_of_two & (reports_copied["period"] == 2023)
    without_number = reports_copied["count"].mask(is_missing)
    for without in (reports_copied[~is_missing], reports_copied.assign(count=without_number)):
        [finding] = screen(without).to_dict("records")
        assert sorted(finding["places"]) == sorted(codes[1:])
        assert finding["looked_at"] == len(codes) - 1


# --- edges ---


def test_little_is_no_pattern(reports):
    assert screen(reports.head(0)).empty
    reports_copied = copy_counts(reports, inside("930"))
    for number in (1, FEWEST - 1):
        few = reports_copied["code"].isin(inside("930")[:number])
        assert screen(reports_copied[few]).empty
    with suppress.use(fewer_than=0):
        assert screen(reports.assign(count=0)).empty
    with pytest.raises(ValueError, match=says("refusals.twice")):
        screen(pd.concat([reports, reports.head(1)]))


# --- two real places ---


def test_users_of_a_payment_service_in_india_grew_by_one_factor():
    with study.Study.open("india_2023").use():
        reports = frames.reports()
        findings = screen(reports[reports["indicator"] == "registered_users"])
    assert set(findings["pattern"]) == {"growth"}
    whole = findings.iloc[0]
    assert whole["period"] == 2023
    assert whole["looked_at"] == 165
    assert whole["value"] == pytest.approx(1.18, abs=0.01)
    assert len(whole["places"]) > 120
    assert whole["chance"] < 1e-9


def test_nothing_in_the_census_of_kenya_is_too_regular():
    with study.Study.open("kenya_2019").use():
        assert screen(frames.reports()).empty


# --- what is said of it ---


def test_the_check_says_a_few_of_many_and_no_sign_of_a_terminal(reports, monkeypatch):
    tens = (reports["count"] // 10 * 10).astype(float)
    findings = screen(reports.assign(count=tens))
    many_findings = pd.concat([findings] * 12, ignore_index=True)
    many_findings["sentence"] = "\x1b[31m" + many_findings["sentence"]
    monkeypatch.setattr("hganalysis.publish.checking.screen", lambda _: many_findings)
    checked = type("Checked", (), {"reports": None})()
    lines = list(regular(checked))
    assert not [line for line in lines if "\x1b" in line]
    assert len(lines) == 2 + 4 * MOST_FINDINGS
    n_more = len(many_findings) - MOST_FINDINGS
    assert lines[-1].strip() == words.term("screen.more", number=n_more)

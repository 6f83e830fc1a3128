"""Find what is too regular to have been counted, where it is planted, and nowhere else."""

import numpy as np
import pandas as pd
import pytest
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
    made = reports["code"].map(counts).where(rows)
    return reports.assign(count=made.fillna(reports["count"]).astype(float))


def of(reports, *, name="app_users", period=2022, column="count"):
    """Give a column of a measure and year, by code."""
    rows = (reports["indicator"] == name) & (reports["period"] == period)
    return reports[rows].set_index("code")[column]


def inside(code):
    home = places.units()["compared_code"]
    return home.index[home == code].tolist()


def copied(reports, codes):
    return put(reports, of(reports)[codes])


def test_the_bound_is_above_the_chance_of_as_many():
    for number in (5, 75):
        ranks = np.arange(1, number + 1)
        for near in np.sort(np.random.default_rng(4).uniform(size=(200, number)), axis=1):
            exact = binom.sf(ranks - 1, number, near)[LEAST_SHOWN - 1 :].min()
            assert least_chance(near, 0)[0] >= min(exact, 1) - 1e-12, number


@pytest.mark.parametrize("free", [0, 2])
def test_honest_places_are_close_no_more_often_than_the_chance_says(free):
    near = np.random.default_rng(5).uniform(size=(5_000, 30))
    bound = np.array([least_chance(one, free)[0] for one in near])
    for level in (0.2, 0.05, 0.01):
        # what is free proves nothing: without it, the others are closer than they are
        assert (bound <= level).mean() <= level * 1.1


def test_honest_studies_are_hardly_ever_found_too_regular(reports):
    draw, found = np.random.default_rng(10), 0
    for _ in range(12):
        rate = np.exp(draw.normal(0, 0.3, len(reports)))
        expected = np.minimum(reports["count"] * rate, 0.9 * reports["out_of"])
        honest = reports.assign(
            count=draw.binomial(reports["out_of"], expected / reports["out_of"])
        )
        found += len(screen(honest)) > 0
    assert found <= 1


# --- what is planted is found, and nothing else is ---


def test_the_demonstration_is_clean(reports):
    found = screen(reports)
    assert found.columns.tolist() == COLUMNS
    assert found.empty


def test_values_of_the_period_before_are_named_place_by_place(reports):
    codes = inside("932")
    [one] = screen(copied(reports, codes)).to_dict("records")
    assert (one["pattern"], one["indicator"], one["period"]) == ("copied", "app_users", 2023)
    assert one["code"] == "932"
    assert sorted(one["places"]) == sorted(codes)
    assert one["looked_at"] == len(codes)
    assert one["chance"] < 1e-6
    # an honest place among them hides nothing
    [one] = screen(copied(reports, codes[1:])).to_dict("records")
    assert sorted(one["places"]) == sorted(codes[1:])
    assert screen(copied(reports, codes[:2])).empty


def test_one_factor_of_growth_is_said_with_its_value(reports):
    [one] = screen(put(reports, (1.18 * of(reports)).round())).to_dict("records")
    assert (one["pattern"], one["code"], one["looked_at"]) == ("growth", "93", 75)
    assert one["value"] == pytest.approx(1.18, abs=0.002)
    assert "1,18" in one["sentence"]
    district = put(reports, (1.3 * of(reports)[inside("930")]).round())
    [one] = screen(district).to_dict("records")
    assert (one["pattern"], one["code"]) == ("growth", "930")


def test_growth_that_varies_as_people_come_is_honest(reports):
    draw, last = np.random.default_rng(8), of(reports)
    come = pd.Series(draw.poisson(0.2 * last), index=last.index)
    grown = put(reports, last + come + (0.03 * last * draw.normal(size=len(last))).round())
    assert screen(grown).empty


def test_the_target_and_round_numbers_are_called_what_they_are(reports):
    files = of(reports, name="files_online", column="out_of")
    met = put(reports, (0.5 * files).round(), name="files_online", period=2022)
    [one] = screen(met).to_dict("records")
    assert (one["pattern"], one["value"]) == ("target", 0.5)
    one_period = reports[reports["period"] == 2022]
    tens = one_period.assign(count=(one_period["count"] // 10 * 10).astype(float))
    assert set(screen(tens)["pattern"]) == {"round"}


# --- laws ---


def test_what_is_hidden_has_no_say(reports):
    codes = inside("934")
    draw = np.random.default_rng(11)
    found = []
    for _ in range(2):
        few = {code: int(draw.integers(0, 5)) for code in codes[:3]}
        raw = put(put(copied(reports, inside("932")), few, period=2022), few, period=2023)
        released = suppress.hide_counts(raw)
        assert (released["pool"] != "").any()
        found += [screen(raw), screen(released)]
    for one in found[1:]:
        pd.testing.assert_frame_equal(one, found[0])
    gone = set(released.loc[released["pool"] != "", "code"])
    assert not gone & {code for named in found[0]["places"] for code in named}


def test_a_place_that_is_not_there_is_not_looked_at(reports):
    codes = inside("932")
    made = copied(reports, codes)
    gone = made["code"].isin([codes[0], inside("931")[0]]) & (made["period"] == 2023)
    for some in (made[~gone], made.assign(count=made["count"].mask(gone))):
        [one] = screen(some).to_dict("records")
        assert sorted(one["places"]) == sorted(codes[1:])
        assert one["looked_at"] == len(codes) - 1


# --- edges ---


def test_little_is_no_pattern(reports):
    assert screen(reports.head(0)).empty
    some = copied(reports, inside("930"))
    for number in (1, FEWEST - 1):
        assert screen(some[some["code"].isin(inside("930")[:number])]).empty
    with suppress.use(fewer_than=0):
        assert screen(reports.assign(count=0)).empty
    with pytest.raises(ValueError, match="stands twice"):
        screen(pd.concat([reports, reports.head(1)]))


# --- two real places ---


def test_users_of_a_payment_service_in_india_grew_by_one_factor():
    with study.Study.open("india_2023").use():
        reports = frames.reports()
        found = screen(reports[reports["indicator"] == "registered_users"])
    assert set(found["pattern"]) == {"growth"}
    whole = found.iloc[0]
    assert (whole["period"], whole["looked_at"]) == (2023, 165)
    assert whole["value"] == pytest.approx(1.18, abs=0.01)
    assert len(whole["places"]) > 120
    assert whole["chance"] < 1e-9


def test_nothing_in_the_census_of_kenya_is_too_regular():
    with study.Study.open("kenya_2019").use():
        assert screen(frames.reports()).empty


# --- what is said of it ---


def test_the_check_says_a_few_of_many_and_no_sign_of_a_terminal(reports, monkeypatch):
    found = screen(reports.assign(count=(reports["count"] // 10 * 10).astype(float)))
    many = pd.concat([found] * 12, ignore_index=True)
    many["sentence"] = "\x1b[31m" + many["sentence"]
    monkeypatch.setattr("hganalysis.publish.checking.screen", lambda _: many)
    said = list(regular(type("Checked", (), {"reports": None})()))
    assert not [one for one in said if "\x1b" in one]
    assert len(said) == 2 + 4 * MOST_FINDINGS
    assert said[-1].strip() == words.term("screen.more", number=len(many) - MOST_FINDINGS)

"""A frame asked in two lines: numbers of `effect`, words of its columns, tables for a paper."""

from __future__ import annotations

import dataclasses
import re
import zipfile
from xml.etree import ElementTree as ET

import docx
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import hganalysis as hg
from hganalysis import (
    effect,
    escaping,
    figures,
    findings,
    frames,
    indicators,
    maps,
    places,
    render,
    words,
)
from hganalysis.effect.ladder import NUMBERS
from hganalysis.escaping import LONGEST

COLUMNS = {
    "count": "letters",
    "exposure": "post_offices_per_10000",
    "offset": "people",
    "cluster": "county",
}
SAID = {"source": "a postal survey", "as_of": "2024"}
COUNTIES = ["Nairobi", "Kitui", "Lamu", "Meru", "Mombasa", "Kisumu", "Garissa", "Narok"]
QUESTIONS = [
    "headline",
    "ladder",
    "alternatives",
    "influence",
    "denominators",
    "sensitivity",
    "power",
]


def invented(*, counties=COUNTIES, each=8, slope=0.05, seed=4):
    """Invent units of counties: post offices go with letters, the coast and roads do, too."""
    rng = np.random.default_rng(seed)
    county = np.repeat(np.arange(len(counties)), each)
    size = len(county)
    people = np.round(9000 * np.exp(0.35 * rng.normal(size=size)))
    offices = np.maximum(rng.poisson(6, size), 1)
    zone = np.array(["coast", "highland", "arid"])[rng.integers(0, 3, size)]
    rate = -1.8 + slope * 10_000 * offices / people + 0.2 * (zone == "coast")
    rate = rate + 0.3 * rng.normal(size=len(counties))[county] + 0.25 * rng.normal(size=size)
    return pd.DataFrame(
        {
            "county": np.array(counties)[county],
            "people": people,
            "post_offices": offices,
            "post_offices_per_10000": 10_000 * offices / people,
            "zone": zone,
            "road_km": rng.gamma(3, 10, size),
            "letters": rng.poisson(people * np.exp(rate)),
        },
        index=[f"ward {number}" for number in range(size)],
    )


FRAME = invented()


def design(frame=FRAME, *, origin="reported", controls=("road_km",), **others):
    named = {**COLUMNS, "controls": controls, "origin": origin, **SAID, **others}
    return hg.Design(frame, **named)


def answer(asked, question):
    """Ask quickly: with few draws where there are any."""
    choices = {"bootstrap": 99} if question == "alternatives" else {}
    return getattr(asked, question)(**choices)


@pytest.fixture(scope="module")
def demo():
    reports, teams = frames.reports(), frames.teams()
    units = effect.units(reports, teams, indicator=indicators.get("app_users", year=2022))
    return hg.Design(
        units,
        count="count",
        exposure="members_per_1000",
        offset="population",
        cluster="district_code",
        controls=["urban"],
    )


# -- the numbers are those of effect


def same(row, one):
    """Hold a row to an estimate, or to an interval."""
    assert row["log_rate_ratio"] == pytest.approx(one.log_rate_ratio, rel=1e-12)
    assert (row["log_low"], row["log_high"]) == pytest.approx((one.low, one.high), rel=1e-12)
    assert row["p_value"] == pytest.approx(one.p_value, rel=1e-12)
    for column, name in [
        ("rate_ratio", "rate_ratio"),
        ("low", "rate_ratio_low"),
        ("high", "rate_ratio_high"),
        ("rate_ratio_per_sd", "rate_ratio_per_sd"),
        ("low_per_sd", "rate_ratio_per_sd_low"),
        ("high_per_sd", "rate_ratio_per_sd_high"),
        ("sd", "sd"),
    ]:
        assert row[column] == pytest.approx(getattr(one, name), rel=1e-12), column


@pytest.fixture(scope="module")
def columns():
    table = FRAME.assign(origin="reported")
    return effect.columns(table, **COLUMNS, controls=["road_km"])


def test_headline_and_ladder_hold_the_numbers_of_effect(columns):
    ladder = effect.ladder(columns)
    asked = design()
    first = asked.headline().table.iloc[0]
    same(first, ladder.headline)
    assert first["standard_error"] == ladder.headline.standard_error
    assert first["df"] == ladder.headline.df
    table = asked.ladder().table
    exposure = table[table["term"] == COLUMNS["exposure"]].set_index("rung")
    assert list(exposure.index) == [one.rung for one in ladder] == [1, 2, 3, 5, 6]
    for one in ladder:
        same(exposure.loc[one.rung], one)
        assert exposure.loc[one.rung, "units"] == one.units
    assert (table["origin"] == "reported").all()


def test_a_control_has_the_coefficient_that_it_has_as_the_exposure():
    """The model knows no difference between them: so the table must not, either."""
    table = design().ladder().table.set_index(["rung", "term"])
    swapped = {**COLUMNS, "exposure": "road_km", "controls": [COLUMNS["exposure"]]}
    other = effect.columns(FRAME, **swapped)
    for rung in (1, 2, 3):
        found = effect.estimate(other, rung=rung)
        row = table.loc[(rung, "road_km")]
        assert row["log_rate_ratio"] == pytest.approx(found.log_rate_ratio, rel=1e-6)
        assert row["standard_error"] == pytest.approx(found.standard_error, rel=1e-6)
        assert row["df"] == pytest.approx(found.df, rel=1e-6)
        assert row["p_value"] == pytest.approx(found.p_value, rel=1e-5)
        assert row["sd"] == pytest.approx(FRAME["road_km"].std())
    assert set(table.loc[6].index) == {COLUMNS["exposure"]}
    with pytest.raises(effect.Refused) as refused:
        effect.estimate(other, rung=5)
    row = table.loc[(5, "road_km")]
    assert row["flags"] == f"refused: {refused.value.reason}" == "refused: df below 2"
    assert row[["low", "p_value"]].isna().all()
    assert np.isfinite(row[["log_rate_ratio", "standard_error", "df"]].astype(float)).all()


def test_a_control_that_one_cluster_carries_has_no_interval_and_says_why():
    port = FRAME["county"].map(COUNTIES.index) + 3 * (
        (FRAME["county"] == "Lamu") & (FRAME["road_km"] > 20)
    )
    table = design(FRAME.assign(port=port), controls=["port"]).ladder().table
    row, pooled = (table.set_index(["rung", "term"]).loc[(rung, "port")] for rung in (2, 1))
    assert pooled["low"] < pooled["rate_ratio"] < pooled["high"]
    assert np.isfinite(row["log_rate_ratio"])
    assert row[["log_low", "high", "low_per_sd", "p_value"]].isna().all()
    assert row["flags"] == "refused: one cluster carries it"


def test_near_the_ceiling_a_control_is_turned_into_log_rates_as_the_exposure_is():
    rng = np.random.default_rng(2)
    line = 1 + 0.1 * FRAME["post_offices_per_10000"] + 0.04 * FRAME["road_km"]
    share = 1 / (1 + np.exp(-line - 0.3 * rng.normal(size=len(FRAME))))
    full = FRAME.assign(letters=(FRAME["people"] * share).round())
    asked = design(full, doubt=0)
    row = asked.headline().table.set_index("term").loc["road_km"]
    assert asked.rungs.headline.log_odds_ratio is not None, "the shares come too little near 1"
    swapped = {**COLUMNS, "exposure": "road_km", "controls": [COLUMNS["exposure"]]}
    other = effect.estimate(effect.columns(full, **swapped))
    assert row["log_rate_ratio"] == pytest.approx(other.log_rate_ratio, rel=1e-6)
    assert row["standard_error"] == pytest.approx(other.standard_error, rel=1e-6)
    assert row["log_rate_ratio"] < 0.5 * other.log_odds_ratio


def test_second_opinions_are_those_of_effect(columns):
    table = design().alternatives(bootstrap=99).table
    same(table.iloc[0], effect.estimate(columns))
    others = effect.alternatives(columns, bootstrap=99)
    for (_, row), one in zip(table.iloc[1:].iterrows(), others, strict=True):
        same(row, one)
        assert (row["method"], row["shape"]) == (one.method, one.shape)
        assert np.isnan(row["standard_error"]) == (one.df is None)
    jackknife = effect.cv3(effect.model(columns), COLUMNS["exposure"])
    assert table["standard_error"].iloc[1] == pytest.approx(jackknife.standard_error)
    assert len(design().alternatives(bootstrap=0).table) == 3


def test_influence_is_each_cluster_left_out_beside_what_it_carries(columns):
    table = design().influence().table.set_index("left_out")
    refits = effect.leave_one_out(columns)
    for name in ("log_rate_ratio", "standard_error", "df", "rate_ratio", "low", "high"):
        pd.testing.assert_series_equal(table[name], refits[name], check_names=False)
    assert np.exp(table["log_low"]).to_numpy() == pytest.approx(refits["low"].to_numpy())
    carried = effect.leverage(columns)["exposure_share"]
    pd.testing.assert_series_equal(table["exposure_share"], carried, check_names=False)
    assert table["high_per_sd"].to_numpy() == pytest.approx(refits["high"] ** columns.sd)
    without = FRAME[FRAME["county"] != "Lamu"]
    alone = design(without).headline().table.iloc[0]
    assert table.loc["Lamu", "log_rate_ratio"] == pytest.approx(alone["log_rate_ratio"], rel=1e-6)


def test_denominators_find_what_the_exposure_counts(columns):
    table = design().denominators().table.set_index("question")
    test = effect.denominator_test(columns, members="post_offices")
    same(table.loc["estimate"], test.estimate)
    same(table.loc["others"], test.others)
    free = table.loc["free population"].set_index("term")
    assert free["log_rate_ratio"].tolist() == test.free["elasticity"].tolist()
    assert free["log_high"].tolist() == test.free["high"].tolist()
    t = test.free["elasticity"] / test.free["standard_error"]
    assert free["p_value"].tolist() == pytest.approx(2 * stats.t.sf(t.abs(), test.free["df"]))
    shaken = table.loc["shaken"]
    assert shaken["error"].tolist() == [0.05, 0.10, 0.15]
    assert shaken["rate_ratio_per_sd"].tolist() == test.shaken["rate_ratio_per_sd"].tolist()
    assert np.log(shaken["low_per_sd"]).tolist() == pytest.approx(test.shaken["low"].tolist())


def test_sensitivity_is_the_twin_and_each_control_some_times(columns):
    table = design(controls=["road_km", "post_offices"]).sensitivity().table
    both = effect.columns(FRAME, **COLUMNS, controls=["road_km", "post_offices"])
    strength = effect.robustness(both)
    assert table["robustness_value"].iloc[0] == strength.value
    assert table["rate_ratio"].iloc[0] == pytest.approx(np.exp(strength.log_rate_ratio))
    assert table["e_value"].iloc[0] == effect.e_value(effect.estimate(both)).estimate
    rows = table[table["control"] == "road_km"].set_index("times")
    bounds = effect.benchmarks(both, benchmark="road_km")
    assert rows["low"].tolist() == pytest.approx(bounds["rate_ratio_low"].tolist())
    assert rows["r2_outcome"].tolist() == bounds["r2_outcome"].tolist()
    assert len(columns.names.controls) == 1


def test_power_is_of_this_design_and_of_others_beside_it(columns):
    found = effect.estimate(columns)
    table = design().power(clusters=[16]).table
    here, there = (table[table["clusters"] == number] for number in (8, 16))
    pd.testing.assert_series_equal(
        here["power"].reset_index(drop=True), effect.power_curve(found)["power"]
    )
    wide = effect.power_curve(found, clusters=16)
    assert there["rate_ratio"].tolist() == wide["rate_ratio"].tolist()
    assert there["df"].iloc[0] == pytest.approx(2 * found.df)
    assert np.exp(here["log_rate_ratio"]).tolist() == pytest.approx(here["rate_ratio"].tolist())


def test_two_years_are_compared_with_the_texts_of_the_first():
    before = FRAME.assign(
        letters=(FRAME["letters"] * (0.9 + 0.02 * (np.arange(len(FRAME)) % 5))).round(),
        post_offices_per_10000=FRAME["post_offices_per_10000"] * (np.arange(len(FRAME)) % 3 + 1),
    )
    answer = design(controls=["zone"]).ladder(before=before)
    by_hand = design(
        FRAME.assign(a=FRAME["zone"] == "coast", b=FRAME["zone"] == "highland"),
        controls=["a", "b"],
    ).ladder(before=before.assign(a=before["zone"] == "coast", b=before["zone"] == "highland"))
    row, other = (one.table.set_index("rung").loc[4] for one in (answer, by_hand))
    assert row["log_rate_ratio"] == pytest.approx(other["log_rate_ratio"], rel=1e-12)
    with words.use("en"):
        assert "Each unit against itself a year before" in str(answer)
        assert "Each unit compared with itself a year before" in drawn(answer.plot())
    strange = before.assign(zone=before["zone"].replace("arid", "desert"))
    with pytest.raises(ValueError, match="'zone' holds 'desert'"):
        design(controls=["zone"]).ladder(before=strange)
    with pytest.raises(LookupError, match="No such column: 'zone'"):
        design(controls=["zone"]).ladder(before=before.drop(columns="zone"))


# -- laws: names, order and the frame are free


def test_names_of_columns_are_free():
    names = dict(
        zip(FRAME.columns, ["Mã cụm", "n (%)", "x_1", "x & y", "{z}", "$w$", "count"], strict=True)
    )
    other = {part: names[name] for part, name in COLUMNS.items()}
    renamed = hg.Design(
        FRAME.rename(columns=names),
        **other,
        controls=[names["road_km"]],
        origin="reported",
        source="x",
    )
    for question in QUESTIONS:
        one, two = answer(design(), question), answer(renamed, question)
        pd.testing.assert_frame_equal(one.table[NUMBERS], two.table[NUMBERS])
        with words.use("en"):
            assert str(two)
            two.plot()
    with words.use("en"):
        assert "times as high where there is one more unit of x & y" in str(renamed.headline())
        assert "units of the same Mã cụm" in str(renamed.headline())


def test_order_of_rows_is_free_and_the_frame_is_left_alone():
    before = FRAME.copy()
    shuffled = FRAME.sample(frac=1, random_state=3)
    for question in QUESTIONS:
        one, two = (answer(design(f, controls=["zone"]), question) for f in (FRAME, shuffled))
        numbers = [name for name in NUMBERS if question != "alternatives" or name != "p_value"]
        rows = slice(0, 3) if question in ("alternatives", "denominators") else slice(None)
        pd.testing.assert_frame_equal(one.table[numbers][rows], two.table[numbers][rows], rtol=1e-6)
    pd.testing.assert_frame_equal(FRAME, before)


def test_an_interval_too_wide_to_be_written_has_no_end():
    wide = design(FRAME.assign(post_offices_per_10000=(FRAME["road_km"] / 1000).round(6))).ladder()
    assert np.isinf(wide.table["high"]).any()
    assert "∞" in wide._repr_html_()
    picture = wide.plot()
    marks = [line.get_marker() for ax in picture.figure.axes for line in ax.lines]
    assert ">" in marks
    _, [ax] = maps.sheet(title="x", legend=False)
    row = {"label": "x", "rate_ratio": 2.0, "low": 1e-80, "high": 1e80, "origin": "reported"}
    render.static.draw(figures.coefficients(pd.DataFrame([row])), ax)
    assert {line.get_marker() for line in ax.lines} >= {"<", ">"}
    assert ax.get_xlim()[1] < 1e3


def test_title_and_picture_of_a_ladder_say_the_same_ratio():
    found = design().rungs.headline
    ends = (found.rate_ratio, found.rate_ratio_low, found.rate_ratio_high)
    with words.use("en"):
        ratio, low, high = words.ratios(*ends)
        picture = design().ladder().plot()
    assert f"{ratio} ({low}–{high})" in picture.composed.title
    assert any(one.startswith(f"{ratio} ({low}–{high})") for one in drawn(picture))


# -- texts become dummies


def test_texts_are_what_dummies_made_by_hand_are():
    by_hand = FRAME.assign(
        coast=(FRAME["zone"] == "coast").astype(int),
        highland=(FRAME["zone"] == "highland").astype(int),
    )
    one = design(controls=["road_km", "zone"]).ladder().table
    two = design(by_hand, controls=["road_km", "coast", "highland"]).ladder().table
    pd.testing.assert_frame_equal(one[NUMBERS], two[NUMBERS])
    terms = ["post_offices_per_10000", "road_km", "zone: coast", "zone: highland"]
    assert one.loc[one["rung"] == 2, "term"].tolist() == terms


def test_categories_are_texts_and_digits_that_are_a_code_too():
    numbered = FRAME["zone"].map({"arid": 1, "coast": 2, "highland": 3})
    same = [
        FRAME.assign(zone=FRAME["zone"].astype("category")),
        FRAME.assign(zone=numbered.astype("category")),
        FRAME.assign(zone=FRAME["zone"].map({"arid": "1", "coast": "20", "highland": "3"})),
        FRAME.assign(zone=FRAME["zone"] + "  "),
    ]
    first = design(controls=["zone"]).headline().table[NUMBERS]
    for other in same:
        found = design(other, controls=["zone"]).headline().table[NUMBERS]
        pd.testing.assert_frame_equal(first, found)
    assert len(design(FRAME.assign(zone=numbered), controls=["zone"]).headline().table) == 2


def test_the_answer_says_what_became_of_texts_and_sorts_as_a_reader_does():
    letters = {"arid": "Đồng bằng", "coast": "Núi", "highland": "Biển"}
    asked = design(FRAME.assign(zone=FRAME["zone"].map(letters)), controls=["zone"])
    assert asked.data.names.controls == ("zone: Đồng bằng", "zone: Núi")
    for question in QUESTIONS:
        assert "zone" in str(answer(asked, question)).splitlines()[-1]
        assert "“Biển”" in str(answer(asked, question)).splitlines()[-1]
    one = design(FRAME.assign(zone="here"), controls=["zone"])
    with words.use("en"):
        assert "controls for nothing" in str(one.headline())
    assert len(one.headline().table) == 1


def test_a_missing_text_is_refused_and_never_the_reference():
    holed = FRAME.assign(zone=FRAME["zone"].where(FRAME["road_km"] > 10))
    with pytest.raises(effect.Refused, match=r"row 'ward .*zone: coast = nan is missing"):
        design(holed, controls=["zone"])
    with pytest.raises(ValueError, match="has columns 'zone: coast' already"):
        design(FRAME.assign(**{"zone: coast": 1}), controls=["zone"])


@pytest.mark.parametrize(
    ("stated", "of_frame"), [("reported", "simulated"), ("simulated", "census")]
)
def test_another_frame_has_the_origin_that_it_says_else_that_of_the_first(stated, of_frame):
    first = design(origin=stated)
    assert first.on(FRAME).data.origin == stated
    assert first.on(FRAME.assign(origin=of_frame)).data.origin == of_frame


# -- what is refused says why


def test_what_the_frame_does_not_say_is_asked_for():
    with pytest.raises(ValueError, match="nobody knows where 'letters' comes from"):
        design(origin=None)
    with pytest.raises(ValueError, match="has to say who says so"):
        design(source=None)
    assert design(FRAME.assign(origin="census"), origin=None).data.origin == "census"
    with pytest.raises(LookupError, match="No such column"):
        design(count="stamps")
    with pytest.raises(TypeError, match="controls is a tuple"):
        design(controls="zone")
    with pytest.raises(effect.Refused, match="cannot be added up"):
        design(count=["letters", "parcels"])


@pytest.mark.parametrize("question", QUESTIONS)
def test_too_few_clusters_are_refused_in_words_and_in_the_table(question):
    few = design(FRAME[FRAME["county"].isin(COUNTIES[:3])])
    found = answer(few, question)
    assert found.refused.reason == "fewer than 4 clusters"
    with words.use("en"):
        if question != "ladder":
            assert str(found) == "No estimate is given: there are fewer than 4 clusters (county)."
        assert "fewer than 4 clusters" in found._repr_html_() or question == "influence"
    assert (found.table["reason"].str.contains("(?:clusters|slope)")).all()
    assert found.table[["log_low", "rate_ratio_per_sd"]].isna().all(axis=None) or (
        question == "influence"
    )
    with pytest.raises(effect.Refused, match="3 clusters"):
        found.plot()


def test_a_cluster_that_carries_it_is_named_and_influence_still_answers():
    x = np.where(FRAME["county"] == "Lamu", FRAME["post_offices"], 5.0)
    asked = design(FRAME.assign(post_offices_per_10000=x), controls=())
    with words.use("en"):
        assert str(asked.headline()) == "No estimate is given: one cluster carries it."
    assert "Without county Lamu nothing is left" in asked.headline().table["reason"].iloc[0]
    table = asked.influence().table.set_index("left_out")
    assert table["log_rate_ratio"].isna().to_dict() == {
        county: county == "Lamu" for county in sorted(COUNTIES)
    }
    assert table.loc["Lamu", "exposure_share"] == pytest.approx(1)
    assert "Lamu" in asked.influence().reading().index


def test_a_withheld_headline_is_not_replaced_and_its_denominator_still_answers():
    flat = FRAME.assign(post_offices=(FRAME["people"] / 1500).round())
    flat["post_offices_per_10000"] = 10_000 * flat["post_offices"] / flat["people"]
    asked = design(flat, controls=())
    assert asked.headline().refused is not None
    assert asked.headline().refused.reason in ("denominator in doubt", "denominator could make it")
    assert asked.headline().table["rate_ratio"].isna().all()
    assert asked.power().refused is not None


def test_a_comparison_of_clusters_only_says_what_cannot_be_had_for_it():
    by_county = FRAME.groupby("county")["post_offices"].transform("sum").astype(float)
    asked = design(FRAME.assign(post_offices_per_10000=by_county), controls=())
    assert asked.headline().table["rung"].tolist() == [5]
    assert len(asked.influence().table) == len(COUNTIES)
    with words.use("en"):
        for question in ("alternatives", "sensitivity"):
            assert "the headline compares clusters only" in str(answer(asked, question))
        assert "no column says what post_offices_per_10000 counts over people" in str(
            asked.denominators()
        )
    with pytest.raises(effect.Refused, match=r"members=\.\.\."):
        asked.denominators().plot()


def test_a_refusal_is_of_the_way_to_compare_that_the_rule_picks():
    by_county = FRAME.groupby("county")["post_offices"].transform("sum").astype(float)
    nearly = by_county + 0.001 * FRAME["post_offices"]  # it hardly varies within a county
    few = FRAME.assign(post_offices_per_10000=nearly)[FRAME["county"].isin(COUNTIES[:3])]
    asked = design(few, controls=())
    assert asked.data.within_share > 0
    assert asked.headline().table["rung"].tolist() == [5]
    assert asked.headline().refused is not None


def test_an_exposure_that_does_not_vary_is_an_answer_too():
    asked = design(FRAME.assign(post_offices_per_10000=2.0))
    for question in QUESTIONS:
        with words.use("en"):
            said = str(answer(asked, question))
        assert said == "No estimate is given: post_offices_per_10000 does not vary."


# -- words and pictures

STUDY = re.compile(
    r"(?i)\b(districts?|communes?|members?|residents|uptake|density|province|teams?)\b"
    r"|huyện|(?<!thị )\bxã\b|thành viên|mức sử dụng|mật độ|\btỉnh\b|\bdân\b"
)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_nothing_of_the_study_is_said_of_a_frame_of_ones_own(language):
    asked = [design(origin="simulated"), design(FRAME[FRAME["county"].isin(COUNTIES[:3])])]
    asked.append(design(FRAME.assign(post_offices_per_10000=FRAME["road_km"].round(3))))
    with words.use(language):
        for one in asked:
            for question in QUESTIONS:
                found = answer(one, question)
                texts = [str(found), found._repr_html_()]
                if found.refused is None:
                    texts += drawn(found.plot())
                wrong = [text for text in texts if STUDY.search(text)]
                assert wrong == [], (question, STUDY.search(wrong[0]))
        assert STUDY.search(words.term("findings.rung_2")), "afterwards the study is itself again"


def drawn(picture):
    texts = [text.get_text() for text in picture.figure.texts]
    return texts + [text.get_text() for ax in picture.figure.axes for text in ax.texts]


@pytest.mark.parametrize("question", QUESTIONS)
def test_simulated_numbers_put_the_banner_on_the_picture_and_into_the_sentence(question):
    for origin, wanted in (("simulated", True), ("reported", False)):
        found = answer(design(origin=origin), question)
        picture = found.plot()
        said = drawn(picture)
        assert ("SỐ LIỆU MÔ PHỎNG" in said) == wanted
        assert str(found).startswith("Số liệu mô phỏng.") == wanted
        assert "Nguồn: a postal survey. Số liệu: 2024." in said
        assert picture.composed.title


def test_clusters_are_called_as_the_frame_calls_them_even_by_a_code_of_the_list():
    codes = dict(zip(COUNTIES, places.districts().index, strict=False))
    other = design(FRAME.assign(county=FRAME["county"].map(codes)))
    assert other.influence().reading().index.tolist() == sorted(codes.values())
    assert "bỏ 931" in drawn(other.influence().plot())
    assert "bỏ Lamu" in drawn(design().influence().plot())


def test_a_picture_that_is_kept_and_shown_is_drawn_once_in_a_language():
    drawn_in = []
    answer = design().influence()

    def draws():
        drawn_in.append(words.language())
        return answer.draws()

    counted = dataclasses.replace(answer, draws=draws)
    counted.keep("x")
    assert counted.plot() is counted.plot()
    with words.use("en"):
        counted.plot()
    assert drawn_in == ["vi", "en"]


def test_the_study_in_use_keeps_its_names_its_words_and_its_source(demo):
    assert demo.frame is None
    assert "Giữa các xã trong cùng một huyện" in str(demo.headline())
    assert "tổ công nghệ số" in str(demo.headline())
    assert "Huyện Châu Thành" in demo.influence().reading().index
    source = findings.source(demo.data.frame)
    assert any(source in text for text in drawn(demo.headline().plot()))
    ladder = effect.ladder(demo.data, neighbours=places.neighbours())
    same(demo.headline().table.iloc[0], ladder.headline)
    assert demo.headline().table["flags"].iloc[0] == "neighbours alike"


def test_another_exposure_of_the_places_in_use_keeps_their_names(demo):
    units = demo.data.frame.assign(offices=np.arange(75) % 7 + 1.0)
    asked = hg.Design(
        units, count="count", exposure="offices", offset="population", cluster="district_code"
    )
    assert "Huyện Châu Thành" in asked.influence().reading().index
    assert "thành viên" not in str(asked.headline())
    assert "thêm một đơn vị của offices" in str(asked.headline())


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_sentence_speaks_the_language_in_use_when_it_is_read(question):
    found = answer(design(), question)
    vi = str(found)
    with words.use("en"):
        assert str(found) != vi
        head = found.reading()
    assert list(head.columns) != list(found.reading().columns) or question == "power"
    assert str(found) == vi == repr(found)


def test_a_notebook_shows_sentence_and_table_and_no_markup_of_the_frame():
    hostile = {"Lamu": "<script>alert(1)</script>", "Meru": "a & b"}
    named = FRAME.assign(county=FRAME["county"].replace(hostile), zone=FRAME["zone"] + "<b>")
    named = named.rename(columns={"road_km": "<i>road</i>"})
    asked = design(named, controls=["zone", "<i>road</i>"])
    for question in QUESTIONS:
        shown = answer(asked, question)._repr_html_()
        assert "<table" in shown
        assert "<p" in shown
        assert not re.search(r"<(script|b|i)>", shown)
    assert "&lt;script&gt;" in asked.influence()._repr_html_()
    many = FRAME.assign(county=[f"{'long ' * 100}{name}" for name in FRAME["county"]])
    assert all(len(name) <= LONGEST for name in design(many).influence().reading().index)


def test_more_coefficients_than_can_be_read_are_cut_and_the_picture_says_so():
    rng = np.random.default_rng(1)
    more = {f"z{number}": rng.normal(size=160) for number in range(21)}
    wide = invented(each=20).assign(**more)
    found = design(wide, controls=list(more)).headline()
    assert len(found.table) == 22
    with words.use("en"):
        said = drawn(found.plot())
    shown = [text for text in said if re.fullmatch(r"z\d+", text)]
    assert f"Only the first {len(shown) + 1} of 22 rows are drawn." in said


# -- models side by side


@pytest.fixture(scope="module")
def models():
    return design(origin="simulated", controls=["zone"]).headline(), design(controls=()).headline()


def cells(table):
    return [list(row) for row in (*table.coefficients, *table.foot)]


def test_a_column_a_model_with_interval_below_and_what_it_is(models):
    with words.use("en"):
        table = hg.tables(*models, labels=["with zones", "plain"])
    assert table.head == ("", "with zones", "plain")
    rows = {row[0]: row[1:] for row in cells(table) if row[0]}
    first, second = (one.table.iloc[0] for one in models)
    with words.use("en"):
        for at, row in enumerate((first, second)):
            ratio, low, high = words.ratios(row["rate_ratio"], row["low"], row["high"])
            assert rows["post_offices_per_10000"][at] == ratio
            assert table.coefficients[1][at + 1] == f"({low}, {high})"
            assert rows["df"][at] == words.number(row["df"], decimals=1)
        zone = models[0].table.iloc[1]
        _, low, high = words.ratios(zone["rate_ratio"], zone["low"], zone["high"])
        assert table.coefficients[3] == ("", f"({low}, {high})", "")
    assert rows["zone: coast"][1] == ""
    assert rows["Units"] == ["64", "64"]
    assert rows["Clusters"] == ["8", "8"]
    assert rows["Method"] == ["within county, CR2"] * 2
    assert rows["Outcome"] == ["letters / people"] * 2
    assert table.notes[0] == "SIMULATED DATA"
    assert "“arid”" in table.notes[-1]
    assert "SIMULATED" not in repr(hg.tables(models[1]))
    with words.use("en"):
        assert hg.tables(*models[::-1]).notes[0] == "SIMULATED DATA"  # whichever stands first


def test_numbers_are_written_in_the_language_in_use(models):
    vi = hg.tables(*models)
    assert re.fullmatch(r"\d,\d\d+", vi.coefficients[0][1])
    assert re.fullmatch(r"\(\d,\d+; \d,\d+\)", vi.coefficients[1][1])
    assert vi.head == ("", "(1)", "(2)")
    with words.use("en"):
        en = hg.tables(*models)
    assert en.coefficients[0][1] == vi.coefficients[0][1].replace(",", ".")


def test_ratios_may_be_per_standard_deviation(models):
    row = models[0].table.iloc[0]
    numbers = [row[f"{name}_per_sd"] for name in ("rate_ratio", "low", "high")]
    ratio, *_ = words.ratios(*numbers)
    assert hg.tables(models[0], per="sd").coefficients[0][1] == ratio
    assert hg.tables(models[0]).coefficients[0][1] != ratio
    with pytest.raises(ValueError, match="per is 'log'; expected 'unit' or 'sd'"):
        hg.tables(models[0], per="log")


def test_a_ladder_has_a_column_a_rung_and_a_refused_model_a_dash_with_its_reason():
    few = design(FRAME[FRAME["county"].isin(COUNTIES[:3])]).headline()
    with words.use("en"):
        table = hg.tables(design(controls=["zone"]).ladder(), few)
    assert len(table.head) == 1 + 5 + 1
    assert [row[-1] for row in table.coefficients[:2]] == ["–", "–"]
    said = "(6): No estimate is given: there are fewer than 4 clusters (county)."
    assert said in table.notes
    assert any(
        note.startswith("(4): No estimate is given: there are too many") for note in table.notes
    )


def test_what_is_no_model_and_labels_that_do_not_match_are_refused(models):
    for question in QUESTIONS[2:]:
        with pytest.raises(ValueError, match="only headlines and ladders"):
            hg.tables(answer(design(), question))
    with pytest.raises(ValueError, match="2 models and 1 labels"):
        hg.tables(*models, labels=["one"])
    with pytest.raises(ValueError, match="0 models"):
        hg.tables()


HOSTILE = [r"50 % of \input{/etc/passwd} & a_b $x$ #1 ~ ^ <b>", "<script>x</script> \x1b[31m −∞"]


@pytest.fixture(scope="module")
def hostile(models):
    names = {"post_offices_per_10000": r"x_{1} & \def", "zone": "<i>zone</i>", "letters": "<b>&"}
    columns = {**COLUMNS, "exposure": names["post_offices_per_10000"], "count": "<b>&"}
    other = hg.Design(
        FRAME.rename(columns=names),
        **columns,
        controls=["<i>zone</i>"],
        origin="reported",
        source="x",
    )
    with words.use("en"):
        return hg.tables(models[0], other.headline(), labels=HOSTILE)


def test_latex_holds_the_table_and_runs_nothing(hostile):
    text = hostile.to_latex()
    body = re.search(r"\\toprule\n(.*)\\bottomrule", text, re.DOTALL)[1]
    rows = [line for line in body.splitlines() if not line.startswith(r"\midrule")]
    assert len(rows) == 1 + len(hostile.coefficients) + len(hostile.foot)
    for row in rows:
        assert len(re.findall(r"(?<!\\)&", row)) == 2
        assert row.endswith(r" \\")
    commands = set(re.findall(r"\\[a-z]+", text))
    known = {"begin", "end", "toprule", "midrule", "bottomrule", "par", "small"}
    known |= {"textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater"}
    assert commands <= {rf"\{name}" for name in known | {"infty"}}
    assert text.count(r"\begin{tabular}{lcc}") == text.count(r"\end{tabular}") == 1
    assert re.sub(r"\\[{}]", "", text).count("{") == re.sub(r"\\[{}]", "", text).count("}")
    unescaped = re.findall(r"(?<!\\)[%#_]", text)
    assert unescaped == []
    assert "\x1b" not in text
    written = r"50 \% of \textbackslash{}input\{/etc/passwd\} \& a\_b \$x\$ \#1 \textasciitilde{} "
    assert escaping.latex(HOSTILE[0]) == written + r"\textasciicircum{} \textless{}b\textgreater{}"
    assert escaping.latex(HOSTILE[0]) in text
    assert r"x\_\{1\} \& \textbackslash{}def & " in text


def test_html_holds_the_table_and_no_markup_of_the_data(hostile):
    page = ET.fromstring(hostile.to_html())
    rows = [["".join(cell.itertext()) for cell in row] for row in page.iter("tr")]
    assert rows[0] == list(hostile.head)
    assert rows[1 : -len(hostile.notes)] == cells(hostile)
    assert {one.tag for one in page.iter()} == {
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
    }
    assert hostile._repr_html_() == hostile.to_html()


def test_word_opens_and_holds_the_same_numbers(hostile, tmp_path):
    file = hostile.to_word(tmp_path / "table.docx")
    document = docx.Document(str(file))
    [table] = document.tables
    found = [[cell.text for cell in row.cells] for row in table.rows]
    assert found == [list(hostile.head), *cells(hostile)]
    assert [one.text for one in document.paragraphs if one.text] == list(hostile.notes)
    again = hostile.to_word(tmp_path / "again.docx")
    assert again.read_bytes() == file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        assert {one.date_time[0] for one in archive.infolist()} == {1980}  # nobody's clock
        xml = archive.read("word/document.xml").decode()
    ruled = [
        number
        for number, row in enumerate(xml.split("<w:tr>")[1:])
        if 'w:bottom w:val="single"' in row
    ]
    parts = (0, len(hostile.coefficients), len(hostile.coefficients) + len(hostile.foot))
    assert tuple(ruled) == parts
    with pytest.raises(ValueError, match=r"end with \.docx"):
        hostile.to_word(tmp_path / "table.doc")

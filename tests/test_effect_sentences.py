"""What the answers say: numbers and nouns, in both languages, and what no answer may say."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest
from effect_cases import communes, design, invented, rung, with_density

import hganalysis as hg
from hganalysis import frames, words
from hganalysis.effect import denominator, sensitivity, sentences
from hganalysis.figure import TITLE

QUESTIONS = {
    "headline": lambda asked: asked.headline(),
    "ladder": lambda asked: asked.ladder(),
    "leave_one_out": lambda asked: asked.leave_one_out(),
    "denominators": lambda asked: asked.denominators(),
    "bootstrap": lambda asked: asked.bootstrap(draws=99),
    "sensitivity": lambda asked: asked.sensitivity(),
    "power": lambda asked: asked.power(),
    "naive": lambda asked: asked.naive(),
    "placebos": lambda asked: asked.placebos("later"),
    "outcomes": lambda asked: asked.outcomes(["near"]),
}
OF_REPORTS = QUESTIONS | {
    "ladder": lambda asked: asked.ladder(before=2022),
    "placebos": lambda asked: asked.placebos(2022),
    "outcomes": lambda asked: asked.outcomes(["files_online"]),
}
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
    for asked, answer in ((demo, OF_REPORTS[question](demo)), (own(), QUESTIONS[question](own()))):
        assert answer.refused is None, str(answer.refused)
        said = []
        for language in words.LANGUAGES:
            with words.use(language):
                said.append(str(answer))
                picture = answer.picture()
                if picture is not None:
                    assert len(picture.figure.title) <= TITLE
                    said[-1] += picture.figure.title + picture.figure.subtitle
            assert not re.search(r"[\[\]{}<>]|nan|None", said[-1]), said[-1]
        assert said[0] != said[1]
        if asked.data.names.listed is False:
            study = r"district|commune|resident|uptake|huyện|\bxã\b|thành viên|mức sử dụng"
            assert not re.search(study, " ".join(said))


@pytest.mark.parametrize("question", QUESTIONS)
def test_simulated_numbers_say_so_first_and_on_the_picture(question):
    answer = QUESTIONS[question](own(origin="simulated"))
    assert str(answer).startswith(words.term("figure.prefix", sentence=""))
    picture = answer.picture()
    assert picture is None or picture.figure.banner == words.term("words.simulated")
    assert set(answer.table["origin"]) == {"simulated"}
    real = QUESTIONS[question](own()).picture()
    assert real is None or real.figure.banner == ""


def test_the_headline_says_what_was_found_how_sure_and_what_it_does_not_show(demo):
    answer = demo.headline()
    row = answer.table.iloc[0]
    with words.use("en"):
        said = str(answer)
        ratio, low, high = words.ratios(row["rate_ratio"], row["low"], row["high"])
        made = denominator.part_of(demo.rung).log_rate_ratio
        assert f"goes with uptake {words.percent(row['rate_ratio'] - 1, decimals=0)} higher" in said
        assert f"ratio of uptake {ratio}, 95% CI {low}–{high}" in said
        assert f"{words.number(row['df'], decimals=1)} df; 8 districts, 75 communes" in said
        assert f"alone would make a ratio of {words.number(np.exp(made), decimals=2)}" in said
        least = np.exp(sensitivity.detectable(demo.rung.error))
        assert f"would detect a ratio of {words.number(least, decimals=2)}" in said
        for part in (
            "miscounted members pull it towards 1",
            "does not show",
            "one team per hamlet",
        ):
            assert said.count(part) == 1
    assert not re.search(r"drives|proves|per person|raises uptake\b(?!\.)", said)
    assert "đi kèm" in str(answer)


@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("numbered", [2, 5])
def test_the_part_of_the_denominator_stands_beside_every_headline(slope, numbered):
    table = invented(3, slope=0.0, sizes=(9,) * 12)
    spread = 10 + table["density"] if numbered == 2 else 10.0 + table["district"] ** 1.1
    table = table.assign(members=spread * table["population"] / 1000)
    table = with_density(table.assign(users=table["users"] * np.exp(slope * (spread - 10))))
    asked = design(table)
    answer = asked.headline()
    assert answer.table["rung"].iloc[0] == numbered
    with words.use("en"):
        made = sentences.reading(asked.rung).ratio(denominator.part_of(asked.rung).log_rate_ratio)
        assert f"alone would make a ratio of {made} without any relation" in str(answer)
        assert "errors of density itself pull it towards 1" in str(answer)


def test_an_interval_that_holds_1_is_not_called_no_effect():
    table = invented(2)
    flat = table.assign(users=np.round(0.2 * table["population"] * np.exp(0.3 * NOISE)))
    answer = design(flat).headline()
    row = answer.table.iloc[0]
    assert row["low"] < 1 < row["high"]
    with words.use("en"):
        _, low, high = words.ratios(row["rate_ratio"], row["low"], row["high"])
        said = str(answer)
        assert said.startswith("Within district, not distinguishable from no difference")
        assert f"Above {high} and below {low} is ruled out." in said
        assert "no effect" not in said
        assert (
            answer.picture().figure.title
            == "Within district, not distinguishable from no difference"
        )


@pytest.mark.parametrize(("factor", "step"), [(1, 1), (1 / 80, 10), (1 / 500, 100), (20, "sd")])
def test_a_ratio_is_said_for_the_first_step_that_can_be_read_aloud(factor, step):
    table = invented(4, slope=0.1)
    found = rung(table.assign(density=table["density"] / factor), 2, "z")
    read = sentences.reading(found)
    assert read.step == step
    texts = read.ratios(found.b, *found.error.interval(found.b))
    assert all(re.fullmatch(r"\d,\d\d", one) for one in texts)
    scale = found.asked.sd if step == "sd" else step
    assert texts[0] == words.number(np.exp(scale * found.b), decimals=2)
    with words.use("en"):
        said = str(design(table.assign(density=table["density"] / factor), "z").headline())
    assert {"sd": "one standard deviation more of density"}.get(
        step, f"{step} more of density"
    ) in said


def test_titles_fit_whatever_columns_are_called():
    long = {
        name: f"{name} {'of a very long survey ' * 6}"
        for name in ("users", "density", "population")
    }
    table = communes().rename(columns=long)
    columns = {"count": long["users"], "exposure": long["density"], "offset": long["population"]}
    asked = design(table, "urban", **columns)
    for answer in (asked.headline(), asked.ladder(), asked.leave_one_out(), asked.denominators()):
        for language in words.LANGUAGES:
            with words.use(language):
                assert 0 < len(answer.picture().figure.title) <= TITLE


def test_columns_with_markup_and_blanks_are_told_as_they_are():
    names = {"users": "{users} [district]", "density": "<b>x</b>"}
    table = communes().rename(columns=names)
    answer = design(table, count=names["users"], exposure=names["density"]).headline()
    assert "{users} [district]" in str(answer)
    assert "<b>x</b>" in str(answer)


def test_what_became_of_texts_is_said():
    zone = pd.Series(np.array(["đồng", "biển", "dừa"])[communes().index % 3], communes().index)
    asked = design(communes().assign(zone=zone, one="x"), "zone", "one")
    assert list(asked.data.controls) == ["zone: đồng", "zone: dừa"]  # as a reader sorts
    with words.use("en"):
        said = str(asked.headline())
    assert "zone holds texts: they became dummy variables, each compared with “biển”" in said
    assert "one has the same text in every row" in said
    missing = communes().assign(zone=zone.where(zone.index != 7))
    with pytest.raises(hg.Refused, match="7"):
        design(missing, "zone")


def test_opposite_directions_are_told():
    table = invented(6, slope=-0.2)
    means = table.groupby("district")["density"].transform("mean")
    between = table.assign(users=np.round(table["users"] * np.exp(2 * means)))
    answer = design(between, "z").ladder()
    signs = np.sign(answer.table.set_index("way").loc[["1", "2"], "log_rate_ratio"])
    assert signs.tolist() == [1, -1]
    with words.use("en"):
        assert "opposite directions" in str(answer)


def test_why_a_way_is_refused_is_told_in_the_language_in_use():
    answer = design(communes(), "urban", "members").ladder()
    said = []
    for language in words.LANGUAGES:
        with words.use(language):
            said.append(answer.table.set_index("way").loc["5", "reason"])
            assert said[-1].rstrip(".") in str(answer)
    assert said[0] != said[1]


def test_planted_values_are_told_of_simulated_numbers_alone(demo, monkeypatch):
    with words.use("en"):
        assert "planted, and the interval holds it" in str(demo.ladder())
        monkeypatch.setattr(frames, "planted", lambda _: 1.0)
        assert "planted, and the interval does not hold it" in str(demo.ladder())
        demo = hg.Design.of_reports("app_users", 2023)
        demo.origin = "reported"
        assert "planted" not in str(demo.ladder())


def test_a_study_whose_exposure_is_no_people_says_so():
    with hg.Study.open("india_2023").use():
        asked = hg.Design.of_reports("transactions", 2023)
        rows = asked.denominators()
        assert rows.refused is not None or "others" not in rows.table["question"].tolist()
        for language, answer in itertools.product(
            words.LANGUAGES, (asked.headline(), asked.ladder())
        ):
            with words.use(language):
                assert not re.search(r"[\[\]{}]", str(answer))
        with words.use("en"):
            assert "post office" in str(asked.headline())

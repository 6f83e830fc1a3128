"""What stands around pictures: stamps, heads, alternative texts, and numbers of their tables."""

import re
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from drawn_answers import FACTORS, HEADLINES, columns_of, label_of, opened, shares_of
from effect_cases import design, invented
from islands import list_villages
from read_back.drawing import clean
from read_back.page import read_page
from read_back.reader import assert_written
from read_back.slide import read_slide
from read_back.web import read_web
from test_drawn_gaps import invent_groups
from test_drawn_sheets import STAMP, has_stamp
from trials import bring

import hganalysis as hg
from hganalysis import frames, indicators, places, words
from hganalysis.draw import page
from hganalysis.figure import PALE
from hganalysis.publish import atlas, tables
from hganalysis.publish.atlas_counts import count
from hganalysis.words.numbers import UNITS

MEDIA = {"page": read_page, "slide": read_slide}
VIETNAMESE = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
SURVEY = pd.DataFrame(
    {
        "isle": ["Norray", "Sandey", "Hellay", "Mornay"],
        "first": [0.2, 0.3, 0.25, np.nan],
        "second": [np.nan, 0.35, 0.3, 0.4],
    }
)
"""A survey of some isles, twice."""


@pytest.fixture
def isles(drawn_studies):
    with opened(drawn_studies, "isles"):
        yield


def survey(columns, origins):
    """Map a survey whose rows have these origins."""
    rows = SURVEY.assign(origin=origins)
    return hg.map(rows, columns, source="a survey").figure


# --- the stamp ---


@pytest.mark.usefixtures("isles")
@pytest.mark.parametrize("origin", ["reported", "simulated"])
def test_a_picture_has_its_stamp_in_every_medium_where_its_numbers_are_simulated(origin):
    figure = survey("second", origin)
    is_simulated = origin == "simulated"
    for read in MEDIA.values():
        assert has_stamp(read(figure)) == is_simulated
    assert read_web(figure).banner == (STAMP if is_simulated else "")


@pytest.mark.usefixtures("isles")
@pytest.mark.parametrize("simulated", SURVEY["isle"])
def test_two_maps_have_the_stamp_where_a_number_of_either_is_simulated(simulated):
    """Norray has a number in the first alone, and Mornay in the second alone."""
    origins = np.where(SURVEY["isle"] == simulated, "simulated", "reported")
    assert survey(["first", "second"], origins).banner == STAMP
    assert (survey("second", origins).banner == STAMP) == (simulated != "Norray")


@pytest.mark.usefixtures("isles")
@pytest.mark.parametrize("period", [2023, 2024, 2025])
def test_a_change_has_the_stamp_where_a_number_of_either_period_is_simulated(monkeypatch, period):
    rows = frames.reports()
    rows["origin"] = np.where(rows["period"] == period, "simulated", "reported")
    monkeypatch.setattr(frames, "reports", rows.copy)
    change = hg.compare("reactions", 2023, 2024)
    assert (change.slopes().figure.banner == STAMP) == (period != 2025)


@pytest.mark.parametrize("simulated", ["nobody", "women", "men"])
def test_a_gap_has_the_stamp_where_a_number_of_either_group_is_simulated(simulated):
    rows = invent_groups()
    rows["origin"] = np.where(rows["sex"] == simulated, "simulated", "reported")
    with words.use("en"):
        answer = hg.gap(rows, 2023, by="sex", source="us")
        assert (answer.map().figure.banner == STAMP) == (simulated != "nobody")


@pytest.mark.parametrize(("study", "is_simulated"), [("demo", True), ("isles", False)])
def test_readable_tables_and_the_workbook_have_the_stamp_where_numbers_are_simulated(
    drawn_studies, study, is_simulated, tmp_path, monkeypatch
):
    measure, periods = HEADLINES[study]
    monkeypatch.setenv("HGANALYSIS_OUT", str(tmp_path))
    drawn = mock.patch.object(page, "draw_page", return_value=bring.DOT)
    with opened(drawn_studies, study), drawn:
        answer = hg.uptake(measure, periods[-1])
        for shown in (answer, answer.order()):
            assert hg.table(shown).caption.startswith(STAMP) == is_simulated
        answer.keep("answer")
        hg.keep(answer.table, "frame")
        tables.write_workbook(tmp_path)
    sheets = pd.read_excel(tmp_path / "tables.xlsx", sheet_name=None, header=None, dtype="object")
    assert len(sheets) == 3
    for sheet in sheets.values():
        assert (sheet.iloc[0, 0] == STAMP) == is_simulated


@pytest.mark.usefixtures("isles")
def test_a_kept_frame_has_the_name_of_each_code_beside_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HGANALYSIS_OUT", str(tmp_path))
    villages = list_villages().set_index("code")["name"]
    rows = frames.reports()[["count", "code", "out_of"]].sample(frac=1, random_state=1)
    hg.keep(rows, "rows")
    kept = pd.read_csv(tmp_path / "tables" / "rows.csv")
    assert [*kept] == ["count", "code", "name", "out_of"]
    assert kept["name"].tolist() == villages[rows["code"]].tolist()
    assert kept["count"].tolist() == rows["count"].tolist()


# --- tables of pictures ---


def figures_of(study):
    """Give figures of answers of a study, by name."""
    measure, periods = HEADLINES[study]
    answer = hg.uptake(measure, periods[-1])
    change = hg.compare(measure, *periods[-2:])
    figures = {name: make() for name, make in answer.figures.items()}
    figures |= {f"change {name}": make() for name, make in change.figures.items()}
    if len(periods) > 2:
        figures["over time"] = change.over_time().figure
    return figures


@pytest.fixture(scope="module", params=["isles", "wards"])
def figures(request, drawn_studies):
    """Give the figures of a study, in English."""
    with opened(drawn_studies, request.param):
        return figures_of(request.param)


def test_each_number_behind_a_table_is_the_one_that_its_text_writes(figures):
    figures = figures.copy()
    with words.use("en"):
        figures["gap"] = hg.gap(invent_groups(), 2023, by="sex", source="us").rows().figure
        figures["ways"] = design(invented(3)).ladder().picture().figure
    for name, figure in figures.items():
        assert figure.numbers, name
        for head, column in figure.numbers.items():
            hold_texts(figure.table[head], column)


def hold_texts(texts, column):
    """Hold texts to numbers in their unit; the ends of an interval stand in one text."""
    factor = UNITS[column.unit].factor
    in_text = [name for name in ("value", "low", "high") if name in column.columns]
    assert {*in_text} == {*column.columns}
    numbers = factor * column.columns[in_text].astype(float).to_numpy()
    for text, expected in zip(texts, numbers, strict=True):
        written = re.findall(r"[+−]?\d[\d,.]*", text)
        if np.isnan(expected).all():
            assert not written
            continue
        for number, known in zip(written, expected, strict=True):
            if np.isfinite(known):
                assert_written(number, known)


@pytest.mark.parametrize("study", ["isles", "wards"])
def test_the_table_of_a_change_has_each_period_under_its_head_and_the_earlier_first(
    drawn_studies, study
):
    measure, periods = HEADLINES[study]
    with opened(drawn_studies, study):
        change = hg.compare(measure, *periods[-2:])
        heads = [*map(words.short_period, periods[-2:])]
        shares = [FACTORS[study] * shares_of(measure, period) for period in periods[-2:]]
        figure = change.slopes().figure
        subtitle = change.map().figure.subtitle
        unit = words.unit_text(change.measure.change_scale)
    table = figure.table.set_index(figure.table.columns[0])
    assert [*table.columns[:2]] == heads
    for head, numbers in zip(heads, shares, strict=True):
        for name, text in table[head].drop(words_of_whole(drawn_studies, study)).items():
            assert_written(text, numbers[clean(name)])
    first, last = (subtitle.index(head) for head in heads)
    assert first < last
    # changes are in points, and no change of a share is in per cent
    assert unit
    assert subtitle.endswith(unit)
    assert figure.subtitle.endswith(unit)
    changes = table.iloc[:, 2]
    assert not changes.str.contains("%").any()


def words_of_whole(drawn_studies, study):
    with opened(drawn_studies, study):
        return words.term("change.all")


def test_every_text_of_a_study_in_english_is_in_english(drawn_studies, figures):
    with opened(drawn_studies, "isles"):
        answers = hg.uptake("reactions", 2025), hg.compare("reactions", 2024, 2025)
        readable = [hg.table(answer) for answer in answers]
    texts = []
    for figure in figures.values():
        texts += [figure.title, figure.subtitle, figure.source, figure.alt, figure.table.to_csv()]
    for table in readable:
        texts += [table.caption, table.texts.to_csv()]
    for text in texts:
        assert not VIETNAMESE.search(text), text


def test_a_measure_has_its_label_in_each_language(drawn_studies):
    for language in words.LANGUAGES:
        with opened(drawn_studies, "pair", language):
            label = indicators.get("vneid_users", period=2025).label
        assert bool(VIETNAMESE.search(label)) == (language == "vi")


def test_the_alternative_text_has_the_title_and_is_that_of_its_own_picture(figures):
    for figure in figures.values():
        assert figure.title in figure.alt
        assert figure.subtitle in figure.alt


# --- gaps and stars ---


def test_a_map_of_gaps_says_which_group_less_which_and_has_ranges_beside_it():
    with words.use("en"):
        answer = hg.gap(invent_groups(), 2023, by="sex", source="us")
        figure = answer.map().figure
        table = answer.table
    assert "men minus women" in figure.subtitle
    listed = figure.panels[1].rows.set_index("name")
    table = table.set_index("name").loc[listed.index]
    for column in ("low", "high"):
        assert listed[column].tolist() == pytest.approx(table[f"{column}_pp"].tolist())
    assert listed["value"].tolist() == pytest.approx(table["gap_pp"].tolist())


@pytest.mark.usefixtures("isles")
def test_a_small_count_has_a_star_and_no_other_has(monkeypatch):
    """An isle has 15 reactions in each period: few, and shown."""
    rows = frames.reports()
    homes = places.parents(rows["code"], "district").to_numpy()
    is_small = (rows["indicator"] == "reactions") & (homes == "I5")
    is_chosen = rows["code"] == "I50"
    rows.loc[is_small, "count"] = 0
    rows.loc[is_small & is_chosen, "count"] = 15
    monkeypatch.setattr(frames, "reports", rows.copy)
    ranking = hg.uptake("reactions", 2025)
    change = hg.compare("reactions", 2024, 2025)
    for figure in (ranking.order().figure, ranking.map().figure, change.slopes().figure):
        names = figure.table.iloc[:, 0].map(clean)
        for name, row in zip(names, figure.table.itertuples(index=False), strict=True):
            has_star = any(str(text).endswith("*") for text in row)
            assert has_star == name.endswith(label_of("I5")), name


def test_a_small_gap_has_a_star_and_no_other_has():
    rows = invent_groups()
    rows["code"] = places.parents(rows["code"], "district").to_numpy()
    keys = ["code", "period", "sex", "origin"]
    rows = rows.groupby(keys, as_index=False)[["count", "out_of"]].sum()
    rows.loc[rows["code"] == "930", ["count", "out_of"]] = [15, 60]
    with words.use("en"):
        table = hg.gap(rows, 2023, by="sex", source="us").rows().figure.table
        small = places.label("930")
    for name, text in zip(table.iloc[:, 0], table.iloc[:, -1], strict=True):
        assert text.endswith("*") == (name == small), name


# --- maps ---


@pytest.mark.usefixtures("isles")
def test_a_place_without_a_change_is_grey(monkeypatch):
    rows = frames.reports()
    is_missing = (rows["code"] == "I30") & (rows["period"] == 2024)
    rows = rows[~is_missing]
    monkeypatch.setattr(frames, "reports", rows.copy)
    [drawn, _] = hg.compare("reactions", 2024, 2025).map().figure.panels
    colours = drawn.places.set_index("name")["colour"]
    assert colours.index[colours == PALE].tolist() == [label_of("I3")]


def test_circles_are_as_large_as_their_people_and_small_ones_lie_over_large_ones():
    circles = hg.uptake("app_users", 2023).communes().figure.panels[0].places.geometry.area
    people = places.units().loc[circles.index, "population"]
    assert people.is_monotonic_decreasing
    # below a quarter of the largest, circles are as large as that
    is_large = people > people.max() / 4
    assert is_large.sum() > 5
    ratios = (circles / people)[is_large]
    assert ratios.max() / ratios.min() == pytest.approx(1, abs=0.01)


def test_the_atlas_gives_each_place_the_ranks_that_it_could_have(drawn_studies):
    measure, periods = HEADLINES["wards"]
    with opened(drawn_studies, "wards"):
        data = atlas.gather([count(measure, periods[-2:])], ["district"])
        ranks = columns_of(hg.uptake(measure, periods[-1]))["rank"]
    assert ranks.nunique() > 5
    [level] = data["levels"]
    view = data["measures"][0]["views"][1]
    texts = view["texts"]["en"]["rows"]["district"]["rank"]
    names = [clean(place["en"]) for place in level["places"]]
    assert dict(zip(names, texts, strict=True)) == ranks.to_dict()

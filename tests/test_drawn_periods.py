"""Three periods, and counts at the floor, through ranking, change, gap, sheets and deck."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pptx
import pytest
from drawn_answers import (
    FACTORS,
    HEADLINES,
    codes_of_districts,
    label_of,
    opened,
    shares_of,
)
from read_back.drawing import clean
from read_back.reader import assert_written, read_number
from read_back.slide import read_shapes
from trials import bring

import hganalysis as hg
from hganalysis import frames, places
from hganalysis.publish import deck
from hganalysis.publish.answers import answers
from hganalysis.ranking.levels import SMALL

MEASURE, PERIODS = HEADLINES["isles"]
SIMULATED = "vaccinated"
STAMP = "SIMULATED DATA"
SHOWN = 10
"""A rate of fewer events is not shown, says METHODS."""


@pytest.fixture
def isles(drawn_studies):
    with opened(drawn_studies, "isles"):
        yield


def hold_column(table, column, period):
    """Hold a column of a table to the shares of a period."""
    shares = shares_of(MEASURE, period).rename(codes_of_districts())
    numbers = table.set_index("code")[column]
    assert numbers.to_dict() == pytest.approx(shares.to_dict())


@pytest.mark.usefixtures("isles")
@pytest.mark.parametrize("last", [1, 2])
def test_of_three_periods_before_is_the_period_before(last):
    ranking = hg.uptake(MEASURE, PERIODS[last]).table
    hold_column(ranking, "share", PERIODS[last])
    hold_column(ranking, "before", PERIODS[last - 1])
    sheet = hg.brief("I2", period=PERIODS[last])
    table = sheet.table.set_index("code")
    isles = shares_of(MEASURE, PERIODS[last - 1])
    villages = shares_of(MEASURE, PERIODS[last - 1], level="commune")
    before = pd.concat([isles, villages])
    for code, row in table.iterrows():
        assert row["before"] == pytest.approx(before[label_of(code)])


@pytest.mark.usefixtures("isles")
@pytest.mark.parametrize(
    ("first", "last"),
    [(2023, 2024), (2024, 2025), (2023, 2025)],
)
def test_a_change_over_three_periods_is_between_the_two_that_were_named(first, last):
    change = hg.compare(MEASURE, first, last)
    hold_column(change.table, "before", first)
    hold_column(change.table, "after", last)
    assert change.slopes().figure.panels[0].heads == (str(first), str(last))


@pytest.mark.usefixtures("isles")
@pytest.mark.parametrize(
    ("last", "now", "before"),
    [(2024, 15, 5), (2025, 9, 15)],
)
def test_a_gap_of_three_periods_has_the_gap_of_the_period_before_beside_it(last, now, before):
    rows = pd.concat(map(invent_groups, PERIODS, (5, 15, 9)))
    gap = hg.gap(rows, last, by="team", source="us")
    assert gap.table["gap_pp"].to_numpy() == pytest.approx(now, abs=0.3)
    assert gap.table["gap_before_pp"].to_numpy() == pytest.approx(before, abs=0.3)
    assert f"In {last - 1} it was {before}" in gap.sentence


def invent_groups(period, points):
    """Invent two groups in each village, so many percentage points apart."""
    villages = places.units().index
    random = np.random.default_rng(period)
    tables = []
    for team, ahead in (("slow", 0), ("quick", points / 100)):
        share = 0.4 + ahead + random.normal(0, 0.001, len(villages))
        table = pd.DataFrame({"code": villages, "out_of": 20_000})
        table["count"] = (20_000 * share).astype(int)
        table["team"] = team
        tables.append(table)
    rows = pd.concat(tables)
    return rows.assign(period=period, origin="reported")


# --- the deck ---


@pytest.fixture(scope="module")
def shown(drawn_studies, tmp_path_factory):
    """
    Write the deck of three periods: its figures and its slides by name, and the shares.

    Another measure is simulated, and was not counted in the first period.
    """
    file = tmp_path_factory.mktemp("deck") / "deck.pptx"
    around = opened(drawn_studies, "isles"), bring.few_worlds(), pytest.MonkeyPatch.context()
    with around[0], around[1], around[2] as patch:
        rows = frames.reports()
        is_other = rows["indicator"] == SIMULATED
        rows["origin"] = np.where(is_other, "simulated", "reported")
        rows = rows[~(is_other & (rows["period"] == PERIODS[0]))]
        patch.setattr(frames, "reports", rows.copy)
        ready = answers()
        pictures = deck.pictures(ready)
        slides = pptx.Presentation(deck.write(file, ready)).slides
        shares = {}
        for period in PERIODS:
            shares[str(period)] = FACTORS["isles"] * shares_of(MEASURE, period)
    figures = {name: picture.figure for name, picture in pictures.items()}
    slides = dict(zip(figures, slides, strict=True))
    return figures, slides, shares


@pytest.mark.parametrize(
    ("name", "heads"),
    [("where", ["2025", "2024"]), ("order", ["2025"]), ("change", ["2024", "2025"])],
)
def test_each_slide_shows_the_numbers_of_the_periods_that_it_names(shown, name, heads):
    figures, _, shares = shown
    table = figures[name].table
    table = table.set_index(table.columns[0])
    for head in heads:
        for place, text in table[head].items():
            # behind its ranks, if it has any
            _, _, place = clean(place).rpartition(". ")
            if place in shares[head]:
                assert_written(text, shares[head][place])


def test_a_slide_names_its_period_in_its_title_and_above_its_list(shown):
    figures, slides, shares = shown
    slide = slides["where"]
    assert "2025" in slide.shapes.title.text
    assert "2023" not in slide.shapes.title.text
    [table] = read_shapes(slide.shapes).tables
    (head, _), _ = table[0]
    assert head == "2025"
    for (name, _), (text, _) in table[1:]:
        assert_written(text, shares["2025"][name])
    assert figures["change"].panels[0].heads == ("2023", "2024", "2025")
    sources = figures["sources"].table
    assert sources.iloc[:, 2].tolist() == ["2023–2025", "2024, 2025"]
    assert ["simulat" in text.lower() for text in sources.iloc[:, 3]] == [False, True]


def test_slides_of_simulated_numbers_have_the_stamp_and_their_notes_say_so(shown):
    figures, slides, _ = shown
    stamped = {name for name, figure in figures.items() if figure.banner}
    # of the study as a whole, and of nothing that was reported
    assert {"limits", "sources"} <= stamped
    assert stamped.isdisjoint({"where", "order", "communes", "change"})
    for name, slide in slides.items():
        has_stamp = STAMP in [text.text_frame.text for text in slide.shapes if text.has_text_frame]
        assert has_stamp == (name in stamped)


def test_the_notes_of_a_slide_say_what_is_simulated(drawn_studies):
    with opened(drawn_studies, "isles"):
        figure = hg.uptake(MEASURE, PERIODS[-1]).order().figure
        for banner in ("", STAMP):
            notes = deck._notes("order", replace(figure, banner=banner), has_many=False)
            assert ("simulated" in notes) == bool(banner)


@pytest.mark.usefixtures("isles")
def test_the_slide_of_files_has_the_last_two_of_three_periods(monkeypatch):
    """The isles have no files: another measure stands for them."""
    monkeypatch.setattr(deck.indicators, "role", lambda _: SIMULATED)
    [*maps] = deck.pictures([])["files"].figure.panels
    assert [panel.head for panel in maps] == ["2024", "2025"]


# --- a count at the floor ---


@pytest.fixture(params=[SHOWN - 1, SHOWN, SHOWN + 1])
def at_the_floor(request, drawn_studies, monkeypatch):
    """Use reports in which one village, and one whole isle, have so many reactions of 2025."""
    with opened(drawn_studies, "isles"):
        rows = frames.reports()
        homes = places.parents(rows["code"], "district")
        isle = homes.to_numpy() == "I5"
        is_now = (rows["indicator"] == MEASURE) & (rows["period"] == PERIODS[-1])
        is_chosen = rows["code"].isin(["I00", "I50"])
        rows.loc[is_now & isle, "count"] = 0
        rows.loc[is_now & is_chosen, "count"] = request.param
        monkeypatch.setattr(frames, "reports", rows.copy)
        yield request.param


def test_a_rate_of_ten_events_is_shown_and_of_nine_is_not(at_the_floor):
    """Ten is on the floor: it is shown, in every place where its number could be."""
    is_shown = at_the_floor >= SHOWN
    ranking = hg.uptake(MEASURE, PERIODS[-1])
    sheet = hg.brief("I0")
    for table in (ranking.parts, sheet.table):
        row = table.set_index("code").loc["I00"]
        assert pd.notna(row["count"]) == is_shown
        assert pd.notna(row["share"]) == is_shown
    texts = ranking.communes().figure.table
    names = texts.iloc[:, 0].map(clean)
    [text] = texts.loc[names == label_of("I00"), str(PERIODS[-1])]
    assert np.isfinite(read_number(text)) == is_shown


def test_an_isle_of_ten_events_has_a_rate_and_no_rank(at_the_floor):
    ranking = hg.uptake(MEASURE, PERIODS[-1]).table
    isle = ranking.set_index("code").loc["I5"]
    is_shown = at_the_floor >= SHOWN
    assert pd.notna(isle["share"]) == is_shown
    if is_shown:
        assert isle["count"] == at_the_floor < SMALL
    assert pd.isna(isle["rank"])

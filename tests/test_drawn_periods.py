"""Three periods, and counts at the floor, through ranking, gap, sheets and deck."""

import numpy as np
import pandas as pd
import pptx
import pytest
from drawn_answers import FACTORS, HEADLINES, opened, shares_of
from read_back import clean, half_of_last_digit, read_number, read_shapes
from trials import bring

import hganalysis as hg
from hganalysis import frames, places
from hganalysis.publish import deck
from hganalysis.publish.answers import answers
from hganalysis.ranking.counts import SHOWN, SMALL

MEASURE, PERIODS = HEADLINES["isles"]


@pytest.fixture
def isles(drawn_studies):
    with opened(drawn_studies, "isles"):
        yield


def by_code(shares):
    """Index shares of districts by their codes."""
    codes = {clean(places.label(code)): code for code in places.compared().index}
    return shares.rename(codes)


@pytest.mark.usefixtures("isles")
@pytest.mark.parametrize("last", [1, 2])
def test_of_three_periods_before_is_the_one_before(last):
    before, now = (by_code(shares_of(MEASURE, PERIODS[at])) for at in (last - 1, last))
    ranking = hg.uptake(MEASURE, PERIODS[last]).table.set_index("code")
    assert ranking["share"].to_dict() == pytest.approx(now.to_dict())
    assert ranking["before"].to_dict() == pytest.approx(before.to_dict())
    gathered = hg.brief("I2", period=PERIODS[last]).table.set_index("code")
    assert gathered.loc["I2", "before"] == pytest.approx(before["I2"])
    parts = shares_of(MEASURE, PERIODS[last - 1], level="commune")
    for code, row in gathered.drop("I2").iterrows():
        assert row["before"] == pytest.approx(parts[clean(places.label(code))])


@pytest.mark.usefixtures("isles")
def test_a_change_over_three_periods_is_between_the_two_that_were_named():
    for first, last in ((0, 1), (1, 2), (0, 2)):
        change = hg.compare(MEASURE, PERIODS[first], PERIODS[last])
        table = change.table.set_index("code")
        for column, period in (("before", first), ("after", last)):
            shares = by_code(shares_of(MEASURE, PERIODS[period]))
            assert table[column].to_dict() == pytest.approx(shares.to_dict())
        heads = change.slopes().figure.panels[0].heads
        assert heads == (str(PERIODS[first]), str(PERIODS[last]))


@pytest.mark.usefixtures("isles")
def test_a_gap_of_three_periods_has_the_gap_of_the_period_before_beside_it():
    rows = pd.concat(
        [groups_of(period, ahead) for period, ahead in zip(PERIODS, (5, 15, 9), strict=True)]
    )
    for last, before in ((2025, 15), (2024, 5)):
        gap = hg.gap(rows, last, by="team", source="us")
        now = {2025: 9, 2024: 15}[last]
        assert gap.table["gap_pp"].to_numpy() == pytest.approx(now, abs=0.3)
        assert gap.table["gap_before_pp"].to_numpy() == pytest.approx(before, abs=0.3)
        assert f"In {last - 1} it was {before}" in gap.sentence


def groups_of(period, ahead):
    """Invent two groups in each village, so many points apart."""
    home = places.units().index
    random = np.random.default_rng(period)
    tables = []
    for team, points in (("slow", 0), ("quick", ahead)):
        share = 0.4 + points / 100 + random.normal(0, 0.001, len(home))
        table = {"code": home, "period": period, "team": team, "out_of": 20_000}
        tables.append(pd.DataFrame(table | {"count": (20_000 * share).astype(int)}))
    return pd.concat(tables).assign(origin="reported")


@pytest.mark.usefixtures("isles")
def test_each_slide_shows_the_numbers_of_the_periods_that_it_names(tmp_path):
    factor = FACTORS["isles"]
    with bring.few_worlds():
        ready = answers()
        pictures = deck.pictures(ready)
        slides = pptx.Presentation(deck.write(tmp_path / "deck.pptx", ready)).slides
    shares = {str(period): factor * shares_of(MEASURE, period) for period in PERIODS}
    assert {"where", "order", "communes", "change"} <= {*pictures}
    of_deck = dict(zip(pictures, slides, strict=True))
    for name in ("where", "order"):
        figure = pictures[name].figure
        assert "2025" in figure.subtitle
        rows = figure.table.set_index(figure.table.columns[0])
        for head in {"2025", "2024"} & {*rows}:
            hold_texts(rows[head], shares[head])
    change = pictures["change"].figure
    assert change.panels[0].heads == ("2023", "2024", "2025")
    rows = change.table.set_index(change.table.columns[0]).iloc[:-1]
    for head in ("2024", "2025"):
        hold_texts(rows[head], shares[head])
    assert "2025" in of_deck["where"].shapes.title.text
    assert "2023" not in of_deck["where"].shapes.title.text
    [table] = read_shapes(of_deck["where"].shapes).tables
    assert table[0][0][0] == "2025"
    for (name, _), (text, _) in table[1:]:
        hold_texts(pd.Series({name: text}), shares["2025"])
    sources = pictures["sources"].figure.table
    assert sources.iloc[:, 2].tolist() == ["2023–2025"] * len(sources)


def hold_texts(column, numbers):
    """Hold texts of places to their numbers."""
    for name, text in column.items():
        place = clean(name).rpartition(". ")[2]  # behind its ranks, if it has any
        assert abs(read_number(text) - numbers[place]) <= half_of_last_digit(text), place


# --- a count at the floor ---


@pytest.fixture(params=[SHOWN - 1, SHOWN, SHOWN + 1])
def at_the_floor(request, drawn_studies, monkeypatch):
    """Use reports in which one village, and one whole isle, have so many reactions of 2025."""
    with opened(drawn_studies, "isles"):
        rows = frames.reports()
        now = (rows["indicator"] == MEASURE) & (rows["period"] == PERIODS[-1])
        isle = places.parents(rows["code"], "district").to_numpy() == "I5"
        rows.loc[now & isle, "count"] = 0
        rows.loc[now & (rows["code"].isin(["I00", "I50"])), "count"] = request.param
        monkeypatch.setattr(frames, "reports", rows.copy)
        yield request.param


def test_a_rate_of_ten_events_is_shown_and_of_nine_is_not(at_the_floor):
    """Ten is on the floor: it is shown, in every place where its number could be."""
    is_shown = at_the_floor >= SHOWN
    ranking = hg.uptake(MEASURE, PERIODS[-1])
    parts = ranking.parts.set_index("code")
    assert parts["count"].notna()["I00"] == is_shown
    assert parts["share"].notna()["I00"] == is_shown
    name = clean(places.label("I00"))
    shown = ranking.communes().figure.table
    text = shown.set_index(shown.columns[0].strip()).iloc[:, -1]
    text.index = text.index.map(clean)
    assert bool(np.isfinite(read_number(text[name]))) == is_shown
    place = hg.brief("I0").table.set_index("code")
    assert place["share"].notna()["I00"] == is_shown
    gathered = hg.brief("I0").numbers.parts.set_index("code")
    assert (
        gathered["not_reached"].isna().all() or gathered["not_reached"].notna()["I00"] == is_shown
    )
    isle = ranking.table.set_index("code").loc["I5"]
    assert [pd.notna(isle[column]) for column in ("count", "share")] == [is_shown] * 2
    assert not is_shown or isle["count"] == at_the_floor < SMALL
    assert pd.isna(isle["rank"])

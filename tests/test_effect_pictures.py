"""What the pictures of an estimate say: their numbers are those of the tables."""

import numpy as np
import pandas as pd
import pytest
from effect_cases import communes, design, invented, rung, smooth

import hganalysis as hg
from hganalysis import frames, places, words
from hganalysis.effect import pictures, sentences
from hganalysis.figure import ALL, BLUE, TITLE


@pytest.fixture(scope="module")
def demo():
    return hg.Design.of_reports("app_users", 2023)


def test_related_sets_each_commune_beside_its_district(demo):
    with words.use("en"):
        figure = demo.related().figure
    [panel] = figure.panels
    assert len(panel.dots) == 75
    row = demo.headline().table.iloc[0]
    frame = demo.data.frame
    one = frame[frame["district_code"] == "930"]
    x = one["members_per_1000"] - 1000 * one["members"].sum() / one["population"].sum()
    np.testing.assert_allclose(panel.dots.loc[one.index, "x"], x, atol=1e-9)
    expected = one["count"] / one["out_of"] / np.exp(row["log_rate_ratio"] * x)
    left = panel.dots.loc[one.index, "y"] / np.exp(row["log_rate_ratio"] * x) / expected
    assert left.max() / left.min() == pytest.approx(1, abs=1e-6)
    line = panel.line.set_index("x")
    at = line.index[-1]
    assert line.loc[at, "fit"] == pytest.approx(row["rate_ratio"] ** at)
    assert line.loc[at, "low"] == pytest.approx(row["low"] ** at)
    assert (
        panel.said
        == (
            f"1 more member per 1,000: {words.number(row['rate_ratio'], decimals=2)} "
            f"({words.number(row['low'], decimals=2)}–{words.number(row['high'], decimals=2)})"
        )
        or words.language() == "vi"
    )
    assert set(panel.dots["colour"]) == set(panel.key)
    assert "does not show that adding members raises uptake" in figure.source
    assert len(figure.table) == 75
    assert figure.banner == words.term("words.simulated") or figure.banner


def test_related_of_clusters_alone_has_a_dot_a_cluster():
    table = invented(3)
    flat = table.assign(density=10 + table["district"] + 1e-3 * table["density"])
    asked = design(flat)
    assert asked.rung.number == 5
    [panel] = asked.related().figure.panels
    assert len(panel.dots) == 8
    assert panel.key == {}


def test_an_exact_relation_lies_on_its_line():
    table = invented(5)
    slope = np.exp(0.3 * table["density"]) * (1 + 0.2 * (table["district"] % 3))
    exact = table.assign(
        users=table["population"] * 0.1 * slope * (1 + 1e-4 * np.sin(np.arange(75)))
    )
    [panel] = design(exact).related().figure.panels
    b = rung(exact).b
    np.testing.assert_allclose(panel.dots["y"], np.exp(b * panel.dots["x"]), rtol=1e-3)


def test_ways_has_ladder_denominators_and_each_district_left_out(demo):
    with words.use("en"):
        picture = demo.ways(before=2022)
        [panel] = picture.figure.panels
    rows = panel.rows.set_index("name")
    ladder = demo.ladder(before=2022).table
    left = demo.leave_one_out().table
    assert len(rows) == len(ladder) + 2 + len(left)
    assert (rows["colour"] == BLUE).sum() == 1
    main = rows[rows["colour"] == BLUE].iloc[0]
    headline = demo.headline().table.iloc[0]
    assert main[["value", "low", "high"]].tolist() == pytest.approx(
        headline[["rate_ratio", "low", "high"]].tolist()
    )
    each = rows.loc["Each commune against itself a year before"]
    assert each["value"] == pytest.approx(ladder.set_index("way").loc["4", "rate_ratio"])
    assert (
        rows.loc["Denominators off by 10% alone", "low"]
        == rows.loc["Denominators off by 10% alone", "value"]
    )
    assert sum(name.startswith("Without ") for name in rows.index) == 8 + 1  # and the members
    assert panel.log
    assert panel.line[0] == 1
    assert picture.figure.table.iloc[:, 1].tolist() == rows["text"].tolist()


def test_a_figure_of_many_clusters_keeps_those_that_move_it_most():
    asked = design(invented(6, sizes=(5,) * 40), "z")
    [panel] = asked.ways().figure.panels
    assert len(panel.rows) <= ALL
    table = asked.leave_one_out().table
    most = np.exp(table["log_rate_ratio"].agg(["min", "max"]))
    kept = panel.rows.loc[panel.rows["name"].str.startswith("Bỏ "), "value"]
    assert [kept.min(), kept.max()] == pytest.approx(most.tolist())
    [panel] = asked.leave_one_out().picture().figure.panels
    assert len(panel.rows) <= ALL


def test_an_interval_without_an_end_ends_where_the_scale_does():
    asked = design(communes())
    answer = asked.bootstrap(draws=99)
    wide = answer.table.assign(log_high=[*answer.table["log_high"][:-1], np.inf])
    figure = pictures.ratios(asked, wide, sentences.opinions)
    assert figure.panels[0].rows["high"].max() == pytest.approx(pictures.WIDEST)
    assert "∞" in figure.panels[0].rows["text"].iloc[-1]
    assert np.isfinite(list(figure.panels[0].ticks)).all()


def test_every_picture_can_be_drawn(demo, tmp_path):
    drawn = [demo.related(), demo.ways(), demo.naive().picture(), hg.coverage()]
    for number, picture in enumerate(drawn):
        file = picture.save(tmp_path / f"{number}.png", width=85)
        assert file.stat().st_size > 5000


def test_neighbours_alike_have_a_row_of_their_own():
    asked = design(smooth(1), neighbours=places.neighbours())
    names = asked.ladder().picture().figure.panels[0].rows["name"].tolist()
    with words.use("vi"):
        assert sentences.way("spatial", asked.data.names) in names


def test_coverage_is_that_of_the_committed_table_and_says_that_it_is_simulated():
    table = frames.coverage()
    assert hg.coverage().figure.banner
    with words.use("en"):
        figure = hg.coverage().figure
    by = table.groupby("method")["coverage"].agg(["mean", "min", "max"])
    [panel] = figure.panels
    first = panel.rows.iloc[0]
    assert first[["value", "low", "high"]].tolist() == pytest.approx(by.loc["headline"].tolist())
    assert len(panel.rows) == len(set(table["method"]) - {"Moran's I"})
    assert panel.line[0] == 0.95
    assert len(figure.title) <= TITLE
    assert figure.title.startswith(
        words.number(100 * by.loc["headline", "mean"], decimals=1).replace(",", ".")
    )
    power = table.loc[table["method"] == "headline", "power"].mean()
    assert f"detected in {round(100 * power)}%" in figure.subtitle


def test_ticks_of_a_narrow_scale_are_even():
    assert list(pictures._ticks(0.99, 1.03)) == pytest.approx([0.99, 1.0, 1.01, 1.02, 1.03])
    assert list(pictures._ticks(0.5, 3.0)) == [0.5, 0.7, 1.0, 1.4, 2.0, 3.0]
    assert pd.Series(pictures._multiples(pd.Series([0.5, 2.0]))).index.tolist() == [
        0.5,
        0.7,
        1.0,
        1.4,
        2.0,
    ]

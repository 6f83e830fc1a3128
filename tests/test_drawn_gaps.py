"""Gaps between two groups: heads, dots, colours and what is hidden, in table and pictures."""

import re

import numpy as np
import pandas as pd
import pytest
from drawn_answers import (
    hold_map,
    hold_rows,
    label_of,
)
from read_back.page import read_page
from read_back.reader import (
    assert_in_class,
    assert_written,
    read_legends,
)
from read_back.slide import read_slide
from read_back.web import read_web

import hganalysis as hg
from hganalysis import places, words
from hganalysis.change.pictures import RISE
from hganalysis.figure import BLUE

MEDIA = {"page": read_page, "slide": read_slide}
GROUPS = ["women", "men"]
NUMBERS = ["count", "out_of"]
TURNED = ("931", "934", "937")
"""Districts in which women lead, and a last one in which both are alike."""


def invent_groups(*, turned=(), n_hidden=0):
    """Invent women and men of each commune in three years; of the first communes no number."""
    random = np.random.default_rng(52)
    home = places.units()["compared_code"]
    levels = pd.Series(random.uniform(0.2, 0.5, 8), sorted(home.unique()))
    ahead = np.where(home.isin(turned), -0.06, 0.06)
    ahead = np.where(home.isin(turned[-1:]), 0, ahead)
    tables = []
    for period in (2021, 2022, 2023):
        for sex in GROUPS:
            share = home.map(levels).to_numpy()
            share = share + 0.03 * (period - 2021)
            share += random.normal(0, 0.004, len(home))
            share += ahead * (sex == "men")
            out_of = random.integers(2_000, 6_000, len(home))
            table = pd.DataFrame({"code": home.index, "out_of": out_of})
            table["count"] = (share * out_of).astype(int)
            table["period"] = period
            table["sex"] = sex
            tables.append(table)
    rows = pd.concat(tables, ignore_index=True).assign(origin="reported")
    is_first = rows["code"].isin(home.index[:n_hidden])
    is_hidden = is_first & (rows["period"] == 2023)
    rows[NUMBERS] = rows[NUMBERS].mask(is_hidden)
    return rows.assign(pool=np.where(is_hidden, "none", ""))


def shares_of_groups(rows):
    """Divide the sums of each group in the last year: one row for each district, the whole last."""
    rows = rows[rows["period"] == 2023]
    names = places.parents(rows["code"], "district").map(label_of)
    whole = words.term("gap.all")
    both = pd.concat([rows.assign(name=names), rows.assign(name=whole)])
    sums = both.groupby(["name", "sex"], sort=False)[NUMBERS].sum()
    shares = sums["count"] / sums["out_of"]
    return shares.unstack()


@pytest.fixture(
    scope="module",
    params=[(), TURNED],
    ids=["one way", "both ways"],
)
def answered(request):
    """Give a gap and what it must show: the shares of both groups, and the gaps."""
    rows = invent_groups(turned=request.param)
    with words.use("en"):
        answer = hg.gap(rows, 2023, by="sex", source="us")
        shares = shares_of_groups(rows)
        whole = words.term("gap.all")
    gaps = shares["men"] - shares["women"]
    assert (gaps < 0).any() == bool(request.param)
    return answer, shares, gaps, whole


@pytest.mark.parametrize("medium", MEDIA)
def test_both_groups_of_a_place_are_at_their_shares_and_its_gap_is_beside_them(answered, medium):
    answer, shares, gaps, whole = answered
    with words.use("en"):
        figure = answer.rows().figure
        drawing = MEDIA[medium](figure)
        sure = answer.table.set_index("name")["sure"]
    largest_first = gaps.drop(whole).sort_values(ascending=False)
    expected = shares.rename(columns={"men": "value", "women": "before"})
    expected["written"] = gaps
    expected = expected.loc[[*largest_first.index, whole]]
    key = {"value": "men", "before": "women"}
    ticks = figure.panels[0].ticks.values()
    rows, _ = hold_rows(drawing, expected, key, ticks, factor=100)
    for row in rows.itertuples():
        name = row.Index
        is_sure = sure.get(name, True)
        assert row.fill == (BLUE if is_sure else RISE.pale), name
        assert row.text.startswith("−") == (gaps[name] < 0), name
    assert sure.all() == (gaps > 0).all(), "a case without a place that is unsure says nothing"


def test_heads_of_the_table_of_a_gap_are_above_their_numbers(answered):
    answer, shares, gaps, _ = answered
    with words.use("en"):
        table = answer.rows().figure.table
        readable = hg.table(answer, ["lower", "upper", "gap_pp"]).texts
    for texts in (table, readable):
        texts = texts.set_index(texts.columns[0])
        assert {*texts.index} <= {*shares.index}
        for name, (women, men, gap) in texts.iterrows():
            assert_written(women, 100 * shares.loc[name, "women"])
            assert_written(men, 100 * shares.loc[name, "men"])
            assert_written(gap, 100 * gaps[name])
    assert table.columns[1:3].tolist() == GROUPS


@pytest.mark.parametrize("medium", MEDIA)
def test_a_map_of_gaps_has_each_gap_in_its_class(answered, medium):
    answer, _, gaps, whole = answered
    with words.use("en"):
        figure = answer.map().figure
        drawing = MEDIA[medium](figure)
    [legend] = read_legends(drawing)
    gaps = gaps.drop(whole)
    hold_map(drawing, figure.panels[0], 100 * gaps, legend)


def test_a_web_map_of_gaps_has_each_gap_in_its_class(answered):
    answer, _, gaps, whole = answered
    with words.use("en"):
        web = read_web(answer.map().figure)
    [areas] = web.places
    gaps = gaps.drop(whole)
    assert {*areas["name"]} == {*gaps.index}
    for row in areas.itertuples():
        gap = 100 * gaps[row.name]
        assert_written(row.text, gap)
        assert_in_class(gap, row.fill, web.classes)


@pytest.mark.parametrize("n_hidden", [0, 1, 7])
def test_a_gap_says_of_how_many_communes_the_groups_are_hidden(n_hidden):
    rows = invent_groups(n_hidden=n_hidden)
    hidden = rows.loc[rows["pool"] != "", "code"]
    with words.use("en"):
        homes = {*places.parents(hidden, "district").map(label_of)}
        answer = hg.gap(rows, 2023, by="sex", source="us")
        figures = answer.rows().figure, answer.map().figure
        sources = [figure.source for figure in figures]
        for text in [answer.sentence, *sources]:
            numbers = re.findall(r"hidden in (\d+) of 75", text)
            expected = [str(n_hidden)] if n_hidden else []
            assert numbers == expected
            assert all(home in text for home in homes)
        drawing = read_page(figures[0])
    assert homes.isdisjoint(drawing.texts["text"]), "a place without a gap has no row"

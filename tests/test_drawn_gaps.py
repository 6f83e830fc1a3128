"""Gaps between two groups: heads, dots, colours and what is hidden, in table and pictures."""

import re

import numpy as np
import pandas as pd
import pytest
from drawn_answers import hold_map, hold_rows
from read_back import (
    assert_in_class,
    half_of_last_digit,
    read_legends,
    read_number,
    read_page,
    read_slide,
    read_web,
)

import hganalysis as hg
from hganalysis import places, words
from hganalysis.change.pictures import RISE
from hganalysis.figure import BLUE

MEDIA = {"page": read_page, "slide": read_slide}
GROUPS = {"women": "Women", "men": "Men"}


def invent_groups(*, turned=(), n_hidden=0):
    """
    Invent women and men of each commune in three years; in `turned` districts women lead.

    In the last of `turned` the two are alike.
    """
    random = np.random.default_rng(52)
    home = places.units()["compared_code"]
    level = dict(zip(sorted(home.unique()), random.uniform(0.2, 0.5, home.nunique()), strict=True))
    tables = []
    for period in (2021, 2022, 2023):
        for sex in GROUPS:
            share = home.map(level) + 0.03 * (period - 2021)
            ahead = np.where(home.isin(turned), -0.06, 0.06)
            ahead = np.where(home.isin(turned[-1:]), 0, ahead)
            share = share + random.normal(0, 0.004, len(home)) + (sex == "men") * ahead
            out_of = random.integers(2_000, 6_000, len(home))
            table = {"code": home.index, "period": period, "sex": sex, "out_of": out_of}
            table["count"] = (share * out_of).astype(int)
            tables.append(pd.DataFrame(table))
    rows = pd.concat(tables, ignore_index=True).assign(origin="reported")
    hidden = rows["code"].isin(home.index[:n_hidden]) & (rows["period"] == 2023)
    rows.loc[hidden, ["count", "out_of"]] = np.nan
    return rows.assign(pool=np.where(hidden, "none", ""))


def sums(rows, period):
    """Divide the sums of each group, by the name of each district; of the whole last."""
    rows = rows[rows["period"] == period]
    home = places.parents(rows["code"], "district").map(places.label)
    by_place = rows.groupby([home.rename("name"), "sex"])[["count", "out_of"]].sum(min_count=1)
    whole = rows.groupby("sex")[["count", "out_of"]].sum()
    whole.index = pd.MultiIndex.from_product([[words.term("gap.all")], whole.index])
    counted = pd.concat([by_place, whole])
    return (counted["count"] / counted["out_of"]).unstack()


@pytest.fixture(scope="module")
def answers():
    """Gaps with women lower everywhere, and with two districts where they lead."""
    with words.use("en"):
        made = {}
        for name, turned in (("one way", ()), ("both ways", ("931", "934", "937"))):
            rows = invent_groups(turned=turned)
            made[name] = rows, hg.gap(rows, 2023, by="sex", source="us")
        yield made


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("name", ["one way", "both ways"])
def test_both_groups_of_a_place_are_at_their_shares_and_its_gap_is_beside_them(
    answers, medium, name
):
    rows, answer = answers[name]
    with words.use("en"):
        shares = sums(rows, 2023)
        gaps = shares["men"] - shares["women"]
        whole = words.term("gap.all")
        order = [*gaps.drop(whole).sort_values(ascending=False).index, whole]
        expected = pd.DataFrame({"value": shares["men"], "before": shares["women"]})
        expected["written"] = gaps
        expected = expected.loc[order]
        figure = answer.rows().figure
    key = {"value": "men", "before": "women"}
    ticks = figure.panels[0].ticks.values()
    read, _ = hold_rows(MEDIA[medium](figure), expected, key, ticks, factor=100)
    sure = answer.table.set_index("name")["sure"]
    assert sure.all() == (name == "one way")
    for place, fill in read["fill"].items():
        assert fill == (BLUE if sure.get(place, True) else RISE.pale), place
    assert (gaps < 0).any() == (name == "both ways")
    for place, text in read["text"].items():
        assert text.startswith("−") == (gaps[place] < 0), place


def test_heads_of_the_table_of_a_gap_are_above_their_numbers(answers):
    for rows, answer in answers.values():
        with words.use("en"):
            shares = 100 * sums(rows, 2023)
            written = answer.rows().figure.table.set_index(words.term("figure.place"))
            readable = hg.table(answer, ["lower", "upper", "gap_pp"]).texts.iloc[:, 1:]
        assert [*written.columns[:2]] == ["women", "men"]
        assert {*written.index} == {*shares.index}
        for place, texts in written.iterrows():
            for group in GROUPS:
                text = texts[group]
                apart = abs(read_number(text) - shares.loc[place, group])
                assert apart <= half_of_last_digit(text), place
        numbers = answer.table[["lower", "upper", "gap_pp"]].to_numpy() * (100, 100, 1)
        for texts, row in zip(readable.to_numpy(), numbers, strict=True):
            for text, number in zip(texts, row, strict=True):
                assert abs(read_number(text) - number) <= half_of_last_digit(text)


@pytest.mark.parametrize("medium", [*MEDIA, "web"])
@pytest.mark.parametrize("name", ["one way", "both ways"])
def test_a_map_of_gaps_has_each_gap_in_its_class(answers, medium, name):
    rows, answer = answers[name]
    with words.use("en"):
        shares = sums(rows, 2023)
        gaps = 100 * (shares["men"] - shares["women"]).drop(words.term("gap.all"))
        figure = answer.map().figure
    if medium == "web":
        page = read_web(figure)
        [areas] = page.places
        assert {*areas["name"]} == {*gaps.index}
        for row in areas.itertuples():
            assert abs(read_number(row.text) - gaps[row.name]) <= half_of_last_digit(row.text)
            assert_in_class(gaps[row.name], row.fill, page.classes)
        return
    drawing = MEDIA[medium](figure)
    [legend] = read_legends(drawing)
    hold_map(drawing, figure.panels[0], gaps, legend)


@pytest.mark.parametrize("n_hidden", [0, 1, 7])
def test_a_gap_says_of_how_many_communes_the_groups_are_hidden(n_hidden):
    rows = invent_groups(n_hidden=n_hidden)
    with words.use("en"):
        answer = hg.gap(rows, 2023, by="sex", source="us")
        figures = answer.rows().figure, answer.map().figure
        said = [answer.sentence, *(figure.source for figure in figures)]
        for text in said:
            numbers = re.findall(r"hidden in (\d+) of 75", text)
            assert numbers == ([str(n_hidden)] if n_hidden else []), text
        hidden = rows.loc[rows["pool"] != "", "code"]
        home = {*places.parents(hidden, "district").map(places.label)}
        for figure in figures:
            named = {name for name in home if name in figure.source}
            assert named == home
        shown = {*read_page(figures[0]).texts["text"]}
    assert not shown & home

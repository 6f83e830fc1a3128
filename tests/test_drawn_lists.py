"""Lists, slopes and dots of a page and of a slide: each text and mark is at its number."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from drawn_answers import (
    FACTORS,
    HEADLINES,
    columns_of,
    hold_line,
    hold_rows,
    opened,
    shares_of,
    whole_of,
)
from read_back import NEAR, clean, half_of_last_digit, read_number, read_page, read_slide

import hganalysis as hg
from hganalysis import places, words
from hganalysis.change.pictures import FALL, RISE, courses
from hganalysis.draw.plots import GREY
from hganalysis.figure import INK

FAR = 60
"""In points: no line from a text to its mark is longer."""
MEDIA = {"page": read_page, "slide": read_slide}


@pytest.fixture(params=MEDIA)
def read(request):
    return MEDIA[request.param]


def order_of(study):
    """Ask for the ranking of a study in its last period: the answer, and what it must show."""
    measure, periods = HEADLINES[study]
    answer = hg.uptake(measure, periods[-1])
    shares = shares_of(measure, periods[-1])
    expected = pd.DataFrame({"value": shares.sort_values(ascending=False)})
    expected = expected.join(columns_of(answer))
    expected["before"] = shares_of(measure, periods[-2])
    return answer, expected


@pytest.mark.parametrize(
    ("study", "language", "drawn"),
    [
        ("demo", "vi", ["low", "lowest"]),
        ("isles", "en", ["low", "lowest"]),
        ("wards", "en", ["low"]),
        ("pair", "en", ["before", "lowest"]),
    ],
)
def test_a_list_has_each_number_interval_and_rank_on_the_line_of_its_place(
    read, drawn_studies, study, language, drawn
):
    with opened(drawn_studies, study, language):
        answer, expected = order_of(study)
        measure, periods = HEADLINES[study]
        first, last = map(words.short_period, (periods[0], periods[-1]))
        before = words.short_period(periods[-2])
        labels = {"value": last, "before": before, "lowest": words.term("uptake.spread")}
        labels["low"] = words.term("uptake.similar", start=first, end=last)
        figure = answer.order().figure
        key = {column: labels[column] for column in ["value", *drawn]}
        factor = FACTORS[study]
        drawing = read(figure)
        ticks = figure.panels[0].ticks.values()
        rows, scale = hold_rows(drawing, expected, key, ticks, factor=factor, language=language)
        whole = whole_of(measure, periods[-1])
        text = words.term("figure.whole", share=answer.measure.write(whole))
        hold_line(drawing, scale, factor * whole, text)
    assert rows["rank"].tolist() == expected["rank"].tolist()


@pytest.mark.parametrize("study", ["demo", "wards"])
def test_a_list_of_changes_has_falls_on_the_left_of_nothing_and_rises_on_the_right(
    drawn_studies, study
):
    """On a slide the same list is a table: see the maps."""
    with opened(drawn_studies, study):
        measure, periods = HEADLINES[study]
        before, after = (shares_of(measure, period) for period in periods[-2:])
        changes = 100 * (after - before).sort_values(ascending=False)
        expected = pd.DataFrame({"value": changes})
        figure = hg.compare(measure, *periods[-2:]).map().figure
        panel = figure.panels[1]
        drawing = read_page(figure)
        _, scale = hold_rows(drawing, expected, {"value": ""}, panel.ticks.values(), factor=1)
        whole = 100 * (whole_of(measure, periods[-1]) - whole_of(measure, periods[-2]))
        hold_line(drawing, scale, whole, panel.line.label)
        assert abs(read_number(panel.line.label) - whole) <= half_of_last_digit(panel.line.label)
        assert "0" in [text.lstrip("+") for text in panel.ticks.values()]


@pytest.mark.parametrize("study", ["demo", "wards"])
def test_each_slope_goes_from_the_number_before_to_the_number_after_and_names_its_place(
    read, drawn_studies, study
):
    with opened(drawn_studies, study):
        measure, periods = HEADLINES[study]
        factor = FACTORS[study]
        shares = [shares_of(measure, period) for period in periods[-2:]]
        expected = factor * pd.concat(shares, axis="columns", keys=["before", "after"])
        whole = [factor * whole_of(measure, period) for period in periods[-2:]]
        expected.loc[words.term("change.all")] = whole
        figure = hg.compare(measure, *periods[-2:]).slopes().figure
        heads = [words.short_period(period) for period in periods[-2:]]
        drawing = read(figure)
        slopes = read_slopes(drawing, heads)
        all_places = words.term("change.all")
    assert len(slopes) == len(expected)
    heights, numbers = [], []
    for slope in slopes:
        [name] = [name for name in expected.index if names_place(slope["end"], name)]
        before, after = expected.loc[name]
        level, change, *_ = slope["end"].split("  ")[0].split(" ")[:2]
        for text, number in ((slope["start"], before), (level, after), (change, after - before)):
            assert abs(read_number(text) - number) <= half_of_last_digit(text), name
        assert change.startswith("−" if after < before else "+"), name
        heights += [slope["y0"], slope["y1"]]
        numbers += [before, after]
        rises = after >= before
        if name == all_places:
            assert slope["colour"] == INK
        else:
            assert slope["colour"] in (RISE if rises else FALL), name
    gradient, start = np.polyfit(numbers, heights, 1)
    assert gradient < 0, "higher is more"
    assert np.abs(gradient * np.array(numbers) + start - heights).max() < NEAR


def names_place(text, name):
    """Say whether a text at the end of a line ends with a name."""
    return text.endswith(clean(name))


def read_slopes(drawing, heads):
    """Read lines from the first head to the last, each with the texts that lead to its ends."""
    lines = drawing.lines
    across = lines[(lines["x1"] - lines["x0"]).abs() > (lines["x1"] - lines["x0"]).abs().max() / 2]
    left, right = across[["x0", "x1"]].min(axis=None), across[["x0", "x1"]].max(axis=None)
    for head, x in zip(heads, (left, right), strict=True):
        assert drawing.where(head).left - NEAR <= x <= drawing.where(head).right + NEAR
    slopes = pd.DataFrame({"colour": across["colour"]})
    is_rightward = across["x0"] < across["x1"]
    slopes["y0"] = across["y0"].where(is_rightward, across["y1"])
    slopes["y1"] = across["y1"].where(is_rightward, across["y0"])
    slopes["start"] = texts_at(drawing, slopes["y0"], left, side=-1)
    slopes["end"] = texts_at(drawing, slopes["y1"], right, side=1)
    return slopes.to_dict("records")


def texts_at(drawing, heights, x, *, side):
    """Follow the lines from texts to the ends of slopes at one side: they may not cross."""
    leaders = []
    for row in drawing.lines[drawing.lines["colour"] == GREY].itertuples():
        ends = (row.x0, row.y0), (row.x1, row.y1)
        near, far = sorted(ends, key=lambda end: abs(end[0] - x))
        if abs(near[0] - x) < abs(far[0] - x) < FAR:
            leaders.append((far[1], near[1]))
    leaders.sort()
    assert len(leaders) == len(heights)
    ends = np.sort(heights)
    texts = drawing.texts[side * (drawing.texts["x"] - x) > 0]
    texts = texts[(texts["left"] > x) | (texts["right"] < x + NEAR)]
    in_order = []
    for (text_y, mark_y), end in zip(leaders, ends, strict=True):
        assert abs(mark_y - end) < 2 * NEAR, "a line leads to another end"
        in_order.append(texts.loc[(texts["y"] - text_y).abs().idxmin(), "text"])
    return pd.Series(in_order, heights.sort_values(kind="stable").index)


@pytest.mark.parametrize("study", ["isles", "wards"])
def test_each_course_goes_through_the_numbers_of_its_place_in_every_period(
    read, drawn_studies, study
):
    with opened(drawn_studies, study):
        measure, periods = HEADLINES[study]
        factor = FACTORS[study]
        shares = [factor * shares_of(measure, period) for period in periods]
        change = hg.compare(measure, *periods[-2:])
        table = uptakes(measure, periods)
        whole = pd.Series([whole_of(measure, period) for period in periods])
        figure = courses(change, table, whole)
        heads = [words.short_period(period) for period in periods]
        short = {clean(places.label(code)): places.short(code) for code in table.index}
        everywhere = words.term("change.all")
    drawing = read(figure)
    scale = vertical_scale(drawing, figure.panels[0].y_ticks.values())
    middles = [drawing.where(head).x for head in heads if head in set(drawing.texts["text"])]
    assert middles == sorted(middles)
    segments = drawing.lines[drawing.lines["colour"] != GREY]
    expected = pd.concat(shares, axis="columns")
    expected.loc[everywhere] = factor * whole.to_numpy()
    for name, numbers in expected.iterrows():
        heights = scale(numbers.to_numpy())
        for before, after in pairwise(heights):
            ends = segments[["y0", "y1"]].to_numpy()
            apart = np.abs(ends - (before, after)).max(axis=1)
            assert apart.min() < NEAR, f"no line goes from one number of {name} to the next"
    n_named = 0
    for text in drawing.texts["text"]:
        for name, numbers in expected.iterrows():
            if text.endswith(f" {clean(short.get(name, name))}") and read_number(text) > 0:
                n_named += 1
                assert abs(read_number(text) - numbers.iloc[-1]) <= half_of_last_digit(text)
                end = led_to(drawing, text)
                assert abs(end - scale(numbers.iloc[-1])) < 2 * NEAR, text
    assert n_named >= 3


def uptakes(measure, periods):
    """Divide the reports of each place by code, one column for each period."""
    codes = {clean(places.label(code)): code for code in places.compared().index}
    columns = {period: shares_of(measure, period).rename(codes) for period in periods}
    return pd.DataFrame(columns)


def vertical_scale(drawing, ticks):
    """Give what places numbers in height, from the ticks at the left."""
    shown = drawing.texts[drawing.texts["text"].isin([clean(text) for text in ticks])]
    numbers = [read_number(text) for text in shown["text"]]
    slope, start = np.polyfit(numbers, shown["y"], 1)
    return lambda number: start + slope * number


def led_to(drawing, text):
    """Give the height to which a text is joined."""
    text = drawing.where(text)
    leaders = drawing.lines[drawing.lines["colour"] == GREY]
    rows = leaders.assign(far=(leaders["y1"] - text.y).abs(), near=(leaders["y0"] - text.y).abs())
    nearest = rows.loc[rows[["far", "near"]].min(axis=1).idxmin()]
    ends = sorted([(nearest["x0"], nearest["y0"]), (nearest["x1"], nearest["y1"])])
    return ends[0][1]

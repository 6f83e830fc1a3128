"""Lists, slopes and courses of a page and of a slide: each text and mark is at its number."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from drawn_answers import (
    FACTORS,
    HEADLINES,
    codes_of_districts,
    columns_of,
    hold_line,
    hold_rows,
    opened,
    shares_of,
    whole_of,
)
from read_back.drawing import NEAR, clean
from read_back.page import read_page
from read_back.reader import (
    Scale,
    assert_written,
    divide_label,
)
from read_back.slide import read_slide

import hganalysis as hg
from hganalysis import places, words
from hganalysis.change.pictures import (
    FALL,
    RISE,
    courses,
)
from hganalysis.draw.plots import GREY
from hganalysis.figure import INK

FAR = 60
"""In points: no line from a text to its mark is longer."""
MEDIA = {"page": read_page, "slide": read_slide}


@pytest.fixture(params=MEDIA)
def read(request):
    return MEDIA[request.param]


# --- lists ---


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
    measure, periods = HEADLINES[study]
    factor = FACTORS[study]
    with opened(drawn_studies, study, language):
        answer = hg.uptake(measure, periods[-1])
        figure = answer.order().figure
        shares = shares_of(measure, periods[-1])
        shares = shares.sort_values(ascending=False)
        expected = shares.to_frame("value").join(columns_of(answer))
        # those without a rank are last
        expected = expected.sort_values("is_unranked", kind="stable")
        expected["before"] = shares_of(measure, periods[-2])
        key = key_of(periods, drawn)
        whole = whole_of(measure, periods[-1])
        text = words.term("figure.whole", share=answer.measure.write(whole))
        drawing = read(figure)
    ticks = figure.panels[0].ticks.values()
    rows, scale = hold_rows(drawing, expected, key, ticks, factor=factor, language=language)
    hold_line(drawing, scale, factor * whole, text)
    assert rows["rank"].tolist() == expected["rank"].tolist()
    assert {*drawing.descriptions} <= {clean(figure.alt)}
    assert len(drawing.descriptions) == (2 if read is read_slide else 0), "lines, and dots"


def key_of(periods, drawn):
    """Write the labels that the key must have."""
    first, *_, before, last = map(words.short_period, [periods[0], *periods])
    labels = {
        "value": last,
        "before": before,
        "low": words.term("uptake.similar", start=first, end=last),
        "lowest": words.term("uptake.spread"),
    }
    return {column: labels[column] for column in ["value", *drawn]}


@pytest.mark.parametrize("study", ["demo", "wards"])
def test_a_list_of_changes_has_falls_on_one_side_of_nothing_and_rises_on_the_other(
    drawn_studies, study
):
    """On a slide the same list is a table: see the maps."""
    measure, periods = HEADLINES[study]
    with opened(drawn_studies, study):
        before, after = (shares_of(measure, period) for period in periods[-2:])
        whole_before, whole_after = (whole_of(measure, period) for period in periods[-2:])
        figure = hg.compare(measure, *periods[-2:]).map().figure
        drawing = read_page(figure)
    panel = figure.panels[1]
    changes = 100 * (after - before)
    whole = 100 * (whole_after - whole_before)
    changes = changes.sort_values(ascending=False)
    expected = changes.to_frame("value")
    ticks = panel.ticks.values()
    _, scale = hold_rows(drawing, expected, {"value": ""}, ticks, factor=1)
    hold_line(drawing, scale, whole, panel.line.label)
    assert_written(panel.line.label, whole)
    assert 0 in panel.ticks


# --- slopes ---


@pytest.mark.parametrize("study", ["demo", "wards"])
def test_each_slope_goes_from_the_number_before_to_the_number_after_and_names_its_place(
    read, drawn_studies, study
):
    measure, periods = HEADLINES[study]
    with opened(drawn_studies, study):
        columns = {}
        for period in periods[-2:]:
            numbers = shares_of(measure, period)
            numbers[words.term("change.all")] = whole_of(measure, period)
            columns[words.short_period(period)] = FACTORS[study] * numbers
        everywhere = words.term("change.all")
        change = hg.compare(measure, *periods[-2:])
        drawing = read(change.slopes().figure)
    expected = pd.DataFrame(columns)
    slopes = read_slopes(drawing, [*columns])
    assert len(slopes) == len(expected)
    heights, numbers = [], []
    for slope in slopes.itertuples():
        level, change, name = slope.end.split(" ", 2)
        before, after = expected.loc[name]
        assert_written(slope.start, before)
        assert_written(level, after)
        assert_written(change, after - before)
        falls = after < before
        assert change.startswith("−" if falls else "+"), name
        colours = FALL if falls else RISE
        if name == everywhere:
            colours = [INK]
        assert slope.colour in colours, name
        heights += [slope.y0, slope.y1]
        numbers += [before, after]
    gradient, start = np.polyfit(numbers, heights, 1)
    assert gradient < 0, "higher is more"
    apart = gradient * np.array(numbers) + start - heights
    assert np.abs(apart).max() < NEAR


def read_slopes(drawing, heads):
    """Read lines from the first head to the last, each with the texts that lead to its ends."""
    lines = drawing.lines
    widths = (lines["x1"] - lines["x0"]).abs()
    across = lines[widths > widths.max() / 2]
    corners = across[["x0", "x1"]]
    first = corners.min(axis=None)
    last = corners.max(axis=None)
    for head, x in zip(heads, (first, last), strict=True):
        text = drawing.where(head)
        assert text.start - NEAR <= x <= text.end + NEAR
    is_rightward = across["x0"] < across["x1"]
    slopes = pd.DataFrame({"colour": across["colour"]})
    slopes["y0"] = across["y0"].where(is_rightward, across["y1"])
    slopes["y1"] = across["y1"].where(is_rightward, across["y0"])
    slopes["start"] = texts_at(drawing, slopes["y0"], first, side=-1)
    slopes["end"] = texts_at(drawing, slopes["y1"], last, side=1)
    return slopes


def texts_at(drawing, heights, x, *, side):
    """Follow the lines from texts to the ends of slopes at one side: they may not cross."""
    leaders = sorted(leaders_at(drawing, x))
    assert len(leaders) == len(heights)
    edge = "start" if side > 0 else "end"
    is_beyond = side * (drawing.texts[edge] - x) > -NEAR
    texts = drawing.texts[is_beyond]
    in_order = []
    for (text_y, mark_y), end in zip(leaders, np.sort(heights), strict=True):
        assert abs(mark_y - end) < 2 * NEAR, "a line leads to another end"
        nearest = (texts["y"] - text_y).abs().idxmin()
        in_order.append(texts.loc[nearest, "text"])
    return pd.Series(in_order, heights.sort_values(kind="stable").index)


def leaders_at(drawing, x):
    """Find the lines between marks at a place and their texts: the heights of both ends."""
    for line in drawing.lines[drawing.lines["colour"] == GREY].itertuples():
        ends = (line.x0, line.y0), (line.x1, line.y1)
        near, far = sorted(ends, key=lambda end: abs(end[0] - x))
        if abs(near[0] - x) < abs(far[0] - x) < FAR:
            yield far[1], near[1]


# --- courses ---


@pytest.mark.parametrize("study", ["isles", "wards"])
def test_each_course_goes_through_the_numbers_of_its_place_in_every_period(
    read, drawn_studies, study
):
    measure, periods = HEADLINES[study]
    with opened(drawn_studies, study):
        shares = pd.DataFrame()
        for period in periods:
            shares[period] = shares_of(measure, period)
        whole = pd.Series([whole_of(measure, period) for period in periods], periods)
        codes = codes_of_districts()
        short = {name: clean(places.short(code)) for name, code in codes.items()}
        change = hg.compare(measure, *periods[-2:])
        figure = courses(change, shares.rename(codes), whole)
        everywhere = words.term("change.all")
        heads = [words.short_period(period) for period in periods]
        drawing = read(figure)
    expected = shares.rename(short)
    expected.loc[everywhere] = whole
    expected = FACTORS[study] * expected
    assert_in_order(drawing, heads)
    scale = scale_upwards(drawing, figure.panels[0].y_ticks.values())
    lines = drawing.lines[drawing.lines["colour"] != GREY]
    for name, numbers in expected.iterrows():
        for before, after in pairwise(scale.place(numbers)):
            at_start = (lines["y0"] - before).abs()
            at_end = (lines["y1"] - after).abs()
            apart = np.maximum(at_start, at_end)
            assert apart.min() < NEAR, f"no line goes from one number of {name} to the next"
    ends = drawing.texts[drawing.texts["text"].str.contains(r"^[\d.]+%? [A-Z]")]
    assert len(ends) >= 3
    for text in ends.itertuples():
        number, name = text.text.split(" ", 1)
        before, last = expected.loc[name].iloc[-2:]
        assert_written(number, last)
        colour = INK if name == everywhere else (RISE if last >= before else FALL).strong
        ends_here = lines[(lines["y1"] - scale.place(last)).abs() < NEAR]
        assert colour in set(ends_here["colour"]), name
        x = text.start - FAR / 3
        apart = [abs(mark_y - scale.place(last)) for _, mark_y in leaders_at(drawing, x)]
        assert min(apart) < 2 * NEAR, text.text


def assert_in_order(drawing, heads):
    """Hold the heads that have room to their order from left to right."""
    texts = drawing.texts
    shown = texts[texts["text"].isin(heads)].sort_values("x")
    shown = shown["text"].tolist()
    assert shown == [head for head in heads if head in shown]
    assert {heads[0], heads[-1]} <= {*shown}


def scale_upwards(drawing, ticks):
    """Read the scale at the left of courses."""
    texts = drawing.texts
    shown = texts[texts["text"].isin([clean(text) for text in ticks])]
    return Scale(dict(zip(shown["text"], shown["y"], strict=True)))


def test_a_label_is_divided_into_name_and_number():
    assert divide_label("Pier 06 39.2%") == ("Pier 06", "39.2%")
    assert divide_label("−1,1") == ("", "−1,1")

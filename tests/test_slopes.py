"""Slopes say who rose and who fell, on a page and on a slide, and no label lies on another."""

from __future__ import annotations

import re
from itertools import pairwise

import agreement
import legible
import numpy as np
import pytest
from pptx import Presentation
from test_charts import (
    BY_COMMUNE,
    BY_DISTRICT,
    FILES_23,
    RANKS,
    USERS_22,
    USERS_23,
    boxes,
    lines,
    page,
    require_apart,
    said,
    texts,
    vietnamese,  # noqa: F401  (a fixture that works by being here)
)

import hganalysis as hg
from hganalysis import figures, places, words
from hganalysis.figures.colours import FALL, GREY, RISE
from hganalysis.render import slide
from hganalysis.render.slide import native
from hganalysis.render.slide.page import POINT, Room
from hganalysis.render.static import draw, style

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def ax():
    return page()


ROOM = Room(36, 110, 888, 340)
TURNED = BY_DISTRICT.assign(
    share_before=BY_DISTRICT["share_after"],
    share_after=BY_DISTRICT["share_before"],
    change_pp=-BY_DISTRICT["change_pp"],
    change_low_pp=-9.0,
    change_high_pp=-0.1,
)


def composed(difference=BY_DISTRICT, **choices):
    return figures.slopes(difference, before=USERS_22, after=USERS_23, **choices)


def ranked(ranks=RANKS):
    return figures.bumps(ranks, before=USERS_22, after=FILES_23)


@pytest.mark.parametrize("lines_of_source", [1, 2, 3])
def test_a_note_below_the_lines_is_clear_of_a_source_of_any_length(lines_of_source):
    source = " ".join(["Department of Posts"] * (10 * lines_of_source - 5))
    picture = hg.chart(composed(), title="T", source=source, as_of="2023")
    figure = picture.figure
    figure.draw_without_rendering()
    foot = [one for one in figure.texts if "Department" in one.get_text()]
    assert len(foot) >= lines_of_source
    top = max(one.get_window_extent().y1 for one in foot)
    notes = [one for one in figure.axes[0].texts if one.get_text().strip()]
    assert min(one.get_window_extent().y0 for one in notes) >= top


def test_what_is_grey_is_said_once_on_a_page_and_on_a_slide(tmp_path):
    grey = words.term("charts.slopes_grey")
    found = hg.slides.answers().changed
    assert found.figure.panels[0].notes == (grey,)
    assert not {"grey", "xám"} & set(re.findall(r"\w+", found.figure.subtitle))
    deck = found.plot().slide(hg.slides.Deck())
    [one] = agreement.slides(Presentation(deck.save(tmp_path / "a.pptx")))
    assert one.texts.count(grey) == 1


# -- composed


def test_a_place_has_both_shares_its_change_and_whether_that_is_sure():
    panel = composed()
    told = {one.label: one for one in panel.slopes}
    assert len(told) == 8
    for _, row in BY_DISTRICT.iterrows():
        one = told[places.label(row["code"])]
        assert one.values == (row["share_before"], row["share_after"])
        assert (one.first, one.last) == tuple(map(words.percent, one.values))
        # by eye from the frame: the interval of 933 holds 0
        assert one.moved == (0 if row["code"] == "933" else 1)
    assert told[places.label("932")].change == "+7,5"
    assert panel.heads == (USERS_22.when, USERS_23.when, "điểm %")
    assert panel.notes == ("Đường xám: thay đổi chưa vượt quá dao động ngẫu nhiên",)
    last = [one.values[-1] for one in panel.slopes]
    assert last == sorted(last, reverse=True)


def test_a_sure_fall_is_told_from_a_rise_and_needs_no_note():
    panel = composed(TURNED)
    assert {one.moved for one in panel.slopes} == {-1}
    assert panel.notes == ()


@pytest.mark.parametrize(("state", "key"), [("known", "no_data"), ("suppressed", "suppressed")])
def test_a_place_without_a_share_is_named_and_not_drawn(state, key):
    gap = BY_DISTRICT.assign(state="known")
    gap.loc[0, ["share_after", "change_pp", "change_low_pp", "change_high_pp"]] = np.nan
    gap.loc[0, "state"] = state
    panel = composed(gap)
    assert len(panel.slopes) == 7
    assert panel.missing == ((f"charts.{key}", (places.label("930"),)),)


def test_a_place_without_a_change_asks_for_no_note_on_grey():
    gap = BY_DISTRICT.assign(change_low_pp=0.5)
    gap.loc[0, ["share_after", "change_pp", "change_low_pp", "change_high_pp"]] = np.nan
    assert composed(gap).notes == ()


def test_a_strange_code_is_refused():
    with pytest.raises(LookupError, match="'999'"):
        composed(BY_DISTRICT.replace("930", "999"))


def test_ranks_go_upwards_and_both_measures_are_named():
    panel = ranked()
    heights = {one.label: one.values for one in panel.slopes}
    table = RANKS.set_index("code")
    for code, row in table.iterrows():
        assert heights[places.label(code)] == (-row["rank_before"], -row["rank_after"])
    first = panel.slopes[0]
    assert (first.label, first.last) == (places.label("937"), "hạng 1")
    assert first.change == f"▲{table.loc['937', 'places_up']}"
    moved = [one.moved for one in panel.slopes]
    assert moved.count(1) == (table["places_up"] > 0).sum()
    assert moved.count(-1) == (table["places_up"] < 0).sum()
    assert panel.heads[0] == f"{USERS_22.label}\n{USERS_22.when}"
    assert panel.heads[1] == f"{FILES_23.label}\n{FILES_23.when}"


# -- on axes


def long_lines(ax):
    return [line for line in lines(ax) if list(line.get_xdata()) == [0, 1]]


@pytest.mark.parametrize(("difference", "colours"), [(BY_DISTRICT, {GREY, RISE}), (TURNED, {FALL})])
def test_a_slope_runs_from_share_to_share_in_its_colour(ax, difference, colours):
    draw(composed(difference), ax)
    drawn = {tuple(line.get_ydata()): line.get_color() for line in long_lines(ax)}
    assert set(drawn) == {*zip(difference["share_before"], difference["share_after"], strict=True)}
    assert set(drawn.values()) == colours
    if GREY in colours:
        grey = difference.set_index("code").loc["933"]
        assert drawn[grey["share_before"], grey["share_after"]] == GREY


def test_both_ends_name_their_place_beside_its_share(ax):
    draw(composed(), ax)
    name = re.escape(places.label("932"))
    assert any(re.fullmatch(rf"{name} +29,7\s%", one) for one in said(ax))
    assert any(re.fullmatch(rf"37,2\s% +{name}", one) for one in said(ax))
    assert "+7,5" in said(ax)
    assert {USERS_22.when, USERS_23.when, "điểm %"} <= set(said(ax))


def test_crowded_ends_move_apart_and_keep_their_line(ax):
    crowded = BY_DISTRICT.assign(share_after=0.3 + np.arange(8) / 10000)
    draw(composed(crowded), ax)
    right = [box for text, box in boxes(ax).items() if text.get_text().startswith("30,")]
    right.sort(key=lambda box: box.y0)
    assert len(right) == 8
    assert all(below.y1 <= above.y0 + 3 for below, above in pairwise(right))
    leaders = [line.get_ydata() for line in lines(ax) if line.get_xdata()[0] > 1]
    assert sorted(start for start, _ in leaders) == sorted(crowded["share_after"])


def test_who_is_not_drawn_stands_below(ax):
    gap = BY_DISTRICT.copy()
    gap.loc[0, ["share_after", "change_pp", "change_low_pp", "change_high_pp"]] = np.nan
    draw(composed(gap), ax)
    assert f"Không có số liệu: {places.label('930')}" in said(ax)
    assert len(long_lines(ax)) == 7


def test_the_first_rank_is_on_top(ax):
    draw(ranked(), ax)
    height = {text.get_text(): text.get_position()[1] for text in texts(ax)}
    first = next(name for name in height if name.startswith("hạng 1 "))
    last = next(name for name in height if name.startswith("hạng 8 "))
    assert height[first] > height[last]
    assert first.endswith(places.label("937"))


def test_those_that_are_called_first_are_the_highest(ax):
    draw(composed(BY_COMMUNE.assign(change_low_pp=-1.0, change_high_pp=1.0)), ax)
    [shown] = re.findall(r"Chỉ vẽ (\d+) nơi đứng đầu năm sau, trong 75 nơi\.", " ".join(said(ax)))
    # a line each, and a fifth of the height for heads and notes
    assert 8 <= int(shown) <= 0.8 * style.points(ax)[1] / style.LINE
    drawn = sorted(line.get_ydata()[1] for line in long_lines(ax))
    assert drawn == sorted(BY_COMMUNE["share_after"].dropna())[-int(shown) :]
    require_apart(ax)


# -- on a slide


def on_slide(panel):
    """Draw on an empty slide."""
    opened = Presentation()
    opened.slide_width, opened.slide_height = 960 * POINT, 540 * POINT
    shapes = opened.slides.add_slide(opened.slide_layouts[6]).shapes
    slide.draw(panel, shapes, ROOM, caption=native.Caption("chart", "alt", ["about"]))
    return opened


def chart_of(opened):
    [chart] = [
        shape.chart for _, shape in legible.shapes_of(opened) if getattr(shape, "has_chart", False)
    ]
    return chart


def around(opened):
    return [shape.text_frame.text for _, shape in legible.shapes_of(opened) if shape.has_text_frame]


def test_labels_are_those_of_the_points_they_follow():
    chart = chart_of(on_slide(composed()))
    for series in chart.plots[0].series:
        [left], [right] = (
            series._element.xpath(f"./c:dLbls/c:dLbl[c:dLblPos/@val='{side}']") for side in "lr"
        )
        first, last = series.values
        for label, number, value in ((left, 0, first), (right, 1, last)):
            assert int(label.xpath("./c:idx/@val")[0]) == number
            content = "".join(label.xpath(".//a:t/text()"))
            assert series.name in content
            assert words.percent(value) in content


LATE = BY_DISTRICT.assign(share_after=0.3 + np.arange(8) / 1000)


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("difference", [BY_DISTRICT, BY_COMMUNE, LATE], ids=["", "many", "near"])
def test_no_label_of_a_chart_lies_on_another_or_outside(difference, language):
    with words.use(language):
        opened = on_slide(composed(difference))
    [labels] = [
        legible.labels(shape)
        for _, shape in legible.shapes_of(opened)
        if getattr(shape, "has_chart", False)
    ]
    assert len(labels) == 2 * len(chart_of(opened).plots[0].series)
    legible.apart(opened)
    assert legible.within(opened) >= 2


def test_changes_are_bold_and_have_the_colour_of_their_line():
    chart = chart_of(on_slide(composed()))
    for series, slope in zip(chart.plots[0].series, composed().slopes, strict=True):
        [bold] = series._element.xpath(".//a:r[a:rPr/@b='1']")
        assert bold.find("{*}t").text.strip() == slope.change
        [tone] = bold.xpath("./a:rPr/a:solidFill/a:srgbClr/@val")
        assert (f"#{tone}".lower() == RISE) == (slope.moved == 1)


def test_of_more_places_than_a_slide_holds_the_first_are_drawn_and_that_is_said():
    opened = on_slide(composed(BY_COMMUNE))
    told = " ".join(around(opened))
    [shown] = re.findall(r"Chỉ vẽ (\d+) nơi đứng đầu năm sau, trong 75 nơi\.", told)
    drawn = agreement.chart_numbers(chart_of(opened))
    assert 8 <= int(shown) == len(drawn) < 15
    last = sorted(points[-1][0] for points in drawn.values())
    assert last == sorted(BY_COMMUNE["share_after"].dropna())[-int(shown) :]


@pytest.mark.parametrize("room", [100, 200, 333])
def test_a_slide_holds_as_many_rows_as_can_be_read_and_the_line_that_says_there_are_more(room):
    most = max(count for count in range(99) if native.fitting(count, room) == count)
    assert {native.fitting(count, room) for count in range(most + 1, 99)} == {most - 1}


def test_ranks_can_stand_on_a_slide_too():
    opened = on_slide(ranked())
    legible.apart(opened)
    assert any(USERS_22.label in one for one in around(opened))
    said_ = " ".join(agreement.chart_labels(chart_of(opened)))
    assert {f"hạng {rank}" for rank in range(1, 9)} <= set(re.findall(r"hạng \d", said_))

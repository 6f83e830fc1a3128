"""Check maps by what they draw: colours, hatches, texts and where these stand."""

import dataclasses
import html
import io
import itertools
import json
import re
import struct
import subprocess
import sys
import unicodedata

import country
import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import shapely
from browser.conftest import CHROMIUM, FLAGS, HANGS
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.font_manager import findfont, get_font
from matplotlib.textpath import TextToPath

from hganalysis import change, frames, indicators, maps, places, rates, words
from hganalysis.figures.bivariate import COLOURS, thirds
from hganalysis.figures.classify import prepare
from hganalysis.figures.legend import keyed
from hganalysis.figures.states import (
    LOOKS,
    NO_DATA,
    NOT_COMPARABLE,
    STATES,
    SUPPRESSED,
    UNRELIABLE,
    NothingToShow,
)
from hganalysis.maps.several import at_places
from hganalysis.render import labels, typeset
from hganalysis.render.static import style
from hganalysis.render.static.areas import SHOWN
from hganalysis.render.web import leaflet, shapes

CLASSES = indicators.Classes("x", (0.25, 0.5, 0.75), "share", target=0.5)
HOSTILE = "</script><script>alert('1')</script>\"&<b>$x ${y} <img src=x onerror=alert(2)>"


@pytest.fixture(autouse=True)
def vietnamese():
    with words.use("vi"):
        yield


@pytest.fixture
def squares():
    """Five squares of 10 km in a row, one for each class and one without a value."""
    return gpd.GeoDataFrame(
        {
            "name_vi": ["Huyện A", "Huyện B", "Huyện C", "Huyện D", "Huyện E"],
            "label_vi": ["H. A", "H. B", "H. C", "H. D", "H. E"],
            "share": [0.1, 0.3, 0.6, 0.9, np.nan],
            "origin": "reported",
        },
        index=pd.Index(list("abcde"), name="code"),
        geometry=[shapely.box(x, 1.08e6, x + 1e4, 1.09e6) for x in range(550000, 600000, 10000)],
        crs="EPSG:5897",
    )


@pytest.fixture(scope="module")
def districts():
    return rates.to_districts(frames.reports())


@pytest.fixture(scope="module")
def outlines():
    return places.areas()


@pytest.fixture
def located(districts, outlines):
    def locate(name, year):
        chosen = (districts["indicator"] == name) & (districts["year"] == year)
        return maps.locate(districts[chosen], outlines)

    return locate


def draw(areas, column="share", *, classes=CLASSES, title="Bản đồ", panels=1):
    figure, axes = maps.sheet(title=title, panels=panels)
    for ax in axes:
        maps.choropleth(areas, column, classes=classes, ax=ax)
    return figure, axes, maps.finish(figure, source="báo cáo", as_of="31/12/2022")


def make_web(areas, column="share", *, classes=CLASSES, title="Bản đồ"):
    return maps.web_map(areas, column, classes=classes, title=title, source="báo cáo", as_of="2022")


def fills(ax):
    return [to_hex(colour) for colour in ax.collections[0].get_facecolor()]


def texts(where):
    return [text.get_text() for text in where.findobj(mpl.text.Text) if text.get_text()]


def said(where):
    """Join all texts, however they were folded."""
    return " ".join(texts(where)).replace("\n", " ")


def hatches(ax):
    return sorted(one.get_hatch() for one in ax.collections if one.get_hatch())


def legend_of(figure):
    return next(ax for ax in figure.axes if ax.get_label() == "legend")


def banners(ax):
    return [patch for patch in ax.patches if patch.get_gid() == "banner"]


# What is drawn


def test_each_place_has_the_colour_of_its_class_and_a_missing_one_has_none(squares):
    _, (ax,), _ = draw(squares)
    assert fills(ax) == [*CLASSES.colours, LOOKS[NO_DATA].colour]
    assert LOOKS[NO_DATA].colour not in CLASSES.colours
    assert hatches(ax) == [LOOKS[NO_DATA].hatch]


def test_colours_belong_to_places_whatever_the_order_of_the_rows(squares):
    shuffled = squares.iloc[[3, 0, 4, 2, 1]]
    _, (ax,), picture = draw(shuffled)
    assert fills(ax) == [*CLASSES.colours, LOOKS[NO_DATA].colour]
    assert picture.digest == draw(squares)[2].digest
    assert make_web(shuffled).page == make_web(squares).page


def test_a_value_on_a_border_belongs_to_the_class_above(squares):
    _, (ax,), _ = draw(squares.assign(share=[0.25, 0.5, 0.75, 0.2499, 1.0]))
    assert fills(ax) == [CLASSES.colours[number] for number in (1, 2, 3, 0, 3)]


def test_no_value_is_rounded_over_the_border_of_its_class(squares):
    near = squares.assign(share=[0.24999, 0.2496, 0.49951, 0.5, 0.74999996])
    _, (ax,), _ = draw(near)
    written = {text.split("\N{NO-BREAK SPACE}")[0] for text in texts(ax)}
    # 49.951 rounds to 50.0 with one decimal, to 49.95 with two; the last needs six
    assert {"24,999", "24,96", "49,95", "50,0", "74,999996"} <= written
    assert "24,999" in html_of("data", make_web(near).page)


def test_each_place_is_written_with_its_own_value(squares):
    _, (ax,), _ = draw(squares)
    for label, value, (west, east) in zip(
        squares["label_vi"],
        ["10,0", "30,0", "60,0", "90,0", None],
        itertools.pairwise(range(550000, 610000, 10000)),
        strict=True,
    ):
        here = [t.get_text() for t in ax.texts if west < t.get_position()[0] < east]
        assert label in here
        assert sum("%" in one for one in here) == (value is not None)
        assert value is None or any(one.startswith(value) for one in here)


@pytest.mark.parametrize("state", [state for state in STATES if state != "known"])
def test_each_state_has_its_look_and_its_name_only_where_it_is_present(squares, state):
    name = words.term("maps.state_" + state.replace(" ", "_"))
    full = squares.assign(share=[0.1, 0.3, 0.6, 0.9, 0.95])
    figure, (ax,), _ = draw(full)
    assert name not in said(legend_of(figure))
    assert hatches(ax) == []
    assert name not in html_of("legend", make_web(full).page)

    marked = full.assign(state=["known", state, "known", "known", "known"])
    figure, (ax,), picture = draw(marked)
    assert name in said(legend_of(figure))
    assert hatches(ax) == [LOOKS[state].hatch]
    assert fills(ax)[1] == (LOOKS[state].colour or CLASSES.colours[1])
    assert fills(ax)[0] == CLASSES.colours[0]
    assert re.search(rf"^  1  .*{name}$", picture.digest, re.MULTILINE)
    assert name in html_of("legend", make_web(marked).page)
    assert f"url(#{state.replace(' ', '-')}" in make_web(marked).page


@pytest.mark.parametrize("state", [SUPPRESSED, NOT_COMPARABLE, NO_DATA])
def test_a_value_that_must_not_be_shown_is_nowhere(squares, state):
    hidden = squares.assign(
        share=[0.1, 0.31739, 0.6, 0.9, 0.95],
        count=[10, 31739, 60, 90, 95],
        out_of=[100, 100000, 100, 100, 100],
        share_low=[0.0, 0.29871, 0.5, 0.8, 0.9],
        share_high=[0.2, 0.33871, 0.7, 0.95, 0.99],
        state=["known", state, "known", "known", "known"],
    )
    figure, (ax,), picture = draw(hidden)
    assert not any("31,7" in text or "31.7" in text for text in texts(figure))
    for page in (make_web(hidden).page, picture.digest):
        assert not any(secret in page for secret in ("31,7", "31.739", "29,9", "33,9", "0.317"))
    other = hidden.assign(share=hidden["share"].where(hidden.index != "b", 0.9))
    assert picture.digest == maps.digest(other, "share", classes=CLASSES)
    assert fills(ax)[1] == LOOKS[state].colour


def test_unreliable_keeps_its_colour_and_its_value(squares):
    marked = squares.assign(state=UNRELIABLE)
    _, (ax,), picture = draw(marked)
    assert fills(ax)[:4] == list(CLASSES.colours)
    assert fills(ax)[4] == LOOKS[NO_DATA].colour  # a missing value is no data, whatever is claimed
    assert any(text.startswith("90,0") for text in texts(ax))
    assert "n = 4/5" in picture.digest


def test_the_input_is_left_alone(squares):
    before = squares.copy()
    draw(squares)
    make_web(squares)
    maps.digest(squares, "share", classes=CLASSES)
    pd.testing.assert_frame_equal(squares, before)


def test_change_has_falls_and_rises_on_either_side_of_zero(squares):
    classes = indicators.Classes("x", (-10, 0, 10), "points", diverging=True)
    figure, (ax,), _ = draw(
        squares.assign(change_pp=[-20.0, -5, 5, 20, 0]), "change_pp", classes=classes
    )
    assert fills(ax) == [*classes.colours, classes.colours[2]]
    assert {"−20,0", "−5,0", "+5,0", "+20,0", "0,0"} <= set(texts(ax))
    assert "điểm phần trăm" in said(legend_of(figure))


@pytest.mark.parametrize("panels", [1, 2, 3])
def test_one_class_is_a_map_too_and_nothing_known_is_none(squares, panels):
    classes = indicators.Classes("x", (0.5,), "share")
    draw(squares, classes=classes, panels=panels)
    with pytest.raises(NothingToShow, match="trong 5 đơn vị"):
        draw(squares.assign(share=np.nan), panels=panels)
    assert make_web(squares.assign(share=np.nan)).shapes == 5


# The legend


def test_the_legend_says_every_interval_and_how_many_places_it_holds(squares):
    shown = squares.assign(share=[0.1, 0.2, 0.6, 0.9, np.nan])
    figure, _, _ = draw(shown)
    legend = legend_of(figure)
    for label in CLASSES.labels:
        assert label in said(legend)
    numbers = {t.get_position()[1]: t.get_text() for t in legend.texts if t.get_text().isdecimal()}
    # from the top: the highest class first, then "no data"
    assert [numbers[y] for y in sorted(numbers, reverse=True)] == ["1", "1", "0", "2", "1"]
    samples = [to_hex(patch.get_facecolor()) for patch in legend.patches]
    assert samples[:4] == list(reversed(CLASSES.colours))


def test_a_value_on_a_border_is_counted_where_it_is_coloured(squares):
    shown = squares.assign(share=[*CLASSES.breaks, 0.0, 1.0])
    figure, (ax,), _ = draw(shown)
    coloured = [str(fills(ax).count(colour)) for colour in reversed(CLASSES.colours)]
    numbers = {t.get_position()[1]: t.get_text() for t in legend_of(figure).texts}
    counted = [numbers[y] for y in sorted(numbers, reverse=True) if numbers[y].isdecimal()]
    assert counted == coloured
    listed = re.findall(r"<span>(\d+)</span>", html_of("legend", make_web(shown).page))
    assert listed == coloured


def test_two_maps_share_one_legend_that_counts_for_both(squares):
    figure, axes = maps.sheet(title="x", panels=["năm 2022", "năm 2023"])
    maps.choropleth(squares, "share", classes=CLASSES, ax=axes[0])
    maps.choropleth(squares.assign(share=0.9), "share", classes=CLASSES, ax=axes[1])
    maps.finish(figure, source="x", as_of="y")
    legends = [ax for ax in figure.axes if ax.get_label() == "legend"]
    assert len(legends) == 1
    numbers = [t.get_text() for t in legends[0].texts if t.get_text().isdecimal()]
    assert numbers == ["1", "1", "1", "1", "1", "0", "0", "0", "5", "0"]
    assert said(legends[0]).count("năm 2023") == 1


def test_maps_of_unlike_classes_have_a_legend_each(squares):
    figure, axes = maps.sheet(title="x", panels=2)
    other = indicators.Classes("y", (0.3, 0.6), "share")
    maps.choropleth(squares, "share", classes=CLASSES, ax=axes[0])
    maps.choropleth(squares, "share", classes=other, ax=axes[1])
    maps.finish(figure, source="x", as_of="y")
    legends = [said(ax) for ax in figure.axes if ax.get_label() == "legend"]
    assert len(legends) == 2
    assert all(label in legends[1] for label in other.labels)


@pytest.mark.parametrize("panels", [1, 2])
def test_the_target_is_marked_on_the_border_of_its_class(squares, panels):
    figure, _, _ = draw(squares, panels=panels)
    legend = legend_of(figure)
    (mark,) = [line for line in legend.lines if line.get_gid() == "target"]
    boxes = {to_hex(p.get_facecolor()): p.get_bbox() for p in legend.patches[:4]}
    below, above = boxes[CLASSES.colours[1]], boxes[CLASSES.colours[2]]
    if panels == 1:
        assert below.y1 <= mark.get_ydata()[0] <= above.y0
    else:
        assert below.x1 == pytest.approx(mark.get_xdata()[0]) == above.x0
    assert "chỉ tiêu 50 %".replace(" %", "\N{NO-BREAK SPACE}%") in said(legend)
    figure, _, _ = draw(squares, classes=indicators.Classes("x", (0.25, 0.5), "share"))
    assert "chỉ tiêu" not in said(legend_of(figure))


# The banner, the source and the scale


@pytest.mark.parametrize("panels", [1, 2, 3])
def test_one_simulated_row_puts_the_banner_on_every_panel(squares, panels):
    origin = ["census", "reported", "published", "simulated", "reported"]
    _, axes, _ = draw(squares.assign(origin=origin), panels=panels)
    for ax in axes:
        (banner,) = banners(ax)
        assert words.term("words.simulated") in said(ax)
        # inside the box around the outlines: no crop that keeps the map loses it
        shown = shapely.box(*squares.total_bounds).buffer(1)
        assert shapely.Polygon(banner.get_xy()).within(shown) or panels > 1
        in_frame = shapely.box(*np.transpose([ax.get_xlim(), ax.get_ylim()]).ravel())
        assert shapely.Polygon(banner.get_xy()).within(in_frame)
    assert '<div class="banner">' in make_web(squares.assign(origin=origin)).page
    with words.use("en"):
        assert "SIMULATED DATA" in said(draw(squares.assign(origin=origin))[0])


@pytest.mark.parametrize("origin", ["census", "published", "reported"])
def test_real_data_have_no_banner(squares, origin):
    real = squares.assign(origin=origin)
    figure, (ax,), _ = draw(real)
    assert banners(ax) == []
    assert words.term("words.simulated") not in said(figure)
    assert 'class="banner"' not in make_web(real).page


def test_the_banner_lies_inside_the_map_and_covers_no_label(located):
    _, axes, _ = draw(located("app_users", 2022), classes=indicators.classes("app_users"), panels=2)
    for ax in axes:
        (banner,) = banners(ax)
        outline = SHOWN[ax].panel.table.union_all()
        assert shapely.Polygon(banner.get_xy()).within(shapely.box(*outline.bounds).buffer(1))


def test_source_and_date_of_the_data_stand_on_the_page(squares):
    figure, _, _ = draw(squares)
    assert "Nguồn: báo cáo. Số liệu: 31/12/2022." in texts(figure)
    assert "Nguồn: báo cáo. Số liệu: 2022." in make_web(squares).page


@pytest.mark.parametrize("panels", [1, 2, 3])
def test_the_scale_bar_is_as_long_as_it_says(located, panels):
    _, (ax, *_), _ = draw(located("app_users", 2022), panels=panels)
    (bar,) = [line for line in ax.lines if line.get_gid() == "scale"]
    kilometres = next(int(text.removesuffix(" km")) for text in texts(ax) if text.endswith(" km"))
    assert np.ptp(bar.get_xdata()) == pytest.approx(1000 * kilometres)
    assert ax.get_aspect() == 1
    assert [patch.get_gid() for patch in ax.patches].count("north") == 1


def test_the_scale_bar_stands_beside_land_that_fills_its_box(squares):
    _, (ax, *_), _ = draw(squares, panels=2)
    (bar,) = [line for line in ax.lines if line.get_gid() == "scale"]
    bar = shapely.LineString(np.column_stack([bar.get_xdata(), bar.get_ydata()]))
    assert not bar.intersects(squares.union_all())
    in_frame = shapely.box(*np.transpose([ax.get_xlim(), ax.get_ylim()]).ravel())
    assert bar.within(in_frame)


# Labels and letters


def overlapping(figure, ax):
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in ax.texts if t.get_text()]
    return [
        (first, second)
        for (first, one), (second, other) in itertools.combinations(boxes, 2)
        # A point or so of empty height belongs to each line of text.
        if one.x0 + 2 < other.x1
        and other.x0 + 2 < one.x1
        and one.y0 + 4 < other.y1
        and other.y0 + 4 < one.y1
    ]


def outside_page(figure):
    renderer = FigureCanvasAgg(figure).get_renderer()
    wide, high = figure.canvas.get_width_height()
    found = []
    for text in figure.findobj(mpl.text.Text):
        box = text.get_window_extent(renderer)
        if text.get_text() and (box.x0 < 0 or box.y0 < 0 or box.x1 > wide or box.y1 > high):
            found.append(text.get_text())
    return found


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("panels", [1, 2, 3])
def test_no_label_lies_on_another_or_off_the_page(located, panels, language):
    with words.use(language):
        figure, axes, _ = draw(
            located("files_online", 2022), classes=indicators.classes("files_online"), panels=panels
        )
        figure.set_dpi(120)  # 1920 x 1080
        assert outside_page(figure) == []
        for ax in figure.axes:
            assert overlapping(figure, ax) == []
        names = {text.replace("\n", " ") for text in texts(axes[0])}
        written = " ".join(names)
        for label in SHOWN[axes[0]].panel.table["label"]:
            assert all(word in written for word in label.split(" "))
        assert SHOWN[axes[0]].left_out == ()
        assert sum("%" in text for text in names) == 8


def test_long_names_are_folded_and_still_keep_apart(located):
    long = located("app_users", 2022)
    long["label_vi"] = "Huyện có cái tên dài nhất từ xưa đến nay mà không một ai nhớ nổi"
    figure, axes, _ = draw(long, panels=2)
    figure.set_dpi(120)
    for ax in axes:
        assert overlapping(figure, ax) == []
    assert outside_page(figure) == []


def test_a_tiny_place_gets_its_label_beside_it_on_a_line(squares):
    tiny = squares.assign(share=0.6)
    tiny.loc["c", "geometry"] = shapely.box(570000, 1.08e6, 570400, 1.0804e6)
    figure, (ax,), _ = draw(tiny)
    assert [line.get_gid() for line in ax.lines].count("leader") >= 1
    assert "H. C" in texts(ax)
    assert overlapping(figure, ax) == []


def test_many_places_have_labels_only_where_they_fit_and_the_page_says_so(squares):
    many = pd.concat([squares.iloc[[0]]] * 100, ignore_index=True)
    many.index = [f"{code:05d}" for code in range(100)]
    cells = [(x, y) for x in range(10) for y in range(10)]
    many = many.set_geometry(
        [
            shapely.box(5e5 + 3e3 * x, 1e6 + 3e3 * y, 5.03e5 + 3e3 * x, 1.003e6 + 3e3 * y)
            for x, y in cells
        ],
        crs="EPSG:5897",
    ).assign(label_vi="Xã có tên rất dài", name_vi="Xã có tên rất dài", share=0.5)
    figure, (ax,), _ = draw(many)
    assert [line.get_gid() for line in ax.lines].count("leader") == 0
    left_out = len(SHOWN[ax].left_out)
    assert bool(left_out) == ("không đủ chỗ ghi nhãn" in said(figure))
    assert overlapping(figure, ax) == []


def test_no_label_that_would_have_fitted_is_passed_over(monkeypatch):
    country_of = country.communes(0.02).head(60)
    cells = gpd.GeoSeries(country_of["cell"], crs="EPSG:4326").to_crs("EPSG:5897")
    cells.iloc[:10] = cells.iloc[:10].buffer(-2000)  # some have no room, some for a name
    table = gpd.GeoDataFrame(
        {"label": country_of["name"], "text": "23,4 %", "colour": "#ffffff"}, geometry=cells
    )
    _, ax = plt.subplots(figsize=(12, 9))
    ax.set(xlim=cells.total_bounds[[0, 2]], ylim=cells.total_bounds[[1, 3]])
    found = []
    for may_fit in (labels._may_fit, lambda *_, **__: True):
        monkeypatch.setattr(labels, "_may_fit", may_fit)
        writing = labels.Writing(ax, metres=60.0, size=14)
        found.append(labels.choose(writing, table, blocked=[]))
    assert 5 < len(found[0]) < 55
    assert any(spot.name for spot in found[0].values())
    assert found[0] == found[1]


@pytest.mark.parametrize("many", [12, 90])
def test_no_better_label_is_passed_over_for_what_promised_more(monkeypatch, many):
    cells = country.communes(0.02).head(many)
    table = gpd.GeoDataFrame(
        {"label": cells["name"], "text": "23,4 %", "colour": "#ffffff"},
        geometry=gpd.GeoSeries(cells["cell"], crs="EPSG:4326").to_crs("EPSG:5897"),
    )
    _, ax = plt.subplots(figsize=(12, 9))
    west, south, east, north = table.total_bounds
    ax.set(xlim=(west, east), ylim=(south, north))
    writing = labels.Writing(ax, metres=(east - west) / 800, size=14)
    blocked = [shapely.box(west, south, (west + east) / 2, (2 * south + north) / 3)]
    found = []
    for at_once in (1, 64, 10**6):  # the last looks at every way there is
        monkeypatch.setattr(labels, "AT_ONCE", (at_once, at_once))
        found.append(labels.choose(writing, table, blocked=blocked))
    assert len(found[0]) > 5
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("far", [False, True])
def test_of_the_points_tried_for_a_label_those_on_the_place_are_not_beside_it(far):
    place = shapely.Point(3, 5).buffer(10)
    points, beside = labels._points(place, 2.0, far=far)
    assert (beside == ~shapely.contains_xy(place, *points.T)).all()
    assert 0 < beside.sum() < len(points)


def test_a_line_is_as_wide_as_matplotlib_draws_it():
    drawn = TextToPath()
    for said in {one for texts in words.strings().values() for one in texts.values()}:
        for bold in (False, True):
            font, lines = typeset.font(20, bold=bold), said.split("\n")
            wide = [drawn.get_text_width_height_descent(one, font, False)[0] for one in lines]
            assert typeset.width(said, 20, bold=bold) == pytest.approx(max(wide), abs=1e-6)


def test_the_font_has_every_letter_that_is_ever_drawn():
    letters = set("".join(text["vi"] + text["en"] for text in words.strings().values()))
    tables = (places.districts(), places.communes(), indicators.catalogue())
    for table in tables:
        letters |= set(
            "".join(table.select_dtypes(["object", "str"]).astype(str).to_numpy().ravel())
        )
    # all of Vietnamese, both cases: letters with their marks, composed
    letters |= set("aăâbcdđeêghiklmnoôơpqrstuưvxy")
    marks = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    marked = {
        unicodedata.normalize("NFC", vowel + mark) for vowel in "aăâeêioôơuưy" for mark in marks
    } | {"đ"}
    marked = {cased for one in marked - set("aeiouy") for cased in (one, one.upper())}
    assert len(marked) == 134
    assert all(len(one) == 1 for one in marked)
    letters |= marked
    letters |= {letter.upper() for letter in letters if len(letter.upper()) == 1}
    letters |= {letter.lower() for letter in letters if len(letter.lower()) == 1}
    for bold in (False, True):
        held = get_font(findfont(typeset.font(14, bold=bold))).get_charmap()
        assert {
            letter for letter in letters if ord(letter) not in held and letter.isprintable()
        } == set()


def test_a_letter_that_the_font_lacks_is_drawn_as_a_box_without_a_warning():
    name = "Xã \N{MOUNTAIN}\N{VARIATION SELECTOR-16} \N{GRINNING FACE}"
    assert typeset.width(name, 20) > typeset.width("Xã", 20)
    figure, axes = maps.sheet(title=name, panels=[name], legend=False)
    style.stage(axes[0], x=(3, 3), y=(0, 1), room=style.Room())
    low, high = axes[0].get_xlim()
    assert low < 3 < high  # one value only stands in the middle
    style.scale(axes[0], [3], ["3"], label=f"$ {name} $", room=style.Room())
    maps.finish(figure, source=name, as_of=name)._repr_png_()


def test_every_text_is_large_enough_and_in_that_font(located):
    figure, _, _ = draw(located("app_users", 2022), panels=2)
    for text in figure.findobj(mpl.text.Text):
        if text.get_text():
            # The passport is for whoever seeks it, not for the hall.
            assert text.get_fontsize() >= (10 if text.get_gid() == "passport" else 12)
            assert text.get_fontfamily() == ["DejaVu Sans"]
    labels = [t for ax in figure.axes if ax.get_label() == "map" for t in ax.texts]
    assert min(text.get_fontsize() for text in labels) >= 14


def test_strings_are_composed_and_say_the_same_blanks_in_both_languages():
    for key, text in words.strings().items():
        if key.startswith("maps."):
            assert unicodedata.is_normalized("NFC", text["vi"] + text["en"])
            blanks = [sorted(re.findall(r"\{(\w+)\}", text[one])) for one in ("vi", "en")]
            assert blanks[0] == blanks[1], key


def test_a_dollar_sign_is_a_dollar_sign(squares):
    figure, _, picture = draw(squares.assign(label_vi="a $b$ c"), title="$x_1$")
    assert "$x_1$" in texts(figure)
    written = [text for text in figure.findobj(mpl.text.Text) if text.get_text()]
    assert not any(text.get_parse_math() for text in written)
    picture._repr_png_()


# The page


def png_size(data):
    return struct.unpack(">II", data[16:24])


def test_a_picture_has_exactly_the_size_of_its_screen(squares, tmp_path):
    _, _, picture = draw(squares)
    assert png_size(picture._repr_png_()[0]) == (1152, 648)
    file = picture.save(tmp_path / "map.png")
    assert png_size(file.read_bytes()) == (1920, 1080)


def test_a_picture_in_a_notebook_is_small_and_has_the_colours_of_the_classes(located):
    from PIL import Image

    classes = indicators.classes("app_users")
    _, _, picture = draw(located("app_users", 2022), classes=classes, panels=2)
    data, told = picture._repr_png_()
    assert told == {name: getattr(picture.composed, name) for name in ("alt", "title", "subtitle")}
    assert len(data) < 80_000
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).reshape(-1, 3)
    found = {to_hex(colour / 255) for colour in np.unique(pixels, axis=0)}
    assert set(classes.colours) <= found


def test_a_picture_has_the_same_bytes_whatever_the_readers_settings(squares, tmp_path):
    _, _, picture = draw(squares)
    svg = picture.save(tmp_path / "a.svg").read_bytes()
    with mpl.rc_context({"font.size": 30, "font.family": "serif", "savefig.bbox": "tight"}):
        _, _, again = draw(squares)
        assert again._repr_png_() == picture._repr_png_()
        assert again.save(tmp_path / "b.svg").read_bytes() == svg


def test_drawing_changes_no_setting_and_opens_no_pyplot_figure(squares):
    from matplotlib import pyplot as plt

    before, opened = dict(mpl.rcParams), plt.get_fignums()
    draw(squares)[2]._repr_png_()
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == opened


def test_the_text_of_a_picture_is_what_its_maps_show(squares):
    _, _, picture = draw(squares)
    assert repr(picture) == maps.digest(squares, "share", classes=CLASSES)
    figure, axes = maps.sheet(title="x", panels=["trước", "sau"])
    for ax in axes:
        maps.choropleth(squares, "share", classes=CLASSES, ax=ax)
    both = maps.finish(figure, source="x", as_of="y").digest
    assert both.count("sha256") == 2
    assert both.startswith("trước\n")


@pytest.mark.parametrize("panels", [0, 4, []])
def test_a_page_holds_one_to_three_maps(panels):
    with pytest.raises(ValueError, match="1 to 3 maps"):
        maps.sheet(title="x", panels=panels)


def test_a_picture_is_saved_as_png_svg_or_pdf_only(squares, tmp_path):
    with pytest.raises(ValueError, match=r"none of .png, .svg, .pdf"):
        draw(squares)[2].save(tmp_path / "map.jpg")


def test_a_map_is_drawn_on_the_readers_own_axes_too(squares):
    from matplotlib.figure import Figure

    ax = Figure(layout="constrained").subplots()
    assert maps.choropleth(squares, "share", classes=CLASSES, ax=ax) is ax
    assert fills(ax)[:4] == list(CLASSES.colours)
    assert fills(maps.choropleth(squares, "share", classes=CLASSES)) == fills(ax)


# Circles


@pytest.fixture
def points():
    table = rates.uptake(frames.reports())
    chosen = (table["indicator"] == "app_users") & (table["year"] == 2022)
    return maps.locate(table[chosen], places.points())


def discs(ax):
    return [patch for patch in ax.patches if isinstance(patch, mpl.patches.Circle)]


def test_circles_are_as_large_as_their_people_and_the_small_lie_on_top(points, outlines):
    ax = maps.circles(outlines, points, "share", classes=CLASSES)
    drawn = discs(ax)
    areas = np.array([one.get_radius() ** 2 for one in drawn])
    people = points["population"].sort_values(ascending=False).to_numpy()
    assert areas / areas.sum() == pytest.approx(people / people.sum())
    largest = points["population"].idxmax()
    assert drawn[0].get_center() == pytest.approx(
        (points.geometry[largest].x, points.geometry[largest].y)
    )
    assert len(banners(ax)) == 1


def test_circles_have_the_colour_of_their_class_and_an_edge_that_says_their_state(points, outlines):
    marked = points.assign(state="known").sort_values("population", ascending=False)
    marked["share"] = [0.1, 0.3, 0.6, 0.9, 0.9, 0.9] * 12 + [np.nan] * 3
    marked.iloc[4, marked.columns.get_loc("state")] = UNRELIABLE
    marked.iloc[5, marked.columns.get_loc("state")] = SUPPRESSED
    figure, (ax,) = maps.sheet(title="x")
    maps.circles(outlines, marked, "share", classes=CLASSES, ax=ax)
    drawn = discs(ax)
    colours = [to_hex(one.get_facecolor()) for one in drawn]
    assert colours[:6] == [*CLASSES.colours, CLASSES.colours[3], LOOKS[SUPPRESSED].colour]
    assert colours[-1] == LOOKS[NO_DATA].colour
    assert drawn[4].get_linestyle() != drawn[3].get_linestyle()
    assert drawn[5].get_hatch()
    picture = maps.finish(figure, source="x", as_of="y")
    assert "n = 71/75" in picture.digest


@given(st.lists(st.integers(1, 10_000_000), min_size=1, max_size=40))
def test_circles_of_the_key_are_as_large_as_some_are(people):
    people = pd.Series(people, dtype=float)
    found = keyed(people, np.sqrt(people))
    sizes = [persons for persons, _ in found]
    assert sizes == sorted(set(sizes))
    assert 1 <= len(sizes) <= 3
    assert sizes[-1] <= people.max()
    if len(sizes) > 1:
        assert sizes[0] >= max(people.min(), people.max() / 8)
    assert [radius for _, radius in found] == pytest.approx(np.sqrt(sizes))


def test_the_legend_of_circles_has_three_round_sizes_to_scale(points, outlines):
    figure, (ax,) = maps.sheet(title="x")
    maps.circles(outlines, points.assign(state="known"), "share", classes=CLASSES, ax=ax)
    maps.finish(figure, source="x", as_of="y")
    legend = legend_of(figure)
    samples = discs(legend)
    sizes = SHOWN[ax].sizes
    assert len(samples) == len(sizes) == 3
    per_point = ax.transData.transform([(0, 0), (1e4, 0)])
    points_per_metre = np.ptp(per_point[:, 0]) / 1e4 * 72 / figure.dpi
    largest = discs(ax)[0].get_radius() * points_per_metre
    people = points["population"].max()
    for (persons, radius), sample in zip(sizes, samples, strict=True):
        assert words.number(persons) in texts(legend)
        assert str(int(persons)).strip("0") in {"1", "15", "2", "3", "4", "5", "6", "8"}
        assert sample.get_radius() == radius
        assert radius == pytest.approx(largest * np.sqrt(persons / people))


def test_circles_without_a_size_are_refused(points, outlines):
    points.loc[points.index[3], "population"] = 0
    with pytest.raises(ValueError, match=rf"1 of 75 points .*\n  {points.index[3]}: 0"):
        maps.circles(outlines, points, "share", classes=CLASSES)
    with pytest.raises(LookupError, match="need a column 'population'"):
        maps.circles(outlines, points.drop(columns="population"), "share", classes=CLASSES)


def test_a_circle_without_a_report_is_as_large_as_its_residents():
    sent = frames.reports().query("indicator == 'app_users' and year == 2022 and code != '31318'")
    points = at_places(sent)
    assert points["population"].to_dict() == places.communes()["population"].to_dict()


# What is refused


def test_a_frame_that_does_not_say_its_origin_is_refused(squares):
    for drawing in (draw, make_web):
        with pytest.raises(ValueError, match=r"Add a column 'origin'"):
            drawing(squares.drop(columns="origin"))


def test_every_fault_of_every_place_is_listed(squares):
    wrong = squares.astype({"share": object})
    wrong["share"] = [0.1, 1.3, np.inf, "x", np.nan]
    wrong["state"] = ["knwon", "known", "known", "known", "known"]
    wrong["origin"] = ["reported", "guessed", "reported", "reported", None]
    with pytest.raises(ValueError, match="faults in 5 places") as error:
        draw(wrong)
    lines = str(error.value).split("\n")[1:]
    assert sorted({line.strip()[0] for line in lines}) == ["a", "b", "c", "d"]
    assert any("b" in line and "no share between 0 and 1" in line for line in lines)
    assert any("b" in line and "origin" in line for line in lines)


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda frame: frame.iloc[:0], ValueError, "no rows"),
        (lambda frame: frame.to_crs("EPSG:4326"), ValueError, "not in metres"),
        (lambda frame: frame.set_crs(None, allow_override=True), ValueError, "not in metres"),
        (lambda frame: pd.concat([frame, frame.iloc[[0]]]), ValueError, "a: stands twice"),
        (lambda frame: frame.rename(columns={"share": "rate"}), LookupError, "no column 'share'"),
        (
            lambda frame: frame.set_geometry([None, *frame.geometry[1:]], crs=frame.crs),
            ValueError,
            "a: has no shape",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(squares, spoil, error, message):
    for drawing in (draw, make_web):
        with pytest.raises(error, match=message):
            drawing(spoil(squares))


def test_the_wrong_column_is_refused_where_that_can_be_seen(located):
    with pytest.raises(ValueError, match=r"8 faults .*\n.*no share between 0 and 1"):
        draw(located("app_users", 2022), "count")


# Laying a table on the outlines


def test_a_place_that_is_not_in_the_table_stays_and_has_no_data(outlines):
    table = pd.DataFrame(
        {"code": ["937", "930"], "share": [0.2, 0.4], "origin": "reported", "state": "known"}
    )
    laid = maps.locate(table, outlines)
    assert laid.index.tolist() == outlines.index.tolist()
    assert laid.loc[["930", "937"], "share"].tolist() == [0.4, 0.2]
    assert laid.loc["937", "label_vi"] == outlines.loc["937", "label_vi"]
    assert laid["state"].value_counts().to_dict() == {"no data": 6, "known": 2}
    # the origin is that of the table, not of the outlines
    assert set(laid["origin"].dropna()) == {"reported"}
    _, (ax,), _ = draw(laid)
    assert fills(ax).count(LOOKS[NO_DATA].colour) == 6


def test_codes_that_stand_twice_or_nowhere_are_listed(outlines):
    table = pd.DataFrame({"code": ["930", "930", "999", "31318"], "share": 0.1})
    with pytest.raises(ValueError, match="3 codes") as error:
        maps.locate(table, outlines)
    assert all(code in str(error.value) for code in ("930", "999", "31318"))


# The digest


def test_the_digest_says_what_is_drawn(squares):
    lines = (
        maps.digest(squares, "share", classes=CLASSES)
        .replace("\N{NO-BREAK SPACE}", " ")
        .split("\n")
    )
    assert lines[:-1] == [
        f"  1  {CLASSES.colours[0]}     dưới 25 %",
        f"  1  {CLASSES.colours[1]}     từ 25 % đến dưới 50 %",
        f"  1  {CLASSES.colours[2]}     từ 50 % đến dưới 75 %",
        f"  1  {CLASSES.colours[3]}     từ 75 % trở lên",
        "  1  #d0d0d0 //  không có số liệu",
    ]
    # sha256 of "a 0.1 known\nb 0.3 known\nc 0.6 known\nd 0.9 known\ne  no data"
    assert lines[-1] == "n = 4/5 · nguồn gốc: địa phương báo cáo · sha256 c75f340b33d3"


def test_the_digest_changes_with_each_thing_that_is_drawn(squares):
    squares["state"] = "known"
    squares["other"] = squares["share"]
    original = maps.digest(squares, "share", classes=CLASSES)
    assert maps.digest(squares, "other", classes=CLASSES) == original
    changed = []
    for column, value in (("share", 0.100001), ("state", SUPPRESSED), ("origin", "simulated")):
        frame = squares.copy()
        frame.loc["a", column] = value
        changed.append(maps.digest(frame, "share", classes=CLASSES))
    swapped = squares.assign(share=squares["share"].to_numpy()[[1, 0, 2, 3, 4]])
    changed.append(maps.digest(swapped, "share", classes=CLASSES))
    assert len({original, *changed}) == 5
    noise = squares.assign(share=squares["share"] * (1 + 1e-13))
    assert maps.digest(noise, "share", classes=CLASSES) == original


def test_the_checksum_is_the_same_in_both_languages(squares):
    vietnamese = maps.digest(squares, "share", classes=CLASSES)
    with words.use("en"):
        english = maps.digest(squares, "share", classes=CLASSES)
    assert vietnamese.split()[-1] == english.split()[-1]
    assert "no data" in english


# The web map


def html_of(which, page):
    return re.search(rf'<(\w+) id="{which}"[^>]*>(.*?)</\1>', page, re.DOTALL)[2]


@pytest.fixture
def page(located):
    return make_web(located("app_users", 2022), classes=indicators.classes("app_users"))


def test_a_web_map_is_small_whole_and_the_same_every_time(page, located):
    again = make_web(located("app_users", 2022), classes=indicators.classes("app_users"))
    assert again.page == page.page
    assert len(page.page.encode()) < 250_000
    assert len(page._repr_html_().encode()) < 250_000
    assert repr(page) == "WebMap('Bản đồ', 8 shapes)"
    assert page.html() == page.page


def test_a_web_map_is_the_same_in_another_process(page):
    code = (
        "from hganalysis import frames, indicators, maps, places, rates\n"
        "table = rates.to_districts(frames.reports())\n"
        "table = table[(table['indicator'] == 'app_users') & (table['year'] == 2022)]\n"
        "areas = maps.locate(table, places.areas())\n"
        "classes = indicators.classes('app_users')\n"
        "words = dict(title='Bản đồ', source='báo cáo', as_of='2022')\n"
        "view = maps.web_map(areas, 'share', classes=classes, **words)\n"
        "import sys; sys.stdout.buffer.write(view.page.encode())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "7", "TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C", "PYTHONUTF8": "1"},
        capture_output=True,
        check=True,
    )
    assert other.stdout.decode() == page.page


def test_a_web_map_asks_the_network_for_nothing(page):
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", page.page)
    assert not re.search(r"<link[^>]+stylesheet|<script[^>]+src|@import", page.page)
    assert not re.search(r"[0-9a-f]{32}", page.page)


@pytest.mark.parametrize(
    "leak",
    [
        '<script src="https://cdn.example/x.js">',
        "<link href=//cdn.example/x.css>",
        "<img SRC='http://x'>",
        "a { background: url(images/layers.png) }",
        '@import "x.css"',
    ],
)
def test_a_page_that_asks_the_network_is_refused(page, leak):
    leaflet.require_offline(page.page)
    with pytest.raises(RuntimeError, match="asks the network for 1 thing") as told:
        leaflet.require_offline(page.page + leak)
    assert repr(leak)[1:-1] in str(told.value)


@pytest.mark.parametrize("text", ["</script>", "<!--", "&lt;", "Ấp 1"])
def test_no_data_of_a_web_map_can_end_its_script(text):
    written = leaflet.as_json([text])
    assert not set("<>&") & set(written)
    assert json.loads(written) == [text]


def test_a_web_map_says_what_the_static_map_says(page, located):
    text = page.page
    assert '<html lang="vi">' in text
    assert "<title>Bản đồ</title>" in text
    assert '<body data-shapes="8">' in text
    assert "user-scalable" not in text
    for label in indicators.classes("app_users").labels:
        assert label in html_of("legend", text)
    table = html_of("data", text)
    for code, row in located("app_users", 2022).iterrows():
        for fact in (
            places.name(code),
            words.percent(row["share"]),
            f"{words.number(row['count'])} / {words.number(row['out_of'])}",
            words.interval(row["share_low"], row["share_high"], "share"),
        ):
            assert fact in table
    rows = dict(re.findall(r'<tr data-code="(\d+)">(.*?)</tr>', table, re.DOTALL))
    assert len(rows) == 8
    # nobody is ranked by a figure that should not be used by itself
    assert words.term("maps.fact_rank") not in table
    files = located("files_online", 2023)
    assert (files["state"] == "known").all()
    view = make_web(files, classes=indicators.classes("files_online"))
    rows = dict(
        re.findall(r'<tr data-code="(\d+)">(.*?)</tr>', html_of("data", view.page), re.DOTALL)
    )
    assert "<td>1/8</td>" in rows[files["share"].idxmax()]
    assert text.index("<table>") < text.index('class="folium-map"')


def test_a_legend_of_the_web_says_of_what_its_numbers_are(located, squares):
    areas = located("app_users", 2022)
    text = html_of("legend", make_web(areas, classes=indicators.classes("app_users")).page)
    measure = indicators.get("app_users", year=2022)
    assert f"{measure.counts}, trên {measure.out_of}" in text
    for name in ("residual", "population"):
        classes, label = indicators.classes(name), indicators.measure_label(name)
        drawn = squares.assign(share=[70_000.0, 80_000, 1e5, 6e4, 5e5])
        assert label in html_of("legend", make_web(drawn, classes=classes).page)
        assert label in html_of("legend", make_web(drawn, classes=classes, title=label).page)
    change = indicators.classes("app_users", of_change=True)
    moved = drawn.assign(change_pp=[1.0, 2, 3, -1, 0]).drop(columns="share")
    head = words.term("maps.change_in", unit=words.with_unit(change))
    assert head in html_of("legend", make_web(moved, "change_pp", classes=change).page)


def test_ranks_are_out_of_the_places_that_have_a_number(located):
    areas = located("files_online", 2023)
    areas.loc[areas.index[0], "share"] = np.nan
    view = make_web(areas, "share", classes=indicators.classes("files_online"))
    assert set(re.findall(r"<td>\d/(\d)</td>", html_of("data", view.page))) == {"7"}


def test_the_web_map_has_the_colours_of_the_static_map(squares):
    marked = squares.assign(state=["known", UNRELIABLE, "known", SUPPRESSED, "known"])
    looks = shapes.styles(prepare(marked, "share", CLASSES))
    script = make_web(marked).page.rsplit("<script>", 1)[1]
    colours = CLASSES.colours
    fill = [look["fillColor"] for look in looks.values()]
    assert all(f'"fillColor": "{one}"' in script for one in fill)
    assert fill == [
        colours[0],
        "url(#unreliable-1)",
        colours[2],
        "url(#suppressed)",
        "url(#no-data)",
    ]
    assert '<pattern id="unreliable-1"' in make_web(marked).page
    assert f'fill="{colours[1]}"' in make_web(marked).page.split('id="unreliable-1"')[1][:200]


def test_coordinates_are_degrees_with_few_decimals(page):
    script = page.page.rsplit("<script>", 1)[1]
    pairs = re.findall(r"\[(10[45]\.\d+), (\d+\.\d+)\]", script)
    assert len(pairs) > 500
    assert all(len(x.split(".")[1]) <= 4 and 9.5 < float(y) < 10.1 for x, y in pairs)


def test_hostile_words_stay_words(squares):
    hostile = squares.assign(name_vi=HOSTILE, label_vi=HOSTILE)
    told = dict.fromkeys(("title", "source", "as_of"), HOSTILE)
    made = maps.web_map(hostile, "share", classes=CLASSES, **told)
    text = made.page
    # the frame of a notebook reads an entity once, and must not make a tag of it
    assert html.unescape(re.search("srcdoc='([^']*)'", made._repr_html_())[1]) == text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert len(re.findall(r"<script[ >]", text)) == len(re.findall("</script>", text)) == 2
    # nothing in a script can start or end a tag, whatever it says
    assert "<" not in re.search(r"var names = (.*), bounds", text)[1]
    assert html.escape(HOSTILE) in text
    draw(hostile, title=HOSTILE)[2]._repr_png_()


def test_a_notebook_shows_the_page_in_a_frame_that_can_reach_nothing(page):
    shown = page._repr_html_()
    tag = re.match(r"<iframe ([^>]*?)srcdoc='([^']*)'></iframe>", shown)
    # back from the two letters that are written differently in it, and no more
    assert tag[2].replace("&#39;", "'").replace("&amp;", "&") == page.page
    assert 'sandbox="allow-scripts"' in tag[1]
    assert 'title="Bản đồ"' in tag[1]
    assert 'height="600"' in tag[1]
    assert "jupyter trust" in shown


def test_the_facts_of_a_change_have_its_interval(outlines):
    table = change.difference(
        frames.reports(),
        before=indicators.get("files_online", year=2022),
        after=indicators.get("files_online", year=2023),
    )
    view = make_web(
        maps.locate(table, outlines),
        "change_pp",
        classes=indicators.classes("files_online", of_change=True),
    )
    row = table.iloc[0]
    data = html_of("data", view.page)
    assert words.percentage_points(row["change_pp"]) in data
    assert words.interval(row["change_low_pp"], row["change_high_pp"], "points") in data


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_a_browser_draws_every_place_and_asks_for_nothing(squares, page, tmp_path):
    from playwright.sync_api import sync_playwright

    hostile = squares.assign(name_vi=HOSTILE, label_vi=HOSTILE, origin="simulated")
    hostile = hostile.assign(state=[UNRELIABLE, *["known"] * 4])
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for view, count in ((page, 8), (make_web(hostile, title=HOSTILE), 5)):
            asked, said_in_console = [], []
            tab = browser.new_page(viewport={"width": 1920, "height": 1080})
            tab.set_default_timeout(HANGS * 1000)
            tab.on("request", lambda request, asked=asked: asked.append(request.url))
            tab.on("console", lambda line, log=said_in_console: log.append(line.text))
            tab.on("pageerror", lambda error, log=said_in_console: log.append(str(error)))
            file = view.save(tmp_path / "map.html")
            tab.goto(file.as_uri())
            paths = tab.locator("path.leaflet-interactive")
            assert paths.count() == count == int(tab.get_attribute("body", "data-shapes"))
            paths.nth(1).hover()
            tip = tab.locator("#tip").inner_text()
            row = tab.locator("#data tbody tr").nth(1)
            told = [row.locator("th").inner_text(), row.locator("td").first.inner_text()]
            assert paths.nth(1).get_attribute("aria-label") == ": ".join(told)
            for fact in [row.locator("th").inner_text(), *row.locator("td").all_inner_texts()]:
                assert fact in (*tip.replace("\t", "\n").split("\n"), "–")
            assert "–" not in tip.replace("\t", "\n").split("\n")  # what is not known is left out
            assert tab.locator("#bar .banner").is_visible()
            # map and legend fit on the projector, without scrolling
            for part in ("#stage", "#note", "#legend"):
                box = tab.locator(part).bounding_box()
                assert box["y"] + box["height"] <= 1080
            assert asked == [file.as_uri()]
            assert said_in_console == []
            tab.close()
        browser.close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_the_places_of_a_web_map_are_one_stop_of_the_tab_key_and_arrows_go_round(page, tmp_path):
    from playwright.sync_api import sync_playwright

    stops = """() => [...document.querySelectorAll("path.leaflet-interactive")].map(one =>
        [one.tabIndex, one === document.activeElement])"""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page(viewport={"width": 1920, "height": 1080})
        tab.set_default_timeout(HANGS * 1000)
        tab.goto(page.save(tmp_path / "map.html").as_uri())
        paths = tab.locator("path.leaflet-interactive")
        paths.first.focus()
        at, many = 0, paths.count()
        for key in ("ArrowLeft", "ArrowRight", "ArrowDown", "ArrowRight", "ArrowUp"):
            tab.keyboard.press(key)
            at = (at + (1 if key in {"ArrowRight", "ArrowDown"} else -1)) % many
            here = [[0, True] if one == at else [-1, False] for one in range(many)]
            assert tab.evaluate(stops) == here, key
            said = paths.nth(at).get_attribute("aria-label")
            assert said.split(": ")[0] in tab.locator("#tip").inner_text()
        tab.keyboard.press("Escape")
        assert not tab.locator("#tip").is_visible()
        browser.close()


@pytest.fixture(scope="module")
def communes():
    after = indicators.get("app_users", year=2023)
    rows = rates.pick(rates.uptake(frames.reports()), after)
    figure, axes = maps.sheet(title="Từng xã")
    classes = indicators.classes("app_users")
    centres = maps.locate(rows, places.points())
    maps.circles(places.areas(), centres, "share", classes=classes, ax=axes[0])
    return maps.finish(figure, source="mô phỏng", as_of=after.when), centres


def test_every_map_of_a_picture_becomes_a_page(located):
    figure, axes = maps.sheet(title="Ứng dụng", panels=["2022", "2023"])
    classes = indicators.classes("app_users")
    for ax, year in zip(axes, (2022, 2023), strict=True):
        maps.choropleth(located("app_users", year), "share", classes=classes, ax=ax)
    picture = maps.finish(figure, source="mô phỏng", as_of="2022, 2023")
    pages = picture.pages()
    assert [page.title for page in pages] == ["Ứng dụng: 2022", "Ứng dụng: 2023"]
    for page, year in zip(pages, (2022, 2023), strict=True):
        highest = located("app_users", year)["share"].max()
        assert words.percent(highest) in html_of("data", page.page)


def test_a_map_that_is_called_as_its_page_is_named_once(located):
    classes = indicators.classes("app_users")
    figure, axes = maps.sheet(title="Mật độ", panels=["Mật độ", "Tổ"])
    for ax in axes:
        maps.choropleth(located("app_users", 2022), "share", classes=classes, ax=ax)
    picture = maps.finish(figure, source="mô phỏng", as_of="2022")
    assert [page.title for page in picture.pages()] == ["Mật độ", "Mật độ: Tổ"]


def test_circles_of_a_page_have_the_size_and_colour_of_the_picture(communes):
    picture, centres = communes
    panel = picture.composed.panels[0]
    looks = shapes.styles(panel)
    area = pd.Series({code: look["radius"] ** 2 for code, look in looks.items()})
    ratio = area / centres["population"]
    assert ratio.max() / ratio.min() == pytest.approx(1, rel=0.01)
    colours = panel.table["colour"]
    assert all(look["fillColor"] == colours[code] for code, look in looks.items())
    assert {look["dashArray"] for look in looks.values()} == {"3 3"}  # all are unreliable here
    order = [one["id"] for one in shapes.features(panel)["features"]]
    assert order == list(centres["population"].sort_values(ascending=False, kind="stable").index)
    assert len(picture.pages()[0].page.encode()) <= 250_000


def test_an_outline_that_circles_cover_has_no_room_for_its_name(communes):
    panel = communes[0].composed.panels[0]
    code = panel.ground.index[0]
    over = panel.ground.loc[[code]].boundary.iloc[0].envelope
    ground = panel.ground[["geometry"]].difference(over)
    covered = panel.table.iloc[: len(ground)].set_geometry(ground.to_numpy())
    assert covered.geometry.is_empty.any()
    written = shapes.names(dataclasses.replace(panel, table=covered))
    assert len(written) == int((~covered.geometry.is_empty).sum())


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_a_browser_draws_every_circle_filled_and_names_districts_between(communes, tmp_path):
    from playwright.sync_api import sync_playwright

    file = communes[0].pages()[0].save(tmp_path / "communes.html")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page(viewport={"width": 1920, "height": 1080})
        tab.set_default_timeout(HANGS * 1000)
        tab.goto(file.as_uri())
        circles = tab.locator("path.leaflet-interactive")
        assert circles.count() == 75
        fills = {circles.nth(at).get_attribute("fill") for at in range(75)}
        assert fills == set(indicators.classes("app_users").colours)
        assert tab.locator(".leaflet-ground-pane path").count() == 8
        assert tab.locator(".leaflet-tooltip-pane .name").count() == 8  # over the circles
        browser.close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
@pytest.mark.parametrize("framed", [False, True])
def test_a_page_is_whole_on_paper_and_on_a_phone(page, framed, tmp_path):
    from playwright.sync_api import sync_playwright

    file = page.save(tmp_path / "map.html")
    if framed:
        file = tmp_path / "report.html"
        file.write_text(f"<!doctype html><meta charset=utf-8>{page._repr_html_()}", "utf-8")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page(viewport={"width": 1366, "height": 900})
        tab.set_default_timeout(HANGS * 1000)
        tab.goto(file.as_uri())
        where = tab.frames[-1]
        where.locator("path.leaflet-interactive").first.wait_for()
        where.evaluate(PRINTED)
        tab.pdf(path=tmp_path / "page.pdf", format="A4")
        map_, land = where.evaluate("printed")
        assert map_["width"] + 170 <= 650  # beside its legend within A4
        assert land["left"] >= map_["left"]
        assert land["right"] <= map_["right"]
        assert land["bottom"] <= map_["bottom"]
        tab.set_viewport_size({"width": 390, "height": 844})
        tab.reload()
        where = tab.frames[-1]
        assert where.evaluate("document.documentElement.scrollWidth <= innerWidth")
        wide, legend = (where.locator(one).bounding_box() for one in ("#place", "#legend"))
        assert legend["y"] >= wide["y"] + wide["height"] - 1
        browser.close()


# What the map is on paper: a listener that comes after its own.
PRINTED = """() => addEventListener("beforeprint", () => {
  const shapes = [...document.querySelectorAll("path.leaflet-interactive")]
    .map((one) => one.getBoundingClientRect());
  const ends = (name, of) => of(...shapes.map((one) => one[name]));
  const { left, right, bottom, width } = document.querySelector("#place").getBoundingClientRect();
  window.printed = [{ left, right, bottom, width },
    { left: ends("left", Math.min), right: ends("right", Math.max),
      bottom: ends("bottom", Math.max) }];
})"""


# Starting


def test_importing_maps_loads_nothing_heavy():
    code = (
        "import sys, hganalysis.maps\n"
        "print({'matplotlib', 'geopandas', 'folium', 'shapely', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# Two measures on one map


def two(located, **changed):
    frame = located("app_users", 2022).assign(members_per_1000=np.arange(8.0) + 3, **changed)
    _, axes = maps.sheet(title="")
    share = maps.Quantity("share", indicators.classes("app_users"), "uptake")
    density = maps.Quantity("members_per_1000", indicators.classes("members_per_1000"), "teams")
    return maps.bivariate(frame, across=density, up=share, ax=axes[0]), frame


def test_thirds_split_places_evenly_and_keep_equals_together():
    values = pd.Series(np.random.default_rng(1).permutation(12))
    assert thirds(values).tolist() == (values // 4).tolist()
    assert thirds(pd.Series([2.0, 2.0, 2.0])).tolist() == [0, 0, 0]
    assert thirds(pd.Series([1.0, np.nan, 3.0])).isna().tolist() == [False, True, False]


def test_each_place_has_the_colour_of_both_its_thirds(located):
    ax, frame = two(located)
    frame = frame.sort_index()
    rows, columns = thirds(frame["share"]), thirds(frame["members_per_1000"])
    expected = [COLOURS[row][column] for row, column in zip(rows, columns, strict=True)]
    assert fills(ax)[:8] == expected
    assert len(banners(ax)) == 1


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_both_axes_of_the_nine_colours_are_named_and_so_are_both_values(located, language):
    with words.use(language):
        ax, _ = two(located)
        [legend] = [one for one in ax.get_figure().axes if one.get_label() == "legend"]
        texts = [text.get_text().replace("\n", " ") for text in legend.texts]
        for third in ("low", "middle", "high"):
            assert texts.count(words.term(f"maps.bivariate_{third}")) == 2
        assert any("uptake · teams" in text for text in texts)


def test_a_place_without_one_of_the_two_is_hatched_and_counted(located):
    share = located("app_users", 2022)["share"].copy()
    share.iloc[0] = np.nan
    ax, _ = two(located, share=share)
    assert fills(ax)[0] == "#d0d0d0"
    legend = [one for one in ax.get_figure().axes if one.get_label() == "legend"]
    texts = [text.get_text() for text in legend[0].texts]
    assert "không có số liệu: 1" in texts
    assert sum(int(text) for text in texts if text.isdigit()) == 7


# With what geopandas has of its own


@pytest.mark.parametrize("column", ["share", "state", None])
def test_what_is_laid_on_outlines_can_be_explored(located, column):
    page = located("app_users", 2022).explore(column).get_root().render()
    # whoever points at a place is told where its number comes from
    assert page.count('"origin": "simulated"') == 8
    if column == "share":
        classed = located("app_users", 2022).explore(column, scheme="quantiles", k=3)
        assert page != classed.get_root().render()


def test_outlines_and_points_can_be_explored(outlines):
    for frame in (outlines, places.points()):
        assert "population" in frame.explore("population").get_root().render()

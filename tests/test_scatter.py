"""Dots lie where the frame says, lines say what the estimate says, and labels keep apart."""

from __future__ import annotations

import math
from dataclasses import replace

import agreement
import legible
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from pptx import Presentation
from test_charts import (
    FUNNEL,
    LADDER,
    POWER,
    ROBUST,
    TIMES,
    UNITS,
    USERS_22,
    USERS_23,
    boxes,
    page,
    require_apart,
    said,
    vietnamese,  # noqa: F401  (a fixture that works by being here)
)

from hganalysis import effect, figures, findings, words
from hganalysis.figures.figure import Figure as Page
from hganalysis.figures.model import Curve, Dot, Line, Scale, Scatter
from hganalysis.figures.states import NothingToShow
from hganalysis.render import lettering, slide, static
from hganalysis.render.lettering import Box, Label
from hganalysis.render.slide import native
from hganalysis.render.slide import scatter as slide_scatter
from hganalysis.render.slide.page import Room
from hganalysis.render.static import draw, style

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def ax():
    return page()


HEADLINE = LADDER.headline
ROOM = Room(36, 130, 888, 346)


def dose(units=UNITS, **choices):
    return figures.dose_response(units, indicator=USERS_22, **choices)


def places_of(panel):
    return np.array([(dot.x, dot.y) for dot in panel.dots])


# -- dose and response, composed


def test_the_line_stays_where_communes_are_and_has_the_slope_of_the_estimate():
    panel = dose(estimate=HEADLINE)
    [line] = panel.curves
    x, log_rate = np.array(line.x), np.log(line.y)
    dots = places_of(panel)
    assert len(dots) == 75
    assert (x[0], x[-1]) == (dots[:, 0].min(), dots[:, 0].max())
    # nine digits are drawn
    assert np.diff(log_rate) / np.diff(x) == pytest.approx(HEADLINE.log_rate_ratio, rel=1e-5)
    assert np.interp(0, x, log_rate) == pytest.approx(0, abs=1e-6)
    low, high = np.log(line.low), np.log(line.high)
    assert (high - low)[[0, -1]] == pytest.approx(
        np.abs(x[[0, -1]]) * (HEADLINE.high - HEADLINE.low), rel=1e-6
    )
    assert panel.y.log


def test_dots_are_deviations_from_their_own_district():
    drawn = places_of(dose(estimate=HEADLINE))
    for _, district in UNITS.groupby("district_code"):
        # second route: plain sums, commune by commune
        density = 1000 * district["members"].sum() / district["population"].sum()
        x = district["members_per_1000"] - density
        expected = district["out_of"] * np.exp(HEADLINE.log_rate_ratio * x)
        expected *= district["count"].sum() / expected.sum()
        at_the_density = expected / np.exp(HEADLINE.log_rate_ratio * x)
        for point in zip(x, district["count"] / at_the_density, strict=True):
            assert np.abs(drawn - point).max(axis=1).min() < 1e-8


def test_grey_ends_hold_a_twentieth_of_the_communes_each():
    panel = dose(within=False)
    density = UNITS["members_per_1000"]
    assert sorted(dot.x for dot in panel.dots) == pytest.approx(sorted(density), abs=1e-8)
    (start, few), (many, end) = panel.grounds
    assert (start, end) == panel.x.ends
    assert start < density.min() < density.max() < end
    assert (few, many) == tuple(pytest.approx(density.quantile(part)) for part in (0.05, 0.95))


@pytest.mark.parametrize("within", [True, False])
def test_no_disc_runs_over_the_ends_of_its_scales(within):
    many = UNITS.assign(population=UNITS["population"] * (1 + 40 * (UNITS.index == UNITS.index[0])))
    extreme = many["members_per_1000"].max() * 1.3
    many.loc[many.index[0], "members_per_1000"] = extreme
    panel = dose(many, within=within)
    (left, right), (low, high) = panel.ends
    scale = np.log if panel.y.log else np.asarray
    for dot in panel.dots:  # in points of a plot of 600 x 250, smaller than any
        reach = np.sqrt(dot.area / np.pi)
        x = 600 * (dot.x - left) / (right - left)
        y = 250 * (scale(dot.y) - scale(low)) / (scale(high) - scale(low))
        assert reach <= x <= 600 - reach
        assert reach <= y <= 250 - reach or not within  # no share is above all


def test_dots_show_people_and_town():
    panel = dose(within=False)
    people = UNITS["population"].to_numpy()
    assert [dot.area for dot in panel.dots] == pytest.approx(people / 40)
    colours = {(dot.colour, urban) for dot, urban in zip(panel.dots, UNITS["urban"], strict=True)}
    assert len(colours) == 2
    [key] = panel.key
    named = {said: mark.partition("#")[2] for mark, said in key}
    for colour, urban in colours:
        assert f"#{named['phường, thị trấn' if urban else 'xã']}" == colour


def test_dots_of_millions_leave_room_for_each_other():
    many = UNITS.assign(**{name: 200 * UNITS[name] for name in ("population", "out_of", "count")})
    usual, large = (
        np.array([dot.area for dot in dose(units, within=False).dots]) for units in (UNITS, many)
    )
    assert large.max() == pytest.approx(900)
    assert large / usual == pytest.approx(np.full(75, large[0] / usual[0]))


def test_one_far_commune_does_not_press_the_others_into_a_strip():
    """A band fans out; it goes beyond the scale where hardly any commune is."""
    far = UNITS.copy()
    [last] = far.index[-1:]
    far.loc[last, ["members", "members_per_1000"]] *= 4
    wide = replace(HEADLINE, log_rate_ratio=0.02, standard_error=0.2)
    panel = dose(far, estimate=wide, within=False)
    (low, high), dots = panel.y.ends, places_of(panel)[:, 1]
    assert low <= dots.min() <= dots.max() <= high
    assert dots.max() - dots.min() > 0.25 * (high - low)
    [curve] = panel.curves
    assert low <= min(curve.y) <= max(curve.y) <= high
    assert max(curve.high) > high


def test_the_raw_line_holds_the_total_of_the_province():
    [line] = dose(estimate=HEADLINE, within=False).curves
    fitted = np.interp(UNITS["members_per_1000"], line.x, line.y)
    assert (fitted * UNITS["population"]).sum() == pytest.approx(UNITS["count"].sum(), rel=1e-3)
    # where it is known, its band is closed: at the density of the whole
    middle = np.average(UNITS["members_per_1000"], weights=UNITS["population"])
    closed = line.x[np.argmin(np.subtract(line.high, line.low))]
    assert abs(closed - middle) <= (line.x[1] - line.x[0]) / 2 * (1 + 1e-9)


def test_communes_without_numbers_are_left_out_and_none_at_all_is_refused():
    gaps = UNITS.copy()
    gaps.loc[gaps.index[:5], "count"] = np.nan
    assert len(dose(gaps).dots) == 70
    for none in (
        gaps.assign(members_per_1000=np.nan),
        gaps.assign(state="suppressed"),  # all are hidden
    ):
        with pytest.raises(NothingToShow, match="Không có gì để vẽ"):
            dose(none)


def test_no_share_is_above_all():
    full = UNITS.assign(count=(0.99 - 0.1 * UNITS["urban"]) * UNITS["out_of"])
    assert dose(full, within=False).y.ends[1] == 1
    ax = draw(dose(full, within=False), page())
    shares = [
        float(one.split("\N{NO-BREAK SPACE}")[0])
        for one in said(ax)
        if one.endswith("\N{NO-BREAK SPACE}%")
    ]
    assert max(shares) == 100


# -- the whole of a district


def test_a_commune_alone_in_its_district_is_as_its_district_is():
    alone = UNITS.assign(district_code=UNITS.index)
    beside = effect.beside_district(alone, slope=0.3)
    assert beside["density"].to_numpy() == pytest.approx(0)
    assert beside["multiple"].to_numpy() == pytest.approx(1)


@pytest.mark.parametrize("slope", [0.0, 0.17])
def test_communes_weigh_up_to_their_district(slope):
    beside = effect.beside_district(UNITS, slope=slope)
    people = UNITS["population"] * beside["density"]
    assert people.groupby(UNITS["district_code"]).sum().to_numpy() == pytest.approx(0, abs=1e-6)
    # what the line expects of all communes of a district is what was counted there
    rate = UNITS["count"] / UNITS["out_of"]
    expected = rate / beside["multiple"] * np.exp(slope * beside["density"]) * UNITS["out_of"]
    by_district = pd.DataFrame({"expected": expected, "count": UNITS["count"]})
    total = by_district.groupby(UNITS["district_code"]).sum()
    assert total["expected"].to_numpy() == pytest.approx(total["count"].to_numpy())


def test_what_is_said_of_the_communes_is_what_is_drawn():
    dots = places_of(dose(estimate=HEADLINE))
    denser, above = dots[:, 0] > 0, dots[:, 1] > 1
    numbers = [int(one) for one in (sum(denser & above), sum(denser), sum(~denser & above))]
    with words.use("en"):
        title = findings.titles.relation(UNITS, HEADLINE)
        whole = findings.relation(UNITS, HEADLINE)
    assert agreement.figures(title) == [*map(str, numbers), str(sum(~denser))]
    assert whole.startswith("Simulated data. ")  # a title has its banner
    assert set(agreement.figures(title)) <= set(agreement.figures(whole))
    assert "75" in agreement.figures(whole)


def test_what_is_hidden_is_not_counted():
    hidden = UNITS.assign(state=["suppressed"] * 4 + ["known"] * (len(UNITS) - 4))
    with words.use("en"):
        assert findings.relation(hidden, HEADLINE).startswith("Simulated data. Of the 71 communes")
        assert findings.titles.relation(hidden, HEADLINE).endswith("(4 hidden)")


def test_of_districts_compared_the_province_is_the_measure():
    between = replace(HEADLINE, rung=5)
    density = 1000 * UNITS["members"].sum() / UNITS["population"].sum()
    denser = int((UNITS["members_per_1000"] > density).sum())
    with words.use("en"):
        said_ = findings.relation(UNITS, between)
    assert f"{denser} have more members per resident than the province" in said_


# -- on axes


def collections(ax, gid):
    return [one for one in ax.collections if one.get_gid() == gid]


def test_a_ring_alone_is_hollow_and_each_kind_has_the_colour_of_its_dot(ax):
    kinds = {"disc": "#c0392b", "ring": "#1f4e79", "diamond": "#2e7d32"}
    dots = [Dot(at, 1.0 + at, one, kind=kind) for at, (kind, one) in enumerate(kinds.items(), 1)]
    some = replace(dose(), dots=tuple(dots), curves=(), grounds=())
    draw(some, ax)
    for kind, colour in kinds.items():
        [drawn] = collections(ax, kind)
        face, edge = to_hex(drawn.get_facecolor()[0]), to_hex(drawn.get_edgecolor()[0])
        white = to_hex(style.WHITE)
        assert (face, edge) == ((white, colour) if kind == "ring" else (colour, white)), kind


def test_dots_curves_and_rug_are_drawn_where_they_are(ax):
    panel = dose(estimate=HEADLINE)
    draw(panel, ax)
    [dots] = collections(ax, "disc")
    assert np.array(dots.get_offsets()) == pytest.approx(places_of(panel))
    assert dots.get_sizes() == pytest.approx([dot.area for dot in panel.dots])
    assert [to_hex(one) for one in dots.get_facecolor()] == [dot.colour for dot in panel.dots]
    [curve] = [line for line in ax.lines if line.get_gid() == "curve"]
    assert tuple(curve.get_ydata()) == panel.curves[0].y
    [rug] = collections(ax, "rug")
    assert [one[0][0] for one in rug.get_segments()] == [dot.x for dot in panel.dots]
    assert ax.get_yscale() == "log"
    grounds = [one.get_paths()[0].vertices[:, 0] for one in collections(ax, "ground")]
    assert [(one.min(), one.max()) for one in grounds] == [*panel.grounds]
    assert panel.y.label in said(ax)


def test_a_key_too_long_for_a_line_goes_on_below():
    hidden = UNITS.assign(state=["suppressed"] * 4 + ["known"] * (len(UNITS) - 4))
    ax = draw(dose(hidden, within=False), page(width=9))
    assert any("4 xã" in one for one in said(ax))
    require_apart(ax)


def _panel(**parts):
    scale = Scale("x", "count", ends=(0.0, 100.0))
    return Scatter(x=scale, y=replace(scale, label="y"), simulated=False, **parts)


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("many", [1, 6, 30])
def test_labels_of_dots_keep_apart_and_those_without_room_are_counted(many, language):
    near = tuple(
        Dot(50 + at % 3, 50 + at % 5, label=f"nơi {at}", weight=float(at)) for at in range(many)
    )
    with words.use(language):
        ax = draw(_panel(dots=near), page())
        shown = [one for one in said(ax) if one.startswith("nơi ")]
        missing = words.term("charts.funnel_unnamed", number=many - len(shown))
    require_apart(ax)
    assert (missing in said(ax)) == (len(shown) < many)
    assert len(shown) >= min(many, 6)
    assert f"nơi {many - 1}" in shown  # the weightiest


def test_no_label_lies_on_a_dot(ax):
    row = tuple(Dot(5.0 * at, 50, label=f"nơi {at}" * (at == 4)) for at in range(20))
    draw(_panel(dots=row), ax)
    [label] = [box for text, box in boxes(ax).items() if text.get_text() == "nơi 4"]
    for x, y in ax.transData.transform([(dot.x, dot.y) for dot in row]):
        assert not label.contains(x, y)


def test_a_label_that_left_its_dot_is_led_back_to_it(ax):
    near = tuple(Dot(50, 50, label=name) for name in ("một", "hai", "ba", "bốn", "năm"))
    draw(_panel(dots=near), ax)
    [leader] = [line for line in ax.lines if line.get_gid() == "leader"]
    start = ax.transAxes.transform(leader.get_xydata()[0])
    assert start == pytest.approx(ax.transData.transform((50, 50)))


def test_names_of_curves_stand_apart_at_their_right_ends(ax):
    curves = tuple(
        Curve((0.0, 100.0), (0.0, 90.0 + at), label=f"đường {at}", bold=at == 2) for at in range(5)
    )
    draw(_panel(curves=curves), ax)
    require_apart(ax)
    found = {text.get_text(): box for text, box in boxes(ax).items() if "đường" in text.get_text()}
    heights = [found[f"đường {at}"].y0 for at in range(5)]
    assert heights == sorted(heights)
    right = ax.transData.transform((100, 0))[0]
    assert all(box.x0 > right for box in found.values())


@settings(max_examples=20)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=9, unique=True))
@example([0.0])
@example([100.0, 0.0])
@example([12.5 * at for at in range(9)])
@example([0.001 * at for at in range(9)])
@example([100 - 0.5 * at for at in range(9)])
@example([50.0, 50.001, 49.999, 3.0, 97.0, 50.5, 49.5])
def test_names_of_upright_lines_stand_on_stairs(places):
    lines = tuple(Line(at, f"vạch {at:.3f}", style.MAIN) for at in places)
    with words.use("vi"):
        ax = draw(_panel(lines=lines), page())
    require_apart(ax)
    height = {text.get_text(): box.y0 for text, box in boxes(ax).items()}
    stairs = [height[line.label] for line in sorted(lines, key=lambda line: line.at)]
    assert stairs == sorted(stairs, reverse=True)


def test_the_name_of_a_flat_line_keeps_clear_of_dots(ax):
    dots = tuple(Dot(at, 50.5) for at in (1.0, 8, 20, 90, 97))
    draw(_panel(dots=dots, across=(Line(50, "toàn tỉnh", style.QUIET),)), ax)
    [box] = [box for text, box in boxes(ax).items() if text.get_text() == "toàn tỉnh"]
    left, right = ax.transData.transform([(20, 0), (90, 0)])[:, 0]
    assert left < box.x0 < box.x1 < right


# -- labels, whatever they are drawn on


def test_a_label_takes_the_place_that_crosses_nothing():
    curve = [Box(x, 50, x, 50) for x in range(50, 100)]
    dot = Label(40, 50, reach=3, width=40, height=10)
    inside = Box(0, 0, 100, 100)
    [free] = lettering.place([dot], inside=inside)
    assert (free.left, free.low, free.high) == (43, 45, 55)
    [moved] = lettering.place([dot], inside=inside, crossed=curve)
    assert moved.low > 50 or moved.high < 50
    everywhere = [Box(x, y, x, y) for x in range(0, 100, 2) for y in range(0, 100, 2)]
    [again] = lettering.place([dot], inside=inside, crossed=everywhere)
    assert again == free


def test_a_name_stands_over_its_whiskers_rather_than_on_those_beside():
    whiskers = [Box(x, 20, x, 80) for x in (20, 40, 45, 60)]
    inside = Box(0, 0, 100, 100)
    wanted = [Label(x, 50, reach=2, width=40, height=10, whiskers=(20, 80)) for x in (40, 45)]
    found = lettering.place(wanted, inside=inside, crossed=whiskers)
    assert all(one.low > 80 or one.high < 20 for one in found)
    assert wanted[0].leader(found[0]) is None  # its own whiskers lead to it
    for label, box in zip(wanted, found, strict=True):
        assert box.left <= label.x <= box.right


def test_a_name_takes_the_place_whose_line_crosses_nothing():
    dot, inside = Label(50, 50, reach=10, width=20, height=10), Box(35, 0, 100, 100)
    # beside it, over it and under it something stands
    taken = [Box(60, 45.1, 80, 54.9), Box(30, 60.5, 59, 75), Box(30, 25, 59, 39.5)]
    [upper] = lettering.place([dot], inside=inside, taken=taken)
    assert upper.low == 55
    [lower] = lettering.place([dot], inside=inside, taken=taken, crossed=[Box(54, 54, 54.5, 56)])
    assert lower.high == 45


def test_a_name_stays_near_its_dot_where_its_whiskers_end_far_away():
    inside, beside = Box(0, 0, 120, 130), Box(60, 45.1, 80, 54.9)
    near, far = (
        Label(50, 50, reach=10, width=20, height=10, whiskers=ends) for ends in ((45, 55), (5, 95))
    )
    left = Box(0, 0, 40, 130)
    [over] = lettering.place([near], inside=inside, taken=[beside, left])
    assert over.left < 50 < over.right
    [moved] = lettering.place([far], inside=inside, taken=[beside, left])
    assert moved.left == 60


def test_no_line_to_a_name_strikes_out_another():
    wanted = [Label(50, y, reach=2, width=30, height=10) for y in (50, 51, 52, 53)]
    found = lettering.place(wanted, inside=Box(0, 0, 100, 100))
    for label, own in zip(wanted, found, strict=True):
        led = label.leader(own)
        line = shapely.LineString(led) if led else shapely.Point()
        for other in found:
            inner = shapely.box(other.left, other.low, other.right, other.high).buffer(-1e-6)
            assert not line.intersects(inner)


def around(x, y, reach=2):
    return Box(x - reach, y - reach, x + reach, y + reach)


@pytest.mark.parametrize("low", [33, 20])
def test_a_name_that_would_be_read_as_another_dots_has_a_line_or_is_not_written(low):
    """Under the end of its own dot, its middle is under the next."""
    own, full = Label(70, 50, reach=7, width=40, height=10), [Box(72, 44, 100, 56)]
    full.append(Box(0, 44, 48, 56))
    inside, dots = Box(30, low, 75, 67), [around(70, 50), around(50, 50)]
    assert lettering.place([own], inside=inside, dots=dots[:1], taken=full) == [Box(35, 33, 75, 43)]
    [box] = lettering.place([own], inside=inside, dots=dots, taken=full)
    if low == 33:
        assert box is None
    else:
        assert own.leader(box) == ((70, 43), (70, box.high))


def test_a_name_over_whiskers_is_not_nearer_to_those_of_another():
    own = Label(10, 25, reach=2, width=30, height=10, whiskers=(0, 50))
    full = [Box(-40, -60, 7, 50), Box(13, -60, 120, 50), Box(-40, 50, -0.5, 70)]
    inside, mine, other = Box(-40, -60, 120, 70), Box(10, 0, 10, 50), Box(14, 0, 14, 48)
    assert lettering.place([own], inside=inside, taken=full, crossed=[mine]) == [Box(1, 55, 31, 65)]
    [box] = lettering.place([own], inside=inside, taken=full, crossed=[mine, other])
    assert own.leader(box)


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(5, 40)),
        min_size=1,
        max_size=12,
        unique_by=lambda one: (round(one[0]), round(one[1])),
    )
)
def test_no_line_runs_through_the_dot_of_another_and_without_one_a_name_is_nearest_its_own(dots):
    wanted = [Label(x, y, reach=2, width=width, height=10) for x, y, width in dots]
    circles = [around(x, y) for x, y, _ in dots]
    found = lettering.place(wanted, inside=Box(0, 0, 100, 100), dots=circles)
    for at, (label, box) in enumerate(zip(wanted, found, strict=True)):
        if box is None:
            continue
        own = shapely.Point(label.x, label.y)
        others = [shapely.Point(x, y) for x, y, _ in [*dots[:at], *dots[at + 1 :]]]
        others = [one for one in others if one.distance(own) >= 2]  # else it hides it
        led = label.leader(box)
        if led:
            line = shapely.LineString(led)
            assert not any(line.intersects(one.buffer(1.9, cap_style="square")) for one in others)
        elif not box.left <= label.x <= box.right:
            room = shapely.box(box.left, box.low, box.right, box.high)
            near = room.distance(own)
            assert all(room.distance(one) >= near - 1e-6 for one in others)


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(5, 40)), min_size=1, max_size=12
    )
)
def test_placed_labels_meet_nothing_that_is_taken(dots):
    wanted = [Label(x, y, reach=2, width=width, height=10) for x, y, width in dots]
    taken = [Box(x - 1, y - 1, x + 1, y + 1) for x, y, _ in dots]
    inside = Box(0, 0, 100, 100)
    found = lettering.place(wanted, inside=inside, taken=taken)
    placed = [box for box in found if box is not None]
    assert all(inside.holds(box) for box in placed)
    for at, one in enumerate(placed):
        for other in [*placed[:at], *taken]:
            wide = min(one.right, other.right) - max(one.left, other.left)
            high = min(one.high, other.high) - max(one.low, other.low)
            # it may overlap by its own tolerance, and by what adding up rounds
            assert wide <= 2e-9 or high <= 2e-9


# -- on a slide


def on_slide(panel):
    opened = Presentation()
    opened.slide_width, opened.slide_height = 960 * 12700, 540 * 12700
    shapes = opened.slides.add_slide(opened.slide_layouts[6]).shapes
    slide.draw(panel, shapes, ROOM, caption=native.Caption("chart", "alt", ["about"]))
    return opened


def chart_of(opened):
    [chart] = [
        shape.chart for _, shape in legible.shapes_of(opened) if getattr(shape, "has_chart", False)
    ]
    return chart


def test_a_dashed_curve_is_dashed_on_a_slide_and_no_other():
    ends = (0.0, 50.0, 100.0)
    curves = tuple(Curve(ends, ends, style=style, label=style) for style in ("-", "--"))
    dashes = {
        series.name: [one.get("val") for one in series._element.xpath(".//c:spPr/a:ln/a:prstDash")]
        for series in chart_of(on_slide(_panel(curves=curves))).plots[0].series
    }
    assert dashes["--"] == ["dash"]
    assert dashes["-"] == []


@pytest.mark.parametrize("within", [True, False])
def test_a_chart_holds_the_dots_of_each_kind_the_line_and_its_band(within):
    panel = dose(estimate=HEADLINE, within=within)
    chart = chart_of(on_slide(panel))
    numbers = agreement.chart_numbers(chart)
    names = {f"#{mark.partition('#')[2]}": said for parts in panel.key for mark, said in parts}
    for colour in {dot.colour for dot in panel.dots}:
        drawn = [(dot.x, dot.y) for dot in panel.dots if dot.colour == colour]
        assert numbers[names[colour]] == drawn
    [line] = panel.curves
    name = names[line.colour]
    assert numbers[name] == [*zip(line.x, line.y, strict=True)]
    for key, ends in (("band_low", line.low), ("band_high", line.high)):
        called = words.term(f"slides.{key}", label=name)
        (_, _), (low, high) = panel.ends
        shown = [one for one in zip(line.x, ends, strict=True) if low <= one[1] <= high]
        assert numbers[called] == shown
        assert len(shown) > 90  # of 101
    assert chart.chart_title.text_frame.text == words.term("words.simulated")
    assert chart.category_axis.axis_title.text_frame.text == panel.x.label
    assert bool(chart._chartSpace.xpath(".//c:valAx/c:scaling/c:logBase")) == within


def test_a_band_ends_where_its_scale_does():
    """It fans out: beyond the scale it would lie on words."""
    panel = dose(estimate=HEADLINE, within=True)
    low, high = panel.y.ends
    [line] = panel.curves
    wide = replace(line, low=tuple(low / 9 for _ in line.x), high=tuple(high * 9 for _ in line.x))
    ax = page()
    draw(replace(panel, curves=(wide,)), ax)
    [band] = [one for one in ax.collections if one.get_gid() == "band"]
    heights = [y for path in band.get_paths() for _, y in path.vertices]
    assert (min(heights), max(heights)) == pytest.approx((low, high))


def test_the_size_of_a_dot_is_that_of_its_area():
    panel = dose(within=False)
    chart, found = chart_of(on_slide(panel)), set()
    for series in chart.plots[0].series:
        xs = [float(x) for x in series._element.xpath("./c:xVal//c:pt/c:v/text()")]
        for point in series._element.xpath("./c:dPt[c:marker]"):
            x = xs[int(point.xpath("./c:idx/@val")[0])]
            [size] = point.xpath("./c:marker/c:size/@val")
            sizes = {round(math.sqrt(dot.area)) for dot in panel.dots if dot.x == x}
            assert int(size) in sizes
            found |= sizes
    assert len(found) > 5


def test_the_first_series_is_as_long_as_any():
    """LibreOffice draws no line of fewer points than the first series of the file has."""
    for panel in (dose(estimate=HEADLINE), dose(), figures.robustness(ROBUST, estimate=HEADLINE)):
        chart = chart_of(on_slide(panel))
        lengths = [len(one.xpath("./c:xVal//c:pt")) for one in chart._chartSpace.xpath(".//c:ser")]
        assert lengths[0] == max(lengths)


PANELS = {
    "dose": lambda: dose(estimate=HEADLINE),
    "raw": lambda: dose(estimate=HEADLINE, within=False),
    "robustness": lambda: figures.robustness(
        ROBUST, estimate=HEADLINE, benchmarks=TIMES.assign(benchmark="phường")
    ),
    "power": lambda: figures.power(POWER),
    "funnel": lambda: figures.funnel(FUNNEL, indicator=USERS_23),
}


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("name", PANELS)
def test_no_text_of_a_scatter_lies_on_another(name, language):
    with words.use(language):
        opened = on_slide(PANELS[name]())
    legible.apart(opened)
    assert legible.within(opened) >= 2


def test_a_name_stands_at_its_dot_and_not_at_the_other_end_of_its_whiskers():
    """There it would seem to say how high the place is."""
    beside = [Box(0, 0, 46, 200), Box(54, 0, 100, 200)]
    for dot, whiskers, side in ((30, (60, 120), -1), (170, (60, 120), 1), (90, (60, 120), 0)):
        one = Label(50, dot, reach=3, width=6, height=10, whiskers=whiskers)
        [found] = lettering.place([one], inside=Box(0, 0, 100, 200), taken=beside)
        middle = (found.low + found.high) / 2
        assert side * middle >= side * dot
        if side:
            assert abs(middle - dot) < 20
            crowd = [*beside, Box(0, 0, 100, 27) if side < 0 else Box(0, 173, 100, 200)]
            assert lettering.place([one], inside=Box(0, 0, 100, 200), taken=crowd) == [None]


def test_what_lies_beyond_chance_lies_on_what_does_not_and_behind_a_curve():
    """Two places may be at one point: the one that differs is the one that is seen."""
    panel = figures.funnel(FUNNEL.assign(outside=[True] + [False] * 7), indicator=USERS_23)
    assert {dot.kind for dot in panel.dots} == {"disc", "ring"}
    for one, last in ((panel, "disc"), (PANELS["dose"](), "curve")):
        axes = static.place(Page("T", (one,), "2023", named_source="S")).figure.axes[0]
        heights = {
            one.get_gid(): one.get_zorder()
            for one in (*axes.collections, *axes.lines)
            if one.get_gid() in ("disc", "ring", "curve")
        }
        assert max(heights, key=heights.get) == last
        assert len(heights) == 2
    front = [one.name for one in slide_scatter._series(panel, [], [])]
    beyond = words.term("charts.funnel_outside")
    assert front[-1] == beyond
    assert front.count(beyond) == 1


def test_a_funnel_of_few_places_names_each_and_its_table_names_all_of_many():
    panel = figures.funnel(FUNNEL, indicator=USERS_23)
    names = {dot.name for dot in panel.dots}
    assert len(names) == len(FUNNEL) == 8
    assert {dot.label for dot in panel.dots} == names == set(panel.facts.index)
    many = pd.concat([FUNNEL.reset_index()] * 3, ignore_index=True)
    panel = figures.funnel(many.assign(outside=many.index == 5), indicator=USERS_23)
    assert [bool(dot.label) for dot in panel.dots].count(True) == 1
    assert all(panel.facts.index)
    assert panel.dots[5].weight > max(dot.weight for dot in panel.dots[:5])

"""Pictures of how far to trust an estimate: confounders, planning, measured coverage."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from test_charts import (
    ASKED,
    COLUMNS,
    COVERAGE,
    LADDER,
    POWER,
    ROBUST,
    TIMES,
    UNITS,
    banners,
    boxes,
    lines,
    page,
    require_apart,
    said,
    texts,
    vietnamese,  # noqa: F401  (a fixture that works by being here)
)

from hganalysis import effect, figures, words
from hganalysis.effect import Interval
from hganalysis.figures import trust
from hganalysis.render.static import draw, style

pytestmark = pytest.mark.filterwarnings("error")

HEADLINE = LADDER.headline
NOW = math.exp(ROBUST.log_rate_ratio)


def flat(ax):
    return [text.replace("\N{NO-BREAK SPACE}", " ").strip() for text in said(ax)]


def overlapping(ax):
    found = boxes(ax)
    return [
        (one, other)
        for (one, first), (other, second) in combinations(found.items(), 2)
        if min(first.x1, second.x1) - max(first.x0, second.x0) >= 1
        and min(first.y1, second.y1) - max(first.y0, second.y0) >= 1
    ]


def height(ax, content):
    return next(text.get_position()[1] for text in texts(ax) if text.get_text().startswith(content))


# -- an unmeasured factor


def robust(found=ROBUST, benchmarks=None, estimate=HEADLINE):
    return figures.robustness(found, estimate=estimate, benchmarks=benchmarks)


def contour(panel, label):
    """Find a curve by how its label begins; the last one is that of nothing left."""
    return next(one for one in panel.curves if one.label.startswith(label))


def keys(panel):
    return [said.replace("\N{NO-BREAK SPACE}", " ") for parts in panel.key for _, said in parts]


def test_on_the_thick_curve_the_bias_is_the_estimate_and_on_the_dashed_one_its_nearer_end():
    panel = robust(benchmarks=TIMES)
    gone, near = contour(panel, "1 = hết liên hệ"), contour(panel, "khoảng tin cậy chạm 1")
    for line, bias in ((gone, ROBUST.log_rate_ratio), (near, ROBUST.low)):
        assert len(line.x) > 100
        found = [ROBUST.bias(exposure=a, outcome=b) for a, b in zip(line.x, line.y, strict=True)]
        assert found == pytest.approx([bias] * len(line.x))
    assert (gone.style, near.style) == ("-", "--")
    assert gone.width > max(one.width for one in panel.curves if one is not gone)
    assert gone.low == gone.y
    assert set(gone.high) == {panel.y.ends[1]}


def test_thin_curves_leave_the_ratio_that_is_written_at_their_end():
    thin = [one for one in robust().curves if one.width < 3]
    left = [
        math.exp(ROBUST.log_rate_ratio - ROBUST.bias(exposure=one.x[-1], outcome=one.y[-1]))
        for one in thin
    ]
    assert [float(one.label.replace(",", ".")) for one in thin] == pytest.approx(left)
    assert [one.label for one in thin] == ["1,05", "1,1", "1,15"]


def test_the_ring_is_the_robustness_value():
    panel = robust()
    [ring] = panel.dots
    assert (ring.kind, ring.x, ring.y) == ("ring", pytest.approx(ROBUST.value), ring.x)
    assert any("66,5 %" in said for said in keys(panel))
    assert any(f"(hiện là {words.value(NOW, 'decimal')})" in said for said in keys(panel))


def test_benchmarks_stand_at_their_shares_with_what_they_leave():
    [_, *drawn] = robust(benchmarks=TIMES.assign(benchmark="phường")).dots
    shares = zip(TIMES["r2_exposure"], TIMES["r2_outcome"], strict=True)
    assert [(one.x, one.y) for one in drawn] == [*shares]
    assert {one.kind for one in drawn} == {"diamond"}
    ratio = words.value(math.exp(TIMES["log_rate_ratio"].loc[2]), "decimal")
    once, twice, _ = (one.label for one in drawn)
    assert twice.startswith(f"mạnh gấp 2 lần phường: {ratio} (")
    assert once.startswith("mạnh bằng phường: ")
    [_, *unnamed] = robust(benchmarks=TIMES).dots
    assert unnamed[2].label.startswith("mạnh gấp 3 lần yếu tố đã đo")


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("squeezed", [1.0, 0.02, 0.0])
def test_benchmarks_close_together_keep_their_labels_apart(language, squeezed):
    near = TIMES.assign(
        r2_exposure=TIMES["r2_exposure"] * squeezed, r2_outcome=TIMES["r2_outcome"] * squeezed
    )
    with words.use(language):
        far = near.assign(r2_exposure=0.95 - near["r2_exposure"])
        for one in (near, far):
            ax = draw(robust(benchmarks=one), page())
            require_apart(ax)
            named = words.term("charts.known_control")
            assert sum(named in text for text in flat(ax)) == 3


def test_an_interval_that_holds_1_has_no_curve_and_a_sentence():
    weak = robust(replace(ROBUST, log_rate_ratio=0.03, low=-0.01, high=0.07))
    assert {one.style for one in weak.curves} == {"-"}
    assert any("vốn đã chứa 1" in said for said in keys(weak))
    require_apart(draw(weak, page()))
    assert not any("vốn đã chứa 1" in said for said in keys(robust()))


def test_an_estimate_below_1_is_pulled_up_to_1():
    turned = robust(
        replace(ROBUST, log_rate_ratio=-ROBUST.log_rate_ratio, low=-ROBUST.high, high=-ROBUST.low)
    )
    for label in ("1 = hết liên hệ", "khoảng tin cậy chạm 1"):
        one, other = contour(turned, label), contour(robust(), label)
        assert (one.x, one.y) == (pytest.approx(other.x), pytest.approx(other.y))
    assert {one.label for one in turned.curves if one.width < 3} == {"0,85", "0,9", "0,95"}


def test_no_estimate_at_all_can_be_drawn():
    nothing = robust(replace(ROBUST, log_rate_ratio=0.0, low=-0.05, high=0.05))
    assert any("0,0 %" in said for said in keys(nothing))
    assert nothing.dots == ()
    require_apart(draw(nothing, page()))


def test_long_names_of_benchmarks_stay_on_the_page():
    scattered = TIMES.assign(
        r2_exposure=[0.13, 0.26, 0.39], r2_outcome=[0.3, 0.6, 0.9], benchmark="x" * 90
    )
    ax = draw(robust(benchmarks=scattered), page())
    require_apart(ax)
    assert sum("xxx" in text for text in flat(ax)) == 3


def test_what_robustness_refuses():
    with pytest.raises(ValueError, match="does not know where its data come from"):
        robust(estimate=replace(HEADLINE, origin=None))
    with pytest.raises(ValueError, match="same frame"):
        robust(estimate=replace(HEADLINE, sd=2.0))
    with pytest.raises(ValueError, match="no column 'low'"):
        robust(benchmarks=TIMES.drop(columns="low"))
    with pytest.raises(ValueError, match=r"(?s)2 rows explain a share.*1\.2.*-0\.1"):
        robust(benchmarks=TIMES.assign(r2_outcome=[1.2, 0.5, -0.1]))


def test_the_banner_of_robustness_follows_estimate_and_benchmarks():
    real = replace(HEADLINE, origin="reported")
    assert robust().simulated
    assert not robust(estimate=real, benchmarks=TIMES).simulated
    assert robust(estimate=real, benchmarks=TIMES.assign(origin="simulated")).simulated


def test_robustness_leaves_its_frame_alone():
    before = TIMES.copy()
    robust(benchmarks=TIMES)
    pd.testing.assert_frame_equal(TIMES, before)


# -- planning


def test_each_design_is_a_line_marked_where_it_crosses_80_percent():
    panel = figures.power(POWER)
    for curve, (_, table) in zip(panel.curves, POWER.groupby("clusters"), strict=True):
        assert curve.x == tuple(table["rate_ratio"])
        assert curve.y == tuple(table["power"])
    assert {dot.y for dot in panel.dots} == {0.8}
    # second route: the power at the dot, computed anew
    for clusters, dot in zip((4, 8, 12, 32), panel.dots, strict=True):
        again = effect.power_curve(HEADLINE, rate_ratios=[dot.x], clusters=clusters)
        assert again["power"].iloc[0] == pytest.approx(0.8, abs=2e-3)
    assert [line.at for line in panel.lines] == [dot.x for dot in panel.dots]


def test_the_marked_ratio_is_about_the_minimal_detectable_one():
    panel = figures.power(effect.power_curve(HEADLINE), estimate=HEADLINE)
    [line] = panel.lines
    smallest = effect.minimal_detectable(HEADLINE).rate_ratio
    assert line.at == pytest.approx(smallest, abs=2e-3)
    assert line.label == "8 huyện: 1,10"
    ax = draw(panel, page())
    assert {"0 %", "20 %", "40 %", "60 %", "80 %", "100 %"} <= set(flat(ax))


def test_ticks_are_where_they_say():
    for clusters in (4, 8, 16, 64):
        curve = effect.power_curve(HEADLINE, clusters=clusters)
        ax = draw(figures.power(curve, estimate=HEADLINE), page())
        labels = [text.get_text() for text in ax.get_xticklabels()]
        assert [float(label.replace(",", ".")) for label in labels] == list(ax.get_xticks())


def test_the_design_of_the_estimate_is_emphasised():
    panel = figures.power(POWER, estimate=HEADLINE)
    [loud] = [curve for curve in panel.curves if curve.colour == style.MAIN]
    assert loud.y[-1] == POWER.loc[POWER["clusters"] == 8, "power"].iloc[-1]
    assert loud.width == max(curve.width for curve in panel.curves)
    assert [line.label for line in panel.lines if line.bold] == ["8 huyện: 1,10"]
    ax = draw(panel, page())
    bold = [text.get_text() for text in texts(ax) if text.get_fontweight() == "bold"]
    assert bold == [words.term("words.simulated"), "8 huyện: 1,10"]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_design_that_never_reaches_80_percent_is_named(language):
    short = POWER[POWER["rate_ratio"] < 1.08]
    with words.use(language):
        panel = figures.power(short)
        require_apart(draw(panel, page()))
        names = words.term("charts.power_districts", clusters=4), "12"
    assert len(panel.dots) == len(panel.lines) == 1
    note = next(text for text in keys(panel) if names[0] in text)
    assert names[1] in note
    assert "32" not in note


def test_ratios_below_1_are_read_from_1_downwards():
    below = effect.power_curve(HEADLINE, rate_ratios=np.linspace(0.85, 1, 40))
    panel = figures.power(below, estimate=HEADLINE)
    [dot] = panel.dots
    # Errors of the denominator make ratios above 1 only: below 1 nothing has to be told from them.
    exact = replace(HEADLINE, doubt=0.0, doubt_part=0.0)
    smallest = effect.minimal_detectable(exact).rate_ratio
    assert dot.x == pytest.approx(1 / smallest, abs=2e-3)
    assert any("gần 1 nhất" in text for text in keys(panel))


def test_what_power_refuses():
    with pytest.raises(ValueError, match=r"2 rows have a power that is not between 0 and 1"):
        figures.power(POWER.assign(power=[1.2, np.nan, *POWER["power"].iloc[2:]]))
    ratios = [0.0, *POWER["rate_ratio"].iloc[1:]]
    with pytest.raises(ValueError, match="1 rows have a ratio that is not above 0"):
        figures.power(POWER.assign(rate_ratio=ratios))
    with pytest.raises(ValueError, match="stand twice for one design"):
        figures.power(POWER.drop(columns="clusters"))
    with pytest.raises(ValueError, match="nothing to draw"):
        figures.power(POWER.iloc[:0])
    with pytest.raises(ValueError, match="does not know where"):
        figures.power(POWER, estimate=replace(HEADLINE, origin=None))


def test_the_banner_of_power_follows_curve_and_estimate():
    real = POWER.assign(origin="reported")
    told = replace(HEADLINE, origin="reported")
    assert not figures.power(real, estimate=told).simulated
    assert figures.power(real, estimate=HEADLINE).simulated
    assert figures.power(POWER, estimate=told).simulated
    assert not figures.power(real.drop(columns="origin"), estimate=told).simulated


# -- measured coverage


def rows_of(ax):
    """Mean, worst and colour of each row, from the top."""
    dots = sorted(lines(ax, "o"), key=lambda line: line.get_ydata()[0])
    bars = {line.get_ydata()[0]: line.get_xdata()[0] for line in lines(ax)}
    return [(line.get_xdata()[0], bars[line.get_ydata()[0]], line.get_color()) for line in dots]


def test_a_method_is_a_dot_at_its_mean_and_a_line_to_its_worst_scenario():
    ax = draw(figures.coverage(COVERAGE), page())
    drawn = rows_of(ax)
    real = COVERAGE[COVERAGE["method"] != "Moran's I"]
    by = real.groupby("method")["coverage"].agg(["mean", "min"])
    assert len(drawn) == len(by) == 15
    expected = np.array(sorted(map(tuple, by.to_numpy())))
    assert np.array(sorted(one[:2] for one in drawn)) == pytest.approx(expected)
    assert drawn[0][:2] == pytest.approx(tuple(by.loc["headline"]))
    assert [one[1] for one in drawn[1:11]] == sorted((one[1] for one in drawn[1:11]), reverse=True)


def test_honest_and_naive_are_apart_in_place_colour_and_shape():
    ax = draw(figures.coverage(COVERAGE), page())
    colours = [one[2] for one in rows_of(ax)]
    assert colours == [style.MAIN] * 11 + [style.FALL] * 4
    dots = sorted(lines(ax, "o"), key=lambda line: line.get_ydata()[0])
    assert [to_hex(dot.get_markerfacecolor()) == "#ffffff" for dot in dots] == [False] * 11 + [
        True
    ] * 4
    assert height(ax, "Các ước lượng ở đây") < height(ax, "Cách tính thông dụng")
    assert height(ax, "Cách tính thông dụng") < height(ax, "Sai số của mô hình Poisson")
    assert set(COVERAGE["method"]) >= set(trust.NAIVE)


def test_the_headline_and_the_naive_methods_stay_where_not_all_have_room():
    panel = figures.coverage(COVERAGE)
    kept, said_ = panel.fitting(lambda rows, _: len(rows) <= 9)
    naive = [words.term(f"naive.{method}") for method in trust.NAIVE[:3]]
    labels = [one.label for one in kept]
    assert labels[1] == words.term("charts.coverage_headline")
    assert set(naive) <= set(labels[-4:])
    assert [one.heading for one in kept] == [True, *[False] * 3, True, *[False] * 4]
    assert said_.startswith("Chỉ vẽ 7 trong 15 cách tính")


def test_numbers_stand_beside_the_row_of_their_method():
    ax = draw(figures.coverage(COVERAGE), page())
    y = height(ax, "Sai số của mô hình Poisson")
    beside = [
        text.get_text().replace("\N{NO-BREAK SPACE}", " ")
        for text in texts(ax)
        if text.get_position()[1] == y
    ]
    assert beside == ["Sai số của mô hình Poisson", "16,2 %", "5,0 %", "13/13"]
    assert flat(ax).count("10/13") == 5
    assert any("1.000 lần lặp" in text for text in flat(ax))


def test_the_promise_is_a_line_with_its_chance_variation():
    ax = draw(figures.coverage(COVERAGE), page())
    (line,) = [
        one
        for one in ax.collections
        if hasattr(one, "get_segments") and len(one.get_segments()) == 1
    ]
    assert line.get_segments()[0][0][0] == 0.95
    (band,) = ax.patches
    # 1.96 standard errors of a share of 0.95 in 1,000
    assert (band.get_x(), band.get_width()) == pytest.approx((0.93649, 0.02702), abs=1e-5)


def test_every_method_of_the_benchmark_has_a_name_in_both_languages():
    methods = [one for one in COVERAGE["method"].unique() if one != "Moran's I"]
    for language in words.LANGUAGES:
        with words.use(language):
            names = [trust._name(method) for method in methods]
        assert len(set(names)) == len(methods)
        assert not set(names) & set(methods)


def test_an_unknown_method_keeps_its_name_and_a_column_says_which_are_naive():
    other = COVERAGE.replace({"method": {"rung 1": "my own"}})
    ax = draw(figures.coverage(other.assign(naive=other["method"] == "my own")), page())
    assert "my own" in flat(ax)
    assert [one[2] for one in rows_of(ax)].count(style.FALL) == 1
    only = draw(figures.coverage(COVERAGE[COVERAGE["method"] == "headline"]), page())
    assert not any("Cách tính thông dụng" in text for text in flat(only))


def test_coverage_bears_the_banner_whatever_the_table_says():
    ax = draw(figures.coverage(COVERAGE.assign(origin="reported")), page())
    assert len(banners(ax)) == 1


def test_what_coverage_refuses():
    with pytest.raises(ValueError, match="no column 'replications'"):
        draw(figures.coverage(COVERAGE.drop(columns="replications")), page())
    wrong = [1.2, np.nan, *COVERAGE["coverage"].iloc[2:]]
    with pytest.raises(ValueError, match="2 rows have a coverage that is not between 0 and 1"):
        draw(figures.coverage(COVERAGE.assign(coverage=wrong)), page())
    with pytest.raises(ValueError, match="2 rows stand twice"):
        draw(figures.coverage(pd.concat([COVERAGE, COVERAGE.iloc[:1]])), page())
    with pytest.raises(ValueError, match="nothing to draw"):
        draw(figures.coverage(COVERAGE[COVERAGE["method"] == "Moran's I"]), page())
    naive = pd.Series([None] + [True] * (len(COVERAGE) - 1), dtype="boolean")
    with pytest.raises(ValueError, match="whether their method is naive"):
        draw(figures.coverage(COVERAGE.assign(naive=naive)), page())


def test_coverage_leaves_its_frame_alone_and_order_does_not_matter():
    before = COVERAGE.copy()
    once = draw(figures.coverage(COVERAGE), page())
    pd.testing.assert_frame_equal(COVERAGE, before)
    again = draw(figures.coverage(COVERAGE.sample(frac=1, random_state=1)), page())
    assert said(once) == said(again)
    assert rows_of(once) == rows_of(again)


# -- second opinions


INF = math.inf


def asked(*pieces):
    """The headline with one opinion for each set of pieces, of the log rate ratio."""
    opinions = tuple(
        Interval("wild cluster bootstrap", 0.15, one, 0.04, None, HEADLINE.sd) for one in pieces
    )
    one = replace(HEADLINE, alternatives=opinions)
    return draw(figures.coefficients([one], opinions=True), page())


def bars(ax):
    """Of thin rows: both ends of each piece, from the top."""
    thin = [line for line in lines(ax) if line.get_linewidth() == 2]
    return [tuple(line.get_xdata()) for line in sorted(thin, key=lambda one: one.get_ydata()[0])]


def test_second_opinions_stand_below_their_own_rung_and_say_what_the_table_says():
    ax = draw(figures.coefficients(ASKED, opinions=True), page())
    table = ASKED.second_opinions()
    expected = table[["low", "high"]].to_numpy()
    assert np.array(bars(ax)) == pytest.approx(expected)
    first, second = height(ax, "So tất cả các xã"), height(ax, "So các xã trong cùng huyện")
    third = height(ax, "So các xã, cả trong")
    opinions = sorted(
        text.get_position()[1] for text in texts(ax) if text.get_text().startswith("bootstrap")
    )
    assert first < opinions[0] < second < opinions[1] < third
    dots = [line.get_xdata()[0] for line in lines(ax, "o") if line.get_markersize() == 7]
    assert sorted(dots) == pytest.approx(sorted(table["rate_ratio"]))


def test_estimates_of_the_same_rung_keep_their_own_opinions():
    one = replace(ASKED.headline, alternatives=ASKED.headline.alternatives[:1])
    other = replace(ASKED.headline, alternatives=ASKED.headline.alternatives[1:2])
    panel = figures.coefficients([other, one], opinions=True)
    assert {row.weight for row in panel.rows} == {0}  # without a headline none gives way to it
    ax = draw(panel, page())
    labels = sorted((text.get_position()[1], text.get_text()) for text in texts(ax))
    opinions = ("hồi quy logarit tỷ lệ, CR2", "bỏ lần lượt từng huyện (CV3)")
    names = ("So các xã trong cùng huyện", *opinions)
    assert [text for _, text in labels if text in names] == [
        names[0], opinions[0], names[0], opinions[1]
    ]  # fmt: skip


def test_opinions_are_drawn_only_where_they_are_asked_for():
    assert bars(draw(figures.coefficients(ASKED), page())) == []
    plain = draw(figures.coefficients(LADDER, opinions=True), page())
    assert said(plain) == said(draw(figures.coefficients(LADDER), page()))


def test_a_set_in_pieces_is_drawn_in_pieces():
    ax = asked(((-0.02, 0.01), (0.1, 0.2)))
    assert bars(ax) == [(math.exp(-0.02), math.exp(0.01)), (math.exp(0.1), math.exp(0.2))]
    assert "1,16 (0,98–1,01 và 1,11–1,22)" in flat(ax)
    assert lines(ax, "<") == lines(ax, ">") == []


@pytest.mark.parametrize(
    ("pieces", "left", "right", "text"),
    [
        (((0.1, INF),), 0, 1, "từ 1,11 trở lên"),
        (((-INF, 0.2),), 1, 0, "đến 1,22"),
        (((-INF, INF),), 1, 1, "không có giới hạn"),
        (((-INF, -0.1), (0.1, INF)), 1, 1, "đến 0,90 và từ 1,11 trở lên"),
        (((0.1, 800.0),), 0, 1, "từ 1,11 trở lên"),
    ],
)
def test_a_set_without_an_end_goes_on_as_an_arrow_and_says_so(pieces, left, right, text):
    ax = asked(pieces)
    assert (len(lines(ax, "<")), len(lines(ax, ">"))) == (left, right)
    assert f"1,16 ({text})" in flat(ax)
    low, high = ax.get_xlim()
    assert all(low <= end <= high for bar in bars(ax) for end in bar)
    assert overlapping(ax) == []


def test_of_too_many_opinions_on_a_ladder_those_on_the_headline_stay():
    [first, *rest] = ASKED.estimates
    crowd = [replace(first, alternatives=first.alternatives * 6), *rest]
    ax = draw(figures.coefficients(replace(ASKED, estimates=tuple(crowd)), opinions=True), page())
    assert first.rung != HEADLINE.rung
    assert words.term("charts.opinions_of_headline") in flat(ax)
    assert len(bars(ax)) == sum(len(one.pieces) for one in ASKED.headline.alternatives)
    assert overlapping(ax) == []


def test_many_rows_without_second_opinions_say_nothing_of_any():
    rows = pd.DataFrame(
        {"label": "x", "rate_ratio": 1.2, "low": 1.1, "high": 1.3, "origin": "reported"},
        index=range(40),
    ).assign(headline=lambda table: table.index == 0)
    assert words.term("charts.opinions_of_headline") not in flat(
        draw(figures.coefficients(rows), page())
    )


def test_where_those_on_the_headline_are_too_many_too_that_is_never_said_of_some():
    many = replace(HEADLINE, alternatives=ASKED.headline.alternatives * 9)
    ladder = replace(ASKED, estimates=(ASKED.estimates[0], many))
    assert ladder.headline is many
    with pytest.raises(ValueError, match="too little room for 29 of 32 rows"):
        draw(figures.coefficients(ladder, opinions=True), page())
    for alone in ([many], replace(ASKED, estimates=(many,))):
        ax = draw(figures.coefficients(alone, opinions=True), page())
        shown = sum(line.get_marker() == "o" for line in ax.lines)
        assert f"Chỉ vẽ {shown} dòng đầu trong 28 dòng." in flat(ax)
        assert overlapping(ax) == []


# -- what is left over, for a map


@pytest.mark.parametrize("rung", [1, 2])
def test_residuals_are_observed_less_expected_in_units_of_their_scatter(rung):
    residuals = effect.residuals(effect.columns(UNITS, **COLUMNS), rung=rung)
    assert list(residuals.index) == list(UNITS.index)
    assert set(residuals["origin"]) == {"simulated"}
    # second route: the fitted means, and what the score equations say of them
    mean = effect.model(effect.columns(UNITS, **COLUMNS), rung=rung).mean
    left = (UNITS["count"] - mean) / np.sqrt(mean)
    estimate = next(one for one in LADDER if one.rung == rung)
    expected = (left / math.sqrt(estimate.phi)).to_numpy()
    assert residuals["residual"].to_numpy() == pytest.approx(expected, abs=1e-7)
    assert float((UNITS["count"] - mean).sum()) == pytest.approx(0, abs=1e-3)


def test_residuals_leave_the_frame_alone():
    before = UNITS.copy()
    effect.residuals(effect.columns(UNITS, **COLUMNS))
    pd.testing.assert_frame_equal(UNITS, before)

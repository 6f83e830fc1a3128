"""Charts say what the frame says, legibly, and never let simulated numbers pass for real ones."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.transforms import Bbox

from hganalysis import (
    change,
    effect,
    figures,
    frames,
    indicators,
    maps,
    places,
    ranks,
    rates,
    words,
)
from hganalysis.effect.estimate import Refusal
from hganalysis.figures.model import Cell, Row, Rows, Scale, Table
from hganalysis.render import scales, static
from hganalysis.render.static import draw, style

pytestmark = pytest.mark.filterwarnings("error")

REPORTS, TEAMS = frames.reports(), frames.teams()
USERS_22, USERS_23 = (indicators.get("app_users", year=year) for year in (2022, 2023))
FILES_22, FILES_23 = (indicators.get("files_online", year=year) for year in (2022, 2023))
COLUMNS = {
    "count": "count",
    "exposure": "members_per_1000",
    "offset": "population",
    "cluster": "district_code",
    "controls": ("urban",),
}
UNITS = effect.units(REPORTS, TEAMS, indicator=USERS_22)
LADDER = effect.ladder(effect.columns(UNITS, **COLUMNS))
ASKED = effect.ladder(effect.columns(UNITS, **COLUMNS), bootstrap=199)
REFITS = effect.leave_one_out(effect.columns(UNITS, **COLUMNS))
BY_DISTRICT = change.difference(REPORTS, before=USERS_22, after=USERS_23)
FILES = change.difference(REPORTS, before=FILES_22, after=FILES_23)
BY_COMMUNE = change.difference(REPORTS, before=USERS_22, after=USERS_23, by="commune")
RANKS = change.rank_shift(REPORTS, before=USERS_22, after=FILES_23)
SHARES, WHOLE = rates.to_districts(REPORTS), rates.to_province(REPORTS)
COUNTS = frames.published_counts()
BOUNDS = rates.distinct_users(COUNTS)
PLANTED = frames.planted(USERS_22)
PER_OUTCOME = pd.DataFrame(
    {
        "label": ["app", "wallet"],
        "rate_ratio": [1.2, 0.9],
        "low": [1.1, 0.7],
        "high": [1.3, 1.2],
        "headline": [True, False],
        "origin": "reported",
    }
)

SETS = ranks.rank_sets(REPORTS, indicator=USERS_23)
FUNNEL = ranks.funnel(REPORTS, indicator=USERS_23)
ROBUST = effect.robustness(effect.columns(UNITS, **COLUMNS))
LEFT = effect.benchmarks(
    effect.columns(UNITS, **COLUMNS), benchmark="urban", multiples=(0, 1, 2, 3)
)
TIMES = LEFT.drop(index=0)
POWER = pd.concat(
    effect.power_curve(LADDER.headline, clusters=clusters).assign(clusters=clusters)
    for clusters in (4, 8, 12, 32)
).assign(origin="simulated")
COVERAGE = frames.coverage()

# Each chart with the frame that it is of; the rest is given.
DRAWN = {
    "slopes": (
        BY_DISTRICT,
        lambda frame, ax: draw(figures.slopes(frame, before=USERS_22, after=USERS_23), ax),
    ),
    "bumps": (
        RANKS,
        lambda frame, ax: draw(figures.bumps(frame, before=USERS_22, after=FILES_23), ax),
    ),
    "dumbbell": (
        FILES,
        lambda frame, ax: draw(figures.dumbbell(frame, before=FILES_22, after=FILES_23), ax),
    ),
    "coefficients": (PER_OUTCOME, lambda frame, ax: draw(figures.coefficients(frame), ax)),
    "dose_response": (
        UNITS,
        lambda frame, ax: draw(
            figures.dose_response(frame, indicator=USERS_22, estimate=LADDER.headline), ax
        ),
    ),
    "intervals": (
        SHARES,
        lambda frame, ax: draw(figures.intervals(frame, indicator=FILES_22), ax),
    ),
    "ledger": (
        COUNTS,
        lambda frame, ax: draw(
            figures.ledger(frame, published=frames.published(), bounds=BOUNDS), ax
        ),
    ),
    "power": (POWER, lambda frame, ax: draw(figures.power(frame), ax)),
    "funnel": (
        FUNNEL,
        lambda frame, ax: draw(figures.funnel(frame, indicator=USERS_23), ax),
    ),
}
# What they look like with everything that can be drawn.
FULL = {name: (lambda ax, one=one: one[1](one[0], ax)) for name, one in DRAWN.items()} | {
    "ladder": lambda ax: draw(figures.coefficients(LADDER, truth=PLANTED), ax),
    "opinions": lambda ax: draw(figures.coefficients(ASKED, truth=PLANTED, opinions=True), ax),
    "influence": lambda ax: draw(figures.influence(REFITS, estimate=LADDER.headline), ax),
    "raw": lambda ax: draw(
        figures.dose_response(UNITS, indicator=USERS_22, estimate=LADDER.headline, within=False),
        ax,
    ),
    "province": lambda ax: draw(figures.intervals(SHARES, indicator=USERS_22, province=WHOLE), ax),
    "robustness": lambda ax: draw(
        figures.robustness(
            ROBUST,
            estimate=LADDER.headline,
            benchmarks=TIMES.assign(benchmark=words.term("charts.being_urban")),
        ),
        ax,
    ),
    "design": lambda ax: draw(
        figures.power(effect.power_curve(LADDER.headline), estimate=LADDER.headline), ax
    ),
    "coverage": lambda ax: draw(figures.coverage(COVERAGE), ax),
    "benchmarks": lambda ax: draw(figures.benchmarks(LEFT, estimate=LADDER.headline), ax),
    "ranking": lambda ax: draw(figures.ranking(SETS, indicator=USERS_23), ax),
    "files": lambda ax: draw(figures.slopes(FILES, before=FILES_22, after=FILES_23), ax),
}


@pytest.fixture(autouse=True)
def vietnamese():
    with words.use("vi"):
        yield


@pytest.fixture
def ax():
    return page()


def page(width=15.2, height=7.2):
    """Axes on a page of 16 x 9 inches, with room for a title and a source line."""
    figure = Figure(figsize=(16, 9), dpi=72)
    FigureCanvasAgg(figure)
    return figure.add_axes((0.4 / 16, 0.65 / 9, width / 16, height / 9))


def texts(ax):
    """Every text that is seen, insets and tick labels included."""
    return [
        text
        for text in ax.findobj(Text)
        if text.get_text().strip() and text.get_visible() and _shown(text)
    ]


def _shown(text):
    return text.axes is None or text.axes.axison or text in text.axes.texts


def said(ax):
    return [text.get_text() for text in texts(ax)]


def banners(ax):
    return [text for text in texts(ax) if text.get_gid() == "banner"]


def projected(ax):
    """The page as it leaves for the projector, 1920 x 1080."""
    ax.figure.set_dpi(120)
    ax.figure.canvas.draw()
    return ax.figure.canvas.get_renderer()


def boxes(ax):
    """Where the ink of each text is, in pixels of the projector."""
    renderer = projected(ax)
    return {text: _ink(text, text.get_window_extent(renderer)) for text in texts(ax)}


def _ink(text, box):
    # The box of a single line holds air for letters that are not in it.
    if text.get_va() != "baseline":
        return box
    baseline = text.get_transform().transform(text.get_position())[1]
    ink_of = TextPath((0, 0), text.get_text(), prop=text.get_fontproperties()).get_extents()
    return Bbox.from_extents(
        box.x0, baseline + ink_of.y0 * 120 / 72, box.x1, baseline + ink_of.y1 * 120 / 72
    )


def lines(ax, marker="None"):
    return [line for line in ax.lines if line.get_marker() == marker]


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("name", FULL)
def test_no_text_touches_another_and_all_stay_inside(name, language):
    with words.use(language):
        ax = page()
        assert FULL[name](ax) is ax
    require_apart(ax)


def require_apart(ax):
    found = boxes(ax)
    inside = ax.get_window_extent()
    for text, box in found.items():
        assert box.x0 >= inside.x0 - 1, text
        assert box.x1 <= inside.x1 + 1, text
        assert box.y0 >= inside.y0 - 1, text
        assert box.y1 <= inside.y1 + 1, text
    for (one, first), (other, second) in combinations(found.items(), 2):
        wide = min(first.x1, second.x1) - max(first.x0, second.x0)
        high = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert wide < 1 or high < 1, (one, other)


@pytest.mark.parametrize("name", FULL)
def test_long_names_are_cut_before_they_lie_on_what_is_drawn(name, monkeypatch):
    long = f"Taumata{'whakatangihanga' * 6}"
    named = places.districts()
    labels = {
        f"label_{one}": [f"{long} {at}" for at in range(len(named))] for one in words.LANGUAGES
    }
    monkeypatch.setattr(places, "districts", lambda: named.assign(**labels))
    ax = page()
    FULL[name](ax)
    require_apart(ax)
    # names of a funnel stand among its dots: see test_scatter
    if (scale := ax.spines["bottom"].get_bounds()) is not None and name != "funnel":
        ends = ax.transData.transform([(end, ax.get_ylim()[0]) for end in scale])[:, 0]
        drawn = Bbox.from_extents(ends[0], ax.bbox.y0, ends[1], ax.bbox.y1)
        for text, box in boxes(ax).items():
            assert long[:5] not in text.get_text() or not drawn.overlaps(box), text


@pytest.mark.parametrize("name", FULL)
def test_everything_can_be_read_from_the_back_row(name):
    ax = FULL[name](page())
    assert {text.get_fontsize() < 14 for text in texts(ax)} == {False}
    assert {text.get_fontname() for text in texts(ax)} == {"DejaVu Sans"}


@pytest.mark.parametrize("name", DRAWN)
def test_one_simulated_row_puts_the_banner_on_the_picture(name):
    frame, draw = DRAWN[name]
    real = frame.assign(origin="reported")
    one = real.copy()
    one.loc[one.index[0], "origin"] = "simulated"
    if name == "intervals":  # the row must be of the measure that is drawn
        one.loc[one["indicator"] == "files_online", "origin"] = "simulated"
    assert [text.get_text() for text in banners(draw(one, page()))] == ["SỐ LIỆU MÔ PHỎNG"]
    assert banners(draw(real, page())) == []
    with words.use("en"):
        assert [text.get_text() for text in banners(draw(one, page()))] == ["SIMULATED DATA"]


def test_simulated_rows_of_any_frame_count(ax):
    real, simulated = (
        frame.assign(origin=origin)
        for frame, origin in ((SHARES, "reported"), (WHOLE, "simulated"))
    )
    draw(figures.intervals(real, indicator=USERS_22, province=simulated), ax)
    assert len(banners(ax)) == 1


@pytest.mark.parametrize("name", DRAWN)
def test_a_frame_without_origin_is_refused(name):
    frame, draw = DRAWN[name]
    with pytest.raises(ValueError, match=r"no column 'origin'.*(?s:.)*assign\(origin="):
        draw(frame.drop(columns="origin"), page())


@pytest.mark.parametrize("name", DRAWN)
def test_every_row_without_a_known_origin_is_listed(name):
    frame, draw = DRAWN[name]
    strange = frame.assign(origin=["guessed", *frame["origin"].iloc[1:-1], None])
    with pytest.raises(
        ValueError, match=r"(?s)2 of \d+ rows do not say where they come from.*guessed"
    ):
        draw(strange, page())


@pytest.mark.parametrize("name", DRAWN)
def test_a_missing_column_is_named(name):
    frame, draw = DRAWN[name]
    needed = {"ledger": "count", "coefficients": "low", "dose_response": "count", "power": "power"}
    needed = needed.get(name)
    needed = needed or next(one for one in frame.columns if one.startswith(("share", "rank")))
    needed = {"bumps": "places_up"}.get(name, needed)
    with pytest.raises(ValueError, match=f"no column.*{needed}"):
        draw(frame.drop(columns=needed), page())


@pytest.mark.parametrize("name", DRAWN)
def test_frames_are_left_alone_and_their_order_does_not_matter(name):
    frame, draw = DRAWN[name]
    before = frame.copy()
    once = draw(frame, page())
    pd.testing.assert_frame_equal(frame, before)
    if name == "coefficients":  # there the reader's order is kept
        return
    again = draw(frame.sample(frac=1, random_state=1), page())
    assert sorted(_placed(once)) == sorted(_placed(again))


def _placed(ax):
    return [(text.get_text(), *np.round(text.get_position(), 9)) for text in texts(ax)]


def test_charts_leave_pyplot_and_global_style_alone():
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.use("agg")
    before, opened = mpl.rcParams.copy(), plt.get_fignums()
    for drawn in FULL.values():
        drawn(page())
    assert dict(mpl.rcParams) == dict(before)
    assert plt.get_fignums() == opened


# -- two years


def test_a_change_has_both_shares_and_the_colour_of_what_is_sure():
    panel = figures.dumbbell(FILES.assign(change_low_pp=-1.0), before=FILES_22, after=FILES_23)
    rose, fell = FILES.assign(change_low_pp=0.1), FILES.assign(change_high_pp=-0.1)
    known = FILES.set_index("code")
    assert [one.at for one in panel.rows] == sorted(known["share_after"], reverse=True)
    assert {one.label: one.start for one in panel.rows} == {
        places.label(code): share for code, share in known["share_before"].items()
    }
    for frame, colour in ((FILES.assign(change_low_pp=-1.0), style.GREY), (rose, style.RISE)):
        drawn = figures.dumbbell(frame, before=FILES_22, after=FILES_23)
        assert {one.colour for one in drawn.rows} == {colour}
        assert any("xám" in said for line in drawn.key for _, said in line) == (
            colour == style.GREY
        )
    fell = fell.assign(change_low_pp=-9.0)
    drawn = figures.dumbbell(fell, before=FILES_22, after=FILES_23)
    assert {one.colour for one in drawn.rows} == {style.FALL}


def test_a_change_stands_with_its_interval_below_its_unit(ax):
    draw(figures.dumbbell(FILES, before=FILES_22, after=FILES_23), ax)
    row = FILES.set_index("code").loc["932"]
    ends = [
        words.number(row[f"change_{end}_pp"], decimals=1, signed=True) for end in ("low", "high")
    ]
    value = words.number(row["change_pp"], decimals=1, signed=True)
    assert f"{value} ({ends[0]} đến {ends[1]})" in said(ax)
    assert words.short_unit("points") in said(ax)
    assert {FILES_22.when, FILES_23.when} <= set(said(ax))
    hollow = [line for line in lines(ax, "o") if to_hex(line.get_markerfacecolor()) == "#ffffff"]
    assert sorted(line.get_xdata()[0] for line in hollow) == sorted(FILES["share_before"])


def test_a_place_without_a_year_stands_last_and_says_why(ax):
    gap = FILES.assign(state="known")
    gap.loc[0, "share_after"] = np.nan
    gap.loc[1, ["share_before", "state"]] = [np.nan, "suppressed"]
    panel = figures.dumbbell(gap, before=FILES_22, after=FILES_23)
    assert [(one.label, one.instead) for one in panel.rows[-2:]] == [
        (places.label(gap["code"][1]), words.term("maps.state_suppressed")),
        (places.label(gap["code"][0]), words.term("maps.state_no_data")),
    ]
    draw(panel, ax)
    assert words.term("maps.state_no_data") in said(ax)
    assert len([line for line in lines(ax) if line.get_gid() == "interval"]) == 6


def test_a_ratio_is_read_on_a_scale_of_its_own_unit(ax):
    ratio = indicators.get("ecommerce_guided", year=2022)
    few = FILES.assign(**{name: FILES[name] / 100 for name in ("share_before", "share_after")})
    draw(figures.dumbbell(few, before=ratio, after=ratio), ax)
    ticks = [text.get_text() for text in ax.get_xticklabels()]
    assert ticks
    assert all(text.endswith("‰") for text in ticks)


# -- more places than can be read

MANY = pd.concat(
    [REFITS.assign(rate_ratio=REFITS["rate_ratio"] * (1 + 0.001 * at)) for at in range(9)]
)
CROWDED = {
    "intervals": (
        lambda ax: draw(figures.intervals(rates.uptake(REPORTS), indicator=USERS_22), ax),
        r"Chỉ vẽ (\d+) nơi đầu trong 75 nơi\.",
        lambda ax: sum("%" in one and "(" in one for one in said(ax)),
    ),
    "influence": (
        lambda ax: draw(
            figures.influence(
                MANY.set_axis([f"x{at}" for at in range(72)]), estimate=LADDER.headline
            ),
            ax,
        ),
        r"Chỉ vẽ (\d+) huyện làm ước lượng đổi nhiều nhất, trong 72 huyện\.",
        lambda ax: sum(one.startswith("bỏ ") for one in said(ax)),
    ),
}


@pytest.mark.parametrize("name", CROWDED)
def test_of_more_places_than_can_be_read_some_are_drawn_and_that_is_said(ax, name):
    draw, pattern, count = CROWDED[name]
    draw(ax)
    [shown] = re.findall(pattern, " ".join(said(ax)))
    assert 8 <= int(shown) == count(ax) < 30
    require_apart(ax)


def test_lists_side_by_side_show_the_same_places():
    """Their keys are not equally high, so by itself one would have room for more."""
    rows = tuple(Row(f"x{at}", at=at, texts=("n",)) for at in range(60))
    few = Rows(rows, Scale("x", "count"), simulated=False)
    high = replace(few, key=tuple((("", f"line {at}"),) for at in range(4)))
    [low], [less], both = (set(shown_of(*two)) for two in ((few, few), (high, high), (few, high)))
    assert less < low
    assert both == {less}
    three = replace(few, most=3)
    assert [one.label for one in three.fitting(lambda _, __: True)[0]] == ["x0", "x1", "x2"]


def shown_of(*panels):
    """Draw lists side by side; count the rows of each."""
    drawn = figures.Figure("T", panels, "2023", names=("a", "b"), rows=(SHARES,), named_source="S")
    axes = static.place(drawn).figure.axes
    counts = [sum(bool(re.fullmatch(r"x\d+", text)) for text in said(ax)) for ax in axes]
    return [one for one in counts if one]


def test_a_table_stands_below_its_note_and_its_banner(ax):
    rows = tuple((Cell(f"x{at}"), Cell(f"n{at}")) for at in range(4))
    draw(Table(("place", "n"), rows, simulated=True, note="what n means"), ax)
    found = {text.get_text(): box for text, box in boxes(ax).items()}
    above = [box for text, box in found.items() if text in {"what n means", "SỐ LIỆU MÔ PHỎNG"}]
    assert len(above) == 2
    cells = [box for text, box in found.items() if re.fullmatch(r"place|n|[xn]\d", text)]
    assert len(cells) == 10
    assert max(box.y1 for box in cells) < min(box.y0 for box in above)
    assert min(box.y0 for box in cells) > ax.bbox.y0


@pytest.mark.parametrize("low", [-math.inf, -1.0, 0.0, 0.2])
@pytest.mark.parametrize("high", [0.8, 1.0, 2.0, math.inf])
def test_an_interval_goes_on_as_an_arrow_beyond_the_scale_and_has_no_cap_there(ax, low, high):
    row = Row("a", at=0.5, pieces=((low, high),), texts=("50 %",))
    draw(Rows((row,), Scale("x", "share", ends=(0, 1)), simulated=False), ax)
    marks = {line.get_marker(): list(line.get_xdata()) for line in ax.lines}
    assert marks.pop("o") == [0.5]
    assert marks.pop("None") == [max(low, 0), min(high, 1)]
    arrows = {"<": [0] if low < 0 else [], ">": [1] if high > 1 else []}
    assert marks == {arrow: at for arrow, at in arrows.items() if at}


def test_rows_that_are_called_first_are_the_highest(ax):
    rows = rates.uptake(REPORTS)
    draw(figures.intervals(rows, indicator=USERS_23), ax)
    shown = int(re.search(r"Chỉ vẽ (\d+) nơi", " ".join(said(ax)))[1])
    dots = sorted(line.get_xdata()[0] for line in lines(ax, "o"))
    shares = rates.pick(rows, USERS_23)["share"]
    assert dots == sorted(shares)[-shown:]


def test_influence_draws_those_that_move_the_estimate_most(ax):
    moved = MANY.set_axis([f"x{at}" for at in range(72)])
    panel = figures.influence(moved, estimate=LADDER.headline)
    draw(panel, ax)
    drawn = {one.removeprefix("bỏ ") for one in said(ax) if one.startswith("bỏ ")}
    far = (np.log(moved["rate_ratio"]) - np.log(LADDER.headline.rate_ratio)).abs()
    assert drawn == set(far.nlargest(len(drawn)).index)
    # down as much as up
    assert sorted(one.weight for one in panel.rows) == pytest.approx(sorted(far))


@given(
    st.floats(0.01, 100), st.floats(1.1, 100), st.floats(1.1, 100), st.sampled_from([True, False])
)
def test_equal_steps_of_a_scale_are_equally_wide_from_its_low_end_to_its_high_one(
    low, first, second, log
):
    scale = Scale("", "ratio", log=log)
    one = low * first if log else low + first
    high = one * second if log else one + second
    assert scales.share(scale, low, (low, high)) == pytest.approx(0)
    assert scales.share(scale, high, (low, high)) == pytest.approx(1)
    whole = math.log(first) + math.log(second) if log else first + second
    step = math.log(first) if log else first
    assert scales.share(scale, one, (low, high)) == pytest.approx(step / whole)


@given(st.sets(st.integers(1, 30), min_size=2), st.integers(0, 31), st.integers(0, 31))
def test_what_has_a_name_has_its_tick_from_end_to_end_where_there_is_room(named, low, high):
    low, high = min(low, high), max(low, high) + 1
    scale = Scale("", "count", names=tuple((float(at), str(at)) for at in sorted(named)))
    made = scales.ticks(scale, (low, high), room=1e6, width=len)
    assert made == [(at, str(at)) for at in sorted(named) if low <= at <= high]


def _weighed(*weights):
    rows = tuple(Row(str(at), at=at, weight=weight) for at, weight in enumerate(weights))
    return Rows(rows, Scale("x", "count"), simulated=False, some="charts.some_rows")


@pytest.mark.parametrize(
    ("weights", "room", "stay"),
    [
        ((0, 0, 0, 0), 4, "0123"),
        ((0, 0, 0, 0), 3, "012"),  # all weigh the same: the first
        ((1, 3, 2, 4), 2, "13"),  # the heaviest, in their order
        ((1, 0, 1, 0), 3, "02"),  # those of one weight go together
    ],
)
def test_the_heaviest_rows_stay_where_not_all_have_room(weights, room, stay):
    shown, said_ = _weighed(*weights).fitting(lambda rows, _: len(rows) <= room)
    assert "".join(one.label for one in shown) == stay
    assert said_ == ("" if len(stay) == 4 else f"Chỉ vẽ {len(stay)} dòng đầu trong 4 dòng.")


def test_without_room_for_the_heaviest_rows_nothing_is_drawn():
    with pytest.raises(ValueError, match="too little room for 2 of 4 rows"):
        _weighed(1, 0, 1, 0).fitting(lambda rows, _: len(rows) < 2)


# -- estimates


def test_the_headline_is_emphasised_and_the_truth_is_a_dashed_line(ax):
    draw(figures.coefficients(LADDER, truth=PLANTED), ax)
    assert ax.get_xscale() == "log"
    bold = [text.get_text() for text in texts(ax) if text.get_fontweight() == "bold"]
    headline = LADDER.headline
    assert "So các xã trong cùng huyện" in bold
    assert "So tất cả các xã với nhau" in said(ax)
    assert "So tất cả các xã với nhau" not in bold
    dashed = [line for line in ax.collections if line.get_linestyles()[0][1] is not None]
    assert [line.get_segments()[0][0][0] for line in dashed] == [pytest.approx(math.exp(PLANTED))]
    assert "giá trị đặt trước 1,21" in [text.strip() for text in said(ax)]
    main = [line for line in lines(ax, "o") if line.get_color() == style.MAIN]
    assert [line.get_xdata()[0] for line in main] == [headline.rate_ratio]
    assert any("4,7 bậc tự do, 8 huyện" in text for text in said(ax))
    assert "Đoạn ngang: khoảng tin cậy 95 %".replace("95 ", "95\N{NO-BREAK SPACE}") in [
        text.replace(" %", "\N{NO-BREAK SPACE}%") for text in said(ax)
    ]


def test_bars_reach_from_low_to_high_for_one_more_member():
    ax = draw(figures.coefficients(LADDER), page())
    bars = [tuple(line.get_xdata()) for line in lines(ax)]
    for one in LADDER:
        assert (one.rate_ratio_low, one.rate_ratio_high) in bars
    assert ax.get_xlabel() == "Tỷ số tỷ lệ ứng với mức chênh 1 thành viên trên 1.000 dân"


def test_of_estimates_of_two_levels_none_is_said():
    one = LADDER.headline
    said_ = [
        words.term("charts.confidence", level=words.percent(at, decimals=0)) for at in (0.9, 0.95)
    ]
    for levels, number in (((0.95, 0.95), 1), ((0.9, 0.95), 0)):
        panel = figures.coefficients([replace(one, level=level) for level in levels])
        told = [said for parts in panel.key for _, said in parts]
        assert sum(said in said_ for said in told) == number


def test_estimates_without_a_ladder_have_no_headline(ax):
    draw(figures.coefficients(iter(tuple(LADDER))), ax)
    loud = {text.get_text() for text in texts(ax) if text.get_fontweight() == "bold"}
    assert loud == {"SỐ LIỆU MÔ PHỎNG"}


def test_refused_rungs_are_named_with_their_reason(ax):
    refused = replace(
        LADDER,
        estimates=LADDER.estimates[1:],
        refusals=(Refusal(1, "fewer than 4 clusters", "…"),),
    )
    draw(figures.coefficients(refused), ax)
    assert "không ước lượng: có ít hơn 4 huyện" in said(ax)
    assert "So tất cả các xã với nhau" in said(ax)


def test_what_estimates_are_flagged_with_is_said_once_and_marked_behind_their_numbers(ax):
    [first, second] = list(LADDER)[:2]
    flags = ("df below 3", "acts, not people")
    draw(
        figures.coefficients([replace(first, flags=flags), replace(second, flags=flags[1:])]),
        ax,
    )
    for flag in ("dưới 3 bậc tự do", "đếm lượt, không phải người"):
        assert said(ax).count(flag) == 1
    assert [one[-1] for one in said(ax) if "¹ ²" in one] == ["²"]
    texts_ = [one for one in said(ax) if one.endswith(("¹ ²", ") ²"))]
    assert [float(one[:4].replace(",", ".")) for one in texts_] == [
        pytest.approx(one.rate_ratio, abs=0.005) for one in (first, second)
    ]
    plain = figures.coefficients([replace(first, flags=())])
    assert "¹" not in str(plain.rows)


def test_an_estimate_that_does_not_know_its_origin_is_refused(ax):
    nameless = replace(LADDER.headline, origin=None)
    with pytest.raises(ValueError, match=r"(?s)does not know where its data come from.*'origin'"):
        draw(figures.coefficients([nameless]), ax)
    with pytest.raises(ValueError, match="does not know where"):
        draw(figures.influence(REFITS, estimate=nameless), ax)
    with pytest.raises(ValueError, match="no estimate to draw"):
        draw(figures.coefficients([]), ax)


def test_a_frame_keeps_its_order_and_its_headline(ax):
    draw(figures.coefficients(PER_OUTCOME), ax)
    height = {text.get_text(): text.get_position()[1] for text in texts(ax)}
    low, high = ax.get_ylim()
    assert low > high  # rows count from the top
    assert height["app"] < height["wallet"]
    assert "0,90 (0,70–1,20)" in said(ax)
    assert [text.get_text() for text in texts(ax) if text.get_fontweight() == "bold"] == [
        "app",
        "1,20 (1,10–1,30)",
    ]


def test_a_district_that_carries_the_estimate_is_coloured_and_said(ax):
    moving = REFITS.assign(moves_over_one_se=REFITS.index == "933")
    moving.loc["930", ["sign_changes", "rate_ratio", "low", "high"]] = [True, 0.9, 0.8, 1.1]
    moving.loc["931", ["low", "high"]] = np.nan
    moving.loc["932", "conclusion_changes"] = True
    draw(figures.influence(moving, estimate=LADDER.headline), ax)
    assert {"đổi chiều", "lệch hơn một sai số chuẩn", "đổi kết luận"} <= set(said(ax))
    dots = [line for line in lines(ax, "o") if line.get_color() == style.FALL]
    assert sorted(line.get_xdata()[0] for line in dots) == sorted(
        [0.9, *moving.loc[["932", "933"], "rate_ratio"]]
    )
    assert any("không tính được khoảng" in text for text in said(ax))
    hollow = [line for line in lines(ax, "o") if to_hex(line.get_markerfacecolor()) == "#ffffff"]
    assert [line.get_xdata()[0] for line in hollow] == [moving.loc["931", "rate_ratio"]]


def test_influence_is_sorted_around_the_full_estimate(ax):
    draw(figures.influence(REFITS, estimate=LADDER.headline), ax)
    dots = sorted(lines(ax, "o"), key=lambda line: line.get_ydata()[0])
    ratios = [line.get_xdata()[0] for line in dots]
    assert ratios == sorted(REFITS["rate_ratio"], reverse=True)
    across = [one.get_segments()[0][0][0] for one in ax.collections if len(one.get_segments()) == 1]
    assert across == [1, pytest.approx(LADDER.headline.rate_ratio)]
    with words.use("en"):
        again = draw(figures.influence(REFITS, estimate=LADDER.headline), page())
        assert "without Vi Thanh City" in said(again)


def test_a_ladder_without_any_estimate_says_why(ax):
    two = UNITS[UNITS["district_code"].isin(["930", "931"])]
    ladder = effect.ladder(effect.columns(two, **{**COLUMNS, "controls": []}))
    assert len(ladder) == 0
    with pytest.raises(effect.Refused, match="too few for any cluster-robust error"):
        draw(figures.coefficients(ladder), ax)


# -- intervals


def test_districts_are_ranked_with_interval_province_and_target(ax):
    draw(figures.intervals(SHARES, indicator=FILES_22, province=WHOLE), ax)
    own = SHARES[(SHARES["indicator"] == "files_online") & (SHARES["year"] == 2022)]
    dots = sorted(lines(ax, "o"), key=lambda line: line.get_ydata()[0])
    assert [line.get_xdata()[0] for line in dots] == sorted(own["share"], reverse=True)
    bars = {tuple(line.get_xdata()) for line in lines(ax)}
    assert bars == set(zip(own["share_low"], own["share_high"], strict=True))
    upright = [one for one in ax.collections if isinstance(one, LineCollection)]
    across = [one.get_segments()[0][0][0] for one in upright if len(one.get_segments()) == 1]
    assert across == [pytest.approx(0.505, abs=5e-4), 0.5]
    flat = [text.replace("\N{NO-BREAK SPACE}", " ").strip() for text in said(ax)]
    assert {"toàn tỉnh 50,5 %", "chỉ tiêu năm 2022: 50 %"} <= set(flat)
    classes = indicators.classes("files_online")
    numbers = sorted(classes.index(own["share"]), reverse=True)
    assert len(set(numbers)) > 1
    # the colours of the map, whose key is the scale
    colours = [to_hex(line.get_markerfacecolor()) for line in dots]
    assert colours == [classes.colours[number] for number in numbers]


@pytest.mark.parametrize(
    ("low", "high", "crossing"),
    [
        (0.21, 0.249, 0),
        (0.2, 0.2499, 0),
        (0.2, 0.25, 1),  # what is on a border belongs to the class above
        (0.199, 0.21, 1),
        (0.4, 0.99, 0),
        (0.0, 0.5, 1),
    ],
)
def test_how_many_places_chance_could_colour_otherwise_is_said(low, high, crossing):
    def key(table):
        panel = figures.intervals(table, indicator=USERS_22)
        return [said for parts in panel.key for _, said in parts][-1]

    table = SHARES.assign(share_low=low, share_high=high)
    assert f" {8 * crossing}/8 nơi" in key(table)
    table.loc[table["code"] == table["code"].iloc[0], "state"] = "suppressed"
    assert f" {7 * crossing}/7 nơi" in key(table)


def test_the_scale_has_the_colours_of_the_map_and_lines_where_they_meet(ax):
    draw(figures.intervals(SHARES, indicator=USERS_22), ax)
    classes = indicators.classes("app_users")
    strip = [one for one in ax.collections if one.get_gid() == "class"]
    boxes = [one.get_paths()[0].get_extents() for one in strip]
    assert [to_hex(one.get_facecolor()[0]) for one in strip] == list(classes.colours)
    assert [box.x1 for box in boxes[:-1]] == [box.x0 for box in boxes[1:]] == list(classes.breaks)
    lines_up = [one for one in ax.collections if isinstance(one, LineCollection)]
    (across,) = [one for one in lines_up if len(one.get_segments()) > 1]
    assert [segment[0][0] for segment in across.get_segments()] == list(classes.breaks)
    assert ax.spines["bottom"].get_bounds() == pytest.approx((boxes[0].x0, boxes[-1].x1))
    limits = dict(zip(words.series(classes.breaks, classes), classes.breaks, strict=True))
    ticks = dict(
        zip([one.get_text() for one in ax.get_xticklabels()], ax.get_xticks(), strict=True)
    )
    assert len(ticks) > 2
    assert ticks.items() <= limits.items()
    lowest = max(line.get_ydata()[0] for line in lines(ax, "o"))
    assert min(box.y0 for box in boxes) >= lowest + 0.5  # below the last row
    assert len({(box.y0, box.y1) for box in boxes}) == 1


def test_a_scale_within_one_class_has_round_ticks(ax):
    table = SHARES.assign(share=0.5, share_low=0.41, share_high=0.63)
    draw(figures.intervals(table, indicator=USERS_22), ax)
    assert len(ax.get_xticks()) > 2
    assert max(indicators.classes("app_users").breaks) < min(ax.get_xticks())


def test_a_bar_is_no_longer_than_its_interval(ax):
    draw(figures.intervals(SHARES, indicator=USERS_22), ax)
    bars = [one for one in ax.lines if one.get_gid() == "interval"]
    assert len(bars) == 8
    assert {one.get_solid_capstyle() for one in bars} == {"butt"}


def test_no_target_no_line(ax):
    draw(figures.intervals(SHARES, indicator=USERS_22), ax)
    assert not any("chỉ tiêu" in text for text in said(ax))


def test_states_look_and_read_differently(ax):
    own = SHARES[(SHARES["indicator"] == "app_users") & (SHARES["year"] == 2022)].copy()
    own["state"] = [
        "known",
        "unreliable",
        "suppressed",
        "no data",
        "not comparable",
        *["known"] * 3,
    ]
    own.loc[own["state"] == "no data", ["share", "share_low", "share_high"]] = np.nan
    draw(figures.intervals(own, indicator=USERS_22), ax)
    assert len(lines(ax, "o")) == 5  # the hidden, the missing and the unlike are not drawn
    assert [line.get_linestyle() for line in lines(ax)].count(":") == 1
    every = "\n".join(said(ax))
    for state in ("unreliable", "suppressed", "no_data", "not_comparable"):
        assert words.term(f"maps.state_{state}") in every
    hidden = words.percent(own.loc[own["state"] == "suppressed", "share"].iloc[0])
    assert hidden not in every


def test_a_place_twice_or_a_measure_never_taken_is_refused(ax):
    with pytest.raises(ValueError, match="930"):
        draw(figures.intervals(pd.concat([SHARES, SHARES.iloc[:1]]), indicator=USERS_22), ax)
    with pytest.raises(LookupError, match="no row of app_users in 2023"):
        draw(figures.intervals(SHARES[SHARES["year"] == 2022], indicator=USERS_23), ax)


# -- the ledger


def test_the_bar_adds_up_and_the_bounds_stand_under_its_borders(ax):
    panel = figures.ledger(COUNTS, published=frames.published(), bounds=BOUNDS)
    counted, printed, bounds = panel.bars
    parts = [int(one.value) for one in counted.parts]
    assert parts == [173000, 123763, 77972, 1755, 70000]
    assert [one.hatched for one in counted.parts] == [False] * 4 + [True]
    assert [one.value for one in printed.parts] == [445300]
    assert [at for at, _ in bounds.ends] == [173000, 376490]
    assert words.percent(445_300 / 446_490) in printed.heading
    draw(panel, ax)
    drawn = [(int(one.get_width()), bool(one.get_hatch())) for one in ax.patches]
    assert drawn == [*zip(parts, [False] * 4 + [True], strict=True), (445300, False)]
    borders = [one.get_x() + one.get_width() for one in ax.patches]
    assert (borders[0], borders[3], borders[4]) == (173000, 376490, 446490)
    every = "\n".join(said(ax))
    for shown in (
        "446.490",
        "hơn 445.300",
        "ít nhất khoảng 173.000",
        "nhiều nhất khoảng 376.490",
        "733.017",
    ):
        assert shown in every
    assert "1.755" in every
    assert banners(ax) == []


def test_without_the_headline_there_is_no_ledger():
    published = frames.published()
    rest = published[published["indicator"] != "participations_all"]
    with pytest.raises(LookupError, match="participations_all"):
        figures.ledger(COUNTS, published=rest, bounds=BOUNDS)


# -- spacing


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=12),
    st.floats(0.1, 5),
)
def test_apart_keeps_distance_order_and_what_already_fits(wanted, gap):
    moved = scales.apart(wanted, gap=gap)
    order = sorted(range(len(wanted)), key=lambda one: wanted[one])
    ranked = [moved[one] for one in order]
    assert all(above - below >= gap - 1e-6 for below, above in pairwise(ranked))
    assert np.mean(moved) == pytest.approx(np.mean(wanted), abs=1e-6)  # the least squares balance
    assert scales.apart(moved, gap=gap) == pytest.approx(moved, abs=1e-6)


@given(st.lists(st.floats(0, 10), min_size=2, max_size=12))
def test_apart_stays_between_its_ends_even_where_there_is_little_room(wanted):
    moved = scales.apart(wanted, gap=2, low=0, high=10)
    assert min(moved) >= -1e-9
    assert max(moved) <= 10 + 1e-9
    least = min(2, 10 / (len(wanted) - 1))
    assert all(above - below >= least - 1e-6 for below, above in pairwise(sorted(moved)))


def test_apart_moves_as_little_as_a_general_solver_finds():
    from scipy.optimize import minimize

    wanted, gap = [0.0, 0.1, 0.2, 3.0, 3.1], 1.0
    apart = {"type": "ineq", "fun": lambda moved: np.diff(moved) - gap}
    best = minimize(
        lambda moved: ((moved - wanted) ** 2).sum(), np.arange(5.0), constraints=[apart]
    ).x
    assert scales.apart(wanted, gap=gap) == pytest.approx(best, abs=1e-4)


def test_ratio_ticks_are_numbers_that_are_held_easily():
    assert scales.ratio_ticks(3, 10) == [3, 5, 7, 10]
    assert scales.ratio_ticks(2, 12) == [2, 3, 5, 7, 10]
    assert scales.ratio_ticks(0.1, 0.5) == [0.1, 0.2, 0.3, 0.5]


@given(st.floats(0.2, 0.99), st.floats(1.01, 5))
def test_ratio_ticks_lie_inside_and_say_something(low, high):
    ticks = scales.ratio_ticks(low, high)
    assert all(low - 1e-6 <= tick <= high + 1e-6 for tick in ticks)
    assert len(ticks) >= 2
    assert 1 in ticks


def test_a_scale_over_thousands_goes_in_tens_that_do_not_touch():
    assert scales.ratio_ticks(0.004, 20_000) == [0.01, 0.1, 1, 10, 100, 1000, 10_000]
    rows = [{"label": "x", "rate_ratio": 0.1, "low": 0.0003, "high": 8.0, "origin": "reported"}]
    ax = draw(figures.coefficients(pd.DataFrame(rows)), page())
    ax.figure.draw_without_rendering()
    named = [one.get_window_extent() for one in ax.get_xticklabels() if one.get_text()]
    assert len(named) >= 4
    assert not any(one.overlaps(other) for one, other in combinations(named, 2))


def _finished(difference):
    before, after = (indicators.get("app_users", year=year) for year in (2022, 2023))
    figure, axes = maps.sheet(title="x", legend=False)
    draw(figures.slopes(difference, before=before, after=after), axes[0])
    return figure, maps.finish(figure, source="x", as_of="x")


def test_a_chart_has_the_whole_page_and_no_note_on_outlines():
    before, after = (indicators.get("app_users", year=year) for year in (2022, 2023))
    reports = frames.reports()
    figure, _ = _finished(change.difference(reports, before=before, after=after))
    assert figure.axes[0].get_position().width * 16 == pytest.approx(15.2)
    assert words.term("maps.outlines") not in [text.get_text() for text in figure.texts]


def test_the_digest_of_a_chart_changes_with_what_is_drawn():
    before, after = (indicators.get("app_users", year=year) for year in (2022, 2023))
    difference = change.difference(frames.reports(), before=before, after=after)
    moved = difference.assign(share_after=difference["share_after"] + 0.01)
    renamed = difference.assign(code=difference["code"][::-1].to_numpy())
    digests = [_finished(one)[1].digest for one in (difference, difference, moved, renamed)]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3

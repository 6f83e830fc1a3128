"""Pictures of estimates, on page and slide: dots, lines, intervals and levels, on their axes."""

from unittest import mock

import numpy as np
import pandas as pd
import pytest
import shapely
from drawn_answers import hold_line, hold_rows
from effect_cases import design, invented
from read_back.drawing import NEAR, clean
from read_back.page import read_page
from read_back.reader import Scale, assert_written, find_ticks, find_ticks_upwards, read_sample
from read_back.slide import read_slide
from test_starts import LOT, PLANNED, draw_starts, world
from trials import bring

import hganalysis as hg
from hganalysis import words
from hganalysis.effect.pictures import DOT_COLOUR, GREY
from hganalysis.figure import BLUE, INK, Rows, compose
from hganalysis.indicators import FALLS
from hganalysis.starts import starting

MEDIA = {"page": read_page, "slide": read_slide}
ARROWS = ("←", "→")
"""What a tick has that stands for dots beyond the axis."""


@pytest.fixture(scope="module", autouse=True)
def _in_english():
    with words.use("en"):
        yield


@pytest.fixture(params=MEDIA)
def read(request):
    return MEDIA[request.param]


# --- what a reader takes from two axes ---


def read_axes(drawing, panel):
    """Read both scales from their ticks; titles are below the one and left of the other."""
    inner = [text for text in panel.x_ticks.values() if not text.startswith(ARROWS)]
    below = find_ticks(drawing, inner)
    upward = find_ticks_upwards(drawing, panel.y_ticks.values())
    x_title, y_title = (drawing.where(clean(title)) for title in panel.axes)
    height = drawing.texts.loc[drawing.texts["text"].isin([*below]), "y"].max()
    assert x_title.y > height, "the title of x is not below its ticks"
    assert y_title.x < min(below.values()), "the title of y is not left of its axis"
    return Scale(below), Scale(upward, log=True)


def hold_points(drawing, x, y, expected):
    """Hold the dots of a frame with `x`, `value` and `colour` to their places."""
    middles = np.column_stack([x.place(expected["x"]), y.place(expected["value"])])
    for middle, colour in zip(middles, expected["colour"], strict=True):
        apart = np.hypot(drawing.dots["x"] - middle[0], drawing.dots["y"] - middle[1])
        nearest = drawing.dots.loc[apart.idxmin()]
        assert apart.min() < 2 * NEAR, "no dot stands at a point"
        assert nearest["fill"] == colour


def has_line(drawing, start, end, colour):
    """Say whether a line goes between two ends, from either."""
    lines = drawing.lines[drawing.lines["colour"] == colour]
    ends = lines[["x0", "y0", "x1", "y1"]].to_numpy()
    forth = np.abs(ends - [*start, *end]).max(axis=1)
    back = np.abs(ends - [*end, *start]).max(axis=1)
    return bool((np.minimum(forth, back) < NEAR).any())


# --- an estimate of an effect ---


@pytest.fixture(scope="module")
def related_design():
    """Ask whether users go with density, in an invented province."""
    return design(invented(3))


def relate_by_hand(table, slope):
    """Relate each unit to its district, whose people are taken together."""
    by_district = table.groupby("district")
    people = table["population"]

    def of_district(column):
        return table.assign(column=column).groupby("district")["column"].transform("sum")

    mean = of_district(table["density"] * people) / by_district["population"].transform("sum")
    x = table["density"] - mean
    expected = people * np.exp(slope * x)
    level = by_district["users"].transform("sum") / of_district(expected)
    return pd.DataFrame({"x": x, "value": table["users"] / people / level})


def test_a_dot_of_each_unit_is_at_its_exposure_and_rate_and_the_line_at_the_estimate(
    read, related_design
):
    [row] = related_design.headline().table.to_dict("records")
    figure = related_design.related().figure
    [panel] = figure.panels
    drawing = read(figure)
    x, y = read_axes(drawing, panel)
    points = relate_by_hand(invented(3), row["log_rate_ratio"])
    is_inside = panel.dots["colour"] == DOT_COLOUR
    hold_points(drawing, x, y, points[is_inside].assign(colour=DOT_COLOUR))

    # the line and its interval are at 1 where a unit is as its district
    above_key = drawing.window(0, 0, np.inf, drawing.where(clean(panel.axes[0])).y)
    curve = above_key.lines[above_key.lines["colour"] == BLUE]
    along = (curve["x0"] - x.start) / x.slope
    assert len(along) > len(points) / 2
    assert np.abs(curve["y0"] - y.place(row["rate_ratio"] ** along)).max() < NEAR
    [band] = drawing.areas
    for exposure in (along.min(), along.max()):
        for end in ("low", "high"):
            corner = shapely.Point(x.place(exposure), y.place(row[end] ** exposure))
            assert band.shape.boundary.distance(corner) < NEAR
    read_sample(drawing, panel.line_label)


def test_each_way_to_compare_has_its_ratio_and_interval_on_a_scale_of_ratios(read, related_design):
    answer = related_design.ladder()
    drawing = read(answer.picture().figure)
    panel = answer.picture().figure.panels[0]
    table = answer.table.dropna(subset="rate_ratio")
    expected = table[["rate_ratio", "low", "high"]].rename(columns={"rate_ratio": "value"})
    expected.index = [clean(name) for name in panel.rows["name"]]
    assert len(expected) == 3, "a way that cannot be had says nothing"
    # the text has the ratio, and its interval in brackets
    key = {"value": panel.key["value"], "low": panel.key["low"]}
    rows, scale = hold_rows(drawing, expected, key, panel.ticks.values(), factor=1, log=True)
    for name, text in rows["text"].items():
        low, high = expected.loc[name, ["low", "high"]]
        brackets = text.partition("(")[2].rstrip(")")
        for end, number in zip(brackets.split("–"), (low, high), strict=True):
            assert_written(end, number)
    hold_line(drawing, scale, 1, panel.line.label)


# --- what came with starts ---


@pytest.fixture(scope="module")
def rolled_out():
    """Give what came with a lot of starts, compared with few other lots."""
    rows = world(draw_starts()).rename(columns={"period": "year"})
    with mock.patch.object(starting, "N_DRAWS", 100):
        return hg.rollout(rows, draw_starts(), source="invented", lot=LOT, protocol="x")


def test_each_period_around_the_start_has_its_ratio_interval_and_colour(read, rolled_out):
    figure = rolled_out.picture().figure
    [panel] = figure.panels
    drawing = read(figure)
    x, y = read_axes(drawing, panel)
    events = rolled_out.table.dropna(subset="event")
    points = pd.DataFrame({"x": events["event"].astype(float), "value": events["rate_ratio"]})
    points["colour"] = np.where(points["x"] < 0, GREY, BLUE)
    assert points["colour"].nunique() == 2
    hold_points(drawing, x, y, points)
    for point, (low, high) in zip(
        points.itertuples(), events[["low", "high"]].to_numpy(dtype=float), strict=True
    ):
        middle = x.place(point.x)
        ends = (middle, y.place(low)), (middle, y.place(high))
        assert has_line(drawing, *ends, point.colour), "no line goes from one end to the other"
    assert level_of(drawing, INK) == pytest.approx(y.place(1), abs=NEAR)
    drawing.where(clean(panel.reference.label))


def level_of(drawing, colour):
    """Find the height of the level that goes from one side of the axes to the other."""
    lines = drawing.lines[drawing.lines["colour"] == colour]
    widths = (lines["x1"] - lines["x0"]).abs()
    return lines.loc[widths.idxmax(), "y0"]


@pytest.fixture(scope="module")
def planned():
    """Plan starts, tried in few worlds."""
    with bring.few_worlds():
        plan = hg.plan("app_users", PLANNED, {2025: 25, 2026: 25})
        return plan, plan.picture().figure


def test_the_smallest_ratio_is_beside_how_many_start_and_the_plan_is_brown(read, planned):
    plan, figure = planned
    [panel] = figure.panels
    drawing = read(figure)
    x, y = read_axes(drawing, panel)
    with bring.few_worlds():
        n_units = [8, 38]
        smallest = [plan.with_one_wave(number).smallest for number in n_units]
    tried = pd.DataFrame(
        {
            "x": n_units,
            "value": smallest,
            "colour": BLUE,
        }
    )
    plan_itself = {
        "x": [50],
        "value": [plan.smallest],
        "colour": [FALLS[0]],
    }
    hold_points(drawing, x, y, pd.concat([tried, pd.DataFrame(plan_itself)]))
    assert level_of(drawing, INK) == pytest.approx(y.place(plan.wanted_ratio), abs=NEAR)


# --- all that a row may have ---


def test_a_row_with_interval_spread_and_target_has_each_at_its_place(read):
    """No shipped study has targets of places beside intervals of periods."""
    rows = pd.DataFrame(
        {
            "name": ["Ash", "Birch", "Cedar"],
            "value": [0.52, 0.4, 0.2],
            "low": [0.45, 0.38, 0.05],
            "high": [0.6, 0.41, 0.24],
            "lowest": [0.5, 0.3, 0.19],
            "highest": [0.55, 0.5, 0.21],
            "target": [0.3, 0.45, np.nan],
            "text": ["52.0%", "40.0%", "20.0%"],
            "colour": BLUE,
        }
    )
    key = {name: f"the {name}" for name in ("value", "target", "low", "lowest")}
    ticks = {0.2: "20%", 0.4: "40%", 0.6: "60%"}
    panel = Rows(rows, key, ticks)
    figure = compose("Title", "Subtitle", panel, kind="uptake.order", table=rows, origin="census")
    hold_rows(read(figure), rows.set_index("name"), key, ticks.values(), factor=100)

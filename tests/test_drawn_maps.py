"""Each place of a map is in the class of its number: page, slide, web map, data of the atlas."""

import re
from dataclasses import replace

import numpy as np
import pytest
import shapely
from drawn_answers import (
    FACTORS,
    HEADLINES,
    hold_labels,
    hold_map,
    hold_table,
    opened,
    rows_of,
    shares_of,
)
from read_back.drawing import clean
from read_back.page import read_page
from read_back.reader import (
    assert_in_class,
    assert_written,
    divide_label,
    half_of_last_digit,
    read_legends,
    read_number,
    read_rows,
)
from read_back.slide import read_slide
from read_back.web import read_web
from trials.media import read_atlas

import hganalysis as hg
from hganalysis import words
from hganalysis.publish import atlas

MEDIA = {"page": read_page, "slide": read_slide}
WGS84 = 4326
SAME_SHAPE = 1e-6
"""In degrees."""
CASES = [
    ("demo", "vi", "map", 8),
    ("demo", "en", "communes", 0),
    ("isles", "en", "map", 0),
    ("wards", "en", "map", 5),
    ("demo", "vi", "change", 8),
    ("wards", "en", "change", 5),
]
"""Study, language, what is drawn, and how many labels have room at the least."""


@pytest.fixture(scope="module", params=CASES, ids=lambda case: " ".join(map(str, case)))
def mapped(request, drawn_studies):
    """Give the figure of a map, its numbers by place as they are written, and the language."""
    study, language, kind, n_labels = request.param
    measure, periods = HEADLINES[study]
    with opened(drawn_studies, study, language):
        if kind == "change":
            before, after = (shares_of(measure, period) for period in periods[-2:])
            values = 100 * (after - before)
            figure = hg.compare(measure, *periods[-2:]).map().figure
        else:
            level = "commune" if kind == "communes" else "district"
            values = FACTORS[study] * shares_of(measure, periods[-1], level=level)
            answer = hg.uptake(measure, periods[-1])
            figure = answer.figures[kind]()
    return figure, values, language, n_labels


@pytest.mark.parametrize("medium", MEDIA)
def test_each_place_has_the_colour_of_the_class_that_its_number_is_in(mapped, medium):
    figure, values, language, least = mapped
    panel, listed = figure.panels
    drawing = MEDIA[medium](figure)
    [legend] = read_legends(drawing)
    shown = values[values.index.isin(panel.places["name"].map(clean))]
    # one ward lies nobody knows where
    assert len(shown) == len(panel.places) >= len(values) - 1
    hold_map(drawing, panel, shown, legend, language=language)
    if panel.ground is None:
        assert hold_labels(drawing, panel, shown, language=language) >= least
    for table in drawing.tables:
        hold_table(table, values, legend, language)
    if medium == "page":
        right_of_map = max(area.shape.bounds[2] for area in drawing.areas)
        beside = drawing.window(right_of_map, 0, np.inf, np.inf)
        for row in read_rows(beside, listed.rows["name"], language).itertuples():
            assert_in_class(values[clean(row.name)], row.fill, legend, language)


def test_a_web_map_has_each_place_in_its_class_and_each_text_on_its_place(mapped):
    figure, values, language, least = mapped
    web = read_web(figure)
    [areas], [labels] = web.places, web.labels
    land = figure.panels[0].places.to_crs(WGS84)
    outlines = land.geometry.set_axis(land["name"].map(clean))
    assert {*areas["name"]} == {*outlines.index}
    for row in areas.itertuples():
        apart = row.shape.centroid.distance(outlines[row.name].centroid)
        assert apart < SAME_SHAPE, row.name
        assert_written(row.text, values[row.name], language)
        assert_in_class(values[row.name], row.fill, web.classes, language)
    assert len(labels) >= least
    for label in labels.itertuples():
        hold_label(label, areas, values, language)


def hold_label(label, areas, values, language):
    """Hold a label to a place below it: circles may lie over each other."""
    point = shapely.Point(label.x, label.y)
    below = [row.name for row in areas.itertuples() if row.shape.contains(point)]
    name, number = divide_label(label.text)
    if name:
        assert name in below, f"{label.text} stands on {below}"
        below = [name]
    apart = np.abs(values[below] - read_number(number, language))
    assert apart.min() <= half_of_last_digit(number, language), label.text


def test_of_two_maps_each_has_the_numbers_of_its_period():
    """On the left is the earlier one, in the classes of both."""
    periods = 2022, 2023
    with words.use("en"):
        figure = hg.map("files_online", [*periods]).figure
        values = [100 * shares_of("files_online", period) for period in periods]
    web = read_web(figure)
    for areas, numbers in zip(web.places, values, strict=True):
        for row in areas.itertuples():
            assert_in_class(numbers[row.name], row.fill, web.classes)
    for read in MEDIA.values():
        drawing = read(figure)
        heads = [drawing.where(str(period)).x for period in periods]
        assert heads == sorted(heads)
        halves = divide_maps(drawing)
        legends = read_legends(drawing)
        for panel, half, numbers, legend in zip(
            figure.panels, halves, values, legends, strict=True
        ):
            hold_map(half, panel, numbers, legend)


def divide_maps(drawing):
    """Divide two maps that are beside each other."""
    middles = [area.shape.centroid.x for area in drawing.areas]
    is_right = np.array(middles) > np.mean(middles)
    for side in (False, True):
        chosen = np.flatnonzero(is_right == side)
        yield replace(drawing, areas=[drawing.areas[number] for number in chosen])


# --- the atlas ---


def test_the_atlas_gives_each_place_its_class_in_every_view(drawn_studies, tmp_path):
    measure, periods = HEADLINES["isles"]
    with opened(drawn_studies, "isles"):
        [file] = atlas.write(tmp_path / "atlas.html")
        shares = {
            (str(period), level): FACTORS["isles"] * shares_of(measure, period, level=level)
            for period in periods
            for level in ("district", "commune")
        }
        n_rows = len(rows_of(measure, periods[-1]))
    data = read_atlas(file.read_text("utf-8"))
    names = {level["id"]: [place["en"] for place in level["places"]] for level in data["levels"]}
    [described] = [entry for entry in data["measures"] if entry["id"] == measure]
    n_places = 0
    for view in described["views"]:
        for level, places_of_level in names.items():
            expected = shares.get((view["id"], level))
            n_places += hold_view(view, level, places_of_level, expected)
    assert n_places > 3 * n_rows
    assert {view["id"] for view in described["views"]} == {*map(str, periods), "change"}


def hold_view(view, level, names, expected):
    """Hold each place of a view to its number and its class, and count them."""
    edges = view["legend"]["edges"]["en"]
    classes = [*zip(edges, edges[1:], view["legend"]["colours"], strict=False)]
    row = view["rows"][level]
    texts = view["texts"]["en"]["rows"][level]["text"]
    for name, text, kind in zip(names, texts, row["kind"], strict=True):
        fill = view["colours"][kind]
        if expected is None:
            number = move_into_class(text, fill, classes)
        else:
            number = expected[clean(name)]
            assert_written(text, number)
        assert_in_class(number, fill, classes)
    if expected is None:  # tiny places are last, and have no star
        return len(names)
    in_order = [read_number(texts[at]) for at in row["order"] if not texts[at].endswith("*")]
    assert in_order == sorted(in_order, reverse=True)
    return len(names)


def move_into_class(text, fill, classes):
    """Read a rounded number, moved to the edge of its class if it is nearer than its last digit."""
    number = read_number(text)
    for low, high, colour in classes:
        if colour == fill:
            least = read_number(low) if low else -np.inf
            largest = read_number(high) if high else np.inf
            moved = float(np.clip(number, least, largest))
            return moved if abs(moved - number) <= half_of_last_digit(text) else number
    return number


def test_numbers_of_a_legend_are_read_in_both_languages():
    assert read_number("−1.234,5 %", "vi") == read_number("−1,234.5%") == -1234.5
    assert re.fullmatch(r"0\.05\d*", str(half_of_last_digit("86.1")))

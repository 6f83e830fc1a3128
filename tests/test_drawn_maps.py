"""Each place of a map is in the class of its number: page, slide, web map, data of the atlas."""

import re
from dataclasses import replace
from types import SimpleNamespace

import islands
import numpy as np
import pandas as pd
import pytest
import shapely
from drawn_answers import (
    FACTORS,
    HEADLINES,
    columns_of,
    hold_labels,
    hold_map,
    hold_table,
    label_of,
    opened,
    rows_of,
    shares_of,
)
from matplotlib.colors import to_rgb
from read_back.drawing import NEAR, clean
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
from hganalysis import frames, words
from hganalysis.figure import PALE
from hganalysis.publish import atlas

MEDIA = {"page": read_page, "slide": read_slide}
WGS84 = 4326
LIGHT = 0.3, 0.6, 0.1
"""How bright red, green and blue are."""
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


def hold_direction(legend, *, is_change):
    """Hold classes to what their colours say: darker is more, brown is a fall, blue a rise."""
    colours = np.array([to_rgb(colour) for *_, colour in legend])
    lightness = colours @ LIGHT
    n_falls = int((colours[:, 0] > colours[:, 2]).sum()) if is_change else 0
    assert (np.diff(lightness[:n_falls]) > 0).all(), "what fell most is not the darkest"
    assert (np.diff(lightness[n_falls:]) < 0).all(), "what is most is not the darkest"
    if is_change:
        highest = [read_number(high) for _, high, _ in legend[:n_falls]]
        assert n_falls
        assert max(highest) <= 0, "a fall is not brown"


@pytest.mark.parametrize("medium", MEDIA)
def test_each_place_has_the_colour_of_the_class_that_its_number_is_in(mapped, medium):
    figure, values, language, least = mapped
    panel, listed = figure.panels
    drawing = MEDIA[medium](figure)
    [legend] = read_legends(drawing)
    hold_direction(legend, is_change=(values < 0).any())
    shown = values[values.index.isin(panel.places["name"].map(clean))]
    # one ward lies nobody knows where
    assert len(shown) == len(panel.places) >= len(values) - 1
    hold_map(drawing, panel, shown, legend, language=language)
    if panel.ground is None:
        assert hold_labels(drawing, panel, shown, language=language) >= least
    for table in drawing.tables:
        hold_table(table, values, legend, language)
    if medium == "slide":
        hold_descriptions(drawing, figure, values)
    if medium == "page":
        right_of_map = max(area.shape.bounds[2] for area in drawing.areas)
        beside = drawing.window(right_of_map, 0, np.inf, np.inf)
        for row in read_rows(beside, listed.rows["name"], language).itertuples():
            assert_in_class(values[clean(row.name)], row.fill, legend, language)


def hold_descriptions(drawing, figure, values):
    """Hold what is read of a slide to its picture, and of its list to the number of each place."""
    described, *lists = drawing.descriptions
    assert described == clean(figure.alt)
    for text in lists:
        assert all(clean(name) in text for name in figure.panels[1].rows["name"])
        assert text.count(";") == min(len(values), len(figure.panels[1].rows)) - 1


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
    rows = figure.table.astype(str).to_numpy().tolist()
    assert web.table == [[*map(clean, row)] for row in rows]
    assert {name for name, *_ in web.table} >= {*areas["name"]}
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
    assert web.heads == ["2022", "2023"]
    assert web.is_shown == [False, True], "the title is of the later one"
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


# --- places without a number ---


@pytest.fixture(scope="module")
def some_isles(drawn_studies):
    """Draw a survey of four of the six isles: its figure, and the shares."""
    shares = pd.Series(
        {
            "Norray": 0.42,
            "Sandey": 0.2,
            "Hellay": 0.31,
            "Mornay": 0.26,
        }
    )
    frame = shares.rename_axis("isle").rename("share").reset_index()
    with opened(drawn_studies, ATLAS):
        figure = hg.map(frame, "share", origin="reported", source="a survey").figure
        yield figure, 100 * shares


@pytest.mark.parametrize("medium", MEDIA)
def test_a_place_without_a_number_is_grey_and_the_legend_says_what_grey_is(some_isles, medium):
    figure, values = some_isles
    panel = figure.panels[0]
    drawing = MEDIA[medium](figure)
    [legend] = read_legends(drawing)
    hold_map(drawing, panel, values, legend)
    meaning = drawing.where(clean(panel.legend.grey))
    samples = [strip for strip in drawing.strips if strip.fill == PALE]
    [sample] = [strip for strip in samples if abs(strip.y - meaning.y) < meaning.height]
    assert sample.end < meaning.start + NEAR
    described = [area.description for area in drawing.areas if area.fill == PALE]
    assert len(described) >= len(islands.ISLES) - len(values)
    if medium == "slide":
        assert all(text.endswith(clean(panel.legend.grey)) for text in described)


def test_a_web_map_says_what_grey_is_in_its_legend_and_at_each_place_without_a_number(some_isles):
    figure, values = some_isles
    web = read_web(figure)
    [areas] = web.places
    unknown = areas[~areas["name"].isin(values.index)]
    assert len(unknown) == len(islands.ISLES) - len(values)
    meaning = clean(figure.panels[0].legend.grey)
    assert {*zip(unknown["fill"], unknown["text"], strict=True)} == {(PALE, meaning)}
    assert web.grey == [(PALE, meaning)]
    assert not web.banner


# --- the atlas ---

ATLAS = "isles"
LEVELS = ("district", "commune")
SIMULATED = "vaccinated"
"""A measure of the isles that is called simulated here; the other is reported."""


@pytest.fixture(scope="module")
def isles_atlas(drawn_studies, tmp_path_factory):
    """Write the atlas of the isles, one measure of it simulated: its data, and what it must say."""
    measure, periods = HEADLINES[ATLAS]
    shares = {}
    with opened(drawn_studies, ATLAS), pytest.MonkeyPatch.context() as patch:
        rows = frames.reports()
        rows["origin"] = np.where(rows["indicator"] == SIMULATED, "simulated", "reported")
        patch.setattr(frames, "reports", rows.copy)
        [file] = atlas.write(tmp_path_factory.mktemp("maps") / "atlas.html")
        for period in periods:
            for level in LEVELS:
                shares[str(period), level] = shares_of(measure, period, level=level)
        rows = rows_of(measure, periods[-1])
        return SimpleNamespace(
            data=read_atlas(file.read_text("utf-8")),
            measure=measure,
            periods=[*map(str, periods)],
            shares=shares,
            counts=rows.set_index(rows["code"].map(label_of))[["count", "out_of"]],
            ranking=columns_of(hg.uptake(measure, periods[-1])),
        )


def measure_of(data, name):
    """Take a measure out of the data of an atlas."""
    [described] = [entry for entry in data["measures"] if entry["id"] == name]
    return described


def names_of(data, level):
    """List the places of a level of an atlas, in its order."""
    [described] = [entry for entry in data["levels"] if entry["id"] == level]
    return [place["en"] for place in described["places"]]


def test_the_atlas_gives_each_place_its_class_in_every_view(isles_atlas):
    factor = FACTORS[ATLAS]
    described = measure_of(isles_atlas.data, isles_atlas.measure)
    n_places = 0
    for view in described["views"]:
        for level in LEVELS:
            expected = isles_atlas.shares.get((view["id"], level))
            numbers = None if expected is None else factor * expected
            n_places += hold_view(view, level, names_of(isles_atlas.data, level), numbers)
    assert n_places > 3 * len(isles_atlas.counts)
    assert {view["id"] for view in described["views"]} == {*isles_atlas.periods, "change"}


def test_the_atlas_draws_each_village_where_it_lies_and_lists_it_below_its_isle(isles_atlas):
    """Villages lie from west to east in their order, and isles from south to north."""
    isles, villages = isles_atlas.data["levels"]
    homes = [place["en"] for place in isles["places"]]
    order, middles = [], []
    for place in villages["places"]:
        short, _, isle = place["en"].partition(" of ")
        assert homes[place["in"]] == isle
        order.append((islands.VILLAGES.index(short), islands.ISLES.index(isle)))
        outline = first_ring(place["d"])
        assert outline.contains(shapely.Point(place["at"]))
        middles.append((outline.centroid.x, outline.centroid.y))
    for axis, is_southwards in enumerate((False, True)):
        number = np.array(order)[:, axis]
        middle = np.array(middles)[:, axis]
        slope, start = np.polyfit(number, middle, 1)
        assert (slope < 0) == is_southwards
        assert np.abs(start + slope * number - middle).max() < abs(slope) / 4
    for number, isle in enumerate(isles["places"]):
        ring = first_ring(isle["d"])
        first = first_ring(villages["places"][number * len(islands.VILLAGES)]["d"])
        assert ring.centroid.distance(first.centroid) < NEAR


def first_ring(path):
    """Read the first ring of a path of SVG: where it begins, and its steps."""
    steps = re.findall(r"-?\d+", path.partition("z")[0])
    corners = np.array(steps, dtype=int).reshape(-1, 2).cumsum(axis=0)
    return shapely.Polygon(corners)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_atlas_writes_counts_ranks_ranges_and_changes_beside_their_place(isles_atlas, language):
    *_, before, last = isles_atlas.periods
    factor = FACTORS[ATLAS]
    described = measure_of(isles_atlas.data, isles_atlas.measure)
    [view] = [entry for entry in described["views"] if entry["id"] == last]
    rows = view["texts"][language]["rows"]
    changes = isles_atlas.shares[last, "commune"] - isles_atlas.shares[before, "commune"]
    for number, name in enumerate(names_of(isles_atlas.data, "commune")):
        counts = re.findall(r"[\d.,]*\d", rows["commune"]["counted"][number])
        expected = isles_atlas.counts.loc[name]
        for text, count in zip(counts, expected, strict=True):
            assert_written(text, count, language)
        assert_written(rows["commune"]["since"][number], factor * changes[name], language)
    for number, name in enumerate(names_of(isles_atlas.data, "district")):
        place = isles_atlas.ranking.loc[name]
        assert rows["district"]["rank"][number] == place["rank"]
        ends = rows["district"]["similar"][number].split("–")
        for text, end in zip(ends, place[["low", "high"]], strict=True):
            assert_written(text, factor * end, language)


def test_the_atlas_says_the_same_in_both_languages_each_in_its_own_letters(isles_atlas):
    data = isles_atlas.data
    assert data["words"]["en"]["csv"] != data["words"]["vi"]["csv"]
    for described in data["measures"]:
        sources = described["source"]
        assert sources["en"].startswith("Source")
        assert sources["vi"].startswith("Nguồn")
        for view in described["views"]:
            edges = view["legend"]["edges"]
            for english, vietnamese in zip(edges["en"], edges["vi"], strict=True):
                if english:
                    assert_written(vietnamese, read_number(english), "vi")
                assert (" %" in clean(vietnamese)) == ("%" in english)
            hold_widths([*map(read_number, edges["en"][1:-1])], view["legend"]["shares"])


def hold_widths(edges, shares):
    """Hold the classes of a legend that have two ends to be the wider, the more they span."""
    assert len(shares) == len(edges) + 1
    spans = np.round(np.diff(edges), 9)
    widths = np.round(shares[1:-1], 3)
    in_order = np.argsort(spans, kind="stable")
    assert (np.diff(widths[in_order]) >= 0).all()


def test_the_atlas_has_a_stamp_and_the_measure_that_is_simulated_has_its_own(isles_atlas):
    data = isles_atlas.data
    with words.use("en"):
        assert data["fake"]["en"] == words.term("words.simulated")
    for described in data["measures"]:
        is_simulated = described["id"] == SIMULATED
        assert described["fake"] == is_simulated
        assert ("simulat" in described["source"]["en"]) == is_simulated


def hold_view(view, level, names, expected):
    """Hold each place of a view to its number and its class, and count them."""
    edges = view["legend"]["edges"]["en"]
    classes = [*zip(edges, edges[1:], view["legend"]["colours"], strict=False)]
    row = view["rows"][level]
    texts = view["texts"]["en"]["rows"][level]["text"]
    for name, text, kind in zip(names, texts, row["class_number"], strict=True):
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

"""Each place of a map is in the class of its number: page, slide, web map, data of the atlas."""

import json
import re

import numpy as np
import pytest
import shapely
from drawn_answers import (
    FACTORS,
    HEADLINES,
    hold_labels,
    hold_map,
    opened,
    shares_of,
)
from read_back import (
    assert_in_class,
    clean,
    divide_label,
    half_of_last_digit,
    read_legends,
    read_number,
    read_page,
    read_slide,
    read_web,
)

import hganalysis as hg
from hganalysis import frames, places, words
from hganalysis.publish import atlas

MEDIA = {"page": read_page, "slide": read_slide}
WGS84 = 4326
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
    with opened(drawn_studies, study, language):
        measure, periods = HEADLINES[study]
        factor = FACTORS[study]
        if kind == "change":
            before, after = (shares_of(measure, period) for period in periods[-2:])
            values, factor = after - before, 100
            figure = hg.compare(measure, *periods[-2:]).map().figure
        else:
            level = "commune" if kind == "communes" else "district"
            values = shares_of(measure, periods[-1], level=level)
            answer = hg.uptake(measure, periods[-1])
            figure = answer.communes().figure if kind == "communes" else answer.map().figure
    return figure, factor * values, language, n_labels


@pytest.mark.parametrize("medium", MEDIA)
def test_each_place_has_the_colour_of_the_class_that_its_number_is_in(mapped, medium):
    figure, values, language, least = mapped
    drawing = MEDIA[medium](figure)
    panel = figure.panels[0]
    shown = values[values.index.isin(panel.places["name"].map(clean))]
    assert len(shown) == len(panel.places) >= len(values) - 1
    [legend] = read_legends(drawing)
    hold_map(drawing, panel, shown, legend, language=language)
    if panel.ground is None:
        n_labels = hold_labels(drawing, panel, shown, language=language)
        assert n_labels >= least
    for table in drawing.tables:
        listed = table[1:]
        numbers = [values[name] for (name, _), _ in listed]
        assert numbers == sorted(numbers, reverse=True)
        for (name, _), (text, fill) in listed:
            assert_in_class(values[name], fill, legend, language)
            apart = abs(read_number(text, language) - values[name])
            assert apart <= half_of_last_digit(text, language), name


def test_a_web_map_has_each_place_in_its_class_and_each_text_on_its_place(mapped):
    figure, values, language, least = mapped
    page = read_web(figure)
    [areas], [labels] = page.places, page.labels
    panel = figure.panels[0]
    land = panel.places.to_crs(WGS84)
    outlines = dict(zip(panel.places["name"].map(clean), land.geometry, strict=True))
    assert {*areas["name"]} == {*outlines}
    for row in areas.itertuples():
        assert row.shape.centroid.distance(outlines[row.name].centroid) < 1e-6
        apart = abs(read_number(row.text, language) - values[row.name])
        assert apart <= half_of_last_digit(row.text, language), row.name
        assert_in_class(values[row.name], row.fill, page.classes, language)
    assert len(labels) >= least
    for label in labels.itertuples():
        below = areas[[shape.contains(shapely.Point(label.x, label.y)) for shape in areas["shape"]]]
        name, number = divide_label(label.text)
        below = below[below["name"] == name] if name else below
        numbers = values[below["name"]]
        digit = half_of_last_digit(number, language)
        assert ((numbers - read_number(number, language)).abs() <= digit).any(), label.text


def test_of_two_maps_each_has_the_numbers_of_its_period():
    """On the left is the period that its head names, in the classes of both."""
    periods = 2022, 2023
    with words.use("en"):
        figure = hg.map("files_online", [2022, 2023]).figure
        values = {period: 100 * shares_of("files_online", period) for period in periods}
    web = read_web(figure)
    for areas, period in zip(web.places, periods, strict=True):
        for row in areas.itertuples():
            assert_in_class(values[period][row.name], row.fill, web.classes)
    for read in MEDIA.values():
        drawing = read(figure)
        legends = read_legends(drawing)
        assert len(legends) == 2
        xs = [drawing.where(str(period)).x for period in periods]
        assert xs == sorted(xs)
        middle = np.mean([shape.centroid.x for shape, *_ in drawing.areas])
        for panel, period, legend, is_right in zip(
            figure.panels, periods, legends, (False, True), strict=True
        ):
            half = [area for area in drawing.areas if (area[0].centroid.x > middle) == is_right]
            hold_map(
                type(drawing)(**vars(drawing) | {"areas": half}), panel, values[period], legend
            )


# --- the atlas ---


def read_atlas(folder):
    """Write the atlas, and give its data as it stands in the page."""
    [file] = atlas.write(folder / "atlas.html")
    source = file.read_text("utf-8")
    [data] = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', source, re.DOTALL
    )
    return json.loads(data)


def views_of(data):
    """Go through the views of the atlas: measure, view, level, and the count of each place."""
    for measure in data["measures"]:
        for view in measure["views"]:
            for level, row in view["rows"].items():
                number, *counts = measure["values"][view["period"]][level]
                yield measure["id"], view, level, row, counts, data["of"][number]


@pytest.mark.parametrize("study", ["isles"])
def test_the_atlas_gives_each_place_its_class_in_every_view(drawn_studies, tmp_path, study):
    with opened(drawn_studies, study, "vi"):
        data = read_atlas(tmp_path)
        reports = frames.reports().set_index(["indicator", "period", "code"])["count"]
        home = places.units()["compared_code"]
    codes = {level["id"]: [place["code"] for place in level["places"]] for level in data["levels"]}
    n_places = 0
    for measure, view, level, row, counts, out_of in views_of(data):
        legend = view["legend"]
        edges = legend["edges"]["vi"]
        classes = [*zip(edges, edges[1:], legend["colours"], strict=False)]
        texts = view["texts"]["vi"]["rows"][level]["text"]
        unit = re.search(r"[\d.,]+(\s?%)?", texts[0])
        for at, (text, kind) in enumerate(zip(texts, row["kind"], strict=True)):
            assert (kind is None) == (text == "")
            if not text:
                continue
            n_places += 1
            number = read_number(text, "vi")
            if level == "whole":
                continue
            colour = view["colours"][kind]
            if view["id"] != "change":
                share = counts[at] / out_of[at]
                factors = np.array([1, 100, 1_000, 10_000, 100_000])
                factor = factors[np.abs(factors * share - number).argmin()]
                assert abs(factor * share - number) <= half_of_last_digit(text, "vi")
                number = factor * share
                if level == "commune" and measure in reports.index:
                    period = int(view["period"])
                    assert counts[at] == reports[measure, period, codes[level][at]]
            else:
                half = half_of_last_digit(text, "vi")
                number = nearest_inside(number, half, colour, classes)
            assert_in_class(number, colour, classes, "vi")
        assert unit is None or home is not None
    assert n_places > 80


def nearest_inside(number, half, colour, classes):
    """Move a number that was rounded to the edge of its class, if it is that near."""
    [(low, high)] = [edges[:2] for edges in classes if edges[2] == colour]
    least = read_number(low, "vi") if low else -np.inf
    most = read_number(high, "vi") if high else np.inf
    moved = min(max(number, least), most)
    return moved if abs(moved - number) <= half else number

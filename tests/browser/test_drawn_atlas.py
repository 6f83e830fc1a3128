"""Each place of the atlas, and of the picture that it gives, is in the class of its number."""

import io
from itertools import pairwise

import pytest
from drawn_answers import FACTORS, HEADLINES, codes_of_districts, opened, shares_of
from PIL import Image
from read_back.reader import assert_in_class, assert_written

from hganalysis import places
from hganalysis.publish import atlas

STRIP = 26
"""In pixels: how high the strip of the legend of a picture is."""
PAGE = """() => ({
    fills: Object.fromEntries([...document.querySelectorAll("#areas path")].map(
        path => [path.dataset.code, path.getAttribute("fill")])),
    texts: Object.fromEntries([...document.querySelectorAll("tbody tr")].map(
        row => [row.dataset.code, row.cells[3].textContent])),
    bars: Object.fromEntries([...document.querySelectorAll("tbody tr")].map(
        row => [row.dataset.code, row.cells[2].firstChild.style.background])),
    widths: Object.fromEntries([...document.querySelectorAll("tbody tr")].map(
        row => [row.dataset.code, parseFloat(row.cells[2].firstChild.style.width)])),
    classes: [...document.querySelectorAll("#legend span:not(.none)")].map(
        span => [span.querySelector("i").style.background, span.querySelector("b").textContent]),
    middles: Object.fromEntries(level.places.map(place => [place.code, place.at])),
})"""
"""What the page shows of each place, and the classes of its legend."""
RECORD = """window.drawn = { rects: [], texts: [], moves: [] };
const pen = CanvasRenderingContext2D.prototype;
for (const [name, into] of [["fillRect", "rects"], ["fillText", "texts"],
                            ["translate", "moves"], ["scale", "moves"]]) {
    const usual = pen[name];
    pen[name] = function (...all) {
        drawn[into].push([this.fillStyle, ...all]);
        return usual.apply(this, all);
    };
}"""
"""Notes what is painted into a picture."""
VIEWS = ["l=district", "l=commune", "y=2024&l=commune"]


@pytest.fixture(scope="module", params=["isles"])
def written(request, drawn_studies, tmp_path_factory):
    """Write an atlas: its address, and what each of its views must show."""
    study = request.param
    measure, periods = HEADLINES[study]
    with opened(drawn_studies, study):
        [file] = atlas.write(tmp_path_factory.mktemp("drawn") / "atlas.html")
        villages = {places.label(code): code for code in places.units().index}
        expected = {}
        for view in VIEWS:
            level = view.partition("l=")[2]
            period = 2024 if "2024" in view else periods[-1]
            shares = FACTORS[study] * shares_of(measure, period, level=level)
            codes = codes_of_districts() if level == "district" else villages
            expected[view] = shares.rename(codes)
    return f"{file.as_uri()}#g=en&m={measure}&", expected


def to_hex(colour):
    """Write a colour as a legend has it: #rrggbb."""
    if colour.startswith("#"):
        return colour
    parts = colour.removeprefix("rgb(").removesuffix(")").split(",")
    return "#" + "".join(f"{int(part):02x}" for part in parts)


@pytest.mark.parametrize("view", VIEWS)
def test_the_page_gives_each_place_the_colour_of_its_class_and_its_number(tab, written, view):
    address, expected = written
    tab.goto(address + view)
    shown = tab.evaluate(PAGE)
    edges = [text for _, text in shown["classes"]]
    fills = [to_hex(colour) for colour, _ in shown["classes"] if colour]
    # the text of a class stands at its lower edge; an open last class has none above it
    classes = [*zip(edges, [*edges[1:], ""], fills, strict=False)]
    assert len(classes) == len(fills)
    assert {*shown["fills"]} == {*shown["texts"]} == {*expected[view].index}
    widths = 100 * expected[view] / expected[view].max()
    assert shown["widths"] == pytest.approx(widths.to_dict(), abs=0.1)
    for code, number in expected[view].items():
        assert_written(shown["texts"][code], number)
        assert to_hex(shown["bars"][code]) == shown["fills"][code]
        assert_in_class(number, shown["fills"][code], classes)


@pytest.mark.parametrize("view", VIEWS[:2])
def test_the_picture_paints_each_place_in_the_colour_of_its_class(tab, written, view):
    address, expected = written
    tab.add_init_script(RECORD)
    tab.goto(address + view)
    middles = tab.evaluate(PAGE)["middles"]
    with tab.expect_download() as waiting:
        tab.click("#picture")
    pixels = Image.open(io.BytesIO(waiting.value.path().read_bytes())).convert("RGB")
    drawn = tab.evaluate("drawn")
    classes = read_strip(drawn)
    (_, right, down), (_, scale, _) = drawn["moves"][-2:]
    for code, number in expected[view].items():
        x, y = middles[code]
        painted = pixels.getpixel((round(right + scale * x), round(down + scale * y)))
        fill = "#" + "".join(f"{part:02x}" for part in painted)
        assert_in_class(number, fill, classes)


def read_strip(drawn):
    """Read the classes of the legend of a picture, each with the texts at its edges."""
    strip = [rect for rect in drawn["rects"] if rect[4] == STRIP]
    starts = [rect[1] for rect in strip]
    ends = [rect[1] + rect[3] for rect in strip]
    for end, start in zip(ends, starts[1:], strict=False):
        assert end == pytest.approx(start)
    texts = {round(x): text for _, text, x, *_ in drawn["texts"]}
    edges = [texts.get(round(x), "") for x in [*starts, ends[-1]]]
    fills = [rect[0] for rect in strip]
    return [(low, high, fill) for (low, high), fill in zip(pairwise(edges), fills, strict=True)]

"""A figure printed at a width in millimetres: letters that can be read, nothing that overlaps."""

import math
import re
import zlib
from itertools import combinations

import geopandas as gpd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image
from shapely.geometry import box

import hganalysis as hg
from hganalysis import limits
from hganalysis.figures import passport
from hganalysis.figures.model import Bar, Bars, Part, Row, Rows, Scale, Slope, Slopes
from hganalysis.render import typeset
from hganalysis.render.static import layout, paper

LEAST = 6.5
WIDTHS = (65, 85, 120, 170, 219)


def points(picture):
    """Give the size of each text as it is printed, the passport apart."""
    figure = picture.figure
    every = [*figure.texts, *(text for ax in figure.axes for text in ax.texts)]
    small = paper.scale(picture.width)
    return [small * one.get_fontsize() for one in every if one.get_gid() != "passport"]


def boxes(texts):
    return [(one.get_text(), one.get_window_extent().padded(-2)) for one in texts if one.get_text()]


def hold_apart(picture):
    """No text lies on another of the page or of its legend, or beyond the edges."""
    figure = picture.figure
    figure.draw_without_rendering()
    around = [
        *figure.texts,
        *(one for ax in figure.axes if ax.get_label() == "legend" for one in ax.texts),
    ]
    around += [ax.title for ax in figure.axes]
    around += [ax._left_title for ax in figure.axes]
    found = boxes(around)
    for (one, first), (other, second) in combinations(found, 2):
        assert not first.overlaps(second), (one, other)
    for text, inside in [*found, *boxes([one for ax in figure.axes for one in ax.texts])]:
        assert figure.bbox.x0 <= inside.x0 < inside.x1 <= figure.bbox.x1, text
        assert figure.bbox.y0 <= inside.y0 < inside.y1 <= figure.bbox.y1, text


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("years", [2023, [2022, 2023]])
def test_a_map_of_any_width_can_be_read_and_says_the_same(width, years):
    usual, picture = hg.map("app_users", years), hg.map("app_users", years, width=width)
    assert picture.digest == usual.digest
    assert picture.passport == usual.passport
    assert min(points(picture)) >= LEAST - 0.01
    hold_apart(picture)
    said = " ".join(" ".join(one.get_text().split()) for one in picture.figure.texts)
    for text in (picture.composed.title, picture.composed.source_line, picture.passport.text):
        assert " ".join(text.split()) in said
    banners = [one for ax in picture.figure.axes for one in ax.patches if one.get_gid() == "banner"]
    assert len(banners) == len(picture.composed.maps)


@pytest.mark.parametrize("width", [85, 170, 400])
def test_files_are_as_wide_as_was_said(width, tmp_path):
    picture = hg.map("app_users", 2023)
    png = Image.open(picture.save(tmp_path / "a.png", width=width))
    assert png.width == pytest.approx(width / 25.4 * 300, abs=1)
    assert png.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    colours = {
        to_hex([part / 255 for part in colour]) for _, colour in png.convert("RGB").getcolors(2**24)
    }
    assert colours >= set(picture.composed.maps[0].table["colour"])
    svg = picture.save(tmp_path / "a.svg", width=width).read_text(encoding="utf-8")
    assert float(re.search(r'width="([\d.]+)pt"', svg)[1]) == pytest.approx(
        width / 25.4 * 72, abs=0.1
    )
    pdf = picture.save(tmp_path / "a.pdf", width=width).read_bytes()
    sides = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert float(sides[1]) == pytest.approx(width / 25.4 * 72, abs=0.1)
    assert float(sides[2]) / float(sides[1]) == pytest.approx(png.height / png.width, abs=0.01)
    assert passport.read(tmp_path / "a.pdf").passport.hash == picture.passport.hash
    tiles = re.findall(rb"/Matrix \[ ([\d.]+) 0 0 ([\d.]+) ", pdf)
    small = paper.scale(width)  # hatches are as fine as the page is small
    assert tiles
    assert [float(one) for tile in tiles for one in tile] == pytest.approx([small] * 2 * len(tiles))
    again = hg.map("app_users", 2023, width=width)
    for end in ("png", "svg", "pdf"):
        again.save(tmp_path / f"b.{end}")
        assert (tmp_path / f"b.{end}").read_bytes() == (tmp_path / f"a.{end}").read_bytes()


def test_lines_reach_the_right_edge_of_a_smaller_page():
    figure = Figure(figsize=(10, 5))
    figure.add_artist(Line2D([0.05, 0.95], [0.5, 0.5]))
    with paper.Pdf("vi") as pages:
        pages.add(figure, 0.5)
        pdf = pages.finished("one line", hg.map("app_users", 2023).passport)
    parts = re.findall(rb"stream\n(x.*?)\nendstream", pdf, re.DOTALL)
    ends = [re.findall(rb"([\d.]+) [\d.]+ l\n", zlib.decompress(one)) for one in parts]
    assert float([x for some in ends for x in some][-1]) == pytest.approx(0.95 * 720)
    assert re.search(rb"/MediaBox \[ 0 0 360 180 \]", pdf)
    assert b"/Lang (vi)" in pdf


def pixels(file):
    with Image.open(file) as picture:
        return picture.size


def test_dots_are_those_that_were_said(tmp_path):
    picture, file = hg.map("app_users", 2023, width=85, dpi=150), tmp_path / "a.png"
    assert pixels(picture.save(file))[0] == pytest.approx(502, abs=1)
    assert pixels(picture.save(file, dpi=100))[0] == pytest.approx(335, abs=1)
    assert pixels(hg.map("app_users", 2023).save(file)) == (1920, 1080)


@pytest.mark.parametrize("width", [0, -85, math.nan, math.inf, 10_000, "85", True, 64])
def test_a_width_that_is_none_is_refused(width, tmp_path):
    said = r"expected millimetres, from 65 \(a narrow column\) to 2000"
    with pytest.raises(ValueError, match=said):
        hg.map("app_users", 2023, width=width)
    with pytest.raises(ValueError, match=said):
        hg.map("app_users", 2023).save(tmp_path / "a.png", width=width)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("dpi", [0, -1, math.nan, 1e9, "300", True])
def test_dots_that_are_none_are_refused(dpi, tmp_path):
    with pytest.raises(ValueError, match=r"expected 50 to \d+ dots an inch"):
        hg.map("app_users", 2023, dpi=dpi)
    with pytest.raises(ValueError, match=r"expected 50 to \d+ dots an inch"):
        hg.map("app_users", 2023).save(tmp_path / "a.png", width=400, dpi=dpi)
    with pytest.raises(ValueError, match="expected 50 to 152 dots an inch, 2000 mm"):
        hg.map("app_users", 2023, width=2000).save(tmp_path / "a.png", dpi=300)


def test_labels_without_room_are_left_out_and_it_is_said_how_many():
    side = 30
    shapes = [box(x, y, x + 1, y + 1) for x in range(side) for y in range(side)]
    names = [f"Subcounty {at}" for at in range(len(shapes))]
    own = gpd.GeoDataFrame({"n": names, "x": range(100, 100 + len(shapes))}, geometry=shapes)
    own = own.set_geometry(own.scale(0.01, 0.01, origin=(0, 0))).set_crs("EPSG:4326")
    with hg.words.use("en"):
        picture = hg.map(own, "x", origin="reported", source="us", width=85)
        texts = [one.get_text() for one in picture.figure.texts]
        assert any(re.search(r"Places without room for a label: \d", one) for one in texts)
    hold_apart(picture)


def test_a_chart_whose_words_have_no_room_is_refused_with_each_of_them():
    slopes = [
        Slope(f"District of {at}", (0.1, 0.2 + at / 9), "10,0 %", "20,0 %", "+1", 1)
        for at in range(5)
    ]
    panel = Slopes(
        tuple(slopes), (2022, 2023), ("31/12/2022", "31/12/2023", "points"), simulated=True
    )
    with pytest.raises(ValueError, match=r"have no room at this width; print it wider:\n  '"):
        hg.chart(panel, title="T", source="us", width=65)
    picture = hg.chart(panel, title="T", source="us", width=170)
    assert min(points(picture)) >= LEAST
    hold_apart(picture)


LONG = "a name that is far too long to stand beside what it is the name of"


def columns():
    """Panels whose words have no room beside their marks in a column of a journal."""
    slopes = [
        Slope(f"District of {at}", (0.1, 0.2 + at / 9), "10,0 %", "20,0 %", "+1", 1)
        for at in range(5)
    ]
    heads = ("first measure of two\n31/12/2022", "second measure\n31/12/2023", "points")
    yield Slopes(tuple(slopes), (2022, 2023), heads, simulated=True)
    rows = [
        Row(f"{at}: {LONG}", 1.2, pieces=((1.1, 1.4),), under=LONG, texts=("1.20 (1.1-1.4)",))
        for at in range(3)
    ]
    yield Rows(tuple(rows), Scale(LONG, "ratio", log=True), simulated=True)
    parts = [Part(one, f"{one}: {LONG}", str(one), "#123456") for one in (70, 20, 10)]
    yield Bars((Bar(LONG, tuple(parts)), Bar("two", ends=((20, "20"), (90, "90")))), simulated=True)


@pytest.mark.parametrize("panel", list(columns()), ids=lambda one: type(one).__name__)
def test_words_without_room_beside_marks_are_folded_or_stand_above_them(panel):
    picture = hg.chart(panel, title="T", source="us", width=85)
    assert min(points(picture)) >= LEAST - 0.01
    hold_apart(picture)
    texts = [one for ax in picture.figure.axes for one in ax.texts]
    said = " ".join(" ".join(one.get_text() for one in texts).split())
    heads = getattr(panel, "heads", ()) or (LONG,)
    assert " ".join(heads[0].split()) in said
    assert "…" not in said


def test_a_title_or_source_without_room_is_refused():
    for long in ("a" * 400, "một hai ba " * 100):
        with pytest.raises(ValueError, match="no room at this width for"):
            hg.map("app_users", 2023, title=long, width=85)
        with pytest.raises(ValueError, match="no room"):
            hg.map("app_users", 2023, note=long, width=85)


def test_as_many_lines_as_there_may_be_have_room_and_one_more_has_not():
    word = "chữ" * 8
    room = 1.5 * typeset.width(word, 10)
    for lines, fits in ((limits.MOST_LINES, True), (limits.MOST_LINES + 1, False)):
        text = " ".join([word] * lines)
        if fits:
            assert layout.fold(text, 10, room) == [word] * lines
        else:
            with pytest.raises(ValueError, match="no room at this width"):
                layout.fold(text, 10, room)


def test_axes_of_ones_own_have_their_own_width():
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="no room for width=, dpi= on axes"):
        hg.map("app_users", 2023, ax=ax, width=85, dpi=300)
    plt.close("all")

"""A figure is data, and a picture is drawn when it is asked for: what every medium has to keep."""

import io
import re
from dataclasses import replace
from html import unescape
from itertools import pairwise

import folium
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath
from PIL import Image
from pptx import Presentation
from refusal_texts import says

import hganalysis as hg
from hganalysis import indicators, places, words
from hganalysis.draw import Answer, labels, plots, slide, web
from hganalysis.draw.picture import WIDTHS
from hganalysis.figure import Legend, Map, Panel, ReferenceLine, mark_simulated
from hganalysis.sheets import panels as sheets


@pytest.fixture(scope="module")
def picture():
    return hg.uptake("app_users", 2023).map()


@pytest.mark.parametrize("change", ["title", "banner", "source", "table", "panels"])
def test_what_is_shown_decides_the_digest(picture, change):
    figure = picture.figure
    changed = {"title": "x", "banner": "", "source": "y"}
    changed["table"] = figure.table.iloc[1:]
    map_of, *rest = figure.panels
    colours = list(map_of.places["colour"][::-1])
    recoloured = map_of.places.assign(colour=colours)
    changed["panels"] = replace(map_of, places=recoloured), *rest
    differing = replace(figure, **{change: changed[change]})
    assert differing.digest != figure.digest
    same = hg.uptake("app_users", 2023).map().figure
    assert same.digest == figure.digest


def other_panels(kind):
    """Draw a panel of each kind, and others that differ from it in what is drawn alone."""
    if kind == "map":
        figure = hg.uptake("app_users", 2023).map().figure
        panel = figure.panels[0]
        shifted_places = panel.places.set_geometry(panel.places.translate(500))
        yield panel
        yield replace(panel, places=shifted_places)
        yield replace(panel, head="2023")
        # a corner is cut, and the box around the shape stays as it is
        shapes = panel.places.geometry
        is_first = shapes.index == shapes.index[0]
        cut = shapes.where(~is_first, shapes.convex_hull)
        assert cut.bounds.equals(shapes.bounds)
        yield replace(panel, places=panel.places.set_geometry(cut))
    elif kind == "rows":
        figure = hg.uptake("app_users", 2023).order().figure
        panel = figure.panels[0]
        lower = panel.rows["low"] - 0.01
        yield panel
        yield replace(panel, rows=panel.rows.assign(low=lower))
        yield replace(panel, line=ReferenceLine(0.5, "target"))
        yield replace(panel, ticks={})
        yield replace(panel, key=panel.key | {"low": "x"})
    elif kind == "slopes":
        figure = hg.compare("app_users", 2022, 2023).slopes().figure
        panel = figure.panels[0]
        yield panel
        yield replace(panel, rows=panel.rows.assign(before=0.1))
        yield replace(panel, heads=("2021", "2023"))
    else:
        headline = hg.Design.of_reports("app_users", 2022).headline()
        panel = headline.picture().figure.panels[0]
        yield panel
        yield replace(panel, dots=panel.dots.assign(size=0.1))
        yield replace(panel, line=panel.line.assign(high=9.0))
        yield replace(panel, line_label="")


@pytest.mark.parametrize("kind", ["map", "rows", "slopes", "scatter"])
def test_all_that_a_panel_draws_decides_the_digest(picture, kind):
    panels = list(other_panels(kind))
    figures = [replace(picture.figure, panels=(panel,)) for panel in panels]
    digests = {figure.digest for figure in figures}
    assert len(digests) == len(panels)


def test_the_digest_does_not_hang_on_the_last_digits():
    figure = hg.uptake("app_users", 2023).order().figure
    panel = figure.panels[0]
    low = panel.rows["low"] * (1 + 1e-14)
    nearly = replace(panel, rows=panel.rows.assign(low=low))
    assert replace(figure, panels=(nearly,)).digest == figure.digest
    circles = hg.uptake("app_users", 2023).communes().figure
    panel = circles.panels[0]
    shifted = replace(panel, ground=panel.ground.translate(1e-7))
    differs = panel.ground.to_wkt().ne(shifted.ground.to_wkt())
    assert differs.any()
    nearly = replace(circles, panels=(shifted, *circles.panels[1:]))
    assert nearly.digest == circles.digest


def test_the_same_bytes_every_time_and_what_a_file_says_of_itself(picture, tmp_path):
    for kind in ("png", "svg", "pdf"):
        files = []
        for stem in "ab":
            file = picture.save(tmp_path / f"{stem}.{kind}", width=85)
            files.append(file.read_bytes())
        assert files[0] == files[1]
        assert picture.figure.digest.encode() in files[0] or kind == "pdf"
    with Image.open(tmp_path / "a.png") as drawn:
        info = drawn.info
    assert info["Title"] == picture.figure.title
    assert info["Description"] == picture.figure.alt


def test_two_maps_stand_side_by_side_on_a_wall_and_one_below_the_other_in_a_column(tmp_path):
    """On a wall of 16:9, in larger letters; a column is as high as what stands in it."""
    picture = hg.map("files_online", [2022, 2023])
    text = r'<text style="[^"]*font-size: (\d+)px[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>{}</text>'
    media = (("slide", 14, 1, 0), ("column", 7, 0, 1))
    for medium, letters, across, down in media:
        file = picture.save(tmp_path / "two.svg", width=WIDTHS[medium])
        drawn = file.read_text("utf-8")
        heads = [re.search(text.format(head), drawn).groups() for head in (2022, 2023)]
        (size, x, y), (_, right, below) = (map(float, numbers) for numbers in heads)
        box = re.search(r'viewBox="0 0 (\S+) (\S+)"', drawn).groups()
        wide, high = map(float, box)
        assert size == letters, medium
        assert (right - x > wide / 3) == across, medium
        assert (below - y > high / 4) == down, medium
        is_wall = high / wide == pytest.approx(9 / 16, abs=1e-3)
        assert is_wall == across, medium


def strip_on_a_page(panel):
    """Measure each class of a legend between its edges, as a share of the strip."""
    part = Figure().subfigures()
    plots.draw_panel(panel, part)
    bar = part.figure.axes[-1]
    part.figure.draw_without_rendering()
    labels_drawn = [text.get_text() for text in bar.get_xticklabels()]
    assert labels_drawn == [*filter(None, panel.legend.edges)]
    edges = sorted({*bar.get_xticks(), *bar.get_xlim()})
    corners = [(edge, 0) for edge in edges]
    pixels = bar.transData.transform(corners)[:, 0]
    return np.diff(pixels) / np.ptp(pixels)


def test_a_category_is_one_swatch_with_its_name_in_the_middle():
    """Nothing lies between two periods, so no text may stand where their colours meet."""
    strip = Legend(("#111111", "#222222"), ("2024", "2025"), (1.0, 1.0))
    panel_of_residents = hg.map("population").figure.panels[0]
    panel = replace(panel_of_residents, legend=strip)
    assert strip_on_a_page(panel) == pytest.approx([0.25, 0.5, 0.25])
    assert strip_on_a_slide(panel) == pytest.approx([0.5, 0.5])
    texts = re.findall(r'<b style="left:(.*?)">(.*?)</b>', web._legend_html(strip))
    assert texts == [("25.00%", "2024"), ("75.00%", "2025")]


def strip_on_a_slide(panel):
    deck = Presentation()
    boxes = deck.slides.add_slide(deck.slide_layouts[6])
    box = slide.Box(0, 0, 500, 20)
    slide._add_legend(boxes, panel.legend, box)
    swatches = [box for box in boxes.shapes if not box.text_frame.text]
    strip = swatches[: len(panel.legend.colours)]
    widths = np.array([box.width.pt for box in strip])
    return widths / widths.sum()


def strip_on_the_web(panel):
    page = web._legend_html(panel.legend)
    return np.array(re.findall(r"flex-grow:([\d.]+)", page), dtype=float)


@pytest.mark.parametrize("strip", [strip_on_a_page, strip_on_a_slide, strip_on_the_web])
def test_classes_are_as_wide_as_their_numbers_are_apart(strip):
    """60,000 to 75,000 to 90,000 to 120,000: an open class is as wide as the one beside it."""
    panel_of_residents = hg.map("population").figure.panels[0]
    widths = strip(panel_of_residents)
    expected = np.array([15, 15, 15, 30, 30]) / 105
    assert widths == pytest.approx(expected, abs=1e-3)
    # 0 to 15 to 30 to 35 to 40: a side alone
    change_map = hg.compare("files_online", 2022, 2023).map()
    widths = strip(change_map.figure.panels[0])
    expected = np.array([15, 15, 5, 5, 5]) / 45
    assert widths == pytest.approx(expected, abs=1e-3)
    # however narrow a class is, it is seen
    codes = places.compared().index
    frame = pd.DataFrame({"code": codes, "x": [1, 2, 3, 4, 5, 6, 7, 900]})
    answer = hg.map(frame, "x", classes=[2, 3, 800], origin="reported", source="us")
    widths = strip(answer.figure.panels[0])
    assert widths.sum() == pytest.approx(1, abs=1e-3)
    assert widths.min() > 0.08
    assert widths[2] > 4 * widths[1]


NARROW = [(None, "files_online"), ("kenya_2019", "internet_users"), ("kenya_2019", "phone_owners")]


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize(("name", "measure"), NARROW)
def test_numbers_of_a_legend_do_not_touch_on_a_phone(name, measure, language):
    with hg.Study.open(name).use(language=language):
        figure = hg.uptake(measure, indicators.periods(measure)[-1]).map().figure
        [panel] = [panel for panel in figure.panels if isinstance(panel, Map)]
    with mpl.rc_context({"font.size": 7}):
        sheet = Figure(figsize=(2.8, 2.3), layout="constrained")
        plots.draw_panel(panel, sheet.subfigures())
        sheet.draw_without_rendering()
    *_, strip = sheet.findobj(Axes)
    boxes = [text.get_window_extent() for text in strip.get_xticklabels()]
    assert len(boxes) == len(panel.legend.ticks) > 3
    for left, right in pairwise(boxes):
        assert right.x0 - left.x1 > 1


def test_answers_of_all_wings_are_of_one_class_and_draw_what_is_shown_first():
    design = hg.Design.of_reports("app_users", 2022)
    answers = {"map": hg.uptake("app_users", 2023)}
    answers["slopes"] = hg.compare("app_users", 2022, 2023)
    answers |= {"related": design.headline(), "ratios": design.naive()}
    for name, answer in answers.items():
        assert isinstance(answer, Answer)
        assert str(answer) == repr(answer) == answer.sentence
        assert answer.sentence == mark_simulated(answer.describe(), answer.origin)
        assert next(iter(answer.figures)) == name
        first_figure = answer.figures[name]()
        assert answer.picture().figure.digest == first_figure.digest
    assert {*answers["map"].figures} == {"map", "order", "communes"}
    power = design.power()
    assert power.figures == {}
    assert power.picture() is None


def test_where_nobody_knows_where_places_lie_the_first_figure_is_the_ranking(monkeypatch):
    answer = hg.uptake("app_users", 2023)
    monkeypatch.setattr(places, "may_be_mapped", lambda: False)
    assert next(iter(answer.figures)) == "order"
    assert answer.picture().figure.digest == answer.order().figure.digest


DOLLARS = [r"half $\frac12$", "$5 or $6", r"\$5", "one $ alone"]


@pytest.mark.parametrize("text", DOLLARS)
@pytest.mark.parametrize("field", ["title", "subtitle", "source"])
def test_a_text_with_dollars_is_drawn_as_it_is_and_is_no_formula(picture, field, text, tmp_path):
    figure = replace(picture.figure, **{field: text})
    drawn = hg.Picture(figure).save(tmp_path / "map.svg")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawn.read_text("utf-8"))
    assert text in [unescape(line) for line in texts]


def test_every_kind_of_panel_is_drawn_on_a_page():
    assert sheets.DotLists in Panel.__subclasses__()  # those of the sheets are drawn, too
    kinds = {*Panel.__subclasses__()}
    assert {*plots.draw_panel.registry} - {object} == kinds


def pictures_with_titles():
    """Give pictures whose titles may have numbers."""
    change = hg.compare("app_users", 2022, 2023)
    yield hg.Design.of_reports("app_users", 2022).naive().picture()
    yield change.slopes()
    yield change.map()
    yield hg.uptake("app_users", 2023).map()


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_figure_shows_each_number_of_its_title(language):
    """A title said how many times too much counts vary; the intervals below it do not."""
    with words.use(language):
        for picture in pictures_with_titles():
            figure = picture.figure
            shown = figure.table.to_csv() + str(len(figure.table))
            shown += figure.subtitle
            numbers = re.findall(r"\d[\d.,]*", figure.title.rstrip("."))
            unknown = [number for number in numbers if number.rstrip(",.") not in shown]
            assert unknown == [], figure.title


def test_texts_beside_lines_stand_a_step_apart_and_move_only_where_they_must():
    wanted = pd.Series([3.0, 0.0, 0.5, 9.0])
    positions = labels.move_apart(wanted, 1).tolist()
    assert positions == pytest.approx([3, -0.25, 0.75, 9])


def test_a_text_is_as_wide_as_matplotlib_draws_it():
    for text in [*places.units()["name_vi"], "−0,5 %", "(Q3)"]:
        drawn = TextPath((0, 0), text, size=1).get_extents()
        assert labels._text_width(text) == pytest.approx(drawn.width, rel=1e-9)


IMPOSSIBLE = [
    ("x.gif", 170, says("draw_errors.format", file="x.gif")),
    ("x.png", 5, says("draw_errors.width", width=5)),
    ("x.png", 9000, says("draw_errors.width", width=9000)),
]


@pytest.mark.parametrize(("name", "width", "fault"), IMPOSSIBLE)
def test_files_and_widths_that_cannot_be_are_refused(picture, tmp_path, name, width, fault):
    with pytest.raises(ValueError, match=fault):
        picture.save(tmp_path / name, width=width)


def test_a_page_of_the_web_is_the_same_every_time_and_takes_what_folium_has(picture):
    page = picture.web()
    same_page = picture.web()
    first = page.get_root().render()
    assert first == same_page.get_root().render()
    icon = folium.DivIcon(html="+")
    folium.Marker((9.8, 105.6), popup="here", icon=icon).add_to(page)
    with_marker = page.get_root().render()
    assert "here" in with_marker
    assert with_marker.count("L.map(") == first.count("L.map(") == 1
    assert page._repr_html_().partition("</noscript>")[2].startswith("<iframe srcdoc=")


def test_a_notebook_shows_the_picture_and_then_what_its_title_does_not_say(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda content, **_: shown.append(content))
    design = hg.Design.of_reports("app_users", 2022)
    answers_and_phrases = (
        (hg.uptake("app_users", 2023), "Cao nhất"),
        (hg.compare("app_users", 2022, 2023), "Toàn tỉnh tăng"),
        (design.headline(), "gắn với mức sử dụng"),  # of which the title is shorter
        (design.ladder(), "4 cách so sánh"),
    )
    for answer, phrase in answers_and_phrases:
        answer._ipython_display_()
        picture, text = shown[-2:]
        assert picture.figure.digest == answer.picture().figure.digest
        assert phrase in text["text/plain"] == str(answer)
        assert phrase not in text["text/html"]
        assert "Số liệu mô phỏng. " in text["text/html"]


def test_a_picture_in_a_notebook_has_alt_text(picture):
    content, metadata = picture._repr_png_()
    assert Image.open(io.BytesIO(content)).size[0] >= 1100
    assert metadata == {"alt": picture.figure.alt}
    assert picture.figure.digest in repr(picture)


def test_only_the_build_that_kept_a_picture_shows_its_file_again(picture, tmp_path, monkeypatch):
    drawn_anew, _ = picture._repr_png_()
    monkeypatch.setenv("HGANALYSIS_OUT", str(tmp_path))
    picture.keep("where")
    colour = Image.new("RGB", (16, 9), "red")
    colour.save(tmp_path / "figures/where-slide.png")
    shown, _ = picture._repr_png_()
    assert Image.open(io.BytesIO(shown)).size == (16, 9)
    for another_build in (tmp_path / "another", None):
        if another_build:
            monkeypatch.setenv("HGANALYSIS_OUT", str(another_build))
        else:
            monkeypatch.delenv("HGANALYSIS_OUT")
        assert picture._repr_png_()[0] == drawn_anew


def test_what_is_kept_has_every_width_once(picture, tmp_path, monkeypatch):
    monkeypatch.setenv("HGANALYSIS_OUT", str(tmp_path))
    hg.uptake("app_users", 2023).keep("where")
    names = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.*")}
    media = [(width, kind) for width in ("slide", "page", "column") for kind in ("png", "svg")]
    widths = {f"figures/where-{width}.{kind}" for width, kind in media}
    assert names == {*widths, "figures/where.json", "tables/where.csv"}
    table = pd.read_csv(tmp_path / "tables/where.csv", dtype={"code": str})
    shares = hg.uptake("app_users", 2023).table["share"]
    assert table["share"].tolist() == pytest.approx(shares)
    with pytest.raises(ValueError, match=says("draw_errors.kept")):
        picture.keep("where")
    with pytest.raises(ValueError, match=says("draw_errors.keep_name")):
        picture.keep("../x")

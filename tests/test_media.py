"""Every figure in every medium: its title, banner, names and numbers are there, and none is cut."""

import io
import re
from html import unescape

import numpy as np
import pandas as pd
import pptx
import pytest
from lxml import etree
from PIL import Image
from pptx.util import Pt
from test_starts import LOT, PLANNED, ask, drawn, world
from trials.media import each, texts

import hganalysis as hg
from hganalysis import words
from hganalysis.draw import page
from hganalysis.draw.picture import WIDTHS
from hganalysis.figure import Line, Map, Rows, Scatter, Slopes

FRAME = pd.DataFrame(
    {"place": ["TP. Vị Thanh", "H. Vị Thủy", "H. Long Mỹ"], "share": [0.42, 0.31, 0.2]}
)


MADE = {
    "where": lambda: hg.uptake("app_users", 2023).map(),
    "order": lambda: hg.uptake("app_users", 2023).order(),
    "communes": lambda: hg.uptake("app_users", 2023).communes(),
    "two maps": lambda: hg.map("files_online", [2022, 2023]),
    "slopes": lambda: hg.compare("app_users", 2022, 2023).slopes(),
    "change": lambda: hg.compare("app_users", 2022, 2023).map(),
    "density": lambda: hg.map("members_per_1000", 2022),
    "any frame": lambda: hg.map(FRAME, "share", origin="reported", source="our survey"),
    "related": lambda: hg.Design.of_reports("app_users", 2022).related(),
    "ways": lambda: hg.Design.of_reports("app_users", 2022).ways(),
    "coverage": lambda: hg.coverage(),
    "starts": lambda: ask(world(drawn()), drawn(), lot=LOT, protocol="x")[0].picture(),
    "plan": lambda: hg.plan("app_users", PLANNED, {2025: 25, 2026: 25}).picture(),
    "waves": lambda: hg.plan("app_users", PLANNED, {2025: 25, 2026: 25}).map("734120"),
}
CASES = [(name, "vi") for name in MADE] + [("where", "en"), ("slopes", "en"), ("ways", "en")]


@pytest.fixture(scope="module", params=CASES, ids=" ".join)
def picture(request):
    name, language = request.param
    with words.use(language):
        yield MADE[name]()


def plain(text):
    """Leave out how lines are broken."""
    return "".join(str(text).split())


def shown(figure):
    """List what a reader has to find: names and numbers of lists and slopes, words of axes."""
    for panel in figure.panels:
        if isinstance(panel, Rows):
            yield from [*panel.rows["name"], *panel.rows["text"], *panel.key.values()]
        elif isinstance(panel, Slopes):
            yield from [*panel.rows["start"], *panel.rows["end"], *panel.heads]
        elif isinstance(panel, Scatter):
            yield from [*panel.axes, panel.line_label]
        elif isinstance(panel, Line):
            yield from [*panel.axes, panel.label, panel.reference.label]
        elif isinstance(panel, Map):
            yield from [*panel.legend.edges, panel.head, panel.legend.grey]


def around(figure):
    return [figure.title, figure.subtitle, figure.source, figure.banner]


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_a_page_has_all_that_is_shown_and_nothing_reaches_its_edge(picture, width):
    figure = picture.figure
    content = page.draw_page(figure, width=width, kind="png", dots=100)
    drawn = etree.fromstring(page.draw_page(figure, width=width, kind="svg", dots=100))
    said = plain("".join("".join(one.itertext()) for one in drawn.iter("{*}text")))
    assert [one for one in around(figure) if plain(one) not in said] == []
    assert [one for one in shown(figure) if plain(one) not in said] == []

    pixels = np.asarray(Image.open(io.BytesIO(content)).convert("L"))
    strip = 0
    if figure.banner:
        strip = int((pixels[:, 0] < 200).argmin())
        assert (pixels[: strip - 1, [0, -1]] < 200).all(), "the banner goes from edge to edge"
    inside = pixels[strip + 1 :]
    edges = [inside[:, :2], inside[:, -2:], inside[-2:], inside[:1]]
    assert all((edge > 250).all() for edge in edges)


def test_a_slide_has_all_that_is_shown_and_nothing_beside_it(picture):
    figure, deck = picture.figure, pptx.Presentation()
    deck.slide_width, deck.slide_height = Pt(960), Pt(540)
    slide = picture.slide(deck)
    drawn, said = False, plain("".join(texts(slide.shapes)))
    for shape in each(slide.shapes):
        assert min(shape.left, shape.top) >= 0, shape.name
        assert shape.left + shape.width <= Pt(960) + 1, shape.name
        assert shape.top + shape.height <= Pt(540) + 1, shape.name
        if shape.shape_type == 13:
            drawn = True
            assert shape._element.xpath(".//p:cNvPr")[0].get("descr") == figure.alt
    assert [one for one in around(figure) if plain(one) not in said] == []
    if not drawn:  # what is PowerPoint's own has all but the key, which is that of the page
        keys = {said for one in figure.panels if isinstance(one, Rows) for said in one.key.values()}
        assert {one for one in shown(figure) if plain(one) not in said} <= keys
    notes = plain(slide.notes_slide.notes_text_frame.text)
    assert plain(figure.alt) in notes
    cells = figure.table.astype(str).to_numpy().ravel()
    assert [one for one in cells if plain(one) not in notes] == []
    assert slide.name == f"hganalysis:{figure.digest}"


def test_a_page_of_the_web_has_all_that_is_shown(picture, tmp_path):
    figure = picture.figure
    maps = [one for one in figure.panels if isinstance(one, Map)]
    if not maps:
        with pytest.raises(ValueError, match="only a map"):
            picture.web()
        return
    file = tmp_path / "map.html"
    picture.web().save(file)
    text = file.read_text("utf-8")
    said = plain(unescape(re.sub(r"<[^>]+>", " ", text)))
    assert [one for one in around(figure) if plain(one) not in said] == []
    cells = figure.table.astype(str).to_numpy().ravel()
    assert [one for one in cells if plain(one) not in said] == []
    assert f"hganalysis:{figure.digest}" in text

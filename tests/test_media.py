"""Every figure in every medium: its title, banner, names and numbers are there, and none is cut."""

import io
import re
from html import unescape
from itertools import combinations

import numpy as np
import pandas as pd
import pptx
import pytest
from lxml import etree
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from PIL import Image
from pptx.util import Pt
from test_starts import LOT, PLANNED, ask, drawn, world
from trials.media import each, texts

import hganalysis as hg
from hganalysis import words
from hganalysis.draw import page
from hganalysis.draw.picture import WIDTHS
from hganalysis.figure import LineChart, Map, Rows, Scatter, Slopes

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


def shown(figure, *, narrow=False):
    """
    List what a reader has to find: names and numbers of lists and slopes, words of axes.

    In a narrow column the lines of slopes take the room of levels at their ends: what stays is
    where each began, its change, and its name.
    """
    for panel in figure.panels:
        if isinstance(panel, Rows):
            yield from [*panel.rows["name"], *panel.rows["text"], *panel.key.values()]
        elif isinstance(panel, Slopes):
            changes = [texts[1] for texts in panel.rows["shorter"]]
            ends = changes if narrow else panel.rows["end"]
            yield from [*panel.rows["start"], *ends, *panel.heads]
        elif isinstance(panel, Scatter):
            yield from [*panel.axes, panel.line_label]
        elif isinstance(panel, LineChart):
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
    narrow = width == WIDTHS["column"]
    assert [one for one in shown(figure, narrow=narrow) if plain(one) not in said] == []

    pixels = np.asarray(Image.open(io.BytesIO(content)).convert("L"))
    strip = 0
    if figure.banner:
        strip = int((pixels[:, 0] < 200).argmin())
        assert (pixels[: strip - 1, [0, -1]] < 200).all(), "the banner goes from edge to edge"
    inside = pixels[strip + 1 :]
    edges = [inside[:, :2], inside[:, -2:], inside[-2:], inside[:1]]
    assert all((edge > 250).all() for edge in edges)


def frames_of(shapes):
    """Give each frame that folds its text, with its width and height in points."""
    for shape in each(shapes):
        if getattr(shape, "has_table", False):
            for row in shape.table.rows:
                for cell, column in zip(row.cells, shape.table.columns, strict=True):
                    width = shape.width if cell.is_merge_origin else column.width
                    yield cell.text_frame, width.pt - 14.4, row.height.pt
        elif shape.has_text_frame and shape.text_frame.word_wrap is not False:
            yield shape.text_frame, shape.width.pt, shape.height.pt


def folded(text, width, font):
    """Count the lines of a text in wide letters, which stand in where Calibri is missing."""
    n_lines, line = 1, ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        needed, _, _ = text_to_path.get_text_width_height_descent(longer, font, ismath=False)
        if line and needed > width:
            n_lines, longer = n_lines + 1, word
        line = longer
    return n_lines


def test_the_texts_of_a_slide_fit_their_frames_without_the_letters_of_the_template(picture):
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Pt(960), Pt(540)
    for frame, width, height in frames_of(picture.slide(deck).shapes):
        if not frame.text:
            continue
        look = frame.paragraphs[0].runs[0].font
        font = FontProperties(size=look.size.pt, weight="bold" if look.bold else "normal")
        n_lines = sum(folded(part.text, width, font) for part in frame.paragraphs)
        assert n_lines * look.size.pt <= height + 1, frame.text


def is_upright(shape):
    """Say whether a text stands upright, as the title of an axis beside its ticks."""
    return shape.text_frame._txBody.bodyPr.get("vert") is not None


def test_a_slide_has_all_that_is_shown_and_nothing_beside_it(picture):
    figure, deck = picture.figure, pptx.Presentation()
    deck.slide_width, deck.slide_height = Pt(960), Pt(540)
    slide = picture.slide(deck)
    said = plain("".join(texts(slide.shapes)))
    for shape in each(slide.shapes):
        assert min(shape.left, shape.top) >= 0, shape.name
        assert shape.left + shape.width <= Pt(960) + 1, shape.name
        assert shape.top + shape.height <= Pt(540) + 1, shape.name
        assert shape.shape_type != 13, "a picture: nobody can recolour it"
    written = [shape for shape in each(slide.shapes) if shape.has_text_frame and shape.text]
    for text, other in combinations(written, 2):
        apart = max(abs(text.left - other.left), abs(text.top - other.top))
        is_over = apart <= Pt(6) and is_upright(text) == is_upright(other)
        assert not is_over, f"{other.text} over {text.text}"
    assert [one for one in around(figure) if plain(one) not in said] == []
    # a list beside a map has no intervals, so its key has the head of its numbers alone
    keys = {
        label
        for one in figure.panels[1:]
        if isinstance(one, Rows)
        for label in [*one.key.values()][1:]
    }
    assert {one for one in shown(figure) if plain(one) not in said} <= keys
    assert plain(slide.notes_slide.notes_text_frame.text) == plain(figure.alt)
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

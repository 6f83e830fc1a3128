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
from refusal_texts import says
from test_starts import LOT, PLANNED, ask, draw_starts, world
from trials.media import texts, walk

import hganalysis as hg
from hganalysis import words
from hganalysis.draw import page
from hganalysis.draw.picture import WIDTHS
from hganalysis.figure import LineChart, Map, Rows, Scatter, Slopes

PLACES = ["TP. Vị Thanh", "H. Vị Thủy", "H. Long Mỹ"]
FRAME = pd.DataFrame({"place": PLACES, "share": [0.42, 0.31, 0.2]})


PICTURES = {
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
    "starts": lambda: ask(world(draw_starts()), draw_starts(), lot=LOT, protocol="x")[0].picture(),
    "plan": lambda: hg.plan("app_users", PLANNED, {2025: 25, 2026: 25}).picture(),
    "waves": lambda: hg.plan("app_users", PLANNED, {2025: 25, 2026: 25}).map("734120"),
}
CASES = [(name, "vi") for name in PICTURES]
CASES += [("where", "en"), ("slopes", "en"), ("ways", "en")]


@pytest.fixture(scope="module", params=CASES, ids=" ".join)
def picture(request):
    name, language = request.param
    with words.use(language):
        yield PICTURES[name]()


def plain(text):
    """Leave out how lines are broken."""
    return "".join(str(text).split())


def list_shown(figure, *, narrow=False):
    """
    List what a reader has to find: names and numbers of lists and slopes, words of axes.

    In a narrow column the lines of slopes take the room of levels at their ends: what stays is
    where each began, its change, and its name.
    """
    for panel in figure.panels:
        if isinstance(panel, Rows):
            yield from panel.rows["name"]
            yield from panel.rows["text"]
            yield from panel.key.values()
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


def texts_around(figure):
    return [figure.title, figure.subtitle, figure.source, figure.banner]


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_a_page_has_all_that_is_shown_and_nothing_reaches_its_edge(picture, width):
    figure = picture.figure
    content = page.draw_page(figure, width=width, kind="png", dots=100)
    source = page.draw_page(figure, width=width, kind="svg", dots=100)
    drawn = etree.fromstring(source)
    texts_drawn = ["".join(text.itertext()) for text in drawn.iter("{*}text")]
    text_of_page = plain("".join(texts_drawn))
    assert [text for text in texts_around(figure) if plain(text) not in text_of_page] == []
    narrow = width == WIDTHS["column"]
    needed = list_shown(figure, narrow=narrow)
    assert [text for text in needed if plain(text) not in text_of_page] == []

    image = Image.open(io.BytesIO(content))
    pixels = np.asarray(image.convert("L"))
    strip = 0
    if figure.banner:
        strip = int((pixels[:, 0] < 200).argmin())
        ends = pixels[: strip - 1, [0, -1]]
        assert (ends < 200).all(), "the banner goes from edge to edge"
    inside = pixels[strip + 1 :]
    edges = [inside[:, :2], inside[:, -2:]]
    edges += [inside[-2:], inside[:1]]
    assert all((edge > 250).all() for edge in edges)


def frames_of(shapes):
    """Give each frame that folds its text, with its width and height in points."""
    for shape in walk(shapes):
        if getattr(shape, "has_table", False):
            for row in shape.table.rows:
                cells = zip(row.cells, shape.table.columns, strict=True)
                for cell, column in cells:
                    width = shape.width if cell.is_merge_origin else column.width
                    yield cell.text_frame, width.pt - 14.4, row.height.pt
        elif shape.has_text_frame and shape.text_frame.word_wrap is not False:
            yield shape.text_frame, shape.width.pt, shape.height.pt


def folded(text, width, font):
    """Count the lines of a text in wide letters, which stand in where Calibri is missing."""
    n_lines = 1
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        needed, _, _ = text_to_path.get_text_width_height_descent(longer, font, ismath=False)
        if line and needed > width:
            n_lines += 1
            longer = word
        line = longer
    return n_lines


def test_the_texts_of_a_slide_fit_their_frames_without_the_letters_of_the_template(picture):
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Pt(960), Pt(540)
    for frame, width, height in frames_of(picture.slide(deck).shapes):
        if not frame.text:
            continue
        look = frame.paragraphs[0].runs[0].font
        weight = "bold" if look.bold else "normal"
        font = FontProperties(size=look.size.pt, weight=weight)
        n_lines = sum(folded(part.text, width, font) for part in frame.paragraphs)
        assert n_lines * look.size.pt <= height + 1, frame.text


def is_upright(shape):
    """Say whether a text stands upright, as the title of an axis beside its ticks."""
    return shape.text_frame._txBody.bodyPr.get("vert") is not None


def test_a_slide_has_all_that_is_shown_and_nothing_beside_it(picture):
    figure = picture.figure
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Pt(960), Pt(540)
    slide = picture.slide(deck)
    text_of_slide = plain("".join(texts(slide.shapes)))
    for shape in walk(slide.shapes):
        assert min(shape.left, shape.top) >= 0, shape.name
        assert shape.left + shape.width <= Pt(960) + 1, shape.name
        assert shape.top + shape.height <= Pt(540) + 1, shape.name
        assert shape.shape_type != 13, "a picture: nobody can recolour it"
    with_text = [shape for shape in walk(slide.shapes) if shape.has_text_frame]
    written = [shape for shape in with_text if shape.text]
    for text, second_text in combinations(written, 2):
        across = abs(text.left - second_text.left)
        apart = max(across, abs(text.top - second_text.top))
        is_over = apart <= Pt(6) and is_upright(text) == is_upright(second_text)
        assert not is_over, f"{second_text.text} over {text.text}"
    assert [
        text_needed
        for text_needed in texts_around(figure)
        if plain(text_needed) not in text_of_slide
    ] == []
    # a list beside a map has no intervals, so its key has the head of its numbers alone
    keys = set()
    for panel in figure.panels[1:]:
        if isinstance(panel, Rows):
            keys |= {*[*panel.key.values()][1:]}
    missing = {text for text in list_shown(figure) if plain(text) not in text_of_slide}
    assert missing <= keys
    assert plain(slide.notes_slide.notes_text_frame.text) == plain(figure.alt)
    assert slide.name == f"hganalysis:{figure.digest}"


def test_a_page_of_the_web_has_all_that_is_shown(picture, tmp_path):
    figure = picture.figure
    maps = [panel for panel in figure.panels if isinstance(panel, Map)]
    if not maps:
        with pytest.raises(ValueError, match=says("draw_errors.not_map")):
            picture.web()
        return
    file = tmp_path / "map.html"
    picture.web().save(file)
    text = file.read_text("utf-8")
    text_of_page = plain(unescape(re.sub(r"<[^>]+>", " ", text)))
    assert [
        text_needed
        for text_needed in texts_around(figure)
        if plain(text_needed) not in text_of_page
    ] == []
    cells = figure.table.astype(str).to_numpy().ravel()
    assert [cell for cell in cells if plain(cell) not in text_of_page] == []
    assert f"hganalysis:{figure.digest}" in text

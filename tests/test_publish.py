"""What goes out: index, atlas, deck, workbook and archive say what the answers say, everywhere."""

import functools
import html
import inspect
import json
import math
import re
import shutil
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import country
import docx
import geopandas as gpd
import invented
import islands
import markupsafe
import nbformat
import numpy as np
import openpyxl
import pandas as pd
import pptx
import pytest
import shapely
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import nsmap, qn
from matplotlib.figure import Figure
from PIL import Image, ImageColor
from PIL.PngImagePlugin import PngInfo
from read_back.page import read_page
from trials import bring
from trials.media import read_atlas, texts
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import figure, frames, indicators, places, sheets, study, suppress, words
from hganalysis.cli import app
from hganalysis.draw import Picture, page, plots, seal
from hganalysis.draw import labels as labels_of_maps
from hganalysis.draw.picture import OUT
from hganalysis.effect import frame as effect_frame
from hganalysis.effect import sentences as effect_sentences
from hganalysis.figure import RED
from hganalysis.publish import answers as of_cards
from hganalysis.publish import (
    atlas,
    atlas_counts,
    deck,
    folders,
    pages,
    run,
    tables,
    verify,
    word,
)
from hganalysis.publish.answers import BigNumber, Card, answers
from hganalysis.publish.own import lay_out, lend_data, write
from hganalysis.ranking import sentences as ranking_sentences
from hganalysis.ranking.measure import Measure

BANNERS = {"vi": "SỐ LIỆU MÔ PHỎNG", "en": "SIMULATED DATA"}
CELLS = [["00930", "=1+1", 0.5, math.inf], ["00931", "a", None, -4]]
ODD = pd.DataFrame(CELLS, columns=["postcode", "said", "share", "n"])


class Published(NamedTuple):
    """All that goes out, and what it was made of."""

    out: Path
    cards: list[Card]
    slides: dict[str, Picture]


def undrawn():
    """Keep pictures without drawing them: of each there are six files."""
    return mock.patch.object(page, "draw_page", return_value=b"<svg/>")


def publish(out, language):
    """Write all that goes out, with what a notebook would have kept."""
    out.mkdir()
    slides = {}
    compose = deck.pictures
    slides, compose = {}, compose

    def compose_and_remember(cards):
        slides.update(compose(cards))
        return slides

    with words.use(language), pytest.MonkeyPatch.context() as patch:
        patch.setenv(OUT, str(out))
        patch.setattr(deck, "pictures", compose_and_remember)
        with undrawn():
            hg.uptake("app_users", 2023).keep("where")
            hg.compare("app_users", 2022, 2023).keep("change")
        hg.keep(ODD, "odd")
        cards = run._publish(out, notebooks_only=False)
        index = pages.index(out, cards, {"01.html": ("A report", "What does it ask?")})
    (out / "01.html").write_text("", encoding="utf-8")
    (out / "index.html").write_text(index, encoding="utf-8")
    return Published(out, cards, slides)


@pytest.fixture(scope="module", autouse=True)
def one_sheet():
    with bring.one_sheet():
        yield


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    undrawn_in_word = mock.patch.object(word, "draw_page", return_value=bring.DOT)
    with bring.few_worlds(), undrawn(), undrawn_in_word:
        english = publish(folder / "en", "en")
    return {"vi": publish(folder / "vi", "vi"), "en": english}


@pytest.fixture
def few_worlds():
    with bring.few_worlds():
        yield


def slides(file):
    return list(pptx.Presentation(file).slides)


# --- the answers ---


def test_the_answers_are_those_of_the_questions():
    where, changed, related = answers()
    ranked = hg.uptake("app_users", 2023).table
    level = ranked["count"].sum() / ranked["out_of"].sum()
    change = hg.compare("app_users", 2022, 2023)
    headline = hg.Design.of_reports("app_users", 2022).headline()
    assert where.number.text == words.value(level, "share")
    for end in (0, -1):  # the two ends stand in the sentence, and are named in the picture
        assert ranked["name"].iloc[end] in where.sentence
        share = words.value(ranked["share"].iloc[end], "share")
        assert share in where.sentence
    codes = ranked["code"]
    assert where.ends == (codes.iloc[0], codes.iloc[-1])
    points = words.value(change.whole["change_pp"], "points", bare=True)
    assert changed.number.text == points
    for end in ("before", "after"):
        assert words.value(change.whole[end], "share") in changed.sentence
    ratio, low, high = headline.table.loc[0, ["rate_ratio", "low", "high"]]
    assert related.number.text == f"+{words.percent(ratio - 1, decimals=0)}"
    for end in (low, high):
        assert f"+{words.percent(end - 1, decimals=0)}" in related.number.label
    assert "95" in related.number.label
    figures = [card.picture.figure for card in (where, changed, related)]
    assert len({figure.digest for figure in figures}) == 3


def test_a_question_that_a_study_has_no_numbers_for_is_no_card():
    names = {}
    for name in ("kenya_2019", "india_2023", "hau_giang_groups"):
        with hg.Study.open(name).use(language="en"):
            cards_given = answers()
            names[name] = [card.name for card in cards_given]
            if name == "india_2023":  # the interval holds "no difference"
                assert cards_given[2].number.text == ""
    three = {"india_2023": ["where", "changed", "related"]}
    three |= {"hau_giang_groups": ["where", "changed", "behind"]}
    assert names == {"kenya_2019": ["where"], **three}


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("ratio", [0.31, 0.8, 1.19, 1.9, 2.2, 9.5])
def test_an_estimate_and_its_interval_are_written_in_one_way(ratio, language):
    """As differences below twice as high, else as ratios; never one of each."""
    with words.use(language):
        logs = np.log([ratio, ratio / 1.3, ratio * 1.3])
        number = of_cards._with_interval(*logs)
    ends = re.sub("95\\s?%", "", number.label)
    n_percents = [text.count("%") for text in (number.text, ends)]
    is_difference = 1 / 2 < ratio < 2
    assert n_percents == ([1, 2] if is_difference else [0, 0])
    assert len(re.findall(r"\d+(?:[.,]\d+)*", ends)) == 2


def test_a_card_says_that_it_is_of_an_earlier_period_than_the_others(monkeypatch):
    *_, related = answers()
    assert "2022" in related.subject
    assert "2022" in related.detail
    with monkeypatch.context() as patch:  # reports of both in the last period alone
        patch.setattr(of_cards, "periods_of_exposure", lambda: [2023])
        *_, related = answers()
    assert "2023" in related.subject
    assert "202" not in related.detail


@pytest.mark.parametrize("is_drawn", [True, False])
def test_a_roll_out_without_a_lot_is_no_evidence_and_no_card_speaks_of_models(is_drawn):
    with hg.Study.open("santa_clara").use(language="en"):
        answer = hg.rollout(next(iter(hg.reported())))
        if not is_drawn:
            answer = replace(answer, protocol=None)
        with mock.patch("hganalysis.starts.rollout", return_value=answer):
            card = of_cards._rolled_out()
        change = abs(np.exp(answer.effect.log_ratio) - 1)
        by = words.percent(change, decimals=1)
    assert ("no evidence" in card.detail) == (not is_drawn)
    if is_drawn or not answer.withheld:
        assert by in card.sentence
        assert ("than without it" in card.sentence) == is_drawn
    assert not re.search("ratio|by size|draws", card.sentence + card.detail)


# --- the index ---


def cards(page):
    """Give the texts of each card of an index by the class of their paragraph."""
    cards_read = []
    for article in re.findall(r"<article>(.*?)</article>", page, re.DOTALL):
        texts = re.findall(r'<p class="(\w+)">(.*?)</p>', article, re.DOTALL)
        question = re.search("<h2>(.*?)</h2>", article).group(1)
        card = {"question": question}
        for name, text in texts:
            card[name] = html.unescape(re.sub("<[^>]+>", "", text))
        cards_read.append(card)
    return cards_read


@functools.cache
def shown_cards(study_name, language):
    """Give the cards of an index that has nothing beside it."""
    with hg.Study.open(study_name).use(language=language):
        page = pages.index(Path("nowhere"), answers(), {})
    return cards(page)


MOST_WORDS = 25
MOST_LETTERS = 150
JARGON = re.compile(r"\bCR2\b|\bHC2\b|\bdf\b|bậc tự do|\bnan\b|−–")


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("name", [None, "kenya_2019", "india_2023"])
def test_each_card_names_measure_and_period_in_one_short_sentence(name, language):
    shown = shown_cards(name, language)
    with hg.Study.open(name).use(language=language):
        headline, periods = next(iter(hg.reported().items()))
        label = hg.indicators.measure_label(headline)
    assert len(shown) == (1 if name == "kenya_2019" else 3)
    for card in shown:
        assert card["question"].startswith(label)
        assert str(periods[-1])[:3] in card["subject"]
        assert len(card["sentence"].split()) <= MOST_WORDS
        assert len(card.get("detail", "")) <= MOST_LETTERS
        assert not JARGON.search(" ".join(card.values()))
    if name is not None:
        return
    subjects = [re.findall(r"20\d\d", card["subject"])[-2:] for card in shown]
    assert subjects == [["2019", "2023"], ["2022", "2023"], ["2019", "2022"]]


def test_of_two_periods_the_index_names_four_places_and_the_slide_all():
    _, changed, _ = answers()
    lines = changed.thumb.figure.panels[0].rows
    assert len(lines) == len(places.compared()) + 1
    assert (lines["end"] != "").sum() == 4 + 1
    slopes = changed.picture.figure.panels[0]
    assert isinstance(slopes, figure.Slopes)
    assert (slopes.rows["end"] != "").sum() == len(places.compared()) + 1


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_card_without_an_answer_is_a_sentence_and_claims_no_proof(language):
    *_, unclear = shown_cards("india_2023", language)
    *_, clear = shown_cards(None, language)
    assert "big" not in unclear
    assert "big" in clear
    with words.use(language):
        no_cause = words.term("answers.no_cause")
    assert no_cause in clear["detail"]
    assert no_cause not in unclear.get("detail", "")
    # the estimate and its interval; of what is not clear no number is told
    unclear_text = unclear["sentence"] + unclear.get("detail", "")
    n_percents = []
    for text in (clear["big"], clear["sentence"], unclear_text):
        without_level = text.replace("95", "")
        n_percents.append(len(re.findall(r"\d+[.,]?\d*\s?%", without_level)))
    assert n_percents == [3, 1, 0]


@pytest.mark.parametrize("width", [140, 200, 600])  # of the map, in points: 200 are a phone's
@pytest.mark.parametrize("name", [None, "kenya_2019", "hau_giang_2025", "india_2023"])
def test_both_places_of_the_sentence_are_named_on_the_small_map(name, width):
    with hg.Study.open(name).use(language="en"):
        where, *_ = answers()
        panel = where.picture.figure.panels[0]
        small = pages._reduce(panel, where.ends)
        west, _, east, _ = small.land.total_bounds
        scale = width / (east - west)
        labels = list(labels_of_maps.fit_labels(small, [8], scale))
        names_wanted = {places.short(code) for code in where.ends}
    names = [re.sub(r"\n[\d.]+%?$", "", label.text) for label in labels]
    joined = [re.sub(r"-\n", "", name) for name in names]
    names_drawn = {name.replace("\n", " ") for name in joined}
    assert names_wanted <= names_drawn
    assert len(names_wanted) == 2
    outlines = [labels_of_maps._box(label, scale) for label in labels]
    boxes = shapely.STRtree(outlines)
    n_touched = boxes.query(boxes.geometries, predicate="intersects").shape[1]
    assert n_touched == len(labels)  # each touches itself, and no other


@pytest.mark.parametrize("width", [140, 200])
@pytest.mark.parametrize("name", [None, "kenya_2019", "hau_giang_2025", "phu_tho_2026"])
def test_a_name_without_room_stands_beside_the_map_and_leads_to_its_place(name, width):
    with hg.Study.open(name).use(language="vi"):
        where, *_ = answers()
        small = pages._reduce(where.picture.figure.panels[0], where.ends)
    west, south, east, north = small.land.total_bounds
    scale = width / (east - west)
    # the phone is wider than a map that is high
    canvas = (west - 50 / scale, south, east + 50 / scale, north)
    apart = []
    for label in labels_of_maps.fit_labels(small, [8], scale, canvas):
        box = labels_of_maps._box(label, scale)
        touched = small.places[small.places.intersects(box)]
        name_of_label = re.sub(r"\n[\d,]+\s%$", "", label.text)
        name_of_label = name_of_label.replace("-\n", "").replace("\n", " ")
        if label.leads_to:
            apart.append(name_of_label)
            assert touched.empty
            assert shapely.box(*canvas).covers(box)
        end = labels_of_maps.lead(label, scale)[-1] if label.leads_to else (label.x, label.y)
        [name_at_end] = small.places["name"][small.places.contains(shapely.Point(end))]
        # a label may be a number alone
        assert name_at_end == name_of_label or name_of_label.endswith("%")
    assert apart
    assert {*apart} <= {*small.places.loc[[*where.ends], "name"]}


def test_a_line_from_a_name_beside_the_map_leaves_the_map_as_large_as_it_was():
    cells = [(x, y) for x in range(5) for y in range(30)]
    squares = gpd.GeoSeries([shapely.box(x, y, x + 1, y + 1) for x, y in cells])
    texts_of_places = {
        "name": "Hương Cần",
        "text": "0,6 %",
        "colour": figure.RED,
    }
    shapes = gpd.GeoDataFrame(texts_of_places, index=range(len(cells)), geometry=squares)
    strip = figure.Legend((figure.RED,), ("", ""), (1.0,))
    panel = figure.Map(shapes, strip, is_tiled=True, labels_only_named=True, always_named=(75,))
    sheet = Figure(figsize=(6, 3))
    ax = plots.draw_panel(panel, sheet.subfigures())
    sheet.draw_without_rendering()
    edges = [*ax.get_xlim(), *ax.get_ylim()]
    plots.place_texts(panel, ax)
    sheet.draw_without_rendering()
    line, _ = ax.lines
    assert min(line.get_xdata()) < 0 or max(line.get_xdata()) > 5  # it starts beside the map
    assert [*ax.get_xlim(), *ax.get_ylim()] == edges


def test_a_name_without_any_room_is_written_over_its_place():
    squares = gpd.GeoSeries([shapely.box(x, y, x + 1, y + 1) for x in range(9) for y in range(9)])
    texts_of_places = {
        "name": "Hương Cần",
        "text": "0,6 %",
        "colour": figure.RED,
    }
    shapes = gpd.GeoDataFrame(texts_of_places, index=range(81), geometry=squares)
    strip = figure.Legend((figure.RED,), ("", ""), (1.0,))
    panel = figure.Map(shapes, strip, is_tiled=True, labels_only_named=True, always_named=(40,))
    for margin, is_over in ((0, True), (4, False)):
        canvas = (-margin, 0, 9 + margin, 9)
        [label] = labels_of_maps.fit_labels(panel, [8], 20, canvas)
        assert label.is_over == is_over
        assert (label.leads_to is None) == is_over


def test_every_square_of_a_few_places_has_its_name_on_the_index():
    with hg.Study.open("india_2023").use(language="en"):
        where, *_ = answers()
        small = pages._reduce(where.picture.figure.panels[0], where.ends)
        size = {"width": pages.PHONE, "height": pages.THUMB_WITH_SQUARES}
        drawing = read_page(where.picture.figure.bare(small), **size)
    letters = re.sub(r"[^A-Za-z]", "", "".join(drawing.texts["text"]))
    for name in small.places["name"]:
        assert re.sub(r"[^A-Za-z]", "", name) in letters


def test_the_line_to_a_place_is_drawn():
    with hg.Study.open("phu_tho_2026").use(language="en"):
        where, *_ = answers()
        small = pages._reduce(where.picture.figure.panels[0], where.ends)
        bare = where.picture.figure.bare(small)
        drawing = read_page(bare, width=pages.PHONE)
    assert len(drawing.dots) == len(drawing.lines) == 2
    texts_drawn = drawing.texts.set_index("text")
    names_drawn = ["Huong Can", "Tam Hong"]
    for dot, line, name in zip(
        drawing.dots.itertuples(), drawing.lines.itertuples(), names_drawn, strict=True
    ):
        # from the name to the square
        assert (line.x1, line.y1) == pytest.approx((dot.x, dot.y))
        assert texts_drawn.loc[name, "start"] - 9 < line.x0 < texts_drawn.loc[name, "end"] + 9
        [fill] = [
            area.fill for area in drawing.areas if area.shape.covers(shapely.Point(dot.x, dot.y))
        ]
        assert fill == small.places.set_index("name").loc[name, "colour"]


def test_an_estimate_that_is_refused_is_a_sentence(tmp_path, monkeypatch):
    of_reports = hg.Design.of_reports
    with words.use("en"):
        reports = frames.reports()
        home = reports["code"].map(places.units()["compared_code"])
        of_three = reports[home.isin(["930", "931", "932"])]
        monkeypatch.setattr(frames, "reports", lambda: of_three)
        with pytest.raises(hg.Refused) as reason:
            raise of_reports("app_users", 2022).headline().refused
        page = pages.index(tmp_path, answers(), {})
        card = cards(page)[2]
        assert card["sentence"] == str(reason.value)
    assert "big" not in card
    assert "detail" not in card


def test_the_index_of_three_periods_shows_the_last_change(tmp_path):
    files = islands.write_islands(tmp_path / "in", per=1000)
    options = {"reports": [files["reports"]], "places": files["places"]}
    with lend_data(**options, study=files["study"]), words.use("en"):
        where, changed, related = answers()
        last = hg.compare("reactions", 2024, 2025)
        points = last.whole["change_pp"]
        text = words.value(points, last.measure.change_scale, bare=True)
        assert changed.number.text == text
        shown_figure = changed.picture.figure
        assert shown_figure.digest == last.over_time().figure.digest
        assert shown_figure.panels[0].heads == ("2023", "2024", "2025")
    assert all(card.question.startswith("Reactions to a vaccine") for card in (where, related))
    assert re.findall(r"20\d\d", changed.subject) == ["2024", "2025"]
    assert where.subject.endswith("2025")
    assert related.subject.endswith("2023")


@pytest.mark.usefixtures("few_worlds")
@pytest.mark.parametrize("wards", [21, 22])
def test_of_many_places_the_pages_show_what_can_be_read(wards, tmp_path):
    """Twenty lines can be read on a slide, and a dozen on the index; one ward is not counted."""
    files = invented.write_harbour(tmp_path / "in", wards=wards)
    sent = pd.read_csv(files["reports"])
    sent[sent["code"] != "W09"].to_csv(files["reports"], index=False)
    files["reports"] = [files["reports"]]
    with lend_data(**files), words.use("en"):
        where, changed = answers()
        shown = changed.thumb.figure.panels[0]
        map_panel = where.picture.figure.panels[0]
        small = pages._reduce(map_panel, where.ends)
        slides_made = slides(deck.write(tmp_path / "deck.pptx"))
    assert isinstance(shown, figure.Courses)
    assert len(shown.rows) >= wards - 1
    n_named = (shown.rows["end"] != "").sum()
    assert 2 <= n_named <= 5  # four places, and the whole
    for card in (where, changed):
        assert len(card.sentence.split()) <= 25
    assert small.labels_only_named == (len(small.places) > figure.MAX_ROWS)
    named_and_drawn = {*small.always_named} & {*small.places.index}
    assert len(named_and_drawn) == 2
    shapes = [shape for slide in slides_made for shape in slide.shapes]
    lists = [shape.table for shape in shapes if shape.has_table]
    assert max(len(table.rows) for table in lists) <= 1 + figure.MAX_ROWS
    assert lists[-1].cell(1, 2).text == "Q3 2025–Q2 2026"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_index_has_three_answers_and_leads_to_all_that_there_is(published, language):
    out = published[language].out
    page = (out / "index.html").read_text("utf-8")
    for card in published[language].cards:
        for text_of_card in (
            card.question,
            card.number.text,
            card.sentence,
            card.thumb.figure.alt,
        ):
            assert str(markupsafe.escape(text_of_card)) in page
    links = set(re.findall(r'(?:href|src)="([^"#]+)"', page))
    missing = [link for link in links if not (out / link).is_file()]
    assert missing == []
    files = {path.relative_to(out).as_posix() for path in out.rglob("*.*")}
    outputs = {name for name in files if not name.endswith((".json", "index.html"))}
    assert outputs - links == set()
    assert f'<html lang="{language}">' in page


def test_nothing_that_is_told_becomes_markup(tmp_path):
    bad = '<script>alert("x")</script>'
    bad_cards = [Card(bad, BigNumber(bad, bad), bad)] * 3
    page = pages.index(tmp_path, bad_cards, {"a.html": (bad, bad)})
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 14


@pytest.mark.usefixtures("few_worlds")
def test_slides_show_the_cards_of_their_questions_where_a_study_has_not_all_of_them():
    cards_by_name = {card.name: card for card in answers()}
    del cards_by_name["changed"]
    shown = deck.pictures([*cards_by_name.values()])
    assert "change" not in shown
    related = cards_by_name["related"].picture.figure
    assert shown["related"].figure.digest == related.digest
    where = cards_by_name["where"].picture.figure
    assert shown["where"].figure.panels[0] is where.panels[0]


# --- the atlas ---


def ranges(table):
    """Write ranks as people read them: one number where it is sure, else from which to which."""
    ends = table[["rank_low", "rank_high"]].dropna().astype(int)
    texts = {}
    for code, low, high in ends.itertuples():
        texts[code] = f"{low}" if low == high else f"{low}–{high}"
    return [texts.get(code, "") for code in table.index]


def test_the_numbers_of_the_atlas_are_those_of_the_answers(published):
    page = (published["vi"].out / "atlas.html").read_text("utf-8")
    atlas_read = read_atlas(page)
    codes = {}
    for level in atlas_read["levels"]:
        codes[level["id"]] = [place["code"] for place in level["places"]]
    measures = {measure["id"]: measure for measure in atlas_read["measures"]}
    density = measures.pop("members_per_1000")
    teams = frames.density(frames.teams(), level="district")
    for period, rows in teams.groupby("period"):
        by_code = rows.set_index("code").loc[codes["district"]]
        expected = by_code[["members", "population"]].to_numpy()
        pairs = density["values"][str(period)]["district"]
        assert pairs == expected.tolist()
        density_texts = density["views"][period - 2022]["texts"]["en"]
        assert "rank" not in density_texts["rows"]["district"]
        assert "mirrors the size of hamlets" in density_texts["note"]
    texts_of_whole = density["views"][0]["texts"]["vi"]["rows"]["whole"]
    assert texts_of_whole["text"] == ["5,4"]
    periods_read = {name: [*map(int, measure["values"])] for name, measure in measures.items()}
    assert periods_read == hg.reported()
    with_change = {
        name for name, measure in measures.items() if measure["views"][-1]["id"] == "change"
    }
    repeated = {name for name, periods in hg.reported().items() if len(periods) > 1}
    assert with_change == repeated
    for name, periods in hg.reported().items():
        for period in periods:
            values = measures[name]["values"][str(period)]
            answer = hg.uptake(name, period)
            table = answer.table.set_index("code")
            parts = answer.parts.set_index("code")
            for level, rows in (("district", table), ("commune", parts)):
                pairs = rows.loc[codes[level], ["count", "out_of"]]
                cells = zip(values[level], pairs.to_numpy().tolist(), strict=True)
                for cell, (count, out_of) in cells:
                    if isinstance(cell, list):
                        assert cell == [count, out_of]
                    else:  # too few to be shown
                        assert (cell, math.isnan(count)) == (atlas_counts.FEW, True)
            sums = [table["count"].sum(), table["out_of"].sum()]
            assert values["whole"][0] == sums
            views = {view["id"]: view for view in measures[name]["views"]}
            view = views[str(period)]
            rows = view["rows"]["district"]
            scale = answer.measure.classes
            in_order = [codes["district"][position] for position in rows["order"]]
            assert in_order == table.index.tolist()
            table = table.loc[codes["district"]]
            assert rows["value"] == pytest.approx(table["share"].tolist())
            assert rows["class_number"] == scale.index(table["share"]).tolist()
            for language in words.LANGUAGES:
                texts = view["texts"][language]
                rows = texts["rows"]["district"]
                with words.use(language):
                    assert rows["rank"] == ranges(table)
                    ends = table[["low", "high"]].dropna().itertuples()
                    spans = {code: words.span(low, high, scale) for code, low, high in ends}
                    assert rows["similar"] == [spans.get(code, "") for code in table.index]
                    borders = answer.measure.write_series(scale.breaks)
                    assert view["legend"]["edges"][language] == ["", *borders, ""]
                    bare = [re.sub("[ \N{NO-BREAK SPACE}%]", "", text) for text in rows["text"]]
                    read = [float(text.replace(",", ".")) for text in bare]
                    factor = {"share": 100, "per_1000": 1000}[scale.unit]
                    expected = factor * table["share"]
                    assert read == pytest.approx(expected.tolist(), abs=0.051)


def test_an_atlas_of_quarters_writes_each_as_its_answer_does(atlas_of_isles, tmp_path):
    files = invented.write_harbour(tmp_path / "in")
    files["reports"] = [files["reports"]]
    with lend_data(**files), words.use("en"):
        [file] = atlas.write(tmp_path / "atlas.html")
        atlas_read = read_atlas(file.read_text("utf-8"))
        places_read = atlas_read["levels"][0]["places"]
        codes = [place["code"] for place in places_read]
        [measure] = atlas_read["measures"]
        assert measure["line"]["steps"] == [0, 1, 2, 3]
        assert measure["line"]["head"]["vi"] == "Quý III/2025–quý II/2026"
        assert measure["line"]["head"]["en"] == "Q3 2025–Q2 2026"
        views = zip(measure["views"], invented.QUARTERS, strict=False)
        for view, period in views:
            assert view["id"] == period
            assert view["texts"]["vi"]["label"].startswith("Quý ")
            rows = view["texts"]["en"]["rows"]["district"]
            answer = hg.uptake("filed_online", period)
            table = answer.table.set_index("code").loc[codes]
            if "since" in rows:
                written = answer.measure.write_rows(table[["before", "share"]])
                # those whose interval is wide have a star, and no rank
                has_no_rank = table["rank"].isna()
                stars = has_no_rank.map({True: "*", False: ""})
                assert rows["text"] == (written["share"] + stars).tolist()
    # lines are of four periods or more, and years that were left out have their room
    line = atlas._line([2019, 2022, 2023])["steps"]
    assert line == [0, 3, 4]
    assert all("line" not in measure_of_isles for measure_of_isles in atlas_of_isles["measures"])


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_atlas_is_small_speaks_both_languages_and_says_what_is_invented(published, language):
    page = (published[language].out / "atlas.html").read_text("utf-8")
    assert len(page.encode()) < 1_000_000
    atlas_read = read_atlas(page)
    assert atlas_read["fake"] == BANNERS
    assert all(measure["fake"] for measure in atlas_read["measures"])
    for answer in atlas_read["answers"]:
        assert answer["vi"] != answer["en"]
    keys = set(atlas_read["words"]["en"])
    assert set(atlas_read["words"]["vi"]) == keys
    other_language = next(code for code in words.LANGUAGES if code != language)
    page_in_other = (published[other_language].out / "atlas.html").read_text("utf-8")
    assert atlas_read == read_atlas(page_in_other)
    assert "http" not in re.sub(r'http-equiv|"http://www.w3.org/\S*', "", page)


def as_bytes(tables_by_name):
    """Write tables as files of a study."""
    return {name: table.to_csv(index=False).encode() for name, table in tables_by_name.items()}


@pytest.fixture
def secret(tmp_path):
    """Use reports with small counts: some are hidden, some are too few to be shown."""
    raw = frames.reports().drop(columns="pool", errors="ignore")
    is_of_users = (raw["indicator"] == "app_users") & (raw["period"] == 2022)
    raw = raw[is_of_users].assign(origin="reported")
    raw = raw.set_index("code")
    raw.loc["31318", ["count", "out_of"]] = 3, 86_420
    raw.loc["31450", ["count", "out_of"]] = 7, 41
    raw.loc["31399", "count"] = 15
    no_teams = frames.teams().iloc[:0]
    files = as_bytes({study.REPORTS: raw.reset_index(), frames.TEAMS: no_teams})
    folder = write(tmp_path / "data", files)
    with study.Study.open(folder).use():
        yield raw


def test_hidden_and_few_have_a_reason_and_no_number(secret, tmp_path):
    [file] = atlas.write(tmp_path / "atlas.html")
    page = file.read_text("utf-8")
    atlas_read = read_atlas(page)
    [measure] = atlas_read["measures"]
    places_read = atlas_read["levels"][1]["places"]
    codes = [place_read["code"] for place_read in places_read]
    values = measure["values"]["2022"]["commune"]
    cells = dict(zip(codes, values, strict=True))
    reports = frames.reports()
    hidden = reports.loc[suppress.is_hidden(reports), "code"]
    hidden_in_atlas = {code for code, cell in cells.items() if cell == atlas_counts.HIDDEN}
    assert hidden_in_atlas == set(hidden)
    # a page says of each reason what it is, in these words
    reasons = atlas_read["words"]["en"]
    assert "hidden" in reasons[f"none{cells['31318']}"]
    assert "31318" in set(hidden)
    assert cells["31450"] == [7, 41]
    place = codes.index("31450")
    row = measure["views"][0]["rows"]["commune"]
    assert row["value"][place] is None
    assert row["why"][place] == atlas_counts.FEW
    assert cells["31399"][0] == 15
    pairs = []
    for levels in measure["values"].values():
        for cells_of_level in levels.values():
            pairs += cells_of_level
    assert cells["31399"] in pairs
    for code in hidden:
        secret_pair = [int(secret["count"][code]), int(secret["out_of"][code])]
        assert secret_pair not in pairs
    assert (atlas_read["fake"], atlas_read["internal"]) == (None, "")


@pytest.mark.usefixtures("secret")
def test_the_limits_say_that_counts_are_hidden_only_where_one_is():
    with words.use("en"):
        assert any("hidden" in text for text in deck.limits())
        with suppress.use(fewer_than=0):
            assert not any("hidden" in text for text in deck.limits())
        with study.Study.open("phu_tho_2026").use(language="en"):
            texts = deck.limits()
    assert not any("hidden" in text for text in texts)
    assert any("missing report" in text for text in texts)


@pytest.mark.usefixtures("secret")
def test_what_hides_nothing_says_on_every_page_that_it_is_internal(tmp_path):
    with suppress.use(fewer_than=0):
        [file] = atlas.write(tmp_path / "atlas.html")
        texts_of_key = words.strings()["index.internal"]
        text = {language: texts_of_key[language] for language in words.LANGUAGES}
        assert read_atlas(file.read_text("utf-8"))["internal"] == text
        assert text["vi"] in pages.index(tmp_path, answers(), {})


def test_a_country_has_a_page_for_each_province(monkeypatch, tmp_path):
    """Three provinces of 63: the bound of the first page holds for the whole of it."""
    n_provinces = 3
    files = country.write(tmp_path / "in", n_provinces / country.PROVINCES)
    monkeypatch.setattr(atlas, "LIMIT", 300)
    options = {"reports": [files["reports"]], "areas": files["areas"]}
    with lend_data(**options, places=files["places"]):
        first, *province_files = atlas.write(tmp_path / "atlas.html")
        listed = places.units()["compared_code"]
        districts = places.compared()
    overview = read_atlas(first.read_text("utf-8"))
    assert first.stat().st_size * country.PROVINCES / n_provinces < 3_000_000
    assert [level["id"] for level in overview["levels"]] == ["district"]
    assert [part["file"] for part in overview["parts"]] == [part.name for part in province_files]
    assert len(province_files) == n_provinces
    codes_seen, sums = [], {}
    for file in province_files:
        page = read_atlas(file.read_text("utf-8"))
        assert file.stat().st_size < 1_000_000
        assert page["back"] == first.name
        assert "answers" not in page
        districts_read, communes_read = (level["places"] for level in page["levels"])
        codes_seen += [place["code"] for place in communes_read]
        assert re.fullmatch(r"atlas-\d\d-[a-z0-9-]+\.html", file.name)
        cells = page["measures"][0]["values"]["2023"]["district"]
        for cell, place in zip(cells, districts_read, strict=True):
            sums[place["code"]] = cell[:2]
    assert sorted(codes_seen) == sorted(listed.index)
    whole = overview["measures"][0]["values"]["2023"]
    pairs = [cell[:2] for cell in whole["district"]]
    assert pairs == [sums[code] for code in districts.index]
    columns = zip(*sums.values(), strict=True)
    assert whole["whole"][0] == [sum(column) for column in columns]


@pytest.fixture(scope="module")
def isles(tmp_path_factory):
    """Lay out a study of islands as a folder of data; there, breaks of classes are chosen."""
    folder = tmp_path_factory.mktemp("isles")
    files = islands.write_islands(folder / "in", per=1000)
    return lay_out(folder / "data", **files).folder


@pytest.fixture(scope="module")
def atlas_of_isles(isles):
    with study.Study.open(isles).use(language="en"):
        [file] = atlas.write(isles.parent / "atlas.html")
    return read_atlas(file.read_text("utf-8"))


def area(path):
    """Add up what the rings of a path enclose."""
    total = 0
    for ring in re.findall(r"M([^z]+)z", path):
        numbers = np.array(re.findall(r"-?\d+", ring), dtype=int)
        corners = numbers.reshape(-1, 2).cumsum(axis=0)
        total += abs(shapely.Polygon(corners).area)
    return total


def test_the_atlas_draws_every_part_of_a_place(isles, atlas_of_isles):
    for level in atlas_of_isles["levels"]:
        for place in level["places"]:
            n_parts = 2 if level["id"] == "commune" else 14
            assert place["d"].count("M") == n_parts, place["en"]
    sizes = pd.Series({place["code"]: area(place["d"]) for place in level["places"]})
    with study.Study.open(isles).use():
        ratio = sizes / places.areas("commune").area
    assert ratio.max() < 1.05 * ratio.min()


def test_a_place_with_an_outline_but_no_path_stops_the_build(isles, tmp_path, monkeypatch):
    monkeypatch.setattr(atlas, "_path", lambda _: "")
    refused = pytest.raises(folders.BuildError, match=r"cannot draw 6 places(?s:.*)Norray, Sandey")
    with study.Study.open(isles).use(language="en"), refused:
        atlas.write(tmp_path / "atlas.html")


def test_borders_of_rates_differ_as_they_are_written(atlas_of_isles):
    """Per 1,000, the borders of reactions were 0.2 0.2 0.3 0.3."""
    for measure in atlas_of_isles["measures"]:
        for view in measure["views"]:
            borders = view["legend"]["edges"]["en"][1:-1]
            n_colours = len(view["legend"]["colours"])
            assert len(set(borders)) == len(borders) == n_colours - 1


def test_a_change_between_two_views_shows():
    before = pd.DataFrame({"share": [0.00019, 0.5], "is_tiny": False})
    after = before.assign(share=[0.000191, 0.5])
    scale = indicators.Classes("x", (0.001,), "per_1000")
    measure = Measure("", (2022, 2023), scale)
    with words.use("en"):
        tables = {2022: before, 2023: after}
        written = [atlas._write_shares(measure, tables, period) for period in tables]
        texts = [row[0] for row in written]
    assert texts == ["0.190", "0.191"]


def test_a_legend_is_in_proportion_and_has_no_side_where_nothing_lies():
    write = functools.partial(words.series, scale="decimal")
    classes = indicators.Classes("x", (10, 15, 20, 30, 40), "decimal")
    rows = {"district": {"class_number": [0, 5, None]}}
    shares = atlas._legend(classes, rows, write)["shares"]
    relative = [round(share / shares[-1], 2) for share in shares]
    assert relative == [0.5, 0.5, 0.5, 1, 1, 1]
    changes = indicators.Classes("x", (-2, 0, 2), "points", is_diverging=True)
    expected = {1: ["", "-2", "0"], 2: ["0", "2", ""]}
    for kind, edges in expected.items():
        rows = {"district": {"class_number": [kind]}}
        written = atlas._legend(changes, rows, write)["edges"]["en"]
        assert [edge.replace("−", "-") for edge in written] == edges
    two_levels = {"district": {"class_number": [1]}, "commune": {"class_number": [2]}}
    assert len(atlas._legend(changes, two_levels, write)["colours"]) == 4


def test_a_sum_that_lacks_a_part_says_how_many_are_known(tmp_path):
    raw = frames.reports().query("indicator == 'app_users' and period == 2022")
    raw = raw.assign(origin="reported").drop(columns="pool", errors="ignore")
    no_teams = frames.teams().iloc[:0]
    content = as_bytes({study.REPORTS: raw.iloc[1:], frames.TEAMS: no_teams})
    folder = write(tmp_path / "data", content)
    with study.Study.open(folder).use():
        [file] = atlas.write(tmp_path / "atlas.html")
        first_code = raw["code"].iloc[0]
        district = places.units()["compared_code"][first_code]
    atlas_read = read_atlas(file.read_text("utf-8"))
    view = atlas_read["measures"][0]["views"][0]
    places_read = atlas_read["levels"][0]["places"]
    codes = [place_read["code"] for place_read in places_read]
    all_whys = view["rows"]["district"]["why"]
    whys = dict(zip(codes, all_whys, strict=True))
    known_whys = {code: why for code, why in whys.items() if why is not None}
    assert known_whys == {district: atlas_counts.INCOMPLETE}
    assert view["rows"]["whole"]["why"] == [atlas_counts.INCOMPLETE]
    texts_in_english = view["texts"]["en"]
    assert texts_in_english["no_sum"] == "no total for 2022: 1 of 75 communes is hidden or missing"
    assert texts_in_english["gaps"]["district"] == "1 of 8 districts has no number here."
    assert texts_in_english["gaps"]["commune"] == "1 of 75 communes has no number here."


def test_nothing_known_of_any_part_is_no_data():
    index = pd.MultiIndex.from_tuples([("a", 2022)], names=["code", "period"])
    classes = indicators.Classes("x", (0.5,), "share")
    measure = Measure("", (2022,), classes)
    for why in (atlas_counts.MISSING, atlas_counts.HIDDEN):
        cells = {
            "count": [math.nan],
            "out_of": [1.0],
            "why": [why],
        }
        by_level = {"district": pd.DataFrame(cells, index)}
        counted = atlas_counts.Counted(measure, by_level, {}, "reported", step="counted")
        whole = counted.whole(2022, pd.Index(["a"]))
        assert whole["why"].tolist() == [why]


@pytest.fixture
def mixed(tmp_path):
    """Use reports of which each measure has an origin of its own."""
    raw = frames.reports().drop(columns="pool", errors="ignore")
    three_origins = ["reported", "simulated", "published"]
    origins = dict(zip(hg.reported(), three_origins * 2, strict=False))
    raw = raw.assign(origin=raw["indicator"].map(origins))
    files = as_bytes({study.REPORTS: raw, frames.TEAMS: frames.teams()})
    folder = write(tmp_path / "data", files)
    with study.Study.open(folder).use(language="en"):
        assert len(set(origins.values())) == 3
        yield origins


SOURCE = {"vi": "Nguồn", "en": "Source"}


def test_each_measure_of_the_atlas_has_its_own_source(mixed, tmp_path):
    [file] = atlas.write(tmp_path / "atlas.html")
    measures = read_atlas(file.read_text("utf-8"))["measures"]
    atlas_read = {measure["id"]: measure for measure in measures}
    origins = mixed | {"members_per_1000": "simulated"}
    assert set(atlas_read) == set(origins)
    for name, origin in origins.items():
        for language in words.LANGUAGES:
            by_origin = words.strings()[f"figure.by_{origin}"][language]
            assert atlas_read[name]["source"][language] == f"{SOURCE[language]}: {by_origin}."
        assert atlas_read[name]["fake"] == (origin == "simulated")


# --- the deck ---


@pytest.mark.usefixtures("few_worlds")
def test_each_measure_of_the_deck_has_its_own_source(mixed, tmp_path):
    last = slides(deck.write(tmp_path / "deck.pptx"))[-1]
    [table] = [shape.table for shape in last.shapes if shape.has_table]
    _, *rows = [[cell.text for cell in row.cells] for row in table.rows]
    expected = []
    for name, periods in hg.reported().items():
        credit_of_origin = words.strings()[f"figure.by_{mixed[name]}"]["en"]
        when = ", ".join(map(str, periods))
        credit_text = credit_of_origin[:1].upper() + credit_of_origin[1:]
        expected.append([indicators.measure_label(name), when, credit_text])
    label_period_credit = [[label, when, credit] for label, _, when, credit in rows]
    assert label_period_credit == expected


def text_on_slide(slide):
    """Give what is to be read on a slide, spaces as they may be broken or not."""
    lines = "\n".join(texts(slide.shapes))
    return " ".join(lines.split())


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_eleven_slides_each_name_measure_period_and_number_and_say_sentences_and_the_source(
    published, language
):
    _, cards, pictures = published[language]
    slides_made = slides(published[language].out / "slides.pptx")
    titles = [slide.shapes.title.text for slide in slides_made]
    assert len(titles) == len(set(titles)) == 11
    with words.use(language):
        where = hg.uptake("app_users", 2023)
        finding, *_ = where.map().figure.title.split(";")
        assert titles[0] == f"{indicators.measure_label('app_users')}, 2023. {finding}"
        headings = [card.picture.figure.title for card in cards[1:]]
        assert [titles[3], titles[6]] == headings
        measures = {"files": "files_online", "density": "members_per_1000"}
        pairs = zip(slides_made, pictures.items(), strict=True)
        for slide, (name, picture) in pairs:
            text_read = text_on_slide(slide)
            is_table = name in {"limits", "sources"}
            if not is_table:
                measure = indicators.measure_label(measures.get(name, "app_users"))
                assert " ".join(measure.split()) in text_read, name
                subtitle = picture.figure.subtitle.lower()
                assert subtitle.count(measure.lower()) == 1, name
                assert re.search("202[23]", text_read), name
                assert re.search(r"\d[.,]\d", text_read), name
            lines = slide.notes_slide.notes_text_frame.text.split("\n")
            assert len(lines) == (3 if is_table else 4), name
            assert is_table or lines[3] == picture.figure.source, name
            assert all(line.endswith(".") for line in lines), name
            assert is_table or picture.figure.title in lines[1], name
            assert is_table or re.search("simulated|mô phỏng", lines[1]), name
        ranked = zip(ranges(where.table), where.table["name"], strict=True)
        for rank, name in ranked:
            assert f"{rank}. {' '.join(name.split())}" in text_on_slide(slides_made[1])


# --- workbook and archive ---


def tab(table, language="vi"):
    """Name the sheet of a table as the workbook does."""
    with words.use(language):
        return tables.name_sheets([table])[table]


def test_sheets_have_names_in_words_and_no_two_have_one_name():
    long = ["a" * 40 + end for end in "xy"]
    named = {}
    for language in words.LANGUAGES:
        with words.use(language):
            # a table of somebody's own may be called as a sheet of ours is
            named[language] = tables.name_sheets(["change", "relation", "related", *long])
    assert named["vi"]["change"] == "Thay đổi"
    assert named["en"]["change"] == "Change"
    assert named["en"]["relation"] == "relation"
    for names in named.values():
        unlike = {name.casefold() for name in names.values()}
        assert len(unlike) == len(names)
        assert all(len(name) <= 31 for name in names.values())


def test_rows_of_a_sheet_can_be_filtered(published):
    book = openpyxl.load_workbook(published["vi"].out / tables.BOOK)
    n_places = len(hg.uptake("app_users", 2023).table)
    where = book[tab("where")]
    assert where.auto_filter.ref.startswith("A4:")
    assert where.auto_filter.ref.endswith(str(4 + n_places))


def test_every_kept_table_is_a_sheet_of_one_workbook(published):
    out = published["vi"].out
    assert not (out / "tables").exists()
    book = openpyxl.load_workbook(out / tables.BOOK)
    assert book.sheetnames == ["Mục lục", "Thay đổi", "odd", "Mức của từng nơi"]
    where = hg.uptake("app_users", 2023)
    change = hg.compare("app_users", 2022, 2023)
    assert book[tab("where")]["A2"].value == where.map().figure.title
    for name, answer in (("where", where), ("change", change)):
        lines = book[tab(name)].iter_rows(min_row=4)
        rows = [[cell.value for cell in line] for line in lines]
        assert {*rows[0]}.isdisjoint(answer.table)
        # a column without any number is no column of a sheet
        columns = answer.table.dropna(axis="columns", how="all").columns
        body = rows[1 : len(answer.table) + 1]
        frame = pd.DataFrame(body, columns=columns)
        numbers = answer.table[columns].select_dtypes("number").columns
        assert frame["name"].tolist() == answer.table["name"].tolist()
        for column in numbers:
            column_read = frame[column].astype(float)
            column_told = answer.table[column].to_numpy(float)
            assert column_read.to_numpy() == pytest.approx(column_told, nan_ok=True)


def test_the_contents_lead_to_each_sheet_and_each_is_printed_one_page_wide(published):
    book = openpyxl.load_workbook(published["en"].out / tables.BOOK)
    contents, *sheets = book
    for row, sheet in enumerate(sheets, start=5):
        name, title, _, warning = (cell.value for cell in contents[row])
        assert contents.cell(row, 1).hyperlink.location == f"'{name}'!A1"
        assert (name, title) == (sheet.title, sheet["A2"].value)
        assert warning == sheet["A1"].value
    for sheet in book:
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToHeight, sheet.print_title_rows) == (0, "$1:$4")
    where = book[tab("where", "en")]
    assert where["E4"].value == "2023"
    assert where["E5"].number_format == "#,##0.0 %"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_numbers_of_a_picture_are_numbers_as_it_shows_them(tmp_path, monkeypatch, language):
    monkeypatch.setenv(OUT, str(tmp_path))
    rows = frames.reports().query("indicator == 'app_users'").assign(origin="reported")
    rows.loc[rows.index[-1], "count"] = 15  # tiny: a star, and no rank
    rows.loc[rows.index[-2], "count"] = np.nan  # missing: no number, and what that means
    with words.use(language), undrawn():
        where = hg.uptake(suppress.hide_counts(rows), 2023, source="x")
        where.communes().keep("communes")
        where.order().keep("order")
        table = where.communes().figure.table
        gap = words.term("uptake.why_missing")
        tables.write_workbook(tmp_path)
    book = openpyxl.load_workbook(tmp_path / tables.BOOK)
    lines = book[tab("communes", language)].iter_rows(min_row=5, max_row=4 + len(table))
    shown = [row[2] for row in lines]
    level = where.parts.set_index("name")["share"]
    pairs = zip(
        book[tab("communes", language)].iter_rows(min_row=5), table.iloc[:, 2], strict=False
    )
    for row, text in pairs:
        name = row[0].value
        cell = row[2]
        number = re.sub(r"[^\d,.]", "", text).replace(",", ".")
        expected = None if text == gap else pytest.approx(level[name], rel=1e-9)
        assert cell.value == expected
        assert cell.number_format.endswith('"*"') == text.endswith("*")
        if text != gap:  # rounded, it is what the picture writes
            n_decimals = len(number.partition(".")[2])
            assert f"{100 * cell.value:.{n_decimals}f}" == number
    note = book[tab("communes", language)].cell(5 + len(table), 1).value
    assert gap in note
    assert {cell.value for cell in shown} >= {None}
    row_of_order = book[tab("order", language)][5]
    numbers = [cell.value for cell in row_of_order][1:5]
    first_row = where.table.loc[0, ["share", "before", "low", "high"]].astype
    first = first_row(float)
    assert numbers == pytest.approx(first.tolist())


@pytest.mark.parametrize(("language", "kind"), [("vi", "one"), ("en", "sd")])
def test_each_sheet_says_what_its_numbers_are_under_heads_in_words(
    tmp_path, monkeypatch, language, kind
):
    """An answer with ratios for one more of its term says for what its title has them."""
    monkeypatch.setenv(OUT, str(tmp_path))
    with words.use(language), undrawn():
        design = hg.Design.of_reports("app_users", 2022)
        if kind == "sd":  # one more is more of the exposure than any commune has
            teams = frames.teams()
            measure = hg.indicators.get("app_users", period=2022)
            table = effect_frame.design_frame(frames.reports(), teams, indicator=measure)
            table["density"] = table["members_per_1000"] / 80
            columns = {
                "count": "count",
                "offset": "out_of",
                "cluster": "compared_code",
            }
            design = hg.Design(table, exposure="density", origin="simulated", **columns)
        answers_by_name = {"ladder": design.ladder(), "naive": design.naive()}
        answers_by_name["related"] = design.headline()
        answers_by_name["change"] = hg.compare("app_users", 2022, 2023)
        with hg.Study.open("hau_giang_groups").use():
            answers_by_name["gap"] = hg.gap("app_users", by="sex")
        for name, answer in answers_by_name.items():
            answer.keep(name)
        design.ladder().picture().keep("ladder-figure")
        hg.compare("app_users", 2022, 2023).over_time().keep("over-time")
        tables.write_workbook(tmp_path)
        step = effect_sentences.choose_step(design.specification)
        assert step.kind == kind
    book = openpyxl.load_workbook(tmp_path / tables.BOOK)
    for name, answer in answers_by_name.items():
        heads = [cell.value for cell in book[tab(name, language)][4] if cell.value]
        assert {*heads}.isdisjoint(answer.table), name
        assert not [head for head in heads if re.search("_", head)], name
        with words.use(language):
            assert book[tab(name, language)]["A3"].value == answer.caption()
    for name in ("ladder", "naive", "related"):
        with words.use(language):
            assert step.text() in book[tab(name, language)]["A3"].value
        assert re.search("one more|thêm 1", book[tab(name, language)]["A3"].value)
    # the figure's own sheet has its ratios: those of the answer, for its step
    table = answers_by_name["ladder"].table.dropna(subset="log_rate_ratio")
    lines = book["ladder-figure"].iter_rows(min_row=5)
    rows = [[cell.value for cell in line][1:4] for line in lines]
    logs = step.size * table[["log_rate_ratio", "log_low", "log_high"]].to_numpy(float)
    ratios = np.array(rows[: len(table)], float)
    assert ratios == pytest.approx(np.exp(logs), nan_ok=True)
    lines = book[tab("over-time", language)].iter_rows(min_row=5)
    levels = [[cell.value for cell in line][1:3] for line in lines]
    changes = answers_by_name["change"].table.sort_values("code")
    ends = changes[["before", "after"]].to_numpy()
    assert np.array(levels[: len(ends)], float) == pytest.approx(ends)


NUMBERS_OF_SHEETS = [
    (0.372466856546, "share", (0.372466856546, "#,##0.0 %")),
    (0.00004, "share", (0.00004, "#,##0.000 %")),
    (0.9999, "share", (0.9999, "#,##0.00 %")),
    (0.0018, "per_1000", (1.8, "#,##0.0")),
    (-2.5, "points", (-2.5, "+#,##0.0;-#,##0.0;#,##0.0")),
    (math.inf, "ratio", ("∞", "General")),
    (math.nan, "ratio", (None, "General")),
]


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    NUMBERS_OF_SHEETS,
)
def test_a_number_of_a_sheet_is_whole_and_looks_as_in_a_picture(value, unit, shown):
    cell = tables._show_number(value, unit=unit)
    number, pattern = shown
    assert cell.pattern == pattern
    assert cell.value == (None if math.isnan(value) else pytest.approx(number))


def test_a_text_never_runs_and_a_code_keeps_its_zeros(published):
    sheet = openpyxl.load_workbook(published["vi"].out / tables.BOOK)["odd"]
    lines = sheet.iter_rows(min_row=5, max_row=6)
    rows = [[cell.value for cell in row][:4] for row in lines]
    expected = [["00930", "=1+1", 0.5, "∞"], ["00931", "a", None, -4]]
    assert rows == expected
    assert sheet["B5"].data_type == "s"


def test_control_characters_of_heads_and_cells_are_blanks_in_a_sheet(tmp_path, monkeypatch):
    monkeypatch.setenv(OUT, str(tmp_path))
    bad = "a\x0b\u202eb\x1b"
    table = pd.DataFrame({bad: [bad], "=1+1": ["x"], "n": [1]})
    hg.keep(table, "bad")
    tables.write_workbook(tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / tables.BOOK)["bad"]
    lines = sheet.iter_rows(min_row=4, max_row=5)
    rows = [[cell.value for cell in row][:3] for row in lines]
    assert rows == [["a  b", "=1+1", "n"], ["a  b", "x", 1]]
    assert sheet["B4"].data_type == "s"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_brief_has_each_answer_its_picture_and_a_table(published, language):
    out, cards, _ = published[language]
    brief = docx.Document(out / "brief.docx")
    with words.use(language):
        within = ranking_sentences.within_sentence(hg.uptake("app_users", 2023).parts)
    text = "\n".join(paragraph.text for paragraph in brief.paragraphs)
    # each number of a card is said in a sentence, and so is an interval beside it
    for card in cards:
        assert card.sentence.removesuffix(".") in text
        assert card.detail in text
        assert card.number.text.lstrip("+") in text
        if "95" in card.number.label:
            assert f"({card.number.label})." in text
    assert within.strip() in text
    heads = [text.text for text in brief.paragraphs if text.style.name == "Heading 1"]
    numbers = [head.partition(". ")[0] for head in heads]
    assert numbers == ["I", "II", "III", "IV", "V"]
    alts = [picture.get("descr") for picture in brief.element.xpath("//wp:docPr")]
    assert alts == [card.picture.figure.alt for card in cards]
    [table] = [table for table in brief.tables if table.style.name == "Table Grid"]
    lines = table.rows
    cells = [[cell.text for cell in row.cells] for row in lines]
    change = cards[1].picture.figure.table
    assert cells == [[*change], *change.to_numpy().tolist()]
    assert lines[0]._tr.xpath("w:trPr/w:tblHeader")
    section = brief.sections[0]
    for header in (section.first_page_header, section.header):
        assert [text.text for text in header.paragraphs if text.text] == [BANNERS[language]]


TYPED, SHOWN = "w:sdtPr/w:rPr/*", "w:sdtContent/w:r/w:rPr/*"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_brief_has_the_page_the_fonts_and_the_parts_that_the_decree_asks_for(
    published, language
):
    brief = docx.Document(published[language].out / "brief.docx")
    section = brief.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert 20 <= round(section.top_margin.mm, 1) <= 25
    assert 20 <= round(section.bottom_margin.mm, 1) <= 25
    assert 30 <= round(section.left_margin.mm, 1) <= 35
    assert 15 <= round(section.right_margin.mm, 1) <= 20
    # pages are numbered from the second on, in the middle above the text
    assert section.different_first_page_header_footer
    assert not section.first_page_header._element.xpath(".//w:fldSimple")
    number, *_ = section.header.paragraphs
    assert [field.get(qn("w:instr")) for field in number._p.xpath("w:fldSimple")] == ["PAGE"]
    assert number.style.paragraph_format.alignment == WD_ALIGN_PARAGRAPH.CENTER
    # the text has a permitted font and size, and space between its paragraphs
    for name in ("Body Text", "List Bullet", "Heading 1", "Title", "Subtitle"):
        style = brief.styles[name]
        assert style.font.name == "Times New Roman"
        assert 13 <= style.font.size.pt <= 14
    text = brief.styles["Body Text"].paragraph_format
    assert text.space_before.pt + text.space_after.pt >= 6
    # no control is filled in, and each says what is typed over it
    fields = [partial(field.xpath, namespaces=nsmap) for field in brief.element.xpath("//w:sdt")]
    names = [find("string(w:sdtPr/w:alias/@w:val)") for find in fields]
    shown = ["".join(find("w:sdtContent//w:t/text()")) for find in fields]
    assert shown == [f"[{name}]" for name in names]
    n_fields = {"vi": 10, "en": 9}
    assert len(set(names)) == len(names) == n_fields[language]
    for find in fields:
        assert find("w:sdtPr/w:showingPlcHdr")
        # what is typed looks as what it takes the place of
        looks = [[part.tag for part in find(at)] for at in (TYPED, SHOWN)]
        assert looks[0] == looks[1] != []
    # only a Vietnamese report names the state
    everything = "".join(brief.element.xpath("//w:t/text()"))
    of_state = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "Nơi nhận:")
    assert [part in everything for part in of_state] == [language == "vi"] * 3
    assert "SOCIALIST REPUBLIC" not in everything


def test_the_archive_has_every_figure_that_was_kept(published):
    with zipfile.ZipFile(published["vi"].out / tables.ARCHIVE) as packed:
        names = packed.namelist()
    wanted = set()
    for name in ("where", "change"):
        for width in ("slide", "page", "column"):
            wanted |= {f"figures/{name}-{width}.{kind}" for kind in ("png", "svg")}
    assert set(names) == wanted


# --- all of it ---

ENGLISH = re.compile(
    r"\b(the|of|and|is|are|was|were|with|from|that|this|which|not|by|for|there|no)\b", re.IGNORECASE
)


def english_sentences(page):
    """List the texts of a page, and of its pictures, that are English sentences."""
    without_code = r"<(script|style|svg)\b.*?</\1>|data:[a-z/+-]+;base64,[\w+/=]+"
    bare = re.sub(without_code, " ", page, flags=re.S)
    texts = [*re.split(r"<[^>]+>", bare), *re.findall(r'\balt="([^"]*)"', bare)]
    sentences = []
    for text in texts:
        n_words = len(set(ENGLISH.findall(text.lower())))
        sentences += [text.strip()] * (n_words > 1)
    return sentences


def test_each_page_says_title_measure_period_and_number_and_leads_back(built):
    label = indicators.measure_label("app_users")
    for file in sorted(built.glob("*.html")):
        page = html.unescape(file.read_text("utf-8"))
        title = re.search("<title>(.*?)</title>", page)[1]
        head = re.search("<h1[^>]*>(.*?)</h1>", page)[1]
        assert head in title, file.name
        assert places.province_name() in title, file.name
        assert (file.name == "index.html") != ('href="index.html"' in page), file.name
        if re.match("0[056]", file.name):  # published figures, the numbers of others, a lot
            continue
        texts = re.findall(r'alt="([^"]*)"', page) or [page]
        alts = [text for text in texts if label in text and re.search("20[0-9]{2}", text)]
        assert any(re.search("[0-9],[0-9]", text) for text in alts), file.name


def test_no_english_sentence_stands_on_a_vietnamese_page(published, built):
    out = published["vi"].out
    for file in [out / "index.html", *sorted(built.glob("*.html"))]:
        page = file.read_text("utf-8")
        assert english_sentences(page) == [], file.name
    for slide in slides(out / "slides.pptx"):
        texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        texts.append(slide.notes_slide.notes_text_frame.text)
        assert [text for text in texts if english_sentences(text)] == []
    # one that is planted is seen, as a text and as what is said of a picture
    page = (out / "index.html").read_text("utf-8")
    sentence = "This is no proof of a cause."
    planted = page.replace("</article>", f"<p>{sentence}</p></article>", 1)
    assert english_sentences(planted) == [sentence]
    assert english_sentences(page.replace('alt="', f'alt="{sentence} ', 1))
    assert english_sentences((published["en"].out / "index.html").read_text("utf-8"))


def texts_of_file(file, records):
    """Give what a file of a build says, part by part: each must say that it is simulated."""
    if file.suffix == ".pptx":
        for slide in slides(file):
            shapes = [shape for shape in slide.shapes if shape.has_text_frame]
            yield " ".join(shape.text_frame.text for shape in shapes)
    elif file.suffix == ".xlsx":
        for sheet in openpyxl.load_workbook(file):
            if records.get(sheet.title, {}).get("banner"):
                yield sheet["A1"].value
    elif file.suffix == ".png":
        drawn = Image.open(file).convert("RGB")
        height = max(3, drawn.height // 100)
        top = drawn.crop((0, 0, drawn.width, height))
        strip = max(top.getcolors(top.width * top.height))[1]
        yield BANNERS["vi"] if strip == ImageColor.getrgb(RED) else f"{strip}"
    elif file.suffix in {".html", ".svg"}:
        yield html.unescape(file.read_text("utf-8"))


def strips(page):
    """Give the texts of the strips of a page that stand where a page begins."""
    return re.findall(r'<body[^>]*><header class="banner"><b>([^<]*)</b></header>', page)


REAL_SHEETS = {"Không phải số người", "Số liệu đã công bố", "Công bố ở nơi khác", "Dân số"}


def shown_outputs(file):
    """List what a notebook shows but for pictures, which another matplotlib draws otherwise."""
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    for output in outputs:
        output.get("data", {}).pop("image/png", None)
    return outputs


def test_a_build_shows_what_is_stored(built):
    """A build in its usual place leaves copies only of what changed; nbval runs the twins."""
    stored = study.PACKAGE.parent / "notebooks" / "vi"
    for copy in (built / "notebooks").glob("*.ipynb"):
        assert shown_outputs(copy) == shown_outputs(stored / copy.name), copy.name


# A number as a picture writes it: it belongs in a cell as a number.
WRITTEN = re.compile(r"[+−-]?\d[\d.,]*\s?[%‰]?\*?")


# What has a name in this package, or an address; words stand in a cell in its place.
NAMES = re.compile(r"^(?!.*://).*\b[a-z][a-z0-9]*_[a-z0-9_]+\b")


def faults_of_sheet(sheet):
    """List names in cells and heads, numbers that are texts, and steps of other ratios."""
    texts = words.strings()
    heads = [key for key in texts if re.match(r"(book_)?heads\.", key)]
    names = {key.partition(".")[2] for key in heads}
    faults = []
    for column in sheet.iter_cols(min_row=4):
        head, *cells = [cell.value for cell in column]
        if head is None:
            continue
        if head in names or re.search("_[a-z]", head):
            faults.append((sheet.title, head))
        # codes and periods are texts, and so are names of ways, of which the first are numbers
        keys = "book_heads.code", "book_heads.way", "book_heads.left_out", "published.period"
        coded = head in {texts[key]["vi"] for key in keys}
        texts_in_cells = [cell for cell in cells if isinstance(cell, str)]
        written = [cell for cell in texts_in_cells if WRITTEN.fullmatch(cell)]
        if written and not coded:
            faults.append((sheet.title, head, written[0]))
        named = [cell for cell in cells if isinstance(cell, str) and NAMES.search(cell)]
        if named:
            faults.append((sheet.title, head, named[0]))
    heads = {cell.value for cell in sheet[4]}
    of_terms = texts["book_heads.standard_error"]["vi"] in heads
    caption = sheet["A3"].value or ""
    if of_terms and caption and "thêm 1;" not in caption:
        faults.append((sheet.title, caption))
    return faults


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_each_answer_of_a_design_and_of_starts_has_words_for_names(tmp_path, monkeypatch, language):
    monkeypatch.setenv(OUT, str(tmp_path))
    with words.use(language), undrawn():
        design = hg.Design.of_reports("app_users", 2022)
        # every question that a design answers, named or not here
        asked = {
            name: question()
            for name, question in inspect.getmembers(design, inspect.ismethod)
            if "DesignAnswer" in str(question.__annotations__.get("return"))
            and name not in {"placebos", "outcomes", "bootstrap"}
        }
        asked["bootstrap"] = design.bootstrap(draws=99)
        asked["placebos"] = design.placebos(2023)
        asked["outcomes"] = design.outcomes(["ewallet_users"])
        assert len(asked) >= 10
        for name, answer in asked.items():
            answer.keep(name.replace("_", "-"))
        with hg.Study.open("santa_clara").use(language=language):
            hg.rollout("fields_filled").keep("rollout")
        tables.write_workbook(tmp_path)
        captions = {name: answer.caption() for name, answer in asked.items()}
    book = openpyxl.load_workbook(tmp_path / tables.BOOK)
    for name, caption in captions.items():
        sheet = book[tab(name.replace("_", "-"), language)]
        if asked[name].figures:
            assert sheet["A3"].value == caption
        raw = asked[name].table.select_dtypes(exclude=["number", "bool"]).drop(columns="origin")
        keys = {cell for cell in raw.to_numpy().ravel() if re.search("[a-z]", str(cell))}
        keys -= {*raw["reason"]}
        cells = {cell.value for row in sheet.iter_rows(min_row=4) for cell in row}
        # an empty note is no answer: no column of these says above, below or neither
        assert cells.isdisjoint(keys | {words.strings()["cells.neither"][language]}), name
    for sheet in book:
        texts = [str(cell.value) for row in sheet.iter_rows(min_row=4) for cell in row]
        assert [text for text in texts if NAMES.search(text)] == [], sheet.title
    if language == "vi":
        assert "mô phỏng" not in {cell.value for cell in book[tab("rollout", language)]["A"]}
        assert {cell.value for cell in book[tab("rollout", language)]["B"]} >= {"nơi"}


def test_no_sheet_of_a_build_has_a_raw_head_a_number_as_text_or_the_step_of_other_ratios(built):
    book = openpyxl.load_workbook(built / tables.BOOK)
    assert len(book.sheetnames) > 25
    assert [fault for sheet in book for fault in faults_of_sheet(sheet)] == []


def test_pages_and_sheets_have_the_strip_where_their_numbers_are_simulated_and_nowhere_else(built):
    wrong = []
    for file in sorted(built.glob("0*.html")):
        wanted = [] if file.name.startswith("00_") else [BANNERS["vi"]]
        page = file.read_text("utf-8")
        printed = page.count(f'@top-left {{ content: "{BANNERS["vi"]}"')
        if strips(page) != wanted or printed != len(wanted):
            wrong.append(file.name)
    for sheet in openpyxl.load_workbook(built / tables.BOOK):
        wanted = "" if sheet.title in REAL_SHEETS else BANNERS["vi"]
        red = sheet["A1"].fill.fgColor.rgb == f"FF{RED[1:].upper()}"
        strip = sheet["A1"].value or ""
        if strip != wanted or red != bool(wanted):
            wrong.append(sheet.title)
    assert wrong == []


def test_the_index_has_the_strip_of_its_answers_and_of_no_other_numbers(tmp_path):
    simulated = answers()
    assert BANNERS["vi"] in pages.index(tmp_path, simulated, {})
    real_cards = [Card("?", BigNumber("1", ""), "One.")]
    page = pages.index(tmp_path, real_cards, {})
    assert BANNERS["vi"] not in page
    assert "@top-left" not in page


@pytest.mark.parametrize("origin", ["reported", "simulated"])
def test_reports_of_ones_own_say_in_their_register_whether_they_are_simulated(tmp_path, origin):
    columns = ["code", "period", "indicator", "count", "out_of", "origin"]
    report = frames.reports().assign(origin=origin)[columns]
    report.to_csv(tmp_path / "report.csv", index=False)
    own_study = lay_out(tmp_path / "data", reports=tmp_path / "report.csv")
    assert study.register(own_study.folder)[study.REPORTS]["real_or_invented"] == origin


def test_whatever_is_built_of_simulated_numbers_says_so(built):
    records = tables.figure_records(built)
    silent = []
    n_texts = 0
    for file in sorted(built.rglob("*.*")):
        is_real = file.stem.startswith(("00_", "thumb-"))  # what was published; a part of the index
        if is_real or "docs" in file.parts or "notebooks" in file.parts:
            continue
        for part in texts_of_file(file, records):
            n_texts += 1
            if BANNERS["vi"] not in part:
                silent.append(file.name)
    assert silent == []
    assert n_texts > 60


def test_the_same_numbers_give_the_same_bytes(published, built):
    """Here as in the process that built them; `test_build` compares reports, index and tables."""
    out = published["vi"].out
    for file in ("atlas.html", "brief.docx", "poster.pdf", "slides.pptx"):
        built_bytes = (built / file).read_bytes()
        assert (out / file).read_bytes() == built_bytes, file


def test_what_the_data_cannot_fill_is_said_and_the_rest_stands(monkeypatch, tmp_path, capsys):
    def refuse(*_, **__):
        msg = "nobody knows where places lie"
        raise LookupError(msg)

    monkeypatch.setattr(atlas, "write", refuse)
    writers = ((sheets, "write_briefs"), (sheets, "write_poster"), (word, "write"))
    for room, function in writers:
        monkeypatch.setattr(room, function, lambda *_, **__: None)
    monkeypatch.setattr(deck, "write", lambda file, **_: file.touch())
    cards = run._publish(tmp_path, notebooks_only=False)
    text = capsys.readouterr().err
    assert "atlas.html" in text
    assert "nobody knows where places lie" in text
    assert (tmp_path / "slides.pptx").is_file()
    assert "atlas.html" not in pages.index(tmp_path, cards, {})


# --- do these data give this picture? Yes, no, or unknown: nothing hidden is told by asking ---


def save_each_kind(folder, period=2023):
    """Write one picture in every kind of file."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = hg.uptake("app_users", period).map()
    deck = pptx.Presentation()
    files = [picture.save(folder / f"map.{kind}") for kind in ("png", "svg", "pdf")]
    picture.web().save(folder / "map.html")
    picture.slide(deck)
    deck.save(folder / "map.pptx")
    return [*files, folder / "map.html", folder / "map.pptx"]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    save_each_kind(folder / "figures")
    verify.record(folder)
    return folder


def run_verify(file, out, *options):
    """Give the status of the command, and what it says."""
    command = ["verify", str(file), "--out", str(out), "--lang", "en", *options]
    done = CliRunner().invoke(app, command)
    return done.exit_code, " ".join(done.output.split())


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "html", "pptx"])
def test_what_these_data_give_is_the_same_wherever_it_was_since(recorded, tmp_path, kind):
    sent = shutil.copy(recorded / "figures" / f"map.{kind}", tmp_path / f"sent.{kind}")
    status, text = run_verify(sent, recorded)
    assert status == 0, text
    assert text.split(":")[0] == "MATCH", text
    assert f"figures/map.{kind}" in text


def test_of_many_files_with_one_figure_five_are_named(tmp_path):
    picture = hg.uptake("app_users", 2023).map()
    for number in range(8):
        picture.save(tmp_path / f"map{number}.svg")
    verify.record(tmp_path)
    sent = picture.save(tmp_path.with_name("sent.svg"), width=85)
    status, text = run_verify(sent, tmp_path)
    assert status == 0
    assert text.count(".svg") == 6  # that of the question, and five
    assert "and 3 more" in text


DECKS = [((2023,), "CANNOT TELL"), ((2023, 2022), "NO MATCH")]


@pytest.mark.parametrize(("periods", "wanted"), DECKS)
def test_a_deck_may_be_the_same_only_if_all_its_slides_are(recorded, tmp_path, periods, wanted):
    deck = pptx.Presentation()
    deck.core_properties.title = "no copy of what was recorded"
    for period in periods:
        hg.uptake("app_users", period).map().slide(deck)
    deck.save(tmp_path / "deck.pptx")
    assert len(verify.digests(tmp_path / "deck.pptx")) == len(periods)
    _, text = run_verify(tmp_path / "deck.pptx", recorded)
    assert text.split(":")[0] == wanted


def test_what_they_do_not_give_is_changed(recorded, tmp_path):
    for file in save_each_kind(tmp_path, 2022):
        status, text = run_verify(file, recorded)
        assert status == 1, text
        assert text.split(":")[0] == "NO MATCH", text


def test_what_carries_no_digest_is_unknown(recorded, tmp_path):
    with Image.open(recorded / "figures" / "map.png") as drawn:  # as a messenger saves it
        drawn.convert("RGB").save(tmp_path / "bare.png")
    (tmp_path / "no.pptx").write_bytes(b"PK no deck")
    with zipfile.ZipFile(tmp_path / "other.pptx", "w") as empty:
        empty.writestr("a", "hganalysis:0123456789ab")
    (tmp_path / "note.txt").write_text("hganalysis:0123456789ab")
    for file in tmp_path.iterdir():
        status, text = run_verify(file, recorded)
        assert (status, "has no digest" in text) == (2, True), text


def save_with_texts(picture, file, texts, **options):
    """Save a PNG with the texts that it had, as programs do that keep them."""
    kept = PngInfo()
    for name, text in texts.items():
        kept.add_text(name, text)
    picture.save(file, pnginfo=kept, **options)


def test_a_png_that_is_painted_over_is_not_what_was_drawn(recorded, tmp_path):
    """The digest of its figure is kept: only the pixels tell."""
    with Image.open(recorded / "figures" / "map.png") as drawn:
        texts = dict(drawn.text)
        picture = drawn.convert("RGBA")
    width, height = picture.size
    corner = (width - 1, height - 1, width, height)
    for name, box in (("corner.png", corner), ("half.png", (0, 0, width // 2, height))):
        painted = picture.copy()
        painted.paste((1, 2, 3, 255), box)
        save_with_texts(painted, tmp_path / name, texts)
        status, text = run_verify(tmp_path / name, recorded)
        assert (status, "changed after" in text) == (1, True), text


def test_a_png_that_is_only_stored_in_another_way_is_what_was_drawn(recorded, tmp_path):
    with Image.open(recorded / "figures" / "map.png") as drawn:
        save_with_texts(drawn, tmp_path / "small.png", drawn.text, compress_level=9)
        save_with_texts(drawn.convert("RGB"), tmp_path / "opaque.png", drawn.text)
    for name in ("small.png", "opaque.png"):
        assert (tmp_path / name).read_bytes() != (recorded / "figures" / "map.png").read_bytes()
        status, text = run_verify(tmp_path / name, recorded)
        assert (status, text.split(":")[0]) == (0, "MATCH"), text


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [("svg", b"</svg>", b"<!-- 1 --></svg>"), ("pdf", b"/MediaBox", b"/CropBox ")],
)
def test_a_drawing_with_any_other_byte_is_not_what_was_drawn(
    recorded, tmp_path, kind, before, after
):
    content = (recorded / "figures" / f"map.{kind}").read_bytes()
    assert before in content
    edited = tmp_path / f"edited.{kind}"
    edited.write_bytes(content.replace(before, after))
    status, text = run_verify(edited, recorded)
    assert (status, "changed after" in text) == (1, True), text


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "html", "pptx"])
def test_what_says_only_of_which_figure_it_is_is_unknown(recorded, tmp_path, kind):
    """Without its seal, or of a kind that has none: nobody knows whether it was edited."""
    sent = shutil.copy(recorded / "figures" / f"map.{kind}", tmp_path / f"sent.{kind}")
    if kind == "pptx":
        deck = pptx.Presentation(sent)
        deck.slides[0].shapes.title.text = "The highest is 99%"
        deck.save(sent)
    else:
        content = Path(sent).read_bytes()
        content = re.sub(rb" drawn:[0-9a-f]{16}", b"", content)
        Path(sent).write_bytes(content + b" " * (kind == "html"))
    status, text = run_verify(sent, recorded)
    assert (status, text.split(":")[0]) == (2, "CANNOT TELL"), text
    assert "compare its numbers" in text


def test_a_picture_in_a_slide_and_each_page_of_a_book_have_their_seal():
    deck = pptx.Presentation()
    line = shapely.LineString([(105.47, 9.78), (105.82, 9.82)])
    road = gpd.GeoDataFrame(geometry=[line], crs="EPSG:4326")
    layer = hg.layer(road, name="Road", source="us")
    hg.map("app_users", 2023, layers=layer).slide(deck)  # a layer makes it a picture
    pictures = [shape.image.blob for shape in deck.slides[0].shapes if hasattr(shape, "image")]
    figures = [next(iter(hg.brief(code).figures.values()))() for code in ("934", "935")]
    book = page.draw_book(figures)
    files = [*pictures, book.whole, *book.pages]
    assert len(book.pages) == 2
    assert [seal.find_state(content) for content in files] == ["drawn"] * len(files)
    assert len(files) >= 4


def test_without_a_build_or_with_other_data_it_is_unknown(recorded, tmp_path):
    file = recorded / "figures" / "map.svg"
    status, text = run_verify(file, tmp_path)
    assert (status, "no build" in text) == (2, True)
    with suppress.use(fewer_than=0):
        status, text = run_verify(file, recorded)
    assert (status, "different data" in text) == (2, True)
    (tmp_path / "bad.csv").write_text("x")
    status, _ = run_verify(file, recorded, "--reports", str(tmp_path / "bad.csv"))
    assert status == 2
    assert run_verify(file, recorded, "--lang", "fr")[0] == 2
    with pytest.raises(FileNotFoundError):
        verify.verify(tmp_path / "gone.png", out=recorded)


@pytest.mark.parametrize("row", ["", "a,b,c,d", "x", '"'])
def test_a_record_that_somebody_wrote_into_is_no_yes(recorded, tmp_path, row):
    table = f"file,digests,sha256,inputs\n{row}\n"
    (tmp_path / folders.TABLE).write_text(table)
    assert run_verify(recorded / "figures" / "map.svg", tmp_path)[0] == 2


@pytest.mark.usefixtures("few_worlds")
def test_ones_own_data_are_named_again(tmp_path, monkeypatch):
    """A build of a report in a folder: with it the picture is the same, without it unknown."""
    table = frames.reports().assign(origin="reported")
    columns = ["code", "period", "indicator", "count", "out_of", "origin"]
    report = tmp_path / "mine.csv"
    table[columns].to_csv(report, index=False)
    source = "import hganalysis as hg\nhg.uptake('app_users', 2023).keep('where')"
    cell = nbformat.v4.new_code_cell(source, id="one")
    (tmp_path / "books").mkdir()
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(notebook, tmp_path / "books" / "01.ipynb")
    writers = ((sheets, "write_briefs"), (sheets, "write_poster"), (word, "write"))
    for room, function in writers:
        monkeypatch.setattr(room, function, lambda *_, **__: None)
    options = ["--notebooks", str(tmp_path / "books"), "--out", str(tmp_path / "out")]
    command = ["build", "--reports", str(report), *options]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    out = tmp_path / "out"
    for name in ("figures/where-page.png", "atlas.html", "slides.pptx", "01.html"):
        status, _ = run_verify(out / name, out, "--reports", str(report))
        assert status == 0, name
        status, text = run_verify(out / name, out)
        assert (status, "--reports FILE" in text) == (2, True)
    table.loc[table["count"].idxmax(), "count"] -= 1000
    table[columns].to_csv(report, index=False)
    status, _ = run_verify(out / "atlas.html", out, "--reports", str(report))
    assert status == 2
    assert str(tmp_path) not in (out / folders.TABLE).read_text("utf-8")


def test_no_digit_hangs_on_what_is_hidden(tmp_path):
    """Whoever has the record and tries every hidden count finds that all of them fit."""
    raw = frames.reports().query("indicator == 'app_users' and period == 2022")
    raw = raw.assign(origin="reported", out_of=50_000).set_index("code")
    codes = ["31342", "31348"]  # of one district, those with fewest residents: hidden together
    total = raw.loc[codes, "count"].sum()
    records = set()
    for guess in (0, 4):
        raw.loc[codes, "count"] = guess, total - guess
        reports = raw.reset_index().drop(columns="pool", errors="ignore")
        no_teams = pd.DataFrame(columns=["code", "period", "teams", "members", "origin"])
        content = as_bytes({study.REPORTS: reports, frames.TEAMS: no_teams})
        folder = write(tmp_path / f"data{guess}", content)
        with study.Study.open(folder).use():
            hidden = frames.reports()[suppress.is_hidden(frames.reports())]
            assert set(hidden["code"]) == set(codes)
            out = tmp_path / f"out{guess}"
            out.mkdir()
            hg.uptake("app_users", 2022).map().save(out / "map.svg")
            verify.record(out)
        records.add((out / folders.TABLE).read_text("utf-8"))
    assert len(records) == 1

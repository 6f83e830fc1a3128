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
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import country
import docx
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
from PIL import Image, ImageColor
from trials import bring
from trials.media import read_atlas, texts
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import figure, frames, indicators, places, sheets, study, suppress, words
from hganalysis.cli import app
from hganalysis.draw import Picture, page
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
    slides, compose = {}, deck.pictures

    def remembered(cards):
        slides.update(compose(cards))
        return slides

    with words.use(language), pytest.MonkeyPatch.context() as patch:
        patch.setenv(OUT, str(out))
        patch.setattr(deck, "pictures", remembered)
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
def two_sheets():
    with bring.two_sheets():
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
    moved = hg.compare("app_users", 2022, 2023)
    headline = hg.Design.of_reports("app_users", 2022).headline()
    assert where.number.text == words.value(level, "share")
    for end in (0, -1):  # the two ends stand in the sentence, and are named in the picture
        assert ranked["name"].iloc[end] in where.sentence
        assert words.value(ranked["share"].iloc[end], "share") in where.sentence
    assert where.ends == (ranked["code"].iloc[0], ranked["code"].iloc[-1])
    assert changed.number.text == words.value(moved.whole["change_pp"], "points", bare=True)
    for end in ("before", "after"):
        assert words.value(moved.whole[end], "share") in changed.sentence
    ratio, low, high = headline.table.loc[0, ["rate_ratio", "low", "high"]]
    assert related.number.text == f"+{words.percent(ratio - 1, decimals=0)}"
    for end in (low, high):
        assert f"+{words.percent(end - 1, decimals=0)}" in related.number.label
    assert "95" in related.number.label
    assert len({card.picture.figure.digest for card in (where, changed, related)}) == 3


def test_a_question_that_a_study_has_no_numbers_for_is_no_card():
    names = {}
    for name in ("kenya_2019", "india_2023", "hau_giang_groups"):
        with hg.Study.open(name).use(), words.use("en"):
            told = answers()
            names[name] = [card.name for card in told]
            if name == "india_2023":  # the interval holds "no difference"
                assert told[2].number.text == ""
    assert names == {
        "kenya_2019": ["where"],
        "india_2023": ["where", "changed", "related"],
        "hau_giang_groups": ["where", "changed", "behind"],
    }


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("ratio", [0.31, 0.8, 1.19, 1.9, 2.2, 9.5])
def test_an_estimate_and_its_interval_are_written_in_one_way(ratio, language):
    """As differences below twice as high, else as ratios; never one of each."""
    with words.use(language):
        number = of_cards._with_interval(*np.log([ratio, ratio / 1.3, ratio * 1.3]))
    ends = re.sub("95\\s?%", "", number.label)
    n_percents = [text.count("%") for text in (number.text, ends)]
    assert n_percents == ([1, 2] if 1 / 2 < ratio < 2 else [0, 0])
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
    with hg.Study.open("santa_clara").use(), words.use("en"):
        answer = hg.rollout(next(iter(hg.reported())))
        if not is_drawn:
            answer = replace(answer, protocol=None)
        with mock.patch("hganalysis.starts.rollout", return_value=answer):
            card = of_cards._rolled_out()
        by = words.percent(abs(np.exp(answer.effect.log_ratio) - 1), decimals=1)
    assert ("no evidence" in card.detail) == (not is_drawn)
    if is_drawn or not answer.withheld:
        assert by in card.sentence
        assert ("than without it" in card.sentence) == is_drawn
    assert not re.search("ratio|by size|draws", card.sentence + card.detail)


# --- the index ---


def cards(page):
    """Give the texts of each card of an index by the class of their paragraph."""
    told = []
    for article in re.findall(r"<article>(.*?)</article>", page, re.DOTALL):
        texts = re.findall(r'<p class="(\w+)">(.*?)</p>', article, re.DOTALL)
        texts += [("question", re.search("<h2>(.*?)</h2>", article).group(1))]
        told.append({name: html.unescape(re.sub("<[^>]+>", "", text)) for name, text in texts})
    return told


@functools.cache
def shown_cards(study_name, language):
    """Give the cards of an index that has nothing beside it."""
    with hg.Study.open(study_name).use(), words.use(language):
        return cards(pages.index(Path("nowhere"), answers(), {}))


MOST_WORDS = 25
MOST_LETTERS = 150
JARGON = re.compile(r"\bCR2\b|\bHC2\b|\bdf\b|bậc tự do|\bnan\b|−–")


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("name", [None, "kenya_2019", "india_2023"])
def test_each_card_names_measure_and_period_in_one_short_sentence(name, language):
    shown = shown_cards(name, language)
    with hg.Study.open(name).use(), words.use(language):
        headline, periods = next(iter(hg.reported().items()))
        label = hg.indicators.measure_label(headline)
    assert len(shown) == (1 if name == "kenya_2019" else 3)
    for card in shown:
        assert card["question"].startswith(label)
        assert str(periods[-1])[:3] in card["subject"]
        assert len(card["sentence"].split()) <= MOST_WORDS
        assert len(card.get("detail", "")) <= MOST_LETTERS
        assert not JARGON.search(" ".join(card.values()))
    if name is None:
        periods_of_cards = [re.findall(r"20\d\d", card["subject"])[-2:] for card in shown]
        assert periods_of_cards == [["2019", "2023"], ["2022", "2023"], ["2019", "2022"]]


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
    texts = [clear["big"], clear["sentence"], unclear["sentence"] + unclear.get("detail", "")]
    percents = [re.findall(r"\d+[.,]?\d*\s?%", text.replace("95", "")) for text in texts]
    assert [len(ends) for ends in percents] == [3, 1, 0]


@pytest.mark.parametrize("width", [140, 200, 600])  # of the map, in points: 200 are a phone's
@pytest.mark.parametrize("name", [None, "kenya_2019", "hau_giang_2025", "india_2023"])
def test_both_places_of_the_sentence_are_named_on_the_small_map(name, width):
    with hg.Study.open(name).use(), words.use("en"):
        where, *_ = answers()
        small = pages._reduce(where.picture.figure.panels[0], where.ends)
        west, _, east, _ = small.land.total_bounds
        scale = width / (east - west)
        labels = list(labels_of_maps.fit_labels(small, [8], scale))
        wanted = {places.short(code) for code in where.ends}
    names = [re.sub(r"\n[\d.]+%?$", "", label.text) for label in labels]
    drawn = {re.sub(r"-\n", "", name).replace("\n", " ") for name in names}
    assert wanted <= drawn
    assert len(wanted) == 2
    boxes = shapely.STRtree([labels_of_maps._box(label, scale) for label in labels])
    over = [number for number, label in enumerate(labels) if label.is_over]
    touching = boxes.query(boxes.geometries[over], predicate="intersects")
    assert touching.shape[1] == len(over)  # each touches itself, and no other


def test_an_estimate_that_is_refused_is_a_sentence(tmp_path, monkeypatch):
    asked = hg.Design.of_reports
    with words.use("en"):
        home, every = places.units()["compared_code"], frames.reports()
        few = every[every["code"].map(home).isin(["930", "931", "932"])]
        monkeypatch.setattr(frames, "reports", lambda: few)
        with pytest.raises(hg.Refused) as reason:
            raise asked("app_users", 2022).headline().refused
        card = cards(pages.index(tmp_path, answers(), {}))[2]
        assert card["sentence"] == str(reason.value)
    assert "big" not in card
    assert "detail" not in card


def test_the_index_of_three_periods_shows_the_last_change(tmp_path):
    files = islands.write_islands(tmp_path / "in", per=1000)
    options = {"reports": [files["reports"]], "places": files["places"]}
    with lend_data(**options, study=files["study"]), words.use("en"):
        where, changed, related = answers()
        last = hg.compare("reactions", 2024, 2025)
        assert changed.number.text == words.value(
            last.whole["change_pp"], last.measure.change_scale, bare=True
        )
        assert changed.picture.figure.digest == last.over_time().figure.digest
        assert changed.picture.figure.panels[0].heads == ("2023", "2024", "2025")
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
    with lend_data(**files | {"reports": [files["reports"]]}), words.use("en"):
        where, changed = answers()
        shown = changed.picture.figure.panels[0]
        small = pages._reduce(where.picture.figure.panels[0], where.ends)
        made = slides(deck.write(tmp_path / "deck.pptx"))
    assert isinstance(shown, figure.Courses)
    assert len(shown.rows) >= wards - 1
    assert 2 <= (shown.rows["end"] != "").sum() <= 5  # four places, and the whole
    for card in (where, changed):
        assert len(card.sentence.split()) <= 25
    assert small.named_only == (len(small.places) > figure.MAX_ROWS)
    assert len({*small.always_named} & {*small.places.index}) == 2
    lists = [shape.table for slide in made for shape in slide.shapes if shape.has_table]
    assert max(len(table.rows) for table in lists) <= 1 + figure.MAX_ROWS
    assert lists[-1].cell(1, 2).text == "Q3 2025–Q2 2026"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_index_has_three_answers_and_leads_to_all_that_there_is(published, language):
    out = published[language].out
    page = (out / "index.html").read_text("utf-8")
    for one in published[language].cards:
        for said in (one.question, one.number.text, one.sentence, one.picture.figure.alt):
            assert str(markupsafe.escape(said)) in page
    links = set(re.findall(r'(?:href|src)="([^"#]+)"', page))
    assert {one for one in links if not (out / one).is_file()} == set()
    others = {one.relative_to(out).as_posix() for one in out.rglob("*.*")}
    kept = {one for one in others if not one.endswith((".json", "index.html"))}
    assert kept - links == set()
    assert f'<html lang="{language}">' in page


def test_nothing_that_is_told_becomes_markup(tmp_path):
    bad = '<script>alert("x")</script>'
    told = [Card(bad, BigNumber(bad, bad), bad)] * 3
    page = pages.index(tmp_path, told, {"a.html": (bad, bad)})
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 14


@pytest.mark.usefixtures("few_worlds")
def test_slides_show_the_cards_of_their_questions_where_a_study_has_not_all_of_them():
    asked = {card.name: card for card in answers() if card.name != "changed"}
    shown = deck.pictures([*asked.values()])
    assert "change" not in shown
    assert shown["related"].figure.digest == asked["related"].picture.figure.digest
    assert shown["where"].figure.panels[0] is asked["where"].picture.figure.panels[0]


# --- the atlas ---


def ranges(table):
    """Write ranks as people read them: one number where it is sure, else from which to which."""
    ends = table[["rank_low", "rank_high"]].dropna().astype(int)
    texts = {
        code: f"{low}" if low == high else f"{low}–{high}" for code, low, high in ends.itertuples()
    }
    return [texts.get(code, "") for code in table.index]


def test_the_numbers_of_the_atlas_are_those_of_the_answers(published):
    found = read_atlas((published["vi"].out / "atlas.html").read_text("utf-8"))
    codes = {one["id"]: [at["code"] for at in one["places"]] for one in found["levels"]}
    asked = {one["id"]: one for one in found["measures"]}
    density = asked.pop("members_per_1000")
    for period, rows in frames.density(frames.teams(), level="district").groupby("period"):
        expected = rows.set_index("code").loc[codes["district"], ["members", "population"]]
        assert density["values"][str(period)]["district"] == expected.to_numpy().tolist()
        told = density["views"][period - 2022]["texts"]["en"]
        assert "rank" not in told["rows"]["district"]
        assert "mirrors the size of hamlets" in told["note"]
    assert density["views"][0]["texts"]["vi"]["rows"]["whole"]["text"] == ["5,4"]
    assert {name: [*map(int, one["values"])] for name, one in asked.items()} == hg.reported()
    assert {name for name, one in asked.items() if one["views"][-1]["id"] == "change"} == {
        name for name, periods in hg.reported().items() if len(periods) > 1
    }
    for name, periods in hg.reported().items():
        for period in periods:
            values, answer = asked[name]["values"][str(period)], hg.uptake(name, period)
            table, parts = answer.table.set_index("code"), answer.parts.set_index("code")
            for level, rows in (("district", table), ("commune", parts)):
                counts = rows.loc[codes[level], ["count", "out_of"]].to_numpy().tolist()
                for cell, (count, out_of) in zip(values[level], counts, strict=True):
                    if isinstance(cell, list):
                        assert cell == [count, out_of]
                    else:  # too few to be shown
                        assert (cell, math.isnan(count)) == (atlas_counts.FEW, True)
            assert values["whole"][0] == [table["count"].sum(), table["out_of"].sum()]
            view = next(one for one in asked[name]["views"] if one["id"] == str(period))
            rows, scale = view["rows"]["district"], answer.measure.classes
            assert [codes["district"][at] for at in rows["order"]] == table.index.tolist()
            table = table.loc[codes["district"]]
            assert rows["value"] == pytest.approx(table["share"].tolist())
            assert rows["class_number"] == scale.index(table["share"]).tolist()
            for language in words.LANGUAGES:
                texts = view["texts"][language]
                with words.use(language):
                    assert texts["rows"]["district"]["rank"] == ranges(table)
                    ends = table[["low", "high"]].to_numpy()
                    spans = [
                        "" if math.isnan(one) else words.span(one, to, scale) for one, to in ends
                    ]
                    assert texts["rows"]["district"]["similar"] == spans
                    borders = answer.measure.write_series(scale.breaks)
                    assert view["legend"]["edges"][language] == ["", *borders, ""]
                    read = [
                        float(re.sub("[ \N{NO-BREAK SPACE}%]", "", text).replace(",", "."))
                        for text in texts["rows"]["district"]["text"]
                    ]
                    factor = {"share": 100, "per_1000": 1000}[scale.unit]
                    assert read == pytest.approx((factor * table["share"]).tolist(), abs=0.051)


def test_an_atlas_of_quarters_writes_each_as_its_answer_does(atlas_of_isles, tmp_path):
    files = invented.write_harbour(tmp_path / "in")
    with lend_data(**files | {"reports": [files["reports"]]}), words.use("en"):
        [file] = atlas.write(tmp_path / "atlas.html")
        found = read_atlas(file.read_text("utf-8"))
        codes = [place["code"] for place in found["levels"][0]["places"]]
        [measure] = found["measures"]
        assert measure["line"]["steps"] == [0, 1, 2, 3]
        assert measure["line"]["head"] == {
            "vi": "Quý III/2025–quý II/2026",
            "en": "Q3 2025–Q2 2026",
        }
        for view, period in zip(measure["views"], invented.QUARTERS, strict=False):
            assert view["id"] == period
            assert view["texts"]["vi"]["label"].startswith("Quý ")
            rows = view["texts"]["en"]["rows"]["district"]
            answer = hg.uptake("filed_online", period)
            table = answer.table.set_index("code").loc[codes]
            if "since" in rows:
                written = answer.measure.write_rows(table[["before", "share"]])
                # those whose interval is wide have a star, and no rank
                stars = table["rank"].isna().map({True: "*", False: ""})
                assert rows["text"] == (written["share"] + stars).tolist()
    # lines are of four periods or more, and years that were left out have their room
    assert atlas._line([2019, 2022, 2023])["steps"] == [0, 3, 4]
    assert all("line" not in one for one in atlas_of_isles["measures"])


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_atlas_is_small_speaks_both_languages_and_says_what_is_invented(published, language):
    page = (published[language].out / "atlas.html").read_text("utf-8")
    assert len(page.encode()) < 1_000_000
    found = read_atlas(page)
    assert found["fake"] == BANNERS
    assert all(one["fake"] for one in found["measures"])
    for one in found["answers"]:
        assert one["vi"] != one["en"]
    assert set(found["words"]["vi"]) == set(found["words"]["en"])
    other = next(one for one in words.LANGUAGES if one != language)
    assert found == read_atlas((published[other].out / "atlas.html").read_text("utf-8"))
    assert "http" not in re.sub(r'http-equiv|"http://www.w3.org/\S*', "", page)


@pytest.fixture
def secret(tmp_path):
    """Use reports with small counts: some are hidden, some are too few to be shown."""
    raw = frames.reports().assign(origin="reported").drop(columns="pool", errors="ignore")
    raw = raw[(raw["indicator"] == "app_users") & (raw["period"] == 2022)]
    raw = raw.set_index("code")
    raw.loc["31318", ["count", "out_of"]] = 3, 86_420
    raw.loc["31450", ["count", "out_of"]] = 7, 41
    raw.loc["31399", "count"] = 15
    content = {study.REPORTS: raw.reset_index(), frames.TEAMS: frames.teams().iloc[:0]}
    files = {name: table.to_csv(index=False).encode() for name, table in content.items()}
    with study.Study.open(write(tmp_path / "data", files)).use():
        yield raw


def test_hidden_and_few_have_a_reason_and_no_number(secret, tmp_path):
    [file] = atlas.write(tmp_path / "atlas.html")
    page = file.read_text("utf-8")
    found = read_atlas(page)
    [measure] = found["measures"]
    codes = [one["code"] for one in found["levels"][1]["places"]]
    cells = dict(zip(codes, measure["values"]["2022"]["commune"], strict=True))
    hidden = frames.reports().loc[suppress.is_hidden(frames.reports()), "code"]
    assert {code for code, cell in cells.items() if cell == atlas_counts.HIDDEN} == set(hidden)
    assert "31318" in set(hidden)
    assert cells["31450"] == [7, 41]
    place = codes.index("31450")
    row = measure["views"][0]["rows"]["commune"]
    assert (row["value"][place], row["why"][place]) == (None, atlas_counts.FEW)
    assert cells["31399"][0] == 15
    pairs = [
        cell for levels in measure["values"].values() for one in levels.values() for cell in one
    ]
    assert cells["31399"] in pairs
    for code in hidden:
        assert [int(secret["count"][code]), int(secret["out_of"][code])] not in pairs
    assert (found["fake"], found["internal"]) == (None, "")


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
        said = {one: words.strings()["index.internal"][one] for one in words.LANGUAGES}
        assert read_atlas(file.read_text("utf-8"))["internal"] == said
        assert said["vi"] in pages.index(tmp_path, answers(), {})


def test_a_country_has_a_page_for_each_province(monkeypatch, tmp_path):
    """Three provinces of 63: the bound of the first page holds for the whole of it."""
    n_provinces = 3
    files = country.write(tmp_path / "in", n_provinces / country.PROVINCES)
    monkeypatch.setattr(atlas, "LIMIT", 300)
    with lend_data(reports=[files["reports"]], areas=files["areas"], places=files["places"]):
        first, *others = atlas.write(tmp_path / "atlas.html")
        listed, districts = places.units()["compared_code"], places.compared()
    overview = read_atlas(first.read_text("utf-8"))
    assert first.stat().st_size * country.PROVINCES / n_provinces < 3_000_000
    assert [one["id"] for one in overview["levels"]] == ["district"]
    assert [one["file"] for one in overview["parts"]] == [one.name for one in others]
    assert len(others) == n_provinces
    seen, sums = [], {}
    for file in others:
        page = read_atlas(file.read_text("utf-8"))
        assert file.stat().st_size < 1_000_000
        assert page["back"] == first.name
        assert "answers" not in page
        seen += [one["code"] for one in page["levels"][1]["places"]]
        assert re.fullmatch(r"atlas-\d\d-[a-z0-9-]+\.html", file.name)
        for cell, place in zip(
            page["measures"][0]["values"]["2023"]["district"],
            page["levels"][0]["places"],
            strict=True,
        ):
            sums[place["code"]] = cell[:2]
    assert sorted(seen) == sorted(listed.index)
    whole = overview["measures"][0]["values"]["2023"]
    assert [cell[:2] for cell in whole["district"]] == [sums[code] for code in districts.index]
    assert whole["whole"][0] == [sum(one) for one in zip(*sums.values(), strict=True)]


@pytest.fixture(scope="module")
def isles(tmp_path_factory):
    """Lay out a study of islands as a folder of data; there, breaks of classes are chosen."""
    folder = tmp_path_factory.mktemp("isles")
    files = islands.write_islands(folder / "in", per=1000)
    return lay_out(folder / "data", **files).folder


@pytest.fixture(scope="module")
def atlas_of_isles(isles):
    with study.Study.open(isles).use(), words.use("en"):
        [file] = atlas.write(isles.parent / "atlas.html")
    return read_atlas(file.read_text("utf-8"))


def area(path):
    """Add up what the rings of a path enclose."""
    total = 0
    for ring in re.findall(r"M([^z]+)z", path):
        corners = np.array(re.findall(r"-?\d+", ring), dtype=int).reshape(-1, 2).cumsum(axis=0)
        total += abs(shapely.Polygon(corners).area)
    return total


def test_the_atlas_draws_every_part_of_a_place(isles, atlas_of_isles):
    for level in atlas_of_isles["levels"]:
        for place in level["places"]:
            n_parts = 2 if level["id"] == "commune" else 14
            assert place["d"].count("M") == n_parts, place["en"]
    sizes = pd.Series({one["code"]: area(one["d"]) for one in level["places"]})
    with study.Study.open(isles).use():
        ratio = sizes / places.areas("commune").area
    assert ratio.max() < 1.05 * ratio.min()


def test_a_place_with_an_outline_but_no_path_stops_the_build(isles, tmp_path, monkeypatch):
    monkeypatch.setattr(atlas, "_path", lambda _: "")
    refused = pytest.raises(folders.BuildError, match=r"cannot draw 6 places(?s:.*)Norray, Sandey")
    with study.Study.open(isles).use(), words.use("en"), refused:
        atlas.write(tmp_path / "atlas.html")


def test_borders_of_rates_differ_as_they_are_written(atlas_of_isles):
    """Per 1,000, the borders of reactions were 0.2 0.2 0.3 0.3."""
    for one in atlas_of_isles["measures"]:
        for view in one["views"]:
            borders = view["legend"]["edges"]["en"][1:-1]
            assert len(set(borders)) == len(borders) == len(view["legend"]["colours"]) - 1


def test_a_change_between_two_views_shows():
    before = pd.DataFrame({"share": [0.00019, 0.5], "is_tiny": False})
    after = before.assign(share=[0.000191, 0.5])
    scale = indicators.Classes("x", (0.001,), "per_1000")
    measure = Measure("", (2022, 2023), scale)
    with words.use("en"):
        tables = {2022: before, 2023: after}
        texts = [atlas._write_shares(measure, tables, period)[0] for period in tables]
    assert texts == ["0.190", "0.191"]


def test_a_legend_is_in_proportion_and_has_no_side_where_nothing_lies():
    write = functools.partial(words.series, scale="decimal")
    classes = indicators.Classes("x", (10, 15, 20, 30, 40), "decimal")
    shares = atlas._legend(classes, {"district": {"class_number": [0, 5, None]}}, write)["shares"]
    assert [round(share / shares[-1], 2) for share in shares] == [0.5, 0.5, 0.5, 1, 1, 1]
    moved = indicators.Classes("x", (-2, 0, 2), "points", is_diverging=True)
    expected = {1: ["", "-2", "0"], 2: ["0", "2", ""]}
    for kind, edges in expected.items():
        shown = atlas._legend(moved, {"district": {"class_number": [kind]}}, write)
        assert [edge.replace("−", "-") for edge in shown["edges"]["en"]] == edges
    both = {"district": {"class_number": [1]}, "commune": {"class_number": [2]}}
    assert len(atlas._legend(moved, both, write)["colours"]) == 4


def test_a_sum_that_lacks_a_part_says_how_many_are_known(tmp_path):
    raw = frames.reports().query("indicator == 'app_users' and period == 2022")
    raw = raw.assign(origin="reported").drop(columns="pool", errors="ignore")
    files = {study.REPORTS: raw.iloc[1:], frames.TEAMS: frames.teams().iloc[:0]}
    content = {name: table.to_csv(index=False).encode() for name, table in files.items()}
    with study.Study.open(write(tmp_path / "data", content)).use():
        [file] = atlas.write(tmp_path / "atlas.html")
        district = places.units()["compared_code"][raw["code"].iloc[0]]
    found = read_atlas(file.read_text("utf-8"))
    view = found["measures"][0]["views"][0]
    codes = [one["code"] for one in found["levels"][0]["places"]]
    whys = dict(zip(codes, view["rows"]["district"]["why"], strict=True))
    assert {code: why for code, why in whys.items() if why is not None} == {
        district: atlas_counts.INCOMPLETE
    }
    assert view["rows"]["whole"]["why"] == [atlas_counts.INCOMPLETE]
    said = view["texts"]["en"]
    assert said["no_sum"] == "no total for 2022: 1 of 75 communes are hidden or missing"
    assert said["gaps"] == {
        "district": "1 of 8 districts have no number here.",
        "commune": "1 of 75 communes have no number here.",
    }


def test_nothing_known_of_any_part_is_no_data():
    index = pd.MultiIndex.from_tuples([("a", 2022)], names=["code", "period"])
    measure = Measure("", (2022,), indicators.Classes("x", (0.5,), "share"))
    for why in (atlas_counts.MISSING, atlas_counts.HIDDEN):
        rows = pd.DataFrame({"count": [math.nan], "out_of": [1.0], "why": [why]}, index)
        counted = atlas_counts.Counted(measure, {"district": rows}, {}, "reported", step="counted")
        assert counted.whole(2022, pd.Index(["a"]))["why"].tolist() == [why]


@pytest.fixture
def mixed(tmp_path):
    """Use reports of which each measure has an origin of its own."""
    raw = frames.reports().drop(columns="pool", errors="ignore")
    origins = dict(zip(hg.reported(), ["reported", "simulated", "published"] * 2, strict=False))
    raw = raw.assign(origin=raw["indicator"].map(origins))
    content = {study.REPORTS: raw, frames.TEAMS: frames.teams()}
    files = {name: table.to_csv(index=False).encode() for name, table in content.items()}
    with study.Study.open(write(tmp_path / "data", files)).use(), words.use("en"):
        assert len(set(origins.values())) == 3
        yield origins


SOURCE = {"vi": "Nguồn", "en": "Source"}


def test_each_measure_of_the_atlas_has_its_own_source(mixed, tmp_path):
    [file] = atlas.write(tmp_path / "atlas.html")
    found = {one["id"]: one for one in read_atlas(file.read_text("utf-8"))["measures"]}
    origins = mixed | {"members_per_1000": "simulated"}
    assert set(found) == set(origins)
    for name, origin in origins.items():
        for language in words.LANGUAGES:
            by_origin = words.strings()[f"figure.by_{origin}"][language]
            assert found[name]["source"][language] == f"{SOURCE[language]}: {by_origin}."
        assert found[name]["fake"] == (origin == "simulated")


# --- the deck ---


@pytest.mark.usefixtures("few_worlds")
def test_each_measure_of_the_deck_has_its_own_source(mixed, tmp_path):
    last = slides(deck.write(tmp_path / "deck.pptx"))[-1]
    [table] = [shape.table for shape in last.shapes if shape.has_table]
    _, *rows = [[cell.text for cell in row.cells] for row in table.rows]
    expected = []
    for name, periods in hg.reported().items():
        about = words.strings()[f"figure.by_{mixed[name]}"]["en"]
        when = ", ".join(map(str, periods))
        expected.append([indicators.measure_label(name), when, about[:1].upper() + about[1:]])
    assert [[label, when, credit] for label, _, when, credit in rows] == expected


def said_on(slide):
    """Give what is to be read on a slide, spaces as they may be broken or not."""
    return " ".join("\n".join(texts(slide.shapes)).split())


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_eleven_slides_each_name_measure_period_and_number_and_say_sentences_and_the_source(
    published, language
):
    _, told, pictures = published[language]
    made = slides(published[language].out / "slides.pptx")
    titles = [one.shapes.title.text for one in made]
    assert len(titles) == len(set(titles)) == 11
    with words.use(language):
        where = hg.uptake("app_users", 2023)
        finding, *_ = where.map().figure.title.split(";")
        assert titles[0] == f"{indicators.measure_label('app_users')}, 2023. {finding}"
        assert [titles[3], titles[6]] == [one.picture.figure.title for one in told[1:]]
        measures = {"files": "files_online", "density": "members_per_1000"}
        for one, (name, picture) in zip(made, pictures.items(), strict=True):
            said = said_on(one)
            is_table = name in {"limits", "sources"}
            if not is_table:
                measure = indicators.measure_label(measures.get(name, "app_users"))
                assert " ".join(measure.split()) in said, name
                assert picture.figure.subtitle.lower().count(measure.lower()) == 1, name
                assert re.search("202[23]", said), name
                assert re.search(r"\d[.,]\d", said), name
            lines = one.notes_slide.notes_text_frame.text.split("\n")
            assert len(lines) == (3 if is_table else 4), name
            assert is_table or lines[3] == picture.figure.source, name
            assert all(line.endswith(".") for line in lines), name
            assert is_table or picture.figure.title in lines[1], name
            assert is_table or re.search("simulated|mô phỏng", lines[1]), name
        for rank, name in zip(ranges(where.table), where.table["name"], strict=True):
            assert f"{rank}. {' '.join(name.split())}" in said_on(made[1])


# --- workbook and archive ---


def test_every_kept_table_is_a_sheet_of_one_workbook(published):
    out = published["vi"].out
    assert not (out / "tables").exists()
    book = openpyxl.load_workbook(out / tables.BOOK)
    assert book.sheetnames == ["Mục lục", "change", "odd", "where"]
    assert book["where"]["A2"].value == hg.uptake("app_users", 2023).map().figure.title
    for name, answer in (
        ("where", hg.uptake("app_users", 2023)),
        ("change", hg.compare("app_users", 2022, 2023)),
    ):
        rows = [[cell.value for cell in row] for row in book[name].iter_rows(min_row=4)]
        assert {*rows[0]}.isdisjoint(answer.table)
        # a column without any number is no column of a sheet
        columns = answer.table.dropna(axis="columns", how="all").columns
        found = pd.DataFrame(rows[1 : len(answer.table) + 1], columns=columns)
        numbers = answer.table[columns].select_dtypes("number").columns
        assert found["name"].tolist() == answer.table["name"].tolist()
        for column in numbers:
            kept = found[column].astype(float)
            known = answer.table[column].to_numpy(float)
            assert kept.to_numpy() == pytest.approx(known, nan_ok=True)


def test_the_contents_lead_to_each_sheet_and_each_is_printed_one_page_wide(published):
    book = openpyxl.load_workbook(published["en"].out / tables.BOOK)
    contents, *sheets = book
    for row, sheet in enumerate(sheets, start=5):
        name, title, _, warning = (cell.value for cell in contents[row])
        assert contents.cell(row, 1).hyperlink.location == f"'{name}'!A1"
        assert (name, title, warning) == (sheet.title, sheet["A2"].value, sheet["A1"].value)
    for sheet in book:
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToHeight, sheet.print_title_rows) == (0, "$1:$4")
    assert (book["where"]["E4"].value, book["where"]["E5"].number_format) == ("2023", "#,##0.0 %")


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
        table, gap = where.communes().figure.table, words.term("uptake.why_missing")
        tables.write_workbook(tmp_path)
    book = openpyxl.load_workbook(tmp_path / tables.BOOK)
    shown = [row[2] for row in book["communes"].iter_rows(min_row=5, max_row=4 + len(table))]
    level = where.parts.set_index("name")["share"]
    for row, text in zip(book["communes"].iter_rows(min_row=5), table.iloc[:, 2], strict=False):
        name, cell = row[0].value, row[2]
        number = re.sub(r"[^\d,.]", "", text).replace(",", ".")
        assert cell.value == (None if text == gap else pytest.approx(level[name], rel=1e-9))
        assert cell.number_format.endswith('"*"') == text.endswith("*")
        if text != gap:  # rounded, it is what the picture writes
            n_decimals = len(number.partition(".")[2])
            assert f"{100 * cell.value:.{n_decimals}f}" == number
    assert gap in book["communes"].cell(5 + len(table), 1).value
    assert {cell.value for cell in shown} >= {None}
    numbers = [cell.value for cell in book["order"][5]][1:5]
    first = where.table.loc[0, ["share", "before", "low", "high"]].astype(float)
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
            columns = {"count": "count", "offset": "out_of", "cluster": "compared_code"}
            design = hg.Design(table, exposure="density", origin="simulated", **columns)
        asked = {"ladder": design.ladder(), "naive": design.naive(), "related": design.headline()}
        asked["change"] = hg.compare("app_users", 2022, 2023)
        with hg.Study.open("hau_giang_groups").use():
            asked["gap"] = hg.gap("app_users", by="sex")
        for name, answer in asked.items():
            answer.keep(name)
        design.ladder().picture().keep("ladder-figure")
        hg.compare("app_users", 2022, 2023).over_time().keep("over-time")
        tables.write_workbook(tmp_path)
        step = effect_sentences.choose_step(design.specification)
        assert step.kind == kind
    book = openpyxl.load_workbook(tmp_path / tables.BOOK)
    for name, answer in asked.items():
        heads = [cell.value for cell in book[name][4] if cell.value]
        assert {*heads}.isdisjoint(answer.table), name
        assert not [head for head in heads if re.search("_", head)], name
        with words.use(language):
            assert book[name]["A3"].value == answer.caption()
    for name in ("ladder", "naive", "related"):
        with words.use(language):
            assert step.text() in book[name]["A3"].value
        assert re.search("one more|thêm 1", book[name]["A3"].value)
    # the figure's own sheet has its ratios: those of the answer, for its step
    table = asked["ladder"].table.dropna(subset="log_rate_ratio")
    rows = [[cell.value for cell in row][1:4] for row in book["ladder-figure"].iter_rows(min_row=5)]
    logs = step.size * table[["log_rate_ratio", "log_low", "log_high"]].to_numpy(float)
    assert np.array(rows[: len(table)], float) == pytest.approx(np.exp(logs), nan_ok=True)
    levels = [[cell.value for cell in row][1:3] for row in book["over-time"].iter_rows(min_row=5)]
    changed = asked["change"].table.sort_values("code")[["before", "after"]].to_numpy()
    assert np.array(levels[: len(changed)], float) == pytest.approx(changed)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.372466856546, "share", (0.372466856546, "#,##0.0 %")),
        (0.00004, "share", (0.00004, "#,##0.000 %")),
        (0.9999, "share", (0.9999, "#,##0.00 %")),
        (0.0018, "per_1000", (1.8, "#,##0.0")),
        (-2.5, "points", (-2.5, "+#,##0.0;-#,##0.0;#,##0.0")),
        (math.inf, "ratio", ("∞", "General")),
        (math.nan, "ratio", (None, "General")),
    ],
)
def test_a_number_of_a_sheet_is_whole_and_looks_as_in_a_picture(value, unit, shown):
    cell = tables._show_number(value, unit=unit)
    assert (cell.value, cell.pattern) == (
        pytest.approx(shown[0]) if value == value else None,
        shown[1],
    )


def test_a_text_never_runs_and_a_code_keeps_its_zeros(published):
    sheet = openpyxl.load_workbook(published["vi"].out / tables.BOOK)["odd"]
    rows = [[cell.value for cell in row][:4] for row in sheet.iter_rows(min_row=5, max_row=6)]
    assert rows == [["00930", "=1+1", 0.5, "∞"], ["00931", "a", None, -4]]
    assert sheet["B5"].data_type == "s"


def test_control_characters_of_heads_and_cells_are_blanks_in_a_sheet(tmp_path, monkeypatch):
    monkeypatch.setenv(OUT, str(tmp_path))
    bad = "a\x0b\u202eb\x1b"
    hg.keep(pd.DataFrame({bad: [bad], "=1+1": ["x"], "n": [1]}), "bad")
    tables.write_workbook(tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / tables.BOOK)["bad"]
    rows = [[cell.value for cell in row][:3] for row in sheet.iter_rows(min_row=4, max_row=5)]
    assert rows == [["a  b", "=1+1", "n"], ["a  b", "x", 1]]
    assert sheet["B4"].data_type == "s"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_brief_has_each_answer_its_picture_and_a_table(published, language):
    out, cards, _ = published[language]
    brief = docx.Document(out / "brief.docx")
    with words.use(language):
        within = ranking_sentences.within_sentence(hg.uptake("app_users", 2023).parts)
    text = "\n".join(paragraph.text for paragraph in brief.paragraphs)
    for card in cards:
        assert f"{card.sentence} {card.detail}" in text
    assert within.strip() in text
    heads = [one.text for one in brief.paragraphs if one.style.name == "Heading 1"]
    assert [head.partition(". ")[0] for head in heads] == ["I", "II", "III", "IV", "V"]
    alts = [one.get("descr") for one in brief.element.xpath("//wp:docPr")]
    assert alts == [card.picture.figure.alt for card in cards]
    cells = [[cell.text for cell in row.cells] for row in brief.tables[0].rows]
    change = cards[1].picture.figure.table
    assert cells == [[*change], *change.to_numpy().tolist()]
    assert brief.element.xpath("//w:tr[1]/w:trPr/w:tblHeader")
    assert brief.sections[0].header.paragraphs[0].text == BANNERS[language]


def test_the_archive_has_every_figure_that_was_kept(published):
    with zipfile.ZipFile(published["vi"].out / tables.ARCHIVE) as packed:
        names = packed.namelist()
    wanted = {
        f"figures/{name}-{width}.{kind}"
        for name in ("where", "change")
        for width in ("slide", "page", "column")
        for kind in ("png", "svg")
    }
    assert set(names) == wanted


# --- all of it ---

ENGLISH = re.compile(
    r"\b(the|of|and|is|are|was|were|with|from|that|this|which|not|by|for|there|no)\b", re.IGNORECASE
)


def english(page):
    """List the texts of a page, and of its pictures, that are English sentences."""
    bare = re.sub(
        r"<(script|style|svg)\b.*?</\1>|data:[a-z/+-]+;base64,[\w+/=]+", " ", page, flags=re.S
    )
    texts = [*re.split(r"<[^>]+>", bare), *re.findall(r'\balt="([^"]*)"', bare)]
    return [text.strip() for text in texts if len(set(ENGLISH.findall(text.lower()))) > 1]


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
        said = [text for text in texts if label in text and re.search("20[0-9]{2}", text)]
        assert any(re.search("[0-9],[0-9]", text) for text in said), file.name


def test_no_english_sentence_stands_on_a_vietnamese_page(published, built):
    out = published["vi"].out
    for file in [out / "index.html", *sorted(built.glob("*.html"))]:
        page = file.read_text("utf-8")
        assert english(page) == [], file.name
    for one in slides(out / "slides.pptx"):
        texts = [shape.text_frame.text for shape in one.shapes if shape.has_text_frame]
        texts.append(one.notes_slide.notes_text_frame.text)
        assert [english(text) for text in texts if english(text)] == []
    # one that is planted is seen, as a text and as what is said of a picture
    page = (out / "index.html").read_text("utf-8")
    sentence = "This is no proof of a cause."
    assert english(page.replace("</article>", f"<p>{sentence}</p></article>", 1)) == [sentence]
    assert english(page.replace('alt="', f'alt="{sentence} ', 1))
    assert english((published["en"].out / "index.html").read_text("utf-8"))


def told(file, kept):
    """Give what a file of a build says, part by part: each must say that it is simulated."""
    if file.suffix == ".pptx":
        for one in slides(file):
            yield " ".join(shape.text_frame.text for shape in one.shapes if shape.has_text_frame)
    elif file.suffix == ".xlsx":
        for sheet in openpyxl.load_workbook(file):
            if kept.get(sheet.title, {}).get("banner"):
                yield sheet["A1"].value
    elif file.suffix == ".png":
        drawn = Image.open(file).convert("RGB")
        top = drawn.crop((0, 0, drawn.width, max(3, drawn.height // 100)))
        strip = max(top.getcolors(top.width * top.height))[1]
        yield BANNERS["vi"] if strip == ImageColor.getrgb(RED) else f"{strip}"
    elif file.suffix in {".html", ".svg"}:
        yield html.unescape(file.read_text("utf-8"))


def strips(page):
    """Give the texts of the strips of a page that stand where a page begins."""
    return re.findall(r'<body[^>]*><header class="banner"><b>([^<]*)</b></header>', page)


REAL_SHEETS = {"head-count", "published", "published-elsewhere", "residents"}


def shown(file):
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
        assert shown(copy) == shown(stored / copy.name), copy.name


# A number as a picture writes it: it belongs in a cell as a number.
WRITTEN = re.compile(r"[+−-]?\d[\d.,]*\s?[%‰]?\*?")


# What has a name in this package, or an address; words stand in a cell in its place.
NAMES = re.compile(r"^(?!.*://).*\b[a-z][a-z0-9]*_[a-z0-9_]+\b")


def faults_of_sheet(sheet):
    """List names in cells and heads, numbers that are texts, and steps of other ratios."""
    texts = words.strings()
    names = {key.partition(".")[2] for key in texts if re.match(r"(book_)?heads\.", key)}
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
        written = [cell for cell in cells if isinstance(cell, str) and WRITTEN.fullmatch(cell)]
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
        sheet = book[name.replace("_", "-")]
        if asked[name].figures:
            assert sheet["A3"].value == caption
        raw = asked[name].table.select_dtypes(exclude=["number", "bool"]).drop(columns="origin")
        keys = {cell for cell in raw.to_numpy().ravel() if re.search("[a-z]", str(cell))}
        keys -= {*raw["reason"]}
        cells = {cell.value for row in sheet.iter_rows(min_row=4) for cell in row}
        assert cells.isdisjoint(keys), name
    for sheet in book:
        texts = [str(cell.value) for row in sheet.iter_rows(min_row=4) for cell in row]
        assert [text for text in texts if NAMES.search(text)] == [], sheet.title
    if language == "vi":
        assert "mô phỏng" not in {cell.value for cell in book["rollout"]["A"]}
        assert {cell.value for cell in book["rollout"]["B"]} >= {"nơi"}


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
        if (sheet["A1"].value or "") != wanted or red != bool(wanted):
            wrong.append(sheet.title)
    assert wrong == []


def test_the_index_has_the_strip_of_its_answers_and_of_no_other_numbers(tmp_path):
    told = answers()
    assert BANNERS["vi"] in pages.index(tmp_path, told, {})
    real = [Card("?", BigNumber("1", ""), "One.")]
    page = pages.index(tmp_path, real, {})
    assert BANNERS["vi"] not in page
    assert "@top-left" not in page


@pytest.mark.parametrize("origin", ["reported", "simulated"])
def test_reports_of_ones_own_say_in_their_register_whether_they_are_simulated(tmp_path, origin):
    columns = ["code", "period", "indicator", "count", "out_of", "origin"]
    report = frames.reports().assign(origin=origin)[columns]
    report.to_csv(tmp_path / "report.csv", index=False)
    own = lay_out(tmp_path / "data", reports=tmp_path / "report.csv")
    assert study.register(own.folder)[study.REPORTS]["real_or_invented"] == origin


def test_whatever_is_built_of_simulated_numbers_says_so(built):
    kept, silent, many = tables.figure_records(built), [], 0
    for file in sorted(built.rglob("*.*")):
        real = file.stem.startswith(("00_", "thumb-"))  # what was published; a part of the index
        if real or "docs" in file.parts or "notebooks" in file.parts:
            continue
        for part in told(file, kept):
            many += 1
            silent += [file.name] * (BANNERS["vi"] not in part)
    assert silent == []
    assert many > 60


def test_the_same_numbers_give_the_same_bytes(published, built):
    """Here as in the process that built them; `test_build` compares reports, index and tables."""
    out = published["vi"].out
    for file in ("atlas.html", "brief.docx", "poster.pdf", "slides.pptx"):
        assert (out / file).read_bytes() == (built / file).read_bytes(), file


def test_what_the_data_cannot_fill_is_said_and_the_rest_stands(monkeypatch, tmp_path, capsys):
    def refuse(*_, **__):
        msg = "nobody knows where places lie"
        raise LookupError(msg)

    monkeypatch.setattr(atlas, "write", refuse)
    for room, function in ((sheets, "write_briefs"), (sheets, "write_poster"), (word, "write")):
        monkeypatch.setattr(room, function, lambda *_, **__: None)
    monkeypatch.setattr(deck, "write", lambda file, **_: file.touch())
    told = run._publish(tmp_path, notebooks_only=False)
    said = capsys.readouterr().err
    assert "atlas.html" in said
    assert "nobody knows where places lie" in said
    assert (tmp_path / "slides.pptx").is_file()
    assert "atlas.html" not in pages.index(tmp_path, told, {})


# --- do these data give this picture? Yes, no, or unknown: nothing hidden is told by asking ---


def made(folder, period=2023):
    """Write one picture in every kind of file."""
    folder.mkdir(parents=True, exist_ok=True)
    picture, deck = hg.uptake("app_users", period).map(), pptx.Presentation()
    files = [picture.save(folder / f"map.{kind}") for kind in ("png", "svg", "pdf")]
    picture.web().save(folder / "map.html")
    picture.slide(deck)
    deck.save(folder / "map.pptx")
    return [*files, folder / "map.html", folder / "map.pptx"]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    made(folder / "figures")
    verify.record(folder)
    return folder


def verified(file, out, *more):
    """Give the status of the command, and what it says."""
    done = CliRunner().invoke(app, ["verify", str(file), "--out", str(out), "--lang", "en", *more])
    return done.exit_code, " ".join(done.output.split())


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "html", "pptx"])
def test_what_these_data_give_is_the_same_wherever_it_was_since(recorded, tmp_path, kind):
    sent = shutil.copy(recorded / "figures" / f"map.{kind}", tmp_path / f"sent.{kind}")
    status, said = verified(sent, recorded)
    assert (status, said.split(":")[0]) == (0, "MATCH"), said
    assert f"figures/map.{kind}" in said


@pytest.mark.parametrize(("periods", "wanted"), [((2023,), "MATCH"), ((2023, 2022), "NO MATCH")])
def test_a_deck_is_the_same_only_if_all_its_slides_are(recorded, tmp_path, periods, wanted):
    deck = pptx.Presentation()
    for period in periods:
        hg.uptake("app_users", period).map().slide(deck)
    deck.save(tmp_path / "deck.pptx")
    assert len(verify.digests(tmp_path / "deck.pptx")) == len(periods)
    assert verified(tmp_path / "deck.pptx", recorded)[1].split(":")[0] == wanted


def test_what_they_do_not_give_is_changed(recorded, tmp_path):
    for file in made(tmp_path, 2022):
        status, said = verified(file, recorded)
        assert (status, said.split(":")[0]) == (1, "NO MATCH"), said


def test_what_carries_no_digest_is_unknown(recorded, tmp_path):
    with Image.open(recorded / "figures" / "map.png") as drawn:  # as a messenger saves it
        drawn.convert("RGB").save(tmp_path / "bare.png")
    (tmp_path / "no.pptx").write_bytes(b"PK no deck")
    with zipfile.ZipFile(tmp_path / "other.pptx", "w") as empty:
        empty.writestr("a", "hganalysis:0123456789ab")
    (tmp_path / "note.txt").write_text("hganalysis:0123456789ab")
    for file in tmp_path.iterdir():
        status, said = verified(file, recorded)
        assert (status, "has no digest" in said) == (2, True), said


def test_without_a_build_or_with_other_data_it_is_unknown(recorded, tmp_path):
    file = recorded / "figures" / "map.svg"
    status, said = verified(file, tmp_path)
    assert (status, "no build" in said) == (2, True)
    with suppress.use(fewer_than=0):
        status, said = verified(file, recorded)
    assert (status, "different data" in said) == (2, True)
    (tmp_path / "bad.csv").write_text("x")
    assert verified(file, recorded, "--reports", str(tmp_path / "bad.csv"))[0] == 2
    assert verified(file, recorded, "--lang", "fr")[0] == 2
    with pytest.raises(FileNotFoundError):
        verify.verify(tmp_path / "gone.png", out=recorded)


@pytest.mark.parametrize("row", ["", "a,b,c,d", "x", '"'])
def test_a_record_that_somebody_wrote_into_is_no_yes(recorded, tmp_path, row):
    (tmp_path / folders.TABLE).write_text(f"file,digests,sha256,inputs\n{row}\n")
    assert verified(recorded / "figures" / "map.svg", tmp_path)[0] == 2


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
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "books" / "01.ipynb")
    for room, function in ((sheets, "write_briefs"), (sheets, "write_poster"), (word, "write")):
        monkeypatch.setattr(room, function, lambda *_, **__: None)
    options = ["--notebooks", str(tmp_path / "books"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, ["build", "--reports", str(report), *options])
    assert done.exit_code == 0, done.output
    out = tmp_path / "out"
    for name in ("figures/where-page.png", "atlas.html", "slides.pptx", "01.html"):
        assert verified(out / name, out, "--reports", str(report))[0] == 0, name
        status, said = verified(out / name, out)
        assert (status, "--reports FILE" in said) == (2, True)
    table.loc[table["count"].idxmax(), "count"] -= 1000
    table[columns].to_csv(report, index=False)
    assert verified(out / "atlas.html", out, "--reports", str(report))[0] == 2
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
        files = {
            study.REPORTS: raw.reset_index().drop(columns="pool", errors="ignore"),
            frames.TEAMS: pd.DataFrame(columns=["code", "period", "teams", "members", "origin"]),
        }
        content = {name: table.to_csv(index=False).encode() for name, table in files.items()}
        with study.Study.open(write(tmp_path / f"data{guess}", content)).use():
            hidden = frames.reports()[suppress.is_hidden(frames.reports())]
            assert set(hidden["code"]) == set(codes)
            out = tmp_path / f"out{guess}"
            out.mkdir()
            hg.uptake("app_users", 2022).map().save(out / "map.svg")
            verify.record(out)
        records.add((out / folders.TABLE).read_text("utf-8"))
    assert len(records) == 1

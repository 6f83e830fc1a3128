"""The three answers: one sentence and one picture each, or the reason why there is none."""

import csv
import re

import nbformat
import pandas as pd
import pytest

import hganalysis as hg
from hganalysis import findings, frames, places, ranks, rates, slides, words
from hganalysis.build import index as lead
from hganalysis.build import notebook, run
from hganalysis.figures import Figure
from hganalysis.figures.model import Scatter, Slopes, Statement
from hganalysis.slides import deck, three_answers
from hganalysis.slides.slide import Slide

# What is read aloud in one breath.
MOST_WORDS = 45


@pytest.fixture(scope="module")
def reports():
    return frames.reports()


@pytest.fixture(scope="module")
def answers(reports):
    return slides.answers(reports, frames.teams())


@pytest.fixture
def unranked(monkeypatch):
    """Rank nothing where a test does not read ranks."""
    monkeypatch.setattr(ranks, "MOST_RANKED", 0)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_each_question_has_one_sentence_and_one_picture(answers, language):
    with words.use(language):
        asked = list(answers)
        assert [one.text[-1] for one in asked] == ["?"] * 3
        assert len({one.text for one in asked}) == 3
        for one in asked:
            assert one.answer == f"{one.figure.title}."
            assert len(one.answer.split()) <= MOST_WORDS
            assert one.figure.simulated
            assert str(one) == words.term("findings.prefix", sentence=one.answer)
            assert one.notes
    where, changed, related = (one.figure.panels for one in asked)
    assert len(where) == 2
    assert isinstance(changed[0], Slopes)
    assert isinstance(related[0], Scatter)


def test_what_is_sure_of_the_order_is_what_the_possible_ranks_say(answers, reports):
    found = ranks.rank_sets(reports, indicator=frames.latest(reports, "headline"))
    assert findings.titles.order(found)[1:] in answers.where.answer


@pytest.mark.usefixtures("unranked")
def test_real_reports_answer_without_the_word_simulated(reports):
    real = reports.assign(origin="reported")
    answer = slides.answers(real).where
    assert str(answer) == answer.answer
    assert not answer.figure.simulated


@pytest.mark.usefixtures("unranked")
def test_a_study_that_cannot_answer_says_why(reports):
    first = reports[(reports["indicator"] == "app_users") & (reports["year"] == 2022)]
    where, changed, related = slides.answers(first)
    assert where.figure is not None
    for one, reason in ((changed, "second_year"), (related, "teams")):
        assert one.figure is None
        assert one.plot() is None
        assert words.term(f"slides.missing_{reason}") in one.answer
        assert not hasattr(one, "_repr_html_")  # a notebook asks for what is displayed


@pytest.mark.usefixtures("unranked")
def test_an_estimate_that_is_refused_is_an_answer_without_a_picture(reports):
    few = places.communes().index[
        places.communes()["district_code"].isin(places.districts().index[:3])
    ]
    some = reports[reports["code"].isin(few)]
    teams = frames.teams()
    answer = slides.answers(some, teams[teams["code"].isin(few)]).related
    assert answer.figure is None or answer.plot() is None
    assert "ước lượng" in answer.answer


@pytest.mark.usefixtures("unranked")
def test_they_are_kept_as_pictures_and_a_table(reports, tmp_path):
    some = reports[reports["indicator"] == "app_users"]
    written = []
    for name, save in slides.answers(some).files("answers"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        save(tmp_path / name)
        written.append(name)
    kinds = {"png": "figures", "svg": "figures", "csv": "tables"}
    files = [f"{at}/answers-{one}.{kind}" for one in (1, 2) for kind, at in kinds.items()]
    assert written == [*files, "tables/answers.csv"]
    numbers = pd.read_csv(tmp_path / "tables/answers-1.csv")
    shares = rates.pick(rates.to_districts(some), frames.latest(some, "headline"))
    last = numbers[numbers["year"] == numbers["year"].max()]
    assert last["share"].tolist() == pytest.approx(shares["share"].tolist())
    table = pd.read_csv(tmp_path / "tables/answers.csv", keep_default_na=False)
    assert list(table["picture"]) == ["answers-1", "answers-2", ""]
    assert list(table["simulated"]) == [True, True, False]
    svg = (tmp_path / "figures/answers-1.svg").read_text("utf-8")
    title = re.search("<title>(.*?)</title>", svg, re.DOTALL)[1]
    # a table and an index have no banner upon their sentence
    assert words.term("findings.prefix", sentence=f"{title}.") == table["answer"].iloc[0]


def test_an_answer_of_text_alone_says_in_the_table_that_it_is_simulated(
    reports, tmp_path, monkeypatch
):
    said = Statement(simulated=True, sentences=("Một câu",))
    text = Slide(Figure("Một câu", (said,), "2023", named_source="S"), ())
    for asked in three_answers.ASKED:
        monkeypatch.setitem(three_answers.ASKED, asked, (lambda _: text,))
    [(_, save)] = slides.answers(reports).files("answers")
    save(tmp_path / "answers.csv")
    table = pd.read_csv(tmp_path / "answers.csv")
    assert set(table["answer"]) == {words.term("findings.prefix", sentence="Một câu.")}


def test_notes_end_with_how_it_was_made_and_what_not_to_say(answers):
    said = Statement(simulated=False, sentences=("Một câu",))
    figure = Figure("Một câu", (said,), "2023", named_source="S")
    slide = Slide(figure, ("a", "", "b"), method=("ranks",), limits=("", "order"))
    with pytest.MonkeyPatch.context() as patch:
        for asked in three_answers.ASKED:
            patch.setitem(three_answers.ASKED, asked, (lambda _: slide,))
        notes = {one.notes for one in three_answers.Answers(answers.facts)}
    assert notes == {("a", "b", *slide.after)}
    assert len(slide.after) == 2


def test_the_index_begins_with_the_answers_and_shows_all_that_there_is_of_a_picture(tmp_path):
    for name in ("figures/answers-1", "figures/map", "figures/other"):
        for kind in ("png", "svg"):
            file = tmp_path / f"{name}.{kind}"
            file.parent.mkdir(exist_ok=True)
            file.write_text("<svg><title>Một &lt;b&gt;</title></svg>", "utf-8")
    for name in ("tables/map.csv", "web/map-1.html", "web/map-2.html", "tables/alone.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("<title>Bản đồ</title>", "utf-8")
    rows = [("Ở đâu?", "Ở <b>đây</b>.", "answers-1"), ("Vì sao?", "Chưa trả lời được.", "")]
    with (tmp_path / "tables/answers.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([("question", "answer", "picture"), *rows])
    kept = [tmp_path / name for name in ("figures/map.png", "figures/map.svg", "figures/other.png")]
    kept += [*sorted((tmp_path / "web").glob("*")), *sorted((tmp_path / "tables").glob("*"))]
    page = lead.index(
        tmp_path,
        reports={"01.html": "Mức sử dụng", "02.html": "Thay đổi"},
        questions={"01.html": "", "02.html": "Đổi gì & ở <đâu>?"},
        kept={"01.html": [one for one in kept if one.stem != "answers"], "02.html": []},
        leaves=[tmp_path / "tables/answers.csv"],
    )
    first, second = page.split('<ul class="answers">')[1].split("</ul>")[0].split("<li>")[1:]
    assert "<h3>Ở đâu?</h3>" in first
    assert "<p>Ở &lt;b&gt;đây&lt;/b&gt;.</p>" in first
    assert 'src="figures/answers-1.png" alt="Một &lt;b&gt;"' in first
    assert "Chưa trả lời được." in second
    assert "<img" not in second
    assert page.index("answers-1.png") < page.index("map.png")
    [card] = [one for one in page.split("<li>") if 'src="figures/map.png"' in one]
    for link in ("figures/map.png", "figures/map.svg", "tables/map.csv", "web/map-1.html"):
        assert f'href="{link}"' in card
    called = dict(re.findall('<a href="([^"]+)">([^<]+)</a>', card))
    web = words.term("build.web")
    assert (called["tables/map.csv"], called["web/map-1.html"]) == ("CSV", f"{web}: Bản đồ")
    assert 'href="tables/map.csv"' not in [*page.split("<li>")][-1]
    assert '<h2><a href="01.html">Mức sử dụng</a></h2>' in page
    asked = '<h2>Đổi gì &amp; ở &lt;đâu&gt;?</h2>\n<p><a href="02.html">Thay đổi</a></p>'
    assert asked in page


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_notebook_asks_something_that_the_index_sets_above_its_pictures(language):
    for file in sorted((run._SHIPPED / language).glob("*.ipynb")):
        with words.use(language):
            asked = notebook.question(nbformat.read(file, as_version=4))
        assert asked.endswith("?"), file
    alone = nbformat.v4.new_markdown_cell("# A")
    with words.use(language):
        assert notebook.question(nbformat.v4.new_notebook()) == ""
        assert notebook.question(nbformat.v4.new_notebook(cells=[alone])) == ""


@pytest.mark.usefixtures("unranked")
def test_a_deck_opens_with_all_three_and_then_shows_each(reports):
    assert [one.__name__ for one in deck.CONTENTS[:4]] == [
        *("opening", "where", "changed", "relation")
    ]
    found = slides.answers(reports.assign(origin="reported")).facts
    opened = three_answers.opening(found)
    assert isinstance(opened.figure, Figure)
    *answered, without = three_answers.Answers(found)
    assert without.slide is None
    assert opened.figure.panels[0].sentences == (
        *(one.answer for one in answered),
        f"{without.text} {without.answer}",
    )
    assert not opened.figure.simulated
    assert three_answers.opening(slides.answers(reports).facts).figure.simulated


def test_a_newcomer_finds_them_by_one_name():
    assert hg.answers is slides.answers
    assert "answers" in dir(hg)


def test_no_table_of_the_index_is_called_by_the_name_of_its_file(built):
    page = (built / "index.html").read_text("utf-8")
    alone = re.findall(r'<li><p><a href="(?:tables|web)/([^"]+)\.\w+">([^<]+)</a>', page)
    assert len(alone) > 5
    assert [name for name, said in alone if name == said] == []

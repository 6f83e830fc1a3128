"""Were all counted? Estimates and samples are no facts, and each source line names them."""

import io
import json
import re
import tomllib
from pathlib import Path

import docx
import invented
import pandas as pd
import pytest
from PIL import Image
from test_gaps import write_city
from trials import bring
from trials.media import Media

import hganalysis as hg
from hganalysis import figure, frames, indicators, study, words
from hganalysis.draw import page
from hganalysis.draw.picture import OUT
from hganalysis.publish import answers, atlas, deck, lay_out, notebook, pages, tables, word
from hganalysis.sheets import layout, numbers, poster

ROOT = Path(__file__).parents[1]
BOOKS = sorted((ROOT / "notebooks").glob("*/*.ipynb"))
CREDIT = {"vi": "Công ty Sao Mai", "en": "Morning Star Company"}
PHRASES = {
    "estimated": {"vi": "theo ước tính của Công ty", "en": "as estimated by Morning Star"},
    "sampled": {"vi": "số liệu từ một mẫu", "en": "from a sample"},
}
FACTS = {
    "vi": r"đếm đủ|đếm toàn bộ|sự thật|thực tế|giá trị thực|không (kèm|có) sai số|[Tt]heo số đếm",
    "en": r"\bfacts?\b|\bcomplete\b|\bfull counts?\b|\bhas no error\b|\b[Aa]s counted\b",
}
REPORTS = {"vi": "báo cáo của các", "en": "reports of"}
# Their exposure was reported; texts of notebooks are of any study.
MIXED = {"designs", "reports"}
MEDIA = ["sheet", "index", "word", "workbook", "atlas", "slide"]
SOURCE = {"vi": "Nguồn:", "en": "Source:"}
# Rooms whose texts speak of numbers that were counted; the others speak to who reports or calls.
SPEAKING = ["ranking", "change", "gaps", "effect", "starts", "sheets", "figure", "publish"]
# A difference that is no change; what is simulated says nothing of real places.
NO_CLAIMS = {"change.volume", "deck.limit_simulated", "index.nothing_real"}
WARDS = [f"W{number:02}" for number in range(1, 17)]
STARTS = pd.DataFrame({"code": WARDS, "start": ["2026-Q1"] * 8 + [None] * 8})


def declare(kind):
    """Write the keys of a measure of that kind; "" leaves out what need not be said."""
    keys = f'counted = "{kind}"\ncredit = {{ vi = "{CREDIT["vi"]}", en = "{CREDIT["en"]}" }}\n'
    return keys if kind else ""


def write_harbour(folder, kind, *, wards=9):
    """Write a study of wards by quarter whose only measure is counted so."""
    files = invented.write_harbour(folder / "in", wards=wards)
    files["study"].write_text(files["study"].read_text("utf-8") + declare(kind), encoding="utf-8")
    return hg.Study.open(lay_out(folder / "data", **files).folder)


def write_groups(folder, kind):
    """Write a study of wards whose measure is counted so, by groups of people."""
    files = write_city(folder / "in", 0.12)
    text = files["study"].read_text("utf-8").replace("by = [", f"{declare(kind)}by = [")
    files["study"].write_text(text, encoding="utf-8")
    return hg.Study.open(lay_out(folder / "data", **files).folder)


def write_lakeland(folder):
    """Write a study with an exposure: its users are estimated, or sampled; its files counted."""
    files = invented.write_lakeland(folder / "in")
    text = files["indicators"].read_text("utf-8")
    first, second, third = (f"[indicators.{name}]\n" for name in invented.MEASURES)
    for head, kind in ((first, "estimated"), (second, "sampled"), (third, "estimated")):
        text = text.replace(head, head + declare(kind))
    files["indicators"].write_text(text, encoding="utf-8")
    return hg.Study.open(lay_out(folder / "data", **files).folder)


# --- each medium ---


def texts_of_answers(answers_by_name):
    """Keep each answer, and give what it and its figures say, and the sources of these."""
    statements, sources = [], {}
    for name, answer in answers_by_name.items():
        statements.append(answer.describe())
        for kind, compose in answer.figures.items():
            shown = compose()
            statements += [shown.title, shown.subtitle, shown.source, shown.alt, str(shown.table)]
            sources[f"{name} {kind}"] = shown.source
        answer.keep(name.replace("_", "-"))
    return statements, sources


def texts_of_documents(out, cards):
    """Make the sheets of places, the poster, the index, the brief for Word and the workbook."""
    gathered = numbers.gather()
    code = next(iter(gathered.table.index))
    sheet = layout.compose_sheet(gathered, code)
    sheets = [sheet, poster.compose_poster(gathered)]
    statements = {
        "sheets": [text for sheet in sheets for text in (sheet.title, sheet.source, sheet.alt)]
    }
    sources = {f"sheet {number}": sheet.source for number, sheet in enumerate(sheets)}

    statements["index"] = [pages.index(out, cards, {})]
    sources["index"] = figure.credit_all(frames.reports())
    assert sources["index"] in statements["index"][0]

    beginning = SOURCE[words.language()]
    word.write(out / "brief.docx", cards)
    statements["word"] = [
        paragraph.text for paragraph in docx.Document(out / "brief.docx").paragraphs
    ]
    [sources["word"]] = [text for text in statements["word"] if text.startswith(beginning)]

    tables.write_workbook(out)
    statements["workbook"] = [table.to_string() for table in Media(out).sheets.values()]
    for name, sheet in Media(out).sheets.items():
        for line in map(str, sheet.to_numpy().ravel()):
            if line.startswith(beginning):
                sources[f"workbook {name}"] = line
    return statements, sources


def texts_of_atlas_and_slides(out, cards):
    """Make the atlas, and the slides with their notes."""
    statements = {"atlas": []}
    sources = {}
    language = words.language()
    atlas.write(out / "atlas.html")
    for measure in Media(out).atlas["atlas"]["measures"]:
        statements["atlas"] += [str(view["texts"][language]) for view in measure["views"]]
        sources[f"atlas {measure['id']}"] = measure["source"][language]

    deck.write(out / "slides.pptx", cards)
    statements["slides"] = Media(out).slides
    for number, text in enumerate(statements["slides"]):
        sources[f"slide {number}"] = text[text.index(SOURCE[language]) :]
    return statements, sources


def texts_of_reports(language):
    """Read what the texts of the reports say of the study in use, by cell."""
    for file in BOOKS:
        if file.parent.name == language:
            for cell in notebook.with_nouns(notebook.read(file)).cells:
                if "nouns" in cell.metadata:
                    yield cell.source


def hold(statements, sources, *, kind, language):
    """Hold texts to claim no facts, and each source to name who made the numbers."""
    for medium, lines in statements.items():
        facts = [re.search(FACTS[language], line) for line in lines]
        assert not any(facts), (medium, [fact[0] for fact in facts if fact])
        if medium not in MIXED:
            assert not [line for line in lines if REPORTS[language] in line.lower()], medium
    for place, line in sources.items():
        assert CREDIT[language] in line, (place, line)
        assert PHRASES[kind][language] in line, (place, line)
        assert REPORTS[language] not in line, (place, line)


@pytest.fixture
def out(tmp_path, monkeypatch):
    """The folder that a build writes to."""
    folder = tmp_path / "out"
    for name in ("figures", "tables"):
        (folder / name).mkdir(parents=True)
    monkeypatch.setenv(OUT, str(folder))
    # nothing is read off the drawings here, and they take most of the time
    dot = io.BytesIO()
    Image.new("RGB", (8, 8)).save(dot, "png")
    monkeypatch.setattr(page, "draw_page", lambda *_, **__: dot.getvalue())
    monkeypatch.setattr(word, "draw_page", page.draw_page)
    with bring.few_worlds():
        yield folder


@pytest.mark.parametrize(("kind", "language"), [("estimated", "vi"), ("sampled", "en")])
def test_what_was_not_counted_in_full_is_no_fact_in_any_medium(kind, language, tmp_path, out):
    with write_groups(tmp_path, kind).use(language=language):
        answers_by_name = {
            "uptake": hg.uptake("filed_online", "2026-Q2"),
            "first": hg.uptake("filed_online", "2025-Q3"),
            "change": hg.compare("filed_online", "2026-Q1", "2026-Q2"),
            "gap": hg.gap("filed_online", "2026-Q2", by="people"),
            "rollout": hg.rollout("filed_online", STARTS),
        }
        statements, sources = {}, {}
        statements["answers"], sources = texts_of_answers(answers_by_name)
        hg.keep(frames.reports(), "rows")
        cards = answers.answers()
        for write in (texts_of_documents, texts_of_atlas_and_slides):
            of_media, sources_of_media = write(out, cards)
            statements |= of_media
            sources |= sources_of_media
        statements["reports"] = [*texts_of_reports(language)]
    hold(statements, sources, kind=kind, language=language)
    assert {place.split()[0] for place in sources} >= {*answers_by_name, *MEDIA}


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_designs_with_several_measures_name_each_source(language, tmp_path):
    first, *outcome_names = invented.MEASURES
    with write_lakeland(tmp_path).use(language=language):
        design = hg.Design.of_reports(first, "2025-06")
        outcomes = design.outcomes(outcome_names)
        pictures = {
            "related": design.related(),
            "ways": design.ways(),
            "others": outcomes.picture(),
        }
        described = [answer.describe() for answer in (design.headline(), design.ladder(), outcomes)]
    sources = {name: picture.figure.source for name, picture in pictures.items()}
    titles = [picture.figure.title for picture in pictures.values()]
    for place, source in sources.items():
        assert REPORTS[language] in source, "the exposure was reported"
        assert PHRASES["estimated"][language] in source, place
    hold({"designs": described + titles}, {}, kind="estimated", language=language)
    assert PHRASES["sampled"][language] in sources["others"]
    assert PHRASES["sampled"][language] not in sources["ways"]


def test_beside_estimates_and_samples_a_full_count_keeps_its_source(tmp_path, out):
    first, second, _ = invented.MEASURES
    estimated, sampled = (PHRASES[kind]["en"] for kind in ("estimated", "sampled"))
    with write_lakeland(tmp_path).use(language="en"):
        for name in (first, second, "files"):
            hg.uptake(name, "2025-07").keep(name.replace("_", "-"))
        statements, sources = texts_of_documents(out, answers.answers())
        limits = " ".join(deck.limits())
    assert not [
        text for texts in statements.values() for text in texts if re.search(FACTS["en"], text)
    ]
    assert estimated in sources["workbook vneid-users"]
    assert sampled in sources["workbook wallet-users"]
    assert REPORTS["en"] in sources["workbook Files"]
    assert CREDIT["en"] not in sources["workbook Files"]
    # several sources are told apart by their measures
    for place in ("index", "word", "sheet 0"):
        assert sources[place].startswith(f"Source: {REPORTS['en']} ")
        for label, source in (("vneid_", estimated), ("wallet", CREDIT["en"])):
            assert re.search(f"Users of {label}[^:;]*: {source}", sources[place])
    assert "the other measures are counts" in limits


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_what_was_counted_in_full_stays_a_fact_in_the_reports(language, tmp_path):
    statements = {}
    for kind in ("", "complete", "sampled"):
        with write_harbour(tmp_path / f"{kind}-study", kind).use(language=language):
            statements[kind] = [*texts_of_reports(language)]
    facts = [text for text in statements[""] if re.search(FACTS[language], text)]
    assert len(facts) >= 3
    assert statements["complete"] == statements[""]
    # all else in these texts stays
    assert sum(text not in statements["sampled"] for text in statements[""]) == len(facts)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_of_many_places_estimates_are_not_as_counted(language, tmp_path):
    statements = {}
    for kind in ("", "estimated"):
        with write_harbour(tmp_path / f"{kind}-study", kind, wards=64).use(language=language):
            statements[kind] = hg.uptake("filed_online", "2026-Q2").describe()
    assert re.search(FACTS[language], statements[""])
    assert not re.search(FACTS[language], statements["estimated"])


@pytest.mark.parametrize("kind", ["complete", "estimated"])
def test_who_counted_stands_in_place_of_the_reports_but_never_over_simulated_numbers(
    kind, tmp_path
):
    with write_harbour(tmp_path, kind).use(language="en"):
        source = hg.uptake("filed_online", "2026-Q2").order().figure.source
        simulated = figure.credit("simulated", measures=["filed_online"])
        rows = frames.reports().assign(origin="simulated")
        simulated_too = figure.credit_all(rows)
    assert source.startswith("Source: " + "as estimated by " * (kind == "estimated") + CREDIT["en"])
    assert "reports of" not in source
    assert simulated == simulated_too
    assert CREDIT["en"] not in simulated


# --- the texts themselves: a claim of a fact has another text beside it ---


def claims(text):
    return any(re.search(FACTS[language], text[language]) for language in words.LANGUAGES)


def test_each_text_that_calls_numbers_facts_has_one_for_numbers_that_are_none():
    n_pairs = 0
    for room in SPEAKING:
        content = tomllib.loads((ROOT / "hganalysis" / room / "texts.toml").read_text("utf-8"))
        for section, texts in content.items():
            for key, text in texts.items():
                if f"{section}.{key}" in NO_CLAIMS or not claims(text):
                    continue
                assert f"{key}_uncounted" in texts, f"{section}.{key}"
                assert not claims(texts[f"{key}_uncounted"]), f"{section}.{key}_uncounted"
                n_pairs += 1
    assert n_pairs >= 5


@pytest.mark.parametrize("file", BOOKS, ids=lambda file: f"{file.parent.name}-{file.stem[:2]}")
def test_each_text_of_a_notebook_that_calls_numbers_facts_has_another(file):
    language = file.parent.name
    for cell in json.loads(file.read_text("utf-8"))["cells"]:
        text = cell["metadata"].get("nouns", "")
        if cell["cell_type"] == "markdown" and re.search(FACTS[language], text):
            uncounted = cell["metadata"]["uncounted"]
            assert not re.search(FACTS[language], uncounted)


@pytest.mark.parametrize("file", BOOKS, ids=lambda file: f"{file.parent.name}-{file.stem[:2]}")
def test_a_notebook_that_is_written_keeps_what_is_said_of_estimates(file):
    assert notebook.text(notebook.read(file)) == file.read_bytes()


def test_a_study_without_a_measure_of_that_kind_is_told_who_must_be_named(tmp_path):
    files = invented.write_harbour(tmp_path)
    text = files["study"].read_text("utf-8") + 'counted = "estimated"\n'
    with pytest.raises(study.StudyError, match=r"estimated.*credit"):
        study.described.require(text)
    with pytest.raises(study.StudyError, match="guessed"):
        study.described.require(text.replace("estimated", "guessed"))


def test_accounts_of_india_are_estimates_and_its_payments_were_counted():
    with hg.Study.open("india_2023").use(language="en"):
        accounts = hg.uptake("registered_users", 2023)
        sources = [hg.uptake(name, 2023).map().figure.source for name in indicators.names()]
        text = accounts.describe() + hg.compare("registered_users", 2022, 2023).describe()
    assert ["as estimated by PhonePe Pulse" in source for source in sources] == [False, True]
    assert not re.search(FACTS["en"], text)

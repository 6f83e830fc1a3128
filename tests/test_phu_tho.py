"""Build the shipped study of a real province: each medium has the numbers of its kept file."""

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path

import docx
import numpy as np
import openpyxl
import pandas as pd
import portal_case
import pptx
import pytest
from trials import bring, media

import hganalysis as hg
from hganalysis import places, portal, sheets, study, words
from hganalysis.publish import tables
from hganalysis.ranking.levels import SMALL
from hganalysis.ranking.sentences import lowest_of_few
from hganalysis.sheets import layout, numbers, poster

STUDY = study.DATA / "studies" / "phu_tho_2026"
SOURCE = {
    "vi": "Cổng Dịch vụ công quốc gia, chụp ngày 26/9/2026 bởi ChippedTopaz/qd766 (72417cd9a343); "
    "chưa được đọc lại",
    "en": "National Public Service Portal, captured 26 September 2026 by ChippedTopaz/qd766 "
    "(72417cd9a343); not read again by us",
}
SO_FAR = {"vi": "tính đến 26/9", "en": "so far to 26 September"}
OPEN = {"vi": "kỳ chưa hết", "en": "period not over"}
CLUSTERS = {
    "vi": "Theo tỉnh cũ: Phú Thọ 89,1 %, Vĩnh Phúc 87,1 %, Hòa Bình 85,2 %.",
    "en": "By former province: Phu Tho 89.1%, Vinh Phuc 87.1%, Hoa Binh 85.2%.",
}
UNTRUE = {
    "vi": ["MÔ PHỎNG", "mô phỏng", "được ẩn"],
    "en": ["SIMULATED", "imulated", "are hidden"],
}
"""What is not said of published counts: that they are invented, or that some are not shown."""


@dataclass
class Built:
    """What a build has written, and in which language."""

    out: Path
    language: str
    places: pd.DataFrame
    """The kept counts: `paid`, `due`, `share` and `text` of each place, by its code."""


def build_without_sheets(out, language, data):
    """Build a study in this process, without a sheet for each place, which takes minutes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets, "write_briefs", lambda *_, **__: None)
        build = bring.build_all(data, out, language)
    assert build.crashes == {}
    assert build.refused == {}


@pytest.fixture(scope="session", params=words.LANGUAGES)
def built_study(request, once):
    """Build the study, and read what its kept file holds."""
    language = request.param

    def build(folder):
        build_without_sheets(folder / "out", language, STUDY)

    out = once(f"phu_tho_{language}", build) / "out"
    counts = pd.read_csv(STUDY / "published/payments.csv").query("level == 'COMMUNE'")
    counts = counts.rename(columns={"q3_paid": "paid", "q3_due": "due"})
    with study.Study.open(STUDY).use(language=language):
        codes = [places.official_code(code) for code in counts["portal_code"]]
        counts.index = pd.Index(codes)
        counts["share"] = counts["paid"] / counts["due"]
        shares = counts["share"]
        counts["text"] = [words.percent(share, decimals=1) for share in shares]
        counts["name"] = [places.label(code) for code in counts.index]
    return Built(out, language, counts.map(plain))


def plain(text):
    """Write a text with spaces that break."""
    return " ".join(text.split()) if isinstance(text, str) else text


def read_atlas(built):
    """Give the data of the page of the atlas."""
    page = (built.out / "atlas.html").read_text("utf-8")
    return media.read_atlas(page)


def read_slides(built):
    """Give the texts of each slide: those of shapes, those of a table, the notes."""
    slides = []
    for slide in pptx.Presentation(built.out / "slides.pptx").slides:
        texts = []
        rows = []
        for shape in slide.shapes:
            if shape.has_text_frame:
                texts.append(plain(shape.text_frame.text))
            if shape.has_table:
                for row in shape.table.rows:
                    rows.append([plain(cell.text) for cell in row.cells])
        slides.append((texts, rows, slide.notes_slide.notes_text_frame.text))
    return slides


def read_word(built):
    """Give the texts of the paragraphs, and the rows of the table."""
    document = docx.Document(built.out / "brief.docx")
    # the tables above and below the text have no lines
    [table] = [table for table in document.tables if table.style.name == "Table Grid"]
    rows = [[plain(cell.text) for cell in row.cells] for row in table.rows]
    header = document.sections[0].header.paragraphs
    paragraphs = [plain(part.text) for part in [*header, *document.paragraphs]]
    return paragraphs, rows


def read_book(built):
    """Give the cells of each sheet of the workbook."""
    book = openpyxl.load_workbook(built.out / "tables.xlsx", data_only=True)
    sheets_of_book = {}
    for sheet in book:
        sheets_of_book[sheet.title] = [*sheet.iter_rows(values_only=True)]
    return sheets_of_book


def read_page(built, name):
    """Give what is to be read on a page, and what is said of its pictures."""
    [file] = built.out.glob(f"{name}*.html")
    text = re.sub(r"(?s)<(style|script).*?</\1>", " ", file.read_text("utf-8"))
    # a picture of a report has its table and its source within an attribute
    return plain(re.sub(r"<[^>]*>", " ", html.unescape(text)))


def join_rows(rows):
    """Write the cells of a table as one text."""
    return " ".join(str(cell) for row in rows for cell in row if cell)


def read_all(built):
    """Give all that each medium says, as one text."""
    slides = []
    for texts, rows, notes in read_slides(built):
        slides.append(" ".join([*texts, join_rows(rows), notes]))
    paragraphs, rows = read_word(built)
    sheets_of_book = map(join_rows, read_book(built).values())
    atlas = json.dumps(read_atlas(built), ensure_ascii=False)
    return {
        "index": read_page(built, "index"),
        "report": read_page(built, "01_"),
        "atlas": plain(atlas),
        "slides": plain(" ".join(slides)),
        "Word": " ".join([*paragraphs, join_rows(rows)]),
        "workbook": plain(" ".join(sheets_of_book)),
    }


def test_every_number_of_the_atlas_is_that_of_the_kept_file(built_study):
    data = read_atlas(built_study)
    [level], [measure] = data["levels"], data["measures"]
    codes = [place["code"] for place in level["places"]]
    published = built_study.places.loc[codes]
    [by_level] = measure["values"].values()
    assert by_level["district"] == published[["paid", "due"]].to_numpy().tolist()
    [view] = measure["views"]
    shown = view["texts"][built_study.language]["rows"]["district"]["text"]
    # a star stands at a share that few files make
    texts = [plain(text).rstrip("*") for text in shown]
    assert texts == published["text"].tolist()


def test_every_number_of_the_workbook_is_that_of_the_kept_file(built_study):
    with words.use(built_study.language):
        [sheet] = tables.name_sheets(["where"]).values()
    rows = read_book(built_study)[sheet]
    published = built_study.places
    read = {row[0]: row for row in rows if row[0] in published.index}
    assert len(read) == len(published) == 148
    for code, place in published.iterrows():
        _, name, paid, due, share, *_ = read[code]
        assert plain(name) == place["name"]
        assert (paid, due) == (place["paid"], place["due"])
        assert share == pytest.approx(place["share"], abs=1e-9)


def test_every_number_of_the_report_is_that_of_the_kept_file(built_study):
    page = read_page(built_study, "01_")
    with words.use(built_study.language):
        for place in built_study.places.itertuples():
            pair = (place.paid, place.due)
            counts = [words.number(int(number)) for number in pair]
            row = " ".join([place.name, *counts, place.text])
            assert row in page or f"{row}*" in page


def test_slides_and_word_name_ends_with_their_numbers(built_study):
    texts = built_study.places.set_index("name")["text"]
    _, rows_of_slide, _ = read_slides(built_study)[0]
    for rows in (rows_of_slide, read_word(built_study)[1]):
        read = {row[0]: row[-1].rstrip("*") for row in rows[1:]}
        assert len(read) == 16
        assert read == texts[[*read]].to_dict()
    share = built_study.places["share"]
    highest = share.idxmax()
    lowest = share.idxmin()
    all_texts = read_all(built_study)
    for name in ("index", "Word"):
        for code in (highest, lowest):
            place = built_study.places.loc[code]
            assert f"{place['name']}, {place['text']}" in all_texts[name]
    # of how many the lowest share is; on a slide below the picture, and in its notes
    place = built_study.places.loc[lowest]
    numbers_of_it = rf"{place['paid']} \D+ {place['due']}\D*"
    few = re.compile(rf"{place['name']}, {place['text']} \(\D*{numbers_of_it}\)")
    texts_of_slide, _, notes = read_slides(built_study)[0]
    of_media = [" ".join(texts_of_slide), plain(notes), all_texts["index"], all_texts["Word"]]
    assert all(few.search(text) for text in of_media)


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize(("count", "is_said"), [(SMALL - 1, True), (SMALL, False)])
def test_a_slide_says_of_how_many_the_lowest_is_where_few_were_counted(language, count, is_said):
    with study.Study.open(STUDY).use(language=language):
        ranking = hg.uptake("paid_online", "2026-Q3")
        rows = ranking.table.copy()
        lowest = rows["share"].idxmin()
        rows.loc[lowest, "count"] = count
        text = lowest_of_few(rows, ranking.measure)
    assert ("Hương Cần" in text or "Huong Can" in text) == is_said
    assert (f"{count} " in text) == is_said


def test_every_medium_says_whose_numbers_they_are_and_until_when(built_study):
    for name, text in read_all(built_study).items():
        assert SOURCE[built_study.language] in text, name
        assert OPEN[built_study.language] in text, name
    assert SO_FAR[built_study.language] in read_page(built_study, "index")
    first, order, *further = read_slides(built_study)
    for texts, rows, notes in (first, order):
        assert SOURCE[built_study.language] in notes.splitlines()[-1]
        text_of_slide = " ".join([*texts, join_rows(rows)])
        assert OPEN[built_study.language] in text_of_slide
        # no rank of one place among 148, nor who is surely ahead
        assert not re.search("surely|thật sự|1–6", notes)
    assert SO_FAR[built_study.language] in first[0][0]
    for texts, *_ in (first, order, *further):
        assert SOURCE[built_study.language] in " ".join(texts)


def test_nothing_is_called_simulated_or_hidden(built_study):
    for name, text in read_all(built_study).items():
        # the page of the atlas has its texts for all studies
        wanted = [] if name == "atlas" else UNTRUE[built_study.language]
        assert [word for word in wanted if word in text] == [], name
    assert not read_atlas(built_study).get("banner")
    for figure in (built_study.out / "figures").glob("*.json"):
        assert json.loads(figure.read_text("utf-8"))["banner"] == ""


def test_levels_of_former_provinces_stand_where_there_is_room(built_study):
    all_texts = read_all(built_study)
    for name in ("index", "report", "atlas", "Word"):
        text_of_medium = all_texts[name].replace("\\u00a0", " ")
        assert plain(CLUSTERS[built_study.language]) in text_of_medium, name


def printed_texts(codes):
    """Give what is printed below the sheets of places and the poster, and in their heads."""
    gathered = numbers.gather()
    figures = [layout.compose_sheet(gathered, code) for code in codes]
    figures.append(poster.compose_poster(gathered))
    return [plain(f"{figure.subtitle} {figure.source}") for figure in figures]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_sheets_and_the_poster_name_their_source(language):
    with study.Study.open(STUDY).use(language=language):
        codes = hg.uptake("paid_online", "2026-Q3").table["code"]
        for text in printed_texts(codes.iloc[[0, 70, -1]]):
            assert SOURCE[language] in text
            assert OPEN[language] in text


MONTH = "2026-09"
OTHER_SOURCE = {
    "vi": ("Cổng Dịch vụ công quốc gia", "20/9/2026"),
    "en": ("National Public Service Portal", "20 September 2026"),
}


@pytest.fixture(scope="module")
def other_province(tmp_path_factory):
    """Write a study of another province and a month that is not over; its counts are invented."""
    folder = tmp_path_factory.mktemp("other_province")
    listed = places.vietnam("Cà Mau")
    draw = np.random.default_rng(portal_case.SEED)
    codes = [f"H12.{number}" for number in range(1, len(listed) + 1)]
    due = draw.integers(200, 900, len(listed))
    rates = draw.uniform(0.5, 0.95, len(listed))
    paid = draw.binomial(due, rates)
    table = listed.assign(other_code=codes, due=due, paid=paid)
    sent = portal_case.answer(table, code="H12", province="tỉnh Cà Mau")
    file = portal_case.write(folder / "any.json", sent)
    return portal.read(file, period=MONTH, captured="2026-09-20").write(folder / "study")


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_another_province_and_a_month_say_the_same_in_every_medium(
    other_province, language, tmp_path
):
    build_without_sheets(tmp_path / "out", language, other_province)
    with study.Study.open(other_province).use(language=language):
        codes = hg.uptake("paid_online", MONTH).table["code"]
        texts = printed_texts(codes.iloc[[0, 30, -1]])
        all_texts = dict(enumerate(texts))
    all_texts |= read_all(Built(tmp_path / "out", language, pd.DataFrame()))
    for name, text in all_texts.items():
        for words_of_it in (*OTHER_SOURCE[language], OPEN[language]):
            assert words_of_it in text, name
    assert SO_FAR[language].replace("26", "20") in all_texts["index"]

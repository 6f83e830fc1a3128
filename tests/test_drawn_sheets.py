"""Briefs, poster and Word: order and sign of rows, whose sheet it is, the stamp, the credits."""

import re
from unittest import mock

import docx
import numpy as np
import pandas as pd
import pytest
from drawn_answers import (
    FACTORS,
    HEADLINES,
    hold_rows,
    opened,
    rows_of,
    shares_of,
    whole_of,
)
from read_back import Scale, clean, find_ticks, half_of_last_digit, read_number, read_page
from trials import bring

import hganalysis as hg
from hganalysis import frames, places, words
from hganalysis.figure import RED
from hganalysis.publish import word
from hganalysis.publish.answers import answers
from hganalysis.sheets import layout, numbers, poster, write_briefs

BANNERS = {"vi": "SỐ LIỆU MÔ PHỎNG", "en": "SIMULATED DATA"}
BOTH_DOTS = {"value": "", "before": ""}
"""Columns of a list whose key is in words: the earlier dot is hollow."""
MARGIN = 30
"""In points: what lies around a list belongs to it."""


def parts_of(code, measure, periods):
    """Give the parts of a place, highest first: both shares, and how many are not reached."""
    shares = [shares_of(measure, period, level="commune") for period in periods]
    parts = pd.concat(shares, axis="columns", keys=["before", "value"])
    rows = rows_of(measure, periods[-1])
    inside = rows[places.parents(rows["code"], "district").to_numpy() == code]
    names = [clean(places.label(part)) for part in inside["code"]]
    parts = parts.loc[names].assign(code=inside["code"].tolist())
    parts["rest"] = (inside["out_of"] - inside["count"]).to_numpy()
    return parts.sort_values("value", ascending=False)


def hold_numbers(texts, expected, language):
    """Hold texts to numbers, one for each in their order, with the sign of a change."""
    assert len(texts) == len(expected)
    for text, number in zip(texts, expected, strict=True):
        apart = abs(read_number(text, language) - number)
        assert apart <= half_of_last_digit(text, language), (text, number)
        assert text[0] != "−" or number < 0


# --- a brief ---


@pytest.fixture(
    scope="module", params=[("demo", "vi", "936"), ("isles", "en", "I4")], ids=["demo", "isles"]
)
def brief(request, drawn_studies):
    """Draw the sheet of a place, with what it must show."""
    study, language, code = request.param
    measure, periods = HEADLINES[study]
    with opened(drawn_studies, study, language):
        sheet = hg.brief(code)
        figure = sheet.picture().figure
        return {
            "drawing": read_page(figure),
            "figure": figure,
            "language": language,
            "factor": FACTORS[study],
            "name": clean(places.label(code)),
            "parts": parts_of(code, measure, periods[-2:]),
            "shares": shares_of(measure, periods[-1]),
            "before": shares_of(measure, periods[-2]),
            "whole": whole_of(measure, periods[-1]),
            "heads": [words.short_period(period) for period in periods[-2:]],
            "change": words.term("change.change"),
            "rest": words.term("sheet.not_reached"),
            "row": sheet.table.loc[0],
            "is_of_people": sheet.table["not_reached"].notna().all(),
            "interval": sheet.numbers.table.loc[code, ["low", "high"]].astype(float),
        }


def list_of(brief):
    """Cut the list of parts out of a sheet."""
    drawing = brief["drawing"]
    top = drawing.where(brief["change"]).y
    bottom = drawing.texts["y"].max() - MARGIN
    return drawing.window(0, top - 1, np.inf, bottom)


def test_a_brief_lists_its_parts_highest_first_with_both_dots_at_their_shares(brief):
    drawing = list_of(brief)
    ticks = [panel_ticks(brief["figure"])]
    hold_rows(
        drawing,
        brief["parts"],
        BOTH_DOTS,
        *ticks,
        factor=brief["factor"],
        language=brief["language"],
    )


def panel_ticks(figure):
    """Take the texts of the axis of the last list of a sheet."""
    bands = [band for band in figure.panels[0].bands if band.cells]
    return [*bands[-1].cells[0].panel.ticks.values()]


def test_a_brief_gives_each_part_its_change_with_its_sign_and_its_rest(brief):
    parts, drawing = brief["parts"], list_of(brief)
    changes = brief["factor"] * (parts["value"] - parts["before"])
    assert (changes < 0).any()
    texts = drawing.column(brief["change"])
    assert [text.startswith("−") for text in texts] == (changes < 0).tolist()
    hold_numbers(texts.tolist(), changes, brief["language"])
    if brief["is_of_people"]:
        hold_numbers(drawing.column(brief["rest"]).tolist(), parts["rest"], brief["language"])


def test_a_brief_stands_among_the_others_at_its_share_with_its_interval(brief):
    drawing = brief["drawing"]
    strip = drawing.lines[(drawing.lines["colour"] == "#cfdcec") & (drawing.lines["width"] > 3)]
    [bar] = strip.itertuples()
    dots = drawing.dots[(drawing.dots["y"] - bar.y0).abs() < 1]
    window = drawing.window(dots["x"].min() - MARGIN, bar.y0 - 1, np.inf, bar.y0 + 2 * MARGIN)
    texts = window.texts[window.texts["text"].str.fullmatch(r"[\d.,]+( ?%)?")]
    scale = Scale(find_ticks(window, texts["text"]), language=brief["language"])
    factor, shares = brief["factor"], brief["shares"]
    assert sorted(dots["x"]) == pytest.approx(sorted(scale.place(factor * shares)), abs=1)
    largest = dots.loc[dots["size"].idxmax()]
    assert largest["x"] == pytest.approx(scale.place(factor * shares[brief["name"]]), abs=1)
    ends = scale.place(factor * brief["interval"].to_numpy())
    assert [bar.x0, bar.x1] == pytest.approx(ends, abs=1)


def test_a_brief_names_its_place_and_gives_level_change_and_rest_of_it(brief):
    drawing, language = brief["drawing"], brief["language"]
    share = brief["factor"] * brief["shares"][brief["name"]]
    change = share - brief["factor"] * brief["before"][brief["name"]]
    title = clean(brief["figure"].title)
    assert drawing.texts["text"].str.startswith(f"{brief['name']}, {brief['heads'][1]}: ").any()
    hold_numbers([title.split(": ")[1]], [share], language)
    heights = drawing.texts["height"]
    large = drawing.texts[heights > 2 * heights.min()].sort_values("x")
    large = large[large["y"] < large["y"].min() + MARGIN * 3]
    facts = large[large["text"].str.fullmatch(r"[+−]?[\d.,]+( ?%)?")]["text"].tolist()
    hold_numbers(facts[:2], [share, change], language)
    if brief["is_of_people"]:
        hold_numbers(facts[2:3], [brief["row"]["out_of"] - brief["row"]["count"]], language)


@pytest.mark.parametrize("language", ["en"])
def test_each_file_of_briefs_names_its_district_and_the_book_has_them_in_order(
    drawn_studies, tmp_path, language
):
    with opened(drawn_studies, "pair", language):
        measure, periods = HEADLINES["pair"]
        shares = shares_of(measure, periods[-1]).sort_values(ascending=False)
        codes = {clean(places.label(code)): code for code in places.compared().index}
        write_briefs(tmp_path / "briefs.pdf", tmp_path / "briefs")
        gathered = numbers.gather()
        digests = {
            name: layout.compose_sheet(gathered, code).digest for name, code in codes.items()
        }
    files = {file.name: file.read_bytes() for file in (tmp_path / "briefs").iterdir()}
    assert len(files) == len(codes) == 2
    for name, code in codes.items():
        [content] = [content for file, content in files.items() if file.startswith(f"{code}-")]
        [file] = [file for file in files if file.startswith(f"{code}-")]
        assert file == f"{code}-{name.lower().replace(' ', '-')}.pdf"
        [title] = re.findall(rb"/Title \((.*?)\)\n", content) or [b""]
        assert title.decode("latin-1").startswith(name)
        assert digests[name].encode() in content
    book = (tmp_path / "briefs.pdf").read_bytes()
    positions = [book.index(digests[name].encode()) for name in shares.index]
    assert positions == sorted(positions)


# --- the poster ---


@pytest.mark.parametrize(("study", "language"), [("isles", "vi")])
def test_the_poster_has_districts_and_their_parts_in_order_each_number_at_its_dots(
    drawn_studies, study, language
):
    measure, periods = HEADLINES[study]
    with opened(drawn_studies, study, language):
        factor = FACTORS[study]
        figure = poster.compose_poster(numbers.gather())
        drawing = read_page(figure)
        expected = []
        shares = shares_of(measure, periods[-1])
        before = shares_of(measure, periods[-2])
        codes = {clean(places.label(code)): code for code in places.compared().index}
        for name, share in shares.sort_values(ascending=False).items():
            expected.append((clean(places.short(codes[name])), before[name], share))
            for part in parts_of(codes[name], measure, periods[-2:]).itertuples():
                expected.append((clean(places.short(part.code)), part.before, part.value))
        whole = whole_of(measure, periods[-1])
    expected = pd.DataFrame(expected, columns=["name", "before", "value"]).set_index("name")
    ends = drawing.texts["right"].round(1)
    is_name = drawing.texts["text"].isin(expected.index)
    columns = sorted(ends[is_name].value_counts().head(len(figure.panels[0].lists)).index)
    lefts = [drawing.texts.loc[is_name & (ends == end), "left"].min() - 1 for end in columns]
    start = 0
    for left, right in zip(lefts, [*lefts[1:], np.inf], strict=True):
        window = drawing.window(left, 0, right, drawing.texts["y"].max() - 1)
        n_rows = window.texts["text"].isin(expected.index).sum()
        rows = expected.iloc[start : start + n_rows]
        start += n_rows
        ticks = figure.panels[0].ticks.values()
        shown = rows[~rows.index.duplicated(keep=False)]
        _, scale = hold_rows(window, shown, BOTH_DOTS, ticks, factor=factor, language=language)
        names = window.texts[window.texts["text"].isin(expected.index)].sort_values("y")["text"]
        assert names.tolist() == rows.index.tolist()
        x = float(scale.place(factor * whole))
        tall = window.lines[(window.lines["y1"] - window.lines["y0"]).abs() > 5 * MARGIN]
        assert (tall["x0"] - x).abs().min() < 1
    assert start == len(expected)


# --- the stamp, and the credits ---

MIXED = {
    "nothing": lambda rows: rows["indicator"] == "",
    "all": lambda rows: rows["indicator"] != "",
    "the headline": lambda rows: rows["indicator"] == "reactions",
    "the last period": lambda rows: rows["period"] == 2025,
    "the period before": lambda rows: rows["period"] == 2024,
    "another measure": lambda rows: rows["indicator"] == "vaccinated",
    "one row": lambda rows: rows.index == rows.index[rows["period"] == 2025][0],
}
"""Which reports are simulated; the others were reported."""


@pytest.fixture(params=MIXED)
def mixed(request, drawn_studies, monkeypatch):
    """Use reports of which some are simulated: say whether any are."""
    with opened(drawn_studies, "isles"):
        rows = frames.reports()
        is_simulated = MIXED[request.param](rows)
        rows["origin"] = np.where(is_simulated, "simulated", "reported")
        monkeypatch.setattr(frames, "reports", rows.copy)
        yield request.param


def has_stamp(drawing):
    """Say whether the red strip has its text; one of both alone is a fault."""
    red = [strip for strip in drawing.strips if strip[3] == RED and strip[1] > strip[0]]
    words_in_strip = drawing.texts[drawing.texts["text"].isin(BANNERS.values())]
    assert len(red) == len(words_in_strip) <= 1
    if red:
        [(left, right, y, _)] = red
        [text] = words_in_strip.itertuples()
        assert left <= text.left < text.right <= right
        assert abs(text.y - y) < text.height
    return bool(red)


def test_sheets_and_poster_have_the_stamp_where_a_number_is_simulated_and_nowhere_else(mixed):
    gathered = numbers.gather()
    figures = [layout.compose_sheet(gathered, "I2")]
    # a poster has nothing of another measure
    if mixed != "another measure":
        figures.append(poster.compose_poster(gathered))
    for figure in figures:
        assert figure.banner == ("" if mixed == "nothing" else BANNERS["en"])
    # drawing takes a second
    if mixed in ("nothing", "one row"):
        assert [has_stamp(read_page(figure)) for figure in figures] == [mixed != "nothing"] * 2


def test_word_has_the_stamp_and_the_credits_of_its_numbers(mixed, tmp_path):
    undrawn = mock.patch.object(word, "draw_page", return_value=bring.DOT)
    with bring.few_worlds(), undrawn:
        word.write(tmp_path / "brief.docx", answers())
    document = docx.Document(tmp_path / "brief.docx")
    header = " ".join(paragraph.text for paragraph in document.sections[0].header.paragraphs)
    # none of its answers is about another measure
    if mixed != "another measure":
        assert (BANNERS["en"] in header) == (mixed != "nothing")
    bullets = [one.text for one in document.paragraphs if one.style.name == "List Bullet"]
    origin = "reported" if mixed == "nothing" else "simulated"
    credits_of_numbers = words.term(f"figure.by_{origin}")
    assert any(credits_of_numbers in bullet for bullet in bullets)
    invented = words.term("deck.limit_simulated")
    assert (invented in bullets) == (origin == "simulated")

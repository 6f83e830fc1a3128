"""Briefs, poster and Word: order and sign of rows, whose sheet it is, the stamp, the credits."""

import re
from types import SimpleNamespace
from unittest import mock

import docx
import numpy as np
import pandas as pd
import pytest
from drawn_answers import (
    FACTORS,
    HEADLINES,
    codes_of_districts,
    hold_rows,
    label_of,
    opened,
    rows_of,
    shares_of,
    whole_of,
)
from read_back.drawing import NEAR, clean
from read_back.page import read_page
from read_back.reader import Scale, assert_in_class, assert_written
from trials import bring

import hganalysis as hg
from hganalysis import (
    frames,
    indicators,
    places,
    words,
)
from hganalysis.figure import INK, RED, Map
from hganalysis.publish import word
from hganalysis.publish.answers import answers
from hganalysis.sheets import (
    layout,
    numbers,
    poster,
    sentences,
    write_briefs,
)
from hganalysis.sheets.panels import PALE_BLUE, Stack, Strip

STAMP = "SIMULATED DATA"
BOTH_DOTS = {"value": "", "before": ""}
"""Columns of a list whose key is in words: the earlier dot is hollow."""
MARGIN = 30
"""In points: what lies around a panel belongs to it."""
NUMBER = r"[+−]?[\d.,]+( ?%)?"


def parts_of(code, measure, periods):
    """Give the parts of a place, highest first: both shares, and how many are not reached."""
    rows = rows_of(measure, periods[-1]).set_index("code")
    homes = places.parents(rows.index.to_series(), "district")
    rows = rows[homes == code]
    before, value = (shares_of(measure, period, level="commune") for period in periods)
    parts = pd.DataFrame({"before": before, "value": value})
    parts = parts.loc[rows.index.map(label_of)]
    parts["rest"] = (rows["out_of"] - rows["count"]).tolist()
    parts["short"] = [clean(places.short(part)) for part in rows.index]
    return parts.sort_values("value", ascending=False)


def hold_column(drawing, head, expected, language):
    """Hold a column of texts to numbers, in their order, each with its sign."""
    texts = drawing.column(head)
    assert len(texts) == len(expected)
    for text, number in zip(texts, expected, strict=True):
        assert_written(text, number, language)
        assert text.startswith("−") == (number < 0)


# --- a brief ---


@pytest.fixture(scope="module", params=[("demo", "vi", "936"), ("isles", "en", "I4")], ids=str)
def brief(request, drawn_studies):
    """Draw the sheet of a place, with what it must show."""
    study, language, code = request.param
    measure, periods = HEADLINES[study]
    with opened(drawn_studies, study, language):
        sheet = hg.brief(code)
        figure = sheet.picture().figure
        change = words.term("change.change")
        rest = words.term("sheet.not_reached")
        return SimpleNamespace(
            drawing=read_page(figure),
            numbers=sheet.numbers,
            study=study,
            code=code,
            title=clean(figure.title),
            panels=[cell.panel for band in figure.panels[0].bands for cell in band.cells],
            language=language,
            factor=FACTORS[study],
            name=label_of(code),
            period=words.short_period(periods[-1]),
            heads={"change": change, "rest": rest},
            parts=parts_of(code, measure, periods[-2:]),
            before=shares_of(measure, periods[-2]),
            shares=shares_of(measure, periods[-1]),
            of_people=study == "demo",
            interval=sheet.numbers.table.loc[code, ["low", "high"]].astype(float),
            alt=clean(figure.alt),
            whole=whole_of(measure, periods[-1]),
            is_above=words.term("sheet.above").strip(", "),
            is_below=words.term("sheet.below").strip(", "),
            heads_of_parts=[words.short_period(period) for period in periods[-2:]],
            others=measures_beside(code, measure),
            bounds=places.areas().loc[[code]].total_bounds,
        )


def measures_beside(code, headline):
    """Give each other measure that is a share: that of a place, and of the whole, at the last."""
    levels = {}
    for measure, periods in hg.reported().items():
        if measure != headline and indicators.kind(measure) == "share":
            shares = shares_of(measure, periods[-1]).rename(codes_of_districts())
            label = clean(indicators.measure_label(measure))
            levels[label] = shares[code], whole_of(measure, periods[-1])
    return levels


def list_of(brief):
    """Cut the list of parts out of a sheet."""
    top = brief.drawing.where(brief.heads["change"]).y
    bottom = brief.drawing.texts["y"].max() - MARGIN
    return brief.drawing.window(0, top - NEAR, np.inf, bottom)


def test_a_brief_lists_its_parts_highest_first_with_both_dots_at_their_shares(brief):
    ticks = brief.panels[-1].ticks.values()
    look = {"factor": brief.factor, "language": brief.language}
    hold_rows(list_of(brief), brief.parts, BOTH_DOTS, ticks, **look)


def test_a_brief_gives_each_part_its_change_with_its_sign_and_its_rest(brief):
    parts = brief.parts
    changes = brief.factor * (parts["value"] - parts["before"])
    assert (changes < 0).any(), "a case without a fall says nothing of signs"
    hold_column(list_of(brief), brief.heads["change"], changes, brief.language)
    if brief.of_people:
        hold_column(list_of(brief), brief.heads["rest"], parts["rest"], brief.language)


def test_a_brief_stands_among_the_others_at_its_share_with_its_interval(brief):
    drawing = brief.drawing
    [bar] = drawing.lines[drawing.lines["colour"] == PALE_BLUE].itertuples()
    dots = drawing.dots[(drawing.dots["y"] - bar.y0).abs() < NEAR]
    first = dots["x"].min() - MARGIN
    window = drawing.window(first, bar.y0 + NEAR, np.inf, bar.y0 + 2 * MARGIN)
    texts = window.texts
    ticks = texts[texts["text"].str.fullmatch(NUMBER)]
    positions = dict(zip(ticks["text"], ticks["x"], strict=True))
    scale = Scale(positions, brief.language)
    shares = brief.factor * brief.shares
    expected = sorted(scale.place(shares))
    assert sorted(dots["x"]) == pytest.approx(expected, abs=1)
    largest = dots.loc[dots["size"].idxmax(), "x"]
    assert largest == pytest.approx(scale.place(shares[brief.name]), abs=1)
    ends = scale.place(brief.factor * brief.interval)
    assert [bar.x0, bar.x1] == pytest.approx(ends, abs=1)


def test_a_brief_marks_the_whole_between_the_others_and_says_on_which_side_it_is(brief):
    drawing = brief.drawing
    strip = next(panel for panel in brief.panels if isinstance(panel, Stack))
    [strip] = [cell.panel for band in strip.bands for cell in band.cells if is_strip(cell.panel)]
    assert strip.line.value == pytest.approx(brief.whole)
    [bar] = drawing.lines[drawing.lines["colour"] == PALE_BLUE].itertuples()
    around = drawing.window(0, bar.y0 - 2 * MARGIN, np.inf, bar.y0 + 2 * MARGIN)
    dots = around.dots[(around.dots["y"] - bar.y0).abs() < NEAR]
    share = brief.shares[brief.name]
    ends = brief.shares.min(), brief.shares.max()
    x = np.interp(brief.whole, ends, (dots["x"].min(), dots["x"].max()))
    upright = around.lines[(around.lines["x0"] - around.lines["x1"]).abs() < NEAR]
    strong = upright[upright["colour"] == INK]
    assert (strong["x0"] - x).abs().min() < 1
    expected = brief.is_above if share > brief.whole else brief.is_below
    opposite = brief.is_below if share > brief.whole else brief.is_above
    assert expected in brief.title
    assert opposite not in brief.title


def is_strip(panel):
    return isinstance(panel, Strip)


def test_a_brief_sets_its_other_measures_beside_those_of_the_whole(brief):
    drawing = brief.drawing
    texts = drawing.texts
    n_shown = 0
    for label, (share, whole) in brief.others.items():
        rows = texts[texts["text"].str.startswith(label)]
        if rows.empty:
            continue
        [head] = rows.itertuples()
        is_beside = (texts["start"] > head.end) & ((texts["y"] - head.y).abs() < NEAR)
        beside = texts[is_beside].sort_values("x")["text"].tolist()
        numbers = 100 * share, 100 * whole, 100 * (share - whole)
        for text, number in zip(beside, numbers, strict=True):
            assert_written(text, number, brief.language)
        assert beside[-1].startswith("−") == (share < whole)
        n_shown += 1
    assert n_shown >= 1


def test_a_brief_draws_its_parts_in_their_classes_within_its_outline(brief):
    [drawn] = [panel for panel in all_panels(brief.panels) if isinstance(panel, Map)]
    edges = [*zip(drawn.legend.edges, drawn.legend.edges[1:], drawn.legend.colours, strict=False)]
    assert len(drawn.places) == len(brief.parts)
    names = drawn.places["name"].map(clean)
    for name, colour in zip(names, drawn.places["colour"], strict=True):
        share = brief.factor * brief.parts["value"][name]
        assert_in_class(share, colour, edges, brief.language)
    for layer in drawn.layers:
        assert layer.shapes.total_bounds == pytest.approx(brief.bounds)


def all_panels(panels):
    """Give panels, and those within them."""
    for panel in panels:
        yield panel
        if isinstance(panel, Stack):
            yield from all_panels([cell.panel for band in panel.bands for cell in band.cells])


def test_a_brief_says_which_period_is_hollow_and_describes_its_own_place(brief):
    before, after = brief.heads_of_parts
    [head] = [
        text
        for text in brief.drawing.texts["text"]
        if re.search(rf"{re.escape(before)}.*→.*{re.escape(after)}", text)
    ]
    assert head
    assert brief.alt.startswith(brief.title)


def test_a_brief_names_its_place_and_gives_level_change_and_rest_of_it(brief):
    drawing = brief.drawing
    share = brief.factor * brief.shares[brief.name]
    change = share - brief.factor * brief.before[brief.name]
    name, _, text = brief.title.partition(": ")
    assert name == f"{brief.name}, {brief.period}"
    assert drawing.texts["text"].str.startswith(name).any()
    assert_written(text, share, brief.language)

    heights = drawing.texts["height"]
    large = drawing.texts[heights > 2 * heights.min()]
    large = large[large["text"].str.fullmatch(NUMBER)]
    facts = large.sort_values("x")["text"].tolist()
    expected = [share, change]
    if brief.of_people:
        expected.append(brief.parts["rest"].sum())
    for text, number in zip(facts, expected, strict=False):
        assert_written(text, number, brief.language)


@pytest.mark.parametrize("ratio", [0.9, 1, 1.07])
def test_a_brief_says_whether_its_target_is_reached_and_how_far_it_is(brief, drawn_studies, ratio):
    """No study here has a target: that of each place is so many times its share."""
    table = brief.numbers.table
    target = ratio * table["share"]
    patched = mock.patch.dict(vars(brief.numbers), table=table.assign(target=target))
    with patched, opened(drawn_studies, brief.study, brief.language):
        *_, (_, fact) = sentences.facts(brief.numbers, brief.code)
        reached = words.term("sheet.reached")
    expected = brief.factor * target[brief.code]
    assert_written(fact.number, expected, brief.language)
    assert (fact.text == reached) == (ratio <= 1)
    if ratio > 1:
        short, *_ = re.findall(r"\d+(?:[.,]\d+)?", fact.text)
        assert_written(short, expected * (1 - 1 / ratio), brief.language)


def test_each_file_of_briefs_names_its_district_and_the_book_has_them_in_order(
    drawn_studies, tmp_path
):
    measure, periods = HEADLINES["pair"]
    with opened(drawn_studies, "pair"):
        shares = shares_of(measure, periods[-1])
        codes = codes_of_districts()
        gathered = numbers.gather()
        sheets = {name: layout.compose_sheet(gathered, code) for name, code in codes.items()}
        write_briefs(tmp_path / "briefs.pdf", tmp_path / "briefs")
    marks = {name: sheet.digest.encode() for name, sheet in sheets.items()}
    folder = tmp_path / "briefs"
    for name, code in codes.items():
        of_name = name.lower().replace(" ", "-")
        content = (folder / f"{code}-{of_name}.pdf").read_bytes()
        [title] = re.findall(rb"/Title \((.*?)\)", content)
        assert title.startswith(name.encode())
        assert marks[name] in content
    assert len([*folder.iterdir()]) == len(codes)
    book = (tmp_path / "briefs.pdf").read_bytes()
    in_order = shares.sort_values(ascending=False).index
    positions = [book.index(marks[name]) for name in in_order]
    assert positions == sorted(positions)


# --- the poster ---


def rows_of_poster(measure, periods):
    """List what the poster must list, in its order: each district, and below it its parts."""
    before, shares = (shares_of(measure, period) for period in periods)
    codes = codes_of_districts()
    blocks = []
    for name, share in shares.sort_values(ascending=False).items():
        code = codes[name]
        short = clean(places.short(code))
        head = {
            "short": short,
            "before": before[name],
            "value": share,
        }
        blocks.append(pd.DataFrame([head]))
        blocks.append(parts_of(code, measure, periods))
    return pd.concat(blocks).set_index("short")


def columns_of_poster(drawing, names):
    """Divide a poster into its lists, which begin where their names do."""
    texts = drawing.texts[drawing.texts["text"].isin(names)]
    n_at_end = texts["end"].round().value_counts()
    ends = sorted(n_at_end[n_at_end > 3].index)
    starts = []
    for end in ends:
        ends_there = (texts["end"] - end).abs() < NEAR
        starts.append(texts.loc[ends_there, "start"].min())
    bottom = drawing.texts["y"].max() - NEAR
    for start, next_start in zip(starts, [*starts[1:], np.inf], strict=True):
        yield drawing.window(start, 0, next_start, bottom)


def test_the_poster_has_districts_and_their_parts_in_order_each_number_at_its_dots(drawn_studies):
    measure, periods = HEADLINES["isles"]
    factor = FACTORS["isles"]
    with opened(drawn_studies, "isles", "vi"):
        expected = rows_of_poster(measure, periods[-2:])
        whole = whole_of(measure, periods[-1])
        figure = poster.compose_poster(numbers.gather())
        drawing = read_page(figure)
    # a district has no rest in these rows
    parts = expected.dropna(subset="rest")["value"]
    [place] = [name for name in parts.index if f" {name}, " in clean(figure.title)]
    _, _, text = clean(figure.title).partition(f"{place}, ")
    assert_written(text, factor * parts[place], "vi")
    assert re.search("2024.*→.*2025", figure.subtitle)
    ticks = figure.panels[0].ticks.values()
    in_order = []
    for window in columns_of_poster(drawing, expected.index):
        texts = window.texts[window.texts["text"].isin(expected.index)]
        names = texts.sort_values("y")["text"].tolist()
        rows = expected.loc[names]
        _, scale = hold_rows(window, rows, BOTH_DOTS, ticks, factor=factor, language="vi")
        heights = window.lines["y1"] - window.lines["y0"]
        tall = window.lines[heights.abs() > 5 * MARGIN]
        x = scale.place(factor * whole)
        assert (tall["x0"] - x).abs().min() < 1
        in_order += names
    assert in_order == expected.index.tolist()


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
    """Use reports of which some are simulated, and say which."""
    with opened(drawn_studies, "isles"):
        rows = frames.reports()
        is_simulated = MIXED[request.param](rows)
        rows["origin"] = np.where(is_simulated, "simulated", "reported")
        monkeypatch.setattr(frames, "reports", rows.copy)
        yield request.param


def has_stamp(drawing):
    """Say whether there is a red strip with its text; one without the other is a fault."""
    strips = [strip for strip in drawing.strips if strip.fill == RED]
    texts = drawing.texts
    texts = texts[texts["text"] == STAMP]
    assert len(strips) == len(texts) <= 1
    for strip, text in zip(strips, texts.itertuples(), strict=True):
        assert strip.start <= text.start < text.end <= strip.end
        assert abs(strip.y - text.y) < text.height
    return bool(strips)


def test_sheets_and_poster_have_the_stamp_where_a_number_is_simulated_and_nowhere_else(mixed):
    gathered = numbers.gather()
    figures = [layout.compose_sheet(gathered, "I2")]
    # a poster has nothing of another measure
    if mixed != "another measure":
        figures.append(poster.compose_poster(gathered))
    for figure in figures:
        assert figure.banner == ("" if mixed == "nothing" else STAMP)
    # drawing takes a second
    if mixed in ("nothing", "one row"):
        stamps = [has_stamp(read_page(figure)) for figure in figures]
        assert stamps == [mixed != "nothing"] * 2


def test_word_has_the_stamp_and_the_credits_of_its_numbers(mixed, tmp_path):
    undrawn = mock.patch.object(word, "draw_page", return_value=bring.DOT)
    with bring.few_worlds(), undrawn:
        ready = answers()
        word.write(tmp_path / "brief.docx", ready)
    document = docx.Document(tmp_path / "brief.docx")
    section = document.sections[0]
    headers = [
        "".join(paragraph.text for paragraph in header.paragraphs)
        for header in (section.first_page_header, section.header)
    ]
    # none of its answers is about another measure
    if mixed != "another measure":
        assert headers == [("" if mixed == "nothing" else STAMP)] * 2
    origin = "reported" if mixed == "nothing" else "simulated"
    figures = [card.picture.figure for card in ready if card.picture]
    described = document.element.xpath("//wp:docPr/@descr")
    assert described == [figure.alt for figure in figures]
    # the numbers are those of the change, if there is one
    [table] = [table for table in document.tables if table.style.name == "Table Grid"]
    assert [cell.text for cell in table.rows[0].cells] == [*figures[:2][-1].table]
    of_numbers = words.term(f"figure.by_{origin}")
    paragraphs = document.paragraphs
    bullets = [each.text for each in paragraphs if each.style.name == "List Bullet"]
    assert any(of_numbers in bullet for bullet in bullets)
    assert (words.term("deck.limit_simulated") in bullets) == (origin == "simulated")

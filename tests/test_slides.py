"""The deck: native, readable from the third row, honest on every figure, the same bytes again."""

import io
import math
import re
import shutil
import subprocess
import tomllib
import zipfile
from functools import cache
from pathlib import Path

import agreement
import country
import geopandas as gpd
import legible
import pandas as pd
import pytest
import shapely
from cost import grows_less_than
from matplotlib.figure import Figure
from openpyxl import load_workbook
from pptx import Presentation
from pptx.enum.dml import MSO_FILL
from pptx.oxml.ns import qn
from pptx.util import Pt
from shapely.geometry import Polygon
from typer.testing import CliRunner

from hganalysis import (
    Study,
    change,
    effect,
    figures,
    findings,
    frames,
    indicators,
    maps,
    places,
    ranks,
    rates,
    slides,
    study,
    words,
)
from hganalysis.build.command import app
from hganalysis.build.folders import BuildError
from hganalysis.figures import passport
from hganalysis.figures.classify import prepare
from hganalysis.figures.colours import INK, QUIET
from hganalysis.figures.model import (
    Cell,
    Line,
    Number,
    Row,
    Rows,
    Scale,
    Slope,
    Slopes,
    Statement,
    Table,
)
from hganalysis.figures.states import LOOKS, state_name
from hganalysis.render import labels
from hganalysis.render.slide import (
    areas,
    chart_data,
    draw,
    legend,
    native,
    package,
    page,
    pages,
    text,
)
from hganalysis.render.static import style
from hganalysis.slides import deck, facts, relation, three_answers, uptake

SLIDES = Path(deck.__file__).parent
USED = ["app_users", "files_online"]
DRAWN = {"GROUP", "FREEFORM", "AUTO_SHAPE", "CHART", "TABLE", "LINE", "PICTURE"}
needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="there is no LibreOffice")


@pytest.fixture(scope="module")
def reports():
    return frames.reports()


@pytest.fixture(scope="module")
def teams():
    return frames.teams()


@pytest.fixture(scope="module")
def gathered(reports, teams):
    return facts.gather(reports, teams, None)


@pytest.fixture(scope="module")
def files(gathered, tmp_path_factory):
    folder = tmp_path_factory.mktemp("decks")
    written = {}
    for language in words.LANGUAGES:
        written[language] = folder / f"{language}.pptx"
        with words.use(language):
            written[language].write_bytes(deck.deck(gathered))
    return written


@pytest.fixture(scope="module")
def decks(files):
    return {language: Presentation(file) for language, file in files.items()}


@pytest.fixture(scope="module")
def seen(decks):
    return {language: agreement.slides(one) for language, one in decks.items()}


@pytest.fixture
def part(monkeypatch, tmp_path):
    """Write a deck of some slides only."""

    def write(reports, teams=None, *, only, name="part", **choices):
        reports = reports[reports["indicator"].isin(USED)]
        for contents in ("CONTENTS", "APPENDIX"):
            some = [one for one in getattr(deck, contents) if one.__name__ in only]
            monkeypatch.setattr(deck, contents, some)
        return slides.write(tmp_path / f"{name}.pptx", reports, teams, **choices)

    return write


# The map of communes is not there, and the last slide of the talk says so.
SLIDES_OF_DEMO = (
    *("opening", "where", "changed", "relation", "estimate", "headline", "emulation", "files"),
    *("platforms", "teams", "last", "appendix", "order", "rungs", "left_out", "robustness"),
    "coverage",
)
SAID = {name: f"slides.{name}" for name in ("opening", "last", "appendix")}
NUMBER = re.compile(r"(?<![\w.,])\d")


def named(slides, name):
    """Give a slide of the deck of the demo by what it shows."""
    return slides[SLIDES_OF_DEMO.index(name)]


# --- what is in it ---


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_it_is_wide_small_and_has_a_slide_a_message(files, decks, language):
    opened = decks[language]
    assert opened.slide_width / opened.slide_height == pytest.approx(16 / 9)
    assert files[language].stat().st_size < 2_000_000
    assert len(opened.slides) == len(SLIDES_OF_DEMO)
    assert SLIDES_OF_DEMO.index("last") < 12  # a talk; the rest is for questions
    titles = [agreement.plain(one.shapes.title) for one in opened.slides]
    assert len(set(titles)) == len(titles)
    assert all(len(title) > 16 for title in titles)
    for name, title in zip(SLIDES_OF_DEMO, titles, strict=True):
        if name in SAID:
            assert title == words.strings()[SAID[name]][language], name


def test_maps_have_one_named_freeform_a_place(decks, seen):
    codes = set(places.districts().index)
    assert [len(one.maps) for one in seen["vi"]].count(2) == 1  # two years
    assert [len(one.maps) for one in seen["vi"]].count(1) == 1  # teams
    for one in seen["vi"]:
        for values in one.maps:
            assert set(values) == codes
    kinds = [
        shape.shape_type.name for _, shape in legible.shapes_of(decks["vi"]) if shape.shape_type
    ]
    assert kinds.count("FREEFORM") == 3 * len(codes)
    assert "PICTURE" not in kinds
    names = {shape.name for _, shape in legible.shapes_of(decks["vi"])}
    assert {"Thị xã Long Mỹ (937)", "Huyện Long Mỹ (936)"} <= names


def test_every_shape_of_a_slide_has_a_number_of_its_own(decks):
    for slide in decks["vi"].slides:
        numbers = [int(one) for one in slide._element.xpath(".//p:cNvPr/@id")]
        assert len(set(numbers)) == len(numbers) > 2
        assert min(numbers) > 0


def test_four_times_the_places_of_a_map_take_about_four_times_as_long():
    land = {}
    for share in (0.02, 0.08):
        listed = country.communes(share)
        names = {"label_vi": listed["name"], "name_vi": listed["name"], "share": 0.3}
        cells = gpd.GeoDataFrame(
            {**names, "origin": "reported"}, geometry=listed["cell"].to_numpy(), crs="EPSG:4326"
        ).set_index(pd.Index(listed["code"], name="code"))
        land[share] = prepare(cells.to_crs("EPSG:5897"), "share", indicators.classes("app_users"))

    def run(share):
        opened = package.open_deck()
        made = opened.slides.add_slide(opened.slide_layouts[0])
        areas.draw(made.shapes, page.Room(36, 110, 888, 340), land[share], name="map", alt="")

    grows_less_than(8, run, 0.02, 0.08)  # quadratic would be 16 times


def test_charts_are_native_and_a_row_is_a_series_of_two_points(seen):
    charts = [chart for one in seen["vi"] for chart in one.charts]
    assert len(charts) == 8
    short = {code: places.label(code) for code in places.districts().index}
    [order] = named(seen["vi"], "order").charts
    assert {len(points) for points in order.values()} == {1, 2}
    assert all(len(order[label]) == 2 for label in short.values())
    for label in short.values():
        (low, y), (high, same) = order[label]
        assert low < high
        assert y == same


def test_the_scale_of_intervals_has_the_colours_of_the_map(decks):
    classes, strip, found = indicators.classes("app_users"), words.term("slides.class"), []
    for _, shape in legible.shapes_of(decks["vi"]):
        if getattr(shape, "has_chart", False):
            parts = [one for one in shape.chart.plots[0].series if one.name == strip]
            ends = [list(map(float, one._element.xpath("./c:xVal//c:v/text()"))) for one in parts]
            colours = [f"#{one.format.line.color.rgb}".lower() for one in parts]
            found += sorted(zip(ends, colours, strict=True))
    assert [colour for _, colour in found] == list(classes.colours)
    assert [high for (_, high), _ in found[:-1]] == list(classes.breaks)
    assert [low for (low, _), _ in found[1:]] == list(classes.breaks)


def test_marks_lie_on_intervals_and_these_on_ticks_in_powerpoint_and_in_libreoffice(decks):
    """PowerPoint draws by the order that is written, LibreOffice the first of the file on top."""
    found = 0
    for _, shape in legible.shapes_of(decks["vi"]):
        if not getattr(shape, "has_chart", False) or not shape.chart._chartSpace.xpath(".//c:xVal"):
            continue
        file = [int(one) for one in shape.chart._chartSpace.xpath(".//c:ser/c:order/@val")]
        assert file == sorted(file, reverse=True)
        points = agreement.chart_numbers(shape.chart)
        across = [name for name, at in points.items() if len({x for x, _ in at}) < len(at)]
        rows = list(agreement.drawn_rows(points))
        order = [*across, *(name for name in rows if len(points[name]) == 2)]
        order += [name for name in rows if len(points[name]) == 1]
        assert [name for name in points if name in order] == order
        found += 1
    assert found > 4


# --- readable ---


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_no_letter_is_smaller_than_18_points_or_not_arial(decks, language):
    found = 0
    for number, _, _, frame, where in legible.frames_of(decks[language]):
        for paragraph in frame.paragraphs:
            for run in paragraph.runs:
                found += 1
                assert run.font.size >= Pt(text.SMALLEST), (number, where)
                assert run.font.name == "Arial", (number, where)
    assert found > 250
    for _, shape in legible.shapes_of(decks[language]):
        if getattr(shape, "has_chart", False):
            xml = shape.chart._chartSpace.xml
            assert all(int(size) >= 1800 for size in re.findall(r'sz="(\d+)"', xml))
            assert set(re.findall(r'latin typeface="([^"]+)"', xml)) == {"Arial"}
    (theme,) = {
        one.blob
        for one in decks[language].slide_master.part.package.iter_parts()
        if "theme1" in one.partname
    }
    assert b'<a:latin typeface="Arial"' in theme
    assert b'<a:latin typeface="Calibri' not in theme


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_no_text_runs_out_of_its_box(decks, language):
    assert legible.within(decks[language]) > 200


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_no_line_below_a_title_is_cut(decks, language):
    with words.use(language):
        name = words.term("slides.under_name")
    said = [
        shape.text_frame.text
        for slide in decks[language].slides
        for shape in slide.shapes
        if shape.name == name
    ]
    assert len(said) > 10
    assert [one for one in said if one.endswith("…")] == []


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_no_text_lies_on_another_or_outside_the_slide(decks, language):
    legible.apart(decks[language])


def test_the_overlap_check_can_fail(decks):
    kept = io.BytesIO()
    decks["vi"].save(kept)
    for at in ("on another", "outside"):
        copy = Presentation(kept)
        one = copy.slides[0]
        first, second = [shape for shape in one.shapes if shape.has_text_frame and shape.text][:2]
        first.left, first.top = second.left, second.top if at == "on another" else -9_000_000
        with pytest.raises(AssertionError):
            legible.apart(copy)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_whoever_cannot_see_it_hears_what_it_shows(decks, language):
    found = 0
    for number, shape in legible.shapes_of(decks[language]):
        kind = shape.shape_type.name if shape.shape_type else ""
        if kind in DRAWN or getattr(shape, "has_chart", False):
            alt = shape._element.xpath(".//p:cNvPr")[0].get("descr", "")
            assert len(alt) > 3, (number, shape.name)
            found += 1
    assert found > 70
    long = [
        one for slide in agreement.slides(decks[language]) for one in slide.alt if len(one) > 80
    ]
    assert len(long) > 10


def test_speaker_notes_say_source_method_and_limits(seen):
    for name, one in zip(SLIDES_OF_DEMO, seen["vi"], strict=True):
        if name in SAID:
            continue
        assert one.notes.count("Cách tính: ") >= 1
        assert one.notes.count("Giới hạn: ") >= 1
        assert "Nguồn: " in one.notes
        assert len(one.notes) > 300
    last = named(seen["vi"], "last").notes
    assert "Nguồn" in last
    assert len(last) > 300


# --- honest ---


def test_what_is_simulated_says_so_on_the_figure_itself(decks, seen):
    banner = words.term("words.simulated")
    for number, (slide, one) in enumerate(zip(decks["vi"].slides, seen["vi"], strict=True)):
        name = one.title[:40]
        if SLIDES_OF_DEMO[number] == "last":
            continue  # sources
        # the banner says it first, on the slide and in the notes: the title is for reading aloud
        assert "mô phỏng" not in one.title, name
        assert one.notes.startswith(banner), name
        where = []
        for shape in agreement.every_shape(slide.shapes):
            if getattr(shape, "has_chart", False):
                title = shape.chart.chart_title.text_frame.text
                where.append(title)
                assert title == banner, name
            elif getattr(shape, "has_table", False):
                last = list(shape.table.rows)[-1].cells[0]
                where.append(last.text)
                assert last.is_merge_origin
            elif shape.has_text_frame:
                where.append(agreement.plain(shape))
        assert banner in where, name


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_no_slide_has_a_number_without_banner_source_date_and_stamp(decks, language):
    found = 0
    with words.use(language):
        banner, nothing = words.term("words.simulated"), passport.of([]).hash
        open_to_all = words.term("slides.open")
        head = words.term("maps.source", source="|", as_of="|").split("|")[0]
    for one in agreement.slides(decks[language]):
        texts = [
            *one.texts,
            *one.above,
            *(cell for rows in one.tables for row in rows for cell in row),
        ]
        body = [text for text in texts if "hganalysis" not in text and not text.isdigit()]
        assert not any(nothing in text for text in texts), one.title
        if any(map(NUMBER.search, body)):
            found += 1
            assert banner in texts, one.title
            assert any(text.startswith(head) for text in texts), one.title
            assert any(re.search(r"[0-9a-f]{12} ", text) for text in texts), one.title
            assert open_to_all not in texts
    assert found == len(SLIDES_OF_DEMO) - 1


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_no_date_is_written_as_a_program_does(decks, language):
    for slide in decks[language].slides:
        texts = [shape.text_frame.text for shape in agreement.every_shape(slide.shapes)
                 if shape.has_text_frame]  # fmt: skip
        said = " ".join([*texts, slide.notes_slide.notes_text_frame.text])
        assert not re.search(r"\b20\d\d-\d\d-\d\d\b", said)


def test_what_says_the_answers_again_names_each_date_once_and_is_stamped_with_all(gathered):
    one = three_answers.opening(gathered)
    years = frames.taken(gathered.reports, "headline")
    assert one.figure.as_of == findings.period(*years)
    shown = [every.slide for every in three_answers.Answers(gathered)]
    both = deck._behind([uptake.files(gathered), *shown])
    assert both.figure.as_of == findings.period(*gathered.both("files"), *years)
    stamps = {every.figure.passport.hash for every in (one, both, *shown)}
    assert len(stamps) == 5


@pytest.mark.parametrize("more", [0, 20])
def test_a_banner_of_two_lines_has_even_lines_and_air_on_both_sides(more):
    opened = package.open_deck()
    shapes = opened.slides.add_slide(opened.slide_layouts[0]).shapes
    wide, tall = page.banner_size(lines=2)
    made = page.banner(shapes, page.Room(0, 0, wide + more, tall))
    lines = made.text_frame.text.split("\v")
    assert [len(line.split()) for line in lines] == [2, 2]
    assert max(text.width(line, 20, bold=True) for line in lines) <= wide - 20


def test_a_simulated_map_cannot_be_taken_from_its_banner_by_accident(decks):
    banner = words.term("words.simulated")
    groups = [
        shape
        for _, shape in legible.shapes_of(decks["vi"])
        if shape.shape_type and shape.shape_type.name == "GROUP" and shape.name != "Chú giải"
    ]
    assert len(groups) == 11
    for group in groups:
        locked = bool(group._element.xpath("./p:nvGrpSpPr/p:cNvGrpSpPr/a:grpSpLocks[@noUngrp='1']"))
        inside = [agreement.plain(one) for one in group.shapes if one.has_text_frame]
        charts = [one.chart for one in group.shapes if getattr(one, "has_chart", False)]
        titles = [one.chart_title.text_frame.text for one in charts if one.has_title]
        assert locked == (banner in [*inside, *titles])
    assert all(bool(one._element.xpath(".//a:grpSpLocks")) for one in groups)


def test_real_reports_have_no_banner(part, reports):
    real = reports.assign(origin="reported")
    opened = Presentation(part(real, only={"headline", "where", "changed", "emulation"}))
    found = agreement.slides(opened)
    banner = words.term("words.simulated")
    assert banner not in "\n".join(one for slide in found for one in slide.texts)
    assert banner not in "\n".join(str(one.tables) for one in found)
    assert not any("mô phỏng" in slide.title for slide in found)
    for _, shape in legible.shapes_of(opened):
        if getattr(shape, "has_chart", False):
            assert not shape.chart.has_title
        assert not shape._element.xpath("./p:nvGrpSpPr/p:cNvGrpSpPr/a:grpSpLocks")


def test_one_simulated_commune_puts_the_banner_on(part, reports):
    mixed = reports.assign(origin="reported")
    row = mixed.index[(mixed["indicator"] == "app_users") & (mixed["year"] == 2022)][40]
    mixed.loc[row, "origin"] = "simulated"
    found = agreement.slides(Presentation(part(mixed, only={"where"})))
    banner = words.term("words.simulated")
    assert found[0].texts.count(banner) == 1  # on the map of that year, not on the other
    assert found[0].notes.startswith(banner)


@pytest.mark.parametrize("year", [2022, 2023])
def test_one_simulated_year_puts_the_banner_on_the_slide_of_both(part, reports, year):
    origin = (reports["year"] == year).map({True: "simulated", False: "reported"})
    found = agreement.slides(Presentation(part(reports.assign(origin=origin), only={"headline"})))
    assert words.term("words.simulated") in found[0].texts


@pytest.mark.parametrize("simulated", [True, False])
def test_one_simulated_slide_makes_the_file_say_so(part, reports, simulated):
    of_it = simulated & (reports["indicator"] == "files_online")
    mixed = reports.assign(origin=of_it.map({True: "simulated", False: "reported"}))
    with zipfile.ZipFile(part(mixed, only={"changed", "files"})) as archive:
        properties = archive.read("docProps/custom.xml").decode()
    assert (words.term("words.simulated") in properties) == simulated


def test_what_is_hidden_is_in_no_shape_chart_or_workbook(part, reports):
    district = places.communes()["district_code"]
    hidden = reports["code"].map(district).eq("931") & (reports["indicator"] == "app_users")
    few = reports.assign(count=reports["count"].mask(hidden, 0))
    file = part(few, only={"where", "changed", "order"})
    found = agreement.slides(Presentation(file))
    state = state_name("suppressed")
    assert found[0].maps[0]["931"] == state
    label = places.label("931")
    order = found[-1]
    for one in (found[1], order):
        for chart in one.charts:
            assert not any(label in series for series in agreement.drawn_rows(chart))
    assert order.texts[order.texts.index(label) + 1] == state  # why there is no number
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if name.endswith(".xlsx"):
                book = load_workbook(io.BytesIO(archive.read(name)))
                cells = [cell.value for row in book["Sheet1"] for cell in row]
                assert label not in cells


def stroke(series):
    """Give the colour of the line or of the marks of a series; nothing where it has neither."""
    for line in (series.format.line, series.marker.format.line):
        if line.fill.type == MSO_FILL.SOLID:
            return f"#{line.color.rgb}".lower()
    return ""


@pytest.mark.parametrize("slide", ["changed", "files"])
def test_only_a_change_beyond_chance_is_coloured(part, reports, monkeypatch, slide):
    plain = change.difference
    ends = {  # all rose or fell as they did, but chance reaches over 0, or up to it, in some
        "930": (0.1, 9.0), "931": (-0.1, 9.0), "932": (-9.0, 0.1), "933": (-9.0, -0.1),
        "934": (0.0, 9.0), "935": (-9.0, 0.0), "936": (float("nan"), float("nan")),
        "937": (-9.0, 9.0),
    }  # fmt: skip

    def uncertain(*args, **choices):
        table = plain(*args, **choices)
        if set(table["code"]) != set(ends):
            return table
        low, high = (
            table["code"].map({one: both[at] for one, both in ends.items()}) for at in (0, 1)
        )
        rose = table["code"].map({"933": -5.0, "932": -5.0, "935": -5.0}).fillna(5.0)
        return table.assign(change_low_pp=low, change_high_pp=high, change_pp=rose)

    monkeypatch.setattr(change, "difference", uncertain)
    presentation = Presentation(part(reports, only={slide}))
    [chart] = [
        shape.chart
        for _, shape in legible.shapes_of(presentation)
        if getattr(shape, "has_chart", False)
    ]
    wanted = dict.fromkeys(ends, style.GREY) | {"930": style.RISE, "933": style.FALL}
    found = {}
    for series in chart.plots[0].series:
        for code in ends:
            if stroke(series) and series.name.split(":")[0].endswith(places.label(code)):
                found.setdefault(code, set()).add(stroke(series))
    assert {code: {colour.lower()} for code, colour in wanted.items()} == found
    assert len({style.RISE, style.FALL, style.GREY}) == 3


def test_a_district_that_carries_the_estimate_is_coloured_and_no_other(part, monkeypatch):
    plain = effect.leave_one_out

    def carried(*args, **columns):
        refits = plain(*args, **columns).assign(sign_changes=False, moves_over_one_se=False)
        refits.loc["931", "sign_changes"] = True
        refits.loc["933", "moves_over_one_se"] = True
        return refits

    monkeypatch.setattr(effect, "leave_one_out", carried)
    file = part(frames.reports(), frames.teams(), only={"left_out"})
    [chart] = [
        shape.chart
        for _, shape in legible.shapes_of(Presentation(file))
        if getattr(shape, "has_chart", False)
    ]
    colours = {one.name: stroke(one) for one in chart.plots[0].series if stroke(one)}
    labels = {code: places.label(code) for code in places.districts().index}
    found = {
        code: {colour for name, colour in colours.items() if name.split(":")[0].endswith(label)}
        for code, label in labels.items()
    }
    moved = {"931", "933"}
    assert found == {
        code: {style.FALL.lower() if code in moved else style.QUIET.lower()} for code in labels
    }
    assert len({style.FALL, style.QUIET, style.MAIN}) == 3


def test_a_map_is_named_by_the_year_that_it_shows(part, reports):
    opened = Presentation(part(reports, only={"where"}))
    districts = rates.to_districts(reports)
    groups = {
        shape.name: shape
        for slide in opened.slides
        for shape in agreement.every_shape(slide.shapes)
        if shape.shape_type and shape.shape_type.name == "GROUP"
    }
    for year in (2022, 2023):
        [group] = [one for name, one in groups.items() if str(year) in name]
        shares = rates.pick(districts, indicators.get("app_users", year=year))
        told = " ".join(group._element.xpath(".//p:sp//p:cNvPr/@descr"))
        for share in shares["share"]:
            assert words.percent(share) in told


def test_of_an_estimate_that_may_be_nothing_it_is_not_said_what_would_overturn_it(reports, teams):
    found = facts.gather(reports, teams, None)
    assert relation.robustness(found).figure.rows
    # dealt out anew among the communes, members go with nothing
    members = teams["members"].sample(frac=1, random_state=1).to_numpy()
    found = facts.gather(reports, teams.assign(members=members), None)
    assert found.relation.headline.low < 0 < found.relation.headline.high
    with pytest.raises(facts.Missing):
        relation.robustness(found)


@pytest.mark.parametrize("measure", USED)
def test_a_legend_has_its_borders_between_classes_and_the_states_of_all_its_maps(reports, measure):
    classes = indicators.classes(measure)
    rows = rates.to_districts(reports).query("indicator == @measure and year == 2022")
    states = ["suppressed", "no data"]
    shown = [
        prepare(maps.locate(rows.assign(state=state), places.areas()), "share", classes)
        for state in states
    ]
    made = Presentation()
    shapes = made.slides.add_slide(made.slide_layouts[6]).shapes
    legend.draw(shapes, ROOM, shown)
    [group] = shapes
    colours = [one for one in group.shapes if one.shape_type.name == "AUTO_SHAPE"]
    said = {one.text_frame.text: one for one in group.shapes if one.shape_type.name == "TEXT_BOX"}
    colours = colours[: len(classes.colours)]
    for edge, left, right in zip(
        words.series(classes.breaks, classes), colours, colours[1:], strict=False
    ):
        middle = said[edge].left + said[edge].width / 2
        assert middle == pytest.approx(right.left, abs=page.POINT)
        assert left.left + left.width == pytest.approx(right.left, abs=page.POINT)
    marks = [one.left for one in group.shapes if one.shape_type.name == "LINE"]
    at = [] if classes.target is None else [classes.breaks.index(classes.target) + 1]
    assert marks == [colours[number].left for number in at]
    assert {state_name(state) for state in states} <= set(said)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_legend_names_once_the_unit_that_its_numbers_leave_out(reports, language):
    before, after = (indicators.get("app_users", year=year) for year in (2022, 2023))
    with words.use(language):
        classes = indicators.classes("app_users", of_change=True)
        moved = change.difference(reports, before=before, after=after)
        shown = prepare(maps.locate(moved, places.areas()), "change_pp", classes)
        shapes = (made := Presentation()).slides.add_slide(made.slide_layouts[6]).shapes
        legend.draw(shapes, ROOM, [shown])
        unit = words.short_unit(classes)
        bare = words.series(classes.breaks, classes, bare=True)
    [group] = shapes
    said = [one.text_frame.text for one in group.shapes if one.shape_type.name == "TEXT_BOX"]
    assert said.count(unit) == 1
    assert set(bare) <= set(said)


def test_a_place_without_a_number_is_hatched_and_a_known_one_is_not(part, reports, teams):
    home = reports["code"].map(places.communes()["district_code"])
    missing = reports.assign(count=reports["count"].mask(home == "931"))
    opened = Presentation(part(missing, teams, only={"where", "teams"}))
    states = [state_name(state) for state in LOOKS]
    seen = set()
    for slide in opened.slides:
        for shape in agreement.every_shape(slide.shapes):
            if shape.shape_type and shape.shape_type.name == "FREEFORM":
                [told] = shape._element.xpath(".//p:cNvPr/@descr")
                said = any(state in told for state in states)
                assert (shape.fill.type.name == "PATTERNED") == said, told
                seen.add(said)
    assert seen == {True, False}


def test_the_hollow_mark_is_the_year_before_and_the_full_one_the_year_after(part, reports):
    opened = Presentation(part(reports, only={"files"}))
    [chart] = [
        one.chart
        for slide in opened.slides
        for one in agreement.every_shape(slide.shapes)
        if getattr(one, "has_chart", False)
    ]
    marks = {one.name: list(one.iter_values()) for one in chart.plots[0].series}
    xs = {
        one.name: float(one._element.xpath("./c:xVal//c:v")[0].text)
        for one in chart.plots[0].series
    }
    assert marks
    for year in (2022, 2023):
        measure = indicators.get("files_online", year=year)
        shares = rates.pick(rates.to_districts(reports), measure)["share"]
        named = [x for name, x in xs.items() if name.endswith(f": {measure.when}")]
        assert sorted(named) == pytest.approx(sorted(shares))


@pytest.mark.parametrize("origin", ["simulated", "reported"])
def test_a_chart_says_to_who_hears_it_that_it_is_simulated(part, reports, origin):
    opened = Presentation(part(reports.assign(origin=origin), only={"changed", "files", "order"}))
    heard = [
        said
        for slide in opened.slides
        for shape in agreement.every_shape(slide.shapes)
        if getattr(shape, "has_chart", False) or getattr(shape, "has_table", False)
        for said in shape._element.xpath("./*/p:cNvPr/@descr")
    ]
    assert len(heard) >= 2
    banner = words.term("words.simulated")
    assert {banner in one for one in heard} == {origin == "simulated"}


def test_missing_years_teams_and_files_drop_their_slides_and_the_last_one_says_so(
    reports, tmp_path
):
    one_year = reports[(reports["indicator"] == "app_users") & (reports["year"] == 2022)]
    found = agreement.slides(Presentation(slides.write(tmp_path / "few.pptx", one_year)))
    there = {"opening", "where", "headline", "emulation", "order"}
    assert len(found) == len(there) + len(["last", "appendix"])
    contents = {one.__name__ for one in (*deck.CONTENTS, *deck.APPENDIX)}
    lacking = contents - there - {"years", "years_of_files", "too_regular"}  # nobody asked
    assert len(lacking) == 11
    # who reads only the first slide learns which questions have no answer
    assert found[0].title == words.term("slides.opening_some", answered=1, asked=3)
    none = [one for one in found[0].texts if words.term("slides.asked_changed") in one]
    assert any(words.term("slides.unanswered", reason="")[:9] in one for one in none)
    last = found[len(there) - 1]
    for name in lacking:  # for who speaks, not for the hall
        assert f"“{words.term(f'slides.name_{name}')}”" not in " ".join(last.texts)
        assert f"“{words.term(f'slides.name_{name}')}”" in last.notes


def test_every_slide_and_every_reason_has_words():
    source = "\n".join(file.read_text(encoding="utf-8") for file in SLIDES.glob("*.py"))
    reasons = set(re.findall(r'msg = "([a-z ]+)"\n +raise Missing', source)) | {"headline", "files"}
    assert len(reasons) >= 7
    for reason in reasons:
        assert f"slides.missing_{reason.replace(' ', '_')}" in words.strings()
    for make in (*deck.CONTENTS, *deck.APPENDIX):
        assert f"slides.name_{make.__name__}" in words.strings()
    used = set(re.findall(r'term\(\s*f?"(slides\.[a-z_0-9]+)"', source))
    assert used <= set(words.strings())


def test_no_text_of_a_slide_claims_a_cause():
    forbidden = re.compile(
        r"\b(làm tăng|nhờ|chứng minh|tác động|drives?|proves?|per person|because of|leads? to)\b",
        re.IGNORECASE,
    )
    texts = {
        key: text
        for key, entry in words.strings().items()
        if key.startswith("slides.")
        for text in entry.values()
    }
    assert len(texts) > 100
    assert [key for key, said in texts.items() if forbidden.search(said)] == []


# --- the same numbers everywhere ---


def test_maps_show_the_shares_of_the_tables(seen, reports):
    districts = rates.to_districts(reports)
    values = named(seen["vi"], "where").maps
    for year, shown in ((2023, values[0]), (2022, values[1])):
        measure = indicators.get("app_users", year=year)
        table = findings.table(rates.pick(districts, measure))
        column = words.term("columns.share")
        expected = dict(table[column])
        for code, said in shown.items():
            assert said.split(" (")[0] == expected[places.name(code)], (year, code)
    density = rates.density(frames.teams().query("year == 2022"), level="district")
    for code, value in density.set_index("code")["members_per_1000"].items():
        said = named(seen["vi"], "teams").maps[0][code].replace(",", ".")
        assert float(said) == pytest.approx(value, abs=0.0051)


def test_charts_hold_the_numbers_of_the_frames(seen, reports):
    for slide, name in (("changed", "app_users"), ("files", "files_online")):
        before, after = (indicators.get(name, year=year) for year in (2022, 2023))
        frame = change.difference(reports, before=before, after=after).set_index("code")
        shown = named(seen["vi"], slide)
        chart = shown.charts[0]
        for code, row in frame.iterrows():
            points = chart[places.label(code)]
            drawn = sorted(point[0] for point in points)
            wanted = sorted([row["share_before"], row["share_after"]])
            assert drawn == pytest.approx(wanted, abs=1e-12)
            signed = words.number(row["change_pp"], decimals=1, signed=True)
            assert any(signed in said for said in shown.texts), (name, code)


def test_rows_of_estimates_are_those_of_the_ladder(seen, reports, teams):
    outcome = indicators.get("app_users", year=2022)
    columns = {
        "count": "count",
        "exposure": "members_per_1000",
        "offset": "population",
        "cluster": "district_code",
        "controls": ["urban"],
    }
    units = effect.units(reports, teams, indicator=outcome)
    ladder = effect.ladder(effect.columns(units, **columns), neighbours=places.neighbours())
    table = findings.table(ladder.table())
    rungs = next(one for one in seen["vi"] if one.title == findings.titles.rungs(ladder))
    ratio, interval = words.term("columns.rate_ratio"), words.term("columns.rate_ratio_interval")
    for rung, row in table.iterrows():
        low, high = agreement.figures(row[interval].replace("95", "", 0))
        said = f"{row[ratio]} ({low}–{high})"
        assert sum(one.startswith(said) for one in rungs.texts) == 1, rung
        low_x, high_x = (point[0] for point in rungs.charts[0][words.term(f"charts.rung_{rung}")])
        assert [words.number(end, decimals=2) for end in (low_x, high_x)] == [low, high]


def test_what_is_said_of_an_estimate_stands_at_its_numbers(seen, gathered):
    found = gathered.relation.headline
    _, low, high = words.ratios(found.rate_ratio, found.rate_ratio_low, found.rate_ratio_high)
    level = words.percent(found.level, decimals=0)
    interval = words.term("slides.interval", level=level, low=low, high=high)
    assert any(interval in said for one in seen["vi"] for said in one.texts)
    [strong] = [one for one in seen["vi"] if words.term("charts.now") in one.texts]
    times = [words.term("charts.times_as_strong", times=number) for number in (2, 3)]
    rows = [words.term("charts.now"), words.term("charts.as_strong"), *times]
    assert list(agreement.drawn_rows(strong.charts[0]))[:4] == rows


@pytest.mark.parametrize(("slide", "named"), [("order", "share_head"), ("left_out", "estimate")])
def test_the_highest_place_of_a_chart_is_on_top(part, reports, teams, slide, named):
    [chart, *_] = agreement.slides(Presentation(part(reports, teams, only={slide})))[-1].charts
    end = f": {words.term(f'charts.{named}')}"
    marks = [(y, x) for name, points in chart.items() for x, y in points if name.endswith(end)]
    assert len(marks) == 8
    assert [x for _, x in sorted(marks)] == sorted(x for _, x in marks)


@pytest.mark.parametrize("districts", [3, 4])
def test_of_three_places_nobody_is_told_who_is_among_the_first_three(reports, teams, districts):
    codes = places.districts().index[:districts]
    some = reports[places.parents(reports["code"], "district").isin(codes)]
    found = facts.gather(some, teams, None)
    if districts == 4:
        assert len(uptake.emulation(found).figure.rows[0]) == 4
        return
    with pytest.raises(facts.Missing, match="fourth place"):
        uptake.emulation(found)


def test_the_last_slide_says_which_teams_are_not_here(seen):
    said = words.term("slides.other_teams", year=2022, years="2023")
    assert said in named(seen["vi"], "last").notes


def test_the_emulation_table_is_that_of_the_ranks(seen, reports):
    found = ranks.rank_sets(reports, indicator=indicators.get("app_users", year=2023))
    (table,) = next(one.tables for one in seen["vi"] if "ba hạng đầu" in one.title)
    assert "¹ kém tin cậy" in table[-2][0]
    for row, (code, wanted) in zip(table[1:-2], found.iterrows(), strict=True):
        assert row[0] == places.label(code)
        assert row[1] == str(wanted["rank"])
        mark = " ¹" * (wanted["state"] == "unreliable")
        assert row[2] == words.percent(wanted["share"]) + mark
        ends = [str(wanted["rank_low"]), str(wanted["rank_high"])]
        assert agreement.figures(row[3].replace("–", " ")) == list(dict.fromkeys(ends))
        # all of them could be, as the title says: that is no column
        assert (wanted["could_be_first_three"], wanted["surely_first_three"]) == (True, False)
        assert len(row) == 4


def test_what_is_no_share_is_not_headed_as_one():
    with Study.open("india_2023").use(), words.use("en"):
        measure = frames.latest(frames.reports(), "headline")
        found = ranks.rank_sets(frames.reports(), indicator=measure)
        assert "Ratio" in figures.emulation(found, indicator=measure).heads
        assert "Share" not in figures.emulation(found, indicator=measure).heads


def test_the_emulation_table_says_of_each_whether_it_is_among_three_where_that_differs(reports):
    measure = indicators.get("app_users", year=2023)
    found = ranks.rank_sets(reports, indicator=measure)
    assert {len(row) for row in figures.emulation(found, indicator=measure).rows} == {4}
    some = found.assign(
        surely_first_three=[True] + [False] * 7, could_be_first_three=[True] * 5 + [False] * 3
    )
    table = figures.emulation(some, indicator=measure)
    said = [row[4].text for row in table.rows]
    assert said == ["chắc chắn", *["có thể"] * 4, *["không"] * 3]
    assert len(table.heads) == 5


def test_platforms_show_share_and_interval_of_each(seen, reports):
    (table,) = named(seen["vi"], "platforms").tables
    districts = rates.to_districts(reports)
    first = rates.pick(districts, indicators.get("app_users", year=2022))
    highest = first.sort_values("share", ascending=False)["code"]
    for column, name in ((1, "app_users"), (2, "ewallet_users"), (3, "online_service_users")):
        rows = rates.pick(districts, indicators.get(name, year=2022)).set_index("code")
        assert "¹ kém tin cậy" in table[-2][0]
        for row, code in zip(table[1:-2], highest, strict=True):
            assert row[0] == places.label(code)
            one = rows.loc[code]
            span = words.span(one["share_low"], one["share_high"], "share")
            mark = " ¹" * (one["state"] == "unreliable")
            assert row[column] == f"{words.percent(one['share'])} ({span}){mark}"


def test_without_an_unreliable_number_no_mark_and_no_note_stand(reports):
    measure = indicators.get("app_users", year=2022)
    shares = rates.pick(rates.to_districts(reports), measure).assign(state="known")
    found = ranks.rank_sets(reports, indicator=measure).assign(state="known")
    beside = figures.side_by_side(shares, measures=[measure], heads=["x"], ordered=measure)
    for table in (beside, figures.emulation(found, indicator=measure)):
        assert table.note == ""
        assert "¹" not in " ".join(table.said)


@pytest.mark.parametrize("state", ["suppressed", "not comparable"])
def test_a_table_of_measures_tells_nothing_of_a_share_that_must_not_be_shown(reports, state):
    measure = indicators.get("app_users", year=2022)
    shares = rates.pick(rates.to_districts(reports), measure)
    highest = shares["share"].idxmax()
    hidden = shares.assign(state=shares["state"].mask(shares.index == highest, state))
    table = figures.side_by_side(hidden, measures=[measure], heads=["x"], ordered=measure)
    label, cell = table.rows[-1]  # not where its share would put it
    assert label.text == places.label(shares["code"].loc[highest])
    assert (cell.text, cell.colour) == (
        state_name(state),
        LOOKS[state].colour,
    )


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_number_of_a_title_stands_in_its_notes_too(seen, language):
    """Or on the slide itself: a title rounds, and says nothing else."""
    for one in seen[language][:-1]:
        said = [
            one.notes,
            *one.texts[1:],
            *(cell for table in one.tables for row in table for cell in row),
        ]
        missing = set(agreement.figures(one.title)) - set(agreement.figures(" ".join(said)))
        # what a title counts: rows of its table or chart, platforms, residents; years
        counted = {"1", "2", "3", "5", "6", "8", "100", "2022", "2023", "2022–2023"}
        if "100" in missing:  # so many of a hundred: a share of the slide, rounded
            shares = re.findall(r"(\d+)[.,](\d) ?%", " ".join(said).replace("\xa0", " "))
            counted |= {str(round(float(f"{whole}.{part}"))) for whole, part in shares}
        assert missing <= counted, (one.title, missing)


def test_both_languages_show_the_same_numbers(seen):
    assert len(seen["vi"]) == len(seen["en"])
    for one, other in zip(seen["vi"], seen["en"], strict=True):
        for chart, again in zip(one.charts, other.charts, strict=True):
            with words.use("en"):
                told = list(agreement.drawn_rows(again).values())
            assert list(agreement.drawn_rows(chart).values()) == told
        assert [set(values) for values in one.maps] == [set(values) for values in other.maps]


# --- safe, and the same again ---


def workbooks(file):
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if name.endswith(".xlsx"):
                yield name, archive.read(name)


def test_the_workbook_of_a_chart_holds_what_is_drawn(files, decks):
    found = 0
    charts = [
        shape.chart
        for _, shape in legible.shapes_of(decks["vi"])
        if getattr(shape, "has_chart", False)
    ]
    for chart in charts:
        blob = chart.part.chart_workbook.xlsx_part.blob
        book = load_workbook(io.BytesIO(blob))
        drawn = list(chart_data.cells(chart))
        for row, column, value in drawn:
            assert book["Sheet1"].cell(row + 1, column + 1).value == pytest.approx(value)
            found += 1
        filled = sum(cell.value is not None for row in book["Sheet1"] for cell in row)
        assert filled == len({(row, column) for row, column, _ in drawn})
        for kind in ("num", "str"):  # each first point stands where its formula begins
            for reference in chart._chartSpace.iter(qn(f"c:{kind}Ref")):
                first = reference.findtext(qn("c:f")).partition("!")[2].split(":")[0]
                point = next(reference.iter(qn("c:pt")))
                said = point.findtext(qn("c:v"))
                if point.get("idx") == "0":
                    wanted = float(said) if kind == "num" else said
                    assert book["Sheet1"][first.replace("$", "")].value == pytest.approx(wanted)
        about = [row[0].value for row in book["hganalysis"]]
        assert any("Nguồn" in line for line in about)
        if chart.has_title:
            assert about[0] == words.term("words.simulated")
    assert found > 200
    assert len(list(workbooks(files["vi"]))) == 8


NASTY = [
    '=HYPERLINK("http://x")',
    "@SUM(1)",
    "<script>&amp;",
    "a\x00b\x0bc\ud800",
    "{0}",
    "ự" * 5000,
]


@pytest.mark.parametrize("nasty", NASTY)
def test_a_name_of_a_users_file_is_text_and_nothing_else(nasty):
    opened = package.open_deck()
    made = opened.slides.add_slide(opened.slide_layouts[0])
    room = page.Room(36, 100, 888, 300)
    row = Row(nasty[:60], 0.2, ((0.1, 0.3),), (nasty[:60],), start=0.15)
    line, scale = Line(0.2, nasty[:60], "#000000"), Scale(nasty, "share")
    panel = Rows((row, row), scale, simulated=True, lines=(line,), marks=(nasty, nasty))
    draw(panel, made.shapes, room, caption=native.Caption("x", nasty, [nasty]))
    page.write(made.shapes, room, nasty, name=nasty)
    content = package.close_deck(opened, title=nasty, properties={"a": nasty})
    again = Presentation(io.BytesIO(content))
    (blob,) = [blob for _, blob in workbooks(io.BytesIO(content))]
    for sheet in load_workbook(io.BytesIO(blob)):
        assert all(cell.data_type != "f" for line in sheet for cell in line)
        assert all(cell.hyperlink is None for line in sheet for cell in line)
    said = [agreement.plain(shape) for _, shape in legible.shapes_of(again) if shape.has_text_frame]
    assert any(text.clean(nasty)[:8] in one for one in said)
    assert all(len(one) <= text.LONGEST for one in said)


def test_the_same_numbers_give_the_same_bytes(gathered, files, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    first = files["vi"].read_bytes()
    assert deck.deck(gathered) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
        assert "created" not in core
        assert "modified" not in core
    for _, blob in workbooks(io.BytesIO(first)):
        book = load_workbook(io.BytesIO(blob))
        assert book.properties.created.year == 1980


def test_the_passport_is_in_the_footer_and_in_the_file(files, decks):
    found = passport.read(files["vi"])
    assert found.reason == ""
    assert found.passport.version
    with zipfile.ZipFile(files["vi"]) as archive:
        assert found.passport.hash in archive.read("docProps/custom.xml").decode()
        types = archive.read("[Content_Types].xml").decode()
        assert "custom-properties" in types
    for name, slide in zip(SLIDES_OF_DEMO, decks["vi"].slides, strict=True):
        if name in {"last", "appendix"}:
            continue
        footers = [
            shape for shape in slide.shapes if shape.name == words.term("slides.passport_name")
        ]
        assert len(footers) == 1
        assert re.search(r"[0-9a-f]{12} · hganalysis", agreement.plain(footers[0]))


def test_numbers_of_slides_are_fields_that_follow_where_a_slide_moves(decks):
    for number, slide in enumerate(decks["vi"].slides, start=1):
        [field] = slide._element.xpath(".//a:fld[@type='slidenum']")
        assert field.xpath("string()") == str(number)
        size = field.xpath("./a:rPr/@sz")[0]
        assert {size} == set(field.getparent().xpath("./a:r/a:rPr/@sz"))


def test_other_numbers_give_another_passport(part, reports):
    first = passport.read(part(reports, only={"headline"}, name="one")).passport
    more = reports.assign(count=reports["count"] + (reports["code"] == "31318") * 400)
    second = passport.read(part(more, only={"headline"}, name="two")).passport
    assert first.hash != second.hash
    assert first.recipe == second.recipe


# --- the geometry ---


def rings_of(shape):
    """Read the rings of a freeform, in EMU of the slide."""
    found = []
    for element in shape._element.xpath(".//a:path")[0]:
        kind = element.tag.split("}")[1]
        if kind == "moveTo":
            found.append([])
        if kind in {"moveTo", "lnTo"}:
            point = element.xpath("./a:pt")[0] if hasattr(element, "xpath") else None
            found[-1].append((int(point.get("x")) + shape.left, int(point.get("y")) + shape.top))
    return found


def test_neighbours_still_meet(decks):
    shapes = [
        shape
        for shape in agreement.every_shape(named(list(decks["vi"].slides), "teams").shapes)
        if shape.shape_type and shape.shape_type.name == "FREEFORM"
    ]
    polygons = [Polygon(rings_of(shape)[0]) for shape in shapes]
    assert all(one.is_valid for one in polygons)
    whole = shapely.union_all(polygons)
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0
    assert sum(one.area for one in polygons) == pytest.approx(whole.area, rel=1e-9)
    land = places.areas()
    parts = [one.area / whole.area for one in polygons]
    wanted = (land.area / land.area.sum()).tolist()
    assert parts == pytest.approx(wanted, abs=0.003)


def test_a_place_with_islands_and_a_hole_keeps_them():
    square = shapely.box(0, 0, 1000, 1000).difference(shapely.box(400, 400, 600, 600))
    island = shapely.box(2000, 0, 2400, 400)
    shape = shapely.orient_polygons(shapely.multipolygons([square, island]))
    opened = package.open_deck()
    made = opened.slides.add_slide(opened.slide_layouts[0])
    frame = areas.Frame(0, 1000, 100, 100, 10)
    rings = rings_of(areas._freeform(made.shapes, 2, frame, shape))
    assert len(rings) == 3
    sizes = sorted(Polygon(ring).area / 12700**2 for ring in rings)
    assert sizes == pytest.approx([400, 1600, 10000], rel=1e-4)
    # a hole runs the other way round, so that every program leaves it empty
    assert Polygon(rings[0]).exterior.is_ccw != Polygon(rings[1]).exterior.is_ccw


def test_outlines_of_a_users_own_may_be_large_and_need_no_label(part, reports):
    land = places.areas()
    fine = land.set_geometry(land.segmentize(150))
    fine["name_vi"] = "=cmd()<b>" + fine["name_vi"]
    file = part(reports, only={"where"}, areas=fine)
    assert file.stat().st_size < 200_000
    found = agreement.slides(Presentation(file))
    assert set(found[0].maps[0]) == set(land.index)


@pytest.mark.parametrize("name", [None, "india_2023"])
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_place_is_named_on_the_large_map_and_the_small_one_says_where(name, language):
    with Study.open(name).use(), study.use(language=language):
        found = facts.gather(None, None, places.areas("district"))
        beside = words.term("slides.names_beside")
        for shown in (uptake.where(found).figure, uptake.teams(found).figure):
            opened = package.open_deck()
            pages.place(shown, opened, 1)
            [one] = agreement.slides(opened)
            for row in shown.maps[-1].table.itertuples():
                label = row.label.replace("\N{NO-BREAK SPACE}", " ")
                texts = [text.replace("\N{NO-BREAK SPACE}", " ") for text in one.texts]
                assert any(text.startswith(f"{label} ") for text in texts), label
            assert (beside in one.texts) == (len(shown.maps) > 1)


@pytest.mark.parametrize("said", ["12.5 each", "3", "1.234.567,8 đồng"])
def test_large_numbers_end_where_the_slide_does(said):
    lines = ("October to December 2023", "3,653,314,986 of 292,010,493", "chance variation 7–22")
    one = Statement(simulated=False, numbers=(Number(said, lines), Number(said, lines)))
    opened = package.open_deck()
    pages.place(figures.Figure("A title", (one,), "2023", named_source="us"), opened, 1)
    legible.apart(opened)
    assert legible.within(opened) > 4


def test_among_many_places_no_letter_leaves_its_own():
    """White letters on white paper are lost: a value that fits in the middle stands there."""
    value = "30,7\xa0%"
    wide = text.width(value, text.SMALLEST, bold=True)
    side = round(wide) + 4  # points
    squares = [
        Polygon([(x, y), (x + side, y), (x + side, y + side), (x, y + side)])
        for x in range(0, 6 * side, side)
        for y in range(0, 5 * side, side)
    ]
    table = gpd.GeoDataFrame(
        {"label": [f"X. Phương Bình {at}" for at in range(30)], "text": value},
        geometry=squares,
        crs="EPSG:32648",
    )
    ax = Figure().add_axes((0, 0, 1, 1))
    ax.set(xlim=(-50, 6 * side + 50), ylim=(-50, 5 * side + 50))
    writing = labels.Writing(ax, 1.0, size=text.SMALLEST, width=text.width, strict=True)
    chosen = labels.choose(writing, table, blocked=[])
    assert len(chosen) == 30
    for at, spot in chosen.items():
        west, _, east, _ = squares[at].bounds
        assert west <= spot.x - wide / 2
        assert spot.x + wide / 2 <= east


# --- text ---


def test_widths_are_those_of_arial():
    widths = {bold: cache(legible.liberation(bold=bold).getlength) for bold in (False, True)}
    strings = tomllib.loads(words.STRINGS.read_text(encoding="utf-8"))
    texts = [
        said
        for section in strings.values()
        for entry in section.values()
        for said in entry.values()
    ]
    assert len(texts) > 500
    for said in texts:
        line = max(said.split("\n"), key=len)
        for bold, width in widths.items():
            wanted = sum(map(width, line)) / 10
            assert 0.995 * wanted <= text.width(line, 100, bold=bold) <= 1.06 * wanted, line


@pytest.mark.parametrize("room", [(60, 30), (200, 22), (400, 100), (888, 84)])
def test_what_fits_never_runs_out(room):
    for said in ("Chữ", "Số liệu mô phỏng. " * 12, "W" * 300, "Một hai " * 80):
        shown, size = text.fit(said, room, largest=32)
        assert size >= text.SMALLEST
        assert text.height(shown, size, room[0]) <= room[1] + 1e-6
        lines = text.wrap(shown, size, room[0])
        assert max(text.width(line, size) for line in lines) <= room[0] + 1e-6
        assert shown == said or shown.endswith("…")


def test_clean_keeps_vietnamese_and_drops_what_xml_cannot_hold():
    assert text.clean("Vị Thu\u0309y\x00\x1b\ufffe") == "Vị Thủy"
    assert len(text.clean("x" * 10_000)) == text.LONGEST


# --- the command ---


def test_the_command_refuses_what_is_no_deck(tmp_path):
    for arguments in (["slides", str(tmp_path / "deck.ppt")], ["slides", "x.pptx", "--lang", "fr"]):
        result = CliRunner().invoke(app, arguments)
        assert isinstance(result.exception, BuildError)
        assert "deck" in str(result.exception) or "language" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_show_is_said(reports):
    other = reports[reports["indicator"] == "informed"]
    with pytest.raises(ValueError, match="nothing to show"):
        deck.deck(facts.gather(other, None, gpd.GeoDataFrame(places.areas())))


def test_input_is_left_alone(part, reports, teams):
    before = reports.copy(), teams.copy()
    part(reports, teams, only={"headline", "teams"})
    pd.testing.assert_frame_equal(reports, before[0])
    pd.testing.assert_frame_equal(teams, before[1])


@needs_office
def test_libreoffice_opens_every_slide(files, tmp_path):
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path / 'user'}"]
    command += ["--convert-to", "pdf", "--outdir", str(tmp_path), str(files["vi"])]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    pages = len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "vi.pdf").read_bytes()))
    assert pages == len(SLIDES_OF_DEMO)


# --- more rows than can be read in a hall ---

ROOM = page.Room(36, 110, 888, 340)


def crowded(kind, many, *, simulated):
    """Put a chart or table of so many places on an empty slide: its texts, and their shapes."""
    made = Presentation()
    shapes = made.slides.add_slide(made.slide_layouts[6]).shapes
    if kind == "rows":
        drawn = [Row(f"x{at}", 0.9 - at / 99, ((0.1, 0.95),), (f"n{at}",)) for at in range(many)]
        panel = Rows(tuple(drawn), Scale("x", "share"), simulated=simulated)
    elif kind == "slopes":
        drawn = [
            Slope(f"x{at}", (0.1, 0.9 - at / 99), "1 %", "2 %", f"n{at}", 1) for at in range(many)
        ]
        panel = Slopes(tuple(drawn), (2022, 2023), ("a", "b", ""), simulated=simulated)
    else:
        cells = tuple((Cell(f"x{at}"), Cell(f"n{at}")) for at in range(many))
        panel = Table(("place", "n"), cells, simulated=simulated)
    draw(panel, shapes, ROOM, caption=native.Caption("chart", "alt", ["about"]))
    [made] = shapes
    if kind == "table":
        rows = list(made.table.rows)
        assert sum(row.height for row in rows) <= (ROOM.height + 1) * page.POINT
        return [cell.text for row in rows for cell in row.cells]
    for one in made.shapes:
        assert one.top + one.height <= (ROOM.bottom + 4) * page.POINT  # half the last line
    [chart] = [one.chart for one in made.shapes if getattr(one, "has_chart", False)]
    texts = [one.text_frame.text for one in made.shapes if one.has_text_frame]
    return [*texts, *agreement.chart_labels(chart)]


@pytest.mark.parametrize("simulated", [False, True])
@pytest.mark.parametrize("kind", ["rows", "slopes", "table"])
def test_of_more_rows_than_can_be_read_the_first_stand_and_that_is_said(kind, simulated):
    said = crowded(kind, 40, simulated=simulated)
    [shown] = re.findall(r"Chỉ \w+ (\d+) nơi .*trong 40", "\n".join(said))
    named = re.findall(r"\bn\d+\b", " ".join(said))
    assert named == [f"n{at}" for at in range(int(shown))]
    assert 8 <= len(named) < 15
    few = crowded(kind, 8, simulated=simulated)
    assert len(re.findall(r"\bn\d+\b", " ".join(few))) == 8
    assert "Chỉ " not in " ".join(few)


def drawn(panel):
    """Draw a panel alone on a slide; give its native chart."""
    made = Presentation()
    shapes = made.slides.add_slide(made.slide_layouts[6]).shapes
    draw(panel, shapes, ROOM, caption=native.Caption("chart", "alt", ["about"]))
    [chart] = [one.chart for one in shapes[0].shapes if getattr(one, "has_chart", False)]
    return chart


def test_no_line_of_a_chart_runs_through_the_words_in_place_of_a_number():
    row, gone = Row("a", at=0.5, texts=("50 %",)), Row("b", instead="not estimated: too few")
    lines = (Line(0.5, "half", INK),)
    chart = drawn(Rows((row, gone), Scale("x", "share", ends=(0, 1)), simulated=False, lines=lines))
    filled = {
        "".join(one.xpath(".//a:t/text()")).strip(): one.xpath("./c:spPr//a:srgbClr/@val")
        for one in chart._chartSpace.xpath(".//c:dLbl")
    }
    assert filled["not estimated: too few"] == ["FFFFFF"]
    assert filled["50 %"] == []


@pytest.mark.parametrize("near", [0.8, 0.95])
def test_what_a_line_is_called_stands_clear_of_a_line_that_rises_past_it(near):
    rows = (Row("a", at=0.7, texts=("0.70 (0.60 to 1.00) ¹ ²",)), Row("b", at=1.0, texts=("1",)))
    lines = (Line(1.0, "1 = no relation", INK), Line(near, "all of them", QUIET))
    chart = drawn(Rows(rows, Scale("x", "ratio", ends=(0.6, 1.05)), simulated=False, lines=lines))
    [place] = [
        one.xpath("./c:dLblPos/@val")
        for one in chart._chartSpace.xpath(".//c:dLbl")
        if "no relation" in "".join(one.xpath(".//a:t/text()"))
    ]
    assert place == ["r"]  # to the left it would stand on the other


def test_of_many_places_each_has_its_value_and_the_legend_the_unit():
    with Study.open("kenya_2019").use(), study.use(language="en"):
        measure = frames.latest(frames.reports(), "headline")
        shares = rates.pick(rates.to_districts(frames.reports()), measure)
        classes = indicators.classes(measure.name)
        panel = prepare(maps.locate(shares, places.areas()), "share", classes)
        deck = package.open_deck()
        whole = figures.Figure("A title", (panel,), "2019", rows=(shares,), named_source="us")
        pages.place(whole, deck, 1)
        shapes = agreement.every_shape(deck.slides[0].shapes)
        # a name stands above it where it has room
        texts = [one.text_frame.text.split("\v")[-1] for one in shapes if one.has_text_frame]
        for share in shares["share"]:
            assert words.value(share, "share", bare=True) in texts
        assert {"10%", "40%"} <= set(texts)


@pytest.mark.parametrize("low", [-math.inf, 0.2])
@pytest.mark.parametrize("high", [0.8, 2.0])
def test_an_interval_goes_to_the_end_of_the_scale_and_no_further_and_has_no_cap(low, high):
    row = Row("a", at=0.5, pieces=((low, high),), texts=("50 %",))
    panel = Rows((row,), Scale("x", "share", ends=(0, 1)), simulated=False, marks=("b", ""))
    chart = drawn(panel)
    assert agreement.chart_numbers(chart)["a"] == [(max(low, 0), 0.5), (min(high, 1), 0.5)]
    [own] = [one for one in chart.plots[0].series if one.name == "a"]
    assert set(own._element.xpath(".//c:marker/c:symbol/@val")) <= {"none"}


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_figure_of_the_exposure_has_its_own_date(gathered, language):
    assert uptake.teams(gathered).figure.as_of == gathered.outcome().when
    with Study.open("india_2023").use(), study.use(language=language):
        found = facts.gather(None, None, places.areas("district"))
        one = uptake.teams(found).figure
        day = study.current().says("exposure", "day")[language]
        assert day.endswith("2025")
        assert (one.as_of, one.names) == (day, (day,))
        assert uptake.order(found).figure.as_of == found.last("headline").when != day

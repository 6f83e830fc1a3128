"""
Render every figure of the demo and of trial studies in all media, and read the same out of each.

What a figure says is composed once; so names, numbers, order, classes, title, source and banner
are held to what is composed, in each medium that it can be drawn in.
"""

import dataclasses
import inspect
import io
import json
import re
from html import unescape

import agreement
import pandas as pd
import pytest
from pptx import Presentation
from trials import bring, files, media, study

from hganalysis import atlas, figures, frames, places, ranks, rates, sources, words
from hganalysis.figures import model
from hganalysis.figures.classify import Map, locate, prepare
from hganalysis.figures.colours import MOVED
from hganalysis.figures.legend import entries
from hganalysis.figures.model import (
    Bars,
    Cell,
    Dot,
    Row,
    Rows,
    Scale,
    Scatter,
    Slope,
    Slopes,
    Statement,
    Table,
)
from hganalysis.figures.states import state_name
from hganalysis.places import NotGivenError
from hganalysis.render import beside, static, web
from hganalysis.render.slide import areas as slide_areas
from hganalysis.render.slide import legend as slide_legend
from hganalysis.render.slide import native, package
from hganalysis.render.slide import rows as slide_rows
from hganalysis.slides import deck, facts, uptake
from hganalysis.slides.slide import Slide

ON_AXES, ON_SLIDES = (
    (Bars, Map, Rows, Scatter, Slopes),
    (Map, Rows, Scatter, Slopes, Statement, Table),
)
# A study of three years whose list is not the census, and one of districts without communes.
SMALL = {"size": "small", "route": "process", "twice": "none", "names": "plain"}
# What a machine wrote: no number, a place by its code, a date, a number with its last digits.
NOT_READ = re.compile(
    r"\bnan\b|\bNone\b|\b\d{4}-\d\d-\d\d\b|\d[.,]\d{5,}|\be[+-]\d\d", re.IGNORECASE
)
TRIALS = {
    "many years": {
        "years": "many",
        "places": "both",
        "teams": "all",
        "outlines": "communes",
        **SMALL,
    },
    "one level": {"years": "two", "places": "districts", "missing": "some", **SMALL},
}


def plain(text):
    """Write a text with single blanks, so that no medium's way of spacing counts."""
    return media.plain(str(text).replace("\v", " "))


def spoken(panel):
    """List what a panel says: for each of its rows in order the name, and what stands beside it."""
    table = panel.facts
    if isinstance(panel, Map):
        return [(row.label, row.text) for row in panel.table.itertuples() if row.text]
    named = zip(table.index, table.to_numpy().tolist(), strict=True)
    return [(plain(name), *filter(None, map(plain, texts))) for name, texts in named]


# --- what a page of paper shows ---


def on_page(figure):
    """Draw a figure on a page; give its panels as they are read, title, source and banners."""
    picture = static.place(figure)
    axes = [ax for ax in picture.figure.axes if ax.get_label() == "map"]
    around = " ".join(plain(text.get_text()) for text in picture.figure.texts)
    marked = [any(one.get_gid() == "banner" for one in [*ax.patches, *ax.texts]) for ax in axes]
    legends = [ax for ax in picture.figure.axes if ax.get_label() == "legend"]
    explained = " ".join(plain(one.get_text()) for ax in legends for one in ax.texts)
    return axes, around, marked, explained


def lines_of(ax, *, halves):
    """Read the texts of axes, one line a height, from the top; of halves the left one last."""
    ax.figure.canvas.draw()
    middle = ax.get_window_extent().x0 + ax.get_window_extent().width / 2
    heights = {}
    for text in ax.texts:
        x, y = text.get_transform().transform(text.get_position())
        key = (bool(halves and x < middle), -round(y / 4))
        heights.setdefault(key, []).append((x, plain(text.get_text())))
    return [" ".join(one for _, one in sorted(heights[key])) for key in sorted(heights)]


# --- what a slide shows ---


def on_slide(figure):
    """Put a figure on a slide of a deck, and read the deck."""
    opened = package.open_deck()
    deck._add(opened, Slide(figure, notes=()))
    buffer = io.BytesIO()
    opened.save(buffer)
    presentation = Presentation(buffer)
    return agreement.slides(presentation)[0], presentation.slides[0]


def bannered(seen):
    """Count where a slide says that it is simulated, on the figure itself."""
    said = words.term("words.simulated")
    texts = [
        *seen.texts,
        *seen.above,
        *(cell for table in seen.tables for row in table for cell in row),
    ]
    return sum(plain(text) == said for text in texts)


# --- what stands beside a picture ---


def hold_beside(figure):
    """Hold the tables beside a picture to what each panel shows, written as people read it."""
    tables = re.findall(r"<table>.*?</table>", beside.details(figure), re.DOTALL)
    shown = [panel for panel in figure.panels if not panel.facts.empty]
    for panel, table in zip(shown, tables, strict=True):
        head, body = table.split("<tbody>")
        rows = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
        cells = [re.findall(r"<t[dh].*?>(.*?)</t[dh]>", row) for row in rows]
        names = panel.table["name"] if isinstance(panel, Map) else panel.facts.index
        facts = zip(names, panel.facts.to_numpy().tolist(), strict=True)
        wanted = [[name] * any(names) + [one or "–" for one in row] for name, row in facts]
        assert [[*map(unescape, row)] for row in cells] == wanted
        heads = [unescape(one) for one in re.findall(r'<th scope="col">(.*?)</th>', head)]
        first = [words.term("maps.fact_place")] * isinstance(panel, Map)
        assert heads == [*first, *filter(None, panel.facts.columns)]
        told = [one for row in cells for one in row]
        assert [one for one in told if NOT_READ.search(one)] == []
    captions = [unescape(one) for one in re.findall(r"<caption>(.*?)</caption>", "".join(tables))]
    above = figure.names if len(figure.names) > 1 else [figure.title] * len(figure.panels)
    told = zip(figure.panels, above, strict=True)
    wanted = [name for panel, name in told if not panel.facts.empty]
    assert captions == [words.term("maps.table", title=name) for name in wanted]


def hold_signs(panel):
    """Where a colour says that something rose or fell, a sign or an arrow says it too."""
    said = []
    if isinstance(panel, Slopes):
        said = [one.change for one in panel.slopes if one.moved]
    if isinstance(panel, Map) and panel.classes.diverging:
        said = [text for text in panel.table["text"] if text]
    if isinstance(panel, Rows):
        said = [one.texts[0] for one in panel.rows if one.colour in MOVED.values() and one.texts]
        said = said * any(one.start == one.start for one in panel.rows)
    assert all(text[0] in "+−▲▼0" for text in said), said


# --- hold what is read to what was composed ---


def in_order(wanted, text):
    """Say whether texts stand in a text one behind the other."""
    at = 0
    for one in wanted:
        at = text.find(one, at)
        if at < 0:
            return False
        at += len(one)
    return True


def hold_page(figure):
    """Hold a page of paper to its figure."""
    axes, around, marked, explained = on_page(figure)
    assert in_order([plain(figure.title)], around), figure.title
    assert plain(figure.source_line) in around
    assert marked == [one.simulated for one in figure.panels]
    hold_beside(figure)
    for panel in figure.panels:
        hold_signs(panel)
    for panel, ax in zip(figure.panels, axes, strict=True):
        lines = lines_of(ax, halves=isinstance(panel, Slopes))
        everything = " ".join(lines)
        if isinstance(panel, Rows | Slopes):
            hold_some(spoken(panel), lines, everything)
        elif isinstance(panel, Scatter):
            dots = [tuple(at) for one in ax.collections for at in one.get_offsets()]
            assert {(dot.x, dot.y) for dot in panel.dots} <= set(dots)
        elif isinstance(panel, Map):
            hold_colours(panel, ax)
            laid = [one for one in ax.collections if one.get_gid() == "layer"]
            assert len(laid) == sum(1 if one.points else 2 for one in panel.overlays)
            for entry in (*entries([panel])[0], *entries([panel])[1]):
                assert plain(entry.text) in explained, entry.text
            written = [text for _, text in spoken(panel) if plain(text) in everything]
            assert len(written) >= min(len(spoken(panel)), 5)
        else:
            assert all(text in everything for _, *texts in spoken(panel) for text in texts)


def hold_colours(panel, ax):
    """Each place has the colour of its class."""
    from matplotlib.colors import to_hex

    shapes = next(one for one in ax.collections if len(one.get_paths()) == len(panel.table))
    assert [to_hex(one) for one in shapes.get_facecolor()] == panel.table["colour"].tolist()


def hold_slide(figure):
    """Hold a slide to its figure."""
    seen, slide = on_slide(figure)
    assert plain(seen.title) == plain(figure.title)
    assert plain(figure.source_line) in plain(" ".join(seen.texts))
    assert bannered(seen) == sum(one.simulated for one in figure.panels)
    for panel in figure.panels:
        if not isinstance(panel, Map | Statement):  # as much of it as a text of a slide may hold
            assert any(one and figure.alt.startswith(one[:-1]) for one in seen.alt)
        rows = spoken(panel)
        if isinstance(panel, Map):
            by_code = {str(code): row.text for code, row in panel.table.iterrows() if row.text}
            shown = [{code: said.split(" (")[0] for code, said in one.items()} for one in seen.maps]
            assert any(by_code.items() <= one.items() for one in shown), (by_code, shown)
            named = [one.name for one in agreement.every_shape(slide.shapes)]
            assert {one.name for one in panel.overlays} <= {*named}
            assert {one.text for one in panel.overlays} <= {*named}, "the legend names each"
            fills = freeforms(slide)
            assert all(fills[code] >= {colour} for code, colour in panel.table["colour"].items())
        elif isinstance(panel, Table):
            told = [[plain(cell) for cell in row] for row in seen.tables[0][1:]]
            shown = [row for row in told if row[0] in {name for name, *_ in rows}]
            assert shown == [list(row) for row in rows[: len(shown)]]
            assert len(shown) == len(rows) or str(len(rows)) in " ".join(map(" ".join, told))
        elif isinstance(panel, Scatter):
            numbers = {at for one in seen.charts[0].values() for at in one}
            assert {(dot.x, dot.y) for dot in panel.dots} <= numbers
        elif isinstance(panel, Statement):
            text = plain(" ".join(seen.texts))
            assert in_order([plain(one.text) for one in panel.numbers], text)
            # What has no room on the slide is in its notes.
            assert all(plain(one) in f"{text} {plain(seen.notes)}" for one in panel.sentences)
        else:
            labels = [plain(one) for one in agreement.chart_labels(slide_chart(slide))]
            hold_some(rows, labels, plain(" ".join(seen.texts)))


def hold_some(rows, said, around):
    """Hold rows to their order and texts; where there are only some, it is said of how many."""
    found, at, last = {}, {}, None
    for number, one in enumerate(said):
        owner = owner_of(one, [name for name, *_ in rows])
        # On a slide the label with the numbers of a row follows that with its name.
        found.setdefault(owner or last, []).append(one)
        at.setdefault((owner or last, *numbers_in(one)), number)
        last = owner
    shown = [row for row in rows if row[0] in found]
    assert shown, said
    assert len(shown) == len(rows) or re.search(rf"\b{len(rows)}\b", around), around
    for name, *texts in shown:
        beside = " ".join(found[name])
        assert all(one in beside for one in texts), (name, texts, beside)
    places = [
        min(
            where
            for (name, *numbers), where in at.items()
            if name == row[0] and set(numbers_in(row[-1])) <= set(numbers)
        )
        for row in shown
    ]
    assert places == sorted(places), (shown, said)


def numbers_in(text):
    """List the numbers of a text."""
    return agreement.figures(text)


def owner_of(said, names):
    """Name the row that a text speaks of, perhaps shortened; the longest name that fits."""
    start, cut, end = said.partition("…")
    fits = [name for name in names if name in said]
    if cut and not fits:
        fits = [one for one in names if one[:8] in start and one[-3:] in end]
    return max(fits, key=len, default=None)


def slide_chart(slide):
    """Give the chart of a slide."""
    return next(
        one.chart for one in agreement.every_shape(slide.shapes) if getattr(one, "has_chart", 0)
    )


def freeforms(slide):
    """Give the colours of each place on the maps of a slide, by its code."""
    found = {}
    for shape in agreement.every_shape(slide.shapes):
        if code := agreement.CODE.match(shape.name):
            colours = shape._element.xpath("./p:spPr//a:srgbClr/@val")
            found.setdefault(code[2], set()).update(f"#{one.lower()}" for one in colours)
    return found


def hold_web(figure):
    """Hold a page of the web to its figure."""
    page = web.place(figure).page
    [panel] = figure.maps
    body = unescape(page)
    assert plain(figure.title) in plain(re.search(r"<h1>(.*?)</h1>", body, re.DOTALL)[1])
    assert plain(figure.source_line) in media.seen(page)
    assert ('class="banner"' in page) == figure.simulated
    told = media.rows(page)
    assert list(told) == [str(code) for code in panel.table.index]
    for code, row in panel.facts.iterrows():
        assert told[str(code)] == [plain(one) or "–" for one in row]
    assert ('createPane("layers")' in page) == bool(panel.overlays)
    legend = re.search(r'id="legend">(.*?)</(?:div|section|aside)>', page, re.DOTALL)
    for entry in (*entries([panel])[0], *entries([panel])[1]):
        assert entry.text in unescape(legend[1] if legend else page)


# --- the figures of a study ---


def composed():
    """Compose every figure that the reports in use allow, as deck, pages and notebooks do."""
    reports = frames.reports()
    found = facts.gather(reports, frames.teams(), None)
    made = []
    for make in (*deck.CONTENTS, *deck.APPENDIX):
        try:
            some = make(found)
        except (facts.Missing, NotGivenError):
            continue
        made += [one.figure for one in (some if isinstance(some, list) else [some])]
    measure = found.last("headline")
    others = [
        lambda: figures.ranking(ranks.rank_sets(reports, indicator=measure), indicator=measure),
        lambda: figures.funnel(ranks.funnel_limits(reports, indicator=measure), indicator=measure),
    ]
    rows = rates.pick(found.districts, measure)
    for compose in others:
        try:
            panel = compose()
        except (NotGivenError, ValueError, AttributeError):
            continue
        made.append(figures.Figure(str(measure), (panel,), measure.when, rows=(rows,)))
    return made


def hold_classes(panel):
    """Hold each number of a map, as it is read, to the class whose colour its place has."""
    limits = [number(one) for one in words.series(panel.classes.breaks, panel.classes, bare=True)]
    for text, its in panel.table.loc[panel.table["text"] != "", ["text", "number"]].to_numpy():
        assert sum(number(text) >= limit for limit in limits) == its, text


def number(text):
    """Read a number back, whatever stands behind it."""
    found = re.match(r"[+−]?[\d.,]+", text)[0].replace("−", "-")
    vi = words.language() == "vi"
    return float(found.replace(".", "").replace(",", ".") if vi else found.replace(",", ""))


def hold(figure):
    """Hold a figure in each medium that it can be drawn in, and say which these are."""
    kinds = [type(one) for one in figure.panels]
    for panel in figure.maps:
        hold_classes(panel)
    held = []
    if all(kind in ON_AXES for kind in kinds) and len(kinds) <= static.page.MOST:
        hold_page(figure)
        held.append("page")
    if kinds in ([Map], [Map, Map]) or (len(kinds) == 1 and kinds[0] in ON_SLIDES):
        hold_slide(figure)
        held.append("slide")
    for number, kind in enumerate(kinds):
        if kind is Map:
            hold_web(figure.part(number))
            held.append("web")
    assert figure.alt.startswith(words.term("words.simulated")) == figure.simulated
    return held


def test_every_figure_of_the_demo_says_the_same_in_all_media():
    made = composed()
    held = [hold(figure) for figure in made]
    drawn = {type(panel) for figure in made for panel in figure.panels}
    assert drawn >= {Map, Rows, Scatter, Slopes, Statement, Table}
    assert sum("page" in one and "slide" in one for one in held) >= 10
    assert sum(one.count("web") for one in held) >= 3


@pytest.mark.parametrize("name", TRIALS)
def test_every_figure_of_a_trial_study_says_the_same_in_all_media(name, tmp_path):
    invented = study.study(7, **TRIALS[name])
    laid_out = bring._laid_out(
        bring.Trial(invented), files.write(invented, tmp_path / "in"), tmp_path
    )
    with sources.use(laid_out), words.use(invented.traits.language):
        assert [hold(figure) for figure in composed()]


# --- the atlas, which draws the same maps ---


def drawn_in_atlas(reports):
    """Write an atlas of reports; give its page, its views, and their figures in each language."""
    shown = atlas.views.gather(reports)
    ground = atlas.assemble.ground(shown, None, None)
    page = next(atlas.assemble.made(shown, ground, around=atlas.assemble.Around()))
    return page, shown, atlas.picture.figures(shown, ground)


def hold_atlas(page, view, figure):
    """Hold a view of an atlas to its figure as other media draw it, in the language in use."""
    language = words.language()
    (panel,) = figure.panels
    hold_classes(panel)
    table = re.search(rf'<table id="{language}.{view.key}".*?</table>', page, re.DOTALL)[0]
    caption = plain(unescape(re.search(r"<caption>(.*?)</caption>", table)[1]))
    assert plain(figure.title) in caption
    assert all(plain(one) in caption for one in figure.banner)
    assert ('class="banner"' in caption) == figure.simulated
    told = dict(re.findall(r'<tr data-code="(.*?)">.*?<td>([^<]*)', table))
    assert {code: plain(unescape(told[str(code)])) for code in panel.table.index} == {
        code: plain(text) for code, text in panel.table["text"].items()
    }
    ordered = [code for code in told if code in panel.table.index]
    assert panel.table.loc[ordered, "value"].dropna().is_monotonic_decreasing
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])
    its = data["views"][view.key]
    counts = [words.number(panel.places_in(one)) for one in range(len(panel.classes.colours))]
    assert its["places"][language] == counts
    states = [[state_name(one), words.number(panel.places_with(one))] for one in panel.states]
    assert [said for _, *said in its["states"][language]] == states
    assert its["simulated"] == figure.simulated
    assert plain(its["title"][language]) == plain(figure.title)
    assert plain(its["counts"][language]) == plain(figure.subtitle)
    scale = data["scales"][f"{view.measure}.{view.when}"]
    assert scale["colours"] == [*panel.classes.colours]
    assert scale["labels"][language] == [one.text for one in entries([panel])[0]]
    said = plain(unescape(page))
    assert plain(figure.source) in said
    assert plain(figure.as_of) in said
    assert plain(figure.outlines) in said


def located(view):
    """Lay the numbers of a view on the map."""
    areas = places.areas("district") if view.level == "district" else places.footprints()
    return locate(view.table, areas)


@pytest.fixture
def of_headline(monkeypatch):
    """Take the headline of the demo without sets of ranks, which take the time; hide some."""
    monkeypatch.setattr(ranks, "MOST_RANKED", 0)
    reports = frames.reports()
    reports = reports[reports["indicator"] == frames.latest(reports, "headline").name]
    return drawn_in_atlas(reports[reports["code"] != "31318"].reset_index(drop=True))


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_an_atlas_says_what_other_media_say_of_its_maps(of_headline, language):
    page, shown, drawn = of_headline
    with words.use(language):
        for view in shown:
            figure = drawn[language][view.key]
            apart = prepare(located(view), "value", view.classes)
            hold_atlas(page, view, dataclasses.replace(figure, panels=(apart,)))
    assert {view.level for view in shown} == {"district", "commune"}
    assert any(view.of_change for view in shown)
    assert any(figure.maps[0].states for figure in drawn[language].values())


def test_an_atlas_that_says_something_else_is_seen(of_headline):
    page, shown, drawn = of_headline
    view = shown[0]
    figure = drawn[words.language()][view.key]
    said = next(filter(None, figure.maps[0].table["text"]))
    hold_atlas(page, view, figure)
    for wrong in (
        *(page.replace(one, "0") for one in (said, figure.source, figure.subtitle)),
        re.sub(r'<b class="banner">.*?</b>', "", page),
    ):
        with pytest.raises(AssertionError):
            hold_atlas(wrong, view, figure)


# --- what has no room, and what is left out, is said in every medium ---

MANY = 70


def too_many():
    """Compose panels that no page and no slide has room for, of each kind that may be cut."""
    at = [round(0.2 + at / 100, 2) for at in range(MANY)]
    names = [f"Place {number:02}" for number in range(MANY)]
    named = list(zip(names, at, strict=True))
    rows = [Row(name, at=one, texts=(words.percent(one),)) for name, one in named]
    share = Scale("share", "share")
    slopes = [
        Slope(name, (one, one + 0.1), words.percent(one), words.percent(one + 0.1), "+10", 1)
        for name, one in named[::-1]
    ]
    gone = (("charts.no_data", ("Nowhere", "Erewhon")),)
    table = [(Cell(name), Cell(words.percent(one))) for name, one in named]
    ends = Scale("share", "share", ends=(0.0, 1.0))
    dots = [Dot(0.5 + one / 1000, 0.5, label=name) for name, one in named]
    return [
        Rows(tuple(rows), share, simulated=False),
        Slopes(tuple(slopes), (2022, 2023), ("a", "b", "c"), simulated=False, missing=gone),
        Table(("place", "share"), tuple(table), simulated=False),
        Scatter(ends, ends, simulated=False, dots=tuple(dots)),
    ]


def of_how_many(panel):
    """Give the sentence that says of how many those are that have room, as a pattern."""
    if isinstance(panel, Scatter):
        return re.escape(words.term(panel.unnamed, number="NUMBER")).replace("NUMBER", r"\d+")
    said = re.escape(words.term(panel.some, shown="NUMBER", all=MANY))
    return said.replace("NUMBER", r"\d+")


def read_page(figure):
    """Read all that stands on a page of paper."""
    axes, around, _, explained = on_page(figure)
    return " ".join(
        [around, explained, *(plain(one.get_text()) for ax in axes for one in ax.texts)]
    )


def read_slide(figure):
    """Read all that stands on a slide, and in its notes."""
    seen, _ = on_slide(figure)
    cells = [cell for table in seen.tables for row in table for cell in row]
    return plain(" ".join([*seen.texts, *cells, seen.notes]))


def read_web(figure):
    """Read all that stands on a page of the web."""
    return media.seen(web.place(figure).page)


def hold_counted(panel):
    """Hold a panel that has no room to the sentence that says so, in each of its media."""
    figure = figures.Figure("T", (panel,), "2023", named_source="S")
    reads = [read_slide] if isinstance(panel, Table) else [read_page, read_slide]
    for read in reads:
        text = read(figure)
        assert re.search(of_how_many(panel), text), (read, text)
        for _, names in getattr(panel, "missing", ()):
            assert all(name in text for name in names), (read, text)


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_what_has_no_room_is_counted_in_every_medium(number, language):
    with words.use(language):
        hold_counted(too_many()[number])


def lacking():
    """Compose a map of a part of the places, in one of two years, with something to say."""
    whole = of_areas().part(0)
    [panel] = whole.panels
    gone = tuple(panel.table["label"].iloc[:2])
    kept = dataclasses.replace(panel, table=panel.table.iloc[2:], without=gone)
    return dataclasses.replace(whole, panels=(kept,), missing=("Y 2020",), remark="By hand.")


def hold_left_out(figure):
    """Hold what is left out of a figure to each medium."""
    for read in (read_page, read_slide, read_web):
        text = read(figure)
        for said in (figure.lacks, *(one.part for one in figure.maps), figure.remark):
            assert said
            assert plain(said) in text, (read, said, text)


def test_maps_and_places_that_are_left_out_are_named_in_every_medium():
    hold_left_out(lacking())


def test_what_else_there_is_to_say_of_a_chart_stands_on_its_slide_too():
    figure = dataclasses.replace(of_ratios(), remark="By hand.", missing=("Y 2020",))
    for read in (read_page, read_slide):
        assert plain(figure.left_out()) in read(figure)


@pytest.mark.parametrize("number", range(3))
def test_a_panel_that_forgets_of_how_many_is_seen(number, monkeypatch):
    monkeypatch.setattr(model, "of_all", lambda *_: "")
    with pytest.raises(AssertionError):
        hold_counted(too_many()[number])


@pytest.mark.parametrize("medium", ["page", "slide", "web"])
def test_a_medium_that_forgets_what_is_left_out_is_seen(medium, monkeypatch):
    said = figures.Figure.left_out
    of = {"page": static.layout, "slide": slide_areas, "web": web.leaflet}[medium]

    def forgets(figure, unnamed=0):
        caller = inspect.currentframe().f_back.f_globals["__name__"]
        return "" if caller == of.__name__ else said(figure, unnamed)

    monkeypatch.setattr(figures.Figure, "left_out", forgets)
    with pytest.raises(AssertionError):
        hold_left_out(lacking())


# --- one medium that says something else is seen ---


def of_ratios():
    """Compose two simulated ratios."""
    frame = pd.DataFrame({"label": ["A", "B"], "rate_ratio": [1.2, 1.4], "low": [1.1, 1.2]})
    frame = frame.assign(high=[1.3, 1.6], origin="simulated")
    return figures.Figure("T", (figures.coefficients(frame),), "2023", rows=(frame,))


def of_areas():
    """Compose a map of the province."""
    reports = frames.reports()
    found = facts.gather(reports, None, None)
    return uptake.where(found).figure


def leaves_the_banner_out(patch):
    patch.setattr(static.drawers.rows.style, "_banner", lambda _: None)


def has_no_title_of_a_chart(patch):
    add = native.add

    def bare(*said, **how):
        return add(*said, **{**how, "simulated": False})

    patch.setattr(native, "add", bare)


def writes_another_number(patch):
    write = static.drawers.rows.style.text

    def wrong(ax, x, y, text, **how):
        write(ax, x, y, text.replace("1,40", "1,41"), **how)

    patch.setattr(static.drawers.rows.style, "text", wrong)


def turns_the_rows(patch):
    patch.setattr(slide_rows._Plot, "rows", turned(slide_rows._Plot.rows))


def turned(rows):
    return lambda plot, names, texts: rows(plot, names[::-1], texts[::-1])


def colours_a_place_otherwise(patch):
    fill = slide_legend.fill
    patch.setattr(slide_legend, "fill", lambda shape, state, _: fill(shape, state, "#123456"))


def loses_a_row_of_the_table(patch):
    table = beside.table

    def cut(*told):
        return re.sub(r"<tr data-code.*?</tr>", "", table(*told), count=1, flags=re.DOTALL)

    patch.setattr(beside, "table", cut)


@pytest.mark.parametrize(
    ("plant", "compose"),
    [
        (leaves_the_banner_out, of_ratios),
        (has_no_title_of_a_chart, of_ratios),
        (writes_another_number, of_ratios),
        (turns_the_rows, of_ratios),
        (colours_a_place_otherwise, of_areas),
        (loses_a_row_of_the_table, of_areas),
    ],
)
def test_a_medium_that_says_something_else_is_seen(plant, compose, monkeypatch):
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        hold(compose())

"""Of three years or more, and of any number of platforms, each is shown or said to be elsewhere."""

import re
from itertools import combinations, pairwise

import agreement
import invented
import legible
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from pptx import Presentation

from hganalysis import (
    atlas,
    change,
    figures,
    findings,
    frames,
    indicators,
    maps,
    places,
    ranks,
    rates,
    slides,
    words,
)
from hganalysis.atlas.answers import answers
from hganalysis.build import keep
from hganalysis.build.own import lent
from hganalysis.figures.states import NothingToShow
from hganalysis.render import static
from hganalysis.render.static import style
from hganalysis.slides import deck, facts
from hganalysis.workbook import plausibility

YEARS = (2020, 2022, 2023, 2026)
PLATFORMS = {f"net{number}_users": 0.15 + 0.05 * number for number in range(4)}


@pytest.fixture(scope="module", autouse=True)
def reports(tmp_path_factory):
    """Lend a study of four years with gaps, and of four platforms."""
    folder = tmp_path_factory.mktemp("study")
    files = invented.write(folder, years=YEARS, platforms=PLATFORMS)
    with lent(
        reports=files["reports"],
        areas=files["areas"],
        list_of_places=files["places"],
        catalogue=files["indicators"],
    ):
        yield frames.reports()


@pytest.fixture(scope="module")
def headline(reports):
    return frames.taken(reports, "headline")


def test_a_measure_is_found_in_every_year_it_was_taken(reports, headline):
    assert [one.year for one in headline] == [*YEARS]
    rows = reports[(reports["indicator"] != headline[0].name) | (reports["year"] != 2022)]
    assert [one.year for one in frames.taken(rows, "headline")] == [2020, 2023, 2026]
    assert frames.taken(rows, "ratio") == []
    assert [one.year for one in frames.targeted(reports, "files")] == [2020]


def test_fewer_users_than_before_are_told_of_though_a_year_lies_between(headline):
    rows = pd.DataFrame({"sheet": "A", "row": [3, 4], "code": places.communes().index[0]})
    rows["year"], rows[f"{headline[0].name}.count"] = YEARS[:2], [40, 30]
    assert [hit.at for hit in plausibility.check(rows) if hit.rule == "falls"] == [1]


@pytest.mark.parametrize("role", ["headline", "files"])
def test_an_album_has_a_map_for_every_year(reports, role):
    measures = frames.taken(reports, role)
    album = maps.draw(measures, title="T", source="S")
    drawn = [panel.table for picture in album.pictures for panel in picture.composed.panels]
    assert [int(table["year"].iloc[0]) for table in drawn] == [*YEARS]
    assert len(album.pages()) == len(YEARS)
    heads = [picture.figure.texts[0].get_text() for picture in album.pictures]
    assert heads == ["T (1/2)", "T (2/2)"]
    assert [picture.composed.as_of for picture in album.pictures] == [
        findings.period(*measures[:2]),
        findings.period(*measures[2:]),
    ]


def test_an_album_has_a_map_for_every_platform(reports):
    platforms = frames.platforms(reports)
    album = maps.draw(platforms, title="T", source="S")
    assert len(platforms) == len(PLATFORMS) > static.page.MOST
    names = [name for picture in album.pictures for name in picture.composed.names]
    assert names == [one.label for one in platforms]


def test_platforms_are_those_of_the_last_of_the_years_that_have_most(reports):
    platforms = frames.platforms(reports)
    assert {one.year for one in platforms} == {YEARS[-1]}
    last = (reports["year"] == YEARS[-1]) & (reports["indicator"] == platforms[-1].name)
    assert {one.year for one in frames.platforms(reports[~last])} == {YEARS[-2]}


def test_a_year_without_a_number_has_no_map_and_that_is_said(reports, headline, monkeypatch):
    table = rates.to_districts(reports)
    gone = (table["indicator"] == headline[1].name) & (table["year"] == headline[1].year)
    some = table.assign(share=table["share"].mask(gone), state=table["state"].mask(gone, "no data"))
    monkeypatch.setattr(rates, "to_districts", lambda _: some)
    album = maps.draw(headline, title="T", source="S")
    assert len(album.pages()) == len(YEARS) - 1
    assert [one.composed.missing for one in album.pictures] == [(str(headline[1]),)]
    assert str(headline[1]) in repr(album)
    for page in album.pages():
        assert headline[1].when not in str(page)
    none = table.assign(share=np.nan, state="no data")
    monkeypatch.setattr(rates, "to_districts", lambda _: none)
    with pytest.raises(NothingToShow, match="5 đơn vị"):
        maps.draw(headline, title="T", source="S")


def test_source_and_note_of_a_page_do_not_lie_on_each_other():
    figure, axes = maps.sheet(title="T", panels=3)
    for ax in axes:
        maps.choropleth(_shares(), "share", classes=indicators.classes("files"), ax=ax)
    maps.finish(figure, source="S " * 50, as_of="đến 30/6/2020, đến 30/6/2022 và đến 30/6/2023")
    foot = [text for text in figure.texts if text.get_position()[1] < 0.07]
    FigureCanvasAgg(figure).draw()
    boxes = [text.get_window_extent() for text in foot]
    assert len(boxes) == 3
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def _shares():
    table = rates.to_districts(frames.reports())
    one = indicators.get("files", year=2023)
    return maps.locate(rates.pick(table, one), places.areas())


@pytest.mark.parametrize("count", range(1, 14))
def test_pages_hold_all_in_order_and_about_as_many_each(count):
    pages = maps.several.apportion([*range(count)])
    assert [one for page in pages for one in page] == [*range(count)]
    sizes = {len(page) for page in pages}
    assert max(sizes) <= static.page.MOST
    assert max(sizes) - min(sizes) <= 1
    assert len(pages) == -(-count // static.page.MOST)


def test_every_page_of_an_album_is_kept_under_its_own_name(headline, tmp_path, monkeypatch):
    monkeypatch.setenv("HGANALYSIS_OUT", str(tmp_path))
    keep(maps.draw(headline, title="T", source="S"), "years")
    assert {file.name for file in (tmp_path / "figures").glob("*.png")} == {
        "years.png",
        "years-2.png",
    }
    assert {file.name for file in (tmp_path / "web").iterdir()} == {
        f"years-{number}.html" for number in (1, 2, 3, 4)
    }


def test_steps_go_through_all_years_and_each_is_a_difference(reports, headline):
    steps = change.steps(reports, measures=headline)
    assert [*dict.fromkeys(zip(steps["since"], steps["year"], strict=True))] == [*pairwise(YEARS)]
    for before, after in pairwise(headline):
        one = change.difference(reports, before=before, after=after)
        mine = steps[steps["year"] == after.year].drop(columns=["since", "year"])
        pd.testing.assert_frame_equal(mine.reset_index(drop=True), one)
    with pytest.raises(ValueError, match="two years; there are 1"):
        change.steps(reports, measures=headline[:1])


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_it_is_said_which_two_years_are_compared(reports, language):
    with words.use(language):
        measures = frames.taken(reports, "headline")
        said = findings.compared(measures)
        assert all(str(year) in said for year in YEARS)
        last = "2023 và 2026" if language == "vi" else "2023 and 2026"
        assert f"{last}; " in said
        pair = change.difference(reports, before=measures[-2], after=measures[-1])
        whole = change.difference(reports, before=measures[-2], after=measures[-1], by="province")
        title = findings.titles.change(pair, whole, before=measures[-2], after=measures[-1])
        assert ("từ 2023 đến 2026" if language == "vi" else "from 2023 to 2026") in title
        assert findings.compared(measures[:2]) == ""


def test_what_is_not_here_is_named_and_nothing_else(reports):
    every = [indicators.get(name, year=year) for name in indicators.names() for year in YEARS]
    assert findings.not_here(reports, shown=every) == ""
    said = findings.not_here(reports, shown=every[1:])
    assert every[0].label in said
    assert str(every[0].year) in said
    assert every[-1].label not in said
    assert "2022" not in said
    said = findings.not_here(reports, shown=every[1:-1])
    for one in (every[0], every[-1]):
        own = words.term("findings.not_here_one", label=one.label, years=one.year)
        assert own in said


def _slopes(reports, headline, history):
    figure, axes = maps.sheet(title="T", legend=False)
    moved = change.difference(reports, before=headline[-2], after=headline[-1])
    pair = {"before": headline[-2], "after": headline[-1]}
    static.draw(figures.slopes(moved, **pair, history=history), axes[0])
    maps.finish(figure, source="S", as_of="D")
    return axes[0]


def test_lines_run_through_all_years_as_far_apart_as_they_are(reports, headline):
    every = rates.to_districts(reports)
    shares = rates.pick(every, *headline)
    ax = _slopes(reports, headline, every)  # those of other measures are passed over
    told = [text.get_text() for text in ax.texts]
    assert {"2020", "2022", "2023"} <= {*told}
    thin = [line for line in ax.lines if line.get_linewidth() == 1.2]
    expected = shares[shares["year"] <= 2023].pivot_table(
        index="code", columns="year", values="share"
    )
    drawn = {tuple(np.round(line.get_ydata(), 9)) for line in thin}
    assert drawn == {tuple(row) for row in expected.round(9).to_numpy()}
    for line in thin:
        np.testing.assert_allclose(line.get_xdata(), [0, 2 / 6, 3 / 6])
        assert to_hex(line.get_color()) == style.GREY


def test_a_simulated_year_before_puts_the_banner_on_the_lines(reports, headline):
    shares = rates.pick(rates.to_districts(reports), *headline)
    one = (shares["year"] == 2020) & (shares["code"] == shares["code"].iloc[0])
    made = shares.assign(origin=shares["origin"].mask(one, "simulated"))
    banner = words.term("words.simulated")
    for history, there in ((shares, False), (made, True)):
        ax = _slopes(reports, headline, history)
        assert (banner in [text.get_text() for text in ax.texts]) == there


def test_a_year_without_a_number_is_passed_over_and_not_drawn_as_one(reports, headline):
    shares = rates.pick(rates.to_districts(reports), *headline)
    gone = (shares["year"] == 2020) & (shares["code"] == shares["code"].iloc[0])
    ax = _slopes(reports, headline, shares.assign(share=shares["share"].mask(gone)))
    lengths = [len(line.get_xdata()) for line in ax.lines if line.get_linewidth() == 1.2]
    assert sorted(lengths) == [2, 3, 3, 3, 3]
    label = places.label(shares["code"].iloc[0])
    assert sum(label in text.get_text() for text in ax.texts) == 1  # on the right only


def test_a_table_of_many_measures_writes_each_in_its_own_unit():
    with words.use("en"):
        rows = pd.DataFrame(
            {
                "code": ["801", "802"],
                "indicator": ["net0_users", "files"],
                "share": [0.5, 0.25],
                "origin": "reported",
            }
        )
        assert findings.table(rows)["Share"].tolist() == ["50.0%", "25.0%"]


# --- the deck and the atlas ---


@pytest.fixture(scope="module")
def opened(reports, tmp_path_factory):
    file = tmp_path_factory.mktemp("deck") / "slides.pptx"
    return Presentation(slides.write(file, reports, frames.teams()))


@pytest.fixture(scope="module")
def seen(opened):
    return agreement.slides(opened)


def test_a_deck_of_many_years_and_platforms_can_be_read(opened):
    assert legible.within(opened) > 250
    legible.apart(opened)


def test_every_measure_and_year_is_on_a_slide_or_on_the_last(reports, seen):
    gathered = facts.gather(reports, frames.teams(), None)
    contents = (*deck.CONTENTS, *deck.APPENDIX)
    made = [one for make in contents for one in _made(make, gathered)]
    shown = {(one.name, one.year) for slide in made for one in slide.measures}
    reported = {*zip(reports["indicator"], reports["year"].astype(int), strict=True)}
    title = words.term("slides.last")
    last = next(one.notes for one in seen if one.title == title)
    assert {name for name, year in reported - shown}  # platforms of the years before
    for name, year in reported:
        label = indicators.measure_label(name)
        told = re.search(rf"{re.escape(label)} \(([^)]*)\)", last)
        assert ((name, year) in shown) != (told is not None and str(year) in told[1])
    for year in YEARS[:-2]:
        assert f"số liệu về tổ của {YEARS[0]}" in last or str(year) in last


def _made(make, gathered):
    try:
        made = make(gathered)
    except facts.Missing:
        return []
    return made if isinstance(made, list) else [made]


def test_tables_of_a_deck_have_every_year_and_every_platform(reports, seen):
    heads = [head for slide in seen for table in slide.tables for head in table[0][1:]]
    for one in [*frames.taken(reports, "headline"), *frames.platforms(reports)]:
        assert one.when in heads or one.label in heads
    assert {one.label for one in frames.platforms(reports)} <= {*heads}
    shares = rates.to_districts(reports)
    for year, column in ((2020, 1), (2022, 2)):
        one = indicators.get("net0_users", year=year)
        rows = rates.pick(shares, one).set_index("code")
        [table] = [
            table
            for slide in seen
            for table in slide.tables
            if table[0][column : column + 1] == [one.when] and "net0" in slide.title
        ]
        rows_of = [row for row in table[1:] if not row[0].startswith("¹")]  # a note ends it
        found = {row[0]: row[column].partition(" (")[0] for row in rows_of}
        assert found == {
            places.label(code): words.percent(share) for code, share in rows["share"].items()
        }


def test_lines_of_a_slide_run_through_all_years(reports, opened, seen):
    shares = rates.pick(rates.to_districts(reports), *frames.taken(reports, "headline"))
    [chart] = [chart for slide in seen for chart in slide.charts if len(chart) == 10]
    for code, rows in shares.groupby("code"):
        label = places.label(code)
        values = rows.sort_values("year")["share"].to_numpy()
        before = chart[words.term("slides.years_before", label=label)]
        np.testing.assert_allclose([point[0] for point in before], values[:3])
        np.testing.assert_allclose([point[0] for point in chart[label]], values[2:])
    [native] = [
        shape.chart
        for _, shape in legible.shapes_of(opened)
        if getattr(shape, "has_chart", False) and len(shape.chart.plots[0].series) == 10
    ]
    assert native._chartSpace.xpath(".//c:dispBlanksAs/@val") == ["span"]  # over years without one


def test_an_atlas_has_a_map_of_every_measure_and_year_and_of_each_step(reports, monkeypatch):
    monkeypatch.setattr(ranks, "MOST_RANKED", 0)  # ranks take long, and have tests of their own
    views = atlas.views.gather(reports)
    whens = {(one.measure, one.level, one.when) for one in views}
    steps = [f"{before}-{after}" for before, after in pairwise(YEARS)]
    for name in reports["indicator"].unique():
        for level in atlas.views.LEVELS:
            assert {when for measure, at, when in whens if (measure, at) == (name, level)} == {
                *map(str, YEARS),
                *steps,
            }


def test_the_answer_on_change_leads_to_the_map_of_the_last_step(reports, headline, monkeypatch):
    monkeypatch.setattr(ranks, "MOST_RANKED", 0)
    mine = rates.pick(reports, *headline)
    views = atlas.views.gather(mine, levels=atlas.views.LEVELS[:1])
    told = answers(mine, None, None, views=views)
    assert told[1]["view"] == f"{headline[-1].name}.{YEARS[-2]}-{YEARS[-1]}.district"


def test_an_atlas_maps_districts_where_nobody_knows_where_communes_lie(reports, monkeypatch):
    one = reports[(reports["indicator"] == "files") & (reports["year"] == 2020)]
    said = words.strings()["atlas.no_communes"]["vi"]
    assert said not in atlas.page(one)
    monkeypatch.setattr(places, "placed", lambda: False)
    page = atlas.page(one)
    assert said in page
    assert {*atlas.figures(page)["level"]} == {"district"}

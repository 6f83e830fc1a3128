"""Check what an atlas holds: the figures of the package in both languages, and nothing hidden."""

import base64
import hashlib
import json
import re
from pathlib import Path

import geopandas as gpd
import invented
import numpy as np
import pandas as pd
import pytest
import shapely
from cost import grows_less_than
from typer.testing import CliRunner

from hganalysis import (
    Study,
    atlas,
    build,
    change,
    frames,
    indicators,
    places,
    ranks,
    rates,
    sources,
    words,
)
from hganalysis.atlas import assemble, notes, outlines, picture, tables, views
from hganalysis.build import verify
from hganalysis.build.command import app
from hganalysis.figures import passport
from hganalysis.figures.classify import value_text
from hganalysis.figures.figure import Figure
from hganalysis.figures.states import KNOWN, SUPPRESSED, UNRELIABLE, state_name

SOURCE = Path(atlas.__file__).parent
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def reports():
    """Take one measure of two years: few enough to make several atlases of."""
    table = frames.reports()
    return table[table["indicator"] == "app_users"].reset_index(drop=True)


@pytest.fixture(scope="module")
def page(reports):
    return atlas.page(reports, teams=frames.teams())


@pytest.fixture(scope="module")
def figures(page):
    columns = ["language", "when", "level", "code", "fact"]
    table = atlas.figures(page)
    return table[table["indicator"] == "app_users"].set_index(columns)["text"].sort_index()


@pytest.fixture
def one_year(reports, monkeypatch):
    """Take one year, and leave the sets of ranks to other tests: they take the time."""
    monkeypatch.setattr(ranks, "MOST_RANKED", 0)
    return reports[reports["year"] == 2023].reset_index(drop=True)


def payload(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])


# --- every figure is the package's ---


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("level", ["district", "commune"])
def test_figures_are_those_of_rates(reports, figures, language, level):
    shares = {"district": rates.to_districts, "commune": rates.uptake}[level](reports)
    with words.use(language):
        for _, row in shares.iterrows():
            told = figures[language, str(row["year"]), level, row["code"]]
            assert told["value"] == value_text(row["share"], indicators.classes("app_users"))
            pair = f"{words.number(row['count'])} / {words.number(row['out_of'])}"
            assert told["count"] == pair
            ends = words.interval(row["share_low"], row["share_high"], "share")
            assert told["chance"] == ends
            assert ("state" in told.index) == (row["state"] != "known")


def test_values_are_written_as_percent_unless_a_border_of_a_class_forbids_it(reports, figures):
    shares = rates.to_districts(reports)
    texts = [
        figures["vi", str(row["year"]), "district", row["code"], "value"]
        for _, row in shares.iterrows()
    ]
    assert texts == [words.percent(share) for share in shares["share"]]


def test_ranks_come_with_the_ranks_that_are_possible(reports, figures):
    one = indicators.get("app_users", year=2023)
    for code, row in ranks.rank_sets(reports, indicator=one).iterrows():
        text = f"{row['rank']} ({row['rank_low']}–{row['rank_high']})"
        assert figures["en", "2023", "district", code, "rank"] == text


def test_changes_are_those_of_change_and_a_commune_has_no_interval(reports, figures):
    pair = [indicators.get("app_users", year=year) for year in (2022, 2023)]
    for level in ("district", "commune"):
        moved = change.difference(reports, before=pair[0], after=pair[1], by=level)
        for _, row in moved.iterrows():
            ends = [
                words.number(row[end], decimals=1, signed=True)
                for end in ("change_low_pp", "change_high_pp")
            ]
            value = value_text(row["change_pp"], indicators.classes("app_users", of_change=True))
            text = value if level == "commune" else f"{value} (từ {ends[0]} đến {ends[1]})"
            assert figures["vi", "2023", level, row["code"], "change"] == text
            assert figures["vi", "2022-2023", level, row["code"], "value"] == value
    assert ("vi", "2022", "district", "930", "change") not in figures.index


def test_the_province_stands_below_each_table_without_a_rank(reports, figures):
    share = rates.to_province(reports).set_index("year")["share"]
    for level in ("district", "commune"):
        assert figures["en", "2022", level, "93", "value"] == "23.6%"
        assert round(share[2022], 3) == 0.236
        assert ("en", "2022", level, "93", "rank") not in figures.index


def test_the_file_holds_the_same_numbers_once_and_says_they_are_simulated(reports, page):
    table = atlas.data(page)
    assert not table.duplicated(["level", "code", "indicator", "year"]).any()
    assert set(table["note"]) == {"SỐ LIỆU MÔ PHỎNG / SIMULATED DATA"}
    shares = rates.uptake(reports).set_index(["code", "year"])
    mine = table[(table["level"] == "commune") & (table["indicator"] == "app_users")]
    mine = mine.set_index(["code", "year"]).loc[shares.index]
    np.testing.assert_allclose(mine["value"], shares["share"], rtol=1e-7)
    np.testing.assert_allclose(mine["low"], shares["share_low"], rtol=1e-7)
    assert mine["count"].tolist() == shares["count"].tolist()
    assert mine["state"].tolist() == shares["state"].tolist()
    assert set(table["level"]) == {"province", "district", "commune"}
    changed = table[table["change_pp"].notna()]
    assert set(changed["year"] - changed["change_since"]) == {1}
    assert table.loc[table["year"] == 2022, "change_since"].isna().all()


def test_the_row_of_the_whole_stands_out_in_each_table_and_no_other(page):
    tables = re.findall(r"<table id=.*?</table>", page, re.DOTALL)
    assert len(tables) > 4
    whole = str(places.province()["code"])
    for one in tables:
        rows = re.findall(r'<tr data-code="([^"]*)"( class=whole)?>', one)
        assert [bool(marked) for _, marked in rows] == [code == whole for code, _ in rows]
        assert any(marked for _, marked in rows)


def test_density_is_that_of_the_teams(page):
    table = atlas.data(page)
    mine = table[(table["indicator"] == "members_per_1000") & (table["level"] == "district")]
    density = rates.density(frames.teams(), level="district").set_index(["code", "year"])
    mine = mine.set_index(["code", "year"]).loc[density.index]
    np.testing.assert_allclose(mine["value"], density["members_per_1000"], rtol=1e-7)
    assert mine["count"].tolist() == density["members"].tolist()
    ranks_of_year = density.groupby("year")["members_per_1000"].rank(ascending=False)
    assert mine["rank"].tolist() == ranks_of_year.tolist()


def test_both_languages_tell_the_same_facts_of_the_same_places(page):
    keys = ["indicator", "when", "level", "code", "fact"]
    told = (
        atlas.figures(page)
        .groupby("language")[keys]
        .apply(lambda rows: set(rows.itertuples(index=False)))
    )
    assert told["vi"] == told["en"]


def test_a_page_that_is_no_atlas_is_refused():
    with pytest.raises(ValueError, match="no atlas: it holds no data"):
        atlas.figures("<html></html>")


# --- what is hidden is not in the page ---


def test_of_a_hidden_count_nothing_is_told_and_another_one_gives_the_same_page(one_year):
    # Two communes of one district, 1 and 3 or 3 and 1: the page must not tell which.
    inside = one_year.index[one_year["code"].isin(["31318", "31321"])]
    pages = []
    for counts in ([1, 3], [3, 1]):
        small = one_year.copy()
        small.loc[inside, "count"] = counts
        pages.append(atlas.page(small))
    assert pages[0] == pages[1]
    table = atlas.data(pages[0]).set_index(["level", "code"])
    hidden = table[table["state"] == "suppressed"]
    assert {("commune", "31318"), ("commune", "31321")} <= set(hidden.index)
    numbers = ["value", "low", "high", "count", "out_of", "rank", "rank_low", "change_pp"]
    assert hidden[numbers].isna().all(axis=None)
    assert set(hidden["note"]) == set(table["note"])  # that it is simulated
    told = atlas.figures(pages[0]).set_index("code").loc["31318"]
    assert set(told["fact"]) == {"place", "district", "state"}
    assert set(told.loc[told["language"] == "vi", "text"]) >= {state_name("suppressed")}


def test_a_change_is_hidden_where_one_of_its_years_is(monkeypatch):
    monkeypatch.setattr(ranks, "MOST_RANKED", 0)
    # Of files: users are hidden in every year where they are in one.
    small = frames.reports().query("indicator == 'files_online'").reset_index(drop=True)
    small.loc[(small["code"] == "31318") & (small["year"] == 2022), "count"] = 2
    found = {view.key: view for view in views.gather(small)}
    later, moved = found["files_online.2023.commune"], found["files_online.2022-2023.commune"]
    assert np.isnan(later.table.loc["31318", "change_pp"])
    assert later.table.loc["31318", "state"] == "known"
    assert moved.table.loc["31318", "state"] == "suppressed"
    assert moved.table.loc["31318", "value":"out_of"].isna().all()


def test_a_place_that_did_not_report_has_no_data_and_no_number(one_year):
    missing = one_year[one_year["code"] != "31318"]
    text = atlas.page(missing)
    table = atlas.data(text).set_index(["level", "code"])
    for place in (("district", "930"), ("commune", "31318")):
        assert table.loc[place, "state"] == "no data"
        assert np.isnan(table.loc[place, "value"])
    assert re.search(r'<path data-code="930" fill="url\(#n\)"', text)
    told = atlas.figures(text).query("code == '31318' and language == 'en'")
    assert dict(zip(told["fact"], told["text"], strict=True))["state"] == "no data"


@pytest.mark.parametrize("state", ["suppressed", "not comparable", "no data"])
def test_a_number_that_may_not_be_shown_is_forgotten_whoever_left_it_there(state):
    row = {"value": 0.3, "low": 0.2, "high": 0.4, "count": 30, "out_of": 100}
    row |= {"origin": "reported", "state": state}
    kept = views._ranked(pd.DataFrame([row], index=["930"]), None)
    assert kept.drop(columns=["state", "origin"]).isna().all(axis=None)


def test_a_province_of_ones_own_has_its_own_places_years_and_measures(tmp_path, monkeypatch):
    monkeypatch.setattr(ranks, "MOST_RANKED", 0)
    files = invented.write(tmp_path / "in")
    given = {"places": "list_of_places", "indicators": "catalogue"}
    own = build.own(
        tmp_path / "data", **{given.get(name, name): file for name, file in files.items()}
    )
    with sources.use(own.folder):
        text = atlas.page(frames.reports(), teams=frames.teams())
        table = atlas.data(text)
        known = {*places.districts().index, *places.communes().index, places.province()["code"]}
        assert set(table["code"]) == known
        assert set(table["year"]) == set(invented.YEARS)
        assert set(table["indicator"]) == {*indicators.names(), "members_per_1000"}
        assert payload(text)["first"] == [indicators.role("headline"), str(max(invented.YEARS))]
    assert "Hậu Giang" not in text
    assert '<aside id="strip" class="banner" hidden>' in text
    assert text.count(f'<path data-code="{min(set(table["code"]), key=len)}') >= 1


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_table_says_in_its_language_that_it_is_simulated(page, language):
    captions = re.findall(rf'<table id="{language}\..*?<caption>(.*?)</caption>', page, re.DOTALL)
    assert len(captions) > 4
    with words.use(language):
        banner = words.term("words.simulated")
    assert all(banner in one for one in captions)


def test_nothing_simulated_no_banner(one_year):
    real = atlas.page(one_year.assign(origin="reported"))
    assert '<aside id="strip" class="banner" hidden>' in real
    assert '<caption><span><b class="banner">' not in real
    assert set(atlas.data(real)["note"].isna()) == {True}
    assert '"simulated":true' not in real


def test_a_row_of_the_file_says_that_it_is_simulated_though_it_has_no_number(one_year):
    gone = one_year["code"].isin(one_year["code"].unique()[:30:4])
    table = atlas.data(atlas.page(one_year[~gone].reset_index(drop=True)))
    made = table["origin"] == "simulated"
    assert set(table.loc[made, "value"].isna()) == {True, False}
    assert (table["note"].notna() == made).all()
    assert set(table.loc[~made, "code"]) <= set(one_year.loc[gone, "code"])


def test_one_simulated_commune_puts_the_banner_on_every_view_that_holds_it(reports, monkeypatch):
    monkeypatch.setattr(ranks, "MOST_RANKED", 0)
    mixed = reports.assign(origin="reported")
    later = mixed["year"] == 2023
    row = mixed.index[later][40]
    mixed.loc[row, "origin"] = "simulated"
    text = atlas.page(mixed)
    simulated = {
        key: view["simulated"] for key, view in payload(text)["views"].items() if "app_users" in key
    }
    # a district and the commune in it, in that year and since the year before; the rest is real
    assert {key for key, is_so in simulated.items() if "2023" in key} == {
        key for key, is_so in simulated.items() if is_so
    }
    assert len(set(simulated.values())) == 2
    # the page as a whole wears it, and the first map, which is of that year
    strip = re.search(r'<aside id="strip" class="banner" ?(hidden)?>', text)
    assert strip
    assert strip[1] is None
    captions = re.findall(r"<caption>.*?</caption>", text, re.DOTALL)
    worn = ['<b class="banner">' in one for one in captions]
    assert {"2023" in one for one, wears in zip(captions, worn, strict=True) if wears} == {True}
    assert any(worn)
    assert not all(worn)


def test_a_page_of_which_one_year_is_simulated_wears_the_banner(reports, monkeypatch):
    monkeypatch.setattr(ranks, "MOST_RANKED", 0)
    # the year before is simulated, the map that is seen first is not
    mixed = reports.assign(origin="reported")
    mixed.loc[mixed["year"] == 2022, "origin"] = "simulated"
    text = atlas.page(mixed)
    strip = re.search(r'<aside id="strip" class="banner" ?(hidden)?>', text)
    assert strip
    assert strip[1] is None
    assert "mô phỏng" in text or "simulated" in text
    views = payload(text)["views"].values()
    worn = {view["when"] for view in views if view["simulated"]}
    assert worn == {"2022", "2022-2023"}  # a change is no better than the worse of its years


# --- one file that asks for nothing and runs nothing else ---


def test_the_same_data_give_the_same_bytes_and_other_data_another_passport(one_year, tmp_path):
    [first], [second] = (atlas.write(tmp_path / f"{name}.html", one_year) for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    with words.use("en"):
        [english] = atlas.write(tmp_path / "en.html", one_year)
    other = one_year.copy()
    other.loc[0, "count"] += 1
    [changed] = atlas.write(tmp_path / "c.html", other)
    found = [passport.read(file).passport for file in (first, english, changed)]
    assert found[0].hash == found[1].hash != found[2].hash
    assert found[0].recipe == found[2].recipe
    assert (
        found[0].hash
        in re.search(r'id="source" [^>]*>(.*?)</section>', first.read_text("utf-8"))[1]
    )


def test_the_policy_forbids_all_but_the_one_script_and_style(page):
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', page)[1].replace("&#x27;", "'")
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert (
        allowed.pop("default-src")
        == allowed.pop("base-uri")
        == allowed.pop("form-action")
        == "'none'"
    )
    for kind, tag in (("script-src", "script"), ("style-src", "style")):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert allowed.pop(kind) == f"'sha256-{digest}'"
    assert allowed == {"img-src": "data:"}
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)  # the policy would drop them
    assert len(re.findall(r"<script", page)) == 2


def test_it_is_light_and_one_that_is_not_is_refused(one_year, page, monkeypatch):
    assert len(page.encode("utf-8")) < atlas.LIMIT == 1_000_000
    monkeypatch.setattr(assemble, "LIMIT", 50_000)
    with pytest.raises(
        ValueError,
        match=r"Hậu Giang would weigh [\d,]+ bytes, packed as it is, and 50,000 is the most",
    ) as told:
        atlas.page(one_year)
    assert "2 views of 83 places in 2 languages" in str(told.value)


EVIL = '</script><img src=x onerror="a()">&amp;\u2028'


def test_names_are_text_wherever_they_stand(one_year, monkeypatch):
    names = dict.fromkeys(["name_vi", "name_en", "label_vi", "label_en"], EVIL)
    for level in ("districts", "communes", "areas", "points"):
        table = getattr(places, level)()
        monkeypatch.setattr(places, level, lambda *_, table=table: table.assign(**names))
    text = atlas.page(one_year)
    assert "<img" not in text
    assert len(re.findall(r"<script", text)) == len(re.findall(r"</script>", text)) == 2
    assert payload(text)["levels"]["district"]["labels"]["vi"][0].replace("\n", " ") == EVIL
    assert "\u2028" not in re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1]
    assert set(atlas.data(text).query("level == 'commune'")["place"]) == {EVIL}


def test_measures_are_text_wherever_they_stand(one_year, monkeypatch):
    monkeypatch.setattr(views.View, "label", lambda _: EVIL)
    monkeypatch.setattr(views.View, "counts", lambda _: (EVIL, EVIL))
    text = atlas.page(one_year)
    assert "<img" not in text
    assert len(re.findall(r"<script", text)) == len(re.findall(r"</script>", text)) == 2


def test_the_file_runs_nothing_in_a_spreadsheet(one_year, monkeypatch):
    table = places.communes().assign(name_vi='=HYPERLINK("x","y"),\n"z"')
    monkeypatch.setattr(places, "communes", lambda: table)
    told = atlas.data(atlas.page(one_year)).query("level == 'commune'")["place"]
    assert set(told) == {'\'=HYPERLINK("x","y"),\n"z"'}


# --- shapes ---


def polygon(text):
    """Read a path as the browser does."""
    rings = []
    for ring in re.findall(r"M(-?\d+) ?(-?\d+)l([^z]*)z", text):
        steps = np.array(re.findall(r"-?\d+", ring[2]), dtype=int).reshape(-1, 2)
        rings.append(np.cumsum([[int(ring[0]), int(ring[1])], *steps], axis=0))
    return shapely.Polygon(rings[0], rings[1:])


def test_paths_are_the_outlines():
    areas = places.areas()
    paper = outlines.paper(areas)
    for code, shape in areas.geometry.items():
        drawn = polygon(outlines.path(shape, paper))
        assert abs(drawn.area * paper.metres**2 / shape.area - 1) < 0.01, code
        x, y = paper.at(shape.centroid.x, shape.centroid.y)
        assert drawn.centroid.distance(shapely.Point(x, y)) < 2


def test_holes_and_islands_are_drawn_and_specks_are_not():
    paper = outlines.Paper(0.0, 100.0, 1.0, 132, 1.0, ("nw",))
    square = shapely.box(0, 0, 90, 90) - shapely.box(30, 30, 60, 60)
    shape = shapely.MultiPolygon(
        [square, shapely.box(95, 95, 99, 99), shapely.box(50, 95, 50.2, 95.2)]
    )
    text = outlines.path(shape, paper)
    assert text.count("M") == text.count("z") == 3
    assert polygon(text.rsplit("M", 1)[0]).area == square.area


def test_the_scale_bar_never_lies_on_land():
    square = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 100, 100)])
    paper = outlines.paper(square)  # every corner is full
    below = max(paper.at(*point)[1] for point in square.get_coordinates().to_numpy())
    bar = re.search(r'd="M(\d+) (\d+)v12', outlines.scale(paper))
    words_at = {int(y) for y in re.findall(r' y="(\d+)"', outlines.scale(paper))}
    assert min(int(bar[2]), *words_at) - 50 > below
    cross = shapely.box(40, 0, 60, 100).union(shapely.box(0, 40, 100, 60))
    assert outlines.paper(gpd.GeoDataFrame(geometry=[cross])).height == 1600  # corners have room


def test_circles_have_the_area_of_their_residents_and_small_ones_lie_on_top():
    paper = outlines.paper(places.areas())
    radius = outlines.radii(places.points()["population"], paper)
    per = radius**2 / places.points()["population"]
    np.testing.assert_allclose(per, per.iloc[0])
    drawn = [
        int(size)
        for size in re.findall(r' r="(\d+)"', "".join(outlines.shapes(places.points(), paper)))
    ]
    assert drawn == sorted(drawn, reverse=True)
    assert len(drawn) == 75


def test_communes_with_outlines_of_their_own_are_drawn_as_such(one_year):
    cells = places.points()
    cells = cells.set_geometry(cells.geometry.buffer(900))
    text = atlas.page(one_year, communes=cells)
    assert text.count('<path data-code="31') == 75
    assert "<circle data-code" not in text


def test_ten_thousand_places_take_ten_times_as_long_as_a_thousand():
    def run(count):
        codes = pd.Index([f"{code:05}" for code in range(count)], name="code")
        facts = pd.DataFrame(0.3, index=codes, columns=views.COLUMNS).assign(
            state="known", origin="reported"
        )
        view = views.View(
            "app_users",
            2023,
            None,
            of_change=False,
            level="commune",
            classes=indicators.classes("app_users"),
            table=facts,
            whole=facts.iloc[:1].rename({codes[0]: "93"}),
        )
        names = pd.DataFrame({"name": "Xã"}, index=pd.Index([*codes, "93"], name="code"))
        table = gpd.GeoDataFrame(
            {"population": 5000},
            index=codes,
            geometry=gpd.points_from_xy(range(count), range(count)),
            crs="EPSG:5897",
        )
        paper = outlines.Paper(0.0, 100.0, 1.0, 100, 1e6, ("nw",))
        figure = Figure("", (), "", rows=(facts.iloc[:1],))
        tables.html(view, figure, names)
        tables.csv([view], {"commune": names})
        outlines.shapes(table, paper, fills=dict.fromkeys(codes, "red"))

    grows_less_than(35, run, 1_000, 10_000)  # quadratic would be 100 times


# --- the house ---


def test_no_measure_and_no_year_is_named_in_the_code():
    named = "|".join([*indicators.names(), r"\b20[12]\d\b"])
    for file in SOURCE.glob("*"):
        if file.suffix in {".py", ".js", ".css", ".html"}:
            lines = [
                line for line in file.read_text("utf-8").splitlines() if re.search(named, line)
            ]
            assert [line for line in lines if "reports['year'] >=" not in line] == [], file.name


def test_every_text_of_the_atlas_is_used():
    code = "".join(
        file.read_text("utf-8") for file in SOURCE.glob("*.*") if file.suffix in {".py", ".js"}
    )
    code += (SOURCE.parent / "build" / "command.py").read_text("utf-8")
    keys = {key for key in words.strings() if key.startswith("atlas.")}
    built = {"atlas.level_district", "atlas.level_commune"} | {
        key for key in keys if key.startswith("atlas.define_")
    }
    assert {key for key in keys - built if f'"{key}"' not in code} == set()
    assert set(assemble.SHOWN) <= keys


def test_hatches_are_drawn_for_every_state_and_colour():
    classes = indicators.classes("app_users")
    view = next(iter(views.gather(frames.reports().query("indicator == 'ewallet_users'"))))
    ids = {re.search('id="(.*?)"', one)[1] for one in picture.patterns([view])}
    assert ids == {"n", "s", "x", *(f"u-{colour[1:]}" for colour in view.classes.colours)}
    assert classes.colours != view.classes.colours
    for state, fill in {
        UNRELIABLE: "url(#u-aed3a6)",
        SUPPRESSED: "url(#s)",
        KNOWN: "#aed3a6",
    }.items():
        row = pd.Series({"state": state, "colour": "#aed3a6"})
        assert picture._filling(row) == fill


def test_names_are_written_in_the_ink_that_their_colour_lets_see(page):
    def light(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [
            one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
        ]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear)) + 0.05

    for scale in payload(page)["scales"].values():
        inks = {*scale["inks"]}
        assert len(inks) == 2
        for colour, ink in zip(scale["colours"], scale["inks"], strict=True):
            contrast = {one: abs(np.log(light(one) / light(colour))) for one in inks}
            assert ink == max(contrast, key=contrast.get)


def test_ranks_are_explained_as_they_are_shown(page, one_year):
    sets, plain = (words.strings()[f"atlas.define_rank_{kind}"]["vi"] for kind in ("text", "plain"))
    assert sets in page
    assert plain not in page
    assert plain in atlas.page(one_year)


# --- the command ---


def test_the_command_writes_the_page_and_says_where(one_year, monkeypatch, tmp_path):
    monkeypatch.setattr(frames, "reports", lambda: one_year)
    file = tmp_path / "atlas.html"
    done = CliRunner().invoke(app, ["atlas", str(file), "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert "The atlas is here:" in done.output
    assert '<html lang="en">' in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["atlas.txt"], "must end in .html"),
        (["atlas.html", "--lang", "fr"], "expected one of vi, en"),
    ],
)
def test_the_command_refuses(arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["atlas", *arguments])
    assert told in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_its_passport_is_verified_against_that_of_a_build(one_year, tmp_path):
    (tmp_path / "outputs").mkdir()
    atlas.write(tmp_path / "outputs" / "atlas.html", one_year)
    verify.write_passports(tmp_path / "outputs")
    changed = one_year.assign(count=one_year["count"] + 1)
    for name, reports in (("same", one_year), ("changed", changed)):
        [file] = atlas.write(tmp_path / f"{name}.html", reports)
        assert verify.verify(file, out=tmp_path / "outputs").status == name


def test_a_page_too_large_is_one_message(one_year, monkeypatch, tmp_path):
    monkeypatch.setattr(frames, "reports", lambda: one_year)
    monkeypatch.setattr(assemble, "LIMIT", 1000)
    done = CliRunner().invoke(app, ["atlas", str(tmp_path / "a.html")])
    assert "would weigh" in str(done.exception)
    assert type(done.exception).__name__ == "BuildError"


@pytest.mark.parametrize("name", ["india_2023", ""])
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_definitions_name_the_unit_of_the_study(name, language):
    with Study.open(name or None).use(), words.use(language):
        found = views.gather(frames.reports(), frames.teams())
        told = notes.definitions(found)
        units = {one.moved.unit if one.moved else "points" for one in found if one.before}
        points, per = words.unit_text("points"), words.term("atlas.residents")
        ten_thousand = words.number(10_000)
    assert units
    changes = re.findall(r"<dd>([^<]*)", told)
    [change] = [one for one in changes if one.startswith(("hiệu của", "the difference of"))]
    assert (points in change) == (units == {"points"}), change
    assert (ten_thousand in per) == (name == "india_2023"), per
    assert per in told

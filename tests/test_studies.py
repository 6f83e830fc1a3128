"""The studies on real counts: each is what its card says, and what is built of it is its own."""

import json
import re
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from unittest import mock

import legible
import pandas as pd
import pytest
from pptx import Presentation
from trials import bring
from trials.media import Media, plain, seen, told
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import build, frames, maps, places, study, suppress, words
from hganalysis.build import command, execution
from hganalysis.build.command import app
from hganalysis.figures import passport

STUDIES = study.DATA / study.STUDIES
NAMES = ["india_2023", "kenya_2019"]
SMALL = suppress.FEWER_THAN


@cache
def raw(name, file):
    """Read a table as it is shipped, before small counts are hidden."""
    return pd.read_csv(STUDIES / name / file, dtype={"code": "str", "district_code": "str"})


def card(name):
    return (STUDIES / name / "README.md").read_text(encoding="utf-8")


# --- the folders ---


def test_these_are_the_studies_that_are_shipped():
    assert sorted(one.name for one in STUDIES.iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_file_has_its_checksum_and_its_licence(name):
    folder = STUDIES / name
    files = {one.relative_to(folder).as_posix() for one in folder.rglob("*.*")}
    assert hg.Study.open(name).own.keys() == files - {"README.md", study.SOURCES}
    for one in study.register(folder).values():
        assert one["licence"]
        assert one["origin"]
        assert one["real_or_invented"] in ("real", "definitions")


def test_a_licence_that_must_go_along_does():
    def text(name):
        return (STUDIES / name / "LICENSE.txt").read_text(encoding="utf-8")

    assert "Permission is hereby granted" in text("kenya_2019")
    assert "Community Data License Agreement - Permissive - Version 2.0" in plain(
        text("india_2023")
    ).replace("–", "-")
    assert "Department of Posts" in card("india_2023")
    assert "Kenya National Bureau of Statistics" in card("kenya_2019")


def oddities(name):
    reports = raw(name, "reports/reports.csv")
    called = raw(name, "places/communes.csv").set_index("code")
    if name == "kenya_2019":
        buyers = reports[reports["indicator"] == "online_buyers"].set_index("code")["count"]
        without = called.loc[buyers.index[buyers.isna()]].sort_values("population")
        each = ", ".join(f"{row.name_en} {row.population}" for row in without.itertuples())
        few = buyers[buyers < 500]
        twice = called["name_en"].value_counts()
        bears = ", ".join(f"{one} {twice[one]}" for one in sorted(twice.index[twice > 1]))
        users = reports.loc[reports["indicator"] == "internet_users", "count"].sum()
        yield f"{len(without)} sub-counties have no count of online buyers: "
        yield set(each.split(", "))
        least = f"the smallest {few.min():.0f}"
        yield f"{len(few)} sub-counties have fewer than 500 online buyers, {least}"
        yield f"{(twice > 1).sum()} names are borne by several sub-counties: {bears}"
        yield f"{users:,.0f} people used the internet"
    else:
        wide = reports.pivot_table(index="code", columns=["indicator", "year"], values="count")
        people, name_of = called["population"], called["name_en"]
        more = name_of[wide["registered_users", 2023] > people]
        fewer = name_of[wide["transactions", 2023] < wide["transactions", 2022]]
        growth = wide["registered_users", 2023] / wide["registered_users", 2022]
        yield f"{len(more)} districts have more registered users in 2023 than residents in 2011: "
        yield set(more)
        yield f"{len(fewer)} districts have fewer transactions in 2023 than in 2022, "
        yield set(fewer)
        yield f"between {growth.min():.2f} and {growth.max():.2f} times everywhere"


@pytest.mark.parametrize("name", NAMES)
def test_oddities_are_those_on_the_card(name):
    listed = card(name).split("Known oddities:")[1]
    for said in oddities(name):
        assert all(one in listed for one in (said if isinstance(said, set) else [said])), said


def test_a_study_is_found_by_its_name_a_folder_by_its_path_and_no_other(tmp_path, monkeypatch):
    assert study.find("kenya_2019") == STUDIES / "kenya_2019"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    assert study.find("mine") == study.Path("mine")
    assert study.find("./kenya_2019") == study.Path("kenya_2019")
    with pytest.raises(FileNotFoundError, match="Shipped are india_2023, kenya_2019"):
        hg.Study.open("kenya_2018")


def test_the_command_line_takes_the_name_and_lists_those_it_knows(tmp_path):
    file = tmp_path / "form.xlsx"
    done = CliRunner().invoke(
        app, ["template", str(file), "--year", "2023", "--study", "india_2023"]
    )
    assert (done.exit_code, file.is_file()) == (0, True)
    done = CliRunner().invoke(app, ["build", "--study", "nowhere"])
    assert done.exit_code == 1
    assert "Shipped are india_2023, kenya_2019" in str(done.exception)


def test_what_is_held_equal_and_for_how_many_residents_is_the_study_s():
    with hg.Study.open("india_2023").use():
        found = study.current()
        assert (found.density, list(found.controls)) == (
            "members_per_10000",
            ["literate_percent", "urban_percent"],
        )
        units = hg.effect.units(
            frames.reports(), frames.teams(), indicator=frames.latest(frames.reports(), "headline")
        )
        by_hand = 10_000 * units["members"] / units["population"]
        pd.testing.assert_series_equal(units[found.density], by_hand, check_names=False)
        assert set(found.controls) < set(units)
    wrong = '[exposure]\none = "a"\nmany = "b"\nper = 500\n[controls]\nA-b = "c"\n'
    with pytest.raises(ValueError, match="per is 500, not 1000 or 10000") as told_of:
        study.read_description(f'name = "x"\n[levels.province]\none = "p"\nmany = "p"\n{wrong}')
    assert "[controls] A-b is no name of a column" in str(told_of.value)


def test_a_control_that_the_list_has_not_is_refused(tmp_path):
    shipped = study.Study.open().written
    described = tmp_path / "study.toml"
    described.write_text(f'{shipped}\n[controls]\ncoast = "the coast"\n', encoding="utf-8")
    with words.use("en"), pytest.raises(build.BuildError, match=r"lacks .*coast|coast"):
        build.own(tmp_path / "data", study=described)
    listed = raw("india_2023", "places/communes.csv").drop(columns=["type_vi", "type_en"])
    listed = listed.rename(columns={"name_vi": "name"}).assign(district=listed["district_code"])
    file = tmp_path / "list.csv"
    listed.drop(columns="urban_percent").to_csv(file, index=False)
    ours = STUDIES / "india_2023" / study.FILE
    with words.use("en"), pytest.raises(build.BuildError, match="urban_percent"):
        build.own(tmp_path / "other", study=ours, list_of_places=file)


# --- all that comes of them ---


@pytest.fixture(scope="module", params=NAMES)
def made(request, tmp_path_factory):
    """Build all of a study in this process, in English; the atlas has both languages."""
    found = bring.Trial(SimpleNamespace(traits=SimpleNamespace(language="en")))
    found.data, found.out = STUDIES / request.param, tmp_path_factory.mktemp("made") / "out"
    found.name = request.param
    run = mock.patch.object(execution, "execute", bring._executed(found))
    small = mock.patch.object(maps.Picture, "_repr_png_", return_value=(bring.DOT, {}))
    with words.use("en"), run, small, bring.loud():
        build.build(
            bring.NOTEBOOKS, out=found.out, language="en", data=found.data, leaves=command.LEAVES
        )
    assert (found.crashes, found.refused) == ({}, {})
    assert {one.name for one in found.out.glob("*.*")} >= {"atlas.html", "slides.pptx"}
    found.media = Media(found.out)
    return found


def shown(made):
    """Give everything that is to be read in English, by its name."""
    media = made.media
    yield from ((f"report {name}", text) for name, text in media.reports.items())
    yield "index", index(made)
    yield from ((name, seen(page)) for name, page in {**media.pages, **media.pictures}.items())
    yield from (
        (f"slide of {one.title}", f"{told(one)} {plain(one.notes)}") for one in media.slides
    )
    yield "atlas", seen(media._atlas_page)


def index(made):
    return seen((made.out / "index.html").read_text(encoding="utf-8"))


OTHERS = re.compile(
    r"(?i)simulat|mô phỏng|\bcommunes?\b|\bmembers?\b|\bteams?\b|\bhamlets?\b|\bprovinces?\b"
    r"|h[aậ]u giang|viet ?nam|việt nam"
)
# The intervals were put to the test in simulation, whatever is studied; a post office is no team.
METHOD = re.compile(
    r"In 13 simulated scenarios|the true value in simulation|regressor log members|\{[a-z_]+\}"
    r"|(?i:a post office is not a team that goes from house to house)"
)


def test_nothing_is_stamped_or_named_as_another_study_is(made):
    named, parts = {}, dict(shown(made))
    assert len(parts) > 15
    for name, text in parts.items():
        if found := OTHERS.search(METHOD.sub("", text)):
            named[name] = text[max(0, found.start() - 60) : found.end() + 40]
    assert named == {}


# Letters that Vietnamese alone has among the languages of these pages.
VIETNAMESE = re.compile(r"[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơư]")


def test_each_picture_of_the_index_has_its_numbers_beside_it(made):
    page = (made.out / "index.html").read_text(encoding="utf-8")
    along = re.findall(r'<p class="also">(.*?)</p>', page)
    assert len(along) == page.count("<img ") > 3
    for links in along:
        files = dict(re.findall(r'<a href="([^"]+)">([A-Z]+)</a>', links))
        assert {"PNG", "SVG", "CSV"} <= set(files.values()), links
        assert all((made.out / file).is_file() for file in files)


def test_pages_are_named_by_what_is_studied(made):
    """Of several studies each is found again among tabs, and on paper."""
    named = {"kenya_2019": "Kenya", "india_2023": "Eight states of India"}[made.name]
    assert f"<h1>{named}: uptake by " in (made.out / "index.html").read_text()
    for page in made.out.glob("0*.html"):
        [title] = re.findall("<title>(.*?)</title>", page.read_text(encoding="utf-8"))
        assert title.endswith(f" · {named}")


def test_what_is_unreliable_is_marked_in_the_tables_of_slides(made):
    media = made.media
    marked = [one.title for one in media.slides if "¹ unreliable" in told(one)]
    assert len(marked) >= {"kenya_2019": 3, "india_2023": 2}[made.name]


def test_an_english_page_is_english(made):
    for name, text in shown(made):
        if name != "atlas":  # which has both
            assert not VIETNAMESE.search(text), name


def test_it_has_the_nouns_of_its_place_and_names_its_sources(made):
    everything = " ".join(text for _, text in shown(made)).lower()
    nouns = {
        "kenya_2019": ("sub-counties", "counties", "kenya national bureau of statistics"),
        "india_2023": ("districts", "states", "post offices", "phonepe", "department of posts"),
    }
    for noun in nouns[made.name]:
        assert noun in everything, noun


def test_no_small_count_stands_in_any_table(made):
    reports = raw(made.name, "reports/reports.csv")
    rest = reports["out_of"] - reports["count"]
    share = ~reports["indicator"].isin(["transactions", "registered_users"])
    few = reports[(reports["count"] < SMALL) | (share & (rest < SMALL))]
    assert len(few) == {"kenya_2019": 12, "india_2023": 0}[made.name]
    with hg.Study.open(made.name).use():
        told_of = frames.reports()
    gone = told_of[suppress.is_hidden(told_of)]
    keys = set(zip(gone["code"], gone["indicator"], strict=True))
    assert set(zip(few["code"], few["indicator"], strict=True)) <= keys
    seen_of = 0
    for table in made.media.tables.values():
        if {"code", "indicator", "count"} <= set(table):
            codes = table["code"].astype("str")
            held = [pair in keys for pair in zip(codes, table["indicator"], strict=True)]
            assert table.loc[held, ["count", "share"]].isna().all(axis=None)
            seen_of += sum(held)
    assert (seen_of > 0) == (made.name == "kenya_2019")
    said = " ".join(made.media.reports.values())
    each = {
        "kenya_2019": "24 of 1,377 reports of sub-counties are hidden",
        "india_2023": "Nothing had to be hidden: in all 660 reports of districts",
    }
    assert each[made.name] in said


def test_what_is_missing_is_said_once(made):
    reports = " ".join(made.media.reports.values())
    if made.name == "kenya_2019":
        assert index(made).count("There is no answer: there is one year only.") == 1
        assert index(made).count("this study has nothing to set beside uptake") == 1
        names = [one[:2] for one in sorted(file.name for file in made.out.glob("0*.html"))]
        assert names == ["00", "01", "06"]
        assert "Left out" not in reports
        assert "There is no answer" not in reports
    else:
        assert "There is no answer" not in index(made)
        assert reports.count("published figure of this") == reports.count("applications were") == 0


def test_squares_have_their_names_and_the_atlas_its_map(made):
    page = made.media._atlas_page
    with hg.Study.open(made.name).use():
        assert places.as_tiles()
        labels = places.districts()["label_en"]
    assert '<g class="scale' not in page  # squares measure nothing, and the page knows it
    assert all(one in page for one in labels.str.split("\n").str[0])


def test_each_square_of_a_picture_has_its_name_and_its_value(made):
    with hg.Study.open(made.name).use(), words.use("en"):
        picture = hg.map(frames.taken(frames.reports(), "headline")[-1:])
        labels = places.districts()["label_en"]
    [ax] = [one for one in picture.figure.axes if one.get_label() == "map"]
    said = [" ".join(one.get_text().split()) for one in ax.texts]
    letters = re.sub(r"[^a-z]", "", " ".join(said).lower())  # a name may be parted over lines
    assert [one for one in labels if re.sub(r"[^a-z]", "", one.lower()) not in letters] == []
    assert sum(bool(re.match(r"[▲▼]?\d+\.\d", one)) for one in said) == len(labels)


def test_squares_of_many_districts_are_drawn_round_and_named_on_a_web_map(made):
    if made.name != "india_2023":
        pytest.skip("of 165 squares only")
    page = (made.out / "web" / "headline-communes.html").read_text(encoding="utf-8")
    with hg.Study.open(made.name).use():
        labels = [one.split("\n")[0] for one in places.districts()["label_en"]]
    [names] = re.findall(r"var names = (\[.*?\]), bounds", page)
    assert len(json.loads(names)) == len(labels)
    assert all(one.split()[0] in names for one in labels)
    [rim] = re.findall(r"var rim = (.*?);\n", page)
    shapes = json.loads(rim)["geometries"]
    assert len(shapes) == len(labels)
    for shape in shapes:  # of squares, which are square on the map: each edge is upright or level
        parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        for ring in (ring for part in parts for ring in part):
            edges = [(abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in pairwise(ring)]
            assert all(min(edge) < 2e-4 for edge in edges)
    few = (made.out / "web" / "headline-1.html").read_text(encoding="utf-8")
    assert "var rim = null;" in few


def test_where_a_number_has_no_unit_no_text_has_a_hole(made):
    deck = Presentation(made.out / "slides.pptx")
    said = [shape.text_frame.text for _, shape in legible.shapes_of(deck) if shape.has_text_frame]
    said.append(index(made))
    for file in (made.out / "web").glob("*.html"):
        page = file.read_text(encoding="utf-8")
        said.append(page[page.index("<header>") : page.index("</header>")])
    assert [one for one in said if re.search(r", ?,|\(\)|, ?\.(\s|$)", one)] == []


def test_a_ratio_above_one_is_written_for_one(made):
    if made.name != "india_2023":
        pytest.skip("of transactions only")
    said = index(made)
    # what is counted, of which months, and the unit once
    assert (
        "Fourth-quarter payments per resident, 2023: highest in Rajasthan, 19.9 (16.1–24.5)" in said
    )
    assert "up 5.0 in the area studied" in said
    assert not re.search(r"\d{2},\d{3}\.\d per 1,000|1,985", said)


# What is said of teams that go from house to house, and of several platforms.
ELSEWHERE = re.compile(
    r"(?i)taken off the count|by lot to|may have reached anybody|a campaign|several platforms"
    r"|people and households together|if anything was|\.\.\."
)


def test_the_licence_of_the_data_goes_along(made):
    text = (STUDIES / made.name / "LICENSE.txt").read_bytes()
    assert (made.out / "LICENSE.txt").read_bytes() == text
    assert "The licence of the data" in index(made)


def test_no_sentence_is_of_another_study(made):
    for name, text in made.media.reports.items():
        assert not ELSEWHERE.search(text), (name, ELSEWHERE.search(text))
    if made.name == "kenya_2019":
        page = next(text for name, text in made.media.reports.items() if name.startswith("01"))
        lacking = "no number for Aberdare National Park, Aberdare Forest and Kakamega Forest"
        assert page.count(lacking) == 1
        said = " ".join(text for _, text in shown(made))
        assert "For every 100 people aged 3 and over" in said
        assert "100 residents" not in said


def test_districts_that_fell_while_all_others_grew_are_said(made):
    if made.name != "india_2023":
        pytest.skip("of two years of one measure")
    counts = raw(made.name, "reports/reports.csv").query("indicator == 'transactions'")
    counts = counts.pivot_table(index="code", columns="year", values="count")
    fell = counts[counts[2023] < counts[2022]]
    most = counts.groupby(counts.index.str[:2])[2022].idxmax()
    assert len(fell) == 7
    assert fell.index.isin(most).sum() > 7 / 2
    assert (counts.drop(fell.index)[2023] > counts.drop(fell.index)[2022]).all()
    halved = fell.index[fell[2023] < fell[2022] / 2]
    names = raw(made.name, "places/communes.csv").set_index("code")["name_en"]
    assert set(names[halved]) == {"Patna", "Shimla"}
    page = next(text for name, text in made.media.reports.items() if name.startswith("02"))
    assert "in seven districts, most of them those with most transactions in their state" in page


def test_the_ladder_has_both_signs_and_its_caution(made):
    if made.name != "india_2023":
        pytest.skip("of the study with an exposure")
    ladder = made.media.tables["ladder"]
    first = ladder[ladder["term"] == "members_per_10000"].set_index("rung")
    assert first.loc[1, "rate_ratio"] == pytest.approx(1.04, abs=0.005)
    assert first.loc[2, ["rate_ratio", "df"]].tolist() == pytest.approx([0.80, 4.28], abs=0.005)
    report = next(text for name, text in made.media.reports.items() if name.startswith("03"))
    for said in ("October 2025", "2011", "not a team that goes from house to house"):
        assert said in report, said
    assert "in opposite directions" in report
    trust = next(text for name, text in made.media.reports.items() if name.startswith("04"))
    assert "not a team that goes from house to house" in trust
    with hg.Study.open(made.name).use(), words.use("en"):
        reports, teams = frames.reports(), frames.teams()
        outcome = frames.latest(reports, "headline")
        design = hg.Design.of_reports(reports, teams, indicator=outcome)
        others, asked = design.alternatives(), design.denominators()
        said, cells = str(others), " ".join(others.reading().iloc[:, 1])
        assert set(asked.table["question"]) == {"estimate", "free population", "shaken"}
    # its bootstrap set falls apart, and no table may close the gap
    [broken] = others.table.loc[others.table["shape"] == "disjoint", "method"]
    assert "bootstrap" in broken
    assert re.search(r"[\d.]+–[\d.]+ and [\d.]+–[\d.]+", said)[0] in cells


def test_the_pictures_of_the_readme_are_of_these_data(made):
    """A map has one hash in both languages, a chart one in each; tests/pictures.py takes them."""
    kept = {"kenya_2019": "answers-1", "india_2023": "ladder"}[made.name]
    drawn = passport.read(made.out / "figures" / f"{kept}.png").passport.hash
    for language in words.LANGUAGES:
        file = study.DATA.parent / ".github" / f"{made.name}.{language}.png"
        found = passport.read(file)
        assert found.reason == ""
        assert found.passport.language == language
        if language == "en" or made.name == "kenya_2019":
            assert found.passport.hash == drawn


def test_without_doubt_in_the_denominator_the_interval_is_the_one_on_record():
    with hg.Study.open("india_2023").use():
        reports, teams = frames.reports(), frames.teams()
        outcome = frames.latest(reports, "headline")
        units = hg.effect.units(reports, teams, indicator=outcome)
        design = hg.effect.columns(
            units,
            count="count",
            exposure="members_per_10000",
            offset="population",
            cluster="district_code",
            controls=list(study.current().controls),
            doubt=0,
        )
        found = hg.effect.ladder(design).headline
    ends = found.rate_ratio, found.rate_ratio_low, found.rate_ratio_high
    assert ends == pytest.approx((0.80, 0.62, 1.03), abs=0.005)

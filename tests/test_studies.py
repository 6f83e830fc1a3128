"""The studies on real counts: each is what its card says, and what is built of it is its own."""

import re
from functools import cache

import pandas as pd
import pytest
from trials import bring
from trials.media import Media, plain
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import frames, places, publish, study, suppress, words
from hganalysis.cli import app

STUDIES = study.DATA / study.STUDIES
NAMES = ["india_2023", "kenya_2019"]
SMALL = suppress.FEWER_THAN


@cache
def raw(name, file):
    """Read a table as it is shipped, before small counts are hidden."""
    return pd.read_csv(STUDIES / name / file, dtype={"code": "str", "district_code": "str"})


def headline():
    """Give the headline of the study in use, in its last year."""
    name, years = next(iter(hg.reported().items()))
    return hg.indicators.get(name, year=years[-1])


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
        units = hg.units(frames.reports(), frames.teams(), indicator=headline())
        by_hand = 10_000 * units["members"] / units["population"]
        pd.testing.assert_series_equal(units[found.density], by_hand, check_names=False)
        assert set(found.controls) < set(units)


def test_a_control_that_the_list_has_not_is_refused(tmp_path):
    shipped = study.Study.open().written
    described = tmp_path / "study.toml"
    described.write_text(f'{shipped}\n[controls]\ncoast = "the coast"\n', encoding="utf-8")
    with words.use("en"), pytest.raises(publish.BuildError, match=r"lacks .*coast|coast"):
        publish.own(tmp_path / "data", study=described)
    listed = raw("india_2023", "places/communes.csv").drop(columns=["type_vi", "type_en"])
    listed = listed.rename(columns={"name_vi": "name"}).assign(district=listed["district_code"])
    file = tmp_path / "list.csv"
    listed.drop(columns="urban_percent").to_csv(file, index=False)
    ours = STUDIES / "india_2023" / study.FILE
    with words.use("en"), pytest.raises(publish.BuildError, match="urban_percent"):
        publish.own(tmp_path / "other", study=ours, list_of_places=file)


# --- all that comes of them ---


@pytest.fixture(scope="module", params=NAMES)
def made(request, tmp_path_factory):
    """Build all of a study in this process, in English; the atlas has both languages."""
    found = bring.built(STUDIES / request.param, tmp_path_factory.mktemp("made") / "out", "en")
    assert (found.crashes, found.refused) == ({}, {})
    found.name, found.media = request.param, Media(found.out)
    return found


def shown(made):
    """Give everything that is to be read in English, by its name."""
    yield from (one for one in made.media.readable() if not one[0].startswith("atlas"))


OTHERS = re.compile(
    r"(?i)simulat|mô phỏng|\bcommunes?\b|\bmembers?\b|\bteams?\b|\bhamlets?\b|\bprovinces?\b"
    r"|h[aậ]u giang|viet ?nam|việt nam"
)
# The intervals were put to the test in invented provinces, whatever is studied; a post office is no
# team; and a table of numbers has the names of its columns.
METHOD = re.compile(
    r"invented provinces|members?_\w+|(?i:not a team that goes from house to house)"
)


def test_nothing_is_stamped_or_named_as_another_study_is(made):
    named, parts = {}, dict(shown(made))
    assert len(parts) > 10
    for name, text in parts.items():
        if name.startswith("sheet"):  # has the names of columns
            continue
        if found := OTHERS.search(METHOD.sub("", text)):
            named[name] = text[max(0, found.start() - 60) : found.end() + 40]
    assert named == {}


# Letters that Vietnamese alone has among the languages of these pages.
VIETNAMESE = re.compile(r"[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơư]")


def test_an_english_page_is_english(made):
    for name, text in shown(made):
        assert not VIETNAMESE.search(text), name


def test_pages_are_named_by_what_is_studied(made):
    """Of several studies each is found again among tabs, and on paper."""
    named = {"kenya_2019": "Kenya", "india_2023": "Eight states of India"}[made.name]
    for page in made.out.glob("0*.html"):
        [title] = re.findall("<title>(.*?)</title>", page.read_text(encoding="utf-8"))
        assert title.endswith(f" · {named}")
    assert named in made.media.pages["index"]


def test_it_has_the_nouns_of_its_place_and_names_its_sources(made):
    everything = " ".join(text for _, text in shown(made)).lower()
    nouns = {
        "kenya_2019": ("sub-counties", "counties", "kenya national bureau of statistics"),
        "india_2023": ("districts", "states", "post offices", "phonepe", "department of posts"),
    }
    for noun in nouns[made.name]:
        assert noun in everything, noun


def test_no_small_count_is_told(made):
    reports = raw(made.name, "reports/reports.csv")
    rest = reports["out_of"] - reports["count"]
    share = ~reports["indicator"].isin(["transactions", "registered_users"])
    few = reports[(reports["count"] < SMALL) | (share & (rest < SMALL))]
    assert len(few) == {"kenya_2019": 12, "india_2023": 0}[made.name]
    with hg.Study.open(made.name).use():
        told = frames.reports()
        gone = told[suppress.is_hidden(told)]
        assert set(few["code"]) <= set(gone["code"])
        for (name, year), rows in gone.groupby(["indicator", "year"]):
            parts = hg.uptake(name, year).parts.set_index("code")
            assert parts.loc[rows["code"], ["count", "share"]].isna().all(axis=None)
    keys = gone[["code", "year", "indicator"]]
    cells = made.media.cells.merge(keys, on=[*keys])
    assert len(cells) == len(gone)
    assert cells[["count", "out_of"]].isna().all(axis=None)


def test_what_is_missing_is_said(made):
    said = made.media.pages["index"]
    with hg.Study.open(made.name).use(), words.use("en"):
        one_period, no_exposure = (
            words.term(f"answers.{key}") for key in ("one_period", "no_exposure_any")
        )
    assert (one_period in said, no_exposure in said) == ((made.name == "kenya_2019"),) * 2


def test_where_a_number_has_no_unit_no_text_has_a_hole(made):
    hole = re.compile(r", ?,|\(\)|, ?\.(\s|$)")
    assert [text for name, text in shown(made) if name[:5] == "slide" and hole.search(text)] == []


def test_the_licence_of_the_data_goes_along(made):
    text = (STUDIES / made.name / "LICENSE.txt").read_bytes()
    assert (made.out / "LICENSE.txt").read_bytes() == text
    assert "LICENSE.txt" in (made.out / "index.html").read_text(encoding="utf-8")


def test_squares_have_their_names(made):
    with hg.Study.open(made.name).use(), words.use("en"):
        about = headline()
        panel, listed = hg.map(about.name, about.year).figure.panels
        assert places.as_tiles()
        assert panel.tiled
        labels = places.districts()["label_en"].str.replace("\n", " ")
    assert set(panel.places["name"]) == set(labels)
    assert listed.rows["name"].isin(labels).all()


# --- what they say ---


def test_districts_that_fell_while_all_others_grew_are_those_with_most():
    counts = raw("india_2023", "reports/reports.csv").query("indicator == 'transactions'")
    counts = counts.pivot_table(index="code", columns="year", values="count")
    fell = counts[counts[2023] < counts[2022]]
    most = counts.groupby(counts.index.str[:2])[2022].idxmax()
    assert len(fell) == 7
    assert fell.index.isin(most).sum() > 7 / 2
    assert (counts.drop(fell.index)[2023] > counts.drop(fell.index)[2022]).all()
    halved = fell.index[fell[2023] < fell[2022] / 2]
    names = raw("india_2023", "places/communes.csv").set_index("code")["name_en"]
    assert set(names[halved]) == {"Patna", "Shimla"}


def test_the_ladder_has_both_signs_and_the_interval_is_the_one_on_record():
    with hg.Study.open("india_2023").use():
        about = headline()
        design = hg.Design.of_reports(about.name, about.year, doubt=0)
        ladder = design.ladder().table
        first = ladder[ladder["term"] == "members_per_10000"].set_index("way")
        [found] = design.headline().table.query("term == 'members_per_10000'").to_dict("records")
    assert first.loc["1", "rate_ratio"] == pytest.approx(1.04, abs=0.005)
    assert first.loc["2", ["rate_ratio", "df"]].tolist() == pytest.approx([0.80, 4.28], abs=0.005)
    ends = [found[name] for name in ("rate_ratio", "low", "high")]
    assert ends == pytest.approx([0.80, 0.62, 1.03], abs=0.005)

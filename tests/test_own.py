"""Bring an invented province end to end: its numbers are there, and nobody else's are."""

import cProfile
import json
import tempfile
import time
import typing
from contextlib import contextmanager
from pathlib import Path

import country
import invented
import nbformat
import pandas as pd
import pytest
from pptx import Presentation
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import (
    frames,
    indicators,
    places,
    publish,
    study,
    suppress,
    words,
)
from hganalysis.cli import DATA, app
from hganalysis.publish import atlas, execution, notebook
from hganalysis.publish.own import definitions, lend_data, lend_files
from hganalysis.publish.own import write as write_data

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks" / "vi").glob("*.ipynb"))


def headline():
    """Give the headline of the study in use, in its last year."""
    name, periods = next(iter(hg.reported().items()))
    return indicators.get(name, period=periods[-1])


def bring(folder, *, without=(), **wanted):
    """Lay out files of the invented province as `hganalysis build` does."""
    kept = invented.write(folder / "in", **wanted)
    for name in without:
        del kept[name]
    return publish.lay_out(folder / "data", **kept).folder


# --- what is read is one's own, and nothing else ---


def test_what_is_there_is_the_invented_province_and_everything_is_back_afterwards(tmp_path):
    folder = bring(tmp_path)
    before = (indicators.names(), len(places.units()), set(frames.reports()["origin"]))
    gone = [one for one in study.current().cards if one.startswith(study.OF_THE_STUDY)]
    sent = invented.report(invented.communes()).set_index(["code", "period"])["vneid_users.count"]
    with study.Study.open(folder).use():
        reports, teams = frames.reports(), frames.teams()
        assert set(reports["origin"]) == set(teams["origin"]) == {"reported"}
        assert (len(reports), len(teams)) == (30 * 2 * 4, 30 * 2)
        got = reports.query("indicator == 'vneid_users'").set_index(["code", "period"])["count"]
        assert got.sort_index().tolist() == sent.sort_index().tolist()
        assert indicators.names() == [*invented.MEASURES, "files"]
        assert (places.province()["code"], places.name("803")) == ("80", "Huyện Đồng Gió")
        assert places.compared().index.tolist() == [*invented.DISTRICTS]
        # whose count it is, nobody knows
        assert set(places.units()["origin_of_residents"]) == {"reported"}
        for file in {*gone} - {*study.register(folder)}:
            assert file not in study.current().cards
            with pytest.raises(LookupError, match="is of the shipped province, and your own data"):
                study.current().path(file)
    assert {"demo/truth.csv", "census/population_by_age_2019.csv"} < {*gone}
    after = (indicators.names(), len(places.units()), set(frames.reports()["origin"]))
    assert before == after
    assert after[2] == {"simulated"}


def test_reports_alone_take_the_simulated_away_and_leave_what_is_real(tmp_path):
    shipped = frames.reports().assign(origin="reported").drop(columns="pool", errors="ignore")
    teams = frames.teams().assign(origin="reported")
    files = {study.REPORTS: shipped, frames.TEAMS: teams}
    made = {name: frame.to_csv(index=False).encode() for name, frame in files.items()}
    publish.lay_out(tmp_path)
    with study.Study.open(write_data(tmp_path, made)).use():
        assert set(frames.reports()["origin"]) == {"reported"}
        assert not frames.published().empty
        assert set(notebook.unmet()) == ALWAYS - {"needs-published"}
        with pytest.raises(LookupError):
            study.current().path("demo/truth.csv")


def test_files_have_the_names_of_the_commands_and_any_other_is_refused(tmp_path):
    assert set(typing.get_type_hints(publish.Files)) == {
        "study" if one == "described" else one for one in DATA
    } - {
        *("lang", "no_suppress"),
    }
    for name in ("report", "indicator", "crss"):
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
            publish.lay_out(tmp_path / "data", **{name: tmp_path})
    assert not (tmp_path / "data").exists()
    file = str(invented.write(tmp_path / "in")["indicators"])
    texts = publish.lay_out(tmp_path / "one", indicators=file, study="kenya_2019")
    found_study = hg.study.find("kenya_2019")
    paths = publish.lay_out(tmp_path / "two", indicators=Path(file), study=found_study)
    for found in (texts, paths):
        with study.Study.open(found.folder).use():
            assert indicators.names() == [*invented.MEASURES, "files"]
            assert study.current().name == "Kenya"


def test_what_is_lent_gives_the_same_reports_without_small_counts_and_is_gone(tmp_path):
    files = invented.write(tmp_path / "in")
    report = pd.read_csv(files["reports"], dtype={"code": "str"})
    report.loc[[2, 5], report.columns[report.columns.str.endswith(".count")][0]] = 3
    report.to_csv(files["reports"], index=False)
    with study.Study.open(publish.lay_out(tmp_path / "data", **files).folder).use():
        kept = frames.reports()
        assert pd.read_csv(study.current().path(study.REPORTS))["count"].min() == 3
    with lend_data(**files) as lent:
        assert study.current().folder == lent.folder
        pd.testing.assert_frame_equal(frames.reports(), kept, rtol=1e-12, check_dtype=False)
        assert pd.read_csv(study.current().path(study.REPORTS))["count"].min() >= 5
    assert not lent.folder.exists()
    assert study.current().folder is None
    with suppress.use(fewer_than=0), lend_data(**files):
        assert frames.reports()["count"].min() == 3


# --- residents ---


def test_reported_residents_reach_every_denominator(tmp_path):
    listed = invented.communes().set_index("code")
    files = invented.write(tmp_path / "in")
    sent = pd.read_csv(files["reports"], dtype={"code": "str"})
    usual = listed.loc[sent["code"], ["population", "households"]].set_index(sent.index)
    last = sent["period"] == 2025
    more, homes = last & (sent["code"] < "40200"), last & (sent["code"] > "40300")
    sent["population"] = (usual["population"] * 11 // 10).where(more)
    sent["households"] = (usual["households"] + 7).where(homes)
    sent.to_csv(files["reports"], index=False)
    data = publish.lay_out(tmp_path / "data", **files).folder
    with study.Study.open(data).use():
        teams = frames.teams()
        keys = pd.MultiIndex.from_frame(teams[["code", "period"]])
        people = frames.residents(teams).set_index(keys)
        people = people.loc[[*zip(sent["code"], sent["period"], strict=True)]].set_index(sent.index)
        # a commune that reports its households alone has its residents from the list
        assert (more.sum(), homes.sum()) == (12, 11)
        for name in ("population", "households"):
            assert (people[name] == sent[name].fillna(usual[name])).all()
        assert people["listed"].tolist() == (~more).tolist()
        units = hg.design_frame(frames.reports(), teams, indicator=headline())
        expected = dict(zip(sent["code"][last], people["population"][last], strict=True))
        assert units["population"].to_dict() == expected


def test_the_shipped_words_for_the_census_are_not_said_of_another_list(tmp_path):
    data = bring(tmp_path, without=["indicators", "reports"])
    with study.Study.open(data).use(), words.use("en"):
        assert "census" not in indicators.get("app_users", period=2022).out_of
    with words.use("en"):
        assert "census" in indicators.get("app_users", period=2022).out_of


# --- what data cannot fill is left out ---


ALWAYS = {"demo", "needs-published", "needs-starts", "needs-groups", "needs-two-splits"}
ALWAYS |= {"needs-plan", "needs-plan-or-starts"}  # nobody asked for a plan
TWO_YEARS = {"needs-periods", "needs-two-periods", "needs-two-periods-of-files"}
TWO_YEARS |= {"needs-two-periods-of-teams"}
TEAMS = {f"needs-{one}" for one in ("teams", "two-periods-of-teams", "platforms-and-teams")}
TEAMS |= {"needs-urban-and-rural"}


@pytest.mark.parametrize(
    ("wanted", "missing"),
    [
        ({}, ALWAYS),
        ({"periods": [2025]}, ALWAYS | TWO_YEARS),
        ({"teams": False}, ALWAYS | TEAMS),
        (
            {"measures": ["vneid_users"]},
            ALWAYS | {"needs-files", "needs-two-periods-of-files", "needs-platforms-and-teams"},
        ),
    ],
    ids=["all", "only 2025", "no teams", "one measure"],
)
def test_what_is_missing_is_known(tmp_path, wanted, missing):
    with study.Study.open(bring(tmp_path, **wanted)).use():
        assert set(notebook.unmet()) == missing


def test_teams_of_a_period_without_the_headline_relate_to_nothing():
    reports, teams = frames.reports(), frames.teams()
    other = reports[(reports["period"] != 2022) | (reports["indicator"] == "ewallet_users")]
    with_teams = teams[teams["period"] == 2022]
    needs = notebook.needs(reports, teams), notebook.needs(other, with_teams)
    for need in TEAMS:
        there = [each[need.removeprefix("needs-")] for each in needs]
        assert there == [True, False], need


def test_every_tag_of_a_notebook_is_known():
    read = (json.loads(file.read_text(encoding="utf-8")) for file in NOTEBOOKS)
    cells = [cell for book in read for cell in book["cells"]]
    assert {tag for cell in cells for tag in cell["metadata"].get("tags", [])} == {
        notebook.DEMO,
        *(notebook.PREFIX + need for need in notebook.needs(frames.reports(), frames.teams())),
    }


def test_what_is_left_out_is_said_once_under_its_heading():
    new = nbformat.v4
    cells = [
        new.new_markdown_cell("## Files\n\nA text.", metadata={"tags": ["needs-files"]}, id="a"),
        new.new_code_cell("1", metadata={"tags": ["needs-files"]}, id="b"),
        new.new_code_cell("2", metadata={"tags": ["needs-files"]}, id="c"),
        new.new_code_cell("3", id="d"),
        new.new_code_cell("4", metadata={"tags": ["needs-files"]}, id="e"),
        new.new_markdown_cell("## Planted", metadata={"tags": ["demo"]}, id="f"),
    ]
    book = new.new_notebook(cells=cells)
    kept = notebook.without(book, {"needs-files": "no files", "demo": ""})
    said = f"*{notebook.note_of('no files')}*"
    assert [cell.source for cell in kept.cells] == [f"## Files\n\n{said}", "3", said]
    assert len(book.cells) == 6


# --- an estimate that is refused is an answer ---

REFUSE = """from hganalysis.effect import Refused
from IPython.display import display
display('before')
def refuse():
    raise Refused(reason='no rows')

kept = 2
found = refuse()"""


def ran(*sources_of_cells, refusals, room=None):
    if room is None:
        with tempfile.TemporaryDirectory() as room:
            return ran(*sources_of_cells, refusals=refusals, room=Path(room))
    new = nbformat.v4
    cells = [new.new_code_cell(text, id=f"c{at}") for at, text in enumerate(sources_of_cells)]
    book = new.new_notebook(cells=cells)
    execution.run_to_end(
        execution.execute(
            book,
            file=ROOT / "notebooks" / "x.ipynb",
            environment=notebook.environment(room / "out", "vi"),
            done=lambda **_: None,
            refusals=refusals,
        )
    )
    shown = ([one.get("data", {}) for one in cell.outputs] for cell in book.cells)
    return [[one.get("text/plain") for one in its] for its in shown]


def test_a_refusal_is_said_in_its_place_and_what_needs_it_is_left_out():
    shown = ran(REFUSE, "found + 1", "y = kept + 1", "y", "found", refusals=True)
    refused = words.term("effect_refusals.no rows")
    above = notebook.note_of(words.term("needs.refused_above"))
    again = notebook.note_of(words.term("needs.as_above"))
    assert shown == [["'before'", refused], [above], [], ["3"], [again]]


@pytest.mark.parametrize(
    ("cells", "refusals", "said"),
    [
        # no older value stands for what is refused
        (("found = 0", REFUSE, "found"), True, "Refused: Không còn dòng nào"),
        # nothing of the simulated province is
        ((REFUSE,), False, "Refused: Không còn dòng nào"),
        (("1 / 0",), True, "ZeroDivisionError"),
    ],
)
def test_what_is_no_answer_stops_a_build(cells, refusals, said):
    with pytest.raises(publish.BuildError, match=said):
        ran(*cells, refusals=refusals)


# --- what stops before anything is drawn ---


def test_each_faulty_file_of_a_report_is_refused_with_its_faults_and_no_other(tmp_path):
    files = invented.write(tmp_path / "in")
    sent = pd.read_csv(files["reports"], dtype={"code": "str"})
    parts = [tmp_path / "in" / f"{period}.csv" for period in invented.YEARS]
    for file, (_, part) in zip(parts, sent.groupby("period"), strict=True):
        part.to_csv(file, index=False)
    whole = publish.lay_out(tmp_path / "whole", **files)
    both = publish.lay_out(tmp_path / "both", **files | {"reports": parts})
    table = "reports/reports.csv"
    assert (both.folder / table).read_bytes() == (whole.folder / table).read_bytes()
    wrong = part.reset_index(drop=True)
    wrong.loc[3, "vneid_users.count"] = 10**6
    wrong.loc[7, ["commune", "code"]] = ["Xã Không Có", "99999"]
    wrong.to_csv(parts[1], index=False)
    before = parts[1].read_bytes()
    with pytest.raises(publish.BuildError) as told:
        publish.lay_out(tmp_path / "data", **files | {"reports": parts})
    message = str(told.value)
    assert f"hganalysis check {parts[1]} --places" in message
    assert f"hganalysis check {parts[0]}" not in message
    for row in ("I5 ", "9 "):  # as the spreadsheet counts
        assert row in message
    assert parts[1].read_bytes() == before


# --- the other commands serve another province too ---


def test_form_check_atlas_and_deck_of_another_province(tmp_path):
    files = invented.write(tmp_path / "in")
    definitions = ["--places", str(files["places"]), "--indicators", str(files["indicators"])]
    names = ("mau.xlsx", "back.xlsx", "atlas.html", "deck.pptx")
    form, back, page, deck = (tmp_path / name for name in names)
    reported = ["--reports", str(files["reports"]), "--areas", str(files["areas"]), *definitions]
    for arguments in (
        ["template", str(form), "--period", "2025", *definitions],
        ["check", str(files["reports"]), "--out", str(back), *definitions],
        ["atlas", str(page), *reported],
        ["slides", str(deck), *reported],
    ):
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
    assert study.current().folder is None
    codes = pd.read_excel(form, header=None, dtype=str).iloc[:, 0]
    listed = sorted(invented.communes()["code"])
    assert codes[codes.str.fullmatch(r"[0-9]{5}", na=False)].tolist() == listed
    text = page.read_text(encoding="utf-8")
    assert "Đồng Gió" in text
    assert [name for name in places.compared()["name_vi"] if name in text] == []
    assert len(Presentation(deck).slides) > 5


def test_own_results_need_a_folder_and_another_list_its_reports(tmp_path):
    files = invented.write(tmp_path / "in")
    for arguments, said in (
        (["--reports", str(files["reports"])], "--out"),
        (["--places", str(files["places"]), "--out", str(tmp_path / "out")], "--reports"),
    ):
        done = CliRunner().invoke(app, ["build", *arguments])
        assert isinstance(done.exception, publish.BuildError)
        assert said in str(done.exception)
    assert not (tmp_path / "out").exists()


# --- parts are not the whole ---


def test_a_district_with_a_commune_that_did_not_report_has_no_data(tmp_path):
    files = invented.write(tmp_path / "in")
    sent = pd.read_csv(files["reports"], dtype={"code": "str"})
    sent[sent["code"] != "40203"].to_csv(files["reports"], index=False)
    data = publish.lay_out(tmp_path / "data", **files).folder
    with study.Study.open(data).use():
        latest = headline()
        found = hg.uptake(latest.name, latest.period)
        share = found.table.set_index("code")["share"]
        assert share.index[share.isna()].tolist() == ["803"]
        level = str(found).partition(".")[0]
        assert places.name("803").casefold() not in level.casefold()


# --- a whole country ---


@contextmanager
def country_in_use(folder, share):
    """Use an invented country's list while a block runs; give it, and what it reports of 2023."""
    listed = country.communes(share)
    listed.drop(columns="cell").to_csv(folder / "danh-sach.csv", index=False)
    reports = country.report(listed).query("period == 2023").drop(columns="code")
    with lend_files(definitions(folder / "danh-sach.csv", None, None)):
        yield reports


def count_calls(run):
    """Count the calls of functions that a run takes: they are the same on every machine."""
    profile = cProfile.Profile()
    profile.runcall(run)
    return sum(entry.callcount for entry in profile.getstats())


def test_a_misspelt_name_costs_the_same_in_a_list_four_times_as_long(tmp_path):
    calls = []
    for share in (2 / 63, 8 / 63):
        with country_in_use(tmp_path, share) as reports:
            names = reports["commune"][:40].str[:-1] + "x"
            places.propose("Xã")  # the index is built once
            calls.append(count_calls(lambda: names.map(places.propose)))  # noqa: B023
    assert calls[1] < 2 * calls[0]


def test_sums_and_headers_cost_the_same_in_a_report_four_times_as_long(tmp_path):
    file = tmp_path / "bao-cao.csv"
    calls = []
    with country_in_use(tmp_path, 4 / 63) as reports:
        reports = reports[["district", "commune", "period", "teams", "members"]]
        country.pages(reports).to_csv(file, index=False)
        hg.workbook.read(file)  # names are read once
        for rows in (reports[: len(reports) // 4], reports):
            for printed in (country.pages(rows), rows):
                printed.to_csv(file, index=False)
                calls.append(count_calls(lambda: hg.workbook.read(file)))
    assert calls[2] - calls[3] < 5 * (calls[0] - calls[1])


@pytest.mark.nightly
def test_a_country_is_read_matched_and_checked_in_20_seconds(tmp_path):
    file = tmp_path / "bao-cao.csv"
    seconds = time.process_time()
    with country_in_use(tmp_path, 1) as reports:
        names = reports["commune"]
        reports["commune"] = names.where(reports.index % 2 == 0, names.str[:-1] + "x")
        reports.to_csv(file, index=False)
        assert len(hg.workbook.read(file).rejected) > 5_000
    assert time.process_time() - seconds < 20


@pytest.mark.nightly
def test_the_atlas_of_a_country_is_a_page_a_province_none_over_3_mb(tmp_path):
    files = country.write(tmp_path / "in", 1)
    with lend_data(reports=files["reports"], areas=files["areas"], places=files["places"]):
        atlas.write(tmp_path / "atlas.html")
    sizes = [one.stat().st_size for one in tmp_path.glob("atlas*.html")]
    assert len(sizes) == 1 + 63
    assert max(sizes) <= 3_000_000

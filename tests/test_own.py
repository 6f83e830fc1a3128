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
from refusal_texts import says
from trials import bring
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


def lay_out_province(folder, *, without=(), **wanted):
    """Lay out files of the invented province as `hganalysis build` does."""
    files = invented.write(folder / "in", **wanted)
    for name in without:
        del files[name]
    return publish.lay_out(folder / "data", **files).folder


# --- what is read is one's own, and nothing else ---


def describe_use():
    """Give the measures, the number of places and the origins of the study in use."""
    origins = set(frames.reports()["origin"])
    return indicators.names(), len(places.units()), origins


def test_what_is_there_is_the_invented_province_and_everything_is_back_afterwards(tmp_path):
    folder = lay_out_province(tmp_path)
    before = describe_use()
    cards = [card for card in study.current().cards if card.startswith(study.OF_THE_STUDY)]
    report = invented.report(invented.communes()).set_index(["code", "period"])
    sent = report["vneid_users.count"]
    with study.Study.open(folder).use():
        reports = frames.reports()
        teams = frames.teams()
        assert set(reports["origin"]) == set(teams["origin"]) == {"reported"}
        assert len(reports) == 30 * 2 * 4
        assert len(teams) == 30 * 2
        users = reports.query("indicator == 'vneid_users'").set_index(["code", "period"])
        got = users["count"]
        assert got.sort_index().tolist() == sent.sort_index().tolist()
        assert indicators.names() == [*invented.MEASURES, "files"]
        assert places.province()["code"] == "80"
        assert places.name("803") == "Huyện Đồng Gió"
        assert places.compared().index.tolist() == [*invented.DISTRICTS]
        # whose count it is, nobody knows
        assert set(places.units()["origin_of_residents"]) == {"reported"}
        for file in {*cards} - {*study.register(folder)}:
            assert file not in study.current().cards
            with pytest.raises(LookupError, match=says("study_errors.shipped")):
                study.current().path(file)
    assert {"demo/truth.csv", "census/population_by_age_2019.csv"} < {*cards}
    assert describe_use() == before
    assert before[2] == {"simulated"}


def test_reports_alone_take_the_simulated_away_and_leave_what_is_real(tmp_path):
    shipped = frames.reports().drop(columns="pool", errors="ignore")
    shipped = shipped.assign(origin="reported")
    teams = frames.teams().assign(origin="reported")
    files = {study.REPORTS: shipped, frames.TEAMS: teams}
    contents = {name: frame.to_csv(index=False).encode() for name, frame in files.items()}
    publish.lay_out(tmp_path)
    with study.Study.open(write_data(tmp_path, contents)).use():
        assert set(frames.reports()["origin"]) == {"reported"}
        assert not frames.published().empty
        assert set(notebook.unmet()) == ALWAYS - {"needs-published"}
        with pytest.raises(LookupError):
            study.current().path("demo/truth.csv")


def test_files_have_the_names_of_the_commands_and_any_other_is_refused(tmp_path):
    options = {"study" if option == "described" else option for option in DATA}
    expected = options - {"lang", "no_suppress"}
    assert set(typing.get_type_hints(publish.Files)) == expected
    for name in ("report", "indicator", "crss"):
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
            publish.lay_out(tmp_path / "data", **{name: tmp_path})
    assert not (tmp_path / "data").exists()
    file = str(invented.write(tmp_path / "in")["indicators"])
    texts = publish.lay_out(tmp_path / "one", indicators=file, study="kenya_2019")
    kenya = hg.study.find("kenya_2019")
    paths = publish.lay_out(tmp_path / "two", indicators=Path(file), study=kenya)
    for own_study in (texts, paths):
        with study.Study.open(own_study.folder).use():
            assert indicators.names() == [*invented.MEASURES, "files"]
            assert study.current().name == "Kenya"


def test_what_is_lent_gives_the_same_reports_without_small_counts_and_is_gone(tmp_path):
    files = invented.write(tmp_path / "in")
    report = pd.read_csv(files["reports"], dtype={"code": "str"})
    counts = report.columns[report.columns.str.endswith(".count")]
    report.loc[[2, 5], counts[0]] = 3
    report.to_csv(files["reports"], index=False)
    own_study = publish.lay_out(tmp_path / "data", **files)
    with study.Study.open(own_study.folder).use():
        safe_reports = frames.reports()
        raw = pd.read_csv(study.current().path(study.REPORTS))
        assert raw["count"].min() == 3
    with lend_data(**files) as lent:
        assert study.current().folder == lent.folder
        lent_reports = frames.reports()
        pd.testing.assert_frame_equal(lent_reports, safe_reports, rtol=1e-12, check_dtype=False)
        written = pd.read_csv(study.current().path(study.REPORTS))
        assert written["count"].min() >= 5
    assert not lent.folder.exists()
    assert study.current().folder is None
    with suppress.use(fewer_than=0), lend_data(**files):
        assert frames.reports()["count"].min() == 3


# --- residents ---


def test_reported_residents_reach_every_denominator(tmp_path):
    listed = invented.communes().set_index("code")
    files = invented.write(tmp_path / "in")
    sent = pd.read_csv(files["reports"], dtype={"code": "str"})
    listed_of_rows = listed.loc[sent["code"], ["population", "households"]].set_index
    usual = listed_of_rows(sent.index)
    last = sent["period"] == 2025
    has_residents = last & (sent["code"] < "40200")
    has_households = last & (sent["code"] > "40300")
    sent["population"] = (usual["population"] * 11 // 10).where(has_residents)
    sent["households"] = (usual["households"] + 7).where(has_households)
    sent.to_csv(files["reports"], index=False)
    data = publish.lay_out(tmp_path / "data", **files).folder
    with study.Study.open(data).use():
        teams = frames.teams()
        keys = pd.MultiIndex.from_frame(teams[["code", "period"]])
        people = frames.residents(teams).set_index(keys)
        keys_sent = [*zip(sent["code"], sent["period"], strict=True)]
        people = people.loc[keys_sent].set_index(sent.index)
        # a commune that reports its households alone has its residents from the list
        assert has_residents.sum() == 12
        assert has_households.sum() == 11
        for name in ("population", "households"):
            expected = sent[name].fillna(usual[name])
            assert (people[name] == expected).all()
        assert people["listed"].tolist() == (~has_residents).tolist()
        units = hg.design_frame(frames.reports(), teams, indicator=headline())
        residents = people["population"][last]
        expected = dict(zip(sent["code"][last], residents, strict=True))
        assert units["population"].to_dict() == expected


def test_the_shipped_words_for_the_census_are_not_said_of_another_list(tmp_path):
    data = lay_out_province(tmp_path, without=["indicators", "reports"])
    with study.Study.open(data).use(), words.use("en"):
        users = indicators.get("app_users", period=2022)
        assert "census" not in users.out_of
    with words.use("en"):
        users = indicators.get("app_users", period=2022)
        assert "census" in users.out_of


# --- what data cannot fill is left out ---


ALWAYS = {"demo", "needs-published", "needs-starts", "needs-groups", "needs-two-splits"}
ALWAYS |= {"needs-plan", "needs-plan-or-starts"}  # nobody asked for a plan
TWO_YEARS = {"needs-periods", "needs-two-periods", "needs-two-periods-of-files"}
TWO_YEARS |= {"needs-two-periods-of-teams"}
TEAMS = {f"needs-{need}" for need in ("teams", "two-periods-of-teams", "platforms-and-teams")}
TEAMS |= {"needs-urban-and-rural"}


GAPS = [
    ({}, ALWAYS),
    ({"periods": [2025]}, ALWAYS | TWO_YEARS),
    ({"teams": False}, ALWAYS | TEAMS),
    (
        {"measures": ["vneid_users"]},
        ALWAYS | {"needs-files", "needs-two-periods-of-files", "needs-platforms-and-teams"},
    ),
]


@pytest.mark.parametrize(
    ("wanted", "missing"),
    GAPS,
    ids=["all", "only 2025", "no teams", "one measure"],
)
def test_what_is_missing_is_known(tmp_path, wanted, missing):
    with study.Study.open(lay_out_province(tmp_path, **wanted)).use():
        assert set(notebook.unmet()) == missing


def test_teams_of_a_period_without_the_headline_relate_to_nothing():
    reports = frames.reports()
    teams = frames.teams()
    is_late = reports["period"] != 2022
    one_measure = reports[is_late | (reports["indicator"] == "ewallet_users")]
    with_teams = teams[teams["period"] == 2022]
    needs = notebook.needs(reports, teams), notebook.needs(one_measure, with_teams)
    for need in TEAMS:
        is_met = [needs_of_reports[need.removeprefix("needs-")] for needs_of_reports in needs]
        assert is_met == [True, False], need


def test_every_tag_of_a_notebook_is_known():
    books = [json.loads(file.read_text(encoding="utf-8")) for file in NOTEBOOKS]
    cells = [cell for book in books for cell in book["cells"]]
    tags = {tag for cell in cells for tag in cell["metadata"].get("tags", [])}
    needs = notebook.needs(frames.reports(), frames.teams())
    assert tags == {notebook.DEMO, *(notebook.PREFIX + need for need in needs)}


def test_what_is_left_out_is_said_once_under_its_heading():
    new = nbformat.v4
    needs_files = {"tags": ["needs-files"]}
    demo = {"tags": ["demo"]}
    cells = [
        new.new_markdown_cell("## Files\n\nA text.", metadata=needs_files, id="a"),
        new.new_code_cell("1", metadata=needs_files, id="b"),
        new.new_code_cell("2", metadata=needs_files, id="c"),
        new.new_code_cell("3", id="d"),
        new.new_code_cell("4", metadata=needs_files, id="e"),
        new.new_markdown_cell("## Planted", metadata=demo, id="f"),
    ]
    book = new.new_notebook(cells=cells)
    book_left = notebook.without(book, {"needs-files": "no files", "demo": ""})
    note = f"*{notebook.note_of('no files')}*"
    sources = [cell.source for cell in book_left.cells]
    assert sources == [f"## Files\n\n{note}", "3", note]
    assert len(book.cells) == 6


# --- an estimate that is refused is an answer ---

REFUSE = """from hganalysis.effect import Refused
from IPython.display import display
display('before')
def refuse():
    raise Refused(reason='no rows')

kept = 2
found = refuse()"""


def run_cells(*sources_of_cells, refusals, room=None):
    if room is None:
        with tempfile.TemporaryDirectory() as room:
            return run_cells(*sources_of_cells, refusals=refusals, room=Path(room))
    new = nbformat.v4
    cells = []
    for number, text in enumerate(sources_of_cells):
        cells.append(new.new_code_cell(text, id=f"c{number}"))
    book = new.new_notebook(cells=cells)
    steps = execution.execute(
        book,
        file=ROOT / "notebooks" / "x.ipynb",
        environment=notebook.environment(room / "out", "vi"),
        done=lambda **_: None,
        refusals=refusals,
    )
    execution.run_to_end(steps)
    texts = []
    for cell in book.cells:
        outputs = [output.get("data", {}) for output in cell.outputs]
        texts.append([output.get("text/plain") for output in outputs])
    return texts


def test_a_refusal_is_said_in_its_place_and_what_needs_it_is_left_out():
    shown = run_cells(REFUSE, "found + 1", "y = kept + 1", "y", "found", refusals=True)
    refused = words.term("effect_refusals.no rows")
    refused_above = notebook.note_of(words.term("needs.refused_above"))
    as_above = notebook.note_of(words.term("needs.as_above"))
    assert shown == [["'before'", refused], [refused_above], [], ["3"], [as_above]]


STOPS = [
    # no older value stands for what is refused
    (("found = 0", REFUSE, "found"), True, "Refused: Không còn dòng nào"),
    # nothing of the simulated province is
    ((REFUSE,), False, "Refused: Không còn dòng nào"),
    (("1 / 0",), True, "ZeroDivisionError"),
]


@pytest.mark.parametrize(
    ("cells", "refusals", "text"),
    STOPS,
)
def test_what_is_no_answer_stops_a_build(cells, refusals, text):
    with pytest.raises(publish.BuildError, match=text):
        run_cells(*cells, refusals=refusals)


# --- what stops before anything is drawn ---


def test_each_faulty_file_of_a_report_is_refused_with_its_faults_and_no_other(tmp_path):
    files = invented.write(tmp_path / "in")
    sent = pd.read_csv(files["reports"], dtype={"code": "str"})
    parts = [tmp_path / "in" / f"{period}.csv" for period in invented.YEARS]
    by_period = zip(parts, sent.groupby("period"), strict=True)
    for file, (_, part) in by_period:
        part.to_csv(file, index=False)
    whole = publish.lay_out(tmp_path / "whole", **files)
    by_parts = publish.lay_out(tmp_path / "both", **files | {"reports": parts})
    table = "reports/reports.csv"
    expected = (whole.folder / table).read_bytes()
    assert (by_parts.folder / table).read_bytes() == expected
    wrong = part.reset_index(drop=True)
    wrong.loc[3, "vneid_users.count"] = 10**6
    wrong.loc[7, ["commune", "code"]] = ["Xã Không Có", "99999"]
    wrong.to_csv(parts[1], index=False)
    before = parts[1].read_bytes()
    with pytest.raises(publish.BuildError) as refusal:
        publish.lay_out(tmp_path / "data", **files | {"reports": parts})
    message = str(refusal.value)
    assert f"hganalysis check {parts[1]} --places" in message
    assert f"hganalysis check {parts[0]}" not in message
    for row in ("I5 ", "9 "):  # as the spreadsheet counts
        assert row in message
    assert parts[1].read_bytes() == before


# --- the other commands serve another province too ---


def test_form_check_atlas_and_deck_of_another_province(tmp_path):
    files = invented.write(tmp_path / "in")
    indicators_file = str(files["indicators"])
    definitions = ["--places", str(files["places"]), "--indicators", indicators_file]
    names = ("mau.xlsx", "back.xlsx", "atlas.html", "deck.pptx")
    form, back, page, deck = (tmp_path / name for name in names)
    data = ["--reports", str(files["reports"]), "--areas", str(files["areas"])]
    reported = [*data, *definitions]
    commands = (
        ["template", str(form), "--period", "2025", *definitions],
        ["check", str(files["reports"]), "--out", str(back), *definitions],
        ["atlas", str(page), *reported],
        ["slides", str(deck), *reported],
    )
    with bring.few_worlds():
        for arguments in commands:
            done = CliRunner().invoke(app, arguments)
            assert done.exit_code == 0, done.output
    assert study.current().folder is None
    cells = pd.read_excel(form, header=None, dtype=str).iloc
    codes = cells[:, 0]
    listed = sorted(invented.communes()["code"])
    is_code = codes.str.fullmatch(r"[0-9]{5}", na=False)
    assert codes[is_code].tolist() == listed
    text = page.read_text(encoding="utf-8")
    assert "Đồng Gió" in text
    names_of_shipped = places.compared()["name_vi"]
    assert [name for name in names_of_shipped if name in text] == []
    assert len(Presentation(deck).slides) > 5


def test_own_results_need_a_folder_and_another_list_its_reports(tmp_path):
    files = invented.write(tmp_path / "in")
    for arguments, option in (
        (["--reports", str(files["reports"])], "--out"),
        (["--places", str(files["places"]), "--out", str(tmp_path / "out")], "--reports"),
    ):
        done = CliRunner().invoke(app, ["build", *arguments])
        assert isinstance(done.exception, publish.BuildError)
        assert option in str(done.exception)
    assert not (tmp_path / "out").exists()


# --- parts are not the whole ---


def test_a_district_with_a_commune_that_did_not_report_has_no_data(tmp_path):
    files = invented.write(tmp_path / "in")
    sent = pd.read_csv(files["reports"], dtype={"code": "str"})
    complete = sent[sent["code"] != "40203"]
    complete.to_csv(files["reports"], index=False)
    data = publish.lay_out(tmp_path / "data", **files).folder
    with study.Study.open(data).use():
        latest = headline()
        answer = hg.uptake(latest.name, latest.period)
        share = answer.table.set_index("code")["share"]
        assert share.index[share.isna()].tolist() == ["803"]
        level = str(answer).partition(".")[0]
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
    cost_of_long = calls[2] - calls[3]
    cost_of_short = calls[0] - calls[1]
    assert cost_of_long < 5 * cost_of_short


@pytest.mark.nightly
def test_a_country_is_read_matched_and_checked_in_20_seconds(tmp_path):
    file = tmp_path / "bao-cao.csv"
    seconds = time.process_time()
    with country_in_use(tmp_path, 1) as reports:
        names = reports["commune"]
        is_even = reports.index % 2 == 0
        reports["commune"] = names.where(is_even, names.str[:-1] + "x")
        reports.to_csv(file, index=False)
        assert len(hg.workbook.read(file).rejected) > 5_000
    assert time.process_time() - seconds < 20


@pytest.mark.nightly
def test_the_atlas_of_a_country_is_a_page_a_province_none_over_3_mb(tmp_path):
    files = country.write(tmp_path / "in", 1)
    options = {"reports": files["reports"], "areas": files["areas"]}
    with lend_data(**options, places=files["places"]):
        atlas.write(tmp_path / "atlas.html")
    sizes = [file.stat().st_size for file in tmp_path.glob("atlas*.html")]
    assert len(sizes) == 1 + 63
    assert max(sizes) <= 3_000_000

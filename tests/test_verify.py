"""Verify figures of one's own data, from the command line: same, changed, unknown."""

import csv
import json
import shutil
import tempfile

import invented
import nbformat
import pandas as pd
import pytest
from typer.testing import CliRunner

import hganalysis
from hganalysis import atlas, build, frames, sources
from hganalysis.build import folders, verify
from hganalysis.build.command import app
from hganalysis.build.own import lent
from hganalysis.figures import passport

NOTEBOOK = """\
import hganalysis as hg
now = hg.indicators.get("{name}", year={year})
rates = hg.rates.pick(hg.rates.to_districts(hg.frames.reports()), now)
places = hg.maps.locate(rates, hg.places.areas())
fig, axes = hg.maps.sheet(title=str(now))
hg.maps.choropleth(places, "share", classes=hg.indicators.classes("{name}"), ax=axes[0])
picture = hg.maps.finish(fig, source=hg.findings.source(rates), as_of=now.when)
hg.build.keep(picture, "map")
fig, axes = hg.maps.sheet(title=str(now), legend=False)
hg.render.static.draw(hg.figures.intervals(rates, indicator=now), axes[0])
hg.build.keep(hg.maps.finish(fig, source=hg.findings.source(rates), as_of=now.when), "chart")
None
"""


def notebooks(folder, *, name, year, more=""):
    """Write a folder with one notebook that keeps a map and a chart."""
    folder.mkdir(parents=True)
    cells = [nbformat.v4.new_code_cell(NOTEBOOK.format(name=name, year=year) + more, id="one")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "01_map.ipynb")
    return folder


def run(*arguments):
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    return done.exit_code, " ".join(f"{done.output} {done.exception or ''}".split())


def said(file, out, *more):
    """Give the verdict of the command: its status, and what it says."""
    return run("verify", file, "--out", out, "--lang", "en", *more)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Build everything of the invented province: a report in Excel, and files beside it."""
    folder = tmp_path_factory.mktemp("project")
    files = invented.write(folder / "in")
    report = pd.read_csv(files["reports"], dtype={"code": "str"})
    files["reports"] = folder / "in" / "mine.xlsx"
    report.to_excel(files["reports"], index=False)
    given = [text for name, file in files.items() for text in (f"--{name}", str(file))]
    pdf = '\nimport os; picture.save(os.environ["HGANALYSIS_OUT"] + "/figures/map.pdf")'
    made = notebooks(folder / "notebooks", name="vneid_users", year=2025, more=pdf)
    before = {file: file.read_bytes() for file in files.values()}
    status, told = run("build", *given, "--notebooks", made, "--out", folder / "results")
    assert status == 0, told
    assert "ranh-gioi.geojson: 30 hình" in told  # what was inferred is said, and where all is
    assert told.rstrip().endswith("index.html")
    assert {file: file.read_bytes() for file in before} == before, "the originals were changed"
    return folder


@pytest.fixture
def copied(project, tmp_path):
    """Take a copy of files and results to another place: the first ones are out of reach."""
    shutil.copytree(project, tmp_path / "elsewhere" / "deep")
    return tmp_path / "elsewhere" / "deep"


def test_every_kind_of_figure_of_ones_own_data_is_the_same(project):
    results = project / "results"
    figures = [
        path
        for path in results.rglob("*")
        if path.suffix.lower().removeprefix(".") in passport.KINDS
    ]
    kinds = {path.name for path in figures if passport.read(path).passport}
    assert {"map.png", "map.svg", "map.pdf", "map.html", "chart.png", "chart.svg"} < kinds
    assert {"atlas.html", "slides.pptx"} < kinds
    for name in sorted(kinds):
        [file] = [path for path in figures if path.name == name]
        status, told = said(file, results)
        assert (status, told.split(":")[0]) == (0, "SAME"), (name, told)


def test_an_atlas_and_a_figure_made_apart_are_the_same(project, tmp_path):
    shutil.copy(project / "results" / "figures" / "map.png", tmp_path / "sent.png")
    assert said(tmp_path / "sent.png", project / "results")[0] == 0
    given = [
        text
        for name, file in verify.recall(
            project / "results", recorded(project / "results")["data"]
        ).items()
        for text in (f"--{name}", str(file[0]))
    ]
    assert run("atlas", tmp_path / "a.html", *given)[0] == 0
    assert said(tmp_path / "a.html", project / "results")[0] == 0


def test_from_any_folder_and_wherever_both_were_moved(copied, monkeypatch):
    monkeypatch.chdir(copied / "results" / "figures")
    assert said("map.png", "..")[0] == 0
    monkeypatch.chdir(copied)
    assert said("results/figures/map.png", "results")[0] == 0
    monkeypatch.chdir("/")
    assert said(copied / "results" / "figures" / "map.png", copied / "results")[0] == 0


def test_files_that_lie_elsewhere_are_named(project, tmp_path):
    results = shutil.copytree(project / "results", tmp_path / "a" / "b" / "stick")
    file = results / "figures" / "map.png"
    status, told = said(file, results)
    assert (status, "mine.xlsx" in told, "--reports" in told) == (2, True, True)
    named = [
        text
        for name, one in verify.recall(
            project / "results", recorded(project / "results")["data"]
        ).items()
        for text in (f"--{name}", str(one[0]))
    ]
    assert said(file, results, *named)[0] == 0


def change(file, edit):
    table = pd.read_excel(file, dtype={"code": "str"}, engine="calamine")
    edit(table)
    table.to_excel(file, index=False)


def test_a_changed_report_is_changed(copied):
    def more(table):
        table.loc[0, "vneid_users.count"] += 100

    change(copied / "in" / "mine.xlsx", more)
    for name in ("figures/map.png", "figures/chart.svg", "atlas.html", "slides.pptx"):
        status, told = said(copied / "results" / name, copied / "results")
        assert (status, told.split(":")[0]) == (1, "CHANGED"), told
    assert "Your own files changed after the build" in told


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("danh-sach.csv", "Xã An 3", "Xã Anh 3"),
        ("chi-tieu.toml", "[0.1, 0.2, 0.3, 0.4, 0.5]", "[0.1, 0.2, 0.3, 0.4, 0.6]"),
        ("ranh-gioi.geojson", "108.1", "108.1001"),
    ],
)
def test_so_are_changed_places_measures_and_outlines(copied, name, old, new):
    file = copied / "in" / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    if name == "danh-sach.csv":  # else the report's names are no longer those of the list
        change(
            copied / "in" / "mine.xlsx",
            lambda table: table.update(table["commune"].replace(old, new).to_frame()),
        )
    status, told = said(copied / "results" / "figures" / "map.png", copied / "results")
    assert (status, told.split(":")[0]) == (1, "CHANGED"), told


def test_the_same_numbers_saved_again_are_the_same(copied):
    change(copied / "in" / "mine.xlsx", len)
    assert said(copied / "results" / "figures" / "map.png", copied / "results")[0] == 0


def test_what_is_gone_or_refused_is_unknown(copied):
    figure, results = copied / "results" / "figures" / "map.png", copied / "results"
    (copied / "in" / "ranh-gioi.geojson").rename(copied / "in" / "x.geojson")
    status, told = said(figure, results)
    assert (status, "ranh-gioi.geojson" in told) == (2, True)
    (copied / "in" / "x.geojson").rename(copied / "in" / "ranh-gioi.geojson")

    def negative(table):
        table.loc[0, "vneid_users.count"] = -4

    change(copied / "in" / "mine.xlsx", negative)
    status, told = said(figure, results)
    assert (status, "are refused now" in told) == (2, True)
    (copied / "in" / "mine.xlsx").write_bytes(b"PK no workbook")
    assert said(figure, results)[0] == 2


def test_a_figure_of_others_is_unknown_whatever_changed(copied, tmp_path):
    reports = frames.reports().query("indicator == 'app_users' and year == 2023")
    [stranger] = atlas.write(tmp_path / "atlas.html", reports.reset_index(drop=True))
    assert said(stranger, copied / "results")[0] in {1, 2}
    unlike = hganalysis.map("app_users", 2022).save(tmp_path / "map.png")
    change(copied / "in" / "mine.xlsx", lambda table: table.update(table["teams"] + 1))
    status, told = said(unlike, copied / "results")
    assert (status, "Your own files changed" in told) == (2, True), told
    (copied / "in" / "mine.xlsx").unlink()
    assert said(stranger, copied / "results")[0] == 2


# --- what the record holds ---


def recorded(out):
    with (out / folders.TABLE).open(encoding="utf-8", newline="") as lines:
        return next(csv.DictReader(lines))


def test_the_record_names_files_from_the_results_and_nothing_absolute(project):
    row = recorded(project / "results")
    assert json.loads(row["data"]) == {
        "areas": ["../in/ranh-gioi.geojson"],
        "indicators": ["../in/chi-tieu.toml"],
        "places": ["../in/danh-sach.csv"],
        "reports": ["../in/mine.xlsx"],
    }
    text = (project / "results" / folders.TABLE).read_text(encoding="utf-8")
    assert str(project) not in text
    assert tempfile.gettempdir() not in text
    assert not any(file.is_dir() and file.name.startswith("tmp") for file in project.iterdir())


def long_report(file, guess):
    """Write reports of which two communes of a district are hidden, whose sum stays the same."""
    table = pd.read_csv(sources.path("demo/reports.csv"), dtype={"code": "str"})
    table = table.query("indicator == 'app_users' and year == 2022").assign(origin="reported")
    both = table["code"].isin(["31318", "31339"])
    total = int(table.loc[both, "count"].sum())
    table.loc[table["code"] == "31318", "count"] = guess
    table.loc[table["code"] == "31339", "count"] = total - guess
    columns = ["code", "year", "indicator", "count", "out_of", "origin"]
    table.assign(out_of=50_000)[columns].to_csv(file, index=False)
    return file


def test_no_digits_of_the_record_hang_on_what_is_hidden(tmp_path):
    """Whoever has the record and tries every hidden count finds that all of them fit."""
    records = set()
    for guess in range(5):
        folder = tmp_path / str(guess)
        (folder / "results").mkdir(parents=True)
        file = long_report(folder / "mine.csv", guess)
        picture = folder / "results" / "atlas.html"
        with lent(reports=[file]) as found:
            hidden = frames.reports().query("code == '31318'")
            assert (hidden["count"] != guess).all()
            atlas.write(picture, frames.reports())
            verify.write_passports(folder / "results", files=found.files)
        records.add((folder / "results" / folders.TABLE).read_text(encoding="utf-8"))
        # The file is there and is another one; what is released of it is the same.
        assert said(picture, tmp_path / "0" / "results")[0] == 0
    assert len(records) == 1


def test_a_build_that_hides_nothing_is_held_to_its_own_threshold(tmp_path):
    file = long_report(tmp_path / "mine.csv", 3)
    made = notebooks(tmp_path / "notebooks", name="app_users", year=2022)
    options = ["--reports", file, "--notebooks", made, "--notebooks-only", "--no-suppress"]
    status, told = run("build", *options, "--out", tmp_path / "results")
    assert status == 0, told
    figure = (tmp_path / "results" / "figures" / "map.png", tmp_path / "results")
    status, told = said(*figure)
    assert (status, "hides counts below 0" in told) == (2, True)
    assert said(*figure, "--no-suppress")[0] == 0
    long_report(file, 4)  # nothing is hidden, so it tells
    assert said(*figure, "--no-suppress")[0] == 1


@pytest.mark.parametrize(
    "data", ["", "[]", "{", '{"reports": 3}', "null", '{"reports": ["\\u0000"]}']
)
def test_a_record_that_somebody_wrote_into_is_unknown(data, project, tmp_path):
    results = shutil.copytree(project / "results", tmp_path / "results")
    table = pd.read_csv(results / folders.TABLE, dtype="str", keep_default_na=False)
    table.assign(data=data).to_csv(results / folders.TABLE, index=False)
    assert said(results / "figures" / "map.png", results)[0] == 2


def test_a_folder_of_ones_own_that_stays_is_found_again(project, tmp_path):
    files = verify.recall(project / "results", recorded(project / "results")["data"])
    own = build.own(
        tmp_path / "data",
        reports=files["reports"],
        areas=files["areas"][0],
        list_of_places=files["places"][0],
        catalogue=files["indicators"][0],
    )
    (tmp_path / "out").mkdir()
    shutil.copy(project / "results" / "figures" / "map.png", tmp_path / "out" / "map.png")
    with sources.use(own.folder):
        verify.write_passports(tmp_path / "out")
    assert json.loads(recorded(tmp_path / "out")["data"]) == {"data": ["../data"]}
    assert said(tmp_path / "out" / "map.png", tmp_path / "out")[0] == 0
    shutil.rmtree(own.folder)
    assert said(tmp_path / "out" / "map.png", tmp_path / "out")[0] == 2

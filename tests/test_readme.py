"""The README: its links lead somewhere, its code runs, its picture is the notebook's."""

import base64
import importlib.util
import json
import re
import shutil
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import invented
import nbformat
import openpyxl
import pandas as pd
import pytest
from forms import fill
from typer.main import get_command
from typer.testing import CliRunner

import hganalysis
from hganalysis import atlas, demo, findings, frames, places, slides, words, workbook
from hganalysis.build.command import app
from hganalysis.figures import passport

ROOT = Path(__file__).parent.parent
STUDY = """\
name = { vi = "Một vùng", en = "A region" }
[levels.province]
one = { vi = "vùng", en = "region" }
many = { vi = "vùng", en = "regions" }
[levels.district]
one = { vi = "hạt", en = "county" }
many = { vi = "hạt", en = "counties" }
[levels.commune]
one = { vi = "khu", en = "ward" }
many = { vi = "khu", en = "wards" }
[exposure]
one = { vi = "thành viên", en = "member" }
many = { vi = "thành viên", en = "members" }
"""
READMES = [ROOT / "README.md", ROOT / "README.vi.md"]


@pytest.mark.parametrize("file", READMES, ids=lambda file: file.name)
def test_every_link_leads_to_a_file(file):
    links = re.findall(r"\]\(([^)#]+)\)", file.read_text(encoding="utf-8"))
    assert len(links) > 8
    local = [link for link in links if not link.startswith("http")]
    assert [link for link in local if not (ROOT / link).exists()] == []


def test_both_languages_have_the_same_code_and_links():
    def parts(file):
        text = file.read_text(encoding="utf-8")
        code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        links = set(re.findall(r"\]\(([^)]+)\)", text)) - {"README.md", "README.vi.md"}
        # a picture with words in it, and a notebook, is one in each language
        links = {re.sub(r"\.(en|vi)\.(svg|png)$", r".\2", link) for link in links}
        return code, {re.sub(r"^notebooks/(en|vi)/", "notebooks/", link) for link in links}

    assert parts(READMES[0]) == parts(READMES[1])


def test_the_code_runs_as_it_stands(monkeypatch, tmp_path, capsys):
    """Paste every block of a page, one after the other, into a fresh session in an empty folder."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", READMES[0].read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    session = {}
    for block in blocks:
        exec(block, session)
    assert session["picture"].save("map.png").stat().st_size > 10_000
    assert session["hg"] is hganalysis
    said = capsys.readouterr().out
    assert findings.headline(session["design"].rungs) in said
    assert str(hganalysis.compare("app_users", 2022, 2023)) in said
    written = sorted(one.name for one in tmp_path.iterdir())
    assert written == ["column.pdf", "map.png", "talk.pptx"]


NOTEBOOK = "import hganalysis as hg\nprint(hg.findings.source(hg.frames.reports()))"


def commands(file, first):
    """Take a block of shell commands apart: what is typed, without comments and continued lines."""
    fences = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    blocks = fences.findall(file.read_text(encoding="utf-8"))
    [block] = [code for kind, code in blocks if not kind and first in code]
    lines = block.replace("\\\n", " ").splitlines()
    typed = [line.split("#")[0].split() for line in lines]
    return [line for line in typed if line and line[0] == "hganalysis"]


@pytest.mark.parametrize("first", ["hganalysis template", "hganalysis counts"])
def test_both_languages_have_the_same_commands(first):
    """But for the names of files and folders, of which there are as many that end alike."""

    def kept(file):
        for typed in commands(file, first):
            names = {}
            for before, word in pairwise(typed):
                if before == "--out" or word.endswith("/") or ("." in word and "=" not in word):
                    ending = "/" if word.endswith("/") else Path(word).suffix
                    names.setdefault(word, f"{len(names)}{ending}")
            yield [names.get(word, word) for word in typed]

    assert [*kept(READMES[0])] == [*kept(READMES[1])]


@pytest.fixture
def shell(monkeypatch, tmp_path):
    """Give a function that runs a command as it is typed; a build runs one short notebook only."""
    (tmp_path / "short").mkdir()
    cell = nbformat.v4.new_code_cell(NOTEBOOK, id="one")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "short" / "01_short.ipynb")
    monkeypatch.chdir(tmp_path)

    def run(typed):
        more = ["--notebooks", "short", "--notebooks-only"] if typed[1] == "build" else []
        done = CliRunner().invoke(app, [*typed[1:], *more])
        out = typed[typed.index("--out") + 1] if typed[1] == "build" else ""
        assert not out or done.exit_code or Path(out, "index.html").is_file()
        return done.exit_code, f"{done.output}{done.exception or ''}"

    return run


def test_the_commands_for_a_province_run_as_they_stand(shell, tmp_path):
    form, first, second, years, province, country = commands(READMES[0], "hganalysis template")
    assert shell(form)[0] == 0

    def wrong(sheet):
        sheet["F3"] = -4

    fill(Path(form[2]), 2023, change=wrong)
    status, said = shell(first)
    assert (status, first[2]) == (1, form[2]), said
    returned = Path(second[2])
    assert returned.is_file(), said
    book = openpyxl.load_workbook(returned)
    assert book.worksheets[0]["F3"].comment
    book.worksheets[0]["F3"] = 40
    book.save(returned)
    assert shell(second)[0] == 0

    for name in (one for one in years if one.endswith(".xlsx")):
        fill(workbook.template(name, year=int(name[:4])), int(name[:4]))
    status, said = shell(years)
    assert status == 0, said

    files = invented.write(tmp_path / "in")
    named = dict(zip(province[2::2], province[3::2], strict=True))
    report = pd.read_csv(files["reports"], dtype={"code": "str"})
    report.to_excel(named["--reports"], index=False)
    shutil.copy(files["places"], named["--places"])
    shutil.copy(files["indicators"], named["--indicators"])
    gpd.read_file(files["areas"]).to_file(named["--areas"])
    named["--out"] = f"other-{named['--out']}"
    status, said = shell([*province[:2], *(text for pair in named.items() for text in pair)])
    assert status == 0, said

    named = dict(zip(country[2::2], country[3::2], strict=True))
    (tmp_path / named["--study"]).write_text(STUDY, encoding="utf-8")
    report.to_csv(named["--reports"], index=False)
    named["--out"] = f"third-{named['--out']}"
    status, said = shell([*country[:2], *(text for pair in named.items() for text in pair)])
    assert status == 0, said


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The 'future.infer_string'")
def test_the_commands_for_a_log_run_as_they_stand(shell):
    count, made = commands(READMES[0], "hganalysis counts")
    folder = Path(count[2])
    folder.mkdir()
    log = pd.read_parquet(demo.caselog(30_000, folder / "log.parquet"))
    log.rename(columns={"file": "so_ho_so"}).to_parquet(folder / "log.parquet")
    status, said = shell(count)
    assert status == 0, said
    teams = [one for one in made if one.endswith(".xlsx")]
    listed = places.communes()
    table = pd.DataFrame({"code": listed.index, "year": 2022, "teams": 7, "members": 50})
    names = listed["district_code"].map(places.districts()["name_vi"]).to_numpy()
    table = table.assign(district=names, commune=listed["name_vi"].to_numpy())
    table.to_excel(teams[0], index=False)
    status, said = shell(made)
    assert status == 0, said


@pytest.mark.parametrize("file", READMES, ids=lambda file: file.name)
def test_every_target_of_make_that_is_named_exists(file):
    text = file.read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z]+)", text)) - {"it"}
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {"build", "test", "quick", "lab"} <= named <= targets


def language_of(readme):
    return "vi" if ".vi." in readme.name else "en"


@pytest.mark.parametrize("readme", READMES, ids=lambda file: file.name)
def test_the_first_screen_has_a_map_and_the_three_answers_in_its_language(readme):
    text, language = readme.read_text(encoding="utf-8"), language_of(readme)
    picture, command = text.index(f".github/app-users.{language}.png"), text.index("make build")
    assert text[:command].count("\n") < 25
    assert picture < command
    pictures = set(re.findall(r"\.github/[\w-]+\.(\w+)\.\w+", text))
    assert pictures == {language}
    with words.use(language):
        drawn, _ = hganalysis.answers().where.plot()._repr_png_()
        said = [f"**{one.text}** {one.answer}" for one in hganalysis.answers()]
    assert (ROOT / ".github" / f"app-users.{language}.png").read_bytes() == drawn
    for one in said:
        plain = one.replace("\N{NO-BREAK SPACE}", " ")
        assert plain in text[:command].replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_map_of_the_first_screen_is_that_of_the_notebook(language):
    notebook = ROOT / "notebooks" / language / "01_where_uptake_is_high.ipynb"
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    pictures = [
        found["data"]["image/png"]
        for cell in cells
        for found in cell.get("outputs", [])
        if "image/png" in found.get("data", {})
    ]
    shown = {base64.b64decode("".join(one)) for one in pictures}
    assert (ROOT / ".github" / f"app-users.{language}.png").read_bytes() in shown


def test_slide_and_atlas_are_of_the_data_at_hand(tmp_path):
    reports, teams = frames.reports(), frames.teams()
    made = {
        "atlas": atlas.write(tmp_path / "atlas.html", reports, teams=teams)[0],
        "slide": slides.write(tmp_path / "slides.pptx", reports, teams),
    }
    # a passport is of the numbers, in whatever language they are shown
    for name, file in made.items():
        for language in words.LANGUAGES:
            shown = passport.read(ROOT / ".github" / f"{name}.{language}.png")
            assert shown.reason == ""  # not touched since tests/pictures.py took it
            assert shown.passport.hash == passport.read(file).passport.hash


def growth():
    file = ROOT / "tests" / "benchmarks" / "growth.py"
    found = importlib.util.spec_from_file_location("growth", file)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("file", READMES, ids=lambda file: file.name)
def test_what_it_costs_is_drawn_as_it_was_measured(file):
    language = "vi" if file.stem.endswith(".vi") else "en"
    picture = f".github/growth.{language}.svg"
    assert picture in file.read_text(encoding="utf-8")
    assert (ROOT / picture).read_bytes() == growth().draw(language)


COMMAND = re.compile(r"^hganalysis ([a-z]+)((?:.*\\\n)*.*)$", re.MULTILINE)


@pytest.mark.parametrize("file", READMES, ids=lambda file: file.name)
def test_the_commands_and_options_that_are_shown_exist(file):
    shown = COMMAND.findall(file.read_text(encoding="utf-8"))
    assert {"template", "check", "build"} <= {name for name, _ in shown}
    known = {one.name: one for one in get_command(app).commands.values()}
    for name, rest in shown:
        options = {option for one in known[name].params for option in one.opts}
        assert set(re.findall(r"--[a-z-]+", rest.split("#")[0])) <= options


@pytest.mark.parametrize("file", READMES, ids=lambda file: file.name)
def test_the_coverage_printed_is_the_coverage_measured(file):
    text = file.read_text(encoding="utf-8").replace(",", ".")
    printed = re.findall(r"^\| .+ \| ([\d.]+) ?% \| ([\d.]+) ?% \|$", text, re.MULTILINE)
    by = frames.coverage().groupby("method")["coverage"].agg(["mean", "min"])
    methods = ["headline", "rung 2, CV3", "rung 2, score bootstrap", "cluster-robust z"]
    measured = by.loc[[*methods, "Poisson model errors"]] * 100
    assert printed == [
        (f"{row['mean']:.1f}", f"{row['min']:.1f}") for _, row in measured.iterrows()
    ]


@pytest.mark.parametrize("file", READMES, ids=lambda file: file.name)
def test_what_counting_a_log_costs_is_what_was_measured(file):
    text = file.read_text(encoding="utf-8").replace(",", ".")
    cell = r" (?:([\d.]+) s|–) \|"
    printed = re.findall(rf"^\| (\d+) (?:million|triệu) \|{3 * cell} ([\d.]+) GB \|$", text, re.M)
    table = pd.read_csv(ROOT / "data" / "benchmarks" / "scale.csv").set_index(["rows", "route"])
    assert [int(row[0]) for row in printed] == [1, 10, 100]
    for millions, *seconds, memory in printed:
        routes = table.loc[int(millions) * 1_000_000]
        for route, shown in zip(("caselog", "sql", "pandas"), seconds, strict=True):
            assert bool(shown) == (route in routes.index)
            if shown:
                decimals = len(shown.partition(".")[2])
                assert shown == f"{routes.loc[route, 'seconds']:.{decimals}f}"
        assert memory == f"{routes.loc['caselog', 'peak_mb'] / 1000:.1f}"

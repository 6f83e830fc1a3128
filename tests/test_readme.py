"""The README: its links lead somewhere, its code runs, its picture is the notebook's."""

import base64
import importlib.util
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from typer.main import get_command

import hganalysis
from hganalysis import atlas, effect, indicators, intake, slides
from hganalysis.build.command import app
from hganalysis.maps import passport

ROOT = Path(__file__).parent.parent
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
        # a picture with words in it is one picture in each language
        return code, {re.sub(r"\.(en|vi)\.svg$", ".svg", link) for link in links}

    assert parts(READMES[0]) == parts(READMES[1])


def test_the_code_runs_as_it_stands(monkeypatch):
    monkeypatch.chdir(ROOT)
    text = READMES[0].read_text(encoding="utf-8")
    outcome = indicators.get("app_users", year=2022)
    frame = effect.units(intake.reports(), intake.teams(), indicator=outcome)
    given = {"frame": frame.rename(columns={"count": "users", "district_code": "district"})}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(block, given)
    assert given["ladder"].headline.rung == 2
    assert given["hg"] is hganalysis


def test_the_first_screen_shows_the_map_of_the_notebook():
    text = READMES[0].read_text(encoding="utf-8")
    picture, command = text.index(".github/app-users.png"), text.index("make build")
    assert text[:command].count("\n") < 20
    assert picture < command
    notebook = ROOT / "notebooks" / "01_where_uptake_is_high.ipynb"
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    pictures = [
        found["data"]["image/png"]
        for cell in cells
        for found in cell.get("outputs", [])
        if "image/png" in found.get("data", {})
    ]
    stored = base64.b64decode("".join(pictures[0]))
    assert (ROOT / ".github" / "app-users.png").read_bytes() == stored


def test_slide_and_atlas_are_of_the_data_at_hand(tmp_path):
    reports, teams = intake.reports(), intake.teams()
    made = {
        "atlas.png": atlas.write(tmp_path / "atlas.html", reports, teams=teams)[0],
        "slide.png": slides.write(tmp_path / "slides.pptx", reports, teams),
    }
    for name, file in made.items():
        shown = passport.read(ROOT / ".github" / name)
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
    printed = re.findall(r"^\| .+ \| ([\d.]+) % \| ([\d.]+) % \|$", text, re.MULTILINE)
    by = intake.coverage().groupby("method")["coverage"].agg(["mean", "min"])
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

"""The READMEs: links lead somewhere, code and commands run, answers and pictures are today's."""

import re
from pathlib import Path

import geopandas as gpd
import invented
import nbformat
import pandas as pd
import pytest
from corpus import fill
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import cli

ROOT = Path(__file__).parents[1]
READMES = {"en": ROOT / "README.md", "vi": ROOT / "README.vi.md"}
EACH = pytest.mark.parametrize("language", READMES)
TEXTS = {language: file.read_text(encoding="utf-8") for language, file in READMES.items()}


def code(language):
    return re.findall(r"```python\n(.*?)```", TEXTS[language], re.DOTALL)


def test_both_languages_have_the_same_code_and_links():
    links = {}
    for language, text in TEXTS.items():
        found = set(re.findall(r"\]\(([^)#]+)\)", text))
        assert [one for one in found if not (ROOT / one).exists()] == []
        same = (re.sub(rf"\.{language}\.png|/{language}/", "", one) for one in found)
        links[language] = set(same) - {"README.md", "README.vi.md"}
    assert links["en"] == links["vi"]
    english = [one.replace('hg.words.use("en")\n', "") for one in code("en")]
    assert english == code("vi")


@EACH
def test_each_block_of_code_runs_by_itself_and_speaks_the_language(
    language, monkeypatch, tmp_path, capsys
):
    monkeypatch.chdir(tmp_path)
    for block in code(language):
        with hg.words.use("vi"):
            exec(block, {})
    said = capsys.readouterr().out
    with hg.words.use(language):
        for answer in answers():
            assert str(answer) in said
        assert hg.words.term("figure.prefix", sentence="") in said.splitlines()[0]
    assert {one.name for one in tmp_path.iterdir()} == {"map.html", "map.png", "survey.png"}


def answers():
    design = hg.Design.of_reports("app_users", 2022)
    change = hg.compare("app_users", 2022, 2023)
    return [hg.uptake("app_users", 2023), change, design.headline()]


@EACH
def test_the_three_answers_are_those_that_are_printed(language):
    said = re.findall(r"^\d\. \*\*.+?\*\* (.+)$", TEXTS[language], re.MULTILINE)
    with hg.words.use(language):
        printed = [str(one).replace("\N{NO-BREAK SPACE}", " ") for one in answers()]
    assert len(said) == 3
    for shown, whole in zip(said, printed, strict=True):
        begun = shown.replace("\N{NO-BREAK SPACE}", " ").removesuffix(" …")
        assert whole.startswith(begun)
        assert begun == whole or shown.endswith("…")


def commands(language):
    """Take the commands for a province apart, without comments and continued lines."""
    [block] = [
        one for one in re.findall(r"```\n(.*?)```", TEXTS[language], re.DOTALL) if "check" in one
    ]
    typed = [line.split("#")[0].split() for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in typed if line and line[0] == "hganalysis"]


@EACH
def test_the_commands_for_a_province_run_as_they_stand(language, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cell = nbformat.v4.new_code_cell("import hganalysis", id="one")
    (tmp_path / "short").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "short" / "01_short.ipynb")

    def run(typed):
        more = ["--notebooks", "short", "--notebooks-only"] if typed[1] == "build" else []
        done = CliRunner().invoke(cli.app, [*typed[1:], *more])
        assert done.exit_code == 0, f"{done.output}{done.exception or ''}"

    form, check, years, country = commands(language)
    run(form)
    fill(Path(form[2]), 2023)
    run(check)
    for name in (one for one in years if one.endswith(".xlsx")):
        fill(hg.workbook.template(name, year=int(name[:4])), int(name[:4]))
    run(years)
    files = invented.write(tmp_path / "in")
    report = pd.read_csv(files["reports"], dtype={"code": "str"})
    named = dict(zip(country[2::2], country[3::2], strict=True))
    report.drop(columns="teams").to_csv(named["--reports"], index=False)
    for option in ("places", "indicators"):
        Path(named[f"--{option}"]).write_bytes(Path(files[option]).read_bytes())
    gpd.read_file(files["areas"]).to_file(named["--areas"])
    Path(named["--study"]).write_text(invented.DESCRIBED, encoding="utf-8")
    run([*country[:2], *(text for pair in named.items() for text in pair), "--out", "elsewhere"])

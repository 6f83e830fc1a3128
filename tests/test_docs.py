"""READMEs and documentation: what is shown runs and is today's, and pages open offline."""

import re
import subprocess
import sys
import tomllib
import urllib.parse
from html.parser import HTMLParser
from itertools import takewhile
from pathlib import Path

import corpus
import geopandas as gpd
import invented
import nbformat
import pandas as pd
import pytest
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import cli, frames

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [DOCS / "index.rst", *sorted(DOCS.glob("howto/*.rst"))]

DIRECTIVE = re.compile(r"^\.\. (?:code-block:: (?P<kind>\w+)|test: (?P<test>.+))$")
OPTION = re.compile(r":(\w+): (.+)$")


def blocks(page):
    """Give each example: where it stands, its kind, its code, the file that its caption names."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for at, line in enumerate(lines):
        found = DIRECTIVE.match(line)
        if not found:
            assert "code-block::" not in line, f"{page.name}:{at + 1} is indented: nobody runs it"
        elif found["test"]:
            yield at + 1, "test", found["test"], None
        else:
            body = [
                one[3:] for one in takewhile(lambda one: one[:3].strip() == "", lines[at + 1 :])
            ]
            options = dict(OPTION.match(one).groups() for one in takewhile(OPTION.match, body))
            code = "\n".join(body[len(options) :]).strip()
            yield at + 1, found["kind"], f"{code}\n", options.get("caption")


def filled(file, year):
    """Fill a form in as a person would; of what the simulated province has not, as of its app."""
    reports = frames.reports()
    app_users = reports[reports["indicator"] == "app_users"]
    row = corpus.openpyxl.load_workbook(file).worksheets[0][2]
    heads = [cell.value.removesuffix(".count") for cell in row if cell.value.endswith(".count")]
    more = [one for one in heads if one not in set(reports["indicator"])]
    known = pd.concat([reports, *(app_users.assign(indicator=one) for one in more)])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(corpus.frames, "reports", lambda: known)
        corpus.fill(Path(file), year)


def typed(line):
    """Run a command; a build runs one short notebook, as what they all do is tested elsewhere."""
    words = line.split()[2:]
    short = Path("short-notebooks")
    if words[0] == "build":
        short.mkdir(exist_ok=True)
        cell = nbformat.v4.new_code_cell("import hganalysis", id="one")
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), short / "01_short.ipynb")
        words += ["--notebooks", str(short), "--notebooks-only"]
    done = CliRunner().invoke(cli.app, words)
    assert done.exit_code == 0, f"{line}\n{done.output}{done.exception or ''}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_run_in_their_order_in_an_empty_folder(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session = {"filled": filled}
    for line, kind, code, caption in blocks(page):
        at = f"{page.name}:{line}"
        if caption:
            Path(caption).write_text(code, encoding="utf-8")
        if kind == "toml":
            assert tomllib.loads(code), at
        elif kind == "console":
            for one in code.splitlines():
                assert one.startswith("$ hganalysis "), at
                typed(one)
        elif kind in ("python", "test"):
            exec(compile(code, at, "exec"), session)
        else:
            assert kind == "text", f"{at}: nobody runs {kind}"


LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


class Page(HTMLParser):
    """What a page links to, what it loads, and the pictures that say nothing to who cannot see."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.links, self.mute = [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.links += [known["href"]] if tag == "a" and "href" in known else []
        self.loads += [known[LOADS[tag]]] if known.get(LOADS.get(tag)) else []
        self.mute += tag == "img" and "alt" not in known


def faults(folder):
    """Name what leads nowhere, what is loaded from elsewhere, and pictures without words."""
    for file in sorted(folder.rglob("*.html")):
        page = Page(file.read_text("utf-8"))
        yield from [f"{file.name}: a picture without words"] * page.mute
        for link in page.links + page.loads:
            parts = urllib.parse.urlsplit(link)
            outside = bool(parts.scheme or parts.netloc)
            path = file.parent / urllib.parse.unquote(parts.path)
            if link in page.loads if outside else parts.path and not path.is_file():
                yield f"{file.name}: {link}"


@pytest.mark.nightly
def test_the_site_is_built_without_a_warning_and_opens_offline(tmp_path):
    out = tmp_path / "site"
    options = ["-q", "-E", "-W", "--keep-going", "-d", tmp_path / "doctrees"]
    command = [sys.executable, "-m", "sphinx", *options, DOCS, out]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(faults(out)) == []
    gallery = (out / "gallery" / "index.html").read_text("utf-8")
    assert len(set(re.findall(r'href="(\d_\w+\.html)"', gallery))) == 8


def test_broken_links_and_what_is_loaded_from_elsewhere_are_seen(tmp_path):
    bad = '<a href="b.html"></a><a href="https://else.where"></a><img src="//else.where/a.png">'
    (tmp_path / "a.html").write_text(bad, encoding="utf-8")
    found = ["a.html: a picture without words", "a.html: b.html", "a.html: //else.where/a.png"]
    assert list(faults(tmp_path)) == found


# --- the READMEs ---

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
    corpus.fill(Path(form[2]), 2023)
    run(check)
    for name in (one for one in years if one.endswith(".xlsx")):
        corpus.fill(hg.workbook.template(name, year=int(name[:4])), int(name[:4]))
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

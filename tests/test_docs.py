"""The documentation: its examples run, its links lead somewhere, and nothing of it is a copy."""

import ast
import base64
import graphlib
import html
import json
import re
import subprocess
import sys
import tomllib
import urllib.parse
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from importlib import import_module
from itertools import takewhile
from pathlib import Path

import forms
import nbformat
import pandas as pd
import pytest
from test_setup import files_of, imported, modules
from typer.testing import CliRunner

import hganalysis
from hganalysis import frames
from hganalysis.build.command import app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.append(str(DOCS))

from pages import api, gallery, house, measured  # noqa: E402

MADE = {"api", "gallery", "made"}
PAGES = [path for path in sorted(DOCS.rglob("*.rst")) if path.parent.name not in MADE]
NOTEBOOKS = sorted((ROOT / "notebooks" / "en").glob("*.ipynb"))


def names(paths):
    return [path.relative_to(ROOT).as_posix() for path in paths]


# --- the examples ---

DIRECTIVE = re.compile(r"^\.\. (?:code-block:: (?P<kind>\w+)|test: (?P<test>.+))$")
OPTION = re.compile(r":(\w+): (.+)$")


@dataclass(frozen=True)
class Block:
    """An example: a file to write where it has a caption; what a person would do in between."""

    line: int
    kind: str
    code: str
    options: dict


def blocks(page):
    lines = page.read_text(encoding="utf-8").splitlines()
    for at, line in enumerate(lines):
        found = DIRECTIVE.match(line)
        if not found:
            assert "code-block::" not in line, f"{page.name}:{at + 1} is indented: nobody runs it"
            continue
        if found["test"]:
            yield Block(at + 1, "test", found["test"], {})
            continue
        body = []
        for below in lines[at + 1 :]:
            if below and not below.startswith("   "):
                break
            body.append(below[3:])
        options = dict(OPTION.match(one).groups() for one in takewhile(OPTION.match, body))
        code = "\n".join(body[len(options) :]).strip()
        yield Block(at + 1, found["kind"], f"{code}\n", options)


def filled(file, year):
    """Fill a form in as a person would; of what the simulated province has not, as of its app."""
    reports = frames.reports()
    app_users = reports[reports["indicator"] == "app_users"]
    more = [one for one in headings(file) if one not in set(reports["indicator"])]
    known = pd.concat([reports, *(app_users.assign(indicator=one) for one in more)])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(forms.frames, "reports", lambda: known)
        forms.fill(Path(file), year)


def headings(file):
    row = forms.openpyxl.load_workbook(file).worksheets[0][2]
    return [cell.value.removesuffix(".count") for cell in row if cell.value.endswith(".count")]


def typed(line):
    """Run a command; a build runs one short notebook, as what they all do is tested elsewhere."""
    words = line.split()[1:]
    short = Path("short-notebooks")
    if words[0] == "build":
        short.mkdir(exist_ok=True)
        cell = nbformat.v4.new_code_cell("import hganalysis", id="one")
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), short / "01_short.ipynb")
        words += ["--notebooks", str(short), "--notebooks-only"]
    done = CliRunner().invoke(app, words)
    return done.exit_code, f"{done.output}{done.exception or ''}"


def commands(code):
    lines = code.strip().splitlines()
    assert all(line.startswith("$ hganalysis ") for line in lines)
    return [line.removeprefix("$ ") for line in lines]


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_the_examples_of_a_page_run_in_their_order_in_an_empty_folder(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session = {}
    for block in blocks(page):
        at = f"{page.name}:{block.line}"
        if "caption" in block.options:
            Path(block.options["caption"]).write_text(block.code, encoding="utf-8")
        if block.kind == "toml":
            assert tomllib.loads(block.code), at
        elif block.kind == "console":
            for line in commands(block.code):
                status, said = typed(line)
                assert status == 0, f"{at}: {line}\n{said}"
        elif block.kind == "test":
            exec(block.code, {"filled": filled})
        elif block.kind == "python":
            exec(compile(block.code, at, "exec"), session)
        else:
            assert block.kind == "text", f"{at}: nobody runs {block.kind}"


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_the_code_of_the_gallery_runs_as_it_is_pasted(file):
    shown = []
    for entry in gallery.read(file).entries:
        assert entry.code.startswith("import ")
        with pd.option_context("display.max_colwidth", 50):
            exec(entry.code, {"display": lambda *given: shown.extend(given)})


# --- the site ---


LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


class Page(HTMLParser):
    """What a page links to, what it loads, and what can be linked to in it."""

    def __init__(self, file):
        super().__init__()
        self.loads, self.links, self.names, self.text = [], [], set(), file.read_text("utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.names |= {known.get("id"), known.get("name")} - {None}
        if tag == "a" and "href" in known:
            self.links.append(known["href"])
        if known.get(LOADS.get(tag)):
            self.loads.append(known[LOADS[tag]])


class Site:
    """The site as it was built."""

    def __init__(self, folder):
        self.folder = folder

    @cached_property
    def pages(self):
        return {file.resolve(): Page(file) for file in sorted(self.folder.rglob("*.html"))}

    def broken(self):
        """Name every link and every file that leads nowhere."""
        for file, page in self.pages.items():
            for link in page.links + page.loads:
                parts = urllib.parse.urlsplit(link)
                if parts.scheme:
                    continue
                path = file.parent / urllib.parse.unquote(parts.path)
                target = (path if parts.path else file).resolve()
                anchor = urllib.parse.unquote(parts.fragment)
                known = self.pages[target].names if target in self.pages else {""}
                if not target.is_file() or (anchor and anchor not in known):
                    yield f"{file.name}: {link}"

    def asked(self):
        """Name all that a page loads from elsewhere."""
        for file, page in self.pages.items():
            yield from (f"{file.name}: {one}" for one in page.loads if outside(one))
        for file in self.folder.rglob("*.css"):
            found = re.findall(r"url\(['\"]?([^)'\"]+)|@import ['\"](.+?)['\"]", file.read_text())
            yield from (f"{file.name}: {one}" for both in found for one in both if outside(one))


def outside(address):
    return address.startswith(("http:", "https:", "//", "ftp:"))


def built_site(source, out):
    options = ["-q", "-E", "-W", "--keep-going", "-d", out.with_name("doctrees")]
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *options, source, out],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("docs") / "site"
    done = built_site(DOCS, out)
    assert (done.returncode, done.stderr) == (0, "")
    return Site(out)


def test_every_link_of_the_site_leads_somewhere(site):
    assert len(site.pages) > len(PAGES) + len(modules()) + len(NOTEBOOKS)
    assert list(site.broken()) == []


def test_nothing_is_loaded_from_elsewhere_when_a_page_is_opened(site):
    assert list(site.asked()) == []


def test_broken_links_and_what_is_loaded_from_elsewhere_are_seen(tmp_path):
    (tmp_path / "a.html").write_text(
        '<p id="here"><a href="#here"></a><a href="#gone"></a><a href="b.html"></a>'
        '<a href="https://else.where"></a><img src="https://else.where/a.png">',
        encoding="utf-8",
    )
    (tmp_path / "a.css").write_text("a { background: url(//else.where/b.png) }", encoding="utf-8")
    assert list(Site(tmp_path).broken()) == ["a.html: #gone", "a.html: b.html"]
    asked = ["a.html: https://else.where/a.png", "a.css: //else.where/b.png"]
    assert list(Site(tmp_path).asked()) == asked


@pytest.mark.parametrize("room", modules())
def test_every_public_name_of_a_room_is_in_its_page_of_reference(site, room):
    module = import_module(f"hganalysis.{room}")
    source = Path(module.__file__).read_text(encoding="utf-8")
    own = [
        name
        for name, thing in vars(module).items()
        if getattr(thing, "__module__", "") == module.__name__
        or (name.isupper() and re.search(rf"^(?:[A-Z_]+, )*{name}\b.* = ", source, re.MULTILINE))
        if not name.startswith("_")
    ]
    page = site.pages[(site.folder / "api" / f"{room}.html").resolve()]
    full = {f"hganalysis.{room}.{name}" for name in getattr(module, "__all__", own)}
    assert full
    parts = {name for name in full if f"module-{name}" in page.names}
    assert full - page.names - parts == set()
    assert site.pages[(site.folder / "api/index.html").resolve()].text.count(f'"{room}.html"') > 0


def test_what_a_first_line_begins_with_has_its_page(site):
    page = site.pages[(site.folder / "api/first.html").resolve()]
    assert "map" in api.first_lines()
    assert {f"hganalysis.{name}" for name in api.first_lines()} <= page.names
    assert set(api.first_lines()) == set(dir(hganalysis)) - set(modules()) - {"__version__"}


def test_every_room_is_in_one_group():
    grouped = [room for some in api.groups().values() for room in some]
    assert sorted(grouped) == modules()


# --- the gallery ---


DRAWN = [file for file in NOTEBOOKS if "image/png" in file.read_text(encoding="utf-8")]


def test_all_notebooks_but_that_of_ones_own_province_have_pictures():
    assert [file.stem for file in NOTEBOOKS if file not in DRAWN] == ["05_your_own_province"]


@pytest.mark.parametrize("file", DRAWN, ids=lambda file: file.stem)
def test_every_picture_of_a_notebook_is_in_the_gallery_as_it_is_stored(site, file):
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    outputs = [one.get("data", {}) for cell in cells for one in cell.get("outputs", [])]
    stored = [base64.b64decode(one["image/png"]) for one in outputs if "image/png" in one]
    page = site.pages[(site.folder / "gallery" / f"{file.stem}.html").resolve()]
    shown = [site.folder / "gallery" / one for one in page.loads if one.endswith(".png")]
    assert [one.read_bytes() for one in shown] == stored
    index = site.pages[(site.folder / "gallery" / "index.html").resolve()]
    assert len([one for one in index.links if one.startswith(f"{file.stem}.html#")]) == len(stored)


def test_real_numbers_come_first_each_with_the_code_that_draws_it(site):
    index = site.pages[(site.folder / "gallery" / "index.html").resolve()]
    shown = [one for one in index.links if "html#" in one]
    assert shown[:2] == [f"studies.html#{name.replace('_', '-')}" for name in gallery.STUDIES]
    page = site.pages[(site.folder / "gallery" / "studies.html").resolve()]
    read = html.unescape(re.sub("<[^>]+>", "", page.text))
    for name in gallery.STUDIES:
        [picture] = [one for one in page.loads if one.endswith(f"{name}.png")]
        assert (site.folder / "gallery" / picture).stat().st_size > 20_000
        assert f'hg.Study.open("{name}")' in read
    assert "simulated" not in read.lower()


@pytest.mark.parametrize("file", DRAWN, ids=lambda file: file.stem)
def test_every_table_of_a_section_with_a_picture_is_beside_it(site, file):
    sections = []
    for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
        if "".join(cell["source"]).startswith("#"):
            sections.append([])
        sections[-1] += [one["data"] for one in cell.get("outputs", []) if "data" in one]
    drawn = [section for section in sections if any("image/png" in one for one in section)]
    texts = ["".join(one.get("text/html", "")) for section in drawn for one in section]
    page = site.pages[(site.folder / "gallery" / f"{file.stem}.html").resolve()]
    tables = "".join(texts).count("<table border")
    assert page.text.count("<table border") == tables > 0
    assert "<iframe" not in page.text


def test_code_is_pasted_with_what_it_needs_and_nothing_that_follows_it():
    cells = [
        "import pandas as pd\nkept = 1",
        "unused = 2",
        "frame = pd.DataFrame({'a': [kept]})\nprint(frame)",
        "frame['b'] = 3\nshown(frame)",
        "frame.plot()",
    ]
    assert gallery.pasted(cells, 4).splitlines() == [
        "import pandas as pd",
        "kept = 1",
        "",
        "frame = pd.DataFrame({'a': [kept]})",
        "",
        "frame['b'] = 3",
        "",
        "frame.plot()",
    ]


# --- the house ---


@pytest.fixture(scope="module")
def stacked():
    return house.in_order()


@pytest.mark.parametrize("room", modules())
def test_the_house_is_drawn_from_the_imports_that_there_are(stacked, room):
    by_test = set().union(*map(imported, files_of(room))) - {room}
    assert stacked[room] == by_test
    names = list(stacked)
    assert by_test <= set(names[: names.index(room)])
    first = ast.get_docstring(ast.parse(house.rooms()[room].read_text("utf-8"))).splitlines()[0]
    assert house.says(house.rooms()[room]).startswith(first)


def test_a_dot_is_drawn_for_each_import_and_below_the_diagonal():
    drawn = house.drawn({"words": set(), "rates": {"words"}, "maps": {"words", "rates"}})
    assert re.findall(r"<title>(.+?)</title>", drawn) == [
        "rates imports words",
        "maps imports rates",
        "maps imports words",
    ]
    dots = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert all(float(x) - house.LEFT < float(y) - house.TOP for x, y in dots)


def test_a_circle_of_rooms_is_not_drawn(monkeypatch):
    monkeypatch.setattr(house, "rooms", lambda: {"rates": None, "maps": None})
    monkeypatch.setattr(house, "imports", {"rates": {"maps"}, "maps": {"rates"}}.get)
    with pytest.raises(graphlib.CycleError):
        house.in_order()


# --- what was measured ---


def test_the_methods_show_the_coverage_that_was_measured(site):
    page = site.pages[(site.folder / "methods.html").resolve()]
    shown = [re.findall(r"<p>(.*?)</p>", row) for row in page.text.split("<tr")]
    by = frames.coverage().groupby("method")["coverage"].agg(["mean", "min"])
    for method, row in (100 * by.drop(index="Moran's I")).iterrows():
        held = [method, f"{row['mean']:.1f} %", f"{row['min']:.1f} %"]
        assert any(cells[:3] == held for cells in shown), method


def tables():
    folder = ROOT / "data" / "benchmarks"
    return {name: pd.read_csv(folder / f"{name}.csv") for name in [*measured.BARS, "attack"]}


def test_bars_that_are_missed_are_named_and_no_others():
    reads = tables()
    every, missed = measured.bars(ROOT, reads)
    assert every.count("**no**") + sum(map(bool, reads_back(reads))) == missed.count("* ")
    head = reads["coverage"]["method"] == "headline"
    lower = reads["coverage"]["coverage"].where(~head, 0.5)
    reads["coverage"] = reads["coverage"].assign(coverage=lower)
    worse = measured.bars(ROOT, reads)[1]
    assert "headline, mean coverage: 0.500, asked 0.935 to 0.970" in worse
    assert "headline, mean coverage" not in missed


def reads_back(reads):
    """Say of each release that has to hold whether an attacker had a count of it back."""
    for row in reads["attack"].itertuples():
        ours = "no register" not in row.release and "threshold only" not in row.release
        yield ours and row.exact + row.near * (row.attacker == "reader")

"""READMEs and documentation: what is shown runs and is today's, and pages open offline."""

import ast
import inspect
import io
import operator
import re
import subprocess
import sys
import tomllib
import urllib.parse
from contextlib import redirect_stdout
from html.parser import HTMLParser
from itertools import dropwhile, takewhile
from pathlib import Path

import corpus
import pytest
from PIL import Image
from shell import ALONE, run, start, write

import hganalysis as hg
from hganalysis import study
from hganalysis.publish import execution, pages

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LESSONS = sorted(DOCS.glob("learn/*.rst"))
PAGES = [
    DOCS / "index.rst",
    *LESSONS,
    *sorted(DOCS.glob("howto/*.rst")),
    *sorted(DOCS.glob("explain/*.rst")),
]

DIRECTIVE = re.compile(r"^\.\. code-block:: (\w+)$")
OPTION = re.compile(r":(\w+): (.+)$")


def blocks(page):
    """Give each example: where it stands, its kind, its code, the file that its caption names."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for position, line in enumerate(lines):
        directive = DIRECTIVE.match(line)
        if not directive:
            assert "code-block::" not in line, (
                f"{page.name}:{position + 1} is indented: nobody runs it"
            )
            continue
        indented = takewhile(lambda text: not text[:3].strip(), lines[position + 1 :])
        body = [text[3:] for text in indented]
        options = dict(OPTION.match(text).groups() for text in takewhile(OPTION.match, body))
        code = "\n".join(body[len(options) :]).strip("\n")
        yield position + 1, directive[1], f"{code}\n", options.get("caption")


def run_page(page, hganalysis, monkeypatch):
    """Do what a page prints, and nothing else, in the folder in use: give what is said."""
    names = {}
    output = io.StringIO()
    for line, kind, code, caption in blocks(page):
        position = f"{page.name}:{line}"
        if caption:
            Path(caption).write_text(code, encoding="utf-8")
        if kind == "toml":
            assert tomllib.loads(code), position
        elif kind == "console":
            for command in code.splitlines():
                prompt, program, *words = command.split()
                assert prompt == "$", position
                if program == "export":
                    monkeypatch.setenv(*words[0].split("="))
                    continue
                assert program == "hganalysis", position
                done = hganalysis(Path(), *words)
                assert done.returncode == 0, f"{position}: {command}\n{done.stdout}{done.stderr}"
                output.write(done.stdout + done.stderr)
        elif kind == "python":
            with redirect_stdout(output):
                exec(compile(code, position, "exec"), names)
        else:
            assert kind == "text", f"{position}: nobody runs {kind}"
    return output.getvalue()


def short_build(folder, *words):
    """Run a command as a new terminal does; a build has one notebook, runs no cell of it."""
    if words[0] == "build":
        write(folder, "01_short.ipynb", [("code", "import hganalysis")])
        words += ALONE
    with pytest.MonkeyPatch.context() as patch:
        forget_the_study(patch)
        patch.setattr(execution, "execute", leave_unrun)
        patch.setattr(pages, "thumbs", lambda *_: None)
        return run(folder, *words)


async def leave_unrun(cells, **_):
    """Leave cells as they are: no page shows what they give, and a kernel takes its time."""


def forget_the_study(patch):
    """Let the study and the language be those of the environment, as in a new process."""
    patch.setattr(study, "_in_process", None)


@pytest.fixture
def terminal(tmp_path, monkeypatch):
    """Open a terminal in an empty folder."""
    monkeypatch.chdir(tmp_path)
    forget_the_study(monkeypatch)
    return monkeypatch


# No English name of a place has one of these letters.
VIETNAMESE = re.compile("[ăâđêôơư\u1ea0-\u1ef9]", re.IGNORECASE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_run_in_their_order_and_speak_its_language(page, terminal):
    printed_text = run_page(page, short_build, terminal)
    in_vietnamese = [line for line in printed_text.splitlines() if VIETNAMESE.search(line)]
    if page.stem == "language":
        assert in_vietnamese == ["1.234,5 SỐ LIỆU MÔ PHỎNG"]
    else:
        assert in_vietnamese == []


SPEAKS_ENGLISH = ('hg.words.use("en")', "$ export HGANALYSIS_LANG=en")
IN_ENGLISH = '.use(language="en")'
"""How an English page uses a study; a Vietnamese one leaves it to the study."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_page_is_there_in_vietnamese_with_the_same_code(page):
    def code_lines(file, *without):
        return [
            line.replace(IN_ENGLISH, ".use()")
            for _, _, code, _ in blocks(file)
            for line in code.splitlines()
            if line and line not in without
        ]

    vietnamese = DOCS / "vi" / page.relative_to(DOCS)
    assert code_lines(vietnamese) == code_lines(page, *SPEAKS_ENGLISH)


def test_a_page_in_vietnamese_never_asks_for_english():
    pages = sorted((DOCS / "vi").rglob("*.rst"))
    assert len(pages) > 20
    switches = (IN_ENGLISH, *SPEAKS_ENGLISH)
    asking = {
        page.relative_to(DOCS).as_posix()
        for page in pages
        for _, _, code, _ in blocks(page)
        if any(switch in code for switch in switches)
    }
    assert asking <= {"vi/howto/language.rst"}  # which is about the choice


OUTPUT = re.compile(r"^(?! ).*::\n\n((?:   .*\n)+)", re.MULTILINE)
"""What a lesson says is printed."""


@pytest.mark.parametrize("folder", ["", "vi"])
@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.stem)
def test_a_lesson_shows_what_its_commands_print(page, folder, terminal):
    lesson = DOCS / folder / page.relative_to(DOCS)
    printed_text = " ".join(run_page(lesson, short_build, terminal).split())
    shown = [" ".join(text.split()) for text in OUTPUT.findall(lesson.read_text("utf-8"))]
    assert len(shown) >= 5
    assert [text for text in shown if text not in printed_text] == []


BUILDS = [page for page in PAGES if "$ hganalysis build" in page.read_text("utf-8")]


@pytest.mark.nightly
@pytest.mark.parametrize("page", BUILDS, ids=lambda page: page.stem)
def test_the_builds_of_a_page_run_all_notebooks(page, terminal, tmp_path):
    run_page(page, start, terminal)
    n_builds = sum(code.count("$ hganalysis build") for _, _, code, _ in blocks(page))
    assert len(list(tmp_path.glob("*/index.html"))) == n_builds


USE = 'hg.words.use("en")'
SCRIPTS = sorted(DOCS.glob("figures/*.py"))


@pytest.mark.parametrize("page", [*PAGES, *SCRIPTS], ids=lambda page: page.stem)
def test_the_first_thing_that_english_code_does_is_to_speak_english(page):
    if page.suffix == ".py":
        code = page.read_text("utf-8")
    else:
        code = "\n".join(code for _, kind, code, _ in blocks(page) if kind == "python")
    statements = [ast.unparse(node) for node in ast.parse(code).body if not is_text(node)]
    after_imports = dropwhile(lambda statement: "import " in statement, statements)
    assert next(after_imports, "").replace("'", '"') in (USE, "")


def is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_public_names_stand_in_the_reference_as_they_are_typed():
    entries = {
        page.stem: re.findall(r"^\.\. auto\w+:: ([\w.]+)", page.read_text("utf-8"), re.MULTILINE)
        for page in DOCS.glob("reference/*.rst")
    }
    assert all(name.startswith("hganalysis.") for name in entries.pop("internals"))
    names = {name for page in entries.values() for name in page}
    assert all(name.startswith("hg.") for name in names)
    assert {f"hg.{name}" for name in dir(hg)} <= names


def test_each_public_function_and_module_is_used_in_a_page_that_teaches():
    folders = [DOCS / "learn", DOCS / "howto", DOCS / "explain", ROOT / "notebooks" / "en"]
    pages = [page for folder in folders for page in folder.iterdir()]
    pages += [ROOT / "README.md", DOCS / "index.rst"]
    text = "\n".join(page.read_text("utf-8") for page in pages if page.is_file())
    used = set(re.findall(r"\bhg\.(\w+)", text))
    public = set(dir(hg))
    results = {name for name in public if inspect.isclass(getattr(hg, name))}
    assert used <= public
    assert public - results <= used


def public_functions(entry, members):
    """Give the functions of an entry of the reference, a class's methods among them."""
    entry = operator.attrgetter(entry.removeprefix("hg."))(hg)
    if inspect.isfunction(entry):
        return [entry]
    public = [name for name in vars(entry) if not name.startswith("_")]
    chosen = members or getattr(entry, "__all__", public)
    return [function for name in chosen if inspect.isfunction(function := getattr(entry, name))]


def test_each_public_function_has_an_example():
    entry = re.compile(r"^\.\. auto\w+:: (hg\.[\w.]+).*\n(?:   :members:(.*))?", re.MULTILINE)
    public = [
        function
        for page in DOCS.glob("reference/*.rst")
        for name, members in entry.findall(page.read_text("utf-8"))
        for function in public_functions(name, members.replace(",", " ").split())
    ]
    assert len(public) > 80
    without = [
        f"{function.__module__}.{function.__qualname__}"
        for function in public
        if ">>> " not in function.__doc__
    ]
    assert without == []


LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "link": "href",
}


class Page(HTMLParser):
    """What a page links to, what it loads, and the pictures that say nothing to who cannot see."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.links, self.mute = [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.links += [attributes["href"]] if tag == "a" and "href" in attributes else []
        self.loads += [attributes[LOADS[tag]]] if attributes.get(LOADS.get(tag)) else []
        self.mute += tag == "img" and "alt" not in attributes


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
    pictures = (out / "reference" / "pictures.html").read_text("utf-8")
    assert 'id="hg.map"' in pictures
    assert "unknown" not in pictures  # it takes unknown names only to refuse them
    languages = {
        page.relative_to(out).as_posix(): re.search(r'<html lang="(\w+)"', page.read_text("utf-8"))[
            1
        ]
        for page in out.rglob("*.html")
    }
    assert all((name.split("/")[0] == "vi") == (said == "vi") for name, said in languages.items())
    gallery = (out / "gallery" / "index.html").read_text("utf-8")
    assert len(set(re.findall(r'href="(\d_\w+\.html)"', gallery))) == 8


def test_broken_links_and_what_is_loaded_from_elsewhere_are_seen(tmp_path):
    bad = '<a href="b.html"></a><a href="https://else.where"></a><img src="//else.where/a.png">'
    (tmp_path / "a.html").write_text(bad, encoding="utf-8")
    expected = ["a.html: a picture without words", "a.html: b.html", "a.html: //else.where/a.png"]
    assert list(faults(tmp_path)) == expected


# --- the READMEs ---

READMES = {"en": ROOT / "README.md", "vi": ROOT / "README.vi.md"}
EACH = pytest.mark.parametrize("language", READMES)
TEXTS = {language: file.read_text(encoding="utf-8") for language, file in READMES.items()}


def code(language):
    return re.findall(r"```python\n(.*?)```", TEXTS[language], re.DOTALL)


def without_words(block):
    """Give the code without its comments, and without the source that it names in words."""
    return ast.dump(ast.parse(re.sub(r'source="[^"]+"', 'source=""', block)))


def test_both_languages_have_the_same_code_and_links():
    links = {}
    for language, text in TEXTS.items():
        expected = set(re.findall(r'(?:\]\(|src=")([^)"#]+)', text))
        assert [link for link in expected if not (ROOT / link).exists()] == []
        same = (re.sub(rf"\.{language}\.png|(?<=/){language}/", "", link) for link in expected)
        links[language] = set(same) - {"README.md", "README.vi.md"}
    assert links["en"] == links["vi"]
    english = [block.replace('hg.words.use("en")\n', "") for block in code("en")]
    assert [*map(without_words, english)] == [*map(without_words, code("vi"))]


@EACH
def test_each_block_of_code_runs_by_itself_and_speaks_the_language(
    language, monkeypatch, tmp_path, capsys
):
    monkeypatch.chdir(tmp_path)
    for block in code(language):
        with hg.words.use("vi"):
            exec(block, {})
    printed_text = capsys.readouterr().out
    with hg.words.use(language):
        for answer in answers():
            assert str(answer) in printed_text
        assert hg.words.term("figure.prefix", sentence="") in printed_text.splitlines()[0]
    assert {file.name for file in tmp_path.iterdir()} == {
        "map.html",
        "map.png",
        "survey.png",
    }


def answers():
    design = hg.Design.of_reports("app_users", 2022)
    change = hg.compare("app_users", 2022, 2023)
    return [hg.uptake("app_users", 2023), change, design.headline()]


@EACH
def test_the_three_answers_are_those_that_are_printed(language):
    printed_text = re.findall(r"^\d\. \*\*.+?\*\* (.+)$", TEXTS[language], re.MULTILINE)
    with hg.words.use(language):
        printed = [str(answer).replace("\N{NO-BREAK SPACE}", " ") for answer in answers()]
    assert len(printed_text) == 3
    for shown, whole in zip(printed_text, printed, strict=True):
        begun = shown.replace("\N{NO-BREAK SPACE}", " ").removesuffix(" …")
        assert whole.startswith(begun)
        assert begun == whole or shown.endswith("…")


PORTAL = "phu_tho_2026"
FIRST_PAGES = {"en": ROOT / "docs/index.rst", "vi": ROOT / "docs/vi/index.rst"}


@EACH
def test_the_real_province_leads_with_the_numbers_of_its_study(language):
    with hg.Study.open(PORTAL).use(language=language):
        where = hg.uptake("paid_online", "2026-Q3")
        ranked = where.table.sort_values("share")
        lowest = ranked.iloc[0]
        highest = ranked.iloc[-1]
        whole = hg.frames.reports()[["count", "out_of"]].sum()
        numbers = [hg.words.number(int(value)) for value in (*whole, *lowest[["count", "out_of"]])]
        ends = [hg.places.label(row["code"]) for row in (highest, lowest)]
        shares = [whole["count"] / whole["out_of"], highest["share"], lowest["share"]]
        percents = [hg.words.percent(share, decimals=1) for share in shares]
        facts = [*ends, *percents, *numbers]
        banner = where.map().figure.banner
    assert banner == ""
    for file in (READMES[language], FIRST_PAGES[language]):
        text = " ".join(file.read_text("utf-8").split())
        # the picture and the sentence come before what is simulated
        lead = text.partition({"en": "imulated", "vi": "ô phỏng"}[language])[0]
        wanted = facts if file in READMES.values() else facts[:5]
        for fact in wanted:
            assert fact.replace("\N{NO-BREAK SPACE}", " ") in lead, fact


@EACH
def test_the_first_picture_is_what_is_drawn_now(language):
    with hg.Study.open(PORTAL).use(language=language):
        figure = hg.uptake("paid_online", "2026-Q3").map().figure
    name = f".github/portal.{language}.png"
    with Image.open(ROOT / name) as picture:
        shown = picture.info
    renew = (
        f"in {PORTAL}, in {language!r}: hg.uptake('paid_online', '2026-Q3').map().save({name!r})"
    )
    assert (shown["Title"], shown["Description"]) == (figure.title, figure.alt), renew


def shell_blocks(language):
    """Give each block of commands: its lines as words, without comments and continued lines."""
    for opening, block in re.findall(r"^(```.*?)\n(.*?)^```$", TEXTS[language], re.DOTALL | re.M):
        if opening != "```":
            continue
        lines = [line.split("#")[0].split() for line in block.replace("\\\n", " ").splitlines()]
        yield [line for line in lines if line]


def test_each_block_of_english_commands_begins_with_the_language():
    first = {language: [block[0] for block in shell_blocks(language)] for language in READMES}
    assert first["en"] == [["export", "HGANALYSIS_LANG=en"]] * 2
    assert ["make", "build"] in next(shell_blocks("en"))
    assert "HGANALYSIS_LANG" not in str(first["vi"])


@EACH
def test_the_commands_for_a_province_run_as_they_stand_and_speak_the_language(
    language, terminal, tmp_path
):
    printed_text = []

    def hganalysis(words):
        done = short_build(tmp_path, *words[1:])
        assert done.returncode == 0, done.stdout + done.stderr
        printed_text.append(done.stdout)

    _, block = shell_blocks(language)
    if block[0][0] == "export":
        terminal.setenv(*block[0][1].split("="))
    form, check, periods = [line for line in block if line[0] == "hganalysis"]
    hganalysis(form)
    corpus.fill(Path(form[2]), 2023)  # as people do, between these two lines
    hganalysis(check)
    for name in (word for word in periods if word.endswith(".xlsx")):
        corpus.fill(hg.workbook.template(name, period=int(name[:4])), int(name[:4]))
    hganalysis(periods)
    assert all(bool(VIETNAMESE.search(text)) == (language == "vi") for text in printed_text)

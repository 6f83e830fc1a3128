"""
Build tiny notebooks: the same bytes every time, refusals, and nothing of anybody's lost.

What is written over, what is left behind, what a stop leaves: cells run in this process there, as
what a kernel does is tested above, and it takes seconds to start.
"""

import asyncio
import base64
import errno
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import invented
import nbformat
import openpyxl
import pandas as pd
import pytest
from refusal_texts import says
from shell import ALONE, run, start, tree, write

import hganalysis as hg
from hganalysis import publish
from hganalysis.draw.page import draw_page
from hganalysis.draw.picture import OUT, PHONE, csv
from hganalysis.publish import execution, folders, notebook, pages

GOOD = [
    ("markdown", "# Ấp & tổ\n\n**Question** Does it build?"),
    ("code", "import pandas as pd\n\nimport hganalysis as hg"),
    ("code", "import os\n\nprint('Hậu Giang')\nprint(os.environ['HGANALYSIS_LANG'])"),
    ("code", "where = hg.uptake('app_users', 2023)\nwhere.map().keep('a-map')"),
    ("code", "hg.keep(pd.DataFrame({'teams': [525]}), 'a-table')"),
    ("code", "hash('a'), len({'a', 'b', 'c'}), list({'a', 'b', 'c'})"),
    ("markdown", "## What this does not show\n\nAnything."),
]


REAL = "import hganalysis as hg\n\nhg.table(hg.keep(hg.places.compared(), 'residents'))"


def build(folder, *arguments):
    """Build here, without the small pictures of the index."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "thumbs", lambda *_: None)
        return run(folder, "build", *ALONE, *arguments)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build one notebook of simulated and one of real numbers, here and elsewhere in the world."""
    folder = tmp_path_factory.mktemp("build")
    write(folder, "00_first.ipynb", GOOD)
    write(folder, "01_second.ipynb", [("markdown", "# Second"), ("code", REAL)])
    done = run(folder, "build", *ALONE)
    assert done.returncode == 0, done.stderr
    first = tree(folder)
    second = start(
        folder,
        "build",
        *ALONE,
        TZ="Asia/Ho_Chi_Minh",
        LC_ALL="C",
        LANG="vi_VN.UTF-8",
        PYTHONHASHSEED="7",
        PYTHONWARNINGS="ignore",
        OMP_NUM_THREADS="2",
    )
    assert second.returncode == 0, second.stderr
    return folder, first, tree(folder), done.stdout


# --- the same bytes ---


def test_a_rebuild_gives_the_same_bytes_elsewhere_in_the_world(built):
    _, first, second, _ = built
    assert list(first) == list(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_notebooks_are_written_as_jupyterlab_would(built):
    _, first, _, _ = built
    text = first["notebooks/00_first.ipynb"].decode("utf-8")
    saved = json.loads(text)
    assert text == json.dumps(saved, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert "Hậu Giang" in text
    assert saved["metadata"]["kernelspec"] == notebook.KERNEL
    assert saved["metadata"]["language_info"]["name"] == "python"
    assert "version" not in saved["metadata"]["language_info"]
    assert {json.dumps(cell["metadata"]) for cell in saved["cells"]} == {"{}"}
    counts = [cell["execution_count"] for cell in saved["cells"] if cell["cell_type"] == "code"]
    assert counts == list(range(1, 6))


def test_a_report_says_each_picture_to_whoever_hears_it_and_shows_a_phone_its_own(built):
    page = built[1]["outputs/00_first.html"].decode("utf-8")
    figure = hg.uptake("app_users", 2023).map().figure
    assert f'alt="{figure.alt}"' in page
    source = r'<source media="\(max-width: 600px\)" srcset="data:image/svg\+xml;base64,([^"]+)"'
    narrow = base64.b64decode(re.search(source, page)[1])
    assert narrow == draw_page(figure, width=PHONE, kind="svg")
    wide = float(re.search(rb'viewBox="0 0 ([\d.]+)', narrow)[1])
    sizes = [float(size) for size in re.findall(rb"font-size: ([\d.]+)px", narrow)]
    assert min(sizes) * 390 / wide >= 13  # pixels on a phone
    assert "svg+xml" not in built[1]["notebooks/00_first.ipynb"].decode("utf-8")


def test_a_page_and_a_sheet_have_the_strip_where_simulated_numbers_were_read(built):
    """Also a table that does not say its own origin."""
    strips = {}
    for name in ("00_first", "01_second"):
        page = built[1][f"outputs/{name}.html"].decode("utf-8")
        strips[name] = re.findall(r'<body[^>]*><header class="banner"><b>([^<]*)</b>', page)
        assert page.count("@top-left") == 2 * len(strips[name])
    message = "SỐ LIỆU MÔ PHỎNG"
    assert strips == {"00_first": [message], "01_second": []}
    book = openpyxl.load_workbook(io.BytesIO(built[1]["outputs/tables.xlsx"]))
    heads = {sheet.title: sheet["A1"].value for sheet in book}
    assert heads == {
        "Mục lục": message,
        "a-map": message,
        "a-table": message,
        "Dân số": None,
    }
    assert {sheet.print_title_rows for sheet in book} == {"$1:$4"}


# --- another folder or language: the originals are left alone ---


def test_what_stands_in_an_alt_text_is_no_markup():
    data = {"image/png": "iVBORw0KGgo=", "text/plain": "x"}
    metadata = {"image/png": {"alt": '5 "<b>"'}}
    outputs = [nbformat.v4.new_output("display_data", data, metadata=metadata)]
    cells = [nbformat.v4.new_code_cell("x", outputs=outputs)]
    page = pages.report(nbformat.v4.new_notebook(cells=cells), title="x")
    assert "alt='5 \"&lt;b&gt;\"'" in page or 'alt="5 &quot;&lt;b&gt;&quot;"' in page


@pytest.mark.parametrize("arguments", [("--out", "elsewhere"), ("--lang", "en"), ()])
def test_another_folder_or_language_leaves_the_notebooks_alone(tmp_path, arguments, monkeypatch):
    if not arguments:  # the language that the environment names
        monkeypatch.setenv("HGANALYSIS_LANG", "en")
    write(tmp_path, "00_first.ipynb", GOOD[:3])
    before = tree(tmp_path / "notebooks")
    done = build(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "notebooks") == before
    out = tmp_path / ("elsewhere" if "--out" in arguments else "outputs")
    copy = (out / "notebooks" / "00_first.ipynb").read_text(encoding="utf-8")
    assert f'"{"vi" if "--out" in arguments else "en"}\\n"' in copy


# --- refusals: one message, no traceback, a status ---


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys\nprint('odd', file=sys.stderr)", says("publish_errors.stderr", text="odd")),
        ("import os\nos._exit(1)", says("publish_errors.kernel")),
        ("_ = hg.keep(frame, 'x')\nhg.keep(frame, 'x')", says("draw_errors.kept", name="x")),
    ],
)
def test_a_bad_cell_stops_the_build_and_is_named(tmp_path, cell, message):
    start = "import pandas as pd\n\nimport hganalysis as hg\n\nframe = pd.DataFrame({'a': [1]})"
    file = write(tmp_path, "03_bad.ipynb", [("markdown", "# Bad"), ("code", start), ("code", cell)])
    before = file.read_bytes()
    done = build(tmp_path)
    assert done.returncode == 1
    place = says("publish_errors.cell", file="03_bad.ipynb", number=3, cells=3)
    assert re.search(place, done.stderr)
    assert f"  | {cell.splitlines()[0]}" in done.stderr
    assert re.search(message, done.stderr)
    assert "Traceback" not in done.stderr
    assert file.read_bytes() == before
    assert not (tmp_path / "outputs" / "index.html").exists()


TYPED_AND_HEARD = {
    "template": (["form.xlsx"], "The form is here"),
    "check": (["nowhere.xlsx"], "There is no file"),
    "verify": (["note.txt"], "has no digest"),
    "slides": (["note.txt"], "was not overwritten"),
    "atlas": (["note.html"], "was not overwritten"),
    "counts": (["log.csv", "--table", "note.csv"], "was not overwritten"),
}


@pytest.mark.parametrize("command", TYPED_AND_HEARD)
def test_every_command_speaks_the_language_of_the_environment(command, tmp_path, monkeypatch):
    typed, message = TYPED_AND_HEARD[command]
    mine = [tmp_path / f"note.{kind}" for kind in ("txt", "html", "csv")]
    for file in mine:
        file.write_text("mine", encoding="utf-8")
    monkeypatch.setenv("HGANALYSIS_LANG", "en")
    done = run(tmp_path, command, *typed)
    assert message in done.stdout + done.stderr
    (tmp_path / "form.xlsx").unlink(missing_ok=True)
    done = run(tmp_path, command, *typed, "--lang", "vi")  # what is typed comes first
    assert message not in done.stdout + done.stderr
    assert {file.read_text("utf-8") for file in mine} == {"mine"}


NONE = says("publish_errors.no_notebook")


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (None, (), says("publish_errors.no_notebooks")),
        ("", (), NONE),
        ('{"cells": []}', (), NONE),
        ("not json", (), NONE),
        (None, ("--lang", "fr"), says("words_errors.language", language="fr", languages="vi, en")),
    ],
)
def test_what_cannot_be_built_is_said(tmp_path, content, arguments, message):
    if content is not None:
        (tmp_path / "notebooks").mkdir()
        (tmp_path / "notebooks" / "00_first.ipynb").write_text(content, encoding="utf-8")
    done = build(tmp_path, *arguments)
    assert done.returncode == 1
    assert re.search(message, done.stderr)
    assert "Traceback" not in done.stderr


def test_cells_without_an_id_get_one_that_stays(tmp_path):
    file = write(tmp_path, "00_first.ipynb", GOOD[:2])
    bare = json.loads(file.read_text(encoding="utf-8"))
    for cell in bare["cells"]:
        del cell["id"]
    file.write_text(json.dumps({**bare, "nbformat_minor": 4}), encoding="utf-8")
    assert [cell.id for cell in notebook.read(file).cells] == ["cell-00", "cell-01"]


# --- keep ---


def test_only_a_build_keeps_and_each_name_once(tmp_path, monkeypatch):
    frame = pd.DataFrame({"code": ["930"], "share": [0.1 + 0.2]})
    monkeypatch.delenv(OUT, raising=False)
    monkeypatch.chdir(tmp_path)
    assert hg.keep(frame, "a") is hg.keep(frame, "a") is frame
    assert tree(tmp_path) == {}
    monkeypatch.setenv(OUT, str(tmp_path))
    hg.keep(frame, "a")  # the last digit of a number means nothing; beside a code stands its name
    text = (tmp_path / "tables" / "a.csv").read_text("utf-8-sig")
    assert text == "code,name,share\n930,Thành phố Vị Thanh,0.3\n"
    assert csv(pd.DataFrame({"n": [733017]})).decode("utf-8-sig") == "n\n733017\n"
    with pytest.raises(ValueError, match=says("draw_errors.kept", name="a", file="a.csv")):
        hg.keep(frame, "a")
    for name in ("", "A", "a b", "../a", "a/b", "a.b", "ấp", "a_b", "a\n"):
        with pytest.raises(ValueError, match=says("draw_errors.keep_name")):
            hg.keep(frame, name)
    for content in ([1], "a", 1, None):
        with pytest.raises(TypeError, match=says("draw_errors.keep", kind=type(content).__name__)):
            hg.keep(content, "b")
    assert [*tree(tmp_path)] == ["tables/a.csv"]


# --- nothing of anybody's is lost ---

WEB = "keep('web/page.html', '<title>{}</title>')"
TABLE = "keep('tables/table.csv', 'teams 525')"
TABLE_FILE = "tables/table.csv"
MINE = {
    "web/mine.html": b"years of work",
    "thesis.html": b"more of it",
    "figures": b"no folder at all",
}
DECK = [b"first"]


def notebooks(folder, *sources):
    cells = [("markdown", "# One"), *(("code", source) for source in sources)]
    return write(folder, "00_one.ipynb", cells).parent


async def execute(cells, *, file, environment, **_):
    """Run cells here: what a kernel does is tested elsewhere, and it takes seconds to start."""

    def keep(name, content):
        kept = Path(environment[OUT]) / name
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(content, encoding="utf-8")

    for cell in cells.cells:
        if cell.cell_type == "code":
            try:
                exec(cell.source, {"keep": keep, "file": file})
            except ZeroDivisionError as error:
                raise publish.BuildError(repr(error)) from error


def brief(out, **_):
    """Write a deck alone, or break where there is none to write: all else has tests of its own."""
    if not DECK:
        raise OSError(errno.ENOSPC, "no room on the disk")
    (out / "slides.pptx").write_bytes(DECK[0])
    return []


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(execution, "execute", execute)
    monkeypatch.setattr(publish.run, "_publish", brief)
    monkeypatch.setattr(f"{__name__}.DECK", [b"first"])


@pytest.fixture
def results(tmp_path, quick):  # noqa: ARG001
    """Build once, with a page, a table and a deck."""
    folder_of_notebooks = notebooks(tmp_path, WEB.format("first"), TABLE)
    publish.build(folder_of_notebooks, out=tmp_path / "res")
    return tmp_path / "res"


def build_again(results, *, deck=b"second"):
    DECK[:] = [deck]
    return publish.build(results.parent / "notebooks", out=results)


def files_of_others(out):
    """Name the files of a folder that its record does not describe as they are."""
    checksums = {(row["file"], row["sha256"]) for row in folders.rows(out)}
    files = {name: hashlib.sha256(content).hexdigest() for name, content in tree(out).items()}
    del files[folders.TABLE]
    return sorted(name for name, digits in files.items() if (name, digits) not in checksums)


def test_what_somebody_put_among_the_results_stays(results):
    for name, content in MINE.items():
        (results / name).write_bytes(content)
    build_again(results)
    after = tree(results)
    assert {name: after[name] for name in MINE} == MINE
    assert after["slides.pptx"] == b"second"


CHANGED_SINCE = {
    "slides.pptx": b"with my notes",
    TABLE_FILE: b"with my column",
    "index.html": b"me",
}


@pytest.mark.parametrize("name", CHANGED_SINCE)
def test_a_result_that_somebody_changed_stops_the_next_build_before_it_runs(results, name):
    (results / name).write_bytes(CHANGED_SINCE[name])
    before = tree(results)
    notebooks(results.parent, "1 / 0")  # a notebook that runs would say so
    with pytest.raises(publish.BuildError, match=re.escape(name)):
        build_again(results)
    assert tree(results) == before
    # once it is elsewhere, there is a build
    (results / name).rename(results / "mine")
    notebooks(results.parent, WEB.format("second"), TABLE)
    build_again(results)
    assert tree(results)["mine"] == CHANGED_SINCE[name]


@pytest.mark.parametrize("name", ["tables/more.csv", "more", "more/page.html/mine"])
def test_somebodys_file_at_the_name_of_a_new_result_stops_the_build(results, name):
    """So does a file where a folder has to be, and a folder where a file has to be."""
    file = results / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"mine")
    before = tree(results)
    notebooks(results.parent, "keep('tables/more.csv', '')", "keep('more/page.html', '')")
    with pytest.raises(publish.BuildError, match=re.escape(name.removesuffix("/mine"))):
        build_again(results)
    assert tree(results) == before


def test_five_changed_results_are_named_and_how_many_more_there_are(results):
    cells = [f"keep('tables/{number}.csv', '')" for number in range(8)]
    notebooks(results.parent, *cells)
    build_again(results)
    for number in range(8):
        (results / "tables" / f"{number}.csv").write_bytes(b"mine")
    with pytest.raises(publish.BuildError, match=r"/0\.csv.*/4\.csv\D+ 3 ") as refusal:
        build_again(results)
    assert "5.csv" not in str(refusal.value)


def test_what_nobody_changed_is_replaced_and_what_is_no_longer_made_is_gone(results):
    notebooks(results.parent, WEB.format("second"))
    build_again(results)
    after = tree(results)
    assert after["slides.pptx"] == b"second"
    assert b"second" in after["web/page.html"]
    assert not (results / "tables").exists()
    assert files_of_others(results) == []


class Stop(BaseException):
    """Ends a run in its middle, as no `except Exception` can prevent."""


def halting(after):
    """Stop a swap at one of the steps that change a disk."""
    swap = folders.swap
    taken = []

    def swapped(*arguments_given):
        with pytest.MonkeyPatch.context() as patch:
            for name in ("replace", "rename", "unlink", "rmdir", "mkdir", "open"):
                step = getattr(Path, name)

                def stopped(*arguments_given, step=step, name=name, **options):
                    mode = (
                        next(iter(arguments_given[1:]), options.get("mode", "r"))
                        if name == "open"
                        else "w"
                    )
                    taken.extend([name] * (mode not in {"r", "rb"}))
                    if len(taken) > after:
                        raise Stop
                    return step(*arguments_given, **options)

                patch.setattr(Path, name, stopped)
            return swap(*arguments_given)

    return swapped


@pytest.mark.usefixtures("quick")
def test_wherever_a_swap_is_stopped_nothing_of_anybodys_is_lost(tmp_path):
    """Stop at each of its steps in turn; the next build makes good what was left."""
    for after in range(60):
        case = tmp_path / str(after)
        case.mkdir()
        folder_of_notebooks = notebooks(case, WEB.format("first"), TABLE)
        done = True
        DECK[:] = [b"first"]
        publish.build(folder_of_notebooks, out=case / "res")
        for name, content in MINE.items():
            (case / "res" / name).write_bytes(content)
        notebooks(case, WEB.format("second"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(folders, "swap", halting(after))
            try:
                build_again(case / "res")
            except Stop:
                done = False
        remaining = tree(case / "res")
        assert remaining["web/page.html"] in {b"<title>first</title>", b"<title>second</title>"}
        build_again(case / "res")
        whole = tree(case / "res")
        assert {*MINE.values()} <= {*remaining.values()}
        assert whole["web/page.html"] == b"<title>second</title>"
        files_kept = files_of_others(case / "res")
        assert sorted(whole[name] for name in files_kept) == sorted(MINE.values())
        if done:
            break
    assert after > 8  # so many steps were stopped at


def test_a_build_that_fails_leaves_the_results_as_they_were(results):
    before = tree(results)
    for cells in (["1 / 0"], [WEB.format("second"), "1 / 0"]):
        notebooks(results.parent, *cells)
        with pytest.raises(publish.BuildError, match="ZeroDivisionError"):
            build_again(results)
        assert tree(results) == before
    notebooks(results.parent, TABLE)
    DECK.clear()
    with pytest.raises(OSError, match="no room"):
        publish.build(results.parent / "notebooks", out=results)
    assert tree(results) == before


def test_no_link_leads_out_of_the_folder(results):
    """A record can be written by anybody: it speaks of its own folder only."""
    victim = results.parent / "victim.txt"
    victim.write_bytes(b"known to everybody")
    listed = folders.rows(results)
    row = {**listed[0], "file": "../victim.txt", "sha256": folders.checksum(victim)}
    link = {**listed[0], "file": "link.txt", "sha256": folders.checksum(victim)}
    for name in ("link.txt", ".hganalysis.new"):
        (results / name).symlink_to(victim)
    folders.write_rows(results, [*listed, row, link])
    build_again(results)
    assert victim.read_bytes() == b"known to everybody"
    assert (results / "link.txt").is_symlink()
    shutil.rmtree(results / "web")
    (results / "web").symlink_to(results.parent)  # nor does a folder that the build fills
    with pytest.raises(publish.BuildError, match="web"):
        build_again(results)
    assert not (results.parent / "page.html").exists()


@pytest.mark.usefixtures("quick")
def test_a_folder_that_no_build_filled_is_somebodys(tmp_path):
    """But the site that `make docs` writes there is nobody's work."""
    for site in (False, True):
        out = tmp_path / f"{site}"
        (out / "docs").mkdir(parents=True)
        (out / "docs" / "index.html").write_text("a page", encoding="utf-8")
        if site:
            (out / "docs" / "objects.inv").write_bytes(b"")
            publish.build(notebooks(tmp_path, TABLE), out=out)
            assert files_of_others(out) == ["docs/index.html", "docs/objects.inv"]
        else:
            with pytest.raises(publish.BuildError, match="không do hganalysis build ghi"):
                publish.build(notebooks(tmp_path, TABLE), out=out)
        assert (out / "docs" / "index.html").read_text(encoding="utf-8") == "a page"


@pytest.mark.usefixtures("quick")
def test_a_notebook_that_is_saved_while_it_runs_stays_as_it_was_saved(tmp_path, capsys):
    edit = "file.write_text('mine', encoding='utf-8')"
    file = notebooks(tmp_path, edit) / "00_one.ipynb"
    publish.build(file.parent)
    assert file.read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "outputs" / "notebooks" / file.name).is_file()
    assert file.name in capsys.readouterr().out


@pytest.mark.usefixtures("quick")
def test_any_folder_will_do_and_its_own_notebooks_are_not_touched(tmp_path, monkeypatch):
    mine = notebooks(tmp_path, "1 / 0") / "00_one.ipynb"
    before = mine.read_bytes()
    theirs = tmp_path / "package" / "notebooks"
    theirs.parent.mkdir()
    theirs_before = (notebooks(theirs.parent, "1 + 1") / "00_one.ipynb").read_bytes()
    monkeypatch.setattr(publish.run, "_SHIPPED", theirs)
    monkeypatch.chdir(tmp_path)

    async def build_in_a_notebook():
        return publish.build()  # where this thread has a loop already

    assert asyncio.run(build_in_a_notebook()) == tmp_path / "outputs" / "index.html"
    assert mine.read_bytes() == before
    assert (theirs / "00_one.ipynb").read_bytes() == theirs_before


# --- one file ---


def write_file(file, content, *, fails=False, **options):
    with folders.new_file(file, **options) as half:
        half.write_bytes(content)
        assert not fails or 1 / 0


def test_a_file_that_is_there_is_written_over_by_force_only(tmp_path):
    file = tmp_path / "deck.pptx"
    write_file(file, b"first")
    with pytest.raises(ZeroDivisionError):
        write_file(file, b"half", fails=True, force=True)
    with pytest.raises(publish.BuildError, match="--force"):
        write_file(file, b"second")
    assert tree(tmp_path) == {"deck.pptx": b"first"}
    write_file(file, b"second", force=True)
    assert tree(tmp_path) == {"deck.pptx": b"second"}


def test_every_page_of_an_atlas_is_looked_at(tmp_path):
    def whole():
        with folders.new_file(tmp_path / "atlas.html") as page:
            page.write_bytes(b"whole")
            page.with_name("atlas-01.html").write_bytes(b"part")

    (tmp_path / "atlas-01.html").write_bytes(b"mine")
    with pytest.raises(publish.BuildError, match="atlas-01"):
        whole()
    assert tree(tmp_path) == {"atlas-01.html": b"mine"}


# --- a run that is stopped ---

NAP = "open(__import__('os').environ['STARTED'], 'w').close()\n__import__('time').sleep(120)"


def wait_for(running, is_there):
    """Wait until something is there."""
    until = time.monotonic() + 100
    while not is_there():
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.usefixtures("quick")
def test_a_build_that_is_stopped_leaves_nothing_and_says_nothing(tmp_path, number, monkeypatch):
    temp = tmp_path / "temp"
    started = tmp_path / "started"
    temp.mkdir()
    files = invented.write(tmp_path / "in")
    report = pd.read_csv(files["reports"], dtype={"code": "str"})
    small = report.columns[report.columns.str.endswith(".count")][0]
    report.loc[[2, 5], small] = 3
    report.to_csv(files["reports"], index=False)
    arguments_given = [f"--{name}={file}" for name, file in files.items()]
    command = [
        "build",
        "--notebooks-only",
        f"--notebooks={notebooks(tmp_path, NAP)}",
        *arguments_given,
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "hganalysis", *command, f"--out={tmp_path / 'res'}"],
        env={**os.environ, "TMPDIR": str(temp), "STARTED": str(started)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        wait_for(running, started.exists)
        [written] = temp.rglob("reports.csv")
        running.send_signal(number)
        _, message = running.communicate(timeout=60)
    if number == signal.SIGTERM:
        assert (running.returncode, message) == (128 + number, "")
        assert list(temp.iterdir()) == []
        assert list((tmp_path / "res").iterdir()) == []
        return
    # of a run that was killed its rooms are left, closed to others, and hold no small count
    remaining = [*temp.iterdir(), *(tmp_path / "res").iterdir()]
    assert {path.stat().st_mode & 0o077 for path in remaining} == {0}
    counts = pd.read_csv(written)["count"].dropna()
    assert len(counts) > 100
    assert counts.min() >= hg.suppress.FEWER_THAN
    # the next run removes them; one that lives stays
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    with folders.temporary() as mine:
        publish.build(notebooks(tmp_path, TABLE), out=tmp_path / "res")
        with folders.temporary():
            pass
        assert [path for path in temp.iterdir() if path.name != mine.parent.name] == []
        assert mine.is_dir()
    assert list(temp.iterdir()) == []
    assert [path.name for path in (tmp_path / "res").iterdir() if path.name.startswith(".hga")] == [
        folders.TABLE
    ]
    assert files_of_others(tmp_path / "res") == []


def test_a_folder_that_is_lent_is_removed_when_it_is_dead_and_not_when_it_is_new(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rooms = {name: tmp_path / f"{folders.PREFIX}{name}" for name in ("dead", "new", "other")}
    for name, room in rooms.items():
        room.mkdir()
        (room / ("lock" if name != "other" else "note")).touch()
    before = time.time() - 2 * folders.NOT_YET_LOCKED
    os.utime(rooms["dead"] / "lock", (before, before))
    with folders.temporary() as room:
        remaining = {path for path in tmp_path.iterdir() if path != room.parent}
    assert remaining == {rooms["new"], rooms["other"]}


STUBBORN = "trap '' TERM INT; sleep 60 & echo ready; wait"


def test_a_kernel_that_gives_way_to_nobody_ends_with_all_that_it_started():
    with subprocess.Popen(
        ["sh", "-c", STUBBORN], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as kernel:
        assert kernel.stdout.readline() == "ready\n"
        manager = SimpleNamespace(provisioner=SimpleNamespace(process=kernel))
        execution._kill(SimpleNamespace(km=manager))
        assert kernel.returncode == -signal.SIGKILL
        kernel.communicate(timeout=20)  # what it started would hold the pipe open


LENT = """
import time
from hganalysis.publish.folders import temporary
from hganalysis.publish.terminal import gently
with gently(), temporary() as room:
    (room / "reports.csv").touch()
    time.sleep(60)
"""


@pytest.mark.parametrize("ignored", [False, True])
def test_so_does_a_terminal_that_is_closed_unless_that_is_ignored(tmp_path, ignored):
    """Its shell and the system both tell of it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
    command = [sys.executable, "-c", LENT]
    around = {**os.environ, "TMPDIR": str(tmp_path)}
    running = subprocess.Popen(command, env=around, stderr=subprocess.PIPE)
    signal.signal(signal.SIGHUP, before)
    wait_for(running, lambda: list(tmp_path.rglob("reports.csv")))
    for _ in range(2):
        running.send_signal(signal.SIGHUP)
    if ignored:
        time.sleep(0.3)
        assert running.poll() is None
        running.terminate()
    _, message = running.communicate(timeout=60)
    number = signal.SIGTERM if ignored else signal.SIGHUP
    assert (running.returncode, message) == (128 + number, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_signal_while_the_library_works_lets_the_kernel_say_nothing(tmp_path, monkeypatch, capfd):
    def stop(_client, *_):
        until = time.monotonic() + 60
        while not started.exists() and time.monotonic() < until:
            time.sleep(0.01)
        raise SystemExit(143)

    started = tmp_path / "started"
    cells = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NAP)])
    environment = {**os.environ, "TMPDIR": str(tmp_path), "STARTED": str(started)}
    monkeypatch.setattr(execution.NotebookClient, "_async_poll_for_reply", stop)
    with pytest.raises(SystemExit):
        execution.run_to_end(
            execution.execute(
                cells, file=tmp_path / "a.ipynb", environment=environment, done=lambda **_: None
            )
        )
    assert started.exists()
    assert capfd.readouterr().err == ""

"""Lose nothing of anybody's: what is written over, what is left behind, what a stop leaves."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import invented
import pytest
from shell import run, tree, write

from hganalysis import publish
from hganalysis.draw.picture import OUT
from hganalysis.publish import execution, folders

WEB = "keep('web/page.html', '<title>{}</title>')"
TABLE = "keep('tables/table.csv', 'teams 525')"
MINE = {
    "slides.pptx": b"with my notes",
    "tables/table.csv": b"with my column",
    "web/mine.html": b"years of work",
    "thesis.html": b"more of it",
    "figures": b"no folder at all",
}
DECK = [b"first"]


def notebooks(folder, *sources):
    cells = [("markdown", "# One"), *(("code", source) for source in sources)]
    return write(folder, "00_one.ipynb", cells).parent


def execute(notebook, *, file, environment, **_):
    """Run cells here: what a kernel does is tested elsewhere, and it takes seconds to start."""

    def keep(name, content):
        kept = Path(environment[OUT]) / name
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(content, encoding="utf-8")

    for cell in notebook.cells:
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


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(execution, "execute", execute)
    monkeypatch.setattr(publish.run, "_publish", brief)
    monkeypatch.setattr(f"{__name__}.DECK", [b"first"])


@pytest.fixture
def results(tmp_path):
    """Build once, with a page, a table and a deck."""
    made = notebooks(tmp_path, WEB.format("first"), TABLE)
    publish.build(made, out=tmp_path / "res")
    return tmp_path / "res"


def again(results, *, deck=b"second"):
    DECK[:] = [deck]
    return publish.build(results.parent / "notebooks", out=results)


# --- a build into a folder of results ---


def test_what_somebody_changed_or_put_there_is_kept_and_named(results, capsys):
    for name, content in MINE.items():
        (results / name).write_bytes(content)
    capsys.readouterr()
    index = again(results)
    after = tree(results)
    assert {name: after[name] for name in MINE} == MINE
    assert after["slides-2.pptx"] == b"second"
    assert b"525" in after["tables/table-2.csv"]
    said = capsys.readouterr().out
    assert [name for name in MINE if name not in said] == []
    assert "slides-2.pptx" in said
    page = index.read_text(encoding="utf-8")
    assert '"slides-2.pptx"' in page
    assert '"slides.pptx"' not in page
    # and the next time nothing piles up
    again(results, deck=b"third")
    assert tree(results).keys() == after.keys()
    assert (results / "slides-2.pptx").read_bytes() == b"third"
    # nor is an index of one's own written over
    index.write_bytes(b"mine")
    assert again(results).name == "index-2.html"
    assert index.read_bytes() == b"mine"


def test_what_nobody_changed_is_replaced_and_what_is_no_longer_made_is_gone(results):
    notebooks(results.parent, WEB.format("second"))
    again(results)
    after = tree(results)
    assert after["slides.pptx"] == b"second"
    assert b"second" in after["web/page.html"]
    assert not (results / "tables").exists()
    assert folders.others(results) == []


STEPS = [(Path, "replace"), (Path, "unlink"), (Path, "rmdir"), (Path, "mkdir"), (Path, "open")]


class Stop(BaseException):
    """Ends a run in its middle, as no `except Exception` can prevent."""


def stopping(patch, after):
    """Stop at one of the steps that change a disk: give the list of those that were taken."""
    taken = []
    for room, name in STEPS:
        step = getattr(room, name)

        def stopped(*given, step=step, name=name, **more):
            mode = next(iter(given[1:]), more.get("mode", "r")) if name == "open" else "w"
            if mode not in {"r", "rb"}:
                taken.append(name)
                if len(taken) > after:
                    raise Stop
            return step(*given, **more)

        patch.setattr(room, name, stopped)
    return taken


def test_wherever_a_swap_is_stopped_nothing_of_anybodys_is_lost(tmp_path):
    """Stop at each of its steps in turn; the next build makes good what was left."""
    for after in range(60):
        case = tmp_path / str(after)
        case.mkdir()
        made = notebooks(case, WEB.format("first"), TABLE)
        DECK[:] = [b"first"]
        publish.build(made, out=case / "res")
        for name, content in MINE.items():
            (case / "res" / name).write_bytes(content)
        notebooks(case, WEB.format("second"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(folders, "swap", halting(after))
            try:
                again(case / "res")
                done = True
            except Stop:
                done = False
        left = tree(case / "res")
        assert {name: left[name] for name in MINE} == MINE
        assert left["web/page.html"] in {b"<title>first</title>", b"<title>second</title>"}
        again(case / "res")
        whole = tree(case / "res")
        assert {name: whole[name] for name in MINE} == MINE
        assert whole["web/page.html"] == b"<title>second</title>"
        assert set(folders.others(case / "res")) == set(MINE)
        if done:
            break
    assert after > 8  # so many steps were stopped at


def halting(after):
    """Stop a swap after so many steps."""
    swap = folders.swap

    def swapped(*given):
        with pytest.MonkeyPatch.context() as inner:
            stopping(inner, after)
            swap(*given)

    return swapped


def test_a_build_that_fails_leaves_the_results_as_they_were(results):
    before = tree(results)
    for cells in (["1 / 0"], [WEB.format("second"), "1 / 0"]):
        notebooks(results.parent, *cells)
        with pytest.raises(publish.BuildError, match="ZeroDivisionError"):
            again(results)
        assert tree(results) == before
    notebooks(results.parent, TABLE)
    DECK.clear()
    with pytest.raises(OSError, match="no room"):
        publish.build(results.parent / "notebooks", out=results)
    assert tree(results) == before
    # nor does it leave a new folder
    with pytest.raises(publish.BuildError):
        publish.build(notebooks(results.parent, "1 / 0"), out=results.parent / "new")
    assert not (results.parent / "new").exists()


def test_a_file_where_a_folder_has_to_be_stops_it_before_anything_moves(results):
    shutil.rmtree(results / "web")
    (results / "web").write_bytes(b"mine")
    before = tree(results)
    with pytest.raises(publish.BuildError, match="web"):
        again(results)
    assert tree(results) == before


def test_no_link_leads_out_of_the_folder(results):
    """A record can be written by anybody: it speaks of its own folder only."""
    victim = results.parent / "victim.txt"
    victim.write_bytes(b"known to everybody")
    found = folders.rows(results)
    row = {**found[0], "file": "../victim.txt", "sha256": folders.digits(victim)}
    link = {**found[0], "file": "link.txt", "sha256": folders.digits(victim)}
    for name in ("link.txt", ".hganalysis.new"):
        (results / name).symlink_to(victim)
    folders.write_rows(results, [*found, row, link])
    again(results)
    assert victim.read_bytes() == b"known to everybody"
    assert (results / "link.txt").is_symlink()
    (results / ".hganalysis-build").symlink_to(results.parent)
    with pytest.raises(publish.BuildError, match="đang ghi"):
        again(results)


def test_a_folder_that_no_build_filled_is_somebodys(tmp_path):
    """But the site that `make docs` writes there is nobody's work."""
    for site in (False, True):
        out = tmp_path / f"{site}"
        (out / "docs").mkdir(parents=True)
        (out / "docs" / "index.html").write_text("a page", encoding="utf-8")
        if site:
            (out / "docs" / "objects.inv").write_bytes(b"")
            publish.build(notebooks(tmp_path, TABLE), out=out)
            assert folders.others(out) == []
        else:
            with pytest.raises(publish.BuildError, match="không do hganalysis build ghi"):
                publish.build(notebooks(tmp_path, TABLE), out=out)
        assert (out / "docs" / "index.html").read_text(encoding="utf-8") == "a page"


def test_a_second_build_into_one_folder_is_refused(results):
    before = tree(results)
    with folders.beside(results, "build"), pytest.raises(publish.BuildError, match="đang ghi"):
        again(results)
    assert tree(results) == before
    again(results)


def test_both_files_of_a_picture_keep_one_name(tmp_path):
    staged, out = tmp_path / "staged", tmp_path / "out"
    for folder in (staged, out):
        (folder / "figures").mkdir(parents=True)
    for name in ("map.png", "map.svg", "map-2.png", "map-2.svg"):
        (staged / "figures" / name).write_bytes(b"new")
    (out / "figures" / "map.svg").write_bytes(b"coloured by hand")
    names = folders.spare(staged, out)
    assert names == {f"figures/map.{kind}": f"figures/map-3.{kind}" for kind in ("png", "svg")}


def test_a_notebook_that_is_saved_while_it_runs_stays_as_it_was_saved(tmp_path, capsys):
    edit = "file.write_text('mine', encoding='utf-8')"
    file = notebooks(tmp_path, edit) / "00_one.ipynb"
    publish.build(file.parent)
    assert file.read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "outputs" / "notebooks" / file.name).is_file()
    assert file.name in capsys.readouterr().out


def test_any_folder_will_do_and_its_own_notebooks_are_not_touched(tmp_path, monkeypatch):
    mine = notebooks(tmp_path, "1 / 0") / "00_one.ipynb"
    before = mine.read_bytes()
    theirs = tmp_path / "package" / "notebooks"
    theirs.parent.mkdir()
    theirs_before = (notebooks(theirs.parent, "1 + 1") / "00_one.ipynb").read_bytes()
    monkeypatch.setattr(publish.run, "_SHIPPED", theirs)
    monkeypatch.chdir(tmp_path)
    assert publish.build() == tmp_path / "outputs" / "index.html"
    assert mine.read_bytes() == before
    assert (theirs / "00_one.ipynb").read_bytes() == theirs_before


# --- one file ---


def made(file, content, *, fails=False, **options):
    with folders.making(file, **options) as half:
        half.write_bytes(content)
        assert not fails or 1 / 0


def test_a_file_that_was_changed_is_written_over_by_force_only(tmp_path):
    file = tmp_path / "deck.pptx"
    made(file, b"first")
    made(file, b"second")  # nobody touched it
    with pytest.raises(ZeroDivisionError):
        made(file, b"half", fails=True)
    assert file.read_bytes() == b"second"
    file.write_bytes(b"with my notes")
    with pytest.raises(publish.BuildError, match="--force"):
        made(file, b"third")
    assert file.read_bytes() == b"with my notes"
    assert sorted(tree(tmp_path)) == [folders.TABLE, "deck.pptx"]
    made(file, b"third", force=True)
    made(file, b"fourth")
    assert file.read_bytes() == b"fourth"


def test_what_another_command_wrote_among_results_stays_and_may_be_written_again(results):
    for talk in (b"a talk", b"another"):
        made(results / "talk.pptx", talk)
        again(results)
        assert (results / "talk.pptx").read_bytes() == talk


def test_every_page_of_an_atlas_is_looked_at(tmp_path):
    def whole():
        with folders.making(tmp_path / "atlas.html") as page:
            page.write_bytes(b"whole")
            page.with_name("atlas-01.html").write_bytes(b"part")

    (tmp_path / "atlas-01.html").write_bytes(b"mine")
    with pytest.raises(publish.BuildError, match="atlas-01"):
        whole()
    assert tree(tmp_path) == {"atlas-01.html": b"mine"}


@pytest.mark.parametrize(
    "command",
    [["slides", "x.pptx"], ["atlas", "x.html"], ["counts", "log.csv", "--table", "x.csv"]],
)
def test_no_command_writes_over_a_file_of_somebodys(tmp_path, command):
    file = tmp_path / next(name for name in command if name.startswith("x."))
    file.write_bytes(b"mine")
    done = run(tmp_path, *command)
    assert (done.returncode, "--force" in done.stderr) == (1, True), done.stderr
    assert file.read_bytes() == b"mine"


# --- a run that is stopped ---

NAP = "open(__import__('os').environ['STARTED'], 'w').close()\n__import__('time').sleep(120)"


def waited(running, there):
    """Wait until something is there."""
    until = time.monotonic() + 100
    while not there():
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_build_that_is_stopped_leaves_nothing_and_says_nothing(tmp_path, number):
    temp, started = tmp_path / "temp", tmp_path / "started"
    temp.mkdir()
    given = [f"--{name}={file}" for name, file in invented.write(tmp_path / "in").items()]
    command = ["build", "--notebooks-only", f"--notebooks={notebooks(tmp_path, NAP)}", *given]
    with subprocess.Popen(
        [sys.executable, "-m", "hganalysis", *command, f"--out={tmp_path / 'res'}"],
        env={**os.environ, "TMPDIR": str(temp), "STARTED": str(started)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        waited(running, started.exists)
        assert list(temp.rglob("reports.csv")), "nothing raw was there to be left behind"
        running.send_signal(number)
        _, said = running.communicate(timeout=60)
    if number == signal.SIGTERM:
        assert (running.returncode, said) == (128 + number, "")
        assert list(temp.iterdir()) == []
        assert not (tmp_path / "res").exists()
        return
    # of a run that was killed its rooms are left, closed to others, and stand in nobody's way
    assert {one.stat().st_mode & 0o077 for one in temp.iterdir()} == {0}
    assert [one.name for one in (tmp_path / "res").iterdir()] == [".hganalysis-build"]
    publish.build(notebooks(tmp_path, TABLE), out=tmp_path / "res")
    assert not (tmp_path / "res" / ".hganalysis-build").exists()


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
    try:
        running = subprocess.Popen(
            [sys.executable, "-c", LENT],
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stderr=subprocess.PIPE,
        )
    finally:
        signal.signal(signal.SIGHUP, before)
    waited(running, lambda: list(tmp_path.rglob("reports.csv")))
    for _ in range(2):
        running.send_signal(signal.SIGHUP)
    if ignored:
        time.sleep(0.3)
        assert running.poll() is None
        running.terminate()
    _, said = running.communicate(timeout=60)
    number = signal.SIGTERM if ignored else signal.SIGHUP
    assert (running.returncode, said) == (128 + number, b"")
    assert list(tmp_path.iterdir()) == []

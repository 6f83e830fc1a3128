"""Run all notebooks in order, and write the outputs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .. import sources, study, suppress, words
from ..draw.picture import FIGURES, TABLES
from . import folders, notebook, pages, tables, terminal, verify
from .folders import BuildError
from .terminal import say

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from .answers import Answer

OUT, COPIES, INDEX = "outputs", "notebooks", "index.html"
MOST_KEPT = 20
"""Files of somebody's that are named."""
_INSIDE = sources.PACKAGE / "notebooks"
# Inside a wheel they lie in the package, in a checkout beside it.
_SHIPPED = _INSIDE if _INSIDE.is_dir() else sources.PACKAGE.parent / "notebooks"


def build(
    notebooks: Path | None = None,
    *,
    out: Path | None = None,
    language: str = "vi",
    data: Path | None = None,
    notebooks_only: bool = False,
) -> Path:
    """
    Execute every notebook and write reports, pictures, pages and tables.

    Parameters
    ----------
    notebooks
        The folder with the notebooks, which run in the order of their names; or with a folder of
        them for the language, as the package has, whose are taken if none is named.
    out
        Where to write, unless `outputs` beside the notebooks that are named, or in the folder in
        use. What an earlier build wrote there is replaced when this one is done, and stays if it
        fails. What nobody wrote here, or somebody changed since, stays in any case, under another
        name where this one has a file.
    language
        Of labels, numbers and sentences: `"vi"` or `"en"`.
    data
        A folder of one's own data, as `own` writes it; the shipped ones if none. Cells that such
        data cannot fill are left out, and the page says which and why.
    notebooks_only
        Write neither the deck nor the atlas.

    Returns
    -------
    index
        The page that leads to everything. The executed notebooks are back in their place, with
        the same bytes if nothing changed; where the data, the folder, the language or the
        threshold of small counts are others than the usual, they are left alone and the executed
        ones lie in `out / "notebooks"`. So does one that somebody saved in the meantime.

    Raises
    ------
    BuildError
        If there are no notebooks, the language is another, a cell fails or writes to stderr, or the
        folder holds what no build wrote.
    """
    if language not in words.LANGUAGES:
        msg = f"language is {language!r}; expected one of {', '.join(words.LANGUAGES)}."
        raise BuildError(msg)
    folder = (notebooks or _SHIPPED).absolute()
    found, usual = _found(folder, language), folder.parent / OUT
    if out is None:
        out = usual if notebooks else Path.cwd() / OUT
    out = out.absolute()
    spoken = language == "vi" or found[0].parent != folder
    as_usual = spoken and suppress.threshold() == suppress.FEWER_THAN and data is None
    in_place = as_usual and out.resolve() == usual.resolve()
    folders.require_build(out)
    with words.use(language), sources.use(data):
        verify.require(out, file=out.name)
        with folders.temporary(out) as room:
            staged = room / OUT
            staged.mkdir()
            before = {file: file.read_bytes() for file in found}
            run = _run(found, staged)
            reports = _reports(run, staged)
            for file, executed in run.notebooks.items():
                if not in_place or file.read_bytes() != before[file]:
                    _write(staged / COPIES / file.name, notebook.text(notebook.named(executed)))
            answers = _publish(
                staged, notebooks_only=notebooks_only, simulated_tables=run.simulated_tables
            )
            (staged / INDEX).write_bytes(pages.index(staged, answers, reports).encode())
            verify.record(staged)
            moved = folders.swap(staged, out)
        verify.enter(out, file=out.name)
        for file, executed in run.notebooks.items() if in_place else ():
            if file.read_bytes() == before[file]:
                _write(file, notebook.text(executed))
            else:
                copy = out / COPIES / file.name
                say(words.term("build.kept_notebook", file=file, copy=copy))
        _say_kept(folders.others(out), moved)
    return out / INDEX


@dataclass
class Run:
    """What came of running the notebooks."""

    notebooks: dict[Path, NotebookNode] = field(default_factory=dict)
    simulated: set[Path] = field(default_factory=set)
    """The notebooks that read simulated numbers."""
    simulated_tables: set[str] = field(default_factory=set)
    """The names of the tables that these notebooks kept."""


def _found(folder: Path, language: str) -> list[Path]:
    """List the notebooks of a folder, or of its own for a language, in the order of their names."""
    twins = folder / language
    found = sorted((twins if twins.is_dir() else folder).glob("*.ipynb"))
    if not found:
        msg = (
            f"There is no notebook in {folder}.\n"
            "Name the folder of yours, --notebooks FOLDER; else those of the package are run."
        )
        raise BuildError(msg)
    return found


def _reports(run: Run, staged: Path) -> dict[str, tuple[str, str]]:
    """Write a page for each notebook: its title and its question, by its name."""
    reports, kept = {}, tables.about(staged).items()
    columns = {said["alt"]: staged / FIGURES / f"{name}-column.svg" for name, said in kept}
    for file, executed in run.notebooks.items():
        shown = notebook.named(executed)
        page, title = staged / f"{file.stem}.html", notebook.title(shown, otherwise=file.stem)
        is_simulated = file in run.simulated
        html = pages.report(shown, title=title, columns=columns, is_simulated=is_simulated)
        page.write_bytes(html.encode())
        reports[page.name] = title, notebook.question(shown)
    return reports


def _say_kept(others: list[str], moved: Mapping[str, str]) -> None:
    """Name what lies among the results and is somebody's, and what it was called."""
    if others:
        say(words.term("build.kept_others", number=words.number(len(others))))
    for file in others[:MOST_KEPT]:
        old = moved.get(file)
        say(f"  {words.term('build.kept_beside', file=file, old=old) if old else file}")


def _publish(
    out: Path, *, notebooks_only: bool, simulated_tables: Collection[str] = ()
) -> list[Answer]:
    """Write what is made of the answers, and of what was kept; say what the data cannot fill."""
    from . import atlas, deck
    from .answers import answers

    told = answers()
    steps: dict[str, Callable[[], object]] = {
        "thumbs": lambda: pages.thumbs(out, told),
        "tables": lambda: tables.workbook(out, simulated=simulated_tables),
        "figures": lambda: tables.archive(out),
    }
    if not notebooks_only:
        steps["atlas"] = lambda: atlas.write(out / pages.TAKEN["atlas"], told)
        steps["slides"] = lambda: deck.write(out / pages.TAKEN["slides"], told)
    with terminal.progress() as progress:
        for name, step in progress.track([*steps.items()], description=words.term("publish.rest")):
            try:
                step()
            except (LookupError, ValueError) as reason:
                file = pages.TAKEN.get(name, name)
                say(words.term("publish.left_out", file=file, reason=reason), error=True)
    folder = study.current().folder
    if folder and (folder / pages.LICENCE).is_file():
        shutil.copyfile(folder / pages.LICENCE, out / pages.LICENCE)
    return told


def _run(files: list[Path], out: Path) -> Run:
    """Execute the notebooks one after the other."""
    from .execution import execute

    around, own = notebook.environment(out, words.language()), sources.own() is not None
    done = {file: notebook.read(file) for file in files}
    if own:
        reasons = notebook.unmet()
        done = {
            file: notebook.without(cells, reasons)
            for file, cells in done.items()
            if notebook.belongs(cells, reasons)
        }
    run, signal = Run(done), Path(around[sources.READ_SIMULATED])
    with terminal.progress() as progress:
        for file, cells in done.items():
            many = len(cells.cells)
            tell = partial(progress.update, progress.add_task(file.stem, total=many))
            tables_before = _kept_tables(out)
            execute(cells, file=file, environment=around, done=tell, refusals=own)
            tell(completed=many)
            if signal.exists():
                signal.unlink()
                run.simulated.add(file)
                run.simulated_tables |= _kept_tables(out) - tables_before
    return run


def _kept_tables(out: Path) -> set[str]:
    return {file.stem for file in (out / TABLES).glob("*.csv")}


def _write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all: a notebook is somebody's work."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f".{file.name}.new")
    half.write_bytes(content)
    half.replace(file)

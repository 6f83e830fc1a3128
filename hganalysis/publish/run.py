"""Run all notebooks in order, and write the outputs."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .. import study, suppress, words
from ..draw.picture import TABLES, new_file
from . import folders, notebook, pages, tables, terminal, verify
from .folders import BuildError
from .terminal import say

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from rich.progress import Progress

    from .answers import Card

OUT, COPIES = "outputs", "notebooks"
RUNS = "runs"
"""The folder of a build with a room for each notebook, as long as it runs."""
MAX_AT_ONCE = 4
"""More kernels than that need more memory than a small machine has: each takes 300 MB."""
_INSIDE = study.PACKAGE / "notebooks"
# Inside a wheel they lie in the package, in a checkout beside it.
_SHIPPED = _INSIDE if _INSIDE.is_dir() else study.PACKAGE.parent / "notebooks"


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
        A folder of notebooks, or of one folder of notebooks for each language. They run in the
        order of their names. By default those of the package.
    out
        Where to write. By default `outputs` beside the notebooks that are named, or in the current
        folder. Files of an earlier build are replaced when this one is done, and stay if it fails.
        Files of others always stay.
    language
        Of labels, numbers and sentences: `"vi"` or `"en"`.
    data
        A folder of one's own data, as `lay_out` writes it; by default the shipped data. Cells that
        these data cannot fill are left out, and the page says which and why.
    notebooks_only
        Write neither the deck, the brief nor the atlas.

    Returns
    -------
    index
        The page that leads to everything. The executed notebooks are back in their place, with
        the same bytes if nothing changed. If the data, the folder, the language or the threshold
        of small counts are not the usual ones, the notebooks are not touched, and the executed
        ones are in `out / "notebooks"`. So is one that somebody saved in the meantime.

    Raises
    ------
    BuildError
        If there are no notebooks, the language is unknown, a cell fails or writes to stderr, or
        the folder has files but no build wrote it, or holds somebody's file where this build has
        one.

    Examples
    --------
    >>> import hganalysis as hg
    >>> index = hg.publish.build(language="en")  # doctest: +SKIP
    """
    if language not in words.LANGUAGES:
        raise BuildError(
            words.term(
                "publish_errors.language",
                name="language",
                language=language,
                languages=", ".join(words.LANGUAGES),
            )
        )
    folder = (notebooks or _SHIPPED).absolute()
    files = _list_notebooks(folder, language)
    # notebooks go back to their place if they were run as usual, over the shipped data
    usual = folder.parent / OUT
    if out is None:
        out = usual if notebooks else Path.cwd() / OUT
    out = out.absolute()
    is_language_of_package = language == "vi" or files[0].parent != folder
    hides_as_usual = suppress.threshold() == suppress.FEWER_THAN
    as_usual = is_language_of_package and hides_as_usual and data is None
    in_place = as_usual and out.resolve() == usual.resolve()
    folders.require_build(out)
    opened = study.Study.open(data)
    with opened.use(language=language):
        with verify.registered(out, file=out.name), folders.temporary(out) as room:
            staged = room / OUT
            staged.mkdir()
            before = {file: file.read_bytes() for file in files}
            # run the notebooks; keep copies of those that do not go back
            run = _run(files, staged, is_own=opened.folder is not None)
            reports = _reports(run, staged)
            for file, executed in run.notebooks.items():
                if not in_place or file.read_bytes() != before[file]:
                    copies = staged / COPIES
                    copies.mkdir(exist_ok=True)
                    copy = notebook.text(notebook.with_nouns(executed))
                    (copies / file.name).write_bytes(copy)
            # write what is made of all of them, then the index and the record
            answers = _publish(
                staged, notebooks_only=notebooks_only, simulated_tables=run.simulated_tables
            )
            _copy_licence(opened.folder, staged)
            (staged / pages.INDEX).write_bytes(pages.index(staged, answers, reports).encode())
            verify.record(staged)
            # until here the results of the build before are as they were
            folders.swap(staged, out)
        if in_place:
            _put_back(run, before, out)
    return out / pages.INDEX


@dataclass
class Run:
    """What came of running the notebooks."""

    notebooks: dict[Path, NotebookNode]
    simulated: set[Path] = field(default_factory=set)
    """The notebooks that read simulated numbers."""
    simulated_tables: set[str] = field(default_factory=set)
    """The names of the tables that these notebooks kept."""


def _put_back(run: Run, before: Mapping[Path, bytes], out: Path) -> None:
    """Put the executed notebooks in their place, but not over one that somebody saved since."""
    for file, executed in run.notebooks.items():
        if file.read_bytes() == before[file]:
            folders.write_whole(file, notebook.text(executed))
        else:
            copy = out / COPIES / file.name
            say(words.term("build.kept_notebook", file=file, copy=copy))


def _list_notebooks(folder: Path, language: str) -> list[Path]:
    """List the notebooks of a folder, or of its own for a language, in the order of their names."""
    twins = folder / language
    files = sorted((twins if twins.is_dir() else folder).glob("*.ipynb"))
    if not files:
        raise BuildError(words.term("publish_errors.no_notebooks", folder=folder))
    return files


def _reports(run: Run, staged: Path) -> dict[str, tuple[str, str]]:
    """Write a page for each notebook: its title and its question, by its name."""
    reports = {}
    for file, executed in run.notebooks.items():
        shown = notebook.with_nouns(executed)
        page = staged / f"{file.stem}.html"
        title = notebook.title(shown, otherwise=file.stem)
        is_simulated = file in run.simulated
        html = pages.report(shown, title=title, is_simulated=is_simulated)
        page.write_bytes(html.encode())
        reports[page.name] = title, notebook.question(shown)
    return reports


def _publish(
    out: Path, *, notebooks_only: bool, simulated_tables: Collection[str] = ()
) -> list[Card]:
    """Write what is made of the answers, and of what was kept; say what the data cannot fill."""
    from .. import sheets
    from . import atlas, deck, word
    from .answers import answers

    ready_answers = answers()
    steps: dict[str, Callable[[Path], object]] = {
        "thumbs": lambda _: pages.thumbs(out, ready_answers),
        "tables": lambda _: tables.write_workbook(out, simulated=simulated_tables),
        "figures": lambda _: tables.archive(out),
    }
    if not notebooks_only:
        steps |= {
            "atlas": partial(atlas.write, home=pages.INDEX),
            "briefs": partial(sheets.write_briefs, folder=out / pages.BRIEFS),
            "poster": sheets.write_poster,
            "slides": partial(deck.write, ready_answers=ready_answers),
            "brief": partial(word.write, ready_answers=ready_answers),
        }
    with terminal.progress() as progress:
        for name, step in progress.track([*steps.items()], description=words.term("publish.rest")):
            file = pages.TAKEN.get(name, name)
            try:
                step(out / file)
            except (LookupError, ValueError) as reason:
                say(words.term("publish.left_out", file=file, reason=reason), error=True)
    return ready_answers


def _copy_licence(folder: Path | None, out: Path) -> None:
    """Lay the licence of somebody's data beside what is made of them."""
    licence = folder and folder / pages.LICENCE
    if licence and licence.is_file():
        shutil.copyfile(licence, out / pages.LICENCE)


def _run(files: list[Path], out: Path, *, is_own: bool) -> Run:
    """Execute the notebooks, as many at a time as there are cores, and gather what they kept."""
    from . import execution

    books = {file: notebook.read(file) for file in files}
    if is_own:
        reasons = notebook.unmet()
        books = {
            file: notebook.without(book, reasons)
            for file, book in books.items()
            if notebook.belongs(book, reasons)
        }
    run = Run(books)
    rooms = out.parent / RUNS
    with terminal.progress() as progress:
        execution.run_to_end(_execute_all(books, rooms, progress, refusals=is_own))
    for file in books:
        room = rooms / file.stem
        if (room / notebook.SIGNAL).exists():
            run.simulated.add(file)
            run.simulated_tables |= {table.stem for table in (room / OUT / TABLES).glob("*.csv")}
        _gather(file, room / OUT, out)
    return run


async def _execute_all(
    books: Mapping[Path, NotebookNode], rooms: Path, progress: Progress, *, refusals: bool
) -> None:
    """Execute notebooks beside each other; the first that fails stops the others."""
    waiting = iter(books.items())
    tasks = [
        asyncio.create_task(_execute_next(waiting, rooms, progress, refusals=refusals))
        for _ in range(min(os.cpu_count() or 1, MAX_AT_ONCE))
    ]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _execute_next(
    waiting: Iterator[tuple[Path, NotebookNode]], rooms: Path, progress: Progress, *, refusals: bool
) -> None:
    """Execute one notebook after the other of those that nobody has begun."""
    from . import execution

    for file, book in waiting:
        n_cells = len(book.cells)
        tell = partial(progress.update, progress.add_task(file.stem, total=n_cells))
        room = rooms / file.stem
        (room / OUT).mkdir(parents=True)
        around = notebook.environment(room / OUT, words.language())
        await execution.execute(book, file=file, environment=around, done=tell, refusals=refusals)
        tell(completed=n_cells)


def _gather(file: Path, kept: Path, out: Path) -> None:
    """Put what a notebook kept among the results; a name is kept once in a build."""
    for path in sorted(kept.rglob("*")):
        if path.is_file():
            try:
                path.replace(new_file(out / path.relative_to(kept)))
            except ValueError as taken:
                raise BuildError(
                    words.term("publish_errors.of_file", file=file.name, reason=taken)
                ) from None

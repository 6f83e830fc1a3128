"""Run all notebooks in order, and write the outputs."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .. import sources, suppress, words
from . import needs, notebook, released, report
from .fault import BuildError
from .results import FIGURES, TABLES, WEB
from .verify import TABLE, write_passports

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbformat import NotebookNode
    from rich.progress import Progress, TaskID

    from .at_hand import Files

NOTEBOOKS, OUT = Path("notebooks"), "outputs"
# Inside a wheel they lie in the package: those of a checkout are run where they are.
_SHIPPED = sources.PACKAGE / "notebooks"
MARK = TABLE
"""Lies in every folder that a build filled: only such a folder is emptied."""

COPIES = "notebooks"


def build(
    notebooks: Path = NOTEBOOKS,
    *,
    out: Path | None = None,
    language: str = "vi",
    data: Path | None = None,
    files: Files | None = None,
    leaves: Sequence[Callable[[Path], Path | None]] = (),
) -> Path:
    """
    Execute every notebook and write reports, pictures, pages and tables.

    Parameters
    ----------
    notebooks
        The folder with the notebooks; they run in the order of their names. Where none is named
        and none lies in `notebooks`, those that were installed with the package.
    out
        Where to write; `outputs` beside the notebooks, unless named. What an earlier build wrote
        there is replaced.
    language
        Of labels, numbers and sentences: `"vi"` or `"en"`.
    data
        A folder of one's own data, as `own` writes it; the shipped ones if none. Cells that such
        data cannot fill are left out, and the page says which and why.
    files
        The files that `data` was read from, as `Own.files` names them, where that folder will be
        gone: `hganalysis verify` reads them again.
    leaves
        What else is written, when the notebooks are done: each is given the folder and gives back
        the file that it wrote there, if any.

    Returns
    -------
    index
        The page that leads to everything. The executed notebooks are back in their place, with
        the same bytes if nothing changed; where the data, the folder, the language or the
        threshold of small counts are others than the usual, they are left alone and the executed
        ones lie in `out / "notebooks"`.

    Raises
    ------
    BuildError
        If there are no notebooks, the language is another, a cell fails or writes to stderr, a
        page would need the network, or the folder holds what no build wrote.
    """
    if language not in words.LANGUAGES:
        msg = f"language is {language!r}; expected one of {', '.join(words.LANGUAGES)}."
        raise BuildError(msg)
    found = sorted(notebooks.glob("*.ipynb"))
    shipped = not found and notebooks == NOTEBOOKS
    if shipped:  # nothing lies here: those of the package are run
        found = sorted(_SHIPPED.glob("*.ipynb"))
    if not found:
        msg = (
            f"There is no notebook in {notebooks.absolute()}.\n"
            "Run this in the folder of the project, or name theirs: --notebooks FOLDER."
        )
        raise BuildError(msg)
    usual = notebooks.absolute().parent / OUT
    out = usual if out is None else out.absolute()
    as_usual = language == "vi" and suppress.threshold() == suppress.FEWER_THAN and data is None
    # What was installed stays as it is.
    in_place = as_usual and not shipped and out.resolve() == usual.resolve()
    with words.use(language), sources.use(data):
        released.require(out, file=out.name)
        _empty(out)
        released.enter(out, file=out.name)
        done = _run(found, out, in_place=in_place)
        reports = {}
        for file, executed in done.items():
            title = notebook.title(executed, otherwise=file.stem)
            page = f"{file.stem}.html"
            _write(out / page, report.report(executed, title=title).encode("utf-8"))
            reports[page] = title
        kept = [path for part in (FIGURES, WEB, TABLES) for path in (out / part).glob("*")]
        kept.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
        kept = [*filter(None, (leaf(out) for leaf in leaves)), *kept]
        write_passports(out, files=files)
        lead = report.index(out, reports=reports, kept=kept)
        return _write(out / "index.html", lead.encode("utf-8"))


def _run(files: list[Path], out: Path, *, in_place: bool) -> dict[Path, NotebookNode]:
    """Execute the notebooks one after the other, and put each back as soon as it is done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    around = notebook.environment(out, words.language())
    done = {}
    with Progress(*columns, TimeElapsedColumn()) as progress:
        cells = {file: notebook.read(file) for file in files}
        if sources.own() is not None:
            reasons = needs.unmet()
            cells = {
                file: needs.without(found, reasons)
                for file, found in cells.items()
                if not needs.is_demo(found)
            }
        bars = {
            file: progress.add_task(file.stem, total=len(cells[file].cells), start=False)
            for file in cells
        }
        for file in cells:
            progress.start_task(bars[file])
            notebook.execute(
                cells[file],
                file=file,
                environment=around,
                done=partial(_show, progress, bars[file]),
                refusals=sources.own() is not None,
            )
            progress.update(bars[file], completed=len(cells[file].cells))
            place = file if in_place else out / COPIES / file.name
            _write(place, notebook.text(cells[file]))
            done[file] = cells[file]
    shutil.rmtree(out / ".ipython", ignore_errors=True)
    return done


def _show(progress: Progress, bar: TaskID, count: int) -> None:
    progress.update(bar, completed=count)


def _empty(out: Path) -> None:
    """Take away what an earlier build wrote, and nothing else."""
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        msg = f"{out} holds files that no build wrote. Name a new folder, or one that is empty."
        raise BuildError(msg)
    for part in (FIGURES, WEB, TABLES, COPIES):
        shutil.rmtree(out / part, ignore_errors=True)
    for page in [*out.glob("*.html"), *out.glob("*.pptx")]:
        page.unlink()
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).touch()


def _write(file: Path, content: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file

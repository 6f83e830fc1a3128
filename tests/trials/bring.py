"""Bring a study end to end: lay it out, build everything, and note every refusal and crash."""

import ast
import base64
import contextlib
import io
import os
import traceback
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
from IPython.core.formatters import DisplayFormatter

import hganalysis as hg
from hganalysis import frames, publish, sheets, words
from hganalysis.draw import page, picture
from hganalysis.draw.page import draw_book
from hganalysis.publish import atlas, deck, execution, pages, tables, word
from hganalysis.publish.own import write as lay_out
from hganalysis.sheets import answer as sheet_answers
from hganalysis.starts import planning
from hganalysis.study import PACKAGE, REPORTS

from . import files

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
CELL = "<cell>"
# What a kernel writes to stderr, and stops a build by: not what Python keeps to itself.
LOUD = (UserWarning, RuntimeWarning, FutureWarning, SyntaxWarning, UnicodeWarning)


@dataclass
class Trial:
    """What came of a study: where its outputs are, and what was refused, and what broke."""

    study: object
    data: Path | None = None
    out: Path | None = None
    refused: dict[str, str] = field(default_factory=dict)
    crashes: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    @cached_property
    def answers(self):
        """Ask once for every measure and year: its name, the year, and its places or parts."""
        asked = [(name, period) for name, periods in hg.reported().items() for period in periods]
        rows = []
        for name, period in asked:
            answer = hg.uptake(name, period)
            rows += [(name, period, answer.table), (name, period, answer.parts)]
        return rows

    def fails(self, where, error):
        """Note an error: a refusal if the package raised it on purpose, else a crash."""
        message = "".join(traceback.format_exception_only(error)).strip()
        if is_on_purpose(error):
            self.refused[where] = str(error)
        else:
            last = traceback.extract_tb(error.__traceback__)[-3:]
            steps = " < ".join(
                f"{Path(frame.filename).name}:{frame.lineno}" for frame in last[::-1]
            )
            self.crashes[where] = f"{message} [{steps}]"


def is_on_purpose(error):
    """Say whether an error was raised by a line of the package that says `raise`."""
    if not isinstance(error, ValueError | LookupError | OSError | publish.BuildError):
        return False
    if isinstance(error, publish.BuildError) and error.__cause__ is not None:
        return is_on_purpose(error.__cause__)
    last = traceback.extract_tb(error.__traceback__)[-1]
    ours = Path(last.filename).is_relative_to(PACKAGE)
    return ours and (last.line or "").startswith("raise")


def trial(study, folder):
    """Lay a study out and build all of it below a folder."""
    brought = Trial(study)
    with words.use(study.traits.language):
        _bring(brought, study, folder)
    return brought


def build_all(data, out, language):
    """Build all of what is laid out in a folder of data, as a trial without a study of its own."""
    brought = Trial(SimpleNamespace(traits=SimpleNamespace(language=language)))
    brought.data, brought.out = data, out
    with words.use(language):
        _in_process(brought)
    return brought


def _bring(brought, study, folder):
    paths = files.write(study, folder / "in")
    brought.data = _lay_files_out(brought, paths, folder)
    if brought.data is None:
        return
    _mark(study, brought.data)
    brought.out = folder / "out"
    _in_process(brought)


def _lay_files_out(brought, paths, folder):
    """Lay the files out; where these outlines are refused, without them."""
    wanted = [paths]
    if "areas" in paths:
        wanted.append({**paths, "areas": None})
    for attempt, options_tried in enumerate(wanted):
        try:
            return publish.lay_out(folder / f"data{attempt}", **options_tried).folder
        except Exception as error:
            brought.fails("own files" if attempt or len(wanted) == 1 else "outlines", error)
    return None


def _mark(study, folder):
    """Mark as simulated what is; whoever hands in a report cannot."""
    if study.traits.origin == "reported":
        return
    names = files.codes(study)
    rows = study.reports.loc[study.reports["simulated"], "code"]
    marked = {names[code] for code in rows}
    contents = {}
    for name in (REPORTS, frames.TEAMS):
        table = pd.read_csv(folder / name, dtype={"code": "str"})
        simulated = table["code"].isin(marked)
        table["origin"] = table["origin"].mask(simulated, "simulated")
        text = table.to_csv(index=False, lineterminator="\n").encode
        contents[name] = text()
    lay_out(folder, contents, origin="simulated")


def one_sheet():
    """Draw one sheet of a book for all of them, which are composed: nobody reads them here."""

    def draw_one(figures):
        composed = list(figures)
        book = draw_book(composed[:1])
        return book._replace(pages=book.pages * len(composed))

    return mock.patch.object(sheet_answers, "draw_book", draw_one)


def one_medium(medium):
    """Draw pictures for one medium, as all show the same, and what is printed; others are empty."""
    draw = page.draw_page
    stub = {"png": DOT, "svg": b"<svg/>"}

    def draw_one(figure, *, width, kind, **others):
        is_medium = width == picture.WIDTHS[medium]
        # what is not kept is on a phone alone
        is_shown_alone = width == picture.PHONE and not picture.find_slide(figure.digest)
        is_drawn = kind == "pdf" or (kind == "svg" and (is_medium or is_shown_alone))
        if is_drawn:
            return draw(figure, width=width, kind=kind, **others)
        return stub[kind]

    return mock.patch.object(page, "draw_page", draw_one)


def few_worlds():
    """Try a plan in few worlds, where a test is not about how exact chance is known."""
    return mock.patch.multiple(planning, N_WORLDS=100, N_DRAWS=100)


def _in_process(brought):
    """Build as `hganalysis build` does, the cells of each notebook in a namespace, no kernel."""
    patches = [
        mock.patch.object(execution, "execute", _make_executor(brought)),
        one_medium("column"),
        mock.patch.object(word, "draw_page", return_value=DOT),
        few_worlds(),
        one_sheet(),
        contextlib.redirect_stdout(io.StringIO()),
        loud(),
    ]
    with contextlib.ExitStack() as around:
        for patch in patches:
            around.enter_context(patch)
        for room, function, name in STEPS:
            around.enter_context(_note_faults(brought, room, function, name))
        try:
            language = brought.study.traits.language
            publish.build(NOTEBOOKS, out=brought.out, language=language, data=brought.data)
        except Exception as error:
            brought.fails("build", error)
            if "build" in brought.refused:
                brought.crashes["build"] = brought.refused["build"]
    plt.close("all")


STEPS = (
    (atlas, "write", "atlas.html"),
    (sheets, "write_briefs", "briefs.pdf"),
    (sheets, "write_poster", "poster.pdf"),
    (deck, "write", "slides.pptx"),
    (word, "write", "brief.docx"),
    (tables, "write_workbook", "tables.xlsx"),
    (tables, "archive", "figures.zip"),
    (pages, "thumbs", "thumbs"),
)
"""What a build makes of its answers; what fails there is said, and the rest stands."""


def _note_faults(brought, room, function, name):
    """Note what fails in a step of a build."""
    step = getattr(room, function)

    def run_step(*values, **choices):
        try:
            return step(*values, **choices)
        except Exception as error:
            brought.fails(name, error)
            raise

    return mock.patch.object(room, function, run_step)


@contextlib.contextmanager
def loud():
    """Raise what a kernel would write to stderr."""
    with warnings.catch_warnings():
        warnings.resetwarnings()
        warnings.simplefilter("ignore")
        for kind in LOUD:
            warnings.simplefilter("error", kind)
        yield


def _make_executor(brought):
    """Make a stand-in for `execution.execute` that goes on after a crash, to find the next one."""

    async def execute(cells, *, file, environment, **_):
        space = {"__name__": "__main__"}
        errors = {}
        with mock.patch.dict(os.environ, environment):
            for number, cell in enumerate(cells.cells):
                if cell.cell_type != "code":
                    continue
                cell.outputs = []
                try:
                    run(cell.source, space, cell.outputs)
                except Exception as error:
                    errors[number] = error
                    name = type(error).__name__
                    shown = nbformat.v4.new_output("error", ename=name, evalue=str(error))
                    cell.outputs.append(shown)
        stopped = [position for position, _ in execution.settle(cells.cells)]
        for position, error in errors.items():
            where = f"{file.stem[:2]} cell {position + 1}"
            if position not in stopped:
                answers = type(error).__name__ in execution.REFUSALS
                brought.refused |= {where: str(error)} if answers else {}
                continue
            brought.fails(where, error)
            if where in brought.refused:  # a build stops at any other error
                brought.crashes[where] = brought.refused.pop(where)

    return execute


def run(source, space, outputs):
    """Run a cell as a kernel does: what is displayed, and what it ends with, is shown."""

    def display(*shown_objects, metadata=None, raw=False):
        for shown_object in shown_objects:
            if raw:
                outputs.append(write_output(shown_object, metadata or {}))
            elif hasattr(shown_object, "_ipython_display_"):
                shown_object._ipython_display_()
            elif shown_object is not None:
                outputs.append(output(shown_object))

    tree = ast.parse(source)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = tree.body.pop()
    space["display"] = display
    with mock.patch("IPython.display.display", display):
        exec(compile(tree, CELL, "exec"), space)
        if last is not None:
            code = compile(ast.Expression(last.value), CELL, "eval")
            display(eval(code, space))


def output(shown_object):
    """Show a thing as a notebook does."""
    formatter = DisplayFormatter()
    for formatter_of_kind in formatter.formatters.values():
        formatter_of_kind.log = _Loud()
    return write_output(*formatter.format(shown_object))


def write_output(data, metadata):
    """Give an output of texts by their kinds; pictures are written as texts, too."""
    texts = {}
    for kind, content in data.items():
        is_picture = isinstance(content, bytes)
        texts[kind] = base64.b64encode(content).decode() if is_picture else content
    return nbformat.v4.new_output("display_data", texts, metadata=metadata)


class _Loud:
    """Raise what a formatter would only log."""

    def __getattr__(self, name):
        def raises(message, *parts, **_):
            raise RuntimeError(str(message) % parts if parts else str(message))

        return raises

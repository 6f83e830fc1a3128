"""The command line: `hganalysis build`. An error is one message, never a traceback."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from .. import __version__, atlas, frames, profiles, slides, study, words
from ..caselog import LogError
from ..render.results import TABLES
from . import folders, verify
from .checking import check_command, template_command, told
from .counts import counts_command
from .describe import language
from .folders import BuildError, making
from .index import ANSWERS
from .own import Own, lent
from .run import OUT, build
from .terminal import (
    LEFT_OUT,
    Areas,
    Crs,
    Force,
    Indicators,
    Lang,
    NoSuppress,
    Places,
    Reports,
    StudyFile,
    counted,
    gently,
    say,
)
from .verify import verify_command

app = typer.Typer(
    help="Map, compare and explain the uptake of digital platforms by place.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def show_version(wanted: bool) -> None:  # noqa: FBT001  (Typer passes it by position)
    """Print the version, and stop."""
    if wanted:
        typer.echo(f"hganalysis {__version__}")
        raise typer.Exit


@app.callback()
def common(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Take the options that every command has."""


def write_answers(out: Path) -> Path | None:
    """Write the three answers and their pictures among the outputs of a build."""
    return _leaf(out / TABLES / f"{ANSWERS}.csv", _answers)


def write_atlas(out: Path) -> Path | None:
    """Write the atlas among the outputs of a build."""
    return _leaf(out / "atlas.html", _atlas)


def write_deck(out: Path) -> Path | None:
    """Write the deck among the outputs of a build."""
    return _leaf(out / "slides.pptx", _deck)


def write_licence(out: Path) -> Path | None:
    """Copy the text of the licence that must go along with the data of a study, if there is one."""
    folder = study.current().folder
    if folder is None or not (folder / LICENCE).is_file():
        return None
    return Path(shutil.copyfile(folder / LICENCE, out / LICENCE))


LEAVES = (write_answers, write_atlas, write_deck, write_licence)
LICENCE = "LICENSE.txt"
"""Of the data of a study, beside its description; what is made of them takes it along."""


def _answers(file: Path) -> Path:
    for name, save in slides.answers().files(ANSWERS):
        written = file.parents[1] / name
        written.parent.mkdir(exist_ok=True)
        save(written)
    return file


def _atlas(file: Path) -> Path:
    files = atlas.write(file, frames.reports(), teams=frames.teams())
    if len(files) > 1:
        say(_split(files))
    return file


def _split(files: list[Path]) -> str:
    """Say into which files an atlas was split, and what to mind."""
    return words.term(
        "atlas.split",
        limit=words.number(atlas.LIMIT / 1e6),
        file=files[0].name,
        number=words.number(len(files) - 1),
        first=files[1].name,
        last=files[-1].name,
    )


def _deck(file: Path) -> Path:
    return slides.write(file, frames.reports(), frames.teams())


def _leaf(file: Path, write: Callable[[Path], Path]) -> Path | None:
    """Write a file, or say why the data at hand cannot fill it: the rest of a build stands."""
    try:
        return write(file)
    except (LookupError, ValueError) as error:
        said = words.term("build.left_out", file=file.name, reason=str(error))
        say(said, error=True)
        return None


def _out_of_shipped(described: Path | None, *, of: list[object]) -> Path:
    """Name the folder for the results of a study that is shipped; one's own has to be named."""
    if described is None or described.parent != study.DATA / study.STUDIES or any(of):
        raise BuildError(words.term("own.out_needed"))
    return Path.cwd() / f"{OUT}-{described.name}"


def _release(file: Path, write: Callable[[Path], Path], *, force: bool) -> None:
    """Write a file beside its place, and enter it in the register of its folder or refuse it."""
    folder = file.absolute().parent
    with making(file, force=force) as made:
        verify.require(folder, file=file.name)
        write(made)
        verify.enter(folder, file=file.name)


@contextmanager
def _own(
    reports: Sequence[Path] | None,
    areas: Path | None,
    crs: str | None,
    places: Path | None,
    indicators: Path | None,
    described: Path | None,
) -> Iterator[Own | None]:
    """Use one's own data as long as a command runs; say what was inferred, and what not read."""
    files = {"areas": areas, "list_of_places": places, "catalogue": indicators}
    with lent(reports=reports, crs=crs, study=described, **files) as found:
        for note in found.notes if found else ():
            say(note)
        yield found
    if found and found.left:
        raise typer.Exit(LEFT_OUT)


@app.command("build")
def build_command(
    *,
    reports: Reports = None,
    areas: Areas = None,
    crs: Crs = None,
    places: Places = None,
    indicators: Indicators = None,
    described: StudyFile = None,
    notebooks: Annotated[
        Path | None,
        typer.Option(help="Folder of notebooks of your own, run in the order of their names."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write to; outputs/ here, or beside notebooks of your own; of a study "
            "that is shipped outputs-NAME/ here."
        ),
    ] = None,
    lang: Lang = None,
    notebooks_only: Annotated[
        bool, typer.Option("--notebooks-only", help="Write neither the deck nor the atlas.")
    ] = False,
    no_suppress: NoSuppress = False,  # noqa: ARG001  (its callback acts)
) -> None:
    """Run every notebook, and write reports, maps and tables that open without internet."""
    leaves = () if notebooks_only else LEAVES
    with told(lang or language(described)):
        if out is None and (reports or areas or places or indicators or described):
            out = _out_of_shipped(described, of=[reports, areas, places, indicators])
        with _own(reports, areas, crs, places, indicators, described) as found:
            data, files = (found.folder, found.files) if found else (None, None)
            spoken = words.language()
            index = build(
                notebooks, out=out, language=spoken, data=data, files=files, leaves=leaves
            )
            say(words.term("build.done", index=index))


@app.command("slides")
def slides_command(
    file: Annotated[Path, typer.Argument(help="The deck to write, say slides.pptx.")],
    *,
    reports: Reports = None,
    areas: Areas = None,
    crs: Crs = None,
    places: Places = None,
    indicators: Indicators = None,
    described: StudyFile = None,
    lang: Lang = None,
    force: Force = False,
    no_suppress: NoSuppress = False,  # noqa: ARG001  (its callback acts)
) -> None:
    """Write a deck for the hall: native maps, charts and tables, with speaker notes."""
    spoken = lang or language(described)
    with told(spoken), _own(reports, areas, crs, places, indicators, described):
        _release(file, _deck, force=force)
        say(words.term("slides.done", file=file))


@app.command("atlas")
def atlas_command(
    file: Annotated[Path, typer.Argument(help="The page to write, say atlas.html.")],
    *,
    reports: Reports = None,
    areas: Areas = None,
    crs: Crs = None,
    places: Places = None,
    indicators: Indicators = None,
    described: StudyFile = None,
    lang: Lang = None,
    force: Force = False,
    no_suppress: NoSuppress = False,  # noqa: ARG001  (its callback acts)
) -> None:
    """Write every map and table as a page that opens offline; of a country, one a province."""
    if file.suffix.lower() not in {".html", ".htm"}:
        msg = f"{file.name} must end in .html, or no browser opens it."
        raise BuildError(msg)
    spoken = lang or language(described)
    with told(spoken), _own(reports, areas, crs, places, indicators, described):
        _release(file, _atlas, force=force)
        say(words.term("atlas.done", file=file))


@app.command("profiles")
def profiles_command(
    folder: Annotated[Path, typer.Argument(help="The folder to write profiles.pdf to.")],
    *,
    reports: Reports = None,
    areas: Areas = None,
    crs: Crs = None,
    places: Places = None,
    indicators: Indicators = None,
    described: StudyFile = None,
    each: Annotated[bool, typer.Option("--each", help="Write a file for each page, too.")] = False,
    lang: Lang = None,
    force: Force = False,
    no_suppress: NoSuppress = False,  # noqa: ARG001  (its callback acts)
) -> None:
    """Write an area profile of each district: an A3 page with maps, ranks and measures by year."""
    spoken = lang or language(described)
    with told(spoken), _own(reports, areas, crs, places, indicators, described):
        file, absent = folder / "profiles.pdf", list[str]()
        with counted(words.term("profiles.drawing")) as done:

            def write(made: Path) -> Path:
                return profiles.write(made, each=each, done=done, without=absent.extend)

            _release(file, write, force=force)
        say(words.term("profiles.done", file=file))
        if absent:
            say(words.term("profiles.absent", places="; ".join(absent)))


app.command("counts")(counts_command)
app.command("template")(template_command)
app.command("check")(check_command)
app.command("verify")(verify_command)


def run_command() -> None:
    """Run the command line; say in one message what stopped it, and end with a status."""
    # Tables of some hundred rows are read cell by cell: a sixth faster than in Arrow's memory, and
    # the same bytes in the end. In a session of one's own, its options are left as they are.
    pd.set_option("mode.string_storage", "python")
    try:
        with gently():
            folders.sweep()
            app()
    except (BuildError, LogError, OSError) as error:
        say(str(error), style="red", error=True)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None

"""The command line: `hganalysis build`. An error is one message, never a traceback."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from . import __version__, study, words
from .caselog import LogError
from .publish import folders, verify
from .publish.checking import check_command, template_command, told
from .publish.counts import counts_command
from .publish.folders import BuildError, making
from .publish.own import Own, lent
from .publish.run import OUT, build
from .publish.terminal import (
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
    gently,
    say,
    write_plainly,
)
from .publish.verify import verify_command

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


def _out_of_shipped(described: Path | None, *, of: list[object]) -> Path:
    """Name the folder for the results of a study that is shipped; one's own has to be named."""
    if described is None or described.parent != study.DATA / study.STUDIES or any(of):
        raise BuildError(words.term("own.out_needed"))
    return Path.cwd() / f"{OUT}-{described.name}"


def _release(file: Path, write: Callable[[Path], object], *, force: bool) -> None:
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
    with told(lang or study.language(described)):
        if out is None and (reports or areas or places or indicators or described):
            out = _out_of_shipped(described, of=[reports, areas, places, indicators])
        with _own(reports, areas, crs, places, indicators, described) as found:
            index = build(
                notebooks,
                out=out,
                language=words.language(),
                data=found.folder if found else None,
                notebooks_only=notebooks_only,
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
    from .publish import deck

    spoken = lang or study.language(described)
    with told(spoken), _own(reports, areas, crs, places, indicators, described):
        _release(file, deck.write, force=force)
        say(words.term("deck.done", file=file))


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
    from .publish import atlas

    if file.suffix.lower() not in {".html", ".htm"}:
        msg = f"{file.name} must end in .html, or no browser opens it."
        raise BuildError(msg)
    spoken = lang or study.language(described)
    with told(spoken), _own(reports, areas, crs, places, indicators, described):
        pages = list[Path]()
        _release(file, lambda made: pages.extend(atlas.write(made)), force=force)
        say(words.term("atlas_page.done", file=file))
        if len(pages) > 1:
            beside = words.number(len(pages) - 1)
            say(words.term("atlas_page.split", file=file.name, number=beside))


app.command("counts")(counts_command)
app.command("template")(template_command)
app.command("check")(check_command)
app.command("verify")(verify_command)


def main() -> None:
    """Run the command line; say in one message what stopped it, and end with a status."""
    # Tables of some hundred rows are read cell by cell: a sixth faster than in Arrow's memory, and
    # the same bytes in the end. In a session of one's own, its options are left as they are.
    pd.set_option("mode.string_storage", "python")
    write_plainly()
    try:
        with gently():
            folders.sweep()
            app()
    except (BuildError, LogError, OSError, study.StudyError) as error:
        say(str(error), style="red", error=True)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None

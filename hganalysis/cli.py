"""The command line: `hganalysis build` and others. An error is one message, never a traceback."""

import errno
import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Annotated, get_type_hints

import pandas as pd
import typer
from typer import Argument, Option

from . import __version__, caselog, study, suppress, words
from .escaping import plain
from .publish import checking, verify
from .publish.folders import BuildError, new_file
from .publish.own import Files, Own, definitions, lend_data, lend_files
from .publish.run import OUT, build
from .publish.terminal import busy, gently, say, write_plainly
from .workbook.template import template

app = typer.Typer(
    help="Map, compare and explain the uptake of digital platforms by place.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

LEFT_OUT = 3
"""The status of a command that accepted what it read, where columns or blocks were not read."""

NO_SUPPRESS = Option("--no-suppress", help="Show small counts, in the office only; pages say so.")
OF_STUDY = Option("--study", parser=study.find, metavar="NAME|PATH", help="Shipped, or your own.")
Force = Annotated[bool, Option("--force", help="Write over a file that is there.")]


@dataclass(frozen=True)
class Given:
    """What several commands take: data of one's own, what describes them, how it is told."""

    reports: Annotated[list[Path] | None, Option(help="Your report; may be repeated.")] = None
    areas: Annotated[Path | None, Option(help="Your outlines: gpkg, shp, zip or geojson.")] = None
    crs: Annotated[str | None, Option(help="Projection of outlines without: EPSG:9209.")] = None
    places: Annotated[Path | None, Option(help="Your list of places: others, or a country.")] = None
    indicators: Annotated[Path | None, Option(help="Your catalogue of measures (toml).")] = None
    described: Annotated[Path | None, OF_STUDY] = None
    lang: Annotated[str | None, Option(help="Language, vi or en; else that of the study.")] = None
    no_suppress: Annotated[bool, NO_SUPPRESS] = False

    @contextmanager
    def told(self) -> Iterator[None]:
        """Speak the language; let a refusal end the command as one message."""
        try:
            own = study.language(self.described) if self.described else words.language()
            spoken = self.lang or os.environ.get(study.LANGUAGE) or own
            shown = suppress.use(fewer_than=0) if self.no_suppress else nullcontext()
            with words.use(spoken), shown:
                try:
                    yield
                except OSError as error:
                    if error.errno not in FULL:
                        raise
                    raise BuildError(words.term("build.full")) from None
        except (ValueError, LookupError) as error:
            raise BuildError(error.args[0] if error.args else str(error)) from None

    @contextmanager
    def defining(self) -> Iterator[None]:
        """Use what describes a study, as long as a command runs."""
        with self.told(), lend_files(definitions(self.places, self.indicators, self.described)):
            yield

    @contextmanager
    def data(self) -> Iterator[Own | None]:
        """Use data of one's own as long as a command runs."""
        given: Files = {"reports": self.reports, "areas": self.areas, "crs": self.crs}
        given |= {"places": self.places, "indicators": self.indicators}
        with self.told(), lend_data(**(given | {"study": self.described})) as found:
            yield found

    @contextmanager
    def noted(self) -> Iterator[Own | None]:
        """Use data of one's own; say what was inferred, and what was not read."""
        with self.data() as found:
            for note in found.notes if found else ():
                say(note)
            yield found
        if found and found.left:
            raise typer.Exit(LEFT_OUT)

    def out(self) -> Path | None:
        """Name the folder for the results of a study that is shipped; one's own has to be named."""
        shipped = self.described and self.described.parent == study.DATA / study.STUDIES
        own = self.reports or self.areas or self.places or self.indicators
        if own or (self.described and not shipped):
            raise BuildError(words.term("own.out_needed"))
        return Path.cwd() / f"{OUT}-{self.described.name}" if self.described else None


FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""No room on the disk, none that is this user's, none for a file so large."""
STUDY = ("places", "indicators", "described", "lang")
DATA = tuple(one.name for one in fields(Given))


def command(*shared: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a command of a function: what it is given first are the options of these names."""

    def made(run: Callable[..., None]) -> Callable[..., None]:
        def typed(**given: object) -> None:
            common = {name: given.pop(name) for name in shared}
            run(Given(**common), **given)  # type: ignore[arg-type]

        hints, keyword = get_type_hints(Given, include_extras=True), inspect.Parameter.KEYWORD_ONLY
        _, *its = inspect.signature(run).parameters.values()
        for name in shared:
            hint, default = hints[name], getattr(Given, name)
            its.append(inspect.Parameter(name, keyword, default=default, annotation=hint))
        typed.__doc__ = run.__doc__
        typed.__signature__ = inspect.Signature(its)  # type: ignore[attr-defined]
        typed.__annotations__ = {one.name: one.annotation for one in its}
        return app.command(run.__name__.removesuffix("_command"))(typed)

    return made


def show_version(wanted: bool) -> None:  # noqa: FBT001  (Typer passes it by position)
    """Print the version, and stop."""
    if wanted:
        typer.echo(f"hganalysis {__version__}")
        raise typer.Exit


VERSION = Option("--version", callback=show_version, is_eager=True, help="Show the version.")


@app.callback()
def common(*, version: Annotated[bool, VERSION] = False) -> None:
    """Take the options that every command has."""


@command(*DATA)
def build_command(
    given: Given,
    *,
    notebooks: Annotated[Path | None, Option(help="Folder of your own notebooks.")] = None,
    out: Annotated[Path | None, Option(help="Folder to write to: else outputs/.")] = None,
    notebooks_only: Annotated[bool, Option("--notebooks-only", help="No deck, no atlas.")] = False,
) -> None:
    """Run every notebook, and write reports, maps and tables that open without internet."""
    with given.told():
        out = out or given.out()
    with given.noted() as found:
        index = build(
            notebooks,
            out=out,
            language=words.language(),
            data=found.folder if found else None,
            notebooks_only=notebooks_only,
        )
        say(words.term("build.done", index=index))


def _release(file: Path, write: Callable[[Path], object], *, force: bool) -> None:
    """Write a file beside its place, and enter it in the register of its folder or refuse it."""
    folder = file.absolute().parent
    with new_file(file, force=force) as made:
        verify.require(folder, file=file.name)
        write(made)
        verify.enter(folder, file=file.name)


@command(*DATA)
def slides_command(
    given: Given,
    file: Annotated[Path, Argument(help="The deck to write, say slides.pptx.")],
    *,
    force: Force = False,
) -> None:
    """Write a deck for the hall: native maps, charts and tables, with speaker notes."""
    from .publish import deck

    with given.noted():
        _release(file, deck.write, force=force)
        say(words.term("deck.done", file=file))


@command(*DATA)
def atlas_command(
    given: Given,
    file: Annotated[Path, Argument(help="The page to write, say atlas.html.")],
    *,
    force: Force = False,
) -> None:
    """Write every map and table as a page that opens offline; of a country, one a province."""
    from .publish import atlas

    if file.suffix.lower() not in {".html", ".htm"}:
        msg = f"{file.name} must end in .html, or no browser opens it."
        raise BuildError(msg)
    with given.noted():
        pages = list[Path]()
        _release(file, lambda made: pages.extend(atlas.write(made)), force=force)
        say(words.term("atlas.done", file=file))
        if len(pages) > 1:
            beside = words.number(len(pages) - 1)
            say(words.term("atlas.split", file=file.name, number=beside))


@command(*STUDY, "no_suppress")
def counts_command(
    given: Given,
    log: Annotated[list[Path] | None, Argument(help="Parquet or CSV files, or folders.")] = None,
    *,
    out: Annotated[Path | None, Option(help="File for build --reports: .parquet or .csv.")] = None,
    table: Annotated[Path | None, Option(help="File for counts of any period, instead.")] = None,
    period: Annotated[caselog.Period, Option(help="What is counted together.")] = "year",
    backend: Annotated[str | None, Option(help="Address of an engine, as Ibis has it.")] = None,
    name: Annotated[str | None, Option(help="Table of that engine, in place of files.")] = None,
    column: Annotated[list[str] | None, Option(help="Name of a column: file=so_ho_so.")] = None,
    platform: Annotated[list[str] | None, Option(help="Its measure: A=app_users.")] = None,
    files: Annotated[str | None, Option(help="Measure for files; else by its role.")] = None,
    people: Annotated[str | None, Option(help="Measure for all people; else by its role.")] = None,
    until: Annotated[datetime | None, Option(formats=["%Y-%m-%d"], help="Last day; today.")] = None,
    memory: Annotated[str, Option(help="What DuckDB may use; the rest goes to disk.")] = "4GB",
    force: Force = False,
) -> None:
    """Count a log of cases, a row a file, by place and year; no person leaves the engine."""
    target = out or table
    # One file: two that hide differently could be subtracted.
    if target is None or (out and table) or target.suffix not in {".parquet", ".csv"}:
        msg = (
            "counts writes one file, --out reports.parquet or --table counts.parquet; its name\n"
            "ends in .parquet or .csv."
        )
        raise BuildError(msg)
    if bool(log) == (name is not None):
        msg = "counts needs a log: files or folders, or --backend with --name, and not both."
        raise BuildError(msg)
    if out is not None and period != "year":
        msg = "Reports are by year: with --period take --table."
        raise BuildError(msg)
    counting = busy(words.term("counts.counting"))

    def counted(text: str) -> None:
        counting.stop()
        say(text)

    with given.defining(), new_file(target, force=force) as made, counting:
        caselog.write(
            name or log or [],
            made,
            target,
            say=counted,
            measures=None if out is None else caselog.measures_of(files, people),
            platforms=_pairs(platform, "--platform"),
            names=_pairs(column, "--column"),
            engine={"backend": backend, "memory": memory},
            choices={"period": period, "until": until and until.date()},
        )
    with given.told():
        say(words.term("counts.written", file=target))


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    if wrong := [pair for pair in given or [] if "=" not in pair]:
        msg = f"{option} {', '.join(wrong)}: expected NAME=VALUE."
        raise BuildError(msg)
    return dict(pair.split("=", 1) for pair in given or [])


@command(*STUDY)
def template_command(
    given: Given,
    file: Annotated[Path, Argument(help="The workbook to write, a new file: NAME.xlsx.")],
    *,
    year: Annotated[int | None, Option(help="Year of the report; else the last.")] = None,
) -> None:
    """Write an empty report to hand out: a row for each place that reports."""
    with given.defining():
        say(words.term("check.template_done", file=plain(template(file, year=year))))


@command(*STUDY)
def check_command(
    given: Given,
    file: Annotated[Path, Argument(help="A filled-in report: xlsx, xls, ods or csv.")],
    *,
    corrections: Annotated[Path | None, Option(help="What was decided; corrections.csv.")] = None,
    out: Annotated[Path | None, Option(help="What to give back; FILE.checked.xlsx.")] = None,
) -> None:
    """Check a report, and give it back with every fault marked where it is."""
    with given.defining():
        found = checking.check(file, corrections=corrections, out=out)
    if not found.complete:
        raise typer.Exit(LEFT_OUT if found.sound else 1)


@command(*DATA)
def verify_command(
    given: Given,
    file: Annotated[Path, Argument(help="A figure, page or deck.", exists=True, dir_okay=False)],
    *,
    out: Annotated[Path, Option(help="Folder of the build to compare it to.")] = Path(OUT),
) -> None:
    """Say whether the data at hand give this figure: 0 same, 1 changed, 2 unknown."""
    # Whatever goes wrong is "unknown": 1 would say that the data changed.
    status = verify.CODES["unknown"]
    try:
        with given.data():
            why, like = verify.verify(file, out=out)
            known = why if why in verify.CODES else "unknown"
            say(f"{words.term(f'verify.{known}')}: {file.name}")
            say(words.term(f"verify.why_{why}", out=out, like=", ".join(like)))
            status = verify.CODES[known]
    except (BuildError, OSError) as error:
        say(str(error), error=True)
    raise typer.Exit(status)


def main() -> None:
    """Run the command line; say in one message what stopped it, and end with a status."""
    # Tables of some hundred rows are read cell by cell: a sixth faster than in Arrow's memory, and
    # the same bytes in the end. In a session of one's own, its options are left as they are.
    pd.set_option("mode.string_storage", "python")
    write_plainly()
    try:
        with gently():
            app()
    except (BuildError, caselog.LogError, OSError, study.StudyError) as error:
        say(str(error), style="red", error=True)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None

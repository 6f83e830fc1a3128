"""The command line: `hganalysis build` and others. An error is one message, never a traceback."""

import errno
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from typer import Argument, Option

from . import __version__, caselog, places, study, suppress, words
from .escaping import plain
from .publish import checking, usage, verify
from .publish.folders import BuildError, new_file
from .publish.own import OwnData, definitions, lend_data, lend_files
from .publish.run import OUT, build
from .publish.terminal import busy, gently, progress, say, write_plainly
from .workbook.template import template

app = typer.Typer(
    name="hganalysis",
    cls=usage.Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

LEFT_OUT = 3
"""The status of a command that accepted a file of which it left out columns or blocks."""

NO_SUPPRESS = Option("--no-suppress")
OF_STUDY = Option("--study", parser=study.find, metavar="NAME|PATH")
Force = Annotated[bool, Option("--force")]


@dataclass(frozen=True)
class SharedOptions:
    """Options of several commands: a user's data, what describes them, the language."""

    reports: list[Path] | None = None
    areas: Path | None = None
    crs: str | None = None
    places: Path | None = None
    indicators: Path | None = None
    described: Annotated[Path | None, OF_STUDY] = None
    lang: str | None = None
    no_suppress: Annotated[bool, NO_SUPPRESS] = False

    @contextmanager
    def messages(self) -> Iterator[None]:
        """
        Write in the language that was chosen; turn a refusal into one message.

        The study of the process is read once, and a command stays in it.
        """
        try:
            in_use = study.current()
            with (
                in_use.use_here(language=in_use.language),
                _explained(),
                words.use(self._choose_language()),
                suppress.use(fewer_than=0) if self.no_suppress else nullcontext(),
            ):
                try:
                    with _explained():
                        yield
                except places.NotGivenError as error:  # its text is in the language in use
                    raise BuildError(str(error)) from None
        except (ValueError, LookupError) as error:
            message = error.args[0] if error.args else str(error)
            raise BuildError(message) from None

    def _choose_language(self) -> str:
        """Choose the language: as asked for, else of the environment, else of the study."""
        asked_for = self.lang or os.environ.get(study.LANGUAGE)
        if asked_for or not self.described:
            return asked_for or words.language()
        return study.language(self.described)

    @contextmanager
    def defining(self) -> Iterator[None]:
        """Use the definitions of a study while a command runs."""
        with self.messages():
            files = definitions(self.places, self.indicators, self.described)
            with lend_files(files):
                yield

    @contextmanager
    def data(self) -> Iterator[OwnData | None]:
        """Use the data of the user while a command runs."""
        files = lend_data(
            reports=self.reports,
            areas=self.areas,
            crs=self.crs,
            places=self.places,
            indicators=self.indicators,
            study=self.described,
        )
        with self.messages(), ExitStack() as lent:
            with busy(words.term("own.busy")):
                data = lent.enter_context(files)
            yield data

    @contextmanager
    def data_with_notes(self) -> Iterator[OwnData | None]:
        """Use the data of the user; say what was inferred, and what was not read."""
        with self.data() as data:
            for note in data.notes if data else ():
                say(note)
            yield data
        if data and data.has_unread:
            raise typer.Exit(LEFT_OUT)

    def out(self) -> Path | None:
        """Name the folder for results of a shipped study; users name a folder for other results."""
        has_files = self.reports or self.areas or self.places or self.indicators
        folder = self.described
        is_shipped = folder is None or folder.parent == study.DATA / study.STUDIES
        if has_files or not is_shipped:
            msg = words.term("own.out_needed")
            raise BuildError(msg)
        if folder is None:
            return None
        return Path.cwd() / f"{OUT}-{folder.name}"


DISK_IS_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""No room on the disk, none that is this user's, none for a file so large."""
IS_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
"""No right to the file or folder, or a disk that is only read."""
IS_MISSING = {errno.ENOENT, errno.ENOTDIR}
"""No such file, or a folder on its way that is a file or is none."""


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what a system says of a file into one message."""
    try:
        yield
    except OSError as error:
        message = _explain(error)
        if not message:
            raise
        raise BuildError(message) from None


def _explain(error: OSError) -> str:
    """Say what stopped a command at a file, and what to do; blank where the error says it."""
    if error.errno in DISK_IS_FULL:
        return words.term("build.full")
    if not error.filename:
        return ""
    path = Path(os.fsdecode(error.filename))
    if error.errno == errno.EISDIR:
        return words.term("build.is_folder", path=path)
    if error.errno in IS_MISSING and path.parent.is_dir():
        return words.term("build.missing_file", path=path)
    if error.errno in IS_MISSING:
        return words.term("build.missing_folder", path=path.parent)
    if error.errno not in IS_FORBIDDEN:
        return ""
    # what is written first has a name of ours, which says nothing to a user
    return words.term("build.forbidden", path=path.parent if path.name.startswith(".") else path)


STUDY = ("places", "indicators", "described", "lang")
OPTIONS = inspect.signature(SharedOptions).parameters
DATA = tuple(OPTIONS)


def command(*shared: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a command of a function; its first parameter takes the shared options of these names."""

    def register(run: Callable[..., None]) -> Callable[..., None]:
        def run_with_options(**arguments: object) -> None:
            values = {name: arguments.pop(name) for name in shared}
            options = SharedOptions(**values)  # type: ignore[arg-type]
            run(options, **arguments)

        # Typer reads the options of a command from its signature
        _, *parameters = inspect.signature(run).parameters.values()
        for name in shared:
            parameters.append(OPTIONS[name].replace(kind=inspect.Parameter.KEYWORD_ONLY))
        annotations = {parameter.name: parameter.annotation for parameter in parameters}
        run_with_options.__doc__ = run.__doc__
        run_with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run_with_options.__annotations__ = annotations
        name = run.__name__.removesuffix("_command").replace("_", "-")
        return app.command(name, cls=usage.Command)(run_with_options)

    return register


def show_version(wanted: bool) -> None:  # noqa: FBT001  (Typer passes it by position)
    """Print the version, and stop."""
    if wanted:
        typer.echo(f"hganalysis {__version__}")
        raise typer.Exit


VERSION = Option("--version", callback=show_version, is_eager=True)


@app.callback()
def common(*, version: Annotated[bool, VERSION] = False) -> None:
    """Take the options that every command has."""


@command(*DATA)
def build_command(
    options: SharedOptions,
    *,
    notebooks: Path | None = None,
    out: Path | None = None,
    notebooks_only: Annotated[bool, Option("--notebooks-only")] = False,
) -> None:
    """Run every notebook, and write reports, maps and tables that open without internet."""
    with options.messages():
        out = out or options.out()
    with options.data_with_notes() as data:
        folder = data.folder if data else None
        language = words.language()
        index = build(
            notebooks, out=out, language=language, data=folder, notebooks_only=notebooks_only
        )
        say(words.term("build.done", index=index))


def _release(file: Path, write: Callable[[Path], Any], *, force: bool) -> Any:  # noqa: ANN401
    """Write a file and enter it in the register of its folder, or refuse it."""
    folder = file.absolute().parent
    with new_file(file, force=force) as draft, verify.registered(folder, file=file.name):
        return write(draft)


@command(*DATA)
def slides_command(
    options: SharedOptions,
    file: Path,
    *,
    force: Force = False,
) -> None:
    """Write a PowerPoint deck with editable maps, charts and tables, and speaker notes."""
    from .publish import deck

    with options.data_with_notes():
        _release(file, deck.write, force=force)
        say(words.term("deck.done", file=file))


@command(*DATA)
def atlas_command(
    options: SharedOptions,
    file: Path,
    *,
    force: Force = False,
) -> None:
    """Write an offline page with every map and table; for a country, one page per province."""
    from .publish import atlas

    if file.suffix.lower() not in {".html", ".htm"}:
        msg = words.term("publish_errors.atlas_suffix", file=file.name, stem=file.stem)
        raise BuildError(msg)
    with options.data_with_notes():
        pages = _release(file, atlas.write, force=force)
        note = words.term("atlas.done", file=file)
        say(note)
        if len(pages) > 1:
            n_more_pages = words.number(len(pages) - 1)
            note = words.term("atlas.split", file=file.name, number=n_more_pages)
            say(note)


@command(*DATA)
def briefs_command(
    options: SharedOptions,
    file: Path,
    *,
    poster: Path | None = None,
    force: Force = False,
) -> None:
    """Write a profile of each district on one page, as one PDF; and a poster of all communes."""
    from . import sheets

    suffixes = {file.suffix, (poster or file).suffix}
    if suffixes != {".pdf"}:
        msg = words.term("publish_errors.brief_suffix", file=file.name)
        raise BuildError(msg)
    with options.data_with_notes():
        with progress() as bar:
            track = partial(bar.track, description=words.term("sheet.busy"))
            _release(file, partial(sheets.write_briefs, track=track), force=force)
        say(words.term("sheet.done", file=file))
        if poster:
            _release(poster, sheets.write_poster, force=force)
            note = words.term("sheet.poster_done", file=poster)
            say(note)


# what has no default would be an argument, without a name
Text = Annotated[str, Option()]
Texts = Annotated[list[str], Option()]
Folder = Annotated[Path, Option()]


@command(*DATA)
def plan_command(
    options: SharedOptions,
    measure: str,
    file: Path,
    *,
    period: Texts,
    start: Texts,
    number_from: Text,
    on: Text,
    within: str | None = None,
    ratio: float = 1.15,
    force: Force = False,
) -> None:
    """Plan a randomised roll-out and write a sealed plan with a page to sign."""
    from . import starts

    page = file.with_suffix(".md")
    with options.data_with_notes():
        sizes = _read_sizes(start)
        with busy(words.term("starts.planning")):
            plan = starts.plan(
                measure,
                period,
                sizes,
                ratio=ratio,
                within=within,
                number_from=number_from,
                on=on,
            )
            text = plan.document()
        with new_file(file, force=force) as draft, new_file(page, force=force) as page_draft:
            seal = plan.seal(draft)
            page_draft.write_text(text, encoding="utf-8")
        say(plan.sentence)
        say(words.term("starts.sealed", file=file, page=page, seal=seal))


def _read_sizes(starts: list[str]) -> dict[int | str, int]:
    """Read how many places start when; refuse what is no number."""
    sizes: dict[int | str, int] = {}
    for key, size in _pairs(starts, "--start").items():
        if not size.isdigit():
            msg = words.term("publish_errors.start_size", period=key, size=size)
            raise BuildError(msg)
        sizes[key] = int(size)
    return sizes


@command(*STUDY)
def draw_lot_command(
    options: SharedOptions,
    file: Path,
    number: str,
    *,
    published: Text,
    published_on: Text,
) -> None:
    """Draw the lottery of a sealed plan: who starts when, as anyone can repeat."""
    from . import starts

    with options.defining():
        starts.draw_lot(file, number, published=published, published_on=published_on)
        say(words.term("starts.drawn", number=number, file=file))


@command(*STUDY, "no_suppress")
def counts_command(
    options: SharedOptions,
    log: Annotated[list[Path] | None, Argument()] = None,
    *,
    out: Path | None = None,
    table: Path | None = None,
    period: caselog.Period = "year",
    backend: str | None = None,
    name: str | None = None,
    column: list[str] | None = None,
    platform: list[str] | None = None,
    files: str | None = None,
    people: str | None = None,
    until: Annotated[datetime | None, Option(formats=["%Y-%m-%d"])] = None,
    memory: str = "4GB",
    force: Force = False,
) -> None:
    """Count a log of cases by place and period. Personal data stay in the database."""
    target = out or table
    # One file: two that hide differently could be subtracted.
    if target is None or (out and table) or target.suffix not in {".parquet", ".csv"}:
        msg = words.term("publish_errors.counts_out")
        raise BuildError(msg)
    has_files = bool(log)
    has_table = name is not None
    if has_files == has_table:
        msg = words.term("publish_errors.counts_log")
        raise BuildError(msg)
    counting = busy(words.term("counts.counting"))

    def stop_and_say(text: str) -> None:
        counting.stop()
        say(text)

    with options.defining():
        measures = None
        if out is not None:
            measures = caselog.measures_of(files, people)
        last_day = None
        if until is not None:
            last_day = until.date()
        with new_file(target, force=force) as draft, counting:
            caselog.write(
                name or log or [],
                draft,
                target,
                say=stop_and_say,
                measures=measures,
                platforms=_pairs(platform, "--platform"),
                names=_pairs(column, "--column"),
                engine={"backend": backend, "memory": memory},
                choices={"period": period, "until": last_day},
            )
        say(words.term("counts.written", file=target))


def _pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    texts = texts or []
    wrong = [text for text in texts if "=" not in text]
    if wrong:
        listed = ", ".join(wrong)
        msg = words.term("publish_errors.pair", option=option, texts=listed)
        raise BuildError(msg)
    return dict(text.split("=", 1) for text in texts)


@command("lang")
def portal_command(
    options: SharedOptions,
    files: list[Path],
    *,
    out: Folder,
    period: list[str] | None = None,
    captured: list[str] | None = None,
    measure: list[str] | None = None,
) -> None:
    """Make a study of answers of Viet Nam's National Public Service Portal (provisional)."""
    from . import portal

    with options.messages():
        days = captured or ()
        shares = measure or ()
        periods = period or ()
        answers = portal.read(*files, period=periods, captured=days, measures=shares)
        answers.write(out)
        for note in answers.notes:
            say(note)
        say(words.term("portal.done", folder=out))


@command(*STUDY)
def template_command(
    options: SharedOptions,
    file: Path,
    *,
    period: Annotated[str | None, Option("--period", "--year")] = None,
) -> None:
    """Write an empty report to hand out: a row for each place that reports."""
    with options.defining():
        written = template(file, period=period)
        say(words.term("check.template_done", file=plain(written)))


@command(*STUDY)
def check_command(
    options: SharedOptions,
    file: Path,
    *,
    corrections: Path | None = None,
    out: Path | None = None,
) -> None:
    """Check a report, and give it back with every fault marked where it is."""
    with options.defining():
        checked = checking.check(file, corrections=corrections, out=out)
    if checked.is_complete:
        return
    status = LEFT_OUT if checked.is_sound else 1
    raise typer.Exit(status)


@command(*DATA)
def verify_command(
    options: SharedOptions,
    file: Annotated[Path, Argument(exists=True, dir_okay=False)],
    *,
    out: Path = Path(OUT),
) -> None:
    """Check a figure against the current data (exit code 0 match, 1 no match, 2 unknown)."""
    # Whatever goes wrong is "unknown": 1 would say that the data changed.
    status = verify.CODES["unknown"]
    try:
        with options.data():
            reason, similar_files = verify.verify(file, out=out)
            verdict = verify.ANSWERS.get(reason, "unknown")
            answer = words.term(f"verify.{verdict}")
            say(f"{answer}: {file.name}")
            similar = words.join_some(similar_files, more="words.more_files")
            why = words.term(f"verify.why_{reason}", out=out, like=similar)
            say(why)
            status = verify.CODES[verdict]
    except (BuildError, OSError) as error:
        say(str(error), error=True)
    raise typer.Exit(status)


def _run() -> None:
    """Run the command that was called; say what is wrong with a call."""
    try:
        status = app(standalone_mode=False)
    except usage.WRONG_CALL as error:
        message = usage.explain(error)
        if message:
            say(message, style="red", error=True)
        status = error.exit_code
    raise SystemExit(status or 0)


def main() -> None:
    """Run the command line; say in one message what stopped it, and end with a status."""
    # Tables of some hundred rows are read cell by cell: a sixth faster than in Arrow's memory, and
    # the same bytes in the end. In a session of one's own, its options are left as they are.
    pd.set_option("mode.string_storage", "python")
    write_plainly()
    try:
        with gently(), usage.speak(sys.argv):
            _run()
    except (BuildError, caselog.LogError, OSError, study.StudyError) as error:
        say(str(error), style="red", error=True)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None

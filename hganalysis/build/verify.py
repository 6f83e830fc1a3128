"""Know the data of a build again, and say whether they would give a figure as it is."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import pandas as pd
import typer

from .. import frames, sources, suppress, words
from ..figures import passport
from . import folders
from .folders import BuildError
from .own import lent
from .terminal import Areas, Crs, Indicators, NoSuppress, Places, Reports, StudyFile, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Files = Mapping[str, Sequence[Path | str]]
    from collections.abc import Sequence
    from pathlib import Path

    from ..figures.passport import Passport

REPORTED = (sources.REPORTS, "demo/reports.csv")
CRS = "crs"
FOLDER = "data"
"""Beside the options of the command: a folder of one's own data, laid out by `build.own`."""


def inputs(*, shipped: bool = False) -> str:
    """
    Shorten the data in use to a few digits, with the threshold below which counts are hidden.

    Parameters
    ----------
    shipped
        Only those that came with the package: nothing of one's own.
    """
    lines = [f"fewer than {suppress.threshold()}"]
    for name in sorted(sources.cards()):
        own = sources.own() if sources.is_own(name) else None
        if shipped and own is not None:
            continue
        file = (own or sources.DATA) / name
        content = file.read_bytes() if file.is_file() else b""
        if name in REPORTED:
            # What is hidden in them must not enter: trying would tell what gives these digits.
            content = frames.reports().to_csv().encode()
        lines.append(f"{name} {hashlib.sha256(content).hexdigest()}")
    return passport.digits("\n".join(lines))


def remember(out: Path, files: Files) -> str:
    """
    Write where one's own files lie, seen from the outputs: both may be moved or copied together.

    Parameters
    ----------
    out
        The outputs.
    files
        By option of the command: `reports`, `areas`, `places`, `indicators`, `study`; or `data`, a
        folder. Beside them `crs`, the name of a projection.
    """
    return json.dumps(
        {
            name: [_seen(out, one) if isinstance(one, Path) else one for one in given]
            for name, given in files.items()
            if given
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def recall(out: Path, told: str) -> dict[str, list[Path | str]]:
    """Find the files that `remember` wrote down; whether they are still there is not looked at."""
    return {
        name: [str(one) if name == CRS else out / one for one in given]
        for name, given in json.loads(told).items()
    }


def gone(files: Files) -> list[str]:
    """Name the files that are not where they were."""
    every = (one for given in files.values() for one in given)
    return [one.name for one in every if isinstance(one, Path) and not one.exists()]


@contextmanager
def reading(files: Files) -> Iterator[None]:
    """
    Use the data of these files, as a build of them would, as long as it lasts.

    Parameters
    ----------
    files
        As for `remember`; the shipped data where there are none.
    """
    paths = {name: [Path(one) for one in given] for name, given in files.items() if name != CRS}
    one = {name: given[0] for name, given in paths.items() if given}
    if FOLDER in one:
        with sources.use(one[FOLDER]):
            yield
        return
    with (
        sources.use(None),
        lent(
            reports=paths.get("reports"),
            areas=one.get("areas"),
            crs=next((str(crs) for crs in files.get(CRS, ())), None),
            list_of_places=one.get("places"),
            catalogue=one.get("indicators"),
            study=one.get("study"),
        ),
    ):
        yield


def _seen(out: Path, file: Path) -> str:
    try:
        return Path(os.path.relpath(file.resolve(), out.resolve())).as_posix()
    except ValueError:  # on another drive of Windows
        return file.name


GRAIN = "reports"


def registered(reports: pd.DataFrame) -> pd.DataFrame:
    """Name each number of reports for the register; a place that sent nothing has none."""
    hidden = suppress.is_hidden(reports)
    cells = pd.DataFrame(
        {
            "place": reports["code"],
            "period": reports["year"].astype("str"),
            "measure": reports["indicator"],
            "hidden": hidden,
        }
    )
    return cells[hidden | reports["count"].notna()]


def require(folder: Path, *, file: str) -> None:
    """Refuse, before any work is done, what `enter` would refuse."""
    if sources.has(sources.REPORTS):
        cells = registered(frames.reports())
        suppress.require_release(cells, folder=folder, file=file, grain=GRAIN)


def enter(folder: Path, *, file: str) -> None:
    """Enter what is made of one's own reports in the register of a folder, or refuse it."""
    if sources.has(sources.REPORTS):
        cells, digits = registered(frames.reports()), inputs()
        suppress.release(cells, folder=folder, file=file, source=digits, grain=GRAIN)


Status = Literal["same", "changed", "unknown"]

CODES = {"same": 0, "changed": 1, "unknown": 2}


@dataclass(frozen=True)
class Verdict:
    """
    What is known of a figure.

    `status` is `same` (the build shows these very data), `changed` (it shows the same thing with
    other data or classes, or one's own files are others since) or `unknown`; `reason` is the key of
    the sentence that says why, `like` the files of the build that were compared, `detail` what
    stopped the comparison.
    """

    status: Status
    reason: str
    passport: Passport | None = None
    like: tuple[str, ...] = ()
    detail: str = ""


def write_passports(
    out: Path, *, files: Files | None = None, seen_from: Path | None = None
) -> Path:
    """
    List all files in a folder of outputs, and the passports of the figures among them.

    Parameters
    ----------
    out
        The folder. The data in use are taken to be those that the figures were made from.
    files
        The files that they were read from, as `Own.files` names them; else the folder of one's own
        data in use, if there is one.
    seen_from
        Where the folder will be; where it is, if it stays.
    """
    if files is None:
        own = sources.own()
        files = {} if own is None else {FOLDER: [own]}
    now = (
        inputs(),
        inputs(shipped=True),
        str(suppress.threshold()),
        remember(seen_from or out, files),
    )
    rows = []
    for file in sorted(path for path in out.rglob("*") if path.is_file()):
        name, figure = file.relative_to(out).as_posix(), None
        if file.suffix.lower().removeprefix(".") in passport.KINDS:
            figure = passport.read(file).passport
        said = ("",) * 5
        if figure is not None:
            said = (figure.hash, figure.recipe, figure.language, figure.version, figure.classes)
        values = (name, *said, folders.digits(file), *now)
        rows.append(dict(zip(folders.COLUMNS, values, strict=True)))
    return folders.write_rows(out, rows)


def verify(file: Path, *, out: Path, files: Files | None = None) -> Verdict:
    """
    Compare a figure to the build of the data at hand.

    Parameters
    ----------
    file
        A PNG, SVG, PDF, HTML or PPTX of this package, wherever it has been since.
    out
        The outputs of a build.
    files
        One's own files, by option of the command, where they are not where the build found them
        (seen from `out`).

    Returns
    -------
    verdict
        A figure is known by the hash of what it shows: that is the same in both languages for
        maps, tables and pages; a chart is compared to one in its own language.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    found = passport.read(file)
    stamped = found.passport
    if stamped is None:
        return Verdict("unknown", f"no_passport_{found.reason}")
    rows = [row for row in folders.rows(out) if row["inputs"]]
    if not rows:
        return Verdict("unknown", "no_build", stamped)
    same = _files(rows, "hash", stamped.hash)
    like = same or _files(rows, "recipe", stamped.recipe)
    stopped = _stopped(rows[0], out, files or {})
    if stopped is not None:
        # Of another figure the changed files say nothing.
        known = stopped.reason == "other_files" and bool(like)
        status: Status = "changed" if known else "unknown"
        return replace(stopped, status=status, passport=stamped, like=like)
    if same:
        return Verdict("same", "same", stamped, same)
    if like:
        return Verdict("changed", "changed", stamped, like)
    return Verdict("unknown", "no_like", stamped)


def _files(rows: Sequence[dict[str, str]], column: str, digits: str) -> tuple[str, ...]:
    return tuple(row["file"] for row in rows if row[column] == digits)


def _stopped(row: dict[str, str], out: Path, named: Files) -> Verdict | None:
    """Say why the data at hand are not those of the build; nothing where they are."""
    try:
        files = {**recall(out, row["data"]), **named}
        fewer_than = int(row["fewer_than"])
    except (ValueError, AttributeError, TypeError):  # somebody wrote into the table
        return Verdict("unknown", "stale")
    if fewer_than != suppress.threshold():
        return Verdict("unknown", "threshold", detail=str(fewer_than))
    if missing := gone(files):
        return Verdict("unknown", "gone", detail=", ".join(missing))
    try:
        with reading(files):
            if inputs() == row["inputs"]:
                return None
            ours = inputs(shipped=True) == row["shipped"]
    except (BuildError, OSError, ValueError, LookupError) as error:
        if not files:
            return Verdict("unknown", "stale")
        return Verdict("unknown", "refused", detail=str(error.args[0] if error.args else error))
    return Verdict("unknown", "other_files" if ours else "stale")


def verify_command(
    file: Annotated[
        Path, typer.Argument(help="A figure, page or deck.", exists=True, dir_okay=False)
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder of the build to compare it to.")] = Path(
        "outputs"
    ),
    reports: Reports = None,
    areas: Areas = None,
    crs: Crs = None,
    places: Places = None,
    indicators: Indicators = None,
    described: StudyFile = None,
    no_suppress: NoSuppress = False,  # noqa: ARG001  (its callback acts)
    lang: Annotated[str, typer.Option(help="Language of the answer: vi or en.")] = "vi",
) -> None:
    """Say whether the data at hand give this figure: 0 same, 1 changed, 2 unknown."""
    # Whatever goes wrong is "unknown": 1 would say that the data changed.
    if lang not in words.LANGUAGES:
        msg = f"{lang!r}; expected one of {', '.join(words.LANGUAGES)}."
        raise typer.BadParameter(msg, param_hint="--lang")
    # Named anew where they lie elsewhere than when they were built.
    single = {"areas": areas, "places": places, "indicators": indicators, "study": described}
    files: dict[str, Sequence[Path | str]] = {name: [one] for name, one in single.items() if one}
    if reports:
        files["reports"] = reports
    if crs:
        files["crs"] = [crs]
    with words.use(lang):
        try:
            verdict = verify(file, out=out, files=files)
        except OSError as error:
            say(str(error), error=True)
            raise typer.Exit(CODES["unknown"]) from None
        say(told(file, verdict, out=out))
    raise typer.Exit(CODES[verdict.status])


def told(file: Path, verdict: Verdict, *, out: Path) -> str:
    """Say a verdict in the language in use: the word, why, and what the figure says of itself."""
    lines = [
        f"{words.term(f'verify.{verdict.status}')}: {file.name}",
        words.term(
            f"verify.why_{verdict.reason}",
            out=out,
            like=", ".join(verdict.like),
            detail=verdict.detail,
            language=verdict.passport.language if verdict.passport else "",
        ),
    ]
    if verdict.passport is not None:
        said = words.term("verify.says", line=verdict.passport.line)
        lines.append(said)
    return "\n".join(lines)

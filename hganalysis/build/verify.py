"""Say whether the data at hand would give a figure as it is: same, changed or unknown."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.text import Text

from .. import intake, sources, suppress, words
from ..maps import passport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..maps.passport import Passport

TABLE = ".hganalysis"
"""What a build says of its figures, as CSV: it marks the folder as one that a build filled."""

COLUMNS = ("file", "hash", "recipe", "language", "version", "classes", "inputs", "data")
REPORTED = (sources.REPORTS, "demo/reports.csv")
CODES = {"same": 0, "changed": 1, "unknown": 2}


@dataclass(frozen=True)
class Verdict:
    """
    What is known of a figure.

    `status` is `same` (the build shows these very data), `changed` (it shows the same thing with
    other data or classes) or `unknown`; `reason` is the key of the sentence that says why, `like`
    the files of the build that were compared.
    """

    status: Literal["same", "changed", "unknown"]
    reason: str
    passport: Passport | None = None
    like: tuple[str, ...] = ()


def write_passports(out: Path) -> Path:
    """
    List the passports of all figures in a folder of outputs.

    Parameters
    ----------
    out
        The folder. The data in use are taken to be those that the figures were made from.
    """
    files = sorted(
        path
        for path in out.rglob("*")
        if path.is_file() and path.suffix.lower().removeprefix(".") in passport.KINDS
    )
    own = sources.own()
    now = [inputs(), "" if own is None else str(own)]
    with (out / TABLE).open("w", encoding="utf-8", newline="") as written:
        table = csv.writer(written, lineterminator="\n")
        table.writerow(COLUMNS)
        for file in files:
            found = passport.read(file).passport
            if found is not None:
                name = file.relative_to(out).as_posix()
                said = [found.hash, found.recipe, found.language, found.version, found.classes]
                table.writerow([name, *said, *now])
    return out / TABLE


def inputs() -> str:
    """Shorten all data in use to a few digits, with the threshold below which counts are hidden."""
    lines = [f"fewer than {suppress.threshold()}"]
    for name in sorted(sources.cards()):
        own = sources.own() if sources.is_own(name) else None
        file = (own or sources.DATA) / name
        content = file.read_bytes() if file.is_file() else b""
        if name in REPORTED:
            # What is hidden in them must not enter: trying would tell what gives these digits.
            content = intake.reports().to_csv().encode()
        lines.append(f"{name} {hashlib.sha256(content).hexdigest()}")
    return passport.digits("\n".join(lines))


def verify(file: Path, *, out: Path) -> Verdict:
    """
    Compare a figure to the build of the data at hand.

    Parameters
    ----------
    file
        A PNG, SVG, PDF, HTML or PPTX of this package, wherever it has been since.
    out
        The outputs of a build.

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
    rows = _rows(out / TABLE)
    if not rows:
        return Verdict("unknown", "no_build", stamped)
    if not _fresh(rows[0]):
        return Verdict("unknown", "stale", stamped)
    same = _files(rows, "hash", stamped.hash)
    if same:
        return Verdict("same", "same", stamped, same)
    like = _files(rows, "recipe", stamped.recipe)
    if like:
        return Verdict("changed", "changed", stamped, like)
    return Verdict("unknown", "no_like", stamped)


def _rows(table: Path) -> list[dict[str, str]]:
    if not table.is_file():
        return []
    with table.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if set(COLUMNS) <= set(row)]


def _files(rows: Sequence[dict[str, str]], column: str, digits: str) -> tuple[str, ...]:
    return tuple(row["file"] for row in rows if row[column] == digits)


def _fresh(row: dict[str, str]) -> bool:
    """Say whether the data are still those of the build."""
    folder = Path(row["data"]) if row["data"] else None
    try:
        with sources.use(folder):
            return inputs() == row["inputs"]
    except (OSError, ValueError):  # gone, or changed
        return False


def verify_command(
    file: Annotated[
        Path, typer.Argument(help="A figure, page or deck.", exists=True, dir_okay=False)
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder of the build to compare it to.")] = Path(
        "outputs"
    ),
    lang: Annotated[str, typer.Option(help="Language of the answer: vi or en.")] = "vi",
) -> None:
    """Say whether the data at hand give this figure: 0 same, 1 changed, 2 unknown."""
    # Whatever goes wrong is "unknown": 1 would say that the data changed.
    if lang not in words.LANGUAGES:
        msg = f"{lang!r}; expected one of {', '.join(words.LANGUAGES)}."
        raise typer.BadParameter(msg, param_hint="--lang")
    try:
        verdict = verify(file, out=out)
    except OSError as error:
        Console(stderr=True, soft_wrap=True).print(Text(str(error)))
        raise typer.Exit(CODES["unknown"]) from None
    with words.use(lang):
        Console(soft_wrap=True).print(Text(told(file, verdict, out=out)))
    raise typer.Exit(CODES[verdict.status])


def told(file: Path, verdict: Verdict, *, out: Path) -> str:
    """Say a verdict in the language in use: the word, why, and what the figure says of itself."""
    lines = [
        f"{words.term(f'verify.{verdict.status}')}: {file.name}",
        words.term(
            f"verify.why_{verdict.reason}",
            out=out,
            like=", ".join(verdict.like),
            language=verdict.passport.language if verdict.passport else "",
        ),
    ]
    if verdict.passport is not None:
        said = words.term("verify.says", line=verdict.passport.line)
        lines.append(said)
    return "\n".join("".join(c for c in line if c.isprintable()) for line in lines)

"""The command `hganalysis counts`: from a log of cases to reports."""

from __future__ import annotations

import glob
import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import pandas as pd
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from .. import caselog, frames, indicators, study, suppress, words
from .checking import told
from .folders import BuildError, making
from .terminal import Force, Indicators, Lang, NoSuppress, Places, StudyFile, say
from .verify import GRAIN, registered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir

Period = Literal["year", "quarter", "month"]
_ROUND = 100
"""To so many are files rounded down, where their exact number would give a hidden one away."""


Logs = Annotated[
    list[Path] | None, typer.Argument(help="Parquet or CSV files, or folders of Parquet files.")
]
Pattern = Annotated[
    bool, typer.Option("--pattern", help="Take LOG for patterns, such as 'log/2023-*.csv'.")
]
Out = Annotated[
    Path | None, typer.Option(help="File for the reports (.parquet or .csv), for build --reports.")
]
Table = Annotated[
    Path | None,
    typer.Option(help="File for all counts (.parquet or .csv), of any period, instead."),
]
PeriodChoice = Annotated[Period, typer.Option(help="What is counted together.")]
Backend = Annotated[str | None, typer.Option(help="Address of another engine, as Ibis writes it.")]
Name = Annotated[str | None, typer.Option(help="Table of that engine, in place of files.")]
Column = Annotated[
    list[str] | None, typer.Option(help="What a column is called here: file=so_ho_so.")
]
Platform = Annotated[
    list[str] | None, typer.Option(help="Measure for the people of a platform: A=app_users.")
]
Files = Annotated[
    str | None, typer.Option(help="Measure for the files; the one with the role files.")
]
People = Annotated[
    str | None,
    typer.Option(help="Measure for the people on all platforms; the one with the role people."),
]
Until = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of a file; today.")
]
Memory = Annotated[str, typer.Option(help="What DuckDB may use; the rest goes to disk.")]
Approximate = Annotated[
    bool, typer.Option("--approximate", help="Estimate the people, in a --table, which says so.")
]


def counts_command(
    log: Logs = None,
    *,
    pattern: Pattern = False,
    out: Out = None,
    table: Table = None,
    period: PeriodChoice = "year",
    backend: Backend = None,
    name: Name = None,
    column: Column = None,
    platform: Platform = None,
    files: Files = None,
    people: People = None,
    until: Until = None,
    memory: Memory = "4GB",
    approximate: Approximate = False,
    described: StudyFile = None,
    places: Places = None,
    catalogue: Indicators = None,
    force: Force = False,
    no_suppress: NoSuppress = False,  # noqa: ARG001  (its callback acts)
    lang: Lang = None,
) -> None:
    """Count a log of cases, a row a file, by place and year; no person leaves the engine."""
    target = _target(out, table)
    if bool(log) == (name is not None):
        msg = "counts needs a log: files or folders, or --backend with --name, and not both."
        raise BuildError(msg)
    if out is not None and (period != "year" or approximate):
        msg = "Reports are exact, and by year: with --period or --approximate take --table."
        raise BuildError(msg)
    with told(lang, places, catalogue, described), making(target, force=force) as made:
        measures = {} if out is None else _measures(files, people)
        given = name or (_matching(log or []) if pattern else log or [])
        found = _count(
            given,
            backend=backend,
            memory=memory,
            names=_pairs(column, "--column"),
            spill=made.with_name("spill"),
            choices={"period": period, "until": until and until.date(), "approximate": approximate},
        )
        _say(found)
        if found.files.empty:
            raise BuildError(words.term("counts.nothing"))
        if out is None:
            kept = _table(found, target, source=_digits(given), period=period)
        else:
            named = _pairs(platform, "--platform")
            exact = _listed(caselog.to_reports(found, platforms=named, **measures))
            kept = _reports(exact, target, source=_digits(given))
            if hidden := int(suppress.is_hidden(kept).sum()):
                limit = suppress.threshold()
                say(words.term("counts.hidden", hidden=hidden, limit=limit))
        caselog.save(kept, made)
    with told(lang or study.language(described)):
        say(words.term("counts.written", file=target))


def _table(found: caselog.Counts, target: Path, *, source: str, period: Period) -> pd.DataFrame:
    """Hide small counts of a table, what an earlier one hid too, and enter it in the register."""
    folder, grain = target.absolute().parent, f"table_{period}"
    kept = caselog.to_table(caselog.hide_small(found))
    before = suppress.hidden_before(cells(kept), folder=folder, grain=grain)
    if before.any():
        kept = caselog.to_table(caselog.hide_small(found, also=kept[before]))
    suppress.release(cells(kept), folder=folder, file=target.name, source=source, grain=grain)
    return kept


def cells(table: pd.DataFrame) -> pd.DataFrame:
    """Name each number of a table for the register; a code of two lists is two places."""
    place = table["code"] + table["structure"].dt.strftime("@%Y-%m-%d")
    measure = table["measure"] + (": " + table["platform"]).fillna("")
    period = table["period"].dt.strftime("%Y-%m-%d")
    found = {"place": place, "period": period, "measure": measure, "value": table["value"]}
    return pd.DataFrame({**found, "hidden": table["value"].isna(), "pool": ""})


def _reports(made: pd.DataFrame, target: Path, *, source: str) -> pd.DataFrame:
    """Hide small counts of reports as `_table` does of a table."""
    folder = target.absolute().parent
    before = suppress.hidden_before(registered(made), folder=folder, grain=GRAIN)
    # Hidden first: a refusal shows the rows that it is about.
    also = before.iloc[: len(made)].set_axis(made.index)  # the sums come after them
    kept = frames.require_reports(caselog.small_reports(made, also=also))
    suppress.release(registered(kept), folder=folder, file=target.name, source=source, grain=GRAIN)
    return kept


def _digits(log: str | Sequence[Path]) -> str:
    """Say of which log counts are: by what its files hold, or by the name of a table."""
    total = hashlib.sha256(log.encode() if isinstance(log, str) else b"")
    for given in [] if isinstance(log, str) else log:
        for file in sorted(given.rglob("*.parquet")) if given.is_dir() else [given]:
            with file.open("rb") as content:
                total.update(hashlib.file_digest(content, "sha256").digest())
    return total.hexdigest()


def _target(out: Path | None, table: Path | None) -> Path:
    """Name the one file to write: two that hide differently could be subtracted."""
    if (out is None) == (table is None):
        msg = "counts writes one file: --out reports.parquet, or --table counts.parquet."
        raise BuildError(msg)
    target = out or table
    assert target is not None
    if target.suffix not in {".parquet", ".csv"}:
        msg = f"{target.name}: expected a name that ends in .parquet or .csv."
        raise BuildError(msg)
    return target


def _matching(patterns: Sequence[Path]) -> list[Path]:
    """Find the files that patterns name, each once."""
    found = {one: sorted(glob.glob(str(one), recursive=True)) for one in patterns}  # noqa: PTH207  (of any folder)
    if empty := [f"  {one}" for one, files in found.items() if not files]:
        raise BuildError("\n".join([words.term("counts.no_match"), *empty]))
    return [
        Path(file) for file in dict.fromkeys(file for files in found.values() for file in files)
    ]


def _measures(files: str | None, people: str | None) -> dict[str, str | None]:
    """Take the measures that have the roles of what a log counts, where none is named."""
    found = {
        "files": files or indicators.role("files"),
        "people": people or indicators.role("people"),
    }
    if not any(found.values()):
        msg = (
            "No measure of the catalogue has the role files or people: nothing says what is\n"
            "counted. Name one (--files MEASURE, --people MEASURE), or give it the role.\n"
            f"The catalogue has: {', '.join(indicators.names())}."
        )
        raise BuildError(msg)
    return found


def _count(
    log: str | Sequence[Path],
    *,
    backend: str | None,
    memory: str,
    names: dict[str, str],
    spill: Path,
    choices: dict[str, object],
) -> caselog.Counts:
    """Count, with a bar, and a folder for what does not fit."""
    engine = caselog.connect(backend, memory=memory, spill=spill)
    try:
        return _watched(caselog.open_log(engine, log, names=names), choices)
    finally:
        engine.disconnect()


def _watched(rows: ir.Table, choices: dict[str, object]) -> caselog.Counts:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    quiet = not Console().is_terminal
    with Progress(*columns, TimeElapsedColumn(), transient=True, disable=quiet) as progress:
        bar = progress.add_task(words.term("counts.counting"), total=None)
        show: Callable[[float | None], None] = lambda share: progress.update(  # noqa: E731
            bar, total=None if share is None else 1, completed=share or 0
        )
        return caselog.counts(rows, watch=show, **choices)  # type: ignore[arg-type]


def _say(found: caselog.Counts) -> None:
    """Say what became of every row; where counts are hidden, no sum that would give them away."""
    small = caselog.hide_small(found)
    hides = bool(small.files.isna().any(axis=None) or small.platforms["people"].isna().any())
    counted, rows = (
        _about(number) if hides else words.number(number)
        for number in (int(found.files["received"].sum()), found.rows)
    )
    said = "counts.rows" if len(found.faults) else "counts.rows_all"
    say(words.term(said, rows=rows, counted=counted))
    for fault, rows, example in found.faults.itertuples(index=False, name=None):
        text = words.term(f"counts.{fault.replace(' ', '_')}", rows=words.number(rows))
        if isinstance(example, str):
            text += " " + words.term("counts.example", example=example)
        say(f"  {text}")
    if found.approximate:
        say(words.term("counts.approximate"))
    if found.origin == "simulated":
        say(words.term("counts.simulated"))


def _about(number: int) -> str:
    """Say a number so roughly that no small one is what it leaves over."""
    down = _ROUND * (number // _ROUND)
    key = "counts.at_least" if down else "counts.fewer"
    return words.term(key, number=words.number(down or _ROUND))


def _listed(reports: pd.DataFrame) -> pd.DataFrame:
    """Keep the measures in the years that can be reported, and name the others."""
    rows = reports.assign(shares=reports["indicator"].map(indicators.kind) == "share")
    kept = []
    for (name, year), part in rows.groupby(["indicator", "year"], sort=False):
        above = int((part["shares"] & (part["count"] > part["out_of"])).sum())
        if year not in indicators.years(str(name)):
            say(words.term("counts.unlisted", name=name, year=year))
        elif above:
            # More files than a place has people, from elsewhere or from a log that is invented.
            said = words.term("counts.above", name=name, year=year, places=words.number(above))
            say(said)
        else:
            kept.append(part)
    if not kept:
        raise BuildError(words.term("counts.nothing"))
    return pd.concat(kept, ignore_index=True).drop(columns="shares")


def _pairs(given: Sequence[str] | None, option: str) -> dict[str, str]:
    wrong = [pair for pair in given or [] if "=" not in pair]
    if wrong:
        msg = f"{option} {', '.join(wrong)}: expected NAME=VALUE."
        raise BuildError(msg)
    return dict(pair.split("=", 1) for pair in given or [])

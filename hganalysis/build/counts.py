"""The command `hganalysis counts`: from a log of cases to reports."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import pandas as pd
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from .. import caselog, indicators, words
from .fault import BuildError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir

Period = Literal["year", "quarter", "month"]


def counts_command(
    log: Annotated[
        list[Path] | None,
        typer.Argument(help="Parquet or CSV files, or folders of Parquet files."),
    ] = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(help="File for the reports (.parquet or .csv), which build can read."),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(help="File for all counts (.parquet or .csv), of any period."),
    ] = None,
    period: Annotated[Period, typer.Option(help="What is counted together.")] = "year",
    backend: Annotated[
        str | None, typer.Option(help="Address of another engine, as Ibis writes it.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Table of that engine, in place of files.")
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="What a column is called here: file=so_ho_so.")
    ] = None,
    platform: Annotated[
        list[str] | None, typer.Option(help="Measure for the people of a platform: A=app_users.")
    ] = None,
    files: Annotated[str, typer.Option(help="Measure for the files.")] = "files_online",
    people: Annotated[
        str, typer.Option(help="Measure for the people, over all platforms.")
    ] = "online_service_users",
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of a file; today.")
    ] = None,
    memory: Annotated[
        str, typer.Option(help="What DuckDB may use; the rest goes to disk.")
    ] = "4GB",
    approximate: Annotated[
        bool, typer.Option("--approximate", help="Estimate the number of different people.")
    ] = False,
    suppress: Annotated[
        bool, typer.Option(help="Hide counts of fewer than 5 files or people.")
    ] = True,
    lang: Annotated[str, typer.Option(help="Language of the messages: vi or en.")] = "vi",
) -> None:
    """Count a log of cases, a row a file, by commune and year; no person leaves the engine."""
    targets = [file for file in (out, table) if file is not None]
    if not targets or bool(log) == (name is not None):
        msg = (
            "counts needs a log (files, or --backend with --name) and a place for the result\n"
            "(--out reports.parquet, --table counts.parquet, or both)."
        )
        raise BuildError(msg)
    if out is not None and period != "year":
        msg = "Reports are by year: with --period name --table, not --out."
        raise BuildError(msg)
    wrong = [file.name for file in targets if file.suffix not in {".parquet", ".csv"}]
    if wrong:
        msg = f"{', '.join(wrong)}: expected a name that ends in .parquet or .csv."
        raise BuildError(msg)
    console = Console(soft_wrap=True)
    targets[0].absolute().parent.mkdir(parents=True, exist_ok=True)
    with (
        words.use(lang),
        tempfile.TemporaryDirectory(dir=targets[0].absolute().parent, prefix=".spill-") as spill,
    ):
        engine = caselog.connect(backend, memory=memory, spill=Path(spill))
        rows = caselog.read(engine, name or log or [], names=_pairs(column, "--column"))
        found = _watched(
            rows,
            period=period,
            until=None if until is None else until.date(),
            approximate=approximate,
        )
        engine.disconnect()
        released = caselog.small(found, fewer_than=5 if suppress else 0)
        _say(console, found)
        if out is not None:
            named = _pairs(platform, "--platform")
            try:
                reports = caselog.reports(released, files=files, people=people, platforms=named)
            except (ValueError, LookupError) as error:
                raise BuildError(str(error)) from error
            caselog.save(_listed(console, reports), out)
        if table is not None:
            caselog.save(caselog.table(released), table)
        for file in targets:
            console.print(words.term("counts.written", file=file), markup=False)


def _watched(
    rows: ir.Table, *, period: Period, until: date | None, approximate: bool
) -> caselog.Counts:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeElapsedColumn(), transient=True) as progress:
        bar = progress.add_task(words.term("counts.counting"), total=None)
        show: Callable[[float | None], None] = lambda share: progress.update(  # noqa: E731
            bar, total=None if share is None else 1, completed=share or 0
        )
        return caselog.counts(rows, period=period, until=until, approximate=approximate, watch=show)


def _say(console: Console, found: caselog.Counts) -> None:
    """Say what became of every row."""
    counted = int(found.files["received"].sum())
    console.print(
        words.term("counts.rows", rows=words.number(found.rows), counted=words.number(counted)),
        markup=False,
    )
    for fault, rows, example in found.faults.itertuples(index=False, name=None):
        text = words.term(f"counts.{fault.replace(' ', '_')}", rows=words.number(rows))
        if isinstance(example, str):
            text += " " + words.term("counts.example", example=ascii(example)[:40])
        console.print(f"  {text}", markup=False)
    if found.approximate:
        console.print(words.term("counts.approximate"), markup=False)


def _listed(console: Console, reports: pd.DataFrame) -> pd.DataFrame:
    """Keep the measures in the years that the catalogue has, and name the others."""
    pairs = reports.groupby(["indicator", "year"]).size().index
    others = [(name, year) for name, year in pairs if year not in indicators.years(name)]
    for name, year in others:
        console.print(words.term("counts.unlisted", name=name, year=year), markup=False)
    taken = ~pd.MultiIndex.from_frame(reports[["indicator", "year"]]).isin(others)
    return reports[taken]


def _pairs(given: Sequence[str] | None, option: str) -> dict[str, str]:
    wrong = [pair for pair in given or [] if "=" not in pair]
    if wrong:
        msg = f"{option} {', '.join(wrong)}: expected NAME=VALUE."
        raise BuildError(msg)
    return dict(pair.split("=", 1) for pair in given or [])

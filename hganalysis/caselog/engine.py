"""Open a log where it lies: files through DuckDB in this process, tables through their engine."""

from __future__ import annotations

import csv
import glob
import gzip
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import ibis.expr.types as ir
    from ibis.backends import BaseBackend

NEEDED = {
    "file": "number of the file, the same wherever it stands",
    "received": "day or time it was handed in; in text YYYY-MM-DD, and a time after it if any",
    "commune": "code of the place that reports",
    "channel": "online or counter",
}
OPTIONAL = {
    "platform": "platform it was handed in on, where there are several",
    "person": "pseudonym of who handed it in",
    "origin": "simulated, where a log is not real",
}
KINDS = (".parquet", ".csv", ".csv.gz")
_LONGEST_LINE = 65_536
# Of what DuckDB says of a line: what is wrong with it, not what stands there.
_TOLD = ("Expected ", "Value with ", "Invalid unicode", "Maximum line size", "file =")
_VALUE = re.compile(r"\b(string|value) (?:'.*'|\".*\")")


class LogError(Exception):
    """A log cannot be counted; the message says where, why, and what to do."""


def connect(backend: str | None = None, *, memory: str = "4GB", spill: Path) -> BaseBackend:
    """
    Connect to an engine.

    Parameters
    ----------
    backend
        Address as Ibis writes it (`postgres://...`, `trino://...`, `bigquery://...`), or none
        for DuckDB in this process.
    memory
        What DuckDB may use, such as `"4GB"`; what does not fit is put on disk. Another engine
        has its own limits.
    spill
        Folder for what does not fit, best an empty one that is thrown away.

    Returns
    -------
    engine
        A backend of Ibis.

    Raises
    ------
    LogError
        If the engine does not answer, or its part of Ibis is not installed.
    """
    try:
        import ibis
    except ImportError:
        msg = 'A log is counted by Ibis, which is not installed: pip install "hganalysis[log]"'
        raise LogError(msg) from None
    try:
        if backend is not None:
            return ibis.connect(backend)
        return ibis.duckdb.connect(
            memory_limit=memory,
            temp_directory=str(spill),
            # Order costs memory, and no count needs it.
            preserve_insertion_order=False,
            # Nothing is fetched while it runs.
            autoinstall_known_extensions=False,
        )
    except Exception as error:  # each engine has errors of its own
        msg = f"The engine cannot be reached: {type(error).__name__}: {said(error)}"
        password = urlsplit(backend or "").password
        raise LogError(msg.replace(password, "***") if password else msg) from None


def open_log(
    engine: BaseBackend, log: str | Sequence[Path], *, names: Mapping[str, str] | None = None
) -> ir.Table:
    """
    Find the log and its columns; nothing is counted yet.

    Parameters
    ----------
    engine
        From `connect`.
    log
        Parquet or CSV files, or folders of them (Parquet partitioned, too); or the name of a
        table of the engine.
    names
        What the columns are called in this log, by what they are called here: `file`,
        `received`, `commune`, `channel`, and where there are any `platform`, `person`, `origin`.

    Returns
    -------
    log
        An Ibis table with these columns; the optional ones are empty where the log has none.

    Raises
    ------
    LogError
        If there are no such files, they cannot be read, their kinds are mixed, or a column is
        missing, named twice, or of a type that is no day.
    """
    import ibis

    names = dict(names or {})
    try:
        table = engine.table(log) if isinstance(log, str) else _files(engine, log)
    except LogError:
        raise
    except Exception as error:
        msg = f"The log cannot be opened: {said(error)}"
        raise LogError(msg) from None  # what it says in full may hold a line of the log
    meanings = NEEDED | OPTIONAL
    called = {name: names.get(name, name) for name in meanings}
    wrong = [f"  {name!r} is none of {', '.join(called)}" for name in names if name not in called]
    wrong += [
        f"  {name}: {meanings[name]} (looked for {column!r})"
        for name, column in called.items()
        if column not in table.columns and (name in NEEDED or name in names)
    ]
    # A column of people that is taken for platforms, too, would let them out.
    wrong += [
        f"  {', '.join(twice)} are one column, {column!r}"
        for column in dict.fromkeys(called.values())
        if len(twice := [name for name, other in called.items() if other == column]) > 1
    ]
    kind = None if called["received"] not in table.columns else table[called["received"]].type()
    if kind is not None and not (kind.is_string() or kind.is_date() or kind.is_timestamp()):
        wrong.append(f"  received: {called['received']!r} holds {kind}, no days, times or text")
    if wrong:
        has = f"It has: {', '.join(table.columns)}."
        do = "Say what the columns are called in this log, such as file=so_ho_so."
        raise LogError("\n".join(["The log lacks what is counted:", *wrong, has, do]))
    return table.select(
        **{
            name: table[column] if column in table.columns else ibis.null("string")
            for name, column in called.items()
        }
    )


def said(error: BaseException) -> str:
    """
    Give what an engine says: never the line of the log, which has a person in it, nor its advice.

    Examples
    --------
    >>> lines = ["CSV Error on Line: 6", "Original Line: F4,p3", "Expected Number of Columns: 6"]
    >>> said(ValueError(chr(10).join(lines)))
    'CSV Error on Line: 6; Expected Number of Columns: 6'
    >>> said(ValueError("Could not convert string 'p3' to INT64"))
    'Could not convert string … to INT64'
    """
    first, *others = str(error).strip().splitlines() or [type(error).__name__]
    told = [line.strip() for line in others if line.strip().startswith(_TOLD)]
    return "; ".join([_VALUE.sub(r"\1 …", first), *told])


def files_of(path: Path) -> list[Path]:
    """List the files of a log in a folder; of a file, itself."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.name.endswith(KINDS))


def _files(engine: BaseBackend, paths: Sequence[Path]) -> ir.Table:
    inside = {path: files_of(path) for path in paths}
    wrong = [f"  {path}: no such file or folder" for path in paths if not path.exists()]
    wrong += [f"  {path}: a folder without a file of a log" for path in paths if not inside[path]]
    found = [file for files in inside.values() for file in files]
    kinds = {next((end for end in KINDS if file.name.endswith(end)), file.name) for file in found}
    if len(kinds) > 1 or kinds - set(KINDS):
        wrong.append(f"  {', '.join(sorted(kinds))}: expected one kind of {', '.join(KINDS)}")
    if wrong or not found:
        raise LogError("\n".join(["The log cannot be opened:", *wrong]))
    # An engine would take the brackets of log[1].csv for a pattern, and read another file.
    names = [glob.escape(str(file)) for file in found]
    if kinds == {".parquet"}:
        return engine.read_parquet(names, union_by_name=True, hive_partitioning=True)
    headers = {file: _header(file) for file in found}
    separator, columns = headers[found[0]]
    unlike = [f"  {file}" for file in found if headers[file] != (separator, columns)]
    if unlike:
        msg = "\n".join([f"The first line of these files is not that of {found[0]}:", *unlike])
        raise LogError(msg)
    # Nothing is guessed: every cell is text first, so that no code loses its zero and no date
    # changes, and a line with a cell too many stops everything.
    return engine.read_csv(
        names,
        columns=dict.fromkeys(columns, "VARCHAR"),
        auto_detect=False,
        delim=separator,
        quote='"',
        escape='"',
        header=True,
    )


def _header(file: Path) -> tuple[str, list[str]]:
    """Read the separator and the names of the columns from the first line of a CSV file."""
    opened = gzip.open if file.name.endswith(".gz") else open
    # What is no UTF-8 is found when it is read in full, and told with its line.
    with opened(file, "rt", encoding="utf-8-sig", errors="replace", newline="") as lines:
        first = lines.readline(_LONGEST_LINE)
    if not first.strip():
        msg = f"The log cannot be opened:\n  {file}: its first line is empty, not names of columns"
        raise LogError(msg)
    separator = max(",;\t", key=first.count)
    return separator, next(csv.reader([first], delimiter=separator), [])

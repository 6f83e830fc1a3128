"""Open a log where it lies: files through DuckDB in this process, tables through their engine."""

from __future__ import annotations

import csv
import glob
import gzip
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from .. import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import ibis.expr.types as ir
    from ibis.backends import BaseBackend

NEEDED = ("file", "received", "commune", "channel")
OPTIONAL = ("platform", "person", "origin")
KINDS = (".parquet", ".csv", ".csv.gz")
# In characters: a longer first line holds no names of columns.
_LONGEST_LINE = 65_536
# Lines of a message of DuckDB that say what is wrong with a line, and do not repeat the line.
_SAFE_LINES = ("Expected ", "Value with ", "Invalid unicode", "Maximum line size", "file =")
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

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     connect(spill=Path(folder)).name
    'duckdb'
    """
    try:
        import ibis
    except ImportError:
        msg = words.term("log_errors.no_ibis", package="hganalysis[log]")
        raise LogError(msg) from None
    try:
        if backend is not None:
            return ibis.connect(backend)
        return ibis.duckdb.connect(
            memory_limit=memory,
            temp_directory=str(spill),
            # order costs memory, and no count needs it
            preserve_insertion_order=False,
            # nothing is downloaded while it runs
            autoinstall_known_extensions=False,
        )
    except Exception as error:  # each engine has errors of its own
        reason = f"{type(error).__name__}: {describe_error(error)}"
        msg = words.term("log_errors.no_engine", reason=reason)
        password = urlsplit(backend or "").password
        if password:
            msg = msg.replace(password, "***")
        raise LogError(msg) from None


def open_log(
    engine: BaseBackend, log: str | Sequence[Path], *, names: Mapping[str, str] | None = None
) -> ir.Table:
    """
    Find the log and its columns, without counting anything.

    Parameters
    ----------
    engine
        From `connect`.
    log
        Parquet or CSV files, or folders of them (Parquet partitioned, too); or the name of a
        table of the engine.
    names
        The name of each column in this log, by its name here: `file`, `received`, `commune`,
        `channel`, and if there are any `platform`, `person`, `origin`.

    Returns
    -------
    log
        An Ibis table with these columns; the optional ones are empty where the log has none.

    Raises
    ------
    LogError
        If there are no such files, they cannot be read, their kinds are mixed, or a column is
        missing, named twice, or of a type that is no day.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> numbers = range(30)
    >>> rows = {"file": [f"F{n}" for n in numbers], "received": "2023-03-01", "commune": "31318",
    ...         "channel": "online", "platform": "A", "person": [f"p{n}" for n in numbers]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pd.DataFrame(rows).to_csv(Path(folder, "log.csv"), index=False)
    ...     log = open_log(connect(spill=Path(folder)), [Path(folder, "log.csv")])
    >>> log.columns
    ('file', 'received', 'commune', 'channel', 'platform', 'person', 'origin')
    """
    import ibis

    names = dict(names or {})
    try:
        if isinstance(log, str):
            table = engine.table(log)
        else:
            table = _read_files(engine, log)
    except LogError:
        raise
    except Exception as error:
        reason = describe_error(error)
        msg = words.term("log_errors.not_opened", reason=reason)
        raise LogError(msg) from None  # what it says in full may hold a line of the log
    columns = {}
    for name in (*NEEDED, *OPTIONAL):
        columns[name] = names.get(name, name)
    faults = _column_faults(table, columns, names)
    if faults:
        lines = "\n".join(faults)
        listed = ", ".join(table.columns)
        msg = words.term("log_errors.columns", faults=lines, columns=listed)
        raise LogError(msg)
    selected = {}
    for name, column in columns.items():
        has_column = column in table.columns
        selected[name] = table[column] if has_column else ibis.null("string")
    return table.select(**selected)


def _column_faults(
    table: ir.Table, columns: Mapping[str, str], names: Mapping[str, str]
) -> list[str]:
    """List what is wrong with the columns of a log: unknown, missing, named twice, or no days."""
    unknown = [name for name in names if name not in columns]
    listed = ", ".join(columns)
    faults = []
    for name in unknown:
        fault = words.term("log_errors.unknown", name=name, columns=listed)
        faults.append(fault)
    for name, column in columns.items():
        is_asked_for = name in NEEDED or name in names
        if is_asked_for and column not in table.columns:
            meaning = words.term(f"log_columns.{name}")
            fault = words.term(
                "log_errors.missing",
                name=name,
                meaning=meaning,
                column=column,
            )
            faults.append(fault)

    faults += _shared_columns(columns)
    received = columns["received"]
    if received in table.columns:
        kind = table[received].type()
        holds_days = kind.is_string() or kind.is_date() or kind.is_timestamp()
        if not holds_days:
            fault = words.term("log_errors.no_days", column=received, kind=kind)
            faults.append(fault)
    return faults


def _shared_columns(columns: Mapping[str, str]) -> Iterator[str]:
    """List the columns with two names: people taken for platforms, too, would be published."""
    for column in dict.fromkeys(columns.values()):
        names = [name for name in columns if columns[name] == column]
        if len(names) > 1:
            listed = ", ".join(names)
            yield words.term("log_errors.one_column", names=listed, column=column)


def describe_error(error: BaseException) -> str:
    """
    Say what an engine found wrong, without the line of the log, which has a person in it.

    Examples
    --------
    >>> lines = ["CSV Error on Line: 6", "Original Line: F4,p3", "Expected Number of Columns: 6"]
    >>> describe_error(ValueError(chr(10).join(lines)))
    'CSV Error on Line: 6; Expected Number of Columns: 6'
    >>> describe_error(ValueError("Could not convert string 'p3' to INT64"))
    'Could not convert string … to INT64'
    """
    first_line, *details = str(error).strip().splitlines() or [type(error).__name__]
    details = [line.strip() for line in details]
    safe_details = [line for line in details if line.startswith(_SAFE_LINES)]
    return "; ".join([_VALUE.sub(r"\1 …", first_line), *safe_details])


def files_of(path: Path) -> list[Path]:
    """List the files of a log in a folder; a file is listed itself."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.name.endswith(KINDS))


def _list_files(paths: Sequence[Path]) -> list[Path]:
    """List the files of a log; refuse what is not there, and files of several kinds."""
    files: list[Path] = []
    faults = []
    for path in paths:
        files_of_path = files_of(path)
        files += files_of_path
        if not path.exists():
            faults.append(words.term("log_errors.no_file", path=path))
        elif not files_of_path:
            faults.append(words.term("log_errors.empty_folder", path=path))
    kinds = {_kind(file) for file in files}
    if len(kinds) > 1 or not kinds <= {*KINDS}:
        listed = ", ".join(sorted(kinds))
        expected = ", ".join(KINDS)
        fault = words.term("log_errors.kinds", kinds=listed, expected=expected)
        faults.append(fault)
    if faults or not files:
        reason = "\n".join(["", *faults])
        msg = words.term("log_errors.not_opened", reason=reason)
        raise LogError(msg)
    return files


def _read_files(engine: BaseBackend, paths: Sequence[Path]) -> ir.Table:
    """Let the engine read files of one kind; all that are CSV begin with the same line."""
    files = _list_files(paths)
    # an engine would take the brackets of log[1].csv for a pattern, and read another file
    names = [glob.escape(str(file)) for file in files]
    if _kind(files[0]) == ".parquet":
        return engine.read_parquet(names, union_by_name=True, hive_partitioning=True)

    header = _read_header(files[0])
    unlike = [f"  {file}" for file in files if _read_header(file) != header]
    if unlike:
        listed = "\n".join(unlike)
        msg = words.term("log_errors.unlike", first=files[0], files=listed)
        raise LogError(msg)

    # every cell is text first, so that no code loses its zero and no date changes, and a line with
    # a cell too many stops everything
    return engine.read_csv(
        names,
        columns=dict.fromkeys(header.columns, "VARCHAR"),
        auto_detect=False,
        delim=header.separator,
        quote='"',
        escape='"',
        header=True,
    )


def _kind(file: Path) -> str:
    """Give the ending of a file of a log; of any other file, its name."""
    for ending in KINDS:
        if file.name.endswith(ending):
            return ending
    return file.name


class _FirstLine(NamedTuple):
    """The first line of a CSV file."""

    separator: str
    columns: list[str]


def _read_header(file: Path) -> _FirstLine:
    """Read the separator and the names of the columns from the first line of a CSV file."""
    open_text = gzip.open if file.name.endswith(".gz") else open
    # bytes that are no UTF-8 are found when the file is read in full, and reported with their line
    with open_text(file, "rt", encoding="utf-8-sig", errors="replace", newline="") as lines:
        first_line = lines.readline(_LONGEST_LINE)
    if not first_line.strip():
        msg = words.term("log_errors.no_header", file=file)
        raise LogError(msg)
    separator = max(",;\t", key=first_line.count)
    columns = next(csv.reader([first_line], delimiter=separator), [])
    return _FirstLine(separator, columns)

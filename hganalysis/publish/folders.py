"""Lend folders to a run, and put its files into their place, over no file of somebody else."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pandas as pd

from .. import words

Row = dict[str, str]
Checksums = Mapping[str, set[str]]
"""By file, the checksums that it had when a build wrote it."""


class BuildError(Exception):
    """A build cannot go on; the message says where, why, and what to do."""


PREFIX = "hganalysis-"


@contextmanager
def temporary(within: Path | None = None) -> Iterator[Path]:
    """
    Lend a folder that nobody else can read, as long as a block runs.

    Those that a process left when it was killed are removed first.

    Parameters
    ----------
    within
        Another one, on whose disk it is to be: made if need be. Else it is where temporary files
        are kept.

    Raises
    ------
    BuildError
        If there is a file of that name.
    """
    if within is not None:
        if within.exists() and not within.is_dir():
            raise BuildError(words.term("build.no_folder", out=within))
        within.mkdir(parents=True, exist_ok=True)
    prefix = f".{PREFIX}" if within else PREFIX
    parent = within or Path(tempfile.gettempdir())
    _remove_abandoned(parent, prefix)
    guarded = tempfile.TemporaryDirectory(prefix=prefix, dir=parent, ignore_cleanup_errors=True)
    # the system frees the lock when this process ends, however it ends
    with guarded as outer, (Path(outer) / LOCK).open("wb") as opened:
        _try_lock(opened)
        folder = Path(outer) / "room"
        folder.mkdir()
        yield folder.absolute()


LOCK = "lock"
"""The file beside a folder that is lent. It is locked as long as its process lives."""
NOT_YET_LOCKED = 1.0
"""Seconds for which a new lock file may be without its lock."""


def _remove_abandoned(parent: Path, prefix: str) -> None:
    """Remove the folders that dead processes left that this user may change."""
    for lock in parent.glob(f"{prefix}*/{LOCK}"):
        outer = lock.parent
        with suppress(OSError):
            is_new = time.time() - lock.stat().st_mtime < NOT_YET_LOCKED
            if is_new or outer.is_symlink():
                continue
            with lock.open("rb+") as opened:
                is_abandoned = _try_lock(opened)
            if is_abandoned:
                shutil.rmtree(outer, ignore_errors=True)


def _try_lock(opened: IO[bytes]) -> bool:
    """Lock a file unless another process has; where a disk locks nothing, nobody can know."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(opened.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


DOCS = "docs"
"""Where `make docs` writes its site, which is nobody's work: it stays, and is not named."""
TABLE = ".hganalysis"
"""The record of a folder, as CSV: what was written there, and what a build says of its figures."""

COLUMNS = ["file", "digests", "sha256", "inputs"]
"""`digests` of the pictures in it; `inputs`, of the data, is the same in every row of a build."""


def rows(out: Path) -> list[Row]:
    """Read the record of a folder; nothing where there is none, or none that can be read."""
    try:
        table = pd.read_csv(out / TABLE, dtype="str", keep_default_na=False)
    except (OSError, ValueError):
        return []
    table = table.reindex(columns=COLUMNS, fill_value="")
    return table[table["file"] != ""].to_dict("records")  # type: ignore[return-value]


def write_rows(out: Path, record: Sequence[Row]) -> Path:
    """Write the record of a folder."""
    text = pd.DataFrame(record, columns=COLUMNS).to_csv(index=False, lineterminator="\n")
    return write_whole(out / TABLE, text.encode())


def write_whole(file: Path, content: bytes) -> Path:
    """Write a file whole or not at all."""
    half = file.with_name(f".{file.name.lstrip('.')}.new")
    half.unlink(missing_ok=True)  # a link that somebody put there leads elsewhere
    with half.open("xb") as opened:
        opened.write(content)
    return half.replace(file)


def checksum(file: Path) -> str:
    """Give the digits that tell whether a file is as it was written."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def require_build(out: Path) -> None:
    """
    Refuse a folder that is somebody's, and no place for a build.

    Raises
    ------
    BuildError
        If it holds files and was filled by no build, or a file of that build was changed since.
    """
    if not out.is_dir():
        return
    record = rows(out)
    full = any(not _is_own(out, path.name) for path in out.iterdir())
    if full and not record:
        raise BuildError(words.term("build.not_built", out=out))
    names = {row["file"] for row in record if _is_inside(out, row["file"])}
    _require_unchanged(out, names, _checksums(record))


def _require_unchanged(out: Path, names: Iterable[str], checksums: Checksums) -> None:
    """Refuse a folder where somebody's work lies at one of these names."""
    files = [name for name in sorted(names) if _is_foreign(out, name, checksums)]
    if files:
        shown = words.join_some(files, more="words.more_files")
        raise BuildError(words.term("build.changed", out=out, files=shown))


def swap(staged: Path, out: Path) -> None:
    """
    Put a whole build in the place of the one before it.

    Parameters
    ----------
    staged
        The build, with its record, on the same disk.
    out
        Where it goes. Only files that the build before wrote, and nobody changed, are removed.

    Raises
    ------
    BuildError
        If somebody's file lies where the build has one; then nothing is put there.
    """
    before = rows(out)
    new = rows(staged)
    checksums = _checksums(before)
    names = {row["file"] for row in new}
    parents = {parent.as_posix() for name in names for parent in Path(name).parents} - {"."}
    # a folder that is there takes what is written into it, but a link leads elsewhere
    paths = {name: out / name for name in parents}
    ready = {name for name, path in paths.items() if path.is_dir() and not path.is_symlink()}
    _require_unchanged(out, (names | parents) - ready, checksums)
    # Whoever is stopped in the middle leaves files of both builds, and both are known.
    write_rows(out, [*before, *new])
    emptied = _remove_former(out, names, checksums)
    _move(staged, names, out)
    for folder in sorted(emptied, reverse=True):
        with suppress(OSError):  # somebody's files are in it
            folder.rmdir()
    write_rows(out, new)


def _remove_former(out: Path, names: set[str], checksums: Checksums) -> set[Path]:
    """Remove what only the build before wrote, and list the folders that it was in."""
    emptied: set[Path] = set()
    for name in checksums.keys() - names:
        path = out / name
        if os.path.lexists(path) and not _is_foreign(out, name, checksums):
            path.unlink()
            emptied |= {parent for parent in path.parents if out in parent.parents}
    return emptied


@contextmanager
def new_file(target: Path, *, force: bool = False) -> Iterator[Path]:
    """
    Make a file beside its place, and put it there when it is whole.

    Parameters
    ----------
    target
        The file.
    force
        Whether to write over a file that is there.

    Returns
    -------
    file
        Where to write instead. What else is written beside it goes along; folders do not.

    Raises
    ------
    BuildError
        If a file is in the way. It is left as it is.
    """
    target = target.absolute()
    out = target.parent
    _require_free([target], force=force)
    with temporary(out) as room:
        yield room / target.name
        names = [path.name for path in room.iterdir() if path.is_file()]
        _require_free([out / name for name in names], force=force)
        _move(room, names, out)


def _move(staged: Path, names: Iterable[str], out: Path) -> None:
    for name in sorted(names):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (staged / name).replace(out / name)


def _require_free(files: Sequence[Path], *, force: bool) -> None:
    taken = [str(file) for file in files if os.path.lexists(file)]
    if taken and not force:
        raise BuildError(words.term("build.taken", files=", ".join(taken)))


def _checksums(record: Sequence[Row]) -> dict[str, set[str]]:
    checksums: dict[str, set[str]] = {}
    for row in record:
        checksums.setdefault(row["file"], set()).add(row["sha256"])
    return checksums


def _is_foreign(out: Path, name: str, checksums: Checksums) -> bool:
    """Say whether something lies there that was not written here, as it is now."""
    file = out / name
    if not os.path.lexists(file):
        return False
    is_recorded = name in checksums and _is_inside(out, name)
    if not is_recorded or not file.is_file() or file.is_symlink():
        return True
    return checksum(file) not in checksums[name]


def _is_inside(out: Path, name: str) -> bool:
    """Say whether a file of a record lies in its folder: anybody can write a record."""
    return (out / name).resolve().is_relative_to(out.resolve())


def _is_own(out: Path, name: str) -> bool:
    """Say whether a file is of the record, of a room that is lent, or of the documentation."""
    first = name.split("/", 1)[0]
    site = first == DOCS and (out / DOCS / "objects.inv").is_file()  # which Sphinx writes
    return site or first.startswith((TABLE, f".{PREFIX}"))

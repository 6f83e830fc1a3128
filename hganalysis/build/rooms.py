"""Lend a folder to one run of a command: no other writes there, and nothing of it stays behind."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .. import words
from .fault import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "hganalysis-"
INSIDE, ELSEWHERE = "in", "elsewhere"
LOCK = ".in-use"
"""A file that is locked as long as a room is lent: the system frees it however a run ends."""

# Some disks of networks lock nothing: there a run works on without, and nothing is swept.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP)


@contextmanager
def temporary() -> Iterator[Path]:
    """
    Lend a folder that nobody else can read.

    Returns
    -------
    folder
        A new one where temporary files are kept.
    """
    parent = _temp()
    lock = None
    while lock is None:  # another run that sweeps may be faster
        room = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = _take(room, os.O_CREAT)
    with _held(room, lock) as folder:
        yield folder


@contextmanager
def beside(out: Path, name: str) -> Iterator[Path]:
    """
    Lend a folder within another one, on the same disk, for what is to be moved there when whole.

    Parameters
    ----------
    out
        The folder; made if need be, and taken away again if nothing came into it.
    name
        Of what is made: one run makes it at a time.

    Raises
    ------
    BuildError
        If another run makes the same, or `out` is no folder.
    """
    if out.exists() and not out.is_dir():
        raise BuildError(words.term("build.no_folder", out=out))
    new = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    _sweep(out)
    room = out / f".{PREFIX}{name}"
    try:
        with temporary() as note:
            # Whoever sweeps up after this run looks there as well.
            (note / ELSEWHERE).write_text(str(out.absolute()), encoding="utf-8")
            with suppress(FileExistsError):
                room.mkdir(mode=0o700)
            lock = None if room.is_symlink() else _take(room, os.O_CREAT)
            if lock is None:
                raise BuildError(words.term("build.busy", out=out))
            with _held(room, lock) as folder:
                yield folder
    finally:
        if new:
            with suppress(OSError):
                out.rmdir()


def sweep() -> None:
    """Remove what runs left that were killed: rooms that nobody holds any more."""
    _sweep(_temp())


def _temp() -> Path:
    return Path(tempfile.gettempdir()).absolute()


def _sweep(parent: Path) -> None:
    for room in [*parent.glob(f"{PREFIX}*"), *parent.glob(f".{PREFIX}*")]:
        with suppress(OSError, ValueError):
            if room.is_symlink() or not room.is_dir() or not _is_mine(room):
                continue
            lock = _take(room, 0)
            if lock is None:
                continue
            note = room / INSIDE / ELSEWHERE
            other = note.read_text(encoding="utf-8") if note.is_file() else ""
            _clear(room, lock)
            if other:
                _sweep(Path(other))


@contextmanager
def _held(room: Path, lock: int) -> Iterator[Path]:
    folder = room / INSIDE
    try:
        folder.mkdir()
        yield folder
    finally:
        _clear(room, lock)


def _clear(room: Path, lock: int) -> None:
    """Empty a room while it is locked, then open and remove it."""
    for part in room.iterdir():
        if part.is_dir() and not part.is_symlink():
            shutil.rmtree(part, ignore_errors=True)
        elif part.name != LOCK:
            part.unlink(missing_ok=True)
    os.close(lock)
    with suppress(OSError):
        (room / LOCK).unlink(missing_ok=True)
        room.rmdir()


def _take(room: Path, flags: int) -> int | None:
    """Lock a room: the open file, or nothing where another run has it or it is gone."""
    file = room / LOCK
    try:
        opened = os.open(file, os.O_RDWR | flags, 0o600)
    except OSError:
        return None
    try:
        _lock(opened)
        # Its last run may have removed it in between: then what is locked is no file any more.
        if os.path.samestat(file.stat(), os.fstat(opened)):
            return opened
    except OSError as error:
        if flags and error.errno in _NO_LOCKS:
            return opened
    os.close(opened)
    return None


def _lock(opened: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(opened, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_mine(room: Path) -> bool:
    return sys.platform == "win32" or room.stat().st_uid == os.getuid()

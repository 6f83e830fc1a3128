"""Find a folder of data, read its register, and refuse a file of which a byte has changed."""

from __future__ import annotations

import csv
import hashlib
import os
from pathlib import Path

from ..wording import write_refusal
from .described import FILE

PACKAGE = Path(__file__).parents[1]
# Inside a wheel the data lie in the package, in a checkout beside it.
DATA = PACKAGE / "data" if (PACKAGE / "data").is_dir() else PACKAGE.parent / "data"
SOURCES = "sources.csv"
STUDIES = "studies"
"""The folder below `DATA` in which each further study has a folder."""


def find(name: Path | str) -> Path:
    """
    Find a study by its name or its path.

    Parameters
    ----------
    name
        A text without a slash is the name of a shipped study, or of a file or folder where the
        program runs; anything else is a path.

    Raises
    ------
    FileNotFoundError
        If nothing has that name, with the names of the shipped studies.

    Examples
    --------
    >>> find("kenya_2019").name, find("mine/study.toml").name
    ('kenya_2019', 'study.toml')
    """
    path = Path(name)
    if isinstance(name, Path) or path.name != name:
        return path
    folders = [folder for folder in (DATA / STUDIES).iterdir() if folder.is_dir()]
    shipped = sorted(folder.name for folder in folders)
    if name in shipped:
        return DATA / STUDIES / name
    if not path.exists():
        listed = ", ".join(shipped)
        refusal = write_refusal("study_errors.unknown", name=name, names=listed, file=FILE)
        raise FileNotFoundError(refusal)
    return path


def register(folder: Path) -> dict[str, dict[str, str]]:
    """
    Read the card of each file in a folder, by its name.

    Raises
    ------
    FileNotFoundError
        If the folder has no `sources.csv`.
    """
    if not (folder / SOURCES).is_file():
        refusal = write_refusal("study_errors.no_register", folder=folder, sources=SOURCES)
        raise FileNotFoundError(refusal)
    with (folder / SOURCES).open(encoding="utf-8", newline="") as file:
        return {card["file"]: card for card in csv.DictReader(file)}


def read_stamp(path: str) -> tuple[int, int] | None:
    """Say when a file was written and how large it is; none if it is gone."""
    try:
        status = os.stat(path)  # noqa: PTH116 - asked for each label; a Path takes thrice as long
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size)


def require_unchanged(folder: Path, name: str, expected: str) -> Path:
    """Give the path of a file, and refuse it if its checksum is not the expected one."""
    file = folder / name
    checksum = None
    if file.is_file():
        checksum = hashlib.sha256(file.read_bytes()).hexdigest()
    if checksum != expected:
        blanks = {
            "file": file,
            "expected": expected,
            "checksum": checksum or write_refusal("study_errors.no_file"),
            "sources": SOURCES,
        }
        raise ValueError(write_refusal("study_errors.changed", **blanks))
    return file

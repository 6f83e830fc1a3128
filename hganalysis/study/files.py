"""Open the files of a folder of data, each with its card and its checksum."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
# Inside a wheel the data lie in the package, in a checkout beside it.
DATA = PACKAGE / "data" if (PACKAGE / "data").is_dir() else PACKAGE.parent / "data"
REGISTER = "sources.csv"


def register(folder: Path) -> dict[str, dict[str, str]]:
    """
    Read the card of each file in a folder, by its name.

    Raises
    ------
    FileNotFoundError
        If the folder has no `sources.csv`.
    """
    if not (folder / REGISTER).is_file():
        msg = f"{folder} holds no data of yours: it has no {REGISTER}. hganalysis build makes one."
        raise FileNotFoundError(msg)
    with (folder / REGISTER).open(encoding="utf-8", newline="") as file:
        return {card["file"]: card for card in csv.DictReader(file)}


def checked(folder: Path, name: str, expected: str, *, own: bool = False) -> Path:
    """Find a file, and refuse it unless it is, byte for byte, the one that its card describes."""
    file = folder / name
    found = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "no file"
    if found != expected:
        msg = (
            f"data/{name} is not the file that data/{REGISTER} describes:\n"
            f"  expected sha256 {expected}\n"
            f"  found    sha256 {found}\n"
            f"Restore it with `git checkout -- data/{name}`. If the change is meant, describe it\n"
            f"in data/README.md and put the new checksum into data/{REGISTER}."
            if not own
            else f"{file} was changed since it was checked:\n"
            f"  expected sha256 {expected}\n"
            f"  found    sha256 {found}\n"
            "Correct your own workbook instead, and run hganalysis build again."
        )
        raise ValueError(msg)
    return file

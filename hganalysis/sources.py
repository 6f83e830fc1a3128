"""Open the data files, and stop if a byte of them has changed."""

import csv
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
# Inside a wheel the data lie in the package, in a checkout beside it.
DATA = PACKAGE / "data" if (PACKAGE / "data").is_dir() else PACKAGE.parent / "data"


@cache
def cards() -> dict[str, dict[str, str]]:
    """Read `data/sources.csv`: one card for each data file, by its name."""
    with (DATA / "sources.csv").open(encoding="utf-8", newline="") as file:
        return {card["file"]: card for card in csv.DictReader(file)}


def path(name: str) -> Path:
    """
    Find a data file and check that it is, byte for byte, the one that was described.

    Parameters
    ----------
    name
        Path below `data/`, such as `"places/communes.csv"`.

    Raises
    ------
    LookupError
        If `data/sources.csv` has no such file.
    ValueError
        If the file is missing or its checksum differs.
    """
    if name not in cards():
        msg = f"{name!r} is not in data/sources.csv. Known files: {', '.join(sorted(cards()))}."
        raise LookupError(msg)
    file = DATA / name
    expected = cards()[name]["sha256"]
    found = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "no file"
    if found != expected:
        msg = (
            f"data/{name} is not the file that data/sources.csv describes:\n"
            f"  expected sha256 {expected}\n"
            f"  found    sha256 {found}\n"
            f"Restore it with `git checkout -- data/{name}`. If the change is meant, describe it\n"
            "in data/README.md and put the new checksum into data/sources.csv."
        )
        raise ValueError(msg)
    return file


def text(name: str) -> str:
    """Read a checked data file as UTF-8 text."""
    return path(name).read_text(encoding="utf-8")

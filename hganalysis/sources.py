"""Open the data files, and stop if a byte of them has changed: the shipped ones, or your own."""

import csv
import hashlib
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, Literal

from . import study

PACKAGE = Path(__file__).parent
# Inside a wheel the data lie in the package, in a checkout beside it.
DATA = PACKAGE / "data" if (PACKAGE / "data").is_dir() else PACKAGE.parent / "data"

# What speaks of the shipped province only: another list of places takes all of it away, and one's
# own reports take away the simulated ones. Nothing of one province is ever mixed with another's.
OF_THE_PROVINCE = ("places/", "census/", "published/", "demo/")
SIMULATED = ("demo/",)
LIST, REPORTS = "places/communes.csv", "reports/reports.csv"
LEVEL = "places/level.txt"
"""Says that there is one level of places below the province only, and which of the two it is."""
RESIDENTS = "reports/residents.csv"


def use(folder: Path | None) -> ExitStack:
    """
    Take files from a folder of one's own first, and from the package what that folder has not.

    Parameters
    ----------
    folder
        Laid out as `data/`, with its own `sources.csv`: what `build.own` writes. `None` goes back
        to the shipped data alone.

    Returns
    -------
    previous
        May be ignored; as a context manager it restores the folder that was in use.

    Raises
    ------
    FileNotFoundError
        If the folder has no `sources.csv`.
    """
    if folder is not None and not (folder / "sources.csv").is_file():
        msg = f"{folder} holds no data of yours: it has no sources.csv. hganalysis build makes one."
        raise FileNotFoundError(msg)
    for remembered in (_cards, _register):  # a folder may have been written anew
        remembered.cache_clear()
    return study.use(folder=folder, **_said(folder))


def own() -> Path | None:
    """Name the folder of one's own data, if one is in use."""
    return study.current().folder


def one_level() -> Literal["district", "commune"] | None:
    """Name the one level of places that there is below the province: none where there are two."""
    return study.current().level


def _said(folder: Path | None) -> dict[str, Any]:
    """Read what a folder of one's own says of its places, for `study.use`."""
    brought = {} if folder is None else _register(folder)
    if folder is None or LEVEL not in brought:
        return {"level": None, "own_list": LIST in brought}
    named = _checked(folder, LEVEL, brought[LEVEL]["sha256"]).read_text(encoding="utf-8").strip()
    return {
        "level": "district" if named == "district" else "commune",
        "own_list": LIST in brought,
    }


def cards() -> dict[str, dict[str, str]]:
    """
    Read one card for each data file in use, by its name.

    With a folder of one's own, its files win. Where it brings a list of places, nothing that
    speaks of the shipped province is left; where it brings reports, nothing simulated is.
    """
    return _cards(own())


@cache
def _cards(folder: Path | None) -> dict[str, dict[str, str]]:
    shipped = _register(DATA)
    if folder is None:
        return shipped
    brought = _register(folder)
    gone = OF_THE_PROVINCE if LIST in brought else SIMULATED if REPORTS in brought else ()
    return {name: card for name, card in shipped.items() if not name.startswith(gone)} | brought


def has(name: str) -> bool:
    """Say whether there is such a file among the data in use."""
    return name in cards()


def is_own(name: str) -> bool:
    """Say whether a file is one's own and not the shipped one."""
    folder = own()
    return folder is not None and name in _register(folder)


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
        If `sources.csv` has no such file, or the data in use leave it out.
    ValueError
        If the file is missing or its checksum differs.
    """
    if name not in cards():
        known = f"Known files: {', '.join(sorted(cards()))}."
        if name in _register(DATA):
            msg = f"{name!r} is of the shipped province, and your own data are in use. {known}"
        else:
            msg = f"{name!r} is not in data/sources.csv. {known}"
        raise LookupError(msg)
    folder = own()
    return _checked(
        folder if folder is not None and is_own(name) else DATA, name, cards()[name]["sha256"]
    )


def _checked(folder: Path, name: str, expected: str) -> Path:
    file = folder / name
    found = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "no file"
    if found != expected:
        msg = (
            f"data/{name} is not the file that data/sources.csv describes:\n"
            f"  expected sha256 {expected}\n"
            f"  found    sha256 {found}\n"
            f"Restore it with `git checkout -- data/{name}`. If the change is meant, describe it\n"
            "in data/README.md and put the new checksum into data/sources.csv."
            if folder is DATA
            else f"{file} was changed since it was checked:\n"
            f"  expected sha256 {expected}\n"
            f"  found    sha256 {found}\n"
            "Correct your own workbook instead, and run hganalysis build again."
        )
        raise ValueError(msg)
    return file


def text(name: str) -> str:
    """Read a checked data file as UTF-8 text."""
    return path(name).read_text(encoding="utf-8")


@cache
def _register(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "sources.csv").open(encoding="utf-8", newline="") as file:
        return {card["file"]: card for card in csv.DictReader(file)}


# A process that is started for a study knows of its folder from the environment.
if (_named := own()) is not None and (_named / "sources.csv").is_file():
    study.use(**_said(_named))

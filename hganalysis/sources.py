"""Open the data files, and stop if a byte of them has changed: the shipped ones, or your own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from . import study
from .study import DATA as DATA
from .study import PACKAGE as PACKAGE
from .study import Study, require_unchanged

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

LIST, REPORTS = study.LIST, study.REPORTS
RESIDENTS = "reports/residents.csv"

SIMULATED = "simulated"
"""What the card of a file says if its numbers are invented."""
READ_SIMULATED = "HGANALYSIS_READ_SIMULATED"
"""The variable of the environment that names a file: a kernel makes it when it reads simulated
numbers."""


def use(folder: Path | None) -> ExitStack:
    """
    Take files from a folder of one's own, and those that it lacks from the package.

    The language in use stays; `Study.use` changes that, too.

    Parameters
    ----------
    folder
        Laid out as `data/`, with its own `sources.csv`, as `publish.own` writes it. `None` goes
        back to the shipped data alone.

    Returns
    -------
    previous
        May be ignored; as a context manager it restores the folder that was in use.

    Raises
    ------
    FileNotFoundError, ValueError
        As of `Study.open`.
    """
    opened = Study.open(folder)
    parts = ("folder", "written", "cards", "own")
    return study.use(**{name: getattr(opened, name) for name in parts})


def own() -> Path | None:
    """Name the folder of one's own data, if one is in use."""
    return study.current().folder


def cards() -> Mapping[str, Mapping[str, str]]:
    """
    Read one card for each data file in use, by its name.

    Files of a folder of one's own replace shipped files. If it has a list of places, all files
    about the shipped province are left out; if it has reports, all simulated files are.
    """
    return study.current().cards


def has(name: str) -> bool:
    """Say whether there is such a file among the data in use."""
    return name in cards()


def is_own(name: str) -> bool:
    """Say whether a file is of one's own folder, and not shipped."""
    return name in study.current().own


def path(name: str) -> Path:
    """
    Find a data file, and check that it is byte for byte the file that was described.

    If its numbers are simulated and a build runs, a file tells the build, and its page says so.

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
        msg = f"{name!r} is not in data/sources.csv."
        if name in study.register(DATA):
            msg = f"{name!r} is of the shipped province, and your own data are in use."
        msg += f" Known files: {', '.join(sorted(cards()))}."
        raise LookupError(msg)
    card = cards()[name]
    signal = os.environ.get(READ_SIMULATED)
    if signal and card.get("real_or_invented") == SIMULATED:
        Path(signal).touch()
    folder = own() if is_own(name) else None
    return require_unchanged(folder or DATA, name, card["sha256"])


def text(name: str) -> str:
    """Read a checked data file as UTF-8 text."""
    return path(name).read_text(encoding="utf-8")

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
"""What the card of a file says whose numbers are invented."""
READ_SIMULATED = "HGANALYSIS_READ_SIMULATED"
"""The variable that names the file which a kernel makes when it reads simulated numbers."""


def use(folder: Path | None) -> ExitStack:
    """
    Take files from a folder of one's own first, and from the package what that folder has not.

    The language in use stays, whatever the one of the study: `Study.use` takes that, too.

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

    With a folder of one's own, its files win. Where it brings a list of places, nothing that
    speaks of the shipped province is left; where it brings reports, nothing simulated is.
    """
    return study.current().cards


def has(name: str) -> bool:
    """Say whether there is such a file among the data in use."""
    return name in cards()


def is_own(name: str) -> bool:
    """Say whether a file is one's own and not the shipped one."""
    return name in study.current().own


def path(name: str) -> Path:
    """
    Find a data file and check that it is, byte for byte, the one that was described.

    If its numbers are simulated, a build that runs is told: its page then says so.

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
        if name in study.register(DATA):
            msg = f"{name!r} is of the shipped province, and your own data are in use. {known}"
        else:
            msg = f"{name!r} is not in data/sources.csv. {known}"
        raise LookupError(msg)
    signal = os.environ.get(READ_SIMULATED)
    if signal and cards()[name].get("real_or_invented") == SIMULATED:
        Path(signal).touch()
    folder = (is_own(name) and own()) or DATA
    return require_unchanged(folder, name, cards()[name]["sha256"])


def text(name: str) -> str:
    """Read a checked data file as UTF-8 text."""
    return path(name).read_text(encoding="utf-8")

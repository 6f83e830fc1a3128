"""Hold what is studied and how it is told: one setting for all, which a kernel inherits."""

from __future__ import annotations

import os
from contextlib import ExitStack
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER, LANGUAGE, FEWER_THAN = "HGANALYSIS_DATA", "HGANALYSIS_LANG", "HGANALYSIS_SUPPRESS"
"""Variables of the environment: a folder of one's own data, the language, the threshold."""


@dataclass(frozen=True)
class Frame:
    """A frame of one's own, asked about in the words of its columns."""

    count: str
    out_of: str
    """The column that the counts are out of."""
    cluster: str
    """The column of the clusters, or of the places."""
    exposure: str = ""
    listed: bool = False
    """Whether its places are codes of the list in use; else they are names as they stand."""
    measure: Mapping[str, Any] | None = None
    """What a catalogue would say of its count, where that is no measure of the catalogue in use."""

    @property
    def name(self) -> str:
        """What its measure is called: no name of the catalogue is."""
        return f"{self.count} / {self.out_of}"

    @property
    def blanks(self) -> dict[str, str]:
        """What texts call its columns."""
        return {
            "own_count": self.count,
            "own_out_of": self.out_of,
            "own_cluster": self.cluster,
            "own_exposure": self.exposure,
        }


@dataclass(frozen=True)
class Study:
    """What is studied, and how it is told."""

    folder: Path | None = None
    """Of one's own data; none: those of the shipped province."""
    level: Literal["district", "commune"] | None = None
    """Of the places below the province, where there is one level only."""
    own_list: bool = False
    """Whether the list of places is the user's own: then it is no census."""
    province: str | None = None
    """Code of the one that is spoken of, where the list has several."""
    language: str = "vi"
    fewer_than: int | None = None
    """Counts below it are hidden; none: that of the environment, else five."""
    frame: Frame | None = None
    """Of one's own, while something is said or drawn of it."""


_IN_USE: ContextVar[Study] = ContextVar("study")


def current() -> Study:
    """Give the study in use; at the start of a process, that of its environment."""
    found = _IN_USE.get(None)
    if found is None:
        folder = os.environ.get(FOLDER)
        found = Study(Path(folder) if folder else None, language=os.environ.get(LANGUAGE, "vi"))
        _IN_USE.set(found)
    return found


def use(**changes: Any) -> ExitStack:  # noqa: ANN401
    """
    Change a part of the study in use, for everything that follows.

    Parameters
    ----------
    **changes
        Fields of `Study`.

    Returns
    -------
    previous
        May be ignored; as a context manager it restores those fields, and no other.
    """
    before = current()
    restore = ExitStack()
    restore.callback(use, **{name: getattr(before, name) for name in changes})
    _IN_USE.set(replace(before, **changes))
    return restore


def environment() -> dict[str, str]:
    """Name the study in use to a process that is started: its folder, language and threshold."""
    found = current()
    named = {FOLDER: str(found.folder or ""), LANGUAGE: found.language}
    return named if found.fewer_than is None else {**named, FEWER_THAN: str(found.fewer_than)}

"""Keep what a notebook made, pictures and tables, where the outputs are."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

import pandas as pd

from .. import escaping, places, suppress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OUT = "HGANALYSIS_OUT"
"""The variable that names the folder of the outputs; only a build sets it."""

FIGURES, TABLES = "figures", "tables"


@runtime_checkable
class Kept(Protocol):
    """What knows which files are kept of it."""

    def files(self, name: str) -> Iterator[tuple[str, Callable[[Path], object]]]:
        """Name each file that is kept under a name, with what writes it."""


Thing = TypeVar("Thing", bound="Kept | pd.DataFrame")


def keep(thing: Thing, name: str) -> Thing:
    """
    Write a picture, an answer or a table to the outputs while they are built, and give it back.

    Outside of a build nothing is written, so the same cell runs anywhere.

    Parameters
    ----------
    thing
        A picture becomes `figures/NAME-slide.png`, `-page` and `-column`, each as SVG too, and a
        sheet of the workbook; an answer its picture and its table; a frame a sheet.
    name
        Small letters a to z, digits and hyphens; once in a build.

    Raises
    ------
    TypeError
        If it is none of these.
    ValueError
        If the name has other characters, or was taken by something that was kept before; if a
        frame holds small counts that nobody hid.

    Examples
    --------
    >>> keep(pd.DataFrame({"teams": [525]}), "teams")
       teams
    0    525
    """
    if not isinstance(thing, (Kept, pd.DataFrame)):
        msg = f"cannot keep a {type(thing).__name__}; a picture, an answer or a frame can be kept."
        raise TypeError(msg)
    if not re.fullmatch(r"[a-z0-9-]+", name):
        msg = f"{name!r} is no name to keep: use small letters a to z, digits and hyphens only."
        raise ValueError(msg)
    if isinstance(thing, pd.DataFrame):
        suppress.refuse_small(thing)
    if out := os.environ.get(OUT):
        for file, save in _files(thing, name):
            save(_new(Path(out) / file))
    return thing


def _files(thing: Kept | pd.DataFrame, name: str) -> Iterator[tuple[str, Callable[[Path], object]]]:
    if isinstance(thing, pd.DataFrame):
        content = csv(thing)
        yield f"{TABLES}/{name}.csv", lambda file: file.write_bytes(content)
    else:
        yield from thing.files(name)


def _new(file: Path) -> Path:
    """Make room for a file, and refuse one that is there already."""
    if file.exists():
        msg = f"{file.stem!r} was kept before in this build ({file.name}): give this another name."
        raise ValueError(msg)
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def csv(frame: pd.DataFrame) -> bytes:
    """
    Write a frame as text that a spreadsheet reads and does not run.

    Parameters
    ----------
    frame
        Any frame; its index is written if it has a name, outlines are left out. Behind the codes
        of places stand their names, in the language in use.

    Returns
    -------
    text
        UTF-8 with byte order mark, lines that end with LF, numbers to twelve digits.
    """
    flat = pd.DataFrame(frame).reset_index() if any(frame.index.names) else pd.DataFrame(frame)
    plain = flat[[column for column in flat if str(flat[column].dtype) != "geometry"]].copy()
    if "code" in plain and "name" not in plain:
        plain.insert(list(plain).index("code") + 1, "name", plain["code"].map(_called))
    # The last of 17 digits is not the same on every processor, and means nothing.
    return escaping.csv(plain, digits="%.12g").encode("utf-8-sig")


def _called(code: object) -> str:
    """Name a place; nothing where a frame of somebody's own has other codes."""
    try:
        return places.name(str(code))
    except LookupError:
        return ""

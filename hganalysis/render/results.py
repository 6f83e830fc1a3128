"""Keep what a notebook made: pictures, web maps and tables, where the outputs are."""

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

FIGURES, WEB, TABLES = "figures", "web", "tables"


@runtime_checkable
class Drawn(Protocol):
    """A picture, an album or a web map: it knows which files are kept of it."""

    def files(self, name: str) -> Iterator[tuple[str, Callable[[Path], object]]]:
        """Name each file that is kept under a name, with what writes it."""


Thing = TypeVar("Thing", bound="Drawn | pd.DataFrame")


def keep(thing: Thing, name: str) -> Thing:
    """
    Write a picture, a web map or a table to the outputs while they are built, and give it back.

    Outside of a build nothing is written, so the same cell runs anywhere.

    Parameters
    ----------
    thing
        A picture becomes `figures/NAME.png` (1920 x 1080) and `figures/NAME.svg`, and each map
        in it a page, `web/NAME.html` (`NAME-1.html` and so on where there are several); the
        second picture of an album `figures/NAME-2.png` and so on; a web map
        `web/NAME.html`, a frame `tables/NAME.csv`: UTF-8 with a mark by which Excel knows it,
        numbers to twelve digits, outlines left out, and an apostrophe before a text that a
        spreadsheet would run as a formula.
    name
        Small letters a to z, digits and hyphens; once in a build.

    Returns
    -------
    thing
        The same, so that a cell that ends with it shows it.

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
    if not isinstance(thing, (Drawn, pd.DataFrame)):
        msg = f"cannot keep a {type(thing).__name__}; a picture, a web map or a frame can be kept."
        raise TypeError(msg)
    if not re.fullmatch(r"[a-z0-9-]+", name):
        msg = f"{name!r} is no name to keep: use small letters a to z, digits and hyphens only."
        raise ValueError(msg)
    if isinstance(thing, pd.DataFrame):
        suppress.refuse_small(thing)
    if out := os.environ.get(OUT):
        _write(thing, Path(out), name)
    return thing


def _write(thing: Drawn | pd.DataFrame, out: Path, name: str) -> None:
    if isinstance(thing, pd.DataFrame):
        _new(out / TABLES / f"{name}.csv").write_bytes(csv(thing))
    else:
        for file, save in thing.files(name):
            save(_new(out / file))


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
        UTF-8 with byte order mark, lines that end with LF.
    """
    flat = pd.DataFrame(frame).reset_index() if any(frame.index.names) else pd.DataFrame(frame)
    plain = flat[[column for column in flat if str(flat[column].dtype) != "geometry"]].copy()
    for column, name in (("code", "name"), ("left_out", "left_out_name")):
        heads = [str(one) for one in plain]
        if heads.count(column) == 1 and not any(one.startswith(name) for one in heads):
            names = plain[column].map(_called)
            if (names != "").any():
                plain.insert(heads.index(column) + 1, name, names)
    # The last of 17 digits is not the same on every processor, and means nothing.
    return escaping.csv(plain, digits="%.12g").encode("utf-8-sig")


def _called(code: object) -> str:
    """Name a place; nothing where a frame of somebody's own has other codes."""
    try:
        return places.name(str(code))
    except LookupError:
        return ""

"""A picture is drawn when it is shown, saved or kept, and not before; and so is an answer."""

from __future__ import annotations

import io
import json
import os
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import pandas as pd

from .. import escaping, places, suppress

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

    from ..figure import Figure
    from .web import WebMap

OUT = "HGANALYSIS_OUT"
"""The variable that names the folder of the outputs; only a build sets it."""

FIGURES, TABLES = "figures", "tables"

WALL = 338.67
"""Width of a slide of 16:9, in millimetres: 1920 pixels at 144 an inch."""

WIDTHS = {"slide": WALL, "page": 170, "column": 85}
"""What is kept of a picture, in millimetres."""

KINDS = ("png", "svg", "pdf")

ABOUT = ("title", "subtitle", "source", "alt", "banner", "digest")
"""What is kept beside the files of a picture, for a page that shows them."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure that a notebook shows; it is saved for a page, put on a slide or on the web."""

    figure: Figure

    def save(self, file: str | Path, *, width: float = WALL) -> Path:
        """
        Write .png, .svg or .pdf.

        Parameters
        ----------
        file
            Its end says which of these.
        width
            Millimetres on paper, from 65: 338.67 is a slide, 170 a page, 85 a column.

        Raises
        ------
        ValueError
            If the end of the file is another, or the width is none that can be.
        """
        from . import page

        file = Path(file)
        if file.suffix[1:] not in KINDS:
            msg = f"{file.name} is none of {', '.join(KINDS)}; of a map, .web().save('x.html')."
            raise ValueError(msg)
        file.write_bytes(page.draw(self.figure, width=width, kind=file.suffix[1:]))
        return file

    def web(self) -> WebMap:
        """Give the map as a folium map that opens offline; add to it, or `.save("x.html")`."""
        from . import web

        return web.WebMap(self.figure)

    def slide(self, deck: Presentation) -> Slide:
        """Add a slide to a deck of python-pptx."""
        from . import slide

        return slide.add(self.figure, deck)

    def keep(self, name: str) -> Self:
        """Keep it, and its table, among the outputs while they are built: see `hg.keep`."""
        return keep(self, name)

    def __repr__(self) -> str:
        """Say what it shows: a strict comparison of notebooks sees other data, classes, words."""
        return f"{self.figure.title} [{len(self.figure.table)}, {self.figure.digest}]"

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        # A committed notebook stays a third as large with 256 colours.
        from PIL import Image

        from . import page

        drawn, buffer = page.draw(self.figure, width=WALL, kind="png", dots=86), io.BytesIO()
        whole = Image.open(io.BytesIO(drawn)).convert("RGB")
        whole.quantize(256, dither=Image.Dither.NONE).save(buffer, format="png")
        return buffer.getvalue(), {"alt": self.figure.alt}


class Shown:
    """An answer: printed it is a sentence, and it has a `table` and a `picture()`."""

    @property
    def table(self) -> pd.DataFrame:
        """All of its numbers."""
        raise NotImplementedError

    def picture(self) -> Picture | None:
        """Draw it; None where there is nothing to draw."""
        raise NotImplementedError

    def keep(self, name: str) -> Self:
        """Keep its picture and its table among the outputs while they are built: see `hg.keep`."""
        return keep(self, name)

    def __repr__(self) -> str:
        return str(self)

    def _ipython_display_(self) -> None:
        """Display the sentence, and below it the picture if there is one."""
        from IPython.display import display

        said = str(self)
        style = "font-size:1.1em;line-height:1.5;max-width:46em"
        shown = {"text/plain": said, "text/html": f'<p style="{style}">{escape(said)}</p>'}
        display(shown, raw=True)  # type: ignore[no-untyped-call]
        if picture := self.picture():
            display(picture)  # type: ignore[no-untyped-call]


Thing = TypeVar("Thing", bound="Picture | Shown | pd.DataFrame")


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
    if not isinstance(thing, (Picture, Shown, pd.DataFrame)):
        msg = f"cannot keep a {type(thing).__name__}; a picture, an answer or a frame can be kept."
        raise TypeError(msg)
    if not re.fullmatch(r"[a-z0-9-]+", name):
        msg = f"{name!r} is no name to keep: use small letters a to z, digits and hyphens only."
        raise ValueError(msg)
    if isinstance(thing, pd.DataFrame):
        suppress.refuse_small(thing)
    if out := os.environ.get(OUT):
        _write(thing, name, Path(out))
    return thing


def _write(thing: Picture | Shown | pd.DataFrame, name: str, out: Path) -> None:
    """Write the files of what is kept; what was kept before stays as it is."""
    picture = thing.picture() if isinstance(thing, Shown) else thing
    if isinstance(picture, Picture):
        figure = picture.figure
        for medium, width in WIDTHS.items():
            for kind in KINDS[:2]:
                picture.save(_new(out / FIGURES / f"{name}-{medium}.{kind}"), width=width)
        said = {key: getattr(figure, key) for key in ABOUT}
        said["table"] = figure.table.to_dict("split", index=False)
        text = json.dumps(said, ensure_ascii=False, default=str)
        _new(out / FIGURES / f"{name}.json").write_text(text, encoding="utf-8")
    table = thing.figure if isinstance(thing, Picture) else thing
    table = table if isinstance(table, pd.DataFrame) else table.table
    _new(out / TABLES / f"{name}.csv").write_bytes(csv(table))


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

"""A picture is drawn when it is shown or saved, and not before."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Self

from .keep import FIGURES, TABLES, csv, keep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from pptx.presentation import Presentation
    from pptx.slide import Slide

    from ..figure import Figure
    from .web import WebMap


WALL = 338.67
"""Width of a slide of 16:9, in millimetres: 1920 pixels at 144 an inch."""

WIDTHS = {"slide": WALL, "page": 170, "column": 85}
"""What is kept of a picture, in millimetres."""

KINDS = ("png", "svg", "pdf")


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
            Millimetres on paper, from 60: 338.67 is a slide, 170 a page, 85 a column.

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

    def keep(self, name: str) -> Picture:
        """Keep it, and its table, among the outputs while they are built: see `hg.keep`."""
        return keep(self, name)

    def files(
        self, name: str, *, table: pd.DataFrame | None = None
    ) -> Iterator[tuple[str, Callable[[Path], object]]]:
        """Name each file that is kept, with what writes it; an answer has a `table` of its own."""
        for medium, width in WIDTHS.items():
            for kind in KINDS[:2]:

                def save(file: Path, *, width: float = width) -> object:
                    return self.save(file, width=width)

                yield f"{FIGURES}/{name}-{medium}.{kind}", save
        yield f"{FIGURES}/{name}.json", self._about
        numbers = self.figure.table if table is None else table
        yield f"{TABLES}/{name}.csv", lambda file: file.write_bytes(csv(numbers))

    def _about(self, file: Path) -> None:
        said = {key: getattr(self.figure, key) for key in ABOUT}
        said["table"] = self.figure.table.to_dict("split", index=False)
        file.write_text(json.dumps(said, ensure_ascii=False, default=str), encoding="utf-8")

    def __repr__(self) -> str:
        """Say what it shows: a strict comparison of notebooks sees other data, classes, words."""
        return f"{self.figure.title} [{len(self.figure.table)}, {self.figure.digest}]"

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        # A committed notebook stays a third as large with 256 colours.
        from PIL import Image

        from . import page

        drawn = page.draw(self.figure, width=WALL, kind="png", dots=86)
        with Image.open(io.BytesIO(drawn)) as whole:
            few = whole.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        buffer = io.BytesIO()
        few.save(buffer, format="png")
        return buffer.getvalue(), {"alt": self.figure.alt}


ABOUT = ("title", "subtitle", "source", "alt", "banner", "digest")
"""What is kept beside the files of a picture, for a page that shows them."""


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

    def files(self, name: str) -> Iterator[tuple[str, Callable[[Path], object]]]:
        """Name each file that is kept, with what writes it."""
        if picture := self.picture():
            yield from picture.files(name, table=self.table)
        else:
            yield f"{TABLES}/{name}.csv", lambda file: file.write_bytes(csv(self.table))

    def __repr__(self) -> str:
        return str(self)

    def _ipython_display_(self) -> None:
        show(self, self.picture())


def show(answer: object, picture: Picture | None = None) -> None:
    """
    Display a sentence, and a picture below it if there is one.

    Parameters
    ----------
    answer
        Printed, it is the sentence.
    picture
        As it shows itself.
    """
    from IPython.display import display

    said = str(answer)
    style = "font-size:1.1em;line-height:1.5;max-width:46em"
    shown = {"text/plain": said, "text/html": f'<p style="{style}">{escape(said)}</p>'}
    display(shown, raw=True)  # type: ignore[no-untyped-call]
    if picture is not None:
        display(picture)  # type: ignore[no-untyped-call]

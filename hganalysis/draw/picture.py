"""Show and save pictures; a picture is drawn only when this is asked for."""

from __future__ import annotations

import base64
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from .. import escaping, places, words
from .asked import OfStudy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL import Image
    from pptx.presentation import Presentation
    from pptx.slide import Slide

    from ..figure import Figure
    from .web import WebMap

OUT = "HGANALYSIS_OUT"
"""The environment variable with the folder of the outputs; only a build sets it."""

FIGURES, TABLES = "figures", "tables"

WALL = 338.67
"""Width of a slide of 16:9, in millimetres: 1920 pixels at 144 an inch."""

PHONE = 74
"""Width in mm that a screen of 390 pixels shows with letters of 13."""

WIDTHS = {"slide": WALL, "page": 170, "column": 85}
"""The widths in which a picture is kept, in millimetres."""

KINDS = ("png", "svg", "pdf")

KEPT_FIELDS = ("title", "subtitle", "source", "alt", "banner", "digest")
"""Fields of a figure that are kept beside its files, for a page that shows them."""

ON_PHONE = "phone"
"""Key in the metadata of a picture that is shown: the address of one for a phone."""

NOTEBOOK_WIDTH = 1147
"""Pixels of a picture in a notebook."""

NOTEBOOK_COLOURS = 64
"""With so few colours a committed notebook stays a third as large."""

NEAR = 10
"""Of 255: two colours that differ by no more, in red, green and blue, are one."""


@dataclass(frozen=True, eq=False)
class Picture(OfStudy):
    """A figure that a notebook shows; it is saved for a page, put on a slide or on the web."""

    figure: Figure

    def save(self, file: str | Path, *, width: float = WALL) -> Path:
        """
        Write .png, .svg or .pdf.

        Parameters
        ----------
        file
            A name that ends in one of these.
        width
            Millimetres on paper, from 65: 338.67 is a slide, 170 a page, 85 a column.

        Raises
        ------
        ValueError
            If the name ends otherwise, or the width is out of range.

        Examples
        --------
        >>> import tempfile
        >>> import hganalysis as hg
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     hg.map("app_users", 2023).save(f"{folder}/map.svg", width=170).name
        'map.svg'
        """
        from . import page

        file = Path(file)
        if file.suffix[1:] not in KINDS:
            raise ValueError(
                words.term("draw_errors.format", file=file.name, formats=", ".join(KINDS))
            )
        file.write_bytes(page.draw_page(self.figure, width=width, kind=file.suffix[1:]))
        return file

    def web(self) -> WebMap:
        """
        Give the map as a folium map that opens offline; add to it, or `.save("x.html")`.

        Examples
        --------
        >>> import hganalysis as hg
        >>> web = hg.map("app_users", 2023).web()
        >>> "leaflet" in web.get_root().render().lower()
        True
        """
        from . import web

        return web.WebMap(self.figure)

    def slide(self, deck: Presentation) -> Slide:
        """
        Add a slide to a deck of python-pptx.

        Examples
        --------
        >>> import hganalysis as hg
        >>> from pptx import Presentation
        >>> slide = hg.map("app_users", 2023).slide(Presentation())
        >>> slide.shapes.title.text[:10]
        'Cao nhất: '
        """
        from . import slide

        return slide.add(self.figure, deck)

    def keep(self, name: str) -> Self:
        """
        Keep it, and its table, among the outputs while they are built: see `hg.keep`.

        Examples
        --------
        >>> import hganalysis as hg
        >>> picture = hg.map("app_users", 2023).keep("my-map")  # does nothing outside a build
        """
        from .answer import keep

        return keep(self, name)

    def __repr__(self) -> str:
        """Write title and digest, so that a comparison of notebooks sees other data or words."""
        return f"{self.figure.title} [{len(self.figure.table)}, {self.figure.digest}]"

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        from PIL import Image

        from . import page

        slide = find_slide(self.figure.digest)
        if slide:
            content = slide.read_bytes()
        else:
            content = page.draw_page(self.figure, width=WALL, kind="png")
        image = Image.open(io.BytesIO(content)).convert("RGB")
        image.thumbnail((NOTEBOOK_WIDTH, NOTEBOOK_WIDTH))
        small = image.quantize(palette=_palette(image), dither=Image.Dither.NONE)
        file = io.BytesIO()
        small.save(file, format="png")
        metadata = {"alt": self.figure.alt}
        if OUT in os.environ:  # a build makes a page of the notebook, for phones too
            narrow = page.draw_page(self.figure, width=PHONE, kind="svg")
            metadata[ON_PHONE] = f"data:image/svg+xml;base64,{base64.b64encode(narrow).decode()}"
        return file.getvalue(), metadata


def _palette(image: Image.Image) -> Image.Image:
    """
    Take the colours with the most pixels, each apart from those taken before.

    What is drawn is flat: its colours stay as they are in the key. Methods that divide a cloud of
    pixels mix two colours of few pixels, or give them the banner's red.
    """
    from PIL import Image

    # red, green and blue as one number, for it is counted
    packed = np.asarray(image, dtype=np.int64) @ np.array([1 << 16, 1 << 8, 1])
    packed_colours, counts = np.unique(packed, return_counts=True)
    commonest = packed_colours[np.argsort(-counts, kind="stable")]
    red, green, blue = commonest // 65536, commonest // 256 % 256, commonest % 256
    taken = np.empty((0, 3), dtype=np.int64)
    for colour in np.stack([red, green, blue], axis=1):
        differences = np.abs(taken - colour).max(axis=1)
        if np.all(differences > NEAR):
            taken = np.vstack([taken, colour])
        if len(taken) == NOTEBOOK_COLOURS:
            break
    palette = Image.new("P", (1, 1))
    palette.putpalette(taken.astype(np.uint8).tobytes())
    return palette


def write_picture(
    picture: Picture, name: str, folder: Path, measure: Mapping[str, str], caption: str = ""
) -> None:
    """
    Write a picture for each medium, and beside it what a page and a sheet need to show it.

    Parameters
    ----------
    measure
        Units and heads of the columns of the answer that it is of, if it is of one.
    caption
        What the numbers of that answer are; by default those of the picture.
    """
    for medium, width in WIDTHS.items():
        for kind in ("png", "svg"):
            picture.save(new_file(folder / f"{name}-{medium}.{kind}"), width=width)
    figure = picture.figure
    fields: dict[str, object] = {field: getattr(figure, field) for field in KEPT_FIELDS}
    fields["measure"] = measure
    fields["caption"] = caption or figure.subtitle
    fields["numbers"] = {head: column.record for head, column in figure.numbers.items()}
    fields["table"] = figure.table.to_dict("split", index=False)
    text = json.dumps(fields, ensure_ascii=False, default=str)
    new_file(folder / f"{name}.json").write_text(text, encoding="utf-8")


def find_slide(digest: str) -> Path | None:
    """Find the slide of a figure that was kept in the build that runs: it is not drawn anew."""
    folder = Path(os.environ.get(OUT, os.devnull), FIGURES)
    for file in folder.glob("*.json"):
        if json.loads(file.read_bytes())["digest"] == digest:
            return file.with_name(f"{file.stem}-slide.png")
    return None


def new_file(file: Path) -> Path:
    """Make the folder of a file, and refuse a file that is there already."""
    if file.exists():
        raise ValueError(words.term("draw_errors.kept", name=file.stem, file=file.name))
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def csv(frame: pd.DataFrame) -> bytes:
    """
    Write a frame as text that a spreadsheet reads and does not run.

    Parameters
    ----------
    frame
        Any frame. Its index is written if it has a name; outlines are left out. The names of
        places are written behind their codes, in the language in use.

    Returns
    -------
    text
        UTF-8 with byte order mark, lines that end with LF, numbers to twelve digits.
    """
    table = pd.DataFrame(frame)
    if any(frame.index.names):
        table = table.reset_index()
    columns = [column for column in table if str(table[column].dtype) != "geometry"]
    table = table[columns].copy()
    if "code" in table and "name" not in table:
        behind_code = list(table).index("code") + 1
        table.insert(behind_code, "name", table["code"].map(_name_or_blank))
    # The last of 17 digits is not the same on every processor, and means nothing.
    return escaping.csv(table, digits="%.12g").encode("utf-8-sig")


def _name_or_blank(code: object) -> str:
    """Name a place; "" where a frame of somebody's own has other codes."""
    try:
        return places.name(str(code))
    except LookupError:
        return ""

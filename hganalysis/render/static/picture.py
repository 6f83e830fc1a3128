"""Finish a page of maps and charts: legend, source line, passport; and write it to files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ... import words
from ...figures import passport
from ...figures.colours import QUIET
from ...figures.legend import outlines_note
from ...figures.passport import Passport
from ...figures.states import NothingToShow
from .. import typeset
from ..web import leaflet
from . import legend
from .areas import SHOWN
from .page import BESIDE, CEILING, FLOOR, LEFT, PAGE, PROJECTOR_DPI, RIGHT, SCREEN_DPI, below, close

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL import Image

    from ...figures.classify import Map
    from ..web.leaflet import WebMap


@dataclass(frozen=True)
class Picture:
    """
    A finished figure. A notebook shows it at exactly 1152 x 648; its text is the digest.

    `figure` is the matplotlib figure, `title` its heading, `digest` says what its maps show.
    `panels` are its maps, each with a title; `source` and `as_of` are those of the figure.
    `passport` stands in its footer and in every file of it.
    """

    figure: Figure
    title: str
    digest: str
    panels: tuple[tuple[str, Map], ...]
    source: str
    as_of: str
    passport: Passport

    def __repr__(self) -> str:
        """Give the digest: what a strict comparison of notebooks sees of the picture."""
        return self.digest

    def _repr_png_(self) -> bytes:
        # A committed notebook stays a third as large with 256 colours; the large areas of a map
        # keep theirs exactly, which a test holds.
        from PIL import Image

        full = self._pixels(SCREEN_DPI)
        few = full.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        buffer = io.BytesIO()
        few.save(buffer, format="png", compress_level=7)  # 8: 3 % smaller, 170 % longer
        return passport.stamp(buffer.getvalue(), self.passport, kind="png")

    def pages(self) -> tuple[WebMap, ...]:
        """Make a web map of each map of the figure; a chart has none."""
        return tuple(
            leaflet.page(panel, title=title, source=self.source, as_of=self.as_of)
            for title, panel in self.panels
        )

    def save(self, file: str | Path) -> Path:
        """Write a PNG of 1920 x 1080, an SVG or a PDF: the same bytes every time."""
        file = Path(file)
        kinds: dict[str, passport.Kind] = {".png": "png", ".svg": "svg", ".pdf": "pdf"}
        kind = kinds.get(file.suffix)
        if kind is None:
            msg = f"{file.name} is none of {', '.join(kinds)}."
            raise ValueError(msg)
        content = self._png() if kind == "png" else self._drawn(kind, PROJECTOR_DPI)
        file.write_bytes(passport.stamp(content, self.passport, kind=kind))
        return file

    def _png(self) -> bytes:
        buffer = io.BytesIO()
        dots = (PROJECTOR_DPI, PROJECTOR_DPI)
        self._pixels(PROJECTOR_DPI).save(buffer, format="png", dpi=dots, compress_level=3)
        return buffer.getvalue()

    def _pixels(self, dpi: int) -> Image.Image:
        """Draw the page; there is nothing behind it, so it needs no transparency."""
        from PIL import Image

        size = (round(PAGE[0] * dpi), round(PAGE[1] * dpi))
        return Image.frombytes("RGBA", size, self._drawn("rgba", dpi)).convert("RGB")

    def _drawn(self, kind: str, dpi: int) -> bytes:
        import matplotlib as mpl

        nameless = {
            "svg": {"Date": None, "Creator": None, "Title": self.title},
            "pdf": {
                "CreationDate": None,
                "Title": self.title,
                "Keywords": passport.hold(self.passport),
            },
        }
        buffer = io.BytesIO()
        # Settings of the reader's own must not change the picture; ids of an SVG must not vary.
        with mpl.rc_context(), typeset.boxes():
            mpl.rcdefaults()
            mpl.rcParams["svg.hashsalt"] = "hganalysis"
            mpl.rcParams["pdf.fonttype"] = 42  # text that can be searched and copied
            # Letters where they were measured to be: hinting moves each to a whole pixel.
            mpl.rcParams["text.hinting"] = "no_hinting"
            self.figure.savefig(buffer, format=kind, dpi=dpi, metadata=nameless.get(kind))
        return buffer.getvalue()


def finish(figure: Figure, *, source: str, as_of: str) -> Picture:
    """
    Add the legend, the source line and the date of the data, and close the page.

    Parameters
    ----------
    figure
        A sheet with its maps drawn. Maps with the same classes share one legend.
    source
        Who says so.
    as_of
        The date or period of the data, in words (never today's date); "" where nobody knows.

    Returns
    -------
    picture
        Shown by a notebook; `picture.save(file)` writes it.

    Raises
    ------
    NothingToShow
        If no place on any of its maps has a number that may be shown.
    ValueError
        If the figure is no sheet, is finished already, has another size or layout than a sheet, or
        one of several panels without anything on it.
    """
    close(figure)
    maps = [ax for ax in figure.axes if ax.get_label() == "map"]
    shown = [(ax.get_title(loc="left"), SHOWN[ax]) for ax in maps if ax in SHOWN]
    tables = [one.panel.table for _, one in shown]
    if maps and len(shown) == len(maps) and not any(one["value"].notna().any() for one in tables):
        raise NothingToShow(len(tables[0]))
    heading = figure.texts[0].get_text().replace("\n", " ")
    if shown:
        one = all(each.panel.classes == shown[0][1].panel.classes for _, each in shown)
        if len(maps) == 1:
            legend.beside(figure, (RIGHT - BESIDE, FLOOR, BESIDE, CEILING - FLOOR), shown[0][1])
        elif one:
            legend.below(figure, (LEFT, FLOOR, RIGHT - LEFT, below(len(maps))), shown)
        else:
            _each(figure, maps)
    line = words.term("maps.source" if as_of else "maps.source_alone", source=source, as_of=as_of)
    foot = 0.38 / PAGE[1]
    notes = [outlines_note(one.panel.outlines) for _, one in shown]
    note = " ".join(dict.fromkeys(filter(None, notes)))
    left_out = {code for _, panel in shown for code in panel.left_out}
    if left_out:
        note = f"{words.term('maps.left_out', number=words.number(len(left_out)))} {note}"
    small = typeset.SMALL
    typeset.write(figure, LEFT / PAGE[0], foot, line, size=small, colour=QUIET)
    # Where both have no room side by side, what is said of the outlines stands above the source.
    both = typeset.width(line, small) + typeset.width(note, small) + 20
    above = both > 72 * (RIGHT - LEFT)
    at = foot + 0.22 / PAGE[1] if above else foot
    typeset.write(figure, RIGHT / PAGE[0], at, note, size=small, colour=QUIET, ha="right")
    texts = [f"{name}\n{one.panel.text()}".strip("\n") for name, one in shown]
    drawn = [_drawn(ax) for ax in maps if ax not in SHOWN]
    charts = [
        words.term(
            "maps.chart_digest",
            texts=len(chart.texts),
            marks=len(chart.marks),
            checksum=passport.digits("\n".join([*chart.texts, *chart.marks])),
        )
        for chart in drawn
    ]
    panels = tuple(
        # a map may be called as its page is: once is enough
        (heading if name in ("", heading) else f"{heading}: {name}", one.panel)
        for name, one in shown
    )
    stamped = passport.of(
        [line for _, one in shown for line in one.panel.lines()]
        + [line for chart in drawn for line in (*chart.texts, *chart.marks)],
        classes=[one.panel.classes for _, one in shown],
        recipe=[heading, *(ax.get_title(loc="left") for ax in maps), as_of],
    )
    _foot(figure, stamped)
    return Picture(figure, heading, "\n".join([*texts, *charts]), panels, source, as_of, stamped)


def _foot(figure: Figure, stamped: Passport) -> None:
    """Write the passport below everything else, so small that it is read only when it is sought."""
    room = 72 * (RIGHT - LEFT)
    text = stamped.text
    if typeset.width(text, typeset.TINY) > room:
        text = replace(stamped, limits="").text
    at = (LEFT / PAGE[0], 0.15 / PAGE[1])
    typeset.write(figure, *at, text, size=typeset.TINY, colour=QUIET).set_gid("passport")


@dataclass(frozen=True)
class _Chart:
    """What a chart shows: its texts, and where the points of each group of marks lie."""

    texts: tuple[str, ...]
    marks: tuple[str, ...]


def _drawn(ax: Axes) -> _Chart:
    """Places are rounded to four digits: the last ones differ from one processor to the next."""
    marks = [
        *(line.get_xydata() for line in ax.lines),
        *(spots.get_offsets() for spots in ax.collections),
    ]
    return _Chart(
        tuple(text.get_text() for text in ax.texts),
        tuple(
            "\n".join(f"{number:.4g}" for number in np.ma.filled(mark, np.nan).ravel())
            for mark in marks
        ),
    )


def _each(figure: Figure, maps: Sequence[Axes]) -> None:
    """Give each map its own legend, as their classes differ."""
    for ax in maps:
        if ax not in SHOWN:
            continue
        box = ax.get_position(original=True)
        room = (box.x0 * PAGE[0], FLOOR, box.width * PAGE[0], below(len(maps)))
        if len(maps) == 3:
            legend.beside(figure, room, SHOWN[ax])
        else:
            legend.below(figure, room, [(ax.get_title(loc="left"), SHOWN[ax])])

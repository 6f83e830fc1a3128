"""Lay maps out on a page for a 16:9 projector, with one legend and a source line."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from .. import words
from . import furniture, legends, passport, typeset
from .leaflet import WebMap, page
from .looks import NothingToShow
from .passport import Passport
from .static import SHOWN
from .typeset import INK, QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL import Image

    from .legends import Map

# Inches. 16 x 9 at 120 dots an inch is 1920 x 1080, a projector; at 72 it fits a notebook.
PAGE = (16.0, 9.0)
SCREEN_DPI, PROJECTOR_DPI = 72, 120
LEFT, RIGHT = 0.4, 15.6
MOST = 3
"""Maps on a page: smaller ones cannot be read in a hall."""
# Where maps stand on the page (left, bottom, width, height), and the legend: beside one map,
# below several.
FLOOR, CEILING = 0.65, 7.85
BESIDE, BELOW, TALL = 4.3, 1.85, 3.0

# The figures that `sheet` opened, and whether each is finished.
_SHEETS: WeakKeyDictionary[Figure, bool] = WeakKeyDictionary()


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
            page(panel, title=title, source=self.source, as_of=self.as_of)
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


def sheet(
    *, title: str, panels: int | Sequence[str] = 1, subtitle: str = "", legend: bool = True
) -> tuple[Figure, list[Axes]]:
    """
    Open a page of 16:9, with room for maps or charts, a legend and a source line.

    Parameters
    ----------
    title
        What is shown, in words.
    panels
        How many maps, 1 to 3, or a title for each of them.
    subtitle
        A second line, in grey.
    legend
        Whether to leave room for the legend of maps; charts take the whole page.

    Returns
    -------
    figure, axes
        The figure, not known to pyplot (so a notebook does not show it twice, or cropped), and
        one axes a panel.

    Raises
    ------
    ValueError
        If there are no panels, or more than three.
    """
    from matplotlib.figure import Figure

    names = [""] * panels if isinstance(panels, int) else list(panels)
    if not 1 <= len(names) <= MOST:
        msg = f"a page holds 1 to 3 maps, not {len(names)}: smaller ones cannot be read in a hall."
        raise ValueError(msg)
    # No canvas that can draw yet: geopandas would have it draw the page anew after each layer.
    figure = Figure(figsize=PAGE, dpi=SCREEN_DPI, facecolor="white")
    _SHEETS[figure] = False
    _headline(figure, title, subtitle)
    axes = []
    for name, (left, bottom, width, height) in zip(
        names, _rooms(len(names), legend=legend), strict=True
    ):
        room = (left / PAGE[0], bottom / PAGE[1], width / PAGE[0], height / PAGE[1])
        ax = figure.add_axes(room, label="map")
        ax.set_axis_off()
        if name:
            size = float(typeset.PANEL)
            while size > typeset.SMALL and typeset.width(name, size, bold=True) > 72 * width:
                size -= 1
            font = typeset.font(size, bold=True)
            ax.set_title(name, loc="left", fontproperties=font, color=INK, parse_math=False)
        else:
            ax.set_title("", y=1.0)  # else every drawing seeks a place for a title
        axes.append(ax)
    return figure, axes


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
    _require_sheet(figure)
    maps = [ax for ax in figure.axes if ax.get_label() == "map"]
    shown = [(ax.get_title(loc="left"), SHOWN[ax]) for ax in maps if ax in SHOWN]
    tables = [panel.drawn.table for _, panel in shown]
    if maps and len(shown) == len(maps) and not any(one["value"].notna().any() for one in tables):
        raise NothingToShow(len(tables[0]))
    heading = figure.texts[0].get_text().replace("\n", " ")
    if shown:
        one = all(panel.drawn.classes == shown[0][1].drawn.classes for _, panel in shown)
        if len(maps) == 1:
            legends.beside(figure, (RIGHT - BESIDE, FLOOR, BESIDE, CEILING - FLOOR), shown[0][1])
        elif one:
            legends.below(figure, (LEFT, FLOOR, RIGHT - LEFT, _below(len(maps))), shown)
        else:
            _each(figure, maps)
    line = words.term("maps.source" if as_of else "maps.source_alone", source=source, as_of=as_of)
    foot = 0.38 / PAGE[1]
    notes = [furniture.outlines_note(one.panel.outlines) for _, one in shown]
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
    texts = [f"{name}\n{panel.drawn.text()}".strip("\n") for name, panel in shown]
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
        [line for _, panel in shown for line in panel.drawn.lines()]
        + [line for chart in drawn for line in (*chart.texts, *chart.marks)],
        classes=[panel.drawn.classes for _, panel in shown],
        recipe=[heading, *(ax.get_title(loc="left") for ax in maps), as_of],
    )
    _foot(figure, stamped)
    return Picture(figure, heading, "\n".join([*texts, *charts]), panels, source, as_of, stamped)


def _require_sheet(figure: Figure) -> None:
    """Stop before a legend is laid out on a page that is not there."""
    if figure not in _SHEETS:
        msg = (
            "this figure is no sheet, so there is no room on it for a legend and a source line.\n"
            "Open one: figure, axes = maps.sheet(title=..., panels=...), and draw on its axes. A "
            "figure of\nyour own is saved by its own savefig: its maps have their banner, and no "
            "legend."
        )
        raise ValueError(msg)
    size = figure.get_size_inches()
    panels = [ax for ax in figure.axes if ax.get_label() == "map"]
    empty = [
        number
        for number, ax in enumerate(panels, start=1)
        if not (ax.lines or ax.collections or ax.patches or ax.texts or ax.images)
    ]
    faults = {
        "it is finished already: open another sheet and draw anew": _SHEETS[figure],
        f"it is {size[0]:g} by {size[1]:g} inches; a sheet stays {PAGE[0]:g} by {PAGE[1]:g}": (
            tuple(size) != PAGE
        ),
        "a layout engine moves what stands on it: leave its places to the sheet": (
            figure.get_layout_engine() is not None
        ),
        f"nothing is drawn on panel {', '.join(map(str, empty))}: ask for as many panels as there "
        "are maps": 0 < len(empty) < len(panels),
    }
    for fault, found in faults.items():
        if found:
            msg = f"this sheet cannot be finished: {fault}."
            raise ValueError(msg)
    _SHEETS[figure] = True


def is_sheet(ax: Axes, *, panels: int) -> bool:
    """Say whether axes are those of a sheet with so many panels."""
    figure = ax.get_figure(root=True)
    maps = [] if figure is None else [one for one in figure.axes if one.get_label() == "map"]
    return figure in _SHEETS and ax in maps and len(maps) == panels


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
        room = (box.x0 * PAGE[0], FLOOR, box.width * PAGE[0], _below(len(maps)))
        if len(maps) == 3:
            legends.beside(figure, room, SHOWN[ax])
        else:
            legends.below(figure, room, [(ax.get_title(loc="left"), SHOWN[ax])])


def _headline(figure: Figure, title: str, subtitle: str) -> None:
    room = 72 * (RIGHT - LEFT)
    size = float(typeset.TITLE)
    while size > typeset.PANEL and typeset.width(title, size, bold=True) > room:
        size -= 1
    left = LEFT / PAGE[0]
    text = typeset.wrap(title, size, room, bold=True)
    top = 8.72 if "\n" not in text else 8.86
    typeset.write(figure, left, top / PAGE[1], text, size=size, bold=True, va="top")
    typeset.write(
        figure, left, 8.2 / PAGE[1], subtitle, size=typeset.BODY + 1, colour=QUIET, va="top"
    )


def _below(panels: int) -> float:
    """Give the height of the legend below maps: three maps are small, so it may be tall."""
    return TALL if panels == 3 else BELOW


def _rooms(panels: int, *, legend: bool) -> list[tuple[float, float, float, float]]:
    """Divide the page among the panels: left, bottom, width and height of each, in inches."""
    gap = 0.3
    if panels == 1:
        beside = BESIDE + gap if legend else 0
        return [(LEFT, FLOOR, RIGHT - LEFT - beside, CEILING - FLOOR)]
    wide = (RIGHT - LEFT - gap * (panels - 1)) / panels
    bottom = FLOOR + (_below(panels) + 0.1 if legend else 0)
    return [
        (LEFT + at * (wide + gap), bottom, wide, CEILING - 0.45 - bottom) for at in range(panels)
    ]

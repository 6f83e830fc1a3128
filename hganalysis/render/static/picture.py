"""Finish a page of maps and charts: legend, source line, passport; and write it to files."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ... import words
from ...figures import passport
from ...figures.classify import Map, Places
from ...figures.figure import Figure as Composed
from ...figures.model import Rows
from ...figures.states import NothingToShow
from .. import beside, typeset
from ..results import FIGURES, keep
from ..web import leaflet
from . import bivariate, legend, paper, rows
from .areas import SHOWN
from .drawers import draw, height
from .layout import HALL, Needs, foot
from .page import (
    LAYOUTS,
    PANELS,
    PROJECTOR_DPI,
    SCREEN_DPI,
    close,
    hall_legend,
    open_page,
    write_foot,
)
from .style import require_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL import Image

    from ...figures.figure import Panel
    from ...figures.passport import Passport
    from ..slide import Deck
    from ..web.leaflet import WebMap
    from .layout import Page


@dataclass(frozen=True)
class Picture:
    """
    A finished page. A notebook shows it at exactly 1152 x 648; its text is the digest.

    `figure` is the matplotlib figure, `composed` what it says: its title, panels, source, alt text,
    tables. `digest` says what its maps show; the `passport`, in the language in which it was
    drawn, stands in its footer and in every file of it.
    """

    figure: Figure
    composed: Composed
    digest: str
    passport: Passport
    width: float | None = None
    """Millimetres that it is printed at; None for the page of the hall."""
    dpi: float | None = None
    """Dots an inch of a PNG, if not those of a projector, or of a printer where it has a width."""
    page: Page = HALL
    """What it was laid out for."""

    def __repr__(self) -> str:
        """Give the digest: what a strict comparison of notebooks sees of the picture."""
        return self.digest

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        # A committed notebook stays a third as large with 256 colours; the large areas of a map
        # keep theirs exactly, which a test holds.
        from PIL import Image

        full = self._pixels(SCREEN_DPI)
        few = full.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        buffer = io.BytesIO()
        few.save(buffer, format="png", compress_level=7)  # 8: 3 % smaller, 170 % longer
        content = passport.stamp(buffer.getvalue(), self.passport, kind="png")
        told = {"alt": self.composed.alt, "title": self.composed.title}
        return content, {**told, "subtitle": self.composed.subtitle}

    def _ipython_display_(self) -> None:
        # JupyterLab drops the alt text of a picture: what it says stands below, with its table.
        from IPython.display import display

        content, told = self._repr_png_()
        drawn = {"image/png": content, "text/plain": repr(self)}
        display(drawn, metadata={"image/png": told}, raw=True)  # type: ignore[no-untyped-call]
        if table := beside.details(self.composed):
            below = {"text/html": table, "text/plain": self.composed.headline}
            display(below, raw=True)  # type: ignore[no-untyped-call]

    def pages(self) -> tuple[WebMap, ...]:
        """Make a web map of each map of the figure; a chart has none."""
        return tuple(map(leaflet.place, self.map_figures()))

    def map_figures(self) -> tuple[Composed, ...]:
        """Give each map of the figure as a figure of its own."""
        parts = map(self.composed.part, range(len(self.composed.panels)))
        return tuple(one for one in parts if one.maps)

    def web(self, at: int = 0) -> WebMap:
        """
        Make a web map of one map of the figure: the first, or another by its place.

        Raises
        ------
        LookupError
            If there is no such map; a chart is none.
        """
        return leaflet.place(picked(self.map_figures(), at))

    @property
    def figures(self) -> tuple[Composed, ...]:
        """Give what is drawn, for a slide."""
        return (self.composed,)

    def slide(self, deck: Deck) -> Deck:
        """Add it to a `slides.Deck`, of native shapes that can be edited, and give the deck."""
        return deck.add(self)

    def keep(self, name: str) -> Picture:
        """Keep it under a name among the outputs of a build, if there is one: see `build.keep`."""
        return keep(self, name)

    def files(self, name: str) -> Iterator[tuple[str, Callable[[Path], object]]]:
        """Name the files that are kept of it, each with what writes it: pictures, then pages."""
        yield from self.drawn(name)
        yield from leaflet.files(self.pages(), name)

    def drawn(self, name: str) -> Iterator[tuple[str, Callable[[Path], object]]]:
        """Name those that are pictures."""
        for kind in ("png", "svg"):
            yield f"{FIGURES}/{name}.{kind}", self.save

    def save(
        self, file: str | Path, *, width: float | None = None, dpi: float | None = None
    ) -> Path:
        """
        Write a PNG, of 1920 x 1080 unless something else is said, an SVG or a PDF.

        Parameters
        ----------
        file
            Its end says which of these. The same bytes every time.
        width
            Millimetres on paper: 85 for a column, 170 for a page, 400 for a wall. Letters shrink
            with the page to 6.5 points, and no further: below 220 mm it is laid out anew. Labels
            that have no room then are left out, and it is said how many.
        dpi
            Dots an inch of a PNG: 300 where a width is said.

        Raises
        ------
        ValueError
            If the end of the file, the width or the dots are none that can be; if a title, a name
            or a source has no room at that width.
        """
        if width is not None and width != self.width:
            return self._at(width).save(file, dpi=self.dpi if dpi is None else dpi)
        file = Path(file)
        kinds: dict[str, passport.Kind] = {".png": "png", ".svg": "svg", ".pdf": "pdf"}
        kind = kinds.get(file.suffix)
        if kind is None:
            msg = f"{file.name} is none of {', '.join(kinds)}."
            raise ValueError(msg)
        content = self._png(dpi) if kind == "png" else self._drawn(kind, PROJECTOR_DPI)
        file.write_bytes(passport.stamp(content, self.passport, kind=kind))
        return file

    def svg(self) -> str:
        """Give it as the text of an SVG, for a page to hold."""
        content = self._drawn("svg", PROJECTOR_DPI)
        return passport.stamp(content, self.passport, kind="svg").decode("utf-8")

    def _at(self, width: float) -> Picture:
        """Lay it out for another width; what was drawn by hand is only made smaller."""
        paper.require_width(width)
        if self.page.bands:  # a sheet stays as it is, and is made smaller or larger
            return replace(self, width=width)
        if len(self.composed.panels) == len(LAYOUTS[self.figure].panels):
            return place(self.composed, width=width, dpi=self.dpi)
        if paper.page(width).high is None:
            msg = f"what was drawn by hand is not laid out anew for {width} mm: say 220 or more."
            raise ValueError(msg)
        return replace(self, width=width)

    def _png(self, dpi: float | None) -> bytes:
        usual = PROJECTOR_DPI if self.width is None else paper.PRINT_DPI
        dots, small = dpi or self.dpi or usual, paper.scale(self.width, self.page)
        if dpi is not None:
            paper.require_dpi(dpi, inches=small * self.figure.get_size_inches()[0])
        buffer = io.BytesIO()
        self._pixels(dots * small).save(buffer, format="png", dpi=(dots, dots), compress_level=3)
        return buffer.getvalue()

    def _pixels(self, dpi: float) -> Image.Image:
        """Draw the page; there is nothing behind it, so it needs no transparency."""
        from PIL import Image

        # as matplotlib makes whole dots of inches
        wide, high = self.figure.get_size_inches()
        size = (int(wide * dpi + 1e-9), int(high * dpi + 1e-9))
        return Image.frombytes("RGBA", size, self._drawn("rgba", dpi)).convert("RGB")

    def _drawn(self, kind: str, dpi: float) -> bytes:
        small = paper.scale(self.width, self.page)
        if kind == "pdf":
            with _usual(), paper.Pdf(self.passport.language) as pages:
                pages.add(self.figure, small)
                return pages.finished(self.composed.title, self.passport)
        nameless = {"svg": {"Date": None, "Creator": None, "Title": self.composed.title}}
        buffer = io.BytesIO()
        with _usual():
            self.figure.savefig(buffer, format=kind, dpi=dpi, metadata=nameless.get(kind))
        return paper.svg(buffer.getvalue(), small) if kind == "svg" else buffer.getvalue()


@contextmanager
def _usual() -> Iterator[None]:
    """Draw with the settings of the house: those of the reader must not change the picture."""
    import matplotlib as mpl

    with mpl.rc_context(), typeset.boxes():
        mpl.rcdefaults()
        mpl.rcParams["svg.hashsalt"] = "hganalysis"  # ids of an SVG must not vary
        mpl.rcParams["pdf.fonttype"] = 42  # text that can be searched and copied
        # Letters where they were measured to be: hinting moves each to a whole pixel.
        mpl.rcParams["text.hinting"] = "no_hinting"
        yield


def document(pictures: Iterable[Picture], *, title: str) -> bytes:
    """
    Put pictures into one PDF, a page each, drawn one after the other.

    Parameters
    ----------
    pictures
        Each is let go when its page is written, if nobody else holds it.
    title
        Of the document, which has a passport of its own.
    """
    hashes, recipes, classes = [], [], []
    with _usual(), paper.Pdf(words.language()) as pages:
        for one in pictures:
            pages.add(one.figure, paper.scale(one.width, one.page))
            hashes.append(one.passport.hash)
            recipes.append(one.passport.recipe)
            classes += one.composed.classes
        stamped = passport.of(hashes, classes=[*dict.fromkeys(classes)], recipe=recipes)
        return passport.stamp(pages.finished(title, stamped), stamped, kind="pdf")


def picked(maps: Sequence[Composed], at: int) -> Composed:
    """Take one of some maps by its place, from the end if it is negative."""
    if not -len(maps) <= at < len(maps):
        msg = f"there is no map {at} to make a page of: the figure has {len(maps)}."
        raise LookupError(msg)
    return maps[at]


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
    drawn = [ax for ax in figure.axes if ax in PANELS]
    title, subtitle = (text.get_text().replace("\n", " ") for text in figure.texts[:2])
    composed = Composed(
        title,
        tuple(PANELS[ax] for ax in drawn),
        as_of,
        subtitle=subtitle,
        names=tuple(ax.get_title(loc="left") for ax in drawn),
        named_source=source,
    )
    return _finish(figure, composed)


def place(
    composed: Composed,
    *,
    width: float | None = None,
    dpi: float | None = None,
    page: Page | None = None,
) -> Picture:
    """
    Draw a figure on a page of its own: side by side, if it has several panels, or as a `page` says.

    Raises
    ------
    ValueError
        See `Picture.save` for `width` in millimetres and `dpi`.
    """
    if width is not None:
        paper.require_width(width)
    if dpi is not None:
        paper.require_dpi(dpi, inches=HALL.wide if width is None else width / paper.INCH)
    page, panels = page or paper.page(width), composed.panels
    alike = len(composed.maps) > 1 and len(set(composed.classes)) == 1
    shared = page.high is None and alike and 72 * page.room >= legend.STRIP
    shared = shared or bool(page.bands and composed.maps)
    most = foot(composed, page, len(_codes(composed)), tiny=paper.tiny(width, page))
    figure, axes = open_page(
        page,
        [_needs(one, page, len(panels), shared=shared) for one in panels],
        title=composed.title,
        subtitle=composed.subtitle,
        names=composed.names if len(composed.names) > 1 else [""] * len(panels),
        foot=most.room(page),
        strip=legend.strip(composed.maps) if shared else 0.0,
    )
    for panel, ax in zip(_same_rows(panels, axes), axes, strict=True):
        draw(panel, ax)
    close(figure)
    return _finish(figure, composed, width=width, dpi=dpi, page=page)


def _same_rows(panels: Sequence[Panel], axes: Sequence[Axes]) -> Sequence[Panel]:
    """Let lists side by side name the same places: as many as each has room for."""
    lists = [(one, ax) for one, ax in zip(panels, axes, strict=True) if isinstance(one, Rows)]
    if len({len(one.rows) for one, _ in lists}) != 1 or len(lists) != len(panels):
        return panels
    most = min(len(rows.fitting(one, ax)[0]) for one, ax in lists)
    return [replace(one, most=most) for one, _ in lists]


def _needs(panel: Panel, page: Page, panels: int, *, shared: bool) -> Needs:
    """Say what a panel needs: of the page of the hall each legend takes the same part."""
    tall = partial(height, panel)
    if not isinstance(panel, Places) or shared:
        return Needs(tall, grows=isinstance(panel, Places))
    if page.high:
        return Needs(tall, lambda _: hall_legend(panels))
    if isinstance(panel, Map):
        return Needs(tall, partial(legend.height, panel))
    return Needs(tall, partial(bivariate.height, panel))


def _codes(composed: Composed) -> set[str]:
    """Name the places whose label may find no room."""
    return {str(code) for one in composed.maps if one.labelled for code in one.table.index}


def _finish(
    figure: Figure,
    composed: Composed,
    *,
    width: float | None = None,
    dpi: float | None = None,
    page: Page = HALL,
) -> Picture:
    """Write what goes with the panels: the legend, the source, the passport."""
    maps = [ax for ax in figure.axes if ax.get_label() == "map"]
    shown = [(ax.get_title(loc="left"), SHOWN[ax]) for ax in maps if ax in SHOWN]
    tables = [one.table for one in composed.maps]
    if len(tables) == len(maps) > 0 and not any(one["value"].notna().any() for one in tables):
        raise NothingToShow(len(tables[0]))
    unnamed = len({code for _, one in shown for code in one.left_out})
    charts = [_drawn(ax) for ax in maps if ax not in SHOWN]
    lines = tuple(line for chart in charts for line in (*chart.texts, *chart.marks))
    composed = replace(composed, marks=composed.marks or lines)
    stamped = composed.passport
    if page.high is None or page.bands:
        require_apart(figure, [ax for ax in maps if ax not in SHOWN])
    _legends(figure, maps)
    said = foot(composed, page, unnamed, tiny=paper.tiny(width, page))
    if said.least(page) > LAYOUTS[figure].foot:
        msg = (
            "there is no room below the picture for the source and what else is said: "
            f"{composed.source_line!r}."
        )
        raise ValueError(msg)
    write_foot(figure, page, said)
    texts = [f"{name}\n{one.panel.text()}".strip("\n") for name, one in shown]
    digest = "\n".join([*texts, *(one.digest for one in charts)])
    return Picture(figure, composed, digest, stamped, width, dpi, page)


def _legends(figure: Figure, maps: Sequence[Axes]) -> None:
    """Explain the colours: once where the classes of several maps are the same."""
    layout = LAYOUTS[figure]
    shown = [
        ((ax.get_title(loc="left"), SHOWN[ax]), room)
        for ax, room in zip(maps, layout.legends, strict=True)
        if ax in SHOWN
    ]
    alike = len({one.panel.classes for (_, one), _ in shown}) == 1
    if len(shown) > 1 and alike and 72 * layout.shared[2] >= legend.STRIP:
        legend.draw(figure, layout.shared, [one for one, _ in shown])
        return
    if any(not room[3] for _, room in shown):
        msg = "there is no room for the legend of a map: open the sheet with legend=True."
        raise ValueError(msg)
    for one, room in shown:
        legend.draw(figure, room, [one])


@dataclass(frozen=True)
class _Chart:
    """What a chart shows: its texts, and where the points of each group of marks lie."""

    texts: tuple[str, ...]
    marks: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Write down how much it shows, and a checksum of what."""
        return words.term(
            "maps.chart_digest",
            texts=len(self.texts),
            marks=len(self.marks),
            checksum=passport.digits("\n".join([*self.texts, *self.marks])),
        )


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

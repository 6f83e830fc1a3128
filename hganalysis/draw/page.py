"""Draw a figure on a page: matplotlib's constrained layout finds the room, one size rules all."""

import io
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.figure import Figure as Drawing
from matplotlib.figure import SubFigure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from .. import limits, words
from ..figure import QUIET, RED, Figure
from .pdf import cut_pages
from .picture import PHONE, WALL
from .plots import NARROW, Look, draw_panel, font_size, place_texts
from .seal import BLANK, seal


class Medium(NamedTuple):
    """The sizes that can be read on a medium."""

    letters: float
    """In points; so is `title`."""
    title: float
    dots: float
    """For each inch."""
    small: str = "small"
    """Letters of ticks, legends and sources."""
    lines: int = 12
    """How high title, subtitle, key and source are together."""


# By width in mm: a slide, a page, a column, a phone.
MEDIA = {
    WALL: Medium(14, 22, 144),
    170: Medium(8, 11, 300),
    85: Medium(7, 9, 300),
    PHONE: Medium(7, 8.4, 300, small="medium", lines=20),
}


class Paper(NamedTuple):
    """A page to print: its sides in mm, and the sizes that can be read on it."""

    width: float
    height: float
    medium: Medium


# What a figure for the wall or the hand names: see `Figure.paper`.
PAPERS = {
    "A4": Paper(210, 297, Medium(9, 16, 150)),
    "A3": Paper(420, 297, Medium(13, 26, 150)),
}

# Free space at each edge, in letters: a printer leaves out the edge of a paper.
EDGE, EDGE_OF_PAPER = 1.2, 3.6

# A page becomes so many times higher where its texts leave the panels no room.
STRETCHES = (1, 1.4, 2)

LOOK = Path(__file__).with_name("look.mplstyle")

# Where a format has room for the title, the alternative text, and the digest with its seal.
METADATA = {
    "png": ("Title", "Description", "Source"),
    "svg": ("Title", "Description", "Identifier"),
    "pdf": ("Title", "Subject", "Keywords"),
}

# A file has no date: the same figure has the same bytes.
NO_DATE: dict[str, Look] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}


def draw_page(
    figure: Figure, *, width: float, kind: str, height: float = 0, dots: float = 0
) -> bytes:
    """Draw a figure as `png`, `svg` or `pdf`; `width` and `height` in mm, `dots` for each inch."""
    least, largest = limits.PRINTED
    if not least <= width <= largest:
        raise ValueError(words.term("draw_errors.width", width=width, least=least, most=largest))
    if figure.paper:
        width, height, medium = PAPERS[figure.paper]
    else:
        medium = MEDIA[min(MEDIA, key=lambda medium_width: abs(medium_width - width))]
    scale = 1.0
    if medium is MEDIA[WALL]:
        scale = max(width / WALL, 1)  # what hangs on a wall is read from farther away
        height = height or width * 9 / 16
    is_fixed = height > 0
    height = height or _page_height(figure, width, medium)

    file = io.BytesIO()
    with _look(medium, scale=scale, dots=dots) as resolution:
        drawing = _make_drawing(figure, width, height, resolution, is_fixed=is_fixed)
        drawing.savefig(file, format=kind, metadata=_metadata(figure, kind))
    return seal(file.getvalue())


def lay_out_for_slide(figure: Figure, width: float, height: float) -> Drawing:
    """Lay a figure out in the sizes of a slide, in points: a pixel is a point."""
    width_mm, height_mm = width / 72 * 25.4, height / 72 * 25.4
    with _look(MEDIA[WALL]):
        drawing = _make_drawing(figure, width_mm, height_mm, 72, is_fixed=True)
        drawing.draw_without_rendering()  # a key has no places for its texts before
        return drawing


class Book(NamedTuple):
    """Sheets as one PDF, and as one PDF each."""

    whole: bytes
    pages: list[bytes]


def draw_book(figures: Iterable[Figure]) -> Book:
    """Draw figures, each on its paper, as the pages of a PDF; each is laid out and drawn once."""
    file = io.BytesIO()
    titles = []
    title, _, keywords = METADATA["pdf"]
    # fonts are embedded at the end, and in the kind of the look
    with mpl.rc_context(fname=LOOK), PdfPages(file, metadata=NO_DATE["pdf"]) as book:
        for figure in figures:
            width, height, medium = PAPERS[figure.paper]
            with _look(medium) as resolution:
                drawing = _make_drawing(figure, width, height, resolution, is_fixed=True)
                canvas: Any = FigureCanvasPdf(drawing)
                canvas.print_pdf(book)  # savefig would draw it twice
            _make_drawing.cache_clear()  # print_pdf left it other dots for each inch
            titles.append(_metadata(figure, "pdf"))
        marks = " ".join(page[keywords] for page in titles)
        book.infodict().update({title: figure.title, keywords: marks})
    content = file.getvalue()
    return Book(seal(content), [*map(seal, cut_pages(content, titles))])


@contextmanager
def _look(medium: Medium, *, scale: float = 1, dots: float = 0) -> Iterator[float]:
    """Use the look of all figures, in the sizes of a medium; give the dots for each inch."""
    size = medium.letters * scale
    resolution = dots or medium.dots * (1 / scale)
    settings: Any = {
        "font.size": size,
        "figure.titlesize": medium.title * scale,
        **dict.fromkeys(("figure.labelsize", "xtick.labelsize", "legend.fontsize"), medium.small),
        "savefig.dpi": resolution,
        "lines.linewidth": size / 6,
        "lines.markersize": size * 0.6,
    }
    with mpl.rc_context(settings, fname=LOOK), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a box stands for a letter that no font has
        yield resolution


def _metadata(figure: Figure, kind: str) -> Look:
    """Write what tells of which figure a file is."""
    texts = figure.title, figure.alt, f"hganalysis:{figure.digest} {BLANK}"
    return dict(zip(METADATA[kind], texts, strict=True)) | NO_DATE[kind]


# A picture is asked for as png, then as svg: of its layout, which takes the longest, there is one.
@lru_cache(maxsize=1)
def _make_drawing(
    figure: Figure, width: float, height: float, resolution: float, *, is_fixed: bool
) -> Drawing:
    """Lay a figure out; unless its height is fixed, give its texts and panels room."""
    for stretch in STRETCHES:
        size = width / 25.4, stretch * height / 25.4
        drawing = Drawing(figsize=size, dpi=resolution)  # letters are measured as a png has them
        with warnings.catch_warnings(record=True) as no_room:
            warnings.filterwarnings("always", "constrained_layout not applied")
            _lay_out(drawing, figure, is_stacked=width < NARROW)
        if is_fixed or not no_room:
            break
    return drawing


def _page_height(figure: Figure, width: float, medium: Medium) -> float:
    """Choose the height of a page, in mm: rows by their lines, maps by the width."""
    line_height = medium.letters / 72 * 25.4
    is_stacked = width < NARROW
    heights = []
    for panel in figure.panels:
        if panel.n_lines:
            heights.append((2 * panel.n_lines + 5) * line_height)
        else:
            heights.append(width * (0.75 if is_stacked else 0.45))
    return medium.lines * line_height + (sum(heights) if is_stacked else max(heights))


def _lay_out(drawing: Drawing, figure: Figure, *, is_stacked: bool) -> None:
    """Give a drawing its banner, title, subtitle and source; draw the panels between them."""
    size = font_size()
    width, height = drawing.get_size_inches() * 72
    edge_letters = EDGE_OF_PAPER if figure.paper else EDGE
    edge = edge_letters * size / width
    # the banner is a strip across the top, and the layout begins below it
    strip = 1.8 * size / height if figure.banner else 0
    drawing.add_artist(Rectangle((0, 1 - strip), 1, strip, color=RED, lw=0))
    middle = 1 - strip / 2
    white: Look = {"color": "white", "weight": "bold", "va": "center_baseline"}
    drawing.text(edge, middle, figure.banner, **white)
    # the rest of the page, within its edges
    foot = (edge_letters - EDGE + 0.4) * size / height
    room = edge, foot, 1 - 2 * edge, 1 - strip - 2 * foot
    pad = size / 300
    drawing.set_layout_engine("constrained", rect=room, w_pad=pad, h_pad=pad)

    # title and source are of the whole page, the subtitle is of what is between them
    aligned: Look = {"x": 0, "ha": "left", **WRAPPED}
    page: Any = drawing.subfigures()
    page.suptitle(_escape_dollars(figure.title), **aligned)
    page.supxlabel(_escape_dollars(figure.source), color=QUIET, **aligned)
    body = page.subfigures()
    subtitle = _escape_dollars(figure.subtitle)
    body.suptitle(subtitle, size=size, weight="normal", color=QUIET, **aligned)

    # panels below or beside each other
    panels = figure.panels
    if is_stacked:
        heights = [panel.relative_height for panel in panels]
        rooms = body.subfigures(len(panels), 1, squeeze=False, height_ratios=heights)
    else:
        widths = [panel.relative_width for panel in panels]
        rooms = body.subfigures(1, len(panels), squeeze=False, width_ratios=widths)
    axes = {}
    for subfigure, panel in zip(rooms.flat, panels, strict=True):
        axes[panel] = draw_panel(panel, subfigure)
    # texts of panels are placed last, for they must not move anything
    _fix_layout(drawing)
    for panel, ax in axes.items():
        place_texts(panel, ax)


# Where matplotlib folds a text it reads "$…$" as a formula, even if `text.parse_math` is false.
# Only if it is true is a sign that is escaped drawn as the sign itself.
WRAPPED: Look = {"wrap": True, "parse_math": True}


def _escape_dollars(text: str) -> str:
    """Escape the dollar signs of a text that is folded, so that it is no formula."""
    return text.replace("$", r"\$")


def _fix_layout(drawing: Drawing) -> None:
    """Round the layout: its last digits are chance, and so would be names within an SVG."""
    engine: Any = drawing.get_layout_engine()
    engine.execute(drawing)
    subfigures: Any = drawing.findobj(SubFigure)
    for subfigure in subfigures:
        box = subfigure.bbox_relative
        box.p0 = np.round(box.p0, 6)
        box.p1 = np.round(box.p1, 6)
    for ax in drawing.axes:
        ax.set_position(np.round(ax.get_position(original=True).bounds, 6))
        ax.apply_aspect()  # else labels of a map are fitted into one that is stretched
    drawing.set_layout_engine("none")
    texts: Any = drawing.findobj(Text)
    for text in texts:
        # an svg measures letters in another way, and would break lines elsewhere
        text.set_text(text._get_wrapped_text())
        text.set_wrap(False)

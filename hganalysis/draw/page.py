"""Draw a figure on a page: matplotlib's constrained layout finds the room, one size rules all."""

import io
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.figure import Figure as Sheet
from matplotlib.figure import SubFigure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Text

from .. import limits
from ..figure import (
    BLUE,
    INK,
    PALE,
    QUIET,
    RED,
    Figure,
    Legend,
    Line,
    Map,
    Panel,
    ReferenceLine,
    Rows,
    Scatter,
    Slopes,
    iterate_rows,
    text_colour,
)
from .labels import SMALLER, fit_labels, spread
from .panels import DRAWINGS
from .picture import PHONE, WALL


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
    """A sheet to print: its sides in mm, and the sizes that can be read on it."""

    width: float
    height: float
    medium: Medium


# What a figure for the wall or the hand names: see `Figure.paper`.
PAPERS = {
    "A4": Paper(210, 297, Medium(9, 16, 150)),
    "A3": Paper(420, 297, Medium(10, 26, 150)),
}

# Free space at each edge, in letters: a printer leaves out the edge of a paper.
EDGE, EDGE_OF_PAPER = 1.2, 3.6

# A name of more letters is folded where it would take more than two fifths of the width.
LONG = 24

# A text behind a row, with more letters, is folded where it would take more than 28 % of the width.
NUMBERS = 16

# A head of slopes with more letters than a year has is written outwards from its line.
SHORT_HEAD = 4

# The usual width of a letter, as a share of its size.
LETTER_WIDTH = 0.55

# In mm: on a narrower page panels are below each other.
NARROW = 120

# A page becomes so many times higher where its texts leave the panels no room.
STRETCHES = (1, 1.4, 2)

Look = dict[str, Any]
"""Keywords of matplotlib that go together."""

LOOK = Path(__file__).with_name("look.mplstyle")

# Land below circles: paler than any class, and than what is missing.
GROUND = "#eceeef"

# Where a format has room for the title, the alternative text, and the digest.
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
        msg = f"width is {width!r} mm; expected {least} to {largest}: 85 is a column, 170 a page."
        raise ValueError(msg)
    if figure.paper:
        width, height, medium = PAPERS[figure.paper]
        is_slide = False
        scale = 1.0
    else:
        nearest = min(MEDIA, key=lambda medium_width: abs(medium_width - width))
        medium = MEDIA[nearest]
        is_slide = nearest == WALL
        scale = max(width / WALL, 1)  # what hangs on a wall is read from farther away
    is_fixed = is_slide or height > 0
    if not height:
        size = medium.letters * scale
        height = (
            width * 9 / 16 if is_slide else _page_height(figure, size, width, lines=medium.lines)
        )

    file = io.BytesIO()
    with _look(medium, scale=scale, dots=dots) as resolution:
        sheet = _sheet(figure, width, height, resolution, is_fixed=is_fixed)
        sheet.savefig(file, format=kind, metadata=_metadata(figure, kind))
    return file.getvalue()


def lay_out_for_slide(figure: Figure, width: float, height: float) -> Sheet:
    """Lay a figure out in the sizes of a slide, in points: a pixel is a point."""
    with _look(MEDIA[WALL]):
        sheet = _sheet(figure, width / 72 * 25.4, height / 72 * 25.4, 72, is_fixed=True)
        sheet.draw_without_rendering()  # a key has no places for its texts before
        return sheet


class Book(NamedTuple):
    """Sheets as one PDF, and as one PDF each."""

    whole: bytes
    pages: list[bytes]


def draw_book(figures: Iterable[Figure]) -> Book:
    """Draw figures, each on its paper, as the pages of a PDF; each is laid out once."""
    file, pages, marks = io.BytesIO(), [], []
    title, _, keywords = METADATA["pdf"]
    with PdfPages(file, metadata=NO_DATE["pdf"]) as book:
        for figure in figures:
            width, height, medium = PAPERS[figure.paper]
            with _look(medium) as resolution:
                sheet = _sheet(figure, width, height, resolution, is_fixed=True)
                # savefig would draw each of them twice
                canvas: Any = FigureCanvasPdf(sheet)
                page = io.BytesIO()
                canvas.print_pdf(book)
                canvas.print_pdf(page, metadata=_metadata(figure, "pdf"))
            _sheet.cache_clear()  # print_pdf left it other dots for each inch
            pages.append(page.getvalue())
            marks.append(f"hganalysis:{figure.digest}")
        book.infodict().update({title: figure.title, keywords: " ".join(marks)})
    return Book(file.getvalue(), pages)


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
    texts = figure.title, figure.alt, f"hganalysis:{figure.digest}"
    return dict(zip(METADATA[kind], texts, strict=True)) | NO_DATE[kind]


def font_size() -> Any:  # noqa: ANN401
    """Give the size of letters in use, in points."""
    return mpl.rcParams["font.size"]


# A picture is asked for as png, then as svg: of its layout, which takes the longest, there is one.
@lru_cache(maxsize=1)
def _sheet(
    figure: Figure, width: float, height: float, resolution: float, *, is_fixed: bool
) -> Sheet:
    """Lay a figure out; unless its height is fixed, give its texts and panels room."""
    for stretch in STRETCHES:
        size = width / 25.4, stretch * height / 25.4
        sheet = Sheet(figsize=size, dpi=resolution)  # letters are measured as a png has them
        with warnings.catch_warnings(record=True) as no_room:
            warnings.filterwarnings("always", "constrained_layout not applied")
            _lay_out(sheet, figure, is_stacked=width < NARROW)
        if is_fixed or not no_room:
            break
    return sheet


def _page_height(figure: Figure, size: float, width: float, *, lines: int) -> float:
    """Choose the height of a page, in mm: rows by their lines, maps by the width."""
    line_height = size / 72 * 25.4
    is_stacked = width < NARROW
    heights = []
    for panel in figure.panels:
        if panel.n_lines:
            heights.append((2 * panel.n_lines + 5) * line_height)
        else:
            heights.append(width * (0.75 if is_stacked else 0.45))
    return lines * line_height + (sum(heights) if is_stacked else max(heights))


def _lay_out(sheet: Sheet, figure: Figure, *, is_stacked: bool) -> None:
    """Give a sheet its banner, title, subtitle and source; draw the panels between them."""
    size = font_size()
    width, height = sheet.get_size_inches() * 72
    edge_letters = EDGE_OF_PAPER if figure.paper else EDGE
    edge = edge_letters * size / width
    strip = 1.8 * size / height if figure.banner else 0
    sheet.add_artist(Rectangle((0, 1 - strip), 1, strip, color=RED, lw=0))
    middle = 1 - strip / 2
    sheet.text(edge, middle, figure.banner, color="white", weight="bold", va="center_baseline")
    foot = (edge_letters - EDGE + 0.4) * size / height
    room = edge, foot, 1 - 2 * edge, 1 - strip - 2 * foot
    sheet.set_layout_engine("constrained", rect=room, w_pad=size / 300, h_pad=size / 300)

    aligned: Look = {"x": 0, "ha": "left", "wrap": True}
    page: Any = sheet.subfigures()
    page.suptitle(figure.title, **aligned)
    page.supxlabel(figure.source, color=QUIET, **aligned)
    body = page.subfigures()
    body.suptitle(figure.subtitle, size=size, weight="normal", color=QUIET, **aligned)

    panels = figure.panels
    if is_stacked:
        heights = [panel.relative_height for panel in panels]
        rooms = body.subfigures(len(panels), 1, squeeze=False, height_ratios=heights)
    else:
        widths = [panel.relative_width for panel in panels]
        rooms = body.subfigures(1, len(panels), squeeze=False, width_ratios=widths)
    axes = {}
    for subfigure, panel in zip(rooms.flat, panels, strict=True):
        axes[panel] = DRAWINGS[type(panel), "page"](subfigure, panel)
    _fix_layout(sheet)
    for panel, ax in axes.items():
        place_texts = DRAWINGS.get((type(panel), "page_texts"))
        if place_texts:
            place_texts(ax, panel)


def _fix_layout(sheet: Sheet) -> None:
    """Round the layout: its last digits are chance, and so would be names within an SVG."""
    engine: Any = sheet.get_layout_engine()
    engine.execute(sheet)
    subfigures: Any = sheet.findobj(SubFigure)
    for subfigure in subfigures:
        box = subfigure.bbox_relative
        box.p0, box.p1 = np.round(box.p0, 6), np.round(box.p1, 6)
    for ax in sheet.axes:
        ax.set_position(np.round(ax.get_position(original=True).bounds, 6))
        ax.apply_aspect()  # else labels of a map are fitted into one that is stretched
    sheet.set_layout_engine("none")
    texts: Any = sheet.findobj(Text)
    for text in texts:
        # an svg measures letters in another way, and would break lines elsewhere
        text.set_text(text._get_wrapped_text())
        text.set_wrap(False)


def _draw_map(subfigure: SubFigure, panel: Map) -> Axes:
    """Draw places in the colours of their classes, layers, and the legend below."""
    ax, size = subfigure.subplots(), font_size()
    outline: Look = {"edgecolor": "white", "linewidth": size / 14}
    if panel.ground is not None:
        panel.ground.plot(ax=ax, color=GROUND, **outline)
    panel.places.plot(ax=ax, color=panel.places["colour"], **outline).margins(0)
    handles: list[Any] = []
    if panel.legend.grey:
        handles.append(Patch(color=PALE, label=panel.legend.grey))
    for layer in panel.layers:
        look: Look = {"linewidth": size / 14, "markersize": size, "marker": "o"}
        layer.shapes.plot(ax=ax, color=layer.colour, **look)
        handles.append(Line2D([], [], color=layer.colour, label=layer.name))
    ax.set_axis_off()
    ax.set_title(panel.head, loc="left", weight="bold", size=size)
    _draw_legend(subfigure, ax, panel.legend)
    if handles:
        subfigure.legend(handles=handles, loc="outside lower left", ncols=3)
    return ax


DRAWINGS[Map, "page"] = _draw_map


def _draw_legend(subfigure: SubFigure, ax: Axes, legend: Legend) -> None:
    """Draw classes as a strip, each as wide as its numbers are apart, with the texts below."""
    breaks = np.cumsum([0, *legend.shares])
    classes = mpl.colors.BoundaryNorm(breaks, len(legend.colours))
    colours = mpl.cm.ScalarMappable(classes, mpl.colors.ListedColormap(legend.colours))
    bar = subfigure.colorbar(
        colours,
        ax=ax,
        ticks=list(legend.ticks),
        location="bottom",
        shrink=0.8,
        aspect=34,
        pad=0.02,
        spacing="proportional",
        panchor=(0.5, 0.5),
    )
    bar.set_ticklabels(list(legend.ticks.values()))
    bar.outline.set_visible(False)


def _label(ax: Axes, panel: Map) -> None:
    """Write names and values where they fit, once the layout is known."""
    smallest = FontProperties(size=mpl.rcParams["legend.fontsize"]).get_size_in_points()
    size = max(font_size() * 0.88, smallest)
    sizes = [size, SMALLER * size] if smallest < size else [size]  # on a phone none is smaller
    metre = ax.transData.transform([(0, 0), (1, 0)])
    scale = 72 / ax.figure.dpi * np.ptp(metre[:, 0])
    for label in fit_labels(panel, sizes, scale):
        ax.text(
            label.x,
            label.y,
            label.text,
            color=text_colour(label.colour),
            size=label.size,
            ha="center",
            va="center",
            linespacing=1.15,
        )


DRAWINGS[Map, "page_texts"] = _label


def draw_reference(ax: Axes, line: ReferenceLine | None) -> None:
    """Mark one value, if there is one to mark, and write what it is above."""
    if line is None:
        return
    ax.axvline(line.value, color=INK, lw=font_size() / 14, zorder=1)
    above = (line.value, 1)
    ax.annotate(line.label, above, xycoords=("data", "axes fraction"), ha="center", va="bottom")


def _draw_rows(subfigure: SubFigure, panel: Rows) -> Axes:
    """Draw an ordered dot plot."""
    ax, rows, size = subfigure.subplots(), panel.rows, font_size()
    line_width = size / 14
    n_letters = subfigure.bbox.width / subfigure.dpi * 72 / size / LETTER_WIDTH
    # a label that is longer than the list is wide would be cut off
    label_width = max(LONG, int(0.7 * n_letters))
    key = {column: fill(label, label_width) for column, label in panel.key.items()}
    draw_dots(ax, rows, key)
    draw_reference(ax, panel.line)
    if panel.gap:
        ax.axhline(panel.gap - 0.5, color=PALE, ls=":")
    if "is_whole" in rows:
        for height in rows["is_whole"].to_numpy().nonzero()[0]:
            ax.axhline(height - 0.5, color=QUIET, lw=line_width)
    ax.margins(x=0.1)
    if panel.log:
        ax.set_xscale("log")
        ax.minorticks_off()

    # names on the left, values on the right
    name_width = max(LONG, int(0.4 * n_letters))
    names = [fill(name, name_width) for name in rows["name"]]
    heights = np.arange(len(rows))
    ax.set(ylim=(len(rows) - 0.4, -0.6))
    ax.set_yticks(heights, names, linespacing=1)
    ax.set_xticks(list(panel.ticks), panel.ticks.values())
    ax.grid(axis="x")
    texts = [fill(text, max(NUMBERS, int(0.28 * n_letters))) for text in rows["text"]]
    values = ax.secondary_yaxis("right")
    values.spines[:].set_visible(False)
    values.set_yticks(heights, texts, weight="bold", linespacing=1)
    if len(key) > 1:
        has_room = sum(map(len, key.values())) < n_letters
        n_columns = len(key) if has_room else 1
        subfigure.legend(loc="outside lower left", ncols=n_columns, reverse=True)
    return ax


DRAWINGS[Rows, "page"] = _draw_rows


def _keep_ticks_apart(ax: Axes, _: Panel) -> None:
    """Leave out ticks of x where their texts would touch, once the width of the panel is known."""
    texts = sorted(ax.get_xticklabels(), key=lambda text: text.get_position()[0])
    extents = [text.get_window_extent() for text in texts]
    gap = font_size() / 2
    step = 1
    while any(right.x0 < left.x1 + gap for left, right in pairwise(extents[::step])):
        step += 1
    kept = texts[::step]
    ax.set_xticks([text.get_position()[0] for text in kept], [text.get_text() for text in kept])


for _kind in (Rows, Scatter, Line):
    DRAWINGS[_kind, "page_texts"] = _keep_ticks_apart


def draw_dots(ax: Axes, rows: pd.DataFrame, key: dict[str, str]) -> None:
    """Draw a dot for each row, with what else the key has: intervals, value before, target."""
    size, heights = font_size(), np.arange(len(rows))
    line_width = size / 14
    if "low" in key:
        ax.hlines(heights, rows["low"], rows["high"], PALE, lw=size * 0.6, label=key["low"])
    if "lowest" in key:
        ends = rows["lowest"], rows["highest"]
        ax.hlines(heights, *ends, QUIET, ":", lw=line_width, label=key["lowest"])
    if "before" in key:
        ax.hlines(heights, rows["before"], rows["value"], QUIET, lw=line_width)
        ax.plot(rows["before"], heights, "o", mfc="white", mec=QUIET, label=key["before"])
    if "target" in key:
        ax.plot(rows["target"], heights, "|", ms=size * 0.8, mec=INK, label=key["target"])
    ax.scatter(
        rows["value"],
        heights,
        size**2 / 2,
        rows["colour"],
        edgecolor=INK,
        linewidth=line_width / 2,
        zorder=3,
        label=key["value"],
    )


def _draw_slopes(subfigure: SubFigure, panel: Slopes) -> Axes:
    """Draw a line for each place, from the value before to the value after, with their texts."""
    ax, size = subfigure.subplots(), font_size()
    for row in iterate_rows(panel.rows):
        width = size / (4 if row.bold else 8)
        look: Look = {"color": row.colour, "lw": width, "clip_on": False}
        ax.plot([0, 1], [row.before, row.value], "o-", zorder=2 + row.bold, **look)
        _write_beside(ax, row.start, (0, row.before), row)
        _write_beside(ax, row.end, (1, row.value), row)
    ax.set(xlim=(-0.01, 1.01), xticks=[0, 1], xticklabels=panel.heads, yticks=[])
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(labeltop=True, labelbottom=False)
    if max(map(len, panel.heads)) > SHORT_HEAD:  # two that are centred might meet
        first, last = ax.get_xticklabels()
        first.set_horizontalalignment("right")
        last.set_horizontalalignment("left")
    return ax


DRAWINGS[Slopes, "page"] = _draw_slopes


def _write_beside(ax: Axes, text: str, end: tuple[float, float], row: Any) -> None:  # noqa: ANN401
    """Write a text beside an end of a line, joined to it, for it may be moved."""
    x, y = end
    size = font_size()
    join: Look = {"arrowstyle": "-", "color": PALE, "shrinkB": size / 3, "relpos": (1 - x, 0.5)}
    letters: Look = {"color": row.colour, "weight": "bold"} if row.bold else {}
    ax.annotate(
        text,
        end,
        ((3.6 * x - 1.8) * size, y),
        textcoords=("offset points", "data"),
        annotation_clip=False,
        ha="left" if x else "right",
        va="center",
        arrowprops=join,
        **letters,
    )


def _move_texts_apart(ax: Axes, panel: Slopes) -> None:
    """Move texts apart, once the height of the lines is known."""
    axis_height = ax.bbox.height / ax.figure.dpi * 72
    heights, ends = spread(panel.rows[["before", "value"]], font_size(), axis_height)
    ax.set_ylim(ends)
    texts: Any = ax.texts
    for text, height in zip(texts, heights.to_numpy().ravel(), strict=True):
        text.xyann = text.xyann[0], height


DRAWINGS[Slopes, "page_texts"] = _move_texts_apart


def _draw_scatter(subfigure: SubFigure, panel: Scatter) -> Axes:
    """Draw dots, and the fitted line with its interval."""
    ax, dots, line = subfigure.subplots(), panel.dots, panel.line
    ax.set_yscale("log")
    ax.fill_between(line["x"], line["low"], line["high"], color=BLUE, alpha=0.15, lw=0)
    ax.plot(line["x"], line["fit"], color=BLUE, zorder=4, label=panel.line_label)
    areas = font_size() ** 2 * (0.15 + 2 * dots["size"])
    ax.scatter(dots["x"], dots["y"], areas, dots["colour"], edgecolor="white", lw=0.6, zorder=3)
    _write_axes(subfigure, ax, panel)
    return ax


DRAWINGS[Scatter, "page"] = _draw_scatter


def _write_axes(subfigure: SubFigure, ax: Axes, panel: Scatter | Line) -> None:
    """Write the titles and the ticks of both axes, and the key below."""
    x_title, y_title = panel.axes
    is_narrow = subfigure.bbox.width / subfigure.dpi * 25.4 < NARROW
    ax.set(xlabel=x_title, ylabel=fill(y_title, 26 if is_narrow else 999))
    if panel.y_ticks:
        ax.minorticks_off()
        ax.set_yticks(list(panel.y_ticks), panel.y_ticks.values())
    ax.set_xticks(list(panel.x_ticks), panel.x_ticks.values())
    ax.grid(axis="y")
    subfigure.legend(loc="outside lower left")


def _draw_line(subfigure: SubFigure, panel: Line) -> Axes:
    """Draw a line of points with their intervals, and the level to compare with."""
    ax, points = subfigure.subplots(), panel.points
    ax.set_yscale("log")
    ax.axhline(panel.reference.value, color=INK, zorder=1, label=panel.reference.label)
    ax.plot(points["x"], points["value"], color=QUIET, ls=":", zorder=2)
    colours = list(points["colour"])
    ax.vlines(points["x"], points["low"], points["high"], colours, label=panel.label)
    ax.scatter(points["x"], points["value"], font_size() ** 2, colours, zorder=3)
    _write_axes(subfigure, ax, panel)
    return ax


DRAWINGS[Line, "page"] = _draw_line

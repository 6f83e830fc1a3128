"""Draw a figure on a page: matplotlib's constrained layout finds the room, one size rules all."""

import io
import warnings
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Sheet
from matplotlib.figure import SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from .. import limits
from ..figure import (
    BLUE,
    INK,
    PALE,
    QUIET,
    RED,
    Figure,
    Map,
    Rows,
    Scatter,
    Slopes,
    iterate_rows,
    text_colour,
)
from .labels import labels, spread
from .picture import WALL

# Width in mm: letters and title in points, dots an inch.
MEDIA = {WALL: (14, 22, 144), 170: (8, 11, 300), 85: (7, 9, 300)}

# A name of more letters is folded where it would take more than two fifths of the width.
LONG = 24

# In mm: up to this width panels stand below each other.
NARROW = 120

Look = dict[str, Any]
"""Keywords of matplotlib that go together."""

LOOK = Path(__file__).with_name("look.mplstyle")

# Land below circles: paler than any class, and than what is missing.
GROUND = "#eceeef"

# What a file says of itself: where its format has room for that, and no date.
ABOUT: dict[str, Any] = {
    "png": ("Title", "Description", "Source", {}),
    "svg": ("Title", "Description", "Identifier", {"Date": None}),
    "pdf": ("Title", "Subject", "Keywords", {"CreationDate": None}),
}


def draw(figure: Figure, *, width: float, kind: str, height: float = 0, dots: float = 0) -> bytes:
    """Draw a figure as `png`, `svg` or `pdf`; `width` and `height` in mm, `dots` an inch."""
    low, most = limits.PRINTED
    if not low <= width <= most:
        msg = f"width is {width!r} mm; expected {low} to {most}: 85 is a column, 170 a page."
        raise ValueError(msg)
    medium = min(MEDIA, key=lambda wide: abs(wide - width))
    larger = max(width / WALL, 1)  # what hangs on a wall is read from farther away
    size, title, usual = np.array(MEDIA[medium]) * (larger, larger, 1 / larger)
    own: Any = {"font.size": size, "figure.titlesize": title, "savefig.dpi": dots or usual}
    # that of the file, or lines break elsewhere
    own["figure.dpi"] = own["savefig.dpi"] if kind == "png" else 72
    own |= {"lines.linewidth": size / 6, "lines.markersize": size * 0.6}
    slide = medium == WALL
    high = height or (width * 9 / 16 if slide else _height(figure, size, width))
    *heads, no_date = ABOUT[kind]
    said = figure.title, figure.alt, f"hganalysis:{figure.digest}"
    about: Look = dict(zip(heads, said, strict=True)) | no_date
    file = io.BytesIO()
    with mpl.rc_context(own, fname=LOOK), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a box stands for a letter that no font has
        sheet = _sheet(figure, width, high, fixed=slide or height > 0)
        sheet.savefig(file, format=kind, metadata=about)
    return file.getvalue()


def _sheet(figure: Figure, width: float, high: float, *, fixed: bool) -> Sheet:
    """Lay a figure out; where its texts leave the panels no room, a sheet that may is higher."""
    for more in (1, 1.4, 2):
        sheet = Sheet(figsize=(width / 25.4, more * high / 25.4))
        with warnings.catch_warnings(record=True) as told:
            warnings.filterwarnings("always", "constrained_layout not applied")
            _lay_out(sheet, figure, stacked=width < NARROW)
        if fixed or not told:
            break
    return sheet


def _height(figure: Figure, size: float, width: float) -> float:
    """Give a page the height of what stands on it, in mm: rows by lines, a map by its width."""
    line, stacked = size / 72 * 25.4, width < NARROW
    rows = [len(one.rows) for one in figure.panels if isinstance(one, Rows | Slopes)]
    maps = [width * (0.75 if stacked else 0.45)] * (len(figure.panels) - len(rows))
    high = [(2 * many + 5) * line for many in rows] + maps
    return 12 * line + (sum(high) if stacked else max(high))


def _lay_out(sheet: Sheet, figure: Figure, *, stacked: bool) -> None:
    """Give a sheet its banner, title, subtitle and source; draw the panels between them."""
    size, (wide, high) = mpl.rcParams["font.size"], sheet.get_size_inches() * 72
    edge, strip = 1.2 * size / wide, 1.8 * size / high if figure.banner else 0
    sheet.add_artist(Rectangle((0, 1 - strip), 1, strip, color=RED, lw=0))
    white: Look = {"color": "white", "weight": "bold", "va": "center_baseline"}
    sheet.text(edge, 1 - strip / 2, figure.banner, **white)
    room = edge, 0.4 * size / high, 1 - 2 * edge, 1 - strip - 0.8 * size / high
    sheet.set_layout_engine("constrained", rect=room, w_pad=size / 300, h_pad=size / 300)
    left: Look = {"x": 0, "ha": "left", "wrap": True}
    page: Any = sheet.subfigures()
    page.suptitle(figure.title, **left)
    page.supxlabel(figure.source, color=QUIET, **left)
    body = page.subfigures()
    body.suptitle(figure.subtitle, size=size, weight="normal", color=QUIET, **left)
    many, parts = len(figure.panels), figure.panel_sizes(stacked=stacked)
    grid = (many, 1) if stacked else (1, many)
    ratios: Look = {"height_ratios" if stacked else "width_ratios": parts}
    rooms = zip(body.subfigures(*grid, squeeze=False, **ratios).flat, figure.panels, strict=True)
    drawn = {panel: DRAW[type(panel)](room, panel) for room, panel in rooms}
    sheet.draw_without_rendering()
    for part in (page, body, *body.subfigs):  # the last digits of the layout are chance, and so
        box = part.bbox_relative  # would be names within an SVG
        box.p0, box.p1 = np.round(box.p0, 6), np.round(box.p1, 6)
    for ax in sheet.axes:
        ax.set_position(np.round(ax.get_position(original=True).bounds, 6))
        ax.apply_aspect()  # else labels of a map are fitted into one that is stretched
    sheet.set_layout_engine("none")
    for panel, ax in drawn.items():
        if isinstance(panel, Map):
            _label(ax, panel)
        elif isinstance(panel, Slopes):
            _spread(ax, panel)


def _map(part: SubFigure, panel: Map) -> Axes:
    """Draw places in classes, and the classes as one strip below."""
    ax, places, many = part.subplots(), panel.places, len(panel.legend.colours)
    line = mpl.rcParams["font.size"] / 14
    if panel.ground is not None:
        panel.ground.plot(ax=ax, color=GROUND, edgecolor="white", linewidth=line)
    places.plot(ax=ax, color=places["colour"], edgecolor="white", linewidth=line).margins(0)
    for layer in panel.layers:
        dots: Look = {"markersize": mpl.rcParams["font.size"], "marker": "o"}
        layer.shapes.plot(ax=ax, color=layer.colour, linewidth=line, **dots)
    ax.set_axis_off()
    ax.set_title(panel.head, loc="left", weight="bold", size=mpl.rcParams["font.size"])
    # each class as wide as its numbers are apart, and a text at each edge that has one
    edges = np.cumsum([0, *panel.legend.shares])
    classes = mpl.colors.BoundaryNorm(edges, many)
    strip = mpl.cm.ScalarMappable(classes, mpl.colors.ListedColormap(panel.legend.colours))
    texts = {edge: text for edge, text in zip(edges, panel.legend.edges, strict=True) if text}
    below: Look = {"location": "bottom", "shrink": 0.8, "aspect": 34, "pad": 0.02}
    below["spacing"] = "proportional"
    bar = part.colorbar(strip, ax=ax, ticks=list(texts), panchor=(0.5, 0.5), **below)
    bar.set_ticklabels(list(texts.values()))
    bar.outline.set_visible(False)
    key: list[Any] = [Patch(color=PALE, label=panel.legend.grey)] if panel.legend.grey else []
    key += [Line2D([], [], color=one.colour, label=one.name) for one in panel.layers]
    if key:
        part.legend(handles=key, loc="outside lower left", ncols=3)
    return ax


def _label(ax: Axes, panel: Map) -> None:
    """Write names and values where they fit, once the layout is known."""
    size, metre = mpl.rcParams["font.size"] * 0.88, ax.transData.transform([(0, 0), (1, 0)])
    look: Look = {"size": size, "ha": "center", "va": "center", "linespacing": 1.15}
    for colour, x, y, said in labels(panel, size, 72 / ax.figure.dpi * np.ptp(metre[:, 0])):
        ax.text(x, y, said, color=text_colour(colour), **look)


def _rows(part: SubFigure, panel: Rows) -> Axes:
    """Draw dots in order, with what was before and between what a similar period would lie."""
    ax, rows, size = part.subplots(), panel.rows, mpl.rcParams["font.size"]
    at, thin = np.arange(len(rows)), size / 14
    letters = part.bbox.width / part.dpi * 72 / size / 0.55
    # a label that is longer than the list is wide would be cut off
    label_width = max(LONG, int(0.7 * letters))
    key = {column: fill(label, label_width) for column, label in panel.key.items()}
    if "low" in key:
        ax.hlines(at, rows["low"], rows["high"], PALE, lw=size * 0.6, label=key["low"])
    if "lowest" in key:
        ax.hlines(at, rows["lowest"], rows["highest"], QUIET, ":", lw=thin, label=key["lowest"])
    if "before" in key:
        ax.hlines(at, rows["before"], rows["value"], QUIET, lw=thin)
        ax.plot(rows["before"], at, "o", mfc="white", mec=QUIET, label=key["before"])
    dots: Look = {"edgecolor": INK, "linewidth": thin / 2, "zorder": 3, "label": key["value"]}
    ax.scatter(rows["value"], at, size**2 / 2, rows["colour"], **dots)
    if panel.line:
        ax.axvline(panel.line.value, color=INK, lw=thin, zorder=1)
        above: Look = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "bottom"}
        ax.annotate(panel.line.label, (panel.line.value, 1), **above)
    if panel.gap:
        ax.axhline(panel.gap - 0.5, color=PALE, ls=":")
    ax.margins(x=0.1)
    if panel.log:
        ax.set_xscale("log")
        ax.minorticks_off()
    names = [fill(name, max(LONG, int(0.4 * letters))) for name in rows["name"]]
    ax.set(ylim=(len(rows) - 0.4, -0.6))
    ax.set_yticks(at, names, linespacing=1)
    ax.set_xticks(list(panel.ticks), panel.ticks.values())
    ax.grid(axis="x")
    right = ax.secondary_yaxis("right")
    right.spines[:].set_visible(False)
    right.set_yticks(at, rows["text"], weight="bold")
    if len(key) > 1:
        has_room = sum(map(len, key.values())) < letters
        part.legend(loc="outside lower left", ncols=len(key) if has_room else 1, reverse=True)
    return ax


def _slopes(part: SubFigure, panel: Slopes) -> Axes:
    """Draw a line a place: before on its left; after, change and name on its right."""
    ax, size = part.subplots(), mpl.rcParams["font.size"]
    line: Look = {"arrowstyle": "-", "color": PALE, "shrinkB": size / 3}
    look: Look = {"va": "center", "textcoords": ("offset points", "data"), "annotation_clip": False}
    for row in iterate_rows(panel.rows):
        bold: Look = {"color": row.colour, "weight": "bold"} if row.bold else {}
        width, above = size / (4 if row.bold else 8), 2 + row.bold
        ends: Look = {"color": row.colour, "lw": width, "zorder": above, "clip_on": False}
        ax.plot([0, 1], [row.before, row.value], "o-", **ends)
        sides = (0, row.before, row.start, "right"), (1, row.value, row.end, "left")
        for x, y, said, ha in sides:
            away, arrow = (3.6 * x - 1.8) * size, line | {"relpos": (1 - x, 0.5)}
            ax.annotate(said, (x, y), (away, y), ha=ha, arrowprops=arrow, **look, **bold)
    ax.set(xlim=(-0.01, 1.01), xticks=[0, 1], xticklabels=panel.heads, yticks=[])
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(labeltop=True, labelbottom=False)
    return ax


def _spread(ax: Axes, panel: Slopes) -> None:
    """Move texts apart, once the height of the lines is known."""
    high = ax.bbox.height / ax.figure.dpi * 72
    at, limits = spread(panel.rows[["before", "value"]], mpl.rcParams["font.size"], high)
    ax.set_ylim(limits)
    texts: Any = ax.texts
    for text, y in zip(texts, at.to_numpy().ravel(), strict=True):
        text.xyann = text.xyann[0], y


def _scatter(part: SubFigure, panel: Scatter) -> Axes:
    """Draw dots, and the line that was fitted, with its interval."""
    ax, size, dots, line = part.subplots(), mpl.rcParams["font.size"], panel.dots, panel.line
    ax.set_yscale("log")
    ax.fill_between(line["x"], line["low"], line["high"], color=BLUE, alpha=0.15, lw=0)
    ax.plot(line["x"], line["fit"], color=BLUE, zorder=4, label=panel.line_label)
    area = size**2 * (0.15 + 2 * dots["size"])
    ax.scatter(dots["x"], dots["y"], area, dots["colour"], edgecolor="white", lw=0.6, zorder=3)
    narrow = part.bbox.width / part.dpi * 25.4 < NARROW
    ax.set(xlabel=panel.axes[0], ylabel=fill(panel.axes[1], 26 if narrow else 999))
    if panel.y_ticks:
        ax.minorticks_off()
        ax.set_yticks(list(panel.y_ticks), panel.y_ticks.values())
    ax.set_xticks(list(panel.x_ticks), panel.x_ticks.values())
    ax.grid(axis="y")
    part.legend(loc="outside lower left")
    return ax


DRAW: dict[type, Any] = {Map: _map, Rows: _rows, Slopes: _slopes, Scatter: _scatter}

"""Draw each kind of panel on a page: in axes of matplotlib, in the letters in use."""

from functools import singledispatch
from itertools import pairwise
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from ..figure import (
    BLUE,
    INK,
    PALE,
    QUIET,
    Courses,
    Legend,
    LineChart,
    Map,
    Panel,
    ReferenceLine,
    Rows,
    Scatter,
    Slopes,
    iterate_rows,
    text_colour,
)
from .labels import SMALLER, TEXT_STEP, Label, fit_labels, lead, move_apart, spread

# A name of more letters is folded where it would take more than two fifths of the width.
LONG = 24

# A text behind a row, with more letters, is folded where it would take more than 28 % of the width.
NUMBERS = 16

# A head of slopes with more letters than a year has is written outwards from its line.
SHORT_HEAD = 4

# The usual width of a letter, as a share of its size; that of one that may be bold.
LETTER_WIDTH, WIDE_LETTER = 0.55, 0.62

# Lines of slopes take at least this share of the width, if shorter texts at their ends allow it.
SLOPES = 0.32

# In letters: what is free on both sides of slopes.
AROUND_SLOPES = 4

# In mm: on a narrower page panels are below each other, and titles of axes are folded.
NARROW = 120

Look = dict[str, Any]
"""Keywords of matplotlib that go together."""

# How wide a dot of a row is, and how high the bar behind it, in letters.
DOT, BAR = 0.6, 0.85

# Of lines that lead from dots to their texts: seen, and no data.
GREY = "#b9c0c7"

# As a share of the legend: the texts of narrower classes nearly touch on a phone.
NARROW_CLASS = 0.12

# Land below circles: paler than any class, and than what is missing.
GROUND = "#eceeef"


def font_size() -> Any:  # noqa: ANN401
    """Give the size of letters in use, in points."""
    return mpl.rcParams["font.size"]


@singledispatch
def draw_panel(panel: Panel, subfigure: SubFigure) -> Any:  # noqa: ANN401
    """Draw a panel in its part of a page, and give its axes; each kind enters its own function."""
    raise NotImplementedError


@singledispatch
def place_texts(panel: Panel, ax: Any) -> None:  # noqa: ANN401
    """Place the texts of a panel, once the layout is known; most kinds have none to place."""


@draw_panel.register
def _draw_map(panel: Map, subfigure: SubFigure) -> Axes:
    """Draw places in the colours of their classes, layers, and the legend below."""
    ax = subfigure.subplots()
    size = font_size()
    outline: Look = {"edgecolor": "white", "linewidth": size / 14}
    if panel.ground is not None:
        panel.ground.plot(ax=ax, color=GROUND, **outline)
    panel.places.plot(ax=ax, color=panel.places["colour"], **outline).margins(0)
    handles: list[Any] = []
    if panel.legend.grey:
        handles.append(Patch(color=PALE, label=panel.legend.grey))
    for layer in panel.layers:
        layer.shapes.plot(
            ax=ax, color=layer.colour, linewidth=size / 14, markersize=size, marker="o"
        )
        handles.append(Line2D([], [], color=layer.colour, label=layer.name))
    ax.set_axis_off()
    ax.set_title(panel.head, loc="left", weight="bold", size=size)
    _draw_legend(subfigure, ax, panel.legend)
    if handles:
        subfigure.legend(handles=handles, loc="outside lower left", ncols=3)
    return ax


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
        # texts of narrow classes need all the room that there is
        shrink=1 if min(legend.shares) < NARROW_CLASS else 0.8,
        aspect=34,
        pad=0.02,
        spacing="proportional",
        panchor=(0.5, 0.5),
    )
    bar.set_ticklabels(list(legend.ticks.values()))
    bar.outline.set_visible(False)


@place_texts.register
def _label(panel: Map, ax: Axes) -> None:
    """Write names and values where they fit."""
    smallest = FontProperties(size=mpl.rcParams["legend.fontsize"]).get_size_in_points()
    size = max(font_size() * 0.88, smallest)
    sizes = [size, SMALLER * size] if smallest < size else [size]  # on a phone none is smaller
    metre = ax.transData.transform([(0, 0), (1, 0)])
    scale = 72 / ax.figure.dpi * np.ptp(metre[:, 0])
    for label in fit_labels(panel, sizes, scale, _canvas(ax)):
        edge = [withStroke(linewidth=label.size / 3, foreground=label.colour)]
        if label.leads_to:
            _draw_leader(ax, label, scale)
        ax.text(
            label.x,
            label.y,
            label.text,
            color=text_colour(label.colour),
            size=label.size,
            ha="center",
            va="center",
            linespacing=1.15,
            path_effects=edge if label.is_over else None,
            zorder=5 if label.is_over else None,
        )


def _canvas(ax: Axes) -> tuple[float, float, float, float]:
    """Give the room for labels: as high as the map, as wide as what it is drawn on."""
    sheet = ax.figure.bbox.transformed(ax.transData.inverted())
    south, north = ax.get_ylim()
    return sheet.x0, south, sheet.x1, north


def _draw_leader(ax: Axes, label: Label, scale: float) -> None:
    """Lead from a label beside the map to its place, with an edge to be seen on any colour."""
    width = label.size / 10
    edge = [withStroke(linewidth=3 * width, foreground=label.colour)]
    *_, end = ends = lead(label, scale)
    look: Look = {"color": INK, "path_effects": edge, "zorder": 4, "clip_on": False}
    ax.autoscale(enable=False)  # the map keeps its size
    ax.plot(*ends.T, linewidth=width, **look)
    ax.plot(*end, "o", markersize=label.size / 3, **look)


def draw_reference(ax: Axes, line: ReferenceLine | None) -> None:
    """Mark one value, if there is one to mark, and write what it is above."""
    if line is None:
        return
    ax.axvline(line.value, color=INK, lw=font_size() / 14, zorder=1)
    above = (line.value, 1)
    ax.annotate(line.label, above, xycoords=("data", "axes fraction"), ha="center", va="bottom")


@draw_panel.register
def _draw_rows(panel: Rows, subfigure: SubFigure) -> Axes:
    """Draw an ordered dot plot."""
    ax = subfigure.subplots()
    rows = panel.rows
    size = font_size()
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
    if panel.is_log:
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


@place_texts.register
def _keep_ticks_apart(_: Rows | Scatter | LineChart, ax: Axes) -> None:
    """Leave out ticks of x where their texts would touch."""
    texts = sorted(ax.get_xticklabels(), key=lambda text: text.get_position()[0])
    extents = [text.get_window_extent() for text in texts]
    gap = font_size() / 2
    step = 1
    while any(right.x0 < left.x1 + gap for left, right in pairwise(extents[::step])):
        step += 1
    kept = texts[::step]
    ax.set_xticks([text.get_position()[0] for text in kept], [text.get_text() for text in kept])


def draw_dots(ax: Axes, rows: pd.DataFrame, key: dict[str, str]) -> None:
    """Draw a dot for each row, with what else the key has: intervals, value before, target."""
    size = font_size()
    heights = np.arange(len(rows))
    line_width = size / 14
    if "low" in key:
        # higher than the dot, which would hide an interval that is narrower than itself
        ax.hlines(heights, rows["low"], rows["high"], PALE, lw=BAR * size, label=key["low"])
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
        (DOT * size) ** 2,
        rows["colour"],
        edgecolor=INK,
        linewidth=line_width / 2,
        zorder=3,
        label=key["value"],
    )


@draw_panel.register
def _draw_slopes(panel: Slopes, subfigure: SubFigure) -> Axes:
    """Draw a line for each place, from the value before to the value after, with their texts."""
    ax = subfigure.subplots()
    size = font_size()
    width_in_letters = subfigure.bbox.width / subfigure.dpi * 72 / size
    ends = _choose_ends(panel, width_in_letters)
    for row, end in zip(iterate_rows(panel.rows), ends, strict=True):
        width = size / (4 if row.bold else 8)
        ax.plot(
            [0, 1],
            [row.before, row.value],
            "o-",
            color=row.colour,
            lw=width,
            zorder=2 + row.bold,
            clip_on=False,
        )
        _write_beside(ax, row.start, (0, row.before), row)
        _write_beside(ax, end, (1, row.value), row)
    ax.set(xlim=(-0.01, 1.01), xticks=[0, 1], xticklabels=panel.heads, yticks=[])
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(labeltop=True, labelbottom=False)
    if max(map(len, panel.heads)) > SHORT_HEAD:  # two that are centred might meet
        first, last = ax.get_xticklabels()
        first.set_horizontalalignment("right")
        last.set_horizontalalignment("left")
    return ax


def _choose_ends(panel: Slopes, n_letters: float) -> list[str]:
    """Choose the fullest texts that leave the lines their share of a width in letters."""
    start = max(map(len, panel.rows["start"]))
    ends = list(panel.rows["end"])
    shorter: Any = list(panel.rows["shorter"])
    for texts in [ends, *map(list, zip(*shorter, strict=True))]:
        n_of_texts = start + max(map(len, texts))
        n_of_lines = n_letters - n_of_texts * WIDE_LETTER - AROUND_SLOPES
        if n_of_lines >= SLOPES * n_letters:
            return texts
    return texts


def _write_beside(
    ax: Axes,
    text: str,
    end: tuple[float, float],
    row: Any,  # noqa: ANN401
    *,
    side: int | None = None,
) -> None:
    """Write a text beside an end of a line, joined to it, for it may be moved."""
    _, y = end
    x = end[0] if side is None else side
    size = font_size()
    join: Look = {
        "arrowstyle": "-",
        "color": GREY,
        # to the middle of its text: matplotlib clips it at a box that reaches into the next line
        "shrinkA": size / 4,
        "patchA": None,
        "shrinkB": size / 3,
        "relpos": (1 - x, 0.5),
    }
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


@place_texts.register
def _move_texts_apart(panel: Slopes, ax: Axes) -> None:
    """Move the texts of lines apart."""
    axis_height = ax.bbox.height / ax.figure.dpi * 72
    heights, ends = spread(panel.rows[["before", "value"]], font_size(), axis_height)
    ax.set_ylim(ends)
    texts: Any = ax.texts
    for text, height in zip(texts, heights.to_numpy().ravel(), strict=True):
        text.xyann = text.xyann[0], height


@draw_panel.register
def _draw_courses(panel: Courses, subfigure: SubFigure) -> Axes:
    """Draw all lines, pale or bold; those with a text have it beside their last dot."""
    ax = subfigure.subplots()
    size = font_size()
    n_periods = len(panel.heads)
    x = np.arange(n_periods)
    for row in iterate_rows(panel.rows):
        look: Look = {"color": row.colour, "clip_on": False}
        has_text = bool(row.end)
        width = size / 12
        if row.bold:
            width = size / 4
        elif has_text:
            width = size / 7
        look["zorder"] = 2 + has_text + row.bold
        ax.plot(x, row.shares, lw=width, **look)
        has_number = ~np.isnan(row.shares)
        if not has_number.all():  # dotted over periods without a number
            ax.plot(x[has_number], row.shares[has_number], lw=width / 2, ls=":", **look)
        if has_text:
            look["zorder"] = 5
            ax.plot(x[-1:], row.shares[-1:], "o", ms=size * 0.5, **look)
    with_text = panel.rows[panel.rows["end"] != ""]
    for row in iterate_rows(with_text):
        last_dot = (n_periods - 1, row.shares[-1])
        _write_beside(ax, row.end, last_dot, row, side=1)
    ax.set(xlim=(-0.02 * n_periods, n_periods - 1))
    ax.set_xticks(x, panel.heads)
    ax.set_yticks(list(panel.y_ticks), panel.y_ticks.values())
    ax.grid(axis="y")
    return ax


@place_texts.register
def _place_courses(panel: Courses, ax: Axes) -> None:
    """Move the texts of lines apart, and leave out heads that would touch."""
    with_text = panel.rows[panel.rows["end"] != ""]
    low, high = ax.get_ylim()
    axis_height = ax.bbox.height / ax.figure.dpi * 72
    ends = pd.Series([shares[-1] for shares in with_text["shares"]])
    step = TEXT_STEP * font_size() * (high - low) / axis_height
    heights = move_apart(ends, step)
    texts: Any = ax.texts
    for text, height in zip(texts, heights, strict=True):
        text.xyann = text.xyann[0], height
    room = 0.9 * ax.bbox.width
    if _width_of_heads(ax) > room:
        last = len(panel.heads) - 1
        ax.set_xticks([0, last], [panel.heads[0], panel.heads[-1]])
        if _width_of_heads(ax) < room:
            first_head, last_head = ax.get_xticklabels()
            first_head.set_horizontalalignment("left")
            last_head.set_horizontalalignment("right")


def _width_of_heads(ax: Axes) -> float:
    """Add up the widths of the texts below an axis."""
    return sum(head.get_window_extent().width for head in ax.get_xticklabels())


@draw_panel.register
def _draw_scatter(panel: Scatter, subfigure: SubFigure) -> Axes:
    """Draw dots, and the fitted line with its interval."""
    ax = subfigure.subplots()
    dots = panel.dots
    line = panel.line
    ax.set_yscale("log")
    colour, style = (BLUE, "-") if panel.is_clear else (QUIET, "--")
    ax.fill_between(line["x"], line["low"], line["high"], color=colour, alpha=0.15, lw=0)
    label = panel.line_label or None
    ax.plot(line["x"], line["fit"], style, color=colour, zorder=4, label=label)
    areas = font_size() ** 2 * (0.15 + 2 * dots["size"])
    ax.scatter(dots["x"], dots["y"], areas, dots["colour"], edgecolor="white", lw=0.6, zorder=3)
    _write_axes(subfigure, ax, panel)
    return ax


def _write_axes(subfigure: SubFigure, ax: Axes, panel: Scatter | LineChart) -> None:
    """Write the titles and the ticks of both axes, and the key below."""
    x_title, y_title = panel.axes
    is_narrow = subfigure.bbox.width / subfigure.dpi * 25.4 < NARROW
    ax.set(xlabel=x_title)
    if is_narrow:  # upright letters would be folded into the height of the axis
        ax.set_title(y_title, loc="left", size=font_size(), color=QUIET)
    else:
        ax.set_ylabel(y_title)
    if panel.y_ticks:
        ax.minorticks_off()
        ax.set_yticks(list(panel.y_ticks), panel.y_ticks.values())
    ax.set_xticks(list(panel.x_ticks), panel.x_ticks.values())
    ax.grid(axis="y")
    if any(ax.get_legend_handles_labels()[1]):
        subfigure.legend(loc="outside lower left")


@draw_panel.register
def _draw_line(panel: LineChart, subfigure: SubFigure) -> Axes:
    """Draw a line of points with their intervals, and the level to compare with."""
    ax = subfigure.subplots()
    points = panel.points
    ax.set_yscale("log")
    ax.axhline(panel.reference.value, color=INK, zorder=1, label=panel.reference.label)
    ax.plot(points["x"], points["value"], color=QUIET, ls=":", zorder=2)
    colours = list(points["colour"])
    ax.vlines(points["x"], points["low"], points["high"], colours, label=panel.label)
    ax.scatter(points["x"], points["value"], font_size() ** 2, colours, zorder=3)
    _write_axes(subfigure, ax, panel)
    return ax

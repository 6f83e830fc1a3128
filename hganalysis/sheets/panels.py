"""Panels of a sheet and of the poster, and how matplotlib draws them."""

from dataclasses import dataclass
from textwrap import fill
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.lines import Line2D

from ..draw import plots
from ..figure import BLUE, PALE, QUIET, Panel, ReferenceLine, TextTable

# Share of its height that the letters of a row take at most.
MAX_LETTERS = 0.75

# In letters: what is free before a column of numbers.
COLUMN_GAP = 1.5

# Between lists beside each other, as a share of the width of an axis.
LIST_GAP = 0.06

# Letters of small texts, as a share of the size in use: matplotlib's "small".
SMALL = 0.833

# More lists beside each other have no room for columns of numbers.
MAX_WITH_COLUMNS = 2

# In letters: a number beside a dot. Of the row of a place, larger than those of its parts.
NUMBER, HEADED = 6, 1.15

# Of a table, as a share of its width: the texts on the left.
ROW_LABEL = 0.5

# Letters of a head above numbers.
HEAD = 10

# Of dots of other places, and of an interval.
GREY, PALE_BLUE = "#b9c0c7", "#cfdcec"

# Before the layout is fixed, nobody knows how much of the room the edges take: so much is left.
INSIDE = 0.85


@dataclass(frozen=True, eq=False)
class Fact(Panel):
    """One large number, and what there is to say of it."""

    number: str
    text: str


@dataclass(frozen=True, eq=False)
class Strip(Panel):
    """All places as dots on one line, one of them large, with its interval and a text below."""

    shares: pd.Series
    share: float
    interval: tuple[float, float]
    """Missing numbers where there is none."""
    line: ReferenceLine | None
    ticks: dict[float, str]
    text: str


@dataclass(frozen=True, eq=False)
class DotLists(Panel):
    """
    Ordered dot plots beside each other, on axes that are alike.

    Each list has one row for each line: `name`, `value`, `before`, `colour`, whether it is `bold`,
    and the texts of `columns`, which gives the head of each.
    """

    lists: tuple[pd.DataFrame, ...]
    columns: dict[str, str]
    ticks: dict[float, str]
    line: ReferenceLine | None


class HeadedPanel(NamedTuple):
    """A panel below its head."""

    head: str
    panel: Panel


class Band(NamedTuple):
    """Panels beside each other; `height` is a share of that of all bands."""

    height: float
    cells: tuple[HeadedPanel, ...]


@dataclass(frozen=True, eq=False)
class Stack(Panel):
    """Bands below each other."""

    bands: tuple[Band, ...]

    @property
    def note(self) -> str:
        """What the panels say for the source line."""
        return "".join(cell.panel.note for band in self.bands for cell in band.cells)


@plots.draw_panel.register
def _draw_stack(stack: Stack, subfigure: SubFigure) -> None:
    """Divide the room among bands, and each band among its panels."""
    heights = [band.height for band in stack.bands]
    rooms: Any = subfigure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)
    for room, band in zip(rooms.flat, stack.bands, strict=True):
        if not band.cells:
            continue
        widths = [cell.panel.relative_width for cell in band.cells]
        cells = room.subfigures(1, len(widths), squeeze=False, width_ratios=widths, wspace=0.03)
        for inner, cell in zip(cells.flat, band.cells, strict=True):
            if cell.head:
                rule = Line2D([0, 1], [1, 1], color=BLUE, transform=inner.transSubfigure)
                inner.add_artist(rule)
                inner.suptitle(cell.head, x=0, ha="left", size=plots.font_size() * 1.1)
            plots.draw_panel(cell.panel, inner)


def _fold(subfigure: SubFigure, text: str, share: float = 1) -> str:
    """Break a small text into lines that fit a share of the width."""
    width = subfigure.bbox.width / subfigure.dpi * 72 * INSIDE * share
    return fill(text, int(width / plots.font_size() / SMALL / plots.LETTER_WIDTH))


@plots.draw_panel.register
def _draw_fact(fact: Fact, subfigure: SubFigure) -> None:
    """Write a large number, and a small text below."""
    ax = subfigure.subplots()
    size = plots.font_size()
    ax.set_axis_off()
    ax.set_title(fact.number, loc="left", size=2.4 * size, weight="bold")
    text = _fold(subfigure, fact.text)
    ax.text(0, 1, text, va="top", size="small", color=QUIET)


@plots.draw_panel.register
def _draw_strip(strip: Strip, subfigure: SubFigure) -> None:
    """Draw grey dots, the interval, and one blue dot."""
    ax = subfigure.subplots()
    size = plots.font_size()
    ax.axhline(0, color=PALE, lw=size / 14, zorder=0)
    ax.hlines(0, *strip.interval, PALE_BLUE, lw=size, zorder=1)
    zeros = np.zeros(len(strip.shares))
    ax.plot(strip.shares, zeros, "o", color=GREY, mec="white")
    ax.plot(strip.share, 0, "o", color=BLUE, mec="white", ms=size, zorder=4)
    plots.draw_reference(ax, strip.line)
    ax.margins(x=0.08)
    ax.set_yticks([])
    ax.set_xticks(list(strip.ticks), strip.ticks.values())
    ax.grid(axis="x")
    subfigure.supxlabel(_fold(subfigure, strip.text), x=0, ha="left", color=QUIET)


@plots.draw_panel.register
def _draw_texts(panel: TextTable, subfigure: SubFigure) -> None:
    """Write a table: what each row is on the left, and its texts in columns."""
    ax: Any = subfigure.subplots()
    ax.set_axis_off()
    labels = panel.rows.iloc[:, 0]
    texts = panel.rows.iloc[:, 1:]
    table = ax.table(
        texts.to_numpy(),
        rowLabels=[_fold(subfigure, label, ROW_LABEL) for label in labels],
        colLabels=[fill(str(head), HEAD) for head in texts],
        cellLoc="right",
        colLoc="right",
        rowLoc="left",
        edges="horizontal",
        bbox=(0, 0, 1, 1),
    )
    table.auto_set_font_size(value=False)
    table.set_fontsize(plots.font_size() * SMALL)
    for cell in table.get_celld().values():
        cell.set_edgecolor(PALE)


@plots.draw_panel.register
def _draw_lists(panel: DotLists, subfigure: SubFigure) -> None:
    """Draw lists beside each other: names, dots before and after, columns of texts."""
    n_lines = max(map(len, panel.lists)) + 3
    line_height = subfigure.bbox.height / subfigure.dpi * 72 / n_lines
    size = min(plots.font_size(), MAX_LETTERS * line_height)
    all_axes: Any = subfigure.subplots(
        1, len(panel.lists), squeeze=False, sharex=True, gridspec_kw={"wspace": LIST_GAP}
    )
    for ax, rows in zip(all_axes.flat, panel.lists, strict=True):
        heights = range(len(rows))
        plots.draw_dots(ax, rows, {"before": "", "value": ""})
        plots.draw_reference(ax, panel.line)
        ax.set_yticks(heights, rows["name"], size=size)
        ax.set_xticks(list(panel.ticks), panel.ticks.values(), size="small")
        ax.grid(axis="x")
        ax.set(ylim=(n_lines - 3.4, -0.6))
        ax.margins(x=0.1)
        if len(panel.columns) > 1 or len(panel.lists) <= MAX_WITH_COLUMNS:
            _write_columns(ax, rows, panel.columns, size)
        else:
            _write_at_dots(ax, rows, size)
        for label, is_bold in zip(ax.get_yticklabels(), rows["bold"], strict=True):
            label.set_weight("bold" if is_bold else "normal")
            label.set_size(size * (HEADED if is_bold else 1))
    if len(panel.lists) > MAX_WITH_COLUMNS and len(panel.columns) == 1:
        # so many letters of a list are right of the farthest dot
        letters = subfigure.bbox.width / subfigure.dpi * 72 / len(panel.lists) / size
        first_axes = all_axes.flat[0]
        low, high = first_axes.get_xlim()
        room = (high - low) * 0.9 * NUMBER / letters
        first_axes.set_xlim(low, high + room)


def _write_at_dots(ax: Axes, rows: pd.DataFrame, size: float) -> None:
    """Write each number beside its dots: a column of its own would take their room."""
    ends = rows[["before", "value"]].max(axis=1)
    for height, (end, text, is_bold) in enumerate(
        zip(ends, rows["text"], rows["bold"], strict=True)
    ):
        if pd.isna(end):
            _write_beside(ax, height, text, 0, color=QUIET, size=size)
            continue
        ax.annotate(
            text,
            (end, height),
            (size * 0.6, 0),
            textcoords="offset points",
            va="center",
            size=size * (HEADED if is_bold else 1),
            weight="bold" if is_bold else "normal",
            bbox={"facecolor": "white", "lw": 0, "pad": 0.5},
        )


def _write_columns(ax: Axes, rows: pd.DataFrame, columns: dict[str, str], size: float) -> None:
    """Write columns of texts to the right of the axis; the first is bold, what is missing grey."""
    offset = 0.0
    for column, head in columns.items():
        longest = max(len(head), *rows[column].str.len())
        offset += (longest + COLUMN_GAP) * plots.LETTER_WIDTH * size
        _write_beside(ax, -1, head, offset, color=QUIET, size=size)
        bold = rows["bold"] | (column == "text")
        for height, text, is_bold in zip(range(len(rows)), rows[column], bold, strict=True):
            look: dict[str, Any] = {"weight": "bold" if is_bold else "normal"}
            if pd.isna(rows["value"].iloc[height]):
                look = {"color": QUIET}
            _write_beside(ax, height, text, offset, size=size, **look)


def _write_beside(
    ax: Axes,
    height: float,
    text: str,
    offset: float,
    **look: Any,  # noqa: ANN401
) -> None:
    """Write a text that ends so many points to the right of the axis."""
    ax.annotate(
        text,
        (1, height),
        (offset, 0),
        xycoords=ax.get_yaxis_transform(),
        textcoords="offset points",
        annotation_clip=False,
        ha="right",
        va="center",
        **look,
    )

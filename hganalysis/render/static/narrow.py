"""
Print a figure at a width in millimetres: the page of the hall made smaller, or a narrow page.

Letters shrink with the page until the smallest have `LEAST` points. A narrower page keeps them,
and is laid out anew: panels one below the other where two have no room, legends below them, and
all as tall as that takes.
"""

from __future__ import annotations

import io
import re
from itertools import combinations
from typing import TYPE_CHECKING

from ... import limits
from ...figures.classify import Map
from ...figures.colours import QUIET
from ...figures.legend import entries
from .. import typeset
from . import legend
from .areas import SHOWN
from .axes import FULL
from .page import BESIDE, PAGE, SCREEN_DPI, add_panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawn

    from ...figures import Figure
    from ...figures.figure import Panel

LEAST = 6.5
"""Points of the smallest letters of a printed page; the passport of a wide one is smaller."""
PRINT_DPI = 300
INCH = 25.4
EDGE, GAP = 0.08, 0.25
"""Air at the edges and between what stands there, in inches before the page is made smaller."""
MEASURED = 0.985
"""Of the room, what a line may measure: letters are drawn on whole dots, and so a little wider."""
TOUCH = 2.0
"""What the boxes of two texts may share, in pixels: they are larger than the letters."""
ROW, STRIP = 26.0, 700.0
"""Height of a class in a legend; the page that has room for all classes side by side, in points."""


def require_width(width: float) -> float:
    """
    Check a width in millimetres.

    Raises
    ------
    ValueError
        If it is none that a figure could be printed at.
    """
    low, high = limits.PRINTED
    if isinstance(width, bool) or not isinstance(width, int | float) or not low <= width <= high:
        msg = f"width is {width!r}; expected millimetres, from {low} (a narrow column) to {high}."
        raise ValueError(msg)
    return float(width)


def require_dpi(dpi: float, *, inches: float) -> float:
    """
    Check dots an inch, of a picture that is so many inches wide.

    Raises
    ------
    ValueError
        If they are none, or more than a picture can hold.
    """
    low, most = limits.DPI[0], min(limits.DPI[1], int(limits.MOST_DOTS / inches))
    if isinstance(dpi, bool) or not isinstance(dpi, int | float) or not low <= dpi <= most:
        msg = f"dpi is {dpi!r}; expected {low} to {most} dots an inch, {inches * INCH:.0f} mm wide."
        raise ValueError(msg)
    return float(dpi)


def scale(width: float | None) -> float:
    """Say how much smaller than it is laid out a page is printed at a width."""
    return 1.0 if width is None else max(LEAST / typeset.SMALL, width / INCH / PAGE[0])


def is_narrow(width: float | None) -> bool:
    """Say whether a width is too small for the page of the hall."""
    return width is not None and width / INCH / scale(width) < PAGE[0] - 1e-6


def open_page(composed: Figure, width: float) -> tuple[Drawn, list[Axes]]:
    """Open a page for the panels of a figure, with its title, and room for what `close` adds."""
    from matplotlib.figure import Figure as Page

    panels = composed.panels
    wide = width / INCH / scale(width)
    room = wide - 2 * EDGE - (BESIDE + GAP if _has_legend_beside(composed, wide) else 0)
    columns = min(len(panels), max(1, int((room + GAP) / (FULL[0] / 72 + GAP))))
    across = (room - GAP * (columns - 1)) / columns
    rows = [range(len(panels))[at : at + columns] for at in range(0, len(panels), columns)]
    named = 0.35 if any(composed.names) else 0.0
    below = [max(_below(composed, number, wide) for number in row) for row in rows]
    tall = [max(_tall(composed, number, across, wide) for number in row) for row in rows]
    head = _heading(composed, wide)
    strip = _strip(composed.maps) if _has_strip(composed, wide) else 0.0
    high = sum([*tall, *below]) + (named + GAP) * len(rows)
    high += sum(tall for *_, tall in head) + strip + _foot(composed, wide, len(_codes(composed)))[1]
    figure = Page(figsize=(wide, high), dpi=SCREEN_DPI, facecolor="white")
    at = high - EDGE
    for text, size, bold, height in head:
        colour = typeset.INK if bold else QUIET
        where = EDGE / wide, at / high
        typeset.write(figure, *where, text, size=size, bold=bold, colour=colour, va="top")
        at -= height
    axes: list[Axes] = []
    for row, height, explained in zip(rows, tall, below, strict=True):
        at -= named + height
        for column, number in enumerate(row):
            box = (EDGE + column * (across + GAP), at, across, height)
            name = composed.names[number] if composed.names else ""
            axes.append(add_panel(figure, box, name))
        at -= explained + GAP
    return figure, axes


def close(figure: Drawn, axes: Sequence[Axes], composed: Figure, *, unnamed: int) -> None:
    """Write legends, source, notes and passport; so many labels had no room."""
    wide, high = figure.get_size_inches()
    foot, tall = _foot(composed, wide, unnamed)
    shown = [(ax.get_title(loc="left"), SHOWN[ax]) for ax in axes if ax in SHOWN]
    if _has_legend_beside(composed, wide):
        box = axes[0].get_position(original=True)
        room = (wide - EDGE - BESIDE, box.y0 * high, BESIDE, box.height * high)
        legend.beside(figure, room, shown[0][1])
    elif _has_strip(composed, wide):
        floor = _foot(composed, wide, len(_codes(composed)))[1]
        legend.below(figure, (EDGE, floor, wide - 2 * EDGE, _strip(composed.maps)), shown)
    else:
        for number, ax in enumerate(axes):
            if ax in SHOWN:
                box, height = ax.get_position(original=True), _below(composed, number, wide)
                room = (box.x0 * wide, box.y0 * high - height, box.width * wide, height)
                legend.beside(figure, room, SHOWN[ax])
            else:
                _require_apart(figure, ax)
    where = EDGE / wide, (tall - 0.05) / high
    written = typeset.write(figure, *where, foot, size=typeset.SMALL, colour=QUIET, va="top")
    written.set_gid("passport")


def _require_apart(figure: Drawn, ax: Axes) -> None:
    """
    Stop before a chart is printed whose words lie on one another, or beyond the page.

    Raises
    ------
    ValueError
        With every such text.
    """
    with typeset.boxes():
        figure.draw_without_rendering()
    texts = [*ax.texts, ax.xaxis.label, *(tick.label1 for tick in ax.xaxis.get_major_ticks())]
    drawn = [one for one in texts if one.get_visible() and one.get_text().strip()]
    boxes = [one.get_window_extent().padded(-TOUCH) for one in drawn]
    names = [" ".join(one.get_text().split()) for one in drawn]
    left, right = figure.bbox.x0, figure.bbox.x1
    faults = [
        f"  {name!r} reaches beyond the page"
        for name, box in zip(names, boxes, strict=True)
        if box.x0 < left or box.x1 > right
    ]
    faults += [
        f"  {names[one]!r} lies on {names[other]!r}"
        for one, other in combinations(range(len(drawn)), 2)
        if boxes[one].overlaps(boxes[other])
    ]
    if faults:
        msg = f"{len(faults)} texts of this chart have no room at this width; print it wider:\n"
        raise ValueError(msg + "\n".join(faults))


def svg(drawn: bytes, small: float) -> bytes:
    """Make a drawing smaller: it says how large it is in its first element."""
    head, mark, rest = drawn.partition(b"viewBox=")
    sides = re.compile(rb'(?<= )(width|height)="([0-9.]+)pt"')
    made = sides.sub(lambda hit: b'%s="%.6gpt"' % (hit[1], small * float(hit[2])), head)
    return (head if small == 1 else made) + mark + rest


def pdf(figure: Drawn, buffer: io.BytesIO, small: float, metadata: dict[str, str | None]) -> None:
    """Write a page that is smaller than it was laid out: letters, lines and all."""
    from matplotlib.backends.backend_pdf import Op, PdfFile, PdfPages

    class Smaller(PdfFile):
        def newPage(self, width: float, height: float) -> None:  # noqa: N802
            super().newPage(small * width, small * height)  # type: ignore[no-untyped-call]
            self.output(small, 0, 0, small, 0, 0, Op.concat_matrix)  # type: ignore[no-untyped-call]

    with PdfPages(buffer, metadata=metadata) as pages:
        pages._file = Smaller(buffer, metadata=metadata)  # type: ignore[no-untyped-call]
        pages.savefig(figure)


def _fold(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """
    Fold a text into a room of so many inches.

    Raises
    ------
    ValueError
        If a word is longer than a line, or the text longer than a few.
    """
    lines = typeset.fill(text, size, 72 * room * MEASURED, bold=bold).split("\n")
    if len(lines) > limits.MOST_LINES or typeset.width(text.replace(" ", "\n"), size) > 72 * room:
        msg = f"there is no room at this width for {text!r:.200}: shorten it, or print it wider."
        raise ValueError(msg)
    return lines


def _inches(lines: int, size: float) -> float:
    return lines * typeset.LINE * size / 72


def _heading(composed: Figure, wide: float) -> list[tuple[str, float, bool, float]]:
    """Fold the title and what is below it: text, size, whether it is bold, and height."""
    each = [(composed.title, typeset.PANEL, True), (composed.subtitle, typeset.BODY, False)]
    made = []
    for text, size, bold in each:
        if text:
            lines = _fold(text, size, wide - 2 * EDGE, bold=bold)
            made.append(("\n".join(lines), float(size), bold, _inches(len(lines), size) + 0.08))
    return made


def _foot(composed: Figure, wide: float, unnamed: int) -> tuple[str, float]:
    """Fold what stands below everything, and say how tall it is."""
    said = [composed.source_line, composed.left_out(unnamed), composed.outlines]
    said.append(composed.passport.text)
    room = wide - 2 * EDGE
    lines = [line for one in said if one for line in _fold(one, typeset.SMALL, room)]
    return "\n".join(lines), _inches(len(lines), typeset.SMALL) + 2 * EDGE


def _codes(composed: Figure) -> set[str]:
    """Name the places whose label may find no room."""
    return {str(code) for one in composed.maps if one.ground is None for code in one.table.index}


def _has_legend_beside(composed: Figure, wide: float) -> bool:
    """Say whether a page has room for one map and a legend beside it."""
    alone = len(composed.panels) == len(composed.maps) == 1
    return alone and wide - 2 * EDGE - BESIDE - GAP >= FULL[0] / 72


def _has_strip(composed: Figure, wide: float) -> bool:
    """Say whether a page is wide enough for the one legend of several maps."""
    maps = composed.maps
    return (
        1 < len(maps) == len(composed.panels)
        and len(set(composed.classes)) == 1
        and (72 * wide >= STRIP)
    )


def _strip(maps: Sequence[Map]) -> float:
    return (125 + ROW * len(maps)) / 72


def _below(composed: Figure, number: int, wide: float) -> float:
    """Say how tall the legend below a panel is, in inches."""
    panel = composed.panels[number]
    elsewhere = _has_legend_beside(composed, wide) or _has_strip(composed, wide)
    return _column(panel) if isinstance(panel, Map) and not elsewhere else 0.0


def _column(panel: Map) -> float:
    kinds, states = entries([panel])
    target, sizes = panel.classes.target is not None, panel.radius is not None
    return (ROW * (len(kinds) + len(states) + target) + 44 + 110 * sizes) / 72


def _tall(composed: Figure, number: int, across: float, wide: float) -> float:
    """Say how tall a panel is: a map as its outlines are, and none so low that nobody reads it."""
    panel: Panel = composed.panels[number]
    least = FULL[1] / 72 + 0.02
    if not isinstance(panel, Map):
        return min(7.2, max(1.2 * across, 4.5))
    west, south, east, north = panel.outlines.total_bounds
    beside = _column(panel) if _has_legend_beside(composed, wide) else 0.0
    return float(max(least, min(across * (north - south) / (east - west), 1.4 * across), beside))

"""Write on a chart, and leave room for what is written; the type and banner of the house."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from ... import words
from ...figures.colours import ALARM, FALL, GREY, GROUND, INK, MAIN, PALE, QUIET, RISE, WHITE
from .. import typeset

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

    from ...figures.model import Key

__all__ = ["ALARM", "FALL", "GREY", "GROUND", "INK", "MAIN", "PALE", "QUIET", "RISE", "WHITE"]

# The type is that of the maps: a map and a chart stand side by side on the wall.
SIZE = typeset.BODY
LARGE = SIZE + 2
LOUD = 1.35 * SIZE
LINE = 1.35 * SIZE
"""Height of a line of text, in points: letters with two marks included."""
BOTTOM = 64.0
"""Height of a scale below the data, with a label of one line, in points."""
LEAST = 0.2
"""Part of the axes that is left for the data, however small these are and long the names."""

TOUCH = 2.0
"""What the boxes of two texts may share, in pixels: they are larger than the letters."""

Align = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Room:
    """Room for words at the four sides of what is measured, in points."""

    left: float = 0
    right: float = 0
    bottom: float = 0
    top: float = 0


def text(
    ax: Axes,
    x: float,
    y: float,
    content: str,
    *,
    size: float = SIZE,
    bold: bool = False,
    colour: str = INK,
    ha: Align = "left",
    va: Literal["center", "bottom"] = "center",
    ground: bool = False,
    within: Transform | None = None,
) -> None:
    """
    Write on the chart, as it is: no dollar sign starts a formula.

    `ground` hides what runs behind; `within` is what `x` and `y` are measured in, else data.
    """
    from matplotlib.transforms import ScaledTranslation

    if not content:
        return
    where = within or ax.transData
    align: Literal["center", "bottom", "baseline"] = va
    if va == "center" and "\n" not in content:
        # Centred on the height of a capital, so that marks above and tails below do not make the
        # lines of a column dance.
        figure = ax.get_figure(root=True)
        drop = ScaledTranslation(0, -0.36 * size / 72, figure.dpi_scale_trans)  # type: ignore[union-attr]
        where, align = where + drop, "baseline"
    ax.text(
        x,
        y,
        content,
        fontproperties=typeset.font(size, bold=bold),
        color=colour,
        ha=ha,
        va=align,
        linespacing=1.3,
        parse_math=False,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 2} if ground else None,
        transform=where,
        zorder=6,
    )


def width(content: str, *, bold: bool = False) -> float:
    """Measure a text in points."""
    return typeset.width(content, SIZE, bold=bold)


def widest(contents: Iterable[str], *, bold: bool = False) -> float:
    """Measure the widest of several texts, in points."""
    return max((width(content, bold=bold) for content in contents), default=0.0)


def short(content: str, room: float, *, bold: bool = False) -> str:
    """Shorten a name to a room in points: those of a user's list may be long."""
    return typeset.shorten(content, room, lambda text: width(text, bold=bold))


def points(ax: Axes) -> tuple[float, float]:
    """Measure width and height of the axes as they stand, in points."""
    box, dpi = ax.get_window_extent(), ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    return 72 * box.width / dpi, 72 * box.height / dpi


def per_point(ax: Axes) -> tuple[float, float]:
    """Measure a point in data of linear scales, across and up."""
    ends = ax.get_xlim(), ax.get_ylim()
    across, up = (
        abs(high - low) / size for (low, high), size in zip(ends, points(ax), strict=True)
    )
    return across, up


def spots(ax: Axes, x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
    """Measure where data lie, in points from the lower left corner of the axes."""
    if not len(x):
        return []
    (left, low), per_pixel = ax.bbox.min, points(ax)[0] / ax.bbox.width
    pixels = ax.transData.transform(list(zip(x, y, strict=True)))
    return [(float(one - left) * per_pixel, float(two - low) * per_pixel) for one, two in pixels]


def fit(ax: Axes, *, taken: float) -> int:
    """Say how many rows can be read where other things take so many points of the height."""
    return int((points(ax)[1] - taken) / LINE)


def stage(
    ax: Axes,
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    room: Room,
    log: bool = False,
    log_y: bool = False,
) -> None:
    """
    Set the limits so that the data fill what the words leave, and everything stays inside.

    Nothing is written outside the axes, so a chart fits any sheet. `x` and `y` go from left to
    right and from bottom to top; `y` may fall. With `log` the horizontal axis is logarithmic, with
    `log_y` the vertical one.
    """
    across, up = points(ax)
    if x[0] == x[1]:  # all at one place: a scale needs an extent
        x = (x[0] - 0.01, x[1] + 0.01) if not log else (x[0] / 1.01, x[1] * 1.01)
    if y[0] == y[1]:
        y = (y[0] - 0.01, y[1] + 0.01)
    ax.set_axis_on()  # the sheets of maps turn it off
    if log:
        ax.set_xscale("log")
        x = (math.log(x[0]), math.log(x[1]))
    if log_y:
        ax.set_yscale("log")
        y = (math.log(y[0]), math.log(y[1]))
    low, high = _widen(x, across, room.left, room.right)
    ax.set_xlim(*((math.exp(low), math.exp(high)) if log else (low, high)))
    low, high = _widen(y, up, room.bottom, room.top)
    ax.set_ylim(*((math.exp(low), math.exp(high)) if log_y else (low, high)))
    for minor in (False, True):
        ax.set_xticks([], [], minor=minor)
        ax.set_yticks([], [], minor=minor)
    for spine in ax.spines.values():
        spine.set_visible(False)


def scale(
    ax: Axes, ticks: Sequence[float], labels: Sequence[str], *, label: str, room: Room
) -> None:
    """Draw the horizontal scale below the data of a `stage`, with its label under it."""
    across, up = points(ax)
    spine = ax.spines["bottom"]
    spine.set_visible(True)
    spine.set_color(GREY)
    spine.set_position(("axes", room.bottom / up))
    to_data = (ax.transAxes + ax.transData.inverted()).transform
    spine.set_bounds(*(to_data((at / across, 0))[0] for at in (room.left, across - room.right)))
    ax.set_xticks(list(ticks), list(labels), fontproperties=typeset.font(SIZE), color=INK)
    ax.tick_params(axis="x", color=GREY, length=5)
    said = _label(label, across)
    half = width(said) / 2 + 2
    middle = min(max((room.left + across - room.right) / 2, half), across - half)
    below = {"fontproperties": typeset.font(SIZE), "color": QUIET, "x": middle / across}
    ax.set_xlabel(said, parse_math=False, **below)  # type: ignore[arg-type]


def bottom(label: str, across: float) -> float:
    """Measure the scale below the data, with its label folded into a width, in points."""
    return BOTTOM + LINE * _label(label, across).count("\n")


def _label(label: str, across: float) -> str:
    return typeset.wrap(label, SIZE, across - 8)


def head(ax: Axes, lines: Sequence[Sequence[Key]], *, simulated: bool) -> float:
    """
    Write the banner, if a number is simulated, and lines of explanation at the top left.

    Parameters
    ----------
    ax
        Where.
    lines
        Each a row of parts: a mark, perhaps with its colour (`"●#2f7f9c"`), and what it means.
        The lines stand beside the banner, or below it where the axes are too narrow for both; of
        parts that do not fit on one line the others follow on the next.
    simulated
        Whether the banner has to be there.

    Returns
    -------
    taken
        Height that must be left free at the top, in points.
    """
    across, tall = points(ax)
    if simulated:
        _banner(ax)
    rows, start, taken = _head(across, lines, simulated=simulated)
    for number, parts in enumerate(rows):
        x, y = 8.0, 1 - (start + LINE * (number + 0.7)) / tall
        for mark, said in parts:
            sign, _, colour = mark.partition("#")
            if sign:
                tone = f"#{colour}" if colour else INK
                text(ax, x / across, y, sign, colour=tone, within=ax.transAxes)
                x += 18
            text(ax, x / across, y, said, colour=QUIET, within=ax.transAxes)
            x += width(said) + 28
    return taken


def head_height(across: float, lines: Sequence[Sequence[Key]], *, simulated: bool) -> float:
    """Measure what `head` would take on axes so many points wide."""
    return _head(across, lines, simulated=simulated)[2]


def _head(
    across: float, lines: Sequence[Sequence[Key]], *, simulated: bool
) -> tuple[list[list[Key]], float, float]:
    """Lay the lines out: rows of parts, where they start, and the height of all."""
    said = words.term("words.simulated")
    wide = typeset.width(said, LOUD, bold=True) + 2 * LOUD if simulated else 0.0
    high = 2.5 * LOUD if simulated else 0.0
    rows = [row for parts in lines for row in _rows(parts, across)]
    spans = [sum(map(_span, row)) for row in rows]
    start = 0.0 if max(spans, default=0.0) + wide <= across else high
    return rows, start, max(high, start + LINE * (len(rows) + 0.5))


def _span(part: Key) -> float:
    """Measure a part of a line with the air behind it, in points."""
    mark, said = part
    return (18 if mark else 0) + width(said) + 28


def _rows(parts: Sequence[Key], across: float) -> list[list[Key]]:
    """Put as many parts on each line as fit side by side; a part too long for a line is folded."""
    rows: list[list[Key]] = []
    for mark, said in parts:
        room = across - 8 - (18 if mark else 0)
        first, *others = typeset.wrap(said, SIZE, room).split("\n")
        part = (mark, first)
        if rows and not others and 8 + sum(map(_span, [*rows[-1], part])) - 28 <= across:
            rows[-1].append(part)
        else:
            rows += [[part], *([("", line)] for line in others)]
    return rows


def _banner(ax: Axes) -> None:
    """Say on the picture itself that numbers are simulated."""
    said = words.term("words.simulated")
    ax.annotate(
        said,
        (1, 1),
        xycoords="axes fraction",
        xytext=(-0.5 * LOUD, -0.5 * LOUD),
        textcoords="offset points",
        ha="right",
        va="top",
        fontproperties=typeset.font(LOUD, bold=True),
        color=WHITE,
        bbox={"boxstyle": "square,pad=0.35", "facecolor": ALARM, "linewidth": 0},
        zorder=10,
        gid="banner",
    )


def require_apart(figure: Figure, charts: Sequence[Axes]) -> None:
    """
    Stop before charts are printed whose words lie on one another, or beyond the page.

    Raises
    ------
    ValueError
        With every such text.
    """
    with typeset.boxes():
        figure.draw_without_rendering()
    for ax in charts:
        _require_apart(figure, ax)


def _require_apart(figure: Figure, ax: Axes) -> None:
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


def _widen(
    ends: tuple[float, float], length: float, before: float, after: float
) -> tuple[float, float]:
    if ends[0] == ends[1]:  # one value only: it stands in the middle
        half = abs(ends[0]) / 2 or 0.5
        ends = ends[0] - half, ends[1] + half
    free = max(length - before - after, LEAST * length)
    per_point = (ends[1] - ends[0]) / free
    return ends[0] - before * per_point, ends[1] + after * per_point

"""Write and lay out what every chart has in common: type, colours, room for words, the banner."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from .. import intake, words
from ..indicators import FALLS, RISES, SEQUENTIAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes

# Read from the back row: on a sheet 16 inches wide nothing is smaller than 14 points.
SIZE = 14
LARGE = 16
FAMILY = "DejaVu Sans"  # ships with matplotlib and holds every Vietnamese letter
LINE = 19.0
"""Height of a line of text at `SIZE`, in points: letters with two marks included."""

INK = "#1f2328"
QUIET = "#5c5c5c"  # 6.6 to 1 on white: still text
GREY = "#9a9a9a"
PALE = "#dddddd"
RISE, FALL = RISES[-1], FALLS[0]
MAIN = SEQUENTIAL[4]
WARN = "#a4161a"  # the colour of the banner and of flags; no class has it

MEANINGS = f"one of {', '.join(intake.ORIGINS)}"


@dataclass(frozen=True)
class Room:
    """Room for words at the four sides of what is measured, in points."""

    left: float = 0
    right: float = 0
    bottom: float = 0
    top: float = 0


@dataclass(frozen=True)
class Mark:
    """A line across all rows of a chart, with what it is called; none is drawn at NaN."""

    at: float
    label: str
    style: Literal["-", "--"] = "-"
    colour: str = QUIET


def text(ax: Axes, x: float, y: float, content: str, **style: Any) -> Any:  # noqa: ANN401
    """Write on the chart; `style` is that of `Axes.text`, with the house's type as default."""
    house: dict[str, Any] = {"fontsize": SIZE, "family": FAMILY, "color": INK, "va": "center"}
    return ax.text(x, y, content, **(house | style))


def width(content: str, *, size: float = SIZE, bold: bool = False) -> float:
    """
    Measure a text in points, as it will be drawn.

    Examples
    --------
    >>> width("Châu Thành A") < width("Châu Thành A", bold=True) < 130
    True
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(family=FAMILY, weight="bold" if bold else "normal", size=size)
    lines = [line for line in content.split("\n") if line.strip()]
    return max((TextPath((0, 0), line, prop=font).get_extents().x1 for line in lines), default=0.0)


def widest(contents: Iterable[str], *, bold: bool = False) -> float:
    """Measure the widest of several texts, in points."""
    return max((width(content, bold=bold) for content in contents), default=0.0)


def size(ax: Axes) -> tuple[float, float]:
    """Measure width and height of the axes as they stand, in points."""
    box, dpi = ax.get_window_extent(), ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    return 72 * box.width / dpi, 72 * box.height / dpi


def stage(
    ax: Axes,
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    room: Room,
    log: bool = False,
) -> None:
    """
    Set the limits so that the data fill what the words leave, and everything stays inside.

    Nothing is written outside the axes, so a chart fits any sheet. `x` and `y` go from left to
    right and from bottom to top; `y` may fall. With `log` the horizontal axis is logarithmic.
    """
    across, up = size(ax)
    if log:
        ax.set_xscale("log")
        x = (math.log(x[0]), math.log(x[1]))
    low, high = _widen(x, across, room.left, room.right)
    ax.set_xlim(*((math.exp(low), math.exp(high)) if log else (low, high)))
    ax.set_ylim(*_widen(y, up, room.bottom, room.top))
    ax.set_xticks([], [])
    ax.set_xticks([], [], minor=True)
    ax.set_yticks([], [])
    for spine in ax.spines.values():
        spine.set_visible(False)


def scale(
    ax: Axes, ticks: Sequence[float], labels: Sequence[str], *, label: str, room: Room
) -> None:
    """Draw the horizontal scale below the data of a `stage`, with its label under it."""
    across, up = size(ax)
    spine = ax.spines["bottom"]
    spine.set_visible(True)
    spine.set_color(GREY)
    spine.set_position(("axes", room.bottom / up))
    to_data = (ax.transAxes + ax.transData.inverted()).transform
    spine.set_bounds(*(to_data((at / across, 0))[0] for at in (room.left, across - room.right)))
    ax.set_xticks(list(ticks), list(labels), fontsize=SIZE, family=FAMILY, color=INK)
    ax.tick_params(axis="x", color=GREY, length=5)
    middle = (room.left + across - room.right) / 2 / across
    ax.set_xlabel(label, fontsize=SIZE, family=FAMILY, color=QUIET, x=middle)


def marks(ax: Axes, lines: Sequence[Mark], *, rows: int) -> None:
    """Draw at most two lines across rows 0 to `rows` - 1; their labels stand above one another."""
    per_point = abs(ax.get_ylim()[1] - ax.get_ylim()[0]) / size(ax)[1]
    drawn = [line for line in lines if not math.isnan(line.at)]
    for step, line in enumerate(drawn):
        top = -0.5 - (4 + step * LINE) * per_point
        ax.vlines(
            [line.at], top, rows - 0.5, color=line.colour, lw=2, linestyles=line.style, zorder=1
        )
        # The next line rises past this label: keep out of its way.
        crossed = any(other.at > line.at for other in drawn[step + 1 :])
        content = f"{line.label} " if crossed else f" {line.label}"
        side = "right" if crossed else "left"
        text(ax, line.at, top, content, ha=side, va="bottom", color=line.colour)


def require(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """
    Stop unless the frame has these columns, and says of every row where it comes from.

    Raises
    ------
    ValueError
        With what is missing and what to add; with every origin that is none.
    """
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        msg = (
            f"the frame has no column {', '.join(map(repr, missing))}. This chart needs "
            f"{', '.join(columns)}; the frame has {', '.join(map(str, frame.columns))}."
        )
        raise ValueError(msg)
    if "origin" not in frame.columns:
        msg = (
            "the frame has no column 'origin', so nobody could tell simulated numbers from real "
            f"ones.\nAdd it, row by row, {MEANINGS}: frame.assign(origin='reported')."
        )
        raise ValueError(msg)
    require_origins(frame["origin"])


def require_origins(origins: pd.Series) -> None:
    """Stop unless every origin is one of the known ones; each that is not is listed."""
    strange = origins[~origins.isin(intake.ORIGINS)]
    if len(strange):
        rows = "\n".join(f"  row {row!r}: {origin!r}" for row, origin in strange.items())
        msg = (
            f"{len(strange)} of {len(origins)} rows do not say where they come from:\n{rows}\n"
            f"`origin` is {MEANINGS}."
        )
        raise ValueError(msg)


def rows(frame: pd.DataFrame) -> list[Any]:
    """List the rows as named tuples, with `Index` for the index."""
    return list(frame.itertuples())


def numbers(frame: pd.DataFrame, columns: Sequence[str]) -> list[float]:
    """List all numbers of some columns that are there."""
    cells = frame[list(columns)].to_numpy(dtype=float).ravel()
    return [float(cell) for cell in cells if not math.isnan(cell)]


def banner(ax: Axes, origins: pd.Series) -> float:
    """
    Say on the picture itself that numbers are simulated, if one of them is.

    Returns
    -------
    taken
        Height that must be left free at the top, in points; 0 where all numbers are real.
    """
    if not (origins == "simulated").any():
        return 0.0
    ax.annotate(
        words.term("words.simulated"),
        (1, 1),
        xycoords="axes fraction",
        xytext=(-8, -8),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=LARGE,
        family=FAMILY,
        weight="bold",
        color=WARN,
        bbox={"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": WARN, "lw": 2},
        zorder=10,
        gid="banner",
    )
    return 40.0


def apart(
    wanted: Sequence[float], *, gap: float, low: float = -math.inf, high: float = math.inf
) -> list[float]:
    """
    Move positions as little as possible (least squares) until no two are nearer than `gap`.

    Parameters
    ----------
    wanted
        Positions, in any order; order and ties are kept.
    gap
        The least distance; less where they would not fit between `low` and `high`.

    Examples
    --------
    >>> apart([1.0, 1.0, 5.0], gap=2.0)
    [0.0, 2.0, 5.0]
    """
    from scipy.optimize import isotonic_regression

    count = len(wanted)
    if count < 2:
        return [min(max(position, low), high) for position in wanted]
    gap = min(gap, (high - low) / (count - 1))
    order = sorted(range(count), key=lambda one: wanted[one])
    # Taking the gaps out turns "at least a gap apart" into "never falling".
    rising = isotonic_regression([wanted[one] - gap * step for step, one in enumerate(order)]).x
    moved = [0.0] * count
    for step, one in enumerate(order):
        moved[one] = min(max(float(rising[step]), low), high - gap * (count - 1)) + gap * step
    return moved


def round_ticks(low: float, high: float, *, about: int = 5) -> list[float]:
    """Choose round numbers between two ends, for a linear scale."""
    from matplotlib.ticker import MaxNLocator

    ticks = MaxNLocator(about, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    slack = (high - low) * 1e-9
    return [round(float(tick), 12) for tick in ticks if low - slack <= tick <= high + slack]


def ratio_ticks(low: float, high: float) -> list[float]:
    """
    Choose ratios that a reader can hold, with 1 among them, for a logarithmic scale.

    Examples
    --------
    >>> ratio_ticks(0.7, 2.1)
    [0.7, 1, 1.4, 2]
    """
    halves = [2.0**power for power in range(-8, 9)]
    roots = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 5, 7, 10]
    fifths = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3]
    for choice in (halves, roots, fifths, [0.1 * step for step in range(1, 31)]):
        inside = [round(ratio, 6) for ratio in choice if low <= ratio <= high]
        if len(inside) >= 4:
            return inside
    return round_ticks(low, high)


def ratio(amount: float) -> str:
    """Write a ratio with at most two decimals, none of them an idle zero."""
    return words.value(amount, "decimal", short=True)


def _widen(
    ends: tuple[float, float], points: float, before: float, after: float
) -> tuple[float, float]:
    # At least a quarter is left for the data, however small the axes are.
    free = max(points - before - after, points / 4)
    per_point = (ends[1] - ends[0]) / free
    return ends[0] - before * per_point, ends[1] + after * per_point

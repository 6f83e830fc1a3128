"""Draw bars on axes: parts end to end, one bar below the other on one scale."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from ...figures import states
from .. import typeset
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...figures.model import Bar, Bars

HEADING = 2.0
"""Height of a heading with the air below it, in lines; what follows are others."""
NAMED, PLAIN, INTERVAL = 6.0, 1.8, 1.8
BELOW = 2.6
"""What stands under a bar, and the air to the next heading."""


def draw(panel: Bars, ax: Axes) -> Axes:
    """Draw all bars; a name that does not fit its part stands under it, on a line."""
    reach = [at for one in panel.bars for at, _ in one.ends]
    longest = max([*reach, *(sum(part.value for part in one.parts) for one in panel.bars)])
    heights = [_height(one) for one in panel.bars]
    tops = [0.0, *accumulate(HEADING + height + BELOW for height in heights)]
    room = style.Room(
        left=8, right=24, bottom=10, top=style.head(ax, [], simulated=panel.simulated)
    )
    style.stage(ax, x=(0, longest), y=(tops[-1], 0), room=room)
    for one, top, height in zip(panel.bars, tops, heights, strict=False):
        style.text(ax, 0, top + 1, one.heading, size=style.LARGE, bold=True, ground=True)
        if one.ends:
            first = HEADING + heights[0] if top else 0.0
            _interval(ax, one, top + HEADING + height / 2, above=first)
        else:
            _parts(ax, one, top + HEADING, height)
    return ax


def _height(one: Bar) -> float:
    if one.ends:
        return INTERVAL
    return NAMED if any(part.label for part in one.parts) else PLAIN


def _parts(ax: Axes, one: Bar, top: float, height: float) -> None:
    """Draw parts end to end."""
    across, start = style.per_point(ax)[0], 0.0
    for part in one.parts:
        pale = part.colour == style.WHITE
        ax.barh(
            [top + height / 2],
            [part.value],
            left=start,
            height=height,
            color=part.colour,
            edgecolor=style.QUIET if pale else style.WHITE,
            hatch="///" if part.hatched else None,
            lw=1.5,
            zorder=1,
        )
        middle, free = start + part.value / 2, part.value / across - 16
        name = typeset.wrap(part.label, style.SIZE, free)
        if style.width(name) <= free and style.width(part.text, bold=True) <= free:
            tone = style.WHITE if states.is_dark(part.colour) else style.INK
            said = f"{name}\n{part.text}".strip()
            y, ground = top + height / 2, part.hatched
            style.text(ax, middle, y, said, colour=tone, ha="center", ground=ground)
        else:
            y = top + height + 1.4
            ax.vlines([middle], top + height, y, color=style.QUIET, lw=1.5)
            ax.plot([middle - 10 * across, middle], [y, y], color=style.QUIET, lw=1.5)
            said, place = f"{part.label}: {part.text}", middle - 14 * across
            style.text(ax, place, y, said, ha="right", colour=style.QUIET, ground=True)
        start += part.value


def _interval(ax: Axes, one: Bar, y: float, *, above: float) -> None:
    """Draw an interval; thin lines go from its ends up to the first bar."""
    ends = [at for at, _ in one.ends]
    ax.vlines(ends, y, above, color=style.GREY, lw=1.5, linestyles=":", zorder=0)
    ax.plot(ends, [y, y], color=style.MAIN, lw=9, solid_capstyle="butt")
    ax.vlines(ends, y - 0.9, y + 0.9, color=style.MAIN, lw=4)
    for at, said in one.ends:
        style.text(ax, at, y + 2, said, ha="center", colour=style.MAIN, bold=True)

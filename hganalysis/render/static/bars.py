"""Draw bars on axes: parts end to end, one bar below the other on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...figures import states
from .. import typeset
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...figures.model import Bar, Bars, Part

HEADING = 2.0
"""Height of a heading with the air below it, in lines; what follows are others."""
NAMED, PLAIN, INTERVAL = 6.0, 1.8, 1.8
BELOW, STEP = 2.6, 1.2
"""What stands under a bar, and the air to the next heading; one more line of either."""
LEFT, RIGHT, BOTTOM = 8.0, 24.0, 10.0
"""Air around the bars, in points."""


def draw(panel: Bars, ax: Axes) -> Axes:
    """Draw all bars; a name that does not fit its part stands under it, on a line."""
    across = style.points(ax)[0]
    heads, tops = [_heading(one, across) for one in panel.bars], _tops(panel, across)
    top = style.head(ax, [], simulated=panel.simulated)
    room = style.Room(left=LEFT, right=RIGHT, bottom=BOTTOM, top=top)
    style.stage(ax, x=(0, _longest(panel)), y=(tops[-1], 0), room=room)
    for one, top, (head, high) in zip(panel.bars, tops, heads, strict=False):
        style.text(ax, 0, top + high / 2, head, size=style.LARGE, bold=True, ground=True)
        if one.ends:
            first = heads[0][1] + _tall(panel.bars[0]) if top else 0.0
            _interval(ax, one, top + high + _tall(one) / 2, above=first)
        else:
            _parts(ax, one, top + high, _per_point(panel, across))
    return ax


def height(panel: Bars, across: float) -> float:
    """Measure how high all bars are on axes so many points wide."""
    head = style.head_height(across, [], simulated=panel.simulated)
    return head + BOTTOM + style.LINE * _tops(panel, across)[-1]


def _longest(panel: Bars) -> float:
    reach = [at for one in panel.bars for at, _ in one.ends]
    return max([*reach, *(sum(part.value for part in one.parts) for one in panel.bars)])


def _per_point(panel: Bars, across: float) -> float:
    """Say how much a point stands for."""
    return _longest(panel) / (across - LEFT - RIGHT)


def _tops(panel: Bars, across: float) -> list[float]:
    """Say where each bar starts, and where all end, in lines."""
    per_point, ends = _per_point(panel, across), [0.0]
    for one in panel.bars:
        lines = sum(said.count("\n") + 1 for said in _under(one, per_point).values())
        below = BELOW + STEP * max(lines - 1, 0)
        ends.append(ends[-1] + (_heading(one, across)[1] + _tall(one) + below))
    return ends


def _heading(one: Bar, across: float) -> tuple[str, float]:
    """Fold what stands above a bar, and say how high that is, with the air below it."""
    said = typeset.wrap(one.heading, style.LARGE, across - LEFT - RIGHT, bold=True)
    return said, HEADING + STEP * said.count("\n")


def _within(part: Part, per_point: float) -> str | None:
    """Fold the name of a part into it, with its number; give none where there is no room."""
    free = part.value / per_point - 16
    name = typeset.wrap(part.label, style.SIZE, free)
    fits = style.width(name) <= free and style.width(part.text, bold=True) <= free
    return f"{name}\n{part.text}".strip() if fits else None


def _under(one: Bar, per_point: float) -> dict[int, str]:
    """Fold the names that have no room within their part, each by its number."""
    start, found = 0.0, {}
    for number, part in enumerate(one.parts):
        if _within(part, per_point) is None:
            room = LEFT + (start + part.value / 2) / per_point - 18
            found[number] = typeset.wrap(f"{part.label}: {part.text}", style.SIZE, room)
        start += part.value
    return found


def _tall(one: Bar) -> float:
    if one.ends:
        return INTERVAL
    return NAMED if any(part.label for part in one.parts) else PLAIN


def _parts(ax: Axes, one: Bar, top: float, across: float) -> None:
    """Draw parts end to end; a point across stands for so much."""
    start, height, under = 0.0, _tall(one), _under(one, across)
    below = top + height + BELOW / 2 - 0.5
    for number, part in enumerate(one.parts):
        pale, middle = part.colour == style.WHITE, start + part.value / 2
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
        if number in under:
            said = under[number]
            tall = STEP * (said.count("\n") + 1)
            y = below + tall / 2
            ax.vlines([middle], top + height, y, color=style.QUIET, lw=1.5)
            ax.plot([middle - 10 * across, middle], [y, y], color=style.QUIET, lw=1.5)
            place = middle - 14 * across
            style.text(ax, place, y, said, ha="right", colour=style.QUIET, ground=True)
            below += tall
        else:
            tone = style.WHITE if states.is_dark(part.colour) else style.INK
            said, y, ground = _within(part, across) or "", top + height / 2, part.hatched
            style.text(ax, middle, y, said, colour=tone, ha="center", ground=ground)
        start += part.value


def _interval(ax: Axes, one: Bar, y: float, *, above: float) -> None:
    """Draw an interval; thin lines go from its ends up to the first bar."""
    ends = [at for at, _ in one.ends]
    ax.vlines(ends, y, above, color=style.GREY, lw=1.5, linestyles=":", zorder=0)
    ax.plot(ends, [y, y], color=style.MAIN, lw=9, solid_capstyle="butt")
    ax.vlines(ends, y - 0.9, y + 0.9, color=style.MAIN, lw=4)
    for at, said in one.ends:
        style.text(ax, at, y + 2, said, ha="center", colour=style.MAIN, bold=True)

"""Rule a chart: lines across at round heights, with their names at the left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes


def across(
    ax: Axes,
    heights: Sequence[float],
    names: Sequence[str],
    *,
    ends: tuple[float, float],
    room: style.Room,
) -> None:
    """
    Draw lines from one end of the data to the other, after the `stage`.

    Parameters
    ----------
    ax
        Of a `stage`.
    heights, names
        Where, in data, and what is written at the left of each.
    ends
        Of the data, from left to right.
    room
        That of the stage; `left` must hold the widest name and 20 points.
    """
    ax.hlines(heights, *ends, color=style.PALE, lw=1, zorder=0.5)
    side, wide = ax.get_yaxis_transform(), style.points(ax)[0]
    for height, name in zip(heights, names, strict=True):
        style.text(ax, (room.left - 20) / wide, height, name, ha="right", within=side)

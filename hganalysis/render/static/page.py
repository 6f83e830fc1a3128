"""Open a page for a 16:9 projector, with room for maps or charts, a legend and a source line."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ...figures.colours import INK, QUIET
from .. import typeset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...figures.figure import Panel

# Inches. 16 x 9 at 120 dots an inch is 1920 x 1080, a projector; at 72 it fits a notebook.
PAGE = (16.0, 9.0)
SCREEN_DPI, PROJECTOR_DPI = 72, 120
LEFT, RIGHT = 0.4, 15.6
MOST = 3
"""Maps on a page: smaller ones cannot be read in a hall."""
# Where maps stand on the page (left, bottom, width, height), and the legend: beside one map,
# below several.
FLOOR, CEILING = 0.65, 7.85
BESIDE, BELOW, TALL = 4.3, 1.85, 3.0

# What was drawn on axes, for the page they stand on.
PANELS: WeakKeyDictionary[Axes, Panel] = WeakKeyDictionary()
# The figures that `sheet` opened, and whether each is finished.
_SHEETS: WeakKeyDictionary[Figure, bool] = WeakKeyDictionary()


def sheet(
    *, title: str, panels: int | Sequence[str] = 1, subtitle: str = "", legend: bool = True
) -> tuple[Figure, list[Axes]]:
    """
    Open a page of 16:9, with room for maps or charts, a legend and a source line.

    Parameters
    ----------
    title
        What is shown, in words.
    panels
        How many maps, 1 to 3, or a title for each of them.
    subtitle
        A second line, in grey.
    legend
        Whether to leave room for the legend of maps; charts take the whole page.

    Returns
    -------
    figure, axes
        The figure, not known to pyplot (so a notebook does not show it twice, or cropped), and
        one axes a panel.

    Raises
    ------
    ValueError
        If there are no panels, or more than three.
    """
    from matplotlib.figure import Figure

    names = [""] * panels if isinstance(panels, int) else list(panels)
    if not 1 <= len(names) <= MOST:
        msg = f"a page holds 1 to 3 maps, not {len(names)}: smaller ones cannot be read in a hall."
        raise ValueError(msg)
    # No canvas that can draw yet: geopandas would have it draw the page anew after each layer.
    figure = Figure(figsize=PAGE, dpi=SCREEN_DPI, facecolor="white")
    _SHEETS[figure] = False
    _headline(figure, title, subtitle)
    axes = []
    for name, (left, bottom, width, height) in zip(
        names, _rooms(len(names), legend=legend), strict=True
    ):
        axes.append(add_panel(figure, (left, bottom, width, height), name))
    return figure, axes


def add_panel(figure: Figure, box: tuple[float, float, float, float], name: str) -> Axes:
    """Add axes to a page: left, bottom, width and height in inches, and what stands above."""
    wide, high = figure.get_size_inches()
    left, bottom, width, height = box
    room = (left / wide, bottom / high, width / wide, height / high)
    ax = figure.add_axes(room, label="map")
    ax.set_axis_off()
    if name:
        size = float(typeset.PANEL)
        while size > typeset.SMALL and typeset.width(name, size, bold=True) > 72 * width:
            size -= 1
        font = typeset.font(size, bold=True)
        ax.set_title(name, loc="left", fontproperties=font, color=INK, parse_math=False)
    else:
        ax.set_title("", y=1.0)  # else every drawing seeks a place for a title
    return ax


def close(figure: Figure) -> None:
    """Stop before a legend is laid out on a page that is not there."""
    if figure not in _SHEETS:
        msg = (
            "this figure is no sheet, so there is no room on it for a legend and a source line.\n"
            "Open one: figure, axes = maps.sheet(title=..., panels=...), and draw on its axes. A "
            "figure of\nyour own is saved by its own savefig: its maps have their banner, and no "
            "legend."
        )
        raise ValueError(msg)
    size = figure.get_size_inches()
    panels = [ax for ax in figure.axes if ax.get_label() == "map"]
    empty = [
        number
        for number, ax in enumerate(panels, start=1)
        if not (ax.lines or ax.collections or ax.patches or ax.texts or ax.images)
    ]
    faults = {
        "it is finished already: open another sheet and draw anew": _SHEETS[figure],
        f"it is {size[0]:g} by {size[1]:g} inches; a sheet stays {PAGE[0]:g} by {PAGE[1]:g}": (
            tuple(size) != PAGE
        ),
        "a layout engine moves what stands on it: leave its places to the sheet": (
            figure.get_layout_engine() is not None
        ),
        f"nothing is drawn on panel {', '.join(map(str, empty))}: ask for as many panels as there "
        "are maps": 0 < len(empty) < len(panels),
    }
    for fault, found in faults.items():
        if found:
            msg = f"this sheet cannot be finished: {fault}."
            raise ValueError(msg)
    _SHEETS[figure] = True


def is_sheet(ax: Axes, *, panels: int) -> bool:
    """Say whether axes are those of a sheet with so many panels."""
    figure = ax.get_figure(root=True)
    maps = [] if figure is None else [one for one in figure.axes if one.get_label() == "map"]
    return figure in _SHEETS and ax in maps and len(maps) == panels


def _headline(figure: Figure, title: str, subtitle: str) -> None:
    room = 72 * (RIGHT - LEFT)
    size = float(typeset.TITLE)
    while size > typeset.PANEL and typeset.width(title, size, bold=True) > room:
        size -= 1
    left = LEFT / PAGE[0]
    text = typeset.wrap(title, size, room, bold=True)
    top = 8.72 if "\n" not in text else 8.86
    typeset.write(figure, left, top / PAGE[1], text, size=size, bold=True, va="top")
    typeset.write(
        figure, left, 8.2 / PAGE[1], subtitle, size=typeset.BODY + 1, colour=QUIET, va="top"
    )


def below(panels: int) -> float:
    """Give the height of the legend below maps: three maps are small, so it may be tall."""
    return TALL if panels == 3 else BELOW


def _rooms(panels: int, *, legend: bool) -> list[tuple[float, float, float, float]]:
    """Divide the page among the panels: left, bottom, width and height of each, in inches."""
    gap = 0.3
    if panels == 1:
        beside = BESIDE + gap if legend else 0
        return [(LEFT, FLOOR, RIGHT - LEFT - beside, CEILING - FLOOR)]
    wide = (RIGHT - LEFT - gap * (panels - 1)) / panels
    bottom = FLOOR + (below(panels) + 0.1 if legend else 0)
    return [
        (LEFT + at * (wide + gap), bottom, wide, CEILING - 0.45 - bottom) for at in range(panels)
    ]

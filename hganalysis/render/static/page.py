"""Open a page, for a 16:9 projector or paper, and write what stands above and below its panels."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakSet

from ...figures.colours import INK, QUIET
from .. import typeset
from .layout import FLOOR, HALL, ROW, Needs, arrange, heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...figures.figure import Panel
    from .layout import Box, Foot, Layout, Page

SCREEN_DPI, PROJECTOR_DPI = 72, 120
MOST = 3
"""Maps on a page: smaller ones cannot be read in a hall."""
BELOW, TALL = 1.85, 3.0
"""Heights of the legend below maps in the hall: three maps are small, so it may be tall."""

# What was drawn on axes, for the page they stand on.
PANELS: WeakKeyDictionary[Axes, Panel] = WeakKeyDictionary()
# Where everything stands on the figures that were opened here, and those that are finished.
LAYOUTS: WeakKeyDictionary[Figure, Layout] = WeakKeyDictionary()
_FINISHED: WeakSet[Figure] = WeakSet()


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
    names = [""] * panels if isinstance(panels, int) else list(panels)
    if not 1 <= len(names) <= MOST:
        msg = f"a page holds 1 to 3 maps, not {len(names)}: smaller ones cannot be read in a hall."
        raise ValueError(msg)
    below = hall_legend(len(names)) if legend else 0.0
    needs = [Needs(legend=lambda _: below)] * len(names)
    return open_page(HALL, needs, title=title, subtitle=subtitle, names=names)


def hall_legend(panels: int) -> float:
    """Give the height of the legend below maps in the hall."""
    return TALL if panels == MOST else BELOW


def open_page(
    page: Page,
    needs: Sequence[Needs],
    *,
    title: str,
    subtitle: str,
    names: Sequence[str],
    foot: float = FLOOR,
    strip: float = 0.0,
) -> tuple[Figure, list[Axes]]:
    """Open a page for panels of such needs, with all that stands above them: see `arrange`."""
    from matplotlib.figure import Figure

    head = heading(page, title, subtitle)
    layout = arrange(page, needs, head=head.height, foot=foot, strip=strip)
    # No canvas that can draw yet: geopandas would have it draw the page anew after each layer.
    figure = Figure(figsize=layout.size, dpi=SCREEN_DPI, facecolor="white")
    LAYOUTS[figure] = layout
    left, high = page.edge / page.wide, layout.size[1]
    for (text, size, down), bold in ((head.title, True), (head.subtitle, False)):
        colour = INK if bold else QUIET
        at = 1 - down / high
        typeset.write(figure, left, at, text, size=size, bold=bold, colour=colour, va="top")
    each = zip(layout.panels, names, strict=True)
    level = 1.0 if page.bands else None  # else charts and maps side by side differ a little
    return figure, [add_panel(figure, box, name, level=level) for box, name in each]


def add_panel(figure: Figure, box: Box, name: str, *, level: float | None = None) -> Axes:
    """
    Add axes to a page: left, bottom, width and height in inches, and what stands above, at a level
    of their height if its place is not to be sought.
    """
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
        ax.set_title(name, loc="left", y=level, fontproperties=font, color=INK, parse_math=False)
    else:
        ax.set_title("", y=1.0)  # else every drawing seeks a place for a title
    return ax


def close(figure: Figure) -> None:
    """Stop before a legend is laid out on a page that is not there."""
    if figure not in LAYOUTS:
        msg = (
            "this figure is no sheet, so there is no room on it for a legend and a source line.\n"
            "Open one: figure, axes = maps.sheet(title=..., panels=...), and draw on its axes. A "
            "figure of\nyour own is saved by its own savefig: its maps have their banner, and no "
            "legend."
        )
        raise ValueError(msg)
    size, (wide, high) = figure.get_size_inches(), LAYOUTS[figure].size
    panels = [ax for ax in figure.axes if ax.get_label() == "map"]
    empty = [
        number
        for number, ax in enumerate(panels, start=1)
        if not (ax.lines or ax.collections or ax.patches or ax.texts or ax.images)
    ]
    faults = {
        "it is finished already: open another sheet and draw anew": figure in _FINISHED,
        f"it is {size[0]:g} by {size[1]:g} inches; a sheet stays {wide:g} by {high:g}": (
            tuple(size) != (wide, high)
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
    _FINISHED.add(figure)


def legend_room(ax: Axes) -> Box | None:
    """Give the room for the legend of the one panel of a page; none on other axes."""
    figure = ax.get_figure(root=True)
    layout = None if figure is None else LAYOUTS.get(figure)
    if layout is None or len(layout.panels) != 1 or ax.get_label() != "map":
        return None
    room = layout.legends[0]
    return room if room[3] else None


def write_foot(figure: Figure, page: Page, said: Foot) -> None:
    """Write the source and what else is said, and below everything else the passport."""
    high, up = figure.get_size_inches()[1], said.height - ROW / 2
    left, right = page.edge / page.wide, 1 - page.edge / page.wide
    small = typeset.SMALL
    for source, note in said.rows:
        typeset.write(figure, left, up / high, source, size=small, colour=QUIET)
        if note:
            typeset.write(figure, right, up / high, note, size=small, colour=QUIET, ha="right")
        up -= ROW
    for number, line in enumerate(said.passport):
        at = (said.start - (number + 0.5) * said.step) / high
        written = typeset.write(figure, left, at, line, size=said.size, colour=QUIET)
        written.set_gid("passport")

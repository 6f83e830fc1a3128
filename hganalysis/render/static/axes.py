"""Take axes for a map: fit it in, and lay its words anew where the axes are changed later."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .. import typeset

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axes._base import _AxesBase
    from matplotlib.backend_bases import RendererBase
    from matplotlib.gridspec import SubplotSpec
    from matplotlib.transforms import Bbox

MARGIN = 0.02
"""Air around the outlines, as a part of the map."""
# Width and height in points from which letters have their full size: a third of a sheet has more.
FULL = (320.0, 240.0)
# Below this part of it letters are smaller than 6 points, and nobody reads a banner.
LEAST = 0.5


@dataclass(frozen=True)
class Ground:
    """How a map lies on its axes: metres a point, and width and height of the axes in points."""

    metres: float
    width: float
    height: float

    @property
    def part(self) -> float:
        """Say how large letters may be: 1, or less on axes smaller than a third of a sheet."""
        return min(1.0, self.width / FULL[0], self.height / FULL[1])


def take(ax: Axes, shapes: gpd.GeoDataFrame) -> Axes:
    """
    Take axes for one map of shapes, before anything is drawn: half a map would have no banner.

    Raises
    ------
    TypeError
        If it is no axes.
    ValueError
        If no map can be right on it: it is not plain, shares its limits, holds a map already, or is
        too small for one that can be read.
    """
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        msg = (
            f"ax is a {type(ax).__name__}; expected the axes of one map. Of several, as\n"
            "plt.subplots(2, 2) gives them, name one: ax=axes[0, 0]."
        )
        raise TypeError(msg)
    shared = [group.get_siblings(ax) for group in (ax.get_shared_x_axes(), ax.get_shared_y_axes())]
    faults = {
        f"they are {ax.name}; a map needs plain ones": ax.name != "rectilinear",
        "they share limits with others, so that each map would move the others: make them without\n"
        "sharex, sharey and twins": max(map(len, shared)) > 1,
        "they hold a map already, whose labels would stand among the new ones: draw on others, or\n"
        "clear them first, ax.clear()": holds_map(ax),
    }
    for fault, found in faults.items():
        if found:
            msg = f"no map can be drawn on these axes: {fault}."
            raise ValueError(msg)
    figure = ax.get_figure(root=True)
    if figure is not None and figure.get_layout_engine() is not None:
        with typeset.boxes():
            figure.draw_without_rendering()
    hold = _Hold(ax, shapes, lambda _: None, ax.get_axes_locator())
    hold.again(hold.box(None))
    return ax


def holds_map(ax: Axes) -> bool:
    """Say whether axes hold a map: each has a scale bar."""
    return any(line.get_gid() == "scale" for line in ax.lines)


def lay(ax: Axes, shapes: gpd.GeoDataFrame, write: Callable[[Ground], None]) -> None:
    """
    Fit the shapes into the axes, and write what is measured in points on them.

    Letters have their size in points and their place in metres, so all is written anew where the
    axes have another size when they are drawn: a later title, layout or size of the figure.

    Parameters
    ----------
    ax, shapes
        Axes that were taken, and what has to be in view.
    write
        Writes labels and furniture, for the ground that it is given.
    """
    hold = _Hold(ax, shapes, write, ax.get_axes_locator())
    hold.again(hold.box(None))
    ax.set_axes_locator(hold)


@dataclass
class _Hold:
    """
    Watch the axes of a map: matplotlib asks it for their place whenever they are drawn.

    `inner` is who was asked before, `made` what was written, `state` how the axes were then.
    """

    ax: Axes
    shapes: gpd.GeoDataFrame
    write: Callable[[Ground], None]
    inner: Callable[[_AxesBase, RendererBase], Bbox] | None
    made: list[Artist] = field(default_factory=list)
    state: tuple[float, ...] = ()

    def __call__(self, _: _AxesBase, renderer: RendererBase) -> Bbox:
        box = self.box(renderer)
        if holds_map(self.ax):  # it may have been cleared
            now = self._now(box)
            same = np.isclose(now, self.state, rtol=1e-6, atol=0.01)
            if not same.all():
                if same[:2].all():
                    warnings.warn(
                        "the limits of a map are its own, and were set again; to show a part of "
                        "it, draw the rows of that part",
                        stacklevel=2,
                    )
                self.again(box)
        return box

    def get_subplotspec(self) -> SubplotSpec | None:
        """Say where in a grid the axes stand: a tight layout asks who places them."""
        return self.ax.get_subplotspec()

    def box(self, renderer: RendererBase | None) -> Bbox:
        """Give the place of the axes, as a part of their figure."""
        if self.inner is not None:
            return self.inner(self.ax, renderer)  # type: ignore[arg-type]  # none is taken, too
        return self.ax.get_position(original=True)

    def again(self, box: Bbox) -> None:
        """Write everything anew for a place of the axes."""
        for one in self.made:
            one.remove()
        before = set(self.ax.get_children())
        self.write(fit(self.ax, self.shapes, *self._size(box)))
        self.made = [one for one in self.ax.get_children() if one not in before]
        self.state = self._now(box)

    def _size(self, box: Bbox) -> tuple[float, float]:
        """Measure a place in points."""
        parent, figure = self.ax.get_figure(root=False), self.ax.get_figure(root=True)
        assert parent is not None
        assert figure is not None
        dots = box.transformed(parent.transSubfigure)
        return 72 * dots.width / figure.dpi, 72 * dots.height / figure.dpi

    def _now(self, box: Bbox) -> tuple[float, ...]:
        ax = self.ax
        plain = ax.get_xscale() == ax.get_yscale() == "linear"
        return (*self._size(box), *ax.get_xlim(), *ax.get_ylim(), float(plain))


def fit(ax: Axes, shapes: gpd.GeoDataFrame, width: float, height: float) -> Ground:
    """Fit the shapes into axes of so many points, and say how they lie there."""
    west, south, east, north = shapes.total_bounds
    wide, high = (1 + 2 * MARGIN) * (east - west), (1 + 2 * MARGIN) * (north - south)
    ground = Ground(float(max(wide / width, high / height)), width, height)
    if ground.part < LEAST:
        least = [round(LEAST * side / 72 + 0.05, 1) for side in FULL]
        msg = (
            f"the axes are {width / 72:.1f} by {height / 72:.1f} inches: on less than {least[0]} "
            f"by {least[1]} nobody could\nread the banner and the labels of a map. Make the figure "
            "larger (figsize), or draw fewer maps on it."
        )
        raise ValueError(msg)
    # The limits fill the whole axes: white land around the map is room for labels and banner.
    middle = np.array([(west + east) / 2, (south + north) / 2])
    half = ground.metres * np.array([width, height]) / 2
    ax.set(xscale="linear", yscale="linear")
    ax.set_xlim(middle[0] - half[0], middle[0] + half[0])
    ax.set_ylim(middle[1] - half[1], middle[1] + half[1])
    ax.set_aspect("equal", adjustable="box")
    ax.set_autoscale_on(False)
    ax.set_axis_off()
    return ground

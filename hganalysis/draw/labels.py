"""Where labels stand: within their place if they fit, or apart beside the ends of lines."""

import textwrap
from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely
from scipy.optimize import isotonic_regression

from ..figure import Map, iterate_rows

# A label stands this part of its size wide a letter, and high a line.
WIDE, HIGH = 0.62, 1.2


def labels(panel: Map, size: float, per: float) -> Iterator[tuple[str, float, float, str]]:
    """
    Give each place that has room its colour, where the middle of its label is, and what that says:
    name and value, else the value, else nothing: the list beside the map has it.

    `size`: of the letters, in points; `per`: points for a metre.
    """
    for place in iterate_rows(panel.places.dropna(subset="text")):
        folded = textwrap.fill(place.name, len(place.name) // 2 + 2, break_long_words=False)
        says = [f"{place.name}\n{place.text}", f"{folded}\n{place.text}", place.text]
        if panel.tiled:  # nobody knows a square by its shape: its name says more than its number
            says = [*says[:2], folded, place.text]
        for said in says:
            if spot := _spot(place.geometry, said, size / per):
                yield place.colour, *spot, said
                break


def _spot(shape: shapely.Geometry, said: str, size: float) -> tuple[float, float] | None:
    """Find where a label lies inside, as near to the middle of the place as it can."""
    lines = said.split("\n")
    wide, high = WIDE * size * (max(map(len, lines)) + 0.5) / 2, HIGH * size * len(lines) / 2
    west, south, east, north = shape.bounds
    if 2 * wide >= east - west or 2 * high >= north - south:
        return None
    x, y = (
        at.ravel() for at in np.meshgrid(np.linspace(west, east, 41), np.linspace(south, north, 41))
    )
    fits = shapely.contains_properly(shape, shapely.box(x - wide, y - high, x + wide, y + high))
    middle = shapely.get_point(shapely.maximum_inscribed_circle(shape), 0)
    away = np.where(fits, shapely.distance(shapely.points(x, y), middle), np.inf)
    return (x[away.argmin()], y[away.argmin()]) if fits.any() else None


# A line of letters takes this part of their size.
LINE = 1.4


def spread(
    ends: pd.DataFrame, size: float, high: float
) -> tuple[pd.DataFrame, tuple[float, float]]:
    """
    Say at what height the text of each end stands, and from where to where the axis goes.

    `ends`: a column a side; `size` of letters and `high`, the height of the axis, in points.
    """
    low, top = float(ends.to_numpy().min()), float(ends.to_numpy().max())
    low, top = (low, top) if top > low else (low - 0.5, top + 0.5)
    at = ends
    for _ in range(5):  # texts that are moved beyond the axis lengthen it, and so their own step
        step = LINE * size * (top - low) / high
        at = ends.apply(apart, step=step)
        both = pd.concat([ends, at]).to_numpy()
        low, top = float(both.min()) - step / 2, float(both.max()) + step / 2
    return at, (low, top)


def apart(values: pd.Series, step: float) -> pd.Series:
    """Keep neighbours a step apart, and move each as little as that allows."""
    order = values.sort_values(kind="stable")
    lag = step * np.arange(len(order))
    return pd.Series(isotonic_regression(order - lag).x + lag, order.index).reindex(values.index)

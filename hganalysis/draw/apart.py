"""Texts beside the ends of lines: moved little, until none covers another."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
    """Keep neighbours a step apart: half way between all pushed up and all pushed down."""
    order = values.sort_values(kind="stable")
    lag = step * np.arange(len(order))
    free = order.to_numpy() - lag
    up = np.maximum.accumulate(free)
    down = np.minimum.accumulate(free[::-1])[::-1]
    return pd.Series((up + down) / 2 + lag, order.index).reindex(values.index)

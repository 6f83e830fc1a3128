"""Choose the classes, the colours and the ticks of a column that the catalogue does not know."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators
from ..indicators import Classes

if TYPE_CHECKING:
    from collections.abc import Sequence


def chosen(
    values: pd.Series,
    column: str,
    classes: int | Sequence[float] | Classes | None,
    unit: str | None,
) -> Classes:
    """
    Give a column its classes: those that are asked for, those of the catalogue, else round ones.

    Raises
    ------
    ValueError
        If a number is no share between 0 and 1 where the unit is `"share"`.
    """
    if isinstance(classes, Classes):
        return classes
    if classes is None and column in indicators.quantities():
        return indicators.classes(column)
    known = values.dropna()
    if unit is None:
        whole = bool((known == known.round()).all())
        share = "share" in re.split("[^a-z]+", column.casefold())
        unit = "share" if share else "count" if whole else "decimal"
    if unit == "share" and ((known < 0) | (known > 1)).any():
        msg = f"{column!r} has numbers that are no share between 0 and 1. Name another unit=."
        raise ValueError(msg)
    if classes is None or isinstance(classes, int):
        return Classes(column, _breaks(known, classes or 5), unit)
    return Classes(column, tuple(classes), unit)


def _breaks(values: pd.Series, number: int) -> tuple[float, ...]:
    """Choose borders with about as many places between each two, as round as keeps them apart."""
    import mapclassify  # type: ignore[import-untyped]

    number = min(number, values.nunique())
    if number < 2:
        return (float(values.iloc[0]) if len(values) else 0.0,)
    borders = mapclassify.Quantiles(values, k=number).bins[:-1]
    digits = -math.floor(math.log10(max(abs(values.max()), abs(values.min()))))
    for more in range(12):
        rounded = sorted({round(float(one), digits + more) for one in borders})
        if len(rounded) == len(set(borders)) and values.min() < rounded[0] <= values.max():
            return tuple(rounded)
    return tuple(sorted(set(map(float, borders))))


def palette(colours: str | Sequence[str], classes: Classes) -> tuple[str, ...]:
    """Take colours as #rrggbb: one a class, or as many as there are classes, mixed."""
    import matplotlib as mpl
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    number = len(classes.breaks) + 1
    try:
        given = [colours] if isinstance(colours, str) else [to_hex(one) for one in colours]
        if len(given) == number:
            return tuple(to_hex(one) for one in given)
        ramp = (
            mpl.colormaps[colours]
            if isinstance(colours, str)
            else LinearSegmentedColormap.from_list("own", given)
        )
    except (KeyError, ValueError):
        msg = (
            f"colours is {colours!r}; expected the name of a colormap of matplotlib, such as "
            f"'YlGnBu', or {number} colours, one a class, such as '#2f7f9c'."
        )
        raise ValueError(msg) from None
    return tuple(to_hex(ramp(at / (number - 1))) for at in range(number))


def rounded(values: pd.Series, steps: Sequence[int]) -> list[float]:
    """List a few round numbers within values, for the ticks of an axis."""
    from matplotlib.ticker import MaxNLocator

    if values.empty:
        return []
    low, high = values.min(), values.max()
    ticks = MaxNLocator(5, steps=list(steps)).tick_values(low, high)
    return [float(at) for at in ticks if low <= at <= high]

"""Compose two measures on one map: thirds of the places by each, nine colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .classify import Places, prepare, value_text
from .states import KNOWN, LOOKS, NO_DATA, SUPPRESSED, state_name

if TYPE_CHECKING:
    import geopandas as gpd

    from ..indicators import Classes

# Towards blue by the one measure, towards orange by the other: two colours that nearly everybody
# can tell apart, dark where both are high. Printed in grey the middle ones are alike, so both
# values are written on each place.
COLOURS = (
    ("#e8e6e1", "#a9c7dc", "#4f94c4"),
    ("#e9c08a", "#a3a08f", "#476f92"),
    ("#d9822b", "#8a5a2b", "#1c2b40"),
)
"""A row for each third of `up`, the lowest first; a column for each third of `across`."""


@dataclass(frozen=True)
class Quantity:
    """One of the two measures: its column, its unit and breaks in the catalogue, its short name."""

    column: str
    classes: Classes
    name: str


@dataclass(frozen=True)
class Bivariate(Places):
    """A map of two measures: its `table` also has `row` and `column`, the third by each of them."""

    across: str
    """What grows from left to right in the legend."""
    up: str
    """What grows from bottom to top in it."""

    @property
    def said(self) -> list[str]:
        """Say every place with both its values, or why it has none."""
        rows = self.table.itertuples()
        return [f"{row.label} {row.text or state_name(row.state)}" for row in rows]

    @property
    def facts(self) -> pd.DataFrame:
        """Write down both values of each place."""
        rows = list(self.table.itertuples())
        texts = [row.text or state_name(row.state) for row in rows]
        head = f"{self.up} · {self.across}"
        return pd.DataFrame({head: texts}, index=[str(row.label) for row in rows])

    def places_in(self, row: int, column: int) -> int:
        """Count the places in a third by each."""
        return int(((self.table["row"] == row) & (self.table["column"] == column)).sum())


def bivariate(areas: gpd.GeoDataFrame, *, across: Quantity, up: Quantity) -> Bivariate:
    """
    Colour each place by two measures at once, in thirds of the places by each.

    The breaks of the catalogue would leave most of the squares empty with eight districts, so
    places are compared with each other: "high" is the upper third of them, nothing more. That
    the two go together, or not, is no finding about why.

    Parameters
    ----------
    areas
        As for `choropleth`, with the columns of both measures.
    across, up
        The two measures: from left to right in the legend, and from bottom to top.

    Raises
    ------
    LookupError, ValueError
        As for `choropleth`.
    """
    both = [prepare(areas, one.column, one.classes).table for one in (across, up)]
    shown = both[0]["value"].notna() & both[1]["value"].notna()
    column, row = (thirds(one["value"].where(shown)) for one in both)
    hidden = (both[0]["state"] == SUPPRESSED) | (both[1]["state"] == SUPPRESSED)
    state = np.select([shown, hidden], [KNOWN, SUPPRESSED], NO_DATA)
    colour = [
        COLOURS[at][other] if why == KNOWN else LOOKS[why].colour
        for at, other, why in zip(row, column, state, strict=True)
    ]
    # That of `up` comes first, as in the sentence of the legend.
    values = zip(both[1]["value"], both[0]["value"], shown, strict=True)
    text = [
        f"{value_text(one, up.classes)} · {value_text(other, across.classes)}" if shows else ""
        for one, other, shows in values
    ]
    table = both[0].assign(row=row, column=column, state=state, colour=colour, text=text)
    return Bivariate(table, across.name, up.name)


def thirds(values: pd.Series) -> pd.Series:
    """
    Sort places into three groups of (nearly) equal number: 0, 1, 2; equal values stay together.

    Examples
    --------
    >>> thirds(pd.Series([1, 5, 9, 2, 8, 8])).tolist()
    [0, 1, 2, 0, 1, 1]
    """
    below = values.rank(method="min") - 1
    return (3 * below // max(values.notna().sum(), 1)).astype("Int64")

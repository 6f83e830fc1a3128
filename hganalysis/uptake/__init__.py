"""Where is uptake high? `uptake` answers with a sentence, a table, a map and an order."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType

import pandas as pd

from .. import figure, places
from ..draw import Picture
from ..draw.picture import Shown
from . import levels, measure, pictures, sentences


@dataclass(frozen=True, eq=False, repr=False)
class Uptake(Shown):
    """Where a measure is high in its last period, as counted, and whether that would hold again."""

    counted: pd.DataFrame
    above: pd.DataFrame
    """Whether the level of the row stays above that of the column."""
    parts: pd.DataFrame
    """A row a part of a place: `code`, `place`, `name`, `count`, `out_of`, `share`, `small`."""
    measure: measure.Measure
    origin: str
    source: str = ""

    @property
    def table(self) -> pd.DataFrame:
        """
        A row a place, highest first: `code`, `name`, `count`, `out_of`, `share`, `rank`, `small`;
        `lowest` to `highest` of its parts; `before` (the period before); `low` and `high` (between
        what a similar period would find it), `rank_low` and `rank_high`. Shares are 0 to 1.
        """
        found = self.counted.copy()
        found.insert(1, "name", [places.label(code) for code in found["code"]])
        return found

    def __str__(self) -> str:
        return sentences.answer(self)

    def picture(self) -> Picture | None:
        """Show the map; where nobody knows where places lie, the order; nothing of no level."""
        if self.counted["share"].isna().all():
            return None
        try:
            return self.map()
        except places.NotGivenError:
            return self.order()

    def map(self) -> Picture:
        """Show where it is high, beside the ordered list."""
        return Picture(pictures.composed(self, self.table, "map", pictures.shapes_of("district")))

    def order(self) -> Picture:
        """Show the order, what a similar period could make of it, and how unlike parts are."""
        return Picture(pictures.composed(self, self.table, "order"))

    def communes(self) -> Picture:
        """Show the parts of the places, beside the highest and the lowest of them."""
        if self.parts.empty:
            msg = "this was counted by place alone: there are no parts to show."
            raise ValueError(msg)
        return Picture(pictures.composed(self, self.parts, "parts", pictures.shapes_of("commune")))


def uptake(what: str | pd.DataFrame, year: int | None = None, *, source: str = "") -> Uptake:
    """
    Answer where uptake is high.

    Parameters
    ----------
    what
        A measure of the catalogue; or a frame of one measure: `code`, `year`, `count`, `out_of`,
        `origin`, a row for a place or a part of it.
    year
        The period that is shown; those before tell whether it would hold. Of a frame the last, if
        none is named.
    source
        Whom to name below the pictures of a frame.

    Raises
    ------
    LookupError
        If there is no such measure, year or place.
    ValueError
        If a frame lacks a column, a source or the origin of its rows; if a number can be no count.

    Examples
    --------
    >>> where = uptake("app_users", 2023)
    >>> where.table.loc[0, ["share", "low", "high"]].astype(float).round(3).tolist()
    [0.372, 0.328, 0.42]
    """
    if isinstance(what, str) and year is None:
        msg = f"name the year of {what}: hg.uptake({what!r}, year), of hg.reported()."
        raise ValueError(msg)
    rows = measure.rows_of(what, source)
    year = int(rows["year"].max()) if year is None else year
    years = [*sorted({int(at) for at in rows["year"] if at < year}), year]
    counts, about = levels.counts(what, rows, years)
    table, above, about = levels.would_hold(levels.levels(counts), counts, about)
    parts = pictures.parts_table(counts)
    return Uptake(table.reset_index(), above, parts, about, figure.worst(counts), source)


class _Room(ModuleType):
    """Once imported, Python calls this room `hg.uptake`: it answers as its function does."""

    __call__ = staticmethod(uptake)


sys.modules[__name__].__class__ = _Room

"""Hold how a measure changed from each year to the next, and say, draw and lay it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from .. import figures, findings, indicators, maps, places, render, study
from ..figures.classify import prepare
from ..figures.figure import Figure
from ..maps.draw import laid_out
from ..maps.several import apportion

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from ..figures.figure import Panel
    from ..indicators import Indicator
    from ..maps import Album, Picture


@dataclass(frozen=True, repr=False)
class Change:
    """
    How the share of each place changed from each year to the next.

    Printed it is a sentence for each step, in the language in use; `map()` and `slopes()` draw it.
    A notebook shows the sentences, and the table as it is read.
    """

    name: str
    """Of the measure in the catalogue; of a frame of one's own, its two columns."""
    years: tuple[int, ...]
    table: pd.DataFrame
    """One row a place and step: `since`, `year`, `code`, `share_before`, `share_after` (0 to 1),
    `change_pp` with `change_low_pp` and `change_high_pp` (percentage points; of a ratio,
    hundredths), `parts`, `indicator`, `origin`, `state`."""
    whole: pd.DataFrame
    """The same of all places together, one row a step."""
    shares: pd.DataFrame = field(repr=False)
    """The share of each place in each year."""
    source: str = ""
    """Of a frame of one's own, who says so; of the study in use its own sources are told."""
    as_of: str = ""
    frame: study.Frame | None = field(repr=False, default=None)
    at: pd.DataFrame | None = field(repr=False, default=None)
    """The places of a frame of one's own, and what it says of where they lie."""

    def __str__(self) -> str:
        with study.use(frame=self.frame):
            each = [
                findings.change(
                    _step(self.table, one, other),
                    _step(self.whole, one, other),
                    before=one,
                    after=other,
                )
                for one, other in pairwise(self._measures())
            ]
        return "\n".join(each)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        said = findings.say(str(self))._repr_html_()
        with study.use(frame=self.frame):
            return f"{said}\n{findings.table(self.table).to_html()}"

    def map(self) -> Picture | Album:
        """
        Draw the change on a map, one for each step, in the same classes.

        Returns
        -------
        picture
            An `Album` where there are more steps than a page holds.

        Raises
        ------
        ValueError
            If nobody knows where a place of a frame of one's own lies.
        """
        with study.use(frame=self.frame):
            pages = [self._page(page) for page in apportion(list(pairwise(self._measures())))]
        return pages[0] if len(pages) == 1 else maps.Album(tuple(pages))

    def slopes(self) -> Picture:
        """Draw a line for each place from the last year but one to the last, and what led to it."""
        with study.use(frame=self.frame):
            measures = self._measures()
            one, other = measures[-2:]
            rows = _step(self.table, one, other)
            panel = figures.slopes(rows, before=one, after=other, history=self.shares)
            return self._place(findings.change_title(one, other), [panel], measures)

    def _measures(self) -> list[Indicator]:
        return [indicators.get(self.name, year=year) for year in self.years]

    def _page(self, steps: Sequence[tuple[Indicator, Indicator]]) -> Picture:
        """Draw the maps of some steps on one page."""
        names = [f"{one.year}–{other.year}" for one, other in steps]
        title = findings.change_title(steps[0][0], steps[-1][1])
        classes = indicators.classes(self.name, of_change=True)
        panels = [
            prepare(self._located(_step(self.table, one, other)), "change_pp", classes)
            for one, other in steps
        ]
        measures = [one for step in steps for one in step]
        return self._place(title, panels, measures, names=names if len(names) > 1 else ())

    def _located(self, rows: pd.DataFrame) -> gpd.GeoDataFrame:
        """Lay the places out: on the outlines in use, or where their frame says that they lie."""
        if self.at is None:
            return maps.locate(rows, places.areas("district"))
        return laid_out(self.at.merge(rows.rename(columns={"code": "place"}), on="place"), "place")

    def _place(
        self,
        title: str,
        panels: Sequence[Panel],
        measures: Sequence[Indicator],
        *,
        names: Sequence[str] = (),
    ) -> Picture:
        as_of, source = self.as_of or findings.period(*measures), self.source
        source = source or findings.source(self.shares)
        figure = Figure(title, tuple(panels), as_of, names=tuple(names), named_source=source)
        return render.static.place(figure)


def _step(table: pd.DataFrame, one: Indicator, other: Indicator) -> pd.DataFrame:
    """Take the rows of one step."""
    return table[(table["since"] == one.year) & (table["year"] == other.year)]

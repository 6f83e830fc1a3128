"""Hold how a measure changed from each year to the next, and say, draw and lay it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from .. import figures, findings, indicators, maps, places, render, study, words
from ..figures.classify import prepare
from ..findings.common import Said
from ..maps.draw import of_column
from ..maps.several import Panel, bound
from ..render.results import keep

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..figures.classify import Map
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
    _pictured: dict[str, list[Picture | Album | Said]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What was drawn already, by language: a cell keeps pictures and then shows them."""

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

    def keep(self, name: str) -> Change:
        """
        Keep table and map under a name among the outputs of a build, if there is one, and the
        slopes as `NAME-slopes`.
        """
        keep(self.table, name)
        for end, one in zip(("", "-slopes"), self._pictures(), strict=True):
            if not isinstance(one, Said):
                one.keep(f"{name}{end}")
        return self

    def _ipython_display_(self) -> None:
        from IPython.display import display

        with study.use(frame=self.frame):
            read = findings.table(self.table)
        display(findings.say(str(self)), *self._pictures(), read)  # type: ignore[no-untyped-call]

    def _pictures(self) -> list[Picture | Album | Said]:
        """Draw map and slopes; in place of one that cannot be drawn stands why."""
        language = words.language()
        if language not in self._pictured:
            self._pictured[language] = [_or_why(draw) for draw in (self.map, self.slopes)]
        return self._pictured[language]

    def _repr_html_(self) -> str:
        said = findings.say(str(self))._repr_html_()
        with study.use(frame=self.frame):
            return f"{said}\n{findings.as_html(findings.table(self.table))}"

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
            steps = list(pairwise(self._measures()))
            panels = [
                Panel(
                    f"{one.year}–{other.year}",
                    self._drawn(_step(self.table, one, other)),
                    (self.as_of,) if self.as_of else (one.when, other.when),
                    self._found(one, other),
                )
                for one, other in steps
            ]
            subtitle = findings.titles.subtitle(steps[-1][1], "maps.under_change")
            return bound(panels, subtitle=subtitle, source=self._source()).single()

    def slopes(self) -> Picture:
        """Draw a line for each place from the last year but one to the last, and what led to it."""
        with study.use(frame=self.frame):
            measures = self._measures()
            one, other = measures[-2:]
            rows = _step(self.table, one, other)
            return render.chart(
                figures.slopes(rows, before=one, after=other, history=self.shares),
                title=self._found(one, other),
                subtitle=findings.titles.subtitle(other, "maps.under_change"),
                source=self._source(),
                as_of=self.as_of or findings.period(*measures),
            )

    def _found(self, one: Indicator, other: Indicator) -> str:
        """Say what changed in one step, as a title."""
        rows = [_step(table, one, other) for table in (self.table, self.whole)]
        return findings.titles.change(*rows, before=one, after=other)

    def _measures(self) -> list[Indicator]:
        return [indicators.get(self.name, year=year) for year in self.years]

    def _drawn(self, rows: pd.DataFrame) -> Map:
        """Lay the places out: on the outlines in use, or where their frame says that they lie."""
        classes = indicators.classes(self.name, of_change=True)
        rows = rows.drop(columns=["since", "year"])  # the title says them
        if self.at is None:
            located = maps.locate(rows, places.areas("district"))
            return prepare(located, "change_pp", classes)
        table = self.at.merge(rows.rename(columns={"code": "place"}), on="place")
        return of_column(table, "change_pp", classes=classes, names="place")

    def _source(self) -> str:
        return self.source or findings.source(self.shares)


def _or_why(draw: Callable[[], Picture | Album]) -> Picture | Album | Said:
    """Draw; or say why it cannot be drawn."""
    try:
        return draw()
    except (ValueError, LookupError) as none:
        return findings.instead(str(none))


def _step(table: pd.DataFrame, one: Indicator, other: Indicator) -> pd.DataFrame:
    """Take the rows of one step."""
    return table[(table["since"] == one.year) & (table["year"] == other.year)]

"""Hold a figure: its panels, and all that has to go with them into whatever medium."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from .. import findings, frames, words
from . import passport
from .bivariate import Bivariate
from .classify import Map
from .legend import outlines_note
from .model import Bars, Rows, Scatter, Slopes, Statement, Table

if TYPE_CHECKING:
    from ..indicators import Classes
    from .passport import Passport

MOST_LETTERS = 40
"""Of the names of what is missing: more are counted only, as they stand on one line."""
Panel: TypeAlias = Map | Bivariate | Rows | Slopes | Scatter | Bars | Table | Statement
"""Whatever a figure may show."""


@dataclass(frozen=True)
class Figure:
    """
    A figure: what is shown, and all that a reader has to know of it.

    Renderers place it; what it says is said here, once, so that no medium can forget it.
    """

    title: str
    """The finding."""
    panels: tuple[Panel, ...]
    as_of: str
    """The date or period of the numbers, in words; "" where nobody knows."""
    subtitle: str = ""
    """What is measured, and out of what."""
    names: tuple[str, ...] = ()
    """What stands above each panel."""
    findings: tuple[str, ...] = ()
    """What each panel shows by itself, as its title where it stands alone; else that of all."""
    dates: tuple[str, ...] = ()
    """The date or period of each panel's numbers, where they differ."""
    kind: str = ""
    """What it is called in a list of shapes."""
    rows: tuple[pd.DataFrame, ...] = ()
    """The numbers that it was composed from, released, with their `origin`."""
    named_source: str = ""
    """Who says so; else that of the rows."""
    graded: tuple[Classes, ...] = ()
    """Classes whose colours other panels than maps have."""
    remark: str = ""
    """What else has to be said below it."""
    missing: tuple[str, ...] = ()
    """Measures, each in its year, that have no panel, as no number of them may be shown."""
    marks: tuple[str, ...] = field(default=(), repr=False)
    """Lines of what was drawn by hand beside the panels; they enter the passport."""

    @property
    def simulated(self) -> bool:
        """Is a single number of it simulated?"""
        told = [(one["origin"] == "simulated").any() for one in self._told]
        return any(told) or any(one.simulated for one in self.panels)

    @property
    def banner(self) -> tuple[str, ...]:
        """Give what stands on each picture, and first in each text, if a number is simulated."""
        return (words.term("words.simulated"),) if self.simulated else ()

    @property
    def source(self) -> str:
        """Name the sources of what is shown."""
        layers = [one for panel in self.maps for one in panel.overlays if one.source]
        drawn = [f"{one.name}: {one.source}" for one in layers]
        return "; ".join(dict.fromkeys([self._of_numbers, *drawn]))

    @property
    def _of_numbers(self) -> str:
        if self.named_source:
            return self.named_source
        return findings.source(pd.concat([one[["origin"]] for one in self._told]))

    @property
    def source_line(self) -> str:
        """Write the line below the figure."""
        key = "maps.source" if self.as_of else "maps.source_alone"
        return words.term(key, source=self.source, as_of=words.day(self.as_of))

    @property
    def about(self) -> list[str]:
        """Say what the numbers are, for whoever meets them without the figure."""
        return [*self.banner, self.title, self.subtitle, self.source_line]

    @property
    def alt(self) -> str:
        """Say in words what it shows, mark by mark, for whoever hears it."""
        each = "; ".join(said for one in self.panels for said in one.said)
        return words.term("slides.chart_alt", title=self.headline, each=each)

    @property
    def headline(self) -> str:
        """Say what it finds, after its banner."""
        return ". ".join([*self.banner, self.title])

    @property
    def full_title(self) -> str:
        """Give the title with the names of its panels: parts that share a title differ in it."""
        return ": ".join([self.title, *self.names])

    def left_out(self, unnamed: int = 0) -> str:
        """
        Say which maps and places are left out, how many labels found no room, what else there is.

        Every medium places it, with as many `unnamed` as it has.
        """
        labels = words.term("maps.left_out", number=words.number(unnamed)) if unnamed else ""
        maps = [text for one in self.maps for text in (one.part, one.marked)]
        notes = [labels, self.lacks, *maps, self.remark]
        return " ".join(dict.fromkeys(filter(None, notes)))

    @property
    def lacks(self) -> str:
        """Say what was asked for and has no panel; nothing where all have."""
        names = "; ".join(self.missing)
        if len(names) > MOST_LETTERS:
            return words.term("maps.no_pages", number=words.number(len(self.missing)))
        return words.term("maps.no_page", names=names) if names else ""

    @property
    def outlines(self) -> str:
        """Say what the outlines are worth."""
        return " ".join(dict.fromkeys(outlines_note(one.outlines) for one in self.maps)).strip()

    @property
    def maps(self) -> list[Map]:
        """Give those of its panels that are maps."""
        return [one for one in self.panels if isinstance(one, Map)]

    @property
    def classes(self) -> list[Classes]:
        """Give the classes whose colours it has."""
        return [*(one.classes for one in self.maps), *self.graded]

    @property
    def table(self) -> list[pd.DataFrame]:
        """Write down what each panel shows, as texts: the table beside it."""
        return [one.facts for one in self.panels]

    @property
    def passport(self) -> Passport:
        """Make its passport; the finding, which follows from the numbers, is no part of it."""
        if self.rows:
            lines, recipe = [passport.of(one).hash for one in self.rows], [self.subtitle]
        else:
            lines = [line for one in self.maps for line in one.lines()]
            recipe = [self.title, *self.names]
        recipe.append(self.as_of)
        return passport.of([*lines, *self.marks], classes=self.classes, recipe=recipe)

    def part(self, number: int) -> Figure:
        """Give one of its panels as a figure, which says of which figure it is a part."""
        # a panel may be called as its figure is: once is enough
        named = self.names and not self.findings and self.names[number] != self.title
        return Figure(
            self.findings[number] if self.findings else self.title,
            (self.panels[number],),
            self.dates[number] if self.dates else self.as_of,
            subtitle=self.subtitle,
            names=(self.names[number],) if named else (),
            named_source=self._of_numbers,
            remark=self.remark,
            missing=self.missing,
        )

    @property
    def _told(self) -> list[pd.DataFrame]:
        """Give the frames that must say where they come from: all, unless the figure does."""
        return [
            frames.require_origin(one)
            for one in self.rows
            if "origin" in one or not self.named_source
        ]

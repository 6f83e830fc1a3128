"""An answer of any wing: how it is printed, shown in a notebook, and kept."""

import os
import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from html import escape
from pathlib import Path
from typing import Protocol, Self, TypeVar

import pandas as pd

from .. import suppress, words
from ..figure import Figure, capitalise, mark_simulated
from ..indicators import Classes
from ..periods import PeriodKey
from ..words.numbers import unit_name
from .asked import OfStudy
from .picture import FIGURES, OUT, TABLES, Picture, csv, new_file, write_picture

Composers = Mapping[str, Callable[[], Figure]]
"""What makes each figure of an answer, by name."""


class AnsweredMeasure(Protocol):
    """What a table asks of the measure of an answer."""

    @property
    def classes(self) -> Classes:
        """Its classes, which have its unit."""

    @property
    def change_scale(self) -> Classes | str:
        """The classes of a change, or its unit alone."""

    @property
    def periods(self) -> tuple[PeriodKey, ...]:
        """Its periods, first to last."""

    def subtitle(self) -> str:
        """Name the measure."""


class Answer(OfStudy):
    """
    The answer to one question: a sentence when printed, a table, and figures by name.

    Each wing has a subclass. Texts are written in the language in use when they are asked for, and
    a figure is made when it is shown.
    """

    origin: str
    """The least reliable origin of its numbers."""

    measure: AnsweredMeasure | None
    """What its numbers are; None if each column has a unit of its own."""

    @property
    def table(self) -> pd.DataFrame:
        """All of its numbers, nothing rounded."""
        raise NotImplementedError

    @property
    def table_in_words(self) -> pd.DataFrame:
        """Its table for readers: what is a name in this package is written in words."""
        return self.table

    @property
    def figures(self) -> Composers:
        """What makes each of its figures. The first is shown; there may be none."""
        raise NotImplementedError

    def describe(self) -> str:
        """Write what it says, for a page that says itself where the numbers come from."""
        raise NotImplementedError

    def caption(self) -> str:
        """Say above a table what its numbers are."""
        return self.measure.subtitle() if self.measure else ""

    @property
    def sentence(self) -> str:
        """What it says; it begins with a warning if numbers are simulated."""
        return mark_simulated(self.describe(), self.origin)

    def picture(self) -> Picture | None:
        """Show its first figure; None where there is nothing to draw."""
        for compose in self.figures.values():
            return Picture(compose())
        return None

    def keep(self, name: str) -> Self:
        """Save figure and table with the outputs of a build (else do nothing): see `hg.keep`."""
        return keep(self, name)

    def __repr__(self) -> str:
        return self.sentence

    def _ipython_display_(self) -> None:
        """Display the picture, if there is one, and what it says beside the title of that."""
        from IPython.display import display

        picture = self.picture()
        text = self.describe()
        if picture:
            display(picture)  # type: ignore[no-untyped-call]
            text = without_clause(text, self.title_clause(picture.figure))
        style = "font-size:1.1em;line-height:1.5;max-width:46em"
        html = f'<p style="{style}">{escape(mark_simulated(text, self.origin))}</p>'
        formats = {"text/plain": self.sentence, "text/html": html if text else ""}
        display(formats, raw=True)  # type: ignore[no-untyped-call]

    def title_clause(self, figure: Figure) -> str:
        """Give the clause of its text that the title of its picture says."""
        return figure.title


def without_clause(text: str, clause: str) -> str:
    """
    Leave a clause, and what is before it, out of a text, where what follows can be read alone.

    Examples
    --------
    >>> without_clause("Apps: up by 5 (from 3). In all places.", "Up by 5")
    'From 3. In all places.'
    >>> without_clause("Up by 5 (from 3) in all places.", "Up by 5")
    'Up by 5 (from 3) in all places.'
    """
    ends = r"(?:[.;] ?| \((?P<detail>[^()]*)\)(?=[.;]))"
    match = re.search(re.escape(clause) + ends, text, re.IGNORECASE)
    if not match:
        return text
    return capitalise((match["detail"] or "") + text[match.end() :])


Shown = TypeVar("Shown", bound="Picture | Answer | pd.DataFrame")


def keep(shown: Shown, name: str) -> Shown:
    """
    Write a picture, an answer or a table to the outputs while they are built, and give it back.

    Outside of a build nothing is written, so the same cell runs anywhere.

    Parameters
    ----------
    shown
        A picture becomes `figures/NAME-slide.png`, `-page` and `-column`, each as SVG too, and a
        sheet of the workbook; an answer its picture and its table; a frame a sheet.
    name
        Small letters a to z, digits and hyphens; once in a build.

    Raises
    ------
    TypeError
        If it is none of these three.
    ValueError
        If the name has other characters or was kept before, or if a frame holds small counts that
        are not hidden.

    Examples
    --------
    >>> keep(pd.DataFrame({"teams": [525]}), "teams")
       teams
    0    525
    """
    if not isinstance(shown, (Picture, Answer, pd.DataFrame)):
        raise TypeError(words.term("draw_errors.keep", kind=type(shown).__name__))
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise ValueError(words.term("draw_errors.keep_name", name=name))
    if isinstance(shown, pd.DataFrame):
        suppress.refuse_small(shown)
    out = os.environ.get(OUT)
    with shown.in_its_study() if isinstance(shown, OfStudy) else nullcontext():
        if out:
            _write(shown, name, Path(out))
    return shown


def _write(content: Picture | Answer | pd.DataFrame, name: str, out: Path) -> None:
    """Write the files of a picture, an answer or a table; no file is written over."""
    picture: Picture | None = None
    facts: dict[str, str] = {}
    caption = ""
    if isinstance(content, pd.DataFrame):
        table = content
    elif isinstance(content, Picture):
        picture = content
        table = content.figure.table
    else:
        picture = content.picture()
        table = content.table_in_words
        caption = content.caption()
        if content.measure:
            facts = _describe_columns(content.measure)
    if picture:
        write_picture(picture, name, out / FIGURES, facts, caption)
    new_file(out / TABLES / f"{name}.csv").write_bytes(csv(table))


def _describe_columns(measure: AnsweredMeasure) -> dict[str, str]:
    """Give the units of the shares and changes of an answer, and the period of its columns."""
    units = {"share_unit": measure.classes.unit, "points_unit": unit_name(measure.change_scale)}
    *earlier, last = map(words.short_period, measure.periods)
    return units | {"share": last, "after": last, "before": "".join(earlier[-1:])}

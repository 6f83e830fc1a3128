"""Answer the three questions of a study: each in one sentence and one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from .. import effect, findings, places, words
from ..figures.model import Statement
from ..render import static
from ..render.results import TABLES, csv, keep
from . import facts, relation, uptake
from .facts import Facts, Missing
from .slide import Slide, contents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import geopandas as gpd

    from ..figures import Figure
    from ..findings.common import Said
    from ..render.static import Picture


@dataclass(frozen=True)
class Question:
    """
    One question of a study and its answer, which a notebook shows.

    A `slide` has the answer as its title; there is none where the study cannot answer, and the
    sentence says why. Printed, it says first that it is simulated, if it is.
    """

    text: str
    answer: str
    """One sentence, to be read aloud in one breath."""
    slide: Slide | None
    notes: tuple[str, ...] = ()
    """What it rests on, for whoever asks, in the language of the answer."""
    instead: str = ""
    """Why a study of one place alone has no answer, as all of a page says it."""

    @property
    def figure(self) -> Figure | None:
        """Give the picture of the answer, if there is an answer."""
        return None if self.slide is None else self.slide.figure

    def __str__(self) -> str:
        if self.figure is not None and self.figure.simulated:
            return words.term("findings.prefix", sentence=self.answer)
        return self.answer

    @property
    def drawn(self) -> Figure | None:
        """Give what there is to draw; an answer that is none, or text alone, has nothing."""
        if self.figure is None or any(isinstance(one, Statement) for one in self.figure.panels):
            return None
        return self.figure

    def plot(self) -> Picture | None:
        """Draw the picture, if there is one."""
        return None if self.drawn is None else static.place(self.drawn)

    def said(self) -> Said:
        """Set the answer for reading."""
        return findings.instead(self.instead) if self.instead else findings.say(str(self))

    def _ipython_display_(self) -> None:
        from IPython.display import display

        shown = [one for one in (self.said(), self.plot()) if one is not None]
        display(*shown)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Answers:
    """The answers to the three questions of a study; each is worked out when it is asked for."""

    facts: Facts

    @property
    def where(self) -> Question:
        """Where is uptake high, and which places are surely apart?"""
        return _answer("where", self.facts)

    @property
    def changed(self) -> Question:
        """What changed from one year to the next?"""
        return _answer("changed", self.facts)

    @property
    def related(self) -> Question:
        """Does uptake go with more people on the ground?"""
        return _answer("relation", self.facts)

    def __iter__(self) -> Iterator[Question]:
        return iter((self.where, self.changed, self.related))

    def keep(self, name: str) -> Answers:
        """Keep them under a name among the outputs of a build, if there is one."""
        return keep(self, name)

    def files(self, name: str) -> Iterator[tuple[str, Callable[[Path], object]]]:
        """
        Name the files that are kept of them, with what writes each: pictures, each with a table of
        its numbers, then the answers.
        """
        rows = []
        for number, one in enumerate(self, start=1):
            picture = one.plot()
            if picture is not None:
                yield from picture.drawn(f"{name}-{number}")
                assert one.figure is not None, "what is drawn is of a figure"
                yield _table(pd.concat(one.figure.rows), f"{name}-{number}")
            rows.append(
                {
                    "question": one.text,
                    "answer": str(one),
                    "picture": "" if picture is None else f"{name}-{number}",
                    "source": "" if one.figure is None else one.figure.source,
                    "simulated": one.figure is not None and one.figure.simulated,
                }
            )
        yield _table(pd.DataFrame(rows), name)


def _table(rows: pd.DataFrame, name: str) -> tuple[str, Callable[[Path], object]]:
    """Name the file of a table, with what writes it."""
    return f"{TABLES}/{name}.csv", lambda file: file.write_bytes(csv(rows))


ASKED: dict[str, tuple[Callable[[Facts], Slide], ...]] = {
    "where": (uptake.where,),
    "changed": (uptake.changed,),
    "relation": (relation.relation, relation.estimate),
}
"""Each question, and what answers it: the first that can."""


def answers(
    reports: pd.DataFrame | None = None,
    teams: pd.DataFrame | None = None,
    *,
    areas: gpd.GeoDataFrame | None = None,
) -> Answers:
    """
    Answer the three questions of a study.

    Parameters
    ----------
    reports
        Reports of communes, as `frames.reports()` gives them; those of the study in use if none
        are given. Small counts are hidden before anything is computed.
    teams
        Teams of communes, as `frames.teams()` gives them; with the reports of the study in use,
        its own.
    areas
        Outlines of the districts; those of `places.areas()` if none are given.

    Returns
    -------
    answers
        `.where`, `.changed` and `.related`, or all three in a loop.

    Examples
    --------
    >>> print(answers().changed.text)
    Điều gì đã thay đổi?
    """
    return Answers(facts.gather(reports, teams, areas))


def opening(found: Facts) -> Slide:
    """Say all three answers, before each is shown."""
    each = list(Answers(found))
    shown = [one.slide for one in each if one.slide is not None]
    if not shown:
        msg = "headline"
        raise Missing(msg)
    # Of those without an answer it is said which question has none.
    answers = tuple(one.answer if one.slide else f"{one.text} {one.answer}" for one in each)
    asked = " ".join(one.text for one in each)
    figure = contents(heading(len(shown), len(each)), answers, shown, subtitle=asked)
    return Slide(figure, notes=answers)


def heading(answered: int, asked: int) -> str:
    """Head the answers: three, or as many as there are."""
    if answered == asked:
        return words.term("slides.opening")
    return words.term("slides.opening_some", answered=answered, asked=asked)


def _answer(key: str, found: Facts) -> Question:
    text = words.term(f"slides.asked_{key}")
    for make in ASKED[key]:
        try:
            slide = make(found)
        except (Missing, places.NotGivenError) as lack:
            why = reason(lack)
            continue
        notes = (*filter(None, slide.notes), *slide.after)
        return Question(text, f"{slide.figure.title}.", slide, notes)
    alone = "" if places.levels() else words.term("places.whole_alone")
    return Question(text, words.term("slides.unanswered", reason=why), None, instead=alone)


def reason(lack: Missing | places.NotGivenError) -> str:
    """Say in few words why there is no slide, or no answer."""
    if isinstance(lack, Missing):
        return lack.said
    if isinstance(lack, effect.Refused):
        return findings.reason(lack.reason)
    if not places.levels():  # one reason for all that is of several places
        return words.term("slides.missing_two_levels")
    return str(lack).rstrip(".")

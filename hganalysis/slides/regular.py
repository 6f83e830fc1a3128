"""The slide about numbers that are too regular to have been counted; where there are none, none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import findings, frames, indicators, words, workbook
from ..figures import Figure
from ..figures.model import Statement
from .slide import Slide

if TYPE_CHECKING:
    from .facts import Facts

MOST = 4
"""Findings on the slide, the least likely first; the notes have all."""


def too_regular(facts: Facts) -> list[Slide]:
    """Say what is too regular, to be asked about: it accuses nobody, and names no single place."""
    teams = facts.teams if len(facts.teams) else None
    found = workbook.screen(facts.reports, teams=teams)
    if found.empty:
        return []
    origins = [facts.reports["origin"], facts.teams["origin"]]
    about = found.drop(columns="places").assign(origin=frames.worst_origin(pd.concat(origins)))
    more = len(found) - MOST
    said = found["sentence"].tolist()
    shown = said[:MOST] + [words.term("screen.more", number=words.number(more))] * (more > 0)
    pairs = sorted(set(zip(found["year"], found["indicator"], strict=True)))
    dates = [
        indicators.get(name, year=int(year)).when
        for year, name in pairs
        if name in indicators.names()
    ]
    simulated = bool((about["origin"] == "simulated").any())
    innocent = [words.term("screen.may_be", innocent=one) for one in found["innocent"].unique()]
    chance = words.term("screen.chance", chance=words.percent(found["adjusted"].max()))
    return [
        Slide(
            Figure(
                words.term("slides.too_regular", number=words.number(len(found))),
                (Statement(simulated, sentences=tuple(shown)),),
                findings.listed([*dict.fromkeys(dates)] or [str(year) for year, _ in pairs]),
                subtitle=words.term("slides.under_too_regular"),
                rows=(about,),
            ),
            notes=(*said, chance, *innocent),
            method=("too_regular",),
            limits=("too_regular",),
        )
    ]

"""Write the three answers for an atlas: what a presenter shows, and says."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from .. import slides, words
from ..render import static
from .payload import spoken
from .views import LEVELS, opening

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from ..slides.three_answers import Answers, Question
    from .views import View

Told: TypeAlias = "dict[str, object]"
"""An answer: what is said and shown of it in each language, and the key of its view."""

_PATH = re.compile(r'(?<= d=")[^"]+')
_FRACTION = re.compile(r"-?\d+\.\d\d+")


def answers(
    reports: pd.DataFrame,
    teams: pd.DataFrame | None,
    areas: gpd.GeoDataFrame | None,
    *,
    views: Sequence[View],
) -> list[Told]:
    """
    Write down each answer in every language; nothing where no question has one.

    Parameters
    ----------
    reports, teams, areas
        As for `slides.answers`.
    views
        What the page shows: an answer leads to the view with its table.
    """
    found = slides.answers(reports, teams, areas=areas)
    told = {one: spoken(one, lambda: _all_told([*found])) for one in words.LANGUAGES}
    if not any(one["source"] for one in told[words.language()]):
        return []
    return [
        {"view": key, **{one: its[number] for one, its in told.items()}}
        for number, key in enumerate(_keys(found, views))
    ]


def _all_told(questions: Sequence[Question]) -> list[dict[str, object]]:
    """Write down the answers in the language in use."""
    # a reason why there is no answer is of the same study, and says so, too
    simulated = any(one.figure is not None and one.figure.simulated for one in questions)
    return [_told(question, simulated=simulated) for question in questions]


def _told(question: Question, *, simulated: bool) -> dict[str, object]:
    figure = question.figure
    return {
        "asked": question.text,
        "said": question.answer,
        "notes": question.notes,
        "source": "" if figure is None else figure.source_line,
        "alt": "" if figure is None else figure.alt,
        "simulated": simulated if figure is None else figure.simulated,
        "picture": _picture(question),
    }


def _picture(question: Question) -> str:
    """Draw the picture, deflated in base64; its title stands beside it, in larger letters."""
    if question.drawn is None:
        return ""
    svg = static.place(replace(question.drawn, title="")).svg()
    # a tenth of a point is less than a wall shows, and half the bytes of a map
    svg = _PATH.sub(lambda path: _FRACTION.sub(lambda it: f"{float(it[0]):.1f}", path[0]), svg)
    return base64.b64encode(zlib.compress(svg.encode("utf-8"), 9)).decode("ascii")


def _keys(found: Answers, views: Sequence[View]) -> list[str]:
    """Name the view that has the numbers of each answer: its first one, where there is no other."""
    first = opening(views)
    changes = [one.key for one in views if one.of_change and one.measure == first.measure]
    year = found.facts.outcome().year if found.related.figure is not None else first.year
    communes = f"{first.measure}.{year}.{LEVELS[-1]}"
    known = {one.key for one in views}
    return [
        first.key,
        next((key for key in reversed(changes) if key.endswith(first.level)), first.key),
        communes if communes in known else first.key,
    ]


def without_pictures(told: Sequence[Told]) -> list[Told]:
    """Leave the sentences alone, for a page that has no room for more."""
    return [
        {key: {**one, "picture": ""} if isinstance(one, dict) else one for key, one in its.items()}
        for its in told
    ]

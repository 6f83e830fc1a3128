"""Put the slides together, and write the deck."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import __version__, effect, findings, places, words
from ..render.slide import package, pages
from ..render.slide.statement import sentences
from . import facts, relation, uptake
from .facts import Missing

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    from .facts import Facts
    from .slide import Slide

# In the order of a talk: what, where, since when, with whom, how sure.
CONTENTS: tuple[Callable[[Facts], Slide | list[Slide]], ...] = (
    uptake.headline,
    uptake.where,
    uptake.communes,
    uptake.changed,
    uptake.files,
    uptake.platforms,
    uptake.teams,
    relation.estimate,
    relation.relation,
    relation.rungs,
    relation.left_out,
    relation.robustness,
    relation.coverage,
    uptake.order,
    uptake.emulation,
)


def write(
    file: str | Path,
    reports: pd.DataFrame,
    teams: pd.DataFrame | None = None,
    *,
    areas: gpd.GeoDataFrame | None = None,
) -> Path:
    """
    Write a deck for a conference hall: native maps, charts and tables, one message a slide.

    Parameters
    ----------
    file
        A name that ends in `.pptx`.
    reports
        Reports of communes, as `frames.reports()` gives them. Small counts are hidden before
        anything is computed.
    teams
        Teams of communes, as `frames.teams()` gives them; without them the slides about teams are
        left out, and the notes of the last one say so.
    areas
        Outlines of the districts, in metres; those of `places.areas()` if none are given.

    Returns
    -------
    file
        The same bytes for the same numbers, in the language in use.

    Raises
    ------
    ValueError
        If the file is no `.pptx`, or there is nothing that a slide could show.

    Notes
    -----
    Whatever is simulated says so on each figure itself, and the figure cannot be ungrouped from
    it. No number is computed here: all come from `rates`, `change`, `ranks` and `effect`, all
    sentences from `findings`.
    """
    file = Path(file)
    if file.suffix != ".pptx":
        msg = f"{file.name} is no name of a deck: let it end in .pptx."
        raise ValueError(msg)
    file.write_bytes(deck(facts.gather(reports, teams, areas)))
    return file


def deck(found: Facts) -> bytes:
    """Make the deck of what was gathered."""
    made: list[Slide] = []
    lacks: dict[str, list[str]] = {}
    for make in CONTENTS:
        try:
            some = make(found)
            made += some if isinstance(some, list) else [some]
        except (Missing, places.NotGivenError) as lack:
            name = words.term(f"slides.name_{make.__name__}")
            lacks.setdefault(_reason(lack), []).append(name)
    missing = [
        words.term("slides.missing", name="”, “".join(names), reason=reason)
        for reason, names in lacks.items()
    ]
    if not made:
        msg = "there is nothing to show:\n" + "\n".join(f"  {one}" for one in missing)
        raise ValueError(msg)
    opened = package.open_deck()
    for number, one in enumerate(made, start=1):
        _add(opened, one, number)
    missing += _elsewhere(found, made)
    _last(opened, made, missing)
    title = words.term("slides.deck", place=places.name(str(places.province()["code"])))
    return pages.close(opened, [one.figure for one in made], title=title)


def _reason(lack: Missing | places.NotGivenError) -> str:
    """Say in few words why there is no slide."""
    if isinstance(lack, Missing):
        return lack.said
    if isinstance(lack, effect.Refused):
        return findings.reason(lack.reason)
    if not places.levels():  # one reason for all that is of several places
        return words.term("slides.missing_two_levels")
    return str(lack).rstrip(".")


def _add(opened: Any, one: Slide, number: int) -> None:  # noqa: ANN401
    """Add a slide; its notes say the method, too, and what not to say."""
    after = [words.term("slides.note_method", text=text) for text in map(_method, one.method)]
    limits = [words.term(f"slides.limit_{key}") for key in filter(None, one.limits)]
    # nothing is said of an exposure that the study says no caution of
    after += [words.term("slides.note_limit", text=text) for text in filter(None, limits)]
    pages.place(one.figure, opened, number, notes=one.notes, after=after)


def _method(key: str) -> str:
    said = words.term(f"slides.method_{key}")
    return f"{said} {findings.assumption()}" if key in {"rates", "ranks"} else said


def _elsewhere(found: Facts, made: list[Slide]) -> list[str]:
    """Say what was reported and is on no slide: measures, years, and teams of other years."""
    shown = [measure for one in made for measure in one.measures]
    atlas = found.shapes is not None
    said = [findings.not_here(found.reports, shown=shown, atlas=atlas)]
    years = sorted(int(year) for year in found.teams["year"].unique())
    with suppress(Missing):
        drawn = found.outcome().year
        others = [str(year) for year in years if year != drawn]
        if others:
            key = "slides.other_teams" if atlas else "slides.other_teams_unseen"
            said.append(words.term(key, year=drawn, years=findings.listed(others)))
    return [one for one in said if one]


def _last(opened: Any, made: list[Slide], missing: list[str]) -> None:  # noqa: ANN401
    """Say how it was done and where the numbers are from; what is not here, in the notes."""
    sources = list(dict.fromkeys(one.figure.source for one in made))
    said = [
        words.term("slides.sources", sources="; ".join(sources)),
        words.term("slides.methods"),
        words.term("slides.never"),
    ]
    notes = [*said, *missing, *map(_method, _methods(made))]
    stamp = words.term("slides.made_by", version=__version__)
    number = len(made)
    while said:
        number += 1
        under = words.term("slides.under_last")
        last, body = pages.open_slide(opened, words.term("slides.last"), under)
        said = sentences(last.shapes, body, said, largest=22)
        pages.footer(last, words.term("slides.open"), stamp, number)
        pages.write_notes(last, notes)


def _methods(made: list[Slide]) -> list[str]:
    return list(dict.fromkeys(key for one in made for key in one.method))

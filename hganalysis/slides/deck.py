"""Put the slides together, and write the deck."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import __version__, findings, places, words
from ..render.slide import package, pages
from ..render.slide.statement import sentences
from . import facts, regular, relation, three_answers, uptake
from .facts import Missing
from .slide import Slide, contents, method

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    from .facts import Facts

# In the order of a talk: the three answers, then what they rest on.
CONTENTS: tuple[Callable[[Facts], Slide | list[Slide]], ...] = (
    three_answers.opening,
    uptake.where,
    uptake.changed,
    relation.relation,
    relation.estimate,
    uptake.headline,
    uptake.emulation,
    uptake.communes,
    uptake.files,
    uptake.platforms,
    uptake.teams,
)
APPENDIX: tuple[Callable[[Facts], Slide | list[Slide]], ...] = (
    uptake.order,
    uptake.years,
    uptake.years_of_files,
    relation.rungs,
    relation.left_out,
    relation.robustness,
    relation.coverage,
    regular.too_regular,
)
"""For whoever asks how far to trust it: behind the last slide of the talk."""


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
    lacks: dict[str, list[str]] = {}
    talk, behind = (_made(found, contents, lacks) for contents in (CONTENTS, APPENDIX))
    made = [*talk, *behind]
    missing = [
        words.term("slides.missing", name="”, “".join(names), reason=reason)
        for reason, names in lacks.items()
    ]
    if not made:
        msg = "there is nothing to show:\n" + "\n".join(f"  {one}" for one in missing)
        raise ValueError(msg)
    opened = package.open_deck()
    for one in talk:
        _add(opened, one)
    missing += _elsewhere(found, made)
    _last(opened, made, missing)
    for one in [*([_behind(behind)] if behind else []), *behind]:
        _add(opened, one)
    title = words.term("slides.deck", place=places.name(str(places.province()["code"])))
    return pages.close(opened, [one.figure for one in made], title=title)


def _made(
    found: Facts,
    contents: tuple[Callable[[Facts], Slide | list[Slide]], ...],
    lacks: dict[str, list[str]],
) -> list[Slide]:
    """Make slides; those that cannot be made are named in `lacks`, by the reason."""
    made: list[Slide] = []
    for make in contents:
        try:
            some = make(found)
            made += some if isinstance(some, list) else [some]
        except (Missing, places.NotGivenError) as lack:
            name = words.term(f"slides.name_{make.__name__}")
            lacks.setdefault(three_answers.reason(lack), []).append(name)
    return made


def _behind(shown: list[Slide]) -> Slide:
    """Say what the slides behind the last one find."""
    title, under = (words.term(f"slides.{key}") for key in ("appendix", "under_appendix"))
    titles = tuple(one.figure.title for one in shown)
    return Slide(contents(title, titles, shown, subtitle=under), notes=titles)


def _add(opened: Any, one: Slide) -> None:  # noqa: ANN401
    """Add a slide; its notes say the method, too, and what not to say."""
    pages.place(one.figure, opened, len(opened.slides) + 1, notes=one.notes, after=one.after)


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
    notes = [*said, *missing, words.term("slides.open"), *map(method, _methods(made))]
    stamp = words.term("slides.made_by", version=__version__)
    while said:
        title, under = words.term("slides.last"), words.term("slides.under_last")
        added, body = pages.open_slide(opened, title, under)
        said = sentences(added.shapes, body, said, largest=22)
        pages.footer(added, "", stamp, len(opened.slides))
        pages.write_notes(added, notes)


def _methods(made: list[Slide]) -> list[str]:
    return list(dict.fromkeys(key for one in made for key in one.method))

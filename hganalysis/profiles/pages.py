"""Draw the pages, all in one PDF or as pictures of a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .. import places, words
from ..render.static import Album, document, place
from ..render.static.layout import Page
from . import facts
from .page import page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from ..render.static import Picture
    from .facts import Facts

A3 = (297.0, 420.0)
"""Width and height in millimetres."""
WIDE = 20.0
"""Inches that a page is laid out for: its smallest letters are printed in 7 points."""


def pages(reports: pd.DataFrame | None = None, teams: pd.DataFrame | None = None) -> Album:
    """
    Draw an area profile of each district: an A3 page with maps, ranks and its measures by year.

    Parameters
    ----------
    reports
        Reports of communes, as `frames.reports()` gives them; those of the study in use if none
        are given. Small counts are hidden before anything is computed.
    teams
        Teams of communes; with the reports of the study in use, its own.

    Returns
    -------
    pages
        One picture for each district that reported anything, in the order of the list; one of the
        whole where there is one level of places. `pages.save("profile.pdf")` writes a file each.

    Raises
    ------
    NotGivenError
        If there is one place alone.
    LookupError
        If there are no reports.
    """
    return Album(tuple(_drawn(facts.of(reports, teams))))


def write(
    file: str | Path,
    reports: pd.DataFrame | None = None,
    teams: pd.DataFrame | None = None,
    *,
    each: bool = False,
    done: Callable[[int, int], None] = lambda _at, _all: None,
    without: Callable[[list[str]], None] = lambda _names: None,
) -> Path:
    """
    Write the pages of all districts into one PDF.

    Parameters
    ----------
    file
        A name that ends in `.pdf`.
    reports, teams
        As for `pages`.
    each
        Whether to write a file of each page beside it, too, named after the code of the district.
    done
        Called after each page with how many are done, and how many there are.
    without
        Called with the names of the districts that have no page, as they sent nothing, if any.

    Returns
    -------
    file
        The same bytes for the same numbers, in the language in use.

    Raises
    ------
    ValueError
        If the file is no `.pdf`, or a page has no room for its texts.
    """
    file = Path(file)
    if file.suffix.lower() != ".pdf":
        msg = f"{file.name} is no name of a PDF: let it end in .pdf."
        raise ValueError(msg)
    found = facts.of(reports, teams)
    if found.without:
        without(found.without)

    def drawn() -> Iterator[Picture]:
        for at, (code, one) in enumerate(zip(found.codes, _drawn(found), strict=True), start=1):
            if each and code is not None:
                one.save(file.with_stem(f"{file.stem}-{code}"))
            yield one
            done(at, len(found.codes))

    title = words.term("profiles.document", place=places.name(str(places.province()["code"])))
    file.write_bytes(document(drawn(), title=title))
    return file


def _drawn(found: Facts) -> Iterator[Picture]:
    """Draw page by page: those of a country together would fill the memory."""
    for code in found.codes:
        figure, bands = page(found, code)
        yield place(figure, width=A3[0], page=Page(WIDE, WIDE * A3[1] / A3[0], bands))

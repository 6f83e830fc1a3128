"""Write an atlas: one file, or, of several provinces, one for the whole and one for each."""

from __future__ import annotations

import re
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from .. import places, suppress, words
from ..countries.letters import bare
from ..suppress.hide import ALONE, public
from . import assemble
from .answers import answers
from .views import LEVELS, gather

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from .answers import Told
    from .picture import Ground
    from .views import View

LEAST = 150
"""Bytes that a number of one commune takes at least: a row in the tables of both languages, and one
in the file that can be saved."""


def write(
    file: str | Path,
    reports: pd.DataFrame,
    *,
    teams: pd.DataFrame | None = None,
    areas: gpd.GeoDataFrame | None = None,
    communes: gpd.GeoDataFrame | None = None,
) -> list[Path]:
    """
    Write an atlas to a file; where the list has several provinces and one file is too small for
    them, to one for the whole, by district, and one for each province, with its communes.

    Parameters
    ----------
    file
        The page to open. Those of the provinces lie beside it and are named after it:
        `atlas-01-an-binh.html`.
    reports, teams, areas, communes
        As for `page`.

    Returns
    -------
    files
        What was written, the page to open first. Classes are those of the catalogue on every
        page. Small counts are hidden for all pages at once. On the page of a province, ranks are
        among its own places, and so is what chance variation of communes is taken from.

    Raises
    ------
    LookupError
        If there are no reports.
    ValueError
        If a page would be larger than `LIMIT`, packed or not; then none is written.
    """
    file = Path(file)
    several = len(places.provinces()) > 1
    # No page of so many rows can fit, and to find that out by writing it would take minutes.
    rows = reports["code"].nunique() * len(reports.groupby(["indicator", "year"]))
    text = None
    if not several:
        text = assemble.page(reports, teams=teams, areas=areas, communes=communes)
    elif rows * LEAST <= assemble.LIMIT:
        views = gather(reports, teams, levels=assemble.mapped(communes))
        ground = assemble.ground(views, areas, communes)
        text = _fitting(views, ground, told=())
        # The answers are most of the work, and in vain where there is no room even without them.
        if text is not None:
            text = _fitting(views, ground, told=answers(reports, teams, areas, views=views))
    pages = {file: text} if text is not None else _split(file, reports, teams, areas, communes)
    for name, content in pages.items():
        name.write_text(content, encoding="utf-8", newline="\n")
    return list(pages)


def _fitting(views: list[View], ground: Ground, *, told: Sequence[Told]) -> str | None:
    """Write the one page of all, as plain text, unless it is too large."""
    text = next(assemble.made(views, ground, around=assemble.Around(), told=told))
    return text if assemble.weight(text) <= assemble.LIMIT else None


def _split(
    file: Path,
    reports: pd.DataFrame,
    teams: pd.DataFrame | None,
    areas: gpd.GeoDataFrame | None,
    communes: gpd.GeoDataFrame | None,
) -> dict[Path, str]:
    """Make the page of the whole and those of the provinces."""
    areas = places.areas() if areas is None else areas
    levels = assemble.mapped(communes)
    if communes is None:
        communes = places.footprints() if len(levels) > 1 else areas.iloc[:0]
    released = suppress.small(reports)
    home = places.parents(released["code"], "district").map(places.districts()["province_code"])
    names = places.provinces()["short_vi"].loc[sorted(home.unique())]
    beside = {
        str(code): f"{file.stem}-{code}-{_slug(name)}{file.suffix}" for code, name in names.items()
    }
    around = assemble.Around(
        part=str(places.province()["code"]),
        text=_to_parts(beside),
        pages={
            str(district): beside[code]
            for district, code in places.districts()["province_code"].items()
            if code in beside
        },
    )
    views = gather(released, teams, levels=LEVELS[:1])
    told = answers(released, teams, areas, views=views)
    ground = assemble.ground(views, areas, None)
    pages = {file: assemble.fit(views, ground, around=around, told=told)}
    for code, name in beside.items():
        with places.within(code):
            own, its = places.communes().index, places.districts().index
            teams_of = None if teams is None else teams[teams["code"].isin(own)]
            views = gather(_of(released, home == code), teams_of, levels=levels)
            drawn = areas[areas.index.isin(its)], communes[communes.index.isin(own)]
            pages[file.with_name(name)] = assemble.fit(
                views,
                assemble.ground(views, *drawn),
                around=assemble.Around(part=code, text=_to_whole(file.name)),
            )
    return pages


def _of(released: pd.DataFrame, mine: pd.Series) -> pd.DataFrame:
    """
    Take the reports of a province out of those of the whole, in which small counts are hidden.

    What is hidden together with communes of other provinces is known of none of them alone.
    """
    if "pool" not in released:
        return released[mine]
    keys = [released[column] for column in ("year", "indicator", "pool")]
    shared = (released["pool"] != "") & (mine.groupby(keys).transform("nunique") > 1)
    open_too = ~released["indicator"].map(public)
    table = released.assign(
        pool=released["pool"].mask(shared, ALONE),
        count=released["count"].mask(shared),
        out_of=released["out_of"].mask(shared & open_too),
    )
    return table[mine]


def _slug(name: str) -> str:
    """Write a name in small letters, digits and hyphens: what every disk and stick takes."""
    return re.sub(r"[^a-z0-9]+", "-", bare(name.lower())).strip("-")


def _to_parts(beside: dict[str, str]) -> str:
    """Lead from the whole to each province."""
    links = "".join(
        f'<li><a href="{escape(page)}">{assemble.each(partial(_name, code))}</a>'
        for code, page in beside.items()
    )
    said = assemble.both("atlas.parts", lambda: {"number": words.number(len(beside))})
    return f'<nav id="parts"><details><summary>{said}</summary><ul>{links}</ul></details></nav>'


def _to_whole(page: str) -> str:
    """Lead from a province back to the whole, and say that it is a part."""
    said = assemble.both("atlas.part", lambda: {"province": places.province_name()})
    link = assemble.both("atlas.to_whole")
    return f'<nav id="parts"><p>{said} <a href="{escape(page)}">{link}</a></p></nav>'


def _name(code: str) -> str:
    return escape(str(places.provinces().loc[code, words.column("short")]))

"""Put a page together: one file that asks nobody for anything, the same bytes every time."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html import escape
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

import pandas as pd

from .. import places, words
from ..figures import passport
from ..render.web.leaflet import as_json, lettering, require_offline
from . import compression, notes, outlines, payload, picture, tables
from .answers import answers, without_pictures
from .payload import spoken
from .picture import Ground
from .views import LEVELS, View, gather, opening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import geopandas as gpd

    from ..figures.figure import Figure
    from ..places import Level
    from .answers import Told

LIMIT = 1_000_000
"""Bytes: what every mail server takes, and an old computer opens at once."""


def page(
    reports: pd.DataFrame,
    *,
    teams: pd.DataFrame | None = None,
    areas: gpd.GeoDataFrame | None = None,
    communes: gpd.GeoDataFrame | None = None,
) -> str:
    """
    Make an atlas of all that was reported, as the text of one page.

    Parameters
    ----------
    reports
        Reports of communes: `code`, `year`, `indicator`, `count`, `out_of`, `origin`.
    teams
        Teams of communes, for a map of their density; none: no such map.
    areas
        Outlines of the districts; `places.areas()` where none are named.
    communes
        Outlines of the communes, or points with their `population`, drawn as circles; where none
        are named, `places.footprints()`. Where it is not known where they lie, there is no map
        of communes, and the page says so.

    Returns
    -------
    page
        HTML in both languages, beginning with the one in use. The same bytes for the same data.
        What would be larger than `LIMIT` is packed, and unpacked by the browser that opens it.

    Raises
    ------
    LookupError
        If there are no reports.
    ValueError
        If the page would be larger than `LIMIT` even so, with what it weighs and what to leave
        out.
    """
    views = gather(reports, teams, levels=mapped(communes))
    told = answers(reports, teams, areas, views=views)
    return fit(views, ground(views, areas, communes), told=told)


def mapped(communes: gpd.GeoDataFrame | None) -> tuple[Level, ...]:
    """Name the levels that can be mapped: communes need outlines or centres of all of them."""
    two = len(places.levels()) > 1 and (communes is not None or places.placed())
    return LEVELS if two else LEVELS[:1]


def ground(
    views: Sequence[View], areas: gpd.GeoDataFrame | None, communes: gpd.GeoDataFrame | None
) -> Ground:
    """Lay out the places of the levels that are mapped: those named, else those of the list."""
    districts = places.areas() if areas is None else areas
    levels = {"district": districts}
    if any(view.level == "commune" for view in views):
        levels["commune"] = places.footprints() if communes is None else communes
    return Ground(levels, outlines.paper(districts))


def fit(
    views: list[View],
    ground: Ground,
    *,
    around: Around | None = None,
    told: Sequence[Told] = (),
) -> str:
    """
    Write a page that weighs no more than `LIMIT`: packed, where it must be.

    Parameters
    ----------
    views, ground
        What is shown, and on what.
    around
        The pages beside it, if it is one of several.
    told
        The three answers, which lose their pictures where nothing else makes it small enough.

    Raises
    ------
    ValueError
        If it is too large even so.
    """
    for text in made(views, ground, around=around or Around(), told=told):
        if weight(text) <= LIMIT:
            return text
    count = sum(len(area) for area in ground.areas.values())
    shapes = sum(len(one) for one in re.findall(r'<svg class="map".*?</svg>', text, re.DOTALL))
    msg = (
        f"the atlas of {places.province_name()} would weigh {weight(text):,} bytes, "
        f"packed as it is, and {LIMIT:,} is the most that one file may.\n"
        f"  {len(views)} views of {count:,} places in {len(words.LANGUAGES)} languages, "
        f"{shapes:,} bytes of outlines\n"
        "Pass fewer measures or years, those of one year say, simpler outlines, or\n"
        "one atlas for each part of it."
    )
    raise ValueError(msg)


def weight(text: str) -> int:
    """Say how many bytes a page is as a file."""
    return len(text.encode("utf-8"))


def made(
    views: list[View], ground: Ground, *, around: Around, told: Sequence[Told] = ()
) -> Iterator[str]:
    """Write a page with its passport, whatever it weighs: first as plain text, then packed."""
    numbers = tables.csv(views, _names("vi"))
    stamped = passport.of(
        numbers.splitlines(),
        classes=[view.classes for view in views],
        recipe=[*filter(None, [around.part]), *(view.key for view in views)],
    )
    for text in _filled(views, ground, numbers, stamped, around, told):
        require_offline(text)
        yield passport.stamp(text.encode("utf-8"), stamped, kind="html").decode("utf-8")


@dataclass(frozen=True)
class Around:
    """
    What lies around a page that is one of several: `part` is the code of what it shows.

    `text` is HTML that leads to the others; `pages` names the file on each place, by its code.
    """

    part: str = ""
    text: str = ""
    pages: Mapping[str, str] = field(default_factory=dict)


def _filled(
    views: list[View],
    ground: Ground,
    numbers: str,
    stamped: passport.Passport,
    around: Around,
    told: Sequence[Told],
) -> Iterator[str]:
    names = {one: _names(one) for one in words.LANGUAGES}
    figures = picture.figures(views, ground)
    first = opening(views)
    data = payload.data(views, ground, figures, numbers)
    data |= {"first": [first.measure, first.when], "pages": around.pages, "answers": told}
    rows = {one: _tables(views, figures[one], names[one], one) for one in words.LANGUAGES}
    fixed = _fixed(views, ground, figures, first)
    fixed |= {
        "around": around.text,
        "passport": both(
            "maps.passport", lambda: {"hash": stamped.hash, "version": stamped.version}
        ),
    }
    drawing = lettering() + _file("map.js")
    acting = "".join(_file(f"{one}.js") for one in ACTING)
    yield _laid_out(fixed, js=drawing + acting, data=as_json(data), rows=rows)
    data["csv"] = tables.by_place(numbers)
    for its in (told, without_pictures(told)) if told else (told,):
        yield _laid_out(
            fixed
            | {
                "svg": compression.emptied(fixed["svg"]),
                "no_script": both("atlas.no_script_packed"),
            },
            js=compression.waiting(drawing, _file("unpack.js"), acting),
            data="",
            rows=dict.fromkeys(rows, ()),
            packed=compression.pack(as_json(data | {"answers": its}), rows, fixed["svg"]),
        )


# What happens when somebody acts, by subject; what draws the map stands before all of it.
ACTING = ("search", "card", "ranking", "target", "presenter", "page")


def _laid_out(
    fixed: Mapping[str, str],
    *,
    js: str,
    data: str,
    rows: Mapping[str, Sequence[str]],
    packed: str = "",
) -> str:
    """Put into the page what is plain or packed, and allow the one script that it then has."""
    css = _file("page.css")
    return Template(_file("page.html")).substitute(
        fixed,
        policy=escape(
            "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
            f"script-src {_hash(js)}; style-src {_hash(css)}"
        ),
        css=css,
        js=js,
        data_json=data,
        packed=packed,
        tables="\n".join(
            f'<div class="tables" lang="{one}">' + "\n".join(its) + "</div>"
            for one, its in rows.items()
        ),
    )


def _fixed(
    views: list[View], ground: Ground, figures: dict[str, dict[str, Figure]], first: View
) -> dict[str, str]:
    """Write what is the same whether a page is packed or not."""
    shown = figures[words.language()]
    simulated = any(one.simulated for one in shown.values())
    return {
        "lang": words.language(),
        "title": escape(words.term("atlas.title", province=places.province_name())),
        "too_old": both("atlas.too_old"),
        "heading": both("atlas.heading", lambda: {"province": places.province_name()}),
        "banner": both("words.simulated") if simulated else "",
        "simulated": "" if simulated else "hidden",
        "first_simulated": "" if shown[first.key].simulated else "hidden",
        "why": both("atlas.simulated_why") if simulated else "",
        "svg": picture.svg(ground, shown[first.key], first),
        "first_title": each(lambda: escape(figures[words.language()][first.key].title)),
        "sources_title": both("atlas.sources"),
        "corner": ground.paper.corners[0],
        "patterns": "".join(picture.patterns(views)),
        "source": each(
            lambda: notes.source(
                [*figures[words.language()].values()], communes="commune" in ground.areas
            )
        ),
        "sources": "\n".join(
            spoken(one, lambda: notes.definitions(views)) for one in words.LANGUAGES
        ),
        **{key.split(".")[1]: both(key) for key in SHOWN},
    }


# Texts that stand in the page itself.
SHOWN = (
    *("atlas.skip", "atlas.measure", "atlas.year", "atlas.level", "atlas.compare", "atlas.search"),
    *("atlas.csv", "atlas.print", "atlas.data", "atlas.legend", "atlas.no_script", "atlas.first"),
    *("atlas.second", "atlas.language", "atlas.more", "atlas.shake", "atlas.target"),
    "atlas.target_share",
)


def _names(language: str) -> dict[str, pd.DataFrame]:
    """Name the places of each level, the province last, in a language."""
    with words.use(language):
        name, label = words.column("name"), words.column("label")
        whole = places.province()
        last = pd.DataFrame(
            {"name": [whole[name]], "district": [""]}, index=pd.Index([whole["code"]], name="code")
        )
        districts, communes = places.districts(), places.communes()
        inside = communes["district_code"].map(districts[label])
        of_districts = pd.DataFrame({"name": districts[name]})
        if len(places.provinces()) > 1:  # where names come again, it is said where each lies
            above = places.provinces()[words.column("short")]
            of_districts = of_districts.assign(district=districts["province_code"].map(above))
        return {
            "district": pd.concat([of_districts, last[of_districts.columns]]),
            "commune": pd.concat(
                [pd.DataFrame({"name": communes[name], "district": inside}), last]
            ),
        }


def _tables(
    views: Sequence[View],
    figures: Mapping[str, Figure],
    names: dict[str, pd.DataFrame],
    language: str,
) -> list[str]:
    """Write all tables of a language, each from the highest value to the lowest."""
    with words.use(language):
        parts = []
        for view in views:
            order = view.table["value"].sort_values(
                ascending=False, kind="stable", na_position="last"
            )
            rows = [*order.index, *view.whole.index]
            parts.append(tables.html(view, figures[view.key], names[view.level].loc[rows]))
    return parts


def each(write: Callable[[], str]) -> str:
    """Write a text in every language; the page shows the one that is chosen."""
    return "".join(f'<span lang="{one}">{spoken(one, write)}</span>' for one in words.LANGUAGES)


def both(key: str, values: Callable[[], dict[str, object]] = dict) -> str:
    """Write one of the texts in every language."""
    return each(lambda: escape(words.term(key, **values())))


def _file(name: str) -> str:
    return (resources.files(__package__ or "hganalysis.atlas") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Allow one inline script or style, and no other, by what it is."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

"""Put an atlas together: one file that asks nobody for anything, the same bytes every time."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, places, words
from ..maps import passport
from ..maps.leaflet import require_offline
from . import outlines, payload, picture, tables, told
from .payload import province, spoken
from .picture import Ground
from .views import LEVELS, View, gather

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import geopandas as gpd

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
        are named, `places.footprints()`.

    Returns
    -------
    page
        HTML in both languages, beginning with the one in use. The same bytes for the same data.

    Raises
    ------
    LookupError
        If there are no reports.
    ValueError
        If the page would be larger than `LIMIT`, with what it weighs and what to leave out.
    """
    views = gather(reports, teams)
    districts = places.areas() if areas is None else areas
    ground = Ground(
        {"district": districts, "commune": places.footprints() if communes is None else communes},
        outlines.paper(districts),
    )
    numbers = tables.csv(views, _names("vi"))
    stamped = passport.of(
        numbers.splitlines(),
        classes=[view.classes for view in views],
        recipe=[view.key for view in views],
    )
    text = _fill(views, ground, numbers, stamped)
    require_offline(text)
    text = passport.stamp(text.encode("utf-8"), stamped, kind="html").decode("utf-8")
    _require_small(text, views, ground)
    return text


def write(
    file: str | Path,
    reports: pd.DataFrame,
    *,
    teams: pd.DataFrame | None = None,
    areas: gpd.GeoDataFrame | None = None,
    communes: gpd.GeoDataFrame | None = None,
) -> Path:
    """Write the atlas of `page` to a file, and give its name back."""
    text = page(reports, teams=teams, areas=areas, communes=communes)
    file = Path(file)
    file.write_text(text, encoding="utf-8", newline="\n")
    return file


def _require_small(text: str, views: Sequence[View], ground: Ground) -> None:
    size = len(text.encode("utf-8"))
    if size <= LIMIT:
        return
    count = sum(len(area) for area in ground.areas.values())
    shapes = sum(len(one) for one in re.findall(r'<svg class="map".*?</svg>', text, re.DOTALL))
    msg = (
        f"the atlas would weigh {size:,} bytes, and {LIMIT:,} is the most that one file may.\n"
        f"  {len(views)} views of {count:,} places in {len(words.LANGUAGES)} languages, "
        f"{shapes:,} bytes of outlines\n"
        "Pass fewer measures or years, those of one year say, simpler outlines, or\n"
        "one atlas for each part of the country."
    )
    raise ValueError(msg)


def _fill(views: list[View], ground: Ground, numbers: str, stamped: passport.Passport) -> str:
    names = {one: _names(one) for one in words.LANGUAGES}
    drawn = {view.key: picture.prepared(view, ground) for view in views}
    first = _first(views)
    html, css, js = _file("page.html"), _file("page.css"), _file("map.js") + _file("page.js")
    data = payload.data(views, ground, drawn, numbers) | {"first": [first.measure, first.when]}
    simulated = any(view.simulated for view in views)
    return Template(html).substitute(
        lang=words.language(),
        policy=escape(
            "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
            f"script-src {_hash(js)}; style-src {_hash(css)}"
        ),
        css=css,
        js=js,
        data_json=payload.as_json(data),
        title=escape(words.term("atlas.title", province=province())),
        heading=_both("atlas.heading", lambda: {"province": province()}),
        banner=_both("words.simulated"),
        simulated="" if simulated else "hidden",
        first_simulated="" if first.simulated else "hidden",
        passport=_both("maps.passport", lambda: {"hash": stamped.hash, "version": stamped.version}),
        why=_both("atlas.simulated_why"),
        tables="\n".join(_tables(views, names[one], one) for one in words.LANGUAGES),
        svg=picture.svg(ground, drawn[first.key], first),
        first_title=_each(lambda: escape(first.title())),
        sources_title=_both("atlas.sources"),
        corner=ground.paper.corners[0],
        patterns="".join(picture.patterns(views)),
        source=_each(lambda: escape(told.source(views))),
        sources="\n".join(spoken(one, lambda: told.definitions(views)) for one in words.LANGUAGES),
        **{key.split(".")[1]: _both(key) for key in SHOWN},
    )


# Texts that stand in the page itself.
SHOWN = (
    *("atlas.skip", "atlas.measure", "atlas.year", "atlas.level", "atlas.compare", "atlas.search"),
    *("atlas.csv", "atlas.print", "atlas.data", "atlas.legend", "atlas.no_script", "atlas.first"),
    *("atlas.second", "atlas.language"),
)


def _first(views: Sequence[View]) -> View:
    """Choose what the page opens with: districts, the headline of the catalogue, its last year."""
    measures = [view.measure for view in views]
    headline = indicators.role("headline")
    measure = headline if headline in measures else measures[0]
    return next(
        view
        for view in reversed(views)
        if (view.measure, view.level, view.of_change) == (measure, LEVELS[0], False)
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
        return {
            "district": pd.concat([pd.DataFrame({"name": districts[name]}), last[["name"]]]),
            "commune": pd.concat(
                [pd.DataFrame({"name": communes[name], "district": inside}), last]
            ),
        }


def _tables(views: Sequence[View], names: dict[str, pd.DataFrame], language: str) -> str:
    """Write all tables of a language, each from the highest value to the lowest."""
    with words.use(language):
        parts = []
        for view in views:
            order = view.table["value"].sort_values(
                ascending=False, kind="stable", na_position="last"
            )
            rows = [*order.index, *view.whole.index]
            parts.append(tables.html(view, names[view.level].loc[rows]))
    return f'<div class="tables" lang="{language}">' + "\n".join(parts) + "</div>"


def _each(write: Callable[[], str]) -> str:
    """Write a text in every language; the page shows the one that is chosen."""
    return "".join(f'<span lang="{one}">{spoken(one, write)}</span>' for one in words.LANGUAGES)


def _both(key: str, values: Callable[[], dict[str, object]] = dict) -> str:
    return _each(lambda: escape(words.term(key, **values())))


def _file(name: str) -> str:
    return (resources.files(__package__ or "hganalysis.atlas") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Allow one inline script or style, and no other, by what it is."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

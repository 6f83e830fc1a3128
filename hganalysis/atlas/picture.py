"""Draw the map of an atlas as it opens: the script paints the same shapes for every view."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from .. import indicators, maps, words
from ..figures.classify import Map, prepare
from ..figures.colours import WHITE
from ..figures.figure import Figure
from ..figures.states import LOOKS, UNRELIABLE, hatch_ink
from ..render.web.swatches import pattern
from . import outlines

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from .views import View

# One letter a state, where a page says how a place is drawn.
LETTERS = {"no data": "n", "suppressed": "s", "not comparable": "x"}

LARGE = " scale(2)"
"""Of hatches: a step of the map is small."""


@dataclass(frozen=True)
class Ground:
    """What lies on the paper: the places of each level, and where each stands."""

    areas: dict[str, gpd.GeoDataFrame]
    paper: outlines.Paper


def figures(views: Sequence[View], ground: Ground) -> dict[str, dict[str, Figure]]:
    """Compose each view as a figure, in each language: by language, then by the key of the view."""
    found: dict[str, dict[str, Figure]] = {}
    panels = {view.key: panel(view, ground) for view in views}
    for language in words.LANGUAGES:
        with words.use(language):
            found[language] = {view.key: _figure(view, panels[view.key]) for view in views}
    return found


def _figure(view: View, panel: Map) -> Figure:
    counts, over = view.counts()
    return Figure(
        view.title(),
        (panel,),
        view.period(),
        subtitle=words.term("atlas.out_of", counts=counts, over=over),
        rows=(view.table.dropna(subset="origin"), view.whole),  # of no number, no origin
    )


def panel(view: View, ground: Ground) -> Map:
    """Decide the colour and the state of each place, as every map of the house does."""
    table = view.table
    if view.measure not in indicators.names():  # members are in office: their number is no secret
        table = table.drop(columns=["count", "out_of"])
    located = maps.locate(table, ground.areas[view.level])
    return prepare(located, "value", view.classes)


def svg(ground: Ground, figure: Figure, first: View) -> str:
    """Draw the map that the page opens with; the script paints it anew for every other view."""
    fills = {str(code): _filling(row) for code, row in figure.maps[0].table.iterrows()}
    groups = []
    for level in ground.areas:
        mine = level == first.level
        inside = outlines.shapes(ground.areas[level], ground.paper, fills=fills if mine else None)
        kind = "dots" if inside[0].startswith("<circle") else "land"
        hidden = "" if mine else ' display="none"'
        groups.append(f'<g class="{kind}" data-level="{level}"{hidden}>{"".join(inside)}</g>')
    size = f"0 0 {outlines.WIDE} {ground.paper.height}"
    return (
        f'<svg class="map" viewBox="{size}" role="img" '
        f'aria-label="{escape(words.term("atlas.map", title=figure.title))}">'
        f'{"".join(groups)}<g class="misses"></g><g class="marks"></g>'
        f'{outlines.scale(ground.paper)}<g class="names"></g></svg>'
    )


def _filling(row: pd.Series) -> str:
    if row["state"] == UNRELIABLE:
        return f"url(#u-{row['colour'][1:]})"
    return f"url(#{LETTERS[row['state']]})" if row["state"] in LETTERS else str(row["colour"])


def patterns(views: Sequence[View]) -> list[str]:
    """Draw the hatches of the static map: one a state, and one a colour for "unreliable"."""
    found = [
        pattern(LETTERS[state], look.hatch, look.colour or WHITE, look.ink, scale=LARGE)
        for state, look in LOOKS.items()
        if state in LETTERS
    ]
    colours = dict.fromkeys(colour for view in views for colour in view.classes.colours)
    hatch = LOOKS[UNRELIABLE].hatch
    return found + [
        pattern(f"u-{colour[1:]}", hatch, colour, hatch_ink(UNRELIABLE, colour), scale=LARGE)
        for colour in colours
    ]

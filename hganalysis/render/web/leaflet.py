"""Make a web map that is one file, opens offline, and has the same bytes every time."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from ... import escaping, words
from ...figures import passport
from ...figures.classify import prepare
from ...figures.colours import INK
from ...figures.figure import Figure
from ...figures.states import BORDER, LAND
from .. import beside, labels
from ..results import WEB
from . import shapes, swatches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import geopandas as gpd

    from ...figures.classify import Map
    from ...indicators import Classes

HEIGHT = 600
"""Of the map in a notebook, in pixels: map and legend fit without scrolling."""

NORTH = '<div class="north" aria-hidden="true">▲<br>{}</div>'
"""Squares have none: they lie near where their places do, at no scale."""

SQUARES = 100
"""Up to so many, each square has at least its value: it never has to stand beside it."""

# What would make a page ask the network for something.
OUTSIDE = re.compile(
    r"""(?:src|href)\s*=\s*["']?\s*(?:https?:)?//"""
    r"""|\burl\(\s*["']?(?!data:|\#)"""
    r"""|@import""",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class WebMap:
    """
    A web map. A notebook shows it in a frame that can reach nothing outside.

    `title` says what is shown, `page` is the whole page as HTML, `shapes` how many places it has.
    """

    title: str
    page: str
    shapes: int

    def __repr__(self) -> str:
        """Say what it is, the same every time."""
        return f"WebMap({self.title!r}, {self.shapes} shapes)"

    def html(self) -> str:
        """Give the whole page as HTML: it needs no other file and no network."""
        return self.page

    def save(self, file: str | Path) -> Path:
        """Write the page."""
        file = Path(file)
        file.write_text(self.page, encoding="utf-8", newline="\n")
        return file

    def files(self, name: str) -> Iterator[tuple[str, Callable[[Path], object]]]:
        """Name the file that is kept of it, with what writes it."""
        return files([self], name)

    def _repr_html_(self) -> str:
        # Single quotes around it: Leaflet's text is full of double ones, which then stay as short.
        page = self.page.replace("&", "&amp;").replace("'", "&#39;")
        return (
            f'<iframe title="{escape(self.title)}" sandbox="allow-scripts" width="100%" '
            f'height="{HEIGHT}" style="border:0" srcdoc=\'{page}\'></iframe>\n'
            f"<p><small>{escape(words.term('maps.nothing_shows'))}</small></p>"
        )


def web_map(
    areas: gpd.GeoDataFrame,
    column: str,
    *,
    classes: Classes,
    title: str,
    source: str,
    as_of: str,
) -> WebMap:
    """
    Draw the map of `choropleth` as a page to point at, zoom and read aloud.

    Parameters
    ----------
    areas, column, classes
        As for `choropleth`. What else is known of each place is told when it is pointed at, and
        in a table below: `count` and `out_of`, `year`, and the interval: `share_low` and
        `share_high` for `share`, `change_low_pp` and `change_high_pp` for `change_pp`.
    title
        What is shown, in words.
    source, as_of
        As for `finish`.

    Returns
    -------
    map
        Shown by a notebook in a sandboxed frame; `html()` gives the page, `save(file)` writes it.

    Raises
    ------
    LookupError, ValueError
        As for `choropleth`.
    RuntimeError
        If the page would ask the network for anything.
    """
    panel = prepare(areas, column, classes)
    return place(Figure(title, (panel,), as_of, named_source=source))


def place(figure: Figure) -> WebMap:
    """Make the page of a figure that is one map: of outlines, or of circles on a ground of them."""
    [panel] = figure.maps
    map_div, script, map_name, shapes_name = _folium(panel)
    # Between circles the districts are named: the names of all communes would hide them.
    named, squares, homes = panel, "tile" in panel.outlines, None
    if panel.ground is not None:
        named = replace(panel, table=shapes.between(panel), marking=False)
    elif squares and len(panel.table) > SQUARES and (homes := panel.homes()) is not None:
        named = replace(panel, table=homes, marking=False)
    static = resources.files("js_lib_leaflet") / "static" / "js_lib_leaflet"
    own_script = _fill(
        "page.js",
        map=map_name,
        shapes=shapes_name,
        names=as_json(shapes.names(named)),
        held=as_json(len(named.table) > labels.FEW or (squares and homes is None)),
        squares=as_json(squares),
        bounds=as_json(shapes.bounds(panel.table if panel.ground is None else panel.ground)),
        ground=as_json(None if panel.ground is None else shapes.outlines(panel.ground)),
        rim=as_json(None if homes is None else shapes.outlines(homes)),
        ink=INK,
        land=LAND,
        border=BORDER,
        zoom_in=as_json(words.term("maps.zoom_in")),
        zoom_out=as_json(words.term("maps.zoom_out")),
    )
    if panel.overlays:
        own_script += _fill("overlays.js", map=map_name, layers=as_json(shapes.overlays(panel)))
    with words.use("en"):  # the same hash in both languages
        known = panel.facts
    under = ". ".join(filter(None, [*figure.names, figure.subtitle]))
    told = tuple("\t".join(row) for row in known.itertuples(index=False))
    stamped = replace(figure, marks=told).passport
    html = _fill(
        "page.html",
        lang=words.language(),
        title=escape(figure.title),
        finding=escaping.html(figure.title),
        tab=escape(figure.full_title),
        shapes=str(len(panel.table)),
        leaflet_css=_leaflet_css((static / "leaflet.css").read_text(encoding="utf-8")),
        leaflet_js=_leaflet_js((static / "leaflet.js").read_text(encoding="utf-8")),
        subtitle=f"<p>{escaping.html(under)}</p>" if under else "",
        table=beside.table(panel, panel.facts, figure.title, banner=figure.banner),
        map=map_div,
        banner="".join(map(_banner, figure.banner)),
        north="" if squares else NORTH.format(escape(words.term("maps.north"))),
        legend=swatches.legend(panel),
        source=escape(figure.source_line),
        outlines=escape(f"{figure.left_out()} {figure.outlines}".strip()),
        passport=escape(stamped.text),
        patterns="".join(swatches.patterns(panel)),
        script=lettering() + script + own_script,
    )
    require_offline(html)
    sealed = passport.stamp(html.encode("utf-8"), stamped, kind="html").decode("utf-8")
    return WebMap(figure.full_title, sealed, len(panel.table))


def files(pages: Sequence[WebMap], name: str) -> Iterator[tuple[str, Callable[[Path], object]]]:
    """Name the files that are kept of pages, numbered where there are several."""
    for number, page in enumerate(pages, start=1):
        yield f"{WEB}/{name}{f'-{number}' if len(pages) > 1 else ''}.html", page.save


def _banner(said: str) -> str:
    return f'<div class="banner">{escape(said)}</div>'


def require_offline(page: str) -> None:
    """
    Stop if a page would ask the network for anything.

    Raises
    ------
    RuntimeError
        With every such place in it.
    """
    found = [page[max(0, hit.start() - 20) : hit.end() + 60] for hit in OUTSIDE.finditer(page)]
    if found:
        lines = "\n".join(f"  … {one!r}" for one in found)
        msg = f"the page asks the network for {len(found)} things:\n{lines}"
        raise RuntimeError(msg)


def _folium(panel: Map) -> tuple[str, str, str, str]:
    """Let folium write the map: its element, its script, and what that calls map and shapes."""
    import folium

    chart = folium.Map(
        tiles=None,
        zoom_control=False,
        zoom_snap=0.1,
        zoom_delta=0.5,
        scroll_wheel_zoom=False,
        fade_animation=False,  # a name that fades would still be on paper
    )
    chart.default_js, chart.default_css = [], []
    looks = shapes.styles(panel)
    layer = folium.GeoJson(
        shapes.features(panel),
        marker=folium.Circle() if panel.radius is not None else None,
        style_function=lambda feature: looks[feature["id"]],
        highlight_function=lambda _: {"color": INK, "weight": 3},
        smooth_factor=0.5,
    )
    layer.add_to(chart)
    # Rendered once: folium 0.20 repeats its scripts the second time.
    text = chart.get_root().render()
    div = re.search(r'<div class="folium-map".*?</div>', text, re.DOTALL)
    assert div is not None
    script = text.rsplit("<script>", 1)[1].rsplit("</script>", 1)[0]
    parts = [div[0], script, chart.get_name(), layer.get_name()]
    # Folium's names are random: number them in the order in which they come.
    numbers: dict[str, str] = {}
    for random in re.findall(r"[0-9a-f]{32}", "".join(parts)):
        numbers.setdefault(random, str(len(numbers) + 1))
    named = [re.sub(r"[0-9a-f]{32}", lambda hit: numbers[hit[0]], part) for part in parts]
    lean = [re.sub(r"\n\s*", "\n", part).strip() for part in named]
    return lean[0], lean[1] + "\n", lean[2], lean[3]


@cache
def lettering() -> str:
    """Give the script that finds where labels stand; maps of an atlas have the same."""
    return _file("labels.js")


def _fill(file: str, **values: str) -> str:
    return Template(_file(file)).substitute(values)


def _file(name: str) -> str:
    file = resources.files(__package__ or "hganalysis.render.web") / name
    return file.read_text(encoding="utf-8")


def as_json(value: object) -> str:
    """Write data for a script: no data can end the script, start a tag or break a line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


@cache
def _leaflet_js(text: str) -> str:
    text = re.sub(r"//# sourceMappingURL=.*", "", text)
    # Its own link to its home page: no page of ours leads out of the hall.
    return (
        text.replace('href="https://leafletjs.com"', "").replace("</script", "<\\/script").strip()
    )


@cache
def _leaflet_css(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    # Pictures of buttons and pins that no map of ours has.
    text = re.sub(r"url\(\s*[\"']?(?!#)[^)]*\)", "url(data:,)", text)
    return re.sub(r"\s+", " ", text).strip()

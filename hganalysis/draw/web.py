"""Show a map on the web: a folium map, its Leaflet inlined, so that the page opens anywhere."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from importlib import resources
from pathlib import Path

import folium
import geopandas as gpd
import shapely
from branca.element import Element

from ..figure import INK, PALE, Figure, Legend, Map, text_colour
from .labels import labels

LEAFLET = resources.files("js_lib_leaflet") / "static" / "js_lib_leaflet"
SCRIPT, SHEET = ((LEAFLET / f"leaflet.{kind}").read_text("utf-8") for kind in ("js", "css"))
STYLE = Path(__file__).with_name("web.css")

PLAIN = {"fillOpacity": 1, "color": "white", "weight": 1}
GROUND = {"fillColor": PALE, "fillOpacity": 0.4, "color": "#ffffff", "weight": 1}

# The one thing that folium's popups ask of jQuery.
MAKE = "$ = html => Object.assign(document.createElement('div'), {innerHTML: html}).children;"

# Pixels: how high a notebook shows the page, and in it the map; the letters of names.
HIGH, MAP, LETTERS = 620, 400, 14


def _data(kind: str, text: str) -> str:
    return f"data:text/{kind};base64,{base64.b64encode(text.encode()).decode()}"


class WebMap(folium.Map):  # type: ignore[misc]
    """The map of a figure; whatever folium has can be added to it."""

    default_js = [  # noqa: RUF012  (as folium has them)
        ("leaflet", _data("javascript", SCRIPT)),
        ("jquery", _data("javascript", MAKE)),
    ]
    default_css = [("leaflet_css", _data("css", SHEET))]  # noqa: RUF012

    def __init__(self, figure: Figure) -> None:
        panels = [one for one in figure.panels if isinstance(one, Map)]
        if not panels:
            msg = "only a map has a page of its own; .save('x.svg') draws the rest."
            raise ValueError(msg)
        super().__init__(
            tiles=None, zoom_snap=0, scroll_wheel_zoom=False, attribution_control=False
        )
        self._name, self.figure = "Map", figure
        for at, panel in enumerate(panels):
            _add(self, panel, show=at == len(panels) - 1, one_of_several=len(panels) > 1)
        if len(panels) > 1 or panels[0].layers:
            folium.LayerControl(collapsed=False).add_to(self)
        drawn = panels[0].places if panels[0].ground is None else panels[0].ground
        west, south, east, north = drawn.to_crs(4326).total_bounds
        self.fit_bounds([[south, west], [north, east]], padding=(8, 8))
        root = self.get_root()
        root.title = escape(figure.title)
        about = f'<meta name="identifier" content="hganalysis:{figure.digest}">'
        root.header.add_child(Element(f"{about}<style>{STYLE.read_text('utf-8')}</style>"))
        root.html.add_child(Element(_around(figure, panels[-1].legend)))
        for at, part in enumerate(_parts(root)):  # folium draws their numbers by lot
            part._id = f"{at:032x}"

    def __repr__(self) -> str:
        return f"WebMap: {self.figure.title} [{self.figure.digest}]"

    def _repr_html_(self, **_: object) -> str:
        page = escape(self.get_root().render())
        return (
            f'<iframe srcdoc="{page}" sandbox="allow-scripts" title="{escape(self.figure.title)}" '
            f'style="width:100%;height:{HIGH}px;border:0"></iframe>'
        )


def _parts(element: Element) -> Iterator[Element]:
    yield element
    for one in element._children.values():
        yield from _parts(one)


def _add(page: folium.Map, panel: Map, *, show: bool, one_of_several: bool) -> None:
    """Add a map and its layers; of several, each as one that can be chosen."""
    if panel.ground is not None:
        land = panel.ground.to_crs(4326)
        folium.GeoJson(land, style_function=lambda _: GROUND, control=False).add_to(page)
    group = folium.FeatureGroup(
        escape(panel.head), overlay=not one_of_several, control=one_of_several, show=show
    ).add_to(page)
    places = panel.places[["name", "text", "colour", "geometry"]].to_crs(4326)
    places["text"] = places["text"].fillna(panel.legend.grey)
    places[["name", "text"]] = places[["name", "text"]].map(escape)  # a tooltip is HTML
    folium.GeoJson(
        places.reset_index(drop=True),
        style_function=lambda place: {"fillColor": place["properties"]["colour"], **PLAIN},
        highlight_function=lambda _: {"color": INK, "weight": 3},
        tooltip=folium.GeoJsonTooltip(["name", "text"], labels=False, style="font-size: 1rem"),
    ).add_to(group)
    _name(group, panel)
    for layer in panel.layers:
        look = {"color": layer.colour, "fillColor": layer.colour, "weight": 2, "fillOpacity": 1}
        look["fill"] = "Point" in set(layer.shapes.geom_type)
        folium.GeoJson(
            layer.shapes.to_crs(4326),
            name=escape(layer.name),
            style_function=lambda _, look=look: look,
            marker=folium.CircleMarker(radius=4),
        ).add_to(page)


def _name(group: folium.FeatureGroup, panel: Map) -> None:
    """Write the names that have room when the page is opened; they keep their size at any zoom."""
    _, south, _, north = panel.places.total_bounds
    crs = panel.places.crs
    for colour, across, up, said in labels(panel, LETTERS, MAP / (north - south)):
        [spot] = gpd.GeoSeries([shapely.Point(across, up)], crs=crs).to_crs(4326)
        text = "<br>".join(map(escape, said.split("\n")))
        html = f'<span class="name" style="color:{text_colour(colour)}">{text}</span>'
        icon = folium.DivIcon(html=html, icon_size=(0, 0))
        folium.Marker((spot.y, spot.x), icon=icon, interactive=False, keyboard=False).add_to(group)


def _around(figure: Figure, legend: Legend) -> str:
    """Write what stands above and below the map."""
    banner = f'<div class="banner">{escape(figure.banner)}</div>' if figure.banner else ""
    heads = escape(" · ".join(map(str, figure.table.columns)))
    table = figure.table.to_html(index=False, border=0)
    return f"""{banner}
<header><h1>{escape(figure.title)}</h1><p>{escape(figure.subtitle)}</p></header>
<footer>{_legend(legend)}
<details aria-label="{escape(figure.alt)}"><summary>{heads}</summary>{table}</details>
<small>{escape(figure.source)}</small></footer>"""


def _legend(legend: Legend) -> str:
    start, *texts = map(escape, legend.edges)
    strip = [
        f'<span style="border-color:{colour};flex-grow:{share:.4f}"><b>{text}</b></span>'
        for colour, share, text in zip(legend.colours, legend.shares, texts, strict=True)
    ]
    if start:
        strip.insert(0, f'<span class="start"><b>{start}</b></span>')
    grey = f'<small><i style="color:{PALE}">■</i> {escape(legend.grey)}</small>'
    return f'<div class="legend">{"".join(strip)}</div>{grey if legend.grey else ""}'

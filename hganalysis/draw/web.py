"""Show a map on the web: a folium map, its Leaflet inlined, so that the page opens anywhere."""

import base64
from collections.abc import Iterator
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
from branca.element import Element

from .. import words
from ..figure import INK, PALE, Figure, Legend, Map, text_colour
from .labels import fit_labels

LEAFLET = resources.files("js_lib_leaflet") / "static" / "js_lib_leaflet"
SCRIPT = (LEAFLET / "leaflet.js").read_text("utf-8")
SHEET = (LEAFLET / "leaflet.css").read_text("utf-8")
STYLE = Path(__file__).with_name("web.css")

PLAIN = {"fillOpacity": 1, "color": "white", "weight": 1}
GROUND = {"fillColor": PALE, "fillOpacity": 0.4, "color": "#ffffff", "weight": 1}

# All that folium's popups ask of jQuery.
JQUERY = "$ = html => Object.assign(document.createElement('div'), {innerHTML: html}).children;"

# Longitude and latitude, as Leaflet reads them.
WGS84 = 4326

# Pixels: how high a notebook shows the page, and in it the map; the letters of names.
PAGE_HEIGHT, MAP_HEIGHT, LETTERS = 620, 400, 14


def _data_url(kind: str, text: str) -> str:
    return f"data:text/{kind};base64,{base64.b64encode(text.encode()).decode()}"


class WebMap(folium.Map):  # type: ignore[misc]
    """The map of a figure; whatever folium has can be added to it."""

    default_js = [  # noqa: RUF012  (as folium has them)
        ("leaflet", _data_url("javascript", SCRIPT)),
        ("jquery", _data_url("javascript", JQUERY)),
    ]
    default_css = [("leaflet_css", _data_url("css", SHEET))]  # noqa: RUF012

    def __init__(self, figure: Figure) -> None:
        panels = [panel for panel in figure.panels if isinstance(panel, Map)]
        if not panels:
            raise ValueError(words.term("draw_errors.not_map"))
        super().__init__(
            tiles=None, zoom_snap=0, scroll_wheel_zoom=False, attribution_control=False
        )
        self.figure = figure
        first = panels[0]
        last = panels[-1]
        has_choice = len(panels) > 1
        for panel in panels:
            _add_map(self, panel, show=panel is last, is_choice=has_choice)
        if has_choice or first.layers:
            folium.LayerControl(collapsed=False).add_to(self)
        west, south, east, north = first.land.to_crs(WGS84).total_bounds
        self.fit_bounds([[south, west], [north, east]], padding=(8, 8))
        root = self.get_root()
        root.title = escape(figure.title)
        identifier = f'<meta name="identifier" content="hganalysis:{figure.digest}">'
        style = f"<style>{STYLE.read_text('utf-8')}</style>"
        root.header.add_child(Element(identifier + style))
        root.html.add_child(Element(_html_around(figure, last.legend)))
        # folium's numbers are random; the same map has the same bytes
        for number, element in enumerate(_with_descendants(root)):
            element._id = f"{number:032x}"

    def __repr__(self) -> str:
        return f"WebMap: {self.figure.title} [{self.figure.digest}]"

    def _repr_html_(self, **_: object) -> str:
        page = escape(self.get_root().render())
        # an untrusted notebook loses the frame, and shows what is for browsers without script
        return (
            f"<noscript>{words.term('web.run_cell')}</noscript>"
            f'<iframe srcdoc="{page}" sandbox="allow-scripts" title="{escape(self.figure.title)}" '
            f'style="width:100%;height:{PAGE_HEIGHT}px;border:0"></iframe>'
        )


def _with_descendants(element: Element) -> Iterator[Element]:
    yield element
    for child in element._children.values():
        yield from _with_descendants(child)


def _add_map(page: folium.Map, panel: Map, *, show: bool, is_choice: bool) -> None:
    """Add a map and its layers, as a choice of the reader if there are several maps."""
    if panel.ground is not None:
        land = panel.ground.to_crs(WGS84)
        folium.GeoJson(land, style_function=lambda _: GROUND, control=False).add_to(page)
    group = folium.FeatureGroup(
        escape(panel.head), overlay=not is_choice, control=is_choice, show=show
    ).add_to(page)
    places = panel.places[["name", "text", "colour", "geometry"]].to_crs(WGS84)
    places["text"] = places["text"].fillna(panel.legend.grey)
    places[["name", "text"]] = places[["name", "text"]].map(escape)  # a tooltip is HTML
    # a finger shows the popup and a mouse the tooltip; the style sheet hides the other
    details: dict[str, Any] = {"fields": ["name", "text"], "labels": False}
    folium.GeoJson(
        places.reset_index(drop=True),
        style_function=lambda place: {"fillColor": place["properties"]["colour"], **PLAIN},
        highlight_function=lambda _: {"color": INK, "weight": 3},
        tooltip=folium.GeoJsonTooltip(**details),
        popup=folium.GeoJsonPopup(**details),
    ).add_to(group)
    _add_labels(group, panel)
    for layer in panel.layers:
        look = {
            "color": layer.colour,
            "fillColor": layer.colour,
            "weight": 2,
            "fillOpacity": 1,
            "fill": "Point" in set(layer.shapes.geom_type),
        }
        folium.GeoJson(
            layer.shapes.to_crs(WGS84),
            name=escape(layer.name),
            style_function=lambda _, look=look: look,
            marker=folium.CircleMarker(radius=4),
        ).add_to(page)


def _add_labels(group: folium.FeatureGroup, panel: Map) -> None:
    """Write the names that have room when the page is opened; they keep their size at any zoom."""
    _, south, _, north = panel.places.total_bounds
    labels = list(fit_labels(panel, [LETTERS], MAP_HEIGHT / (north - south)))
    x, y = [label.x for label in labels], [label.y for label in labels]
    points = gpd.GeoSeries.from_xy(x, y, crs=panel.places.crs).to_crs(WGS84)
    for label, point in zip(labels, points, strict=True):
        text = "<br>".join(map(escape, label.text.split("\n")))
        html = f'<span class="name" style="color:{text_colour(label.colour)}">{text}</span>'
        icon = folium.DivIcon(html=html, icon_size=(0, 0))
        marker = folium.Marker((point.y, point.x), icon=icon, interactive=False, keyboard=False)
        marker.add_to(group)


def _html_around(figure: Figure, legend: Legend) -> str:
    """Write the texts above and below the map, the legend and the table."""
    banner = f'<div class="banner">{escape(figure.banner)}</div>' if figure.banner else ""
    heads = escape(" · ".join(map(str, figure.table.columns)))
    table = figure.table.to_html(index=False, border=0)
    return f"""{banner}
<header><h1>{escape(figure.title)}</h1><p>{escape(figure.subtitle)}</p></header>
<footer>{_legend_html(legend)}
<p class="paper">{escape(words.term("web.paper"))}</p>
<details aria-label="{escape(figure.alt)}"><summary>{heads}</summary>{table}</details>
<small>{escape(figure.source)}</small></footer>"""


def _legend_html(legend: Legend) -> str:
    strip = [
        f'<span style="border-color:{colour};flex-grow:{share:.4f}"></span>'
        for colour, share in zip(legend.colours, legend.shares, strict=True)
    ]
    for position, text in legend.ticks.items():
        strip.append(f'<b style="left:{position:.2%}">{escape(text)}</b>')
    html = f'<div class="legend">{"".join(strip)}</div>'
    if legend.grey:
        html += f'<small><i style="color:{PALE}">■</i> {escape(legend.grey)}</small>'
    return html

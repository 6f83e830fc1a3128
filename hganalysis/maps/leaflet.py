"""Make a web map that is one file, opens offline, and has the same bytes every time."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

import numpy as np

from .. import words
from . import facts, labels, swatches, typeset
from .drawn import Drawn, prepare
from .looks import is_dark, state_name
from .typeset import INK, PALE, QUIET

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from ..indicators import Classes

# Four decimals of a degree are 11 m here; the outlines are generalised to about 250 m.
DECIMALS = 4
HEIGHT = 600
"""Of the map in a notebook, in pixels: map and legend fit without scrolling."""

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

    def save(self, file: Path) -> Path:
        """Write the page."""
        file.write_text(self.page, encoding="utf-8", newline="\n")
        return file

    def _repr_html_(self) -> str:
        # Single quotes around it: Leaflet's text is full of double ones, which then stay as short.
        page = self.page.replace("&", "&amp;").replace("'", "&#39;")
        return (
            f'<iframe title="{escape(self.title)}" sandbox="allow-scripts" width="100%" '
            f'height="{HEIGHT}" style="border:0" srcdoc=\'{page}\'></iframe>\n'
            f"<p><small>{escape(words.term('maps.nothing_shows'))}</small></p>"
        )


def web(
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
    drawn = prepare(areas, column, classes)
    written = facts.write(drawn)
    map_div, script, map_name, shapes_name = _folium(drawn, written)
    static = resources.files("js_lib_leaflet") / "static" / "js_lib_leaflet"
    own_script = _fill(
        "page.js",
        map=map_name,
        shapes=shapes_name,
        names=_json(_names(drawn)),
        bounds=_json(_bounds(drawn)),
        zoom_in=_json(words.term("maps.zoom_in")),
        zoom_out=_json(words.term("maps.zoom_out")),
    )
    banner = words.term("words.simulated")
    lines = typeset.foldings(banner, typeset.BODY, most=2)[-1]
    page = _fill(
        "page.html",
        lang=words.language(),
        title=escape(title),
        shapes=str(len(drawn.table)),
        leaflet_css=_leaflet_css((static / "leaflet.css").read_text(encoding="utf-8")),
        leaflet_js=_leaflet_js((static / "leaflet.js").read_text(encoding="utf-8")),
        table=facts.table_of(drawn, written, title),
        map=map_div,
        banner=f'<div class="banner">{escape(lines)}</div>' if drawn.simulated else "",
        north=escape(words.term("maps.north")),
        legend=swatches.legend(drawn),
        source=escape(words.term("maps.source", source=source, as_of=as_of)),
        outlines=escape(words.term("maps.outlines")),
        patterns="".join(swatches.patterns(drawn)),
        script=script + own_script,
    )
    require_offline(page)
    return WebMap(title, page, len(drawn.table))


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


def _folium(drawn: Drawn, written: pd.DataFrame) -> tuple[str, str, str, str]:
    """Let folium write the map: its element, its script, and what that calls map and shapes."""
    import folium

    chart = folium.Map(
        tiles=None, zoom_control=False, zoom_snap=0.1, zoom_delta=0.5, scroll_wheel_zoom=False
    )
    chart.default_js, chart.default_css = [], []
    shapes = folium.GeoJson(
        _features(drawn, written),
        style_function=lambda feature: {
            "fillColor": feature["properties"]["fill"],
            "fillOpacity": 1,
            "color": feature["properties"]["edge"],
            "weight": 1.5,
        },
        highlight_function=lambda _: {"color": INK, "weight": 3},
        tooltip=folium.GeoJsonTooltip(["facts"], labels=False, sticky=True),
        smooth_factor=0.5,
    )
    shapes.add_to(chart)
    # Rendered once: folium 0.20 repeats its scripts the second time.
    text = chart.get_root().render()
    div = re.search(r'<div class="folium-map".*?</div>', text, re.DOTALL)
    assert div is not None
    script = text.rsplit("<script>", 1)[1].rsplit("</script>", 1)[0]
    parts = [div[0], script, chart.get_name(), shapes.get_name()]
    # Folium's names are random: number them in the order in which they come.
    numbers: dict[str, str] = {}
    for random in re.findall(r"[0-9a-f]{32}", "".join(parts)):
        numbers.setdefault(random, str(len(numbers) + 1))
    named = [re.sub(r"[0-9a-f]{32}", lambda hit: numbers[hit[0]], part) for part in parts]
    lean = [re.sub(r"\n\s*", "\n", part).strip() for part in named]
    return lean[0], lean[1] + "\n", lean[2], lean[3]


def _features(drawn: Drawn, written: pd.DataFrame) -> dict[str, object]:
    import shapely

    shapes = drawn.table.geometry.to_crs("EPSG:4326")
    rounded = shapely.transform(shapes.to_numpy(), lambda xy: np.round(xy, DECIMALS))
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": str(code),
                "properties": {
                    "name": f"{row['name']}: "
                    f"{written.loc[code].iloc[0] or state_name(row['state'])}",
                    "facts": facts.tooltip(row["name"], written.loc[code]),
                    "fill": swatches.fill(row),
                    "edge": QUIET if row["colour"] == PALE else PALE,
                },
                "geometry": json.loads(shapely.to_geojson(shape)),
            }
            for (code, row), shape in zip(drawn.table.iterrows(), rounded, strict=True)
        ],
    }


def _names(drawn: Drawn) -> list[tuple[float, float, str]]:
    """Say what is written on each place, and where: latitude, longitude, HTML."""
    import geopandas as gpd

    hearts = drawn.table.geometry.map(labels.heart)
    where = gpd.GeoSeries(gpd.points_from_xy(*zip(*hearts, strict=True)), crs=drawn.table.crs)
    written = []
    for point, (_, row) in zip(where.to_crs("EPSG:4326"), drawn.table.iterrows(), strict=True):
        # Two even lines: a web map gives a name as much room as a map beside another does.
        folded = typeset.foldings(str(row["label"]), typeset.BODY, most=2)
        name = "<br>".join(map(escape, folded[-1].split("\n")))
        ink = PALE if is_dark(row["colour"]) else INK
        style = f"color:{ink};--halo:{row['colour']}"
        text = f'<span style="{style}">{name}<br><b>{escape(row["text"])}</b></span>'
        written.append((round(point.y, DECIMALS), round(point.x, DECIMALS), text))
    return written


def _bounds(drawn: Drawn) -> list[list[float]]:
    west, south, east, north = drawn.table.geometry.to_crs("EPSG:4326").total_bounds
    return [
        [round(float(part), DECIMALS) for part in corner]
        for corner in ((south, west), (north, east))
    ]


def _fill(file: str, **values: str) -> str:
    template = resources.files(__package__ or "hganalysis.maps") / file
    return Template(template.read_text(encoding="utf-8")).substitute(values)


def _json(value: object) -> str:
    """Write data for a script: no data can end the script or start a tag."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _leaflet_js(text: str) -> str:
    text = re.sub(r"//# sourceMappingURL=.*", "", text)
    # Its own link to its home page: no page of ours leads out of the hall.
    return (
        text.replace('href="https://leafletjs.com"', "").replace("</script", "<\\/script").strip()
    )


def _leaflet_css(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    # Pictures of buttons and pins that no map of ours has.
    text = re.sub(r"url\(\s*[\"']?(?!#)[^)]*\)", "url(data:,)", text)
    return re.sub(r"\s+", " ", text).strip()

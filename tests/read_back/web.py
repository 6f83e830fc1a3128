"""Read a web map: places, labels and legend, out of the script and the markup of its page."""

import json
import re
from dataclasses import dataclass
from html import unescape
from itertools import pairwise

import numpy as np
import pandas as pd
import shapely

from hganalysis.draw import Picture

from .drawing import clean

SAME_BORDER = 0.005
"""As a share of the strip of a legend."""
STYLES = re.compile(r"_styler\(feature\) \{(.*?)\n        \}", re.DOTALL)
DATA = re.compile(r"_add\((\{.*\})\);")
CASE = re.compile(r"((?:case \"\d+\": )+)\s*return (\{.*?\})")
FILL = re.compile(r'"fillColor": "(#\w+)"')
LABEL = re.compile(r'L\.marker\(\s*\[([-\d.]+), ([-\d.]+)\].*?"html": "(.*?)(?<!\\)",', re.DOTALL)


@dataclass
class WebPage:
    """What a page of the web has."""

    places: list
    """A frame for each map: `name`, `text`, `fill`, `shape`."""
    labels: list
    """A frame for each map: `text`, `x` and `y` in degrees."""
    classes: list
    """Of the legend, low to high: the texts at both edges, and the fill."""
    grey: list
    """Of the legend: what is no class, its fill and its text."""
    heads: list
    """Of several maps, what a reader chooses each by."""
    is_shown: list
    """By map, whether it is there when the page opens."""
    banner: str
    """The text of the stamp; "" if there is none."""
    table: list
    """The rows of the table below, each a list of texts."""


def read_web(figure):
    """Render the web map of a figure, and read its script as a browser does."""
    source = Picture(figure).web().get_root().render()
    _, *maps = source.split("= L.featureGroup(")
    groups = re.findall(r"var (feature_group_\w+) = L.featureGroup", source)
    shown = re.findall(r"(feature_group_\w+)\.addTo\(map_", source)
    heads = dict(re.findall(r'"([^"]*)" : (feature_group_\w+),', source))
    by_group = {group: unescape(head) for head, group in heads.items()}
    grey = re.findall(r'<i style="color:(#\w+)">■</i> (.*?)</small>', source)
    return WebPage(
        [_read_places(script) for script in maps],
        [_read_labels(script) for script in maps],
        _read_legend(source),
        [(fill, clean(unescape(text))) for fill, text in grey],
        [by_group.get(group, "") for group in groups],
        [group in shown for group in groups],
        "".join(re.findall(r'<div class="banner">(.*?)</div>', source)),
        _read_table(source),
    )


def _read_table(source):
    [body] = re.findall(r"<details.*?<tbody>(.*?)</tbody>", source, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    cells = [re.findall(r"<td>(.*?)</td>", row) for row in rows]
    return [[clean(unescape(cell)) for cell in row] for row in cells]


def _read_places(script):
    """Read places with the fill that the script gives each."""
    styles = STYLES.search(script)[1]
    [default] = FILL.findall(styles.partition("default:")[2])
    fills = {}
    for numbers, look in CASE.findall(styles):
        [fill] = FILL.findall(look)
        fills |= dict.fromkeys(re.findall(r"\d+", numbers), fill)
    rows = []
    for feature in json.loads(DATA.search(script)[1])["features"]:
        tooltip = feature["properties"]
        row = {key: clean(unescape(tooltip[key])) for key in ("name", "text")}
        row["fill"] = fills.get(feature["id"], default)
        row["shape"] = shapely.geometry.shape(feature["geometry"])
        rows.append(row)
    return pd.DataFrame(rows)


def _read_labels(script):
    rows = []
    for lat, lon, html in LABEL.findall(script):
        markup = json.loads(f'"{html}"')
        text = unescape(re.sub(r"<[^>]+>", " ", markup))
        rows.append((clean(text), float(lon), float(lat)))
    return pd.DataFrame(rows, columns=["text", "x", "y"])


def _read_legend(source):
    """Read the classes of the legend, each with the texts at its borders."""
    [legend] = re.findall(r'<div class="legend">(.*?)</div>', source)
    spans = re.findall(r"border-color:(#\w+);flex-grow:([\d.]+)", legend)
    shares = [float(share) for _, share in spans]
    borders = np.cumsum([0, *shares]) / sum(shares)
    texts = {}
    for percent, text in re.findall(r"left:([\d.]+)%\">(.*?)</b>", legend):
        apart = np.abs(borders - float(percent) / 100)
        if apart.min() < SAME_BORDER:
            texts[int(apart.argmin())] = unescape(text)
    edges = [texts.get(number, "") for number in range(len(borders))]
    classes = []
    for (low, high), (fill, _) in zip(pairwise(edges), spans, strict=True):
        classes.append((low, high, fill))
    return classes

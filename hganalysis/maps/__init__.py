r"""
Draw maps for a conference hall: static and web, each saying where its numbers come from.

A table of one measure and year is laid on the outlines, drawn on a page of 16:9, and the page is
finished with its source. Two years side by side:

>>> from hganalysis import frames, indicators, places, rates
>>> districts = rates.to_districts(frames.reports()).query("indicator == 'files_online'")
>>> before, after = (
...     locate(districts[districts["year"] == year], places.areas()) for year in (2022, 2023)
... )
>>> classes = indicators.classes("files_online")

>>> figure, axes = sheet(title=indicators.measure_label("files_online"), panels=["2022", "2023"])
>>> _ = choropleth(before, "share", classes=classes, ax=axes[0])
>>> _ = choropleth(after, "share", classes=classes, ax=axes[1])
>>> picture = finish(figure, source="mô phỏng", as_of="2022, 2023")

`picture`, as the last line of a cell, is shown; `picture.save(file)` writes PNG or SVG. Its text
is the digest, so that a strict comparison of notebooks sees a map that changed:

>>> print(digest(before, "share", classes=classes).replace("\N{NO-BREAK SPACE}", " "))
  2  #f4efc4     dưới 45 %
  2  #bad8ab     từ 45 % đến dưới 50 %
  2  #79bca6     từ 50 % đến dưới 60 %
  1  #4798a1     từ 60 % đến dưới 70 %
  1  #2c6f93     từ 70 % đến dưới 85 %
  0  #234779     từ 85 % đến dưới 90 %
  0  #17224d     từ 90 % trở lên
  1          \\  kém tin cậy: biên dao động lớn
  0  #d0d0d0 //  không có số liệu
n = 8/8 · nguồn gốc: mô phỏng · sha256 ac0300e62139

The same map to point at, one file that opens offline:

>>> web_map(before, "share", classes=classes, title="2022", source="mô phỏng", as_of="2022")
WebMap('2022', 8 shapes)

Communes have no outlines, only centres: `circles(places.areas(), points, "share", classes=...)`
with `points = locate(table, places.points())`.

What is decided here, for every map: the banner if any row is simulated; no colour for what is
missing, suppressed or not comparable; labels that do not lie on one another.
"""

from ..figures.bivariate import Quantity
from ..figures.classify import digest, locate
from ..figures.overlays import Layer
from ..places.shapes import tiles
from ..render.static.album import Album
from ..render.static.page import sheet
from ..render.static.picture import Picture, finish
from ..render.web.leaflet import WebMap, web_map
from .axes import bivariate, choropleth, circles, commune_map
from .draw import draw

__all__ = [
    "Album",
    "Layer",
    "Picture",
    "Quantity",
    "WebMap",
    "bivariate",
    "choropleth",
    "circles",
    "commune_map",
    "digest",
    "draw",
    "finish",
    "locate",
    "sheet",
    "tiles",
    "web_map",
]


def __dir__() -> list[str]:
    return __all__

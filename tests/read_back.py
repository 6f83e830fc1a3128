"""Read pictures back as a reader does: what stands where, on a page, a slide or a web map."""

import json
import re
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise
from unittest import mock

import numpy as np
import pandas as pd
import pptx
import shapely
from matplotlib.collections import LineCollection, PatchCollection, PathCollection, QuadMesh
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as Sheet
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text
from matplotlib.transforms import IdentityTransform
from pptx.enum.text import PP_ALIGN
from pptx.util import Pt
from trials.media import each

from hganalysis.draw import Picture, page
from hganalysis.figure import RED

NEAR = 2.5
"""In points: so far from its place a mark may be drawn."""
TOUCHING = 0.5
"""In points: ends of shapes that are this near are one point."""
THICK = 3
"""In points: a thinner line is no interval."""
SMALLEST_CLASS = 11
"""In points: a smaller box of a colour is the sample of grey."""
TINY = 1e-9
WHITE = "#ffffff"


@dataclass
class Drawing:
    """What is on a page or a slide, in points; y is downwards."""

    texts: pd.DataFrame
    """`text`, `x` and `y` (of its middle), `left`, `right`, `height`."""
    dots: pd.DataFrame
    """`x`, `y`, `fill`, `edge`, `size`."""
    lines: pd.DataFrame
    """`x0`, `y0`, `x1`, `y1`, `colour`, `width`, and whether it is `dashed`."""
    areas: list = field(default_factory=list)
    """Polygons with their fill, and what a shape of a slide says of itself."""
    strips: list = field(default_factory=list)
    """Boxes of a colour, such as classes of legends: `(left, right, y, fill)`."""
    tables: list = field(default_factory=list)
    """Tables as rows of cells, each a pair of a text and a fill."""

    def window(self, left, top, right, bottom):
        """Take the texts, dots and lines that lie within a part of it."""

        def inside(rows, x, y):
            return rows[rows[x].between(left, right) & rows[y].between(top, bottom)]

        lines = inside(inside(self.lines, "x0", "y0"), "x1", "y1")
        return Drawing(inside(self.texts, "x", "y"), inside(self.dots, "x", "y"), lines)

    def column(self, head):
        """Read the texts below a head, which end where it ends, from top to bottom."""
        head = self.where(head)
        is_below = (self.texts["y"] > head.y) & ((self.texts["right"] - head.right).abs() < NEAR)
        return self.texts[is_below].sort_values("y").set_index("y")["text"]

    def where(self, text):
        """Find the only text that is this one."""
        [row] = self.texts[self.texts["text"] == text].itertuples()
        return row


class Marks:
    """Collects what is drawn."""

    def __init__(self):
        self.texts, self.dots, self.lines, self.areas, self.strips = [], [], [], [], []
        self.tables = []

    def line(self, ends, colour, width, *, dashed=False):
        """Add a straight line."""
        (x0, y0), (x1, y1) = ends
        self.lines.append((x0, y0, x1, y1, to_hex(colour), width, dashed))

    def drawing(self):
        """Give all of it."""
        return Drawing(
            pd.DataFrame(self.texts, columns=["text", "x", "y", "left", "right", "height"]),
            pd.DataFrame(self.dots, columns=["x", "y", "fill", "edge", "size"]),
            pd.DataFrame(self.lines, columns=["x0", "y0", "x1", "y1", "colour", "width", "dashed"]),
            self.areas,
            self.strips,
            self.tables,
        )


# --- a page ---


def read_page(figure, *, width=170, kind="svg"):
    """Draw a figure on a page, and read what the page has at the moment that it is written."""
    pages = []

    def read(sheet, *_, **__):
        pages.append(_read_sheet(sheet))

    page._sheet.cache_clear()
    with mock.patch.object(Sheet, "savefig", read):
        page.draw_page(figure, width=width, kind=kind)
    [drawing] = pages
    return drawing


def _read_sheet(sheet):
    sheet.draw_without_rendering()
    points = 72 / sheet.dpi
    height = sheet.bbox.height * points
    marks = Marks()

    def place(coordinates, transform):
        """Bring coordinates of matplotlib to points from the upper left corner."""
        pixels = transform.transform(np.asarray(coordinates, dtype=float).reshape(-1, 2))
        return pixels * points * (1, -1) + (0, height)

    unseen = {
        artist
        for ax in sheet.axes
        if not ax.axison
        for axis in (ax.xaxis, ax.yaxis)
        for artist in axis.findobj()
    }
    for artist in sheet.findobj(lambda artist: artist.get_visible() and artist not in unseen):
        if isinstance(artist, Text):
            _read_text(artist, place, marks)
        elif isinstance(artist, LineCollection):
            _read_segments(artist, place, marks)
        elif isinstance(artist, PathCollection):
            _read_dots(artist, place, marks)
        elif isinstance(artist, PatchCollection):
            fills = artist.get_facecolor()
            for number, path in enumerate(artist.get_paths()):
                corners = place(path.vertices, artist.get_transform())
                fill = to_hex(fills[number % len(fills)])
                for ring in _rings(path, corners):
                    marks.areas.append((shapely.Polygon(ring), fill, ""))
        elif isinstance(artist, QuadMesh):
            edges = place(artist.get_coordinates()[:, 0], artist.get_transform())
            colours = artist.to_rgba(artist.get_array()).reshape(-1, 4)
            for (left, y), (right, _), colour in zip(edges, edges[1:], colours, strict=False):
                marks.strips.append((left, right, y, to_hex(colour)))
        elif isinstance(artist, Rectangle) and to_hex(artist.get_facecolor()) == RED:
            box = artist.get_window_extent()
            (left, low), (right, high) = place(box.get_points(), IdentityTransform())
            if low - high > TOUCHING:
                marks.strips.append((left, right, (low + high) / 2, RED))
        elif isinstance(artist, Line2D):
            _read_curve(artist, place, marks)
    return marks.drawing()


def _rings(path, corners):
    """Divide the corners of a path into its rings."""
    starts = np.flatnonzero(path.codes == path.MOVETO) if path.codes is not None else [0]
    return np.split(corners, starts[1:])


def _read_text(artist, place, marks):
    if not artist.get_text().strip():
        return
    box = Text.get_window_extent(artist)
    (left, low), (right, high) = place(box.get_points(), IdentityTransform())
    text = clean(artist.get_text())
    marks.texts.append((text, (left + right) / 2, (low + high) / 2, left, right, low - high))
    if isinstance(artist, Annotation) and artist.arrow_patch is not None:
        corners = place(artist.arrow_patch.get_path().vertices, artist.arrow_patch.get_transform())
        marks.line(corners[[0, -1]], artist.arrow_patch.get_edgecolor(), 1)


def _read_segments(artist, place, marks):
    segments = artist.get_segments()
    colours = np.broadcast_to(artist.get_colors(), (len(segments), 4))
    for segment, colour in zip(segments, colours, strict=True):
        ends = place(segment, artist.get_transform())
        if len(ends) > 1 and np.isfinite(ends).all():
            _, dashes = artist.get_linestyle()[0]
            width = artist.get_linewidths()[0]
            marks.line(ends[[0, -1]], colour, width, dashed=bool(dashes))


def _read_dots(artist, place, marks):
    middles = place(artist.get_offsets(), artist.get_offset_transform())
    looks = [artist.get_facecolor(), artist.get_edgecolor(), artist.get_sizes()]
    for number, (x, y) in enumerate(middles):
        fill, edge, size = (look[number % len(look)] for look in looks)
        if np.isfinite((x, y)).all():
            marks.dots.append((x, y, to_hex(fill), to_hex(edge), size**0.5))


def _read_curve(artist, place, marks):
    corners = place(artist.get_xydata(), artist.get_transform())
    corners = corners[np.isfinite(corners).all(axis=1)]
    if artist.get_linestyle() != "None":
        for ends in pairwise(corners):
            dashed = artist.get_linestyle() in (":", "--")
            marks.line(ends, artist.get_color(), artist.get_linewidth(), dashed=dashed)
    shown = artist.get_markevery()
    size = artist.get_markersize()
    for x, y in corners if shown is None else corners[shown]:
        if artist.get_marker() == "o":
            fill, edge = artist.get_markerfacecolor(), artist.get_markeredgecolor()
            marks.dots.append((x, y, to_hex(fill), to_hex(edge), size))
        elif artist.get_marker() == "|":
            ends = (x, y - size / 2), (x, y + size / 2)
            marks.line(ends, artist.get_markeredgecolor(), artist.get_markeredgewidth())


# --- a slide ---


def read_slide(figure):
    """Put a figure on a slide, and read its shapes, tables and charts."""
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Pt(960), Pt(540)
    return read_shapes(Picture(figure).slide(deck).shapes)


def read_shapes(shapes):
    """Read the shapes of a slide."""
    marks = Marks()
    for shape in each(shapes):
        if getattr(shape, "has_chart", False):
            _read_chart(shape, marks)
        elif getattr(shape, "has_table", False):
            _read_table(shape, marks)
        elif shape._element.xpath("./p:spPr/a:custGeom"):
            _read_freeform(shape, marks)
        elif shape._element.tag.endswith("cxnSp"):
            ends = (shape.begin_x.pt, shape.begin_y.pt), (shape.end_x.pt, shape.end_y.pt)
            dashed = shape.line.dash_style is not None
            marks.line(ends, _colour(shape.line), shape.line.width.pt, dashed=dashed)
        elif shape.has_text_frame and shape.text_frame.text.strip():
            _read_box(shape, marks)
        elif shape.shape_type != 6:
            left, top, width, height = _box(shape)
            if shape._element.xpath(".//a:prstGeom[@prst='ellipse']"):
                edge = _colour(shape.line) if shape._element.xpath(".//a:ln/a:solidFill") else ""
                middle = left + width / 2, top + height / 2
                marks.dots.append((*middle, _fill(shape), edge, width))
            elif shape._element.xpath("./p:spPr/a:solidFill"):
                marks.strips.append((left, left + width, top + height / 2, _fill(shape)))
    return marks.drawing()


def _box(shape):
    return shape.left.pt, shape.top.pt, shape.width.pt, shape.height.pt


def _fill(shape):
    return f"#{shape.fill.fore_color.rgb}".lower()


def _colour(line):
    return f"#{line.color.rgb}".lower()


def _read_box(shape, marks):
    """Read a text where its letters are: at the side of its box that it is aligned to."""
    left, top, width, height = _box(shape)
    text = clean(shape.text_frame.text)
    align = shape.text_frame.paragraphs[0].alignment
    x = {PP_ALIGN.RIGHT: left + width, PP_ALIGN.LEFT: left}.get(align, left + width / 2)
    marks.texts.append((text, x, top + height / 2, left, left + width, height))


def _read_table(frame, marks):
    """Read each cell with its fill."""
    table = []
    for row in frame.table.rows:
        table.append([(clean(cell.text), _fill(cell)) for cell in row.cells])
    marks.tables.append(table)


def _read_freeform(shape, marks):
    left, top, width, height = _box(shape)
    [path] = shape._element.xpath(".//a:path")
    corners = np.array(
        [(float(point.get("x")), float(point.get("y"))) for point in path.xpath(".//a:pt")]
    )
    size = np.array([float(path.get("w")) or 1, float(path.get("h")) or 1])
    corners = corners / size * (width, height) + (left, top)
    if shape._element.xpath("./p:spPr/a:solidFill"):
        said = clean("".join(shape._element.xpath("./p:nvSpPr/p:cNvPr/@descr")))
        marks.areas.append((shapely.Polygon(corners), _fill(shape), said))
        return
    for ends in pairwise(corners):
        marks.line(ends, _colour(shape.line), shape.line.width.pt)


def _read_chart(frame, marks):
    left, top, width, height = _box(frame)
    axes = frame.chart.category_axis, frame.chart.value_axis
    for series in frame.chart.plots[0].series:
        columns = [_numbers(series, tag) for tag in ("c:xVal", "c:yVal")]
        x, y = (_share_of_axis(axis, column) for axis, column in zip(axes, columns, strict=True))
        look = series.marker.format
        for share_x, share_y in zip(x, y, strict=True):
            middle = left + share_x * width, top + (1 - share_y) * height
            edge = _colour(look.line)
            marks.dots.append((*middle, _fill(look), edge, series.marker.size))


def _numbers(series, tag):
    return [float(number.text) for number in series._element.xpath(f"./{tag}//c:pt/c:v")]


def _share_of_axis(axis, numbers):
    """Place numbers along an axis, from its start on the left or below to its end."""
    ends = np.array([axis.minimum_scale, axis.maximum_scale])
    numbers = np.array(numbers)
    if axis._element.xpath("./c:scaling/c:logBase"):
        ends, numbers = np.log(ends), np.log(numbers)
    shares = (numbers - ends[0]) / (ends[1] - ends[0])
    return 1 - shares if axis.reverse_order else shares


# --- a web map ---


@dataclass
class WebPage:
    """What a page of the web has: `places`, `labels`, and classes from low to high."""

    places: list
    """A frame for each map: `name`, `text`, `fill`, `shape`."""
    labels: list
    """A frame for each map: `text`, `x`, `y` (degrees), `colour`."""
    classes: list
    """Of the legend: `(text at the low edge, text at the high edge, fill)`."""
    text: str


def read_web(figure):
    """Render the web map of a figure, and read its script as a browser does."""
    source = Picture(figure).web().get_root().render()
    places, labels = [], []
    for group in re.split(r"= L\.featureGroup\(", source)[1:]:
        [styles] = re.findall(r"_styler\(feature\) \{(.*?)\n        \}", group, re.DOTALL)[:1]
        [data] = re.findall(r"_add\((\{.*\})\);", group)[:1]
        places.append(_read_features(json.loads(data)["features"], styles))
        labels.append(_read_markers(group))
    [legend] = re.findall(r'<div class="legend">(.*?)</div>', source)
    spans = re.findall(r"border-color:(#\w+);flex-grow:([\d.]+)", legend)
    shares = np.cumsum([0, *(float(share) for _, share in spans)])
    edges = [
        (float(at) / 100, unescape(text))
        for at, text in re.findall(r"left:(.*?)%\">(.*?)</b>", legend)
    ]
    borders = [_nearest(edges, share / shares[-1]) for share in shares]
    fills = [fill for fill, _ in spans]
    classes = [*zip(borders, borders[1:], fills, strict=False)]
    return WebPage(places, labels, classes, source)


def _nearest(edges, share, within=0.005):
    """Give the text that stands at a share of the strip, if there is one."""
    return next((text for at, text in edges if abs(at - share) < within), "")


def _read_features(features, styles):
    """Read places with the fill that the script gives each."""
    rows = []
    for feature in features:
        cases, default = styles.split("default:")
        look = default
        for case in re.findall(r"((?:case \"\d+\": )+)\s*return (\{.*?\})", cases):
            if f'"{feature["id"]}"' in case[0]:
                look = case[1]
        [fill] = re.findall(r'"fillColor": "(#\w+)"', look)
        about = feature["properties"]
        shape = shapely.geometry.shape(feature["geometry"])
        texts = [clean(unescape(about[key])) for key in ("name", "text")]
        rows.append((*texts, fill, shape))
    return pd.DataFrame(rows, columns=["name", "text", "fill", "shape"])


def _read_markers(group):
    pattern = r'L\.marker\(\s*\[([-\d.]+), ([-\d.]+)\].*?"html": "(.*?)(?<!\\)",'
    rows = []
    for lat, lon, html in re.findall(pattern, group, re.DOTALL):
        html = json.loads(f'"{html}"')
        [colour] = re.findall(r"color:(#\w+)", html)
        text = unescape(re.sub(r"<[^>]+>", " ", html))
        rows.append((clean(text), float(lon), float(lat), colour))
    return pd.DataFrame(rows, columns=["text", "x", "y", "colour"])


# --- what a reader takes from a drawing ---

MARKS = {"vi": (".", ","), "en": (",", ".")}
"""By language: between thousands, and before decimals."""


def clean(text):
    """Write a text with single spaces that may be broken, as it is read."""
    return " ".join(str(text).split())


def divide_label(text):
    """Divide a label of a map into the name of its place, "" if it has none, and its number."""
    return re.fullmatch(r"(.*?) ?([+−-]?\d[\d.,]*(?: ?%)?)\*?", text).groups()


def read_number(text, language="en"):
    """Read the first number of a text; nan if there is none."""
    match = re.search(r"[+−-]?\d[\d.,]*", text)
    if not match:
        return np.nan
    thousands, decimal = MARKS[language]
    digits = match[0].rstrip(".,").replace("−", "-")
    return float(digits.replace(thousands, "").replace(decimal, "."))


def half_of_last_digit(text, language="en"):
    """Give by how much a number may differ from how it is written."""
    match = re.search(r"\d[\d.,]*", text)
    _, _, decimals = match[0].rstrip(".,").partition(MARKS[language][1])
    return 0.5 * 10.0 ** -len(decimals) + TINY


class Scale:
    """An axis as its ticks tell it: from numbers to points and back."""

    def __init__(self, ticks, *, log=False, language="en"):
        """Take pairs of a position and a text."""
        positions = [position for position, _ in ticks]
        numbers = [read_number(text, language) for _, text in ticks]
        self.log = log
        self.slope, self.start = np.polyfit(self._shown(numbers), positions, 1)
        error = self.place(np.array(numbers)) - positions
        assert np.abs(error).max() < NEAR, "ticks are not where their numbers are"

    def _shown(self, numbers):
        return np.log(numbers) if self.log else np.asarray(numbers, dtype=float)

    def place(self, numbers):
        """Give the position of numbers in points."""
        return self.start + self.slope * self._shown(numbers)


def find_ticks(drawing, ticks):
    """Find the texts of ticks along the lower axis: the most of them that stand on one line."""
    wanted = [clean(text) for text in ticks]
    candidates = drawing.texts[drawing.texts["text"].isin(wanted)]
    shown = max((rows for _, rows in candidates.groupby("y")), key=len)
    return [(row.x, row.text) for row in shown.itertuples()]


def read_rows(drawing, names, language="en"):
    """
    Read a list as a reader does: beside each name its number, its dots and the ends of its lines.

    Returns
    -------
    rows
        From top to bottom: `name`, `number` (of the text), `digit` (half of its last), and in
        points `value`, `before`, `target`, `low` and `high`, `lowest` and `highest`.
    """
    rows = []
    for name in names:
        pattern = rf"(?:[\d–]+\. )?{re.escape(' '.join(name.split()))}"
        [written] = [one for one in drawing.texts.itertuples() if re.fullmatch(pattern, one.text)]
        rows.append(_read_row(drawing, written, language) | {"name": name, "y": written.y})
    return pd.DataFrame(rows).sort_values("y").reset_index(drop=True)


def _read_row(drawing, written, language):
    """Read what stands on the line of a name."""
    within = written.height * 0.6
    dots = drawing.dots[(drawing.dots["y"] - written.y).abs() < within]
    is_open = dots["fill"] == WHITE
    row = {"rank": written.text.partition(". ")[0] if ". " in written.text else ""}
    [full] = dots[~is_open].itertuples()
    row |= {"value": full.x, "fill": full.fill, "before": dots.loc[is_open, "x"].max()}
    level = level_lines(drawing.lines, full.y)
    thick = level[level["width"] > THICK]
    broken = level[(level["width"] < THICK) & level["dashed"]]
    for lines, ends in ((thick, ("low", "high")), (broken, ("lowest", "highest"))):
        xs = lines[["x0", "x1"]]
        row |= dict(zip(ends, (xs.min(axis=None), xs.max(axis=None)), strict=True))
    lines = drawing.lines
    is_short = (lines["y0"] - lines["y1"]).abs().between(TOUCHING, 3 * written.height)
    strokes = lines[is_short & ((lines["x0"] - lines["x1"]).abs() < TOUCHING)]
    crossing = strokes[strokes[["y0", "y1"]].mean(axis=1).sub(full.y).abs() < TOUCHING]
    row["target"] = crossing["x0"].max()
    right = drawing.texts[drawing.texts["left"] > written.right]
    numbers = right[(right["y"] - written.y).abs() < within].sort_values("x")["text"]
    row |= {"number": read_number(numbers.iloc[0], language), "text": numbers.iloc[0]}
    return row


def level_lines(lines, y):
    """Take the level lines through a height."""
    is_level = (lines["y0"] - lines["y1"]).abs() < TOUCHING
    return lines[is_level & ((lines["y0"] - y).abs() < TOUCHING)]


def read_sample(drawing, label):
    """Say which mark a key has before a label."""
    text = drawing.where(clean(label))
    dots = drawing.dots[(drawing.dots["y"] - text.y).abs() < text.height / 2]
    lines = drawing.lines[(drawing.lines["y0"] - text.y).abs() < text.height / 2]
    marks = [(row.x, "open dot" if row.fill == WHITE else "dot") for row in dots.itertuples()]
    for row in lines.itertuples():
        kind = "thick line" if row.width > THICK else "broken line" if row.dashed else "stroke"
        marks.append((max(row.x0, row.x1), kind))
    _, kind = max(mark for mark in marks if mark[0] < text.left + TOUCHING)
    return kind


def read_legends(drawing):
    """
    Read the legend of each map: `(text at the low edge, text at the high edge, fill)`, low to high.

    The text of an edge stands below the border of two classes.
    """
    legends, end = [], None
    for left, right, y, fill in sorted(drawing.strips, key=lambda strip: (strip[2], strip[0])):
        if fill == RED or right - left < SMALLEST_CLASS:
            continue
        if end is None or abs(left - end) > NEAR:
            legends.append([])
        end = right
        below = drawing.texts[(drawing.texts["y"] - y).between(0, 40)]
        edges = []
        for border in (left, right):
            near = below[(below["x"] - border).abs() < NEAR]
            edges.append(near["text"].iloc[0] if len(near) else "")
        legends[-1].append((*edges, fill))
    return legends


def assert_in_class(number, fill, classes, language="en"):
    """Hold a number to the edges that the legend writes for the class of its colour."""
    edges = [(low, high) for low, high, colour in classes if colour == fill]
    assert len(edges) == 1, f"{fill} is {len(edges)} classes of the legend"
    low, high = edges[0]
    assert low or high, f"nothing is written at the edges of {fill}"
    if low:
        assert number >= read_number(low, language) - TINY, (number, low)
    if high:
        assert number <= read_number(high, language) + TINY, (number, high)


def to_points(drawing, land):
    """Give what brings shapes of land, in metres, to the drawing, whose areas cover all of it."""
    west, top, east, _ = shapely.union_all([shape for shape, *_ in drawing.areas]).bounds
    minx, _, maxx, maxy = land.total_bounds
    scale = (east - west) / (maxx - minx)
    return lambda corners: (corners - (minx, maxy)) * (scale, -scale) + (west, top)


def area_of(drawing, shape, place):
    """Find the area that draws a shape: the one with its middle and its size."""
    largest = max(shapely.get_parts(shape), key=shapely.area)
    expected = shapely.transform(largest, place)
    drawn = np.array([area for area, *_ in drawing.areas])
    apart = shapely.distance(shapely.centroid(drawn), expected.centroid)
    apart += np.abs(shapely.area(drawn) ** 0.5 - expected.area**0.5)
    assert apart.min() < NEAR, "no area has its shape"
    # what is drawn later lies on top
    return drawing.areas[np.flatnonzero(apart == apart.min())[-1]]

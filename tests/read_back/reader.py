"""What a reader takes from a drawing: numbers, scales, rows of lists, keys, legends, places."""

import re
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from hganalysis.figure import PALE, RED

from .drawing import NEAR, TOUCHING, WHITE, clean

THICK = 3
"""In points: a thinner line is no interval."""
SMALLEST_CLASS = 11
"""In points: a smaller box of a colour is the sample of grey."""
BELOW_STRIP = 40
"""In points: texts of a legend are no lower."""
TINY = 1e-9
MARKS = {"vi": (".", ","), "en": (",", ".")}
"""By language: between thousands, and before decimals."""
NUMBER = re.compile(r"[+−-]?\d[\d.,]*")
LABEL = re.compile(r"(.*?) ?([+−-]?\d[\d.,]*(?: ?%)?)\*?")


def divide_label(text):
    """Divide a label of a map into the name of its place, "" if it has none, and its number."""
    return LABEL.fullmatch(text).groups()


def read_number(text, language="en"):
    """Read the first number of a text; nan if there is none."""
    match = NUMBER.search(text)
    if not match:
        return np.nan
    thousands, decimal = MARKS[language]
    digits = match[0].rstrip(".,").replace("−", "-")
    digits = digits.replace(thousands, "")
    return float(digits.replace(decimal, "."))


def half_of_last_digit(text, language="en"):
    """Give by how much a number may differ from how it is written."""
    _, decimal = MARKS[language]
    digits = NUMBER.search(text)[0].rstrip(".,")
    _, _, decimals = digits.partition(decimal)
    return 0.5 * 10.0 ** -len(decimals) + TINY


def assert_written(text, number, language="en"):
    """Hold a text to the number that it writes."""
    apart = abs(read_number(text, language) - number)
    assert apart <= half_of_last_digit(text, language), f"{text!r} for {number}"


class Scale:
    """An axis as its ticks tell it: from numbers to points."""

    def __init__(self, ticks, language="en", *, log=False):
        """Take the position of each text; on a scale of ratios, of its logarithm."""
        self.log = log
        positions = np.array([*ticks.values()])
        numbers = np.array([read_number(text, language) for text in ticks])
        self.slope, self.start = np.polyfit(self._along(numbers), positions, 1)
        apart = np.abs(self.place(numbers) - positions)
        assert apart.max() < NEAR, "ticks are not where their numbers are"

    def _along(self, numbers):
        numbers = np.asarray(numbers, dtype=float)
        return np.log(numbers) if self.log else numbers

    def place(self, numbers):
        """Give the position of numbers, in points."""
        return self.start + self.slope * self._along(numbers)


def find_ticks(drawing, ticks):
    """Find the texts of ticks along the lower axis: the most of them that stand on one line."""
    texts = drawing.texts
    candidates = texts[texts["text"].isin([clean(text) for text in ticks])]
    lines = [rows for _, rows in candidates.groupby("y")]
    shown = max(lines, key=len)
    return dict(zip(shown["text"], shown["x"], strict=True))


def find_ticks_upwards(drawing, ticks):
    """Find the texts of ticks along the left axis, which end where it begins."""
    texts = drawing.texts
    candidates = texts[texts["text"].isin([clean(text) for text in ticks])]
    ends = candidates["end"].round()
    columns = [rows for _, rows in candidates.groupby(ends)]
    shown = max(columns, key=len)
    return dict(zip(shown["text"], shown["y"], strict=True))


# --- lists ---


class Ends(NamedTuple):
    """The two ends of the lines that are chosen, in points; missing where there are none."""

    low: float
    high: float


def read_rows(drawing, names, language="en"):
    """
    Read a list as a reader does: beside each name its number, its dots and the ends of its lines.

    Returns
    -------
    rows
        From top to bottom: `name`, `rank`, `text`, `number` (of the text), `fill`, and in points
        `y`, `value`, `before`, `target`, `low` and `high`, `lowest` and `highest`.
    """
    rows = []
    for name in names:
        with_rank = re.compile(rf"(?:[\d–]+\. )?{re.escape(clean(name))}")
        matches = drawing.texts["text"].map(with_rank.fullmatch).notna()
        [label] = drawing.texts[matches].itertuples()
        row = _read_marks(drawing, label)
        row["name"] = name
        row["rank"] = label.text.partition(". ")[0] if ". " in label.text else ""
        row["text"] = _text_beside(drawing, label)
        row["number"] = read_number(row["text"], language)
        rows.append(row)
    rows = pd.DataFrame(rows).sort_values("y")
    return rows.reset_index(drop=True)


def _text_beside(drawing, label):
    """Take the first text to the right of a name, on its line."""
    texts = drawing.texts
    is_right = texts["start"] > label.end
    on_line = (texts["y"] - label.y).abs() < 0.6 * label.height
    beside = texts[is_right & on_line].sort_values("x")
    return beside["text"].iloc[0]


def _read_marks(drawing, label):
    """Read the dots and lines beside a name."""
    on_line = (drawing.dots["y"] - label.y).abs() < 0.6 * label.height
    dots = drawing.dots[on_line]
    is_open = dots["fill"] == WHITE
    [full] = dots[~is_open].itertuples()
    level = _level_lines(drawing.lines, full.y)
    interval = _ends(level[level["width"] > THICK])
    spread = _ends(level[(level["width"] < THICK) & level["dashed"]])
    return {
        "y": full.y,
        "value": full.x,
        "fill": full.fill,
        "before": dots.loc[is_open, "x"].max(),
        "low": interval.low,
        "high": interval.high,
        "lowest": spread.low,
        "highest": spread.high,
        "target": _stroke_through(drawing.lines, full.y, 3 * label.height),
    }


def _level_lines(lines, y):
    """Take the level lines through a height."""
    is_level = (lines["y0"] - lines["y1"]).abs() < TOUCHING
    is_there = (lines["y0"] - y).abs() < TOUCHING
    return lines[is_level & is_there]


def _ends(lines):
    corners = lines[["x0", "x1"]]
    return Ends(corners.min(axis=None), corners.max(axis=None))


def _stroke_through(lines, y, longest):
    """Find the short upright stroke around a height."""
    is_upright = (lines["x0"] - lines["x1"]).abs() < TOUCHING
    is_short = (lines["y0"] - lines["y1"]).abs().between(TOUCHING, longest)
    middle = (lines["y0"] + lines["y1"]) / 2
    is_there = (middle - y).abs() < TOUCHING
    return lines.loc[is_upright & is_short & is_there, "x0"].max()


def read_sample(drawing, label):
    """Say which mark a key has before a label."""
    text = drawing.where(clean(label))
    marks = {}
    for dot in drawing.dots.itertuples():
        if abs(dot.y - text.y) < text.height / 2:
            marks[dot.x] = "open dot" if dot.fill == WHITE else "dot"
    for line in drawing.lines.itertuples():
        if abs((line.y0 + line.y1) / 2 - text.y) < text.height / 2:
            thin = "broken line" if line.dashed else "stroke"
            marks[max(line.x0, line.x1)] = "thick line" if line.width > THICK else thin
    nearest = max(x for x in marks if x < text.start + TOUCHING)
    return marks[nearest]


# --- maps ---


def read_legends(drawing):
    """
    Read the legend of each map: the texts at both edges of a class, and its fill, low to high.

    The text of an edge stands below the border of two classes.
    """
    legends = []
    end = -np.inf
    for strip in sorted(drawing.strips, key=lambda strip: (strip.y, strip.start)):
        if strip.fill in (RED, PALE) or strip.end - strip.start < SMALLEST_CLASS:
            continue
        if abs(strip.start - end) > NEAR:
            legends.append([])
        end = strip.end
        edges = [_text_below(drawing.texts, border, strip.y) for border in (strip.start, end)]
        legends[-1].append((*edges, strip.fill))
    return legends


def _text_below(texts, x, y):
    """Read the nearest text below a border; "" if there is none."""
    distance = texts["y"] - y
    is_near = (texts["x"] - x).abs() < NEAR
    below = texts[distance.between(0, BELOW_STRIP) & is_near]
    return below.loc[distance[below.index].idxmin(), "text"] if len(below) else ""


def assert_in_class(number, fill, classes, language="en"):
    """Hold a number to the edges that the legend writes for the class of its colour."""
    edges = [(low, high) for low, high, colour in classes if colour == fill]
    assert len(edges) == 1, f"{fill} is {len(edges)} classes of the legend"
    low, high = edges[0]
    assert low or high, f"nothing is written at the edges of {fill}"
    if low:
        assert number >= read_number(low, language) - TINY, f"{number} is below {low}"
    if high:
        assert number <= read_number(high, language) + TINY, f"{number} is above {high}"


def to_points(drawing, land):
    """Give what brings shapes of land, in metres, to the drawing, whose areas cover all of it."""
    covered = shapely.union_all([area.shape for area in drawing.areas])
    x0, top, x1, _ = covered.bounds
    west, _, east, north = land.total_bounds
    scale = (x1 - x0) / (east - west)

    def place(corners):
        return (corners - (west, north)) * (scale, -scale) + (x0, top)

    return place


def area_of(drawing, shape, place):
    """Find the area that draws a shape: the one with its middle and its size."""
    largest = max(shapely.get_parts(shape), key=shapely.area)
    expected = shapely.transform(largest, place)
    shapes = np.array([area.shape for area in drawing.areas])
    apart = shapely.distance(shapely.centroid(shapes), expected.centroid)
    apart += np.abs(np.sqrt(shapely.area(shapes)) - np.sqrt(expected.area))
    assert apart.min() < NEAR, "no area has its shape"
    # what is drawn later lies on top
    nearest = np.flatnonzero(apart == apart.min())
    return drawing.areas[nearest[-1]]

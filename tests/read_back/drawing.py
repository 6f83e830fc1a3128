"""What is drawn, whatever it is drawn on: texts, dots, lines and areas, in points."""

from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd
from matplotlib.colors import to_hex

NEAR = 2.5
"""In points: so far from its place a mark may be drawn."""
TOUCHING = 0.5
"""In points: ends of shapes that are this near are one point."""
WHITE = "#ffffff"


class Text(NamedTuple):
    """A text, by the middle of its letters or the side that it is aligned to."""

    text: str
    x: float
    y: float
    start: float
    end: float
    height: float


class Dot(NamedTuple):
    """A dot, by its middle."""

    x: float
    y: float
    fill: str
    edge: str
    size: float


class Line(NamedTuple):
    """A straight line."""

    x0: float
    y0: float
    x1: float
    y1: float
    colour: str
    width: float
    dashed: bool


class Area(NamedTuple):
    """A polygon with its fill, and what a shape of a slide says of itself."""

    shape: object
    fill: str
    description: str = ""


class Strip(NamedTuple):
    """A box of one colour, such as a class of a legend or the red strip, from left to right."""

    start: float
    end: float
    y: float
    fill: str


@dataclass
class Drawing:
    """All marks of a page or a slide; y is downwards."""

    texts: pd.DataFrame
    dots: pd.DataFrame
    lines: pd.DataFrame
    areas: list = field(default_factory=list)
    strips: list = field(default_factory=list)
    tables: list = field(default_factory=list)
    """Tables as rows of cells, each a pair of a text and a fill."""
    descriptions: list = field(default_factory=list)
    """Of groups, tables and charts of a slide: what is read to those who do not see them."""

    def window(self, west, top, east, bottom):
        """Take the texts, dots and lines that lie within a part of it."""

        def inside(rows, x, y):
            across = rows[x].between(west, east)
            along = rows[y].between(top, bottom)
            return rows[across & along]

        lines = inside(self.lines, "x0", "y0")
        lines = inside(lines, "x1", "y1")
        return Drawing(inside(self.texts, "x", "y"), inside(self.dots, "x", "y"), lines)

    def column(self, head):
        """Read the texts below a head, which end where it ends, from top to bottom."""
        head = self.where(head)
        is_below = self.texts["y"] > head.y
        ends_there = (self.texts["end"] - head.end).abs() < NEAR
        column = self.texts[is_below & ends_there]
        return column.sort_values("y")["text"].tolist()

    def where(self, text):
        """Find the only text that is this one."""
        rows = self.texts[self.texts["text"] == text]
        [row] = rows.itertuples()
        return row


@dataclass
class Marks:
    """Collects what is drawn."""

    texts: list = field(default_factory=list)
    dots: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    areas: list = field(default_factory=list)
    strips: list = field(default_factory=list)
    tables: list = field(default_factory=list)
    descriptions: list = field(default_factory=list)

    def add_line(self, ends, colour, width, *, dashed=False):
        """Add a straight line."""
        start, end = ends
        line = Line(*start, *end, to_hex(colour), width, dashed)
        self.lines.append(line)

    def drawing(self):
        """Give all of it."""
        return Drawing(
            pd.DataFrame(self.texts, columns=Text._fields),
            pd.DataFrame(self.dots, columns=Dot._fields),
            pd.DataFrame(self.lines, columns=Line._fields),
            self.areas,
            self.strips,
            self.tables,
            self.descriptions,
        )


def clean(text):
    """Write a text with single spaces that may be broken, as it is read."""
    return " ".join(str(text).split())

"""A figure is data: what it says and shows. `draw` lays it out, for a page, a slide or the web."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import frames, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import geopandas as gpd

INK, QUIET, PALE, RED, BLUE = "#1f2328", "#5b6168", "#d9dcdf", "#b3261e", "#264f82"

# Steps of an axis, and borders of classes, that a reader counts in.
ROUND = [1, 2, 5, 10]

# A title of more letters is not read from the back of a hall within ten seconds.
TITLE = 75

# A list has every place up to so many; of more, so many from each end.
ALL, ENDS = 20, 8


@dataclass(frozen=True, eq=False)
class Legend:
    """Classes from low to high: a colour each, the borders between them, what grey means."""

    colours: tuple[str, ...]
    borders: tuple[str, ...]
    grey: str = ""


@dataclass(frozen=True, eq=False)
class Layer:
    """Lines or points over a map: what they are called, who drew them, and their colour."""

    name: str
    source: str
    shapes: gpd.GeoSeries
    colour: str


@dataclass(frozen=True, eq=False)
class Map:
    """
    `places`: `name`, `text` (none where there is no number), `colour`, outlines in metres; `ground`
    lies below them, `layers` over them. `head` names one of several maps.
    """

    places: gpd.GeoDataFrame
    legend: Legend
    head: str = ""
    ground: gpd.GeoSeries | None = None
    layers: tuple[Layer, ...] = ()
    tiled: bool = False
    """Whether squares stand for the places: nobody knows these by their shape."""
    note: str = ""
    """What the shapes are, for the line of sources."""


@dataclass(frozen=True, eq=False)
class Rows:
    """
    Dots in order. `rows`: `name`, `value`, `text`, `colour`, and any of `before`, `low` and `high`,
    `lowest` and `highest`; `key` names what is drawn, by the first column of it.
    """

    rows: pd.DataFrame
    key: dict[str, str]
    ticks: dict[float, str]
    line: tuple[float, str] | None = None
    gap: int = 0
    """So many rows stand above those that are left out."""
    log: bool = False


@dataclass(frozen=True, eq=False)
class Slopes:
    """
    Lines between two periods, `heads`. `rows`: `name`, `before`, `value`, what stands at their
    `start` and `end`, `colour`, and whether they are `bold`.
    """

    rows: pd.DataFrame
    heads: tuple[str, str]


@dataclass(frozen=True, eq=False)
class Scatter:
    """
    `dots`: `x`, `y`, `size` (a part of the largest), `colour`; `line`: `x`, `fit`, `low`, `high`,
    and what it `said`; `axes` name x and y, `across` and `ticks` write numbers of x and y; y is on
    a logarithmic scale.
    """

    dots: pd.DataFrame
    line: pd.DataFrame
    said: str
    axes: tuple[str, str]
    across: dict[float, str]
    ticks: dict[float, str]


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of texts under heads, as they are to be read."""

    rows: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Number:
    """One number, and what it is."""

    text: str
    label: str


Panel = Map | Rows | Slopes | Scatter | Table


@dataclass(frozen=True, eq=False)
class Figure:
    """What a picture says in every medium; `table` has all of its numbers, as texts under heads."""

    title: str
    subtitle: str
    panels: tuple[Panel, ...]
    source: str
    alt: str
    table: pd.DataFrame
    banner: str = ""

    @property
    def digest(self) -> str:
        """Twelve digits of what is said and shown: other data, classes or words give others."""
        said = [self.title, self.subtitle, self.source, self.banner, self.table.to_csv(index=False)]
        for panel in self.panels:
            if isinstance(panel, Map):
                said += [*panel.legend.colours, *panel.legend.borders]
            shown = panel.places if isinstance(panel, Map) else getattr(panel, "rows", None)
            if shown is not None and "colour" in shown:
                said.append(shown[["name", "colour"]].to_csv(index=False))
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]

    def shares(self, *, stacked: bool = False) -> list[float]:
        """Divide the room: a map takes 3 parts, a list below it as many as it has rows by 4."""
        below = [stacked and isinstance(one, Rows) and len(one.rows) / 4 for one in self.panels]
        both = zip(self.panels, below, strict=True)
        return [3 if isinstance(one, Map) else rows or 2 for one, rows in both]

    def bare(self) -> Figure:
        """Leave out what stands around the panels: a slide, or a page, says it in its own way."""
        return replace(self, title="", subtitle="", source="", banner="")


def banner(origin: str) -> str:
    """Give what stands on the top edge of whatever is simulated; nothing else has a banner."""
    return words.term("words.simulated") if origin == "simulated" else ""


def prefixed(sentence: str, origin: str) -> str:
    """Say first that what a sentence tells is simulated, if it is."""
    return words.term("figure.prefix", sentence=sentence) if origin == "simulated" else sentence


def credit(origin: str, *, named: str = "") -> str:
    """Name the source of numbers: who is named, else whom the study credits for such."""
    return words.term("figure.source", credit=named or words.term(f"figure.by_{origin}"))


def worst(rows: pd.DataFrame) -> str:
    """Give the least firm origin of rows: one simulated number makes a simulated picture."""
    return frames.worst_origin(rows["origin"])


def ends(rows: pd.DataFrame) -> pd.DataFrame:
    """Take the rows that a list has room for: all, or so many from each end."""
    if len(rows) > ALL:
        rows = pd.concat([rows.head(ENDS), rows.tail(ENDS)])
    return rows.reset_index(drop=True)


def compose(
    title: str,
    subtitle: str,
    *panels: Panel,
    kind: str,
    table: pd.DataFrame,
    origin: str,
    source: str = "",
    notes: str = "",
) -> Figure:
    """Put a figure together: `kind` is the key of what it is; `notes` follow whom it credits, what
    shapes of its map are, and whether its list has the ends only.
    """
    alt = words.term("figure.alt", kind=words.term(kind), title=title, subtitle=subtitle)
    said = credit(origin, named=source)
    said += "".join(one.note for one in panels if isinstance(one, Map))
    said += words.term("figure.ends", ends=ENDS) * any(getattr(one, "gap", 0) for one in panels)
    said += notes
    return Figure(title, subtitle, panels, said, alt, table, banner(origin))


def ticks(
    values: pd.Series | pd.DataFrame | Sequence[float], write: Callable[[list[float]], list[str]]
) -> dict[float, str]:
    """Write a few round numbers within values, for an axis."""
    from matplotlib.ticker import MaxNLocator

    known = pd.Series(np.ravel(values), dtype=float).dropna()
    if known.empty:
        return {}
    low, high = known.min(), known.max()
    steps = MaxNLocator(5, steps=ROUND).tick_values(low, high)
    at = [one for one in map(float, steps) if low <= one <= high]
    return dict(zip(at, write(at), strict=True))


def each(rows: pd.DataFrame) -> Iterator[Any]:
    """Go through rows, whose columns are attributes: of what type, a frame does not say."""
    yield from rows.itertuples()


def ink(ground: str) -> str:
    """Give letters on #rrggbb the colour in which they are read."""
    red, green, blue = bytes.fromhex(ground[1:])
    return "#ffffff" if 0.3 * red + 0.6 * green + 0.1 * blue < 128 else INK


def titled(said: str) -> str:
    """Take of a sentence what a title has room for: its first one, or the first clauses of it."""
    clauses = re.split(r"(?=[;,] )", re.split(r" \(|\.(?: |$)", said)[0])
    while len("".join(clauses)) > TITLE and len(clauses) > 1:
        clauses.pop()
    return capital("".join(clauses)[:TITLE])


def capital(said: str) -> str:
    """Begin a sentence."""
    return said[:1].upper() + said[1:]


# Of a long row of names, so many are said.
SOME = 5


def some(names: Sequence[str]) -> str:
    """Name a few, and how many more there are."""
    more = len(names) - SOME
    rest = words.term("figure.more", more=words.number(more)) if more > 0 else ""
    return ", ".join(names[:SOME]) + rest


def listed(names: Sequence[str]) -> str:
    """Name several: a, b and c."""
    parts = [", ".join(names[:-1]), *names[-1:]]
    return words.term("figure.and").join(filter(None, parts))

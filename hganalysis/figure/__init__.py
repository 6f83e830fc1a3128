"""A figure is data: what it says and shows. `draw` lays it out, for a page, a slide or the web."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, fields, is_dataclass, replace
from textwrap import shorten
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from .. import frames, indicators, words
from ..words.numbers import unit_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import geopandas as gpd

    from ..indicators import Classes

INK, QUIET, PALE, RED, BLUE = "#1f2328", "#5b6168", "#d9dcdf", "#b3261e", "#264f82"

# Steps of an axis, and class breaks, that a reader counts in.
ROUND_STEPS = [1, 2, 5, 10]

# In letters: a longer title cannot be read from the back of a hall within ten seconds.
MAX_TITLE_LENGTH = 75

# A list shows every place up to MAX_ROWS; a longer one shows ROWS_PER_END from each end.
MAX_ROWS = 20
ROWS_PER_END = 8

# In a legend, a class has at least this share of the strip: a narrower one cannot be seen.
MIN_CLASS_WIDTH = 0.1

# The digest rounds numbers, because the last digits differ between processors.
DIGEST_DECIMALS = 9


@dataclass(frozen=True, eq=False)
class Legend:
    """
    Classes from low to high, and the meaning of grey.

    `edges` are the texts where classes begin and end: one more than classes, the first and the last
    of them empty where a class is open. Of categories, they are the name of each.
    """

    colours: tuple[str, ...]
    edges: tuple[str, ...]
    widths: tuple[float, ...]
    grey: str = ""

    @property
    def ticks(self) -> dict[float, str]:
        """Give the position of each text on the strip, from 0 to 1."""
        positions = np.cumsum([0, *self.shares])
        # a category, such as a period, has its name in its middle
        if len(self.edges) == len(self.colours):
            positions = (positions[1:] + positions[:-1]) / 2
        ticks = zip(positions.tolist(), self.edges, strict=True)
        return {position: text for position, text in ticks if text}

    @property
    def shares(self) -> list[float]:
        """Divide the strip of the legend in proportion to the widths of the classes."""
        least = MIN_CLASS_WIDTH * sum(self.widths)
        visible = [max(width, least) for width in self.widths]
        total = sum(visible)
        return [width / total for width in visible]


@dataclass(frozen=True, eq=False)
class Layer:
    """Lines or points over a map: their name in the legend, their source and their colour."""

    name: str
    source: str
    shapes: gpd.GeoSeries
    colour: str


class Panel:
    """One chart of a figure, and what the page around it has to know. Each kind is a subclass."""

    relative_width = 2
    """How much of the width it takes beside others."""

    @property
    def relative_height(self) -> float:
        """How much of the height it takes above or below others."""
        return self.relative_width

    @property
    def n_lines(self) -> int:
        """How many lines of text need room; 0 if the height depends on the width."""
        return 0

    @property
    def note(self) -> str:
        """A sentence for the source line."""
        return ""


@dataclass(frozen=True, eq=False)
class Map(Panel):
    """
    A choropleth map.

    `places` has `name`, `text` (missing where there is no number), `colour`, and outlines in
    metres. `ground` is drawn below them and `layers` over them. `head` is the title of the panel.
    """

    places: gpd.GeoDataFrame
    legend: Legend
    head: str = ""
    ground: gpd.GeoSeries | None = None
    layers: tuple[Layer, ...] = ()
    is_tiled: bool = False
    """Whether places are drawn as squares, which nobody recognises by their shape."""
    note: str = ""
    """What the shapes are, for the source line."""
    labels_only_named: bool = False
    """Whether names stand without their numbers, folded within words if need be."""
    always_named: tuple[str, ...] = ()
    """Codes of places whose names are written in any case, over their neighbours if need be."""

    relative_width = 3

    @property
    def land(self) -> gpd.GeoDataFrame | gpd.GeoSeries:
        """The ground, or the places where these cover it."""
        return self.places if self.ground is None else self.ground


class ReferenceLine(NamedTuple):
    """A line at one value, such as that of the whole province, and its label."""

    value: float
    label: str


@dataclass(frozen=True, eq=False)
class Rows(Panel):
    """
    An ordered dot plot.

    `rows` has `name`, `value`, `text` and `colour`, and may have `before`, `target`, `low`
    and `high`, `lowest` and `highest`. `key` gives the label of each column that is drawn. A line
    is above each row that `is_whole`, where there is this column.
    """

    rows: pd.DataFrame
    key: dict[str, str]
    ticks: dict[float, str]
    line: ReferenceLine | None = None
    gap: int = 0
    """How many rows are above the gap where rows are left out; 0 if all rows are shown."""
    is_log: bool = False

    @property
    def relative_height(self) -> float:
        """One part for every four rows."""
        return len(self.rows) / 4 or self.relative_width

    @property
    def n_lines(self) -> int:
        """One for each row."""
        return len(self.rows)

    @property
    def note(self) -> str:
        """How many rows of each end are shown, if some are left out."""
        return words.term("figure.ends", ends=ROWS_PER_END) if self.gap else ""


@dataclass(frozen=True, eq=False)
class Slopes(Panel):
    """
    A slope chart between two periods, whose names are `heads`.

    `rows` has `name`, `before`, `value`, the texts at the `start` and the `end` of each line, its
    `colour`, and whether it is `bold`; and `shorter` texts for its end, the fullest first.
    """

    rows: pd.DataFrame
    heads: tuple[str, str]

    @property
    def n_lines(self) -> int:
        """One for each row."""
        return len(self.rows)


@dataclass(frozen=True, eq=False)
class Courses(Panel):
    """
    A line for each place over periods, whose names are `heads`.

    `rows` has `name`, `shares` (one for each period, missing where there is none), the text at the
    `end` of the line ("" for a line that is context), its `colour`, and whether it is `bold`.
    """

    rows: pd.DataFrame
    heads: tuple[str, ...]
    y_ticks: dict[float, str]


@dataclass(frozen=True, eq=False)
class Scatter(Panel):
    """
    A scatter plot with a fitted line; y is on a logarithmic scale.

    `dots` has `x`, `y`, `size` (as a share of the largest) and `colour`. `line` has `x`, `fit`,
    `low` and `high`, and `line_label` describes it. `axes` are the titles of x and y; `x_ticks` and
    `y_ticks` give the text of each tick.
    """

    dots: pd.DataFrame
    line: pd.DataFrame
    line_label: str
    axes: tuple[str, str]
    x_ticks: dict[float, str]
    y_ticks: dict[float, str]
    is_clear: bool = True
    """Whether the line differs from a level one; else it is grey and broken."""


@dataclass(frozen=True, eq=False)
class LineChart(Panel):
    """
    Points along a line, over periods or another number, each with its interval.

    `points` has `x`, `value`, `low`, `high` and `colour`; y is on a logarithmic scale. `reference`
    is a level to compare with. `axes` are the titles of x and y; `x_ticks` and `y_ticks` give the
    text of each tick.
    """

    points: pd.DataFrame
    label: str
    reference: ReferenceLine
    axes: tuple[str, str]
    x_ticks: dict[float, str]
    y_ticks: dict[float, str]


@dataclass(frozen=True, eq=False)
class TextTable(Panel):
    """Rows of texts under column heads; on paper, the first column says what each row is."""

    rows: pd.DataFrame


class NumberColumn(NamedTuple):
    """The numbers of a column of texts, nothing rounded."""

    columns: pd.DataFrame
    """One row for each row of the texts, with their index; one column, or `low` and `high`."""
    unit: str
    """As in `words.value`."""

    @property
    def record(self) -> dict[str, Any]:
        """Give the numbers for a file; the last of 17 digits differs between processors."""
        rounded = self.columns.astype(float).map(_round_last_digits)
        has_number = rounded.notna()
        columns = rounded.astype(object).where(has_number, None)
        return {"unit": self.unit, "columns": columns.to_dict("list")}


def _round_last_digits(number: float) -> float:
    return float(f"{number:.12g}")


def number_column(values: pd.Series | pd.DataFrame, scale: Classes | str) -> NumberColumn:
    """
    Keep the numbers of a column of texts: `value`, or more columns that stand in one text.

    Parameters
    ----------
    scale
        Classes of a measure, or a unit.
    """
    unit = unit_name(scale)
    if isinstance(values, pd.Series):
        return NumberColumn(values.to_frame("value"), unit)
    return NumberColumn(values, unit)


@dataclass(frozen=True, eq=False)
class Figure:
    """
    What a picture says in every medium.

    `table` has numbers as texts under heads, and `numbers`, by head, what they were written from.
    """

    title: str
    subtitle: str
    panels: tuple[Panel, ...]
    source: str
    alt: str
    table: pd.DataFrame
    banner: str = ""
    paper: str = ""
    """The paper that it is laid out for, such as `"A4"`; "" for any width."""
    numbers: Mapping[str, NumberColumn] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Twelve hex digits of everything that is said and drawn."""
        content = [self.title, self.subtitle, self.source, self.banner, self.table, self.panels]
        return hashlib.sha256(_digest_text(content).encode()).hexdigest()[:12]

    def bare(self, panel: Panel) -> Figure:
        """Show a panel alone, without the texts around it: who asks writes them in its own way."""
        return replace(self, title="", subtitle="", source="", banner="", panels=(panel,))


def _digest_text(value: Any) -> str:  # noqa: ANN401
    """Write any part of a figure as text, so that equal parts have equal texts."""
    if is_dataclass(value):
        return _digest_text({field.name: getattr(value, field.name) for field in fields(value)})
    if isinstance(value, dict):
        return "\n".join(f"{_digest_text(key)}: {_digest_text(value[key])}" for key in value)
    if isinstance(value, list | tuple):
        return "\n".join(_digest_text(item) for item in value)
    if isinstance(value, float):
        return str(round(value, DIGEST_DECIMALS) + 0.0)  # + 0.0 turns -0.0 into 0.0
    if hasattr(value, "total_bounds"):
        columns = pd.DataFrame(index=value.index)
        if isinstance(value, pd.DataFrame):
            columns = pd.DataFrame(value.drop(columns=value.geometry.name))
        return _digest_text(columns.assign(corners=_corners(value.geometry)))
    if isinstance(value, pd.DataFrame):
        numbers = value.select_dtypes("number").round(DIGEST_DECIMALS) + 0.0
        return value.assign(**numbers).to_csv()
    return str(value)


def _corners(shapes: gpd.GeoSeries) -> list[str]:
    """Write the corners of each shape to the metre: further digits differ between versions."""
    import shapely

    # a ring may begin at any corner, so the order is made one
    rounded = shapely.set_precision(shapes.to_numpy(), 1, mode="pointwise")
    return [str(shape) for shape in shapely.normalize(rounded)]


def banner(origin: str) -> str:
    """Give the text of the red banner that marks simulated data; other data have none."""
    return words.term("words.simulated") if origin == "simulated" else ""


def mark_simulated(sentence: str, origin: str) -> str:
    """Begin a sentence with the warning that its data are simulated, if they are."""
    if origin != "simulated":
        return sentence
    return words.term("figure.prefix", sentence=sentence)


def credit(origin: str, *, source: str = "", measures: Sequence[str] = ()) -> str:
    """Write the source line: the source of the caller, of the measures, or of the study."""
    if not source:
        origins = dict.fromkeys(measures or [""], origin)
        source = name_source(origins)
    return words.term("figure.source", credit=source)


def name_source(origins: Mapping[str, str]) -> str:
    """
    Name who counted measures, and whether their numbers are estimates or come from a sample.

    Parameters
    ----------
    origins
        By the name of each measure. What is no measure of the catalogue has the source of its
        origin, as have simulated numbers.
    """
    of_study = []
    labels: dict[str, list[str]] = {}
    for name, origin in origins.items():
        provider = indicators.credit(name) if name in indicators.names() else ""
        if origin == "simulated" or not provider:
            of_study.append(origin)
            continue
        source = words.term(f"figure.{indicators.counted(name)}", credit=provider)
        label = indicators.measure_label(name)
        labels.setdefault(source, []).append(label)
    if len(labels) == 1 and not of_study:
        return next(iter(labels))

    # several sources are told apart by their measures
    texts = []
    if of_study:
        origin = frames.worst_origin(pd.Series(of_study))
        texts.append(words.term(f"figure.by_{origin}"))
    for source, of_source in labels.items():
        measures = words.join_some(of_source, more="words.more_measures")
        texts.append(words.term("figure.source_of", measures=measures, credit=source))
    return "; ".join(texts)


def credit_all(rows: pd.DataFrame) -> str:
    """Write the source line of reports of several measures."""
    of_groups = {name for split in indicators.splits() for name in split.groups}
    rows = rows[~rows["indicator"].isin(of_groups)]
    origins = {
        str(name): worst_origin(of_measure)
        for name, of_measure in rows.groupby("indicator", sort=False)
    }
    return words.term("figure.source", credit=name_source(origins))


def worst_origin(rows: pd.DataFrame) -> str:
    """Give the least reliable origin of rows: one simulated number makes a simulated picture."""
    return frames.worst_origin(rows["origin"])


def head_and_tail(rows: pd.DataFrame) -> pd.DataFrame:
    """Take the rows that a list has room for: all, or the first and the last."""
    if len(rows) > MAX_ROWS:
        rows = pd.concat([rows.head(ROWS_PER_END), rows.tail(ROWS_PER_END)])
    return rows.reset_index(drop=True)


def compose(
    title: str,
    subtitle: str,
    *panels: Panel,
    kind: str,
    table: pd.DataFrame,
    numbers: Mapping[str, NumberColumn] | None = None,
    origin: str,
    source: str = "",
    measures: Sequence[str] = (),
    notes: str = "",
) -> Figure:
    """
    Put a figure together.

    Parameters
    ----------
    kind
        Key of the text that says what kind of picture this is, for readers who cannot see it.
    numbers
        Those of the table, by head, before they were written as texts.
    measures
        Names in the catalogue, which may say who counted them; used where `source` is empty.
    notes
        Sentences at the end of the source line.
    """
    alt = words.term("figure.alt", kind=words.term(kind), title=title, subtitle=subtitle)
    credit_line = credit(origin, source=source, measures=measures)
    panel_notes = [panel.note for panel in panels]
    sentences = [credit_line, *panel_notes, notes]
    texts = title, subtitle, panels, "".join(sentences), alt
    return Figure(*texts, table, banner(origin), numbers=numbers or {})


def axis_ticks(
    values: pd.Series | pd.DataFrame | Sequence[float], write: Callable[[list[float]], list[str]]
) -> dict[float, str]:
    """Choose a few round numbers within the range of values, and write them."""
    from matplotlib.ticker import MaxNLocator

    numbers = pd.Series(np.ravel(values), dtype=float).dropna()
    if numbers.empty:
        return {}
    low, high = numbers.min(), numbers.max()
    candidates = MaxNLocator(5, steps=ROUND_STEPS).tick_values(low, high)
    ticks = [float(tick) for tick in candidates if low <= tick <= high]
    return dict(zip(ticks, write(ticks), strict=True))


def write_rows(numbers: pd.DataFrame, scale: Classes | str, *, bare: bool = False) -> pd.DataFrame:
    """Write numbers as texts: those of one row so that what differs looks different."""
    rows = numbers.to_numpy(dtype=float).tolist()
    texts = [words.values(row, scale, bare=bare) for row in rows]
    return pd.DataFrame(texts, numbers.index, numbers.columns)


def write_spans(ends: pd.DataFrame, scale: Classes | str) -> pd.Series:
    """Write intervals as texts; the columns are their two ends."""
    texts = [words.span(low, high, scale) for low, high in ends.to_numpy(dtype=float).tolist()]
    return pd.Series(texts, ends.index, dtype=object)


def iterate_rows(rows: pd.DataFrame) -> Iterator[Any]:
    """Go through rows whose columns are attributes; a frame does not know their types."""
    yield from rows.itertuples()


def text_colour(background: str) -> str:
    """Choose white or dark letters, whichever can be read on a background (`#rrggbb`)."""
    red, green, blue = bytes.fromhex(background[1:])
    brightness = 0.3 * red + 0.6 * green + 0.1 * blue
    return "#ffffff" if brightness < 128 else INK


def fit_title(text: str) -> str:
    """Shorten a text to a title: its first sentence, or as many of its clauses as fit."""
    first_sentence = re.split(r" \(|\.(?: |$)", text)[0]
    clauses = re.split(r"(?=[;,] )", first_sentence)
    while len("".join(clauses)) > MAX_TITLE_LENGTH and len(clauses) > 1:
        clauses.pop()
    title = "".join(clauses)
    if len(title) > MAX_TITLE_LENGTH:
        title = shorten(title, MAX_TITLE_LENGTH, placeholder="…")
    return capitalise(title)


def capitalise(text: str) -> str:
    """Write the first letter as a capital, and leave the others as they are."""
    return text[:1].upper() + text[1:]

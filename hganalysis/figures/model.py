"""
Say what a figure shows, as values and words that are ready to be drawn in any medium.

A composer makes the panels of a figure, once. A renderer only places them: it decides how large
letters are and how many rows there is room for, never what is shown.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from .. import words
from .colours import MAIN, QUIET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Key = tuple[str, str]
"""A mark, perhaps with its colour (`"●#2f7f9c"`), and what it means; or no mark and a sentence."""
Piece = tuple[float, float]
"""Both ends of an interval, or of one part of it; an end that there is not is infinite, or 0."""


@dataclass(frozen=True)
class Scale:
    """
    A scale: what it measures, and how its numbers are written.

    `unit` is one of those of `words.value`, or classes. `ends` are limits that are not to be taken
    from what is drawn. `names` are the ticks with what stands at each, where these are not numbers.
    `parts` are coloured below it, such as the classes of a map, and parted by lines across.
    """

    label: str
    unit: words.Scale | str
    log: bool = False
    ends: tuple[float, float] | None = None
    names: tuple[tuple[float, str], ...] = ()
    parts: tuple[tuple[Piece, str], ...] = ()

    def parts_between(self, low: float, high: float) -> list[tuple[Piece, str]]:
        """Give the parts, cut at both ends of what is drawn."""
        cut = [((max(a, low), min(b, high)), colour) for (a, b), colour in self.parts]
        return [(piece, colour) for piece, colour in cut if piece[0] < piece[1]]


@dataclass(frozen=True)
class Line:
    """A line across all of a panel, and what it is called."""

    at: float
    label: str
    colour: str
    style: Literal["-", "--"] = "-"
    bold: bool = False


@dataclass(frozen=True)
class Row:
    """
    One row: a label, a mark `at` a value within its interval, and its texts.

    Nothing is drawn at NaN. `pieces` is the interval: none, one, or several parts. `start` is a
    second, hollow mark: what the value was before. `texts` stand in columns beside it. `under`,
    below the label, and `note`, below the texts, are in a low voice; a medium of few words leaves
    them out. `instead` says why there is no mark. `colour` is that of the interval, `face` that of
    the mark (else the same). A `bold` row is emphasised, a `minor` one stands thin below another, a
    `heading` has nothing but its label; a `dotted` interval is not to be trusted much. Where not
    all rows have room, those of the largest `weight` stay: see `Rows.fitting`.
    """

    label: str
    at: float = math.nan
    pieces: tuple[Piece, ...] = ()
    texts: tuple[str, ...] = ()
    colour: str = QUIET
    face: str = ""
    start: float = math.nan
    under: str = ""
    note: str = ""
    instead: str = ""
    bold: bool = False
    minor: bool = False
    heading: bool = False
    dotted: bool = False
    weight: float = 0.0


@dataclass(frozen=True)
class Rows:
    """
    Rows from top to bottom on one scale.

    `heads` name the columns of texts. `band` is a part of the scale that lies on grey. `marks` name
    the mark of a row and the hollow one. `some` is the key of the sentence that says of how many
    rows those are that have room; `most` is how many are shown at most, whatever the room.
    """

    rows: tuple[Row, ...]
    scale: Scale
    simulated: bool
    lines: tuple[Line, ...] = ()
    key: tuple[tuple[Key, ...], ...] = ()
    heads: tuple[str, ...] = ()
    band: Piece | None = None
    marks: tuple[str, str] = ("", "")
    some: str = "charts.some"
    most: float = math.inf

    @property
    def said(self) -> list[str]:
        """Say each row; of several numbers each with its head."""
        each = []
        for row in self.rows:
            if len(row.texts) > 1:
                numbers = map(" ".join, zip(self.heads, row.texts, strict=True))
                each.append(", ".join([row.label, *numbers]))
            elif not row.heading:
                each.append(" ".join([row.label, *(row.texts or [row.instead])]))
        return each

    @property
    def facts(self) -> pd.DataFrame:
        """Write down what stands in each row."""
        rows = [one for one in self.rows if not one.heading]
        texts = pd.DataFrame([one.texts or (one.instead,) for one in rows])
        heads = self.heads or self.marks[:1]
        heads = (*heads, *[""] * (texts.shape[1] - len(heads)))[: texts.shape[1]]
        return texts.fillna("").set_axis(list(heads), axis=1).set_axis([one.label for one in rows])

    def fitting(self, fits: Callable[[Sequence[Row], str], bool]) -> tuple[tuple[Row, ...], str]:
        """
        Choose the rows that stay where not all have room, and say of how many they are.

        Parameters
        ----------
        fits
            Whether there is room for some rows together with that sentence.

        Returns
        -------
        rows, said
            In their order. Those of the largest weight: rows of one weight stay or go together; if
            all weigh the same, the first stay. Nothing is said where all have room.

        Raises
        ------
        ValueError
            If there is not even room for those of the largest weight.
        """
        if len(self.rows) <= self.most and fits(self.rows, ""):
            return self.rows, ""
        weights = [one.weight for one in self.rows]
        falling = sorted(range(len(weights)), key=lambda at: -weights[at])

        def kept(count: int) -> tuple[Row, ...]:
            return tuple(self.rows[at] for at in sorted(falling[:count]))

        def said(count: int) -> str:
            shown, every = (
                sum(not one.heading for one in some) for some in (kept(count), self.rows)
            )
            return of_all(self.some, shown, every)

        alike = len(set(weights)) == 1
        counts = [
            count
            for count in range(1, len(weights))
            if count <= self.most
            if alike or weights[falling[count]] < weights[falling[count - 1]]
        ]
        fit = bisect_left(counts, True, key=lambda count: not fits(kept(count), said(count)))  # noqa: FBT003
        if not fit:
            msg = (
                f"there is too little room for {counts[0] if counts else 1} of "
                f"{len(self.rows)} rows. Draw fewer at once, or in a taller place."
            )
            raise ValueError(msg)
        return kept(counts[fit - 1]), said(counts[fit - 1])


def of_all(key: str, shown: int, every: int) -> str:
    """Say of how many those are that are shown; nothing where all are."""
    if shown == every:
        return ""
    return words.term(key, shown=words.number(shown), all=words.number(every))


@dataclass(frozen=True)
class Slope:
    """
    One place through the years: its values, what they read as at both ends, and its change.

    A value that is not known is NaN. `moved` says whether the change between the last two years is
    more than chance: 1, 0 or -1.
    """

    label: str
    values: tuple[float, ...]
    first: str
    last: str
    change: str
    moved: int


@dataclass(frozen=True)
class Slopes:
    """
    Lines from year to year, as far apart as the years are; the last two are what is compared.

    The highest last value comes first. `heads` stand above both ends and above the changes. `notes`
    are sentences below; `missing` are the places that are not drawn: the key of the sentence that
    says why, and their names, of which as many are written as there is room for.
    """

    slopes: tuple[Slope, ...]
    years: tuple[int, ...]
    heads: tuple[str, str, str]
    simulated: bool
    notes: tuple[str, ...] = ()
    missing: tuple[tuple[str, tuple[str, ...]], ...] = ()
    some: str = "charts.slopes_some"

    @property
    def said(self) -> list[str]:
        """Say each place with both its ends."""
        return [f"{one.label} {one.first} – {one.last}" for one in self.slopes]

    def first(self, count: int) -> tuple[tuple[Slope, ...], str]:
        """Take as many as there is room for, and say of how many they are."""
        shown = self.slopes[:count]
        return shown, of_all(self.some, len(shown), len(self.slopes))

    def left_out(self, fits: Callable[[str], bool]) -> list[str]:
        """Say which places are not drawn, and why: as many names as there is room for."""
        return [_named(key, names, fits) for key, names in self.missing]

    @property
    def facts(self) -> pd.DataFrame:
        """Write down both ends of each place, and its change."""
        texts = [(one.first, one.last, one.change) for one in self.slopes]
        labels = [one.label for one in self.slopes]
        return pd.DataFrame(texts, index=labels, columns=list(self.heads))


def _named(key: str, names: Sequence[str], fits: Callable[[str], bool]) -> str:
    """Name as many as one line has room for, and say how many others there are."""
    for count in range(len(names), 0, -1):
        said = ", ".join(names[:count])
        if count < len(names):
            more = words.number(len(names) - count)
            said = words.term("charts.names_more", names=said, number=more)
        if fits(words.term(key, names=said)):
            return words.term(key, names=said)
    number = words.term("charts.names_number", number=words.number(len(names)))
    return words.term(key, names=number)


@dataclass(frozen=True)
class Dot:
    """
    A dot: where it lies, its area in square points, its colour; perhaps a label beside it.

    `kind` is a disc, a ring or a diamond. `whiskers` are vertical lines through it: both ends and
    the width in points of each. Labels of the largest `weight` find room first. `name` is what a
    table calls it, where no label does.
    """

    x: float
    y: float
    colour: str = MAIN
    area: float = 110.0
    kind: Literal["disc", "ring", "diamond"] = "disc"
    label: str = ""
    bold: bool = False
    whiskers: tuple[tuple[float, float, float], ...] = ()
    weight: float = 0.0
    name: str = ""


@dataclass(frozen=True)
class Curve:
    """A curve, perhaps with the area from `low` to `high`; its label stands at its right end."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    colour: str = MAIN
    width: float = 3.0
    style: Literal["-", "--"] = "-"
    label: str = ""
    bold: bool = False
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Scatter:
    """
    Dots and curves between two scales, both of which have `ends`.

    `lines` stand upright, each up to its label on top; `across` lie flat. `grounds` are parts of
    the horizontal scale that lie on grey. A `rug` marks on the lower edge where dots are. `unnamed`
    is the key of the sentence that says how many labels found no room.
    """

    x: Scale
    y: Scale
    simulated: bool
    dots: tuple[Dot, ...] = ()
    curves: tuple[Curve, ...] = ()
    lines: tuple[Line, ...] = ()
    across: tuple[Line, ...] = ()
    grounds: tuple[Piece, ...] = ()
    rug: bool = False
    key: tuple[tuple[Key, ...], ...] = ()
    unnamed: str = "charts.funnel_unnamed"

    @property
    def said(self) -> list[str]:
        """Say what its marks are: there are too many of them to say each."""
        return [said for parts in self.key for _, said in parts]

    @property
    def facts(self) -> pd.DataFrame:
        """Write down where each dot lies."""
        texts = [
            (words.value(one.x, self.x.unit), words.value(one.y, self.y.unit)) for one in self.dots
        ]
        labels = [one.label or one.name for one in self.dots]
        return pd.DataFrame(texts, index=labels, columns=[self.x.label, self.y.label])

    @property
    def ends(self) -> tuple[Piece, Piece]:
        """Both ends of the horizontal scale, and of the vertical one."""
        x, y = self.x.ends, self.y.ends
        assert x is not None, "a composer knows what has to be seen"
        assert y is not None, "a composer knows what has to be seen"
        return x, y


@dataclass(frozen=True)
class Part:
    """A part of a bar: its length, what it is, its colour; hatched where it is of another kind."""

    value: float
    label: str
    text: str
    colour: str
    hatched: bool = False


@dataclass(frozen=True)
class Bar:
    """A heading, and below it parts end to end; or an interval, where there are two `ends`."""

    heading: str
    parts: tuple[Part, ...] = ()
    ends: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class Bars:
    """Bars one below the other, all on one scale from 0."""

    bars: tuple[Bar, ...]
    simulated: bool

    @property
    def said(self) -> list[str]:
        """Say each bar with its parts, or its ends."""
        return [", ".join([one.heading, *_said(one)]) for one in self.bars]

    @property
    def facts(self) -> pd.DataFrame:
        """Write down each bar with its parts, or its ends."""
        texts = [", ".join(_said(one)) for one in self.bars]
        return pd.DataFrame({"": texts}, index=[one.heading for one in self.bars])


def _said(bar: Bar) -> list[str]:
    named = [f"{one.label}: {one.text}" if one.label else one.text for one in bar.parts]
    return [*named, *(text for _, text in bar.ends)]


@dataclass(frozen=True)
class Cell:
    """A text, perhaps on a colour, perhaps bold."""

    text: str
    colour: str = "#ffffff"
    bold: bool = False


@dataclass(frozen=True)
class Table:
    """A table: heads, and rows of cells, whose first names the row; a note says what marks mean."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    simulated: bool
    some: str = "slides.some"
    note: str = ""

    def first(self, count: int) -> tuple[tuple[tuple[Cell, ...], ...], str]:
        """Take as many rows as there is room for, with the note and of how many they are."""
        shown = self.rows[:count]
        said = of_all(self.some, len(shown), len(self.rows))
        return shown, " · ".join(filter(None, [self.note, said]))

    @property
    def said(self) -> list[str]:
        """Say each row."""
        return [" ".join(cell.text for cell in row) for row in self.rows]

    @property
    def facts(self) -> pd.DataFrame:
        """Write its texts down."""
        texts = [[cell.text for cell in row[1:]] for row in self.rows]
        labels = [row[0].text for row in self.rows]
        return pd.DataFrame(texts, index=labels, columns=list(self.heads[1:]))


@dataclass(frozen=True)
class Number:
    """One big number, and what it is in lines below it; in a low voice where it is `quiet`."""

    text: str
    lines: tuple[str, ...]
    quiet: bool = False


@dataclass(frozen=True)
class Statement:
    """Big numbers, the last the largest, and sentences beside them; either may be missing."""

    simulated: bool
    numbers: tuple[Number, ...] = ()
    sentences: tuple[str, ...] = ()

    @property
    def said(self) -> list[str]:
        """Say each number with its lines, and each sentence."""
        return [", ".join([one.text, *one.lines]) for one in self.numbers] + [*self.sentences]

    @property
    def facts(self) -> pd.DataFrame:
        """Write its numbers down."""
        lines = [", ".join(one.lines) for one in self.numbers]
        return pd.DataFrame({"": lines}, index=[one.text for one in self.numbers])

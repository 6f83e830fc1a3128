"""What changed? `compare` answers with a sentence, a table, slopes and a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import figure, indicators, places, words
from ..draw import Picture
from ..draw.show import Shown
from ..uptake import levels, measure
from . import numbers, pictures, sentences

if TYPE_CHECKING:
    import pandas as pd

At = int | tuple[str, int]
"""A year; or a measure and its year."""


@dataclass(frozen=True, eq=False, repr=False)
class Change(Shown):
    """How a measure changed between two periods, as counted: in each place, and in the whole."""

    changed: pd.DataFrame
    whole: dict[str, float]
    measure: measure.Measure
    origin: str
    source: str = ""
    in_step: bool = False
    """Whether parts moved by so nearly one factor that these are no two counts."""

    @property
    def table(self) -> pd.DataFrame:
        """
        A row a place, the largest rise first: `code`, `name`, `before`, `after` (0 to 1 for a
        share), `change_pp` (hundredths), `within_pp` and `between_pp` (what shares of its parts
        did, and what their weights), `parts` (its parts that both periods have), `parts_up` (those
        that rose), `small`; missing where a period is. `.attrs["whole"]` has the whole.
        """
        found = self.changed.copy()
        found.insert(1, "name", [places.label(code) for code in found["code"]])
        found.attrs["whole"] = dict(self.whole)
        return found

    def __str__(self) -> str:
        return sentences.answer(self)

    def slopes(self) -> Picture:
        """Show each place in both periods."""
        return Picture(pictures.slopes(self))

    def map(self) -> Picture:
        """Show where it rose and fell, beside the ordered list."""
        return Picture(pictures.where(self))

    def picture(self) -> Picture:
        """Show the slopes."""
        return self.slopes()


def compare(what: str | pd.DataFrame, before: At, after: At, *, source: str = "") -> Change:
    """
    Answer what changed between two periods.

    Parameters
    ----------
    what
        A measure of the catalogue; or a frame of one measure: `code`, `year`, `count`, `out_of`,
        `origin`, a row for a place or a part of it.
    before, after
        The years; or each as `(measure, year)`, where its name changed.
    source
        Whom to name below the pictures of a frame.

    Raises
    ------
    LookupError
        If there is no such measure, year or place.
    TypeError
        If a measure is named beside a frame.
    ValueError
        If the two are unlike measures, with what can be compared instead; if years do not rise; if
        no place has both; if a frame lacks a column, a source or the origin of its rows.

    Examples
    --------
    >>> change = compare("app_users", 2022, 2023)
    >>> change.whole["parts_up"], round(change.whole["change_pp"], 1)
    (67, 5.2)
    """
    if isinstance(what, str):
        asked = [one if isinstance(one, tuple) else (what, one) for one in (before, after)]
        years = [year for _, year in asked]
        _require_comparable(*asked)
        what = asked[0][0]
        rows = measure.rows_of(what, years) if years[0] < years[1] else None
    else:
        if isinstance(before, tuple) or isinstance(after, tuple):
            msg = "of a frame, years are expected: hg.compare(frame, before, after, source=...)."
            raise TypeError(msg)
        years = [before, after]
        rows = measure.require(what, source)
        rows = rows[rows["year"].isin(years)]
    if rows is None or years[0] >= years[1]:
        msg = f"a change goes from one year to a later one, not from {years[0]} to {years[1]}."
        raise ValueError(msg)
    if missing := [year for year in years if year not in set(rows["year"])]:
        msg = f"there are no rows of {', '.join(map(str, missing))}."
        raise LookupError(msg)
    found = levels.counts(rows)
    about = measure.of_catalogue(what, years) if isinstance(what, str) else measure.of_frame(found)
    table, whole = numbers.changes(found)
    if table["change_pp"].isna().all():
        ends = {"before": years[0], "after": years[1]}
        raise places.NotGivenError(words.term("change.nowhere", **ends))
    step = levels.in_step(found, about)
    return Change(table, whole, about, figure.worst(rows), source, step)


def _require_comparable(*asked: tuple[str, int]) -> None:
    """Refuse unlike measures in the language in use, with what to do instead."""
    pair = [indicators.get(name, year=year) for name, year in asked]
    try:
        indicators.require_comparable(*pair)
    except ValueError:
        if len({name for name, _ in asked}) == 1:
            raise
        parts = [
            words.term("change.measure", one=one, counts=one.counts, over=one.over) for one in pair
        ]
        orders = [f"  hg.uptake({name!r}, {year}).order()" for name, year in asked]
        msg = "\n".join([words.term("change.unlike"), *parts, words.term("change.alone"), *orders])
        raise ValueError(msg) from None

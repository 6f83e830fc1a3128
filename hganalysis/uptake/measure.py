"""What is counted, out of what, when, in which classes: of the catalogue, or of one's own frame."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from .. import frames, indicators, suppress, words
from ..indicators import Classes, Indicator

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["code", "year", "count", "out_of", "origin"]

# Residents are estimates, and nobody knows by how much one place's are off against another's; where
# numerator and denominator come from one file, nothing is.
DOUBT = 0.1

Told = Literal["periods", "in_step", "one_period"]


@dataclass(frozen=True)
class Measure:
    """
    One measure in its periods.

    `told` is what is known of whether it would hold again, from the periods `known`; `doubt` what
    one denominator may be off by against another. Of a frame's `column` of numbers that were not
    counted, its name.
    """

    name: str
    years: tuple[int, ...]
    classes: Classes
    doubt: float = 0.0
    told: Told = "one_period"
    known: tuple[int, ...] = ()
    column: str = ""

    @property
    def head(self) -> str:
        """What stands above its numbers."""
        return self.column or str(self.years[-1])

    @property
    def ratio(self) -> bool:
        """Whether it is no part of what it is out of."""
        return self.classes.unit != "share"

    @property
    def of_change(self) -> Classes | str:
        """The classes of a change, or its unit alone where the catalogue has none."""
        own = f"{self.classes.unit}_change" if self.ratio else "points"
        return indicators.change_scale(self.name) if self.name else own

    def write(self, share: float) -> str:
        """Write one level; a unit other than % is said once, by the subtitle."""
        return words.value(share, self.classes, bare=self.ratio)

    def series(self, shares: Sequence[float]) -> list[str]:
        """Write round levels as short as they all are."""
        return words.series(shares, self.classes.unit, bare=self.ratio)

    @property
    def described(self) -> Indicator | None:
        """Its texts in the language in use; none of a frame of one's own."""
        return indicators.get(self.name, year=self.years[-1]) if self.name else None

    def subtitle(self, *, when: str | None = None) -> str:
        """Say what is counted, out of what, when."""
        about = self.described
        if self.column:
            return self.column + words.with_unit(self.classes.unit) * self.ratio
        if about is None:
            return words.term("uptake.own", year=when or self.years[-1])
        said = {"label": about.label, "out_of": about.out_of, "when": when or about.when}
        unit = words.term(f"figure.{self.classes.unit}")
        return words.term("uptake.subtitle", unit=unit, **said).rstrip(", ")


def reported() -> dict[str, list[int]]:
    """
    Name the measures of the study in use that have reports, each with its years, first to last.

    Returns
    -------
    measures
        The headline first, then in the order of the catalogue.

    Examples
    --------
    >>> reported()["app_users"]
    [2022, 2023]
    """
    seen = frames.reports().groupby("indicator")["year"].unique()
    names = [name for name in indicators.names() if name in seen]
    headline = indicators.role("headline")
    names.sort(key=lambda name: name != headline)
    return {name: [at for at in indicators.years(name) if at in seen[name]] for name in names}


def rows_of(what: str | pd.DataFrame, source: str = "") -> pd.DataFrame:
    """
    Take the reports of a measure, or the rows of a frame, of all years.

    Raises
    ------
    LookupError
        If there is no such measure.
    ValueError
        If the frame is none of counts: see `require`.
    """
    if not isinstance(what, str):
        return require(what, source)
    indicators.kind(what)  # says what there is, if this is not
    return frames.reports().query("indicator == @what")


def of_catalogue(name: str, years: Sequence[int]) -> Measure:
    """Describe a measure of the catalogue."""
    last = indicators.get(name, year=years[-1])
    doubt = DOUBT if last.denominator == "residents" else 0.0
    return Measure(name, tuple(years), indicators.classes(name), doubt)


def of_frame(counts: pd.DataFrame) -> Measure:
    """Describe a frame: a share if no count is above what it is out of; round classes."""
    sums = counts.groupby(["place", "year"])[["count", "out_of"]].sum(min_count=1)
    share = (sums["count"] / sums["out_of"]).dropna()
    unit = "share" if share.max() <= 1 else "per_1"
    low, high = float(share.min()), float(share.max())
    breaks = tuple(indicators.round_breaks(low, high)) or (high,)
    years = tuple(sorted(int(year) for year in counts["year"].unique()))
    return Measure("", years, Classes("own", breaks, unit), DOUBT)


def require(rows: pd.DataFrame, source: str) -> pd.DataFrame:
    """Refuse a frame that does not say what it counts, or where that comes from."""
    frames.require_columns(rows, COLUMNS)
    rows = frames.require_said(rows, "count", origin=None, source=source)
    count, out_of = rows["count"].astype(float), rows["out_of"].astype(float)
    faults = {
        "stands twice for its place and year": rows.duplicated(["code", "year"], keep=False),
        "has a negative number": (count < 0) | (out_of < 0),
        "counts something out of nothing": (count > 0) & (out_of == 0),
    }
    frames.refuse(rows[["code", "year"]], faults)
    return suppress.refuse_small(rows)


Asked = int | Sequence[float] | None
"""How many classes, or their borders."""


def chosen(values: pd.Series, column: str, classes: Asked, unit: str | None) -> Classes:
    """
    Give a column its classes: those that are asked for, those of the catalogue, else round ones.

    Raises
    ------
    ValueError
        If a number is no share between 0 and 1 where the unit is `"share"`.
    """
    if classes is None and column in indicators.quantities():
        return indicators.classes(column)
    known = values.dropna()
    if unit is None:
        whole = bool((known == known.round()).all())
        share = "share" in re.split("[^a-z]+", column.casefold())
        unit = "share" if share else "count" if whole else "decimal"
    if unit == "share" and ((known < 0) | (known > 1)).any():
        msg = f"{column!r} has numbers that are no share between 0 and 1. Name another unit=."
        raise ValueError(msg)
    if classes is None or isinstance(classes, int):
        return Classes(column, _breaks(known, classes or 5), unit)
    return Classes(column, tuple(classes), unit)


def _breaks(values: pd.Series, number: int) -> tuple[float, ...]:
    """Choose borders with about as many places between each two, as round as leaves none empty."""
    import mapclassify  # type: ignore[import-untyped]

    if (kinds := min(number, values.nunique())) < 2:
        return tuple(values.head(1).map(float)) or (0.0,)
    borders = np.unique(mapclassify.Quantiles(values, k=kinds).bins[:-1])
    for digits in range(-15, 15):
        rounded = np.unique(borders.round(digits))
        if len(set(np.digitize(values, rounded))) == len(borders) + 1:
            return tuple(rounded.tolist())
    return tuple(borders.tolist())

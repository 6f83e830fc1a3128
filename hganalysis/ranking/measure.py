"""What is counted, out of what, when, in which classes: of the catalogue, or of a user's frame."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from .. import figure, frames, indicators, places, refusals, suppress, words
from ..indicators import Classes, Indicator
from ..periods import PeriodKey, order_periods, read_column

COLUMNS = ["code", "period", "count", "out_of", "origin"]

# Residents are estimates, and nobody knows how much those of one place are off against those of
# another. Where numerator and denominator come from one file, there is no such error.
RESIDENTS_ERROR = 0.1

# Classes of a map of a frame, where nobody says how many.
DEFAULT_CLASSES = 5

Evidence = Literal["periods", "in_step", "one_period", "first_period", "few_places", "volume"]
"""Why something, or nothing, is known about a similar period; also a key of `texts.toml`."""

ClassesOption = int | Sequence[float] | None
"""How many classes, or their breaks."""


class Estimates(NamedTuple):
    """Places with counts of former places that were divided, and the periods of these counts."""

    codes: tuple[str, ...] = ()
    periods: tuple[PeriodKey, ...] = ()

    def note(self) -> str:
        """Name the places; nothing if there are none."""
        if not self.codes:
            return ""
        names = words.join_some(places.labels(self.codes))
        periods = words.join_all(list(map(words.short_period, self.periods)))
        return words.term("uptake.estimated", names=names, periods=periods)


NO_ESTIMATES = Estimates()


@dataclass(frozen=True)
class Measure:
    """One measure in its periods."""

    name: str
    """In the catalogue; empty for a user's frame."""
    periods: tuple[PeriodKey, ...]
    classes: Classes
    denominator_error: float = 0.0
    """How much one denominator may be off against another, as a share of it."""
    evidence: Evidence = "one_period"
    evidence_periods: tuple[PeriodKey, ...] = ()
    doubtful: tuple[tuple[PeriodKey, ...], ...] = ()
    """Two periods each between which all moved so evenly that it is asked whether both were
    counted; nothing is learnt from them."""
    column: str = ""
    """Name of a frame's column of numbers that were not counted."""
    estimates: Estimates = NO_ESTIMATES

    @property
    def head(self) -> str:
        """Give the column head of its numbers."""
        return self.column or words.short_period(self.periods[-1])

    @property
    def is_ratio(self) -> bool:
        """Whether it may exceed what it is out of."""
        return self.classes.unit != "share"

    @property
    def is_complete(self) -> bool:
        """Whether all were counted; of a frame nothing else is known."""
        return not self.name or indicators.counted(self.name) == "complete"

    def term(self, key: str, **blanks: object) -> str:
        """Give a text that says otherwise of numbers that are estimates or come from a sample."""
        return words.term(key if self.is_complete else f"{key}_uncounted", **blanks)

    @property
    def is_of_residents(self) -> bool:
        """Whether it is out of residents, which are estimates."""
        return self.denominator_error > 0

    @property
    def change_scale(self) -> Classes | str:
        """The classes of a change, or its unit alone where the catalogue has none."""
        if self.name:
            return indicators.change_scale(self.name)
        return f"{self.classes.unit}_change" if self.is_ratio else "points"

    def write(self, share: float) -> str:
        """Write one number; a unit other than % is in the subtitle only."""
        return words.value(share, self.classes, bare=self.is_ratio)

    def write_rows(self, shares: pd.DataFrame) -> pd.DataFrame:
        """Write the shares of each place in several periods, so that a change shows."""
        return figure.write_rows(shares, self.classes, bare=self.is_ratio)

    def write_series(self, shares: Sequence[float]) -> list[str]:
        """Write round numbers, all with the same decimals, as few as they need."""
        return words.series(shares, self.classes.unit, bare=self.is_ratio)

    @property
    def evidence_span(self) -> dict[str, str]:
        """Name the first and the last period of the evidence, for the blanks of texts."""
        periods = self.evidence_periods or self.periods
        return {"start": words.short_period(periods[0]), "end": words.short_period(periods[-1])}

    def question(self) -> str:
        """Ask whether the periods were counted between which all moved too evenly."""
        if not self.doubtful:
            return ""
        spans = [" – ".join(map(words.short_period, pair)) for pair in self.doubtful]
        listed = words.join_some(spans, more="words.more_periods")
        return words.term("uptake.doubtful", spans=listed)

    @property
    def indicator(self) -> Indicator | None:
        """Its texts in the language in use; a user's frame has none."""
        if not self.name:
            return None
        return indicators.get(self.name, period=self.periods[-1])

    def subtitle(self, *, when: str | None = None) -> str:
        """Say what is counted, out of what, when."""
        indicator = self.indicator
        if indicator is None:
            unit = words.with_unit(self.classes.unit) if self.is_ratio else ""
            text = self.column or words.term(
                "uptake.own", period=when or words.short_period(self.periods[-1])
            )
            return text + unit
        text = words.term(
            "uptake.subtitle",
            label=indicator.label,
            unit=words.term(f"figure.{self.classes.unit}"),
            out_of=indicator.out_of,
            when=when or indicator.when,
        )
        return text.rstrip(", ")


def reported(*, groups: bool = False) -> dict[str, list[PeriodKey]]:
    """
    Name the measures of the study in use that have reports, each with its periods, first to last.

    Parameters
    ----------
    groups
        Whether those of groups are named, too, such as women; `hg.gap` compares them.

    Returns
    -------
    measures
        The headline first, then in the order of the catalogue.

    Examples
    --------
    >>> reported()["app_users"]
    [2022, 2023]
    """
    periods_reported = frames.reports().groupby("indicator")["period"].unique()
    of_groups = {name for split in indicators.splits() for name in split.groups}
    names = [name for name in indicators.names() if name in periods_reported]
    names = [name for name in names if groups or name not in of_groups]
    headline = indicators.role("headline")
    names.sort(key=lambda name: name != headline)  # False is first
    return {
        name: [period for period in indicators.periods(name) if period in periods_reported[name]]
        for name in names
    }


def load_reports(
    what: str | pd.DataFrame, source: str = "", kind: str | None = None
) -> pd.DataFrame:
    """
    Take the reports of a measure, or the rows of a frame, of all periods.

    Parameters
    ----------
    kind
        Of a frame: `"share"` or `"ratio"`, see `frames.kind_of`.

    Raises
    ------
    LookupError
        If there is no such measure.
    ValueError
        If the frame has no counts that can be used: see `check_frame`.
    """
    if not isinstance(what, str):
        return check_frame(what, source, kind)
    indicators.kind(what)  # refuses a name that is not in the catalogue
    # `query` hushes a warning of pandas in all threads at once, and one of them may raise it
    reports = frames.reports()
    return reports[reports["indicator"] == what]


def describe(
    what: str | pd.DataFrame, counts: pd.DataFrame, periods: Sequence[PeriodKey]
) -> Measure:
    """Describe what is counted, from the catalogue or from the counts of a frame."""
    estimates = NO_ESTIMATES
    if "shared" in counts:
        shared = counts[counts["shared"].eq(other=True)]
        estimates = Estimates(tuple(shared["code"].unique()), tuple(shared["period"].unique()))
    if not isinstance(what, str):
        return replace(_describe_frame(counts), estimates=estimates)
    indicator = indicators.get(what, period=periods[-1])
    error = RESIDENTS_ERROR if indicator.denominator == "residents" else 0.0
    return Measure(what, tuple(periods), indicators.classes(what), error, estimates=estimates)


def _describe_frame(counts: pd.DataFrame) -> Measure:
    """Describe a frame, with round classes."""
    sums = counts.groupby(["place", "period"])[["count", "out_of"]].sum(min_count=1)
    share = (sums["count"] / sums["out_of"]).dropna()
    low, high = float(share.min()), float(share.max())
    unit = "share"
    if frames.kind_of(counts) == "ratio":
        unit = "per_1" if high >= 1 else "per_1000"
    breaks = tuple(indicators.round_breaks(low, high)) or (high,)
    periods = tuple(order_periods(counts["period"].unique()))
    return Measure("", periods, Classes("own", breaks, unit), RESIDENTS_ERROR)


def check_frame(rows: pd.DataFrame, source: str, kind: str | None) -> pd.DataFrame:
    """Refuse a frame that does not say what it counts, or where that comes from."""
    rows = read_column(rows)
    frames.require_columns(rows, COLUMNS)
    rows = frames.require_provenance(rows, "count", origin=None, source=source)
    rows = frames.read_frame(rows).assign(kind=frames.kind_of(rows, kind))
    is_twice = rows.duplicated(["code", "period"], keep=False)
    refusals.refuse(rows[["code", "period"]], {words.term("refusals.twice"): is_twice})
    frames.require_counts(rows, frames.kind_of(rows))
    frames.refuse_percents(rows, "count", "out_of")
    frames.require_names(rows)
    return suppress.refuse_small(rows)


def choose_classes(
    values: pd.Series, column: str, classes: ClassesOption, unit: str | None
) -> Classes:
    """
    Give a column its classes: those of the caller, else those of the catalogue, else round ones.

    Raises
    ------
    ValueError
        If a number is no share between 0 and 1 where the unit is `"share"`.
    """
    if classes is None and column in indicators.quantities():
        if indicators.has_classes(column):
            return indicators.classes(column)
        unit = unit or indicators.quantity_unit(column)
    numbers = values.dropna()
    unit = unit or _guess_unit(numbers, column)
    if unit == "share" and ((numbers < 0) | (numbers > 1)).any():
        msg = words.term("uptake_errors.no_share", column=column)
        raise ValueError(msg)
    if classes is None or isinstance(classes, int):
        breaks = _quantile_breaks(numbers, classes or DEFAULT_CLASSES)
    else:
        breaks = tuple(classes)
    return Classes(column, breaks, unit)


def _guess_unit(numbers: pd.Series, column: str) -> str:
    """Guess the unit from the name of the column, else from its numbers."""
    if "share" in re.split("[^a-z]+", column.casefold()):
        return "share"
    are_whole = bool((numbers == numbers.round()).all())
    return "count" if are_whole else "decimal"


def _quantile_breaks(values: pd.Series, n_classes: int) -> tuple[float, ...]:
    """Choose breaks at quantiles, rounded as far as every class still has a place."""
    n_classes = min(n_classes, values.nunique())
    if n_classes < 2:
        return tuple(values.head(1).map(float)) or (0.0,)
    breaks = np.unique(np.quantile(values, np.arange(1, n_classes) / n_classes))
    for decimals in range(-15, 15):
        rounded = np.unique(breaks.round(decimals))
        classes_with_places = set(np.digitize(values, rounded))
        if len(classes_with_places) == len(breaks) + 1:
            return tuple(rounded.tolist())
    return tuple(breaks.tolist())

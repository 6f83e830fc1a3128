"""What is counted, out of what, when: texts of the catalogue, or of a frame of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from matplotlib.ticker import MaxNLocator

from .. import frames, indicators, suppress, words
from ..indicators import Classes, Indicator

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

COLUMNS = ["code", "year", "count", "out_of", "origin"]

# Residents are estimates, and nobody knows by how much one place's are off against another's; where
# numerator and denominator come from one file, nothing is.
DOUBT = 0.1

# Steps of an axis, and borders of classes, that a reader counts in.
ROUND = [1, 2, 5, 10]

Told = Literal["periods", "in_step", "one_period"]


@dataclass(frozen=True)
class Measure:
    """
    One measure in its periods.

    `told` is what is known of whether it would hold again, from the periods `known`; `doubt` what
    one denominator may be off by against another.
    """

    name: str
    years: tuple[int, ...]
    classes: Classes
    doubt: float = 0.0
    told: Told = "one_period"
    known: tuple[int, ...] = ()

    @property
    def ratio(self) -> bool:
        """Whether it is no part of what it is out of."""
        return self.classes.unit != "share"

    def write(self, share: float) -> str:
        """Write one level; a unit other than % is said once, by the subtitle."""
        return words.value(share, self.classes, bare=self.ratio)

    def ticks(self, shares: Sequence[float]) -> list[str]:
        """Write round levels as short as they all are."""
        return words.series(shares, self.classes.unit, bare=self.ratio)

    @property
    def described(self) -> Indicator | None:
        """Its texts in the language in use; none of a frame of one's own."""
        return indicators.get(self.name, year=self.years[-1]) if self.name else None

    def subtitle(self, *, when: str | None = None) -> str:
        """Say what is counted, out of what, when."""
        about = self.described
        if about is None:
            return words.term("uptake.own", year=self.years[-1] if when is None else when)
        unit = words.term(f"figure.{self.classes.unit}")
        said = {"label": about.label, "out_of": about.out_of, "unit": unit}
        when = about.when if when is None else when
        return words.term("uptake.subtitle", when=when, **said).rstrip(", ")


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


def rows_of(name: str, years: Sequence[int]) -> pd.DataFrame:
    """
    Take the reports of a measure in some years.

    Raises
    ------
    LookupError
        If there are none of one of them.
    """
    indicators.get(name, year=years[-1])  # says what there is, if this is not
    rows = frames.reports().query("indicator == @name and year in @years")
    missing = [year for year in years if year not in set(rows["year"])]
    if missing:
        msg = (
            f"there are no reports of {name} in {', '.join(map(str, missing))}; "
            f"there are of {reported().get(name, 'no year')}."
        )
        raise LookupError(msg)
    return rows


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
    breaks = MaxNLocator(5, prune="both", steps=ROUND).tick_values(share.min(), share.max())
    inside = [float(at) for at in breaks if share.min() < at <= share.max()]
    years = tuple(sorted(int(year) for year in counts["year"].unique()))
    return Measure("", years, Classes("own", tuple(inside or [share.max()]), unit), DOUBT)


def require(rows: pd.DataFrame, source: str) -> pd.DataFrame:
    """Refuse a frame that does not say what it counts, or where that comes from."""
    missing = [name for name in COLUMNS if name not in rows]
    if missing:
        msg = f"the frame has no column {', '.join(missing)}; expected {', '.join(COLUMNS)}."
        raise ValueError(msg)
    if rows.empty:
        msg = "the frame has no rows."
        raise ValueError(msg)
    frames.require_said(rows, "count", origin=None, source=source)
    frames.require_origins(rows["origin"])
    twice = rows[rows.duplicated(["code", "year"], keep=False)]
    if len(twice):
        cases = ", ".join(map(str, twice["code"].unique()[:5]))
        msg = f"{len(twice)} rows stand twice for their place and year: {cases}. Keep one of each."
        raise ValueError(msg)
    count, out_of = rows["count"].astype(float), rows["out_of"].astype(float)
    wrong = rows[(count < 0) | (out_of < 0) | (count > 0) & (out_of == 0)]
    if len(wrong):
        cases = ", ".join(map(str, wrong["code"].unique()[:5]))
        msg = f"{len(wrong)} rows have a negative number, or count out of nothing: {cases}."
        raise ValueError(msg)
    suppress.refuse_small(rows)
    return rows

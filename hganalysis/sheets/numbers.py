"""Gather the numbers of all sheets at once; each sheet takes those of its place."""

from contextlib import suppress as passing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from .. import places, words
from ..change import Change, compare
from ..change.trend import share_of_whole
from ..periods import PeriodKey, earlier_than, read_period
from ..ranking import Uptake, counts, uptake
from ..ranking.measure import Measure, load_reports, reported

# A trend shows so many periods: more rows are no trend that is read in ten seconds.
MAX_PERIODS = 12


@dataclass(frozen=True, eq=False)
class Numbers:
    """What is known of a measure in one period, in all places."""

    ranking: Uptake
    change: Change | None
    """Since the period before; None where no place has both."""
    beside: tuple[Uptake, ...]
    """Of each other measure, in its last period."""
    shares: pd.DataFrame
    """One row for each place, one column for each period up to this one."""
    whole: pd.Series
    """The share of all places together in each period; missing where a place lacks it."""
    parts: pd.DataFrame
    """`Uptake.parts`, with the share `before` and how many are `not_reached`."""

    @cached_property
    def table(self) -> pd.DataFrame:
        """Index `code`: as `Uptake.table`, with how many are `not_reached`."""
        counted = self.ranking.counted.set_index("code")
        names = places.labels(counted.index)
        return with_not_reached(counted.assign(name=names), self.measure)

    def place(self, code: str) -> Any:  # noqa: ANN401  (a frame does not know its types)
        """Take the row of a place."""
        return self.table.loc[code]

    @property
    def measure(self) -> Measure:
        """The measure in its periods."""
        return self.ranking.measure

    def parts_of(self, code: str) -> pd.DataFrame:
        """Take the parts of a place, the highest first; those without a number last."""
        parts = self.parts[self.parts["place"] == code]
        return parts.sort_values("share", ascending=False, kind="stable")


def gather(measure: str | None = None, period: PeriodKey | str | None = None) -> Numbers:
    """
    Answer the questions of a sheet for all places.

    Parameters
    ----------
    measure, period
        By default the headline, and its last period.
    """
    periods = reported()
    if not periods:
        raise LookupError(words.term("answers.no_reports"))
    name = measure or next(iter(periods))
    if name not in periods:
        near = words.did_you_mean(name, periods)
        listed = ", ".join(periods)
        raise LookupError(words.term("sheet_errors.none", measure=name, names=listed, near=near))
    key = read_period(period or periods[name][-1]).key
    ranking = uptake(name, key)

    shown_periods = [*earlier_than(periods[name], key), key][-MAX_PERIODS:]
    # the shares of all places in the last periods
    counted = counts.select_periods(name, load_reports(name), shown_periods)
    parts = with_not_reached(ranking.parts, ranking.measure).assign(before=float("nan"))
    # the period before, if there is one, and what changed since
    change = None
    if len(shown_periods) > 1:
        before = shown_periods[-2]
        earlier_parts = uptake(name, before).parts.set_index("code")
        parts["before"] = parts["code"].map(earlier_parts["share"]).astype(float)
        with passing(places.NotGivenError):
            change = compare(name, before, key)
    shares = counts.shares_by_period(counted, ranking.measure)
    measures_beside = [measure for measure in periods if measure != name]
    beside = tuple(uptake(measure, periods[measure][-1]) for measure in measures_beside)
    return Numbers(
        ranking,
        change,
        beside,
        shares.reindex(ranking.counted["code"]),
        share_of_whole(counted),
        parts,
    )


def with_not_reached(rows: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Subtract the users from those who could be users; of other measures there is no such rest."""
    indicator = measure.indicator
    if indicator and indicator.users and indicator.kind == "share":
        not_reached = rows["out_of"] - rows["count"]
        return rows.assign(not_reached=not_reached.where(rows["share"].notna()))
    return rows.assign(not_reached=float("nan"))


def share_of_all(ranking: Uptake) -> float:
    """Divide the counts of all places together; missing where a place has none."""
    sums = ranking.counted[["count", "out_of"]].astype(float).sum(skipna=False)
    return float(sums["count"] / sums["out_of"])

"""What the atlas counts: a measure in all places and periods, or why a number is missing."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from .. import figure, frames, indicators, places, words
from ..indicators import Classes, Indicator
from ..periods import PeriodKey
from ..ranking import Uptake, counts, uptake
from ..ranking.levels import add_levels, are_unranked
from ..ranking.measure import Measure, choose_classes, describe, load_reports
from ..ranking.volume import Volumes, compare_volumes
from ..study import Study
from .answers import periods_of_exposure

# Instead of a count: why there is none. The page has a word for each.
MISSING, HIDDEN, FEW, INCOMPLETE = 0, 1, 2, 3

PLAIN = ["count", "out_of"]


class Counted(NamedTuple):
    """A measure in its periods, counted in the whole list: a page takes its places out of it."""

    measure: Measure
    levels: dict[str, pd.DataFrame]
    """By level, one row for each `code` and `period`: `count`, `out_of`, `place` (its district),
    and `why` a number is missing."""
    rankings: dict[PeriodKey, Uptake]
    """By period, the ranking of all districts; of a density there is none."""
    origin: str
    step: counts.StepKind = "counted"
    volumes: Volumes | None = None
    """How much was in the denominators on a day of the last two periods, if far from alike."""

    def indicator(self, period: PeriodKey) -> Indicator:
        """Describe it in one period, in the language in use."""
        if not self.rankings:
            return indicators.describe_density(period)
        return indicators.get(self.measure.name, period=period)

    def table(self, level: str, period: PeriodKey, codes: pd.Index | None = None) -> pd.DataFrame:
        """
        Give each place its `count`, `out_of` and `share`, or `why` it has none; by default all.

        Places are ranked among all, and not among those of a page.
        """
        rows = _rows_of_period(self.levels[level], period)
        if codes is None:
            return _add_share(rows, self.measure)
        rows = rows.reindex(rows.index.union(codes))
        return _add_share(rows, self.measure).loc[codes]

    def whole(self, period: PeriodKey, codes: pd.Index) -> pd.DataFrame:
        """Add districts up, where each has a number, to a table of one row."""
        rows = _rows_of_period(self.levels["district"], period).reindex(codes)
        sums = rows[PLAIN].sum(skipna=False)
        is_known = rows["count"].notna() | (rows["why"] == INCOMPLETE)
        sums["why"] = INCOMPLETE if is_known.any() else rows["why"].min()
        return _add_share(sums.to_frame().T, self.measure)

    def why_no_sum(self, period: PeriodKey, codes: pd.Index) -> str:
        """Say how many of the places that would be added up have no number."""
        level = "commune" if len(self.levels["commune"]) else "district"
        rows = _rows_of_period(self.levels[level], period)
        rows = rows[rows["place"].isin(codes)]
        return say_gaps("no_sum", level, rows["count"], period=words.short_period(period))


def _rows_of_period(rows: pd.DataFrame, period: PeriodKey) -> pd.DataFrame:
    return rows[rows.index.get_level_values("period") == period].droplevel("period")


def _add_share(rows: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Divide; what is too few to say has no share. Say which places are `is_tiny`."""
    is_known = rows[PLAIN].notna().all(axis="columns")
    levels = add_levels(rows[PLAIN], measure, ~is_known)
    rows = rows.assign(**levels[["count", "share", "rank", "left_out"]])
    why = rows["why"].astype(float).fillna(MISSING)
    is_few = is_known & rows["left_out"].eq("few")
    why = why.mask(is_known).mask(is_few, FEW)
    rows = rows.assign(why=why)
    return rows.assign(is_tiny=are_unranked(rows, measure))


def say_gaps(key: str, level: str, numbers: pd.Series, **blanks: object) -> str:
    """Say how many places have no number, out of how many."""
    gaps = words.number(numbers.isna().sum())
    n_places = words.number(len(numbers))
    return words.term(f"atlas.{key}_{level}", gaps=gaps, all=n_places, **blanks)


def count(name: str, periods: list[PeriodKey]) -> Counted:
    """Count a measure in all its places and periods; a hidden number goes no further than here."""
    rows = counts.select_periods(name, load_reports(name), periods)
    levels = _add_levels(rows)
    rankings = {period: uptake(name, period) for period in periods}
    measure = describe(name, rows, periods)
    step: counts.StepKind = "counted"
    volumes = None
    if len(periods) > 1:
        last_two = replace(measure, periods=tuple(periods[-2:]))
        step = counts.judge_step(rows, last_two)
        volumes = compare_volumes(rows, last_two)
    return Counted(measure, levels, rankings, figure.worst_origin(rows), step, volumes)


def count_density(of: Study) -> list[Counted]:
    """Count the exposure, such as the members of teams, for so many residents; if there is one."""
    periods = periods_of_exposure()
    if not periods or "exposure" not in of.described:
        return []
    teams = frames.teams()
    rows = frames.density(teams[teams["period"].isin(periods)])
    classes = choose_classes(rows[of.density], of.density, None, None)
    # the classes are of numbers for 1,000 residents, and the counts are for one
    breaks = tuple(number / of.per for number in classes.breaks)
    classes = Classes(of.density, breaks, f"per_{of.per}")
    rows = rows.rename(columns={"members": "count", "population": "out_of"})
    rows = rows.assign(place=places.parents(rows["code"], "district"), hidden=False)
    measure = Measure(of.density, tuple(periods), classes)
    return [Counted(measure, _add_levels(rows), {}, figure.worst_origin(rows))]


def _add_levels(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Add districts up, and keep their parts beside them, without hidden numbers."""
    rows = rows.assign(why=np.where(rows["hidden"], HIDDEN, MISSING))
    is_part = rows["code"] != rows["place"]
    parts = rows[is_part].set_index(["code", "period"])
    parts[PLAIN] = parts[PLAIN].astype(float).mask(parts["hidden"])
    return {"district": _sum_by_place(rows), "commune": parts}


def _sum_by_place(rows: pd.DataFrame) -> pd.DataFrame:
    """Add parts up where each has a number; else say why there is no sum."""
    by_place = [rows["place"].rename("code"), rows["period"]]
    sums = rows.groupby(by_place)[PLAIN].sum(skipna=False)
    sums["place"] = sums.index.get_level_values("code")
    has_count = rows["count"].notna()
    some_are_known = (has_count & ~rows["hidden"]).groupby(by_place).any()
    # that a report never came is said rather than that one is hidden
    why = rows["why"].mask(has_count).groupby(by_place).min()
    sums["why"] = why.mask(some_are_known, INCOMPLETE)
    return sums

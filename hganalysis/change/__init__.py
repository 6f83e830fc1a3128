"""What changed? `compare` answers with a sentence, a table, slopes and a map."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .. import frames, indicators, places, words
from ..draw import Answer, Composers, Picture, in_one_study
from ..periods import PeriodKey, earlier_than, order_periods, read_period, require_later
from ..ranking import counts
from ..ranking.levels import SMALL
from ..ranking.measure import Measure, describe, load_reports
from ..ranking.volume import Volumes, compare_volumes, since_comparable
from . import pictures, sentences
from .trend import Trend, find_trend, share_of_whole

# More slopes have no room for a name each in a picture of half a page.
MAX_SLOPES = 12

MeasureInPeriod = PeriodKey | tuple[str, PeriodKey]
"""A period; or a measure and its period."""


@dataclass(frozen=True, eq=False, repr=False)
class Change(Answer):
    """How a measure changed between two periods, as counted: in each place, and in the whole."""

    changed: pd.DataFrame
    whole: dict[str, float]
    measure: Measure
    origin: str
    source: str = ""
    step: counts.StepKind = "counted"
    """Whether these are two counts, or all parts moved by nearly one factor."""
    volumes: Volumes | None = None
    """How much was in the denominator on a day of each, where these differ threefold or more."""
    trend: Trend | None = None
    """How the whole moved up to the later period, where there are four or more."""
    shares: pd.DataFrame = field(default_factory=pd.DataFrame)
    """One row for each place, one column for each period up to the later one, and `origin`."""
    whole_by_period: pd.Series = field(default_factory=pd.Series)
    """The level of the whole in each of them; missing where a place lacks it."""

    @property
    def table(self) -> pd.DataFrame:
        """
        One row for each place, the largest rise first; `.attrs["whole"]` has the whole.

        - `code`, `name`;
        - `before`, `after`: from 0 to 1 for a share;
        - `change_pp`: the change, in percentage points for a share;
        - `within_pp`, `between_pp`: how much of it is from the shares of the parts, and how much
          from their weights; missing where a place has no parts;
        - `parts`, `parts_up`: how many parts both periods have, and how many of them rose;
        - `small`: whether a count is so small that chance alone changes it a lot;
        - `left_out`: why there is no change: `"missing"`, `"hidden"` or `"few"`;
        - `origin`: the least firm origin of its numbers.

        Numbers of a place that lacks a period are missing.
        """
        table = self.changed.copy()
        table.insert(1, "name", places.labels(table["code"]))
        table.attrs["whole"] = dict(self.whole)
        return table

    def describe(self) -> str:
        """
        Say how the whole, its places and their parts changed.

        Examples
        --------
        >>> import hganalysis as hg
        >>> with hg.words.use("en"):
        ...     hg.compare("app_users", 2022, 2023).describe()[:60]
        'Up 5.2 percentage points in the province, from 23.6% to 28.8'
        """
        return sentences.full_answer(self)

    @property
    def figures(self) -> Composers:
        """The slopes first where there are two periods of few places; else the line over time."""
        shares = self.shares.drop(columns="origin")
        n_changed = self.changed["change_pp"].notna().sum()
        figures = {
            "slopes": self.later(pictures.slope_chart, self),
            "over_time": self.later(pictures.courses, self, shares, self.whole_by_period),
            "map": self.later(pictures.map_of_changes, self),
        }
        if shares.shape[1] > 2 or n_changed > MAX_SLOPES:
            figures["slopes"] = figures.pop("slopes")
        return figures

    def slopes(self) -> Picture:
        """
        Show each place in both periods.

        Examples
        --------
        >>> import hganalysis as hg
        >>> picture = hg.compare("app_users", 2022, 2023).slopes()
        """
        return Picture(self.figures["slopes"]())

    def over_time(self) -> Picture:
        """
        Show the level of each place in every period up to the later one.

        Examples
        --------
        >>> import hganalysis as hg
        >>> with hg.Study.open("hau_giang_2025").use():
        ...     picture = hg.compare("app_users", "2026-Q1", "2026-Q2").over_time()
        """
        return Picture(self.figures["over_time"]())

    def map(self) -> Picture:
        """
        Show where it rose and fell, beside the ordered list.

        Examples
        --------
        >>> import hganalysis as hg
        >>> picture = hg.compare("app_users", 2022, 2023).map()
        """
        return Picture(self.figures["map"]())


class Changes(NamedTuple):
    """Changes of places, and that of the whole."""

    table: pd.DataFrame
    whole: dict[str, float]


@in_one_study
def compare(
    what: str | pd.DataFrame,
    before: MeasureInPeriod,
    after: MeasureInPeriod,
    *,
    source: str = "",
    kind: str | None = None,
) -> Change:
    """
    Answer what changed between two periods.

    Parameters
    ----------
    what
        A measure of the catalogue; or a frame of one measure: `code`, `period`, `count`, `out_of`,
        `origin`, one row for each place or each part of a place.
    before, after
        The periods; or each as `(measure, period)`, where its name changed.
    source
        For a frame, who counted it: the pictures say so.
    kind
        For a frame, `"share"` or `"ratio"`: see `hg.uptake`.

    Raises
    ------
    LookupError
        If there is no such measure, period or place.
    TypeError
        If a measure is named beside a frame.
    ValueError
        If the two are unlike measures, with what can be compared instead; if periods do not rise;
        if no place has both; if a frame lacks a column, a source or the origin of its rows.

    Examples
    --------
    >>> change = compare("app_users", 2022, 2023)
    >>> change.whole["parts_up"], round(change.whole["change_pp"], 1)
    (67, 5.2)
    """
    if isinstance(what, str):
        # the measure may have had another name in one of the periods
        indicator, later = _find_indicator(what, before), _find_indicator(what, after)
        indicators.require_comparable(indicator, later)
        what, first, last = indicator.name, indicator.period, later.period
    elif isinstance(before, tuple) or isinstance(after, tuple):
        msg = words.term("change_errors.periods")
        raise TypeError(msg)
    else:
        first, last = read_period(before).key, read_period(after).key
        require_later(first, last)

    reports = load_reports(what, source, kind)
    counted = counts.select_periods(what, reports, [first, last])
    measure = describe(what, counted, [first, last])
    changes = subtract_periods(counted, measure)
    if changes.table["change_pp"].isna().all():
        msg = words.term(
            "change.nowhere",
            before=words.short_period(first),
            after=words.short_period(last),
        )
        raise places.NotGivenError(msg)
    reported = order_periods(reports["period"].unique())
    of_every_period = counts.select_periods(what, reports, reported)
    up_to_last = [*earlier_than(reported, last), last]
    over_time = of_every_period[of_every_period["period"].isin(up_to_last)]
    # how it was up to the later period
    shares = counts.shares_by_period(over_time, measure)
    shares["origin"] = frames.worst_origin(over_time["origin"])
    # how much there was to count in a day
    volumes = compare_volumes(counted, measure)
    # a source that was filling up has no trend
    of_all_periods = replace(measure, periods=tuple(up_to_last))
    comparable = since_comparable(over_time, of_all_periods)
    whole_by_period = share_of_whole(over_time)
    return Change(
        shares=shares,
        whole_by_period=whole_by_period,
        changed=changes.table,
        whole=changes.whole,
        measure=measure,
        origin=frames.worst_origin(counted["origin"]),
        source=source,
        step=counts.judge_step(of_every_period, measure),
        volumes=volumes,
        trend=find_trend(whole_by_period[[*comparable]]),
    )


def _find_indicator(name: str, period: MeasureInPeriod) -> indicators.Indicator:
    if isinstance(period, tuple):
        name, period = period
    return indicators.get(name, period=read_period(period).key)


def subtract_periods(counted: pd.DataFrame, measure: Measure) -> Changes:
    """
    Subtract the first of two periods from the second.

    A place that lacks a part in a period has no number for it, and then the whole has none, either.

    Parameters
    ----------
    counted
        As `counts.select_periods` gives them, of two periods.

    Returns
    -------
    table, whole
        `before`, `after`, `change_pp`, `within_pp` and `between_pp` (see `decompose`), `parts` and
        `parts_up`; the table also has `small`, `left_out` and `origin`.
    """
    every_place = pd.Index(places.compared().index, name="code")
    count = counts.sum_places(counted, "count").reindex(every_place)
    table = _add_change(counts.shares_by_period(counted, measure))
    table = table.join([decompose(counted), _count_parts(counted)])
    table = table.reindex(every_place)
    table["small"] = (count < SMALL).any(axis=1)
    table["left_out"] = counts.why_left_out(counted, measure)
    table["origin"] = counts.worst_of_places(counted, every_place)
    for column in ["parts", "parts_up"]:
        table[column] = table[column].fillna(0).astype(int)
    # a place without parts is no part of itself
    places_with_parts = counted.loc[counted["code"] != counted["place"], "place"]
    has_parts = table.index.isin(places_with_parts)
    is_split = table["change_pp"].notna() & has_parts
    table.loc[~is_split, ["within_pp", "between_pp"]] = float("nan")
    table = table.sort_values("change_pp", ascending=False, kind="stable")

    # if a place lacks a period, the sum without it would be no change of the whole
    shares = share_of_whole(counted)
    whole: dict[Any, float] = _add_change(shares.to_frame().T).iloc[0].to_dict()
    components = decompose(counted.assign(place="whole")).iloc[0]
    if pd.isna(whole["change_pp"]):
        components[:] = float("nan")
    counted_twice = table[table["change_pp"].notna()]
    whole |= components.to_dict() | counted_twice[["parts", "parts_up"]].sum().to_dict()
    return Changes(table.reset_index(), whole)


def decompose(counted: pd.DataFrame) -> pd.DataFrame:
    """
    Split a change in two components, which add up to it.

    `within_pp` is what the shares of the parts did. `between_pp` is what their weights did: more of
    the people, or of the files, are where the share is higher.

    References
    ----------
    Kitagawa, E. M. (1955). "Components of a Difference Between Two Rates." JASA 50 (272),
    1168-1194. https://doi.org/10.1080/01621459.1955.10501299
    """
    wide = counted.pivot(index=["place", "code"], columns="period", values=["count", "out_of"])
    place = wide.index.get_level_values("place")
    share = (wide["count"] / wide["out_of"]).to_numpy()
    # a group without people has no share: that of the other makes no difference
    share = np.where(wide["out_of"] == 0, share[:, ::-1], share)
    out_of_place = wide["out_of"].groupby(place).transform("sum")
    weight = (wide["out_of"] / out_of_place).to_numpy()
    within = (share[:, 1] - share[:, 0]) * weight.mean(axis=1)
    between = (weight[:, 1] - weight[:, 0]) * share.mean(axis=1)
    components = pd.DataFrame({"within_pp": 100 * within, "between_pp": 100 * between})
    return components.groupby(place).sum(skipna=False)


def _add_change(shares: pd.DataFrame) -> pd.DataFrame:
    table = shares.set_axis(["before", "after"], axis="columns")
    return table.assign(change_pp=100 * (table["after"] - table["before"]))


def _count_parts(counted: pd.DataFrame) -> pd.DataFrame:
    """Count the parts of each place that have both periods, and those that rose."""
    share = (counted["count"] / counted["out_of"]).mask(counted["hidden"])
    rows = counted.assign(share=share)
    wide = rows.pivot(index=["place", "code"], columns="period", values="share")
    codes = wide.index.to_frame()
    is_part = codes["code"] != codes["place"]
    wide = wide[is_part].dropna()
    rose = (wide.iloc[:, -1] > wide.iloc[:, 0]).groupby("place")
    return pd.DataFrame({"parts": rose.size(), "parts_up": rose.sum()})

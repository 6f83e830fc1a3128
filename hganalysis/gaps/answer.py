"""The answer to "who is left behind?": how far two groups are apart, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from .. import frames, indicators, places, words
from ..draw import Answer, Picture, in_one_study
from ..periods import earlier_than, order_periods, read_column, read_period
from ..ranking import counts
from ..ranking.measure import COLUMNS, Measure, describe, load_reports
from ..refusals import refuse, require_columns
from . import pictures, sentences
from .subtraction import add_intervals, compare_volumes, subtract_groups

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..figure import Figure
    from ..periods import PeriodKey
    from ..ranking.volume import Volumes


@dataclass(frozen=True, eq=False, repr=False)
class Gap(Answer):
    """How far one group is from another, as counted: in each place, and in the whole."""

    gaps: pd.DataFrame
    whole: dict[str, float]
    levels: pd.Series
    """The share of each group in the whole."""
    by: str
    pair: tuple[str, str]
    """The group with the lower level in the whole, and the other."""
    n_hidden: int
    """Of how many parts the groups are hidden."""
    measure: Measure
    origin: str
    source: str = ""
    volumes: Volumes | None = None
    """How much of both groups, or of one, there was in a day, if the last two periods differ."""

    @property
    def table(self) -> pd.DataFrame:
        """
        One row for each place, the largest gap first; `.attrs["whole"]` has the whole.

        - `code`, `name`;
        - `lower`, `upper`: the share of each group, from 0 to 1;
        - `gap_pp`: upper less lower, in percentage points for a share; negative where the group
          that is lower in the whole is higher;
        - `within_pp`, `between_pp`: how much of it is within the parts, and how much comes from
          where the two groups live; missing where a place has no parts;
        - `parts`, `parts_lower`: how many parts have both groups, and in how many the lower group
          is lower;
        - `small`: whether a count is so small that chance alone changes it a lot;
        - `left_out`: why there is no gap: `"missing"`, `"hidden"` or `"few"`;
        - `origin`: the least firm origin of its numbers;
        - `gap_before_pp`: the gap one period earlier;
        - `low_pp`, `high_pp`: the interval in which a similar period would find the gap;
        - `sure`: whether the gap is larger than gaps moved, in all places at once.
        """
        table = self.gaps.copy()
        names = places.labels(table["code"])
        table.insert(1, "name", names)
        table.attrs["whole"] = dict(self.whole)
        return table

    @property
    def lower(self) -> str:
        """What the people of the group with the lower level in the whole are called."""
        return self.name_of(self.pair[0])

    @property
    def upper(self) -> str:
        """What the people of the other group are called."""
        return self.name_of(self.pair[1])

    def name_of(self, group: str) -> str:
        """Say what the people of a group are called, in the language in use."""
        if not self.measure.name:
            return group
        measure = self.measure.name
        return indicators.find_split(measure, self.by).groups[f"{measure}_{group}"]

    def describe(self) -> str:
        """Say how far the two groups are apart, where most, and whether that would repeat."""
        return sentences.full_answer(self)

    def caption(self) -> str:
        """Say above a table what its numbers are, and of which two groups."""
        return pictures.subtitle(self, "map")

    @property
    def figures(self) -> dict[str, Callable[[], Figure]]:
        """`rows`; `map`, if it is known where places lie. None without any gap."""
        if self.gaps["gap_pp"].isna().all():
            return {}
        rows = self.later(pictures.compose_rows, self)
        map_ = self.later(pictures.compose_map, self)
        if places.may_be_mapped():
            return {"rows": rows, "map": map_}
        return {"rows": rows}

    def rows(self) -> Picture:
        """
        Show both groups in each place, the largest gap first, and the whole below them.

        Examples
        --------
        >>> import hganalysis as hg
        >>> with hg.Study.open("hau_giang_groups").use():
        ...     picture = hg.gap("app_users", by="sex").rows()
        """
        return Picture(pictures.compose_rows(self))

    def map(self) -> Picture:
        """
        Show where the gap is large, beside the ordered list.

        Examples
        --------
        >>> import hganalysis as hg
        >>> with hg.Study.open("hau_giang_groups").use():
        ...     picture = hg.gap("app_users", by="sex").map()
        """
        return Picture(pictures.compose_map(self))


@in_one_study
def gap(
    what: str | pd.DataFrame,
    period: PeriodKey | str | None = None,
    *,
    by: str,
    between: tuple[str, str] | None = None,
    source: str = "",
    kind: str | None = None,
) -> Gap:
    """
    Answer who is left behind, by how much, and where.

    Parameters
    ----------
    what
        A measure of the catalogue that is reported by groups; or a frame: `code`, `period`,
        `count`, `out_of`, `origin` and the column that `by` names.
    period
        The period to show, by default the last; earlier periods say whether it would repeat.
    by
        What tells groups apart: a name of `[groups]`, such as `"sex"`, or a column of the frame.
    between
        Two groups, such as `("women", "men")`. By default those with the lowest and the highest
        level in the whole.
    source
        For a frame, who counted it: the pictures say so.
    kind
        For a frame, `"share"` or `"ratio"`: see `hg.uptake`.

    Raises
    ------
    LookupError
        If there is no such measure, period, split or group.
    ValueError
        If a frame lacks a group somewhere, a source or an origin; if it has small counts.

    Examples
    --------
    >>> people = pd.DataFrame({"code": ["930", "930"], "period": 2023, "origin": "census"})
    >>> people = people.assign(sex=["women", "men"], count=[300, 400], out_of=1000)
    >>> print(gap(people, by="sex", source="an example").table.loc[0, "gap_pp"].round(1))
    10.0
    """
    groups = _load_groups(what, by, source, kind)
    all_reports = pd.concat(groups)
    reported = order_periods(all_reports["period"])
    period = reported[-1] if period is None else read_period(period).key
    periods = [*earlier_than(reported, period), period]
    counted = {
        group: counts.select_periods(what, reports, periods) for group, reports in groups.items()
    }
    levels = _levels_of_whole(counted, period)
    pair = [*groups] if between is None else [*between]
    if len({*pair}) < 2 or not {*pair} <= {*groups}:
        listed = ", ".join(groups)
        msg = words.term(
            "gap_errors.between",
            by=by,
            groups=listed,
            between=between,
        )
        raise LookupError(msg)
    # the first of the lowest and the last of the highest: of two that are alike, both
    compared = levels[pair].sort_values(kind="stable")
    lower, upper = str(compared.index[0]), str(compared.index[-1])

    both = pd.concat([counted[lower], counted[upper]])
    described = counted[lower] if isinstance(what, str) else both
    measure = describe(what, described, periods)
    gaps = subtract_groups(counted[lower], counted[upper], period, measure)
    if len(periods) > 1:
        before = subtract_groups(counted[lower], counted[upper], periods[-2], measure)
        gaps.table["gap_before_pp"] = before.table["gap_pp"]
        gaps.whole["gap_before_pp"] = before.whole["gap_pp"]
    # a source that was filling up, if of one group only, says nothing of how gaps move
    first, second = counted[lower], counted[upper]
    comparable, volumes = compare_volumes(first, second, measure)
    if len(comparable) < counts.MIN_PERIODS <= len(periods):
        measure = replace(measure, evidence="volume")
    first, second = (rows[rows["period"].isin(comparable)] for rows in (first, second))
    table, measure = add_intervals(gaps.table, first, second, measure)
    is_hidden = both["hidden"] & (both["period"] == period)
    n_hidden = both.loc[is_hidden, "code"].nunique()
    return Gap(
        gaps=table.reset_index(),
        whole=gaps.whole,
        levels=levels,
        by=by,
        pair=(lower, upper),
        n_hidden=n_hidden,
        measure=measure,
        origin=frames.worst_origin(both["origin"]),
        source=source,
        volumes=volumes,
    )


def _load_groups(
    what: str | pd.DataFrame, by: str, source: str, kind: str | None
) -> dict[str, pd.DataFrame]:
    """Take the reports of each group, by its name in the catalogue or in the column of a frame."""
    if isinstance(what, str):
        measures = indicators.find_split(what, by).groups
        return {measure.removeprefix(f"{what}_"): load_reports(measure) for measure in measures}
    rows = read_column(what)
    require_columns(rows, [*COLUMNS, by])
    names = rows[by].astype(str)
    rows = rows.drop(columns=by).assign(group=names)
    n_groups = names.nunique()
    if n_groups < 2:
        msg = words.term("gap_errors.one_group", column=by, number=n_groups)
        raise ValueError(msg)
    keys = ["code", "period"]
    n_of_place = rows.groupby(keys)["group"].transform("nunique")
    lacks_group = words.term("gap_errors.lacks_group")
    no_out_of = words.term("gap_errors.no_out_of")
    is_without = rows["out_of"].isna() & rows["count"].notna()
    faults = {lacks_group: n_of_place < n_groups, no_out_of: is_without}
    refuse(rows[[*keys, "group"]], faults)
    return {
        str(name): load_reports(of_group.drop(columns="group"), source, kind)
        for name, of_group in rows.groupby("group", sort=False)
    }


def _levels_of_whole(counted: dict[str, pd.DataFrame], period: PeriodKey) -> pd.Series:
    """Divide the counts of each group, of all parts of which every group is known."""
    rows = pd.concat(counted, names=["group"]).reset_index("group")
    rows = rows[rows["period"] == period]
    rows = rows.dropna(subset=["count", "out_of"])
    is_complete = rows.groupby("code")["group"].transform("nunique") == len(counted)
    by_group = rows[is_complete].groupby("group")
    sums = by_group[["count", "out_of"]].sum()
    sums = sums.reindex([*counted])
    return sums["count"] / sums["out_of"]

"""The answer to "where is uptake high?": a sentence, a table, a map and a ranking."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from .. import frames, places, study, words
from ..draw import Answer, Composers, Picture, in_one_study
from ..periods import PeriodKey, earlier_than, order_periods, read_period
from . import clusters, counts, pictures, sentences, volume
from .measure import Measure, describe, load_reports

# Columns of whole numbers, unless a denominator is none, such as years of persons.
WHOLE_NUMBERS = ["count", "out_of", "rank", "rank_low", "rank_high", "short"]


@dataclass(frozen=True, eq=False, repr=False)
class Uptake(Answer):
    """Where a measure is high in its last period, as counted, and whether that would repeat."""

    counted: pd.DataFrame
    above: pd.DataFrame
    """Whether the share of the row would stay above that of the column; missing where nothing
    tells."""
    parts: pd.DataFrame
    """One row for each part of a place: `code`, `place`, `name`, `count`, `out_of`, `share`,
    `rank`, `small`, `left_out`, `origin`."""
    measure: Measure
    origin: str
    source: str = ""
    by_cluster: pd.DataFrame = field(default_factory=pd.DataFrame)
    """One row for each `[cluster]` of the study, highest first: `name`, `places`, `count`,
    `out_of`, `share`, which are missing where a place has no number. Empty without clusters."""

    @property
    def table(self) -> pd.DataFrame:
        """
        One row for each place, highest first. Shares are from 0 to 1.

        Places whose share chance could move far beside the distance between places, or with few
        events, are last and have no rank: see the methods.

        - `code`, `name`, `count`, `out_of`, `share`, `rank`;
        - `left_out`: why there is no share: `"missing"`, `"hidden"` or `"few"`, too few to say;
        - `origin`: the least firm origin of its numbers;
        - `small`: whether the count is so small that chance alone changes it a lot;
        - `lowest`, `quarter`, `three_quarters`, `highest`: the quantiles of its parts;
        - `before`: the share one period earlier;
        - `low`, `high`: the interval in which a similar period would find it;
        - `rank_low`, `rank_high`: the ranks that it could have;
        - of more than thirty places, in place of these ranks: `from_whole_pp`, how many points it
          is above the whole, as counted (`to_whole`, its ratio to the whole, for other units); and
          `lasting`, whether it stays `"above"` or `"below"` the others, missing where no two
          periods tell;
        - `target`, `short`: if places have targets, and how many a place is short of its own.
        """
        table = self.counted.copy()
        names = places.labels(table["code"])
        table.insert(1, "name", names)
        for column in table.columns.intersection(WHOLE_NUMBERS):
            numbers = table[column].dropna()
            if (numbers % 1 == 0).all():
                table[column] = table[column].astype("Int64")
        return table

    def describe(self) -> str:
        """
        Describe where uptake is high, whether the order would last, and who has no share.

        Examples
        --------
        >>> import hganalysis as hg
        >>> with hg.words.use("en"):
        ...     hg.uptake("app_users", 2023).describe().split(":")[0]
        'Highest'
        """
        return sentences.full_answer(self)

    @property
    def figures(self) -> Composers:
        """`map`, if it is known where places lie; `order`; `communes`, if there are any."""
        if self.counted["share"].isna().all():
            return {}
        names = ["order"]
        if places.may_be_mapped():
            names.insert(0, "map")
        if self.parts["share"].notna().any():
            names.append("communes")
        return {name: self.later(pictures.compose_answer, self, name) for name in names}

    def map(self) -> Picture:
        """
        Show where uptake is high, beside the ranking.

        Examples
        --------
        >>> import hganalysis as hg
        >>> picture = hg.uptake("app_users", 2023).map()
        """
        return Picture(pictures.compose_answer(self, "map"))

    def order(self) -> Picture:
        """
        Show the ranking, what a similar period could make of it, and how unlike parts are.

        Examples
        --------
        >>> import hganalysis as hg
        >>> picture = hg.uptake("app_users", 2023).order()
        """
        return Picture(pictures.compose_answer(self, "order"))

    def communes(self) -> Picture:
        """
        Show the parts of the places, beside the highest and the lowest of them.

        Examples
        --------
        >>> import hganalysis as hg
        >>> picture = hg.uptake("app_users", 2023).communes()
        """
        if self.parts.empty:
            raise ValueError(words.term("uptake_errors.no_parts"))
        return Picture(pictures.compose_answer(self, "communes"))


@in_one_study
def uptake(
    what: str | pd.DataFrame,
    period: PeriodKey | str | None = None,
    *,
    source: str = "",
    kind: str | None = None,
) -> Uptake:
    """
    Answer where uptake is high.

    Parameters
    ----------
    what
        A measure of the catalogue; or a frame of one measure: `code`, `period`, `count`, `out_of`,
        `origin`, one row for each place or each part of a place.
    period
        The period to show; earlier periods say whether it would repeat. For a frame, the default
        is its last period.
    source
        For a frame, who counted it: the pictures say so.
    kind
        For a frame, `"share"` if counts are part of what they are out of, which is the default; or
        `"ratio"`, if acts are counted, which may be more. A column `kind` says the same.

    Raises
    ------
    LookupError
        If there is no such measure, period or place.
    ValueError
        If a frame lacks a column, a source or the origin of its rows; if a number can be no count.

    Examples
    --------
    >>> where = uptake("app_users", 2023)
    >>> where.table.loc[0, ["share", "low", "high"]].astype(float).round(3).tolist()
    [0.372, 0.328, 0.42]
    """
    if isinstance(what, str) and period is None:
        msg = words.term("uptake_errors.no_period", measure=what)
        raise ValueError(msg)
    reports = load_reports(what, source, kind)
    reported = order_periods(reports["period"].unique())
    period = reported[-1] if period is None else read_period(period).key
    earlier = earlier_than(reported, period)
    counted = counts.select_periods(what, reports, [*earlier, period])
    measure = describe(what, counted, [*earlier, period])
    if not earlier and reported[-1] != period:
        measure = replace(measure, evidence="first_period")
    # a source that was filling up says nothing of what repeats
    comparable = volume.since_comparable(counted, measure)
    if len(comparable) < counts.MIN_PERIODS <= len(measure.periods):
        measure = replace(measure, evidence="volume")
    table = counts.add_targets(counts.rank_places(counted, measure), measure)
    ranking = counts.add_intervals(table, counted[counted["period"].isin(comparable)], measure)
    of_period = counted[counted["period"] == period]
    return Uptake(
        counted=ranking.table.reset_index(),
        above=ranking.above,
        parts=pictures.parts_table(counted, measure),
        measure=ranking.measure,
        origin=frames.worst_origin(counted["origin"]),
        source=source,
        by_cluster=clusters.add_up(study.current(), of_period, measure),
    )

"""Shares as counted, how unlike the parts of a place are, and whether the ranking would repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from .. import frames, places, words
from ..periods import PeriodKey, count_steps, count_year, order_periods
from ..suppress.hide import is_hidden, is_part
from . import stability, standing
from .levels import (
    SMALL,
    add_levels,
    are_compared,
    are_too_few,
    are_unranked,
    find_reasons,
)
from .measure import Measure

# With fewer periods or places, nothing is said about a similar period.
MIN_PERIODS, MIN_PLACES = 2, 3

# With fewer places, parts cannot be compared with those of other places.
MIN_PLACES_IN_STEP = 2

# Of fewer parts with a share, or where more than a tenth lacks one, their variance is not divided.
MIN_PARTS, MAX_MISSING_PARTS = 20, 0.1

QUANTILES = {"lowest": 0.0, "quarter": 0.25, "three_quarters": 0.75, "highest": 1.0}
"""Quantiles of the parts of a place, by column."""


StepKind = Literal["counted", "doubtful", "in_step"]
"""Whether two periods are two counts; the last two are also keys of `texts.toml`."""


class Ranking(NamedTuple):
    """A table of ranked places, which pairs keep their order, and what that rests on."""

    table: pd.DataFrame
    above: pd.DataFrame
    measure: Measure


class Repetition(NamedTuple):
    """What does not repeat between periods, and the places and periods that it was measured of."""

    noise: stability.Noise
    places: pd.Index
    periods: tuple[PeriodKey, ...]


def select_periods(
    what: str | pd.DataFrame, reports: pd.DataFrame, periods: Sequence[PeriodKey]
) -> pd.DataFrame:
    """
    Take the reports of some periods, with the `place` of each row and whether it is `hidden`.

    A part that sent nothing gets a row without numbers.

    Parameters
    ----------
    what
        A measure of the catalogue, or a frame: to name it in a refusal.
    reports
        As `measure.load_reports` gives them.
    periods
        First to last.

    Raises
    ------
    LookupError
        If a period has no row, or a code is of no place.
    """
    _require_periods(what, reports, periods)
    rows = reports[reports["period"].isin(periods)]
    if rows["code"].isin(places.compared().index).all():
        rows = rows.assign(place=rows["code"])
    else:
        places.parents(rows["code"], "district")  # refuses a code of no place
        rows = frames.add_missing_communes(rows, each=["period"])
        rows = rows.assign(place=places.parents(rows["code"], "district"))
    # a number that was hidden together with another place's belongs to no single place
    is_shared = is_part(rows.assign(indicator=""), of=rows["place"])
    count = rows["count"].astype(float).mask(is_shared)
    out_of = rows["out_of"].astype(float).mask(is_shared)
    return rows.assign(count=count, out_of=out_of, hidden=is_hidden(rows))


def _require_periods(
    what: str | pd.DataFrame, reports: pd.DataFrame, periods: Sequence[PeriodKey]
) -> None:
    missing = sorted({*periods} - {*reports["period"]})
    if not missing:
        return
    available = order_periods(reports["period"].unique())
    name = what if isinstance(what, str) else "frame"
    periods_text = ", ".join(map(str, missing))
    blanks = {"periods": periods_text, "name": name, "available": available}
    msg = words.term("uptake_errors.no_rows", **blanks)
    raise LookupError(msg)


def rank_places(counts: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """
    Rank places by their share in the last period, highest first.

    A place of which one part is missing has no share. Unranked places follow.

    Parameters
    ----------
    counts
        As `select_periods` gives them.
    """
    shares = shares_by_period(counts, measure)
    every_place = places.compared().index
    last = counts[counts["period"] == shares.columns[-1]]
    sums = last.groupby("place")[["count", "out_of"]].sum(skipna=False)
    is_hidden = find_hidden(last).reindex(every_place, fill_value=False)
    table = add_levels(sums.reindex(every_place), measure, is_hidden)
    table["small"] = table["count"] < SMALL
    table["origin"] = worst_of_places(last, every_place)
    table = table.join(_quantiles_of_parts(last, measure))
    of_period_before = shares.shift(axis="columns").iloc[:, -1]
    table["before"] = of_period_before.reindex(every_place)
    is_unranked = are_unranked(table, measure)
    compared_first_then_highest = np.lexsort([-table["share"], is_unranked])
    return table.iloc[compared_first_then_highest].rename_axis("code")


def worst_of_places(rows: pd.DataFrame, every_place: pd.Index) -> pd.Series:
    """Give each place the least firm origin of its rows; one without rows that of all."""
    of_place = rows.groupby("place")["origin"].agg(frames.worst_origin)
    origins: pd.Series = of_place.reindex(every_place)
    return origins.fillna(frames.worst_origin(rows["origin"]))


def find_hidden(rows: pd.DataFrame) -> pd.Series:
    """
    Say of each place of one period whether its number is missing since it is hidden.

    Where a report never came, that is the reason. A place without parts is hidden as its row is.
    """
    is_missing = rows["count"].isna()
    is_silent = is_missing & ~rows["hidden"]
    is_own = rows["code"] == rows["place"]
    is_gone = rows["hidden"] & (is_missing | is_own)
    is_hidden: pd.Series = is_gone.groupby(rows["place"]).any()
    return is_hidden & ~is_silent.groupby(rows["place"]).any()


def why_left_out(counts: pd.DataFrame, measure: Measure) -> pd.Series:
    """
    Say why each place lacks a level in some of the periods; missing where it has all.

    That a number is missing or hidden comes before what is too few.
    """
    by_period = {}
    for period, rows in counts.groupby("period"):
        sums = rows.groupby("place")[["count", "out_of"]].sum(skipna=False)
        reasons_of_period = find_reasons(sums, measure, find_hidden(rows))
        by_period[period] = reasons_of_period.fillna("")
    every_place = places.compared().index
    reasons = pd.DataFrame(by_period).reindex(every_place).fillna("missing")
    worst_first = ["missing", "hidden", "few"]
    worst = pd.Series(None, reasons.index, dtype="object")
    for reason in reversed(worst_first):
        has_reason = (reasons == reason).any(axis="columns")
        worst[has_reason] = reason
    return worst


def add_targets(table: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """
    Add the `target` of each place, and how many it is `short` of it, if places have targets.

    Where a count is hidden or missing, nothing says how many are missing.
    """
    if measure.indicator is None:
        return table
    target = frames.targets_of(measure.indicator)
    if target.empty:
        return table
    target = target.reindex(table.index)
    needed = np.ceil((target * table["out_of"]).round(6))
    short = (needed - table["count"]).clip(lower=0)
    short = short.where(table["share"].notna())
    return table.assign(target=target, short=short)


def _quantiles_of_parts(last: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Say how unlike the parts of each place are; missing where a place has one part."""
    is_left_out = last["hidden"] | are_too_few(last, measure)
    share = (last["count"] / last["out_of"]).mask(is_left_out)
    parts = share.groupby(last["place"])
    has_parts = parts.size() > 1
    return pd.DataFrame(
        {name: parts.quantile(level).where(has_parts) for name, level in QUANTILES.items()}
    )


def share_within_places(parts: pd.DataFrame) -> float:
    """
    Give the share of the variance of parts that lies within places, weighted by `out_of`.

    It is 1 - between / total, of the shares that are shown: nothing hidden enters it. Missing where
    too few parts have a share, or all are alike.

    Parameters
    ----------
    parts
        As `pictures.parts_table` gives them.
    """
    shown = parts.dropna(subset="share")
    has_too_few = len(shown) < (1 - MAX_MISSING_PARTS) * len(parts)
    if len(shown) < MIN_PARTS or shown["place"].nunique() < MIN_PLACES or has_too_few:
        return float("nan")
    of_place = shown.groupby("place")[["count", "out_of"]].transform("sum")
    mean = shown["count"].sum() / shown["out_of"].sum()
    total = (shown["out_of"] * (shown["share"] - mean) ** 2).sum()
    between = (shown["out_of"] * (of_place["count"] / of_place["out_of"] - mean) ** 2).sum()
    if total == 0:
        return float("nan")
    return float(1 - between / total)


def add_intervals(table: pd.DataFrame, counts: pd.DataFrame, measure: Measure) -> Ranking:
    """
    Ask whether shares and their ranking would repeat in a similar period.

    Returns
    -------
    table
        With `low`, `high`, `rank_low` and `rank_high`, missing where nothing is known; of more than
        thirty places with where they stand to the whole, and no range of ranks.
    above
        Whether the row's share would stay above the column's, of places that are compared;
        missing where nothing tells.
    measure
        With the evidence, and its periods.
    """
    ranked = table.index[are_compared(table, measure)]
    table = table.assign(low=np.nan, high=np.nan, rank_low=np.nan, rank_high=np.nan)
    nothing_known = pd.DataFrame(index=ranked, columns=ranked, dtype="boolean")

    repetition = _repetition(counts, measure, ranked)
    measure = with_evidence(measure, repetition)
    error = measure.denominator_error
    has_many_places = len(ranked) > standing.MANY_PLACES
    if has_many_places:
        table = _add_standing(table, measure, repetition)
    if repetition and measure.evidence == "periods":
        # what another period could turn, of the places that have an earlier one
        judged = repetition.places
        table.loc[judged, ["low", "high"]] = stability.prediction_interval(repetition.noise)
        above = stability.surely_above(repetition.noise)
    elif error and len(ranked) > 0:
        # what the chance of persons could turn
        judged = ranked
        numbers = table.loc[judged, ["count", "out_of"]].to_numpy(dtype=float)
        above = stability.beyond_chance(*numbers.T, is_ratio=measure.is_ratio)
    else:
        return Ranking(table, nothing_known, measure)

    # and what an error of the denominators could turn
    above &= stability.outlasts_error(table.loc[judged, "share"].to_numpy(dtype=float), error)
    if not has_many_places:
        n_surely_higher = above.sum(axis=0)
        n_surely_lower = above.sum(axis=1)
        table.loc[judged, "rank_low"] = 1 + n_surely_higher
        table.loc[judged, "rank_high"] = len(ranked) - n_surely_lower
        is_unranked = table["rank"].isna()  # all are alike
        table.loc[is_unranked, ["rank_low", "rank_high"]] = np.nan
    nothing_known.loc[judged, judged] = above
    return Ranking(table, nothing_known, measure)


def _add_standing(
    table: pd.DataFrame, measure: Measure, repetition: Repetition | None
) -> pd.DataFrame:
    """
    Say of each of many places where it stands to the whole, as counted, and whether that lasts.

    Adds `from_whole_pp`, or `to_whole` for a measure that has no points; and `lasting`, missing
    where no two periods tell.
    """
    in_points = not measure.is_ratio
    column = "from_whole_pp" if in_points else "to_whole"
    distance = standing.measure_distance(table, in_points=in_points)
    table = table.assign(**{column: distance}, lasting=np.nan).astype({"lasting": object})
    if repetition and measure.evidence == "periods":
        judged = table.loc[repetition.places]
        table.loc[judged.index, "lasting"] = standing.lasting_side(
            repetition.noise,
            judged["count"].to_numpy(dtype=float),
            judged["out_of"].to_numpy(dtype=float),
            error=measure.denominator_error,
        )
    return table


def with_evidence(measure: Measure, repetition: Repetition | None) -> Measure:
    """Say from what a repetition of the ranking is known, or why it is not."""
    if repetition is None:
        if len(measure.periods) >= MIN_PERIODS and measure.evidence != "volume":
            return replace(measure, evidence="few_places")
        return measure
    noise, _, periods = repetition
    alike_steps = (noise.steps_in_step | noise.steps_copied).nonzero()[0]
    pairs = [periods[step : step + 2] for step in alike_steps]
    if noise.has_moved_in_step:
        return replace(measure, evidence="in_step", evidence_periods=pairs[-1])
    nearest = _nearest(periods)
    return replace(measure, evidence="periods", evidence_periods=nearest, doubtful=tuple(pairs))


def _nearest(periods: tuple[PeriodKey, ...]) -> tuple[PeriodKey, ...]:
    """Take the periods that are nearest to another: only their steps are measured."""
    steps = count_steps(periods)
    nearest_pairs = [
        pair for pair, n in zip(pairwise(periods), steps, strict=True) if n == min(steps)
    ]
    return tuple(dict.fromkeys(chain.from_iterable(nearest_pairs)))


def sum_places(counts: pd.DataFrame, column: str) -> pd.DataFrame:
    """Add up parts: one row for each place, one column for each period."""
    sums = counts.groupby(["place", "period"])[column].sum(skipna=False)
    return sums.unstack()


def shares_by_period(counts: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Divide: one row for each place, one column for each period; missing where it is left out."""
    sums = counts.groupby(["place", "period"])[["count", "out_of"]].sum(skipna=False)
    out_of = sums["out_of"].mask(sums["out_of"] == 0)
    share = sums["count"] / out_of
    return share.mask(are_too_few(sums, measure)).unstack()


def judge_step(counts: pd.DataFrame, measure: Measure) -> StepKind:
    """
    Judge whether the two periods of a change are two counts.

    Parameters
    ----------
    counts
        As `select_periods` gives them, of all periods that were reported.
    measure
        Of the two periods.

    Returns
    -------
    kind
        `"in_step"` if all parts moved by nearly one factor in each step of the measure, or exactly
        by one in this step: these are not two counts. `"doubtful"` if they moved by nearly one
        factor in this step alone.
    """
    of_pair = counts[counts["period"].isin(measure.periods)]
    pair = _repetition_of_complete(of_pair, measure)
    if pair is None or not pair.noise.has_moved_in_step:
        return "counted"
    every = _repetition_of_complete(counts, measure)
    if pair.noise.steps_copied.all() or every is None or every.noise.has_moved_in_step:
        return "in_step"
    return "doubtful"


def _repetition_of_complete(counts: pd.DataFrame, measure: Measure) -> Repetition | None:
    """Measure what does not repeat, of the places that have all periods."""
    complete = shares_by_period(counts, measure).dropna().index
    return _repetition(counts, measure, complete, min_places=MIN_PLACES_IN_STEP)


def most_complete(shares: pd.DataFrame) -> pd.DataFrame:
    """Keep the last period and those that most places have, and the places that have all these."""
    n_places = shares.notna().sum()
    is_used = n_places == n_places.iloc[:-1].max()
    is_used.iloc[-1] = True
    used: pd.DataFrame = shares.loc[:, is_used].dropna()
    return used


def _repetition(
    counts: pd.DataFrame, measure: Measure, ranked: pd.Index, *, min_places: int = MIN_PLACES
) -> Repetition | None:
    """
    Measure what does not repeat, from the periods that most of the ranked places have.

    A place without one of them is left out.
    """
    shares = most_complete(shares_by_period(counts, measure).reindex(ranked))
    periods = shares.columns
    if len(periods) < MIN_PERIODS or len(shares) < min_places:
        return None
    rows = counts[counts["place"].isin(shares.index) & counts["period"].isin(periods)]
    by_part = rows.pivot(index=["place", "code"], columns="period", values=["count", "out_of"])
    noise = stability.measure_noise(
        by_part["count"].to_numpy(dtype=float),
        by_part["out_of"].to_numpy(dtype=float),
        shares.index.get_indexer(by_part.index.get_level_values("place")),
        is_ratio=measure.is_ratio,
        steps=count_steps(periods),
        lag=count_year(periods),
    )
    return Repetition(noise, shares.index, tuple(order_periods(periods)))

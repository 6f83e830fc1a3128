"""
Would a share, or a ranking, repeat in a similar period?

A share in which every part was counted is a fact about one period. What a similar period would find
can be learnt from periods only. Two movements are measured on the log odds (on the log, for a
ratio): of parts within their place, and of places against each other. The larger of the two is
used. Both come from differences between successive periods, so a slow trend counts for what it does
in one period; where some periods are further apart than others, only the nearest are compared.
Lasting differences between the parts of a place are shown, but they are not part of an interval.
Two things are not in it: an error that is the same in every period, and the movement
that all places have in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, stdtrit

Floats = NDArray[np.float64]

# Of intervals, and of what is said of several places or pairs at once.
CONFIDENCE = 0.95

# Parts that moved by so nearly the same step may have been apportioned or copied, or are a running
# total. Of the log odds, or of the log of shares or counts: see `_find_alike_steps`. It is between
# registered users in India (.0078, no count of a year) and Italy's regions by month (.017, counts).
SAME_STEP = 0.012

# With fewer places that have no parts, a few may move alike by chance.
MIN_PLACES_IN_STEP = 5

# Degrees of freedom of places without parts: only sampling of persons is left, whose variance is
# known.
KNOWN_VARIANCE_DF = 1e6

# With more places, the interval is for the ranking of the next period, not for the lasting one.
MAX_PLACES_LASTING = 10

# The exact studentized range is slow and inaccurate above these; it is simulated instead.
MAX_PLACES_EXACT, MAX_DF_EXACT = 100, 1e5
SIMULATIONS, SEED = 4000, 93


@dataclass(frozen=True, eq=False)
class Noise:
    """The variance that does not repeat, of the log odds of each place in the last period."""

    log_odds: Floats
    """Of each place; the log, for a ratio."""
    var_from_parts: Floats
    """Of each place: from movements of its parts within it, and from sampling of persons."""
    var_between: float
    """From movements of places against each other."""
    df_from_parts: float
    df_between: float
    steps_in_step: NDArray[np.bool_]
    """Whether in a step between periods all parts moved by nearly one factor."""
    steps_copied: NDArray[np.bool_]
    """Whether all counts after a step are one factor of those before, but for rounding."""
    is_ratio: bool

    @property
    def has_moved_in_step(self) -> bool:
        """Whether these are not counts of different periods: all are alike, or one is a copy."""
        return bool(self.steps_in_step.all() or self.steps_copied.any())


def measure_noise(
    count: Floats,
    out_of: Floats,
    place: NDArray[np.intp],
    *,
    is_ratio: bool = False,
    steps: Sequence[int] | None = None,
    lag: int = 1,
) -> Noise:
    """
    Measure how much of a level does not repeat, from two or more periods.

    Parameters
    ----------
    count, out_of
        One row for each part, one column for each period, first to last; nothing is missing.
    place
        Number of the place of each part, from 0.
    is_ratio
        Whether counts may exceed what they are out of.
    steps
        How far each period is from the one before it; the default is all alike.
    lag
        How many periods are in a year, if movements from one to the same a year later count.
    """
    levels = _measure_levels(count, out_of, place, is_ratio=is_ratio)
    alike = _find_alike_steps(count, out_of, place, is_ratio=is_ratio)
    return _measure(levels, place, alike, steps=steps, lag=lag, is_ratio=is_ratio)


class GroupCounts(NamedTuple):
    """Counts of one group, and the people of it: one row for each part, one column for a period."""

    counts: Floats
    out_of: Floats


def measure_noise_of_gap(
    lower: GroupCounts,
    upper: GroupCounts,
    place: NDArray[np.intp],
    *,
    is_ratio: bool = False,
    steps: Sequence[int] | None = None,
    lag: int = 1,
) -> Noise:
    """
    Measure how much of the gap between two groups does not repeat, on the log odds.

    What both groups share cancels. Here the movement that all places have in common counts: it
    could turn the sign of every gap. Parameters are as for `measure_noise`.
    """
    levels = [_measure_levels(*group, place, is_ratio=is_ratio) for group in (lower, upper)]
    low, high = levels
    of_gap = _Levels(
        part=high.part - low.part,
        place=high.place - low.place,
        sampling_var=low.sampling_var + high.sampling_var,
        weight=(low.weight + high.weight) / 2,
    )
    of_lower, of_upper = (
        _find_alike_steps(*group, place, is_ratio=is_ratio) for group in (lower, upper)
    )
    in_step = of_lower.in_step | of_upper.in_step
    # groups that are fixed shares of the whole were divided, and not counted
    if len(place) > of_gap.place.shape[0]:
        in_step |= _mean_square_steps(of_gap.part, place) < SAME_STEP**2
    alike = _AlikeSteps(in_step, of_lower.copied | of_upper.copied)
    return _measure(of_gap, place, alike, steps=steps, lag=lag, is_ratio=is_ratio, has_common=True)


class _AlikeSteps(NamedTuple):
    """Of each step between periods, whether it is so even that nobody may have counted again."""

    in_step: NDArray[np.bool_]
    copied: NDArray[np.bool_]


class _Levels(NamedTuple):
    """Log odds of parts and of places, one column for each period."""

    part: Floats
    place: Floats
    sampling_var: Floats
    """Of each part, if persons were drawn at random."""
    weight: Floats
    """Of each part in the last period: how far its place moves if the part does."""


def _measure_levels(
    count: Floats, out_of: Floats, place: NDArray[np.intp], *, is_ratio: bool
) -> _Levels:
    place_count, place_out_of = _sum_by_place(count, place), _sum_by_place(out_of, place)
    of_part = measure_log_odds(count, out_of, is_ratio=is_ratio)
    of_place = measure_log_odds(place_count, place_out_of, is_ratio=is_ratio)

    # delta method
    part_slope = out_of[:, -1] * of_part.slope[:, -1]
    place_slope = place_out_of[:, -1] * of_place.slope[:, -1]
    weight = part_slope / place_slope[place]
    return _Levels(of_part.value, of_place.value, of_part.sampling_var, weight)


def _measure(
    levels: _Levels,
    place: NDArray[np.intp],
    alike: _AlikeSteps,
    *,
    steps: Sequence[int] | None,
    lag: int,
    is_ratio: bool,
    has_common: bool = False,
) -> Noise:
    """Measure noise from log odds; `has_common` if the common trend is a part of it."""
    n_parts, n_periods = levels.part.shape
    n_places = int(place.max()) + 1
    if steps is None:
        steps = [1] * (n_periods - 1)
    # where there are seasons, and periods enough, a step is from one to the same a year later
    is_nearest = np.equal(steps, min(steps))[lag - 1 :]
    # a step that is too even to be sure that it was counted is no measure of movement
    is_doubtful = alike.in_step | alike.copied
    if lag == 1 and (is_nearest & ~is_doubtful).any():
        is_nearest &= ~is_doubtful
    n_steps = int(is_nearest.sum())
    has_parts = n_parts > n_places

    # successive steps share a period, so they are worth fewer independent ones
    n_shared_periods = int((is_nearest[lag:] & is_nearest[:-lag]).sum())
    effective_steps = n_steps**2 / (n_steps + n_shared_periods / 2)

    # within places: how much parts moved beyond the mean of their place
    mean_square = _mean_square_steps(levels.part, place, lag)[is_nearest].mean()

    # less what sampling of persons alone would make of two periods
    sampling_var = levels.sampling_var
    expected = 0.0
    if has_parts:
        expected = (sampling_var[:, lag:] + sampling_var[:, :-lag])[:, is_nearest].mean()
    excess_var = max((mean_square - expected) / 2, 0.0)
    part_var = excess_var + sampling_var[:, -1]
    var_from_parts = np.bincount(place, levels.weight**2 * part_var, n_places).astype(float)

    # between places: how much they moved, against the common trend
    movement = (levels.place[:, lag:] - levels.place[:, :-lag])[:, is_nearest]
    df_of_step = n_places
    if not has_common:
        movement = movement - movement.mean(axis=0)
        df_of_step = n_places - 1
    var_between = float((movement**2).sum() / df_of_step / n_steps / 2)

    return Noise(
        log_odds=levels.place[:, -1],
        var_from_parts=var_from_parts,
        var_between=var_between,
        df_from_parts=(n_parts - n_places) * effective_steps if has_parts else KNOWN_VARIANCE_DF,
        df_between=df_of_step * effective_steps,
        steps_in_step=alike.in_step,
        steps_copied=alike.copied,
        is_ratio=is_ratio,
    )


def _sum_by_place(values: Floats, place: NDArray[np.intp]) -> Floats:
    """Add up parts: one row for each place, one column for each period."""
    n_places = int(place.max()) + 1
    return np.stack([np.bincount(place, column, n_places) for column in values.T], axis=1)


def _mean_square_steps(value: Floats, place: NDArray[np.intp], lag: int = 1) -> Floats:
    """Measure how much parts moved beyond the mean of their place, squared: one for each step."""
    step = value[:, lag:] - value[:, :-lag]
    n_parts_of_place = np.bincount(place)
    place_mean_step = _sum_by_place(step, place) / n_parts_of_place[:, None]
    residual_step = step - place_mean_step[place]
    df = max(len(place) - len(n_parts_of_place), 1)
    mean_squares: Floats = (residual_step**2).sum(axis=0) / df
    return mean_squares


def _find_alike_steps(
    count: Floats, out_of: Floats, place: NDArray[np.intp], *, is_ratio: bool
) -> _AlikeSteps:
    """
    Say of each step whether all parts moved by nearly, or by exactly, the same factor.

    A factor shows on the log of shares, or of counts where what they are out of moved. There the
    true movement of a share is smaller by (1 - share), and so is the step that counts as the same.
    Places without parts are compared with each other.
    """
    n_parts, n_periods = count.shape
    has_parts = n_parts > int(place.max()) + 1
    if not has_parts:
        place = np.zeros_like(place)
    if not is_ratio:
        # a factor cannot lift a count above what it is out of
        below_top = (count < out_of).all(axis=1)
        count, out_of, place = count[below_top], out_of[below_top], place[below_top]
        place = np.unique(place, return_inverse=True)[1]
    df = len(place) - len(np.unique(place))
    if df < (1 if has_parts else MIN_PLACES_IN_STEP - 1):
        none = np.zeros(n_periods - 1, dtype=bool)
        return _AlikeSteps(none, none)

    log_odds = measure_log_odds(count, out_of, is_ratio=is_ratio).value
    log_count = np.log(np.maximum(count, 0.5))
    log_share = log_count - np.log(out_of)
    same_log_step = SAME_STEP
    if not is_ratio:
        same_log_step *= 1 - count.sum() / out_of.sum()
    is_same: NDArray[np.bool_] = _mean_square_steps(log_odds, place) < SAME_STEP**2
    for value in (log_share, log_count):
        is_same |= _mean_square_steps(value, place) < same_log_step**2
    copied = [_is_one_factor(*pair, place) for pair in pairwise(count.T)]
    return _AlikeSteps(is_same, np.array(copied))


def _is_one_factor(before: Floats, after: Floats, place: NDArray[np.intp]) -> bool:
    """Say whether in each place one factor gives all later counts, but for rounding."""
    is_counted = before > 0
    # each count leaves room for the factors that would be rounded to it
    lowest = (after[is_counted] - 0.5) / before[is_counted]
    highest = (after[is_counted] + 0.5) / before[is_counted]
    of_place = place[is_counted]
    n_places = int(place.max()) + 1
    least = np.full(n_places, -np.inf)
    most = np.full(n_places, np.inf)
    np.maximum.at(least, of_place, lowest)
    np.minimum.at(most, of_place, highest)
    n_tested = is_counted.sum() - len(np.unique(of_place))
    return bool((least <= most).all() and n_tested >= MIN_PLACES_IN_STEP - 1)


def prediction_interval(noise: Noise) -> Floats:
    """Give the ends between which a similar period would find each place, if no trend moved all."""
    half_width = _half_width(noise)
    to_share = np.exp if noise.is_ratio else expit
    ends = [to_share(noise.log_odds - half_width), to_share(noise.log_odds + half_width)]
    return np.column_stack(ends)


def _half_width(noise: Noise, *, n_at_once: int = 1) -> Floats:
    """Say how far each log odds may move; of several that hold at once (Bonferroni)."""
    probability = (1 + (1 - (1 - CONFIDENCE) / n_at_once)) / 2
    t_parts, t_between = stdtrit([noise.df_from_parts, noise.df_between], probability)
    from_parts = t_parts * np.sqrt(noise.var_from_parts)
    between = t_between * np.sqrt(noise.var_between)
    # both periods, this and the next, have the noise
    half_width: Floats = np.sqrt(2) * np.maximum(from_parts, between)
    return half_width


def gap_interval(noise: Noise, lower: Floats, upper: Floats, *, n_at_once: int = 1) -> Floats:
    """Give the ends of the gap between two shares, if both log odds move half as far as the gap."""
    half = _half_width(noise, n_at_once=n_at_once) / 2
    to_odds, to_share = (np.log, np.exp) if noise.is_ratio else (logit, expit)
    low, high = to_odds(lower), to_odds(upper)
    ends = [to_share(high + move) - to_share(low - move) for move in (-half, half)]
    return np.column_stack(ends)


def surely_above(noise: Noise) -> NDArray[np.bool_]:
    """Say whether the row's place lasts above the column's, all pairs at once (Tukey-Kramer)."""
    n_places = len(noise.log_odds)
    pair_var = (noise.var_from_parts[:, None] + noise.var_from_parts) / 2
    from_parts = _studentized_range(n_places, noise.df_from_parts) * np.sqrt(pair_var)
    between = _studentized_range(n_places, noise.df_between) * np.sqrt(noise.var_between)
    n_noisy_periods = 2 if n_places > MAX_PLACES_LASTING else 1
    least_difference = np.sqrt(n_noisy_periods) * np.maximum(from_parts, between)
    difference = noise.log_odds[:, None] - noise.log_odds
    above: NDArray[np.bool_] = difference > least_difference
    return above


def beyond_chance(count: Floats, out_of: Floats, *, is_ratio: bool = False) -> NDArray[np.bool_]:
    """
    Say whether the row's share is above the column's by more than the chance of persons alone.

    All pairs hold at once (Tukey-Kramer), with the known variance of counts: 1 / (n p (1 - p)) of
    the log odds, 1 / count of the log of a ratio. One period tells no more.
    """
    of_place = measure_log_odds(count, out_of, is_ratio=is_ratio)
    pair_var = (of_place.sampling_var[:, None] + of_place.sampling_var) / 2
    least_difference = _studentized_range(len(count), KNOWN_VARIANCE_DF) * np.sqrt(pair_var)
    return of_place.value[:, None] - of_place.value > least_difference


def outlasts_error(share: Floats, error: float) -> NDArray[np.bool_]:
    """Say whether the row stays above the column with both denominators off, in opposite ways."""
    return share[:, None] * (1 - error) > share * (1 + error)


@lru_cache  # each measure of a study asks for the same quantiles
def _studentized_range(n_places: int, df: float) -> float:
    """Quantile of the studentized range; simulated where the integral is slow and inaccurate."""
    if n_places <= MAX_PLACES_EXACT and df <= MAX_DF_EXACT:
        from scipy.stats import studentized_range  # takes a second

        return float(studentized_range.ppf(CONFIDENCE, n_places, df))
    random = np.random.default_rng(SEED)
    ranges = np.ptp(random.normal(size=(SIMULATIONS, n_places)), axis=1)
    scale = np.sqrt(random.chisquare(df, SIMULATIONS) / df)
    return float(np.quantile(ranges / scale, CONFIDENCE))


class _LogOdds(NamedTuple):
    value: Floats
    slope: Floats
    """Of the share, for one more of the log odds."""
    sampling_var: Floats
    """Of the log odds, if persons were drawn at random."""


def measure_log_odds(count: Floats, out_of: Floats, *, is_ratio: bool) -> _LogOdds:
    """Take log odds, or the log of a ratio; half an event is the least and the most."""
    half_event = 0.5 / out_of
    if is_ratio:
        slope = np.clip(count / out_of, half_event, np.inf)
        log_odds = np.log(slope)
    else:
        share = np.clip(count / out_of, half_event, 1 - half_event)
        slope = share * (1 - share)
        log_odds = np.log(share / (1 - share))
    return _LogOdds(log_odds, slope, 1 / (out_of * slope))

"""
Say how unlikely it is that honest counts lie as close to something as these do.

Each look asks of every place how close its count is to what a pattern would make it, and with what
chance an honest count is as close. Honest counts vary at least as the counting of people does: that
is the smallest spread there can be, and the one that is used, for a spread taken from the counts
themselves would be as small as they are too regular. How many places are close is then held to a
binomial number, whatever their number (Berk and Jones), so that a few honest places among many made
ones do not hide these.

References
----------
Berk, R. H., Jones, D. H. (1979). "Goodness-of-fit test statistics that dominate the Kolmogorov
statistics." Zeitschrift für Wahrscheinlichkeitstheorie 47, 47-59.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    """A row a draw, the first of them as reported, and a column a place; or a column a place."""
    Inside = NDArray[np.int64]
    """Positions of the places that are looked at together."""

LASTING = 0.998
"""
The correlation of rates from year to year that is not exceeded: at a spread of 0.3 between places,
growth then varies by 2 % between them, beyond chance. Of the users of one payment service in 165
districts of India it varies by 0.8 %, of its transactions by 32 %.
"""
MEMBER_SD = 1.0
"""Of the members of honest teams, at least: four, five or six, say."""
FEWEST = 5
"""Places that are looked at together, and of which something may be said."""
LEAST_SHOWN = 3
"""Places that show a pattern: two that are alike are no pattern."""
ENOUGH = 100
"""From this variance on, each last digit is as likely as any other."""


@dataclass(frozen=True)
class Look:
    """
    One thing that is looked for in one measure and year: how close counts are to a pattern.

    `near` gives, for some places, the chance of each count to be as close as it is; `known` are the
    places that have one. `free` places settled what they are close to (a median), and prove
    nothing. `value` is what that is: a growth factor, members a team.
    """

    pattern: str
    indicator: str
    year: int
    known: NDArray[np.bool_]
    near: Callable[[Inside], Numbers]
    free: int = 0
    before: int = 0
    value: Callable[[Inside], float] = lambda _: np.nan


@dataclass(frozen=True)
class Sheet:
    """
    One measure, by year, with a column a place: what was reported, and what it may be too close to.

    `residents` and `plan` hold what a count is not out of; `target` is that of a year, if any.
    """

    indicator: str
    share: bool
    count: dict[int, Numbers]
    out_of: dict[int, Numbers]
    residents: dict[int, Numbers]
    plan: dict[int, Numbers]
    target: dict[int, float]


def least_chance(near: Numbers, free: int) -> tuple[Numbers, int]:
    """
    Bound the chance that as many of some places are as close as they are (Chernoff, Bonferroni).

    Parameters
    ----------
    near
        Of each place the chance to be as close.
    free
        How many of the closest are left out.

    Returns
    -------
    chance, shown
        By row; and how many places show the pattern in the first row, those left out among them.
    """
    from scipy.special import rel_entr

    ordered = np.sort(near, axis=1)[:, free:]
    number = ordered.shape[1]
    part = np.arange(1, number + 1) / number
    more = (ordered < part) & (np.arange(number) + 1 + free >= LEAST_SHOWN)
    ahead = np.zeros_like(ordered)
    expected, shown = ordered[more], np.broadcast_to(part, ordered.shape)[more]
    ahead[more] = rel_entr(shown, expected) + rel_entr(1 - shown, 1 - expected)
    chance = np.minimum(1, number * np.exp(-number * ahead.max(axis=1)))
    return chance, int(ahead[0].argmax()) + 1 + free


def within(distance: Numbers, sd: Numbers) -> Numbers:
    """Give the chance to lie as close to the middle of a normal curve, in whole numbers."""
    from scipy.special import erf

    with np.errstate(divide="ignore", invalid="ignore"):
        found: Numbers = erf((np.abs(distance) + 0.5) / (sd * np.sqrt(2)))
    return np.nan_to_num(found, nan=1.0)


def middle(values: Numbers) -> Numbers:
    """Give the median of each row, of what is known in it, as a column."""
    ordered = np.sort(values, axis=1)  # what is not known comes last
    known = np.isfinite(values).sum(axis=1)
    rows = np.arange(len(values))
    low, high = np.maximum(known - 1, 0) // 2, np.minimum(known // 2, values.shape[1] - 1)
    found: Numbers = ((ordered[rows, low] + ordered[rows, high]) / 2)[:, None]
    return found


def spread(count: Numbers, out_of: Numbers) -> float:
    """Estimate by how much the logs of rates vary between places, whatever a few of them do."""
    with np.errstate(divide="ignore"):
        rate = np.log(count / out_of)
    rate = rate[np.isfinite(rate)]
    return 1.4826 * float(np.median(np.abs(rate - np.median(rate)))) if len(rate) else 0.0


def honest(sheet: Sheet, rng: np.random.Generator, draws: int) -> dict[int, Numbers]:
    """
    Draw honest studies: the study's own spread between places, and the least change over years.

    Rates of the first year vary as they do between the places of the study, and counts around them
    as those of people do. From year to year places come on alike but for `LASTING`, and for the
    chance of who comes to it or leaves: less than that would not be honest.

    Returns
    -------
    count
        By year, the reported counts in the first row.
    """
    years = sorted(sheet.count)
    reported = np.array([sheet.count[year] for year in years])
    sizes = np.array([sheet.out_of[year] for year in years])
    sizes = np.where(np.isnan(sizes), np.nan_to_num(sizes).max(axis=0), sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.maximum(np.nanmedian(reported / sizes, axis=1), 1e-12)
    apart = spread(reported[0], sizes[0])
    noise = np.nanmedian(1 / np.maximum(reported[0], 1)) * (1 - rates[0] * sheet.share)
    shape = (draws, reported.shape[1])
    own = np.sqrt(max(apart**2 - noise, 0)) * rng.standard_normal(shape)
    rate = np.minimum(rates[0] * np.exp(own), 0.999 if sheet.share else np.inf)
    size = sizes[0].astype(np.int64)
    drawn = (rng.binomial(size, rate) if sheet.share else rng.poisson(size * rate)).astype(float)
    found = {}
    for at, year in enumerate(years):
        most = sizes[at] if sheet.share else np.inf
        if at:
            grown = sizes[at] / np.maximum(sizes[at - 1], 1) * rates[at] / rates[at - 1]
            chance = np.sqrt(np.abs(grown - 1) * drawn) * rng.standard_normal(shape)
            own = change_sd(apart) * grown * drawn * rng.standard_normal(shape)
            drawn = np.clip(np.rint(grown * drawn + chance + own), 0, most)
        # what would be hidden is not looked at
        told = np.isfinite(reported[at]) & (drawn > 0) & (drawn < most)
        found[year] = np.vstack([reported[at], np.where(told, drawn, np.nan)])
    return found


def change_sd(apart: float) -> float:
    """Give the least spread of growth between places whose rates are so far apart."""
    return float(apart * np.sqrt(2 * (1 - LASTING)))


def looks(sheet: Sheet, count: dict[int, Numbers]) -> Iterator[Look]:
    """
    List all that is looked for in a measure.

    Parameters
    ----------
    sheet
        The measure.
    count
        By year, as of `honest`.
    """
    years = sorted(count)
    for before, year in pairwise(years):
        yield from _moves(sheet, count, before, year)
    for year in years:
        yield from _levels(sheet, count[year], year)


def _moves(sheet: Sheet, count: dict[int, Numbers], before: int, year: int) -> Iterator[Look]:
    """Compare a year with the one before: copied, or grown by one factor."""
    first, last = count[before], count[year]
    least = change_sd(spread(first[0], sheet.out_of[before]))
    known = np.isfinite(first[0]) & np.isfinite(last[0]) & (first[0] > 0)

    def factor(inside: Inside) -> Numbers:
        with np.errstate(divide="ignore", invalid="ignore"):
            return middle(last[:, inside] / first[:, inside])

    def close(inside: Inside, *, to: float) -> Numbers:
        times, base = factor(inside), first[:, inside]
        sd = np.sqrt(np.abs(times - 1) * base + (least * times * base) ** 2)
        return within(to * (last[:, inside] - times * base), sd)

    def equal(inside: Inside) -> Numbers:
        same = last[:, inside] == first[:, inside]
        return np.where(same, close(inside, to=0), 1.0)

    def grown(inside: Inside) -> Numbers:
        return close(inside, to=1)

    about = (sheet.indicator, year, known)
    yield Look("copied", *about, equal, before=before)
    value = lambda inside: float(factor(inside)[0, 0])  # noqa: E731  (one line beside its look)
    yield Look("growth", *about, grown, free=2, before=before, value=value)


def _levels(sheet: Sheet, count: Numbers, year: int) -> Iterator[Look]:
    """Compare counts with a target, a plan, the residents and each other; and their digits."""
    out_of = sheet.out_of[year]

    def fixed(expected: Numbers, least: Numbers | float = np.inf) -> Numbers:
        rest = 1 - expected / out_of if sheet.share else 1
        sd = np.sqrt(np.minimum(np.maximum(expected * rest, 0), least))
        return within(count - expected, sd)

    def common(base: Numbers, *, share: bool) -> Callable[[Inside], Numbers]:
        def near(inside: Inside) -> Numbers:
            rate = middle(count[:, inside] / base[inside])
            expected = rate * base[inside]
            sd = np.sqrt(np.maximum(expected * (1 - rate * share), 0))
            return within(count[:, inside] - expected, sd)

        return near

    def look(
        pattern: str,
        near: Numbers | Callable[[Inside], Numbers],
        base: Numbers = out_of,
        **more: Any,  # noqa: ANN401
    ) -> Look:
        known = np.isfinite(count[0]) & (base > 0)
        of = near if callable(near) else lambda inside: near[:, inside]
        return Look(pattern, sheet.indicator, year, known, of, **more)

    if year in sheet.target:
        target = sheet.target[year]
        yield look("target", fixed(target * out_of), value=lambda _: target)
    if year in sheet.plan:
        plan = sheet.plan[year]
        # a plan is made from last year's counts, and those who used it go on
        earlier = [one for one in sheet.count if one < year]
        come = np.abs(plan - sheet.count[max(earlier)]) if earlier else np.full(len(plan), np.inf)
        least = np.where(np.isnan(come), np.inf, come)
        yield look("plan", fixed(plan, least), plan)
    if year in sheet.residents:
        people = sheet.residents[year]
        yield look("population", common(people, share=False), people, free=2)
    pattern = "equal" if year in sheet.residents else "population"
    yield look(pattern, common(out_of, share=sheet.share), free=2)
    variance = np.maximum(count * (1 - count / out_of * sheet.share), 0)
    if sheet.share:
        yield look("percents", _round_shares(count, out_of, variance))
    yield look("digits", _round_counts(count, variance))


_ROUND = np.ones(100)
_ROUND[::5], _ROUND[::10], _ROUND[0] = 1 / 5, 1 / 10, 1 / 100


def _round_counts(count: Numbers, variance: Numbers) -> Numbers:
    """Give the chance of a count to end as roundly as it does, where any digit is as likely."""
    chance = _ROUND[np.nan_to_num(count, nan=1).astype(np.int64) % 100]
    # the rounder, the fewer such numbers there are: one may be where most counts lie
    chance = np.maximum(chance, within(np.zeros_like(count), np.sqrt(variance)))
    return np.where(variance >= ENOUGH, chance, 1.0)


def _round_shares(count: Numbers, out_of: Numbers, variance: Numbers) -> Numbers:
    """Give the chance of a share to be a whole percent, as near as whole numbers come to it."""
    percent = np.rint(100 * count / out_of)
    some = np.abs(count - percent * out_of / 100) <= 0.5
    chance = np.maximum(100 / out_of, within(np.zeros_like(count), np.sqrt(variance)))
    return np.where(some, np.minimum(chance, 1.0), 1.0)


def members_look(
    teams: Numbers, members: Numbers, year: int, rng: np.random.Generator, draws: int
) -> Look:
    """Look for members that are a fixed number a team, among honest draws as of `honest`."""
    each = members / teams
    known = np.isfinite(each)
    usual = float(np.median(each[known]))
    apart = np.abs(members - usual * teams)[known] / np.sqrt(teams[known])
    sd = max(MEMBER_SD, 1.4826 * float(np.median(apart)))
    noise = sd * np.sqrt(teams) * rng.standard_normal((draws, len(teams)))
    drawn = np.vstack([members, np.maximum(np.rint(usual * teams + noise), teams)])

    def number(inside: Inside) -> Numbers:
        return np.rint(middle(drawn[:, inside] / teams[inside]))

    def near(inside: Inside) -> Numbers:
        chance = within(np.zeros(len(inside)), MEMBER_SD * np.sqrt(teams[inside]))
        return np.where(drawn[:, inside] == number(inside) * teams[inside], chance, 1.0)

    value = lambda inside: float(number(inside)[0, 0])  # noqa: E731  (one line beside its look)
    return Look("members", "", year, known, near, free=1, value=value)

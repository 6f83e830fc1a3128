"""
Screen reports for numbers that are too regular to have been counted.

Where numbers are rewarded, numbers may be made. What is found accuses nobody, has innocent
explanations, and changes nothing. Small counts are hidden before anything is looked at, as in all
that is shown: nothing that is found can tell one.

Of every place is asked with what chance an honest count is as close to a pattern as its own, where
counts vary as the counting of people does and no more: the smallest spread there can be. How many
places are close is held to a binomial number (Berk and Jones, Zeitschrift für
Wahrscheinlichkeitstheorie 47, 1979), so that a few honest places among many made ones hide nothing.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from .. import indicators, places, suppress, words
from ..frames import require_reports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Inside = NDArray[np.int64]

LEVEL = 0.01
"""Studies of honest reports in which anything is found, at most."""
PATTERNS = ("copied", "growth", "target", "round")
"""Of two that say the same of the same cells, the first is said."""
COLUMNS = [
    *("pattern", "indicator", "year", "code", "places", "looked_at", "value"),
    *("chance", "sentence", "innocent"),
]
# The correlation of rates from year to year that is not exceeded: in 165 districts of India growth
# varies by 0.8 % between places for users of a payment service, by 32 % for its transactions.
LASTING = 0.998
FEWEST = 5
"""Places that are looked at together, and of which something may be said."""
LEAST_SHOWN = 3
"""Places that show a pattern: two that are alike are no pattern."""
ENOUGH = 100
"""From this variance on, each last digit is as likely as any other."""


class _Look(NamedTuple):
    """One pattern in one measure and year; `free` places settled what they are close to."""

    pattern: str
    indicator: str
    year: int
    near: Numbers
    """Of each place the chance to be as close; none where it is not known."""
    value: float = np.nan
    before: int = 0
    free: int = 0


class _Found(NamedTuple):
    chance: float
    look: _Look
    code: str
    looked_at: int
    places: tuple[str, ...]

    def covers(self, other: _Found) -> bool:
        """Say whether another finding says no more than this one."""
        moves = {"copied", "growth"}
        one, two = self.look, other.look
        alike = one.pattern == two.pattern or {one.pattern, two.pattern} <= moves
        about = (one.indicator, one.year) == (two.indicator, two.year)
        return alike and about and 2 * len({*other.places} & {*self.places}) >= len(other.places)


def screen(reports: pd.DataFrame) -> pd.DataFrame:
    """
    Look for counts that are too regular to have been counted.

    Values copied from the year before (`copied`); one factor of growth for all, or for a district
    (`growth`); shares that equal the target (`target`); last digits that heap (`round`).

    Parameters
    ----------
    reports
        Reports of communes, as `frames.reports()` or `workbook.read(file).reports` gives them.

    Returns
    -------
    found
        One row a finding, the least likely first; no row where nothing is too regular. `pattern`;
        `indicator` and `year`; `code` of the district, or of the province, that was looked at;
        `places`, the codes that show the pattern, of `looked_at`; `value` (a growth factor, a
        target; else none); `chance` of anything as unlikely among all that was looked at in honest
        reports, at most. `sentence` and `innocent`, how it may come about where nobody made
        anything up, are in the language in use.

    Raises
    ------
    ValueError
        If the reports are not what they have to be, with every row that is wrong.

    Notes
    -----
    It sees patterns, not lies: numbers that were made up with care are not found, and what is found
    may be an office that had no other number.

    Examples
    --------
    >>> from hganalysis import frames
    >>> reports = frames.reports()
    >>> len(screen(reports))
    0
    >>> round_ones = reports.assign(count=reports["count"] // 10 * 10)
    >>> sorted(set(screen(round_ones)["pattern"]))
    ['round']
    """
    shown = suppress.small(require_reports(reports))
    if "pool" in shown:
        shown = shown[shown["pool"] == ""]
    shown = shown.dropna(subset=["count", "out_of"]).astype({"count": float, "out_of": float})
    known = pd.Index(sorted(set(shown["code"])), dtype="object")
    found, looked = [], 0
    for code, group in _groups(known):
        for look in _looks(shown, known[group]):
            inside = np.flatnonzero(np.isfinite(look.near))
            if len(inside) < FEWEST:
                continue
            looked += 1
            chance, shows = least_chance(look.near[inside], look.free)
            closest = inside[np.sort(np.argsort(look.near[inside], kind="stable")[:shows])]
            found.append(_Found(chance, look, code, len(inside), tuple(known[group[closest]])))
    found = [one._replace(chance=one.chance * looked) for one in found]
    kept: list[_Found] = []
    for one in sorted(found, key=lambda one: (PATTERNS.index(one.look.pattern), one.chance)):
        if one.chance <= LEVEL and not any(other.covers(one) for other in kept):
            kept.append(one)
    kept.sort(key=lambda one: one.chance)
    return pd.DataFrame([_row(one) for one in kept], columns=COLUMNS)


def least_chance(near: Numbers, free: int) -> tuple[float, int]:
    """
    Bound the chance that as many of some places are as close as they are (Chernoff, Bonferroni).

    Parameters
    ----------
    near
        Of each place the chance to be as close.
    free
        How many of the closest are left out: they prove nothing.

    Returns
    -------
    chance, shown
        And how many places show the pattern, those left out among them.
    """
    from scipy.special import rel_entr

    ordered = np.sort(near)[free:]
    number = len(ordered)
    part = np.arange(1, number + 1) / number
    more = (ordered < part) & (np.arange(number) + 1 + free >= LEAST_SHOWN)
    ahead = np.zeros(number)
    ahead[more] = (rel_entr(part, ordered) + rel_entr(1 - part, 1 - ordered))[more]
    return min(1.0, float(number * np.exp(-number * ahead.max()))), int(ahead.argmax()) + 1 + free


def _groups(known: pd.Index) -> Iterator[tuple[str, Inside]]:
    """List what is looked at together: all places, and those of each district."""
    yield str(places.province()["code"]), np.arange(len(known))
    if len(places.levels()) > 1 and len(known):
        home = places.homes(known.to_series()).to_numpy()
        for code in sorted(set(home)):
            yield str(code), np.flatnonzero(home == code)


def _looks(shown: pd.DataFrame, codes: pd.Index) -> Iterator[_Look]:
    """List all that is looked for among some places."""
    for name in indicators.names():
        rows = shown[shown["indicator"] == name]
        by = {
            year: one.set_index("code")[["count", "out_of"]].reindex(codes)
            for year in map(int, sorted(set(rows["year"])))
            for one in [rows[rows["year"] == year]]
        }
        for before, year in pairwise(by):
            yield from _moves(name, by, before, year)
        for year, some in by.items():
            count, out_of = some["count"].to_numpy(), some["out_of"].to_numpy()
            one = indicators.get(name, year=year)
            share = one.kind == "share"
            if one.target is not None:
                of = one.target * out_of
                near = _within(count - of, np.sqrt(of * (1 - one.target * share)))
                yield _Look("target", name, year, near, one.target)
            with np.errstate(divide="ignore", invalid="ignore"):
                variance = np.maximum(count * (1 - count / out_of * share), 0)
            yield _Look("round", name, year, _round(count, variance))


def _moves(name: str, by: dict[int, pd.DataFrame], before: int, year: int) -> Iterator[_Look]:
    """Compare a year with the one before: copied, or grown by one factor."""
    first, last = (by[one]["count"].to_numpy() for one in (before, year))
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.log(first / by[before]["out_of"].to_numpy())
        ratio = np.where(first > 0, last / first, np.nan)
    if np.isfinite(ratio).sum() < FEWEST:
        return
    rate = rate[np.isfinite(rate)]
    apart = 1.4826 * float(np.median(np.abs(rate - np.median(rate))))
    least, times = apart * np.sqrt(2 * (1 - LASTING)), float(np.nanmedian(ratio))
    sd = np.sqrt(np.abs(times - 1) * first + (least * times * first) ** 2)
    none = np.where(np.isfinite(ratio), 0.0, np.nan)
    same = np.where(last == first, _within(none, sd), none + 1)
    yield _Look("copied", name, year, same, before=before)
    yield _Look("growth", name, year, _within(last - times * first + none, sd), times, before, 2)


def _within(distance: Numbers, sd: Numbers) -> Numbers:
    """Give the chance to lie as close to the middle of a normal curve, in whole numbers."""
    from scipy.special import erf

    with np.errstate(divide="ignore", invalid="ignore"):
        found: Numbers = erf((np.abs(distance) + 0.5) / (sd * np.sqrt(2)))
    return found


_ROUND = np.ones(100)
_ROUND[::5], _ROUND[::10], _ROUND[0] = 1 / 5, 1 / 10, 1 / 100


def _round(count: Numbers, variance: Numbers) -> Numbers:
    """Give the chance of a count to end as roundly as it does, where any digit is as likely."""
    chance = _ROUND[np.nan_to_num(count, nan=1).astype(np.int64) % 100]
    # the rounder, the fewer such numbers there are: one may be where most counts lie
    chance = np.maximum(chance, _within(np.zeros_like(count), np.sqrt(variance)))
    return np.where(np.isfinite(count), np.where(variance >= ENOUGH, chance, 1.0), np.nan)


def _row(one: _Found) -> dict[str, object]:
    """Write a finding down, and say it."""
    look = one.look
    said = words.term(
        f"screen.{look.pattern}",
        place=places.name(one.code),
        label=indicators.measure_label(look.indicator),
        year=look.year,
        before=look.before,
        shown=words.number(len(one.places)),
        all=words.number(one.looked_at),
        factor=words.number(look.value, decimals=2),
        target=words.percent(look.value),
    )
    innocent = words.term(f"screen.innocent_{look.pattern}")
    return {**look._asdict(), **one._asdict(), "sentence": said, "innocent": innocent}

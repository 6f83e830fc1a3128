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
from typing import TYPE_CHECKING, Any, NamedTuple

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


@np.errstate(divide="ignore", invalid="ignore")
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
    found: list[dict[str, Any]] = []
    for code, group in _groups(known):
        for look in _looks(shown, known[group]):
            inside = np.flatnonzero(np.isfinite(look.near))
            if len(inside) < FEWEST:
                continue
            chance, shows = least_chance(look.near[inside], look.free)
            closest = inside[np.sort(np.argsort(look.near[inside], kind="stable")[:shows])]
            told = {"code": code, "places": tuple(known[group[closest]]), "looked_at": len(inside)}
            found.append({**look._asdict(), **told, "chance": chance})
    kept: list[dict[str, Any]] = []
    for one in sorted(found, key=lambda one: (PATTERNS.index(one["pattern"]), one["chance"])):
        one["chance"] *= len(found)
        if one["chance"] <= LEVEL and not any(_covers(other, one) for other in kept):
            kept.append(one)
    kept.sort(key=lambda one: one["chance"])
    return pd.DataFrame([{**one, **_said(one)} for one in kept], columns=COLUMNS)


def _covers(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether a finding says all that another one does."""
    moves = {"copied", "growth"}
    alike = one["pattern"] == other["pattern"] or {one["pattern"], other["pattern"]} <= moves
    about = all(one[name] == other[name] for name in ("indicator", "year"))
    return (
        alike and about and 2 * len({*other["places"]} & {*one["places"]}) >= len(other["places"])
    )


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
        wide = rows.pivot(index="code", columns="year", values=["count", "out_of"]).reindex(codes)
        years = sorted(set(rows["year"]))
        for before, year in pairwise(years):
            yield from _moves(name, wide, before, year)
        for year in years:
            count, out_of = (wide[part][year].to_numpy() for part in ("count", "out_of"))
            one = indicators.get(name, year=year)
            share = one.kind == "share"
            if one.target is not None:
                of = one.target * out_of
                near = _within(count - of, np.sqrt(of * (1 - one.target * share)))
                yield _Look("target", name, year, near, one.target)
            variance = np.maximum(count * (1 - count / out_of * share), 0)
            yield _Look("round", name, year, _round(count, variance))


def _moves(name: str, wide: pd.DataFrame, before: int, year: int) -> Iterator[_Look]:
    """Compare a year with the one before: copied, or grown by one factor."""
    first, last = (wide["count"][one].to_numpy() for one in (before, year))
    rate = np.log(first / wide["out_of"][before].to_numpy())
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


def _said(one: dict[str, Any]) -> dict[str, str]:
    """Say a finding, and how it may come about where nobody made anything up."""
    blanks = {
        "place": places.name(one["code"]),
        "label": indicators.measure_label(one["indicator"]),
        "shown": words.number(len(one["places"])),
        "all": words.number(one["looked_at"]),
        "factor": words.number(one["value"], decimals=2),
        "target": words.value(one["value"], "share"),
    }
    key = one["pattern"]
    said = words.term(f"screen.{key}", **blanks, year=one["year"], before=one["before"])
    return {"sentence": said, "innocent": words.term(f"screen.innocent_{key}")}

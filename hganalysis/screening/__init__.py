"""
Screen reports for numbers that are too regular to have been counted.

Where numbers are rewarded, numbers may be made up. A finding accuses nobody, has innocent
explanations, and changes nothing. Small counts are hidden first, so that no finding can tell one.

For every place the chance is computed that an honest count is as close to a pattern. Counts are
taken to vary as the counting of people does and no more: this is the smallest spread. The number of
places that are close is compared to a binomial number (Berk and Jones, Zeitschrift für
Wahrscheinlichkeitstheorie 47, 1979), so that a few honest places do not hide many that are made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import indicators, places, suppress, words
from ..frames import require_reports, worst_origin
from ..periods import PeriodKey, order_periods

Finding = dict[str, Any]

LEVEL = 0.01
"""The largest share of studies of honest reports in which anything is found."""
PATTERNS = ("copied", "growth", "target", "round")
"""Of two findings about the same cells, the first pattern is reported."""
COLUMNS = [
    "pattern",
    "indicator",
    "period",
    "code",
    "places",
    "looked_at",
    "value",
    "chance",
    "sentence",
    "innocent",
    "origin",
]
MAX_CORRELATION = 0.998
"""
The correlation of rates from period to period that honest counts do not exceed.

In 165 districts of India growth varies by 0.8 % between places for users of a payment service, by
32 % for its transactions.
"""
FEWEST = 5
"""Places that are looked at together; fewer show no pattern."""
LEAST_SHOWN = 3
"""Places that show a pattern: two similar places are no pattern."""
MIN_VARIANCE = 100
"""From this variance on, each last digit is equally likely."""


class _Search(NamedTuple):
    """A search for one pattern in one measure and period."""

    pattern: str
    indicator: str
    period: PeriodKey
    near: pd.Series
    """By code, the chance to be as close to the pattern; missing where it is not known."""
    value: float = np.nan
    before: PeriodKey = 0
    n_free: int = 0
    """Places that settled the value: they are close to it in any case."""


@np.errstate(divide="ignore", invalid="ignore")
def screen(reports: pd.DataFrame) -> pd.DataFrame:
    """
    Look for counts that are too regular to have been counted.

    Values copied from the period before (`copied`); one factor of growth for all, or for a district
    (`growth`); shares that equal the target (`target`); last digits that heap (`round`).

    Parameters
    ----------
    reports
        Reports of communes, as `frames.reports()` or `workbook.read(file).reports` gives them.

    Returns
    -------
    found
        One row for each finding, the least likely first; no row where nothing is too regular.

        - `pattern`, `indicator`, `period`
        - `code`: of the district, or of the province, that was looked at
        - `places`: the codes that show the pattern, of `looked_at` places
        - `value`: a growth factor, or a target; else missing
        - `chance`: in honest reports, of any finding that is as unlikely, at most
        - `sentence`, `innocent`: the finding, and how it may come about where nobody made anything
          up, in the language in use
        - `origin`: the least firm origin of the reports of the measure

    Raises
    ------
    ValueError
        If the reports are not what they have to be, with every row that is wrong.

    Notes
    -----
    It finds patterns, not lies. Numbers that were made up with care are not found, and a finding
    may be an office that had no other number.

    Examples
    --------
    >>> from hganalysis import frames
    >>> reports = frames.reports()
    >>> len(screen(reports))
    0
    >>> rounded = reports.assign(count=reports["count"] // 10 * 10)
    >>> sorted(set(screen(rounded)["pattern"]))
    ['round']
    """
    shown = suppress.hide_counts(require_reports(reports))
    if "pool" in shown:
        shown = shown[shown["pool"] == ""]
    shown = shown.dropna(subset=["count", "out_of"])
    shown = shown.astype({"count": float, "out_of": float})
    tables: dict[str, pd.DataFrame] = {}
    for name in indicators.names():
        rows = shown[shown["indicator"] == name]
        tables[name] = rows.pivot(index="code", columns="period", values=["count", "out_of"])
    findings: list[Finding] = []
    of_periods = [*_search_periods(tables)]
    for area, codes in _groups(shown):
        # the chance of a place to end roundly is the same in every group
        of_area = [search._replace(near=search.near.reindex(codes)) for search in of_periods]
        for search in (*_search_changes(tables, codes), *of_area):
            near = search.near.dropna()
            if len(near) < FEWEST:
                continue
            chance, n_places = least_chance(near.to_numpy(), search.n_free)
            closest = near.sort_values(kind="stable").index[:n_places]
            finding = {
                "code": area,
                "places": tuple(sorted(closest)),
                "looked_at": len(near),
                "chance": chance,
            }
            findings.append(search._asdict() | finding)
    surprising = _surprising(findings)
    # say of each how firm its numbers are
    origins = shown.groupby("indicator")["origin"].agg(worst_origin).to_dict()
    for finding in surprising:
        finding.update(_texts(finding))
        finding["origin"] = origins[finding["indicator"]]
    return pd.DataFrame(surprising, columns=COLUMNS)


def _surprising(findings: list[Finding]) -> list[Finding]:
    """Take the findings that chance does not explain, each once, the least likely first."""
    n_searches = len(findings)
    surprising: list[Finding] = []
    # the first pattern first, and of one pattern the least likely
    findings = sorted(findings, key=lambda finding: finding["chance"])
    findings.sort(key=lambda finding: PATTERNS.index(finding["pattern"]))
    for finding in findings:
        # Bonferroni: any of the searches may find something
        finding["chance"] *= n_searches
        if finding["chance"] > LEVEL:
            continue
        if not any(_covers(earlier, finding) for earlier in surprising):
            surprising.append(finding)
    return sorted(surprising, key=lambda finding: finding["chance"])


def _covers(finding: Finding, later: Finding) -> bool:
    """Say whether a finding tells all that a later one does."""
    patterns = {finding["pattern"], later["pattern"]}
    if len(patterns) > 1 and patterns != {"copied", "growth"}:
        return False
    if finding["indicator"] != later["indicator"] or finding["period"] != later["period"]:
        return False
    n_common = len({*finding["places"]} & {*later["places"]})
    return 2 * n_common >= len(later["places"])


def least_chance(near: NDArray[np.float64], free: int) -> tuple[float, int]:
    """
    Bound the chance that as many places are as close as they are (Chernoff, Bonferroni).

    Parameters
    ----------
    near
        Of each place the chance to be as close.
    free
        How many of the closest are left out: they prove nothing.

    Returns
    -------
    chance, n_places
        The chance, and how many places show the pattern; those that are left out count, too.
    """
    from scipy.special import rel_entr

    ordered = np.sort(near)[free:]
    number = len(ordered)
    share = np.arange(1, number + 1) / number
    n_close = np.arange(number) + 1 + free
    # more places are this close than honest counts would be
    is_excess = (ordered < share) & (n_close >= LEAST_SHOWN)
    relative_entropy = rel_entr(share, ordered) + rel_entr(1 - share, 1 - ordered)
    divergence = np.where(is_excess, relative_entropy, 0.0)
    chance = float(number * np.exp(-number * divergence.max()))
    n_places = int(divergence.argmax()) + 1 + free
    return min(1.0, chance), n_places


def _groups(shown: pd.DataFrame) -> Iterator[tuple[str, pd.Index]]:
    """List what is looked at together: all places, and those of each district."""
    codes = pd.Index(sorted(set(shown["code"])), dtype="object")
    yield str(places.province()["code"]), codes
    compared = places.units()["compared_code"].reindex(codes)
    for district, inside in compared.groupby(compared):
        yield str(district), inside.index


def _search_periods(tables: dict[str, pd.DataFrame]) -> Iterator[_Search]:
    """Search all places for counts of one period that are too regular, in every measure."""
    for name, table in tables.items():
        for period in order_periods(table.columns.unique("period")):
            yield from _search_period(name, table, period)


def _search_changes(tables: dict[str, pd.DataFrame], codes: pd.Index) -> Iterator[_Search]:
    """Search some places for changes that are too regular, in every measure."""
    for name, table in tables.items():
        pairs = [*pairwise(order_periods(table.columns.unique("period")))]
        wide = table.reindex(codes) if pairs else table
        for before, period in pairs:
            yield from _search_change(name, wide, before, period)


def _search_period(name: str, wide: pd.DataFrame, period: PeriodKey) -> Iterator[_Search]:
    """Search for counts that are exactly at the target, or end roundly."""
    count = wide["count"][period]
    out_of = wide["out_of"][period]
    measure = indicators.get(name, period=period)
    # the variance of who does or does not, for a share, or else of acts (Poisson)
    is_share = measure.kind == "share"
    target = measure.target
    if target is not None:
        expected = target * out_of
        variance = expected
        if is_share:
            variance = expected * (1 - target)
        near = _chance_within(count - expected, np.sqrt(variance))
        yield _Search("target", name, period, near, target)
    variance = count
    if is_share:
        variance = count * (1 - count / out_of)
    near = _chance_of_roundness(count, variance.clip(lower=0))
    yield _Search("round", name, period, near)


def _search_change(
    name: str, wide: pd.DataFrame, before: PeriodKey, period: PeriodKey
) -> Iterator[_Search]:
    """Search for counts that are copied from the period before, or grew by one factor."""
    first = wide["count"][before]
    last = wide["count"][period]
    ratio = (last / first).where(first > 0).dropna()
    if len(ratio) < FEWEST:
        return
    # the least spread of growth that honest counts have, from the spread of rates
    log_rate = np.log(first / wide["out_of"][before])
    log_rate = log_rate[np.isfinite(log_rate)]
    deviation = (log_rate - log_rate.median()).abs()
    spread = 1.4826 * deviation.median()
    growth_sd = spread * np.sqrt(2 * (1 - MAX_CORRELATION))

    first = first[ratio.index]
    last = last[ratio.index]
    factor = float(ratio.median())
    variance = np.abs(factor - 1) * first
    noise_sd = growth_sd * factor * first
    sd = np.sqrt(variance + noise_sd**2)
    copied = _chance_within(0 * first, sd)
    copied[last != first] = 1.0
    yield _Search("copied", name, period, copied, before=before)
    near = _chance_within(last - factor * first, sd)
    yield _Search("growth", name, period, near, factor, before, n_free=2)


def _chance_within(distance: pd.Series, sd: pd.Series) -> pd.Series:
    """Give the chance of a normal whole number to be as close to its mean."""
    from scipy.special import erf

    width = sd * np.sqrt(2)
    chance: pd.Series = erf((distance.abs() + 0.5) / width)
    return chance


def _chance_of_roundness(count: pd.Series, variance: pd.Series) -> pd.Series:
    """Give the chance of a count to end as roundly, if digits are equally likely."""
    chance = pd.Series(1.0, count.index)
    for ending, share in ((5, 1 / 5), (10, 1 / 10), (100, 1 / 100)):
        chance[count % ending == 0] = share
    # round numbers are rare: one may be where most counts lie
    near_mean = _chance_within(0 * count, np.sqrt(variance))
    chance = chance.clip(lower=near_mean)
    chance = chance.where(variance >= MIN_VARIANCE, 1.0)
    return chance.where(count.notna())


def _texts(finding: Finding) -> dict[str, str]:
    """Write a finding, and how it may come about where nobody made anything up."""
    pattern = finding["pattern"]
    blanks = {
        "place": places.name(finding["code"]),
        "label": indicators.measure_label(finding["indicator"]),
        "shown": words.number(len(finding["places"])),
        "all": words.number(finding["looked_at"]),
        "factor": words.number(finding["value"], decimals=2),
        "target": words.value(finding["value"], "share"),
        "period": words.period(finding["period"]),
        "before": "",
    }
    if finding["before"]:
        blanks["before"] = words.period(finding["before"])
    return {
        "sentence": words.term(f"screen.{pattern}", **blanks),
        "innocent": words.term(f"screen.innocent_{pattern}"),
    }

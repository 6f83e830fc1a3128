"""Say how far an estimate can be trusted: what would overturn it, and what it cannot see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import places, words
from . import teams
from .common import listed, origin_of, prefixed, probability, ratio, ratios, ratios_of
from .table import table as laid_out
from .teams import by_distance, exposure

if TYPE_CHECKING:
    from ..effect import Estimate, Interval, Ladder, Robustness


def opinions(ladder: Ladder) -> str:
    """Set the second opinions on the headline beside it: other errors for the same question."""
    found = ladder.headline
    others = [
        words.term(
            "findings.opinion",
            method=opinion(one.method),
            rr=ratios_of(one)["rr"],
            interval=pieces(one),
        )
        for one in found.alternatives
    ]
    # The others know nothing of the denominator, so they are held against its errors alone.
    _, low, high = words.ratios(found.rate_ratio, *found.by_cluster)
    sentence = words.term(
        "findings.opinions",
        low=low,
        high=high,
        others="; ".join(others),
    )
    return prefixed(sentence, _origin(found))


def directions(ladder: Ladder) -> list[str]:
    """Say that all units compared and those of one cluster differ in direction; else nothing."""
    by_rung = {one.rung: one for one in ladder}
    pooled, within = by_rung.get(1), by_rung.get(2)
    if pooled is None or within is None or pooled.log_rate_ratio * within.log_rate_ratio >= 0:
        return []
    texts = {"pooled": ratios_of(pooled)["rr"], "within": ratios_of(within)["rr"]}
    return [words.term("findings.directions", **texts)]


def coverage(table: pd.DataFrame) -> str:
    """Say how often intervals held the truth in the committed simulation; naive ones beside."""
    by = table.groupby("method")["coverage"].agg(["mean", "min"])
    texts = {
        name: {
            "mean": words.percent(by["mean"].loc[method]),
            "worst": words.percent(by["min"].loc[method]),
        }
        for name, method in {
            "headline": "headline",
            "poisson": "Poisson model errors",
            "naive": "cluster-robust z",
        }.items()
    }
    return words.term(
        "findings.coverage",
        scenarios=table["scenario"].nunique(),
        replications=words.number(table["replications"].max()),
        headline=texts["headline"]["mean"],
        headline_worst=texts["headline"]["worst"],
        poisson=texts["poisson"]["mean"],
        naive=texts["naive"]["mean"],
        naive_worst=texts["naive"]["worst"],
    )


def beside(naive: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """
    Lay the naive intervals beside the headline, each with the coverage that was measured.

    Parameters
    ----------
    naive
        Of `effect.naive`.
    table
        Of `frames.coverage`.

    Returns
    -------
    table
        Texts, with headers in the language in use; one row a method.
    """
    mean = table.groupby("method")["coverage"].mean()
    rows = naive.assign(
        method=[words.term(f"naive.{method}") for method in naive.index],
        coverage=mean.reindex(naive.index),
    )
    return laid_out(rows, columns=["method", "rate_ratio", "rate_ratio_interval", "coverage"])


def dispersion(found: Estimate) -> str:
    """Say why the errors of the model itself are not shown."""
    sentence = words.term("findings.dispersion", phi=words.number(found.phi))
    return prefixed(sentence, _origin(found))


def neighbours(found: Estimate) -> str:
    """
    Say whether communes next to each other are more alike than the model explains, and what errors
    that die away with distance make of the estimate: one of a `ladder` that was given neighbours.
    """
    if found.moran is None:
        sentence = words.term("findings.moran_not_asked")
    else:
        sentence = words.term(
            "findings.moran" if found.alike else "findings.moran_none",
            statistic=words.number(found.moran.statistic, decimals=2),
            expected=words.number(found.moran.expected, decimals=2),
            p=probability(found.moran.p_value),
            within=words.term("findings.moran_within") if len(places.levels()) > 1 else "",
        )
    return prefixed(" ".join([sentence, *by_distance(found)]), _origin(found))


def robustness(
    found: Robustness, benchmarks: pd.DataFrame, *, covariate: str, origin: pd.Series
) -> str:
    """Say how strong something unmeasured must be to overturn the estimate."""
    strongest = benchmarks.reset_index().iloc[-1]
    sentence = words.term(
        "findings.robustness",
        value=words.percent(found.value),
        significant=words.percent(found.value_significant),
        covariate=teams.covariate(covariate),
        times=words.number(strongest["times"]),
        now=ratio(float(np.exp(found.log_rate_ratio))),
        **ratios(
            strongest["rate_ratio"], strongest["rate_ratio_low"], strongest["rate_ratio_high"]
        ),
    )
    return prefixed(sentence, origin)


def later(placebo: pd.DataFrame) -> str:
    """Say what next year's density seems to do to this year's uptake, which it cannot."""
    low, high = placebo["low"].loc["later exposure"], placebo["high"].loc["later exposure"]
    sentence = words.term(
        "findings.later" if low <= 1 <= high else "findings.later_flag",
        **ratios(placebo["rate_ratio"].loc["later exposure"], low, high),
    )
    return prefixed(sentence, placebo["origin"])


def platforms(table: pd.DataFrame, *, labels: dict[str, str]) -> str:
    """Say the same relation for each platform, p-values corrected for looking at several."""
    each = [
        words.term(
            "findings.platform",
            label=labels[str(outcome)],
            **ratios(row["rate_ratio"], row["low"], row["high"]),
            p=probability(row["p_holm"]),
        )
        for outcome, row in table.iterrows()
    ]
    return prefixed(words.term("findings.platforms", each="; ".join(each)), table["origin"])


def two_years(found: Estimate | None) -> str:
    """Say what the change of density goes with, or that two years cannot say it."""
    if found is None:
        return words.term("findings.no_two_years")
    sentence = words.term(
        "findings.two_years",
        exposure=exposure(found.exposure),
        **ratios_of(found),
        df=words.number(found.df, decimals=1),
        size=words.term("findings.size", clusters=found.clusters, units=found.units),
    )
    return prefixed(sentence, _origin(found))


def _origin(found: Estimate) -> pd.Series:
    return pd.Series([origin_of(found)])


def opinion(method: str) -> str:
    """Name the method of a second opinion, which is known by what it starts with."""
    kinds = {
        "CV3": "cv3",
        "OLS": "twin",
        "spatial": "spatial",
        "score wild": "bootstrap",
        "wild": "bootstrap",
    }
    kind = next((key for start, key in kinds.items() if method.startswith(start)), "other")
    return words.term(f"opinions.{kind}")


def pieces(one: Interval) -> str:
    """Write the interval of a second opinion as it is: it may be unbounded, or in pieces."""
    return listed(
        [
            "–".join(words.ratios(one.rate_ratio, float(np.exp(low)), float(np.exp(high)))[1:])
            for low, high in one.pieces
        ]
    )

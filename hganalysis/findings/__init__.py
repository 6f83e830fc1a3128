"""
Say in sentences what was found, and never more than the design allows.

A relation is said as how many times as high a rate is where there is more of an exposure (nơi có
thêm … thì … gấp … lần), never as a cause; every sentence from simulated numbers says so first;
each number has a unit, and each share an n.
"""

from . import titles
from .common import instead, listed, say
from .published import printed
from .ranking import order, ranking
from .table import as_html, captioned, table
from .teams import (
    covariate,
    denominator,
    density,
    detectable,
    estimate,
    exposure,
    flag,
    flags,
    headline,
    influence,
    method,
    planted,
    reason,
    refusal,
    relation,
)
from .trust import (
    beside,
    coverage,
    dispersion,
    later,
    neighbours,
    opinions,
    platforms,
    robustness,
    two_years,
)
from .uptake import (
    assumption,
    change,
    compared,
    contradictions,
    counted_on,
    decomposition,
    distinct_users,
    each_uptake,
    extremes,
    gate,
    head_count,
    ledger,
    not_here,
    partial,
    period,
    ranks,
    reliability,
    residents,
    small_counts,
    source,
    target,
    two_readings,
    uptake,
)

__all__ = [
    "as_html",
    "assumption",
    "beside",
    "captioned",
    "change",
    "compared",
    "contradictions",
    "counted_on",
    "covariate",
    "coverage",
    "decomposition",
    "denominator",
    "density",
    "detectable",
    "dispersion",
    "distinct_users",
    "each_uptake",
    "estimate",
    "exposure",
    "extremes",
    "flag",
    "flags",
    "gate",
    "head_count",
    "headline",
    "influence",
    "instead",
    "later",
    "ledger",
    "listed",
    "method",
    "neighbours",
    "not_here",
    "opinions",
    "order",
    "partial",
    "period",
    "planted",
    "platforms",
    "printed",
    "ranking",
    "ranks",
    "reason",
    "refusal",
    "relation",
    "reliability",
    "residents",
    "robustness",
    "say",
    "small_counts",
    "source",
    "table",
    "target",
    "titles",
    "two_readings",
    "two_years",
    "uptake",
]


def __dir__() -> list[str]:
    return __all__

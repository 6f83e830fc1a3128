"""
Say in sentences what was found, and never more than the design allows.

The default verb for a relation is "goes with" (đi kèm); every sentence from simulated numbers
says so first; each number has a unit, and each share an n.
"""

from . import titles
from .common import say
from .table import table
from .teams import (
    denominator,
    density,
    detectable,
    estimate,
    exposure,
    flag,
    headline,
    influence,
    method,
    planted,
    reason,
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
    change,
    contradictions,
    decomposition,
    distinct_users,
    extremes,
    gate,
    head_count,
    ledger,
    order,
    period,
    ranks,
    reliability,
    small_counts,
    source,
    target,
    two_readings,
    uptake,
)

__all__ = [
    "beside",
    "change",
    "contradictions",
    "coverage",
    "decomposition",
    "denominator",
    "density",
    "detectable",
    "dispersion",
    "distinct_users",
    "estimate",
    "exposure",
    "extremes",
    "flag",
    "gate",
    "head_count",
    "headline",
    "influence",
    "later",
    "ledger",
    "method",
    "neighbours",
    "opinions",
    "order",
    "period",
    "planted",
    "platforms",
    "ranks",
    "reason",
    "reliability",
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

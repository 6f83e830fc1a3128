"""
Say in sentences what was found, and never more than the design allows.

The default verb for a relation is "goes with" (đi kèm); every sentence from simulated numbers
says so first; each number has a unit, and each share an n.
"""

from . import titles
from .common import say
from .ranking import ranking
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
    change_title,
    contradictions,
    counted_on,
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
    residents,
    small_counts,
    source,
    target,
    two_readings,
    uptake,
)

__all__ = [
    "beside",
    "change",
    "change_title",
    "contradictions",
    "counted_on",
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
    "ranking",
    "ranks",
    "reason",
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

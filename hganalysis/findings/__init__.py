"""
Say in sentences what was found, and never more than the design allows.

The default verb for a relation is "goes with" (đi kèm); every sentence from simulated numbers
says so first; each number has a unit, and each share an n.
"""

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
    source,
    target,
    two_readings,
    uptake,
)

__all__ = [
    "change",
    "contradictions",
    "decomposition",
    "denominator",
    "density",
    "detectable",
    "distinct_users",
    "estimate",
    "exposure",
    "extremes",
    "flag",
    "gate",
    "head_count",
    "headline",
    "influence",
    "ledger",
    "method",
    "order",
    "period",
    "planted",
    "ranks",
    "reason",
    "reliability",
    "say",
    "source",
    "table",
    "target",
    "two_readings",
    "uptake",
]

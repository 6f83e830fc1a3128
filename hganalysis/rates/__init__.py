"""Turn counts into rates with errors that hold, and teams into density."""

from .errors import t_quantile
from .shares import (
    UNRELIABLE_ABOVE,
    density,
    density_2025,
    distinct_users,
    pick,
    to_districts,
    to_province,
    uptake,
    uptake_2025,
)
from .shrunken import shrink
from .variance import neighbours_known

__all__ = [
    "UNRELIABLE_ABOVE",
    "density",
    "density_2025",
    "distinct_users",
    "neighbours_known",
    "pick",
    "shrink",
    "t_quantile",
    "to_districts",
    "to_province",
    "uptake",
    "uptake_2025",
]


def __dir__() -> list[str]:
    return __all__

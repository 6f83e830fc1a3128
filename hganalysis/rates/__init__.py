"""Turn counts into rates with errors that hold, and teams into density."""

from .errors import spread, standard_errors, t_quantile
from .shares import UNRELIABLE_ABOVE, pick, to_districts, to_province, uptake
from .since_2025 import density_2025, uptake_2025
from .teams import density, distinct_users

__all__ = [
    "UNRELIABLE_ABOVE",
    "density",
    "density_2025",
    "distinct_users",
    "pick",
    "spread",
    "standard_errors",
    "t_quantile",
    "to_districts",
    "to_province",
    "uptake",
    "uptake_2025",
]

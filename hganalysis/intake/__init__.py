"""Read the reports, and stop if they are not what they should be."""

from .frames import ORIGINS, require_reports, require_teams, worst_origin
from .shipped import coverage, published, published_counts, reports, teams, truth

__all__ = [
    "ORIGINS",
    "coverage",
    "published",
    "published_counts",
    "reports",
    "require_reports",
    "require_teams",
    "teams",
    "truth",
    "worst_origin",
]

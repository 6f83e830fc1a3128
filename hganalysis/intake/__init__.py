"""Read the reports, and stop if they are not what they should be."""

from .check import Intake, read
from .frames import ORIGINS, require_reports, require_teams, worst_origin
from .give_back import Returned, give_back
from .shipped import coverage, published, published_counts, reports, teams, truth
from .template import template

__all__ = [
    "ORIGINS",
    "Intake",
    "Returned",
    "coverage",
    "give_back",
    "published",
    "published_counts",
    "read",
    "reports",
    "require_reports",
    "require_teams",
    "teams",
    "template",
    "truth",
    "worst_origin",
]

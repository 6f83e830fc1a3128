"""Read the reports, and stop if they are not what they should be."""

from .check import Intake, read
from .frames import ORIGINS, require_reports, require_teams, worst_origin
from .give_back import Returned, give_back
from .shipped import coverage, published, published_counts, reports, teams, truth
from .template import template
from .roles import earlier, latest, platforms, years
from .shipped import coverage, published, published_counts, reports, residents, teams, truth

__all__ = [
    "ORIGINS",
    "Intake",
    "Returned",
    "coverage",
    "give_back",
    "earlier",
    "latest",
    "platforms",
    "published",
    "published_counts",
    "read",
    "reports",
    "require_reports",
    "require_teams",
    "residents",
    "teams",
    "template",
    "truth",
    "worst_origin",
    "years",
]

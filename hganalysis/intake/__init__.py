"""Read the reports, and stop if they are not what they should be."""

from .check import Intake, read
from .frames import (
    ORIGINS,
    require_origin,
    require_origins,
    require_reports,
    require_teams,
    worst_origin,
)
from .give_back import Returned, give_back
from .marks import account, not_read
from .roles import INSTEAD, earlier, latest, platforms, taken, targeted, years
from .shipped import TEAMS, coverage, published, published_counts, reports, residents, teams, truth
from .template import template

__all__ = [
    "INSTEAD",
    "ORIGINS",
    "TEAMS",
    "Intake",
    "Returned",
    "account",
    "coverage",
    "earlier",
    "give_back",
    "latest",
    "not_read",
    "platforms",
    "published",
    "published_counts",
    "read",
    "reports",
    "require_origin",
    "require_origins",
    "require_reports",
    "require_teams",
    "residents",
    "taken",
    "targeted",
    "teams",
    "template",
    "truth",
    "worst_origin",
    "years",
]

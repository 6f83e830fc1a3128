"""Say what a frame of reports or teams must be, read those in use, and find what they measure."""

from .counted import is_long, read_long
from .density import density, distinct_users
from .loading import (
    PUBLISHED,
    TEAMS,
    coverage,
    planted,
    published,
    published_counts,
    published_elsewhere,
    published_names,
    released,
    reports,
    residents,
    teams,
    truth,
)
from .measured import INSTEAD, earlier, latest, platforms, reported_years, taken, targeted
from .press import as_printed, contradictions, head_count, ledger, two_readings
from .requirements import (
    ORIGINS,
    REPORT_COLUMNS,
    TEAM_COLUMNS,
    every_commune,
    require_origin,
    require_origins,
    require_reports,
    require_teams,
    worst_origin,
)

__all__ = [
    "INSTEAD",
    "ORIGINS",
    "PUBLISHED",
    "REPORT_COLUMNS",
    "TEAMS",
    "TEAM_COLUMNS",
    "as_printed",
    "contradictions",
    "coverage",
    "density",
    "distinct_users",
    "earlier",
    "every_commune",
    "head_count",
    "is_long",
    "latest",
    "ledger",
    "planted",
    "platforms",
    "published",
    "published_counts",
    "published_elsewhere",
    "published_names",
    "read_long",
    "released",
    "reported_years",
    "reports",
    "require_origin",
    "require_origins",
    "require_reports",
    "require_teams",
    "residents",
    "taken",
    "targeted",
    "teams",
    "truth",
    "two_readings",
    "worst_origin",
]


def __dir__() -> list[str]:
    return __all__

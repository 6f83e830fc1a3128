"""Say what a frame of reports or teams must be, read those in use, and find what they measure."""

from ..origins import ORIGINS
from ..origins import worst_origin as worst_origin
from ..refusals import require_columns as require_columns
from .cells import read_codes as read_codes
from .cells import read_frame as read_frame
from .cells import read_numbers as read_numbers
from .density import density
from .former import carry_former as carry_former
from .loading import TEAMS as TEAMS
from .loading import coverage as coverage
from .loading import hide_small as hide_small
from .loading import planted_coefficient as planted_coefficient
from .loading import printed, published, reports, residents, teams
from .long import is_long as is_long
from .long import read_long as read_long
from .percents import are_percents as are_percents
from .percents import refuse_percents as refuse_percents
from .requirements import add_missing_communes as add_missing_communes
from .requirements import kind_of as kind_of
from .requirements import require_counts as require_counts
from .requirements import require_names as require_names
from .requirements import require_provenance as require_provenance
from .requirements import require_reports, require_teams
from .sums import sum_periods
from .targets import read_targets as read_targets
from .targets import targets_of as targets_of
from .totals import turn_totals as turn_totals

__all__ = [
    "ORIGINS", "density", "printed", "published", "reports", "require_reports",
    "require_teams", "residents", "sum_periods", "teams"
]  # fmt: skip

"""
Draw what is not a map: changes, ranks, estimates and how far to trust them, the ledger.

Every chart takes a frame first and axes by keyword, and returns the axes. Everything is drawn
inside the axes, so that a chart fits any sheet; no chart sets a title, saves or shows.
"""

from .confounder import robustness
from .dose import dose_response
from .dumbbell import dumbbell
from .estimates import coefficients, influence
from .honesty import coverage
from .ledger import ledger
from .planning import power
from .ranked import intervals
from .ranking import funnel, ranking
from .two_years import bumps, slopes

__all__ = [
    "bumps",
    "coefficients",
    "coverage",
    "dose_response",
    "dumbbell",
    "funnel",
    "influence",
    "intervals",
    "ledger",
    "power",
    "ranking",
    "robustness",
    "slopes",
]

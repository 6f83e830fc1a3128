"""
Draw what is not a map: changes, ranks, estimates and how far to trust them, the ledger.

Every chart takes a frame first and axes by keyword, and returns the axes. Everything is drawn
inside the axes, so that a chart fits any sheet; no chart sets a title, saves or shows.
"""

from .confounder import robustness
from .dose import dose_response
from .ledger import ledger
from .planning import power
from .ranking import funnel
from .two_years import bumps, slopes

__all__ = [
    "bumps",
    "dose_response",
    "funnel",
    "ledger",
    "power",
    "robustness",
    "slopes",
]
